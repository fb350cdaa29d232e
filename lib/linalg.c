#include "linalg.h"

#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <cblas.h>
#include <gsl/gsl_errno.h>
#include <lapacke.h>

#include "base.h"

/* LAPACK thinks in columns: our row-major A (m x n) is its A^T (n x m). The factorizations below ask for
 * those of A^T, whose factors read by rows are the ones of A, so no matrix is transposed in memory. */

static int to_int(const char *what, size_t n)
{
    if (n > INT_MAX)
        base_die(BASE_RUN_FAILED, "%s: a side of %zu is beyond the range of BLAS (%d)", what, n, INT_MAX);
    return (int)n;
}

static int at_least_one(int n)
{
    return n > 0 ? n : 1;
}

/* LAPACK may loop or return garbage on NaN and infinity. */
static void need_finite(const char *what, const double *a, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (!isfinite(a[i]))
            base_die(BASE_RUN_FAILED, "%s: element %zu is %g, must be finite", what, i, a[i]);
}

static void need_success(const char *what, int info)
{
    if (info)
        base_die(BASE_RUN_FAILED, "%s: LAPACK info %d", what, info);
}

static double *copy_of(const double *a, size_t count)
{
    double *copy = base_alloc(count, sizeof *copy);
    if (count)
        memcpy(copy, a, count * sizeof *copy);
    return copy;
}

void linalg_single_thread(void)
{
    openblas_set_num_threads(1);
    gsl_set_error_handler_off();
}

static CBLAS_TRANSPOSE transpose_of(char t)
{
    if (t != 'N' && t != 'T')
        base_die(BASE_RUN_FAILED, "gemm: transpose '%c' is neither 'N' nor 'T'", t);
    return t == 'N' ? CblasNoTrans : CblasTrans;
}

void linalg_gemm(char ta, char tb, size_t m, size_t n, size_t k, double alpha, const double *a,
                 const double *b, double beta, double *c)
{
    int im = to_int("gemm", m), in = to_int("gemm", n), ik = to_int("gemm", k);
    CBLAS_TRANSPOSE op_a = transpose_of(ta), op_b = transpose_of(tb);
    if (m == 0 || n == 0)
        return;
    cblas_dgemm(CblasRowMajor, op_a, op_b, im, in, ik, alpha, a, at_least_one(ta == 'N' ? ik : im), b,
                at_least_one(tb == 'N' ? in : ik), beta, c, in);
}

void linalg_gram(size_t n, size_t m, const double *x, double *g)
{
    int in = to_int("gram", n), im = to_int("gram", m);
    if (n == 0)
        return;
    cblas_dsyrk(CblasRowMajor, CblasLower, CblasNoTrans, in, im, 1, x, at_least_one(im), 0, g, in);
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < i; j++)
            g[j * n + i] = g[i * n + j];
}

void linalg_svd(size_t m, size_t n, const double *a, double *s, double *u, double *vt)
{
    size_t least = m < n ? m : n;
    int rows = to_int("svd", n), columns = to_int("svd", m), k = (int)least;
    if (least == 0)
        return;
    need_finite("svd", a, m * n);
    /* A^T = V S U^T: LAPACK's left vectors are our V^T by rows, its transposed right vectors our U. */
    char job = u || vt ? 'S' : 'N';
    double *work = copy_of(a, m * n);
    double *left = vt || job == 'N' ? vt : base_alloc(n * least, sizeof *left);
    double *right = u || job == 'N' ? u : base_alloc(m * least, sizeof *right);
    int info = LAPACKE_dgesdd(LAPACK_COL_MAJOR, job, rows, columns, work, rows, s, left, rows, right, k);
    if (info > 0) { /* divide and conquer did not converge: the QR iteration is slower but surer */
        double *superdiagonal = base_alloc(least, sizeof *superdiagonal);
        memcpy(work, a, m * n * sizeof *work);
        info = LAPACKE_dgesvd(LAPACK_COL_MAJOR, job, job, rows, columns, work, rows, s, left, rows, right, k,
                              superdiagonal);
        free(superdiagonal);
    }
    need_success("svd", info);
    free(work);
    if (left != vt)
        free(left);
    if (right != u)
        free(right);
}

void linalg_eigen_symmetric(size_t n, const double *a, double *w, double *v)
{
    int in = to_int("eigen", n);
    if (n == 0)
        return;
    need_finite("eigen", a, n * n);
    double *work = copy_of(a, n * n);
    /* our lower triangle is LAPACK's upper; its eigenvectors, columns, are our rows */
    need_success("eigen", LAPACKE_dsyevd(LAPACK_COL_MAJOR, v ? 'V' : 'N', 'U', in, work, in, w));
    if (v)
        memcpy(v, work, n * n * sizeof *v);
    free(work);
}

void linalg_qr(size_t m, size_t n, const double *a, double *q, double *r)
{
    int rows = to_int("qr", n), columns = to_int("qr", m);
    if (m < n)
        base_die(BASE_RUN_FAILED, "qr: %zu rows are fewer than %zu columns", m, n);
    if (n == 0)
        return;
    need_finite("qr", a, m * n);
    if (q != a)
        memmove(q, a, m * n * sizeof *q);
    double *tau = base_alloc(n, sizeof *tau);
    /* A^T = L Q' is A = Q'^T L^T */
    need_success("qr", LAPACKE_dgelqf(LAPACK_COL_MAJOR, rows, columns, q, rows, tau));
    for (size_t i = 0; r && i < n; i++)
        for (size_t j = 0; j < n; j++)
            r[i * n + j] = j < i ? 0 : q[i * n + j];
    need_success("qr", LAPACKE_dorglq(LAPACK_COL_MAJOR, rows, columns, rows, q, rows, tau));
    free(tau);
}

void linalg_haar(size_t n, const double *z, double *q)
{
    double *r = base_alloc(n * n, sizeof *r);
    linalg_qr(n, n, z, q, r);
    /* QR is unique, and Q then Haar, only when the diagonal of R is positive (Mezzadri 2007) */
    for (size_t j = 0; j < n; j++)
        if (r[j * n + j] < 0)
            for (size_t i = 0; i < n; i++)
                q[i * n + j] = -q[i * n + j];
    free(r);
}

int linalg_solve(size_t n, size_t k, const double *a, double *b)
{
    int in = to_int("solve", n), ik = to_int("solve", k);
    if (n == 0 || k == 0)
        return 0;
    need_finite("solve", a, n * n);
    need_finite("solve", b, n * k);
    double *lu = copy_of(a, n * n);
    lapack_int *pivots = base_alloc(n, sizeof *pivots);
    int info = LAPACKE_dgesv(LAPACK_ROW_MAJOR, in, ik, lu, in, pivots, b, ik);
    if (info < 0)
        need_success("solve", info);
    free(lu);
    free(pivots);
    return info ? -1 : 0;
}

int linalg_cholesky(size_t n, const double *a, double *l, double *logdet)
{
    int in = to_int("cholesky", n);
    need_finite("cholesky", a, n * n);
    if (l != a && n)
        memmove(l, a, n * n * sizeof *l);
    int info = n ? LAPACKE_dpotrf(LAPACK_COL_MAJOR, 'U', in, l, in) : 0;
    if (info < 0)
        need_success("cholesky", info);
    if (info > 0)
        return -1;
    double sum = 0;
    for (size_t i = 0; i < n; i++) {
        sum += log(l[i * n + i]);
        for (size_t j = i + 1; j < n; j++)
            l[i * n + j] = 0;
    }
    if (logdet)
        *logdet = 2 * sum;
    return 0;
}

size_t linalg_pinv(size_t m, size_t n, const double *a, double rcond, double *inverse)
{
    size_t least = m < n ? m : n, rank = 0;
    if (least == 0)
        return 0;
    double *s = base_alloc(least, sizeof *s), *u = base_alloc(m * least, sizeof *u);
    double *vt = base_alloc(least * n, sizeof *vt);
    linalg_svd(m, n, a, s, u, vt);
    while (rank < least && s[rank] > 0 && s[rank] >= rcond * s[0])
        rank++;
    /* A^+ = sum over the kept i of v_i u_i^T / s_i; the dropped rows of V^T become zero */
    for (size_t i = 0; i < least; i++)
        for (size_t j = 0; j < n; j++)
            vt[i * n + j] = i < rank ? vt[i * n + j] / s[i] : 0;
    linalg_gemm('T', 'T', n, m, least, 1, vt, u, 0, inverse);
    free(s);
    free(u);
    free(vt);
    return rank;
}
