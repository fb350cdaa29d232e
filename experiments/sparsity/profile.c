/* How does the effective number of entries N_k depend on its order k?
 *
 * Source: kexue.fm/archives/9595, entropy section; N_k = exp(H_k) = (l_1/l_k)^{k/(k-1)} with H_k the Renyi
 * entropy of x/l_1 (effective number: added here). N_k never increases in k: it falls from the number of
 * nonzeros at k = 0 to n S_0 = l_1/max at k = inf, and passes exp(H_1) and n S^2 on its way. An index is one
 * point of this curve.
 * Finding: for heavy-tailed data the curve spans orders of magnitude, so an index says little unless its k is
 * given.
 */
#include <math.h>
#include <stdlib.h>

#include "lab.h"
#include "softmax.h"
#include "sparsity.h"

static void *setup(const struct lab *lab)
{
    return sparsity_data_load(lab_axis_values(lab, "data"), lab_axis_values(lab, "file")->text[0]);
}

static void teardown(void *shared)
{
    sparsity_data_free(shared);
}

static double order(const struct lab_cell *cell)
{
    return lab_is(cell, "k", "inf") ? INFINITY : lab_real(cell, "k");
}

static void cell(struct lab_cell *cell)
{
    const struct sparsity_vector *v = sparsity_data_get(lab_shared(cell), lab_word(cell, "data"));
    double k = order(cell), n = (double)v->n, effective = softmax_effective_number(v->x, v->n, k);
    if (lab_control(cell, "inverse")) /* of order 1/k */
        effective = softmax_effective_number(v->x, v->n, 1 / k);
    lab_put(cell, "effective", effective);
    lab_put(cell, "entropy", log(effective));
    lab_put(cell, "fraction", effective / n);
    if (k > 0 && k != 1) {
        double means = sparsity_log_mean(v->x, v->n, 1) - sparsity_log_mean(v->x, v->n, k);
        double by_means = n * exp(isinf(k) ? means : k / (k - 1) * means);
        lab_put(cell, "by_means", by_means);
    }
}

/* The worst relative increase from one order to the next of each vector, and the deviation from n
 * (M_1/M_k)^{k/(k-1)}, whose rounding grows like 1/|k-1|. */
static void summarize(struct lab *lab)
{
    const struct axis_values *orders = lab_axis_values(lab, "k");
    double rise = 0, missed = 0, last = INFINITY, last_order = INFINITY;
    size_t per_vector = orders->count * lab_axis_values(lab, "file")->count;
    for (size_t g = 0; g < lab_groups(lab); g++) {
        double k = order(lab_group(lab, g)), effective = lab_value(lab, g, "effective");
        double by_means = lab_value(lab, g, "by_means");
        if (g % per_vector && k > last_order)
            rise = fmax(rise, effective / last - 1);
        if (!isnan(by_means))
            missed = fmax(missed, fabs(log(by_means / effective)) * fmin(1, fabs(1 - 1 / k)));
        last = effective, last_order = k;
    }
    lab_measure(lab, rise, 0, 0, "rise");
    lab_measure(lab, missed, 0, 0, "identity_missed");
    static const struct {
        const char *values, *name;
    } ends[] = {{"data=4:3:2:1:0 k=0", "ends.nonzero"},
                {"data=4:3:2:1:0 k=2", "ends.two"},
                {"data=4:3:2:1:0 k=inf", "ends.inf"}};
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
        long g = lab_find(lab, ends[i].values);
        if (g >= 0)
            lab_measure(lab, lab_value(lab, (size_t)g, "effective"), 4e-15, 0, "%s", ends[i].name);
    }
}

static char *check(const struct lab_cell *cell)
{
    return sparsity_data_check(lab_word(cell, "data"), lab_word(cell, "file"));
}

static const struct lab_spec spec = {
    .name = "sparsity/profile",
    .about = "How does the effective number of entries N_k depend on its order k?",
    .axes = {{"data", "words,digits,spectrum,4:3:2:1:0", NULL, NULL,
              "a vector, or words, digits, spectrum (of the digits), file", AXIS_WORD},
             {"file", "none", NULL, "none", "numbers for --data file; a text or folder for --data words",
              AXIS_FILE},
             {"k", "0,0.01:0.95:*1.2,1,1.05:1.95:*1.1,2:1000:*1.2,inf", "0,0.01:0.95:*2,1,1.05,2:1000:*2,inf",
              "[0,1e6]|inf", "orders, ascending", AXIS_REAL}},
    .columns = "effective,entropy,fraction,by_means",
    .controls = "inverse",
    .check = check,
    .setup = setup,
    .teardown = teardown,
    .cell = cell,
    .summarize = summarize,
};

int main(int argc, char **argv)
{
    return lab_main(&spec, argc, argv);
}
