# From the measured time of a combine: how many processors until Newton draws level with the loop?
set logscale xy
set xlabel 'processors p (T = 10^5, norm of A 0.9, inputs 0.1)'
set ylabel 'speed-up over the loop, projected'
set format x '10^{%T}'
set xrange [1:65536]
set yrange [1e-3:1e8]
set format y '10^{%T}'
set key top left Left reverse font small
set datafile missing NaN # rows of other series do not break a line
file = data.'speed.csv'
at(m, d) = strcol("kind") eq 'projection' && strcol("method") eq m && column("d")==d ? column("processors") : NaN
color(k) = k==1 ? 6 : k==2 ? 4 : k==3 ? 2 : k==4 ? 7 : 8
plot for [k=1:5] d = word("4 16 64 256 1024", k)+0 file using (at('newton', d)):"speedup" with lines lt color(k) title sprintf('newton, scan of dense maps, d = %d', d), \
     for [k=1:5] d = word("4 16 64 256 1024", k)+0 file using (at('fixed', d)):"speedup" with lines lt color(k) dt 2 lw 1.5 title k==1 ? 'fixed in the eigenbasis, channels split' : '', \
     1 with lines lt 1 dt 3 title 'the loop'
