# Speed-up over the loop on one thread, all iterations counted.
set logscale xy
set xlabel 'dimension d'
set ylabel 'speed-up over the loop (one thread)'
set xrange [3:1400]
set yrange [0.05:100]
set key top left Left reverse
set datafile missing NaN # rows of other series do not break a line
file = data.'speed.csv'
loop(m) = strcol("kind") eq 'time' && strcol("method") eq m ? column("d") : NaN
plot file using (loop('picard')):"speedup" with linespoints lt 1 pt 4 dt 2 title 'one iteration, J = 0', \
     file using (loop('fixed_tiny')):"speedup" with linespoints lt 6 pt 11 title 'fixed in the eigenbasis, inputs 0.01 (2 to 3 iterations)', \
     file using (loop('fixed_small')):"speedup" with linespoints lt 7 pt 7 title 'the same, inputs 0.1 (5 to 12 iterations)', \
     1 with lines lt 1 dt 3 title 'the loop'
