# The spectrum of A^T A for a square matrix A of N(0, 1/d) entries.
# rows of other curves are left out, not gaps
set datafile missing NaN
file = data.'gram.spectrum.csv'
set xrange [0:4.2]
set yrange [0:1.6]
set xlabel 'eigenvalue x of A^TA'
set ylabel 'density of the eigenvalues'
set key top right
set samples 2000
set arrow from 1,graph 0 to 1,graph 1 nohead lt 2 dt 3 lw 3
at(d) = column("d") == d ? column("x") : NaN
plot x > 0 && x < 4 ? sqrt((4 - x)/x)/(2*pi) : NaN with lines lt 1 title 'Marchenko and Pastur', \
     NaN with lines lt 2 dt 3 lw 3 title 'an orthogonal matrix', \
     file using (at(64)):"density":"density_se" with yerrorbars lt 4 ps 1 title 'd = 64', \
     file using (at(512)):"density":"density_se" with yerrorbars lt 6 ps 1.2 title 'd = 512'
