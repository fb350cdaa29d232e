/* Attention over vector-quantized keys: K^_j = C_{z_j} with z_j the nearest of c centers, so that every key
 * with the same code has the same score and a softmax over n keys is a weighted one over c codes.
 *
 * Source: kexue.fm/archives/9844 and Lingle, arXiv 2309.16354 (Transformer-VQ). q is [queries][dk], centers
 * [c][dk], code [keys], v [keys][dv]; all row-major; scores are q.c without a factor.
 */
#ifndef VQ_H
#define VQ_H

#include <stddef.h>
#include <stdint.h>

#include <gsl/gsl_rng.h>

#include "stats.h"

struct vq {
    size_t queries, keys, dk, dv, c;
    const double *q, *centers, *v;
    const size_t *code;
    double (*bias)(size_t query, size_t key, const void *context); /* NULL: none; used by the causal forms */
    const void *context;
};

/* keys[keys][dk]: the center of every code. */
void vq_quantized(const struct vq *p, double *keys);

/* How many different codes there are among codes[n], each below c. */
size_t vq_used(size_t n, size_t c, const size_t *codes);

/* ---- the plain forms, in double ---- */

/* The quadratic reference: attention_dense on the quantized keys, with the bias when causal. As there: 0, or
 * -1. */
int vq_dense(const struct vq *p, int causal, double *o, double *weights);

/* The bidirectional linear form: sums of values and counts by code, then c weights a query (bias is not
 * used). */
void vq_encoder(const struct vq *p, double *o);

/* The causal recurrence, one token at a time (bias is not used). Returns the numbers it carries from token to
 * token. */
size_t vq_token(const struct vq *p, double *o);

/* Ways to get the causal block form wrong: the cache one block late (the article's definition of U read
 * literally), or its counts alone. */
enum vq_fault { VQ_RIGHT, VQ_CACHE_LATE, VQ_COUNTS_LATE };

/* The causal block recurrence with blocks of l >= 1 tokens: the last `explicit` blocks (1, or 2 for a bias
 * that reaches back at most l) have scores of their own, everything before is in the cache of mean values and
 * counts by code. Empty codes are left out; one maximum is subtracted. Returns the numbers it carries. */
size_t vq_block(const struct vq *p, size_t l, size_t explicit, enum vq_fault fault, double *o);

/* The state of the second-order form: a value sum, a count, sum (k - C) and sum (k - C) v^T for every code,
 * so that exp(q.k) ~ exp(q.C)(1 + q.(k - C)). `keys` are the true ones, [p->keys][dk]. Bidirectional. Returns
 * its numbers. */
size_t vq_second_order(const struct vq *p, const double *keys, double *o);

/* ---- the fast form, in float32 ---- */

/* code[i] = the nearest center of key i (the lowest index among equals). half[c]: |C_s|^2/2. `room` [n][c].
 */
void vq_assign_fast(size_t n, size_t c, size_t dk, const float *k, const float *centers, const float *half,
                    int32_t *code, float *room);

/* Floats of room vq_causal_fast needs. */
size_t vq_causal_room(size_t dk, size_t dv, size_t c, size_t l);

/* Assigns the keys and attends causally in blocks of l: a GEMM for distances, one for Q C^T, exp of c scores
 * a query, the block's own weights picked out of those, two GEMMs with values. Centers are kept in the order
 * of their first use, so that what query i sees is a prefix and empty codes cost nothing. code[n] is filled.
 * Error about 1e-5 max |v|. One thread. */
void vq_causal_fast(size_t n, size_t dk, size_t dv, size_t c, size_t l, const float *q, const float *k,
                    const float *v, const float *centers, int32_t *code, float *o, float *room);

/* The same without a mask. */
void vq_encoder_fast(size_t n, size_t dk, size_t dv, size_t c, size_t l, const float *q, const float *k,
                     const float *v, const float *centers, int32_t *code, float *o, float *room);

/* For the check of a program: NULL, or a malloc'd word that --option VALUE takes too much, more than 1e13
 * operations or 4e9 bytes. */
char *vq_too_much(const char *option, double value, double operations, double bytes);

/* ---- codebooks ---- */

/* The optimal quantizer of N(0, 1) with `levels` >= 1 levels (Lloyd 1957, Max 1960), ascending into
 * level[levels]: a Newton iteration on the centroid conditions from the companding start. Returns the mean
 * squared distortion. */
double vq_lloyd_max(size_t levels, double *level);

/* A codebook of c Gaussian keys' k-means, d coordinates, judged by the mean squared distance of a key to its
 * code: on the `train` keys it was made of, and on `fresh` others. Starts from c of the keys, or (good) from
 * k-means++, in one dimension from the optimal levels; then `steps` of Lloyd. one_axis: all codes on the
 * first axis instead, a codebook that is wrong. Draws from rng. */
struct vq_trial {
    struct stats_mean trained, tested;
};
struct vq_trial vq_codebook_trial(size_t d, size_t c, size_t train, size_t fresh, size_t steps, int good,
                                  int one_axis, gsl_rng *rng);

/* Expectation and variance of the number of different codes among n that are uniform on c. */
double vq_occupancy_mean(double n, double c);
double vq_occupancy_variance(double n, double c);

#endif
