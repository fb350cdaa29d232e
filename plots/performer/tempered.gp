# Standard deviation of the log ratio of two keys' weights with a matched query, against the variance of the codes.
set logscale xy
set xlabel 'variance s^2 of a coordinate of the codes'
set ylabel 'standard deviation of the log ratio, m = 4096'
set xrange [0.08:10]
set yrange [0.008:3]
set key bottom center maxrows 2
set datafile missing NaN
file = data.'tempered.csv'
x(d, t) = strcol("query") eq 'matched' && column("d") == d && abs(column("tau") - t) < 1e-9 ? column("s2") : NaN
set label 1 'Performer, any d' at 0.085, 0.078 font small
plot sqrt(32.1835415267/4096) with lines lt 1 dt 2 notitle, \
     file using (x(16, 1)):"sd_theory" smooth unique with lines lt 7 title 'd = 16, τ = 1', \
     file using (x(16, 1)):"sd" with points lt 7 pt 6 notitle, \
     file using (x(16, 0.25)):"sd_theory" smooth unique with lines lt 2 title 'd = 16, τ = 0.25', \
     file using (x(16, 0.25)):"sd" with points lt 2 pt 5 notitle, \
     file using (x(4, 1)):"sd_theory" smooth unique with lines lt 6 title 'd = 4, τ = 1', \
     file using (x(4, 1)):"sd" with points lt 6 pt 4 notitle, \
     file using (x(4, 0.25)):"sd_theory" smooth unique with lines lt 4 title 'd = 4, τ = 0.25', \
     file using (x(4, 0.25)):"sd" with points lt 4 pt 8 notitle
