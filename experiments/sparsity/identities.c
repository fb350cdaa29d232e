/* Do the identities and bounds between indices of sparsity hold, on vectors of every kind?
 *
 * Source: kexue.fm/archives/9595, eq. 1-18. Each check draws a vector and returns by how much its statement
 * is missed, relative to what it bounds; a cell keeps the worst of many trials. The statements are theorems:
 * what is measured is rounding, and whether the statement was written down correctly. The control leaves one
 * factor out of each.
 * Finding: all hold, with three corrections of the source: eq. 18 lacks a root, eq. 17 holds without zeros
 * only, and l2 decay leaves S exactly where it was.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "lab.h"
#include "softmax.h"
#include "sparsity.h"

enum { X_MAX = 3 * SPARSITY_DRAWN_MAX + 1 };

/* A vector, room for changed copies of it, and a generator for parameters. */
struct trial {
    double x[X_MAX], y[X_MAX], work[X_MAX];
    size_t n;
    gsl_rng *rng;
    int wrong; /* the control: one factor is left out */
};

static double relative(double a, double b)
{
    return a == b ? 0 : fabs(a - b) / fmax(fabs(a), fabs(b));
}

/* By how much low <= x <= high is missed. */
static double outside(double low, double x, double high)
{
    return fmax(0, fmax(low - x, x - high) / fmax(1e-300, fabs(x)));
}

static double between(struct trial *t, double low, double high)
{
    return low + (high - low) * gsl_rng_uniform(t->rng);
}

/* Orders q < p, both from 1/4 to 10. */
static void draw_orders(struct trial *t, double *q, double *p)
{
    double a = exp(between(t, log(0.25), log(10))), b = exp(between(t, log(0.25), log(10)));
    *q = fmin(a, b), *p = fmax(a, b) + 1e-3;
}

static void scale_into_y(struct trial *t, double factor)
{
    for (size_t i = 0; i < t->n; i++)
        t->y[i] = factor * t->x[i];
}

/* 1/n <= S_0 <= 1, with equality for one entry alone and for a constant. */
static double s0_range(struct trial *t)
{
    double n = (double)t->n, low = t->wrong ? 1 : 1 / n;
    double missed = outside(low, sparsity_ratio(t->x, t->n, 1, INFINITY), 1);
    for (size_t i = 0; i < t->n; i++)
        t->y[i] = t->x[0] + 1;
    missed = fmax(missed, relative(sparsity_ratio(t->y, t->n, 1, INFINITY), 1));
    memset(t->y + 1, 0, (t->n - 1) * sizeof *t->y);
    return fmax(missed, relative(sparsity_ratio(t->y, t->n, 1, INFINITY), low));
}

/* The indices do not see a factor: S_0, S_{1,p}, S*_{q,p}, N_k, Gini, Hoyer (the control takes
 * mean/logsumexp). */
static double scaling(struct trial *t)
{
    double q, p;
    draw_orders(t, &q, &p);
    scale_into_y(t, exp(between(t, -8, 8)));
    if (t->wrong)
        return relative(sparsity_mean_over_logsumexp(t->x, t->n, 1),
                        sparsity_mean_over_logsumexp(t->y, t->n, 1));
    double a = relative(sparsity_ratio(t->x, t->n, 1, INFINITY), sparsity_ratio(t->y, t->n, 1, INFINITY));
    a = fmax(a, relative(sparsity_mean_over_norm(t->x, t->n, p), sparsity_mean_over_norm(t->y, t->n, p)));
    a = fmax(a, relative(sparsity_ratio(t->x, t->n, q, p), sparsity_ratio(t->y, t->n, q, p)));
    a = fmax(a, relative(softmax_effective_number(t->x, t->n, q), softmax_effective_number(t->y, t->n, q)));
    a = fmax(a, fabs(sparsity_gini(t->x, t->n, t->work) - sparsity_gini(t->y, t->n, t->work)));
    return fmax(a, fabs(sparsity_hoyer(t->x, t->n) - sparsity_hoyer(t->y, t->n)));
}

/* mean/logsumexp does see a factor: for c -> 0 it is c mean/log n (the control takes it for unchanged). */
static double lse_scaling(struct trial *t)
{
    double c = 1e-9 / sparsity_norm(t->x, t->n, INFINITY), n = (double)t->n;
    scale_into_y(t, c);
    double small = c * sparsity_norm(t->x, t->n, 1) / n / log(n),
           got = sparsity_mean_over_logsumexp(t->y, t->n, 1);
    return relative(got, t->wrong ? sparsity_mean_over_logsumexp(t->x, t->n, 1) : small);
}

/* max <= l_p <= n^{1/p} max, so S_{1,p} and S*_{1,p} tend to S_0: 1 <= S_0/S_{1,p}, S*_{1,p}/S_0 <=
 * n^{1/p}. */
static double norm_bounds(struct trial *t)
{
    double p = exp(between(t, 0, log(1000))), most = t->wrong ? 1 : pow((double)t->n, 1 / p);
    double top = sparsity_norm(t->x, t->n, INFINITY), s0 = sparsity_ratio(t->x, t->n, 1, INFINITY);
    double missed = outside(top, sparsity_norm(t->x, t->n, p), most * top);
    missed = fmax(missed, outside(1, s0 / sparsity_mean_over_norm(t->x, t->n, p), most));
    return fmax(missed, outside(1, sparsity_ratio(t->x, t->n, 1, p) / s0, most));
}

/* n^{1/p-1/q} <= S*_{q,p} <= 1, and S*_{1,p} does not increase in p (the control: without the means' n). */
static double ratio_range(struct trial *t)
{
    double q, p, n = (double)t->n;
    draw_orders(t, &q, &p);
    double s =
        sparsity_norm(t->x, t->n, q) / sparsity_norm(t->x, t->n, p) * (t->wrong ? 1 : pow(n, 1 / p - 1 / q));
    double missed = fmax(relative(s, sparsity_ratio(t->x, t->n, q, p)), outside(pow(n, 1 / p - 1 / q), s, 1));
    return fmax(missed,
                outside(0, sparsity_ratio(t->x, t->n, 1, 2 + p), sparsity_ratio(t->x, t->n, 1, 2 + q)));
}

/* sum x^{k+1} / sum x^k lies between M_{k+1} and the maximum; for k = 1 the mean over it is S^2. */
static double smooth_max(struct trial *t)
{
    double k = between(t, 0.25, 8);
    double log_ratio = (k + 1) * sparsity_log_mean(t->x, t->n, k + 1) - k * sparsity_log_mean(t->x, t->n, k);
    double missed = outside(exp(sparsity_log_mean(t->x, t->n, k + 1)), exp(log_ratio),
                            sparsity_norm(t->x, t->n, INFINITY));
    double sum = 0, squares = 0, s = sparsity_ratio(t->x, t->n, 1, 2);
    for (size_t i = 0; i < t->n; i++) {
        sum += t->x[i];
        squares += t->x[i] * t->x[i];
    }
    return fmax(missed, relative(sum / (double)t->n / (squares / sum), t->wrong ? s : s * s));
}

/* m copies of x: S_{1,p} is multiplied by m^{-1/p}. */
static double cloning(struct trial *t)
{
    double p = between(t, 1, 8);
    size_t m = 2 + gsl_rng_uniform_int(t->rng, 2);
    for (size_t c = 0; c < m; c++)
        memcpy(t->y + c * t->n, t->x, t->n * sizeof *t->x);
    double factor = t->wrong ? 1 : pow((double)m, -1 / p);
    return relative(sparsity_mean_over_norm(t->y, m * t->n, p),
                    factor * sparsity_mean_over_norm(t->x, t->n, p));
}

/* Without 1/n, l1/l2: a zero more changes nothing, a copy multiplies by the root of 2. */
static double without_n(struct trial *t)
{
    memcpy(t->y, t->x, t->n * sizeof *t->x);
    t->y[t->n] = 0;
    double s = sparsity_norm(t->x, t->n, 1) / sparsity_norm(t->x, t->n, 2);
    double missed = relative(sparsity_norm(t->y, t->n + 1, 1) / sparsity_norm(t->y, t->n + 1, 2), s);
    memcpy(t->y + t->n, t->x, t->n * sizeof *t->x);
    double twice = sparsity_norm(t->y, 2 * t->n, 1) / sparsity_norm(t->y, 2 * t->n, 2);
    return fmax(missed, relative(twice, (t->wrong ? 1 : M_SQRT2) * s));
}

/* One entry alone, of any size: S*_{q,p} = n^{1/p-1/q}, so P1 cannot be met there. */
static double one_hot(struct trial *t)
{
    double q, p;
    draw_orders(t, &q, &p);
    memset(t->y, 0, t->n * sizeof *t->y);
    t->y[gsl_rng_uniform_int(t->rng, t->n)] = exp(between(t, -20, 20));
    return relative(sparsity_ratio(t->y, t->n, q, p), pow((double)t->n, 1 / p - (t->wrong ? 0 : 1 / q)));
}

/* cos(sign x, x) = S sqrt(n / nonzeros) (the control, eq. 17: without the root, right when no entry is 0). */
static double cosine(struct trial *t)
{
    double dot = 0, squares = 0, nonzero = 0;
    for (size_t i = 0; i < t->n; i++) {
        double x = gsl_rng_uniform(t->rng) < 0.5 ? -t->x[i] : t->x[i], sign = (x > 0) - (x < 0);
        dot += sign * x;
        squares += x * x;
        nonzero += sign * sign;
    }
    double factor = t->wrong ? 1 : sqrt((double)t->n / nonzero);
    return relative(dot / sqrt(squares * nonzero), factor * sparsity_ratio(t->x, t->n, 1, 2));
}

static double signal_to_noise(const double *x, size_t n)
{
    struct stats_moments m = {0};
    for (size_t i = 0; i < n; i++)
        stats_moments_push(&m, x[i]);
    return m.mean * m.mean / (m.m2 / (double)n);
}

/* S = 1 / sqrt(1 + Var/mean^2) with the variance over n (the control, as printed in eq. 18: without the
 * root). */
static double noise_form(struct trial *t)
{
    double inverse = 1 + 1 / signal_to_noise(t->x, t->n);
    return relative(t->wrong ? 1 / inverse : 1 / sqrt(inverse), sparsity_ratio(t->x, t->n, 1, 2));
}

/* S^2 = SNR / (1 + SNR), so S orders vectors as their signal-to-noise ratio does. */
static double noise_order(struct trial *t)
{
    double snr = signal_to_noise(t->x, t->n), s = sparsity_ratio(t->x, t->n, 1, 2);
    size_t m = sparsity_vector_draw(t->rng, gsl_rng_uniform_int(t->rng, SPARSITY_KINDS), t->y);
    double other = signal_to_noise(t->y, m), gap = snr - other;
    if (t->wrong) /* the noise alone */
        gap = snr * (double)t->n - other * (double)m;
    double missed = relative(s * s, snr / (1 + snr));
    if (fabs(snr - other) > 1e-9 * snr && gap * (s - sparsity_ratio(t->y, m, 1, 2)) <= 0)
        missed = 1;
    return missed;
}

/* A step of l2 decay x -> (1-h) x leaves S where it was (the control takes a step of l1, a soft
 * threshold). */
static double decay(struct trial *t)
{
    double h = between(t, 0.001, 0.5), top = sparsity_norm(t->x, t->n, INFINITY);
    for (size_t i = 0; i < t->n; i++)
        t->y[i] = t->wrong ? fmax(0, t->x[i] - h * top) : (1 - h) * t->x[i];
    return relative(sparsity_ratio(t->y, t->n, 1, 2), sparsity_ratio(t->x, t->n, 1, 2));
}

/* A soft threshold below the maximum lowers S, unless all that survives has one size: by how much it
 * rises. */
static double threshold(struct trial *t)
{
    double top = sparsity_norm(t->x, t->n, INFINITY), step = between(t, 0.001, 0.9) * top, left = INFINITY,
           most = 0;
    for (size_t i = 0; i < t->n; i++) {
        t->y[i] = t->wrong ? t->x[i] + step : fmax(0, t->x[i] - step);
        left = t->y[i] > 0 ? fmin(left, t->y[i]) : left;
        most = fmax(most, t->y[i]);
    }
    double s = sparsity_ratio(t->x, t->n, 1, 2), after = sparsity_ratio(t->y, t->n, 1, 2);
    if (most - left <= 1e-6 * most)
        return fmax(0, after - s);
    return after < s ? 0 : fmax(1e-9, after - s);
}

static const struct {
    const char *name;
    double (*miss)(struct trial *);
} checks[] = {
    {"s0_range", s0_range},       {"scaling", scaling},       {"lse_scaling", lse_scaling},
    {"norm_bounds", norm_bounds}, {"ratio_range", ratio_range}, {"smooth_max", smooth_max},
    {"cloning", cloning},         {"without_n", without_n},   {"one_hot", one_hot},
    {"cosine", cosine},           {"noise_form", noise_form}, {"noise_order", noise_order},
    {"decay", decay},             {"threshold", threshold},
};

static void cell(struct lab_cell *cell)
{
    size_t c = 0;
    while (!lab_is(cell, "check", checks[c].name))
        c++;
    struct trial *t = base_alloc(1, sizeof *t);
    double worst = 0;
    long trials = lab_integer(cell, "trials");
    t->rng = lab_rng(cell);
    t->wrong = lab_control(cell, "factor_missing");
    for (long i = 0; i < trials; i++) {
        t->n = sparsity_vector_draw(t->rng, (size_t)i % SPARSITY_KINDS, t->x);
        double missed = checks[c].miss(t);
        worst = missed > worst || isnan(missed) ? missed : worst;
    }
    lab_put(cell, "missed_by", worst);
    free(t);
}

static void summarize(struct lab *lab)
{
    for (size_t g = 0; g < lab_groups(lab); g++)
        if (lab_groups(lab) == lab_axis_values(lab, "check")->count)
            lab_measure(lab, lab_value(lab, g, "missed_by"), 0, 0, "%s",
                        lab_word(lab_group(lab, g), "check"));
}

static const struct lab_spec spec = {
    .name = "sparsity/identities",
    .about = "Do the identities and bounds between indices of sparsity hold, on vectors of every kind?",
    .axes = {{"check",
              "s0_range,scaling,lse_scaling,norm_bounds,ratio_range,smooth_max,cloning,without_n,one_hot,"
              "cosine,noise_form,noise_order,decay,threshold",
              NULL,
              "s0_range|scaling|lse_scaling|norm_bounds|ratio_range|smooth_max|cloning|without_n|one_hot|"
              "cosine|noise_form|noise_order|decay|threshold",
              "statements", AXIS_WORD},
             {"trials", "20000", "2000", "[8,100000000]", "random vectors", AXIS_INTEGER}},
    .columns = "missed_by:4",
    .controls = "factor_missing",
    .cell = cell,
    .summarize = summarize,
};

int main(int argc, char **argv)
{
    return lab_main(&spec, argc, argv);
}
