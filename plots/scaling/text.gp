# Missing mass of real text: draws against the exact sum, and the power law its Zipf exponent would promise.
set logscale xy
set format xy '10^{%L}'
set xlabel 'words drawn D'
set ylabel 'missing mass: share of unseen words'
set key bottom left Left reverse
set xrange [80:5e4]
set yrange [5e-3:1]
law = data.'text.law.csv'
first = system("awk -F, '/^[0-9]/ { print $1, $2; exit }' ".law)
plot law using "d":"expected" with lines lt 6 title 'Σ p_k(1-p_k)^D', \
     data.'text.csv' using "d":"missing":"missing_se" with yerrorbars lt 7 ps 1 title 'license texts, drawn words', \
     law using "d":((word(first, 2) + 0) * (column("d") / (word(first, 1) + 0))**(-column("fitted_s"))) with lines lc rgb '#999999' dt 2 \
         title 'article: D^{-g/(g+1)}, g of the Zipf fit'
