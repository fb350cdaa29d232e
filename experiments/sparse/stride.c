/* Which stride k makes the merged pattern cheapest?
 *
 * Source: kexue.fm/archives/6853, the merged pattern; its counts are exact here. n^2/k + 2kn is least at k =
 * sqrt(n/2), with 2 sqrt(2) n^1.5 pairs; the usual k = sqrt(n) costs 3 n^1.5. In the interior a band of
 * half-width floor(k/2) under a stride k reaches everything already, for n^2/k + kn, least at k = sqrt(n)
 * with 2 n^1.5. All minima are found by search over the exact counts. Finding: as derived, with deficits of
 * order n^-1/2 from the edges.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "sparse_cell.h"

static uint64_t pairs(enum sparse_kind kind, size_t k, size_t n)
{
    uint64_t count;
    return sparse_count(&(struct sparse_set){kind, k, 1, 0}, n, &count) ? UINT64_MAX : count;
}

/* A band of half-width floor(k/2), or k in full, and a stride k as two layers. */
static uint64_t half_pairs(size_t k, size_t n, int full)
{
    size_t half = full ? k : k / 2;
    uint64_t band = half ? pairs(SPARSE_LOCAL, half, n) : n, strided = pairs(SPARSE_ATROUS, k, n);
    return band > UINT64_MAX - strided ? UINT64_MAX : band + strided;
}

static void cell(struct lab_cell *c)
{
    size_t n = (size_t)lab_integer(c, "n"), k, half = 1;
    double n15 = pow((double)n, 1.5);
    int full = lab_control(c, "full_window");
    uint64_t best;
    size_t best_k = sparse_best_stride(n, &best);
    if (lab_is(c, "k", "best"))
        k = best_k;
    else
        sparse_size(lab_word(c, "k"), n, 1, &k);
    if (lab_control(c, "fixed_k"))
        best_k = k = 16;
    if (lab_control(c, "one_sided")) /* the minimum of n^2/k + kn: a band counted to one side */
        sparse_size("root", n, 1, &best_k);
    if (best_k != k || lab_control(c, "one_sided"))
        best = pairs(SPARSE_MERGED, best_k, n);
    uint64_t count = pairs(SPARSE_MERGED, k, n), half_best = half_pairs(1, n, full);
    for (size_t t = 1; t <= 4 * (size_t)sqrt((double)n) + 4; t++)
        if (half_pairs(t, n, full) < half_best) {
            half_best = half_pairs(t, n, full);
            half = t;
        }
    lab_put(c, "stride", (double)k);
    sparse_cell_put_count(c, "pairs", count);
    lab_put(c, "ratio_n15", (double)count / n15);
    lab_put(c, "best_k", (double)best_k);
    lab_put(c, "off_root_half", (double)best_k - sqrt((double)n / 2));
    lab_put(c, "best_ratio", (double)best / n15);
    lab_put(c, "over_best", (double)count / (double)best);
    lab_put(c, "gain", (double)n * (double)n / (double)count);
    lab_put(c, "half_k", (double)half);
    lab_put(c, "half_ratio", (double)half_best / n15);
}

static void measure(struct lab *lab, const char *n, const char *k, const char *column, const char *name)
{
    char *values = base_format("n=%s k=%s", n, k);
    long g = lab_find(lab, values);
    free(values);
    if (g >= 0)
        lab_measure(lab, lab_value(lab, (size_t)g, column), 0, 0, "%s_%s", name, n);
}

static void summarize(struct lab *lab)
{
    const struct axis_values *sizes = lab_axis_values(lab, "n");
    double *x = base_alloc(2 * sizes->count, sizeof *x), *y = x + sizes->count, off = 0;
    size_t count = 0;
    for (size_t i = 0; i < sizes->count; i++) {
        const char *n = sizes->text[i];
        char *values = base_format("n=%s k=best", n);
        long g = lab_find(lab, values);
        free(values);
        if (g < 0)
            continue;
        off = fmax(off, fabs(lab_value(lab, (size_t)g, "off_root_half")));
        if (lab_real(lab_group(lab, (size_t)g), "n") >= 256) {
            x[count] = lab_real(lab_group(lab, (size_t)g), "n");
            y[count++] = strtod(lab_text(lab, (size_t)g, "pairs"), NULL);
        }
    }
    static const char *const at[] = {"256", "1024", "4096", "16384"};
    for (int i = 0; i < 4; i++) {
        measure(lab, at[i], "best", "best_k", "best_k");
        measure(lab, at[i], "best", "best_ratio", "best_ratio");
        measure(lab, at[i], "root", "ratio_n15", "root_ratio");
    }
    measure(lab, "1048576", "best", "best_ratio", "best_ratio");
    measure(lab, "1048576", "root", "over_best", "root_over_best");
    measure(lab, "1048576", "best", "half_ratio", "half_ratio");
    measure(lab, "2048", "opt", "gain", "gain");
    measure(lab, "4096", "opt", "gain", "gain");
    measure(lab, "8192", "opt", "gain", "gain");
    struct stats_line line;
    lab_measure(lab, off, 0, 0, "off_root_half_worst");
    if (count >= 3 && !stats_power_fit(x, y, NULL, count, &line))
        lab_measure(lab, line.slope, 0, 0, "slope");
    free(x);
    struct lab_table *curve = lab_table(lab, "curve", "n:17,k:17,share,ratio_n15,half_ratio_n15");
    for (size_t n = 1024; n <= 1048576; n *= 32)
        for (size_t k = 1, next = 0; (double)k <= 4 * sqrt((double)n); k = next) {
            next = k + 1 + (size_t)(0.06 * (double)k);
            if ((double)k < 0.1 * sqrt((double)n))
                continue;
            double n15 = pow((double)n, 1.5);
            lab_table_row(curve, (double[]){(double)n, (double)k, (double)k / sqrt((double)n),
                                            (double)pairs(SPARSE_MERGED, k, n) / n15,
                                            (double)half_pairs(k, n, 0) / n15});
        }
}

static const struct lab_spec spec = {
    .name = "sparse/stride",
    .about = "Which stride makes the merged pattern cheapest?",
    .axes = {{"n", "64,256,1024,2048,4096,8192,16384,65536,1048576,16777216,268435456",
              "64,256,1024,2048,4096,8192,16384,1048576", "[1,1e12]", "Positions", AXIS_INTEGER},
             {"k", "best,opt,root", NULL, "[1,1e18]|best|opt|root", "Stride", AXIS_INTEGER}},
    .columns = "stride:17,pairs,ratio_n15:12,best_k:17,off_root_half,best_ratio:12,over_best:12,gain,half_k:"
               "17,half_ratio:12",
    .controls = "fixed_k|one_sided|full_window",
    .cell = cell,
    .summarize = summarize,
};

int main(int argc, char **argv)
{
    return lab_main(&spec, argc, argv);
}
