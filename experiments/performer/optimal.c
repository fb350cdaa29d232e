/* How good could any soft assignment to given codes be?
 *
 * Source: beyond kexue.fm/archives/9862, section 3. For codes c_y a key's row of P should make sum_y P_y
 * exp(q.c_y) the nearest to exp(q.k) over the queries: min sum_q (exp(q.k) - sum_y P_y exp(q.c_y))^2 over P
 * >= 0, sum P = 1, is a non-negative least squares problem a key, solved exactly (the nearest point of a
 * convex hull, Wolfe 1976). It bounds every soft or hard vector quantization with these codes from below.
 * Columns: root of the sum of squared kernel errors over that of the kernels, on the queries it was fitted to
 * and on fresh ones, and the error of the attention's output.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "kmeans.h"
#include "lab.h"
#include "linalg.h"
#include "performer.h"

struct problem {
    size_t n, m, d, dv, queries;
    double *q, *fresh, *k, *v, *c;
    double *kernel, *fresh_kernel; /* exp(q.k) [queries][n] */
    double *codes, *fresh_codes;   /* exp(q.c) [queries][m] */
    double *p, *best_p;            /* [n][m] */
};

static void kernels(size_t queries, size_t n, size_t d, const double *q, const double *k, double *e)
{
    performer_scores(queries, n, d, 1, q, k, e);
    for (size_t i = 0; i < queries * n; i++)
        e[i] = exp(e[i]);
}

/* |K - E P^T|_F / |K|_F; and by key the squares |K_j - E P_j|^2 unless NULL. */
static double kernel_error(const struct problem *x, const double *kernel, const double *codes,
                           const double *p, double *by_key)
{
    double *rest = base_alloc(x->queries * x->n, sizeof *rest), away = 0, size = 0;
    memcpy(rest, kernel, x->queries * x->n * sizeof *rest);
    linalg_gemm('N', 'T', x->queries, x->n, x->m, -1, codes, p, 1, rest);
    for (size_t j = 0; by_key && j < x->n; j++)
        by_key[j] = 0;
    for (size_t i = 0; i < x->queries * x->n; i++) {
        away += rest[i] * rest[i];
        size += kernel[i] * kernel[i];
        if (by_key)
            by_key[i % x->n] += rest[i] * rest[i];
    }
    free(rest);
    return sqrt(away / size);
}

/* The error of the output for the fresh queries. */
static double output_error(struct lab_cell *cell, const struct problem *x, const double *p)
{
    double *a = base_alloc(x->queries * x->m, sizeof *a), *b = base_alloc(x->n * x->m, sizeof *b),
           *o = base_alloc(x->queries * x->dv, sizeof *o),
           *exact = base_alloc(x->queries * x->dv, sizeof *exact);
    performer_exact(x->queries, x->n, x->d, x->dv, x->fresh, x->k, x->v, exact);
    performer_scores(x->queries, x->m, x->d, 1, x->fresh, x->c, a);
    for (size_t i = 0; i < x->n * x->m; i++)
        b[i] = p[i] > 0 ? log(p[i]) : -INFINITY;
    if (performer_attend(x->queries, x->n, x->m, x->dv, a, b, x->v, 0, o))
        lab_fail(cell, "a row of attention has no weight");
    double error = performer_error(x->queries * x->dv, o, exact);
    free(a);
    free(b);
    free(o);
    free(exact);
    return error;
}

/* P row by row; returns the largest duality gap over the key's kernel square. */
static double fit(struct lab_cell *cell, const struct problem *x, double *p)
{
    size_t m = x->m;
    double *g = base_alloc(m * m, sizeof *g), *cross = base_alloc(x->n * m, sizeof *cross),
           *h = base_alloc(m * m, sizeof *h);
    double largest = 0;
    linalg_gemm('T', 'N', m, m, x->queries, 1, x->codes, x->codes, 0, g);
    linalg_gemm('T', 'N', x->n, m, x->queries, 1, x->kernel, x->codes, 0, cross);
    for (size_t j = 0; j < x->n; j++) {
        double square = 0, gap;
        const double *b = cross + j * m;
        for (size_t i = 0; i < x->queries; i++)
            square += x->kernel[i * x->n + j] * x->kernel[i * x->n + j];
        for (size_t y = 0; y < m; y++)
            for (size_t z = 0; z < m; z++)
                h[y * m + z] = g[y * m + z] - b[y] - b[z] + square;
        if (lab_control(cell, "best_code")) { /* the best single code */
            size_t best = 0;
            for (size_t y = 1; y < m; y++)
                best = h[y * m + y] < h[best * m + best] ? y : best;
            memset(p + j * m, 0, m * sizeof *p);
            p[j * m + best] = 1;
            continue;
        }
        performer_nearest(m, h, p + j * m, &gap);
        largest = fmax(largest, gap / square);
    }
    free(g);
    free(cross);
    free(h);
    return largest;
}

static void cell(struct lab_cell *cell)
{
    struct problem x = {.n = (size_t)lab_integer(cell, "n"),
                        .m = (size_t)lab_integer(cell, "m"),
                        .d = (size_t)lab_integer(cell, "d"),
                        .dv = 8,
                        .queries = (size_t)lab_integer(cell, "queries")};
    double s = lab_real(cell, "scale");
    size_t *code = base_alloc(x.n, sizeof *code);
    x.q = base_alloc(x.queries * x.d, sizeof *x.q);
    x.fresh = base_alloc(x.queries * x.d, sizeof *x.fresh);
    x.k = base_alloc(x.n * x.d, sizeof *x.k);
    x.v = base_alloc(x.n * x.dv, sizeof *x.v);
    x.c = base_alloc(x.m * x.d, sizeof *x.c);
    x.kernel = base_alloc(x.queries * x.n, sizeof *x.kernel);
    x.fresh_kernel = base_alloc(x.queries * x.n, sizeof *x.fresh_kernel);
    x.codes = base_alloc(x.queries * x.m, sizeof *x.codes);
    x.fresh_codes = base_alloc(x.queries * x.m, sizeof *x.fresh_codes);
    x.p = base_alloc(x.n * x.m, sizeof *x.p);
    x.best_p = base_alloc(x.n * x.m, sizeof *x.best_p);
    double *optimal = base_alloc(2 * x.n, sizeof *optimal), *other = optimal + x.n;
    performer_normals(x.queries, x.d, s, lab_rng(cell), x.q);
    performer_normals(x.queries, x.d, s, lab_rng(cell), x.fresh);
    performer_normals(x.n, x.d, s, lab_rng(cell), x.k);
    performer_normals(x.n, x.dv, 1, lab_rng(cell), x.v);
    kmeans_start_sample(x.n, x.m, x.d, x.k, lab_rng(cell), x.c);
    kmeans_lloyd(x.n, x.m, x.d, x.k, x.c, code, 20);
    kernels(x.queries, x.n, x.d, x.q, x.k, x.kernel);
    kernels(x.queries, x.m, x.d, x.q, x.c, x.codes);
    kernels(x.queries, x.n, x.d, x.fresh, x.k, x.fresh_kernel);
    kernels(x.queries, x.m, x.d, x.fresh, x.c, x.fresh_codes);

    double gap = fit(cell, &x, x.p);
    double below = INFINITY, least = kernel_error(&x, x.kernel, x.codes, x.p, optimal);
    lab_put(cell, "gap", gap);
    lab_put(cell, "optimal", least);
    lab_put(cell, "optimal_fresh", kernel_error(&x, x.fresh_kernel, x.fresh_codes, x.p, NULL));
    lab_put(cell, "optimal_output", output_error(cell, &x, x.p));
    memset(x.p, 0, x.n * x.m * sizeof *x.p);
    for (size_t j = 0; j < x.n; j++)
        x.p[j * x.m + code[j]] = 1;
    double hard = kernel_error(&x, x.kernel, x.codes, x.p, other);
    for (size_t j = 0; j < x.n; j++)
        below = fmin(below, (other[j] - optimal[j]) / (double)x.queries);
    lab_put(cell, "hard", hard);
    lab_put(cell, "hard_fresh", kernel_error(&x, x.fresh_kernel, x.fresh_codes, x.p, NULL));
    lab_put(cell, "hard_output", output_error(cell, &x, x.p));
    double soft = INFINITY, tau = NAN;
    for (double t = 0.05; t < 8; t *= 1.25) {
        performer_distances(x.n, x.m, x.d, t * s * s, x.k, x.c, x.p);
        performer_log_softmax(x.n, x.m, x.p);
        for (size_t i = 0; i < x.n * x.m; i++)
            x.p[i] = exp(x.p[i]);
        double error = kernel_error(&x, x.kernel, x.codes, x.p, other);
        for (size_t j = 0; j < x.n; j++)
            below = fmin(below, (other[j] - optimal[j]) / (double)x.queries);
        if (error < soft) {
            soft = error;
            tau = t;
            memcpy(x.best_p, x.p, x.n * x.m * sizeof *x.p);
        }
    }
    double soft_fresh = kernel_error(&x, x.fresh_kernel, x.fresh_codes, x.best_p, NULL);
    lab_put(cell, "soft", soft);
    lab_put(cell, "soft_fresh", soft_fresh);
    lab_put(cell, "soft_output", output_error(cell, &x, x.best_p));
    lab_put(cell, "tau", tau);
    lab_put(cell, "below", below);
    lab_put(cell, "used", (hard - soft) / (hard - least));
    free(code);
    free(optimal);
    free(x.q);
    free(x.fresh);
    free(x.k);
    free(x.v);
    free(x.c);
    free(x.kernel);
    free(x.fresh_kernel);
    free(x.codes);
    free(x.fresh_codes);
    free(x.p);
    free(x.best_p);
}

static void measure_difference(struct lab *lab, size_t g, const char *a, const char *b, const char *name,
                               const char *d)
{
    size_t rows, count;
    const double *x = lab_column(lab, g, a, &rows), *y = lab_column(lab, g, b, &count);
    double *away = base_alloc(rows + 1, sizeof *away);
    for (size_t i = 0; i < rows && rows == count; i++)
        away[i] = x[i] - y[i];
    lab_measure_mean(lab, stats_mean_of(away, rows), "%s.d_%s", name, d);
    free(away);
}

static void summarize(struct lab *lab)
{
    double below = INFINITY, gap = 0;
    for (size_t g = 0; g < lab_groups(lab); g++) {
        size_t rows, count;
        const double *b = lab_column(lab, g, "below", &rows), *a = lab_column(lab, g, "gap", &count);
        for (size_t i = 0; i < rows; i++) {
            below = fmin(below, b[i]);
            gap = fmax(gap, a[i]);
        }
    }
    lab_measure(lab, below, 0, 0, "least_excess");
    lab_measure(lab, gap, 0, 0, "largest_gap");
    for (size_t g = 0; lab_axis_values(lab, "replicate")->count > 1 && g < lab_groups(lab); g++) {
        const struct lab_cell *c = lab_group(lab, g);
        if (!lab_is(c, "m", "16") || !lab_is(c, "n", "128") || !lab_is(c, "queries", "1024") ||
            !lab_is(c, "scale", "0.6") || (!lab_is(c, "d", "4") && !lab_is(c, "d", "8")))
            continue;
        const char *d = lab_word(c, "d");
        measure_difference(lab, g, "hard_fresh", "soft_fresh", "hard_less_soft", d);
        lab_measure_mean(lab, lab_mean(lab, g, "used"), "used.d_%s", d);
        if (!lab_is(c, "d", "4"))
            continue; /* there it fits to these queries more than to the law they come from */
        measure_difference(lab, g, "soft_fresh", "optimal_fresh", "soft_less_optimal", d);
        measure_difference(lab, g, "soft_output", "optimal_output", "output_soft_less_optimal", d);
    }
}

static char *check(const struct lab_cell *cell)
{
    double n = (double)lab_integer(cell, "n"), m = (double)lab_integer(cell, "m"),
           q = (double)lab_integer(cell, "queries");
    if (m > n)
        return base_format("--m: %g codes for %g keys; give at most --n", m, n);
    if (q * n > 1e8 || n * m * m * m * m > 1e13)
        return base_format(
            "--queries, --n, --m: queries n = %.3g numbers and n m^4 = %.3g operations; give at most 1e8 and "
            "1e13",
            q * n, n * m * m * m * m);
    return NULL;
}

static const struct lab_spec spec = {
    .name = "performer/optimal",
    .about = "How good could any soft assignment to given codes be?",
    .axes = {{"d", "4,8", NULL, "[1,4096]", "dimension of queries and keys", AXIS_INTEGER},
             {"m", "16", NULL, "[1,10000]", "codes, by k-means", AXIS_INTEGER},
             {"n", "128", NULL, "[1,100000]", "keys", AXIS_INTEGER},
             {"queries", "1024", NULL, "[1,1000000]", "queries to fit, and as many fresh ones", AXIS_INTEGER},
             {"scale", "0.6", NULL, "(0,4]", "standard deviation of the coordinates of queries and keys",
              AXIS_REAL},
             {"replicate", "0:79", "0:29", "[0,inf)", "draw", AXIS_INTEGER}},
    .columns = "optimal,soft,hard,optimal_fresh,soft_fresh,hard_fresh,optimal_output,soft_output,hard_output,"
               "tau,used,"
               "below,gap:3",
    .fold = "replicate",
    .controls = "best_code",
    .check = check,
    .cell = cell,
    .summarize = summarize,
};

int main(int argc, char **argv)
{
    return lab_main(&spec, argc, argv);
}
