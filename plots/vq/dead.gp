# A code that no key chooses stays for log(floor)/log(gamma) steps, then goes to the origin.
set xlabel 'steps t'
set ylabel 'size of the code over its start'
set logscale y
set yrange [1e-4:2]
set xrange [0:700]
set key at graph 0.22, 0.32 left Left reverse
file = data.'dead.csv'
at(g, f) = column("gamma")==g && column("floor")==f && int(column("t"))%20==0 ? column("t") : NaN
p(x, g, f) = g**x/f < 1 ? g**x/f : 1
set samples 1400
plot p(x, 0.99, 0.01) with lines lt 6 title 'min(1, γ^t/floor)', \
     p(x, 0.99, 0.1) with lines lt 4 notitle, p(x, 0.9, 0.01) with lines lt 7 notitle, \
     file using (at(0.99, 0.01)):"ratio" with points lt 6 pt 7 title 'γ = 0.99, floor 0.01 (official)', \
     file using (at(0.99, 0.1)):"ratio" with points lt 4 pt 5 title 'γ = 0.99, floor 0.1', \
     file using (at(0.9, 0.01)):"ratio" with points lt 7 pt 9 title 'γ = 0.9, floor 0.01'
