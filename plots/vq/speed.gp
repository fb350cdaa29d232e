# One layer on one core: the block form is linear, and gains on dense attention like n.
set datafile missing NaN
set multiplot layout 1,2
set logscale xy
set xlabel 'tokens n'
set xrange [200:90000]
set xtics ("256" 256, "1k" 1024, "4k" 4096, "16k" 16384, "64k" 65536)
set key top left Left reverse samplen 1.5 font small noopaque
file = data.'speed.csv'
at(dv, c, m) = column("dv")==dv && column("c")==c && strcol("method") eq m ? column("n") : NaN
set ylabel 'seconds'
set yrange [3e-5:1e5]
set format y '10^{%L}'
plot file using (at(64, 512, 'dense')):"seconds" with linespoints lt 7 pt 6 ps 1 title 'dense, 64/64', \
     file using (at(64, 512, 'vq')):"seconds" with linespoints lt 6 pt 4 ps 1 title '512 codes, 64/64', \
     file using (at(64, 64, 'vq')):"seconds" with linespoints lt 3 pt 9 title '64 codes, 64/64', \
     file using (at(1536, 512, 'dense')):"seconds" with linespoints lt 7 dt 2 pt 7 title 'dense, 128/1536', \
     file using (at(1536, 512, 'vq')):"seconds" with linespoints lt 6 dt 2 pt 5 title '512 codes, 128/1536', \
     [2000:60000] 2e-6*x with lines lt 1 dt 3 lw 1 title 'slopes 1 and 2', \
     [2000:60000] 3e-10*x*x with lines lt 1 dt 3 lw 1 notitle
set ylabel 'time of dense attention over that with codes'
set yrange [0.1:300]
set format y '%g'
# a row of the dense kernel follows that of vq for the same n
last = NaN
ratio(dv) = (column("dv")==dv && column("c")==512 ? (strcol("method") eq 'vq' ? (last = column("seconds"), NaN) : strcol("method") eq 'dense' ? column("seconds")/last : NaN) : NaN)
set arrow 1 from 8192,3 to 8192,5 lt 1 lw 2
set arrow 2 from 32768,12 to 32768,20 lt 1 lw 2
plot 1 with lines lt 1 dt 3 lw 1 notitle, \
     file using "n":(ratio(64)) with points lt 6 pt 4 title 'd_k = d_v = 64, l = 128', \
     file using "n":(ratio(1536)) with points lt 7 pt 7 title 'd_k = 128, d_v = 1536, l = 512', \
     '+' using (8192):(3) every ::0::0 with points lt 1 pt 2 ps 1.2 title 'paper: more than', \
     '+' using (32768):(12) every ::0::0 with points lt 1 pt 2 ps 1.2 notitle, \
     [500:60000] x/1664 with lines lt 1 dt 2 lw 1 title 'n/1664: from counts'
unset multiplot
