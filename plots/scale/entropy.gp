# The mean entropy against n: at the usual scale, at 2.5 and at the annealed optimum.
set logscale x 2
set xlabel 'number of keys n'
set ylabel 'mean entropy E H (nats)'
set xrange [16:1048576]
set yrange [0:14]
set xtics ('2^4' 16, '2^6' 64, '2^8' 256, '2^{10}' 1024, '2^{12}' 4096, '2^{14}' 16384, '2^{16}' 65536, '2^{18}' 262144, '2^{20}' 1048576)
set key top left Left reverse
file = data.'entropy.csv'
plot log(x) lc rgb '#bbbbbb' dt 3 title 'ln n', \
     file using "n":"entropy_1" with linespoints lt 4 ps 1 title 'α = 1', \
     file using "n":"entropy_2.5" with linespoints lt 2 ps 1 title 'α = 2.5', \
     file using "n":"entropy" with linespoints lt 6 pt 12 ps 1.2 title 'annealed optimum α*(n)', \
     file using "n":"renyi" with lines lt 6 dt 2 lw 1.5 title 'there: -ln E Σp^2'
