/* What does a prefix scan cost, and does it give what the loop gives?
 *
 * Source: kexue.fm/archives/9783 leaves the recurrence to a parallel scan. Counted: combines (work) and the
 * longest chain of them (depth) of the odd-even recursion, of Hillis and Steele's doubling and of p blocks;
 * and the distance of the scanned affine maps from the recurrence computed in turn. Finding: the work of a
 * scan is 2 T, not T log T; only the doubling costs T log T. p blocks on p processors do T (2 - 1/p)
 * combines, so that the most to gain is p^2 / (2 p - 1), 4/3 on two.
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
    static const char *const names[4][2] = {{"loop", "loop_depth"},
                                            {"odd_even", "odd_even_depth"},
                                            {"doubling", "doubling_depth"},
                                            {"blocks", "blocks_depth"}};
    for (size_t o = 0; o < 4; o++) {
        memcpy(scanned, maps, n * size * sizeof *maps);
        struct scan_cost cost =
            rnn_scan(orders[o], (size_t)lab_integer(cell, "blocks"), &operation, n, scanned);
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
    for (size_t g = 0; g < lab_groups(lab); g++)
        worst = fmax(worst, lab_value(lab, g, "difference"));
    lab_measure(lab, worst, 0, 0, "difference");
    long brief = lab_find(lab, "T=8 d=3 blocks=2"), long_one = lab_find(lab, "T=1024 d=3 blocks=2");
    if (brief >= 0) {
        lab_measure(lab, lab_value(lab, (size_t)brief, "odd_even"), 0, 0, "odd_even_8");
        lab_measure(lab, lab_value(lab, (size_t)brief, "doubling"), 0, 0, "doubling_8");
    }
    if (long_one < 0)
        return;
    static const char *const columns[] = {"odd_even", "odd_even_depth", "doubling", "doubling_depth"};
    for (size_t c = 0; c < 4; c++)
        lab_measure(lab, lab_value(lab, (size_t)long_one, columns[c]), 0, 0, "%s_1024", columns[c]);
    lab_measure(lab, lab_value(lab, (size_t)long_one, "odd_even") / (1024 * log2(1024)), 0, 0,
                "odd_even_over_t_log_t");
    /* p blocks, their combines shared evenly by p processors, against the loop */
    static const char *const blocks[] = {"2", "4", "16"};
    for (size_t k = 0; k < 3; k++) {
        char *where = base_format("T=1024 d=3 blocks=%s", blocks[k]);
        long g = lab_find(lab, where);
        free(where);
        if (g >= 0)
            lab_measure(lab,
                        lab_real(lab_group(lab, (size_t)g), "blocks") * lab_value(lab, (size_t)g, "loop") /
                            lab_value(lab, (size_t)g, "blocks"),
                        0, 0, "speedup_%s", blocks[k]);
    }
}

static char *check(const struct lab_cell *cell)
{
    double n = (double)lab_integer(cell, "T"), d = (double)lab_integer(cell, "d"),
           bytes = 24 * n * (d * d + d);
    return bytes <= 2e9
               ? NULL
               : base_format("%.3g bytes are predicted for T (d^2 + d); give sizes up to 2e9", bytes);
}

static const struct lab_spec spec = {
    .name = "rnn/scans",
    .about = "What does a prefix scan cost, and does it give what the loop gives?",
    .axes = {{"T", "1,2,3,7,8,100,200,1000,1024,4096", "1,2,3,7,8,100,1024", "[1,100000000]", "steps",
              AXIS_INTEGER},
             {"d", "3", NULL, "[1,1024]", "dimension", AXIS_INTEGER},
             {"g", "0.5", NULL, "[0,10]", "deviation of the matrices times sqrt(d)", AXIS_REAL},
             {"blocks", "2,4,16", NULL, "[1,1000000]", "pieces of the block scan", AXIS_INTEGER}},
    .columns =
        "loop,loop_depth,odd_even,odd_even_depth,doubling,doubling_depth,blocks,blocks_depth,difference",
    .controls = "swapped",
    .check = check,
    .cell = cell,
    .summarize = summarize,
};

int main(int argc, char **argv)
{
    return lab_main(&spec, argc, argv);
}
