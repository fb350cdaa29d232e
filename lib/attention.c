#include "attention.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <cblas.h>

#include "base.h"
#include "nn_math.h"
#include "softmax.h"

int attention_causal(size_t query, size_t key, const void *context)
{
    (void)context;
    return key <= query;
}

int attention_dense(const struct attention *attention, double *o, double *weights)
{
    const struct attention *a = attention;
    double *p = base_alloc(a->keys + 1, sizeof *p);
    int status = 0;
    for (size_t i = 0; i < a->queries; i++) {
        size_t seen = 0;
        for (size_t j = 0; j < a->keys; j++) {
            p[j] = -INFINITY;
            if (a->sees && !a->sees(i, j, a->context))
                continue;
            double s = 0;
            for (size_t x = 0; x < a->dk; x++)
                s += a->q[i * a->dk + x] * a->k[j * a->dk + x];
            p[j] = a->scale * s + (a->bias ? a->bias(i, j, a->context) : 0);
            seen++;
            if (!isfinite(p[j]))
                status = -1;
        }
        if (!seen)
            status = -1;
        softmax_weights(p, a->keys, p);
        memset(o + i * a->dv, 0, a->dv * sizeof *o);
        for (size_t j = 0; j < a->keys; j++)
            for (size_t x = 0; p[j] != 0 && x < a->dv; x++)
                o[i * a->dv + x] += p[j] * a->v[j * a->dv + x];
        if (weights)
            memcpy(weights + i * a->keys, p, a->keys * sizeof *p);
    }
    free(p);
    return status;
}

void attention_state_clear(struct attention_state *state, size_t dv)
{
    state->m = -INFINITY;
    state->z = 0;
    memset(state->y, 0, dv * sizeof *state->y);
}

void attention_state_push(struct attention_state *state, size_t dv, double score, const double *v)
{
    double m = fmax(state->m, score);
    double fade = exp(state->m - m), weight = exp(score - m); /* exp(-inf) = 0 for the first */
    state->m = m;
    state->z = fade * state->z + weight;
    for (size_t x = 0; x < dv; x++)
        state->y[x] = fade * state->y[x] + weight * v[x];
}

void attention_state_merge(struct attention_state *state, const struct attention_state *other, size_t dv)
{
    if (other->m == -INFINITY)
        return; /* so that -inf - -inf is never asked for */
    double m = fmax(state->m, other->m);
    double mine = exp(state->m - m), its = exp(other->m - m);
    state->m = m;
    state->z = mine * state->z + its * other->z;
    for (size_t x = 0; x < dv; x++)
        state->y[x] = mine * state->y[x] + its * other->y[x];
}

void attention_state_output(const struct attention_state *state, size_t dv, double *o)
{
    for (size_t x = 0; x < dv; x++)
        o[x] = state->y[x] / state->z;
}

/* Queries a block: its scores against 4096 keys stay in the second-level cache. */
enum { QUERY_BLOCK = 64 };

size_t attention_dense_blas_room(size_t queries, size_t keys)
{
    return (queries < QUERY_BLOCK ? queries : QUERY_BLOCK) * keys;
}

NN_CLONES float attention_largest(const float *y, size_t n)
{
    float lane[16];
    for (size_t l = 0; l < 16; l++)
        lane[l] = y[0];
    size_t i = 0;
    for (; i + 16 <= n; i += 16)
        for (size_t l = 0; l < 16; l++)
            lane[l] = y[i + l] > lane[l] ? y[i + l] : lane[l];
    for (; i < n; i++)
        lane[0] = y[i] > lane[0] ? y[i] : lane[0];
    float top = lane[0];
    for (size_t l = 1; l < 16; l++)
        top = lane[l] > top ? lane[l] : top;
    return top;
}

NN_CLONES float attention_exp_sum(float *y, size_t n, float shift)
{
    float lane[16] = {0}, total = 0;
    size_t i = 0;
    for (; i + 16 <= n; i += 16)
        for (size_t l = 0; l < 16; l++) {
            y[i + l] = nn_exp_negative(y[i + l] - shift);
            lane[l] += y[i + l];
        }
    for (; i < n; i++) {
        y[i] = nn_exp_negative(y[i] - shift);
        lane[0] += y[i];
    }
    for (size_t l = 0; l < 16; l++)
        total += lane[l];
    return total;
}

void attention_dense_blas(size_t queries, size_t keys, size_t dk, size_t dv, const float *q, const float *k,
                          const float *v, float scale, int causal, float *o, float *room)
{
    for (size_t begin = 0; begin < queries; begin += QUERY_BLOCK) {
        size_t rows = queries - begin < QUERY_BLOCK ? queries - begin : QUERY_BLOCK;
        size_t seen = causal ? begin + rows : keys;
        cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasTrans, (int)rows, (int)seen, (int)dk, scale, q + begin * dk,
                    (int)dk, k, (int)dk, 0, room, (int)seen);
        for (size_t r = 0; r < rows; r++) {
            float *row = room + r * seen;
            size_t mine = causal ? begin + r + 1 : keys;
            float sum = attention_exp_sum(row, mine, attention_largest(row, mine));
            memset(row + mine, 0, (seen - mine) * sizeof *row);
            for (size_t j = 0; j < mine; j++)
                row[j] /= sum;
        }
        cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, (int)rows, (int)dv, (int)seen, 1, room, (int)seen, v,
                    (int)dv, 0, o + begin * dv, (int)dv);
    }
}

void attention_waves(size_t n, size_t dk, size_t dv, double amplitude, double *q, double *k, double *v)
{
    for (size_t i = 0; i < n; i++) {
        double x = (double)(i + 1);
        for (size_t a = 0; a < dk; a++) {
            q[i * dk + a] = amplitude * sin(0.37 * x * (double)(a + 1) + 0.1);
            k[i * dk + a] = cos(0.23 * x * (double)(a + 2) + 0.71);
        }
        for (size_t b = 0; b < dv; b++)
            v[i * dv + b] = sin(0.05 * x * (double)(b + 2) + 1);
    }
}
