# Monarch over SVD against the density: the sparser the better, until the matrix itself has rank m.
set datafile missing NaN
set xlabel 'density p: share of entries kept'
set ylabel 'ratio of squared errors, Monarch/SVD'
set logscale x
set xrange [0.0025:1.2]
set yrange [0:1.3]
set key bottom right
set arrow 1 from 0.0025,1 to 1.2,1 nohead lt 1 lw 1 dt 2
set label 1 'SVD nearer' at 0.008,1.06
set label 2 'Monarch nearer' at 0.008,0.94
pick(name, n) = stringcolumn("matrix") eq name && column("n") == n && column("ratio") < 2 ? column("density") : NaN
plot data.'sparse.csv' using (pick('gauss', 64)):"ratio":"ratio_se" with yerrorlines lt 6 title 'Gaussian entries, m = 8', \
     '' using (pick('gauss', 256)):"ratio":"ratio_se" with yerrorlines lt 3 dt 2 title 'Gaussian entries, m = 16', \
     '' using (pick('uniform', 64)):"ratio":"ratio_se" with yerrorlines lt 7 title 'uniform [0,1) entries, m = 8', \
     '' using (pick('uniform', 256)):"ratio":"ratio_se" with yerrorlines lt 2 dt 2 title 'uniform [0,1) entries, m = 16'
