# The effective number of entries over n, as a function of its order.
set xlabel 'order k'
set ylabel 'effective share of entries N_k/n'
set logscale xy
set xrange [0.01:1000]
set yrange [0.003:1.4]
set key off
set rmargin 3
set arrow 1 from 1,0.003 to 1,1.3 nohead lt 1 lw 1 dt 2
set arrow 2 from 2,0.003 to 2,1.3 nohead lt 1 lw 1 dt 2
set label 1 'Shannon' at 0.95,1.15 right
set label 2 'k = 2: S^2' at 2.1,1.15 left
set label 3 'k → ∞: S_0' at 850,1.15 right
set label 4 '(4, 3, 2, 1, 0)' at 850,0.6 right tc lt 4
set label 5 'pixels of 1797 digits' at 850,0.245 right tc lt 6
set label 6 'their singular values' at 850,0.059 right tc lt 2
set label 7 'word counts of licences' at 850,0.0054 right tc lt 7
pick(name) = stringcolumn("data") eq name && column("k") > 0 ? column("k") : NaN
plot data.'profile.csv' using (pick('digits')):"fraction" with lines lt 6, \
     '' using (pick('spectrum')):"fraction" with lines lt 2 dt 2, \
     '' using (pick('words')):"fraction" with lines lt 7, \
     '' using (pick('4:3:2:1:0')):"fraction" with lines lt 4 dt 4
