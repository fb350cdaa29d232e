# A mixture, K = 10: what a multiplier of the optimal variance does to the paths and to the samples.
set datafile missing NaN # rows of other cells do not break a line
file = data.'mixture.csv'
set xrange [0.5:2]
set yrange [0.93:1.75]
set xlabel 'multiplier q of the variance (1: optimal)'
set ylabel 'relative to q = 1'
set key at 1.4,1.73 Left reverse
set arrow from 1,graph 0 to 1,graph 0.55 nohead lc rgb '#999999' dt 2
is(rule) = column("K") == 10 && column("eta") == 1 && strcol("rule") eq rule ? column("q") : NaN
at_one(name) = system("awk -F, '/^mixture,/ { for (i = 1; i <= NF; i++) at[$i] = i } \
! /^#/ && $at[\"K\"] == 10 && $at[\"eta\"] == 1 && $at[\"rule\"] == \"scalar\" && $at[\"q\"] == 1 \
{ print $at[\"".name."\"] }' ".file) + 0
path1 = at_one('path_kl')
kl1 = at_one('kl')
w1 = at_one('w2')
plot path1 > 0 ? 1 + 5 * (log(x) + 1 / x - 1) / path1 : NaN with lines lt 1 lw 1 title 'paths, by the formula', \
     file using (is('scalar')):(column("path_kl") / path1) with points lt 1 ps 1 title 'paths, KL', \
     file using (is('scalar')):(column("kl") / kl1) with linespoints lt 6 ps 1.2 title 'samples, KL', \
     file using (is('scalar')):(column("w2") / w1) with linespoints lt 7 pt 8 ps 1.2 title 'samples, W_2'
