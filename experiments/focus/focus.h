/* How concentrated is attention? The index S(x) = (sum |x_i| / n) / sqrt(sum x_i^2 / n) of weights x_i =
 * f(z_i), small when a few dominate, for scores z = beta + gamma eps with normal eps: its limit for n ->
 * infinity in closed form and by quadrature, and its mean over n scores exactly. Source:
 * kexue.fm/archives/9889.
 *
 * n S^2 = (sum |x|)^2 / sum x^2 is the number of tokens that are attended to (the exponential of Renyi's
 * entropy of order 2); S lies in [1/sqrt n, 1].
 */
#ifndef FOCUS_H
#define FOCUS_H

#include <stddef.h>

#include "softmax.h" /* struct softmax_value: a value and a bound of its numerical error */

/* The map f from scores to weights: e^z, z itself, or max(z, 0)^power. */
struct focus_map {
    enum { FOCUS_EXP, FOCUS_IDENTITY, FOCUS_RELU } kind;
    int power; /* RELU: 1..9 */
};

/* "exp", "id", "relu", "relu2" .. "relu9". Returns 0, or -1. */
int focus_map_parse(const char *name, struct focus_map *map);
/* f(z); exp(z) may overflow: see focus_weights. */
double focus_map_value(struct focus_map map, double z);
/* x[i] = f(x[i]), for exp divided by the largest, which no index feels. */
void focus_weights(struct focus_map map, double *x, size_t n);

/* S(x), in any scale of x; NaN for the zero vector, for n = 0 and when an entry is not finite. */
double focus_index(const double *x, size_t n);

/* ---- n -> infinity: S = E|f| / sqrt(E f^2) ---- */

/* In closed form: exp(-gamma^2/2) for exp; for the others a function of r = beta/gamma alone. With
 * J_q(r) = int_0^inf x^q e^(rx - x^2/2) dx, E relu^q = gamma^q phi(r) J_q(r), and J_(q+1) = r J_q + q
 * J_(q-1): used forwards for r >= -1/2, else backwards as a continued fraction, so that no digits are lost (r
 * down to -53, where S itself leaves the doubles). gamma = 0: 1; NaN where all weights are 0, and for gamma <
 * 0. */
double focus_limit(struct focus_map map, double beta, double gamma);
/* The same by adaptive quadrature, moments in logarithms; with GSL's estimate of the error. */
struct softmax_value focus_limit_quadrature(struct focus_map map, double beta, double gamma);
/* relu2 by the formula printed in the article, as printed: cancels from r = -5 down. */
double focus_relu2_printed(double beta, double gamma);
/* relu2 for r -> -infinity: 2 sqrt(phi(r) / (24 |r|)), without its corrections of order r^-2. */
double focus_relu2_tail(double r);

/* ---- n scores, exactly ---- */

/* E S over n >= 1 independent scores, given that not all weights are 0. As sum |x| is linear,
 *     E S = sqrt(n / pi) int_0^inf u^(-1/2) E[|x| e^(-u x^2)] (E e^(-u x^2))^(n-1) du,
 * a single integral, by trapezoidal rules in log u and in the score; the error is the change when steps are
 * doubled. */
struct softmax_value focus_mean(struct focus_map map, double beta, double gamma, double n);

/* The term b of E S^2 = S^2 (1 + b/n) + O(n^-2) for n independent weights x with E x^k = m[k - 1], k = 1..4.
 */
double focus_squared_bias(const double m[4]);

/* ---- decay: weights lambda^(n-1), ..., lambda, 1 ---- */

/* sqrt((1 - l^n)(1 + l) / (n (1 - l)(1 + l^n))), 0 < l <= 1 (at 1: 1). */
double focus_decay(double lambda, double n);
/* The article's upper bound, without the factor 1 - l^n under the root; infinite at l = 1. */
double focus_decay_bound(double lambda, double n);
/* E S^2 of the weights l^j |eps_j|, j < n, eps normal, exactly: with c_j = u l^2j,
 *     n E S^2 = int prod (1+2c)^(-1/2) ( (2/pi) (sum l^j (1+2c)^(-1/2))^2 + (1 - 2/pi) sum l^2j / (1+2c) )
 * du. */
struct softmax_value focus_gated_squared(double lambda, double n);
/* The same to first order in 1/window: the product of the squared indices of decay and weights times one plus
 * the variances of numerator and denominator. */
double focus_gated_squared_series(double lambda, double n);

/* ---- linear attention ---- */

/* E|T_M(z)| / sqrt(E T_M(z)^2), T_M(z) = sum_{m<=M} z^m / m!, z = gamma eps: the index of attention with the
 * truncated exponential for its kernel. 1 <= M <= 60. With `factorials` 0 the coefficients are all 1 (a wrong
 * variant). */
struct softmax_value focus_taylor(int M, double gamma, int factorials);
/* |q|_2 / |q|_1, in [1/sqrt d, 1]. */
double focus_norm_ratio(const double *q, size_t d);
/* E k^j, j = 1..4, of a feature k: "relu" max(eps, 0), "exp" e^eps, "sq" eps^2, "bernoulli:RHO",
 * "lognormal:S". Returns 0, or -1 when it is none of these. */
int focus_feature_moments(const char *name, double m[4]);
/* Moments of y = sum_i q_i k_i for independent k_i with the moments m: by cumulants, which add. */
void focus_sum_moments(const double m[4], const double *q, size_t d, double out[4]);

#endif
