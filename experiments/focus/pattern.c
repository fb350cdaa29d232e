/* Do different queries of linear attention look at the same keys?
 *
 * Source: kexue.fm/archives/9889: what non-negative linear attention concentrates on is a matter of position,
 * not of the query. Keys k = exp(2 eps), queries q = exp(eps), against scores q.k of normal vectors: how
 * often do two independent queries agree on their largest weight? And a theorem of ours: as a row of linear
 * attention is a mixture of d distributions over keys, the largest weight that any query gives a key sums
 * over keys to d at most (the budget); for softmax it may be n. Finding: agreement falls with d only while
 * the index rises: with few features concentrated rows are all alike.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "focus.h"
#include "lab.h"
#include "linalg.h"

static void cell(struct lab_cell *c)
{
    size_t n = (size_t)lab_integer(c, "n"), m = 2 * (size_t)lab_integer(c, "pairs"),
           d = (size_t)lab_integer(c, "d");
    int linear = lab_is(c, "kind", "linear");
    double *k = base_alloc(n * d, sizeof *k), *q = base_alloc(m * d, sizeof *q),
           *a = base_alloc(m * n, sizeof *a);
    double *best = base_alloc(n, sizeof *best), agree = 0, budget = 0, S = 0;
    size_t *top = base_alloc(m, sizeof *top);
    rng_normals(lab_rng(c), k, n * d);
    rng_normals(lab_rng(c), q, m * d);
    for (size_t i = 0; i < n * d && linear; i++)
        k[i] = exp(2 * k[i]);
    for (size_t i = 0; i < m * d && linear; i++)
        q[i] = exp(q[i]);
    linalg_gemm('N', 'T', m, n, d, 1, q, k, 0, a);
    for (size_t i = 0; i < m; i++) {
        double *row = a + i * n;
        for (size_t j = 1; j < n; j++)
            if (row[j] > row[top[i]])
                top[i] = j;
        if (lab_control(c, "own_keys")) /* as if every query had keys of its own */
            top[i] = gsl_rng_uniform_int(lab_rng(c), n);
        if (!linear)
            softmax_weights(row, n, row);
        double index = focus_index(row, n), sum = 0;
        S += index / (double)m;
        for (size_t j = 0; j < n; j++)
            sum += row[j];
        for (size_t j = 0; j < n; j++)
            best[j] = fmax(best[j], row[j] / sum);
    }
    for (size_t j = 0; j < n; j++)
        budget += best[j];
    for (size_t i = 0; i < m; i += 2)
        agree += top[i] == top[i + 1];
    lab_put(c, "agree", 2 * agree / (double)m);
    lab_put(c, "index", S);
    lab_put(c, "budget", budget);
    free(k);
    free(q);
    free(a);
    free(best);
    free(top);
}

static void summarize(struct lab *lab)
{
    double worst = 0, rise = INFINITY, last = 0;
    for (size_t i = 0; i < lab_groups(lab); i++) {
        const struct lab_cell *at = lab_group(lab, i);
        const char *kind = lab_word(at, "kind"), *d = lab_word(at, "d");
        struct stats_mean S = lab_mean(lab, i, "index");
        struct stats_mean agree = lab_mean(lab, i, "agree");
        if (*kind == 'l' && strcmp(d, "1") == 0) /* certain, not a frequency */
            lab_measure(lab, agree.value, 0, 0, "agree_%s_%s", kind, d);
        else
            lab_measure_mean(lab, agree, "agree_%s_%s", kind, d);
        if (*kind != 'l')
            continue;
        size_t count;
        const double *budget = lab_column(lab, i, "budget", &count);
        for (size_t j = 0; j < count; j++)
            worst = fmax(worst, budget[j] / lab_real(at, "d"));
        rise = fmin(rise, S.value - last);
        last = S.value;
        if (strcmp(d, "1") == 0) { /* one feature: the index of e^(2 eps), exactly */
            S.value -= focus_mean((struct focus_map){FOCUS_EXP, 1}, 0, 2, lab_real(at, "n")).value;
            lab_measure_mean(lab, S, "index_gap_1");
        } else {
            lab_measure_mean(lab, S, "index_%s", d);
        }
    }
    lab_measure(lab, rise, 0, 0, "index_rise");
    lab_measure(lab, worst, 0, 0, "budget_worst");
    long i = lab_find(lab, "kind=dot d=64");
    if (i >= 0) {
        struct stats_mean budget = lab_mean(lab, (size_t)i, "budget");
        lab_measure_mean(lab, budget, "budget_dot_64");
    }
}

static const struct lab_spec spec = {
    .name = "focus/pattern",
    .about = "Do different queries of linear attention look at the same keys?",
    .axes =
        {
            {"kind", "linear,dot", NULL, "linear|dot",
             "Features exp(2 eps) and exp(eps), or scores of normal vectors", AXIS_WORD},
            {"d", "1,2,4,16,64,256", NULL, "[1,10000]", "Dimension", AXIS_INTEGER},
            {"n", "256", NULL, "[2,100000]", "Keys", AXIS_INTEGER},
            {"pairs", "64", "32", "[1,10000]", "Pairs of queries", AXIS_INTEGER},
            {"replicate", "0:399", "0:119", "[0,inf)", "Replicate", AXIS_INTEGER},
        },
    .columns = "agree,index,budget",
    .fold = "replicate",
    .controls = "own_keys",
    .cell = cell,
    .summarize = summarize,
};

int main(int argc, char **argv)
{
    return lab_main(&spec, argc, argv);
}
