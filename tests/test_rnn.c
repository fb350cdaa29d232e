/* experiments/rnn: derivatives against differences, scans against the loop, the smoother against the normal
 * equations, the eigenbasis and the fast kernels against the plain iteration, MPFR against double. */
#include <complex.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <gsl/gsl_randist.h>

#include "base.h"
#include "check.h"
#include "linalg.h"
#include "rnn/rnn.h"

static struct rnn *draw(gsl_rng *rng, long gru, size_t d, size_t steps, double gain)
{
    struct rnn *rnn = gru ? rnn_gru(d, steps, 2, 0.4, 0.4, 0.7, rng)
                          : rnn_problem("gauss", d, steps, gain, 0.7, 0, NULL, NULL, rng);
    rng_normals(rng, rnn->start, d);
    return rnn;
}

static double *new_path(const struct rnn *rnn)
{
    return base_alloc((rnn->steps + 1) * rnn->d, sizeof(double));
}

static void test_derivatives(void **state)
{
    (void)state;
    gsl_rng *rng = check_stream("rnn derivatives");
    for (long round = 0; round < check_rounds(60); round++) {
        size_t d = 1 + gsl_rng_uniform_int(rng, 20);
        struct rnn *rnn = draw(rng, round % 2, d, 3, 0.9);
        double x[20], v[20], up[20], down[20], moved[20], tangent[20], gate[60], j[400], h = 1e-5;
        rng_normals(rng, x, d);
        rng_normals(rng, v, d);
        rnn_step(rnn, 2, x, up, gate);
        rnn_jacobian(rnn, x, gate, j);
        rnn_tangent(rnn, x, gate, v, tangent);
        for (size_t i = 0; i < d; i++) {
            double sum = 0;
            for (size_t k = 0; k < d; k++)
                sum += j[i * d + k] * v[k];
            check_close("tangent", tangent[i], sum, 1e-13 * (double)(d + 10));
        }
        for (size_t i = 0; i < d; i++)
            moved[i] = x[i] + h * v[i];
        rnn_step(rnn, 2, moved, up, gate);
        for (size_t i = 0; i < d; i++)
            moved[i] = x[i] - h * v[i];
        rnn_step(rnn, 2, moved, down, gate);
        for (size_t i = 0; i < d; i++)
            check_close("difference", (up[i] - down[i]) / (2 * h), tangent[i], 1e-7);
        rnn_free(rnn);
    }
    gsl_rng_free(rng);
}

/* Every order of evaluation gives the iterate of the recurrence in turn. */
static void test_scans(void **state)
{
    (void)state;
    gsl_rng *rng = check_stream("rnn scans");
    for (long round = 0; round < check_rounds(60); round++) {
        size_t d = 1 + gsl_rng_uniform_int(rng, 9), steps = 1 + gsl_rng_uniform_int(rng, 70);
        struct rnn *rnn = draw(rng, round % 2, d, steps, 0.8);
        double *x = new_path(rnn), *y = new_path(rnn), *z = new_path(rnn);
        rng_normals(rng, x, (steps + 1) * d);
        memcpy(x, rnn->start, d * sizeof *x);
        for (enum rnn_method m = RNN_PICARD; m <= RNN_QUASI; m++) {
            struct rnn_options options = {.method = m, .blocks = 1 + gsl_rng_uniform_int(rng, 100)};
            struct rnn_work *work = rnn_work_alloc(rnn, &options);
            rnn_iterate(rnn, &options, x, y, 0, work);
            rnn_work_free(work);
            for (options.order = RNN_SEQUENTIAL; options.order <= RNN_BLOCKS; options.order++) {
                work = rnn_work_alloc(rnn, &options);
                rnn_iterate(rnn, &options, x, z, 0, work);
                check_close("scan", rnn_distance(rnn, y, z), 0, 1e-12 * (1 + rnn_distance(rnn, y, x)) * 100);
                rnn_work_free(work);
            }
        }
        free(x);
        free(y);
        free(z);
        rnn_free(rnn);
    }
    gsl_rng_free(rng);
}

/* Sequential, diagonal kernels against scans of the same maps. */
static void test_recurrence(void **state)
{
    (void)state;
    gsl_rng *rng = check_stream("rnn recurrence");
    for (long round = 0; round < check_rounds(60); round++) {
        size_t d = 1 + gsl_rng_uniform_int(rng, 40), steps = 1 + gsl_rng_uniform_int(rng, 50);
        double *re = base_alloc(steps * d, sizeof *re), *im = base_alloc(steps * d, sizeof *im), lambda[80];
        double complex *element = base_alloc(2 * steps * d, sizeof *element);
        rng_normals(rng, re, steps * d);
        rng_normals(rng, im, steps * d);
        for (size_t i = 0; i < 2 * d; i++)
            lambda[i] = gsl_ran_flat(rng, -0.7, 0.7);
        for (size_t t = 0; t < steps; t++)
            for (size_t i = 0; i < d; i++) {
                element[2 * t * d + i] = CMPLX(lambda[i], lambda[d + i]);
                element[(2 * t + 1) * d + i] = CMPLX(re[t * d + i], im[t * d + i]);
            }
        struct scan_operation operation = {2 * d * sizeof *element, rnn_combine_complex, &d};
        rnn_scan(RNN_ODD_EVEN, 1, &operation, steps, element);
        rnn_recur_complex(d, steps, lambda, lambda + d, re, im);
        for (size_t t = 0; t < steps; t++)
            for (size_t i = 0; i < d; i++) {
                check_close("re", re[t * d + i], creal(element[(2 * t + 1) * d + i]), 1e-12);
                check_close("im", im[t * d + i], cimag(element[(2 * t + 1) * d + i]), 1e-12);
            }
        free(re);
        free(im);
        free(element);
    }
    gsl_rng_free(rng);
}

/* The smoother solves the normal equations (B^T B + lambda I) v = B^T g, B = I - J S, written out densely. */
static void test_damped(void **state)
{
    (void)state;
    gsl_rng *rng = check_stream("rnn damped");
    for (long round = 0; round < check_rounds(30); round++) {
        size_t d = 1 + gsl_rng_uniform_int(rng, 4), steps = 1 + gsl_rng_uniform_int(rng, 12), n = d * steps;
        struct rnn *rnn = draw(rng, round % 2, d, steps, 1.5);
        int diagonal = round % 3 == 0;
        struct rnn_options options = {.method = diagonal ? RNN_QUASI_ELK : RNN_ELK,
                                      .lambda = exp(gsl_ran_flat(rng, -5, 3))};
        double *x = new_path(rnn), *y = new_path(rnn), *f = base_alloc(d, sizeof *f),
               *gate = base_alloc(3 * d, sizeof *gate);
        double *b = base_alloc(n * n, sizeof *b), *normal = base_alloc(n * n, sizeof *normal);
        double *g = base_alloc(n, sizeof *g), *v = base_alloc(n, sizeof *v),
               *j = base_alloc(d * d, sizeof *j);
        rng_normals(rng, x, (steps + 1) * d);
        memcpy(x, rnn->start, d * sizeof *x);
        for (size_t t = 0; t < steps; t++) {
            rnn_step(rnn, t + 1, x + t * d, f, gate);
            rnn_jacobian(rnn, x + t * d, gate, j);
            for (size_t i = 0; i < d; i++) {
                g[t * d + i] = f[i] - x[(t + 1) * d + i];
                b[(t * d + i) * n + t * d + i] = 1;
                for (size_t k = 0; t && k < d; k++)
                    b[(t * d + i) * n + (t - 1) * d + k] = diagonal && i != k ? 0 : -j[i * d + k];
            }
        }
        linalg_gemm('T', 'N', n, n, n, 1, b, b, 0, normal);
        for (size_t i = 0; i < n; i++)
            normal[i * n + i] += options.lambda;
        linalg_gemm('T', 'N', n, 1, n, 1, b, g, 0, v);
        assert_int_equal(linalg_solve(n, 1, normal, v), 0);
        struct rnn_work *work = rnn_work_alloc(rnn, &options);
        rnn_iterate(rnn, &options, x, y, 0, work);
        for (size_t i = 0; i < n; i++)
            check_close("damped step", y[d + i] - x[d + i], v[i], 1e-9);
        /* undamped, it is the scan's */
        options.lambda = 0;
        rnn_iterate(rnn, &options, x, y, 0, work);
        rnn_work_free(work);
        struct rnn_options plain = {.method = diagonal ? RNN_QUASI : RNN_NEWTON};
        work = rnn_work_alloc(rnn, &plain);
        rnn_iterate(rnn, &plain, x, f = base_grow(f, n + d, sizeof *f), 0, work);
        check_close("undamped", rnn_distance(rnn, y, f) / (1 + rnn_distance(rnn, f, x)), 0, 1e-9);
        rnn_work_free(work);
        free(x), free(y), free(f), free(gate), free(b), free(normal), free(g), free(v), free(j);
        rnn_free(rnn);
    }
    gsl_rng_free(rng);
}

static void test_eigenbasis(void **state)
{
    (void)state;
    gsl_rng *rng = check_stream("rnn eigenbasis");
    for (long round = 0; round < check_rounds(40); round++) {
        size_t d = 1 + gsl_rng_uniform_int(rng, 24),
               steps = 1 + gsl_rng_uniform_int(rng, round % 4 ? 60 : 600);
        struct rnn *rnn = rnn_problem("gauss", d, steps, 0.6, 0.5, 0, NULL, NULL, rng);
        struct rnn_eigen *eigen = rnn_eigen_alloc(d, rnn->a);
        double *x = new_path(rnn), *y = new_path(rnn), *z = new_path(rnn);
        struct rnn_options options = {.method = RNN_FIXED};
        struct rnn_work *work = rnn_work_alloc(rnn, &options);
        long count = 1 + (long)gsl_rng_uniform_int(rng, 5);
        for (long n = 0; n < count; n++) {
            rnn_iterate(rnn, &options, x, y, 0, work);
            memcpy(x, y, (steps + 1) * d * sizeof *x);
        }
        rnn_eigen_iterate(rnn, eigen, RNN_BLOCKS, 3, count, z);
        check_close("eigenbasis", rnn_distance(rnn, y, z), 0, 1e-13 * eigen->condition);
        struct rnn_fast *fast = rnn_fast_alloc(rnn, eigen);
        rnn_fast_iterate(fast, count);
        rnn_fast_path(fast, z);
        check_close("fast fixed", rnn_distance(rnn, y, z), 0, 1e-13 * eigen->condition);
        rnn_fast_free(fast);
        rnn_work_free(work);
        options.method = RNN_PICARD;
        work = rnn_work_alloc(rnn, &options);
        double *room = base_alloc(steps * d, sizeof *room);
        rnn_iterate(rnn, &options, x, y, 0, work);
        double move = rnn_fast_picard(rnn, x, room, 1 + (int)(round % 2));
        check_close("fast picard", rnn_distance(rnn, x, y), 0, 1e-13);
        check_between("move", move, 0, 10);
        rnn_work_free(work);
        rnn_eigen_free(eigen);
        free(x), free(y), free(z), free(room);
        rnn_free(rnn);
    }
    gsl_rng_free(rng);
}

/* Double precision and MPFR see the same errors while they are large. */
static void test_digits(void **state)
{
    (void)state;
    gsl_rng *rng = check_stream("rnn digits");
    for (long round = 0; round < check_rounds(12); round++) {
        size_t d = 1 + gsl_rng_uniform_int(rng, 4), steps = 5 + gsl_rng_uniform_int(rng, 10);
        struct rnn *rnn = rnn_problem("gauss", d, steps, 0.8, 0.5, 0, NULL, NULL, rng);
        double *path = new_path(rnn), slow[3], fast[4];
        rnn_path(rnn, path);
        for (enum rnn_method m = RNN_PICARD; m <= RNN_NEWTON; m++) {
            struct rnn_options options = {.method = m};
            rnn_digits_errors(d, steps, rnn->a, rnn->u, 1, m, 1, 3, 200, slow);
            struct rnn_run run = rnn_solve(rnn, &options, path, 0, 3, fast);
            for (int n = 1; n <= 3 && n <= run.last; n++)
                if (slow[n - 1] > -9)
                    check_close("error", fast[n] / pow(10, slow[n - 1]), 1, 1e-5);
        }
        free(path);
        rnn_free(rnn);
    }
    gsl_rng_free(rng);
}

/* One step converges at once, T steps within T, states from non-zero starts; an infinite run is reported as
 * such. */
static void test_ends(void **state)
{
    (void)state;
    gsl_rng *rng = check_stream("rnn ends");
    for (long round = 0; round < check_rounds(30); round++) {
        size_t d = 1 + gsl_rng_uniform_int(rng, 6), steps = round % 3 ? 1 + gsl_rng_uniform_int(rng, 40) : 1;
        struct rnn *rnn = draw(rng, round % 2, d, steps, 3);
        double *path = new_path(rnn);
        rnn_path(rnn, path);
        for (enum rnn_method m = RNN_PICARD; m <= RNN_QUASI; m++) {
            struct rnn_options options = {.method = m};
            struct rnn_run run = rnn_solve(rnn, &options, path, 1e-12, (long)steps, NULL);
            assert_int_equal(run.status, RNN_CONVERGED);
            assert_true(run.iterations <= (long)steps);
            assert_true(run.work <= (double)steps * (1 + 1 / (double)steps) / 2 + 1e-9);
        }
        free(path);
        rnn_free(rnn);
    }
    struct rnn *rnn = rnn_problem("circular", 16, 1200, 4, 0.1, 0, NULL, NULL, rng);
    double *path = new_path(rnn);
    rnn_path(rnn, path);
    struct rnn_options options = {.method = RNN_FIXED};
    assert_int_equal(rnn_solve(rnn, &options, path, 1e-8, 3, NULL).status, RNN_NOT_FINITE);
    free(path);
    rnn_free(rnn);
    gsl_rng_free(rng);
}

/* The Lyapunov exponent of a scalar network that stands still is log |a (1 - x^2)|; the norm of the error's
 * operator is the largest singular value of the matrix written out. */
static void test_spectra(void **state)
{
    (void)state;
    gsl_rng *rng = check_stream("rnn spectra");
    struct rnn *rnn = rnn_alloc(RNN_TANH, 1, 3000);
    rnn->a[0] = 0.7;
    for (size_t t = 0; t < rnn->steps; t++)
        rnn->u[t] = 0.3;
    double *path = new_path(rnn);
    rnn_path(rnn, path);
    double x = path[3000];
    check_close("exponent", rnn_lyapunov(rnn, path, 500, rng), log(0.7 * (1 - x * x)), 1e-12);
    free(path);
    rnn_free(rnn);
    for (long round = 0; round < check_rounds(10); round++) {
        size_t d = 1 + gsl_rng_uniform_int(rng, 3), steps = 2 + gsl_rng_uniform_int(rng, 8), n = d * steps;
        rnn = rnn_problem("gauss", d, steps, 0.8, 1, 0, NULL, NULL, rng);
        path = new_path(rnn);
        rnn_path(rnn, path);
        for (int fixed = 0; fixed < 2; fixed++) {
            double *m = base_alloc(n * n, sizeof *m), *b = base_alloc(n * n, sizeof *b),
                   *s = base_alloc(n, sizeof *s);
            for (size_t t = 0; t < steps; t++)
                for (size_t i = 0; i < d; i++) {
                    double slope = 1 - path[(t + 1) * d + i] * path[(t + 1) * d + i];
                    b[(t * d + i) * (n + 1)] = 1;
                    for (size_t k = 0; t && k < d; k++) {
                        b[(t * d + i) * n + (t - 1) * d + k] = fixed ? -rnn->a[i * d + k] : 0;
                        m[(t * d + i) * n + (t - 1) * d + k] =
                            (fixed ? slope - 1 : slope) * rnn->a[i * d + k];
                    }
                }
            assert_int_equal(linalg_solve(n, n, b, m), 0);
            linalg_svd(n, n, m, s, NULL, NULL);
            check_close("norm", rnn_factor_norm(rnn, fixed ? RNN_FIXED : RNN_PICARD, path, 2000, rng), s[0],
                        1e-3 * s[0]);
            free(m), free(b), free(s);
        }
        free(path);
        rnn_free(rnn);
    }
    gsl_rng_free(rng);
}

static void test_kernels(void **state)
{
    (void)state;
    gsl_rng *rng = check_stream("rnn kernels");
    for (size_t n = 0; n < 70; n++) {
        double x[70], want[70], a[70 * 5], out[5] = {0};
        for (size_t i = 0; i < n; i++) {
            x[i] = gsl_ran_flat(rng, -1, 1) * pow(10, gsl_ran_flat(rng, -8, 3));
            want[i] = tanh(x[i]);
        }
        rng_normals(rng, a, 5 * n);
        rnn_add_product(5, n, a, x, out);
        for (size_t k = 0; k < 5; k++) {
            double sum = 0, size = 0;
            for (size_t i = 0; i < n; i++)
                sum += a[k * n + i] * x[i], size += fabs(a[k * n + i] * x[i]);
            check_close("product", out[k], sum, 1e-14 * size);
        }
        rnn_tanh(n, x);
        for (size_t i = 0; i < n; i++)
            check_close("tanh", x[i], want[i], 4.5 * 2.3e-16 * fabs(want[i]));
    }
    double edge[] = {INFINITY, -INFINITY, 0, NAN, 1e300, -1e300, 5e-324, 20};
    rnn_tanh(8, edge);
    assert_true(edge[0] == 1 && edge[1] == -1 && edge[2] == 0 && isnan(edge[3]) && edge[4] == 1 &&
                edge[5] == -1);
    gsl_rng_free(rng);
}

int main(void)
{
    linalg_single_thread();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_derivatives), cmocka_unit_test(test_scans),
        cmocka_unit_test(test_recurrence),  cmocka_unit_test(test_damped),
        cmocka_unit_test(test_eigenbasis),  cmocka_unit_test(test_digits),
        cmocka_unit_test(test_ends),        cmocka_unit_test(test_spectra),
        cmocka_unit_test(test_kernels),
    };
    return cmocka_run_group_tests_name("rnn", tests, NULL, NULL);
}
