/* exp, log, tanh and friends in float32 without branches, so that loops over them vectorize.
 *
 * Bounds of the relative error, checked by tests/test_nn_train.c over all exponents: nn_expf 2 eps where the
 * result is normal (it underflows gradually to 0 and overflows to infinity), nn_logf 3.5 eps,
 * nn_log1p_unit 3.5 eps on [0, 1], nn_expm1_negative 3.5 eps, nn_tanhf 5 eps, nn_sigmoidf 4 eps, with eps =
 * 2^-24 (half an ulp of 1). NaN gives NaN.
 */
#ifndef NN_MATH_H
#define NN_MATH_H

#include <stdint.h>
#include <string.h>

#include "nn_internal.h"

NN_INLINE float nn_float_of(uint32_t bits) {
    float x;
    memcpy(&x, &bits, sizeof x);
    return x;
}

NN_INLINE uint32_t nn_bits_of(float x) {
    uint32_t bits;
    memcpy(&bits, &x, sizeof bits);
    return bits;
}

/* x = n ln 2 + r, |r| <= ln2/2; returns r and the integer n. Adding 1.5 2^23 rounds to an integer. */
NN_INLINE float nn_reduce(float x, uint32_t *n) {
    const float magic = 12582912.0f;
    float t = x * 1.44269504f + magic;
    *n = nn_bits_of(t) - nn_bits_of(magic);
    float f = t - magic;
    return (x - f * 0.693359375f) - f * -2.12194440e-4f;
}

/* exp(r) - 1 - r on |r| <= ln2/2, near-minimax (Cephes expf). */
NN_INLINE float nn_exp_tail(float r) {
    float p = 1.9875691500e-4f;
    p = p * r + 1.3981999507e-3f;
    p = p * r + 8.3334519073e-3f;
    p = p * r + 4.1665795894e-2f;
    p = p * r + 1.6666665459e-1f;
    p = p * r + 5.0000001201e-1f;
    return p * r * r;
}

/* exp(x): 2^n in two factors, so that n from -151 to 129 works. */
NN_INLINE float nn_expf(float x) {
    uint32_t n;
    x = x > 89.0f ? 89.0f : x;
    x = x < -105.0f ? -105.0f : x;
    float r = nn_reduce(x, &n);
    float p = 1.0f + (r + nn_exp_tail(r));
    uint32_t half = (uint32_t)((int32_t)n >> 1);
    return p * nn_float_of((half + 127u) << 23) * nn_float_of((n - half + 127u) << 23);
}

/* exp(x) for x <= 0, 0 below -87: one factor suffices. What softmax needs. */
NN_INLINE float nn_exp_negative(float x) {
    uint32_t n;
    float c = x < -87.0f ? -87.0f : x;
    float r = nn_reduce(c, &n);
    float p = 1.0f + (r + nn_exp_tail(r));
    float y = p * nn_float_of((n + 127u) << 23);
    return x < -87.0f ? 0.0f : y;
}

/* exp(x) - 1 for x <= 0. */
NN_INLINE float nn_expm1_negative(float x) {
    uint32_t n;
    x = x < -30.0f ? -30.0f : x;
    float r = nn_reduce(x, &n);
    float q = r + nn_exp_tail(r);
    float s = nn_float_of((n + 127u) << 23);
    return s * q + (s - 1.0f);
}

/* 2 atanh(s) = log((1 + s)/(1 - s)) by its series, |s| <= 1/3. */
NN_INLINE float nn_atanh_twice(float s) {
    float z = s * s;
    float p = 2.0f / 17.0f;
    p = p * z + 2.0f / 15.0f;
    p = p * z + 2.0f / 13.0f;
    p = p * z + 2.0f / 11.0f;
    p = p * z + 2.0f / 9.0f;
    p = p * z + 2.0f / 7.0f;
    p = p * z + 2.0f / 5.0f;
    p = p * z + 2.0f / 3.0f;
    return 2.0f * s + p * z * s;
}

/* log(1 + x), 0 <= x <= 1. */
NN_INLINE float nn_log1p_unit(float x) {
    return nn_atanh_twice(x / (2.0f + x));
}

NN_INLINE float nn_logf(float x) {
    float scaled = x < 1.17549435e-38f ? x * 8388608.0f : x;
    float shift = x < 1.17549435e-38f ? -23.0f : 0.0f;
    uint32_t bits = nn_bits_of(scaled) - 0x3f3504f3u; /* sqrt(1/2) */
    float e = (float)((int32_t)bits >> 23) + shift;
    float m = nn_float_of((bits & 0x007fffffu) + 0x3f3504f3u);
    float y = e * -2.12194440e-4f + nn_atanh_twice((m - 1.0f) / (m + 1.0f)) + e * 0.693359375f;
    y = x > 3.4e38f ? x + 0.0f : y;
    y = x == 0.0f ? -__builtin_inff() : y;
    y = x < 0.0f ? __builtin_nanf("") : y;
    return x != x ? x : y;
}

NN_INLINE float nn_tanhf(float x) {
    float a = __builtin_fabsf(x);
    float e = nn_expm1_negative(-2.0f * a);
    return __builtin_copysignf(-e / (2.0f + e), x);
}

NN_INLINE float nn_sigmoidf(float x) {
    return 1.0f / (1.0f + nn_expf(-x));
}

/* log(1 + exp(x)). */
NN_INLINE float nn_softplusf(float x) {
    float a = __builtin_fabsf(x);
    float positive = x < 0.0f ? 0.0f : x;
    return positive + nn_log1p_unit(nn_exp_negative(-a));
}

/* Argument 2 sqrt(2/pi) (x + 0.044715 x^3) of the sigmoid in the tanh form of GELU, and its derivative. */
NN_INLINE float nn_gelu_argument(float x) {
    return x * (1.5957691216f + 0.0713548162726f * x * x);
}

NN_INLINE float nn_gelu_argument_slope(float x) {
    return 1.5957691216f + 0.2140644488178f * x * x;
}

/* ---- lanes: reductions over a row in NN_LANES running sums, so that they vectorize in a fixed order ---- */

NN_INLINE float nn_lanes_sum(const float lane[NN_LANES]) {
    float half[8];
    for (int l = 0; l < 8; l++) {
        half[l] = lane[l] + lane[l + 8];
    }
    return ((half[0] + half[4]) + (half[1] + half[5])) + ((half[2] + half[6]) + (half[3] + half[7]));
}

NN_INLINE float nn_row_sum(const float *x, size_t n) {
    float lane[NN_LANES] = {0};
    size_t i = 0;
    for (; i + NN_LANES <= n; i += NN_LANES) {
        for (int l = 0; l < NN_LANES; l++) {
            lane[l] += x[i + (size_t)l];
        }
    }
    for (int l = 0; i < n; i++, l++) {
        lane[l] += x[i];
    }
    return nn_lanes_sum(lane);
}

NN_INLINE float nn_row_dot(const float *x, const float *y, size_t n) {
    float lane[NN_LANES] = {0};
    size_t i = 0;
    for (; i + NN_LANES <= n; i += NN_LANES) {
        for (int l = 0; l < NN_LANES; l++) {
            lane[l] += x[i + (size_t)l] * y[i + (size_t)l];
        }
    }
    for (int l = 0; i < n; i++, l++) {
        lane[l] += x[i] * y[i];
    }
    return nn_lanes_sum(lane);
}

NN_INLINE float nn_row_max(const float *x, size_t n) {
    float lane[NN_LANES];
    for (int l = 0; l < NN_LANES; l++) {
        lane[l] = x[0];
    }
    size_t i = 0;
    for (; i + NN_LANES <= n; i += NN_LANES) {
        for (int l = 0; l < NN_LANES; l++) {
            float a = x[i + (size_t)l];
            lane[l] = a > lane[l] ? a : lane[l];
        }
    }
    float max = x[0];
    for (; i < n; i++) {
        max = x[i] > max ? x[i] : max;
    }
    for (int l = 0; l < NN_LANES; l++) {
        max = lane[l] > max ? lane[l] : max;
    }
    return max;
}

/* y = exp(x - max), returns the sum */
NN_INLINE float nn_row_exp(const float *x, float *y, size_t n, float max) {
#pragma GCC ivdep
    for (size_t i = 0; i < n; i++) {
        y[i] = nn_exp_negative(x[i] - max);
    }
    return nn_row_sum(y, n);
}

#endif
