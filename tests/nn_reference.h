/* The operations of lib/nn.h in float64, slow and obvious: the oracle of the fast ones. Nothing is shared
 * with them. Arrays are row-major; results are written, not added to. */
#ifndef NN_REFERENCE_H
#define NN_REFERENCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "nn.h"

enum reference_function {
    REFERENCE_IDENTITY,
    REFERENCE_RELU,
    REFERENCE_TANH,
    REFERENCE_SIGMOID,
    REFERENCE_SILU,
    REFERENCE_GELU,
    REFERENCE_EXP,
    REFERENCE_LOG,
    REFERENCE_SQRT,
    REFERENCE_SQUARE,
    REFERENCE_ABS,
    REFERENCE_RECIPROCAL,
    REFERENCE_SOFTPLUS,
    REFERENCE_STEP,
    REFERENCE_FUNCTIONS
};
double reference_apply(enum reference_function f, double x);

/* y (n) with shape `shape` = a op b, op '+', '-', '*', operands broadcast. */
void reference_binary(char op, const double *a, struct nn_shape sa, const double *b, struct nn_shape sb,
                      double *y, struct nn_shape shape);
/* y (batch, m, n); b_batched: b has a matrix for each of the batch. */
void reference_matmul(const double *a, char ta, const double *b, char tb, bool b_batched, size_t batch,
                      size_t m, size_t n, size_t k, double *y);
/* x (rows, n) or NULL, w (n, m), table (., m) or NULL with index[rows], b (m) or NULL -> y (rows, m); *least
 * becomes the least |argument| the activation saw, if smaller (NULL: not wanted). */
void reference_dense(const double *x, const double *w, const double *table, const int32_t *index,
                     const double *b, size_t rows, size_t n, size_t m, enum reference_function f, double *y,
                     double *least);
void reference_gather(const double *table, const int32_t *index, size_t rows, size_t n, double *y);
void reference_softmax(const double *x, size_t rows, size_t n, bool log, double *y);
double reference_cross_entropy(const double *x, const int32_t *label, size_t rows, size_t n);
double reference_binary_cross_entropy(const double *x, const float *target, size_t n);
/* gain, bias may be NULL */
void reference_norm(const double *x, const double *gain, const double *bias, double epsilon, bool centred,
                    size_t rows, size_t n, double *y);
void reference_sum_axis(const double *x, struct nn_shape shape, int axis, bool mean, double *y);
void reference_permute(const double *x, struct nn_shape shape, const int *order, double *y);
void reference_slice(const double *x, struct nn_shape shape, int axis, size_t begin, size_t count, double *y);
void reference_concat(const double *a, struct nn_shape sa, const double *b, struct nn_shape sb, int axis,
                      double *y);
/* q (B, tq, heads d), k (B, tk, heads d), v (B, tk, heads e) -> y (B, tq, heads e); bias as in how->bias, or
 * NULL. */
void reference_attend(const double *q, const double *k, const double *v, const double *bias,
                      const struct nn_attention *how, size_t batch, size_t tq, size_t tk, size_t d, size_t e,
                      double *y);

/* Parameters of a pre-norm block in the order gain1, bias1, gain2, bias2, then w, b of qkv, proj, up, down.
 */
void reference_block(const double *x, const double *const parameter[12], const struct nn_attention *how,
                     size_t batch, size_t t, size_t width, size_t hidden, double *y);

#endif
