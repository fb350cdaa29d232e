# What reordering rows and columns gains.
set style data histogram
set style histogram clustered gap 1
set style fill solid 0.85 border -1
set boxwidth 0.9
set ylabel 'share of the energy Monarch leaves, n = 64'
set logscale y
set format y '10^{%L}'
set yrange [1e-3:3]
set grid noxtics
set xtics noenhanced font small
set key top right horizontal
plot data.'search.csv' using (column("shuffled")):xtic(stringcolumn("matrix")) lt 2 title 'random order', \
     '' using (column("given")) lt 6 fs pattern 4 title 'as given', \
     '' using (column("found")) lt 4 fs pattern 1 title 'after 10000 steps of annealing'
