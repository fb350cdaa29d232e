/* Do samples drawn from Zipf's law leave the loss that the theory of chance predicts?
 *
 * Source: kexue.fm/archives/9607, data law and step law. A replicate draws D quanta from p_k ~ k^-(g+1) and adds up the
 * frequency of those seen fewer than tau times; or draws S batches of B, hits adding up, D = S B. The mean is compared
 * with the exact sum, and for tau = 1 the variance between replicates with its exact value, negatively correlated
 * misses included. The mass below rank `top` is never drawn as such: it is one quantum more, seen or not, whose exact
 * expected loss is added to both sides.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <gsl/gsl_randist.h>
#include <gsl/gsl_sf_zeta.h>

#include "lab.h"
#include "scaling.h"

/* Inverse transform of Zipf's law: the smallest k with T(k) <= u, by bisection on the Hurwitz zeta beyond a table. */
struct zipf {
    double g;
    size_t table;
    double *tail; /* T(0..table) */
};

static void zipf_make(struct zipf *z, double g, size_t table)
{
    z->g = g;
    z->table = table;
    z->tail = base_alloc(table + 1, sizeof *z->tail);
    z->tail[table] = scaling_tail(g, (double)table, 0).value;
    for (size_t k = table; k > 0; k--)
        z->tail[k - 1] = z->tail[k] + scaling_frequency(g, (double)k);
}

static double zipf_draw(const struct zipf *z, gsl_rng *rng)
{
    /* 64 bits: T is resolved down to 5e-20 */
    double u = ((double)rng_bits64(rng) + 0.5) * 0x1p-64;
    if (u >= z->tail[z->table]) {
        size_t low = 0, high = z->table; /* T(low) > u >= T(high) */
        while (high - low > 1) {
            size_t middle = (low + high) / 2;
            if (z->tail[middle] > u)
                low = middle;
            else
                high = middle;
        }
        return (double)high;
    }
    double low = (double)z->table, high = 2 * low;
    while (scaling_tail(z->g, high, 0).value > u)
        low = high, high *= 2;
    while (high - low > 1 && high - low > 1e-15 * high) {
        double middle = floor((low + high) / 2);
        if (scaling_tail(z->g, middle, 0).value > u)
            low = middle;
        else
            high = middle;
    }
    return high;
}

static int ascending(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* The frequency of all quanta that stand at least tau times among the sorted draws. */
static double learnt_mass(const double *draw, size_t count, double tau, double g)
{
    double learnt = 0;
    for (size_t i = 0, j; i < count; i = j) {
        for (j = i + 1; j < count && draw[j] == draw[i]; j++)
            ;
        if ((double)(j - i) >= tau)
            learnt += scaling_frequency(g, draw[i]);
    }
    return learnt;
}

static void cell(struct lab_cell *c)
{
    double g = lab_real(c, "gamma"), tau = lab_real(c, "tau");
    long D = lab_integer(c, "d"), batch = lab_integer(c, "batch");
    struct zipf z;
    zipf_make(&z, g, 4096);
    double *draw = base_alloc((size_t)D, sizeof *draw);
    /* in steps: each batch's hits join those before it; the control starts every batch anew */
    long steps = batch ? D / batch : 1, each = batch ? batch : D;
    double learnt = 0;
    for (long s = 0; s < steps; s++) {
        for (long i = 0; i < each; i++)
            draw[s * each + i] = zipf_draw(&z, lab_rng(c));
        if (lab_control(c, "forgets_batches")) {
            qsort(draw + s * each, (size_t)each, sizeof *draw, ascending);
            learnt = fmax(learnt, learnt_mass(draw + s * each, (size_t)each, tau, g));
        }
    }
    if (!lab_control(c, "forgets_batches")) {
        qsort(draw, (size_t)(steps * each), sizeof *draw, ascending);
        learnt = learnt_mass(draw, (size_t)(steps * each), tau, g);
    }
    free(draw);
    free(z.tail);
    double loss = 1 - learnt;
    struct softmax_value exact = scaling_soft_loss(g, tau, (double)(steps * each));
    lab_put(c, "loss", loss);
    lab_put(c, "exact", exact.value);
    lab_put(c, "difference", loss - (lab_control(c, "sharp_rule") ? scaling_sharp_loss(g, tau, (double)D) : exact.value));
}

static void summarize(struct lab *lab)
{
    struct lab_table *table = lab_table(lab, NULL, "gamma:17,tau:17,d:17,batch:17,loss,loss_se:3,exact:10,z:3,sd,sd_exact");
    for (size_t i = 0; i < lab_groups(lab); i++) {
        const struct lab_cell *at = lab_group(lab, i);
        double g = lab_real(at, "gamma"), tau = lab_real(at, "tau"), D = lab_real(at, "d");
        struct stats_mean loss = lab_mean(lab, i, "loss"), difference = lab_mean(lab, i, "difference");
        size_t n;
        const double *x = lab_column(lab, i, "loss", &n);
        struct stats_moments m = {0};
        for (size_t k = 0; k < n; k++)
            stats_moments_push(&m, x[k]);
        struct stats_mean variance = stats_moments_variance_mean(&m);
        double exact_variance = tau == 1 ? scaling_missing_mass_variance(g, D, 4000) : NAN;
        lab_table_row(table, (double[]){g, tau, D, lab_real(at, "batch"), loss.value, loss.error, lab_value(lab, i, "exact"),
                                        difference.value / difference.error, sqrt(variance.value), sqrt(exact_variance)});
        const char *kind = lab_integer(at, "batch") ? "steps" : "data";
        lab_measure_mean(lab, difference, "%s_%s_%s_%s", kind, lab_word(at, "gamma"), lab_word(at, "tau"), lab_word(at, "d"));
        if (tau == 1 && !lab_integer(at, "batch"))
            lab_measure(lab, variance.value / exact_variance - 1, variance.error / exact_variance, variance.count,
                        "variance_%s_%s", lab_word(at, "gamma"), lab_word(at, "d"));
    }
}

static char *check(const struct lab_cell *c)
{
    long D = lab_integer(c, "d"), batch = lab_integer(c, "batch");
    return batch && D % batch ? base_copy("--batch must divide --d") : NULL;
}

static const struct lab_spec spec = {
    .name = "scaling/draws",
    .about = "Do samples drawn from Zipf's law leave the loss that theory predicts?",
    .axes =
        {
            {"gamma", "0.4,1", NULL, "(0,10]", "Exponent g of the loss in n", AXIS_REAL},
            {"tau", "1,3", NULL, "[1,1e6]", "Samples of a quantum that teach it", AXIS_INTEGER},
            {"d", "1000,10000", "1000", "[1,1e8]", "Samples D", AXIS_INTEGER},
            {"batch", "0,100", NULL, "[0,1e8]", "Samples a step; 0: all at once", AXIS_INTEGER},
            {"replicate", "0:499", "0:399", "[0,inf)", "Replicate", AXIS_INTEGER},
        },
    .columns = "loss,exact,difference",
    .fold = "replicate",
    .controls = "sharp_rule|forgets_batches",
    .check = check,
    .cell = cell,
    .summarize = summarize,
};

int main(int argc, char **argv)
{
    return lab_main(&spec, argc, argv);
}
