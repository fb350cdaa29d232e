# Softmax: the index against the deviation of scores, one curve a length; the article's limit and the floor 1/sqrt n.
set logscale y
set format y '10^{%L}'
set xlabel 'deviation of the scores γ = σ|q|'
set ylabel 'mean index S'
set xrange [0:7]
set yrange [2e-5:1.2]
set key bottom left Left reverse maxrows 7 width -4
file = data.'saturation.csv'
colour = '2 3 4 8 6'
plot exp(-x*x/2) with lines lc rgb '#000000' dt 2 lw 2.5 title 'article: e^{-γ^2/2}', \
     for [i=1:5] n = word("64 512 4096 65536 1000000000", i) file using (column("n")==n+0 ? column("gamma") : NaN):"floor" \
         with lines lc word(colour, i)+0 dt 3 lw 1.5 notitle, \
     for [i=1:5] n = word("64 512 4096 65536 1000000000", i) file using (column("n")==n+0 ? column("gamma") : NaN):"mean" \
         with lines lt word(colour, i)+0 title (i<5 ? 'n = '.n : 'n = 10^9'), \
     for [i=1:4] n = word("64 512 4096 65536", i) data.'finite.csv' \
         using (column("n")==n+0 && strcol("f") eq 'exp' && column("beta")==0 ? column("gamma") : NaN):"index":"index_se" \
         with yerrorbars lc word(colour, i)+0 pt 7 ps 1.1 lw 1 notitle, \
     NaN with lines lc rgb '#888888' dt 3 title 'floors 1/√n'
