# How much weight arrives from a distance: n = 401, uniform attention.
file = data.'walk.profile.csv'
set logscale y
set format y '10^{%L}'
set xlabel 'distance |i - j| of the input from the output (middle of n = 401)'
set ylabel 'weight of all paths from j to i'
set xrange [0:200]
set yrange [1e-7:0.3]
set key at graph 0.98,0.6 right top noopaque
at(s, L) = strcol("stack") eq s && column("layers") == L && column("weight") > 0 ? column("weight") : NaN
variance(L) = L*8*9/3.
gauss(x, L) = exp(-x*x/2/variance(L))/sqrt(2*pi*variance(L))
plot file using "distance":(at('local', 2)) with points lt 4 pt 9 title '2 local layers, k = 8', \
     file using "distance":(at('local', 16)) with points lt 2 pt 5 ps 0.4 title '16 local layers, k = 8', \
     gauss(x, 16) lt 2 lw 1 title 'normal of variance L k(k+1)/3', \
     file using "distance":(at('sparse', 2)) with points lt 7 pt 7 ps 0.4 title '2 merged layers, k = 14', \
     file using "distance":(at('atrous.local', 1)) with points lt 6 pt 4 ps 0.4 title 'atrous over local, k = 14', \
     file using "distance":(at('dense', 1)) with lines lt 1 dt 2 title 'dense: 1/n'
