/* An imperfect mean: what it does to the variance by NPR (residuals) and by Analytic-DPM (second moments).
 *
 * Source: kexue.fm/archives/9246. With the network's eps in place of the exact eps* = E[e|x_t],
 *     NPR        (bb^2/ab^2) E(e - eps)^2       minimizes the negative log-likelihood of x_0 over constant
 *                variances,
 *     analytic   (bb^2/ab^2) (1 - E eps^2)      is the same thing only for the exact mean.
 * Here eps = (1 + c) eps* + shift for a mixture in one dimension, all by quadrature.
 * Finding: NPR is the minimum whatever eps; with shift = 0 it is the optimum plus (bb^2/ab^2) c^2 q, q = E
 * eps*^2. The analytic form becomes negative when (1 + c)^2 q > 1, and exceeds the variance of the data for c
 * well below 0; it costs (1/2)(log r + 1/r - 1) nats, r the ratio of the two. Their difference is 2
 * (bb^2/ab^2) E eps (e - eps), which least squares make 0: see heads.
 */
#include <math.h>
#include <stdlib.h>

#include <gsl/gsl_math.h>

#include "dvar.h"
#include "lab.h"

/* ---- integrands ---- */

struct setting {
    double ab, bb2;
    double c, shift;
};

static double exact_noise(const struct setting *s, double x, const struct dvar_posterior *posterior)
{
    return (x - s->ab * posterior->mean) / sqrt(s->bb2);
}

static double model_noise(const struct setting *s, double x, const struct dvar_posterior *posterior)
{
    return (1 + s->c) * exact_noise(s, x, posterior) + s->shift;
}

static double exact_square(double x, const struct dvar_posterior *posterior, const void *parameters)
{
    return gsl_pow_2(exact_noise(parameters, x, posterior));
}

static double model_square(double x, const struct dvar_posterior *posterior, const void *parameters)
{
    return gsl_pow_2(model_noise(parameters, x, posterior));
}

/* E[(e - eps)^2 | x_t] = Var(e|x_t) + (eps* - eps)^2 */
static double noise_error(double x, const struct dvar_posterior *posterior, const void *parameters)
{
    const struct setting *s = parameters;
    double away = exact_noise(s, x, posterior) - model_noise(s, x, posterior);
    return s->ab * s->ab / s->bb2 * posterior->variance + away * away;
}

/* E[(x_0 - mean)^2 | x_t] with the mean that belongs to the model's eps */
static double point_error(double x, const struct dvar_posterior *posterior, const void *parameters)
{
    const struct setting *s = parameters;
    double mean = (x - sqrt(s->bb2) * model_noise(s, x, posterior)) / s->ab;
    return posterior->variance + gsl_pow_2(posterior->mean - mean);
}

/* ---- likelihood ---- */

/* Negative log-likelihood of x_0 given x_t under N(mean, v), in nats, for E(x_0 - mean)^2 = error2. */
static double nll(double v, double error2)
{
    return 0.5 * (log(2 * M_PI * v) + error2 / v);
}

/* The v that minimizes it, by golden section in log v; the bracket knows nothing of the answer. */
static double nll_argmin(double error2)
{
    const double golden = 0.5 * (sqrt(5) - 1);
    double low = log(1e-12), high = log(1e12);
    while (high - low > 1e-10) {
        double a = high - golden * (high - low), b = low + golden * (high - low);
        if (nll(exp(a), error2) < nll(exp(b), error2))
            high = b;
        else
            low = a;
    }
    return exp(0.5 * (low + high));
}

/* ---- a cell ---- */

static char *check(const struct lab_cell *cell)
{
    struct dvar_mixture mixture;
    char *why;
    dvar_mixture_parse(lab_word(cell, "mixture"), &mixture, &why);
    dvar_mixture_free(&mixture);
    return why;
}

static void cell(struct lab_cell *cell)
{
    struct dvar_mixture mixture;
    char *why;
    dvar_mixture_parse(lab_word(cell, "mixture"), &mixture, &why);
    struct setting s = {
        .ab = lab_real(cell, "ab"), .c = lab_real(cell, "c"), .shift = lab_real(cell, "shift")};
    s.bb2 = (1 - s.ab) * (1 + s.ab);
    double variance = dvar_mixture_variance(&mixture), slip = lab_control(cell, "ab_not_squared") ? s.ab : 1;
    double noise = slip * s.bb2 / (s.ab * s.ab);
    double q = dvar_mixture_expect(&mixture, s.ab, s.bb2, exact_square, &s, NULL);
    double error2 = dvar_mixture_expect(&mixture, s.ab, s.bb2, point_error, &s, NULL);
    double npr = noise * dvar_mixture_expect(&mixture, s.ab, s.bb2, noise_error, &s, NULL);
    double analytic = noise * (1 - dvar_mixture_expect(&mixture, s.ab, s.bb2, model_square, &s, NULL));
    if (lab_control(cell, "perfect_mean")) /* the exact mean's variance, whatever the mean */
        npr = analytic = noise * (1 - q);
    lab_put(cell, "variance", variance);
    lab_put(cell, "lmmse", dvar_lmmse(&variance, 1, s.ab, s.bb2));
    lab_put(cell, "noise_bound", noise);
    lab_put(cell, "mmse", dvar_mixture_mmse(&mixture, s.ab, s.bb2, NULL));
    lab_put(cell, "q", q);
    lab_put(cell, "npr", npr);
    lab_put(cell, "analytic", analytic);
    lab_put(cell, "argmin", nll_argmin(error2));
    lab_put(cell, "nll", nll(npr, error2));
    if (analytic > 0)
        lab_put(cell, "nll_excess", nll(analytic, error2) - nll(npr, error2));
    dvar_mixture_free(&mixture);
}

/* ---- what the claims ask about ---- */

static void summarize(struct lab *lab)
{
    static const char *const errors[] = {"-0.3", "-0.1", "0.1", "0.3"};
    double argmin = 0, npr_off = 0, analytic_off = 0, excess_off = 0, above = -INFINITY;
    long sign = 0;
    for (size_t g = 0; g < lab_groups(lab); g++) {
        const struct lab_cell *cell = lab_group(lab, g);
        double c = lab_real(cell, "c"), ab = lab_real(cell, "ab"), noise = (1 - ab) * (1 + ab) / (ab * ab);
        double q = lab_value(lab, g, "q"), npr = lab_value(lab, g, "npr"),
               analytic = lab_value(lab, g, "analytic");
        double excess = lab_value(lab, g, "nll_excess"), ratio = analytic / npr;
        argmin = fmax(argmin, fabs(lab_value(lab, g, "argmin") / npr - 1));
        above = fmax(above, analytic / noise);
        if (!isnan(excess))
            excess_off = fmax(excess_off, fabs(excess - 0.5 * (log(ratio) + 1 / ratio - 1)));
        if (lab_real(cell, "shift") != 0)
            continue;
        npr_off = fmax(npr_off, fabs(npr - (lab_value(lab, g, "mmse") + noise * c * c * q)));
        analytic_off = fmax(analytic_off, fabs(analytic - noise * (1 - (1 + c) * (1 + c) * q)));
        sign += (analytic < 0) != ((1 + c) * (1 + c) * q > 1);
    }
    lab_measure(lab, argmin, 0, 0, "argmin_off");
    lab_measure(lab, npr_off, 0, 0, "npr_formula_off");
    lab_measure(lab, analytic_off, 0, 0, "analytic_formula_off");
    lab_measure(lab, (double)sign, 0, 0, "sign_mismatches");
    lab_measure(lab, above, 0, 0, "analytic_over_noise_bound");
    lab_measure(lab, excess_off, 0, 0, "excess_formula_off");
    const char *law = "mixture=0.3/0.5/0.2:-1/0.2/1.1:0.1/0.25/0.05 ab=0.6 shift=0";
    long exact = lab_find(lab, law);
    if (exact >= 0) {
        lab_measure(lab, lab_value(lab, (size_t)exact, "q"), 0, 0, "q");
        lab_measure(lab, lab_value(lab, (size_t)exact, "mmse"), 0, 0, "mmse");
        lab_measure(lab, lab_value(lab, (size_t)exact, "variance"), 0, 0, "variance");
        lab_measure(lab, lab_value(lab, (size_t)exact, "lmmse"), 0, 0, "lmmse");
    }
    for (size_t i = 0; i < sizeof errors / sizeof *errors; i++) {
        char *values = base_format("%s c=%s", law, errors[i]);
        long g = lab_find(lab, values);
        free(values);
        if (g < 0)
            continue;
        lab_measure(lab, lab_value(lab, (size_t)g, "npr"), 0, 0, "npr.c%s", errors[i]);
        lab_measure(lab, lab_value(lab, (size_t)g, "analytic"), 0, 0, "analytic.c%s", errors[i]);
        if (fabs(lab_real(lab_group(lab, (size_t)g), "c")) < 0.2)
            lab_measure(lab, lab_value(lab, (size_t)g, "nll_excess"), 0, 0, "nll_excess.c%s", errors[i]);
    }
}

static const struct lab_spec spec = {
    .name = "dvar/imperfect",
    .about = "the variance under an imperfect mean, by residuals and by second moments, for a mixture",
    .axes = {{"mixture", "0.3/0.5/0.2:-1/0.2/1.1:0.1/0.25/0.05", NULL, NULL,
              "Laws of the data, WEIGHTS:MEANS:DEVIATIONS (0: points)", AXIS_WORD},
             {"ab", "0.3,0.6,0.9,0.99", NULL, "(0,1)", "Signal: x_t = ab x_0 + bb e", AXIS_REAL},
             {"shift", "0,0.2", NULL, NULL, "Shift of eps", AXIS_REAL},
             {"c", "-0.5:0.5:0.05", NULL, NULL, "Error of eps: (1 + c) eps* + shift", AXIS_REAL}},
    .columns = "variance:6,lmmse:6,noise_bound:6,mmse,q,npr,analytic,argmin,nll,nll_excess",
    .controls = "ab_not_squared|perfect_mean",
    .check = check,
    .cell = cell,
    .summarize = summarize,
};

int main(int argc, char **argv)
{
    return lab_main(&spec, argc, argv);
}
