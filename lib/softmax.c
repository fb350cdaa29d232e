#include "softmax.h"

#include <float.h>
#include <math.h>
#include <stdint.h>
#include <string.h>

/* Scores are taken in pieces that stay in the first-level cache. */
enum { PIECE = 256 };

/* More versions for processors with AVX-512, or AVX2 and FMA, chosen when the program is loaded. (arch=haswell would
 * be chosen on Intel's own processors only.) */
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__)
#define VECTORIZED __attribute__((target_clones("avx512f", "arch=x86-64-v3", "default")))
#else
#define VECTORIZED
#endif

/* ---- exp ---- */

/* exp(y) = 2^k exp(r), |r| <= log(2)/2, exp(r) by its series to degree 13 (remainder 1e-17). Branch-free,
 * so that a loop over it becomes vector instructions; k is found by adding 1.5 * 2^52, which rounds to
 * whole numbers. */
static inline double exp_kernel(double y)
{
    const double shift = 0x1.8p52;
    double clamped = y > -708 ? y : -708;
    clamped = clamped < 709 ? clamped : 709;
    double biased = clamped * 1.4426950408889634074 + shift;
    double k = biased - shift;
    double r = clamped - k * 6.93147180369123816490e-01;
    r -= k * 1.90821492927058770002e-10;
    double q = 1.0 / 6227020800;
    q = q * r + 1.0 / 479001600;
    q = q * r + 1.0 / 39916800;
    q = q * r + 1.0 / 3628800;
    q = q * r + 1.0 / 362880;
    q = q * r + 1.0 / 40320;
    q = q * r + 1.0 / 5040;
    q = q * r + 1.0 / 720;
    q = q * r + 1.0 / 120;
    q = q * r + 1.0 / 24;
    q = q * r + 1.0 / 6;
    q = q * r + 0.5;
    double e = 1 + (r + r * r * q);
    uint64_t power, bits;
    memcpy(&power, &biased, sizeof power);
    memcpy(&bits, &e, sizeof bits);
    bits += power << 52;
    memcpy(&e, &bits, sizeof e);
    e = y < -708 ? 0 : e;
    e = y > 709 ? INFINITY : e;
    return y == y ? e : y;
}

VECTORIZED void softmax_exp(double *y, size_t n)
{
    for (size_t i = 0; i < n; i++)
        y[i] = exp_kernel(y[i]);
}

/* ---- rows ---- */

/* The largest of s; NaN when one is NaN. */
static double largest(const double *s, size_t n, size_t *place)
{
    double top = s[0];
    *place = 0;
    for (size_t i = 0; i < n; i++) {
        if (s[i] > top) {
            top = s[i];
            *place = i;
        } else if (isnan(s[i])) {
            *place = i;
            return s[i];
        }
    }
    return top;
}

/* w[i] = exp(a (s[i] - top)) and d[i] = s[i] - top, with 0 and 0 for masked scores. */
VECTORIZED static void piece_weights(const double *s, size_t n, double a, double top, double *w, double *d)
{
    for (size_t i = 0; i < n; i++) {
        double gap = s[i] - top;
        int masked = gap < -DBL_MAX;
        d[i] = masked ? 0 : gap;
        w[i] = exp_kernel(masked ? -INFINITY : a * gap);
    }
}

/* Sums of w, w^2, d w, d^2 w in eight lanes, so that the order of additions is fixed and vectorizable. */
VECTORIZED static void piece_sums(const double *w, const double *d, double sums[4])
{
    double lanes[4][8] = {{0}};
    for (size_t i = 0; i < PIECE; i += 8)
        for (size_t l = 0; l < 8; l++) {
            double x = w[i + l], dx = d[i + l] * x;
            lanes[0][l] += x;
            lanes[1][l] += x * x;
            lanes[2][l] += dx;
            lanes[3][l] += d[i + l] * dx;
        }
    for (size_t k = 0; k < 4; k++) {
        sums[k] = 0;
        for (size_t l = 0; l < 8; l++)
            sums[k] += lanes[k][l];
    }
}

/* Makes `top` the reference of the sums: the old largest score joins the others. */
static void change_top(struct softmax_sums *sums, double a, double top)
{
    if (sums->begun && sums->top > -INFINITY) {
        double d = sums->top - top, f = exp(a * d);
        /* of score j: d_j + d, weight f w_j; the old top itself has d_j = 0, w_j = 1 */
        sums->v = f * (sums->v + 2 * d * sums->u + d * d * (1 + sums->r));
        sums->u = f * (sums->u + d * (1 + sums->r));
        sums->r2 = f * f * (1 + sums->r2);
        sums->r = f * (1 + sums->r);
    }
    sums->top = top;
    sums->begun = 1;
}

void softmax_sums_push(struct softmax_sums *sums, double a, const double *s, size_t n)
{
    double w[PIECE], d[PIECE], part[4];
    for (size_t begin = 0; begin < n; begin += PIECE) {
        size_t place, count = n - begin < PIECE ? n - begin : PIECE;
        double top = largest(s + begin, count, &place);
        int higher = !sums->begun || !(top <= sums->top); /* a NaN comes to the top and stays there */
        if (sums->begun && isnan(sums->top))
            return;
        if (higher)
            change_top(sums, a, top);
        if (!(sums->top > -INFINITY))
            continue;
        piece_weights(s + begin, count, a, sums->top, w, d);
        if (higher)
            w[place] = 0;
        memset(w + count, 0, (PIECE - count) * sizeof *w);
        memset(d + count, 0, (PIECE - count) * sizeof *d);
        piece_sums(w, d, part);
        sums->r += part[0];
        sums->r2 += part[1];
        sums->u += part[2];
        sums->v += part[3];
    }
}

void softmax_sums_row(const struct softmax_sums *sums, double a, struct softmax_row *row)
{
    double r = sums->r, z = 1 + r;
    if (!sums->begun || !isfinite(sums->top) || !(a >= 0) || isinf(a)) {
        *row = (struct softmax_row){NAN, NAN, NAN, NAN, NAN, NAN, NAN, NAN};
        return;
    }
    double offset = sums->u / z;
    row->top = sums->top;
    row->log_z = a * sums->top + log1p(r);
    row->peak = 1 / z;
    row->entropy = log1p(r) - a * offset;
    row->purity = (1 + sums->r2) / (z * z);
    row->impurity = (2 * r + (r * r - sums->r2)) / (z * z);
    row->score = sums->top + offset;
    row->variance = fmax(sums->v / z - offset * offset, 0);
}

void softmax_row(const double *s, size_t n, double a, struct softmax_row *row)
{
    struct softmax_sums sums = {0};
    softmax_sums_push(&sums, a, s, n);
    softmax_sums_row(&sums, a, row);
}

double softmax_log_sum(const double *z, size_t n)
{
    struct softmax_row row;
    softmax_row(z, n, 1, &row);
    return row.log_z;
}

double softmax_entropy(const double *z, size_t n)
{
    struct softmax_row row;
    softmax_row(z, n, 1, &row);
    return row.entropy;
}

double softmax_weights(const double *z, size_t n, double *p)
{
    struct softmax_row row;
    double w[PIECE], d[PIECE];
    softmax_row(z, n, 1, &row);
    for (size_t begin = 0; begin < n; begin += PIECE) {
        size_t count = n - begin < PIECE ? n - begin : PIECE;
        if (isnan(row.top)) {
            for (size_t i = 0; i < count; i++)
                p[begin + i] = NAN;
            continue;
        }
        piece_weights(z + begin, count, 1, row.top, w, d);
        for (size_t i = 0; i < count; i++)
            p[begin + i] = row.peak * w[i];
    }
    return row.log_z;
}

/* ---- Renyi entropies ---- */

/* From the logarithms of weights relative to the largest: l_i = log(w_i / max w) <= 0. */
static double relative_log(const double *x, size_t i, double top, int logs)
{
    if (logs)
        return x[i] - top;
    double ratio = x[i] / top;
    return ratio >= DBL_MIN ? log(ratio) : log(x[i]) - log(top);
}

static int is_zero(double x, int logs)
{
    return logs ? isinf(x) : x == 0;
}

static double renyi(const double *x, size_t n, double k, int logs)
{
    double top = logs ? -INFINITY : 0, low = INFINITY;
    size_t zeros = 0;
    for (size_t i = 0; i < n; i++) {
        if (!(x[i] <= DBL_MAX) || (!logs && x[i] < 0))
            return NAN;
        top = x[i] > top ? x[i] : top;
        low = x[i] < low ? x[i] : low;
        zeros += (size_t)is_zero(x[i], logs);
    }
    if (isnan(k) || zeros == n)
        return NAN;
    if (k < 0 && zeros)
        return INFINITY;
    if (k == 0)
        return log((double)(n - zeros));
    /* long double: equal terms round alike, and a plain sum of 1e5 of them is off by 1e-11 */
    long double z = 0; /* sum w / max w */
    for (size_t i = 0; i < n; i++)
        z += logs ? exp(x[i] - top) : x[i] / top;
    double log_z = log((double)z);
    if (isinf(k))
        return log_z - (k > 0 ? 0 : relative_log(&low, 0, top, logs));
    if (fabs(k - 1) < 0.5) {
        /* sum p^k = 1 + sum p expm1((k-1) log p); for k = 1 its derivative */
        long double sum = 0;
        for (size_t i = 0; i < n; i++) {
            if (is_zero(x[i], logs))
                continue;
            double l = relative_log(x, i, top, logs) - log_z;
            sum += exp(l) * (k == 1 ? -l : expm1((k - 1) * l));
        }
        return k == 1 ? (double)sum : log1p((double)sum) / (1 - k);
    }
    /* the largest term is that of the largest weight for k > 0, of the smallest for k < 0 */
    double pivot = k > 0 ? 0 : relative_log(&low, 0, top, logs);
    long double sum = 0;
    for (size_t i = 0; i < n; i++)
        if (!is_zero(x[i], logs))
            sum += exp(k * (relative_log(x, i, top, logs) - pivot));
    return (log((double)sum) + k * (pivot - log_z)) / (1 - k);
}

double softmax_renyi(const double *w, size_t n, double k)
{
    return renyi(w, n, k, 0);
}

double softmax_renyi_scores(const double *z, size_t n, double k)
{
    return renyi(z, n, k, 1);
}

double softmax_effective_number(const double *w, size_t n, double k)
{
    return exp(softmax_renyi(w, n, k));
}
