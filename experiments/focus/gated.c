/* Decay times weights of the keys, a_j = l^(n-j) |eps_j|: do their concentrations multiply?
 *
 * Beyond kexue.fm/archives/9889, which treats decay and linear attention apart. E S^2 is a single integral
 * (focus_gated_squared); the product S_decay^2 (2/pi) is its limit for a long window (1+l)/(1-l).
 * Finding: the product is too small by the relative amount (1-l) (v1/2 - 4 v12/3 + v2), 0.952 (1-l) for
 * half-normal weights, to first order: with a short window fewer weights are averaged.
 */
#include <math.h>

#include "focus.h"
#include "lab.h"

static void cell(struct lab_cell *c)
{
    double l = lab_real(c, "lambda"), one = 0, two = 0, a = 1;
    long n = lab_integer(c, "n");
    for (long j = 0; j < n && a > 1e-20; j++, a *= l) {
        double y = a * fabs(rng_normal(lab_rng(c)));
        one += y;
        two += y * y;
    }
    lab_put(c, "tokens", one * one / two);
}

static void summarize(struct lab *lab)
{
    struct lab_table *table =
        lab_table(lab, NULL, "lambda:17,n,window,tokens,tokens_se,exact:10,bound:2,series:10,product:10");
    for (size_t i = 0; i < lab_groups(lab); i++) {
        const struct lab_cell *at = lab_group(lab, i);
        double l = lab_real(at, "lambda"), n = lab_real(at, "n"), S = focus_decay(l, n),
               product = S * S * M_2_PI;
        struct softmax_value exact = focus_gated_squared(l, n);
        if (lab_run_control(lab, "product"))
            exact.value = product;
        double series = focus_gated_squared_series(l, n);
        struct stats_mean tokens = lab_mean(lab, i, "tokens");
        lab_table_row(table, (double[]){l, n, (1 + l) / (1 - l), tokens.value, tokens.error, n * exact.value,
                                        n * exact.error, n * series, n * product});
        tokens.value = tokens.value / (n * exact.value) - 1;
        tokens.error /= n * exact.value;
        if (l != 0.9 && l != 0.99 && l != 0.999) /* the others are for the figure and the table */
            continue;
        lab_measure_mean(lab, tokens, "drawn_%g", l);
        lab_measure(lab, exact.value, exact.error, 0, "exact_%g", l);
        lab_measure(lab, product, 1e-15, 0, "product_%g", l);
        lab_measure(lab, (exact.value / product - 1) / (1 - l), exact.error / product / (1 - l), 0,
                    "correction_%g", l);
        lab_measure(lab, fabs(exact.value / series - 1) / ((1 - l) * (1 - l)), 1e-8, 0, "series_gap_%g", l);
    }
}

static const struct lab_spec spec = {
    .name = "focus/gated",
    .about = "Do the concentrations of a decay and of the keys' weights multiply?",
    .axes =
        {
            {"lambda", "0.5,0.7,0.8,0.9,0.95,0.98,0.99,0.999", "0.9,0.99,0.999", "(0,1)", "Factor a step",
             AXIS_REAL},
            {"n", "20000", NULL, "[1,1e8]", "Length", AXIS_INTEGER},
            {"replicate", "0:9999", "0:1999", "[0,inf)", "Replicate", AXIS_INTEGER},
        },
    .columns = "tokens",
    .fold = "replicate",
    .controls = "product",
    .cell = cell,
    .summarize = summarize,
};

int main(int argc, char **argv)
{
    return lab_main(&spec, argc, argv);
}
