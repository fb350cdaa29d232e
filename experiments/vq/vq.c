#include "vq.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "attention.h"
#include "base.h"
#include "kmeans.h"
#include "rng.h"

void vq_quantized(const struct vq *p, double *keys)
{
    for (size_t j = 0; j < p->keys; j++)
        memcpy(keys + j * p->dk, p->centers + p->code[j] * p->dk, p->dk * sizeof *keys);
}

size_t vq_used(size_t n, size_t c, const size_t *codes)
{
    unsigned char *seen = base_alloc(c + 1, 1);
    size_t used = 0;
    for (size_t j = 0; j < n; j++) {
        used += !seen[codes[j]];
        seen[codes[j]] = 1;
    }
    free(seen);
    return used;
}

int vq_dense(const struct vq *p, int causal, double *o, double *weights)
{
    double *keys = base_alloc(p->keys * p->dk + 1, sizeof *keys);
    vq_quantized(p, keys);
    struct attention attention = {.queries = p->queries,
                                  .keys = p->keys,
                                  .dk = p->dk,
                                  .dv = p->dv,
                                  .q = p->q,
                                  .k = keys,
                                  .v = p->v,
                                  .scale = 1,
                                  .sees = causal ? attention_causal : NULL,
                                  .bias = causal ? p->bias : NULL,
                                  .context = p->context};
    int status = attention_dense(&attention, o, weights);
    free(keys);
    return status;
}

static double dot(size_t d, const double *x, const double *y)
{
    double sum = 0;
    for (size_t a = 0; a < d; a++)
        sum += x[a] * y[a];
    return sum;
}

/* What is known of a prefix: mean value and count of every code. */
struct cache {
    size_t c, dv;
    double *mean, *count; /* [c][dv], [c] */
};

static struct cache cache_new(size_t c, size_t dv)
{
    return (struct cache){c, dv, base_alloc(c * dv + 1, sizeof(double)), base_alloc(c + 1, sizeof(double))};
}

static void cache_free(struct cache *cache)
{
    free(cache->mean);
    free(cache->count);
}

static void cache_retire(struct cache *cache, const struct vq *p, size_t begin, size_t end)
{
    for (size_t j = begin; j < end; j++) {
        size_t s = p->code[j];
        double share = 1 / ++cache->count[s];
        for (size_t x = 0; x < p->dv; x++)
            cache->mean[s * p->dv + x] += share * (p->v[j * p->dv + x] - cache->mean[s * p->dv + x]);
    }
}

/* Row i: the explicit keys lo .. i (none for lo > i) and the codes with a count in `counted`. */
static void row(const struct vq *p, size_t i, size_t lo, size_t end, const struct cache *cache,
                const double *counted, double *score, double *o)
{
    size_t near = end > lo ? end - lo : 0;
    double top = -INFINITY, z = 0, *out = o + i * p->dv;
    for (size_t j = 0; j < near; j++) {
        score[j] = dot(p->dk, p->q + i * p->dk, p->centers + p->code[lo + j] * p->dk);
        score[j] += p->bias ? p->bias(i, lo + j, p->context) : 0;
        top = fmax(top, score[j]);
    }
    for (size_t s = 0; s < p->c; s++)
        if (counted[s] > 0) {
            score[near + s] = dot(p->dk, p->q + i * p->dk, p->centers + s * p->dk);
            top = fmax(top, score[near + s]);
        }
    memset(out, 0, p->dv * sizeof *out);
    for (size_t j = 0; j < near; j++) {
        double w = exp(score[j] - top);
        z += w;
        for (size_t x = 0; x < p->dv; x++)
            out[x] += w * p->v[(lo + j) * p->dv + x];
    }
    for (size_t s = 0; s < p->c; s++)
        if (counted[s] > 0) {
            double w = exp(score[near + s] - top);
            z += w * counted[s];
            for (size_t x = 0; x < p->dv; x++)
                out[x] += w * cache->count[s] * cache->mean[s * p->dv + x];
        }
    for (size_t x = 0; x < p->dv; x++)
        out[x] /= z;
}

void vq_encoder(const struct vq *p, double *o)
{
    struct cache cache = cache_new(p->c, p->dv);
    double *score = base_alloc(p->c + 1, sizeof *score);
    struct vq plain = *p;
    plain.bias = NULL;
    cache_retire(&cache, p, 0, p->keys);
    for (size_t i = 0; i < p->queries; i++)
        row(&plain, i, 0, 0, &cache, cache.count, score, o);
    free(score);
    cache_free(&cache);
}

size_t vq_token(const struct vq *p, double *o)
{
    struct cache cache = cache_new(p->c, p->dv);
    double *score = base_alloc(p->c + 1, sizeof *score);
    struct vq plain = *p;
    plain.bias = NULL;
    for (size_t i = 0; i < p->queries; i++) {
        cache_retire(&cache, p, i, i + 1);
        row(&plain, i, 0, 0, &cache, cache.count, score, o);
    }
    free(score);
    cache_free(&cache);
    return p->c * (p->dv + 1);
}

size_t vq_block(const struct vq *p, size_t l, size_t explicit, enum vq_fault fault, double *o)
{
    struct cache cache = cache_new(p->c, p->dv);
    double *score = base_alloc(explicit * l + p->c + 1, sizeof *score),
           *late = base_alloc(p->c + 1, sizeof *late);
    size_t lag = explicit + (fault == VQ_CACHE_LATE);
    for (size_t I = 0; I * l < p->queries; I++) {
        size_t begin = I * l, end = begin + l < p->queries ? begin + l : p->queries;
        size_t lo = I >= explicit ? (I + 1 - explicit) * l : 0;
        memcpy(late, cache.count, p->c * sizeof *late);
        if (I >= lag)
            cache_retire(&cache, p, (I - lag) * l, (I - lag + 1) * l);
        for (size_t i = begin; i < end; i++)
            row(p, i, lo, i + 1, &cache, fault == VQ_COUNTS_LATE ? late : cache.count, score, o);
    }
    free(score);
    free(late);
    cache_free(&cache);
    return p->c * (p->dv + 1) + explicit * l * (p->dk + p->dv + 1);
}

size_t vq_second_order(const struct vq *p, const double *keys, double *o)
{
    size_t c = p->c, dk = p->dk, dv = p->dv;
    double *sum = base_alloc(c * dv + 1, sizeof *sum), *count = base_alloc(c + 1, sizeof *count);
    double *shift = base_alloc(c * dk + 1, sizeof *shift),
           *cross = base_alloc(c * dk * dv + 1, sizeof *cross);
    double *score = base_alloc(c + 1, sizeof *score);
    for (size_t j = 0; j < p->keys; j++) {
        size_t s = p->code[j];
        count[s]++;
        for (size_t x = 0; x < dv; x++)
            sum[s * dv + x] += p->v[j * dv + x];
        for (size_t a = 0; a < dk; a++) {
            double away = keys[j * dk + a] - p->centers[s * dk + a];
            shift[s * dk + a] += away;
            for (size_t x = 0; x < dv; x++)
                cross[(s * dk + a) * dv + x] += away * p->v[j * dv + x];
        }
    }
    for (size_t i = 0; i < p->queries; i++) {
        const double *q = p->q + i * dk;
        double top = -INFINITY, z = 0, *out = o + i * dv;
        for (size_t s = 0; s < c; s++)
            if (count[s] > 0)
                top = fmax(top, score[s] = dot(dk, q, p->centers + s * dk));
        memset(out, 0, dv * sizeof *out);
        for (size_t s = 0; s < c; s++)
            if (count[s] > 0) {
                double w = exp(score[s] - top);
                z += w * (count[s] + dot(dk, q, shift + s * dk));
                for (size_t x = 0; x < dv; x++)
                    out[x] += w * sum[s * dv + x];
                for (size_t a = 0; a < dk; a++)
                    for (size_t x = 0; x < dv; x++)
                        out[x] += w * q[a] * cross[(s * dk + a) * dv + x];
            }
        for (size_t x = 0; x < dv; x++)
            out[x] /= z;
    }
    free(sum);
    free(count);
    free(shift);
    free(cross);
    free(score);
    return c * (dk * dv + dk + dv + 1);
}

char *vq_too_much(const char *option, double value, double operations, double bytes)
{
    if (operations > 1e13)
        return base_format("--%s %.0f takes %.2g operations; at most 1e13 are accepted", option, value,
                           operations);
    if (bytes > 4e9)
        return base_format("--%s %.0f takes %.2g bytes; at most 4e9 are accepted", option, value, bytes);
    return NULL;
}

/* ---- codebooks ---- */

static double density(double x)
{
    return exp(-0.5 * x * x) / sqrt(2 * M_PI);
}

/* P(a < N < b) without cancellation in the tails. */
static double mass(double a, double b)
{
    return a > 0 ? 0.5 * (erfc(a / M_SQRT2) - erfc(b / M_SQRT2))
                 : 0.5 * (erfc(-b / M_SQRT2) - erfc(-a / M_SQRT2));
}

/* The p-quantile of N(0, 1), to what a start needs, by bisection. */
static double quantile(double p)
{
    double low = -40, high = 40;
    for (int i = 0; i < 80; i++) {
        double middle = 0.5 * (low + high);
        if (0.5 * erfc(-middle / M_SQRT2) < p)
            low = middle;
        else
            high = middle;
    }
    return low;
}

/* One Newton step on x_i - E(N | cell i) = 0, a tridiagonal system (Thomas); its largest move is returned.
 * The move is damped where it would make levels cross. */
static double newton_step(size_t n, double *x, double *upper, double *right)
{
    for (size_t i = 0; i < n; i++) {
        double a = i ? 0.5 * (x[i - 1] + x[i]) : -INFINITY,
               b = i + 1 < n ? 0.5 * (x[i] + x[i + 1]) : INFINITY;
        double p = mass(a, b), fa = i ? density(a) : 0, fb = i + 1 < n ? density(b) : 0;
        double mean = (fa - fb) / p;
        double da = i ? 0.5 * fa * (mean - a) / p : 0, db = i + 1 < n ? 0.5 * fb * (b - mean) / p : 0;
        /* row i: -da, 1 - da - db, -db; right side mean - x */
        double pivot = 1 - da - db + (i ? da * upper[i - 1] : 0);
        upper[i] = -db / pivot;
        right[i] = (mean - x[i] + (i ? da * right[i - 1] : 0)) / pivot;
    }
    double most = 0, damp = 1;
    for (size_t i = n - 1; i-- > 0;)
        right[i] -= upper[i] * right[i + 1];
    for (size_t i = 0; i + 1 < n; i++) {
        double gap = x[i + 1] - x[i], closing = right[i] - right[i + 1];
        damp = closing > 0.5 * gap ? fmin(damp, 0.5 * gap / closing) : damp;
    }
    for (size_t i = 0; i < n; i++) {
        x[i] += damp * right[i];
        most = fmax(most, fabs(right[i]));
    }
    return most;
}

double vq_lloyd_max(size_t levels, double *x)
{
    double *upper = base_alloc(2 * levels, sizeof *upper), *right = upper + levels;
    for (size_t i = 0; i < levels; i++) /* the best density of levels is that of N(0, 3) */
        x[i] = sqrt(3) * quantile(((double)i + 0.5) / (double)levels);
    for (int step = 0; step < 100 && newton_step(levels, x, upper, right) > 1e-13; step++)
        ;
    double kept = 0;
    for (size_t i = 0; i < levels; i++) {
        double a = i ? 0.5 * (x[i - 1] + x[i]) : -INFINITY,
               b = i + 1 < levels ? 0.5 * (x[i] + x[i + 1]) : INFINITY;
        kept += mass(a, b) * x[i] * x[i];
    }
    free(upper);
    return 1 - kept;
}

struct vq_trial vq_codebook_trial(size_t d, size_t c, size_t train, size_t fresh, size_t steps, int good,
                                  int one_axis, gsl_rng *rng)
{
    size_t most = train > fresh ? train : fresh, *code = base_alloc(most, sizeof *code);
    double *x = base_alloc(train * d, sizeof *x), *y = base_alloc(fresh * d, sizeof *y);
    double *centers = base_alloc(c * d, sizeof *x), *away = base_alloc(most, sizeof *away);
    rng_normals(rng, x, train * d);
    rng_normals(rng, y, fresh * d);
    if (good && d == 1)
        vq_lloyd_max(c, centers);
    else if (good)
        kmeans_start_spread(train, c, d, x, rng, centers);
    else
        kmeans_start_sample(train, c, d, x, rng, centers);
    if (!one_axis)
        kmeans_lloyd(train, c, d, x, centers, code, steps);
    for (size_t s = 0; one_axis && s < c; s++)
        for (size_t a = 1; a < d; a++)
            centers[s * d + a] = 0;
    struct vq_trial trial;
    kmeans_assign(train, c, d, x, centers, code, away);
    trial.trained = stats_mean_of(away, train);
    kmeans_assign(fresh, c, d, y, centers, code, away);
    trial.tested = stats_mean_of(away, fresh);
    free(code);
    free(x);
    free(y);
    free(centers);
    free(away);
    return trial;
}

double vq_occupancy_mean(double n, double c)
{
    return -c * expm1(n * log1p(-1 / c));
}

double vq_occupancy_variance(double n, double c)
{
    double one = exp(n * log1p(-1 / c)), two = c > 2 ? exp(n * log1p(-2 / c)) : c == 2 && n > 0 ? 0 : 1;
    if (c < 2)
        return 0;
    /* c a (1 - a) + c (c - 1) (two - a^2): the second bracket is small, but not tiny, for n of the order of c
     */
    return c * one * (1 - one) + c * (c - 1) * (two - one * one);
}
