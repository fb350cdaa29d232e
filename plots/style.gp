# The house style of figures: size, fonts, the Okabe-Ito palette (safe for colour-blind readers), CSV input.
# A script sees `data`, the folder of its family's results, and draws into the open output.

if (format eq 'svg') {
    set terminal svg size 760,480 dynamic enhanced font 'DejaVu Sans,13' background '#ffffff'
} else {
    set terminal pngcairo size 1520,960 enhanced font 'DejaVu Sans,26' linewidth 2 background '#ffffff'
}
small = format eq 'svg' ? ',10' : ',20' # for keys in narrow panels
set output target
set encoding utf8
set datafile separator ','
set datafile columnheaders
set datafile missing ''

# 1 black, 2 orange, 3 sky blue, 4 green, 5 yellow, 6 blue, 7 vermilion, 8 purple
set linetype 1 lc rgb '#000000' lw 2 pt 7 ps 0.9
set linetype 2 lc rgb '#e69f00' lw 2 pt 5 ps 0.9
set linetype 3 lc rgb '#56b4e9' lw 2 pt 9 ps 1.05
set linetype 4 lc rgb '#009e73' lw 2 pt 11 ps 1.05
set linetype 5 lc rgb '#f0e442' lw 2 pt 13 ps 1.1
set linetype 6 lc rgb '#0072b2' lw 2 pt 4 ps 0.95
set linetype 7 lc rgb '#d55e00' lw 2 pt 6 ps 0.95
set linetype 8 lc rgb '#cc79a7' lw 2 pt 8 ps 1.05
set linetype cycle 8

set border 3 lc rgb '#444444'
set tics nomirror out
set grid lc rgb '#dddddd' lw 0.7
set key opaque samplen 2 spacing 1.15
