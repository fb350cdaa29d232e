/* The optimal variance of real data from M draws, by every estimator, with standard errors.
 *
 * Sources: kexue.fm/archives/9245 (two estimators), 9246 (residuals). The data are N points (the 8x8 digits),
 * so E[x_0|x_t] and Var(x_0|x_t) are sums over all of them. For each time t, M draws x_t = ab x_0 + bb e give
 *     one       Var x_0 - mean |E[x_0|x_t] - mu_0|^2/d             the article's, with mu_0 = E x_0
 *     two       (bb^2/ab^2) (1 - mean |eps|^2/d)                   Analytic-DPM's
 *     both      the combination of these two with the least variance, by regression
 *     paired    one with the drawn |x_0 - mu_0|^2 in place of its expectation
 *     npr       mean |x_0 - E[x_0|x_t]|^2/d                        the residuals of 9246
 *     trace     mean tr Cov(x_0|x_t)/d                             npr given x_t (Rao-Blackwell)
 *     best      trace, with one, two and moments of x_0 and e, whose expectations are known, as control
 *               variates
 * Finding: all are unbiased, none of the articles' is good at all t: one fails at low noise, two at high
 * noise, where its error is (bb^2/ab^2) sqrt(2/(dM)), more than 200 times the value at t = 1000 for M = 4000.
 * Trace is good everywhere, best better still. Float32 does as well as double (columns float_: its trace less
 * that in double, mean and largest; its largest error of a mean). The linear estimator's error bounds the
 * variance from above without sampling.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "dvar.h"
#include "lab.h"

enum { ONE, TWO, PAIRED, NPR, TRACE, ESTIMATORS }; /* averages of one number a draw */
static const char *const names[ESTIMATORS] = {"one", "two", "paired", "npr", "trace"};

static void *setup(const struct lab *lab)
{
    return dvar_points_read(lab_axis_values(lab, "data")->text[0]);
}

static void teardown(void *points)
{
    dvar_points_free(points);
}

static char *check(const struct lab_cell *cell)
{
    struct dvar_schedule schedule = {0};
    char *why;
    long T = lab_integer(cell, "T"), t = lab_integer(cell, "t");
    if (t > T)
        return base_format("t = %ld; give times from 1 to T = %ld", t, T);
    dvar_schedule_init(&schedule, lab_word(cell, "schedule"), T, &why);
    dvar_schedule_free(&schedule);
    return why;
}

/* ---- the draws ---- */

/* Of every draw: the estimators' numbers, and three of expectation 0 that a control variate can use. */
struct draws {
    size_t n;
    double *estimator[ESTIMATORS];
    double *single;                 /* trace in float32 */
    double single_mean;             /* its largest error of a mean, over the deviation of a coordinate */
    double *noise, *cross, *spread; /* |e|^2/d - 1, e (x_0 - mu)/d, |x_0 - mu|^2/d - V */
};

static struct draws draws_new(size_t n)
{
    struct draws draws = {.n = n,
                          .single = base_alloc(n, sizeof(double)),
                          .noise = base_alloc(n, sizeof(double)),
                          .cross = base_alloc(n, sizeof(double)),
                          .spread = base_alloc(n, sizeof(double))};
    for (size_t k = 0; k < ESTIMATORS; k++)
        draws.estimator[k] = base_alloc(n, sizeof(double));
    return draws;
}

static void draws_free(struct draws *draws)
{
    for (size_t k = 0; k < ESTIMATORS; k++)
        free(draws->estimator[k]);
    free(draws->single);
    free(draws->noise);
    free(draws->cross);
    free(draws->spread);
}

/* One draw's numbers from its point, noise and posterior; `centre`: mu_0 of estimator one. */
static void draw_take(struct draws *draws, size_t i, const struct dvar_points *points, double ab, double bb2,
                      double centre_slip, const double *x0, const double *e, const double *xt,
                      const double *mean, double trace)
{
    size_t d = points->d;
    double away = 0, eps2 = 0, residual = 0, spread = 0, cross = 0, noise = 0, width = (double)d;
    for (size_t j = 0; j < d; j++) {
        double centre = points->mean[j] + centre_slip, from_mean = x0[j] - points->mean[j];
        away += (mean[j] - centre) * (mean[j] - centre);
        eps2 += (xt[j] - ab * mean[j]) * (xt[j] - ab * mean[j]) / bb2;
        residual += (x0[j] - mean[j]) * (x0[j] - mean[j]);
        spread += from_mean * from_mean;
        cross += from_mean * e[j];
        noise += e[j] * e[j];
    }
    draws->estimator[ONE][i] = points->variance + centre_slip * centre_slip - away / width;
    draws->estimator[TWO][i] = bb2 / (ab * ab) * (1 - eps2 / width);
    draws->estimator[NPR][i] = residual / width;
    draws->estimator[TRACE][i] = trace / width;
    draws->spread[i] = spread / width - points->variance;
    draws->cross[i] = cross / width;
    draws->noise[i] = noise / width - 1;
    /* |x_0 - mu_0|^2 = |x_0 - mu|^2 - 2 slip sum(x_0 - mu) + d slip^2, written out where slip = 0 most of the
     * time */
    double paired = spread;
    for (size_t j = 0; j < d && centre_slip != 0; j++)
        paired += centre_slip * (centre_slip - 2 * (x0[j] - points->mean[j]));
    draws->estimator[PAIRED][i] = (paired - away) / width;
}

/* The same posterior in float32. `bits`: 24; a control keeps fewer of x_t. */
static void draw_single(struct draws *draws, size_t begin, const struct dvar_points *points,
                        struct dvar_float_workspace *workspace, double ab, double bb2, int bits, size_t rows,
                        const double *xt, const double *mean)
{
    size_t d = points->d;
    double *rounded = base_alloc(rows * d, sizeof *rounded), *single = base_alloc(rows * d, sizeof *single);
    for (size_t i = 0; i < rows * d; i++) {
        int exponent;
        double fraction = frexp(xt[i], &exponent);
        rounded[i] = bits < 24 ? ldexp(rint(ldexp(fraction, bits)), exponent - bits) : xt[i];
    }
    dvar_points_posterior_float(points, workspace, ab, bb2, rows, rounded, single, draws->single + begin);
    for (size_t i = 0; i < rows * d; i++)
        draws->single_mean = fmax(draws->single_mean, fabs(single[i] - mean[i]) / sqrt(points->variance));
    for (size_t i = begin; i < begin + rows; i++)
        draws->single[i] /= (double)d;
    free(rounded);
    free(single);
}

/* shrink: 1; a control asks for 0.5, a mean halfway to that of the data. */
static struct draws draws_make(const struct dvar_points *points, gsl_rng *rng, double ab, double bb2,
                               double slip, double shrink, int bits, size_t n)
{
    enum { ROWS = 256 };
    size_t d = points->d;
    struct draws draws = draws_new(n);
    struct dvar_workspace *workspace = dvar_workspace_new(points);
    struct dvar_float_workspace *single = dvar_float_workspace_new(points);
    double *x0 = base_alloc(ROWS * d, sizeof *x0), *e = base_alloc(ROWS * d, sizeof *e);
    double *xt = base_alloc(ROWS * d, sizeof *xt), *mean = base_alloc(ROWS * d, sizeof *mean), trace[ROWS];
    for (size_t begin = 0; begin < n; begin += ROWS) {
        size_t rows = n - begin < ROWS ? n - begin : ROWS;
        dvar_points_draw(points, rng, ab, bb2, rows, x0, e, xt);
        dvar_points_posterior(points, workspace, ab, bb2, rows, xt, mean, trace, NULL);
        draw_single(&draws, begin, points, single, ab, bb2, bits, rows, xt, mean);
        for (size_t i = 0; i < rows * d && shrink != 1; i++)
            mean[i] = points->mean[i % d] + shrink * (mean[i] - points->mean[i % d]);
        for (size_t i = 0; i < rows; i++)
            draw_take(&draws, begin + i, points, ab, bb2, slip, x0 + i * d, e + i * d, xt + i * d,
                      mean + i * d, trace[i]);
    }
    free(x0);
    free(e);
    free(xt);
    free(mean);
    dvar_workspace_free(workspace);
    dvar_float_workspace_free(single);
    return draws;
}

/* ---- control variates ---- */

/* The mean of y with `controls` columns of expectation 0 regressed out: the intercept and its standard error.
 * Columns are scaled; constant ones say nothing and are left out. */
static struct stats_mean controlled_mean(const double *y, size_t n, double *const *control, size_t controls)
{
    double *design = base_alloc(n * (controls + 1), sizeof *design);
    double *beta = base_alloc(controls + 1, sizeof *beta), *se = base_alloc(controls + 1, sizeof *se), chi2;
    size_t used[8], p = 0;
    double scale[8];
    for (size_t k = 0; k < controls; k++) {
        struct stats_moments m = {0};
        for (size_t i = 0; i < n; i++)
            stats_moments_push(&m, control[k][i]);
        scale[p] = sqrt(stats_moments_variance(&m));
        if (scale[p] > 0)
            used[p++] = k;
    }
    for (size_t i = 0; i < n; i++) {
        design[i * (p + 1)] = 1;
        for (size_t k = 0; k < p; k++)
            design[i * (p + 1) + 1 + k] = control[used[k]][i] / scale[k];
    }
    struct stats_mean mean = stats_mean_of(y, n);
    if (p && mean.error > 0 && !stats_linear_fit(design, y, NULL, n, p + 1, beta, se, &chi2)) {
        mean.value = beta[0];
        mean.error = se[0];
    }
    free(design);
    free(beta);
    free(se);
    return mean;
}

static double *difference(const double *a, const double *b, size_t n)
{
    double *c = base_alloc(n, sizeof *c);
    for (size_t i = 0; i < n; i++)
        c[i] = a[i] - b[i];
    return c;
}

static void put_mean(struct lab_cell *cell, const char *name, struct stats_mean mean)
{
    char *column = base_format("%s_se", name);
    lab_put(cell, name, mean.value);
    lab_put(cell, column, mean.error);
    free(column);
}

static void cell(struct lab_cell *cell)
{
    const struct dvar_points *points = lab_shared(cell);
    struct dvar_schedule schedule;
    char *why;
    long t = lab_integer(cell, "t");
    size_t n = (size_t)lab_integer(cell, "M");
    dvar_schedule_init(&schedule, lab_word(cell, "schedule"), lab_integer(cell, "T"), &why);
    double ab = dvar_ab(&schedule, t), bb2 = dvar_bb2(&schedule, t), noise = bb2 / (ab * ab);
    int unsquared = lab_control(cell, "ab_not_squared"); /* bb^2/ab for bb^2/ab^2 */
    struct draws draws = draws_make(points, lab_rng(cell), ab, bb2, lab_real(cell, "centre"),
                                    lab_control(cell, "wrong_mean") ? 0.5 : 1,
                                    lab_control(cell, "bfloat16") ? 8 : 24, n);
    dvar_schedule_free(&schedule);
    for (size_t i = 0; i < n && unsquared; i++)
        draws.estimator[TWO][i] *= ab;
    double *const *y = draws.estimator;
    double *two_one = difference(y[TWO], y[ONE], n), *one_trace = difference(y[ONE], y[TRACE], n);
    double *two_trace = difference(y[TWO], y[TRACE], n), *paired_trace = difference(y[PAIRED], y[TRACE], n);
    double *npr_trace = difference(y[NPR], y[TRACE], n);
    double *controls[] = {one_trace, two_trace, draws.noise, draws.cross, draws.spread};
    lab_put(cell, "d", (double)points->d);
    lab_put(cell, "ab", ab);
    lab_put(cell, "noise_bound", noise);
    lab_put(cell, "variance", points->variance);
    lab_put(cell, "lmmse", dvar_lmmse(points->eigen, points->d, unsquared ? sqrt(ab) : ab, bb2));
    lab_put(cell, "lmmse_isotropic", dvar_lmmse(&points->variance, 1, ab, bb2));
    for (size_t k = 0; k < ESTIMATORS; k++)
        put_mean(cell, names[k], stats_mean_of(y[k], n));
    struct stats_mean both = controlled_mean(y[ONE], n, &two_one, 1),
                      best = controlled_mean(y[TRACE], n, controls, 5);
    if (lab_control(cell, "half_and_half")) {
        for (size_t i = 0; i < n; i++)
            two_one[i] = 0.5 * (y[ONE][i] + y[TWO][i]);
        both = best = stats_mean_of(two_one, n);
    }
    if (lab_control(cell, "analytic_alone"))
        best = stats_mean_of(y[TWO], n);
    put_mean(cell, "both", both);
    put_mean(cell, "best", best);
    put_mean(cell, "one_off", stats_mean_of(one_trace, n));
    put_mean(cell, "two_off", stats_mean_of(two_trace, n));
    put_mean(cell, "paired_off", stats_mean_of(paired_trace, n));
    put_mean(cell, "npr_off", stats_mean_of(npr_trace, n));
    double *single_trace = difference(draws.single, y[TRACE], n), worst = 0;
    for (size_t i = 0; i < n; i++)
        worst = fmax(worst, fabs(single_trace[i]) / points->variance);
    put_mean(cell, "float_off", stats_mean_of(single_trace, n));
    lab_put(cell, "float_worst", worst);
    lab_put(cell, "float_mean_worst", draws.single_mean);
    free(single_trace);
    for (size_t k = ONE; k <= TWO; k++) { /* the error of the standard error, for the claims about it */
        struct stats_moments m = {0};
        for (size_t i = 0; i < n; i++)
            stats_moments_push(&m, y[k][i]);
        struct stats_mean variance = stats_moments_variance_mean(&m);
        lab_put(cell, k == ONE ? "one_se_error" : "two_se_error",
                0.5 * variance.error / sqrt(variance.value * (double)n));
    }
    free(two_one);
    free(one_trace);
    free(two_trace);
    free(paired_trace);
    free(npr_trace);
    draws_free(&draws);
}

/* ---- what the claims ask about ---- */

static struct stats_mean column_mean(const struct lab *lab, size_t g, const char *name, double factor)
{
    char *error = base_format("%s_se", name);
    struct stats_mean mean = {factor * lab_value(lab, g, name), factor * lab_value(lab, g, error),
                              lab_integer(lab_group(lab, g), "M")};
    free(error);
    return mean;
}

static void summarize(struct lab *lab)
{
    const struct dvar_points *points = lab_setup_data(lab);
    static const long times[] = {5, 50, 100, 200, 300, 400, 500, 600, 800, 1000};
    double worst_both = 0, worst_best = 0, worst_float = -1;
    struct stats_mean before = {0};
    for (size_t k = 0; k < sizeof times / sizeof *times; k++) {
        long t = times[k];
        char *values = base_format("data=digits schedule=linear T=1000 centre=0 t=%ld", t);
        long found = lab_find(lab, values);
        free(values);
        if (found < 0)
            continue;
        size_t g = (size_t)found;
        worst_float = fmax(worst_float, lab_value(lab, g, "float_worst"));
        double variance = lab_value(lab, g, "variance"), noise = lab_value(lab, g, "noise_bound");
        double lmmse = lab_value(lab, g, "lmmse");
        long M = lab_integer(lab_group(lab, g), "M");
        struct stats_mean best = column_mean(lab, g, "best", 1);
        if (t == 5) {
            lab_measure(lab, lab_value(lab, g, "npr"), 0, 0, "npr.t5");
            lab_measure(lab, lab_value(lab, g, "trace"), 0, 0, "trace.t5");
            continue;
        }
        double trace_se = lab_value(lab, g, "trace_se") * sqrt((double)M / 4000);
        lab_measure(lab, fabs(lab_value(lab, g, "float_off")) / trace_se, 0, 0, "float_off.t%ld", t);
        if (t == 50)
            continue;
        lab_measure_mean(lab, best, "best.t%ld", t);
        lab_measure(lab, lmmse, 0, 0, "lmmse.t%ld", t);
        double to_4000 = sqrt((double)M / 4000); /* what the error is with 4000 draws */
        double one_se = to_4000 * lab_value(lab, g, "one_se"), two_se = to_4000 * lab_value(lab, g, "two_se");
        lab_measure(lab, one_se, to_4000 * lab_value(lab, g, "one_se_error"), M, "one_se.t%ld", t);
        lab_measure(lab, two_se, to_4000 * lab_value(lab, g, "two_se_error"), M, "two_se.t%ld", t);
        double least = fmin(lab_value(lab, g, "one_se"), lab_value(lab, g, "two_se"));
        worst_both = fmax(worst_both, lab_value(lab, g, "both_se") / least);
        least = fmin(fmin(least, lab_value(lab, g, "paired_se")),
                     fmin(lab_value(lab, g, "npr_se"), lab_value(lab, g, "trace_se")));
        worst_best = fmax(worst_best, lab_value(lab, g, "best_se") / least);
        if (t == 1000) {
            double theory = noise * sqrt(2 / (lab_value(lab, g, "d") * 4000));
            lab_measure(lab, two_se / theory, to_4000 * lab_value(lab, g, "two_se_error") / theory, M,
                        "two_se_theory");
            lab_measure(lab, two_se / variance, to_4000 * lab_value(lab, g, "two_se_error") / variance, M,
                        "two_se_relative");
            lab_measure(lab, variance, 0, 0, "variance");
        }
        if (t >= 200) {
            lab_measure_mean(lab, column_mean(lab, g, "one_off", 1), "one_off.t%ld", t);
            lab_measure_mean(lab, column_mean(lab, g, "two_off", 1 / noise), "two_off.t%ld", t);
            lab_measure_mean(lab, column_mean(lab, g, "paired_off", 1), "paired_off.t%ld", t);
            lab_measure_mean(lab, column_mean(lab, g, "npr_off", 1), "npr_off.t%ld", t);
        }
        double range = (points->high - points->low) / 2, bound = fmin(fmin(variance, noise), range * range);
        lab_measure(lab, bound - best.value, best.error, M, "bound_slack.t%ld", t);
        if (t <= 600)
            lab_measure(lab, lmmse - best.value, best.error, M, "lmmse_slack.t%ld", t);
        if (before.count)
            lab_measure_mean(lab, stats_mean_difference(best, before), "growth.t%ld", t);
        before = best;
    }
    if (worst_float >= 0)
        lab_measure(lab, worst_float, 0, 0, "float_worst");
    if (worst_both > 0) {
        lab_measure(lab, worst_both, 0, 0, "both_se_ratio");
        lab_measure(lab, worst_best, 0, 0, "best_se_ratio");
    }
}

static const struct lab_spec spec = {
    .name = "dvar/finite",
    .about = "the optimal variance of real data from M draws, by every estimator",
    .axes = {{"data", "digits", NULL, "digits", "The points: digits, or a file of them", AXIS_FILE},
             {"schedule", "linear", NULL, NULL, "linear[/FIRST/LAST], keras[/LAST], cosine[/OFFSET]",
              AXIS_WORD},
             {"T", "1000", NULL, "[1,10000000]", "Steps of the schedule", AXIS_INTEGER},
             {"centre", "0", NULL, NULL, "mu_0 of estimator one, relative to the mean of the data",
              AXIS_REAL},
             {"M", "20000", "3000", "[20,100000000]", "Draws", AXIS_INTEGER},
             {"t", "5,20,50,100,150,200,250,300,350,400,450,500,550,600,700,800,900,1000",
              "5,100,200,300,400,500,600,800,1000", "[1,10000000]", "Times", AXIS_INTEGER}},
    .columns =
        "d,ab:6,noise_bound:6,variance:6,lmmse:6,lmmse_isotropic:6,one:6,one_se:3,two:6,two_se:3,paired:6,"
        "paired_se:3,npr:6,npr_se:3,trace:6,trace_se:3,both:6,both_se:3,best:6,best_se:3,one_off:4,"
        "one_off_se:3,"
        "two_off:4,two_off_se:3,paired_off:4,paired_off_se:3,npr_off:4,npr_off_se:3,one_se_error:2,"
        "two_se_error:2,float_off:3,float_off_se:2,float_worst:3,float_mean_worst:3",
    .controls = "ab_not_squared|wrong_mean|half_and_half|analytic_alone|bfloat16",
    .check = check,
    .setup = setup,
    .teardown = teardown,
    .cell = cell,
    .summarize = summarize,
};

int main(int argc, char **argv)
{
    return lab_main(&spec, argc, argv);
}
