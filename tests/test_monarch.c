/* Monarch matrices against their definition and dense linear algebra, for random shapes: sides of 1, odd
 * sides, blocks that are the whole matrix. The fast kernels against the plain product, the projections
 * against each other and the residual, parsers against good and bad text. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base.h"
#include "check.h"
#include "linalg.h"
#include "monarch/matrices.h"
#include "monarch/monarch.h"
#include "monarch/wishart.h"

/* A shape with b, c from 1 to `most`. */
static struct monarch *random_member(gsl_rng *rng, size_t most)
{
    size_t b = 1 + gsl_rng_uniform_int(rng, most), c = 1 + gsl_rng_uniform_int(rng, most);
    struct monarch *m = monarch_alloc(b * c, b);
    monarch_draw(m, rng);
    return m;
}

static double *dense_of(const struct monarch *m)
{
    double *a = base_alloc(m->n * m->n, sizeof *a);
    monarch_dense(m, a);
    return a;
}

static void permutations_undo_each_other(void **state)
{
    (void)state;
    for (size_t b = 1; b < 9; b++)
        for (size_t c = 1; c < 9; c++) {
            size_t one[64], two[64];
            monarch_permutation(b, c, one);
            monarch_permutation(c, b, two);
            for (size_t i = 0; i < b * c; i++)
                assert_int_equal(one[two[i]], i);
            for (size_t i = 0; i < c; i++) /* reshape b x c, transpose */
                for (size_t j = 0; j < b; j++)
                    assert_int_equal(one[i * b + j], j * c + i);
        }
}

static void entries_are_those_of_the_product(void **state)
{
    (void)state;
    gsl_rng *rng = check_stream("monarch: entries");
    for (long round = check_rounds(60); round > 0; round--) {
        struct monarch *m = random_member(rng, 9);
        double *a = dense_of(m), *p = base_alloc(m->n * m->n, sizeof *p);
        monarch_dense_product(m, 2, p);
        for (size_t i = 0; i < m->n * m->n; i++)
            check_close("entry", p[i], a[i], 4 * DBL_EPSILON * fabs(a[i]));
        free(a);
        free(p);
        monarch_free(m);
    }
    gsl_rng_free(rng);
}

static void products_agree(void **state)
{
    (void)state;
    gsl_rng *rng = check_stream("monarch: products");
    for (long round = check_rounds(200); round > 0; round--) {
        struct monarch *m = random_member(rng, round % 4 ? 12 : 40);
        size_t n = m->n, batch = 1 + gsl_rng_uniform_int(rng, 5);
        double *x = base_alloc(n * batch, sizeof *x), *y = base_alloc(n * batch, sizeof *y),
               *work = base_alloc(n * batch, sizeof *work), *one = base_alloc(n, sizeof *one),
               *plain = base_alloc(n, sizeof *plain), *fast = base_alloc(n, sizeof *fast),
               *size = base_alloc(n, sizeof *size);
        rng_normals(rng, x, n * batch);
        monarch_apply_batch(m, batch, x, y, work);
        struct monarch_packed *packed = monarch_pack(m);
        for (size_t v = 0; v < batch; v++) {
            for (size_t i = 0; i < n; i++)
                one[i] = x[i * batch + v];
            assert_int_equal(monarch_apply_plain(m, one, plain), monarch_parameters(n, m->b));
            monarch_apply(packed, one, fast, work);
            memset(size, 0, n * sizeof *size);
            for (size_t i = 0; i < m->c; i++)
                for (size_t j = 0; j < m->b; j++)
                    for (size_t k = 0; k < m->c; k++)
                        for (size_t l = 0; l < m->b; l++)
                            size[i * m->b + j] += fabs(m->l[(j * m->c + i) * m->c + k] *
                                                       m->r[(k * m->b + j) * m->b + l] * one[k * m->b + l]);
            for (size_t i = 0; i < n; i++) {
                double bound = (double)(m->b + m->c) * DBL_EPSILON * size[i];
                check_close("packed", fast[i], plain[i], bound);
                check_close("batch", y[i * batch + v], plain[i], bound);
            }
        }
        monarch_packed_free(packed);
        free(x);
        free(y);
        free(work);
        free(one);
        free(plain);
        free(fast);
        free(size);
        monarch_free(m);
    }
    gsl_rng_free(rng);
}

static void inverse_solution_determinant(void **state)
{
    (void)state;
    gsl_rng *rng = check_stream("monarch: inverse");
    for (long round = check_rounds(60); round > 0; round--) {
        struct monarch *m = random_member(rng, 7);
        size_t n = m->n;
        double *a = dense_of(m), *inverse = base_alloc(n * n, sizeof *inverse),
               *unit = base_alloc(n * n, sizeof *unit);
        double *x = base_alloc(n, sizeof *x), *y = base_alloc(n, sizeof *y), *z = base_alloc(n, sizeof *z);
        double bound = 1000 * DBL_EPSILON * monarch_condition(m);
        assert_int_equal(monarch_inverse(m, 0, inverse), 0);
        linalg_gemm('N', 'N', n, n, n, 1, inverse, a, 0, unit);
        for (size_t i = 0; i < n * n; i++)
            check_close("inverse times matrix", unit[i], i % (n + 1) == 0, bound);
        struct monarch_factors *f = monarch_factor(m);
        assert_non_null(f);
        rng_normals(rng, x, n);
        monarch_apply_plain(m, x, y);
        monarch_solve(f, y, z, unit);
        for (size_t i = 0; i < n; i++)
            check_close("solution", z[i], x[i], 10 * bound);
        int sign, blocks = 1;
        double value = monarch_log_determinant(f, &sign), sum = 0;
        /* by cofactors of 1 x 1 and 2 x 2 blocks */
        if (m->b <= 2 && m->c <= 2) {
            for (size_t j = 0; j < m->b; j++) {
                const double *l = m->l + j * m->c * m->c;
                double d = m->c == 1 ? l[0] : l[0] * l[3] - l[1] * l[2];
                sum += log(fabs(d)), blocks *= d < 0 ? -1 : 1;
            }
            for (size_t k = 0; k < m->c; k++) {
                const double *r = m->r + k * m->b * m->b;
                double d = m->b == 1 ? r[0] : r[0] * r[3] - r[1] * r[2];
                sum += log(fabs(d)), blocks *= d < 0 ? -1 : 1;
            }
            check_close("log determinant", value, sum, bound);
            assert_int_equal(sign, blocks);
        }
        monarch_factors_free(f);
        free(a);
        free(inverse);
        free(unit);
        free(x);
        free(y);
        free(z);
        monarch_free(m);
    }
    gsl_rng_free(rng);
}

static void singular_blocks_are_told(void **state)
{
    (void)state;
    struct monarch *m = monarch_alloc(6, 2);
    double a[36];
    assert_null(monarch_factor(m));
    assert_int_equal(monarch_inverse(m, 0, a), -1);
    monarch_free(m);
}

static void projections_agree(void **state)
{
    (void)state;
    gsl_rng *rng = check_stream("monarch: projection");
    for (long round = check_rounds(60); round > 0; round--) {
        size_t b = 1 + gsl_rng_uniform_int(rng, 8), c = 1 + gsl_rng_uniform_int(rng, 8), n = b * c;
        double density = round % 3 ? 1 : 0.1, *a = base_alloc(n * n, sizeof *a),
               *near = base_alloc(n * n, sizeof *near);
        struct monarch *m = monarch_alloc(n, b), *p = monarch_alloc(n, b);
        assert_int_equal(matrices_entries("gauss", density, rng, n * n, a), 1);
        double energy = monarch_energy(n * n, a, NULL), residual = monarch_project(n, b, a, m), other;
        double tolerance = 1e-12 * energy;
        check_close("residual", monarch_residual(n, b, a, NULL, MONARCH_SLICES), residual, tolerance);
        check_close("captured", monarch_captured(n, b, a), energy - residual, tolerance);
        monarch_dense(m, near);
        for (size_t i = 0; i < n * n; i++)
            near[i] = a[i] - near[i];
        check_close("distance", monarch_energy(n * n, near, NULL), residual, tolerance);
        /* power iteration may stop short of the top where two sigmas are close, by little in energy */
        monarch_project_power(n, b, a, 1e-14, 5000, p, &other);
        check_close("by power iteration", other, residual, 1e-6 * energy);
        monarch_project_power(n, b, a, 0, 0, p, &other);
        check_close("by power iteration that gives up at once", other, residual, tolerance);
        monarch_dense(p, near);
        for (size_t i = 0; i < n * n; i++)
            near[i] = a[i] - near[i];
        check_close("its distance", monarch_energy(n * n, near, NULL), residual, tolerance);
        free(a);
        free(near);
        monarch_free(m);
        monarch_free(p);
    }
    gsl_rng_free(rng);
}

static void zero_slices_give_zeros(void **state)
{
    (void)state;
    double a[144] = {0}, near[144], residual;
    struct monarch *m = monarch_alloc(12, 3);
    a[17] = 2;
    check_close("residual", monarch_project(12, 3, a, m), 0, 0);
    monarch_dense(m, near);
    for (size_t i = 0; i < 144; i++)
        check_close("entry", near[i], a[i], 1e-15);
    monarch_project_power(12, 3, a, 1e-12, 100, m, &residual);
    monarch_dense(m, near);
    for (size_t i = 0; i < 144; i++)
        check_close("entry by power iteration", near[i], a[i], 1e-15);
    monarch_free(m);
}

/* A complex slice of rank one, and a unitary matrix, whose singular values are all 1. */
static void complex_matrices(void **state)
{
    (void)state;
    gsl_rng *rng = check_stream("monarch: complex");
    struct matrix *f = matrices_draw("dft", 6, 1, rng), *g = matrices_draw("dftperm:3", 6, 1, rng);
    double square[6];
    monarch_spectrum_precise(6, f->re, f->im, square);
    for (size_t i = 0; i < 6; i++)
        check_close("square of a singular value of F", square[i], 6, 1e-13);
    check_close("permuted", monarch_residual(6, 3, g->re, g->im, MONARCH_SLICES), 0, 1e-28);
    check_close("unpermuted", monarch_residual(6, 3, f->re, f->im, MONARCH_SLICES) / 36, 1 - 2.0 / 3, 1e-13);
    matrices_free(f);
    matrices_free(g);
    gsl_rng_free(rng);
}

static void spectra_and_ranks(void **state)
{
    (void)state;
    gsl_rng *rng = check_stream("monarch: spectra");
    double a[25 * 25], fast[25], precise[25];
    rng_normals(rng, a, 25 * 25);
    monarch_spectrum(25, a, fast);
    monarch_spectrum_precise(25, a, NULL, precise);
    for (size_t i = 0; i < 25; i++)
        check_close("square of a singular value", fast[i], precise[i], 1e-12 * precise[0]);
    check_close("no rank leaves all", monarch_tail(25, precise, 0), 1, 1e-15);
    check_close("full rank leaves nothing", monarch_tail(25, precise, 25), 0, 0);
    check_close("rank beyond n", monarch_tail(25, precise, 30), 0, 0);
    for (size_t m = 1; m < 40; m++)
        check_close("equal rank", monarch_equal_rank(m * m, (double)monarch_dimension(m * m, m)), (double)m,
                    1e-9);
    check_close("all dimensions", monarch_equal_rank(7, 49), 7, 0);
    gsl_rng_free(rng);
}

static void butterflies(void **state)
{
    (void)state;
    /* the fast Walsh-Hadamard transform is one */
    double factor[2 * 8 * 3], a[64];
    for (size_t i = 0; i < 48; i++)
        factor[i] = i % 4 == 3 ? -1 : 1;
    monarch_butterfly_dense(8, factor, a);
    for (size_t i = 0; i < 8; i++)
        for (size_t j = 0; j < 8; j++)
            check_close("Hadamard entry", a[i * 8 + j], __builtin_parityl(i & j) ? -1 : 1, 0);
    int sign;
    check_close("log determinant", monarch_butterfly_log_determinant(8, factor, &sign), 12 * log(2), 1e-14);
    assert_int_equal(sign, 1);
    assert_int_equal(monarch_log2(1), 0);
    assert_int_equal(monarch_log2(1024), 10);
    assert_int_equal(monarch_log2(0), -1);
    assert_int_equal(monarch_log2(12), -1);
}

static void orders(void **state)
{
    (void)state;
    size_t factor[MONARCH_LEVELS_MAX];
    static const char *const bad[] = {"",      "8",    "8:",    ":8:8",  "8:8:", "1:64",
                                      "8:8:1", "3:21", "8:8:2", "-8:-8", "8,8",  "8:8x"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_int_equal(monarch_factors_parse(bad[i], 64, factor), 0);
    assert_int_equal(monarch_factors_parse("4:2:8", 64, factor), 3);
    assert_int_equal(factor[1], 2);
    gsl_rng *rng = check_stream("monarch: orders");
    double *a = base_alloc(64 * 64, sizeof *a), *near = base_alloc(64 * 64, sizeof *near);
    monarch_order_draw(64, 3, factor, rng, a);
    double energy = monarch_energy(64 * 64, a, NULL);
    check_close("a member", monarch_peel(64, 3, factor, a, 0, near) / energy, 0, 1e-27);
    for (size_t i = 0; i < 64 * 64; i++)
        check_close("its entry", near[i], a[i], 1e-12 * sqrt(energy));
    rng_normals(rng, a, 64 * 64);
    double residual = monarch_peel(64, 3, factor, a, 0, near), distance = 0;
    for (size_t i = 0; i < 64 * 64; i++)
        distance += (a[i] - near[i]) * (a[i] - near[i]);
    check_close("levels add up", distance, residual, 1e-11 * distance);
    free(a);
    free(near);
    gsl_rng_free(rng);
}

static void names(void **state)
{
    (void)state;
    static const char *const good[] = {
        "gauss",   "sparse", "uniform", "usym",         "sign",     "laplace",   "student:3", "lognormal",
        "tridiag", "cross",  "haar",    "powerlaw:0.5", "perm",     "circulant", "monarch:4", "butterfly",
        "hilbert", "exp:8",  "sin:0.3", "difference",   "identity", "hadamard",  "dft",       "dftperm:2"};
    static const char *const bad[] = {"gauss:1",   "student",      "student:0", "student:x",  "exp",
                                      "exp:-1",    "monarch:3",    "monarch:0", "dftperm:32", "monarch:1.5",
                                      "powerlaw:", "no/such/file", ""};
    gsl_rng *rng = check_stream("monarch: names");
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        char *why = matrices_check(good[i], 16, 1);
        if (why)
            fail_msg("%s: %s", good[i], why);
        struct matrix *m = matrices_draw(good[i], 16, 1, rng);
        double energy = monarch_energy(256, m->re, m->im);
        assert_true(energy > 0 && isfinite(energy));
        matrices_free(m);
    }
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        char *why = matrices_check(bad[i], 16, 1);
        if (!why)
            fail_msg("'%s' was taken for a matrix", bad[i]);
        free(why);
    }
    char *why = matrices_check("haar", 16, 0.5); /* has no entries to leave out */
    assert_non_null(why);
    free(why);
    why = matrices_check("hadamard", 12, 1);
    assert_non_null(why);
    free(why);
    assert_true(matrices_random("gauss") && !matrices_random("hilbert"));
    double few[1000];
    matrices_entries("uniform", 0.1, rng, 1000, few);
    size_t count = 0;
    for (size_t i = 0; i < 1000; i++)
        count += few[i] != 0;
    check_between("entries kept of 1000 at density 0.1", (double)count, 100 - 60, 100 + 60);
    gsl_rng_free(rng);
}

static void images(void **state)
{
    (void)state;
    struct matrix image;
    char *why;
    static const char plain[] = "P2 # a comment\n3 2\n# another\n9\n0 1 2\n3 4 9\n";
    static const char eight[] = "P5\n2 2\n255\n\x01\x02\xff\x04", wide[] = "P5 1 2 1000\n\x01\x00\x03\xe8";
    assert_int_equal(matrices_pgm_parse(plain, sizeof plain - 1, &image, &why), 0);
    assert_int_equal(image.rows, 2);
    assert_int_equal(image.columns, 3);
    check_close("last pixel", image.re[5], 9, 0);
    free(image.re);
    assert_int_equal(matrices_pgm_parse(eight, sizeof eight - 1, &image, &why), 0);
    check_close("third pixel", image.re[2], 255, 0);
    free(image.re);
    assert_int_equal(matrices_pgm_parse(wide, sizeof wide - 1, &image, &why), 0);
    check_close("first pixel", image.re[0], 256, 0);
    check_close("second pixel", image.re[1], 1000, 0);
    free(image.re);
    static const char *const bad[] = {"",
                                      "P",
                                      "P6\n1 1\n255\n\1",
                                      "P5\n2 2\n255\n\1\2\3",
                                      "P2\n2 1\n9\n1",
                                      "P2 1 1 9 10",
                                      "P5\n0 1\n9\n",
                                      "P5\n1\n",
                                      "P5\n1 1\n70000\n\1\1",
                                      "P2 99999 99999 9 1",
                                      "P2 1 1 9 x"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        if (!matrices_pgm_parse(bad[i], strlen(bad[i]), &image, &why))
            fail_msg("bad image %zu was read", i);
        assert_null(image.re);
        free(why);
    }
}

/* The bidiagonal draws against eigenvalues of G G^T, and the laws at known points. */
static void wishart(void **state)
{
    (void)state;
    gsl_rng *rng = check_stream("monarch: wishart");
    long rounds = check_rounds(4000);
    double sum[2] = {0}, squares[2] = {0}, g[25];
    for (long i = 0; i < rounds; i++) {
        rng_normals(rng, g, 25);
        double x[2] = {wishart_largest(5, rng), monarch_leading(5, 5, g)};
        for (int k = 0; k < 2; k++)
            sum[k] += x[k], squares[k] += x[k] * x[k];
    }
    double n = (double)rounds, mean = sum[0] / n, other = sum[1] / n;
    double error = sqrt((squares[0] / n - mean * mean + squares[1] / n - other * other) / n);
    check_close("mean of the largest eigenvalue", mean, other, 5.5 * error);
    check_close("Marchenko-Pastur, m = 4", wishart_marchenko_pastur(4), 2.491650, 5e-7);
    check_close("Marchenko-Pastur, m = 1", wishart_marchenko_pastur(1), 1, 0);
    check_close("limit", wishart_marchenko_pastur(1e9), 4, 1e-5);
    /* from the corner of a large matrix */
    check_between("largest eigenvalue over m", wishart_largest(1000000, rng) / 1e6, 3.99, 4.01);
    gsl_rng_free(rng);
}

int main(void)
{
    linalg_single_thread();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(permutations_undo_each_other),
        cmocka_unit_test(entries_are_those_of_the_product),
        cmocka_unit_test(products_agree),
        cmocka_unit_test(inverse_solution_determinant),
        cmocka_unit_test(singular_blocks_are_told),
        cmocka_unit_test(projections_agree),
        cmocka_unit_test(zero_slices_give_zeros),
        cmocka_unit_test(complex_matrices),
        cmocka_unit_test(spectra_and_ranks),
        cmocka_unit_test(butterflies),
        cmocka_unit_test(orders),
        cmocka_unit_test(names),
        cmocka_unit_test(images),
        cmocka_unit_test(wishart),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
