# The data law at g = 0.4: the article's staircase, the exact expectation, the power laws.
set logscale xy
set format xy '10^{%L}'
set xlabel 'samples D'
set ylabel 'loss L(D)'
set key bottom left
file = data.'data_law.csv'
draws = data.'draws.csv'
stairs = data.'data_law.stairs.csv'
set yrange [3e-3:1.5]
plot stairs using "d":"sharp_1" with steps lc rgb '#999999' lw 1.5 title 'article: learnt iff Dp_k ≥ τ', \
     stairs using "d":"sharp_10" with steps lc rgb '#999999' lw 1.5 notitle, \
     file using (column("gamma")==0.4 && column("tau")==1 ? column("d") : NaN):"soft_closed" with lines lt 6 title 'chance, τ = 1: Γ ratio', \
     file using (column("gamma")==0.4 && column("tau")==10 ? column("d") : NaN):"soft_closed" with lines lt 7 title 'chance, τ = 10', \
     file using (column("gamma")==0.4 && column("tau")==1 ? column("d") : NaN):"soft" with points lt 6 pt 12 ps 1.2 notitle, \
     file using (column("gamma")==0.4 && column("tau")==10 ? column("d") : NaN):"soft" with points lt 7 ps 1.2 title 'direct sums', \
     draws using (column("gamma")==0.4 && column("tau")==1 && column("batch")==0 ? column("d") : NaN):"loss":"loss_se" \
         with yerrorbars lt 2 pt 7 ps 1 title 'drawn samples'
