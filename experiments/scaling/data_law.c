/* Does the loss fall like D^-(g/(g+1)) when a quantum is learnt once it has been seen tau times in D samples?
 *
 * Source: kexue.fm/archives/9607, the data law; the step law is the same with D = S B. The article's sharp rule, learnt
 * iff D p_k >= tau, is a staircase; the expected loss under "learnt iff seen at least tau times" is smooth and is, up to
 * an error exponentially small in D^(1/(g+2)), a ratio of Gamma functions (see scaling.h), which for tau = 1 is the missing
 * mass of Good and Turing. For exponential frequencies p_k = (1-q) q^(k-1) the same rule gives L ~ D^-1, with a
 * log-periodic factor: a power law in D does not prove Zipf's law.
 * Finding: the exponent g/(g+1) is right; chance lowers the prefactor by Gamma(tau+s)/(Gamma(tau) tau^s), s = g/(g+1).
 */
#include <math.h>

#include <gsl/gsl_sf_gamma.h>

#include "lab.h"
#include "scaling.h"

static void cell(struct lab_cell *c)
{
    double g = lab_real(c, "gamma"), tau = lab_real(c, "tau"), D = lab_real(c, "d"), s = g / (g + 1);
    struct softmax_value soft = scaling_soft_loss(g, tau, D);
    double closed = scaling_soft_loss_closed(g, tau, D), smooth = scaling_sharp_loss_smooth(g, tau, D);
    double ratio = exp(gsl_sf_lngamma(tau + s) - gsl_sf_lngamma(tau)) / pow(tau, s);
    lab_put(c, "n_sharp", scaling_sharp_count(g, tau, D));
    lab_put(c, "sharp", scaling_sharp_loss(g, tau, D));
    lab_put(c, "sharp_smooth", smooth);
    lab_put(c, "soft", soft.value);
    lab_put(c, "soft_bound", soft.error);
    lab_put(c, "soft_closed", closed);
    lab_put(c, "closed_error", closed / soft.value - 1);
    lab_put(c, "ratio", soft.value / smooth);
    lab_put(c, "ratio_limit", ratio);
    lab_put(c, "samples_of_first", D * scaling_frequency(g, 1));
}

enum { SHARP_POINTS = 200, EXPONENTIAL_POINTS = 400 };

/* Least-squares slope of the sharp law over D = 1e3 .. 1e7. */
static double sharp_slope(double g, int wrong)
{
    double D[SHARP_POINTS], L[SHARP_POINTS];
    for (int i = 0; i < SHARP_POINTS; i++) {
        D[i] = pow(10, 3 + 4.0 * i / (SHARP_POINTS - 1));
        /* the control learns D^(1/g) quanta */
        L[i] = wrong ? scaling_tail(g, floor(pow(D[i] / scaling_zeta(g), 1 / g)), 0).value : scaling_sharp_loss(g, 1, D[i]);
    }
    return scaling_slope(D, L, SHARP_POINTS);
}

/* The same for p_k = (1-q) q^(k-1): n = 1 + floor(log(D (1-q)/tau) / log(1/q)), L = q^n. */
static double exponential_loss(double q, double D)
{
    return D * (1 - q) < 1 ? 1 : pow(q, 1 + floor(log(D * (1 - q)) / log(1 / q)));
}

static double exponential_slope(double q)
{
    double D[EXPONENTIAL_POINTS], L[EXPONENTIAL_POINTS];
    for (int i = 0; i < EXPONENTIAL_POINTS; i++) {
        D[i] = pow(10, 3 + 4.0 * i / (EXPONENTIAL_POINTS - 1));
        L[i] = exponential_loss(q, D[i]);
    }
    return scaling_slope(D, L, EXPONENTIAL_POINTS);
}

/* The local slope of the soft law in D, by the closed form at D e^(+-h) and Richardson's extrapolation; error O(h^4).
 * The control lets D^(1/g) quanta be learnt, so that the loss falls like 1/D. */
static double soft_slope(double g, double tau, double D, int wrong)
{
    double slope[2];
    for (int i = 0; i < 2; i++) {
        double h = i ? 0.1 : 0.05;
        double up = scaling_soft_loss_closed(g, tau, D * exp(h)), down = scaling_soft_loss_closed(g, tau, D * exp(-h));
        slope[i] = log(up / down) / (2 * h);
    }
    double s = (4 * slope[0] - slope[1]) / 3;
    return wrong ? s * (g + 1) / g : s;
}

static void measure_slopes(struct lab *lab)
{
    int wrong = lab_run_control(lab, "learns_too_much");
    static const double gs[] = {0.2, 0.4, 1, 2}, qs[] = {0.5, 0.7, 0.9};
    for (int i = 0; i < 4; i++) {
        lab_measure(lab, sharp_slope(gs[i], wrong), 1e-12, 0, "sharp_slope_%g", gs[i]);
        lab_measure(lab, soft_slope(gs[i], 1, 1e6, wrong), 1e-7, 0, "soft_slope_%g", gs[i]);
    }
    for (int i = 0; i < 3; i++) {
        double zipf = lab_run_control(lab, "zipf_for_exponential") ? sharp_slope(0.4, 0) : exponential_slope(qs[i]);
        lab_measure(lab, zipf, 1e-12, 0, "exponential_slope_%g", qs[i]);
        /* the log-periodic factor L D (1-q): from q to 1 over a period */
        double least = INFINITY, most = 0;
        for (double D = 1e4; D < 1e5; D *= 1.001) {
            double factor = exponential_loss(qs[i], D) * D * (1 - qs[i]);
            least = fmin(least, factor);
            most = fmax(most, factor);
        }
        lab_measure(lab, least, 0, 0, "exponential_least_%g", qs[i]);
        lab_measure(lab, most, 0, 0, "exponential_most_%g", qs[i]);
    }
    lab_measure(lab, exponential_loss(0.9, 5), 0, 0, "exponential_start");
}

/* By Poisson summation the sum differs from the integral by 2 sum_m int f(x) cos(2 pi m x) dx. With f ~ e^-y y^(tau-1) /
 * Gamma(tau), y = (D/zeta) x^-(g+1), the saddle point of m = 1 is where (g+1) |y| = 2 pi |x|, at the angle pi/(2(g+2)):
 * relative to the loss at most 10 e^(-(g+2) |y| cos(pi (g+1)/(2(g+2)))) |y|^(tau-1) / Gamma(tau). Besides, powers
 * (1 - p)^D lose D p eps, zetas and Gammas a few eps each, and the incomplete beta function has ten digits. */
static double closed_bound(double g, double tau, double D)
{
    double lambda = D / scaling_zeta(g), x = pow((g + 1) * lambda / (2 * M_PI), 1 / (g + 2)), y = lambda * pow(x, -(g + 1));
    if (y < 1.5 * tau)
        return INFINITY; /* f is not yet in its tail there */
    double exponent = (g + 2) * y * cos(M_PI * (g + 1) / (2 * (g + 2)));
    return 10 * exp(-exponent + (tau - 1) * log(y) - gsl_sf_lngamma(tau)) + (tau == 1 ? 1e-12 : 1e-10);
}

static void summarize(struct lab *lab)
{
    double worst_closed = 0;
    int wrong = lab_run_control(lab, "no_chance");
    for (size_t i = 0; i < lab_groups(lab); i++) {
        const struct lab_cell *at = lab_group(lab, i);
        double tau = lab_real(at, "tau");
        double g = lab_real(at, "gamma"), D = lab_real(at, "d");
        double form = lab_value(lab, i, wrong ? "sharp_smooth" : "soft_closed");
        worst_closed = fmax(worst_closed, fabs(form / lab_value(lab, i, "soft") - 1) / closed_bound(g, tau, D));
    }
    lab_measure(lab, worst_closed, 0, 0, "closed_worst");
    static const struct {
        const char *at, *name;
        int ratio;
    } points[] = {{"gamma=0.4 tau=1 d=1e4", "0.4_1_1e4", 0},   {"gamma=0.4 tau=1 d=1e6", "0.4_1_1e6", 0},
                  {"gamma=0.4 tau=1 d=1e8", "0.4_1_1e8", 1},   {"gamma=0.4 tau=10 d=1e4", "0.4_10_1e4", 0},
                  {"gamma=0.4 tau=10 d=1e6", "0.4_10_1e6", 0}, {"gamma=0.4 tau=10 d=1e8", "0.4_10_1e8", 1},
                  {"gamma=1 tau=10 d=1e4", "1_10_1e4", 0},     {"gamma=1 tau=10 d=1e6", "1_10_1e6", 1},
                  {"gamma=1 tau=1 d=1e6", "1_1_1e6", 1}};
    for (size_t i = 0; i < sizeof points / sizeof *points; i++) {
        long at = lab_find(lab, points[i].at);
        if (at < 0)
            continue;
        size_t g = (size_t)at;
        lab_measure(lab, lab_value(lab, g, wrong ? "sharp" : "soft"), lab_value(lab, g, "soft_bound"), 0, "soft_%s", points[i].name);
        if (points[i].ratio)
            lab_measure(lab, wrong ? 1 : lab_value(lab, g, "ratio"), 1e-12, 0, "ratio_%s", points[i].name);
    }
    measure_slopes(lab);
    struct lab_table *stairs = lab_table(lab, "stairs", "d:6,sharp_1,sharp_10");
    for (double D = 10; D <= 1e8; D *= pow(10, 0.05))
        lab_table_row(stairs, (double[]){D, scaling_sharp_loss(0.4, 1, D), scaling_sharp_loss(0.4, 10, D)});
}

static char *check(const struct lab_cell *c)
{
    double tau = lab_real(c, "tau"), D = lab_real(c, "d");
    if (tau != rint(tau) || D != rint(D))
        return base_copy("--tau and --d are whole numbers");
    return pow(10 * (D + 1) / scaling_zeta(lab_real(c, "gamma")), 1 / (lab_real(c, "gamma") + 1)) > 1e9
               ? base_copy("the direct sum would take more than 1e9 terms; give a smaller --d or a larger --gamma")
               : NULL;
}

static const struct lab_spec spec = {
    .name = "scaling/data_law",
    .about = "Does the loss fall like D^-(g/(g+1)) in the number of samples?",
    .axes =
        {
            {"gamma", "0.2,0.4,1,2", "0.4,1", "(0,20]", "Exponent g of the loss in n", AXIS_REAL},
            {"tau", "1,10", NULL, "[1,1e6]", "Samples of a quantum that teach it", AXIS_REAL},
            {"d", "10,20,50,100,200,500,1e3,2e3,5e3,1e4,2e4,5e4,1e5,1e6,1e7,1e8", "100,1e3,1e4,1e5,1e6,1e8", "[1,1e12]",
             "Samples D = steps S times batch B", AXIS_REAL},
        },
    .columns = "n_sharp,sharp:12,sharp_smooth:12,soft:12,soft_bound:3,soft_closed:12,closed_error:3,ratio:10,"
               "ratio_limit:10,samples_of_first",
    .controls = "learns_too_much|no_chance|zipf_for_exponential",
    .check = check,
    .cell = cell,
    .summarize = summarize,
};

int main(int argc, char **argv)
{
    return lab_main(&spec, argc, argv);
}
