/* Seconds of the two computations of experiments/scale that SciPy users would write, on the grids of
 * bench/scale.sh: mean     exact E F of n normal scores, n = 64, 512, 4096 times alpha = 1, 2, 4, 8, 16
 *     optimum  annealed optimum for n cosines in 128 dimensions, n = 40, 80, ..., 2000
 * A line each: name, method, the sum of all values, seconds. bench/scale_scipy.py prints the same.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base.h"
#include "bench.h"
#include "linalg.h"
#include "scale/scale.h"

static void mean_grid(void *sum)
{
    struct softmax_law law = softmax_law_normal();
    double total = 0;
    for (double n = 64; n <= 4096; n *= 8)
        for (double alpha = 1; alpha <= 16; alpha *= 2) {
            struct softmax_mean m;
            softmax_mean(&law, n, alpha, &m);
            total += m.gradient.value;
        }
    *(double *)sum = total;
}

static void optimum_grid(void *sum)
{
    struct softmax_law law = softmax_law_cosine(128);
    double total = 0;
    for (double n = 40; n <= 2000; n += 40)
        total += scale_annealed_optimum(&law, n);
    *(double *)sum = total;
}

int main(int argc, char **argv)
{
    base_program_set(argv[0]);
    if (argc != 1)
        base_die(BASE_BAD_USAGE, "'%.80s' is not accepted; there are no options", argv[1]);
    linalg_single_thread();
    double sum = 0;
    struct bench_time t = bench_seconds(mean_grid, &sum, 9);
    printf("mean ours %.10g %.6g\n", sum, t.median);
    t = bench_seconds(optimum_grid, &sum, 9);
    printf("optimum ours %.10g %.6g\n", sum, t.median);
    return BASE_DONE;
}
