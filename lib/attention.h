/* Softmax attention: the plain reference every fast form is held against, the state in which a row can be computed
 * in pieces and in any order, and the dense float32 kernel on BLAS that fast kernels are timed against.
 *
 * q is [queries][d_k], k [keys][d_k], v [keys][d_v], all row-major. Weights are p_ij = exp(s_ij) / sum_j exp(s_ij)
 * over the keys that query i sees, s_ij = scale q_i.k_j + bias(i, j), and o_i = sum_j p_ij v_j.
 */
#ifndef ATTENTION_H
#define ATTENTION_H

#include <stddef.h>

/* ---- the reference, in double ---- */

struct attention {
    size_t queries, keys, dk, dv;
    const double *q, *k, *v;
    double scale;                                                  /* 1, or 1/sqrt(d_k) */
    int (*sees)(size_t query, size_t key, const void *context);    /* NULL: every query sees every key */
    double (*bias)(size_t query, size_t key, const void *context); /* NULL: none */
    const void *context;
};

/* For .sees: key <= query. */
int attention_causal(size_t query, size_t key, const void *context);

/* o[queries][dv], and weights[queries][keys] (0 where not seen) unless NULL. Returns 0, or -1 when a query sees no key
 * or a score it sees is not finite. */
int attention_dense(const struct attention *attention, double *o, double *weights);

/* ---- a row in pieces: constant memory ---- */

/* What has been seen of one row: m the largest score, z = sum e^(s - m), y = sum e^(s - m) v. (m, z, y) merges
 * associatively (Rabe and Staats, arXiv 2112.05682), so pieces may come in any order. Empty: m = -inf, z = 0. */
struct attention_state {
    double m, z;
    double *y; /* [dv], the caller's */
};

void attention_state_clear(struct attention_state *state, size_t dv);
/* One more key with this finite score and value. */
void attention_state_push(struct attention_state *state, size_t dv, double score, const double *v);
/* state = state o other; either may be empty. */
void attention_state_merge(struct attention_state *state, const struct attention_state *other, size_t dv);
/* o[dv] = y / z; NaN when nothing was pushed. */
void attention_state_output(const struct attention_state *state, size_t dv, double *o);

/* ---- dense attention in float32 on BLAS ---- */

/* Room that attention_dense_blas needs, in floats. */
size_t attention_dense_blas_room(size_t queries, size_t keys);

/* The honest baseline: blocks of queries, two GEMMs and one vectorized pass of exp each; with `causal` (queries ==
 * keys) the keys beyond a block are skipped. One thread. Error about 1e-6 max |v|. */
void attention_dense_blas(size_t queries, size_t keys, size_t dk, size_t dv, const float *q, const float *k,
                          const float *v, float scale, int causal, float *o, float *room);

/* y[i] = exp(y[i] - shift) in place for y[i] <= shift, 0 below -87; returns the sum. Vectorized. */
float attention_exp_sum(float *y, size_t n, float shift);
/* The largest of n >= 1 floats. Vectorized. */
float attention_largest(const float *y, size_t n);

/* ---- inputs ---- */

/* A closed form to compare programs by, 0-based: q_ia = amplitude sin(0.37 (i+1)(a+1) + 0.1), k_ia =
 * cos(0.23 (i+1)(a+2) + 0.71), v_ib = sin(0.05 (i+1)(b+2) + 1). q, k: [n][dk], v: [n][dv]. */
void attention_waves(size_t n, size_t dk, size_t dv, double amplitude, double *q, double *k, double *v);

#endif
