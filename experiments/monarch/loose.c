/* Is the looser form, a product of block-diagonal matrices and arbitrary permutations, what it is said to
 * be?
 *
 * Source: kexue.fm/archives/10249, M = (prod_{i=1..k} P_i B_i) P_0 with B_i block-diagonal, blocks of b_i.
 * It has n sum b_i entries; the product by structure is held against the dense product of all factors. With
 * k = 2, stride permutations and P_0 = 1 it is P L P R; `left` is what the nearest matrix of M(b,n), b the
 * last size, leaves.
 * Finding: right as a parametrization; in general not a Monarch matrix, so the projection does not apply
 * to it.
 */
#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <gsl/gsl_randist.h>

#include "lab.h"
#include "linalg.h"
#include "monarch.h"

enum { FACTORS_MAX = 32 };

/* Sizes "8:4:2" into size[]; how many, or 0 when they are none of n. */
static size_t sizes_parse(const char *text, size_t n, size_t *size)
{
    size_t count = 0;
    for (const char *at = text; count < FACTORS_MAX; at++) {
        char *end;
        unsigned long value = *at >= '1' && *at <= '9' ? strtoul(at, &end, 10) : 0;
        if (value == 0 || value > n || n % value)
            return 0;
        size[count++] = value;
        at = end;
        if (*at == '\0')
            return count;
        if (*at != ':')
            return 0;
    }
    return 0;
}

/* y = x permuted, y[i] = x[from[i]]. */
static void permute(size_t n, size_t width, const size_t *from, const double *x, double *y)
{
    for (size_t i = 0; i < n; i++)
        memcpy(y + i * width, x + from[i] * width, width * sizeof *y);
}

/* Y = B X, B block-diagonal; the multiplications made, for a column of X. */
static size_t apply_blocks(size_t n, size_t size, size_t width, const double *blocks, const double *x,
                           double *y)
{
    size_t count = 0;
    for (size_t i = 0; i < n; i++) {
        size_t first = i / size * size;
        memset(y + i * width, 0, width * sizeof *y);
        for (size_t j = 0; j < size; j++, count++)
            for (size_t v = 0; v < width; v++)
                y[i * width + v] += blocks[i * size + j] * x[(first + j) * width + v];
    }
    return count;
}

static void cell(struct lab_cell *cell)
{
    size_t n = (size_t)lab_integer(cell, "n"), size[FACTORS_MAX], multiplications = 0, entries = 0;
    size_t k = sizes_parse(lab_word(cell, "sizes"), n, size), *from = base_alloc(n, sizeof *from);
    double *dense = base_alloc(n * n, sizeof *dense), *next = base_alloc(n * n, sizeof *next);
    double *factor = base_alloc(n * n, sizeof *factor), *blocks = base_alloc(n * n, sizeof *blocks);
    double *x = base_alloc(n, sizeof *x), *y = base_alloc(n, sizeof *y), *t = base_alloc(n, sizeof *t);
    /* |P_1 B_1| ... |P_0| |x|, for the bound of rounding */
    double *bound = base_alloc(n, sizeof *bound), *bound_next = base_alloc(n, sizeof *bound_next),
           sum_sizes = 0;
    gsl_rng *rng = lab_rng(cell);
    int stride = lab_is(cell, "permutations", "stride");
    rng_normals(rng, x, n);
    for (size_t i = 0; i < n; i++)
        from[i] = i;
    if (!stride)
        gsl_ran_shuffle(rng, from, n, sizeof *from);
    permute(n, 1, from, x, y);
    for (size_t i = 0; i < n; i++) {
        dense[i * n + (lab_control(cell, "no_permutation") ? i : from[i])] = 1;
        bound[i] = fabs(y[i]);
    }
    for (size_t f = k; f-- > 0;) { /* the last factor is applied first */
        size_t b = size[f];
        rng_normals(rng, blocks, n * b);
        memset(factor, 0, n * n * sizeof *factor);
        for (size_t i = 0; i < n; i++)
            for (size_t j = 0; j < b; j++) {
                factor[i * n + i / b * b + j] = blocks[i * b + j];
                entries += blocks[i * b + j] != 0;
            }
        if (stride)
            monarch_permutation(n / b, b, from);
        else
            gsl_ran_shuffle(rng, from, n, sizeof *from);
        multiplications += apply_blocks(n, b, 1, blocks, y, t);
        permute(n, 1, from, t, y);
        /* the dense product; its wrong variant leaves all permutations out */
        linalg_gemm('N', 'N', n, n, n, 1, factor, dense, 0, next);
        if (lab_control(cell, "no_permutation"))
            memcpy(dense, next, n * n * sizeof *dense);
        else
            permute(n, n, from, next, dense);
        for (size_t i = 0; i < n * b; i++)
            blocks[i] = fabs(blocks[i]);
        apply_blocks(n, b, 1, blocks, bound, bound_next);
        permute(n, 1, from, bound_next, bound);
        sum_sizes += (double)b;
    }
    double worst = 0;
    for (size_t i = 0; i < n; i++) {
        long double sum = 0;
        for (size_t q = 0; q < n; q++)
            sum += (long double)dense[i * n + q] * x[q];
        worst = fmax(worst, fabs((double)(y[i] - sum)) / (bound[i] * DBL_EPSILON / 2));
    }
    double left =
        monarch_residual(n, size[k - 1], dense, NULL, MONARCH_SLICES) / monarch_energy(n * n, dense, NULL);
    /* both orders of summation are off by sum b_i units of that bound at most */
    lab_put(cell, "off", worst / (2 * sum_sizes));
    lab_put(cell, "entries", (double)entries);
    lab_put(cell, "entries_off", fabs((double)entries - (double)n * sum_sizes));
    lab_put(cell, "multiplications_off", fabs((double)multiplications - (double)n * sum_sizes));
    lab_put(cell, "left", left);
    free(from);
    free(dense);
    free(next);
    free(factor);
    free(blocks);
    free(x);
    free(y);
    free(t);
    free(bound);
    free(bound_next);
}

static double worst_of(const struct lab *lab, size_t group, const char *column)
{
    size_t count;
    const double *x = lab_column(lab, group, column, &count);
    double worst = 0;
    for (size_t i = 0; i < count; i++)
        worst = fmax(worst, x[i]);
    return worst;
}

static void summarize(struct lab *lab)
{
    double off = 0, entries = 0;
    for (size_t g = 0; g < lab_groups(lab); g++) {
        const struct lab_cell *c = lab_group(lab, g);
        off = fmax(off, worst_of(lab, g, "off"));
        entries = fmax(entries, worst_of(lab, g, "entries_off") + worst_of(lab, g, "multiplications_off"));
        if (lab_is(c, "sizes", "8:8") && lab_is(c, "n", "64")) {
            if (lab_is(c, "permutations", "stride"))
                lab_measure(lab, worst_of(lab, g, "left"), 0, 0, "left_stride");
            else
                lab_measure_mean(lab, lab_mean(lab, g, "left"), "left_random");
        }
    }
    lab_measure(lab, off, 0, 0, "product_off");
    lab_measure(lab, entries, 0, 0, "entries_off");
}

static char *check(const struct lab_cell *cell)
{
    size_t size[FACTORS_MAX], n = (size_t)lab_integer(cell, "n");
    return sizes_parse(lab_word(cell, "sizes"), n, size)
               ? NULL
               : base_format("--sizes %.60s: must be up to %d divisors of --n %zu, such as 8:8 or 4:2:8",
                             lab_word(cell, "sizes"), FACTORS_MAX, n);
}

static const struct lab_spec spec = {
    .name = "monarch/loose",
    .about = "Is a product of block-diagonal matrices and arbitrary permutations what it is said to be?",
    .axes = {{"n", "64,144", "64", "[1,1024]", "side of the matrix", AXIS_INTEGER},
             {"sizes", "8:8,2:2:2:2:2,8:1:4", NULL, NULL,
              "of the blocks of B_1:B_2:...:B_k, each a divisor of n", AXIS_WORD},
             {"permutations", "stride,random", NULL, "stride|random",
              "P_1 to P_k transpose (n/b_i) x b_i and P_0 = 1, or all are random", AXIS_WORD},
             {"replicate", "0:59", "0:39", NULL, "independent draws", AXIS_INTEGER}},
    .columns = "off,entries,entries_off,multiplications_off,left",
    .fold = "replicate",
    .controls = "no_permutation",
    .check = check,
    .cell = cell,
    .summarize = summarize,
};

int main(int argc, char **argv)
{
    return lab_main(&spec, argc, argv);
}
