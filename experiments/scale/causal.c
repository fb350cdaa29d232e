/* Is the scale of half the length good for most positions of causal attention?
 *
 * Source: kexue.fm/archives/9812, last remarks: position n of a causal layer sees n keys; take n = L/2 for
 * all. The efficiency of position n at alpha is f(alpha, n)/f(alpha*(n), n), f the annealed objective; the
 * constant that is best on the average of f over the positions 2..L is compared with alpha*(L/2). Position 1
 * has F = 0. The same is done with the exact mean E F, for which a larger alpha is never worse.
 * Finding: 80 % of positions reach 90 %, as the advice says. But f punishes early positions without limit
 * (it is negative there, an artefact), so the best constant for its mean is lower; by the exact E F there is
 * no such harm.
 */
#include <math.h>
#include <stdlib.h>

#include "lab.h"
#include "scale.h"

/* The mean of f(alpha, n) over n = 2..L in closed form: alpha (1 - e^(alpha^2) (H_L - 1)/(L - 1)). */
static double harmonic_less_1(double L)
{
    double sum = 0;
    for (double n = fmin(L, 1e6); n >= 2; n--)
        sum += 1 / n;
    if (L > 1e6) /* Euler and Maclaurin */
        sum += log(L / 1e6) + (1 / L - 1e-6) / 2;
    return sum;
}

static double mean_annealed(double L, double alpha)
{
    return alpha * (1 - exp(alpha * alpha) * harmonic_less_1(L) / (L - 1));
}

/* It is f of N = (L-1)/(H_L - 1) keys. */
static double best_constant(double L)
{
    return scale_lambert_optimum(fmax(1, (L - 1) / harmonic_less_1(L)));
}

/* The share of positions n = 2..L with f(alpha, n) >= part f(alpha*(n), n). For n below the one whose optimum
 * is alpha the efficiency rises with n and beyond it falls, so these positions are an interval: bisection on
 * both ends. */
static int efficient(double alpha, double n, double part)
{
    struct softmax_law law = softmax_law_normal();
    return scale_annealed(&law, n, alpha) >= part * scale_annealed(&law, n, scale_lambert_optimum(n));
}

static double share(double L, double alpha, double part)
{
    double inside = floor((1 + 2 * alpha * alpha) * exp(alpha * alpha)), low = 1, high, first, last = L;
    inside = fmin(fmax(inside, 2), L);
    if (!efficient(alpha, inside, part))
        inside = fmin(inside + 1, L); /* the optimum lies between two whole numbers */
    if (!efficient(alpha, inside, part))
        return 0;
    high = inside;
    while (high - low > 1) {
        double middle = floor((low + high) / 2);
        if (middle >= 2 && efficient(alpha, middle, part))
            high = middle;
        else
            low = middle;
    }
    first = high;
    if (!efficient(alpha, L, part)) {
        low = inside;
        high = L;
        while (high - low > 1) {
            double middle = floor((low + high) / 2);
            if (efficient(alpha, middle, part))
                low = middle;
            else
                high = middle;
        }
        last = low;
    }
    return (last - first + 1) / (L - 1);
}

static double half_optimum(const struct lab_cell *c, double L)
{
    return lab_control(c, "whole") ? scale_lambert_optimum(8 * L) : scale_lambert_optimum(L / 2);
}

static void cell(struct lab_cell *c)
{
    double L = lab_real(c, "l"), part = lab_real(c, "part"), half = half_optimum(c, L);
    double best = lab_control(c, "whole") ? half : best_constant(L);
    lab_put(c, "half", half);
    lab_put(c, "share_half", share(L, half, part));
    lab_put(c, "share_1", share(L, 1, part));
    lab_put(c, "best", best);
    lab_put(c, "mean_best", mean_annealed(L, best));
    lab_put(c, "mean_half", mean_annealed(L, half));
}

/* By position, the annealed and the exact means. Returns the least relative gain of E F from 1 to
 * alpha*(L/2), and from there to twice as much. */
static double measure_positions(struct lab *lab, double L)
{
    struct softmax_law law = softmax_law_normal();
    double half = scale_lambert_optimum(L / 2), least = INFINITY;
    struct lab_table *table =
        lab_table(lab, "positions", "n:17,annealed_half,annealed_1,best,exact_half,exact_1,limit");
    for (double x = 2; x < L * 1.0001; x *= pow(2, 0.125)) {
        double n = rint(x), e[3], alphas[] = {1, half, 2 * half};
        for (int i = 0; i < 3; i++) {
            struct softmax_mean m;
            softmax_mean(&law, n, alphas[i], &m);
            /* the control takes the annealed f for it */
            e[i] = lab_run_control(lab, "whole") ? scale_annealed(&law, n, alphas[i]) : m.gradient.value;
        }
        least = fmin(least, fmin(e[1] / e[0], e[2] / e[1]) - 1);
        lab_table_row(table, (double[]){n, scale_annealed(&law, n, half), scale_annealed(&law, n, 1),
                                        scale_annealed(&law, n, scale_lambert_optimum(n)), e[1], e[0],
                                        softmax_law_gap_density(&law, n).value});
    }
    return least;
}

static void summarize(struct lab *lab)
{
    for (size_t i = 0; i < lab_groups(lab); i++) {
        const char *L = lab_word(lab_group(lab, i), "l");
        double l = lab_real(lab_group(lab, i), "l");
        if (!lab_is(lab_group(lab, i), "part", "0.9") || (l != 128 && l != 512 && l != 1024 && l != 4096))
            continue;
        static const char *const columns[] = {"share_half", "share_1",   "best",
                                              "half",       "mean_best", "mean_half"};
        for (int j = 0; j < 6; j++)
            lab_measure(lab, lab_value(lab, i, columns[j]), 1e-12, 0, "%s_%s", columns[j], L);
    }
    lab_measure(lab, measure_positions(lab, 1024), 0, 0, "exact_least_gain");
}

static const struct lab_spec spec = {
    .name = "scale/causal",
    .about = "One scale for all positions of a causal layer of length L",
    .axes = {{"l", "128,256,512,1024,2048,4096,65536,1e9", NULL, "[4,1e12]", "Length", AXIS_REAL},
             {"part", "0.9", "0.9", "(0,1)", "Efficiency a position must reach", AXIS_REAL}},
    .columns = "half,share_half,share_1,best,mean_best,mean_half",
    .controls = "whole",
    .cell = cell,
    .summarize = summarize,
};

int main(int argc, char **argv)
{
    return lab_main(&spec, argc, argv);
}
