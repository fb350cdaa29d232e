#include "fast.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <cblas.h>

#include "attention.h"
#include "base.h"

enum { KEYS = 128 }; /* of the lowest layer scanned at once */

struct fast {
    size_t layers, d, n, block;
    float *q, *kv, *v, *k, *o; /* weights, [layers][d][d]; kv [layers][d][2d], k and v side by side */
    float *state;              /* of the scalar scans: x, u, y, h [d] a layer */
    float *score;              /* [max(KEYS, block^2)] */
    float *wide;  /* of the blocks: x, q, y, h [block][d], kv [block][2d], m, z [block] a layer */
    float *whole; /* of the cached network: q, k, v, o [n][d] */
    float *room;  /* of attention_dense_blas */
    const float *text;
    float scale;
};

static float *floats(size_t n)
{
    return base_alloc(n + 1, sizeof(float));
}

struct fast *fast_alloc(const struct recur_network *network, size_t n, size_t block)
{
    struct fast *f = base_alloc(1, sizeof *f);
    size_t layers = network->layers, d = network->d, square = d * d;
    *f = (struct fast){.layers = layers, .d = d, .n = n, .block = block};
    f->scale = 1 / sqrtf((float)d);
    f->q = floats(layers * square);
    f->k = floats(layers * square);
    f->v = floats(layers * square);
    f->o = floats(layers * square);
    f->kv = floats(layers * 2 * square);
    for (size_t l = 0; l < layers; l++)
        for (size_t r = 0; r < d; r++)
            for (size_t c = 0; c < d; c++) {
                size_t at = l * square + r * d + c, pair = 2 * l * square + 2 * r * d + c;
                f->q[at] = (float)recur_weight(network, l + 1, 0)[r * d + c];
                f->k[at] = f->kv[pair] = (float)recur_weight(network, l + 1, 1)[r * d + c];
                f->v[at] = f->kv[pair + d] = (float)recur_weight(network, l + 1, 2)[r * d + c];
                f->o[at] = (float)recur_weight(network, l + 1, 3)[r * d + c];
            }
    f->state = floats(layers * 4 * d);
    f->score = floats(block * block > KEYS ? block * block : KEYS);
    f->wide = floats(layers * block * (6 * d + 2));
    f->whole = floats(4 * n * d);
    f->room = floats(attention_dense_blas_room(n, n));
    return f;
}

void fast_free(struct fast *f)
{
    if (!f)
        return;
    free(f->q), free(f->k), free(f->v), free(f->o), free(f->kv), free(f->state), free(f->score),
        free(f->wide);
    free(f->whole), free(f->room);
    free(f);
}

static void product(size_t d, const float *x, const float *w, float beta, float *out)
{
    cblas_sgemv(CblasRowMajor, CblasTrans, (int)d, (int)d, 1, w, (int)d, x, 1, beta, out, 1);
}

/* ---- one position after the other ---- */

/* u = scale x W_q W_k^T; room[d]. */
static void absorb(const struct fast *f, size_t layer, const float *x, float *u, float *room)
{
    size_t d = f->d, square = d * d;
    product(d, x, f->q + (layer - 1) * square, 0, room);
    cblas_sgemv(CblasRowMajor, CblasNoTrans, (int)d, (int)d, f->scale, f->k + (layer - 1) * square, (int)d,
                room, 1, 0, u, 1);
}

/* out = x + (y/z) W_v W_o; room[d]. */
static void leave(const struct fast *f, size_t layer, const float *x, float *y, float z, float *room,
                  float *out)
{
    size_t d = f->d, square = d * d;
    cblas_sscal((int)d, 1 / z, y, 1);
    product(d, y, f->v + (layer - 1) * square, 0, room);
    if (out != x)
        memcpy(out, x, d * sizeof *out);
    product(d, room, f->o + (layer - 1) * square, 1, out);
}

/* The lowest layer: keys are rows of the text, many at once. */
static void scan_text(struct fast *f, size_t i, float *out)
{
    size_t d = f->d;
    float *u = f->state + d, *y = u + d, *room = y + d, m = -INFINITY, z = 0;
    const float *x = f->text + i * d;
    absorb(f, 1, x, u, room);
    memset(y, 0, d * sizeof *y);
    for (size_t end = i + 1; end > 0;) {
        size_t keys = end < KEYS ? end : KEYS, begin = end - keys;
        cblas_sgemv(CblasRowMajor, CblasNoTrans, (int)keys, (int)d, 1, f->text + begin * d, (int)d, u, 1, 0,
                    f->score, 1);
        float top = attention_largest(f->score, keys), fade;
        top = top > m ? top : m;
        fade = expf(m - top);
        m = top;
        z = fade * z + attention_exp_sum(f->score, keys, m);
        cblas_sgemv(CblasRowMajor, CblasTrans, (int)keys, (int)d, 1, f->text + begin * d, (int)d, f->score, 1,
                    fade, y, 1);
        end = begin;
    }
    leave(f, 1, x, y, z, room, out);
}

__attribute__((optimize("O3"))) static void fade_add(size_t d, float fade, float weight,
                                                     const float *restrict h, float *restrict y)
{
    for (size_t x = 0; x < d; x++)
        y[x] = fade * y[x] + weight * h[x];
}

static void produce(struct fast *f, size_t layer, size_t i, float *out)
{
    if (layer == 1) {
        scan_text(f, i, out);
        return;
    }
    size_t d = f->d;
    float *x = f->state + (layer - 1) * 4 * d, *u = x + d, *y = u + d, *h = y + d, m = -INFINITY, z = 0;
    for (size_t j = i + 1; j-- > 0;) {
        produce(f, layer - 1, j, h);
        if (j == i) {
            memcpy(x, h, d * sizeof *x);
            absorb(f, layer, x, u, y);
            memset(y, 0, d * sizeof *y);
        }
        float s = cblas_sdot((int)d, u, 1, h, 1), top = s > m ? s : m, fade = expf(m - top),
              weight = expf(s - top);
        m = top;
        z = fade * z + weight;
        fade_add(d, fade, weight, h, y);
    }
    leave(f, layer, x, y, z, h, out);
}

void fast_vectorized(struct fast *f, const float *text, float *y)
{
    f->text = text;
    for (size_t i = 0; i < f->n; i++)
        produce(f, f->layers, i, y + i * f->d);
}

/* ---- blocks ---- */

/* One pair of blocks: rows of queries with `keys` keys, both from `first` and `begin` on. */
static void pair(const struct fast *f, size_t rows, size_t keys, int diagonal, const float *q,
                 const float *kv, float *y, float *m, float *z)
{
    size_t d = f->d;
    cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasTrans, (int)rows, (int)keys, (int)d, f->scale, q, (int)d,
                kv, (int)(2 * d), 0, f->score, (int)keys);
    for (size_t r = 0; r < rows; r++) {
        float *s = f->score + r * keys;
        size_t mine = diagonal ? r + 1 : keys;
        float top = attention_largest(s, mine);
        top = top > m[r] ? top : m[r];
        float fade = expf(m[r] - top);
        m[r] = top;
        z[r] = fade * z[r] + attention_exp_sum(s, mine, top);
        memset(s + mine, 0, (keys - mine) * sizeof *s);
        if (fade != 1)
            cblas_sscal((int)d, fade, y + r * d, 1);
    }
    cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, (int)rows, (int)d, (int)keys, 1, f->score,
                (int)keys, kv + d, (int)(2 * d), 1, y, (int)d);
}

static void produce_block(struct fast *f, size_t layer, size_t i, float *out)
{
    size_t d = f->d, block = f->block, area = block * d, square = d * d;
    size_t rows = f->n - i * block < block ? f->n - i * block : block;
    float *x = f->wide + (layer - 1) * block * (6 * d + 2), *q = x + area, *y = q + area, *h = y + area,
          *kv = h + area;
    float *m = kv + 2 * area, *z = m + block;
    memset(y, 0, rows * d * sizeof *y);
    for (size_t r = 0; r < rows; r++) {
        m[r] = -INFINITY;
        z[r] = 0;
    }
    for (size_t j = i + 1; j-- > 0;) {
        size_t keys = j == i ? rows : block;
        const float *input = h;
        if (layer == 1)
            input = f->text + j * area;
        else
            produce_block(f, layer - 1, j, h);
        cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, (int)keys, (int)(2 * d), (int)d, 1, input,
                    (int)d, f->kv + (layer - 1) * 2 * square, (int)(2 * d), 0, kv, (int)(2 * d));
        if (j == i) {
            memcpy(x, input, rows * d * sizeof *x);
            cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, (int)rows, (int)d, (int)d, 1, x, (int)d,
                        f->q + (layer - 1) * square, (int)d, 0, q, (int)d);
        }
        pair(f, rows, keys, j == i, q, kv, y, m, z);
    }
    for (size_t r = 0; r < rows; r++)
        cblas_sscal((int)d, 1 / z[r], y + r * d, 1);
    memcpy(out, x, rows * d * sizeof *out);
    cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, (int)rows, (int)d, (int)d, 1, y, (int)d,
                f->o + (layer - 1) * square, (int)d, 1, out, (int)d);
}

void fast_blocks(struct fast *f, const float *text, float *y)
{
    f->text = text;
    for (size_t i = 0; i * f->block < f->n; i++)
        produce_block(f, f->layers, i, y + i * f->block * f->d);
}

/* ---- the peer ---- */

void fast_cached(struct fast *f, const float *text, float *y)
{
    size_t n = f->n, d = f->d, square = d * d, area = n * d;
    float *q = f->whole, *k = q + area, *v = k + area, *o = v + area;
    memcpy(y, text, area * sizeof *y);
    for (size_t l = 0; l < f->layers; l++) {
        const float *weight[3] = {f->q + l * square, f->k + l * square, f->v + l * square};
        float *to[3] = {q, k, v};
        for (int t = 0; t < 3; t++)
            cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, (int)n, (int)d, (int)d, 1, y, (int)d,
                        weight[t], (int)d, 0, to[t], (int)d);
        attention_dense_blas(n, n, d, d, q, k, v, f->scale, 1, o, f->room);
        cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, (int)n, (int)d, (int)d, 1, o, (int)d,
                    f->o + l * square, (int)d, 1, y, (int)d);
    }
}
