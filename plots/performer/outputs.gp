# Error of the output against the temperature of a soft assignment.
set logscale x
set xlabel 'temperature τ in units of the variance s^2 of a coordinate of the keys'
set ylabel 'relative error of the output'
set xrange [0.008:6]
set yrange [0.2:1.5]
set key top left maxrows 3 samplen 1.5 width -2
set datafile missing NaN
file = data.'outputs.csv'
t(k, d) = strcol("keys") eq k && column("d") == d ? column("tau") : NaN
set label 1 'isotropic keys' at 0.009, 0.88 font small
set label 2 'keys from text' at 0.009, 0.66 font small
set label 3 'clustered keys' at 0.009, 0.34 font small
plot file using (t('isotropic', 16)):"performer" with lines lt 1 dt 3 title '64 random features, isotropic', \
     file using (t('isotropic', 16)):"uniform" with lines lt 1 dt 2 title 'uniform weights, isotropic', \
     file using (t('isotropic', 16)):"hard" with lines lt 7 dt 2 title 'one-hot (the same code at all τ)', \
     file using (t('isotropic', 16)):"soft":"soft_se" with yerrorlines lt 7 pt 6 title 'soft, isotropic', \
     file using (t('text', 16)):"hard" with lines lt 6 dt 2 notitle, \
     file using (t('text', 16)):"soft":"soft_se" with yerrorlines lt 6 pt 4 title 'soft, from text', \
     file using (t('clustered', 16)):"hard" with lines lt 4 dt 2 notitle, \
     file using (t('clustered', 16)):"soft":"soft_se" with yerrorlines lt 4 pt 8 title 'soft, clustered'
