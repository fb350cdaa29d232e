/* Which dimension does a word-vector model of n words need, and where does the rule d > 8.33 log n come from?
 *
 * Source: kexue.fm/archives/7695. With |u| = |v| = sqrt d and directions uniform on the sphere, the entropy
 * of the pairs p(i, j) = exp(<u_i, v_j>)/Z is estimated as H = 2 log n + h_d; the estimate turns negative,
 * the n^2 pairs no longer sample the average, at about 2 log n = 0.24 d. Laplace's method there: the
 * exponent d (log sin + cos) has its maximum where cos = 0.618..., hence h_d ~ -(d/2) log((sqrt 5 + 1)/2).
 * Also kexue.fm/archives/8823, which takes h ~ -0.24 lambda d for a softmax of lambda d cos as a law in
 * lambda, and from it lambda proportional to log n.
 * Here h(d, lambda d) is exact, beside three approximations: the leading order (d/2) log(1 - t^2) with t =
 * (sqrt(1 + 4 lambda^2) - 1)/(2 lambda); the refined one with -(1/2) log(1 - t^4) - 2 t^4/(1 + t^2)^2 added
 * (error O(1/d)); and the linear law.
 * Finding: the table of h_d and the slope stand; the law is not linear in lambda (h ~ -d lambda^2/2 when it
 * is small), and the printed amplitude of the Laplace integral lacks the factor (1 + sqrt 5)/2.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <gsl/gsl_sf_gamma.h>

#include "jl.h"
#include "lab.h"

/* The cosine at the maximum of log sin + lambda cos: lambda (1 - t^2) = t. */
static double tilted_cosine(double lambda)
{
    return 2 * lambda / (1 + sqrt(1 + 4 * lambda * lambda));
}

/* h/d in the limit of large d. */
static double slope(double lambda)
{
    double t = tilted_cosine(lambda);
    return 0.5 * log1p(-t * t);
}

static double refined(double d, double lambda)
{
    double t2 = pow(tilted_cosine(lambda), 2);
    return d * slope(lambda) - 0.5 * log1p(-t2 * t2) - 2 * pow(t2 / (1 + t2), 2);
}

/* log of the integral of sin^(d-2) over (0, pi), d > 1 */
static double log_sine_integral(double d)
{
    double a = (d - 1) / 2, log_step = gsl_sf_lnpoch(a, 0.5); /* log of Gamma(a + 1/2)/Gamma(a) */
    if (a > 100)
        log_step = 0.5 * log(a) - 1 / (8 * a) + 1 / (192 * a * a * a) - 1 / (640 * pow(a, 5));
    return 0.5 * log(M_PI) - log_step;
}

/* The integral of sin^(d-2) exp(kappa cos) over the source's estimate of it, sqrt(2 pi/(d |f''|)) exp(d f),
 * where f = log sin + lambda cos at its maximum. */
static double amplitude_ratio(double d, double lambda, struct jl_tilt tilt)
{
    double root = sqrt(1 + 4 * lambda * lambda), t = tilted_cosine(lambda),
           gap = (1 + 1 / (root + 2 * lambda)) / (1 + root);
    double top = 0.5 * log(gap * (1 + t)) - lambda * gap; /* f - lambda, with gap = 1 - t */
    double curvature = (1 + t * t) / (gap * (1 + t));
    return exp(tilt.log_mgf + log_sine_integral(d) - d * top - 0.5 * log(2 * M_PI / (d * curvature)));
}

/* The smallest d with H = 2 log n + h(d, lambda d) < 0; 0 when the numerical error leaves it open, which
 * happens above 10^7 or so. */
static double entropy_dim(double n, double lambda)
{
    double low = 0, high = 1, middle, error, nearest = INFINITY;
    if (lambda == 0)
        return 0;
    for (int doubling = 1; high - low > 1 || doubling;) {
        middle = doubling ? high : floor((low + high) / 2);
        double H = 2 * log(n) + jl_sphere_entropy(middle, lambda * middle, &error);
        nearest = fmin(nearest, fabs(H) - error);
        if (H < 0)
            high = middle, doubling = 0;
        else if (doubling)
            low = high, high *= 2;
        else
            low = middle;
        if (!(nearest > 0) || high > JL_DIM_MAX)
            return 0;
    }
    return high;
}

static void cell(struct lab_cell *cell)
{
    double d = lab_real(cell, "d"), lambda = lab_real(cell, "lambda"), n = lab_real(cell, "n");
    /* the wrong variant: sin^(d-1) for the density of the angle, which is sin^(d-2) */
    double angle_d = d + (lab_control(cell, "exponent") ? 1 : 0);
    struct jl_tilt tilt = jl_sphere_tilt(angle_d, lambda * d);
    double error, h = jl_sphere_entropy(angle_d, lambda * d, &error);
    if (!isfinite(h))
        lab_fail(cell, "h is not finite");
    lab_put(cell, "h", h);
    lab_put(cell, "h_error", error);
    lab_put(cell, "h_over_d", h / d);
    lab_put(cell, "mean_cos", 1 - tilt.gap);
    lab_put(cell, "log_mgf", tilt.log_mgf + lambda * d);
    lab_put(cell, "leading", d * slope(lambda));
    lab_put(cell, "refined", refined(d, lambda));
    lab_put(cell, "linear", -0.24 * lambda * d);
    lab_put(cell, "H", 2 * log(n) + h);
    if (d > 1)
        lab_put(cell, "amplitude_ratio", amplitude_ratio(d, lambda, tilt) *
                                             exp(log_sine_integral(angle_d) - log_sine_integral(d)));
    if (lambda > 0) {
        double needed = entropy_dim(n, lambda);
        lab_put(cell, "h_over_lambda_d", h / (lambda * d));
        lab_put(cell, "d_order", -2 / slope(lambda) * log(n));
        if (needed > 0)
            lab_put(cell, "d_entropy", needed);
    }
    lab_put(cell, "d_833", 8.33 * log(n));
}

/* ---- limits of large d ---- */

/* -slope/lambda: the coefficient that 8823 takes as 0.24 for every lambda */
static double coefficient(double lambda)
{
    return -slope(lambda) / lambda;
}

/* lambda in (low, high) where the coefficient, monotone there, is `value` */
static double coefficient_at(double value, double low, double high)
{
    int rising = coefficient(high) > coefficient(low);
    for (int i = 0; i < 100; i++) {
        double middle = (low + high) / 2;
        if ((coefficient(middle) > value) == rising)
            high = middle;
        else
            low = middle;
    }
    return (low + high) / 2;
}

/* where f is largest in (low, high), by golden section */
static double maximum_at(double (*f)(double, const void *), const void *parameters, double low, double high)
{
    const double golden = (sqrt(5) - 1) / 2;
    while (high - low > 1e-9) {
        double a = high - golden * (high - low), b = low + golden * (high - low);
        if (f(a, parameters) > f(b, parameters))
            high = b;
        else
            low = a;
    }
    return (low + high) / 2;
}

static double coefficient_limit(double lambda, const void *unused)
{
    (void)unused;
    return coefficient(lambda);
}

static double coefficient_of(double lambda, const void *dimension)
{
    double d = *(const double *)dimension;
    return -jl_sphere_entropy(d, lambda * d, NULL) / (lambda * d);
}

static void measure_limits(struct lab *lab)
{
    double t = tilted_cosine(1), d64 = 64;
    lab_measure(lab, slope(1), 1e-16, 0, "slope");
    lab_measure(lab, -2 / slope(1), 1e-15, 0, "threshold");
    lab_measure(lab, atan(sqrt(1 / (t * t) - 1)), 1e-15, 0, "theta_star");
    lab_measure(lab, 0.5 * log1p(-t * t) + t, 1e-16, 0, "laplace_maximum");
    lab_measure(lab, (1 + t * t) / (1 - t * t) / 2, 1e-15, 0, "laplace_curvature");
    lab_measure(lab, t, 1e-16, 0, "cos_theta_star");
    lab_measure(lab, sqrt(2 * M_PI), 1e-15, 0, "sine_integral_amplitude");
    lab_measure(lab, sqrt(2 * M_PI / ((1 + t * t) / (1 - t * t))), 1e-15, 0, "laplace_amplitude");
    lab_measure(lab, 1 / (1 - t * t), 1e-15, 0, "amplitude_ratio_limit");
    double peak = maximum_at(coefficient_limit, NULL, 0.5, 3);
    lab_measure(lab, coefficient(peak), 1e-12, 0, "coefficient_max");
    lab_measure(lab, peak, 1e-6, 0, "coefficient_max_at");
    lab_measure(lab, coefficient_of(maximum_at(coefficient_of, &d64, 0.5, 3), &d64), 1e-12, 0,
                "coefficient_max_64");
    lab_measure(lab, coefficient_at(0.23, 0.1, peak), 1e-12, 0, "coefficient_good_from");
    lab_measure(lab, coefficient_at(0.23, peak, 10), 1e-12, 0, "coefficient_good_to");
    static const double lambdas[] = {0.25, 0.5, 1, 2, 4};
    for (int i = 0; i < 5; i++)
        lab_measure(lab, -2 / slope(lambdas[i]), 1e-12, 0, "threshold_%g", lambdas[i]);
    lab_measure(lab, refined(0, 1), 1e-16, 0, "h_offset_limit");
    double lambda = log(512) / (0.24 * 64), error, h = jl_sphere_entropy(64, lambda * 64, &error);
    lab_measure(lab, lambda, 1e-16, 0, "lambda_of_8823");
    lab_measure(lab, h, error, 0, "h_at_lambda_of_8823");
    static const double refined_at[] = {0.4, 1, 3};
    for (int i = 0; i < 3; i++) {
        double x = refined_at[i], e1 = jl_sphere_entropy(1024, x * 1024, NULL) - refined(1024, x);
        double e2 = jl_sphere_entropy(2048, x * 2048, NULL) - refined(2048, x);
        lab_measure(lab, e1 * 1024, 1e-7, 0, "refined_error_times_d_%g", x);
        lab_measure(lab, e2 / e1, 1e-6, 0, "refined_error_ratio_%g", x);
    }
}

static void measure_words(struct lab *lab)
{
    static const double words[] = {512, 1e3, 1e4, 1e5, 1e6, 5e6};
    struct lab_table *table = lab_table(lab, "words", "n,d_entropy,d_833,d_8,d_order,H_before:10,H_at:10");
    for (int i = 0; i < 6; i++) {
        double n = words[i], d = entropy_dim(n, 1), rule = 8.33 * log(n);
        double before = 2 * log(n) + jl_sphere_entropy(d - 1, d - 1, NULL),
               at = 2 * log(n) + jl_sphere_entropy(d, d, NULL);
        lab_table_row(table, (double[]){n, d, rule, 8 * log(n), -2 / slope(1) * log(n), before, at});
        lab_measure(lab, d, 0, 0, "d_entropy_%.0f", n);
        if (n == 512 || n == 1e5 || n == 5e6) {
            lab_measure(lab, rule, 1e-13, 0, "d_833_%.0f", n);
            lab_measure(lab, 8 * log(n), 1e-13, 0, "d_8_%.0f", n);
        }
        if (n >= 1e5 && n != 1e6) {
            lab_measure(lab, before, 1e-11, 0, "H_before_%.0f", n);
            lab_measure(lab, at, 1e-11, 0, "H_at_%.0f", n);
        }
    }
}

/* The group of the sweep at d, lambda and n = 100000; -1: none. */
static long find(const struct lab *lab, double d, const char *lambda)
{
    char *where = base_format("d=%.0f lambda=%s n=100000", d, lambda);
    long group = lab_find(lab, where);
    free(where);
    return group;
}

static void measure_dimension(struct lab *lab, double d, size_t g)
{
    double t = tilted_cosine(1), h = lab_value(lab, g, "h"), error = lab_value(lab, g, "h_error");
    if (d <= 512)
        lab_measure(lab, h, error, 0, "h_%.0f", d);
    if (d >= 32 && d <= 512)
        lab_measure(lab, h / d, error / d, 0, "h_over_d_%.0f", d);
    if (d == 64 || d == 512 || d == 4096)
        lab_measure(lab, h - d * slope(1), error, 0, "h_offset_%.0f", d);
    if (d == 32 || d == 128 || d == 512 || d == 2048 || d == 8192) {
        lab_measure(lab, lab_value(lab, g, "amplitude_ratio"), error, 0, "amplitude_ratio_%.0f", d);
        lab_measure(lab, exp(log_sine_integral(d) - 0.5 * log(2 * M_PI / d)), 1e-13, 0,
                    "sine_integral_ratio_%.0f", d);
    }
    if (d == 512 || d == 8192) {
        lab_measure(lab, lab_value(lab, g, "log_mgf") - d * (t + slope(1)), error, 0, "log_mgf_offset_%.0f",
                    d);
        lab_measure(lab, d * (lab_value(lab, g, "mean_cos") - t), error, 0, "mean_cos_offset_%.0f", d);
    }
    if (d == 64 || d == 128)
        lab_measure(lab, lab_value(lab, g, "H"), error, 0, "H_%.0f_100000", d);
}

static void summarize(struct lab *lab)
{
    static const double dims[] = {8, 16, 32, 64, 96, 128, 256, 512, 2048, 4096, 8192};
    for (size_t i = 0; i < sizeof dims / sizeof *dims; i++) {
        long g = find(lab, dims[i], "1");
        if (g >= 0)
            measure_dimension(lab, dims[i], (size_t)g);
    }
    static const char *const lambdas[] = {"0.01", "0.125", "0.4", "0.9", "1", "1.5", "2", "4"};
    for (size_t i = 0; i < sizeof lambdas / sizeof *lambdas; i++) {
        long g = find(lab, 64, lambdas[i]);
        if (g < 0)
            continue;
        double h = lab_value(lab, (size_t)g, "h"), error = lab_value(lab, (size_t)g, "h_error");
        lab_measure(lab, h, error, 0, "h_64_lambda_%s", lambdas[i]);
        lab_measure(lab, -h / (64 * strtod(lambdas[i], NULL)), error, 0, "coefficient_64_lambda_%s",
                    lambdas[i]);
    }
    measure_limits(lab);
    measure_words(lab);
}

static const struct lab_spec spec = {
    .name = "jl/embed_dim",
    .about = "entropy of a softmax over random directions, and the dimension it asks of word vectors",
    .axes = {{"d", "8,16,32,64,96,128,256,512,1024,2048,4096,8192", NULL, "[1,1e7]", "dimension",
              AXIS_INTEGER},
             {"lambda",
              "0.01,0.02,0.04,0.07,0.1,0.125,0.2,0.25,0.3,0.4,0.5,0.6,0.7,0.8,0.9,1,1.1,1.2,1.3,1.4,1.5,"
              "1.75,2,2.5,3,4,5,7,10",
              NULL, "[0,1e6]", "the scores are lambda d cos", AXIS_REAL},
             {"n", "100000", NULL, "[2,1e300]", "words", AXIS_INTEGER}},
    .columns = "h:12,h_error:3,h_over_d,h_over_lambda_d,mean_cos,log_mgf,leading,refined,linear,H,"
               "amplitude_ratio,d_entropy,d_order,d_833",
    .controls = "exponent",
    .cell = cell,
    .summarize = summarize,
};

int main(int argc, char **argv)
{
    return lab_main(&spec, argc, argv);
}
