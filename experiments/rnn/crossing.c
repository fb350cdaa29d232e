/* At which signal does subtracting a x stop to pay?
 *
 * Source: theory added to kexue.fm/archives/9783. In one dimension with constant input q_fixed = a x*^2/(1-a)
 * and q_picard = a (1 - x*^2) are equal at x*^2 = (1-a)/(2-a). Here both rates are measured, from the errors
 * while they fall from 1e-3 to 1e-11, and the input at which they are equal is found by bisection.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "rnn.h"
#include "rnn_draws.h"

/* log of the mean factor of the error. */
static double rate(const struct rnn *rnn, const double *path, enum rnn_method method)
{
    size_t all = rnn->steps + 1;
    double *x = base_alloc(all, sizeof *x), *y = base_alloc(all, sizeof *y), first = 0, last = 0;
    struct rnn_options options = {.method = method};
    struct rnn_work *work = rnn_work_alloc(rnn, &options);
    long count = 0;
    /* begun near the solution: at 1e-3 of it */
    for (size_t t = 1; t < all; t++)
        x[t] = path[t] * (1 + 1e-3);
    for (long n = 1; n <= 400; n++) {
        rnn_iterate(rnn, &options, x, y, 0, work);
        double error = rnn_distance(rnn, y, path);
        memcpy(x, y, all * sizeof *x);
        if (!(error > 1e-11 && error < 1))
            break;
        if (n % 2 == 0) { /* the sign alternates: whole periods alone */
            if (first == 0)
                first = error;
            else
                last = error, count += 2;
        }
    }
    free(x);
    free(y);
    rnn_work_free(work);
    return count ? log(last / first) / (double)count : method == RNN_FIXED ? 1 : 0;
}

static void cell(struct lab_cell *cell)
{
    double a = lab_real(cell, "a"), low = 0, high = 2;
    size_t steps = (size_t)lab_integer(cell, "T");
    struct rnn *rnn = rnn_alloc(RNN_TANH, 1, steps);
    double *path = base_alloc(steps + 1, sizeof *path);
    rnn->a[0] = a;
    rnn->linear[0] = lab_control(cell, "half") ? a / 2 : a;
    for (int round = 0; round < 25; round++) {
        double u = (low + high) / 2;
        for (size_t t = 0; t < steps; t++)
            rnn->u[t] = u;
        rnn_path(rnn, path);
        if (rate(rnn, path, RNN_FIXED) < rate(rnn, path, RNN_PICARD))
            low = u;
        else
            high = u;
    }
    lab_put(cell, "u", low);
    lab_put(cell, "x_star", path[steps]);
    lab_put(cell, "square", path[steps] * path[steps]);
    lab_put(cell, "predicted", (1 - a) / (2 - a));
    free(path);
    rnn_free(rnn);
}

static void summarize(struct lab *lab)
{
    for (const char *const *a = (const char *const[]){"0.3", "0.5", "0.7", "0.9", NULL}; *a; a++) {
        char *where = base_format("a=%s T=2000", *a);
        long g = lab_find(lab, where);
        free(where);
        if (g >= 0)
            lab_measure(lab, lab_value(lab, (size_t)g, "square"), 0, 0, "square_%s", *a);
    }
}

static char *check(const struct lab_cell *cell)
{
    return rnn_too_much(80, 16, (double)lab_integer(cell, "T"), 400, 0);
}

static const struct lab_spec spec = {
    .name = "rnn/crossing",
    .about = "At which signal does subtracting a x stop to pay?",
    .axes = {{"a", "0.1,0.2,0.3,0.4,0.5,0.6,0.7,0.8,0.9", "0.3,0.5,0.7,0.9", "(0,1)", "the weight",
              AXIS_REAL},
             {"T", "2000", NULL, "[100,100000]", "steps", AXIS_INTEGER}},
    .columns = "u,x_star,square,predicted",
    .controls = "half",
    .check = check,
    .cell = cell,
    .summarize = summarize,
};

int main(int argc, char **argv)
{
    return lab_main(&spec, argc, argv);
}
