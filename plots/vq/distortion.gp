# k-means of Gaussian keys approaches the power law c^(-2/d) and stays above Shannon's bound.
W(s, i) = int(word(s, i))
set logscale xy
set xlabel 'codes c'
set ylabel 'mean squared distance of a coordinate, D/d'
set xrange [3.5:300]
set yrange [1e-8:1.5]
set format y '10^{%L}'
set xtics (4, 8, 16, 32, 64, 128, 256)
set key bottom left Left reverse samplen 2
file = data.'distortion.csv'
at(d) = strcol("start") eq 'good' && column("d")==d ? column("c") : NaN
colors = "7 6 4 2"
plot for [i=1:4] d = 2**(i-1) x**(-2.0/d) with lines lt (W(colors, i)) dt 2 lw 1.2 title i==1 ? 'bound c^{-2/d}' : '', \
     for [i=1:4] d = 2**(i-1) file using (at(d)):(column("tested")/d):(column("tested_error")/d) with yerrorbars lt (W(colors, i)) title sprintf('d = %d, fresh keys', d), \
     file using (strcol("start") eq 'sample' && column("d")==1 ? column("c") : NaN):"tested":"tested_error" with yerrorbars lt 1 pt 8 title 'd = 1, from random keys', \
     [16:256] 2.7207/x**2 with lines lt 1 dt 3 lw 1 title '√3 π/2 c^{-2}: best levels, d = 1'
