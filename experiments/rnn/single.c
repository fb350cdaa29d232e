/* In single precision: is the path of Newton's iteration that of the loop?
 *
 * Source: arXiv:2309.12252 reports a largest deviation of 2.4e-7 for a GRU in float32, which is 2 eps.
 * Newton's method with a scan of dense maps, all in float, until nothing moves by more than 1e-6, against the
 * loop in float. Rounding of one step grows by |(I - J S)^-1| <= 1/(1 - g) for a matrix of norm g < 1.
 */
#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "rnn.h"
#include "rnn_draws.h"

static void cell(struct lab_cell *cell)
{
    static const char *const orders[] = {"turn", "seq", "blelloch", "hs"};
    size_t d = (size_t)lab_integer(cell, "d"), steps = (size_t)lab_integer(cell, "T");
    double g = lab_real(cell, "g");
    gsl_rng *rng = rnn_draws_stream(cell, "d %zu replicate %s", d, lab_word(cell, "replicate"));
    struct rnn *rnn = rnn_problem("gauss", d, steps, g, lab_real(cell, "s"), 0, NULL, NULL, rng);
    gsl_rng_free(rng);
    enum rnn_order order = RNN_SEQUENTIAL;
    while (strcmp(orders[order], lab_word(cell, "scan")))
        order++;
    long iterations, limit = lab_control(cell, "stopped") ? 2 : lab_integer(cell, "maxit");
    double distance = rnn_float_distance(rnn, order, limit, &iterations);
    lab_put(cell, "iterations", (double)iterations);
    lab_put(cell, "distance", distance);
    lab_put(cell, "in_eps", distance / FLT_EPSILON);
    lab_put(cell, "scaled", distance / FLT_EPSILON * (1 - g));
    rnn_free(rnn);
}

static void summarize(struct lab *lab)
{
    double worst = 0;
    for (size_t k = 0; k < lab_groups(lab); k++) {
        size_t count;
        const double *x = lab_column(lab, k, "scaled", &count);
        for (size_t i = 0; i < count; i++)
            worst = x[i] > worst || isnan(x[i]) ? x[i] : worst;
    }
    lab_measure(lab, worst, 0, 0, "scaled");
}

static char *check(const struct lab_cell *cell)
{
    double d = (double)lab_integer(cell, "d"), steps = (double)lab_integer(cell, "T"),
           bytes = 8 * steps * (d * d + d);
    if (bytes > 2e9)
        return base_format("%.3g bytes are predicted for T (d^2 + d); give sizes up to 2e9", bytes);
    return rnn_too_much(1, d, steps, (double)lab_integer(cell, "maxit"), 1);
}

static const struct lab_spec spec = {
    .name = "rnn/single",
    .about = "In single precision: is the path of Newton's iteration that of the loop?",
    .axes = {{"d", "1,8", "8", "[1,512]", "dimension", AXIS_INTEGER},
             {"T", "1000,10000", "300", "[1,10000000]", "steps", AXIS_INTEGER},
             {"g", "0.5,0.9", NULL, "[0,1)", "norm of the matrix", AXIS_REAL},
             {"s", "1", NULL, "[0,100]", "deviation of the inputs", AXIS_REAL},
             {"scan", "blelloch,hs", NULL, "seq|blelloch|hs", "the scan", AXIS_WORD},
             {"maxit", "30", NULL, "[1,100000]", "iterations at most", AXIS_INTEGER},
             {"replicate", "0:9", "0:29", "[0,1000000]", "draws", AXIS_INTEGER}},
    .columns = "iterations,distance,in_eps,scaled",
    .fold = "replicate",
    .controls = "stopped",
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
