# The digits: optimal variance over time, its bounds, and one run of both estimators.
file = data.'finite.csv'
set xrange [0:1010]
set yrange [-0.02:0.37]
set xlabel 'time t'
set ylabel 'variance of x_0 given x_t, per pixel'
set key bottom right Left reverse
plot file using "t":"noise_bound" with lines lt 2 dt 2 title 'bound β̄²/ᾱ²', \
     file using "t":"variance" with lines lt 2 title 'bound Var x_0', \
     file using "t":"lmmse_isotropic" with lines lt 8 dt 2 title 'linear, from Var x_0 alone', \
     file using "t":"lmmse" with lines lt 8 title 'linear, from the covariance', \
     file using "t":"best" with lines lt 4 title 'optimal variance', \
     file using "t":(column("t") <= 600 ? column("two") : NaN):"two_se" with yerrorbars lt 7 ps 1.2 title 'Analytic-DPM', \
     file using "t":"one":"one_se" with yerrorbars lt 6 ps 1.2 title 'article'
