#!/bin/sh
# sparse.sh BUILD: index-aware kernels against dense ones; with NumPy and SciPy, where installed, the same patterns there.
set -eu
OPENBLAS_NUM_THREADS=1 "${1:?usage: sparse.sh BUILD}/bench/sparse"
OPENBLAS_NUM_THREADS=1 /usr/bin/python3 - 2>/dev/null <<'PYTHON' || echo 'NumPy and SciPy: not installed, left out'
import time
import numpy
import scipy.sparse
n, k, d = 2048, 32, 64
q, x, v = numpy.random.default_rng(1).standard_normal((3, n, d), dtype=numpy.float32)
i, j = numpy.indices((n, n))
sees = (abs(i - j) <= k) | ((i - j) % k == 0)
row, column = numpy.nonzero(sees)
start = numpy.searchsorted(row, numpy.arange(n))
def seconds(f):
    start = time.perf_counter()
    f()
    return time.perf_counter() - start
def dense(mask=None):
    s = q @ x.T / 8
    if mask is not None:
        s = numpy.where(mask, s, -numpy.inf)
    p = numpy.exp(s - s.max(1, keepdims=True))
    return p / p.sum(1, keepdims=True) @ v
def sparse():
    s = numpy.einsum('pd,pd->p', q[row], x[column]) / 8
    s = numpy.exp(s - numpy.maximum.reduceat(s, start)[row])
    s /= numpy.add.reduceat(s, start)[row]
    return scipy.sparse.csr_matrix((s, column, numpy.append(start, len(row))), (n, n)) @ v
assert abs(dense(sees) - sparse()).max() < 1e-5
times = [sorted(seconds(f) for _ in range(7))[3] for f in (dense, lambda: dense(sees), sparse)]
print('NumPy dense %.3g ms, masked %.3g ms; SciPy CSR %.3g ms, of %d pairs' % (*(1e3 * t for t in times), len(row)))
PYTHON
