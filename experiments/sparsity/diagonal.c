/* What is left of S*_{q,p} when q and p meet?
 *
 * Source: kexue.fm/archives/9595 takes S*_{1,p} and the Shannon entropy as two kinds of index; added here:
 * they are one. S*_{p,p} = 1 says nothing, but -log S*_{q,p} / (p - q) tends to
 *     d log M_p/dp = ( E_mu[log x] - log mean x^p / p ) / p,   mu ~ x^p,
 * which for p = 1 is log n - H_1(x/l_1): the corner (1,1) of the region where all six criteria hold. We take
 * q and p symmetric around the centre, so that the rest is of order (p - q)^2.
 */
#include <math.h>
#include <stdlib.h>

#include "lab.h"
#include "softmax.h"
#include "sparsity.h"

/* d log M_p / dp. */
static double mean_slope(const double *x, size_t n, double p)
{
    double sum = 0, logs = 0, top = sparsity_norm(x, n, INFINITY);
    for (size_t i = 0; i < n; i++) {
        double power = x[i] > 0 ? pow(x[i] / top, p) : 0;
        sum += power;
        logs += power > 0 ? power * log(x[i] / top) : 0;
    }
    return (logs / sum - log(sum / (double)n) / p) / p;
}

static void cell(struct lab_cell *cell)
{
    double p = lab_real(cell, "centre"), h = lab_real(cell, "gap");
    struct sparsity_vector v;
    free(sparsity_vector_parse(lab_word(cell, "vector"), &v));
    for (size_t i = 0; i < v.n; i++)
        v.x[i] = fabs(v.x[i]);
    double shift = lab_control(cell, "one_sided") ? h / 2 : 0; /* q at the centre: of first order only */
    double quotient = -log(sparsity_ratio(v.x, v.n, p - h / 2 + shift, p + h / 2 + shift)) / h;
    double limit = mean_slope(v.x, v.n, lab_control(cell, "one_sided") ? p + 0.01 : p);
    lab_put(cell, "quotient", quotient);
    lab_put(cell, "limit", limit);
    lab_put(cell, "deficit", log((double)v.n) - softmax_renyi(v.x, v.n, 1));
    lab_put(cell, "rest", (quotient - mean_slope(v.x, v.n, p)) / (h * h));
    sparsity_vector_free(&v);
}

static void summarize(struct lab *lab)
{
    double deficit_missed = 0;
    for (size_t g = 0; g < lab_groups(lab); g++)
        if (lab_real(lab_group(lab, g), "centre") == 1)
            deficit_missed =
                fmax(deficit_missed, fabs(lab_value(lab, g, "limit") - lab_value(lab, g, "deficit")));
    lab_measure(lab, deficit_missed, 0, 0, "deficit_missed");
    /* the rest divided by (p-q)^2 settles: its ratio for gaps ten times apart */
    static const char *const centres[] = {"0.5", "1", "3"};
    for (size_t i = 0; i < sizeof centres / sizeof *centres; i++) {
        char *wide = base_format("vector=4:3:2:1:0 centre=%s gap=0.1", centres[i]);
        char *narrow = base_format("vector=4:3:2:1:0 centre=%s gap=0.01", centres[i]);
        long a = lab_find(lab, wide), b = lab_find(lab, narrow);
        free(wide);
        free(narrow);
        if (a >= 0 && b >= 0)
            lab_measure(lab, lab_value(lab, (size_t)a, "rest") / lab_value(lab, (size_t)b, "rest"), 0, 0,
                        "second_order.%s", centres[i]);
    }
}

static char *check(const struct lab_cell *cell)
{
    struct sparsity_vector v;
    char *why = sparsity_vector_parse(lab_word(cell, "vector"), &v);
    sparsity_vector_free(&v);
    if (!why && lab_real(cell, "gap") >= 2 * lab_real(cell, "centre"))
        why = base_copy("--gap must be less than twice --centre");
    return why;
}

static const struct lab_spec spec = {
    .name = "sparsity/diagonal",
    .about = "What is left of S*_{q,p} when q and p meet?",
    .axes = {{"vector", "4:3:2:1:0,10:2:1,1:0.01x100", NULL, NULL, "a vector", AXIS_WORD},
             {"centre", "0.5,1,2,3", NULL, "(0,1000]", "(p + q)/2", AXIS_REAL},
             {"gap", "0.5,0.1,0.01", NULL, "(0,1000]", "p - q", AXIS_REAL}},
    .columns = "quotient:12,limit:12,deficit:12,rest:6",
    .controls = "one_sided",
    .check = check,
    .cell = cell,
    .summarize = summarize,
};

int main(int argc, char **argv)
{
    return lab_main(&spec, argc, argv);
}
