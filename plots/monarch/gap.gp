# The difference of the errors, SVD - Monarch, against the fourth moment of the entries.
set xlabel 'excess kurtosis of the entries'
set ylabel 'm × (error of the SVD − error of Monarch)'
set xrange [-2.6:3.6]
set yrange [-0.28:0.42]
set key top left
set datafile missing NaN
set arrow 1 from -2.6,0 to 3.6,0 nohead lt 1 lw 1 dt 2
set label 1 'signs' at -2,-0.255 center
set label 2 'uniform [−1,1)' at -1.1,-0.13 left
set label 3 'Gaussian' at 0,0.11 center
set label 4 'Laplace' at 2.95,0.2 right
set label 5 'Monarch nearer' at 3.5,0.03 right tc lt 4
set label 6 'SVD nearer (“usually”, the article)' at 3.5,-0.03 right tc lt 7
pick(n) = column("n") == n && stringcolumn("matrix") ne 'uniform' && column("kurtosis") < 5 ? column("kurtosis") : NaN
scaled(s) = column("b")*column(s)
plot data.'dense.csv' using (pick(16)):(scaled("gap")):(scaled("gap_se")) with yerrorlines lt 3 dt 4 title 'm = 4', \
     '' using (pick(64)):(scaled("gap")):(scaled("gap_se")) with yerrorlines lt 6 title 'm = 8', \
     '' using (pick(256)):(scaled("gap")):(scaled("gap_se")) with yerrorlines lt 2 dt 2 title 'm = 16', \
     '' using (pick(1024)):(scaled("gap")):(scaled("gap_se")) with yerrorlines lt 7 dt 3 title 'm = 32'
