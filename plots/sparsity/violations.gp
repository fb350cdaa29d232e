# How often a small random transfer lowers S*: the source says never.
set xlabel 'entries n of exponential vectors'
set ylabel 'share of transfers that lower S*_{q,p}'
set logscale x
set xrange [1.7:14000]
set yrange [-0.03:1]
set key at graph 0.98,0.78
pick(name, c) = stringcolumn("orders") eq name ? c : NaN
plot data.'violations.csv' using "n":(pick('2:4', column("wrong"))):"wrong_se" with yerrorbars lt 7 ps 1.2 title '(q,p) = (2,4)', \
     '' using "n":(pick('2:4', column("limit"))) with lines lt 7 dt 2 title 'dashed: limits n → ∞', \
     '' using "n":(pick('1.5:2', column("wrong"))):"wrong_se" with yerrorbars lt 2 ps 1 title '(1.5,2)', \
     '' using "n":(pick('1.5:2', column("limit"))) with lines lt 2 dt 2 notitle, \
     '' using "n":(pick('1.1:3', column("wrong"))):"wrong_se" with yerrorbars lt 8 ps 1 title '(1.1,3)', \
     '' using "n":(pick('1.1:3', column("limit"))) with lines lt 8 dt 2 notitle, \
     '' using "n":(pick('1:2', column("wrong"))):"wrong_se" with yerrorbars lt 6 pt 12 ps 1.2 title '(1,2): inside'
