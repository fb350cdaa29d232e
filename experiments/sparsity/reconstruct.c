/* Can a vector be told from its effective numbers N_k?
 *
 * Source: added to kexue.fm/archives/9595 (entropy section). N_2 ... N_n of p = x/l_1 give the power sums sum
 * p^k = N_k^{1-k}; with sum p = 1 Newton's identities turn these into the polynomial whose roots are the n
 * entries. So n - 1 indices determine a vector up to order, and fewer do not. The problem is that of moments:
 * we perturb N_k relatively and find the roots, and take the condition number of d log N_k / d log p.
 * Finding: unique, and worthless in practice beyond ten entries: the condition grows by a factor of 8 an
 * entry.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <gsl/gsl_poly.h>

#include "lab.h"
#include "linalg.h"
#include "softmax.h"
#include "sparsity.h"

enum { N_MAX = 40 };

/* Evenly spaced entries, each moved by up to a quarter of the spacing, p = x / sum: none is near another by
 * chance. */
static void draw(gsl_rng *rng, size_t n, double *p)
{
    double all = 0;
    for (size_t i = 0; i < n; i++) {
        p[i] = (double)i + 0.75 + 0.5 * gsl_rng_uniform(rng);
        all += p[i];
    }
    for (size_t i = 0; i < n; i++)
        p[i] /= all;
}

/* Ratio of the largest to the smallest nonzero singular value of d log N_k / d log p_j = k/(1-k) (p_j^k / sum
 * p^k - p_j), k = 2 ... n. A common factor of p changes no N_k: the rank is n - 1. */
static double condition(const double *p, size_t n)
{
    double *jacobian = base_alloc((n - 1) * n, sizeof *jacobian), s[N_MAX];
    for (size_t r = 0; r + 1 < n; r++) {
        double k = (double)r + 2, sum = 0;
        for (size_t j = 0; j < n; j++)
            sum += pow(p[j], k);
        for (size_t j = 0; j < n; j++)
            jacobian[r * n + j] = k / (1 - k) * (pow(p[j], k) / sum - p[j]);
    }
    linalg_svd(n - 1, n, jacobian, s, NULL, NULL);
    free(jacobian);
    return s[0] / s[n - 2];
}

static int descending(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x < y) - (x > y);
}

/* The entries from N_2 ... N_n (number[k - 2]), ascending, into p. Roots off the real line give their real
 * parts. */
static void rebuild(const double *number, size_t n, double *p)
{
    double sums[N_MAX + 1], symmetric[N_MAX + 1], coefficient[N_MAX + 1], roots[2 * N_MAX];
    sums[1] = 1;
    for (size_t k = 2; k <= n; k++)
        sums[k] = pow(number[k - 2], 1 - (double)k);
    symmetric[0] = 1;
    for (size_t k = 1; k <= n; k++) { /* k e_k = sum_i (-1)^{i-1} e_{k-i} s_i */
        double e = 0;
        for (size_t i = 1; i <= k; i++)
            e += (i % 2 ? 1 : -1) * symmetric[k - i] * sums[i];
        symmetric[k] = e / (double)k;
    }
    for (size_t k = 0; k <= n; k++)
        coefficient[n - k] = (k % 2 ? -1 : 1) * symmetric[k];
    gsl_poly_complex_workspace *w = gsl_poly_complex_workspace_alloc(n + 1);
    if (!w || gsl_poly_complex_solve(coefficient, n + 1, w, roots))
        base_die(BASE_RUN_FAILED, "the polynomial of degree %zu has no roots", n);
    gsl_poly_complex_workspace_free(w);
    for (size_t i = 0; i < n; i++)
        p[i] = roots[2 * i];
    qsort(p, n, sizeof *p, descending);
}

static void cell(struct lab_cell *cell)
{
    size_t n = (size_t)lab_integer(cell, "n");
    double p[N_MAX], found[N_MAX], number[N_MAX], noise = lab_real(cell, "noise"), worst = 0;
    gsl_rng *rng = lab_rng(cell);
    draw(rng, n, p);
    qsort(p, n, sizeof *p, descending);
    lab_put(cell, "log10_condition", (lab_control(cell, "squared") ? 0.1 : 1) * log10(condition(p, n)));
    for (size_t k = 2; k <= n; k++)
        number[k - 2] = softmax_effective_number(p, n, lab_control(cell, "squared") ? 2 : (double)k) *
                        (1 + noise * rng_normal(rng));
    rebuild(number, n, found);
    for (size_t i = 0; i < n; i++)
        worst = fmax(worst, fabs(found[i] - p[i]) / p[0]);
    lab_put(cell, "log10_error", log10(fmax(worst, 1e-17)));
}

static void summarize(struct lab *lab)
{
    const struct axis_values *sizes = lab_axis_values(lab, "n");
    double x[N_MAX], y[N_MAX], sigma[N_MAX];
    size_t points = 0;
    if (lab_axis_values(lab, "replicate")->count < 2)
        return;
    for (size_t i = 0; i < sizes->count && points < N_MAX; i++) {
        if (!strcmp(sizes->text[i], "2")) /* one equation in one unknown: no condition */
            continue;
        char *values = base_format("n=%s", sizes->text[i]);
        size_t g = (size_t)lab_find(lab, values);
        struct stats_mean mean = lab_mean(lab, g, "log10_condition");
        free(values);
        x[points] = lab_real(lab_group(lab, g), "n");
        y[points] = mean.value;
        sigma[points++] = mean.error;
    }
    struct stats_line line;
    if (!stats_line_fit(x, y, sigma, points, &line))
        lab_measure(lab, line.slope, line.slope_error, (long)lab_axis_values(lab, "replicate")->count,
                    "digits_lost_per_entry");
    long few = lab_find(lab, "n=4 noise=0"), many = lab_find(lab, "n=10 noise=1e-06");
    if (few >= 0)
        lab_measure_mean(lab, lab_mean(lab, (size_t)few, "log10_error"), "error.n_4.exact");
    if (many >= 0)
        lab_measure_mean(lab, lab_mean(lab, (size_t)many, "log10_error"), "error.n_10.noise_1e-6");
}

static const struct lab_spec spec = {
    .name = "sparsity/reconstruct",
    .about = "Can a vector be told from its effective numbers N_k?",
    .axes = {{"n", "2:12", "2,3,4,6,8,10", "[2,40]", "entries", AXIS_INTEGER},
             {"noise", "0,1e-12,1e-9,1e-6,1e-3", "0,1e-6", "[0,1)", "relative error of each N_k", AXIS_REAL},
             {"replicate", "0:199", "0:99", NULL, "random vectors", AXIS_INTEGER}},
    .columns = "log10_condition,log10_error",
    .fold = "replicate",
    .controls = "squared",
    .cell = cell,
    .summarize = summarize,
};

int main(int argc, char **argv)
{
    return lab_main(&spec, argc, argv);
}
