/* How much of the dense attention over real text lies within a sparse pattern?
 *
 * Source: kexue.fm/archives/6853: sparse patterns rest on most tasks being local. Keys and queries are the
 * same features of the bytes of a text: a random normal vector a byte value, and, times `position`, sines and
 * cosines of the position. Weights are softmax(sharp x_i.x_j / sqrt(d)) over a window of n bytes; the mass of
 * a pattern is the mean over queries of the weight within it, against the text in order and against the same
 * bytes shuffled. For a shuffled text without position every pair i != j is as good as any other, so that the
 * expected mass is self + (1 - self) (nnz - n)/(n (n - 1)),   self = mean p_ii, exactly: not the share
 * nnz/n^2 alone, for a query always meets itself.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <cblas.h>

#include "dataset.h"
#include "softmax.h"
#include "sparse_cell.h"

static const double flops_most = 1e11;

struct texts {
    size_t count;
    char **name;
    struct dataset_bytes **bytes;
};

static void *setup(const struct lab *lab)
{
    const struct axis_values *names = lab_axis_values(lab, "text");
    struct texts *texts = base_alloc(1, sizeof *texts);
    texts->count = names->count;
    texts->name = names->text;
    texts->bytes = base_alloc(names->count, sizeof *texts->bytes);
    for (size_t i = 0; i < names->count; i++) {
        texts->bytes[i] = dataset_bytes(names->text[i]);
        if (texts->bytes[i]->n == 0)
            base_die(BASE_RUN_FAILED, "%s holds no text", names->text[i]);
    }
    return texts;
}

static void teardown(void *shared)
{
    struct texts *texts = shared;
    for (size_t i = 0; i < texts->count; i++)
        dataset_bytes_free(texts->bytes[i]);
    free(texts->bytes);
    free(texts);
}

static char *check(const struct lab_cell *cell)
{
    size_t k;
    double n = lab_real(cell, "n"), d = lab_real(cell, "d");
    char *why = sparse_cell_size(cell, "k", 1, &k);
    if (!why && n * n * d > flops_most)
        why = base_format("--n %.0f with --d %.0f: %.2g operations predicted, more than %.2g", n, d,
                          n * n * d, flops_most);
    return why;
}

/* gsl_ran_shuffle, whose header does not go with that of BLAS */
static void shuffle(gsl_rng *rng, unsigned char *byte, size_t n)
{
    for (size_t i = n - 1; i > 0; i--) {
        size_t j = gsl_rng_uniform_int(rng, i + 1);
        unsigned char swap = byte[i];
        byte[i] = byte[j];
        byte[j] = swap;
    }
}

static void cell(struct lab_cell *c)
{
    const struct texts *texts = lab_shared(c);
    size_t n = (size_t)lab_integer(c, "n"), d = (size_t)lab_integer(c, "d"), k, which = 0;
    sparse_cell_size(c, "k", 1, &k);
    while (strcmp(texts->name[which], lab_word(c, "text")))
        which++;
    const struct dataset_bytes *text = texts->bytes[which];
    gsl_rng *rng = lab_rng(c);
    struct dataset_bytes window = {n, base_alloc(n, 1)};
    size_t begin = gsl_rng_uniform_int(rng, text->n);
    for (size_t i = 0; i < n; i++)
        window.byte[i] = text->byte[(begin + i) % text->n];
    if (lab_is(c, "order", "shuffled") || lab_control(c, "shuffled_too"))
        shuffle(rng, window.byte, n);
    double *x = base_alloc(n * d, sizeof *x), *p = base_alloc(n * n, sizeof *p), self = 0;
    dataset_bytes_features(&window, 0, n, d, 1, lab_control(c, "no_position") ? 0 : lab_real(c, "position"),
                           rng, x);
    cblas_dgemm(CblasRowMajor, CblasNoTrans, CblasTrans, (int)n, (int)n, (int)d,
                lab_real(c, "sharp") / sqrt((double)d), x, (int)d, x, (int)d, 0, p, (int)n);
    for (size_t i = 0; i < n; i++) {
        softmax_weights(p + i * n, n, p + i * n);
        self += p[i * n + i] / (double)n;
    }
    static const char *const names[] = {"atrous", "local", "sparse"};
    size_t *keys = base_alloc(n, sizeof *keys);
    lab_put(c, "self", self);
    for (int s = 0; s < 3; s++) {
        struct sparse_set set;
        char column[32];
        uint64_t pairs;
        double mass = 0;
        sparse_set_named(names[s], k, k, 1, 0, &set);
        sparse_count(&set, n, &pairs);
        for (size_t i = 0; i < n; i++) {
            size_t count = sparse_keys(&set, n, i, keys);
            for (size_t t = 0; t < count; t++)
                mass += p[i * n + keys[t]] / (double)n;
        }
        double share = (double)pairs / ((double)n * (double)n);
        double by_chance =
            n > 1 ? self + (1 - self) * ((double)pairs - (double)n) / ((double)n * ((double)n - 1)) : 1;
        if (lab_control(c, "share_alone"))
            by_chance = share;
        snprintf(column, sizeof column, "mass_%s", names[s]);
        lab_put(c, column, mass);
        snprintf(column, sizeof column, "share_%s", names[s]);
        lab_put(c, column, share);
        snprintf(column, sizeof column, "excess_%s", names[s]);
        lab_put(c, column, mass - by_chance);
    }
    free(keys);
    free(window.byte);
    free(x);
    free(p);
}

static void measure(struct lab *lab, const char *values, const char *column, const char *name)
{
    long g = lab_find(lab, values);
    if (g >= 0)
        lab_measure_mean(lab, lab_mean(lab, (size_t)g, column), "%s", name);
}

static void summarize(struct lab *lab)
{
    const char *shuffled = "n=256 d=64 k=16 position=0 sharp=0.5 order=shuffled";
    measure(lab, shuffled, "excess_atrous", "chance_atrous");
    measure(lab, shuffled, "excess_local", "chance_local");
    measure(lab, shuffled, "excess_sparse", "chance_sparse");
    measure(lab, "n=256 d=64 k=2 position=0 sharp=0.5 order=real", "excess_local", "real_local");
    measure(lab, "n=256 d=64 k=16 position=1 sharp=0.5 order=shuffled", "excess_local", "position_local");
    measure(lab, "n=256 d=64 k=16 position=1 sharp=0.5 order=shuffled", "excess_atrous", "position_atrous");
}

static const struct lab_spec spec = {
    .name = "sparse/mass",
    .about = "How much of the dense attention over real text lies within a sparse pattern?",
    .axes = {{"text", "/usr/share/common-licenses", NULL, NULL, "A text, or a folder of texts", AXIS_FILE},
             {"n", "256,512", "256", "[1,20000]", "Bytes in a window", AXIS_INTEGER},
             {"d", "64", NULL, "[1,4096]", "Dimension of the features", AXIS_INTEGER},
             {"k", "2,4,8,16,32,64,128", "2,16", SPARSE_SIZES, "Stride and half-width", AXIS_INTEGER},
             {"position", "0,1", NULL, "[0,100]", "Size of the position code", AXIS_REAL},
             {"sharp", "0.5", NULL, "[0,100]", "Factor of the scores", AXIS_REAL},
             {"order", "real,shuffled", NULL, "real|shuffled", "The text, or its bytes shuffled", AXIS_WORD},
             {"replicate", "0:99", NULL, "[0,inf)", "Window and features", AXIS_INTEGER}},
    .columns = "self,mass_atrous,share_atrous,excess_atrous,mass_local,share_local,excess_local,mass_sparse,"
               "share_sparse,"
               "excess_sparse",
    .fold = "replicate",
    .controls = "share_alone|shuffled_too|no_position",
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
