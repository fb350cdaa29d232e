/* The sets of points that an axis of a program names: digits, words by their trigrams, files of the user. */
#ifndef FOCUS_SETS_H
#define FOCUS_SETS_H

#include <stddef.h>

#include "dataset.h"
#include "lab.h"

struct focus_sets {
    size_t count;
    struct focus_set {
        const char *name; /* the axis' text */
        struct dataset *data;
    } * set; /* [count] */
};

/* Loads, in setup, the sets that are the values of `axis` and not loaded yet; the value `except` (unless
 * NULL) is no set. Words are 2000 of the lexicon, drawn from the run's stream "words", in 256 dimensions.
 * Exits with status 64 for a file that is not one of points. */
void focus_sets_load(struct focus_sets *sets, const struct lab *lab, const char *axis, const char *except);
/* The set of that name, or NULL. */
const struct dataset *focus_sets_find(const struct focus_sets *sets, const char *name);
/* Frees what is in `sets`, not `sets` itself. */
void focus_sets_clear(struct focus_sets *sets);

/* Brings x[n] to mean square 1, before that (if `centre`) to mean 0. Returns 0, or -1 when that cannot be:
 * nothing but rounding is left, or a value is not finite. */
int focus_standardize(double *x, size_t n, int centre);

#endif
