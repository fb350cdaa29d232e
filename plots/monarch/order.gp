# Error against dimension for p factors and for the SVD, n = 64.
set xlabel 'dimension of the class (n = 64)'
set ylabel 'share of the energy left'
set xrange [400:1400]
set yrange [0:1]
set key top right font small
pick(name) = stringcolumn("matrix") eq name ? column("dimension") : NaN
set label 1 'butterflies' at 448,0.04 center font small
set label 2 '4:4:4' at 640,0.04 center font small
set label 3 '8:8' at 960,0.04 center font small
set label 4 '16:4, 4:16' at 1216,0.04 center font small
plot data.'order.csv' using (pick('haar')):"left" with points lt 6 pt 7 ps 0.9 title 'orthogonal: p factors', \
     '' using (pick('haar')):"svd_equal" with points lt 6 pt 6 ps 0.9 title 'SVD', \
     '' using (pick('gauss')):"left" with points lt 2 pt 5 ps 0.9 title 'Gaussian: p factors', \
     '' using (pick('gauss')):"svd_equal" with points lt 2 pt 4 ps 0.9 title 'SVD', \
     '' using (pick('tridiag')):"left" with points lt 4 pt 9 ps 0.9 title 'tridiagonal: p factors', \
     '' using (pick('tridiag')):"svd_equal" with points lt 4 pt 8 ps 0.9 title 'SVD', \
     '' using (pick('bigrams')):"left" with points lt 7 pt 11 ps 0.9 title 'pairs of bytes: p factors', \
     '' using (pick('bigrams')):"svd_equal" with points lt 7 pt 10 ps 0.9 title 'SVD'
