# Conditional variance heads of eight features: excess over the true variance, by what they learn from.
set datafile missing NaN # rows of other cells do not break a line
file = data.'heads.csv'
set logscale xy
set format y '10^{%L}'
set xrange [80:11000]
set yrange [3e-5:2000]
set xtics (100, 300, 1000, 3000, '∞' 9000)
set xlabel 'draws n'
set ylabel 'excess negative log-likelihood (nats)'
set key top right Left reverse
at(mean) = strcol("mean") eq mean && column("k") == 8 ? (strcol("n") eq 'inf' ? 9000 : column("n")) : NaN
plot file using (at('exact')):"sn_excess" with linespoints lt 7 ps 1.2 title 'from e² (SN)', \
     file using (at('exact')):"npr_excess" with linespoints lt 6 ps 1.2 title 'from (e - ε)² (NPR)', \
     file using (at('exact')):"log_nll_excess" with linespoints lt 4 ps 1 title 'by likelihood', \
     NaN with lines lt 1 dt 2 title 'dashed: fitted mean of four features', \
     file using (at('reused')):"sn_excess" with linespoints lt 7 ps 1.2 dt 2 notitle, \
     file using (at('reused')):"npr_excess" with linespoints lt 6 ps 1.2 dt 2 notitle, \
     file using (at('reused')):"log_nll_excess" with linespoints lt 4 ps 1 dt 2 notitle
