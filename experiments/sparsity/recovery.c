/* Is l1/l2 the better regularizer?
 *
 * Source: kexue.fm/archives/9595, section 7: l1 stands in the numerator of S*_{1,2} and so favours sparsity,
 * l2 in the denominator and does not; the accurate regularizer would be S itself. We look for sparse
 * solutions of A x = b, A Gaussian, b = A x0 with few nonzeros in x0: the solution of least l2 norm, of least
 * l1 norm (a linear program, by the simplex method), and a local minimum of l1/l2 from there. Recovered:
 * relative error below 1e-5.
 * Finding: l2 never recovers x0, l1 often, l1/l2 more often, and the mean S falls in the same order to that
 * of x0.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "lab.h"
#include "pursuit.h"
#include "sparsity.h"

/* Puts S of |x| and whether x is the truth. */
static double put_solution(struct lab_cell *cell, const char *name, const double *x, const double *truth,
                           size_t n)
{
    double *size = base_alloc(n, sizeof *size), off = 0, all = 0;
    for (size_t j = 0; j < n; j++) {
        size[j] = fabs(x[j]);
        off += (x[j] - truth[j]) * (x[j] - truth[j]);
        all += truth[j] * truth[j];
    }
    double s = sparsity_ratio(size, n, 1, 2), recovered = sqrt(off / all) < 1e-5;
    char *star = base_format("star_%s", name), *hit = base_format("recovered_%s", name);
    lab_put(cell, star, s);
    lab_put(cell, hit, recovered);
    free(star);
    free(hit);
    free(size);
    return recovered;
}

static void cell(struct lab_cell *cell)
{
    size_t m = (size_t)lab_integer(cell, "equations"), n = (size_t)lab_integer(cell, "unknowns");
    size_t s = (size_t)lab_integer(cell, "nonzeros");
    gsl_rng *rng = lab_rng(cell);
    double *a = base_alloc(m * n, sizeof *a), *b = base_alloc(m, sizeof *b), *x = base_alloc(n, sizeof *x);
    double *truth = base_alloc(n, sizeof *truth);
    rng_normals(rng, a, m * n);
    for (size_t left = s; left > 0;) {
        size_t j = gsl_rng_uniform_int(rng, n);
        if (truth[j] == 0) {
            truth[j] = rng_normal(rng);
            left--;
        }
    }
    for (size_t i = 0; i < m; i++)
        for (size_t j = 0; j < n; j++)
            b[i] += a[i * n + j] * truth[j];
    put_solution(cell, "truth", truth, truth, n);
    if (pursuit_least_squares(m, n, a, b, x))
        lab_fail(cell, "A A^T is singular");
    double by_l2 = put_solution(cell, "l2", x, truth, n);
    if (lab_control(cell, "l2_only") ? 0 : pursuit_l1(m, n, a, b, NULL, x))
        lab_fail(cell, "the linear program did not converge");
    double by_l1 = put_solution(cell, "l1", x, truth, n);
    lab_put(cell, "steps", lab_control(cell, "l2_only") ? 0 : pursuit_ratio(m, n, a, b, 8, x));
    double by_ratio = put_solution(cell, "ratio", x, truth, n);
    lab_put(cell, "l1_over_l2", by_l1 - by_l2);
    lab_put(cell, "ratio_over_l1", by_ratio - by_l1);
    free(a);
    free(b);
    free(x);
    free(truth);
}

/* Mean of the difference of two columns, pair by pair. */
static struct stats_mean difference(const struct lab *lab, size_t g, const char *a, const char *b)
{
    size_t n;
    const double *x = lab_column(lab, g, a, &n), *y = lab_column(lab, g, b, &n);
    double *d = base_alloc(n, sizeof *d);
    for (size_t i = 0; i < n; i++)
        d[i] = x[i] - y[i];
    struct stats_mean mean = stats_mean_of(d, n);
    free(d);
    return mean;
}

/* The exact sign test of `wins` against losses: the number of trials in which the two recover differently,
 * and p. */
static void measure_signs(struct lab *lab, size_t g, const char *column, const char *name)
{
    size_t n;
    const double *d = lab_column(lab, g, column, &n);
    long wins = 0, losses = 0;
    for (size_t i = 0; i < n; i++) {
        wins += d[i] > 0;
        losses += d[i] < 0;
    }
    double p = stats_sign_p(wins, losses);
    lab_measure(lab, wins > losses ? -log10(p) : log10(p), 0, 0, "sign_test.%s", name);
}

static void summarize(struct lab *lab)
{
    long found = lab_find(lab, "equations=40 unknowns=96 nonzeros=14");
    if (found < 0 || lab_axis_values(lab, "trial")->count < 2)
        return;
    size_t g = (size_t)found, n;
    measure_signs(lab, g, "l1_over_l2", "l1_over_l2");
    measure_signs(lab, g, "ratio_over_l1", "ratio_over_l1");
    lab_measure_mean(lab, difference(lab, g, "star_l2", "star_l1"), "star.l2_less_l1");
    lab_measure_mean(lab, difference(lab, g, "star_l1", "star_ratio"), "star.l1_less_ratio");
    lab_measure_mean(lab, lab_mean(lab, g, "star_truth"), "star.truth");
    const double *hits = lab_column(lab, g, "recovered_l2", &n);
    lab_measure(lab, stats_sum(hits, n), 0, 0, "recovered.l2");
}

static char *check(const struct lab_cell *cell)
{
    long m = lab_integer(cell, "equations"), n = lab_integer(cell, "unknowns"),
         s = lab_integer(cell, "nonzeros");
    return m >= n || s > n ? base_copy("--equations must be less than --unknowns, --nonzeros at most that")
                           : NULL;
}

static const struct lab_spec spec = {
    .name = "sparsity/recovery",
    .about = "Is l1/l2 a better regularizer than l1, and l1 than l2?",
    .axes = {{"equations", "40", NULL, "[1,2000]", "rows of A", AXIS_INTEGER},
             {"unknowns", "96", NULL, "[2,4000]", "columns of A", AXIS_INTEGER},
             {"nonzeros", "4,6,8,10,12,14,16,18,20,22,24", "14", "[1,4000]", "of the truth", AXIS_INTEGER},
             {"trial", "0:399", NULL, NULL, "independent systems", AXIS_INTEGER}},
    .columns = "star_truth,star_l2,star_l1,star_ratio,recovered_truth,recovered_l2,recovered_l1,"
               "recovered_ratio,steps,l1_over_l2,ratio_over_l1",
    .fold = "trial",
    .controls = "l2_only",
    .check = check,
    .cell = cell,
    .summarize = summarize,
};

int main(int argc, char **argv)
{
    return lab_main(&spec, argc, argv);
}
