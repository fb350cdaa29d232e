/* With a given memory, what is the fastest way to compute a causal attention network?
 *
 * Source: kexue.fm/archives/10017 knows two ends, the cache (N L(L+1)/2 steps, 2 N L d numbers) and full
 * recomputation (C(L+N+1, N+1) - 1 - L steps, N (6d+3) numbers). Between them: keep the outputs of c of the N
 * - 1 inner layers for all positions, and carry B positions at once in each of the c + 1 segments. As T_N is
 * convex in N, segments are as equal as can be. All (c, B) are enumerated with the laws that depth.c counts;
 * the steps are exact integers. A memory named `frontier` lists all pairs that are not beaten in both.
 * Finding: the cache of keys and values is beaten by that of the layer inputs, of half its size; from there
 * down, memory buys time steeply: see the page. One kept layer belongs in the middle, where L has the
 * exponent N/2 + 1.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "lab.h"
#include "recur.h"

struct choice {
    uint64_t kept, block;
    mpz_t steps, numbers;
};

/* Segments of N = q (c+1) + r layers, r of them one longer; flawed: all that is left over in the last. */
static void evaluate(uint64_t layers, uint64_t n, uint64_t d, int lopsided, struct choice *choice)
{
    uint64_t count = choice->kept + 1, q = layers / count, r = layers % count;
    mpz_t part;
    mpz_init(part);
    mpz_set_ui(choice->steps, 0);
    for (int longer = 0; longer < 2; longer++) {
        uint64_t size = lopsided ? (longer ? layers - choice->kept : 1) : q + (uint64_t)longer;
        uint64_t times = lopsided ? (longer ? 1 : choice->kept) : longer ? r : count - r;
        struct recur_shape shape = {RECUR_BLOCK, size, n, 1, choice->block};
        if (!times)
            continue;
        recur_steps(part, &shape);
        mpz_mul_ui(part, part, times);
        mpz_add(choice->steps, choice->steps, part);
    }
    struct recur_shape longest = {RECUR_BLOCK, lopsided ? layers - choice->kept : q + (r > 0), n, 1,
                                  choice->block};
    recur_numbers(choice->numbers, &longest, d);
    mpz_set_ui(part, choice->kept);
    mpz_mul_ui(part, part, n);
    mpz_mul_ui(part, part, d);
    mpz_add(choice->numbers, choice->numbers, part);
    mpz_clear(part);
}

static void put_integer(struct lab_cell *cell, const char *column, const mpz_t value)
{
    char *text = mpz_get_str(NULL, 10, value);
    lab_put_text(cell, column, text);
    free(text);
}

/* log10 of a positive integer of any size. */
static double log10_of(const mpz_t value)
{
    long exponent;
    double mantissa = mpz_get_d_2exp(&exponent, value);
    return log10(mantissa) + (double)exponent * log10(2);
}

static void put_choice(struct lab_cell *cell, uint64_t layers, const struct choice *choice)
{
    uint64_t count = choice->kept + 1;
    lab_put(cell, "kept", (double)choice->kept);
    lab_put(cell, "segment", (double)((layers + count - 1) / count));
    lab_put(cell, "block", (double)choice->block);
    lab_put(cell, "log10_numbers", log10_of(choice->numbers));
    lab_put(cell, "log10_steps", log10_of(choice->steps));
    put_integer(cell, "numbers", choice->numbers);
    put_integer(cell, "steps", choice->steps);
}

static int cheaper(const void *a, const void *b)
{
    const struct choice *x = a, *y = b;
    int by_numbers = mpz_cmp(x->numbers, y->numbers);
    return by_numbers ? by_numbers : mpz_cmp(x->steps, y->steps);
}

static void cell(struct lab_cell *cell)
{
    uint64_t layers = (uint64_t)lab_integer(cell, "layers"), n = (uint64_t)lab_integer(cell, "n");
    uint64_t d = (uint64_t)lab_integer(cell, "d"), blocks = lab_control(cell, "no_blocks") ? 1 : n;
    struct choice *choice = base_alloc(layers * blocks, sizeof *choice), *best = NULL;
    for (uint64_t c = 0; c < layers; c++)
        for (uint64_t b = 0; b < blocks; b++) {
            struct choice *at = &choice[c * blocks + b];
            at->kept = c;
            at->block = b + 1;
            mpz_inits(at->steps, at->numbers, NULL);
            evaluate(layers, n, d, lab_control(cell, "lopsided"), at);
        }
    qsort(choice, layers * blocks, sizeof *choice, cheaper);
    if (lab_is(cell, "memory", "frontier")) {
        for (uint64_t i = 0; i < layers * blocks; i++)
            if (!best || mpz_cmp(choice[i].steps, best->steps) < 0) {
                best = &choice[i];
                put_choice(cell, layers, best);
                lab_next_row(cell);
            }
    } else {
        double memory = lab_real(cell, "memory");
        for (uint64_t i = 0; i < layers * blocks && mpz_cmp_d(choice[i].numbers, memory) <= 0; i++)
            if (!best || mpz_cmp(choice[i].steps, best->steps) < 0)
                best = &choice[i];
        if (best)
            put_choice(cell, layers, best);
        else
            lab_put(cell, "kept", -1); /* nothing fits */
    }
    for (uint64_t i = 0; i < layers * blocks; i++)
        mpz_clears(choice[i].steps, choice[i].numbers, NULL);
    free(choice);
}

static char *check(const struct lab_cell *cell)
{
    double choices = lab_real(cell, "layers") * lab_real(cell, "n"),
           work = choices * lab_real(cell, "layers");
    return work > 4e6
               ? base_format("%.10g binomials are predicted for all (c, B); at most 4e6 are accepted", work)
               : NULL;
}

/* ---- one kept layer ---- */

/* C(L+a+1, a+1) + C(L+N-a+1, N-a+1) - 2(L+1), the steps with the output of layer a kept. */
static void kept_at(mpz_t steps, uint64_t layers, uint64_t n, uint64_t a)
{
    mpz_t rest;
    mpz_init(rest);
    mpz_bin_uiui(steps, n + a + 1, a + 1);
    mpz_bin_uiui(rest, n + layers - a + 1, layers - a + 1);
    mpz_add(steps, steps, rest);
    mpz_sub_ui(steps, steps, 2 * (n + 1));
    mpz_clear(rest);
}

static void place(struct lab *lab, struct lab_table *table, uint64_t layers, uint64_t n)
{
    mpz_t steps, least;
    mpz_inits(steps, least, NULL);
    uint64_t best = 0;
    for (uint64_t a = 1; a < layers; a++) {
        if (lab_run_control(lab, "first_segment"))
            mpz_bin_uiui(steps, n + a + 1, a + 1); /* the wrong variant forgets the layers above */
        else
            kept_at(steps, layers, n, a);
        lab_table_row(table, (double[]){(double)layers, (double)n, (double)a, log10_of(steps)});
        if (!best || mpz_cmp(steps, least) < 0) {
            best = a;
            mpz_set(least, steps);
        }
    }
    if (best) {
        char *text = mpz_get_str(NULL, 10, least);
        lab_measure(lab, (double)best, 0, 0, "place.N_%lu.L_%lu", (unsigned long)layers, (unsigned long)n);
        lab_measure_text(lab, text, "place_steps.N_%lu.L_%lu", (unsigned long)layers, (unsigned long)n);
        free(text);
    }
    mpz_clears(steps, least, NULL);
}

static void summarize(struct lab *lab)
{
    struct lab_table *places = lab_table(lab, "place", "layers,n,kept,log10_steps:10");
    const struct axis_values *layers = lab_axis_values(lab, "layers"), *n = lab_axis_values(lab, "n");
    for (size_t i = 0; i < layers->count; i++)
        for (size_t j = 0; j < n->count; j++)
            place(lab, places, strtoul(layers->text[i], NULL, 10), strtoul(n->text[j], NULL, 10));
    for (size_t g = 0; g < lab_groups(lab); g++) {
        const struct lab_cell *c = lab_group(lab, g);
        if (lab_integer(c, "d") != 8 || lab_value(lab, g, "kept") < 0)
            continue;
        const char *memory = lab_word(c, "memory");
        char *at = base_format("N_%ld.L_%ld.%s%s", lab_integer(c, "layers"), lab_integer(c, "n"),
                               lab_is(c, "memory", "frontier") ? "" : "M_", memory);
        if (lab_is(c, "memory", "frontier")) {
            /* the ends: the least memory, and the most that pays */
            size_t rows;
            const double *numbers = lab_column(lab, g, "log10_numbers", &rows),
                         *steps = lab_column(lab, g, "log10_steps", &rows);
            const double *block = lab_column(lab, g, "block", &rows),
                         *kept = lab_column(lab, g, "kept", &rows);
            lab_measure(lab, (double)rows, 0, 0, "points.%s", at);
            lab_measure(lab, rint(pow(10, numbers[0])), 0, 0, "least_numbers.%s", at);
            lab_measure(lab, steps[0], 1e-12, 0, "slowest.%s", at);
            lab_measure(lab, kept[rows - 1], 0, 0, "last_kept.%s", at);
            lab_measure(lab, block[rows - 1], 0, 0, "last_block.%s", at);
            lab_measure(lab, rint(pow(10, numbers[rows - 1])), 0, 0, "last_numbers.%s", at);
            lab_measure(lab, rint(pow(10, steps[rows - 1])), 0, 0, "last_steps.%s", at);
        } else {
            lab_measure(lab, lab_value(lab, g, "kept"), 0, 0, "kept.%s", at);
            lab_measure(lab, lab_value(lab, g, "block"), 0, 0, "block.%s", at);
            lab_measure_text(lab, lab_text(lab, g, "steps"), "steps.%s", at);
        }
        free(at);
    }
}

static const struct lab_spec spec = {
    .name = "recur/tradeoff",
    .about = "With a given memory, what is the fastest way to compute a causal attention network?",
    .axes = {{"layers", "4,12", NULL, "[1,1000]", "N, attention layers", AXIS_INTEGER},
             {"n", "1024", NULL, "[1,1000000]", "L, positions", AXIS_INTEGER},
             {"d", "8", NULL, "[1,1000000]", "Dimension", AXIS_INTEGER},
             {"memory", "3000,10000,30000,frontier", NULL, "[0,1e18]|frontier",
              "Numbers that may be held, or frontier: all pairs that nothing beats", AXIS_REAL}},
    .columns = "kept,segment,block,log10_numbers:10,log10_steps:10,numbers,steps",
    .controls = "no_blocks|lopsided|first_segment",
    .check = check,
    .cell = cell,
    .summarize = summarize,
};

int main(int argc, char **argv)
{
    return lab_main(&spec, argc, argv);
}
