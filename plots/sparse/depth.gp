# Missing pairs against the number of layers: n = 256.
file = data.'depth.csv'
set logscale x
set xlabel 'layers L'
set ylabel 'share of pairs (i, j) without a path'
set xrange [0.9:110]
set yrange [-0.02:1]
set xtics (1, 2, 4, 8, 16, 32, 64, 100)
set key at graph 0.16,0.56 left top Left reverse noopaque samplen 1.5
at(p, k) = strcol("pattern") eq p && strcol("k") eq k && column("n") == 256 && column("causal") == 0 ? column("missing_share") : NaN
band(L, k) = L*k < 256 ? (1 - L*k/256.)**2 : 0
set samples 800
plot file using "layers":(at('atrous', '8')) with linespoints lt 6 pt 4 title 'atrous, k = 8', \
     (1 - 1/8.) with lines lt 6 dt 2 lw 1 notitle, \
     file using "layers":(at('local', '3')) with points lt 4 pt 11 title 'local, k = 3', \
     band(x, 3) with lines lt 4 lw 1 title '(1 - L k/n)^2', \
     file using "layers":(at('local', '8')) with points lt 2 pt 5 title 'local, k = 8', \
     band(x, 8) with lines lt 2 lw 1 notitle, \
     file using "layers":(at('sparse', '3')) with linespoints lt 8 pt 8 ps 1 title 'merged, k = 3', \
     file using "layers":(at('sparse', 'opt')) with linespoints lt 7 pt 7 ps 1 title 'merged, k = 11'
