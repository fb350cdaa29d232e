# Attention of real text within the patterns against their size; n = 512.
file = data.'mass.csv'
at(o, p, y) = strcol("order") eq o && column("position") == p && column("n") == 512 ? y : NaN
stats file using (at('shuffled', 0, column("self"))) nooutput
set multiplot layout 1,2 margins 0.12,0.98,0.15,0.97 spacing 0.16,0
set logscale x 2
set xrange [1.7:150]
set xtics (2, 4, 8, 16, 32, 64, 128)
set xlabel 'half-width k of the band'
set ylabel 'mean weight within |i - j| ≤ k' offset 0.4
set yrange [0:0.8]
set key top left Left reverse noopaque samplen 1.5
self = STATS_mean
share(k) = (512*(2*k + 1) - k*(k + 1))/512.**2
chance(k) = self + (1 - self)*(share(k)*512 - 1)/511.
plot file using "k":(at('real', 1, column("mass_local"))):"mass_local_se" with yerrorbars lt 7 pt 7 ps 1.2 title 'text, with position', \
     file using "k":(at('shuffled', 1, column("mass_local"))):"mass_local_se" with yerrorbars lt 2 pt 6 ps 1.2 title 'shuffled, with position', \
     file using "k":(at('real', 0, column("mass_local"))):"mass_local_se" with yerrorbars lt 6 pt 5 ps 1.2 title 'text', \
     file using "k":(at('shuffled', 0, column("mass_local"))):"mass_local_se" with yerrorbars lt 3 pt 4 ps 1.2 title 'shuffled', \
     share(x) with lines lt 1 dt 2 lw 1 title 'share nnz/n^2', \
     chance(x) with lines lt 1 lw 1 title 'chance, exact'
set ylabel 'weight above chance, no position code' offset 1
set xlabel 'half-width or stride k'
set yrange [-0.006:0.007]
set key bottom left
plot 0 lt 1 lw 1 notitle, \
     file using (column("k")*0.97):(at('real', 0, column("excess_local"))):"excess_local_se" with yerrorbars lt 6 pt 5 title 'text, local', \
     file using (column("k")*1.03):(at('real', 0, column("excess_atrous"))):"excess_atrous_se" with yerrorbars lt 4 pt 9 title 'text, atrous', \
     file using "k":(at('shuffled', 0, column("excess_local"))):"excess_local_se" with yerrorbars lt 3 pt 4 title 'shuffled, local'
unset multiplot
