/* How many anchor items does it take?
 *
 * Source: kexue.fm/archives/9336 (uniformly random anchors) and arXiv 2210.12579. c random anchor items, r
 * random anchor queries; the candidates are the anchors and the best others, c + 100 exact scores together (c
 * + 500 for the best 100). A draw is a choice of anchors. Finding: recall rises with c and the error falls;
 * 100 of 4000 anchors recall 0.94 of the ten best.
 */
#include <stdio.h>
#include <stdlib.h>

#include "cur.h"

static void cell(struct lab_cell *cell)
{
    const struct cur_data *d = cur_of(cell);
    size_t c = (size_t)lab_integer(cell, "c"), r = (size_t)lab_integer(cell, "r");
    size_t *row = base_alloc(r, sizeof *row), *column = base_alloc(c, sizeof *column);
    cur_choose_queries("random", d, r, lab_rng(cell), row);
    cur_choose_items("random", d, c, lab_rng(cell), column);
    struct cur_anchored *a = cur_anchored_new(d, r, row, c, column);
    for (size_t q = 0; lab_control(cell, "neighbour") && q + 1 < d->test;
         q++) /* the anchor scores of the next query */
        for (size_t i = 0; i < c; i++) {
            double kept = a->f[q * c + i];
            a->f[q * c + i] = a->f[(q + 1) * c + i];
            a->f[(q + 1) * c + i] = kept;
        }
    cur_filter_truncated(a->m, lab_real(cell, "rcond"), a->g);
    struct cur_order *order;
    lab_put(cell, "error", cur_answer(a->m, a->g, d, a->f, c + 500, &order, NULL));
    if (d->kth[0])
        lab_put(cell, "r1", cur_recall(d, 1, d->kth[0], order, c + 100, c, column, NULL));
    if (d->kth[1])
        lab_put(cell, "r10", cur_recall(d, 10, d->kth[1], order, c + 100, c, column, NULL));
    if (d->kth[2])
        lab_put(cell, "r100", cur_recall(d, 100, d->kth[2], order, c + 500, c, column, NULL));
    cur_order_free(order);
    cur_anchored_free(a);
    free(row);
    free(column);
}

static char *check(const struct lab_cell *cell)
{
    return cur_check_anchors(cell, lab_integer(cell, "c"), lab_integer(cell, "r"));
}

static void summarize(struct lab *lab)
{
    static const char *const cs[] = {"10", "25", "50", "100", "200", "400"}, *const r_of[] = {"400", "100"};
    static const char *const columns[] = {"r1", "r10", "r100", "error"};
    for (size_t i = 0; i < 6; i++) {
        long at = cur_find(lab, "lcs", "r=400 c=%s rcond=1e-3", cs[i]);
        for (size_t k = 0; at >= 0 && k < 4; k++)
            lab_measure_mean(lab, lab_mean(lab, (size_t)at, columns[k]), "%s_%s", columns[k], cs[i]);
    }
    /* what each further step brings, with all training queries: of the full data, or of the smaller ones in
     * quick */
    for (size_t i = 0; i + 1 < 4; i++)
        for (size_t k = 0; k < 2; k++) {
            char few[80], more[80];
            snprintf(few, sizeof few, "score=lcs r=%s c=%s rcond=1e-3", r_of[k], cs[i]);
            snprintf(more, sizeof more, "score=lcs r=%s c=%s rcond=1e-3", r_of[k], cs[i + 1]);
            long a = lab_find(lab, few), b = lab_find(lab, more);
            if (a < 0 || b < 0 || (k == 1 && lab_find(lab, "score=lcs r=400 rcond=1e-3") >= 0))
                continue;
            if (i < 2 || k == 0) /* with r = 100 the last step ends at c = r */
                lab_measure_mean(
                    lab,
                    stats_mean_difference(lab_mean(lab, (size_t)b, "r10"), lab_mean(lab, (size_t)a, "r10")),
                    "r10_step_%s", cs[i]);
            if (i == 0 || (i == 1 && k == 0))
                lab_measure_mean(lab,
                                 stats_mean_difference(lab_mean(lab, (size_t)a, "error"),
                                                       lab_mean(lab, (size_t)b, "error")),
                                 "error_step_%s", cs[i]);
        }
}

static const struct lab_spec spec = {
    .name = "cur/anchors",
    .about = "Recall and error against the number of random anchor items",
    .axes = {CUR_SMALL_AXES("lcs", NULL),
             {"r", "200,400", "100", "[1,1e5]", "Anchor queries", AXIS_INTEGER},
             {"c", "10,25,50,100,200,400", "10,25,50,100", "[1,1e5]", "Anchor items", AXIS_INTEGER},
             {"rcond", "1e-3", NULL, "[0,1)", "Singular values of W below rcond s_1 are cut", AXIS_REAL},
             {"draw", "0:29", NULL, "[0,inf)", "Draw of the anchors", AXIS_INTEGER}},
    .columns = "error,r1,r10,r100",
    .fold = "draw",
    .controls = "neighbour",
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
