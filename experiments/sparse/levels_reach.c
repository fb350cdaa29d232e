/* Do p levels of strides, one layer each, reach every input?
 *
 * Source: arXiv 1904.10509, factorised attention asks for a path of at most p + 1 locations from every j to
 * every i >= j. The boolean product of the p levels (levels.c) is taken with bit-packed rows, in panels of
 * 4096 columns, up to n = 100000 in the full profile. Finding: nothing is missing, causal or not. A scheme
 * whose lower level stops one multiple short leaves holes.
 */
#include "sparse_cell.h"

static const double cost_most = 6e11;

static char *levels_of(const struct lab_cell *cell, struct sparse_set *set)
{
    size_t n = (size_t)lab_integer(cell, "n"), p = (size_t)lab_integer(cell, "p"), stride[SPARSE_LEVELS_MAX];
    int causal = (int)lab_integer(cell, "causal");
    sparse_levels_strides(p, n, causal, lab_is(cell, "strides", "best"), stride);
    sparse_levels(p, stride, n, causal, set);
    double cost = sparse_reach_cost(set, p, 1, n);
    if (cost > cost_most)
        return base_format("--n %zu with --p %zu: %.2g word operations predicted, more than %.2g", n, p, cost,
                           cost_most);
    return NULL;
}

static char *check(const struct lab_cell *cell)
{
    struct sparse_set set[SPARSE_LEVELS_MAX];
    return levels_of(cell, set);
}

static void cell(struct lab_cell *c)
{
    struct sparse_set set[SPARSE_LEVELS_MAX];
    size_t n = (size_t)lab_integer(c, "n"), p = (size_t)lab_integer(c, "p");
    levels_of(c, set);
    if (lab_control(c, "one_short") && set[0].c > 1)
        set[0].c = lab_integer(c, "causal") ? set[0].c - 1
                                            : set[0].c / 2; /* without causality half of it suffices */
    struct sparse_set reversed[SPARSE_LEVELS_MAX];
    for (size_t t = 0; t < p; t++)
        reversed[t] = set[p - 1 - t];
    struct sparse_reach up = sparse_reach(set, p, 1, 0, n, (int)lab_integer(c, "causal"), 0);
    lab_put(c, "missing", (double)up.missing);
    if (n <= 5000)
        lab_put(c, "missing_reversed",
                (double)sparse_reach(reversed, p, 1, 0, n, (int)lab_integer(c, "causal"), 0).missing);
    uint64_t pairs = 0, count;
    for (size_t t = 0; t < p; t++) {
        sparse_count(&set[t], n, &count);
        pairs += count;
    }
    sparse_cell_put_count(c, "pairs", pairs);
    sparse_cell_put_count(c, "reached", up.reached);
}

static void summarize(struct lab *lab)
{
    double missing = 0, reversed = 0;
    for (size_t g = 0; g < lab_groups(lab); g++) {
        double other = lab_value(lab, g, "missing_reversed");
        missing += lab_value(lab, g, "missing");
        reversed += other == other ? other : 0;
    }
    lab_measure(lab, missing, 0, 0, "missing");
    lab_measure(lab, reversed, 0, 0, "missing_reversed");
}

static const struct lab_spec spec = {
    .name = "sparse/levels_reach",
    .about = "Do p levels of strides, one layer each, reach every input?",
    .axes = {{"n", "30,1000,4096,20000,100000", "30,100,1000,2000", "[1,1000000]", "Positions", AXIS_INTEGER},
             {"p", "3,4", "2,3,4", "[1,8]", "Levels", AXIS_INTEGER},
             {"strides", "best", "equal,best", "equal|best", "n^(t/p), or those with the fewest pairs",
              AXIS_WORD},
             {"causal", "0,1", NULL, "[0,1]", "Keys j <= i alone?", AXIS_INTEGER}},
    .columns = "pairs,reached,missing:17,missing_reversed:17",
    .controls = "one_short",
    .check = check,
    .cell = cell,
    .summarize = summarize,
};

int main(int argc, char **argv)
{
    return lab_main(&spec, argc, argv);
}
