# Steps of l1 lower S of normal entries, steps of l2 do not move it.
set xlabel 'size t of the step'
set ylabel 'S*_{1,2} after the step'
set xrange [0:2]
set yrange [0:0.9]
set key bottom left
phi(t) = exp(-t*t/2)/sqrt(2*pi)
Q(t) = norm(-t)
plot sqrt(2/pi) with lines lt 7 title 'l_2: x → x/(1+2t)', \
     2*(phi(x) - x*Q(x))/sqrt(2*((1 + x*x)*Q(x) - x*phi(x))) with lines lt 6 title 'l_1: soft threshold, closed form', \
     data.'shrink.csv' using "t":"l1":"l1_se" with yerrorbars lt 6 ps 1.2 title 'drawn, 100 samples of 10^5'
