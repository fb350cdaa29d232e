/* Linear attention by random features or codes in float32, blocked, on BLAS: the fast form of what
 * performer.h says in double precision.
 *
 * Keys go by in blocks of 128 rows: one GEMM for the log-features b, the largest of every feature so far
 * (when it grows, what is accumulated for that feature is faded), exp, one GEMM into the state (m numbers and
 * [m][dv]). Queries: one GEMM for a, exp(a + largest b - the row's largest), one GEMM with the state. Causal
 * rows add a masked block against themselves. Memory does not depend on n.
 */
#ifndef PERFORMER_FAST_H
#define PERFORMER_FAST_H

#include <stddef.h>

enum fast_method { FAST_FAVOR, FAST_SOFT };

enum { FAST_BLOCK = 128 };

struct fast {
    enum fast_method method;
    size_t d, m, dv;
    float tau;         /* of FAST_SOFT */
    float *omega;      /* [m][d] */
    float *half;       /* [m], |omega|^2/2 */
    float *top;        /* [m], the largest log-feature so far */
    float *grown;      /* [m], the same with the present block */
    float *z, *sum;    /* [m], [m][dv], relative to top */
    float *a, *b;      /* [FAST_BLOCK][m] */
    float *own;        /* [FAST_BLOCK][FAST_BLOCK] */
    size_t bytes;      /* of all of these */
    double multiplies; /* multiplications within GEMMs since the start */
    double exps;       /* exponentials since then */
};

/* A copy of omega[m][d] is kept; tau > 0 (FAST_SOFT). */
struct fast *fast_new(enum fast_method method, size_t d, size_t m, size_t dv, float tau, const float *omega);
void fast_free(struct fast *fast);

/* o[queries][dv]; causal: queries == keys, row i sees keys j <= i. Returns 0, or -1 when a denominator is 0
 * or not finite, which in the causal case may also happen when within 128 rows a later key's log-feature is
 * 87 above all before it. */
int fast_attend(struct fast *fast, size_t queries, size_t keys, const float *q, const float *k,
                const float *v, int causal, float *o);

#endif
