/* Which scale does the article's annealed objective ask for when scores are normal?
 *
 * Source: kexue.fm/archives/9812, normal scores: f(alpha, n) = alpha (1 - e^(alpha^2)/n) is maximized
 * numerically for n = 40, 80, ..., 20000, and alpha* ~ 0.84 sqrt(log n) is read off; alpha* lies "between 2
 * and 3" over a wide range. The stationarity condition n = (1 + 2 alpha^2) e^(alpha^2) is solved by Lambert's
 * function, alpha* = sqrt(W0(n sqrt(e)/2) - 1/2), so no search is needed. We search nevertheless (golden
 * section on f), compare, and fit as the article does.
 * Finding: 0.84 is the right least-squares coefficient of that window, but no constant: alpha* over sqrt(log
 * n) rises from 0.75 at n = 40 to 1 in the limit.
 */
#include <math.h>
#include <stdlib.h>

#include "lab.h"
#include "scale.h"

static const double fitted = 0.84; /* the article's coefficient of sqrt(log n) */

/* The objective; the control squares the moment once too often, e^(2 alpha^2) for e^(alpha^2). */
static double objective(double n, double alpha, int doubled)
{
    return doubled ? alpha * (1 - exp(2 * alpha * alpha - log(n))) : alpha * -expm1(alpha * alpha - log(n));
}

/* Its maximum on [0, sqrt(log n) + 1] by golden section: good to about the root of the rounding. */
static double search(double n, int doubled)
{
    const double golden = (sqrt(5) - 1) / 2;
    double low = 0, high = sqrt(log(n)) + 1;
    double a = high - golden * (high - low), b = low + golden * (high - low);
    double fa = objective(n, a, doubled), fb = objective(n, b, doubled);
    while (high - low > 1e-9) {
        if (fa < fb) {
            low = a;
            a = b;
            fa = fb;
            b = low + golden * (high - low);
            fb = objective(n, b, doubled);
        } else {
            high = b;
            b = a;
            fb = fa;
            a = high - golden * (high - low);
            fa = objective(n, a, doubled);
        }
    }
    return (low + high) / 2;
}

static void cell(struct lab_cell *c)
{
    double n = lab_real(c, "n"), lambert = scale_lambert_optimum(n),
           searched = search(n, lab_control(c, "doubled"));
    double root = sqrt(log(n));
    lab_put(c, "lambert", lambert);
    lab_put(c, "searched", searched);
    lab_put(c, "fit", fitted * root);
    lab_put(c, "fit_error", n > 1 ? fitted * root / searched - 1 : NAN);
    lab_put(c, "ratio", n > 1 ? searched / root : NAN);
    lab_put(c, "f", objective(n, lambert, 0));
    lab_put(c, "f_fit", objective(n, fitted * root, 0));
}

/* What the article plots: its grid of n, when the sweep holds all of it. */
static void measure_grid(struct lab *lab)
{
    double x[SCALE_GRID], y[SCALE_GRID], n[SCALE_GRID];
    size_t count = 0, in_range = 0;
    double last = 0;
    for (size_t i = 0; i < lab_groups(lab); i++) {
        n[0] = lab_real(lab_group(lab, i), "n");
        if (n[0] != last + SCALE_GRID_STEP || count == SCALE_GRID)
            continue;
        last = n[0];
        x[count] = sqrt(log(last));
        y[count] = lab_value(lab, i, "searched");
        in_range += y[count] >= 2 && y[count] <= 3;
        count++;
    }
    if (count < SCALE_GRID)
        return;
    struct scale_fit fit = scale_fit(x, y, count, fitted);
    lab_measure(lab, fit.coefficient, 1e-7, 0, "coefficient");
    lab_measure(lab, fit.rms, 1e-7, 0, "residual");
    lab_measure(lab, fit.least, 1e-7, 0, "fit_least");
    lab_measure(lab, fit.most, 1e-7, 0, "fit_most");
    lab_measure(lab, (double)in_range / SCALE_GRID, 0, 0, "share_2_to_3");
}

/* A column at these n, those of the sweep. */
static void measure_at(struct lab *lab, const char *const *n, size_t count, const char *column,
                       const char *name)
{
    for (size_t i = 0; i < count; i++) {
        char *values = base_format("n=%s", n[i]);
        long at = lab_find(lab, values);
        free(values);
        if (at >= 0)
            lab_measure(lab, lab_value(lab, (size_t)at, column), 1e-7, 0, "%s_%s", name, n[i]);
    }
}

static void summarize(struct lab *lab)
{
    double worst = 0;
    int doubled = lab_run_control(lab, "doubled");
    for (size_t i = 0; i < lab_groups(lab); i++)
        worst = fmax(worst, fabs(lab_value(lab, i, "searched") - lab_value(lab, i, "lambert")));
    static const char *const optima[] = {"40",   "64",    "128",   "512",     "1000",      "1024",
                                         "4096", "10000", "20000", "1000000", "1000000000"};
    static const char *const ratios[] = {"40", "512", "10000", "1000000", "1000000000000", "1e+50"};
    measure_at(lab, optima, sizeof optima / sizeof *optima, "searched", "optimum");
    measure_at(lab, ratios, sizeof ratios / sizeof *ratios, "ratio", "ratio");
    lab_measure(lab, worst, 0, 0, "lambert_worst");
    measure_grid(lab);
    /* the n at which alpha is the optimum: the stationarity condition itself */
    static const double at[] = {2, 2.5, 3};
    for (int i = 0; i < 3; i++) {
        double square = at[i] * at[i] * (doubled ? 2 : 1);
        lab_measure(lab, (1 + 2 * square) * exp(square), 0, 0, "n_of_%g", at[i]);
    }
}

static const struct lab_spec spec = {
    .name = "scale/normal",
    .about = "The optimum of the article's annealed objective for n normal scores",
    .axes = {{"n", "40:20000:40,64,128,512,1024,4096,1e6,1e9,1e12,1e20,1e50", NULL, "[1,1e300]",
              "Number of keys", AXIS_REAL}},
    .columns = "lambert:11,searched:11,fit:10,fit_error,ratio,f:10,f_fit:10",
    .controls = "doubled",
    .cell = cell,
    .summarize = summarize,
};

int main(int argc, char **argv)
{
    return lab_main(&spec, argc, argv);
}
