/* Tests of experiments/recur: the modes against each other and against lib/attention, the laws against brute
 * force, the scans against the definition, the fast kernels against the plain network, digits against GMP. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <gsl/gsl_randist.h>

#include "attention.h"
#include "check.h"
#include "linalg.h"
#include "recur/digits.h"
#include "recur/fast.h"
#include "recur/forms.h"
#include "recur/recur.h"

static size_t from(gsl_rng *rng, size_t low, size_t high)
{
    return low + gsl_rng_uniform_int(rng, high - low + 1);
}

/* A network of random weights, and a random text. */
static struct recur_network *random_network(gsl_rng *rng, size_t layers, size_t d)
{
    struct recur_network *network = recur_network_closed(layers, d);
    rng_normals(rng, network->w, layers * 4 * d * d);
    for (size_t i = 0; i < layers * 4 * d * d; i++)
        network->w[i] /= sqrt((double)d);
    return network;
}

static double *normals(gsl_rng *rng, size_t n)
{
    double *x = base_alloc(n, sizeof *x);
    rng_normals(rng, x, n);
    return x;
}

/* The network layer by layer with lib/attention's reference. */
static double *by_layers(const struct recur_network *network, size_t n, const double *text)
{
    size_t d = network->d;
    double *y = base_alloc(n * d, sizeof *y), *q = base_alloc(4 * n * d, sizeof *q);
    memcpy(y, text, n * d * sizeof *y);
    for (size_t l = 1; l <= network->layers; l++) {
        double *k = q + n * d, *v = k + n * d, *o = v + n * d;
        linalg_gemm('N', 'N', n, d, d, 1, y, recur_weight(network, l, 0), 0, q);
        linalg_gemm('N', 'N', n, d, d, 1, y, recur_weight(network, l, 1), 0, k);
        linalg_gemm('N', 'N', n, d, d, 1, y, recur_weight(network, l, 2), 0, v);
        struct attention a = {n, n, d, d, q, k, v, 1 / sqrt((double)d), attention_causal, NULL, NULL};
        assert_int_equal(attention_dense(&a, o, NULL), 0);
        linalg_gemm('N', 'N', n, d, d, 1, o, recur_weight(network, l, 3), 1, y);
    }
    free(q);
    return y;
}

static void modes_agree(void **state)
{
    (void)state;
    gsl_rng *rng = check_stream("modes");
    for (long round = 0; round < check_rounds(60); round++) {
        size_t layers = from(rng, 1, 4), n = from(rng, 1, layers < 3 ? 30 : 12), d = from(rng, 1, 9);
        struct recur_network *network = random_network(rng, layers, d);
        double *x = normals(rng, n * d), *want = by_layers(network, n, x), *first = NULL;
        struct recur_text text = {d, recur_embed_table, x};
        uint64_t *at = base_alloc(n, sizeof *at);
        for (int mode = 0; mode < RECUR_MODES; mode++) {
            size_t s = from(rng, 1, layers + 1), block = from(rng, 1, n);
            struct recur_job job = {(enum recur_mode)mode, n, s, block, network, &text};
            struct recur_cost cost;
            double *y = base_alloc(n * d, sizeof *y);
            recur_run(&job, y, at, &cost);
            for (size_t i = 0; i < n * d; i++) {
                check_close("an output", y[i], want[i], 1e-11 * (1 + fabs(want[i])));
                if (first && mode != RECUR_FORWARD && mode != RECUR_ABSORBED)
                    assert_true(y[i] == first[i]);
            }
            struct recur_shape shape = {(enum recur_mode)mode, layers, n, s, block};
            mpz_t law;
            mpz_init(law);
            recur_steps(law, &shape);
            assert_int_equal(mpz_get_ui(law), cost.steps);
            assert_int_equal(at[n - 1], cost.steps);
            recur_pairs(law, &shape);
            assert_int_equal(mpz_get_ui(law), cost.pairs);
            recur_numbers(law, &shape, d);
            assert_int_equal(mpz_get_ui(law), cost.live);
            for (size_t i = 1; i <= n && mode > RECUR_CACHED && mode < RECUR_CHECKPOINT; i++) {
                recur_steps_at(law, (enum recur_mode)mode, layers, i);
                assert_int_equal(mpz_get_ui(law), at[i - 1] - (i > 1 ? at[i - 2] : 0));
            }
            mpz_clear(law);
            if (first)
                free(y);
            else
                first = y;
        }
        free(at);
        free(first);
        free(want);
        free(x);
        recur_network_free(network);
    }
    gsl_rng_free(rng);
}

/* The laws at sizes that no run reaches, against their recurrences. */
static void laws_follow_recurrences(void **state)
{
    (void)state;
    enum { N = 12, L = 300 };
    static mpz_t t[2][N + 1][L + 1]; /* [twice read][layers][position] */
    mpz_t sum, law;
    mpz_inits(sum, law, NULL);
    for (int twice = 0; twice < 2; twice++) {
        for (size_t l = 0; l <= N; l++)
            for (size_t i = 0; i <= L; i++)
                mpz_init_set_ui(t[twice][l][i], 0);
        for (size_t l = 1; l <= N; l++) {
            mpz_set_ui(sum, 0);
            mpz_t all;
            mpz_init(all);
            for (size_t i = 1; i <= L; i++) {
                mpz_add(sum, sum, t[twice][l - 1][i]);
                mpz_add_ui(sum, sum, 1);
                mpz_set(t[twice][l][i], sum);
                if (twice)
                    mpz_add(t[twice][l][i], t[twice][l][i], t[twice][l - 1][i]);
                recur_steps_at(law, twice ? RECUR_MINIMAL : RECUR_RECOMPUTE, l, i);
                assert_int_equal(mpz_cmp(law, t[twice][l][i]), 0);
                mpz_add(all, all, t[twice][l][i]);
                struct recur_shape shape = {twice ? RECUR_ABSORBED : RECUR_RECOMPUTE, l, i, 1, 1};
                recur_steps(law, &shape);
                assert_int_equal(mpz_cmp(law, all), 0);
            }
            mpz_clear(all);
        }
    }
    for (int twice = 0; twice < 2; twice++)
        for (size_t l = 0; l <= N; l++)
            for (size_t i = 0; i <= L; i++)
                mpz_clear(t[twice][l][i]);
    mpz_clears(sum, law, NULL);
}

static void too_much_is_refused(void **state)
{
    (void)state;
    struct recur_shape shape = {RECUR_RECOMPUTE, 2, 2287, 1, 1}; /* C(2290,3) - 2288 steps */
    char *why = recur_refusal(&shape, 8);
    assert_null(why);
    shape.n = 2288; /* C(2291,3) - 2289 = 2 001 304 156 or so: above */
    mpz_t steps;
    mpz_init(steps);
    recur_steps(steps, &shape);
    assert_true(mpz_cmp_ui(steps, RECUR_STEPS_MAX) > 0);
    why = recur_refusal(&shape, 8);
    assert_non_null(why);
    assert_non_null(strstr(why, "2000000000"));
    char *text = mpz_get_str(NULL, 10, steps);
    assert_non_null(strstr(why, text));
    free(text);
    free(why);
    mpz_clear(steps);
    shape = (struct recur_shape){RECUR_CACHED, 1000, 1000, 1, 1};
    why = recur_refusal(&shape, 1024);
    assert_non_null(why);
    free(why);
}

static void scans_agree(void **state)
{
    (void)state;
    gsl_rng *rng = check_stream("scans");
    for (long round = 0; round < check_rounds(200); round++) {
        size_t n = from(rng, 1, 90), d = from(rng, 1, 5);
        double *score = normals(rng, n), *v = normals(rng, n * d),
               scale = pow(10, 3 * gsl_rng_uniform(rng) - 1);
        size_t *order = base_alloc(n, sizeof *order);
        for (size_t i = 0; i < n; i++) {
            order[i] = i;
            score[i] = (double)(float)(scale * score[i]);
        }
        for (size_t i = 0; i < n * d; i++)
            v[i] = (double)(float)v[i];
        gsl_ran_shuffle(rng, order, n, sizeof *order);
        long double z = 0, y[8] = {0}, top = -INFINITY;
        for (size_t j = 0; j < n; j++)
            top = fmaxl(top, score[j]);
        double largest = 0;
        for (size_t j = 0; j < n; j++) {
            long double w = expl(score[j] - top);
            z += w;
            for (size_t x = 0; x < d; x++) {
                y[x] += w * v[j * d + x];
                largest = fmax(largest, fabs(v[j * d + x]));
            }
        }
        struct forms_row row = {n, d, score, v};
        for (int f = 0; f < FORMS_ORDERS; f++)
            for (int single = 0; single < 2; single++) {
                double o[8], eps = single ? 0x1p-23 : 0x1p-52;
                forms_output(&row, (enum forms_order)f, single, order, FORMS_SOUND, o);
                for (size_t x = 0; x < d; x++)
                    check_close(forms_name[f], o[x], (double)(y[x] / z), (double)(n + 8) * eps * largest);
            }
        free(order);
        free(score);
        free(v);
    }
    gsl_rng_free(rng);
}

static void fast_kernels_agree(void **state)
{
    (void)state;
    gsl_rng *rng = check_stream("fast");
    static const size_t lengths[] = {1, 2, 127, 128, 129, 300};
    for (long round = 0; round < check_rounds(40); round++) {
        size_t layers = from(rng, 1, 3), d = from(rng, 1, 40);
        size_t n = layers == 1 && round % 2 ? lengths[round / 2 % 6] : from(rng, 1, layers == 3 ? 12 : 50);
        size_t block = round % 3 ? from(rng, 1, n) : n + from(rng, 1, 3);
        struct recur_network *network = random_network(rng, layers, d);
        for (size_t i = 0; i < layers * 4 * d * d; i++)
            network->w[i] *= 0.7; /* so that float errors do not grow from layer to layer */
        double *x = normals(rng, n * d), *want = by_layers(network, n, x), largest = 1;
        float *text = base_alloc(n * d, sizeof *text), *y = base_alloc(n * d, sizeof *y);
        for (size_t i = 0; i < n * d; i++) {
            text[i] = (float)x[i];
            largest = fmax(largest, fabs(want[i]));
        }
        struct fast *fast = fast_alloc(network, n, block);
        void (*const kernel[])(struct fast *, const float *, float *) = {fast_vectorized, fast_blocks,
                                                                         fast_cached};
        static const char *const name[] = {"vectorized", "blocks", "cached"};
        for (int k = 0; k < 3; k++) {
            memset(y, 0, n * d * sizeof *y);
            kernel[k](fast, text, y);
            for (size_t i = 0; i < n * d; i++)
                check_close(name[k], (double)y[i], want[i], 2e-4 * largest);
        }
        fast_free(fast);
        free(text);
        free(y);
        free(x);
        free(want);
        recur_network_free(network);
    }
    gsl_rng_free(rng);
}

static void digits_are_those_of_gmp(void **state)
{
    (void)state;
    gsl_rng *rng = check_stream("digits");
    for (long round = 0; round < check_rounds(300); round++) {
        uint64_t x = round < 150 ? (uint64_t)round : from(rng, 0, 2500), bits;
        char *text = base_alloc(digits_count(x) + 1, 1);
        digits_of_power(x, from(rng, 1, 9), text, &bits);
        mpz_t power;
        mpz_init_set_ui(power, 1);
        mpz_mul_2exp(power, power, x);
        char *want = mpz_get_str(NULL, 10, power);
        assert_string_equal(text, want);
        if (x >= 400)
            assert_true(bits < x);
        free(want);
        mpz_clear(power);
        free(text);
    }
    gsl_rng_free(rng);
}

int main(void)
{
    linalg_single_thread();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(modes_agree),         cmocka_unit_test(laws_follow_recurrences),
        cmocka_unit_test(too_much_is_refused), cmocka_unit_test(scans_agree),
        cmocka_unit_test(fast_kernels_agree),  cmocka_unit_test(digits_are_those_of_gmp),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
