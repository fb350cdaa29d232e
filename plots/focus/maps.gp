# relu^2 and the identity: the index of long sequences against the deviation of scores, one curve a mean.
set multiplot layout 1,2 margins 0.09,0.98,0.16,0.9 spacing 0.07,0
set logscale x
set format x '10^{%L}'
set xlabel 'deviation of the scores γ'
set xrange [0.03:31]
set yrange [0:1.4]
set key off
set ylabel 'index S, n → ∞' offset 1
set title 'relu^2'
set label 1 '1/√6' at 0.035,0.438 tc rgb '#666666'
file = data.'index.curves.csv'
set ytics 0,0.2,1
set key top right samplen 1 spacing 0.95 horizontal maxcols 4 title 'β' at graph 1.0,1.0
set arrow 1 from 0.03,1/sqrt(6) to 32,1/sqrt(6) nohead lc rgb '#888888' dt 2
plot for [i=1:7] b = word("2 1 0.5 0 -0.5 -1 -2", i) file using (column("beta")==b+0 ? column("gamma") : NaN):"relu2" \
     with lines lt (i==5?8:i) title b
set title 'identity (linear)'
unset ylabel
set label 1 '√(2/π)' at 0.035,0.75
unset arrow 1
set arrow 1 from 0.03,sqrt(2/pi) to 32,sqrt(2/pi) nohead lc rgb '#888888' dt 2
set key vertical bottom right notitle at graph 0.98,0.1
plot for [i=1:4] b = word("2 1 0.5 0", i) file using (column("beta")==b+0 ? column("gamma") : NaN):"id" \
     with lines lt i title '|β| = '.b
unset multiplot
