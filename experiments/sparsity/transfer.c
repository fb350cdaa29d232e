/* Does S*_{q,p} grow when the rich give to the poor?
 *
 * Source: kexue.fm/archives/9595, eq. 13-15: S*_{q,p} = M_q/M_p is said to meet all six criteria for any p >
 * q > 0. The first of them, D1, asks that S rise when x_i > x_j becomes x_i - a, x_j + a, 0 < a < (x_i -
 * x_j)/2. One vector and one transfer that lowers S refute it. S_0 = mean/maximum (orders 1:inf) meets it
 * only as "does not fall".
 * Finding: both q > 1 and p < 1 fail; (6,4,0) -> (6,3,1) takes S*_{2,4}^4 from 169/291 to 1058/2067.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "lab.h"
#include "sparsity.h"

struct transfer {
    struct sparsity_vector vector;
    long from, to; /* counted from 1 */
    double amount;
};

/* "10:2:1/2/3/0.3": vector, giver, taker, amount. Returns NULL, or a malloc'd word on what is wrong. */
static char *transfer_parse(const char *text, struct transfer *t)
{
    char *copy = base_copy(text), *rest = copy, *part[4] = {NULL};
    for (int i = 0; i < 4 && rest; i++)
        part[i] = strsep(&rest, "/");
    char *why = NULL;
    *t = (struct transfer){0};
    if (rest || !part[3] || base_parse_long(part[1], &t->from) || base_parse_long(part[2], &t->to) ||
        base_parse_real(part[3], &t->amount))
        why = base_copy("give VECTOR/FROM/TO/AMOUNT, such as 10:2:1/2/3/0.3");
    else if (!(why = sparsity_vector_parse(part[0], &t->vector))) {
        long n = (long)t->vector.n;
        const double *x = t->vector.x;
        for (long i = 0; i < n; i++)
            if (x[i] < 0)
                why = why ? why : base_copy("give entries of 0 or more");
        if (!why && (t->from < 1 || t->from > n || t->to < 1 || t->to > n))
            why = base_format("FROM and TO count entries from 1 to %ld", n);
        if (!why && !(t->amount > 0 && t->amount < (x[t->from - 1] - x[t->to - 1]) / 2))
            why = base_copy("the amount must lie between 0 and half of what x[FROM] has more than x[TO]");
    }
    if (why)
        sparsity_vector_free(&t->vector);
    free(copy);
    return why;
}

static void cell(struct lab_cell *cell)
{
    struct transfer t;
    double q, p;
    free(transfer_parse(lab_word(cell, "transfer"), &t));
    sparsity_orders_parse(lab_word(cell, "orders"), &q, &p);
    if (lab_control(cell, "perfect") && (q > 1 || p < 1))
        q = 1, p = 2;
    double *x = t.vector.x, *count = base_alloc(t.vector.n, sizeof *count);
    size_t n = t.vector.n, from = (size_t)t.from - 1, to = (size_t)t.to - 1;
    for (size_t i = 0; i < n; i++)
        count[i] = 1;
    double before = sparsity_ratio(x, n, q, p);
    lab_put(cell, "slope", isinf(p) ? NAN : sparsity_transfer_slope(x, count, n, x[from], x[to], q, p));
    x[from] -= t.amount;
    x[to] += t.amount;
    double after = sparsity_ratio(x, n, q, p);
    lab_put(cell, "before", before);
    lab_put(cell, "after", after);
    lab_put(cell, "change", after - before);
    free(count);
    sparsity_vector_free(&t.vector);
}

static void measure(struct lab *lab, const char *name, const char *transfer, const char *orders)
{
    const double error = 4e-15; /* of S*: roundings of log sums, divided by q >= 0.2 */
    char *values = base_format("transfer=%s orders=%s", transfer, orders);
    long g = lab_find(lab, values);
    free(values);
    if (g < 0)
        return;
    lab_measure(lab, lab_value(lab, (size_t)g, "before"), error, 0, "before.%s", name);
    lab_measure(lab, lab_value(lab, (size_t)g, "after"), error, 0, "after.%s", name);
    lab_measure(lab, lab_value(lab, (size_t)g, "change"), 2 * error, 0, "change.%s", name);
}

static void summarize(struct lab *lab)
{
    const char *large = "10:2:1/2/3/0.3", *whole = "6:4:0/2/3/1";
    measure(lab, "2_4", large, "2:4");
    measure(lab, "1.5_2", large, "1.5:2");
    measure(lab, "1.1_3", large, "1.1:3");
    measure(lab, "3_8", large, "3:8");
    measure(lab, "1_2", large, "1:2");
    measure(lab, "whole.2_4", whole, "2:4");
    measure(lab, "whole.3_8", whole, "3:8");
    measure(lab, "whole.1.5_2", whole, "1.5:2");
    measure(lab, "0.25_0.5", "1.2:1:0.01x18/1/2/0.05", "0.25:0.5");
    measure(lab, "0.2_0.5", "1.2:1:0.01x10/1/2/0.05", "0.2:0.5");
    measure(lab, "1_inf", "3:2:1/2/3/0.3", "1:inf");
    long g = lab_find(lab, "transfer=6:4:0/2/3/1 orders=2:4");
    if (g >= 0) {
        lab_measure(lab, pow(lab_value(lab, (size_t)g, "before"), 4), 4e-15, 0, "whole.fourth_power.before");
        lab_measure(lab, pow(lab_value(lab, (size_t)g, "after"), 4), 4e-15, 0, "whole.fourth_power.after");
    }
}

static char *check(const struct lab_cell *cell)
{
    double q, p;
    if (sparsity_orders_parse(lab_word(cell, "orders"), &q, &p))
        return base_format("--orders: '%.40s' is not accepted; give Q:P with 0 < Q < P, P perhaps inf",
                           lab_word(cell, "orders"));
    struct transfer t;
    char *reason = transfer_parse(lab_word(cell, "transfer"), &t);
    if (!reason) {
        sparsity_vector_free(&t.vector);
        return NULL;
    }
    char *why = base_format("--transfer: '%.80s' is not accepted; %s", lab_word(cell, "transfer"), reason);
    free(reason);
    return why;
}

static const struct lab_spec spec = {
    .name = "sparsity/transfer",
    .about = "Does S*_{q,p} grow when the rich give to the poor (criterion D1)?",
    .axes = {{"transfer",
              "10:2:1/2/3/0.3,6:4:0/2/3/1,3:2:1/2/3/0.3,1.2:1:0.01x18/1/2/0.05,1.2:1:0.01x10/1/2/0.05", NULL,
              NULL, "VECTOR/FROM/TO/AMOUNT, entries counted from 1", AXIS_WORD},
             {"orders", "1:2,1:inf,2:4,1.5:2,1.1:3,3:8,0.25:0.5,0.2:0.5", NULL, NULL, "Q:P of S*_{q,p}",
              AXIS_WORD}},
    .columns = "before:13,after:13,change:8,slope:8",
    .controls = "perfect",
    .check = check,
    .cell = cell,
    .summarize = summarize,
};

int main(int argc, char **argv)
{
    return lab_main(&spec, argc, argv);
}
