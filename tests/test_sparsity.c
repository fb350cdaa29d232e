/* The indices of sparsity against their definitions, the criteria against known certificates, the theory of
 * S*_{q,p} against numerical differentiation and search, the linear programs against all vertices. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "axis.h"
#include "check.h"
#include "softmax.h"
#include "sparsity/pursuit.h"
#include "sparsity/sparsity.h"

/* ---- text ---- */

static void vectors_as_text(void **state)
{
    (void)state;
    static const char *const good[] = {"4:3:2:1:0", "1.2:1:0.01x18", "-3:2", "1e-300", "0:0:1", "1x1000000"};
    static const char *const bad[] = {"",     ":",         "1:",          "1::2",  "a",  "1x0",
                                      "1x-2", "1x2.5",     "nan",         "inf:1", "0",  "0x5",
                                      "1 2",  "1x1000001", "1:1x1000000", "x3",    "1x", "1,2"};
    struct sparsity_vector v;
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        assert_null(sparsity_vector_parse(good[i], &v));
        if (strchr("41", good[i][0]) && v.n < 100) {
            char *text = sparsity_vector_text(v.x, v.n);
            assert_string_equal(text, good[i]);
            free(text);
        }
        sparsity_vector_free(&v);
    }
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        char *why = sparsity_vector_parse(bad[i], &v);
        if (!why)
            fail_msg("'%s' was taken for a vector of %zu", bad[i], v.n);
        assert_null(v.x);
        free(why);
    }
    assert_null(sparsity_vector_parse("1.2:1:0.01x18", &v));
    assert_int_equal(v.n, 20);
    check_close("last entry", v.x[19], 0.01, 0);
    sparsity_vector_free(&v);
}

static void orders_measures_laws_as_text(void **state)
{
    (void)state;
    double q, p;
    assert_int_equal(sparsity_orders_parse("0.25:inf", &q, &p), 0);
    assert_true(q == 0.25 && isinf(p));
    static const char *const bad_orders[] = {"",     "1",       "2:1",   "1:1", "0:1",
                                             "-1:2", "inf:inf", "1:2:3", "a:b", "1:nan"};
    for (size_t i = 0; i < sizeof bad_orders / sizeof *bad_orders; i++)
        assert_int_equal(sparsity_orders_parse(bad_orders[i], &q, &p), -1);
    struct sparsity_measure m;
    static const char *const measures[] = {"l0",         "l1",      "l1_l2",      "lp_0.5",    "log",
                                           "kappa4",     "hoyer",   "max",        "lse",       "s1_2",
                                           "s1_inf",     "renyi_1", "renyi_inf",  "deficit_2", "gini",
                                           "gini_whole", "sqp_1_2", "sqp_0.5_inf"};
    static const char *const not_measures[] = {"",      "l",         "l2",      "lp",      "lp_",
                                               "lp_0",  "s1",        "sqp_1",   "sqp_2_1", "sqp_1_2_3",
                                               "gini_", "gini_half", "renyi_x", "Gini"};
    for (size_t i = 0; i < sizeof measures / sizeof *measures; i++)
        assert_int_equal(sparsity_measure_parse(measures[i], &m), 0);
    for (size_t i = 0; i < sizeof not_measures / sizeof *not_measures; i++)
        assert_int_equal(sparsity_measure_parse(not_measures[i], &m), -1);
    struct sparsity_law law;
    static const char *const laws[] = {"normal",      "laplace",   "uniform",    "lognormal:1",
                                       "bernoulli:1", "student:3", "softmax:0.5"};
    static const char *const not_laws[] = {
        "", "normal:1", "lognormal", "lognormal:0", "bernoulli:1.5", "student:-1", "cauchy"};
    for (size_t i = 0; i < sizeof laws / sizeof *laws; i++)
        assert_int_equal(sparsity_law_parse(laws[i], &law), 0);
    for (size_t i = 0; i < sizeof not_laws / sizeof *not_laws; i++)
        assert_int_equal(sparsity_law_parse(not_laws[i], &law), -1);
}

/* ---- indices against their definitions ---- */

static long double plain_sum(const double *x, size_t n, double p)
{
    long double sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += x[i] > 0 ? powl((long double)x[i], (long double)p) : 0;
    return sum;
}

static void indices_by_definition(void **state)
{
    (void)state;
    gsl_rng *rng = check_stream("sparsity: indices");
    double x[SPARSITY_DRAWN_MAX], work[SPARSITY_DRAWN_MAX], ones[SPARSITY_DRAWN_MAX];
    for (long round = 0; round < check_rounds(2000); round++) {
        size_t n = sparsity_vector_draw(rng, (size_t)round % SPARSITY_KINDS, x);
        double q = 0.1 + 4 * gsl_rng_uniform(rng), p = q + 0.01 + 6 * gsl_rng_uniform(rng), top = 0;
        long double pairs = 0, all = plain_sum(x, n, 1), size = (long double)n;
        for (size_t i = 0; i < n; i++) {
            ones[i] = 1;
            top = fmax(top, x[i]);
            for (size_t j = 0; j < n; j++)
                pairs += fabsl((long double)x[i] - (long double)x[j]);
        }
        double norm = (double)powl(plain_sum(x, n, p), 1 / (long double)p);
        double mean_p = (double)powl(plain_sum(x, n, p) / size, 1 / (long double)p);
        double mean_q = (double)powl(plain_sum(x, n, q) / size, 1 / (long double)q);
        check_close("norm", sparsity_norm(x, n, p) / norm, 1, 1e-13);
        check_close("log mean", sparsity_log_mean(x, n, p), log(mean_p), 1e-13);
        check_close("ratio", sparsity_ratio(x, n, q, p), mean_q / mean_p, 1e-13);
        check_close("counted", sparsity_ratio_counted(x, ones, n, q, p), mean_q / mean_p, 1e-13);
        check_close("ratio to the maximum", sparsity_ratio(x, n, q, INFINITY), mean_q / top, 1e-13);
        check_close("plain", sparsity_mean_over_norm(x, n, p), (double)(all / size) / norm, 1e-13);
        check_close("gini", sparsity_gini(x, n, work), (double)(pairs / (2 * size * all)), 1e-13);
        double l2 = (double)sqrtl(plain_sum(x, n, 2)), root = sqrt((double)n);
        check_close("hoyer", sparsity_hoyer(x, n), (root - (double)all / l2) / (root - 1), 1e-12);
        long double exponentials = 0;
        for (size_t i = 0; i < n; i++)
            exponentials += expl((long double)x[i]);
        check_close("mean over logsumexp", sparsity_mean_over_logsumexp(x, n, 1),
                    (double)(all / size / logl(exponentials)), 1e-13);
    }
    gsl_rng_free(rng);
}

static void extremes(void **state)
{
    (void)state;
    const double zero[3] = {0}, tiny[3] = {1e-320, 0, 1e-320}, huge[3] = {1e308, 1e308, 0}, one[1] = {7};
    double work[3];
    assert_true(isnan(sparsity_ratio(zero, 3, 1, 2)));
    assert_true(isnan(sparsity_norm(zero, 3, 2)));
    assert_true(isnan(sparsity_mean_over_norm(zero, 3, 2)));
    check_close("subnormal", sparsity_ratio(tiny, 3, 1, 2), sqrt(2.0 / 3), 1e-15);
    check_close("near overflow", sparsity_ratio(huge, 3, 1, 2), sqrt(2.0 / 3), 1e-15);
    check_close("gini near overflow", sparsity_gini(huge, 3, work), 1.0 / 3, 1e-15);
    check_close("gini of subnormals", sparsity_gini(tiny, 3, work), 1.0 / 3, 1e-15);
    assert_true(isnan(sparsity_gini(zero, 3, work)) && isnan(sparsity_mean_over_logsumexp(zero, 3, 1)));
    check_close("n = 1", sparsity_ratio(one, 1, 0.5, 3), 1, 1e-15);
    assert_true(isnan(sparsity_hoyer(one, 1)));
    const double v[5] = {4, 3, 2, 1, 0};
    check_close("a high order", sparsity_ratio(v, 5, 1, 5000) / pow(5, 1.0 / 5000), 0.5, 1e-12);
    const double x[2] = {1, 0.25}, count[2] = {2, 1e12};
    double a = (2 + 1e12 * 0.25) / (2 + 1e12), b = sqrt((2 + 1e12 / 16) / (2 + 1e12));
    check_close("1e12 entries", sparsity_ratio_counted(x, count, 2, 1, 2), a / b, 1e-12);
}

/* ---- the criteria ---- */

static struct sparsity_outcome judge(const char *measure, enum sparsity_criterion criterion, const double *x,
                                     size_t n, size_t from, size_t to, double amount)
{
    struct sparsity_measure m;
    double work[128];
    assert_int_equal(sparsity_measure_parse(measure, &m), 0);
    assert_true(6 * n + 2 <= 128);
    struct sparsity_trial t = {.x = x, .n = n, .from = from, .to = to, .amount = amount};
    return sparsity_judge(&m, criterion, &t, work);
}

static void known_certificates(void **state)
{
    (void)state;
    const double whole[3] = {6, 4, 0}, third[3] = {3, 2, 1};
    assert_int_equal(judge("sqp_2_4", SPARSITY_D1, whole, 3, 1, 2, 1).verdict, SPARSITY_VIOLATED);
    assert_int_equal(judge("sqp_1.5_2", SPARSITY_D1, whole, 3, 1, 2, 1).verdict, SPARSITY_HOLDS);
    assert_int_equal(judge("max", SPARSITY_D1, third, 3, 1, 2, 0.3).verdict, SPARSITY_TIES);
    assert_int_equal(judge("l1", SPARSITY_D1, third, 3, 1, 2, 0.3).verdict, SPARSITY_TIES);
    struct sparsity_outcome o = judge("sqp_2_4", SPARSITY_D1, whole, 3, 1, 2, 1);
    check_close("before", pow(-o.before, 4), 169.0 / 291, 1e-14);
    check_close("after", pow(-o.after, 4), 1058.0 / 2067, 1e-14);
    assert_int_equal(judge("l1", SPARSITY_D2, third, 3, 0, 0, 2).verdict, SPARSITY_VIOLATED);
    assert_int_equal(judge("gini", SPARSITY_D2, third, 3, 0, 0, 2).verdict, SPARSITY_HOLDS);
    assert_int_equal(judge("gini", SPARSITY_D4, third, 3, 0, 0, 3).verdict, SPARSITY_HOLDS);
    assert_int_equal(judge("gini_whole", SPARSITY_D4, third, 3, 0, 0, 2).verdict, SPARSITY_VIOLATED);
    assert_int_equal(judge("hoyer", SPARSITY_D4, third, 3, 0, 0, 2).verdict, SPARSITY_VIOLATED);
    assert_int_equal(judge("l1_l2", SPARSITY_D3, third, 3, 0, 0, 1).verdict, SPARSITY_HOLDS);
    assert_int_equal(judge("l1_l2", SPARSITY_P2, third, 3, 0, 0, 0).verdict, SPARSITY_TIES);
    assert_int_equal(judge("sqp_1_2", SPARSITY_P2, third, 3, 0, 0, 0).verdict, SPARSITY_HOLDS);
    assert_int_equal(judge("sqp_1_2", SPARSITY_P1, third, 3, 2, 0, 0).verdict, SPARSITY_HOLDS);
    assert_int_equal(judge("l1", SPARSITY_P1, third, 3, 2, 0, 0).verdict, SPARSITY_VIOLATED);
    assert_int_equal(judge("l0", SPARSITY_P1, third, 3, 2, 0, 0).verdict, SPARSITY_TIES);
}

/* Random vectors break no criterion of a measure that is proved to meet all six. */
static void perfect_measures(void **state)
{
    (void)state;
    static const char *const perfect[] = {"sqp_1_2",   "sqp_0.5_1", "sqp_0.3_7",
                                          "deficit_1", "deficit_2", "gini"};
    gsl_rng *rng = check_stream("sparsity: criteria");
    double x[SPARSITY_DRAWN_MAX], work[6 * SPARSITY_DRAWN_MAX + 2];
    for (long round = 0; round < check_rounds(3000); round++) {
        struct sparsity_measure m;
        sparsity_measure_parse(perfect[round % 6], &m);
        struct sparsity_trial t = {.x = x};
        t.n = sparsity_vector_draw(rng, gsl_rng_uniform_int(rng, SPARSITY_KINDS), x);
        for (enum sparsity_criterion c = 0; c < SPARSITY_CRITERIA; c++) {
            t.from = t.to = 0;
            for (size_t i = 0; i < t.n; i++) {
                t.from = x[i] > x[t.from] ? i : t.from;
                t.to = x[i] < x[t.to] ? i : t.to;
            }
            t.amount = c == SPARSITY_D1 ? 0.3 * (x[t.from] - x[t.to]) : c == SPARSITY_D4 ? 2 : 0.5;
            struct sparsity_outcome o = sparsity_judge(&m, c, &t, work);
            if (o.verdict == SPARSITY_VIOLATED)
                fail_msg("%s, criterion %d: %.17g -> %.17g", perfect[round % 6], (int)c, o.before, o.after);
        }
    }
    gsl_rng_free(rng);
}

/* ---- theory ---- */

static void failure_sizes(void **state)
{
    (void)state;
    static const double known[][3] = {{.1, .2, 4},   {.05, .3, 4}, {.2, .5, 8},   {.25, .5, 9},
                                      {.4, .5, 13},  {.1, .9, 34}, {.5, .75, 57}, {.5, .9, 283},
                                      {.7, .8, 351}, {2, 4, 3},    {1.1, 1.2, 3}, {1.5, 2, 3}};
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        check_close("failure size", sparsity_failure_size(known[i][0], known[i][1]), known[i][2], 0);
    assert_true(isinf(sparsity_failure_size(1, 2)) && isinf(sparsity_failure_size(0.5, 1)));
    gsl_rng *rng = check_stream("sparsity: failure size");
    for (long round = 0; round < check_rounds(40); round++) {
        double q = 0.02 + 0.9 * gsl_rng_uniform(rng), p = q + 0.02 + (0.96 - q) * gsl_rng_uniform(rng);
        double needed = sparsity_failure_entries(q, p);
        if (p > 0.98 || fabs(needed - rint(needed)) < 1e-6 * needed)
            continue; /* too long, or too near a whole number for the search */
        check_close("searched", sparsity_failure_size_searched(q, p), sparsity_failure_size(q, p), 0);
    }
    gsl_rng_free(rng);
}

static void certificates_break_d1(void **state)
{
    (void)state;
    gsl_rng *rng = check_stream("sparsity: certificates");
    struct sparsity_certificate c;
    for (long round = 0; round < check_rounds(2000); round++) {
        double q = 0.05 + 3 * gsl_rng_uniform(rng), p = q + 0.05 + 4 * gsl_rng_uniform(rng);
        int status = sparsity_certificate(q, p, &c);
        if (q <= 1 && p >= 1) {
            assert_int_equal(status, -1);
            continue;
        }
        if (status) { /* only where the least length is beyond all doubles */
            assert_true(p < 1 && sparsity_failure_size(q, p) > 1e200);
            continue;
        }
        assert_true(c.amount > 0 && c.amount < (c.x[c.from] - c.x[c.to]) / 2);
        double slope = sparsity_transfer_slope(c.x, c.count, 3, c.x[c.from], c.x[c.to], q, p);
        if (!(slope < 0))
            fail_msg("(%g, %g): slope %g", q, p, slope);
        double before = sparsity_ratio_counted(c.x, c.count, 3, q, p);
        c.x[c.from] -= c.amount;
        c.x[c.to] += c.amount;
        if (sparsity_ratio_counted(c.x, c.count, 3, q, p) > before * (1 + 1e-15))
            fail_msg("(%g, %g): the certificate raises S*", q, p);
    }
    assert_int_equal(sparsity_certificate(2, INFINITY, &c), 0);
    gsl_rng_free(rng);
}

static void slopes_by_differences(void **state)
{
    (void)state;
    gsl_rng *rng = check_stream("sparsity: slopes");
    double x[SPARSITY_DRAWN_MAX], ones[SPARSITY_DRAWN_MAX];
    for (long round = 0; round < check_rounds(500); round++) {
        size_t n = sparsity_vector_draw(rng, 1, x);
        double q = 0.2 + 2 * gsl_rng_uniform(rng), p = q + 0.1 + 3 * gsl_rng_uniform(rng), h = 1e-5, sign[2];
        for (size_t i = 0; i < n; i++) {
            ones[i] = 1;
            x[i] += 1;
        }
        for (int side = 0; side < 2; side++) {
            x[0] -= side ? h : -h, x[1] += side ? h : -h;
            sign[side] = log(sparsity_ratio(x, n, q, p));
            x[0] += side ? h : -h, x[1] -= side ? h : -h;
        }
        check_close("transfer", sparsity_transfer_slope(x, ones, n, x[0], x[1], q, p),
                    (sign[1] - sign[0]) / (2 * h), 1e-8);
        for (int side = 0; side < 2; side++) {
            for (size_t i = 0; i < n; i++)
                x[i] += side ? h : -h;
            sign[side] = log(sparsity_ratio(x, n, q, p));
            for (size_t i = 0; i < n; i++)
                x[i] -= side ? h : -h;
        }
        check_close("tide", sparsity_rise(x, n, q) - sparsity_rise(x, n, p), (sign[1] - sign[0]) / (2 * h),
                    1e-8);
        double t = sparsity_rich_threshold(x + 1, n - 1, q, p), at[3];
        for (int k = 0; k < 3; k++) {
            x[0] = t * (1 + 1e-3 * (k - 1));
            at[k] = sparsity_ratio(x, n, q, p);
        }
        assert_true(at[1] > at[0] && at[1] > at[2]);
    }
    gsl_rng_free(rng);
}

/* ---- samples ---- */

static void laws_and_moments(void **state)
{
    (void)state;
    static const char *const names[] = {"normal",        "laplace",   "uniform",    "lognormal:0.4",
                                        "bernoulli:0.3", "student:9", "softmax:0.3"};
    gsl_rng *rng = check_stream("sparsity: laws");
    enum { N = 40000 };
    double *x = base_alloc(N, sizeof *x);
    for (size_t l = 0; l < sizeof names / sizeof *names; l++) {
        struct sparsity_law law;
        sparsity_law_parse(names[l], &law);
        for (double k = 0.25; k < 3; k += 0.5) {
            double h = 1e-4, up = log(sparsity_law_moment(&law, k + h)),
                   down = log(sparsity_law_moment(&law, k - h));
            check_close("moment slope", sparsity_law_moment_slope(&law, k), (up - down) / (2 * h), 1e-6);
        }
        check_close("continuous at k = 1", sparsity_law_effective(&law, 1),
                    sparsity_law_effective(&law, 1 + 1e-5), 2e-5);
        sparsity_law_draw(&law, rng, x, N);
        static const double orders[] = {0.5, 1, 2};
        for (size_t k = 0; k < 3; k++) {
            struct stats_mean e = sparsity_effective(x, N, orders[k]);
            check_close("as in softmax.h", e.value, softmax_effective_number(x, N, orders[k]) / N, 1e-11);
            check_close(names[l], e.value, sparsity_law_effective(&law, orders[k]), 6 * e.error + 1e-12);
        }
        check_close("S", sparsity_ratio_estimate(x, N).value, sparsity_ratio(x, N, 1, 2), 1e-12);
    }
    free(x);
    gsl_rng_free(rng);
}

/* The error of the delta method is that of the jackknife, up to 1/n. */
static void errors_by_jackknife(void **state)
{
    (void)state;
    gsl_rng *rng = check_stream("sparsity: jackknife");
    enum { N = 400 };
    double x[N], left[N], value[N];
    const struct sparsity_law law = {.kind = SPARSITY_UNIFORM};
    static const double orders[] = {0.5, 1, 1.7, 2, 3};
    for (long round = 0; round < check_rounds(20); round++) {
        double k = orders[round % 5];
        sparsity_law_draw(&law, rng, x, N);
        for (size_t i = 0; i < N; i++) {
            memcpy(left, x, i * sizeof *x);
            memcpy(left + i, x + i + 1, (N - i - 1) * sizeof *x);
            value[i] = sparsity_effective(left, N - 1, k).value;
        }
        struct stats_mean m = stats_mean_of(value, N);
        double jackknife = m.error * (N - 1);
        check_close("error", sparsity_effective(x, N, k).error / jackknife, 1, 0.05);
    }
    gsl_rng_free(rng);
}

static void empty_samples_are_drawn_again(void **state)
{
    (void)state;
    gsl_rng *rng = check_stream("sparsity: empty");
    const struct sparsity_law law = {.kind = SPARSITY_BERNOULLI, .parameter = 0.05};
    double x[3];
    for (int i = 0; i < 1000; i++) {
        sparsity_law_draw(&law, rng, x, 3);
        assert_true(x[0] + x[1] + x[2] > 0);
    }
    gsl_rng_free(rng);
}

/* ---- data ---- */

static void data_by_name(void **state)
{
    (void)state;
    char path[] = "/tmp/test_sparsity_XXXXXX";
    int file = mkstemp(path);
    assert_true(file >= 0);
    const char *text = "the cat and the dog and the end\n";
    assert_int_equal(write(file, text, strlen(text)), (ssize_t)strlen(text));
    close(file);
    struct axis_values names;
    char *why = NULL;
    assert_int_equal(axis_parse("words,3:-4,digits,spectrum", AXIS_WORD, NULL, &names, &why), 0);
    struct sparsity_data *data = sparsity_data_load(&names, path);
    const struct sparsity_vector *words = sparsity_data_get(data, "words"),
                                 *v = sparsity_data_get(data, "3:-4");
    assert_int_equal(words->n, 5);
    check_close("the", words->x[0], 3, 0);
    check_close("magnitude", v->x[1], 4, 0);
    assert_int_equal(sparsity_data_get(data, "digits")->n, 1797 * 64);
    const struct sparsity_vector *spectrum = sparsity_data_get(data, "spectrum");
    assert_int_equal(spectrum->n, 64);
    assert_true(spectrum->x[60] > 0 && spectrum->x[61] == 0); /* three pixels are 0 in every image */
    assert_null(sparsity_data_get(data, "none of these"));
    sparsity_data_free(data);
    axis_free(&names);
    unlink(path);
    assert_null(sparsity_data_check("words", "none"));
    assert_null(sparsity_data_check("1:2", "none"));
    free(why = sparsity_data_check("file", "none"));
    assert_non_null(why);
    free(why = sparsity_data_check("word", "none"));
    assert_non_null(why);
}

/* ---- linear programs ---- */

/* min |x|_1 - w.x over all vertices of A x = b, m = 2. */
static double best_vertex(const double *a, const double *b, const double *w, size_t n)
{
    double best = INFINITY;
    for (size_t i = 0; i < n; i++)
        for (size_t j = i + 1; j < n; j++) {
            double det = a[i] * a[n + j] - a[j] * a[n + i];
            double x = (b[0] * a[n + j] - a[j] * b[1]) / det, y = (a[i] * b[1] - b[0] * a[n + i]) / det;
            best = fmin(best, fabs(x) - w[i] * x + fabs(y) - w[j] * y);
        }
    return best;
}

static void programs_against_all_vertices(void **state)
{
    (void)state;
    gsl_rng *rng = check_stream("sparsity: programs");
    enum { N = 7 };
    double a[2 * N], b[2], w[N], x[N];
    for (long round = 0; round < check_rounds(1000); round++) {
        rng_normals(rng, a, 2 * N);
        rng_normals(rng, b, 2);
        double cost = 0;
        for (size_t j = 0; j < N; j++)
            w[j] = 1.8 * gsl_rng_uniform(rng) - 0.9;
        if (round % 3 == 0) { /* b of one column: a degenerate vertex */
            b[0] = 2 * a[3];
            b[1] = 2 * a[N + 3];
        }
        assert_int_equal(pursuit_l1(2, N, a, b, w, x), 0);
        for (size_t i = 0; i < 2; i++) {
            double row = 0;
            for (size_t j = 0; j < N; j++)
                row += a[i * N + j] * x[j];
            check_close("A x = b", row, b[i], 1e-10 * (1 + fabs(b[i])));
        }
        for (size_t j = 0; j < N; j++)
            cost += fabs(x[j]) - w[j] * x[j];
        check_close("least cost", cost, best_vertex(a, b, w, N), 1e-8 * (1 + cost));
    }
    gsl_rng_free(rng);
}

static void unbounded_programs(void **state)
{
    (void)state;
    const double a[2] = {1, 1}, b[1] = {1}, w[2] = {3, 0};
    double x[2];
    assert_int_equal(pursuit_l1(1, 2, a, b, w, x), -1);
    assert_int_equal(pursuit_l1(1, 2, a, b, NULL, x), 0);
    check_close("|x|_1", fabs(x[0]) + fabs(x[1]), 1, 1e-12);
    assert_int_equal(pursuit_least_squares(1, 2, a, b, x), 0);
    check_close("half", x[0], 0.5, 1e-15);
}

static void sparse_solutions(void **state)
{
    (void)state;
    gsl_rng *rng = check_stream("sparsity: recovery");
    enum { M = 20, N = 40 };
    double a[M * N], b[M], x[N];
    for (long round = 0; round < check_rounds(50); round++) { /* two nonzeros */
        double truth[N] = {0};
        rng_normals(rng, a, M * N);
        truth[3] = 1 + gsl_rng_uniform(rng), truth[17] = -1 - gsl_rng_uniform(rng);
        for (size_t i = 0; i < M; i++)
            b[i] = a[i * N + 3] * truth[3] + a[i * N + 17] * truth[17];
        assert_int_equal(pursuit_l1(M, N, a, b, NULL, x), 0);
        double one = 0, two = 0, before;
        for (size_t j = 0; j < N; j++) {
            one += fabs(x[j]);
            two += x[j] * x[j];
        }
        before = one / sqrt(two);
        assert_true(one <= (fabs(truth[3]) + fabs(truth[17])) * (1 + 1e-9));
        pursuit_ratio(M, N, a, b, 8, x);
        one = two = 0;
        for (size_t j = 0; j < N; j++) {
            one += fabs(x[j]);
            two += x[j] * x[j];
        }
        assert_true(one / sqrt(two) <= before * (1 + 1e-12));
    }
    gsl_rng_free(rng);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(vectors_as_text),
        cmocka_unit_test(orders_measures_laws_as_text),
        cmocka_unit_test(indices_by_definition),
        cmocka_unit_test(extremes),
        cmocka_unit_test(known_certificates),
        cmocka_unit_test(perfect_measures),
        cmocka_unit_test(failure_sizes),
        cmocka_unit_test(certificates_break_d1),
        cmocka_unit_test(slopes_by_differences),
        cmocka_unit_test(laws_and_moments),
        cmocka_unit_test(errors_by_jackknife),
        cmocka_unit_test(empty_samples_are_drawn_again),
        cmocka_unit_test(data_by_name),
        cmocka_unit_test(programs_against_all_vertices),
        cmocka_unit_test(unbounded_programs),
        cmocka_unit_test(sparse_solutions),
    };
    base_program_set("test_sparsity");
    return cmocka_run_group_tests(tests, NULL, NULL);
}
