/* Sets of points by name. */
#include "sets.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base.h"

const struct dataset *focus_sets_find(const struct focus_sets *sets, const char *name)
{
    for (size_t i = 0; i < sets->count; i++)
        if (!strcmp(sets->set[i].name, name))
            return sets->set[i].data;
    return NULL;
}

static struct dataset *words_draw(const struct lab *lab)
{
    struct dataset_lexicon *lexicon = dataset_lexicon(NULL);
    gsl_rng *rng = lab_stream(lab, "words");
    struct dataset *words = dataset_trigrams(lexicon, 2000, 256, rng);
    gsl_rng_free(rng);
    dataset_lexicon_free(lexicon);
    return words;
}

void focus_sets_load(struct focus_sets *sets, const struct lab *lab, const char *axis, const char *except)
{
    const struct axis_values *names = lab_axis_values(lab, axis);
    for (size_t i = 0; i < names->count; i++) {
        const char *name = names->text[i];
        if ((except && !strcmp(name, except)) || focus_sets_find(sets, name))
            continue;
        sets->set = base_grow(sets->set, sets->count + 1, sizeof *sets->set);
        sets->set[sets->count++] = (struct focus_set){name, !strcmp(name, "digits")  ? dataset_digits()
                                                            : !strcmp(name, "words") ? words_draw(lab)
                                                                                     : dataset_file(name)};
    }
}

void focus_sets_clear(struct focus_sets *sets)
{
    for (size_t i = 0; i < sets->count; i++)
        dataset_free(sets->set[i].data);
    free(sets->set);
    *sets = (struct focus_sets){0};
}

int focus_standardize(double *x, size_t n, int centre)
{
    double mean = 0, square = 0, largest = 0;
    for (size_t i = 0; i < n; i++) {
        mean += x[i];
        largest = fmax(largest, fabs(x[i]));
    }
    mean /= (double)n;
    for (size_t i = 0; i < n; i++) {
        x[i] -= centre ? mean : 0;
        square += x[i] * x[i];
    }
    double deviation = sqrt(square / (double)n);
    if (!(deviation > 1e-13 * largest) || isinf(deviation))
        return -1;
    for (size_t i = 0; i < n; i++)
        x[i] /= deviation;
    return 0;
}
