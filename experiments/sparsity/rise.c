/* Does a rising tide make denser, and a growing rich entry sparser (criteria D3 and P1)?
 *
 * Source: kexue.fm/archives/9595, section 5, eq. 5-12, which proves both for S_{1,p}, p > 1, and says that
 * Hurley and Rickard's table is wrong to deny D3 for l1/l2. For every p > q > 0
 *     d log S*_{q,p}(x + a)/da = R(q) - R(p) > 0,  R(s) = sum x^{s-1} / sum x^s, which decreases in s,
 * and S* as a function of one entry grows up to t* = (C_p/C_q)^{1/(p-q)}, C_s the others' power sums, and
 * falls beyond. We compare the derivative with differences, and t* with the maximum found by golden section.
 * Finding: both criteria hold for all p > q > 0; l1/l2 does satisfy D3.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "lab.h"
#include "sparsity.h"

/* log S* of x + a. */
static double log_shifted(const double *x, size_t n, double a, double q, double p)
{
    double y[SPARSITY_DRAWN_MAX];
    for (size_t i = 0; i < n; i++)
        y[i] = x[i] + a;
    return sparsity_log_mean(y, n, q) - sparsity_log_mean(y, n, p);
}

/* log S* of the others and one entry t. */
static double log_rich(const struct sparsity_vector *others, double t, double q, double p)
{
    double *x = base_alloc(others->n + 1, sizeof *x), s;
    memcpy(x, others->x, others->n * sizeof *x);
    x[others->n] = t;
    s = sparsity_log_mean(x, others->n + 1, q) - sparsity_log_mean(x, others->n + 1, p);
    free(x);
    return s;
}

static double golden_maximum(const struct sparsity_vector *others, double q, double p)
{
    const double golden = 0.6180339887498949;
    double top = sparsity_norm(others->x, others->n, INFINITY), low = 1e-6 * top, high = 8 * top;
    double a = high - golden * (high - low), b = low + golden * (high - low);
    double at_a = log_rich(others, a, q, p), at_b = log_rich(others, b, q, p);
    while (high - low > 1e-9 * high) {
        if (at_a > at_b) {
            high = b, b = a, at_b = at_a;
            a = high - golden * (high - low), at_a = log_rich(others, a, q, p);
        } else {
            low = a, a = b, at_a = at_b;
            b = low + golden * (high - low), at_b = log_rich(others, b, q, p);
        }
    }
    return (low + high) / 2;
}

/* Steps by which log S* moves the wrong way on a grid around t*: up to it, and beyond. */
static double wrong_steps(const struct sparsity_vector *others, double peak, double q, double p)
{
    double wrong = 0;
    for (int side = -1; side <= 1; side += 2) {
        double last = log_rich(others, peak, q, p);
        for (int i = 1; i <= 60; i++) {
            double next = log_rich(others, peak * exp(side * 0.05 * i), q, p);
            wrong += !(next < last);
            last = next;
        }
    }
    return wrong;
}

static void cell(struct lab_cell *cell)
{
    double q, p;
    sparsity_orders_parse(lab_word(cell, "orders"), &q, &p);
    struct sparsity_vector others;
    free(sparsity_vector_parse(lab_word(cell, "others"), &others));
    double peak = sparsity_rich_threshold(others.x, others.n, q, p);
    if (lab_control(cell, "means")) /* of the others' means in place of their sums over C_q: (C_p/n)^{1/p} */
        peak = exp(sparsity_log_mean(others.x, others.n, p));
    lab_put(cell, "threshold", peak);
    lab_put(cell, "maximum", golden_maximum(&others, q, p));
    lab_put(cell, "wrong_steps", wrong_steps(&others, peak, q, p));
    sparsity_vector_free(&others);

    double least = INFINITY, missed = 0, x[SPARSITY_DRAWN_MAX];
    long trials = lab_integer(cell, "trials");
    for (long i = 0; i < trials; i++) {
        size_t n = sparsity_vector_draw(lab_rng(cell), (size_t)i % SPARSITY_KINDS, x);
        double top = sparsity_norm(x, n, INFINITY), h = 1e-3 * top;
        for (size_t k = 0; k < n; k++)
            x[k] += top; /* the derivative is infinite at a zero when q < 1 */
        double rise = sparsity_rise(x, n, q) - sparsity_rise(x, n, p);
        if (lab_control(cell, "means"))
            rise = sparsity_rise(x, n, q) - sparsity_rise(x, n, q - 1);
        double wide = (log_shifted(x, n, 2 * h, q, p) - log_shifted(x, n, -2 * h, q, p)) / (4 * h);
        double narrow = (log_shifted(x, n, h, q, p) - log_shifted(x, n, -h, q, p)) / (2 * h);
        double difference = (4 * narrow - wide) / 3;
        least = fmin(least, rise * top);
        missed = fmax(missed, fabs(rise - difference) * top);
    }
    lab_put(cell, "least_rise", least);
    lab_put(cell, "rise_missed", missed);
}

static void summarize(struct lab *lab)
{
    double wrong = 0, missed = 0, peak_missed = 0, least = INFINITY, least_one = INFINITY;
    for (size_t g = 0; g < lab_groups(lab); g++) {
        double q, p;
        sparsity_orders_parse(lab_word(lab_group(lab, g), "orders"), &q, &p);
        wrong += lab_value(lab, g, "wrong_steps");
        missed = fmax(missed, lab_value(lab, g, "rise_missed"));
        peak_missed =
            fmax(peak_missed, fabs(lab_value(lab, g, "maximum") / lab_value(lab, g, "threshold") - 1));
        least = fmin(least, lab_value(lab, g, "least_rise"));
        if (q == 1)
            least_one = fmin(least_one, lab_value(lab, g, "least_rise"));
    }
    lab_measure(lab, wrong, 0, 0, "wrong_steps");
    lab_measure(lab, missed, 0, 0, "rise_missed");
    lab_measure(lab, peak_missed, 0, 0, "maximum_missed");
    lab_measure(lab, least, 0, 0, "least_rise");
    if (!isinf(least_one))
        lab_measure(lab, least_one, 0, 0, "least_rise_q_1");
    static const char *const known[] = {"1:2", "1:3", "0.5:2"}, *const names[] = {"1_2", "1_3", "0.5_2"};
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        char *values = base_format("others=1:2:3 orders=%s", known[i]);
        long g = lab_find(lab, values);
        free(values);
        if (g >= 0)
            lab_measure(lab, lab_value(lab, (size_t)g, "threshold"), 4e-15, 0, "threshold.%s", names[i]);
    }
}

static char *check(const struct lab_cell *cell)
{
    double q, p;
    if (sparsity_orders_parse(lab_word(cell, "orders"), &q, &p) || isinf(p))
        return base_format("--orders: '%.40s' is not accepted; give Q:P with 0 < Q < P, finite",
                           lab_word(cell, "orders"));
    struct sparsity_vector v;
    char *reason = sparsity_vector_parse(lab_word(cell, "others"), &v);
    for (size_t i = 0; !reason && i < v.n; i++)
        if (v.x[i] < 0)
            reason = base_copy("give entries of 0 or more");
    sparsity_vector_free(&v);
    char *why = reason
                    ? base_format("--others: '%.60s' is not accepted; %s", lab_word(cell, "others"), reason)
                    : NULL;
    free(reason);
    return why;
}

static const struct lab_spec spec = {
    .name = "sparsity/rise",
    .about = "Does a rising tide make denser, and a growing rich entry sparser (criteria D3 and P1)?",
    .axes = {{"others", "1:2:3", NULL, NULL, "the other entries, beside the growing one", AXIS_WORD},
             {"orders", "1:1.1,1:1.5,1:2,1:3,1:5,1:10,0.5:2,0.25:0.5,2:4,3:8", NULL, NULL, "Q:P", AXIS_WORD},
             {"trials", "20000", "1000", "[1,100000000]", "random vectors under a rising tide",
              AXIS_INTEGER}},
    .columns = "threshold:13,maximum:10,wrong_steps,least_rise,rise_missed:3",
    .controls = "means",
    .check = check,
    .cell = cell,
    .summarize = summarize,
};

int main(int argc, char **argv)
{
    return lab_main(&spec, argc, argv);
}
