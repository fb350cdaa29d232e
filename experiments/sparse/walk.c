/* Reach is yes or no; how much weight arrives?
 *
 * Source: kexue.fm/archives/6853 on reach; beyond it, the weight of the paths. The rows of a stack of
 * attention matrices are multiplied from one output down to the inputs: w = e_i P_1 P_2 ... (the value path,
 * as with linear values). Scores are zero (uniform weights) or standard normal, new ones for each layer and
 * pair. Finding: with local layers the walk has variance L k(k+1)/3, exactly, for normal scores in the mean:
 * L layers see as far as k sqrt(L/3) although they reach L k. Two merged layers give a far input 4 paths of
 * weight 1/rows^2 each; the mean weight is 1/n, that of dense attention.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "softmax.h"
#include "sparse_cell.h"

static const double pairs_most = 1e9;

static char *check(const struct lab_cell *cell)
{
    struct sparse_set set[SPARSE_STACK_MAX];
    size_t k, layers, n = (size_t)lab_integer(cell, "n");
    char *why = sparse_cell_size(cell, "k", 1, &k);
    if (!why)
        why = sparse_stack_named(lab_word(cell, "stack"), k, k, k, 1, 0, set, &layers);
    double cost =
        why ? 0 : sparse_reach_cost(set, layers, (size_t)lab_integer(cell, "layers"), n) / ((double)n / 64);
    if (cost > pairs_most)
        return base_format("--n %zu with --layers %ld: %.2g pairs predicted, more than %.2g", n,
                           lab_integer(cell, "layers"), cost, pairs_most);
    return why;
}

struct walk {
    size_t n;
    double *block, *w, *next, *p; /* block holds the other three */
    size_t *keys;
};

static struct walk walk_new(size_t n)
{
    struct walk walk = {
        .n = n, .block = base_alloc(3 * n, sizeof(double)), .keys = base_alloc(n, sizeof(size_t))};
    walk.w = walk.block;
    walk.next = walk.w + n;
    walk.p = walk.next + n;
    return walk;
}

static void walk_free(struct walk *walk)
{
    free(walk->block);
    free(walk->keys);
}

/* w = w P for one layer; scores drawn from rng, zero without one. */
static void walk_step(struct walk *walk, const struct sparse_set *set, gsl_rng *rng)
{
    memset(walk->next, 0, walk->n * sizeof *walk->next);
    for (size_t i = 0; i < walk->n; i++) {
        if (walk->w[i] == 0)
            continue;
        size_t count = sparse_keys(set, walk->n, i, walk->keys);
        for (size_t t = 0; t < count; t++)
            walk->p[t] = rng ? rng_normal(rng) : 0;
        softmax_weights(walk->p, count, walk->p);
        for (size_t t = 0; t < count; t++)
            walk->next[walk->keys[t]] += walk->w[i] * walk->p[t];
    }
    double *swap = walk->w;
    walk->w = walk->next;
    walk->next = swap;
}

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static void cell(struct lab_cell *c)
{
    size_t n = (size_t)lab_integer(c, "n"), k, layers, depth = (size_t)lab_integer(c, "layers"), far = 0;
    struct sparse_set set[SPARSE_STACK_MAX];
    if (lab_is(c, "scores", "zero") && !lab_is(c, "replicate", "0"))
        return; /* nothing is drawn: one is enough */
    sparse_cell_size(c, "k", 1, &k);
    free(sparse_stack_named(lab_word(c, "stack"), k, k, k, 1, 0, set, &layers));
    struct walk walk = walk_new(n);
    size_t start = n / 2;
    walk.w[start] = 1;
    for (size_t t = 0; t < depth * layers; t++)
        walk_step(&walk, &set[t % layers], lab_is(c, "scores", "normal") ? lab_rng(c) : NULL);
    if (lab_control(c, "one_layer") && depth * layers > 1) { /* as if a single layer gave all of it */
        memset(walk.w, 0, n * sizeof *walk.w);
        walk.w[start] = 1;
        walk_step(&walk, &set[0], NULL);
    }
    double variance = 0, total = 0, least = INFINITY, rows = 1;
    for (size_t j = 0; j < n; j++) {
        double d = (double)j - (double)start;
        variance += walk.w[j] * d * d;
        total += walk.w[j];
        least = fmin(least, walk.w[j]);
        if (fabs(d) > 2 * (double)k)
            walk.next[far++] = walk.w[j];
    }
    for (size_t t = 0; t < depth * layers; t++)
        rows *= (double)sparse_row_longest(&set[t % layers], n);
    qsort(walk.next, far, sizeof *walk.next, compare);
    lab_put(c, "variance", variance);
    lab_put(c, "law", (double)depth * (double)k * ((double)k + 1) / 3);
    lab_put(c, "mean_weight_n", total);
    lab_put(c, "least_weight_n", least * (double)n);
    if (far)
        lab_put(c, "far_paths", walk.next[far / 2] * rows);
    walk_free(&walk);
}

/* The weights of one output for zero scores, by distance. */
static void profile(struct lab_table *table, const char *stack, size_t n, size_t k, size_t depth)
{
    struct sparse_set set[SPARSE_STACK_MAX];
    size_t layers;
    free(sparse_stack_named(stack, k, k, k, 1, 0, set, &layers));
    struct walk walk = walk_new(n);
    walk.w[n / 2] = 1;
    for (size_t t = 0; t < depth * layers; t++)
        walk_step(&walk, &set[t % layers], NULL);
    for (size_t d = 0; d <= n / 2; d++) {
        char number[4][32];
        snprintf(number[0], sizeof number[0], "%zu", depth);
        snprintf(number[1], sizeof number[1], "%zu", d);
        snprintf(number[2], sizeof number[2], "%.6g", walk.w[n / 2 - d]);
        lab_table_text_row(table, (const char *const[]){stack, number[0], number[1], number[2]});
    }
    walk_free(&walk);
}

static void summarize(struct lab *lab)
{
    double off = 0, total = 0;
    long exact = 0, rows = 0;
    for (size_t g = 0; g < lab_groups(lab); g++) {
        const struct lab_cell *at = lab_group(lab, g);
        size_t k, count;
        char *why = sparse_cell_size(at, "k", 1, &k);
        free(why);
        lab_column(lab, g, "variance", &count);
        if (count == 0)
            continue;
        long n = lab_integer(at, "n"), depth = lab_integer(at, "layers");
        int inside = 2 * (double)depth * (double)k < (double)n - 1 && lab_is(at, "stack", "local");
        double law = lab_value(lab, g, "law");
        total = fmax(total, fabs(lab_value(lab, g, "mean_weight_n") - 1));
        rows++;
        if (inside && lab_is(at, "scores", "zero")) {
            off = fmax(off, fabs(lab_value(lab, g, "variance") / law - 1));
            exact++;
        } else if (inside && lab_is(at, "scores", "normal") && lab_is(at, "k", "8") && n == 401 &&
                   (depth == 1 || depth == 2 || depth == 8)) {
            struct stats_mean mean = lab_mean(lab, g, "variance");
            if (mean.count < 2)
                continue;
            mean.value = mean.value / law - 1;
            mean.error /= law;
            lab_measure_mean(lab, mean, "variance_excess_%ld", depth);
        }
    }
    if (exact)
        lab_measure(lab, off, 0, 0, "variance_worst");
    if (rows)
        lab_measure(lab, total, 0, 0, "total_off");
    long g = lab_find(lab, "n=401 k=opt layers=2 stack=sparse scores=zero");
    if (g >= 0)
        lab_measure(lab, lab_value(lab, (size_t)g, "far_paths"), 0, 0, "far_paths");
    struct lab_table *table = lab_table(lab, "profile", "stack,layers,distance,weight");
    size_t n = 401, opt;
    sparse_size("opt", n, 1, &opt);
    profile(table, "dense", n, 8, 1);
    profile(table, "local", n, 8, 2);
    profile(table, "local", n, 8, 16);
    profile(table, "sparse", n, opt, 2);
    profile(table, "atrous.local", n, opt, 1);
}

static const struct lab_spec spec = {
    .name = "sparse/walk",
    .about = "How much weight arrives through a stack of sparse layers?",
    .axes = {{"n", "401", NULL, "[1,1000000]", "Positions; the output in their middle", AXIS_INTEGER},
             {"k", "3,8,opt", "8,opt", SPARSE_SIZES, "Stride or half-width", AXIS_INTEGER},
             {"layers", "1,2,4,8,16", "1,2,8", "[1,10000]", "How often the stack is repeated", AXIS_INTEGER},
             {"stack", "local,sparse,atrous.local", "local,sparse", NULL,
              "Patterns from the output down, joined by '.'", AXIS_WORD},
             {"scores", "zero,normal", NULL, "zero|normal", "Scores of the attention", AXIS_WORD},
             {"replicate", "0:199", "0:99", "[0,inf)", "Draw of the scores; zero scores have draw 0 alone",
              AXIS_INTEGER}},
    .columns = "variance,law,mean_weight_n:12,least_weight_n,far_paths",
    .fold = "replicate",
    .controls = "one_layer",
    .check = check,
    .cell = cell,
    .summarize = summarize,
};

int main(int argc, char **argv)
{
    return lab_main(&spec, argc, argv);
}
