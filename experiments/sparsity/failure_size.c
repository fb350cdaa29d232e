/* How long must a vector be before S*_{q,p}, q < p < 1, fails criterion D1?
 *
 * Source: kexue.fm/archives/9595, eq. 15 claims that it never does. A transfer between two large entries e^u
 * and e^-u lowers S*_{q,p} when more than m small entries stand beside them; m is least for u -> 0 and small
 * entries of one size, where it is 2p/(1-p) (p(1-q)/(q(1-p)))^{q/(p-q)} (proof: the family's page). We
 * compare that with a search over both sizes, and look for a violation on the vectors just short of it and
 * just long enough.
 * Finding: the closed form is right; it grows like e^{1/(1-p)} for q -> p and like (1-p)^{-1/(1-q)} for p ->
 * 1.
 */
#include <math.h>
#include <stdlib.h>

#include "lab.h"
#include "sparsity.h"

/* The least slope of log S* over transfers between e^u and e^-u beside m entries of size s, relative to the
 * steepest rise among them: negative when D1 fails for some. */
static double least_slope(double q, double p, double m)
{
    double least = INFINITY, most = 0, centre = log(q * (1 - p) / (p * (1 - q))) / (p - q);
    for (double u = 2e-4; u < 2; u *= 1.3)
        for (int shift = -80; shift <= 80; shift++) {
            const double x[3] = {exp(u), exp(-u), exp(centre + 0.05 * shift / p)}, count[3] = {1, 1, m};
            double slope = sparsity_transfer_slope(x, count, 3, x[0], x[1], q, p) / u;
            least = fmin(least, slope);
            most = fmax(most, slope);
        }
    return least / most;
}

/* How many small entries are needed when they have half the best size. */
static double entries_of_half_size(double q, double p)
{
    double s = 0.5 * pow(q * (1 - p) / (p * (1 - q)), 1 / (p - q));
    return 2 * (p - q) / ((1 - p) * pow(s, q) - (1 - q) * pow(s, p));
}

static void cell(struct lab_cell *cell)
{
    double q, p;
    sparsity_orders_parse(lab_word(cell, "orders"), &q, &p);
    double size = sparsity_failure_size(q, p), searched = sparsity_failure_size_searched(q, p);
    if (lab_control(cell, "half_size"))
        searched = size = 3 + floor(entries_of_half_size(q, p));
    lab_put(cell, "size", size);
    lab_put(cell, "searched", searched);
    lab_put(cell, "entries", sparsity_failure_entries(q, p));
    lab_put(cell, "slope_at", least_slope(q, p, size - 2));
    lab_put(cell, "slope_below", least_slope(q, p, size - 3));
}

static void summarize(struct lab *lab)
{
    static const char *const integers[] = {"0.1:0.2", "0.05:0.3", "0.2:0.5", "0.25:0.5", "0.4:0.5",
                                           "0.1:0.9", "0.5:0.75", "0.5:0.9",  "0.7:0.8"};
    for (size_t i = 0; i < sizeof integers / sizeof *integers; i++) {
        char *values = base_format("orders=%s", integers[i]);
        long g = lab_find(lab, values);
        free(values);
        if (g < 0)
            continue;
        double q, p;
        sparsity_orders_parse(integers[i], &q, &p);
        lab_measure(lab, lab_value(lab, (size_t)g, "size"), 0, 0, "size.%g_%g", q, p);
        lab_measure(lab, lab_value(lab, (size_t)g, "searched"), 0, 0, "searched.%g_%g", q, p);
    }
    double fails_below = 0, holds_at = 0;
    for (size_t g = 0; g < lab_groups(lab); g++) {
        fails_below += lab_value(lab, g, "slope_below") < -1e-12;
        holds_at += lab_value(lab, g, "slope_at") >= 0;
    }
    lab_measure(lab, fails_below, 0, 0, "shorter_failing");
    lab_measure(lab, holds_at, 0, 0, "long_enough_holding");
    /* the two limits: ratios to what they are said to tend to */
    double near = 1e-6;
    lab_measure(lab, sparsity_failure_entries(0.5 - near, 0.5) / (2 * exp(2)), 0, 0, "limit.q_to_p");
    lab_measure(lab, sparsity_failure_entries(0.5, 1 - near) / (2 * pow(near, -2)), 0, 0, "limit.p_to_1");
    lab_measure(lab, sparsity_failure_entries(1e-9, 0.5) / 2, 0, 0, "limit.q_to_0");
}

static char *check(const struct lab_cell *cell)
{
    double q, p;
    return sparsity_orders_parse(lab_word(cell, "orders"), &q, &p) || p >= 1 ||
                   sparsity_failure_size(q, p) > 1e12
               ? base_format("--orders: '%.40s' is not accepted; give Q:P with 0 < Q < P < 1 and a least "
                             "length below 1e12", lab_word(cell, "orders"))
               : NULL;
}

static const struct lab_spec spec = {
    .name = "sparsity/failure_size",
    .about = "How long must a vector be before S*_{q,p}, q < p < 1, fails criterion D1?",
    .axes = {{"orders", "0.1:0.2,0.05:0.3,0.2:0.5,0.25:0.5,0.4:0.5,0.1:0.9,0.5:0.75,0.5:0.9,0.7:0.8", NULL,
              NULL, "Q:P", AXIS_WORD}},
    .columns = "size:17,searched:17,entries:12,slope_at:6,slope_below:6",
    .controls = "half_size",
    .check = check,
    .cell = cell,
    .summarize = summarize,
};

int main(int argc, char **argv)
{
    return lab_main(&spec, argc, argv);
}
