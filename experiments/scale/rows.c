/* Are the scales for random cosines those of real rows?
 *
 * Source: kexue.fm/archives/9812, cosine attention. Queries and keys are the 8x8 handwritten digits, words as
 * counts of their character trigrams, or the points of a user's file; scores are the cosines of one point
 * with n others. As softmax does not see a common shift, the dimension that such scores have for the
 * article's formula is d = 1/Var(cos) within rows. The maximum of F of every row, and the mean of F over
 * rows, are held against the annealed optimum alpha*(d, n) for random directions.
 * Finding: digits have near-duplicates, hence small gaps, and ask for a scale far above the annealed
 * optimum. Among words a part of the rows has a tie at the top (F grows without bound), while in the others
 * one word stands out.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <gsl/gsl_randist.h>

#include "dataset.h"
#include "lab.h"
#include "scale.h"
#include "stats.h"

enum { WORDS = 4096, WORDS_M = 4096, SETS_MAX = 16 };

struct points {
    const char *name; /* the axis' text */
    struct dataset *data;
    double *length; /* [n] */
};

struct shared {
    size_t count;
    struct points set[SETS_MAX];
};

static void *setup(const struct lab *lab)
{
    const struct axis_values *names = lab_axis_values(lab, "points");
    struct shared *shared = base_alloc(1, sizeof *shared);
    if (names->count > SETS_MAX)
        base_die(BASE_BAD_USAGE, "--points: %zu sets; give at most %d", names->count, SETS_MAX);
    for (size_t i = 0; i < names->count; i++) {
        struct points *set = &shared->set[shared->count++];
        set->name = names->text[i];
        if (!strcmp(set->name, "digits")) {
            set->data = dataset_digits();
        } else if (!strcmp(set->name, "words")) {
            struct dataset_lexicon *lexicon = dataset_lexicon(NULL);
            gsl_rng *rng = lab_stream(lab, "words");
            set->data = dataset_trigrams(lexicon, WORDS, WORDS_M, rng);
            gsl_rng_free(rng);
            dataset_lexicon_free(lexicon);
        } else {
            set->data = dataset_file(set->name);
        }
        set->length = base_alloc(set->data->n, sizeof *set->length);
        for (size_t j = 0; j < set->data->n; j++) {
            double sum = 0;
            for (size_t k = 0; k < set->data->m; k++)
                sum += set->data->x[j * set->data->m + k] * set->data->x[j * set->data->m + k];
            set->length[j] = sqrt(sum);
            if (!(sum > 0) || isinf(sum))
                base_die(BASE_BAD_USAGE,
                         "--points: point %zu of %s has no direction; give points of finite length above 0",
                         j + 1, set->name);
        }
    }
    return shared;
}

static void teardown(void *data)
{
    struct shared *shared = data;
    for (size_t i = 0; i < shared->count; i++) {
        free(shared->set[i].length);
        dataset_free(shared->set[i].data);
    }
    free(shared);
}

static const struct points *points_of(const struct lab_cell *c)
{
    const struct shared *shared = lab_shared(c);
    size_t i = 0;
    while (i + 1 < shared->count && strcmp(shared->set[i].name, lab_word(c, "points")))
        i++;
    return &shared->set[i];
}

/* Cosines of a random point with n others, all different points. */
static void draw_row(const struct points *set, gsl_rng *rng, size_t n, double *s)
{
    size_t m = set->data->m, total = set->data->n, *chosen = base_alloc(total, sizeof *chosen);
    for (size_t i = 0; i < total; i++)
        chosen[i] = i;
    for (size_t i = 0; i <= n; i++) { /* the first n + 1 of a shuffle */
        size_t j = i + (size_t)gsl_rng_uniform_int(rng, total - i), t = chosen[i];
        chosen[i] = chosen[j];
        chosen[j] = t;
    }
    const double *q = set->data->x + chosen[0] * m;
    for (size_t i = 0; i < n; i++) {
        const double *k = set->data->x + chosen[i + 1] * m;
        double sum = 0;
        for (size_t j = 0; j < m; j++)
            sum += q[j] * k[j];
        s[i] = sum / (set->length[chosen[0]] * set->length[chosen[i + 1]]);
    }
    free(chosen);
}

static void cell(struct lab_cell *c)
{
    const struct points *set = points_of(c);
    size_t n = (size_t)lab_integer(c, "n");
    if (n >= set->data->n)
        base_die(BASE_BAD_USAGE, "--n: '%zu' is not accepted; %s has %zu points, give less", n, set->name,
                 set->data->n);
    double *s = base_alloc(2 * n, sizeof *s), mean = 0, variance = 0, alpha = lab_real(c, "alpha");
    draw_row(set, lab_rng(c), n, s);
    /* the control asks random directions in 64 dimensions */
    if (lab_control(c, "random"))
        scale_draw(lab_rng(c), 64, s, n);
    for (size_t i = 0; i < n; i++)
        mean += s[i] / (double)n;
    for (size_t i = 0; i < n; i++)
        variance += (s[i] - mean) * (s[i] - mean) / (double)(n - 1);
    scale_sort(s, n);
    double best = scale_row_argmax(s, n, s + n, NULL);
    lab_put(c, "variance", variance);
    lab_put(c, "gap", s[0] - s[1]);
    if (isfinite(best)) /* else a tie at the top */
        lab_put(c, "argmax", best);
    lab_put(c, "tied", isinf(best));
    lab_put(c, "f", exp(scale_row(s, n, alpha, s + n).log_f));
    free(s);
}

/* The median over the rows of these groups, tied ones being beyond any. */
static struct stats_mean median_of(const struct lab *lab, const size_t *groups, size_t count)
{
    double *all = NULL;
    size_t rows = 0;
    for (size_t i = 0; i < count; i++) {
        size_t finite, n;
        const double *tied = lab_column(lab, groups[i], "tied", &n),
                     *x = lab_column(lab, groups[i], "argmax", &finite);
        all = base_grow(all, rows + n + 1, sizeof *all);
        memcpy(all + rows, x, finite * sizeof *all);
        for (size_t j = finite; tied && j < n; j++)
            all[rows + j] = 1e300;
        rows += n;
    }
    struct stats_mean m = stats_quantile_of(all, rows, 0.5);
    free(all);
    return m;
}

/* At n = 512, over all rows of these points, whatever alpha they were drawn for: the median maximizer over
 * the annealed optimum, and the share of ties. */
static void measure_points(struct lab *lab, const char *points)
{
    size_t *groups = base_alloc(lab_groups(lab) + 1, sizeof *groups), count = 0;
    struct stats_moments variance = {0}, ties = {0};
    for (size_t i = 0; i < lab_groups(lab); i++) {
        if (!lab_is(lab_group(lab, i), "points", points) || !lab_is(lab_group(lab, i), "n", "512"))
            continue;
        groups[count++] = i;
        size_t rows;
        const double *x = lab_column(lab, i, "variance", &rows);
        for (size_t j = 0; j < rows; j++)
            stats_moments_push(&variance, x[j]);
        x = lab_column(lab, i, "tied", &rows);
        for (size_t j = 0; j < rows; j++)
            stats_moments_push(&ties, x[j]);
    }
    if (count > 0 && ties.count > 1) {
        struct softmax_law law = softmax_law_cosine(fmax(3, 1 / variance.mean));
        double best = scale_annealed_optimum(&law, 512);
        struct stats_mean median = median_of(lab, groups, count);
        if (!strcmp(points, "words"))
            lab_measure_mean(lab, stats_proportion_of((long)rint(ties.mean * (double)ties.count), ties.count),
                             "ties_words");
        else if (isfinite(median.error) && median.value < 1e299)
            lab_measure(lab, median.value / best, median.error / best, ties.count,
                        "median_over_annealed_digits");
    }
    free(groups);
}

static void summarize(struct lab *lab)
{
    struct lab_table *table = lab_table(
        lab, NULL,
        "words,n:17,alpha,f,f_error,rows:17,dimension,annealed,annealed_f,median_argmax,median_error,tied");
    for (size_t i = 0; i < lab_groups(lab); i++) {
        const struct lab_cell *c = lab_group(lab, i);
        double n = lab_real(c, "n"), alpha = lab_real(c, "alpha");
        struct stats_mean variance = lab_mean(lab, i, "variance"), f = lab_mean(lab, i, "f"),
                          tied = lab_mean(lab, i, "tied");
        struct stats_mean median = median_of(lab, &i, 1);
        double d = fmax(3, 1 / variance.value), best;
        struct softmax_law law = softmax_law_cosine(d);
        best = scale_annealed_optimum(&law, n);
        lab_table_row(table, (double[]){lab_is(c, "points", "words"), n, alpha, f.value, f.error,
                                        (double)f.count, d, best, scale_annealed(&law, n, alpha),
                                        median.value, median.error, tied.value});
    }
    measure_points(lab, "digits");
    measure_points(lab, "words");
    long a = lab_find(lab, "points=digits n=512 alpha=16"), b = lab_find(lab, "points=digits n=512 alpha=64");
    if (a >= 0 && b >= 0)
        lab_measure_mean(lab,
                         stats_mean_difference(lab_mean(lab, (size_t)b, "f"), lab_mean(lab, (size_t)a, "f")),
                         "digits_gain_64_over_16");
}

static const struct lab_spec spec = {
    .name = "scale/rows",
    .about = "The gradient F of rows of cosines of real points",
    .axes = {{"points", "digits,words", NULL, "digits|words",
              "Points: digits, words, or a file: one point a line, numbers separated by commas or blanks",
              AXIS_FILE},
             {"n", "512", NULL, "[2,1e6]", "Number of keys", AXIS_INTEGER},
             {"alpha", "2,4,8,12,16,24,32,48,64,96,128,256,512,1024,2048", "16,64", "(0,1e9]",
              "Scale of the cosines", AXIS_REAL},
             {"replicate", "0:399", NULL, "[0,inf)", "Replicate: a query and its keys", AXIS_INTEGER}},
    .columns = "variance,gap,argmax,tied,f",
    .fold = "replicate",
    .controls = "random",
    .setup = setup,
    .teardown = teardown,
    .cell = cell,
    .summarize = summarize,
};

int main(int argc, char **argv)
{
    return lab_main(&spec, argc, argv);
}
