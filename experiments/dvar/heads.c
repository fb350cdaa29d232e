/* Conditional variance heads: residuals, second moments, or the likelihood; and how many draws each needs.
 *
 * Source: kexue.fm/archives/9246, two open questions of its author. After the mean eps(x_t) a second model
 * learns the variance r(x_t) = E[(e - eps)^2 | x_t] (times bb^2/ab^2), from n draws:
 *     npr        squares: fits (e - eps)^2 by a combination g of features                       (NPR-DPM)
 *     sn         squares: fits e^2 by h, takes g = h - eps^2; right for the exact mean only     (SN-DPM)
 *     log_mse    squares: fits (e - eps)^2 by g = exp(features)
 *     log_nll    likelihood: minimizes log g + (e - eps)^2/g over the same g = exp(features)
 * Judged by the excess (1/2) E[log g/r + r/g - 1] in nats of the likelihood of x_0 given x_t (a step of the
 * path's divergence), exactly, by quadrature. Linear heads may become negative: they are cut off at `floor`
 * times the mean of r, which is what clipping does. n = inf is the limit, the best head of its class. Of a
 * constant head, k = 1, sn is mean e^2 - mean eps^2, as in part 1.
 * Finding: (q1) a constant variance of a least-squares mean is the same by residuals and by second moments,
 * however bad the mean: E eps (e - eps) = 0 is all it takes, so an imperfect mean does not show there. It
 * shows in a conditional head: with a mean of four features sn keeps an error that no n removes, and even
 * with the exact mean it needs some thirty times the draws of npr, for e^2 varies more than (e - eps)^2.
 * (q2) A constant is the same by squares and by likelihood; any other restricted head is not: likelihood has
 * the lower excess, squares the lower square error, for they answer to the largest variances. With few draws
 * and many features likelihood is much the safer; with two features squares are slightly better.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <gsl/gsl_math.h>

#include "dvar.h"
#include "lab.h"

enum { NPR, SN, LOG_MSE, LOG_NLL, HEADS };
static const char *const names[HEADS] = {"npr", "sn", "log_mse", "log_nll"};

static char *check(const struct lab_cell *cell)
{
    struct dvar_mixture mixture;
    char *why;
    dvar_mixture_parse(lab_word(cell, "mixture"), &mixture, &why);
    dvar_mixture_free(&mixture);
    long most = lab_integer(cell, "k") > lab_integer(cell, "mean_k") ? lab_integer(cell, "k")
                                                                     : lab_integer(cell, "mean_k");
    if (!why && !lab_is(cell, "n", "inf") && lab_integer(cell, "n") < most)
        why = base_format("n = %s draws for %ld features; give at least as many", lab_word(cell, "n"), most);
    return why;
}

/* ---- the law of x_t on nodes, for exact expectations ---- */

struct nodes {
    size_t n;
    double *x, *weight, *noise, *spread; /* x_t, its probability, E[e|x_t], Var(e|x_t) */
};

static struct nodes nodes_new(const struct dvar_mixture *mixture, double ab, double bb2)
{
    const size_t n = 1201;
    struct nodes nodes = {n, base_alloc(n, sizeof(double)), base_alloc(n, sizeof(double)),
                          base_alloc(n, sizeof(double)), base_alloc(n, sizeof(double))};
    double low, high, total = 0;
    dvar_mixture_range(mixture, ab, bb2, 7, &low, &high);
    for (size_t i = 0; i < n; i++) {
        nodes.x[i] = low + (high - low) * (double)i / (double)(n - 1);
        struct dvar_posterior posterior = dvar_mixture_posterior(mixture, ab, bb2, nodes.x[i]);
        nodes.weight[i] = posterior.density;
        nodes.noise[i] = (nodes.x[i] - ab * posterior.mean) / sqrt(bb2);
        nodes.spread[i] = ab * ab / bb2 * posterior.variance;
        total += posterior.density;
    }
    for (size_t i = 0; i < n; i++)
        nodes.weight[i] /= total;
    return nodes;
}

static void nodes_free(struct nodes *nodes)
{
    free(nodes->x);
    free(nodes->weight);
    free(nodes->noise);
    free(nodes->spread);
}

/* ---- the two stages ---- */

/* What a head learns from: draws, or in the limit the nodes with their conditional expectations. */
struct sample {
    size_t n;
    double *x, *weight;          /* weight NULL: draws */
    double *noise;               /* e of draws, E[e|x_t] of nodes */
    double *residual2, *square2; /* (e - eps)^2 and e^2, or their expectations */
};

static void sample_free(struct sample *sample)
{
    free(sample->x);
    free(sample->weight);
    free(sample->noise);
    free(sample->residual2);
    free(sample->square2);
}

static struct sample sample_new(size_t n)
{
    return (struct sample){.n = n,
                           .x = base_alloc(n, sizeof(double)),
                           .noise = base_alloc(n, sizeof(double)),
                           .residual2 = base_alloc(n, sizeof(double)),
                           .square2 = base_alloc(n, sizeof(double))};
}

/* The limit n = inf; residual2 still lacks the mean's error. */
static struct sample sample_limit(const struct nodes *nodes)
{
    struct sample sample = sample_new(nodes->n);
    sample.weight = base_alloc(nodes->n, sizeof(double));
    memcpy(sample.x, nodes->x, nodes->n * sizeof(double));
    memcpy(sample.weight, nodes->weight, nodes->n * sizeof(double));
    memcpy(sample.noise, nodes->noise, nodes->n * sizeof(double));
    for (size_t i = 0; i < nodes->n; i++)
        sample.square2[i] = nodes->spread[i] + gsl_pow_2(nodes->noise[i]);
    return sample;
}

static struct sample sample_draw(const struct dvar_mixture *mixture, gsl_rng *rng, double ab, double bb2,
                                 size_t n)
{
    struct sample sample = sample_new(n);
    dvar_mixture_draw(mixture, rng, ab, bb2, n, NULL, sample.noise, sample.x);
    for (size_t i = 0; i < n; i++)
        sample.square2[i] = gsl_pow_2(sample.noise[i]);
    return sample;
}

/* The mean's eps at x: exact, or a combination of features. */
struct mean_model {
    struct dvar_features features;
    const struct dvar_mixture *mixture; /* NULL: w counts */
    double ab, bb2, *w;
};

static double model_noise(const struct mean_model *mean, double x, double *phi)
{
    if (mean->mixture)
        return (x - mean->ab * dvar_mixture_posterior(mean->mixture, mean->ab, mean->bb2, x).mean) /
               sqrt(mean->bb2);
    double sum = 0;
    dvar_features_at(&mean->features, x, phi);
    for (size_t j = 0; j < mean->features.k; j++)
        sum += phi[j] * mean->w[j];
    return sum;
}

static void fit_mean(struct mean_model *mean, const struct sample *sample)
{
    double *design = dvar_features_design(&mean->features, sample->x, sample->n);
    dvar_fit_squares(design, sample->n, mean->features.k, sample->weight, sample->noise, 0, mean->w);
    free(design);
}

/* Excess of g over the true r, the level E g / E r, the root mean square of g - r over E r, and P(g
 * cut off). */
struct score {
    double excess, level, rms, cut;
};

static struct score score_head(const struct nodes *nodes, const double *g, const double *r, double floor_part)
{
    struct score s = {0};
    double mean_r = 0, mean_g = 0, square = 0;
    for (size_t i = 0; i < nodes->n; i++)
        mean_r += nodes->weight[i] * r[i];
    for (size_t i = 0; i < nodes->n; i++) {
        s.excess += 0.5 * nodes->weight[i] * dvar_excess_of(r[i], fmax(g[i], floor_part * mean_r));
        s.cut += g[i] < floor_part * mean_r ? nodes->weight[i] : 0;
        mean_g += nodes->weight[i] * g[i];
        square += nodes->weight[i] * gsl_pow_2(g[i] - r[i]);
    }
    s.level = mean_g / mean_r;
    s.rms = sqrt(square) / mean_r;
    return s;
}

static void put_score(struct lab_cell *cell, const char *name, struct score s)
{
    const char *const columns[] = {"excess", "level", "rms", "cut"};
    const double values[] = {s.excess, s.level, s.rms, s.cut};
    for (size_t i = 0; i < 4; i++) {
        char *column = base_format("%s_%s", name, columns[i]);
        lab_put(cell, column, values[i]);
        free(column);
    }
}

static void cell(struct lab_cell *cell)
{
    double ab = lab_real(cell, "ab"), bb2 = (1 - ab) * (1 + ab);
    size_t k = (size_t)lab_integer(cell, "k"), mean_k = (size_t)lab_integer(cell, "mean_k");
    int limit = lab_is(cell, "n", "inf");
    if (limit && lab_integer(cell, "replicate") != 0)
        return; /* nothing is drawn in the limit: once is enough */
    struct dvar_mixture mixture;
    char *why;
    dvar_mixture_parse(lab_word(cell, "mixture"), &mixture, &why);
    gsl_rng *rng = lab_rng(cell);
    struct nodes nodes = nodes_new(&mixture, ab, bb2);
    struct dvar_features features = dvar_features_new("cosine", k, NULL);
    struct mean_model mean = {.features = dvar_features_new("cosine", mean_k, NULL),
                              .ab = ab,
                              .bb2 = bb2,
                              .w = base_alloc(mean_k, sizeof(double))};
    struct sample sample =
        limit ? sample_limit(&nodes) : sample_draw(&mixture, rng, ab, bb2, (size_t)lab_integer(cell, "n"));
    /* stage one */
    if (lab_is(cell, "mean", "exact")) {
        mean.mixture = &mixture;
    } else if (lab_is(cell, "mean", "reused") || limit) {
        fit_mean(&mean, &sample);
    } else {
        struct sample other = lab_is(cell, "mean", "projection")
                                  ? sample_limit(&nodes)
                                  : sample_draw(&mixture, rng, ab, bb2, sample.n);
        fit_mean(&mean, &other);
        sample_free(&other);
    }
    /* stage two */
    double *phi = base_alloc(mean_k, sizeof *phi), *w = base_alloc(k, sizeof *w);
    double *eps = base_alloc(nodes.n, sizeof *eps), *r = base_alloc(nodes.n, sizeof *r);
    double *g = base_alloc(nodes.n, sizeof *g), floor_part = lab_real(cell, "floor");
    double constant = 0; /* mean eps^2 */
    for (size_t i = 0; i < sample.n; i++) {
        double fitted = model_noise(&mean, sample.x[i], phi), off = sample.noise[i] - fitted;
        sample.residual2[i] = off * off + (limit ? nodes.spread[i] : 0);
        constant += (limit ? sample.weight[i] : 1 / (double)sample.n) * fitted * fitted;
    }
    if (lab_control(cell, "scaled_mean")) /* second moments as if eps were a tenth smaller */
        constant *= 0.81;
    for (size_t i = 0; i < nodes.n; i++) {
        eps[i] = model_noise(&mean, nodes.x[i], phi);
        r[i] = nodes.spread[i] + gsl_pow_2(nodes.noise[i] - eps[i]);
    }
    double *design = dvar_features_design(&features, sample.x, sample.n);
    double *at = dvar_features_design(&features, nodes.x, nodes.n);
    for (size_t head = 0; head < HEADS; head++) {
        int likelihood = head == LOG_NLL && !lab_control(cell, "one_loss");
        const double *target =
            head == SN && !lab_control(cell, "residuals_alone") ? sample.square2 : sample.residual2;
        if (head <= SN)
            dvar_fit_squares(design, sample.n, k, sample.weight, target, 0, w);
        else
            dvar_fit_log_linear(design, sample.n, k, sample.weight, target, !likelihood, w);
        for (size_t i = 0; i < nodes.n; i++) {
            double sum = 0, second = k == 1 ? constant : eps[i] * eps[i];
            for (size_t j = 0; j < k; j++)
                sum += at[i * k + j] * w[j];
            g[i] = head > SN                              ? exp(fmin(fmax(sum, -50), 50))
                   : head == NPR                          ? sum
                   : lab_control(cell, "residuals_alone") ? sum
                                                          : sum - second;
        }
        put_score(cell, names[head], score_head(&nodes, g, r, floor_part));
    }
    free(design);
    free(at);
    free(phi);
    free(w);
    free(eps);
    free(r);
    free(g);
    free(mean.w);
    dvar_features_free(&mean.features);
    dvar_features_free(&features);
    sample_free(&sample);
    nodes_free(&nodes);
    dvar_mixture_free(&mixture);
}

/* ---- what the claims ask about ---- */

static long find(const struct lab *lab, const char *mean, long k, const char *n)
{
    char *values = base_format(
        "mixture=0.3/0.5/0.2:-1/0.2/1.1:0.1/0.25/0.05 ab=0.6 mean_k=4 floor=0.01 mean=%s k=%ld n=%s", mean, k,
        n);
    long g = lab_find(lab, values);
    free(values);
    return g;
}

/* How different the four constant heads are in the limit; all should be one. */
static void measure_constants(struct lab *lab)
{
    static const char *const means[] = {"exact", "reused"};
    for (size_t i = 0; i < 2; i++) {
        long g = find(lab, means[i], 1, "inf");
        if (g < 0)
            continue;
        double low = INFINITY, high = -INFINITY;
        for (size_t head = 0; head < HEADS; head++) {
            char *column = base_format("%s_level", names[head]);
            low = fmin(low, lab_value(lab, (size_t)g, column));
            high = fmax(high, lab_value(lab, (size_t)g, column));
            free(column);
        }
        lab_measure(lab, high - low, 0, 0, "constants_spread.%s.limit", means[i]);
    }
    long g = find(lab, "reused", 1, "1000");
    if (g >= 0) {
        size_t n, m;
        const double *npr = lab_column(lab, (size_t)g, "npr_level", &n),
                     *sn = lab_column(lab, (size_t)g, "sn_level", &m);
        double most = 0;
        for (size_t i = 0; i < n; i++)
            most = fmax(most, fabs(npr[i] - sn[i]));
        lab_measure(lab, most, 0, 0, "constants_spread.reused");
    }
}

/* How many times the draws sn takes for the square error (beyond its limit's) of npr, with the exact mean. */
static void measure_draws(struct lab *lab)
{
    long at = find(lab, "exact", 8, "1000"), limit = find(lab, "exact", 8, "inf");
    if (at < 0 || limit < 0)
        return;
    size_t n, m;
    const double *npr = lab_column(lab, (size_t)at, "npr_rms", &n),
                 *sn = lab_column(lab, (size_t)at, "sn_rms", &m);
    double npr_limit = lab_value(lab, (size_t)limit, "npr_rms"),
           sn_limit = lab_value(lab, (size_t)limit, "sn_rms");
    double *x = base_alloc(n, sizeof *x), *y = base_alloc(n, sizeof *y);
    for (size_t i = 0; i < n; i++) {
        x[i] = npr[i] * npr[i] - npr_limit * npr_limit;
        y[i] = sn[i] * sn[i] - sn_limit * sn_limit;
    }
    lab_measure_mean(lab, stats_ratio_of(y, x, n), "draws_ratio");
    free(x);
    free(y);
}

/* The mean logarithm of the excess of npr over that of log_nll, from the same draws. */
static void measure_log_ratio(struct lab *lab)
{
    size_t n, m;
    long g = find(lab, "reused", 8, "300");
    if (g < 0)
        return;
    const double *npr = lab_column(lab, (size_t)g, "npr_excess", &n);
    const double *nll = lab_column(lab, (size_t)g, "log_nll_excess", &m);
    double *y = base_alloc(n, sizeof *y);
    for (size_t i = 0; i < n; i++)
        y[i] = log(npr[i] / nll[i]);
    lab_measure_mean(lab, stats_mean_of(y, n), "log_ratio");
    free(y);
}

static void summarize(struct lab *lab)
{
    static const long sizes[] = {2, 8};
    measure_constants(lab);
    measure_draws(lab);
    for (size_t i = 0; i < 2; i++) {
        long g = find(lab, "exact", sizes[i], "inf");
        if (g < 0)
            continue;
        lab_measure(lab,
                    lab_value(lab, (size_t)g, "log_mse_excess") - lab_value(lab, (size_t)g, "log_nll_excess"),
                    0, 0, "nll_gain.k%ld", sizes[i]);
        lab_measure(lab, lab_value(lab, (size_t)g, "log_nll_rms") - lab_value(lab, (size_t)g, "log_mse_rms"),
                    0, 0, "mse_gain.k%ld", sizes[i]);
    }
    long projection = find(lab, "reused", 8, "inf"), exact = find(lab, "exact", 8, "inf");
    if (projection >= 0 && exact >= 0) {
        lab_measure(lab,
                    lab_value(lab, (size_t)projection, "sn_excess") -
                        lab_value(lab, (size_t)projection, "npr_excess"),
                    0, 0, "sn_limit.over_npr");
        lab_measure(
            lab, lab_value(lab, (size_t)projection, "sn_excess") - lab_value(lab, (size_t)exact, "sn_excess"),
            0, 0, "sn_limit.over_exact");
    }
    measure_log_ratio(lab);
}

static const struct lab_spec spec = {
    .name = "dvar/heads",
    .about = "variance heads learned from n draws by residuals, second moments, or likelihood",
    .axes = {{"mixture", "0.3/0.5/0.2:-1/0.2/1.1:0.1/0.25/0.05", NULL, NULL,
              "Laws of the data, WEIGHTS:MEANS:DEVIATIONS (0: points)", AXIS_WORD},
             {"ab", "0.6", NULL, "(0,1)", "Signal: x_t = ab x_0 + bb e", AXIS_REAL},
             {"mean", "exact,projection,fitted,reused", "exact,reused", "exact|projection|fitted|reused",
              "eps: exact; best fit; fitted to n other draws; to the head's own", AXIS_WORD},
             {"mean_k", "4", NULL, "[1,1000]", "Features of the mean (cosines)", AXIS_INTEGER},
             {"k", "1,2,4,8", "1,2,8", "[1,1000]", "Features of the head (cosines); 1: a constant",
              AXIS_INTEGER},
             {"floor", "0.01", NULL, "(0,1)", "Least variance, relative to its mean", AXIS_REAL},
             {"n", "100,300,1000,3000,inf", "300,1000,inf", "[1,100000000]|inf", "Draws; inf: the limit",
              AXIS_INTEGER},
             {"replicate", "0:399", NULL, "[0,inf)", "Replicates; the limit has one, 0", AXIS_INTEGER}},
    .columns =
        "npr_excess,npr_level,npr_rms,npr_cut,sn_excess,sn_level,sn_rms,sn_cut,log_mse_excess,log_mse_level,"
        "log_mse_rms,log_mse_cut,log_nll_excess,log_nll_level,log_nll_rms,log_nll_cut",
    .fold = "replicate",
    .controls = "one_loss|scaled_mean|residuals_alone",
    .check = check,
    .cell = cell,
    .summarize = summarize,
};

int main(int argc, char **argv)
{
    return lab_main(&spec, argc, argv);
}
