"""The computations of bench/scale.c with NumPy and SciPy, each line: name, method, sum of the values, seconds."""

import statistics
import time

import numpy as np
from scipy.optimize import minimize_scalar
from scipy.special import ive


def mean_gradient(n, alpha):
    """E F = alpha (1 - n int E[x^2 e^-x] M^(n-1) dv), x = e^(v + alpha s), trapezoidal in v and s.

    The steps are as wide as they can be for errors near 1e-9."""
    v = np.arange(-8 * alpha - np.log(n) - 5, 8 * alpha + 5, 0.25)
    step = min(0.25, 0.2 / alpha)
    s = np.arange(-9, 9 + step, step)
    w = np.exp(-s * s / 2)
    w /= w.sum()
    x = np.exp(np.minimum(v[:, None] + alpha * s[None, :], 50))
    decay = np.exp(-x)
    m = decay @ w
    return alpha * (1 - n * 0.25 * np.sum(((x * x * decay) @ w) * m ** (n - 1)))


def mean_grid():
    return sum(mean_gradient(n, alpha) for n in (64, 512, 4096) for alpha in (1, 2, 4, 8, 16))


def log_moment(alpha, half):
    """log of 0F1(; d/2; alpha^2/4) but for a constant, half = d/2 - 1."""
    return np.log(ive(half, alpha)) + alpha - half * np.log(alpha)


def optimum(n, d):
    half = d / 2 - 1
    zero = log_moment(1e-2, half)

    def loss(alpha):
        two = log_moment(2 * alpha, half) - zero
        return -alpha * (1 - np.exp(two - 2 * (log_moment(alpha, half) - zero)) / n)

    return minimize_scalar(loss, bounds=(1, 6 * np.log(n)), method="bounded", options={"xatol": 1e-7}).x


def optimum_grid():
    return sum(optimum(n, 128) for n in range(40, 2001, 40))


for name, run in (("mean", mean_grid), ("optimum", optimum_grid)):
    value = run()
    seconds = []
    for _ in range(5):
        start = time.perf_counter()
        run()
        seconds.append(time.perf_counter() - start)
    print(f"{name} scipy {value:.10g} {statistics.median(seconds):.6g}")
