# Every task falls in a jump: loss of the thirty most frequent tasks against steps, parameters and data.
set multiplot layout 1,3 margins 0.08,0.83,0.17,0.88 spacing 0.055,0
set logscale x
set format x '10^{%L}'
set yrange [30.5:0.5]
set cbrange [0:1]
set palette defined (0 '#0072b2', 0.5 '#56b4e9', 0.9 '#f7f7f7', 1 '#f7f7f7')
unset grid
unset colorbox
set title 'steps (α = 0.4)'
set xlabel 'steps S'
set ylabel 'task (rank by frequency)'
set xrange [20:9000]
plot data.'parity_steps.map.csv' using (column("alpha")==0.4 ? column("step") : NaN):"rank":(column("step")*0.925):(column("step")*1.08):(column("rank")-0.5):(column("rank")+0.5):"loss" \
    with boxxyerror fs solid noborder lc palette notitle
unset ylabel
set format y ''
set title 'width (α = 0.6)'
set xlabel 'hidden units W'
set xrange [3.3:118]
plot data.'parity_width.map.csv' using "size":"rank":(column("size")/1.2):(column("size")*1.2):(column("rank")-0.5):(column("rank")+0.5):"loss" \
    with boxxyerror fs solid noborder lc palette notitle
set title 'data (α = 0.6)'
set xlabel 'samples D'
set xrange [700:181000]
set colorbox user origin 0.86,0.17 size 0.025,0.71
set cblabel 'loss of the task (bits)'
plot data.'parity_data.map.csv' using "size":"rank":(column("size")/1.4):(column("size")*1.4):(column("rank")-0.5):(column("rank")+0.5):"loss" \
    with boxxyerror fs solid noborder lc palette notitle
unset multiplot
