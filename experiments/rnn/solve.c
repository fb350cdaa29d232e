/* One network, one method: the error of every iterate.
 *
 * Source: kexue.fm/archives/9783. The recurrence x_t = tanh(A x_{t-1} + u_t) is solved for all t at once:
 * subtract J_t x_{t-1} on both sides, take the right-hand side at the last iterate, solve the linear
 * recurrence that is left. Methods differ in J_t alone: picard 0, fixed A (the article's), plus1 diag(sech^2
 * u_t) A, newton the Jacobian, quasi its diagonal; elk and quasi_elk damp newton and quasi by --lambda. The
 * table has a row an iteration; what belongs to the whole run stands in its first row. Matrix and inputs may
 * come from files: --A (d rows of d numbers) and --u (T rows of d numbers).
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "rnn.h"
#include "rnn_draws.h"

static const char *file_of(const struct lab_cell *cell, const char *axis)
{
    return lab_is(cell, axis, "none") ? NULL : lab_word(cell, axis);
}

static struct rnn_options options_of(const struct lab_cell *cell)
{
    static const char *const orders[] = {"turn", "seq", "blelloch", "hs", "block"};
    struct rnn_options options = {.method = rnn_method_of(lab_word(cell, "method")),
                                  .blocks = (size_t)lab_integer(cell, "blocks"),
                                  .lambda = lab_real(cell, "lambda")};
    while (!lab_is(cell, "scan", orders[options.order]))
        options.order++;
    options.late = lab_control(cell, "late");
    if (lab_control(cell, "no_sech") && options.method == RNN_NEWTON)
        options.method = RNN_FIXED;
    return options;
}

static void cell(struct lab_cell *cell)
{
    size_t d = (size_t)lab_integer(cell, "d"), steps = (size_t)lab_integer(cell, "T");
    gsl_rng *rng = rnn_draws_stream(cell, "replicate %s", lab_word(cell, "replicate"));
    struct rnn *rnn =
        lab_is(cell, "cell", "gru")
            ? rnn_gru(d, steps, d, lab_real(cell, "g"), lab_real(cell, "g"), lab_real(cell, "s"), rng)
            : rnn_problem(lab_word(cell, "problem"), d, steps, lab_real(cell, "g"), lab_real(cell, "s"),
                          lab_real(cell, "x0"), file_of(cell, "A"), file_of(cell, "u"), rng);
    gsl_rng_free(rng);
    d = rnn->d, steps = rnn->steps;
    if (rnn->kind == RNN_GRU)
        for (size_t i = 0; i < d; i++)
            rnn->start[i] = lab_real(cell, "x0");
    double *path = base_alloc((steps + 1) * d, sizeof *path), sum = 0, mean = 0;
    rnn_path(rnn, path);
    for (size_t i = 0; i < d; i++)
        sum += path[steps * d + i];
    for (size_t i = d; i < (steps + 1) * d; i++)
        mean += fabs(path[i]) / (double)(steps * d);
    long limit = rnn_limit(cell, steps);
    double *errors = base_alloc((size_t)limit + 1, sizeof *errors);
    struct rnn_options options = options_of(cell);
    struct rnn_run run = rnn_solve(rnn, &options, path, lab_real(cell, "tol"), limit, errors);
    for (long n = 0; n <= run.last; n++) {
        lab_put(cell, "n", (double)n);
        lab_put(cell, "error", errors[n]);
        if (n == 0) {
            lab_put_text(cell, "status", rnn_status_name(run.status));
            lab_put(cell, "iterations", (double)run.iterations);
            lab_put(cell, "by_increment", (double)run.by_increment);
            lab_put(cell, "worst", run.worst);
            lab_put(cell, "passes", run.work);
            lab_put(cell, "dimension", (double)d); /* those of the files, where there are any */
            lab_put(cell, "steps", (double)steps);
            lab_put(cell, "norm", rnn_matrix_norm(d, rnn->linear));
            lab_put(cell, "radius", rnn_matrix_radius(d, rnn->linear));
            lab_put(cell, "sum_last", sum);
            lab_put(cell, "mean_abs", mean);
        }
        lab_next_row(cell);
    }
    free(errors);
    free(path);
    rnn_free(rnn);
}

/* The deterministic reference: d = 4, T = 100, g = 0.8, s = 0.3. */
static void summarize(struct lab *lab)
{
    for (enum rnn_method m = 0; m <= RNN_QUASI; m++) {
        char *name =
            base_format("cell=tanh problem=trig method=%s d=4 T=100 g=0.8 s=0.3 x0=0 tol=1e-8 maxit=T A=none "
                        "u=none replicate=0",
                        rnn_method_name(m));
        long g = lab_find(lab, name);
        free(name);
        if (g < 0)
            continue;
        size_t count;
        const double *error = lab_column(lab, (size_t)g, "error", &count);
        static const size_t shown[] = {2, 4, 3, 4, 2}; /* by method */
        for (size_t n = 1; n <= shown[m] && n < count; n++)
            lab_measure(lab, error[n], 0, 0, "%s_%zu", rnn_method_name(m), n);
        lab_measure(lab, lab_value(lab, (size_t)g, "iterations"), 0, 0, "iterations_%s", rnn_method_name(m));
        if (m == RNN_NEWTON)
            for (const char *const *c = (const char *const[]){"norm", "radius", "sum_last", "mean_abs", NULL};
                 *c; c++)
                lab_measure(lab, lab_value(lab, (size_t)g, *c), 0, 0, "%s", *c);
    }
}

static char *check(const struct lab_cell *cell)
{
    size_t d = (size_t)lab_integer(cell, "d"), steps = (size_t)lab_integer(cell, "T");
    const char *a = file_of(cell, "A"), *u = file_of(cell, "u");
    if (lab_is(cell, "cell", "gru") && (a || u || !lab_is(cell, "problem", "gauss")))
        return base_copy(
            "--cell gru draws its weights and inputs; give --problem gauss and neither --A nor --u");
    char *why = rnn_sizes(lab_word(cell, "problem"), &d, &steps, a, u);
    if (why)
        return why;
    struct rnn_options options = options_of(cell);
    double bytes = rnn_work_bytes(d, steps, &options), limit = 2147483648.;
    if (bytes > limit)
        return base_format("%.3g bytes are predicted for --d %zu, --T %zu; %.3g are accepted", bytes, d,
                           steps, limit);
    return rnn_too_much(1, (double)d, (double)steps, fmin((double)rnn_limit(cell, steps), (double)steps),
                        options.order > RNN_IN_TURN || options.method == RNN_ELK);
}

static const struct lab_spec spec = {
    .name = "rnn/solve",
    .about = "How does the error of each iterate of a parallel method fall, on one network?",
    .axes = {{"cell", "tanh", NULL, "tanh|gru", "the network", AXIS_WORD},
             {"problem", "trig", NULL, "gauss|circular|trig|text|file", "matrix and inputs", AXIS_WORD},
             {"method", "picard,fixed,plus1,newton,quasi", NULL,
              "picard|fixed|plus1|newton|quasi|elk|quasi_elk", "what stands for the Jacobian", AXIS_WORD},
             {"d", "4", NULL, "[1,2048]", "dimension", AXIS_INTEGER},
             {"T", "100", NULL, "[1,10000000]", "steps", AXIS_INTEGER},
             {"g", "0.8", NULL, "[0,1e6]", "gain of the matrix (GRU: deviation of the weights)", AXIS_REAL},
             {"s", "0.3", NULL, "[0,1e6]", "scale of the inputs", AXIS_REAL},
             {"x0", "0", NULL, "[-1e6,1e6]", "start, in every coordinate", AXIS_REAL},
             {"tol", "1e-8", NULL, "[0,1e6]", "error that counts as converged; 0: none but 0 does",
              AXIS_REAL},
             {"maxit", "T", NULL, "[1,10000000]|T", "iterations at most", AXIS_INTEGER},
             {"scan", "turn", NULL, "turn|seq|blelloch|hs|block", "how the linear recurrence is solved",
              AXIS_WORD},
             {"blocks", "2", NULL, "[1,1000000]", "pieces of --scan block", AXIS_INTEGER},
             {"lambda", "1", NULL, "[1e-6,1e12]|0", "damping of elk and quasi_elk", AXIS_REAL},
             {"A", "none", NULL, "none", "the matrix, d rows of d numbers (sets d)", AXIS_FILE},
             {"u", "none", NULL, "none", "the inputs, T rows of d numbers (sets T and d)", AXIS_FILE},
             {"replicate", "0", NULL, "[0,1000000]", "which draw", AXIS_INTEGER}},
    .columns = "n,error:12,status,iterations,by_increment,worst,passes,dimension,steps,norm:12,radius:12,sum_"
               "last:12,mean_abs:12",
    .controls = "late|no_sech",
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
