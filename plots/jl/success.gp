# Success of Gaussian projections of the simplex around the dimension of log 2 expected failures.
# rows of other curves are left out, not gaps
set datafile missing NaN
file = data.'success.csv'
set xrange [0.48:1.65]
set yrange [0:1.02]
set xlabel 'dimension d over d_{1/2}, where log 2 failing pairs are expected'
set ylabel 'probability of success (ε = 0.25)'
set key bottom right
set arrow from 1,0 to 1,1.02 nohead lc rgb '#999999' dt 2
at(n) = column("n") == n ? column("scale") : NaN
bound(n) = column("n") == n && column("expected_failing") < 1 ? column("scale") : NaN
plot file using (at(32)):"independent" with lines lt 4 lw 1 dt 2 notitle, \
     file using (at(128)):"independent" with lines lt 6 lw 1 dt 2 notitle, \
     file using (at(512)):"independent" with lines lt 7 lw 1 dt 2 notitle, \
     file using (bound(512)):(1 - column("expected_failing")) with lines lt 1 dt 3 title 'union bound, n = 512', \
     NaN with lines lt 1 lw 1 dt 2 title 'if pairs were independent', \
     file using (at(32)):"success":"success_se" with yerrorbars lt 4 ps 1 title 'n = 32', \
     file using (at(128)):"success":"success_se" with yerrorbars lt 6 ps 1.2 title 'n = 128', \
     file using (at(512)):"success":"success_se" with yerrorbars lt 7 ps 1.2 title 'n = 512'
