# Error against dimension: p equal factors, and the SVD of as many dimensions, n = 64.
set datafile missing NaN
set xlabel 'dimension of the class (n = 64)'
set ylabel 'share of the energy left'
set xrange [420:1000]
set yrange [0:1.05]
set key at graph 0.62,0.53 font small
even(d) = d == 448 || d == 640 || d == 960
pick(name) = stringcolumn("matrix") eq name && even(column("dimension")) ? column("dimension") : NaN
set label 1 '2:2:2:2:2:2' at 450,1 left font small
set label 2 '4:4:4' at 640,1 center font small
set label 3 '8:8' at 960,1 center font small
plot data.'order.csv' using (pick('haar')):"svd_equal" with linespoints lt 6 pt 6 ps 0.9 dt 2 title 'orthogonal: SVD', \
     '' using (pick('haar')):"left" with linespoints lt 6 pt 7 ps 0.9 title 'p factors', \
     '' using (pick('gauss')):"svd_equal" with linespoints lt 2 pt 4 ps 0.9 dt 2 title 'Gaussian: SVD', \
     '' using (pick('gauss')):"left" with linespoints lt 2 pt 5 ps 0.7 title 'p factors', \
     '' using (pick('tridiag')):"svd_equal" with linespoints lt 4 pt 8 ps 0.9 dt 2 title 'tridiagonal: SVD', \
     '' using (pick('tridiag')):"left" with linespoints lt 4 pt 9 ps 0.9 title 'p factors', \
     '' using (pick('bigrams')):"svd_equal" with linespoints lt 7 pt 10 ps 0.9 dt 2 title 'pairs of bytes: SVD', \
     '' using (pick('bigrams')):"left" with linespoints lt 7 pt 11 ps 0.9 title 'p factors'
