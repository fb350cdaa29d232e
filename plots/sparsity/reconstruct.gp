# Entries rebuilt from N_2 ... N_n known to a relative error.
set xlabel 'entries n'
set ylabel 'largest error over largest entry'
set logscale y
set format y '10^{%L}'
set ytics 1e4
set mytics 1
set xrange [1.7:14.5]
set xtics 2,2,12
set yrange [1e-17:10]
set key off
# names beside the last points, moved apart where these are close
last(e) = system(sprintf("awk -F, '/^n,/ { for (i = 1; i <= NF; i++) at[$i] = i } !/^#/ && $at[\"n\"] == 12 && \
$at[\"noise\"] + 0 == %g { print $at[\"log10_error\"] }' ", e).data.'reconstruct.csv') + 0
set label 1 'N_k to 10^{-3}' at 12.25,10**last(1e-3) left tc lt 7 offset 0,0.5
set label 2 '10^{-6}' at 12.25,10**last(1e-6) left tc lt 2 offset 0,-0.3
set label 3 '10^{-9}' at 12.25,10**last(1e-9) left tc lt 4 offset 0,-1.1
set label 4 '10^{-12}' at 12.25,10**last(1e-12) left tc lt 6
set label 5 'rounded' at 12.25,10**last(0) left tc lt 1
set label 6 '10^{-16} 8^{n−2}' at 8.2,1e-13 left tc lt 1
pick(e, c) = abs(column("noise")/e - 1) < 1e-6 ? 10**c : NaN
plot data.'reconstruct.csv' using "n":(pick(1e-3, column("log10_error"))) with points lt 7 pt 8 ps 1.2, \
     '' using "n":(pick(1e-6, column("log10_error"))) with points lt 2 ps 1, \
     '' using "n":(pick(1e-9, column("log10_error"))) with points lt 4 ps 1, \
     '' using "n":(pick(1e-12, column("log10_error"))) with points lt 6 pt 12 ps 1.2, \
     '' using "n":(column("noise") == 0 ? 10**column("log10_error") : NaN) with points lt 1 ps 1, \
     [2:12] 1e-16*8**(x-2) with lines lt 1 dt 2
