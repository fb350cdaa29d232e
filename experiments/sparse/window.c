/* How wide must the band below an atrous layer be?
 *
 * Source: kexue.fm/archives/6853, where a local layer of half-width k fills the holes of stride k. For each
 * (n, k) the smallest half-width w for which atrous times local has no zero is found by search over boolean
 * products; and the smallest for which none is missing among the inputs k <= j < n - k. Finding: k - 1 on a
 * finite sequence (output k - 1 sees input 0 through position k - 1 alone), floor(k/2) in the interior. With
 * floor(k/2) the missing pairs all lie at the edges.
 */
#include <string.h>

#include "sparse_cell.h"

static const double cost_most = 3e10;

static char *check(const struct lab_cell *cell)
{
    size_t n = (size_t)lab_integer(cell, "n"), k;
    char *why = sparse_cell_size(cell, "k", 1, &k);
    if (why)
        return why;
    struct sparse_set set[2] = {{SPARSE_ATROUS, k, 1, 0}, {SPARSE_LOCAL, k, 1, 0}};
    double cost = 12 * sparse_reach_cost(set, 2, 1, n); /* a search by halves, twice */
    if (cost > cost_most)
        return base_format("--n %zu with k = %zu: %.2g word operations predicted, more than %.2g", n, k, cost,
                           cost_most);
    return NULL;
}

/* What is missing with a band of half-width w; w = 0 is no band. */
static struct sparse_reach with_band(size_t n, size_t k, size_t w, size_t margin)
{
    struct sparse_set set[2] = {{SPARSE_ATROUS, k, 1, 0}, {SPARSE_LOCAL, w ? w : 1, 1, 0}};
    return sparse_reach(set, w ? 2 : 1, 1, 0, n, 0, margin);
}

/* The smallest half-width that leaves nothing missing, by bisection: what is missing shrinks as w grows. */
static size_t smallest(size_t n, size_t k, int interior)
{
    size_t low = 0, high = n;
    while (low < high) {
        size_t w = low + (high - low) / 2;
        struct sparse_reach reach = with_band(n, k, w, interior ? k : 0);
        if (interior ? reach.missing_interior : reach.missing)
            low = w + 1;
        else
            high = w;
    }
    return low;
}

static void cell(struct lab_cell *c)
{
    size_t n = (size_t)lab_integer(c, "n"), k;
    sparse_cell_size(c, "k", 1, &k);
    size_t reached =
        lab_control(c, "denser_stride") && k > 1 ? k - 1 : k; /* the atrous layer of another stride */
    size_t edge = k <= n ? k : n;
    lab_put(c, "stride", (double)k);
    lab_put(c, "smallest", (double)smallest(n, reached, 0));
    lab_put(c, "expected", (double)edge - 1);
    lab_put(c, "smallest_interior", (double)smallest(n, reached, 1));
    lab_put(c, "expected_interior", n > 2 * k ? (double)(k / 2) : 0);
    lab_put(c, "missing_k", (double)with_band(n, reached, k, 0).missing);
    lab_put(c, "missing_k_1", (double)with_band(n, reached, k - 1, 0).missing);
    lab_put(c, "missing_k_2", (double)with_band(n, reached, k > 1 ? k - 2 : 0, 0).missing);
    lab_put(c, "missing_half", (double)with_band(n, reached, k / 2, 0).missing);
    lab_put(c, "missing_half_interior", (double)with_band(n, reached, k / 2, k).missing_interior);
}

static void summarize(struct lab *lab)
{
    static const char *const at[] = {"n=64 k=4", "n=64 k=5", "n=100 k=8", "n=97 k=9", "n=200 k=16"};
    static const char *const names[] = {"64_4", "64_5", "100_8", "97_9", "200_16"};
    for (int i = 0; i < 5; i++) {
        long g = lab_find(lab, at[i]);
        if (g < 0)
            continue;
        lab_measure(lab, lab_value(lab, (size_t)g, "smallest"), 0, 0, "smallest_%s", names[i]);
        lab_measure(lab, lab_value(lab, (size_t)g, "smallest_interior"), 0, 0, "interior_%s", names[i]);
        if (i == 0 || i == 2 || i == 3)
            lab_measure(lab, lab_value(lab, (size_t)g, "missing_k_2"), 0, 0, "missing_k_2_%s", names[i]);
    }
    static const char *const half[] = {"n=64 k=8", "n=100 k=10"};
    for (int i = 0; i < 2; i++) {
        long g = lab_find(lab, half[i]);
        if (g >= 0)
            lab_measure(lab, lab_value(lab, (size_t)g, "missing_half"), 0, 0, "missing_half_%s",
                        i ? "100_10" : "64_8");
    }
    double off = 0, off_interior = 0, missing = 0;
    for (size_t g = 0; g < lab_groups(lab); g++) {
        off += lab_value(lab, g, "smallest") != lab_value(lab, g, "expected");
        off_interior += lab_value(lab, g, "smallest_interior") != lab_value(lab, g, "expected_interior");
        missing += lab_value(lab, g, "missing_half_interior") + lab_value(lab, g, "missing_k_1");
    }
    lab_measure(lab, off, 0, 0, "smallest_failures");
    lab_measure(lab, off_interior, 0, 0, "interior_failures");
    lab_measure(lab, missing, 0, 0, "missing_anywhere");
}

static const struct lab_spec spec = {
    .name = "sparse/window",
    .about = "How wide must the band below an atrous layer be?",
    .axes = {{"n", "1:40,64,97,100,200,300", "1:12,64,97,100,200", "[1,100000]", "Positions", AXIS_INTEGER},
             {"k", "1:10,13,16,17,31,50", "1:10,16", SPARSE_SIZES, "Stride", AXIS_INTEGER}},
    .columns = "stride:17,smallest:17,expected:17,smallest_interior:17,expected_interior:17,missing_k:17,"
               "missing_k_1:17,"
               "missing_k_2:17,missing_half:17,missing_half_interior:17",
    .controls = "denser_stride",
    .check = check,
    .cell = cell,
    .summarize = summarize,
};

int main(int argc, char **argv)
{
    return lab_main(&spec, argc, argv);
}
