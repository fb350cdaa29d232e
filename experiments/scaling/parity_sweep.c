#include "parity_sweep.h"

#include <stdlib.h>

enum { MAP_TASKS = 30 };

struct parity_options parity_sweep_options(const struct lab_cell *c)
{
    return (struct parity_options){
        .tasks = (size_t)lab_integer(c, "tasks"), .bits = (size_t)lab_integer(c, "bits"), .subset = 3,
        .width = (size_t)lab_integer(c, "width"), .batch = (size_t)lab_integer(c, "batch"), .alpha = lab_real(c, "alpha"),
        .rate = lab_real(c, "rate"), .steps = lab_integer(c, "steps"), .points = (size_t)lab_integer(c, "points"),
        .noise = lab_control(c, "noise"),
    };
}

void parity_sweep_put(struct lab_cell *c, const struct parity_run *run)
{
    lab_put(c, "loss", run->best);
    lab_put(c, "learnt", (double)run->learnt);
    lab_next_row(c);
    for (size_t t = 0; t < run->tasks && t < MAP_TASKS && lab_is(c, "replicate", "0"); t++) {
        lab_put(c, "rank", (double)t + 1);
        lab_put(c, "task_loss", run->task_loss[run->best_at * run->tasks + t]);
        lab_next_row(c);
    }
}

/* The first group of the sizes that count. */
static size_t first_size(const struct lab *lab, const char *axis, double least)
{
    size_t g = 0;
    while (g < lab_groups(lab) && lab_real(lab_group(lab, g), axis) < least)
        g++;
    return g;
}

void parity_sweep_summarize(struct lab *lab, const char *axis, double least)
{
    size_t sizes = lab_groups(lab), first = first_size(lab, axis, least), n;
    struct lab_table *table = lab_table(lab, NULL, "width:17,data:17,parameters:17,loss,loss_se:3,learnt,learnt_se:3");
    struct lab_table *map = lab_table(lab, "map", "size:17,rank,loss:3");
    double *x = base_alloc(2 * sizes, sizeof *x), *y = x + sizes;
    int by_data = axis[0] == 'd';
    for (size_t g = 0; g < sizes; g++) {
        const struct lab_cell *at = lab_group(lab, g);
        struct parity_options o = parity_sweep_options(at);
        double data = by_data ? lab_real(at, "data") : 0, parameters = (double)parity_parameters(&o);
        struct stats_mean loss = lab_mean(lab, g, "loss"), learnt = lab_mean(lab, g, "learnt");
        x[g] = by_data ? data : parameters;
        lab_table_row(table, (double[]){(double)o.width, data, parameters, loss.value, loss.error, learnt.value, learnt.error});
        const double *rank = lab_column(lab, g, "rank", &n), *task_loss = lab_column(lab, g, "task_loss", &n);
        for (size_t i = 0; i < n; i++)
            lab_table_row(map, (double[]){by_data ? data : (double)o.width, rank[i], task_loss[i]});
    }
    struct stats_moments slopes = {0};
    for (size_t r = 0; r < lab_axis_values(lab, "replicate")->count && first + 2 <= sizes; r++) {
        for (size_t g = 0; g < sizes; g++)
            y[g] = lab_column(lab, g, "loss", &n)[r];
        struct stats_line line;
        if (!stats_power_fit(x + first, y + first, NULL, sizes - first, &line))
            stats_moments_push(&slopes, line.slope);
    }
    if (slopes.count)
        lab_measure_mean(lab, stats_moments_mean(&slopes), "slope");
    free(x);
}
