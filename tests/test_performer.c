/* Tests of the family performer: fast attention against its plain reference, errors of the estimators against
 * GSL's special functions and quadrature, directions, the nearest point of a hull against its conditions. */
#include "performer/fast.h"
#include "performer/performer.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <gsl/gsl_integration.h>
#include <gsl/gsl_math.h>
#include <gsl/gsl_sf_bessel.h>
#include <gsl/gsl_sf_gamma.h>
#include <gsl/gsl_sf_hyperg.h>

#include <cmocka.h>

#include "attention.h"
#include "check.h"
#include "kmeans.h"
#include "linalg.h"

static double *normals(gsl_rng *rng, size_t n, double scale)
{
    double *x = base_alloc(n + 1, sizeof *x);
    performer_normals(n, 1, scale, rng, x);
    return x;
}

static float *floats(size_t n, const double *x)
{
    float *y = base_alloc(n + 1, sizeof *y);
    for (size_t i = 0; i < n; i++)
        y[i] = (float)x[i];
    return y;
}

static size_t size(gsl_rng *rng, size_t most)
{
    return gsl_rng_uniform_int(rng, 4) ? 1 + gsl_rng_uniform_int(rng, most) : 1;
}

/* Favor, soft and hard log-features; linear time against all pairs, float32 against double. */
static void linear_is_plain(void **state)
{
    (void)state;
    gsl_rng *rng = check_stream("linear");
    for (long round = 0; round < check_rounds(60); round++) {
        int causal = gsl_rng_uniform_int(rng, 2) == 1, kind = (int)gsl_rng_uniform_int(rng, 3);
        size_t keys = size(rng, 400), queries = causal ? keys : size(rng, 300), d = size(rng, 20),
               dv = size(rng, 20), m = size(rng, 70);
        double tau = exp(2 * gsl_rng_uniform(rng) - 1.5), scale = 0.3 + gsl_rng_uniform(rng) * 0.5;
        double *q = normals(rng, queries * d, scale), *k = normals(rng, keys * d, scale),
               *v = normals(rng, keys * dv, 1), *w = normals(rng, m * d, 1);
        double *a = base_alloc(queries * m, sizeof *a), *b = base_alloc(keys * m, sizeof *b),
               *o = base_alloc(queries * dv, sizeof *o), *plain = base_alloc(queries * dv, sizeof *plain);
        performer_scores(queries, m, d, 1, q, w, a);
        if (kind == 0) {
            performer_favor(keys, m, d, k, w, b);
        } else if (kind == 1) {
            performer_distances(keys, m, d, tau, k, w, b);
            performer_log_softmax(keys, m, b);
        } else {
            size_t *code = base_alloc(keys, sizeof *code);
            kmeans_assign(keys, m, d, k, w, code, NULL);
            performer_one_hot(keys, m, code, b);
            free(code);
        }
        assert_int_equal(performer_attend_plainly(queries, keys, m, dv, a, b, v, causal, plain, NULL), 0);
        assert_int_equal(performer_attend(queries, keys, m, dv, a, b, v, causal, o), 0);
        check_close("linear", performer_error_largest(queries * dv, o, plain), 0, 1e-11);
        if (kind < 2) {
            float *q32 = floats(queries * d, q), *k32 = floats(keys * d, k), *v32 = floats(keys * dv, v),
                  *w32 = floats(m * d, w), *o32 = base_alloc(queries * dv, sizeof *o32);
            struct fast *fast = fast_new(kind ? FAST_SOFT : FAST_FAVOR, d, m, dv, (float)tau, w32);
            for (int again = 0; again < 2; again++)
                assert_int_equal(fast_attend(fast, queries, keys, q32, k32, v32, causal, o32), 0);
            for (size_t i = 0; i < queries * dv; i++)
                o[i] = o32[i];
            /* log-features of size up to 40/tau carry 40/tau eps, and exp turns that into a relative error;
             * outputs are means of values of order 1 */
            for (size_t i = 0; i < queries * dv; i++)
                check_close("float32", o[i], plain[i], 3e-4);
            fast_free(fast);
            free(q32);
            free(k32);
            free(v32);
            free(w32);
            free(o32);
        }
        free(q);
        free(k);
        free(v);
        free(w);
        free(a);
        free(b);
        free(o);
        free(plain);
    }
    gsl_rng_free(rng);
}

/* Scores of thousands: log-features that no single shift would keep in range. */
static void large_scores_survive(void **state)
{
    (void)state;
    enum { N = 300, D = 64, M = 40, DV = 3 };
    gsl_rng *rng = check_stream("large");
    double *q = normals(rng, N * D, 4), *k = normals(rng, N * D, 4), *v = normals(rng, N * DV, 1),
           *w = normals(rng, M * D, 4), *a = base_alloc(N * M, sizeof *a), *b = base_alloc(N * M, sizeof *b),
           *o = base_alloc(N * DV, sizeof *o), *plain = base_alloc(N * DV, sizeof *plain);
    performer_scores(N, M, D, 1, q, w, a);
    performer_distances(N, M, D, 0.05, k, w, b);
    performer_log_softmax(N, M, b);
    for (int causal = 0; causal < 2; causal++) {
        assert_int_equal(performer_attend_plainly(N, N, M, DV, a, b, v, causal, plain, NULL), 0);
        assert_int_equal(performer_attend(N, N, M, DV, a, b, v, causal, o), 0);
        check_close("large", performer_error_largest(N * DV, o, plain), 0, 1e-9);
    }
    free(q);
    free(k);
    free(v);
    free(w);
    free(a);
    free(b);
    free(o);
    free(plain);
    gsl_rng_free(rng);
}

static void exact_is_dense(void **state)
{
    (void)state;
    enum { N = 37, D = 5, DV = 4 };
    double q[N * D], k[N * D], v[N * DV], o[N * DV], dense[N * DV];
    attention_waves(N, D, DV, 2, q, k, v);
    struct attention attention = {N, N, D, DV, q, k, v, 1, NULL, NULL, NULL};
    assert_int_equal(attention_dense(&attention, dense, NULL), 0);
    performer_exact(N, N, D, DV, q, k, v, o);
    check_close("exact", performer_error_largest(N * DV, o, dense), 0, 1e-14);
}

static void nothing_to_divide_by(void **state)
{
    (void)state;
    double a[] = {0, 0}, b[] = {-INFINITY, -INFINITY}, v[] = {1}, o[1];
    assert_int_equal(performer_attend(1, 1, 2, 1, a, b, v, 0, o), -1);
    assert_int_equal(performer_attend(1, 1, 2, 1, a, b, v, 1, o), -1);
    assert_int_equal(performer_attend_plainly(1, 1, 2, 1, a, b, v, 0, o, NULL), -1);
    a[0] = NAN;
    b[0] = 0;
    assert_int_equal(performer_attend(1, 1, 2, 1, a, b, v, 0, o), -1);
    assert_int_equal(performer_attend_plainly(1, 1, 2, 1, a, b, v, 0, o, NULL), -1);
}

/* GSL's 1F1 and Bessel function, where they do not cancel. */
static void special_functions(void **state)
{
    (void)state;
    for (double d = 1; d < 300; d = ceil(d * 1.7))
        for (double x = 0.25; x < 20; x *= 1.9) {
            struct performer_value gain = performer_orthogonal_gain(d, x);
            gsl_sf_result f;
            if (gsl_sf_hyperg_1F1_e(d, d / 2, x / 2, &f))
                continue;
            check_close("gain", gain.value, exp(x) - f.val, gain.error + f.err + 1e-13 * exp(x));
            assert_true(gain.value >= 0 && gain.error <= 1e-11 * gain.value + 1e-300);
        }
    assert_true(performer_orthogonal_gain(7, 0).value == 0);
    assert_true(fabs(performer_orthogonal_gain(1, 3).value - (exp(3) - gsl_sf_hyperg_1F1(1, 0.5, 1.5))) <
                1e-12);
    /* small x: x^2/(2(d+2)) to first order, far below what a subtraction would leave */
    check_close("small", performer_orthogonal_gain(64, 1e-6).value, 1e-12 / 132, 1e-18 / 100);
    for (double d = 2; d < 600; d *= 2)
        for (double r = 0.01; r < 500; r *= 1.7) {
            double nu = d / 2 - 1, bessel = gsl_sf_bessel_Inu_scaled(nu, r);
            if (!(bessel > 1e-280)) /* underflows, or GSL gives up */
                continue;
            double want = gsl_sf_lngamma(d / 2) + nu * log(2 / r) + r + log(bessel);
            struct performer_value got = performer_sphere_log(d, r);
            check_close("sphere", got.value, want, got.error + 1e-11 * (1 + r + nu * fabs(log(2 / r))));
        }
    check_close("sphere d = 3", performer_sphere_log(3, 700).value, 700 - log(1400), 1e-10);
}

static double density(double x, double mean, double variance)
{
    return exp(-gsl_pow_2(x - mean) / (2 * variance)) / sqrt(2 * M_PI * variance);
}

struct average {
    double s2, tau, factor, q, k1, k2, log_a, log_b;
};

/* In one dimension: the density of the code times (rho_1 f_1 - rho_2 f_2)^2. */
static double average_integrand(double omega, void *parameters)
{
    const struct average *p = parameters;
    double v = p->s2 * p->tau / (p->s2 + p->tau), shrink = p->s2 / (p->s2 + p->tau);
    double code = density(omega, 0, p->s2);
    double r1 = density(omega, shrink * p->k1, v) / code, r2 = density(omega, shrink * p->k2, v) / code;
    double e = exp(p->factor * p->q * omega), f1 = e / exp(p->log_a) - 1, f2 = e / exp(p->log_b) - 1;
    return code * gsl_pow_2(r1 * f1 - r2 * f2);
}

static void tempered_variance(void **state)
{
    (void)state;
    gsl_integration_workspace *w = gsl_integration_workspace_alloc(1000);
    double s2s[] = {1, 1, 4, 9}, taus[] = {1, 0.5, 1, 2}, factors[] = {1, 2, 1.25, 1};
    for (int i = 0; i < 4; i++) {
        struct average p = {s2s[i], taus[i], factors[i], 0.7, 0.5, -0.4, 0, 0};
        double v = p.s2 * p.tau / (p.s2 + p.tau), shrink = p.s2 / (p.s2 + p.tau), q = p.factor * p.q;
        p.log_a = q * shrink * p.k1 + q * q * v / 2;
        p.log_b = q * shrink * p.k2 + q * q * v / 2;
        gsl_function f = {average_integrand, &p};
        double want, error;
        assert_int_equal(
            gsl_integration_qag(&f, -30, 30, 1e-12, 1e-11, 1000, GSL_INTEG_GAUSS61, w, &want, &error), 0);
        struct performer_triple t = performer_triple_of(1, &p.q, &p.k1, &p.k2);
        check_close("variance", performer_tempered_variance(&t, 1, p.s2, p.tau, p.factor), want, 1e-9 * want);
    }
    gsl_integration_workspace_free(w);
}

static void directions(void **state)
{
    (void)state;
    gsl_rng *rng = check_stream("directions");
    for (long round = 0; round < check_rounds(50); round++) {
        size_t d = size(rng, 20), m = size(rng, 50);
        double *w = base_alloc(m * d, sizeof *w);
        for (int law = PERFORMER_ORTHOGONAL; law <= PERFORMER_SHARED_ROWS; law++) {
            performer_directions((enum performer_law)law, m, d, rng, w);
            for (size_t i = 0; i < m; i++)
                for (size_t j = 0; j <= i; j++) {
                    double s = 0;
                    for (size_t x = 0; x < d; x++)
                        s += w[i * d + x] * w[j * d + x];
                    if (i == j && (law == PERFORMER_SPHERE || law == PERFORMER_EVEN_ROWS))
                        check_close("length", s, (double)d, 1e-11 * (double)d);
                    if (i == j && law == PERFORMER_UNIT_ROWS)
                        check_close("length", s, 1, 1e-12);
                    if (i != j && law != PERFORMER_SPHERE && i / d == j / d)
                        check_close("angle", s, 0, 1e-11 * (double)d);
                }
        }
        free(w);
    }
    gsl_rng_free(rng);
}

/* An orthogonal block of exact rows: averaging over a rotation by hand, d = 2, m = 2. */
static void orthogonal_error_by_quadrature(void **state)
{
    (void)state;
    /* E e^{(w1 + w2).z}: angle uniform, two chi_2 lengths: int over lengths by their moment generating
     * function */
    struct performer_angle angle = {0.6, 0.5, 0.3};
    double x = performer_sum_square(&angle), cross = 0;
    enum { STEPS = 400, LENGTHS = 400 };
    for (int s = 0; s < STEPS; s++) {
        double phi = 2 * M_PI * (s + 0.5) / STEPS, part[2] = {0, 0};
        for (int l = 0; l < 40 * LENGTHS; l++) {
            double r = (l + 0.5) / LENGTHS, density = r * exp(-r * r / 2) / LENGTHS;
            part[0] += density * exp(r * sqrt(x) * cos(phi));
            part[1] += density * exp(-r * sqrt(x) * sin(phi));
        }
        cross += part[0] * part[1] / STEPS;
    }
    double a = exp(-angle.q * angle.q - angle.k * angle.k);
    double want = a / 2 * (exp(2 * x) - exp(x) + cross - exp(x));
    check_close("orthogonal", performer_mse(PERFORMER_ORT, 2, 2, &angle).value, want, 1e-6);
}

/* Karush, Kuhn and Tucker: at the least value, (H p)_i >= p^T H p, with equality where p_i > 0. */
static void nearest_point(void **state)
{
    (void)state;
    gsl_rng *rng = check_stream("nearest point");
    for (long round = 0; round < check_rounds(200); round++) {
        size_t m = size(rng, 30), d = size(rng, 40);
        double *x = normals(rng, m * d, 1), *h = base_alloc(m * m, sizeof *h), *p = base_alloc(m, sizeof *p),
               gap, sum = 0;
        for (size_t i = 0; i < m * d; i++)
            x[i] += 0.3;
        if (m > 2)
            memcpy(x + d, x, d * sizeof *x); /* the same point twice */
        linalg_gram(m, d, x, h);
        double value = performer_nearest(m, h, p, &gap), check = 0, least = INFINITY;
        for (size_t i = 0; i < m; i++) {
            double hp = 0;
            for (size_t j = 0; j < m; j++)
                hp += h[i * m + j] * p[j];
            check += p[i] * hp;
            least = fmin(least, hp);
            sum += p[i];
            assert_true(p[i] >= 0);
        }
        check_close("sum", sum, 1, 1e-12);
        check_close("value", check, value, 1e-9 * (1 + value));
        check_close("gap", value - least, gap / 2, 1e-9 * (1 + value));
        check_close("optimal", value, least, 1e-7);
        free(x);
        free(h);
        free(p);
    }
    gsl_rng_free(rng);
}

int main(void)
{
    linalg_single_thread();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(linear_is_plain),   cmocka_unit_test(large_scores_survive),
        cmocka_unit_test(exact_is_dense),    cmocka_unit_test(nothing_to_divide_by),
        cmocka_unit_test(special_functions), cmocka_unit_test(tempered_variance),
        cmocka_unit_test(directions),        cmocka_unit_test(orthogonal_error_by_quadrature),
        cmocka_unit_test(nearest_point),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
