/* Does the loss that n learnt quanta leave fall like n^-g, and how far is it from that power law?
 *
 * Source: kexue.fm/archives/9607, eqs. (1) to (3): p_k = k^-(g+1)/zeta(g+1), L(n) = T(n) = sum_{k>n} p_k, for which the
 * article takes the integral n^-g/(g zeta). The exact tail is a ratio of Hurwitz zeta functions. The integral is too
 * large by the relative amount g/(2n); half a step in the argument, (n + 1/2)^-g/(g zeta), gains one order. With finitely
 * many quanta K the power law ends, long before n = K.
 * Finding: the exponent is right, the prefactor holds to g/(2n); with K of a few hundred the slope is far from g.
 */
#include <math.h>

#include "lab.h"
#include "scaling.h"

/* sum_{k<=n} p_k by compensated summation to 1e6 terms and the bracket of the rest: an independent T(n). */
static double brute_tail(double g, double n)
{
    const double far = n + 1e6;
    double sum = 0, lost = 0;
    for (double k = n + 1; k <= far; k++) {
        double term = pow(k, -(g + 1)) - lost, next = sum + term;
        lost = (next - sum) - term;
        sum = next;
    }
    /* Euler and Maclaurin from far on: the next term is below far^-(g+3) */
    double x = far + 1;
    sum += pow(x, -g) / g + pow(x, -g - 1) / 2 + (g + 1) * pow(x, -g - 2) / 12;
    return sum / scaling_zeta(g);
}

static void cell(struct lab_cell *c)
{
    double g = lab_real(c, "gamma"), n = lab_real(c, "n"), K = lab_real(c, "k");
    /* the control forgets that summing lowers the exponent by one */
    double e = lab_control(c, "exponent_of_p") ? g + 1 : g;
    struct softmax_value T = scaling_tail(g, n, K), T2 = scaling_tail(g, K > 0 ? fmin(2 * n, K) : 2 * n, K);
    double integral = pow(n, -e) / (g * scaling_zeta(g)), midpoint = pow(n + 0.5, -e) / (g * scaling_zeta(g));
    lab_put(c, "exact", T.value);
    lab_put(c, "exact_bound", T.error);
    lab_put(c, "integral", integral);
    lab_put(c, "midpoint", midpoint);
    lab_put(c, "integral_error", integral / T.value - 1);
    lab_put(c, "midpoint_error", midpoint / T.value - 1);
    lab_put(c, "predicted_error", e / (2 * n));
    lab_put(c, "predicted_midpoint_error", g * (g + 1) / (24 * n * n));
    lab_put(c, "slope", n > 0 && T2.value > 0 ? log(T2.value / T.value) / log(2) : NAN);
    lab_put(c, "predicted_slope", -e * (1 - 1 / (4 * n * log(2))));
    lab_put(c, "brute_difference", K > 0 ? NAN : brute_tail(g, n) / T.value - 1);
}

/* The least-squares slope of log T on log n over n = 1..last, K quanta in all. */
static double finite_slope(double g, double K, int last)
{
    double x[64], y[64];
    for (int n = 1; n <= last; n++) {
        x[n - 1] = n;
        y[n - 1] = scaling_tail(g, n, K).value;
    }
    return scaling_slope(x, y, (size_t)last);
}

/* L(n) for b_k = -log p_k, a_k = 0: log(zeta) T(n) + (g+1) sum_{k>n} p_k log k, the sum by Euler and Maclaurin. */
static double entropy_loss(double g, double n)
{
    double s = g + 1, z = scaling_zeta(g), sum = 0, x = n + 1;
    for (; x < n + 2000; x++)
        sum += pow(x, -s) * log(x);
    double f = pow(x, -s) * log(x), derivative = pow(x, -s - 1) * (1 - s * log(x));
    sum += pow(x, -g) * (log(x) / g + 1 / (g * g)) + f / 2 - derivative / 12;
    return log(z) * scaling_tail(g, n, 0).value + s * sum / z;
}

/* Shift of the two-point slope between n and 2n below g, and the formula at n sqrt 2. */
static void measure_entropy_loss(struct lab *lab)
{
    static const double gs[] = {0.3, 0.6, 1};
    for (int i = 0; i < 3; i++) {
        double g = gs[i], n = 1e4, m = n * sqrt(2);
        double shift = g + log(entropy_loss(g, 2 * n) / entropy_loss(g, n)) / log(2);
        double formula = 1 / (log(m) + 1 / g + log(scaling_zeta(g)) / (g + 1));
        lab_measure(lab, shift / formula - 1, 1e-9, 0, "entropy_shift_%g", g);
        lab_measure(lab, shift, 1e-9, 0, "entropy_shift_value_%g", g);
    }
}

static void measure_finite(struct lab *lab)
{
    double off = lab_run_control(lab, "exponent_of_p") ? 1 : 0;
    static const struct {
        double K;
        int last;
    } windows[] = {{100, 13}, {500, 40}, {1e6, 40}};
    for (int i = 0; i < 3; i++)
        lab_measure(lab, finite_slope(0.4 + off, windows[i].K, windows[i].last), 1e-12, 0, "finite_slope_%g", windows[i].K);
    lab_measure(lab, finite_slope(0.6 + off, 100, 12), 1e-12, 0, "finite_slope_0.6_100");
    lab_measure(lab, finite_slope(0.6 + off, 1000, 12), 1e-12, 0, "finite_slope_0.6_1000");
    double g = 0.4 + off;
    lab_measure(lab, scaling_tail(g, 100, 100).value, 0, 0, "emergence_end");
    lab_measure(lab, scaling_tail(g, 99, 100).value, 0, 0, "emergence_last_step");
    for (int n = 49; n <= 98; n += 49)
        lab_measure(lab, log(scaling_tail(g, n + 1, 100).value / scaling_tail(g, n, 100).value) / log((n + 1.0) / n), 1e-12,
                    0, "emergence_slope_%d", n);
}

/* The values that are printed elsewhere with their digits. */
static void measure_table(struct lab *lab)
{
    static const struct {
        const char *at, *name, *column;
    } points[] = {
        {"gamma=1 n=10 k=0", "tail_1_10", "exact"},          {"gamma=1 n=100 k=0", "tail_1_100", "exact"},
        {"gamma=1 n=1000 k=0", "tail_1_1000", "exact"},      {"gamma=0.4 n=100 k=0", "tail_0.4_100", "exact"},
        {"gamma=0.5 n=1000 k=0", "tail_0.5_1000", "exact"},  {"gamma=2 n=100 k=0", "tail_2_100", "exact"},
        {"gamma=1 n=1000 k=0", "slope_1_1000", "slope"},     {"gamma=0.4 n=100 k=0", "slope_0.4_100", "slope"},
        {"gamma=1 n=100 k=0", "midpoint_1_100", "midpoint_error"},
    };
    for (size_t i = 0; i < sizeof points / sizeof *points; i++) {
        long at = lab_find(lab, points[i].at);
        if (at >= 0) /* the relative error of a tail; values are below 1, a slope has two tails and log 2 in it */
            lab_measure(lab, lab_value(lab, (size_t)at, points[i].column),
                        3 * lab_value(lab, (size_t)at, "exact_bound") / lab_value(lab, (size_t)at, "exact"), 0, "%s",
                        points[i].name);
    }
}

static void summarize(struct lab *lab)
{
    double worst_brute = 0, worst_asymptotic = 0, least_below = INFINITY, worst_slope_100 = 0, worst_slope_1000 = 0,
           worst_midpoint = 0;
    for (size_t i = 0; i < lab_groups(lab); i++) {
        const struct lab_cell *at = lab_group(lab, i);
        double g = lab_real(at, "gamma"), n = lab_real(at, "n");
        if (lab_real(at, "k") != 0 || n < 1)
            continue;
        worst_brute = fmax(worst_brute, fabs(lab_value(lab, i, "brute_difference")));
        double below = 1 - lab_value(lab, i, "exact") / lab_value(lab, i, "integral"); /* 1 - T n^g g zeta */
        least_below = fmin(least_below, below * n / g); /* tends to 1/2 */
        double bound = 1.5 * (g * (g + 1) / 12 + g * g / 4) / (n * n);
        worst_asymptotic = fmax(worst_asymptotic, fabs(below - g / (2 * n)) / bound);
        double slope_gap = fabs(lab_value(lab, i, "slope") - lab_value(lab, i, "predicted_slope"));
        if (n >= 100 && g <= 2)
            worst_slope_100 = fmax(worst_slope_100, slope_gap);
        if (n >= 1000 && g <= 2)
            worst_slope_1000 = fmax(worst_slope_1000, slope_gap);
        if (n >= 100 && n <= 1e4) /* beyond, the difference is rounding */
            worst_midpoint = fmax(worst_midpoint, fabs(lab_value(lab, i, "midpoint_error") /
                                                           lab_value(lab, i, "predicted_midpoint_error") - 1));
    }
    lab_measure(lab, worst_brute, 0, 0, "brute_worst");
    lab_measure(lab, worst_asymptotic, 0, 0, "asymptotic_worst");
    lab_measure(lab, least_below, 0, 0, "below_least");
    lab_measure(lab, worst_slope_100, 0, 0, "slope_worst_100");
    lab_measure(lab, worst_slope_1000, 0, 0, "slope_worst_1000");
    lab_measure(lab, worst_midpoint, 0, 0, "midpoint_worst");
    measure_table(lab);
    measure_finite(lab);
    measure_entropy_loss(lab);
}

static char *check(const struct lab_cell *c)
{
    double K = lab_real(c, "k");
    return K > 0 && lab_real(c, "n") > K ? base_copy("--n is above --k, the number of quanta") : NULL;
}

static const struct lab_spec spec = {
    .name = "scaling/tails",
    .about = "Does the loss left by n learnt quanta fall like n^-g?",
    .axes =
        {
            {"gamma", "0.2,0.4,0.5,1,2", NULL, "(0,20]", "Exponent g of the loss; frequencies fall like k^-(g+1)", AXIS_REAL},
            {"n", "1,2,3,5,10,20,50,100,200,500,1000,2000,5000,10000,100000", "1,10,100,1000,10000", "[0,1e15]",
             "Learnt quanta", AXIS_REAL},
            {"k", "0", NULL, "[0,1e15]", "Quanta in all; 0: no end", AXIS_REAL},
        },
    .columns = "exact:12,exact_bound:3,integral:12,midpoint:12,integral_error,midpoint_error,predicted_error,"
               "predicted_midpoint_error,slope:10,predicted_slope:10,brute_difference:2",
    .controls = "exponent_of_p",
    .check = check,
    .cell = cell,
    .summarize = summarize,
};

int main(int argc, char **argv)
{
    return lab_main(&spec, argc, argv);
}
