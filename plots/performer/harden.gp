# Mean of 1 - max P against the temperature: linear, not exponentially small.
set logscale xy
set xlabel 'temperature τ'
set ylabel 'mean of 1 − max_y P_y over the keys'
set xrange [0.002:1.5]
set yrange [0.001:1]
set key bottom right
file = data.'harden.csv'
stats file using (column("tau") < 0.0301 ? column("density") : NaN) name 'F' nooutput
plot 2*x*log(2)*F_mean with lines lt 6 title '2 τ ln 2 · f, f the density of the gap at 0', \
     file using "tau":"soft":"soft_se" with yerrorbars lt 7 pt 6 title 'drawn: 32 codes, d = 8'
