/* How many of the codes does a sequence use?
 *
 * Source: kexue.fm/archives/9844 says that with n much larger than c every code comes back all over the
 * sequence. For n independent uniform codes the number of different ones has E = c (1 - (1 - 1/c)^n) and a
 * variance in closed form.
 * Finding: at n = c a third of the codes is still unused, at n = 8 c almost none.
 */
#include <math.h>
#include <stdlib.h>

#include "lab.h"
#include "vq.h"

static void cell(struct lab_cell *c)
{
    size_t n = (size_t)lab_integer(c, "n"), codes = (size_t)lab_integer(c, "c"),
           *code = base_alloc(n, sizeof *code);
    gsl_rng *rng = lab_rng(c);
    for (size_t i = 0; i < n; i++)
        code[i] = (size_t)gsl_rng_uniform_int(rng, codes);
    lab_put(c, "distinct", (double)vq_used(n, codes, code));
    free(code);
}

static void summarize(struct lab *lab)
{
    struct lab_table *table = lab_table(
        lab, NULL, "n,c,expected:10,deviation:10,distinct:10,distinct_error:4,variance:8,variance_error:4");
    for (size_t i = 0; i < lab_groups(lab); i++) {
        double n = lab_real(lab_group(lab, i), "n"), c = lab_real(lab_group(lab, i), "c");
        size_t count;
        const double *x = lab_column(lab, i, "distinct", &count);
        struct stats_moments m = {0};
        for (size_t k = 0; k < count; k++)
            stats_moments_push(&m, x[k]);
        struct stats_mean mean = stats_moments_mean(&m), variance = stats_moments_variance_mean(&m);
        /* control: every key gets a code of its own while there are any */
        double expected = lab_run_control(lab, "no_repeats") ? fmin(n, c) : vq_occupancy_mean(n, c);
        double spread = lab_run_control(lab, "no_repeats") ? 0 : vq_occupancy_variance(n, c);
        lab_table_row(table, (double[]){n, c, expected, sqrt(spread), mean.value, mean.error, variance.value,
                                        variance.error});
        if (c != 512 || (n != 512 && n != 1024 && n != 2048 && n != 4096))
            continue;
        lab_measure(lab, expected, 0, 0, "expected_%.0f", n);
        lab_measure(lab, sqrt(spread), 0, 0, "deviation_%.0f", n);
        mean.value = (mean.value - expected) / c;
        mean.error /= c;
        lab_measure_mean(lab, mean, "share_excess_%.0f", n);
        double unit = spread > 0 ? spread : 1;
        variance.value = variance.value / unit - 1;
        variance.error /= unit;
        lab_measure_mean(lab, variance, "variance_excess_%.0f", n);
    }
}

static const struct lab_spec spec = {
    .name = "vq/occupancy",
    .about = "How many different codes n independent keys use",
    .axes = {{"c", "64,512", "512", "[1,1e7]", "Codes, equally likely", AXIS_INTEGER},
             {"n", "64,128,256,512,1024,2048,4096,8192", "512,1024,2048,4096", "[1,1e8]", "Keys",
              AXIS_INTEGER},
             {"replicate", "0:4999", "0:1999", "[0,inf)", "Replicate", AXIS_INTEGER}},
    .columns = "distinct",
    .fold = "replicate",
    .controls = "no_repeats",
    .cell = cell,
    .summarize = summarize,
};

int main(int argc, char **argv)
{
    return lab_main(&spec, argc, argv);
}
