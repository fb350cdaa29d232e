# Probability that |u|^2 deviates from 1 by eps or more: exact, bounded, drawn.
# rows of other curves are left out, not gaps
set datafile missing NaN
file = data.'tails.csv'
set logscale x 2
set xrange [7:1200]
set yrange [-8:0.6]
set xlabel 'dimension d'
set ylabel 'log_{10} P( | |u|^2 − 1 | ≥ ε )'
set key bottom left Left reverse
at(e) = abs(column("eps") - e) < 1e-9 ? column("d") : NaN
drawn(e) = column("frequency") > 10*column("frequency_se")/9 && column("frequency") > 2e-6 ? at(e) : NaN
log10e = 1/log(10)
plot file using (at(0.1)):"log10_exact" smooth csplines with lines lt 4 title 'exact, ε = 0.1', \
     file using (at(0.25)):"log10_exact" smooth csplines with lines lt 6 title 'exact, ε = 0.25', \
     file using (at(0.5)):"log10_exact" smooth csplines with lines lt 7 title 'exact, ε = 0.5', \
     file using (at(0.1)):"log10_chernoff" smooth csplines with lines lt 4 dt 2 notitle, \
     file using (at(0.25)):"log10_chernoff" smooth csplines with lines lt 6 dt 2 notitle, \
     file using (at(0.5)):"log10_chernoff" smooth csplines with lines lt 7 dt 2 notitle, \
     file using (at(0.1)):"log10_bound" smooth csplines with lines lt 4 dt 3 notitle, \
     file using (at(0.25)):"log10_bound" smooth csplines with lines lt 6 dt 3 notitle, \
     file using (at(0.5)):"log10_bound" smooth csplines with lines lt 7 dt 3 notitle, \
     NaN with lines lt 1 dt 2 title 'Chernoff', \
     NaN with lines lt 1 dt 3 title 'source: 2 exp(−ε^2 d/8)', \
     file using (drawn(0.1)):(log10(column("frequency"))):(log10e*column("frequency_se")/column("frequency")) with yerrorbars lt 4 ps 1 notitle, \
     file using (drawn(0.25)):(log10(column("frequency"))):(log10e*column("frequency_se")/column("frequency")) with yerrorbars lt 6 ps 1.2 notitle, \
     file using (drawn(0.5)):(log10(column("frequency"))):(log10e*column("frequency_se")/column("frequency")) with yerrorbars lt 7 pt 8 ps 1.2 notitle, \
     NaN with points lt 1 ps 1 title 'drawn vectors'
