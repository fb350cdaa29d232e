# Entropy of all pairs of n random vectors against the dimension: drawn, estimated by averages, exact for independent angles.
# rows of other curves are left out, not gaps
set datafile missing NaN
file = data.'pair_entropy.csv'
set xrange [0:132]
set yrange [-8:16]
set xlabel 'dimension d'
set ylabel 'entropy H of the n^2 pairs (nats)'
set key top right
set arrow from 0,0 to 132,0 nohead lc rgb '#999999'
at(n) = column("n") == n ? column("d") : NaN
plot file using (at(512)):"formula" with lines lt 6 dt 3 lw 3 title 'source: 2 log n + h_d, n = 512', \
     file using (at(2000)):"formula" with lines lt 7 dt 3 lw 3 title 'n = 2000', \
     file using (at(512)):"independent" smooth csplines with lines lt 6 lw 1 title 'n^2 independent angles, exact', \
     file using (at(2000)):"independent" smooth csplines with lines lt 7 lw 1 notitle, \
     file using (at(512)):"H":"H_se" with yerrorbars lt 6 ps 1.2 title 'drawn, n = 512', \
     file using (at(2000)):"H":"H_se" with yerrorbars lt 7 ps 1.2 title 'drawn, n = 2000'
