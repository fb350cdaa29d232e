/* Does N = a b + c with the least a + b + c write N in Brainfuck?
 *
 * The use of the problem that its literature names: the program +^a [ > +^b < - ] > +^c leaves a b + c in a
 * cell, and its length is a + b + c and six more characters, so the best split is the shortest program of
 * that form. We write it for random N, run it, and count. With c of either sign the tail may be -^|c|.
 * Finding: six characters beside the sum, one less than the commonly quoted bound a + b + 7 for N = a b.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "lab.h"
#include "nabc.h"

enum { DRAWS = 10 };

static void cell(struct lab_cell *cell)
{
    gsl_rng *rng = lab_rng(cell);
    bool signed_c = lab_is(cell, "sign", "signed");
    uint64_t most = (uint64_t)lab_integer(cell, "most");
    double wrong = 0, overhead = -INFINITY, length = 0;
    struct nabc_big split;
    nabc_big_init(&split);
    for (int i = 0; i < DRAWS; i++) {
        uint64_t n = 4 + rng_bits64(rng) % (most - 3), value = 0;
        struct nabc_split best = nabc_early(n, signed_c);
        nabc_big_set(&split, &best);
        if (lab_control(cell, "spelled_out")) { /* N times + */
            mpz_set_ui(split.a, 0);
            mpz_set_ui(split.b, 0);
            mpz_set_ui(split.c, n);
        }
        if (lab_control(cell, "no_tail"))
            mpz_set_ui(split.c, 0);
        char *program = nabc_brainfuck(&split);
        wrong += nabc_brainfuck_run(program, &value) != 0 || value != n;
        overhead = fmax(overhead, (double)strlen(program) - (double)best.s);
        length += (double)strlen(program) / sqrt((double)n) / DRAWS;
        free(program);
    }
    nabc_big_clear(&split);
    lab_put(cell, "wrong", wrong);
    lab_put(cell, "overhead", overhead);
    lab_put(cell, "length", length);
}

static void summarize(struct lab *lab)
{
    double wrong = 0, overhead = -INFINITY;
    for (size_t g = 0; g < lab_groups(lab); g++) {
        size_t n;
        const double *x = lab_column(lab, g, "wrong", &n);
        wrong += stats_sum(x, n);
        x = lab_column(lab, g, "overhead", &n);
        for (size_t i = 0; i < n; i++)
            overhead = fmax(overhead, x[i]);
    }
    lab_measure(lab, wrong, 0, 0, "wrong");
    lab_measure(lab, overhead, 0, 0, "overhead");
}

static const struct lab_spec spec = {
    .name = "nabc/brainfuck",
    .about = "Does N = a b + c with the least a + b + c write N in Brainfuck?",
    .axes = {{"sign", "natural,signed", NULL, "natural|signed", "May c be negative?", AXIS_WORD},
             {"most", "1000,1000000", NULL, "[4,100000000]", "Greatest N", AXIS_INTEGER},
             {"batch", "0:39", "0:9", "[0,inf)", "Batch of 10 random N", AXIS_INTEGER}},
    .columns = "wrong,overhead,length",
    .fold = "batch",
    .controls = "no_tail|spelled_out",
    .cell = cell,
    .summarize = summarize,
};

int main(int argc, char **argv)
{
    return lab_main(&spec, argc, argv);
}
