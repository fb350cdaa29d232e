/* Up to which scores does the printed recursion work, without the largest score subtracted?
 *
 * Source: kexue.fm/archives/10017 sums e^{q.k} as it stands. exp overflows above log(FLT_MAX) = 88.72 in
 * float and log(DBL_MAX) = 709.78 in double, a sum of n equal terms log n earlier; and where every e^s is
 * rounded to 0, below -103.97 and -745.13, the output is 0/0. With (m, z, y), m the largest score so far,
 * nothing overflows and z >= 1. n keys with the same score and values 1, 2, ..., n, so that o = (n+1)/2, in
 * float or double arithmetic.
 * Finding: as derived; the printed recursion fails at both ends.
 */
#include <math.h>
#include <stdlib.h>

#include "lab.h"

/* The output by the printed recursion, or with the maximum subtracted; *z its denominator. */
static double scan_float(long n, float score, int rescaled, double *z)
{
    float m = -INFINITY, sum = 0, y = 0;
    for (long j = n; j >= 1; j--) {
        float top = rescaled ? fmaxf(m, score) : 0, fade = rescaled ? expf(m - top) : 1,
              weight = expf(score - top);
        m = top;
        sum = fade * sum + weight;
        y = fade * y + weight * (float)j;
    }
    *z = (double)sum;
    return (double)(y / sum);
}

static double scan_double(long n, double score, int rescaled, double *z)
{
    double m = -INFINITY, sum = 0, y = 0;
    for (long j = n; j >= 1; j--) {
        double top = rescaled ? fmax(m, score) : 0, fade = rescaled ? exp(m - top) : 1,
               weight = exp(score - top);
        m = top;
        sum = fade * sum + weight;
        y = fade * y + weight * (double)j;
    }
    *z = sum;
    return y / sum;
}

static double exp_of(double x, int single)
{
    return single ? (double)expf((float)x) : exp(x);
}

/* The last score from `inside` towards `outside` whose exponential is finite and not 0, by bisection. */
static double last_good(double inside, double outside, int single)
{
    for (int i = 0; i < 200; i++) {
        double middle = (inside + outside) / 2, e = exp_of(middle, single);
        if (isfinite(e) && e > 0)
            inside = middle;
        else
            outside = middle;
    }
    return inside;
}

static void cell(struct lab_cell *cell)
{
    long n = lab_integer(cell, "n");
    double score = lab_real(cell, "score"), z, rescaled_z;
    int single = lab_is(cell, "precision", "float"), subtract = lab_control(cell, "subtracted");
    double o = single ? scan_float(n, (float)score, subtract, &z) : scan_double(n, score, subtract, &z);
    double ours =
        single ? scan_float(n, (float)score, 1, &rescaled_z) : scan_double(n, score, 1, &rescaled_z);
    lab_put(cell, "exp", subtract ? 1 : exp_of(score, single));
    lab_put(cell, "printed_z", z);
    lab_put(cell, "printed", o);
    lab_put(cell, "printed_good", isfinite(o) && isfinite(z));
    lab_put(cell, "rescaled_z", rescaled_z);
    lab_put(cell, "rescaled_error", fabs(ours - (double)(n + 1) / 2) / ((double)(n + 1) / 2));
}

static void summarize(struct lab *lab)
{
    double error = 0, wrong = 0, rescaled_lost = 0;
    for (size_t g = 0; g < lab_groups(lab); g++) {
        const struct lab_cell *c = lab_group(lab, g);
        int single = lab_is(c, "precision", "float");
        double high = single ? 128 * M_LN2 : 1024 * M_LN2, low = single ? -150 * M_LN2 : -1075 * M_LN2;
        double n = (double)lab_integer(c, "n"), score = lab_real(c, "score"), count = n * (n + 1) / 2;
        int good = score + log(count) < high && score > low; /* y, the larger sum, ends at e^s n(n+1)/2 */
        if (fabs(score + log(count) - high) > 1e-3 && fabs(score - low) > 1e-3)
            wrong += good != (lab_value(lab, g, "printed_good") == 1);
        rescaled_lost += !isfinite(lab_value(lab, g, "rescaled_z"));
        if (!single || n <= 1000)
            error = fmax(error, lab_value(lab, g, "rescaled_error") / n);
    }
    lab_measure(lab, wrong, 0, 0, "exceptions");
    lab_measure(lab, rescaled_lost, 0, 0, "rescaled_lost");
    lab_measure(lab, error, 0, 0, "rescaled_error");
    for (int single = 0; single < 2; single++) {
        const char *name = single ? "float" : "double";
        lab_measure(lab, last_good(1, 1000, single), 0, 0, "last_high.%s", name);
        lab_measure(lab, last_good(-1, -1000, single), 0, 0, "last_low.%s", name);
    }
    static const struct {
        const char *values, *name;
    } known[] = {{"precision=float score=88 n=1", "float.88"},
                 {"precision=float score=88.8 n=1", "float.88.8"},
                 {"precision=double score=709.7 n=1", "double.709.7"},
                 {"precision=double score=709.8 n=1", "double.709.8"}};
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        long g = lab_find(lab, known[i].values);
        if (g < 0)
            continue;
        lab_measure(lab, lab_value(lab, (size_t)g, "printed_good"), 0, 0, "good.%s", known[i].name);
        if (i == 0)
            lab_measure(lab, lab_value(lab, (size_t)g, "exp"), 0, 0, "exp.%s", known[i].name);
    }
}

static const struct lab_spec spec = {
    .name = "recur/range",
    .about = "Up to which scores does the printed recursion work, without the largest score subtracted?",
    .axes = {{"precision", "float,double", NULL, "float|double", "Arithmetic", AXIS_WORD},
             {"score", "-746,-745,-300,-105,-103,-80,0,80,84,88,88.8,89,700,705,709.7,709.8,1000", NULL,
              "[-1e30,1e30]", "Score of every key", AXIS_REAL},
             {"n", "1,2,100,1000", NULL, "[1,1e9]", "Keys", AXIS_INTEGER}},
    .columns = "exp,printed_z,printed,printed_good,rescaled_z,rescaled_error:3",
    .controls = "subtracted",
    .cell = cell,
    .summarize = summarize,
};

int main(int argc, char **argv)
{
    return lab_main(&spec, argc, argv);
}
