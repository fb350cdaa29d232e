/* How much does chance move the mean over the maximum, compared with S*_{1,2}?
 *
 * Source: kexue.fm/archives/9595, section 1: the maximum "is governed by outliers", so S_0 = mean/max is
 * given up for smooth means. Made quantitative here. Given the maximum m of n normal magnitudes, the others
 * are independent and truncated at m, so E S_0 and Var S_0 are single integrals over the law of m: no
 * sampling error. For S the delta method gives sd(S)/S = sqrt((pi-3)/2)/sqrt(n). Student's t with 3 degrees
 * has no fourth moment, and S then behaves like a stable law: its spread falls like n^{-1/3}.
 * Finding: for normal entries S_0 fluctuates 5 times as much as S at n = 100 and 26 times at n = 10^4, and
 * drifts.
 */
#include <math.h>
#include <stdlib.h>

#include <gsl/gsl_integration.h>
#include <gsl/gsl_randist.h>
#include <gsl/gsl_sf_erf.h>

#include "lab.h"
#include "sparsity.h"

struct maximum {
    double n;
    int power; /* of S_0, whose mean is asked for */
};

/* E[S_0^power | max = m] times the density of m, for |N(0,1)|. */
static double integrand(double m, void *parameters)
{
    const struct maximum *p = parameters;
    double inside = erf(m / M_SQRT2), density = sqrt(2 / M_PI) * exp(-m * m / 2), n = p->n;
    if (inside <= 0)
        return 0;
    double first = sqrt(2 / M_PI) * (1 - exp(-m * m / 2)) / inside; /* E|x|, |x| < m */
    double second = 1 - m * density / inside;                       /* E x^2 */
    double mean = (1 + (n - 1) * first / m) / n,
           variance = (n - 1) * (second - first * first) / (m * m * n * n);
    double value = p->power == 1 ? mean : mean * mean + variance;
    return value * n * exp((n - 1) * log(inside)) * density;
}

static double mean_power(double n, int power, double *error)
{
    struct maximum parameters = {n, power};
    gsl_function f = {integrand, &parameters};
    gsl_integration_workspace *w = gsl_integration_workspace_alloc(1000);
    double value = 0, part, bound = 0;
    *error = 0;
    for (double low = 0; low < 40; low = bound) {
        bound = low + 2;
        double e;
        if (!w || gsl_integration_qag(&f, low, bound, 1e-13, 1e-11, 1000, GSL_INTEG_GAUSS61, w, &part, &e))
            base_die(BASE_RUN_FAILED, "E S_0^%d for n = %g cannot be integrated", power, n);
        value += part;
        *error += e;
    }
    gsl_integration_workspace_free(w);
    return value;
}

static double interquartile(double *x, size_t n)
{
    return stats_quantile_of(x, n, 0.75).value - stats_quantile_of(x, n, 0.25).value;
}

static void put_sample(struct lab_cell *cell, const char *index, double *values, size_t draws)
{
    static const char *const suffixes[] = {"mean", "mean_se", "deviation", "deviation_se", "spread"};
    struct stats_moments m = {0};
    for (size_t d = 0; d < draws; d++)
        stats_moments_push(&m, values[d]);
    struct stats_mean mean = stats_moments_mean(&m), variance = stats_moments_variance_mean(&m);
    double deviation = sqrt(variance.value) / mean.value;
    const double numbers[] = {mean.value, mean.error, deviation,
                              deviation * variance.error / (2 * variance.value),
                              interquartile(values, draws)};
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        char *column = base_format("%s_%s", index, suffixes[i]);
        lab_put(cell, column, numbers[i]);
        free(column);
    }
}

static void cell(struct lab_cell *cell)
{
    struct sparsity_law law;
    sparsity_law_parse(lab_word(cell, "law"), &law);
    size_t n = (size_t)lab_integer(cell, "n"), draws = (size_t)lab_integer(cell, "draws");
    double *x = base_alloc(n, sizeof *x), *s = base_alloc(draws, sizeof *s),
           *s0 = base_alloc(draws, sizeof *s0);
    double order = lab_control(cell, "exchanged") ? INFINITY : 2;
    for (size_t d = 0; d < draws; d++) {
        sparsity_law_draw(&law, lab_rng(cell), x, n);
        s[d] = sparsity_ratio(x, n, 1, order);
        s0[d] = sparsity_ratio(x, n, 1, isinf(order) ? 2 : INFINITY);
    }
    put_sample(cell, "s0", s0, draws);
    put_sample(cell, "s", s, draws);
    if (law.kind == SPARSITY_NORMAL) {
        double e1, e2, first = mean_power((double)n, 1, &e1), second = mean_power((double)n, 2, &e2);
        lab_put(cell, "s0_mean_exact", first);
        lab_put(cell, "s0_deviation_exact", sqrt(second - first * first) / first);
        lab_put(cell, "s_deviation_limit", sqrt((M_PI - 3) / 2 / (double)n));
    }
    free(x);
    free(s);
    free(s0);
}

/* Exponent of n in the spread of S over the sweep. log IQR of r draws has error 1.166/sqrt(r) for a normal
 * law, and nearly the same for others of one peak. */
static void measure_exponent(struct lab *lab, const char *law, const char *name)
{
    const struct axis_values *sizes = lab_axis_values(lab, "n");
    double x[16], y[16], sigma[16];
    size_t points = 0;
    long draws = lab_integer(lab_group(lab, 0), "draws");
    for (size_t i = 0; i < sizes->count && points < 16; i++) {
        char *values = base_format("law=%s n=%s", law, sizes->text[i]);
        long g = lab_find(lab, values);
        free(values);
        if (g < 0)
            return;
        x[points] = lab_real(lab_group(lab, (size_t)g), "n");
        y[points] = lab_value(lab, (size_t)g, "s_spread");
        sigma[points] = y[points] * 1.166 / sqrt((double)draws);
        points++;
    }
    struct stats_line line;
    if (!stats_power_fit(x, y, sigma, points, &line))
        lab_measure(lab, line.slope, line.slope_error, draws, "spread_exponent.%s", name);
}

static void summarize(struct lab *lab)
{
    static const char *const sizes[] = {"100", "1000", "10000"};
    for (size_t i = 0; i < 3; i++) {
        char *values = base_format("law=normal n=%s", sizes[i]);
        long found = lab_find(lab, values), draws = lab_integer(lab_group(lab, 0), "draws");
        free(values);
        if (found < 0)
            continue;
        size_t g = (size_t)found;
        double exact = lab_value(lab, g, "s0_mean_exact"),
               deviation = lab_value(lab, g, "s0_deviation_exact");
        lab_measure(lab, exact, 1e-10, 0, "s0_mean.n_%s", sizes[i]);
        lab_measure(lab, deviation, 1e-8, 0, "s0_deviation.n_%s", sizes[i]);
        lab_measure(lab, lab_value(lab, g, "s0_mean") / exact - 1, lab_value(lab, g, "s0_mean_se") / exact,
                    draws, "s0_mean_drawn.n_%s", sizes[i]);
        lab_measure(lab, lab_value(lab, g, "s0_deviation") / deviation - 1,
                    lab_value(lab, g, "s0_deviation_se") / deviation, draws, "s0_deviation_drawn.n_%s",
                    sizes[i]);
        lab_measure(lab, lab_value(lab, g, "s_mean"), lab_value(lab, g, "s_mean_se"), draws, "s_mean.n_%s",
                    sizes[i]);
        double limit = lab_value(lab, g, "s_deviation_limit");
        lab_measure(lab, lab_value(lab, g, "s_deviation") / limit,
                    lab_value(lab, g, "s_deviation_se") / limit, draws, "s_deviation_over_limit.n_%s",
                    sizes[i]);
    }
    measure_exponent(lab, "normal", "normal");
    measure_exponent(lab, "student:3", "student_3");
}

static char *check(const struct lab_cell *cell)
{
    return sparsity_law_check(lab_word(cell, "law"));
}

static const struct lab_spec spec = {
    .name = "sparsity/outlier",
    .about = "How much does chance move the mean over the maximum, compared with S*_{1,2}?",
    .axes = {{"law", "normal,student:3", NULL, NULL, "of the entries", AXIS_WORD},
             {"n", "100,300,1000,3000,10000,30000", "100,1000,10000", "[2,100000000]", "entries",
              AXIS_INTEGER},
             {"draws", "2500", "2000", "[50,100000000]", "samples", AXIS_INTEGER}},
    .columns = "s0_mean,s0_mean_se:4,s0_deviation,s0_deviation_se:4,s0_spread,s_mean,s_mean_se:4,s_deviation,"
               "s_deviation_se:4,s_spread,s0_mean_exact:12,s0_deviation_exact:10,s_deviation_limit",
    .controls = "exchanged",
    .check = check,
    .cell = cell,
    .summarize = summarize,
};

int main(int argc, char **argv)
{
    return lab_main(&spec, argc, argv);
}
