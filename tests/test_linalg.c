/* Linear algebra against slow definitions: factors multiply back to the matrix, with errors of a few rounding
 * units of its norm; Haar matrices follow their law. The same input gives the same bytes wherever it lies.
 */
#include <float.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include <cblas.h>
#include <gsl/gsl_cdf.h>

#include "check.h"
#include "linalg.h"
#include "stats.h"

/* Backward errors of LAPACK's factorizations are p(n) eps |A|, p a modest polynomial; in the Frobenius norm
 * 10 (m + n) leaves room for all of them. */
static double bound(size_t m, size_t n)
{
    return 10 * (double)(m + n) * DBL_EPSILON;
}

static double norm(const double *a, size_t count)
{
    return cblas_dnrm2((int)count, a, 1); /* free of overflow */
}

static double distance(const double *a, const double *b, size_t count)
{
    double *d = base_alloc(count, sizeof *d);
    for (size_t i = 0; i < count; i++)
        d[i] = a[i] - b[i];
    double length = norm(d, count);
    free(d);
    return length;
}

/* |X^T X - 1| for the n columns of X (m x n). */
static double skewness(size_t m, size_t n, const double *x)
{
    double *g = base_alloc(n * n, sizeof *g);
    linalg_gemm('T', 'N', n, n, m, 1, x, x, 0, g);
    for (size_t i = 0; i < n; i++)
        g[i * n + i] -= 1;
    double length = norm(g, n * n);
    free(g);
    return length;
}

static void transpose(size_t m, size_t n, const double *a, double *t)
{
    for (size_t i = 0; i < m; i++)
        for (size_t j = 0; j < n; j++)
            t[j * m + i] = a[i * n + j];
}

/* A random m x n matrix: dense, of low rank, graded, or zero; at any scale. Free with free(). */
static double *random_matrix(gsl_rng *rng, size_t m, size_t n)
{
    double *a = base_alloc(m * n, sizeof *a), scale = exp(100 * (2 * gsl_rng_uniform(rng) - 1));
    unsigned long kind = gsl_rng_uniform_int(rng, 8);
    if (kind == 0)
        return a;
    if (kind == 1) {
        size_t rank = 1 + (size_t)gsl_rng_uniform_int(rng, m < n ? m : n);
        double *left = base_alloc(m * rank, sizeof *left), *right = base_alloc(rank * n, sizeof *right);
        rng_normals(rng, left, m * rank);
        rng_normals(rng, right, rank * n);
        linalg_gemm('N', 'N', m, n, rank, scale, left, right, 0, a);
        free(left);
        free(right);
        return a;
    }
    for (size_t i = 0; i < m; i++)
        for (size_t j = 0; j < n; j++)
            a[i * n + j] = scale * rng_normal(rng) * (kind == 2 ? exp(-3.0 * (double)(i + j)) : 1);
    return a;
}

static size_t random_size(gsl_rng *rng)
{
    return 1 + (size_t)gsl_rng_uniform_int(rng, gsl_rng_uniform(rng) < 0.2 ? 70 : 12);
}

/* ---- products ---- */

static void products(void **state)
{
    (void)state;
    gsl_rng *rng = check_stream("products");
    for (long round = 0; round < check_rounds(200); round++) {
        size_t m = random_size(rng), n = random_size(rng), k = random_size(rng) - 1;
        char ta = round & 1 ? 'T' : 'N', tb = round & 2 ? 'T' : 'N';
        double alpha = rng_normal(rng), beta = round & 4 ? rng_normal(rng) : 0;
        double *a = base_alloc(m * k, sizeof *a), *b = base_alloc(k * n, sizeof *b);
        double *c = base_alloc(m * n, sizeof *c), *want = base_alloc(m * n, sizeof *want);
        rng_normals(rng, a, m * k);
        rng_normals(rng, b, k * n);
        for (size_t i = 0; i < m * n; i++)
            c[i] = beta != 0 ? rng_normal(rng) : NAN; /* beta = 0: never read */
        double size_of_old = beta != 0 ? norm(c, m * n) : 0;
        for (size_t i = 0; i < m; i++)
            for (size_t j = 0; j < n; j++) {
                long double sum = 0;
                for (size_t l = 0; l < k; l++)
                    sum += (long double)(ta == 'N' ? a[i * k + l] : a[l * m + i]) *
                           (tb == 'N' ? b[l * n + j] : b[j * k + l]);
                want[i * n + j] = (double)(alpha * sum) + (beta != 0 ? beta * c[i * n + j] : 0);
            }
        linalg_gemm(ta, tb, m, n, k, alpha, a, b, beta, c);
        double size = fabs(alpha) * norm(a, m * k) * norm(b, k * n) + fabs(beta) * size_of_old;
        check_close("product", distance(c, want, m * n), 0, (double)(k + 4) * DBL_EPSILON * size);

        double *g = base_alloc(m * m, sizeof *g), *turned = base_alloc(m * k, sizeof *turned);
        double *square = base_alloc(m * m, sizeof *square);
        for (size_t i = 0; i < m * m; i++)
            g[i] = NAN;
        linalg_gram(m, k, a, g);
        transpose(m, k, a, turned);
        linalg_gemm('N', 'N', m, m, k, 1, a, turned, 0, square);
        check_close("gram", distance(g, square, m * m), 0, bound(m, k) * norm(a, m * k) * norm(a, m * k));
        for (size_t i = 0; i < m; i++)
            for (size_t j = 0; j < m; j++)
                assert_true(g[i * m + j] == g[j * m + i]);
        free(a);
        free(b);
        free(c);
        free(want);
        free(g);
        free(turned);
        free(square);
    }
    double nothing;
    linalg_gemm('N', 'N', 0, 3, 2, 1, &nothing, &nothing, 0, &nothing);
    linalg_gram(0, 3, &nothing, &nothing);
    gsl_rng_free(rng);
}

/* ---- factorizations ---- */

static void singular_values(void **state)
{
    (void)state;
    gsl_rng *rng = check_stream("singular_values");
    for (long round = 0; round < check_rounds(150); round++) {
        size_t m = random_size(rng), n = random_size(rng), least = m < n ? m : n;
        double *a = random_matrix(rng, m, n), *kept = base_alloc(m * n, sizeof *kept);
        double *s = base_alloc(least, sizeof *s), *alone = base_alloc(least, sizeof *alone);
        double *u = base_alloc(m * least, sizeof *u), *vt = base_alloc(least * n, sizeof *vt);
        double *v = base_alloc(n * least, sizeof *v), *back = base_alloc(m * n, sizeof *back);
        memcpy(kept, a, m * n * sizeof *kept);
        linalg_svd(m, n, a, s, u, vt);
        assert_memory_equal(a, kept, m * n * sizeof *a);
        transpose(least, n, vt, v);
        check_close("left vectors", skewness(m, least, u), 0, bound(m, n) * sqrt((double)least));
        check_close("right vectors", skewness(n, least, v), 0, bound(m, n) * sqrt((double)least));
        for (size_t i = 0; i < least; i++) {
            assert_true(s[i] >= 0 && (i == 0 || s[i] <= s[i - 1]));
            for (size_t j = 0; j < n; j++)
                vt[i * n + j] *= s[i];
        }
        linalg_gemm('N', 'N', m, n, least, 1, u, vt, 0, back);
        check_close("U S V^T", distance(back, a, m * n), 0, bound(m, n) * norm(a, m * n));
        check_close("|s| = |A|", norm(s, least), norm(a, m * n), bound(m, n) * norm(a, m * n));
        /* each part alone, and none: the same values */
        linalg_svd(m, n, a, alone, NULL, NULL);
        check_close("values alone", distance(s, alone, least), 0, bound(m, n) * norm(a, m * n));
        linalg_svd(m, n, a, alone, back, NULL);
        assert_memory_equal(back, u, m * least * sizeof *u);
        linalg_svd(m, n, a, alone, NULL, vt);
        assert_memory_equal(alone, s, least * sizeof *s);
        free(a);
        free(kept);
        free(s);
        free(alone);
        free(u);
        free(vt);
        free(v);
        free(back);
    }
    /* s^2 are the roots of x^2 - 30 x + 4 */
    static const double known[] = {1, 2, 3, 4};
    double s[2];
    linalg_svd(2, 2, known, s, NULL, NULL);
    check_close("first", s[0], sqrt(15 + sqrt(221)), 1e-14);
    check_close("second", s[1], 2 / sqrt(15 + sqrt(221)), 1e-14);
    linalg_svd(0, 3, known, s, NULL, NULL);
    gsl_rng_free(rng);
}

static void eigenvalues(void **state)
{
    (void)state;
    gsl_rng *rng = check_stream("eigenvalues");
    for (long round = 0; round < check_rounds(150); round++) {
        size_t n = random_size(rng);
        double *a = random_matrix(rng, n, n);
        double *w = base_alloc(n, sizeof *w), *alone = base_alloc(n, sizeof *alone);
        double *v = base_alloc(n * n, sizeof *v), *scaled = base_alloc(n * n, sizeof *scaled);
        double *back = base_alloc(n * n, sizeof *back), *turned = base_alloc(n * n, sizeof *turned);
        double trace = 0, sum = 0;
        for (size_t i = 0; i < n; i++) {
            trace += a[i * n + i];
            for (size_t j = 0; j < i; j++)
                a[j * n + i] = a[i * n + j];
        }
        linalg_eigen_symmetric(n, a, w, v);
        for (size_t i = 0; i < n; i++) {
            sum += w[i];
            assert_true(i == 0 || w[i] >= w[i - 1]);
            for (size_t j = 0; j < n; j++)
                scaled[i * n + j] = w[i] * v[i * n + j];
        }
        check_close("trace", sum, trace, bound(n, n) * norm(a, n * n));
        linalg_gemm('T', 'N', n, n, n, 1, v, scaled, 0, back);
        check_close("V^T W V", distance(back, a, n * n), 0, bound(n, n) * norm(a, n * n));
        transpose(n, n, v, turned);
        check_close("eigenvectors", skewness(n, n, turned), 0, bound(n, n) * sqrt((double)n));
        linalg_eigen_symmetric(n, a, alone, NULL);
        check_close("values alone", distance(w, alone, n), 0, bound(n, n) * norm(a, n * n));
        for (size_t i = 0; i < n; i++)
            for (size_t j = i + 1; j < n; j++)
                a[i * n + j] = 1e9; /* the upper triangle is not read */
        linalg_eigen_symmetric(n, a, alone, a);
        assert_memory_equal(alone, w, n * sizeof *w);
        assert_memory_equal(a, v, n * n * sizeof *v);
        free(a);
        free(w);
        free(alone);
        free(v);
        free(scaled);
        free(back);
        free(turned);
    }
    /* the path of n points: 2 cos(pi k/(n + 1)) */
    double path[25] = {0}, w[5];
    for (size_t i = 0; i + 1 < 5; i++)
        path[i * 5 + i + 1] = path[(i + 1) * 5 + i] = 1;
    linalg_eigen_symmetric(5, path, w, NULL);
    for (int k = 1; k <= 5; k++)
        check_close("path", w[5 - k], 2 * cos(M_PI * k / 6), 1e-14);
    gsl_rng_free(rng);
}

static void orthogonal_triangular(void **state)
{
    (void)state;
    gsl_rng *rng = check_stream("orthogonal_triangular");
    for (long round = 0; round < check_rounds(150); round++) {
        size_t n = random_size(rng), m = n + random_size(rng) - 1;
        double *a = random_matrix(rng, m, n);
        double *q = base_alloc(m * n, sizeof *q), *r = base_alloc(n * n, sizeof *r);
        double *back = base_alloc(m * n, sizeof *back);
        linalg_qr(m, n, a, q, r);
        check_close("columns of Q", skewness(m, n, q), 0, bound(m, n) * sqrt((double)n));
        linalg_gemm('N', 'N', m, n, n, 1, q, r, 0, back);
        check_close("Q R", distance(back, a, m * n), 0, bound(m, n) * norm(a, m * n));
        for (size_t i = 0; i < n; i++)
            for (size_t j = 0; j < i; j++)
                assert_true(r[i * n + j] == 0);
        linalg_qr(m, n, a, a, NULL);
        assert_memory_equal(a, q, m * n * sizeof *q);
        free(a);
        free(q);
        free(r);
        free(back);
    }
    gsl_rng_free(rng);
}

static void triangular_roots(void **state)
{
    (void)state;
    gsl_rng *rng = check_stream("triangular_roots");
    for (long round = 0; round < check_rounds(150); round++) {
        size_t n = random_size(rng);
        double *x = base_alloc(n * (n + 3), sizeof *x), *a = base_alloc(n * n, sizeof *a);
        double *l = base_alloc(n * n, sizeof *l), *back = base_alloc(n * n, sizeof *back);
        double *w = base_alloc(n, sizeof *w), logdet, sum = 0;
        double scale = exp(200 * (gsl_rng_uniform(rng) - 0.5));
        rng_normals(rng, x, n * (n + 3));
        linalg_gram(n, n + 3, x, a);
        for (size_t i = 0; i < n * n; i++)
            a[i] *= scale;
        for (size_t i = 0; i < n; i++)
            a[i * n + i] += 1e-3 * scale; /* no smallest eigenvalue by chance near 0 */
        linalg_eigen_symmetric(n, a, w, NULL);
        assert_int_equal(linalg_cholesky(n, a, l, &logdet), 0);
        for (size_t i = 0; i < n; i++) {
            sum += log(w[i]);
            for (size_t j = i + 1; j < n; j++)
                assert_true(l[i * n + j] == 0);
        }
        /* each eigenvalue is right to rounding of the largest: relative errors sum */
        check_close("log det", logdet, sum,
                    (double)n * bound(n, n) * (norm(a, n * n) / w[0] + fabs(log(scale))));
        linalg_gemm('N', 'T', n, n, n, 1, l, l, 0, back);
        check_close("L L^T", distance(back, a, n * n), 0, bound(n, n) * norm(a, n * n));

        size_t k = random_size(rng);
        double *b = base_alloc(n * k, sizeof *b), *solution = base_alloc(n * k, sizeof *solution);
        double *rest = base_alloc(n * k, sizeof *rest);
        rng_normals(rng, b, n * k);
        memcpy(solution, b, n * k * sizeof *b);
        assert_int_equal(linalg_solve(n, k, a, solution), 0);
        linalg_gemm('N', 'N', n, k, n, 1, a, solution, 0, rest);
        /* pivots of a positive definite matrix do not grow by more than a small factor */
        check_close("A X - B", distance(rest, b, n * k), 0,
                    bound(n, n) * norm(a, n * n) * norm(solution, n * k));

        a[(n - 1) * n + n - 1] = -scale; /* no longer definite */
        assert_int_equal(linalg_cholesky(n, a, l, &logdet), -1);
        free(x);
        free(a);
        free(l);
        free(back);
        free(w);
        free(b);
        free(solution);
        free(rest);
    }
    /* not symmetric, rows must be exchanged; and singular ones */
    static const double a[] = {0, 2, 0, 0, 0, 3, 4, 0, 0}, ones[] = {1, 1, 1, 1}, zero[] = {0, 0, 0, 0};
    double b[] = {2, 20, 3, 30, 4, 40}, kept[] = {5, 6}, l[4], logdet;
    assert_int_equal(linalg_solve(3, 2, a, b), 0);
    static const double x[] = {1, 10, 1, 10, 1, 10};
    check_close("exchanged", distance(b, x, 6), 0, 1e-14);
    assert_int_equal(linalg_solve(2, 1, ones, kept), -1);
    assert_int_equal(linalg_solve(2, 1, zero, kept), -1);
    assert_true(kept[0] == 5 && kept[1] == 6);
    assert_int_equal(linalg_cholesky(2, zero, l, NULL), -1);
    static const double huge[] = {1e300, 0, 0, 1e300};
    assert_int_equal(linalg_cholesky(2, huge, l, &logdet), 0);
    check_close("log of a determinant beyond a double", logdet, 600 * M_LN10, 1e-11);
    assert_int_equal(linalg_solve(0, 1, zero, kept), 0);
    assert_int_equal(linalg_cholesky(0, zero, l, &logdet), 0);
    check_close("log det of nothing", logdet, 0, 0);
    gsl_rng_free(rng);
}

/* Penrose's four conditions, at a condition of at most 1/rcond. */
static void pseudoinverses(void **state)
{
    (void)state;
    gsl_rng *rng = check_stream("pseudoinverses");
    for (long round = 0; round < check_rounds(150); round++) {
        size_t m = random_size(rng), n = random_size(rng), least = m < n ? m : n;
        size_t rank = (size_t)gsl_rng_uniform_int(rng, least + 1);
        double scale = exp(100 * (2 * gsl_rng_uniform(rng) - 1)), last = 1;
        /* A = sum of s_i u_i v_i^T with singular values between 1 and 0.01 */
        double *a = base_alloc(m * n, sizeof *a), *p = base_alloc(n * m, sizeof *p);
        double *square = base_alloc((m > n ? m : n) * (m > n ? m : n), sizeof *square);
        double *u = base_alloc(m * m, sizeof *u), *v = base_alloc(n * n, sizeof *v);
        double *ap = base_alloc(m * m, sizeof *ap), *pa = base_alloc(n * n, sizeof *pa);
        double *back = base_alloc(m * n, sizeof *back), *turned = base_alloc(m * m + n * n, sizeof *turned);
        rng_normals(rng, square, m * m);
        linalg_haar(m, square, u);
        rng_normals(rng, square, n * n);
        linalg_haar(n, square, v);
        for (size_t k = 0; k < rank; k++) {
            double s = k == 0 ? 1 : 0.01 + 0.99 * gsl_rng_uniform(rng);
            last = fmin(last, s);
            for (size_t i = 0; i < m; i++)
                for (size_t j = 0; j < n; j++)
                    a[i * n + j] += scale * s * u[k * m + i] * v[k * n + j];
        }
        assert_int_equal(linalg_pinv(m, n, a, 1e-6, p), rank);
        double condition = 1 / last, room = condition * bound(m, n) * sqrt((double)least);
        linalg_gemm('N', 'N', m, m, n, 1, a, p, 0, ap);
        linalg_gemm('N', 'N', n, n, m, 1, p, a, 0, pa);
        linalg_gemm('N', 'N', m, n, m, 1, ap, a, 0, back);
        check_close("A P A = A", distance(back, a, m * n), 0, room * norm(a, m * n));
        linalg_gemm('N', 'N', n, m, n, 1, pa, p, 0, back);
        check_close("P A P = P", distance(back, p, m * n), 0, room * norm(p, m * n));
        transpose(m, m, ap, turned);
        check_close("A P is symmetric", distance(ap, turned, m * m), 0, room);
        transpose(n, n, pa, turned);
        check_close("P A is symmetric", distance(pa, turned, n * n), 0, room);
        free(a);
        free(p);
        free(square);
        free(u);
        free(v);
        free(ap);
        free(pa);
        free(back);
        free(turned);
    }
    gsl_rng_free(rng);
}

/* ---- the Haar measure ---- */

static double beta_cdf(double x, const void *params)
{
    const double *half = params;
    return gsl_cdf_beta_P(x, *half, *half);
}

static void check_p(const char *what, double p)
{
    check_between(what, p, check_least_p, 1);
}

/* The sign of det Q, Q orthogonal (destroyed), by elimination. */
static int determinant_sign(size_t n, double *q)
{
    int sign = 1;
    for (size_t c = 0; c < n; c++) {
        size_t pivot = c;
        for (size_t i = c + 1; i < n; i++)
            if (fabs(q[i * n + c]) > fabs(q[pivot * n + c]))
                pivot = i;
        if (pivot != c) {
            cblas_dswap((int)n, q + c * n, 1, q + pivot * n, 1);
            sign = -sign;
        }
        if (q[c * n + c] < 0)
            sign = -sign;
        for (size_t i = c + 1; i < n; i++)
            cblas_daxpy((int)n, -q[i * n + c] / q[c * n + c], q + c * n, 1, q + i * n, 1);
    }
    return sign;
}

/* A column of a Haar matrix is uniform on the sphere: (1 + q)/2 of an entry follows Beta((n-1)/2, (n-1)/2).
 * The determinant is +1 as often as -1, and E tr Q = 0, E (tr Q)^2 = 1. Householder's QR without the signs
 * has none of this: its first entry is of one sign only and its determinant is fixed. */
static void haar_law(void **state)
{
    (void)state;
    gsl_rng *rng = check_stream("haar_law");
    static const size_t sizes[] = {2, 3, 8};
    size_t rounds = (size_t)check_rounds(1500);
    double *first = base_alloc(rounds, sizeof *first), *last = base_alloc(rounds, sizeof *last);
    for (size_t k = 0; k < 3; k++) {
        size_t n = sizes[k];
        double z[64], q[64], half = ((double)n - 1) / 2;
        long rotations = 0;
        struct stats_moments trace = {0}, square = {0};
        for (size_t round = 0; round < rounds; round++) {
            rng_normals(rng, z, n * n);
            linalg_haar(n, z, q);
            check_close("orthogonal", skewness(n, n, q), 0, bound(n, n) * sqrt((double)n));
            first[round] = (1 + q[0]) / 2;
            last[round] = (1 + q[n * n - 1]) / 2;
            double sum = 0;
            for (size_t i = 0; i < n; i++)
                sum += q[i * n + i];
            stats_moments_push(&trace, sum);
            stats_moments_push(&square, sum * sum);
            rotations += determinant_sign(n, q) > 0;
        }
        check_p("first entry", stats_ks_p(stats_ks_distance(first, rounds, beta_cdf, &half), rounds));
        check_p("last entry", stats_ks_p(stats_ks_distance(last, rounds, beta_cdf, &half), rounds));
        check_p("determinant", stats_sign_p(rotations, (long)rounds - rotations));
        check_close("trace", trace.mean, 0, 5 / sqrt((double)rounds));
        /* E tr^4 is at most 3, its value for a normal, so tr^2 has variance at most 2 */
        check_close("trace squared", square.mean, 1, 6 * sqrt(2 / (double)rounds));
    }
    free(first);
    free(last);
    gsl_rng_free(rng);
}

/* Q R = Z with a positive diagonal of R: unique, so Q^T Z must be upper triangular with that diagonal. */
static void haar_is_signed_qr(void **state)
{
    (void)state;
    gsl_rng *rng = check_stream("haar_is_signed_qr");
    for (long round = 0; round < check_rounds(60); round++) {
        size_t n = random_size(rng);
        double *z = base_alloc(n * n, sizeof *z), *q = base_alloc(n * n, sizeof *q);
        double *r = base_alloc(n * n, sizeof *r);
        rng_normals(rng, z, n * n);
        linalg_haar(n, z, q);
        linalg_gemm('T', 'N', n, n, n, 1, q, z, 0, r);
        double room = bound(n, n) * norm(z, n * n);
        for (size_t i = 0; i < n; i++)
            for (size_t j = 0; j <= i; j++)
                check_between("R", r[i * n + j], -room, j < i ? room : INFINITY);
        linalg_haar(n, z, z);
        assert_memory_equal(z, q, n * n * sizeof *q);
        free(z);
        free(q);
        free(r);
    }
    gsl_rng_free(rng);
}

/* ---- refusals ---- */

static void bad_svd(void)
{
    static const double a[] = {1, NAN, 2, 3};
    double s[2];
    linalg_svd(2, 2, a, s, NULL, NULL);
}

static void bad_eigen(void)
{
    static const double a[] = {1, 2, INFINITY, 3};
    double w[2];
    linalg_eigen_symmetric(2, a, w, NULL);
}

static void bad_qr(void)
{
    static const double a[] = {1, 2, 3, INFINITY};
    double q[4];
    linalg_qr(2, 2, a, q, NULL);
}

static void wide_qr(void)
{
    static const double a[] = {1, 2, 3, 4};
    double q[4];
    linalg_qr(1, 4, a, q, NULL);
}

static void bad_solve(void)
{
    static const double a[] = {1, 2, 3, 4};
    double b[] = {1, INFINITY};
    linalg_solve(2, 1, a, b);
}

static void bad_cholesky(void)
{
    static const double a[] = {INFINITY, 0, 0, 1};
    double l[4];
    linalg_cholesky(2, a, l, NULL);
}

static void bad_transpose(void)
{
    double a = 1, c = 0;
    linalg_gemm('t', 'N', 1, 1, 1, 1, &a, &a, 0, &c);
}

static void too_large(void)
{
    double a = 1;
    linalg_gram((size_t)1 << 31, 1, &a, &a);
}

/* Each of these ends the process with status 2 and one line on stderr. */
static void refusals(void **state)
{
    (void)state;
    static void (*const calls[])(void) = {bad_svd,   bad_eigen,    bad_qr,        wide_qr,
                                          bad_solve, bad_cholesky, bad_transpose, too_large};
    for (size_t i = 0; i < sizeof calls / sizeof *calls; i++) {
        int ends[2], status;
        char text[1000];
        assert_int_equal(pipe(ends), 0);
        pid_t child = fork();
        assert_true(child >= 0);
        if (child == 0) {
            dup2(ends[1], STDERR_FILENO);
            calls[i]();
            _exit(0);
        }
        close(ends[1]);
        size_t length = 0;
        ssize_t n;
        while ((n = read(ends[0], text + length, sizeof text - 1 - length)) > 0)
            length += (size_t)n;
        text[length] = '\0';
        close(ends[0]);
        assert_int_equal(waitpid(child, &status, 0), child);
        assert_true(WIFEXITED(status));
        assert_int_equal(WEXITSTATUS(status), BASE_RUN_FAILED);
        assert_true(length > 1 && strchr(text, '\n') == text + length - 1);
    }
}

static void one_thread(void **state)
{
    (void)state;
    assert_int_equal(openblas_get_num_threads(), 1);
}

int main(void)
{
    linalg_single_thread();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_thread),
        cmocka_unit_test(products),
        cmocka_unit_test(singular_values),
        cmocka_unit_test(eigenvalues),
        cmocka_unit_test(orthogonal_triangular),
        cmocka_unit_test(triangular_roots),
        cmocka_unit_test(pseudoinverses),
        cmocka_unit_test(haar_law),
        cmocka_unit_test(haar_is_signed_qr),
        cmocka_unit_test(refusals),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
