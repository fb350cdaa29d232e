/* What do index-aware kernels gain? kexue.fm/archives/6853: multiplying by a mask saves nothing, and only the
 * atrous layer of its code became faster.
 *
 * Every pattern against dense attention in the same plain loops (the gain should be n^2 / pairs), and by GEMM
 * against the dense BLAS baseline of the library, whose work per pair is several times cheaper. float32, d =
 * 64, one thread. The bound is that of this machine in the same run: 4 d flop a pair at the rate of sgemm,
 * and one exp a pair.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <cblas.h>

#include "attention.h"
#include "base.h"
#include "bench.h"
#include "rng.h"
#include "sparse/sparse_attend.h"
#include "stats.h"

enum { D = 64, MASK_BLOCK = 64, EXPS = 4096 };

struct job {
    struct sparse_float problem;
    struct sparse_set set;
    enum sparse_engine engine;
    const float *mask; /* [n][n], 0 or -inf; NULL: none */
    float *o, *room;
};

static void attend(void *context)
{
    struct job *job = context;
    if (sparse_attend_float(&job->problem, &job->set, job->engine, SPARSE_RIGHT, job->o, job->room))
        base_die(BASE_RUN_FAILED, "a kernel met a number that is not finite");
}

static void dense_blas(void *context)
{
    struct job *job = context;
    const struct sparse_float *p = &job->problem;
    attention_dense_blas(p->n, p->n, D, D, p->q, p->k, p->v, p->scale, 0, job->o, job->room);
}

/* The dense kernel with a mask added to all scores; without one it is the same work. */
static void dense_masked(void *context)
{
    struct job *job = context;
    const struct sparse_float *p = &job->problem;
    size_t n = p->n;
    for (size_t begin = 0; begin < n; begin += MASK_BLOCK) {
        size_t rows = n - begin < MASK_BLOCK ? n - begin : MASK_BLOCK;
        cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasTrans, (int)rows, (int)n, D, p->scale, p->q + begin * D,
                    D, p->k, D, 0, job->room, (int)n);
        for (size_t r = 0; r < rows; r++) {
            float *row = job->room + r * n;
            for (size_t j = 0; job->mask && j < n; j++)
                row[j] += job->mask[(begin + r) * n + j];
            float sum = attention_exp_sum(row, n, attention_largest(row, n));
            for (size_t j = 0; j < n; j++)
                row[j] /= sum;
        }
        cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, (int)rows, D, (int)n, 1, job->room, (int)n,
                    p->v, D, 0, job->o + begin * D, D);
    }
}

/* ---- the machine ---- */

struct machine {
    float *a, *b, *c;
};

enum { SQUARE = 512 };

static void square_gemm(void *context)
{
    struct machine *m = context;
    cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, SQUARE, SQUARE, SQUARE, 1, m->a, SQUARE, m->b,
                SQUARE, 0, m->c, SQUARE);
}

static void exps(void *context)
{
    struct machine *m = context;
    memcpy(m->c, m->a, EXPS * sizeof(float));
    attention_exp_sum(m->c, EXPS, 10);
}

/* ---- runs ---- */

static struct job job_new(const float *data, size_t most, size_t n, enum sparse_kind kind, size_t k,
                          enum sparse_engine engine, float *o, float *room)
{
    struct sparse_float problem = {n, D, D, data, data + most * D, data + 2 * most * D, 1 / sqrtf(D)};
    return (struct job){problem, {kind, k, 1, 0}, engine, NULL, o, room};
}

static double pairs_of(const struct job *job)
{
    uint64_t pairs;
    sparse_count(&job->set, job->problem.n, &pairs);
    return (double)pairs;
}

enum { METHODS = 7, SIZES = 5 };

int main(int argc, char **argv)
{
    struct bench *bench = bench_open("sparse", argc, argv);
    openblas_set_num_threads(1);
    int sizes = bench_quick(bench) ? 3 : SIZES, repeats = bench_quick(bench) ? 3 : 7;
    size_t most = (size_t)512 << (sizes - 1);
    gsl_rng *rng = rng_stream(1, "bench: sparse");
    float *data = base_alloc(3 * most * D, sizeof *data), *o = base_alloc(most * D, sizeof *o);
    float *room = base_alloc(3 * most * 2 * D + MASK_BLOCK * (most + 2 * D) + 65536, sizeof *room);
    for (size_t i = 0; i < 3 * most * D; i++)
        data[i] = (float)rng_normal(rng);

    struct machine machine = {base_alloc(SQUARE * SQUARE, sizeof(float)),
                              base_alloc(SQUARE * SQUARE, sizeof(float)),
                              base_alloc(SQUARE * SQUARE, sizeof(float))};
    for (size_t i = 0; i < SQUARE * SQUARE; i++)
        machine.a[i] = machine.b[i] = (float)rng_normal(rng);
    double flop = bench_seconds(square_gemm, &machine, 3 * repeats).low / (2.0 * SQUARE * SQUARE * SQUARE);
    double exp_cost = bench_seconds(exps, &machine, 3 * repeats).low / EXPS;
    double pair_cost = 4 * D * flop + exp_cost;
    printf("sgemm %.3g GFLOP/s, exp %.3g ns: at least %.3g ns a pair\n", 1e-9 / flop, 1e9 * exp_cost,
           1e9 * pair_cost);

    /* time against n */
    static const char *const names[METHODS] = {"dense_loops", "dense_blas", "merged_loops", "merged",
                                               "atrous",      "local",      "local_32"};
    static const enum sparse_kind kinds[METHODS] = {SPARSE_DENSE,  SPARSE_DENSE, SPARSE_MERGED, SPARSE_MERGED,
                                                    SPARSE_ATROUS, SPARSE_LOCAL, SPARSE_LOCAL};
    double size[SIZES], seconds[METHODS][SIZES], count[METHODS][SIZES];
    struct bench_time spread[METHODS][SIZES];
    size_t stride[METHODS][SIZES];
    for (int s = 0; s < sizes; s++) {
        struct job jobs[METHODS];
        void (*run[METHODS])(void *);
        void *context[METHODS];
        struct bench_time time[METHODS];
        size_t n = (size_t)512 << s, k = (size_t)lround(sqrt((double)n / 2));
        for (int m = 0; m < METHODS; m++) {
            jobs[m] = job_new(data, most, n, kinds[m], m == METHODS - 1 ? 32 : k,
                              m == 0 || m == 2 ? SPARSE_LOOPS : SPARSE_GEMM, o, room);
            run[m] = m == 1 ? dense_blas : attend;
            context[m] = &jobs[m];
        }
        bench_turns(METHODS, run, context, n >= 8192 ? (repeats + 1) / 2 : repeats, time);
        size[s] = (double)n;
        for (int m = 0; m < METHODS; m++) {
            double pairs = pairs_of(&jobs[m]);
            seconds[m][s] = time[m].low; /* the least disturbed quarter */
            spread[m][s] = time[m];
            count[m][s] = pairs;
            stride[m][s] = jobs[m].set.k;
            printf("  n %5zu %-13s k %4zu %9.3f ms %7.3g ns a pair, %.2f of the bound\n", n, names[m],
                   jobs[m].set.k, 1e3 * time[m].median, 1e9 * time[m].median / pairs,
                   pairs * pair_cost / time[m].median);
        }
    }
    bench_row(bench, "method,n,k,pairs,seconds,low,high,ns_per_pair,share_of_bound");
    for (int m = 0; m < METHODS; m++)
        for (int s = 0; s < sizes; s++) {
            const struct bench_time *t = &spread[m][s];
            bench_row(bench, "%s,%.0f,%zu,%.0f,%.5g,%.5g,%.5g,%.4g,%.3g", names[m], size[s], stride[m][s],
                      count[m][s], t->median, t->low, t->high, 1e9 * t->median / count[m][s],
                      count[m][s] * pair_cost / t->median);
        }
    for (int m = 0; m < METHODS; m++) { /* over the upper part of the sizes: overheads are behind */
        struct stats_line line;
        int from = sizes > 3 ? sizes - 4 : 0;
        if (!stats_power_fit(size + from, seconds[m] + from, NULL, (size_t)(sizes - from), &line))
            bench_value(bench, line.slope, line.slope_error, sizes - from, "slope_%s", names[m]);
    }

    /* the gain over theory n^2 / pairs, at the sizes and strides of the derivation */
    static const size_t strides[] = {32, 45, 64};
    for (int s = 0; s < 3; s++) {
        size_t n = (size_t)2048 << s, k = strides[s];
        if (n > most)
            break;
        for (int p = 0; p < (s == 1 ? 3 : 1); p++) {
            static const enum sparse_kind patterns[] = {SPARSE_MERGED, SPARSE_ATROUS, SPARSE_LOCAL};
            static const char *const words[] = {"merged", "atrous", "local"};
            struct job dense = job_new(data, most, n, SPARSE_DENSE, 1, SPARSE_LOOPS, o, room);
            struct job loops = job_new(data, most, n, patterns[p], k, SPARSE_LOOPS, o, room), gemm = loops;
            gemm.engine = SPARSE_GEMM;
            double theory = (double)n * (double)n / pairs_of(&loops);
            struct bench_time ratio = bench_ratio(attend, &dense, attend, &loops, repeats, NULL, NULL);
            printf("  n %zu k %zu %s: theory %.3g, loops %.3g, ", n, k, words[p], theory, ratio.median);
            struct bench_time scaled = {ratio.median / theory, ratio.low / theory, ratio.high / theory,
                                        ratio.repeats};
            struct bench_time blas = bench_ratio(dense_blas, &dense, attend, &gemm, repeats, NULL, NULL);
            printf("GEMM over BLAS %.3g\n", blas.median);
            bench_measure(bench, scaled, "loops_over_theory_%s_%zu", words[p], n);
            bench_measure(bench,
                          (struct bench_time){blas.median / theory, blas.low / theory, blas.high / theory,
                                              blas.repeats},
                          "gemm_over_theory_%s_%zu", words[p], n);
            bench_measure(bench, blas, "gemm_gain_%s_%zu", words[p], n);
        }
    }

    /* twice the length, four times the time */
    struct job one = job_new(data, most, most / 4, SPARSE_DENSE, 1, SPARSE_LOOPS, o, room),
               two = job_new(data, most, most / 2, SPARSE_DENSE, 1, SPARSE_LOOPS, o, room);
    bench_measure(bench, bench_ratio(attend, &two, attend, &one, repeats, NULL, NULL), "doubling_dense");

    /* a mask */
    size_t n = 2048;
    float *mask = base_alloc(n * n, sizeof *mask);
    struct job plain = job_new(data, most, n, SPARSE_MERGED, 32, SPARSE_GEMM, o, room), masked = plain;
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < n; j++)
            mask[i * n + j] = sparse_sees(&plain.set, i, j) ? 0 : -INFINITY;
    masked.mask = mask;
    bench_measure(bench, bench_ratio(dense_masked, &masked, dense_masked, &plain, 3 * repeats, NULL, NULL),
                  "masked_over_dense");
    bench_measure(bench, bench_ratio(dense_masked, &masked, attend, &plain, 3 * repeats, NULL, NULL),
                  "masked_over_merged");

    gsl_rng_free(rng);
    free(data);
    free(o);
    free(room);
    free(mask);
    free(machine.a);
    free(machine.b);
    free(machine.c);
    return bench_close(bench);
}
