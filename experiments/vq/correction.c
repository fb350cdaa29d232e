/* What does a second term in the key's deviation from its code buy?
 *
 * Beyond kexue.fm/archives/9844: exp(q.k) ~ exp(q.C)(1 + q.(k - C)) needs, for every code, sum (k - C) and
 * sum (k - C) v^T besides sum v and the count, so c (d_k d_v + d_k + d_v + 1) numbers in place of c (d_v +
 * 1). Keys are codes plus normal deviations of size delta; both forms against attention_dense on the keys
 * themselves.
 * Finding: the error falls like delta^2 instead of delta.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "attention.h"
#include "lab.h"
#include "rng.h"
#include "vq.h"

static double relative(size_t n, const double *o, const double *exact)
{
    double square = 0, energy = 0;
    for (size_t i = 0; i < n; i++) {
        square += (o[i] - exact[i]) * (o[i] - exact[i]);
        energy += exact[i] * exact[i];
    }
    return sqrt(square / energy);
}

static void cell(struct lab_cell *c)
{
    size_t n = (size_t)lab_integer(c, "n"), dk = (size_t)lab_integer(c, "dk"),
           dv = (size_t)lab_integer(c, "dv");
    size_t codes = (size_t)lab_integer(c, "c"), *code = base_alloc(n, sizeof *code);
    double delta = lab_real(c, "delta");
    gsl_rng *rng = lab_rng(c);
    double *q = base_alloc(2 * n * dk, sizeof *q), *k = q + n * dk, *v = base_alloc(3 * n * dv, sizeof *v);
    double *exact = v + n * dv, *o = exact + n * dv, *centers = base_alloc(codes * dk, sizeof *centers);
    rng_normals(rng, q, n * dk);
    rng_normals(rng, v, n * dv);
    rng_normals(rng, centers, codes * dk);
    for (size_t i = 0; i < n * dk; i++)
        q[i] /= sqrt((double)dk);
    for (size_t j = 0; j < n; j++) {
        code[j] = (size_t)gsl_rng_uniform_int(rng, codes);
        for (size_t a = 0; a < dk; a++)
            k[j * dk + a] = centers[code[j] * dk + a] + delta * rng_normal(rng);
    }
    struct attention dense = {
        .queries = n, .keys = n, .dk = dk, .dv = dv, .q = q, .k = k, .v = v, .scale = 1};
    if (attention_dense(&dense, exact, NULL))
        lab_fail(c, "a score is not finite");
    struct vq p = {.queries = n,
                   .keys = n,
                   .dk = dk,
                   .dv = dv,
                   .c = codes,
                   .q = q,
                   .centers = centers,
                   .v = v,
                   .code = code};
    vq_encoder(&p, o);
    lab_put(c, "first", relative(n * dv, o, exact));
    size_t numbers = vq_second_order(&p, k, o);
    if (lab_control(c, "half_shift")) { /* keys taken to be half as far away */
        for (size_t j = 0; j < n; j++)
            for (size_t a = 0; a < dk; a++)
                k[j * dk + a] = 0.5 * (k[j * dk + a] + centers[code[j] * dk + a]);
        numbers = vq_second_order(&p, k, o) / dv;
    }
    lab_put(c, "second", relative(n * dv, o, exact));
    lab_put(c, "numbers", (double)numbers);
    free(q);
    free(v);
    free(centers);
    free(code);
}

static char *check(const struct lab_cell *c)
{
    double n = lab_real(c, "n"),
           work = n * n * (lab_real(c, "dk") + lab_real(c, "dv")) +
                  n * lab_real(c, "c") * (lab_real(c, "dk") + 1) * (lab_real(c, "dv") + 1);
    return vq_too_much("n", n, 1e3 * work,
                       8 * (n + lab_real(c, "c")) * (lab_real(c, "dk") + 1) * (lab_real(c, "dv") + 1));
}

static void summarize(struct lab *lab)
{
    double x[64], y[2][64], error[2][64], missing = 0;
    size_t n = 0;
    long count = 0;
    static const char *const names[2] = {"first", "second"};
    for (size_t i = 0; i < lab_groups(lab); i++) {
        const struct lab_cell *c = lab_group(lab, i);
        double dk = lab_real(c, "dk"), dv = lab_real(c, "dv");
        missing =
            fmax(missing, fabs(lab_value(lab, i, "numbers") - lab_real(c, "c") * (dk * dv + dk + dv + 1)));
        if (n == 64 || !(lab_real(c, "delta") > 0) || lab_real(c, "delta") > 0.2)
            continue;
        x[n] = lab_real(c, "delta");
        for (int k = 0; k < 2; k++) {
            struct stats_mean m = lab_mean(lab, i, names[k]);
            y[k][n] = m.value;
            error[k][n] = m.error;
            count = m.count;
        }
        n++;
    }
    lab_measure(lab, missing, 0, 0, "state_difference");
    for (int k = 0; k < 2; k++) {
        struct stats_line line;
        if (n >= 3 && count >= 2 && !stats_power_fit(x, y[k], error[k], n, &line))
            lab_measure(lab, line.slope, line.slope_error, count, "slope_%s", names[k]);
    }
}

static const struct lab_spec spec = {
    .name = "vq/correction",
    .about = "First and second order in the deviation of keys from their codes",
    .axes = {{"n", "256", "128", "[1,1e5]", "Tokens", AXIS_INTEGER},
             {"dk", "8", NULL, "[1,1e4]", "Width of queries and keys", AXIS_INTEGER},
             {"dv", "8", NULL, "[1,1e4]", "Width of values", AXIS_INTEGER},
             {"c", "16", NULL, "[1,1e5]", "Codes", AXIS_INTEGER},
             {"delta", "0.0125,0.025,0.05,0.1,0.2,0.4,0.8", "0.025,0.05,0.1,0.2", "[0,100]",
              "Size of the deviations", AXIS_REAL},
             {"replicate", "0:99", NULL, "[0,inf)", "Replicate", AXIS_INTEGER}},
    .columns = "first,second,numbers",
    .fold = "replicate",
    .controls = "half_shift",
    .check = check,
    .cell = cell,
    .summarize = summarize,
};

int main(int argc, char **argv)
{
    return lab_main(&spec, argc, argv);
}
