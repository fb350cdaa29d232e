# Keys a position over all levels: two strides against three and four.
file = data.'levels.csv'
set logscale xy
set format x '10^{%L}'
set xlabel 'positions n'
set ylabel 'pairs per position, causal, best strides'
set xrange [2:1.2e6]
set yrange [1:2000]
set key top left Left reverse noopaque
at(p) = strcol("strides") eq 'best' && column("p") == p && column("causal") == 1 ? column("per_position") : NaN
set arrow 1 from 24,1 to 24,12 nohead lc rgb '#888888' dt 3
set label 1 'n = 24' at 27,1.3 tc rgb '#555555'
plot file using "n":(at(1)) with points lt 1 pt 7 ps 0.5 title 'one level (dense)', \
     file using "n":(at(2)) with points lt 7 pt 5 ps 0.5 title 'two levels', \
     file using "n":(at(3)) with points lt 6 pt 4 title 'three levels', \
     file using "n":(at(4)) with points lt 4 pt 9 title 'four levels', \
     x/2 lt 1 lw 1 notitle, \
     2*(x/2)**0.5 lt 7 lw 1 title 'p (n/2)^{1/p}', \
     3*(x/2)**(1/3.) lt 6 lw 1 notitle, \
     4*(x/2)**0.25 lt 4 lw 1 notitle
