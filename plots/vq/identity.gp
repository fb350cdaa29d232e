# Every linear form is the quadratic one to rounding; the two misprints are wrong by the size of the output.
W(s, i) = int(word(s, i))
set logscale xy
set xlabel 'tokens n'
set ylabel 'largest error of an output'
set xrange [40:620]
set yrange [1e-17:1e1]
set format y '10^{%L}'
set xtics (48, 129, 200, 513)
set key at graph 0.98, 0.80 right Left reverse
file = data.'identity.csv'
at(v) = strcol("input") eq 'gauss' && strcol("variant") eq v && column("c")==8 && column("l")==8 && column("w")==8 && column("n")>1 ? column("n") : NaN
names = "encoder token block bias literal_cache bias_article bias_one_more"
titles = "'linear encoder' 'token recurrence' 'block recurrence' 'two blocks, bias back to l' 'cache as the article defines it' 'bias as the article prints it' 'bias back to l + 1'"
pts = "5 7 9 11 4 6 8"
shift(i) = 1 + 0.03*(i-2)
plot 16*2.22e-16*sqrt(x)*3.5 with lines lt 1 dt 2 lw 1 title '16 eps √n max |v|', \
     for [i=1:7] file using (at(word(names, i))*shift(i)):"error" with points lt (i+1) pt (W(pts, i)) ps 1.1 title word(titles, i)
