/* One row of softmax attention, sum e^{s_j} v_j / sum e^{s_j}, as a scan over its keys in several orders and
 * two forms, in double or in float arithmetic.
 *
 * The two accumulators (kexue.fm/archives/10017): z += e^{s-m}, y += e^{s-m} v, o = y/z, m the largest score
 * so far. The delta form (kexue.fm/archives/11823): z += e^{s-m}, o += a (v - o), a = e^{s-m}/z.
 */
#ifndef FORMS_H
#define FORMS_H

#include <stddef.h>

enum forms_order {
    FORMS_BACKWARD, /* from the newest key to the oldest, as the article does */
    FORMS_FORWARD,
    FORMS_RANDOM,
    FORMS_TREE, /* halves merged, down to single keys */
    FORMS_DELTA,
    FORMS_DELTA_BACKWARD,
    FORMS_ORDERS
};

extern const char *const forms_name[FORMS_ORDERS]; /* "backward", ... */

/* Wrong variants. */
enum forms_flaw {
    FORMS_SOUND,
    FORMS_DROPS_OLDEST, /* the scan ends one key early, but keeps at least one */
    FORMS_NO_RESCALE,   /* pieces are merged without e^{m1 - m} */
    FORMS_NO_FADE       /* o += a v */
};

struct forms_row {
    size_t n, d;
    const double *score, *value; /* [n], [n][d]; for single these are floats */
};

/* o[d]. `order`[n] is a permutation of the keys for FORMS_RANDOM, else not read. With `single` every
 * operation is rounded to float (which is float arithmetic: double has more than twice its digits), exp
 * correctly but for ties. */
void forms_output(const struct forms_row *row, enum forms_order form, int single, const size_t *order,
                  enum forms_flaw flaw, double *o);

/* What rounding errors that are independent and uniform over a unit in the last place would give: the
 * expected square of the error of a forward scan in float, a mean over the d coordinates, for the two
 * accumulators and the delta form. */
void forms_expected_squares(const struct forms_row *row, double *accumulators, double *delta);

#endif
