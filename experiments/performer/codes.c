/* Are random directions any good as codes?
 *
 * Source: kexue.fm/archives/9862, section 3: random fixed omega are poor centers. Mean squared distance of a
 * fresh key to the nearest of m codes, over d, for keys N(0, I): codes N(0, I), codes by k-means on `train`
 * keys, and the single code 0, which gives 1. For random codes the expected distance has a closed form: given
 * a key of length r, |k - c|^2 is noncentral chi-square, and E min of m of them is an integral.
 */
#include <math.h>
#include <stdlib.h>

#include <gsl/gsl_cdf.h>
#include <gsl/gsl_integration.h>
#include <gsl/gsl_randist.h>
#include <gsl/gsl_sf_gamma.h>

#include "kmeans.h"
#include "lab.h"
#include "performer.h"

/* P(|k - c|^2 > x) for |k|^2 = r2 < 1400, c ~ N(0, I): a Poisson mixture of chi-square tails, sum_j w_j Q(d/2
 * + j, x/2), and Q(a + 1, y) = Q(a, y) + y^a e^-y/Gamma(a + 1). */
static double tail(double x, double d, double r2)
{
    double y = x / 2, q = gsl_cdf_chisq_Q(x, d), weight = exp(-r2 / 2), left = 1, sum = 0;
    double step = y > 0 ? exp(d / 2 * log(y) - y - gsl_sf_lngamma(d / 2 + 1)) : 0;
    for (double j = 0; left > 1e-12 && j < 5000; j++) {
        sum += weight * q;
        left -= weight;
        q += step;
        step *= y / (d / 2 + j + 1);
        weight *= r2 / 2 / (j + 1);
    }
    return sum;
}

struct nearest {
    double d, m, r2;
    gsl_integration_workspace *inner;
};

static double nearest_tail(double x, void *parameters)
{
    const struct nearest *p = parameters;
    return pow(tail(x, p->d, p->r2), p->m);
}

/* chi^2_d density of r2 times E min over codes. */
static double nearest_given(double r2, void *parameters)
{
    struct nearest *p = parameters;
    double value, error;
    gsl_function f = {nearest_tail, p};
    p->r2 = r2;
    if (gsl_integration_qag(&f, 0, p->d + r2 + 12 * sqrt(2 * p->d + 4 * r2), 1e-4, 1e-4, 200,
                            GSL_INTEG_GAUSS21, p->inner, &value, &error))
        base_die(BASE_RUN_FAILED, "the distance to the nearest of %g codes cannot be integrated at r^2 = %g",
                 p->m, r2);
    return value * gsl_ran_chisq_pdf(r2, p->d);
}

/* E min_y |k - c_y|^2 / d, k and c_1..m independent N(0, I). */
static double expected_random(double d, double m)
{
    struct nearest p = {d, m, 0, gsl_integration_workspace_alloc(200)};
    gsl_integration_workspace *outer = gsl_integration_workspace_alloc(200);
    double value, error, spread = 9 * sqrt(2 * d);
    gsl_function f = {nearest_given, &p};
    if (!outer || !p.inner ||
        gsl_integration_qag(&f, d > spread ? d - spread : 1e-9, d + spread + 20, 1e-4, 1e-4, 200,
                            GSL_INTEG_GAUSS21, outer, &value, &error))
        base_die(BASE_RUN_FAILED, "the distance to the nearest of %g codes cannot be integrated", m);
    gsl_integration_workspace_free(outer);
    gsl_integration_workspace_free(p.inner);
    return value / d;
}

static void cell(struct lab_cell *cell)
{
    size_t d = (size_t)lab_integer(cell, "d"), m = (size_t)lab_integer(cell, "m"),
           train = (size_t)lab_integer(cell, "train"), fresh = (size_t)lab_integer(cell, "fresh");
    int random = lab_is(cell, "codes", "random");
    double *x = base_alloc((train > fresh ? train : fresh) * d, sizeof *x), *c = base_alloc(m * d, sizeof *c);
    size_t *code = base_alloc(train > fresh ? train : fresh, sizeof *code);
    if (random) {
        performer_normals(m, d, lab_control(cell, "zero_codes") ? 0 : 1, lab_rng(cell), c);
    } else {
        performer_normals(train, d, 1, lab_rng(cell), x);
        kmeans_start_sample(train, m, d, x, lab_rng(cell), c);
        if (!lab_control(cell, "no_steps"))
            kmeans_lloyd(train, m, d, x, c, code, (size_t)lab_integer(cell, "steps"));
    }
    performer_normals(fresh, d, 1, lab_rng(cell), x);
    lab_put(cell, "distance", kmeans_assign(fresh, m, d, x, c, code, NULL) / (double)d);
    free(x);
    free(c);
    free(code);
}

static void summarize(struct lab *lab)
{
    static const int dimensions[] = {16, 64};
    if (lab_axis_values(lab, "replicate")->count < 2)
        return;
    long random = lab_find(lab, "codes=random d=16 m=256"),
         trained = lab_find(lab, "codes=kmeans d=16 m=256 train=4000");
    if (random >= 0 && trained >= 0)
        lab_measure_mean(lab,
                         stats_mean_difference(lab_mean(lab, (size_t)random, "distance"),
                                               lab_mean(lab, (size_t)trained, "distance")),
                         "random_less_kmeans");
    for (int i = 0; i < 2; i++)
        for (size_t g = 0; g < lab_groups(lab); g++) {
            const struct lab_cell *c = lab_group(lab, g);
            if (lab_integer(c, "d") != dimensions[i] || lab_integer(c, "m") != 256)
                continue;
            if (lab_is(c, "codes", "kmeans")) {
                if (lab_integer(c, "steps") < 20)
                    continue; /* too few to compare with */
                lab_measure_mean(lab, lab_mean(lab, g, "distance"), "kmeans.d_%d.train_%s", dimensions[i],
                                 lab_word(c, "train"));
            } else if (g == 0 || lab_integer(lab_group(lab, g - 1), "d") != dimensions[i] ||
                       !lab_is(lab_group(lab, g - 1), "codes", "random")) {
                struct stats_mean mean = lab_mean(lab, g, "distance");
                double expected = expected_random(dimensions[i], 256);
                lab_measure_mean(lab, mean, "random.d_%d", dimensions[i]);
                lab_measure(lab, expected, 2e-4, 0, "expected.d_%d", dimensions[i]);
                mean.value -= expected;
                lab_measure_mean(lab, mean, "random_difference.d_%d", dimensions[i]);
            }
        }
}

static char *check(const struct lab_cell *cell)
{
    long train = lab_integer(cell, "train"), m = lab_integer(cell, "m");
    double work =
        (double)train * (double)m * (double)lab_integer(cell, "d") * (double)lab_integer(cell, "steps");
    if (lab_is(cell, "codes", "kmeans") && m > train)
        return base_format("--m: %ld codes from %ld keys; give at most --train", m, train);
    if (work > 1e13 || (double)lab_integer(cell, "fresh") * (double)lab_integer(cell, "d") > 5e8)
        return base_format(
            "--train, --m, --d, --steps: %.3g multiplications a cell; give at most 1e13, and 5e8 numbers in "
            "fresh keys",
            work);
    return NULL;
}

static const struct lab_spec spec = {
    .name = "performer/codes",
    .about = "Are random directions any good as codes?",
    .axes = {{"codes", "random,kmeans", NULL, "random|kmeans", "N(0, I), or k-means on drawn keys",
              AXIS_WORD},
             {"d", "16,64", NULL, "[1,4096]", "dimension", AXIS_INTEGER},
             {"m", "256", NULL, "[1,100000]", "codes", AXIS_INTEGER},
             {"train", "4000,20000", "4000", "[1,10000000]", "keys that k-means learns from", AXIS_INTEGER},
             {"fresh", "4000", "1000", "[1,10000000]", "keys the distance is taken over", AXIS_INTEGER},
             {"steps", "30", "2", "[0,100000]", "of Lloyd's iteration", AXIS_INTEGER},
             {"replicate", "0:15", "0:29", "[0,inf)", "codebook", AXIS_INTEGER}},
    .columns = "distance",
    .fold = "replicate",
    .controls = "zero_codes|no_steps",
    .check = check,
    .cell = cell,
    .summarize = summarize,
};

int main(int argc, char **argv)
{
    return lab_main(&spec, argc, argv);
}
