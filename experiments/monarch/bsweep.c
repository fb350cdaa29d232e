/* How does the error of the nearest Monarch matrix depend on b, beside an SVD of as many dimensions?
 *
 * Source: kexue.fm/archives/10249 (any b that divides n; n^2/b + n b entries, fewest for b = sqrt n). One
 * matrix, by name or file, random ones averaged over draws. A row is a block size b: parameters, dimension n
 * (n/b + b - 1), the error of the nearest matrix in M(b,n) over |A|^2, that of the SVD at rank b, at the
 * rank r of equal dimension, r (2 n - r) = n (n/b + b - 1) (linear in the tail between whole ranks), and at
 * --rank.
 * Finding: for n no square the SVD at rank b is no fair opponent: at b = n/2 it has nearly all
 * dimensions.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "blocks.h"
#include "lab.h"
#include "matrices.h"
#include "monarch.h"

static double tail_at(size_t n, const double *square, double rank)
{
    size_t whole = (size_t)floor(rank);
    double part = rank - floor(rank), low = monarch_tail(n, square, whole);
    return part > 0 ? (1 - part) * low + part * monarch_tail(n, square, whole + 1) : low;
}

static size_t draws_of(const struct lab_cell *cell)
{
    return matrices_random(lab_word(cell, "matrix")) ? (size_t)lab_integer(cell, "reps") : 1;
}

static void cell(struct lab_cell *cell)
{
    size_t n = (size_t)lab_integer(cell, "n"), draws = draws_of(cell);
    double *square = base_alloc(n, sizeof *square);
    for (size_t i = 0; i < draws; i++) {
        struct matrix *a =
            matrices_draw(lab_word(cell, "matrix"), n, lab_real(cell, "density"), lab_rng(cell));
        double energy = monarch_energy(n * n, a->re, a->im);
        if (!(energy > 0)) {
            matrices_free(a);
            continue;
        }
        if (lab_is(cell, "centre", "yes")) {
            double mean = 0;
            for (size_t k = 0; k < n * n; k++)
                mean += a->re[k] / (double)(n * n);
            for (size_t k = 0; k < n * n; k++)
                a->re[k] -= mean;
            energy = monarch_energy(n * n, a->re, a->im);
        }
        monarch_spectrum_precise(n, a->re, a->im, square);
        for (size_t b = 0; blocks_next(cell, &b);) {
            double equal = monarch_equal_rank(n, (double)monarch_dimension(n, b));
            lab_put(cell, "block", (double)b);
            lab_put(cell, "parameters", (double)monarch_parameters(n, b));
            lab_put(cell, "dimension", (double)monarch_dimension(n, b));
            lab_put(cell, "equal_rank", equal);
            lab_put(cell, "monarch", monarch_residual(n, b, a->re, a->im, MONARCH_SLICES) / energy);
            lab_put(cell, "svd_b", monarch_tail(n, square, b));
            lab_put(cell, "svd_equal", tail_at(n, square, equal));
            if (!lab_is(cell, "rank", "equal"))
                lab_put(cell, "svd_rank", tail_at(n, square, lab_real(cell, "rank")));
            lab_next_row(cell);
        }
        matrices_free(a);
    }
    free(square);
}

/* Means over the draws of every block size, one row each. */
static void summarize(struct lab *lab)
{
    static const char *const columns[] = {"monarch", "svd_b", "svd_equal", "svd_rank"};
    struct lab_table *table =
        lab_table(lab, NULL,
                  "matrix,n,density,block,draws,parameters,dimension,equal_rank,monarch,"
                  "monarch_se,svd_b,svd_b_se,svd_equal,svd_equal_se,svd_rank,svd_rank_se");
    for (size_t g = 0; g < lab_groups(lab); g++) {
        const struct lab_cell *c = lab_group(lab, g);
        size_t rows, filled;
        const double *block = lab_column(lab, g, "block", &rows);
        for (size_t b = 0; blocks_next(c, &b);) {
            char text[16][32] = {{0}};
            const char *fields[16];
            for (int k = 0; k < 16; k++)
                fields[k] = text[k];
            fields[0] = lab_word(c, "matrix"), fields[1] = lab_word(c, "n"),
            fields[2] = lab_word(c, "density");
            double *x = base_alloc(rows, sizeof *x),
                   dimension = (double)monarch_dimension((size_t)lab_integer(c, "n"), b);
            size_t draws = 0;
            for (size_t k = 0; k < 4; k++) {
                const double *column = lab_column(lab, g, columns[k], &filled);
                size_t count = 0;
                for (size_t i = 0; i < rows && filled == rows; i++)
                    if ((size_t)block[i] == b)
                        x[count++] = column[i];
                struct stats_mean mean = stats_mean_of(x, count);
                if (!count)
                    continue;
                draws = count;
                base_real_text(text[8 + 2 * k], mean.value, 10);
                if (count > 1)
                    base_real_text(text[9 + 2 * k], mean.error, 4);
            }
            free(x);
            if (!draws)
                continue;
            base_real_text(text[3], (double)b, 8);
            base_real_text(text[4], (double)draws, 8);
            base_real_text(text[5], (double)monarch_parameters((size_t)lab_integer(c, "n"), b), 12);
            base_real_text(text[6], dimension, 12);
            base_real_text(text[7], monarch_equal_rank((size_t)lab_integer(c, "n"), dimension), 10);
            lab_table_text_row(table, fields);
        }
    }
    static const size_t sides[][2] = {{64, 8}, {256, 16}, {512, 8}, {512, 16}};
    for (size_t k = 0; k < 4; k++) {
        size_t n = sides[k][0], b = sides[k][1];
        double equal = monarch_equal_rank(n, (double)monarch_dimension(n, b));
        lab_measure(lab,
                    lab_run_control(lab, "entries") ? (double)monarch_parameters(n, b) / (2 * (double)n)
                                                    : equal,
                    0, 0, "equal_rank.%zu.%zu", n, b);
    }
}

static char *check(const struct lab_cell *cell)
{
    char *why = blocks_check(cell);
    long n = lab_integer(cell, "n");
    if (!why)
        why = matrices_check(lab_word(cell, "matrix"), (size_t)n, lab_real(cell, "density"));
    if (!why && !lab_is(cell, "rank", "equal") && lab_real(cell, "rank") > (double)n)
        why = base_format("--rank %s: must be at most --n %ld", lab_word(cell, "rank"), n);
    double steps = why ? 0 : (double)draws_of(cell) * pow((double)n, 3) * 10;
    if (!why && steps > 1e13)
        why = base_format("--reps %s: %.2g operations for --n %ld; at most 1e13 are accepted",
                          lab_word(cell, "reps"), steps, n);
    return why;
}

static const struct lab_spec spec = {
    .name = "monarch/bsweep",
    .about =
        "How does the error of the nearest Monarch matrix depend on b, beside an SVD of equal dimension?",
    .axes = {{"matrix", "gauss,uniform,exp:8,bigrams,digits", NULL, NULL,
              "the matrix, by name or file (text or PGM)", AXIS_WORD},
             {"n", "64", NULL, "[1,2048]", "side of the matrix", AXIS_INTEGER},
             {"b", "all", NULL, "[1,inf)|all|square", "blocks of R: a divisor of n, all, square (its root)",
              AXIS_INTEGER},
             {"rank", "equal", NULL, "[0,inf)|equal", "a further rank of the truncation", AXIS_REAL},
             {"density", "1", NULL, "(0,1]", "share of entries kept, of ensembles with independent ones",
              AXIS_REAL},
             {"centre", "no", NULL, "no|yes", "subtract the mean of all entries first?", AXIS_WORD},
             {"reps", "50", "10", "[1,1000000]", "draws of a random matrix", AXIS_INTEGER}},
    .columns = "block,parameters,dimension,equal_rank,monarch,svd_b,svd_equal,svd_rank",
    .controls = "entries",
    .check = check,
    .cell = cell,
    .summarize = summarize,
};

int main(int argc, char **argv)
{
    return lab_main(&spec, argc, argv);
}
