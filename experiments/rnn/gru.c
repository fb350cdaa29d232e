/* A GRU: which constant matrix, and how many iterations?
 *
 * Source: kexue.fm/archives/9783, the general case: with gates near 1/2 a GRU is nearly linear with A = (I +
 * Uh/2)/2. Checked: A is the Jacobian at state and input 0 (without biases); how far the Jacobian at state 0
 * moves away from A with the scale of the input; iterations with A, with I/2, without a matrix, and with the
 * analytic Jacobian (newton), which is itself held against central differences.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "rnn.h"
#include "rnn_draws.h"

/* Analytic against central differences at states of the path; the largest difference. */
static double differences(const struct rnn *rnn, const double *path, int wrong)
{
    size_t d = rnn->d, t = rnn->steps;
    const double *x = path + (t - 1) * d;
    double *room = base_alloc(3 * d + rnn->gates * d, sizeof *room), *moved = room, *up = moved + d,
           *down = up + d;
    double *gate = down + d, *j = base_alloc(d * d, sizeof *j), h = 1e-5, worst = 0;
    rnn_step(rnn, t, x, up, gate);
    rnn_jacobian(rnn, x, gate, j);
    if (wrong) /* without the terms of the update gate's own derivative */
        for (size_t i = 0; i < d; i++)
            for (size_t k = 0; k < d; k++)
                j[i * d + k] -= (gate[2 * d + i] - x[i]) * gate[i] * (1 - gate[i]) * rnn->a[i * d + k];
    for (size_t k = 0; k < d; k++) {
        memcpy(moved, x, d * sizeof *moved);
        moved[k] += h;
        rnn_step(rnn, t, moved, up, gate);
        moved[k] = x[k] - h;
        rnn_step(rnn, t, moved, down, gate);
        for (size_t i = 0; i < d; i++)
            worst = fmax(worst, fabs((up[i] - down[i]) / (2 * h) - j[i * d + k]));
    }
    free(room);
    free(j);
    return worst;
}

/* max |J - A| at state 0, under the input of step t or under none (t = 0). */
static double linear_off(const struct rnn *rnn, size_t t)
{
    size_t d = rnn->d;
    struct rnn *bare = rnn_alloc(RNN_GRU, d, 1);
    memcpy(bare->a, rnn->a, 3 * d * d * sizeof *bare->a);
    if (t)
        memcpy(bare->u, rnn->u + (t - 1) * 3 * d, 3 * d * sizeof *bare->u);
    double *j = base_alloc(d * d, sizeof *j), *f = base_alloc(4 * d, sizeof *f), worst = 0;
    rnn_step(bare, 1, bare->start, f, f + d);
    rnn_jacobian(bare, bare->start, f + d, j);
    for (size_t i = 0; i < d * d; i++)
        worst = fmax(worst, fabs(j[i] - rnn->linear[i]));
    free(j);
    free(f);
    rnn_free(bare);
    return worst;
}

static void cell(struct lab_cell *cell)
{
    size_t d = (size_t)lab_integer(cell, "d"), steps = (size_t)lab_integer(cell, "T");
    double weight = lab_real(cell, "weight");
    double recurrent = lab_is(cell, "recurrent", "weight") ? weight
                       : lab_is(cell, "recurrent", "root") ? 1 / sqrt((double)d)
                                                           : lab_real(cell, "recurrent");
    gsl_rng *rng = rnn_draws_stream(cell, "d %zu replicate %s", d, lab_word(cell, "replicate"));
    struct rnn *rnn =
        rnn_gru(d, steps, (size_t)lab_integer(cell, "inputs"), weight, recurrent, lab_real(cell, "s"), rng);
    gsl_rng_free(rng);
    double *path = base_alloc((steps + 1) * d, sizeof *path);
    rnn_path(rnn, path);
    if (lab_control(cell, "whole")) /* (I + Uh)/2 */
        for (size_t i = 0; i < d * d; i++)
            rnn->linear[i] += rnn->a[2 * d * d + i] / 4;
    lab_put(cell, "differences", differences(rnn, path, lab_control(cell, "no_gate")));
    lab_put(cell, "off_zero", linear_off(rnn, 0));
    lab_put(cell, "log10_off", log10(linear_off(rnn, 1)));
    static const char *const names[] = {"newton", "linear", "half", "none"};
    static const enum rnn_method methods[] = {RNN_NEWTON, RNN_FIXED, RNN_FIXED, RNN_PICARD};
    double count[4];
    for (size_t m = 0; m < 4; m++) {
        struct rnn_options options = {.method = methods[m]};
        if (lab_control(cell, "exchanged") && m <= 1)
            options.method = methods[1 - m];
        if (m == 2)
            for (size_t i = 0; i < d * d; i++)
                rnn->linear[i] = i % (d + 1) ? 0 : 0.5;
        struct rnn_run run =
            rnn_solve(rnn, &options, path, lab_real(cell, "tol"), rnn_limit(cell, steps), NULL);
        count[m] = (double)run.iterations;
        lab_put(cell, names[m], count[m]);
    }
    lab_put(cell, "in_order", count[0] < count[1] && count[1] <= count[2] + 1 && count[2] < count[3]);
    free(path);
    rnn_free(rnn);
}

static double largest(const struct lab *lab, size_t g, const char *column)
{
    size_t count;
    const double *x = lab_column(lab, g, column, &count);
    double worst = 0;
    for (size_t i = 0; i < count; i++)
        worst = x[i] > worst || isnan(x[i]) ? x[i] : worst;
    return worst;
}

static void summarize(struct lab *lab)
{
    static const char *const names[] = {"newton", "linear", "half", "none"}, *const scales[] = {"0.1", "1"};
    double worst = 0, zero = 0;
    for (size_t g = 0; g < lab_groups(lab); g++) {
        worst = fmax(worst, largest(lab, g, "differences"));
        zero = fmax(zero, largest(lab, g, "off_zero"));
    }
    lab_measure(lab, worst, 0, 0, "differences");
    lab_measure(lab, zero, 0, 0, "off_zero");
    for (size_t k = 0; k < 2; k++) {
        char *where = base_format("d=8 inputs=4 T=300 weight=0.3 recurrent=weight tol=1e-8 s=%s", scales[k]);
        long g = lab_find(lab, where);
        free(where);
        if (g < 0)
            continue;
        for (size_t m = 0; m < 4; m++)
            lab_measure_mean(lab, lab_mean(lab, (size_t)g, names[m]), "%s_%s", names[m], scales[k]);
        size_t count;
        const double *order = lab_column(lab, (size_t)g, "in_order", &count);
        long hits = 0;
        for (size_t i = 0; i < count; i++)
            hits += order[i] > 0;
        lab_measure_mean(lab, stats_proportion_of(hits, (long)count), "in_order_%s", scales[k]);
    }
    long root = lab_find(lab, "d=32 inputs=4 T=300 weight=0.3 recurrent=root tol=1e-8 s=0.3");
    for (size_t m = 0; m < 4 && root >= 0; m++)
        lab_measure_mean(lab, lab_mean(lab, (size_t)root, names[m]), "%s_32", names[m]);
    long strong = lab_find(lab, "d=32 inputs=4 T=300 weight=0.3 recurrent=weight tol=1e-8 s=1");
    if (strong >= 0) {
        size_t n;
        const double *linear = lab_column(lab, (size_t)strong, "linear", &n);
        lab_measure_mean(lab, stats_ratio_of(linear, lab_column(lab, (size_t)strong, "half", &n), n),
                         "strong_ratio");
    }
    long a = lab_find(lab, "d=8 inputs=4 T=300 weight=0.3 recurrent=weight s=0.01");
    long b = lab_find(lab, "d=8 inputs=4 T=300 weight=0.3 recurrent=weight s=0.1");
    if (a < 0 || b < 0)
        return;
    size_t count;
    const double *low = lab_column(lab, (size_t)a, "log10_off", &count);
    const double *high = lab_column(lab, (size_t)b, "log10_off", &count);
    struct stats_moments slope = {0};
    for (size_t i = 0; i < count; i++)
        stats_moments_push(&slope, high[i] - low[i]);
    lab_measure_mean(lab, stats_moments_mean(&slope), "off_slope");
}

static char *check(const struct lab_cell *cell)
{
    const char *recurrent = lab_word(cell, "recurrent");
    double value;
    if (strcmp(recurrent, "weight") && strcmp(recurrent, "root") &&
        (base_parse_real(recurrent, &value) || value < 0))
        return base_format("--recurrent: '%.40s' is not accepted; give weight, root or a number from 0",
                           recurrent);
    double steps = (double)lab_integer(cell, "T"),
           limit = fmin((double)rnn_limit(cell, (size_t)steps), steps);
    return rnn_too_much(12, (double)lab_integer(cell, "d"), steps, limit, 0);
}

static const struct lab_spec spec = {
    .name = "rnn/gru",
    .about = "A GRU: which constant matrix, and how many iterations?",
    .axes = {{"d", "8,32", "8", "[1,512]", "dimension", AXIS_INTEGER},
             {"inputs", "4", NULL, "[1,4096]", "inputs", AXIS_INTEGER},
             {"T", "300", NULL, "[1,1000000]", "steps", AXIS_INTEGER},
             {"weight", "0.3", NULL, "[0,100]", "deviation of the weights", AXIS_REAL},
             {"recurrent", "weight,root", "weight", NULL,
              "that of the recurrent ones: weight, root (1/sqrt d), a number", AXIS_WORD},
             {"s", "0.01,0.1,0.3,1,3", "0.01,0.1,1", "[0,100]", "deviation of the inputs", AXIS_REAL},
             {"tol", "1e-8", NULL, "[0,1e6]", "error that counts as converged", AXIS_REAL},
             {"maxit", "T", NULL, "[1,10000000]|T", "iterations at most", AXIS_INTEGER},
             {"replicate", "0:39", NULL, "[0,1000000]", "draws", AXIS_INTEGER}},
    .columns = "newton,linear,half,none,in_order,differences,off_zero,log10_off",
    .fold = "replicate",
    .controls = "whole|no_gate|exchanged",
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
