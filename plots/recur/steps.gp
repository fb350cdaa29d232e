# Counted steps against length without a cache, on the law, and with one.
set logscale xy
set xlabel 'length L'
set ylabel 'steps'
set xrange [1:10000]
set yrange [1:1e9]
set format y '10^{%L}'
set key bottom right Left reverse noopaque
file = data.'depth.csv'
counted(layers) = column("layers") == layers && stringcolumn("mode") eq 'recompute' ? column("steps") : NaN
cached(layers) = column("layers") == layers && stringcolumn("mode") eq 'cached' ? column("steps") : NaN
law(n, L) = exp(lgamma(L + n + 2) - lgamma(n + 2) - lgamma(L + 1)) - 1 - L
plot for [n=4:1:-1] law(n, x) with lines lt n lw 1.5 notitle, \
     file using "length":(counted(4)) with points lt 4 title 'nothing kept, N = 4: slope → 5', \
     file using "length":(counted(3)) with points lt 3 title 'N = 3: slope → 4', \
     file using "length":(counted(2)) with points lt 2 title 'N = 2: slope → 3', \
     file using "length":(counted(1)) with points lt 1 title 'N = 1: slope → 2', \
     4*x*(x+1)/2 with lines lt 6 dt 2 notitle, \
     file using "length":(cached(4)) with points lt 6 title 'N = 4 with the cache, slope 2'
