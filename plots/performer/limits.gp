# Log ratio of the weights of two keys against the number of random directions.
set logscale x 2
set xlabel 'number of random directions m'
set ylabel 'log ratio of the weights of two keys'
set xrange [40:420000]
set yrange [0.5:1.75]
set xtics ('2^6' 64, '2^9' 512, '2^{12}' 4096, '2^{15}' 32768, '2^{18}' 262144)
set key top right maxrows 4
set datafile missing NaN
file = data.'limits.csv'
is(f, d) = strcol("form") eq f && strcol("vectors") eq 'test' && column("d") == d
r(f, d) = is(f, d) ? column("ratio") : NaN
set label 1 'q·(k_1 − k_2) = 1.4' at 11585, 1.43 center font small
set label 2 'half of it: 0.7' at 11585, 0.67 center font small
set label 3 'sphere, d = 16: 1.2616' at 11585, 1.29 center font small
set label 4 'sphere, d = 4: 1.0752' at 11585, 1.105 center font small
plot 1.4 with lines lt 1 notitle, 0.7 with lines lt 7 notitle, \
     1.261592678 with lines lt 6 dt 2 notitle, 1.07520065319 with lines lt 4 dt 2 notitle, \
     file using (column("m")*0.94):(r('performer', 16)):"ratio_se" with yerrorbars lt 1 pt 7 title 'Performer, d = 16', \
     file using "m":(r('sphere', 16)):"ratio_se" with yerrorbars lt 6 pt 4 title 'softmax, sphere, d = 16', \
     file using "m":(r('sphere', 4)):"ratio_se" with yerrorbars lt 4 pt 8 title 'softmax, sphere, d = 4', \
     file using "m":(r('gauss', 16)):"ratio_se" with yerrorbars lt 7 pt 6 title 'softmax, normal, d = 16', \
     file using (column("m")*1.06):(r('gauss', 4)):"ratio_se" with yerrorbars lt 2 pt 5 title 'softmax, normal, d = 4'
