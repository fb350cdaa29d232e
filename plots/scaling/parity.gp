# Trained networks on a hundred tasks: loss against steps, parameters and data, with the theory of the finite sum.
set multiplot layout 1,3 margins 0.10,0.975,0.17,0.88 spacing 0.08,0
set logscale xy
set yrange [0.008:1.3]
set ytics add ('0.01' 0.01, '0.02' 0.02, '0.05' 0.05, '0.1' 0.1, '0.2' 0.2, '0.5' 0.5, '1' 1)
set format x '10^{%L}'
set key bottom left Left reverse samplen 1.2 font small
set title 'steps'
set xlabel 'steps S'
set ylabel 'loss (bits)'
curves = data.'parity_steps.curves.csv'
# where the dashed and dotted power laws begin: a loss of the trained networks
from(file, test) = system("awk -F, '!/^#/ && /^[0-9]/ && ".test."' ".file) + 0
step_400 = from(curves, '$1 == 0.4 && $2 >= 400 { print $3; exit }')
least_size = from(data.'parity_width.csv', '1 { print $3; exit }')
least_loss = from(data.'parity_width.csv', '1 { print $4; exit }')
data_4000 = from(data.'parity_data.csv', '$2 == 4000 { print $4; exit }')
plot for [i=1:3] a = word("0.4 0.6 0.8", i) curves using (column("alpha")==a+0 ? column("step") : NaN):"loss" with lines lt (i==1?6:i==2?4:7) title 'α = '.a, \
     for [i=1:3] a = word("0.4 0.6 0.8", i) curves using (column("alpha")==a+0 ? column("step") : NaN):"predicted" with lines lt (i==1?6:i==2?4:7) dt 2 lw 1.2 \
         title (i==1 ? 'finite sum, no fit' : ''), \
     [400:8000] step_400*(x/400)**(-0.2857) lc rgb '#555555' dt 3 title 'article, α = 0.4'
unset ylabel
set xrange [300:2e4]
set title 'parameters'
set xlabel 'parameters N'
width = data.'parity_width.csv'
plot width using "parameters":"loss":"loss_se" with yerrorbars lt 4 ps 1 title 'α = 0.6', \
     [400:12000] least_loss*(x/least_size)**(-0.6186) with lines lt 4 dt 2 title 'finite sum, slope', \
     least_loss*(x/least_size)**(-0.375) lc rgb '#999999' dt 4 title 'slope -α/(α+1)'
set xrange [600:2e5]
set title 'data'
set xlabel 'samples D'
d = data.'parity_data.csv'
plot d using "data":"loss":"loss_se" with yerrorbars lt 4 ps 1 title 'α = 0.6', \
     [4000:128000] data_4000*(x/4000)**(-0.375) lc rgb '#555555' dt 3 title 'article: -α/(α+1)', \
     data_4000*(x/4000)**(-0.6) lc rgb '#999999' dt 4 title 'slope -α'
unset multiplot
