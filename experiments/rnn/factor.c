/* Does the norm of the error's operator predict the rate?
 *
 * Source: beyond kexue.fm/archives/9783. Near the solution e^(n) = M e^(n-1) with M = (I - A S)^-1 (D - I) A
 * S for fixed, M = D A S for picard (S the shift in time, D the slopes along the path). |M|_2 comes from
 * power iteration, the rate is the mean factor of the 2-norm of the error while it falls from 1e-2 to 1e-10,
 * and no single factor may exceed the norm by more than second order. Finding: it is a bound, and it says
 * which of the two methods is faster; but it is no prediction of the rate. M is nilpotent, far from normal:
 * the norm of fixed is above 1 where the error falls by half each iteration.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "rnn.h"
#include "rnn_draws.h"

static double distance(const struct rnn *rnn, const double *x, const double *y)
{
    double sum = 0;
    for (size_t i = 0; i < (rnn->steps + 1) * rnn->d; i++)
        sum += (x[i] - y[i]) * (x[i] - y[i]);
    return sqrt(sum);
}

struct rate {
    double mean, most; /* factors of one iteration; NaN when the error never is in the window */
};

static struct rate rate(const struct rnn *rnn, const double *path, enum rnn_method method, long limit)
{
    size_t all = (rnn->steps + 1) * rnn->d;
    double *x = base_alloc(all, sizeof *x), *y = base_alloc(all, sizeof *y), first = 0, before = 0;
    struct rnn_options options = {.method = method};
    struct rnn_work *work = rnn_work_alloc(rnn, &options);
    struct rate r = {NAN, 0};
    long count = 0;
    for (long n = 1; n <= limit; n++) {
        rnn_iterate(rnn, &options, x, y, 0, work);
        double error = distance(rnn, y, path);
        memcpy(x, y, all * sizeof *x);
        if (error < 1e-10)
            break;
        if (error < 1e-2 && first == 0) {
            first = error;
        } else if (first > 0) {
            count++;
            r.mean = pow(error / first, 1 / (double)count);
            if (before < 1e-4) /* where second order is nothing */
                r.most = fmax(r.most, error / before);
        }
        before = error;
    }
    free(x);
    free(y);
    rnn_work_free(work);
    return r;
}

static void cell(struct lab_cell *cell)
{
    size_t d = (size_t)lab_integer(cell, "d"), steps = (size_t)lab_integer(cell, "T");
    gsl_rng *rng = rnn_draws_stream(cell, "d %zu replicate %s", d, lab_word(cell, "replicate"));
    struct rnn *rnn =
        rnn_problem("gauss", d, steps, lab_real(cell, "g"), lab_real(cell, "s"), 0, NULL, NULL, rng);
    double *path = base_alloc((steps + 1) * d, sizeof *path);
    rnn_path(rnn, path);
    static const enum rnn_method methods[] = {RNN_FIXED, RNN_PICARD};
    static const char *const names[2][4] = {{"fixed_norm", "fixed_rate", "fixed_excess", "fixed_share"},
                                            {"picard_norm", "picard_rate", "picard_excess", "picard_share"}};
    double norm[2], mean[2];
    for (size_t m = 0; m < 2; m++) {
        norm[m] = rnn_factor_norm(rnn, lab_control(cell, "exchanged") ? methods[1 - m] : methods[m], path,
                                  lab_integer(cell, "rounds"), rng);
        struct rate r = rate(rnn, path, methods[m], (long)steps);
        mean[m] = r.mean;
        lab_put(cell, names[m][0], norm[m]);
        if (isfinite(r.mean)) {
            lab_put(cell, names[m][1], r.mean);
            lab_put(cell, names[m][3], r.mean / norm[m]);
        }
        if (r.most > 0)
            lab_put(cell, names[m][2], r.most / norm[m]);
    }
    if (isfinite(mean[0]) && isfinite(mean[1]))
        lab_put(cell, "right", (norm[0] < norm[1]) == (mean[0] < mean[1]));
    gsl_rng_free(rng);
    free(path);
    rnn_free(rnn);
}

static void summarize(struct lab *lab)
{
    double worst = 0;
    for (size_t g = 0; g < lab_groups(lab); g++)
        for (int m = 0; m < 2; m++) {
            size_t count;
            const double *x = lab_column(lab, g, m ? "picard_excess" : "fixed_excess", &count);
            for (size_t i = 0; i < count; i++)
                worst = x[i] > worst || isnan(x[i]) ? x[i] : worst;
        }
    lab_measure(lab, worst, 0, 0, "excess");
    static const char *const scales[] = {"0.1", "1"};
    for (size_t k = 0; k < 2; k++) {
        char *where = base_format("d=8 T=200 g=0.9 s=%s", scales[k]);
        long g = lab_find(lab, where);
        free(where);
        if (g < 0)
            continue;
        size_t count;
        const double *right = lab_column(lab, (size_t)g, "right", &count);
        long hits = 0;
        for (size_t i = 0; i < count; i++)
            hits += right[i] > 0;
        if (count > 1)
            lab_measure_mean(lab, stats_proportion_of(hits, (long)count), "right_%s", scales[k]);
        static const char *const columns[] = {"fixed_share", "picard_share", "fixed_norm", "fixed_rate"};
        for (size_t c = 0; c < (k ? 4 : 2); c++)
            lab_measure_mean(lab, lab_mean(lab, (size_t)g, columns[c]), "%s_%s", columns[c], scales[k]);
    }
}

static char *check(const struct lab_cell *cell)
{
    return rnn_too_much(2, (double)lab_integer(cell, "d"), (double)lab_integer(cell, "T"),
                        (double)(lab_integer(cell, "T") + 2 * lab_integer(cell, "rounds")), 0);
}

static const struct lab_spec spec = {
    .name = "rnn/factor",
    .about = "Does the norm of the error's operator predict the rate?",
    .axes = {{"d", "8", NULL, "[1,512]", "dimension", AXIS_INTEGER},
             {"T", "200", NULL, "[2,100000]", "steps", AXIS_INTEGER},
             {"g", "0.3,0.5,0.7,0.9", "0.9", "[0,10]", "norm of the matrix", AXIS_REAL},
             {"s", "0.03,0.1,0.3,1,3", "0.1,1", "[0,100]", "deviation of the inputs", AXIS_REAL},
             {"rounds", "200", NULL, "[1,100000]", "rounds of power iteration", AXIS_INTEGER},
             {"replicate", "0:59", "0:29", "[0,1000000]", "draws", AXIS_INTEGER}},
    .columns = "fixed_norm,fixed_rate,picard_norm,picard_rate,fixed_excess,picard_excess,fixed_share,picard_"
               "share,right",
    .fold = "replicate",
    .controls = "exchanged",
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
