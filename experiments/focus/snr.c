/* Non-negative sequences of low signal-to-noise ratio: are their elements nearly all alike?
 *
 * Source: kexue.fm/archives/9889. Made precise: with r = mean/deviation, a non-negative x exceeds t
 * deviations with a probability of r/t at most (Markov), and S = 1/sqrt(1 + 1/r^2). For log-normal x = e^(s
 * eps) the share within a tenth of a (population) deviation of the median is a difference of two normal cdfs.
 * Finding: true; for s = 3, 98.7 % of the elements lie within a tenth of a deviation of the median.
 */
#include <math.h>
#include <stdlib.h>

#include "focus.h"
#include "lab.h"

static double deviation(double s)
{
    return exp(s * s / 2) * sqrt(expm1(s * s));
}

static double exact_share(double s, double within)
{
    double w = within * deviation(s), high = erfc(-log1p(w) / s / sqrt(2)) / 2;
    return high - (w < 1 ? erfc(-log1p(-w) / s / sqrt(2)) / 2 : 0);
}

static void cell(struct lab_cell *c)
{
    double s = lab_real(c, "s"), w = lab_real(c, "within") * deviation(s);
    long n = lab_integer(c, "n"), near = 0, above = 0;
    for (long i = 0; i < n; i++) {
        double x = exp(s * rng_normal(lab_rng(c)));
        near += fabs(x - 1) <= w;
        above += x > w;
    }
    lab_put(c, "share", (double)near / (double)n);
    lab_put(c, "above", (double)above / (double)n);
}

static void summarize(struct lab *lab)
{
    double slack = INFINITY;
    for (size_t i = 0; i < lab_groups(lab); i++) {
        const struct lab_cell *at = lab_group(lab, i);
        double s = lab_real(at, "s"), t = lab_real(at, "within"), snr = 1 / sqrt(expm1(s * s));
        /* the control takes the deviation of the logarithm for that of x */
        double exact = lab_run_control(lab, "log_deviation") ? erf(t / sqrt(2)) : exact_share(s, t);
        struct stats_mean share = lab_mean(lab, i, "share"), above = lab_mean(lab, i, "above");
        share.value -= exact;
        lab_measure_mean(lab, share, "drawn_%g", s);
        lab_measure(lab, exact, 1e-14, 0, "share_%g", s);
        lab_measure(lab, snr, 1e-15, 0, "snr_%g", s);
        double S = 1 / sqrt(1 + 1 / (snr * snr));
        lab_measure(lab, S / exp(-s * s / 2) - 1, 1e-14, 0, "index_gap_%g", s);
        slack = fmin(slack, (lab_run_control(lab, "log_deviation") ? 0.5 : 1) * snr / t - above.value);
    }
    for (int i = 1; i < 400; i++) /* Markov, exactly, over deviations and thresholds */
        for (int j = 1; j < 60; j++) {
            double s = j * 0.05, t = pow(10, i * 0.01 - 3), snr = 1 / sqrt(expm1(s * s));
            slack = fmin(slack, snr / t * (lab_run_control(lab, "log_deviation") ? 0.01 : 1) -
                                    erfc(log(t * deviation(s)) / s / sqrt(2)) / 2);
        }
    lab_measure(lab, slack, 0, 0, "markov_slack");
}

static const struct lab_spec spec = {
    .name = "focus/snr",
    .about = "Are the elements of a non-negative sequence with small mean over deviation nearly all alike?",
    .axes =
        {
            {"s", "1,2,3", NULL, "[0.1,5]", "Deviation of the logarithm", AXIS_REAL},
            {"within", "0.1", NULL, "(0,10]", "Distance from the median, in deviations", AXIS_REAL},
            {"n", "20000", NULL, "[16,1e8]", "Elements", AXIS_INTEGER},
            {"replicate", "0:199", "0:59", "[0,inf)", "Replicate", AXIS_INTEGER},
        },
    .columns = "share,above",
    .fold = "replicate",
    .controls = "log_deviation",
    .cell = cell,
    .summarize = summarize,
};

int main(int argc, char **argv)
{
    return lab_main(&spec, argc, argv);
}
