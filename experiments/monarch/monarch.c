#include "monarch.h"

#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <cblas.h>
#include <gsl/gsl_math.h>
#include <lapacke.h>

#include "base.h"
#include "linalg.h"
#include "rng.h"

static size_t square(size_t n)
{
    return n * n;
}

static int to_int(size_t n)
{
    if (n > INT_MAX)
        base_die(BASE_RUN_FAILED, "monarch: a side of %zu is beyond the range of BLAS (%d)", n, INT_MAX);
    return (int)n;
}

struct monarch *monarch_alloc(size_t n, size_t b)
{
    if (b == 0 || n % b)
        base_die(BASE_RUN_FAILED, "monarch: b = %zu does not divide n = %zu", b, n);
    struct monarch *m = base_alloc(1, sizeof *m);
    m->n = n, m->b = b, m->c = n / b;
    m->l = base_alloc(n * m->c, sizeof *m->l);
    m->r = base_alloc(n * m->b, sizeof *m->r);
    return m;
}

void monarch_free(struct monarch *m)
{
    if (!m)
        return;
    free(m->l);
    free(m->r);
    free(m);
}

void monarch_draw(struct monarch *m, gsl_rng *rng)
{
    rng_normals(rng, m->l, m->n * m->c);
    rng_normals(rng, m->r, m->n * m->b);
}

void monarch_permutation(size_t rows, size_t columns, size_t *from)
{
    /* output (j, i) of the transposed shape is input (i, j) */
    for (size_t i = 0; i < rows; i++)
        for (size_t j = 0; j < columns; j++)
            from[j * rows + i] = i * columns + j;
}

void monarch_dense(const struct monarch *m, double *a)
{
    size_t b = m->b, c = m->c;
    for (size_t i = 0; i < c; i++)
        for (size_t j = 0; j < b; j++)
            for (size_t k = 0; k < c; k++) {
                double l = m->l[(j * c + i) * c + k];
                for (size_t t = 0; t < b; t++)
                    a[(i * b + j) * m->n + k * b + t] = l * m->r[(k * b + j) * b + t];
            }
}

static void permutation_dense(size_t rows, size_t columns, double *a)
{
    size_t n = rows * columns, *from = base_alloc(n, sizeof *from);
    monarch_permutation(rows, columns, from);
    memset(a, 0, n * n * sizeof *a);
    for (size_t i = 0; i < n; i++)
        a[i * n + from[i]] = 1;
    free(from);
}

static void diagonal_dense(size_t n, size_t size, const double *blocks, double *a)
{
    memset(a, 0, n * n * sizeof *a);
    for (size_t k = 0; k < n / size; k++)
        for (size_t i = 0; i < size; i++)
            memcpy(a + (k * size + i) * n + k * size, blocks + (k * size + i) * size, size * sizeof *a);
}

void monarch_dense_product(const struct monarch *m, int permutations, double *a)
{
    size_t n = m->n;
    double *p = base_alloc(n * n, sizeof *p), *d = base_alloc(n * n, sizeof *d),
           *t = base_alloc(n * n, sizeof *t);
    permutation_dense(m->c, m->b, p);
    diagonal_dense(n, m->b, m->r, d);
    linalg_gemm('N', 'N', n, n, n, 1, p, d, 0, t);
    diagonal_dense(n, m->c, m->l, d);
    linalg_gemm('N', 'N', n, n, n, 1, d, t, 0, a);
    if (permutations > 1) {
        permutation_dense(m->b, m->c, p);
        memcpy(t, a, n * n * sizeof *a);
        linalg_gemm('N', 'N', n, n, n, 1, p, t, 0, a);
    }
    free(p);
    free(d);
    free(t);
}

size_t monarch_parameters(size_t n, size_t b)
{
    return n * (n / b + b);
}

size_t monarch_dimension(size_t n, size_t b)
{
    return n * (n / b + b - 1);
}

double monarch_equal_rank(size_t n, double dimension)
{
    double side = (double)n, rest = side * side - dimension;
    return rest <= 0 ? side : dimension / (side + sqrt(rest));
}

/* ---- products ---- */

size_t monarch_apply_plain(const struct monarch *m, const double *x, double *y)
{
    size_t b = m->b, c = m->c, count = 0;
    double *middle = base_alloc(m->n, sizeof *middle);
    for (size_t k = 0; k < c; k++)
        for (size_t j = 0; j < b; j++)
            for (size_t l = 0; l < b; l++, count++)
                middle[k * b + j] += m->r[(k * b + j) * b + l] * x[k * b + l];
    for (size_t i = 0; i < c; i++)
        for (size_t j = 0; j < b; j++) {
            y[i * b + j] = 0;
            for (size_t k = 0; k < c; k++, count++)
                y[i * b + j] += m->l[(j * c + i) * c + k] * middle[k * b + j];
        }
    free(middle);
    return count;
}

void monarch_apply_batch(const struct monarch *m, size_t batch, const double *x, double *y, double *work)
{
    int b = to_int(m->b), c = to_int(m->c), w = to_int(batch), stride = to_int(m->b * batch);
    if (batch == 0)
        return;
    for (size_t k = 0; k < m->c; k++)
        cblas_dgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, b, w, b, 1, m->r + k * square(m->b), b,
                    x + k * m->b * batch, w, 0, work + k * m->b * batch, w);
    /* rows j, b + j, 2 b + j, ... of the middle make one operand of the second stage, and one of its results
     */
    for (size_t j = 0; j < m->b; j++)
        cblas_dgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, c, w, c, 1, m->l + j * square(m->c), c,
                    work + j * batch, stride, 0, y + j * batch, stride);
}

struct monarch_packed *monarch_pack(const struct monarch *m)
{
    size_t b = m->b, c = m->c;
    struct monarch_packed *p = base_alloc(1, sizeof *p);
    p->n = m->n, p->b = b, p->c = c;
    p->l = base_alloc(m->n * c, sizeof *p->l);
    p->r = base_alloc(m->n * b, sizeof *p->r);
    for (size_t j = 0; j < b; j++)
        for (size_t i = 0; i < c; i++)
            for (size_t k = 0; k < c; k++)
                p->l[(i * c + k) * b + j] = m->l[(j * c + i) * c + k];
    for (size_t k = 0; k < c; k++)
        for (size_t j = 0; j < b; j++)
            for (size_t l = 0; l < b; l++)
                p->r[(k * b + l) * b + j] = m->r[(k * b + j) * b + l];
    return p;
}

void monarch_packed_free(struct monarch_packed *p)
{
    if (!p)
        return;
    free(p->l);
    free(p->r);
    free(p);
}

/* Eight columns j: one register of 512 bits, two of 256. */
typedef double eight __attribute__((vector_size(64), aligned(8), may_alias));

/* For t < 8: y[t] = sum over k < count of a[k b + t] x[k], or, unless `spread`, of a[k b + t] x[k b + t].
 * Four sums run side by side, since each waits for its own last addition. */
static inline __attribute__((always_inline)) void strip_eight(size_t b, size_t count, const double *a,
                                                              const double *x, int spread, double *y)
{
    eight sum0 = {0}, sum1 = {0}, sum2 = {0}, sum3 = {0};
    size_t k = 0, step = spread ? 1 : b;
    for (; k + 4 <= count; k += 4, a += 4 * b, x += 4 * step) {
        if (spread) {
            sum0 += *(const eight *)a * x[0];
            sum1 += *(const eight *)(a + b) * x[1];
            sum2 += *(const eight *)(a + 2 * b) * x[2];
            sum3 += *(const eight *)(a + 3 * b) * x[3];
        } else {
            sum0 += *(const eight *)a * *(const eight *)x;
            sum1 += *(const eight *)(a + b) * *(const eight *)(x + b);
            sum2 += *(const eight *)(a + 2 * b) * *(const eight *)(x + 2 * b);
            sum3 += *(const eight *)(a + 3 * b) * *(const eight *)(x + 3 * b);
        }
    }
    for (; k < count; k++, a += b, x += step) {
        if (spread)
            sum0 += *(const eight *)a * *x;
        else
            sum0 += *(const eight *)a * *(const eight *)x;
    }
    *(eight *)y = (sum0 + sum1) + (sum2 + sum3);
}

/* The same for the `rest` < 8 last columns. */
static inline __attribute__((always_inline)) void strip_rest(size_t rest, size_t b, size_t count,
                                                             const double *a, const double *x, int spread,
                                                             double *y)
{
    double sum[8] = {0};
    for (size_t k = 0; k < count; k++)
        for (size_t t = 0; t < rest; t++)
            sum[t] += a[k * b + t] * x[spread ? k : k * b + t];
    memcpy(y, sum, rest * sizeof *y);
}

/* y[b] = sum over l of r[l][.] x[l]; the columns of a block run along j. */
__attribute__((optimize("O3"), target_clones("avx512f", "arch=haswell", "default"))) static void columns_sum(
    size_t b, size_t count, const double *r, const double *x, double *y)
{
    size_t j = 0;
    for (; j + 8 <= b; j += 8)
        strip_eight(b, count, r + j, x, 1, y + j);
    if (j < b)
        strip_rest(b - j, b, count, r + j, x, 1, y + j);
}

/* y[b] = sum over k of l[k][.] middle[k][.]. */
__attribute__((optimize("O3"), target_clones("avx512f", "arch=haswell", "default"))) static void
products_sum(size_t b, size_t count, const double *l, const double *middle, double *y)
{
    size_t j = 0;
    for (; j + 8 <= b; j += 8)
        strip_eight(b, count, l + j, middle + j, 0, y + j);
    if (j < b)
        strip_rest(b - j, b, count, l + j, middle + j, 0, y + j);
}

void monarch_apply(const struct monarch_packed *p, const double *x, double *y, double *work)
{
    size_t b = p->b, c = p->c;
    for (size_t k = 0; k < c; k++)
        columns_sum(b, b, p->r + k * b * b, x + k * b, work + k * b);
    for (size_t i = 0; i < c; i++)
        products_sum(b, c, p->l + i * c * b, work, y + i * b);
}

/* ---- inverse and determinant ---- */

struct monarch_factors {
    size_t n, b, c;
    double *l, *r;             /* LU of the transposed blocks */
    lapack_int *l_row, *r_row; /* [b][c], [c][b] */
};

/* LU of the `count` blocks of `size` x `size`, each read by columns, which is its transpose. */
static int factor_blocks(size_t count, size_t size, double *blocks, lapack_int *rows)
{
    for (size_t k = 0; k < count; k++) {
        int info = LAPACKE_dgetrf_work(LAPACK_COL_MAJOR, to_int(size), to_int(size),
                                       blocks + k * size * size, to_int(size), rows + k * size);
        if (info < 0)
            base_die(BASE_RUN_FAILED, "monarch: LAPACK info %d of dgetrf", info);
        if (info > 0)
            return -1;
    }
    return 0;
}

struct monarch_factors *monarch_factor(const struct monarch *m)
{
    struct monarch_factors *f = base_alloc(1, sizeof *f);
    f->n = m->n, f->b = m->b, f->c = m->c;
    f->l = base_alloc(m->n * m->c, sizeof *f->l);
    f->r = base_alloc(m->n * m->b, sizeof *f->r);
    f->l_row = base_alloc(m->n, sizeof *f->l_row);
    f->r_row = base_alloc(m->n, sizeof *f->r_row);
    memcpy(f->l, m->l, m->n * m->c * sizeof *f->l);
    memcpy(f->r, m->r, m->n * m->b * sizeof *f->r);
    if (factor_blocks(m->b, m->c, f->l, f->l_row) || factor_blocks(m->c, m->b, f->r, f->r_row)) {
        monarch_factors_free(f);
        return NULL;
    }
    return f;
}

void monarch_factors_free(struct monarch_factors *f)
{
    if (!f)
        return;
    free(f->l);
    free(f->r);
    free(f->l_row);
    free(f->r_row);
    free(f);
}

static void solve_block(size_t size, const double *lu, const lapack_int *rows, double *x)
{
    int info =
        LAPACKE_dgetrs_work(LAPACK_COL_MAJOR, 'T', to_int(size), 1, lu, to_int(size), rows, x, to_int(size));
    if (info)
        base_die(BASE_RUN_FAILED, "monarch: LAPACK info %d of dgetrs", info);
}

void monarch_solve(const struct monarch_factors *f, const double *y, double *x, double *work)
{
    size_t b = f->b, c = f->c;
    for (size_t j = 0; j < b; j++)
        for (size_t i = 0; i < c; i++)
            work[j * c + i] = y[i * b + j];
    for (size_t j = 0; j < b; j++)
        solve_block(c, f->l + j * c * c, f->l_row + j * c, work + j * c);
    for (size_t k = 0; k < c; k++)
        for (size_t j = 0; j < b; j++)
            x[k * b + j] = work[j * c + k];
    for (size_t k = 0; k < c; k++)
        solve_block(b, f->r + k * b * b, f->r_row + k * b, x + k * b);
}

static double log_blocks(size_t count, size_t size, const double *blocks, const lapack_int *rows, int *sign)
{
    double sum = 0;
    for (size_t k = 0; k < count; k++)
        for (size_t i = 0; i < size; i++) {
            double d = blocks[(k * size + i) * size + i];
            sum += log(fabs(d));
            if ((d < 0) != (rows[k * size + i] != (lapack_int)i + 1))
                *sign = -*sign;
        }
    return sum;
}

double monarch_log_determinant(const struct monarch_factors *f, int *sign)
{
    *sign = 1;
    double l = log_blocks(f->b, f->c, f->l, f->l_row, sign);
    return l + log_blocks(f->c, f->b, f->r, f->r_row, sign);
}

/* Inverses of `count` blocks of `size` x `size`. */
static int invert_blocks(size_t count, size_t size, const double *blocks, double *inverse)
{
    for (size_t k = 0; k < count; k++) {
        double *x = inverse + k * size * size;
        for (size_t i = 0; i < size; i++)
            x[i * size + i] = 1;
        if (linalg_solve(size, size, blocks + k * size * size, x))
            return -1;
    }
    return 0;
}

int monarch_inverse(const struct monarch *m, int swapped, double *a)
{
    size_t n = m->n, b = m->b, c = m->c;
    double *l = base_alloc(n * c, sizeof *l), *r = base_alloc(n * b, sizeof *r);
    int status = invert_blocks(b, c, m->l, l) || invert_blocks(c, b, m->r, r) ? -1 : 0;
    if (swapped) {
        if (b != c)
            base_die(BASE_RUN_FAILED, "monarch: factors of b = %zu and c = %zu cannot be exchanged", b, c);
        double *t = l;
        l = r, r = t;
    }
    for (size_t k = 0; k < c; k++)
        for (size_t t = 0; t < b; t++)
            for (size_t i = 0; i < c; i++)
                for (size_t j = 0; j < b; j++)
                    a[(k * b + t) * n + i * b + j] = r[(k * b + t) * b + j] * l[(j * c + k) * c + i];
    free(l);
    free(r);
    return status;
}

static double condition_blocks(size_t count, size_t size, const double *blocks)
{
    double most = 0, least = INFINITY, *s = base_alloc(size, sizeof *s);
    for (size_t k = 0; k < count; k++) {
        linalg_svd(size, size, blocks + k * size * size, s, NULL, NULL);
        most = fmax(most, s[0]);
        least = fmin(least, s[size - 1]);
    }
    free(s);
    return most / least;
}

double monarch_condition(const struct monarch *m)
{
    return condition_blocks(m->b, m->c, m->l) * condition_blocks(m->c, m->b, m->r);
}

/* ---- projection ---- */

/* The slice (j,k), c x b. */
static void slice_gather(size_t n, size_t b, const double *a, size_t j, size_t k, double *slice)
{
    for (size_t i = 0; i < n / b; i++)
        memcpy(slice + i * b, a + (i * b + j) * n + k * b, b * sizeof *slice);
}

/* The contiguous block (i,k), b x b. */
static void block_gather(size_t n, size_t b, const double *a, size_t i, size_t k, double *slice)
{
    for (size_t j = 0; j < b; j++)
        memcpy(slice + j * b, a + (i * b + j) * n + k * b, b * sizeof *slice);
}

static void slice_put(struct monarch *m, size_t j, size_t k, double sigma, const double *u, const double *v,
                      size_t u_stride)
{
    double scale = sqrt(sigma);
    for (size_t i = 0; i < m->c; i++)
        m->l[(j * m->c + i) * m->c + k] = scale * u[i * u_stride];
    for (size_t l = 0; l < m->b; l++)
        m->r[(k * m->b + j) * m->b + l] = scale * v[l];
}

struct slice_work {
    double *slice, *s, *u, *vt; /* c x b, min, c x min, min x b */
};

static struct slice_work slice_alloc(size_t b, size_t c)
{
    size_t least = b < c ? b : c;
    return (struct slice_work){base_alloc(b * c, sizeof(double)), base_alloc(least, sizeof(double)),
                               base_alloc(c * least, sizeof(double)), base_alloc(b * least, sizeof(double))};
}

static void slice_free(struct slice_work *w)
{
    free(w->slice);
    free(w->s);
    free(w->u);
    free(w->vt);
}

/* The leading triple of the slice by SVD into the factors; the rest of its energy. */
static double slice_project(struct slice_work *w, struct monarch *m, size_t j, size_t k)
{
    size_t least = m->b < m->c ? m->b : m->c;
    double rest = 0;
    linalg_svd(m->c, m->b, w->slice, w->s, w->u, w->vt);
    for (size_t t = least; t-- > 1;)
        rest += w->s[t] * w->s[t];
    slice_put(m, j, k, w->s[0], w->u, w->vt, least);
    return rest;
}

double monarch_project(size_t n, size_t b, const double *a, struct monarch *m)
{
    struct slice_work w = slice_alloc(b, n / b);
    double residual = 0;
    for (size_t j = 0; j < b; j++)
        for (size_t k = 0; k < n / b; k++) {
            slice_gather(n, b, a, j, k, w.slice);
            residual += slice_project(&w, m, j, k);
        }
    slice_free(&w);
    return residual;
}

/* Power iteration on G = S S^T (c x c) or S^T S, the smaller one: the norm of G x grows to sigma^2. */
static size_t slice_power(size_t side, const double *g, double *x, double *y, double tolerance, size_t limit)
{
    /* start from a vector without zeros: one column of G would miss leading vectors on other coordinates,
     * when the slice falls into parts without common rows and columns */
    for (size_t i = 0; i < side; i++)
        y[i] = 0.5 + fmod((double)i * 0.6180339887498949, 1);
    cblas_dsymv(CblasRowMajor, CblasLower, to_int(side), 1, g, to_int(side), y, 1, 0, x, 1);
    double norm = cblas_dnrm2(to_int(side), x, 1), last = 0;
    if (!(norm > 0))
        return 0;
    for (size_t i = 0; i < side; i++)
        x[i] /= norm;
    for (size_t step = 1; step <= limit; step++) {
        cblas_dsymv(CblasRowMajor, CblasLower, to_int(side), 1, g, to_int(side), x, 1, 0, y, 1);
        norm = cblas_dnrm2(to_int(side), y, 1);
        if (!(norm > 0))
            return 0;
        for (size_t i = 0; i < side; i++)
            x[i] = y[i] / norm;
        if (fabs(norm - last) <= tolerance * norm)
            return step;
        last = norm;
    }
    return limit + 1;
}

size_t monarch_project_power(size_t n, size_t b, const double *a, double tolerance, size_t limit,
                             struct monarch *m, double *residual)
{
    size_t c = n / b, side = b < c ? b : c, steps = 0;
    struct slice_work w = slice_alloc(b, c);
    double *g = base_alloc(side * side, sizeof *g), *x = base_alloc(side, sizeof *x),
           *y = base_alloc(b > c ? b : c, sizeof *y), rest = 0;
    int ib = to_int(b), ic = to_int(c);
    for (size_t j = 0; j < b; j++)
        for (size_t k = 0; k < c; k++) {
            slice_gather(n, b, a, j, k, w.slice);
            cblas_dsyrk(CblasRowMajor, CblasLower, c <= b ? CblasNoTrans : CblasTrans, to_int(side),
                        c <= b ? ib : ic, 1, w.slice, ib, 0, g, to_int(side));
            for (size_t i = 0; i < side; i++)
                for (size_t t = 0; t < i; t++)
                    g[t * side + i] = g[i * side + t];
            size_t used = slice_power(side, g, x, y, tolerance, limit);
            steps += used > limit ? limit : used;
            if (used > limit) {
                rest += slice_project(&w, m, j, k);
                continue;
            }
            /* one half step gives the other vector and sigma */
            cblas_dgemv(CblasRowMajor, c <= b ? CblasTrans : CblasNoTrans, ic, ib, 1, w.slice, ib, x, 1, 0,
                        y, 1);
            double sigma = used ? cblas_dnrm2(c <= b ? ib : ic, y, 1) : 0;
            for (size_t i = 0; i < (c <= b ? b : c); i++)
                y[i] = sigma > 0 ? y[i] / sigma : 0;
            if (used == 0)
                memset(x, 0, side * sizeof *x);
            slice_put(m, j, k, sigma, c <= b ? x : y, c <= b ? y : x, 1);
            rest += fmax(0, monarch_energy(b * c, w.slice, NULL) - sigma * sigma);
        }
    slice_free(&w);
    free(g);
    free(x);
    free(y);
    if (residual)
        *residual = rest;
    return steps;
}

/* Squares of the singular values of a rows x columns matrix, ascending; `least` of them. A complex one goes
 * as the real matrix [[re, -im], [im, re]], which has each of them twice. */
static void squares_of(size_t rows, size_t columns, const double *re, const double *im, double *values)
{
    size_t least = rows < columns ? rows : columns;
    if (!im) {
        double *s = base_alloc(least, sizeof *s);
        linalg_svd(rows, columns, re, s, NULL, NULL);
        for (size_t t = 0; t < least; t++)
            values[t] = s[least - 1 - t] * s[least - 1 - t];
        free(s);
        return;
    }
    double *both = base_alloc(4 * rows * columns, sizeof *both), *s = base_alloc(2 * least, sizeof *s);
    for (size_t i = 0; i < rows; i++)
        for (size_t j = 0; j < columns; j++) {
            both[i * 2 * columns + j] = both[(rows + i) * 2 * columns + columns + j] = re[i * columns + j];
            both[(rows + i) * 2 * columns + j] = im[i * columns + j];
            both[i * 2 * columns + columns + j] = -im[i * columns + j];
        }
    linalg_svd(2 * rows, 2 * columns, both, s, NULL, NULL);
    for (size_t t = 0; t < least; t++)
        values[t] = s[2 * (least - 1 - t)] * s[2 * (least - 1 - t)];
    free(both);
    free(s);
}

double monarch_residual(size_t n, size_t b, const double *re, const double *im, enum monarch_gather gather)
{
    size_t c = n / b, outer = gather == MONARCH_SLICES ? b : c, rows = gather == MONARCH_SLICES ? c : b;
    size_t least = rows < b ? rows : b;
    double *slice_re = base_alloc(rows * b, sizeof *slice_re), *values = base_alloc(least, sizeof *values);
    double *slice_im = im ? base_alloc(rows * b, sizeof *slice_im) : NULL, residual = 0;
    void (*take)(size_t, size_t, const double *, size_t, size_t, double *) =
        gather == MONARCH_SLICES ? slice_gather : block_gather;
    for (size_t j = 0; j < outer; j++)
        for (size_t k = 0; k < c; k++) {
            take(n, b, re, j, k, slice_re);
            if (im)
                take(n, b, im, j, k, slice_im);
            squares_of(rows, b, slice_re, slice_im, values);
            for (size_t t = 0; t + 1 < least; t++)
                residual += values[t];
        }
    free(slice_re);
    free(slice_im);
    free(values);
    return residual;
}

/* The largest eigenvalue of the Gram matrix of the shorter side; g[side^2], w[side], work[2 side + 1]. */
static double leading(size_t rows, size_t columns, const double *a, double *g, double *w, double *work)
{
    size_t side = rows < columns ? rows : columns;
    lapack_int one[1];
    int s = to_int(side);
    cblas_dsyrk(CblasRowMajor, CblasLower, rows <= columns ? CblasNoTrans : CblasTrans, s,
                to_int(rows <= columns ? columns : rows), 1, a, to_int(columns), 0, g, s);
    /* our lower triangle is the upper one by columns */
    int info =
        LAPACKE_dsyevd_work(LAPACK_COL_MAJOR, 'N', 'U', s, g, s, w, work, to_int(2 * side + 1), one, 1);
    if (info)
        base_die(BASE_RUN_FAILED, "monarch: LAPACK info %d of dsyevd", info);
    return fmax(0, w[side - 1]);
}

double monarch_leading(size_t rows, size_t columns, const double *a)
{
    size_t side = rows < columns ? rows : columns;
    double *g = base_alloc(side * side + 3 * side + 1, sizeof *g);
    double value = leading(rows, columns, a, g, g + side * side, g + side * side + side);
    free(g);
    return value;
}

double monarch_captured(size_t n, size_t b, const double *a)
{
    size_t c = n / b, side = b < c ? b : c;
    double *slice = base_alloc(b * c, sizeof *slice), *g = base_alloc(side * side, sizeof *g),
           *w = base_alloc(side, sizeof *w), *work = base_alloc(2 * side + 1, sizeof *work), sum = 0;
    for (size_t j = 0; j < b; j++)
        for (size_t k = 0; k < c; k++) {
            slice_gather(n, b, a, j, k, slice);
            sum += leading(c, b, slice, g, w, work);
        }
    free(slice);
    free(g);
    free(w);
    free(work);
    return sum;
}

/* ---- order p ---- */

size_t monarch_factors_parse(const char *text, size_t n, size_t *factor)
{
    size_t count = 0, product = 1;
    for (const char *at = text; count < MONARCH_LEVELS_MAX; at++) {
        char *end;
        unsigned long value = *at >= '1' && *at <= '9' ? strtoul(at, &end, 10) : 0;
        if (value < 2 || value > n / product)
            return 0;
        product *= value;
        factor[count++] = value;
        at = end;
        if (*at == '\0')
            return product == n ? count : 0;
        if (*at != ':')
            return 0;
    }
    return 0;
}

void monarch_order_draw(size_t n, size_t p, const size_t *factor, gsl_rng *rng, double *a)
{
    if (p == 1) {
        rng_normals(rng, a, n * n);
        return;
    }
    struct monarch *m = monarch_alloc(n, n / factor[0]);
    rng_normals(rng, m->l, n * m->c);
    for (size_t k = 0; k < m->c; k++)
        monarch_order_draw(m->b, p - 1, factor + 1, rng, m->r + k * m->b * m->b);
    monarch_dense(m, a);
    monarch_free(m);
}

double monarch_peel(size_t n, size_t p, const size_t *factor, const double *a, int even_split, double *near)
{
    if (p == 1) {
        memcpy(near, a, n * n * sizeof *near);
        return 0;
    }
    struct monarch *m = monarch_alloc(n, n / factor[0]);
    size_t b = m->b, c = m->c;
    double residual = monarch_project(n, b, a, m), *block = base_alloc(b * b, sizeof *block);
    for (size_t j = 0; j < b && !even_split; j++)
        for (size_t k = 0; k < c; k++) { /* the scale goes to the right */
            double norm = cblas_dnrm2(to_int(c), m->l + j * c * c + k, to_int(c));
            for (size_t i = 0; i < c && norm > 0; i++)
                m->l[(j * c + i) * c + k] /= norm;
            for (size_t l = 0; l < b; l++)
                m->r[(k * b + j) * b + l] *= norm;
        }
    for (size_t k = 0; k < c; k++) {
        residual += monarch_peel(b, p - 1, factor + 1, m->r + k * b * b, even_split, block);
        memcpy(m->r + k * b * b, block, b * b * sizeof *block);
    }
    monarch_dense(m, near);
    free(block);
    monarch_free(m);
    return residual;
}

/* ---- dense matrices ---- */

double monarch_energy(size_t count, const double *re, const double *im)
{
    double sum = 0;
    for (size_t i = 0; i < count; i++)
        sum += re[i] * re[i] + (im ? im[i] * im[i] : 0);
    return sum;
}

void monarch_spectrum(size_t n, const double *a, double *values)
{
    double *g = base_alloc(n * n, sizeof *g);
    linalg_gram(n, n, a, g);
    linalg_eigen_symmetric(n, g, values, NULL);
    for (size_t i = 0; i < n; i++)
        values[i] = fmax(0, values[i]);
    for (size_t i = 0; i < n / 2; i++) {
        double t = values[i];
        values[i] = values[n - 1 - i], values[n - 1 - i] = t;
    }
    free(g);
}

void monarch_spectrum_precise(size_t n, const double *re, const double *im, double *values)
{
    squares_of(n, n, re, im, values);
    for (size_t i = 0; i < n / 2; i++) {
        double t = values[i];
        values[i] = values[n - 1 - i], values[n - 1 - i] = t;
    }
}

double monarch_tail(size_t n, const double *values, size_t rank)
{
    double tail = 0, all;
    for (size_t i = n; i-- > rank;)
        tail += values[i];
    all = tail;
    for (size_t i = rank < n ? rank : n; i-- > 0;)
        all += values[i];
    return tail / all;
}

/* ---- butterflies ---- */

int monarch_log2(size_t n)
{
    int log = 0;
    if (n == 0 || n & (n - 1))
        return -1;
    while (n >>= 1)
        log++;
    return log;
}

void monarch_butterfly_draw(size_t n, gsl_rng *rng, double *factor)
{
    rng_normals(rng, factor, 2 * n * (size_t)monarch_log2(n));
}

void monarch_butterfly_dense(size_t n, const double *factor, double *a)
{
    memset(a, 0, n * n * sizeof *a);
    for (size_t i = 0; i < n; i++)
        a[i * n + i] = 1;
    for (size_t h = 1; h < n; h *= 2)
        for (size_t p = 0; p < n; p++) {
            if (p & h)
                continue;
            const double *f = factor;
            factor += 4;
            for (size_t q = 0; q < n; q++) {
                double x = a[p * n + q], y = a[(p + h) * n + q];
                a[p * n + q] = f[0] * x + f[1] * y;
                a[(p + h) * n + q] = f[2] * x + f[3] * y;
            }
        }
}

double monarch_butterfly_log_determinant(size_t n, const double *factor, int *sign)
{
    double sum = 0;
    size_t pairs = n / 2 * (size_t)monarch_log2(n);
    *sign = 1;
    for (size_t i = 0; i < pairs; i++, factor += 4) {
        double d = factor[0] * factor[3] - factor[1] * factor[2];
        sum += log(fabs(d));
        if (d < 0)
            *sign = -*sign;
    }
    return sum;
}
