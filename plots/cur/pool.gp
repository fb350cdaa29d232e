# Recall of the best ten against the number of candidates re-scored.
set logscale x
set xrange [9:550]
set yrange [0:1.02]
set xtics (10, 20, 50, 100, 200, 500)
set xlabel 'candidates by approximation, re-scored exactly'
set ylabel 'recall of the ten best (anchors not added)'
set key bottom right
is(method, c) = strcol("method") eq method && column("c") == c && column("pool") >= 10
plot data.'pure.csv' using (is('svd', 100) ? column("pool") : NaN):"r10" with linespoints lt 1 dt 2 title 'SVD, rank 100 (a bound: needs all scores)', \
     '' using (is('cur', 200) ? column("pool") : NaN):"r10" with linespoints lt 6 title 'CUR, c = 200', \
     '' using (is('cur', 100) ? column("pool") : NaN):"r10" with linespoints lt 4 title 'c = 100', \
     '' using (is('cur', 50) ? column("pool") : NaN):"r10" with linespoints lt 2 title 'c = 50', \
     '' using (is('cur', 20) ? column("pool") : NaN):"r10" with linespoints lt 7 title 'c = 20', \
     '' using (is('mean', 20) ? column("pool") : NaN):"r10" with linespoints lt 8 dt 3 title 'mean scores, one ranking for all'
