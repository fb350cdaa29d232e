/* How much of attention is lost by quantizing its keys, and which keys can be quantized?
 *
 * Source: kexue.fm/archives/9844: the loss of precision is the distance of the keys to their codes. Causal
 * attention on quantized keys against the one on the keys themselves, for a codebook learnt from other keys
 * of the same law, with c, c ratio, ... codes and at last with every key its own code. Keys: normal; bytes of
 * a text with their `context` predecessors embedded at random; the same bytes in random order; normal ones of
 * the text keys' covariance (`twin`).
 * Finding: the error falls with c and vanishes at the end. Keys of text lie nearer to few codes than
 * normal ones of the same covariance, and nearer than those of shuffled text: it is the repetition of
 * contexts that can be quantized.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <gsl/gsl_randist.h>

#include "attention.h"
#include "dataset.h"
#include "kmeans.h"
#include "lab.h"
#include "linalg.h"
#include "rng.h"
#include "vq.h"

static void *setup(const struct lab *lab)
{
    return dataset_bytes(lab_axis_values(lab, "data")->text[0]);
}

static void teardown(void *shared)
{
    dataset_bytes_free(shared);
}

/* x[n][d] with the covariance (and mean 0) of the keys in x. */
static void make_twin(struct lab_cell *c, size_t n, size_t d, double *x, gsl_rng *rng)
{
    double *covariance = base_alloc(2 * d * d, sizeof *covariance), *lower = covariance + d * d;
    double *z = base_alloc(n * d, sizeof *z), *mean = base_alloc(d, sizeof *mean);
    for (size_t i = 0; i < n * d; i++)
        mean[i % d] += x[i] / (double)n;
    for (size_t i = 0; i < n * d; i++)
        x[i] -= mean[i % d];
    linalg_gemm('T', 'N', d, d, n, 1 / (double)n, x, x, 0, covariance);
    for (size_t a = 0; a < d; a++)
        covariance[a * d + a] *= 1 + 1e-9;
    if (linalg_cholesky(d, covariance, lower, NULL))
        lab_fail(c, "the keys' covariance is singular: take fewer dimensions");
    rng_normals(rng, z, n * d);
    linalg_gemm('N', 'T', n, d, d, 1, z, lower, 0, x);
    for (size_t i = 0; i < n * d; i++)
        x[i] += mean[i % d];
    free(covariance);
    free(z);
    free(mean);
}

static void draw_keys(struct lab_cell *c, size_t n, size_t d, double *x, gsl_rng *rng)
{
    const struct dataset_bytes *text = lab_shared(c);
    size_t context = (size_t)lab_integer(c, "context"), begin = (size_t)gsl_rng_uniform_int(rng, text->n);
    double position = lab_real(c, "position");
    if (lab_is(c, "keys", "gauss")) {
        rng_normals(rng, x, n * d);
        return;
    }
    if (lab_is(c, "keys", "shuffled")) { /* the bytes of this stretch, in random order */
        struct dataset_bytes stretch = {.n = n + context, .byte = base_alloc(n + context, 1)};
        for (size_t i = 0; i < stretch.n; i++)
            stretch.byte[i] = text->byte[(begin + i) % text->n];
        gsl_ran_shuffle(rng, stretch.byte, stretch.n, 1);
        dataset_bytes_features(&stretch, context, n, d, context, position, rng, x);
        free(stretch.byte);
        return;
    }
    dataset_bytes_features(text, begin, n, d, context, position, rng, x);
    if (lab_is(c, "keys", "twin"))
        make_twin(c, n, d, x, rng);
}

/* The code of the largest inner product: not what the article says. */
static void assign_by_product(size_t n, size_t codes, size_t d, const double *k, const double *centers,
                              size_t *code)
{
    double *product = base_alloc(n * codes, sizeof *product);
    linalg_gemm('N', 'T', n, codes, d, 1, k, centers, 0, product);
    for (size_t i = 0; i < n; i++) {
        code[i] = 0;
        for (size_t s = 1; s < codes; s++)
            code[i] = product[i * codes + s] > product[i * codes + code[i]] ? s : code[i];
    }
    free(product);
}

static double mean_square(size_t n, const double *x, const double *y)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += (x[i] - (y ? y[i] : 0)) * (x[i] - (y ? y[i] : 0));
    return sum / (double)n;
}

static void cell(struct lab_cell *c)
{
    size_t n = (size_t)lab_integer(c, "n"), train = (size_t)lab_integer(c, "train"),
           d = (size_t)lab_integer(c, "d");
    size_t dv = (size_t)lab_integer(c, "dv");
    gsl_rng *rng = lab_rng(c);
    size_t most = n > train ? n : train, *code = base_alloc(most, sizeof *code);
    double *all = base_alloc((n + train) * d, sizeof *all), *k = all + train * d,
           *q = base_alloc(n * d, sizeof *q);
    double *v = base_alloc(n * dv, sizeof *v), *exact = base_alloc(n * dv, sizeof *exact),
           *o = base_alloc(n * dv, sizeof *o);
    double *centers = base_alloc(most * d, sizeof *centers),
           *quantized = base_alloc(n * d, sizeof *quantized);
    draw_keys(c, n + train, d, all, rng);
    rng_normals(rng, q, n * d);
    rng_normals(rng, v, n * dv);
    struct attention attention = {.queries = n,
                                  .keys = n,
                                  .dk = d,
                                  .dv = dv,
                                  .q = q,
                                  .k = k,
                                  .v = v,
                                  .scale = lab_real(c, "qscale") / sqrt((double)d),
                                  .sees = attention_causal};
    if (attention_dense(&attention, exact, NULL))
        lab_fail(c, "a score is not finite");
    double energy = mean_square(n * dv, exact, NULL), spread = 0;
    size_t codes = (size_t)lab_integer(c, "c"), ratio = (size_t)lab_integer(c, "ratio");
    for (size_t a = 0; a < d; a++) { /* the mean square of the keys around their mean */
        struct stats_moments m = {0};
        for (size_t i = 0; i < n; i++)
            stats_moments_push(&m, k[i * d + a]);
        spread += m.m2 / (double)n;
    }
    for (int last = 0; !last; codes *= ratio) {
        last = codes >= n || codes > train;
        if (last) {
            codes = n;
            memcpy(centers, k, n * d * sizeof *k);
        } else {
            kmeans_start_spread(train, codes, d, all, rng, centers);
            kmeans_lloyd(train, codes, d, all, centers, code, (size_t)lab_integer(c, "steps"));
        }
        double distortion = kmeans_assign(n, codes, d, k, centers, code, NULL);
        if (lab_control(c, "by_product"))
            assign_by_product(n, codes, d, k, centers, code);
        for (size_t i = 0; i < n; i++)
            memcpy(quantized + i * d, centers + code[i] * d, d * sizeof *quantized);
        attention.k = quantized;
        attention_dense(&attention, o, NULL);
        lab_put(c, "codes", (double)codes);
        lab_put(c, "used", (double)vq_used(n, codes, code));
        lab_put(c, "distortion", distortion / spread);
        lab_put(c, "error", sqrt(mean_square(n * dv, o, exact) / energy));
        if (!last)
            lab_next_row(c);
    }
    free(all);
    free(q);
    free(v);
    free(exact);
    free(o);
    free(centers);
    free(quantized);
    free(code);
}

static char *check(const struct lab_cell *c)
{
    double n = lab_real(c, "n"), train = lab_real(c, "train"), d = lab_real(c, "d");
    double work = 20 * n * n * (d + lab_real(c, "dv")) + train * lab_real(c, "steps") * n * d;
    if (lab_real(c, "c") > train || lab_real(c, "c") > n)
        return base_format("--c %.0f codes are more than the keys (--train %.0f, --n %.0f)", lab_real(c, "c"),
                           train, n);
    return vq_too_much("n", n, work, 8 * (n + train) * (4 * d + 3 * lab_real(c, "dv") + 256));
}

/* Row r of every replicate of a group. */
static struct stats_mean row_mean(const struct lab *lab, size_t group, const char *column, size_t row,
                                  size_t rows, size_t minus, double *value)
{
    size_t count, n = 0;
    const double *x = lab_column(lab, group, column, &count);
    double *kept = base_alloc(count + 1, sizeof *kept);
    for (size_t i = 0; i + rows <= count; i += rows)
        kept[n++] = x[i + row] - (minus < rows ? x[i + minus] : 0);
    struct stats_mean mean = stats_mean_of(kept, n);
    if (value)
        memcpy(value, kept, n * sizeof *value);
    free(kept);
    return mean;
}

static size_t rows_of(const struct lab *lab, size_t group, size_t *replicates)
{
    size_t count, rows = 0;
    const double *codes = lab_column(lab, group, "codes", &count);
    double most = 0;
    for (size_t i = 0; i < count; i++)
        most = fmax(most, codes[i]);
    while (rows < count && codes[rows] < most)
        rows++;
    *replicates = count / (rows + 1);
    return rows + 1;
}

static void summarize(struct lab *lab)
{
    struct lab_table *table =
        lab_table(lab, NULL, "keys,n,d,codes,used,distortion,distortion_error,error,error_error");
    struct stats_mean at64[4] = {{0}}, error64[4] = {{0}};
    static const char *const kinds[4] = {"gauss", "text", "shuffled", "twin"};
    int seen[4] = {0};
    double worst_own = 0;
    for (size_t i = 0; i < lab_groups(lab); i++) {
        const struct lab_cell *c = lab_group(lab, i);
        size_t replicates, rows = rows_of(lab, i, &replicates), count;
        const double *codes = lab_column(lab, i, "codes", &count);
        const char *keys = lab_word(c, "keys");
        int kind = 0, standard = lab_is(c, "d", "8") && lab_is(c, "qscale", "1") && lab_is(c, "c", "4") &&
                                 lab_is(c, "ratio", "4");
        while (strcmp(kinds[kind], keys))
            kind++;
        for (size_t r = 0; r < rows; r++) {
            struct stats_mean distortion = row_mean(lab, i, "distortion", r, rows, rows, NULL);
            struct stats_mean error = row_mean(lab, i, "error", r, rows, rows, NULL);
            struct stats_mean used = row_mean(lab, i, "used", r, rows, rows, NULL);
            char text[6][40];
            base_real_text(text[0], codes[r], 12);
            base_real_text(text[1], used.value, 6);
            base_real_text(text[2], distortion.value, 6);
            base_real_text(text[3], distortion.error, 3);
            base_real_text(text[4], error.value, 6);
            base_real_text(text[5], error.error, 3);
            lab_table_text_row(table, (const char *const[]){keys, lab_word(c, "n"), lab_word(c, "d"), text[0],
                                                            text[1], text[2], text[3], text[4], text[5]});
            if (standard && codes[r] == 64 && r + 1 < rows) {
                seen[kind] = 1;
                at64[kind] = distortion;
                error64[kind] = error;
            }
            if (r + 1 == rows)
                for (size_t k = r; k < count; k += rows)
                    worst_own = fmax(worst_own, lab_column(lab, i, "error", &count)[k]);
            if (standard && r + 1 < rows && codes[r + 1] <= 64) {
                struct stats_mean fall = row_mean(lab, i, "error", r, rows, r + 1, NULL);
                lab_measure_mean(lab, fall, "fall_%s_%.0f", keys, codes[r]);
            }
        }
    }
    lab_measure(lab, worst_own, 0, 0, "own_codes_worst");
    if (seen[1] && seen[2])
        lab_measure_mean(lab, stats_mean_difference(at64[2], at64[1]), "shuffled_minus_text");
    if (seen[1] && seen[3]) {
        lab_measure_mean(lab, stats_mean_difference(at64[3], at64[1]), "twin_minus_text");
        lab_measure_mean(lab, stats_mean_difference(error64[3], error64[1]), "twin_minus_text_error");
    }
}

static const struct lab_spec spec = {
    .name = "vq/codes",
    .about = "The error of attention by the number of codes, for keys of several laws",
    .axes = {{"data", "/usr/share/common-licenses", NULL, NULL, "Text: a file, or a folder of files",
              AXIS_FILE},
             {"keys", "gauss,text,shuffled,twin", NULL, "gauss|text|shuffled|twin", "Law of the keys",
              AXIS_WORD},
             {"n", "512", "200", "[1,65536]", "Tokens", AXIS_INTEGER},
             {"d", "8", NULL, "[1,4096]", "Width of queries and keys", AXIS_INTEGER},
             {"dv", "8", NULL, "[1,4096]", "Width of values", AXIS_INTEGER},
             {"c", "4", NULL, "[1,65536]", "Fewest codes", AXIS_INTEGER},
             {"ratio", "4", NULL, "[2,1000]", "Ratio of one number of codes to the one before", AXIS_INTEGER},
             {"qscale", "1", NULL, "[0,1e3]", "Queries are normal times this over sqrt(d)", AXIS_REAL},
             {"context", "4", NULL, "[1,64]", "Bytes a key of text tells of", AXIS_INTEGER},
             {"position", "0.2", NULL, "[0,100]", "Size of the position's part of a key of text", AXIS_REAL},
             {"train", "4096", "1000", "[1,1e6]", "Keys the codebook is made of", AXIS_INTEGER},
             {"steps", "10", "6", "[0,1e4]", "Steps of Lloyd's iteration", AXIS_INTEGER},
             {"replicate", "0:99", NULL, "[0,inf)", "Replicate", AXIS_INTEGER}},
    .columns = "codes,used,distortion,error",
    .fold = "replicate",
    .controls = "by_product",
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
