/* What does one large entry do to the indices?
 *
 * Source: kexue.fm/archives/9595, section 1: the mean over the maximum is governed by outliers. We put one
 * entry of n normal magnitudes to M and let M grow. As long as M is the maximum E S_0 = ((n-1) sqrt(2/pi) +
 * M) / (n M) exactly; S does not care before M^2 is of the size of n.
 * Finding: at n = 1000 a spike of 10 deviations takes S_0 to a third, S by 4 %, the Gini index by 1 %.
 */
#include <math.h>
#include <stdlib.h>

#include "lab.h"
#include "softmax.h"
#include "sparsity.h"

static void cell(struct lab_cell *cell)
{
    size_t n = (size_t)lab_integer(cell, "n");
    double *x = base_alloc(n, sizeof *x), *work = base_alloc(n, sizeof *work),
           spike = lab_real(cell, "spike");
    for (size_t i = 0; i < n; i++)
        x[i] = fabs(rng_normal(lab_rng(cell)));
    if (!lab_control(cell, "none"))
        x[0] = spike;
    lab_put(cell, "mean_over_max", sparsity_ratio(x, n, 1, INFINITY));
    lab_put(cell, "star", sparsity_ratio(x, n, 1, 2));
    lab_put(cell, "star_half_1", sparsity_ratio(x, n, 0.5, 1));
    lab_put(cell, "one_less_gini", 1 - sparsity_gini(x, n, work));
    lab_put(cell, "n1", softmax_effective_number(x, n, 1) / (double)n);
    free(x);
    free(work);
}

static void summarize(struct lab *lab)
{
    static const char *const spikes[] = {"10", "100"};
    for (size_t i = 0; i < 2; i++) {
        char *values = base_format("n=1000 spike=%s", spikes[i]);
        long g = lab_find(lab, values);
        free(values);
        if (g < 0)
            continue;
        lab_measure_mean(lab, lab_mean(lab, (size_t)g, "mean_over_max"), "mean_over_max.%s", spikes[i]);
        lab_measure_mean(lab, lab_mean(lab, (size_t)g, "star"), "star.%s", spikes[i]);
    }
}

static const struct lab_spec spec = {
    .name = "sparsity/spike",
    .about = "What does one large entry do to the indices?",
    .axes = {{"n", "1000", NULL, "[2,100000000]", "entries", AXIS_INTEGER},
             {"spike", "1,2,5,10,20,50,100,200,500,1000,2000,5000,10000", "10,100", "[0,1e100]",
              "the entry M", AXIS_REAL},
             {"replicate", "0:199", "0:99", NULL, "independent samples", AXIS_INTEGER}},
    .columns = "mean_over_max,star,star_half_1,one_less_gini,n1",
    .fold = "replicate",
    .controls = "none",
    .cell = cell,
    .summarize = summarize,
};

int main(int argc, char **argv)
{
    return lab_main(&spec, argc, argv);
}
