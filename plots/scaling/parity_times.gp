# Learning times against frequencies: slower than 1/p.
set logscale xy
set format xy '10^{%L}'
set xlabel 'frequency of the task p_t'
set ylabel 'learning time T_t (steps)'
set key top right
set arrow from graph 0, first 8000 to graph 1, first 8000 nohead lc rgb '#bbbbbb' lw 1
set label 'training ends' at graph 0.02, first 9600 tc rgb '#666666' font small
times = data.'parity_steps.times.csv'
plot for [i=1:3] a = word("0.4 0.6 0.8", i) times using (column("alpha")==a+0 ? column("p") : NaN):"time" with points lt (i==1?6:i==2?4:7) ps 0.9 title 'α = '.a, \
     [0.003:0.6] 150*x**(-0.81) with lines lt 1 title 'paper: p^{-0.81}', \
     150*x**(-1) with lines lc rgb '#999999' dt 2 title 'τ samples each: 1/p'
