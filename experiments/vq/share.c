/* Do the two nearest blocks carry the gradient that matters?
 *
 * Source: kexue.fm/archives/9844 keeps the gradient of keys in the two nearest blocks, as the most important
 * one. Here queries, keys, values and W are normal, scores q.k/sqrt(d) plus a constant bias on 0 <= i - j <=
 * l, causal, nothing is quantized; g is the exact dL/dK of L = sum W o O, g_kept its part from pairs in the
 * two nearest blocks.
 * Finding: with locality alone. Without a bias the share of the energy |g_kept|^2/|g|^2 is two thirds, the
 * error a third.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <cblas.h>

#include "lab.h"
#include "rng.h"
#include "softmax.h"
#include "vq.h"

/* gradient[n][d] = slope^T q over the pairs of the last `blocks` blocks of l, by rows of blocks. */
static void key_gradient(size_t n, size_t d, const double *slope, const double *q, size_t l, size_t blocks,
                         double *gradient)
{
    memset(gradient, 0, n * d * sizeof *gradient);
    for (size_t begin = 0; begin < n; begin += l) {
        size_t rows = n - begin < l ? n - begin : l, block = begin / l;
        size_t lo = block + 1 > blocks ? (block + 1 - blocks) * l : 0;
        cblas_dgemm(CblasRowMajor, CblasTrans, CblasNoTrans, (int)(begin + rows - lo), (int)d, (int)rows, 1,
                    slope + begin * n + lo, (int)n, q + begin * d, (int)d, 1, gradient + lo * d, (int)d);
    }
}

/* product[n][n] = factor x y^T up to the diagonal block. */
static void lower_product(size_t n, size_t d, double factor, const double *x, const double *y,
                          double *product)
{
    for (size_t begin = 0; begin < n; begin += 64) {
        size_t rows = n - begin < 64 ? n - begin : 64;
        cblas_dgemm(CblasRowMajor, CblasNoTrans, CblasTrans, (int)rows, (int)(begin + rows), (int)d, factor,
                    x + begin * d, (int)d, y, (int)d, 0, product + begin * n, (int)n);
    }
}

static void cell(struct lab_cell *c)
{
    size_t n = (size_t)lab_integer(c, "n"), d = (size_t)lab_integer(c, "d"), l = (size_t)lab_integer(c, "l");
    size_t reach = lab_is(c, "reach", "block") ? l : (size_t)lab_integer(c, "reach");
    double bias = lab_real(c, "bias");
    gsl_rng *rng = lab_rng(c);
    double *q = base_alloc(6 * n * d, sizeof *q), *k = q + n * d, *v = k + n * d, *w = v + n * d,
           *g = w + n * d, *part = g + n * d;
    double *score = base_alloc(2 * n * n, sizeof *score), *level = score + n * n;
    rng_normals(rng, q, 4 * n * d);
    lower_product(n, d, 1 / sqrt((double)d), q, k, score);
    lower_product(n, d, 1, w, v, level); /* W_i.v_j */
    double pairs = 0;
    for (size_t i = 0; i < n; i++) {
        double *p = score + i * n, mean = 0, sum = 0, top = -INFINITY;
        for (size_t j = 0; j <= i; j++) {
            p[j] += i - j <= reach ? bias : 0;
            top = fmax(top, p[j]);
            pairs += i / l - j / l < (lab_control(c, "one_block") ? 1 : 2);
        }
        for (size_t j = 0; j <= i; j++)
            p[j] -= top;
        softmax_exp(p, i + 1);
        for (size_t j = 0; j <= i; j++)
            sum += p[j];
        for (size_t j = 0; j <= i; j++)
            mean += (p[j] /= sum) * level[i * n + j];
        for (size_t j = 0; j <= i; j++)
            p[j] *= level[i * n + j] - mean;
        memset(p + i + 1, 0, (n - i - 1) * sizeof *p);
    }
    key_gradient(n, d, score, q, l, n, g);
    key_gradient(n, d, score, q, l, lab_control(c, "one_block") ? 1 : 2, part);
    double all = 0, mine = 0, lost = 0, both = 0;
    for (size_t i = 0; i < n * d; i++) {
        all += g[i] * g[i];
        mine += part[i] * part[i];
        both += g[i] * part[i];
        lost += (g[i] - part[i]) * (g[i] - part[i]);
    }
    lab_put(c, "share", mine / all);
    lab_put(c, "lost", lost / all);
    lab_put(c, "cosine", both / sqrt(all * mine));
    lab_put(c, "pairs", 2 * pairs / ((double)n * ((double)n + 1)));
    free(q);
    free(score);
}

static char *check(const struct lab_cell *c)
{
    double n = lab_real(c, "n"), d = lab_real(c, "d");
    long reach;
    if (!lab_is(c, "reach", "block") && (base_parse_long(lab_word(c, "reach"), &reach) || reach < 0))
        return base_format("--reach %.40s: block or a whole number is accepted", lab_word(c, "reach"));
    return vq_too_much("n", n, 8 * n * n * d, 16 * n * (n + 3 * d));
}

static void summarize(struct lab *lab)
{
    for (size_t i = 0; i < lab_groups(lab); i++) {
        const struct lab_cell *c = lab_group(lab, i);
        if (!lab_is(c, "n", "1024") || !lab_is(c, "d", "32") || !lab_is(c, "reach", "block"))
            continue;
        const char *l = lab_word(c, "l"), *bias = lab_word(c, "bias");
        if ((!lab_is(c, "l", "64") && !lab_is(c, "l", "128")) || !strchr("0246", bias[0]) || bias[1])
            continue;
        lab_measure_mean(lab, lab_mean(lab, i, "share"), "share_%s_%s", l, bias);
        if (lab_is(c, "l", "64"))
            lab_measure_mean(lab, lab_mean(lab, i, "lost"), "lost_64_%s", bias);
        if (lab_is(c, "l", "64") && lab_real(c, "bias") <= 2)
            lab_measure_mean(lab, lab_mean(lab, i, "cosine"), "cosine_64_%s", bias);
        if (lab_is(c, "bias", "0"))
            lab_measure(lab, lab_value(lab, i, "pairs"), 0, 0, "pairs_%s", l);
    }
}

static const struct lab_spec spec = {
    .name = "vq/share",
    .about = "The share of the keys' gradient that the two nearest blocks carry",
    .axes = {{"n", "1024", NULL, "[1,1e6]", "Tokens", AXIS_INTEGER},
             {"d", "32", NULL, "[1,4096]", "Width of queries, keys and values", AXIS_INTEGER},
             {"l", "32,64,128,256", "64", "[1,1e6]", "Tokens in a block", AXIS_INTEGER},
             {"bias", "0,1,2,3,4,6", "0,2,4,6", "[-700,700]", "Bias of near scores", AXIS_REAL},
             {"reach", "block", NULL, NULL, "How far back the bias reaches: block (l), or a number",
              AXIS_WORD},
             {"replicate", "0:49", "0:29", "[0,inf)", "Replicate", AXIS_INTEGER}},
    .columns = "share,lost,cosine,pairs",
    .fold = "replicate",
    .controls = "one_block",
    .check = check,
    .cell = cell,
    .summarize = summarize,
};

int main(int argc, char **argv)
{
    return lab_main(&spec, argc, argv);
}
