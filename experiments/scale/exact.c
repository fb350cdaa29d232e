/* Does the mean gradient of attention have an optimal scale?
 *
 * Source: kexue.fm/archives/9812. The article replaces E sum p^2 by E e^(2 alpha s) / (n (E e^(alpha s))^2);
 * the result f(alpha, n) has a maximum. But a sum of n terms e^(2 alpha s) is near its mean only for alpha <
 * sqrt(log n / 2) = 0.707 sqrt(log n), and the maximum lies at about 0.84 sqrt(log n). We compute E F = alpha
 * (1 - E sum p^2) exactly.
 *
 * F = -sum_{i != j} dp_i/ds_j, and integration by parts against a density rho that vanishes at its ends gives
 *     E F = E sum_j p_j psi(s_j),  psi = -(log rho)',   d(E F)/d alpha = E Cov_p(s, psi(s)).
 * For normal scores psi(s) = s: E F = E sum p s (computed by another integral), and its derivative E Var_p(s)
 * > 0. For cosines in d > 3 dimensions psi(s) = (d-3) s/(1-s^2) increases, too. So E F rises for ever,
 * towards E psi(max s), the density at 0 of the gap between the two largest scores.
 * Finding: no optimum in the mean, only saturation from about sqrt(2 log n) on; the maximum belongs to the
 * annealed f.
 */
#include <math.h>
#include <stdlib.h>

#include "lab.h"
#include "scale.h"

static struct softmax_law law_of(const char *law, double d)
{
    return law[0] == 'n' ? softmax_law_normal() : softmax_law_cosine(d);
}

/* psi of the cosine law; *d its dimension. */
static double cosine_psi(double s, const void *d)
{
    return (*(const double *)d - 3) * s / (1 - s * s);
}

/* E F and its error; the control takes the annealed f for it. */
static struct softmax_value mean_gradient(const struct softmax_law *law, double n, double alpha, int annealed)
{
    struct softmax_mean m;
    softmax_mean(law, n, alpha, &m);
    return annealed ? (struct softmax_value){scale_annealed(law, n, alpha), 1e-12} : m.gradient;
}

static void cell(struct lab_cell *c)
{
    double d = lab_real(c, "d"), n = lab_real(c, "n"), alpha = lab_real(c, "alpha");
    struct softmax_law law = law_of(lab_word(c, "law"), d);
    int normal = lab_is(c, "law", "normal"), annealed = lab_control(c, "annealed");
    struct softmax_mean m;
    if (softmax_mean(&law, n, alpha, &m))
        lab_fail(c, "no exact mean here");
    struct softmax_value f = mean_gradient(&law, n, alpha, annealed),
                         limit = softmax_law_gap_density(&law, n);
    struct softmax_value top =
        normal ? softmax_law_max_mean(&law, n, NULL, NULL) : softmax_law_max_mean(&law, n, cosine_psi, &d);
    lab_put(c, "exact", f.value);
    lab_put(c, "bound", f.error);
    if (normal) {
        lab_put(c, "stein", m.score.value);
        lab_put(c, "derivative", m.variance.value);
    }
    lab_put(c, "annealed", scale_annealed(&law, n, alpha));
    lab_put(c, "limit", limit.value);
    if (n > 1 && (normal || d > 3)) /* in three dimensions the density does not vanish at its ends */
        lab_put(c, "limit_error", fabs(limit.value / top.value - 1));
    lab_put(c, "purity", m.purity.value);
    lab_put(c, "annealed_purity", scale_annealed_purity(&law, n, alpha));
}

/* ---- values with digits of their own ---- */

static void measure_normal(struct lab *lab, int annealed)
{
    struct softmax_law law = softmax_law_normal();
    static const double ns[] = {8, 64, 512, 4096}, alphas[] = {1, 2, 4, 8, 16, 24};
    for (int i = 0; i < 4; i++)
        for (int j = 0; j < 6; j++) {
            struct softmax_value f = mean_gradient(&law, ns[i], alphas[j], annealed);
            lab_measure(lab, f.value, f.error, 0, "mean_%g_%g", ns[i], alphas[j]);
        }
    for (int i = 1; i < 4; i++) {
        double n = ns[i], best = scale_annealed_optimum(&law, n);
        struct softmax_value at = mean_gradient(&law, n, best, annealed),
                             rule = mean_gradient(&law, n, 2.5, annealed);
        struct softmax_value one = mean_gradient(&law, n, 1, annealed),
                             limit = softmax_law_gap_density(&law, n);
        lab_measure(lab, scale_annealed(&law, n, best), 1e-12, 0, "annealed_at_optimum_%g", n);
        lab_measure(lab, at.value, at.error, 0, "exact_at_optimum_%g", n);
        lab_measure(lab, scale_annealed(&law, n, best) / at.value - 1, 1e-12, 0, "off_at_optimum_%g", n);
        lab_measure(lab, rule.value / one.value, 1e-12, 0, "gain_%g", n);
        lab_measure(lab, rule.value / limit.value, 1e-12, 0, "share_%g", n);
        if (n > 512)
            continue;
        lab_measure(lab, scale_annealed(&law, n, 2.5), 1e-12, 0, "annealed_2.5_%g", n);
        lab_measure(lab, rule.value, rule.error, 0, "exact_2.5_%g", n);
    }
    static const double sizes[] = {2, 8, 16, 64, 256, 512, 1024, 4096, 16384};
    for (int i = 0; i < 9; i++) {
        struct softmax_value limit = softmax_law_gap_density(&law, sizes[i]);
        if (annealed) /* whose limit is minus infinity: what it is at 20 */
            limit = mean_gradient(&law, sizes[i], 20, 1);
        lab_measure(lab, limit.value, limit.error, 0, "limit_%g", sizes[i]);
    }
    struct softmax_mean m;
    softmax_mean(&law, 512, 1, &m);
    lab_measure(lab, scale_annealed_purity(&law, 512, 1), 1e-15, 0, "annealed_purity_512_1");
    lab_measure(lab, annealed ? scale_annealed_purity(&law, 512, 1) : m.purity.value, m.purity.error, 0,
                "purity_512_1");
}

static void measure_cosine(struct lab *lab, int annealed)
{
    struct softmax_law law = softmax_law_cosine(128);
    static const struct {
        double n, alpha;
    } at[] = {{64, 18},       {64, 36},     {64, 72},        {64, 144},    {512, 24.2136},
              {512, 48.4272}, {512, 96.85}, {4096, 29.7002}, {4096, 59.40}};
    for (int i = 0; i < 9; i++) {
        struct softmax_value f = mean_gradient(&law, at[i].n, at[i].alpha, annealed);
        lab_measure(lab, f.value, f.error, 0, "cosine_%g_%g", at[i].n, at[i].alpha);
    }
    static const double ns[] = {64, 512, 4096};
    for (int i = 0; i < 3; i++) {
        struct softmax_value limit = softmax_law_gap_density(&law, ns[i]);
        lab_measure(lab, limit.value, limit.error, 0, "cosine_limit_%g", ns[i]);
    }
    lab_measure(lab, scale_annealed(&law, 512, 24.2136), 1e-10, 0, "cosine_annealed_512");
    lab_measure(lab, scale_annealed(&law, 4096, 29.7002), 1e-10, 0, "cosine_annealed_4096");
}

/* d(E F)/d alpha against E Var_p(s), by central differences of E F. */
static double derivative_worst(int annealed)
{
    struct softmax_law law = softmax_law_normal();
    double worst = 0;
    for (double n = 2; n < 1e13; n *= 40)
        for (double alpha = 0.25; alpha < 20; alpha *= 2) {
            double h = 1e-3 * alpha;
            struct softmax_mean m;
            softmax_mean(&law, n, alpha, &m);
            double rise = mean_gradient(&law, n, alpha + h, annealed).value;
            rise -= mean_gradient(&law, n, alpha - h, annealed).value;
            worst = fmax(worst, fabs(rise / (2 * h) - m.variance.value));
        }
    return worst;
}

/* E max against its bounds Phi^-1(1 - 1/n) and sqrt(2 log n): the least room on either side. */
static void measure_growth(struct lab *lab)
{
    struct softmax_law law = softmax_law_normal();
    double above = INFINITY, below = INFINITY;
    for (double n = 2; n < 1e15; n *= 4) {
        double limit = softmax_law_gap_density(&law, n).value;
        above = fmin(above, limit - scale_quantile(1 / n));
        below = fmin(below, sqrt(2 * log(n)) - limit);
    }
    lab_measure(lab, above, 0, 0, "limit_above_quantile");
    lab_measure(lab, below, 0, 0, "limit_below_root");
}

/* How far a curve over the sweep's alpha has come down from its top at the last one, relative to the top: the
 * most of all n for the exact one, the least for the annealed one. */
static void measure_turns(struct lab *lab, const char *law)
{
    double exact_most = 0, annealed_least = INFINITY, stein = 0, limit = 0, least_rise = INFINITY;
    size_t groups = lab_groups(lab);
    for (size_t i = 0; i < groups;) {
        const struct lab_cell *c = lab_group(lab, i);
        double n = lab_real(c, "n"), d = lab_real(c, "d"), top[2] = {0, 0}, end[2] = {0, 0}, before = 0;
        int wanted = lab_is(c, "law", law) && n >= 2 && (lab_is(c, "law", "normal") || d > 3);
        for (; i < groups && lab_real(lab_group(lab, i), "n") == n && lab_real(lab_group(lab, i), "d") == d &&
               lab_is(lab_group(lab, i), "law", law) == lab_is(c, "law", law);
             i++) {
            if (!wanted)
                continue;
            end[0] = lab_value(lab, i, "exact");
            end[1] = lab_value(lab, i, "annealed");
            top[0] = fmax(top[0], end[0]);
            top[1] = fmax(top[1], end[1]);
            limit = fmax(limit, lab_value(lab, i, "limit_error"));
            /* by which part it has grown, rounding at saturation allowed for */
            least_rise = fmin(least_rise, (end[0] - before) / fabs(end[0]) + 1e-12);
            before = end[0];
            if (lab_is(c, "law", "normal"))
                stein = fmax(stein, fmin(1, fabs(end[0] - lab_value(lab, i, "stein"))));
        }
        if (wanted && top[0] > 0) {
            exact_most = fmax(exact_most, 1 - end[0] / top[0] > 1e-12 ? fmin(1, 1 - end[0] / top[0]) : 0);
            annealed_least = fmin(annealed_least, fmin(1, 1 - end[1] / top[1])); /* 1: down to 0 or below */
        }
    }
    if (!isfinite(annealed_least))
        return;
    lab_measure(lab, exact_most, 0, 0, "%s_turn", law);
    lab_measure(lab, least_rise, 0, 0, "%s_least_rise", law);
    lab_measure(lab, annealed_least, 0, 0, "%s_annealed_turn", law);
    lab_measure(lab, limit, 0, 0, "%s_limit_worst", law);
    if (law[0] == 'n')
        lab_measure(lab, stein, 0, 0, "stein_worst");
}

static void summarize(struct lab *lab)
{
    int annealed = lab_run_control(lab, "annealed");
    measure_normal(lab, annealed);
    measure_cosine(lab, annealed);
    measure_turns(lab, "normal");
    measure_turns(lab, "cosine");
    measure_growth(lab);
    lab_measure(lab, derivative_worst(annealed), 0, 0, "derivative_worst");
}

static const struct lab_spec spec = {
    .name = "scale/exact",
    .about = "The exact mean of the gradient F over random scores, beside the article's annealed one",
    .axes = {{"law", "normal,cosine", NULL, "normal|cosine", "Law of a score", AXIS_WORD},
             {"d", "128", NULL, "[3,1e9]", "Dimension (cosine)", AXIS_REAL},
             {"n", "8,64,512,4096,1e6", "8,64,512,4096", "[1,1e15]", "Number of keys", AXIS_REAL},
             {"alpha", "0.1:102.4:*1.18920711500272", "0.1:102.4:*2", "(0,1e5]", "Scale of the scores",
              AXIS_REAL}},
    .columns =
        "exact:11,bound:2,stein:11,derivative,annealed:11,limit:11,limit_error:2,purity,annealed_purity",
    .controls = "annealed",
    .cell = cell,
    .summarize = summarize,
};

int main(int argc, char **argv)
{
    return lab_main(&spec, argc, argv);
}
