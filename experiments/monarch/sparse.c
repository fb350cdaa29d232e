/* Is the Monarch approximation the better, the sparser the matrix?
 *
 * Source: kexue.fm/archives/10249, end of the reference implementation (n = 64, m = 8; its demonstration
 * keeps 20 % of Gaussian entries). Every entry is kept with probability `density`. Errors are those of the
 * best Monarch matrix and of the best matrix of rank m, which has as many dimensions; `ratio` is the ratio
 * of their means.
 * Finding: yes, for entries that vanish independently and down to a few m of them. Below, the rank of the
 * matrix itself nears m, the SVD becomes exact, and the order turns round. (For structured sparsity see
 * structure.c.)
 */
#include <math.h>
#include <stdlib.h>

#include "blocks.h"
#include "lab.h"
#include "matrices.h"
#include "monarch.h"

static size_t draws_of(const struct lab_cell *cell)
{
    double n = (double)lab_integer(cell, "n"), reps = (double)lab_integer(cell, "reps");
    return (size_t)fmax(fmin(4, reps), round(reps * pow(64 / n, 1.5)));
}

static void cell(struct lab_cell *cell)
{
    size_t n = (size_t)lab_integer(cell, "n"), b = blocks_one(cell), draws = draws_of(cell);
    size_t rank = lab_is(cell, "rank", "equal") ? b : (size_t)lab_integer(cell, "rank");
    double density = lab_control(cell, "dense") ? 1 : lab_real(cell, "density"),
           *square = base_alloc(n, sizeof *square);
    for (size_t i = 0; i < draws; i++) {
        struct matrix *a = matrices_draw(lab_word(cell, "matrix"), n, density, lab_rng(cell));
        double energy = monarch_energy(n * n, a->re, NULL);
        if (energy > 0) { /* a matrix without entries has no relative error */
            double monarch = 1 - monarch_captured(n, b, a->re) / energy;
            monarch_spectrum(n, a->re, square);
            double svd = monarch_tail(n, square, rank), entries = (double)n * (double)n;
            lab_put(cell, "monarch", monarch);
            lab_put(cell, "svd", svd);
            lab_put(cell, "monarch_mse", monarch * energy / entries);
            lab_put(cell, "svd_mse", svd * energy / entries);
            lab_put(cell, "ahead", monarch < svd);
            lab_next_row(cell);
        }
        matrices_free(a);
    }
    free(square);
}

static void summarize(struct lab *lab)
{
    struct lab_table *table =
        lab_table(lab, NULL,
                  "matrix,n,b,density,draws,monarch,monarch_se,svd,svd_se,ratio,ratio_se,"
                  "ahead,ahead_se");
    struct stats_mean last = {0};
    for (size_t g = 0; g < lab_groups(lab); g++) {
        const struct lab_cell *c = lab_group(lab, g);
        size_t count, side = (size_t)lab_integer(c, "n"), b = blocks_one(c);
        const double *monarch = lab_column(lab, g, "monarch", &count),
                     *svd = lab_column(lab, g, "svd", &count);
        struct stats_mean ratio = stats_ratio_of(monarch, svd, count), ahead = lab_mean(lab, g, "ahead");
        ahead = ahead.count ? stats_proportion_of(lround(ahead.value * (double)ahead.count), ahead.count)
                            : ahead;
        struct stats_mean m = lab_mean(lab, g, "monarch"), s = lab_mean(lab, g, "svd");
        const double numbers[] = {(double)side,  (double)b,   lab_real(c, "density"),
                                  (double)count, m.value,     m.error,
                                  s.value,       s.error,     ratio.value,
                                  ratio.error,   ahead.value, ahead.error};
        char text[13][32];
        const char *fields[13] = {lab_word(c, "matrix")};
        for (int k = 0; k < 12; k++)
            fields[k + 1] = isfinite(numbers[k]) ? base_real_text(text[k], numbers[k], 8) : "";
        lab_table_text_row(table, fields);
        const char *p = lab_word(c, "density");
        static const char *const asked[] = {"1",    "0.5",  "0.2",   "0.1",   "0.05",
                                            "0.02", "0.01", "0.005", "0.0015"};
        int listed = 0;
        for (size_t k = 0; k < sizeof asked / sizeof *asked; k++)
            listed += lab_is(c, "density", asked[k]);
        if (!listed || !lab_is(c, "b", "square") || !lab_is(c, "rank", "equal") || (b != 8 && b != 16))
            continue;
        if (lab_is(c, "matrix", "gauss")) {
            /* neighbours in a list of falling densities, the same matrix and n: the fall of the ratio */
            int follows = g > 0 && lab_is(lab_group(lab, g - 1), "matrix", "gauss") &&
                          lab_integer(lab_group(lab, g - 1), "n") == (long)side &&
                          lab_real(lab_group(lab, g - 1), "density") > lab_real(c, "density");
            double density = lab_real(c, "density");
            if (follows && density >= (b == 8 ? 0.02 : 0.01))
                lab_measure_mean(lab, stats_mean_difference(last, ratio), "fall.%zu.%s", b, p);
            last = ratio;
            if (density >= (b == 8 ? 0.01 : 0.005))
                lab_measure_mean(lab, ratio, "ratio.%zu.%s", b, p);
            if (b == 8 && (density == 0.02 || density == 0.0015))
                lab_measure_mean(lab, ahead, "ahead.%s", p);
            if (b == 8 && lab_is(c, "density", "0.2")) {
                lab_measure_mean(lab, lab_mean(lab, g, "monarch_mse"), "mse.monarch");
                lab_measure_mean(lab, lab_mean(lab, g, "svd_mse"), "mse.svd");
            }
        }
        if (lab_is(c, "matrix", "uniform") && b == 8 &&
            (lab_is(c, "density", "0.2") || lab_is(c, "density", "0.05"))) {
            lab_measure_mean(lab, m, "uniform.monarch.%s", p);
            lab_measure_mean(lab, s, "uniform.svd.%s", p);
            if (lab_is(c, "density", "0.2"))
                lab_measure_mean(lab, ahead, "uniform.ahead");
        }
    }
}

static char *check(const struct lab_cell *cell)
{
    char *why = blocks_check(cell);
    long n = lab_integer(cell, "n");
    if (!why)
        why = matrices_check(lab_word(cell, "matrix"), (size_t)n, lab_real(cell, "density"));
    if (!why && !lab_is(cell, "rank", "equal") && lab_integer(cell, "rank") > n)
        why = base_format("--rank %s: must be at most --n %ld", lab_word(cell, "rank"), n);
    double steps = (double)draws_of(cell) * pow((double)n, 3);
    if (!why && steps > 1e13)
        why = base_format("--reps %s: %.2g operations for --n %ld; at most 1e13 are accepted",
                          lab_word(cell, "reps"), steps, n);
    return why;
}

static const struct lab_spec spec = {
    .name = "monarch/sparse",
    .about = "Is the Monarch approximation the better, the sparser the matrix?",
    .axes = {{"matrix", "gauss,uniform", NULL, NULL, "the matrix: an ensemble with independent entries",
              AXIS_WORD},
             {"n", "64,256", "64", "[2,4096]", "side of the matrix", AXIS_INTEGER},
             {"b", "square", NULL, "[1,inf)|square", "blocks of R: a divisor of n, or square (its root)",
              AXIS_INTEGER},
             {"rank", "equal", NULL, "[1,inf)|equal",
              "of the truncation; equal: b, of equal dimension for n = b^2", AXIS_INTEGER},
             {"reps", "800", "150", "[1,1000000]", "draws for n = 64; for others in proportion to n^-1.5",
              AXIS_INTEGER},
             {"density", "1,0.5,0.2,0.1,0.05,0.02,0.01,0.005,0.003,0.0015",
              "1,0.5,0.2,0.1,0.05,0.02,0.01,0.0015", "(0,1]", "share of entries kept", AXIS_REAL}},
    .columns = "monarch,svd,monarch_mse,svd_mse,ahead",
    .controls = "dense",
    .check = check,
    .cell = cell,
    .summarize = summarize,
};

int main(int argc, char **argv)
{
    return lab_main(&spec, argc, argv);
}
