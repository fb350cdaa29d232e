/* Is causal linear attention of full rank, and what does that mean?
 *
 * Source: kexue.fm/archives/9889: a lower triangular attention matrix is said to be of full rank whatever the
 * kernel's rank r. Its determinant is the product of its diagonal, so it is so if and only if no q_i.k_i is
 * 0: true of positive features, false of relu features, which give zeros with probability (3/4)^r. Numerical
 * and effective ranks come from singular values: stable rank |A|_F^2/|A|_2^2, entropy rank exp(H) of s_i/sum
 * s. Finding: full rank with positive features; yet the effective rank of the masked matrix stays well below
 * that of masked softmax attention over as many dimensions.
 */
#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "focus.h"
#include "lab.h"
#include "linalg.h"

/* Kernel weights of n queries and keys in r dimensions, rows normalized over what the mask leaves. */
static void attention(struct lab_cell *c, size_t n, size_t r, int masked, double *a)
{
    double *q = base_alloc(n * r, sizeof *q), *k = base_alloc(n * r, sizeof *k);
    const char *f = lab_word(c, "feature");
    rng_normals(lab_rng(c), q, n * r);
    rng_normals(lab_rng(c), k, n * r);
    /* the control gives every map positive features */
    int soft = *f == 's' && !lab_control(c, "positive"), positive = *f != 'r' || lab_control(c, "positive");
    for (size_t i = 0; i < n * r && !soft; i++) {
        q[i] = positive ? exp(q[i]) : fmax(q[i], 0);
        k[i] = positive ? exp(k[i]) : fmax(k[i], 0);
    }
    linalg_gemm('N', 'T', n, n, r, soft ? lab_real(c, "gamma") / sqrt((double)r) : 1, q, k, 0, a);
    for (size_t i = 0; i < n; i++) {
        double *row = a + i * n, sum = 0;
        size_t last = masked ? i + 1 : n;
        memset(row + last, 0, (n - last) * sizeof *row);
        if (soft)
            softmax_weights(row, last, row);
        for (size_t j = 0; j < last; j++)
            sum += row[j];
        for (size_t j = 0; j < last && sum > 0; j++)
            row[j] /= sum;
    }
    free(q);
    free(k);
}

static void cell(struct lab_cell *c)
{
    size_t n = (size_t)lab_integer(c, "n"), r = (size_t)lab_integer(c, "r");
    double *a = base_alloc(n * n, sizeof *a), *s = base_alloc(n, sizeof *s);
    attention(c, n, r, lab_is(c, "mask", "causal"), a);
    linalg_svd(n, n, a, s, NULL, NULL);
    double frobenius = 0, log_s = 0, log_diagonal = 0, spread = 0;
    size_t rank = 0, zeros = 0;
    for (size_t i = 0; i < n; i++) {
        frobenius += s[i] * s[i];
        rank += s[i] > (double)n * DBL_EPSILON * s[0];
        zeros += a[i * n + i] == 0;
        log_s += log(s[i]);
        spread += s[0] / s[i];
        log_diagonal += log(fabs(a[i * n + i]));
    }
    lab_put(c, "deficiency", (double)(n - rank));
    lab_put(c, "zeros", (double)zeros);
    lab_put(c, "stable", frobenius / (s[0] * s[0]));
    lab_put(c, "entropy", exp(softmax_renyi(s, n, 1)));
    if (!zeros && lab_is(c, "mask", "causal")) {
        lab_put(c, "determinant_gap", log_s - log_diagonal);
        /* a computed singular value is off by n eps s_1 at most, its logarithm by n eps s_1/s_i */
        lab_put(c, "determinant_bound", (double)n * DBL_EPSILON * spread);
    }
    free(a);
    free(s);
}

static void summarize(struct lab *lab)
{
    double worst = 0;
    for (size_t i = 0; i < lab_groups(lab); i++) {
        const struct lab_cell *at = lab_group(lab, i);
        const char *f = lab_word(at, "feature"), *mask = lab_word(at, "mask"), *r = lab_word(at, "r");
        size_t count;
        const double *gap = lab_column(lab, i, "determinant_gap", &count);
        const double *bound = lab_column(lab, i, "determinant_bound", &count);
        for (size_t j = 0; j < count && *f == 'e'; j++) /* elsewhere singular values are lost to rounding */
            worst = fmax(worst, fabs(gap[j]) / bound[j]);
        const double *deficiency = lab_column(lab, i, "deficiency", &count);
        double least = INFINITY, most = 0, off = 0;
        for (size_t j = 0; j < count; j++) {
            least = fmin(least, deficiency[j]);
            most = fmax(most, deficiency[j]);
        }
        const double *zeros = lab_column(lab, i, "zeros", &count);
        for (size_t j = 0; j < count; j++) /* 1 <= n - rank <= zeros when there are zeros, else full rank */
            off = fmax(off, deficiency[j] > zeros[j] || (zeros[j] > 0) != (deficiency[j] > 0));
        if (strcmp(mask, "causal") == 0 && *f == 'e')
            lab_measure(lab, most, 0, 0, "deficiency_exp_%s", r);
        double features = lab_real(at, "r"), n = lab_real(at, "n");
        if (strcmp(mask, "causal") == 0 && *f == 'r' && features <= 4) { /* beyond, zeros are rare */
            struct stats_mean z = lab_mean(lab, i, "zeros");
            z.value = z.value / n - pow(0.75, features);
            z.error /= n;
            lab_measure(lab, least, 0, 0, "deficiency_relu_%s", r);
            lab_measure(lab, off, 0, 0, "zeros_off_%s", r);
            lab_measure_mean(lab, z, "zero_share_%s", r);
        }
        if (strcmp(mask, "none") == 0 && *f == 'e')
            lab_measure(lab, n - least - features, 0, 0, "unmasked_%s", r);
        char other[96];
        snprintf(other, sizeof other, "feature=softmax mask=causal r=%s n=%s", r, lab_word(at, "n"));
        long s = lab_find(lab, other);
        for (int k = 0; k < 2 && strcmp(mask, "causal") == 0 && *f == 'e' && s >= 0 && features >= 8; k++) {
            const char *column = k ? "entropy" : "stable";
            struct stats_mean more = lab_mean(lab, (size_t)s, column), less = lab_mean(lab, i, column);
            lab_measure_mean(lab, stats_mean_difference(more, less), "%s_gap_%s", column, r);
        }
    }
    lab_measure(lab, worst, 0, 0, "determinant_over_bound");
}

static const struct lab_spec spec = {
    .name = "focus/rank",
    .about = "Is causal linear attention of full rank, and of how much effective rank?",
    .axes =
        {
            {"feature", "exp,relu,softmax", NULL, "exp|relu|softmax",
             "Features of a linear kernel, or softmax", AXIS_WORD},
            {"mask", "causal,none", NULL, "causal|none", "Lower triangular or not", AXIS_WORD},
            {"r", "2,4,8,16,32", "2,4,8,16", "[1,1000]", "Dimension of features, of queries", AXIS_INTEGER},
            {"gamma", "3", NULL, "(0,10]", "Deviation of softmax's scores", AXIS_REAL},
            {"n", "128", "64", "[2,2000]", "Tokens", AXIS_INTEGER},
            {"replicate", "0:99", "0:59", "[0,inf)", "Replicate", AXIS_INTEGER},
        },
    .columns = "deficiency,zeros,stable,entropy,determinant_gap:2,determinant_bound:2",
    .fold = "replicate",
    .controls = "positive",
    .cell = cell,
    .summarize = summarize,
};

int main(int argc, char **argv)
{
    return lab_main(&spec, argc, argv);
}
