/* Which K times should a few-step sampler visit?
 *
 * Source: Bao et al. (arXiv 2201.06503, section 4): with the optimal variance the divergence of the paths is
 * a sum over the steps, (d/2) log(sigma_(s|t)^2/beta_(t|s)^2) up to constants, so the best K times follow by
 * dynamic programming. Part of what kexue.fm/archives/9245 leaves out. Here for Gaussian data (given, or with
 * the covariance of a file) and mixtures, where sigma^2 = lambda^2 + gamma^2 E Var(x_0|x_t) and the law of
 * the samples are exact; lambda = btilde. Spacings: optimal, linear, quadratic, or times of one's own.
 * Finding: the optimal times leave x_T by one long jump (from 1000 to 354 with K = 10) and crowd where x_0 is
 * decided. They lower the divergence of the samples to a tenth of linear spacing's, for the mixture to a
 * twenty-eighth. What the paths like, W_2 need not: with the spectrum of the digits it is larger than with
 * either simple spacing.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <gsl/gsl_math.h>

#include "dvar.h"
#include "lab.h"

/* ---- the data ---- */

struct data {
    struct dvar_mixture mixture; /* n = 0: Gaussian */
    size_t d;
    double *v; /* [d] variances of Gaussian data, with means 0 (which do not matter to an exact prior) */
};

static void data_free(struct data *data)
{
    dvar_mixture_free(&data->mixture);
    free(data->v);
}

/* The points that law `data` speaks of; NULL when no law does. */
static void *setup(const struct lab *lab)
{
    const struct axis_values *laws = lab_axis_values(lab, "law");
    const char *name = lab_axis_values(lab, "data")->text[0];
    int wanted = 0;
    for (size_t i = 0; i < laws->count; i++)
        wanted |= !strcmp(laws->text[i], "data");
    struct dvar_points *points = wanted ? dvar_points_read(name) : NULL;
    if (points && !(points->variance > 0))
        base_die(BASE_BAD_USAGE, "--data: the points of %s are all equal; give some that differ", name);
    return points;
}

static void teardown(void *points)
{
    dvar_points_free(points);
}

/* Before setup there are no points yet, and nothing to be wrong with them. */
static char *data_read(const struct lab_cell *cell, const struct dvar_points *points, struct data *data)
{
    const char *law = lab_word(cell, "law");
    char *why = NULL;
    *data = (struct data){.d = 1};
    if (strchr(law, ':')) {
        dvar_mixture_parse(law, &data->mixture, &why);
        for (size_t j = 0; j < data->mixture.n && !why; j++)
            if (!(data->mixture.sd[j] > 0))
                why = base_copy(
                    "a standard deviation of 0; paths have a finite divergence for positive ones only");
        return why;
    }
    if (!strcmp(law, "data")) {
        size_t d = points ? points->d : 0;
        data->v = base_alloc(d + 1, sizeof *data->v);
        data->d = 0;
        for (size_t i = 0; i < d; i++) /* directions without variance cost nothing */
            if (points->eigen[i] > 1e-12 * points->eigen[d - 1])
                data->v[data->d++] = points->eigen[i];
        return NULL;
    }
    if (dvar_list_parse(law, &data->v, &data->d, &why))
        return why;
    for (size_t i = 0; i < data->d; i++)
        if (!(data->v[i] > 0))
            return base_format("variance %g; it must be positive", data->v[i]);
    return NULL;
}

static char *check(const struct lab_cell *cell)
{
    struct data data;
    struct dvar_schedule schedule = {0};
    long T = lab_integer(cell, "T"), K = lab_integer(cell, "K");
    char *why = data_read(cell, NULL, &data);
    data_free(&data);
    if (why || dvar_schedule_init(&schedule, lab_word(cell, "schedule"), T, &why))
        return why;
    dvar_schedule_free(&schedule);
    long *ts = base_alloc((size_t)K + 1, sizeof *ts);
    dvar_steps_make(lab_is(cell, "spacing", "optimal") ? "linear" : lab_word(cell, "spacing"), T, K, ts,
                    &why);
    free(ts);
    return why;
}

static double mmse_at(const struct data *data, double ab, double bb2)
{
    return data->v ? dvar_lmmse(data->v, data->d, ab, bb2) : dvar_mixture_mmse(&data->mixture, ab, bb2, NULL);
}

/* ---- costs ---- */

/* (1/2) log(sigma^2/beta^2) of a jump, per coordinate */
static double jump_cost(const struct dvar_jump *j, double mmse)
{
    return 0.5 * log((j->lambda2 + j->gamma * j->gamma * mmse) / j->beta2);
}

/* (T + 1) x (T + 1), for s < t */
static double *cost_table(const struct data *data, const struct dvar_schedule *schedule)
{
    size_t width = (size_t)schedule->steps + 1;
    double *cost = base_alloc(width * width, sizeof *cost);
    for (long t = 1; t <= schedule->steps; t++) {
        double mmse = mmse_at(data, dvar_ab(schedule, t), dvar_bb2(schedule, t));
        for (long s = 0; s < t; s++) {
            struct dvar_jump j = dvar_jump_between(schedule, t, s, 1);
            cost[(size_t)s * width + (size_t)t] = jump_cost(&j, mmse);
        }
    }
    return cost;
}

/* H(x_T) - H(x_0) per coordinate: what the sum of costs lacks of the divergence of the paths. */
static double entropy_gain(const struct data *data, const struct dvar_schedule *schedule)
{
    double ab = dvar_ab(schedule, schedule->steps), bb2 = dvar_bb2(schedule, schedule->steps), sum = 0;
    if (!data->v)
        return dvar_mixture_entropy(&data->mixture, ab, bb2) - dvar_mixture_entropy(&data->mixture, 1, 0);
    for (size_t i = 0; i < data->d; i++)
        sum += 0.5 * log((ab * ab * data->v[i] + bb2) / data->v[i]);
    return sum / (double)data->d;
}

/* Law of the samples of Gaussian data from the exact prior with lambda = btilde, and the steps'
 * divergences. */
static void gaussian_chain(const struct data *data, const struct dvar_schedule *schedule, const long *ts,
                           long K, double *kl, double *w2, double *steps)
{
    long T = schedule->steps;
    double ab = dvar_ab(schedule, T), bb2 = dvar_bb2(schedule, T), w2sq = 0;
    *kl = *steps = 0;
    for (size_t i = 0; i < data->d; i++) {
        double v = ab * ab * data->v[i] + bb2;
        for (long k = K; k >= 1; k--) {
            struct dvar_jump j = dvar_jump_between(schedule, ts[k], ts[k - 1], 1);
            double slope = j.kappa + j.gamma * dvar_gauss_gain(data->v[i], j.ab_t, j.bb2_t);
            double added = j.lambda2 + j.gamma * j.gamma * dvar_lmmse(data->v, data->d, j.ab_t, j.bb2_t);
            double truth = j.lambda2 + j.gamma * j.gamma * dvar_gauss_variance(data->v[i], j.ab_t, j.bb2_t);
            *steps += dvar_gauss_kl(0, truth, 0, added) / (double)data->d;
            v = slope * slope * v + added;
        }
        *kl += dvar_gauss_kl(0, data->v[i], 0, v) / (double)data->d;
        w2sq += dvar_gauss_w2sq(0, data->v[i], 0, v) / (double)data->d;
    }
    *w2 = sqrt(w2sq);
}

static void cell(struct lab_cell *cell)
{
    struct data data;
    struct dvar_schedule schedule;
    char *why;
    long T = lab_integer(cell, "T"), K = lab_integer(cell, "K");
    data_read(cell, lab_shared(cell), &data);
    dvar_schedule_init(&schedule, lab_word(cell, "schedule"), T, &why);
    size_t width = (size_t)K + 1;
    long *ts = base_alloc(width, sizeof *ts);
    if (lab_is(cell, "spacing", "optimal") && !lab_control(cell, "linear_for_optimal")) {
        double *cost = cost_table(&data, &schedule), *least = base_alloc((size_t)K, sizeof *least);
        long *all = base_alloc((size_t)K * width, sizeof *all);
        dvar_trajectory_optimal(T, K, cost, least, all);
        memcpy(ts, all + (size_t)(K - 1) * width, width * sizeof *ts);
        free(cost);
        free(least);
        free(all);
    } else {
        dvar_steps_make(lab_is(cell, "spacing", "optimal") ? "linear" : lab_word(cell, "spacing"), T, K, ts,
                        &why);
    }
    double path = entropy_gain(&data, &schedule), kl, w2, steps = NAN;
    for (long k = 1; k <= K; k++) {
        struct dvar_jump j = dvar_jump_between(&schedule, ts[k], ts[k - 1], 1);
        path += jump_cost(&j, mmse_at(&data, j.ab_t, j.bb2_t));
    }
    if (data.v) {
        gaussian_chain(&data, &schedule, ts, K, &kl, &w2, &steps);
    } else {
        struct dvar_chain chain = {.mixture = &data.mixture,
                                   .schedule = &schedule,
                                   .ts = ts,
                                   .K = K,
                                   .eta = 1,
                                   .q = 1,
                                   .rule = DVAR_SCALAR,
                                   .resolution = 1.2};
        struct dvar_chain_result result = dvar_chain_run(&chain);
        kl = result.kl;
        w2 = result.w2;
        steps = result.path_kl; /* by quadrature of the steps' likelihoods */
        free(result.density);
    }
    lab_put(cell, "path_kl", path);
    lab_put(cell, "steps_kl", steps);
    lab_put(cell, "kl", kl);
    lab_put(cell, "w2", w2);
    char *times = base_copy("");
    for (long k = 1; k <= K; k++) {
        char *longer = base_format("%s%s%ld", times, k > 1 ? "/" : "", ts[k]);
        free(times);
        times = longer;
    }
    lab_put_text(cell, "times", times);
    free(times);
    free(ts);
    data_free(&data);
    dvar_schedule_free(&schedule);
}

/* ---- what the claims ask about ---- */

/* A row a time, for the figure. */
static void times_table(struct lab *lab)
{
    struct lab_table *table = lab_table(lab, "times", "law,K,spacing,step,t");
    for (size_t g = 0; g < lab_groups(lab); g++) {
        const struct lab_cell *cell = lab_group(lab, g);
        char *times = base_copy(lab_text(lab, g, "times")), *save = NULL;
        long step = 1;
        for (char *t = strtok_r(times, "/", &save); t; t = strtok_r(NULL, "/", &save)) {
            char *number = base_format("%ld", step++);
            const char *row[] = {lab_word(cell, "law"), lab_word(cell, "K"), lab_word(cell, "spacing"),
                                 number, t};
            lab_table_text_row(table, row);
            free(number);
        }
        free(times);
    }
}

static void summarize(struct lab *lab)
{
    static const char *const laws[][2] = {
        {"normal", "0.25/0.04/1"}, {"mixture", "0.3/0.5/0.2:-1/0.2/1.1:0.1/0.25/0.05"}, {"digits", "data"}};
    static const long sizes[] = {5, 10};
    double off = 0;
    for (size_t g = 0; g < lab_groups(lab); g++)
        off = fmax(off, fabs(lab_value(lab, g, "path_kl") - lab_value(lab, g, "steps_kl")));
    lab_measure(lab, off, 0, 0, "path_off");
    times_table(lab);
    for (size_t l = 0; l < 3; l++)
        for (size_t k = 0; k < 2; k++) {
            static const char *const spacings[] = {"optimal", "linear", "quadratic"};
            double path[3], kl[3], w2[3];
            int all = 1;
            for (size_t i = 0; i < 3; i++) {
                char *values = base_format("schedule=linear T=1000 data=digits law=%s K=%ld spacing=%s",
                                           laws[l][1], sizes[k], spacings[i]);
                long g = lab_find(lab, values);
                free(values);
                all &= g >= 0;
                path[i] = g < 0 ? 0 : lab_value(lab, (size_t)g, "path_kl");
                kl[i] = g < 0 ? 0 : lab_value(lab, (size_t)g, "kl");
                w2[i] = g < 0 ? 0 : lab_value(lab, (size_t)g, "w2");
            }
            if (!all)
                continue;
            lab_measure(lab, fmin(path[1], path[2]) / path[0] - 1, 1e-9, 0, "path_gain.%s.K%ld", laws[l][0],
                        sizes[k]);
            lab_measure(lab, fmin(kl[1], kl[2]) / kl[0] - 1, 1e-4, 0, "kl_gain.%s.K%ld", laws[l][0],
                        sizes[k]);
            lab_measure(lab, fmin(w2[1], w2[2]) / w2[0] - 1, 1e-4, 0, "w2_gain.%s.K%ld", laws[l][0],
                        sizes[k]);
        }
}

static const struct lab_spec spec = {
    .name = "dvar/trajectory",
    .about = "optimal times of a K-step sampler by dynamic programming, against linear and quadratic spacing",
    .axes = {{"data", "digits", NULL, "digits", "Points whose covariance law `data` takes: digits, or a file",
              AXIS_FILE},
             {"schedule", "linear", NULL, NULL, "linear[/FIRST/LAST], keras[/LAST], cosine[/OFFSET]",
              AXIS_WORD},
             {"T", "1000", NULL, "[1,4000]", "Steps of the schedule", AXIS_INTEGER},
             {"law", "0.25/0.04/1,0.3/0.5/0.2:-1/0.2/1.1:0.1/0.25/0.05,data", NULL, NULL,
              "Variances of Gaussian data; a mixture, WEIGHTS:MEANS:DEVIATIONS; or data", AXIS_WORD},
             {"K", "2,5,10,20,50", "5,10", "[1,4000]", "Steps of the sampler", AXIS_INTEGER},
             {"spacing", "optimal,linear,quadratic", NULL, NULL,
              "optimal, linear, quadratic, or K times, 1/250/1000", AXIS_WORD}},
    .columns = "path_kl,steps_kl,kl,w2,times",
    .controls = "linear_for_optimal",
    .check = check,
    .setup = setup,
    .teardown = teardown,
    .cell = cell,
    .summarize = summarize,
};

int main(int argc, char **argv)
{
    return lab_main(&spec, argc, argv);
}
