/* Which scale does the article's annealed objective ask for when scores are cosines?
 *
 * Source: kexue.fm/archives/9812, cosine attention: the cosine s of two random directions in dimension d has
 * a density proportional to (1-s^2)^((d-3)/2), E e^(alpha s) = g(alpha) = 0F1(; d/2; alpha^2/4), and f =
 * alpha (1 - g(2 alpha)/(n g(alpha)^2)). For d = 128 the article reads off alpha* ~ 3.5 log n, and scales of
 * 25 to 35 "over a wide range", which would explain the scales near 30 of cosine losses.
 * Finding: the numbers are right on the plotted window; proportionality to log n is an accident of it.
 * alpha* over log n falls from 4.6 to 2.7 at n = 1e12, and alpha* over sqrt d tends to the optimum for
 * normal scores as d grows.
 */
#include <math.h>
#include <stdlib.h>

#include "lab.h"
#include "scale.h"

static const double fitted = 3.5; /* the article's coefficient of log n at d = 128 */

static void cell(struct lab_cell *c)
{
    double d = lab_real(c, "d"), n = lab_real(c, "n");
    /* the control takes the normal law of the same variance, 1/d */
    struct softmax_law law = softmax_law_cosine(d);
    double best =
        lab_control(c, "normal") ? sqrt(d) * scale_lambert_optimum(n) : scale_annealed_optimum(&law, n);
    lab_put(c, "optimum", best);
    lab_put(c, "over_log", n > 1 ? best / log(n) : NAN);
    lab_put(c, "over_root_d", best / sqrt(d));
}

static void measure_at(struct lab *lab, const char *d, const char *n, const char *column, const char *name)
{
    char *values = base_format("d=%s n=%s", d, n);
    long at = lab_find(lab, values);
    free(values);
    if (at >= 0)
        lab_measure(lab, lab_value(lab, (size_t)at, column), 1e-10, 0, "%s_%s_%s", name, d, n);
}

/* The n at which alpha is the optimum in dimension d: 1 / n is what makes the derivative of f vanish. */
static double n_of(double d, double alpha)
{
    struct softmax_law law = softmax_law_cosine(d);
    double slope_1, slope_2, k_1 = scale_cumulant(&law, alpha, &slope_1),
                             k_2 = scale_cumulant(&law, 2 * alpha, &slope_2);
    return (1 + 2 * alpha * (slope_2 - slope_1)) * exp(k_2 - 2 * k_1);
}

static void measure_grid(struct lab *lab)
{
    double x[SCALE_GRID], y[SCALE_GRID], last = 0;
    size_t count = 0, in_range = 0;
    for (size_t i = 0; i < lab_groups(lab); i++) {
        const struct lab_cell *c = lab_group(lab, i);
        double n = lab_real(c, "n");
        if (!lab_is(c, "d", "128") || n != last + SCALE_GRID_STEP || count == SCALE_GRID)
            continue;
        last = n;
        x[count] = log(n);
        y[count] = lab_value(lab, i, "optimum");
        in_range += y[count] >= 25 && y[count] <= 35;
        count++;
    }
    if (count < SCALE_GRID)
        return;
    struct scale_fit fit = scale_fit(x, y, count, fitted);
    lab_measure(lab, fit.coefficient, 1e-10, 0, "coefficient");
    lab_measure(lab, fit.least, 1e-10, 0, "fit_least");
    lab_measure(lab, fit.most, 1e-10, 0, "fit_most");
    lab_measure(lab, (double)in_range / SCALE_GRID, 0, 0, "share_25_to_35");
}

static void summarize(struct lab *lab)
{
    static const char *const n[] = {"40", "100", "512", "1000", "4096", "8000", "20000"};
    static const char *const far[] = {"40",      "512",       "20000",        "100000",
                                      "1000000", "100000000", "1000000000000"};
    static const char *const d[] = {"32", "64", "128", "256", "512"};
    for (int i = 0; i < 7; i++)
        measure_at(lab, "128", n[i], "optimum", "optimum");
    for (int i = 0; i < 7; i++)
        measure_at(lab, "128", far[i], "over_log", "over_log");
    measure_at(lab, "128", "1000000000000", "optimum", "optimum");
    for (int i = 0; i < 5; i++)
        measure_at(lab, d[i], "1000", "over_root_d", "over_root_d");
    measure_at(lab, "1000000", "1000", "over_root_d", "over_root_d");
    measure_grid(lab);
    lab_measure(lab, lab_run_control(lab, "normal") ? n_of(1e6, 25 * sqrt(1e6 / 128)) : n_of(128, 25), 1e-8,
                0, "n_of_25");
}

static const struct lab_spec spec = {
    .name = "scale/cosine",
    .about = "The optimum of the article's annealed objective for n cosines in dimension d",
    .axes = {{"d", "32,64,128,256,512,1e6", NULL, "[3,1e9]", "Dimension", AXIS_REAL},
             {"n", "40:20000:40,100,512,4096,1e5,1e6,1e8,1e12", NULL, "[1,1e300]", "Number of keys",
              AXIS_REAL}},
    .columns = "optimum:11,over_log:6,over_root_d:6",
    .controls = "normal",
    .cell = cell,
    .summarize = summarize,
};

int main(int argc, char **argv)
{
    return lab_main(&spec, argc, argv);
}
