# Errors after n iterations as powers of the input.
set logscale xy
set format y '10^{%T}'
set xlabel 'scale ε of the inputs (A fixed, 400 bits)'
set ylabel 'error after n iterations'
set xrange [0.009:0.3]
set yrange [1e-64:10]
set ytics 1e-60, 1e10
set key at graph 0.98, graph 0.04 bottom right Left reverse samplen 2
file = data.'orders.csv'
eps(dummy) = strcol("sweep") eq 'eps' ? column("value") : NaN
first(dummy) = strcol("sweep") eq 'eps' && column("value")==0.16 ? 0.16 : NaN
plot for [n=1:4] file using (eps(0)):(10**column(sprintf("newton_%d", n))) with linespoints lt 6 pt 11 title n==1 ? 'newton, n = 1..4' : '', \
     for [n=1:4] file using (eps(0)):(10**column(sprintf("fixed_%d", n))) with linespoints lt 7 pt 7 dt 2 title n==1 ? 'fixed, n = 1..4' : '', \
     for [n=1:4:3] file using (eps(0)):(10**column(sprintf("picard_%d", n))) with linespoints lt 1 pt 4 dt 3 title n==1 ? 'picard, n = 1, 4' : '', \
     for [n=2:4] file using (first(0)):(10**column(sprintf("newton_%d", n))):(sprintf("ε^{%d}", 2**(n+1)-1)) with labels left offset 1.2,0 tc lt 6 notitle, \
     for [n=2:4:2] file using (first(0)):(10**column(sprintf("fixed_%d", n))):(sprintf("ε^{%d}", 2*n+1)) with labels left offset 4.5,0 tc lt 7 notitle, \
     file using (first(0)):(10**column("picard_1")):("ε") with labels left offset 1.2,0.4 notitle
