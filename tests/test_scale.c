/* experiments/scale: one row against slow references, the annealed optimum against its closed form and a
 * search, the cosine's moment generating function against the quadrature of lib/softmax. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <gsl/gsl_randist.h>
#include <gsl/gsl_sf_bessel.h>
#include <gsl/gsl_sf_gamma.h>

#include "base.h"
#include "check.h"
#include "linalg.h"
#include "scale/scale.h"
#include "stats.h"

/* F and its slope in long double, from the definition. */
static long double slow_log_f(const double *s, size_t n, long double alpha)
{
    long double top = s[0], Z = 0, rest = 0;
    for (size_t i = 1; i < n; i++)
        top = fmaxl(top, s[i]);
    for (size_t i = 0; i < n; i++)
        Z += expl(alpha * (s[i] - top));
    /* sum_{i != j} p_i p_j: nothing cancels */
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < n; j++)
            rest += i == j ? 0 : expl(alpha * (s[i] - top)) * expl(alpha * (s[j] - top));
    return logl(alpha) + logl(rest) - 2 * logl(Z);
}

static void test_row(void **state)
{
    (void)state;
    gsl_rng *rng = check_stream("scale row");
    for (long round = 0; round < check_rounds(400); round++) {
        size_t n = 2 + (size_t)gsl_rng_uniform_int(rng, 40);
        double s[64], work[64], alpha = exp(gsl_ran_flat(rng, log(1e-4), log(300)));
        scale_draw(rng, round % 3 ? 0 : 16, s, n);
        if (round % 7 == 0)
            s[1] = s[0]; /* ties, at the top or not */
        if (round % 11 == 0 && n > 3)
            s[n - 1] = -1e6; /* a key that does not count */
        long double log_f = slow_log_f(s, n, alpha), h = 1e-4L;
        double slope =
            (double)((slow_log_f(s, n, alpha * expl(h)) - slow_log_f(s, n, alpha * expl(-h))) / (2 * h));
        scale_lead(s, n);
        struct scale_point f = scale_row(s, n, alpha, work);
        double size = 1 + alpha * (s[0] - s[1]);
        check_close("log F", f.log_f, (double)log_f, 1e-13 * size);
        check_close("slope", f.slope, slope, 1e-7 * size * size * size + 1e-12);
        struct softmax_row row;
        softmax_row(s, n, alpha, &row);
        check_close("F", exp(f.log_f), alpha * row.impurity, 1e-12 * size * alpha * row.impurity + 1e-300);
        scale_sort(s, n);
        struct scale_point sorted = scale_row(s, n, alpha, work);
        check_close("order does not matter", sorted.log_f, f.log_f, 1e-13 * size);
    }
    gsl_rng_free(rng);
    double one = 3, work;
    assert_true(scale_row(&one, 1, 2, &work).log_f == -INFINITY);
}

static void test_row_far(void **state)
{
    (void)state;
    /* beyond the underflow of e^(-alpha gap) */
    double s[] = {1, 0, -3}, work[3];
    struct scale_point f = scale_row(s, 3, 5000, work);
    check_close("log F far out", f.log_f, log(2 * 5000.0) - 5000, 1e-11);
    check_close("slope far out", f.slope, 1 - 5000.0, 1e-9);
    double tie[] = {1, 1, 0};
    check_close("tie", exp(scale_row(tie, 3, 1000, work).log_f), 500, 1e-9);
}

static void test_argmax(void **state)
{
    (void)state;
    gsl_rng *rng = check_stream("scale argmax");
    double pair[] = {0.75, 0.5}, work[64], log_f;
    check_close("two scores", scale_row_argmax(pair, 2, work, NULL), 4 * scale_two_scores(), 1e-8);
    check_close("x0 tanh(x0/2)", scale_two_scores() * tanh(scale_two_scores() / 2), 1, 1e-14);
    assert_true(isinf(scale_row_argmax((double[]){1, 1, 0}, 3, work, NULL)));
    assert_true(isnan(scale_row_argmax(pair, 1, work, NULL)));
    for (long round = 0; round < check_rounds(100); round++) {
        size_t n = 2 + (size_t)gsl_rng_uniform_int(rng, 60);
        double s[64], best_log = -INFINITY;
        scale_draw(rng, 0, s, n);
        scale_sort(s, n);
        for (size_t i = 1; i < n; i++)
            assert_true(s[i - 1] >= s[i]);
        double best = scale_row_argmax(s, n, work, &log_f);
        /* no alpha of a fine grid does better */
        for (double alpha = 0.01; alpha < 100 / (s[0] - s[1]); alpha *= 1.01)
            best_log = fmax(best_log, scale_row(s, n, alpha, work).log_f);
        check_between("log F at the maximum", log_f, best_log - 1e-12, best_log + 1e-3);
        check_close("stationary", scale_row(s, n, best, work).slope, 0, 1e-7);
    }
    gsl_rng_free(rng);
}

static void test_jacobian(void **state)
{
    (void)state;
    gsl_rng *rng = check_stream("scale jacobian");
    for (long round = 0; round < check_rounds(50); round++) {
        size_t n = 1 + (size_t)gsl_rng_uniform_int(rng, 12);
        double s[16], p[16], J[256], alpha = exp(gsl_ran_flat(rng, -3, 3)), sum = 0;
        scale_draw(rng, 0, s, n);
        scale_jacobian(s, n, alpha, J);
        for (size_t i = 0; i < n; i++)
            p[i] = alpha * s[i];
        softmax_weights(p, n, p);
        for (size_t i = 0; i < n; i++)
            for (size_t j = 0; j < n; j++) {
                check_close("J", J[i * n + j], alpha * (p[i] * (i == j) - p[i] * p[j]), 1e-14 * alpha);
                sum += fabs(J[i * n + j]);
            }
        struct softmax_row row;
        softmax_row(s, n, alpha, &row);
        check_close("half the norm", sum / 2, alpha * row.impurity, 1e-13 * alpha);
    }
    gsl_rng_free(rng);
}

static void test_cumulant(void **state)
{
    (void)state;
    static const double ds[] = {3, 4, 7.5, 32, 128, 1000}, alphas[] = {0, 1e-3, 0.5, 3, 25, 80, 600};
    for (size_t i = 0; i < sizeof ds / sizeof *ds; i++)
        for (size_t j = 0; j < sizeof alphas / sizeof *alphas; j++) {
            struct softmax_law law = softmax_law_cosine(ds[i]);
            double slope, expected_slope, value = scale_cumulant(&law, alphas[j], &slope);
            double expected = softmax_law_cumulant(&law, alphas[j], &expected_slope);
            check_close("log g", value, expected, 1e-11 * (1 + expected));
            check_close("slope", slope, expected_slope, 1e-11);
        }
    /* three dimensions: s is uniform, g = sinh(alpha)/alpha */
    struct softmax_law law = softmax_law_cosine(3);
    check_close("sinh", scale_cumulant(&law, 2, NULL), log(sinh(2) / 2), 1e-14);
    /* Bessel: Gamma(d/2) (2/alpha)^(d/2-1) I_{d/2-1}(alpha) */
    law = softmax_law_cosine(64);
    double bessel = gsl_sf_lngamma(32) + 31 * log(2 / 40.0) + log(gsl_sf_bessel_Inu_scaled(31, 40)) + 40;
    check_close("Bessel", scale_cumulant(&law, 40, NULL), bessel, 1e-11);
}

static void test_optimum(void **state)
{
    (void)state;
    struct softmax_law normal = softmax_law_normal();
    gsl_rng *rng = check_stream("scale optimum");
    for (long round = 0; round < check_rounds(100); round++) {
        double n = exp(gsl_ran_flat(rng, log(1.01), log(1e300)));
        double closed = scale_lambert_optimum(n), root = scale_annealed_optimum(&normal, n);
        check_close("Lambert's W", root, closed, 1e-12 * closed + 1e-13);
        check_close("stationarity", log1p(2 * closed * closed) + closed * closed, log(n),
                    1e-12 * log(n) + 1e-14);
        double d = exp(gsl_ran_flat(rng, log(3), log(2000))), m = exp(gsl_ran_flat(rng, log(2), log(1e6)));
        struct softmax_law cosine = softmax_law_cosine(d);
        double best = scale_annealed_optimum(&cosine, m), top = scale_annealed(&cosine, m, best);
        /* rounding of cumulants, which are about 2 alpha for low d */
        for (double factor = 0.5; factor < 2; factor += 0.1)
            check_between("no other alpha is better", scale_annealed(&cosine, m, best * factor), -INFINITY,
                          top * (1 + 1e-12 + 1e-15 * best));
    }
    gsl_rng_free(rng);
    assert_true(scale_lambert_optimum(1) == 0);
    assert_true(scale_annealed_optimum(&normal, 1) == 0);
    assert_true(isnan(scale_lambert_optimum(0.5)) && isnan(scale_lambert_optimum(NAN)) &&
                isnan(scale_lambert_optimum(INFINITY)));
    assert_true(isnan(scale_annealed_optimum(&normal, 0.5)) && isnan(scale_annealed_optimum(&normal, NAN)));
    /* high dimension: the normal optimum times sqrt d */
    struct softmax_law flat = softmax_law_cosine(1e8);
    check_close("limit", scale_annealed_optimum(&flat, 1000) / 1e4, scale_lambert_optimum(1000), 1e-6);
}

/* The exact mean is the Stein form for normal scores, and rises: the finding of the family, at random places.
 */
static void test_mean(void **state)
{
    (void)state;
    struct softmax_law normal = softmax_law_normal();
    gsl_rng *rng = check_stream("scale mean");
    for (long round = 0; round < check_rounds(40); round++) {
        double n = floor(exp(gsl_ran_flat(rng, log(2), log(1e12)))),
               alpha = exp(gsl_ran_flat(rng, log(0.01), log(50)));
        struct softmax_mean m, up;
        assert_int_equal(softmax_mean(&normal, n, alpha, &m), 0);
        assert_int_equal(softmax_mean(&normal, n, alpha * 1.01, &up), 0);
        check_close("Stein", m.score.value, m.gradient.value, 1e-10);
        assert_true(up.gradient.value > m.gradient.value);
        assert_true(m.gradient.value < softmax_law_gap_density(&normal, n).value);
    }
    gsl_rng_free(rng);
}

static void test_fit(void **state)
{
    (void)state;
    double x[] = {1, 2, 3}, y[] = {2, 4, 7};
    struct scale_fit fit = scale_fit(x, y, 3, 2);
    check_close("coefficient", fit.coefficient, 31.0 / 14, 1e-15);
    check_close("rms", fit.rms, sqrt((69 - 31.0 * 31 / 14) / 3), 1e-13);
    check_close("least", fit.least, 6.0 / 7 - 1, 1e-15);
    check_close("most", fit.most, 0, 1e-15);
}

static void test_draw(void **state)
{
    (void)state;
    gsl_rng *rng = check_stream("scale draw");
    struct stats_moments square = {0};
    double s[100];
    for (int round = 0; round < 200; round++) {
        scale_draw(rng, 9, s, 100);
        for (int i = 0; i < 100; i++) {
            assert_true(fabs(s[i]) <= 1);
            stats_moments_push(&square, s[i] * s[i]);
        }
    }
    struct stats_mean m = stats_moments_mean(&square);
    check_close("variance 1/d", m.value, 1.0 / 9, 5 * m.error);
    gsl_rng_free(rng);
}

int main(void)
{
    linalg_single_thread();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_row),      cmocka_unit_test(test_row_far),  cmocka_unit_test(test_argmax),
        cmocka_unit_test(test_jacobian), cmocka_unit_test(test_cumulant), cmocka_unit_test(test_optimum),
        cmocka_unit_test(test_mean),     cmocka_unit_test(test_fit),      cmocka_unit_test(test_draw),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
