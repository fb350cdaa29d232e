/* How much faster are Monarch matrices than dense ones, and where do their kernels stand against the
 * machine?
 *
 * Source: kexue.fm/archives/10249: products take n^1.5 operations against n^2, solutions n^2 against n^3,
 * the projection n^2.5 against n^3 of an SVD. Measured in turn, in one run, on one thread, for n = b^2: a
 * product with one vector (dense dgemv, the packed kernel, FFTW's complex transform of the same length),
 * with 256 vectors (dgemm, one GEMM a block), a solution (dgesv, LU of the blocks), the projection (SVD of
 * every slice, power iteration, singular values of the whole matrix by dgesdd). The bounds of the machine,
 * bandwidth of a read and rate of dgemm, come from the same run.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <cblas.h>
#include <fftw3.h>

#include "base.h"
#include "bench.h"
#include "linalg.h"
#include "monarch/monarch.h"
#include "rng.h"
#include "stats.h"

enum { BATCH = 256, SIDES_MAX = 8 };

struct problem {
    size_t n, b, batch;
    struct monarch *m;
    struct monarch_packed *packed;
    double *a, *x, *y, *work; /* dense matrix (or NULL), vectors */
    fftw_plan plan;
    fftw_complex *in, *out;
    double sum; /* so that no call can be left out */
};

static void dense_vector(void *context)
{
    struct problem *p = context;
    cblas_dgemv(CblasRowMajor, CblasNoTrans, (int)p->n, (int)p->n, 1, p->a, (int)p->n, p->x, 1, 0, p->y, 1);
}

static void monarch_vector(void *context)
{
    struct problem *p = context;
    monarch_apply(p->packed, p->x, p->y, p->work);
}

static void transform(void *context)
{
    fftw_execute(((struct problem *)context)->plan);
}

static void dense_batch(void *context)
{
    struct problem *p = context;
    linalg_gemm('N', 'N', p->n, p->batch, p->n, 1, p->a, p->x, 0, p->y);
}

static void monarch_batch(void *context)
{
    struct problem *p = context;
    monarch_apply_batch(p->m, p->batch, p->x, p->y, p->work);
}

static void dense_solve(void *context)
{
    struct problem *p = context;
    memcpy(p->y, p->x, p->n * sizeof *p->y);
    if (linalg_solve(p->n, 1, p->a, p->y))
        base_die(BASE_RUN_FAILED, "a matrix is singular");
}

static void monarch_blocks_solve(void *context)
{
    struct problem *p = context;
    struct monarch_factors *f = monarch_factor(p->m);
    if (!f)
        base_die(BASE_RUN_FAILED, "a block is singular");
    monarch_solve(f, p->x, p->y, p->work);
    monarch_factors_free(f);
}

static void project_blocks(void *context)
{
    struct problem *p = context;
    p->sum += monarch_project(p->n, p->b, p->a, p->m);
}

static void project_power(void *context)
{
    struct problem *p = context;
    p->sum += (double)monarch_project_power(p->n, p->b, p->a, 1e-10, 1000, p->m, NULL);
}

static void whole_values(void *context)
{
    struct problem *p = context;
    linalg_svd(p->n, p->n, p->a, p->work, NULL, NULL);
    p->sum += p->work[0];
}

static void read_memory(void *context)
{
    struct problem *p = context;
    p->sum += cblas_dasum((int)p->n, p->x, 1);
}

/* A Monarch matrix, its dense copy when asked for, vectors. */
static void problem_open(struct problem *p, size_t n, size_t batch, int dense, gsl_rng *rng)
{
    *p = (struct problem){.n = n, .b = (size_t)lround(sqrt((double)n)), .batch = batch};
    p->m = monarch_alloc(n, p->b);
    monarch_draw(p->m, rng);
    p->packed = monarch_pack(p->m);
    p->x = base_alloc(n * batch, sizeof *p->x);
    p->y = base_alloc(n * batch, sizeof *p->y);
    p->work = base_alloc(n * batch, sizeof *p->work);
    rng_normals(rng, p->x, n * batch);
    if (dense) {
        p->a = base_alloc(n * n, sizeof *p->a);
        rng_normals(rng, p->a, n * n); /* the same work as the Monarch matrix itself, and well conditioned */
    }
    if (batch == 1) {
        p->in = fftw_alloc_complex(n);
        p->out = fftw_alloc_complex(n);
        if (!p->in || !p->out)
            base_die(BASE_RUN_FAILED, "no memory for a transform of %zu", n);
        p->plan = fftw_plan_dft_1d((int)n, p->in, p->out, FFTW_FORWARD, FFTW_MEASURE);
        for (size_t i = 0; i < n; i++)
            p->in[i] = p->x[i]; /* LAPACKE brings in complex.h, so this is C99 complex */
    }
}

static void problem_close(struct problem *p)
{
    monarch_free(p->m);
    monarch_packed_free(p->packed);
    free(p->a);
    free(p->x);
    free(p->y);
    free(p->work);
    if (p->plan)
        fftw_destroy_plan(p->plan);
    fftw_free(p->in);
    fftw_free(p->out);
}

static void row(struct bench *bench, size_t n, const char *method, size_t batch, struct bench_time t,
                double flops)
{
    bench_row(bench, "%zu,%s,%zu,%.4g,%.4g,%.4g,%.4g", n, method, batch, t.median, t.low, t.high,
              flops / t.median / 1e9);
}

/* The ratio of the lower quartiles of times taken in turn: what the machine does when others disturb it
 * least, since noise only adds time. So it has no error of its own, and margins in the ledger are wide. */
static double undisturbed(struct bench_time a, struct bench_time b)
{
    return a.low / b.low;
}

/* Times that grow as n^slope, kept for a fit. */
struct law {
    double n[SIDES_MAX], seconds[SIDES_MAX];
    size_t count;
};

static void law_add(struct law *law, size_t n, struct bench_time t)
{
    law->n[law->count] = (double)n;
    law->seconds[law->count++] = t.low;
}

static void law_print(const struct law *law, const char *name)
{
    struct stats_line line;
    if (!stats_power_fit(law->n, law->seconds, NULL, law->count, &line))
        printf("%s: time grows as n^%.2f, +- %.2f\n", name, line.slope, line.slope_error);
}

static double machine(gsl_rng *rng, int repeats, double *bandwidth)
{
    size_t count = 16000000, n = 1024;
    struct problem p = {.n = count, .x = base_alloc(count, sizeof(double))};
    for (size_t i = 0; i < count; i++)
        p.x[i] = 1;
    struct bench_time t = bench_seconds(read_memory, &p, repeats);
    *bandwidth = 8 * (double)count / t.median / 1e9;
    free(p.x);
    problem_open(&p, n, n, 1, rng);
    t = bench_seconds(dense_batch, &p, repeats);
    double rate = 2 * pow((double)n, 3) / t.median / 1e9;
    problem_close(&p);
    printf("this machine: reads %.3g GB/s, dgemm %.3g GFLOP/s\n", *bandwidth, rate);

    return rate;
}

static void vectors(struct bench *bench, gsl_rng *rng, int repeats, double bandwidth)
{
    static const size_t sides[] = {64, 256, 1024, 4096, 16384};
    struct law dense_law = {0}, law = {0};
    for (size_t k = 0; k < 5; k++) {
        size_t n = sides[k];
        int dense = n <= 4096;
        struct problem p;
        struct bench_time t[3];
        problem_open(&p, n, 1, dense, rng);
        double flops = 4 * (double)n * (double)p.b, side = (double)n;
        if (dense) {
            bench_ratio(dense_vector, &p, monarch_vector, &p, repeats, &t[0], &t[1]);
            row(bench, n, "dense", 1, t[0], 2 * side * side);
            if (n >= 256)
                law_add(&dense_law, n, t[0]);
            if (n == 1024 || n == 4096)
                bench_value(bench, undisturbed(t[0], t[1]), 0, 0, "vector.%zu", n);
        } else {
            t[1] = bench_seconds(monarch_vector, &p, repeats);
        }
        row(bench, n, "monarch", 1, t[1], flops);
        if (n >= 256)
            law_add(&law, n, t[1]);
        printf("n = %zu: %.3g GFLOP/s, reads its factors at %.3g GB/s, %.2f of the memory's\n", n,
               flops / t[1].median / 1e9, 4 * flops / t[1].median / 1e9,
               4 * flops / t[1].median / 1e9 / bandwidth);
        bench_ratio(monarch_vector, &p, transform, &p, repeats, &t[1], &t[2]);
        row(bench, n, "fft", 1, t[2], 5 * side * log2(side));
        if (n == 1024 || n == 4096)
            bench_value(bench, undisturbed(t[1], t[2]), 0, 0, "over_fft.%zu", n);
        problem_close(&p);
    }
    law_print(&dense_law, "dense_vector");
    law_print(&law, "monarch_vector");
}

static void batches(struct bench *bench, gsl_rng *rng, int repeats, double rate)
{
    static const size_t sides[] = {64, 256, 1024, 4096};
    struct law dense_law = {0}, law = {0};
    double first = 0;
    for (size_t k = 0; k < 4; k++) {
        size_t n = sides[k];
        struct problem p;
        struct bench_time t[2];
        problem_open(&p, n, BATCH, 1, rng);
        double flops = 4 * (double)n * (double)p.b * BATCH, side = (double)n;
        bench_ratio(dense_batch, &p, monarch_batch, &p, n < 4096 ? repeats : 5, &t[0], &t[1]);
        row(bench, n, "dense", BATCH, t[0], 2 * side * side * BATCH);
        row(bench, n, "monarch", BATCH, t[1], flops);
        printf("n = %zu, %d vectors: %.3g GFLOP/s, %.2f of dgemm's\n", n, BATCH, flops / t[1].median / 1e9,
               flops / t[1].median / 1e9 / rate);
        law_add(&dense_law, n, t[0]);
        law_add(&law, n, t[1]);
        if (n == 1024 || n == 4096)
            bench_value(bench, undisturbed(t[0], t[1]), 0, 0, "batch.%zu", n);
        if (n == 256)
            first = undisturbed(t[0], t[1]);
        if (n == 4096) /* the power of n by which the gain grows: 1/2 by operations */
            bench_value(bench, log(undisturbed(t[0], t[1]) / first) / log(16), 0, 0, "growth.batch");
        problem_close(&p);
    }
    law_print(&dense_law, "dense_batch");
    law_print(&law, "monarch_batch");
}

static void solutions(struct bench *bench, gsl_rng *rng, int repeats)
{
    static const size_t sides[] = {64, 256, 1024};
    struct law dense_law = {0}, law = {0};
    double first = 0;
    for (size_t k = 0; k < 3; k++) {
        size_t n = sides[k];
        struct problem p;
        struct bench_time t[2];
        problem_open(&p, n, 1, 1, rng);
        bench_ratio(dense_solve, &p, monarch_blocks_solve, &p, n < 1024 ? repeats : 7, &t[0], &t[1]);
        row(bench, n, "dense_solve", 1, t[0], 2.0 / 3 * pow((double)n, 3));
        row(bench, n, "monarch_solve", 1, t[1], 4.0 / 3 * pow((double)n, 2));
        law_add(&dense_law, n, t[0]);
        law_add(&law, n, t[1]);
        if (n == 64)
            first = undisturbed(t[0], t[1]);
        if (n == 1024) {
            bench_value(bench, undisturbed(t[0], t[1]), 0, 0, "solve.%zu", n);
            bench_value(bench, log(undisturbed(t[0], t[1]) / first) / log(16), 0, 0, "growth.solve");
        }
        problem_close(&p);
    }
    struct problem p;
    problem_open(&p, 4096, 1, 0, rng);
    struct bench_time t = bench_seconds(monarch_blocks_solve, &p, repeats);
    row(bench, 4096, "monarch_solve", 1, t, 4.0 / 3 * pow(4096, 2));
    law_add(&law, 4096, t);
    problem_close(&p);
    law_print(&dense_law, "dense_solve");
    law_print(&law, "monarch_solve");
}

static void projections(struct bench *bench, gsl_rng *rng, int quick)
{
    static const size_t sides[] = {256, 1024};
    void (*const runs[])(void *) = {project_blocks, project_power, whole_values};
    static const char *const names[] = {"block_svd", "power", "whole_values"};
    for (size_t k = 0; k < (quick ? 1 : 2); k++) {
        size_t n = sides[k];
        struct problem p;
        struct bench_time t[3];
        problem_open(&p, n, 1, 1, rng);
        void *const contexts[] = {&p, &p, &p};
        bench_turns(3, runs, contexts, 7, t);
        for (size_t i = 0; i < 3; i++)
            row(bench, n, names[i], 1, t[i], 0);
        if (n == 256)
            bench_value(bench, undisturbed(t[2], t[0]), 0, 0, "whole_over_blocks.%zu", n);
        if (n == 1024) {
            bench_value(bench, undisturbed(t[2], t[1]), 0, 0, "whole_over_power.%zu", n);
            bench_value(bench, undisturbed(t[0], t[1]), 0, 0, "blocks_over_power.%zu", n);
            bench_value(bench, undisturbed(t[2], t[0]), 0, 0, "whole_over_blocks.%zu", n);
        }
        problem_close(&p);
    }
}

int main(int argc, char **argv)
{
    struct bench *bench = bench_open("monarch", argc, argv);
    int quick = bench_quick(bench), repeats = quick ? 5 : 25;
    double bandwidth;
    linalg_single_thread();
    gsl_rng *rng = rng_stream(1, "bench: monarch");
    bench_row(bench, "n,method,batch,seconds,low,high,gflops");
    double rate = machine(rng, repeats, &bandwidth);
    vectors(bench, rng, repeats, bandwidth);
    batches(bench, rng, repeats, rate);
    solutions(bench, rng, repeats);
    projections(bench, rng, quick);
    gsl_rng_free(rng);
    fftw_cleanup();
    return bench_close(bench);
}
