/* What do m random codes with a softmax assignment tend to?
 *
 * Source: kexue.fm/archives/9862, section 2, which reads Performer as a soft vector quantization with random
 * codes. Here m -> infinity is taken on each side. Performer's own features tend to exp(q.k). With the
 * softmax over codes, key k has the weight E e^{q.omega - |k-omega|^2/2} / E e^{-|k-omega|^2/2}: for normal
 * omega the code given the key is N(k/2, I/2), the weight e^{q.k/2 + |q|^2/4}: attention with half the
 * logits. For omega on the sphere of radius sqrt d it is Phi(sqrt d |q+k|)/Phi(sqrt d |k|), Phi(r) = 0F1(;
 * d/2; r^2/4), which tends to the right one for d -> infinity. Two keys are compared: log of the ratio of
 * their weights, and of their normalizers Z(k), against these limits.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "lab.h"
#include "performer.h"

/* q = e0, k1 = .8 e0 + .6 e1, k2 = -.6 e0 + .8 e1 (times 1.5: stretched); or drawn, of these lengths. */
static void draw_vectors(struct lab_cell *cell, size_t d, double *q, double *k1, double *k2)
{
    if (lab_is(cell, "vectors", "random")) {
        performer_uniform(1, d, 1, lab_rng(cell), q);
        performer_uniform(1, d, 1, lab_rng(cell), k1);
        performer_uniform(1, d, 1, lab_rng(cell), k2);
        double to_first = 0;
        for (size_t a = 0; a < d; a++)
            to_first += q[a] * (k1[a] - k2[a]);
        for (size_t a = 0; to_first < 0 && a < d;
             a++) { /* k1 is the one nearer to q, lest deviations cancel */
            double swap = k1[a];
            k1[a] = k2[a];
            k2[a] = swap;
        }
        return;
    }
    double stretch = lab_is(cell, "vectors", "stretched") ? 1.5 : 1;
    memset(q, 0, d * sizeof *q);
    memset(k1, 0, d * sizeof *k1);
    memset(k2, 0, d * sizeof *k2);
    q[0] = 1;
    k1[0] = 0.8, k1[1] = 0.6;
    k2[0] = -0.6 * stretch, k2[1] = 0.8 * stretch;
}

static double inner(size_t d, const double *x, const double *y)
{
    double sum = 0;
    for (size_t a = 0; a < d; a++)
        sum += x[a] * y[a];
    return sum;
}

struct sums {
    double weight, normalizer; /* of one key, relative to e^top */
    double top;
};

static void push(struct sums *s, double log_feature, double score)
{
    if (log_feature > s->top) {
        double fade = exp(s->top - log_feature);
        s->weight *= fade;
        s->normalizer *= fade;
        s->top = log_feature;
    }
    double p = exp(log_feature - s->top);
    s->normalizer += p;
    s->weight += p * exp(score);
}

static void cell(struct lab_cell *cell)
{
    size_t d = (size_t)lab_integer(cell, "d");
    long m = lab_integer(cell, "m");
    double *q = base_alloc(4 * d, sizeof *q), *k1 = q + d, *k2 = k1 + d, *omega = k2 + d;
    draw_vectors(cell, d, q, k1, k2);
    struct performer_triple t = performer_triple_of(d, q, k1, k2);
    int sphere = lab_is(cell, "form", "sphere"), favor = lab_is(cell, "form", "performer");
    struct sums one = {0, 0, -INFINITY}, two = one;
    for (long i = 0; i < m; i++) {
        performer_directions(sphere && !lab_control(cell, "free_length") ? PERFORMER_SPHERE : PERFORMER_GAUSS,
                             1, d, lab_rng(cell), omega);
        double half = favor || lab_control(cell, "no_omega_norm") ? 0 : inner(d, omega, omega) / 2,
               score = inner(d, omega, q);
        push(&one, inner(d, omega, k1) - t.k11 / 2 - half, score);
        push(&two, inner(d, omega, k2) - t.k22 / 2 - half, score);
    }
    double z = one.top + log(one.normalizer) - two.top - log(two.normalizer);
    double weights = one.top + log(one.weight) - two.top - log(two.weight);
    double limit = favor    ? t.q1 - t.q2
                   : sphere ? performer_sphere_ratio(&t, (double)d).value
                            : performer_tempered_ratio(&t, 1, 1, 1);
    double ratio = favor ? weights : weights - z;
    lab_put(cell, "ratio", ratio);
    lab_put(cell, "difference", ratio - limit);
    lab_put(cell, "limit", limit);
    lab_put(cell, "exact", t.q1 - t.q2);
    lab_put(cell, "log_z", z);
    free(q);
}

static void measure_spheres(struct lab *lab)
{
    static const int dimensions[] = {4, 16, 64, 256};
    double before = NAN;
    for (int i = 0; i < 4; i++) {
        int d = dimensions[i], dimension = lab_run_control(lab, "free_length") ? 2 * d : d;
        double q[] = {1, 0}, k1[] = {0.8, 0.6}, k2[] = {-0.6, 0.8}, k3[] = {-0.9, 1.2};
        struct performer_triple t = performer_triple_of(2, q, k1, k2), u = performer_triple_of(2, q, k1, k3);
        struct performer_value a = performer_sphere_ratio(&t, dimension),
                               b = performer_sphere_ratio(&u, dimension);
        lab_measure(lab, a.value, a.error, 0, "sphere.d_%d", d);
        if (d < 256)
            lab_measure(lab, b.value, b.error, 0, "sphere.stretched.d_%d", d);
        if (i > 0)
            lab_measure(lab, before / (1.4 - a.value), 0, 0, "sphere_shrink.d_%d", d);
        before = 1.4 - a.value;
    }
}

static void summarize(struct lab *lab)
{
    for (size_t g = 0; lab_axis_values(lab, "replicate")->count > 1 && g < lab_groups(lab); g++) {
        const struct lab_cell *c = lab_group(lab, g);
        const char *form = lab_word(c, "form"), *vectors = lab_word(c, "vectors"), *d = lab_word(c, "d");
        if (lab_is(c, "form", "performer") && lab_is(c, "d", "16"))
            continue; /* its law does not depend on d */
        if (!lab_is(c, "m", "4096") || (!lab_is(c, "d", "4") && !lab_is(c, "d", "16")))
            continue;
        if (lab_is(c, "vectors", "random"))
            lab_measure_mean(lab, lab_mean(lab, g, "difference"), "difference.%s.d_%s", form, d);
        else
            lab_measure_mean(lab, lab_mean(lab, g, "ratio"), "ratio.%s.%s.d_%s", form, vectors, d);
        if (lab_is(c, "form", "gauss") && lab_is(c, "vectors", "stretched"))
            lab_measure_mean(lab, lab_mean(lab, g, "log_z"), "log_z.stretched.d_%s", d);
    }
    measure_spheres(lab);
}

static char *check(const struct lab_cell *cell)
{
    double work = (double)lab_integer(cell, "m") * (double)lab_integer(cell, "d");
    if (work > 2e11)
        return base_format("--m, --d: %.3g normal numbers a cell; give at most 2e11", work);
    return NULL;
}

static const struct lab_spec spec = {
    .name = "performer/limits",
    .about = "What do m random codes with a softmax assignment tend to?",
    .axes = {{"form", "gauss,sphere,performer", NULL, "gauss|sphere|performer",
              "softmax over normal codes, over codes on a sphere; Performer's features", AXIS_WORD},
             {"vectors", "test,stretched,random", NULL, "test|stretched|random", "the query and the two keys",
              AXIS_WORD},
             {"d", "4,16", NULL, "[2,100000]", "dimension", AXIS_INTEGER},
             {"m", "64,512,4096,32768,262144", "64,4096", "[1,1e10]", "random directions", AXIS_INTEGER},
             {"replicate", "0:49", "0:59", "[0,inf)", "draw", AXIS_INTEGER}},
    .columns = "ratio,difference,limit:12,exact:12,log_z",
    .fold = "replicate",
    .controls = "free_length|no_omega_norm",
    .check = check,
    .cell = cell,
    .summarize = summarize,
};

int main(int argc, char **argv)
{
    return lab_main(&spec, argc, argv);
}
