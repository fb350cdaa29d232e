# Newton's count against the length of the sequence.
set logscale xy
set xlabel 'length T (d = 16, inputs of deviation 1)'
set ylabel 'Newton iterations to 10^{-8}'
set xrange [85:7600]
set yrange [3:300]
set key top left Left reverse
file = data.'length.csv'
at(p, g) = strcol("problem") eq p && column("g")==g ? column("T") : NaN
color(k) = k==1 ? 6 : k==2 ? 4 : k==3 ? 2 : 7
plot for [k=1:4] g = word("0.5 0.8 1.2 1.5", k)+0 file using (at('circular', g)):"newton":"newton_se" with yerrorlines lt color(k) pt 4+k title sprintf('g = %g, normal inputs', g), \
     for [k=1:4] g = word("0.5 0.8 1.2 1.5", k)+0 file using (at('text', g)):"newton":"newton_se" with yerrorlines lt color(k) dt 2 pt 4+k ps 0.4 title k==1 ? 'bytes of text' : ''
