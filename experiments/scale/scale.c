#include "scale.h"

#include <math.h>

#include <gsl/gsl_cdf.h>
#include <gsl/gsl_randist.h>
#include <gsl/gsl_sf_lambert.h>

#include "rng.h"
#include "stats.h"

/* ---- one row of scores ---- */

void scale_jacobian(const double *s, size_t n, double alpha, double *J)
{
    double *p = J + (n - 1) * n; /* the last row, overwritten last */
    for (size_t i = 0; i < n; i++)
        p[i] = alpha * s[i];
    softmax_weights(p, n, p);
    for (size_t i = 0; i < n; i++) {
        double pi = p[i], rest = 0;
        for (size_t j = 0; j < n; j++)
            rest += j == i ? 0 : p[j];
        /* p_i (1 - p_i), the complement summed: exact for one-hot p */
        if (i + 1 < n) {
            for (size_t j = 0; j < n; j++)
                J[i * n + j] = -alpha * pi * p[j];
            J[i * n + i] = alpha * pi * rest;
        } else {
            for (size_t j = 0; j < n; j++)
                J[i * n + j] = j == i ? alpha * pi * rest : -alpha * pi * p[j];
        }
    }
}

void scale_lead(double *s, size_t n)
{
    for (size_t place = 0; place < 2 && place < n; place++) {
        size_t top = place;
        for (size_t i = place + 1; i < n; i++)
            if (s[i] > s[top])
                top = i;
        double t = s[place];
        s[place] = s[top];
        s[top] = t;
    }
}

void scale_sort(double *s, size_t n)
{
    stats_sort(s, n);
    for (size_t i = 0; i < n / 2; i++) {
        double t = s[i];
        s[i] = s[n - 1 - i];
        s[n - 1 - i] = t;
    }
}

/* With u_i = s_i - s_2, gap = s_1 - s_2, e = exp(-alpha gap), and over i >= 3 the sums q = sum exp(alpha u),
 * q2 = sum exp(2 alpha u):
 *     1 - sum p^2 = e (2 (1 + q) + e (2 q + q^2 - q2)) / (1 + e (1 + q))^2,
 * all of whose terms are positive (q2 <= q). */
struct scale_point scale_row(const double *s, size_t n, double alpha, double *work)
{
    if (n < 2)
        return (struct scale_point){-INFINITY, NAN};
    double gap = s[0] - s[1], e = exp(-alpha * gap), q = 0, q2 = 0, v = 0, v2 = 0;
    for (size_t i = 2; i < n; i++)
        work[i] = alpha * (s[i] - s[1]);
    softmax_exp(work + 2, n - 2);
    for (size_t i = 2; i < n; i++) {
        double w = work[i], u = s[i] - s[1];
        q += w;
        q2 += w * w;
        v += u * w;
        v2 += u * w * w;
    }
    double pairs = 2 * q + q * q - q2, top = 2 * (1 + q) + e * pairs, bottom = 1 + e * (1 + q);
    /* derivatives in alpha: q' = v, q2' = 2 v2, e' = -gap e */
    double top_slope = 2 * v + e * (2 * v + 2 * q * v - 2 * v2 - gap * pairs);
    double bottom_slope = e * (v - gap * (1 + q));
    return (struct scale_point){
        .log_f = log(alpha) - alpha * gap + log(top) - 2 * log(bottom),
        .slope = 1 + alpha * (-gap + top_slope / top - 2 * bottom_slope / bottom),
    };
}

/* The root of the slope between low, where it is a > 0, and high, where it is b <= 0: regula falsi in log
 * alpha, the end that stays getting half its weight (Illinois). */
static double row_maximum(const double *s, size_t n, double low, double high, double a, double b,
                          double *work)
{
    double middle = high;
    for (int i = 0; i < 60 && b < 0 && high / low > 1 + 1e-10; i++) {
        double before = middle;
        middle = low * pow(high / low, a / (a - b));
        if (fabs(middle / before - 1) < 1e-11)
            break;
        double slope = scale_row(s, n, middle, work).slope;
        if (slope > 0) {
            low = middle;
            a = slope;
            b /= 2;
        } else {
            high = middle;
            b = slope;
            a /= 2;
        }
    }
    return middle;
}

double scale_row_argmax(const double *s, size_t n, double *work, double *log_f)
{
    double best = NAN, best_log = -INFINITY;
    if (n >= 2 && s[0] == s[1]) {
        best = best_log = INFINITY;
    } else if (n >= 2) {
        /* when all alpha differences are below 1/2, p is nearly uniform and F grows; beyond alpha gap = 10 it
         * falls */
        double alpha = 0.5 / (s[0] - s[n - 1]), last = 11 / (s[0] - s[1]);
        struct scale_point here = scale_row(s, n, alpha, work);
        while (alpha < last) {
            double next = alpha * 1.1;
            /* e^-50 beside the second score's 1 is nothing, even 1e6 times */
            while (n > 2 && alpha * (s[1] - s[n - 1]) > 50)
                n--;
            struct scale_point there = scale_row(s, n, next, work);
            if (here.slope > 0 && there.slope <= 0) {
                double at = row_maximum(s, n, alpha, next, here.slope, there.slope, work);
                double value = scale_row(s, n, at, work).log_f;
                if (value > best_log) {
                    best = at;
                    best_log = value;
                }
            }
            alpha = next;
            here = there;
        }
    }
    if (log_f)
        *log_f = best_log;
    return best;
}

double scale_quantile(double upper)
{
    return gsl_cdf_ugaussian_Qinv(upper);
}

double scale_two_scores(void)
{
    double x = 1.5;
    for (int i = 0; i < 8; i++) { /* Newton */
        double t = tanh(x / 2);
        x -= (x * t - 1) / (t + x * (1 - t * t) / 2);
    }
    return x;
}

/* ---- the annealed approximation ---- */

/* log of sum_k t_k, t_k = (alpha^2/4)^k / (k! (d/2)_k), and its logarithmic derivative sum (2 k/alpha) t_k /
 * sum t_k. The terms are positive and rise to about k = alpha/2 before they fall. */
static double cosine_cumulant(double d, double alpha, double *slope)
{
    double x = alpha * alpha / 4, term = 1, sum = 1, weighted = 0, scale = 0;
    for (double k = 0; term > 1e-17 * sum || x > (k + 1) * (d / 2 + k); k++) {
        term *= x / ((k + 1) * (d / 2 + k));
        sum += term;
        weighted += (k + 1) * term;
        if (sum > 1e250) {
            term *= 1e-250;
            sum *= 1e-250;
            weighted *= 1e-250;
            scale += log(1e250);
        }
    }
    if (slope)
        *slope = alpha == 0 ? 0 : 2 * weighted / (alpha * sum);
    return log(sum) + scale;
}

double scale_cumulant(const struct softmax_law *law, double alpha, double *slope)
{
    if (law->kind == SOFTMAX_COSINE && fabs(alpha) < 1e6)
        return cosine_cumulant(law->dimension, alpha, slope);
    return softmax_law_cumulant(law, alpha, slope);
}

double scale_annealed_purity(const struct softmax_law *law, double n, double alpha)
{
    return exp(scale_cumulant(law, 2 * alpha, NULL) - 2 * scale_cumulant(law, alpha, NULL) - log(n));
}

double scale_annealed(const struct softmax_law *law, double n, double alpha)
{
    return alpha * (1 - scale_annealed_purity(law, n, alpha));
}

/* log of what must be 1 at the optimum: purity times 1 + 2 alpha (K'(2 alpha) - K'(alpha)); increasing. */
static double annealed_excess(const struct softmax_law *law, double n, double alpha)
{
    double slope_1, slope_2, k_1 = scale_cumulant(law, alpha, &slope_1),
                             k_2 = scale_cumulant(law, 2 * alpha, &slope_2);
    return k_2 - 2 * k_1 - log(n) + log1p(2 * alpha * (slope_2 - slope_1));
}

double scale_annealed_optimum(const struct softmax_law *law, double n)
{
    if (!(n >= 1) || isinf(n))
        return NAN;
    if (n == 1)
        return 0;
    double low = 0, high = 1;
    while (annealed_excess(law, n, high) < 0) {
        low = high;
        high *= 2;
        if (high > 1e12)
            return NAN;
    }
    while (high - low > 1e-13 * high) {
        double middle = (low + high) / 2;
        if (middle == low || middle == high)
            break;
        if (annealed_excess(law, n, middle) < 0)
            low = middle;
        else
            high = middle;
    }
    return (low + high) / 2;
}

double scale_lambert_optimum(double n)
{
    if (!(n >= 1) || isinf(n))
        return NAN;
    /* at n = 1 the difference is 0 up to rounding of either sign */
    return sqrt(fmax(0, gsl_sf_lambert_W0(n * exp(0.5) / 2) - 0.5));
}

/* ---- fits ---- */

struct scale_fit scale_fit(const double *x, const double *y, size_t n, double source)
{
    struct scale_fit fit = {.least = INFINITY, .most = -INFINITY};
    double xx = 0, xy = 0, rest = 0;
    for (size_t i = 0; i < n; i++) {
        xx += x[i] * x[i];
        xy += x[i] * y[i];
        fit.least = fmin(fit.least, source * x[i] / y[i] - 1);
        fit.most = fmax(fit.most, source * x[i] / y[i] - 1);
    }
    fit.coefficient = xy / xx;
    for (size_t i = 0; i < n; i++)
        rest += pow(y[i] - fit.coefficient * x[i], 2);
    fit.rms = sqrt(rest / (double)n);
    return fit;
}

/* ---- random scores ---- */

void scale_draw(gsl_rng *rng, double d, double *s, size_t n)
{
    rng_normals(rng, s, n);
    for (size_t i = 0; i < n && d > 0; i++) /* one coordinate of a normal vector over its length */
        s[i] /= sqrt(s[i] * s[i] + gsl_ran_chisq(rng, d - 1));
}
