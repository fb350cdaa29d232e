/* Distances of finite sets of points: exact W_2 by optimal assignment, W_2 on a line, sliced W_2. */
#include "dvar.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base.h"
#include "linalg.h"
#include "rng.h"
#include "stats.h"

/* ---- assignment ---- */

#define NONE SIZE_MAX

/* Versions for processors with AVX-512, or AVX2 and FMA, chosen when the program is loaded. */
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__)
#define VECTORIZED __attribute__((target_clones("avx512f", "arch=x86-64-v3", "default"), optimize("O3")))
#else
#define VECTORIZED
#endif

/* What the search from one free row knows of each column j: `away` is the length of the shortest alternating
 * path to it, `from` the row before it there; `done` columns have their final length, below all others. */
struct search {
    double *away;  /* [n]; INFINITY once done, so that a minimum passes over them */
    double *final; /* [n]: the length of done columns */
    size_t *from;
};

/* Shortens paths through row i: away_j = min(away_j, shift + cost_ij - v_j), shift = length to i less u_i. */
VECTORIZED static void relax(size_t n, const double *cost, const double *v, double shift, size_t i,
                             const unsigned char *done, double *away, size_t *from)
{
    for (size_t j = 0; j < n; j++) {
        double length = shift + (cost[j] - v[j]);
        int shorter = !done[j] & (length < away[j]);
        away[j] = shorter ? length : away[j];
        from[j] = shorter ? i : from[j];
    }
}

VECTORIZED static double least(size_t n, const double *x)
{
    double low = INFINITY;
#pragma omp simd reduction(min : low)
    for (size_t j = 0; j < n; j++)
        low = x[j] < low ? x[j] : low;
    return low;
}

/* Each column takes its cheapest row if that is still free (Jonker and Volgenant's column reduction):
 * feasible duals, and a good part of the rows matched before any search. */
static void columns_reduce(size_t n, const double *cost, double *v, size_t *match, size_t *row)
{
    size_t *cheapest = base_alloc(n, sizeof *cheapest);
    memcpy(v, cost, n * sizeof *v);
    for (size_t i = 1; i < n; i++)
        for (size_t j = 0; j < n; j++)
            if (cost[i * n + j] < v[j]) {
                v[j] = cost[i * n + j];
                cheapest[j] = i;
            }
    for (size_t j = 0; j < n; j++)
        if (match[cheapest[j]] == NONE) {
            match[cheapest[j]] = j;
            row[j] = cheapest[j];
        }
    free(cheapest);
}

/* Matches the free row `start` along a shortest path, and moves the duals so that all stays feasible. */
static void augment(size_t n, const double *cost, size_t start, double *u, double *v, size_t *match,
                    size_t *row, struct search *s, unsigned char *done)
{
    size_t i = start, last;
    double reached = 0;
    memset(done, 0, n);
    for (size_t j = 0; j < n; j++)
        s->away[j] = INFINITY;
    for (;;) {
        relax(n, cost + i * n, v, reached - u[i], i, done, s->away, s->from);
        double low = least(n, s->away);
        for (last = 0; s->away[last] != low; last++)
            continue;
        reached = low;
        if (row[last] == NONE)
            break;
        s->final[last] = low;
        s->away[last] = INFINITY;
        done[last] = 1;
        i = row[last];
    }
    for (size_t j = 0; j < n; j++)
        if (done[j]) { /* columns nearer than the end, and their rows */
            v[j] -= reached - s->final[j];
            u[row[j]] += reached - s->final[j];
        }
    u[start] += reached;
    while (last != NONE) {
        size_t before = s->from[last], next = match[before];
        row[last] = before;
        match[before] = last;
        last = before == start ? NONE : next;
    }
}

double dvar_assignment(size_t n, const double *cost, size_t *match, double *u, double *v)
{
    size_t *row = base_alloc(n, sizeof *row);
    unsigned char *done = base_alloc(n, 1);
    double *price = base_alloc(2 * n, sizeof *price), *rows = u ? u : price, *columns = v ? v : price + n;
    struct search search = {base_alloc(n, sizeof(double)), base_alloc(n, sizeof(double)),
                            base_alloc(n, sizeof(size_t))};
    for (size_t i = 0; i < n * n; i++)
        if (!isfinite(cost[i]))
            base_die(BASE_RUN_FAILED, "an assignment with the cost %g", cost[i]);
    for (size_t i = 0; i < n; i++) {
        match[i] = row[i] = NONE;
        rows[i] = 0;
    }
    columns_reduce(n, cost, columns, match, row);
    for (size_t i = 0; i < n; i++)
        if (match[i] == NONE)
            augment(n, cost, i, rows, columns, match, row, &search, done);
    double *matched = search.away;
    for (size_t i = 0; i < n; i++)
        matched[i] = cost[i * n + match[i]];
    double sum = stats_sum(matched, n);
    free(row);
    free(done);
    free(price);
    free(search.away);
    free(search.final);
    free(search.from);
    return sum;
}

/* ---- W_2 of points ---- */

double dvar_points_w2sq(size_t n, size_t d, const double *x, const double *y)
{
    double *cost = base_alloc(n * n, sizeof *cost);
    size_t *match = base_alloc(n, sizeof *match);
    for (size_t i = 0; i < n; i++) /* by differences: equal points have the distance 0 exactly */
        for (size_t j = 0; j < n; j++)
            for (size_t k = 0; k < d; k++) {
                double away = x[i * d + k] - y[j * d + k];
                cost[i * n + j] += away * away;
            }
    double sum = dvar_assignment(n, cost, match, NULL, NULL);
    free(cost);
    free(match);
    return sum / (double)n;
}

double dvar_line_w2sq(size_t n, const double *x, size_t m, const double *y)
{
    double sum = 0;
    /* mass in units of 1/(n m): x_i holds [i m, (i+1) m), y_j holds [j n, (j+1) n) */
    for (size_t i = 0, j = 0, at = 0; i < n && j < m;) {
        size_t x_end = (i + 1) * m, y_end = (j + 1) * n, end = x_end < y_end ? x_end : y_end;
        sum += (double)(end - at) * (x[i] - y[j]) * (x[i] - y[j]);
        at = end;
        i += x_end == end;
        j += y_end == end;
    }
    return sum / ((double)n * (double)m);
}

double *dvar_directions(gsl_rng *rng, size_t count, size_t d)
{
    double *direction = base_alloc(count * d, sizeof *direction);
    rng_normals(rng, direction, count * d);
    for (size_t k = 0; k < count; k++) {
        double square = 0;
        for (size_t j = 0; j < d; j++)
            square += direction[k * d + j] * direction[k * d + j];
        for (size_t j = 0; j < d; j++)
            direction[k * d + j] /= sqrt(square);
    }
    return direction;
}

double *dvar_project(size_t n, size_t d, const double *x, size_t count, const double *direction)
{
    double *line = base_alloc(count * n, sizeof *line);
    linalg_gemm('N', 'T', count, n, d, 1, direction, x, 0, line);
    for (size_t k = 0; k < count; k++)
        stats_sort(line + k * n, n);
    return line;
}

double dvar_sliced_w2sq(size_t count, size_t n, const double *x, size_t m, const double *y)
{
    double sum = 0;
    for (size_t k = 0; k < count; k++)
        sum += dvar_line_w2sq(n, x + k * n, m, y + k * m);
    return sum / (double)count;
}
