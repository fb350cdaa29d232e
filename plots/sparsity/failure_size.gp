# The least length at which S*_{q,p}, q < p < 1, fails D1: closed form and whole numbers.
set xlabel 'larger order p (p < 1)'
set ylabel 'least n at which D1 fails'
set logscale y
set yrange [2:50000]
set xrange [0:1]
set key top left
m(q, p) = p > q && p < 1 ? 2 + 2*p/(1 - p)*(p*(1 - q)/(q*(1 - p)))**(q/(p - q)) : NaN
limit(p) = 2 + 2*p/(1 - p)*exp(1/(1 - p))
set samples 1000
plot limit(x) with lines lt 1 dt 2 title 'q → p', \
     m(0.8, x) with lines lt 7 title 'q = 0.8', \
     m(0.5, x) with lines lt 2 title 'q = 0.5', \
     m(0.3, x) with lines lt 4 title 'q = 0.3', \
     m(0.1, x) with lines lt 6 title 'q = 0.1', \
     data.'region.csv' using (column("p") < 1 && abs(column("q") - 0.8) < 1e-9 ? column("p") : NaN):"failure_size" with points lt 7 ps 1.2 notitle, \
     '' using (column("p") < 1 && abs(column("q") - 0.5) < 1e-9 ? column("p") : NaN):"failure_size" with points lt 2 ps 1 notitle, \
     '' using (column("p") < 1 && abs(column("q") - 0.3) < 1e-9 ? column("p") : NaN):"failure_size" with points lt 4 ps 1 notitle, \
     '' using (column("p") < 1 && abs(column("q") - 0.1) < 1e-9 ? column("p") : NaN):"failure_size" with points lt 6 pt 12 ps 1.2 notitle, \
     2*x/(1 - x) + 2 with lines lt 1 dt 3 title 'q → 0'
