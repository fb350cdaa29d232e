# What the patterns cost: the share of all pairs against n at k = sqrt(n/2), and the cost against the stride.
set multiplot layout 1,2 margins 0.115,0.98,0.16,0.97 spacing 0.11,0
file = data.'counts.csv'
set logscale xy
set format x '2^{%L}'
set logscale x 2
set format y '10^{%L}'
set xlabel 'positions n, stride k = √(n/2)'
set ylabel 'share of all pairs, nnz / n^2' offset 1
set xrange [50:80000]
set yrange [0.003:1.5]
set key bottom left Left reverse noopaque samplen 1.5
share(p) = strcol("k") eq 'opt' && strcol("pattern") eq p && column("causal") == 0 && column("n") > 30 ? column("density") : NaN
plot file using "n":(share('dense')) with points lt 1 pt 7 title 'dense', \
     file using "n":(share('sparse')) with points lt 7 pt 5 title 'merged', \
     file using "n":(share('local')) with points lt 4 pt 9 title 'local', \
     file using "n":(share('atrous')) with points lt 6 pt 4 title 'atrous', \
     1 lt 1 lw 1 notitle, \
     2*sqrt(2)/sqrt(x) lt 7 lw 1 title '2√2 n^{-1/2}', \
     sqrt(2)/sqrt(x) lt 6 dt 2 lw 1 title '√2 n^{-1/2}'
curve = data.'stride.curve.csv'
unset logscale y
set format '%g'
set logscale x 2
set xrange [0.15:4]
set yrange [1:9]
set xtics ('1/4' 0.25, '1/√2' 0.7071, '1' 1, '2' 2, '4' 4)
set ytics 1
set xlabel 'stride over root of length, k / √n'
set ylabel 'pairs / n^{3/2}' offset -1.5
set key top center noopaque samplen 2
set arrow 1 from 0.7071,1 to 0.7071,2*sqrt(2) nohead lc rgb '#888888' dt 3
set arrow 2 from 1,1 to 1,3 nohead lc rgb '#888888' dt 3
set label 1 '2√2' at 0.66,3.35 center
set label 2 '3' at 1,3.5 center
set label 3 '2' at 1.03,1.7 left
plot 1/x + 2*x lt 7 lw 1 title 'merged, n → ∞', \
     curve using "share":(column("n")==1024 ? column("ratio_n15") : NaN) with points lt 7 pt 6 title 'merged, n = 2^{10}', \
     curve using "share":(column("n")==1048576 ? column("ratio_n15") : NaN) with points lt 7 pt 7 ps 0.4 title 'merged, n = 2^{20}', \
     1/x + x lt 4 dt 2 lw 1 title 'half the window, n → ∞', \
     curve using "share":(column("n")==1048576 ? column("half_ratio_n15") : NaN) with points lt 4 pt 9 ps 0.5 title 'half the window, n = 2^{20}'
unset multiplot
