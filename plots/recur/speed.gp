# The same network, N = 2, L = 64, d = 32, one thread: seconds and steps.
set logscale y
set ylabel 'seconds'
set xlabel ''
set format y '10^{%L}'
set xrange [-0.7:3.7]
set yrange [1e-6:3]
set boxwidth 0.55
set style fill solid 0.55
set key off
set bmargin 3.5
set grid noxtics
file = data.'speed.csv'
place(m) = m eq 'plain' ? 0 : m eq 'vectorized' ? 1 : m eq 'blocks' ? 2 : 3
mine(c) = column("layers") == 2 && column("n") == 64 && column("d") == 32 ? c : NaN
set xtics ('plain cell' 0, "absorbed,\nvectorized" 1, "blocks of 16,\nsmall GEMMs" 2, "cached,\nBLAS" 3)
plot file using (place(stringcolumn("method"))):(mine(column("seconds"))) with boxes lt 3, \
     file using (place(stringcolumn("method"))):(mine(column("seconds"))):(mine(column("low"))):(mine(column("high"))) with yerrorbars lt 1, \
     file using (place(stringcolumn("method"))):(mine(column("high"))):(sprintf('%.0f steps, %.0f ns each', column("steps"), column("ns_a_step"))) with labels offset 0,0.9 font small
