/* Are all Renyi entropies "equivalent"?
 *
 * Source: kexue.fm/archives/9595, entropy section: all H_k have range [0, log n] with the same ends, and are
 * called equivalent to some degree. Three questions beyond the ends: does the order of two vectors depend on
 * k? Is H_1 bounded by H_2? How fast does H_k tend to H_1? (The slope there is -Var_p(log p)/2.)
 * Finding: they are equivalent at the ends only. (1/2, 1/40 x 20) has the larger H_1 and H_2 than (0.4, 0.3,
 * 0.3) and the smaller H_5; (1/2, 1/(2m) x m) has H_1 without bound and H_2 below log 4; for k < 0 the range
 * is another.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "lab.h"
#include "softmax.h"
#include "sparsity.h"

static double order(const struct lab_cell *cell)
{
    return lab_is(cell, "k", "inf") ? INFINITY : lab_real(cell, "k");
}

static void cell(struct lab_cell *cell)
{
    double k = order(cell);
    struct sparsity_vector v;
    free(sparsity_vector_parse(lab_word(cell, "weights"), &v));
    if (lab_control(cell, "inverse"))
        k = k == 1 ? 0.5 : fabs(1 / k);
    double h = softmax_renyi(v.x, v.n, k), mean = softmax_renyi(v.x, v.n, 1), all = 0, variance = 0;
    for (size_t i = 0; i < v.n; i++)
        all += v.x[i];
    for (size_t i = 0; i < v.n; i++) {
        double p = v.x[i] / all, off = p > 0 ? -log(p) - mean : 0;
        variance += p * off * off;
    }
    lab_put(cell, "entropy", h);
    lab_put(cell, "log_n", log((double)v.n));
    lab_put(cell, "slope", k == 1 ? NAN : (h - mean) / (k - 1));
    lab_put(cell, "slope_at_1", lab_control(cell, "inverse") ? -variance : -variance / 2);
    sparsity_vector_free(&v);
}

static long find(const struct lab *lab, const char *weights, const char *k)
{
    char *values = base_format("weights=%s k=%s", weights, k);
    long g = lab_find(lab, values);
    free(values);
    return g;
}

static void measure(struct lab *lab, const char *name, const char *weights, const char *k)
{
    long g = find(lab, weights, k);
    if (g >= 0)
        lab_measure(lab, lab_value(lab, (size_t)g, "entropy"), 4e-15, 0, "%s.k_%s", name, k);
}

static void summarize(struct lab *lab)
{
    static const char *const orders[] = {"1", "2", "5", "inf"};
    const char *a = "0.5:0.025x20", *b = "0.4:0.3:0.3:0x18", *v = "4:3:2:1:0";
    for (size_t i = 0; i < sizeof orders / sizeof *orders; i++) {
        measure(lab, "a", a, orders[i]);
        measure(lab, "b", b, orders[i]);
        long at_a = find(lab, a, orders[i]), at_b = find(lab, b, orders[i]);
        if (at_a >= 0 && at_b >= 0)
            lab_measure(lab,
                        lab_value(lab, (size_t)at_a, "entropy") - lab_value(lab, (size_t)at_b, "entropy"),
                        8e-15, 0, "difference.k_%s", orders[i]);
    }
    static const char *const spread[] = {"0.5:0.05x10", "0.5:0.0005x1000", "0.5:0.000005x100000"};
    static const char *const names[] = {"spread_10", "spread_1000", "spread_100000"};
    for (size_t i = 0; i < 3; i++) {
        measure(lab, names[i], spread[i], "1");
        measure(lab, names[i], spread[i], "2");
    }
    long g = find(lab, "0.7:0.2:0.1", "-1");
    if (g >= 0) {
        lab_measure(lab, lab_value(lab, (size_t)g, "entropy"), 4e-15, 0, "negative.entropy");
        lab_measure(lab, lab_value(lab, (size_t)g, "entropy") - lab_value(lab, (size_t)g, "log_n"), 8e-15, 0,
                    "negative.above_log_n");
    }
    g = find(lab, "0.7:0.2:0.1", "0");
    if (g >= 0)
        lab_measure(lab, lab_value(lab, (size_t)g, "entropy") - lab_value(lab, (size_t)g, "log_n"), 4e-15, 0,
                    "zero.above_log_n");
    long near = find(lab, v, "1.001"), far = find(lab, v, "1.01");
    if (near >= 0 && far >= 0) {
        double at_1 = lab_value(lab, (size_t)near, "slope_at_1");
        double missed = lab_value(lab, (size_t)near, "slope") / at_1 - 1;
        lab_measure(lab, 1 + missed, 1e-12, 0, "slope_near_1");
        lab_measure(lab, (lab_value(lab, (size_t)far, "slope") / at_1 - 1) / missed, 1e-8, 0, "slope_rate");
    }
}

static char *check(const struct lab_cell *cell)
{
    struct sparsity_vector v;
    char *reason = sparsity_vector_parse(lab_word(cell, "weights"), &v);
    for (size_t i = 0; !reason && i < v.n; i++)
        if (v.x[i] < 0)
            reason = base_copy("give weights of 0 or more");
    sparsity_vector_free(&v);
    char *why = reason
                    ? base_format("--weights: '%.60s' is not accepted; %s", lab_word(cell, "weights"), reason)
                    : NULL;
    free(reason);
    return why;
}

static const struct lab_spec spec = {
    .name = "sparsity/entropy",
    .about = "Are all Renyi entropies equivalent?",
    .axes = {{"weights",
              "0.5:0.025x20,0.4:0.3:0.3:0x18,0.7:0.2:0.1,4:3:2:1:0,0.5:0.05x10,"
              "0.5:0.0005x1000,0.5:0.000005x100000",
              NULL, NULL, "probabilities, up to their sum", AXIS_WORD},
             {"k", "-1,0,0.1:0.9:0.1,1,1.001,1.01,1.5,2,3,4,5,7,10,20,50,inf",
              "-1,0,0.5,1,1.001,1.01,2,5,inf", "[-1e6,1e6]|inf", "orders", AXIS_REAL}},
    .columns = "entropy:13,log_n:13,slope:10,slope_at_1:10",
    .controls = "inverse",
    .check = check,
    .cell = cell,
    .summarize = summarize,
};

int main(int argc, char **argv)
{
    return lab_main(&spec, argc, argv);
}
