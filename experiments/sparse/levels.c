/* How many pairs do schemes with p strides need, and from what length on do three levels beat two?
 *
 * Source: arXiv 1904.10509, factorised attention of effort O(n n^(1/p)); background kexue.fm/archives/6853.
 * Level t of p holds the multiples of b_t below b_{t+1} (b_0 = 1, the last without end), so that i - j
 * written in the mixed radix of the b is walked digit by digit. The pairs of all levels are added, for b_t =
 * n^(t/p) and for the best strides, found by search. Finding: with n = m^p the causal levels hold (p - 1/2)
 * n^(1+1/p) + m/2 pairs, not p n^(1+1/p). Three levels win from n = 24 on (causal; the continuous estimate is
 * 2 (3/2)^6 = 22.8), without causality from 13.
 */
#include <math.h>
#include <stdlib.h>

#include "sparse_cell.h"

static const double tries_most = 3e8;

static char *check(const struct lab_cell *cell)
{
    double n = lab_real(cell, "n"), p = lab_real(cell, "p");
    double tries = lab_is(cell, "strides", "best") ? pow(4 * pow(n, 1 / p) + 4, p - 1) : 1;
    if (tries > tries_most)
        return base_format(
            "--n %.0f with --p %.0f: %.2g strides to try predicted, more than %.2g; take --strides equal", n,
            p, tries, tries_most);
    return NULL;
}

static void cell(struct lab_cell *c)
{
    size_t n = (size_t)lab_integer(c, "n"), p = (size_t)lab_integer(c, "p"), stride[SPARSE_LEVELS_MAX];
    int causal = (int)lab_integer(c, "causal");
    uint64_t pairs = sparse_levels_strides(p, n, causal, lab_is(c, "strides", "best"), stride);
    if (lab_control(c, "whole_rows")) { /* every row as long as the longest: no edges */
        struct sparse_set set[SPARSE_LEVELS_MAX];
        sparse_levels(p, stride, n, causal, set);
        pairs = 0;
        for (size_t t = 0; t < p; t++)
            pairs += n * (t + 1 < p || !causal ? set[t].c : (n - 1) / stride[t] + 1) * (causal ? 1 : 2);
    }
    sparse_cell_put_count(c, "pairs", pairs);
    lab_put(c, "ratio", (double)pairs / pow((double)n, 1 + 1 / (double)p));
    lab_put(c, "per_position", (double)pairs / (double)n);
    char *text = base_format("%zu", stride[0]);
    for (size_t t = 1; t < p; t++) {
        char *longer = base_format("%s/%zu", text, stride[t]);
        free(text);
        text = longer;
    }
    lab_put_text(c, "chosen", text);
    free(text);
}

static const char *pairs_at(const struct lab *lab, const char *n, int p, const char *strides, int causal)
{
    char *values = base_format("n=%s p=%d strides=%s causal=%d", n, p, strides, causal);
    long g = lab_find(lab, values);
    free(values);
    return g < 0 ? NULL : lab_text(lab, (size_t)g, "pairs");
}

static void summarize(struct lab *lab)
{
    for (int p = 2; p <= 4; p++)
        if (pairs_at(lab, "4096", p, "equal", 1))
            lab_measure_text(lab, pairs_at(lab, "4096", p, "equal", 1), "equal_4096_%d", p);
    const struct axis_values *sizes = lab_axis_values(lab, "n");
    for (int causal = 0; causal < 2; causal++) { /* the last n at which three levels do not win */
        double last = 0, above = 0;
        for (size_t i = 0; i < sizes->count; i++) {
            const char *two = pairs_at(lab, sizes->text[i], 2, "best", causal);
            const char *three = pairs_at(lab, sizes->text[i], 3, "best", causal);
            double n = strtod(sizes->text[i], NULL);
            if (!two || !three)
                continue;
            if (strtod(three, NULL) >= strtod(two, NULL))
                last = fmax(last, n);
            above = fmax(above, n);
        }
        if (above >= 60)
            lab_measure(lab, last, 0, 0, "last_two_%s", causal ? "causal" : "both");
    }
    for (int p = 2; p <= 3; p++) { /* the constants of the continuous optimum */
        long g = lab_find(lab, p == 2 ? "n=1000000 p=2 strides=best causal=1"
                                      : "n=1000000 p=3 strides=best causal=1");
        if (g >= 0)
            lab_measure(lab, lab_value(lab, (size_t)g, "ratio"), 0, 0, "best_ratio_%d", p);
    }
}

static const struct lab_spec spec = {
    .name = "sparse/levels",
    .about = "How many pairs do schemes with p strides need?",
    .axes = {{"n", "2:80,128,256,512,1024,4096,16384,100000,1000000", "2:60,4096,1000000", "[1,1e12]",
              "Positions", AXIS_INTEGER},
             {"p", "1:4", NULL, "[1,8]", "Levels", AXIS_INTEGER},
             {"strides", "equal,best", NULL, "equal|best", "n^(t/p), or those with the fewest pairs",
              AXIS_WORD},
             {"causal", "0,1", NULL, "[0,1]", "Keys j <= i alone?", AXIS_INTEGER}},
    .columns = "pairs,ratio,per_position,chosen",
    .controls = "whole_rows",
    .check = check,
    .cell = cell,
    .summarize = summarize,
};

int main(int argc, char **argv)
{
    return lab_main(&spec, argc, argv);
}
