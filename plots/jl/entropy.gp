# Mean entropy of softmax(a s) over n normal scores: exact, drawn, modelled, for five coefficients.
file = data.'softmax_entropy.csv'
set logscale x 2
set format x '2^{%L}'
set xrange [12:2**17]
set yrange [0:11.5]
set xlabel 'keys n'
set ylabel 'mean entropy E H (nats)'
set key top left Left reverse noopaque
is(rule) = strcol("rule") eq rule && column("n") < 7e4 ? column("n") : NaN
drawn(rule) = strcol("rule") eq rule && column("draws") > 0 ? column("n") : NaN
h512 = log(512) - 0.5
plot h512 with lines lc rgb '#999999' dt 2 lw 2 title 'aim: that of n = 512', \
     file using (is("one")):"exact" with lines lt 1 notitle, \
     file using (is("sqrtlog")):"exact" with lines lt 3 notitle, \
     file using (is("log512")):"exact" with lines lt 7 notitle, \
     file using (is("const")):"exact" with lines lt 4 notitle, \
     file using (is("ln")):"exact" with lines lt 6 notitle, \
     file using (is("one")):"model" with lines lt 1 lw 1 dt 3 notitle, \
     file using (is("sqrtlog")):"model" with lines lt 3 lw 1 dt 3 notitle, \
     file using (is("log512")):"model" with lines lt 7 lw 1 dt 3 notitle, \
     file using (is("ln")):"model" with lines lt 6 lw 1 dt 3 title 'random energy model', \
     file using (drawn("one")):"entropy":"entropy_se" with yerrorbars lt 1 ps 1 title 'a = 1', \
     file using (drawn("sqrtlog")):"entropy":"entropy_se" with yerrorbars lt 3 ps 1 title 'a = √(log n / log 512)', \
     file using (drawn("log512")):"entropy":"entropy_se" with yerrorbars lt 7 pt 12 ps 1.2 title 'article: a = log n / log 512', \
     file using (drawn("const")):"entropy":"entropy_se" with yerrorbars lt 4 ps 1 title 'a solved for 3 nats', \
     file using (drawn("ln")):"entropy":"entropy_se" with yerrorbars lt 6 ps 1.2 title 'a = log n'
