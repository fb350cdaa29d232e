# An imperfect mean: the variance by residuals and by second moments over the error c of eps.
set datafile missing NaN # rows of other cells do not break a line
file = data.'imperfect.csv'
set xrange [-0.5:0.5]
set yrange [-1.2:1.7]
set xlabel 'error c of the mean, ε → (1 + c) ε*'
set ylabel 'variance of x_0 given x_t'
set key bottom left Left reverse
is(ab) = abs(column("ab") - ab) < 1e-9 && column("shift") == 0 ? column("c") : NaN
set arrow from -0.5,0 to 0.5,0 nohead lc rgb '#999999' lw 1
plot file using (is(0.6)):"variance" with lines lt 2 dt 2 title 'Var x_0', \
     file using (is(0.6)):"mmse" with lines lt 1 dt 3 title 'with the exact mean', \
     file using (is(0.6)):"analytic" with linespoints lt 7 pt 8 ps 1.2 title 'second moments', \
     file using (is(0.6)):"npr" with linespoints lt 4 ps 1 title 'residuals', \
     file using (is(0.6)):"argmin" with points lt 1 ps 1 pt 2 title 'least negative log-likelihood'
