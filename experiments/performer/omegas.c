/* How equal are the lengths of random directions, and how peaked is a key's assignment to them?
 *
 * Source: kexue.fm/archives/9862, section 2, which takes all |omega_i| for equal (pointing to the lemma of
 * Johnson and Lindenstrauss) in order to put -|omega_i|^2/2 into an exponent, and ends with a softmax of
 * exp(-|k - omega|^2/2). |omega|^2/2 has mean d/2 and standard deviation sqrt(d/2): relative to the mean it
 * concentrates, in the exponent it spreads the more the larger d. With that factor only (E w)^2/E w^2 =
 * (3/4)^{d/2} of the features count, w = e^{-|omega|^2/2}. And the softmax as printed, of exponentials, is
 * uniform; with logits -|k - omega|^2/2, which the text names next, it is peaked.
 */
#include <math.h>
#include <stdlib.h>

#include "lab.h"
#include "performer.h"
#include "softmax.h"

static void cell(struct lab_cell *cell)
{
    size_t d = (size_t)lab_integer(cell, "d"), m = (size_t)lab_integer(cell, "m");
    double *omega = base_alloc(m * d, sizeof *omega), *k = base_alloc(d, sizeof *k),
           *b = base_alloc(m, sizeof *b);
    performer_directions(lab_control(cell, "sphere") ? PERFORMER_SPHERE : PERFORMER_GAUSS, m, d,
                         lab_rng(cell), omega);
    performer_normals(1, d, lab_real(cell, "scale"), lab_rng(cell), k);
    struct stats_moments half = {0};
    double deviation = 0, w1 = 0, w2 = 0;
    for (size_t i = 0; i < m; i++) {
        double square = 0;
        for (size_t a = 0; a < d; a++)
            square += omega[i * d + a] * omega[i * d + a];
        stats_moments_push(&half, square / 2);
        deviation += (square / 2 - (double)d / 2) * (square / 2 - (double)d / 2);
        /* relative to their means 2^{-d/2} and 3^{-d/2} */
        w1 += exp(-square / 2 + (double)d / 2 * M_LN2);
        w2 += exp(-square + (double)d / 2 * log(3));
    }
    lab_put(cell, "variance", deviation / (double)m);
    lab_put(cell, "relative", sqrt(deviation / (double)m) / ((double)d / 2));
    lab_put(cell, "w1", w1 / (double)m);
    lab_put(cell, "w2", w2 / (double)m);
    performer_distances(1, m, d, 1, k, omega, b);
    double peak = 0, literal = 0, sum = 0;
    double *e = base_alloc(m, sizeof *e);
    for (size_t i = 0; i < m; i++) {
        e[i] = exp(exp(b[i]));
        sum += e[i];
    }
    for (size_t i = 0; i < m; i++)
        literal = fmax(literal, fabs(e[i] / sum * (double)m - 1));
    performer_log_softmax(1, m, b);
    for (size_t i = 0; i < m; i++)
        peak = fmax(peak, exp(b[i]) * (double)m);
    if (lab_control(cell, "swapped"))
        lab_put(cell, "peak", 1 + literal), lab_put(cell, "literal", peak - 1);
    else
        lab_put(cell, "peak", peak), lab_put(cell, "literal", literal);
    free(e);
    free(omega);
    free(k);
    free(b);
}

static void summarize(struct lab *lab)
{
    if (lab_axis_values(lab, "replicate")->count < 2)
        return;
    static const char *const dimensions[] = {"16", "64", "256"};
    for (int i = 0; i < 3; i++) {
        char *values = base_format("d=%s m=256 scale=1", dimensions[i]);
        long g = lab_find(lab, values);
        free(values);
        if (g < 0)
            continue;
        struct stats_mean variance = lab_mean(lab, (size_t)g, "variance");
        double sd = sqrt(variance.value);
        lab_measure(lab, sd, variance.error / (2 * fmax(sd, 1e-300)), variance.count, "sd.d_%s",
                    dimensions[i]);
        if (i == 0) { /* beyond, few of any affordable number of features count */
            lab_measure_mean(lab, lab_mean(lab, (size_t)g, "w1"), "w1.d_16");
            lab_measure_mean(lab, lab_mean(lab, (size_t)g, "w2"), "w2.d_16");
        }
        if (i != 1)
            continue;
        lab_measure_mean(lab, lab_mean(lab, (size_t)g, "peak"), "peak");
        size_t count;
        const double *x = lab_column(lab, (size_t)g, "literal", &count);
        double largest = 0;
        for (size_t r = 0; r < count; r++)
            largest = fmax(largest, x[r]);
        lab_measure(lab, largest, 0, 0, "literal");
    }
}

static char *check(const struct lab_cell *cell)
{
    double work = (double)lab_integer(cell, "m") * (double)lab_integer(cell, "d");
    return work > 5e8 ? base_format("--m, --d: m d = %.3g numbers; give at most 5e8", work) : NULL;
}

static const struct lab_spec spec = {
    .name = "performer/omegas",
    .about = "How equal are the lengths of random directions, and how peaked is a key's assignment to them?",
    .axes = {{"d", "16,64,256", NULL, "[1,1000000]", "dimension", AXIS_INTEGER},
             {"m", "256", NULL, "[1,10000000]", "random directions", AXIS_INTEGER},
             {"scale", "1", NULL, "[0,100]", "standard deviation of the key's coordinates", AXIS_REAL},
             {"replicate", "0:399", "0:99", "[0,inf)", "draw", AXIS_INTEGER}},
    .columns = "variance,relative,w1,w2,peak,literal",
    .fold = "replicate",
    .controls = "sphere|swapped",
    .check = check,
    .cell = cell,
    .summarize = summarize,
};

int main(int argc, char **argv)
{
    return lab_main(&spec, argc, argv);
}
