/* With which power of the signal does the error after n iterations fall?
 *
 * Source: kexue.fm/archives/9783, the perturbation view, made quantitative. Inputs are eps u_0, the start and
 * the first iterate are 0. tanh z - z is of third order, so that J = A leaves an error of order eps^3 after
 * one iteration, and every further one gains sech^2 - 1 = O(eps^2): orders 3, 5, 7, 9 for fixed and plus1.
 * Newton squares the error and multiplies it by tanh'' = O(eps): 3, 7, 15, 31. Without a matrix (picard) the
 * order stays 1. In the other sweep the matrix is eta A_0 and the inputs are O(1): one iteration leaves
 * O(eta) for fixed, O(eta^2) for plus1 and newton. All in MPFR with --bits: in double precision eps^15 is
 * beyond the rounding. Finding: the orders are these, for every matrix and input drawn.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "rnn.h"
#include "rnn_draws.h"

enum { COUNT = 4 };

static const enum rnn_method methods[] = {RNN_PICARD, RNN_FIXED, RNN_PLUS1, RNN_NEWTON};

static void cell(struct lab_cell *cell)
{
    size_t d = (size_t)lab_integer(cell, "d"), steps = (size_t)lab_integer(cell, "T");
    double value = lab_real(cell, "value"), gain = lab_real(cell, "g"), eps = value;
    if (lab_is(cell, "sweep", "eta"))
        gain = value, eps = 1;
    gsl_rng *rng = rnn_draws_stream(cell, "replicate %s", lab_word(cell, "replicate"));
    struct rnn *rnn = rnn_problem("gauss", d, steps, gain, lab_real(cell, "s"), 0, NULL, NULL, rng);
    gsl_rng_free(rng);
    for (size_t m = 0; m < 4; m++) {
        enum rnn_method method = methods[m];
        double error[COUNT];
        if (lab_control(cell, "no_sech") && method > RNN_FIXED)
            method = RNN_FIXED;
        double share = lab_control(cell, "half") ? 0.5 : 1;
        rnn_digits_errors(d, steps, rnn->a, rnn->u, eps, method, share, COUNT, lab_integer(cell, "bits"),
                          error);
        for (int n = 1; n <= COUNT; n++) {
            char *name = base_format("%s_%d", rnn_method_name(methods[m]), n);
            lab_put(cell, name, error[n - 1]);
            free(name);
        }
    }
    rnn_free(rnn);
}

/* Slopes between neighbouring values of a sweep, from the errors of each draw. */
static void put_slopes(struct lab *lab, struct lab_table *table, size_t coarse, size_t fine, int last)
{
    const char *sweep = lab_word(lab_group(lab, coarse), "sweep");
    double from = lab_real(lab_group(lab, coarse), "value"), to = lab_real(lab_group(lab, fine), "value");
    for (size_t m = 0; m < 4; m++)
        for (int n = 1; n <= (strcmp(sweep, "eta") ? COUNT : 1); n++) {
            char *column = base_format("%s_%d", rnn_method_name(methods[m]), n);
            size_t count;
            const double *a = lab_column(lab, coarse, column, &count),
                         *b = lab_column(lab, fine, column, &count);
            struct stats_moments slopes = {0};
            for (size_t r = 0; r < count; r++)
                stats_moments_push(&slopes, (a[r] - b[r]) / (log10(from) - log10(to)));
            struct stats_mean slope = stats_moments_mean(&slopes);
            char text[5][32];
            lab_table_text_row(
                table, (const char *[]){sweep, rnn_method_name(methods[m]), base_real_text(text[0], n, 8),
                                        base_real_text(text[1], from, 8), base_real_text(text[2], to, 8),
                                        base_real_text(text[3], slope.value, 8),
                                        base_real_text(text[4], slope.error, 8)});
            if (last)
                lab_measure_mean(lab, slope, "%s_%s", sweep, column);
            free(column);
        }
}

static void summarize(struct lab *lab)
{
    struct lab_table *table = lab_table(lab, "slopes", "sweep,method,n,from,to,slope,slope_error");
    size_t values = lab_axis_values(lab, "value")->count, groups = lab_groups(lab);
    int one =
        groups == values * lab_axis_values(lab, "sweep")->count; /* d, T, g, s, bits have one value each */
    for (size_t g = 0; g + 1 < groups; g++)
        if (one && (g + 1) % values &&
            lab_real(lab_group(lab, g), "value") != lab_real(lab_group(lab, g + 1), "value"))
            put_slopes(lab, table, g, g + 1, (g + 2) % values == 0);
}

static char *check(const struct lab_cell *cell)
{
    double value = lab_real(cell, "value"), bits = (double)lab_integer(cell, "bits");
    double need = 31 * fmax(0, -log2(value)) + 64;
    double work =
        (double)lab_integer(cell, "T") * (double)lab_integer(cell, "d") * (double)lab_integer(cell, "d");
    if (bits < need)
        return base_format("--bits %.0f are too few for an error of order value^31: give at least %.0f", bits,
                           need);
    return work <= 1e6
               ? NULL
               : base_format("T d^2 = %.3g products of MPFR an iteration; give sizes up to 1e6", work);
}

static const struct lab_spec spec = {
    .name = "rnn/orders",
    .about = "With which power of the signal does the error after n iterations fall?",
    .axes = {{"sweep", "eps,eta", NULL, "eps|eta", "what tends to 0: the inputs, or the matrix", AXIS_WORD},
             {"value", "0.16,0.08,0.04,0.02,0.01", "0.02,0.01", "(0,1]", "eps or eta", AXIS_REAL},
             {"d", "2", NULL, "[1,256]", "dimension", AXIS_INTEGER},
             {"T", "15", NULL, "[1,100000]", "steps", AXIS_INTEGER},
             {"g", "0.5", NULL, "[0,10]", "norm of the matrix (sweep eps)", AXIS_REAL},
             {"s", "1", NULL, "(0,10]", "deviation of u_0", AXIS_REAL},
             {"bits", "400", NULL, "[64,100000]", "precision", AXIS_INTEGER},
             {"replicate", "0:99", "0:39", "[0,100000]", "draws", AXIS_INTEGER}},
    .columns =
        "picard_1,picard_2,picard_3,picard_4,fixed_1,fixed_2,fixed_3,fixed_4,plus1_1,plus1_2,plus1_3,plus1_4,"
        "newton_1,newton_2,newton_3,newton_4",
    .fold = "replicate",
    .controls = "no_sech|half",
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
