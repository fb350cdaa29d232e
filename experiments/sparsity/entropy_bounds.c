/* What holds between Renyi entropies of different orders, and between them and S*?
 *
 * Source: kexue.fm/archives/9595, entropy section, eq. 19-20: H_k = log(sum p^k)/(1-k) of p = x/l_1, with
 * range [0, log n] and H_k -> H_1; the links with S* are added here:
 *     H_k = log n + k/(k-1) log S*_{1,k},  N_k = exp(H_k) = (l_1/l_k)^{k/(k-1)},
 *     H_inf <= H_k <= k/(k-1) H_inf for k > 1.
 * Each check draws a vector and an order and returns by how much the statement is missed; a cell keeps the
 * worst. The control takes a wrong order, exponent or bound.
 * Finding: all hold for k >= 0; for k < 0 the range is [log n, inf], the source's lacks its condition.
 */
#include <math.h>
#include <stdlib.h>

#include "lab.h"
#include "softmax.h"
#include "sparsity.h"

struct trial {
    double x[SPARSITY_DRAWN_MAX];
    size_t n;
    gsl_rng *rng;
    int wrong;
};

static double between(struct trial *t, double low, double high)
{
    return low + (high - low) * gsl_rng_uniform(t->rng);
}

/* An order from 0.05 to 100, seldom next to 1. */
static double draw_order(struct trial *t)
{
    return exp(between(t, log(0.05), log(100)));
}

/* (l_1/l_k)^{k/(k-1)} = exp(H_k) and H_k = log n + k/(k-1) log S*_{1,k}, times the |k-1| by which rounding
 * grows. */
static double identity(struct trial *t)
{
    static const double orders[] = {0.25, 0.5, 1.5, 2, 3, 10, 100};
    double k = orders[gsl_rng_uniform_int(t->rng, 7)], exponent = t->wrong ? 1 / (k - 1) : k / (k - 1);
    double h = softmax_renyi(t->x, t->n, k), n = (double)t->n, weight = fmin(1, fabs(k - 1));
    double by_norms = exponent * log(sparsity_norm(t->x, t->n, 1) / sparsity_norm(t->x, t->n, k));
    double log_s = k > 1 ? log(sparsity_ratio(t->x, t->n, 1, k)) : -log(sparsity_ratio(t->x, t->n, k, 1));
    return weight * fmax(fabs(h - by_norms), fabs(h - log(n) - exponent * log_s));
}

/* H_k does not increase in k; N_0 counts the nonzeros, N_inf = n S_0. */
static double monotone(struct trial *t)
{
    double a = draw_order(t), b = draw_order(t), low = fmin(a, b), high = fmax(a, b), nonzero = 0;
    for (size_t i = 0; i < t->n; i++)
        nonzero += t->x[i] > 0;
    double rise = softmax_renyi(t->x, t->n, high) - softmax_renyi(t->x, t->n, low);
    double missed = fmax(0, t->wrong ? -rise : rise);
    missed = fmax(missed, fabs(softmax_effective_number(t->x, t->n, 0) / nonzero - 1));
    double ends = softmax_effective_number(t->x, t->n, INFINITY) /
                  ((double)t->n * sparsity_ratio(t->x, t->n, 1, INFINITY));
    return fmax(missed, fabs(ends - 1));
}

/* 0 <= H_k <= log n for k >= 0, at the ends for one entry alone and for a constant. */
static double range(struct trial *t)
{
    double k = draw_order(t), h = softmax_renyi(t->x, t->n, k), most = log(t->wrong ? 2 : (double)t->n);
    double missed = fmax(0, fmax(-h, h - most)), y[SPARSITY_DRAWN_MAX] = {0};
    y[t->n - 1] = t->x[0] + 1;
    missed = fmax(missed, fabs(softmax_renyi(y, t->n, k)));
    for (size_t i = 0; i < t->n; i++)
        y[i] = t->x[0] + 1;
    return fmax(missed, fabs(softmax_renyi(y, t->n, k) - most));
}

/* The same bound asked for k < 0, of vectors without zeros: by how much it fails. */
static double range_of_negative(struct trial *t)
{
    double k = -draw_order(t) / 10;
    for (size_t i = 0; i < t->n; i++)
        t->x[i] += 0.01;
    return fmax(0, softmax_renyi(t->x, t->n, t->wrong ? -k : k) - log((double)t->n));
}

/* H_k >= log n for k < 0 (infinite beside a zero). */
static double negative_order(struct trial *t)
{
    double k = -draw_order(t) / 10, h = softmax_renyi(t->x, t->n, t->wrong ? -k : k);
    return fmax(0, log((double)t->n) - h);
}

/* H_inf <= H_k <= k/(k-1) H_inf for k > 1. */
static double bounded_by_largest(struct trial *t)
{
    double k = 1 + draw_order(t), h = softmax_renyi(t->x, t->n, k),
           least = softmax_renyi(t->x, t->n, INFINITY);
    return fmax(0, fmax(least - h, h - (t->wrong ? 1 : k / (k - 1)) * least));
}

/* sum p^k lies in [n^{1-k}, 1] for k > 1, in [1, n^{1-k}] for k < 1: no logarithm of 0. */
static double power_sum(struct trial *t)
{
    double k = draw_order(t), sum = 0, all = 0, limit = pow((double)t->n, t->wrong ? 0.5 * (1 - k) : 1 - k);
    for (size_t i = 0; i < t->n; i++)
        all += t->x[i];
    for (size_t i = 0; i < t->n; i++)
        sum += t->x[i] > 0 ? pow(t->x[i] / all, k) : 0;
    return fmax(0, fmax(fmin(1, limit) / sum - 1, sum / fmax(1, limit) - 1));
}

static const struct {
    const char *name;
    double (*miss)(struct trial *);
} checks[] = {{"identity", identity},
              {"monotone", monotone},
              {"range", range},
              {"range_of_negative", range_of_negative},
              {"negative_order", negative_order},
              {"bounded_by_largest", bounded_by_largest},
              {"power_sum", power_sum}};

static void cell(struct lab_cell *cell)
{
    size_t c = 0;
    while (!lab_is(cell, "check", checks[c].name))
        c++;
    struct trial t = {.rng = lab_rng(cell), .wrong = lab_control(cell, "misstated")};
    double worst = 0;
    long trials = lab_integer(cell, "trials");
    for (long i = 0; i < trials; i++) {
        t.n = sparsity_vector_draw(t.rng, (size_t)i % SPARSITY_KINDS, t.x);
        double missed = checks[c].miss(&t);
        worst = missed > worst || isnan(missed) ? missed : worst;
    }
    lab_put(cell, "missed_by", worst);
}

static void summarize(struct lab *lab)
{
    for (size_t g = 0; g < lab_groups(lab); g++)
        if (lab_groups(lab) == lab_axis_values(lab, "check")->count)
            lab_measure(lab, lab_value(lab, g, "missed_by"), 0, 0, "%s",
                        lab_word(lab_group(lab, g), "check"));
}

static const struct lab_spec spec = {
    .name = "sparsity/entropy_bounds",
    .about = "What holds between Renyi entropies of different orders, and between them and S*?",
    .axes = {{"check",
              "identity,monotone,range,range_of_negative,negative_order,bounded_by_largest,power_sum", NULL,
              "identity|monotone|range|range_of_negative|negative_order|bounded_by_largest|power_sum",
              "statements", AXIS_WORD},
             {"trials", "50000", "5000", "[8,100000000]", "random vectors", AXIS_INTEGER}},
    .columns = "missed_by:4",
    .controls = "misstated",
    .cell = cell,
    .summarize = summarize,
};

int main(int argc, char **argv)
{
    return lab_main(&spec, argc, argv);
}
