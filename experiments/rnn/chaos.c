/* How many iterations does a network take that is not contracting?
 *
 * Source: kexue.fm/archives/9783 expects few iterations and says that convergence has conditions. Here A = g G with
 * normal entries of variance 1/d, so that the spectral radius is about g, and the network turns chaotic as g grows. The
 * same G and inputs serve every g. Counted: iterations of newton, fixed and picard to --tol (--maxit where they do not get
 * there), the largest error on the way, and the largest Lyapunov exponent of the path, its first --drop steps left out.
 * Finding: Newton takes 3 iterations at g = 0.5, hundreds at g >= 2, where the first step alone, linearized at the zero
 * path, reaches rho(A)^T. A negative exponent of the true path does not help: the iterates are elsewhere.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "rnn.h"
#include "rnn_draws.h"

static double log_of(double x)
{
    return isfinite(x) ? log10(x) : 309;
}

static void cell(struct lab_cell *cell)
{
    size_t d = (size_t)lab_integer(cell, "d"), steps = (size_t)lab_integer(cell, "T");
    gsl_rng *rng = rnn_draws_stream(cell, "d %zu replicate %s", d, lab_word(cell, "replicate"));
    struct rnn *rnn = rnn_problem("circular", d, steps, lab_real(cell, "g"), lab_real(cell, "s"), 0, NULL, NULL, rng);
    double *path = base_alloc((steps + 1) * d, sizeof *path);
    rnn_path(rnn, path);
    double exponent = rnn_lyapunov(rnn, path, (size_t)lab_integer(cell, "drop"), rng);
    lab_put(cell, "radius", rnn_matrix_radius(d, rnn->a));
    lab_put(cell, "exponent", exponent);
    static const enum rnn_method methods[] = {RNN_NEWTON, RNN_FIXED, RNN_PICARD};
    static const char *const columns[3][3] = {{"newton", "newton_worst", "newton_nonfinite"},
                                              {"fixed", "fixed_worst", "fixed_nonfinite"},
                                              {"picard", NULL, NULL}};
    double newton = 0;
    int all = lab_is(cell, "methods", "all");
    for (size_t m = 0; m < (all ? 3 : 1); m++) {
        struct rnn_options options = {.method = methods[m]};
        if (lab_control(cell, "no_sech") && m == 0)
            options.method = RNN_FIXED;
        struct rnn_run run = rnn_solve(rnn, &options, path, lab_real(cell, "tol"), rnn_limit(cell, steps), NULL);
        lab_put(cell, columns[m][0], (double)run.iterations);
        if (m == 0)
            newton = (double)run.iterations;
        if (columns[m][1]) {
            lab_put(cell, columns[m][1], log_of(run.worst));
            lab_put(cell, columns[m][2], !isfinite(run.worst));
        }
    }
    lab_put(cell, "newton_few", newton <= 6);
    lab_put(cell, "chaotic_few", exponent > 0.01 && newton <= 50);
    if (exponent < -0.01)
        lab_put(cell, "stable", newton);
    gsl_rng_free(rng);
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
    if (count > 1)
        lab_measure_mean(lab, stats_proportion_of(hits, (long)count), "%s_%s", column, name);
}

static void median(struct lab *lab, size_t g, const char *column, const char *name)
{
    size_t count;
    const double *x = lab_column(lab, g, column, &count);
    double *copy = base_alloc(count, sizeof *copy);
    memcpy(copy, x, count * sizeof *copy);
    lab_measure_mean(lab, stats_quantile_of(copy, count, 0.5), "%s_%s", column, name);
    free(copy);
}

/* Is the count of each draw monotone from g to the next? */
static void monotone(struct lab *lab, size_t low, size_t high, const char *name)
{
    size_t n, m;
    const double *a = lab_column(lab, low, "newton", &n), *b = lab_column(lab, high, "newton", &m);
    long hits = 0;
    for (size_t i = 0; i < n && n == m; i++)
        hits += a[i] <= b[i];
    lab_measure_mean(lab, stats_proportion_of(hits, (long)n), "monotone_%s", name);
}

static void summarize(struct lab *lab)
{
    static const char *const gains[] = {"0.5", "1", "1.5", "2"};
    long last = -1;
    for (size_t k = 0; k < 4; k++) {
        char *where = base_format("d=16 T=500 s=0.1 drop=50 methods=all tol=1e-8 maxit=T g=%s", gains[k]);
        long g = lab_find(lab, where);
        free(where);
        if (g < 0)
            continue;
        median(lab, (size_t)g, "newton", gains[k]);
        if (k == 0 || k == 3)
            lab_measure_mean(lab, lab_mean(lab, (size_t)g, "exponent"), "exponent_%s", gains[k]);
        if (k == 0) {
            share(lab, (size_t)g, "newton_few", gains[k]);
            median(lab, (size_t)g, "fixed", gains[k]);
            median(lab, (size_t)g, "picard", gains[k]);
        }
        if (k >= 2) {
            share(lab, (size_t)g, "chaotic_few", gains[k]);
            size_t count;
            const double *stable = lab_column(lab, (size_t)g, "stable", &count);
            double most = 0;
            for (size_t i = 0; i < count; i++)
                most = fmax(most, stable[i]);
            lab_measure(lab, most, 0, 0, "stable_most_%s", gains[k]);
        }
        if (k == 3) {
            share(lab, (size_t)g, "fixed_nonfinite", gains[k]);
            lab_measure_mean(lab, lab_mean(lab, (size_t)g, "newton_worst"), "newton_worst_%s", gains[k]);
        }
        if (last >= 0)
            monotone(lab, (size_t)last, (size_t)g, gains[k]);
        last = g;
    }
}

static char *check(const struct lab_cell *cell)
{
    double steps = (double)lab_integer(cell, "T"), limit = fmin((double)rnn_limit(cell, (size_t)steps), steps);
    if (lab_integer(cell, "drop") >= lab_integer(cell, "T"))
        return base_format("--drop %s leaves no step of --T %s", lab_word(cell, "drop"), lab_word(cell, "T"));
    return rnn_too_much(3, (double)lab_integer(cell, "d"), steps, limit, 0);
}

static const struct lab_spec spec = {
    .name = "rnn/chaos",
    .about = "How many iterations does a network take that is not contracting?",
    .axes = {{"d", "16", NULL, "[1,1024]", "dimension", AXIS_INTEGER},
             {"T", "500", NULL, "[1,1000000]", "steps", AXIS_INTEGER},
             {"s", "0.1", NULL, "[0,1e6]", "deviation of the inputs", AXIS_REAL},
             {"drop", "50", NULL, "[0,1000000]", "steps before the exponent is taken", AXIS_INTEGER},
             {"methods", "all", NULL, "all|newton", "which methods run", AXIS_WORD},
             {"tol", "1e-8", NULL, "[0,1e6]", "error that counts as converged", AXIS_REAL},
             {"maxit", "T", NULL, "[1,10000000]|T", "iterations at most", AXIS_INTEGER},
             {"g", "0.4,0.5,0.6,0.7,0.8,0.9,1,1.1,1.2,1.3,1.4,1.5,1.75,2,2.5,3", "0.5,2", "[0,1e6]", "gain",
              AXIS_REAL},
             {"replicate", "0:39", "0:19", "[0,1000000]", "draws", AXIS_INTEGER}},
    .columns = "radius,exponent,newton,fixed,picard,newton_worst,fixed_worst,newton_nonfinite,fixed_nonfinite,newton_few,"
               "chaotic_few,stable",
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
