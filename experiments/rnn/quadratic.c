/* Does Newton's iteration converge quadratically, at signals of order 1?
 *
 * Source: kexue.fm/archives/9783: with the exact Jacobian the scheme is Newton's method on the whole path, so
 * the number of right digits doubles. We follow e_n far beyond double precision and give log e_{n+1} / log
 * e_n and C_n = e_{n+1} / e_n^2.
 */
#include <math.h>
#include <stdlib.h>

#include "rnn.h"
#include "rnn_draws.h"

static void cell(struct lab_cell *cell)
{
    size_t d = (size_t)lab_integer(cell, "d"), steps = (size_t)lab_integer(cell, "T");
    int count = (int)lab_integer(cell, "count");
    long bits = lab_integer(cell, "bits");
    gsl_rng *rng = rnn_draws_stream(cell, "replicate %s", lab_word(cell, "replicate"));
    struct rnn *rnn =
        rnn_problem("gauss", d, steps, lab_real(cell, "g"), lab_real(cell, "s"), 0, NULL, NULL, rng);
    gsl_rng_free(rng);
    double *error = base_alloc((size_t)count, sizeof *error);
    enum rnn_method method = lab_control(cell, "no_sech") ? RNN_FIXED : RNN_NEWTON;
    rnn_digits_errors(d, steps, rnn->a, rnn->u, 1, method, 1, count, bits, error);
    /* the last two steps that the precision resolves, counted from the end */
    int last = count - 1;
    while (last > 0 && !(error[last] > -0.28 * (double)bits))
        last--;
    if (last >= 2 && error[last - 2] < 0) {
        double c1 = error[last - 1] - 2 * error[last - 2], c2 = error[last] - 2 * error[last - 1];
        lab_put(cell, "iterations", last + 1);
        lab_put(cell, "log10_error", error[last]);
        lab_put(cell, "exponent", error[last] / error[last - 1]);
        lab_put(cell, "log10_c", c2);
        lab_put(cell, "drift", fabs(c2 - c1));
        lab_put(cell, "bounded", fabs(c2 - c1) < 2);
    }
    free(error);
    rnn_free(rnn);
}

static void summarize(struct lab *lab)
{
    long g = lab_find(lab, "g=0.9 s=1");
    if (g < 0)
        return;
    lab_measure_mean(lab, lab_mean(lab, (size_t)g, "exponent"), "exponent");
    size_t count;
    const double *bounded = lab_column(lab, (size_t)g, "bounded", &count);
    long hits = 0;
    for (size_t i = 0; i < count; i++)
        hits += bounded[i] > 0;
    lab_measure_mean(lab, stats_proportion_of(hits, (long)count), "bounded");
}

static char *check(const struct lab_cell *cell)
{
    double d = (double)lab_integer(cell, "d"), work = (double)lab_integer(cell, "T") * d * d;
    return work <= 1e6
               ? NULL
               : base_format("T d^2 = %.3g products of MPFR an iteration; give sizes up to 1e6", work);
}

static const struct lab_spec spec = {
    .name = "rnn/quadratic",
    .about = "Does Newton's iteration converge quadratically, at signals of order 1?",
    .axes = {{"d", "3", NULL, "[1,256]", "dimension", AXIS_INTEGER},
             {"T", "40", NULL, "[1,100000]", "steps", AXIS_INTEGER},
             {"g", "0.5,0.9,1.2", "0.9", "[0,10]", "norm of the matrix", AXIS_REAL},
             {"s", "1", NULL, "(0,10]", "deviation of the inputs", AXIS_REAL},
             {"bits", "1600", "800", "[64,100000]", "precision", AXIS_INTEGER},
             {"count", "10", "9", "[3,40]", "iterations", AXIS_INTEGER},
             {"replicate", "0:99", "0:39", "[0,100000]", "draws", AXIS_INTEGER}},
    .columns = "iterations,log10_error,exponent,log10_c,drift,bounded",
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
