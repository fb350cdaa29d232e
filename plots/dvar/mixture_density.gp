# A mixture: densities of the samples over the data, K = 5, 10, 20.
set datafile missing NaN # rows of other cells do not break a line
file = data.'mixture.density.csv'
set multiplot layout 3,1 margins 0.09,0.98,0.16,0.98 spacing 0,0.02
set xrange [-1.7:1.7]
set yrange [0:2.1]
set ytics 0, 1, 2
unset key
at(k) = column("K") == k ? column("x") : NaN
do for [i = 1:3] {
    k = word('5 10 20', i) + 0
    if (i == 1) { set key top center maxrows 2 samplen 3; } else { unset key; }
    if (i == 3) { set xlabel 'x_0'; set format x '%g'; } else { set format x ''; }
    if (i == 2) { set ylabel 'density'; } else { unset ylabel; }
    set label 1 sprintf('K = %d', k) at graph 0.02,0.85
    plot file using (at(k)):"data" with filledcurves y1=0 fc rgb '#dddddd' title 'data', \
         file using (at(k)):"big" with lines lt 8 dt 2 title 'β²', \
         file using (at(k)):"optimal" with lines lt 6 title 'optimal', \
         file using (at(k)):"conditional" with lines lt 4 title 'conditional'
}
unset multiplot
