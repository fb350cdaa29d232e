/* For which laws of the scores has the mean gradient an optimal scale?
 *
 * Our continuation of kexue.fm/archives/9812. For a density rho = e^-U on (a, b), integration by parts gives
 *     E F = sum_j E[p_j U'(s_j)] + boundary terms n rho(b) E[p_1 | s_1 = b] - n rho(a) E[p_1 | s_1 = a],
 * and when U is convex (rho log-concave) every term rises with alpha: no optimum. The limit is the density at 0 of the
 * gap between the two largest scores. For heavy tails U' is not increasing: Student's t has U' = (nu+1) s/(nu+s^2),
 * small where the largest score is, so E F must come down again. We scan alpha and locate the maximum.
 * Finding: no maximum for normal, logistic, Gumbel, uniform and exponential scores; Student's t has one as soon as n is
 * larger than a few, at alpha of the order of 1 and far above the limit.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "lab.h"
#include "scale.h"

/* log densities up to a constant, and U' */

static double log_logistic(double s, const void *unused)
{
    (void)unused;
    return -fabs(s) - 2 * log1p(exp(-fabs(s)));
}

static double log_gumbel(double s, const void *unused)
{
    (void)unused;
    return -s - exp(-s);
}

static double log_uniform(double s, const void *unused)
{
    (void)unused;
    (void)s;
    return 0;
}

static double log_exponential(double s, const void *unused)
{
    (void)unused;
    return -s;
}

static double log_student(double s, const void *nu)
{
    double v = *(const double *)nu;
    return -(v + 1) / 2 * log1p(s * s / v);
}

static double student_psi(double s, const void *nu)
{
    double v = *(const double *)nu;
    return (v + 1) * s / (v + s * s);
}

static struct softmax_law law_of(const char *name, const double *nu)
{
    if (!strcmp(name, "logistic"))
        return softmax_law_density(-INFINITY, INFINITY, 1, log_logistic, NULL);
    if (!strcmp(name, "gumbel"))
        return softmax_law_density(-INFINITY, INFINITY, 1, log_gumbel, NULL);
    if (!strcmp(name, "uniform"))
        return softmax_law_density(0, 1, 1, log_uniform, NULL);
    if (!strcmp(name, "exponential"))
        return softmax_law_density(0, INFINITY, 1, log_exponential, NULL);
    if (!strcmp(name, "student"))
        return softmax_law_density(-INFINITY, INFINITY, 1, log_student, nu);
    return softmax_law_normal();
}

static struct softmax_value gradient(const struct softmax_law *law, double n, double alpha)
{
    struct softmax_mean m;
    if (softmax_mean(law, n, alpha, &m))
        return (struct softmax_value){NAN, NAN};
    return m.gradient;
}

/* Golden section in log alpha around the largest value of the scan. */
static double maximum(const struct softmax_law *law, double n, double low, double high)
{
    const double golden = (sqrt(5) - 1) / 2;
    double a = log(low), b = log(high), x = b - golden * (b - a), y = a + golden * (b - a);
    double fx = gradient(law, n, exp(x)).value, fy = gradient(law, n, exp(y)).value;
    while (b - a > 1e-6) {
        if (fx < fy) {
            a = x;
            x = y;
            fx = fy;
            y = a + golden * (b - a);
            fy = gradient(law, n, exp(y)).value;
        } else {
            b = y;
            y = x;
            fy = fx;
            x = b - golden * (b - a);
            fx = gradient(law, n, exp(x)).value;
        }
    }
    return exp((a + b) / 2);
}

enum { SCAN = 56 };

static void cell(struct lab_cell *c)
{
    double n = lab_real(c, "n"), nu = lab_real(c, "nu");
    /* the control takes tails so light that t is normal */
    const char *name = lab_is(c, "law", "student") && lab_control(c, "normal_tails") ? "normal" : lab_word(c, "law");
    struct softmax_law law = law_of(name, &nu);
    double low = lab_real(c, "low"), ratio = pow(lab_real(c, "high") / low, 1.0 / SCAN);
    double best = 0, top = 0, worst = 0, least_rise = INFINITY, before = 0, value = 0;
    for (int i = 0; i <= SCAN; i++) {
        double alpha = low * pow(ratio, i);
        struct softmax_value f = gradient(&law, n, alpha);
        value = f.value;
        worst = fmax(worst, f.error / f.value);
        least_rise = fmin(least_rise, (value - before) / value);
        before = value;
        if (value > top) {
            top = value;
            best = alpha;
        }
    }
    struct softmax_value limit = softmax_law_gap_density(&law, n);
    int interior = least_rise < -1e-9; /* what numerical error cannot do */
    if (interior) {
        best = maximum(&law, n, best / ratio, best * ratio);
        top = gradient(&law, n, best).value;
    }
    lab_put(c, "interior", interior);
    lab_put(c, "argmax", interior ? best : NAN);
    lab_put(c, "maximum", interior ? top : NAN);
    lab_put(c, "least_rise", least_rise);
    lab_put(c, "last", value);
    lab_put(c, "limit", limit.value);
    lab_put(c, "top_over_limit", fmax(top, limit.value) / limit.value - 1);
    lab_put(c, "bound", worst);
    if (!strcmp(name, "student"))
        lab_put(c, "psi_limit", softmax_law_max_mean(&law, n, student_psi, &nu).value / limit.value - 1);
}

static void summarize(struct lab *lab)
{
    static const char *const concave[] = {"normal", "logistic", "gumbel", "uniform", "exponential"};
    double exponential = 0, uniform = 0, psi = 0;
    int seen[2] = {0, 0};
    for (int k = 0; k < 5; k++) {
        double interior = 0;
        int any = 0;
        for (size_t i = 0; i < lab_groups(lab); i++) {
            const struct lab_cell *c = lab_group(lab, i);
            if (!lab_is(c, "law", concave[k]))
                continue;
            any = 1;
            interior += lab_value(lab, i, "interior");
            if (k == 3)
                uniform = fmax(uniform, fabs(lab_value(lab, i, "limit") / lab_real(c, "n") - 1));
            if (k == 4)
                exponential = fmax(exponential, fabs(lab_value(lab, i, "limit") - 1));
        }
        if (any)
            lab_measure(lab, lab_run_control(lab, "normal_tails") ? 1 - interior : interior, 0, 0, "interior_%s", concave[k]);
        seen[0] |= any && k == 3;
        seen[1] |= any && k == 4;
    }
    if (seen[0])
        lab_measure(lab, uniform, 0, 0, "uniform_limit_worst");
    if (seen[1])
        lab_measure(lab, exponential, 0, 0, "exponential_limit_worst");
    for (size_t i = 0; i < lab_groups(lab); i++) {
        const struct lab_cell *c = lab_group(lab, i);
        if (!lab_is(c, "law", "student"))
            continue;
        double off = lab_value(lab, i, "psi_limit");
        psi = fmax(psi, fabs(off));
        if ((lab_is(c, "nu", "2") || lab_is(c, "nu", "3") || lab_is(c, "nu", "5")) && lab_is(c, "n", "512"))
            lab_measure(lab, lab_value(lab, i, "top_over_limit"), 1e-8, 0, "student_turn_%s", lab_word(c, "nu"));
        if (lab_is(c, "n", "2") && lab_is(c, "nu", "3"))
            lab_measure(lab, lab_value(lab, i, "interior"), 0, 0, "student_pair");
    }
    if (psi > 0)
        lab_measure(lab, psi, 0, 0, "psi_limit_worst");
}

static const struct lab_spec spec = {
    .name = "scale/laws",
    .about = "For which laws of the scores has the exact mean gradient a maximum at a finite scale?",
    .axes = {{"law", "normal,logistic,gumbel,uniform,exponential,student", NULL,
              "normal|logistic|gumbel|uniform|exponential|student", "Law of a score", AXIS_WORD},
             {"nu", "2,3,5,10", "3", "[0.5,1e6]", "Degrees of freedom of student", AXIS_REAL},
             {"n", "2,3,4,8,64,512,4096", "2,8,512", "[2,1e9]", "Number of keys", AXIS_REAL},
             {"low", "0.03", NULL, "(0,1e3]", "Scale at which the scan begins", AXIS_REAL},
             {"high", "60", NULL, "(0,1e5]", "Scale at which it ends", AXIS_REAL}},
    .columns = "interior,argmax,maximum:11,least_rise,last:11,limit:11,top_over_limit,bound:2,psi_limit:2",
    .controls = "normal_tails",
    .cell = cell,
    .summarize = summarize,
};

int main(int argc, char **argv)
{
    return lab_main(&spec, argc, argv);
}
