# Mean number of candidates visited, against N, for the three scans and the laws they should follow.
set logscale xy
set xlabel 'number N to be split'
set ylabel 'candidates visited (mean)'
set xrange [2.0**30:2.0**129]
set yrange [10:1e25]
set format y '10^{%L}'
set ytics 10, 1e3
set xtics ('2^{32}' 2.0**32, '2^{48}' 2.0**48, '2^{64}' 2.0**64, '2^{80}' 2.0**80, '2^{96}' 2.0**96, \
           '2^{112}' 2.0**112, '2^{127}' 2.0**127)
set key top left Left reverse
middle(bits) = 2.0 ** (bits - 0.5)
only(sign, name) = strcol('sign') eq sign ? column(name) : NaN
set samples 2
plot (1 - 1 / sqrt(2)) * sqrt(x) lt 7 dt 2 notitle, 2 * x ** 0.25 lt 6 dt 2 notitle, \
     1.182931 * x ** (1.0 / 6) lt 4 dt 2 notitle, 0.745200 * x ** (1.0 / 6) lt 2 dt 2 notitle, \
     data.'cost_law.csv' using (middle(column('bits'))):(only('natural', 'direct_steps')) \
         with points lt 7 ps 1.2 title 'direct scan, section 2: (1 - 1/√2) √N', \
     '' using (middle(column('bits'))):(only('natural', 'full_steps')) \
         with points lt 6 pt 12 ps 1.2 title '(p, q) scan to its bound, section 4: 2 N^{1/4}', \
     '' using (middle(column('bits'))):(only('natural', 'steps')):(5 * column('steps_se')) \
         with yerrorbars lt 4 ps 1.2 title 'ended at the best sum: 1.183 N^{1/6} (5 s.e.)', \
     '' using (middle(column('bits'))):(only('signed', 'steps')):(5 * column('steps_se')) \
         with yerrorbars lt 2 ps 1.2 title 'the same, c of either sign: 0.745 N^{1/6}'
