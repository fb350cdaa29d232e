/* The same random problem in several cells: streams keyed by (seed, program, what the caller names), where
 * lab_rng's are keyed by every axis. So the draw of a replicate is one for all gains, methods and lengths. */
#ifndef RNN_DRAWS_H
#define RNN_DRAWS_H

#include "lab.h"

/* For lab_spec's setup and teardown. */
void *rnn_draws_setup(const struct lab *lab);
void rnn_draws_teardown(void *shared);
/* The stream of that name; free with gsl_rng_free. */
gsl_rng *rnn_draws_stream(const struct lab_cell *cell, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Reads an iteration limit: the axis "maxit" is a whole number or "T". */
long rnn_limit(const struct lab_cell *cell, size_t steps);

/* For lab_spec's check: NULL, or why `runs` runs of so many iterations of these sizes are too much. */
char *rnn_too_much(double runs, double d, double steps, double iterations, int dense_scan);

#endif
