/* Which coefficient a(n) keeps the mean entropy of attention exactly still, and is it proportional to log n?
 *
 * Source: kexue.fm/archives/8823 and 9588 derive a factor log n from the wish that H should not depend on n.
 * For independent scores of variance 1 the equation E H(n, a) = H_0 is solved exactly, no sampling.
 * Theory for normal scores: a^2 = 2 (log n - H_0) while a is well below sqrt(2 log n); at fixed H_0 and
 * n -> infinity the weights freeze into a Poisson-Dirichlet law of index m, psi(1) - psi(1 - m) = H_0, and
 * a -> sqrt(2 log n) / m: a square-root law. Scores that end (cosines in dimension d, whose density is
 * (1 - s^2)^((d-3)/2), or uniform ones) ask in the limit for a power of n: n^(2/(d-1)), n^1.
 *
 * Finding: the local exponent d log a / d log log n runs through 1 on its way from infinity to 1/2, so in the
 * range of practice a factor log n is a fair fit for entropies of 3 to 5 nats. For keys on the sphere with
 * d = 64 it is a very good one: there the two laws balance.
 */
#include <math.h>
#include <stdlib.h>

#include "attention.h"
#include "lab.h"

static char *check(const struct lab_cell *cell)
{
    double n = lab_real(cell, "n"), entropy = lab_real(cell, "entropy");
    if (entropy <= log(n))
        return NULL;
    return base_format("%g nats are out of reach of %g keys: at most log n = %.6g", entropy, n, log(n));
}

static void cell(struct lab_cell *cell)
{
    double n = lab_real(cell, "n"), entropy = lab_real(cell, "entropy");
    double head_dim = lab_real(cell, "head_dim");
    struct attention_scores scores = attention_scores_of(lab_word(cell, "scores"), head_dim);
    if (lab_control(cell, "bits"))
        entropy *= M_LN2;
    struct softmax_value a = softmax_scale_of_entropy(&scores.law, n, entropy);
    if (!isfinite(a.value))
        lab_fail(cell, "no coefficient gives this entropy within reach of the numerics");
    lab_put(cell, "a", a.value / scores.unit);
    lab_put(cell, "a_error", a.error / scores.unit);
    lab_put(cell, "small_a", sqrt(2 * (log(n) - entropy)));
    lab_put(cell, "over_critical", a.value / scores.unit / sqrt(2 * log(n)));
    lab_put(cell, "log512", log(n) / log(512));
}

/* d log a / d log log n between two groups. */
static double exponent(const struct lab *lab, size_t g, size_t h)
{
    double n = lab_real(lab_group(lab, g), "n"), m = lab_real(lab_group(lab, h), "n");
    return log(lab_value(lab, h, "a") / lab_value(lab, g, "a")) / log(log(m) / log(n));
}

static long group_of(const struct lab *lab, const char *scores, const char *entropy, const char *n)
{
    char *values = base_format("scores=%s head_dim=64 entropy=%s n=%s", scores, entropy, n);
    long g = lab_find(lab, values);
    free(values);
    return g;
}

static void measure_coefficient(struct lab *lab, const char *scores, const char *entropy, const char *n)
{
    long g = group_of(lab, scores, entropy, n);
    if (g < 0)
        return;
    double a = lab_value(lab, (size_t)g, "a"), error = lab_value(lab, (size_t)g, "a_error");
    lab_measure(lab, a, error, 0, "a_%s_%s_%s", scores, entropy, n);
}

static void measure_exponent(struct lab *lab, const char *scores, const char *entropy, const char *n,
                             const char *m)
{
    long g = group_of(lab, scores, entropy, n), h = group_of(lab, scores, entropy, m);
    if (g >= 0 && h >= 0)
        lab_measure(lab, exponent(lab, (size_t)g, (size_t)h), 1e-9, 0, "exponent_%s_%s_%s", scores, entropy,
                    n);
}

/* How far, relatively, a is above sqrt(2 (log n - H_0)). */
static void measure_small_a(struct lab *lab, const char *entropy, const char *n)
{
    long g = group_of(lab, "gauss", entropy, n);
    if (g >= 0)
        lab_measure(lab, lab_value(lab, (size_t)g, "a") / lab_value(lab, (size_t)g, "small_a") - 1, 1e-10, 0,
                    "small_a_excess_%s_%s", entropy, n);
}

/* The frozen limit: 1/m for normal scores, approached along n = 1e6, 1e12, ... 1e300. */
static void measure_limit(struct lab *lab, double entropy)
{
    static const double sizes[] = {1e6, 1e12, 1e25, 1e50, 1e100, 1e200, 1e300};
    struct softmax_law normal = softmax_law_normal();
    double m = softmax_rem_index(lab_run_control(lab, "bits") ? entropy * M_LN2 : entropy);
    double last = 0, rise = INFINITY, excess = INFINITY, log_n = 0, a = 0;
    for (int i = 0; i < 7; i++) {
        double next = softmax_scale_of_entropy(&normal, sizes[i], entropy).value, next_log = log(sizes[i]);
        rise = fmin(rise, next / sqrt(2 * next_log) - last);
        last = next / sqrt(2 * next_log);
        excess = log(next / a) / log(next_log / log_n);
        log_n = next_log;
        a = next;
    }
    lab_measure(lab, m, 1e-12, 0, "index_%g", entropy);
    lab_measure(lab, 2 / (m * m), 1e-11, 0, "limit_%g", entropy);
    lab_measure(lab, rise, 1e-9, 0, "least_rise_%g", entropy);
    lab_measure(lab, last * m, 1e-9, 0, "over_limit_%g", entropy);
    lab_measure(lab, excess, 1e-9, 0, "last_exponent_%g", entropy);
}

static void summarize(struct lab *lab)
{
    struct lab_table *table =
        lab_table(lab, NULL, "scores,head_dim,entropy,n,a,a_error,small_a,over_critical,log512,exponent");
    for (size_t g = 0; g < lab_groups(lab); g++) {
        const struct lab_cell *c = lab_group(lab, g);
        double local = NAN;
        /* the next group is the next n of the same law and entropy, if n goes on rising */
        if (g + 1 < lab_groups(lab) && lab_real(lab_group(lab, g + 1), "n") > lab_real(c, "n"))
            local = exponent(lab, g, g + 1);
        struct attention_number numbers[] = {{lab_value(lab, g, "a"), 10},
                                             {lab_value(lab, g, "a_error"), 3},
                                             {lab_value(lab, g, "small_a"), 10},
                                             {lab_value(lab, g, "over_critical"), 8},
                                             {lab_value(lab, g, "log512"), 10},
                                             {local, 8}};
        attention_row(table, c, "scores head_dim entropy n", numbers, 6);
    }
    static const char *const sizes[] = {"512", "4096", "32768", "262144", "2097152"};
    for (int h = 0; h < 2; h++)
        for (int i = 0; i < 5; i++) {
            measure_coefficient(lab, "gauss", h ? "5" : "3", sizes[i]);
            if (i < 4)
                measure_exponent(lab, "gauss", h ? "5" : "3", sizes[i], sizes[i + 1]);
        }
    for (int i = 1; i < 5; i++) {
        measure_coefficient(lab, "sphere", "3", sizes[i]);
        if (i < 4)
            measure_exponent(lab, "sphere", "3", sizes[i], sizes[i + 1]);
    }
    measure_coefficient(lab, "gauss", "5.74189", "1024");
    measure_coefficient(lab, "gauss", "5.74189", "4096");
    measure_small_a(lab, "5.74189", "1024");
    measure_small_a(lab, "3", "2097152");
    measure_limit(lab, 3);
    measure_limit(lab, 5);
}

static const struct lab_spec spec = {
    .name = "jl/invariance",
    .about = "the coefficient a(n) that keeps the mean entropy of softmax(a s) exactly still",
    .axes = {{"scores", "gauss,sphere,bounded", "gauss,sphere", ATTENTION_SCORES,
              "law of the scores (variance 1)", AXIS_WORD},
             {"head_dim", "64", NULL, "[2,1e6]", "head dimension of sphere scores", AXIS_INTEGER},
             {"entropy", "3,5,5.74189", NULL, "(0,inf)", "the entropy to be kept, nats", AXIS_REAL},
             {"n", "512,1024,2048,4096,8192,16384,32768,65536,131072,262144,524288,1048576,2097152",
              "512,1024,4096,32768,262144,2097152", "[2,1e15]", "keys", AXIS_INTEGER}},
    .columns = "a:15,a_error:3,small_a:15,over_critical,log512",
    .controls = "bits",
    .check = check,
    .cell = cell,
    .summarize = summarize,
};

int main(int argc, char **argv)
{
    return lab_main(&spec, argc, argv);
}
