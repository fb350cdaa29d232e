/* Losses and gradients of lib/nn against PyTorch's on the same weights and batches, from the dumps that
 * `nn_torch.py dump FOLDER` writes: a perceptron, a transformer block, a whole small language model.
 *
 * usage: nn_compare FOLDER; exit status 1 when something differs by more than float32 rounding allows.
 *
 * Both sides round: a gradient is a sum over paths of up to ROUNDINGS operations, each off by 2^-24 of
 * numbers no larger than the largest gradient of the model.
 */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base.h"
#include "linalg.h"
#include "nn.h"
#include "rng.h"

enum { ROUNDINGS = 500, SYMBOLS = 19, CONTEXT = 70, SEQUENCES = 4, WIDTH = 32, HEADS = 2, LAYERS = 2 };

/* ---- dumps: u64 name bytes, name, u64 count, values ---- */

struct dump {
    char *path, *bytes;
    size_t length;
};

static struct dump dump_open(const char *folder, const char *name) {
    struct dump d = {.path = base_format("%s/%s", folder, name)};
    d.bytes = base_read_file(d.path, &d.length);
    if (!d.bytes) {
        base_die(BASE_RUN_FAILED, "%s: %s", d.path, strerror(errno));
    }
    return d;
}

static void dump_close(struct dump *d) {
    free(d->path);
    free(d->bytes);
}

/* the array KIND.NAME (or NAME) of `count` values, copied */
static void dump_get(const struct dump *d, const char *kind, const char *name, float *to, size_t count) {
    char *full = kind ? base_format("%s.%s", kind, name) : base_copy(name);
    for (size_t at = 0; at + 8 <= d->length;) {
        uint64_t size[2];
        memcpy(&size[0], d->bytes + at, 8);
        const char *found = d->bytes + at + 8;
        if (size[0] > d->length - at - 16) {
            break;
        }
        at += 8 + size[0];
        memcpy(&size[1], d->bytes + at, 8);
        at += 8;
        if (size[0] == strlen(full) && memcmp(found, full, size[0]) == 0 && size[1] == count &&
            count <= (d->length - at) / sizeof *to) {
            memcpy(to, d->bytes + at, count * sizeof *to);
            free(full);
            return;
        }
        at += size[1] * sizeof *to;
    }
    base_die(BASE_RUN_FAILED, "%s: no array %s of %zu values", d->path, full, count);
}

static void dump_integers(const struct dump *d, const char *name, int32_t *to, size_t count) {
    float *values = base_alloc(count, sizeof *values);
    dump_get(d, NULL, name, values, count);
    for (size_t i = 0; i < count; i++) {
        to[i] = (int32_t)values[i];
    }
    free(values);
}

/* ---- comparison ---- */

/* PyTorch's name of a parameter of ours */
static char *their_name(const char *ours) {
    static const char *const pair[][2] = {{".gain", ".weight"}, {".w", ".weight"}, {".b", ".bias"}};
    char *name = base_copy(ours);
    for (size_t i = 0; i < sizeof pair / sizeof *pair; i++) {
        size_t n = strlen(name), tail = strlen(pair[i][0]);
        if (n > tail && strcmp(name + n - tail, pair[i][0]) == 0) {
            name[n - tail] = 0;
            char *longer = base_format("%s%s", name, pair[i][1]);
            free(name);
            return longer;
        }
    }
    return name;
}

static void load(const struct dump *d, struct nn_model *model) {
    for (size_t i = 0; i < model->count; i++) {
        char *name = their_name(model->parameter[i]->name);
        dump_get(d, "value", name, model->parameter[i]->tensor.value, model->parameter[i]->tensor.size);
        free(name);
    }
}

static int compare(const struct dump *d, const struct nn_model *model, const struct nn_tensor *loss) {
    float want_loss;
    dump_get(d, NULL, "loss", &want_loss, 1);
    double largest = 0, worst = 0;
    for (size_t i = 0; i < model->count; i++) {
        const struct nn_tensor *p = &model->parameter[i]->tensor;
        char *name = their_name(model->parameter[i]->name);
        float *want = base_alloc(p->size, sizeof *want);
        dump_get(d, "grad", name, want, p->size);
        for (size_t j = 0; j < p->size; j++) {
            double error = fabs((double)p->grad[j] - (double)want[j]);
            largest = fmax(largest, fabs((double)want[j]));
            worst = error <= worst ? worst : error; /* NaN stays */
        }
        free(want);
        free(name);
    }
    double off = fabs((double)loss->value[0] / (double)want_loss - 1);
    bool same = worst <= ROUNDINGS * 0x1p-24 * largest && off <= ROUNDINGS * 0x1p-24;
    printf("%s: loss %.7g (PyTorch %.7g), gradients differ by at most %.2g of the largest, %.3g: %s\n",
           d->path, (double)loss->value[0], (double)want_loss, worst / largest, largest,
           same ? "same" : "DIFFERENT");
    return same ? 0 : 1;
}

/* ---- the models ---- */

static int compare_mlp(const char *folder, struct nn_tape *tape, gsl_rng *rng) {
    struct dump d = dump_open(folder, "mlp");
    struct nn_model *model = nn_model_new();
    struct nn_linear a = nn_linear_new(model, "0", 17, 33, true, rng);
    struct nn_linear b = nn_linear_new(model, "2", 33, 29, true, rng);
    struct nn_linear c = nn_linear_new(model, "4", 29, 11, true, rng);
    load(&d, model);
    int32_t label[23];
    dump_integers(&d, "label", label, 23);
    nn_tape_reset(tape);
    struct nn_tensor *x = nn_constant(tape, nn_shape2(23, 17));
    dump_get(&d, NULL, "x", x->value, x->size);
    x = nn_linear_apply(tape, &b, nn_linear_apply(tape, &a, x, NN_TANH), NN_RELU);
    struct nn_tensor *loss = nn_cross_entropy(tape, nn_linear_apply(tape, &c, x, NN_IDENTITY), label);
    nn_backward(tape, loss);
    int status = compare(&d, model, loss);
    nn_model_free(model);
    dump_close(&d);
    return status;
}

/* Our block under PyTorch's names, which have no prefix there. */
static struct nn_block block_new(struct nn_model *model, const char *prefix, size_t width, gsl_rng *rng) {
    static const char *const part[4] = {"qkv", "proj", "up", "down"};
    const size_t in[4] = {width, width, width, 4 * width}, out[4] = {3 * width, width, 4 * width, width};
    struct nn_block block;
    struct nn_tensor **norm[4] = {&block.gain1, &block.bias1, &block.gain2, &block.bias2};
    struct nn_linear *linear[4] = {&block.qkv, &block.proj, &block.up, &block.down};
    for (size_t i = 0; i < 4; i++) {
        char *name = base_format("%snorm%zu.%s", prefix, i / 2 + 1, i % 2 ? "bias" : "gain");
        *norm[i] = nn_parameter_new(model, name, nn_shape1(width));
        free(name);
        name = base_format("%s%s", prefix, part[i]);
        *linear[i] = nn_linear_new(model, name, in[i], out[i], true, rng);
        free(name);
    }
    return block;
}

static int compare_block(const char *folder, struct nn_tape *tape, gsl_rng *rng) {
    struct dump d = dump_open(folder, "block");
    struct nn_model *model = nn_model_new();
    struct nn_block block = block_new(model, "", 48, rng);
    load(&d, model);
    nn_tape_reset(tape);
    struct nn_tensor *x = nn_constant(tape, nn_shape3(3, 37, 48)), *weight = nn_constant(tape, x->shape);
    dump_get(&d, NULL, "x", x->value, x->size);
    dump_get(&d, NULL, "weight", weight->value, weight->size);
    struct nn_attention how = {.heads = 4, .causal = true};
    struct nn_tensor *loss = nn_sum(tape, nn_mul(tape, nn_block_apply(tape, &block, x, &how), weight));
    nn_backward(tape, loss);
    int status = compare(&d, model, loss);
    nn_model_free(model);
    dump_close(&d);
    return status;
}

static int compare_transformer(const char *folder, struct nn_tape *tape, gsl_rng *rng) {
    struct dump d = dump_open(folder, "transformer");
    struct nn_model *model = nn_model_new();
    struct nn_tensor *token = nn_parameter_new(model, "token.w", nn_shape2(SYMBOLS, WIDTH));
    struct nn_tensor *position = nn_parameter_new(model, "position.w", nn_shape2(CONTEXT, WIDTH));
    struct nn_block block[LAYERS];
    for (size_t i = 0; i < LAYERS; i++) {
        char *prefix = base_format("blocks.%zu.", i);
        block[i] = block_new(model, prefix, WIDTH, rng);
        free(prefix);
    }
    struct nn_tensor *gain = nn_parameter_new(model, "norm.gain", nn_shape1(WIDTH));
    struct nn_tensor *bias = nn_parameter_new(model, "norm.bias", nn_shape1(WIDTH));
    struct nn_linear head = nn_linear_new(model, "head", WIDTH, SYMBOLS, true, rng);
    load(&d, model);
    int32_t input[SEQUENCES * CONTEXT], target[SEQUENCES * CONTEXT];
    dump_integers(&d, "input", input, SEQUENCES * CONTEXT);
    dump_integers(&d, "target", target, SEQUENCES * CONTEXT);
    nn_tape_reset(tape);
    struct nn_tensor *x = nn_gather(tape, token, input, SEQUENCES * CONTEXT);
    x = nn_add(tape, nn_reshape(tape, x, nn_shape3(SEQUENCES, CONTEXT, WIDTH)), position);
    struct nn_attention how = {.heads = HEADS, .causal = true};
    for (size_t i = 0; i < LAYERS; i++) {
        x = nn_block_apply(tape, &block[i], x, &how);
    }
    x = nn_linear_apply(tape, &head, nn_layer_norm(tape, x, gain, bias, 1e-5), NN_IDENTITY);
    struct nn_tensor *loss = nn_cross_entropy(tape, x, target);
    nn_backward(tape, loss);
    int status = compare(&d, model, loss);
    nn_model_free(model);
    dump_close(&d);
    return status;
}

int main(int argc, char **argv) {
    base_program_set(argv[0]);
    if (argc != 2) {
        base_die(BASE_BAD_USAGE, "usage: nn_compare FOLDER");
    }
    linalg_single_thread();
    gsl_rng *rng = rng_stream(1, "bench/nn_compare"); /* the first values are overwritten */
    struct nn_tape *tape = nn_tape_new(1);
    int status = compare_mlp(argv[1], tape, rng) | compare_block(argv[1], tape, rng) |
                 compare_transformer(argv[1], tape, rng);
    nn_tape_free(tape);
    gsl_rng_free(rng);
    return status ? BASE_CLAIM_FELL : BASE_DONE;
}
