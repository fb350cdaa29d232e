# Local exponents: of the tail in n, infinitely many quanta; the half step makes small n flatter than g.
set logscale x
set format x '10^{%L}'
set xlabel 'learnt quanta n'
set ylabel 'local exponent between n and 2n, over g'
set xrange [0.8:1.3e5]
set yrange [0.6:1.05]
set key bottom right
file = data.'tails.csv'
plot 1 lc rgb '#999999' dt 2 title 'article: g', \
     for [i=1:4] g = word("0.2 0.4 1 2", i) file using (column("gamma")==g+0 && column("k")==0 ? column("n") : NaN):(-column("slope")/g) \
         with points lt (i==1?6:i==2?4:i==3?2:7) ps 1.4 title 'exact, g = '.g, \
     1 - 1/(4*x*log(2)) with lines lt 1 lw 1.2 title '1 - 1/(4 n ln 2)'
