/* The quantization model of scaling laws: quantum k is used with probability p_k, and what n learnt quanta leave over.
 *
 * Zipf's law p_k = k^-(g+1) / zeta(g+1), k = 1, 2, ... or up to K; T(n) = sum_{k>n} p_k is the loss of a model that has
 * learnt the n most frequent quanta (a = 0, b = 1). Source: kexue.fm/archives/9607; Michaud et al., arXiv 2303.13506.
 */
#ifndef SCALING_H
#define SCALING_H

#include <stddef.h>

#include "softmax.h" /* struct softmax_value: a value and a bound of its numerical error */

/* T(n) by Hurwitz zeta functions, zeta(g+1, n+1)/zeta(g+1), for g > 0 and real n >= 0. With K > 0 the law ends at K:
 * T = sum_{n<k<=K} k^-(g+1) / sum_{k<=K} k^-(g+1), n <= K. */
struct softmax_value scaling_tail(double g, double n, double K);

/* zeta(g+1). */
double scaling_zeta(double g);

/* p_k of the law without end. */
double scaling_frequency(double g, double k);

/* E[mass of the quanta seen fewer than tau times in D draws] = sum_k p_k Pr[Bin(D, p_k) < tau], summed directly up to a
 * rank where D p_k < 0.1, the rest by the series of the binomial tail in powers of p_k and Hurwitz zetas.
 * D, tau whole, tau >= 1. For tau = 1 this is the expected missing mass of Good and Turing. */
struct softmax_value scaling_soft_loss(double g, double tau, double D);

/* The same in closed form, up to an error exponentially small in D^(1/(g+2)): with s = g/(g+1), c = 1/zeta(g+1),
 * c^(1/(g+1)) Gamma(tau + s) Gamma(D + 1) / (g Gamma(tau) Gamma(D + 1 + s)). */
double scaling_soft_loss_closed(double g, double tau, double D);

/* The rule of the article: learnt iff D p_k >= tau. How many quanta that are, and the loss left. */
double scaling_sharp_count(double g, double tau, double D);
double scaling_sharp_loss(double g, double tau, double D);
/* Its smooth form T(n) ~ n^-g / (g zeta), n = (D / (tau zeta))^(1/(g+1)), without the floor. */
double scaling_sharp_loss_smooth(double g, double tau, double D);

/* The slope of log y against log x, least squares. */
double scaling_slope(const double *x, const double *y, size_t n);

/* Var of the mass seen fewer than once (tau = 1) in D draws: sum_k p_k^2 Var + sum_{j != k} p_j p_k Cov with
 * Pr[j and k unseen] = (1 - p_j - p_k)^D, over the first `kmax` quanta. O(kmax^2). */
double scaling_missing_mass_variance(double g, double D, size_t kmax);

#endif
