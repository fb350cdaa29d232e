/* Exact laws around the Johnson-Lindenstrauss lemma, all in logarithms so that nothing underflows.
 *
 * u, v are vectors of R^d with independent N(0, 1/d) entries, so d |u|^2 has the chi-square law with d
 * degrees; cos is the cosine of the angle between two random directions. log is the natural logarithm.
 */
#ifndef JL_H
#define JL_H

enum jl_side { JL_LOWER = -1, JL_BOTH = 0, JL_UPPER = 1 };

/* log P(|u|^2 - 1 >= eps) for JL_UPPER, log P(1 - |u|^2 >= eps) for JL_LOWER, log of their sum for JL_BOTH; d
 * > 0, 0 < eps < 1. In long double: a few units of 1e-19 times the exponent, at any d. */
long double jl_log_norm_tail(long double d, long double eps, enum jl_side side);

/* Chernoff's bound of the same: d (log(1 +- eps) -+ eps) / 2. */
double jl_log_norm_chernoff(double d, double eps, enum jl_side side);

/* log(1 + u) - u without cancellation, u > -1; exp(y) - 1 - y the same. */
long double jl_log1p_minus(long double u);
long double jl_expm1_minus(long double y);

/* log P(|<u,v>| >= eps), d >= 1, eps > 0, by quadrature over |u|: given |u|, <u,v> is N(0, |u|^2/d).
 * *error: a bound of the relative error of the probability (NULL: not asked for). */
double jl_log_inner_tail(double d, double eps, double *error);

/* Chernoff's bound of the same, from E exp(t <u,v>) = (1 - t^2/d^2)^(-d/2). */
double jl_log_inner_chernoff(double d, double eps);

/* The smallest dimension in which the union bound over the pairs of n points, with the exact tail, leaves a
 * failure probability of at most the target: pairs * P(| |u|^2 - 1 | >= eps) <= target. Dimensions above
 * JL_DIM_MAX are not resolved: the answer is then 0. */
#define JL_DIM_MAX 1e15
double jl_required_dim(long double log_pairs, long double eps, long double log_target, enum jl_side side);

/* The law of cos, tilted by exp(kappa cos), in dimension d >= 1 (kappa >= 0). */
struct jl_tilt {
    double log_mgf; /* log E[exp(-kappa (1 - cos))] */
    double gap;     /* 1 - E[cos exp(kappa cos)] / E[exp(kappa cos)] */
    double error;   /* bound of the relative errors of E[exp(-kappa (1 - cos))] and of gap */
};
struct jl_tilt jl_sphere_tilt(double d, double kappa);

/* h(d, kappa) = log E[exp(kappa cos)] - kappa E[cos exp(kappa cos)] / E[exp(kappa cos)],
 * kexue.fm/archives/7695: what a softmax over random directions takes from the entropy. *error: a bound of
 * the absolute error, or NULL. */
double jl_sphere_entropy(double d, double kappa, double *error);

#endif
