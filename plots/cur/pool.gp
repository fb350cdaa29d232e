# Recall of the best ten against the number of candidates re-scored.
set logscale x
set xrange [3.3:550]
set yrange [0:1.02]
set xtics (10, 20, 50, 100, 200, 500)
set xlabel 'candidates by approximation, re-scored exactly'
set ylabel 'recall of the ten best (anchors not added)'
set key off
set label 1 'SVD, rank 100' at 9.2, 0.775 right tc lt 1
set label 2 'CUR, c = 200' at 9.2, 0.715 right tc lt 6
set label 3 'c = 100' at 9.2, 0.635 right tc lt 4
set label 4 'c = 50' at 9.2, 0.462 right tc lt 2
set label 5 'c = 20' at 9.2, 0.24 right tc lt 7
set label 6 'mean scores, one ranking for all' at 12, 0.06 left tc lt 8
is(method, c) = strcol("method") eq method && column("c") == c && column("pool") >= 10
plot data.'pure.csv' using (is('svd', 100) ? column("pool") : NaN):"r10" with linespoints lt 1 dt 2, \
     '' using (is('cur', 200) ? column("pool") : NaN):"r10" with linespoints lt 6 ps 1.1, \
     '' using (is('cur', 100) ? column("pool") : NaN):"r10" with linespoints lt 4 ps 1.2, \
     '' using (is('cur', 50) ? column("pool") : NaN):"r10" with linespoints lt 2 ps 1.1, \
     '' using (is('cur', 20) ? column("pool") : NaN):"r10" with linespoints lt 7 ps 1.2, \
     '' using (is('mean', 20) ? column("pool") : NaN):"r10" with linespoints lt 8 dt 3
