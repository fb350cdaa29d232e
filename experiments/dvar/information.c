/* The optimal variance, integrated over the signal-to-noise ratio, is the information in the data.
 *
 * Source: none of the articles; the I-MMSE identity (Guo, Shamai, Verdu, IEEE Trans. Inf. Theory 51, 2005)
 * applied to the optimal variance of kexue.fm/archives/9245. With snr = ab_t^2/bb_t^2 and v(snr) = E tr
 * Cov(x_0|x_t)/d,
 *     (1/2) int_0^snr d v dsnr' = I(x_0; x_t) = H(x_0) - E H(x_0|x_t),  and over all snr = H(x_0):
 * for N different points ln N, whatever they look like. We draw x_t for a ladder of snr, average the trace
 * and the entropy of the posterior weights, and integrate by the trapezoidal rule in ln snr (the integrand
 * falls off at either end, so the rule converges geometrically; below the first snr v is Var x_0).
 * Finding: the integral over the digits is ln 1797 = 7.494 nats within its error; so the areas under all
 * curves of optimal variance of N points are equal, and a schedule only chooses where to look.
 */
#include <math.h>
#include <stdlib.h>

#include "dvar.h"
#include "lab.h"

static void *setup(const struct lab *lab)
{
    return dvar_points_read(lab_axis_values(lab, "data")->text[0]);
}

static void teardown(void *points)
{
    dvar_points_free(points);
}

static void cell(struct lab_cell *cell)
{
    enum { ROWS = 256 };
    const struct dvar_points *points = lab_shared(cell);
    double snr = lab_real(cell, "snr"), ab = sqrt(snr / (1 + snr)), bb2 = 1 / (1 + snr), trace[ROWS],
           entropy[ROWS];
    size_t d = points->d, n = (size_t)lab_integer(cell, "M");
    struct dvar_workspace *workspace = dvar_workspace_new(points);
    struct stats_moments v = {0}, h = {0};
    double *x0 = base_alloc(ROWS * d, sizeof *x0), *e = base_alloc(ROWS * d, sizeof *e);
    double *xt = base_alloc(ROWS * d, sizeof *xt), *mean = base_alloc(ROWS * d, sizeof *mean);
    for (size_t begin = 0; begin < n; begin += ROWS) {
        size_t rows = n - begin < ROWS ? n - begin : ROWS;
        dvar_points_draw(points, lab_rng(cell), ab, bb2, rows, x0, e, xt);
        dvar_points_posterior(points, workspace, ab, bb2, rows, xt, mean, trace, entropy);
        for (size_t i = 0; i < rows; i++) {
            stats_moments_push(&v, trace[i] / (double)d);
            stats_moments_push(&h, entropy[i]);
        }
    }
    lab_put(cell, "v", stats_moments_mean(&v).value);
    lab_put(cell, "v_se", stats_moments_mean(&v).error);
    lab_put(cell, "entropy", stats_moments_mean(&h).value);
    lab_put(cell, "entropy_se", stats_moments_mean(&h).error);
    free(x0);
    free(e);
    free(xt);
    free(mean);
    dvar_workspace_free(workspace);
}

/* ---- the integral ---- */

/* (1/2) int d v dsnr from 0 to the node `last`, and its standard error. The nodes' errors are independent.
 * Where the sum stops short of the end it has Gregory's first correction, step/12 times the last
 * difference. */
static struct stats_mean integral(const struct lab *lab, const struct dvar_points *points, size_t last)
{
    double half_d = 0.5 * (double)points->d, first = lab_real(lab_group(lab, 0), "snr");
    double sum = half_d * points->variance * first, square = 0;
    for (size_t i = 0; i <= last; i++) {
        double snr = lab_real(lab_group(lab, i), "snr"), width = 0;
        if (i > 0)
            width += 0.5 * log(snr / lab_real(lab_group(lab, i - 1), "snr"));
        if (i < last)
            width += 0.5 * log(lab_real(lab_group(lab, i + 1), "snr") / snr);
        if (last > 0 && i + 1 >= last) {
            double before = lab_real(lab_group(lab, last - 1), "snr"),
                   end = lab_real(lab_group(lab, last), "snr");
            width += (i == last ? -1.0 : 1.0) / 12 * log(end / before);
        }
        double weight = half_d * snr * width;
        sum += weight * lab_value(lab, i, "v");
        square += weight * weight * lab_value(lab, i, "v_se") * lab_value(lab, i, "v_se");
    }
    return (struct stats_mean){sum, sqrt(square), lab_integer(lab_group(lab, 0), "M")};
}

static void summarize(struct lab *lab)
{
    static const double places[] = {0.1, 1, 5};
    const struct dvar_points *points = lab_setup_data(lab);
    size_t nodes = lab_groups(lab), next = 0;
    double factor = lab_run_control(lab, "forget_half") ? 2 : 1;
    struct lab_table *table =
        lab_table(lab, NULL, "snr:6,v:6,v_se:3,entropy:6,entropy_se:3,integral:6,integral_se:3");
    for (size_t i = 0; i < nodes; i++) {
        const struct lab_cell *cell = lab_group(lab, i);
        double snr = lab_real(cell, "snr");
        if (i && !(snr > lab_real(lab_group(lab, i - 1), "snr")))
            base_die(BASE_BAD_USAGE, "--snr: %g is not above the one before; give rising values", snr);
        struct stats_mean area = integral(lab, points, i);
        area.value *= factor;
        double h = lab_value(lab, i, "entropy"), h_se = lab_value(lab, i, "entropy_se");
        double row[] = {snr,       lab_value(lab, i, "v"), lab_value(lab, i, "v_se"), h, h_se, area.value,
                        area.error};
        lab_table_row(table, row);
        if (next < 3 && snr >= places[next] &&
            i > 0) { /* the entropy and the last v come from the same draws */
            lab_measure(lab, area.value - (points->entropy - h), area.error + h_se, area.count,
                        "information_off.%g", places[next++]);
        }
        if (i + 1 == nodes) {
            lab_measure(lab, area.value - points->entropy, area.error, area.count, "integral_off");
            lab_measure(lab, points->entropy, 0, 0, "entropy");
        }
    }
}

static const struct lab_spec spec = {
    .name = "dvar/information",
    .about = "the optimal variance integrated over the signal-to-noise ratio: the entropy of the data",
    .axes = {{"data", "digits", NULL, "digits", "The points: digits, or a file of them", AXIS_FILE},
             {"M", "8000", "600", "[20,100000000]", "Draws for every ratio", AXIS_INTEGER},
             {"snr", "0.0001:200:*1.25", NULL, "(0,inf)", "Ratios ab^2/bb^2, rising", AXIS_REAL}},
    .columns = "v,v_se,entropy,entropy_se",
    .controls = "forget_half",
    .setup = setup,
    .teardown = teardown,
    .cell = cell,
    .summarize = summarize,
};

int main(int argc, char **argv)
{
    return lab_main(&spec, argc, argv);
}
