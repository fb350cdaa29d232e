# The second-order state turns the error from first to second order in the keys' deviation.
set logscale xy
set xlabel 'size δ of the deviation of keys from their codes'
set ylabel 'error of attention, relative'
set xrange [0.01:1]
set yrange [1e-6:2]
set format y '10^{%L}'
set key bottom right Left reverse
file = data.'correction.csv'
plot file using "delta":"first":"first_se" with yerrorbars lt 7 pt 7 title 'codes alone: c(d_v + 1) numbers', \
     file using "delta":"second":"second_se" with yerrorbars lt 6 pt 5 title 'with sums of k − C: c(d_k d_v + d_k + d_v + 1) numbers', \
     0.95*x with lines lt 7 dt 2 lw 1.2 title 'slope 1', \
     0.65*x*x with lines lt 6 dt 2 lw 1.2 title 'slope 2'
