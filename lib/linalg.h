/* Dense linear algebra: checked wrappers of LAPACKE and CBLAS. Matrices are row-major double unless said.
 * A failed factorization (LAPACK info) exits with status 2. */
#ifndef LINALG_H
#define LINALG_H

#include <stddef.h>

/* One thread inside BLAS (cells are the unit of parallelism) and no GSL abort on errors. Call once at start. */
void linalg_single_thread(void);

/* C (m x n) = alpha op(A) op(B) + beta C; op(A) is m x k. ta, tb: 'N' or 'T'. Leading dimensions are the stored row lengths. */
void linalg_gemm(char ta, char tb, size_t m, size_t n, size_t k, double alpha, const double *a, const double *b,
                 double beta, double *c);
/* G (n x n, both triangles) = X X^T for X (n x m). */
void linalg_gram(size_t n, size_t m, const double *x, double *g);
/* Singular values of A (m x n), descending, into s[min(m,n)]; u (m x min), vt (min x n) may be NULL. A is kept. */
void linalg_svd(size_t m, size_t n, const double *a, double *s, double *u, double *vt);
/* Eigenvalues of the symmetric A (n x n), ascending, into w[n]; eigenvectors as rows of v (n x n) unless NULL. */
void linalg_eigen_symmetric(size_t n, const double *a, double *w, double *v);
/* Thin QR of A (m x n, m >= n): q (m x n) with orthonormal columns, r (n x n, upper) unless NULL. */
void linalg_qr(size_t m, size_t n, const double *a, double *q, double *r);
/* A random orthogonal n x n matrix from n*n standard normals z (QR with the signs of R's diagonal: Haar). */
void linalg_haar(size_t n, const double *z, double *q);
/* Solves A X = B (A n x n, B n x k), B is overwritten by X. Returns 0, or -1 when A is exactly singular. */
int linalg_solve(size_t n, size_t k, const double *a, double *b);
/* Cholesky factor L (lower) of the positive definite A; returns -1 when it is not. log det into *logdet unless NULL. */
int linalg_cholesky(size_t n, const double *a, double *l, double *logdet);
/* Moore-Penrose inverse (n x m) of A (m x n), singular values below rcond * s_1 dropped; returns the rank. */
size_t linalg_pinv(size_t m, size_t n, const double *a, double rcond, double *inverse);

#endif
