# The digits: standard error of every estimator of the optimal variance, for 4000 draws, over time.
file = data.'finite.csv'
set logscale y
set format y '10^{%L}'
set xrange [0:1010]
set yrange [1e-8:300]
set xlabel 'time t'
set ylabel 'standard error with 4000 draws'
set key outside top center horizontal maxcols 2 Left reverse font small
se(name) = column(name) > 0 ? column(name) * sqrt(column("M") / 4000) : NaN
law(x) = column("noise_bound") * sqrt(2 / (column("d") * 4000))
plot file using "t":"best" with lines lt 1 lw 1 dt 3 title 'the variance itself', \
     file using "t":(law(0)) with lines lt 7 dt 2 title '(β̄²/ᾱ²) √(2/(dM))', \
     file using "t":(se("two_se")) with points lt 7 ps 1 title 'Analytic-DPM', \
     file using "t":(se("one_se")) with linespoints lt 6 pt 12 ps 1.2 title 'article', \
     file using "t":(se("npr_se")) with linespoints lt 2 ps 1 title 'residuals (NPR)', \
     file using "t":(se("trace_se")) with linespoints lt 3 ps 1 title 'trace given x_t', \
     file using "t":(se("best_se")) with linespoints lt 4 ps 1 title 'with control variates'
