/* What is the entropy of n^2 word pairs when the estimate of it turns negative?
 *
 * Source: kexue.fm/archives/7695 estimates the entropy of p(i, j) = exp(<u_i, v_j>)/Z as H = 2 log n + h_d,
 * and takes the dimension where this turns negative, an impossible value, for the one in which n words have
 * room to spare: there, it says, the sums over pairs are no longer averages.
 * We draw n vectors u and n vectors v of length sqrt d with uniform directions and compute the true H.
 * Beside it the formula, and the exact mean for n^2 independent angles (all pairs share vectors, so they
 * are not independent).
 * Finding: the formula is good well before its zero; the true entropy leaves it there, stays positive,
 * falls slowly: a freezing transition, with a few pairs taking over the sum. To within the error it is that
 * of independent angles (pairs that share a vector are pairwise independent, so first and second moments
 * agree).
 */
#include <math.h>
#include <stdlib.h>

#include "jl.h"
#include "lab.h"
#include "linalg.h"
#include "softmax.h"

enum { ROWS = 32 }; /* vectors u at a time */

static void draw_directions(gsl_rng *rng, size_t n, size_t d, double *x)
{
    rng_normals(rng, x, n * d);
    for (size_t i = 0; i < n; i++) {
        double square = 0;
        for (size_t k = 0; k < d; k++)
            square += x[i * d + k] * x[i * d + k];
        for (size_t k = 0; k < d; k++)
            x[i * d + k] /= sqrt(square);
    }
}

static void cell(struct lab_cell *cell)
{
    size_t n = (size_t)lab_integer(cell, "n"), d = (size_t)lab_integer(cell, "d");
    double size = lab_real(cell, "lambda") * (lab_control(cell, "unit_length") ? 1 : (double)d);
    double *u = base_alloc(n * d, sizeof *u), *v = base_alloc(n * d, sizeof *v),
           *cosine = base_alloc(ROWS * n, sizeof *cosine);
    draw_directions(lab_rng(cell), n, d, u);
    draw_directions(lab_rng(cell), n, d, v);
    struct softmax_sums sums = {0};
    for (size_t i = 0; i < n; i += ROWS) {
        size_t rows = n - i < ROWS ? n - i : ROWS;
        linalg_gemm('N', 'T', rows, n, d, 1, u + i * d, v, 0, cosine);
        softmax_sums_push(&sums, size, cosine, rows * n);
    }
    struct softmax_row pairs;
    softmax_sums_row(&sums, size, &pairs);
    lab_put(cell, "H", pairs.entropy);
    lab_put(cell, "purity", pairs.purity);
    lab_put(cell, "peak", pairs.peak);
    free(u);
    free(v);
    free(cosine);
}

static void summarize(struct lab *lab)
{
    struct lab_table *table = lab_table(lab, NULL,
                                        "n,lambda,d,H,H_se:3,formula,independent,independent_error:3,purity,"
                                        "purity_se:3,peak,peak_se:3");
    double least = INFINITY;
    for (size_t g = 0; g < lab_groups(lab); g++) {
        const struct lab_cell *c = lab_group(lab, g);
        double n = lab_real(c, "n"), d = lab_real(c, "d"), lambda = lab_real(c, "lambda");
        double formula = 2 * log(n) + jl_sphere_entropy(d, lambda * d, NULL);
        struct stats_mean H = lab_mean(lab, g, "H"), purity = lab_mean(lab, g, "purity"),
                          peak = lab_mean(lab, g, "peak");
        struct softmax_law law = softmax_law_cosine(d);
        struct softmax_mean mean;
        if (softmax_mean(&law, n * n, lambda * d, &mean))
            base_die(BASE_RUN_FAILED, "no mean entropy for n = %g, d = %g, lambda = %g", n, d, lambda);
        lab_table_row(table,
                      (double[]){n, lambda, d, H.value, H.error, formula, mean.entropy.value,
                                 mean.entropy.error, purity.value, purity.error, peak.value, peak.error});
        size_t count;
        const double *each = lab_column(lab, g, "H", &count);
        for (size_t i = 0; i < count; i++)
            least = fmin(least, each[i]);
        int small = n == 512 && (d == 8 || d == 16 || d == 32 || d == 52 || d == 64 || d == 128);
        int large = n == 2000 && (d == 8 || d == 24 || d == 32 || d == 58 || d == 64 || d == 96);
        if (lambda == 1 && n == 512 && d == 40)
            lab_measure(lab, H.value - formula, H.error, H.count, "H_minus_formula_512_40");
        if (lambda != 1 || !(small || large))
            continue;
        lab_measure_mean(lab, H, "H_%.0f_%.0f", n, d);
        H.value -= mean.entropy.value;
        lab_measure_mean(lab, H, "H_minus_independent_%.0f_%.0f", n, d);
        H.value += mean.entropy.value - formula;
        purity.value -= mean.purity.value;
        lab_measure_mean(lab, purity, "purity_minus_independent_%.0f_%.0f", n, d);
        if (small && d != 32)
            lab_measure_mean(lab, H, "H_minus_formula_%.0f_%.0f", n, d);
        if ((small && d == 52) || (large && d == 64))
            lab_measure(lab, mean.purity.value, mean.purity.error, 0, "purity_independent_%.0f_%.0f", n, d);
    }
    lab_measure(lab, least, 0, 0, "H_min");
}

static const struct lab_spec spec = {
    .name = "jl/pair_entropy",
    .about = "the entropy of softmax over all pairs of n random vectors, against its estimate by averages",
    .axes = {{"n", "512,2000", "512", "[2,1e6]", "vectors on either side", AXIS_INTEGER},
             {"lambda", "1", NULL, "[0,1e6]", "the scores are lambda d cos", AXIS_REAL},
             {"d", "8,16,24,32,40,52,58,64,96,128", "8,16,32,52,64,128", "[2,1e6]", "dimension",
              AXIS_INTEGER},
             {"replicate", "0:255", "0:255", "[0,inf)", "independent sets of vectors", AXIS_INTEGER}},
    .columns = "H,purity,peak",
    .fold = "replicate",
    .controls = "unit_length",
    .cell = cell,
    .summarize = summarize,
};

int main(int argc, char **argv)
{
    return lab_main(&spec, argc, argv);
}
