/* Which scale is best for a typical row?
 *
 * Source: kexue.fm/archives/9812 does not say which average over s its optimum is for. The mean E F has none
 * (see `exact`): it is kept up by rare near-ties of the two largest scores. The logarithm takes their weight
 * away: E log F has a maximum, where the mean of d log F / d log alpha vanishes. Rows of normal scores are
 * drawn at each alpha of a grid, and the root is found by a cubic fitted to the mean slopes around it. The
 * median of F is kept, too.
 *
 * For n -> infinity p is spread over many keys as long as alpha < a_c = sqrt(2 log n), so that F ~ alpha
 * rises, and beyond it p has the Poisson-Dirichlet law of index m = a_c/alpha, for which E(1 - sum p^2) = m.
 * There E F = a_c is flat, while E log F = log(a_c/m) + E log(1 - sum p^2) < log(a_c/m) + log m = log a_c by
 * Jensen's inequality. So the optimum for the typical row tends to the freezing point sqrt(2 log n),
 * about 1.7 times the article's.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "lab.h"
#include "scale.h"

static void cell(struct lab_cell *c)
{
    size_t n = (size_t)lab_integer(c, "n");
    double alpha = lab_real(c, "alpha"), *s = base_alloc(2 * n, sizeof *s);
    for (int i = 0; i < 20; i++) {
        scale_draw(lab_rng(c), 0, s, n);
        for (size_t j = 0; lab_control(c, "unscaled") && j < n; j++)
            s[j] *= M_SQRT2; /* scores of variance 2 */
        scale_lead(s, n);
        struct scale_point f = scale_row(s, n, alpha, s + n);
        if (i > 0)
            lab_next_row(c);
        lab_put(c, "log_f", f.log_f);
        lab_put(c, "slope", f.slope);
    }
    free(s);
}

struct curve {
    size_t count;
    double *x, *slope, *error; /* log alpha, mean slope and its standard error */
    long rows;
};

/* The groups of one n, from `first` on; returns the number of the next. */
static size_t collect(const struct lab *lab, size_t first, struct curve *curve)
{
    size_t i = first;
    double n = lab_real(lab_group(lab, first), "n");
    *curve = (struct curve){.x = base_alloc(3 * lab_groups(lab), sizeof *curve->x)};
    curve->slope = curve->x + lab_groups(lab);
    curve->error = curve->slope + lab_groups(lab);
    for (; i < lab_groups(lab) && lab_real(lab_group(lab, i), "n") == n; i++) {
        struct stats_mean m = lab_mean(lab, i, "slope");
        if (!(m.error > 0))
            continue;
        curve->x[curve->count] = log(lab_real(lab_group(lab, i), "alpha"));
        curve->slope[curve->count] = m.value;
        curve->error[curve->count++] = m.error;
        curve->rows = m.count;
    }
    return i;
}

/* The root of the cubic about x0 through the points within 0.5 of it, and its error; NaN when there are too
 * few. */
static double root_near(const struct curve *curve, double x0, double *error)
{
    double X[4 * 256], y[256], sigma[256], beta[4], se[4], chi2;
    size_t count = 0;
    for (size_t i = 0; i < curve->count && count < 256; i++) {
        double u = curve->x[i] - x0;
        if (fabs(u) > 0.5)
            continue;
        for (int k = 0; k < 4; k++)
            X[4 * count + (size_t)k] = pow(u, k);
        y[count] = curve->slope[i];
        sigma[count++] = curve->error[i];
    }
    *error = NAN;
    if (count < 6 || stats_linear_fit(X, y, sigma, count, 4, beta, se, &chi2) || !(beta[1] < 0))
        return NAN;
    *error = se[0] / -beta[1];
    return x0 - beta[0] / beta[1];
}

/* alpha_typ: begins where the mean slope first changes its sign, then centers the window twice. */
static struct stats_mean typical_optimum(const struct curve *curve)
{
    double x = NAN, error = NAN;
    for (size_t i = 1; i < curve->count && isnan(x); i++)
        if (curve->slope[i - 1] > 0 && curve->slope[i] <= 0)
            x = (curve->x[i - 1] + curve->x[i]) / 2;
    for (int i = 0; i < 3 && isfinite(x); i++)
        x = root_near(curve, x, &error);
    return (struct stats_mean){exp(x), error * exp(x), curve->rows};
}

static struct stats_mean median_of(const struct lab *lab, size_t group)
{
    size_t count;
    const double *x = lab_column(lab, group, "log_f", &count);
    double *copy = base_alloc(count, sizeof *copy);
    memcpy(copy, x, count * sizeof *copy);
    struct stats_mean m = stats_quantile_of(copy, count, 0.5);
    free(copy);
    return m;
}

/* The group of [first, last) whose alpha is nearest to `alpha`. */
static size_t nearest(const struct lab *lab, size_t first, size_t last, double alpha)
{
    size_t best = first;
    for (size_t i = first; i < last; i++)
        if (fabs(log(lab_real(lab_group(lab, i), "alpha") / alpha)) <
            fabs(log(lab_real(lab_group(lab, best), "alpha") / alpha)))
            best = i;
    return best;
}

static void summarize(struct lab *lab)
{
    struct softmax_law law = softmax_law_normal();
    struct lab_table *optima = lab_table(lab, "optima", "n:17,rows:17,typical,error,annealed,freezing");
    struct lab_table *curves =
        lab_table(lab, NULL,
                  "n:17,alpha,mean,log_f,log_f_error,slope,slope_error,log_median,log_median_error,annealed");
    for (size_t i = 0; i < lab_groups(lab);) {
        struct curve curve;
        const char *n = lab_word(lab_group(lab, i), "n");
        double size = lab_real(lab_group(lab, i), "n");
        size_t first = i;
        i = collect(lab, first, &curve);
        struct stats_mean best = typical_optimum(&curve);
        double annealed = scale_lambert_optimum(size), freezing = sqrt(2 * log(size));
        lab_table_row(optima,
                      (double[]){size, (double)best.count, best.value, best.error, annealed, freezing});
        for (size_t j = first; j < i; j++) {
            double alpha = lab_real(lab_group(lab, j), "alpha");
            struct softmax_mean m;
            softmax_mean(&law, size, alpha, &m);
            struct stats_mean log_f = lab_mean(lab, j, "log_f"), slope = lab_mean(lab, j, "slope"),
                              median = median_of(lab, j);
            lab_table_row(curves, (double[]){size, alpha, m.gradient.value, log_f.value, log_f.error,
                                             slope.value, slope.error, median.value, median.error,
                                             scale_annealed(&law, size, alpha)});
        }
        free(curve.x);
        if (!isfinite(best.error) || (size != 8 && size != 64 && size != 512 && size != 4096))
            continue;
        lab_measure(lab, log(best.value), best.error / best.value, best.count, "log_typical_%s", n);
        lab_measure(lab, best.value / annealed, best.error / annealed, best.count, "over_annealed_%s", n);
        lab_measure(lab, best.value / freezing, best.error / freezing, best.count, "over_freezing_%s", n);
        struct stats_mean at = median_of(lab, nearest(lab, first, i, annealed));
        struct stats_mean twice = median_of(lab, nearest(lab, first, i, 2 * annealed));
        struct stats_mean gain = stats_mean_difference(twice, at);
        lab_measure_mean(lab, gain, "median_gain_%s", n);
    }
}

static const struct lab_spec spec = {
    .name = "scale/typical",
    .about = "The scale that maximizes the mean logarithm of the gradient F of rows of normal scores",
    .axes = {{"n", "8,64,512,4096", "8,64,512", "[2,1e8]", "Number of keys", AXIS_INTEGER},
             {"alpha", "1:8:*1.09050773266526", NULL, "(0,1e4]", "Scale of the scores", AXIS_REAL},
             {"replicate", "0:499", "0:399", "[0,inf)", "Replicate, of 20 rows", AXIS_INTEGER}},
    .columns = "log_f,slope",
    .fold = "replicate",
    .controls = "unscaled",
    .cell = cell,
    .summarize = summarize,
};

int main(int argc, char **argv)
{
    return lab_main(&spec, argc, argv);
}
