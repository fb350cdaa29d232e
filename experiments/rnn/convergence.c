/* When does subtracting A x help?
 *
 * Source: kexue.fm/archives/9783 derives the gain of subtracting A x from small x and u, and calls it the key
 * step. We count iterations to --tol with it (fixed) and without (picard), and with the two finer expansions
 * (plus1, newton) and the diagonal of the Jacobian (quasi), on the same matrices and inputs. A run that does
 * not get there counts --maxit. Finding: at small signals fixed needs a fraction of picard's iterations; at
 * inputs of order 1 it is the other way round, and errors of 10^10 and more come in between. Newton and plus1
 * win in both.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "rnn.h"
#include "rnn_draws.h"

static const char *const names[] = {"picard", "fixed", "plus1", "newton", "quasi"};

static void cell(struct lab_cell *cell)
{
    size_t d = (size_t)lab_integer(cell, "d"), steps = (size_t)lab_integer(cell, "T");
    gsl_rng *rng = rnn_draws_stream(cell, "d %zu replicate %s", d, lab_word(cell, "replicate"));
    struct rnn *rnn = rnn_problem(lab_word(cell, "problem"), d, steps, lab_real(cell, "g"),
                                  lab_real(cell, "s"), 0, NULL, NULL, rng);
    gsl_rng_free(rng);
    double *path = base_alloc((steps + 1) * d, sizeof *path);
    rnn_path(rnn, path);
    double iterations[5];
    for (enum rnn_method m = RNN_PICARD; m <= RNN_QUASI; m++) {
        struct rnn_options options = {.method = m};
        if (lab_control(cell, "no_sech") && m == RNN_NEWTON)
            options.method = RNN_FIXED;
        if (lab_control(cell, "exchanged") && m <= RNN_FIXED)
            options.method = m == RNN_FIXED ? RNN_PICARD : RNN_FIXED;
        struct rnn_run run =
            rnn_solve(rnn, &options, path, lab_real(cell, "tol"), rnn_limit(cell, steps), NULL);
        iterations[m] = (double)run.iterations;
        lab_put(cell, names[m], iterations[m]);
        if (m == RNN_FIXED) {
            lab_put(cell, "fixed_worst", log10(fmin(run.worst, 1e308)));
            lab_put(cell, "fixed_passes", run.work / (double)run.last);
        }
        if (m == RNN_NEWTON)
            lab_put(cell, "newton_worst", log10(fmin(run.worst, 1e308)));
    }
    lab_put(cell, "fixed_wins", iterations[RNN_FIXED] < iterations[RNN_PICARD]);
    lab_put(cell, "picard_level", iterations[RNN_PICARD] <= iterations[RNN_FIXED]);
    lab_put(cell, "in_order",
            iterations[RNN_NEWTON] <= iterations[RNN_PLUS1] &&
                iterations[RNN_PLUS1] <= fmin(iterations[RNN_FIXED], iterations[RNN_PICARD]));
    lab_put(cell, "quasi_over_picard", iterations[RNN_QUASI] / iterations[RNN_PICARD]);
    free(path);
    rnn_free(rnn);
}

static void share(struct lab *lab, size_t g, const char *column, const char *name)
{
    size_t count;
    const double *x = lab_column(lab, g, column, &count);
    long hits = 0;
    for (size_t i = 0; i < count; i++)
        hits += x[i] > 0;
    lab_measure_mean(lab, stats_proportion_of(hits, (long)count), "%s_%s", column, name);
}

static void summarize(struct lab *lab)
{
    static const char *const gains[] = {"0.9", "1.2"}, *const scales[] = {"0.1", "1"};
    for (size_t a = 0; a < 2; a++)
        for (size_t b = 0; b < 2; b++) {
            char *where = base_format("problem=gauss d=8 T=200 g=%s s=%s", gains[a], scales[b]);
            char *name = base_format("%s_%s", gains[a], scales[b]);
            long g = lab_find(lab, where);
            if (g >= 0) {
                for (size_t m = 0; m < 4 && (a == 0 || b == 1); m++)
                    lab_measure_mean(lab, lab_mean(lab, (size_t)g, names[m]), "%s_%s", names[m], name);
                share(lab, (size_t)g, "fixed_wins", name);
                if (b == 1)
                    share(lab, (size_t)g, "picard_level", name);
                share(lab, (size_t)g, "in_order", name);
                if (a == 0 || b == 1)
                    lab_measure_mean(lab, lab_mean(lab, (size_t)g, "quasi_over_picard"),
                                     "quasi_over_picard_%s", name);
                if (a == 1 && b == 1)
                    lab_measure_mean(lab, lab_mean(lab, (size_t)g, "fixed_worst"), "fixed_worst_%s", name);
            }
            free(where);
            free(name);
        }
}

static char *check(const struct lab_cell *cell)
{
    double steps = (double)lab_integer(cell, "T"),
           limit = fmin((double)rnn_limit(cell, (size_t)steps), steps);
    return rnn_too_much(5, (double)lab_integer(cell, "d"), steps, limit, 0);
}

static const struct lab_spec spec = {
    .name = "rnn/convergence",
    .about = "When does subtracting A x help?",
    .axes = {{"problem", "gauss", NULL, "gauss|circular|trig|text", "matrix and inputs", AXIS_WORD},
             {"d", "8", NULL, "[1,2048]", "dimension", AXIS_INTEGER},
             {"T", "200", NULL, "[1,1000000]", "steps", AXIS_INTEGER},
             {"g", "0.5,0.9,0.99,1.2", "0.9,1.2", "[0,1e6]", "gain of the matrix", AXIS_REAL},
             {"s", "0.03,0.1,0.3,1,3", "0.1,1", "[0,1e6]", "deviation of the inputs", AXIS_REAL},
             {"tol", "1e-8", NULL, "[0,1e6]", "error that counts as converged", AXIS_REAL},
             {"maxit", "T", NULL, "[1,10000000]|T", "iterations at most", AXIS_INTEGER},
             {"replicate", "0:199", "0:99", "[0,1000000]", "draws", AXIS_INTEGER}},
    .columns = "picard,fixed,plus1,newton,quasi,fixed_worst,newton_worst,fixed_passes,fixed_wins,picard_"
               "level,in_order,"
               "quasi_over_picard",
    .fold = "replicate",
    .controls = "exchanged|no_sech",
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
