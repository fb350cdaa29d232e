/* Do drawn scores have the exact mean gradient?
 *
 * Source: kexue.fm/archives/9812. Rows of n scores are drawn, F = alpha (1 - sum p^2) is averaged, and the
 * exact E F is subtracted; so with the estimator of the identity E F = E sum_j p_j psi(s_j), psi(s) = s for
 * normal scores and (d-3) s/(1-s^2) for cosines, which has the smaller variance at large alpha. F is
 * heavy-tailed there: near-ties of the two largest scores give values up to alpha/2.
 * Finding: the exact value is met within its standard error, the annealed one is off by many.
 */
#include <math.h>
#include <stdlib.h>

#include "lab.h"
#include "scale.h"

/* alpha in the natural unit 1/sd of a score. */
static double alpha_of(const struct lab_cell *c)
{
    double x = lab_real(c, "x");
    return lab_is(c, "law", "normal") ? x : x * sqrt(lab_real(c, "d"));
}

static struct softmax_law law_of(const struct lab_cell *c)
{
    return lab_is(c, "law", "normal") ? softmax_law_normal() : softmax_law_cosine(lab_real(c, "d"));
}

static void cell(struct lab_cell *c)
{
    size_t n = (size_t)lab_integer(c, "n");
    long batch = lab_integer(c, "batch");
    double d = lab_is(c, "law", "normal") ? 0 : lab_real(c, "d"), alpha = alpha_of(c), f = 0, stein = 0;
    double *s = base_alloc(2 * n, sizeof *s), *p = s + n;
    for (long i = 0; i < batch; i++) {
        struct softmax_row row;
        scale_draw(lab_rng(c), d, s, n);
        softmax_row(s, n, alpha, &row);
        f += alpha * row.impurity;
        if (d == 0) {
            stein += row.score;
            continue;
        }
        for (size_t j = 0; j < n; j++)
            p[j] = alpha * s[j];
        softmax_weights(p, n, p);
        for (size_t j = 0; j < n; j++)
            stein += p[j] * (d - 3) * s[j] / (1 - s[j] * s[j]);
    }
    free(s);
    lab_put(c, "f", f / (double)batch);
    lab_put(c, "stein", stein / (double)batch);
}

static void measure_difference(struct lab *lab, size_t group, const char *column, double exact,
                               const char *name)
{
    const struct lab_cell *c = lab_group(lab, group);
    struct stats_mean m = lab_mean(lab, group, column);
    m.value -= exact;
    lab_measure_mean(lab, m, "%s_%s_%s_%s", lab_word(c, "law"), name, lab_word(c, "n"), lab_word(c, "x"));
}

static void summarize(struct lab *lab)
{
    struct lab_table *table = lab_table(
        lab, NULL, "cosine,d:17,n:17,alpha,f,f_error,stein,stein_error,count:17,exact:11,annealed:11");
    for (size_t i = 0; i < lab_groups(lab); i++) {
        const struct lab_cell *c = lab_group(lab, i);
        double n = lab_real(c, "n"), d = lab_real(c, "d"), alpha = alpha_of(c);
        struct softmax_law law = law_of(c);
        struct softmax_mean m;
        if (softmax_mean(&law, n, alpha, &m))
            lab_fail(c, "no exact mean here");
        struct stats_mean f = lab_mean(lab, i, "f"), stein = lab_mean(lab, i, "stein");
        double annealed = scale_annealed(&law, n, alpha);
        lab_table_row(table,
                      (double[]){!lab_is(c, "law", "normal"), d, n, alpha, f.value, f.error, stein.value,
                                 stein.error, (double)f.count, m.gradient.value, annealed});
        double expected = lab_run_control(lab, "annealed") ? annealed : m.gradient.value;
        int known = lab_is(c, "n", "8") || lab_is(c, "n", "64") || lab_is(c, "n", "512");
        known = known && (lab_is(c, "x", "1") || lab_is(c, "x", "2.14") || lab_is(c, "x", "8"));
        if (!known || d != 128 || f.count < 2)
            continue;
        measure_difference(lab, i, "f", expected, "f");
        measure_difference(lab, i, "stein", expected, "stein");
    }
}

static const struct lab_spec spec = {
    .name = "scale/draws",
    .about = "The gradient F of drawn rows of scores against its exact mean",
    .axes = {{"law", "normal,cosine", NULL, "normal|cosine", "Law of a score", AXIS_WORD},
             {"d", "128", NULL, "[4,1e9]", "Dimension (cosine)", AXIS_REAL},
             {"n", "8,64,512,4096", "8,64,512", "[1,1e8]", "Number of keys", AXIS_INTEGER},
             {"x", "1,2.14,4,8,24", "1,2.14,8", "(0,1e4]", "Scale times the standard deviation of a score",
              AXIS_REAL},
             {"batch", "100", NULL, "[1,1e9]", "Rows in a replicate", AXIS_INTEGER},
             {"replicate", "0:199", "0:99", "[0,inf)", "Replicate", AXIS_INTEGER}},
    .columns = "f,stein",
    .fold = "replicate",
    .controls = "annealed",
    .cell = cell,
    .summarize = summarize,
};

int main(int argc, char **argv)
{
    return lab_main(&spec, argc, argv);
}
