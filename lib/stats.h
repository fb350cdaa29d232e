/* Statistics on GSL: running moments, standard errors, intervals, fits with errors, goodness-of-fit tests.
 *
 * Every estimate comes as a struct stats_mean: the value, its standard error, and the number of independent
 * observations behind it (so that a reader of the error knows how well the error itself is known).
 *
 * What cannot be known is NaN: an estimate of nothing, an error from a single observation, a tail at an
 * impossible argument, anything of NaN. Nothing here exits but for want of memory.
 */
#ifndef STATS_H
#define STATS_H

#include <stddef.h>

struct stats_mean {
    double value;
    double error; /* one standard error of `value` */
    long count;   /* independent observations; 0: `error` is a bound, not a statistic */
};

/* ---- running moments (Welford; Chan, Golub and LeVeque for merging; Pebay 2008 for orders 3 and 4) ---- */

struct stats_moments {
    long count;
    double mean, m2, m3, m4; /* central sums of powers: m2 = sum (x - mean)^2, ... */
};

/* Begin with all zeros. Merging is as if all of `from` had been pushed onto `into`. */
void stats_moments_push(struct stats_moments *m, double x);
void stats_moments_merge(struct stats_moments *into, const struct stats_moments *from);
double stats_moments_variance(const struct stats_moments *m); /* unbiased, NaN below two observations */
double stats_moments_skewness(const struct stats_moments *m); /* m3/n / (m2/n)^1.5 */
double stats_moments_kurtosis(const struct stats_moments *m); /* excess: m4/n / (m2/n)^2 - 3 */

/* The mean with its standard error sd/sqrt(n); error is NaN below two observations. */
struct stats_mean stats_moments_mean(const struct stats_moments *m);
/* The unbiased variance s^2 with its standard error, from Var(s^2) = (m4/n - s^4 (n - 3)/(n - 1))/n. */
struct stats_mean stats_moments_variance_mean(const struct stats_moments *m);

struct stats_mean stats_mean_of(const double *x, size_t n);
/* Ratio of means mean(y)/mean(x) of paired observations, delta-method error. */
struct stats_mean stats_ratio_of(const double *y, const double *x, size_t n);
/* The quantile q in (0,1) of x (sorted in place), at position q (n - 1), linear between order statistics. Its
 * error is half the width of the binomial 68.27 % interval of order statistics, at the real ranks r where
 * P(Bin(n, q) >= r), continued by the incomplete beta function, is 84.13 % and 15.87 %; NaN when these are
 * not within the sample (a median needs 3 observations, the quantile 0.99 needs 184). */
struct stats_mean stats_quantile_of(double *x, size_t n, double q);
/* Fraction k/n. The error is sqrt(p(1-p)/n) with p = (k + 1/2)/(n + 1) (Jeffreys), so it is never 0. */
struct stats_mean stats_proportion_of(long k, long n);
/* Difference a - b of independent estimates, errors in quadrature; count - 1 are the degrees of freedom of
 * that error by Welch and Satterthwaite, rounded down (a bound, count 0, is taken as exactly known). */
struct stats_mean stats_mean_difference(struct stats_mean a, struct stats_mean b);

/* Two-sided confidence interval at `level` (e.g. 0.95): Student for a mean (normal for count 0);
 * Clopper-Pearson for k successes of n. */
void stats_mean_interval(struct stats_mean m, double level, double *low, double *high);
void stats_proportion_interval(long k, long n, double level, double *low, double *high);

/* The multiple of a standard error, estimated from `count` observations, that is exceeded with the
 * probability with which a normal exceeds `z` (two-sided): a Student quantile with count - 1 degrees, odd in
 * z; infinite where that is beyond a double. count <= 0 or > 10000 gives z, count 1 NaN. */
double stats_student_multiple(double z, long count);
/* The inverse: the normal z-score of a Student t with count - 1 degrees (at any finite t, far beyond where
 * the tail probability itself is a double). */
double stats_normal_score(double t, long count);

/* ---- fits ---- */

struct stats_line { /* y = intercept + slope x */
    double intercept, slope;
    double intercept_error, slope_error; /* standard errors */
    double covariance;                   /* of intercept and slope */
    double chi2;                         /* weighted sum of squared residuals */
    long count;
};

/* Least squares; `sigma` are the standard errors of y (n >= 2), or NULL: equal and estimated from the
 * residuals (n >= 3). Returns 0, or -1 when there are too few or equal x, a value that is not finite, or a
 * sigma that is not positive. */
int stats_line_fit(const double *x, const double *y, const double *sigma, size_t n, struct stats_line *line);
/* y = exp(intercept) x^slope, fitted as a line in logarithms (sigma_log = sigma / y). Returns -1 also for x,
 * y <= 0. */
int stats_power_fit(const double *x, const double *y, const double *sigma, size_t n, struct stats_line *line);
/* General linear least squares, design matrix X (n x p, row-major), by GSL multifit (SVD): coefficients
 * beta[p], errors se[p] and the weighted residual sum of squares (se and chi2 may be NULL). sigma as above,
 * n >= p (NULL: n > p). Returns 0, or -1, also when the columns, scaled to unit norm, are dependent to
 * rounding (ratio of singular values below n eps). */
int stats_linear_fit(const double *X, const double *y, const double *sigma, size_t n, size_t p, double *beta,
                     double *se, double *chi2);

/* ---- tests ---- */

/* Kolmogorov-Smirnov distance of x (sorted in place) from the continuous law with distribution function
 * cdf(x, params). */
double stats_ks_distance(double *x, size_t n, double (*cdf)(double, const void *), const void *params);
/* Kolmogorov-Smirnov distance of two samples (both sorted in place). */
double stats_ks_distance_two(double *x, size_t n, double *y, size_t m);
/* P(D_n >= distance) for a sample of n. Tails (n distance^2 > 3, n <= 10^5): twice Smirnov's one-sided sum,
 * to 8 digits. Else Marsaglia, Tsang and Wang (2003), exact, below n = 500, and from there Vrbik's (2018)
 * correction of the limit law, K(z + 1/(6 sqrt n) + (z - 1)/(4n)), to 0.03/n (Stephens' form would be off by
 * 0.01 at n = 100). */
double stats_ks_p(double distance, size_t n);
/* Pearson's chi-square of counts against expected counts of the same total (cells below 5 expected are pooled
 * with their right neighbour, a last one with its left); the p-value with *degrees = cells left - 1 - fitted,
 * NaN when that is below 1. `degrees` may be NULL. */
double stats_chi2_p(const double *observed, const double *expected, size_t cells, int fitted, int *degrees);

/* The standard normal law, for stats_ks_distance. */
double stats_normal_cdf(double x, const void *unused);
/* Kendall's tau-b and Spearman's rank correlation (Pearson's of the mid-ranks) of paired values; NaN when all
 * x or all y are equal. */
double stats_kendall_tau(const double *x, const double *y, size_t n);
double stats_spearman_rho(const double *x, const double *y, size_t n);
/* Two-sided exact sign test: P of a split at least as uneven as wins : losses when both are as likely. */
double stats_sign_p(long wins, long losses);

/* Sum of x[0..n-1] by pairwise summation (error at most (log2(n) + 18) eps sum |x|). */
double stats_sum(const double *x, size_t n);
/* Sorts x[0..n-1] ascending, NaN last. */
void stats_sort(double *x, size_t n);

#endif
