/* experiments/sparse: patterns against their definition, counts against brute force, boolean products against
 * plain ones, fast kernels against masked dense attention, the emulated index sets against the numbers they
 * must give.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "attention.h"
#include "check.h"
#include "sparse/sparse.h"
#include "sparse/sparse_attend.h"

static size_t below(gsl_rng *rng, size_t n)
{
    return gsl_rng_uniform_int(rng, n);
}

/* Any set, strides beyond n and the ends 1 and n among them. */
static struct sparse_set any_set(gsl_rng *rng, size_t n, int levels)
{
    struct sparse_set set = {(enum sparse_kind)below(rng, levels ? 8 : 7), 1 + below(rng, n + 3), 1,
                             (int)below(rng, 2)};
    if (below(rng, 6) == 0)
        set.k = below(rng, 2) ? 1 : n;
    set.c = 1 + below(rng, set.k);
    if (set.kind == SPARSE_LEVEL)
        set.c = 1 + below(rng, n + 2);
    return set;
}

static void test_keys(void **state)
{
    (void)state;
    gsl_rng *rng = check_stream("sparse keys");
    for (long round = 0; round < check_rounds(3000); round++) {
        size_t n = 1 + below(rng, 70);
        struct sparse_set set = any_set(rng, n, 1);
        size_t keys[80], longest = 0;
        uint64_t total = 0;
        for (size_t i = 0; i < n; i++) {
            size_t count = sparse_keys(&set, n, i, keys), at = 0;
            assert_int_equal(count, sparse_keys(&set, n, i, NULL));
            for (size_t j = 0; j < n; j++)
                if (sparse_sees(&set, i, j)) {
                    assert_true(at < count);
                    assert_int_equal(keys[at++], j);
                }
            assert_int_equal(at, count);
            total += count;
            longest = count > longest ? count : longest;
        }
        uint64_t closed;
        assert_int_equal(sparse_count(&set, n, &closed), 0);
        assert_int_equal(closed, total);
        assert_int_equal(sparse_count_brute(&set, n), total);
        assert_int_equal(sparse_row_longest(&set, n), longest);
    }
    gsl_rng_free(rng);
}

static void test_counts(void **state)
{
    (void)state;
    uint64_t count;
    struct sparse_set set;
    assert_null(sparse_set_named("dense", 1, 1, 1, 0, &set));
    assert_int_equal(sparse_count(&set, UINT64_C(4294967295), &count), 0);
    assert_int_equal(count, UINT64_C(18446744065119617025));
    assert_int_equal(sparse_count(&set, UINT64_C(4294967296), &count), -1);
    assert_null(sparse_set_named("local", 3, 1, 1, 0, &set));
    assert_int_equal(sparse_count(&set, UINT64_C(1000000000000000000), &count), 0);
    assert_int_equal(count, UINT64_C(7000000000000000000) - 12);
    static const struct {
        const char *word;
        uint64_t expected;
    } table[] = {{"strided1", 540}, {"strided2", 288}, {"strided", 708},
                 {"fixed1", 288},   {"fixed2", 472},   {"fixed", 736}};
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        assert_null(sparse_set_named(table[i].word, 1, 8, 2, 1, &set));
        assert_int_equal(sparse_count(&set, 64, &count), 0);
        assert_int_equal(count, table[i].expected);
    }
    char *why = sparse_set_named("fixed1", 4, 4, 5, 0, &set);
    assert_non_null(why);
    free(why);
    why = sparse_set_named("strange", 4, 4, 1, 0, &set);
    assert_non_null(why);
    free(why);
    size_t size;
    assert_int_equal(sparse_size("0", 9, 3, &size), -1);
    assert_int_equal(sparse_size("-3", 9, 3, &size), -1);
    assert_int_equal(sparse_size("", 9, 3, &size), -1);
    assert_int_equal(sparse_size("root", 99, 3, &size), 0);
    assert_int_equal(size, 9);
    assert_int_equal(sparse_size("quarter", 99, 3, &size), 0);
    assert_int_equal(size, 1);
}

static void test_best(void **state)
{
    (void)state;
    for (size_t n = 1; n < 400; n += n < 20 ? 1 : 37) {
        uint64_t best, count;
        size_t k = sparse_best_stride(n, &best);
        for (size_t other = 1; other <= n; other++) {
            assert_int_equal(sparse_count(&(struct sparse_set){SPARSE_MERGED, other, 0, 0}, n, &count), 0);
            assert_true(count > best || (count == best && other >= k));
        }
    }
    /* strides of three levels against all pairs of strides */
    for (int causal = 0; causal < 2; causal++)
        for (size_t n = 8; n < 200; n += 23) {
            size_t stride[SPARSE_LEVELS_MAX];
            uint64_t found = sparse_levels_strides(3, n, causal, 1, stride), least = UINT64_MAX;
            for (size_t a = 2; a < n; a++)
                for (size_t b = a + 1; b <= n; b++) {
                    struct sparse_set set[3];
                    uint64_t total = 0, count;
                    sparse_levels(3, (size_t[]){1, a, b}, n, causal, set);
                    for (int t = 0; t < 3; t++) {
                        assert_int_equal(sparse_count(&set[t], n, &count), 0);
                        total += count;
                    }
                    least = total < least ? total : least;
                }
            if (found > least)
                fail_msg("n = %zu: %zu pairs found, %zu are possible", n, (size_t)found, (size_t)least);
        }
}

/* The product of boolean matrices, one bit at a time. */
static void plain_product(const struct sparse_set *set, int residual, size_t n, const char *in, char *out)
{
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < n; j++) {
            out[i * n + j] = residual ? in[i * n + j] : 0;
            for (size_t m = 0; m < n; m++)
                out[i * n + j] |= (char)(sparse_sees(set, i, m) && in[m * n + j]);
        }
}

static void test_reach(void **state)
{
    (void)state;
    gsl_rng *rng = check_stream("sparse reach");
    for (long round = 0; round < check_rounds(150); round++) {
        size_t n = 1 + below(rng, round % 10 ? 40 : 150), layers = 1 + below(rng, 3),
               depth = 1 + below(rng, 2);
        size_t margin = below(rng, n);
        int residual = (int)below(rng, 2), causal = (int)below(rng, 2);
        struct sparse_set set[3];
        for (size_t t = 0; t < layers; t++) {
            set[t] = any_set(rng, n, 1);
            set[t].causal = causal;
        }
        char *a = base_alloc(2 * n * n, 1), *b = a + n * n;
        for (size_t i = 0; i < n; i++)
            a[i * n + i] = 1;
        for (size_t t = depth * layers; t-- > 0;) {
            plain_product(&set[t % layers], residual, n, a, b);
            memcpy(a, b, n * n);
        }
        uint64_t reached = 0, missing = 0, interior = 0;
        for (size_t i = 0; i < n; i++)
            for (size_t j = 0; j < n; j++) {
                int lost = !a[i * n + j] && (!causal || j <= i);
                reached += (uint64_t)a[i * n + j];
                missing += (uint64_t)lost;
                interior += (uint64_t)(lost && j >= margin && j + margin < n);
            }
        struct sparse_reach found = sparse_reach(set, layers, depth, residual, n, causal, margin);
        assert_int_equal(found.reached, reached);
        assert_int_equal(found.missing, missing);
        assert_int_equal(found.missing_interior, interior);
        assert_int_equal(found.ends, a[n - 1]);
        free(a);
    }
    gsl_rng_free(rng);
    /* several panels */
    struct sparse_set stack[] = {{SPARSE_ATROUS, 70, 0, 0}, {SPARSE_LOCAL, 69, 0, 0}};
    assert_int_equal(sparse_reach(stack, 2, 1, 0, 5000, 0, 0).missing, 0);
    assert_int_equal(sparse_reach(stack, 1, 1, 0, 5000, 0, 0).reached, sparse_count_brute(stack, 5000));
}

static const double eps = 2.220446049250313e-16, eps_float = 5.9604645e-8;

/* The largest difference of a fast kernel from the masked dense reference. */
static void compare(gsl_rng *rng, size_t n, size_t dk, size_t dv, struct sparse_set set,
                    enum sparse_engine engine)
{
    size_t numbers = n * (2 * dk + 2 * dv);
    double *q = base_alloc(numbers, sizeof *q), *k = q + n * dk, *v = k + n * dk, *o = v + n * dv;
    float *qf = base_alloc(numbers, sizeof *qf), *kf = qf + n * dk, *vf = kf + n * dk, *of = vf + n * dv;
    rng_normals(rng, q, n * (2 * dk + dv));
    for (size_t i = 0; i < n * (2 * dk + dv); i++)
        q[i] = (double)(qf[i] = (float)q[i]); /* the same input for both */
    double *want = base_alloc(n * dv, sizeof *want), scale = 1 / sqrt((double)dk), top = 0;
    size_t room = sparse_attend_room(&set, n, dk, dv);
    double *work = base_alloc(room, sizeof *work);
    float *work_float = base_alloc(room, sizeof *work_float);
    struct attention dense = {n, n, dk, dv, q, k, v, scale, sparse_attention_sees, NULL, &set};
    int expected = attention_dense(&dense, want, NULL);
    struct sparse_double x = {n, dk, dv, q, k, v, scale};
    struct sparse_float y = {n, dk, dv, qf, kf, vf, (float)scale};
    assert_int_equal(sparse_attend_double(&x, &set, engine, SPARSE_RIGHT, o, work), expected);
    assert_int_equal(sparse_attend_float(&y, &set, engine, SPARSE_RIGHT, of, work_float), expected);
    for (size_t i = 0; i < n * dv; i++)
        top = fmax(top, fabs(v[i]));
    for (size_t i = 0; expected == 0 && i < n * dv; i++) {
        /* scores of unit size err by about sqrt(d) eps, at worst by d eps |q||k| */
        check_close("float64", o[i], want[i], 8 * eps * (double)(n + 4 * dk) * top);
        check_close("float32", (double)of[i], want[i], eps_float * (double)(64 + 4 * dk) * top);
    }
    free(q);
    free(qf);
    free(want);
    free(work);
    free(work_float);
}

static void test_kernels(void **state)
{
    (void)state;
    gsl_rng *rng = check_stream("sparse kernels");
    for (long round = 0; round < check_rounds(400); round++) {
        size_t n = round % 20 ? 1 + below(rng, 90) : 1 + below(rng, 260);
        compare(rng, n, 1 + below(rng, 20), 1 + below(rng, 20), any_set(rng, n, 0),
                below(rng, 2) ? SPARSE_GEMM : SPARSE_LOOPS);
    }
    /* several tiles of keys */
    compare(rng, 2100, 3, 2, (struct sparse_set){SPARSE_DENSE, 1, 1, 0}, SPARSE_GEMM);
    compare(rng, 2100, 3, 2, (struct sparse_set){SPARSE_MERGED, 1, 1, 1}, SPARSE_LOOPS);
    compare(rng, 1300, 3, 2, (struct sparse_set){SPARSE_LOCAL, 1100, 1, 0}, SPARSE_GEMM);
    gsl_rng_free(rng);
}

static void test_refusals(void **state)
{
    (void)state;
    double x[3] = {1, NAN, 2}, ones[3] = {1, 1, 1}, o[3];
    struct sparse_set set = {SPARSE_MERGED, 1, 1, 0};
    struct sparse_double bad[] = {
        {3, 1, 1, x, ones, ones, 1}, {3, 1, 1, ones, x, ones, 1}, {3, 1, 1, ones, ones, x, 1}};
    double *large = base_alloc(20000, sizeof *large);
    for (int i = 0; i < 3; i++)
        assert_int_equal(sparse_attend_double(&bad[i], &set, SPARSE_LOOPS, SPARSE_RIGHT, o, large), -1);
    double huge[3] = {1e200, 1e200, 1e200};
    struct sparse_double overflow = {3, 1, 1, huge, huge, ones, 1};
    assert_int_equal(sparse_attend_double(&overflow, &set, SPARSE_LOOPS, SPARSE_RIGHT, o, large), -1);
    /* a row without keys: causal summaries of the first block */
    set = (struct sparse_set){SPARSE_FIXED2, 3, 1, 1};
    struct sparse_double empty = {3, 1, 1, ones, ones, ones, 1};
    assert_int_equal(sparse_attend_double(&empty, &set, SPARSE_GEMM, SPARSE_RIGHT, o, large), -1);
    free(large);
}

static void test_code(void **state)
{
    (void)state;
    gsl_rng *rng = check_stream("sparse code");
    for (long round = 0; round < check_rounds(500); round++) {
        size_t n = 1 + below(rng, 60), k = 1 + below(rng, n + 4), times[64], padded = 0, spurious = 0;
        struct sparse_set local = {SPARSE_LOCAL, k, 1, 0}, atrous = {SPARSE_ATROUS, k, 1, 0};
        for (size_t i = 0; i < n; i++) {
            padded += sparse_code_keys(SPARSE_CODE_LOCAL, n, k, 0, i, times);
            for (size_t j = 0; j < n; j++)
                assert_int_equal(times[j], sparse_sees(&local, i, j));
            spurious += (k > i ? k - i : 0) + (i + k >= n ? i + k - n + 1 : 0);
        }
        assert_int_equal(padded, spurious);
        padded = 0;
        for (size_t i = 0; i < n; i++) {
            padded += sparse_code_keys(SPARSE_CODE_ATROUS, n, k, 0, i, times);
            for (size_t j = 0; j < n; j++)
                assert_int_equal(times[j], sparse_sees(&atrous, i, j));
        }
        assert_int_equal(padded, (k - n % k) * (n / k));
        for (size_t i = 0; i < n; i++) {
            sparse_code_keys(SPARSE_CODE_MERGED, n, k, 1, i, times);
            for (size_t j = 0; j < n; j++) {
                size_t d = i > j ? i - j : j - i;
                assert_int_equal(times[j], (d % k == 0) + (d < k));
            }
        }
    }
    gsl_rng_free(rng);
    float s[] = {511.9999f, -511.9f, 0, 3}, p[4];
    sparse_code_softmax_float(s, 4, 1e10f, p);
    for (int i = 0; i < 4; i++)
        assert_true(p[i] == 0.25f);
    s[0] = 512;
    sparse_code_softmax_float(s, 4, 1e10f, p);
    assert_true(p[0] > 0.25f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_keys),  cmocka_unit_test(test_counts),  cmocka_unit_test(test_best),
        cmocka_unit_test(test_reach), cmocka_unit_test(test_kernels), cmocka_unit_test(test_refusals),
        cmocka_unit_test(test_code),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
