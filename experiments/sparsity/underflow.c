/* Is the logarithm in H_k = log(sum p^k)/(1-k), k > 1, safe?
 *
 * Source: kexue.fm/archives/9595, last remark: sum p^k is positive and bounded, so unlike the Shannon entropy
 * it needs no clipping. In exact arithmetic it is at least n^{1-k}. Floating point rounds p^k = n^{-k} of the
 * uniform law to 0 when k log2 n >= 150 in single and >= 1075 in double precision (half the smallest
 * subnormal, 2^-149 and 2^-1074), and then the sum is 0 and H_k infinite. Divided by the largest entry first,
 * the sum is never below 1.
 * Finding: the remark needs that division.
 */
#include <math.h>
#include <stdlib.h>

#include "lab.h"
#include "softmax.h"
#include "sparsity.h"

/* sum p^k as written, p uniform over n, in the working precision. */
static double written_sum(long n, double k, int single, double divisor)
{
    double sum = 0;
    float sum_single = 0;
    for (long i = 0; i < n; i++) {
        sum += pow(1 / (double)n / divisor, k);
        sum_single += powf((float)(1 / (double)n / divisor), (float)k);
    }
    return single ? (double)sum_single : sum;
}

static void cell(struct lab_cell *cell)
{
    long n = lab_integer(cell, "n");
    double k = lab_real(cell, "k"), *p = base_alloc((size_t)n, sizeof *p);
    int single = lab_is(cell, "precision", "single");
    for (long i = 0; i < n; i++)
        p[i] = 1 / (double)n;
    double sum = written_sum(n, k, single, lab_control(cell, "divided") ? p[0] : 1);
    lab_put(cell, "sum", sum);
    lab_put(cell, "bits", k * log2((double)n));
    lab_put(cell, "written", log(sum) / (1 - k));
    lab_put(cell, "stable", softmax_renyi(p, (size_t)n, k));
    lab_put(cell, "log_n", log((double)n));
    free(p);
}

static void summarize(struct lab *lab)
{
    double exceptions = 0, stable_missed = 0;
    for (size_t g = 0; g < lab_groups(lab); g++) {
        const struct lab_cell *c = lab_group(lab, g);
        double limit = lab_is(c, "precision", "single") ? 150 : 1075, bits = lab_value(lab, g, "bits");
        exceptions += fabs(bits - limit) > 1e-9 && (bits >= limit) != (lab_value(lab, g, "sum") == 0);
        stable_missed = fmax(stable_missed, fabs(lab_value(lab, g, "stable") - lab_value(lab, g, "log_n")));
    }
    lab_measure(lab, exceptions, 0, 0, "exceptions");
    lab_measure(lab, stable_missed, 0, 0, "stable_missed");
    static const struct {
        const char *values, *name;
    } known[] = {{"precision=single n=32768 k=10", "single.n_32768.k_10"},
                 {"precision=single n=1024 k=16", "single.n_1024.k_16"},
                 {"precision=double n=1024 k=107", "double.n_1024.k_107"},
                 {"precision=double n=1024 k=108", "double.n_1024.k_108"},
                 {"precision=double n=1000 k=110", "double.n_1000.k_110"}};
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        long g = lab_find(lab, known[i].values);
        if (g >= 0)
            lab_measure(lab, lab_value(lab, (size_t)g, "sum"), 0, 0, "sum.%s", known[i].name);
    }
}

static const struct lab_spec spec = {
    .name = "sparsity/underflow",
    .about = "Is the logarithm in H_k = log(sum p^k)/(1-k), k > 1, safe?",
    .axes = {{"precision", "single,double", NULL, "single|double", "of p^k and its sum", AXIS_WORD},
             {"n", "16,1000,1024,32768", NULL, "[2,100000000]", "equal probabilities", AXIS_INTEGER},
             {"k", "2,8,9.99,10,14.5,14.97,15.5,16,30,37.3,71,72,100,107,107.45,107.6,108,110,268.7,269",
              NULL, "(1,1e6]", "orders", AXIS_REAL}},
    .columns = "sum:6,bits,written,stable:13,log_n:13",
    .controls = "divided",
    .cell = cell,
    .summarize = summarize,
};

int main(int argc, char **argv)
{
    return lab_main(&spec, argc, argv);
}
