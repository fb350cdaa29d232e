# Rounding error of a row in float against its length, in both forms, with what independent roundings add up to.
set logscale xy
set xlabel 'keys n'
set ylabel 'rms error of the output'
set xrange [180:9.9e4]
set yrange [1e-10:1e-5]
set format y '10^{%L}'
set key bottom left Left reverse
file = data.'rounding.curves.csv'
of(u, c) = column("uniform") == u ? c : NaN
plot file using "n":(of(1, column("forward"))):(column("forward_se")) with yerrorbars lt 7 title 'values uniform on (0,1): y and z summed', \
     file using "n":(of(1, column("expected"))) with lines lt 7 lw 1.3 notitle, \
     file using "n":(of(1, column("delta"))):(column("delta_se")) with yerrorbars lt 2 title 'the delta form', \
     file using "n":(of(1, column("expected_delta"))) with lines lt 2 lw 1.3 notitle, \
     file using "n":(of(0, column("forward"))):(column("forward_se")) with yerrorbars lt 6 title 'normal values: y and z summed', \
     file using "n":(of(0, column("expected"))) with lines lt 6 lw 1.3 notitle, \
     file using "n":(of(0, column("delta"))):(column("delta_se")) with yerrorbars lt 3 title 'the delta form', \
     file using "n":(of(0, column("expected_delta"))) with lines lt 3 lw 1.3 notitle, \
     file using "n":(of(1, column("tree"))):(column("tree_se")) with yerrorbars lt 4 title 'merged as a tree, uniform', \
     6e-8*sqrt(x/256)*1.2 with lines lc rgb '#999999' dt 3 title 'slope 1/2'
