# The annealed optimum for cosines: in d = 128 against 3.5 log n, and over sqrt d for several d.
set multiplot layout 1,2
set logscale x
set format x '10^{%L}'
set xlabel 'number of keys n'
set xrange [40:1e12]
set xtics 1e3
unset mxtics
set key bottom right Left reverse samplen 1.5 noopaque
set ylabel 'optimum α* at d = 128'
set yrange [0:100]
file = data.'cosine.csv'
set object 1 rectangle from 40, graph 0 to 2e4, graph 1 fc rgb '#f2f2f2' fs noborder behind
set label 1 "article's\nwindow" at 60, 92 tc rgb '#666666'
plot file using (column("d")==128 ? column("n") : NaN):"optimum" smooth unique with lines lt 6 title 'annealed optimum', \
     3.5*log(x) lc rgb '#777777' dt 2 title 'article: 3.5 ln n'
unset label 1
unset object 1
set ylabel 'α* / √d'
set yrange [1:14]
set key top left Left reverse noopaque
plot for [i=1:5] d = word("32 64 128 256 512", i)+0 file using (column("d")==d ? column("n") : NaN):"over_root_d" smooth unique with lines lt (i==1?2:i==2?3:i==3?6:i==4?4:8) lw 1.5 title sprintf('d = %d', d), \
     file using (column("d")==1e6 ? column("n") : NaN):"over_root_d" smooth unique with lines lt 1 dt 2 title 'normal'
unset multiplot
