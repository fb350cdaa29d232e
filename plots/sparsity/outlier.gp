# Chance moves the mean over the maximum far more than S.
set xlabel 'entries n (normal)'
set ylabel 'standard deviation over mean'
set logscale xy
set xrange [80:40000]
set yrange [0.001:0.3]
set key bottom left
normal(c) = stringcolumn("law") eq 'normal' ? c : NaN
plot data.'outlier.csv' using "n":(normal(column("s0_deviation"))):"s0_deviation_se" with yerrorbars lt 7 ps 1.2 title 'S_0 = mean/max, drawn', \
     '' using "n":(normal(column("s0_deviation_exact"))) with lines lt 7 dt 2 title 'exact integral', \
     '' using "n":(normal(column("s_deviation"))):"s_deviation_se" with yerrorbars lt 6 ps 1.2 title 'S, drawn', \
     [80:40000] sqrt((pi - 3)/2/x) with lines lt 6 dt 2 title '((π−3)/2n)^{1/2}'
