\\ The (p, q) scan that ends at the best sum, in PARI/GP. Reads N from the variable that bench/nabc.sh sets.
least(n) =
{
  my(r = sqrtint(4*n), best, d, q, p);
  if (issquare(n), return(2*sqrtint(n)));
  best = r + (4*n - r^2 + r%2)/4;
  p = r + 1;
  while (p < best,
    d = p^2 - 4*n;
    q = sqrtint(d);
    if (q^2 < d, q++);
    if ((q - p)%2, q++);
    best = min(best, p + (q^2 - d)/4);
    p++);
  best
}
{
  my(start = getwalltime(), runs = 0, s);
  until (getwalltime() - start >= 50, s = least(n); runs++);
  printf("%d pari-gp %d %.9f\n", n, s, (getwalltime() - start)/1000./runs);
}
quit
