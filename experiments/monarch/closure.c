/* What do products, inverses and single permutations of Monarch matrices leave beside the class?
 *
 * Source: kexue.fm/archives/10249 (efficiency; loose form M = (prod P_i B_i) P_0); arXiv:2204.00595 (MM* and
 * circulants). The part of the energy that the nearest Monarch matrix leaves is measured for: product (of
 * two random Monarch matrices), sum, loose (L P R, P once), inverse, inverse_turned (P M^{-1} P with blocks
 * of n/b, a Monarch matrix), and circulant (Gaussian first column).
 * Finding: the class is closed under none of these but the inverse between two permutations.
 */
#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "blocks.h"
#include "lab.h"
#include "linalg.h"
#include "matrices.h"
#include "monarch.h"

static void draw_member(struct lab_cell *cell, size_t n, size_t b, double *a, double *condition)
{
    struct monarch *m = monarch_alloc(n, b);
    monarch_draw(m, lab_rng(cell));
    monarch_dense(m, a);
    if (condition)
        *condition = monarch_condition(m);
    monarch_free(m);
}

/* A^{-1} by LAPACK, dense. */
static void invert(struct lab_cell *cell, size_t n, const double *a, double *inverse)
{
    memset(inverse, 0, n * n * sizeof *inverse);
    for (size_t i = 0; i < n; i++)
        inverse[i * n + i] = 1;
    if (linalg_solve(n, n, a, inverse))
        lab_fail(cell, "a random Monarch matrix is singular");
}

/* Rows (k, l) become (l, k), columns (i, j) become (j, i). */
static void turn(size_t n, size_t b, double *a, double *work)
{
    size_t c = n / b;
    for (size_t p = 0; p < n; p++)
        for (size_t q = 0; q < n; q++)
            work[(p % b * c + p / b) * n + q % b * c + q / b] = a[p * n + q];
    memcpy(a, work, n * n * sizeof *a);
}

static void cell(struct lab_cell *cell)
{
    size_t n = (size_t)lab_integer(cell, "n"), b = blocks_one(cell), blocks = b;
    double *a = base_alloc(n * n, sizeof *a), *x = base_alloc(n * n, sizeof *x),
           *y = base_alloc(n * n, sizeof *y), condition = 1;
    if (lab_is(cell, "case", "product")) {
        draw_member(cell, n, b, x, NULL);
        draw_member(cell, n, b, y, NULL);
        linalg_gemm('N', 'N', n, n, n, 1, x, y, 0, a);
    } else if (lab_is(cell, "case", "sum")) {
        draw_member(cell, n, b, x, NULL);
        draw_member(cell, n, b, a, NULL);
        for (size_t i = 0; i < n * n; i++)
            a[i] += x[i];
    } else if (lab_is(cell, "case", "loose")) {
        struct monarch *m = monarch_alloc(n, b);
        monarch_draw(m, lab_rng(cell));
        monarch_dense_product(m, 1, a);
        monarch_free(m);
    } else if (lab_is(cell, "case", "circulant")) {
        struct matrix *m = matrices_draw("circulant", n, 1, lab_rng(cell));
        memcpy(a, m->re, n * n * sizeof *a);
        matrices_free(m);
    } else {
        draw_member(cell, n, b, x, &condition);
        invert(cell, n, x, a);
        if (lab_is(cell, "case", "inverse_turned")) {
            if (!lab_control(cell, "unturned"))
                turn(n, b, a, y);
            blocks = n / b;
        }
    }
    if (lab_control(cell, "member"))
        draw_member(cell, n, blocks, a, NULL);
    double left = monarch_residual(n, blocks, a, NULL, MONARCH_SLICES) / monarch_energy(n * n, a, NULL);
    lab_put(cell, "left", left);
    if (lab_is(cell, "case", "inverse_turned")) /* a relative error of u cond in the inverse, squared */
        lab_put(cell, "part", left / pow(10 * (double)n * DBL_EPSILON * condition, 2));
    free(a);
    free(x);
    free(y);
}

static void summarize(struct lab *lab)
{
    for (size_t g = 0; g < lab_groups(lab); g++) {
        const struct lab_cell *c = lab_group(lab, g);
        const char *name = lab_word(c, "case"), *n = lab_word(c, "n");
        size_t count;
        const double *left = lab_column(lab, g, "left", &count);
        double least = INFINITY;
        for (size_t i = 0; i < count; i++)
            least = fmin(least, left[i]);
        if (!lab_is(c, "b", "square") || (!lab_is(c, "n", "36") && !lab_is(c, "n", "64")))
            continue;
        if (lab_is(c, "case", "inverse_turned")) {
            const double *part = lab_column(lab, g, "part", &count);
            double most = 0;
            for (size_t i = 0; i < count; i++)
                most = fmax(most, part[i]);
            lab_measure(lab, most, 0, 0, "inverse_turned.%s", n);
            continue;
        }
        lab_measure_mean(lab, lab_mean(lab, g, "left"), "%s.%s", name, n);
        if (lab_is(c, "case", "product"))
            lab_measure(lab, least, 0, 0, "%s_least.%s", name, n);
    }
}

static const struct lab_spec spec = {
    .name = "monarch/closure",
    .about = "What do products, sums, inverses of Monarch matrices and circulants leave beside the class?",
    .axes = {{"case", "product,sum,loose,inverse,inverse_turned,circulant", NULL,
              "product|sum|loose|inverse|inverse_turned|circulant", "what is projected", AXIS_WORD},
             {"n", "36,64,144", "36,64", "[2,1024]", "side of the matrix", AXIS_INTEGER},
             {"b", "square", NULL, "[1,inf)|square", "blocks of R: a divisor of n, or square (its root)",
              AXIS_INTEGER},
             {"replicate", "0:199", NULL, NULL, "independent draws", AXIS_INTEGER}},
    .columns = "left,part",
    .fold = "replicate",
    .controls = "member|unturned",
    .check = blocks_check,
    .cell = cell,
    .summarize = summarize,
};

int main(int argc, char **argv)
{
    return lab_main(&spec, argc, argv);
}
