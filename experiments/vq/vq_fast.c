#include <stdlib.h>
#include <string.h>

#include <cblas.h>

#include "attention.h"
#include "base.h"
#include "nn_math.h"
#include "vq.h"

enum { LANES = 16, ASSIGN_BLOCK = 64 };

/* The lowest index among the least of half[s] - product[s]: a pass for the value, which is kept in product,
 * and one for the first place it stands at. One pass with values and places in sixteen lanes is not
 * vectorized by gcc 12. */
NN_CLONES __attribute__((optimize("O3"))) static int32_t least(size_t c, const float *half, float *product)
{
    float best[LANES], bottom;
    int32_t at[LANES], first;
    for (size_t l = 0; l < LANES; l++)
        best[l] = __builtin_inff();
    size_t s = 0;
    for (; s + LANES <= c; s += LANES)
        for (size_t l = 0; l < LANES; l++) {
            product[s + l] = half[s + l] - product[s + l];
            best[l] = product[s + l] < best[l] ? product[s + l] : best[l];
        }
    for (; s < c; s++) {
        product[s] = half[s] - product[s];
        best[0] = product[s] < best[0] ? product[s] : best[0];
    }
    bottom = best[0];
    for (size_t l = 1; l < LANES; l++)
        bottom = best[l] < bottom ? best[l] : bottom;
    for (size_t l = 0; l < LANES; l++)
        at[l] = INT32_MAX;
    for (s = 0; s + LANES <= c; s += LANES)
        for (size_t l = 0; l < LANES; l++) {
            int32_t here = product[s + l] == bottom ? (int32_t)(s + l) : INT32_MAX;
            at[l] = here < at[l] ? here : at[l];
        }
    first = INT32_MAX;
    for (size_t l = 0; l < LANES; l++)
        first = at[l] < first ? at[l] : first;
    for (; first == INT32_MAX && s < c; s++)
        first = product[s] == bottom ? (int32_t)s : first;
    return first == INT32_MAX ? 0 : first;
}

/* w[j] = e[at[j]]: the pick-out. Returns the sum. */
NN_CLONES __attribute__((optimize("O3"))) static float pick(size_t n, const float *e, const int32_t *at,
                                                            float *w)
{
    float lane[LANES] = {0}, total = 0;
    size_t j = 0;
    for (; j + LANES <= n; j += LANES)
        for (size_t l = 0; l < LANES; l++) {
            w[j + l] = e[at[j + l]];
            lane[l] += w[j + l];
        }
    for (; j < n; j++) {
        w[j] = e[at[j]];
        lane[0] += w[j];
    }
    for (int l = 0; l < LANES; l++)
        total += lane[l];
    return total;
}

NN_CLONES __attribute__((optimize("O3"))) static void add_row(size_t n, const float *x, float *y)
{
    for (size_t a = 0; a < n; a++)
        y[a] += x[a];
}

NN_CLONES __attribute__((optimize("O3"))) static void scale_row(size_t n, float factor, float *y)
{
    for (size_t a = 0; a < n; a++)
        y[a] *= factor;
}

static void half_norms(size_t c, size_t dk, const float *centers, float *half)
{
    for (size_t s = 0; s < c; s++)
        half[s] = 0.5f * cblas_sdot((int)dk, centers + s * dk, 1, centers + s * dk, 1);
}

/* product[n][c] = x y^T */
static void products(size_t n, size_t c, size_t dk, const float *x, const float *y, float *product)
{
    cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasTrans, (int)n, (int)c, (int)dk, 1, x, (int)dk, y, (int)dk,
                0, product, (int)c);
}

/* o[n][dv] = beta o + w[n][m] v[m][dv], w with rows `stride` apart */
static void add_values(size_t n, size_t m, size_t dv, const float *w, size_t stride, const float *v,
                       float beta, float *o)
{
    cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, (int)n, (int)dv, (int)m, 1, w, (int)stride, v,
                (int)dv, beta, o, (int)dv);
}

void vq_assign_fast(size_t n, size_t c, size_t dk, const float *k, const float *centers, const float *half,
                    int32_t *code, float *room)
{
    for (size_t begin = 0; begin < n;
         begin += ASSIGN_BLOCK) { /* a block's products stay in the second-level cache */
        size_t rows = n - begin < ASSIGN_BLOCK ? n - begin : ASSIGN_BLOCK;
        products(rows, c, dk, k + begin * dk, centers, room);
        for (size_t i = 0; i < rows; i++)
            code[begin + i] = least(c, half, room + i * c);
    }
}

size_t vq_causal_room(size_t dk, size_t dv, size_t c, size_t l)
{
    size_t rows = l > ASSIGN_BLOCK ? l : ASSIGN_BLOCK;
    /* half, counts; centers in order; value sums; scores of a block; its own weights; ranks, places, prefixes
     * as int32 */
    return 2 * c + c * dk + c * dv + rows * c + l * l + c + 2 * l;
}

void vq_causal_fast(size_t n, size_t dk, size_t dv, size_t c, size_t l, const float *q, const float *k,
                    const float *v, const float *centers, int32_t *code, float *o, float *room)
{
    float *half = room, *count = half + c, *ordered = count + c, *sum = ordered + c * dk, *e = sum + c * dv;
    float *own = e + (l > ASSIGN_BLOCK ? l : ASSIGN_BLOCK) * c;
    int32_t *rank = (int32_t *)(void *)(own + l * l), *place = rank + c, *prefix = place + l;
    size_t active = 0; /* codes seen so far; rank[s]: when s was first seen */
    half_norms(c, dk, centers, half);
    memset(count, 0, c * sizeof *count);
    memset(sum, 0, c * dv * sizeof *sum);
    for (size_t s = 0; s < c; s++)
        rank[s] = -1;
    for (size_t begin = 0; begin < n; begin += l) {
        size_t rows = n - begin < l ? n - begin : l, before = active;
        vq_assign_fast(rows, c, dk, k + begin * dk, centers, half, code + begin, e);
        for (size_t i = 0; i < rows; i++) {
            int32_t s = code[begin + i];
            if (rank[s] < 0) {
                rank[s] = (int32_t)active;
                memcpy(ordered + active++ * dk, centers + (size_t)s * dk, dk * sizeof *ordered);
            }
            place[i] = rank[s];
            prefix[i] = (int32_t)active;
        }
        products(rows, active, dk, q + begin * dk, ordered, e);
        for (size_t i = 0; i < rows; i++) {
            float *row = e + i * active, *mine = own + i * rows;
            size_t sees = (size_t)prefix[i];
            attention_exp_sum(row, sees, attention_largest(row, sees));
            float z = cblas_sdot((int)before, row, 1, count, 1) + pick(i + 1, row, place, mine);
            memset(mine + i + 1, 0, (rows - i - 1) * sizeof *mine);
            scale_row(before, 1 / z, row);
            scale_row(i + 1, 1 / z, mine);
        }
        add_values(rows, rows, dv, own, rows, v + begin * dv, 0, o + begin * dv);
        if (before)
            add_values(rows, before, dv, e, active, sum, 1, o + begin * dv);
        for (size_t i = 0; i < rows; i++) {
            count[place[i]]++;
            add_row(dv, v + (begin + i) * dv, sum + (size_t)place[i] * dv);
        }
    }
}

void vq_encoder_fast(size_t n, size_t dk, size_t dv, size_t c, size_t l, const float *q, const float *k,
                     const float *v, const float *centers, int32_t *code, float *o, float *room)
{
    float *half = room, *count = half + c, *ordered = count + c, *sum = ordered + c * dk, *e = sum + c * dv;
    int32_t *rank = (int32_t *)(void *)(e + (l > ASSIGN_BLOCK ? l : ASSIGN_BLOCK) * c + l * l);
    size_t active = 0;
    half_norms(c, dk, centers, half);
    memset(count, 0, c * sizeof *count);
    memset(sum, 0, c * dv * sizeof *sum);
    for (size_t s = 0; s < c; s++)
        rank[s] = -1;
    vq_assign_fast(n, c, dk, k, centers, half, code, e);
    for (size_t j = 0; j < n; j++) {
        int32_t s = code[j];
        if (rank[s] < 0) {
            rank[s] = (int32_t)active;
            memcpy(ordered + active++ * dk, centers + (size_t)s * dk, dk * sizeof *ordered);
        }
        count[rank[s]]++;
        add_row(dv, v + j * dv, sum + (size_t)rank[s] * dv);
    }
    for (size_t begin = 0; begin < n; begin += l) {
        size_t rows = n - begin < l ? n - begin : l;
        products(rows, active, dk, q + begin * dk, ordered, e);
        for (size_t i = 0; i < rows; i++) {
            float *row = e + i * active;
            attention_exp_sum(row, active, attention_largest(row, active));
            scale_row(active, 1 / cblas_sdot((int)active, row, 1, count, 1), row);
        }
        add_values(rows, active, dv, e, active, sum, 0, o + begin * dv);
    }
}
