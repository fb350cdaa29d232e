# Recall against the number of random anchor items.
set logscale x
set xtics (10, 25, 50, 100, 200, 400)
set xrange [9:450]
set yrange [0.3:1.02]
set xlabel 'c, random anchor items of 4000'
set ylabel 'recall, anchors and re-scored candidates'
set key bottom right
r400(c) = column("r") == 400 ? column(c) : NaN
r200(c) = column("r") == 200 ? column(c) : NaN
plot data.'anchors.csv' using (r400("c")):"r1":"r1_se" with yerrorlines lt 6 ps 1.1 title 'best 1, 100 candidates, r = 400', \
     '' using (r400("c")):"r10":"r10_se" with yerrorlines lt 7 ps 1.1 title 'best 10, 100 candidates', \
     '' using (r400("c")):"r100":"r100_se" with yerrorlines lt 4 ps 1.1 title 'best 100, 500 candidates', \
     '' using (r200("c")):"r10":"r10_se" with yerrorlines lt 2 dt 2 ps 1 title 'best 10, 100 candidates, r = 200'
