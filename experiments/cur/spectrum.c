/* Are matrices of joint scores of low rank?
 *
 * Source: kexue.fm/archives/9336, whose premise this is. Singular values of the score matrices of the
 * training and the test queries; of the same without the mean of all entries, which alone holds most of the
 * energy; and of the same entries in random order, which no low rank explains. Finding: 50 of 400 singular
 * values leave 0.4 % of the squared norm of common subsequences of names, but the mean leaves 8 % already:
 * the shuffled entries look as good until they are centered.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "cur.h"
#include "linalg.h"

static void cell(struct lab_cell *cell)
{
    const struct cur_data *d = cur_of(cell);
    const char *part = lab_word(cell, "part");
    int test = !strncmp(part, "test", 4), shuffled = strstr(part, "shuffled") != NULL;
    size_t rows = test ? d->test : d->train, k = rows < d->items ? rows : d->items, n = rows * d->items;
    double *s = base_alloc(n, sizeof *s), *values = base_alloc(k, sizeof *values), energy = 0, head = 0;
    memcpy(s, test ? cur_test_row(d, 0) : cur_train_row(d, 0), n * sizeof *s);
    for (size_t i = n - 1; shuffled && i > 0; i--) {
        size_t j = gsl_rng_uniform_int(lab_rng(cell), i + 1);
        double kept = s[i];
        s[i] = s[j];
        s[j] = kept;
    }
    if (strstr(part, "centered")) {
        double mean = stats_sum(s, n) / (double)n;
        for (size_t i = 0; i < n; i++)
            s[i] -= mean;
    }
    linalg_svd(rows, d->items, s, values, NULL, NULL);
    for (size_t j = 0; j < k; j++)
        energy += values[j] * values[j];
    for (size_t j = 0; j < k; j++) {
        head += values[j] * values[j];
        if (j > 0)
            lab_next_row(cell);
        lab_put(cell, "rank", (double)(j + 1));
        lab_put(cell, "sigma", values[j] / values[0]);
        lab_put(cell, "rest", fmax(1 - head / energy, 0));
        if (j == 0) {
            lab_put(cell, "raw_sum", d->raw_sum);
            lab_put(cell, "mean", d->mean);
            lab_put(cell, "strings", (double)d->all->count);
        }
    }
    free(s);
    free(values);
}

static void summarize(struct lab *lab)
{
    struct lab_table *table = lab_table(lab, NULL, "data,score,part,rank:17,sigma,rest");
    for (size_t g = 0; g < lab_groups(lab); g++) { /* thinned out: all up to 20, then steps of about 3 % */
        const struct lab_cell *of = lab_group(lab, g);
        size_t count;
        const double *sigma = lab_column(lab, g, "sigma", &count), *rest = lab_column(lab, g, "rest", &count);
        for (size_t j = 0; j < count; j = j < 20 ? j + 1 : j + 1 + j / 33) {
            char rank[32], value[32], left[32];
            const char *texts[] = {lab_word(of, "data"),
                                   lab_word(of, "score"),
                                   lab_word(of, "part"),
                                   base_real_text(rank, (double)(j + 1), 17),
                                   base_real_text(value, sigma[j], 8),
                                   base_real_text(left, rest[j], 8)};
            lab_table_text_row(table, texts);
        }
    }
    long at = cur_find(lab, "lcs", "part=train");
    if (at >= 0) {
        lab_measure(lab, lab_value(lab, (size_t)at, "raw_sum"), 0, 0, "lcs_sum");
        lab_measure(lab, lab_value(lab, (size_t)at, "mean"), 1e-15, 0, "lcs_mean");
        lab_measure(lab, lab_value(lab, (size_t)at, "strings"), 0, 0, "names");
    }
    static const struct {
        const char *score, *part;
        size_t rank;
    } claimed[] = {{"lcs", "train", 50},
                   {"lcs", "test", 20},
                   {"lcs", "test", 50},
                   {"lcs", "test", 100},
                   {"lcs", "test_centered", 50},
                   {"lcs", "test_shuffled", 50},
                   {"lcs", "test_shuffled_centered", 50},
                   {"sw", "train", 50},
                   {"sw", "test", 50}};
    double centered[2];
    double rest[sizeof claimed / sizeof *claimed];
    for (size_t i = 0; i < sizeof claimed / sizeof *claimed; i++) {
        size_t count;
        at = cur_find(lab, claimed[i].score, "part=%s", claimed[i].part);
        rest[i] = at >= 0 ? lab_column(lab, (size_t)at, "rest", &count)[claimed[i].rank - 1] : NAN;
        if (at >= 0)
            lab_measure(lab, rest[i], 1e-12, 0, "rest_%s_%s_%zu", claimed[i].score, claimed[i].part,
                        claimed[i].rank);
    }
    if (!isnan(rest[2]) && !isnan(rest[8]))
        lab_measure(lab, rest[8] / rest[2], 1e-10, 0, "sw_over_lcs");
    for (size_t i = 0; i < 2; i++) {
        size_t count;
        at = cur_find(lab, i ? "sw" : "lcs", "part=test_centered");
        centered[i] = at >= 0 ? lab_column(lab, (size_t)at, "rest", &count)[49] : NAN;
    }
    if (!isnan(centered[0]) && !isnan(centered[1]))
        lab_measure(lab, centered[1] / centered[0], 1e-10, 0, "sw_over_lcs_centered");
}

static const struct lab_spec spec = {
    .name = "cur/spectrum",
    .about = "Singular values of matrices of joint scores",
    .axes = {CUR_DATA_AXES("lcs,sw,ed", "lcs,sw"),
             {"part", "train,test,test_centered,test_shuffled,test_shuffled_centered", NULL,
              "train|test|train_centered|test_centered|train_shuffled|test_shuffled|train_shuffled_centered|"
              "test_shuffled_centered",
              "Which queries' rows; without the mean of all; entries in random order", AXIS_WORD}},
    .columns = "rank:17,sigma,rest,raw_sum:17,mean,strings:17",
    .controls = "shuffled",
    .setup = cur_setup,
    .teardown = cur_teardown,
    .cell = cell,
    .summarize = summarize,
};

int main(int argc, char **argv)
{
    return lab_main(&spec, argc, argv);
}
