# What is left of a Gaussian matrix, times m, beyond the limit 4 of what is kept.
set xlabel 'm (n = m², both approximations of 2m³ − m² dimensions)'
set ylabel '4 − m × share of the energy kept'
set logscale xy
set format x '10^{%L}'
set format y '10^{%L}'
set xrange [1.5:100000]
set yrange [1e-3:4]
set key bottom left
square(name) = stringcolumn("matrix") eq name ? column("b") : NaN
plot data.'edge.csv' using "m":(4 - column("marchenko_pastur")) with lines lt 7 dt 4 title 'SVD: Marchenko–Pastur tail', \
     data.'dense.csv' using (square('gauss')):(4 - column("svd_kept")):"svd_kept_se" with yerrorbars lt 7 title 'SVD, matrices drawn', \
     [10:100000] 4.25*x**(-2.0/3) with lines lt 2 lw 1 dt 3 title '4.25 m^{−2/3}', \
     data.'edge.csv' using "m":(4 - column("wishart")):"wishart_se" with yerrorlines lt 6 title 'Monarch: 4 − E λ_{max}(W_m)/m', \
     data.'dense.csv' using (square('gauss')):(4 - column("kept")):"kept_se" with yerrorbars lt 3 title 'Monarch, matrices drawn', \
     [10:100000] 3.04*x**(-2.0/3) with lines lt 1 lw 1 dt 2 title '3.04 m^{−2/3}'
