# The kept gradient is the important one only when near scores are raised.
W(s, i) = int(word(s, i))
set xlabel 'bias of scores with 0 ≤ i − j ≤ l'
set ylabel 'lost energy |g − g_{kept}|²/|g|²'
set logscale y
set yrange [3e-6:2]
set xrange [-0.3:6.3]
set format y '10^{%L}'
set key bottom left Left reverse
file = data.'share.csv'
at(l) = column("l")==l ? column("bias") : NaN
plot for [i=1:4] l = 2**(i+4) file using (at(l)):"lost":"lost_se" with yerrorlines lt (W("2 6 4 7", i)) pt (W("5 7 9 11", i)) title sprintf('l = %d', l), \
     for [i=1:4] l = 2**(i+4) file using (column("bias")==0 && column("l")==l ? 0 : NaN):(1-column("pairs")) with points lt (W("2 6 4 7", i)) pt (W("4 6 8 10", i)) ps 1.2 title i==1 ? 'share of the pairs that is cut' : ''
