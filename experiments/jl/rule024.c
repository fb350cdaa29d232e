/* Does lambda = log n / (0.24 d) keep the entropy of attention still when keys live on a sphere?
 *
 * Source: kexue.fm/archives/8823 estimates H ~ log n + h(d, lambda d) with h ~ -0.24 lambda d (7695) and so
 * comes to lambda = log n / (0.24 d); the scores are lambda <q, k> with |q| = |k| = sqrt(d), that is
 * lambda d cos.
 * The law of cos is known, so E H is computed without sampling at any n; drawn rows are held against it, and
 * so is the estimate log n + h with the exact h.
 *
 * Finding: the estimate behind the rule is wrong there (with its own h the formula falls), yet the rule does
 * nearly hold the true mean entropy still: at d = 64 from n = 512 on, at d = 128 from about n = 10000. Where
 * n is so large that the end of the law at cos = 1 is felt, constant entropy asks for lambda ~ n^(2/(d-1)).
 */
#include <math.h>
#include <stdlib.h>

#include "attention.h"
#include "jl.h"
#include "lab.h"

static void cell(struct lab_cell *cell)
{
    double n = lab_real(cell, "n"), d = lab_real(cell, "head_dim");
    struct attention_scores scores = attention_scores_of("sphere", d);
    const char *rule = lab_control(cell, "plain") ? "one" : lab_word(cell, "rule");
    double a = attention_coefficient(rule, &scores, n, d, lab_real(cell, "entropy")), error;
    struct softmax_mean mean = attention_mean(&scores, n, a, NAN);
    lab_put(cell, "a", a);
    lab_put(cell, "exact", mean.entropy.value);
    lab_put(cell, "exact_error", mean.entropy.error);
    lab_put(cell, "formula", log(n) + jl_sphere_entropy(d, a * sqrt(d), &error));
    lab_put(cell, "formula_error", error);

    long draws = lab_integer(cell, "draws");
    if (n > lab_real(cell, "drawn_to"))
        return;
    size_t count = (size_t)n;
    double *s = base_alloc(count, sizeof *s), stretch = lab_control(cell, "wide") ? sqrt(2) : 1;
    for (long k = 0; k < draws; k++) {
        struct softmax_row row;
        if (k)
            lab_next_row(cell);
        attention_draw(&scores, lab_rng(cell), s, count);
        softmax_row(s, count, a * stretch, &row);
        lab_put(cell, "entropy_drawn", row.entropy);
        lab_put(cell, "difference", row.entropy - mean.entropy.value);
    }
    free(s);
}

static void measure(struct lab *lab, size_t g, const char *column, const char *name)
{
    const struct lab_cell *c = lab_group(lab, g);
    char *error = base_format("%s_error", column);
    lab_measure(lab, lab_value(lab, g, column), lab_value(lab, g, error), 0, "%s_%s_%ld_%.0f", name,
                lab_word(c, "rule"), lab_integer(c, "head_dim"), lab_real(c, "n"));
    free(error);
}

/* What n is to be measured at: those of the tables. */
static int in_table(double n, double d, const char *column)
{
    static const double exact64[] = {16, 64, 256, 512, 1024, 4096, 16384, 65536, 1e6};
    static const double both128[] = {64, 512, 4096, 65536, 1e6};
    const double *sizes = d == 64 ? exact64 : both128;
    int count = d == 64 ? 9 : 5;
    if (d != 64 && d != 128)
        return 0;
    for (int i = 0; i < count - (column[0] == 'f'); i++)
        if (n == sizes[i])
            return 1;
    return 0;
}

static void measure_growth(struct lab *lab, const char *rule, long d, double n, double m)
{
    char *from = base_format("rule=%s head_dim=%ld n=%.0f", rule, d, n);
    char *to = base_format("rule=%s head_dim=%ld n=%.0f", rule, d, m);
    long g = lab_find(lab, from), h = lab_find(lab, to);
    free(from);
    free(to);
    if (g < 0 || h < 0)
        return;
    double rise = lab_value(lab, (size_t)h, "exact") - lab_value(lab, (size_t)g, "exact");
    lab_measure(lab, rise / log(m / n), 1e-11, 0, "growth_%s_%ld_%.0f", rule, d, n);
}

/* d log a / d log n of the coefficient that holds E H at `entropy`, between n and 8 n. The control exponent
 * has (d-2)/2 for (d-3)/2 in the density of cos: a sphere of one more dimension. */
static double exponent(double d, double n, double entropy)
{
    struct attention_scores scores = attention_scores_of("sphere", d);
    double a = attention_coefficient("const", &scores, n, d, entropy);
    double b = attention_coefficient("const", &scores, 8 * n, d, entropy);
    return log(b / a) / log(8);
}

static void summarize(struct lab *lab)
{
    struct lab_table *table =
        lab_table(lab, NULL, "head_dim,rule,n,a,exact,exact_error,formula,drawn,drawn_se,difference,"
                             "difference_se,draws");
    for (size_t g = 0; g < lab_groups(lab); g++) {
        const struct lab_cell *c = lab_group(lab, g);
        double n = lab_real(c, "n"), d = lab_real(c, "head_dim");
        struct stats_mean drawn = lab_mean(lab, g, "entropy_drawn");
        struct stats_mean difference = lab_mean(lab, g, "difference");
        struct attention_number numbers[] = {{lab_value(lab, g, "a"), 10},
                                             {lab_value(lab, g, "exact"), 10},
                                             {lab_value(lab, g, "exact_error"), 3},
                                             {lab_value(lab, g, "formula"), 10},
                                             {drawn.value, 10},
                                             {drawn.error, 4},
                                             {difference.value, 6},
                                             {difference.error, 4},
                                             {(double)drawn.count, 10}};
        attention_row(table, c, "head_dim rule n", numbers, 9);

        if (lab_is(c, "rule", "ei024")) {
            if (in_table(n, d, "exact"))
                measure(lab, g, "exact", "entropy");
            if (in_table(n, d, "formula"))
                measure(lab, g, "formula", "formula");
        }
        if (difference.count > 1 && (n == 64 || n == 512 || n == 4096) && (d == 64 || d == 128))
            lab_measure_mean(lab, difference, "difference_%s_%ld_%.0f", lab_word(c, "rule"), (long)d, n);
    }
    measure_growth(lab, "ei024", 64, 512, 1e6);
    measure_growth(lab, "ei024", 128, 512, 1e6);
    measure_growth(lab, "ei024", 128, 16384, 1e6);
    measure_growth(lab, "one", 64, 512, 1e6);
    measure_growth(lab, "one", 128, 512, 1e6);
    static const double dims[] = {4, 8};
    for (int i = 0; i < 2; i++) {
        double edge = exponent(dims[i] + lab_run_control(lab, "exponent"), 1e12, 3);
        lab_measure(lab, edge, 1e-9, 0, "edge_exponent_%.0f", dims[i]);
    }
}

static const struct lab_spec spec = {
    .name = "jl/rule024",
    .about = "entropy of attention on the sphere under lambda = log n / (0.24 d): exact, estimated, drawn",
    .axes = {{"head_dim", "64,128", NULL, "[2,1e6]", "head dimension d", AXIS_INTEGER},
             {"entropy", "3", NULL, "(0,inf)", "what the rule const holds E H at, nats", AXIS_REAL},
             {"rule", "one,ei024", NULL, ATTENTION_RULES, "coefficient a = lambda sqrt(d)", AXIS_WORD},
             {"n", "16,64,256,512,1024,4096,16384,65536,1000000", NULL, "[1,1e15]", "keys", AXIS_INTEGER},
             {"drawn_to", "65536", "4096", "[0,1e9]", "largest n at which rows are drawn too", AXIS_INTEGER},
             {"draws", "100", NULL, "[1,1e7]", "rows drawn in a replicate", AXIS_INTEGER},
             {"replicate", "0:7", "0:1", "[0,inf)", "independent repetitions", AXIS_INTEGER}},
    .columns = "a,exact:15,exact_error:3,formula:15,formula_error:3,entropy_drawn,difference",
    .fold = "replicate",
    .controls = "plain|wide|exponent",
    .cell = cell,
    .summarize = summarize,
};

int main(int argc, char **argv)
{
    return lab_main(&spec, argc, argv);
}
