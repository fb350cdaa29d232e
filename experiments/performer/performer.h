/* Performer's random features and Transformer-VQ's codes as one linear attention: what the programs of this
 * family share.
 *
 * Queries, keys, values are q [n][d], k [n][d], v [n][dv]; omega [m][d] are random directions or codes; all
 * row-major. Both methods replace exp(q.k) by sum_i exp(a_i(q) + b_i(k)), i = 1..m, so that attention costs
 * O(n m (d + dv)):
 *
 *     Performer   a_i = omega_i.q    b_i = omega_i.k - |k|^2/2, omega random (FAVOR+, arXiv 2009.14794)
 *     soft VQ     a_i = omega_i.q    b_i = log softmax_i(-|k - omega_i|^2/(2 tau))
 *     hard VQ     a_i = omega_i.q    b_i = 0 for the nearest code, -infinity for the others
 *
 * a and b are called log-features. In double precision here, in float32 in fast.h.
 */
#ifndef PERFORMER_H
#define PERFORMER_H

#include <stddef.h>

#include <gsl/gsl_rng.h>

/* ---- random directions ---- */

enum performer_law {
    PERFORMER_GAUSS,      /* independent N(0, I) */
    PERFORMER_ORTHOGONAL, /* blocks of at most d rows of a Haar matrix, each times its own chi_d length */
    PERFORMER_SPHERE,     /* independent, uniform on the sphere of radius sqrt d */
    /* wrong or other variants of the orthogonal rows, for controls */
    PERFORMER_UNIT_ROWS,  /* all of length 1 */
    PERFORMER_EVEN_ROWS,  /* all of length sqrt d */
    PERFORMER_SHARED_ROWS /* one random chi_d length for a whole block */
};

/* omega[m][d]. Rows m = b d of PERFORMER_ORTHOGONAL are b independent blocks. */
void performer_directions(enum performer_law law, size_t m, size_t d, gsl_rng *rng, double *omega);

/* x[n][d] = scale times N(0, I); performer_uniform: uniform directions of length `norm`. */
void performer_normals(size_t n, size_t d, double scale, gsl_rng *rng, double *x);
void performer_uniform(size_t n, size_t d, double norm, gsl_rng *rng, double *x);

/* q along the first axis, k in the plane of the first two at this cosine (d = 1 takes cosines 1 and -1
 * alone). */
void performer_pair(size_t d, double q_norm, double k_norm, double cosine, double *q, double *k);

/* ---- estimators of exp(q.k) and their mean squared errors ---- */

enum performer_feature { PERFORMER_IID, PERFORMER_TRIG, PERFORMER_HYP, PERFORMER_ORT };

/* The estimate from m given directions: the mean over i of exp(-(|q|^2 + |k|^2)/2) times exp(omega_i.(q + k))
 * for IID and ORT, cosh(omega_i.(q + k)) for HYP; of exp((|q|^2 + |k|^2)/2) cos(omega_i.(q - k)) for TRIG. */
double performer_estimate(enum performer_feature feature, size_t m, size_t d, const double *omega,
                          const double *q, const double *k);

struct performer_value {
    double value, error; /* error: a bound of the numerical error */
};

/* What is known of q and k: their norms and cosine. */
struct performer_angle {
    double q, k, cosine;
};

/* exp(q.k), |q + k|^2, |q - k|^2. */
double performer_kernel(const struct performer_angle *angle);
double performer_sum_square(const struct performer_angle *angle);
double performer_difference_square(const struct performer_angle *angle);

/* Mean squared error with m directions in d >= 1 dimensions, with x = |q + k|^2, A = exp(-|q|^2 - |k|^2):
 *     IID   A (e^{2x} - e^x)/m
 *     TRIG  (1 - e^{-|q - k|^2})^2 / (2 A m)
 *     HYP   (1 - e^{-x})/2 that of IID
 *     ORT   A (e^{2x} - e^x - (b - 1)(e^x - 1F1(d; d/2; x/2)))/m, b = min(m, d) (m > d: the blocks' mean) */
struct performer_value performer_mse(enum performer_feature feature, size_t m, size_t d,
                                     const struct performer_angle *angle);

/* e^x - 1F1(d; d/2; x/2) >= 0 for x >= 0: sum_k (1 - r_k) x^k/k!, r_k = prod_{i<k} (d+i)/(d+2i), terms all
 * positive. */
struct performer_value performer_orthogonal_gain(double d, double x);

/* The upper bound of arXiv 2009.14794, theorem 2, for m <= d orthogonal directions:
 * MSE_iid - 2(m-1)/(m(d+2)) (e^{q.k} - e^{-(|q|^2+|k|^2)/2})^2. */
double performer_orthogonal_bound(size_t m, size_t d, const struct performer_angle *angle);

/* log E e^{r u.e} for u uniform on the unit sphere in d dimensions: log 0F1(; d/2; r^2/4), r >= 0, by its
 * series. */
struct performer_value performer_sphere_log(double d, double r);

/* ---- limits m -> infinity of the soft VQ form with random codes ---- */

/* The inner products of a query and two keys. */
struct performer_triple {
    double qq, q1, q2, k11, k12, k22;
};
struct performer_triple performer_triple_of(size_t d, const double *q, const double *k1, const double *k2);

/* Codes N(0, s2 I), assignment softmax(-|k - omega|^2/(2 tau)), scores factor q.omega: the log of the ratio
 * of the weights of two keys tends to factor q.(k1 - k2) s2/(s2 + tau). */
double performer_tempered_ratio(const struct performer_triple *t, double s2, double tau, double factor);

/* m times the variance of that log ratio, to leading order in 1/m: E (rho_1 f_1 - rho_2 f_2)^2, rho the
 * density of the code given the key over that of the code, f = e^{q.omega}/E(e^{q.omega} | k) - 1. A sum of
 * Gaussian integrals. */
double performer_tempered_variance(const struct performer_triple *t, double d, double s2, double tau,
                                   double factor);

/* The same for Performer's own features: e^{|q+k1|^2} + e^{|q+k2|^2} - 2 e^{(q+k1).(q+k2)}. */
double performer_favor_variance(const struct performer_triple *t);

/* Codes uniform on the sphere of radius sqrt d, tau = 1: log Phi(sqrt d |q+k1|)/Phi(sqrt d |k1|) minus that
 * of k2. */
struct performer_value performer_sphere_ratio(const struct performer_triple *t, double d);

/* ---- log-features, in double ---- */

/* a[n][m] = factor omega_i.q. */
void performer_scores(size_t n, size_t m, size_t d, double factor, const double *q, const double *omega,
                      double *a);
/* b[n][m] = omega_i.k - |k|^2/2. */
void performer_favor(size_t n, size_t m, size_t d, const double *k, const double *omega, double *b);
/* b[n][m] = -|k - omega_i|^2/(2 tau). */
void performer_distances(size_t n, size_t m, size_t d, double tau, const double *k, const double *omega,
                         double *b);
/* Each row minus its log sum exp, in place: the log of a softmax. */
void performer_log_softmax(size_t n, size_t m, double *b);
/* b[n][m] = 0 where code[j] = i, -infinity elsewhere. */
void performer_one_hot(size_t n, size_t m, const size_t *code, double *b);

/* ---- attention from log-features ---- */

/* o[queries][dv] = sum_j w_ij v_j / sum_j w_ij, w_ij = sum_y exp(a_iy + b_jy), in linear time: key feature y
 * is taken relative to its largest log-feature, which goes to the query's side, so nothing overflows and what
 * underflows is below e^-745 of the feature's sum. causal (queries == keys): j <= i, by a recurrence with m
 * (dv + 2) numbers. Returns 0, or -1 when a denominator is 0 or not finite. */
int performer_attend(size_t queries, size_t keys, size_t m, size_t dv, const double *a, const double *b,
                     const double *v, int causal, double *o);
/* The same as written, in O(queries keys (m + dv)): log w_ij by log-sum-exp, then a softmax over keys. The
 * reference. weights[queries][keys] unless NULL. */
int performer_attend_plainly(size_t queries, size_t keys, size_t m, size_t dv, const double *a,
                             const double *b, const double *v, int causal, double *o, double *weights);

/* Exact attention softmax(q k^T) v, by GEMM in double; queries x keys numbers of memory. */
void performer_exact(size_t queries, size_t keys, size_t d, size_t dv, const double *q, const double *k,
                     const double *v, double *o);

/* |o - exact| / |exact| in the Frobenius norm; the largest |o - exact| over the largest |exact|. */
double performer_error(size_t count, const double *o, const double *exact);
double performer_error_largest(size_t count, const double *o, const double *exact);

/* ---- the nearest point of a convex hull ---- */

/* min p^T H p over p >= 0, sum p = 1, H [m][m] symmetric positive semidefinite: by Wolfe's algorithm (1976),
 * the point of least norm in the hull of m points with Gram matrix H. Returns the least value; *gap >= 0
 * bounds how far it may be above the true one (Frank and Wolfe's duality gap). */
double performer_nearest(size_t m, const double *h, double *p, double *gap);

#endif
