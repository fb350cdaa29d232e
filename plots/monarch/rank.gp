# Rank of the projection of a sparse matrix.
set xlabel 'density p: share of entries kept (Gaussian, n = 64)'
set ylabel 'share of draws of full rank'
set xrange [0.08:1.1]
set yrange [-0.03:1.1]
set logscale x
set key at graph 0.98,0.62
set xtics (0.1, 0.15, 0.2, 0.3, 0.5, 1)
plot data.'rank.csv' using "density":"invertible":"invertible_se" with yerrorlines lt 4 dt 2 title 'the matrix itself', \
     '' using "density":"full":"full_se" with yerrorlines lt 6 title 'its Monarch approximation', \
     '' using "density":(column("low_rank") < 64 ? 0 : 1) with linespoints lt 7 dt 4 title 'its approximation of rank 8', \
     '' using "density":(column("rank")/64):(column("rank_se")/64) with yerrorlines lt 3 dt 3 title 'mean rank of Monarch, over 64'
