#include "attention.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <gsl/gsl_randist.h>


static double log_flat(double s, const void *unused)
{
    (void)s;
    (void)unused;
    return 0;
}

struct attention_scores attention_scores_of(const char *name, double head_dim)
{
    if (!strcmp(name, "sphere"))
        return (struct attention_scores){softmax_law_cosine(head_dim), sqrt(head_dim)};
    if (!strcmp(name, "bounded"))
        return (struct attention_scores){softmax_law_density(-1, 1, 1, log_flat, NULL), sqrt(3)};
    return (struct attention_scores){softmax_law_normal(), 1};
}

void attention_draw(const struct attention_scores *scores, gsl_rng *rng, double *s, size_t n)
{
    double d = scores->law.dimension;
    switch (scores->law.kind) {
    case SOFTMAX_COSINE:
        /* one coordinate of a normal vector, over its length */
        for (size_t j = 0; j < n; j++) {
            double z = rng_normal(rng);
            s[j] = scores->unit * z / sqrt(z * z + gsl_ran_chisq(rng, d - 1));
        }
        break;
    case SOFTMAX_DENSITY:
        for (size_t j = 0; j < n; j++)
            s[j] = scores->unit * (2 * gsl_rng_uniform(rng) - 1);
        break;
    default:
        rng_normals(rng, s, n);
    }
}

double attention_coefficient(const char *rule, const struct attention_scores *scores, double n,
                             double head_dim, double entropy)
{
    if (!strcmp(rule, "one"))
        return 1;
    if (!strcmp(rule, "log512"))
        return log(n) / log(512);
    if (!strcmp(rule, "sqrtlog"))
        return sqrt(log(n) / log(512));
    if (!strcmp(rule, "ln"))
        return log(n);
    if (!strcmp(rule, "ei024"))
        return log(n) / (0.24 * sqrt(head_dim));
    if (entropy >= log(n))
        return 0;
    return softmax_scale_of_entropy(&scores->law, n, entropy).value / scores->unit;
}

struct softmax_mean attention_mean(const struct attention_scores *scores, double n, double a, double c)
{
    struct softmax_mean mean;
    if (softmax_mean_needle(&scores->law, n, a * scores->unit, c / scores->unit, &mean))
        base_die(BASE_RUN_FAILED, "no exact mean for n = %g, coefficient %g, needle %g", n, a, c);
    return mean;
}

void attention_row(struct lab_table *table, const struct lab_cell *cell, const char *axes,
                   const struct attention_number *numbers, size_t count)
{
    enum { FIELDS = 24 };
    char text[FIELDS][32], *names = base_copy(axes), *save = NULL;
    const char *row[FIELDS];
    size_t fields = 0;
    for (char *name = strtok_r(names, " ", &save); name; name = strtok_r(NULL, " ", &save))
        row[fields++] = lab_word(cell, name);
    for (size_t i = 0; i < count && fields < FIELDS; i++, fields++) {
        row[fields] = base_real_text(text[fields], numbers[i].value, numbers[i].digits);
        if (isnan(numbers[i].value))
            row[fields] = "";
    }
    lab_table_text_row(table, row);
    free(names);
}
