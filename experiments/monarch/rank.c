/* Does an approximation keep the rank of an invertible matrix?
 *
 * Source: kexue.fm/archives/10249 (motivation): a low-rank approximation of an invertible matrix is
 * singular, a sparse one usually is not. Gaussian matrices of a given density are projected on M(b,n), and
 * truncated to rank b; ranks are counts of singular values above `threshold` times the largest.
 * Finding: so for dense matrices. On sparse ones the leading vectors of neighbouring slices concentrate
 * on the same coordinates, columns of a block become parallel, and rank is lost that the matrix itself
 * still had.
 */
#include <math.h>
#include <stdlib.h>

#include "blocks.h"
#include "lab.h"
#include "linalg.h"
#include "matrices.h"
#include "monarch.h"

static size_t rank_of(size_t n, const double *a, double threshold)
{
    double *s = base_alloc(n, sizeof *s);
    size_t rank = 0;
    linalg_svd(n, n, a, s, NULL, NULL);
    while (rank < n && s[rank] > threshold * s[0])
        rank++;
    free(s);
    return rank;
}

/* The nearest matrix of rank r. */
static void truncate_rank(size_t n, size_t r, double *a)
{
    double *s = base_alloc(n, sizeof *s), *left = base_alloc(n * n, sizeof *left),
           *vt = base_alloc(n * n, sizeof *vt);
    linalg_svd(n, n, a, s, left, vt);
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < n; j++)
            left[i * n + j] *= j < r ? s[j] : 0;
    linalg_gemm('N', 'N', n, n, n, 1, left, vt, 0, a);
    free(s);
    free(left);
    free(vt);
}

static void cell(struct lab_cell *cell)
{
    size_t n = (size_t)lab_integer(cell, "n"), b = blocks_one(cell);
    double threshold = lab_real(cell, "threshold");
    struct matrix *m = matrices_draw(lab_word(cell, "matrix"), n, lab_real(cell, "density"), lab_rng(cell));
    double *a = m->re, *near = base_alloc(n * n, sizeof *near);
    struct monarch *p = monarch_alloc(n, b);
    size_t own = rank_of(n, a, threshold);
    monarch_project(n, b, a, p);
    monarch_dense(p, near);
    size_t rank = rank_of(n, near, threshold);
    truncate_rank(n, b, a);
    size_t low = rank_of(n, a, threshold);
    if (lab_control(cell, "exchanged")) {
        size_t t = rank;
        rank = low, low = t;
    }
    lab_put(cell, "rank", (double)rank);
    lab_put(cell, "full", rank == n);
    lab_put(cell, "own_rank", (double)own);
    lab_put(cell, "invertible", own == n);
    lab_put(cell, "low_rank", (double)low);
    monarch_free(p);
    matrices_free(m);
    free(near);
}

static void summarize(struct lab *lab)
{
    for (size_t g = 0; g < lab_groups(lab); g++) {
        const struct lab_cell *c = lab_group(lab, g);
        size_t count;
        const double *rank = lab_column(lab, g, "rank", &count), *full = lab_column(lab, g, "full", &count);
        const double *own = lab_column(lab, g, "invertible", &count),
                     *low = lab_column(lab, g, "low_rank", &count);
        double least = INFINITY, low_most = 0, whole = 0, invertible = 0;
        for (size_t i = 0; i < count; i++) {
            least = fmin(least, rank[i]), low_most = fmax(low_most, low[i]);
            whole += full[i], invertible += own[i];
        }
        if (!lab_is(c, "n", "64") || lab_groups(lab) != lab_axis_values(lab, "density")->count)
            continue;
        const char *p = lab_word(c, "density");
        int thin = lab_is(c, "density", "0.2") || lab_is(c, "density", "0.1");
        if (!thin && !lab_is(c, "density", "1") && !lab_is(c, "density", "0.5"))
            continue;
        lab_measure(lab, low_most, 0, 0, "low_rank.%s", p);
        if (!thin) {
            lab_measure(lab, least, 0, 0, "least.%s", p);
            continue;
        }
        lab_measure_mean(lab, lab_mean(lab, g, "rank"), "rank.%s", p);
        lab_measure_mean(lab, stats_proportion_of((long)whole, (long)count), "full.%s", p);
        lab_measure_mean(lab, stats_proportion_of((long)invertible, (long)count), "invertible.%s", p);
    }
}

static char *check(const struct lab_cell *cell)
{
    char *why = blocks_check(cell);
    return why ? why
               : matrices_check(lab_word(cell, "matrix"), (size_t)lab_integer(cell, "n"),
                                lab_real(cell, "density"));
}

static const struct lab_spec spec = {
    .name = "monarch/rank",
    .about = "Does the nearest Monarch matrix keep the rank of an invertible matrix?",
    .axes = {{"matrix", "gauss", NULL, NULL, "the matrix, by name or file", AXIS_WORD},
             {"n", "64", NULL, "[2,1024]", "side of the matrix", AXIS_INTEGER},
             {"b", "square", NULL, "[1,inf)|square", "blocks of R: a divisor of n, or square (its root)",
              AXIS_INTEGER},
             {"density", "1,0.5,0.3,0.2,0.15,0.1", "1,0.5,0.2,0.1", "(0,1]", "share of entries kept",
              AXIS_REAL},
             {"threshold", "1e-12", NULL, "(0,1)", "least singular value that counts, over the largest",
              AXIS_REAL},
             {"replicate", "0:399", "0:119", NULL, "independent draws", AXIS_INTEGER}},
    .columns = "rank,full,own_rank,invertible,low_rank",
    .fold = "replicate",
    .controls = "exchanged",
    .check = check,
    .cell = cell,
    .summarize = summarize,
};

int main(int argc, char **argv)
{
    return lab_main(&spec, argc, argv);
}
