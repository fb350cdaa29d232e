/* Monarch matrices: products of two block-diagonal matrices with a stride permutation between them.
 *
 * Source: kexue.fm/archives/10249; Dao et al., arXiv:2204.00595. With n = b c, rows p = i b + j and columns
 * q = k b + l (i, k < c; j, l < b),
 *
 *     M = P_(b,c) L P_(c,b) R,    M[(i,j),(k,l)] = L[j][i][k] R[k][j][l],
 *
 * L: b blocks of c x c, R: c blocks of b x b. So for every (j,k) the slice A_jk[i][l] = A[i b + j][k b + l],
 * a c x b matrix, has rank 1 at most, and matrices all of whose n slices have are the class M(b,n). All
 * matrices are row-major doubles; a complex matrix is a pair (re, im), with im = NULL for a real one.
 */
#ifndef MONARCH_H
#define MONARCH_H

#include <stddef.h>

#include <gsl/gsl_rng.h>

struct monarch {
    size_t n, b, c; /* n = b c */
    double *l;      /* [b][c][c] */
    double *r;      /* [c][b][b] */
};

/* Zero factors. b divides n. Free with monarch_free. */
struct monarch *monarch_alloc(size_t n, size_t b);
void monarch_free(struct monarch *m);
/* Independent standard normal entries in both factors. */
void monarch_draw(struct monarch *m, gsl_rng *rng);

/* The stride permutation P_(rows,columns): reshape to rows x columns, transpose, flatten; (P x)[i] =
 * x[from[i]]. */
void monarch_permutation(size_t rows, size_t columns, size_t *from);

/* A (n x n) = M, entry by entry from the identity above. */
void monarch_dense(const struct monarch *m, double *a);
/* The same as the product of four dense n x n matrices; `permutations` below 2 leaves out the left one (the
 * wrong variant M = L P R). Memory for five n x n matrices. */
void monarch_dense_product(const struct monarch *m, int permutations, double *a);

/* Entries stored, n (n/b + b), and the dimension of the class as a variety, n (n/b + b - 1): every slice can
 * pass a factor from its left to its right vector. */
size_t monarch_parameters(size_t n, size_t b);
size_t monarch_dimension(size_t n, size_t b);
/* The rank r, a real number, at which n x n matrices of rank r have `dimension` = r (2 n - r) <= n^2. */
double monarch_equal_rank(size_t n, double dimension);

/* ---- products ---- */

/* y = M x by plain loops: the reference. Returns the number of multiplications it made. */
size_t monarch_apply_plain(const struct monarch *m, const double *x, double *y);
/* Y = M X for X (n x batch) by one GEMM a block; work[n * batch]. The permutations are leading dimensions.
 */
void monarch_apply_batch(const struct monarch *m, size_t batch, const double *x, double *y, double *work);

/* The factors laid out so that one vector is multiplied without dot products and permutations:
 * r[k][l][j] and l[i][k][j], so that both stages run along j. */
struct monarch_packed {
    size_t n, b, c;
    double *l, *r;
};
struct monarch_packed *monarch_pack(const struct monarch *m);
void monarch_packed_free(struct monarch_packed *p);
/* y = M x; work[n]. x and y do not overlap. */
void monarch_apply(const struct monarch_packed *p, const double *x, double *y, double *work);

/* ---- inverse and determinant ---- */

/* LU factors of all blocks. Returns NULL when a block is exactly singular. */
struct monarch_factors;
struct monarch_factors *monarch_factor(const struct monarch *m);
void monarch_factors_free(struct monarch_factors *f);
/* x = M^{-1} y; work[n]. */
void monarch_solve(const struct monarch_factors *f, const double *y, double *x, double *work);
/* log |det M| and its sign, from the blocks. */
double monarch_log_determinant(const struct monarch_factors *f, int *sign);
/* The inverse from the inverses of the blocks: A[(k,l),(i,j)] = R^{-1}[k][l][j] L^{-1}[j][k][i]. `swapped`
 * exchanges the two (a wrong variant, b = c only). Returns 0, or -1 when a block is exactly singular. */
int monarch_inverse(const struct monarch *m, int swapped, double *a);
/* The largest over the least singular value of all blocks of L, times the same of R: a bound of cond(M). */
double monarch_condition(const struct monarch *m);

/* ---- projection ---- */

/* How slices are gathered: by (j,k), as above, or by (i,k), which is wrong: contiguous blocks of b x b. */
enum monarch_gather { MONARCH_SLICES, MONARCH_BLOCKS };

/* The nearest Monarch matrix in Frobenius norm, from the leading singular triple of every slice, its scale
 * split evenly. Returns the squared distance, the sum of the other sigma^2. A slice of zeros gives zeros. */
double monarch_project(size_t n, size_t b, const double *a, struct monarch *m);
/* The same by power iteration on every slice, until sigma^2 changes by less than the part `tolerance`, after
 * `limit` steps by SVD. Returns the steps of all slices; the squared distance into *residual unless NULL. */
size_t monarch_project_power(size_t n, size_t b, const double *a, double tolerance, size_t limit,
                             struct monarch *m, double *residual);
/* The squared distance alone, precise when it is tiny: the sum of sigma_t^2, t >= 2, over all slices. */
double monarch_residual(size_t n, size_t b, const double *re, const double *im, enum monarch_gather gather);
/* The sum of sigma_1^2 over all slices, from eigenvalues of Gram matrices: fast, to n u |A|^2. */
double monarch_captured(size_t n, size_t b, const double *a);
/* The same for one matrix of rows x columns: sigma_1^2. */
double monarch_leading(size_t rows, size_t columns, const double *a);

/* ---- order p: the blocks of R are Monarch matrices in turn ---- */

enum { MONARCH_LEVELS_MAX = 32 };

/* Factors "4:4:4", each from 2, of product n into factor[]; how many, or 0 when they are none. */
size_t monarch_factors_parse(const char *text, size_t n, size_t *factor);
/* A random member: standard normal entries in all factors. */
void monarch_order_draw(size_t n, size_t p, const size_t *factor, gsl_rng *rng, double *a);
/* Approximates A level by level into `near`: blocks of L of factor[0], R's blocks in turn with the other
 * factors. Returns the sum of the residuals of all levels, which is |A - near|^2, since the left vectors of
 * a level have unit length; with `even_split` (a wrong variant) they share the scale with the right ones. */
double monarch_peel(size_t n, size_t p, const size_t *factor, const double *a, int even_split, double *near);

/* ---- dense matrices ---- */

/* Sum of squares. */
double monarch_energy(size_t count, const double *re, const double *im);
/* Squares of the singular values of A (n x n), descending: from the Gram matrix (absolute error u |A|^2), or
 * precisely, by SVD. */
void monarch_spectrum(size_t n, const double *a, double *square);
void monarch_spectrum_precise(size_t n, const double *re, const double *im, double *square);
/* The rest of the energy beyond the first `rank` squares, over all of it; NaN for a zero matrix. */
double monarch_tail(size_t n, const double *square, size_t rank);

/* ---- butterflies ---- */

/* A butterfly matrix of order n = 2^s: `factor` holds s factors of 2 n coefficients each. The factor of
 * half-size h = 1, 2, ..., n/2 (h = 1 is applied first) maps pairs (x, y) = (x_p, x_{p+h}) to (a x + b y,
 * c x + d y), with a, b, c, d at factor[2 n t + 4 pair], t = log2 h, pairs in ascending order of p. */
void monarch_butterfly_draw(size_t n, gsl_rng *rng, double *factor);
void monarch_butterfly_dense(size_t n, const double *factor, double *a);
/* log |det| and sign: the sum over all pairs of log |a d - b c|. */
double monarch_butterfly_log_determinant(size_t n, const double *factor, int *sign);
/* The base-2 logarithm of n, or -1 when n is no power of 2. */
int monarch_log2(size_t n);

#endif
