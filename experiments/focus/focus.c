#include "focus.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <gsl/gsl_integration.h>
#include <gsl/gsl_math.h>
#include <gsl/gsl_randist.h>

#include "base.h"

int focus_map_parse(const char *name, struct focus_map *map)
{
    *map = (struct focus_map){FOCUS_EXP, 1};
    if (strcmp(name, "exp") == 0)
        return 0;
    map->kind = FOCUS_IDENTITY;
    if (strcmp(name, "id") == 0)
        return 0;
    map->kind = FOCUS_RELU;
    if (strncmp(name, "relu", 4) != 0)
        return -1;
    if (!name[4])
        return 0;
    map->power = name[4] - '0';
    return name[5] || map->power < 2 || map->power > 9 ? -1 : 0;
}

double focus_map_value(struct focus_map map, double z)
{
    switch (map.kind) {
    case FOCUS_EXP: return exp(z);
    case FOCUS_IDENTITY: return z;
    default: return z > 0 ? gsl_pow_int(z, map.power) : 0;
    }
}

void focus_weights(struct focus_map map, double *x, size_t n)
{
    if (map.kind == FOCUS_EXP) {
        double top = -INFINITY;
        for (size_t i = 0; i < n; i++)
            top = fmax(top, x[i]);
        for (size_t i = 0; i < n; i++)
            x[i] -= top;
        softmax_exp(x, n);
        return;
    }
    for (size_t i = 0; i < n; i++)
        x[i] = focus_map_value(map, x[i]);
}

double focus_index(const double *x, size_t n)
{
    double top = 0, one = 0, two = 0, bad = 0;
    for (size_t i = 0; i < n; i++) {
        top = fmax(top, fabs(x[i]));
        bad += 0 * x[i];
    }
    if (!(top > 0) || bad != 0)
        return NAN;
    for (size_t i = 0; i < n; i++) {
        double y = fabs(x[i] / top);
        one += y;
        two += y * y;
    }
    return one / sqrt(two * (double)n);
}

/* ---- the limit ---- */

/* S of relu^p as a function of r. */
static double relu_limit(int p, double r)
{
    if (r > 1e12)
        return 1; /* to rounding: 1 - p^2/(2 r^2) */
    if (r >= -0.5) {
        double i0 = erfc(-r / M_SQRT2) / 2, i1 = gsl_ran_ugaussian_pdf(r) + r * i0, at_p = i1;
        for (int q = 1; q < 2 * p; q++) {
            double next = r * i1 + q * i0;
            i0 = i1;
            i1 = next;
            if (q + 1 == p)
                at_p = i1;
        }
        return at_p / sqrt(i1);
    }
    /* rho_q = J_q / J_(q-1) = q / (|r| + rho_(q+1)), backwards from where the start no longer matters */
    double a = -r, root = sqrt(2.0 * p) + 20 / a, rho, log_p = 0, log_2p = 0;
    int start = (int)ceil(root * root) + 2 * p;
    rho = (sqrt(a * a + 4.0 * start) - a) / 2;
    for (int q = start; q >= 1; q--) {
        rho = q / (a + rho);
        if (q <= 2 * p)
            log_2p += log(rho);
        if (q <= p)
            log_p += log(rho);
    }
    double log_j0 = -log(a + rho); /* J_1 = 1 + r J_0 */
    return exp(-a * a / 4 - log(2 * M_PI) / 4 + (log_p + log_j0) - (log_2p + log_j0) / 2);
}

double focus_limit(struct focus_map map, double beta, double gamma)
{
    if (!(gamma >= 0) || !isfinite(beta) || !isfinite(gamma))
        return NAN;
    if (map.kind == FOCUS_EXP)
        return exp(-gamma * gamma / 2);
    if (gamma == 0)
        return beta > 0 || (map.kind == FOCUS_IDENTITY && beta < 0) ? 1 : NAN;
    double r = beta / gamma;
    if (map.kind == FOCUS_RELU)
        return relu_limit(map.power, r);
    r = fabs(r);
    return r > 1e12 ? 1 : (sqrt(M_2_PI) * exp(-r * r / 2) + r * erf(r / M_SQRT2)) / sqrt(1 + r * r);
}

/* exp(log_integrand(x) - peak) over [low, high] with a break at `mode`; returns log of the integral. */
struct log_moment {
    double q, slope; /* q log x + slope x - x^2/2 */
    double peak;
};

static double log_moment_integrand(double x, void *parameters)
{
    const struct log_moment *m = parameters;
    double power = m->q > 0 ? (x > 0 ? m->q * log(x) : -INFINITY) : 0;
    return exp(power + m->slope * x - x * x / 2 - m->peak);
}

static double log_moment(double q, double slope, double low, double *relative)
{
    double mode = q > 0 ? (slope > 0 ? (slope + sqrt(slope * slope + 4 * q)) / 2
                                     : 2 * q / (sqrt(slope * slope + 4 * q) - slope))
                        : fmax(slope, low);
    /* the integrand is log-concave with curvature of at least 1 and q/mode^2 */
    double width = 40 / sqrt(1 + q / (mode * mode)), far = mode + fmin(width * 4, 40);
    struct log_moment m = {q, slope, (q > 0 ? q * log(mode) : 0) + slope * mode - mode * mode / 2};
    gsl_function f = {log_moment_integrand, &m};
    gsl_integration_workspace *work = gsl_integration_workspace_alloc(200);
    double from = fmax(low, mode - 40), sum = 0, error = 0;
    const double breaks[] = {from, mode, far};
    for (int i = 0; i < 2; i++) {
        double part = 0, part_error = 0;
        if (breaks[i + 1] > breaks[i])
            gsl_integration_qag(&f, breaks[i], breaks[i + 1], 0, 1e-13, 200, GSL_INTEG_GAUSS61, work, &part,
                                &part_error);
        sum += part;
        error += part_error;
    }
    gsl_integration_workspace_free(work);
    *relative += error / sum + 4 * DBL_EPSILON * (1 + fabs(m.peak));
    return log(sum) + m.peak;
}

/* log of int_0^inf x^q phi(x - r) dx. */
static double log_relu_moment(double q, double r, double *relative)
{
    *relative += DBL_EPSILON * r * r;
    return log_moment(q, r, 0, relative) - r * r / 2 - log(2 * M_PI) / 2;
}

static double log_add(double a, double b)
{
    return fmax(a, b) + log1p(exp(-fabs(a - b)));
}

struct softmax_value focus_limit_quadrature(struct focus_map map, double beta, double gamma)
{
    if (!(gamma > 0) || !isfinite(beta) || !isfinite(gamma))
        return (struct softmax_value){focus_limit(map, beta, gamma), 0};
    double relative[2] = {0, 0}, moment[2];
    for (int k = 1; k <= 2; k++) {
        double *e = &relative[k - 1], r = beta / gamma, log_gamma = log(gamma);
        switch (map.kind) {
        case FOCUS_EXP:
            moment[k - 1] = k * beta + log_moment(0, k * gamma, k * gamma - 40, e) - log(2 * M_PI) / 2;
            *e += DBL_EPSILON * fabs(k * beta);
            break;
        case FOCUS_IDENTITY:
            moment[k - 1] = k * log_gamma + log_add(log_relu_moment(k, r, e), log_relu_moment(k, -r, e));
            break;
        default: moment[k - 1] = k * map.power * log_gamma + log_relu_moment(k * map.power, r, e);
        }
        *e += DBL_EPSILON * fabs(moment[k - 1]);
    }
    double value = exp(moment[0] - moment[1] / 2);
    return (struct softmax_value){value, value * (relative[0] + relative[1] / 2)};
}

double focus_relu2_printed(double beta, double gamma)
{
    double b2 = beta * beta, g2 = gamma * gamma, E = exp(-b2 / (2 * g2)),
           R = 1 + erf(beta / (M_SQRT2 * gamma));
    double above = E * (M_SQRT2 * beta * gamma + sqrt(M_PI) * (b2 + g2) * R / E);
    double below = 2 * M_SQRT2 * beta * gamma * (b2 + 5 * g2) * E +
                   2 * sqrt(M_PI) * (b2 * b2 + 6 * b2 * g2 + 3 * g2 * g2) * R;
    return above / (pow(M_PI, 0.25) * sqrt(below));
}

double focus_relu2_tail(double r)
{
    return 2 * exp(-r * r / 4) / pow(2 * M_PI, 0.25) / sqrt(24 * fabs(r));
}

/* ---- n scores ---- */

/* The law of |x|: log |x| on a lattice with probabilities, and the probability of 0. */
struct nodes {
    size_t count;
    double *log_x, *weight;
    double atom, low, high; /* range of log_x */
};

static struct nodes nodes_alloc(struct focus_map map, double beta, double gamma, double coarse)
{
    struct nodes d = {0};
    double r = beta / gamma, h, from, to;
    if (map.kind == FOCUS_EXP) { /* eps from -10 to 10, tilted by gamma */
        h = coarse * fmin(0.25, 1 / (8 * gamma));
        from = -10;
        to = 10 + gamma;
    } else { /* y = log |eps + r| */
        h = coarse / (8 * map.power);
        from = -45;
        to = log(fabs(r) + 12);
    }
    d.count = (size_t)ceil((to - from) / h) + 1;
    d.log_x = base_alloc(d.count, sizeof *d.log_x);
    d.weight = base_alloc(d.count, sizeof *d.weight);
    double total = 0;
    for (size_t i = 0; i < d.count; i++) {
        double y = from + (double)i * h, x = exp(y);
        if (map.kind == FOCUS_EXP) {
            d.log_x[i] = gamma * (y - gamma / 2); /* the scale is of no matter: near 0 where it counts */
            d.weight[i] = h * gsl_ran_ugaussian_pdf(y);
        } else {
            d.log_x[i] = map.power * y;
            d.weight[i] = h * x * gsl_ran_ugaussian_pdf(x - r);
            if (map.kind == FOCUS_IDENTITY)
                d.weight[i] += h * x * gsl_ran_ugaussian_pdf(x + r);
        }
        total += d.weight[i];
    }
    d.atom = map.kind == FOCUS_RELU ? erfc(r / M_SQRT2) / 2 : 0;
    d.low = d.log_x[0];
    d.high = d.log_x[d.count - 1];
    for (size_t i = 0; i < d.count; i++)
        d.weight[i] *= (map.kind == FOCUS_RELU ? erfc(-r / M_SQRT2) / 2 : 1) / total;
    return d;
}

static double mean_once(const struct nodes *d, double n, double coarse)
{
    double h = 0.25 * coarse, sum = 0, from = -2 * d->high - 90, to = -2 * d->low + 90, peak = 0;
    for (double v = h * floor(from / h); v < to; v += h) {
        double gone = 0, stays = d->atom, first = 0;
        for (size_t i = 0; i < d->count; i++) {
            double c = exp(v + 2 * d->log_x[i]);
            if (c > 745) { /* ascending: all later ones are gone, too */
                for (; i < d->count; i++)
                    gone += d->weight[i];
                break;
            }
            double left = exp(-c);
            gone += d->weight[i] * (c < 0.1 ? -expm1(-c) : 1 - left);
            stays += d->weight[i] * left;
            first += d->weight[i] * left * sqrt(c);
        }
        double log_m = gone < 0.5 ? log1p(-gone) : log(stays),
               term = n > 1 ? first * exp((n - 1) * log_m) : first;
        sum += term;
        peak = fmax(peak, term);
        if (v > -2 * d->high && term < 1e-22 * peak)
            break;
    }
    double all_zero = d->atom > 0 ? exp(n * log(d->atom)) : 0;
    return sqrt(n / M_PI) * h * sum / (1 - all_zero);
}

struct softmax_value focus_mean(struct focus_map map, double beta, double gamma, double n)
{
    if (!(n >= 1) || !isfinite(n) || !(gamma >= 0) || !isfinite(gamma) || !isfinite(beta))
        return (struct softmax_value){NAN, NAN};
    if (gamma == 0)
        return (struct softmax_value){focus_limit(map, beta, 0), 0};
    double value[2];
    for (int i = 0; i < 2; i++) {
        struct nodes d = nodes_alloc(map, beta, gamma, i ? 2 : 1);
        value[i] = mean_once(&d, n, i ? 2 : 1);
        free(d.log_x);
        free(d.weight);
    }
    return (struct softmax_value){value[0], fabs(value[0] - value[1]) + 1e-14 * value[0]};
}

double focus_squared_bias(const double m[4])
{
    double a = m[0], b = m[1], v11 = b - a * a, v12 = m[2] - a * b, v22 = m[3] - b * b;
    return v11 / (a * a) - 2 * v12 / (a * b) + v22 / (b * b);
}

/* ---- decay ---- */

double focus_decay(double lambda, double n)
{
    if (lambda == 1)
        return 1;
    double log_n = n * log(lambda);
    return sqrt(-expm1(log_n) * (1 + lambda) / (n * (1 - lambda) * (1 + exp(log_n))));
}

double focus_decay_bound(double lambda, double n)
{
    return sqrt((1 + lambda) / (n * (1 - lambda) * (1 + pow(lambda, n))));
}

static double gated_once(double lambda, size_t n, double h)
{
    double sum = 0, peak = 0;
    for (double v = -90; v < 200; v += h) {
        double log_p = 0, one = 0, two = 0, u = exp(v), a = 1;
        for (size_t j = 0; j < n && a > 1e-20; j++, a *= lambda) {
            double c = 1 + 2 * u * a * a;
            log_p -= log(c) / 2;
            one += a / sqrt(c);
            two += a * a / c;
        }
        double term = u * exp(log_p) * (M_2_PI * one * one + (1 - M_2_PI) * two);
        sum += term;
        peak = fmax(peak, term);
        if (v > 0 && term < 1e-20 * peak)
            break;
    }
    return h * sum / (double)n;
}

struct softmax_value focus_gated_squared(double lambda, double n)
{
    double fine = gated_once(lambda, (size_t)n, 0.25), coarse = gated_once(lambda, (size_t)n, 0.5);
    return (struct softmax_value){fine, fabs(fine - coarse) + 1e-13 * fine};
}

/* sum_{j<n} lambda^(kj). */
static double geometric(double lambda, double n, int k)
{
    return lambda == 1 ? n : expm1(k * n * log(lambda)) / expm1(k * log(lambda));
}

double focus_gated_squared_series(double lambda, double n)
{
    /* |eps|: m1 = sqrt(2/pi), m2 = 1, m3 = 2 m1, m4 = 3 */
    double s1 = geometric(lambda, n, 1), s2 = geometric(lambda, n, 2), s3 = geometric(lambda, n, 3),
           s4 = geometric(lambda, n, 4);
    double order = (M_PI_2 - 1) * s2 / (s1 * s1) - 2 * s3 / (s1 * s2) + 2 * s4 / (s2 * s2);
    return M_2_PI * s1 * s1 / (n * s2) * (1 + order);
}

/* ---- linear attention ---- */

struct taylor {
    int M, power, factorials;
    double gamma;
};

static double taylor_value(const struct taylor *t, double z)
{
    double sum = 1;
    for (int m = t->M; m >= 1; m--)
        sum = 1 + sum * z / (t->factorials ? m : 1);
    return sum;
}

static double taylor_integrand(double x, void *parameters)
{
    const struct taylor *t = parameters;
    double y = fabs(taylor_value(t, t->gamma * x));
    return (t->power == 1 ? y : y * y) * gsl_ran_ugaussian_pdf(x);
}

struct softmax_value focus_taylor(int M, double gamma, int factorials)
{
    struct taylor t = {M, 1, factorials, gamma};
    /* of odd degree it has one real zero, in (-M - 1, 0): a kink of |T| */
    double root = 0;
    if (M % 2 && gamma > 0) {
        double low = -M - 1.0, high = 0;
        for (int i = 0; i < 200 && high - low > 0; i++) {
            double middle = (low + high) / 2;
            if (middle == low || middle == high)
                break;
            *(taylor_value(&t, middle) < 0 ? &low : &high) = middle;
        }
        root = high / gamma;
    }
    double end = 12 + 2 * gamma + sqrt(4.0 * M), moment[2], error[2];
    gsl_integration_workspace *work = gsl_integration_workspace_alloc(500);
    for (int k = 0; k < 2; k++) {
        t.power = k + 1;
        gsl_function f = {taylor_integrand, &t};
        double breaks[] = {-end, fmax(root, -end), end};
        moment[k] = error[k] = 0;
        for (int i = 0; i < 2; i++) {
            double part = 0, part_error = 0;
            if (breaks[i + 1] > breaks[i])
                gsl_integration_qag(&f, breaks[i], breaks[i + 1], 0, 1e-12, 500, GSL_INTEG_GAUSS61, work,
                                    &part, &part_error);
            moment[k] += part;
            error[k] += part_error;
        }
    }
    gsl_integration_workspace_free(work);
    double value = moment[0] / sqrt(moment[1]);
    return (struct softmax_value){value, value * (error[0] / moment[0] + error[1] / (2 * moment[1]) + 1e-14)};
}

double focus_norm_ratio(const double *q, size_t d)
{
    return 1 / (sqrt((double)d) * focus_index(q, d));
}

int focus_feature_moments(const char *name, double m[4])
{
    double p;
    if (strcmp(name, "relu") == 0) {
        double half = sqrt(M_2_PI) / 2;
        memcpy(m, (const double[]){half, 0.5, 2 * half, 1.5}, 4 * sizeof *m);
    } else if (strcmp(name, "sq") == 0) {
        memcpy(m, (const double[]){1, 3, 15, 105}, 4 * sizeof *m);
    } else if (strcmp(name, "exp") == 0 ||
               (strncmp(name, "lognormal:", 10) == 0 && !base_parse_real(name + 10, &p))) {
        double s = *name == 'e' ? 1 : p;
        if (!(s > 0))
            return -1;
        for (int j = 1; j <= 4; j++)
            m[j - 1] = exp(j * j * s * s / 2);
    } else if (strncmp(name, "bernoulli:", 10) == 0 && !base_parse_real(name + 10, &p) && p > 0 && p <= 1) {
        for (int j = 0; j < 4; j++)
            m[j] = p;
    } else {
        return -1;
    }
    return 0;
}

void focus_sum_moments(const double m[4], const double *q, size_t d, double out[4])
{
    double k1 = m[0], k2 = m[1] - k1 * k1, k3 = m[2] - 3 * m[1] * k1 + 2 * k1 * k1 * k1;
    double c4 = m[3] - 4 * m[2] * k1 + 6 * m[1] * k1 * k1 - 3 * gsl_pow_4(k1), k4 = c4 - 3 * k2 * k2;
    double s[5] = {0};
    for (size_t i = 0; i < d; i++)
        for (int j = 1; j <= 4; j++)
            s[j] += gsl_pow_int(q[i], j);
    k1 *= s[1];
    k2 *= s[2];
    k3 *= s[3];
    k4 *= s[4];
    out[0] = k1;
    out[1] = k2 + k1 * k1;
    out[2] = k3 + 3 * k2 * k1 + k1 * k1 * k1;
    out[3] = k4 + 4 * k3 * k1 + 3 * k2 * k2 + 6 * k2 * k1 * k1 + gsl_pow_4(k1);
}
