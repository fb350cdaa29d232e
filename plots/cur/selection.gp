# Error of unseen queries by the rule that chose 50 anchor items.
set logscale x
set xrange [0.0065:0.06]
set yrange [-0.7:8.7]
set ytics ('DEIM' 0, 'pivoted QR' 1, 'cluster medoids' 2, 'farthest first' 3, 'random' 4, 'at strides' 5, 'largest leverage, rank 50' 6, \
           'largest leverage, rank 20' 7, 'largest norm' 8)
set xtics (0.007, 0.01, 0.015, 0.02, 0.03, 0.04)
set xlabel 'squared error of the scores, relative (c = 50)'
set key off
set grid x y
place(s) = s eq 'deim' ? 0 : s eq 'qr' ? 1 : s eq 'kmeans' ? 2 : s eq 'farthest' ? 3 : s eq 'random' ? 4 : \
           s eq 'stride' ? 5 : s eq 'leverage' ? 6 : s eq 'leverage:20' ? 7 : 8
plot data.'selection.csv' using (column("c") == 50 ? column("error") : NaN):(place(strcol("select"))) with points lt 6 pt 7 ps 1.4, \
     data.'clusters.csv' using "error":(place(strcol("select"))):"error_se" with xerrorbars lt 7 pt 5 ps 1.1
