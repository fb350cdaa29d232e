# Time of linear and dense attention against the length.
set logscale x 2
set logscale y
set xlabel 'length n'
set ylabel 'milliseconds a head, one thread'
set xrange [900:9400]
set yrange [1:*]
set xtics (1024, 2048, 4096, 8192)
set key outside above maxrows 2 samplen 1.5
set datafile missing NaN
file = data.'speed.csv'
y(k, c) = strcol("kernel") eq k ? 1e3*column(c) : NaN
plot file using "n":(y('dense', 'seconds')) smooth unique with lines lt 1 title 'dense, BLAS', \
     file using "n":(y('dense_causal', 'seconds')) smooth unique with lines lt 1 dt 2 title 'dense, causal', \
     file using "n":(y('soft', 'seconds')) smooth unique with lines lt 6 title 'softmax over codes', \
     file using "n":(y('favor', 'seconds')) smooth unique with lines lt 7 title 'random features', \
     file using "n":(y('favor_causal', 'seconds')) smooth unique with lines lt 7 dt 2 title 'random features, causal', \
     for [k in "dense dense_causal"] file using "n":(y(k, 'seconds')):(y(k, 'low')):(y(k, 'high')) with yerrorbars lt 1 notitle, \
     file using "n":(y('soft', 'seconds')):(y('soft', 'low')):(y('soft', 'high')) with yerrorbars lt 6 notitle, \
     for [k in "favor favor_causal"] file using "n":(y(k, 'seconds')):(y(k, 'low')):(y(k, 'high')) with yerrorbars lt 7 notitle
