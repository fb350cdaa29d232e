/* Finite data: the exact posterior of x_0 given x_t, in blocks. */
#include "dvar.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base.h"
#include "dataset.h"
#include "linalg.h"
#include "rng.h"
#include "softmax.h"

/* ---- the points ---- */

static int compare_rows(const void *a, const void *b, void *width)
{
    const double *x = *(const double *const *)a, *y = *(const double *const *)b;
    for (size_t j = 0; j < *(const size_t *)width; j++)
        if (x[j] != y[j])
            return x[j] < y[j] ? -1 : 1;
    return 0;
}

/* log N - (1/N) sum over distinct points of c log c, with c their multiplicities */
static double points_entropy(const struct dvar_points *points)
{
    const double **row = base_alloc(points->n, sizeof *row);
    for (size_t i = 0; i < points->n; i++)
        row[i] = points->x + i * points->d;
    size_t width = points->d;
    qsort_r(row, points->n, sizeof *row, compare_rows, &width);
    double sum = 0;
    for (size_t i = 0, next; i < points->n; i = next) {
        for (next = i + 1; next < points->n && !compare_rows(&row[i], &row[next], &width); next++)
            continue;
        double count = (double)(next - i);
        sum += count * log(count);
    }
    free(row);
    return log((double)points->n) - sum / (double)points->n;
}

static void points_moments(struct dvar_points *points)
{
    size_t n = points->n, d = points->d;
    double *centred = base_alloc(n * d, sizeof *centred), *covariance = base_alloc(d * d, sizeof *covariance);
    points->low = INFINITY;
    points->high = -INFINITY;
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < d; j++) {
            double x = points->x[i * d + j];
            points->norm2[i] += x * x;
            points->mean[j] += x / (double)n;
            points->low = fmin(points->low, x);
            points->high = fmax(points->high, x);
        }
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < d; j++)
            centred[i * d + j] = points->x[i * d + j] - points->mean[j];
    linalg_gemm('T', 'N', d, d, n, 1 / (double)n, centred, centred, 0, covariance);
    for (size_t j = 0; j < d; j++)
        points->variance += covariance[j * d + j] / (double)d;
    linalg_eigen_symmetric(d, covariance, points->eigen, NULL);
    for (size_t j = 0; j < d; j++)
        points->eigen[j] = fmax(points->eigen[j], 0);
    free(centred);
    free(covariance);
}

struct dvar_points *dvar_points_new(const double *x, size_t n, size_t d)
{
    struct dvar_points *points = base_alloc(1, sizeof *points);
    *points = (struct dvar_points){.n = n,
                                   .d = d,
                                   .x = base_alloc(n * d, sizeof(double)),
                                   .norm2 = base_alloc(n, sizeof(double)),
                                   .mean = base_alloc(d, sizeof(double)),
                                   .eigen = base_alloc(d, sizeof(double))};
    memcpy(points->x, x, n * d * sizeof *x);
    points_moments(points);
    points->entropy = points_entropy(points);
    return points;
}

struct dvar_points *dvar_points_read(const char *name)
{
    int digits = !strcmp(name, "digits");
    struct dataset *data = digits ? dataset_digits() : dataset_file(name);
    for (size_t i = 0; digits && i < data->n * data->m; i++)
        data->x[i] = data->x[i] / 8 - 1;
    struct dvar_points *points = dvar_points_new(data->x, data->n, data->m);
    dataset_free(data);
    return points;
}

void dvar_points_free(struct dvar_points *points)
{
    if (points) {
        free(points->x);
        free(points->norm2);
        free(points->mean);
        free(points->eigen);
    }
    free(points);
}

/* ---- the posterior ---- */

/* The points with two more columns, |x|^2 and 1. Then the scores are one product, (ab/bb^2 x_t, -ab^2/(2
 * bb^2), 0) with the columns, and sum w x, sum w |x|^2 and sum w are another. */
struct dvar_workspace {
    size_t width, block; /* d + 2; rows of x_t at a time */
    double *extended;    /* [n][width] */
    double *query;       /* [block][width] */
    double *scores;      /* [block][n] */
    double *sums;        /* [block][width] */
};

struct dvar_workspace *dvar_workspace_new(const struct dvar_points *points)
{
    const size_t scores_max = 1 << 18; /* 2 MiB: they stay in cache between the two products */
    size_t block = scores_max / points->n, width = points->d + 2;
    block = block < 16 ? 16 : block > 256 ? 256 : block;
    struct dvar_workspace *w = base_alloc(1, sizeof *w);
    *w = (struct dvar_workspace){.width = width,
                                 .block = block,
                                 .extended = base_alloc(points->n * width, sizeof(double)),
                                 .query = base_alloc(block * width, sizeof(double)),
                                 .scores = base_alloc(block * points->n, sizeof(double)),
                                 .sums = base_alloc(block * width, sizeof(double))};
    for (size_t i = 0; i < points->n; i++) {
        memcpy(w->extended + i * width, points->x + i * points->d, points->d * sizeof *points->x);
        w->extended[i * width + points->d] = points->norm2[i];
        w->extended[i * width + points->d + 1] = 1;
    }
    return w;
}

void dvar_workspace_free(struct dvar_workspace *workspace)
{
    if (workspace) {
        free(workspace->extended);
        free(workspace->query);
        free(workspace->scores);
        free(workspace->sums);
    }
    free(workspace);
}

/* Versions for processors with AVX-512, or AVX2 and FMA, chosen when the program is loaded. */
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__)
#define VECTORIZED __attribute__((target_clones("avx512f", "arch=x86-64-v3", "default")))
#else
#define VECTORIZED
#endif

/* Subtracts the largest from z[n]. */
VECTORIZED static void subtract_largest(double *z, size_t n)
{
    double top = -INFINITY;
#pragma omp simd reduction(max : top)
    for (size_t i = 0; i < n; i++)
        top = z[i] > top ? z[i] : top;
#pragma omp simd
    for (size_t i = 0; i < n; i++)
        z[i] -= top;
}

/* -sum w log w of the normalized weights w = e^z / total: log total - sum e^z z / total. */
static double weights_entropy(const double *weight, size_t n, double total)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        if (weight[i] > 0)
            sum += weight[i] * log(weight[i]);
    return fmax(log(total) - sum / total, 0);
}

static void posterior_block(const struct dvar_points *points, struct dvar_workspace *w, double ab, double bb2,
                            size_t m, const double *xt, double *mean, double *trace, double *entropy)
{
    size_t n = points->n, d = points->d, width = w->width;
    for (size_t i = 0; i < m; i++) {
        for (size_t j = 0; j < d; j++)
            w->query[i * width + j] = ab / bb2 * xt[i * d + j];
        w->query[i * width + d] = -0.5 * ab * ab / bb2;
        w->query[i * width + d + 1] = 0;
    }
    linalg_gemm('N', 'T', m, n, width, 1, w->query, w->extended, 0, w->scores);
    for (size_t i = 0; i < m; i++) {
        subtract_largest(w->scores + i * n, n);
        softmax_exp(w->scores + i * n, n);
    }
    linalg_gemm('N', 'N', m, width, n, 1, w->scores, w->extended, 0, w->sums);
    for (size_t i = 0; i < m; i++) {
        const double *sums = w->sums + i * width;
        double total = sums[d + 1], norm2 = 0;
        for (size_t j = 0; j < d; j++) {
            mean[i * d + j] = sums[j] / total;
            norm2 += mean[i * d + j] * mean[i * d + j];
        }
        if (trace)
            trace[i] = fmax(sums[d] / total - norm2, 0);
        if (entropy)
            entropy[i] = weights_entropy(w->scores + i * n, n, total);
    }
}

void dvar_points_posterior(const struct dvar_points *points, struct dvar_workspace *workspace, double ab,
                           double bb2, size_t m, const double *xt, double *mean, double *trace,
                           double *entropy)
{
    for (size_t i = 0; i < m; i += workspace->block) {
        size_t rows = m - i < workspace->block ? m - i : workspace->block;
        posterior_block(points, workspace, ab, bb2, rows, xt + i * points->d, mean + i * points->d,
                        trace ? trace + i : NULL, entropy ? entropy + i : NULL);
    }
}

void dvar_points_draw(const struct dvar_points *points, gsl_rng *rng, double ab, double bb2, size_t m,
                      double *x0, double *e, double *xt)
{
    size_t d = points->d;
    double bb = sqrt(bb2);
    for (size_t i = 0; i < m; i++) {
        size_t pick = (size_t)(gsl_rng_uniform(rng) * (double)points->n);
        memcpy(x0 + i * d, points->x + pick * d, d * sizeof *x0);
    }
    rng_normals(rng, e, m * d);
    for (size_t i = 0; i < m * d; i++)
        xt[i] = ab * x0[i] + bb * e[i];
}
