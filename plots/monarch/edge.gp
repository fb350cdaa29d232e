# What is kept of a Gaussian matrix, times m.
set xlabel 'm (n = m², both approximations of 2m³ − m² dimensions)'
set ylabel 'm × share of the energy kept'
set logscale x
set xrange [1.8:100000]
set yrange [1.6:4.1]
set key bottom right
set arrow 1 from 1.8,4 to 100000,4 nohead lt 1 lw 1 dt 2
square(name) = stringcolumn("matrix") eq name ? column("b") : NaN
plot data.'edge.csv' using "m":"wishart" with lines lt 6 title 'Monarch: E λ_{max}(W_m)/m', \
     '' using (column("m") > 20 ? column("m") : NaN):"edge" with lines lt 3 dt 2 title '4 − 2/m − 3.04 m^{−2/3} (Tracy–Widom)', \
     '' using "m":"marchenko_pastur" with lines lt 7 dt 4 title 'SVD: Marchenko–Pastur tail', \
     data.'dense.csv' using (square('gauss')):"kept":"kept_se" with yerrorbars lt 6 title 'Monarch, drawn', \
     '' using (square('gauss')):"svd_kept":"svd_kept_se" with yerrorbars lt 7 title 'SVD, drawn'
