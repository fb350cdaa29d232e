# What orthogonality gains over independent features, exactly, and what the paper's bound promises.
set xlabel '|q + k|^2'
set ylabel 'gain 1 − MSE_{ort}/MSE_{iid}'
set xrange [0:7]
set yrange [0:0.32]
set key top right
set datafile missing NaN
set samples 300
file = data.'formulas.csv'
x(d) = column("d") == d && column("m") == d ? column("sum_square") : NaN
promised(d, x) = x > 0 ? 2*(d - 1)/(d + 2)*(exp(x/2) - 1)**2/(exp(2*x) - exp(x)) : 0
# the gain as a series, as in the program
r(d, k) = k < 1 ? 1 : r(d, k - 1)*(d + k - 1)/(d + 2*(k - 1))
gain(d, x) = x > 0 ? (d - 1)*(sum [k = 2:30] (1 - r(d, k))*x**k/gamma(k + 1))/(exp(2*x) - exp(x)) : 0
plot gain(64., x) with lines lt 6 title 'exact, d = m = 64', \
     gain(16., x) with lines lt 7 title 'exact, d = m = 16', \
     gain(4., x) with lines lt 4 title 'exact, d = m = 4', \
     promised(64., x) with lines lt 6 dt 2 title 'promised by the bound, 64', \
     promised(16., x) with lines lt 7 dt 2 title '16', \
     promised(4., x) with lines lt 4 dt 2 title '4', \
     file using (x(64)):"gain" with points lt 6 pt 4 notitle, \
     file using (x(16)):"gain" with points lt 7 pt 6 notitle, \
     file using (x(4)):"gain" with points lt 4 pt 8 notitle
