# Error of soft assignment over that of one-hot codes, against the temperature.
set logscale x
set xlabel 'temperature τ in units of the variance s^2 of a coordinate of the keys'
set ylabel 'error of the output, soft over one-hot'
set xrange [0.04:6]
set yrange [0.94:1.1]
set key top left
set datafile missing NaN
file = data.'outputs.csv'
y(k, d) = strcol("keys") eq k && column("d") == d ? column("soft")/column("hard") : NaN
plot 1 with lines lt 1 dt 2 title 'one-hot', \
     file using "tau":(y('isotropic', 8)) with linespoints lt 2 pt 5 title 'isotropic keys, d = 8', \
     file using "tau":(y('isotropic', 16)) with linespoints lt 7 pt 6 title 'isotropic, d = 16', \
     file using "tau":(y('isotropic', 32)) with linespoints lt 8 pt 9 title 'isotropic, d = 32', \
     file using "tau":(y('text', 16)) with linespoints lt 6 pt 4 title 'keys from text, d = 16', \
     file using "tau":(y('clustered', 16)) with linespoints lt 4 pt 8 title 'clustered, d = 16'
