/* What does S ~ F W^+ H give on real scores, number by number?
 *
 * Source: kexue.fm/archives/9336 (the formula; recall before precision; re-scoring of candidates) and the
 * shape of the intersection, which it calls U x V. Everything here is deterministic: 4000 items and 800
 * queries walk through the names of Unicode, the even queries train, anchors lie at strides, ties count.
 * Finding: with the singular values of W below 1e-3 s_1 cut, c = 100 of 4000 scores leave an error of 0.7 %
 * and recall 0.95 of the ten best among 100 candidates; the untruncated pseudo-inverse fails at r = c alone.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "choose.h"
#include "cur.h"
#include "linalg.h"

enum { BLOCK = 40 }; /* queries predicted at a time */

static const struct {
    const char *name;
    size_t k, pool; /* the k best among this many candidates */
} recalls[] = {{"1", 1, 100}, {"10", 10, 100}, {"100", 100, 500}};

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* Are the anchor items met exactly for the test queries, and all items for the anchor queries? */
static void put_interpolation(struct lab_cell *cell, const struct cur_data *d, const struct cur_regression *m,
                              const double *g, const size_t *row, const size_t *column, const double *w,
                              const double *f)
{
    size_t n = d->items, most = m->r > d->test ? m->r : d->test;
    double *met = base_alloc(BLOCK * n, sizeof *met), error[2] = {0}, energy[2] = {0};
    /* for the items, P is cut down to their columns */
    struct cur_regression narrow = *m;
    narrow.items = m->c;
    narrow.p = cur_gather(m->p, n, m->k, NULL, m->c, column);
    for (size_t begin = 0; begin < most; begin += BLOCK) {
        size_t tests = begin < d->test ? least(BLOCK, d->test - begin) : 0;
        cur_predict(&narrow, g, tests, f + begin * m->c, met);
        for (size_t i = 0; i < tests * m->c; i++) {
            double exact = f[begin * m->c + i], off = exact - met[i];
            error[0] += off * off;
            energy[0] += exact * exact;
        }
        size_t trained = begin < m->r ? least(BLOCK, m->r - begin) : 0;
        cur_predict(m, g, trained, w + begin * m->c, met);
        for (size_t i = 0; i < trained * n; i++) {
            double exact = cur_train_row(d, row[begin + i / n])[i % n], off = exact - met[i];
            error[1] += off * off;
            energy[1] += exact * exact;
        }
    }
    lab_put(cell, "anchor_items", sqrt(error[0] / energy[0]));
    lab_put(cell, "anchor_queries", sqrt(error[1] / energy[1]));
    free(narrow.p);
    free(met);
}

static void cell(struct lab_cell *cell)
{
    const struct cur_data *d = cur_of(cell);
    size_t r = (size_t)lab_integer(cell, "r"), c = (size_t)lab_integer(cell, "c"), n = d->items;
    size_t *row = base_alloc(r, sizeof *row), *column = base_alloc(c, sizeof *column);
    cur_choose_queries("stride", d, r, NULL, row);
    cur_choose_items("stride", d, c, NULL, column);
    double *w = cur_gather(d->score, n, r, row, c, column);
    double *f = cur_gather(cur_test_row(d, 0), n, d->test, NULL, c, column);
    if (lab_control(cell, "transposed") && r == c) { /* S[U, V] in place of S[V, U] */
        double *turned = choose_transpose(r, c, w);
        free(w);
        w = turned;
    }
    if (lab_control(cell, "permuted")) /* the anchors' scores in another order than W's columns */
        for (size_t q = 0; q < d->test; q++)
            for (size_t i = 0; i < c / 2; i++) {
                double kept = f[q * c + i];
                f[q * c + i] = f[q * c + c - 1 - i];
                f[q * c + c - 1 - i] = kept;
            }
    struct cur_regression *m = cur_regression_new(r, c, w, d->train, n, d->score, row);
    double *g = base_alloc(m->k, sizeof *g);
    size_t kept = cur_filter_truncated(m,
                                       lab_control(cell, "plain")   ? 1e-15
                                       : lab_control(cell, "loose") ? 0.1
                                                                    : lab_real(cell, "rcond"),
                                       g);
    struct cur_order *order;
    lab_put(cell, "kept", (double)kept);
    lab_put(cell, "condition", cur_condition(m));
    lab_put(cell, "error", cur_answer(m, g, d, f, 500, &order, NULL));
    put_interpolation(cell, d, m, g, row, column, w, f);
    for (size_t i = 0; i < 3; i++) {
        size_t k = recalls[i].k, pool = recalls[i].pool;
        if (!d->kth[i])
            continue;
        char name[32];
        snprintf(name, sizeof name, "raw%s", recalls[i].name);
        lab_put(cell, name, cur_recall(d, k, d->kth[i], order, k, 0, NULL, NULL));
        snprintf(name, sizeof name, "pool%s", recalls[i].name);
        lab_put(cell, name, cur_recall(d, k, d->kth[i], order, pool, 0, NULL, NULL));
        snprintf(name, sizeof name, "budget%s", recalls[i].name);
        lab_put(cell, name, cur_recall(d, k, d->kth[i], order, pool, c, column, NULL));
    }
    cur_order_free(order);
    cur_regression_free(m);
    free(row);
    free(column);
    free(w);
    free(f);
    free(g);
}

static char *check(const struct lab_cell *cell)
{
    return cur_check_anchors(cell, lab_integer(cell, "c"), lab_integer(cell, "r"));
}

static void measure(struct lab *lab, const char *column, const char *r, const char *c, const char *cut,
                    const char *name)
{
    long at = cur_find(lab, "lcs", "r=%s c=%s rcond=%s", r, c, cut);
    if (at >= 0)
        lab_measure(lab, lab_value(lab, (size_t)at, column), 0, 0, "%s_%s_%s%s%s", column, r, c,
                    *name ? "_" : "", name);
}

/* Names of measurements: column, r and c, and the cut where it is not 1e-3. */
static void summarize(struct lab *lab)
{
    static const char *const pairs[][2] = {{"400", "20"},  {"400", "50"},  {"400", "100"},
                                           {"200", "100"}, {"400", "200"}, {"400", "399"},
                                           {"200", "50"},  {"200", "200"}, {"200", "400"}};
    static const char *const recalled[] = {"raw1", "raw10", "raw100", "pool1", "pool10", "pool100"};
    static const char *const tied[] = {"budget1", "budget10", "budget100"};
    static const char *const plain[][3] = {{"error", "200", "100"},          {"error", "200", "200"},
                                           {"error", "200", "300"},          {"error", "400", "399"},
                                           {"pool10", "200", "200"},         {"pool10", "200", "300"},
                                           {"pool10", "400", "399"},         {"anchor_items", "200", "100"},
                                           {"anchor_queries", "200", "300"}, {"anchor_items", "200", "300"}};
    for (size_t i = 0; i < 9; i++)
        measure(lab, "error", pairs[i][0], pairs[i][1], "1e-3", "");
    for (size_t i = 0; i < 6; i++)
        for (size_t k = 0; k < 6; k++)
            measure(lab, recalled[k], pairs[i][0], pairs[i][1], "1e-3", "");
    measure(lab, "pool10", "200", "200", "1e-3", "");
    measure(lab, "kept", "400", "200", "1e-3", "");
    measure(lab, "kept", "200", "200", "1e-3", "");
    for (size_t k = 0; k < 3; k++) {
        measure(lab, tied[k], "400", "20", "1e-3", "");
        measure(lab, tied[k], "400", "50", "1e-3", "");
        measure(lab, tied[k], "200", "50", "1e-3", "");
    }
    measure(lab, "budget100", "400", "100", "1e-3", "");
    measure(lab, "budget100", "400", "200", "1e-3", "");
    for (size_t i = 0; i < sizeof plain / sizeof *plain; i++)
        measure(lab, plain[i][0], plain[i][1], plain[i][2], "1e-15", "plain");
    static const char *const cuts[] = {"1e-2", "3e-2"};
    for (size_t i = 0; i < 2; i++)
        for (size_t k = 0; k < 2; k++) {
            measure(lab, "error", k ? "400" : "200", "200", cuts[i], cuts[i]);
            measure(lab, "pool10", k ? "400" : "200", "200", cuts[i], cuts[i]);
        }
}

static const struct lab_spec spec = {
    .name = "cur/table",
    .about = "Error and recall of CUR retrieval with anchors at strides, without chance",
    .axes = {CUR_DATA_AXES("lcs", NULL),
             {"r", "200,400", NULL, "[1,1e5]", "Anchor queries", AXIS_INTEGER},
             {"c", "20,50,100,200,300,399,400", "20,50,100,200,300,399", "[1,1e5]", "Anchor items",
              AXIS_INTEGER},
             {"rcond", "1e-15,1e-3,1e-2,3e-2", "1e-15,1e-3", "[0,1)",
              "Singular values of W below rcond s_1 are cut", AXIS_REAL}},
    .columns =
        "kept,condition,error:12,anchor_items,anchor_queries,raw1,raw10,raw100,pool1,pool10,pool100,budget1,"
        "budget10,budget100",
    .controls = "transposed|permuted|plain|loose",
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
