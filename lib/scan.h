/* Prefix scans: y_i = x_1 o x_2 o ... o x_i for an associative operation o that need not commute.
 *
 * Four orders of evaluation, alike but for rounding. Each says what it cost: `combines`, applications of o, and
 * `depth`, the length of the longest chain of them, which is the time on as many processors as one likes.
 */
#ifndef SCAN_H
#define SCAN_H

#include <stddef.h>
#include <stdint.h>

/* Elements of `size` bytes. combine puts left o right into `out`, which overlaps neither; left is the earlier one. */
struct scan_operation {
    size_t size;
    void (*combine)(void *out, const void *left, const void *right, const void *context);
    const void *context;
};

struct scan_cost {
    uint64_t combines;
    uint64_t depth;
};

/* All of them work in place on n >= 0 elements in a row. */

/* One after the other: n - 1 combines, depth n - 1. */
struct scan_cost scan_sequential(const struct scan_operation *operation, size_t n, void *elements);

/* Odd-even recursion (Ladner and Fischer 1980; Blelloch 1990): pairs are combined, the half-length sequence is
 * scanned in the same way, the other half follows in one round. W(n) = floor(n/2) + W(floor(n/2)) + ceil(n/2) - 1,
 * which for n = 2^k is 2n - 2 - k, at depth 2k - 1 (k >= 1). */
struct scan_cost scan_odd_even(const struct scan_operation *operation, size_t n, void *elements);

/* Hillis and Steele (1986): ceil(log2 n) rounds with n - 2^k combines each. Uses a copy of the elements. */
struct scan_cost scan_doubling(const struct scan_operation *operation, size_t n, void *elements);

/* `blocks` >= 1 pieces as equal as can be, each scanned by itself, then their ends in order, then every piece but
 * the first multiplied by what precedes it: what p processors do, 2n/p + p deep. Pieces run on `threads` threads;
 * the result depends on `blocks` alone. */
struct scan_cost scan_blocks(const struct scan_operation *operation, size_t n, void *elements, size_t blocks,
                             int threads);

#endif
