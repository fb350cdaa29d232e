# The coefficient that keeps the mean entropy still, over log n: level where a factor log n is right.
file = data.'invariance.csv'
set logscale x 2
set format x '2^{%L}'
set xrange [400:2**26]
set xtics ('2^{10}' 2**10, '2^{12}' 2**12, '2^{14}' 2**14, '2^{16}' 2**16, '2^{18}' 2**18, '2^{20}' 2**20)
set yrange [0:0.6]
set xlabel 'keys n'
set ylabel 'a(n) / log n'
unset key
is(law, h) = strcol("scores") eq law && abs(column("entropy") - h) < 1e-6 ? column("n") : NaN
end(law, h) = is(law, h) == 2**21 ? 2**21 : NaN
ratio(name) = column(name) / log(column("n"))
plot for [h in "3 5"] file using (is("sphere", h + 0)):(ratio("a")) with linespoints lt 4 ps 1 pt 11, \
     for [h in "3 5 5.74189"] file using (is("gauss", h + 0)):(ratio("a")) with linespoints lt 6 ps 1.2, \
     1 / log(512) with lines lt 7 dt 2, \
     for [h in "3 5"] file using (end("sphere", h + 0)):(ratio("a")):('sphere, '.h.' nats') with labels left \
         offset char 1,0 tc lt 4, \
     for [h in "3 5"] file using (end("gauss", h + 0)):(ratio("a")):('normal, '.h.' nats') with labels left \
         offset char 1,0.3 tc lt 6, \
     file using (end("gauss", 5.74189)):(ratio("a")):('normal, 5.74 nats') with labels left offset char 1,-0.3 tc lt 6, \
     '+' using (2**17):(1 / log(512)):('article: 1 / log 512') every ::0::0 with labels left offset char 0,0.8 tc lt 7
