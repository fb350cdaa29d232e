# Without a fourth moment S converges like n^{-1/3}.
set xlabel 'entries n'
set ylabel 'interquartile range of S over samples'
set logscale xy
set xrange [80:40000]
set yrange [0.001:0.5]
set key top right
law(name, c) = stringcolumn("law") eq name ? c : NaN
plot data.'outlier.csv' using "n":(law('student:3', column("s_spread"))) with points lt 7 title "Student's t, 3 degrees", \
     [80:40000] 0.0263*(x/1e4)**(-1.0/3) with lines lt 7 dt 2 title 'slope −1/3, through n = 10^4', \
     '' using "n":(law('normal', column("s_spread"))) with points lt 6 title 'normal', \
     [80:40000] 1.349*sqrt((pi - 3)/pi/x) with lines lt 6 dt 2 title 'delta method, slope −1/2'
