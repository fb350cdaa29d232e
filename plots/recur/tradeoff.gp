# The fastest way for a given memory, N = 12 layers, L = 1024, d = 8: all kept layers and block sizes enumerated.
set xlabel 'numbers held'
set ylabel 'steps'
set logscale x
set xrange [150:3e5]
set format y '10^{%.0f}'
set yrange [5:32]
set key top right noopaque
file = data.'tradeoff.csv'
mine(low, high) = column("layers") == 12 && column("n") == 1024 && stringcolumn("memory") eq 'frontier' && column("kept") >= low && column("kept") <= high ? column("log10_steps") : NaN
two(n, l) = log10(sum [k=1:n] exp(lgamma(n+1) - lgamma(k+1) - lgamma(n-k+1) + lgamma(l+k+1) - lgamma(k+2) - lgamma(l)))
set label 1 "two vectors a layer" at 190,two(12, 1024) left offset 0,1.1 tc lt 7
plot file using (10**column("log10_numbers")):(mine(0, 0)) with points lt 1 title 'no layer kept, blocks B = 1, 2, …', \
     file using (10**column("log10_numbers")):(mine(1, 1)) with points lt 2 title 'one layer kept', \
     file using (10**column("log10_numbers")):(mine(2, 2)) with points lt 4 title 'two', \
     file using (10**column("log10_numbers")):(mine(3, 5)) with points lt 3 title 'three to five', \
     file using (10**column("log10_numbers")):(mine(6, 11)) with points lt 8 title 'more: all eleven at the end', \
     '+' using (252):(two(12, 1024)) every ::0::0 with points lt 7 ps 1.4 notitle, \
     '+' using (2*12*1024*8 + 27):(log10(12*1024*1025/2)) every ::0::0 with points lt 6 ps 1.6 title 'cache of keys and values'
