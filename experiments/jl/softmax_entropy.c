/* How does the entropy of attention grow with the number of keys, and does a factor log n hold it still?
 *
 * Source: kexue.fm/archives/8823 and 9588 scale the logits by log n / log 512 to make the entropy insensitive
 * to n; 9034 gets there by H ~ log n - a (s_max - s_mean); 8823 also doubts the factor log n of
 * arXiv:2202.12172.
 * Scores s are independent with mean 0 and variance 1, as in a head at its start; p = softmax(a s). E H is
 * computed without sampling, and drawn rows are held against it. For normal scores E H = log n - a^2/2 below
 * the critical a = sqrt(2 log n) (the random energy model), and O(1) above it.
 *
 * Finding: log n / log 512 slows the growth of H from 1 to 1 - log n / log^2 512 a nat of log n, it does not
 * stop it; the approximation of 9034 is in truth a lower bound; a factor log n freezes the entropy near 1
 * nat, and yet the gradient in the scores keeps growing.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <gsl/gsl_cdf.h>

#include "attention.h"
#include "lab.h"

/* H of a row less its bound log n - a (s_max - s_mean), relative to log n; row: what softmax_row says for
 * s and a. */
static double slack(const struct softmax_row *row, const double *s, size_t n, double a, double factor)
{
    double gap = row->top - stats_sum(s, n) / (double)n;
    return (row->entropy - (log((double)n) - factor * a * gap)) / fmax(log((double)n), 1);
}

static void cell(struct lab_cell *cell)
{
    double n = lab_real(cell, "n"), head_dim = lab_real(cell, "head_dim");
    struct attention_scores scores = attention_scores_of(lab_word(cell, "scores"), head_dim);
    double a = attention_coefficient(lab_word(cell, "rule"), &scores, n, head_dim, lab_real(cell, "entropy"));
    struct softmax_mean mean = attention_mean(&scores, n + lab_control(cell, "extra_key"), a, NAN);
    lab_put(cell, "a", a);
    lab_put(cell, "exact", mean.entropy.value);
    lab_put(cell, "exact_error", mean.entropy.error);
    lab_put(cell, "exact_impurity", mean.impurity.value);
    lab_put(cell, "exact_impurity_error", mean.impurity.error);

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
        lab_put(cell, "entropy", row.entropy);
        lab_put(cell, "difference", row.entropy - mean.entropy.value);
        lab_put(cell, "impurity", row.impurity);
        lab_put(cell, "impurity_difference", row.impurity - mean.impurity.value);
        if (stretch == 1)
            lab_put(cell, "slack", slack(&row, s, count, a, lab_control(cell, "half_gap") ? 0.5 : 1));
    }
    free(s);
}

/* ---- identities ---- */

/* One key stands out by `height`, the others are equal: (log n - H) / (s_max - s_mean) with a = 1, which
 * the bound holds below 1; its largest value over the heights, and the smallest slack met on the way. */
static double peak_ratio(size_t n, double factor, double *least_slack)
{
    double *s = base_alloc(n, sizeof *s), best = 0, log_n = log((double)n);
    for (int i = 0; i <= 10; i++) {
        struct softmax_row row;
        s[n / 2] = log_n * (1 + 0.1 * i);
        softmax_row(s, n, 1, &row);
        best = fmax(best, (log_n - row.entropy) / (row.top * (1 - 1 / (double)n)));
        *least_slack = fmin(*least_slack, slack(&row, s, n, 1, factor));
    }
    free(s);
    return best;
}

/* The largest |softmax(c z)_i - softmax(z)_i^c / sum_j softmax(z)_j^c|, over n, among drawn rows. */
static double power_identity(struct lab *lab)
{
    gsl_rng *rng = lab_stream(lab, "power");
    double z[300], p[300], q[300], worst = 0;
    for (int round = 0; round < 200; round++) {
        size_t n = 1 + gsl_rng_uniform_int(rng, 300);
        double c = 4 * gsl_rng_uniform(rng), sum = 0;
        rng_normals(rng, z, n);
        softmax_weights(z, n, p);
        for (size_t i = 0; i < n; i++)
            sum += p[i] = pow(p[i], c);
        if (lab_run_control(lab, "unnormalized"))
            sum = 1;
        for (size_t i = 0; i < n; i++)
            z[i] *= c;
        softmax_weights(z, n, q);
        for (size_t i = 0; i < n; i++)
            worst = fmax(worst, fabs(q[i] - p[i] / sum) / (double)n);
    }
    gsl_rng_free(rng);
    return worst;
}

/* ---- measurements: of normal scores ---- */

static long group_of(const struct lab *lab, const char *rule, double n)
{
    char *values = base_format("scores=gauss rule=%s n=%.0f", rule, n);
    long g = lab_find(lab, values);
    free(values);
    return g;
}

static void measure_exact(struct lab *lab, const char *rule, double n)
{
    long g = group_of(lab, rule, n);
    if (g >= 0)
        lab_measure(lab, lab_value(lab, (size_t)g, "exact"), lab_value(lab, (size_t)g, "exact_error"), 0,
                    "entropy_%s_%.0f", rule, n);
}

static void measure_impurity(struct lab *lab, double n)
{
    long g = group_of(lab, "ln", n);
    if (g < 0)
        return;
    double a = lab_value(lab, (size_t)g, "a"), impurity = lab_value(lab, (size_t)g, "exact_impurity");
    double error = lab_value(lab, (size_t)g, "exact_impurity_error");
    lab_measure(lab, impurity, error, 0, "impurity_ln_%.0f", n);
    lab_measure(lab, a * impurity, a * error, 0, "gradient_ln_%.0f", n);
    if (n <= 4096)
        lab_measure(lab, 1 - impurity, error, 0, "purity_ln_%.0f", n);
}

/* E H less log n - a^2/2, and that over its own first term ((2 a^2 - 1) e^(a^2) + 1) / (2 n), the next
 * order of the expansion of E log Z about its annealed value. */
static void measure_energy_model(struct lab *lab, double n)
{
    long g = group_of(lab, "one", n);
    if (g < 0)
        return;
    double a = lab_value(lab, (size_t)g, "a"), square = a * a;
    double model = log(n) - (lab_run_control(lab, "full_square") ? square : square / 2);
    double gap = lab_value(lab, (size_t)g, "exact") - model, error = lab_value(lab, (size_t)g, "exact_error");
    double next = ((2 * square - 1) * exp(square) + 1) / (2 * n);
    lab_measure(lab, gap, error, 0, "energy_model_gap_%.0f", n);
    lab_measure(lab, gap / next, error / next, 0, "energy_model_order_%.0f", n);
}

/* The growth of E H a unit of log n from n to m, less what log n - a^2/2 says at the geometric mean. */
static void measure_slope(struct lab *lab, const char *rule, double n, double m)
{
    long g = group_of(lab, rule, n), h = group_of(lab, rule, m);
    if (g < 0 || h < 0)
        return;
    double step = log(m / n), middle = (log(n) + log(m)) / 2, unit = log(512);
    double slope = (lab_value(lab, (size_t)h, "exact") - lab_value(lab, (size_t)g, "exact")) / step;
    double square = lab_run_control(lab, "full_square") ? 2 : 1, predicted = 1; /* of a^2/2 */
    if (!strcmp(rule, "log512"))
        predicted = 1 - square * middle / (unit * unit);
    else if (!strcmp(rule, "sqrtlog"))
        predicted = 1 - square / (2 * unit);
    lab_measure(lab, slope - predicted, 1e-12, 0, "slope_excess_%s_%.0f", rule, n);
}

static void measure_drawn(struct lab *lab, const char *rule, double n)
{
    long g = group_of(lab, rule, n);
    if (g < 0 || lab_mean(lab, (size_t)g, "difference").count < 2)
        return;
    lab_measure_mean(lab, lab_mean(lab, (size_t)g, "difference"), "difference_%s_%.0f", rule, n);
    if (strcmp(rule, "ln"))
        return;
    lab_measure_mean(lab, lab_mean(lab, (size_t)g, "impurity_difference"), "impurity_difference_ln_%.0f", n);
    size_t count;
    const double *rows = lab_column(lab, (size_t)g, "impurity", &count);
    double *sorted = base_alloc(count, sizeof *sorted);
    memcpy(sorted, rows, count * sizeof *sorted);
    lab_measure_mean(lab, stats_quantile_of(sorted, count, 0.5), "median_impurity_ln_%.0f", n);
    free(sorted);
}

/* The column at m keys over that at n. */
static void measure_ratio(struct lab *lab, const char *column, const char *rule, double n, double m,
                          const char *name)
{
    long g = group_of(lab, rule, n), h = group_of(lab, rule, m);
    if (g < 0 || h < 0)
        return;
    double scale_g = 1, scale_h = 1;
    if (!strcmp(column, "exact_impurity")) { /* the gradient in s is a times it */
        scale_g = lab_value(lab, (size_t)g, "a");
        scale_h = lab_value(lab, (size_t)h, "a");
    }
    double x = scale_g * lab_value(lab, (size_t)g, column), y = scale_h * lab_value(lab, (size_t)h, column);
    lab_measure(lab, y / x, 1e-11 * fabs(y / x), 0, "%s", name);
}

/* D_n - E H / a <= E[a (1 - sum p^2)] = E sum p s <= D_n = E max s for normal scores (log Z >= a max s):
 * the least distance to either side, over the sweep. */
static void measure_gradient_bounds(struct lab *lab)
{
    double above = INFINITY, below = INFINITY, error = 0;
    struct softmax_law normal = softmax_law_normal();
    for (size_t g = 0; g < lab_groups(lab); g++) {
        const struct lab_cell *c = lab_group(lab, g);
        double n = lab_real(c, "n"), a = lab_value(lab, g, "a");
        if (!lab_is(c, "scores", "gauss") || !lab_is(c, "rule", "ln") || n < 2)
            continue;
        struct softmax_value top = softmax_law_max_mean(&normal, n, NULL, NULL);
        double gradient = a * lab_value(lab, g, "exact_impurity");
        above = fmin(above, top.value - gradient);
        below = fmin(below, gradient - top.value + lab_value(lab, g, "exact") / a);
        error = fmax(error, top.error + a * lab_value(lab, g, "exact_impurity_error"));
    }
    if (isinf(above))
        return;
    lab_measure(lab, above, error, 0, "gradient_below_maximum");
    lab_measure(lab, below, error, 0, "gradient_above_maximum_less_entropy");
}

static void measure_all(struct lab *lab)
{
    static const double sizes[] = {16, 64, 256, 512, 1024, 4096, 16384, 65536};
    static const double large[] = {16, 64, 512, 4096, 1e5, 1e6, 1e8};
    static const char *const rules[] = {"one", "sqrtlog", "log512", "ln", "const"};
    struct softmax_law normal = softmax_law_normal();
    for (int i = 0; i < 8; i++) {
        double n = sizes[i];
        measure_exact(lab, "one", n);
        if (n > 16)
            measure_exact(lab, "log512", n);
        if (n == 16 || n == 64 || n == 512 || n == 4096)
            measure_exact(lab, "ln", n);
        if (n >= 512)
            measure_energy_model(lab, n);
        if (i == 7)
            continue;
        if (n >= 64)
            measure_slope(lab, "log512", n, sizes[i + 1]);
        if (n >= 512) {
            measure_slope(lab, "one", n, sizes[i + 1]);
            measure_slope(lab, "sqrtlog", n, sizes[i + 1]);
        }
    }
    for (int i = 0; i < 7; i++)
        measure_impurity(lab, large[i]);
    for (int r = 0; r < 5; r++)
        for (int i = 0; i < 8; i++)
            if ((sizes[i] == 16 && r < 4) || sizes[i] == 512 || sizes[i] == 4096 || sizes[i] == 65536)
                measure_drawn(lab, rules[r], sizes[i]);
    measure_ratio(lab, "exact", "log512", 64, 16384, "entropy_ratio_log512");
    measure_ratio(lab, "exact_impurity", "ln", 16, 1e8, "gradient_ratio_ln");
    measure_gradient_bounds(lab);

    int extra = lab_run_control(lab, "extra_key"), other = lab_run_control(lab, "other_base");
    struct softmax_value top = softmax_law_max_mean(&normal, 512 + extra, NULL, NULL);
    lab_measure(lab, log(512) - top.value, top.error, 0, "bound_mean_512");
    double critical = extra ? sqrt(2 * log(4096)) : gsl_cdf_ugaussian_Qinv(1.0 / 4096);
    lab_measure(lab, softmax_rem_entropy(log(4096), log(4096), critical), 1e-12, 0, "frozen_model_ln_4096");
    lab_measure(lab, attention_coefficient("log512", NULL, other ? 500 : 512, 64, 3), 0, 0, "log512_of_512");
    lab_measure(lab, power_identity(lab), 0, 0, "power_identity");
}

static void summarize(struct lab *lab)
{
    struct lab_table *table =
        lab_table(lab, NULL, "scores,head_dim,rule,n,a,exact,exact_error,model,bound,exact_impurity,entropy,"
                             "entropy_se,difference,difference_se,impurity,impurity_se,draws");
    double least = INFINITY, factor = lab_run_control(lab, "half_gap") ? 0.5 : 1;
    for (size_t g = 0; g < lab_groups(lab); g++) {
        const struct lab_cell *c = lab_group(lab, g);
        struct attention_scores scores = attention_scores_of(lab_word(c, "scores"), lab_real(c, "head_dim"));
        double n = lab_real(c, "n"), a = lab_value(lab, g, "a"), top = 0;
        if (n > 1)
            top = scores.unit * softmax_law_max_mean(&scores.law, n, NULL, NULL).value;
        struct stats_mean entropy = lab_mean(lab, g, "entropy"), difference = lab_mean(lab, g, "difference");
        struct stats_mean impurity = lab_mean(lab, g, "impurity");
        /* the random energy model, with the quantile of 1/n in place of sqrt(2 log n); for other scores it
         * says nothing */
        double model = NAN;
        if (lab_is(c, "scores", "gauss") && n > 2)
            model = softmax_rem_entropy(log(n), a, gsl_cdf_ugaussian_Qinv(1 / n));
        struct attention_number numbers[] = {{a, 10},
                                             {lab_value(lab, g, "exact"), 10},
                                             {lab_value(lab, g, "exact_error"), 3},
                                             {model, 10},
                                             {log(n) - a * top, 10},
                                             {lab_value(lab, g, "exact_impurity"), 10},
                                             {entropy.value, 10},
                                             {entropy.error, 4},
                                             {difference.value, 6},
                                             {difference.error, 4},
                                             {impurity.value, 10},
                                             {impurity.error, 4},
                                             {(double)entropy.count, 10}};
        attention_row(table, c, "scores head_dim rule n", numbers, 13);

        size_t count;
        const double *slacks = lab_column(lab, g, "slack", &count);
        for (size_t i = 0; i < count; i++)
            least = fmin(least, slacks[i]);
    }
    static const size_t peaks[] = {100, 10000, 1000000};
    for (int i = 0; i < 3; i++)
        lab_measure(lab, peak_ratio(peaks[i], factor, &least), 1e-12, 0, "peak_ratio_%zu", peaks[i]);
    lab_measure(lab, least, 0, 0, "least_slack");
    double equal[300];
    struct softmax_row row;
    for (int i = 0; i < 300; i++)
        equal[i] = 0.7;
    softmax_row(equal, 300, 5, &row);
    lab_measure(lab, fabs(slack(&row, equal, 300, 5, factor)), 0, 0, "slack_of_equal_scores");
    measure_all(lab);
}

static const struct lab_spec spec = {
    .name = "jl/softmax_entropy",
    .about = "entropy of softmax(a s) over n random scores: exact, modelled, bounded and drawn",
    .axes = {{"scores", "gauss", NULL, ATTENTION_SCORES, "law of the scores (variance 1)", AXIS_WORD},
             {"head_dim", "64", NULL, "[2,1e6]", "head dimension: for sphere, ei024", AXIS_INTEGER},
             {"entropy", "3", NULL, "(0,inf)", "what the rule const holds E H at, nats", AXIS_REAL},
             {"rule", "one,sqrtlog,log512,ln,const", NULL, ATTENTION_RULES, "coefficient a of n", AXIS_WORD},
             {"n", "16,64,256,512,1024,4096,16384,65536,100000,1000000,100000000", NULL, "[1,1e15]", "keys",
              AXIS_INTEGER},
             {"drawn_to", "65536", NULL, "[0,1e9]", "largest n at which rows are drawn too", AXIS_INTEGER},
             {"draws", "250", "150", "[1,1e7]", "rows drawn in a replicate", AXIS_INTEGER},
             {"replicate", "0:7", "0:1", "[0,inf)", "independent repetitions", AXIS_INTEGER}},
    .columns = "a,exact:15,exact_error:3,exact_impurity:15,exact_impurity_error:3,entropy,difference,"
               "impurity,impurity_difference,slack",
    .fold = "replicate",
    .controls = "extra_key|full_square|wide|half_gap|unnormalized|other_base",
    .cell = cell,
    .summarize = summarize,
};

int main(int argc, char **argv)
{
    return lab_main(&spec, argc, argv);
}
