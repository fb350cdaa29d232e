# The largest distortion by a Gaussian projection into 24 log n/eps^2 dimensions, for artificial and real points.
# rows of other curves are left out, not gaps
set datafile missing NaN
file = data.'project.csv'
set logscale x 2
set xrange [22:1500]
set yrange [0:1.1]
set xtics (32,128,512,1024)
set xlabel 'points n'
set ylabel 'largest distortion / ε    (ε = 0.25)'
set key bottom left Left reverse maxrows 4
at(kind, rule, shift) = strcol("points") eq kind && strcol("d") eq rule && abs(column("eps") - 0.25) < 1e-9 ? column("n")*shift : NaN
over(name) = column(name)/column("eps")
plot 1 with lines lc rgb '#999999' dt 2 title 'allowed', \
     file using (at("simplex", "rule24", 0.95)):(over("distortion")):(over("distortion_se")) with yerrorbars lt 1 ps 1 title 'simplex', \
     file using (at("gauss", "rule24", 0.98)):(over("distortion")):(over("distortion_se")) with yerrorbars lt 2 ps 1 title 'Gaussian, m = 1000', \
     file using (at("digits", "rule24", 1.02)):(over("distortion")):(over("distortion_se")) with yerrorbars lt 7 pt 8 ps 1.2 title 'digits, m = 64', \
     file using (at("words", "rule24", 1.05)):(over("distortion")):(over("distortion_se")) with yerrorbars lt 6 pt 12 ps 1.2 title 'words, m = 16384', \
     file using (at("simplex", "rule24", 0.95)):(over("inner")):(over("inner_se")) with yerrorbars lt 4 ps 1 title 'inner products, simplex', \
     file using (at("simplex", "rule16", 0.95)):(over("distortion")):(over("distortion_se")) with yerrorbars lt 3 ps 1 title 'simplex, 16 log n/ε^2'
