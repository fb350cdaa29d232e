# Real keys: index of a map against how often two queries have the same largest key. Open: digits, full: words.
set logscale xy
set xlabel 'index S (left: concentrated)'
set ylabel 'frequency of one largest key of two queries'
set xrange [0.02:1.3]
set yrange [3.5e-4:0.2]
set key at graph 0.5,0.62 top right samplen 1 noopaque
set label 1 'full points: words; open: digits' at graph 0.06,0.66 tc rgb '#444444'
file = data.'keys.csv'
pick(d, m) = strcol("rows") eq d && strcol("map") eq m ? column("index") : NaN
array shape = [7, 5, 9, 13]
array open = [6, 4, 8, 12]
array colour = [1, 7, 6, 4]
array name = ['exp', 'linear:exp', 'linear:relu', 'linear:sq']
array text = ['softmax', 'linear, exp features', 'linear, relu features', 'linear, square features']
plot for [k=1:4] file using (pick('words', name[k])):"same_top" with linespoints lt colour[k] pt shape[k] ps 1.6 lw 1.2 dt 3 title text[k], \
     for [k=1:4] file using (pick('digits', name[k])):"same_top" with linespoints lt colour[k] pt open[k] ps 1.6 lw 1.2 dt 3 notitle
