# Gaussian data: Wasserstein distance of the samples over the number of steps, by the rule of the variance.
set datafile missing NaN # rows of other cells do not break a line
file = data.'gaussian.csv'
set logscale xy
set format y '10^{%L}'
set xrange [0.85:1300]
set yrange [2e-11:3]
set xtics (1, 2, 5, 10, 20, 50, 100, '1000' 1000)
set xlabel 'steps K'
set ylabel 'W_2^2 of the samples from the data'
set key bottom left Left reverse
is(eta, rule) = strcol("v") eq '0.25/0.04/1' && strcol("prior") eq 'exact' && column("q") == 1 && strcol("eta") eq eta \
                && strcol("rule") eq rule ? column("K") : NaN
worst = system("awk -F, '/^data,/ { for (i = 1; i <= NF; i++) at[$i] = i } !/^#/ && \
$at[\"rule\"] == \"diagonal\" && $at[\"v\"] == \"0.25/0.04/1\" && $at[\"prior\"] == \"exact\" && $at[\"q\"] == 1 && \
$at[\"w2sq\"] + 0 > most { most = $at[\"w2sq\"] + 0 } END { print most }' ".file) + 0
plot file using (is('1', 'none')):"w2sq" with linespoints lt 2 ps 1 title 'DDPM, β̃²', \
     file using (is('0', 'none')):"w2sq" with linespoints lt 3 ps 1 title 'DDIM', \
     file using (is('1', 'big')):"w2sq" with linespoints lt 8 pt 7 ps 1.2 title 'DDPM, β²', \
     file using (is('1', 'scalar')):"w2sq" with linespoints lt 6 pt 12 ps 1.2 title 'optimal, λ = β̃', \
     file using (is('0', 'scalar')):"w2sq" with linespoints lt 4 ps 1 title 'optimal, λ = 0', \
     NaN with lines lt 1 title sprintf('diagonal optimum: below 10^{%d} for every K', ceil(log10(worst)))
