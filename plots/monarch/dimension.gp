# Dimensions of Monarch and butterfly matrices.
set xlabel 'side n'
set ylabel 'dimension over n'
set logscale xy
set xrange [3:1500]
set yrange [2:700]
set ytics (2, 5, 10, 20, 50, 100)
set key top left
set arrow 1 from 512,2 to 512,60 nohead lt 2 dt 2
set label 1 'n = 512: strict beyond (the article)' at 480,3.2 right tc lt 2
set arrow 2 from 8,2 to 8,4 nohead lt 4 dt 2
set label 2 'n = 8: strict from here (found)' at 8.6,2.35 left tc lt 4
set samples 500
plot data.'dimension.csv' using (stringcolumn("class") eq 'monarch' && column("block") > 1 && column("block") < column("n") ? column("n") : NaN):(column("dimension")/column("n")) with points lt 6 title 'Monarch: rank of the Jacobian, each b', \
     2*sqrt(x) - 1 with lines lt 6 title '2 √n − 1 (b = √n, the fewest)', \
     data.'dimension.csv' using (stringcolumn("class") eq 'butterfly' ? column("n") : NaN):(column("dimension")/column("n")) with points lt 7 pt 9 ps 1 title 'butterfly: rank of the Jacobian', \
     log(x)/log(2) + 1 with lines lt 7 dt 4 title 'log_2 n + 1', \
     2*log(x)/log(2) with lines lt 8 dt 3 title '2 log_2 n, butterfly entries'
