# All counted ways to run N = 4 layers over L = 64 positions: numbers held against steps.
set logscale xy
set xlabel 'numbers held (N = 4, L = 64, d = 8)'
set ylabel 'steps'
set format y '10^{%L}'
set xrange [60:20000]
set yrange [3e3:3e9]
set key top right Left reverse noopaque
file = data.'depth.csv'
mine(mode) = column("layers") == 4 && column("length") == 64 && stringcolumn("mode") eq mode ? column("steps") : NaN
plot file using "live":(mine('block')) with points lt 3 ps 1.2 title 'blocks of B = 2, 4, …, 64', \
     file using "live":(mine('block')):(sprintf('%d', column("block"))) with labels offset 0.8,0.6 font small tc lt 3 notitle, \
     file using "live":(mine('checkpoint')) with points lt 2 ps 1.2 title 'every s-th layer kept, s = 1, 2, 3', \
     file using "live":(mine('checkpoint')):(sprintf('%d', column("every"))) with labels offset 0.8,0.6 font small tc lt 2 notitle, \
     file using "live":(mine('cached')) with points lt 6 ps 1.4 title 'cache of keys and values', \
     file using "live":(mine('recompute')) with points lt 1 ps 1.2 title 'nothing kept, six vectors a layer', \
     file using "live":(mine('minimal')) with points lt 7 ps 1.4 title 'two vectors a layer', \
     file using "live":(mine('absorbed')) with points lt 8 ps 1.4 title 'two vectors, keys and values absorbed'
