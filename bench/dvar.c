/* Times the posterior of x_0 given x_t over the digits: `dvar FOLDER` prints a line "t method checksum
 * seconds" for ours, for its two matrix products alone (the bound) and for float32, one thread, and leaves in
 * FOLDER what a peer needs to do the same: points.bin (N x d), and for each t xt-T.bin (M x d) and ab-T.txt.
 * The checksum is the mean trace. A last line "w2 ours W_2^2 seconds" is the exact distance of the first half
 * of the digits from the second, by assignment. */
#include <stdlib.h>
#include <time.h>

#include "base.h"
#include "dvar/dvar.h"
#include "linalg.h"
#include "rng.h"

enum { ROWS = 2048 };

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static void dump(const char *folder, const char *name, const double *x, size_t count)
{
    char *path = base_format("%s/%s", folder, name);
    struct base_output *output = base_output_open(path);
    if (fwrite(x, sizeof *x, count, base_output_stream(output)) != count)
        base_die(BASE_RUN_FAILED, "cannot write %s", path);
    base_output_commit(output);
    free(path);
}

/* The two products of dvar_points_posterior in its own blocks, without the exponentials between them. */
static void products(size_t block, size_t n, size_t width, const double *points, double *query,
                     double *scores)
{
    for (size_t i = 0; i < ROWS; i += block) {
        linalg_gemm('N', 'T', block, n, width, 1, query, points, 0, scores);
        linalg_gemm('N', 'N', block, width, n, 1, scores, points, 0, query);
        for (size_t j = 0; j < block * width; j++)
            query[j] = 1e-3;
    }
}

int main(int argc, char **argv)
{
    static const long times[] = {50, 200, 500};
    base_program_set(argv[0]);
    if (argc != 2)
        base_die(BASE_BAD_USAGE, "%d arguments; give one, the folder for what peers read", argc - 1);
    linalg_single_thread();
    struct dvar_points *points = dvar_points_read("digits");
    struct dvar_workspace *workspace = dvar_workspace_new(points);
    struct dvar_float_workspace *single = dvar_float_workspace_new(points);
    struct dvar_schedule schedule;
    char *why;
    dvar_schedule_init(&schedule, "linear", 1000, &why);
    size_t n = points->n, d = points->d, width = d + 2, block = 128;
    double *x0 = base_alloc(ROWS * d, sizeof *x0), *e = base_alloc(ROWS * d, sizeof *e);
    double *xt = base_alloc(ROWS * d, sizeof *xt), *mean = base_alloc(ROWS * d, sizeof *mean);
    double *trace = base_alloc(ROWS, sizeof *trace), *single_trace = base_alloc(ROWS, sizeof *trace);
    double *wide = base_alloc(n * width, sizeof *wide);
    double *query = base_alloc(block * width, sizeof *query), *scores = base_alloc(block * n, sizeof *scores);
    for (size_t i = 0; i < n * width; i++)
        wide[i] = 1e-3;
    dump(argv[1], "points.bin", points->x, n * d);
    for (size_t k = 0; k < sizeof times / sizeof *times; k++) {
        double ab = dvar_ab(&schedule, times[k]), bb2 = dvar_bb2(&schedule, times[k]), sum = 0;
        char *name = base_format("bench %ld", times[k]), *file = base_format("xt-%ld.bin", times[k]);
        gsl_rng *rng = rng_stream(1, name);
        dvar_points_draw(points, rng, ab, bb2, ROWS, x0, e, xt);
        dump(argv[1], file, xt, ROWS * d);
        double constants[2] = {ab, bb2};
        free(file);
        file = base_format("ab-%ld.bin", times[k]);
        dump(argv[1], file, constants, 2);
        double least = 1e9, bound = 1e9, rough = 1e9, rough_sum = 0;
        for (int round = 0; round < 5; round++) { /* in turn, the least of each */
            double start = now();
            dvar_points_posterior(points, workspace, ab, bb2, ROWS, xt, mean, trace, NULL);
            double middle = now();
            products(block, n, width, wide, query, scores);
            double end = now();
            dvar_points_posterior_float(points, single, ab, bb2, ROWS, xt, mean, single_trace);
            double last = now();
            rough = last - end < rough ? last - end : rough;
            least = middle - start < least ? middle - start : least;
            bound = end - middle < bound ? end - middle : bound;
        }
        for (size_t i = 0; i < ROWS; i++) {
            sum += trace[i] / ROWS;
            rough_sum += single_trace[i] / ROWS;
        }
        printf("%ld ours %.12g %.6g\n%ld products %.12g %.6g\n", times[k], sum, least, times[k], sum, bound);
        printf("%ld float32 %.12g %.6g\n", times[k], rough_sum, rough);
        gsl_rng_free(rng);
        free(name);
        free(file);
    }
    double start = now(), w2sq = dvar_points_w2sq(n / 2, d, points->x, points->x + n / 2 * d);
    printf("w2 ours %.12g %.6g\n", w2sq, now() - start);
    free(x0);
    free(e);
    free(xt);
    free(mean);
    free(trace);
    free(single_trace);
    free(wide);
    free(query);
    free(scores);
    dvar_schedule_free(&schedule);
    dvar_workspace_free(workspace);
    dvar_float_workspace_free(single);
    dvar_points_free(points);
    return BASE_DONE;
}
