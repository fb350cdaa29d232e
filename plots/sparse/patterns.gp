# The patterns as matrices of queries against keys, and the number of paths through two layers.
set multiplot layout 2,3 margins 0.08,0.98,0.14,0.94 spacing 0.05,0.1
file = data.'picture.csv'
set xrange [-0.5:29.5]
set yrange [29.5:-0.5]
set size ratio -1
unset grid
unset key
unset colorbox
set border 15 lc rgb '#444444'
set xtics 0,10,20
set ytics 0,10,20
set palette defined (0 '#a6d0ee', 1 '#0072b2', 2 '#d55e00', 3 '#000000')
set cbrange [0:3]
size = format eq 'svg' ? 0.56 : 0.53
pick(s, c) = strcol("stack") eq s && column("causal") == c ? column("j") : NaN
words = "atrous local sparse atrous.local fixed2.fixed1 fixed1.fixed2"
titles = "'atrous, k = 5' 'local' 'merged' 'atrous over local' 'fixed A_2 A_1, causal' 'fixed A_1 A_2, causal'"
do for [p=1:6] {
    set title word(titles, p) offset 0,-0.6
    set xlabel p > 3 ? 'input j' : '' offset 0,0.6
    set format x p > 3 ? '%g' : ''
    set ylabel p % 3 == 1 ? 'output i' : '' offset 1.5,0
    plot file using (pick(word(words, p), p > 4)):"i":(p <= 3 ? 1 : column("paths") <= 1 ? 0 : column("paths") <= 3 ? 1 : 2) \
         with points pt 5 ps size lc palette
}
unset multiplot
