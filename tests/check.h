/* What randomized tests share: how many rounds, which stream, comparisons that name what fell.
 *
 * CHECK_ROUNDS (default 1) multiplies the rounds, CHECK_SEED (default 1) changes every draw: the tests must
 * hold for any of them. Include after cmocka.h.
 */
#ifndef CHECK_H
#define CHECK_H

#include <math.h>
#include <stdlib.h>

#include "base.h"
#include "rng.h"

/* Two-sided probability beyond 5 standard deviations of a normal: a p-value below it is no chance. */
static const double check_least_p = 5.7e-7;

static inline long check_setting(const char *name, long otherwise)
{
    const char *text = getenv(name);
    long value = otherwise;
    if (text && (base_parse_long(text, &value) || value < 1))
        base_die(BASE_BAD_USAGE, "%s=%s: must be a whole number from 1", name, text);
    return value;
}

static inline long check_rounds(long base)
{
    return base * check_setting("CHECK_ROUNDS", 1);
}

/* The stream of the test called `name`; free with gsl_rng_free. */
static inline gsl_rng *check_stream(const char *name)
{
    return rng_stream((uint64_t)check_setting("CHECK_SEED", 1), name);
}

/* |got - want| <= tolerance; NaN never passes. */
static inline void check_close(const char *what, double got, double want, double tolerance)
{
    if (got != want && !(fabs(got - want) <= tolerance))
        fail_msg("%s: %.17g, must be %.17g +- %.3g", what, got, want, tolerance);
}

/* low <= got <= high; NaN never passes. */
static inline void check_between(const char *what, double got, double low, double high)
{
    if (!(got >= low && got <= high))
        fail_msg("%s: %.17g, must be from %.17g to %.17g", what, got, low, high);
}

#endif
