# Product and residual codes follow the bound down, but soon every key has a joint code of its own.
W(s, i) = int(word(s, i))
set multiplot layout 1,2
set logscale xy
set key bottom left Left reverse samplen 1.5 font small
file = data.'product.csv'
set xlabel 'joint codes c^{parts}'
set ylabel 'mean squared distance over mean square'
set format x '10^{%L}'
set xrange [8:1e15]
set xtics 1e4, 1e4
set yrange [0.002:1.2]
at(k, c) = strcol("kind") eq k && column("c")==c && column("n")==8000 ? column("joint") : NaN
plot x**(-2.0/16) with lines lt 1 dt 2 lw 1.2 title 'bound, d = 16', \
     file using (at('product', 16)):"distance" with points lt 6 pt 5 title 'product of 16', \
     file using (at('product', 64)):"distance" with points lt 6 pt 4 ps 1.1 title 'product of 64', \
     file using (at('residual', 16)):"distance" with points lt 7 pt 7 title 'residual of 16', \
     file using (at('residual', 64)):"distance" with points lt 7 pt 6 ps 1.1 title 'residual of 64'
set xlabel 'joint codes c^{parts}'
set ylabel 'codes in use over keys n'
set yrange [1e-4:2]
set format y '10^{%L}'
set xrange [8:1e15]
set xtics 1e4, 1e4
use(n) = column("n")==n ? column("joint") : NaN
plot for [i=1:3] n = word("1000 8000 64000", i)+0 x < 2e3*n ? x/n*(1-(1-1.0/x)**n) : 1 with lines lt (W("4 6 7", i)) dt 2 lw 1.2 title i==1 ? 'uniform codes' : '', \
     for [i=1:3] n = word("1000 8000 64000", i)+0 file using (use(n)):(column("used")/n) with points lt (W("4 6 7", i)) pt (W("5 7 9", i)) title sprintf('n = %d', n)
unset multiplot
