/* What is S*_{q,p} of a vector?
 *
 * Source: kexue.fm/archives/9595, eq. 1, 4, 13-17: the ratio of power means S*_{q,p} = M_q/M_p with its range
 * [n^{1/p-1/q}, 1], and beside it the earlier S_{1,p} = (l_1/n)/l_p (eq. 4), the mean over the maximum S_0
 * (orders 1:inf) and cos(sign x, x), which is S*_{1,2} when no entry is zero (eq. 17).
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "lab.h"
#include "sparsity.h"

static void *setup(const struct lab *lab)
{
    return sparsity_data_load(lab_axis_values(lab, "data"), lab_axis_values(lab, "file")->text[0]);
}

static void teardown(void *shared)
{
    sparsity_data_free(shared);
}

static void cell(struct lab_cell *cell)
{
    const struct sparsity_vector *v = sparsity_data_get(lab_shared(cell), lab_word(cell, "data"));
    double q, p, n = (double)v->n, nonzero = 0;
    sparsity_orders_parse(lab_word(cell, "orders"), &q, &p);
    for (size_t i = 0; i < v->n; i++)
        nonzero += v->x[i] > 0;
    double star = sparsity_ratio(v->x, v->n, q, p);
    if (lab_control(cell, "norms")) /* l_q / l_p, the means' factor left out */
        star = sparsity_norm(v->x, v->n, q) / sparsity_norm(v->x, v->n, p);
    lab_put(cell, "star", star);
    lab_put(cell, "lowest", pow(n, 1 / p - 1 / q));
    if (q == 1) {
        double plain = sparsity_mean_over_norm(v->x, v->n, p);
        lab_put(cell, "plain", lab_control(cell, "norms") ? star : plain);
    }
    if (q == 1 && p == 2)
        lab_put(cell, "cosine", star * sqrt(lab_control(cell, "norms") ? 1 : n / nonzero));
}

static void measure(struct lab *lab, const char *column, const char *name, const char *data,
                    const char *orders)
{
    char *values = base_format("data=%s orders=%s", data, orders);
    long g = lab_find(lab, values);
    free(values);
    if (g >= 0)
        lab_measure(lab, lab_value(lab, (size_t)g, column), 4e-15, 0, "%s.%s", column, name);
}

static void summarize(struct lab *lab)
{
    static const char *const orders[] = {"1:2", "1:3", "1:4", "0.5:1", "0.5:2", "2:4", "1:inf"};
    for (size_t i = 0; i < sizeof orders / sizeof *orders; i++) {
        char *name = base_copy(orders[i]), *colon = strchr(name, ':');
        *colon = '_';
        measure(lab, "star", name, "4:3:2:1:0", orders[i]);
        if (!strcmp(name, "1_2") || !strcmp(name, "1_4"))
            measure(lab, "plain", name, "4:3:2:1:0", orders[i]);
        free(name);
    }
    measure(lab, "star", "zeros", "3:-1:0:2:0:0.5", "1:2");
    measure(lab, "cosine", "zeros", "3:-1:0:2:0:0.5", "1:2");
}

static char *check(const struct lab_cell *cell)
{
    double q, p;
    if (sparsity_orders_parse(lab_word(cell, "orders"), &q, &p))
        return base_format("--orders: '%.40s' is not accepted; give Q:P with 0 < Q < P, P perhaps inf",
                           lab_word(cell, "orders"));
    return sparsity_data_check(lab_word(cell, "data"), lab_word(cell, "file"));
}

static const struct lab_spec spec = {
    .name = "sparsity/ratio",
    .about = "What is S*_{q,p} of a vector, and its relatives?",
    .axes = {{"data", "4:3:2:1:0,3:-1:0:2:0:0.5", NULL, NULL,
              "a vector, or words, digits, spectrum (of the digits), file", AXIS_WORD},
             {"orders", "1:2,1:3,1:4,0.5:1,0.5:2,2:4,1:inf", NULL, NULL, "Q:P", AXIS_WORD},
             {"file", "none", NULL, "none", "numbers for --data file; a text or folder for --data words",
              AXIS_FILE}},
    .columns = "star:13,plain:13,lowest:13,cosine:13",
    .controls = "norms",
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
