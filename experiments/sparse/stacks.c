/* Do two layers reach everything for every n and k?
 *
 * Source: kexue.fm/archives/6853, remark that local and atrous layers complete each other, there for sizes
 * that fit; arXiv 1904.10509 on factorised heads. For each n every stride k from 1 to n is tried (for the
 * fixed heads also several summary widths): what is missing of the whole, or held against its formula.
 * Finding: nothing is ever missing for local with atrous, in either order, for two merged layers, for the
 * strided heads in either order and for the fixed heads A2 A1 with the residual path. Any stack of atrous
 * layers reaches its own residue class and nothing else.
 */
#include <stdlib.h>
#include <string.h>

#include "sparse_cell.h"

static void cell(struct lab_cell *c)
{
    size_t n = (size_t)lab_integer(c, "n");
    const char *stack = lab_word(c, "stack");
    int residual = (int)lab_integer(c, "residual"),
        causal = !strstr(stack, "sparse") && !strstr(stack, "atrous");
    double tried = 0, missing = 0, classes = 0;
    for (size_t k = 1; k <= n; k++) {
        size_t step = strstr(stack, "fixed") && k > 2 ? (k - 1) / 2 : k;
        for (size_t width = k; width >= 1 && width <= k; width -= step) {
            struct sparse_set set[SPARSE_STACK_MAX];
            size_t layers, w = k;
            if (lab_control(c, "band_short"))
                w = k > 2 ? k - 2 : 1;
            free(sparse_stack_named(stack, k, w, k, width, causal, set, &layers));
            if (lab_control(c, "band_short") && !strstr(stack, "local"))
                set[0].kind = set[1].kind = SPARSE_ATROUS; /* no band at all */
            if (lab_control(c, "mixed_stride"))
                set[1].k = k + 1;
            struct sparse_reach reach =
                sparse_reach(set, layers, 1, residual && !lab_control(c, "bare"), n, causal, 0);
            missing += (double)reach.missing;
            if (!strcmp(stack, "atrous.atrous")) { /* reached: exactly the pairs of one class? */
                uint64_t own;
                sparse_count(&(struct sparse_set){SPARSE_ATROUS, k, 1, 0}, n, &own);
                classes += reach.reached != own;
            }
            tried++;
        }
    }
    lab_put(c, "tried", tried);
    lab_put(c, "missing", missing);
    lab_put(c, "classes_broken", classes);
}

static void summarize(struct lab *lab)
{
    static const char *const stacks[] = {"atrous.local",      "local.atrous",      "sparse.sparse",
                                         "strided2.strided1", "strided1.strided2", "fixed2.fixed1",
                                         "fixed1.fixed2",     "atrous.atrous"};
    static const char *const names[] = {"atrous_local", "local_atrous", "merged",  "strided21",
                                        "strided12",    "fixed21",      "fixed12", "atrous_atrous"};
    for (int s = 0; s < 8; s++)
        for (int residual = 0; residual < 2; residual++) {
            double missing = 0, classes = 0;
            int there = 0;
            for (size_t g = 0; g < lab_groups(lab); g++)
                if (lab_is(lab_group(lab, g), "stack", stacks[s]) &&
                    lab_integer(lab_group(lab, g), "residual") == residual) {
                    there = 1;
                    missing += lab_value(lab, g, "missing");
                    classes += lab_value(lab, g, "classes_broken");
                }
            if (!there || (s == 5 && !residual) || (s < 5 && residual))
                continue;
            if (s == 7 && !residual)
                lab_measure(lab, classes, 0, 0, "classes_broken");
            else if (s == 6 && residual)
                lab_measure(lab, missing, 0, 0, "missing_%s_residual", names[s]);
            else if (s < 6)
                lab_measure(lab, missing, 0, 0, "missing_%s%s", names[s], residual ? "_residual" : "");
        }
}

static const struct lab_spec spec = {
    .name = "sparse/stacks",
    .about = "Do two sparse layers reach everything for every n and k?",
    .axes = {{"n", "1:80", "1:40", "[1,1000]", "Positions; every stride from 1 to n is tried", AXIS_INTEGER},
             {"stack",
              "atrous.local,local.atrous,sparse.sparse,strided2.strided1,strided1.strided2,fixed2.fixed1,"
              "fixed1.fixed2,"
              "atrous.atrous",
              NULL,
              "atrous.local|local.atrous|sparse.sparse|strided2.strided1|strided1.strided2|fixed2.fixed1|"
              "fixed1.fixed2|"
              "atrous.atrous",
              "Two patterns, that nearest to the output first; the paper's are causal", AXIS_WORD},
             {"residual", "0,1", NULL, "[0,1]", "Add the identity to every layer?", AXIS_INTEGER}},
    .columns = "tried,missing:17,classes_broken",
    .controls = "band_short|mixed_stride|bare",
    .cell = cell,
    .summarize = summarize,
};

int main(int argc, char **argv)
{
    return lab_main(&spec, argc, argv);
}
