# Codes in the metric of the queries halve the error of a score; the assignment alone gives most of it.
set logscale xy
set xlabel 'codes c'
set ylabel 'mean squared error of a score'
set xrange [7:300]
set yrange [0.5:10]
set xtics (8, 16, 32, 64, 128, 256)
set ytics (0.5, 1, 2, 5, 7.92)
set key bottom left Left reverse
file = data.'score.csv'
at(x) = strcol("spectrum")[1:1] eq '4' ? column("c") : NaN
plot 7.92 with lines lt 1 dt 3 lw 1.2 title 'trace of Σ: no codes', \
     file using (at(0)):"plain":"plain_error" with yerrorlines lt 7 pt 7 title 'k-means', \
     file using (at(0)):"nearest":"nearest_error" with yerrorlines lt 2 pt 5 title 'the same codes, the Σ-nearest', \
     file using (at(0)):"metric":"metric_error" with yerrorlines lt 6 pt 9 title 'k-means in the metric of Σ'
