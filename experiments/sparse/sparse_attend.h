/* Attention over the patterns of sparse.h in time and memory proportional to the pairs, in float32 and
 * float64.
 *
 * A pattern is cut into dense problems: an atrous one into its residue classes, gathered into contiguous
 * buffers; a fixed2 one into its summary columns, gathered once; a local one into blocks of queries against
 * the band they see. Each block of queries gives (m, z, y) = (largest score, sum of e^(s - m), sum of e^(s -
 * m) v) for its keys, in tiles of keys, and partial results are merged (attention.h): the parts of the merged
 * patterns are disjoint, the overlap left out of the strided one. Nothing n x n is ever held.
 *
 * The plain reference is attention_dense with sparse_attention_sees.
 */
#ifndef SPARSE_ATTEND_H
#define SPARSE_ATTEND_H

#include "sparse.h"

/* How a block of scores is multiplied: by GEMM over the hull of what its queries see, or pair by pair in
 * plain loops over exactly what they see (vectorized over the dimension). */
enum sparse_engine { SPARSE_GEMM, SPARSE_LOOPS };

/* Wrong variants, for controls. */
enum sparse_fault {
    SPARSE_RIGHT,
    SPARSE_OVERLAP_TWICE /* the merged pattern's parts as they are: distances 0 and k counted twice */
};

struct sparse_float { /* q, k: [n][dk], v: [n][dv], row-major; n, dk, dv >= 1 */
    size_t n, dk, dv;
    const float *q, *k, *v;
    float scale;
};

struct sparse_double {
    size_t n, dk, dv;
    const double *q, *k, *v;
    double scale;
};

/* Room that the kernels need, in numbers of their type. O(n (dk + dv)) for gathered keys at most; scores take
 * a constant (sparse_attend_scores). */
size_t sparse_attend_room(const struct sparse_set *set, size_t n, size_t dk, size_t dv);
/* Scores held at a time, at most. */
size_t sparse_attend_scores(const struct sparse_set *set, size_t n);

/* o[n][dv]. Any pattern but `level`. Returns 0, or -1 when an input is not finite, a score overflows, or a
 * query sees no key (o is then undefined). One thread. */
int sparse_attend_float(const struct sparse_float *problem, const struct sparse_set *set,
                        enum sparse_engine engine, enum sparse_fault fault, float *o, float *room);
int sparse_attend_double(const struct sparse_double *problem, const struct sparse_set *set,
                         enum sparse_engine engine, enum sparse_fault fault, double *o, double *room);

#endif
