/* Does attention keep its focus on one key when more and more others join?
 *
 * Source: kexue.fm/archives/8823 and 9588 want the focus of attention to survive as the number n of keys
 * grows, by a factor log n / log 512. We make that measurable: one key, the needle, has the score c, the
 * n - 1 others are random; p is the weight of the needle. E p is computed exactly, drawn, and estimated by
 * 1/(1 + (n-1) e^(a^2/2 - a c)). The estimate does not move with n to first order when
 * d a / d log n = 1/(c - a): with a = log n / log 512 so at n = 512 for c = 1 + log 512, the default.
 *
 * Finding: with a fixed coefficient the odds of the needle fall like 1/n; with log n / log 512 its weight
 * stays, from 64 to 32768 keys, between 0.57 and 0.63. The factor does what it is meant for, although it does
 * not keep the entropy.
 */
#include <math.h>
#include <stdlib.h>

#include "attention.h"
#include "lab.h"

static double estimate(double n, double a, double c, double square)
{
    return 1 / (1 + (n - 1) * exp(square * a * a / 2 - a * c));
}

static void cell(struct lab_cell *cell)
{
    double n = lab_real(cell, "n"), head_dim = lab_real(cell, "head_dim"), c = lab_real(cell, "needle");
    struct attention_scores scores = attention_scores_of(lab_word(cell, "scores"), head_dim);
    double a = attention_coefficient(lab_word(cell, "rule"), &scores, n, head_dim, lab_real(cell, "entropy"));
    struct softmax_mean mean = attention_mean(&scores, n, a, lab_control(cell, "level") ? c - 1 : c);
    lab_put(cell, "a", a);
    lab_put(cell, "exact", mean.needle.value);
    lab_put(cell, "exact_error", mean.needle.error);
    lab_put(cell, "estimate", estimate(n, a, c, lab_control(cell, "full_square") ? 2 : 1));

    long draws = lab_integer(cell, "draws");
    if (n > lab_real(cell, "drawn_to"))
        return;
    size_t count = (size_t)n;
    double *s = base_alloc(count, sizeof *s);
    for (long k = 0; k < draws; k++) {
        struct softmax_row row;
        if (k)
            lab_next_row(cell);
        attention_draw(&scores, lab_rng(cell), s, count - 1);
        s[count - 1] = c;
        softmax_row(s, count, a, &row);
        double weight = exp(a * c - row.log_z);
        lab_put(cell, "weight", weight);
        lab_put(cell, "difference", weight - mean.needle.value);
    }
    free(s);
}

static double logit(double p)
{
    return log(p / (1 - p));
}

/* d E p* / d log n at n = 512 under log n / log 512 (n need not be whole there). */
static double slope_at_512(double c)
{
    struct attention_scores scores = attention_scores_of("gauss", 64);
    double p[2], h = 1e-3;
    for (int i = 0; i < 2; i++) {
        double n = 512 * exp(i ? h : -h);
        p[i] = attention_mean(&scores, n, attention_coefficient("log512", &scores, n, 64, 3), c).needle.value;
    }
    return (p[1] - p[0]) / (2 * h);
}

static void summarize(struct lab *lab)
{
    struct lab_table *table =
        lab_table(lab, NULL, "scores,head_dim,needle,rule,n,a,exact,exact_error,estimate,weight,weight_se,"
                             "difference,difference_se,draws");
    for (size_t g = 0; g < lab_groups(lab); g++) {
        const struct lab_cell *c = lab_group(lab, g);
        struct stats_mean weight = lab_mean(lab, g, "weight"), difference = lab_mean(lab, g, "difference");
        struct attention_number numbers[] = {{lab_value(lab, g, "a"), 10},
                                             {lab_value(lab, g, "exact"), 10},
                                             {lab_value(lab, g, "exact_error"), 3},
                                             {lab_value(lab, g, "estimate"), 10},
                                             {weight.value, 10},
                                             {weight.error, 4},
                                             {difference.value, 6},
                                             {difference.error, 4},
                                             {(double)weight.count, 10}};
        attention_row(table, c, "scores head_dim needle rule n", numbers, 9);
    }
    static const double sizes[] = {64, 512, 2048, 8192, 32768};
    static const char *const rules[] = {"one", "log512"};
    double c = 1 + log(512), p[2][5];
    for (int r = 0; r < 2; r++)
        for (int i = 0; i < 5; i++) {
            char *values = base_format("scores=gauss needle=%.16g rule=%s n=%.0f", c, rules[r], sizes[i]);
            long g = lab_find(lab, values);
            free(values);
            p[r][i] = NAN;
            if (g < 0)
                continue;
            p[r][i] = lab_value(lab, (size_t)g, "exact");
            double error = lab_value(lab, (size_t)g, "exact_error");
            double ratio = lab_value(lab, (size_t)g, "estimate") / p[r][i];
            lab_measure(lab, p[r][i], error, 0, "weight_%s_%.0f", rules[r], sizes[i]);
            lab_measure(lab, ratio, 1e-10, 0, "estimate_ratio_%s_%.0f", rules[r], sizes[i]);
            struct stats_mean difference = lab_mean(lab, (size_t)g, "difference");
            if (difference.count > 1)
                lab_measure_mean(lab, difference, "difference_%s_%.0f", rules[r], sizes[i]);
        }
    /* under a = 1 the odds fall like 1/n */
    if (!isnan(p[0][3] + p[0][4]))
        lab_measure(lab, (logit(p[0][4]) - logit(p[0][3])) / log(sizes[4] / sizes[3]), 1e-10, 0,
                    "logit_slope_one");
    lab_measure(lab, slope_at_512(lab_run_control(lab, "level") ? c - 1 : c), 1e-8, 0, "slope_log512_512");
}

static const struct lab_spec spec = {
    .name = "jl/needle",
    .about = "the weight of one key of score c among n - 1 random ones: exact, estimated, drawn",
    .axes = {{"scores", "gauss", NULL, ATTENTION_SCORES, "law of the other scores (variance 1)", AXIS_WORD},
             {"head_dim", "64", NULL, "[2,1e6]", "head dimension: for sphere, ei024", AXIS_INTEGER},
             {"entropy", "3", NULL, "(0,inf)", "of the rule const, without the needle, nats", AXIS_REAL},
             {"needle", "7.238324625039508", NULL, "[-1e4,1e4]", "its score (1 + log 512)", AXIS_REAL},
             {"rule", "one,sqrtlog,log512,ln", NULL, ATTENTION_RULES, "coefficient a of n", AXIS_WORD},
             {"n", "16,64,128,256,512,1024,2048,4096,8192,16384,32768,65536", "64,512,2048,8192,32768",
              "[1,1e15]", "keys, the needle among them", AXIS_INTEGER},
             {"drawn_to", "65536", NULL, "[0,1e9]", "largest n at which rows are drawn too", AXIS_INTEGER},
             {"draws", "100", NULL, "[1,1e7]", "rows drawn in a replicate", AXIS_INTEGER},
             {"replicate", "0:7", "0:1", "[0,inf)", "independent repetitions", AXIS_INTEGER}},
    .columns = "a,exact:15,exact_error:3,estimate:15,weight,difference",
    .fold = "replicate",
    .controls = "level|full_square",
    .cell = cell,
    .summarize = summarize,
};

int main(int argc, char **argv)
{
    return lab_main(&spec, argc, argv);
}
