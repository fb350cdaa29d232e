/* Do cosines of random directions follow the density (1-s^2)^((d-3)/2), with E e^(alpha s) = 0F1(; d/2;
 * alpha^2/4)?
 *
 * Source: kexue.fm/archives/9812, cosine attention (after archives/7076). Pairs of vectors with independent
 * normal entries are normalized; their cosines are held against the Beta law of (1+s)/2 by Kolmogorov and
 * Smirnov's test, and the mean of e^(alpha s) against the exact one.
 * Finding: both hold.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <gsl/gsl_cdf.h>

#include "lab.h"
#include "rng.h"
#include "scale.h"

enum { BATCH = 200 }; /* pairs in a replicate */

/* alpha s is of variance 1: the moment's own standard deviation is then moderate, and its error honest */
static double alpha_of(double d)
{
    return sqrt(d);
}

static void cell(struct lab_cell *c)
{
    size_t d = (size_t)lab_integer(c, "d");
    double *q = base_alloc(2 * d, sizeof *q), *k = q + d;
    gsl_rng *rng = lab_rng(c);
    struct softmax_law law = softmax_law_cosine((double)d);
    double expected = scale_cumulant(&law, alpha_of((double)d), NULL);
    for (int i = 0; i < BATCH; i++) {
        rng_normals(rng, q, 2 * d);
        double qk = 0, qq = 0, kk = 0;
        for (size_t j = 0; j < d; j++) {
            if (lab_control(c, "positive")) { /* entries of one sign, as after a ReLU */
                q[j] = fabs(q[j]);
                k[j] = fabs(k[j]);
            }
            qk += q[j] * k[j];
            qq += q[j] * q[j];
            kk += k[j] * k[j];
        }
        if (i > 0)
            lab_next_row(c);
        lab_put(c, "cosine", qk / sqrt(qq * kk));
        lab_put(c, "moment", expm1(alpha_of((double)d) * qk / sqrt(qq * kk) - expected));
    }
    free(q);
}

static double cosine_cdf(double s, const void *d)
{
    double half = (*(const double *)d - 1) / 2;
    return gsl_cdf_beta_P((1 + s) / 2, half, half);
}

static void summarize(struct lab *lab)
{
    struct lab_table *table = lab_table(lab, "law", "d:17,pairs:17,distance,p,moment,moment_error");
    for (size_t i = 0; i < lab_groups(lab); i++) {
        const char *text = lab_word(lab_group(lab, i), "d");
        double d = lab_real(lab_group(lab, i), "d");
        size_t count;
        const double *x = lab_column(lab, i, "cosine", &count);
        double *sorted = base_alloc(count, sizeof *sorted);
        memcpy(sorted, x, count * sizeof *sorted);
        double distance = stats_ks_distance(sorted, count, cosine_cdf, &d), p = stats_ks_p(distance, count);
        free(sorted);
        struct stats_mean moment = lab_mean(lab, i, "moment");
        lab_table_row(table, (double[]){d, (double)count, distance, p, moment.value, moment.error});
        if (lab_is(lab_group(lab, i), "d", "3") || lab_is(lab_group(lab, i), "d", "32") ||
            lab_is(lab_group(lab, i), "d", "128")) {
            lab_measure(lab, p, 0, 0, "ks_p_%s", text);
            lab_measure_mean(lab, moment, "moment_%s", text);
        }
    }
}

static const struct lab_spec spec = {
    .name = "scale/angles",
    .about = "The law of the cosine of two random directions",
    .axes = {{"d", "3,32,128", NULL, "[2,1e6]", "Dimension", AXIS_INTEGER},
             {"replicate", "0:249", "0:99", "[0,inf)", "Replicate, of 200 pairs", AXIS_INTEGER}},
    .columns = "cosine,moment",
    .fold = "replicate",
    .controls = "positive",
    .cell = cell,
    .summarize = summarize,
};

int main(int argc, char **argv)
{
    return lab_main(&spec, argc, argv);
}
