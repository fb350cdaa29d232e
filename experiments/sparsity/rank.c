/* How do the effective ranks of a matrix compare?
 *
 * Source: kexue.fm/archives/10847; an effective rank is an index of sparsity of the singular values s (9595).
 * Here sum s/s_1 = N_inf(s), (sum s)^2/sum s^2 = N_2(s), exp H_1(s) = N_1(s) (Roy and Vetterli 2007) and the
 * stable rank sum s^2/s_1^2 = N_inf(s^2); since N_k falls with k, stable <= N_inf <= N_2 <= N_1 <= rank. We
 * take a product of Haar matrices of rank r with r singular values between 1/spread and 1, and add noise.
 * Finding: the order holds always. With noise all of them leave the true rank, N_1 first, the stable rank
 * last.
 */
#include <math.h>
#include <stdlib.h>

#include "lab.h"
#include "linalg.h"
#include "softmax.h"
#include "sparsity.h"

/* m x r with orthonormal columns. */
static void random_frame(gsl_rng *rng, size_t m, size_t r, double *q)
{
    double *z = base_alloc(m * r, sizeof *z);
    rng_normals(rng, z, m * r);
    linalg_qr(m, r, z, q, NULL);
    free(z);
}

static void cell(struct lab_cell *cell)
{
    size_t m = (size_t)lab_integer(cell, "rows"), n = (size_t)lab_integer(cell, "columns"),
           least = m < n ? m : n;
    size_t r = (size_t)lab_integer(cell, "rank");
    double noise = lab_real(cell, "noise"), spread = lab_real(cell, "spread");
    gsl_rng *rng = lab_rng(cell);
    double *u = base_alloc(m * r, sizeof *u), *v = base_alloc(n * r, sizeof *v),
           *a = base_alloc(m * n, sizeof *a);
    double *s = base_alloc(least, sizeof *s), *square = base_alloc(least, sizeof *square);
    random_frame(rng, m, r, u);
    random_frame(rng, n, r, v);
    for (size_t i = 0; i < m; i++)
        for (size_t k = 0; k < r; k++)
            u[i * r + k] *= r > 1 ? pow(spread, -(double)k / (double)(r - 1)) : 1;
    rng_normals(rng, a, m * n);
    linalg_gemm('N', 'T', m, n, r, 1, u, v, noise / sqrt((double)(m > n ? m : n)), a);
    linalg_svd(m, n, a, s, NULL, NULL);
    if (noise == 0) /* rounding is no rank */
        for (size_t i = r; i < least; i++)
            s[i] = 0;
    for (size_t i = 0; i < least; i++)
        square[i] = lab_control(cell, "entries") ? s[least - 1 - i] * 0.1 + 1 : s[i] * s[i];
    lab_put(cell, "stable", softmax_effective_number(square, least, INFINITY));
    lab_put(cell, "n_inf", softmax_effective_number(s, least, INFINITY));
    lab_put(cell, "n_2", softmax_effective_number(s, least, 2));
    lab_put(cell, "n_1", softmax_effective_number(s, least, 1));
    lab_put(cell, "n_0", softmax_effective_number(s, least, 0));
    free(u);
    free(v);
    free(a);
    free(s);
    free(square);
}

static void summarize(struct lab *lab)
{
    static const char *const ordered[] = {"stable", "n_inf", "n_2", "n_1", "n_0"};
    double worst = 0, equal_missed = 0;
    for (size_t g = 0; g < lab_groups(lab); g++) {
        size_t count;
        for (size_t i = 0; i + 1 < sizeof ordered / sizeof *ordered; i++) {
            const double *a = lab_column(lab, g, ordered[i], &count),
                         *b = lab_column(lab, g, ordered[i + 1], &count);
            for (size_t k = 0; k < count; k++)
                worst = fmax(worst, a[k] / b[k] - 1);
        }
        const struct lab_cell *c = lab_group(lab, g);
        if (lab_real(c, "noise") == 0 && lab_real(c, "spread") == 1)
            for (size_t i = 0; i < sizeof ordered / sizeof *ordered; i++) {
                const double *a = lab_column(lab, g, ordered[i], &count);
                for (size_t k = 0; k < count; k++)
                    equal_missed = fmax(equal_missed, fabs(a[k] / lab_real(c, "rank") - 1));
            }
    }
    lab_measure(lab, worst, 0, 0, "order_missed");
    lab_measure(lab, equal_missed, 0, 0, "equal_missed");
}

static char *check(const struct lab_cell *cell)
{
    return lab_integer(cell, "rank") > lab_integer(cell, "rows") ||
                   lab_integer(cell, "rank") > lab_integer(cell, "columns")
               ? base_copy("--rank must not exceed --rows and --columns")
               : NULL;
}

static const struct lab_spec spec = {
    .name = "sparsity/rank",
    .about = "How do the effective ranks of a matrix compare?",
    .axes = {{"rows", "60", NULL, "[1,5000]", "of the matrix", AXIS_INTEGER},
             {"columns", "80", NULL, "[1,5000]", "of the matrix", AXIS_INTEGER},
             {"rank", "5,20", NULL, "[1,5000]", "before noise", AXIS_INTEGER},
             {"spread", "1,10", NULL, "[1,1e6]", "largest over smallest singular value before noise",
              AXIS_REAL},
             {"noise", "0,0.001,0.003,0.01,0.03,0.1,0.3,1,3", "0,0.01,0.1,1", "[0,1e6]",
              "spectral size of the noise: entries N(0, noise^2 / max(rows, columns))", AXIS_REAL},
             {"replicate", "0:19", "0:3", NULL, "independent matrices", AXIS_INTEGER}},
    .columns = "stable,n_inf,n_2,n_1,n_0",
    .fold = "replicate",
    .controls = "entries",
    .check = check,
    .cell = cell,
    .summarize = summarize,
};

int main(int argc, char **argv)
{
    return lab_main(&spec, argc, argv);
}
