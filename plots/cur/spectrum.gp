# How much of the squared norm is left beyond a rank, mean of all entries taken off.
set logscale y
set xrange [0:400]
set yrange [1.5e-6:1.5]
set format y '10^{%L}'
set xlabel 'rank'
set ylabel 'squared norm left, of the centered scores'
set key bottom left Left reverse
is(score, part) = strcol("score") eq score && strcol("part") eq part
plot data.'spectrum.csv' using (is('lcs', 'test_shuffled_centered') ? column("rank") : NaN):"rest" with lines lt 1 dt 2 title 'the same entries in random order', \
     '' using (is('sw', 'test_centered') ? column("rank") : NaN):"rest" with lines lt 7 title 'local alignment', \
     '' using (is('lcs', 'test_centered') ? column("rank") : NaN):"rest" with lines lt 6 title 'common subsequence', \
     '' using (is('ed', 'test_centered') ? column("rank") : NaN):"rest" with lines lt 4 dt 4 title 'edit distance', \
     '' using (is('lcs', 'test') ? column("rank") : NaN):"rest" with lines lt 3 dt 3 title 'common subsequence, mean kept'
