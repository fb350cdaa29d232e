# Times of products against n, with the slopes that operations give.
set datafile missing NaN
set xlabel 'side n'
set ylabel 'seconds a vector'
set logscale xy
set format y '10^{%L}'
set xrange [50:25000]
set yrange [3e-8:1]
set key top left font small
pick(m, b) = stringcolumn("method") eq m && column("batch") == b ? column("n") : NaN
plot data.'speed.csv' using (pick('dense', 1)):"seconds" with linespoints lt 7 title 'dense, one vector', \
     '' using (pick('monarch', 1)):"seconds" with linespoints lt 6 title 'Monarch, one vector', \
     '' using (pick('dense', 256)):(column("seconds")/256) with linespoints lt 2 dt 2 title 'dense, 256 vectors', \
     '' using (pick('monarch', 256)):(column("seconds")/256) with linespoints lt 3 dt 2 title 'Monarch, 256 vectors', \
     '' using (pick('fft', 1)):"seconds" with linespoints lt 4 dt 4 title 'Fourier transform (FFTW)', \
     x > 200 && x < 5000 ? 2.5e-4*(x/1000.0)**2 : NaN with lines lt 1 lw 1 dt 2 title 'n^2', \
     x > 200 && x < 20000 ? 4e-6*(x/1000.0)**1.5 : NaN with lines lt 1 lw 1 dt 3 title 'n^{1.5}'
