# Student's t: the located maximum of the mean gradient against n.
set multiplot layout 1,2
set logscale xy
set format x '10^{%L}'
set xlabel 'number of keys n'
set xrange [50:5000]
set key bottom left
file = data.'laws.csv'
set ylabel 'scale α of the maximum of E F'
set yrange [0.2:10]
set ytics (0.2, 0.5, 1, 2, 5, 10)
plot for [i=1:3] l = word("t3 t5 t10", i) file using (strcol("law") eq l ? column("n") : NaN):"argmax" with linespoints lt (i==1?7:i==2?6:4) ps 1 title 'Student, ν = '.l[2:*]
unset logscale y
set key top left Left reverse noopaque
set ylabel 'maximum over the limit, less 1'
set yrange [0:0.4]
set ytics 0.1
plot for [i=1:3] l = word("t3 t5 t10", i) file using (strcol("law") eq l ? column("n") : NaN):"top_over_limit" with linespoints lt (i==1?7:i==2?6:4) ps 1 title 'ν = '.l[2:*], \
     file using (strcol("law") eq 'normal' ? column("n") : NaN):"top_over_limit" with lines lt 1 title 'log-concave: 0'
unset multiplot
