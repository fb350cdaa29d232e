/* Seconds of the recomputing network (experiments/recur): the plain cell in double, its innermost level
 * vectorized, blocks of positions with small GEMMs, against the cached network over BLAS; the exponent of the
 * time, and the memory that processes of their own take. One thread.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cblas.h>

#include "base.h"
#include "bench.h"
#include "linalg.h"
#include "recur/fast.h"
#include "recur/recur.h"

/* ---- one network, one text, all kernels ---- */

struct task {
    struct recur_network *network;
    struct fast *fast;
    struct recur_text source;
    struct recur_job job;
    double *text, *y;
    float *text_single, *y_single;
    void (*kernel)(struct fast *, const float *, float *);
};

static struct task *task_alloc(size_t layers, size_t n, size_t d, size_t block)
{
    struct task *t = base_alloc(1, sizeof *t);
    t->network = recur_network_closed(layers, d);
    t->fast = fast_alloc(t->network, n, block);
    t->text = recur_waves(n, d);
    t->y = base_alloc(n * d, sizeof *t->y);
    t->text_single = base_alloc(n * d, sizeof *t->text_single);
    t->y_single = base_alloc(n * d, sizeof *t->y_single);
    for (size_t i = 0; i < n * d; i++)
        t->text_single[i] = (float)t->text[i];
    t->source = (struct recur_text){d, recur_embed_table, t->text};
    t->job = (struct recur_job){RECUR_RECOMPUTE, n, 1, block, t->network, &t->source};
    return t;
}

static void task_free(struct task *t)
{
    fast_free(t->fast);
    recur_network_free(t->network);
    free(t->text), free(t->y), free(t->text_single), free(t->y_single);
    free(t);
}

static void run_plain(void *context)
{
    struct task *t = context;
    struct recur_cost cost;
    recur_run(&t->job, t->y, NULL, &cost);
}

static void run_vectorized(void *context)
{
    struct task *t = context;
    fast_vectorized(t->fast, t->text_single, t->y_single);
}

static void run_blocks(void *context)
{
    struct task *t = context;
    fast_blocks(t->fast, t->text_single, t->y_single);
}

static void run_cached(void *context)
{
    struct task *t = context;
    fast_cached(t->fast, t->text_single, t->y_single);
}

static double steps_of(enum recur_mode mode, size_t layers, size_t n, size_t block)
{
    struct recur_shape shape = {mode, layers, n, 1, block};
    mpz_t steps;
    mpz_init(steps);
    recur_steps(steps, &shape);
    double value = mpz_get_d(steps);
    mpz_clear(steps);
    return value;
}

/* A kernel's output must be the network's before its time counts. */
static void demand_agreement(struct task *t, void (*run)(void *), const char *name)
{
    run(t);
    double most = 0, largest = 1;
    for (size_t i = 0; i < t->job.n * t->network->d; i++) {
        most = fmax(most, fabs((double)t->y_single[i] - t->y[i]));
        largest = fmax(largest, fabs(t->y[i]));
    }
    if (!(most <= 1e-3 * largest))
        base_die(BASE_RUN_FAILED, "%s is %.3g off the plain network", name, most / largest);
}

static void row(struct bench *bench, const char *method, size_t layers, size_t n, size_t d, size_t block,
                double steps, struct bench_time time)
{
    bench_row(bench, "%s,%zu,%zu,%zu,%zu,%.0f,%.4g,%.4g,%.4g,%.4g", method, layers, n, d, block, steps,
              time.median, time.low, time.high, 1e9 * time.median / steps);
}

/* ---- the four kernels on one problem ---- */

static void compare(struct bench *bench, size_t layers, size_t n, size_t d, size_t block, int repeats)
{
    struct task *t = task_alloc(layers, n, d, block);
    void (*const run[])(void *) = {run_plain, run_vectorized, run_blocks, run_cached};
    static const char *const name[] = {"plain", "vectorized", "blocks", "cached"};
    static const enum recur_mode mode[] = {RECUR_RECOMPUTE, RECUR_RECOMPUTE, RECUR_BLOCK, RECUR_CACHED};
    void *context[] = {t, t, t, t};
    struct bench_time seconds[4];
    run_plain(t);
    for (int k = 1; k < 4; k++)
        demand_agreement(t, run[k], name[k]);
    bench_turns(4, run, context, repeats, seconds);
    for (int k = 0; k < 4; k++) {
        double steps = steps_of(mode[k], layers, n, block);
        row(bench, name[k], layers, n, d, block, steps, seconds[k]);
        printf("%-12s N=%zu L=%zu d=%zu: %9.4g s, %10.0f steps, %8.4g ns a step\n", name[k], layers, n, d,
               seconds[k].median, steps, 1e9 * seconds[k].median / steps);
    }
    bench_measure(bench, bench_ratio(run_plain, t, run_vectorized, t, repeats, NULL, NULL),
                  "plain_over_vectorized");
    bench_measure(bench, bench_ratio(run_plain, t, run_blocks, t, repeats, NULL, NULL), "plain_over_blocks");
    task_free(t);
}

/* ---- what no cache costs, with blocks, beyond the steps ---- */

static void product(void *context)
{
    float *a = context;
    enum { SIDE = 512 };
    cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, SIDE, SIDE, SIDE, 1, a, SIDE, a, SIDE, 0,
                a + SIDE * SIDE, SIDE);
}

static void blocks_against_cache(struct bench *bench, size_t layers, size_t n, size_t d, size_t block,
                                 int repeats)
{
    struct task *t = task_alloc(layers, n, d, block);
    struct bench_time cached, blocks, ratio;
    bench_ratio(run_blocks, t, run_cached, t, repeats, &blocks, &cached);
    ratio = bench_ratio(run_blocks, t, run_cached, t, repeats, NULL, NULL);
    double done = steps_of(RECUR_BLOCK, layers, n, block), kept = steps_of(RECUR_CACHED, layers, n, 1);
    row(bench, "blocks", layers, n, d, block, done, blocks);
    row(bench, "cached", layers, n, d, block, kept, cached);
    double per_step = kept / done;
    struct bench_time relative = {ratio.median * per_step, ratio.low * per_step, ratio.high * per_step,
                                  ratio.repeats};
    bench_measure(bench, relative, "step_of_blocks_over_step_of_cached");
    /* the bound of this machine: its sgemm, for the products of all pairs of blocks */
    float *room = base_alloc(2 * 512 * 512, sizeof *room);
    struct bench_time share = bench_ratio(product, room, run_blocks, t, repeats, NULL, NULL);
    struct recur_shape shape = {RECUR_BLOCK, layers, n, 1, block};
    mpz_t pairs;
    mpz_init(pairs);
    recur_pairs(pairs, &shape);
    double flops = mpz_get_d(pairs) * 4 * (double)block * (double)d * (double)(block + d) / (2 * pow(512, 3));
    bench_measure(bench,
                  (struct bench_time){share.median * flops, share.low * flops, share.high * flops, repeats},
                  "blocks_share_of_sgemm");
    mpz_clear(pairs);
    free(room);
    task_free(t);
}

/* ---- exponents ---- */

/* Slope of the logarithm of the time over the last octave. */
static void exponent(struct bench *bench, size_t layers, size_t longest, size_t d, int repeats)
{
    struct task *half = task_alloc(layers, longest / 2, d, 1), *whole = task_alloc(layers, longest, d, 1);
    struct bench_time r = bench_ratio(run_plain, whole, run_plain, half, repeats, NULL, NULL);
    bench_measure(bench, (struct bench_time){log2(r.median), log2(r.low), log2(r.high), repeats},
                  "time_slope.N_%zu", layers);
    task_free(half);
    task_free(whole);
}

/* ---- memory of a process ---- */

/* A text that costs nothing, made anew at each read. */
static void embed_cheap(const struct recur_text *text, size_t position, double *x)
{
    for (size_t a = 0; a < text->d; a++)
        x[a] = (double)((position * 40503 + a * 9973) & 1023) / 512 - 1;
}

/* The largest resident set in kB of a child that computes n positions of one layer and drops the outputs. */
static double resident(enum recur_mode mode, size_t n, size_t d)
{
    fflush(NULL);
    pid_t child = fork();
    if (child < 0)
        base_die(BASE_RUN_FAILED, "cannot fork");
    if (child == 0) {
        struct recur_network *network = recur_network_closed(1, d);
        struct recur_text text = {.d = d, .embed = embed_cheap};
        struct recur_job job = {mode, n, 1, 1, network, &text};
        struct recur_cost cost;
        recur_run(&job, NULL, NULL, &cost);
        _exit(cost.live ? 0 : 1);
    }
    int status;
    struct rusage usage;
    if (wait4(child, &status, 0, &usage) < 0 || !WIFEXITED(status) || WEXITSTATUS(status))
        base_die(BASE_RUN_FAILED, "the child that measures memory failed");
    return (double)usage.ru_maxrss;
}

static void memory(struct bench *bench)
{
    enum { SHORT = 64, LONG = 4096, DIMENSION = 64 };
    double recompute = resident(RECUR_ABSORBED, LONG, DIMENSION) - resident(RECUR_ABSORBED, SHORT, DIMENSION);
    double cached = resident(RECUR_CACHED, LONG, DIMENSION) - resident(RECUR_CACHED, SHORT, DIMENSION);
    bench_value(bench, recompute, 0, 0, "resident_more_kb.recompute");
    bench_value(bench, cached, 0, 0, "resident_more_kb.cached");
}

int main(int argc, char **argv)
{
    struct bench *bench = bench_open("recur", argc, argv);
    int repeats = bench_quick(bench) ? 5 : 15;
    linalg_single_thread();
    memory(bench);
    bench_row(bench, "method,layers,n,d,block,steps,seconds,low,high,ns_a_step");
    compare(bench, 2, 64, 32, 16, repeats);
    blocks_against_cache(bench, 3, 1024, 64, 128, repeats);
    exponent(bench, 1, 1024, 8, repeats);
    exponent(bench, 2, 256, 8, repeats);
    exponent(bench, 3, 64, 8, repeats);
    return bench_close(bench);
}
