/* Axes of an experiment: lists of values from text.
 *
 *     16,64,256      a list                      0:199        whole numbers from 0 to 199
 *     0:1:0.25       from 0 to 1 in steps        16:4096:*4   from 16 to 4096 by factors of 4
 *
 * Ranges contain their end when a step meets it (to half a thousandth of a step). On an integer axis a geometric range
 * is rounded to whole numbers, repetitions dropped. Integers may have any size when listed; in ranges they fit a long.
 */
#ifndef AXIS_H
#define AXIS_H

#include <stddef.h>

enum axis_kind { AXIS_INTEGER, AXIS_REAL, AXIS_WORD, AXIS_FILE };

enum { AXIS_VALUES_MAX = 1000000 }; /* more values than this are refused */

struct axis_values {
    size_t count;
    char **text; /* canonical: no sign +, no leading zeros; files and words as given */
};

/* Parses `list` as values of `kind` in `domain`: an interval such as "[1,inf)" or "(0,1)", words "gauss|sign", or NULL.
 * A domain may name words beside an interval: "(0,1)|exact". Returns 0, or -1 with *why (free it) telling the offending
 * value and what is accepted. */
int axis_parse(const char *list, enum axis_kind kind, const char *domain, struct axis_values *values, char **why);
void axis_free(struct axis_values *values);

#endif
