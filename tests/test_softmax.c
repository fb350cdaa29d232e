/* Tests of lib/softmax: against long double definitions, enumeration, closed forms, Monte Carlo and
 * identities. */
#include "softmax.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <gsl/gsl_integration.h>
#include <gsl/gsl_math.h>
#include <gsl/gsl_randist.h>
#include <gsl/gsl_sf_bessel.h>
#include <gsl/gsl_sf_gamma.h>

#include "check.h"
#include "stats.h"

#define assert_near(got, expected, tolerance) check_close(#got, (got), (expected), (tolerance))

/* Definitions are summed in long double; where that is no longer than double (valgrind), they know less. */
static double slack(void)
{
    volatile long double one = 1;
    return one + 0x1p-60L == one ? 1000 : 1;
}

/* ---- rows ---- */

static void exp_is_accurate(void **state)
{
    (void)state;
    gsl_rng *rng = check_stream("exp");
    double y[64], x[64];
    for (long round = 0; round < check_rounds(2000); round++) {
        for (int i = 0; i < 64; i++)
            x[i] = y[i] = (gsl_rng_uniform(rng) - 0.5) * (round % 2 ? 1416 : 4);
        softmax_exp(y, 64);
        for (int i = 0; i < 64; i++)
            assert_true(fabsl((long double)y[i] / expl(x[i]) - 1) < 4e-16L * slack());
    }
    double edge[] = {0, -0.0, -INFINITY, INFINITY, NAN, -708.5, 709.5, 1e-300, -1e-300};
    softmax_exp(edge, 9);
    assert_true(edge[0] == 1 && edge[1] == 1 && edge[2] == 0 && isinf(edge[3]) && isnan(edge[4]));
    assert_true(edge[5] == 0 && isinf(edge[6]) && edge[7] == 1 && edge[8] == 1);
    gsl_rng_free(rng);
}

static void row_by_definition(const double *s, size_t n, double a, struct softmax_row *row)
{
    long double top = -INFINITY, z = 0, pair = 0, score = 0, square = 0, purity = 0, entropy = 0;
    for (size_t i = 0; i < n; i++)
        top = fmaxl(top, s[i]);
    for (size_t i = 0; i < n; i++)
        z += s[i] > -INFINITY ? expl((long double)a * (s[i] - top)) : 0;
    for (size_t i = 0; i < n; i++) {
        if (isinf(s[i]))
            continue;
        long double p = expl((long double)a * (s[i] - top)) / z, other = 0;
        for (size_t j = 0; j < n; j++)
            if (j != i && s[j] > -INFINITY)
                other += expl((long double)a * (s[j] - top)) / z;
        pair += p * other;
        score += p * s[i];
        square += p * (s[i] - top) * (s[i] - top);
        purity += p * p;
        entropy -= p * ((long double)a * (s[i] - top) - logl(z));
    }
    *row = (struct softmax_row){.top = (double)top,
                                .log_z = (double)((long double)a * top + logl(z)),
                                .peak = (double)(1 / z),
                                .entropy = (double)entropy,
                                .purity = (double)purity,
                                .impurity = (double)pair,
                                .score = (double)score,
                                .variance = (double)(square - (score - top) * (score - top))};
}

static void rows_match_definition(void **state)
{
    (void)state;
    static const size_t sizes[] = {1, 2, 3, 7, 8, 9, 100, 255, 256, 257, 300, 513};
    static const double scales[] = {0, 1e-3, 1, 5, 40, 300};
    gsl_rng *rng = check_stream("rows");
    double s[513], p[513];
    for (long round = 0; round < check_rounds(60); round++) {
        size_t n = sizes[gsl_rng_uniform_int(rng, 12)], ties = gsl_rng_uniform_int(rng, 3);
        double a = scales[gsl_rng_uniform_int(rng, 6)], shift = round % 3 ? 0 : 100;
        for (size_t i = 0; i < n; i++)
            s[i] = shift + (ties == 2 ? floor(3 * rng_normal(rng)) : rng_normal(rng));
        for (size_t i = 0; i + 1 < n; i++)
            if (ties == 1 && gsl_rng_uniform_int(rng, 4) == 0)
                s[i] = -INFINITY;
        struct softmax_row row, expected;
        softmax_row(s, n, a, &row);
        row_by_definition(s, n, a, &expected);
        assert_true(row.top == expected.top);
        double size = (1 + a * (fabs(shift) + 4)) * slack();
        assert_near(row.log_z, expected.log_z, 1e-15 * size * 4);
        assert_near(row.peak, expected.peak, 1e-14 * expected.peak * size);
        assert_near(row.entropy, expected.entropy, 1e-14 * (1 + expected.entropy) * size);
        assert_near(row.purity, expected.purity, 1e-14 * expected.purity * size);
        assert_near(row.impurity, expected.impurity, 1e-14 * expected.impurity * size);
        assert_near(row.score, expected.score, 1e-14 * (fabs(shift) + 4) * slack());
        assert_near(row.variance, expected.variance, 1e-13 * size);

        /* the same in pieces, of any size */
        struct softmax_sums sums = {0};
        struct softmax_row pieces;
        for (size_t i = 0; i < n;) {
            size_t count = 1 + gsl_rng_uniform_int(rng, n - i);
            softmax_sums_push(&sums, a, s + i, count);
            i += count;
        }
        softmax_sums_row(&sums, a, &pieces);
        assert_near(pieces.entropy, row.entropy, 1e-13 * size);
        assert_near(pieces.impurity, row.impurity, 1e-13 * row.impurity * size);
        assert_near(pieces.variance, row.variance, 1e-12 * size);

        /* weights */
        for (size_t i = 0; i < n; i++)
            p[i] = s[i] == -INFINITY ? s[i] : a * s[i];
        double log_z = softmax_log_sum(p, n), entropy = softmax_entropy(p, n), sum = 0;
        assert_near(log_z, row.log_z, 1e-14 * size);
        assert_near(entropy, row.entropy, 1e-13 * size);
        assert_true(softmax_weights(p, n, p) == log_z);
        for (size_t i = 0; i < n; i++) {
            sum += p[i];
            assert_true(p[i] >= 0 && (s[i] > -INFINITY || p[i] == 0));
        }
        assert_near(sum, 1, 1e-14 * (double)n);
    }
    gsl_rng_free(rng);
}

static void one_hot_keeps_its_digits(void **state)
{
    (void)state;
    double s[3] = {0, -1, -1.5};
    struct softmax_row row;
    softmax_row(s, 3, 100, &row);
    double r = exp(-100) + exp(-150);
    assert_near(row.impurity / (2 * r), 1, 1e-14);
    assert_near(row.entropy / (r + 100 * exp(-100) + 150 * exp(-150)), 1, 1e-14);
    double tie[4] = {2, 2, 2, -7};
    softmax_row(tie, 4, 500, &row);
    assert_near(row.impurity, 2.0 / 3, 1e-15);
    assert_near(row.entropy, log(3), 1e-15);
}

static void bad_rows_are_nan(void **state)
{
    (void)state;
    double masked[2] = {-INFINITY, -INFINITY}, nan[300] = {0}, infinite[2] = {1, INFINITY};
    struct softmax_row row;
    softmax_row(masked, 2, 1, &row);
    assert_true(isnan(row.entropy) && isnan(row.log_z));
    nan[299] = NAN;
    softmax_row(nan, 300, 1, &row);
    assert_true(isnan(row.entropy) && isnan(row.impurity));
    nan[299] = 0;
    nan[3] = NAN;
    softmax_row(nan, 300, 1, &row);
    assert_true(isnan(row.entropy) && isnan(row.impurity));
    softmax_row(infinite, 2, 1, &row);
    assert_true(isnan(row.entropy));
    softmax_row(infinite, 0, 1, &row);
    assert_true(isnan(row.entropy));
    softmax_row(nan, 2, -1, &row);
    assert_true(isnan(row.entropy));
    softmax_weights(masked, 2, masked);
    assert_true(isnan(masked[0]) && isnan(masked[1]));
}

/* ---- Renyi entropies ---- */

static double renyi_by_definition(const double *w, size_t n, double k)
{
    long double total = 0, sum = 0, top = 0, low = INFINITY;
    for (size_t i = 0; i < n; i++)
        total += w[i];
    for (size_t i = 0; i < n; i++) {
        long double p = w[i] / total;
        top = fmaxl(top, p);
        low = fminl(low, p);
        if (p > 0)
            sum += k == 1 ? -p * logl(p) : powl(p, k);
    }
    if (isinf(k))
        return (double)-logl(k > 0 ? top : low);
    return (double)(k == 1 ? sum : logl(sum) / (1 - (long double)k));
}

static void renyi_matches_definition(void **state)
{
    (void)state;
    static const double orders[] = {-INFINITY, -3, -1,   -0.1, 0, 0.1, 0.5, 0.999,   1,
                                    1.01,      1.49, 1.5, 2,    3, 10,  100, INFINITY};
    gsl_rng *rng = check_stream("renyi");
    double w[40], z[40];
    for (long round = 0; round < check_rounds(300); round++) {
        size_t n = 1 + gsl_rng_uniform_int(rng, 40);
        double last = INFINITY, unit = exp(40 * rng_normal(rng));
        for (size_t i = 0; i < n; i++) {
            z[i] = 3 * rng_normal(rng);
            w[i] = unit * exp(z[i]);
        }
        for (size_t i = 0; i < 17; i++) {
            double k = orders[i], h = softmax_renyi(w, n, k);
            assert_near(h, renyi_by_definition(w, n, k), 2e-13 * slack());
            assert_near(softmax_renyi_scores(z, n, k), h, 1e-12);
            assert_near(softmax_effective_number(w, n, k), exp(h), 1e-15 + exp(h) * 1e-15);
            assert_true(h <= last + 1e-13); /* falls in k */
            assert_true(k < 0 ? h >= log((double)n) - 1e-13 : h >= -1e-13 && h <= log((double)n) + 1e-13);
            last = h;
        }
        assert_near(softmax_renyi_scores(z, n, 1), softmax_entropy(z, n), 1e-13);
        /* continuous at 1: H_k = H - (k - 1) Var(log p) / 2 + ... */
        double h = softmax_renyi(w, n, 1), below = softmax_renyi(w, n, 1 - 1e-9);
        assert_near((below + softmax_renyi(w, n, 1 + 1e-9)) / 2, h, 1e-14 * (1 + h));
    }
    gsl_rng_free(rng);
}

static void renyi_corners(void **state)
{
    (void)state;
    double half[4] = {3, 0, 3, 0}, tiny[2] = {5e-324, 1.7e308}, negative[2] = {1, -1}, none[2] = {0, 0};
    assert_near(softmax_renyi(half, 4, 0), log(2), 1e-15);
    assert_near(softmax_renyi(half, 4, 0.5), log(2), 1e-15);
    assert_near(softmax_renyi(half, 4, 7), log(2), 1e-15);
    assert_true(isinf(softmax_renyi(half, 4, -1)) && isinf(softmax_renyi(half, 4, -INFINITY)));
    double p = log(5e-324) - log(1.7e308); /* about -1454 */
    assert_near(softmax_renyi(tiny, 2, -INFINITY), -p, 1e-10);
    assert_near(softmax_renyi(tiny, 2, 0.001), log1p(exp(0.001 * p)) / 0.999, 1e-12);
    assert_near(softmax_renyi(tiny, 2, -2), -2 * p / 3, 1e-10);
    assert_true(softmax_renyi(tiny, 2, 0) == log(2));
    assert_true(isnan(softmax_renyi(negative, 2, 2)) && isnan(softmax_renyi(none, 2, 2)));
    assert_true(isnan(softmax_renyi(half, 4, NAN)));
    double far[2] = {0, -5000};
    assert_near(softmax_renyi_scores(far, 2, 1e-4), log1p(exp(-0.5)) / 0.9999, 1e-12);
    assert_near(softmax_renyi_scores(far, 2, 1), 0, 0);
}

/* ---- exact expectations ---- */

static void matches_enumeration(void **state)
{
    (void)state;
    /* five keys of four values: all 1024 rows with their probabilities */
    static const double values[4] = {-1.3, 0.2, 0.25, 2}, weights[4] = {2, 1, 4, 0.5};
    struct softmax_law law = softmax_law_discrete(values, weights, 4);
    for (int needle = 0; needle < 2; needle++)
        for (double a = 0; a < 20; a = 2 * a + 0.7) {
            struct softmax_mean mean;
            double sum[8] = {0}, c = 1.1;
            for (int code = 0; code < 1024; code++) {
                double s[6], p = 1;
                for (int i = 0; i < 5; i++) {
                    int k = code >> 2 * i & 3;
                    s[i] = values[k];
                    p *= weights[k] / 7.5;
                }
                s[5] = c;
                struct softmax_row row;
                softmax_row(s, needle ? 6 : 5, a, &row);
                sum[0] += p * row.log_z;
                sum[1] += p * row.score;
                sum[2] += p * row.entropy;
                sum[3] += p * row.purity;
                sum[4] += p * row.impurity;
                sum[5] += p * row.variance;
                sum[6] += p * exp(a * c - row.log_z);
            }
            if (needle)
                assert_int_equal(softmax_mean_needle(&law, 6, a, c, &mean), 0);
            else
                assert_int_equal(softmax_mean(&law, 5, a, &mean), 0);
            assert_near(mean.log_z.value, sum[0], 1e-11);
            assert_near(mean.score.value, sum[1], 1e-11);
            assert_near(mean.entropy.value, sum[2], 1e-10);
            assert_near(mean.purity.value, sum[3], 1e-11);
            assert_near(mean.impurity.value, sum[4], 1e-11);
            assert_near(mean.gradient.value, a * sum[4], 1e-10);
            assert_near(mean.variance.value, sum[5], 1e-11);
            assert_near(mean.total.value, 1, 1e-11);
            if (needle) {
                assert_near(mean.needle.value, sum[6], 1e-11);
                assert_near(mean.rest.value, 1 - sum[6], 1e-11);
            } else {
                assert_true(isnan(mean.needle.value));
            }
        }
}

struct pair_task {
    double a;
    int what;
};

/* Two normal scores: their difference x is N(0, 2), all else follows from it. */
static double pair_integrand(double x, void *parameters)
{
    const struct pair_task *task = parameters;
    double z = task->a * fabs(x), w = exp(-z), density = exp(-x * x / 4) / sqrt(4 * M_PI);
    switch (task->what) {
    case 0:
        return density * (z / 2 + log1p(w));
    case 1:
        return density * 2 * w / ((1 + w) * (1 + w));
    default:
        return density * (log1p(w) + z * w / (1 + w));
    }
}

static void two_normal_scores(void **state)
{
    (void)state;
    struct softmax_law law = softmax_law_normal();
    gsl_integration_workspace *space = gsl_integration_workspace_alloc(2000);
    static const double scales[] = {0.01, 0.3, 1, 3, 10, 50, 200};
    for (int i = 0; i < 7; i++) {
        double a = scales[i], value[3], error;
        struct softmax_mean mean;
        for (int what = 0; what < 3; what++) {
            struct pair_task task = {a, what};
            gsl_function f = {pair_integrand, &task};
            gsl_integration_qag(&f, 0, 20, 1e-15, 1e-12, 2000, GSL_INTEG_GAUSS61, space, value + what,
                                &error);
            value[what] *= 2;
        }
        assert_int_equal(softmax_mean(&law, 2, a, &mean), 0);
        assert_near(mean.log_z.value, value[0], 1e-12 * (1 + a));
        assert_near(mean.impurity.value, value[1], 1e-12);
        assert_near(mean.entropy.value, value[2], 1e-12 * (1 + a));
    }
    gsl_integration_workspace_free(space);
}

static void known_digits(void **state)
{
    (void)state;
    /* computed elsewhere by another program: n, a, E H (normal scores) */
    static const double entropies[][3] = {
        {512, 1, 5.741890},        {4096, 1, 7.818219}, {4096, 4.0 / 3, 7.430817}, {64, 1, 3.684746},
        {64, 2.0 / 3, 3.942963},   {16, 1, 2.356953},   {65536, 16.0 / 9, 9.511058}, {65536, 1, 10.590383},
    };
    /* n, a, E F */
    static const double gradients[][3] = {
        {8, 1, 0.7677},     {8, 24, 1.4215},     {64, 4, 2.1674},  {512, 2, 1.9072},
        {512, 16, 3.0323},  {4096, 8, 3.5523},   {4096, 24, 3.6201},
    };
    /* n, E max */
    static const double maxima[][2] = {{8, 1.4236},     {16, 1.76599},   {64, 2.34373},   {256, 2.82686},
                                       {512, 3.04390},  {1024, 3.24824}, {4096, 3.62608}, {16384, 3.97135}};
    struct softmax_law law = softmax_law_normal();
    struct softmax_mean mean;
    for (size_t i = 0; i < sizeof entropies / sizeof entropies[0]; i++) {
        softmax_mean(&law, entropies[i][0], entropies[i][1], &mean);
        assert_near(mean.entropy.value, entropies[i][2], 6e-7);
    }
    for (size_t i = 0; i < sizeof gradients / sizeof gradients[0]; i++) {
        softmax_mean(&law, gradients[i][0], gradients[i][1], &mean);
        assert_near(mean.gradient.value, gradients[i][2], 6e-5);
    }
    for (size_t i = 0; i < sizeof maxima / sizeof maxima[0]; i++)
        assert_near(softmax_law_max_mean(&law, maxima[i][0], NULL, NULL).value, maxima[i][1], 6e-5);
    law = softmax_law_cosine(128);
    softmax_mean(&law, 512, 24.2136, &mean);
    assert_near(mean.gradient.value, 22.9175, 6e-5);
    softmax_mean(&law, 4096, 59.4004, &mean);
    assert_near(mean.gradient.value, 40.4037, 6e-5);
    law = softmax_law_cosine(64);
    softmax_mean(&law, 1e6, log(1e6) / 0.24, &mean);
    assert_near(mean.entropy.value, 3.0836, 6e-5);
}

static void identities_hold(void **state)
{
    (void)state;
    gsl_rng *rng = check_stream("identities");
    for (long round = 0; round < check_rounds(60); round++) {
        int normal = round % 2 == 1;
        double d = 1.5 + exp(8 * gsl_rng_uniform(rng)), unit = normal ? 1 : sqrt(d);
        struct softmax_law law = normal ? softmax_law_normal() : softmax_law_cosine(d);
        double n = round % 3 ? floor(1 + exp(27 * gsl_rng_uniform(rng))) : 1 + 3 * gsl_rng_uniform(rng);
        double a = unit * (round % 5 ? 10 : 200) * gsl_rng_uniform(rng), h = 1e-4 * a;
        struct softmax_mean mean, up, down;
        assert_int_equal(softmax_mean(&law, n, a, &mean), 0);
        softmax_mean(&law, n, a + h, &up);
        softmax_mean(&law, n, a - h, &down);
        assert_near(mean.total.value, 1, 1e-11);
        assert_near(mean.purity.value + mean.impurity.value, 1, 1e-11);
        if (normal) /* integration by parts (Stein): E F = E sum p s */
            assert_near(mean.gradient.value, mean.score.value, 1e-10 * (1 + a));
        assert_near((up.log_z.value - down.log_z.value) / (2 * h), mean.score.value,
                    1e-12 * mean.log_z.value / h + 1e-6 / unit);
        assert_near((up.score.value - down.score.value) / (2 * h), mean.variance.value,
                    1e-12 / unit / h + 1e-6 / unit / unit);
        assert_true(mean.entropy.value > -1e-9 && mean.entropy.value < log(n) + 1e-9);
        assert_true(mean.entropy.error < 1e-7 && mean.purity.error < 1e-9 && mean.log_z.error < 1e-7);
    }
    gsl_rng_free(rng);
}

static void matches_sampling(void **state)
{
    (void)state;
    gsl_rng *rng = check_stream("sampling");
    static const double cases[][4] = {
        /* dimension (0: normal), n, a, needle or -1 */
        {0, 1, 2, -1},   {0, 3, 1, -1},   {0, 16, 2.77, -1},   {0, 64, 4, 3},
        {0, 200, 9, -1}, {5, 30, 12, -1}, {16, 100, 20, 0.7},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        double d = cases[i][0], a = cases[i][2], c = cases[i][3] < 0 ? NAN : cases[i][3];
        struct softmax_law law = d > 0 ? softmax_law_cosine(d) : softmax_law_normal();
        size_t n = (size_t)cases[i][1];
        struct stats_moments m[7] = {{0}};
        struct softmax_mean mean;
        double s[200], direction[16];
        for (long round = 0; round < check_rounds(4000); round++) {
            struct softmax_row row;
            rng_normals(rng, s, n);
            for (size_t j = 0; d > 0 && j < n; j++) {
                gsl_ran_dir_nd(rng, (size_t)d, direction);
                s[j] = direction[0];
            }
            if (!isnan(c))
                s[n - 1] = c;
            softmax_row(s, n, a, &row);
            double values[7] = {row.log_z,    row.score,    row.entropy,           row.purity,
                                row.impurity, row.variance, exp(a * c - row.log_z)};
            for (int k = 0; k < 7; k++)
                stats_moments_push(&m[k], values[k]);
        }
        assert_int_equal(softmax_mean_needle(&law, (double)n, a, c, &mean), 0);
        const struct softmax_value exact[7] = {mean.log_z,    mean.score,    mean.entropy, mean.purity,
                                               mean.impurity, mean.variance, mean.needle};
        for (int k = 0; k < (isnan(c) ? 6 : 7); k++) {
            struct stats_mean sampled = stats_moments_mean(&m[k]);
            assert_near(sampled.value, exact[k].value, 5 * sampled.error + exact[k].error + 1e-14);
        }
    }
    gsl_rng_free(rng);
}

static double log_normal_density(double s, const void *parameters)
{
    (void)parameters;
    return -s * s / 2 - 1234;
}

static double log_cosine_density(double s, const void *parameters)
{
    const double *d = parameters;
    return (*d - 3) / 2 * log1p(-s * s);
}

static double log_flat_density(double s, const void *parameters)
{
    (void)s;
    (void)parameters;
    return 0;
}

static double log_exponential_density(double s, const void *parameters)
{
    (void)parameters;
    return -fabs(s);
}

static void any_density(void **state)
{
    (void)state;
    double d = 7;
    struct softmax_law laws[4] = {softmax_law_normal(),
                                  softmax_law_density(-INFINITY, INFINITY, 1, log_normal_density, NULL),
                                  softmax_law_cosine(d),
                                  softmax_law_density(-1, 1, 1, log_cosine_density, &d)};
    for (int i = 0; i < 4; i += 2)
        for (double a = 0.5; a < 50; a *= 3) {
            struct softmax_mean one, two;
            double slope[2];
            softmax_mean(&laws[i], 300, a, &one);
            softmax_mean(&laws[i + 1], 300, a, &two);
            assert_near(two.entropy.value, one.entropy.value, 1e-9);
            assert_near(two.purity.value, one.purity.value, 1e-10);
            assert_near(two.variance.value, one.variance.value, 1e-10);
            double k = softmax_law_cumulant(&laws[i], a, &slope[0]);
            assert_near(softmax_law_cumulant(&laws[i + 1], a, &slope[1]), k, 1e-11 * (1 + k));
            assert_near(slope[1], slope[0], 1e-11 * (1 + a));
        }
    /* uniform scores: the largest of n on (-1, 1) has mean (n-1)/(n+1), density of the gap at 0 n/2 */
    struct softmax_law flat = softmax_law_density(-1, 1, 1, log_flat_density, NULL);
    assert_near(softmax_law_max_mean(&flat, 9, NULL, NULL).value, 0.8, 1e-11);
    assert_near(softmax_law_gap_density(&flat, 9).value, 4.5, 1e-10);
    assert_near(softmax_law_cumulant(&flat, 3, NULL), log(sinh(3) / 3), 1e-12);
    /* exponential scores: Z is a sum of Pareto variables; the largest has mean 1 + 1/2 + ... + 1/n, the
     * gap is exponential whatever n is */
    struct softmax_law expo = softmax_law_density(0, INFINITY, 1, log_exponential_density, NULL);
    assert_near(softmax_law_max_mean(&expo, 4, NULL, NULL).value, 25.0 / 12, 1e-10);
    assert_near(softmax_law_gap_density(&expo, 4).value, 1, 1e-10);
    assert_near(softmax_law_cumulant(&expo, 0.5, NULL), log(2), 1e-9);
    struct softmax_law mirror = softmax_law_density(-INFINITY, 0, 1, log_exponential_density, NULL);
    assert_near(softmax_law_max_mean(&mirror, 4, NULL, NULL).value, -0.25, 1e-10);
}

static double log_student_density(double s, const void *parameters)
{
    const double *nu = parameters;
    return -(*nu + 1) / 2 * log1p(s * s / *nu);
}

/* Tails and coefficients that need the lattice where it is hard. */
static void hard_densities(void **state)
{
    (void)state;
    gsl_rng *rng = check_stream("hard");
    struct softmax_mean mean;
    double nu = 3, s[20];
    struct softmax_law law = softmax_law_density(-INFINITY, INFINITY, 1, log_student_density, &nu);
    struct stats_moments entropy = {0}, impurity = {0};
    for (long round = 0; round < check_rounds(4000); round++) {
        struct softmax_row row;
        for (int i = 0; i < 20; i++)
            s[i] = gsl_ran_tdist(rng, nu);
        softmax_row(s, 20, 2, &row);
        stats_moments_push(&entropy, row.entropy);
        stats_moments_push(&impurity, row.impurity);
    }
    assert_int_equal(softmax_mean(&law, 20, 2, &mean), 0);
    assert_near(mean.total.value, 1, 1e-9);
    struct stats_mean drawn = stats_moments_mean(&entropy);
    assert_near(mean.entropy.value, drawn.value, 5 * drawn.error);
    drawn = stats_moments_mean(&impurity);
    assert_near(mean.impurity.value, drawn.value, 5 * drawn.error);
    gsl_rng_free(rng);
    /* uniform scores: near the top they are a Poisson process, so E H depends on n/a alone, but for O(1/n) */
    law = softmax_law_density(-1, 1, 1, log_flat_density, NULL);
    struct softmax_mean twice;
    assert_int_equal(softmax_mean(&law, 1e6, 1e5, &mean), 0);
    assert_int_equal(softmax_mean(&law, 2e6, 2e5, &twice), 0);
    assert_near(mean.total.value, 1, 1e-10);
    assert_near(twice.total.value, 1, 1e-10);
    assert_near(twice.entropy.value, mean.entropy.value, 1e-4);
    /* n beyond any use */
    law = softmax_law_normal();
    assert_int_equal(softmax_mean(&law, 1e300, 50, &mean), 0);
    assert_near(mean.gradient.value, mean.score.value, 1e-9);
    assert_true(mean.variance.value > 0 && mean.variance.value < 1);
}

static double cosine_psi(double s, const void *parameters)
{
    const double *d = parameters;
    return (*d - 3) * s / (1 - s * s);
}

static void order_statistics(void **state)
{
    (void)state;
    struct softmax_law law = softmax_law_normal();
    assert_near(softmax_law_max_mean(&law, 1, NULL, NULL).value, 0, 1e-14);
    assert_near(softmax_law_max_mean(&law, 2, NULL, NULL).value, 1 / sqrt(M_PI), 1e-13);
    assert_near(softmax_law_max_mean(&law, 3, NULL, NULL).value, 1.5 / sqrt(M_PI), 1e-13);
    for (double n = 2; n < 1e13; n *= 37) {
        struct softmax_value max = softmax_law_max_mean(&law, n, NULL, NULL);
        assert_near(softmax_law_gap_density(&law, n).value, max.value, 1e-11); /* integration by parts */
        assert_true(max.error < 1e-10);
        assert_true(n == 2 || max.value < sqrt(2 * log(n)));
    }
    for (double d = 8; d < 300; d *= 2) { /* at d = 4 psi(s) near s = 1 is lost to the rounding of s */
        law = softmax_law_cosine(d);
        double gap = softmax_law_gap_density(&law, 100).value;
        assert_near(softmax_law_max_mean(&law, 100, cosine_psi, &d).value / gap, 1, 1e-10);
    }
}

static void cosine_cumulant_is_bessel(void **state)
{
    (void)state;
    for (double d = 2; d <= 64; d *= 2)
        for (double a = 0.1; a < 100; a *= 4) {
            struct softmax_law law = softmax_law_cosine(d);
            double slope, nu = d / 2 - 1, i0 = gsl_sf_bessel_Inu_scaled(nu, a);
            double expected = gsl_sf_lngamma(d / 2) + nu * log(2 / a) + log(i0) + a;
            assert_near(softmax_law_cumulant(&law, a, &slope), expected, 1e-11 * (1 + a));
            assert_near(slope, gsl_sf_bessel_Inu_scaled(nu + 1, a) / i0, 1e-11);
        }
}

static void scale_solves_entropy(void **state)
{
    (void)state;
    struct softmax_law law = softmax_law_normal();
    static const double digits[][3] = {{512, 3, 2.983452},  {2097152, 3, 6.197128}, {512, 5, 1.599151},
                                       {2097152, 5, 4.814589}, {1024, 5.741890, 1.554475}};
    for (size_t i = 0; i < 5; i++) {
        struct softmax_value a = softmax_scale_of_entropy(&law, digits[i][0], digits[i][1]);
        assert_near(a.value, digits[i][2], 1.5e-6);
        assert_true(a.error < 1e-9);
    }
    gsl_rng *rng = check_stream("scale");
    for (long round = 0; round < check_rounds(10); round++) {
        double n = 2 + exp(20 * gsl_rng_uniform(rng));
        double entropy = log(n) * (0.05 + 0.94 * gsl_rng_uniform(rng));
        struct softmax_mean mean;
        law = round % 2 ? softmax_law_cosine(40) : softmax_law_normal();
        softmax_mean(&law, n, softmax_scale_of_entropy(&law, n, entropy).value, &mean);
        assert_near(mean.entropy.value, entropy, 1e-9);
    }
    gsl_rng_free(rng);
    /* so large a coefficient that the top of the law is all that matters: a ~ n^(2/(d-1)) */
    law = softmax_law_cosine(4);
    double ratio = softmax_scale_of_entropy(&law, 8e12, 3).value / softmax_scale_of_entropy(&law, 1e12, 3).value;
    assert_near(ratio, 4, 1e-5);
    assert_true(softmax_scale_of_entropy(&law, 10, log(10)).value == 0);
    assert_true(isnan(softmax_scale_of_entropy(&law, 10, 3).value));
    assert_true(isnan(softmax_scale_of_entropy(&law, 1, 0.1).value));
    assert_true(isnan(softmax_scale_of_entropy(&law, 10, 0).value));
    /* ties at the top keep the entropy up */
    static const double values[2] = {0, 1}, weights[2] = {1, 1};
    law = softmax_law_discrete(values, weights, 2);
    assert_true(isnan(softmax_scale_of_entropy(&law, 100, 1).value));
}

static void random_energy_model(void **state)
{
    (void)state;
    assert_near(softmax_rem_index(3), 0.705987, 6e-7);
    assert_near(softmax_rem_index(5), 0.810422, 6e-7);
    for (double h = 1e-3; h < 1e3; h *= 3) {
        double m = softmax_rem_index(h);
        assert_true(m > 0 && m < 1);
        assert_near(softmax_rem_entropy(7, 1 / m, 1), h, 1e-9 * (1 + h * h));
    }
    assert_near(softmax_rem_entropy(log(512), 1, 3), 5.738325, 1e-6);
    assert_true(isnan(softmax_rem_index(0)) && isnan(softmax_rem_index(-1)));
}

static void bad_expectations(void **state)
{
    (void)state;
    struct softmax_law law = softmax_law_normal();
    struct softmax_mean mean;
    assert_int_equal(softmax_mean(&law, 0.5, 1, &mean), -1);
    assert_true(isnan(mean.entropy.value));
    assert_int_equal(softmax_mean(&law, NAN, 1, &mean), -1);
    assert_int_equal(softmax_mean(&law, 5, -1, &mean), -1);
    assert_int_equal(softmax_mean(&law, 5, INFINITY, &mean), -1);
    assert_int_equal(softmax_mean_needle(&law, 5, 1, INFINITY, &mean), -1);
    static const double value = 1, weight = 1;
    law = softmax_law_discrete(&value, &weight, 1);
    assert_true(isnan(softmax_law_gap_density(&law, 5).value));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(exp_is_accurate),
        cmocka_unit_test(rows_match_definition),
        cmocka_unit_test(one_hot_keeps_its_digits),
        cmocka_unit_test(bad_rows_are_nan),
        cmocka_unit_test(renyi_matches_definition),
        cmocka_unit_test(renyi_corners),
        cmocka_unit_test(matches_enumeration),
        cmocka_unit_test(two_normal_scores),
        cmocka_unit_test(known_digits),
        cmocka_unit_test(identities_hold),
        cmocka_unit_test(matches_sampling),
        cmocka_unit_test(any_density),
        cmocka_unit_test(hard_densities),
        cmocka_unit_test(order_statistics),
        cmocka_unit_test(cosine_cumulant_is_bessel),
        cmocka_unit_test(scale_solves_entropy),
        cmocka_unit_test(random_energy_model),
        cmocka_unit_test(bad_expectations),
    };
    return cmocka_run_group_tests_name("softmax", tests, NULL, NULL);
}
