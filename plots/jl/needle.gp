# Mean weight of a needle of score c = 1 + log 512 among n - 1 normal scores; the estimate is
# 1 / (1 + (n - 1) exp(a^2/2 - a c)).
file = data.'needle.csv'
set logscale x 2
set format x '2^{%L}'
set xrange [12:2**17]
set yrange [0:1.02]
set xlabel 'keys n'
set ylabel 'mean weight of the needle E p'
set key bottom left Left reverse noopaque
is(rule) = strcol("rule") eq rule ? column("n") : NaN
plot file using (is("one")):"exact" with lines lt 1 notitle, \
     file using (is("sqrtlog")):"exact" with lines lt 3 notitle, \
     file using (is("log512")):"exact" with lines lt 7 notitle, \
     file using (is("ln")):"exact" with lines lt 6 notitle, \
     file using (is("one")):"estimate" with lines lt 1 lw 1 dt 3 title 'estimates', \
     file using (is("log512")):"estimate" with lines lt 7 lw 1 dt 3 notitle, \
     file using (is("one")):"weight":"weight_se" with yerrorbars lt 1 ps 1 title 'a = 1', \
     file using (is("sqrtlog")):"weight":"weight_se" with yerrorbars lt 3 ps 1 title 'a = √(log n / log 512)', \
     file using (is("log512")):"weight":"weight_se" with yerrorbars lt 7 pt 12 ps 1.2 title 'article: a = log n / log 512', \
     file using (is("ln")):"weight":"weight_se" with yerrorbars lt 6 ps 1.2 title 'a = log n'
