#include "jl.h"

#include <math.h>

#include <gsl/gsl_math.h>
#include <gsl/gsl_sf_erf.h>

static long double log_sum(long double a, long double b)
{
    long double high = fmaxl(a, b), low = fminl(a, b);
    return high == -INFINITY ? high : high + log1pl(expl(low - high));
}

long double jl_log1p_minus(long double u)
{
    if (fabsl(u) > 0.4L)
        return log1pl(u) - u;
    /* log(1 + u) = 2 artanh r with r = u/(2 + u), and u - 2r = u r */
    long double r = u / (2 + u), power = r * r * r, sum = 0;
    for (int k = 3; k < 80 && fabsl(power) > 1e-22L * fabsl(u * r); k += 2, power *= r * r)
        sum += power / k;
    return 2 * sum - u * r;
}

long double jl_expm1_minus(long double y)
{
    if (fabsl(y) > 0.5L)
        return expm1l(y) - y;
    long double term = y * y / 2, sum = 0;
    for (int k = 3; k < 40 && fabsl(term) > 1e-22L * sum; k++, term *= y / (k - 1))
        sum += term;
    return sum;
}

/* log of Gamma(a) / ( sqrt(2 pi) a^(a - 1/2) e^-a ), the remainder in Stirling's formula. */
static long double log_gamma_star(long double a)
{
    if (a < 40)
        return lgammal(a) - (a - 0.5L) * logl(a) + a - 0.5L * logl(2 * M_PIl);
    static const long double c[] = {1 / 12.0L,   -1 / 360.0L,          1 / 1260.0L,      -1 / 1680.0L,
                                    1 / 1188.0L, -691 / 360360.0L,     1 / 156.0L,       -3617 / 122400.0L};
    long double sum = 0;
    for (int k = 7; k >= 0; k--)
        sum = sum / (a * a) + c[k];
    return sum / a;
}

/* With a = d/2 and x = a (1 +- eps), put t = x (1 + s) into the incomplete gamma integral for the upper tail
 * and t = x exp(-s) for the lower:
 *
 *     P = x^a e^-x / Gamma(a)  int_0^inf exp( -(a eps + 1) s + (a - 1) (log(1 + s) - s) ) ds     (upper)
 *     P = x^a e^-x / Gamma(a)  int_0^inf exp( -a eps s - x (exp(-s) - 1 + s) ) ds                (lower)
 *
 * integrands that fall from 1 like exp(-const s) in the end. Then s = L exp(t - exp(-t)) makes both ends
 * doubly exponential, and the trapezoidal rule with step 1/16 is good to 1e-26, the same for all d and eps.
 */
static long double log_one_tail(long double d, long double eps, int sign)
{
    const long double step = 1 / 16.0L;
    long double a = d / 2, x = a * (1 + sign * eps), slope = a * eps;
    long double scale = 2 / (slope + sqrtl(slope * slope + 2 * x)), sum = 0;
    for (int i = -68;; i++) {
        long double t = i * step, s = scale * expl(t - expl(-t));
        long double exponent = sign > 0 ? -(slope + 1) * s + (a - 1) * jl_log1p_minus(s)
                                        : -slope * s - x * jl_expm1_minus(-s);
        long double term = s * (1 + expl(-t)) * expl(exponent);
        sum += term;
        if (i > 0 && term < 1e-21L * sum)
            break;
    }
    long double log_front = a * jl_log1p_minus(sign * eps) + 0.5L * logl(a / (2 * M_PIl)) - log_gamma_star(a);
    return log_front + logl(step * sum);
}

long double jl_log_norm_tail(long double d, long double eps, enum jl_side side)
{
    if (side == JL_BOTH)
        return log_sum(log_one_tail(d, eps, 1), log_one_tail(d, eps, -1));
    return log_one_tail(d, eps, side);
}

double jl_log_norm_chernoff(double d, double eps, enum jl_side side)
{
    if (side == JL_BOTH)
        return (double)log_sum(jl_log_norm_chernoff(d, eps, JL_UPPER),
                               jl_log_norm_chernoff(d, eps, JL_LOWER));
    return (double)(d / 2 * jl_log1p_minus(side * (long double)eps));
}

/* ---- inner products ---- */

/* With |u|^2 = e^y: log of the density of y up to a constant, plus log P(|<u,v>| >= eps given y). */
static double inner_exponent(double y, double a, double b)
{
    return (double)(-a * jl_expm1_minus(y)) + gsl_sf_log_erfc(b * exp(-y / 2));
}

static double inner_slope(double y, double a, double b)
{
    double z = b * exp(-y / 2);
    return -a * expm1(y) + z * gsl_sf_hazard(z * M_SQRT2) / M_SQRT2;
}

/* The trapezoidal rule with this step through `peak`, divided by the integrand there. */
static double inner_integral(double peak, double step, double a, double b)
{
    double top = inner_exponent(peak, a, b), sum = 1;
    for (int sign = -1; sign <= 1; sign += 2)
        for (long i = 1;; i++) {
            double term = exp(inner_exponent(peak + (double)(sign * i) * step, a, b) - top);
            sum += term;
            if (!(term > 1e-18 * sum))
                break;
        }
    return step * sum;
}

double jl_log_inner_tail(double d, double eps, double *error)
{
    double a = d / 2, b = eps * sqrt(a), low = 0, high = 1;
    while (inner_slope(high, a, b) > 0) /* the exponent is concave, its slope at 0 is positive */
        low = high, high *= 2;
    for (int i = 0; i < 60; i++) {
        double middle = (low + high) / 2;
        if (inner_slope(middle, a, b) > 0)
            low = middle;
        else
            high = middle;
    }
    double width = 1 / sqrt(a * exp(low) + b * b * exp(-low) + 1);
    double coarse = inner_integral(low, width / 3, a, b), fine = inner_integral(low, width / 6, a, b);
    double top = inner_exponent(low, a, b);
    if (error) /* the rule's error falls with its square, at least, when the step is halved */
        *error = fabs(coarse / fine - 1) + 4e-16 * (4 + fabs(top));
    return top + log(fine) + 0.5 * log(a / (2 * M_PI)) - (double)log_gamma_star(a);
}

double jl_log_inner_chernoff(double d, double eps)
{
    double s = 2 * eps / (sqrt(1 + 4 * eps * eps) + 1);
    return M_LN2 - d * (s * eps + 0.5 * log1p(-s * s));
}

/* ---- dimensions ---- */

double jl_required_dim(long double log_pairs, long double eps, long double log_target, enum jl_side side)
{
    long double low = 0, high = 1;
    while (log_pairs + jl_log_norm_tail(high, eps, side) > log_target) {
        low = high;
        high *= 2;
        if (low > JL_DIM_MAX)
            return 0;
    }
    while (high - low > 1) {
        long double middle = floorl((low + high) / 2);
        if (log_pairs + jl_log_norm_tail(middle, eps, side) > log_target)
            low = middle;
        else
            high = middle;
    }
    return high > JL_DIM_MAX ? 0 : (double)high;
}

/* ---- random directions ---- */

/* cos = -tanh w gives the density sech(w)^(d-1): analytic in a strip, exponentially small at both ends, so
 * the trapezoidal rule converges exponentially. Sums over w of it times exp(-kappa (1 - cos)), and of that
 * times 1 - cos = 1 + tanh w = 2/(1 + exp(-2w)); the logarithm of the largest term is *top. */
struct tilt_sums {
    double top, mass, gap;
};

static double tilt_exponent(double w, double d, double kappa, double *gap)
{
    *gap = 2 / (1 + exp(-2 * w));
    double log_cosh =
        fabs(w) < 0.5 ? 0.5 * log1p(gsl_pow_2(sinh(w))) : fabs(w) + log1p(expm1(-2 * fabs(w)) / 2);
    return -(d - 1) * log_cosh - kappa * *gap;
}

static struct tilt_sums tilt_integrate(double d, double kappa, double peak, double step)
{
    double gap;
    struct tilt_sums s = {.top = tilt_exponent(peak, d, kappa, &gap), .mass = 1};
    s.gap = gap;
    for (int sign = -1; sign <= 1; sign += 2)
        for (long i = 1;; i++) {
            double term = exp(tilt_exponent(peak + (double)(sign * i) * step, d, kappa, &gap) - s.top);
            s.mass += term;
            s.gap += term * gap;
            if (!(term * gap > 1e-18 * s.gap || term > 1e-18 * s.mass))
                break;
        }
    s.mass *= step;
    s.gap *= step;
    return s;
}

struct jl_tilt jl_sphere_tilt(double d, double kappa)
{
    if (d < 1.5) { /* two directions */
        double opposite = exp(-2 * kappa);
        return (struct jl_tilt){log1p(expm1(-2 * kappa) / 2), 2 * opposite / (1 + opposite), 1e-15};
    }
    double peak = -0.5 * asinh(2 * kappa / (d - 1)), curvature = (d - 1) + 2 * kappa * tanh(-peak);
    double width = cosh(peak) / sqrt(curvature);
    struct tilt_sums coarse = tilt_integrate(d, kappa, peak, width / 4),
                     fine = tilt_integrate(d, kappa, peak, width / 8);
    struct tilt_sums flat = tilt_integrate(d, 0, 0, 1 / (8 * sqrt(d - 1)));
    struct jl_tilt tilt = {.log_mgf = fine.top - flat.top + log(fine.mass / flat.mass),
                           .gap = fine.gap / fine.mass};
    tilt.error =
        fabs(coarse.mass / fine.mass - 1) + fabs(coarse.gap / fine.gap - 1) + 4e-16 * (8 + fabs(fine.top));
    return tilt;
}

double jl_sphere_entropy(double d, double kappa, double *error)
{
    struct jl_tilt tilt = jl_sphere_tilt(d, kappa);
    if (error)
        *error = tilt.error * (1 + kappa * tilt.gap);
    return tilt.log_mgf + kappa * tilt.gap;
}
