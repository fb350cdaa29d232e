# h(d, lambda d)/(lambda d) against lambda: the linear law is a level line.
# rows of other curves are left out, not gaps
set datafile missing NaN
file = data.'embed_dim.csv'
set logscale x 10
set xrange [0.01:10]
set yrange [-0.27:0.03]
set xlabel 'λ (scores λ d cos)'
set ylabel 'h(d, λd) / (λd)'
set key top right
at(d) = column("d") == d ? column("lambda") : NaN
t(x) = (sqrt(1 + 4*x*x) - 1)/(2*x)
set samples 400
plot -0.24 with lines lt 7 dt 3 lw 3 title 'source: −0.24 for every λ', \
     log(1 - t(x)**2)/(2*x) with lines lt 1 title 'limit d → ∞', \
     -x/2 with lines lc rgb '#999999' dt 2 title '−λ/2', \
     file using (at(8)):"h_over_lambda_d" with points lt 2 ps 1 title 'd = 8', \
     file using (at(64)):"h_over_lambda_d" with points lt 6 pt 12 ps 1.2 title 'd = 64', \
     file using (at(1024)):"h_over_lambda_d" with points lt 4 ps 1 title 'd = 1024'
