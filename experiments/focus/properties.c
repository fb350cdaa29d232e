/* Identities and inequalities that hold for every vector: range and scale of the index, general linear
 * attention, norms.
 *
 * Source: kexue.fm/archives/9889. Each replicate draws vectors and puts the largest violation or relative
 * difference of each statement into a column; the worst over all replicates is what claims ask about. For
 * linear attention a_j = q.k_j with features >= 0, S = q.mu / sqrt(q'(mu mu' + Sigma) q) = 1/sqrt(1 + q'
 * Sigma q / (q.mu)^2), mean and covariance (with 1/n) those of the very sequence, and the same for all k_j
 * times c. For |q|_2/|q|_1 the article gives the maximum sqrt d; that is the maximum of the inverse.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "focus.h"
#include "lab.h"
#include "linalg.h"

/* The control forgets the root: E|x| / E x^2. */
static double index_of(const struct lab_cell *c, const double *x, size_t n)
{
    double S = focus_index(x, n), one = 0;
    if (!lab_control(c, "no_root"))
        return S;
    for (size_t i = 0; i < n; i++)
        one += fabs(x[i]) / (double)n;
    return S * S / one;
}

static double linear_gap(struct lab_cell *c, size_t n, size_t d)
{
    double *k = base_alloc(n * d, sizeof *k), *q = base_alloc(d, sizeof *q), *a = base_alloc(n, sizeof *a);
    double *mu = base_alloc(d, sizeof *mu), *cov = base_alloc(d * d, sizeof *cov), worst = 0;
    rng_normals(lab_rng(c), k, n * d);
    rng_normals(lab_rng(c), q, d);
    for (size_t i = 0; i < d; i++)
        q[i] = fabs(q[i]);
    for (size_t j = 0; j < n; j++) /* correlated, each of its own scale */
        for (size_t i = 0; i < d; i++)
            k[j * d + i] = exp(k[j * d + i] / 2 + k[j * d] / 3) * (double)(i + 1);
    for (size_t i = 0; i < d; i++)
        for (size_t j = 0; j < n; j++)
            mu[i] += k[j * d + i] / (double)n;
    linalg_gemm('T', 'N', d, d, n, 1 / (double)n, k, k, 0, cov);
    linalg_gemm('N', 'N', n, 1, d, 1, k, q, 0, a);
    double mean = 0, second = 0, spread = 0;
    for (size_t i = 0; i < d; i++) {
        mean += q[i] * mu[i];
        for (size_t l = 0; l < d; l++) {
            second += q[i] * cov[i * d + l] * q[l];
            spread += q[i] * (cov[i * d + l] - mu[i] * mu[l]) * q[l];
        }
    }
    double S = index_of(c, a, n);
    worst = fmax(fabs(mean / sqrt(second) / S - 1), fabs(1 / sqrt(1 + spread / (mean * mean)) / S - 1));
    for (size_t j = 0; j < n; j++)
        a[j] *= 1e-3; /* a smaller mean alone changes nothing */
    worst = fmax(worst, fabs(index_of(c, a, n) / S - 1));
    free(k);
    free(q);
    free(a);
    free(mu);
    free(cov);
    return worst;
}

static void cell(struct lab_cell *c)
{
    size_t n = (size_t)lab_integer(c, "n"), d = (size_t)lab_integer(c, "d");
    size_t m = n > d ? n : d;
    double *x = base_alloc(m, sizeof *x), root_n = sqrt((double)n);
    rng_normals(lab_rng(c), x, n);
    for (size_t i = 0; i < n; i++) /* from dense to nearly one-hot over the replicates */
        x[i] *= exp((double)(lab_integer(c, "replicate") % 8) * fabs(x[i]));
    double S = index_of(c, x, n), factor = exp(20 * gsl_rng_uniform(lab_rng(c)) - 10), sign = 0;
    lab_put(c, "below", S * root_n);
    lab_put(c, "above", S);
    for (size_t i = 0; i < n; i++)
        x[i] *= factor;
    lab_put(c, "scale_gap", fabs(index_of(c, x, n) / S - 1));
    for (size_t i = 0; i < n; i++) {
        sign += x[i] < 0;
        x[i] = fabs(x[i]);
    }
    lab_put(c, "sign_gap", fabs(index_of(c, x, n) / S - 1));
    lab_put(c, "negative", sign);
    memset(x, 0, m * sizeof *x);
    x[gsl_rng_uniform_int(lab_rng(c), n)] = factor;
    double ends = fabs(index_of(c, x, n) * root_n - 1);
    for (size_t i = 0; i < n; i++)
        x[i] = -factor;
    lab_put(c, "ends_gap", fmax(ends, fabs(index_of(c, x, n) - 1)));
    lab_put(c, "linear_gap", linear_gap(c, n, d));
    /* norms of q: one of d random exponents between dense and one-hot, and both ends */
    rng_normals(lab_rng(c), x, d);
    for (size_t i = 0; i < d; i++)
        x[i] = exp((double)(lab_integer(c, "replicate") % 8) * x[i]);
    double most = focus_norm_ratio(x, d), least = most;
    for (size_t i = 0; i < d; i++)
        x[i] = 1;
    least = fmin(least, focus_norm_ratio(x, d));
    memset(x, 0, m * sizeof *x);
    x[0] = 1;
    most = fmax(most, focus_norm_ratio(x, d));
    if (lab_control(c, "inverse")) {
        double swap = most;
        most = 1 / least;
        least = 1 / swap;
    }
    lab_put(c, "ratio_most", most);
    lab_put(c, "ratio_least", least);
    free(x);
}

/* The largest (sign 1) or smallest (-1) value of a column in a group. */
static double extreme(const struct lab *lab, size_t group, const char *column, int sign)
{
    size_t count;
    const double *x = lab_column(lab, group, column, &count);
    double worst = -INFINITY;
    for (size_t i = 0; i < count; i++)
        worst = fmax(worst, sign * x[i]);
    return sign * worst;
}

static void summarize(struct lab *lab)
{
    double below = INFINITY, above = 0, scale = 0, sign = 0, ends = 0, linear = 0, negative = INFINITY;
    for (size_t i = 0; i < lab_groups(lab); i++) {
        below = fmin(below, extreme(lab, i, "below", -1));
        above = fmax(above, extreme(lab, i, "above", 1));
        scale = fmax(scale, extreme(lab, i, "scale_gap", 1));
        sign = fmax(sign, extreme(lab, i, "sign_gap", 1));
        ends = fmax(ends, extreme(lab, i, "ends_gap", 1));
        linear = fmax(linear, extreme(lab, i, "linear_gap", 1));
        negative = fmin(negative, extreme(lab, i, "negative", -1));
        lab_measure(lab, extreme(lab, i, "ratio_most", 1), 0, 0, "ratio_most_%s",
                    lab_word(lab_group(lab, i), "d"));
        lab_measure(lab, extreme(lab, i, "ratio_least", -1), 0, 0, "ratio_least_%s",
                    lab_word(lab_group(lab, i), "d"));
    }
    lab_measure(lab, below, 1e-14, 0, "least_over_floor");
    lab_measure(lab, above, 1e-14, 0, "most");
    lab_measure(lab, ends, 0, 0, "ends_gap");
    lab_measure(lab, scale, 0, 0, "scale_gap");
    lab_measure(lab, sign, 0, 0, "sign_gap");
    lab_measure(lab, negative, 0, 0, "negative");
    lab_measure(lab, linear, 0, 0, "linear_gap");
}

static const struct lab_spec spec = {
    .name = "focus/properties",
    .about = "Do the identities and inequalities around the index hold for every vector?",
    .axes =
        {
            {"n", "1000", NULL, "[16,1e6]", "Entries, keys", AXIS_INTEGER},
            {"d", "4,16,64", NULL, "[2,1000]", "Features", AXIS_INTEGER},
            {"replicate", "0:199", "0:39", "[0,inf)", "Replicate", AXIS_INTEGER},
        },
    .columns = "below,above,ends_gap:2,scale_gap:2,sign_gap:2,negative,linear_gap:2,ratio_most,ratio_least",
    .fold = "replicate",
    .controls = "no_root|inverse",
    .cell = cell,
    .summarize = summarize,
};

int main(int argc, char **argv)
{
    return lab_main(&spec, argc, argv);
}
