/* Can the softmax over random codes be mended, and what does it cost?
 *
 * Source: beyond kexue.fm/archives/9862. Codes omega ~ N(0, s2 I) with the assignment softmax(-|k -
 * omega|^2/(2 tau)) give the logits q.k s2/(s2 + tau): too small. Two ways out: s2 much larger than tau
 * ("plain"), or exp(f q.omega) with f = 1 + tau/s2 in place of exp(q.omega) ("matched"), which is exact for
 * every s2 and tau. m times the variance of the log ratio of two keys' weights tends to a sum of Gaussian
 * integrals (performer_tempered_variance) that grows as ((s2 + tau)^2/(tau (2 s2 + tau)))^{d/2}: so large s2
 * is ruinous, and small s2 with a matched query is not.
 * Finding: at d = 16, unit norms, the matched form at s2 = 0.1, tau = 0.25 varies 3.7 times less than
 * Performer's own features.
 */
#include <math.h>
#include <stdlib.h>

#include "lab.h"
#include "performer.h"

/* q = e0, k1 = .8 e0 + .6 e1, k2 = -.6 e0 + .8 e1 */
static const struct performer_triple keys = {1, 0.8, -0.6, 1, 0, 1};

static double factor_of(const struct lab_cell *cell, double s2, double tau)
{
    return lab_is(cell, "query", "matched") && !lab_control(cell, "unmatched") ? 1 + tau / s2 : 1;
}

static void cell(struct lab_cell *cell)
{
    size_t d = (size_t)lab_integer(cell, "d"), m = (size_t)lab_integer(cell, "m");
    double s2 = lab_real(cell, "s2"), tau = lab_real(cell, "tau"), factor = factor_of(cell, s2, tau),
           s = sqrt(s2);
    double *omega = base_alloc(d, sizeof *omega);
    double top = -INFINITY, w1 = 0, w2 = 0, z1 = 0, z2 = 0;
    for (size_t i = 0; i < m; i++) {
        performer_directions(PERFORMER_GAUSS, 1, d, lab_rng(cell), omega);
        double square = 0, x = s * omega[0], y = s * omega[1];
        for (size_t a = 0; a < d; a++)
            square += s2 * omega[a] * omega[a];
        /* |k|^2 is common to all codes of a key */
        double b1 = (0.8 * x + 0.6 * y - square / 2) / tau, b2 = (-0.6 * x + 0.8 * y - square / 2) / tau;
        double largest = fmax(b1, b2);
        if (largest > top) {
            double fade = exp(top - largest);
            w1 *= fade, w2 *= fade, z1 *= fade, z2 *= fade;
            top = largest;
        }
        double e = exp(factor * x), p1 = exp(b1 - top), p2 = exp(b2 - top);
        w1 += e * p1, w2 += e * p2, z1 += p1, z2 += p2;
    }
    double ratio = log(w1 / z1) - log(w2 / z2);
    lab_put(cell, "ratio", ratio);
    lab_put(cell, "limit",
            performer_tempered_ratio(&keys, s2, tau, lab_is(cell, "query", "matched") ? 1 + tau / s2 : 1));
    lab_put(cell, "variance", performer_tempered_variance(&keys, (double)d, s2, tau, factor));
    free(omega);
}

static void measure_draws(struct lab *lab)
{
    struct lab_table *table = lab_table(lab, NULL, "query,d,m,s2,tau,ratio,ratio_se,limit,sd,sd_theory");
    for (size_t g = 0; g < lab_groups(lab); g++) {
        const struct lab_cell *c = lab_group(lab, g);
        size_t rows;
        const double *x = lab_column(lab, g, "ratio", &rows);
        struct stats_moments moments = {0};
        for (size_t i = 0; i < rows; i++)
            stats_moments_push(&moments, x[i]);
        double m = lab_real(c, "m"), limit = lab_value(lab, g, "limit"),
               theory = lab_value(lab, g, "variance") / m;
        struct stats_mean mean = stats_moments_mean(&moments),
                          variance = stats_moments_variance_mean(&moments);
        char text[5][32];
        const char *row[10] = {lab_word(c, "query"), lab_word(c, "d"), lab_word(c, "m"), lab_word(c, "s2"),
                               lab_word(c, "tau")};
        double values[] = {mean.value, mean.error, limit, sqrt(variance.value), sqrt(theory)};
        for (int i = 0; i < 5; i++)
            row[5 + i] = isfinite(values[i]) ? base_real_text(text[i], values[i], i == 1 ? 3 : 8) : "";
        lab_table_text_row(table, row);
        if (rows < 2 || !lab_is(c, "m", "4096") || !lab_is(c, "d", "4"))
            continue;
        if (lab_is(c, "tau", "1") && (lab_is(c, "s2", "1") || lab_is(c, "s2", "4"))) {
            lab_measure_mean(lab, mean, "ratio.%s.s2_%s", lab_word(c, "query"), lab_word(c, "s2"));
            variance.value /= theory;
            variance.error /= theory;
            lab_measure_mean(lab, variance, "variance_ratio.%s.s2_%s", lab_word(c, "query"),
                             lab_word(c, "s2"));
        }
    }
}

/* Over a grid of s2 at tau = 1: least root mean square error of the plain form at m codes, with its s2. */
static void measure_trade(struct lab *lab)
{
    static const double dimensions[] = {4, 16};
    for (int i = 0; i < 2; i++) {
        double best = INFINITY, at = NAN, m = 1024;
        for (int step = 1; step < 4000; step++) {
            double s2 = step / 20.0, bias = 1.4 - performer_tempered_ratio(&keys, s2, 1, 1);
            double variance = lab_run_control(lab, "no_dimension")
                                  ? 10 / m
                                  : performer_tempered_variance(&keys, dimensions[i], s2, 1, 1) / m;
            double error = sqrt(bias * bias + variance);
            if (error < best)
                best = error, at = s2;
        }
        lab_measure(lab, best, 1e-9, 0, "plain_error.d_%g", dimensions[i]);
        lab_measure(lab, at, 0, 0, "plain_s2.d_%g", dimensions[i]);
    }
    static const struct {
        double d, s2, tau;
        const char *name;
    } matched[] = {{4, 1, 1, "d_4.even"},   {16, 1, 1, "d_16.even"},        {64, 1, 1, "d_64.even"},
                   {16, 9, 1, "d_16.wide"}, {16, 0.1, 0.25, "d_16.narrow"}, {64, 0.0125, 0.1, "d_64.narrow"}};
    for (size_t i = 0; i < sizeof matched / sizeof *matched; i++) {
        double d = lab_run_control(lab, "no_dimension") ? 1 : matched[i].d;
        double value = performer_tempered_variance(&keys, d, matched[i].s2, matched[i].tau,
                                                   1 + matched[i].tau / matched[i].s2);
        lab_measure(lab, value, 1e-12 * value, 0, "matched_variance.%s", matched[i].name);
    }
    lab_measure(lab, performer_favor_variance(&keys), 1e-12, 0, "favor_variance");
}

static void summarize(struct lab *lab)
{
    measure_draws(lab);
    measure_trade(lab);
}

static char *check(const struct lab_cell *cell)
{
    double work = (double)lab_integer(cell, "m") * (double)lab_integer(cell, "d");
    if (work > 2e11)
        return base_format("--m, --d: %.3g normal numbers a cell; give at most 2e11", work);
    return NULL;
}

static const struct lab_spec spec = {
    .name = "performer/tempered",
    .about = "Can the softmax over random codes be mended, and what does it cost?",
    .axes = {{"query", "plain,matched", NULL, "plain|matched", "the query as it is, or times 1 + tau/s2",
              AXIS_WORD},
             {"d", "4,16", "4", "[2,100000]", "dimension", AXIS_INTEGER},
             {"m", "4096", NULL, "[1,1e9]", "codes", AXIS_INTEGER},
             {"s2", "0.1,0.14,0.2,0.25,0.35,0.5,0.7,1,1.4,2,2.8,4,5.6,8", "1,4", "[1e-6,1e6]",
              "variance of a code's coordinate", AXIS_REAL},
             {"tau", "0.25,1", "1", "[1e-6,1e6]", "temperature of the assignment", AXIS_REAL},
             {"replicate", "0:199", NULL, "[0,inf)", "draw", AXIS_INTEGER}},
    .columns = "ratio,limit:13,variance:13",
    .fold = "replicate",
    .controls = "unmatched|no_dimension",
    .check = check,
    .cell = cell,
    .summarize = summarize,
};

int main(int argc, char **argv)
{
    return lab_main(&spec, argc, argv);
}
