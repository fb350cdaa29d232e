/* Does a small language model mind that its keys are quantized, and does a bias near the query help?
 *
 * Source: kexue.fm/archives/9844: quantized keys keep most of the ability, more codes are better, and a bias
 * in a window restores what few codes cannot tell apart, near and far. One gated attention block on bytes of
 * text, as in Transformer-VQ: q, k normalized without gain, values and gate SiLU, straight-through keys with
 * a commitment loss, codebook by moving averages; c = 0 does not quantize. The gradient of the keys is taken
 * over the whole window. All models of a replicate see the same text and begin with the same weights, so that
 * differences are paired.
 * Finding: a learnt bias on the nearest scores is worth 0.8 bits a byte, with and without codes; between 4
 * codes, 256 and none there is no difference that such models resolve. A trend, not a benchmark.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "dataset.h"
#include "kmeans.h"
#include "lab.h"
#include "nn.h"
#include "rng.h"
#include "vq.h"

struct shared {
    struct dataset_bytes *text;
    const struct axis_values *replicate;
    uint64_t *seed; /* one a replicate, the same for all models */
};

static void *setup(const struct lab *lab)
{
    struct shared *shared = base_alloc(1, sizeof *shared);
    shared->text = dataset_bytes(lab_axis_values(lab, "data")->text[0]);
    shared->replicate = lab_axis_values(lab, "replicate");
    shared->seed = base_alloc(shared->replicate->count, sizeof *shared->seed);
    for (size_t r = 0; r < shared->replicate->count; r++) {
        char name[64];
        snprintf(name, sizeof name, "pair %.40s", shared->replicate->text[r]);
        gsl_rng *rng = lab_stream(lab, name);
        shared->seed[r] = rng_bits64(rng);
        gsl_rng_free(rng);
    }
    return shared;
}

static void teardown(void *data)
{
    struct shared *shared = data;
    dataset_bytes_free(shared->text);
    free(shared->seed);
    free(shared);
}

struct model {
    size_t T, batch, width, dk, dv, c, reach;
    int fixed_bias;
    double beta;
    struct nn_tape *tape;
    struct nn_model *model;
    struct nn_tensor *embed, *wq, *wk, *wv, *wg, *wo, *read, *near;
    int32_t *index; /* [T][T]: the row of the bias of a pair */
    int32_t *input, *target;
    struct kmeans_average *codebook; /* NULL: not yet, or not at all */
    double *keys;                    /* [batch T][dk] */
    size_t *code;
    double gamma;
    double distortion;
    gsl_rng *rng;
};

static struct nn_tensor *weight(struct model *m, const char *name, size_t in, size_t out)
{
    struct nn_tensor *w = nn_parameter_new(m->model, name, nn_shape2(in, out));
    nn_init_fan_in(w, in, m->rng);
    return w;
}

static void model_make(struct model *m)
{
    m->tape = nn_tape_new(1);
    m->model = nn_model_new();
    m->embed = nn_parameter_new(m->model, "embed", nn_shape2(256, m->width));
    nn_init_normal(m->embed, 1, m->rng);
    m->wq = weight(m, "q", m->width, m->dk);
    m->wk = weight(m, "k", m->width, m->dk);
    m->wv = weight(m, "v", m->width, m->dv);
    m->wg = weight(m, "g", m->width, m->dv);
    m->wo = weight(m, "o", m->dv, m->width);
    m->read = weight(m, "read", m->width, 256);
    m->near = m->reach ? nn_parameter_new(m->model, "near", nn_shape2(m->reach, 1)) : NULL;
    if (m->near)
        nn_parameter_scale(m->near, m->fixed_bias ? 0 : 10,
                           1); /* scores are of the size of 1, weights of width^(-1/2) */
    size_t T = m->T, rows = m->batch * T;
    m->index = base_alloc(T * T, sizeof *m->index);
    for (size_t i = 0; i < T; i++)
        for (size_t j = 0; j < T; j++)
            m->index[i * T + j] = (int32_t)(j <= i && i - j < m->reach ? i - j : m->reach);
    m->input = base_alloc(rows, sizeof *m->input);
    m->target = base_alloc(rows, sizeof *m->target);
    m->keys = base_alloc(rows * m->dk, sizeof *m->keys);
    m->code = base_alloc(rows, sizeof *m->code);
}

static void model_free(struct model *m)
{
    nn_tape_free(m->tape);
    nn_model_free(m->model);
    kmeans_average_free(m->codebook);
    free(m->index);
    free(m->input);
    free(m->target);
    free(m->keys);
    free(m->code);
}

/* The centers of the keys as a constant; the codebook is started from the keys of the first batch. */
static struct nn_tensor *centers_of(struct model *m, const struct nn_tensor *k)
{
    size_t rows = m->batch * m->T;
    for (size_t i = 0; i < rows * m->dk; i++)
        m->keys[i] = (double)k->value[i];
    if (!m->codebook) {
        double *start = base_alloc(m->c * m->dk, sizeof *start);
        for (size_t s = 0; s < m->c * m->dk; s++)
            start[s] = m->keys[(s / m->dk * 7919 % rows) * m->dk + s % m->dk];
        m->codebook = kmeans_average_new(m->c, m->dk, m->gamma, 0.01, start);
        free(start);
    }
    m->distortion = kmeans_assign(rows, m->c, m->dk, m->keys, m->codebook->centers, m->code, NULL);
    struct nn_tensor *centers = nn_constant(m->tape, k->shape);
    for (size_t i = 0; i < rows; i++)
        for (size_t a = 0; a < m->dk; a++)
            centers->value[i * m->dk + a] = (float)m->codebook->centers[m->code[i] * m->dk + a];
    return centers;
}

/* The loss in nats a byte of the batch in input and target; with `commitment` the loss to differentiate. */
static struct nn_tensor *loss_of(struct model *m, struct nn_tensor **commitment)
{
    struct nn_tape *t = m->tape;
    size_t B = m->batch, T = m->T;
    double tau = pow((double)m->dk, -0.25); /* q and k carry d_k^(-1/4) each */
    nn_tape_reset(t);
    struct nn_tensor *x = nn_gather(t, m->embed, m->input, B * T), *h = nn_layer_norm(t, x, NULL, NULL, 1e-6);
    struct nn_tensor *q = nn_dense(t, h, m->wq, NULL, NN_IDENTITY),
                     *k = nn_dense(t, h, m->wk, NULL, NN_IDENTITY);
    struct nn_tensor *v = nn_dense(t, h, m->wv, NULL, NN_SILU), *g = nn_dense(t, h, m->wg, NULL, NN_SILU);
    q = nn_scale(t, nn_layer_norm(t, q, NULL, NULL, 1e-6), tau);
    k = nn_scale(t, nn_layer_norm(t, k, NULL, NULL, 1e-6), tau);
    *commitment = NULL;
    if (m->c) {
        struct nn_tensor *centers = centers_of(m, k);
        *commitment = nn_scale(t, nn_mean(t, nn_square(t, nn_sub(t, k, centers))), m->beta * (double)m->dk);
        k = nn_straight_through(t, k, centers);
    }
    struct nn_attention how = {.heads = 1, .causal = true, .scale = 1};
    if (m->near) {
        struct nn_tensor *zero = nn_constant(t, nn_shape2(1, 1));
        zero->value[0] = 0;
        struct nn_tensor *table = nn_concat(t, m->near, zero, 0);
        how.bias = nn_reshape(t, nn_gather(t, table, m->index, T * T), nn_shape2(T, T));
    }
    struct nn_tensor *o =
        nn_attend(t, nn_reshape(t, q, nn_shape3(B, T, m->dk)), nn_reshape(t, k, nn_shape3(B, T, m->dk)),
                  nn_reshape(t, v, nn_shape3(B, T, m->dv)), &how);
    o = nn_mul(t, nn_reshape(t, o, nn_shape2(B * T, m->dv)), g);
    struct nn_tensor *y = nn_add(t, x, nn_dense(t, o, m->wo, NULL, NN_IDENTITY));
    struct nn_tensor *z = nn_dense(t, nn_layer_norm(t, y, NULL, NULL, 1e-6), m->read, NULL, NN_IDENTITY);
    return nn_cross_entropy(t, z, m->target);
}

static void take(struct model *m, const struct dataset_bytes *text, size_t row, size_t begin)
{
    for (size_t i = 0; i < m->T; i++) {
        m->input[row * m->T + i] = text->byte[begin + i];
        m->target[row * m->T + i] = text->byte[begin + i + 1];
    }
}

static void cell(struct lab_cell *c)
{
    const struct shared *shared = lab_shared(c);
    const struct dataset_bytes *text = shared->text;
    size_t r = 0;
    while (strcmp(shared->replicate->text[r], lab_word(c, "replicate")))
        r++;
    struct model m = {.T = (size_t)lab_integer(c, "T"),
                      .batch = (size_t)lab_integer(c, "batch"),
                      .width = (size_t)lab_integer(c, "width"),
                      .dk = (size_t)lab_integer(c, "dk"),
                      .dv = (size_t)lab_integer(c, "dv"),
                      .c = (size_t)lab_integer(c, "c"),
                      .reach = (size_t)lab_integer(c, "bias"),
                      .beta = lab_real(c, "beta"),
                      .gamma = lab_real(c, "gamma"),
                      .fixed_bias = lab_control(c, "fixed_bias")};
    m.rng = rng_stream(shared->seed[r], "weights");
    gsl_rng *batches = rng_stream(shared->seed[r], "batches");
    size_t held = text->n / 10, trained = text->n - held, steps = (size_t)lab_integer(c, "steps"),
           evaluations = 0;
    if (held < 2 * (m.T + 1))
        lab_fail(c, "the text of %zu bytes is too short for windows of %zu", text->n, m.T);
    model_make(&m);
    struct nn_optimizer adam = nn_optimizer_new(NN_ADAM, lab_real(c, "rate"));
    struct nn_tensor *commitment;
    for (size_t step = 0; step < steps; step++) {
        for (size_t b = 0; b < m.batch; b++)
            take(&m, text, b, (size_t)gsl_rng_uniform_int(batches, trained - m.T));
        struct nn_tensor *loss = loss_of(&m, &commitment);
        if (commitment)
            loss = nn_add(m.tape, loss, commitment);
        nn_backward(m.tape, loss);
        if (m.c)
            kmeans_average_step(m.codebook, m.batch * m.T, m.keys);
        nn_optimizer_step(&adam, m.model,
                          nn_schedule_cosine((long)step, (long)steps / 10 + 1, (long)steps, 0.05));
    }
    double bits = 0;
    for (size_t at = 0; at < (size_t)lab_integer(c, "tests"); at++, evaluations++) {
        for (size_t b = 0; b < m.batch; b++)
            take(&m, text, b, trained + (size_t)gsl_rng_uniform_int(batches, held - m.T));
        bits += (double)loss_of(&m, &commitment)->value[0] / M_LN2;
    }
    lab_put(c, "bits", bits / (double)evaluations);
    if (m.c)
        lab_put(c, "distortion", m.distortion / sqrt((double)m.dk)); /* |k|^2 = sqrt(d_k) */
    model_free(&m);
    gsl_rng_free(m.rng);
    gsl_rng_free(batches);
}

static char *check(const struct lab_cell *c)
{
    double rows = lab_real(c, "T") * lab_real(c, "batch"), T = lab_real(c, "T"), width = lab_real(c, "width");
    double dk = lab_real(c, "dk"), dv = lab_real(c, "dv");
    double flop =
        6 * rows * (width * (2 * dk + 3 * dv + 256) + T * (dk + dv) / 2) + 4 * rows * lab_real(c, "c") * dk;
    flop *= lab_real(c, "steps") + lab_real(c, "tests") / 3;
    if (lab_real(c, "c") > rows)
        return base_format("--c %.0f codes are more than the %.0f keys of a batch", lab_real(c, "c"), rows);
    return vq_too_much("steps", lab_real(c, "steps"), flop,
                       40 * rows * (5 * width + 2 * dk + 4 * dv + 512) + 24 * T * T);
}

/* bits of the groups a minus b, replicate by replicate. */
static void measure_difference(struct lab *lab, const char *a, const char *b, const char *name)
{
    long i = lab_find(lab, a), j = lab_find(lab, b);
    if (i < 0 || j < 0)
        return;
    size_t n, m;
    const double *x = lab_column(lab, (size_t)i, "bits", &n), *y = lab_column(lab, (size_t)j, "bits", &m);
    double *difference = base_alloc(n, sizeof *difference);
    for (size_t r = 0; r < n; r++)
        difference[r] = x[r] - y[r];
    lab_measure_mean(lab, stats_mean_of(difference, n), "%s", name);
    free(difference);
}

static void summarize(struct lab *lab)
{
    measure_difference(lab, "c=16 bias=0", "c=16 bias=32", "bias_gain_16");
    measure_difference(lab, "c=0 bias=0", "c=0 bias=32", "bias_gain_0");
    measure_difference(lab, "c=4 bias=32", "c=256 bias=32", "codes_4_256");
    measure_difference(lab, "c=256 bias=32", "c=0 bias=32", "codes_256_0");
}

static const struct lab_spec spec = {
    .name = "vq/language",
    .about = "Bits a byte of a small language model with quantized keys",
    .axes = {{"data", "/usr/share/common-licenses", NULL, NULL, "Text: a file, or a folder of files",
              AXIS_FILE},
             {"T", "128", "64", "[2,65536]", "Bytes in a sequence", AXIS_INTEGER},
             {"batch", "4", "2", "[1,4096]", "Sequences a step", AXIS_INTEGER},
             {"width", "64", NULL, "[1,4096]", "Width of the model", AXIS_INTEGER},
             {"dk", "32", NULL, "[1,4096]", "Width of queries and keys", AXIS_INTEGER},
             {"dv", "128", NULL, "[1,16384]", "Width of values", AXIS_INTEGER},
             {"steps", "400", NULL, "[1,1e7]", "Steps of Adam", AXIS_INTEGER},
             {"rate", "0.01", NULL, "(0,1]", "Learning rate", AXIS_REAL},
             {"beta", "0.0001", NULL, "[0,1e3]", "Weight of the commitment loss", AXIS_REAL},
             {"gamma", "0.9", NULL, "[0,1]", "Decay of the codebook", AXIS_REAL},
             {"tests", "16", "4", "[1,1e6]", "Batches of the evaluation", AXIS_INTEGER},
             {"c", "0,4,16,64,256", "16", "[0,65536]", "Codes; 0: the keys as they are", AXIS_INTEGER},
             {"bias", "0,32", NULL, "[0,65536]", "How many of the nearest scores get a bias", AXIS_INTEGER},
             {"replicate", "0:11", "0:7", "[0,inf)", "Replicate", AXIS_INTEGER}},
    .columns = "bits,distortion",
    .fold = "replicate",
    .controls = "fixed_bias",
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
