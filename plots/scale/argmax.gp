# Where single rows have their largest gradient.
set logscale x
set xlabel 'scale α at which F of a row is largest'
set ylabel 'density per unit of ln α'
set xrange [0.5:300]
set yrange [0:0.75]
set key top right noopaque
file = data.'argmax.density.csv'
fit(n) = 0.84*sqrt(log(n))
color(i) = i==1 ? 4 : i==2 ? 6 : 7
set for [i=1:3] arrow i from fit(word("8 512 4096", i)+0), 0 to fit(word("8 512 4096", i)+0), 0.06 nohead lw 4 lt color(i)
set label 1 'article: 0.84 √ln n' at 3,0.03 tc rgb '#444444'
plot for [i=1:3] n = word("8 512 4096", i)+0 file using (column("n")==n ? column("alpha") : NaN):"density" with linespoints lt color(i) ps 1 title sprintf('n = %d', n), \
     file using (column("n")==4096 ? column("alpha") : NaN):"two_scores" with lines lt 7 dt 2 lw 1.5 title 'two largest scores alone, n = 4096'
