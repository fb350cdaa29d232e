/* experiments/focus: closed forms against quadrature, the exact mean over n scores against enumeration and
 * known cases. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>
#include <gsl/gsl_errno.h>
#include <gsl/gsl_math.h>

#include "focus/focus.h"
#include "focus/sets.h"
#include "rng.h"
#include "stats.h"

static void assert_close(double found, double expected, double tolerance, const char *what)
{
    if (!(fabs(found - expected) <= tolerance))
        fail_msg("%s: %.17g, expected %.17g", what, found, expected);
}

static const struct focus_map soft = {FOCUS_EXP, 1}, id = {FOCUS_IDENTITY, 1};

static void test_maps(void **state)
{
    (void)state;
    struct focus_map map;
    assert_int_equal(focus_map_parse("relu9", &map), 0);
    assert_int_equal(map.power, 9);
    assert_int_equal(focus_map_parse("relu", &map), 0);
    assert_int_equal(map.power, 1);
    static const char *const bad[] = {"", "relu0", "relu1", "relu22", "softmax", "Exp"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_int_equal(focus_map_parse(bad[i], &map), -1);
    double x[] = {1000, 999, -5000};
    focus_weights(soft, x, 3);
    assert_close(x[1], exp(-1), 1e-15, "exp of scores beyond the doubles");
}

static void test_index(void **state)
{
    (void)state;
    assert_close(focus_index((double[]){0, -3, 0, 0}, 4), 0.5, 0, "one-hot");
    assert_close(focus_index((double[]){1e300, 1e300}, 2), 1, 1e-15, "large");
    assert_close(focus_index((double[]){1e-310, 0}, 2), M_SQRT1_2, 1e-12, "denormal");
    assert_true(isnan(focus_index((double[]){0, 0}, 2)));
    assert_true(isnan(focus_index((double[]){1, NAN}, 2)));
    assert_true(isnan(focus_index((double[]){1, INFINITY}, 2)));
    assert_true(isnan(focus_index(NULL, 0)));
}

static void test_limits(void **state)
{
    (void)state;
    gsl_rng *rng = rng_stream(7, "test_focus");
    for (int i = 0; i < 300; i++) {
        struct focus_map map = {i % 3 == 0   ? FOCUS_EXP
                                : i % 3 == 1 ? FOCUS_IDENTITY
                                             : FOCUS_RELU,
                                1 + (int)gsl_rng_uniform_int(rng, 9)};
        double gamma = exp(4 * gsl_rng_uniform(rng) - 2), beta = gamma * (60 * gsl_rng_uniform(rng) - 30);
        if (map.kind == FOCUS_EXP) {
            map.power = 1;
            beta = 0;
        }
        struct softmax_value q = focus_limit_quadrature(map, beta, gamma);
        assert_close(focus_limit(map, beta, gamma), q.value, 1e-15 + 1e-11 * q.value, "closed form");
        assert_true(q.error < 1e-10 * q.value);
    }
    gsl_rng_free(rng);
    struct focus_map relu2 = {FOCUS_RELU, 2};
    double below = focus_limit(relu2, -0.5000001, 1),
           above = focus_limit(relu2, -0.4999999, 1); /* where methods meet */
    assert_close(above - below, 2e-7 * 0.187, 1e-8, "slope at the seam");
    assert_true(focus_limit(relu2, -52, 1) > 0);
    assert_true(isnan(focus_limit(relu2, 0, 0)));
    assert_true(isnan(focus_limit(relu2, -1, 0)));
    assert_true(isnan(focus_limit(id, 0, 0)));
    assert_close(focus_limit(id, -1, 0), 1, 0, "constant");
    assert_true(isnan(focus_limit(soft, 0, -1)));
    assert_true(isnan(focus_limit(soft, NAN, 1)));
}

static void test_mean(void **state)
{
    (void)state;
    /* one key: S = 1 whatever the weight is */
    assert_close(focus_mean(soft, 0, 3, 1).value, 1, 1e-10, "exp, n = 1");
    assert_close(focus_mean(id, 0.7, 2, 1).value, 1, 1e-10, "identity, n = 1");
    assert_close(focus_mean((struct focus_map){FOCUS_RELU, 2}, -1, 1, 1).value, 1, 1e-10, "relu^2, n = 1");
    /* two normal magnitudes: (|x| + |y|)/sqrt(2 (x^2 + y^2)) = (cos t + sin t)/sqrt 2, t uniform on (0, pi/2)
     */
    assert_close(focus_mean(id, 0, 5, 2).value, 4 / M_PI / M_SQRT2, 1e-10, "identity, n = 2");
    /* a symmetric half of zeros: n = 2, given not both are 0: 2/3 of the time one-hot */
    assert_close(focus_mean((struct focus_map){FOCUS_RELU, 1}, 0, 1, 2).value,
                 2. / 3 / M_SQRT2 + 4 / M_PI / M_SQRT2 / 3, 1e-10, "relu, n = 2");
    /* two lognormals: S = (1 + e^x)/sqrt(2 (1 + e^2x)), x ~ N(0, 2 gamma^2) */
    double gamma = 1.5, sum = 0, h = 0.01;
    for (double t = -10; t <= 10; t += h) {
        double x = fabs(M_SQRT2 * gamma * t);
        sum += h * exp(-t * t / 2) / sqrt(2 * M_PI) * (1 + exp(-x)) / sqrt(2 * (1 + exp(-2 * x)));
    }
    assert_close(focus_mean(soft, 0, gamma, 2).value, sum, 1e-5, "exp, n = 2"); /* the sum has a kink at 0 */
    /* many keys: the limit, from above */
    double S = focus_mean(soft, 0, 0.5, 1e9).value;
    assert_close(S, exp(-0.125), 1e-8, "exp, n = 1e9");
    assert_true(focus_mean(soft, 0, 20, 1e6).value * 1e3 < 1.3);
    assert_true(isnan(focus_mean(soft, 0, 1, 0).value));
    assert_true(isnan(focus_mean(soft, 0, -1, 10).value));
    assert_true(isnan(focus_mean(soft, 0, 1, INFINITY).value));
}

static void test_linear(void **state)
{
    (void)state;
    double m[4], y[4], q[] = {1, 2, 3};
    assert_int_equal(focus_feature_moments("bernoulli:0.25", m), 0);
    focus_sum_moments(m, q, 3, y);
    double direct[4] = {0};
    for (int bits = 0; bits < 8; bits++) { /* all outcomes */
        double x = 0, p = 1;
        for (int i = 0; i < 3; i++) {
            x += bits >> i & 1 ? q[i] : 0;
            p *= bits >> i & 1 ? 0.25 : 0.75;
        }
        for (int j = 1; j <= 4; j++)
            direct[j - 1] += p * gsl_pow_int(x, j);
    }
    for (int j = 0; j < 4; j++)
        assert_close(y[j], direct[j], 1e-12 * direct[j], "moment of a sum");
    static const char *const bad[] = {
        "bernoulli:0", "bernoulli:1.5", "bernoulli", "lognormal:", "lognormal:-1", "tanh", "bernoulli:x"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_int_equal(focus_feature_moments(bad[i], m), -1);
    assert_close(focus_norm_ratio((double[]){0, 2}, 2), 1, 1e-15, "one-hot");
    assert_close(focus_norm_ratio((double[]){2, -2, 2, 2}, 4), 0.5, 1e-15, "equal");
    /* degree 1 is the identity with mean 1 */
    assert_close(focus_taylor(1, 2, 1).value, focus_limit(id, 1, 2), 1e-11, "Taylor, M = 1");
    assert_close(focus_taylor(60, 2, 1).value, exp(-2), 1e-11, "Taylor, M = 60");
}

static void test_decay(void **state)
{
    (void)state;
    assert_close(focus_decay(1, 10), 1, 0, "no decay");
    assert_close(focus_decay(1 - 1e-9, 10), 1, 1e-12, "hardly a decay");
    assert_close(focus_decay(0.5, 2), 1.5 / sqrt(2 * 1.25), 1e-15, "two weights");
    assert_true(focus_decay_bound(0.5, 2) > focus_decay(0.5, 2));
    assert_close(focus_gated_squared(0.5, 1).value, 1, 1e-9, "one weight");
    /* two weights |x|, |y|/2: mean of (cos t + sin t / 2)^2 / (cos^2 t + sin^2 t / 4) / 2, t uniform on (0,
     * pi/2) */
    double sum = 0;
    for (int i = 0; i < 2000; i++) {
        double t = (i + 0.5) * M_PI_2 / 2000, c = cos(t), s = sin(t) / 2;
        sum += (c + s) * (c + s) / (c * c + s * s) / 2 / 2000;
    }
    assert_close(focus_gated_squared(0.5, 2).value, sum, 1e-7, "two weights");
}

static void test_standardize(void **state)
{
    (void)state;
    gsl_rng *rng = rng_stream(8, "test_focus");
    for (size_t n = 2; n < 40; n++) {
        double x[40], scale = exp(20 * rng_normal(rng)), mean = 0, square = 0;
        for (size_t i = 0; i < n; i++)
            x[i] = scale * (3 + rng_normal(rng));
        assert_int_equal(focus_standardize(x, n, 1), 0);
        for (size_t i = 0; i < n; i++) {
            mean += x[i] / (double)n;
            square += x[i] * x[i] / (double)n;
        }
        assert_close(mean, 0, 1e-14 * (double)n, "mean");
        assert_close(square, 1, 1e-13, "mean square");
    }
    double three[] = {3, 4, 0};
    assert_int_equal(focus_standardize(three, 3, 0), 0);
    assert_close(three[1] / three[0], 4. / 3, 1e-15, "direction kept");
    /* what is left of equal values is rounding */
    for (size_t n = 1; n < 40; n++) {
        double x[40];
        for (size_t i = 0; i < n; i++)
            x[i] = 0.1;
        assert_int_equal(focus_standardize(x, n, 1), -1);
    }
    assert_int_equal(focus_standardize((double[]){0, 0}, 2, 0), -1);
    assert_int_equal(focus_standardize((double[]){1, INFINITY}, 2, 1), -1);
    assert_int_equal(focus_standardize((double[]){1, NAN}, 2, 1), -1);
    gsl_rng_free(rng);
}

int main(void)
{
    gsl_set_error_handler_off();
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_maps),   cmocka_unit_test(test_index),
                                       cmocka_unit_test(test_limits), cmocka_unit_test(test_mean),
                                       cmocka_unit_test(test_linear), cmocka_unit_test(test_decay),
                                       cmocka_unit_test(test_standardize)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
