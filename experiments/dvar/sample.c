/* Sampling the digits in K steps: too smooth, too noisy, or right?
 *
 * Source: kexue.fm/archives/9245, where few-step samples of DDPM look over-smoothed and those with the
 * optimal variance are better. Here the exact mean over N data points drives the chain, so what is seen is
 * the sampler's doing alone.
 * Measured over the samples: their total variance over that of the data; the energy distance 2 E|X-Y| -
 * E|X-X'| - E|Y-Y'| from the data (unbiased, 0 only for equal laws); W_2^2 by optimal assignment, over the
 * total variance of the data, and sliced W_2^2 (64 directions), over the variance of a coordinate, between
 * halves of the samples and as many draws from the data: as they are, over those within draws from the data
 * (excess), and less half of those within samples and within data (debiased); the part that lies within 1 %
 * of a standard deviation of a data point. Rules as in dvar/mixture; the scalar variance is estimated once,
 * from `draws`.
 * Finding: the exact mean memorizes: nearly every sample is a training point whatever K, as soon as the last
 * step begins at t = 1, so a sampler's quality shows in which points come how often. With K = 5 the samples'
 * variance is 0.83 of the data's for DDPM's smaller variance and 0.88 for DDIM. The optimal variances restore
 * only a little of it: what x_t leaves open is a choice between points, which isotropic noise does not make.
 * W_2 of finite samples alone is no judge: over-smooth ones are nearer to a finite set of data than data are.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <gsl/gsl_randist.h>

#include "dvar.h"
#include "lab.h"
#include "linalg.h"

/* ---- what the cells share ---- */

/* Of the distances: directions, splits of the samples, the largest M with an assignment. */
enum { DIRECTIONS = 64, SPLITS = 8, W2_MAX = 2000 };

struct shared {
    struct dvar_points *points;
    double *direction; /* [DIRECTIONS][d], of the sliced distance */
    double spread; /* E|Y - Y'| of two independent data points */
    struct dvar_schedule schedule;
    double *mmse; /* [T + 1]: E Var(x_0|x_t) per coordinate at the times that some trajectory visits */
};

/* Mean distance from each of m rows of x to the points; with nearest (unless NULL) the least squared
 * distance. */
static void distances(const struct dvar_points *points, const double *x, size_t m, double *mean,
                      double *nearest)
{
    enum { ROWS = 32 };
    size_t n = points->n, d = points->d;
    double *product = base_alloc(ROWS * n, sizeof *product);
    for (size_t begin = 0; begin < m; begin += ROWS) {
        size_t rows = m - begin < ROWS ? m - begin : ROWS;
        linalg_gemm('N', 'T', rows, n, d, 1, x + begin * d, points->x, 0, product);
        for (size_t i = begin; i < begin + rows; i++) {
            double norm2 = 0, sum = 0, least = INFINITY;
            for (size_t j = 0; j < d; j++)
                norm2 += x[i * d + j] * x[i * d + j];
            for (size_t k = 0; k < n; k++) {
                double square = fmax(norm2 + points->norm2[k] - 2 * product[(i - begin) * n + k], 0);
                sum += sqrt(square);
                least = fmin(least, square);
            }
            mean[i] = sum / (double)n;
            if (nearest)
                nearest[i] = least;
        }
    }
    free(product);
}

/* E tr Cov(x_0|x_t)/d from `draws` draws. */
static double mmse_draw(const struct dvar_points *points, gsl_rng *rng, double ab, double bb2, size_t draws)
{
    enum { ROWS = 256 };
    size_t d = points->d;
    double *x0 = base_alloc(ROWS * d, sizeof *x0), *e = base_alloc(ROWS * d, sizeof *e), trace[ROWS], sum = 0;
    double *xt = base_alloc(ROWS * d, sizeof *xt), *mean = base_alloc(ROWS * d, sizeof *mean);
    struct dvar_workspace *workspace = dvar_workspace_new(points);
    for (size_t begin = 0; begin < draws; begin += ROWS) {
        size_t rows = draws - begin < ROWS ? draws - begin : ROWS;
        dvar_points_draw(points, rng, ab, bb2, rows, x0, e, xt);
        dvar_points_posterior(points, workspace, ab, bb2, rows, xt, mean, trace, NULL);
        for (size_t i = 0; i < rows; i++)
            sum += trace[i];
    }
    dvar_workspace_free(workspace);
    free(x0);
    free(e);
    free(xt);
    free(mean);
    return sum / ((double)draws * (double)d);
}

static const char *only_value(const struct lab *lab, const char *axis)
{
    const struct axis_values *values = lab_axis_values(lab, axis);
    if (values->count != 1)
        base_die(BASE_BAD_USAGE, "--%s: %zu values; this program accepts one", axis, values->count);
    return values->text[0];
}

static void *setup(const struct lab *lab)
{
    struct shared *shared = base_alloc(1, sizeof *shared);
    const struct axis_values *sizes = lab_axis_values(lab, "K"), *spacings = lab_axis_values(lab, "spacing");
    long T, draws;
    char *why;
    base_parse_long(only_value(lab, "T"), &T);
    base_parse_long(only_value(lab, "draws"), &draws);
    if (dvar_schedule_init(&shared->schedule, only_value(lab, "schedule"), T, &why))
        base_die(BASE_BAD_USAGE, "--schedule: %s", why);
    shared->points = dvar_points_read(only_value(lab, "data"));
    const struct dvar_points *points = shared->points;
    if (!(points->variance > 0))
        base_die(BASE_BAD_USAGE, "--data: the points of %s are all equal; give some that differ",
                 only_value(lab, "data"));
    double *mean = base_alloc(points->n, sizeof *mean);
    distances(points, points->x, points->n, mean, NULL);
    shared->spread = stats_sum(mean, points->n) / (double)points->n;
    free(mean);
    gsl_rng *directions = lab_stream(lab, "directions");
    shared->direction = dvar_directions(directions, DIRECTIONS, points->d);
    gsl_rng_free(directions);
    shared->mmse = base_alloc((size_t)T + 1, sizeof *shared->mmse);
    for (size_t k = 0; k < sizes->count; k++)
        for (size_t s = 0; s < spacings->count; s++) {
            long K;
            base_parse_long(sizes->text[k], &K);
            long *ts = base_alloc((size_t)K + 1, sizeof *ts);
            dvar_steps_make(spacings->text[s], T, K, ts, &why);
            for (long i = 1; i <= K; i++)
                if (!(shared->mmse[ts[i]] > 0)) {
                    char *name = base_format("variance at t = %ld", ts[i]);
                    gsl_rng *rng = lab_stream(lab, name);
                    shared->mmse[ts[i]] = mmse_draw(points, rng, dvar_ab(&shared->schedule, ts[i]),
                                                    dvar_bb2(&shared->schedule, ts[i]), (size_t)draws);
                    gsl_rng_free(rng);
                    free(name);
                }
            free(ts);
        }
    return shared;
}

static void teardown(void *memory)
{
    struct shared *shared = memory;
    dvar_points_free(shared->points);
    dvar_schedule_free(&shared->schedule);
    free(shared->mmse);
    free(shared->direction);
    free(shared);
}

static char *check(const struct lab_cell *cell)
{
    long K = lab_integer(cell, "K");
    char *why;
    long *ts = base_alloc((size_t)K + 1, sizeof *ts);
    dvar_steps_make(lab_word(cell, "spacing"), lab_integer(cell, "T"), K, ts, &why);
    free(ts);
    return why;
}

/* ---- a cell: m samples ---- */

static double *sample(struct lab_cell *cell, size_t m)
{
    const struct shared *shared = lab_shared(cell);
    const struct dvar_points *points = shared->points;
    size_t d = points->d;
    long K = lab_integer(cell, "K"), T = shared->schedule.steps;
    enum dvar_rule rule = dvar_rule_parse(lab_word(cell, "rule"));
    if (lab_control(cell, "big_for_small") &&
        rule == DVAR_NONE) /* noise of the forward step, after DDIM's too */
        rule = DVAR_BIG;
    double eta = dvar_eta_parse(lab_word(cell, "eta")), ab = dvar_ab(&shared->schedule, T);
    gsl_rng *rng = lab_rng(cell);
    char *why;
    long *ts = base_alloc((size_t)K + 1, sizeof *ts);
    dvar_steps_make(lab_word(cell, "spacing"), T, K, ts, &why);
    double *x = base_alloc(m * d, sizeof *x), *mean = base_alloc(m * d, sizeof *mean);
    double *noise = base_alloc(m * d, sizeof *noise), *trace = base_alloc(m, sizeof *trace);
    struct dvar_workspace *workspace = dvar_workspace_new(points);
    dvar_points_draw(points, rng, ab, dvar_bb2(&shared->schedule, T), m, mean, noise,
                     x); /* the exact law of x_T */
    if (lab_is(cell, "prior", "normal"))
        memcpy(x, noise, m * d * sizeof *x);
    for (long k = K; k >= 1; k--) {
        struct dvar_jump j = dvar_jump_between(&shared->schedule, ts[k], ts[k - 1], eta);
        dvar_points_posterior(points, workspace, j.ab_t, j.bb2_t, m, x, mean, trace, NULL);
        rng_normals(rng, noise, m * d);
        for (size_t i = 0; i < m; i++) {
            double uncertainty = rule == DVAR_SCALAR        ? shared->mmse[ts[k]]
                                 : rule == DVAR_CONDITIONAL ? trace[i] / (double)d
                                                            : 0;
            double sd = sqrt(rule == DVAR_BIG ? j.beta2 : j.lambda2 + j.gamma * j.gamma * uncertainty);
            for (size_t l = i * d; l < (i + 1) * d; l++)
                x[l] = j.kappa * x[l] + j.gamma * mean[l] + sd * noise[l];
        }
    }
    if (lab_control(cell, "perfect")) /* draws from the data */
        dvar_points_draw(points, rng, 1, 0, m, mean, noise, x);
    dvar_workspace_free(workspace);
    free(mean);
    free(noise);
    free(trace);
    free(ts);
    return x;
}

/* W_2^2 of m points each, over the total variance of the data; sliced: mean over the directions, over the
 * variance of a coordinate. */
static double exact_w2sq(const struct shared *shared, const double *x, const double *y, size_t m)
{
    const struct dvar_points *points = shared->points;
    return dvar_points_w2sq(m, points->d, x, y) / ((double)points->d * points->variance);
}

static double sliced_w2sq(const struct shared *shared, const double *x, const double *y, size_t m)
{
    const struct dvar_points *points = shared->points;
    double *of_x = dvar_project(m, points->d, x, DIRECTIONS, shared->direction);
    double *of_y = dvar_project(m, points->d, y, DIRECTIONS, shared->direction);
    double square = dvar_sliced_w2sq(DIRECTIONS, m, of_x, m, of_y);
    free(of_x);
    free(of_y);
    return square / points->variance;
}

/* Mean distances of sets of m/2 points: samples from data, samples from samples, data from data. */
struct distances {
    double between, within_x, within_y;
};

static void distances_add(struct distances *sum, const struct shared *shared, const double *x,
                          const double *y, size_t half,
                          double (*distance)(const struct shared *, const double *, const double *, size_t))
{
    size_t second = half * shared->points->d;
    for (int k = 0; k < 4; k++)
        sum->between +=
            distance(shared, x + (k & 1 ? second : 0), y + (k & 2 ? second : 0), half) / (4 * SPLITS);
    sum->within_x += distance(shared, x, x + second, half) / SPLITS;
    sum->within_y += distance(shared, y, y + second, half) / SPLITS;
}

/* The distance as it is; over that of draws from the data themselves (`excess`); and less half the distances
 * within both laws (`debiased`). Finite sets of one law are far apart where the dimension is high, the
 * farther the wider the law is: alone debiased does not favour laws that are too narrow. */
static void put_distances(struct lab_cell *cell, const char *name, struct distances d)
{
    char *excess = base_format("%s_excess", name), *debiased = base_format("%s_debiased", name);
    lab_put(cell, name, d.between);
    lab_put(cell, excess, d.between - d.within_y);
    lab_put(cell, debiased, d.between - 0.5 * (d.within_x + d.within_y));
    free(excess);
    free(debiased);
}

/* Over random splits of the samples in halves, each with draws of its own from the data. */
static void put_transport(struct lab_cell *cell, double *x, size_t m)
{
    const struct shared *shared = lab_shared(cell);
    const struct dvar_points *points = shared->points;
    size_t row = points->d * sizeof(double);
    double *y = base_alloc(m * points->d, sizeof *y);
    struct distances exact = {0}, sliced = {0};
    for (int k = 0; k < SPLITS; k++) {
        gsl_ran_shuffle(lab_rng(cell), x, m, row);
        for (size_t i = 0; i < m; i++)
            memcpy(y + i * points->d,
                   points->x + gsl_rng_uniform_int(lab_rng(cell), points->n) * points->d, row);
        distances_add(&sliced, shared, x, y, m / 2, sliced_w2sq);
        if (m <= W2_MAX)
            distances_add(&exact, shared, x, y, m / 2, exact_w2sq);
    }
    put_distances(cell, "sliced", sliced);
    if (m <= W2_MAX)
        put_distances(cell, "w2", exact);
    free(y);
}

static void cell(struct lab_cell *cell)
{
    const struct shared *shared = lab_shared(cell);
    const struct dvar_points *points = shared->points;
    size_t d = points->d, m = (size_t)lab_integer(cell, "M"), memorized = 0;
    double *x = sample(cell, m), *mean = base_alloc(m, sizeof *mean),
           *nearest = base_alloc(m, sizeof *nearest);
    double variance = 0, between = 0;
    for (size_t j = 0; j < d; j++) {
        struct stats_moments moments = {0};
        for (size_t i = 0; i < m; i++)
            stats_moments_push(&moments, x[i * d + j]);
        variance += stats_moments_variance(&moments) / (double)d;
    }
    for (size_t i = 0; i < m; i++)
        for (size_t k = 0; k < i; k++) {
            double square = 0;
            for (size_t j = 0; j < d; j++)
                square += (x[i * d + j] - x[k * d + j]) * (x[i * d + j] - x[k * d + j]);
            between += sqrt(square);
        }
    between *= 2 / ((double)m * (double)(m - 1));
    distances(points, x, m, mean, nearest);
    for (size_t i = 0; i < m; i++)
        memorized += nearest[i] < 1e-4 * (double)d * points->variance;
    lab_put(cell, "variance_ratio", variance / points->variance);
    lab_put(cell, "energy", 2 * stats_sum(mean, m) / (double)m - between - shared->spread);
    lab_put(cell, "memorized", (double)memorized / (double)m);
    put_transport(cell, x, m);
    free(x);
    free(mean);
    free(nearest);
}

/* ---- what the claims ask about ---- */

static long find(const struct lab *lab, const char *rule)
{
    char *values = base_format("data=digits schedule=linear T=1000 spacing=linear prior=exact K=5 %s", rule);
    long g = lab_find(lab, values);
    free(values);
    return g;
}

static void summarize(struct lab *lab)
{
    long ddim = find(lab, "eta=0 rule=none"), small = find(lab, "eta=1 rule=none"),
         best = find(lab, "eta=1 rule=scalar");
    if (ddim < 0 || small < 0 || best < 0)
        return;
    struct stats_mean smooth = lab_mean(lab, (size_t)small, "variance_ratio");
    lab_measure_mean(lab, lab_mean(lab, (size_t)ddim, "variance_ratio"), "variance.ddim");
    lab_measure_mean(lab, smooth, "variance.small");
    lab_measure_mean(lab, lab_mean(lab, (size_t)ddim, "memorized"), "memorized.ddim");
    lab_measure_mean(lab, lab_mean(lab, (size_t)small, "memorized"), "memorized.small");
    lab_measure_mean(lab, lab_mean(lab, (size_t)best, "memorized"), "memorized.optimal");
    lab_measure_mean(lab, stats_mean_difference(lab_mean(lab, (size_t)best, "variance_ratio"), smooth),
                     "variance_gain");
    static const char *const distances[] = {"energy", "w2_debiased", "sliced_debiased"},
                            *const names[] = {"energy", "w2", "sliced"};
    for (int k = 0; k < 3; k++) {
        struct stats_mean of_small = lab_mean(lab, (size_t)small, distances[k]);
        lab_measure_mean(lab, stats_mean_difference(of_small, lab_mean(lab, (size_t)ddim, distances[k])),
                         "%s.small_over_ddim", names[k]);
        lab_measure_mean(lab, of_small, "%s.small", names[k]);
    }
    lab_measure_mean(lab, lab_mean(lab, (size_t)small, "w2_excess"), "w2_excess.small");
}

static const struct lab_spec spec = {
    .name = "dvar/sample",
    .about = "sampling real data in K steps with the exact mean, by the rule of the variance",
    .axes = {{"data", "digits", NULL, "digits", "The points: digits, or a file of them", AXIS_FILE},
             {"schedule", "linear", NULL, NULL, "linear[/FIRST/LAST], keras[/LAST], cosine[/OFFSET]",
              AXIS_WORD},
             {"T", "1000", NULL, "[1,10000000]", "Steps of the schedule", AXIS_INTEGER},
             {"draws", "4000", "500", "[2,100000000]", "Draws for the scalar variance of each time",
              AXIS_INTEGER},
             {"prior", "exact", NULL, "exact|normal", "Law of x_T: that of the data with noise, or N(0,1)",
              AXIS_WORD},
             {"M", "100", "30", "[2,1000000]", "Samples in a replicate (above 2000 without w2)",
              AXIS_INTEGER},
             {"spacing", "linear", NULL, NULL, "linear, quadratic, or K times, 1/250/1000", AXIS_WORD},
             {"K", "5,10,20", "5", "[1,inf)", "Steps of the sampler", AXIS_INTEGER},
             {"eta", "0,1", NULL, "[0,1]|max", "lambda over btilde; max: lambda = bb_s", AXIS_REAL},
             {"rule", "none,big,scalar,conditional", "none,scalar", "none|big|scalar|conditional",
              "The variance of a step", AXIS_WORD},
             {"replicate", "0:99", "0:49", "[0,inf)", "Replicates", AXIS_INTEGER}},
    .columns = "variance_ratio:6,energy:6,memorized:6,sliced:5,sliced_excess:5,"
               "sliced_debiased:5,w2:5,w2_excess:5,w2_debiased:5",
    .fold = "replicate",
    .controls = "big_for_small|perfect",
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
