/* Dense linear algebra: checked wrappers of LAPACKE and CBLAS. Matrices are row-major double and inputs are
 * kept. A failed factorization (LAPACK info), or a matrix to factorize that holds NaN or infinity, exits with
 * status 2. Inputs and outputs do not overlap unless said.
 */
#ifndef LINALG_H
#define LINALG_H

#include <stddef.h>

/* One thread inside BLAS (cells are the unit of parallelism), no GSL abort on errors. Call once at start. */
void linalg_single_thread(void);

/* C (m x n) = alpha op(A) op(B) + beta C; op(A) is m x k, op(B) k x n. ta, tb: 'N', or 'T' when A is
 * stored k x m, B n x k. With beta = 0 the old C is not read. */
void linalg_gemm(char ta, char tb, size_t m, size_t n, size_t k, double alpha, const double *a,
                 const double *b, double beta, double *c);
/* G (n x n, both triangles) = X X^T for X (n x m). */
void linalg_gram(size_t n, size_t m, const double *x, double *g);
/* Singular values of A (m x n), descending, into s[min(m,n)]; u (m x min), vt (min x n) may be NULL. */
void linalg_svd(size_t m, size_t n, const double *a, double *s, double *u, double *vt);
/* Eigenvalues of the symmetric A (n x n, lower triangle read), ascending, into w[n]; eigenvectors as rows of
 * v (n x n) unless NULL; v may be a. */
void linalg_eigen_symmetric(size_t n, const double *a, double *w, double *v);
/* Thin QR of A (m x n, m >= n): q (m x n) with orthonormal columns, r (n x n, upper) unless NULL; q may be
 * a. */
void linalg_qr(size_t m, size_t n, const double *a, double *q, double *r);
/* A random orthogonal n x n matrix from n*n standard normals z: Q of QR with the signs of R's diagonal, which
 * is what makes it Haar (Mezzadri 2007); q may be z. */
void linalg_haar(size_t n, const double *z, double *q);
/* Solves A X = B (A n x n, B n x k), B is overwritten by X. Returns 0, or -1 when A is exactly singular (B is
 * kept). */
int linalg_solve(size_t n, size_t k, const double *a, double *b);
/* Cholesky factor L (n x n, lower, zeros above) of the positive definite A (lower triangle read; l may be a),
 * log det A into *logdet unless NULL. Returns 0, or -1 when A is not positive definite (l is then of no
 * use). */
int linalg_cholesky(size_t n, const double *a, double *l, double *logdet);
/* Moore-Penrose inverse (n x m) of A (m x n), singular values that are 0 or below rcond * s_1 dropped;
 * returns the rank. */
size_t linalg_pinv(size_t m, size_t n, const double *a, double rcond, double *inverse);

#endif
