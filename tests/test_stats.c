/* Statistics against NIST's certified values, closed forms, slow definitions and the laws they must follow.
 *
 * Random checks hold for any seed: each compares with a bound, or with an exact law at 5 standard deviations.
 */
#include <float.h>
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <gsl/gsl_cdf.h>
#include <gsl/gsl_randist.h>
#include <gsl/gsl_sf_erf.h>
#include <gsl/gsl_sf_gamma.h>
#include <gsl/gsl_statistics_double.h>

#include "check.h"
#include "linalg.h"
#include "nist/strd.h"
#include "stats.h"

static size_t size_up_to(gsl_rng *rng, size_t most)
{
    return (size_t)gsl_rng_uniform_int(rng, most + 1);
}

static struct stats_moments moments_of(const double *x, size_t n)
{
    struct stats_moments m = {0};
    for (size_t i = 0; i < n; i++)
        stats_moments_push(&m, x[i]);
    return m;
}

/* ---- NIST StRD ---- */

/* To 10 digits, less what is lost beyond help: data and running mean are rounded to half an ulp of the mean,
 * which against the standard deviation is 1e-8 in NumAcc4 and nothing in the observed sets. */
static void nist_univariate_set(const char *name, const double *x, size_t n, double mean, double sd)
{
    struct stats_moments m = moments_of(x, n);
    double lost = 4 * DBL_EPSILON * fabs(mean) / sd;
    check_close(name, m.mean, mean, 1e-15 * fabs(mean) * 4);
    check_close(name, sqrt(stats_moments_variance(&m)), sd, (1e-10 + lost) * sd);
    struct stats_mean estimate = stats_mean_of(x, n);
    check_close(name, estimate.value, mean, 1e-15 * fabs(mean) * 4);
    check_close(name, estimate.error, sd / sqrt((double)n), (1e-10 + lost) * sd / sqrt((double)n));
    assert_int_equal(estimate.count, n);

    struct stats_moments left = moments_of(x, n / 3), right = moments_of(x + n / 3, n - n / 3);
    stats_moments_merge(&left, &right);
    check_close(name, left.mean, mean, 1e-15 * fabs(mean) * 4);
    check_close(name, sqrt(stats_moments_variance(&left)), sd, (1e-10 + lost) * sd);
}

static void nist_univariate(void **state)
{
    (void)state;
    nist_univariate_set("Lew", strd_lew, 200, strd_lew_certified[0], strd_lew_certified[1]);
    nist_univariate_set("Lottery", strd_lottery, 218, strd_lottery_certified[0], strd_lottery_certified[1]);
    nist_univariate_set("Mavro", strd_mavro, 50, strd_mavro_certified[0], strd_mavro_certified[1]);
    nist_univariate_set("Michelson", strd_michelson, 100, strd_michelson_certified[0],
                        strd_michelson_certified[1]);
    static const double numacc1[] = {10000001, 10000003, 10000002};
    nist_univariate_set("NumAcc1", numacc1, 3, 10000002, 1);
    static const double offset[] = {1, 1000000, 10000000}; /* NumAcc2 to 4: .2, then 500 times .1 and .3 */
    for (size_t set = 0; set < 3; set++) {
        double x[1001] = {offset[set] + 0.2};
        for (size_t i = 1; i < 1001; i += 2) {
            x[i] = offset[set] + 0.1;
            x[i + 1] = offset[set] + 0.3;
        }
        nist_univariate_set("NumAcc", x, 1001, offset[set] + 0.2, 0.1);
    }
}

static void nist_regression_set(const char *name, const double *X, const double *y, size_t n, size_t p,
                                const double *beta, const double *se, double rss, double digits)
{
    double got[11], error[11], chi2, tolerance = pow(10, -digits);
    assert_int_equal(stats_linear_fit(X, y, NULL, n, p, got, error, &chi2), 0);
    for (size_t j = 0; j < p; j++) {
        check_close(name, got[j], beta[j], tolerance * fabs(beta[j]));
        check_close(name, error[j], se[j], tolerance * se[j]);
    }
    check_close(name, chi2, rss, tolerance * rss);

    /* equal sigmas give the same line with errors sigma / s times as large, s^2 = rss/(n - p) */
    double s = sqrt(rss / (double)(n - p)), sigma[100];
    for (size_t i = 0; i < n; i++)
        sigma[i] = 3 * s;
    assert_int_equal(stats_linear_fit(X, y, sigma, n, p, got, error, &chi2), 0);
    for (size_t j = 0; j < p; j++) {
        check_close(name, got[j], beta[j], tolerance * fabs(beta[j]));
        check_close(name, error[j], 3 * se[j], 3 * tolerance * se[j]);
    }
    check_close(name, chi2, (double)(n - p) / 9, tolerance * (double)(n - p));
}

static void nist_polynomial_set(const char *name, const double *x, const double *y, size_t n, size_t p,
                                const double *beta, const double *se, double rss, double digits)
{
    double X[82 * 11];
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < p; j++)
            X[i * p + j] = pow(x[i], (double)j);
    nist_regression_set(name, X, y, n, p, beta, se, rss, digits);
}

/* Digits: 9, except Filip, where columns scaled to unit norm have a condition near 10^10: of 16 digits 6 are
 * left. (Longley's is 4e4 after scaling, so 9 digits stand though its raw condition is 5e9.) */
static void nist_regression(void **state)
{
    (void)state;
    nist_polynomial_set("Norris", strd_norris_x, strd_norris_y, 36, 2, strd_norris_beta, strd_norris_se,
                        strd_norris_rss, 9);
    nist_polynomial_set("Pontius", strd_pontius_x, strd_pontius_y, 40, 3, strd_pontius_beta, strd_pontius_se,
                        strd_pontius_rss, 9);
    nist_polynomial_set("Filip", strd_filip_x, strd_filip_y, 82, 11, strd_filip_beta, strd_filip_se,
                        strd_filip_rss, 6);
    nist_polynomial_set("Wampler3", strd_wampler3_x, strd_wampler3_y, 21, 6, strd_wampler3_beta,
                        strd_wampler3_se, strd_wampler3_rss, 9);
    double longley[16 * 7];
    for (size_t i = 0; i < 16; i++) {
        longley[i * 7] = 1;
        memcpy(longley + i * 7 + 1, strd_longley_x + i * 6, 6 * sizeof *longley);
    }
    nist_regression_set("Longley", longley, strd_longley_y, 16, 7, strd_longley_beta, strd_longley_se,
                        strd_longley_rss, 9);
    static const double noint1_x[] = {60, 61, 62, 63, 64, 65, 66, 67, 68, 69, 70};
    static const double noint1_y[] = {130, 131, 132, 133, 134, 135, 136, 137, 138, 139, 140};
    static const double noint1_beta = 2.07438016528926, noint1_se = 0.165289256198347e-01;
    nist_regression_set("NoInt1", noint1_x, noint1_y, 11, 1, &noint1_beta, &noint1_se, 127.272727272727, 9);

    struct stats_line line;
    assert_int_equal(stats_line_fit(strd_norris_x, strd_norris_y, NULL, 36, &line), 0);
    check_close("Norris intercept", line.intercept, strd_norris_beta[0], 1e-10);
    check_close("Norris slope", line.slope, strd_norris_beta[1], 1e-10);
    check_close("Norris intercept error", line.intercept_error, strd_norris_se[0], 1e-11);
    check_close("Norris slope error", line.slope_error, strd_norris_se[1], 1e-13);
    check_close("Norris residuals", line.chi2, strd_norris_rss, 1e-9);
    assert_int_equal(line.count, 36);
}

/* ---- moments ---- */

/* Central sums of powers in two passes of long double. */
static void central_sums(const double *x, size_t n, long double *mean, long double sums[5],
                         long double sizes[5])
{
    *mean = 0;
    for (size_t i = 0; i < n; i++)
        *mean += x[i];
    *mean /= (long double)n;
    for (int k = 0; k < 5; k++)
        sums[k] = sizes[k] = 0;
    for (size_t i = 0; i < n; i++)
        for (int k = 0; k < 5; k++) {
            sums[k] += powl(x[i] - *mean, k);
            sizes[k] += powl(fabsl(x[i] - *mean), k);
        }
}

static void check_moments(const char *what, const struct stats_moments *m, const double *x, size_t n)
{
    assert_int_equal(m->count, n);
    if (n == 0)
        return;
    long double mean, sums[5], sizes[5];
    central_sums(x, n, &mean, sums, sizes);
    /* a few roundings a push, relative to |x| in the mean and so magnified by |x|/sd in a sum of powers */
    double sd = (double)sqrtl(sizes[2] / (long double)n), largest = 0;
    for (size_t i = 0; i < n; i++)
        largest = fmax(largest, fabs(x[i]));
    double unit = 50 * (double)n * DBL_EPSILON;
    check_close(what, m->mean, (double)mean, unit * largest);
    double got[5] = {0, 0, m->m2, m->m3, m->m4};
    for (int k = 2; k < 5; k++)
        check_close(what, got[k], (double)sums[k],
                    unit * (1 + largest / (sd > 0 ? sd : 1)) * ((double)sizes[k] + (double)n * pow(sd, k)));
}

static void merging_is_pushing(void **state)
{
    (void)state;
    gsl_rng *rng = check_stream("merging_is_pushing");
    double x[300];
    for (long round = 0; round < check_rounds(300); round++) {
        size_t n = size_up_to(rng, 300);
        double centre = 10 * rng_normal(rng), scale = exp(3 * rng_normal(rng));
        int law = (int)gsl_rng_uniform_int(rng, 4);
        for (size_t i = 0; i < n; i++)
            x[i] = scale * (centre + (law == 0   ? rng_normal(rng)
                                      : law == 1 ? gsl_ran_exponential(rng, 1)
                                      : law == 2 ? (double)gsl_rng_uniform_int(rng, 2)
                                                 : 0));
        struct stats_moments all = moments_of(x, n), merged = {0};
        check_moments("pushed", &all, x, n);
        for (size_t from = 0; from < n;) { /* random pieces, empty ones among them */
            size_t piece = size_up_to(rng, n - from);
            struct stats_moments m = moments_of(x + from, piece);
            stats_moments_merge(&merged, &m);
            from += piece;
        }
        check_moments("merged", &merged, x, n);
        if (n) { /* with itself: twice every observation */
            struct stats_moments twice = all;
            stats_moments_merge(&twice, &twice);
            assert_int_equal(twice.count, 2 * all.count);
            check_close("twice", twice.m4, 2 * all.m4, 0);
        }
    }
    gsl_rng_free(rng);
}

static void shapes_of_known_sets(void **state)
{
    (void)state;
    static const double coin[] = {-1, 1, -1, 1}, skew[] = {0, 0, 0, 4}, one[] = {7};
    struct stats_moments m = moments_of(coin, 4);
    check_close("skewness of a coin", stats_moments_skewness(&m), 0, 1e-15);
    check_close("kurtosis of a coin", stats_moments_kurtosis(&m), -2, 1e-15);
    check_close("variance of a coin", stats_moments_variance(&m), 4.0 / 3, 1e-15);
    /* m4/n = 1, s^2 = 4/3: (1 - (16/9)(1/3))/4 */
    check_close("its error", stats_moments_variance_mean(&m).error, sqrt((1 - 16.0 / 27) / 4), 1e-15);
    m = moments_of(skew, 4); /* mean 1, deviations -1 -1 -1 3: m2/n = 3, m3/n = 6, m4/n = 21 */
    check_close("skewness", stats_moments_skewness(&m), 6 / pow(3, 1.5), 1e-15);
    check_close("kurtosis", stats_moments_kurtosis(&m), 21.0 / 9 - 3, 1e-15);
    m = moments_of(one, 1);
    check_close("mean of one", stats_moments_mean(&m).value, 7, 0);
    assert_true(isnan(stats_moments_mean(&m).error));
    assert_true(isnan(stats_moments_variance(&m)));
    assert_true(isnan(stats_moments_skewness(&m)));
    m = (struct stats_moments){0};
    assert_true(isnan(stats_moments_mean(&m).value));
    assert_true(isnan(stats_mean_of(NULL, 0).value));
}

/* For normals s^2 has variance 2/(n - 1), and m4/n / s^4 is independent of s (Basu) with mean
 * 3 (n - 1)^3/(n^2 (n + 1)): so the mean of (error/s^2)^2 is known. */
static void errors_of_variances(void **state)
{
    (void)state;
    gsl_rng *rng = check_stream("errors_of_variances");
    static const size_t sizes[] = {2, 5, 40};
    for (size_t k = 0; k < 3; k++) {
        size_t n = sizes[k];
        double N = (double)n, x[40];
        struct stats_moments relative = {0}, value = {0};
        for (long round = 0; round < check_rounds(4000); round++) {
            rng_normals(rng, x, n);
            struct stats_moments m = moments_of(x, n);
            struct stats_mean variance = stats_moments_variance_mean(&m), mean = stats_moments_mean(&m);
            check_close("error of the mean", mean.error, sqrt(variance.value / N), 1e-15 * mean.error);
            stats_moments_push(&relative, pow(variance.error / variance.value, 2));
            stats_moments_push(&value, variance.value);
        }
        double want = (3 * pow(N - 1, 3) / (N * N * (N + 1)) - (N - 3) / (N - 1)) / N;
        struct stats_mean got = stats_moments_mean(&relative);
        /* both laws are skew: 6 standard errors where a normal takes 5 */
        check_close("error of the variance", got.value, want, 6 * got.error + 1e-14);
        check_close("variance", value.mean, 1, 6 * sqrt(2 / (N - 1) / (double)value.count));
    }
    gsl_rng_free(rng);
}

static void ratios(void **state)
{
    (void)state;
    gsl_rng *rng = check_stream("ratios");
    double x[50], y[50];
    for (long round = 0; round < check_rounds(200); round++) {
        size_t n = 2 + size_up_to(rng, 48);
        for (size_t i = 0; i < n; i++) {
            x[i] = 5 + rng_normal(rng);
            y[i] = 2 * x[i] + rng_normal(rng);
        }
        struct stats_mean ratio = stats_ratio_of(y, x, n);
        double mx = gsl_stats_mean(x, 1, n), r = gsl_stats_mean(y, 1, n) / mx;
        double variance = gsl_stats_variance(y, 1, n) - 2 * r * gsl_stats_covariance(y, 1, x, 1, n) +
                          r * r * gsl_stats_variance(x, 1, n);
        check_close("ratio", ratio.value, r, 1e-13 * fabs(r));
        /* the three terms may cancel: compare squares, to their size */
        check_close("its error", ratio.error * ratio.error, variance / (double)n / (mx * mx),
                    1e-11 * (1 + r * r) * 40 / (double)n / (mx * mx));
        for (size_t i = 0; i < n; i++)
            y[i] = 3 * x[i];
        ratio = stats_ratio_of(y, x, n);
        check_close("exact ratio", ratio.value, 3, 1e-14);
        check_close("its error", ratio.error, 0, 1e-14);
    }
    gsl_rng_free(rng);
}

/* ---- quantiles ---- */

/* For uniforms E U_(r) = r/(n + 1), so the mean error is half the distance of the two ranks over n + 1; the
 * whole ranks about them come from GSL's binomial. */
static void errors_of_quantiles(void **state)
{
    (void)state;
    gsl_rng *rng = check_stream("errors_of_quantiles");
    static const struct {
        size_t n;
        double q;
    } cases[] = {{9, 0.5}, {30, 0.2}, {200, 0.5}, {200, 0.97}, {1000, 0.1}};
    double x[1000];
    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
        size_t n = cases[k].n;
        double q = cases[k].q, N = (double)n;
        unsigned from = 1, to = 1; /* the greatest whole ranks with P(Bin >= r) >= 84.13 %, 15.87 % */
        while (gsl_cdf_binomial_Q(from, q, (unsigned)n) >= gsl_cdf_ugaussian_P(1))
            from++;
        while (gsl_cdf_binomial_Q(to, q, (unsigned)n) >= gsl_cdf_ugaussian_Q(1))
            to++;
        double width = (double)(to - from);
        struct stats_moments error = {0}, value = {0};
        for (long round = 0; round < check_rounds(200); round++) {
            for (size_t i = 0; i < n; i++)
                x[i] = gsl_rng_uniform(rng);
            struct stats_mean quantile = stats_quantile_of(x, n, q);
            check_close("quantile", quantile.value, gsl_stats_quantile_from_sorted_data(x, 1, n, q), 1e-15);
            assert_int_equal(quantile.count, n);
            check_between("error in ranks", quantile.error,
                          (x[from < to ? to - 1 : from - 1] - x[from < to ? from : from - 1]) / 2,
                          (x[to] - x[from - 1]) / 2);
            stats_moments_push(&error, quantile.error);
            stats_moments_push(&value, quantile.value);
        }
        struct stats_mean mean = stats_moments_mean(&error);
        check_between("mean error of a quantile", mean.value, (width - 1) / 2 / (N + 1) - 5 * mean.error,
                      (width + 1) / 2 / (N + 1) + 5 * mean.error);
        /* position q (n - 1) from 0: expected (q (n - 1) + 1)/(n + 1), its variance at most 1/(4 (n + 2)) */
        check_close("mean quantile", value.mean, (q * (N - 1) + 1) / (N + 1),
                    5 * sqrt(0.25 / (N + 2) / (double)value.count));
    }
    gsl_rng_free(rng);
}

/* The ranks of the interval are within the sample if 1 - (1 - q)^n and 1 - q^n are at least 84.13 %. */
static void quantiles_of_few(void **state)
{
    (void)state;
    double x[200];
    for (size_t n = 0; n <= 200; n++) {
        for (size_t i = 0; i < n; i++)
            x[i] = (double)(n - i);
        assert_true(isnan(stats_quantile_of(x, n, 0.5).error) == (n < 3));
        assert_true(isnan(stats_quantile_of(x, n, 0.99).error) == (n < 184));
        assert_true(isnan(stats_quantile_of(x, n, 0.01).error) == (n < 184));
        assert_true(isnan(stats_quantile_of(x, n, 0.5).value) == (n < 1));
    }
    assert_true(isnan(stats_quantile_of(x, 100, 0).value));
    assert_true(isnan(stats_quantile_of(x, 100, 1).value));
    double infinite[] = {1, INFINITY, 2, 3, -INFINITY};
    check_close("median beside infinities", stats_quantile_of(infinite, 5, 0.5).value, 2, 0);
}

/* ---- proportions ---- */

static void proportions(void **state)
{
    (void)state;
    struct stats_mean p = stats_proportion_of(0, 100);
    check_close("0 of 100", p.value, 0, 0);
    check_close("its error", p.error, sqrt(0.5 / 101 * (100.5 / 101) / 100), 1e-16);
    p = stats_proportion_of(30, 40);
    check_close("30 of 40", p.value, 0.75, 0);
    check_close("its error", p.error, sqrt(30.5 / 41 * (10.5 / 41) / 40), 1e-16);
    assert_true(isnan(stats_proportion_of(1, 0).value));
    assert_true(isnan(stats_proportion_of(-1, 5).error));
    assert_true(isnan(stats_proportion_of(6, 5).value));
}

/* Clopper and Pearson cover at least `level` at every p (no simulation: the sum over all k), and each end is
 * where its tail is exactly half of the rest. */
static void proportion_intervals(void **state)
{
    (void)state;
    gsl_rng *rng = check_stream("proportion_intervals");
    for (long round = 0; round < check_rounds(60); round++) {
        unsigned n = 1 + (unsigned)size_up_to(rng, 79);
        double level = round % 3 == 0 ? 0.95 : 0.5 + 0.4999 * gsl_rng_uniform(rng);
        double low[81], high[81];
        for (unsigned k = 0; k <= n; k++) {
            stats_proportion_interval(k, n, level, &low[k], &high[k]);
            assert_true(low[k] <= (double)k / n && (double)k / n <= high[k]);
            if (k > 0)
                check_close("lower end", gsl_cdf_binomial_Q(k - 1, low[k], n), (1 - level) / 2, 1e-11);
            if (k < n)
                check_close("upper end", gsl_cdf_binomial_P(k, high[k], n), (1 - level) / 2, 1e-11);
        }
        check_close("none", low[0], 0, 0);
        check_close("all", high[n], 1, 0);
        for (int i = 0; i < 20; i++) {
            double p = gsl_rng_uniform(rng), coverage = 0;
            for (unsigned k = 0; k <= n; k++)
                if (low[k] <= p && p <= high[k])
                    coverage += gsl_ran_binomial_pdf(k, p, n);
            check_between("coverage", coverage, level - 1e-9, 1 + 1e-9);
        }
    }
    gsl_rng_free(rng);
}

/* The same ends against GSL at sizes on both sides of where its incomplete beta is left. */
static void proportion_intervals_of_thousands(void **state)
{
    (void)state;
    for (unsigned n = 1000; n < 1000000; n = n * 3 / 2)
        for (unsigned k = n / 10; k < n; k += n / 5) {
            double low, high;
            stats_proportion_interval(k, n, 0.99, &low, &high);
            /* GSL's sums lose digits as n grows: about n eps log n */
            check_close("lower end", gsl_cdf_binomial_Q(k - 1, low, n), 0.005, 0.005 * (1e-9 + 1e-14 * n));
            check_close("upper end", gsl_cdf_binomial_P(k, high, n), 0.005, 0.005 * (1e-9 + 1e-14 * n));
        }
}

/* Rare events: Poisson limits, k of n with n huge. Many events: normal limits, beyond GSL's own reach. */
static void proportion_intervals_of_many(void **state)
{
    (void)state;
    double low, high;
    for (double n = 1e6; n < 1e16; n *= 10) {
        stats_proportion_interval(0, (long)n, 0.95, &low, &high);
        check_close("no event", high * n, -log(0.025), 10 / n + 1e-9);
        for (long k = 1; k <= 5; k++) { /* P(Poisson(high) <= k) = 2.5 %: relative to O(k/n) */
            stats_proportion_interval(k, (long)n, 0.95, &low, &high);
            check_close("rare, low", gsl_cdf_poisson_Q((unsigned)k - 1, low * n), 0.025, 100 / n + 1e-7);
            check_close("rare, high", gsl_cdf_poisson_P((unsigned)k, high * n), 0.025, 100 / n + 1e-7);
        }
        for (double p = 0.1; p < 1; p += 0.2) {
            /* Cornish-Fisher: p + (z^2 (1 - 2p)/3 + ... +- z sqrt(n p q))/n, terms of at most (z^2 + 2)/n */
            double z = gsl_cdf_ugaussian_Pinv(0.975), sd = sqrt(p * (1 - p) / n);
            stats_proportion_interval((long)(n * p), (long)n, 0.95, &low, &high);
            check_close("many, low", low, p - z * sd, (z * z + 3) / n + 1e-15);
            check_close("many, high", high, p + z * sd, (z * z + 3) / n + 1e-15);
            double other_low, other_high;
            stats_proportion_interval((long)n - (long)(n * p), (long)n, 0.95, &other_low, &other_high);
            check_close("mirrored", other_low, 1 - high, 1e-8 * sd + 1e-15);
            check_close("mirrored", other_high, 1 - low, 1e-8 * sd + 1e-15);
        }
    }
    static const long bad[][2] = {{-1, 3}, {4, 3}, {0, 0}, {0, -1}};
    for (size_t i = 0; i < 4; i++) {
        stats_proportion_interval(bad[i][0], bad[i][1], 0.95, &low, &high);
        assert_true(isnan(low) && isnan(high));
    }
    stats_proportion_interval(1, 3, 1, &low, &high);
    assert_true(isnan(low) && isnan(high));
}

/* ---- Student ---- */

static double log_normal_tail(double z)
{
    return gsl_sf_log_erfc(z / M_SQRT2) - M_LN2;
}

/* P(T > t) in closed form for an even number of degrees: (1 - u sum_j binom(2j, j) (c/4)^j)/2, j < degrees/2,
 * with u^2 = 1 - c = t^2/(degrees + t^2). */
static double student_tail_even(double t, int degrees)
{
    long double c = degrees / (degrees + (long double)t * t), sum = 0, term = 1;
    for (int j = 0; j < degrees / 2; j++) {
        sum += term;
        term *= c * (2 * j + 1) / (2 * j + 2);
    }
    return (double)(0.5L - sqrtl(1 - c) / 2 * sum);
}

static void student_closed_forms(void **state)
{
    (void)state;
    for (double z = 0.05; z < 30; z += 0.37) {
        double tail = gsl_cdf_ugaussian_Q(z);
        check_close("1 degree", stats_student_multiple(z, 2) * tan(M_PI * tail), 1, 1e-9);
        double t = (1 - 2 * tail) / sqrt(2 * tail * (1 - tail));
        check_close("2 degrees", stats_student_multiple(z, 3) / t, 1, 1e-9);
    }
    for (int degrees = 2; degrees < 10000; degrees = degrees * 3 / 2 / 2 * 2 + 2)
        for (double z = 0.1; z < 4; z += 0.31) {
            double t = stats_student_multiple(z, degrees + 1), tail = gsl_cdf_ugaussian_Q(z);
            check_close("even degrees", student_tail_even(t, degrees), tail, 1e-12);
        }
    for (double z = 4; z < 37; z += 1.3) /* GSL's own tails, right to 1e-6 of themselves */
        for (long count = 3; count < 10000; count = count * 3 / 2 + 1) {
            double t = stats_student_multiple(z, count), tail = gsl_cdf_tdist_Q(t, (double)count - 1);
            check_close("far tails", log(tail), log_normal_tail(z), 2e-6);
        }
    for (double log_t = 1; log_t < 700; log_t += 13.7) {
        /* 1 degree: atan(1/t)/pi; 2 degrees: (1 - t/r)/2 = 1/(r (r + t)), r^2 = 2 + t^2 */
        double t = exp(log_t), r = hypot(M_SQRT2, t);
        double tail1 = log(atan2(1, t) / M_PI), tail2 = -log(r) - log(r + t);
        check_close("1 degree", log_normal_tail(stats_normal_score(t, 2)), tail1, -1e-12 * tail1);
        check_close("2 degrees", log_normal_tail(stats_normal_score(t, 3)), tail2, -1e-12 * tail2);
    }
    double five = stats_student_multiple(5, 10);
    check_close("5 sigma, 9 degrees", gsl_cdf_tdist_Q(five, 9) / gsl_cdf_ugaussian_Q(5), 1, 1e-9);
    static const long plain[] = {0, -3, 10001, LONG_MAX};
    for (size_t i = 0; i < 4; i++) {
        check_close("no Student", stats_student_multiple(5, plain[i]), 5, 0);
        check_close("no Student", stats_normal_score(5, plain[i]), 5, 0);
    }
    assert_true(isnan(stats_student_multiple(5, 1)) && isnan(stats_normal_score(5, 1)));
    assert_true(isnan(stats_student_multiple(NAN, 5)) && isnan(stats_normal_score(NAN, 5)));
    check_close("zero", stats_student_multiple(0, 5), 0, 0);
    check_close("zero", stats_normal_score(0, 5), 0, 0);
    assert_true(isinf(stats_student_multiple(60, 2))); /* tail 1e-784: t beyond a double */
    assert_true(isfinite(stats_normal_score(DBL_MAX, 2)));
}

static void student_inverse_pairs(void **state)
{
    (void)state;
    gsl_rng *rng = check_stream("student_inverse_pairs");
    for (long round = 0; round < check_rounds(1500); round++) {
        double z = 0.01 * exp(8.5 * gsl_rng_uniform(rng)); /* 0.01 to 49 */
        long count = (long)(2 * exp(8.5 * gsl_rng_uniform(rng)));
        double t = stats_student_multiple(z, count);
        if (isinf(t)) {
            assert_int_equal(count, 2); /* log tail = -1205 at z = 49, and about -degrees log t */
            continue;
        }
        check_close("score of the multiple", stats_normal_score(t, count), z, 1e-9 * z + 1e-12);
        check_close("odd", stats_student_multiple(-z, count), -t, 0);
        check_close("odd", stats_normal_score(-t, count), stats_normal_score(t, count) * -1, 0);
        assert_true(t >= z * (1 - 1e-12));
        assert_true(stats_student_multiple(z, count + 1) <= t * (1 + 1e-11));
        assert_true(stats_student_multiple(z * 1.001, count) > t);
    }
    gsl_rng_free(rng);
}

/* Intervals of 5 normals hold the mean with exactly their level. */
static void mean_intervals(void **state)
{
    (void)state;
    gsl_rng *rng = check_stream("mean_intervals");
    long rounds = check_rounds(4000), inside = 0;
    double low, high;
    for (long round = 0; round < rounds; round++) {
        double x[5];
        rng_normals(rng, x, 5);
        stats_mean_interval(stats_mean_of(x, 5), 0.8, &low, &high);
        inside += low <= 0 && 0 <= high;
    }
    check_close("coverage", (double)inside / (double)rounds, 0.8, 5 * sqrt(0.16 / (double)rounds));
    stats_mean_interval((struct stats_mean){3, 0.5, 0}, 0.95, &low, &high);
    check_close("normal", low, 3 - 0.5 * 1.95996398454005, 1e-12);
    check_close("normal", high, 3 + 0.5 * 1.95996398454005, 1e-12);
    stats_mean_interval((struct stats_mean){0, 1, 11}, 0.95, &low, &high);
    check_close("10 degrees", high, 2.22813885198627, 1e-12);
    stats_mean_interval((struct stats_mean){0, 1, 10001}, 0.95, &low, &high);
    double below = high;
    stats_mean_interval((struct stats_mean){0, 1, 10000}, 0.95, &low, &high);
    check_close("no step at 10000", high, below, 1e-7);
    stats_mean_interval((struct stats_mean){0, 1, 1}, 0.95, &low, &high);
    assert_true(isnan(low) && isnan(high));
    gsl_rng_free(rng);
}

static void differences(void **state)
{
    (void)state;
    struct stats_mean d = stats_mean_difference((struct stats_mean){5, 3, 20}, (struct stats_mean){1, 4, 0});
    check_close("value", d.value, 4, 0);
    check_close("error", d.error, 5, 1e-15);
    assert_int_equal(d.count, 1 + (long)(19 / pow(9.0 / 25, 2)));
    d = stats_mean_difference((struct stats_mean){0, 2, 10}, (struct stats_mean){0, 2, 10});
    assert_int_equal(d.count, 19); /* equal variances and sizes: 2 (n - 1) degrees */
    d = stats_mean_difference((struct stats_mean){0, 0, 10}, (struct stats_mean){0, 2, 7});
    assert_int_equal(d.count, 7);
    d = stats_mean_difference((struct stats_mean){0, 0, 10}, (struct stats_mean){0, 0, 7});
    assert_int_equal(d.count, 7);
    d = stats_mean_difference((struct stats_mean){0, 1, 0}, (struct stats_mean){0, 1, 0});
    assert_int_equal(d.count, 0);
    d = stats_mean_difference((struct stats_mean){0, NAN, 1}, (struct stats_mean){0, INFINITY, 9});
    assert_true(isnan(d.error) && d.count == 1);
    d = stats_mean_difference((struct stats_mean){0, 1e-300, 2}, (struct stats_mean){0, 1, LONG_MAX});
    assert_true(d.count > 1000000);

    gsl_rng *rng = check_stream("differences");
    for (long round = 0; round < check_rounds(500); round++) {
        double ea = exp(rng_normal(rng)), eb = exp(rng_normal(rng));
        long na = 2 + (long)size_up_to(rng, 50), nb = 2 + (long)size_up_to(rng, 50);
        d = stats_mean_difference((struct stats_mean){1, ea, na}, (struct stats_mean){2, eb, nb});
        double welch = pow(ea * ea + eb * eb, 2) /
                       (pow(ea, 4) / (double)(na - 1) + pow(eb, 4) / (double)(nb - 1));
        check_between("Welch", (double)d.count - 1, welch * (1 - 1e-12) - 1, welch * (1 + 1e-12));
        check_between("Welch", (double)d.count, (double)(na < nb ? na : nb), (double)(na + nb - 1));
    }
    gsl_rng_free(rng);
}

/* ---- fits ---- */

/* Pools p-values or probabilities that must be uniform: the Kolmogorov-Smirnov test of the lot. */
static double uniform_cdf(double x, const void *unused)
{
    (void)unused;
    return fmin(1, fmax(0, x));
}

static void check_uniform(const char *what, double *u, size_t n)
{
    check_between(what, stats_ks_p(stats_ks_distance(u, n, uniform_cdf, NULL), n), check_least_p, 1);
}

static void lines_follow_their_laws(void **state)
{
    (void)state;
    gsl_rng *rng = check_stream("lines_follow_their_laws");
    size_t rounds = (size_t)check_rounds(500);
    enum { KNOWN_SLOPE, KNOWN_INTERCEPT, KNOWN_CHI2, FREE_SLOPE, FREE_INTERCEPT, DESIGN, POWER, LAWS };
    double *u = base_alloc(LAWS * rounds, sizeof *u);
    for (size_t round = 0; round < rounds; round++) {
        double x[12], y[12], sigma[12], design[24], beta[2], se[2], chi2;
        size_t n = 4 + size_up_to(rng, 8);
        double scale = exp(20 * rng_normal(rng)); /* no scale may matter */
        for (size_t i = 0; i < n; i++) {
            x[i] = 3 * rng_normal(rng);
            sigma[i] = scale * exp(rng_normal(rng));
            y[i] = scale * (2 - 0.7 * x[i]) + sigma[i] * rng_normal(rng);
            design[2 * i] = 1;
            design[2 * i + 1] = x[i];
        }
        struct stats_line line;
        assert_int_equal(stats_line_fit(x, y, sigma, n, &line), 0);
        u[KNOWN_SLOPE * rounds + round] =
            gsl_cdf_ugaussian_P((line.slope + 0.7 * scale) / line.slope_error);
        u[KNOWN_INTERCEPT * rounds + round] =
            gsl_cdf_ugaussian_P((line.intercept - 2 * scale) / line.intercept_error);
        u[KNOWN_CHI2 * rounds + round] = gsl_cdf_chisq_P(line.chi2, (double)n - 2);

        assert_int_equal(stats_linear_fit(design, y, sigma, n, 2, beta, se, &chi2), 0);
        check_close("two ways, slope", beta[1], line.slope,
                    1e-7 * line.slope_error + 1e-10 * fabs(line.slope));
        check_close("two ways, error", se[0] / line.intercept_error, 1, 1e-9);
        check_close("two ways, error", se[1] / line.slope_error, 1, 1e-9);
        check_close("two ways, residuals", chi2, line.chi2, 1e-7 * (1 + line.chi2));

        for (size_t i = 0; i < n; i++)
            y[i] = scale * (2 - 0.7 * x[i] + 5 * rng_normal(rng));
        assert_int_equal(stats_line_fit(x, y, NULL, n, &line), 0);
        u[FREE_SLOPE * rounds + round] =
            gsl_cdf_tdist_P((line.slope + 0.7 * scale) / line.slope_error, (double)n - 2);
        u[FREE_INTERCEPT * rounds + round] =
            gsl_cdf_tdist_P((line.intercept - 2 * scale) / line.intercept_error, (double)n - 2);
        /* cov = -mean(x) var(slope) */
        check_close("covariance", line.covariance / line.slope_error / line.slope_error,
                    -gsl_stats_mean(x, 1, n), 1e-9);

        assert_int_equal(stats_linear_fit(design, y, NULL, n, 2, beta, se, NULL), 0);
        u[DESIGN * rounds + round] = gsl_cdf_tdist_P((beta[1] + 0.7 * scale) / se[1], (double)n - 2);

        for (size_t i = 0; i < n; i++) { /* y = 4 x^-1.5 e^noise */
            double noise = 0.3 * rng_normal(rng);
            x[i] = exp(x[i]);
            y[i] = 4 * pow(x[i], -1.5) * exp(noise);
            sigma[i] = 0.3 * y[i];
        }
        assert_int_equal(stats_power_fit(x, y, sigma, n, &line), 0);
        u[POWER * rounds + round] = gsl_cdf_ugaussian_P((line.slope + 1.5) / line.slope_error);
    }
    static const char *const names[LAWS] = {"slope, known sigma", "intercept, known sigma", "chi2",
                                            "slope, unknown sigma", "intercept, unknown sigma",
                                            "coefficient, unknown sigma", "exponent"};
    for (size_t k = 0; k < LAWS; k++)
        check_uniform(names[k], u + k * rounds, rounds);
    free(u);
    gsl_rng_free(rng);
}

static void fits_refuse(void **state)
{
    (void)state;
    double x[] = {1, 2, 3, 4}, y[] = {2, 4, 6, 8}, same[] = {5, 5, 5, 5}, bad[] = {1, 2, NAN, 4};
    double sigma[] = {1, 1, 1, 1}, beta[2], se[2];
    struct stats_line line;
    assert_int_equal(stats_line_fit(x, y, NULL, 4, &line), 0);
    check_close("exact line", line.slope, 2, 1e-14);
    check_close("exact line", line.slope_error, 0, 1e-14);
    assert_int_equal(stats_line_fit(x, y, NULL, 2, &line), -1);
    assert_int_equal(stats_line_fit(x, y, sigma, 2, &line), 0);
    check_close("two points", line.slope_error, M_SQRT2, 1e-14);
    assert_int_equal(stats_line_fit(x, y, sigma, 1, &line), -1);
    assert_int_equal(stats_line_fit(same, y, sigma, 4, &line), -1);
    assert_int_equal(stats_line_fit(same, y, NULL, 4, &line), -1);
    assert_int_equal(stats_line_fit(bad, y, NULL, 4, &line), -1);
    assert_int_equal(stats_line_fit(x, bad, sigma, 4, &line), -1);
    assert_int_equal(stats_line_fit(x, y, bad, 4, &line), -1);
    static const double wrong[] = {0, -1, INFINITY};
    for (size_t i = 0; i < 3; i++) {
        sigma[2] = wrong[i];
        assert_int_equal(stats_line_fit(x, y, sigma, 4, &line), -1);
        assert_int_equal(stats_power_fit(x, y, sigma, 4, &line), -1);
        assert_int_equal(stats_linear_fit(x, y, sigma, 4, 1, beta, se, NULL), -1);
    }
    sigma[2] = 1;
    assert_int_equal(stats_power_fit(x, y, NULL, 4, &line), 0);
    check_close("power", line.slope, 1, 1e-14);
    check_close("power", line.intercept, log(2), 1e-14);
    y[1] = 0;
    assert_int_equal(stats_power_fit(x, y, NULL, 4, &line), -1);
    x[1] = -1;
    assert_int_equal(stats_power_fit(x, x, NULL, 4, &line), -1);

    double design[] = {1, 1, 1, 2, 1, 3, 1, 4}, twin[] = {1, 3, 2, 6, 3, 9, 4, 12};
    double third[] = {0.1, 0.3, 0.7, 2.1, 0.3, 0.9, 1.1, 3.3}; /* dependent up to rounding */
    assert_int_equal(stats_linear_fit(design, same, NULL, 4, 2, beta, se, NULL), 0);
    check_close("constant", beta[0], 5, 1e-13);
    check_close("constant", beta[1], 0, 1e-13);
    assert_int_equal(stats_linear_fit(design, same, NULL, 2, 2, beta, se, NULL), -1);
    assert_int_equal(stats_linear_fit(design, same, sigma, 2, 2, beta, NULL, NULL), 0);
    assert_int_equal(stats_linear_fit(design, same, sigma, 1, 2, beta, se, NULL), -1);
    assert_int_equal(stats_linear_fit(design, same, sigma, 1, 0, beta, se, NULL), -1);
    assert_int_equal(stats_linear_fit(twin, same, NULL, 4, 2, beta, se, NULL), -1);
    assert_int_equal(stats_linear_fit(third, same, NULL, 4, 2, beta, se, NULL), -1);
    assert_int_equal(stats_linear_fit(design, bad, NULL, 4, 2, beta, se, NULL), -1);
}

/* ---- Kolmogorov and Smirnov ---- */

/* P(D_n < d) by Steck's determinant: n! det of (b_i - a_j)_+^(j-i+1) / (j-i+1)!, where U_(i) must stay within
 * (i/n - d, (i-1)/n + d); its terms alternate, so n is kept small. */
static double steck(double d, size_t n)
{
    double a[12], b[12], minor[13] = {1};
    for (size_t i = 1; i <= n; i++) {
        a[i] = fmax(0, (double)i / (double)n - d);
        b[i] = fmin(1, (double)(i - 1) / (double)n + d);
    }
    for (size_t j = 1; j <= n; j++) { /* expansion of the Hessenberg determinant along its last column */
        minor[j] = 0;
        for (size_t i = 1; i <= j; i++) {
            double gap = fmax(0, b[i] - a[j]);
            minor[j] += ((j - i) % 2 ? -1 : 1) * pow(gap, (double)(j - i + 1)) /
                        gsl_sf_fact((unsigned)(j - i + 1)) * minor[i - 1];
        }
    }
    return minor[n] * gsl_sf_fact((unsigned)n);
}

static void ks_tables(void **state)
{
    (void)state;
    /* Marsaglia, Tsang and Wang's own example */
    check_close("n = 10", 1 - stats_ks_p(0.274, 10), 0.6284796154565, 1e-13);
    /* critical values of Miller, J. Am. Stat. Assoc. 51 (1956), to their 5 decimals */
    static const struct {
        size_t n;
        double p, d;
    } table[] = {{1, 0.05, 0.97500}, {2, 0.05, 0.84189}, {3, 0.05, 0.70760}, {5, 0.05, 0.56328},
                 {10, 0.05, 0.40925}, {20, 0.05, 0.29408}, {10, 0.01, 0.48893}, {20, 0.01, 0.35241},
                 {20, 0.10, 0.26473}};
    for (size_t i = 0; i < sizeof table / sizeof *table; i++)
        check_between("critical value", table[i].p, stats_ks_p(table[i].d + 0.5e-5, table[i].n),
                      stats_ks_p(table[i].d - 0.5e-5, table[i].n));
    check_close("Kolmogorov's limit", stats_ks_p(1.3580986 / 1e5, 10000000000), 0.05, 2e-5);
    check_close("impossible", stats_ks_p(1, 7), 0, 0);
    check_close("certain", stats_ks_p(0.5 / 7, 7), 1, 0);
    check_close("certain", stats_ks_p(0, 1000), 1, 1e-15);
    assert_true(isnan(stats_ks_p(NAN, 7)) && isnan(stats_ks_p(0.5, 0)));
}

static void ks_closed_forms(void **state)
{
    (void)state;
    gsl_rng *rng = check_stream("ks_closed_forms");
    for (long round = 0; round < check_rounds(400); round++) {
        size_t n = 1 + size_up_to(rng, 10);
        double N = (double)n, d = 0.5 / N + (1 - 0.5 / N) * gsl_rng_uniform(rng), below = steck(d, n);
        check_close("Steck", stats_ks_p(d, n), 1 - below, 2e-8); /* 1.5e-8 for the tail's own formula */
        n = 1 + size_up_to(rng, 499);
        N = (double)n;
        d = (0.5 + 0.5 * gsl_rng_uniform(rng)) / N; /* d <= 1/n: n! (2d - 1/n)^n */
        double log_below = gsl_sf_lnfact((unsigned)n) + N * log(2 * d - 1 / N);
        check_close("shortest distances", stats_ks_p(d, n), -expm1(log_below), 1e-12);
        d = 1 - 1 / N * gsl_rng_uniform(rng); /* d >= 1 - 1/n: 1 - 2 (1 - d)^n */
        if (n > 1)
            check_close("longest distances", stats_ks_p(d, n), 2 * pow(1 - d, N),
                        4e-8 * pow(1 - d, N) + DBL_MIN); /* below it digits are lost */
    }
    /* where one formula hands over to another the p-value goes on: by 3e-8 of it at n d^2 = 3 (p < 0.01), by
     * 0.03/n and the law's own change of at most 0.2 n^-1.5 from n = 499 to 500 */
    static const size_t sizes[] = {2, 5, 20, 100, 499};
    for (size_t i = 0; i < 5; i++) {
        double edge = sqrt(3 / (double)sizes[i]);
        if (edge < 1)
            check_close("at n d^2 = 3", stats_ks_p(edge * (1 + 1e-12), sizes[i]),
                        stats_ks_p(edge * (1 - 1e-12), sizes[i]), 3e-8 * 0.01);
    }
    for (double z = 0.2; z < 1.7; z += 0.03)
        check_close("at n = 500", stats_ks_p(z / sqrt(500), 500), stats_ks_p(z / sqrt(499), 499),
                    0.03 / 500 + 0.2 / pow(500, 1.5));
    for (double z = 1.74; z < 5; z += 0.1) /* relative: the terms of order 1/n left out are below z^4/n */
        check_close("at n = 10^5, relative",
                    stats_ks_p(z / sqrt(100001), 100001) / stats_ks_p(z / sqrt(100000), 100000), 1,
                    pow(z, 4) / 100000);
    gsl_rng_free(rng);
}

/* Uniform samples give uniform p-values, at sizes on all branches. */
static void ks_null(void **state)
{
    (void)state;
    gsl_rng *rng = check_stream("ks_null");
    static const struct {
        size_t n;
        long rounds;
    } cases[] = {{1, 2000}, {3, 2000}, {12, 1000}, {50, 300}, {600, 200}};
    double x[600], observed[10], expected[10];
    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
        long rounds = check_rounds(cases[k].rounds);
        for (size_t i = 0; i < 10; i++) {
            observed[i] = 0;
            expected[i] = (double)rounds / 10;
        }
        for (long round = 0; round < rounds; round++) {
            rng_normals(rng, x, cases[k].n);
            double p = stats_ks_p(stats_ks_distance(x, cases[k].n, stats_normal_cdf, NULL), cases[k].n);
            check_between("p", p, 0, 1);
            observed[p < 1 ? (int)(10 * p) : 9]++;
        }
        int degrees;
        double p = stats_chi2_p(observed, expected, 10, 0, &degrees);
        check_between("p-values of the null", p, check_least_p, 1);
        assert_int_equal(degrees, 9);
    }
    gsl_rng_free(rng);
}

static double fraction_up_to(const double *x, size_t n, double at)
{
    size_t k = 0;
    for (size_t i = 0; i < n; i++)
        k += x[i] <= at;
    return (double)k / (double)n;
}

static void ks_two_samples(void **state)
{
    (void)state;
    gsl_rng *rng = check_stream("ks_two_samples");
    double x[30], y[30];
    for (long round = 0; round < check_rounds(300); round++) {
        size_t n = 1 + size_up_to(rng, 29), m = 1 + size_up_to(rng, 29);
        unsigned long kinds = 1 + gsl_rng_uniform_int(rng, 40); /* few kinds: many ties */
        for (size_t i = 0; i < n; i++)
            x[i] = (double)gsl_rng_uniform_int(rng, kinds);
        for (size_t i = 0; i < m; i++)
            y[i] = (double)gsl_rng_uniform_int(rng, kinds);
        double distance = 0;
        for (size_t i = 0; i < n + m; i++) {
            double at = i < n ? x[i] : y[i - n];
            distance = fmax(distance, fabs(fraction_up_to(x, n, at) - fraction_up_to(y, m, at)));
        }
        check_close("two samples", stats_ks_distance_two(x, n, y, m), distance, 1e-15);
        check_close("mirrored", stats_ks_distance_two(y, m, x, n), distance, 1e-15);
    }
    double one[] = {0.3, NAN, 0.1}, two[] = {0.5};
    assert_true(isnan(stats_ks_distance_two(one, 3, two, 1)));
    assert_true(isnan(stats_ks_distance_two(two, 1, one, 0)));
    assert_true(isnan(stats_ks_distance(one, 3, uniform_cdf, NULL)));
    assert_true(isnan(stats_ks_distance(two, 0, uniform_cdf, NULL)));
    check_close("one of 0.3", stats_ks_distance((double[]){0.3}, 1, uniform_cdf, NULL), 0.7, 1e-15);
    gsl_rng_free(rng);
}

/* ---- counts and ranks ---- */

static void chi_squares(void **state)
{
    (void)state;
    int degrees;
    static const double die[] = {16, 18, 16, 14, 12, 20}, fair[] = {16, 16, 16, 16, 16, 16};
    /* chi2 = (4 + 4 + 16 + 16)/16 = 2.5 */
    check_close("die", stats_chi2_p(die, fair, 6, 0, &degrees), gsl_cdf_chisq_Q(2.5, 5), 1e-14);
    assert_int_equal(degrees, 5);
    /* 2+3 | 10 | 4+1.5 | 8 and 4.9 left over: cells 5, 10, 5.5, 12.9 */
    static const double expected[] = {2, 3, 10, 4, 1.5, 8, 4.9}, observed[] = {1, 6, 8, 3, 1, 12, 3};
    double chi2 = 4 / 5.0 + 4 / 10.0 + 1.5 * 1.5 / 5.5 + 2.1 * 2.1 / 12.9;
    check_close("pooled", stats_chi2_p(observed, expected, 7, 1, &degrees), gsl_cdf_chisq_Q(chi2, 2), 1e-14);
    assert_int_equal(degrees, 2);
    assert_true(isnan(stats_chi2_p(observed, expected, 7, 3, &degrees)));
    assert_int_equal(degrees, 0);
    assert_true(isnan(stats_chi2_p(observed, expected, 2, 0, &degrees))); /* all in one cell */
    assert_true(isnan(stats_chi2_p(observed, expected, 1, 0, NULL)));     /* never reaches 5 */
    assert_true(isnan(stats_chi2_p(observed, expected, 0, 0, NULL)));
    static const double wrong[] = {10, NAN, 10}, right[] = {10, 10, 10}, negative[] = {20, -10, 20};
    assert_true(isnan(stats_chi2_p(wrong, right, 3, 0, NULL)));
    assert_true(isnan(stats_chi2_p(right, wrong, 3, 0, NULL)));
    assert_true(isnan(stats_chi2_p(right, negative, 3, 0, NULL)));
}

static int sign_of(double a, double b)
{
    return (a > b) - (a < b);
}

static void rank_correlations(void **state)
{
    (void)state;
    gsl_rng *rng = check_stream("rank_correlations");
    double x[40], y[40], rank_x[40], rank_y[40];
    for (long round = 0; round < check_rounds(400); round++) {
        size_t n = 2 + size_up_to(rng, 38);
        unsigned long kinds = 1 + gsl_rng_uniform_int(rng, 60);
        for (size_t i = 0; i < n; i++) {
            x[i] = (double)gsl_rng_uniform_int(rng, kinds);
            y[i] = (double)gsl_rng_uniform_int(rng, 1 + kinds / 2) + (round % 2 ? x[i] : 0);
        }
        if (round % 5 == 0)
            x[0] = INFINITY, y[n - 1] = -INFINITY;
        double score = 0, untied_x = 0, untied_y = 0;
        for (size_t i = 0; i < n; i++) {
            rank_x[i] = rank_y[i] = 0;
            for (size_t j = 0; j < n; j++) { /* mid-ranks less the mean rank, doubled */
                rank_x[i] += sign_of(x[i], x[j]);
                rank_y[i] += sign_of(y[i], y[j]);
                if (j < i) {
                    score += sign_of(x[i], x[j]) * sign_of(y[i], y[j]);
                    untied_x += x[i] != x[j];
                    untied_y += y[i] != y[j];
                }
            }
        }
        double tau = stats_kendall_tau(x, y, n), rho = stats_spearman_rho(x, y, n);
        if (untied_x * untied_y > 0) {
            double xx = 0, yy = 0, xy = 0;
            for (size_t i = 0; i < n; i++) {
                xx += rank_x[i] * rank_x[i];
                yy += rank_y[i] * rank_y[i];
                xy += rank_x[i] * rank_y[i];
            }
            check_close("tau", tau, score / sqrt(untied_x * untied_y), 1e-14);
            check_close("rho", rho, xy / sqrt(xx * yy), 1e-13);
        } else {
            assert_true(isnan(tau) && isnan(rho));
        }
    }
    static const double up[] = {1, 2, 3, 4, 5}, down[] = {9, 7, 5, 3, 1}, bad[] = {1, NAN, 2, 3, 4};
    check_close("tau, falling", stats_kendall_tau(up, down, 5), -1, 1e-15);
    check_close("rho, falling", stats_spearman_rho(up, down, 5), -1, 1e-15);
    assert_true(isnan(stats_kendall_tau(up, bad, 5)) && isnan(stats_spearman_rho(bad, up, 5)));
    assert_true(isnan(stats_kendall_tau(up, up, 1)) && isnan(stats_spearman_rho(up, up, 1)));
    gsl_rng_free(rng);
}

static void signs(void **state)
{
    (void)state;
    for (long n = 0; n <= 50; n++)
        for (long wins = 0; wins <= n; wins++) { /* sums of whole numbers below 2^53 */
            double as_uneven = 0, choose = 1;
            for (long k = 0; k <= n; k++) {
                if (labs(n - 2 * k) >= labs(n - 2 * wins))
                    as_uneven += choose;
                choose = choose * (double)(n - k) / (double)(k + 1);
            }
            double p = ldexp(as_uneven, (int)-n);
            check_close("sign test", stats_sign_p(wins, n - wins), p, 1e-12 * p);
        }
    for (unsigned n = 51; n < 3000; n = n * 3 / 2 + 1)
        for (unsigned wins = 0; wins < n / 2; wins += 1 + n / 20) {
            double p = 2 * gsl_cdf_binomial_P(wins, 0.5, n);
            check_close("sign test", stats_sign_p(wins, n - wins), p, 1e-12 * p);
            check_close("mirrored", stats_sign_p(n - wins, wins), p, 1e-12 * p);
        }
    /* 10^12 tosses, z standard deviations and half a toss from even */
    check_close("many", stats_sign_p(500000000000 - 1000000, 500000000000 + 1000000),
                2 * gsl_cdf_ugaussian_Q((1000000 - 0.5) / 500000.0), 1e-9);
    assert_true(isnan(stats_sign_p(-1, 3)));
}

/* ---- sums and sorting ---- */

static void sums(void **state)
{
    (void)state;
    gsl_rng *rng = check_stream("sums");
    double *x = base_alloc(5000, sizeof *x);
    for (long round = 0; round < check_rounds(200); round++) {
        size_t n = size_up_to(rng, round % 2 ? 5000 : 300);
        long double sum = 0, size = 0;
        double whole = 0;
        for (size_t i = 0; i < n; i++) {
            x[i] = exp(5 * rng_normal(rng)) * rng_normal(rng);
            sum += x[i];
            size += fabsl(x[i]);
        }
        check_close("sum", stats_sum(x, n), (double)sum,
                    (log2((double)n + 1) + 18) * DBL_EPSILON * (double)size + 1e-300);
        for (size_t i = 0; i < n; i++)
            whole += x[i] = (double)gsl_rng_uniform_int(rng, 1000000);
        check_close("whole numbers", stats_sum(x, n), whole, 0);
    }
    check_close("nothing", stats_sum(x, 0), 0, 0);
    free(x);
    gsl_rng_free(rng);
}

static int double_order(const void *a, const void *b)
{
    return sign_of(*(const double *)a, *(const double *)b);
}

static void sorting(void **state)
{
    (void)state;
    gsl_rng *rng = check_stream("sorting");
    double x[100], numbers[100];
    for (long round = 0; round < check_rounds(300); round++) {
        size_t n = size_up_to(rng, 100), k = 0;
        for (size_t i = 0; i < n; i++) {
            static const double odd[] = {NAN, INFINITY, -INFINITY, 0};
            x[i] = gsl_rng_uniform(rng) < 0.3 ? odd[gsl_rng_uniform_int(rng, 4)] : rng_normal(rng);
            if (!isnan(x[i]))
                numbers[k++] = x[i];
        }
        qsort(numbers, k, sizeof *numbers, double_order);
        stats_sort(x, n);
        for (size_t i = 0; i < n; i++)
            assert_true(i < k ? x[i] == numbers[i] : isnan(x[i]));
    }
    gsl_rng_free(rng);
}

/* NaN in, NaN out: it never becomes a number on the way. */
static void nan_stays(void **state)
{
    (void)state;
    double x[] = {1, 2, NAN, 4, 5}, y[] = {1, 2, 3, 4, 5}, low, high;
    assert_true(isnan(stats_mean_of(x, 5).value) && isnan(stats_mean_of(x, 5).error));
    assert_true(isnan(stats_ratio_of(x, y, 5).value) && isnan(stats_ratio_of(y, x, 5).error));
    struct stats_moments m = moments_of(x, 5), other = moments_of(y, 5);
    assert_true(isnan(stats_moments_variance_mean(&m).value) && isnan(stats_moments_variance_mean(&m).error));
    assert_true(isnan(stats_moments_skewness(&m)) && isnan(stats_moments_kurtosis(&m)));
    stats_moments_merge(&other, &m);
    assert_true(isnan(other.mean) && isnan(other.m2) && isnan(other.m3) && isnan(other.m4));
    double infinite[] = {1, INFINITY};
    m = moments_of(infinite, 2);
    assert_true(!isfinite(stats_moments_mean(&m).error));
    assert_true(!isfinite(stats_moments_variance_mean(&m).error));
    struct stats_mean bad = {1, NAN, 5};
    stats_mean_interval(bad, 0.95, &low, &high);
    assert_true(isnan(low) && isnan(high));
    assert_true(isnan(stats_mean_difference(bad, (struct stats_mean){1, 1, 5}).error));
    assert_true(isnan(stats_sum(x, 5)));
    assert_true(isnan(stats_quantile_of(x, 5, 0.5).value) && isnan(stats_quantile_of(x, 5, 0.5).error));
    assert_true(isnan(stats_quantile_of(y, 5, NAN).value));
}

int main(void)
{
    linalg_single_thread();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nist_univariate),
        cmocka_unit_test(nist_regression),
        cmocka_unit_test(merging_is_pushing),
        cmocka_unit_test(shapes_of_known_sets),
        cmocka_unit_test(errors_of_variances),
        cmocka_unit_test(ratios),
        cmocka_unit_test(errors_of_quantiles),
        cmocka_unit_test(quantiles_of_few),
        cmocka_unit_test(proportions),
        cmocka_unit_test(proportion_intervals),
        cmocka_unit_test(proportion_intervals_of_thousands),
        cmocka_unit_test(proportion_intervals_of_many),
        cmocka_unit_test(student_closed_forms),
        cmocka_unit_test(student_inverse_pairs),
        cmocka_unit_test(mean_intervals),
        cmocka_unit_test(differences),
        cmocka_unit_test(lines_follow_their_laws),
        cmocka_unit_test(fits_refuse),
        cmocka_unit_test(ks_tables),
        cmocka_unit_test(ks_closed_forms),
        cmocka_unit_test(ks_null),
        cmocka_unit_test(ks_two_samples),
        cmocka_unit_test(chi_squares),
        cmocka_unit_test(rank_correlations),
        cmocka_unit_test(signs),
        cmocka_unit_test(sums),
        cmocka_unit_test(sorting),
        cmocka_unit_test(nan_stays),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
