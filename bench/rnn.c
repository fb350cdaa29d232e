/* How much time does evaluating a recurrent network for all times at once take, against the loop?
 *
 * d = 4, 16, 64, 256, 1024 dimensions, one thread. The loop is the faster of two: our product with vectorized
 * tanh, and dgemv. Timed in turn: the loop; one iteration without a matrix (picard: one matrix product over
 * all times, tanh, the test of convergence); the article's scheme in the eigenbasis for as many iterations as
 * small signals need; the diagonal recurrence by itself; one combine of dense maps. Iterations are counted on
 * the same network, norm 0.9.
 *
 * From the time of a combine follows what Newton's method costs on p processors, K iterations of a scan of 2
 * T/p + log2 p combines each: rows `projection` of the table; and in the same way for the diagonal
 * recurrence, where channels are split and no scan is needed.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cblas.h>

#include "base.h"
#include "bench.h"
#include "linalg.h"
#include "rng.h"
#include "rnn/rnn.h"

struct job {
    struct rnn *rnn;
    struct rnn_fast *fast;
    double *path, *x, *room;
    double *maps; /* three dense elements */
    long iterations;
    int threads;
    long combines;
};

static void run_loop(void *context)
{
    struct job *job = context;
    const struct rnn *rnn = job->rnn;
    size_t d = rnn->d;
    for (size_t t = 1; t <= rnn->steps; t++) {
        double *now = job->path + t * d;
        memcpy(now, rnn->u + (t - 1) * d, d * sizeof *now);
        rnn_add_product(d, d, rnn->a, now - d, now);
        rnn_tanh(d, now);
    }
}

static void run_gemv(void *context)
{
    struct job *job = context;
    const struct rnn *rnn = job->rnn;
    int d = (int)rnn->d;
    for (size_t t = 1; t <= rnn->steps; t++) {
        double *now = job->path + t * rnn->d;
        memcpy(now, rnn->u + (t - 1) * rnn->d, rnn->d * sizeof *now);
        cblas_dgemv(CblasRowMajor, CblasNoTrans, d, d, 1, rnn->a, d, now - d, 1, 1, now, 1);
        rnn_tanh(rnn->d, now);
    }
}

static void run_picard(void *context)
{
    struct job *job = context;
    rnn_fast_picard(job->rnn, job->x, job->room, job->threads);
}

static void run_fixed(void *context)
{
    struct job *job = context;
    rnn_fast_iterate(job->fast, job->iterations);
}

static void run_recur(void *context)
{
    struct job *job = context;
    rnn_fast_recur(job->fast);
}

static void run_product(void *context)
{
    struct job *job = context;
    const struct rnn *rnn = job->rnn;
    linalg_gemm('N', 'T', rnn->steps, rnn->d, rnn->d, 1, job->x, rnn->a, 0, job->room);
}

static void run_combine(void *context)
{
    struct job *job = context;
    size_t size = rnn_dense_size(job->rnn->d) / sizeof(double);
    for (long i = 0; i < job->combines; i++)
        rnn_combine_dense(job->maps + (i % 2 ? 2 : 1) * size, job->maps, job->maps + (i % 2 ? 1 : 2) * size,
                          &job->rnn->d);
}

static void run_combine_blas(void *context)
{
    struct job *job = context;
    size_t d = job->rnn->d, size = d * d + d;
    for (long i = 0; i < job->combines; i++) {
        const double *right = job->maps + (i % 2 ? 1 : 2) * size;
        double *out = job->maps + (i % 2 ? 2 : 1) * size;
        memcpy(out + d * d, right + d * d, d * sizeof *out);
        rnn_add_product(d, d, right, job->maps + d * d, out + d * d);
        linalg_gemm('N', 'N', d, d, d, 1, right, job->maps, 0, out);
    }
}

/* Iterations to 1e-8 on this network. */
static long count_iterations(const struct rnn *rnn, enum rnn_method method)
{
    struct rnn_options options = {.method = method};
    double *path = base_alloc((rnn->steps + 1) * rnn->d, sizeof *path);
    rnn_path(rnn, path);
    long count = rnn_solve(rnn, &options, path, 1e-8, (long)rnn->steps, NULL).iterations;
    free(path);
    return count;
}

/* The same matrix whatever the scale of the inputs; *eigen is made on the first call. */
static struct job *job_alloc(size_t d, size_t steps, double scale, struct rnn_eigen **eigen)
{
    struct job *job = base_alloc(1, sizeof *job);
    gsl_rng *rng = rng_stream(1, "bench/rnn");
    job->rnn = rnn_problem("gauss", d, steps, 0.9, scale, 0, NULL, NULL, rng);
    if (!*eigen)
        *eigen = rnn_eigen_alloc(d, job->rnn->a);
    job->fast = rnn_fast_alloc(job->rnn, *eigen);
    job->path = base_alloc((steps + 1) * d, sizeof(double));
    job->x = base_alloc((steps + 1) * d, sizeof(double));
    job->room = base_alloc(steps * d, sizeof(double));
    size_t size = d * d + d;
    job->maps = base_alloc(3 * size, sizeof(double));
    rng_normals(rng, job->maps, 3 * size);
    for (size_t i = 0; i < 3 * size; i++) /* products neither grow nor vanish at once */
        job->maps[i] /= sqrt((double)d);
    job->threads = 1;
    job->combines = 2 + (long)(2000000 / (d * d * d));
    gsl_rng_free(rng);
    return job;
}

static void job_free(struct job *job)
{
    rnn_free(job->rnn);
    rnn_fast_free(job->fast);
    free(job->path);
    free(job->x);
    free(job->room);
    free(job->maps);
    free(job);
}

/* time / divisor, or divisor / time */
static struct bench_time scaled(struct bench_time t, double factor)
{
    return (struct bench_time){t.median * factor, t.low * factor, t.high * factor, t.repeats};
}

static struct bench_time inverse(struct bench_time t, double factor)
{
    return (struct bench_time){factor / t.median, factor / t.high, factor / t.low, t.repeats};
}

static void time_row(struct bench *bench, size_t d, size_t steps, const char *method, long its,
                     struct bench_time t, double loop)
{
    bench_row(bench, "time,%zu,%zu,%s,%ld,1,%.4g,%.4g,%.4g,%.4g", d, steps, method, its, t.median, t.low,
              t.high, loop / t.median);
}

static void one_size(struct bench *bench, size_t d, int repeats)
{
    size_t steps = d > 256 ? 256 : d > 64 ? 2048 : 4096;
    struct rnn_eigen *eigen = NULL;
    struct job *job = job_alloc(d, steps, 0.1, &eigen), *tiny = job_alloc(d, steps, 0.01, &eigen),
               *large = job_alloc(d, steps, 1, &eigen);
    rnn_eigen_free(eigen);
    long picard = count_iterations(job->rnn, RNN_PICARD), newton = count_iterations(job->rnn, RNN_NEWTON);
    long fixed = count_iterations(job->rnn, RNN_FIXED),
         picard_large = count_iterations(large->rnn, RNN_PICARD);
    job->iterations = fixed;
    tiny->iterations = count_iterations(tiny->rnn, RNN_FIXED);

    struct bench_time seconds[8];
    void (*combine_by[])(void *) = {d < 256 ? run_combine : run_combine_blas, run_combine_blas};
    void (*run[])(void *) = {run_loop,  run_gemv,  run_picard,    run_fixed,
                             run_fixed, run_recur, combine_by[0], combine_by[1]};
    void *context[] = {job, job, job, job, tiny, tiny, job, job};
    bench_turns(8, run, context, repeats, seconds);
    int own = seconds[0].median < seconds[1].median;
    int plain = seconds[6].median < seconds[7].median;
    struct bench_time loop = seconds[own ? 0 : 1],
                      combine = scaled(seconds[plain ? 6 : 7], 1 / (double)job->combines);
    time_row(bench, d, steps, "loop", 1, loop, loop.median);
    time_row(bench, d, steps, "picard", 1, seconds[2], loop.median);
    time_row(bench, d, steps, "fixed_small", fixed, seconds[3], loop.median);
    time_row(bench, d, steps, "fixed_tiny", tiny->iterations, seconds[4], loop.median);
    time_row(bench, d, steps, "recurrence", 1, seconds[5], loop.median);
    time_row(bench, d, steps, "combine", 1, combine, loop.median);

    struct bench_time per_it =
        bench_ratio(run_picard, job, own ? run_loop : run_gemv, job, repeats, NULL, NULL);
    bench_measure(bench, inverse(per_it, 1), "break_even_%zu", d);
    bench_measure(bench, inverse(per_it, 1 / (double)picard_large), "picard_total_%zu", d);
    struct bench_time total =
        bench_ratio(run_fixed, job, own ? run_loop : run_gemv, job, repeats, NULL, NULL);
    bench_measure(bench, inverse(total, 1), "fixed_small_%zu", d);
    total = bench_ratio(run_fixed, tiny, own ? run_loop : run_gemv, tiny, repeats, NULL, NULL);
    bench_measure(bench, inverse(total, 1), "fixed_tiny_%zu", d);
    struct bench_time share =
        bench_ratio(run_recur, tiny, own ? run_loop : run_gemv, tiny, repeats, NULL, NULL);
    bench_measure(bench, share, "recurrence_share_%zu", d);
    struct bench_time ratio =
        bench_ratio(combine_by[plain ? 0 : 1], job, own ? run_loop : run_gemv, job, repeats, NULL, NULL);
    ratio = scaled(ratio, (double)steps / (double)job->combines);
    bench_measure(bench, scaled(ratio, 1 / (double)(d + 1)), "combine_over_model_%zu", d);
    printf("d = %zu: iterations to 1e-8 at inputs 0.1: picard %ld, fixed %ld, newton %ld; at 1: picard %ld; "
           "at 0.01: "
           "fixed %ld\n",
           d, picard, fixed, newton, picard_large, tiny->iterations);

    /* the share of the machine's product that an iteration reaches */
    struct bench_time product = bench_seconds(run_product, job, 5);
    printf("d = %zu: dgemm over all times %.3g GFLOP/s, %.0f %% of an iteration of picard\n", d,
           2e-9 * (double)(steps * d * d) / product.median, 100 * product.median / seconds[2].median);
    job->threads = 2; /* says something on two idle processors alone: printed, kept nowhere */
    struct bench_time two = bench_seconds(run_picard, job, 3);
    printf("d = %zu: an iteration of picard on two threads takes %.2f of its time on one\n", d,
           two.median / seconds[2].median);

    /* p processors, a sequence as long as one likes: the logarithm of p stays beside 2 T/p */
    double step = loop.median / (double)steps, length = 1e5;
    for (double p = 1; p <= 65536; p *= 2) {
        double rounds = p > 1 ? 2 * length / p + log2(p) : length;
        double scan = (double)newton * rounds * combine.median;
        double split = fmin(p, (double)d);
        double channels =
            (double)fixed * length *
            (seconds[5].median / split + (seconds[3].median / (double)fixed - seconds[5].median) / p) /
            (double)steps;
        bench_row(bench, "projection,%zu,%.0f,newton,%ld,%.0f,%.4g,,,%.4g", d, length, newton, p, scan,
                  step * length / scan);
        bench_row(bench, "projection,%zu,%.0f,fixed,%ld,%.0f,%.4g,,,%.4g", d, length, fixed, p, channels,
                  step * length / channels);
    }
    /* the processors at which Newton draws level: 2 K c_combine / c_step */
    bench_measure(bench, scaled(ratio, 2 * (double)newton), "processors_%zu", d);
    job_free(job);
    job_free(large);
    job_free(tiny);
}

int main(int argc, char **argv)
{
    struct bench *bench = bench_open("rnn", argc, argv);
    linalg_single_thread();
    bench_row(bench, "kind,d,T,method,iterations,processors,seconds,low,high,speedup");
    static const size_t sizes[] = {4, 16, 64, 256, 1024};
    for (size_t i = 0; i < 5; i++)
        one_size(bench, sizes[i], bench_quick(bench) ? 3 : sizes[i] > 256 ? 7 : 15);
    return bench_close(bench);
}
