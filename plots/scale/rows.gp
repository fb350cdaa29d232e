# Real rows of 512 cosines: the mean gradient against the scale.
set logscale xy
set xlabel 'scale α of the cosines'
set ylabel 'mean gradient F'
set xrange [1.8:2400]
set yrange [1:1000]
set key top left
file = data.'rows.csv'
plot for [w=0:1] file using (column("words")==w ? column("alpha") : NaN):(column("annealed_f") > 0 ? column("annealed_f") : NaN) with lines lt (w ? 7 : 6) dt 2 lw 1.5 title (w ? 'annealed, random directions of the same variance' : ''), \
     for [w=0:1] file using (column("words")==w ? column("alpha") : NaN):"f":"f_error" with yerrorlines lt (w ? 7 : 6) pt (w ? 7 : 4) ps 1.2 title (w ? 'words (trigram counts)' : 'digits')
