# Which ten times? Optimal, linear and quadratic spacing, with what they cost the samples.
set datafile missing NaN # rows of other cells do not break a line
file = data.'trajectory.csv'
times = data.'trajectory.times.csv'
set multiplot layout 2,1 margins 0.24,0.96,0.14,0.98 spacing 0,0.16
set xrange [-10:1010]
set yrange [0.4:5.6]
set xlabel 'time t' offset 0,0.6
set ytics ('linear' 5, 'quadratic' 4, 'optimal: normal' 3, 'mixture' 2, 'digits' 1)
unset key
normal = '0.25/0.04/1'
mix = '0.3/0.5/0.2:-1/0.2/1.1:0.1/0.25/0.05'
at(law, spacing) = column("K") == 10 && strcol("law") eq law && strcol("spacing") eq spacing ? column("t") : NaN
plot times using (at(normal, 'linear')):(5) with points lt 2 ps 1 pt 7, \
     times using (at(normal, 'quadratic')):(4) with points lt 3 ps 1 pt 7, \
     times using (at(normal, 'optimal')):(3) with points lt 4 ps 1 pt 7, \
     times using (at(mix, 'optimal')):(2) with points lt 4 ps 1 pt 7, \
     times using (at('data', 'optimal')):(1) with points lt 4 ps 1 pt 7
set logscale xy
set xrange [1.8:60]
set yrange [5e-4:1.5]
set xtics (2, 5, 10, 20, 50)
set ytics auto
set format y '10^{%L}'
set xlabel 'steps K (mixture)' offset 0,0.6
set ylabel 'KL of the samples'
set key bottom left Left reverse
is(spacing) = strcol("law") eq mix && strcol("spacing") eq spacing ? column("K") : NaN
plot file using (is('linear')):"kl" with linespoints lt 2 ps 1 title 'linear', \
     file using (is('quadratic')):"kl" with linespoints lt 3 ps 1 title 'quadratic', \
     file using (is('optimal')):"kl" with linespoints lt 4 ps 1 title 'optimal'
unset multiplot
