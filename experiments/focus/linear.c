/* Linear attention with independent non-negative features: does a larger dimension d concentrate it?
 *
 * Source: kexue.fm/archives/9889: a_j = q.k_j, components of k_j independent of mean m and deviation s:
 * S^2 = 1/(1 + (s/m)^2 (|q|_2/|q|_1)^2). As 1/sqrt d <= |q|_2/|q|_1 <= 1 (the article has sqrt d for the
 * maximum), S^2 is at least 1/(1 + (s/m)^2) for every d, reached by a one-hot q, and tends to 1 for a query
 * with comparable entries. Drawn features are held against the formula with its 1/n term. Finding: in this
 * model larger d makes generic queries attend more evenly, not less.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "focus.h"
#include "lab.h"

/* The number of ones of the query "ones", "onehot" or "sparse:K"; 0 for "ramp", -1 for anything else. */
static long query_ones(const char *query, long d)
{
    long k;
    if (!strncmp(query, "sparse:", 7))
        return base_parse_long(query + 7, &k) || k < 1 || k > d ? -1 : k;
    return !strcmp(query, "ones") ? d : !strcmp(query, "onehot") ? 1 : !strcmp(query, "ramp") ? 0 : -1;
}

static void query_make(const struct lab_cell *c, double *q, size_t d)
{
    long ones = query_ones(lab_word(c, "query"), (long)d);
    for (size_t i = 0; i < d; i++)
        q[i] = ones ? (long)i < ones : (double)i + 1;
}

static double feature(const char *name, double parameter, gsl_rng *rng)
{
    if (*name == 'b')
        return gsl_rng_uniform(rng) < parameter;
    double x = rng_normal(rng);
    return *name == 'r' ? fmax(x, 0) : *name == 's' ? x * x : exp(parameter * x);
}

static void cell(struct lab_cell *c)
{
    size_t d = (size_t)lab_integer(c, "d"), n = (size_t)lab_integer(c, "n");
    const char *name = lab_word(c, "feature"), *colon = strchr(name, ':');
    double parameter = colon ? strtod(colon + 1, NULL) : 1, *q = base_alloc(d, sizeof *q),
           *a = base_alloc(n, sizeof *a);
    query_make(c, q, d);
    gsl_rng *rng = lab_rng(c);
    for (size_t j = 0; j < n; j++)
        for (size_t i = 0; i < d; i++)
            if (q[i] != 0)
                a[j] += q[i] * feature(name, parameter, rng);
    double m[4], y[4], S = focus_index(a, n), ratio = focus_norm_ratio(q, d);
    focus_feature_moments(name, m);
    focus_sum_moments(m, q, d, y);
    double noise = (m[1] - m[0] * m[0]) / (m[0] * m[0]);
    /* the control has |q|_2/|q|_1 grow like sqrt d */
    double formula = 1 / (1 + noise * (lab_control(c, "grows") ? 1 / (ratio * ratio) : ratio * ratio));
    lab_put(c, "ratio", ratio);
    lab_put(c, "formula", formula);
    lab_put(c, "expected", formula * (1 + focus_squared_bias(y) / (double)n));
    lab_put(c, "index2", S * S);
    lab_put(c, "index", S);
    free(q);
    free(a);
}

static void summarize(struct lab *lab)
{
    for (size_t i = 0; i < lab_groups(lab); i++) {
        const struct lab_cell *at = lab_group(lab, i);
        const char *name = lab_word(at, "feature"), *query = lab_word(at, "query"), *d = lab_word(at, "d");
        struct stats_mean S2 = lab_mean(lab, i, "index2"), S = lab_mean(lab, i, "index");
        struct focus_map map;
        if (strcmp(query, "onehot") == 0 &&
            !focus_map_parse(name, &map)) { /* one feature: the exact mean is known */
            double exact = lab_run_control(lab, "grows") ? 0 : focus_mean(map, 0, 1, lab_real(at, "n")).value;
            S.value -= exact;
            lab_measure_mean(lab, S, "floor_%s_%s", name, d);
        } else {
            S2.value -= lab_value(lab, i, "expected");
            lab_measure_mean(lab, S2, "drawn_%s_%s_%s", name, query, d);
        }
        lab_measure(lab, lab_value(lab, i, "formula"), 1e-15, 0, "formula_%s_%s_%s", name, query, d);
    }
    static const char *const names[] = {"relu", "exp"};
    for (int k = 0; k < 2; k++) {
        char a[64], b[64];
        snprintf(a, sizeof a, "feature=%s query=ramp d=4", names[k]);
        snprintf(b, sizeof b, "feature=%s query=ramp d=256", names[k]);
        long low = lab_find(lab, a), high = lab_find(lab, b);
        if (low >= 0 && high >= 0)
            lab_measure(lab, lab_value(lab, (size_t)high, "formula") - lab_value(lab, (size_t)low, "formula"),
                        1e-15, 0, "growth_%s", names[k]);
    }
    static const double rhos[] = {0.1, 0.01, 0.001};
    for (int k = 0; k < 3; k++) {
        char name[32];
        double m[4], noise;
        snprintf(name, sizeof name, "bernoulli:%g", rhos[k]);
        focus_feature_moments(name, m);
        noise = (m[1] - m[0] * m[0]) / (m[0] * m[0]);
        lab_measure(lab, 1 / sqrt(1 + noise * (lab_run_control(lab, "grows") ? 4 : 1)), 1e-15, 0,
                    "bernoulli_%g", rhos[k]);
    }
}

static char *check(const struct lab_cell *c)
{
    double m[4];
    if (query_ones(lab_word(c, "query"), lab_integer(c, "d")) < 0)
        return base_format("--query %s is not accepted with d = %ld; give ramp, ones, onehot or sparse:K (K "
                           "from 1 to d)",
                           lab_word(c, "query"), lab_integer(c, "d"));
    return focus_feature_moments(lab_word(c, "feature"), m)
               ? base_format("--feature %s is not accepted; give relu, exp, sq, bernoulli:RHO (0 < RHO <= 1) "
                             "or lognormal:S",
                             lab_word(c, "feature"))
               : NULL;
}

static const struct lab_spec spec = {
    .name = "focus/linear",
    .about = "Does a larger dimension concentrate linear attention with independent non-negative features?",
    .axes =
        {
            {"feature", "relu,exp,bernoulli:0.1,bernoulli:0.01", NULL, NULL,
             "Law of a feature: relu, exp, sq, bernoulli:RHO, lognormal:S", AXIS_WORD},
            {"query", "ramp,onehot", NULL, NULL,
             "q_i = i: ramp; of ones alone: ones, onehot, sparse:K (K of d)", AXIS_WORD},
            {"d", "4,16,64,256", NULL, "[1,1e6]", "Features", AXIS_INTEGER},
            {"n", "16384", "2048", "[16,1e8]", "Keys", AXIS_INTEGER},
            {"replicate", "0:99", NULL, "[0,inf)", "Replicate", AXIS_INTEGER},
        },
    .columns = "ratio,formula:10,expected:10,index2,index",
    .fold = "replicate",
    .controls = "grows",
    .check = check,
    .cell = cell,
    .summarize = summarize,
};

int main(int argc, char **argv)
{
    return lab_main(&spec, argc, argv);
}
