/* Random streams: Random123's Philox 4x32-10 (Salmon, Moraes, Dror, Shaw, SC'11) as a GSL generator.
 *
 * A stream is a pure function of (seed, name): the seed is the 64-bit key, a 64-bit hash of the name is the upper half
 * of the 128-bit counter, the lower half counts blocks of four 32-bit words. So what a cell draws depends on what the
 * cell is, never on who runs it or when.
 */
#ifndef RNG_H
#define RNG_H

#include <stdint.h>

#include <gsl/gsl_rng.h>

/* The generator's type: 32 uniform bits a call, range 0 .. 2^32 - 1. gsl_rng_set keys it with a seed of its own
 * and stream 0. */
extern const gsl_rng_type *const rng_philox;

/* A generator at the start of the stream (seed, name). Free with gsl_rng_free. */
gsl_rng *rng_stream(uint64_t seed, const char *name);

/* Puts `rng` (of type rng_philox) at the start of stream number `stream` under `seed`. */
void rng_stream_set(gsl_rng *rng, uint64_t seed, uint64_t stream);

/* 64 uniform bits. */
uint64_t rng_bits64(gsl_rng *rng);

/* A standard normal (ziggurat; gsl_ran_gaussian_ziggurat with sigma 1). */
double rng_normal(gsl_rng *rng);

/* Fills x[0..n-1] with independent standard normals. */
void rng_normals(gsl_rng *rng, double *x, size_t n);

#endif
