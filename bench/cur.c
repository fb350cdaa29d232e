/* What does CUR retrieval save in time, and what do the vectorized scores? kexue.fm/archives/9336 counts |U|
 * expensive evaluations in place of |K| and neglects the inner products. 4000 names of Unicode, r = 400, c =
 * 100, B = 200.
 *
 * Ratios measured in turn: the kernels against the plain dynamic programs, pair by pair; a query by CUR
 * against scoring all items, with the plain alignment (an expensive score) and with the vectorized
 * subsequence (a cheap one); the product f E against the scores it spares. Bounds of the machine in the same
 * run: a large dgemm, and sums over an array as large as the cached factor.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base.h"
#include "bench.h"
#include "cur/choose.h"
#include "cur/cur.h"
#include "linalg.h"

enum {
    ITEMS = 4000,
    QUERIES = 400,
    R = 400,
    C = 100,
    BUDGET = 200,
    K = 10,
    BATCH = 64,
    FEW = 250,
    GEMM = 1024
};

struct context {
    enum score_kind kind;
    const struct score_strings *items, *batch, *one;
    struct cur_index *index;
    int *raw;
    double *score, *approximation, *f, *a, *b, *c;
    double value; /* so that no call can be left out */
};

static void kernel(void *context)
{
    struct context *x = context;
    score_matrix(x->kind, x->batch, x->items, x->raw);
    x->value += x->raw[7];
}

static void plain(void *context)
{
    struct context *x = context;
    for (size_t i = 0; i < x->batch->count; i++)
        for (size_t k = 0; k < x->items->count; k++)
            x->value += (double)score_pair(x->kind, x->batch->at[i], x->batch->length[i], x->items->at[k],
                                           x->items->length[k]);
}

static double score_plainly(struct context *x, size_t item)
{
    size_t n = x->one->length[0], m = x->items->length[item];
    return score_similarity(x->kind, score_pair(x->kind, x->one->at[0], n, x->items->at[item], m), n, m);
}

static void all_plainly(void *context)
{
    struct context *x = context;
    size_t best[K];
    for (size_t k = 0; k < ITEMS; k++)
        x->score[k] = score_plainly(x, k);
    cur_order_row(ITEMS, x->score, K, best);
    x->value += (double)best[0];
}

static void product(void *context)
{
    struct context *x = context;
    linalg_gemm('N', 'N', 1, ITEMS, C, 1, x->f, x->index->cache, 0, x->approximation);
    x->value += x->approximation[3];
}

static void cur_plainly(void *context)
{
    struct context *x = context;
    size_t item[BUDGET - C], best[K];
    for (size_t i = 0; i < C; i++)
        x->f[i] = x->score[i] = score_plainly(x, x->index->anchor[i]);
    product(x);
    for (size_t i = 0; i < C; i++)
        x->approximation[x->index->anchor[i]] = -INFINITY;
    cur_order_row(ITEMS, x->approximation, BUDGET - C, item);
    for (size_t i = 0; i < BUDGET - C; i++)
        x->score[C + i] = score_plainly(x, item[i]);
    cur_order_row(BUDGET, x->score, K, best);
    x->value += (double)best[0];
}

static void budget_plainly(void *context)
{
    struct context *x = context;
    for (size_t k = 0; k < BUDGET; k++)
        x->value += score_plainly(x, k);
}

static void budget_by_kernel(void *context)
{
    struct context *x = context;
    struct score_strings some = *x->items;
    some.count = BUDGET;
    score_matrix(x->kind, &some, x->one, x->raw);
    x->value += x->raw[3];
}

static void all_by_kernel(void *context)
{
    struct context *x = context;
    size_t best[K];
    score_matrix(x->kind, x->items, x->one, x->raw); /* symmetric: the items take the lanes */
    for (size_t k = 0; k < ITEMS; k++)
        x->score[k] = score_similarity(x->kind, x->raw[k], x->one->length[0], x->items->length[k]);
    cur_order_row(ITEMS, x->score, K, best);
    x->value += (double)best[0];
}

static void cur_by_kernel(void *context)
{
    struct context *x = context;
    size_t best[K];
    cur_index_query(x->index, x->one->at[0], x->one->length[0], BUDGET, K, best, x->score);
    x->value += x->score[0];
}

static void large_gemm(void *context)
{
    struct context *x = context;
    linalg_gemm('N', 'N', GEMM, GEMM, GEMM, 1, x->a, x->b, 0, x->c);
    x->value += x->c[5];
}

static void batch_product(void *context)
{
    struct context *x = context;
    linalg_gemm('N', 'N', QUERIES, ITEMS, C, 1, x->a, x->index->cache, 0, x->c);
    x->value += x->c[5];
}

int main(int argc, char **argv)
{
    struct bench *bench = bench_open("cur", argc, argv);
    linalg_single_thread();
    int repeats = bench_quick(bench) ? 5 : 31;
    struct score_strings *all = score_strings_read("uni"), *items = score_strings_walk(all, ITEMS, 8, 0);
    struct score_strings *queries = score_strings_walk(all, QUERIES, 80, 4),
                         *batch = score_strings_walk(all, BATCH, 400, 44);
    struct score_strings few = *items;
    few.count = FEW;
    struct score_strings *one = score_strings_walk(all, 1, 1, 16044);
    struct context x = {.items = items, .batch = batch, .one = one};
    x.raw = base_alloc(BATCH * ITEMS, sizeof *x.raw);
    x.score = base_alloc(ITEMS, sizeof *x.score);
    x.approximation = base_alloc(ITEMS, sizeof *x.approximation);
    x.f = base_alloc(C, sizeof *x.f);
    x.a = base_alloc(GEMM * GEMM, sizeof *x.a);
    x.b = base_alloc(GEMM * GEMM, sizeof *x.b);
    x.c = base_alloc(QUERIES * ITEMS > GEMM * GEMM ? QUERIES * ITEMS : GEMM * GEMM, sizeof *x.c);
    gsl_rng *rng = rng_stream(1, "bench: cur");
    rng_normals(rng, x.a, GEMM * GEMM);
    rng_normals(rng, x.b, GEMM * GEMM);
    gsl_rng_free(rng);
    size_t row[R], column[C];
    choose_stride(QUERIES, 3, R, row);
    choose_stride(ITEMS, 37, C, column);

    static const char *const names[] = {"lcs", "sw", "ed"};
    struct bench_time fast, slow;
    bench_row(bench, "what,score,seconds,low,high");
    for (int kind = SCORE_LCS; kind <= SCORE_ED; kind++) {
        x.kind = (enum score_kind)kind;
        x.items = &few;
        struct bench_time ratio = bench_ratio(plain, &x, kernel, &x, repeats, &slow, &fast);
        double pairs = (double)BATCH * FEW;
        x.items = items;
        bench_measure(bench, ratio, "kernel_%s", names[kind]);
        bench_row(bench, "plain_pair,%s,%.4g,%.4g,%.4g", names[kind], slow.median / pairs, slow.low / pairs,
                  slow.high / pairs);
        bench_row(bench, "kernel_pair,%s,%.4g,%.4g,%.4g", names[kind], fast.median / pairs, fast.low / pairs,
                  fast.high / pairs);
    }
    /* an expensive score */
    x.kind = SCORE_SW;
    x.index = cur_index_new(x.kind, items, queries, R, row, C, column, 1e-3);
    struct bench_time saved = bench_ratio(all_plainly, &x, cur_plainly, &x, repeats, &slow, &fast);
    bench_measure(bench, saved, "expensive");
    bench_row(bench, "all,sw,%.4g,%.4g,%.4g", slow.median, slow.low, slow.high);
    bench_row(bench, "cur,sw,%.4g,%.4g,%.4g", fast.median, fast.low, fast.high);
    bench_measure(bench, bench_ratio(product, &x, budget_plainly, &x, repeats, NULL, NULL),
                  "product_expensive");
    cur_index_free(x.index);
    /* a cheap one */
    x.kind = SCORE_LCS;
    x.index = cur_index_new(x.kind, items, queries, R, row, C, column, 1e-3);
    saved = bench_ratio(all_by_kernel, &x, cur_by_kernel, &x, repeats, &slow, &fast);
    bench_measure(bench, saved, "cheap");
    bench_measure(bench, bench_ratio(product, &x, budget_by_kernel, &x, repeats, NULL, NULL),
                  "product_cheap");
    bench_row(bench, "all,lcs,%.4g,%.4g,%.4g", slow.median, slow.low, slow.high);
    bench_row(bench, "cur,lcs,%.4g,%.4g,%.4g", fast.median, fast.low, fast.high);
    struct bench_time gemm = bench_seconds(large_gemm, &x, repeats),
                      many = bench_seconds(batch_product, &x, repeats);
    struct bench_time single = bench_seconds(product, &x, repeats);
    double rate = 2 * pow(GEMM, 3) / gemm.median, reached = 2.0 * QUERIES * ITEMS * C / many.median;
    printf(
        "dgemm %.3g GFLOP/s; a product for %d queries at once reaches %.0f %% of it, for one query %.0f %%\n",
        rate / 1e9, QUERIES, 100 * reached / rate, 100 * 2.0 * ITEMS * C / single.median / rate);
    cur_index_free(x.index);
    score_strings_free(one);
    score_strings_free(batch);
    score_strings_free(queries);
    score_strings_free(items);
    score_strings_free(all);
    free(x.raw);
    free(x.score);
    free(x.approximation);
    free(x.f);
    free(x.a);
    free(x.b);
    free(x.c);
    if (!isfinite(x.value))
        base_die(BASE_RUN_FAILED, "a result is not finite");
    return bench_close(bench);
}
