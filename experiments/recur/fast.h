/* Fast kernels of the recomputing network, in float32, and the cached network over BLAS that they are timed
 * against. Shapes and weights as in recur.h; each is held against recur_run() in tests/test_recur.c.
 */
#ifndef FAST_H
#define FAST_H

#include <stddef.h>

#include "recur.h"

/* A network in float32 with the room that its kernels need for texts of n positions and blocks of `block` of
 * them. */
struct fast;
struct fast *fast_alloc(const struct recur_network *network, size_t n, size_t block);
void fast_free(struct fast *fast);

/* text[n][d] to y[n][d], one position after the other, nothing kept. Projections are absorbed: scores are (q
 * W_k^T).h, sums are of h, W_v follows once a scan. The scan of the lowest layer runs over blocks of the text
 * at once. */
void fast_vectorized(struct fast *fast, const float *text, float *y);

/* The same in blocks of positions: projections, scores and sums of a pair of blocks are small GEMMs. */
void fast_blocks(struct fast *fast, const float *text, float *y);

/* Every layer for all positions at once, by attention_dense_blas(). */
void fast_cached(struct fast *fast, const float *text, float *y);

#endif
