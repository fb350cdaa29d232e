/* Of dense matrices, which is nearer: the best Monarch matrix or the best one of rank m, n = m^2?
 *
 * Source: kexue.fm/archives/10249, end of the reference implementation: for dense matrices the truncated SVD
 * usually has a slightly smaller squared error. Both have 2 m^3 - m^2 dimensions. Each draw gives the error
 * of both over |A|^2, and the difference SVD - Monarch within the draw. For Gaussian entries the energy that
 * Monarch keeps is E lambda_max(W_m)/m^2 exactly, W_m a real m x m Wishart matrix, drawn here by the
 * independent route of its bidiagonal form (Dumitriu and Edelman 2002); that of the SVD tends to the tail of
 * the Marchenko-Pastur law.
 * Finding: it depends on the entries. The SVD is nearer for signs and for uniform entries, the Monarch
 * matrix for Gaussian and Laplace ones: a leading singular value of a small slice gains from heavy tails,
 * one of a large matrix does not.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <gsl/gsl_randist.h>

#include "blocks.h"
#include "lab.h"
#include "matrices.h"
#include "monarch.h"
#include "wishart.h"

enum { WISHART_DRAWS = 32 };

/* Draws for side n: `reps` for 64, others in proportion to n^-1.5, at least 4. */
static size_t draws_of(const struct lab_cell *cell)
{
    double n = (double)lab_integer(cell, "n"), reps = (double)lab_integer(cell, "reps");
    return (size_t)fmax(fmin(4, reps), round(reps * pow(64 / n, 1.5)));
}

static void cell(struct lab_cell *cell)
{
    size_t n = (size_t)lab_integer(cell, "n"), b = blocks_one(cell), draws = draws_of(cell);
    size_t rank = lab_is(cell, "rank", "equal") ? b : (size_t)lab_integer(cell, "rank");
    const char *name = lab_word(cell, "matrix");
    if (lab_control(cell, "signs"))
        name = "sign";
    if (lab_control(cell, "gauss"))
        name = "gauss";
    if (lab_control(cell, "uniform"))
        name = "uniform";
    double *square = base_alloc(n, sizeof *square);
    for (size_t i = 0; i < draws; i++) {
        struct matrix *a = matrices_draw(name, n, 1, lab_rng(cell));
        double energy = monarch_energy(n * n, a->re, NULL),
               monarch = 1 - monarch_captured(n, b, a->re) / energy, sum = 0;
        monarch_spectrum(n, a->re, square);
        double svd = monarch_tail(n, square, rank);
        lab_put(cell, "monarch", monarch);
        lab_put(cell, "svd", svd);
        lab_put(cell, "gap", svd - monarch);
        lab_put(cell, "ahead", monarch < svd);
        if (lab_is(cell, "matrix", "gauss") && b * b == n) {
            for (int k = 0; k < WISHART_DRAWS; k++)
                sum += wishart_largest(b, lab_rng(cell)) / (double)b;
            double kept = (1 - monarch) * (double)b;
            lab_put(cell, "kept", kept);
            lab_put(cell, "wishart", sum / WISHART_DRAWS);
            lab_put(cell, "kept_off", kept - sum / WISHART_DRAWS);
            lab_put(cell, "svd_kept", (1 - svd) * (double)b);
        }
        lab_next_row(cell);
        matrices_free(a);
    }
    free(square);
}

static void summarize(struct lab *lab)
{
    static const char *const columns[] = {"monarch", "svd", "gap", "ahead", "kept", "wishart", "svd_kept"};
    struct lab_table *table = lab_table(lab, NULL,
                                        "matrix,n,b,kurtosis,draws,monarch,monarch_se,svd,svd_se,gap,gap_se,"
                                        "ahead,ahead_se,kept,kept_se,wishart,"
                                        "wishart_se,svd_kept,svd_kept_se,marchenko_pastur");
    static const struct {
        const char *name;
        double excess;
    } kurtosis[] = {{"sign", -2}, {"usym", -1.2}, {"uniform", -1.2},
                    {"gauss", 0}, {"laplace", 3}, {"lognormal", 110.94}};
    for (size_t g = 0; g < lab_groups(lab); g++) {
        const struct lab_cell *c = lab_group(lab, g);
        const char *name = lab_word(c, "matrix"), *n = lab_word(c, "n");
        size_t b = blocks_one(c), at = 4;
        char text[20][32];
        const char *fields[20];
        struct stats_mean mean[7];
        for (int k = 0; k < 7; k++)
            mean[k] = lab_mean(lab, g, columns[k]);
        mean[3] = stats_proportion_of(lround(mean[3].value * (double)mean[3].count), mean[3].count);
        for (int k = 0; k < 20; k++)
            fields[k] = text[k], text[k][0] = '\0';
        fields[0] = name, fields[1] = n;
        base_real_text(text[2], (double)b, 8);
        for (size_t k = 0; k < sizeof kurtosis / sizeof *kurtosis; k++)
            if (!strcmp(name, kurtosis[k].name))
                base_real_text(text[3], kurtosis[k].excess, 8);
        base_real_text(text[at++], (double)mean[0].count, 8);
        for (int k = 0; k < 7; k++, at += 2)
            if (mean[k].count) {
                base_real_text(text[at], mean[k].value, 8);
                base_real_text(text[at + 1], mean[k].error, 4);
            }
        base_real_text(text[at], wishart_marchenko_pastur((double)b), 10);
        lab_table_text_row(table, fields);
        if (!lab_is(c, "b", "square") || !lab_is(c, "rank", "equal") ||
            lab_axis_values(lab, "reps")->count > 1)
            continue;
        int listed = 0; /* does the ledger ask for it? */
        static const char *const asked[] = {"sign",    "usym",      "gauss",    "laplace",
                                            "uniform", "student:3", "lognormal"};
        for (size_t k = 0; k < sizeof asked / sizeof *asked; k++)
            listed += !strcmp(name, asked[k]);
        long side = lab_integer(c, "n");
        if (!listed)
            continue;
        if (side == 64 || (side == 256 && strcmp(name, "lognormal")))
            lab_measure_mean(lab, mean[2], "gap.%s.%zu", name, b);
        if (side == 64 && (!strcmp(name, "gauss") || !strcmp(name, "sign") || !strcmp(name, "usym") ||
                           !strcmp(name, "uniform")))
            lab_measure_mean(lab, mean[3], "ahead.%s", name);
        if (strcmp(name, "gauss") ||
            (side != 16 && side != 64 && side != 144 && side != 256 && side != 576 && side != 1024))
            continue;
        lab_measure_mean(lab, mean[0], "monarch.%zu", b);
        lab_measure_mean(lab, mean[1], "svd.%zu", b);
        lab_measure_mean(lab, lab_mean(lab, g, "kept_off"), "kept_off.%zu", b);
        if (side == 64 || side == 1024)
            lab_measure_mean(lab, mean[6], "svd_kept.%zu", b);
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
    double steps = (double)draws_of(cell) * pow((double)n, 3);
    if (!why && steps > 1e13)
        why = base_format("--reps %s: %.2g operations for --n %ld; at most 1e13 are accepted",
                          lab_word(cell, "reps"), steps, n);
    return why;
}

static const struct lab_spec spec = {
    .name = "monarch/dense",
    .about =
        "Of dense matrices, which is nearer: the best Monarch matrix or the best one of equal dimension?",
    .axes = {{"matrix", "sign,usym,gauss,laplace,uniform,student:3,lognormal", NULL, NULL,
              "the matrix, by name or file", AXIS_WORD},
             {"n", "16,64,144,256,576,1024", "16,64", "[2,4096]", "side of the matrix", AXIS_INTEGER},
             {"b", "square", NULL, "[1,inf)|square", "blocks of R: a divisor of n, or square (its root)",
              AXIS_INTEGER},
             {"rank", "equal", NULL, "[1,inf)|equal",
              "of the truncation; equal: b, of equal dimension for n = b^2", AXIS_INTEGER},
             {"reps", "400", "300", "[1,1000000]", "draws for n = 64; for others in proportion to n^-1.5",
              AXIS_INTEGER}},
    .columns = "monarch,svd,gap,ahead,kept,wishart,kept_off,svd_kept",
    .controls = "signs|gauss|uniform",
    .check = check,
    .cell = cell,
    .summarize = summarize,
};

int main(int argc, char **argv)
{
    return lab_main(&spec, argc, argv);
}
