/* How well does a Monarch matrix approximate a random permutation?
 *
 * Source: added to kexue.fm/archives/10249. The ones of a permutation that lie in one slice stand in
 * different rows and columns, so all singular values of the slice are 1, and one of them is kept. What is
 * left is 1 minus the number of slices that are not empty over n; a slice is empty with probability C(n-b,
 * n/b)/C(n, n/b), which tends to 1/e for n = b^2. Truncation to rank b leaves exactly 1 - b/n.
 * Finding: the formula, for every b.
 */
#include <math.h>
#include <stdlib.h>

#include <gsl/gsl_sf_gamma.h>

#include "blocks.h"
#include "lab.h"
#include "matrices.h"
#include "monarch.h"

static void cell(struct lab_cell *cell)
{
    size_t n = (size_t)lab_integer(cell, "n"), b = blocks_one(cell), c = n / b;
    struct matrix *m;
    if (lab_control(cell, "with_replacement")) { /* one 1 a row, in any column */
        m = matrices_draw("identity", n, 1, lab_rng(cell));
        for (size_t i = 0; i < n; i++) {
            m->re[i * n + i] = 0;
            m->re[i * n + gsl_rng_uniform_int(lab_rng(cell), n)] = 1;
        }
    } else {
        m = matrices_draw("perm", n, 1, lab_rng(cell));
    }
    double *square = base_alloc(n, sizeof *square);
    monarch_spectrum(n, m->re, square);
    double left = 1 - monarch_captured(n, b, m->re) / (double)n;
    double exact = c > n - b ? 0
                             : exp(gsl_sf_lnchoose((unsigned)(n - b), (unsigned)c) -
                                   gsl_sf_lnchoose((unsigned)n, (unsigned)c));
    lab_put(cell, "left", left);
    lab_put(cell, "exact", exact);
    lab_put(cell, "off", left - exact);
    lab_put(cell, "truncated", monarch_tail(n, square, b));
    free(square);
    matrices_free(m);
}

static void summarize(struct lab *lab)
{
    for (size_t g = 0; g < lab_groups(lab); g++) {
        const struct lab_cell *c = lab_group(lab, g);
        const char *n = lab_word(c, "n"), *b = lab_word(c, "b");
        static const char *const asked[] = {"square", "2", "4", "16"};
        int listed = 0;
        for (int k = 0; k < 4; k++)
            listed += lab_is(c, "b", asked[k]);
        if (!listed || (!lab_is(c, "n", "64") && !lab_is(c, "n", "144")))
            continue;
        size_t count;
        const double *truncated = lab_column(lab, g, "truncated", &count);
        double worst = 0;
        for (size_t i = 0; i < count; i++)
            worst =
                fmax(worst, fabs(truncated[i] - (1 - (double)blocks_one(c) / (double)lab_integer(c, "n"))));
        lab_measure_mean(lab, lab_mean(lab, g, "off"), "off.%s.%s", n, b);
        if (!lab_is(c, "b", "square"))
            continue;
        lab_measure(lab, lab_value(lab, g, "exact"), 0, 0, "exact.%s", n);
        lab_measure(lab, worst, 0, 0, "truncated_off.%s", n);
    }
}

static const struct lab_spec spec = {
    .name = "monarch/permutation",
    .about = "How well does a Monarch matrix approximate a random permutation?",
    .axes = {{"n", "16,64,144,256", "64,144", "[2,4096]", "side of the matrix", AXIS_INTEGER},
             {"b", "square,2,4,16", NULL, "[1,inf)|square",
              "blocks of R: divisors of n, or square (its root)", AXIS_INTEGER},
             {"replicate", "0:199", NULL, NULL, "independent draws", AXIS_INTEGER}},
    .columns = "left,exact:13,off,truncated:13",
    .fold = "replicate",
    .controls = "with_replacement",
    .check = blocks_check,
    .cell = cell,
    .summarize = summarize,
};

int main(int argc, char **argv)
{
    return lab_main(&spec, argc, argv);
}
