/* Which middle factor? C^+ M R^+ is the best in Frobenius norm, W^+ the cheap one.
 *
 * Source: kexue.fm/archives/10662 (the optimal middle factor) and 9336 (W^+, "fits worse than the SVD", and
 * the intersection that it calls U x V). M is the matrix of the training queries' scores, with anchor queries
 * and items at strides; errors are ||M - .||^2/||M||^2. `test` predicts unseen queries with the cached part E
 * = W^+ R or C^+ M R^+ R. Finding: cross >= optimal >= projection on the columns >= SVD. On unseen queries
 * the optimal factor is better than the cheap one of r < 400 anchor queries because its regression learns
 * from all 400; W^+ with all 400 does as well.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "choose.h"
#include "cur.h"
#include "linalg.h"

static double energy(size_t n, const double *x)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += x[i] * x[i];
    return sum;
}

static double train_error(const struct cur_data *d, const struct cur_regression *m, const double *g,
                          const double *f)
{
    double *a = base_alloc(d->train * d->items, sizeof *a);
    cur_predict(m, g, d->train, f, a);
    double error = cur_row_error(d->train * d->items, d->score, a);
    free(a);
    return error;
}

static void cell(struct lab_cell *cell)
{
    const struct cur_data *d = cur_of(cell);
    size_t r = (size_t)lab_integer(cell, "r"), c = (size_t)lab_integer(cell, "c"), n = d->items, t = d->train;
    double rcond = lab_real(cell, "rcond");
    size_t *row = base_alloc(r, sizeof *row), *column = base_alloc(c, sizeof *column);
    cur_choose_queries("stride", d, r, NULL, row);
    cur_choose_items("stride", d, c, NULL, column);
    double *w = cur_gather(d->score, n, r, row, c, column),
           *all = cur_gather(d->score, n, t, NULL, c, column);
    double *f = cur_gather(cur_test_row(d, 0), n, d->test, NULL, c, column),
           *g = base_alloc(t + c, sizeof *g);

    struct cur_regression *cross = cur_regression_new(r, c, w, t, n, d->score, row);
    cur_filter_truncated(cross, lab_control(cell, "overcut") ? 0.3 : rcond, g);
    lab_put(cell, "cross", train_error(d, cross, g, all));
    lab_put(cell, "test_cross", cur_answer(cross, g, d, f, 1, NULL, NULL));
    cur_regression_free(cross);

    if (r == c) { /* W^T in place of W */
        double *turned = choose_transpose(r, c, w);
        struct cur_regression *wrong = cur_regression_new(r, c, turned, t, n, d->score, row);
        cur_filter_truncated(wrong, rcond, g);
        lab_put(cell, "transposed", cur_answer(wrong, g, d, f, 1, NULL, NULL));
        cur_regression_free(wrong);
        free(turned);
    }
    /* with orthonormal Q of the columns and P of the rows, the projections are Q Q^T M and Q Q^T M P P^T;
     * what they leave is a difference of energies */
    double *q = base_alloc(t * c, sizeof *q), *p = base_alloc(n * r, sizeof *p),
           whole = energy(t * n, d->score);
    double *rows = cur_gather(d->score, n, r, row, n, NULL), *turned = choose_transpose(r, n, rows);
    double *left = base_alloc(c * n, sizeof *left), *both = base_alloc(c * r, sizeof *both);
    if (lab_control(cell, "raw_columns")) /* columns that are not orthonormal make no projector */
        memcpy(q, all, t * c * sizeof *q);
    else
        linalg_qr(t, c, all, q, NULL);
    if (lab_control(cell, "raw_rows"))
        memcpy(p, turned, n * r * sizeof *p);
    else
        linalg_qr(n, r, turned, p, NULL);
    linalg_gemm('T', 'N', c, n, t, 1, q, d->score, 0, left);
    linalg_gemm('N', 'N', c, r, n, 1, left, p, 0, both);
    lab_put(cell, "projection", 1 - energy(c * n, left) / whole);
    lab_put(cell, "optimal", 1 - energy(c * r, both) / whole);

    /* unseen queries: f C^+ M P P^T */
    struct cur_regression *full = cur_regression_new(t, c, all, t, n, d->score, NULL);
    cur_filter_truncated(full, rcond, g);
    double *short_p = base_alloc(full->k * r, sizeof *short_p);
    lab_put(cell, "test_all", cur_answer(full, g, d, f, 1, NULL, NULL));
    linalg_gemm('N', 'N', full->k, r, n, 1, full->p, p, 0, short_p);
    linalg_gemm('N', 'T', full->k, n, r, 1, short_p, p, 0, full->p);
    lab_put(cell, "test_optimal", cur_answer(full, g, d, f, 1, NULL, NULL));
    cur_regression_free(full);

    size_t k = t < n ? t : n;
    double *values = base_alloc(k, sizeof *values), tail = 0, few = 0;
    linalg_svd(t, n, d->score, values, NULL, NULL);
    for (size_t j = k; j-- > 0;) {
        tail += j >= c ? values[j] * values[j] : 0;
        few += j >= (r < c ? r : c) ? values[j] * values[j] : 0;
    }
    lab_put(cell, "svd", tail / whole);
    lab_put(cell, "svd_few", few / whole);
    free(row);
    free(column);
    free(w);
    free(all);
    free(f);
    free(g);
    free(q);
    free(p);
    free(rows);
    free(turned);
    free(left);
    free(both);
    free(short_p);
    free(values);
}

static char *check(const struct lab_cell *cell)
{
    long c = lab_integer(cell, "c"), r = lab_integer(cell, "r");
    if (c > (lab_integer(cell, "queries") + 1) / 2)
        return base_format("c = %ld columns of the training queries; give at most half of --queries", c);
    if (r > lab_integer(cell, "items"))
        return base_format("r = %ld rows; give at most --items", r);
    return cur_check_anchors(cell, c, r);
}

static void summarize(struct lab *lab)
{
    static const char *const columns[] = {"cross",      "optimal",  "projection",   "svd",
                                          "test_cross", "test_all", "test_optimal", "transposed"};
    static const char *const pairs[][2] = {{"200", "100"}, {"100", "100"}, {"200", "200"}, {"399", "399"}};
    double order = -INFINITY, least = INFINITY, excess = -INFINITY;
    for (size_t i = 0; i < 4; i++) {
        long at = cur_find(lab, "lcs", "r=%s c=%s", pairs[i][0], pairs[i][1]);
        for (size_t k = 0; at >= 0 && k < 7 && i == 0; k++)
            lab_measure(lab, lab_value(lab, (size_t)at, columns[k]), 1e-14, 0, "%s_200_100", columns[k]);
        if (at >= 0 && i > 0)
            lab_measure(lab, lab_value(lab, (size_t)at, "transposed"), 1e-14, 0, "transposed_%s_%s",
                        pairs[i][0], pairs[i][1]);
        if (at >= 0 && i == 1)
            lab_measure(lab, lab_value(lab, (size_t)at, "test_cross"), 1e-14, 0, "test_cross_100_100");
    }
    for (size_t g = 0; g < lab_groups(lab); g++) {
        for (size_t k = 0; k < 4;
             k++) /* each is at least the next: the projection has rank c, C C^+ M R^+ R min(r, c) */
            order = fmax(order, lab_value(lab, g, k < 3 ? columns[k + 1] : "svd_few") -
                                    lab_value(lab, g, columns[k < 3 ? k : 1]));
        if (lab_real(lab_group(lab, g), "r") < 300)
            excess = fmax(excess, lab_value(lab, g, "test_optimal") - lab_value(lab, g, "test_cross"));
        double wrong = lab_value(lab, g, "transposed");
        if (!isnan(wrong))
            least = fmin(least, wrong / lab_value(lab, g, "test_cross"));
    }
    lab_measure(lab, order, 0, 0, "order_violation");
    if (isfinite(excess))
        lab_measure(lab, excess, 0, 0, "unseen_excess");
    if (isfinite(least))
        lab_measure(lab, least, 0, 0, "transposed_ratio");
}

static const struct lab_spec spec = {
    .name = "cur/middle",
    .about = "The optimal and the cheap middle factor, the projection on columns, the SVD",
    .axes = {CUR_DATA_AXES("lcs", NULL),
             {"r", "100,200,399", "100,200", "[1,1e5]", "Anchor queries", AXIS_INTEGER},
             {"c", "100,200,399", "100", "[1,1e5]", "Anchor items", AXIS_INTEGER},
             {"rcond", "1e-3", NULL, "[0,1)", "Singular values of W below rcond s_1 are cut", AXIS_REAL}},
    .columns =
        "cross:12,optimal:12,projection:12,svd:12,svd_few:12,test_cross,test_all,test_optimal,transposed",
    .controls = "overcut|raw_columns|raw_rows",
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
