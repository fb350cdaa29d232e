/* Mixtures in one dimension: posteriors, quadrature, and chains on a grid. */
#include "dvar.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <gsl/gsl_math.h>

#include "base.h"
#include "rng.h"

/* ---- the law ---- */

int dvar_mixture_parse(const char *text, struct dvar_mixture *mixture, char **why)
{
    size_t n = 0, means = 0, sds = 0;
    *mixture = (struct dvar_mixture){0};
    *why = NULL;
    char *weight = base_copy(text), *mean = strchr(weight, ':'), *sd = mean ? strchr(mean + 1, ':') : NULL;
    if (!sd) {
        *why =
            base_format("mixture '%.60s'; give WEIGHTS:MEANS:DEVIATIONS, such as 0.3/0.7:-1/1:0.1/0.2", text);
    } else {
        *mean++ = *sd++ = '\0';
        if (!dvar_list_parse(weight, &mixture->weight, &n, why) &&
            !dvar_list_parse(mean, &mixture->mean, &means, why))
            dvar_list_parse(sd, &mixture->sd, &sds, why);
    }
    free(weight);
    mixture->n = *why ? 0 : n;
    double total = 0;
    if (!*why && (means != n || sds != n))
        *why = base_format("%zu weights, %zu means, %zu standard deviations; give as many of each", n, means,
                           sds);
    for (size_t j = 0; j < n && !*why; j++) {
        if (!(mixture->weight[j] > 0))
            *why = base_format("weight %g; weights must be positive", mixture->weight[j]);
        else if (!(mixture->sd[j] >= 0))
            *why = base_format("standard deviation %g; it must not be negative", mixture->sd[j]);
        total += mixture->weight[j];
    }
    if (!*why && !(fabs(total - 1) <= 1e-9))
        *why = base_format("weights sum to %.12g; they must sum to 1", total);
    for (size_t j = 0; j < n && !*why; j++)
        mixture->weight[j] /= total;
    if (*why) {
        dvar_mixture_free(mixture);
        return -1;
    }
    return 0;
}

void dvar_mixture_free(struct dvar_mixture *mixture)
{
    free(mixture->weight);
    free(mixture->mean);
    free(mixture->sd);
    *mixture = (struct dvar_mixture){0};
}

double dvar_mixture_mean(const struct dvar_mixture *mixture)
{
    double sum = 0;
    for (size_t j = 0; j < mixture->n; j++)
        sum += mixture->weight[j] * mixture->mean[j];
    return sum;
}

double dvar_mixture_variance(const struct dvar_mixture *mixture)
{
    double mean = dvar_mixture_mean(mixture), sum = 0;
    for (size_t j = 0; j < mixture->n; j++) {
        double away = mixture->mean[j] - mean;
        sum += mixture->weight[j] * (mixture->sd[j] * mixture->sd[j] + away * away);
    }
    return sum;
}

/* Variance of component j of x_t. */
static double component_variance(const struct dvar_mixture *mixture, double ab, double bb2, size_t j)
{
    return ab * ab * mixture->sd[j] * mixture->sd[j] + bb2;
}

/* log of weight_j N(x; ab mean_j, V_j) without the factor 1/sqrt(2 pi) */
static double component_log(const struct dvar_mixture *mixture, double ab, double bb2, double x, size_t j)
{
    double v = component_variance(mixture, ab, bb2, j), away = x - ab * mixture->mean[j];
    return log(mixture->weight[j]) - 0.5 * log(v) - 0.5 * away * away / v;
}

struct dvar_posterior dvar_mixture_posterior(const struct dvar_mixture *mixture, double ab, double bb2,
                                             double x)
{
    double top = -INFINITY;
    for (size_t j = 0; j < mixture->n; j++)
        top = fmax(top, component_log(mixture, ab, bb2, x, j));
    /* running weighted moments, so that the spread of the components' means is a sum of squares */
    double total = 0, mean = 0, within = 0, between = 0;
    for (size_t j = 0; j < mixture->n; j++) {
        double r = exp(component_log(mixture, ab, bb2, x, j) - top), v0 = mixture->sd[j] * mixture->sd[j];
        double m = mixture->mean[j] + dvar_gauss_gain(v0, ab, bb2) * (x - ab * mixture->mean[j]),
               away = m - mean;
        if (!(r > 0))
            continue;
        within += r * dvar_gauss_variance(v0, ab, bb2);
        between += r * total / (total + r) * away * away;
        total += r;
        mean += away * r / total;
    }
    return (struct dvar_posterior){
        .mean = mean, .variance = (within + between) / total, .density = total * exp(top) / sqrt(2 * M_PI)};
}

double dvar_mixture_density(const struct dvar_mixture *mixture, double ab, double bb2, double x)
{
    double sum = 0;
    for (size_t j = 0; j < mixture->n; j++)
        sum += exp(component_log(mixture, ab, bb2, x, j));
    return sum / sqrt(2 * M_PI);
}

double dvar_mixture_tail(const struct dvar_mixture *mixture, double ab, double bb2, double x, int sign)
{
    double sum = 0;
    for (size_t j = 0; j < mixture->n; j++) {
        double z = (x - ab * mixture->mean[j]) / sqrt(component_variance(mixture, ab, bb2, j));
        sum += mixture->weight[j] * 0.5 * erfc(-sign * z * M_SQRT1_2);
    }
    return sum;
}

void dvar_mixture_range(const struct dvar_mixture *mixture, double ab, double bb2, double width, double *low,
                        double *high)
{
    *low = INFINITY;
    *high = -INFINITY;
    for (size_t j = 0; j < mixture->n; j++) {
        double sd = sqrt(component_variance(mixture, ab, bb2, j));
        *low = fmin(*low, ab * mixture->mean[j] - width * sd);
        *high = fmax(*high, ab * mixture->mean[j] + width * sd);
    }
}

double dvar_mixture_quantile(const struct dvar_mixture *mixture, double ab, double bb2, double p, double q,
                             double guess)
{
    int sign = p <= q ? 1 : -1;
    double want = p <= q ? p : q, low, high;
    dvar_mixture_range(mixture, ab, bb2, 40, &low, &high); /* beyond it no double is left of a tail */
    if (!(want > 0))
        return sign > 0 ? low : high;
    double x = guess > low && guess < high ? guess : 0.5 * (low + high);
    for (int i = 0; i < 200; i++) { /* Newton, and bisection where it leaves the bracket */
        double off = sign * (dvar_mixture_tail(mixture, ab, bb2, x, sign) - want);
        if (off > 0)
            high = x;
        else
            low = x;
        double next = x - off / dvar_mixture_density(mixture, ab, bb2, x);
        if (!(next > low && next < high))
            next = 0.5 * (low + high);
        if (fabs(next - x) <= 1e-15 * (1 + fabs(x)))
            return next;
        x = next;
    }
    return x;
}

/* ---- expectations ---- */

double dvar_mixture_expect(const struct dvar_mixture *mixture, double ab, double bb2,
                           double (*f)(double x, const struct dvar_posterior *posterior,
                                       const void *parameters),
                           const void *parameters, double *error)
{
    const long points_max = 1L << 23;
    double low, high, finest = INFINITY;
    dvar_mixture_range(mixture, ab, bb2, 9, &low, &high); /* both tails of a normal beyond 9: 2e-19 */
    for (size_t j = 0; j < mixture->n; j++)
        finest = fmin(finest, sqrt(component_variance(mixture, ab, bb2, j)));
    if (!((high - low) / finest * 2 < (double)points_max))
        base_die(BASE_RUN_FAILED, "mixture: standard deviations from %g on a range of %g are too different",
                 finest, high - low);
    /* The trapezoidal rule converges geometrically, since the integrand is analytic near the line: double
     * until it stands still. The first step, half the finest standard deviation, misses no peak. */
    long n = (long)ceil((high - low) / finest * 2);
    double step = (high - low) / (double)n, sum = 0, size = 0, value = 0, last, change = INFINITY, before;
    for (int round = 0;; round++) {
        for (long i = round ? 1 : 0; i <= n; i += round ? 2 : 1) {
            double x = low + (double)i * step;
            struct dvar_posterior posterior = dvar_mixture_posterior(mixture, ab, bb2, x);
            double y = posterior.density > 0 ? posterior.density * f(x, &posterior, parameters) : 0;
            sum += y;
            size += fabs(y);
        }
        last = value;
        value = sum * step;
        before = change;
        change = round ? fabs(value - last) : (double)INFINITY;
        /* settled, or down to the rounding errors of f, which may be far larger than those of the sum */
        if (change <= 4e-15 * size * step || (change <= 1e-11 * size * step && change > 0.25 * before))
            break;
        if (2 * n > points_max)
            base_die(BASE_RUN_FAILED, "mixture: quadrature does not settle, %.17g and %.17g", last, value);
        n *= 2;
        step /= 2;
    }
    if (error)
        *error = change + 1e-15 * size * step;
    return value;
}

static double posterior_variance(double x, const struct dvar_posterior *posterior, const void *unused)
{
    (void)x;
    (void)unused;
    return posterior->variance;
}

double dvar_mixture_mmse(const struct dvar_mixture *mixture, double ab, double bb2, double *error)
{
    return dvar_mixture_expect(mixture, ab, bb2, posterior_variance, NULL, error);
}

static double surprise(double x, const struct dvar_posterior *posterior, const void *unused)
{
    (void)x;
    (void)unused;
    return -log(posterior->density);
}

double dvar_mixture_entropy(const struct dvar_mixture *mixture, double ab, double bb2)
{
    return dvar_mixture_expect(mixture, ab, bb2, surprise, NULL, NULL);
}

/* ---- draws ---- */

void dvar_mixture_draw(const struct dvar_mixture *mixture, gsl_rng *rng, double ab, double bb2, size_t n,
                       double *x0, double *e, double *x)
{
    double bb = sqrt(bb2);
    for (size_t i = 0; i < n; i++) {
        double u = gsl_rng_uniform(rng);
        size_t j = 0;
        while (j + 1 < mixture->n && u >= mixture->weight[j])
            u -= mixture->weight[j++];
        double point = mixture->mean[j] + mixture->sd[j] * rng_normal(rng);
        if (x0)
            x0[i] = point;
        e[i] = rng_normal(rng);
        x[i] = ab * point + bb * e[i];
    }
}

/* ---- chains on a grid ---- */

/* Adds weight N(x_k; mean, sd^2) to out[k] from node `first` on, in direction +-1, up to `count` nodes. The
 * ratio of neighbours of a normal on a grid itself changes by a constant factor, so a node takes two
 * multiplications; begun next to the mean and going outwards, so that nothing grows. */
static void kernel_add(double *out, double weight, double offset, double step, double sd, long count,
                       int direction)
{
    double z = offset / sd, dz = step / sd, value = weight * exp(-0.5 * z * z);
    double ratio = exp(-dz * (z + 0.5 * dz)), factor = exp(-dz * dz);
    for (long k = 0; k < count; k++) {
        out[direction * k] += value;
        value *= ratio;
        ratio *= factor;
    }
}

void dvar_grid_push(const struct dvar_grid *from, const double *p, const double *mean, const double *sd,
                    const struct dvar_grid *to, double *out, double *cdf, double *tail)
{
    const double width = 12;
    long n = (long)to->n;
    memset(out, 0, to->n * sizeof *out);
    if (cdf) {
        memset(cdf, 0, to->n * sizeof *cdf);
        memset(tail, 0, to->n * sizeof *tail);
    }
    for (size_t i = 0; i < from->n; i++) {
        double mass = from->step * p[i];
        if (!(mass > 0))
            continue;
        double centre = (mean[i] - to->low) / to->step, span = width * sd[i] / to->step;
        /* the nodes within reach: first..below on the left of the centre, above..last on its right */
        long first = (long)fmin(fmax(ceil(centre - span), 0), (double)n);
        long last = (long)fmax(fmin(floor(centre + span), (double)(n - 1)), -1);
        long above = (long)fmin(fmax(ceil(centre), 0), (double)n), below = above - 1;
        double weight = mass / (sd[i] * sqrt(2 * M_PI));
        if (above <= last)
            kernel_add(out + above, weight, ((double)above - centre) * to->step, to->step, sd[i],
                       last - above + 1, 1);
        if (below >= first)
            kernel_add(out + below, weight, (centre - (double)below) * to->step, to->step, sd[i],
                       below - first + 1, -1);
        if (!cdf)
            continue;
        for (long k = 0; k < first; k++)
            tail[k] += mass;
        for (long k = first; k <= last; k++) {
            double z = ((double)k - centre) * to->step / sd[i] * M_SQRT1_2;
            cdf[k] += mass * 0.5 * erfc(-z);
            tail[k] += mass * 0.5 * erfc(z);
        }
        for (long k = last + 1; k < n; k++)
            cdf[k] += mass;
    }
}
