# Linear attention with independent features: squared index against the dimension; the floor that one-hot queries reach.
set logscale x 2
set xlabel 'features d'
set ylabel 'squared index S^2 (1: even)'
set xrange [3.5:300]
set yrange [0:1.05]
set key outside top center horizontal maxcols 2 samplen 2
file = data.'linear.csv'
r(d) = 2.*(2*d+1)/(3*d*(d+1))
plot 1/(1+(pi-1)*x) with lines lc rgb '#000000' dt 2 title 'relu, were |q|_2/|q|_1 = √d', \
     1/(1+(pi-1)*r(x)) with lines lt 6 title 'relu features, q_i = i', \
     file using (strcol("feature") eq 'relu' && strcol("query") eq 'ramp' ? column("d") : NaN):"index2":"index2_se" with yerrorbars lt 6 ps 1.3 notitle, \
     1/(1+99*r(x)) with lines lt 4 title 'Bernoulli(0.01) features, q_i = i', \
     file using (strcol("feature") eq 'bernoulli:0.01' && strcol("query") eq 'ramp' ? column("d") : NaN):"index2":"index2_se" with yerrorbars lt 4 ps 1.2 notitle, \
     1/pi with lines lt 7 dt 4 title 'relu, one-hot q: the floor 1/π', \
     file using (strcol("feature") eq 'relu' && strcol("query") eq 'onehot' ? column("d") : NaN):"index2":"index2_se" with yerrorbars lt 7 ps 1.3 notitle
