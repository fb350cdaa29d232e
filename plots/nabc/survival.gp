# How often W = (S - 2 sqrt N)/N^(1/6) exceeds w, against the Weibull law of shape 3/2 and a Rayleigh law.
set logscale y
set xlabel 'distance w of the least sum from 2√N, in N^{1/6}'
set ylabel 'share of N farther away, P(W > w)'
set format y '10^{%L}'
set xrange [0:6.2]
set yrange [1e-5:2]
set key bottom left Left reverse
plot exp(-2.0 / 3 * x ** 1.5) lt 4 title 'law: exp(-(2/3) w^{3/2})', \
     exp(-(x / 1.310371) ** 2) lt 1 dt 3 title 'Rayleigh, same scale', \
     data.'cost_law.survival.csv' using (column('bits') == 32 ? column('w') : NaN):'share':'share_se' \
         with yerrorbars lt 7 ps 0.9 title '32 bits', \
     '' using (column('bits') == 64 ? column('w') : NaN):'share':'share_se' \
         with yerrorbars lt 6 pt 12 ps 0.9 title '64 bits', \
     '' using (column('bits') == 96 ? column('w') : NaN):'share':'share_se' \
         with yerrorbars lt 2 ps 0.9 title '96 bits'
