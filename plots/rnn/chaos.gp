# Iterations against gain, from contraction to chaos; the exponent below.
set multiplot
set xrange [0.35:3.05]
file = data.'chaos.csv'
set lmargin at screen 0.13
set rmargin at screen 0.97
set tmargin at screen 0.97
set bmargin at screen 0.42
set logscale y
set yrange [2:700]
set ylabel 'iterations to 10^{-8}'
set format x ''
set key bottom right Left reverse
plot file using "g":"picard":"picard_se" with yerrorlines lt 1 pt 4 dt 2 title 'picard, J = 0', \
     file using "g":"fixed":"fixed_se" with yerrorlines lt 7 pt 7 title 'fixed, J = A', \
     file using "g":"newton":"newton_se" with yerrorlines lt 6 pt 11 title 'newton', \
     500 with lines lt 1 lw 1 dt 3 title 'T = 500: the end of all'
unset logscale y
set tmargin at screen 0.39
set bmargin at screen 0.155
set format x
set xlabel 'gain g (A = g G, d = 16, inputs 0.1)'
set ylabel 'exponent'
set yrange [-1:0.2]
set ytics 0.5
plot file using "g":"exponent":"exponent_se" with yerrorlines lt 4 pt 9 title 'largest Lyapunov exponent', \
     log(x) < 0.2 ? log(x) : NaN with lines lt 1 lw 1 dt 3 title 'log g'
unset multiplot
