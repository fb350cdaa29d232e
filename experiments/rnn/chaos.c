/* How many iterations does a network take that is not contracting?
 *
 * Source: kexue.fm/archives/9783 expects few iterations and says that convergence has conditions. Here A = g
 * G with normal entries of variance 1/d, so that the spectral radius is about g, and the network turns
 * chaotic as g grows. The same G and inputs serve every g. Counted: iterations of newton, fixed and picard to
 * --tol (--maxit where they do not get there), the largest error on the way, and the largest Lyapunov
 * exponent of the path, its first --drop steps left out. Finding: Newton takes 3 iterations at g = 0.5,
 * hundreds at g >= 2, where the first step alone, linearized at the zero path, reaches rho(A)^T. A negative
 * exponent of the true path does not help: the iterates are elsewhere.
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
    struct rnn *rnn =
        rnn_problem("circular", d, steps, lab_real(cell, "g"), lab_real(cell, "s"), 0, NULL, NULL, rng);
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
        if (lab_control(cell, "no_matrix") && methods[m] == RNN_FIXED)
            options.method = RNN_PICARD;
        if (lab_control(cell, "no_sech") && m == 0)
            options.method = RNN_FIXED;
        struct rnn_run run =
            rnn_solve(rnn, &options, path, lab_real(cell, "tol"), rnn_limit(cell, steps), NULL);
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

/* Draws whose count falls from one g to a larger one. */
static long falls(struct lab *lab, size_t low, size_t high)
{
    size_t n, m;
    const double *a = lab_column(lab, low, "newton", &n), *b = lab_column(lab, high, "newton", &m);
    long hits = 0;
    for (size_t i = 0; i < n && n == m; i++)
        hits += a[i] > b[i];
    return hits;
}

static long find(const struct lab *lab, const char *gain)
{
    char *where = base_format("d=16 T=500 s=0.1 drop=50 methods=all tol=1e-8 maxit=T g=%s", gain);
    long g = lab_find(lab, where);
    free(where);
    return g;
}

static void summarize(struct lab *lab)
{
    long calm = find(lab, "0.5"), wild = find(lab, "2"), wilder = find(lab, "3"), edge = find(lab, "1");
    if (calm >= 0) {
        median(lab, (size_t)calm, "newton", "0.5");
        share(lab, (size_t)calm, "newton_few", "0.5");
        lab_measure_mean(lab, lab_mean(lab, (size_t)calm, "exponent"), "exponent_0.5");
        lab_measure_mean(lab, lab_mean(lab, (size_t)calm, "fixed"), "fixed_0.5");
        lab_measure_mean(lab, lab_mean(lab, (size_t)calm, "picard"), "picard_0.5");
    }
    if (edge >= 0)
        median(lab, (size_t)edge, "newton", "1");
    if (wild >= 0) {
        size_t count;
        const double *stable = lab_column(lab, (size_t)wild, "stable", &count);
        double most = 0, infinite = 0;
        for (size_t i = 0; i < count; i++)
            most = fmax(most, stable[i]);
        lab_measure(lab, most, 0, 0, "stable_most_2");
        const double *nonfinite = lab_column(lab, (size_t)wild, "fixed_nonfinite", &count);
        for (size_t i = 0; i < count; i++)
            infinite += nonfinite[i];
        lab_measure(lab, infinite, 0, 0, "nonfinite_2");
        median(lab, (size_t)wild, "newton", "2");
        share(lab, (size_t)wild, "chaotic_few", "2");
        lab_measure_mean(lab, lab_mean(lab, (size_t)wild, "exponent"), "exponent_2");
        lab_measure_mean(lab, lab_mean(lab, (size_t)wild, "newton_worst"), "newton_worst_2");
        lab_measure_mean(lab, lab_mean(lab, (size_t)wild, "fixed_worst"), "fixed_worst_2");
        /* log10 rho(A)^T, draw by draw */
        size_t n;
        const double *radius = lab_column(lab, (size_t)wild, "radius", &n);
        const double *worst = lab_column(lab, (size_t)wild, "newton_worst", &n);
        double steps = lab_real(lab_group(lab, (size_t)wild), "T");
        struct stats_moments ratio = {0};
        for (size_t i = 0; i < n; i++)
            stats_moments_push(&ratio, worst[i] / (steps * log10(radius[i])));
        lab_measure_mean(lab, stats_moments_mean(&ratio), "worst_over_power_2");
    }
    if (calm >= 0 && wild >= 0) {
        long draws = (long)lab_axis_values(lab, "replicate")->count;
        lab_measure_mean(lab, stats_proportion_of(draws - falls(lab, (size_t)calm, (size_t)wild), draws),
                         "monotone");
    }
    if (wilder >= 0)
        share(lab, (size_t)wilder, "fixed_nonfinite", "3");
    if (wild >= 0 && wilder >= 0 && edge >= 0) { /* the full grid, in its order */
        long count = 0;
        for (size_t g = 0; g + 1 < lab_groups(lab); g++)
            count += falls(lab, g, g + 1);
        lab_measure(lab, (double)count, 0, 0, "falls");
    }
}

static char *check(const struct lab_cell *cell)
{
    double steps = (double)lab_integer(cell, "T"),
           limit = fmin((double)rnn_limit(cell, (size_t)steps), steps);
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
    .columns = "radius,exponent,newton,fixed,picard,newton_worst,fixed_worst,newton_nonfinite,fixed_"
               "nonfinite,newton_few,"
               "chaotic_few,stable",
    .fold = "replicate",
    .controls = "no_sech|no_matrix",
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
