/* How much does the squared length of one vector vary under random projections of different kinds?
 *
 * Source: kexue.fm/archives/8679: for N(0, 1/d) entries d |A w|^2 / |w|^2 is chi-square, whatever w and its
 * dimension m.
 * Added: the other matrices in use. For independent entries a with E a = 0, E a^2 = 1,
 *
 *     Var |A w|^2 = (2 + (E a^4 - 3) sum w_i^4) / d      for |w| = 1:
 *
 * 2/d for N(0, 1) and for Achlioptas' sparse entries (E a^4 = 3), (2/d)(1 - sum w_i^4) for random signs,
 * which are thus never worse; for d rows of a randomized Hadamard transform of m coordinates, drawn without
 * repetition, that is again multiplied by (m - d)/(m - 1), because the rows differ.
 * w has `support` equal entries (sum w_i^4 = 1/support), at random places among m.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "lab.h"
#include "projection.h"

static int is_power_of_two(long m)
{
    return (m & (m - 1)) == 0;
}

static char *check(const struct lab_cell *cell)
{
    long d = lab_integer(cell, "d"), m = lab_integer(cell, "m"), support = lab_integer(cell, "support");
    if (support > m)
        return base_format("a support of %ld is beyond the dimension m = %ld", support, m);
    if (lab_is(cell, "matrix", "srht") && !is_power_of_two(m))
        return base_format("matrix srht asks for m a power of two, not %ld", m);
    if (lab_is(cell, "matrix", "srht") && d > m)
        return base_format("matrix srht has %ld rows, d = %ld is beyond", m, d);
    return NULL;
}

static double theory(const struct lab_cell *cell)
{
    double d = lab_real(cell, "d"), m = lab_real(cell, "m"), fourth = 1 / lab_real(cell, "support");
    if (lab_is(cell, "matrix", "sign"))
        return 2 / d * (1 - fourth);
    if (lab_is(cell, "matrix", "srht"))
        return m > 1 ? 2 / d * (1 - fourth) * (m - d) / (m - 1) : 0;
    return 2 / d;
}

static void cell(struct lab_cell *cell)
{
    size_t d = (size_t)lab_integer(cell, "d"), m = (size_t)lab_integer(cell, "m");
    size_t support = (size_t)lab_integer(cell, "support");
    enum projection_kind kind = projection_kind_of(lab_word(cell, "matrix"));
    gsl_rng *rng = lab_rng(cell);
    double *w = base_alloc(m, sizeof *w), *y = base_alloc(d, sizeof *y);
    size_t *place = base_alloc(m, sizeof *place);
    struct stats_moments length = {0};
    for (long k = lab_integer(cell, "draws"); k > 0; k--) {
        memset(w, 0, m * sizeof *w);
        projection_choose(place, m, support, rng);
        for (size_t i = 0; i < support; i++)
            w[place[i]] = 1 / sqrt((double)support);
        struct projection_points point = {.n = 1, .m = m, .x = w};
        projection_apply(&point, kind, d, (double)(lab_control(cell, "scale") ? m : d), rng, y);
        double square = 0;
        for (size_t i = 0; i < d; i++)
            square += y[i] * y[i];
        stats_moments_push(&length, square);
    }
    /* E |A w|^2 = 1 is known: the mean of (|A w|^2 - 1)^2 is free of the bias of a sample variance */
    double variance = length.m2 / (double)length.count + (length.mean - 1) * (length.mean - 1);
    lab_put(cell, "mean", length.mean);
    lab_put(cell, "variance", variance);
    lab_put(cell, "theory", theory(cell));
    lab_put(cell, "ratio", variance / (2.0 / (double)d));
    lab_put(cell, "difference", (variance - theory(cell)) / (2.0 / (double)d));
    free(w);
    free(y);
    free(place);
}

static void summarize(struct lab *lab)
{
    double isometry = -1;
    for (size_t g = 0; g < lab_groups(lab); g++) {
        const struct lab_cell *c = lab_group(lab, g);
        const char *matrix = lab_word(c, "matrix"), *support = lab_word(c, "support"), *m = lab_word(c, "m");
        if (!lab_is(c, "d", "64"))
            continue;
        if (lab_value(lab, g, "theory") == 0) { /* no statistics: every matrix preserves the length */
            size_t n;
            const double *variance = lab_column(lab, g, "variance", &n);
            for (size_t i = 0; i < n; i++)
                isometry = fmax(isometry, sqrt(variance[i]));
            continue;
        }
        struct stats_mean mean = lab_mean(lab, g, "mean");
        mean.value -= 1;
        lab_measure_mean(lab, mean, "mean_minus_1_%s_%s_%s", matrix, support, m);
        lab_measure_mean(lab, lab_mean(lab, g, "difference"), "variance_minus_theory_%s_%s_%s", matrix,
                         support, m);
        if (lab_is(c, "support", "3") && lab_is(c, "matrix", "sign"))
            lab_measure_mean(lab, lab_mean(lab, g, "ratio"), "variance_ratio_%s_%s_%s", matrix, support, m);
    }
    if (isometry >= 0)
        lab_measure(lab, isometry, 0, 0, "isometry_deviation");
}

static const struct lab_spec spec = {
    .name = "jl/variance",
    .about = "variance of |A w|^2 for a unit vector w and Gaussian, sign, sparse and Hadamard matrices A",
    .axes = {{"matrix", "gauss,sign,sparse,srht", NULL, "gauss|sign|sparse|srht", "random matrix", AXIS_WORD},
             {"support", "1,3,64", NULL, "[1,1e7]", "equal non-zero entries of w", AXIS_INTEGER},
             {"m", "64,256", NULL, "[1,1e7]", "dimension of w", AXIS_INTEGER},
             {"d", "16,64", "64", "[1,1e7]", "dimension of A w", AXIS_INTEGER},
             {"draws", "100", "30", "[1,1e9]", "matrices drawn in a replicate", AXIS_INTEGER},
             {"replicate", "0:99", NULL, "[0,inf)", "independent repetitions", AXIS_INTEGER}},
    .columns = "mean,variance,theory,ratio,difference",
    .fold = "replicate",
    .controls = "scale",
    .check = check,
    .cell = cell,
    .summarize = summarize,
};

int main(int argc, char **argv)
{
    return lab_main(&spec, argc, argv);
}
