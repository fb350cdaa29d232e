#include "rnn_draws.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

void *rnn_draws_setup(const struct lab *lab)
{
    uint64_t *key = base_alloc(1, sizeof *key);
    gsl_rng *rng = lab_stream(lab, "problems");
    *key = rng_bits64(rng);
    gsl_rng_free(rng);
    return key;
}

void rnn_draws_teardown(void *shared)
{
    free(shared);
}

gsl_rng *rnn_draws_stream(const struct lab_cell *cell, const char *format, ...)
{
    const uint64_t *key = lab_shared(cell);
    char name[256];
    va_list args;
    va_start(args, format);
    vsnprintf(name, sizeof name, format, args);
    va_end(args);
    return rng_stream(*key, name);
}

long rnn_limit(const struct lab_cell *cell, size_t steps)
{
    return lab_is(cell, "maxit", "T") ? (long)steps : lab_integer(cell, "maxit");
}

char *rnn_too_much(double runs, double d, double steps, double iterations, int dense_scan)
{
    double flops = runs * 4 * steps * iterations * d * d * (dense_scan ? d : 1), limit = 2e13;
    if (flops <= limit)
        return NULL;
    return base_format(
        "%.3g operations are predicted for --d %.0f, --T %.0f and %.0f iterations; %.3g are accepted", flops,
        d, steps, iterations, limit);
}
