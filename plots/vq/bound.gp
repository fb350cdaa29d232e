# No codebook beats the bound on fresh keys; on its own training keys it seems to.
W(s, i) = int(word(s, i))
set logscale x
set xlabel 'keys the codebook was made of'
set ylabel 'squared distance over mean square'
set xrange [800:26000]
set yrange [0.1:1.05]
set xtics (1000, 2000, 4000, 8000, 20000)
set key bottom right Left reverse maxrows 4 samplen 1.5 font small
file = data.'bound.csv'
at(d, c) = column("d")==d && column("c")==c ? column("train") : NaN
plot for [i=1:3] d = word("16 64 128", i)+0 256**(-2.0/d) with lines lt (W("4 6 7", i)) dt 2 lw 1.5 title i==1 ? 'bound c^{-2/d}' : '', \
     for [i=1:3] d = word("16 64 128", i)+0 file using (at(d, 256)):"tested":"tested_error" with yerrorlines lt (W("4 6 7", i)) pt (W("5 7 9", i)) title sprintf('fresh keys, d = %d', d), \
     for [i=1:3] d = word("16 64 128", i)+0 file using (at(d, 256)):"trained":"trained_error" with yerrorlines lt (W("4 6 7", i)) pt (W("4 6 8", i)) lw 1 dt 3 title sprintf('its own keys, d = %d', d)
