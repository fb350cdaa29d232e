# Effective ranks of a 60 x 80 matrix of rank 5, all five singular values equal, with noise.
set xlabel 'spectral size of the noise, relative to the signal'
set ylabel 'effective rank'
set logscale xy
set xrange [0.0008:4]
set yrange [4:80]
set ytics (5, 10, 20, 40, 60)
set key top left
pick(c) = column("rank") == 5 && column("spread") == 1 && column("noise") > 0 ? c : NaN
plot data.'rank.csv' using "noise":(pick(column("rank"))) with lines lt 1 dt 2 title 'rank without noise', \
     '' using "noise":(pick(column("n_1"))) with linespoints lt 7 ps 1.2 title 'N_1 = exp H_1 (Roy, Vetterli)', \
     '' using "noise":(pick(column("n_2"))) with linespoints lt 2 ps 1 title 'N_2 = (Σs)^2/Σs^2', \
     '' using "noise":(pick(column("n_inf"))) with linespoints lt 6 pt 12 ps 1.2 title 'N_∞ = Σs/s_1', \
     '' using "noise":(pick(column("stable"))) with linespoints lt 4 ps 1 title 'stable rank Σs^2/s_1^2'
