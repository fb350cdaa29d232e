# The best split of compute: parameters and data.
set logscale xy
set format xy '10^{%L}'
set xlabel 'compute F = 6ND (operations)'
set ylabel 'best parameters N and samples D'
set key top left
file = data.'allocation.csv'
plot file using (column("gamma")==0.5 ? column("f") : NaN):"parameters" with points lt 6 ps 1 title 'parameters N, g = 0.5', \
     file using (column("gamma")==0.5 ? column("f") : NaN):"data" with points lt 7 ps 1 title 'data D, g = 0.5', \
     [1e14:1e26] 8.3546e8*(x/1e19)**(1/2.5) with lines lt 6 title 'theory: slope 1/(g+2)', \
     1.99491e9*(x/1e19)**(1.5/2.5) with lines lt 7 title 'theory: slope (g+1)/(g+2)'
