# The criteria matrix: 1 holds, 2 ties, 3 violated.
set xrange [-0.5:5.5]
set yrange [21.5:-0.5]
set cbrange [1:3]
set palette defined (1 '#009e73', 2 '#f0e442', 3 '#d55e00') maxcolors 3
unset colorbox
set key off
unset grid
set border 0
set tics scale 0
set xtics ('D1 transfer' 0, 'D2 scale' 1, 'D3 tide' 2, 'D4 clone' 3, 'P1 rich' 4, 'P2 zeros' 5) font small
set lmargin 16
set rmargin 4
verdict_word(v) = v == 1 ? 'holds' : v == 2 ? 'ties' : 'violated'
set ytics noenhanced font small
plot data.'axioms.matrix.csv' using "column":"row":"verdict":ytic(stringcolumn("measure")) with image pixels, \
     '' using "column":"row":(verdict_word(column("verdict"))) with labels font small tc rgb '#000000'
