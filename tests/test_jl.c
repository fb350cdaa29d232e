/* experiments/jl: the exact laws against MPFR, GSL, closed forms and each other; projections against slow
 * references. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <gsl/gsl_errno.h>
#include <gsl/gsl_integration.h>
#include <gsl/gsl_sf_bessel.h>
#include <gsl/gsl_sf_gamma.h>
#include <mpfr.h>

#include "base.h"
#include "jl/jl.h"
#include "jl/projection.h"
#include "linalg.h"
#include "rng.h"
#include "stats.h"

static void assert_close(double found, double expected, double relative, const char *what, double a, double b)
{
    if (!(fabs(found - expected) <= relative * fabs(expected)))
        fail_msg("%s(%g, %g): %.17g, expected %.17g (off by %.2g)", what, a, b, found, expected,
                 found / expected - 1);
}

/* log P(chi2_d >= x) or log P(chi2_d <= x), by MPFR's incomplete gamma function in 700 bits. */
static double mpfr_log_tail(double d, long double x, int upper)
{
    mpfr_t a, y, q, g;
    mpfr_inits2(700, a, y, q, g, (mpfr_ptr)NULL);
    mpfr_set_d(a, d / 2, MPFR_RNDN);
    mpfr_set_ld(y, x / 2, MPFR_RNDN);
    mpfr_gamma_inc(q, a, y, MPFR_RNDN);
    mpfr_gamma(g, a, MPFR_RNDN);
    if (!upper)
        mpfr_sub(q, g, q, MPFR_RNDN);
    mpfr_div(q, q, g, MPFR_RNDN);
    mpfr_log(q, q, MPFR_RNDN);
    double log_tail = mpfr_get_d(q, MPFR_RNDN);
    mpfr_clears(a, y, q, g, (mpfr_ptr)NULL);
    return log_tail;
}

static void test_norm_tail(void **state)
{
    (void)state;
    static const double dims[] = {1, 2, 3, 7, 16, 63, 64, 79, 80, 81, 200, 601},
                        radii[] = {1e-4, .01, .1, .25, .5, .9, .99};
    for (size_t i = 0; i < sizeof dims / sizeof *dims; i++)
        for (size_t j = 0; j < sizeof radii / sizeof *radii; j++) {
            long double d = dims[i], eps = radii[j];
            double upper = mpfr_log_tail(dims[i], d * (1 + eps), 1);
            assert_close((double)jl_log_norm_tail(d, eps, JL_UPPER), upper, 1e-15, "upper", dims[i],
                         radii[j]);
            if (dims[i] * radii[j] < 100) { /* beyond, MPFR's difference cancels */
                double lower = mpfr_log_tail(dims[i], d * (1 - eps), 0);
                assert_close((double)jl_log_norm_tail(d, eps, JL_LOWER), lower, 1e-15, "lower", dims[i],
                             radii[j]);
            }
        }
    /* d = 2: exponentials; d = 1024: a sum of Poisson terms, all of one sign */
    assert_close((double)jl_log_norm_tail(2, .3L, JL_UPPER), -1.3, 1e-15, "upper", 2, .3);
    long double term = 1, sum = 0;
    for (int k = 512; k < 700; k++, term *= 512 * .1L / k)
        sum += term;
    long double lower = -512 * .1L + 512 * logl(512 * .1L) - lgammal(513) + logl(sum);
    assert_close((double)jl_log_norm_tail(1024, .9L, JL_LOWER), (double)lower, 1e-15, "lower", 1024, .9);
}

static void test_norm_tail_order(void **state)
{
    (void)state;
    gsl_rng *rng = rng_stream(11, "norm tails");
    for (int k = 0; k < 2000; k++) {
        double d = floor(exp(gsl_rng_uniform(rng) * 30)) + 1, eps = gsl_rng_uniform_pos(rng);
        for (int side = -1; side <= 1; side += 2) {
            double exact = (double)jl_log_norm_tail(d, eps, (enum jl_side)side);
            double chernoff = jl_log_norm_chernoff(d, eps, (enum jl_side)side);
            assert_true(isfinite(exact));
            assert_true(exact <= chernoff && chernoff <= -eps * eps * d / 8 * (1 - 1e-12));
        }
        /* the dimension search supposes that tails fall */
        assert_true(jl_log_norm_tail(d + 1, eps, JL_BOTH) < jl_log_norm_tail(d, eps, JL_BOTH));
    }
    gsl_rng_free(rng);
}

static double inner_density(double x, void *parameters)
{
    double d = *(double *)parameters, nu = (d - 1) / 2;
    double scaled = gsl_sf_bessel_Knu_scaled(nu, d * x);
    return exp((d + 1) / 2 * log(d) + nu * log(x) - d * x - nu * M_LN2 - gsl_sf_lngamma(d / 2)) * scaled /
           sqrt(M_PI);
}

/* The same probability from the density of <u,v>, a Bessel function K: another integral altogether. */
static void test_inner_tail(void **state)
{
    (void)state;
    gsl_set_error_handler_off();
    gsl_integration_workspace *w = gsl_integration_workspace_alloc(1000);
    static const double dims[] = {2, 3, 16, 64, 150}, radii[] = {.01, .1, .25, .5, .9};
    for (int i = 0; i < 5; i++)
        for (int j = 0; j < 5; j++) {
            double d = dims[i], tail, unused, error;
            gsl_function f = {inner_density, &d};
            assert_int_equal(gsl_integration_qagiu(&f, radii[j], 0, 1e-11, 1000, w, &tail, &unused), 0);
            double found = exp(jl_log_inner_tail(d, radii[j], &error));
            assert_close(found, 2 * tail, 1e-10, "inner tail", d, radii[j]);
            assert_true(error < 1e-12);
            assert_true(log(found) <= jl_log_inner_chernoff(d, radii[j]));
        }
    gsl_integration_workspace_free(w);
    double d = 1,
           eps = 1e-9; /* the product of two normals: P(|xy| < eps) ~ 2 eps (log(2/eps) + 1 - gamma) / pi */
    double inside = 2 * eps * (log(2 / eps) + 1 - M_EULER) / M_PI;
    assert_close(-expm1(jl_log_inner_tail(d, eps, NULL)), inside, 1e-6, "inner tail", d, eps);
}

static void test_required_dim(void **state)
{
    (void)state;
    gsl_rng *rng = rng_stream(12, "dimensions");
    for (int k = 0; k < 300; k++) {
        long double n = floorl(expl(gsl_rng_uniform(rng) * 41)) + 2, eps = gsl_rng_uniform_pos(rng);
        long double log_pairs = logl(n) + logl(n - 1) - M_LN2, log_target = -20 * gsl_rng_uniform_pos(rng);
        double d = jl_required_dim(log_pairs, eps, log_target, JL_BOTH);
        if (d == 0) {
            assert_true(eps < 1e-5);
            continue;
        }
        assert_true(log_pairs + jl_log_norm_tail(d, eps, JL_BOTH) <= log_target);
        if (d > 1)
            assert_true(log_pairs + jl_log_norm_tail(d - 1, eps, JL_BOTH) > log_target);
    }
    gsl_rng_free(rng);
    assert_true(jl_required_dim(0, .99L, logl(.9L), JL_BOTH) == 1);
    assert_true(jl_required_dim(40, 1e-9L, -40, JL_BOTH) == 0);
}

static void test_sphere(void **state)
{
    (void)state;
    /* log E exp(kappa cos) = log 0F1(; d/2; kappa^2/4), term by term in 300 bits */
    static const double dims[] = {1, 2, 3, 4, 9, 64, 1000}, kappas[] = {0, .01, 1, 8, 64, 1000, 3000};
    for (int i = 0; i < 7; i++)
        for (int j = 0; j < 7; j++) {
            mpfr_t sum, tilted, term;
            mpfr_inits2(300, sum, tilted, term, (mpfr_ptr)NULL);
            mpfr_set_ui(sum, 0, MPFR_RNDN);
            mpfr_set_ui(tilted, 0, MPFR_RNDN);
            mpfr_set_ui(term, 1, MPFR_RNDN);
            double d = dims[i], kappa = kappas[j];
            for (int k = 0; k < 10000; k++) {
                mpfr_add(sum, sum, term, MPFR_RNDN);
                mpfr_div_d(term, term, (k + d / 2), MPFR_RNDN);
                if (k == 0 || kappa > 0) /* 0F1(; d/2 + 1; .) has the terms divided by (d/2 + k)/(d/2) */
                    mpfr_add(tilted, tilted, term, MPFR_RNDN);
                mpfr_mul_d(term, term, kappa / 2, MPFR_RNDN); /* each factor exact */
                mpfr_mul_d(term, term, kappa / 2, MPFR_RNDN);
                mpfr_div_ui(term, term, (unsigned long)k + 1, MPFR_RNDN);
            }
            mpfr_mul_d(tilted, tilted, kappa / 2, MPFR_RNDN); /* kappa/d 0F1(; d/2 + 1; .) */
            mpfr_div(tilted, tilted, sum, MPFR_RNDN);         /* the tilted mean of cos */
            mpfr_log(sum, sum, MPFR_RNDN);
            mpfr_mul_d(term, tilted, kappa, MPFR_RNDN);
            mpfr_sub(term, sum, term, MPFR_RNDN);
            double h = mpfr_get_d(term, MPFR_RNDN), error;
            double found = jl_sphere_entropy(d, kappa, &error);
            mpfr_ui_sub(tilted, 1, tilted, MPFR_RNDN);
            mpfr_sub_d(sum, sum, kappa, MPFR_RNDN);
            struct jl_tilt tilt = jl_sphere_tilt(d, kappa);
            if (tilt.gap > 1e-70) /* below, the reference has cancelled */
                assert_close(tilt.gap, mpfr_get_d(tilted, MPFR_RNDN), 1e-12, "gap", d, kappa);
            assert_true(fabs(tilt.log_mgf - mpfr_get_d(sum, MPFR_RNDN)) <= 1e-12 * (1 + fabs(tilt.log_mgf)));
            if (fabs(found - h) > error)
                fail_msg("h(%g, %g): %.17g, expected %.17g within %.2g", d, kappa, found, h, error);
            assert_true(error <= 1e-12 * (1 + kappa));
            mpfr_clears(sum, tilted, term, (mpfr_ptr)NULL);
        }
}

/* ---- projections ---- */

static double *random_points(size_t n, size_t m, double density, gsl_rng *rng)
{
    double *x = base_alloc(n * m, sizeof *x);
    for (size_t k = 0; k < n * m; k++)
        if (gsl_rng_uniform(rng) < density)
            x[k] = rng_normal(rng) + 3;
    return x;
}

/* Distances and inner products pair by pair, without Gram matrices. */
static struct projection_errors measure_slowly(const double *x, size_t n, size_t m, const double *y, size_t d,
                                               double eps)
{
    struct projection_errors e = {0};
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < i; j++) {
            double source = 0, image = 0, inner = 0, xi = 0, xj = 0;
            for (size_t k = 0; k < m; k++) {
                double a = x[i * m + k], b = x[j * m + k];
                source += (a - b) * (a - b);
                inner -= a * b;
                xi += a * a;
                xj += b * b;
            }
            for (size_t k = 0; k < d; k++) {
                double a = y[i * d + k], b = y[j * d + k];
                image += (a - b) * (a - b);
                inner += a * b;
            }
            e.inner = fmax(e.inner, fabs(inner) / sqrt(xi * xj));
            if (source == 0)
                continue;
            double error = fabs(image / source - 1);
            e.distortion = fmax(e.distortion, error);
            e.square += error * error;
            e.failing += error > eps;
            e.pairs++;
        }
    e.square /= (double)e.pairs;
    return e;
}

static void test_measure(void **state)
{
    (void)state;
    gsl_rng *rng = rng_stream(13, "measure");
    static const size_t sizes[][3] = {{2, 1, 1}, {5, 3, 7}, {300, 40, 30}, {513, 5, 64}, {40, 300, 9}};
    for (int k = 0; k < 5; k++)
        for (int sparse = 0; sparse < 2; sparse++) {
            size_t n = sizes[k][0], m = sizes[k][1], d = sizes[k][2];
            double *x = random_points(n, m, sparse ? 0.03 : 1, rng), *copy = base_alloc(n * m, sizeof *copy);
            if (n > 4) { /* an equal pair, and a close one far from the origin */
                memcpy(x + m, x, m * sizeof *x);
                for (size_t i = 0; i < m; i++)
                    x[3 * m + i] = x[2 * m + i] = x[2 * m + i] + 100;
                x[3 * m] += 1e-5;
            }
            memcpy(copy, x, n * m * sizeof *x);
            struct projection_points *points = projection_points_of(x, n, m);
            double *y = base_alloc(n * d, sizeof *y);
            projection_apply(points, PROJECTION_GAUSS, d, (double)d, rng, y);
            struct projection_errors fast = projection_measure(points, y, d, .5);
            struct projection_errors slow = measure_slowly(copy, n, m, y, d, .5);
            assert_int_equal(fast.pairs, slow.pairs);
            assert_int_equal(fast.failing, slow.failing);
            if (slow.pairs) {
                assert_close(fast.distortion, slow.distortion, 1e-6, "distortion", (double)n, (double)m);
                assert_close(fast.square, slow.square, 1e-6, "square", (double)n, (double)m);
            }
            if (!sparse)
                assert_close(fast.inner, slow.inner, 1e-9, "inner", (double)n, (double)m);
            projection_points_free(points);
            free(copy);
            free(y);
        }
    gsl_rng_free(rng);
}

/* Projection is linear: the images of e_1, ..., e_m under the same stream give the matrix, and y must be x
 * times it. */
static void test_apply(void **state)
{
    (void)state;
    enum { N = 30, M = 48, D = 20 };
    static const char *const kinds[] = {"gauss", "sign", "sparse", "srht"};
    for (int k = 0; k < 4; k++) {
        enum projection_kind kind = projection_kind_of(kinds[k]);
        gsl_rng *rng = rng_stream(14, "points");
        double *x = random_points(N, M, 1, rng), *unit = base_alloc(M * M, sizeof *unit);
        for (size_t i = 0; i < M; i++)
            unit[i * M + i] = 1;
        struct projection_points *points = projection_points_of(x, N, M);
        /* not flagged sparse by itself: keep the generic path, which draws row by row */
        struct projection_points units = {.n = M, .m = M, .x = unit};
        double *y = base_alloc(N * D, sizeof *y), *a = base_alloc(M * D, sizeof *a),
               *xa = base_alloc(N * D, sizeof *xa);
        rng_stream_set(rng, 14, 1);
        projection_apply(points, kind, D, 5, rng, y);
        rng_stream_set(rng, 14, 1);
        projection_apply(&units, kind, D, 5, rng, a);
        linalg_gemm('N', 'N', N, D, M, 1, x, a, 0, xa);
        for (size_t i = 0; i < N * D; i++)
            assert_true(fabs(xa[i] - y[i]) < 1e-11);
        double size = 0;
        for (size_t i = 0; i < M * D; i++)
            size += a[i] * a[i] * 5 / (M * D); /* entries of variance 1 */
        assert_true(fabs(size - 1) < (kind == PROJECTION_SIGN || kind == PROJECTION_SRHT ? 1e-12 : 0.25));
        projection_points_free(points);
        free(unit);
        free(y);
        free(a);
        free(xa);
        gsl_rng_free(rng);
    }
}

static void test_sparse_points(void **state)
{
    (void)state;
    enum { N = 50, M = 400, D = 64, RUNS = 200 };
    gsl_rng *rng = rng_stream(15, "sparse points");
    struct projection_points *points = projection_points_of(random_points(N, M, 0.03, rng), N, M);
    assert_non_null(points->entry);
    double *y = base_alloc(N * D, sizeof *y);
    struct stats_moments square = {0};
    for (int r = 0; r < RUNS; r++) {
        projection_apply(points, PROJECTION_GAUSS, D, D, rng, y);
        stats_moments_push(&square, projection_measure(points, y, D, .5).square);
    }
    struct stats_mean mean = stats_moments_mean(&square); /* E = 2/d, whatever the points */
    assert_true(fabs(mean.value - 2.0 / D) < 5 * mean.error);
    free(y);
    projection_points_free(points);
    gsl_rng_free(rng);
}

/* With d = m rows the randomized Hadamard transform is a rotation: nothing is distorted. */
static void test_srht_isometry(void **state)
{
    (void)state;
    gsl_rng *rng = rng_stream(16, "isometry");
    struct projection_points *points = projection_points_of(random_points(20, 100, 1, rng), 20, 100);
    assert_int_equal(projection_dim_max(PROJECTION_SRHT, 100), 128);
    assert_int_equal(projection_dim_max(PROJECTION_SRHT, 128), 128);
    double y[20 * 128];
    projection_apply(points, PROJECTION_SRHT, 128, 128, rng, y);
    assert_true(projection_measure(points, y, 128, .5).distortion < 1e-12);
    projection_points_free(points);
    gsl_rng_free(rng);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_norm_tail),     cmocka_unit_test(test_norm_tail_order),
        cmocka_unit_test(test_inner_tail),    cmocka_unit_test(test_required_dim),
        cmocka_unit_test(test_sphere),        cmocka_unit_test(test_measure),
        cmocka_unit_test(test_apply),         cmocka_unit_test(test_sparse_points),
        cmocka_unit_test(test_srht_isometry),
    };
    return cmocka_run_group_tests_name("jl", tests, NULL, NULL);
}
