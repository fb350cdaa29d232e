# A model of one layer gains by locality, and hardly notices that its keys are quantized.
set xlabel 'codes c'
set ylabel 'bits a byte on held-out text'
set logscale x
set xrange [3:1500]
set yrange [*:*]
set xtics (4, 16, 64, 256, "none" 1000)
set key center right Left reverse
file = data.'language.csv'
at(b) = column("bias")==b ? (column("c")==0 ? 1000 : column("c")) : NaN
plot file using (at(0)):"bits":"bits_se" with yerrorbars lt 7 pt 7 title 'no bias', \
     file using (at(32)):"bits":"bits_se" with yerrorbars lt 6 pt 5 title 'bias on the 32 nearest'
