/* How many random features does Performer need to beat uniform weights?
 *
 * Source: derived for kexue.fm/archives/9862. All norms equal r, directions uniform. The weights of Performer
 * are e^{q.k_j}(1 + e_j); Cov(e_j, e_l) = (e^{z_j.z_l} - 1)/m, z_j = q + k_j, is about (e^{|q|^2} - 1)/m for
 * j != l, a part common to all keys that the normalization takes away, and (e^{|q|^2+|k|^2} - 1)/m for j = l.
 * What remains, e^{|q|^2}(e^{|k|^2} - 1)/m, is noise against the variance |q|^2|k|^2/d of the scores, which
 * is all that uniform weights lose. They err alike at m* = e^{|q|^2}(e^{|k|^2} - 1) d/(|q|^2 |k|^2).
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "fast.h"
#include "lab.h"
#include "performer.h"

static double least_features(double d, double r)
{
    return exp(r * r) * expm1(r * r) * d / (r * r * r * r);
}

static float *floats(size_t count, const double *x)
{
    float *y = base_alloc(count, sizeof *y);
    for (size_t i = 0; i < count; i++)
        y[i] = (float)x[i];
    return y;
}

/* By the float32 kernel, whose error of some 1e-6 is far below Performer's. */
static int performer(struct lab_cell *cell, size_t n, size_t d, size_t dv, const double *q, const double *k,
                     const double *v, double *o)
{
    size_t m = (size_t)lab_integer(cell, "m");
    double *omega = base_alloc(m * d, sizeof *omega);
    performer_directions(PERFORMER_GAUSS, m, d, lab_rng(cell), omega);
    if (lab_control(cell, "long_directions"))
        for (size_t i = 0; i < m * d; i++)
            omega[i] *= 2;
    float *q32 = floats(n * d, q), *k32 = floats(n * d, k), *v32 = floats(n * dv, v),
          *omega32 = floats(m * d, omega), *o32 = base_alloc(n * dv, sizeof *o32);
    struct fast *fast = fast_new(FAST_FAVOR, d, m, dv, 1, omega32);
    int status = fast_attend(fast, n, n, q32, k32, v32, 0, o32);
    for (size_t i = 0; i < n * dv; i++)
        o[i] = o32[i];
    fast_free(fast);
    free(omega);
    free(q32);
    free(k32);
    free(v32);
    free(omega32);
    free(o32);
    return status;
}

static void cell(struct lab_cell *cell)
{
    size_t n = (size_t)lab_integer(cell, "n"), d = (size_t)lab_integer(cell, "d"),
           dv = (size_t)lab_integer(cell, "dv");
    double norm = lab_real(cell, "norm");
    double *q = base_alloc(n * d, sizeof *q), *k = base_alloc(n * d, sizeof *k),
           *v = base_alloc(n * dv, sizeof *v), *exact = base_alloc(n * dv, sizeof *exact),
           *o = base_alloc(n * dv, sizeof *o);
    performer_uniform(n, d, norm, lab_rng(cell), q);
    performer_uniform(n, d, norm, lab_rng(cell), k);
    performer_normals(n, dv, 1, lab_rng(cell), v);
    performer_exact(n, n, d, dv, q, k, v, exact);
    if (performer(cell, n, d, dv, q, k, v, o))
        lab_fail(cell, "a row of attention has no weight");
    double error = performer_error(n * dv, o, exact);
    memset(o, 0, dv * sizeof *o);
    for (size_t j = 0; j < n; j++)
        for (size_t x = 0; x < dv; x++)
            o[x] += v[j * dv + x] / (double)n;
    for (size_t i = 1; i < n; i++)
        memcpy(o + i * dv, o, dv * sizeof *o);
    double uniform = performer_error(n * dv, o, exact);
    lab_put(cell, "error", error);
    lab_put(cell, "uniform", uniform);
    lab_put(cell, "log_ratio", log(error / uniform));
    lab_put(cell, "least", least_features((double)d, norm));
    free(q);
    free(k);
    free(v);
    free(exact);
    free(o);
}

/* Over the draws: the line of log(error/uniform) over log m through m = 64, 256, 1024, its slope and where it
 * is 0. */
static void measure_line(struct lab *lab, const char *d, const char *norm)
{
    static const char *const features[] = {"64", "256", "1024"};
    double x[3], y[3], sigma[3];
    long count = 0;
    double least = NAN;
    for (int i = 0; i < 3; i++) {
        char *values = base_format("n=256 d=%s norm=%s m=%s", d, norm, features[i]);
        long g = lab_find(lab, values);
        free(values);
        if (g < 0)
            return;
        struct stats_mean mean = lab_mean(lab, (size_t)g, "log_ratio");
        x[i] = log(strtod(features[i], NULL));
        y[i] = mean.value;
        sigma[i] = mean.error;
        count = mean.count;
        least = lab_value(lab, (size_t)g, "least");
    }
    struct stats_line line;
    if (count < 2 || stats_line_fit(x, y, sigma, 3, &line))
        return;
    double at = -line.intercept / line.slope;
    /* delta method: d at = -(d intercept + at d slope)/slope */
    double error = sqrt(line.intercept_error * line.intercept_error + 2 * at * line.covariance +
                        at * at * line.slope_error * line.slope_error) /
                   fabs(line.slope);
    double ratio = exp(at) / least;
    lab_measure(lab, line.slope, line.slope_error, count, "slope.d_%s.norm_%s", d, norm);
    lab_measure(lab, ratio, ratio * error, count, "crossing.d_%s.norm_%s", d, norm);
}

static void summarize(struct lab *lab)
{
    static const char *const pairs[][2] = {
        {"8", "0.5"}, {"16", "0.5"}, {"8", "0.7"}, {"32", "0.7"}, {"16", "1"}};
    for (int i = 0; i < 5; i++)
        measure_line(lab, pairs[i][0], pairs[i][1]);
    static const struct {
        const char *m, *name;
    } few[] = {{"16", "log_ratio.m_16"}, {"64", "log_ratio.m_64"}, {"256", "log_ratio.m_256"}};
    for (int i = 0; i < 3 && lab_axis_values(lab, "replicate")->count > 1; i++) {
        char *values = base_format("n=256 d=8 norm=0.5 m=%s", few[i].m);
        long g = lab_find(lab, values);
        free(values);
        if (g >= 0)
            lab_measure_mean(lab, lab_mean(lab, (size_t)g, "log_ratio"), "%s", few[i].name);
    }
}

static char *check(const struct lab_cell *cell)
{
    double n = (double)lab_integer(cell, "n"), m = (double)lab_integer(cell, "m");
    if (n * m > 1e8 || n * n > 1e8)
        return base_format("--n, --m: n m = %.3g and n^2 = %.3g numbers; give at most 1e8 of each", n * m,
                           n * n);
    return NULL;
}

static const struct lab_spec spec = {
    .name = "performer/needs",
    .about = "How many random features does Performer need to beat uniform weights?",
    .axes = {{"n", "256", NULL, "[2,10000]", "queries and keys", AXIS_INTEGER},
             {"d", "8,16,32", "8,16", "[1,4096]", "dimension of queries and keys", AXIS_INTEGER},
             {"dv", "8", NULL, "[1,4096]", "dimension of values", AXIS_INTEGER},
             {"norm", "0.5,0.7,1", "0.5", "(0,10]", "length of all queries and keys", AXIS_REAL},
             {"m", "16,64,256,1024", NULL, "[1,1000000]", "random features", AXIS_INTEGER},
             {"replicate", "0:399", NULL, "[0,inf)", "draw", AXIS_INTEGER}},
    .columns = "error,uniform,log_ratio,least",
    .fold = "replicate",
    .controls = "long_directions",
    .check = check,
    .cell = cell,
    .summarize = summarize,
};

int main(int argc, char **argv)
{
    return lab_main(&spec, argc, argv);
}
