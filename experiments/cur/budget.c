/* At an equal number of exact scores, is CUR better than a cheap retriever?
 *
 * Source: kexue.fm/archives/9336 and the abstract of arXiv 2210.12579 ("better trade-off for k > 10"). A
 * budget of B exact scores a query: CUR spends share * B of them on anchors and the rest on its best others;
 * the cosine of weighted character trigrams spends all on its best. Recall of the best 1, 10, 100. Finding:
 * it depends on the budget: on names, trigrams win at B = 100, CUR wins at B = 400, and at B = 200 it is
 * better for k = 100 alone.
 */
#include <stdlib.h>
#include <string.h>

#include "cur.h"
#include "trigrams.h"

static const size_t ks[] = {1, 10, 100};
static const char *const names[] = {"r1", "r10", "r100"};

/* The trigrams' ranking of all test queries. */
static struct cur_order *trigram_order(const struct cur_data *d, size_t depth)
{
    struct trigrams *t = trigrams_new(d->item);
    double *similarity = base_alloc(d->items, sizeof *similarity);
    struct cur_order *order = cur_order_new(d->test, d->items, depth);
    for (size_t q = 0; q < d->test; q++) {
        trigrams_query(t, d->query->at[d->train + q], d->query->length[d->train + q], similarity);
        cur_order_row(d->items, similarity, order->depth, order->item + q * order->depth);
    }
    free(similarity);
    trigrams_free(t);
    return order;
}

static void cell(struct lab_cell *cell)
{
    const struct cur_data *d = cur_of(cell);
    int random = lab_is(cell, "method", "random");
    if (!random && strcmp(lab_word(cell, "draw"), "0"))
        return; /* no chance in it: once is enough */
    size_t budget = (size_t)lab_integer(cell, "budget"), c = 0, *column = NULL;
    struct cur_order *order;
    if (lab_is(cell, "method", "trigrams")) {
        order = trigram_order(d, budget);
    } else {
        size_t r = d->train, *row = base_alloc(r, sizeof *row);
        c = (size_t)(lab_real(cell, "share") * (double)budget + 0.5);
        c = c > 1 ? c : 1;
        column = base_alloc(c, sizeof *column);
        cur_choose_queries("stride", d, r, NULL, row);
        cur_choose_items(random ? "random" : "stride", d, c, lab_rng(cell), column);
        struct cur_anchored *a = cur_anchored_new(d, r, row, c, column);
        cur_filter_truncated(a->m, lab_real(cell, "rcond"), a->g);
        if (lab_control(cell, "reversed")) /* the approximation upside down */
            for (size_t j = 0; j < a->m->k; j++)
                a->g[j] = -a->g[j];
        cur_answer(a->m, a->g, d, a->f, budget, &order, NULL);
        cur_anchored_free(a);
        free(row);
    }
    for (size_t i = 0; i < 3; i++)
        if (d->kth[i])
            lab_put(cell, names[i], cur_recall(d, ks[i], d->kth[i], order, budget, c, column, NULL));
    cur_order_free(order);
    free(column);
}

static char *check(const struct lab_cell *cell)
{
    long budget = lab_integer(cell, "budget"), items = lab_integer(cell, "items");
    if (budget > items)
        return base_format("budget = %ld exact scores of %ld items; give at most --items", budget, items);
    return NULL;
}

static void summarize(struct lab *lab)
{
    static const char *const budgets[] = {"100", "200", "400"};
    for (size_t b = 0; b < 3; b++) {
        long trigrams = cur_find(lab, "lcs", "method=trigrams budget=%s", budgets[b]);
        long stride = cur_find(lab, "lcs", "method=stride budget=%s share=0.5 rcond=1e-3", budgets[b]);
        long random = cur_find(lab, "lcs", "method=random budget=%s share=0.5 rcond=1e-3", budgets[b]);
        for (size_t i = 0; i < 3; i++) {
            double cheap = trigrams >= 0 ? lab_value(lab, (size_t)trigrams, names[i]) : 0;
            double cur = stride >= 0 ? lab_value(lab, (size_t)stride, names[i]) : 0;
            if (trigrams >= 0)
                lab_measure(lab, cheap, 0, 0, "trigrams_%s_%s", names[i], budgets[b]);
            if (stride >= 0)
                lab_measure(lab, cur, 0, 0, "stride_%s_%s", names[i], budgets[b]);
            if (random >= 0)
                lab_measure_mean(lab, lab_mean(lab, (size_t)random, names[i]), "random_%s_%s", names[i],
                                 budgets[b]);
            if (trigrams >= 0 && stride >= 0)
                lab_measure(lab, cur - cheap, 0, 0, "gain_%s_%s", names[i], budgets[b]);
        }
    }
}

static const struct lab_spec spec = {
    .name = "cur/budget",
    .about = "CUR against trigrams at equal numbers of exact scores; anchors or candidates?",
    .axes = {CUR_DATA_AXES("lcs", NULL),
             {"method", "trigrams,stride,random", "trigrams,stride", "trigrams|stride|random",
              "Trigrams, or CUR with anchors at strides or random", AXIS_WORD},
             {"budget", "100,200,400", NULL, "[1,1e5]", "Exact scores a query, B", AXIS_INTEGER},
             {"share", "0.1,0.25,0.5,0.75", "0.5", "(0,1]", "Share of B spent on anchors", AXIS_REAL},
             {"rcond", "1e-3", NULL, "[0,1)", "Singular values of W below rcond s_1 are cut", AXIS_REAL},
             {"draw", "0:29", "0", "[0,inf)", "Draw of random anchors", AXIS_INTEGER}},
    .columns = "r1,r10,r100",
    .fold = "draw",
    .controls = "reversed",
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
