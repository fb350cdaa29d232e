# Error over time and iteration: the front of exact states.
set multiplot layout 2,2 margins 0.1,0.83,0.14,0.9 spacing 0.05,0.12
set palette defined (-17 '#f7fbff', -12 '#c6dbef', -8 '#6baed6', -4 '#2171b5', 1 '#08306b')
set cbrange [-17:1]
set cblabel 'log_{10} |x_t − x*_t|'
set xrange [0:90]
set yrange [-0.5:45.5]
set grid noxtics noytics
set tics front
set label 1 'n = t' at 47,41 font small front
file = data.'front.csv'
do for [k=1:4] {
    m = word("fixed picard newton elk", k)
    set title k==1 ? 'fixed, J = A' : k==2 ? 'picard, J = 0' : k==3 ? 'newton' : 'elk: Newton damped, λ = 1'
    set xlabel k > 2 ? 'time t' : ''
    set format x k > 2 ? '%g' : ''
    set format y k % 2 ? '%g' : ''
    set ylabel k % 2 ? 'iteration n' : ''
    if (k == 2) { set colorbox user origin 0.86,0.14 size 0.02,0.76 } else { unset colorbox }
    plot sprintf("< grep -e '^method,' -e '^%s,' %s", m, file) using "t":"n":"log10_error" with image notitle, \
         x with lines lt 1 lw 1.5 dt 2 notitle
}
unset multiplot
