/* The scale of attention from the size of its gradient: p = softmax(alpha s), and half the entrywise l1 norm
 * of its Jacobian, F(alpha; s) = (1/2) sum_ij |dp_i/ds_j| = alpha (1 - sum_i p_i^2). Source:
 * kexue.fm/archives/9812. Exact means of F over random scores are softmax_mean() of lib/softmax.h; here are
 * the article's approximation ("annealed": the sums over keys replaced by their expectations), its optimum,
 * and F of one row of scores.
 */
#ifndef SCALE_H
#define SCALE_H

#include <stddef.h>

#include <gsl/gsl_rng.h>

#include "softmax.h"

/* ---- one row of scores ---- */

/* J[n][n] = dp_i/ds_j = alpha (p_i delta_ij - p_i p_j) at p = softmax(alpha s). */
void scale_jacobian(const double *s, size_t n, double alpha, double *J);

struct scale_point {
    double log_f; /* log F(alpha; s); -infinity for n = 1 */
    double slope; /* d log F / d log alpha; 1 in the limit alpha -> 0 */
};

/* F at alpha > 0 of n scores of which the two largest come first, s_1 >= s_2; work[n] is scratch. Nothing
 * cancels when p is nearly one-hot: F is factored into its exponential decay exp(-alpha gap) and sums
 * relative to the second score. */
struct scale_point scale_row(const double *s, size_t n, double alpha, double *work);

/* Moves the two largest scores to the front; sorts in descending order. */
void scale_lead(double *s, size_t n);
void scale_sort(double *s, size_t n);

/* The alpha that maximizes F of n >= 2 scores in descending order, by a scan in steps of 10 % (F can have
 * several local maxima) and the root of the slope to relative 1e-10; log F there in *log_f unless NULL.
 * Infinity when the largest score is tied: then F grows without bound. NaN for n < 2. */
double scale_row_argmax(const double *descending, size_t n, double *work, double *log_f);

/* The standard normal quantile with `upper` above it: b_n = scale_quantile(1/n). */
double scale_quantile(double upper);

/* The x with x tanh(x/2) = 1: two scores with the gap D have their maximum at alpha = x/D. */
double scale_two_scores(void);

/* ---- the annealed approximation ---- */

/* log E e^(alpha s), its derivative in *slope unless NULL. For cosines by the series of 0F1(; d/2;
 * alpha^2/4). */
double scale_cumulant(const struct softmax_law *law, double alpha, double *slope);

/* E e^(2 alpha s) / (n (E e^(alpha s))^2), which stands for E sum p^2. */
double scale_annealed_purity(const struct softmax_law *law, double n, double alpha);
/* f(alpha, n) = alpha (1 - that): the article's objective. */
double scale_annealed(const struct softmax_law *law, double n, double alpha);

/* The alpha that maximizes f(., n), n >= 1: the root of its derivative, to relative 1e-12. 0 for n = 1. NaN
 * when n is out of range or not a number. */
double scale_annealed_optimum(const struct softmax_law *law, double n);
/* For normal scores in closed form: sqrt(W0(n sqrt(e)/2) - 1/2). */
double scale_lambert_optimum(double n);

/* ---- fits on the grid of the article's figures, n = 40, 80, ..., 20000 ---- */

enum { SCALE_GRID = 500, SCALE_GRID_STEP = 40 };

struct scale_fit {
    double coefficient; /* of least squares y = coefficient x */
    double rms;         /* of its residuals */
    double least, most; /* the range of source x / y - 1 for the source's rounded coefficient */
};

struct scale_fit scale_fit(const double *x, const double *y, size_t n, double source);

/* ---- random scores ---- */

/* Fills s[n] with independent scores: d = 0 normal ones, else cosines of random directions in dimension d. */
void scale_draw(gsl_rng *rng, double d, double *s, size_t n);

#endif
