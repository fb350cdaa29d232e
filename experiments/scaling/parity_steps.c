/* Does training go through its abilities one by one, in the order of their frequency, and how does the loss fall?
 *
 * Source: Michaud et al., arXiv 2303.13506 (figures 2 and 8); kexue.fm/archives/9607, the step law. One training is a
 * cell: fresh samples, the loss of every task at log-spaced steps. T_t is the first evaluated step at which task t is
 * below 0.1 bit. The theory says T_t ~ 1/p_t and L ~ S^-(alpha/(alpha+1)); the paper fits T_t ~ p_t^-0.81, L ~ S^-0.45.
 * Finding: T_t grows slower than 1/p_t, rarer tasks need fewer samples of their own. The step exponent of the theory is
 * not met: with a hundred tasks the finite sum over n is steeper. Taking the finite sum, the measured exponent of T_t and
 * the curve of one task, the loss is predicted without a fit.
 */
#include <math.h>

#include <gsl/gsl_sort.h>
#include <gsl/gsl_statistics_double.h>

#include "lab.h"
#include "parity.h"

enum { MAP_TASKS = 30 };

/* The median over learnt tasks of T(0.1 bit)/T(0.9 bit). */
static double jump(const struct parity_run *run)
{
    double ratio[PARITY_TASKS_MAX];
    size_t n = 0;
    for (size_t t = 0; t < run->tasks; t++)
        if (!isnan(run->time[t]))
            ratio[n++] = run->time[t] / run->start[t];
    gsl_sort(ratio, 1, n);
    return n ? gsl_stats_median_from_sorted_data(ratio, 1, n) : NAN;
}

static void put_summary(struct lab_cell *c, const struct parity_run *run, double steps)
{
    double rank[PARITY_TASKS_MAX], time[PARITY_TASKS_MAX], first = INFINITY, last = 0;
    size_t n = 0;
    for (size_t t = 0; t < run->tasks; t++)
        if (!isnan(run->time[t])) {
            rank[n] = (double)t;
            time[n++] = run->time[t];
            first = fmin(first, run->time[t]);
            last = fmax(last, run->time[t]);
        }
    lab_put(c, "learnt", (double)n);
    lab_put(c, "exponent", parity_time_exponent(run));
    lab_put(c, "order", n >= 3 ? stats_spearman_rho(rank, time, n) : NAN);
    lab_put(c, "spread", n ? last / first : NAN);
    lab_put(c, "jump", jump(run));
    double alpha = lab_real(c, "alpha"), bare = -alpha / (alpha + 1), slope = parity_slope(run, steps / 20, steps, 0);
    double predicted = run->leading >= 3 ? parity_slope(run, steps / 20, steps, 1) : NAN;
    if (lab_control(c, "bare_law"))
        predicted = bare;
    lab_put(c, "slope", slope);
    lab_put(c, "slope_predicted", predicted);
    lab_put(c, "gain", fabs(slope - bare) - fabs(slope - predicted)); /* how much nearer the prediction is */
    lab_put(c, "final", run->loss[run->evaluations - 1]);
    lab_next_row(c);
}

static void cell(struct lab_cell *c)
{
    struct parity_options o = {
        .tasks = (size_t)lab_integer(c, "tasks"), .bits = (size_t)lab_integer(c, "bits"),
        .subset = (size_t)lab_integer(c, "subset"), .width = (size_t)lab_integer(c, "width"),
        .batch = (size_t)lab_integer(c, "batch"), .alpha = lab_real(c, "alpha"), .rate = lab_real(c, "rate"),
        .steps = lab_integer(c, "steps"), .points = (size_t)lab_integer(c, "points"), .spacing = 1.08,
        .uniform = lab_control(c, "uniform"), .noise = lab_control(c, "noise"),
    };
    struct parity_run *run = parity_train(&o, lab_rng(c));
    put_summary(c, run, (double)o.steps);
    double exponent = parity_time_exponent(run);
    for (size_t e = 0; e < run->evaluations; e++) {
        lab_put(c, "step", run->step[e]);
        lab_put(c, "loss", run->loss[e]);
        lab_put(c, "predicted", run->leading >= 3 ? parity_predict(run, exponent, run->step[e]) : NAN);
        lab_next_row(c);
    }
    for (size_t t = 0; t < run->tasks; t++)
        if (!isnan(run->time[t])) {
            lab_put(c, "rank", (double)t + 1);
            lab_put(c, "p", run->p[t]);
            lab_put(c, "time", run->time[t]);
            lab_next_row(c);
        }
    for (size_t e = 0; e < run->evaluations && lab_is(c, "replicate", "0"); e += 2)
        for (size_t t = 0; t < run->tasks && t < MAP_TASKS; t++) {
            lab_put(c, "map_step", run->step[e]);
            lab_put(c, "map_rank", (double)t + 1);
            lab_put(c, "map_loss", run->task_loss[e * run->tasks + t]);
            lab_next_row(c);
        }
    parity_run_free(run);
}

/* The loss curves, mean over replicates (all have the same steps), with the prediction. */
static void curve_rows(struct lab *lab, struct lab_table *table, size_t g)
{
    size_t n, m, r = lab_axis_values(lab, "replicate")->count;
    const double *step = lab_column(lab, g, "step", &n), *loss = lab_column(lab, g, "loss", &n),
                 *predicted = lab_column(lab, g, "predicted", &m);
    for (size_t e = 0; e < n / r; e++) {
        struct stats_moments at = {0}, theory = {0};
        for (size_t k = 0; k < r; k++) {
            stats_moments_push(&at, loss[k * (n / r) + e]);
            stats_moments_push(&theory, predicted[k * (n / r) + e]);
        }
        lab_table_row(table, (double[]){lab_real(lab_group(lab, g), "alpha"), step[e], at.mean,
                                        stats_moments_mean(&at).error, theory.mean});
    }
}

static void summarize(struct lab *lab)
{
    struct lab_table *curves = lab_table(lab, "curves", "alpha:17,step,loss:5,loss_se:3,predicted:5");
    struct lab_table *times = lab_table(lab, "times", "alpha:17,rank,p:5,time:5");
    struct lab_table *map = lab_table(lab, "map", "alpha:17,step,rank,loss:3");
    struct lab_table *summary = lab_table(lab, NULL, "alpha:17,learnt,exponent,exponent_se:3,order,order_se:3,spread,"
                                                     "spread_se:3,jump,jump_se:3,slope,slope_se:3,slope_predicted,"
                                                     "slope_predicted_se:3,final,final_se:3");
    static const char *const measured[] = {"exponent", "order", "spread", "jump", "gain", "final"};
    struct stats_moments pooled[6] = {0}, jump_over_spread = {0};
    for (size_t g = 0; g < lab_groups(lab); g++) {
        double alpha = lab_real(lab_group(lab, g), "alpha");
        curve_rows(lab, curves, g);
        size_t n, learnt;
        const double *rank = lab_column(lab, g, "rank", &n), *p = lab_column(lab, g, "p", &n),
                     *time = lab_column(lab, g, "time", &n);
        for (size_t i = 0; i < n; i++)
            lab_table_row(times, (double[]){alpha, rank[i], p[i], time[i]});
        const double *step = lab_column(lab, g, "map_step", &n), *row = lab_column(lab, g, "map_rank", &n),
                     *loss = lab_column(lab, g, "map_loss", &n);
        for (size_t i = 0; i < n; i++)
            lab_table_row(map, (double[]){alpha, step[i], row[i], loss[i]});
        double values[17] = {alpha, lab_mean(lab, g, "learnt").value};
        static const char *const shown[] = {"exponent", "order", "spread", "jump", "slope", "slope_predicted", "final"};
        for (int k = 0; k < 7; k++) {
            struct stats_mean mean = lab_mean(lab, g, shown[k]);
            values[2 + 2 * k] = mean.value;
            values[3 + 2 * k] = mean.error;
        }
        lab_table_row(summary, values);
        const double *spread = lab_column(lab, g, "spread", &learnt), *jumps = lab_column(lab, g, "jump", &learnt);
        for (size_t i = 0; i < learnt; i++)
            stats_moments_push(&jump_over_spread, jumps[i] / spread[i]);
        for (int k = 0; k < 6; k++) {
            const double *x = lab_column(lab, g, measured[k], &n);
            for (size_t i = 0; i < n; i++)
                stats_moments_push(&pooled[k], x[i]);
        }
        if (alpha == 0.4)
            lab_measure_mean(lab, lab_mean(lab, g, "slope"), "slope_0.4");
    }
    for (int k = 0; k < 6; k++)
        lab_measure_mean(lab, stats_moments_mean(&pooled[k]), "%s", measured[k]);
    lab_measure_mean(lab, stats_moments_mean(&jump_over_spread), "jump_over_spread");
}

static char *check(const struct lab_cell *c)
{
    double n = lab_real(c, "bits"), k = lab_real(c, "subset"), subsets = 1;
    for (double i = 0; i < k; i++)
        subsets *= (n - i) / (i + 1);
    return k > n || subsets < 2 * lab_real(c, "tasks")
               ? base_copy("there are too few subsets of --subset of --bits bits for --tasks different ones") : NULL;
}

static const struct lab_spec spec = {
    .name = "scaling/parity_steps",
    .about = "Does training learn its abilities one by one, in the order of their frequency?",
    .axes =
        {
            {"tasks", "100", "20", "[2,512]", "Tasks K", AXIS_INTEGER},
            {"bits", "32", "16", "[4,64]", "Random bits n", AXIS_INTEGER},
            {"subset", "3", NULL, "[1,16]", "Bits of a parity", AXIS_INTEGER},
            {"width", "256", "128", "[1,65536]", "Hidden units", AXIS_INTEGER},
            {"batch", "2000", "500", "[1,1e6]", "Samples a step", AXIS_INTEGER},
            {"rate", "3e-3", "5e-3", "(0,1]", "Learning rate of Adam", AXIS_REAL},
            {"steps", "8000", "4000", "[20,1e7]", "Steps", AXIS_INTEGER},
            {"points", "400", NULL, "[1,1e6]", "Fresh samples a task of an evaluation", AXIS_INTEGER},
            {"alpha", "0.4,0.6,0.8", "0.4", "(0,5]", "Frequencies fall like t^-(alpha+1)", AXIS_REAL},
            {"replicate", "0:7", "0:11", "[0,inf)", "Training", AXIS_INTEGER},
        },
    .columns = "learnt,exponent,order,spread,jump,slope,slope_predicted,gain,final,step,loss,predicted,rank,p,time,map_step,"
               "map_rank,map_loss",
    .fold = "replicate",
    .controls = "uniform|noise|bare_law",
    .check = check,
    .cell = cell,
    .summarize = summarize,
};

int main(int argc, char **argv)
{
    return lab_main(&spec, argc, argv);
}
