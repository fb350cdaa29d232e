# How often the 95 % interval of S^2 = N_2/n, by the delta method, covers the truth.
set xlabel 'entries n'
set ylabel 'coverage of the 95 % interval of N_2/n'
set logscale x
set xrange [8:1300]
set yrange [0.3:1]
set key bottom right
pick(name, c) = stringcolumn("law") eq name && column("k") == 2 ? c : NaN
plot 0.95 with lines lt 1 dt 2 title 'nominal', \
     data.'sampling.csv' using "n":(pick('uniform', column("coverage"))):"coverage_se" with yerrorlines lt 4 ps 1 title 'uniform', \
     '' using "n":(pick('normal', column("coverage"))):"coverage_se" with yerrorlines lt 6 pt 12 ps 1.2 title 'normal', \
     '' using "n":(pick('laplace', column("coverage"))):"coverage_se" with yerrorlines lt 2 ps 1 title 'Laplace', \
     '' using "n":(pick('student:3', column("coverage"))):"coverage_se" with yerrorlines lt 7 ps 1.2 title "Student's t, 3 degrees"
