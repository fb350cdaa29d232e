/* A mixture in one dimension: the law of a K-step sampler, for each choice of variance.
 *
 * Source: kexue.fm/archives/9245 (one variance a step) and 9246 (a variance that depends on x_t). The law of
 * the samples is computed on a grid, without sampling (dvar_chain.c): Wasserstein distance from the data,
 * divergence KL(data || samples), and for eta = 1 the divergence of whole paths, which the optimal variance
 * minimizes.
 * Rules: none (lambda^2 alone: DDIM for eta = 0, DDPM's smaller variance for eta = 1), big (beta^2), scalar
 * (the optimum of one variance a step), conditional (lambda^2 + gamma^2 Var(x_0|x_t)).
 * Finding: the conditional variance cuts the divergence of the scalar one to three fifths at K = 10 and to an
 * eighth at K = 50. The scalar one beats both variances of DDPM. But a multiplier of 1, where the paths
 * diverge least, is not where the samples do: KL is least below it, W_2 above it.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "dvar.h"
#include "lab.h"

struct inputs {
    struct dvar_mixture mixture;
    struct dvar_schedule schedule;
    long *ts;
};

static void inputs_free(struct inputs *in)
{
    dvar_mixture_free(&in->mixture);
    dvar_schedule_free(&in->schedule);
    free(in->ts);
}

/* What the cell's values name; the word on what is wrong, or NULL. */
static char *inputs_read(const struct lab_cell *cell, struct inputs *in)
{
    char *why;
    long T = lab_integer(cell, "T"), K = lab_integer(cell, "K");
    *in = (struct inputs){0};
    if (dvar_mixture_parse(lab_word(cell, "mixture"), &in->mixture, &why) ||
        dvar_schedule_init(&in->schedule, lab_word(cell, "schedule"), T, &why))
        return why;
    for (size_t j = 0; j < in->mixture.n; j++)
        if (!(in->mixture.sd[j] > 0))
            return base_copy("a standard deviation of 0; a chain on a grid needs positive ones");
    in->ts = base_alloc((size_t)K + 1, sizeof *in->ts);
    dvar_steps_make(lab_word(cell, "spacing"), T, K, in->ts, &why);
    return why;
}

static char *check(const struct lab_cell *cell)
{
    struct inputs in;
    char *why = inputs_read(cell, &in);
    inputs_free(&in);
    return why;
}

static struct dvar_chain_result run(const struct lab_cell *cell)
{
    struct inputs in;
    inputs_read(cell, &in);
    struct dvar_chain chain = {.mixture = &in.mixture,
                               .schedule = &in.schedule,
                               .ts = in.ts,
                               .K = lab_integer(cell, "K"),
                               .eta = dvar_eta_parse(lab_word(cell, "eta")),
                               .q = lab_real(cell, "q"),
                               .rule = dvar_rule_parse(lab_word(cell, "rule")),
                               .normal_prior = lab_is(cell, "prior", "normal"),
                               .resolution = lab_real(cell, "resolution"),
                               .slip = lab_control(cell, "forget_kappa")        ? DVAR_FORGET_KAPPA
                                       : lab_control(cell, "gamma_not_squared") ? DVAR_GAMMA_NOT_SQUARED
                                                                                : DVAR_RIGHT};
    if (lab_control(cell, "forget_condition") && chain.rule == DVAR_CONDITIONAL)
        chain.rule = DVAR_SCALAR;
    struct dvar_chain_result result = dvar_chain_run(&chain);
    inputs_free(&in);
    return result;
}

static void cell(struct lab_cell *cell)
{
    struct dvar_chain_result result = run(cell);
    free(result.density);
    lab_put(cell, "w2", result.w2);
    if (!isnan(result.kl))
        lab_put(cell, "kl", result.kl);
    if (!isnan(result.path_kl))
        lab_put(cell, "path_kl", result.path_kl);
    lab_put(cell, "mass_off", result.mass - 1);
    lab_put(cell, "nodes", (double)result.nodes);
}

/* ---- what the claims ask about, and what the figure draws ---- */

static const char *const article =
    "mixture=0.3/0.5/0.2:-1/0.2/1.1:0.1/0.25/0.05 schedule=linear T=1000 spacing=linear prior=exact";

/* Relative; what twice the resolution changes is at most 2e-5. */
static const double grid_error = 1e-4;

struct rule {
    const char *name, *axes;
};
static const struct rule rules[] = {{"ddim", "eta=0 rule=none"},
                                    {"small", "eta=1 rule=none"},
                                    {"big", "eta=1 rule=big"},
                                    {"optimal0", "eta=0 rule=scalar"},
                                    {"optimal1", "eta=1 rule=scalar"},
                                    {"conditional0", "eta=0 rule=conditional"},
                                    {"conditional1", "eta=1 rule=conditional"}};
enum { SMALL = 1, BIG = 2, OPTIMAL1 = 4, CONDITIONAL1 = 6, RULES = 7 };

static long find(const struct lab *lab, long K, const struct rule *rule, const char *q)
{
    char *values = base_format("%s K=%ld %s q=%s", article, K, rule->axes, q);
    long g = lab_find(lab, values);
    free(values);
    return g;
}

/* The densities of the samples beside the data's, for the figure. */
static void density_table(struct lab *lab)
{
    static const long drawn[] = {5, 10, 20};
    enum { POINTS = 241 };
    const double low = -1.8, high = 1.8;
    struct lab_table *table = lab_table(lab, "density", "K,x:5,data:5,big:5,optimal:5,conditional:5");
    for (size_t k = 0; k < 3; k++) {
        struct dvar_chain_result law[3];
        long g[3] = {find(lab, drawn[k], &rules[BIG], "1"), find(lab, drawn[k], &rules[OPTIMAL1], "1"),
                     find(lab, drawn[k], &rules[CONDITIONAL1], "1")};
        struct inputs in;
        if (g[0] < 0 || g[1] < 0 || g[2] < 0)
            continue;
        for (size_t r = 0; r < 3; r++)
            law[r] = run(lab_group(lab, (size_t)g[r]));
        inputs_read(lab_group(lab, (size_t)g[0]), &in);
        for (size_t i = 0; i < POINTS; i++) {
            double x = low + (high - low) * (double)i / (POINTS - 1);
            double row[6] = {(double)drawn[k], x, dvar_mixture_density(&in.mixture, 1, 0, x)};
            for (size_t r = 0; r < 3; r++) {
                double at = (x - law[r].grid.low) / law[r].grid.step;
                size_t left = (size_t)fmin(fmax(floor(at), 0), (double)(law[r].grid.n - 2));
                at -= (double)left;
                row[3 + r] = law[r].density[left] * (1 - at) + law[r].density[left + 1] * at;
            }
            lab_table_row(table, row);
        }
        inputs_free(&in);
        for (size_t r = 0; r < 3; r++)
            free(law[r].density);
    }
}

/* Where a distance is least over the multiplier q, and that least value, by a parabola through the least
 * three values when it lies within the sweep. */
static void measure_minimum(struct lab *lab, long K, const struct rule *rule, const char *column)
{
    const struct axis_values *axis = lab_axis_values(lab, "q");
    double *q = base_alloc(axis->count, sizeof *q), *y = base_alloc(axis->count, sizeof *y);
    size_t best = 0;
    int all = 1;
    for (size_t i = 0; i < axis->count; i++) {
        long g = find(lab, K, rule, axis->text[i]);
        all &= g >= 0 && !base_parse_real(axis->text[i], &q[i]) && (i == 0 || q[i] > q[i - 1]);
        y[i] = g < 0 ? (double)NAN : lab_value(lab, (size_t)g, column);
        best = y[i] < y[best] ? i : best;
    }
    long one = find(lab, K, rule, "1");
    if (all && one >= 0) {
        double place = q[best], least = y[best];
        if (best > 0 && best + 1 < axis->count) {
            double a = q[best] - q[best - 1], b = q[best + 1] - q[best];
            double left = (y[best] - y[best - 1]) / a, right = (y[best + 1] - y[best]) / b;
            double curvature = (right - left) / (a + b), slope = (left * b + right * a) / (a + b);
            place -= slope / (2 * curvature);
            least -= slope * slope / (4 * curvature);
        }
        lab_measure(lab, place, 0, 0, "argmin.%s.K%ld.%s", column, K, rule->name);
        lab_measure(lab, least, grid_error * least, 0, "least.%s.K%ld.%s", column, K, rule->name);
        lab_measure(lab, lab_value(lab, (size_t)one, column) - least, grid_error * least, 0,
                    "spared.%s.K%ld.%s", column, K, rule->name);
    }
    free(q);
    free(y);
}

/* How far the divergence of the paths is from its value at q = 1 plus (K/2) (log q + 1/q - 1), and its excess
 * there. */
static void measure_paths(struct lab *lab)
{
    double off = -1, least = INFINITY;
    for (size_t g = 0; g < lab_groups(lab); g++) {
        const struct lab_cell *cell = lab_group(lab, g);
        double q = lab_real(cell, "q"), path = lab_value(lab, g, "path_kl");
        if (lab_is(cell, "rule", "big") || isnan(path))
            continue;
        char *values = base_format("K=%s eta=%s rule=%s q=1", lab_word(cell, "K"), lab_word(cell, "eta"),
                                   lab_word(cell, "rule"));
        long one = lab_find(lab, values);
        free(values);
        if (one < 0)
            continue;
        double excess = path - lab_value(lab, (size_t)one, "path_kl");
        off = fmax(off, fabs(excess - 0.5 * (double)lab_integer(cell, "K") * (log(q) + 1 / q - 1)));
        if (q != 1)
            least = fmin(least, excess);
    }
    if (off >= 0)
        lab_measure(lab, off, 0, 0, "path_formula_off");
    if (isfinite(least))
        lab_measure(lab, least, 0, 0, "path_excess_least");
}

static void summarize(struct lab *lab)
{
    static const long all[] = {5, 10, 20, 50};
    double mass_off = 0;
    for (size_t g = 0; g < lab_groups(lab); g++)
        mass_off = fmax(mass_off, fabs(lab_value(lab, g, "mass_off")));
    lab_measure(lab, mass_off, 0, 0, "mass_off");
    for (size_t k = 0; k < sizeof all / sizeof *all; k++) {
        double kl[RULES] = {0};
        for (size_t r = 0; r < RULES; r++) {
            long g = find(lab, all[k], &rules[r], "1");
            kl[r] = NAN;
            if (g < 0)
                continue;
            kl[r] = lab_value(lab, (size_t)g, "kl");
            lab_measure(lab, lab_value(lab, (size_t)g, "w2"), grid_error * lab_value(lab, (size_t)g, "w2"), 0,
                        "w2.K%ld.%s", all[k], rules[r].name);
            if (r >= BIG)
                lab_measure(lab, kl[r], grid_error * kl[r], 0, "kl.K%ld.%s", all[k], rules[r].name);
        }
        if (!isnan(kl[OPTIMAL1] - kl[CONDITIONAL1]))
            lab_measure(lab, kl[OPTIMAL1] - kl[CONDITIONAL1], grid_error * kl[OPTIMAL1], 0,
                        "conditional_gain.K%ld", all[k]);
    }
    measure_minimum(lab, 10, &rules[OPTIMAL1], "kl");
    measure_minimum(lab, 10, &rules[OPTIMAL1], "w2");
    measure_minimum(lab, 10, &rules[CONDITIONAL1], "kl");
    measure_minimum(lab, 20, &rules[OPTIMAL1], "kl");
    measure_minimum(lab, 20, &rules[OPTIMAL1], "w2");
    measure_minimum(lab, 20, &rules[CONDITIONAL1], "kl");
    measure_paths(lab);
    density_table(lab);
}

static const struct lab_spec spec = {
    .name = "dvar/mixture",
    .about = "the law of a K-step sampler for a mixture in one dimension, by the rule of its variance",
    .axes = {{"mixture", "0.3/0.5/0.2:-1/0.2/1.1:0.1/0.25/0.05", NULL, NULL,
              "Laws of the data, WEIGHTS:MEANS:DEVIATIONS", AXIS_WORD},
             {"schedule", "linear", NULL, NULL, "linear[/FIRST/LAST], keras[/LAST], cosine[/OFFSET]",
              AXIS_WORD},
             {"T", "1000", NULL, "[1,10000000]", "Steps of the schedule", AXIS_INTEGER},
             {"spacing", "linear", NULL, NULL, "linear, quadratic, or K times, 1/250/1000", AXIS_WORD},
             {"prior", "exact", NULL, "exact|normal", "Law of x_T: that of the data with noise, or N(0,1)",
              AXIS_WORD},
             {"resolution", "1.2", NULL, "[0.8,100]", "Nodes per deviation of the narrowest kernel",
              AXIS_REAL},
             {"q", "0.5:2:0.05", "0.65,0.7,0.75,0.8,0.9,0.95,1,1.05,1.1", "(0,inf)",
              "Multiplier of the added variance", AXIS_REAL},
             {"K", "5,10,20,50", "5,10", "[1,inf)", "Steps of the sampler", AXIS_INTEGER},
             {"eta", "0,1", NULL, "[0,1]|max", "lambda over btilde; max: lambda = bb_s", AXIS_REAL},
             {"rule", "none,big,scalar,conditional", NULL, "none|big|scalar|conditional",
              "The variance of a step", AXIS_WORD}},
    .columns = "w2,kl,path_kl,mass_off:2,nodes",
    .controls = "forget_kappa|gamma_not_squared|forget_condition",
    .check = check,
    .cell = cell,
    .summarize = summarize,
};

int main(int argc, char **argv)
{
    return lab_main(&spec, argc, argv);
}
