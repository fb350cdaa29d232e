/* Which items make good anchors? The rules that take no draw.
 *
 * Source: kexue.fm/archives/10662, which lists largest norms, pivoted QR, leverage scores and DEIM without a
 * ranking, and offers |det W| as a reference. Items are chosen on the training queries' scores, all training
 * queries are anchor queries, test queries are answered with a budget of 2c exact scores. In sample, c rows
 * are chosen by the same rule (on the transposed matrix) as well: the error with the optimal middle factor,
 * with W^+, and log |det W|. Finding: DEIM and pivoted QR are the best; the largest norms or leverages pick
 * near-duplicates and are worse than chance. |det W| orders the errors of the untruncated W^+, hardly those
 * of the truncated one.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "choose.h"
#include "cur.h"
#include "linalg.h"

static void *setup(const struct lab *lab)
{
    struct cur_bank *bank = cur_bank_new(lab);
    cur_bank_bases(bank);
    return bank;
}

static double energy(size_t n, const double *x)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += x[i] * x[i];
    return sum;
}

/* log |det| of a square matrix, by its singular values. */
static double log_determinant(size_t n, const double *a)
{
    double *s = base_alloc(n, sizeof *s), sum = 0;
    linalg_svd(n, n, a, s, NULL, NULL);
    for (size_t i = 0; i < n; i++)
        sum += log(s[i]);
    free(s);
    return sum;
}

static double in_sample_error(const struct cur_data *d, const struct cur_anchored *a, double rcond)
{
    double *f = cur_gather(d->score, d->items, d->train, NULL, a->c, a->column);
    double *all = base_alloc(d->train * d->items, sizeof *all);
    cur_filter_truncated(a->m, rcond, a->g);
    cur_predict(a->m, a->g, d->train, f, all);
    double error = cur_row_error(d->train * d->items, d->score, all);
    free(f);
    free(all);
    return error;
}

/* ||M - C C^+ M R^+ R||^2/||M||^2: what the projections leave. */
static double optimal_error(const struct cur_data *d, const struct cur_anchored *a)
{
    size_t t = d->train, n = d->items, r = a->r, c = a->c;
    double *q = cur_gather(d->score, n, t, NULL, c, a->column),
           *rows = cur_gather(d->score, n, r, a->row, n, NULL);
    double *p = choose_transpose(r, n, rows), *left = base_alloc(c * n, sizeof *left),
           *both = base_alloc(c * r, sizeof *both);
    linalg_qr(t, c, q, q, NULL);
    linalg_qr(n, r, p, p, NULL);
    linalg_gemm('T', 'N', c, n, t, 1, q, d->score, 0, left);
    linalg_gemm('N', 'N', c, r, n, 1, left, p, 0, both);
    double error = 1 - energy(c * r, both) / energy(t * n, d->score);
    free(q);
    free(rows);
    free(p);
    free(left);
    free(both);
    return error;
}

static void cell(struct lab_cell *cell)
{
    const struct cur_data *d = cur_of(cell);
    const char *select = lab_control(cell, "first") ? "norm" : lab_word(cell, "select");
    size_t c = (size_t)lab_integer(cell, "c"), t = d->train, n = d->items;
    double *turned = choose_transpose(t, n, d->score);
    size_t *row = base_alloc(t, sizeof *row), *column = base_alloc(c, sizeof *column);
    cur_choose_queries("stride", d, t, NULL, row);
    cur_choose_items(select, d, c, NULL, column);
    struct cur_anchored *a = cur_anchored_new(d, t, row, c, column);
    struct cur_order *order;
    lab_put(cell, "kept", (double)cur_filter_truncated(a->m, lab_real(cell, "rcond"), a->g));
    lab_put(cell, "error", cur_answer(a->m, a->g, d, a->f, 2 * c, &order, NULL));
    static const size_t ks[] = {1, 10, 100};
    for (size_t i = 0; i < 3; i++) {
        static const char *const names[] = {"r1", "r10", "r100"};
        if (d->kth[i])
            lab_put(cell, names[i], cur_recall(d, ks[i], d->kth[i], order, 2 * c, c, column, NULL));
    }
    cur_order_free(order);
    cur_anchored_free(a);

    choose_columns(select, n, t, turned, d->basis_rows, 3, c, NULL, row);
    a = cur_anchored_new(d, c, row, c, column);
    lab_put(cell, "optimal", optimal_error(d, a));
    lab_put(cell, "cross", in_sample_error(d, a, 1e-12));
    lab_put(cell, "cross_cut", in_sample_error(d, a, lab_real(cell, "rcond")));
    lab_put(cell, "log_det", log_determinant(c, a->w));
    cur_anchored_free(a);
    double first = 0; /* so that a reader can compare the sets chosen */
    for (size_t i = 0; i < c; i++)
        first += (double)column[i];
    lab_put(cell, "sum_of_items", first);
    free(turned);
    free(row);
    free(column);
}

static char *check(const struct lab_cell *cell)
{
    long train = (lab_integer(cell, "queries") + 1) / 2, c = lab_integer(cell, "c");
    char *why = choose_check(lab_word(cell, "select"), 1);
    if (!why)
        why = cur_check_anchors(cell, c, c);
    if (!why && c > train)
        why =
            base_format("c = %ld columns of %ld training queries; give at most half of --queries", c, train);
    return why;
}

static void summarize(struct lab *lab)
{
    static const char *const words[] = {"stride", "norm", "qr", "deim", "leverage", "leverage:20"};
    static const char *const names[] = {"stride", "norm", "qr", "deim", "leverage", "leverage_20"};
    static const char *const columns[] = {"error", "r1", "r10", "r100"}, *const cs[] = {"50", "100"};
    double log_det[6], log_error[6], errors[6];
    size_t found = 0;
    for (size_t j = 0; j < 2; j++)
        for (size_t i = 0; i < 6; i++) {
            long at = cur_find(lab, "lcs", "select=%s c=%s rcond=1e-3", words[i], cs[j]);
            if (at < 0)
                continue;
            for (size_t k = 0; k < 4 && !(j == 1 && i == 5); k++)
                lab_measure(lab, lab_value(lab, (size_t)at, columns[k]), 1e-13, 0, "%s_%s_%s", columns[k],
                            names[i], cs[j]);
            if (j > 0)
                continue;
            log_det[found] = lab_value(lab, (size_t)at, "log_det");
            errors[i] = lab_value(lab, (size_t)at, "error");
            log_error[found++] = -log(lab_value(lab, (size_t)at, "cross"));
            if (i != 5)
                lab_measure(lab, lab_value(lab, (size_t)at, "optimal"), 1e-13, 0, "optimal_%s", names[i]);
            lab_measure(lab, lab_value(lab, (size_t)at, "log_det"), 1e-9, 0, "log_det_%s", names[i]);
        }
    if (found == 6) {
        lab_measure(lab, stats_spearman_rho(log_det, log_error, 6), 1e-15, 0, "det_correlation");
        lab_measure(lab, fmin(errors[0] / errors[2], errors[0] / errors[3]), 1e-12, 0, "stride_over_qr_deim");
        lab_measure(lab, errors[4] / errors[0], 1e-12, 0, "leverage_over_stride");
        lab_measure(lab, errors[1] / errors[4], 1e-12, 0, "norm_over_leverage");
    }
}

static const struct lab_spec spec = {
    .name = "cur/selection",
    .about = "Rules to choose anchor items (and queries), without chance",
    .axes = {CUR_DATA_AXES("lcs", NULL),
             {"select", "stride,norm,qr,deim,leverage,leverage:20", NULL, NULL,
              "stride, norm, qr, deim, leverage (of rank c) or leverage:RANK", AXIS_WORD},
             {"c", "50,100", "50", "[1,1e5]", "Anchor items", AXIS_INTEGER},
             {"rcond", "1e-3", NULL, "[0,1)", "Singular values of W below rcond s_1 are cut", AXIS_REAL}},
    .columns = "error:12,kept,r1,r10,r100,optimal:12,cross,cross_cut,log_det,sum_of_items:17",
    .controls = "first",
    .check = check,
    .setup = setup,
    .teardown = cur_teardown,
    .cell = cell,
    .summarize = summarize,
};

int main(int argc, char **argv)
{
    return lab_main(&spec, argc, argv);
}
