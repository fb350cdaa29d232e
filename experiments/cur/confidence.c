/* Can a query tell how wrong its approximation is?
 *
 * Beyond kexue.fm/archives/9336. The c scores f of a query are known exactly; the part of f outside the kept
 * right singular vectors of W, rho = ||f - V V^T f||/||f||, costs nothing more (it is zero when all of c <= r
 * are kept, so singular values below rcond s_1 are cut, or r < c). Is rho in the order of the true error, and
 * does a budget that gives half as many candidates to the half of the queries with small rho, and half as
 * many again to the others, recall more of the best 100 than an even one? A draw is a choice of anchors.
 * Finding: rho is in the order of the true error (rank correlation 0.86 at c = 100, less when hardly anything
 * is cut), yet the shift of budget loses recall, or gains next to nothing: a further score finds more where
 * the approximation is good.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cur.h"

static double median_of(size_t n, const double *x)
{
    double *sorted = base_alloc(n, sizeof *sorted);
    memcpy(sorted, x, n * sizeof *x);
    stats_sort(sorted, n);
    double median = sorted[n / 2];
    free(sorted);
    return median;
}

/* ||f - V V^T f||/||f|| over the kept right singular vectors. */
static double outside(const struct cur_anchored *a, size_t kept, const double *f)
{
    double inside = 0, all = 0;
    for (size_t i = 0; i < a->c; i++)
        all += f[i] * f[i];
    for (size_t j = 0; j < kept; j++) {
        double dot = 0;
        for (size_t i = 0; i < a->c; i++)
            dot += f[i] * a->m->vt[j * a->c + i];
        inside += dot * dot;
    }
    return sqrt(fmax(all - inside, 0) / all);
}

static void cell(struct lab_cell *cell)
{
    const struct cur_data *d = cur_of(cell);
    size_t c = (size_t)lab_integer(cell, "c"), r = (size_t)lab_integer(cell, "r");
    size_t extra = (size_t)lab_integer(cell, "extra"), k = (size_t)lab_integer(cell, "k");
    size_t *row = base_alloc(r, sizeof *row), *column = base_alloc(c, sizeof *column);
    cur_choose_queries("random", d, r, lab_rng(cell), row);
    cur_choose_items("random", d, c, lab_rng(cell), column);
    struct cur_anchored *a = cur_anchored_new(d, r, row, c, column);
    size_t kept = cur_filter_truncated(a->m, lab_real(cell, "rcond"), a->g), most = c + 2 * extra,
           n = d->test;
    double *each = base_alloc(n, sizeof *each), *rho = base_alloc(n, sizeof *rho), *kth = cur_kth_best(d, k);
    double *even = base_alloc(n, sizeof *even), *less = base_alloc(n, sizeof *less),
           *more = base_alloc(n, sizeof *more);
    struct cur_order *order;
    cur_answer(a->m, a->g, d, a->f, most, &order, each);
    for (size_t q = 0; q < n; q++)
        rho[q] = outside(a, kept, a->f + (lab_control(cell, "neighbour") ? (q + n / 2) % n : q) * c);
    cur_recall(d, k, kth, order, c + extra, c, column, even);
    cur_recall(d, k, kth, order, c + extra / 2, c, column, less);
    cur_recall(d, k, kth, order, c + extra + extra / 2, c, column, more);
    double gain = 0, oracle = 0, middle = median_of(n, rho), middle_error = median_of(n, each);
    for (size_t q = 0; q < n; q++) { /* equally many get less and more, up to the middle one */
        gain += ((rho[q] < middle ? less[q] : more[q]) - even[q]) / (double)n;
        oracle += ((each[q] < middle_error ? less[q] : more[q]) - even[q]) / (double)n;
    }
    lab_put(cell, "kept", (double)kept);
    lab_put(cell, "correlation", stats_spearman_rho(rho, each, n));
    double even_recall = 0;
    for (size_t q = 0; q < n; q++)
        even_recall += even[q] / (double)n;
    lab_put(cell, "recall", even_recall);
    lab_put(cell, "gain", gain);
    lab_put(cell, "gain_by_error", oracle);
    cur_order_free(order);
    cur_anchored_free(a);
    free(row);
    free(column);
    free(each);
    free(rho);
    free(kth);
    free(even);
    free(less);
    free(more);
}

static char *check(const struct lab_cell *cell)
{
    long k = lab_integer(cell, "k"), items = lab_integer(cell, "items");
    if (k > items)
        return base_format("k = %ld of %ld items; give at most --items", k, items);
    return cur_check_anchors(cell, lab_integer(cell, "c"), lab_integer(cell, "r"));
}

static void summarize(struct lab *lab)
{
    static const char *const scores[] = {"lcs", "sw"};
    for (size_t i = 0; i < 2; i++) { /* 100 scores beside 100 anchors of 4000; in quick 60 of 1000 */
        long at = -1, large = cur_find(lab, scores[i], "r=400 c=100 rcond=1e-2 k=100 extra=300");
        for (size_t k = 0; k < 2 && at < 0; k++) {
            char values[100];
            snprintf(values, sizeof values, "score=%s c=100 rcond=1e-2 k=100 extra=%s", scores[i],
                     k ? "60" : "100");
            at = lab_find(lab, values);
        }
        if (at >= 0) {
            lab_measure_mean(lab, lab_mean(lab, (size_t)at, "correlation"), "correlation_%s", scores[i]);
            lab_measure_mean(lab, lab_mean(lab, (size_t)at, "gain"), "gain_%s", scores[i]);
        }
        if (large >= 0)
            lab_measure_mean(lab, lab_mean(lab, (size_t)large, "gain"), "gain_large_%s", scores[i]);
    }
}

static const struct lab_spec spec = {
    .name = "cur/confidence",
    .about = "The part of a query's anchor scores outside the kept directions, as an estimate of its error",
    .axes = {CUR_SMALL_AXES("lcs,sw", NULL),
             {"r", "400", "100", "[1,1e5]", "Anchor queries", AXIS_INTEGER},
             {"c", "50,100", "100", "[1,1e5]", "Anchor items", AXIS_INTEGER},
             {"rcond", "1e-2", NULL, "[0,1)", "Singular values of W below rcond s_1 are cut", AXIS_REAL},
             {"k", "100", NULL, "[1,1e5]", "The k best are to be recalled", AXIS_INTEGER},
             {"extra", "100,300", "60", "[2,1e5]", "Exact scores a query beside the anchors", AXIS_INTEGER},
             {"draw", "0:29", NULL, "[0,inf)", "Draw of the anchors", AXIS_INTEGER}},
    .columns = "kept,correlation,recall,gain,gain_by_error",
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
