/* Tests of lib/kmeans: assignment against all distances, Lloyd never rises and ends at a fixed point, starts, averages. */
#include "kmeans.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "check.h"

static double *normals(gsl_rng *rng, size_t n)
{
    double *x = base_alloc(n + 1, sizeof *x);
    rng_normals(rng, x, n);
    return x;
}

static double away(size_t d, const double *x, const double *y)
{
    double sum = 0;
    for (size_t a = 0; a < d; a++)
        sum += (x[a] - y[a]) * (x[a] - y[a]);
    return sum;
}

static void codes_are_nearest(void **state)
{
    (void)state;
    gsl_rng *rng = check_stream("nearest");
    for (long round = 0; round < check_rounds(100); round++) {
        size_t n = gsl_rng_uniform_int(rng, 700), c = 1 + gsl_rng_uniform_int(rng, 40), d = 1 + gsl_rng_uniform_int(rng, 9);
        double *x = normals(rng, n * d), *centers = normals(rng, c * d), *distance = base_alloc(n + 1, sizeof *distance);
        size_t *code = base_alloc(n + 1, sizeof *code);
        double distortion = kmeans_assign(n, c, d, x, centers, code, distance), total = 0;
        for (size_t i = 0; i < n; i++) {
            double least = INFINITY;
            for (size_t s = 0; s < c; s++)
                least = fmin(least, away(d, x + i * d, centers + s * d));
            check_close("distance", distance[i], least, 1e-12);
            check_close("code", away(d, x + i * d, centers + code[i] * d), least, 1e-12);
            total += least;
        }
        check_close("distortion", distortion * (double)n, total, 1e-9);
        free(x);
        free(centers);
        free(distance);
        free(code);
    }
    gsl_rng_free(rng);
}

static void ties_go_to_the_lowest(void **state)
{
    (void)state;
    double x[] = {0, 2}, centers[] = {1, -1, 1, 3};
    size_t code[2];
    kmeans_assign(2, 4, 1, x, centers, code, NULL);
    assert_true(code[0] == 0 && code[1] == 0);
}

static void lloyd_descends_to_a_fixed_point(void **state)
{
    (void)state;
    gsl_rng *rng = check_stream("lloyd");
    for (long round = 0; round < check_rounds(30); round++) {
        size_t n = 50 + gsl_rng_uniform_int(rng, 500), c = 1 + gsl_rng_uniform_int(rng, 12), d = 1 + gsl_rng_uniform_int(rng, 4);
        double *x = normals(rng, n * d), *centers = base_alloc(c * d, sizeof *centers);
        size_t *code = base_alloc(n, sizeof *code);
        if (round % 2)
            kmeans_start_spread(n, c, d, x, rng, centers);
        else
            kmeans_start_sample(n, c, d, x, rng, centers);
        double before = kmeans_assign(n, c, d, x, centers, code, NULL);
        for (int step = 0; step < 200; step++) {
            double now = kmeans_lloyd(n, c, d, x, centers, code, 1);
            assert_true(now <= before * (1 + 1e-12));
            before = now;
        }
        double *mean = base_alloc(c * d, sizeof *mean);
        double *count = base_alloc(c, sizeof *count);
        for (size_t i = 0; i < n; i++) {
            count[code[i]]++;
            for (size_t a = 0; a < d; a++)
                mean[code[i] * d + a] += x[i * d + a];
        }
        for (size_t s = 0; s < c; s++)
            for (size_t a = 0; count[s] > 0 && a < d; a++)
                check_close("center", centers[s * d + a], mean[s * d + a] / count[s], 1e-12);
        free(mean);
        free(count);
        free(x);
        free(centers);
        free(code);
    }
    gsl_rng_free(rng);
}

static void starts_are_different_points(void **state)
{
    (void)state;
    gsl_rng *rng = check_stream("starts");
    double x[30], centers[30];
    for (int i = 0; i < 30; i++)
        x[i] = i;
    for (long round = 0; round < check_rounds(200); round++) {
        size_t c = 1 + gsl_rng_uniform_int(rng, 30);
        int seen[30] = {0};
        if (round % 2)
            kmeans_start_spread(30, c, 1, x, rng, centers);
        else
            kmeans_start_sample(30, c, 1, x, rng, centers);
        for (size_t s = 0; s < c; s++)
            assert_int_equal(seen[(int)centers[s]]++, 0);
    }
    gsl_rng_free(rng);
}

static void averages_follow_the_formula(void **state)
{
    (void)state;
    double start[] = {0, 10}, batch[] = {1, 2, 3};
    struct kmeans_average *average = kmeans_average_new(2, 1, 0.9, 0.01, start);
    check_close("distortion", kmeans_average_step(average, 3, batch), 14.0 / 3, 1e-15);
    check_close("used", average->centers[0], 0.1 * 6 / (0.9 + 0.3), 1e-15);
    check_close("unused", average->centers[1], 10, 1e-14);
    for (int step = 1; step < 50; step++)
        kmeans_average_step(average, 3, batch);
    check_close("shrunk", average->centers[1], 10 * pow(0.9, 50) / 0.01, 1e-12);
    kmeans_average_free(average);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(codes_are_nearest),
        cmocka_unit_test(ties_go_to_the_lowest),
        cmocka_unit_test(lloyd_descends_to_a_fixed_point),
        cmocka_unit_test(starts_are_different_points),
        cmocka_unit_test(averages_follow_the_formula),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
