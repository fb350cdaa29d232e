# Without a fourth moment S converges like n^{-1/3}.
set xlabel 'entries n'
set ylabel 'interquartile range of S over samples'
set logscale xy
set xrange [80:40000]
set yrange [0.001:0.5]
set key top right
# log IQR of r samples has the error 1.166/sqrt(r), as for a normal law of S
error(c) = c * 1.166 / sqrt(column("draws"))
at_1e4 = system("awk -F, '/^law,/ { for (i = 1; i <= NF; i++) at[$i] = i } $1 == \"student:3\" && $2 == 10000 { print $at[\"s_spread\"] }' " \
                .data.'outlier.csv') + 0
law(name, c) = stringcolumn("law") eq name ? c : NaN
plot data.'outlier.csv' using "n":(law('student:3', column("s_spread"))):(error(column("s_spread"))) with yerrorbars lt 7 ps 1.2 title "Student's t, 3 degrees", \
     [80:40000] at_1e4*(x/1e4)**(-1.0/3) with lines lt 7 dt 2 title 'slope −1/3, through n = 10^4', \
     '' using "n":(law('normal', column("s_spread"))):(error(column("s_spread"))) with yerrorbars lt 6 ps 1.2 title 'normal', \
     [80:40000] 1.349*sqrt((pi - 3)/pi/x) with lines lt 6 dt 2 title 'delta method, slope −1/2'
