/* For which orders (q,p) does S*_{q,p} meet all six criteria?
 *
 * Source: kexue.fm/archives/9595, eq. 15, which says: for all p > q > 0. D1 asks that t^{q-1}/sum x^q -
 * t^{p-1}/sum x^p decrease in t over the entries, which it does for q <= 1 <= p. Outside we evaluate a vector
 * built to break D1; inside we try random ones, with up to a million equal small entries. The other five
 * criteria are tried everywhere, and D1 for n = 2, where the claim is true.
 * Finding: all six hold exactly for q <= 1 <= p, q < p.
 */
#include <math.h>
#include <stdlib.h>

#include "lab.h"
#include "sparsity.h"

/* Does a random small transfer lower S*? Three kinds of entries, the last many times. */
static int random_d1_fails(gsl_rng *rng, double q, double p)
{
    double low = exp(-10 * gsl_rng_uniform(rng)), x[3],
           count[3] = {1, 1, floor(pow(10, 6 * gsl_rng_uniform(rng)))};
    for (size_t i = 0; i < 3; i++)
        x[i] = low + gsl_rng_uniform_pos(rng);
    size_t small = gsl_rng_uniform_int(rng, 3);
    x[small] *= exp(-10 * gsl_rng_uniform(rng));
    for (size_t i = 0; i < 3; i++)
        for (size_t j = 0; j < 3; j++)
            if (x[i] > 1.001 * x[j] && !(sparsity_transfer_slope(x, count, 3, x[i], x[j], q, p) > 0))
                return 1;
    return 0;
}

static int random_two_fails(gsl_rng *rng, double q, double p)
{
    const double ones[2] = {1, 1}, x[2] = {1, exp(-12 * gsl_rng_uniform_pos(rng)) * 0.999};
    return !(sparsity_transfer_slope(x, ones, 2, x[0], x[1], q, p) > 0);
}

/* How many of D2, D3, D4, P1, P2 a random exponential vector violates. */
static int random_others_fail(gsl_rng *rng, const struct sparsity_measure *measure)
{
    double x[12], work[6 * 12 + 2];
    struct sparsity_trial t = {.x = x, .n = 3 + gsl_rng_uniform_int(rng, 10)};
    for (size_t i = 0; i < t.n; i++)
        x[i] = -log(gsl_rng_uniform_pos(rng));
    int fails = 0;
    for (enum sparsity_criterion c = SPARSITY_D2; c < SPARSITY_CRITERIA; c++) {
        t.from = gsl_rng_uniform_int(rng, t.n);
        t.amount = c == SPARSITY_D4 ? 3 : 0.1 + gsl_rng_uniform(rng);
        fails += sparsity_judge(measure, c, &t, work).verdict == SPARSITY_VIOLATED;
    }
    return fails;
}

static void cell(struct lab_cell *cell)
{
    double q = lab_real(cell, "q"), p = lab_real(cell, "p");
    if (q >= p)
        return;
    if (lab_control(cell, "inside")) { /* pretends that every pair were a valid one: the source's claim */
        q = fmin(q, 1);
        p = fmax(p, 1.1);
    }
    int turned = lab_control(cell, "turned"); /* M_p / M_q in place of M_q / M_p */
    gsl_rng *rng = lab_rng(cell);
    long trials = lab_integer(cell, "trials"), d1 = 0, two = 0, others = 0;
    char *name = base_format("sqp_%.17g_%.17g", q, p);
    struct sparsity_measure measure;
    sparsity_measure_parse(name, &measure);
    free(name);
    measure.sign = turned ? -1 : 1;
    struct sparsity_certificate c;
    double slope = NAN;
    if (!sparsity_certificate(q, p, &c)) {
        slope = sparsity_transfer_slope(c.x, c.count, 3, c.x[c.from], c.x[c.to], q, p);
        d1 += turned ? slope > 0 : slope < 0;
    }
    double q_slope = turned ? p : q, p_slope = turned ? q : p;
    for (long i = 0; i < trials; i++) {
        d1 += random_d1_fails(rng, q_slope, p_slope);
        two += random_two_fails(rng, q_slope, p_slope);
        others += random_others_fail(rng, &measure);
    }
    lab_put(cell, "d1_fails", d1 > 0);
    lab_put(cell, "slope", slope);
    lab_put(cell, "two_fail", (double)two);
    lab_put(cell, "others_fail", (double)others);
    lab_put(cell, "failure_size", sparsity_failure_size(q, p));
}

static void summarize(struct lab *lab)
{
    double pairs = 0, fail = 0, inside_fail = 0, outside_hold = 0, two = 0, others = 0;
    for (size_t g = 0; g < lab_groups(lab); g++) {
        double q = lab_real(lab_group(lab, g), "q"), p = lab_real(lab_group(lab, g), "p");
        if (q >= p)
            continue;
        int fails = lab_value(lab, g, "d1_fails") > 0, inside = q <= 1 && p >= 1;
        pairs++;
        fail += fails;
        inside_fail += inside && fails;
        outside_hold += !inside && !fails;
        two += lab_value(lab, g, "two_fail");
        others += lab_value(lab, g, "others_fail");
    }
    lab_measure(lab, pairs, 0, 0, "pairs");
    lab_measure(lab, fail, 0, 0, "pairs_failing");
    lab_measure(lab, inside_fail, 0, 0, "inside_failing");
    lab_measure(lab, outside_hold, 0, 0, "outside_holding");
    lab_measure(lab, two, 0, 0, "two_entries_failing");
    lab_measure(lab, others, 0, 0, "other_criteria_failing");
}

static const struct lab_spec spec = {
    .name = "sparsity/region",
    .about = "For which orders (q,p) does S*_{q,p} meet all six criteria?",
    .axes = {{"q", "0.1:3.9:0.1", NULL, "(0,100)", "smaller order", AXIS_REAL},
             {"p", "0.2:4:0.1", NULL, "(0,100)", "larger order; pairs with p <= q are left out", AXIS_REAL},
             {"trials", "300", "30", "[1,1000000]", "random vectors a pair", AXIS_INTEGER}},
    .columns = "d1_fails,slope:6,two_fail,others_fail,failure_size:17",
    .controls = "inside|turned",
    .cell = cell,
    .summarize = summarize,
};

int main(int argc, char **argv)
{
    return lab_main(&spec, argc, argv);
}
