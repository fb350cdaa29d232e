# Gaussian data, scalar optimal variance: what lambda costs, relative to lambda = 0, by the number of steps.
set datafile missing NaN # rows of other cells do not break a line
file = data.'gaussian.csv'
set xrange [-0.03:1.2]
set xtics 0, 0.25, 1
set yrange [0.9:3.3]
set xlabel 'λ / β̃   (0: DDIM, 1: DDPM)'
set ylabel 'W_2^2 of the samples, relative to λ = 0'
unset key
is(K) = strcol("v") eq '0.25/0.04/1' && strcol("prior") eq 'exact' && column("q") == 1 && strcol("eta") ne 'max' \
        && column("K") == K && strcol("rule") eq 'scalar' ? column("eta") : NaN
steps = "1 5 10 20 50 1000"
colour = "1 2 8 3 4 6"
zero(K) = system("awk -F, '/^data,/ { for (i = 1; i <= NF; i++) at[$i] = i } ! /^#/ && $at[\"v\"] == \"0.25/0.04/1\" && \
$at[\"prior\"] == \"exact\" && $at[\"q\"] == 1 && $at[\"K\"] == ".K." && $at[\"eta\"] == \"0\" && $at[\"rule\"] == \"scalar\" \
{ print $at[\"w2sq\"] }' ".file) + 0
array base[6]
do for [i = 1:6] { base[i] = zero(word(steps, i)) }
plot for [i = 1:6] file using (is(word(steps, i) + 0)):(column("w2sq") / base[i]) with linespoints lt word(colour, i) + 0 ps 1.2, \
     for [i = 1:6] file using (is(word(steps, i) + 0) == 1 ? 1.02 : NaN):(column("w2sq") / base[i]):('K = '.word(steps, i)) \
         with labels left tc lt word(colour, i) + 0
