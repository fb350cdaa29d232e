/* Do Renyi entropies of different orders order random vectors alike?
 *
 * Source: kexue.fm/archives/9595 calls them equivalent to some degree (entropy section). We draw probability
 * vectors from the symmetric Dirichlet law and take Kendall's tau between H_k of several pairs of orders; a
 * replicate is a batch of vectors, over which tau is unbiased.
 * Finding: the agreement is far from full and falls with n: at n = 1024, alpha = 1 tau(H_1, H_5) is 0.41.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "lab.h"
#include "softmax.h"
#include "sparsity.h"

#include <gsl/gsl_randist.h>

static void cell(struct lab_cell *cell)
{
    long low = 0;
    double orders[2], alpha;
    char *law = base_copy(lab_word(cell, "law")), *slash = strchr(law, '/');
    *slash = '\0';
    base_parse_long(law, &low);
    base_parse_real(slash + 1, &alpha);
    free(law);
    sparsity_orders_parse(lab_word(cell, "orders"), &orders[0], &orders[1]);
    size_t n = (size_t)low, draws = (size_t)lab_integer(cell, "draws");
    double *x = base_alloc(n, sizeof *x), *h[2];
    h[0] = base_alloc(draws, sizeof **h), h[1] = base_alloc(draws, sizeof **h);
    for (size_t d = 0; d < draws; d++) {
        for (int k = 0; k < 2; k++) {
            if (!k || lab_control(cell, "unpaired"))
                for (size_t i = 0; i < n; i++)
                    x[i] = gsl_ran_gamma(lab_rng(cell), alpha, 1);
            h[k][d] = softmax_renyi(x, n, orders[k]);
        }
    }
    lab_put(cell, "tau", stats_kendall_tau(h[0], h[1], draws));
    free(x);
    free(h[0]);
    free(h[1]);
}

static void summarize(struct lab *lab)
{
    for (size_t g = 0; g < lab_groups(lab) && lab_axis_values(lab, "replicate")->count > 1; g++) {
        char *law = base_copy(lab_word(lab_group(lab, g), "law")),
             *orders = base_copy(lab_word(lab_group(lab, g), "orders"));
        *strchr(law, '/') = '_';
        *strchr(orders, ':') = '_';
        if (lab_axis_values(lab, "draws")->count == 1)
            lab_measure_mean(lab, lab_mean(lab, g, "tau"), "tau.%s.%s", law, orders);
        free(law);
        free(orders);
    }
}

static char *check(const struct lab_cell *cell)
{
    double q, p, alpha;
    long n;
    const char *word = lab_word(cell, "law"), *slash = strchr(word, '/');
    char *number = base_format("%.*s", slash ? (int)(slash - word) : 0, word);
    int bad = !slash || base_parse_long(number, &n) || n < 2 || n > 10000000 ||
              base_parse_real(slash + 1, &alpha) || !(alpha > 0);
    free(number);
    if (bad)
        return base_format(
            "--law: '%.40s' is not accepted; give N/ALPHA, N from 2 to 10000000, ALPHA greater than 0", word);
    return sparsity_orders_parse(lab_word(cell, "orders"), &q, &p)
               ? base_format("--orders: '%.40s' is not accepted; give K:L with 0 < K < L, L perhaps inf",
                             lab_word(cell, "orders"))
               : NULL;
}

static const struct lab_spec spec = {
    .name = "sparsity/rank_correlation",
    .about = "Do Renyi entropies of different orders order random vectors alike?",
    .axes = {{"law", "16/0.3,128/0.3,128/1,1024/1", NULL, NULL, "N/ALPHA: Dirichlet(ALPHA) on N entries",
              AXIS_WORD},
             {"orders", "1:2,1:5,0.5:5", NULL, NULL, "pairs of orders K:L", AXIS_WORD},
             {"draws", "200", "60", "[2,100000]", "vectors in a replicate", AXIS_INTEGER},
             {"replicate", "0:99", NULL, NULL, "independent batches", AXIS_INTEGER}},
    .columns = "tau",
    .fold = "replicate",
    .controls = "unpaired",
    .check = check,
    .cell = cell,
    .summarize = summarize,
};

int main(int argc, char **argv)
{
    return lab_main(&spec, argc, argv);
}
