/* For which laws of the scores has the mean gradient an optimal scale?
 *
 * Our continuation of kexue.fm/archives/9812. For a density rho = e^-U on (a, b), integration by parts gives
 *     E F = sum_j E[p_j U'(s_j)] + boundary terms n rho(b) E[p_1 | s_1 = b] - n rho(a) E[p_1 | s_1 = a],
 * and when U is convex (rho log-concave) every term rises with alpha: no optimum. The limit is the density at
 * 0 of the gap between the two largest scores. For heavy tails U' is not increasing: Student's t has U' =
 * (nu+1) s/(nu+s^2), small where the largest score is, so E F must come down again. We scan alpha and locate
 * the maximum. (Small n take long for Student's t: all of its tails must be resolved.)
 * Finding: no maximum for normal, logistic, Gumbel, uniform and exponential scores; Student's t has one at
 * large n (from 64 on for 3 degrees of freedom), at alpha of the order of 1 and well above the limit.
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

/* The degrees of freedom in a word such as t3 or t2.5; 0 when it is none. */
static double student_of(const char *word)
{
    double nu;
    return word[0] == 't' && !base_parse_real(word + 1, &nu) && nu >= 0.5 && nu <= 1e6 ? nu : 0;
}

/* nu outlives the law. */
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
    if (*nu > 0)
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
    while (b - a > 1e-4) {
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

enum { SCAN = 24 };

static void cell(struct lab_cell *c)
{
    double n = lab_real(c, "n");
    /* the control takes tails so light that t is normal */
    const char *name = lab_word(c, "law");
    double nu = lab_control(c, "normal_tails") ? 0 : student_of(name);
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
    if (least_rise < -1e-9) { /* what numerical error cannot do */
        best = maximum(&law, n, best / ratio, best * ratio);
        top = gradient(&law, n, best).value;
        lab_put(c, "argmax", best);
        lab_put(c, "maximum", top);
    }
    lab_put(c, "interior", least_rise < -1e-9 || top > limit.value * (1 + 1e-9));
    lab_put(c, "least_rise", least_rise);
    lab_put(c, "last", value);
    lab_put(c, "limit", limit.value);
    lab_put(c, "top_over_limit", fmax(top, limit.value) / limit.value - 1);
    lab_put(c, "bound", worst);
    double shape = student_of(name); /* the control's tails do not belong to this psi */
    if (shape > 0)
        lab_put(c, "psi_limit",
                fabs(softmax_law_max_mean(&law, n, student_psi, &shape).value / limit.value - 1));
}

static void summarize(struct lab *lab)
{
    static const char *const concave[] = {"normal", "logistic", "gumbel", "uniform", "exponential"};
    double interior[5] = {NAN, NAN, NAN, NAN, NAN}, uniform = NAN, exponential = NAN, psi = NAN;
    for (size_t i = 0; i < lab_groups(lab); i++) {
        const struct lab_cell *c = lab_group(lab, i);
        double n = lab_real(c, "n"), limit = lab_value(lab, i, "limit");
        for (int k = 0; k < 5; k++)
            if (lab_is(c, "law", concave[k]))
                interior[k] = fmax(interior[k], lab_value(lab, i, "interior"));
        if (lab_is(c, "law", "uniform"))
            uniform = fmax(uniform, fabs(limit / n - 1));
        if (lab_is(c, "law", "exponential"))
            exponential = fmax(exponential, fabs(limit - 1));
        psi = fmax(psi, lab_value(lab, i, "psi_limit"));
        if ((lab_is(c, "law", "t3") || lab_is(c, "law", "t5")) && n == 512)
            lab_measure(lab, lab_value(lab, i, "top_over_limit"), 1e-8, 0, "turn_%s", lab_word(c, "law"));
    }
    for (int k = 0; k < 5; k++)
        if (isfinite(interior[k]))
            lab_measure(lab, interior[k], 0, 0, "interior_%s", concave[k]);
    if (isfinite(uniform))
        lab_measure(lab, uniform, 0, 0, "uniform_limit_worst");
    if (isfinite(exponential))
        lab_measure(lab, exponential, 0, 0, "exponential_limit_worst");
    if (isfinite(psi))
        lab_measure(lab, psi, 0, 0, "psi_limit_worst");
}

static char *check(const struct lab_cell *c)
{
    static const char *const names[] = {"normal", "logistic", "gumbel", "uniform", "exponential"};
    const char *law = lab_word(c, "law");
    for (int k = 0; k < 5; k++)
        if (!strcmp(law, names[k]))
            return lab_real(c, "low") < lab_real(c, "high") ? NULL : base_copy("--low is not below --high");
    if (student_of(law) > 0)
        return lab_real(c, "low") < lab_real(c, "high") ? NULL : base_copy("--low is not below --high");
    return base_format(
        "--law '%.40s' is not accepted; give normal, logistic, gumbel, uniform, exponential or tNU, NU from "
        "0.5 to 1e6",
        law);
}

static const struct lab_spec spec = {
    .name = "scale/laws",
    .about = "For which laws of the scores has the exact mean gradient a maximum at a finite scale?",
    .axes = {{"law", "normal,logistic,gumbel,uniform,exponential,t3,t5,t10",
              "normal,logistic,gumbel,uniform,exponential,t5", NULL,
              "normal, logistic, gumbel, uniform, exponential, or tNU: Student's with NU degrees of freedom",
              AXIS_WORD},
             {"n", "64,128,256,512,1024,4096", "64,512", "[2,1e9]", "Number of keys", AXIS_REAL},
             {"low", "0.125", NULL, "(0,1e3]", "Scale at which the scan begins", AXIS_REAL},
             {"high", "8", NULL, "(0,1e5]", "Scale at which it ends", AXIS_REAL}},
    .columns = "interior,argmax,maximum:11,least_rise,last:11,limit:11,top_over_limit,bound:2,psi_limit:2",
    .controls = "normal_tails",
    .check = check,
    .cell = cell,
    .summarize = summarize,
};

int main(int argc, char **argv)
{
    return lab_main(&spec, argc, argv);
}
