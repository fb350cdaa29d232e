/* Does dividing by n, a biased variance, hurt the estimate from residuals more than that from second moments?
 *
 * Source: kexue.fm/archives/9246, a tentative guess of its author why SN-DPM (second moments) beats NPR-DPM
 * (residuals). The simplest model: eps is the least-squares fit of e on k features of x_t from n draws, the
 * variance a constant,
 *     NPR = mean (e - eps)^2,   SN = mean e^2 - mean eps^2.
 * In the sample least squares make eps orthogonal to e - eps, so the two are the same number (Pythagoras),
 * biased by the same factor, about 1 - k/n. On fresh draws NPR is the error of the mean in use, above that of
 * the best fit, and SN falls below it by as much. A ridge penalty rho breaks the identity: SN - NPR = 2 rho
 * |w|^2/n.
 * Finding: so it is, to rounding; the guessed mechanism is absent here. Features that grow (monomials) have
 * no useful fresh means: a few extrapolated draws rule them. Networks are not covered.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "dvar.h"
#include "lab.h"

static char *check(const struct lab_cell *cell)
{
    struct dvar_mixture mixture;
    char *why;
    dvar_mixture_parse(lab_word(cell, "mixture"), &mixture, &why);
    dvar_mixture_free(&mixture);
    if (!why && lab_integer(cell, "n") < lab_integer(cell, "k") && lab_real(cell, "ridge") == 0)
        why = base_format("n = %ld draws for k = %ld features; give at least k, or a ridge",
                          lab_integer(cell, "n"), lab_integer(cell, "k"));
    return why;
}

/* mean (e - eps)^2 and mean e^2 - mean eps^2 over n draws */
static void both_forms(const double *design, const double *e, size_t n, size_t k, const double *w,
                       double *npr, double *sn)
{
    double residual = 0, fitted = 0, noise = 0;
    for (size_t i = 0; i < n; i++) {
        double eps = 0;
        for (size_t j = 0; j < k; j++)
            eps += design[i * k + j] * w[j];
        residual += (e[i] - eps) * (e[i] - eps);
        fitted += eps * eps;
        noise += e[i] * e[i];
    }
    *npr = residual / (double)n;
    *sn = (noise - fitted) / (double)n;
}

static void cell(struct lab_cell *cell)
{
    struct dvar_mixture mixture;
    char *why;
    dvar_mixture_parse(lab_word(cell, "mixture"), &mixture, &why);
    double ab = lab_real(cell, "ab"), bb2 = (1 - ab) * (1 + ab), ridge = lab_real(cell, "ridge");
    size_t n = (size_t)lab_integer(cell, "n"), fresh = (size_t)lab_integer(cell, "fresh");
    size_t k = (size_t)lab_integer(cell, "k"), most = n > fresh ? n : fresh;
    gsl_rng *rng = lab_rng(cell);
    struct dvar_features features = dvar_features_new(lab_word(cell, "features"), k, rng);
    double *e = base_alloc(most, sizeof *e), *x = base_alloc(most, sizeof *x), *w = base_alloc(k, sizeof *w);
    for (long repeat = lab_integer(cell, "repeats"); repeat > 0; repeat--) {
        double npr, sn, square = 0;
        dvar_mixture_draw(&mixture, rng, ab, bb2, n, NULL, e, x);
        double *design = dvar_features_design(&features, x, n);
        dvar_fit_squares(design, n, k, NULL, e, lab_control(cell, "early_stop") ? ridge + 10 : ridge, w);
        both_forms(design, e, n, k, w, &npr, &sn);
        free(design);
        for (size_t j = 0; j < k; j++)
            square += w[j] * w[j];
        lab_put(cell, "npr", npr);
        lab_put(cell, "sn", sn);
        lab_put(cell, "split_off", sn - npr - 2 * ridge * square / (double)n);
        dvar_mixture_draw(&mixture, rng, ab, bb2, fresh, NULL, e, x);
        design = dvar_features_design(&features, x, fresh);
        both_forms(design, e, fresh, k, w, &npr, &sn);
        free(design);
        lab_put(cell, "npr_fresh", npr);
        lab_put(cell, "sn_fresh", sn);
        lab_next_row(cell);
    }
    free(e);
    free(x);
    free(w);
    dvar_features_free(&features);
    dvar_mixture_free(&mixture);
}

/* ---- the best fit, from infinitely many draws ---- */

/* E(e - eps)^2 of the least-squares fit, the fit taken on a fine grid of x_t with its density for weights. */
static double population_residual(const struct lab_cell *cell)
{
    enum { NODES = 4001 };
    struct dvar_mixture mixture;
    char *why;
    dvar_mixture_parse(lab_word(cell, "mixture"), &mixture, &why);
    double ab = lab_real(cell, "ab"), bb2 = (1 - ab) * (1 + ab), low, high, sum = 0;
    size_t k = (size_t)lab_integer(cell, "k");
    struct dvar_features features = dvar_features_new(lab_word(cell, "features"), k, NULL);
    dvar_mixture_range(&mixture, ab, bb2, 9, &low, &high);
    double *x = base_alloc(NODES, sizeof *x), *density = base_alloc(NODES, sizeof *density);
    double *noise = base_alloc(NODES, sizeof *noise), *w = base_alloc(k, sizeof *w);
    for (size_t i = 0; i < NODES; i++) {
        x[i] = low + (high - low) * (double)i / (NODES - 1);
        struct dvar_posterior posterior = dvar_mixture_posterior(&mixture, ab, bb2, x[i]);
        density[i] = posterior.density * (high - low) / (NODES - 1);
        noise[i] = (x[i] - ab * posterior.mean) / sqrt(bb2);
    }
    double *design = dvar_features_design(&features, x, NODES);
    dvar_fit_squares(design, NODES, k, density, noise, 0, w);
    for (size_t i = 0; i < NODES; i++)
        for (size_t j = 0; j < k; j++)
            sum += density[i] * noise[i] * design[i * k + j] * w[j]; /* E e eps = E eps^2 */
    free(x);
    free(density);
    free(noise);
    free(w);
    free(design);
    dvar_features_free(&features);
    dvar_mixture_free(&mixture);
    return 1 - sum;
}

static const char *const article = "mixture=0.3/0.5/0.2:-1/0.2/1.1:0.1/0.25/0.05 ab=0.6";

static long find(const struct lab *lab, const char *values)
{
    char *all = base_format("%s %s", article, values);
    long g = lab_find(lab, all);
    free(all);
    return g;
}

static double largest(const struct lab *lab, size_t g, const char *column)
{
    size_t n;
    const double *x = lab_column(lab, g, column, &n);
    double most = 0;
    for (size_t i = 0; i < n; i++)
        most = fmax(most, fabs(x[i]));
    return most;
}

/* column minus `from`, over all rows */
static struct stats_mean shifted(const struct lab *lab, size_t g, const char *column, double from)
{
    struct stats_mean mean = lab_mean(lab, g, column);
    mean.value -= from;
    return mean;
}

/* The mean over rows of (npr_fresh + sn_fresh)/2 - from. */
static struct stats_mean middle(const struct lab *lab, size_t g, double from)
{
    size_t n, m;
    const double *npr = lab_column(lab, g, "npr_fresh", &n), *sn = lab_column(lab, g, "sn_fresh", &m);
    double *y = base_alloc(n, sizeof *y);
    for (size_t i = 0; i < n; i++)
        y[i] = 0.5 * (npr[i] + sn[i]) - from;
    struct stats_mean mean = stats_mean_of(y, n);
    free(y);
    return mean;
}

static void summarize(struct lab *lab)
{
    long cosine = find(lab, "features=cosine k=8 n=200 ridge=0 fresh=400");
    long monomial = find(lab, "features=monomial k=8 n=60 ridge=0");
    long ridge = find(lab, "features=cosine k=8 n=200 ridge=10");
    if (cosine >= 0) {
        size_t g = (size_t)cosine;
        double best = population_residual(lab_group(lab, g));
        lab_measure(lab, largest(lab, g, "split_off"), 0, 0, "split_off.cosine");
        lab_measure(lab, best, 0, 0, "population");
        lab_measure_mean(lab, lab_mean(lab, g, "npr"), "in_sample.cosine");
        lab_measure_mean(lab, shifted(lab, g, "npr", (1 - 8.0 / 200) * best), "in_sample_off.cosine");
        lab_measure_mean(lab, lab_mean(lab, g, "npr_fresh"), "npr_fresh");
        lab_measure_mean(lab, lab_mean(lab, g, "sn_fresh"), "sn_fresh");
        lab_measure_mean(lab, shifted(lab, g, "npr_fresh", best), "npr_fresh_above");
        lab_measure_mean(lab, shifted(lab, g, "sn_fresh", best), "sn_fresh_below");
        lab_measure_mean(lab, middle(lab, g, best), "fresh_middle_off");
    }
    if (monomial >= 0) {
        lab_measure(lab, largest(lab, (size_t)monomial, "split_off"), 0, 0, "split_off.monomial");
        lab_measure_mean(lab, lab_mean(lab, (size_t)monomial, "npr"), "in_sample.monomial");
    }
    if (ridge >= 0) {
        struct stats_mean sn = lab_mean(lab, (size_t)ridge, "sn"), npr = lab_mean(lab, (size_t)ridge, "npr");
        lab_measure(lab, largest(lab, (size_t)ridge, "split_off"), 0, 0, "split_off.ridge");
        lab_measure_mean(lab, stats_mean_difference(sn, npr), "ridge_gap");
    }
}

static const struct lab_spec spec = {
    .name = "dvar/residuals",
    .about = "variance by residuals and by second moments when the mean is a least-squares fit",
    .axes = {{"mixture", "0.3/0.5/0.2:-1/0.2/1.1:0.1/0.25/0.05", NULL, NULL,
              "Laws of the data, WEIGHTS:MEANS:DEVIATIONS (0: points)", AXIS_WORD},
             {"ab", "0.6", NULL, "(0,1)", "Signal: x_t = ab x_0 + bb e", AXIS_REAL},
             {"features", "cosine,monomial", NULL, "cosine|monomial|fourier", "What e is fitted on",
              AXIS_WORD},
             {"k", "8", NULL, "[1,1000]", "Features", AXIS_INTEGER},
             {"n", "60,200", NULL, "[1,10000000]", "Draws of the fit", AXIS_INTEGER},
             {"ridge", "0,10", NULL, "[0,inf)", "Penalty rho |w|^2 of the fit", AXIS_REAL},
             {"fresh", "400", NULL, "[1,10000000]", "Draws for the fresh values", AXIS_INTEGER},
             {"repeats", "100", NULL, "[1,1000000]", "Repetitions within a replicate", AXIS_INTEGER},
             {"replicate", "0:99", NULL, "[0,inf)", "Replicates", AXIS_INTEGER}},
    .columns = "npr,sn,split_off:3,npr_fresh,sn_fresh",
    .fold = "replicate",
    .controls = "early_stop",
    .check = check,
    .cell = cell,
    .summarize = summarize,
};

int main(int argc, char **argv)
{
    return lab_main(&spec, argc, argv);
}
