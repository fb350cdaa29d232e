# Samples of the digits: three distances from the data against the number of steps, by the rule of the variance.
set multiplot layout 1,3 margins 0.075,0.985,0.16,0.9 spacing 0.065
set logscale x 2
set xtics (5, 10, 20)
set xrange [4.3:24]
set xlabel 'steps K'
set yrange [-0.4:*]
file = data.'sample.csv'
pick(e, r) = strcol("eta") eq e && strcol("rule") eq r ? column("K") : NaN
array eta = ['0', '1', '1', '0', '1']
array rule = ['none', 'none', 'big', 'scalar', 'scalar']
array text = ['DDIM', 'DDPM small', 'DDPM big', 'optimal, λ = 0', 'optimal, λ as DDPM']
array shape = [6, 7, 5, 12, 13]
array colour = [1, 1, 7, 6, 6]
array by = [0.94, 1.03, 1.06, 0.97, 1]
array column_of = ['energy', 'sliced_debiased', 'w2_debiased']
array title_of = ['energy distance', 'sliced W_2^2 / V', 'W_2^2 / (d V)']
set key font small at graph 0.99,0.99 top right samplen 1 noopaque
do for [p=1:3] {
    set title title_of[p].' [10^{-2}]' offset 0,-0.6
    if (p == 2) { set key } else { unset key }
    plot 0 with lines lc rgb '#888888' dt 2 lw 1 title 'draws from the data', \
         for [k=1:5] file using (pick(eta[k], rule[k])*by[k]):(100*column(column_of[p])):(100*column(column_of[p].'_se')) \
             with yerrorbars lt colour[k] pt shape[k] ps 1.5 lw 1.3 title text[k]
}
unset multiplot
