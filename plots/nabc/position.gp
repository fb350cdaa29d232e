# Where the best p lies between 2 sqrt N and the least sum.
set xlabel 'place of the best p, u = (p - 2√N)/(S - 2√N)'
set ylabel 'density of u over random N'
set xrange [0:1]
set yrange [0:3]
set samples 400
set key top right
plot 0.5 / sqrt(x) lt 4 title 'law: u^{-1/2}/2', \
     data.'cost_law.position.csv' using (column('bits') == 64 ? column('u') : NaN):'density':'density_se' \
         with yerrorbars lt 6 pt 12 ps 1.2 title '64 bits', \
     '' using (column('bits') == 96 ? column('u') : NaN):'density':'density_se' \
         with yerrorbars lt 2 ps 1 title '96 bits'
