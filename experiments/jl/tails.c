/* How far is the length of a random vector from 1, and how good are the bounds on it?
 *
 * Source: kexue.fm/archives/8679, norm lemma: u in R^d with independent N(0, 1/d) entries has
 * P(| |u|^2 - 1 | >= eps) <= 2 exp(-eps^2 d/8) for 0 < eps < 1, by way of Chernoff's bounds
 * exp(d (log(1 +- eps) -+ eps)/2) of the two tails.
 * d |u|^2 is chi-square with d degrees, so both tails are known exactly. We set them beside the bounds and
 * beside the frequency among drawn vectors, and find the best constant that can stand in place of 1/8.
 * Finding: every inequality holds; 1/8 may be replaced by (1 - log 2)/2 = 0.1534, and by nothing larger.
 */
#include <math.h>
#include <stdlib.h>

#include <gsl/gsl_min.h>
#include <gsl/gsl_roots.h>

#include "jl.h"
#include "lab.h"

static void cell(struct lab_cell *cell)
{
    double d = lab_real(cell, "d"), eps = lab_real(cell, "eps");
    double upper = (double)jl_log_norm_tail(d, eps, JL_UPPER),
           lower = (double)jl_log_norm_tail(d, eps, JL_LOWER);
    double exact = exp(upper) + exp(lower), constant = lab_control(cell, "quarter") ? 0.25 : 0.125;
    lab_put(cell, "log_upper", upper);
    lab_put(cell, "log_lower", lower);
    lab_put(cell, "log_exact", (double)jl_log_norm_tail(d, eps, JL_BOTH));
    lab_put(cell, "log_chernoff_upper", jl_log_norm_chernoff(d, eps, JL_UPPER));
    lab_put(cell, "log_chernoff_lower", jl_log_norm_chernoff(d, eps, JL_LOWER));
    lab_put(cell, "log_bound", -constant * eps * eps * d);
    lab_put(cell, "exact", exact);

    long entries = lab_integer(cell, "d"), draws = lab_integer(cell, "draws"), far = 0;
    double variance = (lab_control(cell, "variance") ? 2 : 1) / d;
    gsl_rng *rng = lab_rng(cell);
    for (long k = 0; k < draws; k++) {
        double square = 0;
        for (long i = 0; i < entries; i++) {
            double z = rng_normal(rng);
            square += z * z;
        }
        far += fabs(variance * square - 1) >= eps;
    }
    if (draws) {
        lab_put(cell, "frequency", (double)far / (double)draws);
        lab_put(cell, "difference", (double)far / (double)draws - exact);
    }
}

/* ---- the steps of the proof, by number ---- */

struct tail_parameters {
    double d, eps;
};

/* log of E exp(t |u|^2) exp(-t (1 + eps)) */
static double chernoff_objective(double t, void *parameters)
{
    const struct tail_parameters *p = parameters;
    return -t * (1 + p->eps) - p->d / 2 * log1p(-2 * t / p->d);
}

/* The place of the minimum of f in (low, high), by Brent's method. */
static double minimum(double (*f)(double, void *), void *parameters, double low, double guess, double high)
{
    gsl_function function = {f, parameters};
    gsl_min_fminimizer *s = gsl_min_fminimizer_alloc(gsl_min_fminimizer_brent);
    if (!s || gsl_min_fminimizer_set(s, &function, guess, low, high))
        base_die(BASE_RUN_FAILED, "no minimum between %g and %g", low, high);
    for (int i = 0; i < 200 && gsl_min_fminimizer_x_upper(s) - gsl_min_fminimizer_x_lower(s) > 1e-12 * high;
         i++)
        if (gsl_min_fminimizer_iterate(s))
            break;
    double x = gsl_min_fminimizer_x_minimum(s);
    gsl_min_fminimizer_free(s);
    return x;
}

/* How far, relatively and at most, the minimizer of Chernoff's bound is from d eps / (2 (1 + eps)). */
static double minimizer_deviation(void)
{
    static const double dims[] = {1, 7, 64, 1000}, radii[] = {0.01, 0.1, 0.5, 0.99};
    double worst = 0;
    for (int i = 0; i < 4; i++)
        for (int j = 0; j < 4; j++) {
            struct tail_parameters p = {dims[i], radii[j]};
            double stated = p.d * p.eps / (2 * (1 + p.eps));
            double found = minimum(chernoff_objective, &p, 0, 0.7 * stated, 0.4999999 * p.d);
            worst = fmax(worst, fabs(found / stated - 1));
        }
    return worst;
}

/* log(1 + e) - e + e^2/4: negative where the quadratic bound of the source holds */
static double quadratic_excess(double e, void *unused)
{
    (void)unused;
    return (double)jl_log1p_minus(e) + e * e / 4;
}

static double quadratic_root(double low, double high)
{
    gsl_function function = {quadratic_excess, NULL};
    gsl_root_fsolver *s = gsl_root_fsolver_alloc(gsl_root_fsolver_brent);
    if (!s || gsl_root_fsolver_set(s, &function, low, high))
        base_die(BASE_RUN_FAILED, "no root between %g and %g", low, high);
    for (int i = 0; i < 100 && gsl_root_fsolver_x_upper(s) - gsl_root_fsolver_x_lower(s) > 1e-15; i++)
        if (gsl_root_fsolver_iterate(s))
            break;
    double x = gsl_root_fsolver_root(s);
    gsl_root_fsolver_free(s);
    return x;
}

/* Over a grid of (0, 1): the largest log(1 + e) - e + e^2/4, the largest lower exponent minus upper exponent,
 * and the smallest (e - log(1 + e)) / (2 e^2), whose infimum is at 1. */
static void measure_constants(struct lab *lab)
{
    double excess = -INFINITY, order = -INFINITY, rate = INFINITY;
    for (int i = 1; i < 20000; i++) {
        double e = i / 20000.0;
        excess = fmax(excess, quadratic_excess(e, NULL) / (e * e));
        order = fmax(order, (double)(jl_log1p_minus(-e) - jl_log1p_minus(e)) / (e * e * e));
        rate = fmin(rate, (double)-jl_log1p_minus(e) / (2 * e * e));
    }
    lab_measure(lab, excess, 0, 0, "quadratic_excess");
    lab_measure(lab, order, 0, 0, "lower_minus_upper");
    lab_measure(lab, quadratic_root(1, 3), 1e-14, 0, "quadratic_root");
    lab_measure(lab, quadratic_excess(1.7, NULL), 0, 0, "quadratic_excess_beyond");
    lab_measure(lab, (double)-jl_log1p_minus(1) / 2, 1e-16, 0, "best_constant");
    lab_measure(lab, rate - (double)-jl_log1p_minus(1) / 2, 0, 0, "rate_above_best_constant");
    lab_measure(lab, minimizer_deviation(), 0, 0, "minimizer_deviation");
}

/* Exact upper tail over Chernoff's bound, over its limit 1/(eps sqrt(pi d)). */
static double saddlepoint_ratio(double d, double eps)
{
    double log_ratio = (double)jl_log_norm_tail(d, eps, JL_UPPER) - jl_log_norm_chernoff(d, eps, JL_UPPER);
    return exp(log_ratio) * eps * sqrt(M_PI * d);
}

static void summarize(struct lab *lab)
{
    struct lab_table *table = lab_table(lab, NULL,
                                        "d,eps,exact,log10_exact,log10_upper,log10_lower,log10_chernoff,"
                                        "log10_bound,frequency,frequency_se:3,difference,difference_se:3");
    double order = -INFINITY, bound = -INFINITY;
    long draws = 0;
    for (size_t g = 0; g < lab_groups(lab); g++) {
        const struct lab_cell *c = lab_group(lab, g);
        double upper = lab_value(lab, g, "log_upper"), lower = lab_value(lab, g, "log_lower");
        double chernoff_upper = lab_value(lab, g, "log_chernoff_upper"),
               limit = lab_value(lab, g, "log_bound");
        double chernoff_lower = lab_value(lab, g, "log_chernoff_lower");
        order = fmax(order, fmax(upper - chernoff_upper, lower - chernoff_lower));
        bound = fmax(bound, fmax(chernoff_upper, chernoff_lower) - limit);
        struct stats_mean frequency = lab_mean(lab, g, "frequency"),
                          difference = lab_mean(lab, g, "difference");
        draws += frequency.count;
        double exact = lab_value(lab, g, "log_exact");
        double both =
            fmax(chernoff_upper, chernoff_lower) + log1p(exp(-fabs(chernoff_upper - chernoff_lower)));
        lab_table_row(table, (double[]){lab_real(c, "d"), lab_real(c, "eps"), lab_value(lab, g, "exact"),
                                        exact / M_LN10, upper / M_LN10, lower / M_LN10, both / M_LN10,
                                        (limit + M_LN2) / M_LN10, frequency.value, frequency.error,
                                        difference.value, difference.error});
    }
    lab_measure(lab, order, 0, 0, "exact_over_chernoff");
    lab_measure(lab, bound, 0, 0, "chernoff_over_bound");

    static const char *const named[] = {"d=64 eps=0.5", "d=256 eps=0.25", "d=16 eps=0.9"};
    for (int i = 0; i < 3; i++) {
        long g = lab_find(lab, named[i]);
        if (g < 0)
            continue;
        long d = lab_integer(lab_group(lab, (size_t)g), "d");
        const char *eps = lab_word(lab_group(lab, (size_t)g), "eps");
        if (d == 64) {
            lab_measure(lab, exp(lab_value(lab, (size_t)g, "log_upper")), 1e-15, 0, "upper_%ld_%s", d, eps);
            lab_measure(lab, exp(lab_value(lab, (size_t)g, "log_lower")), 1e-15, 0, "lower_%ld_%s", d, eps);
        } else if (d == 256) {
            lab_measure(lab, lab_value(lab, (size_t)g, "exact"), 1e-15, 0, "both_%ld_%s", d, eps);
        }
        if (draws)
            lab_measure_mean(lab, lab_mean(lab, (size_t)g, "difference"), "frequency_minus_exact_%ld_%s", d,
                             eps);
    }
    static const double dims[] = {64, 256, 1024, 4096};
    for (int i = 0; i < 4; i++)
        lab_measure(lab, saddlepoint_ratio(dims[i], 0.25), 1e-12, 0, "saddlepoint_ratio_%.0f", dims[i]);
    lab_measure(lab, (1 - saddlepoint_ratio(1 << 18, 0.25)) / (1 - saddlepoint_ratio(1 << 16, 0.25)), 1e-9, 0,
                "saddlepoint_deviation_ratio");
    measure_constants(lab);
}

static const struct lab_spec spec = {
    .name = "jl/tails",
    .about = "tails of |u|^2 for a random vector u of R^d: exact, bounded and drawn",
    .axes = {{"d", "8,16,32,64,128,256,512,1024", "16,64,256,1024", "[1,1e15]", "dimension", AXIS_INTEGER},
             {"eps", "0.1,0.25,0.5,0.9", "0.25,0.5,0.9", "(0,1)", "deviation of |u|^2 from 1", AXIS_REAL},
             {"draws", "2000", "500", "[0,1e9]", "vectors drawn in a replicate (0: exact values alone)",
              AXIS_INTEGER},
             {"replicate", "0:99", NULL, "[0,inf)", "independent repetitions", AXIS_INTEGER}},
    .columns = "log_upper,log_lower,log_exact,log_chernoff_upper,log_chernoff_lower,log_bound,exact,"
               "frequency,difference",
    .fold = "replicate",
    .controls = "variance|quarter",
    .cell = cell,
    .summarize = summarize,
};

int main(int argc, char **argv)
{
    return lab_main(&spec, argc, argv);
}
