# Other norms of the Jacobian: all rise to the same limit.
set logscale x
set xlabel 'scale α of normal scores'
set ylabel 'mean norm of the Jacobian, n = 64'
set xrange [0.46:35]
set yrange [0:2.7]
set xtics (0.5, 1, 2, 4, 8, 16, 32)
set key bottom right
file = data.'norms.csv'
plot data.'exact.csv' using (strcol("law") eq 'normal' && column("n")==64 ? column("alpha") : NaN):"exact" with lines lt 1 title 'exact E F (trace)', \
     data.'exact.csv' using (strcol("law") eq 'normal' && column("n")==64 ? column("alpha") : NaN):"limit" with lines lt 1 dt 3 title 'limit D_n', \
     file using (column("n")==64 ? column("alpha") : NaN):"trace":"trace_se" with yerrorbars lt 6 ps 1.2 title 'trace', \
     file using (column("n")==64 ? column("alpha") : NaN):"frobenius":"frobenius_se" with yerrorbars lt 7 ps 1.2 title 'Frobenius', \
     file using (column("n")==64 ? column("alpha") : NaN):"spectral":"spectral_se" with yerrorbars lt 4 ps 1 title 'spectral'
