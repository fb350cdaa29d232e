/* Softmax over n keys: how long does S = e^(-gamma^2/2) hold, and what comes after?
 *
 * Source: kexue.fm/archives/9889, where n -> infinity first. Over n normal scores the mean index is a single
 * integral (focus_mean), so is E sum p^2 = E 1/(n S^2) (softmax_mean), and S can never be below 1/sqrt n. The
 * random energy model puts the ends of the two regimes at gamma = sqrt(log n / 2), where the second moment
 * ceases to average itself, and at sqrt(2 log n), where a few keys hold everything. Finding: the limit is 5 %
 * too low already at gamma = 1.4 for n = 4096, and 40 % at gamma = 2; beyond, S sqrt n is a small number:
 * softmax concentrates on one token, never on a vanishing fraction e^(-gamma^2/2) of them.
 */
#include <math.h>

#include "focus.h"
#include "lab.h"

static const struct focus_map soft = {FOCUS_EXP, 1};

/* The control takes the limit for the mean over n keys. */
static struct softmax_value mean(int control, double gamma, double n)
{
    return control ? (struct softmax_value){focus_limit(soft, 0, gamma), 0} : focus_mean(soft, 0, gamma, n);
}

static void cell(struct lab_cell *c)
{
    double n = lab_real(c, "n"), gamma = lab_real(c, "gamma"), limit = focus_limit(soft, 0, gamma);
    struct softmax_value S = mean(lab_control(c, "limit"), gamma, n);
    struct softmax_law normal = softmax_law_normal();
    struct softmax_mean exact;
    if (softmax_mean(&normal, n, gamma, &exact))
        lab_fail(c, "no exact mean for these values");
    lab_put(c, "mean", S.value);
    lab_put(c, "bound", S.error);
    lab_put(c, "limit", limit);
    lab_put(c, "floor", 1 / sqrt(n));
    lab_put(c, "annealed", 1 / sqrt(n * exact.purity.value));
    lab_put(c, "excess", S.value / limit - 1);
    lab_put(c, "tokens", n * S.value * S.value);
}

static void summarize(struct lab *lab)
{
    static const double ns[] = {64, 512, 4096, 65536};
    double jensen = INFINITY, floor_gap = INFINITY, above = INFINITY;
    for (size_t i = 0; i < lab_groups(lab); i++) {
        double S = lab_value(lab, i, "mean");
        jensen = fmin(jensen, S / lab_value(lab, i, "annealed") - 1);
        floor_gap = fmin(floor_gap, S / lab_value(lab, i, "floor") - 1);
        above = fmin(above, S / lab_value(lab, i, "limit") - 1);
    }
    lab_measure(lab, jensen, 1e-12, 0, "over_annealed");
    lab_measure(lab, floor_gap, 1e-12, 0, "over_floor");
    lab_measure(lab, above, 1e-12, 0, "over_limit");
    int control = lab_run_control(lab, "limit");
    for (int gamma = 1; gamma <= 4; gamma++)
        for (int i = 0; i < 4; i++) {
            struct softmax_value S = mean(control, gamma, ns[i]);
            lab_measure(lab, S.value, S.error, 0, "mean_%d_%g", gamma, ns[i]);
        }
    static const double gammas[] = {0.5, 1, 1.25, 1.6, 2, 3, 4};
    for (int i = 0; i < 7; i++)
        lab_measure(lab, mean(control, gammas[i], 4096).value / focus_limit(soft, 0, gammas[i]) - 1, 1e-10, 0,
                    "excess_%g", gammas[i]);
    double edge = sqrt(log(4096) / 2);
    lab_measure(lab, mean(control, edge, 4096).value / focus_limit(soft, 0, edge) - 1, 1e-10, 0,
                "excess_edge");
    double low = 0.5, high = 4; /* where the limit is 5 % too low */
    while (high - low > 1e-6) {
        double middle = (low + high) / 2;
        *(mean(control, middle, 4096).value < 1.05 * focus_limit(soft, 0, middle) ? &low : &high) = middle;
    }
    lab_measure(lab, low, 1e-6, 0, "five_percent");
    lab_measure(lab, mean(control, 4, 64).value * 8, 1e-10, 0, "frozen_4_64");
    for (int i = 0; i < 4; i++) { /* at sqrt(2 log n) itself */
        double S = mean(control, sqrt(2 * log(ns[i])), ns[i]).value;
        lab_measure(lab, S * sqrt(ns[i]), 1e-10, 0, "frozen_edge_%g", ns[i]);
    }
}

static const struct lab_spec spec = {
    .name = "focus/saturation",
    .about = "What is the mean index of softmax attention over n normal scores, exactly?",
    .axes =
        {
            {"n", "64,512,4096,65536,1e9", "64,4096", "[1,1e15]", "Keys", AXIS_REAL},
            {"gamma", "0.2:7:0.2", "0.5,1,2,3,4,6", "(0,30]", "Standard deviation of the scores", AXIS_REAL},
        },
    .columns = "mean:12,bound:2,limit:12,floor:12,annealed:12,excess,tokens",
    .controls = "limit",
    .cell = cell,
    .summarize = summarize,
};

int main(int argc, char **argv)
{
    return lab_main(&spec, argc, argv);
}
