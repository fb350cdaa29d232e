# Learning times against frequencies: slower than 1/p.
set logscale xy
set format xy '10^{%L}'
set xlabel 'frequency of the task p_t'
set ylabel 'learning time T_t (steps)'
set key top right
times = data.'parity_steps.times.csv'
stats data.'parity_steps.curves.csv' using "step" nooutput
end = STATS_max
set arrow from graph 0, first end to graph 1, first end nohead lc rgb '#bbbbbb' lw 1
set label 'training ends' at graph 0.02, first end tc rgb '#666666' font small offset 0,0.5
# the paper's slope through the middle of the points, 1/p from its upper end
stats times using (log(column("time")) + 0.81*log(column("p"))) nooutput
middle = exp(STATS_mean)
stats times using "p" nooutput
most = STATS_max
plot for [i=1:3] a = word("0.4 0.6 0.8", i) times using (column("alpha")==a+0 ? column("p") : NaN):"time" with points lt (i==1?6:i==2?4:7) ps 0.9 title 'α = '.a, \
     [0.003:0.6] middle*x**(-0.81) with lines lt 1 title 'paper: p^{-0.81}', \
     middle*most**0.19/x with lines lc rgb '#999999' dt 2 title 'τ samples each: 1/p'
