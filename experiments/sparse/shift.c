/* What does softmax see after 1e10 has been subtracted from every score?
 *
 * Source: the code of kexue.fm/archives/6853 (github.com/bojone/attention): when no causal mask is asked for,
 * its test "is not False or is not None" is true all the same, and (1 - 0) 1e10 is subtracted from all
 * scores. Mathematically that changes nothing. In float32 numbers near 1e10 lie 1024 apart: a score below 512
 * in size vanishes. Finding: the weights become exactly 1/n in float32, mean pooling; in float64 they change
 * by less than 1e-6. The merged layer has code of its own and is not touched.
 */
#include <math.h>
#include <stdlib.h>

#include "sparse_cell.h"

static void cell(struct lab_cell *c)
{
    size_t n = (size_t)lab_integer(c, "n");
    double deviation = lab_real(c, "deviation"), shift = lab_real(c, "shift"), cap = lab_real(c, "cap");
    if (lab_control(c, "smaller_shift"))
        shift = 1e4;
    double *s = base_alloc(3 * n, sizeof *s), *p = s + n, *right = p + n, uniform = 0, moved = 0,
           uniform64 = 0, moved64 = 0;
    float *f = base_alloc(3 * n, sizeof *f), *pf = f + n, *rightf = pf + n;
    for (size_t j = 0; j < n; j++) {
        do
            s[j] = deviation * rng_normal(lab_rng(c));
        while (!(fabs(s[j]) < cap) || !(fabsf((float)s[j]) < (float)cap));
        f[j] = (float)s[j];
    }
    sparse_code_softmax_double(s, n, 0, right);
    sparse_code_softmax_double(s, n, lab_control(c, "float_in_double") ? 1e15 : shift, p);
    sparse_code_softmax_float(f, n, 0, rightf);
    sparse_code_softmax_float(f, n, (float)shift, pf);
    for (size_t j = 0; j < n; j++) {
        uniform = fmax(uniform, fabs((double)pf[j] - (double)(1 / (float)n)));
        moved = fmax(moved, fabs((double)pf[j] - (double)rightf[j]));
        uniform64 = fmax(uniform64, fabs(p[j] - 1 / (double)n));
        moved64 = fmax(moved64, fabs(p[j] - right[j]));
    }
    lab_put(c, "from_uniform_float", uniform);
    lab_put(c, "from_right_float", moved);
    lab_put(c, "from_uniform_double", uniform64);
    lab_put(c, "from_right_double", moved64);
    free(s);
    free(f);
}

/* The smallest float s >= 0 for which (sign s) - 1e10 is not -1e10 in float32: bisection over the floats. */
static double survives(float sign, float shift)
{
    float low = 0, high = 1e6f;
    while (nextafterf(low, high) < high) {
        float middle = low + (high - low) / 2;
        if (middle <= low || middle >= high)
            middle = nextafterf(low, high);
        volatile float moved = sign * middle - shift;
        if (moved == -shift)
            low = middle;
        else
            high = middle;
    }
    return (double)high;
}

static void summarize(struct lab *lab)
{
    double uniform = 0, moved = 0;
    long rows = 0;
    for (size_t g = 0; g < lab_groups(lab); g++) {
        const struct lab_cell *at = lab_group(lab, g);
        if (lab_real(at, "shift") != 1e10 || lab_real(at, "cap") > 512 || lab_integer(at, "n") < 2)
            continue;
        size_t count;
        const double *u = lab_column(lab, g, "from_uniform_float", &count);
        const double *m = lab_column(lab, g, "from_right_double", &count);
        for (size_t i = 0; i < count; i++) {
            uniform = fmax(uniform, u[i]);
            moved = fmax(moved, m[i]);
            rows++;
        }
    }
    if (rows) {
        lab_measure(lab, uniform, 0, 0, "from_uniform_float");
        lab_measure(lab, moved, 0, 0, "from_right_double");
    }
    float shift = lab_run_control(lab, "smaller_shift") ? 1e4f : 1e10f;
    lab_measure(lab, survives(1, shift), 0, 0, "survives_positive");
    lab_measure(lab, survives(-1, shift), 0, 0, "survives_negative");
    volatile float near = shift;
    lab_measure(lab, (double)(nextafterf(near, INFINITY) - near), 0, 0, "spacing_float");
}

static const struct lab_spec spec = {
    .name = "sparse/shift",
    .about = "What does softmax see after 1e10 has been subtracted from every score?",
    .axes = {{"n", "2,16,100,1000", NULL, "[1,10000000]", "Keys", AXIS_INTEGER},
             {"deviation", "1,10,100", NULL, "(0,1e4]", "Deviation of the scores, normal", AXIS_REAL},
             {"cap", "512", NULL, "(0,1e9]", "Only scores below this in size", AXIS_REAL},
             {"shift", "1e10", NULL, "[0,1e30]", "What is subtracted", AXIS_REAL},
             {"replicate", "0:49", "0:19", "[0,inf)", "Draw of the scores", AXIS_INTEGER}},
    .columns = "from_uniform_float,from_right_float,from_uniform_double,from_right_double",
    .fold = "replicate",
    .controls = "smaller_shift|float_in_double",
    .cell = cell,
    .summarize = summarize,
};

int main(int argc, char **argv)
{
    return lab_main(&spec, argc, argv);
}
