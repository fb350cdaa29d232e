/* One jump of the reverse process: its coefficients, and the two variances of DDPM.
 *
 * Source: kexue.fm/archives/9245, introduction: DDPM chose between sigma_t^2 = beta_t^2, right for data N(0,
 * I), and btilde_t^2 = bb_s^2 beta_t^2/bb_t^2, right for data that are a single point, and as steps go to 0
 * the two agree. We compute lambda^2 + gamma^2 v, the exact variance of x_s given x_t, for Gaussian data of
 * variance `v` in any jump of any schedule, and its distance from either choice.
 * Finding: both identities hold to rounding, in jumps of any length of any schedule. The two variances agree
 * for short steps inside the schedule (ratio bb_s^2/bb_t^2), but never at its data end: 0.45 from 2 to 1 and
 * 0 from 1 to 0, even with 1000 steps.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "dvar.h"
#include "lab.h"

/* "445/334" into t and s. */
static char *jump_parse(const struct lab_cell *cell, long *t, long *s)
{
    double *x;
    size_t n;
    char *why;
    long T = lab_integer(cell, "T");
    if (dvar_list_parse(lab_word(cell, "jump"), &x, &n, &why))
        return why;
    if (n != 2 || x[0] != rint(x[0]) || x[1] != rint(x[1]) ||
        !(x[1] >= 0 && x[1] < x[0] && x[0] <= (double)T))
        why = base_format("jump '%.60s'; give FROM/TO with 0 <= TO < FROM <= T = %ld", lab_word(cell, "jump"),
                          T);
    *t = why ? 1 : (long)x[0];
    *s = why ? 0 : (long)x[1];
    free(x);
    return why;
}

static char *check(const struct lab_cell *cell)
{
    long t, s;
    char *why = jump_parse(cell, &t, &s);
    struct dvar_schedule schedule = {0};
    if (!why)
        dvar_schedule_init(&schedule, lab_word(cell, "schedule"), lab_integer(cell, "T"), &why);
    dvar_schedule_free(&schedule);
    return why;
}

static void cell(struct lab_cell *cell)
{
    struct dvar_schedule schedule;
    char *why;
    long t, s;
    jump_parse(cell, &t, &s);
    dvar_schedule_init(&schedule, lab_word(cell, "schedule"), lab_integer(cell, "T"), &why);
    struct dvar_jump j = dvar_jump_between(&schedule, t, s, dvar_eta_parse(lab_word(cell, "eta")));
    double data = lab_real(cell, "v"), v = dvar_gauss_variance(data, j.ab_t, j.bb2_t);
    if (lab_control(cell, "usual_notation")) /* alpha-bar of the papers, ab^2, taken for the article's ab */
        j.gamma = j.ab_s * j.ab_s - j.ab_t * j.ab_t * j.kappa;
    double gamma = lab_control(cell, "forget_kappa") ? j.ab_s : j.gamma;
    double variance = j.lambda2 + gamma * gamma * v;
    if (lab_control(cell, "forward_only"))
        j.btilde2 = j.beta2;
    lab_put(cell, "ab_T", dvar_ab(&schedule, schedule.steps));
    lab_put(cell, "ab_t", j.ab_t);
    lab_put(cell, "bb2_t", j.bb2_t);
    lab_put(cell, "beta2", j.beta2);
    lab_put(cell, "btilde2", j.btilde2);
    lab_put(cell, "lambda2", j.lambda2);
    lab_put(cell, "kappa", j.kappa);
    lab_put(cell, "gamma", gamma);
    lab_put(cell, "variance", variance);
    lab_put(cell, "ratio", j.btilde2 / j.beta2);
    lab_put(cell, "off_beta2", variance / j.beta2 - 1);
    if (j.btilde2 > 0)
        lab_put(cell, "off_btilde2", variance / j.btilde2 - 1);
    else if (variance == 0)
        lab_put(cell, "off_btilde2", 0);
    dvar_schedule_free(&schedule);
}

/* The largest |column| over all jumps with data variance v and lambda = btilde. */
static void measure_worst(struct lab *lab, const char *v, const char *column, const char *name)
{
    double worst = -1;
    for (size_t g = 0; g < lab_groups(lab); g++) {
        const struct lab_cell *cell = lab_group(lab, g);
        if (lab_is(cell, "v", v) && lab_is(cell, "eta", "1"))
            worst = fmax(worst, fabs(lab_value(lab, g, column)));
    }
    if (worst >= 0)
        lab_measure(lab, worst, 0, 0, "%s", name);
}

static void summarize(struct lab *lab)
{
    static const char *const ratios[] = {"445/334", "495/485", "500/499", "2/1", "1/0"};
    measure_worst(lab, "1", "off_beta2", "off_forward");
    measure_worst(lab, "0", "off_btilde2", "off_backward");
    for (size_t i = 0; i < sizeof ratios / sizeof *ratios; i++) {
        char *values = base_format("schedule=linear T=1000 jump=%s", ratios[i]);
        long g = lab_find(lab, values);
        if (g >= 0)
            lab_measure(lab, lab_value(lab, (size_t)g, "ratio"), 0, 0, "ratio.%s", ratios[i]);
        free(values);
    }
    long linear = lab_find(lab, "schedule=linear T=1000"), keras = lab_find(lab, "schedule=keras T=1000");
    if (linear >= 0) {
        double ab = lab_value(lab, (size_t)linear, "ab_T");
        lab_measure(lab, ab, 0, 0, "ab_T.linear");
        lab_measure(lab, ab * ab, 0, 0, "ab2_T.linear");
    }
    if (keras >= 0)
        lab_measure(lab, lab_value(lab, (size_t)keras, "ab_T"), 0, 0, "ab_T.keras");
}

static const struct lab_spec spec = {
    .name = "dvar/jump",
    .about = "coefficients of a jump of the reverse process, and DDPM's two variances",
    .axes = {{"schedule", "linear,keras,cosine", NULL, NULL,
              "linear[/FIRST/LAST], keras[/LAST], cosine[/OFFSET]", AXIS_WORD},
             {"T", "1000", NULL, "[1,10000000]", "Steps of the schedule", AXIS_INTEGER},
             {"jump", "1/0,2/0,2/1,10/9,100/99,445/334,495/485,500/499,1000/1,1000/999", NULL, NULL,
              "Jumps, FROM/TO", AXIS_WORD},
             {"eta", "0,0.5,1,max", NULL, "[0,1]|max", "lambda over btilde; max: lambda = bb_s", AXIS_REAL},
             {"v", "0,0.3,1", NULL, "[0,inf)", "Variance of the data, which are Gaussian", AXIS_REAL}},
    .columns = "ab_T,ab_t,bb2_t,beta2,btilde2,lambda2,kappa,gamma,variance,ratio,off_beta2:3,off_btilde2:3",
    .controls = "forget_kappa|usual_notation|forward_only",
    .check = check,
    .cell = cell,
    .summarize = summarize,
};

int main(int argc, char **argv)
{
    return lab_main(&spec, argc, argv);
}
