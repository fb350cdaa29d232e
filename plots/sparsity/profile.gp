# The effective number of entries over n, as a function of its order.
set xlabel 'order k'
set ylabel 'effective share of entries N_k/n'
set logscale xy
set xrange [0.01:1000]
set yrange [0.003:1.4]
set key bottom left
set arrow 1 from 1,0.003 to 1,1.3 nohead lt 1 lw 1 dt 2
set arrow 2 from 2,0.003 to 2,1.3 nohead lt 1 lw 1 dt 2
set label 1 'Shannon' at 0.95,1.15 right
set label 2 'k = 2: S^2' at 2.1,1.15 left
set label 3 'S_0' at 850,1.15 right
pick(name) = stringcolumn("data") eq name && column("k") > 0 ? column("k") : NaN
plot data.'profile.csv' using (pick('digits')):"fraction" with lines lt 6 title 'pixels of 1797 digits', \
     '' using (pick('spectrum')):"fraction" with lines lt 2 title 'their singular values', \
     '' using (pick('words')):"fraction" with lines lt 7 title 'word counts of licences', \
     '' using (pick('4:3:2:1:0')):"fraction" with lines lt 4 title '(4, 3, 2, 1, 0)'
