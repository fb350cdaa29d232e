/* Is the entropy of attention nearly independent of n at the annealed optimum?
 *
 * Source: kexue.fm/archives/9812, last remarks: a maximum of F is a place where things vary slowly, so that
 * the Renyi entropy H_2 = -log sum p^2, and with it the entropy H, should depend on n weakly ("entropy
 * invariance", archives/8823). We compute E H exactly for normal scores at alpha*(n), at the fixed alpha = 1
 * and at 2.5, and its slope in log n.
 * Finding: the growth is slowed from 1 nat per unit of log n to about 0.57, not stopped. Being stationary in
 * alpha says nothing on n. The exact scale that keeps E H is another one (column `constant`: E H kept at its
 * value for n = 512).
 */
#include <math.h>
#include <stdlib.h>

#include "lab.h"
#include "scale.h"

static struct softmax_mean mean_of(double n, double alpha)
{
    struct softmax_law law = softmax_law_normal();
    struct softmax_mean m;
    softmax_mean(&law, n, alpha, &m);
    return m;
}

/* alpha*(n); the control keeps alpha = 1. */
static double optimum(double n, int fixed)
{
    return fixed ? 1 : scale_lambert_optimum(n);
}

static void cell(struct lab_cell *c)
{
    double n = lab_real(c, "n"), best = optimum(n, lab_control(c, "fixed"));
    struct softmax_law law = softmax_law_normal();
    struct softmax_mean at = mean_of(n, best);
    double kept = mean_of(512, scale_lambert_optimum(512)).entropy.value;
    lab_put(c, "alpha", best);
    lab_put(c, "entropy", at.entropy.value);
    lab_put(c, "bound", at.entropy.error);
    lab_put(c, "renyi", -log(at.purity.value));
    lab_put(c, "entropy_1", mean_of(n, 1).entropy.value);
    lab_put(c, "entropy_2.5", mean_of(n, 2.5).entropy.value);
    /* half an octave of n on either side */
    double h = log(2) / 2;
    double up = mean_of(n * exp(h), optimum(n * exp(h), lab_control(c, "fixed"))).entropy.value;
    double down = mean_of(n * exp(-h), optimum(n * exp(-h), lab_control(c, "fixed"))).entropy.value;
    lab_put(c, "slope", (up - down) / (2 * h));
    lab_put(c, "slope_1",
            (mean_of(n * exp(h), 1).entropy.value - mean_of(n * exp(-h), 1).entropy.value) / (2 * h));
    lab_put(c, "constant", log(n) > kept ? softmax_scale_of_entropy(&law, n, kept).value : NAN);
}

static void summarize(struct lab *lab)
{
    static const double n[] = {64, 256, 1024, 4096, 16384};
    double before = NAN, least = INFINITY;
    int fixed = lab_run_control(lab, "fixed");
    for (int i = 0; i < 5; i++) {
        struct softmax_value h = mean_of(n[i], optimum(n[i], fixed)).entropy;
        lab_measure(lab, h.value, h.error, 0, "entropy_%g", n[i]);
        if (i > 0)
            lab_measure(lab, (h.value - before) / log(4), 1e-10, 0, "slope_%g", n[i]);
        before = h.value;
        least = fmin(least, (mean_of(n[i], 1).entropy.value - mean_of(n[i] / 4, 1).entropy.value) / log(4));
    }
    lab_measure(lab, least, 1e-10, 0, "slope_at_1_least");
}

static const struct lab_spec spec = {
    .name = "scale/entropy",
    .about = "The mean entropy of attention at the annealed optimum, against n",
    .axes = {{"n", "16:1048576:*2", "16:65536:*4", "[2,1e12]", "Number of keys", AXIS_REAL}},
    .columns = "alpha,entropy:11,bound:2,renyi,entropy_1,entropy_2.5,slope,slope_1,constant",
    .controls = "fixed",
    .cell = cell,
    .summarize = summarize,
};

int main(int argc, char **argv)
{
    return lab_main(&spec, argc, argv);
}
