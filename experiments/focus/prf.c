/* Positive random features: are they like independent ones?
 *
 * Source: the Performer, kexue.fm/archives/8338, as a counter-example to independence in 9889: h(k)_i =
 * exp(w_i.k - |k|^2/2), keys and query normal, |q| = gamma. The index is small at d = 1 already and scatters
 * with w. A report: no claim is judged, because it has no law to be held against; what it shows is that
 * features decide, not d.
 */
#include <math.h>
#include <stdlib.h>

#include "focus.h"
#include "lab.h"
#include "linalg.h"

static void cell(struct lab_cell *c)
{
    size_t d = (size_t)lab_integer(c, "d"), n = (size_t)lab_integer(c, "n"),
           D = (size_t)lab_integer(c, "head");
    double gamma = lab_real(c, "gamma"), norm = 0;
    double *k = base_alloc(n * D, sizeof *k), *w = base_alloc(d * D, sizeof *w),
           *q = base_alloc(D, sizeof *q);
    double *wk = base_alloc(n * d, sizeof *wk), *wq = base_alloc(d, sizeof *wq),
           *a = base_alloc(n, sizeof *a);
    rng_normals(lab_rng(c), k, n * D);
    rng_normals(lab_rng(c), w, d * D);
    rng_normals(lab_rng(c), q, D);
    for (size_t i = 0; i < D; i++)
        norm += q[i] * q[i];
    for (size_t i = 0; i < D; i++)
        q[i] *= gamma / sqrt(norm);
    linalg_gemm('N', 'T', n, d, D, 1, k, w, 0, wk);
    linalg_gemm('N', 'N', d, 1, D, 1, w, q, 0, wq);
    for (size_t j = 0; j < n; j++) {
        double half = 0;
        for (size_t i = 0; i < D; i++)
            half += k[j * D + i] * k[j * D + i] / 2;
        for (size_t i = 0; i < d; i++)
            a[j] += exp(wq[i] + wk[j * d + i] - half);
    }
    double S = focus_index(a, n);
    lab_put(c, "index2", S * S);
    free(k);
    free(w);
    free(q);
    free(wk);
    free(wq);
    free(a);
}

static void summarize(struct lab *lab)
{
    struct lab_table *table = lab_table(lab, NULL, "d,gamma,head,mean,low,median,high,softmax");
    for (size_t i = 0; i < lab_groups(lab); i++) {
        const struct lab_cell *at = lab_group(lab, i);
        size_t count;
        const double *x = lab_column(lab, i, "index2", &count);
        double *copy = base_alloc(count, sizeof *copy), gamma = lab_real(at, "gamma");
        for (size_t j = 0; j < count; j++)
            copy[j] = x[j];
        double low = stats_quantile_of(copy, count, 0.1).value,
               high = stats_quantile_of(copy, count, 0.9).value;
        lab_table_row(table,
                      (double[]){lab_real(at, "d"), gamma, lab_real(at, "head"),
                                 lab_mean(lab, i, "index2").value, low,
                                 stats_quantile_of(copy, count, 0.5).value, high, exp(-gamma * gamma)});
        free(copy);
    }
}

static const struct lab_spec spec = {
    .name = "focus/prf",
    .about = "How concentrated is linear attention with positive random features?",
    .axes =
        {
            {"gamma", "1", NULL, "(0,10]", "Length of the query", AXIS_REAL},
            {"head", "8", NULL, "[1,1000]", "Dimension of keys", AXIS_INTEGER},
            {"d", "1,4,16,64,256,1024", "1,16,256", "[1,1e5]", "Random features", AXIS_INTEGER},
            {"n", "1024", "512", "[16,1e6]", "Keys", AXIS_INTEGER},
            {"replicate", "0:99", "0:29", "[0,inf)", "Replicate", AXIS_INTEGER},
        },
    .columns = "index2",
    .fold = "replicate",
    .cell = cell,
    .summarize = summarize,
};

int main(int argc, char **argv)
{
    return lab_main(&spec, argc, argv);
}
