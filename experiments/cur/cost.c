/* How many expensive scores does the index take, counted one by one?
 *
 * Source: kexue.fm/archives/9336: O(|K|) -> O(|U|) expensive evaluations a query, r N offline, no training.
 * Here the index scores strings itself and counts: nothing is read from a known matrix, which only judges the
 * answers. Finding: c + re-ranked scores in place of N, r N offline and c N cached numbers, as stated; the
 * product f E of 2 c N operations is not free: it outweighs the scores when one costs less than 2 c N/B
 * operations.
 */
#include <stdlib.h>

#include "choose.h"
#include "cur.h"

static void cell(struct lab_cell *cell)
{
    const struct cur_data *d = cur_of(cell);
    size_t c = (size_t)lab_integer(cell, "c"), r = (size_t)lab_integer(cell, "r"), n = d->items;
    size_t budget = (size_t)lab_integer(cell, "budget"), k = (size_t)lab_integer(cell, "k");
    size_t *row = base_alloc(r, sizeof *row), *column = base_alloc(c, sizeof *column),
           *item = base_alloc(k, sizeof *item);
    double *score = base_alloc(k, sizeof *score), *kth = cur_kth_best(d, k), recall = 0, wrong = 0;
    cur_choose_queries("stride", d, r, NULL, row);
    cur_choose_items("stride", d, c, NULL, column);
    struct cur_index *index =
        cur_index_new(d->kind, d->item, d->query, r, row, c, column, lab_real(cell, "rcond"));
    lab_put(cell, "offline", (double)index->offline);
    lab_put(cell, "cached", (double)(index->c * index->items));
    for (size_t q = 0; q < d->test; q++) {
        size_t at = d->train + q, hits = 0;
        cur_index_query(index, d->query->at[at], d->query->length[at], budget, k, item, score);
        for (size_t i = 0; i < k; i++) {
            hits += score[i] >= kth[q];
            wrong += score[i] != cur_test_row(d, q)[item[i]];
        }
        recall += (double)hits / (double)(k * d->test);
    }
    if (lab_control(cell, "exhaustive")) /* every item is scored for every query */
        index->online += (long)((n - budget) * d->test);
    lab_put(cell, "online", (double)index->online / (double)d->test);
    lab_put(cell, "speedup", (double)n * (double)d->test / (double)index->online);
    lab_put(cell, "operations", 2 * (double)c * (double)n);
    lab_put(cell, "break_even", 2 * (double)c * (double)n / (double)(n - budget));
    lab_put(cell, "recall", recall);
    lab_put(cell, "wrong_scores", wrong);
    cur_index_free(index);
    free(row);
    free(column);
    free(item);
    free(score);
    free(kth);
}

static char *check(const struct lab_cell *cell)
{
    long c = lab_integer(cell, "c"), budget = lab_integer(cell, "budget"), k = lab_integer(cell, "k");
    if (budget >= lab_integer(cell, "items"))
        return base_format("budget = %ld; give less than --items", budget);
    if (c > budget || k > budget)
        return base_format("c = %ld anchors, k = %ld best, budget = %ld; give c and k of at most --budget", c,
                           k, budget);
    return cur_check_anchors(cell, c, lab_integer(cell, "r"));
}

static void summarize(struct lab *lab)
{
    static const char *const columns[] = {"offline",    "online", "cached",      "speedup",
                                          "operations", "recall", "wrong_scores"};
    long at = cur_find(lab, "lcs", "r=400 c=100 budget=200 k=10 rcond=1e-3");
    for (size_t i = 0; at >= 0 && i < sizeof columns / sizeof *columns; i++)
        lab_measure(lab, lab_value(lab, (size_t)at, columns[i]), 0, 0, "%s", columns[i]);
}

static const struct lab_spec spec = {
    .name = "cur/cost",
    .about = "Scores, numbers and operations of an index that scores strings, counted",
    .axes = {CUR_DATA_AXES("lcs", NULL),
             {"r", "400", NULL, "[1,1e5]", "Anchor queries", AXIS_INTEGER},
             {"c", "50,100", "100", "[1,1e5]", "Anchor items", AXIS_INTEGER},
             {"budget", "100,200,400", "200", "[1,1e5]", "Exact scores a query, anchors included",
              AXIS_INTEGER},
             {"k", "10", NULL, "[1,1e5]", "Best items to return", AXIS_INTEGER},
             {"rcond", "1e-3", NULL, "[0,1)", "Singular values of W below rcond s_1 are cut", AXIS_REAL}},
    .columns = "offline:17,online:17,cached:17,speedup,operations:17,break_even,recall,wrong_scores",
    .controls = "exhaustive",
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
