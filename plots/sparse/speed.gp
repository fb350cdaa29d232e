# Time against n, and the gain against the number of pairs.
set multiplot layout 1,2 margins 0.115,0.98,0.15,0.97 spacing 0.11,0
file = data.'speed.csv'
set logscale xy
set logscale x 2
set format x '2^{%L}'
set format y '10^{%L}'
set xlabel 'positions n'
set ylabel 'seconds' offset 1
set xrange [400:10500]
set yrange [5e-5:100]
set key top left Left reverse noopaque samplen 1.5
at(m, y) = strcol("method") eq m ? y : NaN
methods = "dense_loops dense_blas merged_loops merged atrous local local_32"
names = "'dense, loops' 'dense, BLAS' 'merged, loops' 'merged, GEMM' 'atrous, GEMM' 'local, GEMM' 'local, k = 32'"
color(i) = i <= 2 ? 1 : i <= 4 ? 7 : i == 5 ? 6 : i == 6 ? 4 : 2
shape(i) = int(word("7 6 5 4 8 9 2", i))
dash(i) = i % 2 + 1
plot for [i=1:7] file using "n":(at(word(methods, i), column("low"))) with linespoints lt color(i) pt shape(i) dt dash(i) lw 1.5 title word(names, i), \
     2e-8*x*x with lines lc rgb '#888888' dt 3 title 'n^2, n^{3/2}, n', 2.5e-8*x**1.5 with lines lc rgb '#888888' dt 3 notitle, 3e-7*x with lines lc rgb '#888888' dt 3 notitle
unset logscale
set logscale x 2
set format '%g'
set format x '2^{%L}'
set xlabel 'positions n'
set ylabel 'nanoseconds a pair' offset -1
set yrange [0:*]
unset key
plot for [i=1:7] file using "n":(at(word(methods, i), 1e9*column("low")/column("pairs"))) with linespoints lt color(i) pt shape(i) dt dash(i) lw 1.5 title word(names, i)
unset multiplot
