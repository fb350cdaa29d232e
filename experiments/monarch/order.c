/* What do Monarch matrices of order p, between two block-diagonal factors and a butterfly, give for their
 * entries?
 *
 * Source: added to kexue.fm/archives/10249 (loose form; butterfly as the other end). With n = f_1 f_2 ...
 * f_p the right factor's blocks, of n/f_1, are made Monarch matrices in turn: n sum f_i entries, p = 1 is
 * every matrix, 2:2:...:2 the butterflies. A matrix is approximated by peeling: the best Monarch matrix, its
 * left vectors of unit length, then the same for every block of R. What a level leaves is orthogonal to what
 * the next ones do, so the error is exactly the sum of the levels' residuals; members are found again.
 * (Peeling is optimal level by level, not overall.)
 * Finding: entries are fewest, n e ln n, for p near ln n, but each level costs error: on Gaussian
 * matrices a truncated SVD of as many dimensions is level with it, on sparse and orthogonal ones far
 * behind.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "lab.h"
#include "matrices.h"
#include "monarch.h"

static void cell(struct lab_cell *cell)
{
    size_t n = (size_t)lab_integer(cell, "n"), factor[MONARCH_LEVELS_MAX], sum = 0;
    size_t p = monarch_factors_parse(lab_word(cell, "factors"), n, factor);
    double *near = base_alloc(n * n, sizeof *near), *square = base_alloc(n, sizeof *square);
    struct matrix *a =
        matrices_draw(lab_is(cell, "matrix", "member") ? "identity" : lab_word(cell, "matrix"), n,
                      lab_real(cell, "density"), lab_rng(cell));
    if (lab_is(cell, "matrix", "member"))
        monarch_order_draw(n, p, factor, lab_rng(cell), a->re);
    double energy = monarch_energy(n * n, a->re, NULL), distance = 0;
    double residual = monarch_peel(n, p, factor, a->re, lab_control(cell, "even_split"), near);
    for (size_t i = 0; i < n * n; i++)
        distance += (a->re[i] - near[i]) * (a->re[i] - near[i]);
    for (size_t k = 0; k < p; k++)
        sum += factor[k];
    size_t dimension = n * (sum + 1 - p);
    monarch_spectrum_precise(n, a->re, NULL, square);
    double rank = monarch_equal_rank(n, (double)dimension);
    size_t whole = (size_t)floor(rank);
    double part = rank - floor(rank), low = monarch_tail(n, square, whole);
    lab_put(cell, "levels", (double)p);
    lab_put(cell, "parameters", (double)(n * sum));
    lab_put(cell, "dimension", (double)dimension);
    if (energy > 0) {
        lab_put(cell, "left", distance / energy);
        lab_put(cell, "residuals", residual / energy);
        lab_put(cell, "off", fabs(distance - residual) / energy);
        double svd = part > 0 ? (1 - part) * low + part * monarch_tail(n, square, whole + 1) : low;
        lab_put(cell, "svd_equal", svd);
        lab_put(cell, "gap", svd - distance / energy);
    }
    free(near);
    free(square);
    matrices_free(a);
}

static double most_of(const struct lab *lab, size_t group, const char *column)
{
    size_t count;
    const double *x = lab_column(lab, group, column, &count);
    double most = 0;
    for (size_t i = 0; i < count; i++)
        most = fmax(most, x[i]);
    return most;
}

/* The least sum of factors of 2^s, the fewest and the most factors that reach it (2 + 2 = 2 * 2 is the only
 * tie). */
static void least_sum(int s, double *sum, double *fewest, double *most)
{
    *sum = 2 * s, *most = s, *fewest = s - s / 2;
    for (int p = 1; p <= s; p++) { /* as equal as they can be */
        double total = (p - s % p) * ldexp(1, s / p) + (s % p) * ldexp(1, s / p + 1);
        if (total < *sum)
            *sum = total;
    }
}

static void summarize(struct lab *lab)
{
    double off = 0, member = 0;
    int seen = 0;
    for (size_t g = 0; g < lab_groups(lab); g++) {
        const struct lab_cell *c = lab_group(lab, g);
        off = fmax(off, most_of(lab, g, "off"));
        if (lab_is(c, "matrix", "member"))
            member = fmax(member, most_of(lab, g, "left")), seen = 1;
        int even = lab_is(c, "factors", "8:8") || lab_is(c, "factors", "4:4:4") ||
                   lab_is(c, "factors", "2:2:2:2:2:2");
        if (!even || !lab_is(c, "n", "64") || !lab_is(c, "density", "1"))
            continue;
        double levels = lab_value(lab, g, "levels");
        if (lab_is(c, "matrix", "gauss") && levels == 2)
            lab_measure_mean(lab, lab_mean(lab, g, "left"), "left.2");
        if (lab_is(c, "matrix", "haar"))
            lab_measure_mean(lab, lab_mean(lab, g, "gap"), "gap.haar.%.0f", levels);
    }
    lab_measure(lab, off, 0, 0, "levels_off");
    if (seen)
        lab_measure(lab, member, 0, 0, "member");
    double sum, fewest, most;
    least_sum(12, &sum, &fewest, &most);
    lab_measure(lab, sum, 0, 0, "least_sum.4096");
    lab_measure(lab, log(4096) >= fewest && log(4096) <= most, 0, 0, "log_within.4096");
}

static char *check(const struct lab_cell *cell)
{
    size_t factor[MONARCH_LEVELS_MAX], n = (size_t)lab_integer(cell, "n");
    if (!monarch_factors_parse(lab_word(cell, "factors"), n, factor))
        return base_format(
            "--factors %.60s: must be up to %d numbers from 2 with product --n %zu, such as 4:4:4 for 64",
            lab_word(cell, "factors"), MONARCH_LEVELS_MAX, n);
    if (lab_is(cell, "matrix", "member"))
        return NULL;
    if (!strncmp(lab_word(cell, "matrix"), "dft", 3))
        return base_format("--matrix %.40s: complex; give a real matrix", lab_word(cell, "matrix"));
    return matrices_check(lab_word(cell, "matrix"), n, lab_real(cell, "density"));
}

static const struct lab_spec spec = {
    .name = "monarch/order",
    .about = "What do products of more than two block-diagonal factors give for their entries?",
    .axes = {{"matrix", "member,gauss,haar,uniform,tridiag,exp:8,bigrams", "member,gauss,haar", NULL,
              "the matrix, by name or file; member: one of the class", AXIS_WORD},
             {"n", "64", NULL, "[2,1024]", "side of the matrix", AXIS_INTEGER},
             {"factors", "8:8,16:4,4:16,4:4:4,4:2:8,2:2:4:4,2:2:2:2:2:2", "8:8,4:4:4,2:2:2:2:2:2", NULL,
              "f_1:f_2:...:f_p with product n", AXIS_WORD},
             {"density", "1", NULL, "(0,1]", "share of entries kept, of ensembles with independent ones",
              AXIS_REAL},
             {"replicate", "0:49", "0:29", NULL, "independent draws", AXIS_INTEGER}},
    .columns = "levels,parameters,dimension,left,residuals,off,svd_equal,gap",
    .fold = "replicate",
    .controls = "even_split",
    .check = check,
    .cell = cell,
    .summarize = summarize,
};

int main(int argc, char **argv)
{
    return lab_main(&spec, argc, argv);
}
