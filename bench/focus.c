/* Seconds of the two computations of experiments/focus that SciPy users would write, on the grids of
 * bench/focus.sh:
 *     limit    S of relu, relu^2, relu^3, relu^4, the identity and exp over infinitely many normal scores by
 *              quadrature, beta = -4, -3.5, ..., 4, gamma = 1, 2
 *     mean     exact E S of exp over n normal scores, n = 64, 512, 4096, 65536 times gamma = 1, 2, 3, 4
 * A line each: name, method, the sum of all values, seconds. bench/focus_scipy.py prints the same. Of `limit`
 * there is a third line, "closed", by the closed forms.
 */
#include <stdio.h>

#include "base.h"
#include "bench.h"
#include "focus/focus.h"
#include "linalg.h"

static double limit_sum(int closed)
{
    static const char *const names[] = {"relu", "relu2", "relu3", "relu4", "id", "exp"};
    double total = 0;
    for (int k = 0; k < 6; k++) {
        struct focus_map map;
        focus_map_parse(names[k], &map);
        for (double beta = -4; beta <= 4; beta += 0.5)
            for (double gamma = 1; gamma <= 2; gamma++)
                total += closed ? focus_limit(map, beta, gamma)
                                : focus_limit_quadrature(map, beta, gamma).value;
    }
    return total;
}

static void limit_grid(void *sum)
{
    *(double *)sum = limit_sum(0);
}

static void closed_grid(void *sum)
{
    *(double *)sum = limit_sum(1);
}

static void mean_grid(void *sum)
{
    static const double lengths[] = {64, 512, 4096, 65536};
    struct focus_map map = {FOCUS_EXP, 1};
    double total = 0;
    for (int k = 0; k < 4; k++)
        for (double gamma = 1; gamma <= 4; gamma++)
            total += focus_mean(map, 0, gamma, lengths[k]).value;
    *(double *)sum = total;
}

int main(int argc, char **argv)
{
    static const struct {
        const char *name, *method;
        void (*run)(void *);
    } grids[] = {{"limit", "ours", limit_grid}, {"limit", "closed", closed_grid}, {"mean", "ours", mean_grid}};
    base_program_set(argv[0]);
    if (argc != 1)
        base_die(BASE_BAD_USAGE, "'%.80s' is not accepted; there are no options", argv[1]);
    linalg_single_thread();
    for (int i = 0; i < 3; i++) {
        double sum = 0;
        struct bench_time t = bench_seconds(grids[i].run, &sum, 9);
        printf("%s %s %.12g %.6g\n", grids[i].name, grids[i].method, sum, t.median);
    }
    return BASE_DONE;
}
