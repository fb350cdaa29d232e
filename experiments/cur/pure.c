/* How good is the approximation by itself, and what does exact re-scoring of its best add?
 *
 * Source: kexue.fm/archives/9336: CUR has an error of its own, so it serves to recall candidates, whose exact
 * scores then give back precision; the SVD fits better. Recall of the best 1, 10 and 100 among the first
 * `pool` items by the approximation, anchors not added, for CUR, for the projection of the test queries on
 * the first c right singular vectors of the training queries (which needs all N scores: a bound, no method),
 * and for one ranking for all queries, the mean scores of the training queries. Finding: the best item is
 * first in half of the queries at c = 100, and among the first hundred in 98 of 100.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "choose.h"
#include "cur.h"
#include "linalg.h"

static const size_t pools[] = {1, 2, 5, 10, 20, 50, 100, 200, 500};
enum { POOLS = sizeof pools / sizeof *pools };

static void cell(struct lab_cell *cell)
{
    const struct cur_data *d = cur_of(cell);
    size_t c = (size_t)lab_integer(cell, "c"), r = (size_t)lab_integer(cell, "r"), n = d->items;
    struct cur_order *order;
    double error;
    if (lab_is(cell, "method", "svd")) {
        double *vt = choose_basis(d->train, n, d->score), *x = base_alloc(d->test * c, sizeof *x);
        size_t kept = lab_control(cell, "narrow") ? c / 20 + 1 : c;
        linalg_gemm('N', 'T', d->test, kept, n, 1, cur_test_row(d, 0), vt, 0, x);
        error = cur_answer_product(kept, x, vt, d, 500, &order, NULL);
        free(vt);
        free(x);
    } else if (lab_is(cell, "method", "mean")) {
        double *mean = base_alloc(n, sizeof *mean), *one = base_alloc(d->test, sizeof *one);
        for (size_t q = 0; q < d->train; q++)
            for (size_t k = 0; k < n; k++)
                mean[k] += cur_train_row(d, q)[k] / (double)d->train;
        for (size_t q = 0; q < d->test; q++)
            one[q] = 1;
        error = cur_answer_product(1, one, mean, d, 500, &order, NULL);
        free(mean);
        free(one);
    } else {
        size_t *row = base_alloc(r, sizeof *row), *column = base_alloc(c, sizeof *column);
        cur_choose_queries("stride", d, r, NULL, row);
        cur_choose_items("stride", d, c, NULL, column);
        double *w = cur_gather(d->score, n, r, row, c, column), *g = base_alloc(r + c, sizeof *g);
        double *f = cur_gather(cur_test_row(d, 0), n, d->test, NULL, c, column);
        struct cur_regression *m = cur_regression_new(r, c, w, d->train, n, d->score, row);
        cur_filter_truncated(m, lab_real(cell, "rcond"), g);
        for (size_t q = 0; lab_control(cell, "permuted") && q < d->test; q++)
            for (size_t i = 0; i < c / 2; i++) {
                double kept = f[q * c + i];
                f[q * c + i] = f[q * c + c - 1 - i];
                f[q * c + c - 1 - i] = kept;
            }
        error = cur_answer(m, g, d, f, 500, &order, NULL);
        cur_regression_free(m);
        free(row);
        free(column);
        free(w);
        free(g);
        free(f);
    }
    for (size_t p = 0; p < POOLS && pools[p] <= order->depth; p++) {
        static const size_t ks[] = {1, 10, 100};
        if (p > 0)
            lab_next_row(cell);
        lab_put(cell, "pool", (double)pools[p]);
        lab_put(cell, "error", error);
        for (size_t i = 0; i < 3; i++)
            if (d->kth[i]) {
                char name[16];
                snprintf(name, sizeof name, "r%zu", ks[i]);
                lab_put(cell, name, cur_recall(d, ks[i], d->kth[i], order, pools[p], 0, NULL, NULL));
            }
    }
    cur_order_free(order);
}

static char *check(const struct lab_cell *cell)
{
    long c = lab_integer(cell, "c"), r = lab_integer(cell, "r"),
         train = (lab_integer(cell, "queries") + 1) / 2;
    if (lab_is(cell, "method", "svd") && c > train)
        return base_format("c = %ld singular vectors of %ld training queries; give at most half of --queries",
                           c, train);
    return cur_check_anchors(cell, c, r);
}

static double at_pool(struct lab *lab, long group, const char *column, size_t pool)
{
    size_t count;
    const double *x = lab_column(lab, (size_t)group, column, &count);
    for (size_t p = 0; p < POOLS; p++)
        if (pools[p] == pool)
            return x[p];
    return 0;
}

static void summarize(struct lab *lab)
{
    static const char *const cs[] = {"20", "50", "100", "200"};
    double least_gap = 1;
    for (size_t i = 0; i < 4; i++) {
        long svd = cur_find(lab, "lcs", "method=svd c=%s r=400", cs[i]);
        long cur = cur_find(lab, "lcs", "method=cur c=%s r=400 rcond=1e-3", cs[i]);
        if (svd < 0 || cur < 0)
            continue;
        double error = lab_value(lab, (size_t)svd, "error"), worse = lab_value(lab, (size_t)cur, "error");
        lab_measure(lab, error, 1e-14, 0, "svd_error_%s", cs[i]);
        lab_measure(lab, at_pool(lab, svd, "r10", 100), 0, 0, "svd_r10_%s", cs[i]);
        least_gap = worse / error - 1 < least_gap ? worse / error - 1 : least_gap;
        double first = at_pool(lab, cur, "r1", 1), among = at_pool(lab, cur, "r1", 100);
        lab_measure(lab, first, 0, 0, "precision_%s", cs[i]);
        lab_measure(lab, among, 0, 0, "pooled_%s", cs[i]);
        lab_measure(lab, among / first, 0, 0, "gain_%s", cs[i]);
        if (i == 2)
            lab_measure(lab, least_gap, 0, 0, "svd_gap");
    }
    long mean = cur_find(lab, "lcs", "method=mean");
    if (mean >= 0) {
        lab_measure(lab, lab_value(lab, (size_t)mean, "error"), 1e-14, 0, "mean_error");
        lab_measure(lab, at_pool(lab, mean, "r1", 100), 0, 0, "mean_r1");
        lab_measure(lab, at_pool(lab, mean, "r10", 100), 0, 0, "mean_r10");
        lab_measure(lab, at_pool(lab, mean, "r100", 500), 0, 0, "mean_r100");
    }
}

static const struct lab_spec spec = {
    .name = "cur/pure",
    .about = "Recall by the approximation alone, and among its best as they are scored exactly",
    .axes = {CUR_DATA_AXES("lcs", NULL),
             {"method", "cur,svd,mean", NULL, "cur|svd|mean",
              "CUR, the projector of the SVD, the mean ranking", AXIS_WORD},
             {"r", "400", NULL, "[1,1e5]", "Anchor queries", AXIS_INTEGER},
             {"c", "20,50,100,200", "50,100", "[1,1e5]", "Anchor items, or singular vectors", AXIS_INTEGER},
             {"rcond", "1e-3", NULL, "[0,1)", "Singular values of W below rcond s_1 are cut", AXIS_REAL}},
    .columns = "pool:17,error:12,r1,r10,r100",
    .controls = "permuted|narrow",
    .check = check,
    .setup = cur_setup,
    .teardown = cur_teardown,
    .cell = cell,
    .summarize = summarize,
};

int main(int argc, char **argv)
{
    return lab_main(&spec, argc, argv);
}
