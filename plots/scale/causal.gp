# Efficiency by position of a causal layer of length 1024, by the annealed formula and by the exact mean.
set logscale x 2
set format x '2^{%L}'
set xlabel 'position n (number of keys), L = 1024'
set ylabel 'F over its best'
set xrange [2:1024]
set yrange [-0.6:1.15]
set key bottom left at graph 0.075,0.02 Left reverse noopaque font small
file = data.'causal.positions.csv'
plot 0.9 lc rgb '#bbbbbb' dt 3 title '90 %', \
     file using "n":(column("annealed_half")/column("best") > -0.6 ? column("annealed_half")/column("best") : NaN) with lines lt 6 title 'annealed, α*(L/2) = 2.01', \
     file using "n":(column("annealed_1")/column("best")) with lines lt 6 dt 2 title 'annealed, α = 1', \
     file using "n":(column("exact_half")/column("limit")) with lines lt 7 dt 4 title 'exact over D_n, α*(L/2)', \
     file using "n":(column("exact_1")/column("limit")) with lines lt 7 dt 3 lw 2.5 title 'exact over D_n, α = 1'
