/* With which power of the input does a GRU's error fall?
 *
 * Source: added to kexue.fm/archives/9783, the general case, where the matrix imitates the expansion to first
 * order. A GRU is not odd, so slopes err by O(eps): orders 2, 3, 4, 5 after 1 to 4 iterations with A = (I +
 * Uh/2)/2, 2 and 4 with the Jacobian, and 1 with any other constant matrix: I/2, none, or (I + Uh)/2.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "rnn.h"
#include "rnn_draws.h"

static const struct {
    const char *name;
    enum rnn_method method;
    double identity, recurrent; /* the matrix: identity I + recurrent Uh */
    int iterations;
} schemes[] = {{"linear", RNN_FIXED, 0.5, 0.25, 4},
               {"newton", RNN_NEWTON, 0, 0, 2},
               {"half", RNN_FIXED, 0.5, 0, 2},
               {"whole", RNN_FIXED, 0.5, 0.5, 2},
               {"none", RNN_PICARD, 0, 0, 2}};

enum { SCHEMES = sizeof schemes / sizeof *schemes };

static void cell(struct lab_cell *cell)
{
    size_t d = (size_t)lab_integer(cell, "d"), steps = (size_t)lab_integer(cell, "T");
    double weight = lab_real(cell, "weight");
    gsl_rng *rng = rnn_draws_stream(cell, "replicate %s", lab_word(cell, "replicate"));
    struct rnn *rnn =
        rnn_gru(d, steps, (size_t)lab_integer(cell, "inputs"), weight, weight, lab_real(cell, "eps"), rng);
    gsl_rng_free(rng);
    double *path = base_alloc((steps + 1) * d, sizeof *path);
    rnn_path(rnn, path);
    for (size_t k = 0; k < SCHEMES; k++) {
        struct rnn_options options = {.method = schemes[k].method};
        double recurrent = schemes[k].recurrent, errors[5];
        if (lab_control(cell, "whole") && k == 0)
            recurrent = 0.5;
        if (lab_control(cell, "frozen") && k == 1) /* the constant matrix in place of the Jacobian */
            options.method = RNN_FIXED;
        if (lab_control(cell, "right") && options.method == RNN_FIXED)
            recurrent = 0.25;
        for (size_t i = 0; i < d * d; i++)
            rnn->linear[i] = recurrent * rnn->a[2 * d * d + i] + (i % (d + 1) ? 0 : schemes[k].identity);
        if (options.method == RNN_FIXED && k == 1)
            rnn_gru_linear(d, rnn->a + 2 * d * d, rnn->linear);
        struct rnn_run run = rnn_solve(rnn, &options, path, 0, schemes[k].iterations, errors);
        for (int n = 1; n <= schemes[k].iterations && n <= run.last; n++)
            if (errors[n] > 1e-13) {
                char *name = base_format("%s_%d", schemes[k].name, n);
                lab_put(cell, name, log10(errors[n]));
                free(name);
            }
    }
    free(path);
    rnn_free(rnn);
}

static void summarize(struct lab *lab)
{
    struct lab_table *table = lab_table(lab, "slopes", "scheme,n,from,to,slope,slope_error");
    size_t values = lab_axis_values(lab, "eps")->count;
    if (lab_groups(lab) != values)
        return;
    for (size_t g = 0; g + 1 < values; g++)
        for (size_t k = 0; k < SCHEMES; k++)
            for (int n = 1; n <= schemes[k].iterations; n++) {
                char *column = base_format("%s_%d", schemes[k].name, n), text[5][32];
                size_t a_count, b_count;
                const double *a = lab_column(lab, g, column, &a_count),
                             *b = lab_column(lab, g + 1, column, &b_count);
                double from = lab_real(lab_group(lab, g), "eps"), to = lab_real(lab_group(lab, g + 1), "eps");
                if (a_count == b_count && a_count && from != to) { /* no draw below what double resolves */
                    struct stats_moments slope = {0};
                    for (size_t i = 0; i < a_count; i++)
                        stats_moments_push(&slope, (a[i] - b[i]) / (log10(from) - log10(to)));
                    struct stats_mean mean = stats_moments_mean(&slope);
                    lab_table_text_row(table, (const char *[]){schemes[k].name, base_real_text(text[0], n, 8),
                                                               base_real_text(text[1], from, 8),
                                                               base_real_text(text[2], to, 8),
                                                               base_real_text(text[3], mean.value, 8),
                                                               base_real_text(text[4], mean.error, 8)});
                    if (n < 4 ? from == 0.02 && to == 0.01 : from == 0.04 && to == 0.02)
                        lab_measure_mean(lab, mean, "%s", column);
                }
                free(column);
            }
}

static char *check(const struct lab_cell *cell)
{
    return rnn_too_much(1, (double)lab_integer(cell, "d"), (double)lab_integer(cell, "T"), 40, 0);
}

static const struct lab_spec spec = {
    .name = "rnn/gru_orders",
    .about = "With which power of the input does a GRU's error fall?",
    .axes = {{"d", "6", NULL, "[1,512]", "dimension", AXIS_INTEGER},
             {"inputs", "3", NULL, "[1,4096]", "inputs", AXIS_INTEGER},
             {"T", "40", NULL, "[1,1000000]", "steps", AXIS_INTEGER},
             {"weight", "0.3", NULL, "(0,10]", "deviation of the weights", AXIS_REAL},
             {"eps", "0.32,0.16,0.08,0.04,0.02,0.01", "0.04,0.02,0.01", "(0,10]", "deviation of the inputs",
              AXIS_REAL},
             {"replicate", "0:99", "0:59", "[0,1000000]", "draws", AXIS_INTEGER}},
    .columns =
        "linear_1,linear_2,linear_3,linear_4,newton_1,newton_2,half_1,half_2,whole_1,whole_2,none_1,none_2",
    .fold = "replicate",
    .controls = "whole|frozen|right",
    .check = check,
    .setup = rnn_draws_setup,
    .teardown = rnn_draws_teardown,
    .cell = cell,
    .summarize = summarize,
};

int main(int argc, char **argv)
{
    return lab_main(&spec, argc, argv);
}
