/* Where is the gradient of one row of scores largest?
 *
 * Source: kexue.fm/archives/9812, which looks for one alpha for all rows; for a fixed row F(.; s) vanishes at
 * both ends and has a maximum. Rows of n normal scores are drawn and the maximum of each is found. Two scores
 * with the gap D have it at x0/D, x0 tanh(x0/2) = 1, x0 = 1.5434, so that for n = 2 its law is known: alpha >
 * a iff |N(0,2)| < x0/a. For large n the gap is nearly exponential with the rate b_n = Phi^-1(1-1/n), and two
 * scores alone would have the median x0 b_n/log 2 = 2.2267 b_n; the lower scores pull it down. The quantile
 * grid s_i = Phi^-1((i-1/2)/n) stands for a row without chance.
 * Finding: the law is broad, with a tail ~ 1/alpha (no mean); its median lies far above 0.84 sqrt(log n).
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "lab.h"
#include "scale.h"

static void cell(struct lab_cell *c)
{
    size_t n = (size_t)lab_integer(c, "n");
    double *s = base_alloc(2 * n, sizeof *s), log_f;
    for (int i = 0; i < 10; i++) {
        scale_draw(lab_rng(c), 0, s, n);
        for (size_t j = 0; lab_control(c, "unscaled") && j < n; j++)
            s[j] *= 2; /* scores of variance 4 */
        scale_sort(s, n);
        double best = scale_row_argmax(s, n, s + n, &log_f);
        if (!isfinite(best))
            continue; /* a tie: a probability of 2^-50 */
        if (i > 0)
            lab_next_row(c);
        lab_put(c, "argmax", best);
        lab_put(c, "f", exp(log_f));
        lab_put(c, "over_gap", best * (s[0] - s[1]) / scale_two_scores());
    }
    free(s);
}

/* The maximizer of n scores at the quantiles of the normal law times sd. */
static double quantile_grid(size_t n, double sd, double *f)
{
    double *s = base_alloc(2 * n, sizeof *s), log_f;
    for (size_t i = 0; i < n; i++)
        s[i] = sd * scale_quantile(((double)i + 0.5) / (double)n);
    double best = scale_row_argmax(s, n, s + n, &log_f);
    free(s);
    *f = exp(log_f);
    return best;
}

static void measure_rows(struct lab *lab, size_t group, const double *sorted, size_t count)
{
    static const double at[] = {0.1, 0.25, 0.5, 0.75, 0.9};
    const char *n = lab_word(lab_group(lab, group), "n");
    double *copy = base_alloc(count, sizeof *copy);
    for (int i = 0; i < 5; i++) {
        memcpy(copy, sorted, count * sizeof *copy);
        struct stats_mean q = stats_quantile_of(copy, count, at[i]);
        if (isfinite(q.error) && q.error > 0)
            lab_measure(lab, log(q.value), q.error / q.value, (long)count, "log_q%g_%s", 100 * at[i], n);
        if (isfinite(q.error) && q.error > 0 && at[i] == 0.5) {
            double b = scale_quantile(1 / lab_real(lab_group(lab, group), "n"));
            double fit = 0.84 * sqrt(log(lab_real(lab_group(lab, group), "n")));
            lab_measure(lab, q.value / fit, q.error / fit, (long)count, "median_over_fit_%s", n);
            if (b > 2) /* n = 64 on */
                lab_measure(lab, q.value / b, q.error / b, (long)count, "median_over_b_%s", n);
        }
    }
    free(copy);
}

static void summarize(struct lab *lab)
{
    struct lab_table *quantiles =
        lab_table(lab, "quantiles", "n:17,rows:17,q10,q25,q50,q50_error,q75,q90,b,fit,grid,grid_f");
    struct lab_table *density = lab_table(lab, "density", "n:17,alpha,density,two_scores");
    double sd = lab_run_control(lab, "unscaled") ? 2 : 1;
    for (size_t i = 0; i < lab_groups(lab); i++) {
        const struct lab_cell *c = lab_group(lab, i);
        size_t count;
        double n = lab_real(c, "n"), *sorted;
        const double *x = lab_column(lab, i, "argmax", &count);
        sorted = base_alloc(count, sizeof *sorted);
        memcpy(sorted, x, count * sizeof *sorted);
        struct stats_mean median = stats_quantile_of(sorted, count, 0.5); /* sorts */
        double q[4], at[] = {0.1, 0.25, 0.75, 0.9}, f, grid = quantile_grid((size_t)n, sd, &f);
        for (int j = 0; j < 4; j++)
            q[j] = stats_quantile_of(sorted, count, at[j]).value;
        lab_table_row(quantiles, (double[]){n, (double)count, q[0], q[1], median.value, median.error, q[2],
                                            q[3], scale_quantile(1 / n), 0.84 * sqrt(log(n)), grid, f});
        /* the density of log alpha in bins of a factor 1.25 */
        size_t k = 0;
        double rate = fmax(scale_quantile(1 / n), 0);
        for (double low = 0.3; low < 300; low *= 1.25) {
            size_t first = k;
            while (k < count && sorted[k] < low * 1.25)
                k++;
            double middle = low * sqrt(1.25), y = rate * scale_two_scores() / middle;
            lab_table_row(density, (double[]){n, middle, (double)(k - first) / ((double)count * log(1.25)),
                                              rate > 0 ? y * exp(-y) : NAN});
        }
        if (n == 8 || n == 64 || n == 512 || n == 4096)
            measure_rows(lab, i, sorted, count);
        if (n == 2) {
            struct stats_mean m = stats_quantile_of(sorted, count, 0.5);
            double exact = scale_two_scores() / (M_SQRT2 * scale_quantile(0.25));
            lab_measure(lab, log(m.value / exact), m.error / m.value, (long)count, "log_median_2");
        }
        free(sorted);
    }
    lab_measure(lab, scale_two_scores(), 1e-15, 0, "two_scores");
    static const double sizes[] = {8, 64, 512, 4096};
    for (int i = 0; i < 4; i++) {
        double f, best = quantile_grid((size_t)sizes[i], sd, &f);
        lab_measure(lab, best, 1e-11 * best, 0, "grid_%g", sizes[i]);
        lab_measure(lab, f, 1e-12, 0, "grid_f_%g", sizes[i]);
    }
}

static const struct lab_spec spec = {
    .name = "scale/argmax",
    .about = "The scale at which the gradient F of one row of n normal scores is largest",
    .axes = {{"n", "2,8,64,512,4096", "2,8,64,512", "[2,1e8]", "Number of keys", AXIS_INTEGER},
             {"replicate", "0:999", "0:399", "[0,inf)", "Replicate, of 10 rows", AXIS_INTEGER}},
    .columns = "argmax,f,over_gap",
    .fold = "replicate",
    .controls = "unscaled",
    .cell = cell,
    .summarize = summarize,
};

int main(int argc, char **argv)
{
    return lab_main(&spec, argc, argv);
}
