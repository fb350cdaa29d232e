# Where subtracting a x pays in one dimension.
set bmargin 8.5
set xlabel 'weight a' offset 0,0.4
set ylabel 'signal x*²'
set xrange [0:1]
set yrange [0:1]
set samples 400
set key outside bottom center horizontal maxcols 2 Left reverse width -6 font small samplen 1.5
file = data.'scalar_map.csv'
long(dummy) = column("T")==2000 ? column("a") : NaN
square(dummy) = column("x_star")**2
plot file using (long(0)):(column("fixed") < column("picard") ? square(0) : NaN) with points lt 6 pt 7 ps 0.8 title 'J = a needs fewer iterations', \
     file using (long(0)):(column("fixed") == column("picard") ? square(0) : NaN) with points lt 1 pt 1 title 'as many', \
     file using (long(0)):(column("fixed") > column("picard") && column("fixed") < 200 ? square(0) : NaN) with points lt 2 pt 5 ps 0.8 title 'J = 0 needs fewer', \
     file using (long(0)):(column("fixed") > column("picard") && column("fixed") >= 200 ? square(0) : NaN) with points lt 7 pt 6 ps 0.9 title 'J = a does not get there in 200', \
     data.'crossing.csv' using "a":"square" with points lt 1 pt 2 ps 1 title 'equal rates, measured', \
     (1-x)/(2-x) with lines lt 1 title 'equal rates: x*² = (1−a)/(2−a)', \
     x > 0.5 ? (1-x)/x : NaN with lines lt 7 dt 2 title 'q_{fixed} = 1: x*² = (1−a)/a'
