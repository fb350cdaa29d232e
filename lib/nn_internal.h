/* What the files of nn share. Not for users of nn.h. */
#ifndef NN_INTERNAL_H
#define NN_INTERNAL_H

#include "nn.h"

/* Hot loops are compiled for three instruction sets and chosen when the program is loaded. */
#if defined(__x86_64__) && !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
#define NN_CLONES __attribute__((target_clones("avx512f", "arch=haswell", "default")))
#else
#define NN_CLONES
#endif
#define NN_INLINE static inline __attribute__((always_inline))

enum { NN_LANES = 16, NN_RANGE = 16384, NN_ROWS = 128 };

struct nn_chunk {
    struct nn_chunk *below;
    unsigned char *bytes;
    size_t size, used;
};

struct nn_spare {
    float *value;
    size_t size;
};

struct nn_tape {
    int threads;
    struct nn_chunk *chunk; /* the newest; others hang below */
    struct nn_tensor **node;
    size_t nodes, node_room;
    struct nn_spare *spare; /* recycled gradients */
    size_t spares, spare_room;
    bool restricted; /* backward passes gradients to marked tensors only */
    bool timing;
    struct nn_usage usage;
};

/* ---- memory ---- */

/* Uninitialized memory of the step, aligned to 64 bytes. */
void *nn_memory(struct nn_tape *tape, size_t count, size_t size);

/* Scratch memory within one operation: everything taken after the mark goes back. */
struct nn_mark {
    struct nn_chunk *chunk;
    size_t used;
};
struct nn_mark nn_scratch_mark(const struct nn_tape *tape);
void nn_scratch_release(struct nn_tape *tape, struct nn_mark mark);

/* A new node with uninitialized value (none when value is false), recorded on the tape. */
struct nn_tensor *nn_node(struct nn_tape *tape, struct nn_shape shape, bool value, int inputs,
                          struct nn_tensor *const *input,
                          void (*backward)(struct nn_tape *, struct nn_tensor *));

/* Where the gradient of x goes; *add says whether there is a sum already (else the memory is not initialized,
 * and must be filled). NULL when x wants no gradient. */
float *nn_grad_open(struct nn_tape *tape, struct nn_tensor *x, bool *add);
/* The same, but may hand over the memory of y's gradient (then the result equals y->grad as it was, *add is
 * false, and the operation must work in place). Only as the last use of y->grad. */
float *nn_grad_steal(struct nn_tape *tape, struct nn_tensor *y, struct nn_tensor *x, bool *add);
bool nn_grad_wanted(const struct nn_tape *tape, const struct nn_tensor *x);

_Noreturn void nn_refuse(const char *operation, const char *why);

/* ---- work ---- */

/* body(context, i) for i in 0 .. count-1, on the threads of the tape; the pieces must be independent. */
void nn_parallel(struct nn_tape *tape, size_t count, void (*body)(void *context, size_t i), void *context);

/* C (m x n) = op(A) op(B) + beta C; lda, ldb, ldc: row lengths as stored. One thread, for use inside pieces.
 */
void nn_gemm_piece(char ta, char tb, size_t m, size_t n, size_t k, const float *a, size_t lda, const float *b,
                   size_t ldb, float beta, float *c, size_t ldc);
/* The same cut into pieces by shape, on the threads of the tape; counted as GEMM. */
void nn_gemm(struct nn_tape *tape, char ta, char tb, size_t m, size_t n, size_t k, const float *a, size_t lda,
             const float *b, size_t ldb, float beta, float *c, size_t ldc);
double nn_clock(const struct nn_tape *tape); /* seconds while timing, else 0 */

/* y = f(x) in place allowed; dx (+)= dy f'(x), dx may be dy. x may be NULL for activations known by y
 * (identity, relu, tanh, sigmoid). */
void nn_activation_value(enum nn_activation f, const float *x, float *y, size_t n);
void nn_activation_slope(enum nn_activation f, const float *x, const float *y, const float *dy, float *dx,
                         size_t n, bool add);
bool nn_activation_needs_input(enum nn_activation f);
/* t f'(z) as a differentiable tensor; y = f(z) may serve instead of z where it can. */
struct nn_tensor *nn_activation_tangent(struct nn_tape *tape, enum nn_activation f, struct nn_tensor *z,
                                        struct nn_tensor *y, struct nn_tensor *t);

/* sum[j] (+)= sum over rows of x[row, j]: x (rows, n), added in blocks of NN_ROWS rows. */
void nn_column_sum(struct nn_tape *tape, const float *x, size_t rows, size_t n, float *sum, bool add);
double nn_sum_of(const float *x, size_t n);

NN_INLINE size_t nn_last(const struct nn_tensor *x) {
    return x->shape.dim[x->shape.rank - 1];
}

NN_INLINE size_t nn_min(size_t a, size_t b) {
    return a < b ? a : b;
}

#endif
