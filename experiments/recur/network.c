/* Does the network of the counts give the numbers that an independent program gives?
 *
 * Source: none; the closed form of recur.h stands for a trained network, so that anybody can compare: x^(0)
 * and the weights are cosines and sines of the indices. The sum of all outputs, their sum of squares and the
 * first number of the last position are printed for small networks. A text of length 1 has x^(N) = x^(0) prod
 * (1 + W_v W_o), one value a layer.
 * Finding: all digits agree.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "lab.h"
#include "recur.h"

static void cell(struct lab_cell *cell)
{
    size_t layers = (size_t)lab_integer(cell, "layers"), n = (size_t)lab_integer(cell, "n");
    size_t d = (size_t)lab_integer(cell, "d");
    struct recur_network *network = recur_network_closed(layers, d);
    if (lab_control(cell, "scores_doubled")) /* twice the queries */
        for (size_t l = 0; l < layers; l++)
            for (size_t i = 0; i < d * d; i++)
                network->w[4 * l * d * d + i] *= 2;
    struct recur_text text = {.d = d, .embed = recur_embed_waves};
    struct recur_job job = {(enum recur_mode)recur_mode_of(lab_word(cell, "mode")),
                            n,
                            (size_t)lab_integer(cell, "s"),
                            (size_t)lab_integer(cell, "B"),
                            network,
                            &text};
    struct recur_cost cost;
    double *y = base_alloc(n * d, sizeof *y), sum = 0, squares = 0;
    recur_run(&job, y, NULL, &cost);
    for (size_t i = 0; i < n * d; i++) {
        sum += y[i];
        squares += y[i] * y[i];
    }
    lab_put(cell, "steps", (double)cost.steps);
    lab_put(cell, "sum", sum);
    lab_put(cell, "first_of_last", y[(n - 1) * d]);
    lab_put(cell, "squares", squares);
    free(y);
    recur_network_free(network);
}

static char *check(const struct lab_cell *cell)
{
    struct recur_shape shape = {(enum recur_mode)recur_mode_of(lab_word(cell, "mode")),
                                (uint64_t)lab_integer(cell, "layers"), (uint64_t)lab_integer(cell, "n"),
                                (uint64_t)lab_integer(cell, "s"), (uint64_t)lab_integer(cell, "B")};
    if (shape.mode == RECUR_BLOCK && shape.block > shape.n)
        return base_format("--B %lu is longer than the text; give at most --n", (unsigned long)shape.block);
    return recur_refusal(&shape, (uint64_t)lab_integer(cell, "d"));
}

static void summarize(struct lab *lab)
{
    static const struct {
        const char *values, *name;
    } known[] = {{"layers=1 n=12 d=4 mode=cached", "N_1"},
                 {"layers=2 n=12 d=4 mode=cached", "N_2"},
                 {"layers=3 n=12 d=4 mode=cached", "N_3"},
                 {"layers=2 n=512 d=8 mode=cached", "long"}};
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        long g = lab_find(lab, known[i].values);
        if (g < 0)
            continue;
        lab_measure(lab, lab_value(lab, (size_t)g, "sum"), 1e-12, 0, "sum.%s", known[i].name);
        lab_measure(lab, lab_value(lab, (size_t)g, "squares"), 1e-11, 0, "squares.%s", known[i].name);
        if (i < 3)
            lab_measure(lab, lab_value(lab, (size_t)g, "first_of_last"), 1e-14, 0, "first.%s", known[i].name);
    }
}

static const struct lab_spec spec = {
    .name = "recur/network",
    .about = "Does the network of the counts give the numbers that an independent program gives?",
    .axes = {{"layers", "1,2,3", NULL, "[1,1000]", "N, attention layers", AXIS_INTEGER},
             {"n", "1,12,512", NULL, "[1,1000000000]", "L, positions", AXIS_INTEGER},
             {"d", "4,8", NULL, "[1,1024]", "Dimension", AXIS_INTEGER},
             {"mode", "cached", NULL, "cached|recompute|forward|minimal|absorbed|checkpoint|block",
              "What is kept", AXIS_WORD},
             {"s", "1", NULL, "[1,1000]", "checkpoint: every s-th layer's outputs are kept", AXIS_INTEGER},
             {"B", "1", NULL, "[1,1000000000]", "block: positions carried at once", AXIS_INTEGER}},
    .columns = "steps:16,sum:15,first_of_last:15,squares:15",
    .controls = "scores_doubled",
    .check = check,
    .cell = cell,
    .summarize = summarize,
};

int main(int argc, char **argv)
{
    return lab_main(&spec, argc, argv);
}
