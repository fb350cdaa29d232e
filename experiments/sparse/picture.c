/* The patterns and their products as pictures.
 *
 * Source: kexue.fm/archives/6853 draws each pattern as a matrix of queries against keys. Each stack is
 * multiplied out over the integers: the number of paths from input j to output i. A row for every pair that
 * has one.
 */
#include <stdlib.h>

#include "sparse_cell.h"

static char *stack_of(const struct lab_cell *cell, struct sparse_set *set, size_t *layers)
{
    size_t k, c;
    char *why = sparse_cell_size(cell, "k", 1, &k);
    if (!why)
        why = sparse_cell_size(cell, "c", k, &c);
    return why ? why
               : sparse_stack_named(lab_word(cell, "stack"), k, k, k, c, (int)lab_integer(cell, "causal"),
                                    set, layers);
}

static char *check(const struct lab_cell *cell)
{
    struct sparse_set set[SPARSE_STACK_MAX];
    size_t layers;
    return stack_of(cell, set, &layers);
}

static void cell(struct lab_cell *c)
{
    struct sparse_set set[SPARSE_STACK_MAX];
    size_t layers, n = (size_t)lab_integer(c, "n"), *keys = base_alloc(n, sizeof *keys);
    free(stack_of(c, set, &layers));
    double *paths = base_alloc(2 * n * n, sizeof *paths), *next = paths + n * n, *block = paths;
    for (size_t i = 0; i < n; i++)
        paths[i * n + i] = 1;
    for (size_t t = layers; t-- > 0;) {
        for (size_t i = 0; i < n * n; i++)
            next[i] = 0;
        for (size_t i = 0; i < n; i++) {
            size_t count = sparse_keys(&set[t], n, i, keys);
            for (size_t a = 0; a < count; a++)
                for (size_t j = 0; j < n; j++)
                    next[i * n + j] += paths[keys[a] * n + j];
        }
        double *swap = paths;
        paths = next;
        next = swap;
    }
    int begun = 0;
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < n; j++) {
            if (paths[i * n + j] == 0)
                continue;
            if (begun++)
                lab_next_row(c);
            lab_put(c, "i", (double)i);
            lab_put(c, "j", (double)j);
            lab_put(c, "paths", paths[i * n + j]);
        }
    free(block);
    free(keys);
}

static const struct lab_spec spec = {
    .name = "sparse/picture",
    .about = "The patterns and their products as pictures",
    .axes = {{"n", "30", "12", "[1,1000]", "Positions", AXIS_INTEGER},
             {"k", "5", "4", SPARSE_SIZES, "Stride or half-width", AXIS_INTEGER},
             {"c", "2", NULL, SPARSE_SIZES, "Summary width of the fixed heads, at most k", AXIS_INTEGER},
             {"stack", "atrous,local,sparse,atrous.local,fixed2.fixed1,fixed1.fixed2", NULL, NULL,
              "Patterns from the output down, joined by '.'", AXIS_WORD},
             {"causal", "0,1", NULL, "[0,1]", "Keys j <= i alone?", AXIS_INTEGER}},
    .columns = "i:17,j:17,paths:17",
    .check = check,
    .cell = cell,
};

int main(int argc, char **argv)
{
    return lab_main(&spec, argc, argv);
}
