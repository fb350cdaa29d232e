/* Drawn scores: does the index over n keys follow its exact mean?
 *
 * Source: kexue.fm/archives/9889, with n finite. n scores beta + gamma eps go through f, the index is
 * averaged over replicates and compared with focus_mean, sum p^2 of softmax with softmax_mean. Vectors of
 * weights that are all 0 (relu with few keys) have no index: they are counted, and the exact mean is the
 * conditional one. Finding: it does; the article's limit does not, for softmax from gamma = 2 on.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "focus.h"
#include "lab.h"

static void cell(struct lab_cell *c)
{
    struct focus_map map;
    focus_map_parse(lab_word(c, "f"), &map);
    size_t n = (size_t)lab_integer(c, "n");
    double beta = lab_real(c, "beta"), gamma = lab_real(c, "gamma"), *x = base_alloc(n, sizeof *x);
    rng_normals(lab_rng(c), x, n);
    for (size_t i = 0; i < n; i++)
        x[i] = beta + gamma * x[i];
    focus_weights(map, x, n);
    double S = focus_index(x, n);
    lab_put(c, "index", S);
    lab_put(c, "purity", 1 / ((double)n * S * S));
    lab_put(c, "empty", isnan(S));
    free(x);
}

static void summarize(struct lab *lab)
{
    struct lab_table *table =
        lab_table(lab, NULL, "f,beta,gamma,n,exact,limit,index,index_se,effective,effective_se,empty");
    for (size_t i = 0; i < lab_groups(lab); i++) {
        const struct lab_cell *at = lab_group(lab, i);
        struct focus_map map;
        focus_map_parse(lab_word(at, "f"), &map);
        double beta = lab_real(at, "beta"), gamma = lab_real(at, "gamma"), n = lab_real(at, "n");
        struct stats_mean S = lab_mean(lab, i, "index"), p = lab_mean(lab, i, "purity");
        double limit = focus_limit(map, beta, gamma);
        double exact = lab_run_control(lab, "limit") ? limit : focus_mean(map, beta, gamma, n).value;
        char text[11][32];
        const char *row[11];
        const double numbers[] = {
            beta,    gamma,   n,           exact,       limit,
            S.value, S.error, n * p.value, n * p.error, lab_mean(lab, i, "empty").value};
        for (int k = 1; k < 11; k++)
            row[k] = base_real_text(text[k], numbers[k - 1], 8);
        row[0] = lab_word(at, "f");
        lab_table_text_row(table, row);
        S.value = S.value / exact - 1;
        S.error /= exact;
        lab_measure_mean(lab, S, "%s_%s_%s_%s", lab_word(at, "f"), lab_word(at, "beta"),
                         lab_word(at, "gamma"), lab_word(at, "n"));
        if (map.kind == FOCUS_EXP) {
            struct softmax_law normal = softmax_law_normal();
            struct softmax_mean mean;
            softmax_mean(&normal, n, gamma, &mean);
            double e = lab_run_control(lab, "limit") ? 1 / (n * limit * limit) : mean.purity.value;
            p.value = p.value / e - 1;
            p.error /= e;
            lab_measure_mean(lab, p, "purity_%s_%s_%s", lab_word(at, "beta"), lab_word(at, "gamma"),
                             lab_word(at, "n"));
        }
    }
    static const char *const order[] = {"exp", "relu2", "relu", "id"};
    for (int k = 0; k < 3; k++) {
        char a[64], b[64];
        snprintf(a, sizeof a, "f=%s beta=0 gamma=2 n=4096", order[k]);
        snprintf(b, sizeof b, "f=%s beta=0 gamma=2 n=4096", order[k + 1]);
        long i = lab_find(lab, a), j = lab_find(lab, b);
        if (i < 0 || j < 0)
            continue;
        struct stats_mean gap =
            stats_mean_difference(lab_mean(lab, (size_t)j, "index"), lab_mean(lab, (size_t)i, "index"));
        if (lab_run_control(lab, "reversed"))
            gap.value = -gap.value;
        lab_measure_mean(lab, gap, "%s_above_%s", order[k + 1], order[k]);
    }
}

static char *check(const struct lab_cell *c)
{
    struct focus_map map;
    focus_map_parse(lab_word(c, "f"), &map);
    double r = lab_real(c, "beta") / lab_real(c, "gamma"), n = lab_real(c, "n");
    if (map.kind == FOCUS_RELU && n * erfc(-r / sqrt(2)) / 2 < 5)
        return base_format(
            "--beta %g with --gamma %g and --n %g: fewer than 5 of the weights are expected not to be 0",
            lab_real(c, "beta"), lab_real(c, "gamma"), n);
    return NULL;
}

static const struct lab_spec spec = {
    .name = "focus/finite",
    .about = "Does the index of drawn scores follow its exact mean over n keys?",
    .axes =
        {
            {"f", "exp,relu2,relu,id", NULL, "exp|id|relu|relu2|relu3|relu4|relu5|relu6|relu7|relu8|relu9",
             "Map from scores to weights", AXIS_WORD},
            {"beta", "-1,0", "0", "(-inf,inf)", "Mean of the scores", AXIS_REAL},
            {"gamma", "1,2,3,4", "1,2,4", "(0,30]", "Standard deviation of the scores", AXIS_REAL},
            {"n", "64,512,4096,65536", "64,4096", "[2,1e8]", "Keys", AXIS_INTEGER},
            {"replicate", "0:199", NULL, "[0,inf)", "Replicate", AXIS_INTEGER},
        },
    .columns = "index,purity,empty",
    .fold = "replicate",
    .controls = "limit|reversed",
    .check = check,
    .cell = cell,
    .summarize = summarize,
};

int main(int argc, char **argv)
{
    return lab_main(&spec, argc, argv);
}
