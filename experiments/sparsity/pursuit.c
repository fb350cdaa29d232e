#include "pursuit.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base.h"
#include "linalg.h"

enum { ITERATIONS_MAX = 80 };

/* y = A x, or A^T x. */
static void multiply(char transpose, size_t m, size_t n, const double *a, const double *x, double *y)
{
    if (transpose == 'N')
        linalg_gemm('N', 'N', m, 1, n, 1, a, x, 0, y);
    else
        linalg_gemm('T', 'N', n, 1, m, 1, a, x, 0, y);
}

/* G = A diag(d) A^T. */
static void weighted_gram(size_t m, size_t n, const double *a, const double *d, double *scaled, double *g)
{
    for (size_t i = 0; i < m; i++)
        for (size_t j = 0; j < n; j++)
            scaled[i * n + j] = a[i * n + j] * d[j];
    linalg_gemm('N', 'T', m, m, n, 1, scaled, a, 0, g);
}

int pursuit_least_squares(size_t m, size_t n, const double *a, const double *b, double *x)
{
    double *g = base_alloc(m * m, sizeof *g), *y = base_alloc(m, sizeof *y);
    linalg_gram(m, n, a, g);
    memcpy(y, b, m * sizeof *y);
    int status = linalg_solve(m, 1, g, y);
    if (!status)
        multiply('T', m, n, a, y, x);
    free(g);
    free(y);
    return status;
}

/* The iterate: z = (u, v) and its slacks s of 2 n entries, multipliers y of m; residuals and steps alike. */
struct interior {
    size_t m, n;
    const double *a, *b;
    double *cost;                  /* 2 n: 1 - w, 1 + w */
    double *z, *s, *y;
    double *primal, *dual, *cross; /* residuals: A (u - v) - b; s +- A^T y - cost; z s - centre */
    double *dz, *ds, *dy;
    double *weight, *scaled, *gram; /* n, m n, m m */
    double *work_n;
};

static double *carve(double **memory, size_t count)
{
    double *part = *memory;
    *memory += count;
    return part;
}

/* +1 for the first half, u, -1 for v. */
static double sign_of(const struct interior *p, size_t i)
{
    return i < p->n ? 1 : -1;
}

static void find_residuals(struct interior *p)
{
    for (size_t j = 0; j < p->n; j++)
        p->work_n[j] = p->z[j] - p->z[p->n + j];
    multiply('N', p->m, p->n, p->a, p->work_n, p->primal);
    for (size_t i = 0; i < p->m; i++)
        p->primal[i] -= p->b[i];
    multiply('T', p->m, p->n, p->a, p->y, p->work_n);
    for (size_t i = 0; i < 2 * p->n; i++)
        p->dual[i] = p->s[i] + sign_of(p, i) * p->work_n[i % p->n] - p->cost[i];
}

/* Newton's step for the residuals: from A W A^T dy = -primal + A (cross/s - z/s dual), W = sum of z/s. -1: singular. */
static int find_step(struct interior *p)
{
    memset(p->work_n, 0, p->n * sizeof *p->work_n);
    for (size_t i = 0; i < 2 * p->n; i++)
        p->work_n[i % p->n] += sign_of(p, i) * (p->cross[i] - p->z[i] * p->dual[i]) / p->s[i];
    multiply('N', p->m, p->n, p->a, p->work_n, p->dy);
    for (size_t i = 0; i < p->m; i++)
        p->dy[i] -= p->primal[i];
    if (linalg_solve(p->m, 1, p->gram, p->dy))
        return -1;
    multiply('T', p->m, p->n, p->a, p->dy, p->work_n);
    for (size_t i = 0; i < 2 * p->n; i++) {
        p->ds[i] = -p->dual[i] - sign_of(p, i) * p->work_n[i % p->n];
        p->dz[i] = -(p->cross[i] + p->z[i] * p->ds[i]) / p->s[i];
    }
    return 0;
}

/* The longest step in [0, 1] that keeps x + step dx >= 0. */
static double longest_step(const double *x, const double *dx, size_t count)
{
    double step = 1;
    for (size_t i = 0; i < count; i++)
        if (dx[i] < 0)
            step = fmin(step, -x[i] / dx[i]);
    return step;
}

static double mean_product(const struct interior *p, double primal_step, double dual_step)
{
    double sum = 0;
    for (size_t i = 0; i < 2 * p->n; i++)
        sum += (p->z[i] + primal_step * p->dz[i]) * (p->s[i] + dual_step * p->ds[i]);
    return sum / (2 * (double)p->n);
}

static double largest(const double *x, size_t n)
{
    double top = 0;
    for (size_t i = 0; i < n; i++)
        top = fmax(top, fabs(x[i]));
    return top;
}

static void start(struct interior *p, const double *x)
{
    double shift = 0.1 * largest(x, p->n);
    for (size_t j = 0; j < p->n; j++) {
        p->z[j] = fmax(x[j], 0) + shift;
        p->z[p->n + j] = fmax(-x[j], 0) + shift;
        p->s[j] = p->s[p->n + j] = 1;
    }
}

/* One iteration; 1 when done, -1 when it cannot go on. */
static int iterate(struct interior *p)
{
    find_residuals(p);
    double objective = 0, centre = 0;
    for (size_t i = 0; i < 2 * p->n; i++) {
        p->cross[i] = p->z[i] * p->s[i];
        centre += p->cross[i];
        objective += p->cost[i] * p->z[i];
    }
    if (!isfinite(objective))
        return -1;
    if (centre <= 1e-9 * fabs(objective) && largest(p->primal, p->m) <= 1e-9 * (1 + largest(p->b, p->m)) &&
        largest(p->dual, 2 * p->n) <= 1e-9)
        return 1;
    centre /= 2 * (double)p->n;
    memset(p->weight, 0, p->n * sizeof *p->weight);
    for (size_t i = 0; i < 2 * p->n; i++)
        p->weight[i % p->n] += p->z[i] / p->s[i];
    weighted_gram(p->m, p->n, p->a, p->weight, p->scaled, p->gram);
    if (find_step(p))
        return -1;
    double foreseen = mean_product(p, longest_step(p->z, p->dz, 2 * p->n), longest_step(p->s, p->ds, 2 * p->n));
    double keep = pow(foreseen / centre, 3);
    for (size_t i = 0; i < 2 * p->n; i++)
        p->cross[i] += p->dz[i] * p->ds[i] - keep * centre;
    if (find_step(p))
        return -1;
    double primal_step = fmin(1, 0.9995 * longest_step(p->z, p->dz, 2 * p->n));
    double dual_step = fmin(1, 0.9995 * longest_step(p->s, p->ds, 2 * p->n));
    for (size_t i = 0; i < 2 * p->n; i++) {
        p->z[i] += primal_step * p->dz[i];
        p->s[i] += dual_step * p->ds[i];
    }
    for (size_t i = 0; i < p->m; i++)
        p->y[i] += dual_step * p->dy[i];
    return 0;
}

int pursuit_l1(size_t m, size_t n, const double *a, const double *b, const double *w, double *x)
{
    double *memory = base_alloc(16 * n + 3 * m + m * n + m * m, sizeof *memory), *at = memory;
    struct interior p = {.m = m, .n = n, .a = a, .b = b};
    p.cost = carve(&at, 2 * n), p.z = carve(&at, 2 * n), p.s = carve(&at, 2 * n), p.dual = carve(&at, 2 * n);
    p.cross = carve(&at, 2 * n), p.dz = carve(&at, 2 * n), p.ds = carve(&at, 2 * n);
    p.weight = carve(&at, n), p.work_n = carve(&at, n);
    p.y = carve(&at, m), p.primal = carve(&at, m), p.dy = carve(&at, m);
    p.scaled = carve(&at, m * n), p.gram = carve(&at, m * m);
    for (size_t i = 0; i < 2 * n; i++)
        p.cost[i] = 1 - (w ? sign_of(&p, i) * w[i % n] : 0);
    int status = pursuit_least_squares(m, n, a, b, p.weight);
    if (!status)
        start(&p, p.weight);
    for (int k = 0; k < ITERATIONS_MAX && !status; k++)
        status = iterate(&p);
    for (size_t j = 0; j < n; j++)
        x[j] = p.z[j] - p.z[n + j];
    free(memory);
    return status == 1 ? 0 : -1;
}

/* |x|_1 / |x|_2^k */
static double norms(const double *x, size_t n, int k)
{
    double one = 0, two = 0;
    for (size_t j = 0; j < n; j++) {
        one += fabs(x[j]);
        two += x[j] * x[j];
    }
    return one / (k == 1 ? sqrt(two) : two);
}

int pursuit_ratio(size_t m, size_t n, const double *a, const double *b, int steps, double *x)
{
    double *w = base_alloc(n, sizeof *w), *next = base_alloc(n, sizeof *next);
    int taken = 0;
    while (taken < steps) {
        double factor = norms(x, n, 2);
        for (size_t j = 0; j < n; j++)
            w[j] = factor * x[j];
        if (pursuit_l1(m, n, a, b, w, next) || !(norms(next, n, 1) < (1 - 1e-7) * norms(x, n, 1)))
            break;
        memcpy(x, next, n * sizeof *x);
        taken++;
    }
    free(w);
    free(next);
    return taken;
}
