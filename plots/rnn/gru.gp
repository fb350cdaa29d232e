# A GRU's iterations with each choice of the matrix; weak and strong recurrent weights.
set multiplot layout 1,2 margins 0.09,0.98,0.16,0.9 spacing 0.07
set logscale xy
set xrange [0.007:4.5]
set yrange [1.8:2500]
set xlabel 'deviation of the inputs s'
set key top left Left reverse font small samplen 1.5
set datafile missing NaN # rows of other series do not break a line
file = data.'gru.csv'
do for [k=1:2] {
    dim = k==1 ? 8 : 32
    set title sprintf('d = %d, weights 0.3: |U_h| about %.1f', dim, 0.3*2*sqrt(dim))
    set ylabel k==1 ? 'iterations to 10^{-8} (T = 300)' : ''
    at(d) = column("d")==d && strcol("recurrent") eq 'weight' ? column("s") : NaN
    plot file using (at(dim)):"none":"none_se" with yerrorlines lt 1 pt 4 dt 2 title 'none', \
         file using (at(dim)):"half":"half_se" with yerrorlines lt 2 pt 5 title 'I/2', \
         file using (at(dim)):"linear":"linear_se" with yerrorlines lt 7 pt 7 title '(I + U_h/2)/2: the article', \
         file using (at(dim)):"newton":"newton_se" with yerrorlines lt 6 pt 11 title 'newton'
}
unset multiplot
