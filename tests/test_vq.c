/* experiments/vq: the linear forms against attention_dense, the fast kernels against the plain ones,
 * assignment against a search, gradients against differences of the loss, codebooks against what is known.
 * Random shapes, odd ones included. */
#include <float.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "attention.h"
#include "base.h"
#include "check.h"
#include "kmeans.h"
#include "linalg.h"
#include "rng.h"
#include "vq/vq.h"
#include "vq/vq_gradient.h"

struct random_problem {
    struct vq p;
    double *q, *k, *v, *centers, *a, *b;
    size_t *code;
};

static struct random_problem problem_new(gsl_rng *rng, size_t n, double qscale)
{
    size_t dk = 1 + gsl_rng_uniform_int(rng, 9), dv = 1 + gsl_rng_uniform_int(rng, 9),
           c = 1 + gsl_rng_uniform_int(rng, 40);
    struct random_problem r = {.q = base_alloc(n * dk, sizeof(double)),
                               .k = base_alloc(n * dk, sizeof(double)),
                               .v = base_alloc(n * dv, sizeof(double)),
                               .centers = base_alloc(c * dk, sizeof(double)),
                               .a = base_alloc(n * dv, sizeof(double)),
                               .b = base_alloc(n * dv, sizeof(double)),
                               .code = base_alloc(n, sizeof(size_t))};
    rng_normals(rng, r.q, n * dk);
    rng_normals(rng, r.k, n * dk);
    rng_normals(rng, r.v, n * dv);
    rng_normals(rng, r.centers, c * dk);
    for (size_t i = 0; i < n * dk; i++)
        r.q[i] *= qscale;
    kmeans_assign(n, c, dk, r.k, r.centers, r.code, NULL);
    r.p = (struct vq){.queries = n,
                      .keys = n,
                      .dk = dk,
                      .dv = dv,
                      .c = c,
                      .q = r.q,
                      .centers = r.centers,
                      .v = r.v,
                      .code = r.code};
    return r;
}

static void problem_free(struct random_problem *r)
{
    free(r->q);
    free(r->k);
    free(r->v);
    free(r->centers);
    free(r->a);
    free(r->b);
    free(r->code);
}

static double bias(size_t i, size_t j, const void *context)
{
    return i - j <= *(const size_t *)context ? 2 * sin((double)(i - j) + 1) : 0;
}

static void compare(const char *what, size_t n, const double *a, const double *b, double tolerance)
{
    for (size_t i = 0; i < n; i++)
        check_close(what, a[i], b[i], tolerance);
}

static void test_forms(void **state)
{
    (void)state;
    gsl_rng *rng = check_stream("vq forms");
    for (long round = 0; round < check_rounds(150); round++) {
        size_t n = 1 + gsl_rng_uniform_int(rng, 70), l = 1 + gsl_rng_uniform_int(rng, 80);
        struct random_problem r =
            problem_new(rng, n, round % 5 ? 1 : 300); /* 300: exp(q.c) alone would overflow */
        size_t size = n * r.p.dv, reach = gsl_rng_uniform_int(rng, l + 1);
        double tolerance = round % 5 ? 1e-13 : 1e-11;
        assert_int_equal(vq_dense(&r.p, 0, r.a, NULL), 0);
        vq_encoder(&r.p, r.b);
        compare("encoder", size, r.b, r.a, tolerance);
        assert_int_equal(vq_dense(&r.p, 1, r.a, NULL), 0);
        assert_int_equal(vq_token(&r.p, r.b), r.p.c * (r.p.dv + 1));
        compare("token", size, r.b, r.a, tolerance);
        vq_block(&r.p, l, 1, VQ_RIGHT, r.b);
        compare("block", size, r.b, r.a, tolerance);
        vq_block(&r.p, l, 2, VQ_RIGHT, r.b);
        compare("two blocks", size, r.b, r.a, tolerance);
        r.p.bias = bias;
        r.p.context = &reach;
        assert_int_equal(vq_dense(&r.p, 1, r.a, NULL), 0);
        vq_block(&r.p, l, 2, VQ_RIGHT, r.b);
        compare("bias", size, r.b, r.a, tolerance);
        vq_second_order(&r.p, r.k, r.b); /* with the keys as they are: finite */
        double *keys = base_alloc(n * r.p.dk, sizeof *keys);
        vq_quantized(&r.p, keys);
        vq_second_order(&r.p, keys, r.b); /* with keys that are codes: exact */
        vq_encoder(&r.p, r.a);
        compare("second order", size, r.b, r.a, tolerance);
        free(keys);
        problem_free(&r);
    }
    gsl_rng_free(rng);
}

/* One code: every output is the mean of the values so far. */
static void test_one_code(void **state)
{
    (void)state;
    double q[5] = {1, -3, 0, 700, 2}, v[5] = {1, 2, 6, -1, 4}, center = 1.5, o[5], sum = 0;
    size_t code[5] = {0};
    struct vq p = {
        .queries = 5, .keys = 5, .dk = 1, .dv = 1, .c = 1, .q = q, .centers = &center, .v = v, .code = code};
    vq_block(&p, 2, 1, VQ_RIGHT, o);
    for (int i = 0; i < 5; i++) {
        sum += v[i];
        check_close("running mean", o[i], sum / (i + 1), 1e-14);
    }
}

static void to_float(size_t n, const double *x, float *y)
{
    for (size_t i = 0; i < n; i++)
        y[i] = (float)x[i];
}

static void test_fast(void **state)
{
    (void)state;
    gsl_rng *rng = check_stream("vq fast");
    for (long round = 0; round < check_rounds(150); round++) {
        size_t n = 1 + gsl_rng_uniform_int(rng, 300), l = 1 + gsl_rng_uniform_int(rng, 150);
        struct random_problem r = problem_new(rng, n, round % 6 ? 1 : 30);
        size_t dk = r.p.dk, dv = r.p.dv, c = r.p.c;
        float *x = base_alloc(n * (2 * dk + 2 * dv) + c * dk, sizeof *x);
        float *q = x, *k = q + n * dk, *v = k + n * dk, *o = v + n * dv, *centers = o + n * dv;
        float *room = base_alloc(vq_causal_room(dk, dv, c, l), sizeof *room);
        int32_t *code = base_alloc(n, sizeof *code);
        to_float(n * dk, r.q, q);
        to_float(n * dk, r.k, k);
        to_float(n * dv, r.v, v);
        to_float(c * dk, r.centers, centers);
        vq_causal_fast(n, dk, dv, c, l, q, k, v, centers, code, o, room);
        for (size_t i = 0; i < n; i++) { /* the nearest center, up to what float32 can tell */
            assert_in_range(code[i], 0, c - 1);
            double away = 0, best = 0;
            for (size_t a = 0; a < dk; a++) {
                away += pow(r.k[i * dk + a] - r.centers[(size_t)code[i] * dk + a], 2);
                best += pow(r.k[i * dk + a] - r.centers[r.code[i] * dk + a], 2);
            }
            check_close("nearest", away, best, 1e-4);
            r.code[i] = (size_t)code[i];
        }
        double tolerance = 3e-5 * (round % 6 ? 1 : 30);
        vq_dense(&r.p, 1, r.a, NULL);
        for (size_t i = 0; i < n * dv; i++)
            check_close("causal", (double)o[i], r.a[i], tolerance);
        vq_encoder_fast(n, dk, dv, c, l, q, k, v, centers, code, o, room);
        vq_encoder(&r.p, r.a);
        for (size_t i = 0; i < n * dv; i++)
            check_close("encoder", (double)o[i], r.a[i], tolerance);
        free(x);
        free(room);
        free(code);
        problem_free(&r);
    }
    gsl_rng_free(rng);
}

/* Equal centers: the lowest index; codes far beyond a lane. */
static void test_assign_ties(void **state)
{
    (void)state;
    float centers[100] = {0}, half[100] = {0}, room[100 * 64], key[3] = {0, 1, -2};
    int32_t code[3];
    for (int s = 0; s < 100; s++)
        centers[s] = s < 40 ? 5 : s % 2 ? 1.0f : 0.0f;
    for (int s = 0; s < 100; s++)
        half[s] = 0.5f * centers[s] * centers[s];
    vq_assign_fast(3, 100, 1, key, centers, half, code, room);
    assert_int_equal(code[0], 40);
    assert_int_equal(code[1], 41);
    assert_int_equal(code[2], 40);
}

static void test_gradients(void **state)
{
    (void)state;
    gsl_rng *rng = check_stream("vq gradients");
    for (long round = 0; round < check_rounds(40); round++) {
        size_t n = 1 + gsl_rng_uniform_int(rng, 20), l = 1 + gsl_rng_uniform_int(rng, 8);
        struct random_problem r = problem_new(rng, n, 1);
        size_t dk = r.p.dk, dv = r.p.dv;
        double *w = base_alloc(n * dv, sizeof *w), *keys = base_alloc(n * dk, sizeof *keys);
        struct vq_gradient a = {base_alloc(n * dk, sizeof(double)), base_alloc(n * dk, sizeof(double)),
                                base_alloc(n * dv, sizeof(double))};
        struct vq_gradient b = {base_alloc(n * dk, sizeof(double)), base_alloc(n * dk, sizeof(double)),
                                base_alloc(n * dv, sizeof(double))};
        rng_normals(rng, w, n * dv);
        vq_quantized(&r.p, keys);
        struct vq_gradient_how how = {
            .l = l, .explicit = 1 + (size_t)round % 2, .cache_values = round % 3 == 0};
        vq_gradient_program(&r.p, &how, w, &a);
        assert_int_equal(vq_gradient_pairs(&r.p, &how, 0, w, &b), 0);
        compare("dK", n * dk, a.k, b.k, 1e-12);
        compare("dV", n * dv, a.v, b.v, 1e-12);
        compare("dQ", n * dk, a.q, b.q, 1e-12);
        size_t e = gsl_rng_uniform_int(rng, n * dk);
        double kept = keys[e], h = 1e-5, up, down;
        keys[e] = kept + h;
        up = vq_gradient_loss(&r.p, &how, keys, r.v, r.v, w);
        keys[e] = kept - h;
        down = vq_gradient_loss(&r.p, &how, keys, r.v, r.v, w);
        check_close("difference", (up - down) / (2 * h), a.k[e], 1e-7);
        free(w);
        free(keys);
        free(a.q);
        free(a.k);
        free(a.v);
        free(b.q);
        free(b.k);
        free(b.v);
        problem_free(&r);
    }
    gsl_rng_free(rng);
}

/* Lloyd's iteration with the same integrals, from quantiles, to its end. */
static double lloyd_slow(size_t levels, double *x)
{
    double kept = 0;
    for (size_t i = 0; i < levels; i++)
        x[i] = -1.5 + 3 * ((double)i + 0.5) / (double)levels;
    for (int step = 0; step < 20000; step++) {
        double low = -INFINITY;
        kept = 0;
        for (size_t i = 0; i < levels; i++) {
            double high = i + 1 < levels ? 0.5 * (x[i] + x[i + 1]) : INFINITY;
            double mass = 0.5 * (erf(high / M_SQRT2) - erf(low / M_SQRT2));
            double mean = (exp(-0.5 * low * low) - exp(-0.5 * high * high)) / sqrt(2 * M_PI) / mass;
            kept += mass * mean * mean;
            low = high;
            x[i] = mean;
        }
    }
    return 1 - kept;
}

static void test_lloyd_max(void **state)
{
    (void)state;
    double level[4096], slow[16];
    check_close("one level", vq_lloyd_max(1, level), 1, 1e-15);
    check_close("two levels", vq_lloyd_max(2, level), 1 - 2 / M_PI, 1e-14);
    check_close("its level", level[1], sqrt(2 / M_PI), 1e-13);
    for (size_t c = 3; c <= 16; c += 4)
        check_close("Lloyd", vq_lloyd_max(c, level), lloyd_slow(c, slow), 1e-10);
    for (size_t c = 1; c <= 4096; c = 2 * c + 1) {
        vq_lloyd_max(c, level);
        for (size_t i = 0; i + 1 < c; i++)
            assert_true(level[i] < level[i + 1]);
        for (size_t i = 0; i < c; i++)
            check_close("symmetric", level[i], -level[c - 1 - i], 1e-8);
    }
}

static void test_occupancy(void **state)
{
    (void)state;
    /* n = 3 keys, c = 2: 2 of 8 words use one code, 6 use two */
    check_close("mean", vq_occupancy_mean(3, 2), 1.75, 1e-14);
    check_close("variance", vq_occupancy_variance(3, 2), 4 * 0.75 + 0.25 - 1.75 * 1.75, 1e-14);
    check_close("one code", vq_occupancy_mean(5, 1), 1, 1e-14);
    check_close("one code", vq_occupancy_variance(5, 1), 0, 1e-14);
    check_close("one key", vq_occupancy_mean(1, 9), 1, 1e-14);
    check_close("one key", vq_occupancy_variance(1, 9), 0, 1e-13);
    /* n = 4, c = 3: one code 3, two codes 3 * 14 = 42, three 36 of 81 words */
    double mean = (3 + 2 * 42 + 3 * 36) / 81.0;
    check_close("mean", vq_occupancy_mean(4, 3), mean, 1e-14);
    check_close("variance", vq_occupancy_variance(4, 3), (3 + 4 * 42 + 9 * 36) / 81.0 - mean * mean, 1e-13);
}

int main(void)
{
    linalg_single_thread();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_forms),     cmocka_unit_test(test_one_code),
        cmocka_unit_test(test_fast),      cmocka_unit_test(test_assign_ties),
        cmocka_unit_test(test_gradients), cmocka_unit_test(test_lloyd_max),
        cmocka_unit_test(test_occupancy),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
