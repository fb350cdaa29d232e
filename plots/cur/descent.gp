# Double descent: the error of unseen queries against the number of anchor items, 200 anchor queries.
set logscale y
set logscale x
set xtics (20, 50, 100, 200, 400, 600)
set xrange [18:660]
set yrange [0.004:600]
set format y '10^{%L}'
set xlabel 'c, anchor items (r = 200 anchor queries)'
set ylabel 'squared error of the scores, relative'
set key top left
set arrow 1 from 200, graph 0 to 200, graph 1 nohead dt 3 lc rgb '#888888' lw 1.5
set label 1 'c = r' at 206, 250 left tc rgb '#666666'
plot data.'descent.csv' using (column("r") == 200 ? column("c") : NaN):"plain":"plain_low":"plain_high" with yerrorlines lt 7 title 'pseudo-inverse, plain (cut at 10^{-15} s_1)', \
     '' using (column("r") == 200 ? column("c") : NaN):"cut":"cut_low":"cut_high" with yerrorlines lt 6 dt 2 title 'cut at 10^{-3} s_1', \
     '' using (column("r") == 200 ? column("c") : NaN):"ridge":"ridge_low":"ridge_high" with yerrorlines lt 4 title 'ridge, {/Symbol l} by leave-one-out', \
     '' using (column("r") == 200 ? column("c") : NaN):"leave_one_out" with lines lt 1 dt 3 title 'leave-one-out error of ridge (no test query seen)'
