/* Are Performer's features unbiased, and how far off is one estimate?
 *
 * Source: kexue.fm/archives/9862 (and 7921): exp(q.k) = E exp(omega.q - |q|^2/2) exp(omega.k - |k|^2/2),
 * omega normal; arXiv 2009.14794. Means and mean squared errors of independent positive, trigonometric,
 * hyperbolic and orthogonal positive features, drawn, against their exact values (performer_mse). Errors are
 * given over the exact ones. Feature "shared": orthogonal rows with one random chi_d length for the whole
 * block, in place of one each.
 *
 * The squared error of a positive feature has heavy tails: its relative variance needs the fourth moment,
 * e^{8 |q+k|^2}. At |q+k|^2 = 3 most runs of any affordable length underestimate it. So the sweep stays at
 * |q+k|^2 <= 1.
 *
 * Finding: they are unbiased, with the errors as derived. Rows that share one length gain nothing at all from
 * being orthogonal: the covariance of two features is then exactly 0, as it is for independent rows.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "lab.h"
#include "performer.h"

/* Orthogonal rows that share one length err as independent ones do. */
static enum performer_feature feature_of(const struct lab_cell *cell)
{
    static const char *const names[] = {"iid", "trig", "hyp", "ort"};
    for (int i = 0; i < 4; i++)
        if (lab_is(cell, "feature", names[i]))
            return (enum performer_feature)i;
    return PERFORMER_IID;
}

static enum performer_law law_of(const struct lab_cell *cell)
{
    if (lab_is(cell, "feature", "shared"))
        return lab_control(cell, "own_length") ? PERFORMER_ORTHOGONAL : PERFORMER_SHARED_ROWS;
    if (feature_of(cell) != PERFORMER_ORT)
        return PERFORMER_GAUSS;
    return lab_control(cell, "unit_rows")       ? PERFORMER_UNIT_ROWS
           : lab_control(cell, "even_rows")     ? PERFORMER_EVEN_ROWS
           : lab_control(cell, "shared_length") ? PERFORMER_SHARED_ROWS
                                                : PERFORMER_ORTHOGONAL;
}

static void cell(struct lab_cell *cell)
{
    size_t d = (size_t)lab_integer(cell, "d"), m = (size_t)lab_integer(cell, "m");
    long reps = lab_integer(cell, "reps");
    struct performer_angle angle = {lab_real(cell, "qnorm"), 0, lab_real(cell, "cos")};
    angle.k = lab_is(cell, "knorm", "qnorm") ? angle.q : lab_real(cell, "knorm");
    enum performer_feature feature = feature_of(cell);
    enum performer_law law = law_of(cell);
    double *q = base_alloc(2 * d, sizeof *q), *k = q + d, *omega = base_alloc(m * d, sizeof *omega);
    performer_pair(d, angle.q, angle.k, angle.cosine, q, k);
    double kernel = performer_kernel(&angle), mse = performer_mse(feature, m, d, &angle).value;
    double away = 0, square = 0;
    for (long r = 0; r < reps; r++) {
        performer_directions(law, m, d, lab_rng(cell), omega);
        double e = performer_estimate(feature, m, d, omega, q, k);
        if (lab_control(cell, "no_key_norm"))
            e *= exp(angle.k * angle.k / 2);
        away += e / kernel - 1;
        square += (e - kernel) * (e - kernel);
    }
    lab_put(cell, "bias", away / (double)reps);
    lab_put(cell, "ratio", mse > 0 ? square / (double)reps / mse : 1);
    lab_put(cell, "mse", square / (double)reps);
    lab_put(cell, "theory", mse);
    lab_put(cell, "kernel", kernel);
    free(q);
    free(omega);
}

static void summarize(struct lab *lab)
{
    struct lab_table *table =
        lab_table(lab, NULL, "feature,d,m,qnorm,knorm,cos,bias,bias_se:3,mse,mse_se:3,mse_theory:12");
    for (size_t g = 0; g < lab_groups(lab); g++) {
        const struct lab_cell *c = lab_group(lab, g);
        struct stats_mean bias = lab_mean(lab, g, "bias"), ratio = lab_mean(lab, g, "ratio"),
                          mse = lab_mean(lab, g, "mse");
        double theory = lab_value(lab, g, "theory");
        double x[] = {bias.value, bias.error, mse.value, mse.error, theory};
        int digits[] = {8, 3, 8, 3, 12};
        char text[5][32];
        const char *row[11] = {lab_word(c, "feature"), lab_word(c, "d"),     lab_word(c, "m"),
                               lab_word(c, "qnorm"),   lab_word(c, "knorm"), lab_word(c, "cos")};
        for (int i = 0; i < 5; i++)
            row[6 + i] = base_real_text(text[i], x[i], digits[i]);
        if (!strcmp(row[4], "qnorm"))
            row[4] = row[3];
        lab_table_text_row(table, row);
        if (lab_axis_values(lab, "replicate")->count < 2 || !lab_is(c, "cos", "0.5") ||
            !lab_is(c, "qnorm", "0.5") || !lab_is(c, "knorm", "qnorm"))
            continue;
        const char *name = lab_word(c, "feature");
        if (!lab_is(c, "m", "16"))
            continue; /* with fewer directions the squared error's own tails are too heavy to judge by */
        lab_measure_mean(lab, bias, "bias.%s.d_%s", name, lab_word(c, "d"));
        if (!lab_is(c, "feature", "shared") || !lab_is(c, "d", "4"))
            lab_measure_mean(lab, ratio, "ratio.%s.d_%s", name, lab_word(c, "d"));
    }
}

static char *check(const struct lab_cell *cell)
{
    double work =
        (double)lab_integer(cell, "reps") * (double)lab_integer(cell, "m") * (double)lab_integer(cell, "d");
    if (work > 2e10)
        return base_format("--reps, --m, --d: %.3g normal numbers a cell; give at most 2e10", work);
    if (lab_integer(cell, "d") == 1 && fabs(lab_real(cell, "cos")) != 1)
        return base_format("--cos: in d = 1 dimensions '%s' is not accepted; give 1 or -1",
                           lab_word(cell, "cos"));
    return NULL;
}

static const struct lab_spec spec = {
    .name = "performer/variance",
    .about = "Are random features for exp(q.k) unbiased, and what is their mean squared error?",
    .axes = {{"feature", "iid,trig,hyp,ort,shared", NULL, "iid|trig|hyp|ort|shared", "which estimator",
              AXIS_WORD},
             {"d", "4,8,16", NULL, "[1,2048]", "dimension", AXIS_INTEGER},
             {"m", "16,32", "16", "[1,100000]", "random directions", AXIS_INTEGER},
             {"qnorm", "0.5", NULL, "[0,5]", "|q|", AXIS_REAL},
             {"knorm", "qnorm", NULL, "[0,5]|qnorm", "|k|; qnorm: as |q|", AXIS_REAL},
             {"cos", "-1:1:0.25", "0.5", "[-1,1]", "cosine of q and k", AXIS_REAL},
             {"reps", "200", "100", "[1,100000000]", "estimates in a batch", AXIS_INTEGER},
             {"replicate", "0:99", NULL, "[0,inf)", "batch", AXIS_INTEGER}},
    .columns = "bias,ratio,mse,theory:13,kernel:13",
    .fold = "replicate",
    .controls = "no_key_norm|unit_rows|even_rows|shared_length|own_length",
    .check = check,
    .cell = cell,
    .summarize = summarize,
};

int main(int argc, char **argv)
{
    return lab_main(&spec, argc, argv);
}
