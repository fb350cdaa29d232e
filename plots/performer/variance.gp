# Mean squared error of four estimators of exp(q.k) over the angle.
set logscale y
set xlabel 'angle of q and k (degrees)'
set ylabel 'mean squared error'
set xrange [-3:182]
set yrange [1e-5:4]
set xtics 30
set format y '10^{%T}'
set key top right maxrows 2
set datafile missing NaN
file = data.'variance.csv'
r = 0.5
m = 16.
x(t) = 2*r*r*(1 + cos(t*pi/180))
w(t) = 2*r*r*(1 - cos(t*pi/180))
A = exp(-2*r*r)
iid(t) = A*exp(x(t))*(exp(x(t)) - 1)/m
trig(t) = (1 - exp(-w(t)))**2/(2*A*m)
d = 16.
r16(k) = k < 1 ? 1 : r16(k - 1)*(d + k - 1)/(d + 2*(k - 1))
ort(t) = iid(t) - A*(m - 1)/m*(sum [k = 2:20] (1 - r16(k))*x(t)**k/gamma(k + 1))
hyp(t) = (1 - exp(-x(t)))/2*iid(t)
at(f) = strcol("feature") eq f && column("d") == 16 && column("m") == 16 ? acos(column("cos"))*180/pi : NaN
set samples 400
in(t) = t >= 0 && t <= 180
plot (in(x) ? iid(x) : NaN) with lines lt 7 title 'independent', \
     file using (at('iid')):"mse":"mse_se" with yerrorbars lt 7 pt 6 notitle, \
     (in(x) ? ort(x) : NaN) with lines lt 6 title 'orthogonal', \
     file using (at('ort')):"mse":"mse_se" with yerrorbars lt 6 pt 4 notitle, \
     (in(x) ? hyp(x) : NaN) with lines lt 4 title 'hyperbolic (2m exponentials)', \
     file using (at('hyp')):"mse":"mse_se" with yerrorbars lt 4 pt 8 notitle, \
     (in(x) ? trig(x) : NaN) with lines lt 1 dt 2 title 'trigonometric', \
     file using (at('trig')):"mse":"mse_se" with yerrorbars lt 1 pt 7 notitle
