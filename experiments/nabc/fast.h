/* nabc_early at a fraction of a nanosecond a step: a filter in fixed point, rigorous, then exact checks of
 * what it lets through. The result (triple and count) is that of nabc_early, for N of any size.
 */
#ifndef NABC_FAST_H
#define NABC_FAST_H

#include "nabc.h"

struct fast_options {
    unsigned half_min, half_max; /* half lengths of blocks, powers of 2 from 8 to 2048 */
    double tolerance;            /* greatest error of the filter's q, below 1/8 */
    bool portable;               /* no vector instructions */
    double window; /* share of the window of q that is looked at: 1; less is a control, and wrong */
    void (*progress)(void *context, uint64_t scanned,
                     uint64_t bound); /* unless NULL, now and then; bound on scanned */
    void *context;
};

struct fast_work { /* where the values of p went */
    uint64_t exact;    /* computed exactly, before the filter's error is small enough */
    uint64_t filtered; /* seen by the filter */
    uint64_t accepted; /* let through, checked exactly */
    uint64_t blocks;
};

extern const struct fast_options fast_defaults;

/* options and work may be NULL. */
void fast_big(struct nabc_big *split, const mpz_t n, bool signed_c, const struct fast_options *options,
              struct fast_work *work);
struct nabc_split fast_split(nabc_u128 n, bool signed_c);

/* Audits one block, p = r + first ... r + first + 2 half - 1 with r = floor(2 sqrt n), first >= 1: returns
 * the greatest distance between the filter's q - sqrt D and the exact one, and *bound, the filter's own
 * bound of it. */
double fast_block_error(const mpz_t n, uint64_t first, unsigned half, double *bound);

#endif
