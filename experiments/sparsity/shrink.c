/* What do steps of l1 and of l2 do to S*_{1,2}?
 *
 * Source: kexue.fm/archives/9595, section 7: an l1 penalty favours sparsity, an l2 penalty the opposite. A
 * proximal step of l1 is a soft threshold, sign(x) max(|x| - t, 0); for normal entries it takes S to
 *     S(t) = 2 (phi(t) - t Q(t)) / sqrt(2 ((1 + t^2) Q(t) - t phi(t))),
 * phi and Q the normal density and upper tail. One of l2 is x -> x / (1 + 2t), which by homogeneity leaves S
 * as it was.
 * Finding: l1 does make sparser, step by step; l2 does not make denser by itself: it does nothing to S.
 */
#include <math.h>
#include <stdlib.h>

#include <gsl/gsl_randist.h>
#include <gsl/gsl_sf_erf.h>

#include "lab.h"
#include "sparsity.h"

static double limit(double t)
{
    double density = gsl_ran_ugaussian_pdf(t), tail = gsl_sf_erf_Q(t);
    return 2 * (density - t * tail) / sqrt(2 * ((1 + t * t) * tail - t * density));
}

static void cell(struct lab_cell *cell)
{
    size_t n = (size_t)lab_integer(cell, "n");
    double t = lab_real(cell, "t"), *x = base_alloc(n, sizeof *x);
    for (size_t i = 0; i < n; i++)
        x[i] = fabs(rng_normal(lab_rng(cell)));
    double before = sparsity_ratio(x, n, 1, 2);
    for (size_t i = 0; i < n; i++)
        x[i] /= 1 + 2 * t;
    lab_put(cell, "l2_change", sparsity_ratio(x, n, 1, 2) - before);
    for (size_t i = 0; i < n; i++)
        x[i] = fmax(0, x[i] * (1 + 2 * t) - (lab_control(cell, "hard") ? 0 : t));
    double after = sparsity_ratio(x, n, 1, 2);
    lab_put(cell, "l1", after);
    lab_put(cell, "l1_limit", lab_control(cell, "hard") ? limit(0) : limit(t));
    free(x);
}

static void summarize(struct lab *lab)
{
    static const char *const steps[] = {"0", "0.1", "0.5", "1", "2"};
    double rise = -INFINITY, last = INFINITY, l2_change = 0, last_t = -1;
    for (size_t g = 0; g < lab_groups(lab); g++) { /* the limit falls with t */
        double t = lab_real(lab_group(lab, g), "t"), at = lab_value(lab, g, "l1_limit");
        size_t count;
        const double *change = lab_column(lab, g, "l2_change", &count);
        for (size_t k = 0; k < count; k++)
            l2_change = fmax(l2_change, fabs(change[k]));
        if (t > last_t && last_t >= 0)
            rise = fmax(rise, at - last);
        last = at, last_t = t;
    }
    if (isfinite(rise))
        lab_measure(lab, rise, 0, 0, "l1_rise");
    lab_measure(lab, l2_change, 0, 0, "l2_change");
    for (size_t i = 0; i < sizeof steps / sizeof *steps; i++) {
        char *values = base_format("t=%s", steps[i]);
        long g = lab_find(lab, values);
        free(values);
        if (g < 0 || lab_axis_values(lab, "n")->count > 1 || lab_axis_values(lab, "replicate")->count < 2)
            continue;
        lab_measure(lab, lab_value(lab, (size_t)g, "l1_limit"), 1e-14, 0, "l1_limit.%s", steps[i]);
        lab_measure_mean(lab, lab_mean(lab, (size_t)g, "l1"), "l1.%s", steps[i]);
    }
}

static char *check(const struct lab_cell *cell)
{
    double left = lab_real(cell, "n") * 2 * gsl_sf_erf_Q(lab_real(cell, "t"));
    return left < 50
               ? base_format("--t leaves %.3g of --n entries in the mean; give values that leave 50 or more",
                             left)
               : NULL;
}

static const struct lab_spec spec = {
    .name = "sparsity/shrink",
    .about = "What do steps of l1 and of l2 do to S*_{1,2}?",
    .axes = {{"n", "100000", "20000", "[100,1000000000]", "normal entries", AXIS_INTEGER},
             {"t", "0,0.1,0.2,0.3,0.4,0.5,0.6,0.8,1,1.25,1.5,1.75,2", "0,0.1,0.5,1,2", "[0,3]",
              "step: the threshold of l1, the rate of l2; ascending", AXIS_REAL},
             {"replicate", "0:99", NULL, NULL, "independent samples", AXIS_INTEGER}},
    .columns = "l1,l1_limit:13,l2_change:3",
    .fold = "replicate",
    .controls = "hard",
    .check = check,
    .cell = cell,
    .summarize = summarize,
};

int main(int argc, char **argv)
{
    return lab_main(&spec, argc, argv);
}
