/* Which kinds of matrices suit a Monarch matrix, which a truncated SVD of as many dimensions?
 *
 * Source: kexue.fm/archives/10249, end of the reference implementation (dense: the SVD; sparse: Monarch),
 * put to matrices with structure. Errors are shares of |A|^2 left by the best matrix in M(b,n) and by the
 * best of rank b. The cross (first row and column 1) has rank 2, so the SVD leaves nothing; Monarch leaves
 * exactly
 * ((sqrt(4 m - 3) - 1)/2)^2/(2 n - 1), since only the slice (0,0) has rank 2: [[1, 1..], [1.., 0..]] with
 * squared singular values of sum 2 m - 1 and product (m - 1)^2.
 * Finding: what decides is the decay of the spectrum, not sparsity. The SVD wins on means and decaying
 * spectra, sparse or not, Monarch on flat ones.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "blocks.h"
#include "lab.h"
#include "matrices.h"
#include "monarch.h"

static void cell(struct lab_cell *cell)
{
    const char *name = lab_word(cell, "matrix");
    size_t n = (size_t)lab_integer(cell, "n"), b = blocks_one(cell);
    size_t rank = lab_is(cell, "rank", "equal") ? b : (size_t)lab_integer(cell, "rank");
    size_t draws = matrices_random(name) ? (size_t)lab_integer(cell, "reps") : 1;
    double *square = base_alloc(n, sizeof *square);
    for (size_t i = 0; i < draws; i++) {
        struct matrix *a = matrices_draw(name, n, 1, lab_rng(cell));
        double energy = monarch_energy(n * n, a->re, a->im), monarch = NAN, svd = NAN;
        if (energy > 0) {
            monarch = monarch_residual(n, b, a->re, a->im,
                                       lab_control(cell, "blocks") ? MONARCH_BLOCKS : MONARCH_SLICES) /
                      energy;
            monarch_spectrum_precise(n, a->re, a->im, square);
            svd = monarch_tail(n, square, rank - (lab_control(cell, "rank_less") && rank > 0));
            lab_put(cell, "monarch", monarch);
            lab_put(cell, "svd", svd);
            lab_put(cell, "gap", svd - monarch);
            lab_next_row(cell);
        }
        matrices_free(a);
    }
    free(square);
}

static const char *const fixed[] = {"cross", "hilbert", "exp:8", "difference", "hadamard", "dft"};
static const char *const drawn[] = {"uniform", "powerlaw:1", "powerlaw:0.5", "haar", "tridiag"};

static int among(const char *name, const char *const *list, size_t count)
{
    for (size_t k = 0; k < count; k++)
        if (!strcmp(name, list[k]))
            return 1;
    return 0;
}

static void summarize(struct lab *lab)
{
    struct lab_table *table =
        lab_table(lab, NULL, "matrix,n,b,draws,monarch:13,monarch_se,svd:13,svd_se,random");
    for (size_t g = 0; g < lab_groups(lab); g++) {
        const struct lab_cell *c = lab_group(lab, g);
        const char *name = lab_word(c, "matrix"), *n = lab_word(c, "n");
        struct stats_mean m = lab_mean(lab, g, "monarch"), s = lab_mean(lab, g, "svd");
        char text[6][32];
        base_real_text(text[0], (double)blocks_one(c), 8);
        base_real_text(text[1], (double)m.count, 8);
        base_real_text(text[2], m.value, 13);
        base_real_text(text[3], m.error, 4);
        base_real_text(text[4], s.value, 13);
        base_real_text(text[5], s.error, 4);
        lab_table_text_row(
            table, (const char *[]){name, n, text[0], text[1], text[2], m.count > 1 ? text[3] : "", text[4],
                                    s.count > 1 ? text[5] : "", matrices_random(name) ? "1" : "0"});
        if (!lab_is(c, "b", "square") || !lab_is(c, "rank", "equal") ||
            lab_axis_values(lab, "reps")->count > 1)
            continue;
        if (!strcmp(name, "cross") ||
            (lab_is(c, "n", "64") && among(name, fixed, sizeof fixed / sizeof *fixed))) {
            lab_measure(lab, m.value, 1e-14, 0, "monarch.%s.%s", name, n);
            lab_measure(lab, s.value, 0, 0, "svd.%s.%s", name, n);
        }
        if (lab_is(c, "n", "64") && among(name, drawn, sizeof drawn / sizeof *drawn)) {
            lab_measure_mean(lab, m, "monarch.%s", name);
            if (!strcmp(name, "haar") || !strncmp(name, "powerlaw", 8)) /* the same in every draw */
                lab_measure(lab, s.value, 1e-13, 0, "svd.%s", name);
            else
                lab_measure_mean(lab, s, "svd.%s", name);
            lab_measure_mean(lab, lab_mean(lab, g, "gap"), "gap.%s", name);
        }
    }
}

static char *check(const struct lab_cell *cell)
{
    char *why = blocks_check(cell);
    long n = lab_integer(cell, "n");
    if (!why)
        why = matrices_check(lab_word(cell, "matrix"), (size_t)n, 1);
    if (!why && !lab_is(cell, "rank", "equal") && lab_integer(cell, "rank") > n)
        why = base_format("--rank %s: must be at most --n %ld", lab_word(cell, "rank"), n);
    return why;
}

static const struct lab_spec spec = {
    .name = "monarch/structure",
    .about = "Which matrices suit a Monarch matrix, which a truncated SVD of as many dimensions?",
    .axes = {{"matrix",
              "cross,hilbert,exp:8,difference,hadamard,dft,uniform,powerlaw:1,powerlaw:0.5,haar,tridiag,"
              "gauss,sign,"
              "circulant,perm,butterfly",
              "cross,hilbert,exp:8,difference,hadamard,dft,uniform,powerlaw:1,powerlaw:0.5,haar,tridiag",
              NULL, "the matrix, by name or file", AXIS_WORD},
             {"n", "4,16,64,256", "4,16,64", "[1,1024]", "side of the matrix", AXIS_INTEGER},
             {"b", "square", NULL, "[1,inf)|square", "blocks of R: a divisor of n, or square (its root)",
              AXIS_INTEGER},
             {"rank", "equal", NULL, "[0,inf)|equal",
              "of the truncation; equal: b, of equal dimension for n = b^2", AXIS_INTEGER},
             {"reps", "40", NULL, "[1,1000000]", "draws of a random matrix", AXIS_INTEGER}},
    .columns = "monarch:13,svd:13,gap",
    .controls = "blocks|rank_less",
    .check = check,
    .cell = cell,
    .summarize = summarize,
};

int main(int argc, char **argv)
{
    return lab_main(&spec, argc, argv);
}
