# Keys of text can be quantized better than normal keys of the same covariance.
W(s, i) = int(word(s, i))
set multiplot layout 1,2
set logscale xy
set xlabel 'codes c'
set xrange [3:400]
set xtics (4, 16, 64, 256)
set yrange [0.1:1.1]
set ytics (0.1, 0.2, 0.3, 0.4, 0.5, 0.7, 1)
set key bottom left Left reverse samplen 1.5 font small
file = data.'codes.csv'
at(k) = strcol("keys") eq k && column("error")>0 ? column("codes") : NaN
names = "gauss twin shuffled text"
titles = "'normal, independent' 'normal, covariance of text' 'shuffled text' 'text'"
set ylabel "squared distance over the keys' variance"
plot x**(-2.0/8) with lines lt 1 dt 2 lw 1.2 title 'bound c^{-2/d}, independent', \
     for [i=1:4] file using (at(word(names, i))):"distortion":"distortion_error" with yerrorlines lt (W("1 6 2 7", i)) pt (W("7 5 9 11", i)) title word(titles, i)
set ylabel 'error of attention, relative'
plot for [i=1:4] file using (at(word(names, i))):"error":"error_error" with yerrorlines lt (W("1 6 2 7", i)) pt (W("7 5 9 11", i)) title word(titles, i)
unset multiplot
