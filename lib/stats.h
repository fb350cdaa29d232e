/* Statistics on GSL: running moments, standard errors, intervals, fits with errors, goodness-of-fit tests.
 *
 * Every estimate comes as a struct stats_mean: the value, its standard error, and the number of independent
 * observations behind it (so that a reader of the error knows how well the error itself is known).
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

void stats_moments_push(struct stats_moments *m, double x);
void stats_moments_merge(struct stats_moments *into, const struct stats_moments *from);
double stats_moments_variance(const struct stats_moments *m); /* unbiased, NaN below two observations */
double stats_moments_skewness(const struct stats_moments *m); /* m3/n / (m2/n)^1.5 */
double stats_moments_kurtosis(const struct stats_moments *m); /* excess: m4/n / (m2/n)^2 - 3 */

/* The mean with its standard error sd/sqrt(n); error is NaN below two observations. */
struct stats_mean stats_moments_mean(const struct stats_moments *m);
/* The unbiased variance with its standard error, from the fourth moment. */
struct stats_mean stats_moments_variance_mean(const struct stats_moments *m);

struct stats_mean stats_mean_of(const double *x, size_t n);
/* Ratio of means mean(y)/mean(x) of paired observations, delta-method error. */
struct stats_mean stats_ratio_of(const double *y, const double *x, size_t n);
/* The quantile q in (0,1) of x (sorted in place), linear interpolation between order statistics; its error is half
 * the width of the binomial 68.27 % interval of order statistics. */
struct stats_mean stats_quantile_of(double *x, size_t n, double q);
/* Fraction k/n. The error is sqrt(p(1-p)/n) with p = (k + 1/2)/(n + 1) (Jeffreys), so it is never 0. */
struct stats_mean stats_proportion_of(long k, long n);
/* Difference a - b of independent estimates, errors in quadrature. */
struct stats_mean stats_mean_difference(struct stats_mean a, struct stats_mean b);

/* Two-sided confidence interval at `level` (e.g. 0.95): Student for a mean, Clopper-Pearson for k successes of n. */
void stats_mean_interval(struct stats_mean m, double level, double *low, double *high);
void stats_proportion_interval(long k, long n, double level, double *low, double *high);

/* The multiple of a standard error, estimated from `count` observations, that is exceeded with the probability with
 * which a normal exceeds `z` (two-sided): a Student quantile with count - 1 degrees; count <= 0 or > 10000 gives z. */
double stats_student_multiple(double z, long count);
/* The inverse: the normal z-score of a Student t with count - 1 degrees. */
double stats_normal_score(double t, long count);

/* ---- fits ---- */

struct stats_line { /* y = intercept + slope x */
    double intercept, slope;
    double intercept_error, slope_error; /* standard errors */
    double covariance;                   /* of intercept and slope */
    double chi2;                         /* weighted sum of squared residuals */
    long count;
};

/* Least squares; `sigma` are the standard errors of y, or NULL: equal and estimated from the residuals (n >= 3).
 * Returns 0, or -1 when there are too few or equal x, or a sigma that is not positive. */
int stats_line_fit(const double *x, const double *y, const double *sigma, size_t n, struct stats_line *line);
/* y = exp(intercept) x^slope, fitted as a line in logarithms (sigma_log = sigma / y). Returns -1 also for x, y <= 0. */
int stats_power_fit(const double *x, const double *y, const double *sigma, size_t n, struct stats_line *line);
/* General linear least squares, design matrix X (n x p, row-major), by GSL multifit (SVD): coefficients beta[p],
 * errors se[p] and the residual sum of squares. sigma as above. Returns 0 or -1. */
int stats_linear_fit(const double *X, const double *y, const double *sigma, size_t n, size_t p, double *beta,
                     double *se, double *chi2);

/* ---- tests ---- */

/* Kolmogorov-Smirnov distance of x (sorted in place) from the law with distribution function cdf(x, params). */
double stats_ks_distance(double *x, size_t n, double (*cdf)(double, const void *), const void *params);
/* Kolmogorov-Smirnov distance of two samples (both sorted in place). */
double stats_ks_distance_two(double *x, size_t n, double *y, size_t m);
/* P(D_n >= distance) for a sample of n: Marsaglia, Tsang and Wang (2003) below n = 100, else Stephens' form. */
double stats_ks_p(double distance, size_t n);
/* Pearson's chi-square of counts against expected counts (cells below 5 expected are pooled with their right
 * neighbour); the p-value with *degrees = cells left - 1 - fitted. */
double stats_chi2_p(const double *observed, const double *expected, size_t cells, int fitted, int *degrees);

double stats_normal_cdf(double x, const void *unused);
/* Kendall's tau-b and Spearman's rank correlation of paired values; ties as usual. */
double stats_kendall_tau(const double *x, const double *y, size_t n);
double stats_spearman_rho(const double *x, const double *y, size_t n);
/* Two-sided exact sign test: P of a split at least as uneven as `wins` of wins + losses. */
double stats_sign_p(long wins, long losses);

/* Sum of x[0..n-1] by pairwise summation (error O(log n) eps sum |x|). */
double stats_sum(const double *x, size_t n);
void stats_sort(double *x, size_t n);

#endif
