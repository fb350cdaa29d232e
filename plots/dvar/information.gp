# The digits: information of x_t by integrating the optimal variance, and by the entropy of the posterior.
file = data.'information.csv'
total = system("awk -F, '$1 == \"entropy\" { print $2 }' ".data."information.measured.csv") + 0
set logscale x
set format x '10^{%L}'
set xrange [1e-4:200]
set yrange [0:8.9]
set xlabel 'signal-to-noise ratio ᾱ²/β̄²'
set ylabel 'information (nats)'
set key left top at graph 0.03,0.8 Left reverse
plot total with lines lt 7 dt 2 title sprintf('entropy of the data, log %.0f', exp(total)), \
     file using "snr":(total - column("entropy")):"entropy_se" with yerrorbars lt 6 ps 1.2 title 'by posterior entropies', \
     file using "snr":"integral" with lines lt 4 title 'by integrating v', \
     file using "snr":(10 * column("snr") * column("v")) with lines lt 2 lw 1 title '10 × ratio × v'
