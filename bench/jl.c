/* Seconds of a random projection with all its distortions: draw the d x m matrix, project n points, compare
 * the distances of all pairs. Beside it the bound of this machine: the same products by BLAS alone, one dgemm
 * (n x m by m x d) and one dsyrk (n x d), measured in turn with it.
 *
 * Lines: sizes, method, mean of (distortion^2 d/2) over pairs (near 1 for any correct program), seconds. Then
 * the ratio to the bound, with its quartiles, after "#". bench/jl_numpy.py prints the same lines.
 */
#include <stdio.h>
#include <stdlib.h>

#include <cblas.h>

#include "base.h"
#include "bench.h"
#include "jl/projection.h"
#include "linalg.h"
#include "rng.h"

struct work {
    struct projection_points *points;
    size_t d;
    gsl_rng *rng;
    double *a, *y, *g; /* [d][m], [n][d], [n][n] */
    double square;
};

static void project(void *context)
{
    struct work *w = context;
    projection_apply(w->points, PROJECTION_GAUSS, w->d, (double)w->d, w->rng, w->y);
    w->square = projection_measure(w->points, w->y, w->d, 0.25).square * (double)w->d / 2;
}

static void products(void *context)
{
    struct work *w = context;
    int n = (int)w->points->n, m = (int)w->points->m, d = (int)w->d;
    cblas_dgemm(CblasRowMajor, CblasNoTrans, CblasTrans, n, d, m, 1, w->points->x, m, w->a, m, 0, w->y, d);
    cblas_dsyrk(CblasRowMajor, CblasLower, CblasNoTrans, n, d, 1, w->y, d, 0, w->g, n);
}

static void measure(size_t n, size_t m, size_t d, int repeats)
{
    struct work w = {.d = d, .rng = rng_stream(1, "bench")};
    double *x = base_alloc(n * m, sizeof *x);
    rng_normals(w.rng, x, n * m);
    w.points = projection_points_of(x, n, m);
    w.a = base_alloc(d * m, sizeof *w.a);
    w.y = base_alloc(n * d, sizeof *w.y);
    w.g = base_alloc(n * n, sizeof *w.g);
    rng_normals(w.rng, w.a, d * m);
    struct bench_time ours, bound, ratio = bench_ratio(project, &w, products, &w, repeats, &ours, &bound);
    printf("%zux%zu->%zu ours %.4g %.6g\n", n, m, d, w.square, ours.median);
    printf("# %zux%zu->%zu ours/blas %.4g %.4g %.4g\n", n, m, d, ratio.median, ratio.low, ratio.high);
    projection_points_free(w.points);
    gsl_rng_free(w.rng);
    free(w.a);
    free(w.y);
    free(w.g);
}

int main(int argc, char **argv)
{
    base_program_set(argv[0]);
    if (argc != 1)
        base_die(BASE_BAD_USAGE, "'%.80s' is not accepted; there are no options", argv[1]);
    linalg_single_thread();
    measure(500, 1000, 500, 9);
    measure(1000, 1000, 1000, 5);
    measure(2000, 4000, 1000, 3);
    return BASE_DONE;
}
