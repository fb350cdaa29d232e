"""The (p, q) scan that ends at the best sum, in Python with math.isqrt. usage: nabc.py N"""
import sys
import time
from math import isqrt


def least(n):
    r = isqrt(4 * n)
    if r * r == 4 * n:
        return r
    best = r + (4 * n - r * r + r % 2) // 4
    p = r + 1
    d = p * p - 4 * n
    while p < best:
        q = isqrt(d)
        if q * q < d:
            q += 1
        if (q ^ p) & 1:
            q += 1
        s = p + (q * q - d) // 4
        if s < best:
            best = s
        d += 2 * p + 1
        p += 1
    return best


n = int(sys.argv[1])
start, runs = time.perf_counter(), 0
while runs == 0 or time.perf_counter() - start < 0.05:
    s = least(n)
    runs += 1
print(n, "python", s, "%.4g" % ((time.perf_counter() - start) / runs))
