# The share of a budget of exact scores that is spent on anchors, against trigrams at the same budget.
set xrange [0.05:0.8]
set yrange [0.2:1]
set xtics (0.1, 0.25, 0.5, 0.75)
set xlabel 'share of the budget B spent on random anchors'
set ylabel 'recall of the hundred best'
set key off
set label 1 'CUR, B = 400' at 0.52, 0.945 left tc lt 6
set label 2 'CUR, B = 200' at 0.29, 0.751 left tc lt 4
set label 3 'CUR, B = 100' at 0.30, 0.465 left tc lt 7
set label 4 'trigrams, B = 400' at 0.12, 0.835 left tc lt 6
set label 5 'trigrams, B = 200' at 0.745, 0.75 right tc lt 4
set label 6 'trigrams, B = 100' at 0.12, 0.565 left tc lt 7
is(b) = strcol("method") eq 'random' && column("budget") == b
tri(b) = strcol("method") eq 'trigrams' && column("budget") == b
plot data.'budget.csv' using (is(400) ? column("share") : NaN):"r100":"r100_se" with yerrorlines lt 6 ps 1.1, \
     '' using (is(200) ? column("share") : NaN):"r100":"r100_se" with yerrorlines lt 4 ps 1.2, \
     '' using (is(100) ? column("share") : NaN):"r100":"r100_se" with yerrorlines lt 7 ps 1.2, \
     '' using (tri(400) ? column("share") : NaN):"r100" with lines lt 6 dt 2, \
     '' using (tri(200) ? column("share") : NaN):"r100" with lines lt 4 dt 2, \
     '' using (tri(100) ? column("share") : NaN):"r100" with lines lt 7 dt 2
