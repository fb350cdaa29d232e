# Depth of windowed Newton against the loop.
set logscale x 2
set logscale y
set xlabel 'window (steps solved at once, T = 512; processors unbounded)'
set ylabel 'depth over that of the loop'
set xrange [0.8:640]
set yrange [0.1:10]
set key bottom left Left reverse
file = data.'windows.csv'
at(g) = column("g")==g ? column("window") : NaN
plot for [k=1:3] g = word("0.8 1.5 2", k)+0 file using (at(g)):"rounds":"rounds_se" with yerrorlines lt (k==1 ? 6 : k==2 ? 2 : 7) pt 4+k title sprintf('Newton, g = %g', g), \
     1 with lines lt 1 dt 2 title 'the loop'
