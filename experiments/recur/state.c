/* How large is the fixed state of a large model that reads its text again?
 *
 * Source: kexue.fm/archives/10017: as a recurrence, attention has a state of at least 2 hidden_size
 * num_layers numbers, for Llama2-70B 80 layers x 8192 = 640K, times 2 about 1M. Here are the designs of
 * recur.h at that size.
 * Finding: 1310720 numbers, 1.25 times 2^20; as many as the keys and values of one token.
 */
#include <math.h>
#include <stdlib.h>

#include "lab.h"
#include "recur.h"

static double numbers_of(enum recur_mode mode, uint64_t layers, uint64_t n, uint64_t d)
{
    struct recur_shape shape = {mode, layers, n, 1, 1};
    mpz_t numbers;
    mpz_init(numbers);
    recur_numbers(numbers, &shape, d);
    double value = mpz_get_d(numbers);
    mpz_clear(numbers);
    return value;
}

static void cell(struct lab_cell *cell)
{
    uint64_t layers = (uint64_t)lab_integer(cell, "layers"), d = (uint64_t)lab_integer(cell, "hidden");
    uint64_t n = (uint64_t)lab_integer(cell, "n");
    if (lab_control(cell, "layers_shared")) /* one state for all layers, which nested scans would overwrite */
        layers = 1;
    double vectors = 2 * (double)layers * (double)d;
    /* what a cache grows by with each token; its working state does not grow */
    double token = numbers_of(RECUR_CACHED, (uint64_t)lab_integer(cell, "layers"), 2, d) -
                   numbers_of(RECUR_CACHED, (uint64_t)lab_integer(cell, "layers"), 1, d);
    lab_put(cell, "two_vectors", vectors);
    lab_put(cell, "minimal", numbers_of(RECUR_MINIMAL, layers, 1, d));
    lab_put(cell, "absorbed", numbers_of(RECUR_ABSORBED, layers, 1, d));
    lab_put(cell, "recompute", numbers_of(RECUR_RECOMPUTE, layers, 1, d));
    lab_put(cell, "cached", numbers_of(RECUR_CACHED, (uint64_t)lab_integer(cell, "layers"), n, d));
    lab_put(cell, "tokens_of_cache", vectors / token);
}

static void summarize(struct lab *lab)
{
    long g = lab_find(lab, "layers=80 hidden=8192");
    if (g < 0)
        return;
    static const char *const columns[] = {"two_vectors", "minimal", "absorbed", "recompute",
                                          "tokens_of_cache"};
    for (size_t i = 0; i < sizeof columns / sizeof *columns; i++)
        lab_measure(lab, lab_value(lab, (size_t)g, columns[i]), 0, 0, "%s", columns[i]);
    double vectors = lab_value(lab, (size_t)g, "two_vectors");
    lab_measure(lab, vectors / 1048576, 0, 0, "two_vectors_mebi");
    lab_measure(lab, vectors / 1e6, 0, 0, "two_vectors_million");
}

static const struct lab_spec spec = {
    .name = "recur/state",
    .about = "How large is the fixed state of a large model that reads its text again?",
    .axes = {{"layers", "32,80", NULL, "[1,1000000]", "Layers", AXIS_INTEGER},
             {"hidden", "4096,8192", NULL, "[1,1000000000]", "Dimension", AXIS_INTEGER},
             {"n", "1,4096", NULL, "[1,1000000000]", "Positions, for the cache", AXIS_INTEGER}},
    .columns = "two_vectors:16,minimal:16,absorbed:16,recompute:16,cached:16,tokens_of_cache",
    .controls = "layers_shared",
    .cell = cell,
    .summarize = summarize,
};

int main(int argc, char **argv)
{
    return lab_main(&spec, argc, argv);
}
