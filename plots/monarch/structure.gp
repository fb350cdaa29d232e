# Errors of both approximations, matrix by matrix, n = 64.
set style data histogram
set style histogram clustered gap 1
set style fill solid 0.85 border -1
set boxwidth 0.9
set ylabel 'share of the energy left, n = 64, m = 8'
set yrange [0:1.05]
set xtics rotate by 40 right font small noenhanced
set bmargin 6
set grid noxtics
set key top left horizontal
pick(c) = column("n") == 64 ? column(c) : NaN
plot '< grep -v "^#" '.data.'structure.csv | awk -F, "NR==1 || \$2==64"' using "monarch":xtic(stringcolumn("matrix")) lt 6 title 'Monarch', \
     '' using "svd" lt 7 fs pattern 4 title 'SVD of rank 8'
