"""The computations of bench/focus.c with NumPy and SciPy, each line: name, method, sum of the values, seconds."""

import statistics
import time

import numpy as np
from scipy.integrate import quad

DENSITY = 1 / np.sqrt(2 * np.pi)


def expect(f, low, centre):
    """E f(eps) over eps > low, for f whose product with the normal density is largest near `centre`."""
    ends = (low, max(low, centre), max(low, centre) + 12) if np.isfinite(low) else (centre - 12, centre, centre + 12)
    return sum(
        quad(lambda x: f(x) * DENSITY * np.exp(-x * x / 2), a, b, epsabs=0, epsrel=1e-11, limit=200)[0]
        for a, b in zip(ends, ends[1:])
        if b > a
    )


def limit(name, beta, gamma):
    r = beta / gamma
    if name == "exp":
        first = expect(lambda x: np.exp(gamma * x), -np.inf, gamma)
        return first / np.sqrt(expect(lambda x: np.exp(2 * gamma * x), -np.inf, 2 * gamma))
    p = 1 if name == "id" else int(name[4:] or 1)

    def moment(q, sign):
        return expect(lambda x: (sign * r + x) ** q, -sign * r, max(0, -sign * r))

    sides = (1, -1) if name == "id" else (1,)
    return sum(moment(p, s) for s in sides) / np.sqrt(sum(moment(2 * p, s) for s in sides))


def limit_grid():
    return sum(
        limit(name, beta, gamma)
        for name in ("relu", "relu2", "relu3", "relu4", "id", "exp")
        for beta in np.arange(-4, 4.25, 0.5)
        for gamma in (1, 2)
    )


def mean(n, gamma):
    """E S = sqrt(n/pi) int u^(1/2) E[x e^(-u x^2)] (E e^(-u x^2))^(n-1) dv, u = e^v, trapezoidal in v and eps.

    The steps are as wide as they can be for errors near 1e-9."""
    step = min(0.25, 0.25 / gamma)
    eps = np.arange(-9, 9 + gamma, step)
    weight = step * DENSITY * np.exp(-eps * eps / 2)
    log_x = gamma * (eps - gamma / 2)
    v = np.arange(-2 * log_x[-1] - 60, -2 * log_x[0] + 60, 0.25)
    gone = np.exp(np.minimum(v[:, None] + 2 * log_x[None, :], 300))
    decay = np.exp(-gone)
    first = (np.exp(v[:, None] / 2 + log_x[None, :]) * decay) @ weight
    stays = np.log1p(np.maximum(np.expm1(-gone) @ weight, -1 + 1e-16)) * (n - 1)
    return np.sqrt(n / np.pi) * 0.25 * np.sum(first * np.exp(stays))


def mean_grid():
    return sum(mean(n, gamma) for n in (64, 512, 4096, 65536) for gamma in (1, 2, 3, 4))


for name, run in (("limit", limit_grid), ("mean", mean_grid)):
    value = run()
    seconds = []
    for _ in range(3):
        start = time.perf_counter()
        run()
        seconds.append(time.perf_counter() - start)
    print(f"{name} scipy {value:.12g} {statistics.median(seconds):.6g}")
