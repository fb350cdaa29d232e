/* Does the number of iterations grow with the length?
 *
 * Source: kexue.fm/archives/9783 expects the gain above all for long sequences. Newton's iterations on the
 * first T inputs of one sequence, A = g G as in chaos.c; inputs are normal, or the bytes of text embedded at
 * random (text).
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "rnn.h"
#include "rnn_draws.h"

static void cell(struct lab_cell *cell)
{
    size_t d = (size_t)lab_integer(cell, "d"), steps = (size_t)lab_integer(cell, "T");
    gsl_rng *rng = rnn_draws_stream(cell, "d %zu replicate %s", d, lab_word(cell, "replicate"));
    struct rnn *rnn = rnn_problem(lab_word(cell, "problem"), d, steps, lab_real(cell, "g"),
                                  lab_real(cell, "s"), 0, NULL, NULL, rng);
    double *path = base_alloc((steps + 1) * d, sizeof *path);
    rnn_path(rnn, path);
    lab_put(cell, "exponent", rnn_lyapunov(rnn, path, 0, rng));
    gsl_rng_free(rng);
    struct rnn_options options = {.method = lab_control(cell, "no_sech") ? RNN_FIXED : RNN_NEWTON};
    struct rnn_run run = rnn_solve(rnn, &options, path, lab_real(cell, "tol"), rnn_limit(cell, steps), NULL);
    lab_put(cell, "newton", (double)run.iterations);
    lab_put(cell, "worst", log10(fmin(run.worst, 1e308)));
    free(path);
    rnn_free(rnn);
}

/* Draw by draw, the longest sequence against the shortest. */
static void compare(struct lab *lab, const char *problem, const char *gain, const char *low, const char *high)
{
    char *a = base_format("problem=%s g=%s s=1 T=%s d=16 tol=1e-8", problem, gain, low);
    char *b = base_format("problem=%s g=%s s=1 T=%s d=16 tol=1e-8", problem, gain, high);
    long from = lab_find(lab, a), to = lab_find(lab, b);
    free(a);
    free(b);
    if (from < 0 || to < 0)
        return;
    size_t n, m;
    const double *x = lab_column(lab, (size_t)from, "newton", &n),
                 *y = lab_column(lab, (size_t)to, "newton", &m);
    long within_1 = 0, within_2 = 0;
    for (size_t i = 0; i < n; i++) {
        within_1 += y[i] - x[i] <= 1;
        within_2 += y[i] <= 2 * x[i];
    }
    if (strcmp(gain, "1.2"))
        lab_measure_mean(lab, stats_proportion_of(within_1, (long)n), "%s_flat_%s", problem, gain);
    else
        lab_measure_mean(lab, stats_proportion_of(within_2, (long)n), "%s_double_%s", problem, gain);
    if (strcmp(problem, "circular"))
        return;
    lab_measure_mean(lab, lab_mean(lab, (size_t)from, "newton"), "%s_%s_%s", problem, gain, low);
    lab_measure_mean(lab, lab_mean(lab, (size_t)to, "newton"), "%s_%s_%s", problem, gain, high);
}

static void summarize(struct lab *lab)
{
    compare(lab, "circular", "0.8", "100", "1600");
    compare(lab, "circular", "1.2", "100", "1600");
    compare(lab, "text", "0.8", "100", "1600");
    long g = lab_find(lab, "problem=circular g=1.5 s=1 T=6400 d=16 tol=1e-8 maxit=600");
    if (g >= 0) {
        size_t count;
        const double *x = lab_column(lab, (size_t)g, "newton", &count);
        double most = 0;
        for (size_t i = 0; i < count; i++)
            most = fmax(most, x[i]);
        lab_measure(lab, most, 0, 0, "most_1.5_6400");
        lab_measure_mean(lab, lab_mean(lab, (size_t)g, "exponent"), "exponent_1.5_6400");
    }
}

static char *check(const struct lab_cell *cell)
{
    double steps = (double)lab_integer(cell, "T"),
           limit = fmin((double)rnn_limit(cell, (size_t)steps), steps);
    return rnn_too_much(1, (double)lab_integer(cell, "d"), steps, limit, 0);
}

static const struct lab_spec spec = {
    .name = "rnn/length",
    .about = "Does the number of Newton iterations grow with the length?",
    .axes = {{"problem", "circular,text", NULL, "gauss|circular|trig|text", "matrix and inputs", AXIS_WORD},
             {"d", "16", NULL, "[1,1024]", "dimension", AXIS_INTEGER},
             {"g", "0.5,0.8,1.2,1.5", "0.8,1.2", "[0,1e6]", "gain", AXIS_REAL},
             {"s", "1", NULL, "[0,1e6]", "deviation of the inputs", AXIS_REAL},
             {"T", "100,200,400,800,1600,3200,6400", "100,1600", "[1,10000000]", "steps", AXIS_INTEGER},
             {"tol", "1e-8", NULL, "[0,1e6]", "error that counts as converged", AXIS_REAL},
             {"maxit", "600", NULL, "[1,10000000]|T", "iterations at most", AXIS_INTEGER},
             {"replicate", "0:59", "0:39", "[0,1000000]", "draws", AXIS_INTEGER}},
    .columns = "newton,worst,exponent",
    .fold = "replicate",
    .controls = "no_sech",
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
