#include "fast.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <cblas.h>

#include "attention.h"
#include "base.h"
#include "nn_math.h"

#define FAST_LOOP NN_CLONES __attribute__((optimize("O3")))

static float *room(struct fast *fast, size_t count)
{
    fast->bytes += count * sizeof(float);
    return base_alloc(count, sizeof(float));
}

struct fast *fast_new(enum fast_method method, size_t d, size_t m, size_t dv, float tau, const float *omega)
{
    struct fast *fast = base_alloc(1, sizeof *fast);
    *fast = (struct fast){.method = method, .d = d, .m = m, .dv = dv, .tau = tau};
    fast->omega = room(fast, m * d);
    fast->half = room(fast, m);
    fast->top = room(fast, m);
    fast->grown = room(fast, m);
    fast->z = room(fast, m);
    fast->sum = room(fast, m * dv);
    fast->a = room(fast, FAST_BLOCK * m);
    fast->b = room(fast, FAST_BLOCK * m);
    fast->own = room(fast, (size_t)FAST_BLOCK * FAST_BLOCK);
    memcpy(fast->omega, omega, m * d * sizeof *omega);
    for (size_t i = 0; i < m; i++)
        for (size_t x = 0; x < d; x++)
            fast->half[i] += omega[i * d + x] * omega[i * d + x] / 2;
    return fast;
}

void fast_free(struct fast *fast)
{
    if (!fast)
        return;
    free(fast->omega);
    free(fast->half);
    free(fast->top);
    free(fast->grown);
    free(fast->z);
    free(fast->sum);
    free(fast->a);
    free(fast->b);
    free(fast->own);
    free(fast);
}

/* C (rows x columns) = op(A) op(B) + beta C, all packed. */
static void gemm(struct fast *fast, CBLAS_TRANSPOSE ta, CBLAS_TRANSPOSE tb, size_t rows, size_t columns,
                 size_t inner, const float *a, const float *b, float beta, float *c)
{
    cblas_sgemm(CblasRowMajor, ta, tb, (int)rows, (int)columns, (int)inner, 1, a,
                (int)(ta == CblasNoTrans ? inner : rows), b, (int)(tb == CblasNoTrans ? columns : inner),
                beta, c, (int)columns);
    fast->multiplies += (double)rows * (double)columns * (double)inner;
}

/* row[i] = (row[i] - half[i])/tau; returns the largest. */
FAST_LOOP static float soft_row(size_t m, const float *half, float scale, float *row)
{
    for (size_t i = 0; i < m; i++)
        row[i] = (row[i] - half[i]) * scale;
    return attention_largest(row, m);
}

FAST_LOOP static float exp_sum(size_t m, const float *row, float shift)
{
    float lane[16] = {0}, total = 0;
    size_t i = 0;
    for (; i + 16 <= m; i += 16)
        for (size_t l = 0; l < 16; l++)
            lane[l] += nn_exp_negative(row[i + l] - shift);
    for (; i < m; i++)
        lane[0] += nn_exp_negative(row[i] - shift);
    for (size_t l = 0; l < 16; l++)
        total += lane[l];
    return total;
}

FAST_LOOP static void shift_row(size_t m, float by, float *row)
{
    for (size_t i = 0; i < m; i++)
        row[i] -= by;
}

FAST_LOOP static void grow(size_t m, const float *row, float *top)
{
    for (size_t i = 0; i < m; i++)
        top[i] = row[i] > top[i] ? row[i] : top[i];
}

FAST_LOOP static void exp_row(size_t m, const float *top, float *row)
{
    for (size_t i = 0; i < m; i++)
        row[i] = nn_exp_negative(row[i] - top[i]);
}

FAST_LOOP static void add_row(size_t m, const float *x, float *y)
{
    for (size_t i = 0; i < m; i++)
        y[i] += x[i];
}

static float dot(size_t m, const float *x, const float *y)
{
    return nn_row_dot(x, y, m);
}

/* Log-features of a block of keys into b, and into `grown` the largest so far. */
static void key_log_features(struct fast *fast, size_t rows, const float *k)
{
    size_t m = fast->m, d = fast->d;
    gemm(fast, CblasNoTrans, CblasTrans, rows, m, d, k, fast->omega, 0, fast->b);
    memcpy(fast->grown, fast->top, m * sizeof *fast->top);
    for (size_t r = 0; r < rows; r++) {
        float *row = fast->b + r * m;
        if (fast->method == FAST_SOFT) {
            float top = soft_row(m, fast->half, 1 / fast->tau, row);
            shift_row(m, top + logf(exp_sum(m, row, top)), row);
            fast->exps += (double)m;
        } else {
            shift_row(m, dot(d, k + r * d, k + r * d) / 2, row);
        }
        grow(m, row, fast->grown);
    }
}

/* The state relative to the larger tops, and b to the features themselves. */
static void key_features(struct fast *fast, size_t rows)
{
    size_t m = fast->m, dv = fast->dv;
    for (size_t i = 0; i < m; i++) {
        if (fast->grown[i] == fast->top[i])
            continue;
        float fade = expf(fast->top[i] - fast->grown[i]);
        fast->z[i] *= fade;
        for (size_t x = 0; x < dv; x++)
            fast->sum[i * dv + x] *= fade;
        fast->top[i] = fast->grown[i];
    }
    for (size_t r = 0; r < rows; r++)
        exp_row(m, fast->top, fast->b + r * m);
    fast->exps += (double)rows * (double)m;
}

static void key_accumulate(struct fast *fast, size_t rows, const float *v)
{
    gemm(fast, CblasTrans, CblasNoTrans, fast->m, fast->dv, rows, fast->b, v, 1, fast->sum);
    for (size_t r = 0; r < rows; r++)
        add_row(fast->m, fast->b + r * fast->m, fast->z);
}

static void query_features(struct fast *fast, size_t rows, const float *q)
{
    size_t m = fast->m;
    gemm(fast, CblasNoTrans, CblasTrans, rows, m, fast->d, q, fast->omega, 0, fast->a);
    for (size_t r = 0; r < rows; r++) {
        float *row = fast->a + r * m;
        add_row(m, fast->top, row);
        attention_exp_sum(row, m, attention_largest(row, m));
    }
    fast->exps += (double)rows * (double)m;
}

/* Rows of a against the state; with `own` also against the keys of their own block up to themselves. */
static int query_output(struct fast *fast, size_t rows, const float *v, int own, float *o)
{
    size_t m = fast->m, dv = fast->dv;
    int status = 0;
    gemm(fast, CblasNoTrans, CblasNoTrans, rows, dv, m, fast->a, fast->sum, 0, o);
    if (own) {
        gemm(fast, CblasNoTrans, CblasTrans, rows, rows, m, fast->a, fast->b, 0, fast->own);
        for (size_t r = 0; r < rows; r++)
            memset(fast->own + r * rows + r + 1, 0, (rows - r - 1) * sizeof *fast->own);
        gemm(fast, CblasNoTrans, CblasNoTrans, rows, dv, rows, fast->own, v, 1, o);
    }
    for (size_t r = 0; r < rows; r++) {
        float z = dot(m, fast->a + r * m, fast->z) + (own ? nn_row_sum(fast->own + r * rows, rows) : 0);
        if (!(z > 0) || !isfinite(z))
            status = -1;
        for (size_t x = 0; x < dv; x++)
            o[r * dv + x] /= z;
    }
    return status;
}

int fast_attend(struct fast *fast, size_t queries, size_t keys, const float *q, const float *k,
                const float *v, int causal, float *o)
{
    size_t d = fast->d, dv = fast->dv;
    int status = 0;
    memset(fast->z, 0, fast->m * sizeof *fast->z);
    memset(fast->sum, 0, fast->m * dv * sizeof *fast->sum);
    for (size_t i = 0; i < fast->m; i++)
        fast->top[i] = -INFINITY;
    for (size_t begin = 0; begin < keys; begin += FAST_BLOCK) {
        size_t rows = keys - begin < FAST_BLOCK ? keys - begin : FAST_BLOCK;
        key_log_features(fast, rows, k + begin * d);
        key_features(fast, rows);
        if (causal) {
            query_features(fast, rows, q + begin * d);
            status |= query_output(fast, rows, v + begin * dv, 1, o + begin * dv);
        }
        key_accumulate(fast, rows, v + begin * dv);
    }
    for (size_t begin = 0; !causal && begin < queries; begin += FAST_BLOCK) {
        size_t rows = queries - begin < FAST_BLOCK ? queries - begin : FAST_BLOCK;
        query_features(fast, rows, q + begin * d);
        status |= query_output(fast, rows, v, 0, o + begin * dv);
    }
    return status;
}
