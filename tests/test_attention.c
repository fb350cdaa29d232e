/* Tests of lib/attention: the reference against long double, the state in any order, the BLAS kernel against the
 * reference. */
#include "attention.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <gsl/gsl_randist.h>

#include "check.h"

static double *normals(gsl_rng *rng, size_t n)
{
    double *x = base_alloc(n + 1, sizeof *x);
    rng_normals(rng, x, n);
    return x;
}

static double window_bias(size_t i, size_t j, const void *context)
{
    (void)context;
    return j <= i && i - j < 3 ? 1.5 : 0;
}

/* Row i by the definition. */
static void by_definition(const struct attention *a, size_t i, double *o)
{
    long double z = 0, y[64] = {0};
    for (size_t j = 0; j < a->keys; j++) {
        if (a->sees && !a->sees(i, j, a->context))
            continue;
        long double s = 0;
        for (size_t x = 0; x < a->dk; x++)
            s += (long double)a->q[i * a->dk + x] * a->k[j * a->dk + x];
        long double e = expl(a->scale * s + (a->bias ? a->bias(i, j, a->context) : 0));
        z += e;
        for (size_t x = 0; x < a->dv; x++)
            y[x] += e * a->v[j * a->dv + x];
    }
    for (size_t x = 0; x < a->dv; x++)
        o[x] = (double)(y[x] / z);
}

static void all_forms_agree(void **state)
{
    (void)state;
    gsl_rng *rng = check_stream("forms");
    for (long round = 0; round < check_rounds(200); round++) {
        size_t n = 1 + gsl_rng_uniform_int(rng, 150), dk = 1 + gsl_rng_uniform_int(rng, 20);
        size_t dv = 1 + gsl_rng_uniform_int(rng, 20);
        double *q = normals(rng, n * dk), *k = normals(rng, n * dk), *v = normals(rng, n * dv);
        struct attention a = {n, n, dk, dv, q, k, v, 0.5, round % 2 ? attention_causal : NULL,
                              round % 3 ? NULL : window_bias, NULL};
        double *o = base_alloc(n * dv, sizeof *o), *p = base_alloc(n * n, sizeof *p);
        assert_int_equal(attention_dense(&a, o, p), 0);
        for (size_t i = 0; i < n; i++) {
            double want[64], sum = 0;
            by_definition(&a, i, want);
            for (size_t x = 0; x < dv; x++)
                check_close("row", o[i * dv + x], want[x], 1e-13);
            for (size_t j = 0; j < n; j++)
                sum += p[i * n + j];
            check_close("sum of weights", sum, 1, 1e-14);
        }

        /* one row in two pieces, the later one first */
        size_t i = (size_t)gsl_rng_uniform_int(rng, n), cut = gsl_rng_uniform_int(rng, n + 1);
        double left_y[64], right_y[64], got[64];
        struct attention_state left = {.y = left_y}, right = {.y = right_y};
        attention_state_clear(&left, dv);
        attention_state_clear(&right, dv);
        for (size_t j = n; j-- > 0;) {
            if (p[i * n + j] > 0)
                attention_state_push(j < cut ? &left : &right, dv, log(p[i * n + j]) + 800, v + j * dv);
        }
        attention_state_merge(&right, &left, dv);
        attention_state_output(&right, dv, got);
        for (size_t x = 0; x < dv; x++)
            check_close("pieces", got[x], o[i * dv + x], 1e-11); /* log p + 800 has an error of 800 eps */

        /* the BLAS kernel has no bias */
        a.bias = NULL;
        attention_dense(&a, o, NULL);
        float *f = base_alloc(2 * n * dk + 2 * n * dv, sizeof *f), *room;
        float *fk = f + n * dk, *fv = fk + n * dk, *fo = fv + n * dv;
        room = base_alloc(attention_dense_blas_room(n, n), sizeof *room);
        for (size_t x = 0; x < n * dk; x++) {
            f[x] = (float)q[x];
            fk[x] = (float)k[x];
        }
        for (size_t x = 0; x < n * dv; x++)
            fv[x] = (float)v[x];
        attention_dense_blas(n, n, dk, dv, f, fk, fv, 0.5f, (int)(round % 2), fo, room);
        for (size_t x = 0; x < n * dv; x++)
            check_close("BLAS", fo[x], o[x], 1e-4);
        free(f);
        free(room);
        free(o);
        free(p);
        free(q);
        free(k);
        free(v);
    }
    gsl_rng_free(rng);
}

static int sees_none(size_t query, size_t key, const void *context)
{
    (void)query, (void)key, (void)context;
    return 0;
}

static void bad_rows_are_refused(void **state)
{
    (void)state;
    double q = 1, k[] = {1, NAN}, v[] = {1, 2}, o;
    struct attention a = {1, 2, 1, 1, &q, k, v, 1, NULL, NULL, NULL};
    assert_int_equal(attention_dense(&a, &o, NULL), -1);
    assert_true(isnan(o));
    a.sees = attention_causal; /* the NaN is out of sight */
    assert_int_equal(attention_dense(&a, &o, NULL), 0);
    assert_true(o == 1);
    a.sees = sees_none;
    assert_int_equal(attention_dense(&a, &o, NULL), -1);
    double y;
    struct attention_state empty = {.y = &y};
    attention_state_clear(&empty, 1);
    attention_state_merge(&empty, &empty, 1);
    attention_state_output(&empty, 1, &o);
    assert_true(isnan(o));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_forms_agree),
        cmocka_unit_test(bad_rows_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
