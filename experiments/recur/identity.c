/* Is softmax attention the recurrence of two accumulators, in any order and in the delta form?
 *
 * Source: kexue.fm/archives/10017, the displayed recursion y += e^{q.k} v, z += e^{q.k}, o = y/z from the
 * newest key to the oldest; kexue.fm/archives/11823, o_t = o_{t-1} + a_tt (v_t - o_{t-1}) with a_tt =
 * e^{s_t}/Z_t, and a_{t,i} = a_ii prod_{i<j<=t} (1 - a_jj). Pieces merge by (m, z, y) (Rabe and Staats,
 * arXiv:2112.05682), so the order is free. Rows of a causal layer are scanned and held against lib/attention.
 * n roundings of numerator and denominator each cost half a unit, so errors are bounded by (n + 8) eps
 * max|v|; what a row costs is its error in units of that bound.
 * Finding: all are the same function, far within the bound.
 */
#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <gsl/gsl_randist.h>

#include "attention.h"
#include "dataset.h"
#include "forms.h"
#include "lab.h"

enum { CONTEXT = 4 }; /* bytes that a feature of the text looks back over */

/* The texts, by the values of --text; NULL where they are not asked for. */
struct shared {
    const struct axis_values *names;
    struct dataset_bytes **text;
};

static void *setup(const struct lab *lab)
{
    const struct axis_values *inputs = lab_axis_values(lab, "input");
    struct shared *shared = base_alloc(1, sizeof *shared);
    shared->names = lab_axis_values(lab, "text");
    shared->text = base_alloc(shared->names->count, sizeof *shared->text);
    for (size_t i = 0; i < inputs->count; i++)
        for (size_t t = 0; t < shared->names->count && !strcmp(inputs->text[i], "text"); t++) {
            const char *name = shared->names->text[t];
            if (!shared->text[t])
                shared->text[t] = dataset_bytes(strcmp(name, "licenses") ? name : NULL);
            if (!shared->text[t]->n)
                base_die(BASE_BAD_USAGE, "--text: '%.80s' is empty; give a file or folder with bytes in it",
                         name);
        }
    return shared;
}

static void teardown(void *data)
{
    struct shared *shared = data;
    for (size_t t = 0; t < shared->names->count; t++)
        if (shared->text[t])
            dataset_bytes_free(shared->text[t]);
    free(shared->text);
    free(shared);
}

/* q, k, v, [n][d] each. */
static void draw(struct lab_cell *cell, size_t n, size_t d, double *q, double *k, double *v)
{
    if (lab_is(cell, "input", "waves")) {
        attention_waves(n, d, d, 1, q, k, v);
        return;
    }
    gsl_rng *rng = lab_rng(cell);
    if (lab_is(cell, "input", "text")) {
        const struct shared *shared = lab_shared(cell);
        size_t t = 0;
        while (strcmp(shared->names->text[t], lab_word(cell, "text")))
            t++;
        const struct dataset_bytes *text = shared->text[t];
        dataset_bytes_features(text, gsl_rng_uniform_int(rng, text->n < 1u << 31 ? text->n : 1u << 31), n, d,
                               CONTEXT, 0.5, rng, k);
        memcpy(q, k, n * d * sizeof *q);
        memcpy(v, k, n * d * sizeof *v);
        return;
    }
    rng_normals(rng, q, n * d);
    rng_normals(rng, k, n * d);
    if (lab_is(cell, "input", "uniform"))
        for (size_t i = 0; i < n * d; i++)
            v[i] = gsl_rng_uniform(rng);
    else
        rng_normals(rng, v, n * d);
}

static double score_bias(size_t query, size_t key, const void *context)
{
    (void)query;
    return ((const double *)context)[key];
}

/* Largest |a_{t,i} - a_ii prod_{i<j<=t} (1 - a_jj)| over i, t = n - 1; weights[n] = a_{t,i}. */
static double product_error(const struct forms_row *row, const double *weights, int fades)
{
    size_t n = row->n;
    double *step = base_alloc(n, sizeof *step), m = -INFINITY, z = 0, most = 0, product = 1;
    for (size_t j = 0; j < n; j++) {
        double top = fmax(m, row->score[j]);
        z = exp(m - top) * z + exp(row->score[j] - top);
        m = top;
        step[j] = exp(row->score[j] - m) / z;
    }
    for (size_t i = n; i-- > 0;) {
        most = fmax(most, fabs(weights[i] - step[i] * product));
        product *= fades ? 1 - step[i] : 1;
    }
    free(step);
    return most;
}

static void cell(struct lab_cell *cell)
{
    size_t n = (size_t)lab_integer(cell, "n"), d = (size_t)lab_integer(cell, "d");
    size_t queries = (size_t)lab_integer(cell, "queries");
    int single = lab_is(cell, "precision", "float");
    double eps = single ? FLT_EPSILON : DBL_EPSILON, scale = lab_real(cell, "scale") / sqrt((double)d);
    enum forms_flaw flaw = lab_control(cell, "drops_oldest") ? FORMS_DROPS_OLDEST
                           : lab_control(cell, "no_rescale") ? FORMS_NO_RESCALE
                           : lab_control(cell, "no_fade")    ? FORMS_NO_FADE
                                                             : FORMS_SOUND;
    double *q = base_alloc(n * d, sizeof *q), *k = base_alloc(n * d, sizeof *k),
           *v = base_alloc(n * d, sizeof *v);
    double *score = base_alloc(n, sizeof *score), *weights = base_alloc(n, sizeof *weights);
    double *want = base_alloc(d, sizeof *want), *got = base_alloc(d, sizeof *got);
    size_t *order = base_alloc(n, sizeof *order);
    double worst[FORMS_ORDERS] = {0}, alpha = 0, error = 0;
    draw(cell, n, d, q, k, v);
    for (size_t i = 0; single && i < n * d; i++)
        v[i] = (float)v[i];

    /* rows as far apart as can be, the first and the last among them */
    if (queries > n)
        queries = n;
    for (size_t c = 0; c < queries; c++) {
        size_t i = queries == 1 ? n - 1 : c * (n - 1) / (queries - 1);
        double largest = 0;
        for (size_t j = 0; j <= i; j++) {
            double s = 0;
            for (size_t a = 0; a < d; a++) {
                s += q[i * d + a] * k[j * d + a];
                largest = fmax(largest, fabs(v[j * d + a]));
            }
            score[j] = single ? (double)(float)(scale * s) : scale * s;
            order[j] = j;
        }
        struct forms_row row = {i + 1, d, score, v};
        struct attention attention = {1, i + 1, 0, d, NULL, NULL, v, 1, NULL, score_bias, score};
        if (attention_dense(&attention, want, weights))
            lab_fail(cell, "a score is not finite");
        gsl_ran_shuffle(lab_rng(cell), order, i + 1, sizeof *order);
        double bound = (double)(i + 9) * eps * largest;
        for (int f = 0; f < FORMS_ORDERS; f++) {
            if (!lab_is(cell, "order", "all") && !lab_is(cell, "order", forms_name[f]))
                continue;
            forms_output(&row, (enum forms_order)f, single, order, flaw, got);
            for (size_t a = 0; a < d; a++) {
                double off = fabs(got[a] - want[a]);
                worst[f] = off / bound <= worst[f] ? worst[f] : off / bound;
                error = fmax(error, off);
            }
        }
        alpha = fmax(alpha,
                     product_error(&row, weights, flaw != FORMS_NO_FADE) / ((double)(i + 9) * DBL_EPSILON));
    }
    for (int f = 0; f < FORMS_ORDERS; f++)
        if (lab_is(cell, "order", "all") || lab_is(cell, "order", forms_name[f]))
            lab_put(cell, forms_name[f], worst[f]);
    lab_put(cell, "alpha", alpha);
    lab_put(cell, "max_abs_error", error);
    free(q), free(k), free(v), free(score), free(weights), free(want), free(got), free(order);
}

static char *check(const struct lab_cell *cell)
{
    double room = lab_real(cell, "n") * lab_real(cell, "d"), work = room * lab_real(cell, "queries");
    if (room > 1e8)
        return base_format("%.6g numbers a matrix are predicted; at most 1e8 are accepted", room);
    return work > 2e9 ? base_format("%.6g updates are predicted; at most 2e9 are accepted", work) : NULL;
}

static void summarize(struct lab *lab)
{
    static const char *const columns[] = {"backward", "forward",        "random", "tree",
                                          "delta",    "delta_backward", "alpha"};
    for (int single = 0; single < 2; single++)
        for (size_t c = 0; c < sizeof columns / sizeof *columns; c++) {
            double most = -1;
            for (size_t g = 0; g < lab_groups(lab); g++) {
                size_t n;
                const double *x = lab_column(lab, g, columns[c], &n);
                if (lab_is(lab_group(lab, g), "precision", single ? "float" : "double"))
                    for (size_t i = 0; i < n; i++)
                        most = x[i] <= most ? most : x[i];
            }
            if (most != -1 && !(single && !strcmp(columns[c], "alpha")))
                lab_measure(lab, most, 0, 0, "%s.%s", single ? "float" : "double", columns[c]);
        }
}

static const struct lab_spec spec = {
    .name = "recur/identity",
    .about = "Is softmax attention the recurrence of two accumulators, in any order and in the delta form?",
    .axes = {{"n", "1,2,3,17,40,256,1000", "1,2,3,40,256", "[1,1e8]", "Keys", AXIS_INTEGER},
             {"d", "4", NULL, "[1,65536]", "Dimension of queries, keys and values", AXIS_INTEGER},
             {"order", "all", NULL, "all|backward|forward|random|tree|delta|delta_backward",
              "Order and form of the scan", AXIS_WORD},
             {"precision", "double,float", NULL, "double|float", "Arithmetic of the scan", AXIS_WORD},
             {"scale", "1,30", NULL, "[-1e100,1e100]", "Multiplies the scores q.k/sqrt(d)", AXIS_REAL},
             {"input", "normal,uniform,waves,text", NULL, "normal|uniform|waves|text",
              "Queries, keys, values; uniform: of the values; text: bytes as features", AXIS_WORD},
             {"text", "licenses", NULL, "licenses", "A file or folder, for --input text", AXIS_FILE},
             {"queries", "16", NULL, "[1,1e6]", "Rows that are scanned, at most", AXIS_INTEGER},
             {"replicate", "0:19", "0:4", "[0,inf)", "Replicate", AXIS_INTEGER}},
    .columns = "backward:4,forward:4,random:4,tree:4,delta:4,delta_backward:4,alpha:4,max_abs_error:4",
    .fold = "replicate",
    .controls = "drops_oldest|no_rescale|no_fade",
    .check = check,
    .setup = setup,
    .teardown = teardown,
    .cell = cell,
    .summarize = summarize,
};

int main(int argc, char **argv)
{
    return lab_main(&spec, argc, argv);
}
