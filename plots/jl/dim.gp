# Dimensions for n points at eps = 0.25: what the lemma asks for and what the union bound with exact tails needs.
# rows of other curves are left out, not gaps
set datafile missing NaN
file = data.'dim.csv'
set logscale x 10
set format x '10^{%L}'
set xrange [1.5:1.5e18]
set yrange [0:16500]
set xlabel 'points n'
set ylabel 'dimension d for distortions below ε = 0.25' offset 0,0
set rmargin 22
set xtics 1e3
set mxtics 1
set key off
tag(y, text, color) = sprintf("set label '%s' at graph 1.02, first %g textcolor rgb '%s'", text, y, color)
eval tag(15920, 'source: 24 log n/ε^2', '#d55e00')
eval tag(10613, 'source: 16 log n/ε^2', '#b87d00')
eval tag(9600, '6 log n/(ε − log(1+ε))', '#0072b2')
eval tag(8600, 'exact, failure ≤ 1/n', '#0072b2')
eval tag(7000, 'Dasgupta and Gupta', '#000000')
eval tag(6150, '4 log n/(ε − log(1+ε))', '#009e73')
eval tag(5250, 'exact, log 2 failures', '#009e73')
at(target) = abs(column("eps") - 0.25) < 1e-9 && strcol("target") eq target ? column("n") : NaN
plot file using (at("1/n")):"d_24" with lines lt 7 dt 3 lw 3, \
     file using (at("1/n")):"d_16" with lines lt 2 dt 3 lw 3, \
     file using (at("1/n")):"d_exact" with linespoints lt 6 ps 1.2, \
     file using (at("1/n")):"d_order" with lines lt 6 dt 2 lw 1, \
     file using (at("log2")):"d_dg" with lines lt 1 dt 4, \
     file using (at("log2")):"d_exact" with linespoints lt 4 ps 1, \
     file using (at("log2")):"d_order" with lines lt 4 dt 2 lw 1
