# Two vectors whose Renyi entropies change order with k.
set xlabel 'order k'
set ylabel 'Rényi entropy H_k (nats)'
set logscale x
set xrange [0.1:50]
set yrange [0.5:3.2]
set key top right
pick(name, c) = stringcolumn("weights") eq name && column("k") > 0 ? c : NaN
plot data.'entropy.csv' using "k":(pick('0.5:0.025x20', column("entropy"))) with linespoints lt 7 ps 1.2 title '(1/2, 1/40 × 20)', \
     '' using "k":(pick('0.4:0.3:0.3:0x18', column("entropy"))) with linespoints lt 6 ps 1.2 title '(0.4, 0.3, 0.3, 0 × 18)'
