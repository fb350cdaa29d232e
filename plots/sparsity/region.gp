# Where S*_{q,p} meets all six criteria, and where D1 fails from which length on.
set xlabel 'smaller order q'
set ylabel 'larger order p'
set xrange [0:4]
set yrange [0:4.05]
set key off
set rmargin at screen 0.815
set cblabel 'least n at which D1 fails'
set logscale cb
set cbrange [3:20000]
set palette defined (0 '#a83200', 1 '#e69f00', 2 '#f9ecc4')
set cbtics (3, 10, 100, 1000, 10000)
set style fill solid 1.0 noborder
set arrow 1 from 1.05,0.95 to 1.05,4.05 nohead lw 3 lc rgb '#000000' front
set arrow 2 from 0.05,0.95 to 1.05,0.95 nohead lw 3 lc rgb '#000000' front
set label 1 "all six hold\nq ≤ 1 ≤ p" at 0.55,2.7 center front tc rgb '#ffffff'
set label 2 "D1 fails from n = 3 on:\none large entry,\ntwo small ones" at 2.05,3.75 center front tc rgb '#ffffff'
set label 4 "eq. 15 of the source:\nvalid for all p > q > 0" at 2.1,1.3 left front tc rgb "#d55e00"
set label 5 "D1 fails on longer vectors" at 1.45,0.4 left front tc rgb '#444444'
set arrow 5 from 1.4,0.42 to 0.6,0.72 lc rgb '#444444' front
plot data.'region.csv' using (column("d1_fails") == 0 ? column("q") : NaN):"p":(0.05):(0.05) with boxxyerror fc rgb '#009e73', \
     '' using (column("d1_fails") > 0 ? column("q") : NaN):"p":(0.05):(0.05):(column("d1_fails") > 0 ? column("failure_size") : 3) with boxxyerror fc palette, \
     x with lines lc rgb '#d55e00' lw 2 dt 2
