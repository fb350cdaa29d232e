/* How fast is linear attention with m random features or codes, against dense attention on BLAS?
 *
 * d = dv = 64, float32, one thread. Counted (performer/cost), both take the same multiplications and
 * exponentials at n = 2 m, and time grows as n and as n^2. The machine's bounds are taken in the same run:
 * the rate of a large sgemm, and that of the vectorized exponential; what the kernel would take at these
 * rates is held against what it takes.
 */
#include <math.h>
#include <stdlib.h>

#include <cblas.h>

#include "attention.h"
#include "base.h"
#include "bench.h"
#include "linalg.h"
#include "performer/fast.h"
#include "rng.h"

enum { D = 64, DV = 64, M = 256, SIDE = 512 };

struct problem {
    size_t n;
    int causal, heads; /* that many calls: short ones would measure the scheduler on a busy machine */
    struct fast *fast;
    float *q, *k, *v, *o, *room;
};

static void run_fast(void *context)
{
    struct problem *p = context;
    for (int h = 0; h < p->heads; h++)
        if (fast_attend(p->fast, p->n, p->n, p->q, p->k, p->v, p->causal, p->o))
            base_die(BASE_RUN_FAILED, "a row of attention has no weight");
}

static void run_dense(void *context)
{
    struct problem *p = context;
    for (int h = 0; h < p->heads; h++)
        attention_dense_blas(p->n, p->n, D, DV, p->q, p->k, p->v, 1, p->causal, p->o, p->room);
}

static void run_gemm(void *context)
{
    float *a = context, *b = a + SIDE * SIDE, *c = b + SIDE * SIDE;
    cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasTrans, SIDE, SIDE, SIDE, 1, a, SIDE, b, SIDE, 0, c, SIDE);
}

/* Large negative numbers become 0: the time does not depend on the values. */
static void run_exp(void *context)
{
    attention_exp_sum(context, (size_t)SIDE * SIDE, 1);
}

static float *draw(gsl_rng *rng, size_t n, double scale)
{
    float *x = base_alloc(n, sizeof *x);
    for (size_t i = 0; i < n; i++)
        x[i] = (float)(scale * rng_normal(rng));
    return x;
}

/* log(time at far.n / time at near.n) / log(far.n / near.n), from both in turn. */
static void measure_slope(struct bench *bench, void (*run)(void *), struct problem far, struct problem near,
                          int repeats, const char *name)
{
    struct bench_time ratio = bench_ratio(run, &far, run, &near, repeats, NULL, NULL);
    double steps = log((double)far.n / (double)near.n), heads = (double)near.heads / far.heads;
    ratio.median = log(ratio.median * heads) / steps;
    ratio.low = log(ratio.low * heads) / steps;
    ratio.high = log(ratio.high * heads) / steps;
    bench_measure(bench, ratio, "slope.%s", name);
}

int main(int argc, char **argv)
{
    struct bench *bench = bench_open("performer", argc, argv);
    linalg_single_thread();
    int repeats = bench_quick(bench) ? 6 : 14;
    static const char *const names[] = {"dense",        "favor",        "soft",
                                        "dense_causal", "favor_causal", "soft_causal"};
    enum { KERNELS = 6, SIZES = 4, LARGEST = 8192 };
    double sizes[SIZES] = {1024, 2048, 4096, 8192};
    gsl_rng *rng = rng_stream(1, "bench");
    float *omega = draw(rng, M * D, 1), *q = draw(rng, LARGEST * D, 0.15), *k = draw(rng, LARGEST * D, 0.15),
          *v = draw(rng, LARGEST * DV, 1), *o = base_alloc(LARGEST * DV, sizeof *o),
          *room = base_alloc(attention_dense_blas_room(LARGEST, LARGEST), sizeof *room),
          *square = draw(rng, 3 * SIDE * SIDE, 0.1);
    struct fast *favor = fast_new(FAST_FAVOR, D, M, DV, 1, omega),
                *soft = fast_new(FAST_SOFT, D, M, DV, 1, omega);
    bench_row(bench, "n,kernel,seconds,low,high");
    for (int s = 0; s < SIZES; s++) {
        struct problem problem[KERNELS];
        void (*run[KERNELS])(void *);
        void *context[KERNELS];
        struct bench_time turn[KERNELS];
        int heads = LARGEST / (int)sizes[s];
        for (int i = 0; i < KERNELS; i++) {
            problem[i] = (struct problem){
                (size_t)sizes[s], i >= 3, heads, i % 3 == 2 ? soft : favor, q, k, v, o, room};
            run[i] = i % 3 ? run_fast : run_dense;
            context[i] = &problem[i];
        }
        bench_turns(KERNELS, run, context, sizes[s] > 4000 ? repeats / 3 + 2 : repeats / 2, turn);
        for (int i = 0; i < KERNELS; i++)
            bench_row(bench, "%g,%s,%.4g,%.4g,%.4g", sizes[s], names[i], turn[i].median / heads,
                      turn[i].low / heads, turn[i].high / heads);
    }
    struct problem far = {4096, 0, 1, favor, q, k, v, o, room}, near = far, softly = far, causal = far;
    near.n = 2 * M;
    near.heads = 16;
    softly.fast = soft;
    causal.causal = 1;
    struct problem least = far;
    least.n = 1024;
    least.heads = 8;
    measure_slope(bench, run_dense, far, least, repeats, "dense");
    measure_slope(bench, run_fast, far, least, 3 * repeats, "favor");
    least.fast = soft;
    measure_slope(bench, run_fast, softly, least, 3 * repeats, "soft");
    least.fast = favor;
    least.causal = 1;
    measure_slope(bench, run_fast, causal, least, 3 * repeats, "favor_causal");
    struct bench_time seconds;
    bench_measure(bench, bench_ratio(run_dense, &far, run_fast, &far, 2 * repeats, NULL, &seconds),
                  "dense_over_favor.n_4096");
    bench_measure(bench, bench_ratio(run_dense, &near, run_fast, &near, 2 * repeats, NULL, NULL),
                  "dense_over_favor.n_512");
    bench_measure(bench, bench_ratio(run_fast, &softly, run_fast, &far, 2 * repeats, NULL, NULL),
                  "soft_over_favor");
    bench_measure(bench, bench_ratio(run_fast, &causal, run_fast, &far, 2 * repeats, NULL, NULL),
                  "causal_over_favor");

    /* the machine's rates, and the time they would need */
    struct bench_time gemm = bench_seconds(run_gemm, square, repeats),
                      exps = bench_seconds(run_exp, square, repeats);
    favor->multiplies = favor->exps = 0;
    run_fast(&far);
    double bound = favor->multiplies * gemm.median / pow(SIDE, 3) + favor->exps * exps.median / (SIDE * SIDE);
    printf("sgemm %.3g GFLOP/s, exp %.3g G/s, favor at n = 4096: %.3g ms, %.3g us a token\n",
           2e-9 * pow(SIDE, 3) / gemm.median, 1e-9 * SIDE * SIDE / exps.median,
           1e3 * seconds.median / far.heads, 1e6 * seconds.median / far.heads / 4096);
    bench_measure(bench,
                  (struct bench_time){bound / seconds.median, bound / seconds.high, bound / seconds.low,
                                      seconds.repeats},
                  "share_of_bound");
    fast_free(favor);
    fast_free(soft);
    gsl_rng_free(rng);
    free(omega);
    free(q);
    free(k);
    free(v);
    free(o);
    free(room);
    free(square);
    return bench_close(bench);
}
