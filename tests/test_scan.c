/* Tests of lib/scan: all orders against the sequential one with an operation that does not commute, and the counts. */
#include "scan.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "check.h"

/* Affine maps modulo 2^64, y = a x + b: associative, not commutative, exact. */
struct affine {
    uint64_t a, b;
};

static void compose(void *out, const void *left, const void *right, const void *context)
{
    const struct affine *first = left, *second = right;
    (void)context;
    *(struct affine *)out = (struct affine){second->a * first->a, second->a * first->b + second->b};
}

static const struct scan_operation operation = {sizeof(struct affine), compose, NULL};

static struct affine *draw(gsl_rng *rng, size_t n)
{
    struct affine *x = base_alloc(n + 1, sizeof *x);
    for (size_t i = 0; i < n; i++)
        x[i] = (struct affine){rng_bits64(rng) | 1, rng_bits64(rng)};
    return x;
}

static void orders_agree(void **state)
{
    (void)state;
    gsl_rng *rng = check_stream("orders");
    for (long round = 0; round < check_rounds(300); round++) {
        size_t n = round < 40 ? (size_t)round : gsl_rng_uniform_int(rng, 3000);
        struct affine *x = draw(rng, n), *want = base_alloc(n + 1, sizeof *want), *got = base_alloc(n + 1, sizeof *got);
        memcpy(want, x, n * sizeof *x);
        scan_sequential(&operation, n, want);
        struct affine by_hand = x[0];
        for (size_t i = 1; i < n; i++) {
            struct affine next;
            compose(&next, &by_hand, &x[i], NULL);
            by_hand = next;
        }
        if (n)
            assert_memory_equal(&by_hand, &want[n - 1], sizeof by_hand);
        for (int order = 0; order < 3; order++) {
            memcpy(got, x, n * sizeof *x);
            size_t blocks = 1 + gsl_rng_uniform_int(rng, 20);
            if (order == 0)
                scan_odd_even(&operation, n, got);
            else if (order == 1)
                scan_doubling(&operation, n, got);
            else
                scan_blocks(&operation, n, got, blocks, 1 + (int)(round % 3));
            assert_memory_equal(got, want, n * sizeof *x);
        }
        free(x);
        free(want);
        free(got);
    }
    gsl_rng_free(rng);
}

static uint64_t odd_even_combines(uint64_t n)
{
    return n < 2 ? 0 : n / 2 + odd_even_combines(n / 2) + (n + 1) / 2 - 1;
}

static void counts_are_the_formulas(void **state)
{
    (void)state;
    gsl_rng *rng = check_stream("counts");
    for (size_t n = 1; n <= 1024; n++) {
        struct affine *x = draw(rng, n);
        struct scan_cost cost = scan_odd_even(&operation, n, x);
        assert_int_equal(cost.combines, odd_even_combines(n));
        size_t k = 0, doubling = 0;
        for (; (size_t)1 << k < n; k++)
            doubling += n - ((size_t)1 << k);
        if (n == (size_t)1 << k && k > 0) {
            assert_int_equal(cost.combines, 2 * n - 2 - k);
            assert_int_equal(cost.depth, 2 * k - 1);
        }
        cost = scan_doubling(&operation, n, x);
        assert_int_equal(cost.combines, doubling);
        assert_int_equal(cost.depth, k);
        cost = scan_sequential(&operation, n, x);
        assert_true(cost.combines == n - 1 && cost.depth == n - 1);
        cost = scan_blocks(&operation, n, x, 4, 1);
        assert_true(cost.combines <= 2 * n && cost.depth <= n / 4 + 5);
        free(x);
    }
    struct affine *x = draw(rng, 8);
    assert_int_equal(scan_odd_even(&operation, 8, x).combines, 11);
    assert_int_equal(scan_doubling(&operation, 8, x).combines, 17);
    free(x);
    gsl_rng_free(rng);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(orders_agree),
        cmocka_unit_test(counts_are_the_formulas),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
