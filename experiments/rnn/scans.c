/* What does a prefix scan cost, and does it give what the loop gives?
 *
 * Source: kexue.fm/archives/9783 leaves the recurrence to a parallel scan. Counted: combines (work) and the longest
 * chain of them (depth) of the odd-even recursion, of Hillis and Steele's doubling and of p blocks; and the distance
 * of the scanned affine maps from the recurrence computed in turn.
 * Finding: the work of a scan is 2 T, not T log T; only the doubling costs T log T. p processors with p blocks take
 * about 2 T / p, so that two of them gain nothing.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "rnn.h"
#include "rnn_draws.h"

static const enum rnn_order orders[] = {RNN_SEQUENTIAL, RNN_ODD_EVEN, RNN_DOUBLING, RNN_BLOCKS};

static void cell(struct lab_cell *cell)
{
    size_t n = (size_t)lab_integer(cell, "T"), d = (size_t)lab_integer(cell, "d"), size = d * d + d;
    gsl_rng *rng = lab_rng(cell);
    double *maps = base_alloc(n * size, sizeof *maps), *scanned = base_alloc(n * size, sizeof *scanned);
    double *x = base_alloc((n + 1) * d, sizeof *x), gain = lab_real(cell, "g") / sqrt((double)d), worst = 0;
    rng_normals(rng, maps, n * size);
    for (size_t t = 0; t < n; t++) {
        for (size_t i = 0; i < d * d; i++)
            maps[t * size + i] *= gain;
        for (size_t i = 0; i < d; i++) {
            double sum = maps[t * size + d * d + i];
            for (size_t k = 0; k < d; k++)
                sum += maps[t * size + i * d + k] * x[t * d + k];
            x[(t + 1) * d + i] = sum;
        }
    }
    struct scan_operation operation = {size * sizeof *maps, rnn_combine_dense, &d};
    if (lab_control(cell, "swapped"))
        operation.combine = rnn_combine_dense_swapped;
    static const char *const names[4][2] = {{"loop", "loop_depth"}, {"odd_even", "odd_even_depth"},
                                            {"doubling", "doubling_depth"}, {"blocks", "blocks_depth"}};
    for (size_t o = 0; o < 4; o++) {
        memcpy(scanned, maps, n * size * sizeof *maps);
        struct scan_cost cost = rnn_scan(orders[o], (size_t)lab_integer(cell, "blocks"), &operation, n, scanned);
        lab_put(cell, names[o][0], (double)cost.combines);
        lab_put(cell, names[o][1], (double)cost.depth);
        for (size_t t = 0; t < n; t++) /* the start is 0: the map's constant is the state */
            for (size_t i = 0; i < d; i++)
                worst = fmax(worst, fabs(scanned[t * size + d * d + i] - x[(t + 1) * d + i]));
    }
    lab_put(cell, "difference", worst);
    free(maps);
    free(scanned);
    free(x);
}

static void summarize(struct lab *lab)
{
    double worst = 0;
    for (size_t g = 0; g < lab_groups(lab); g++) {
        const struct lab_cell *cell = lab_group(lab, g);
        worst = fmax(worst, lab_value(lab, g, "difference"));
        if (!lab_is(cell, "blocks", "2") || lab_find(lab, "d=3") != 0)
            continue;
        static const char *const columns[] = {"odd_even", "odd_even_depth", "doubling", "doubling_depth", "blocks_depth"};
        for (size_t c = 0; c < 5; c++)
            lab_measure(lab, lab_value(lab, g, columns[c]), 0, 0, "%s_%s", columns[c], lab_word(cell, "T"));
    }
    lab_measure(lab, worst, 0, 0, "difference");
}

static char *check(const struct lab_cell *cell)
{
    double n = (double)lab_integer(cell, "T"), d = (double)lab_integer(cell, "d"), bytes = 24 * n * (d * d + d);
    return bytes <= 2e9 ? NULL : base_format("%.3g bytes are predicted for T (d^2 + d); give sizes up to 2e9", bytes);
}

static const struct lab_spec spec = {
    .name = "rnn/scans",
    .about = "What does a prefix scan cost, and does it give what the loop gives?",
    .axes = {{"T", "1,2,3,7,8,100,200,1000,1024,4096", "1,2,3,7,8,100,1024", "[1,100000000]", "steps", AXIS_INTEGER},
             {"d", "3", NULL, "[1,1024]", "dimension", AXIS_INTEGER},
             {"g", "0.5", NULL, "[0,10]", "deviation of the matrices times sqrt(d)", AXIS_REAL},
             {"blocks", "2,4,16", NULL, "[1,1000000]", "pieces of the block scan", AXIS_INTEGER}},
    .columns = "loop,loop_depth,odd_even,odd_even_depth,doubling,doubling_depth,blocks,blocks_depth,difference",
    .controls = "swapped",
    .check = check,
    .cell = cell,
    .summarize = summarize,
};

int main(int argc, char **argv)
{
    return lab_main(&spec, argc, argv);
}
