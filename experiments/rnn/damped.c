/* What do the diagonal of the Jacobian and damping bring?
 *
 * Source: Gonzalez et al., arXiv:2407.19115, beyond kexue.fm/archives/9783. quasi keeps the diagonal of the
 * Jacobian, so that a step costs d instead of d^3; elk damps Newton: it minimizes sum |y_t - J_t y_{t-1} -
 * r_t|^2
 * + lambda |y_t - x_t|^2 by a Kalman smoother, quasi_elk the same with the diagonal. lambda = 0 is Newton.
 * Since y = x is admissible, lambda |y - x|^2 <= sum |x_t - F_t(x_{t-1})|^2: a damped step is bounded, where
 * Newton's first one has the size rho(A)^T. Finding: elk keeps iterates near the size of the states where
 * Newton's reach rho(A)^T, but a fixed lambda buys that with iterations: the damping is felt near the
 * solution, too, where the rate becomes linear, and smoothing has no exact front that would end it after T
 * iterations. quasi needs about as many iterations as no matrix at all.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "rnn.h"
#include "rnn_draws.h"

static const enum rnn_method methods[] = {RNN_NEWTON, RNN_ELK, RNN_QUASI, RNN_QUASI_ELK};

static void cell(struct lab_cell *cell)
{
    size_t d = (size_t)lab_integer(cell, "d"), steps = (size_t)lab_integer(cell, "T");
    gsl_rng *rng = rnn_draws_stream(cell, "d %zu replicate %s", d, lab_word(cell, "replicate"));
    struct rnn *rnn = rnn_problem(lab_word(cell, "problem"), d, steps, lab_real(cell, "g"),
                                  lab_real(cell, "s"), 0, NULL, NULL, rng);
    gsl_rng_free(rng);
    double *path = base_alloc((steps + 1) * d, sizeof *path);
    rnn_path(rnn, path);
    for (size_t m = 0; m < 4; m++) {
        struct rnn_options options = {.method = methods[m], .lambda = lab_real(cell, "lambda")};
        if (lab_control(cell, "undamped"))
            options.lambda = 0;
        struct rnn_run run =
            rnn_solve(rnn, &options, path, lab_real(cell, "tol"), rnn_limit(cell, steps), NULL);
        const char *name = rnn_method_name(methods[m]);
        char *worst = base_format("%s_worst", name);
        lab_put(cell, name, (double)run.iterations);
        lab_put(cell, worst, isfinite(run.worst) ? log10(run.worst) : 309);
        free(worst);
        if (methods[m] == RNN_ELK)
            lab_put(cell, "elk_converged", run.status == RNN_CONVERGED);
    }
    free(path);
    rnn_free(rnn);
}

static void summarize(struct lab *lab)
{
    static const struct {
        const char *g, *lambda, *columns[5];
    } asked[] = {{"0.5", "1", {"newton", "elk", "quasi"}},
                 {"2", "1", {"newton", "elk", "newton_worst", "elk_worst"}},
                 {"0.5", "0.01", {"elk"}}};
    for (size_t k = 0; k < 3; k++) {
        char *where = base_format("problem=circular d=8 T=100 s=0.1 tol=1e-8 maxit=100 g=%s lambda=%s",
                                  asked[k].g, asked[k].lambda);
        long g = lab_find(lab, where);
        free(where);
        if (g < 0)
            continue;
        for (const char *const *c = asked[k].columns; *c; c++)
            lab_measure_mean(lab, lab_mean(lab, (size_t)g, *c), "%s_%s_%s", *c, asked[k].g, asked[k].lambda);
    }
}

static char *check(const struct lab_cell *cell)
{
    double steps = (double)lab_integer(cell, "T"), limit = fmin((double)rnn_limit(cell, (size_t)steps), 1e12);
    return rnn_too_much(4, (double)lab_integer(cell, "d"), steps, limit, 1);
}

static const struct lab_spec spec = {
    .name = "rnn/damped",
    .about = "What do the diagonal of the Jacobian and damping bring?",
    .axes = {{"problem", "circular", NULL, "gauss|circular|trig|text", "matrix and inputs", AXIS_WORD},
             {"d", "8", NULL, "[1,512]", "dimension", AXIS_INTEGER},
             {"T", "100", NULL, "[1,100000]", "steps", AXIS_INTEGER},
             {"g", "0.5,1,1.5,2,3", "0.5,2", "[0,1e6]", "gain", AXIS_REAL},
             {"s", "0.1", NULL, "[0,1e6]", "deviation of the inputs", AXIS_REAL},
             {"lambda", "0.01,0.1,1,10", "1", "[1e-6,1e12]|0", "damping", AXIS_REAL},
             {"tol", "1e-8", NULL, "[0,1e6]", "error that counts as converged", AXIS_REAL},
             {"maxit", "100", NULL, "[1,1000000]|T", "iterations at most", AXIS_INTEGER},
             {"replicate", "0:29", "0:19", "[0,1000000]", "draws", AXIS_INTEGER}},
    .columns = "newton,elk,quasi,quasi_elk,newton_worst,elk_worst,quasi_worst,quasi_elk_worst,elk_converged",
    .fold = "replicate",
    .controls = "undamped",
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
