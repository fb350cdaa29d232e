# Error against b, beside the SVD of as many dimensions.
set multiplot layout 1,2 margins 0.10,0.98,0.16,0.92 spacing 0.09,0
set xlabel 'block size b (n = 64)'
set ylabel 'share of the energy left'
set logscale x 2
set xrange [1.8:36]
set key bottom center font small
set title 'structure: real data, a kernel' font small
pick(name) = stringcolumn("matrix") eq name && column("block") > 1 && column("block") < column("n") ? column("block") : NaN
set logscale y
set format y '10^{%L}'
set yrange [1e-7:1]
plot data.'bsweep.csv' using (pick('exp:8')):"monarch" with linespoints lt 6 title 'exp(−|i−j|/8): Monarch', \
     '' using (pick('exp:8')):"svd_equal" with linespoints lt 6 pt 6 dt 2 title 'SVD', \
     '' using (pick('bigrams')):"monarch" with linespoints lt 7 title 'pairs of bytes: Monarch', \
     '' using (pick('bigrams')):"svd_equal" with linespoints lt 7 pt 8 dt 2 title 'SVD', \
     '' using (pick('digits')):"monarch" with linespoints lt 4 title 'pixels of digits: Monarch', \
     '' using (pick('digits')):"svd_equal" with linespoints lt 4 pt 4 dt 2 title 'SVD'
unset logscale y
set format y '%g'
unset ylabel
set title 'chance' font small
set yrange [0:1]
set key top center
plot data.'bsweep.csv' using (pick('gauss')):"monarch":"monarch_se" with yerrorlines lt 6 title 'Gaussian: Monarch', \
     '' using (pick('gauss')):"svd_equal":"svd_equal_se" with yerrorlines lt 6 pt 6 dt 2 title 'SVD', \
     '' using (pick('uniform')):"monarch":"monarch_se" with yerrorlines lt 7 title 'uniform [0,1): Monarch', \
     '' using (pick('uniform')):"svd_equal":"svd_equal_se" with yerrorlines lt 7 pt 8 dt 2 title 'SVD'
unset multiplot
