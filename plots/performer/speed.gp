# Time of linear and dense attention against the length.
set logscale x 2
set logscale y
set xlabel 'length n'
set ylabel 'milliseconds a head (d = d_v = 64, m = 256, one thread)'
set xrange [900:9400]
set xtics (1024, 2048, 4096, 8192)
set key top left
set datafile missing NaN
file = data.'speed.csv'
y(k, c) = strcol("kernel") eq k ? 1e3*column(c) : NaN
plot file using "n":(y('dense', 'seconds')):(y('dense', 'low')):(y('dense', 'high')) with yerrorbars lt 1 pt 7 title 'dense, BLAS', \
     file using "n":(y('dense', 'seconds')) smooth unique with lines lt 1 notitle, \
     file using "n":(y('dense_causal', 'seconds')):(y('dense_causal', 'low')):(y('dense_causal', 'high')) with yerrorbars lt 1 pt 6 title 'dense, causal', \
     file using "n":(y('dense_causal', 'seconds')) smooth unique with lines lt 1 dt 2 notitle, \
     file using "n":(y('soft', 'seconds')):(y('soft', 'low')):(y('soft', 'high')) with yerrorbars lt 6 pt 5 title 'softmax over codes', \
     file using "n":(y('soft', 'seconds')) smooth unique with lines lt 6 notitle, \
     file using "n":(y('favor', 'seconds')):(y('favor', 'low')):(y('favor', 'high')) with yerrorbars lt 7 pt 9 title 'random features', \
     file using "n":(y('favor', 'seconds')) smooth unique with lines lt 7 notitle, \
     file using "n":(y('favor_causal', 'seconds')):(y('favor_causal', 'low')):(y('favor_causal', 'high')) with yerrorbars lt 7 pt 8 title 'random features, causal', \
     file using "n":(y('favor_causal', 'seconds')) smooth unique with lines lt 7 dt 2 notitle
