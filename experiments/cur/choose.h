/* Choices of columns of a matrix, as anchors: kexue.fm/archives/10662 lists them without a ranking. */
#ifndef CUR_CHOOSE_H
#define CUR_CHOOSE_H

#include <stddef.h>

#include <gsl/gsl_rng.h>

/* 0, s, 2s, ... mod n with s the least number from `step` on that is prime to n. */
void choose_stride(size_t n, size_t step, size_t count, size_t *chosen);
void choose_random(size_t n, size_t count, gsl_rng *rng, size_t *chosen);
/* The `count` largest of weight[n]. */
void choose_largest(size_t n, const double *weight, size_t count, size_t *chosen);
/* Column norms squared of S (m x n) into weight[n]. */
void choose_norms(size_t m, size_t n, const double *s, double *weight);
/* Leverage scores sum_{j < gamma} V_ij^2 of the columns, V^T being vt (at least gamma x n). */
void choose_leverage(size_t n, size_t gamma, const double *vt, double *weight);
/* Greedy pivots of column-pivoted QR of S (m x n): each next column has the largest rest. */
void choose_qr(size_t m, size_t n, const double *s, size_t count, size_t *chosen);
/* Discrete empirical interpolation on the first `count` rows of vt (n columns each); the largest |residual|
 * on indices already chosen into *rest unless NULL. */
void choose_deim(size_t n, const double *vt, size_t count, size_t *chosen, double *rest);
/* Points x[n][d]. Farthest first: from a random one, each next is farthest from those chosen. Medoids:
 * k-means (from k-means++, at most 20 steps of Lloyd), then the point nearest each center, by |x|^2 - 2 x.c +
 * |c|^2 over points. */
void choose_farthest(size_t n, size_t d, const double *x, size_t count, gsl_rng *rng, size_t *chosen);
void choose_medoids(size_t n, size_t d, const double *x, size_t count, gsl_rng *rng, size_t *chosen);

/* By word: stride (with `step`), random, norm, leverage and leverage:GAMMA (the `count` largest), qr, deim,
 * farthest, kmeans; the last two take the columns as points. basis: choose_basis of S, which deim and
 * leverage need. */
void choose_columns(const char *select, size_t m, size_t n, const double *s, const double *basis, size_t step,
                    size_t count, gsl_rng *rng, size_t *chosen);
/* A reason (malloc'd) why the word is none of these, or NULL; `deterministic`: or takes a draw. */
char *choose_check(const char *select, int deterministic);
/* The right singular vectors of S (m x n) as rows, [min(m, n)][n]; free it. */
double *choose_basis(size_t m, size_t n, const double *s);
/* B (n x m) = A^T for A (m x n); free it. */
double *choose_transpose(size_t m, size_t n, const double *a);

#endif
