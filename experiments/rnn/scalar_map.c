/* One dimension, constant input: how fast, and when does the error grow?
 *
 * Source: theory added to kexue.fm/archives/9783. For x_t = tanh(a x_{t-1} + u) and T -> infinity the errors
 * of the method with J = a (fixed) and J = 0 (picard) are multiplied by
 *
 *     q_fixed = a x*^2 / (1 - a),     q_picard = a (1 - x*^2)     (1 - sech^2 z = tanh^2 z = x*^2)
 *
 * each iteration, near the solution, alternating for fixed. Where q_fixed > 1 the error may settle in a
 * two-cycle or grow, by at most a/(1-a): slopes cannot be flatter than flat. It ends after T iterations all
 * the same. Finding: as predicted; so the norm of A alone decides nothing. With a = 0.9 the count runs from 2
 * to beyond all bounds as u goes from 0.001 to 0.1.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "rnn.h"
#include "rnn_draws.h"

/* Errors of iterates 0..count. */
static void follow(const struct rnn *rnn, const double *path, long count, double *error)
{
    size_t all = rnn->steps + 1;
    double *x = base_alloc(all, sizeof *x), *y = base_alloc(all, sizeof *y);
    struct rnn_options options = {.method = RNN_FIXED};
    struct rnn_work *work = rnn_work_alloc(rnn, &options);
    memcpy(x, rnn->start, sizeof *x);
    error[0] = rnn_distance(rnn, x, path);
    for (long n = 1; n <= count; n++) {
        rnn_iterate(rnn, &options, x, y, 0, work);
        error[n] = rnn_distance(rnn, y, path);
        memcpy(x, y, all * sizeof *x);
    }
    free(x);
    free(y);
    rnn_work_free(work);
}

static void cell(struct lab_cell *cell)
{
    double a = lab_real(cell, "a"), u = lab_real(cell, "u"), worst = 0;
    size_t steps = (size_t)lab_integer(cell, "T");
    long count = lab_integer(cell, "iterations"), from = lab_integer(cell, "from"),
         to = lab_integer(cell, "to");
    struct rnn *rnn = rnn_alloc(RNN_TANH, 1, steps);
    rnn->a[0] = rnn->linear[0] = a;
    if (lab_control(cell, "half"))
        rnn->linear[0] = a / 2;
    for (size_t t = 0; t < steps; t++)
        rnn->u[t] = u;
    double *path = base_alloc(steps + 1, sizeof *path);
    double *error = base_alloc((size_t)count + 1, sizeof *error);
    rnn_path(rnn, path);
    double fixpoint = path[steps];
    for (int i = 0; i < 100000; i++)
        fixpoint = tanh(a * fixpoint + u);
    follow(rnn, path, count, error);
    for (long n = 1; n <= count; n++)
        worst = fmax(worst, error[n]);
    lab_put(cell, "x_star", fixpoint);
    lab_put(cell, "q_fixed", a * fixpoint * fixpoint / (1 - a));
    lab_put(cell, "q_picard", a * (1 - fixpoint * fixpoint));
    lab_put(cell, "worst", worst);
    /* ratios of errors above rounding; 0 when there are none */
    double floor = 1e-14, low = INFINITY, high = 0;
    lab_put(cell, "growth", error[to] > floor ? pow(error[to] / error[from], 1 / (double)(to - from)) : 0);
    for (long n = from; n < to && error[n + 1] > floor; n++) {
        low = fmin(low, error[n + 1] / error[n]);
        high = fmax(high, error[n + 1] / error[n]);
    }
    low = high > 0 ? low : 0;
    lab_put(cell, "ratio_low", low);
    lab_put(cell, "ratio_high", high);
    static const enum rnn_method methods[] = {RNN_FIXED, RNN_PICARD, RNN_PLUS1, RNN_NEWTON};
    static const char *const names[] = {"fixed", "picard", "plus1", "newton"};
    for (size_t m = 0; m < 4; m++) {
        struct rnn_options options = {.method = methods[m]};
        struct rnn_run run =
            rnn_solve(rnn, &options, path, lab_real(cell, "tol"), lab_integer(cell, "maxit"), NULL);
        lab_put(cell, names[m], (double)run.iterations);
    }
    free(path);
    free(error);
    rnn_free(rnn);
}

/* The points that claims ask about. */
static const struct {
    const char *a, *u, *columns;
} asked[] = {{"0.5", "1", "x_star q_fixed growth"},
             {"0.9", "0.1", "x_star q_fixed worst ratio_low ratio_high short"},
             {"0.8", "0.3", "q_fixed worst ratio_low ratio_high"},
             {"0.9", "0.05", "q_fixed worst ratio_low ratio_high"},
             {"0.9", "0.001", "fixed"},
             {"0.9", "0.01", "fixed"},
             {"0.9", "0.02", "fixed"},
             {"0.9", "0.03", "fixed"}};

static void summarize(struct lab *lab)
{
    for (size_t k = 0; k < sizeof asked / sizeof *asked; k++) {
        char *columns = base_copy(asked[k].columns), *save = NULL;
        for (char *c = strtok_r(columns, " ", &save); c; c = strtok_r(NULL, " ", &save)) {
            int brief = !strcmp(c, "short"); /* the largest error of fewer steps */
            char *where = base_format("a=%s u=%s T=%d iterations=60 from=20 to=58 tol=1e-8 maxit=200",
                                      asked[k].a, asked[k].u, brief ? 200 : 2000);
            long g = lab_find(lab, where);
            if (g >= 0)
                lab_measure(lab, lab_value(lab, (size_t)g, brief ? "worst" : c), 0, 0, "%s_%s_%s", c,
                            asked[k].a, asked[k].u);
            free(where);
        }
        free(columns);
    }
}

static char *check(const struct lab_cell *cell)
{
    long from = lab_integer(cell, "from"), to = lab_integer(cell, "to"),
         count = lab_integer(cell, "iterations");
    if (!(from < to && to <= count))
        return base_format("--from %ld, --to %ld: give 0 <= from < to <= iterations (%ld)", from, to, count);
    double steps = (double)lab_integer(cell, "T");
    return rnn_too_much(1, 16, steps, (double)count + 4 * fmin(steps, (double)lab_integer(cell, "maxit")), 0);
}

static const struct lab_spec spec = {
    .name = "rnn/scalar_map",
    .about = "One dimension, constant input: how fast does the error fall, and when does it grow?",
    .axes = {{"a", "0.1,0.2,0.3,0.4,0.5,0.6,0.7,0.8,0.9,0.95", "0.5,0.8,0.9", "[0,1)", "the weight",
              AXIS_REAL},
             {"u", "0.001,0.01,0.02,0.03,0.05,0.1,0.2,0.3,0.5,0.7,1,1.5",
              "0.001,0.01,0.02,0.03,0.05,0.1,0.3,1", "[-100,100]", "the input", AXIS_REAL},
             {"T", "200,2000", NULL, "[2,1000000]", "steps", AXIS_INTEGER},
             {"iterations", "60", NULL, "[1,100000]", "iterations followed", AXIS_INTEGER},
             {"from", "20", NULL, "[0,100000]", "first iterate of the ratios", AXIS_INTEGER},
             {"to", "58", NULL, "[1,100000]", "last iterate of the ratios", AXIS_INTEGER},
             {"tol", "1e-8", NULL, "[0,1e6]", "error that counts as converged", AXIS_REAL},
             {"maxit", "200", NULL, "[1,1000000]", "iterations at most", AXIS_INTEGER}},
    .columns = "x_star:11,q_fixed:9,q_picard:9,worst,growth,ratio_low,ratio_high,fixed,picard,plus1,newton",
    .controls = "half",
    .check = check,
    .cell = cell,
    .summarize = summarize,
};

int main(int argc, char **argv)
{
    return lab_main(&spec, argc, argv);
}
