/* The article's scheme in the eigenbasis of A, where the recurrence is one of d numbers; and the norm of the
 * error's factor. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <cblas.h>
#include <lapacke.h>

#include "base.h"
#include "rng.h"
#include "rnn.h"

static void product(size_t m, size_t d, const double complex *x, const double complex *a, double complex *out)
{
    /* rows of x (m x d) times a^T (d x d) */
    double complex one = 1, zero = 0;
    int im = (int)m, id = (int)d;
    cblas_zgemm(CblasRowMajor, CblasNoTrans, CblasTrans, im, id, id, &one, x, id, a, id, &zero, out, id);
}

/* Inverts the complex p[d][d] into inverse; condition number in the 2-norm, infinite when it is singular. */
static double invert(size_t d, const double complex *p, double complex *inverse)
{
    int n = (int)d;
    double complex *copy = base_alloc(d * d, sizeof *copy);
    double *s = base_alloc(2 * d, sizeof *s), *super = s + d;
    memcpy(copy, p, d * d * sizeof *copy);
    if (LAPACKE_zgesvd(LAPACK_ROW_MAJOR, 'N', 'N', n, n, copy, n, s, NULL, n, NULL, n, super))
        base_die(BASE_RUN_FAILED, "singular values of the eigenvectors: LAPACK did not converge");
    double condition = s[d - 1] > 0 ? s[0] / s[d - 1] : INFINITY;
    lapack_int *pivots = base_alloc(d, sizeof *pivots);
    memcpy(inverse, p, d * d * sizeof *inverse);
    if (LAPACKE_zgetrf(LAPACK_ROW_MAJOR, n, n, inverse, n, pivots) ||
        LAPACKE_zgetri(LAPACK_ROW_MAJOR, n, inverse, n, pivots))
        condition = INFINITY;
    free(copy);
    free(s);
    free(pivots);
    return condition;
}

struct rnn_eigen *rnn_eigen_alloc(size_t d, const double *a)
{
    struct rnn_eigen *eigen = base_alloc(1, sizeof *eigen);
    eigen->d = d;
    eigen->lambda = base_alloc(d, sizeof *eigen->lambda);
    eigen->p = base_alloc(d * d, sizeof *eigen->p);
    eigen->inverse = base_alloc(d * d, sizeof *eigen->inverse);
    double *copy = base_alloc(2 * d * d, sizeof *copy), *right = copy + d * d;
    double *re = base_alloc(2 * d, sizeof *re), *im = re + d;
    int n = (int)d;
    memcpy(copy, a, d * d * sizeof *copy);
    if (LAPACKE_dgeev(LAPACK_ROW_MAJOR, 'N', 'V', n, copy, n, re, im, NULL, n, right, n))
        base_die(BASE_RUN_FAILED, "eigenvectors: LAPACK did not converge");
    for (size_t j = 0; j < d; j++) {
        eigen->lambda[j] = CMPLX(re[j], im[j]);
        for (size_t i = 0; i < d; i++) /* a pair is kept as its real and imaginary part */
            eigen->p[i * d + j] = im[j] > 0   ? CMPLX(right[i * d + j], right[i * d + j + 1])
                                  : im[j] < 0 ? CMPLX(right[i * d + j - 1], -right[i * d + j])
                                              : CMPLX(right[i * d + j], 0);
    }
    eigen->condition = invert(d, eigen->p, eigen->inverse);
    free(copy);
    free(re);
    return eigen;
}

void rnn_eigen_free(struct rnn_eigen *eigen)
{
    if (!eigen)
        return;
    free(eigen->lambda);
    free(eigen->p);
    free(eigen->inverse);
    free(eigen);
}

void rnn_eigen_iterate(const struct rnn *rnn, const struct rnn_eigen *eigen, enum rnn_order order,
                       size_t blocks, long count, double *path)
{
    size_t d = rnn->d, steps = rnn->steps, all = (steps + 1) * d;
    double complex *y = base_alloc(all, sizeof *y), *turned = base_alloc(all, sizeof *turned);
    double complex *f = base_alloc(all, sizeof *f), *elements = base_alloc(2 * steps * d, sizeof *elements);
    double complex *start = base_alloc(d, sizeof *start);
    for (size_t i = 0; i < d; i++)
        for (size_t k = 0; k < d; k++)
            start[i] += eigen->inverse[i * d + k] * rnn->start[k];
    memcpy(y, start, d * sizeof *y);
    struct scan_operation operation = {2 * d * sizeof *elements, rnn_combine_complex, &rnn->d};
    for (long n = 0; n < count; n++) {
        for (size_t i = 0; i < steps * d; i++)
            turned[i] = eigen->lambda[i % d] * y[i];
        product(steps, d, turned, eigen->p, f);
        for (size_t i = 0; i < steps * d; i++) /* the real part only after the product with P */
            f[i] = tanh(creal(f[i]) + rnn->u[i]);
        product(steps, d, f, eigen->inverse, y + d);
        for (size_t t = 0; t < steps; t++)
            for (size_t i = 0; i < d; i++) {
                elements[2 * t * d + i] = eigen->lambda[i];
                elements[(2 * t + 1) * d + i] = y[(t + 1) * d + i] - turned[t * d + i];
            }
        rnn_scan(order, blocks, &operation, steps, elements);
        for (size_t t = 0; t < steps; t++)
            for (size_t i = 0; i < d; i++)
                y[(t + 1) * d + i] = elements[2 * t * d + i] * start[i] + elements[(2 * t + 1) * d + i];
    }
    product(steps + 1, d, y, eigen->p, f);
    for (size_t i = 0; i < all; i++)
        path[i] = creal(f[i]);
    memcpy(path, rnn->start, d * sizeof *path);
    free(y);
    free(turned);
    free(f);
    free(elements);
    free(start);
}

/* ---- the factor of the error ---- */

/* out = (I - J S)^-1 (D - J) S e, by the recurrence out_t = J out_{t-1} + (D_t - J) e_{t-1}; slope[t] = diag
 * of sech^2; linear = A (fixed) or 0 (picard). e, out: [steps + 1][d], row 0 is 0. */
static void factor(size_t d, size_t steps, const double *a, const double *slope, int fixed, const double *e,
                   double *out)
{
    for (size_t t = 1; t <= steps; t++)
        for (size_t i = 0; i < d; i++) {
            double moved = 0, carried = 0;
            for (size_t k = 0; k < d; k++) {
                moved += a[i * d + k] * e[(t - 1) * d + k];
                carried += a[i * d + k] * out[(t - 1) * d + k];
            }
            double s = slope[t * d + i];
            out[t * d + i] = fixed ? carried + (s - 1) * moved : s * moved;
        }
}

/* The adjoint: g = (I - S^T J^T)^-1 e backwards, out_{t-1} = A^T (s_t - 1) g_t. */
static void factor_adjoint(size_t d, size_t steps, const double *a, const double *slope, int fixed,
                           const double *e, double *g, double *out)
{
    memset(out, 0, (steps + 1) * d * sizeof *out);
    memcpy(g, e, (steps + 1) * d * sizeof *g);
    for (size_t t = steps; t >= 1; t--)
        for (size_t i = 0; i < d; i++) {
            double s = slope[t * d + i], weight = (fixed ? s - 1 : s) * g[t * d + i];
            for (size_t k = 0; k < d; k++) {
                out[(t - 1) * d + k] += a[i * d + k] * weight;
                if (fixed)
                    g[(t - 1) * d + k] += a[i * d + k] * g[t * d + i];
            }
        }
    memset(out, 0, d * sizeof *out); /* the start does not move */
}

static double normalize(double *e, size_t n)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += e[i] * e[i];
    for (size_t i = 0; i < n; i++)
        e[i] /= sum > 0 ? sqrt(sum) : 1;
    return sqrt(sum);
}

double rnn_factor_norm(const struct rnn *rnn, enum rnn_method method, const double *path, long rounds,
                       gsl_rng *rng)
{
    size_t d = rnn->d, steps = rnn->steps, all = (steps + 1) * d;
    int fixed = method == RNN_FIXED;
    double *slope = base_alloc(all, sizeof *slope), *e = base_alloc(all, sizeof *e);
    double *out = base_alloc(all, sizeof *out), *g = base_alloc(all, sizeof *g), norm = 0;
    for (size_t i = 0; i < all; i++)
        slope[i] = 1 - path[i] * path[i];
    rng_normals(rng, e + d, all - d);
    normalize(e, all);
    for (long r = 0; r < rounds; r++) {
        factor(d, steps, rnn->a, slope, fixed, e, out);
        factor_adjoint(d, steps, rnn->a, slope, fixed, out, g, e);
        norm = sqrt(normalize(e, all));
    }
    free(slope);
    free(e);
    free(out);
    free(g);
    return norm;
}
