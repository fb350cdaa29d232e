# The key step pays for small signals alone.
set logscale xy
set xlabel 'deviation of the inputs s (norm of A: 0.9, d = 8, T = 200)'
set ylabel 'iterations to 10^{-8} (T at most)'
set xrange [0.025:3.6]
set yrange [2:220]
set key top left Left reverse
file = data.'convergence.csv'
at(g) = column("g")==g ? column("s") : NaN
plot file using (at(0.9)):"fixed":"fixed_se" with yerrorlines lt 7 pt 7 title 'fixed, J = A: the article', \
     file using (at(0.9)):"picard":"picard_se" with yerrorlines lt 1 pt 4 dt 2 title 'picard, J = 0', \
     file using (at(0.9)):"quasi":"quasi_se" with yerrorlines lt 3 pt 8 dt 4 title 'quasi, diagonal of the Jacobian', \
     file using (at(0.9)):"plus1":"plus1_se" with yerrorlines lt 2 pt 5 title 'plus1, diag(sech² u) A', \
     file using (at(0.9)):"newton":"newton_se" with yerrorlines lt 6 pt 11 title 'newton, the Jacobian'
