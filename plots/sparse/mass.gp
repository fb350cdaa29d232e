# Attention of real text within the patterns against their size; n = 512.
set multiplot layout 1,2 margins 0.09,0.98,0.14,0.9 spacing 0.1,0
file = data.'mass.csv'
set logscale x 2
set xrange [1.7:150]
set xtics (2, 4, 8, 16, 32, 64, 128)
set xlabel 'half-width k of the band'
set ylabel 'mean weight within |i - j| ≤ k' offset 1
set yrange [0:0.8]
set key top left Left reverse noopaque samplen 1.5
at(o, p, y) = strcol("order") eq o && column("position") == p && column("n") == 512 ? y : NaN
plot file using "k":(at('real', 1, column("mass_local"))):"mass_local_se" with yerrorbars lt 7 pt 7 title 'text, with position', \
     file using "k":(at('shuffled', 1, column("mass_local"))):"mass_local_se" with yerrorbars lt 2 pt 6 title 'shuffled, with position', \
     file using "k":(at('real', 0, column("mass_local"))):"mass_local_se" with yerrorbars lt 6 pt 5 title 'text', \
     file using "k":(at('shuffled', 0, column("mass_local"))):"mass_local_se" with yerrorbars lt 3 pt 4 title 'shuffled', \
     file using "k":(at('shuffled', 0, column("share_local"))) with lines lt 1 dt 2 lw 1 title 'share nnz/n^2', \
     file using "k":(at('shuffled', 0, column("mass_local") - column("excess_local"))) with lines lt 1 lw 1 title 'chance, exact'
set ylabel 'weight above chance, no position code' offset 1
set xlabel 'half-width or stride k'
set yrange [-0.012:0.012]
set key bottom left
plot 0 lt 1 lw 1 notitle, \
     file using (column("k")*0.97):(at('real', 0, column("excess_local"))):"excess_local_se" with yerrorbars lt 6 pt 5 title 'text, local', \
     file using (column("k")*1.03):(at('real', 0, column("excess_atrous"))):"excess_atrous_se" with yerrorbars lt 4 pt 9 title 'text, atrous', \
     file using "k":(at('shuffled', 0, column("excess_local"))):"excess_local_se" with yerrorbars lt 3 pt 4 title 'shuffled, local'
unset multiplot
