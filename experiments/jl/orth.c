/* How close to orthogonal are two random vectors of R^d?
 *
 * Source: kexue.fm/archives/8679, orthogonality lemma: u, v in R^d with independent N(0, 1/d) entries have
 * P(|<u,v>| >= eps) <= 4 exp(-eps^2 d/8).
 * Given |u| the inner product is N(0, |u|^2/d), which gives the probability exactly by one quadrature;
 * Chernoff's bound from E exp(t <u,v>) = (1 - t^2/d^2)^(-d/2) lies between. We set them beside the
 * frequency among drawn pairs.
 * Finding: the lemma holds; its constant is lost in the detour over norms (eps^2 d/8 for eps^2 d/2).
 */
#include <math.h>
#include <stdlib.h>

#include "jl.h"
#include "lab.h"
#include "linalg.h"

enum { BATCH = 64 }; /* vectors u, and as many v, of a batch: all BATCH^2 pairs of a u and a v are counted */

static void cell(struct lab_cell *cell)
{
    double d = lab_real(cell, "d"), eps = lab_real(cell, "eps"), error;
    double log_exact = jl_log_inner_tail(d, eps, &error);
    lab_put(cell, "exact", exp(log_exact));
    lab_put(cell, "exact_error", error * exp(log_exact));
    lab_put(cell, "log10_exact", log_exact / M_LN10);
    lab_put(cell, "log10_chernoff", jl_log_inner_chernoff(d, eps) / M_LN10);
    double constant = lab_control(cell, "half") ? 0.5 : 0.125;
    lab_put(cell, "log10_bound", (log(4) - constant * eps * eps * d) / M_LN10);

    long batches = lab_integer(cell, "batches");
    if (!batches)
        return;
    size_t n = (size_t)lab_integer(cell, "d"), far = 0;
    double *u = base_alloc(BATCH * n, sizeof *u), *v = base_alloc(BATCH * n, sizeof *v);
    double *inner = base_alloc(BATCH * BATCH, sizeof *inner),
           scale = (lab_control(cell, "variance") ? 2 : 1) / d;
    for (long b = 0; b < batches; b++) {
        rng_normals(lab_rng(cell), u, BATCH * n);
        rng_normals(lab_rng(cell), v, BATCH * n);
        linalg_gemm('N', 'T', BATCH, BATCH, n, scale, u, v, 0, inner);
        for (size_t k = 0; k < BATCH * BATCH; k++)
            far += fabs(inner[k]) >= eps;
    }
    double frequency = (double)far / ((double)batches * BATCH * BATCH);
    lab_put(cell, "frequency", frequency);
    lab_put(cell, "difference", frequency - exp(log_exact));
    free(u);
    free(v);
    free(inner);
}

static void summarize(struct lab *lab)
{
    struct lab_table *table = lab_table(lab, NULL,
                                        "d,eps,exact:12,exact_error:3,log10_exact,log10_chernoff,log10_bound,"
                                        "frequency,frequency_se:3,difference,difference_se:3");
    double order = -INFINITY, bound = -INFINITY;
    for (size_t g = 0; g < lab_groups(lab); g++) {
        const struct lab_cell *c = lab_group(lab, g);
        double exact = lab_value(lab, g, "log10_exact"), chernoff = lab_value(lab, g, "log10_chernoff");
        order = fmax(order, exact - chernoff);
        bound = fmax(bound, chernoff - lab_value(lab, g, "log10_bound"));
        struct stats_mean frequency = lab_mean(lab, g, "frequency"),
                          difference = lab_mean(lab, g, "difference");
        lab_table_row(table, (double[]){lab_real(c, "d"), lab_real(c, "eps"), lab_value(lab, g, "exact"),
                                        lab_value(lab, g, "exact_error"), exact, chernoff,
                                        lab_value(lab, g, "log10_bound"), frequency.value, frequency.error,
                                        difference.value, difference.error});
    }
    lab_measure(lab, order, 0, 0, "log10_exact_over_chernoff");
    lab_measure(lab, bound, 0, 0, "log10_chernoff_over_bound");
    static const char *const named[] = {"d=64 eps=0.1", "d=64 eps=0.25", "d=64 eps=0.5", "d=16 eps=0.25"};
    for (int i = 0; i < 4; i++) {
        long g = lab_find(lab, named[i]);
        if (g < 0)
            continue;
        const struct lab_cell *c = lab_group(lab, (size_t)g);
        long d = lab_integer(c, "d");
        lab_measure(lab, lab_value(lab, (size_t)g, "exact"), lab_value(lab, (size_t)g, "exact_error"), 0,
                    "exact_%ld_%s", d, lab_word(c, "eps"));
        struct stats_mean difference = lab_mean(lab, (size_t)g, "difference");
        if (difference.count)
            lab_measure_mean(lab, difference, "frequency_minus_exact_%ld_%s", d, lab_word(c, "eps"));
    }
}

static const struct lab_spec spec = {
    .name = "jl/orth",
    .about = "P(|<u,v>| >= eps) for two random vectors of R^d: exact, bounded and drawn",
    .axes = {{"d", "8,16,32,64,128,256,512,1024", "16,64,256", "[1,1e15]", "dimension", AXIS_INTEGER},
             {"eps", "0.1,0.25,0.5", NULL, "(0,1)", "size of the inner product", AXIS_REAL},
             {"batches", "4", "1", "[0,1e9]",
              "batches of 64 x 64 pairs in a replicate (0: exact values alone)", AXIS_INTEGER},
             {"replicate", "0:399", "0:199", "[0,inf)", "independent repetitions", AXIS_INTEGER}},
    .columns = "exact,exact_error,log10_exact,log10_chernoff,log10_bound,frequency,difference",
    .fold = "replicate",
    .controls = "variance|half",
    .cell = cell,
    .summarize = summarize,
};

int main(int argc, char **argv)
{
    return lab_main(&spec, argc, argv);
}
