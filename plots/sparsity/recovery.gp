# Sparse solutions of 40 equations in 96 unknowns.
set xlabel 'nonzeros of the true solution'
set ylabel 'share recovered'
set xrange [3:30]
set xtics 4,4,24
set yrange [-0.03:1.05]
set key off
set label 1 'least l_1/l_2, from the l_1 solution' at 18.4,0.68 left tc lt 6
set label 2 'least l_1' at 13.2,0.55 right tc lt 2
set label 3 'least l_2' at 5,0.05 left tc lt 7
plot data.'recovery.csv' using "nonzeros":"recovered_ratio":"recovered_ratio_se" with yerrorlines lt 6 pt 12 ps 1.2, \
     '' using "nonzeros":"recovered_l1":"recovered_l1_se" with yerrorlines lt 2 ps 1, \
     '' using "nonzeros":"recovered_l2":"recovered_l2_se" with yerrorlines lt 7 ps 1.2
