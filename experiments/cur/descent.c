/* Double descent: why r = c anchors are the worst number for the plain pseudo-inverse.
 *
 * Source: kexue.fm/archives/9336 and 10662, which pose W^+ with |U| = |V| and r rows for r columns. f W^+ H
 * is least squares with c features and r examples: near r = c it interpolates the training queries with huge
 * coefficients, and the error on unseen queries has a peak. `plain` cuts singular values at 1e-15 s_1
 * (numpy's default), `cut` at rcond s_1; `ridge` has its lambda from the closed form of leave-one-out, over
 * s_1 10^(-6..0). Finding: the error at r = c is some hundred times that at c = r/2; cutting at 1e-3 takes
 * the peak away, ridge with leave-one-out takes it away and finds the right strength by itself.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "cur.h"

enum { LAMBDAS = 25 };

static void cell(struct lab_cell *cell)
{
    const struct cur_data *d = cur_of(cell);
    size_t c = (size_t)lab_integer(cell, "c"), r = (size_t)lab_integer(cell, "r");
    size_t *row = base_alloc(r, sizeof *row), *column = base_alloc(c, sizeof *column), best = 0;
    cur_choose_queries("random", d, r, lab_rng(cell), row);
    cur_choose_items("random", d, c, lab_rng(cell), column);
    struct cur_anchored *a = cur_anchored_new(d, r, row, c, column);
    struct cur_order *order;
    double lambda[LAMBDAS], loss[LAMBDAS];
    for (size_t t = 0; t < LAMBDAS; t++)
        lambda[t] = a->m->s[0] * pow(10, -6 + 6 * (double)t / (LAMBDAS - 1));
    double *h = cur_gather(d->score, d->items, r, row, d->items, NULL);
    cur_leave_one_out(a->m, h, LAMBDAS, lambda, loss);
    double energy = 0;
    for (size_t i = 0; i < r * d->items; i++)
        energy += h[i] * h[i];
    free(h);
    for (size_t t = 1; t < LAMBDAS && !lab_control(cell, "unridged");
         t++) /* the control keeps the least lambda */
        best = loss[t] < loss[best] ? t : best;
    const char *const names[] = {"plain", "cut", "ridge"};
    for (size_t i = 0; i < 3; i++) {
        char name[32];
        if (i == 2)
            cur_filter_ridge(a->m, lambda[best], a->g);
        else
            cur_filter_truncated(
                a->m, i == 0 && !lab_control(cell, "always_cut") ? 1e-15 : lab_real(cell, "rcond"), a->g);
        lab_put(cell, names[i], cur_answer(a->m, a->g, d, a->f, c + 100, &order, NULL));
        snprintf(name, sizeof name, "r10_%s", names[i]);
        if (d->kth[1])
            lab_put(cell, name, cur_recall(d, 10, d->kth[1], order, c + 100, c, column, NULL));
        cur_order_free(order);
    }
    lab_put(cell, "condition", cur_condition(a->m));
    lab_put(cell, "lambda", lambda[best] / a->m->s[0]);
    lab_put(cell, "leave_one_out", loss[best] / energy);
    cur_anchored_free(a);
    free(row);
    free(column);
}

static char *check(const struct lab_cell *cell)
{
    return cur_check_anchors(cell, lab_integer(cell, "c"), lab_integer(cell, "r"));
}

/* The mean of the logarithm (base 10) of a column: near c = r the errors themselves have no mean. */
static struct stats_mean mean_log(struct lab *lab, long group, const char *column)
{
    size_t count;
    const double *x = lab_column(lab, (size_t)group, column, &count);
    double *logs = base_alloc(count + 1, sizeof *logs);
    for (size_t i = 0; i < count; i++)
        logs[i] = log10(x[i]);
    struct stats_mean mean = stats_mean_of(logs, count);
    free(logs);
    return mean;
}

static void summarize(struct lab *lab)
{
    static const char *const columns[] = {"plain", "cut", "ridge", "condition", "lambda", "leave_one_out"};
    struct lab_table *table =
        lab_table(lab, NULL,
                  "r:17,c:17,draws:17,plain,plain_low,plain_high,cut,cut_low,cut_high,ridge,ridge_low,ridge_"
                  "high,condition,"
                  "lambda,leave_one_out,r10_plain,r10_plain_se,r10_cut,r10_cut_se,r10_ridge,r10_ridge_se");
    for (size_t g = 0; g < lab_groups(lab); g++) {
        double values[21];
        size_t count, next = 3;
        values[0] = lab_real(lab_group(lab, g), "r");
        values[1] = lab_real(lab_group(lab, g), "c");
        for (size_t k = 0; k < 6; k++) {
            const double *x = lab_column(lab, g, columns[k], &count);
            double *sorted = base_alloc(count + 1, sizeof *sorted);
            for (size_t i = 0; i < count; i++)
                sorted[i] = x[i];
            values[next++] = stats_quantile_of(sorted, count, 0.5).value;
            if (k < 3) {
                values[next++] = stats_quantile_of(sorted, count, 0.25).value;
                values[next++] = stats_quantile_of(sorted, count, 0.75).value;
            }
            free(sorted);
        }
        values[2] = (double)count;
        for (size_t k = 0; k < 3; k++) {
            char name[32];
            snprintf(name, sizeof name, "r10_%s", columns[k]);
            struct stats_mean mean = lab_mean(lab, g, name);
            values[next++] = mean.value;
            values[next++] = mean.error;
        }
        lab_table_row(table, values);
    }
    /* c = r/2, r, 3r/2 for r = 200, or in quick for r = 100 */
    static const char *const at[2][4] = {{"200", "100", "200", "300"}, {"100", "50", "100", "150"}};
    for (size_t i = 0; i < 2; i++) {
        long group[3];
        for (size_t k = 0; k < 3; k++) {
            char values[80];
            snprintf(values, sizeof values, "score=lcs r=%s c=%s rcond=1e-3", at[i][0], at[i][k + 1]);
            group[k] = lab_find(lab, values);
        }
        if (group[0] < 0 || group[1] < 0 || group[2] < 0)
            continue;
        struct stats_mean peak = mean_log(lab, group[1], "plain");
        lab_measure_mean(lab, stats_mean_difference(peak, mean_log(lab, group[0], "plain")),
                         "peak_over_half");
        lab_measure_mean(lab, stats_mean_difference(peak, mean_log(lab, group[2], "plain")),
                         "peak_over_more");
        lab_measure_mean(lab, stats_mean_difference(peak, mean_log(lab, group[1], "cut")), "peak_over_cut");
        lab_measure_mean(
            lab, stats_mean_difference(mean_log(lab, group[1], "ridge"), mean_log(lab, group[0], "ridge")),
            "ridge_peak_over_half");
        lab_measure_mean(
            lab, stats_mean_difference(mean_log(lab, group[1], "ridge"), mean_log(lab, group[1], "cut")),
            "ridge_over_cut");
        lab_measure_mean(
            lab,
            stats_mean_difference(mean_log(lab, group[1], "leave_one_out"), mean_log(lab, group[1], "ridge")),
            "leave_one_out_over_error");
        lab_measure_mean(lab,
                         stats_mean_difference(lab_mean(lab, (size_t)group[1], "r10_cut"),
                                               lab_mean(lab, (size_t)group[1], "r10_plain")),
                         "r10_gain");
        lab_measure_mean(lab,
                         stats_mean_difference(lab_mean(lab, (size_t)group[1], "r10_ridge"),
                                               lab_mean(lab, (size_t)group[1], "r10_cut")),
                         "r10_ridge_gain");
        break;
    }
}

static const struct lab_spec spec = {
    .name = "cur/descent",
    .about = "The error against the number of anchor items through c = r: plain, truncated, ridge",
    .axes = {CUR_SMALL_AXES("lcs", NULL),
             {"r", "200", "100", "[2,1e5]", "Anchor queries", AXIS_INTEGER},
             {"c", "20,50,100,150,180,190,195,200,205,220,250,300,400,600", "50,100,150", "[1,1e5]",
              "Anchor items", AXIS_INTEGER},
             {"rcond", "1e-3", NULL, "[0,1)", "Where `cut` cuts singular values of W", AXIS_REAL},
             {"draw", "0:29", "0:39", "[0,inf)", "Draw of the anchors", AXIS_INTEGER}},
    .columns = "plain,cut,ridge,r10_plain,r10_cut,r10_ridge,condition,lambda,leave_one_out",
    .fold = "draw",
    .controls = "always_cut|unridged",
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
