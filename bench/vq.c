/* Attention over quantized keys against dense attention on BLAS, one head in float32 on one core, in turn.
 *
 * Kernels: dense (attention_dense_blas, causal), vq (vq_causal_fast: assignment included), encoder
 * (vq_encoder_fast). Keys are near `c` normal centers, queries normal over sqrt(d_k). Shapes: 64/64 with 512
 * and 64 codes in blocks of 128, and 128/1536 with 512 codes in blocks of 512, the layer of Transformer-VQ's
 * Enwik8 model. The bound of this machine is its sgemm rate on the block's own products. Beyond SAMPLE_FROM
 * tokens every SAMPLE-th block of 64 queries of the dense kernel is timed and the time multiplied; its work
 * grows linearly from block to block, so that the middle of each SAMPLE stands for it. That this is fair is
 * measured where both are affordable.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <cblas.h>

#include "attention.h"
#include "base.h"
#include "bench.h"
#include "linalg.h"
#include "rng.h"
#include "stats.h"
#include "vq/vq.h"

struct shape {
    const char *name;
    size_t dk, dv, c, l, dense_to, encoder_to, vq_to;
};

static const struct shape shapes[] = {
    {"64_64_512", 64, 64, 512, 128, 32768, 65536, 65536},
    {"64_64_64", 64, 64, 64, 64, 0, 65536, 65536},
    {"128_1536_512", 128, 1536, 512, 512, 32768, 8192, 32768},
};
enum { SHAPES = sizeof shapes / sizeof *shapes, LENGTHS = 16, SAMPLE = 16, SAMPLE_FROM = 4096, QUERIES = 64 };

struct layer {
    const struct shape *shape;
    size_t n;
    float *q, *k, *v, *centers, *o, *room, *dense_room;
    int32_t *code;
};

static void run_dense(void *context)
{
    struct layer *a = context;
    attention_dense_blas(a->n, a->n, a->shape->dk, a->shape->dv, a->q, a->k, a->v, 1, 1, a->o, a->dense_room);
}

/* A SAMPLE-th of the work of run_dense: blocks SAMPLE/2, 3 SAMPLE/2, ... */
static void run_dense_sampled(void *context)
{
    struct layer *a = context;
    size_t dk = a->shape->dk, dv = a->shape->dv;
    for (size_t begin = SAMPLE / 2 * QUERIES; begin + QUERIES <= a->n; begin += SAMPLE * QUERIES)
        attention_dense_blas(QUERIES, begin + QUERIES / 2, dk, dv, a->q + begin * dk, a->k, a->v, 1, 0,
                             a->o + begin * dv, a->dense_room);
}

static void run_vq(void *context)
{
    struct layer *a = context;
    const struct shape *s = a->shape;
    vq_causal_fast(a->n, s->dk, s->dv, s->c, s->l, a->q, a->k, a->v, a->centers, a->code, a->o, a->room);
}

static void run_encoder(void *context)
{
    struct layer *a = context;
    const struct shape *s = a->shape;
    vq_encoder_fast(a->n, s->dk, s->dv, s->c, s->l, a->q, a->k, a->v, a->centers, a->code, a->o, a->room);
}

static void fill(gsl_rng *rng, float *x, size_t n, double factor)
{
    for (size_t i = 0; i < n; i++)
        x[i] = (float)(factor * rng_normal(rng));
}

static struct layer layer_new(const struct shape *s, size_t most, gsl_rng *rng)
{
    struct layer a = {.shape = s, .n = most};
    a.q = base_alloc(most * s->dk, sizeof *a.q);
    a.k = base_alloc(most * s->dk, sizeof *a.k);
    a.v = base_alloc(most * s->dv, sizeof *a.v);
    a.o = base_alloc(most * s->dv, sizeof *a.o);
    a.centers = base_alloc(s->c * s->dk, sizeof *a.centers);
    a.room = base_alloc(vq_causal_room(s->dk, s->dv, s->c, s->l), sizeof *a.room);
    a.dense_room =
        base_alloc(attention_dense_blas_room(s->dense_to + 1, s->dense_to + 1), sizeof *a.dense_room);
    a.code = base_alloc(most, sizeof *a.code);
    fill(rng, a.centers, s->c * s->dk, 1);
    fill(rng, a.q, most * s->dk, 1 / sqrt((double)s->dk));
    /* values repeat every 1024: drawing them all would take longer than attention */
    fill(rng, a.v, (most < 1024 ? most : 1024) * s->dv, 1);
    for (size_t i = 1024; i < most; i++)
        memcpy(a.v + i * s->dv, a.v + (i % 1024) * s->dv, s->dv * sizeof *a.v);
    for (size_t i = 0; i < most; i++) {
        size_t code = gsl_rng_uniform_int(rng, s->c);
        for (size_t x = 0; x < s->dk; x++)
            a.k[i * s->dk + x] = a.centers[code * s->dk + x] + (float)(0.3 * rng_normal(rng));
    }
    return a;
}

static void layer_free(struct layer *a)
{
    free(a->q);
    free(a->k);
    free(a->v);
    free(a->o);
    free(a->centers);
    free(a->room);
    free(a->dense_room);
    free(a->code);
}

/* The largest difference of the two kernels when the keys are the centers themselves: what the timing times
 * is right. */
static double disagreement(struct layer *a, size_t n)
{
    const struct shape *s = a->shape;
    size_t kept_n = a->n;
    float *k = base_alloc(n * s->dk, sizeof *k), *kept = a->k, *o = base_alloc(n * s->dv, sizeof *o),
          *out = a->o;
    for (size_t i = 0; i < n; i++)
        memcpy(k + i * s->dk, a->centers + (i * 7919 % s->c) * s->dk, s->dk * sizeof *k);
    a->k = k;
    a->n = n;
    run_vq(a);
    a->o = o;
    if (!s->dense_to) { /* room for this check alone */
        free(a->dense_room);
        a->dense_room = base_alloc(attention_dense_blas_room(n, n), sizeof *a->dense_room);
    }
    run_dense(a);
    double most = 0;
    for (size_t i = 0; i < n * s->dv; i++)
        most = fmax(most, fabs((double)out[i] - (double)o[i]));
    a->k = kept;
    a->n = kept_n;
    a->o = out;
    free(k);
    free(o);
    return most;
}

struct gemm {
    size_t m, n, k;
    float *a, *b, *c;
};

static void run_gemm(void *context)
{
    struct gemm *g = context;
    cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasTrans, (int)g->m, (int)g->n, (int)g->k, 1, g->a, (int)g->k,
                g->b, (int)g->k, 0, g->c, (int)g->n);
}

/* Flop of the products alone, a token: distances, scores, cache and the block's own values. */
static double flop(const struct shape *s)
{
    return 2.0 * (double)s->c * (2.0 * (double)s->dk + (double)s->dv) + 2.0 * (double)s->l * (double)s->dv;
}

/* A line for the reader; what the ledger asks about goes through bench_value. */
static void note(double value, const char *name, const char *shape)
{
    char label[96];
    snprintf(label, sizeof label, "%s_%s", name, shape);
    printf("%-48s %10.4g\n", label, value);
    fflush(stdout);
}

/* The exponent over the last four lengths; for the ledger, or for the reader alone. */
static void slope(struct bench *bench, const char *name, const char *shape, const double *n,
                  const double *seconds, size_t count)
{
    struct stats_line line;
    size_t from = count > 4 ? count - 4 : 0;
    if (count < 3 || stats_power_fit(n + from, seconds + from, NULL, count - from, &line))
        return;
    if (bench)
        bench_value(bench, line.slope, line.slope_error, 0, "%s_%s", name, shape);
    else
        note(line.slope, name, shape);
}

/* Where the ratio dense/vq, linear in log-log between neighbours, passes 1; NaN when it does not. */
static double crossing(const double *n, const double *ratio, size_t count)
{
    for (size_t i = 1; i < count; i++)
        if (ratio[i - 1] < 1 && ratio[i] >= 1)
            return exp(log(n[i - 1]) -
                       log(ratio[i - 1]) * log(n[i] / n[i - 1]) / log(ratio[i] / ratio[i - 1]));
    return NAN;
}

/* The quartile range over the median: what a ratio of times may be off by, for the ledger a bound. */
static double spread(struct bench_time time)
{
    return (time.high - time.low) / time.median;
}

static void measure_shape(struct bench *bench, const struct shape *s, gsl_rng *rng)
{
    int quick = bench_quick(bench);
    size_t most = quick ? 4096 : s->vq_to, points = 0, both = 0, encoders = 0;
    struct layer a = layer_new(s, most, rng);
    bench_value(bench, disagreement(&a, 1536), 0, 0, "disagreement_%s", s->name);
    double n[LENGTHS], vq[LENGTHS], dense[LENGTHS], encoder[LENGTHS], ratio[LENGTHS], off[LENGTHS];
    for (a.n = 256; a.n <= most; a.n *= 2) {
        int with_dense = a.n <= s->dense_to, sampled = a.n > SAMPLE_FROM;
        int repeats = a.n >= 16384 ? 2 : a.n >= 4096 ? 5 : 9;
        void (*run[3])(void *) = {run_vq};
        void *context[3] = {&a, &a, &a};
        const char *names[3] = {"vq"};
        size_t kernels = 1;
        if (with_dense) {
            run[kernels] = sampled ? run_dense_sampled : run_dense;
            names[kernels++] = "dense";
        }
        if (a.n <= s->encoder_to) {
            run[kernels] = run_encoder;
            names[kernels++] = "encoder";
        }
        struct bench_time time[3];
        bench_turns(kernels, run, context, repeats, time);
        if (with_dense && sampled) {
            time[1].median *= SAMPLE;
            time[1].low *= SAMPLE;
            time[1].high *= SAMPLE;
        }
        n[points] = (double)a.n;
        vq[points++] = time[0].low; /* the lower quartile: what others on the machine disturb least */
        if (a.n <= s->encoder_to)
            encoder[encoders++] = time[kernels - 1].low;
        for (size_t k = 0; k < kernels; k++) {
            int is_dense = names[k][0] == 'd', is_encoder = names[k][0] == 'e';
            size_t state = is_dense ? a.n * (s->dk + s->dv)
                                    : s->c * (s->dv + 1) + (is_encoder ? 0 : s->l * (s->dk + s->dv + 1));
            size_t scores =
                is_dense ? attention_dense_blas_room(a.n, a.n) : s->l * (s->c + (is_encoder ? 0 : s->l));
            bench_row(bench, "%zu,%zu,%zu,%zu,%zu,%s,%.4g,%.4g,%.4g,%.4g,%zu,%zu", a.n, s->dk, s->dv, s->c,
                      s->l, names[k], time[k].median, time[k].low, time[k].high,
                      1e6 * time[k].median / (double)a.n, 4 * state, 4 * scores);
        }
        if (with_dense) {
            dense[both] = time[1].low;
            off[both] = spread(time[0]) + spread(time[1]);
            ratio[both++] = time[1].low / time[0].low;
            char name[32];
            snprintf(name, sizeof name, "ratio_%zu", a.n);
            note(ratio[both - 1], name, s->name);
            if (s->dv > 64 && (a.n == 8192 || a.n == 32768))
                bench_value(bench, ratio[both - 1], ratio[both - 1] * off[both - 1], 0, "ratio_%s_%zu", s->name, a.n);
            if (s->dv > 64 && a.n >= 8192)
                bench_value(bench, ratio[both - 1] / ratio[both - 2],
                            ratio[both - 1] / ratio[both - 2] * (off[both - 1] + off[both - 2]), 0,
                            "growth_%s_%zu", s->name, a.n);
        }
        if (a.n == SAMPLE_FROM && with_dense) {
            struct bench_time fair = bench_ratio(run_dense_sampled, &a, run_dense, &a, 5, NULL, NULL);
            note(SAMPLE * fair.median, "sampled_over_whole", s->name);
        }
    }
    slope(s->dense_to ? bench : NULL, "slope_vq", s->name, n, vq, points);
    slope(s->dv == 64 && s->dense_to ? bench : NULL, "slope_encoder", s->name, n, encoder, encoders);
    if (both)
        slope(bench, "slope_dense", s->name, n, dense, both);
    double model =
        2.0 * (double)s->c * (2.0 * (double)s->dk + (double)s->dv) / ((double)s->dk + (double)s->dv) +
        (double)s->l;
    double at = crossing(n, ratio, both);
    double worst = 0; /* the ratio grows like n there, so n is off by as much */
    for (size_t i = 0; i < both; i++)
        worst = fmax(worst, off[i]);
    if (isfinite(at))
        bench_value(bench, at / model, at / model * worst, 0, "crossover_over_model_%s", s->name);

    /* the machine's rate for the products, from the scores of one block */
    struct gemm g = {s->l, s->c, s->dk, a.q, a.centers, a.room};
    struct bench_time gemm = bench_seconds(run_gemm, &g, 21);
    double rate = 2.0 * (double)(g.m * g.n * g.k) / gemm.median;
    note(1e-9 * rate, "gemm_gflops", s->name);
    note(1e6 * vq[points - 1] / n[points - 1], "us_per_token", s->name);
    note(flop(s) / rate / (vq[points - 1] / n[points - 1]), "share_of_bound", s->name);
    layer_free(&a);
}

int main(int argc, char **argv)
{
    struct bench *bench = bench_open("vq", argc, argv);
    linalg_single_thread();
    gsl_rng *rng = rng_stream(1, "bench vq");
    bench_row(bench, "n,dk,dv,c,l,method,seconds,low,high,us_per_token,state_bytes,score_bytes");
    for (size_t i = 0; i < SHAPES; i++)
        measure_shape(bench, &shapes[i], rng);
    gsl_rng_free(rng);
    return bench_close(bench);
}
