/* Philox against its published known answers; streams are what their names say. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <Random123/philox.h>

#include "base.h"
#include "rng.h"
#include "stats.h"

/* Random123's kat_vectors, philox4x32 with 10 rounds: counter, key, answer. */
static void known_answers(void **state)
{
    (void)state;
    static const struct {
        uint32_t counter[4], key[2], answer[4];
    } vectors[] = {
        {{0, 0, 0, 0}, {0, 0}, {0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}},
        {{~0u, ~0u, ~0u, ~0u}, {~0u, ~0u}, {0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}},
        {{0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}, {0xa4093822, 0x299f31d0},
         {0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}},
    };
    for (size_t i = 0; i < sizeof vectors / sizeof *vectors; i++) {
        philox4x32_ctr_t counter;
        philox4x32_key_t key = {{vectors[i].key[0], vectors[i].key[1]}};
        for (int k = 0; k < 4; k++)
            counter.v[k] = vectors[i].counter[k];
        philox4x32_ctr_t answer = philox4x32(counter, key);
        for (int k = 0; k < 4; k++)
            assert_int_equal(answer.v[k], vectors[i].answer[k]);
    }
}

/* The generator gives the blocks of counters (b, stream) under the key `seed`, in order. */
static void generator_is_the_cipher(void **state)
{
    (void)state;
    uint64_t seed = 0x299f31d0a4093822u, stream = 0x0370734413198a2eu;
    gsl_rng *rng = gsl_rng_alloc(rng_philox);
    rng_stream_set(rng, seed, stream);
    for (uint32_t block = 0; block < 1000; block++) {
        philox4x32_ctr_t counter = {{block, 0, (uint32_t)stream, (uint32_t)(stream >> 32)}};
        philox4x32_key_t key = {{(uint32_t)seed, (uint32_t)(seed >> 32)}};
        philox4x32_ctr_t want = philox4x32(counter, key);
        for (int k = 0; k < 4; k++)
            assert_int_equal(gsl_rng_get(rng), want.v[k]);
    }
    rng_stream_set(rng, 0, 0);
    assert_int_equal(rng_bits64(rng), 0x6627e8d5e169c58du);
    gsl_rng_free(rng);
}

static void streams_differ(void **state)
{
    (void)state;
    const struct {
        uint64_t seed;
        const char *name;
    } streams[] = {{1, "a"}, {2, "a"}, {1, "b"}, {1, "a "}, {1ull << 32 | 1, "a"}};
    uint64_t first[5];
    for (int i = 0; i < 5; i++) {
        gsl_rng *rng = rng_stream(streams[i].seed, streams[i].name);
        first[i] = rng_bits64(rng);
        gsl_rng_free(rng);
        rng = rng_stream(streams[i].seed, streams[i].name);
        assert_int_equal(first[i], rng_bits64(rng)); /* the same stream again */
        gsl_rng_free(rng);
        for (int j = 0; j < i; j++)
            assert_int_not_equal(first[i], first[j]);
    }
}

/* Neighbouring streams are uncorrelated and normal draws have the moments of a normal (z = 5, fixed seed). */
static void draws_look_random(void **state)
{
    (void)state;
    enum { N = 200000 };
    gsl_rng *a = rng_stream(7, "cell n=1"), *b = rng_stream(7, "cell n=2");
    struct stats_moments product = {0}, square = {0}, uniform = {0};
    for (int i = 0; i < N; i++) {
        double x = rng_normal(a), y = rng_normal(b);
        stats_moments_push(&product, x * y);
        stats_moments_push(&square, x * x);
        stats_moments_push(&uniform, gsl_rng_uniform(a));
    }
    gsl_rng_free(a);
    gsl_rng_free(b);
    const double want[] = {0, 1, 0.5};
    const struct stats_moments *got[] = {&product, &square, &uniform};
    for (int k = 0; k < 3; k++) {
        struct stats_mean m = stats_moments_mean(got[k]);
        assert_true(m.value - want[k] < 5 * m.error && want[k] - m.value < 5 * m.error);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(known_answers),
        cmocka_unit_test(generator_is_the_cipher),
        cmocka_unit_test(streams_differ),
        cmocka_unit_test(draws_look_random),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
