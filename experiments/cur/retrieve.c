/* Retrieval by CUR with everything a matter of choice: try your own strings, score, anchors, middle factor.
 *
 * Source: kexue.fm/archives/9336 and 10662. One row a combination: the condition of W and how many singular
 * values are kept, the relative squared error, recall of the k best among `budget` exactly scored items (the
 * anchors and the best others), the same without re-scoring, and the count of exact scores. --middle cross
 * takes W^+; optimal takes C^+ M R^+ from all training queries' scores; ridge finds its strength by
 * leave-one-out. Finding: none of its own; with the defaults it agrees with cur/table and cur/cost.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "choose.h"
#include "cur.h"
#include "linalg.h"

enum { LAMBDAS = 25 };

static double best_lambda(const struct cur_data *d, const struct cur_anchored *a)
{
    double lambda[LAMBDAS], loss[LAMBDAS], *h = cur_gather(d->score, d->items, a->r, a->row, d->items, NULL);
    size_t best = 0;
    for (size_t t = 0; t < LAMBDAS; t++)
        lambda[t] = a->m->s[0] * pow(10, -6 + 6 * (double)t / (LAMBDAS - 1));
    cur_leave_one_out(a->m, h, LAMBDAS, lambda, loss);
    for (size_t t = 1; t < LAMBDAS; t++)
        best = loss[t] < loss[best] ? t : best;
    free(h);
    return lambda[best];
}

static void cell(struct lab_cell *cell)
{
    const struct cur_data *d = cur_of(cell);
    const char *select = lab_word(cell, "select");
    size_t c = (size_t)lab_integer(cell, "c"), r = (size_t)lab_integer(cell, "r"), n = d->items;
    size_t k = (size_t)lab_integer(cell, "k"), budget = (size_t)lab_integer(cell, "budget"), t = d->train;
    int optimal = lab_is(cell, "middle", "optimal");
    size_t *row = base_alloc(t, sizeof *row), *column = base_alloc(c, sizeof *column);
    double *kth = cur_kth_best(d, k);
    cur_choose_queries(select, d, r, lab_rng(cell), row);
    cur_choose_items(select, d, c, lab_rng(cell), column);
    double *p = NULL;
    if (optimal) { /* C^+ M, then on the row space of R */
        double *rows = cur_gather(d->score, n, r, row, n, NULL);
        p = choose_transpose(r, n, rows);
        linalg_qr(n, r, p, p, NULL);
        free(rows);
        for (size_t i = 0; i < t; i++)
            row[i] = i;
    }
    struct cur_anchored *a = cur_anchored_new(d, optimal ? t : r, row, c, column);
    size_t kept = a->m->k;
    if (optimal) {
        double *narrow = base_alloc(a->m->k * r, sizeof *narrow);
        linalg_gemm('N', 'N', a->m->k, r, n, 1, a->m->p, p, 0, narrow);
        linalg_gemm('N', 'T', a->m->k, n, r, 1, narrow, p, 0, a->m->p);
        free(narrow);
    }
    if (lab_is(cell, "middle", "ridge"))
        cur_filter_ridge(a->m, best_lambda(d, a), a->g);
    else
        kept = cur_filter_truncated(a->m, lab_real(cell, "rcond"), a->g);
    struct cur_order *order;
    size_t depth = budget > k ? budget : k;
    lab_put(cell, "kept", (double)kept);
    lab_put(cell, "condition", cur_condition(a->m));
    lab_put(cell, "error", cur_answer(a->m, a->g, d, a->f, depth, &order, NULL));
    lab_put(cell, "recall", cur_recall(d, k, kth, order, budget, c, column, NULL));
    lab_put(cell, "unscored", cur_recall(d, k, kth, order, k, 0, NULL, NULL));
    lab_put(cell, "scores", (double)(budget < c ? c : budget));
    lab_put(cell, "offline", (double)(optimal ? t * n : r * n));
    lab_put(cell, "raw_sum", d->raw_sum);
    lab_put(cell, "mean", d->mean);
    cur_order_free(order);
    cur_anchored_free(a);
    free(row);
    free(column);
    free(kth);
    free(p);
}

static char *check(const struct lab_cell *cell)
{
    long c = lab_integer(cell, "c"), r = lab_integer(cell, "r"), k = lab_integer(cell, "k");
    long items = lab_integer(cell, "items"), budget = lab_integer(cell, "budget");
    char *why = choose_check(lab_word(cell, "select"), 0);
    if (!why)
        why = cur_check_anchors(cell, c, r);
    if (!why && (budget > items || k > items))
        why = base_format("budget = %ld, k = %ld of %ld items; give at most --items", budget, k, items);
    if (!why && lab_is(cell, "middle", "optimal") && r > items)
        why = base_format("r = %ld with --middle optimal; give at most --items", r);
    if (!why && lab_is(cell, "select", "deim") && c > (lab_integer(cell, "queries") + 1) / 2)
        why = base_format("c = %ld by deim; give at most half of --queries", c);
    return why;
}

static void *setup(const struct lab *lab)
{
    struct cur_bank *bank = cur_bank_new(lab);
    const struct axis_values *select = lab_axis_values(lab, "select");
    for (size_t i = 0; i < select->count; i++)
        if (!strcmp(select->text[i], "deim") || !strncmp(select->text[i], "leverage", 8)) {
            cur_bank_bases(bank);
            break;
        }
    return bank;
}

static void summarize(struct lab *lab)
{
    long at = cur_find(lab, "lcs", "c=100 r=400 select=stride rcond=1e-3 middle=cross budget=200 k=10");
    if (at >= 0) {
        lab_measure(lab, lab_value(lab, (size_t)at, "error"), 1e-14, 0, "error");
        lab_measure(lab, lab_value(lab, (size_t)at, "recall"), 0, 0, "recall");
        lab_measure(lab, lab_value(lab, (size_t)at, "scores"), 0, 0, "scores");
    }
}

static const struct lab_spec spec = {
    .name = "cur/retrieve",
    .about = "Retrieval by CUR: your own strings, score, anchors, middle factor, budget",
    .axes = {CUR_DATA_AXES("lcs", NULL),
             {"c", "100", NULL, "[1,1e5]", "Anchor items (anchors_items)", AXIS_INTEGER},
             {"r", "400", NULL, "[1,1e5]", "Anchor queries (anchors_queries)", AXIS_INTEGER},
             {"select", "stride", NULL, NULL,
              "Anchors: stride, random, kmeans, farthest, norm, qr, deim, leverage or leverage:RANK",
              AXIS_WORD},
             {"rcond", "1e-3", NULL, "[0,1)", "Singular values of W below rcond s_1 are cut", AXIS_REAL},
             {"middle", "cross,optimal,ridge", NULL, "cross|optimal|ridge", "The middle factor", AXIS_WORD},
             {"budget", "200", NULL, "[1,1e6]", "Exact scores a query, anchors included", AXIS_INTEGER},
             {"k", "10", NULL, "[1,1e6]", "The k best are to be recalled", AXIS_INTEGER}},
    .columns = "kept,condition,error:12,recall,unscored,scores:17,offline:17,raw_sum:17,mean:12",
    .controls = "shuffled",
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
