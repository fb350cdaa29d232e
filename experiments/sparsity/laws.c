/* What are the indices of a long sample of a known law?
 *
 * Source: kexue.fm/archives/9595, eq. 18: S*_{1,2} of a sample tends to E|x|/sqrt(E x^2). The numbers for
 * particular laws, and those of Gini and of the effective numbers N_k/n, are added here. Each replicate is a
 * sample of n; its bias against the limit is of order 1/n, far below the standard error unless the law has
 * heavy tails.
 * Finding: all agree; S of normal entries is sqrt(2/pi), of attention weights with normal scores of deviation
 * g it is e^{-g^2/2}. Student's t with 3 degrees is only reported: its S converges like n^{-1/3} (outlier.c).
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "lab.h"
#include "softmax.h"
#include "sparsity.h"

static void cell(struct lab_cell *cell)
{
    struct sparsity_law law;
    sparsity_law_parse(lab_word(cell, "law"), &law);
    size_t n = (size_t)lab_integer(cell, "n");
    double *x = base_alloc(n, sizeof *x), *work = base_alloc(n, sizeof *work), size = (double)n;
    sparsity_law_draw(&law, lab_rng(cell), x, n);
    if (lab_control(cell, "squares"))
        for (size_t i = 0; i < n; i++)
            x[i] *= x[i];
    lab_put(cell, "star", sparsity_ratio(x, n, 1, 2));
    lab_put(cell, "gini", sparsity_gini(x, n, work));
    lab_put(cell, "n1", softmax_effective_number(x, n, 1) / size);
    lab_put(cell, "n2", softmax_effective_number(x, n, 2) / size);
    lab_put(cell, "n_half", softmax_effective_number(x, n, 0.5) / size);
    lab_put(cell, "mean_over_max", sparsity_ratio(x, n, 1, INFINITY));
    free(x);
    free(work);
}

static void summarize(struct lab *lab)
{
    static const char *const laws[] = {"normal",      "laplace",       "uniform",     "lognormal:0.5",
                                       "lognormal:1", "bernoulli:0.3", "softmax:0.5", "student:3"};
    static const char *const columns[] = {"star", "gini", "n1", "n2", "n_half"};
    const struct axis_values *sizes = lab_axis_values(lab, "n");
    if (lab_axis_values(lab, "replicate")->count < 2)
        return;
    for (size_t l = 0; l < sizeof laws / sizeof *laws; l++) { /* at the longest sample */
        char *values = base_format("law=%s n=%s", laws[l], sizes->text[sizes->count - 1]);
        long g = lab_find(lab, values);
        free(values);
        char *name = base_copy(laws[l]), *colon = strchr(name, ':');
        if (colon)
            *colon = '_';
        for (size_t c = 0; g >= 0 && c < sizeof columns / sizeof *columns; c++)
            if (strcmp(laws[l], "student:3"))
                lab_measure_mean(lab, lab_mean(lab, (size_t)g, columns[c]), "%s.%s", columns[c], name);
        free(name);
    }
}

static char *check(const struct lab_cell *cell)
{
    return sparsity_law_check(lab_word(cell, "law"));
}

static const struct lab_spec spec = {
    .name = "sparsity/laws",
    .about = "What are the indices of a long sample of a known law?",
    .axes = {{"law", "normal,laplace,uniform,lognormal:0.5,lognormal:1,bernoulli:0.3,softmax:0.5,student:3",
              NULL, NULL, "of the entries", AXIS_WORD},
             {"n", "100000", "10000", "[1,1000000000]", "entries", AXIS_INTEGER},
             {"replicate", "0:99", NULL, NULL, "independent samples", AXIS_INTEGER}},
    .columns = "star,gini,n1,n2,n_half,mean_over_max",
    .fold = "replicate",
    .controls = "squares",
    .check = check,
    .cell = cell,
    .summarize = summarize,
};

int main(int argc, char **argv)
{
    return lab_main(&spec, argc, argv);
}
