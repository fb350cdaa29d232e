# Exact loss against the integral and the midpoint form, and their relative errors against the predicted ones.
set multiplot layout 2,1 margins 0.14,0.97,0.16,0.97 spacing 0,0.04
set logscale xy
set xrange [1:1e5]
set format x ''
set format y '10^{%L}'
set ylabel 'loss T(n)'
set yrange [1e-11:3]
set key bottom left Left reverse font small
set xtics 10
set ytics 1e3
set mytics 1
file = data.'tails.csv'
plot for [g in "0.2 0.4 1 2"] file using (column("gamma")==g+0 && column("k")==0 ? column("n") : NaN):"integral" \
         with lines lc rgb '#555555' dt 2 lw 1.5 title (g eq "0.2" ? 'article: n^{-g}/(gζ)' : ''), \
     for [i=1:4] g = word("0.2 0.4 1 2", i) file using (column("gamma")==g+0 && column("k")==0 ? column("n") : NaN):"exact" \
         with points lt (i==1?6:i==2?4:i==3?2:7) ps 1 title 'g = '.g
set format x '10^{%L}'
set xlabel 'learnt quanta n'
set ylabel 'rel. error, g = 0.4'
set yrange [3e-13:2]
set ytics 1e3
set key font small
plot file using (column("gamma")==0.4 && column("k")==0 ? column("n") : NaN):"integral_error" with points lt 6 ps 1.2 title 'integral', \
     file using (column("gamma")==0.4 && column("k")==0 ? column("n") : NaN):"predicted_error" with lines lt 6 title 'g/(2n)', \
     file using (column("gamma")==0.4 && column("k")==0 && column("n")<=1e4 ? column("n") : NaN):"midpoint_error" with points lt 7 ps 1.2 title 'midpoint', \
     file using (column("gamma")==0.4 && column("k")==0 ? column("n") : NaN):"predicted_midpoint_error" with lines lt 7 title 'g(g+1)/(24n^2)'
unset multiplot
