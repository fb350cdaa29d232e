#include "projection.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <cblas.h>

#include "base.h"
#include "rng.h"

enum {
    TILE = 256,                /* points a side of a tile of the Gram matrix: 512 KiB, which stays in cache */
    BLOCK_BYTES = 8 << 20      /* of the random matrix drawn at a time */
};

/* |x_i - x_j|^2 below this part of |x_i|^2 + |x_j|^2 is not taken from inner products */
static const double CLOSE = 1e-8;

enum projection_kind projection_kind_of(const char *name)
{
    static const char *const names[] = {"gauss", "sign", "sparse", "srht"};
    for (int i = 0; i < 4; i++)
        if (!strcmp(name, names[i]))
            return (enum projection_kind)i;
    base_die(BASE_RUN_FAILED, "no projection '%s'", name);
}

static size_t power_of_two(size_t m)
{
    size_t p = 1;
    while (p < m)
        p *= 2;
    return p;
}

size_t projection_dim_max(enum projection_kind kind, size_t m)
{
    return kind == PROJECTION_SRHT ? power_of_two(m) : 0;
}

/* ---- point sets ---- */

static double squared_distance(const double *a, const double *b, size_t m)
{
    double sum = 0;
    for (size_t k = 0; k < m; k++)
        sum += (a[k] - b[k]) * (a[k] - b[k]);
    return sum;
}

static size_t smaller(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* tile[i][j] = <y_(i0+i), y_(j0+j)> for the tile of points i0.., j0..; rows of TILE numbers. */
static void gram_tile(const double *y, size_t n, size_t d, size_t i0, size_t j0, double *tile)
{
    int rows = (int)smaller(TILE, n - i0), columns = (int)smaller(TILE, n - j0), width = (int)d;
    if (i0 == j0)
        cblas_dsyrk(CblasRowMajor, CblasLower, CblasNoTrans, rows, width, 1, y + i0 * d, width, 0, tile,
                    TILE);
    else
        cblas_dgemm(CblasRowMajor, CblasNoTrans, CblasTrans, rows, columns, width, 1, y + i0 * d, width,
                    y + j0 * d, width, 0, tile, TILE);
}

/* The first pair (i, 0) of row i in the order of distance2. */
static size_t pair_row(size_t i)
{
    return i * (i - 1) / 2;
}

static void measure_distances(struct projection_points *p)
{
    double *tile = base_alloc((size_t)TILE * TILE, sizeof *tile);
    for (size_t i = 0; i < p->n; i++)
        p->norm2[i] = cblas_ddot((int)p->m, p->x + i * p->m, 1, p->x + i * p->m, 1);
    for (size_t i0 = 0; i0 < p->n; i0 += TILE)
        for (size_t j0 = 0; j0 <= i0; j0 += TILE) {
            gram_tile(p->x, p->n, p->m, i0, j0, tile);
            for (size_t i = i0; i < smaller(i0 + TILE, p->n); i++)
                for (size_t j = j0; j < smaller(j0 + TILE, i); j++) {
                    double sum = p->norm2[i] + p->norm2[j];
                    double square = sum - 2 * tile[(i - i0) * TILE + (j - j0)];
                    if (square < CLOSE * sum)
                        square = squared_distance(p->x + i * p->m, p->x + j * p->m, p->m);
                    p->distance2[pair_row(i) + j] = square;
                    p->equal += square == 0;
                }
        }
    free(tile);
}

/* The points by their entries, when at most one in sixteen is not zero. */
static void find_sparsity(struct projection_points *p)
{
    size_t entries = 0;
    for (size_t k = 0; k < p->n * p->m; k++)
        entries += p->x[k] != 0;
    if (entries > p->n * p->m / 16)
        return;
    p->start = base_alloc(p->n + 1, sizeof *p->start);
    p->column = base_alloc(entries, sizeof *p->column);
    p->entry = base_alloc(entries, sizeof *p->entry);
    entries = 0;
    for (size_t i = 0; i < p->n; i++) {
        for (size_t k = 0; k < p->m; k++)
            if (p->x[i * p->m + k] != 0) {
                p->column[entries] = k;
                p->entry[entries++] = p->x[i * p->m + k];
            }
        p->start[i + 1] = entries;
    }
}

struct projection_points *projection_points_of(double *x, size_t n, size_t m)
{
    struct projection_points *p = base_alloc(1, sizeof *p);
    *p = (struct projection_points){.n = n, .m = m, .x = x, .norm2 = base_alloc(n, sizeof *p->norm2),
                                    .distance2 = base_alloc(pair_row(n), sizeof *p->distance2)};
    measure_distances(p);
    find_sparsity(p);
    return p;
}

struct projection_points *projection_simplex(size_t n)
{
    struct projection_points *p = base_alloc(1, sizeof *p);
    *p = (struct projection_points){.n = n, .m = n};
    return p;
}

void projection_points_free(struct projection_points *p)
{
    if (p) {
        free(p->x);
        free(p->start);
        free(p->column);
        free(p->entry);
        free(p->norm2);
        free(p->distance2);
    }
    free(p);
}

/* ---- matrices ---- */

/* Fills a[0..count-1] with independent entries of mean 0 and variance 1. */
static void draw_entries(enum projection_kind kind, gsl_rng *rng, double *a, size_t count)
{
    if (kind == PROJECTION_GAUSS) {
        rng_normals(rng, a, count);
    } else if (kind == PROJECTION_SIGN) {
        for (size_t i = 0; i < count; i += 32) {
            unsigned long bits = gsl_rng_get(rng);
            for (size_t k = i; k < smaller(i + 32, count); k++, bits >>= 1)
                a[k] = bits & 1 ? 1 : -1;
        }
    } else {
        const unsigned long sixth = 715827883; /* 2^32/6, to 1e-10 */
        const double root = sqrt(3);
        for (size_t i = 0; i < count; i++) {
            unsigned long bits = gsl_rng_get(rng);
            a[i] = bits < sixth ? root : bits < 2 * sixth ? -root : 0;
        }
    }
}

void projection_hadamard(double *x, size_t m)
{
    for (size_t half = 1; half < m; half *= 2)
        for (size_t i = 0; i < m; i += 2 * half)
            for (size_t k = i; k < i + half; k++) {
                double a = x[k], b = x[k + half];
                x[k] = a + b;
                x[k + half] = a - b;
            }
}

void projection_choose(size_t *pool, size_t m, size_t k, gsl_rng *rng)
{
    for (size_t i = 0; i < m; i++)
        pool[i] = i;
    for (size_t i = 0; i < k; i++) {
        size_t j = i + gsl_rng_uniform_int(rng, m - i), drawn = pool[j];
        pool[j] = pool[i];
        pool[i] = drawn;
    }
}

static void apply_srht(const struct projection_points *p, size_t d, double scale, gsl_rng *rng, double *y)
{
    size_t m = power_of_two(p->m);
    double *sign = base_alloc(m, sizeof *sign), *z = base_alloc(m, sizeof *z);
    size_t *row = base_alloc(m, sizeof *row);
    draw_entries(PROJECTION_SIGN, rng, sign, m);
    projection_choose(row, m, d, rng);
    for (size_t i = 0; i < p->n; i++) {
        memset(z, 0, m * sizeof *z);
        if (!p->x)
            z[i] = sign[i];
        for (size_t k = 0; p->x && k < p->m; k++)
            z[k] = sign[k] * p->x[i * p->m + k];
        projection_hadamard(z, m);
        for (size_t k = 0; k < d; k++)
            y[i * d + k] = z[row[k]] / sqrt(scale);
    }
    free(sign);
    free(z);
    free(row);
}

/* y_i = sum of the rows of A^T at the entries of x_i. Coordinates that no point has are not drawn: their rows
 * of A^T would not be used. */
static void apply_sparse_points(const struct projection_points *p, enum projection_kind kind, size_t d,
                                double scale, gsl_rng *rng, double *y)
{
    size_t *slot = base_alloc(p->m, sizeof *slot), used = 0;
    for (size_t k = 0; k < p->start[p->n]; k++)
        if (!slot[p->column[k]])
            slot[p->column[k]] = ++used;
    double *a = base_alloc(used * d, sizeof *a);
    draw_entries(kind, rng, a, used * d);
    memset(y, 0, p->n * d * sizeof *y);
    for (size_t i = 0; i < p->n; i++)
        for (size_t k = p->start[i]; k < p->start[i + 1]; k++)
            cblas_daxpy((int)d, p->entry[k] / sqrt(scale), a + (slot[p->column[k]] - 1) * d, 1, y + i * d, 1);
    free(a);
    free(slot);
}

void projection_apply(const struct projection_points *p, enum projection_kind kind, size_t d, double scale,
                      gsl_rng *rng, double *y)
{
    if (kind == PROJECTION_SRHT) {
        apply_srht(p, d, scale, rng, y);
    } else if (!p->x) { /* the columns of A */
        draw_entries(kind, rng, y, p->n * d);
        for (size_t k = 0; k < p->n * d; k++)
            y[k] /= sqrt(scale);
    } else if (p->entry) {
        apply_sparse_points(p, kind, d, scale, rng, y);
    } else {
        size_t block = BLOCK_BYTES / sizeof(double) / p->m + 1;
        double *a = base_alloc(smaller(block, d) * p->m, sizeof *a);
        for (size_t k = 0; k < d; k += block) {
            size_t rows = smaller(block, d - k);
            draw_entries(kind, rng, a, rows * p->m);
            cblas_dgemm(CblasRowMajor, CblasNoTrans, CblasTrans, (int)p->n, (int)rows, (int)p->m,
                        1 / sqrt(scale), p->x, (int)p->m, a, (int)p->m, 0, y + k, (int)d);
        }
        free(a);
    }
}

/* ---- errors ---- */

struct scan {
    double distortion, inner, square;
    size_t failing;
};

/* One row of a tile: pairs (i, j0), ..., (i, j1 - 1) of y; tile[j - j0] holds their inner products. */
static void scan_row(const struct projection_points *p, const double *y, const double *y2, size_t d,
                     double eps, size_t i, size_t j0, size_t j1, const double *tile, struct scan *s)
{
    const double *distance2 = p->distance2 ? p->distance2 + pair_row(i) : NULL;
    for (size_t j = j0; j < j1; j++) {
        double norms = p->norm2 ? p->norm2[i] + p->norm2[j] : 2, source = distance2 ? distance2[j] : 2;
        double inner =
            fabs(tile[j - j0] - (norms - source) / 2) / (p->norm2 ? sqrt(p->norm2[i] * p->norm2[j]) : 1);
        s->inner = inner > s->inner ? inner : s->inner; /* NaN beside a zero vector: not counted */
        if (source == 0)
            continue;
        double image = y2[i] + y2[j] - 2 * tile[j - j0];
        if (source < CLOSE * norms)
            image = squared_distance(y + i * d, y + j * d, d);
        double error = fabs(image / source - 1);
        s->distortion = fmax(s->distortion, error);
        s->square += error * error;
        s->failing += error > eps;
    }
}

struct projection_errors projection_measure(const struct projection_points *p, const double *y, size_t d,
                                            double eps)
{
    double *tile = base_alloc((size_t)TILE * TILE, sizeof *tile), *y2 = base_alloc(p->n, sizeof *y2);
    struct scan total = {0};
    for (size_t i = 0; i < p->n; i++)
        y2[i] = cblas_ddot((int)d, y + i * d, 1, y + i * d, 1);
    for (size_t i0 = 0; i0 < p->n; i0 += TILE)
        for (size_t j0 = 0; j0 <= i0; j0 += TILE) {
            gram_tile(y, p->n, d, i0, j0, tile);
            for (size_t i = i0; i < smaller(i0 + TILE, p->n); i++)
                scan_row(p, y, y2, d, eps, i, j0, smaller(j0 + TILE, i), tile + (i - i0) * TILE, &total);
        }
    free(tile);
    free(y2);
    struct projection_errors errors = {.distortion = total.distortion,
                                       .inner = total.inner,
                                       .failing = total.failing,
                                       .pairs = p->n * (p->n - 1) / 2 - p->equal};
    errors.square = total.square / (double)errors.pairs;
    return errors;
}
