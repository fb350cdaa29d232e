/* Is the Renyi entropy of order 2 cheaper than Shannon's? kexue.fm/archives/9595 (last remark) says so: one
 * logarithm instead of n. Both are written as plain loops over n probabilities, and timed in turn; beside
 * them the library's softmax_renyi, which pays logarithms for safety at any order, and the sorting Gini index
 * against one pass of l1/l2.
 */
#include <math.h>
#include <stdlib.h>

#include "base.h"
#include "bench.h"
#include "rng.h"
#include "softmax.h"
#include "sparsity/sparsity.h"

enum { N = 1000000 };

struct data {
    double *p, *work;
    double value; /* so that no call can be left out */
};

static void shannon(void *context)
{
    struct data *d = context;
    double sum = 0;
    for (size_t i = 0; i < N; i++)
        sum -= d->p[i] * log(d->p[i]);
    d->value += sum;
}

static void order_two(void *context)
{
    struct data *d = context;
    double sum = 0;
    for (size_t i = 0; i < N; i++)
        sum += d->p[i] * d->p[i];
    d->value -= log(sum);
}

static void library_one(void *context)
{
    struct data *d = context;
    d->value += softmax_renyi(d->p, N, 1);
}

static void library_two(void *context)
{
    struct data *d = context;
    d->value += softmax_renyi(d->p, N, 2);
}

static void gini(void *context)
{
    struct data *d = context;
    d->value += sparsity_gini(d->p, N, d->work);
}

static void star(void *context)
{
    struct data *d = context;
    d->value += sparsity_ratio(d->p, N, 1, 2);
}

int main(int argc, char **argv)
{
    struct bench *bench = bench_open("sparsity", argc, argv);
    struct data d = {.p = base_alloc(N, sizeof *d.p), .work = base_alloc(N, sizeof *d.work)};
    gsl_rng *rng = rng_stream(1, "bench: sparsity");
    double all = 0;
    for (size_t i = 0; i < N; i++)
        all += d.p[i] = -log(gsl_rng_uniform_pos(rng));
    for (size_t i = 0; i < N; i++)
        d.p[i] /= all;
    int repeats = bench_quick(bench) ? 5 : 21;
    bench_measure(bench, bench_ratio(shannon, &d, order_two, &d, repeats, NULL, NULL), "h1_over_h2");
    bench_measure(bench, bench_ratio(library_one, &d, library_two, &d, repeats, NULL, NULL),
                  "library_h1_over_h2");
    bench_measure(bench, bench_ratio(gini, &d, star, &d, repeats, NULL, NULL), "gini_over_star");
    gsl_rng_free(rng);
    free(d.p);
    free(d.work);
    if (!isfinite(d.value))
        base_die(BASE_RUN_FAILED, "an index is not finite");
    return bench_close(bench);
}
