/* Which keys does the code that came with the article use?
 *
 * Source: kexue.fm/archives/6853 and its code, github.com/bojone/attention, attention_keras.py. Its index
 * arithmetic (padding, reshaping into classes, windows taken out of the padded sequence) is followed here:
 * how often each pair is used, and how many zero keys of the padding each query uses when no sequence mask is
 * given. Finding: the window of the merged layer is dilated by its own rate, so that it holds no neighbour at
 * all: every pair lies in the residue class, those within k (k-1) twice. Atrous and local layers let zero
 * keys of weight e^0 in.
 */
#include <stdlib.h>
#include <string.h>

#include "sparse_cell.h"

static char *check(const struct lab_cell *cell)
{
    size_t k, n = (size_t)lab_integer(cell, "n");
    char *why = sparse_cell_size(cell, "k", 1, &k);
    if (!why && k > 1000000)
        return base_format("--k %zu: at most 1000000", k);
    if (!why && (double)n * (double)(n + 2 * k) > 1e11)
        return base_format("--n %zu with k = %zu: %.2g pairs to ask predicted, more than 1e11", n, k,
                           (double)n * (double)(n + 2 * k));
    return why;
}

static void cell(struct lab_cell *c)
{
    size_t n = (size_t)lab_integer(c, "n"), k;
    sparse_cell_size(c, "k", 1, &k);
    enum sparse_layer layer = lab_is(c, "layer", "atrous")  ? SPARSE_CODE_ATROUS
                              : lab_is(c, "layer", "local") ? SPARSE_CODE_LOCAL
                                                            : SPARSE_CODE_MERGED;
    size_t *times = base_alloc(n, sizeof *times);
    double distinct = 0, repeated = 0, off_class = 0, wanted = 0, unmet = 0, spurious = 0, first = 0;
    for (size_t i = 0; i < n; i++) {
        size_t padded = sparse_code_keys(layer, n, k, lab_control(c, "repaired"), i, times);
        if (!lab_control(c, "masked"))
            spurious += (double)padded;
        if (i == 0)
            first = (double)padded;
        for (size_t j = 0; j < n; j++) {
            size_t d = i > j ? i - j : j - i;
            int in_class = d % k == 0;
            int want = layer == SPARSE_CODE_ATROUS  ? in_class
                       : layer == SPARSE_CODE_LOCAL ? d <= k
                                                    : in_class || d < k;
            distinct += times[j] > 0;
            repeated += times[j] > 1;
            off_class += times[j] > 0 && !in_class;
            wanted += want;
            unmet += want && !times[j];
        }
    }
    free(times);
    lab_put(c, "rate", (double)k);
    lab_put(c, "wanted", wanted);
    lab_put(c, "distinct", distinct);
    lab_put(c, "twice", repeated);
    lab_put(c, "off_class", off_class);
    lab_put(c, "unmet", unmet);
    lab_put(c, "spurious", spurious);
    lab_put(c, "spurious_first", first);
    uint64_t closed = 0;
    if (layer == SPARSE_CODE_ATROUS)
        closed = (uint64_t)(k - n % k) * (n / k);
    else if (layer == SPARSE_CODE_LOCAL)
        closed = k < n ? (uint64_t)k * (k + 1) : 2 * (uint64_t)n * k - (uint64_t)n * (n - 1);
    if (layer != SPARSE_CODE_MERGED)
        lab_put(c, "spurious_formula", (double)closed);
}

static double value_at(const struct lab *lab, const char *n, const char *k, const char *layer,
                       const char *column)
{
    char *values = base_format("n=%s k=%s layer=%s", n, k, layer);
    long g = lab_find(lab, values);
    free(values);
    return g < 0 ? -1 : lab_value(lab, (size_t)g, column);
}

static void summarize(struct lab *lab)
{
    static const char *const rates[] = {"3", "4", "7"};
    for (int r = 0; r < 3; r++) {
        const char *k = rates[r];
        if (value_at(lab, "60", k, "sparse", "distinct") >= 0) {
            lab_measure(lab, value_at(lab, "60", k, "sparse", "distinct"), 0, 0, "distinct_60_%s", k);
            lab_measure(lab, value_at(lab, "60", k, "sparse", "twice"), 0, 0, "twice_60_%s", k);
            lab_measure(lab, value_at(lab, "60", k, "sparse", "unmet"), 0, 0, "unmet_60_%s", k);
        }
        if (r != 1 && value_at(lab, "60", k, "atrous", "spurious") >= 0)
            lab_measure(lab, value_at(lab, "60", k, "atrous", "spurious"), 0, 0, "spurious_atrous_60_%s", k);
    }
    double off_class = 0, not_atrous = 0, off = 0, seen = 0, right = 0;
    for (size_t g = 0; g < lab_groups(lab); g++) {
        const struct lab_cell *at = lab_group(lab, g);
        if (lab_is(at, "layer", "sparse")) {
            struct sparse_set set = {SPARSE_ATROUS, (size_t)lab_value(lab, g, "rate"), 1, 0};
            uint64_t pairs;
            sparse_count(&set, (size_t)lab_integer(at, "n"), &pairs);
            off_class += lab_value(lab, g, "off_class");
            not_atrous += lab_value(lab, g, "distinct") != (double)pairs;
            seen++;
        } else {
            double gap = lab_value(lab, g, "spurious") - lab_value(lab, g, "spurious_formula");
            off += gap < 0 ? -gap : gap;
            right += lab_value(lab, g, "unmet") + lab_value(lab, g, "twice");
        }
    }
    if (seen) {
        lab_measure(lab, off_class, 0, 0, "merged_off_class");
        lab_measure(lab, not_atrous, 0, 0, "merged_not_atrous");
    }
    lab_measure(lab, off, 0, 0, "spurious_gap");
    lab_measure(lab, right, 0, 0, "others_wrong");
}

static const struct lab_spec spec = {
    .name = "sparse/companion",
    .about = "Which keys does the code that came with the article use?",
    .axes = {{"n", "1,5,31,60,100,256", NULL, "[1,300000]", "Positions", AXIS_INTEGER},
             {"k", "1,2,3,4,7,16", NULL, SPARSE_SIZES,
              "Rate of the atrous and merged layers, half-width of the local one", AXIS_INTEGER},
             {"layer", "atrous,local,sparse", NULL, "atrous|local|sparse", "Layer", AXIS_WORD}},
    .columns = "rate:17,wanted:17,distinct:17,twice:17,off_class:17,unmet:17,spurious:17,spurious_formula:17,"
               "spurious_first:17",
    .controls = "repaired|masked",
    .check = check,
    .cell = cell,
    .summarize = summarize,
};

int main(int argc, char **argv)
{
    return lab_main(&spec, argc, argv);
}
