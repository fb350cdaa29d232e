/* Does the missing mass of real text follow the same law of chance, and how flat is its data law?
 *
 * Source: kexue.fm/archives/9607 on other frequency laws. Data: the words of a file or folder, by default the license
 * texts of the Debian package base-files. D words are drawn with replacement from the empirical frequencies p_k; the
 * mass of the words not drawn has expectation sum_k p_k (1-p_k)^D exactly. The slope of the logarithm of that sum in D is
 * set beside s = g/(g+1) with g from the fitted Zipf exponent g + 1.
 */
#include <math.h>
#include <stdlib.h>

#include <gsl/gsl_randist.h>

#include "dataset.h"
#include "lab.h"
#include "scaling.h"

struct law {
    size_t words;
    double *p; /* [words], descending */
    gsl_ran_discrete_t *table;
};

static int descending(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x < y) - (x > y);
}

static void *setup(const struct lab *lab)
{
    struct dataset_text *text = dataset_text(lab_axis_values(lab, "text")->text[0]);
    struct law *law = base_alloc(1, sizeof *law);
    law->words = text->words;
    law->p = base_alloc(text->words, sizeof *law->p);
    for (size_t k = 0; k < text->words; k++)
        law->p[k] = (double)text->count[k] / (double)text->tokens;
    qsort(law->p, law->words, sizeof *law->p, descending);
    law->table = gsl_ran_discrete_preproc(law->words, law->p);
    dataset_text_free(text);
    return law;
}

static void teardown(void *shared)
{
    struct law *law = shared;
    gsl_ran_discrete_free(law->table);
    free(law->p);
    free(law);
}

static double expected_missing(const struct law *law, double D)
{
    double sum = 0;
    for (size_t k = law->words; k-- > 0;)
        sum += law->p[k] * exp(D * log1p(-law->p[k]));
    return sum;
}

static void cell(struct lab_cell *c)
{
    const struct law *law = lab_shared(c);
    long D = lab_integer(c, "d");
    char *seen = base_alloc(law->words, 1);
    for (long i = 0; i < D; i++)
        seen[gsl_ran_discrete(lab_rng(c), law->table)] = 1;
    double missing = 0;
    for (size_t k = law->words; k-- > 0;)
        if (!seen[k])
            missing += law->p[k];
    free(seen);
    /* the control takes every word to be as frequent as any other */
    double n = (double)law->words;
    double expected = lab_control(c, "uniform") ? pow(1 - 1 / n, (double)D) : expected_missing(law, (double)D);
    lab_put(c, "missing", missing);
    lab_put(c, "expected", expected);
    lab_put(c, "difference", missing - expected);
}

static void summarize(struct lab *lab)
{
    const struct law *law = lab_setup_data(lab);
    for (size_t i = 0; i < lab_groups(lab); i++)
        lab_measure_mean(lab, lab_mean(lab, i, "difference"), "missing_%s", lab_word(lab_group(lab, i), "d"));
    /* Zipf's exponent over the ranks 10 to 1000, log-spaced so that no decade dominates */
    double rank[64], p[64];
    size_t n = 0;
    for (double r = 10; r <= 1000.5 && r <= (double)law->words; r *= pow(10, 0.05)) {
        rank[n] = rint(r);
        p[n++] = law->p[(size_t)rint(r) - 1];
    }
    double g = -scaling_slope(rank, p, n) - 1;
    struct lab_table *table = lab_table(lab, "law", "d:17,expected,slope,fitted_s");
    for (double D = 100; D <= 40000; D *= pow(10, 0.1)) {
        double slope = log(expected_missing(law, D * 1.05) / expected_missing(law, D / 1.05)) / (2 * log(1.05));
        lab_table_row(table, (double[]){rint(D), expected_missing(law, D), -slope, g / (g + 1)});
    }
    if (lab_run_control(lab, "uniform"))
        g = -1;
    lab_measure(lab, g, 0, 0, "fitted_g");
}

static const struct lab_spec spec = {
    .name = "scaling/text",
    .about = "Does the missing mass of real text follow the law of chance?",
    .axes =
        {
            {"text", "/usr/share/common-licenses", NULL, NULL, "A text file, or a folder of them", AXIS_FILE},
            {"d", "100,300,1000,3000,10000,30000", "100,1000,10000", "[1,1e8]", "Words drawn", AXIS_INTEGER},
            {"replicate", "0:399", "0:199", "[0,inf)", "Replicate", AXIS_INTEGER},
        },
    .columns = "missing,expected,difference",
    .fold = "replicate",
    .controls = "uniform",
    .setup = setup,
    .teardown = teardown,
    .cell = cell,
    .summarize = summarize,
};

int main(int argc, char **argv)
{
    return lab_main(&spec, argc, argv);
}
