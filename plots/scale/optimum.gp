# The annealed optimum for normal scores against n, with the article's fit; below the other optima.
set logscale x
set xlabel 'number of keys n'
set ylabel 'scale α'
set format x '10^{%L}'
set xrange [5:1e12]
set yrange [0:9]
set key top left Left reverse noopaque
plot sqrt(2*log(x)) lc rgb '#bbbbbb' dt 3 title '√(2 ln n): softmax freezes', \
     0.84*sqrt(log(x)) lc rgb '#777777' dt 2 title 'article: 0.84 √ln n', \
     sqrt(log(x)/2) lt 2 dt 4 lw 1.5 title '√(ln n / 2): annealing valid below', \
     data.'normal.csv' using "n":"lambert" smooth unique with lines lt 6 title 'annealed optimum √(W_0(n√e/2) - 1/2)', \
     data.'typical.optima.csv' using "n":"typical":"error" with yerrorbars lt 7 ps 1 title 'best for E log F (drawn rows)'
