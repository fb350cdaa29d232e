/* Where is the error, in time and iteration?
 *
 * Source: added to kexue.fm/archives/9783: e_t of iterate n depends on states before t of iterate n - 1
 * alone, so the front of exact states moves by one step at least, whatever stands for the Jacobian. The table
 * is the error |x_t - x*_t| over t and n; `exact` counts the states right to the last bit from the start on,
 * `passes` the work left when these are not computed again. Finding: every undamped method ends after T
 * iterations at most; damped Newton (elk) has no such front.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "rnn.h"
#include "rnn_draws.h"

static void cell(struct lab_cell *cell)
{
    size_t d = (size_t)lab_integer(cell, "d"), steps = (size_t)lab_integer(cell, "T"), all = (steps + 1) * d;
    size_t every = (size_t)lab_integer(cell, "every");
    gsl_rng *rng = rnn_draws_stream(cell, "replicate %s", lab_word(cell, "replicate"));
    struct rnn *rnn = rnn_problem(lab_word(cell, "problem"), d, steps, lab_real(cell, "g"),
                                  lab_real(cell, "s"), 0, NULL, NULL, rng);
    gsl_rng_free(rng);
    double *path = base_alloc(all, sizeof *path), *x = base_alloc(all, sizeof *x),
           *y = base_alloc(all, sizeof *y);
    rnn_path(rnn, path);
    struct rnn_options options = {.method = rnn_method_of(lab_word(cell, "method")),
                                  .lambda = lab_real(cell, "lambda"),
                                  .late = lab_control(cell, "late")};
    struct rnn_work *work = rnn_work_alloc(rnn, &options);
    long count = lab_integer(cell, "iterations");
    double behind = 0;
    for (long n = 0; n <= count; n++) {
        if (n) {
            rnn_iterate(rnn, &options, x, y, 0, work);
            memcpy(x, y, all * sizeof *x);
        }
        size_t exact = 0;
        while (exact < steps && !memcmp(x + (exact + 1) * d, path + (exact + 1) * d, d * sizeof *x))
            exact++;
        behind = fmax(behind, fmin((double)n, (double)steps) - (double)exact);
        for (size_t t = every; t <= steps; t += every) {
            double error = 0;
            for (size_t i = t * d; i < (t + 1) * d; i++) {
                double off = fabs(x[i] - path[i]);
                error = off > error || !isfinite(off) ? off : error;
            }
            lab_put(cell, "n", (double)n);
            lab_put(cell, "t", (double)t);
            lab_put(cell, "log10_error", log10(fmin(fmax(error, 1e-17), 1e300)));
            lab_put(cell, "exact", (double)exact);
            lab_put(cell, "behind", behind);
            lab_next_row(cell);
        }
    }
    free(path);
    free(x);
    free(y);
    rnn_work_free(work);
    rnn_free(rnn);
}

static void summarize(struct lab *lab)
{
    struct lab_table *table = lab_table(lab, NULL, "method,T,g,s,replicate,n,t,log10_error:4,exact");
    static const char *const axes[] = {"method", "T", "g", "s", "replicate"};
    for (size_t g = 0; g < lab_groups(lab); g++) {
        const struct lab_cell *cell = lab_group(lab, g);
        size_t count;
        const double *n = lab_column(lab, g, "n", &count), *t = lab_column(lab, g, "t", &count);
        const double *error = lab_column(lab, g, "log10_error", &count),
                     *exact = lab_column(lab, g, "exact", &count);
        for (size_t i = 0; i < count; i++) {
            char text[4][32];
            const char *row[9];
            for (size_t a = 0; a < 5; a++)
                row[a] = lab_word(cell, axes[a]);
            row[5] = base_real_text(text[0], n[i], 8);
            row[6] = base_real_text(text[1], t[i], 8);
            row[7] = base_real_text(text[2], error[i], 4);
            row[8] = base_real_text(text[3], exact[i], 8);
            lab_table_text_row(table, row);
        }
        const double *behind = lab_column(lab, g, "behind", &count);
        if (lab_groups(lab) == lab_axis_values(lab, "method")->count)
            lab_measure(lab, behind[count - 1], 0, 0, "behind_%s", lab_word(cell, "method"));
    }
}

static char *check(const struct lab_cell *cell)
{
    long steps = lab_integer(cell, "T"), every = lab_integer(cell, "every"),
         n = lab_integer(cell, "iterations");
    if (every > steps)
        return base_format("--every %ld leaves no state of --T %ld", every, steps);
    double rows = (double)n * (double)(steps / every);
    if (rows > 2e6)
        return base_format("%.3g rows are predicted; give --every and --iterations for at most 2e6", rows);
    return rnn_too_much(1, (double)lab_integer(cell, "d"), (double)steps, (double)n,
                        lab_is(cell, "method", "elk"));
}

static const struct lab_spec spec = {
    .name = "rnn/front",
    .about = "Where is the error, in time and iteration?",
    .axes = {{"problem", "gauss", NULL, "gauss|circular|trig|text", "matrix and inputs", AXIS_WORD},
             {"method", "picard,fixed,plus1,newton,quasi,elk", NULL,
              "picard|fixed|plus1|newton|quasi|elk|quasi_elk", "the method", AXIS_WORD},
             {"d", "8", NULL, "[1,1024]", "dimension", AXIS_INTEGER},
             {"T", "90", "60", "[1,1000000]", "steps", AXIS_INTEGER},
             {"g", "1.2", NULL, "[0,1e6]", "gain of the matrix", AXIS_REAL},
             {"s", "1", NULL, "[0,1e6]", "deviation of the inputs", AXIS_REAL},
             {"lambda", "1", NULL, "[1e-6,1e12]|0", "damping of elk", AXIS_REAL},
             {"iterations", "45", "30", "[1,1000000]", "iterations shown", AXIS_INTEGER},
             {"every", "3", NULL, "[1,1000000]", "every how manieth state is shown", AXIS_INTEGER},
             {"replicate", "0", NULL, "[0,1000000]", "which draw", AXIS_INTEGER}},
    .columns = "n,t,log10_error:4,exact,behind",
    .controls = "late",
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
