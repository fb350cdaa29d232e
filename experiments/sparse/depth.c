/* How many layers of one pattern until everything is reached?
 *
 * Source: kexue.fm/archives/6853: a local layer loses long distances, atrous and merged ones keep them. A
 * layer is repeated until the boolean product no longer grows, or --depth layers; a row of the table for
 * every depth. Finding: local layers need ceil((n-1)/k), any number of atrous layers leaves min(k, n) classes
 * apart, two merged layers reach all.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "sparse_cell.h"

static const double cost_most = 3e11;

static char *check(const struct lab_cell *cell)
{
    struct sparse_set set;
    char *why = sparse_cell_set(cell, &set);
    size_t n = (size_t)lab_integer(cell, "n"), depth = (size_t)lab_integer(cell, "depth");
    double cost = why ? 0 : sparse_reach_cost(&set, 1, 1, n) * (double)(depth < n ? depth : n);
    if (cost > cost_most)
        return base_format("--n %zu with --depth %zu: %.2g word operations predicted, more than %.2g", n,
                           depth, cost, cost_most);
    return why;
}

/* Connected components of a symmetric pattern's reach: rows that differ. */
static size_t components(const struct sparse_panel *all)
{
    size_t count = 0;
    for (size_t i = 0; i < all->n; i++) {
        size_t first = 0;
        while (!sparse_panel_get(all, i, first))
            first++;
        count += first == i; /* i is the least of its component */
    }
    return count;
}

static void cell(struct lab_cell *c)
{
    size_t n = (size_t)lab_integer(c, "n"), words = (n + 63) / 64;
    struct sparse_set set;
    sparse_cell_set(c, &set);
    int causal = set.causal;
    if (lab_control(c, "one_sided") && set.kind == SPARSE_LOCAL)
        set.k = set.k > 1 ? set.k / 2 : 1; /* k keys in all, half of them on each side */
    if (lab_control(c, "off_by_one") && set.kind == SPARSE_ATROUS)
        set = (struct sparse_set){SPARSE_MERGED, set.k, 1, causal};
    if (lab_control(c, "no_band") && set.kind == SPARSE_MERGED)
        set.kind = SPARSE_ATROUS;
    struct sparse_panel in = sparse_panel_new(n, 0, words), out = sparse_panel_new(n, 0, words);
    sparse_panel_identity(&in);
    double ends = -1, full = -1;
    uint64_t before = n, wanted = causal ? (uint64_t)n * (n + 1) / 2 : (uint64_t)n * n;
    for (size_t depth = 1; depth <= (size_t)lab_integer(c, "depth"); depth++) {
        sparse_panel_apply(&set, 0, &in, &out);
        uint64_t *swap = in.bit, reached = 0;
        in.bit = out.bit;
        out.bit = swap;
        for (size_t w = 0; w < n * words; w++)
            reached += (uint64_t)__builtin_popcountll(in.bit[w]);
        if (ends < 0 && sparse_panel_get(&in, 0, n - 1))
            ends = (double)depth;
        if (full < 0 && reached == wanted)
            full = (double)depth;
        if (depth > 1)
            lab_next_row(c);
        lab_put(c, "layers", (double)depth);
        lab_put(c, "missing_pairs", (double)(wanted - reached));
        lab_put(c, "missing_share", (double)(wanted - reached) / (double)wanted);
        if (reached == wanted || reached == before || depth == (size_t)lab_integer(c, "depth")) {
            lab_put(c, "ends_after", ends); /* -1: never */
            lab_put(c, "full_after", full);
            if (!causal)
                lab_put(c, "components", (double)components(&in));
            break;
        }
        before = reached;
    }
    sparse_panel_free(&in);
    sparse_panel_free(&out);
}

/* The value in the last row of the cell, where it is put. */
static double last(const struct lab *lab, size_t g, const char *column)
{
    size_t count;
    const double *x = lab_column(lab, g, column, &count);
    return count ? x[count - 1] : NAN;
}

static void summarize(struct lab *lab)
{
    long local_off = 0, local_seen = 0, classes_off = 0, classes_seen = 0, merged = 0, merged_seen = 0;
    for (size_t g = 0; g < lab_groups(lab); g++) {
        const struct lab_cell *at = lab_group(lab, g);
        struct sparse_set set;
        char *why = sparse_cell_set(at, &set);
        free(why);
        long n = lab_integer(at, "n"), k = (long)set.k;
        if (set.causal || lab_integer(at, "depth") < n)
            continue;
        if (lab_is(at, "pattern", "local")) {
            long needed = n > 1 ? (n - 1 + k - 1) / k : 1;
            local_off +=
                last(lab, g, "ends_after") != (double)needed || last(lab, g, "full_after") != (double)needed;
            local_seen++;
        } else if (lab_is(at, "pattern", "atrous")) {
            classes_off += last(lab, g, "components") != (double)(k < n ? k : n);
            classes_seen++;
        } else if (lab_is(at, "pattern", "sparse")) {
            double full = last(lab, g, "full_after");
            merged += !(full == 1 || full == 2);
            merged_seen++;
        }
    }
    if (local_seen)
        lab_measure(lab, (double)local_off, 0, 0, "local_failures");
    if (classes_seen)
        lab_measure(lab, (double)classes_off, 0, 0, "classes_failures");
    if (merged_seen)
        lab_measure(lab, (double)merged, 0, 0, "merged_failures");
    static const char *const at[] = {"n=100 k=3 pattern=local causal=0", "n=64 k=8 pattern=local causal=0"};
    for (int i = 0; i < 2; i++) {
        long g = lab_find(lab, at[i]);
        if (g >= 0)
            lab_measure(lab, last(lab, (size_t)g, "ends_after"), 0, 0, "local_%s", i ? "64_8" : "100_3");
    }
}

static const struct lab_spec spec = {
    .name = "sparse/depth",
    .about = "How many layers of one pattern until everything is reached?",
    .axes = {{"n", "1,2,17,64,100,256", "1,2,17,64,100", "[1,100000]", "Positions", AXIS_INTEGER},
             {"k", "1,2,3,8,opt", NULL, SPARSE_SIZES, "Stride or half-width", AXIS_INTEGER},
             {"l", "k", NULL, SPARSE_SIZES, "Stride of the heads of arXiv 1904.10509", AXIS_INTEGER},
             {"c", "1", NULL, SPARSE_SIZES, "Summary width of the fixed heads, at most l", AXIS_INTEGER},
             {"pattern", "atrous,local,sparse,fixed", NULL,
              "dense|atrous|local|sparse|strided1|strided2|strided|fixed1|fixed", "Pattern of every layer",
              AXIS_WORD},
             {"causal", "0,1", NULL, "[0,1]", "Keys j <= i alone?", AXIS_INTEGER},
             {"depth", "1000", NULL, "[1,1000000]", "Layers at most", AXIS_INTEGER}},
    .columns = "layers:17,missing_pairs:17,missing_share,ends_after:17,full_after:17,components:17",
    .controls = "one_sided|off_by_one|no_band",
    .check = check,
    .cell = cell,
    .summarize = summarize,
};

int main(int argc, char **argv)
{
    return lab_main(&spec, argc, argv);
}
