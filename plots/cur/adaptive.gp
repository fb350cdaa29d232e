# Anchors in rounds against anchors once, at equal numbers of exact scores.
set xrange [-0.5:3.5]
set yrange [0:1]
set ylabel 'recall of the hundred best'
set key bottom right
set xtics ("subsequence\nB = 100" 0, "subsequence\nB = 200" 1, "alignment\nB = 100" 2, "alignment\nB = 200" 3)
set bmargin 3.5
f = data.'adaptive.csv'
place(first, rounds, shift) = strcol("first") eq first && column("rounds") == rounds ? \
    (strcol("score") eq 'sw' ? 2 : 0) + (column("budget") == 200 ? 1 : 0) + shift : NaN
plot f using (place('random', 2, -0.24)):"r100":"r100_se" with yerrorbars lt 7 pt 7 ps 1 title 'half random anchors, half candidates (the article)', \
     f using (place('random', 5, -0.08)):"r100":"r100_se" with yerrorbars lt 6 pt 5 ps 1 title 'five rounds, the first random', \
     f using (place('trigrams', 2, 0.08)):"r100":"r100_se" with yerrorbars lt 2 pt 9 ps 1.2 title 'half by trigrams, half by CUR', \
     f using (place('trigrams', 5, 0.24)):"r100":"r100_se" with yerrorbars lt 4 pt 11 ps 1.2 title 'five rounds, the first by trigrams'
