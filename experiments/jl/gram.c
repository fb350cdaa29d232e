/* Is a d x d matrix of independent N(0, 1/d) entries "almost orthogonal"?
 *
 * Source: kexue.fm/archives/8679 says so of its columns. Entry by entry A^T A - I is small indeed, of size
 * sqrt(2 log(d^2/2)/d). The spectrum of A^T A is another matter: it fills (0, 4) by the law of Marchenko
 * and Pastur with ratio 1, F(x) = (2t + sin 2t)/pi with sin t = sqrt(x)/2. The ends: d times the smallest
 * singular value has the limit law 1 - exp(-(s^2/2 + s)) (Edelman 1988), lambda_max that of Tracy and Widom
 * about (sqrt(d-1) + sqrt d)^2/d (Johnstone).
 * Finding: nearly orthogonal pair by pair, and far from it as a whole.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <gsl/gsl_cdf.h>

#include "jl.h"
#include "lab.h"
#include "linalg.h"

enum { BINS = 40 }; /* of the spectrum's histogram, over (0, 4) */

static const double TRACY_WIDOM_MEAN = -1.2065335745820; /* of the law for real matrices */

static void cell(struct lab_cell *cell)
{
    size_t d = (size_t)lab_integer(cell, "d");
    double *a = base_alloc(d * d, sizeof *a), *g = base_alloc(d * d, sizeof *g),
           *w = base_alloc(d, sizeof *w);
    rng_normals(lab_rng(cell), a, d * d);
    if (lab_control(cell, "orthogonal")) {
        linalg_haar(d, a, g);
        memcpy(a, g, d * d * sizeof *a);
    } else {
        for (size_t k = 0; k < d * d; k++)
            a[k] /= sqrt((double)d);
    }
    linalg_gram(d, d, a, g);
    double entry = 0;
    for (size_t i = 0; i < d; i++)
        for (size_t j = 0; j < i; j++)
            entry = fmax(entry, fabs(g[i * d + j]));
    linalg_eigen_symmetric(d, g, w, NULL);
    double central = 0, bins[BINS] = {0};
    for (size_t i = 0; i < d; i++) {
        central += w[i] >= 0.5 && w[i] <= 1.5;
        if (w[i] >= 0 && w[i] < 4)
            bins[(int)(w[i] * BINS / 4)]++;
    }
    lab_put(cell, "lambda_max", w[d - 1]);
    lab_put(cell, "sigma_min", (double)d * sqrt(fmax(w[0], 0)));
    lab_put(cell, "share", central / (double)d);
    lab_put(cell, "entry_max", entry);
    for (int k = 0; k < BINS; k++) {
        char name[16];
        snprintf(name, sizeof name, "bin%d", k);
        lab_put(cell, name, bins[k] / (double)d);
    }
    free(a);
    free(g);
    free(w);
}

static double marchenko_pastur(double x)
{
    double t = asin(sqrt(x) / 2);
    return (2 * t + sin(2 * t)) / M_PI;
}

/* The share of eigenvalues in (0.5, 1.5): the limit, and at finite d the first correction, -1/(2 pi d sqrt(x
 * (4 - x))) in the density of real matrices (Dumitriu and Edelman 2006). */
static double share_theory(double d)
{
    double correction = (asin((1.5 - 2) / 2) - asin((0.5 - 2) / 2)) / (2 * M_PI);
    return marchenko_pastur(1.5) - marchenko_pastur(0.5) - correction / d;
}

/* The size which the largest of d (d - 1)/2 independent inner products would exceed with probability 1/2. */
static double entry_median(double d)
{
    double low = 0, high = 10, level = log(log(2)) - log(d * (d - 1) / 2);
    for (int i = 0; i < 60; i++) {
        double middle = (low + high) / 2;
        if (jl_log_inner_tail(d, middle, NULL) > level)
            low = middle;
        else
            high = middle;
    }
    return low;
}

static double edge_mean(double d)
{
    double roots = sqrt(d - 1) + sqrt(d);
    return (roots * roots + roots * cbrt(1 / sqrt(d - 1) + 1 / sqrt(d)) * TRACY_WIDOM_MEAN) / d;
}

static void summarize(struct lab *lab)
{
    double edelman = sqrt(2 * M_PI * M_E) * gsl_cdf_ugaussian_Q(1); /* int exp(-(s^2/2 + s)) ds */
    struct lab_table *table = lab_table(lab, NULL,
                                        "d,lambda_max,lambda_max_se:3,lambda_max_theory,d_sigma_min,"
                                        "d_sigma_min_se:3,d_sigma_min_theory,share,share_se:3,share_theory,"
                                        "entry_max,entry_max_se:3,entry_median_theory,entry_order");
    struct lab_table *spectrum = lab_table(lab, "spectrum", "d,x,density,density_se:3,marchenko_pastur");
    lab_measure(lab, share_theory(INFINITY), 1e-15, 0, "share_limit");
    for (size_t g = 0; g < lab_groups(lab); g++) {
        double d = lab_real(lab_group(lab, g), "d");
        size_t n;
        struct stats_mean largest = lab_mean(lab, g, "lambda_max"), central = lab_mean(lab, g, "share");
        struct stats_mean entry = lab_mean(lab, g, "entry_max"), least = lab_mean(lab, g, "sigma_min");
        const double *entries = lab_column(lab, g, "entry_max", &n);
        double *copy = base_alloc(n, sizeof *copy);
        memcpy(copy, entries, n * sizeof *copy);
        struct stats_mean entry_middle = stats_quantile_of(copy, n, 0.5);
        free(copy);
        double entry_theory = entry_median(d);
        lab_table_row(table,
                      (double[]){d, largest.value, largest.error, edge_mean(d), least.value, least.error,
                                 edelman, central.value, central.error, share_theory(d), entry.value,
                                 entry.error, entry_theory, sqrt(2 * log(d * d / 2) / d)});
        for (int k = 0; k < BINS; k++) {
            char name[16];
            snprintf(name, sizeof name, "bin%d", k);
            struct stats_mean bin = lab_mean(lab, g, name);
            double low = 4.0 * k / BINS, high = 4.0 * (k + 1) / BINS;
            lab_table_row(spectrum,
                          (double[]){d, (low + high) / 2, bin.value / (high - low), bin.error / (high - low),
                                     (marchenko_pastur(high) - marchenko_pastur(low)) / (high - low)});
        }
        if (d != 512)
            continue;
        lab_measure_mean(lab, largest, "lambda_max_512");
        largest.value -= edge_mean(d);
        lab_measure_mean(lab, largest, "lambda_max_minus_theory_512");
        lab_measure_mean(lab, central, "share_512");
        central.value -= share_theory(d);
        lab_measure_mean(lab, central, "share_minus_theory_512");
        least.value -= edelman;
        lab_measure_mean(lab, least, "d_sigma_min_minus_theory_512");
        lab_measure(lab, entry_middle.value - entry_theory, entry_middle.error, entry_middle.count,
                    "entry_median_minus_theory_512");
        entry.value -= sqrt(2 * log(d * d / 2) / d);
        lab_measure_mean(lab, entry, "entry_max_minus_order_512");
    }
}

static const struct lab_spec spec = {
    .name = "jl/gram",
    .about = "entries and spectrum of A^T A for a square Gaussian matrix A",
    .axes = {{"d", "64,128,256,512", "512", "[2,20000]", "side of the matrix", AXIS_INTEGER},
             {"replicate", "0:99", "0:47", "[0,inf)", "independent matrices", AXIS_INTEGER}},
    .columns = "lambda_max,sigma_min,share,entry_max,"
               "bin0,bin1,bin2,bin3,bin4,bin5,bin6,bin7,bin8,bin9,"
               "bin10,bin11,bin12,bin13,bin14,bin15,bin16,bin17,bin18,bin19,"
               "bin20,bin21,bin22,bin23,bin24,bin25,bin26,bin27,bin28,bin29,"
               "bin30,bin31,bin32,bin33,bin34,bin35,bin36,bin37,bin38,bin39",
    .fold = "replicate",
    .controls = "orthogonal",
    .cell = cell,
    .summarize = summarize,
};

int main(int argc, char **argv)
{
    return lab_main(&spec, argc, argv);
}
