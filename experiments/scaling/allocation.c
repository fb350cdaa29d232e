/* How should compute F = 6 N D be split between parameters N and data D?
 *
 * Source: kexue.fm/archives/9607 has the two laws and remarks that parameters matter more than data, comparing their
 * exponents g > g/(g+1). With n = min(N/C, (D/(tau zeta))^(1/(g+1))) learnt quanta the loss at fixed F is minimized here
 * by golden section over log N. Theory: N ~ F^(1/(g+2)), D ~ F^((g+1)/(g+2)), L ~ F^(-g/(g+2)).
 * Finding: the remark stands as meant, yet the larger share of growth goes to data, just because its exponent is smaller.
 */
#include <math.h>

#include <gsl/gsl_errno.h>
#include <gsl/gsl_min.h>

#include "lab.h"
#include "scaling.h"

struct problem {
    double g, tau, C, F;
    int wrong; /* the control lets data teach D^(1/g) quanta */
};

static double quanta(const struct problem *p, double N)
{
    double D = p->F / (6 * N), by_data = pow(D / (p->tau * scaling_zeta(p->g)), 1 / (p->wrong ? p->g : p->g + 1));
    return fmin(N / p->C, by_data);
}

static double log_loss(double log_N, void *parameters)
{
    struct problem *p = parameters;
    return log(scaling_tail(p->g, quanta(p, exp(log_N)), 0).value);
}

static void cell(struct lab_cell *c)
{
    struct problem p = {lab_real(c, "gamma"), lab_real(c, "tau"), lab_real(c, "c"), lab_real(c, "f"),
                        lab_control(c, "learns_too_much")};
    gsl_function f = {log_loss, &p};
    gsl_min_fminimizer *m = gsl_min_fminimizer_alloc(gsl_min_fminimizer_goldensection);
    /* a coarse grid first: the loss is flat (T = 1) at both ends, where golden section would stall */
    double low = log(p.C), high = log(p.F / 6), best = low, least = INFINITY, step = (high - low) / 200;
    for (double x = low; x <= high; x += step)
        if (log_loss(x, &p) < least)
            least = log_loss(best = x, &p);
    if (!m || gsl_min_fminimizer_set(m, &f, best, best - step, best + step))
        lab_fail(c, "no minimum between %g and %g parameters", exp(low), exp(high));
    for (int i = 0; i < 200 && gsl_min_fminimizer_x_upper(m) - gsl_min_fminimizer_x_lower(m) > 1e-10; i++)
        gsl_min_fminimizer_iterate(m);
    double N = exp(gsl_min_fminimizer_x_minimum(m));
    gsl_min_fminimizer_free(m);
    lab_put(c, "parameters", N);
    lab_put(c, "data", p.F / (6 * N));
    lab_put(c, "quanta", quanta(&p, N));
    lab_put(c, "loss", exp(log_loss(log(N), &p)));
}

static void summarize(struct lab *lab)
{
    const struct axis_values *gs = lab_axis_values(lab, "gamma");
    for (size_t k = 0; k < gs->count; k++) {
        double F[256], N[256], D[256], L[256];
        size_t n = 0;
        for (size_t i = 0; i < lab_groups(lab) && n < 256; i++) {
            const struct lab_cell *at = lab_group(lab, i);
            if (!lab_is(at, "gamma", gs->text[k]) || lab_real(at, "tau") != 1 || lab_real(at, "c") != 1000)
                continue;
            F[n] = lab_real(at, "f");
            N[n] = lab_value(lab, i, "parameters");
            D[n] = lab_value(lab, i, "data");
            L[n++] = lab_value(lab, i, "loss");
        }
        if (n < 3)
            continue;
        lab_measure(lab, scaling_slope(F, N, n), 1e-8, 0, "parameters_%s", gs->text[k]);
        lab_measure(lab, scaling_slope(F, D, n), 1e-8, 0, "data_%s", gs->text[k]);
        lab_measure(lab, scaling_slope(F, L, n), 1e-8, 0, "loss_%s", gs->text[k]);
    }
    /* g against g/(g+1) over a wide grid: the order of the exponents, and the range of the second */
    double least_gap = INFINITY, least = INFINITY, most = 0;
    int swapped = lab_run_control(lab, "learns_too_much");
    for (double g = 1e-3; g < 1e3; g *= 1.01) {
        double s = swapped ? (g + 1) * g : g / (g + 1);
        least_gap = fmin(least_gap, (g - s) / (g * s));
        least = fmin(least, s);
        most = fmax(most, s);
    }
    lab_measure(lab, least_gap, 0, 0, "exponent_gap"); /* (g - s)/(g s) is 1 for every g */
    lab_measure(lab, least, 0, 0, "exponent_least");
    lab_measure(lab, most, 0, 0, "exponent_most");
    /* the relation alpha_D = alpha_N/(1 + alpha_N) on two published pairs: Kaplan et al. 2020, Hoffmann et al. 2022 */
    double off = swapped ? 1 : 0;
    lab_measure(lab, 0.076 / (1 - off + 0.076), 1e-16, 0, "kaplan_predicted");
    lab_measure(lab, 0.34 / (1 - off + 0.34), 1e-16, 0, "hoffmann_predicted");
    lab_measure(lab, 0.095 - 0.076 - off, 1e-16, 0, "kaplan_order"); /* alpha_D - alpha_N: the theory wants it negative */
    lab_measure(lab, 0.28 - 0.34 + off, 1e-16, 0, "hoffmann_order");
}

static const struct lab_spec spec = {
    .name = "scaling/allocation",
    .about = "How should compute be split between parameters and data?",
    .axes =
        {
            {"gamma", "0.2,0.5,1", NULL, "(0,10]", "Exponent g of the loss in n", AXIS_REAL},
            {"tau", "1", NULL, "[1,1e6]", "Samples of a quantum that teach it", AXIS_REAL},
            {"c", "1000", NULL, "[1,1e9]", "Parameters a quantum costs", AXIS_REAL},
            {"f", "1e14:1e26:*10", "1e16:1e22:*10", "[1e6,1e40]", "Compute F = 6 N D", AXIS_REAL},
        },
    .columns = "parameters,data,quanta,loss",
    .controls = "learns_too_much",
    .cell = cell,
    .summarize = summarize,
};

int main(int argc, char **argv)
{
    return lab_main(&spec, argc, argv);
}
