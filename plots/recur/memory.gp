# Numbers held against length, N = 4: flat without a cache.
set logscale xy
set xlabel 'length L'
set ylabel 'numbers held (N = 4, d = 8)'
set xrange [1:5000]
set yrange [50:1e8]
set format y "10^{%L}"
set key top left Left reverse
file = data.'depth.csv'
mine(mode, s, b) = column("layers") == 4 && stringcolumn("mode") eq mode && column("every") == s && column("block") == b ? column("live") : NaN
plot 2*4*8*x + 27 with lines lt 6 notitle, file using "length":(mine('cached', 0, 0)) with points lt 6 title 'keys and values: 2NLd + 3d + 3', \
     3*8*x + 51 with lines lt 2 dt 2 notitle, file using "length":(mine('checkpoint', 1, 0)) with points lt 2 title 'layer inputs (s = 1): (N−1)Ld + 6d + 3', \
     8*x + 102 with lines lt 4 dt 2 notitle, file using "length":(mine('checkpoint', 2, 0)) with points lt 4 title 'one layer kept (s = 2): Ld + 2(6d + 3)', \
     1604 with lines lt 3 dt 3 notitle, file using "length":(mine('block', 0, 8)) with points lt 3 title 'blocks of 8: N(8(6d + 2) + 1)', \
     204 with lines lt 1 notitle, file using "length":(mine('recompute', 0, 0)) with points lt 1 title 'six vectors a layer: N(6d + 3)', \
     100 with lines lt 7 notitle, file using "length":(mine('minimal', 0, 0)) with points lt 7 title 'two vectors a layer: 2Nd + 3N + 3d'
