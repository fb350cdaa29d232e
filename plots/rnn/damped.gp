# What damping costs and what it saves.
set multiplot layout 1,2 margins 0.09,0.98,0.16,0.9 spacing 0.09
set xrange [0.3:3.2]
set xlabel 'gain g (d = 8, T = 100, inputs 0.1)'
set key top left Left reverse font small samplen 1.5
set datafile missing NaN # rows of other series do not break a line
file = data.'damped.csv'
at(l) = column("lambda")==l ? column("g") : NaN
set title 'largest error of an iterate'
set ylabel 'log_{10}, mean over draws'
set yrange [-3:72]
plot file using (at(1)):"newton_worst":"newton_worst_se" with yerrorlines lt 6 pt 11 title 'newton', \
     file using (at(1)):"quasi_worst":"quasi_worst_se" with yerrorlines lt 3 pt 8 dt 4 title 'quasi', \
     file using (at(0.01)):"elk_worst":"elk_worst_se" with yerrorlines lt 2 pt 5 title 'elk, λ = 0.01', \
     file using (at(1)):"elk_worst":"elk_worst_se" with yerrorlines lt 7 pt 7 title 'elk, λ = 1'
set title 'iterations to 10^{-8} (100 at most)'
set ylabel ''
set yrange [0:140]
plot file using (at(1)):"newton":"newton_se" with yerrorlines lt 6 pt 11 title 'newton', \
     file using (at(1)):"quasi":"quasi_se" with yerrorlines lt 3 pt 8 dt 4 title 'quasi', \
     file using (at(0.01)):"elk":"elk_se" with yerrorlines lt 2 pt 5 title 'elk, λ = 0.01', \
     file using (at(1)):"elk":"elk_se" with yerrorlines lt 7 pt 7 title 'elk, λ = 1'
unset multiplot
