# Error of Performer over that of uniform weights against m over the predicted m*.
set logscale xy
set xlabel 'random features m over m* = e^{|q|^2}(e^{|k|^2} − 1) d/(|q|^2|k|^2)'
set ylabel 'error over that of uniform weights'
set xrange [0.08:40]
set yrange [0.12:5]
set ytics (0.2, 0.5, 1, 2, 5)
set key top right
set datafile missing NaN
file = data.'needs.csv'
x(d, r) = column("d") == d && abs(column("norm") - r) < 1e-9 ? column("m")/column("least") : NaN
e(s) = exp(column("log_ratio") + s*column("log_ratio_se"))
plot x**(-0.5) with lines lt 1 title '(m/m*)^{−1/2}', \
     1 with lines lt 1 dt 2 title 'uniform weights', \
     file using (x(8, 0.5)):(e(0)):(e(-1)):(e(1)) with yerrorbars lt 7 pt 6 title 'd = 8, |q| = |k| = 0.5', \
     file using (x(16, 0.5)):(e(0)):(e(-1)):(e(1)) with yerrorbars lt 2 pt 5 title 'd = 16, 0.5', \
     file using (x(8, 0.7)):(e(0)):(e(-1)):(e(1)) with yerrorbars lt 6 pt 4 title 'd = 8, 0.7', \
     file using (x(32, 0.7)):(e(0)):(e(-1)):(e(1)) with yerrorbars lt 4 pt 8 title 'd = 32, 0.7', \
     file using (x(16, 1)):(e(0)):(e(-1)):(e(1)) with yerrorbars lt 8 pt 9 title 'd = 16, 1'
