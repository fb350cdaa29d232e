# What one entry M among 1000 normal ones does to the indices.
set xlabel 'size M of one entry among 1000 normal ones'
set ylabel 'index over its value at M = 1'
set logscale xy
set xrange [1:10000]
set yrange [0.002:1.5]
set key bottom left
ratio(c, base) = c/base
f = data.'spike.csv'
stats f using "mean_over_max" every ::0::0 nooutput name 'A'
stats f using "star" every ::0::0 nooutput name 'B'
stats f using "n1" every ::0::0 nooutput name 'C'
stats f using "one_less_gini" every ::0::0 nooutput name 'D'
stats f using "star_half_1" every ::0::0 nooutput name 'E'
plot f using "spike":(column("star_half_1")/E_max) with linespoints lt 4 ps 1 title 'S*_{1/2,1}', \
     f using "spike":(column("one_less_gini")/D_max) with linespoints lt 8 ps 1 title '1 − Gini', \
     f using "spike":(column("n1")/C_max) with linespoints lt 2 ps 1 title 'N_1/n', \
     f using "spike":(column("star")/B_max) with linespoints lt 6 pt 12 ps 1.2 title 'S = S*_{1,2}', \
     f using "spike":(column("mean_over_max")/A_max) with linespoints lt 7 ps 1.2 title 'S_0 = mean/max'
