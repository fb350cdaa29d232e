/* Gradients of L = sum W o O for causal attention over quantized keys, the window scored explicitly and the
 * rest in the cache: what a backward pass through the program gives, what the dense attention gives, and L
 * itself to differentiate numerically. Source: the section on gradients of kexue.fm/archives/9844.
 *
 * dL/dK means dL/dK^: the straight-through gradient of the keys.
 */
#ifndef VQ_GRADIENT_H
#define VQ_GRADIENT_H

#include <stddef.h>

#include "vq.h"

struct vq_gradient_how {
    size_t l, explicit; /* blocks of l; the last `explicit` (1 or 2) are scored explicitly */
    int cache_values;   /* values in the cache have gradients; else the cache is stopped */
    int stop_queries;   /* a wrong backward pass: the scores of the cache are stopped, too */
    int own_block;      /* the whole carried state is stopped: also keys and values of the block before */
};

struct vq_gradient {
    double *q, *k, *v; /* [n][dk], [n][dk], [n][dv], set by the functions below */
};

/* Is the pair within the explicit window? */
int vq_gradient_window(const struct vq_gradient_how *how, size_t query, size_t key);

/* Backward through the program with its cache. p->bias is that of the window. */
void vq_gradient_program(const struct vq *p, const struct vq_gradient_how *how, const double *w,
                         struct vq_gradient *g);

/* From the dense matrix P of the quantized keys: sums of the exact dL/ds_ij and p_ij over the pairs kept, for
 * keys those of the window (of the own block), for values those or, with cache_values, all; for queries all.
 * everything: all pairs for all. Returns 0, or -1 when a score is not finite. */
int vq_gradient_pairs(const struct vq *p, const struct vq_gradient_how *how, int everything, const double *w,
                      struct vq_gradient *g);

/* L of the program, its three inputs taken apart: the keys in the window, the values there, the values in the
 * cache. */
double vq_gradient_loss(const struct vq *p, const struct vq_gradient_how *how, const double *window_keys,
                        const double *window_values, const double *cache_values, const double *w);

#endif
