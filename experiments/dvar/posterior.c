/* The optimal variance by both estimators, and its bounds: by quadrature.
 *
 * Source: kexue.fm/archives/9245: the article's own estimator and its bounds, and that of Analytic-DPM (arXiv
 * 2201.06503). For a mixture of normals or points in one dimension E[x_0|x_t] is known, and so is whether
 *     estimator 1   E(x_0 - mu_0)^2 - E(E[x_0|x_t] - mu_0)^2,  any mu_0,
 *     estimator 2   (bb^2/ab^2) (1 - E eps^2),  eps = (x_t - ab E[x_0|x_t])/bb,
 * both are E Var(x_0|x_t), at most Var x_0, bb^2/ab^2 and (for data in [a,b]) ((b-a)/2)^2.
 * Finding: they are, for every mu_0. A sharper bound than all three is the error of the best linear estimate
 * of x_0, Var bb^2/(ab^2 Var + bb^2), which Gaussian data attain; and the variance grows with the noise,
 * since its derivative by the signal-to-noise ratio ab^2/bb^2 is -E Var(x_0|x_t)^2.
 */
#include <math.h>
#include <stdlib.h>

#include <gsl/gsl_math.h>

#include "dvar.h"
#include "lab.h"

struct setting {
    double ab, bb2, centre;
};

static double mean_square(double x, const struct dvar_posterior *posterior, const void *parameters)
{
    const struct setting *s = parameters;
    (void)x;
    return gsl_pow_2(posterior->mean - s->centre);
}

static double noise_square(double x, const struct dvar_posterior *posterior, const void *parameters)
{
    const struct setting *s = parameters;
    return gsl_pow_2(x - s->ab * posterior->mean) / s->bb2;
}

static double variance_square(double x, const struct dvar_posterior *posterior, const void *unused)
{
    (void)x;
    (void)unused;
    return gsl_pow_2(posterior->variance);
}

static char *check(const struct lab_cell *cell)
{
    struct dvar_mixture mixture;
    char *why;
    dvar_mixture_parse(lab_word(cell, "mixture"), &mixture, &why);
    dvar_mixture_free(&mixture);
    return why;
}

/* ((b-a)/2)^2 of a law on finitely many points; NaN of any other */
static double range_bound(const struct dvar_mixture *mixture)
{
    double low = INFINITY, high = -INFINITY;
    for (size_t j = 0; j < mixture->n; j++) {
        if (mixture->sd[j] > 0)
            return NAN;
        low = fmin(low, mixture->mean[j]);
        high = fmax(high, mixture->mean[j]);
    }
    return gsl_pow_2((high - low) / 2);
}

static void cell(struct lab_cell *cell)
{
    struct dvar_mixture mixture;
    char *why;
    dvar_mixture_parse(lab_word(cell, "mixture"), &mixture, &why);
    struct setting s = {.ab = lab_real(cell, "ab")};
    s.bb2 = (1 - s.ab) * (1 + s.ab);
    double mean = dvar_mixture_mean(&mixture), variance = dvar_mixture_variance(&mixture),
           range = range_bound(&mixture);
    s.centre = lab_is(cell, "centre", "mean") ? mean : lab_real(cell, "centre");
    double noise = s.bb2 / (s.ab * s.ab), error;
    double mmse = dvar_mixture_mmse(&mixture, s.ab, s.bb2, &error);
    double square = dvar_mixture_expect(&mixture, s.ab, s.bb2, mean_square, &s, NULL);
    double q = dvar_mixture_expect(&mixture, s.ab, s.bb2, noise_square, &s, NULL);
    double slip = lab_control(cell, "ab_not_squared") ? s.ab : 1; /* bb^2/ab for bb^2/ab^2 */
    double one = variance + gsl_pow_2(mean - s.centre) - square, two = slip * noise * (1 - q);
    if (lab_control(cell, "centre_for_variance")) /* E|x_0 - mu_0|^2 taken for Var x_0 */
        one = variance - square;
    if (lab_control(cell, "wrong_mean")) /* a network's eps, a quarter too small */
        mmse = noise * (1 - 0.75 * 0.75 * q);
    if (lab_control(cell, "signal_variance")) /* Var(ab x_0|x_t) for Var(x_0|x_t) */
        mmse *= s.ab * s.ab;
    lab_put(cell, "snr", 1 / noise);
    lab_put(cell, "variance", variance);
    lab_put(cell, "noise_bound", noise);
    if (!isnan(range))
        lab_put(cell, "range_bound", range);
    lab_put(cell, "lmmse", dvar_lmmse(&variance, 1, s.ab, s.bb2));
    lab_put(cell, "mmse", mmse);
    lab_put(cell, "error", error);
    lab_put(cell, "slope", -dvar_mixture_expect(&mixture, s.ab, s.bb2, variance_square, NULL, NULL));
    lab_put(cell, "one", one);
    lab_put(cell, "two", two);
    dvar_mixture_free(&mixture);
}

/* ---- what the claims ask about ---- */

static const char *const article = "0.3/0.5/0.2:-1/0.2/1.1:0.1/0.25/0.05";
static const char *const points = "0.5/0.5:-1/1:0/0";
static const char *const normal = "1:0.5:0.8";

/* Folds over the cells of one mixture. Differences are relative to the articles' bound, for the variance
 * itself may be 1e-100; ratios have rounding errors below 1e-14. */
static void measure_mixture(struct lab *lab, const char *mixture, const char *name)
{
    double one = 0, two = 0, lmmse_off = 0, slack = INFINITY, sharper = INFINITY, lmmse = INFINITY,
           fall = INFINITY;
    double before = 0, ab_before = 2, steepest = -INFINITY;
    size_t cells = 0;
    for (size_t g = 0; g < lab_groups(lab); g++) {
        const struct lab_cell *cell = lab_group(lab, g);
        if (!lab_is(cell, "mixture", mixture))
            continue;
        double mmse = lab_value(lab, g, "mmse"), range = lab_value(lab, g, "range_bound"),
               ab = lab_real(cell, "ab");
        double bound = fmin(lab_value(lab, g, "variance"), lab_value(lab, g, "noise_bound"));
        bound = isnan(range) ? bound : fmin(bound, range);
        one = fmax(one, fabs(lab_value(lab, g, "one") - mmse) / bound);
        two = fmax(two, fabs(lab_value(lab, g, "two") - mmse) / bound);
        slack = fmin(slack, bound / mmse - 1);
        lmmse = fmin(lmmse, lab_value(lab, g, "lmmse") / mmse - 1);
        lmmse_off = fmax(lmmse_off, fabs(lab_value(lab, g, "lmmse") / mmse - 1));
        sharper = fmin(sharper, bound / lab_value(lab, g, "lmmse") - 1);
        steepest = fmax(steepest, lab_value(lab, g, "slope"));
        if (cells++ && ab > ab_before)
            fall = fmin(fall, before / mmse - 1);
        before = mmse;
        ab_before = ab;
    }
    if (!cells)
        return;
    lab_measure(lab, one, 0, 0, "one_off.%s", name);
    lab_measure(lab, two, 0, 0, "two_off.%s", name);
    lab_measure(lab, slack, 1e-14, 0, "slack.%s", name);
    lab_measure(lab, sharper, 1e-14, 0, "lmmse_sharper.%s", name);
    if (mixture == normal) {
        lab_measure(lab, lmmse_off, 0, 0, "lmmse_off.%s", name);
    } else {
        lab_measure(lab, lmmse, 1e-14, 0, "lmmse_slack.%s", name);
        if (isfinite(fall))
            lab_measure(lab, fall, 1e-14, 0, "fall.%s", name);
        lab_measure(lab, steepest, 0, 0, "slope.%s", name);
    }
}

static void summarize(struct lab *lab)
{
    measure_mixture(lab, article, "mixture");
    measure_mixture(lab, points, "points");
    measure_mixture(lab, normal, "normal");
}

static const struct lab_spec spec = {
    .name = "dvar/posterior",
    .about = "the optimal variance by both estimators, and its bounds, for a mixture in one dimension",
    .axes = {{"mixture", "0.3/0.5/0.2:-1/0.2/1.1:0.1/0.25/0.05,0.5/0.5:-1/1:0/0,1:0.5:0.8", NULL, NULL,
              "Laws of the data, WEIGHTS:MEANS:DEVIATIONS (0: points)", AXIS_WORD},
             {"centre", "mean,0,3", NULL, "(-inf,inf)|mean", "mu_0 of estimator 1", AXIS_REAL},
             {"ab", "0.01,0.05:0.95:0.05,0.98,0.99,0.995,0.999", NULL, "(0,1)", "Signal: x_t = ab x_0 + bb e",
              AXIS_REAL}},
    .columns = "snr:6,variance:6,noise_bound:6,range_bound:6,lmmse:6,mmse:6,error:2,slope:6,one:6,two:6",
    .controls = "ab_not_squared|centre_for_variance|wrong_mean|signal_variance",
    .check = check,
    .cell = cell,
    .summarize = summarize,
};

int main(int argc, char **argv)
{
    return lab_main(&spec, argc, argv);
}
