# The best split of compute: parameters and data.
set logscale xy
set format xy '10^{%L}'
set xlabel 'compute F = 6ND (operations)'
set ylabel 'best parameters N and samples D'
set key top left
file = data.'allocation.csv'
# the theory's slopes, through the points at F = 10^20
at_1e20(name) = system("awk -F, '/^gamma,/ { for (i = 1; i <= NF; i++) at[$i] = i } !/^#/ && $1 == 0.5 && $at[\"f\"] == 1e20 \
{ print $at[\"".name."\"] }' ".file) + 0
N = at_1e20('parameters')
D = at_1e20('data')
plot file using (column("gamma")==0.5 ? column("f") : NaN):"parameters" with points lt 6 ps 1 title 'parameters N, g = 0.5', \
     file using (column("gamma")==0.5 ? column("f") : NaN):"data" with points lt 7 ps 1 title 'data D, g = 0.5', \
     [1e14:1e26] N*(x/1e20)**(1/2.5) with lines lt 6 title 'theory: slope 1/(g+2)', \
     D*(x/1e20)**(1.5/2.5) with lines lt 7 title 'theory: slope (g+1)/(g+2)'
