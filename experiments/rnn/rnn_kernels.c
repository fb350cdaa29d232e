/* The hot loops, vectorized. Sums run in eight accumulators whatever the processor, so that a product is the
 * same to the last bit wherever it is computed. */
#include <math.h>
#include <string.h>

#include "rnn.h"

/* glibc's vector library has tanh (4 ulp); telling the compiler so is all it takes. */
double tanh(double) __attribute__((simd("notinbranch")));

#define CLONES __attribute__((optimize("O3"), target_clones("arch=x86-64-v4", "arch=haswell", "default")))

CLONES void rnn_tanh(size_t n, double *x)
{
#pragma omp simd
    for (size_t i = 0; i < n; i++)
        x[i] = tanh(x[i]);
}

CLONES void rnn_add_product(size_t rows, size_t columns, const double *restrict a, const double *restrict v,
                            double *restrict out)
{
    for (size_t i = 0; i < rows; i++) {
        const double *row = a + i * columns;
        double lane[8] = {0}, rest = 0;
        size_t j = 0;
        for (; j + 8 <= columns; j += 8)
            for (size_t l = 0; l < 8; l++)
                lane[l] += row[j + l] * v[j + l];
        for (; j < columns; j++)
            rest += row[j] * v[j];
        out[i] +=
            ((lane[0] + lane[4]) + (lane[1] + lane[5])) + ((lane[2] + lane[6]) + (lane[3] + lane[7])) + rest;
    }
}

CLONES void rnn_recur_complex(size_t d, size_t steps, const double *lambda_re, const double *lambda_im,
                              double *re, double *im)
{
    for (size_t t = 1; t < steps; t++) {
        const double *before_re = re + (t - 1) * d, *before_im = im + (t - 1) * d;
        double *restrict now_re = re + t * d, *restrict now_im = im + t * d;
#pragma omp simd
        for (size_t i = 0; i < d; i++) {
            now_re[i] += lambda_re[i] * before_re[i] - lambda_im[i] * before_im[i];
            now_im[i] += lambda_re[i] * before_im[i] + lambda_im[i] * before_re[i];
        }
    }
}
