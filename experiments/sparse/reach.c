/* Which inputs can influence which outputs through a stack of sparse layers?
 *
 * Source: kexue.fm/archives/6853, remark that a local and an atrous layer together leave no hole; arXiv
 * 1904.10509 on factorised heads. A layer is a 0/1 matrix, a stack the boolean product of its layers, output
 * side first:
 * --stack atrous.local is a local layer with an atrous one on top. --residual 1 adds the identity to every
 * layer, as a skip connection does. Rows are bit-packed. Finding: local and atrous reach everything in either
 * order. The fixed heads do not without the residual path, and in the order A1 A2 not even with it.
 */
#include <stdlib.h>
#include <string.h>

#include "sparse_cell.h"

static const double cost_most = 3e11; /* word operations, a few minutes */

static char *stack_of(const struct lab_cell *cell, struct sparse_set *set, size_t *layers)
{
    size_t k, w, l, c;
    char *why = sparse_cell_size(cell, "k", 1, &k);
    if (!why)
        why = sparse_cell_size(cell, "w", k, &w);
    if (!why)
        why = sparse_cell_size(cell, "l", k, &l);
    if (!why)
        why = sparse_cell_size(cell, "c", l, &c);
    return why ? why
               : sparse_stack_named(lab_word(cell, "stack"), k, w, l, c, (int)lab_integer(cell, "causal"),
                                    set, layers);
}

static char *check(const struct lab_cell *cell)
{
    struct sparse_set set[SPARSE_STACK_MAX];
    size_t layers, n = (size_t)lab_integer(cell, "n");
    char *why = stack_of(cell, set, &layers);
    double cost = why ? 0 : sparse_reach_cost(set, layers, (size_t)lab_integer(cell, "depth"), n);
    if (cost > cost_most)
        return base_format("--n %zu with --depth %ld: %.2g word operations predicted, more than %.2g", n,
                           lab_integer(cell, "depth"), cost, cost_most);
    return why;
}

static size_t triangle(size_t m)
{
    return m * (m + 1) / 2;
}

/* Missing pairs of the two fixed heads, causal, derived: -1 when there is no formula. */
static double formula(const char *stack, const struct sparse_set *set, int residual, size_t n)
{
    size_t l = set->k, open = l - set->c, b = n % l; /* positions of a block that are no summary columns */
    size_t last = b < open ? b : open;
    if (!set->causal)
        return -1;
    if (!strcmp(stack, "fixed2.fixed1"))
        return residual ? 0 : (double)(n / l * triangle(open) + triangle(last));
    if (!strcmp(stack, "fixed1.fixed2")) {
        uint64_t used;
        sparse_count(&(struct sparse_set){SPARSE_FIXED2, l, set->c, 1}, n, &used);
        /* (j, i) of one block with j no summary column: these the residual path restores */
        size_t within = n / l * (triangle(l) - triangle(l - open)) + triangle(b) - triangle(b - last);
        return (double)(triangle(n) - used) - (residual ? (double)within : 0);
    }
    return -1;
}

static void cell(struct lab_cell *c)
{
    struct sparse_set set[SPARSE_STACK_MAX];
    size_t layers, n = (size_t)lab_integer(c, "n"), depth = (size_t)lab_integer(c, "depth");
    int residual = (int)lab_integer(c, "residual"), causal = (int)lab_integer(c, "causal");
    free(stack_of(c, set, &layers));
    const char *stack = lab_word(c, "stack");
    if (lab_control(c, "band_short")) /* a band that leaves holes */
        for (size_t t = 0; t < layers; t++)
            if (set[t].kind == SPARSE_LOCAL || set[t].kind == SPARSE_MERGED) {
                if (set[t].kind == SPARSE_MERGED)
                    set[t].kind = SPARSE_LOCAL;
                set[t].k = set[t].k > 3 ? set[t].k / 3 : 1;
            }
    if (lab_control(c, "band_short")) /* the fixed heads without their own block */
        for (size_t t = 0; t < layers; t++)
            if (set[t].kind == SPARSE_FIXED)
                set[t].kind = SPARSE_FIXED2;
    if (lab_control(
            c, "summaries_first")) /* summary columns at the head of a block: not what the definition says */
        for (size_t t = 0; t < layers; t++)
            if (set[t].kind == SPARSE_FIXED2)
                set[t] = (struct sparse_set){SPARSE_ATROUS, set[t].k, 1, causal};
    size_t margin = set[0].k < n ? set[0].k : n;
    struct sparse_reach reach = sparse_reach(set, layers, depth, residual, n, causal, margin);
    if (lab_control(c, "residual_off") && residual)
        reach = sparse_reach(set, layers, depth, 0, n, causal, margin);
    lab_put(c, "stride", (double)set[0].k);
    sparse_cell_put_count(c, "reached", reach.reached);
    sparse_cell_put_count(c, "missing_pairs", reach.missing);
    sparse_cell_put_count(c, "missing_interior", reach.missing_interior);
    double expected = depth == 1 ? formula(stack, set, residual, n) : -1;
    if (expected >= 0)
        lab_put(c, "missing_formula", expected);
}

static void measure(struct lab *lab, const char *values, const char *column, const char *name)
{
    long g = lab_find(lab, values);
    if (g >= 0)
        lab_measure_text(lab, lab_text(lab, (size_t)g, column), "%s", name);
}

static void summarize(struct lab *lab)
{
    static const struct {
        const char *values, *name;
    } table[] = {
        {"n=1024 k=root c=quarter stack=fixed2.fixed1 residual=0 causal=1", "fixed21_1024_32_8"},
        {"n=256 k=root c=1 stack=fixed2.fixed1 residual=0 causal=1", "fixed21_256_16_1"},
        {"n=256 k=root c=quarter stack=fixed2.fixed1 residual=0 causal=1", "fixed21_256_16_4"},
        {"n=64 k=root c=quarter stack=fixed2.fixed1 residual=0 causal=1", "fixed21_64_8_2"},
        {"n=1024 k=root c=quarter stack=fixed1.fixed2 residual=0 causal=1", "fixed12_1024_32_8"},
        {"n=256 k=root c=quarter stack=fixed1.fixed2 residual=0 causal=1", "fixed12_256_16_4"},
        {"n=64 k=root c=quarter stack=fixed1.fixed2 residual=0 causal=1", "fixed12_64_8_2"},
        {"n=1024 k=root c=quarter stack=fixed1.fixed2 residual=1 causal=1", "fixed12_residual_1024_32_8"},
        {"n=256 k=root c=quarter stack=fixed1.fixed2 residual=1 causal=1", "fixed12_residual_256_16_4"},
        {"n=64 k=root c=quarter stack=fixed1.fixed2 residual=1 causal=1", "fixed12_residual_64_8_2"},
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++)
        measure(lab, table[i].values, "missing_pairs", table[i].name);
    /* over all of the sweep: the worst of each stack that is to reach everything */
    static const struct {
        const char *stack, *name;
        int residual, causal;
    } whole[] = {
        {"atrous.local", "atrous_local", 0, 0},   {"local.atrous", "local_atrous", 0, 0},
        {"sparse.sparse", "merged", 0, 0},        {"strided2.strided1", "strided21", 0, 1},
        {"strided1.strided2", "strided12", 0, 1}, {"fixed2.fixed1", "fixed21_residual", 1, 1},
        {"fixed.fixed", "fixed_merged", 0, 1},
    };
    for (size_t w = 0; w < sizeof whole / sizeof *whole; w++) {
        double worst = -1;
        for (size_t g = 0; g < lab_groups(lab); g++) {
            const struct lab_cell *at = lab_group(lab, g);
            if (lab_is(at, "stack", whole[w].stack) && lab_integer(at, "residual") == whole[w].residual &&
                lab_integer(at, "causal") == whole[w].causal && lab_is(at, "w", "k") && lab_is(at, "l", "k"))
                worst = worst > strtod(lab_text(lab, g, "missing_pairs"), NULL)
                            ? worst
                            : strtod(lab_text(lab, g, "missing_pairs"), NULL);
        }
        if (worst >= 0)
            lab_measure(lab, worst, 0, 0, "missing_%s", whole[w].name);
    }
    double off = -1;
    for (size_t g = 0; g < lab_groups(lab); g++) {
        double expected = lab_value(lab, g, "missing_formula"),
               gap = expected - strtod(lab_text(lab, g, "missing_pairs"), NULL);
        if (gap == gap)
            off = off > (gap < 0 ? -gap : gap) ? off : (gap < 0 ? -gap : gap);
    }
    if (off >= 0)
        lab_measure(lab, off, 0, 0, "formula_gap");
}

static const struct lab_spec spec = {
    .name = "sparse/reach",
    .about = "Which inputs can influence which outputs through a stack of sparse layers?",
    .axes = {{"n", "64,97,100,256,1000,1024", "64,97,256,1024", "[1,1000000]", "Positions", AXIS_INTEGER},
             {"k", "5,root", NULL, SPARSE_SIZES, "Stride or half-width", AXIS_INTEGER},
             {"w", "k", NULL, SPARSE_SIZES, "Half-width of the layers called local", AXIS_INTEGER},
             {"l", "k", NULL, SPARSE_SIZES, "Stride of the heads of arXiv 1904.10509", AXIS_INTEGER},
             {"c", "1,quarter", NULL, SPARSE_SIZES, "Summary width of the fixed heads, at most l",
              AXIS_INTEGER},
             {"stack",
              "atrous.local,local.atrous,atrous,sparse,sparse.sparse,strided2.strided1,strided1.strided2,"
              "fixed2.fixed1,"
              "fixed1.fixed2,fixed,fixed.fixed",
              NULL, NULL, "Patterns from the output down, joined by '.'", AXIS_WORD},
             {"residual", "0,1", NULL, "[0,1]", "Add the identity to every layer?", AXIS_INTEGER},
             {"causal", "0,1", NULL, "[0,1]", "Keys j <= i alone?", AXIS_INTEGER},
             {"depth", "1", NULL, "[1,100000]", "How often the stack is repeated", AXIS_INTEGER}},
    .columns = "stride:17,reached,missing_pairs,missing_interior,missing_formula:17",
    .controls = "band_short|summaries_first|residual_off",
    .check = check,
    .cell = cell,
    .summarize = summarize,
};

int main(int argc, char **argv)
{
    return lab_main(&spec, argc, argv);
}
