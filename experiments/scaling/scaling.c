#include "scaling.h"

#include <math.h>
#include <stdlib.h>

#include <gsl/gsl_cdf.h>
#include <gsl/gsl_sf_gamma.h>
#include <gsl/gsl_sf_zeta.h>

#include "base.h"
#include "stats.h"

double scaling_zeta(double g)
{
    return gsl_sf_zeta(g + 1);
}

double scaling_frequency(double g, double k)
{
    return pow(k, -(g + 1)) / scaling_zeta(g);
}

/* zeta(s, q) with GSL's error; it is accurate to a few units of the last place for all s > 1 and q > 0 used here. */
static struct softmax_value hurwitz(double s, double q)
{
    gsl_sf_result r;
    if (gsl_sf_hzeta_e(s, q, &r))
        return (struct softmax_value){NAN, NAN};
    return (struct softmax_value){r.val, r.err};
}

struct softmax_value scaling_tail(double g, double n, double K)
{
    double s = g + 1;
    struct softmax_value all = hurwitz(s, 1), above = hurwitz(s, n + 1);
    if (K > 0) {
        struct softmax_value beyond = hurwitz(s, K + 1);
        all.value -= beyond.value;
        all.error += beyond.error;
        if (K - n <= 1e4) { /* the difference of two tails would cancel */
            above = (struct softmax_value){0, 0};
            for (double k = K; k > n; k--)
                above.value += pow(k, -s);
            above.error = (K - n) * 2.3e-16 * above.value;
        } else {
            above.value -= beyond.value;
            above.error += beyond.error;
        }
    }
    double value = above.value / all.value;
    return (struct softmax_value){value, above.error / all.value + value * all.error / all.value};
}

/* Pr[Bin(D, p) < tau]. */
static double unlearnt(double tau, double D, double p)
{
    if (tau == 1)
        return exp(D * log1p(-p));
    if (D < tau)
        return 1;
    return 1 - gsl_cdf_beta_P(p, tau, D - tau + 1); /* = Pr[U > p], U ~ Beta(tau, D - tau + 1) */
}

/* sum_{k>K} p_k Pr[Bin(D, p_k) >= tau] with Pr = sum_{j>=tau} (-1)^(j-tau) C(j-1, tau-1) C(D, j) p^j. */
static double learnt_beyond(double g, double tau, double D, double K)
{
    double z = log(scaling_zeta(g)), sum = 0, choose = 0; /* log C(D, j), step by step: lgamma(D) would cancel */
    for (double i = 0; i < tau - 1; i++)
        choose += log((D - i) / (i + 1));
    for (double j = tau; j <= D && j < tau + 200; j++) {
        choose += log((D - j + 1) / j);
        double term = exp(gsl_sf_lngamma(j) - gsl_sf_lngamma(tau) - gsl_sf_lngamma(j - tau + 1) + choose - (j + 1) * z +
                          log(hurwitz((j + 1) * (g + 1), K + 1).value));
        sum += fmod(j - tau, 2) == 0 ? term : -term;
        if (!(term > 1e-18 * fabs(sum)))
            break;
    }
    return sum;
}

struct softmax_value scaling_soft_loss(double g, double tau, double D)
{
    double zeta = scaling_zeta(g), K = ceil(pow(10 * (D + 1) / zeta, 1 / (g + 1)));
    double sum = 0, lost = 0; /* compensated: 1e7 terms */
    for (double k = 1; k <= K; k++) {
        double p = pow(k, -(g + 1)) / zeta, term = p * unlearnt(tau, D, p) - lost, next = sum + term;
        lost = (next - sum) - term;
        sum = next;
    }
    struct softmax_value rest = scaling_tail(g, K, 0);
    double value = sum + rest.value - learnt_beyond(g, tau, D, K);
    /* for tau = 1 a term loses D p eps, and the largest D p that counts is about 50; GSL's incomplete beta function, for
     * tau > 1, has ten digits at the least */
    return (struct softmax_value){value, rest.error + (tau == 1 ? 1e-13 : 1e-10) * value};
}

/* log Gamma(x + s)/Gamma(x), s in [0, 1], without the cancellation of two large logarithms (Stirling's series). */
static double log_gamma_ratio(double x, double s)
{
    if (x < 50)
        return gsl_sf_lngamma(x + s) - gsl_sf_lngamma(x);
    double y = x + s, a = 1 / (12 * y) - 1 / (12 * x), b = pow(y, -3) - pow(x, -3), c = pow(y, -5) - pow(x, -5);
    return (x - 0.5) * log1p(s / x) + s * log(y) - s + a - b / 360 + c / 1260;
}

double scaling_soft_loss_closed(double g, double tau, double D)
{
    double s = g / (g + 1);
    return exp(-log(scaling_zeta(g)) / (g + 1) + log_gamma_ratio(tau, s) - log_gamma_ratio(D + 1, s)) / g;
}

double scaling_sharp_count(double g, double tau, double D)
{
    return floor(pow(D / (tau * scaling_zeta(g)), 1 / (g + 1)));
}

double scaling_sharp_loss(double g, double tau, double D)
{
    return scaling_tail(g, scaling_sharp_count(g, tau, D), 0).value;
}

double scaling_sharp_loss_smooth(double g, double tau, double D)
{
    double zeta = scaling_zeta(g);
    return pow(D / (tau * zeta), -g / (g + 1)) / (g * zeta);
}

double scaling_slope(const double *x, const double *y, size_t n)
{
    struct stats_line line;
    return stats_power_fit(x, y, NULL, n, &line) ? NAN : line.slope;
}

double scaling_missing_mass_variance(double g, double D, size_t kmax)
{
    double zeta = scaling_zeta(g), *p = base_alloc(kmax, sizeof *p), sum = 0;
    for (size_t k = 0; k < kmax; k++)
        p[k] = pow((double)k + 1, -(g + 1)) / zeta;
    for (size_t k = 0; k < kmax; k++) {
        double one = exp(D * log1p(-p[k])), row = p[k] * one * (1 - one);
        for (size_t j = 0; j < k; j++) { /* Cov = (1-pj-pk)^D - ((1-pj)(1-pk))^D < 0 */
            double both = D * (log1p(-p[j]) + log1p(-p[k])), x = p[j] * p[k] / ((1 - p[j]) * (1 - p[k]));
            row += 2 * p[j] * exp(both) * expm1(D * log1p(-x));
        }
        sum += p[k] * row;
    }
    free(p);
    return sum;
}
