# The distance of the least sum from 2 sqrt N, in units of N^(1/4), its records and the article's bounds.
set logscale x
set xlabel 'number N'
set ylabel 'excess of the least sum, (S - 2√N)/N^{1/4}'
set format x '10^{%L}'
set xrange [10:2e7]
set yrange [0:5]
set key top right
plot data.'table.scatter.csv' using 'n':'xy_bound' with lines lt 7 dt 2 title 'article, bound of section 3', \
     '' using 'n':'pq_bound' with lines lt 6 dt 2 title 'article, bound of section 4', \
     '' using 'n':'excess' with points lt 3 pt 7 ps 0.25 title 'N spread evenly in log N', \
     data.'table.csv' using 'worst_n':'worst' \
         with points lt 2 pt 7 ps 0.9 title 'greatest of each dyadic block', \
     1.182931 * x ** (-1.0 / 12) lt 4 title 'mean: 1.183 N^{-1/12}'
