/* Do the closed forms of the counts hold for every n and k, not only for nice ones?
 *
 * Source: kexue.fm/archives/6853, the three patterns; arXiv 1904.10509, the fixed heads. For each n every
 * stride from 1 to n + 2 (and several summary widths) is counted by brute force and by formula. On the way:
 * n^2/k is met exactly if and only if k divides n and never undercut; (2k+1) n exceeds the local count by k
 * (k+1); a causal count is half of the bidirectional one plus n. Finding: all hold; the last not for the
 * fixed summary columns, which are not symmetric.
 */
#include <stdlib.h>

#include "sparse_cell.h"

static void cell(struct lab_cell *c)
{
    size_t n = (size_t)lab_integer(c, "n");
    const char *word = lab_word(c, "pattern");
    double cases = 0, gap = 0, unhalved = 0, equality = 0, below = 0, shortage = 0;
    for (size_t k = 1; k <= n + 2; k++) {
        struct sparse_set set;
        sparse_set_named(word, k, k, k, 0, &set);
        size_t step = set.kind >= SPARSE_FIXED1 && k > 2 ? (k - 1) / 2 : k;
        for (size_t width = k; width >= 1 && width <= k;
             width -= step) { /* k, about k/2, about 1; else k alone */
            uint64_t formula[2], brute[2];
            for (int causal = 0; causal < 2; causal++) {
                sparse_set_named(word, k, k, width, causal, &set);
                sparse_count(&set, n, &formula[causal]);
                brute[causal] = sparse_count_brute(&set, n);
                if (lab_control(c, "no_edges") && set.kind == SPARSE_LOCAL && !causal)
                    formula[0] = n * (2 * k + 1);
                if (lab_control(c, "full_columns") && set.kind == SPARSE_ATROUS)
                    formula[causal] = n * n / k;
                if (lab_control(c, "overlap_twice") && set.kind == SPARSE_MERGED)
                    formula[causal] += k < n ? n + (n - k) * (causal ? 1 : 2) : n;
                double off = (double)(formula[causal] > brute[causal] ? formula[causal] - brute[causal]
                                                                      : brute[causal] - formula[causal]);
                gap = off > gap ? off : gap;
                cases++;
            }
            uint64_t half = lab_control(c, "plain_half") ? brute[0] / 2 : (brute[0] + n) / 2;
            unhalved += half != brute[1];
            if (set.kind == SPARSE_ATROUS) {
                equality += (brute[0] * k == n * n) != (n % k == 0);
                below += brute[0] * k < n * n;
            }
            if (set.kind == SPARSE_LOCAL && k < n) {
                uint64_t claimed = n * (lab_control(c, "one_sided") ? k + 1 : 2 * k + 1);
                shortage += claimed - brute[0] != k * (k + 1);
            }
        }
    }
    lab_put(c, "cases", cases);
    lab_put(c, "gap", gap);
    lab_put(c, "unhalved", unhalved);
    lab_put(c, "equality", equality);
    lab_put(c, "below", below);
    lab_put(c, "shortage", shortage);
}

/* The sum of a column over all n of a pattern; worst: the largest. */
static double total(const struct lab *lab, const char *pattern, const char *column, int worst)
{
    double sum = 0;
    for (size_t g = 0; g < lab_groups(lab); g++) {
        if (!lab_is(lab_group(lab, g), "pattern", pattern))
            continue;
        double x = lab_value(lab, g, column);
        sum = worst ? (x > sum ? x : sum) : sum + x;
    }
    return sum;
}

static void summarize(struct lab *lab)
{
    const struct axis_values *patterns = lab_axis_values(lab, "pattern");
    for (size_t p = 0; p < patterns->count; p++) {
        const char *word = patterns->text[p];
        struct sparse_set set;
        sparse_set_named(word, 2, 2, 1, 0, &set);
        lab_measure(lab, total(lab, word, "gap", 1), 0, 0, "gap_%s", word);
        if (set.kind != SPARSE_FIXED2 && set.kind != SPARSE_FIXED)
            lab_measure(lab, total(lab, word, "unhalved", 0), 0, 0, "unhalved_%s", word);
        else
            lab_measure(lab, total(lab, word, "unhalved", 0) > 0, 0, 0, "unsymmetric_%s", word);
        if (set.kind == SPARSE_ATROUS && *word == 'a') {
            lab_measure(lab, total(lab, word, "equality", 0), 0, 0, "equality_failures");
            lab_measure(lab, total(lab, word, "below", 0), 0, 0, "below_n2_over_k");
        }
        if (set.kind == SPARSE_LOCAL && *word == 'l')
            lab_measure(lab, total(lab, word, "shortage", 0), 0, 0, "shortage_failures");
    }
}

static const struct lab_spec spec = {
    .name = "sparse/formulas",
    .about = "Do the closed forms of the counts hold for every n and k?",
    .axes = {{"n", "1:96", "1:40", "[1,2000]", "Positions; every stride to n + 2 is tried", AXIS_INTEGER},
             {"pattern", "dense,atrous,local,sparse,fixed1,fixed2,fixed", NULL,
              "dense|atrous|local|sparse|strided1|strided2|strided|fixed1|fixed2|fixed", "Pattern",
              AXIS_WORD}},
    .columns = "cases,gap:17,unhalved,equality,below,shortage",
    .controls = "no_edges|full_columns|overlap_twice|plain_half|one_sided",
    .cell = cell,
    .summarize = summarize,
};

int main(int argc, char **argv)
{
    return lab_main(&spec, argc, argv);
}
