/* How fast does a soft assignment to codes become one-hot?
 *
 * Source: kexue.fm/archives/9862, section 2: the limit of the softmax over codes is one-hot. With P =
 * softmax(-|k - c_y|^2/ (2 tau)) and gap = second smallest minus smallest squared distance, 1 - max P <= (m -
 * 1) e^{-gap/(2 tau)} for every key. The mean over keys is decided by the keys near a boundary between two
 * codes, where it is 1/(1 + e^{gap/(2 tau)}): with f the density of the gap at 0, mean (1 - max P) = 2 tau ln
 * 2 f + O(tau^2), linear in tau, not exponentially small.
 */
#include <math.h>
#include <stdlib.h>

#include "lab.h"
#include "performer.h"

static double gap_of(size_t m, const double *minus_square)
{
    double first = INFINITY, second = INFINITY;
    for (size_t y = 0; y < m; y++) {
        double x = -minus_square[y];
        if (x < first)
            second = first, first = x;
        else if (x < second)
            second = x;
    }
    return second - first;
}

static void cell(struct lab_cell *cell)
{
    size_t d = (size_t)lab_integer(cell, "d"), m = (size_t)lab_integer(cell, "m"),
           n = (size_t)lab_integer(cell, "keys");
    double tau = lab_real(cell, "tau"), near_width = 0.1, used = tau;
    double *c = base_alloc(m * d, sizeof *c), *k = base_alloc(n * d, sizeof *k),
           *b = base_alloc(n * m, sizeof *b), *minus_square = base_alloc(n * m, sizeof *minus_square);
    performer_normals(m, d, 1, lab_rng(cell), c);
    performer_normals(n, d, 1, lab_rng(cell), k);
    performer_distances(n, m, d, 0.5, k, c, minus_square);
    if (lab_control(cell, "too_soft"))
        used = 2 * tau;
    if (lab_control(cell, "too_sharp"))
        used = tau / 2;
    performer_distances(n, m, d, used, k, c, b);
    performer_log_softmax(n, m, b);
    double mean = 0, broken = 0, near = 0;
    for (size_t j = 0; j < n; j++) {
        double rest = 0, gap = gap_of(m, minus_square + j * m);
        size_t best = 0;
        for (size_t y = 1; y < m; y++)
            best = b[j * m + y] > b[j * m + best] ? y : best;
        for (size_t y = 0; y < m; y++)
            rest += y == best ? 0 : exp(b[j * m + y]);
        mean += rest / (double)n;
        /* the allowance is for the rounding of the distances, divided by tau */
        broken += rest > (double)(m - 1) * exp(-gap / (2 * tau)) * (1 + 1e-12 * (double)d / tau);
        near += gap < near_width;
    }
    lab_put(cell, "soft", mean);
    lab_put(cell, "broken", broken / (double)n);
    lab_put(cell, "density", near / (double)n / near_width);
    free(c);
    free(k);
    free(b);
    free(minus_square);
}

static void summarize(struct lab *lab)
{
    static const char *const taus[] = {"1", "0.3", "0.1", "0.03", "0.01", "0.003"};
    double broken = 0, x[3], y[3], sigma[3];
    size_t fitted = 0;
    long count = 0;
    for (size_t g = 0; g < lab_groups(lab); g++)
        broken = fmax(broken, lab_mean(lab, g, "broken").value);
    lab_measure(lab, broken, 0, 0, "bound_broken");
    if (lab_axis_values(lab, "replicate")->count < 2)
        return;
    for (size_t i = 0; i < sizeof taus / sizeof *taus; i++) {
        char *values = base_format("d=8 m=32 keys=2000 tau=%s", taus[i]);
        long g = lab_find(lab, values);
        free(values);
        if (g < 0)
            continue;
        struct stats_mean soft = lab_mean(lab, (size_t)g, "soft"),
                          density = lab_mean(lab, (size_t)g, "density");
        double tau = lab_real(lab_group(lab, (size_t)g), "tau");
        lab_measure_mean(lab, soft, "soft.tau_%s", taus[i]);
        count = soft.count;
        if (i >= 2 && i <= 4)
            x[fitted] = tau, y[fitted] = soft.value, sigma[fitted] = soft.error, fitted++;
        if (i == 4) {
            size_t rows;
            const double *s = lab_column(lab, (size_t)g, "soft", &rows),
                         *f = lab_column(lab, (size_t)g, "density", &rows);
            struct stats_mean ratio = stats_ratio_of(s, f, rows);
            ratio.value /= 2 * tau * M_LN2;
            ratio.error /= 2 * tau * M_LN2;
            if (density.value > 0)
                lab_measure_mean(lab, ratio, "linear_factor");
        }
    }
    struct stats_line line;
    if (fitted == 3 && !stats_power_fit(x, y, sigma, 3, &line))
        lab_measure(lab, line.slope, line.slope_error, count, "slope");
}

static char *check(const struct lab_cell *cell)
{
    double work =
        (double)lab_integer(cell, "keys") * (double)(lab_integer(cell, "m") + lab_integer(cell, "d"));
    return work > 2e8 ? base_format("--keys, --m: n (m + d) = %.3g numbers; give at most 2e8", work) : NULL;
}

static const struct lab_spec spec = {
    .name = "performer/harden",
    .about = "How fast does a soft assignment to codes become one-hot?",
    .axes = {{"d", "8", NULL, "[1,100000]", "dimension", AXIS_INTEGER},
             {"m", "32", NULL, "[2,1000000]", "codes", AXIS_INTEGER},
             {"keys", "2000", NULL, "[1,10000000]", "keys", AXIS_INTEGER},
             {"tau", "1,0.3,0.1,0.03,0.01,0.003", NULL, "[1e-9,1e9]", "temperature", AXIS_REAL},
             {"replicate", "0:199", "0:59", "[0,inf)", "codebook", AXIS_INTEGER}},
    .columns = "soft,broken,density",
    .fold = "replicate",
    .controls = "too_soft|too_sharp",
    .check = check,
    .cell = cell,
    .summarize = summarize,
};

int main(int argc, char **argv)
{
    return lab_main(&spec, argc, argv);
}
