/* Is the error of a score the distance of the key to its code?
 *
 * Source: theorem of Lingle, arXiv 2309.16354: for queries with E[q q^T] = sigma^2 I independent of the keys,
 * E (q.k - q.k^)^2 = sigma^2 E |k - k^|^2 for any map k -> k^, so k-means is the best codebook. For E[q q^T]
 * = Sigma the error is E (k - k^)^T Sigma (k - k^): here the best codebook is k-means in the metric of Sigma.
 * Finding: both hold; with a spread spectrum the metric more than halves the error, and two thirds of that
 * gain come from the assignment alone.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "kmeans.h"
#include "lab.h"
#include "rng.h"
#include "vq.h"

enum { SPECTRUM_MAX = 256 };

/* Numbers > 0 separated by slashes. Returns how many, or 0 when it is not a spectrum. */
static size_t spectrum_parse(const char *text, double *value)
{
    size_t count = 0;
    char *copy = base_copy(text), *rest = copy, *word;
    while ((word = strsep(&rest, "/"))) {
        if (count == SPECTRUM_MAX || base_parse_real(word, &value[count]) || !(value[count] > 0)) {
            free(copy);
            return 0;
        }
        count++;
    }
    free(copy);
    return count;
}

/* (k - k^)^T Sigma (k - k^) of every key */
static void score_errors(size_t n, size_t d, const double *k, const double *centers, const size_t *code,
                         const double *sigma, double *error)
{
    for (size_t i = 0; i < n; i++) {
        error[i] = 0;
        for (size_t a = 0; a < d; a++) {
            double away = k[i * d + a] - centers[code[i] * d + a];
            error[i] += sigma[a] * away * away;
        }
    }
}

static void stretch(size_t n, size_t d, const double *sigma, double power, const double *x, double *y)
{
    for (size_t i = 0; i < n; i++)
        for (size_t a = 0; a < d; a++)
            y[i * d + a] = pow(sigma[a], power) * x[i * d + a];
}

/* A query a key: the difference (q.(k - k^))^2 - (k - k^)^T Sigma (k - k^), whose mean is 0. */
static struct stats_mean theorem(struct lab_cell *c, size_t n, size_t d, const double *k,
                                 const double *centers, const size_t *code, const double *sigma,
                                 const double *expected)
{
    gsl_rng *rng = lab_rng(c);
    double *difference = base_alloc(n, sizeof *difference);
    for (size_t i = 0; i < n; i++) {
        double error = 0;
        for (size_t a = 0; a < d; a++) {
            double q = sqrt(sigma[a]) * rng_normal(rng);
            if (lab_control(c,
                            "dependent")) /* a query that points along its key, of the right second moment */
                q = sqrt(sigma[a]) * k[i * d + a];
            error += q * (k[i * d + a] - centers[code[i] * d + a]);
        }
        difference[i] = error * error - expected[i];
    }
    struct stats_mean mean = stats_mean_of(difference, n);
    free(difference);
    return mean;
}

static void put_mean(struct lab_cell *c, const char *column, struct stats_mean m)
{
    char name[48];
    snprintf(name, sizeof name, "%s_error", column);
    lab_put(c, column, m.value);
    lab_put(c, name, m.error);
}

static void cell(struct lab_cell *c)
{
    double sigma[SPECTRUM_MAX];
    size_t d = spectrum_parse(lab_word(c, "spectrum"), sigma), n = (size_t)lab_integer(c, "n");
    size_t codes = (size_t)lab_integer(c, "c"), steps = (size_t)lab_integer(c, "steps");
    gsl_rng *rng = lab_rng(c);
    double *k = base_alloc(n * d, sizeof *k), *white = base_alloc(n * d, sizeof *k),
           *fresh = base_alloc(n * d, sizeof *k);
    double *fresh_white = base_alloc(n * d, sizeof *k), *centers = base_alloc(3 * codes * d, sizeof *k);
    double *stretched = centers + codes * d, *metric = stretched + codes * d,
           *error = base_alloc(4 * n, sizeof *error);
    size_t *code = base_alloc(n, sizeof *code);
    rng_normals(rng, k, n * d);
    rng_normals(rng, fresh, n * d);
    stretch(n, d, sigma, 0.5, k, white);
    stretch(n, d, sigma, 0.5, fresh, fresh_white);

    /* Euclidean codes, Euclidean and Sigma-nearest assignment; codes in the metric of Sigma. All on fresh
     * keys. */
    kmeans_start_spread(n, codes, d, k, rng, centers);
    kmeans_lloyd(n, codes, d, k, centers, code, steps);
    double on_training = 0;
    score_errors(n, d, k, centers, code, sigma, error);
    on_training = stats_mean_of(error, n).value;
    kmeans_assign(n, codes, d, fresh, centers, code, NULL);
    score_errors(n, d, fresh, centers, code, sigma, error);
    put_mean(c, "theorem", theorem(c, n, d, fresh, centers, code, sigma, error));
    stretch(codes, d, sigma, 0.5, centers, stretched);
    kmeans_assign(n, codes, d, fresh_white, stretched, code, error + n);
    kmeans_start_spread(n, codes, d, white, rng, metric);
    if (lab_control(c, "inverse_metric")) /* divides by Sigma^(1/2) where it should multiply */
        stretch(n, d, sigma, -0.5, k, white);
    if (lab_control(c, "inverse_metric"))
        kmeans_start_spread(n, codes, d, white, rng, metric);
    kmeans_lloyd(n, codes, d, white, metric, code, steps);
    if (lab_control(c, "inverse_metric")) {
        stretch(n, d, sigma, -0.5, fresh, fresh_white);
        kmeans_assign(n, codes, d, fresh_white, metric, code, NULL);
        stretch(codes, d, sigma, 0.5, metric, metric);
        score_errors(n, d, fresh, metric, code, sigma, error + 2 * n);
    } else {
        kmeans_assign(n, codes, d, fresh_white, metric, code, error + 2 * n);
    }
    for (size_t i = 0; i < n; i++) {
        error[3 * n + i] = 0;
        for (size_t a = 0; a < d; a++)
            error[3 * n + i] += sigma[a] * fresh[i * d + a] * fresh[i * d + a];
    }
    put_mean(c, "plain", stats_mean_of(error, n));
    put_mean(c, "nearest", stats_mean_of(error + n, n));
    put_mean(c, "metric", stats_mean_of(error + 2 * n, n));
    put_mean(c, "energy", stats_mean_of(error + 3 * n, n));
    for (size_t i = 0; i < n; i++) {
        double plain = error[i], nearest = error[n + i];
        error[i] = plain - nearest;
        error[n + i] = nearest - error[2 * n + i];
    }
    put_mean(c, "gain_assignment", stats_mean_of(error, n));
    put_mean(c, "gain_codes", stats_mean_of(error + n, n));
    lab_put(c, "plain_trained", on_training);
    free(k);
    free(white);
    free(fresh);
    free(fresh_white);
    free(centers);
    free(error);
    free(code);
}

static char *check(const struct lab_cell *c)
{
    double sigma[SPECTRUM_MAX];
    size_t d = spectrum_parse(lab_word(c, "spectrum"), sigma);
    if (!d)
        return base_format("--spectrum %.60s: numbers > 0 separated by slashes are accepted, at most %d",
                           lab_word(c, "spectrum"), SPECTRUM_MAX);
    double n = lab_real(c, "n"), work = 2 * n * (lab_real(c, "steps") + 4) * lab_real(c, "c") * (double)d;
    if (lab_real(c, "c") > n)
        return base_format("--c %.0f codes are more than the --n %.0f keys", lab_real(c, "c"), n);
    return vq_too_much("n", n, work, 8 * n * (4 * (double)d + 5));
}

static void summarize(struct lab *lab)
{
    static const char *const names[] = {"plain",  "nearest",         "metric",
                                        "energy", "gain_assignment", "gain_codes"};
    static const char *const spectra[] = {"4/2/1/.5/.25/.1/.05/.02", "1.5/1.5/1.5/1.5/1.5/1.5/1.5/1.5"};
    for (int s = 0; s < 2; s++) {
        char *values = base_format("spectrum=%s c=64", spectra[s]);
        long i = lab_find(lab, values);
        free(values);
        if (i < 0)
            continue;
        size_t g = (size_t)i;
        long count = lab_integer(lab_group(lab, g), "n");
        double energy = lab_value(lab, g, "energy");
        /* the theorem's difference as a share of the energy */
        lab_measure(lab, lab_value(lab, g, "theorem") / energy, lab_value(lab, g, "theorem_error") / energy,
                    count, "theorem_%s", s ? "isotropic" : "spectrum");
        for (size_t k = 0; !s && k < sizeof names / sizeof *names; k++) {
            char *error = base_format("%s_error", names[k]);
            lab_measure(lab, lab_value(lab, g, names[k]), lab_value(lab, g, error), count, "%s", names[k]);
            free(error);
        }
    }
}

static const struct lab_spec spec = {
    .name = "vq/score",
    .about = "The error of a score against the distance of the key to its code",
    .axes = {{"spectrum", "4/2/1/.5/.25/.1/.05/.02,1.5/1.5/1.5/1.5/1.5/1.5/1.5/1.5", NULL, NULL,
              "Eigenvalues of E[q q^T], separated by slashes", AXIS_WORD},
             {"c", "8,16,32,64,128,256", "64", "[1,1e6]", "Codes", AXIS_INTEGER},
             {"n", "20000", "10000", "[2,1e7]", "Keys to learn from, and fresh keys", AXIS_INTEGER},
             {"steps", "40", "15", "[0,1e5]", "Steps of Lloyd's iteration", AXIS_INTEGER}},
    .columns = "plain,plain_error:4,nearest,nearest_error:4,metric,metric_error:4,energy,energy_error:4,gain_"
               "assignment,"
               "gain_assignment_error:4,gain_codes,gain_codes_error:4,theorem,theorem_error:4,plain_trained",
    .controls = "dependent|inverse_metric",
    .check = check,
    .cell = cell,
    .summarize = summarize,
};

int main(int argc, char **argv)
{
    return lab_main(&spec, argc, argv);
}
