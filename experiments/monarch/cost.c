/* How many operations do a product, a solution and a projection take?
 *
 * Source: kexue.fm/archives/10249 (efficiency, factorisation). Counted, not timed: the multiplications of
 * the plain product, which the program makes and counts one by one, against the n^2 of a dense one;
 * multiplications and additions of elimination, (2/3) s^3 - s^2/2 - s/6 for a matrix of side s, of all
 * blocks against the whole matrix; and cubes of sides for the singular value decompositions of n slices
 * against one of the whole. Times are in bench/monarch.c.
 * Finding: sqrt(n)/2 for the product, about n/2 for elimination, sqrt n for the projection, as stated.
 */
#include <math.h>
#include <stdlib.h>

#include "blocks.h"
#include "lab.h"
#include "monarch.h"

/* Multiplications and additions of Gaussian elimination, counted by its loops. */
static double elimination(size_t side)
{
    double sum = 0;
    for (size_t k = 0; k < side; k++) {
        double below = (double)(side - 1 - k);
        sum += below + 2 * below * below;
    }
    return sum;
}

static void cell(struct lab_cell *cell)
{
    size_t n = (size_t)lab_integer(cell, "n"), b = 0;
    double *x = base_alloc(n, sizeof *x), *y = base_alloc(n, sizeof *y);
    while (blocks_next(cell, &b)) {
        size_t c = n / b;
        struct monarch *m = monarch_alloc(n, b);
        double made = (double)monarch_apply_plain(m, x, y), dense = (double)n * (double)n, side = (double)n;
        double blocks = (double)b * elimination(c) + (double)c * elimination(b);
        if (lab_control(cell, "one_factor")) /* as if L alone were multiplied, or eliminated */
            made /= 2, blocks /= 2;
        lab_put(cell, "block", (double)b);
        lab_put(cell, "parameters", (double)monarch_parameters(n, b));
        lab_put(cell, "multiplications", made);
        lab_put(cell, "product_ratio", dense / made);
        lab_put(cell, "elimination_ratio", elimination(n) / blocks);
        /* min(b,c) max(b,c) min(b,c), as often as there are slices */
        lab_put(cell, "projection_ratio",
                side * side / ((double)b * (double)c * fmin((double)b, (double)c)));
        lab_next_row(cell);
        monarch_free(m);
    }
    free(x);
    free(y);
}

static void summarize(struct lab *lab)
{
    for (size_t g = 0; g < lab_groups(lab); g++) {
        const struct lab_cell *c = lab_group(lab, g);
        long n = lab_integer(c, "n");
        if (!lab_is(c, "b", "square") || (n != 256 && n != 1024 && n != 4096))
            continue;
        lab_measure(lab, lab_value(lab, g, "product_ratio"), 0, 0, "product.%ld", n);
        lab_measure(lab, lab_value(lab, g, "elimination_ratio") / ((double)n / 2), 0, 0, "elimination.%ld",
                    n);
        lab_measure(lab, lab_value(lab, g, "projection_ratio"), 0, 0, "projection.%ld", n);
        lab_measure(lab, lab_value(lab, g, "parameters"), 0, 0, "parameters.%ld", n);
    }
}

static const struct lab_spec spec = {
    .name = "monarch/cost",
    .about = "How many operations do a product, a solution and a projection take?",
    .axes = {{"n", "64,256,1024,4096,16384", "64,256,1024,4096", "[1,1048576]", "side of the matrix",
              AXIS_INTEGER},
             {"b", "square", NULL, "[1,inf)|all|square",
              "blocks of R: a divisor of n, all, square (its root)", AXIS_INTEGER}},
    .columns = "block,parameters,multiplications,product_ratio:13,elimination_ratio:13,projection_ratio:13",
    .controls = "one_factor",
    .check = blocks_check,
    .cell = cell,
    .summarize = summarize,
};

int main(int argc, char **argv)
{
    return lab_main(&spec, argc, argv);
}
