#include "stats.h"

#include <float.h>
#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <gsl/gsl_cdf.h>
#include <gsl/gsl_fit.h>
#include <gsl/gsl_multifit.h>
#include <gsl/gsl_sf_erf.h>
#include <gsl/gsl_sf_gamma.h>
#include <gsl/gsl_sort.h>
#include <gsl/gsl_statistics_double.h>

#include "base.h"

/* ---- shared pieces ---- */

static int all_finite(const double *x, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (!isfinite(x[i]))
            return 0;
    return 1;
}

static int any_nan(const double *x, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (isnan(x[i]))
            return 1;
    return 0;
}

/* The x in [low, high] where the monotone f crosses 0, to the last bits; f(low), f(high) differ in sign. */
static double bisect(double low, double high, double (*f)(double, const void *), const void *params)
{
    int rising = f(high, params) > 0;
    for (int i = 0; i < 200; i++) {
        double middle = low + (high - low) / 2;
        if (middle <= low || middle >= high)
            break;
        if ((f(middle, params) > 0) == rising)
            high = middle;
        else
            low = middle;
    }
    return low + (high - low) / 2;
}

/* (1 - x^2 + 2 x log x) / (1 - x)^2, by its series where it cancels. */
static double peizer_pratt_g(double x)
{
    double e = 1 - x;
    if (fabs(e) < 1e-2)
        return e * (1.0 / 3 + e * (1.0 / 6 + e * (0.1 + e * (1.0 / 15 + e * (1.0 / 21 + e / 28)))));
    return (1 - x * x + (x > 0 ? 2 * x * log(x) : 0)) / (e * e);
}

/* The normal deviate of P(Bin(n, p) <= k) for real k, after Peizer and Pratt (1968); its error falls like the
 * -3/2 power of the smaller of k and n - k. */
static double peizer_pratt(double k, double n, double p)
{
    double q = 1 - p, s = k + 0.5, t = n - k - 0.5;
    double d = s + 1.0 / 6 - (n + 1.0 / 3) * p;
    d += 0.02 * (q / (s + 0.5) - p / (t + 0.5) + (q - 0.5) / (n + 1));
    double normal = d / sqrt((n + 1.0 / 6) * p * q);
    if (!(fabs(normal) < 40)) /* the tail is below a double; g would cancel, and p q may be 0 */
        return copysign(INFINITY, d);
    double g = 1 + q * peizer_pratt_g(s / (n * p)) + p * peizer_pratt_g(t / (n * q));
    return normal * sqrt(g);
}

/* With many successes and failures GSL's incomplete beta loses digits and, from 10^6 of both, gives up;
 * Peizer and Pratt's form is then right to 1e-9. */
static int is_beyond_beta(double k, double n)
{
    return k > 2e5 && n - k > 2e5;
}

/* P(Bin(n, p) <= k) and P(Bin(n, p) >= k), continued to real k by the incomplete beta function. */
static double binomial_lower(double k, double n, double p)
{
    return is_beyond_beta(k, n) ? gsl_cdf_ugaussian_P(peizer_pratt(k, n, p))
                                : gsl_cdf_beta_Q(p, k + 1, n - k);
}

static double binomial_upper(double k, double n, double p)
{
    return is_beyond_beta(k, n) ? gsl_cdf_ugaussian_Q(peizer_pratt(k - 1, n, p))
                                : gsl_cdf_beta_P(p, k, n - k + 1);
}

double stats_sum(const double *x, size_t n)
{
    if (n > 128) {
        size_t half = n / 2 & ~(size_t)7;
        return stats_sum(x, half) + stats_sum(x + half, n - half);
    }
    double lane[8] = {0};
    size_t i = 0;
    for (; i + 8 <= n; i += 8)
        for (size_t j = 0; j < 8; j++)
            lane[j] += x[i + j];
    double sum = ((lane[0] + lane[1]) + (lane[2] + lane[3])) + ((lane[4] + lane[5]) + (lane[6] + lane[7]));
    for (; i < n; i++)
        sum += x[i];
    return sum;
}

void stats_sort(double *x, size_t n)
{
    size_t numbers = 0;
    for (size_t i = 0; i < n; i++)
        if (!isnan(x[i])) {
            double swap = x[numbers];
            x[numbers++] = x[i];
            x[i] = swap;
        }
    gsl_sort(x, 1, numbers);
}

/* ---- running moments ---- */

void stats_moments_push(struct stats_moments *m, double x)
{
    double before = (double)m->count, n = before + 1;
    double delta = x - m->mean, step = delta / n, term = delta * step * before;
    m->count++;
    m->mean += step;
    m->m4 += step * (step * (term * (n * n - 3 * n + 3) + 6 * m->m2) - 4 * m->m3);
    m->m3 += step * (term * (n - 2) - 3 * m->m2);
    m->m2 += term;
}

void stats_moments_merge(struct stats_moments *into, const struct stats_moments *from)
{
    struct stats_moments a = *into, b = *from;
    if (b.count == 0)
        return;
    if (a.count == 0) {
        *into = b;
        return;
    }
    double na = (double)a.count, nb = (double)b.count, n = na + nb, fa = na / n, fb = nb / n;
    double d = b.mean - a.mean, dd = d * d;
    into->count = a.count + b.count;
    into->mean = a.mean + d * fb;
    into->m2 = a.m2 + b.m2 + dd * na * fb;
    into->m3 = a.m3 + b.m3 + d * (dd * na * fb * (fa - fb) + 3 * (fa * b.m2 - fb * a.m2));
    into->m4 = a.m4 + b.m4 + dd * dd * na * fb * (fa * fa - fa * fb + fb * fb) +
               6 * dd * (fa * fa * b.m2 + fb * fb * a.m2) + 4 * d * (fa * b.m3 - fb * a.m3);
}

double stats_moments_variance(const struct stats_moments *m)
{
    return m->count < 2 ? NAN : m->m2 / (double)(m->count - 1);
}

double stats_moments_skewness(const struct stats_moments *m)
{
    double n = (double)m->count, variance = m->m2 / n;
    return m->count < 1 ? NAN : m->m3 / n / (variance * sqrt(variance));
}

double stats_moments_kurtosis(const struct stats_moments *m)
{
    double n = (double)m->count, variance = m->m2 / n;
    return m->count < 1 ? NAN : m->m4 / n / (variance * variance) - 3;
}

struct stats_mean stats_moments_mean(const struct stats_moments *m)
{
    struct stats_mean mean = {NAN, NAN, m->count};
    if (m->count >= 1)
        mean.value = m->mean;
    if (m->count >= 2)
        mean.error = sqrt(stats_moments_variance(m) / (double)m->count);
    return mean;
}

struct stats_mean stats_moments_variance_mean(const struct stats_moments *m)
{
    double n = (double)m->count, variance = stats_moments_variance(m);
    struct stats_mean mean = {variance, NAN, m->count};
    if (m->count >= 2) {
        double spread = m->m4 / n - variance * variance * (n - 3) / (n - 1);
        /* m4/n >= (m2/n)^2 >= variance^2 (n - 3)/(n - 1): negative by rounding alone */
        mean.error = spread < 0 ? 0 : sqrt(spread / n);
    }
    return mean;
}

struct stats_mean stats_mean_of(const double *x, size_t n)
{
    struct stats_moments m = {0};
    for (size_t i = 0; i < n; i++)
        stats_moments_push(&m, x[i]);
    return stats_moments_mean(&m);
}

struct stats_mean stats_ratio_of(const double *y, const double *x, size_t n)
{
    struct stats_moments of_y = {0}, of_x = {0}, of_rest = {0};
    for (size_t i = 0; i < n; i++) {
        stats_moments_push(&of_y, y[i]);
        stats_moments_push(&of_x, x[i]);
    }
    struct stats_mean ratio = {NAN, NAN, (long)n};
    if (n < 1)
        return ratio;
    ratio.value = of_y.mean / of_x.mean;
    for (size_t i = 0; i < n; i++)
        stats_moments_push(&of_rest, y[i] - ratio.value * x[i]);
    ratio.error = stats_moments_mean(&of_rest).error / fabs(of_x.mean);
    return ratio;
}

struct rank_query {
    double n, q, tail;
};

static double rank_excess(double rank, const void *params)
{
    const struct rank_query *query = params;
    return binomial_upper(rank, query->n, query->q) - query->tail;
}

/* The order statistic of sorted x at the real position `at` in 0 .. n - 1, linear between whole positions. */
static double order_statistic(const double *x, size_t n, double at)
{
    size_t i = (size_t)at;
    if (i + 1 >= n)
        return x[n - 1];
    double f = at - (double)i;
    return f > 0 ? (1 - f) * x[i] + f * x[i + 1] : x[i]; /* no 0 * infinity */
}

struct stats_mean stats_quantile_of(double *x, size_t n, double q)
{
    struct stats_mean quantile = {NAN, NAN, (long)n};
    stats_sort(x, n);
    if (n < 1 || !(q > 0 && q < 1) || isnan(x[n - 1]))
        return quantile;
    quantile.value = order_statistic(x, n, q * (double)(n - 1));

    /* P(X_(r) <= true quantile) = P(Bin(n, q) >= r): the ranks r where that is Phi(1) and Phi(-1). */
    struct rank_query low = {(double)n, q, gsl_cdf_ugaussian_P(1)};
    struct rank_query high = {(double)n, q, gsl_cdf_ugaussian_Q(1)};
    if (rank_excess(1, &low) >= 0 && rank_excess((double)n, &high) <= 0) {
        double from = bisect(1, (double)n, rank_excess, &low);
        double to = bisect(1, (double)n, rank_excess, &high);
        quantile.error = (order_statistic(x, n, to - 1) - order_statistic(x, n, from - 1)) / 2;
    }
    return quantile;
}

struct stats_mean stats_proportion_of(long k, long n)
{
    struct stats_mean proportion = {NAN, NAN, n};
    if (n < 1 || k < 0 || k > n)
        return proportion;
    double p = ((double)k + 0.5) / ((double)n + 1);
    proportion.value = (double)k / (double)n;
    proportion.error = sqrt(p * (1 - p) / (double)n);
    return proportion;
}

struct stats_mean stats_mean_difference(struct stats_mean a, struct stats_mean b)
{
    struct stats_mean difference = {a.value - b.value, hypot(a.error, b.error), 0};
    if (isnan(a.error) || isnan(b.error))
        difference.error = NAN;
    if (a.count <= 0 && b.count <= 0)
        return difference;
    if (!(difference.error > 0) || !isfinite(difference.error)) { /* no shares to weigh: the smaller sample */
        difference.count = a.count <= 0 || (b.count > 0 && b.count < a.count) ? b.count : a.count;
        return difference;
    }
    /* Welch and Satterthwaite: the error's square is like a chi-square of 1/inverse degrees */
    double share = a.error / difference.error, inverse = 0;
    share *= share;
    if (a.count > 0 && share > 0)
        inverse += share * share / (double)(a.count - 1);
    if (b.count > 0 && share < 1)
        inverse += (1 - share) * (1 - share) / (double)(b.count - 1);
    if (!(inverse > 0)) /* all of the error is a bound's */
        return difference;
    double degrees = floor(1 / inverse * (1 + 8 * DBL_EPSILON)); /* not one less by rounding */
    difference.count = 1 + (degrees < (double)(LONG_MAX / 2) ? (long)degrees : LONG_MAX / 2);
    return difference;
}

/* ---- intervals and Student's law ---- */

struct binomial_query {
    double k, n, tail;
};

static double proportion_low_excess(double p, const void *params)
{
    const struct binomial_query *query = params;
    return binomial_upper(query->k, query->n, p) - query->tail;
}

static double proportion_high_excess(double p, const void *params)
{
    const struct binomial_query *query = params;
    return binomial_lower(query->k, query->n, p) - query->tail;
}

void stats_proportion_interval(long k, long n, double level, double *low, double *high)
{
    *low = *high = NAN;
    if (n < 1 || k < 0 || k > n || !(level > 0 && level < 1))
        return;
    struct binomial_query query = {(double)k, (double)n, (1 - level) / 2};
    *low = k == 0 ? 0 : bisect(0, 1, proportion_low_excess, &query);
    *high = k == n ? 1 : bisect(0, 1, proportion_high_excess, &query);
}

/* log P(Z > z) and log P(T > t), z, t >= 0, also where the probability is below the range of a double. */
static double log_normal_tail(double z)
{
    return gsl_sf_log_erfc(z * M_SQRT1_2) - M_LN2;
}

static double log_student_tail(double t, double degrees)
{
    double ratio = t / sqrt(degrees), a = degrees / 2;
    if (ratio * ratio < 0.1) /* further out GSL's Cornish-Fisher form is off by up to 1e-6 of the tail */
        return log(gsl_cdf_tdist_Q(t, degrees));
    /* I_x(a, 1/2)/2 with x = degrees/(degrees + t^2), by its power series (DLMF 8.17.8), terms about x^j */
    double log_x = ratio > 1e8 ? -2 * log(ratio) : -log1p(ratio * ratio);
    double x = exp(log_x), term = 1, sum = 1;
    for (int j = 0; term > sum * DBL_EPSILON; j++) {
        term *= x * (a + 0.5 + j) / (a + 1 + j);
        sum += term;
    }
    return -M_LN2 + a * log_x + 0.5 * log1p(-x) - log(a) - gsl_sf_lnbeta(a, 0.5) + log(sum);
}

struct tail_query {
    double log_tail, degrees;
};

static double student_excess(double log_t, const void *params)
{
    const struct tail_query *query = params;
    return query->log_tail - log_student_tail(exp(log_t), query->degrees);
}

static double normal_excess(double z, const void *params)
{
    const struct tail_query *query = params;
    return query->log_tail - log_normal_tail(z);
}

double stats_student_multiple(double z, long count)
{
    if (count <= 0 || count > 10000 || z == 0 || isnan(z))
        return z;
    if (count == 1)
        return NAN;
    if (z < 0)
        return -stats_student_multiple(-z, count);
    struct tail_query query = {log_normal_tail(z), (double)(count - 1)};
    double low = log(z) - 1e-3, high = 709; /* t >= z, with a margin for rounding; exp(709) is a double yet */
    if (!(student_excess(high, &query) > 0))
        return INFINITY;
    return exp(bisect(low, high, student_excess, &query));
}

double stats_normal_score(double t, long count)
{
    if (count <= 0 || count > 10000 || t == 0 || isnan(t))
        return t;
    if (count == 1)
        return NAN;
    if (t < 0)
        return -stats_normal_score(-t, count);
    if (isinf(t))
        return t;
    struct tail_query query = {log_student_tail(t, (double)(count - 1)), 0};
    /* P(Z > z) <= exp(-z^2/2)/2 bounds z from above */
    return bisect(0, sqrt(2 * fmax(0, -query.log_tail - M_LN2)) + 1e-3, normal_excess, &query);
}

void stats_mean_interval(struct stats_mean m, double level, double *low, double *high)
{
    *low = *high = NAN;
    if (!(level > 0 && level < 1) || m.count == 1)
        return;
    double tail = (1 - level) / 2, multiple = gsl_cdf_ugaussian_Qinv(tail);
    if (m.count > 1 && m.count <= 10000)
        multiple = stats_student_multiple(multiple, m.count);
    else if (m.count > 10000)
        multiple = gsl_cdf_tdist_Qinv(tail, (double)(m.count - 1));
    *low = m.value - multiple * m.error;
    *high = m.value + multiple * m.error;
}

/* ---- fits ---- */

/* Weights (smallest sigma / sigma)^2, so that no scale of sigma overflows them. Returns the smallest sigma,
 * or NAN when a sigma is not positive and finite. */
static double weights_of(const double *sigma, size_t n, double *w)
{
    double least = INFINITY;
    for (size_t i = 0; i < n; i++) {
        if (!(sigma[i] > 0) || !isfinite(sigma[i]))
            return NAN;
        least = fmin(least, sigma[i]);
    }
    for (size_t i = 0; i < n; i++)
        w[i] = (least / sigma[i]) * (least / sigma[i]);
    return least;
}

int stats_line_fit(const double *x, const double *y, const double *sigma, size_t n, struct stats_line *line)
{
    if (n < (sigma ? 2 : 3) || !all_finite(x, n) || !all_finite(y, n))
        return -1;
    size_t distinct = 1;
    while (distinct < n && x[distinct] == x[0])
        distinct++;
    if (distinct == n)
        return -1;

    double c00, c01, c11, unit = 1;
    int status;
    if (sigma) {
        double *w = base_alloc(n, sizeof *w);
        unit = weights_of(sigma, n, w);
        status = -1;
        if (!isnan(unit))
            status = gsl_fit_wlinear(x, 1, w, 1, y, 1, n, &line->intercept, &line->slope, &c00, &c01, &c11,
                                     &line->chi2);
        free(w);
    } else {
        status = gsl_fit_linear(x, 1, y, 1, n, &line->intercept, &line->slope, &c00, &c01, &c11, &line->chi2);
    }
    if (status || !isfinite(line->intercept) || !isfinite(line->slope) || !isfinite(c00) || !isfinite(c11))
        return -1;
    line->intercept_error = unit * sqrt(c00);
    line->slope_error = unit * sqrt(c11);
    line->covariance = unit * unit * c01;
    line->chi2 = line->chi2 / unit / unit;
    line->count = (long)n;
    return 0;
}

int stats_power_fit(const double *x, const double *y, const double *sigma, size_t n, struct stats_line *line)
{
    for (size_t i = 0; i < n; i++)
        if (!(x[i] > 0) || !(y[i] > 0))
            return -1;
    double *log_x = base_alloc(n, sizeof *log_x), *log_y = base_alloc(n, sizeof *log_y);
    double *sigma_log = sigma ? base_alloc(n, sizeof *sigma_log) : NULL;
    for (size_t i = 0; i < n; i++) {
        log_x[i] = log(x[i]);
        log_y[i] = log(y[i]);
        if (sigma_log)
            sigma_log[i] = sigma[i] / y[i];
    }
    int status = stats_line_fit(log_x, log_y, sigma_log, n, line);
    free(log_x);
    free(log_y);
    free(sigma_log);
    return status;
}

int stats_linear_fit(const double *X, const double *y, const double *sigma, size_t n, size_t p, double *beta,
                     double *se, double *chi2)
{
    if (p < 1 || n < (sigma ? p : p + 1) || !all_finite(X, n * p) || !all_finite(y, n))
        return -1;
    double *w = base_alloc(n, sizeof *w), unit = sigma ? weights_of(sigma, n, w) : 1;
    if (isnan(unit)) {
        free(w);
        return -1;
    }
    gsl_multifit_linear_workspace *work = gsl_multifit_linear_alloc(n, p);
    gsl_matrix *cov = gsl_matrix_alloc(p, p);
    if (!work || !cov)
        base_die(BASE_RUN_FAILED, "out of memory: a linear fit of %zu x %zu", n, p);

    gsl_matrix_const_view design = gsl_matrix_const_view_array(X, n, p);
    gsl_vector_const_view values = gsl_vector_const_view_array(y, n);
    gsl_vector_const_view weights = gsl_vector_const_view_array(w, n);
    gsl_vector_view coefficients = gsl_vector_view_array(beta, p);
    double residual = 0, tolerance = (double)n * DBL_EPSILON; /* of rank, in columns of unit norm */
    size_t rank = 0;
    int status = sigma ? gsl_multifit_wlinear_tsvd(&design.matrix, &weights.vector, &values.vector, tolerance,
                                                   &coefficients.vector, cov, &residual, &rank, work)
                       : gsl_multifit_linear_tsvd(&design.matrix, &values.vector, tolerance,
                                                  &coefficients.vector, cov, &residual, &rank, work);
    for (size_t j = 0; se && j < p; j++)
        se[j] = unit * sqrt(gsl_matrix_get(cov, j, j));
    if (chi2)
        *chi2 = residual / unit / unit;
    gsl_multifit_linear_free(work);
    gsl_matrix_free(cov);
    free(w);
    return status || rank < p || !all_finite(beta, p) ? -1 : 0;
}

/* ---- tests ---- */

double stats_normal_cdf(double x, const void *unused)
{
    (void)unused;
    return gsl_cdf_ugaussian_P(x);
}

double stats_ks_distance(double *x, size_t n, double (*cdf)(double, const void *), const void *params)
{
    stats_sort(x, n);
    if (n < 1 || isnan(x[n - 1]))
        return NAN;
    double distance = 0;
    for (size_t i = 0; i < n; i++) {
        double f = cdf(x[i], params);
        if (isnan(f))
            return NAN;
        distance = fmax(distance, fmax((double)(i + 1) / (double)n - f, f - (double)i / (double)n));
    }
    return distance;
}

double stats_ks_distance_two(double *x, size_t n, double *y, size_t m)
{
    stats_sort(x, n);
    stats_sort(y, m);
    if (n < 1 || m < 1 || isnan(x[n - 1]) || isnan(y[m - 1]))
        return NAN;
    double distance = 0;
    for (size_t i = 0, j = 0; i < n && j < m;) {
        double at = fmin(x[i], y[j]);
        while (i < n && x[i] == at)
            i++;
        while (j < m && y[j] == at)
            j++;
        distance = fmax(distance, fabs((double)i / (double)n - (double)j / (double)m));
    }
    return distance;
}

/* c = a b for m x m matrices, scaled down when it grows beyond 1e140: a power of ten goes into *exponent. */
static void scaled_product(size_t m, const double *a, const double *b, double *c, int *exponent)
{
    double greatest = 0;
    memset(c, 0, m * m * sizeof *c);
    for (size_t i = 0; i < m; i++)
        for (size_t k = 0; k < m; k++)
            for (size_t j = 0; j < m; j++)
                c[i * m + j] += a[i * m + k] * b[k * m + j];
    for (size_t i = 0; i < m * m; i++)
        greatest = fmax(greatest, c[i]);
    if (greatest > 1e140) {
        for (size_t i = 0; i < m * m; i++)
            c[i] *= 1e-140;
        *exponent += 140;
    }
}

/* P(D_n < d), exact: Marsaglia, Tsang and Wang, J. Stat. Software 8(18), 2003. */
static double ks_exact(double d, size_t n)
{
    double nd = (double)n * d;
    size_t k = (size_t)nd + 1, m = 2 * k - 1;
    double h = (double)k - nd;
    double *step = base_alloc(m * m, sizeof *step), *power = base_alloc(m * m, sizeof *power);
    double *next = base_alloc(m * m, sizeof *next);
    for (size_t i = 0; i < m; i++)
        for (size_t j = 0; j < m; j++)
            step[i * m + j] = i + 1 >= j;
    for (size_t i = 0; i < m; i++) {
        step[i * m] -= pow(h, (double)(i + 1));
        step[(m - 1) * m + i] -= pow(h, (double)(m - i));
    }
    if (2 * h > 1)
        step[(m - 1) * m] += pow(2 * h - 1, (double)m);
    for (size_t i = 0; i < m; i++) {
        power[i * m + i] = 1;
        for (size_t j = 0; j <= i; j++)
            step[i * m + j] /= gsl_sf_fact((unsigned)(i - j + 1));
    }
    int exponent = 0, step_exponent = 0;
    for (size_t bits = n; bits; bits >>= 1) {
        double *swap;
        if (bits & 1) {
            exponent += step_exponent;
            scaled_product(m, power, step, next, &exponent);
            swap = power, power = next, next = swap;
        }
        step_exponent *= 2;
        scaled_product(m, step, step, next, &step_exponent);
        swap = step, step = next, next = swap;
    }
    double p = power[(k - 1) * m + k - 1];
    for (size_t i = 1; i <= n; i++) {
        p *= (double)i / (double)n;
        if (p < 1e-140) {
            p *= 1e140;
            exponent -= 140;
        }
    }
    free(step);
    free(power);
    free(next);
    return p * pow(10, exponent);
}

/* P(D_n^+ >= d), exact: Smirnov's sum of positive terms (Birnbaum and Tingey 1951). */
static double ks_one_sided(double d, size_t n)
{
    double N = (double)n, sum = 0, last = floor(N * (1 - d)), log_n = gsl_sf_lngamma(N + 1);
    for (double j = 0; j <= last; j++) {
        double a = d + j / N, b = 1 - a;
        if (b > 0)
            sum += exp(log_n - gsl_sf_lngamma(j + 1) - gsl_sf_lngamma(N - j + 1) + (j - 1) * log(a) +
                       (N - j) * log(b));
    }
    return d * sum;
}

/* P(K > z) of Kolmogorov's limit law, by whichever of its two series converges fast. */
static double kolmogorov_tail(double z)
{
    double sum = 0;
    if (z < 1) {
        for (int k = 1; k <= 7; k += 2)
            sum += exp(-k * k * M_PI * M_PI / (8 * z * z));
        return 1 - sqrt(2 * M_PI) / z * sum;
    }
    for (int k = 1; k <= 6; k++)
        sum += (k % 2 ? 2 : -2) * exp(-2.0 * k * k * z * z);
    return sum;
}

double stats_ks_p(double distance, size_t n)
{
    double N = (double)n, z = sqrt(N) * distance;
    if (n < 1 || isnan(distance))
        return NAN;
    if (distance <= 0.5 / N)
        return 1;
    if (distance >= 1)
        return 0;
    double p;
    if (z * z > 3 && n <= 100000) /* counts twice the samples that cross on both sides, a share exp(-6 z^2) */
        p = 2 * ks_one_sided(distance, n);
    else if (n < 500)
        p = 1 - ks_exact(distance, n);
    else /* Vrbik (2018); off by less than 0.02/n (found against the exact law at n = 10 to 1000) */
        p = kolmogorov_tail(z + 1 / (6 * sqrt(N)) + (z - 1) / (4 * N));
    return fmin(1, fmax(0, p));
}

double stats_chi2_p(const double *observed, const double *expected, size_t cells, int fitted, int *degrees)
{
    double chi2 = 0, o = 0, e = 0, last_o = 0, last_e = 0;
    size_t left = 0;
    int valid = 1;
    for (size_t i = 0; i < cells; i++) {
        valid = valid && isfinite(observed[i]) && isfinite(expected[i]) && expected[i] >= 0;
        o += observed[i];
        e += expected[i];
        if (e >= 5) {
            if (left++)
                chi2 += (last_o - last_e) * (last_o - last_e) / last_e;
            last_o = o, last_e = e;
            o = e = 0;
        }
    }
    last_o += o; /* what is left over on the right joins the last full cell */
    last_e += e;
    if (left)
        chi2 += (last_o - last_e) * (last_o - last_e) / last_e;
    int free_cells = (int)(left ? left : cells > 0) - 1 - fitted;
    if (degrees)
        *degrees = free_cells;
    return valid && free_cells >= 1 ? gsl_cdf_chisq_Q(chi2, free_cells) : NAN;
}

struct pair {
    double x, y;
};

static int pair_order(const void *a, const void *b)
{
    const struct pair *p = a, *q = b;
    if (p->x != q->x)
        return p->x < q->x ? -1 : 1;
    return (p->y > q->y) - (p->y < q->y);
}

/* Sorts y[0..n-1] by merging; returns how many pairs stood in falling order. */
static double falling_pairs(double *y, double *scratch, size_t n)
{
    if (n < 2)
        return 0;
    size_t half = n / 2, i = 0, j = half, k = 0;
    double falling = falling_pairs(y, scratch, half) + falling_pairs(y + half, scratch, n - half);
    while (i < half && j < n)
        if (y[j] < y[i]) {
            falling += (double)(half - i);
            scratch[k++] = y[j++];
        } else {
            scratch[k++] = y[i++];
        }
    while (i < half)
        scratch[k++] = y[i++];
    memcpy(y, scratch, k * sizeof *y);
    return falling;
}

static double choose_two(size_t n)
{
    return (double)n * ((double)n - 1) / 2;
}

/* tau-b in O(n log n): Knight, J. Am. Stat. Assoc. 61 (1966). */
double stats_kendall_tau(const double *x, const double *y, size_t n)
{
    if (n < 2 || any_nan(x, n) || any_nan(y, n))
        return NAN;
    struct pair *pairs = base_alloc(n, sizeof *pairs);
    double *ys = base_alloc(n, sizeof *ys), *scratch = base_alloc(n, sizeof *scratch);
    for (size_t i = 0; i < n; i++)
        pairs[i] = (struct pair){x[i], y[i]};
    qsort(pairs, n, sizeof *pairs, pair_order);

    double tied_x = 0, tied_y = 0, tied_both = 0;
    for (size_t i = 0, run_x = 1, run_both = 1; i < n; i++, run_x++, run_both++) {
        int last = i + 1 == n, x_ends = last || pairs[i + 1].x != pairs[i].x;
        if (x_ends || pairs[i + 1].y != pairs[i].y) {
            tied_both += choose_two(run_both);
            run_both = 0;
        }
        if (x_ends) {
            tied_x += choose_two(run_x);
            run_x = 0;
        }
        ys[i] = pairs[i].y;
    }
    double falling = falling_pairs(ys, scratch, n);
    for (size_t i = 0, run = 1; i < n; i++, run++)
        if (i + 1 == n || ys[i + 1] != ys[i]) {
            tied_y += choose_two(run);
            run = 0;
        }
    free(pairs);
    free(ys);
    free(scratch);
    double all = choose_two(n);
    return (all - tied_x - tied_y + tied_both - 2 * falling) / (sqrt(all - tied_x) * sqrt(all - tied_y));
}

double stats_spearman_rho(const double *x, const double *y, size_t n)
{
    if (n < 2 || any_nan(x, n) || any_nan(y, n))
        return NAN;
    double *work = base_alloc(2 * n, sizeof *work);
    double rho = gsl_stats_spearman(x, 1, y, 1, n, work);
    free(work);
    return rho;
}

double stats_sign_p(long wins, long losses)
{
    if (wins < 0 || losses < 0)
        return NAN;
    if (wins == losses)
        return 1;
    long fewer = wins < losses ? wins : losses;
    return fmin(1, 2 * binomial_lower((double)fewer, (double)wins + (double)losses, 0.5));
}
