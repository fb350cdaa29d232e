# Mean entropy over keys on a sphere with lambda = log n / (0.24 d): exact, drawn, and by the formula behind the rule.
file = data.'rule024.csv'
set logscale x 2
set format x '2^{%L}'
set xrange [12:2**20.5]
set yrange [0:15]
set xlabel 'keys n'
set ylabel 'mean entropy E H (nats)'
set key top left Left reverse noopaque
is(rule, d) = strcol("rule") eq rule && column("head_dim") == d ? column("n") : NaN
plot file using (is("one", 64)):"exact" with lines lc rgb '#999999' title 'λ = 1/√d, d = 64', \
     file using (is("ei024", 128)):"exact" with lines lt 6 notitle, \
     file using (is("ei024", 64)):"exact" with lines lt 7 notitle, \
     file using (is("ei024", 128)):"formula" with lines lt 6 lw 1 dt 2 title 'log n + h, d = 128', \
     file using (is("ei024", 64)):"formula" with lines lt 7 lw 1 dt 2 title 'log n + h, d = 64', \
     file using (is("ei024", 128)):"drawn":"drawn_se" with yerrorbars lt 6 ps 1.2 title 'article: λ = log n / (0.24 d), d = 128', \
     file using (is("ei024", 64)):"drawn":"drawn_se" with yerrorbars lt 7 ps 1.2 title 'the same, d = 64'
