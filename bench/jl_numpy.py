"""The projections of bench/jl.c with NumPy, each line: sizes, method, mean of (distortion^2 d/2), seconds."""

import statistics
import time

import numpy as np

try:
    from sklearn.random_projection import GaussianRandomProjection
except ImportError:
    GaussianRandomProjection = None


def distances2(y):
    g = y @ y.T
    norms = np.diag(g)
    return norms[:, None] + norms[None, :] - 2 * g


def distortion(y, source, lower):
    ratio = distances2(y)[lower] / source - 1
    return np.mean(ratio**2), np.max(np.abs(ratio))


def plain(x, d, rng):
    return x @ (rng.standard_normal((d, x.shape[1])) / np.sqrt(d)).T


def sklearn(x, d, rng):
    return GaussianRandomProjection(d, random_state=rng.integers(2**31)).fit_transform(x)


def measure(n, m, d, repeats):
    rng = np.random.default_rng(1)
    x = rng.standard_normal((n, m))
    lower = np.tril_indices(n, -1)
    source = distances2(x)[lower]
    for name, project in (("numpy", plain), ("sklearn", sklearn)):
        if name == "sklearn" and not GaussianRandomProjection:
            continue
        seconds = []
        for _ in range(repeats):
            start = time.perf_counter()
            square, _ = distortion(project(x, d, rng), source, lower)
            seconds.append(time.perf_counter() - start)
        print(f"{n}x{m}->{d} {name} {square * d / 2:.4g} {statistics.median(seconds):.6g}")


measure(500, 1000, 500, 9)
measure(1000, 1000, 1000, 5)
measure(2000, 4000, 1000, 3)
