# Two queries with the same largest key: linear attention against dot-product scores, and the index of the former.
set logscale x 2
set logscale y
set xlabel 'dimension d'
set ylabel 'frequency; index S'
set xrange [0.8:330]
set yrange [2e-3:1.3]
set key outside top center horizontal maxcols 2 samplen 2
file = data.'pattern.csv'
plot file using (strcol("kind") eq 'linear' ? column("d") : NaN):"agree":"agree_se" with yerrorlines lt 7 pt 7 ps 1.2 title 'linear: same largest key', \
     file using (strcol("kind") eq 'linear' ? column("d") : NaN):"index" with linespoints lt 6 ps 1.2 dt 3 title 'linear: index S', \
     file using (strcol("kind") eq 'dot' ? column("d") : NaN):"agree":"agree_se" with yerrorlines lt 4 ps 1.2 title 'dot products: same largest key', \
     file using "d":(1 / column("n")) with lines lc rgb '#888888' dt 2 title 'chance 1/n, n = 256'
