/* Is the variance of q.k equal to the dimension, whatever the entries are?
 *
 * Source: kexue.fm/archives/9812, introduction (after archives/8620): entries of mean 0 and variance 1 give
 * Var(q.k) = d, hence the usual 1/sqrt d. Entries are normal, uniform on (-sqrt 3, sqrt 3), or random signs.
 * Finding: yes, exactly; the argument uses independence and the two moments, nothing else.
 */
#include <math.h>

#include "lab.h"
#include "rng.h"

enum { BATCH = 200 }; /* products in a replicate */

/* A random entry; the control leaves the uniform ones on (-1, 1). */
static double entry(const struct lab_cell *c, gsl_rng *rng)
{
    if (lab_is(c, "entries", "normal"))
        return rng_normal(rng);
    if (lab_is(c, "entries", "sign"))
        return gsl_rng_get(rng) & 1 ? 1 : -1;
    return (2 * gsl_rng_uniform(rng) - 1) * (lab_control(c, "raw") ? 1 : sqrt(3));
}

static void cell(struct lab_cell *c)
{
    long d = lab_integer(c, "d");
    gsl_rng *rng = lab_rng(c);
    double square = 0;
    for (int i = 0; i < BATCH; i++) {
        double product = 0;
        for (long j = 0; j < d; j++)
            product += entry(c, rng) * entry(c, rng);
        square += product * product / BATCH;
    }
    lab_put(c, "variance_over_d", square / (double)d); /* the mean is 0 */
}

static void summarize(struct lab *lab)
{
    for (size_t i = 0; i < lab_groups(lab); i++) {
        const struct lab_cell *c = lab_group(lab, i);
        struct stats_mean m = lab_mean(lab, i, "variance_over_d");
        m.value -= 1;
        if (lab_is(c, "d", "16") || lab_is(c, "d", "64"))
            lab_measure_mean(lab, m, "excess_%s_%s", lab_word(c, "entries"), lab_word(c, "d"));
    }
}

static const struct lab_spec spec = {
    .name = "scale/products",
    .about = "The variance of q.k for entries of unit variance",
    .axes = {{"entries", "normal,uniform,sign", NULL, "normal|uniform|sign", "Law of the entries", AXIS_WORD},
             {"d", "1,16,64,128", "16,64", "[1,1e7]", "Dimension", AXIS_INTEGER},
             {"replicate", "0:499", "0:199", "[0,inf)", "Replicate, of 200 products", AXIS_INTEGER}},
    .columns = "variance_over_d",
    .fold = "replicate",
    .controls = "raw",
    .cell = cell,
    .summarize = summarize,
};

int main(int argc, char **argv)
{
    return lab_main(&spec, argc, argv);
}
