/* A causal attention network computed as a recurrence that reads its text again, in constant memory, and
 * counted.
 *
 * Layer l = 1..N takes x^(l-1) to x^(l) = x^(l-1) + o W_o with o_i = sum_{j <= i} e^{s_ij} v_j / sum_{j <= i}
 * e^{s_ij}, s_ij = q_i.k_j / sqrt(d), q, k, v = x^(l-1) W_{q,k,v}. x^(0) is the embedded text, read from
 * outside and not counted as memory, as the outputs are not: they are written and never read again.
 * kexue.fm/archives/10017.
 *
 * A step is one score, one exponential and one update of (m, z, y), with the projection of the key and value
 * it needs. All modes but two scan a row with the same operations in the same order, from the newest key to
 * the oldest, so their outputs are the same to the bit. RECUR_FORWARD has another order, RECUR_ABSORBED other
 * operations.
 */
#ifndef RECUR_H
#define RECUR_H

#include <stddef.h>
#include <stdint.h>

#include <gmp.h>

/* ---- networks and texts ---- */

struct recur_network {
    size_t layers, d;
    double *w; /* [layers][4][d][d]: q, k, v, o; row vectors times w */
};

/* W[r][c] = cos(0.7 (r+1)(c+1) + 1.1 t + 2.3 l)/sqrt(d), t = 0..3 for q, k, v, o, l = 1..layers. */
struct recur_network *recur_network_closed(size_t layers, size_t d);
void recur_network_free(struct recur_network *network);

/* Where a text comes from: x[d] of a position counted from 0. */
struct recur_text {
    size_t d;
    void (*embed)(const struct recur_text *text, size_t position, double *x);
    const double *table; /* for recur_embed_table: [n][d] */
};

/* x_a = sin(0.37 (i+1)(a+1) + 0.1), computed anew at each call; the same from a table. */
void recur_embed_waves(const struct recur_text *text, size_t position, double *x);
void recur_embed_table(const struct recur_text *text, size_t position, double *x);
/* A table [n][d] of recur_embed_waves; free(). */
double *recur_waves(size_t n, size_t d);

/* ---- counted memory ---- */

/* Every number that a mode keeps from one step to the next is taken here. */
struct recur_memory {
    uint64_t live, peak;
};

double *recur_take(struct recur_memory *memory, size_t numbers);
void recur_give(struct recur_memory *memory, double *block, size_t numbers);

/* ---- runs ---- */

enum recur_mode {
    RECUR_CACHED,    /* keys and values of all positions and layers are kept */
    RECUR_RECOMPUTE, /* nothing is: layer inputs are recomputed; a layer holds x, q, y, h, k, v, z, m, j */
    RECUR_FORWARD,   /* the same from the oldest key to the newest, which asks for x first */
    RECUR_MINIMAL, /* a layer holds q, y, z, m, j; h, k, v are shared, x is recomputed once more at the end */
    RECUR_ABSORBED, /* the same with q W_k^T in the place of q, and sums of h in that of sums of v: h alone is
                       shared */
    RECUR_CHECKPOINT, /* the output of every s-th layer is kept for all positions, but for the last */
    RECUR_BLOCK,      /* `block` positions are carried at once */
    RECUR_MODES
};

/* "cached", "recompute", ...; -1 for another word. */
extern const char *const recur_mode_name[RECUR_MODES];
int recur_mode_of(const char *word);

struct recur_job {
    enum recur_mode mode;
    size_t n;        /* positions, >= 1 */
    size_t s, block; /* >= 1, of the modes that use them; s >= layers keeps nothing, the last block may be
                        shorter */
    const struct recur_network *network;
    const struct recur_text *text;
};

struct recur_cost {
    uint64_t steps;
    uint64_t pairs; /* of blocks: of a row of queries with a row of keys; steps in the modes without blocks */
    uint64_t reads; /* of the text, a position each */
    uint64_t live;  /* numbers held at most */
    uint64_t stored; /* of these, those that grow with n */
};

/* y[n][d]: the outputs of the last layer; NULL: they are dropped. at[n], unless NULL: the steps after each
 * position (of a block: after all of it). */
void recur_run(const struct recur_job *job, double *y, uint64_t *at, struct recur_cost *cost);

/* What the laws say, for any size.
 *
 * RECUR_CACHED: N L(L+1)/2.
 *
 * RECUR_RECOMPUTE: T_N(i) = sum_{j<=i} (T_{N-1}(j) + 1) = C(i+N, N) - 1, in all C(L+N+1, N+1) - 1 - L.
 *
 * RECUR_FORWARD, RECUR_MINIMAL, RECUR_ABSORBED: T_N(i) = T_{N-1}(i) + sum_{j<=i} (T_{N-1}(j) + 1) =
 * sum_{k=1..N} C(N,k) C(i+k-1, k), in all sum_{k=1..N} C(N,k) C(L+k, k+1).
 *
 * RECUR_CHECKPOINT: the sum of RECUR_RECOMPUTE over the segments of s layers, and of what is left of them.
 *
 * RECUR_BLOCK: with n = ceil(L/B) blocks C(n+N+1, N+1) - 1 - n pairs, of which C(n+N, N) - 1 lie on the
 * diagonal, where B(B+1)/2 of the B^2 steps are done.
 */
struct recur_shape {
    enum recur_mode mode;
    uint64_t layers, n, s, block;
};

void recur_steps(mpz_t steps, const struct recur_shape *shape);
void recur_pairs(mpz_t pairs, const struct recur_shape *shape);
/* Numbers held, d a vector. */
void recur_numbers(mpz_t numbers, const struct recur_shape *shape, uint64_t d);
/* T_N(i), i from 1, of RECUR_RECOMPUTE, or of RECUR_FORWARD, RECUR_MINIMAL and RECUR_ABSORBED. */
void recur_steps_at(mpz_t steps, enum recur_mode mode, uint64_t layers, uint64_t i);

/* Why a run of this shape is refused: a line with the prediction and the limit (free it); NULL when it is
 * not. */
char *recur_refusal(const struct recur_shape *shape, uint64_t d);

enum { RECUR_STEPS_MAX = 2000000000, RECUR_NUMBERS_MAX = 250000000 };

/* ---- pieces, for kernels and tests ---- */

/* out[d] = x[d] w[d][d]. */
void recur_apply(size_t d, const double *x, const double *w, double *out);
const double *recur_weight(const struct recur_network *network, size_t layer, size_t which);

#endif
