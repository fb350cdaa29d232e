# The headline: the annealed objective turns down, the exact mean of F saturates at D_n.
set logscale x
set samples 1500
set xlabel 'scale α of normal scores (α = 1: the usual 1/√d)'
set ylabel 'mean gradient F'
set xrange [0.3:60]
set yrange [0:5]
set key top left Left reverse samplen 1.5 noopaque
set xtics (0.3, 0.5, 1, 2, 3, 5, 10, 20, 50)
file = data.'exact.csv'
draws = data.'draws.csv'
color(i) = i==1 ? 4 : i==2 ? 6 : 7
at(n) = strcol("law") eq 'normal' && column("n")==n ? column("alpha") : NaN
f(x, n) = x < sqrt(log(n)) ? x*(1 - exp(x*x)/n) : NaN
plot for [i=1:3] n = word("8 64 4096", i)+0 file using (column("alpha") > 3.5 ? at(n) : NaN):"limit" with lines lt color(i) dt 3 lw 1 title i==1 ? 'limit D_n = E max s' : '', \
     for [i=1:3] n = word("8 64 4096", i)+0 f(x, n) with lines lt color(i) dt 2 lw 1.5 title i==1 ? 'article: annealed f(α, n)' : '', \
     for [i=1:3] n = word("8 64 4096", i)+0 file using (at(n)):"exact" with lines lt color(i) title i==3 ? 'exact E F' : '', \
     for [i=1:3] n = word("8 64 4096", i)+0 draws using (column("cosine")==0 && column("n")==n ? column("alpha") : NaN):"f":"f_error" with yerrorbars lt color(i) ps 1.2 title sprintf('drawn rows, n = %d', n)
