# Rotated Gaussian data: how much better a diagonal is than one variance, over the dimension.
set datafile missing NaN # rows of other cells do not break a line
file = data.'covariance.csv'
set logscale xy
set xrange [3.4:38]
set yrange [0.02:1]
set xtics (4, 8, 16, 32)
set ytics (0.02, 0.05, 0.1, 0.2, 0.5, 1)
set xlabel 'dimension d'
set ylabel 'part of the divergence that a diagonal saves'
set key bottom left Left reverse
is(condition) = column("condition") == condition && strcol("rotation") eq 'haar' && column("K") == 10 && strcol("eta") eq '1' \
                && strcol("rule") eq 'diagonal' ? column("d") : NaN
scalar(d, condition) = system("awk -F, '/^schedule,/ { for (i = 1; i <= NF; i++) at[$i] = i } ! /^#/ && $at[\"condition\"] == ".condition." && \
$at[\"rotation\"] == \"haar\" && $at[\"K\"] == 10 && $at[\"eta\"] == 1 && $at[\"rule\"] == \"scalar\" && $at[\"d\"] == ".d." \
{ print $at[\"steps_kl\"] }' ".file) + 0
array s2[4]
array s256[4]
do for [i = 1:4] { s2[i] = scalar(word('4 8 16 32', i), '2'); s256[i] = scalar(word('4 8 16 32', i), '256') }
place(d) = d == 4 ? 1 : d == 8 ? 2 : d == 16 ? 3 : 4
plot 1 with lines lt 3 title 'not rotated: all of it', \
     2 / (x + 2) with lines lt 1 title '2 / (d + 2)', \
     file using (is(2)):(1 - column("steps_kl") / s2[place(column("d"))]):(column("steps_kl_se") / s2[place(column("d"))]) \
         with yerrorbars lt 6 ps 1.2 title 'variances from 1 to 2', \
     file using (is(256) * 1.03):(1 - column("steps_kl") / s256[place(column("d"))]):(column("steps_kl_se") / s256[place(column("d"))]) \
         with yerrorbars lt 7 ps 1.2 title 'from 1 to 256'
