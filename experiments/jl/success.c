/* Below which dimension does a Gaussian projection of the simplex really fail?
 *
 * Source: kexue.fm/archives/8679 gives sufficient dimensions and remarks that they are far from necessary.
 * Let d_half be the smallest d for which the expected number of distorted pairs of e_1, ..., e_n is at most
 * log 2. The union bound then says that the projection succeeds with probability at least
 * 1 - log 2 = 0.307; were the pairs independent it would be 1/2.
 * We draw projections into scale * d_half dimensions and count. A success turns from nearly impossible to
 * nearly certain around d_half, in a range that narrows as n grows: up to that range no proof with Gaussian
 * matrices can better the constant of the union bound with exact tails, 4/(eps - log(1 + eps)).
 * Finding: half succeed at d_half, hardly any at 0.75 d_half; the source's 24 log n/eps^2 is 3 to 5 times
 * d_half.
 */
#include <math.h>
#include <stdlib.h>

#include "jl.h"
#include "lab.h"
#include "projection.h"

struct half {
    double n, eps, d;
};

struct halves { /* d_half for every n and eps of the sweep */
    struct half *at;
    size_t count;
};

static void *setup(const struct lab *lab)
{
    struct halves *halves = base_alloc(1, sizeof *halves);
    halves->at = base_alloc(lab_groups(lab), sizeof *halves->at);
    for (size_t g = 0; g < lab_groups(lab); g++) {
        const struct lab_cell *c = lab_group(lab, g);
        struct half *last = &halves->at[halves->count], half = {lab_real(c, "n"), lab_real(c, "eps"), 0};
        if (halves->count && last[-1].n == half.n && last[-1].eps == half.eps)
            continue; /* another scale */
        half.d = jl_required_dim(logl((long double)half.n * ((long double)half.n - 1) / 2), half.eps,
                                 logl(logl(2)), JL_BOTH);
        *last = half;
        halves->count++;
    }
    return halves;
}

static void teardown(void *shared)
{
    struct halves *halves = shared;
    free(halves->at);
    free(halves);
}

static double dimension(const struct lab_cell *cell)
{
    const struct halves *halves = lab_shared(cell);
    size_t i = 0;
    while (halves->at[i].n != lab_real(cell, "n") || halves->at[i].eps != lab_real(cell, "eps"))
        i++;
    return fmax(1, rint(lab_real(cell, "scale") * halves->at[i].d));
}

static char *check(const struct lab_cell *cell)
{
    double n = lab_real(cell, "n"), eps = lab_real(cell, "eps");
    double most =
        lab_real(cell, "scale") * 8 * log(n * n / M_LN2) / (eps * eps) * n; /* d_half is below the lemma's */
    return most > 2e9 ? base_format("up to %g projected coordinates; accepted are up to 2e9", most) : NULL;
}

static void cell(struct lab_cell *cell)
{
    double eps = lab_real(cell, "eps"), d = dimension(cell);
    size_t n = (size_t)lab_integer(cell, "n");
    struct projection_points *points = projection_simplex(n);
    double *y = base_alloc(n * (size_t)d, sizeof *y), pairs = (double)n * ((double)n - 1) / 2;
    projection_apply(points, PROJECTION_GAUSS, (size_t)d, lab_control(cell, "scale") ? (double)n : d,
                     lab_rng(cell), y);
    struct projection_errors e = projection_measure(points, y, (size_t)d, eps);
    double expected = exp(log(pairs) + (double)jl_log_norm_tail(d, eps, JL_BOTH));
    lab_put(cell, "d", d);
    lab_put(cell, "success", e.failing == 0);
    lab_put(cell, "failing", (double)e.failing);
    lab_put(cell, "expected_failing", expected);
    lab_put(cell, "failing_difference", (double)e.failing - expected);
    free(y);
    projection_points_free(points);
}

/* Successes of a group's runs, as a proportion. */
static struct stats_mean success_rate(const struct lab *lab, size_t group)
{
    size_t runs;
    const double *success = lab_column(lab, group, "success", &runs);
    return stats_proportion_of((long)lrint(stats_sum(success, runs)), (long)runs);
}

static void summarize(struct lab *lab)
{
    struct lab_table *table = lab_table(lab, NULL, "n,eps,scale,d,success,success_se:3,failing,failing_se:3,"
                                                   "expected_failing,independent,scale_24");
    for (size_t g = 0; g < lab_groups(lab); g++) {
        const struct lab_cell *c = lab_group(lab, g);
        double n = lab_real(c, "n"), eps = lab_real(c, "eps"), scale = lab_real(c, "scale"),
               d = lab_value(lab, g, "d");
        double expected = lab_value(lab, g, "expected_failing");
        struct stats_mean success = success_rate(lab, g), failing = lab_mean(lab, g, "failing");
        lab_table_row(table,
                      (double[]){n, eps, scale, d, success.value, success.error, failing.value, failing.error,
                                 expected, exp(-expected), 24 * log(n) / (eps * eps) * scale / d});
        const char *n_text = lab_word(c, "n"), *eps_text = lab_word(c, "eps");
        if (scale != 0.75 && scale != 1)
            continue;
        lab_measure_mean(lab, success, "success_%s_%s_%s", n_text, eps_text, lab_word(c, "scale"));
        lab_measure_mean(lab, lab_mean(lab, g, "failing_difference"), "failing_minus_expected_%s_%s_%s",
                         n_text, eps_text, lab_word(c, "scale"));
    }
}

static const struct lab_spec spec = {
    .name = "jl/success",
    .about =
        "success of Gaussian projections of the simplex near the dimension where the union bound breaks down",
    .axes = {{"n", "32,128,512", "32,128", "[2,1e6]", "points e_1, ..., e_n", AXIS_INTEGER},
             {"eps", "0.25", NULL, "(0,1)", "distortion allowed", AXIS_REAL},
             {"scale", "0.5,0.6,0.7,0.75,0.8,0.85,0.9,0.95,1,1.05,1.1,1.15,1.2,1.3,1.4,1.5,1.6", "0.75,1",
              "(0,1000]", "dimension as a multiple of the exact one for log 2 expected failures", AXIS_REAL},
             {"replicate", "0:399", NULL, "[0,inf)", "independent projections", AXIS_INTEGER}},
    .columns = "d,success,failing,expected_failing,failing_difference",
    .fold = "replicate",
    .controls = "scale",
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
