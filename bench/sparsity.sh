#!/bin/sh
# sparsity.sh BUILD: the entropies of order 1 and 2 in C, and with NumPy where it is installed, as ratios of times.
set -eu
"$1/bench/sparsity"
/usr/bin/python3 - 2>/dev/null <<'PYTHON' || echo 'NumPy: not installed, left out'
import time
import numpy
p = numpy.random.default_rng(1).exponential(size=1000000)
p /= p.sum()
def seconds(f):
    start = time.perf_counter()
    f()
    return time.perf_counter() - start
ratios = sorted(seconds(lambda: -(p * numpy.log(p)).sum()) / seconds(lambda: -numpy.log(p @ p)) for _ in range(11))
print('NumPy h1_over_h2 %.3g (quartiles %.3g, %.3g)' % (ratios[5], ratios[2], ratios[8]))
PYTHON
