/* Gaussian data: how far is the law of a K-step sampler from the data, for each choice of variance?
 *
 * Source: kexue.fm/archives/9245 (optimal variance, eq. for p(x_(t-1)|x_t)) and 9246 (diagonal variance).
 * With data N(mu, diag(v)) the exact mean E[x_0|x_t] is linear, so the chain stays Gaussian and its law is
 * known without sampling:
 *     m' = kappa m + gamma (mu + A (m - ab mu)),  V' = (kappa + gamma A)^2 V + added variance.
 * Rules: none (lambda^2 alone: DDIM for eta = 0, DDPM's small variance for eta = 1), big (beta^2 in place of
 * lambda^2), scalar (lambda^2 + gamma^2 times the mean posterior variance: the articles' optimum), diagonal
 * (by coordinate). `q` multiplies the whole added variance.
 * Finding: the diagonal optimum reproduces the data with any number of steps, even one, and any lambda; the
 * scalar one exactly when all v are equal. With unequal v it wins in KL everywhere, in W2 with lambda = 0
 * everywhere, but with lambda = btilde it loses in W2 to the big variance from 50 steps on.
 */
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dvar.h"
#include "lab.h"

/* ---- the data of a cell ---- */

struct law {
    size_t d;
    double *mu, *v; /* [d] */
};

static void law_free(struct law *law)
{
    free(law->mu);
    free(law->v);
}

/* The points of the file, or NULL when there is none. */
static void *setup(const struct lab *lab)
{
    const char *name = lab_axis_values(lab, "data")->text[0];
    struct dvar_points *points = strcmp(name, "none") ? dvar_points_read(name) : NULL;
    if (points && !(points->variance > 0))
        base_die(BASE_BAD_USAGE, "--data: the points of %s are all equal; give some that differ", name);
    return points;
}

static void teardown(void *points)
{
    dvar_points_free(points);
}

/* mu and v from the axes, or from the file: its covariance's eigenvalues, with means 0 (in the eigenbasis and
 * relative to the mean; directions without variance are left out, they are never missed). Before setup there
 * are no points yet, and nothing to be wrong with them. */
static char *law_read(const struct lab_cell *cell, const struct dvar_points *points, struct law *law)
{
    char *why = NULL;
    size_t means;
    *law = (struct law){0};
    if (!lab_is(cell, "data", "none")) {
        size_t d = points ? points->d : 0;
        law->mu = base_alloc(d + 1, sizeof *law->mu);
        law->v = base_alloc(d + 1, sizeof *law->v);
        for (size_t i = 0; i < d; i++)
            if (points->eigen[i] > 1e-12 * points->eigen[d - 1])
                law->v[law->d++] = points->eigen[i];
        return NULL;
    }
    if (dvar_list_parse(lab_word(cell, "mu"), &law->mu, &means, &why) ||
        dvar_list_parse(lab_word(cell, "v"), &law->v, &law->d, &why))
        return why;
    if (means == 1 && law->d > 1) {
        law->mu = base_grow(law->mu, law->d, sizeof *law->mu);
        for (size_t i = 1; i < law->d; i++)
            law->mu[i] = law->mu[0];
    } else if (means != law->d) {
        return base_format("%zu means in mu, %zu variances in v; give as many, or one mean", means, law->d);
    }
    for (size_t i = 0; i < law->d; i++)
        if (!(law->v[i] > 0))
            return base_format("variance %g in v; it must be positive", law->v[i]);
    return NULL;
}

static char *check(const struct lab_cell *cell)
{
    struct law law;
    struct dvar_schedule schedule = {0};
    long T = lab_integer(cell, "T"), K = lab_integer(cell, "K");
    char *why = law_read(cell, NULL, &law);
    law_free(&law);
    if (why || dvar_schedule_init(&schedule, lab_word(cell, "schedule"), T, &why))
        return why;
    dvar_schedule_free(&schedule);
    long *ts = base_alloc((size_t)K + 1, sizeof *ts);
    dvar_steps_make(lab_word(cell, "spacing"), T, K, ts, &why);
    free(ts);
    return why;
}

/* ---- the chain ---- */

/* The slips that are easily made with these formulas; each must be seen in the results. */
static void slip(const struct lab_cell *cell, struct dvar_jump *j)
{
    if (lab_control(cell, "forget_kappa")) /* gamma = ab_s */
        j->gamma = j->ab_s;
    if (lab_control(cell, "usual_notation")) /* alpha-bar of the papers, ab^2, taken for the article's ab */
        j->gamma = j->ab_s * j->ab_s - j->ab_t * j->ab_t * j->kappa;
    if (lab_control(cell, "beta_not_squared")) /* the papers' beta for the article's beta^2 */
        j->kappa = sqrt(fmax(sqrt(j->bb2_s) - j->lambda2, 0) / sqrt(j->bb2_t));
}

static void cell(struct lab_cell *cell)
{
    struct law law;
    struct dvar_schedule schedule;
    char *why;
    long T = lab_integer(cell, "T"), K = lab_integer(cell, "K");
    double eta = dvar_eta_parse(lab_word(cell, "eta")), q = lab_real(cell, "q"), steps_kl = 0, steps_q1 = 0;
    int diagonal = lab_is(cell, "rule", "diagonal"), scalar = lab_is(cell, "rule", "scalar");
    int big = lab_is(cell, "rule", "big"), unsquared = lab_control(cell, "gamma_not_squared");
    int unsquared_ab = lab_control(cell, "ab_not_squared");
    if (lab_control(cell, "big_for_small") &&
        lab_is(cell, "rule", "none")) /* a forward step's noise, DDIM's too */
        big = 1;
    law_read(cell, lab_shared(cell), &law);
    dvar_schedule_init(&schedule, lab_word(cell, "schedule"), T, &why);
    long *ts = base_alloc((size_t)K + 1, sizeof *ts);
    dvar_steps_make(lab_word(cell, "spacing"), T, K, ts, &why);

    double *m = base_alloc(law.d, sizeof *m), *var = base_alloc(law.d, sizeof *var);
    double ab = dvar_ab(&schedule, T), bb2 = dvar_bb2(&schedule, T);
    for (size_t i = 0; i < law.d; i++) {
        int exact = lab_is(cell, "prior", "exact");
        m[i] = exact ? ab * law.mu[i] : 0;
        var[i] = exact ? ab * ab * law.v[i] + bb2 : 1;
    }
    for (long k = K; k >= 1; k--) {
        struct dvar_jump j = dvar_jump_between(&schedule, ts[k], ts[k - 1], eta);
        slip(cell, &j);
        double mmse = dvar_lmmse(law.v, law.d, j.ab_t, j.bb2_t),
               weight = unsquared ? j.gamma : j.gamma * j.gamma;
        if (unsquared_ab) /* bb^2/ab for bb^2/ab^2 */
            weight *= j.ab_t;
        if (lab_control(cell, "forget_uncertainty"))
            weight = 0;
        double constant = q * (big ? j.beta2 : j.lambda2 + (scalar ? weight * mmse : 0));
        for (size_t i = 0; i < law.d; i++) {
            double gain = dvar_gauss_gain(law.v[i], j.ab_t, j.bb2_t), slope = j.kappa + j.gamma * gain;
            double posterior = dvar_gauss_variance(law.v[i], j.ab_t, j.bb2_t);
            double added = diagonal ? q * (j.lambda2 + weight * posterior) : constant;
            double truth = j.lambda2 + j.gamma * j.gamma * posterior; /* of x_s given x_t */
            steps_kl += dvar_gauss_kl(0, truth, 0, added);
            steps_q1 += dvar_gauss_kl(0, truth, 0, added / q);
            m[i] = j.kappa * m[i] + j.gamma * (law.mu[i] + gain * (m[i] - j.ab_t * law.mu[i]));
            var[i] = slope * slope * var[i] + added;
        }
    }
    double kl = 0, w2sq = 0, mean2 = 0, sampled = 0, data = 0;
    for (size_t i = 0; i < law.d; i++) {
        kl += dvar_gauss_kl(law.mu[i], law.v[i], m[i], var[i]);
        w2sq += dvar_gauss_w2sq(law.mu[i], law.v[i], m[i], var[i]);
        mean2 += (m[i] - law.mu[i]) * (m[i] - law.mu[i]);
        sampled += var[i];
        data += law.v[i];
    }
    lab_put(cell, "kl", kl);
    lab_put(cell, "w2sq", w2sq);
    lab_put(cell, "mean_error2", mean2);
    lab_put(cell, "variance_ratio", sampled / data);
    if (isfinite(steps_kl)) { /* infinite where the rule adds no variance */
        lab_put(cell, "steps_kl", steps_kl);
        lab_put(cell, "steps_excess", steps_kl - steps_q1);
    }
    free(m);
    free(var);
    free(ts);
    dvar_schedule_free(&schedule);
    law_free(&law);
}

/* ---- what the claims ask about ---- */

struct rule {
    const char *name, *axes;
};
static const struct rule rules[] = {{"ddim", "eta=0 rule=none"},         {"small", "eta=1 rule=none"},
                                    {"big", "eta=1 rule=big"},           {"optimal0", "eta=0 rule=scalar"},
                                    {"optimal1", "eta=1 rule=scalar"},   {"diagonal0", "eta=0 rule=diagonal"},
                                    {"diagonal1", "eta=1 rule=diagonal"}};
enum { DDIM, SMALL, BIG, OPTIMAL0, OPTIMAL1, DIAGONAL0, DIAGONAL1, RULES };

static const char *const article_law =
    "data=none schedule=linear T=1000 spacing=linear q=1 mu=0.5/-0.3/0 v=0.25/0.04/1";
static const char *const equal_law =
    "data=none schedule=linear T=1000 spacing=linear q=1 mu=0.5/-0.3/0 v=0.3*3";

/* NaN when the sweep does not hold it. */
static double look_up(const struct lab *lab, const char *law, const char *prior, long K, const char *rule,
                      const char *column)
{
    char *values = base_format("%s prior=%s K=%ld %s", law, prior, K, rule);
    long g = lab_find(lab, values);
    free(values);
    return g < 0 ? (double)NAN : lab_value(lab, (size_t)g, column);
}

static __attribute__((format(printf, 3, 4))) void measure(struct lab *lab, double value, const char *format,
                                                          ...)
{
    char name[128];
    va_list args;
    va_start(args, format);
    vsnprintf(name, sizeof name, format, args);
    va_end(args);
    if (isfinite(value))
        lab_measure(lab, value, 0, 0, "%s", name);
}

/* The largest value of a column over the cells of one rule, law and the exact prior, K below or from
 * 100 on. */
static double worst(const struct lab *lab, const char *law_v, const char *rule, const char *column, long low,
                    long high)
{
    double most = -INFINITY;
    for (size_t g = 0; g < lab_groups(lab); g++) {
        const struct lab_cell *cell = lab_group(lab, g);
        long K = lab_integer(cell, "K");
        if (lab_is(cell, "v", law_v) && lab_is(cell, "rule", rule) && lab_is(cell, "prior", "exact") &&
            lab_is(cell, "data", "none") && lab_is(cell, "q", "1") && K >= low && K <= high)
            most = fmax(most, lab_value(lab, g, column));
    }
    return most;
}

static void summarize(struct lab *lab)
{
    static const long all[] = {1, 2, 5, 10, 20, 50, 100, 1000};
    const char *v = "0.25/0.04/1", *equal = "0.3*3";
    measure(lab, worst(lab, v, "diagonal", "kl", 1, 1), "diagonal.kl.one_step");
    measure(lab, worst(lab, v, "diagonal", "kl", 2, 20), "diagonal.kl.few_steps");
    measure(lab, worst(lab, v, "diagonal", "kl", 50, 1000000), "diagonal.kl.many_steps");
    measure(lab, worst(lab, v, "diagonal", "w2sq", 1, 1000000), "diagonal.w2sq");
    measure(lab, worst(lab, equal, "scalar", "kl", 1, 1000000), "scalar.kl.equal_v");
    double least = INFINITY;
    for (size_t k = 0; k < sizeof all / sizeof *all; k++) {
        double w2[RULES], kl[RULES], variance[RULES], equal_variance[RULES];
        long K = all[k];
        for (size_t r = 0; r < RULES; r++) {
            w2[r] = look_up(lab, article_law, "exact", K, rules[r].axes, "w2sq");
            kl[r] = look_up(lab, article_law, "exact", K, rules[r].axes, "kl");
            variance[r] = look_up(lab, article_law, "exact", K, rules[r].axes, "variance_ratio");
            equal_variance[r] = look_up(lab, equal_law, "exact", K, rules[r].axes, "variance_ratio");
        }
        for (size_t r = 0; r <= OPTIMAL1 && K != 100; r++)
            measure(lab, w2[r], "w2sq.K%ld.%s", K, rules[r].name);
        for (size_t r = 0; r <= OPTIMAL1 && (K == 10 || K == 20); r++)
            measure(lab, kl[r], "kl.K%ld.%s", K, rules[r].name);
        for (size_t r = 0; r <= DIAGONAL1 && K == 10; r++) {
            measure(lab, variance[r], "variance.%s", rules[r].name);
            if (r <= OPTIMAL1)
                measure(lab, equal_variance[r], "variance.equal_v.%s", rules[r].name);
        }
        least = fmin(least, kl[OPTIMAL0]);
        measure(lab, fmin(fmin(kl[DDIM], kl[SMALL]), kl[BIG]) - kl[OPTIMAL0], "gain.kl.K%ld.optimal0", K);
        measure(lab, fmin(fmin(kl[DDIM], kl[SMALL]), kl[BIG]) - kl[OPTIMAL1], "gain.kl.K%ld.optimal1", K);
        measure(lab, fmin(fmin(w2[DDIM], w2[SMALL]), w2[BIG]) - w2[OPTIMAL0], "gain.w2sq.K%ld.optimal0", K);
        measure(lab, fmin(fmin(w2[DDIM], w2[SMALL]), w2[BIG]) - w2[OPTIMAL1], "gain.w2sq.K%ld.optimal1", K);
        if (K > 1) {
            measure(lab, w2[SMALL] - w2[DDIM], "ddim.w2sq.K%ld.under_small", K);
            measure(lab, kl[SMALL] - kl[DDIM], "ddim.kl.K%ld.under_small", K);
        }
        measure(lab, w2[BIG] - w2[DDIM], "ddim.w2sq.K%ld.under_big", K);
        if (K == 5 || K == 10 || K == 20 || K == 50 || K == 1000)
            measure(lab, w2[SMALL] - w2[OPTIMAL0], "gap.w2sq.K%ld", K);
        if (K >= 5 && K != 100) {
            measure(lab, w2[SMALL] / w2[OPTIMAL0], "ratio.w2sq.K%ld", K);
            measure(lab, kl[SMALL] / kl[OPTIMAL0], "ratio.kl.K%ld", K);
        }
    }
    measure(lab, least, "scalar.kl.unequal_v");
    measure(lab, look_up(lab, article_law, "normal", 10, rules[DIAGONAL0].axes, "w2sq"), "prior.normal.w2sq");
    /* the cost of a wrong multiplier, in the sum of the steps' divergences */
    static const char *const multipliers[] = {"0.5", "2"};
    for (size_t i = 0; i < sizeof multipliers / sizeof *multipliers; i++) {
        char *law =
            base_format("data=none schedule=linear T=1000 spacing=linear mu=0.5/-0.3/0 v=0.25/0.04/1 q=%s",
                        multipliers[i]);
        measure(lab, look_up(lab, law, "exact", 10, rules[OPTIMAL1].axes, "steps_excess"), "steps_excess.q%s",
                multipliers[i]);
        free(law);
    }
}

static const struct lab_spec spec = {
    .name = "dvar/gaussian",
    .about = "the law of a K-step sampler for Gaussian data, by the rule of its variance",
    .axes = {{"data", "none", NULL, "none|digits",
              "Moments of the data from a file of points, in place of mu and v; or digits", AXIS_FILE},
             {"mu", "0.5/-0.3/0", NULL, NULL, "Means, by slashes; 0*64: a number 64 times; one for all",
              AXIS_WORD},
             {"v", "0.25/0.04/1,0.3*3", NULL, NULL, "Variances, likewise", AXIS_WORD},
             {"schedule", "linear", NULL, NULL, "linear[/FIRST/LAST], keras[/LAST], cosine[/OFFSET]",
              AXIS_WORD},
             {"T", "1000", NULL, "[1,10000000]", "Steps of the schedule", AXIS_INTEGER},
             {"spacing", "linear", NULL, NULL, "linear, quadratic, or K times, 1/250/1000", AXIS_WORD},
             {"prior", "exact,normal", NULL, "exact|normal",
              "Law of x_T: that of the data with noise, or N(0,1)", AXIS_WORD},
             {"q", "0.5,1,2", NULL, "(0,inf)", "Multiplier of the added variance", AXIS_REAL},
             {"K", "1,2,5,10,20,50,100,1000", NULL, "[1,inf)", "Steps of the sampler", AXIS_INTEGER},
             {"eta", "0:1:0.25,max", NULL, "[0,1]|max", "lambda over btilde; max: lambda = bb_s", AXIS_REAL},
             {"rule", "none,big,scalar,diagonal", NULL, "none|big|scalar|diagonal", "The variance of a step",
              AXIS_WORD}},
    .columns = "kl:6,w2sq:6,mean_error2:3,variance_ratio:6,steps_kl:6,steps_excess:6",
    .controls =
        "forget_kappa|usual_notation|beta_not_squared|gamma_not_squared|ab_not_squared|forget_uncertainty|"
        "big_for_small",
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
