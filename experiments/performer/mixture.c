/* The new derivation: exp(q.k) as an integral against delta(omega - k), the delta replaced by a Gaussian
 * mixture.
 *
 * Source: kexue.fm/archives/9862, section 3: sum_j exp(q.k_j) v_j ~ sum_y exp(q.c_y) sum_j p(y | k_j) v_j,
 * from delta(omega - k) ~ sum_y N(omega; c_y, sigma^2 I) p(y | k), sigma -> 0. Checked on drawn inputs, each
 * column the largest difference over the largest output:
 *     all_keys    codes = all keys, p(y | k_j) = [y = j]: exact attention
 *     one_hot     codes by k-means, p one-hot: exact attention on the quantized keys (Transformer-VQ)
 *     width       soft p with components of width sigma integrated, against sigma = 0: a component's factor
 *                 e^{sigma^2 |q|^2/2} depends on q alone and cancels
 *     sampled     the mean of e^{q.omega} over its value e^{q.c + sigma^2 |q|^2/2}, minus 1, omega drawn
 *                 from a component
 * Finding: all are equalities; so sigma need not tend to 0, normalized attention is the same for every sigma.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "kmeans.h"
#include "lab.h"
#include "performer.h"

struct data {
    size_t n, m, d, dv;
    double *q, *k, *v, *c, *a, *b, *exact, *o;
};

static double attended(struct lab_cell *cell, struct data *x, size_t m, const double *exact)
{
    if (performer_attend(x->n, x->n, m, x->dv, x->a, x->b, x->v, 0, x->o))
        lab_fail(cell, "a row of attention has no weight");
    return performer_error_largest(x->n * x->dv, x->o, exact);
}

/* Codes = keys. */
static double all_keys(struct lab_cell *cell, struct data *x)
{
    size_t *code = base_alloc(x->n, sizeof *code);
    for (size_t j = 0; j < x->n; j++)
        code[j] = lab_control(cell, "neighbours") ? (j + 1) % x->n : j;
    performer_scores(x->n, x->n, x->d, 1, x->q, x->k, x->a);
    performer_one_hot(x->n, x->n, code, x->b);
    performer_exact(x->n, x->n, x->d, x->dv, x->q, x->k, x->v, x->exact);
    free(code);
    return attended(cell, x, x->n, x->exact);
}

static double one_hot(struct lab_cell *cell, struct data *x)
{
    size_t *code = base_alloc(x->n, sizeof *code);
    double *quantized = base_alloc(x->n * x->d, sizeof *quantized);
    kmeans_start_sample(x->n, x->m, x->d, x->k, lab_rng(cell), x->c);
    kmeans_lloyd(x->n, x->m, x->d, x->k, x->c, code, 20);
    for (size_t j = 0; j < x->n; j++)
        memcpy(quantized + j * x->d, x->c + code[j] * x->d, x->d * sizeof *quantized);
    performer_exact(x->n, x->n, x->d, x->dv, x->q, quantized, x->v, x->exact);
    performer_scores(x->n, x->m, x->d, 1, x->q, x->c, x->a);
    performer_one_hot(x->n, x->m, code, x->b);
    if (lab_control(cell, "soft_codes")) {
        performer_distances(x->n, x->m, x->d, 1, x->k, x->c, x->b);
        performer_log_softmax(x->n, x->m, x->b);
    }
    free(code);
    free(quantized);
    return attended(cell, x, x->m, x->exact);
}

/* Codes are those of one_hot. */
static double width(struct lab_cell *cell, struct data *x, double sigma)
{
    performer_scores(x->n, x->m, x->d, 1, x->q, x->c, x->a);
    performer_distances(x->n, x->m, x->d, 1, x->k, x->c, x->b);
    performer_log_softmax(x->n, x->m, x->b);
    attended(cell, x, x->m, x->exact);
    memcpy(x->exact, x->o, x->n * x->dv * sizeof *x->o);
    for (size_t i = 0; i < x->n; i++)
        for (size_t y = 0; y < x->m; y++) {
            double square = 0; /* of q; the control takes the code's, which does not cancel */
            for (size_t p = 0; p < x->d; p++) {
                double of = lab_control(cell, "code_width") ? x->c[y * x->d + p] : x->q[i * x->d + p];
                square += of * of;
            }
            x->a[i * x->m + y] += sigma * sigma * square / 2;
        }
    return attended(cell, x, x->m, x->exact);
}

static double sampled(struct lab_cell *cell, const struct data *x, double sigma, long draws)
{
    double *omega = base_alloc(x->d, sizeof *omega), sum = 0, square = 0;
    for (size_t a = 0; a < x->d; a++)
        square += x->q[a] * x->q[a];
    for (long r = 0; r < draws; r++) {
        const double *c = x->c + (size_t)r % x->m * x->d;
        double score = 0, at_code = 0;
        performer_directions(PERFORMER_GAUSS, 1, x->d, lab_rng(cell), omega);
        for (size_t a = 0; a < x->d; a++) {
            score += x->q[a] * (c[a] + sigma * omega[a]);
            at_code += x->q[a] * c[a];
        }
        sum += exp(score - at_code - (lab_control(cell, "no_factor") ? 0 : sigma * sigma * square / 2));
    }
    free(omega);
    return sum / (double)draws - 1;
}

static void cell(struct lab_cell *cell)
{
    struct data x = {.n = (size_t)lab_integer(cell, "n"),
                     .m = (size_t)lab_integer(cell, "m"),
                     .d = (size_t)lab_integer(cell, "d"),
                     .dv = (size_t)lab_integer(cell, "dv")};
    double sigma = lab_real(cell, "sigma"), unit = lab_real(cell, "norm") / sqrt((double)x.d);
    x.q = base_alloc(x.n * x.d, sizeof *x.q);
    x.k = base_alloc(x.n * x.d, sizeof *x.k);
    x.v = base_alloc(x.n * x.dv, sizeof *x.v);
    x.c = base_alloc(x.m * x.d, sizeof *x.c);
    x.a = base_alloc(x.n * x.n, sizeof *x.a);
    x.b = base_alloc(x.n * x.n, sizeof *x.b);
    x.exact = base_alloc(x.n * x.dv, sizeof *x.exact);
    x.o = base_alloc(x.n * x.dv, sizeof *x.o);
    performer_uniform(x.n, x.d, lab_real(cell, "norm"), lab_rng(cell), x.q);
    performer_normals(x.n, x.d, unit, lab_rng(cell), x.k);
    performer_normals(x.n, x.dv, 1, lab_rng(cell), x.v);
    lab_put(cell, "all_keys", all_keys(cell, &x));
    lab_put(cell, "one_hot", one_hot(cell, &x));
    lab_put(cell, "width", width(cell, &x, sigma));
    lab_put(cell, "sampled", sampled(cell, &x, sigma, lab_integer(cell, "draws")));
    free(x.q);
    free(x.k);
    free(x.v);
    free(x.c);
    free(x.a);
    free(x.b);
    free(x.exact);
    free(x.o);
}

static void summarize(struct lab *lab)
{
    static const char *const names[] = {"all_keys", "one_hot", "width"};
    for (int i = 0; i < 3; i++) {
        double largest = 0;
        for (size_t g = 0; g < lab_groups(lab); g++) {
            size_t count;
            const double *x = lab_column(lab, g, names[i], &count);
            for (size_t r = 0; r < count; r++)
                largest = fmax(largest, x[r]);
        }
        lab_measure(lab, largest, 0, 0, "%s", names[i]);
    }
    static const char *const widths[] = {"0.25", "0.5", "1"};
    for (int i = 0; i < 3 && lab_axis_values(lab, "replicate")->count > 1; i++) {
        char *values = base_format("sigma=%s norm=1", widths[i]);
        long g = lab_find(lab, values);
        free(values);
        if (g >= 0)
            lab_measure_mean(lab, lab_mean(lab, (size_t)g, "sampled"), "sampled.sigma_%s", widths[i]);
    }
}

static char *check(const struct lab_cell *cell)
{
    long n = lab_integer(cell, "n"), m = lab_integer(cell, "m");
    if (m > n)
        return base_format("--m: %ld codes for %ld keys; give at most --n", m, n);
    if (lab_real(cell, "sigma") * lab_real(cell, "norm") > 20)
        return base_format(
            "--sigma, --norm: their product %g is beyond 20, where e^{sigma^2 |q|^2} overflows",
            lab_real(cell, "sigma") * lab_real(cell, "norm"));
    return NULL;
}

static const struct lab_spec spec = {
    .name = "performer/mixture",
    .about =
        "Is attention by a Gaussian mixture over codes what the article derives, and does its width matter?",
    .axes = {{"n", "96", "48", "[1,4000]", "queries and keys", AXIS_INTEGER},
             {"m", "12", NULL, "[1,4000]", "codes", AXIS_INTEGER},
             {"d", "8", NULL, "[1,4096]", "dimension of queries and keys", AXIS_INTEGER},
             {"dv", "6", NULL, "[1,4096]", "dimension of values", AXIS_INTEGER},
             {"norm", "1,4", NULL, "[0,20]", "length of queries; of keys in the root mean square", AXIS_REAL},
             {"sigma", "0.25,0.5,1", NULL, "[0,100]", "width of a component", AXIS_REAL},
             {"draws", "3000", "1000", "[1,100000000]", "samples of components", AXIS_INTEGER},
             {"replicate", "0:49", "0:31", "[0,inf)", "draw", AXIS_INTEGER}},
    .columns = "all_keys:3,one_hot:3,width:3,sampled",
    .fold = "replicate",
    .controls = "neighbours|soft_codes|code_width|no_factor",
    .check = check,
    .cell = cell,
    .summarize = summarize,
};

int main(int argc, char **argv)
{
    return lab_main(&spec, argc, argv);
}
