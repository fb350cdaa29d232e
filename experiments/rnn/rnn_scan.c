/* Affine maps as elements of a prefix scan. The map of an element is x -> J x + b; left is applied first. */
#include <string.h>

#include "rnn.h"

size_t rnn_dense_size(size_t d)
{
    return (d * d + d) * sizeof(double);
}

/* C = A B, c += A b, row by row so that the inner loop runs along rows of B. */
__attribute__((optimize("O3"), target_clones("arch=x86-64-v4", "arch=haswell", "default"))) static void
product(size_t d, const double *restrict a, const double *restrict b, double *restrict c)
{
    for (size_t i = 0; i < d; i++) {
        double *row = c + i * d;
        memset(row, 0, d * sizeof *row);
        for (size_t k = 0; k < d; k++)
            for (size_t j = 0; j < d; j++)
                row[j] += a[i * d + k] * b[k * d + j];
    }
}

void rnn_combine_dense(void *out, const void *left, const void *right, const void *context)
{
    size_t d = *(const size_t *)context;
    const double *first = left, *second = right;
    double *j = out, *b = j + d * d;
    product(d, second, first, j);
    memcpy(b, second + d * d, d * sizeof *b);
    rnn_add_product(d, d, second, first + d * d, b);
}

void rnn_combine_dense_swapped(void *out, const void *left, const void *right, const void *context)
{
    rnn_combine_dense(out, right, left, context);
}

void rnn_combine_diagonal(void *out, const void *left, const void *right, const void *context)
{
    size_t d = *(const size_t *)context;
    const double *first = left, *second = right;
    double *both = out;
    for (size_t i = 0; i < d; i++) {
        both[i] = second[i] * first[i];
        both[d + i] = second[i] * first[d + i] + second[d + i];
    }
}

void rnn_combine_diagonal_swapped(void *out, const void *left, const void *right, const void *context)
{
    rnn_combine_diagonal(out, right, left, context);
}

void rnn_combine_complex(void *out, const void *left, const void *right, const void *context)
{
    size_t d = *(const size_t *)context;
    const double complex *first = left, *second = right;
    double complex *both = out;
    for (size_t i = 0; i < d; i++) {
        both[i] = second[i] * first[i];
        both[d + i] = second[i] * first[d + i] + second[d + i];
    }
}

void rnn_combine_float(void *out, const void *left, const void *right, const void *context)
{
    size_t d = *(const size_t *)context;
    const float *first = left, *second = right;
    float *j = out, *b = j + d * d;
    for (size_t i = 0; i < d; i++) {
        float *row = j + i * d, sum = second[d * d + i];
        memset(row, 0, d * sizeof *row);
        for (size_t k = 0; k < d; k++) {
            for (size_t l = 0; l < d; l++)
                row[l] += second[i * d + k] * first[k * d + l];
            sum += second[i * d + k] * first[d * d + k];
        }
        b[i] = sum;
    }
}

struct scan_cost rnn_scan(enum rnn_order order, size_t blocks, const struct scan_operation *operation,
                          size_t n, void *elements)
{
    switch (order) {
    case RNN_ODD_EVEN:
        return scan_odd_even(operation, n, elements);
    case RNN_DOUBLING:
        return scan_doubling(operation, n, elements);
    case RNN_BLOCKS:
        return scan_blocks(operation, n, elements, blocks, 1);
    default:
        return scan_sequential(operation, n, elements);
    }
}
