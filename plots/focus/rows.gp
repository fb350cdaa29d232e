# Tokens attended to on real rows: n S^2 of softmax against gamma, and of relu^2 and the identity.
set logscale y
set format y '10^{%L}'
set xlabel 'deviation of the scores γ'
set ylabel 'tokens attended to, n S^2'
set xrange [0.5:10.5]
set yrange [0.8:4000]
set key at graph 0.99,0.6 top right noopaque
set label 1 'identity' at 8.6,1900 tc rgb '#444444'
set label 2 'relu^2' at 8.6,430 tc rgb '#444444'
file = data.'rows.csv'
keys(d) = system("awk -F, '$1 == \"".d."\" { print $5; exit }' ".data.'keys.csv') + 0
n_words = keys('words')
n_digits = keys('digits')
n(d) = d eq 'words' ? n_words : n_digits
plot n_words*exp(-x*x) with lines lc rgb '#000000' dt 2 title 'article: n e^{-γ^2}, normal scores', \
     for [d in "digits words"] file using (strcol("data") eq d ? column("gamma") : NaN):(n(d)*column("id")**2) \
         with linespoints lt (d eq 'words' ? 7 : 6) pt (d eq 'words' ? 7 : 4) ps 1 dt 3 notitle, \
     for [d in "digits words"] file using (strcol("data") eq d ? column("gamma") : NaN):(n(d)*column("relu2")**2) \
         with linespoints lt (d eq 'words' ? 7 : 6) pt (d eq 'words' ? 7 : 4) ps 1 dt 4 notitle, \
     for [d in "digits words"] file using (strcol("data") eq d ? column("gamma") : NaN):"tokens":"tokens_se" \
         with yerrorlines lt (d eq 'words' ? 7 : 6) pt (d eq 'words' ? 7 : 4) ps 1.2 title d.': softmax'
