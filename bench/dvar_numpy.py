"""The posterior of x_0 given x_t over the digits, in NumPy: a line "t method checksum seconds" a way.

usage: dvar_numpy.py FOLDER, which build/bench/dvar has filled. Whole: all scores in one matrix; blocked:
128 rows of x_t at a time, in place, so that the scores stay in cache. One thread when
OPENBLAS_NUM_THREADS=1. With SciPy a last line "w2 scipy W_2^2 seconds" too.
"""
import sys
import time

import numpy

folder = sys.argv[1]
points = numpy.fromfile(folder + "/points.bin").reshape(-1, 64)
norm2 = (points * points).sum(axis=1)


def trace(xt, ab, bb2):
    scores = xt @ points.T
    scores *= ab / bb2
    scores -= 0.5 * ab * ab / bb2 * norm2
    scores -= scores.max(axis=1, keepdims=True)
    numpy.exp(scores, out=scores)
    scores /= scores.sum(axis=1, keepdims=True)
    mean = scores @ points
    return scores @ norm2 - (mean * mean).sum(axis=1)


def blocked(xt, ab, bb2):
    return numpy.concatenate([trace(xt[i:i + 128], ab, bb2) for i in range(0, len(xt), 128)])


for t in (50, 200, 500):
    xt = numpy.fromfile(f"{folder}/xt-{t}.bin").reshape(-1, 64)
    ab, bb2 = numpy.fromfile(f"{folder}/ab-{t}.bin")
    for name, way in (("numpy", trace), ("numpy-blocked", blocked)):
        least = 1e9
        for _ in range(5):
            start = time.perf_counter()
            found = way(xt, ab, bb2).mean()
            least = min(least, time.perf_counter() - start)
        print(f"{t} {name} {found:.12g} {least:.6g}")

try:
    from scipy.optimize import linear_sum_assignment
    from scipy.spatial.distance import cdist
except ImportError:
    sys.exit()
half = len(points) // 2
start = time.perf_counter()
cost = cdist(points[:half], points[half:2 * half], "sqeuclidean")
match = linear_sum_assignment(cost)
found = cost[match].mean()
print(f"w2 scipy {found:.12g} {time.perf_counter() - start:.6g}")
