/* Initializers and layers. */
#include <math.h>
#include <stdlib.h>

#include <gsl/gsl_randist.h>

#include "base.h"
#include "linalg.h"
#include "nn_internal.h"
#include "rng.h"

/* ---- initializers ---- */

static double fan_out(const struct nn_tensor *w) {
    return (double)nn_last(w);
}

static double fan_in(const struct nn_tensor *w) {
    return (double)(w->size / nn_last(w));
}

void nn_init_constant(struct nn_tensor *w, double value) {
    for (size_t i = 0; i < w->size; i++) {
        w->value[i] = (float)value;
    }
}

void nn_init_uniform(struct nn_tensor *w, double limit, gsl_rng *rng) {
    for (size_t i = 0; i < w->size; i++) {
        w->value[i] = (float)(limit * (2 * gsl_rng_uniform_pos(rng) - 1));
    }
}

void nn_init_normal(struct nn_tensor *w, double deviation, gsl_rng *rng) {
    for (size_t i = 0; i < w->size; i++) {
        w->value[i] = (float)(deviation * rng_normal(rng));
    }
}

void nn_init_truncated_normal(struct nn_tensor *w, double deviation, gsl_rng *rng) {
    for (size_t i = 0; i < w->size; i++) {
        double z;
        do {
            z = rng_normal(rng);
        } while (fabs(z) > 2);
        w->value[i] = (float)(deviation * z);
    }
}

void nn_init_fan_in(struct nn_tensor *w, size_t in, gsl_rng *rng) {
    nn_init_uniform(w, 1 / sqrt((double)in), rng);
}

void nn_init_xavier_uniform(struct nn_tensor *w, double gain, gsl_rng *rng) {
    nn_init_uniform(w, gain * sqrt(6 / (fan_in(w) + fan_out(w))), rng);
}

void nn_init_xavier_normal(struct nn_tensor *w, double gain, gsl_rng *rng) {
    nn_init_normal(w, gain * sqrt(2 / (fan_in(w) + fan_out(w))), rng);
}

void nn_init_he_uniform(struct nn_tensor *w, gsl_rng *rng) {
    nn_init_uniform(w, sqrt(6 / fan_in(w)), rng);
}

void nn_init_he_normal(struct nn_tensor *w, gsl_rng *rng) {
    nn_init_normal(w, sqrt(2 / fan_in(w)), rng);
}

/* Q of the QR factorization of a tall normal matrix, its columns signed by the diagonal of R: uniform (Haar).
 */
void nn_init_orthogonal(struct nn_tensor *w, double gain, gsl_rng *rng) {
    size_t in = w->size / nn_last(w), out = nn_last(w);
    bool tall = in >= out;
    size_t m = tall ? in : out, n = tall ? out : in;
    double *a = base_alloc(m * n, sizeof *a);
    double *q = base_alloc(m * n, sizeof *q);
    double *r = base_alloc(n * n, sizeof *r);
    rng_normals(rng, a, m * n);
    linalg_qr(m, n, a, q, r);
    for (size_t i = 0; i < m; i++) {
        for (size_t j = 0; j < n; j++) {
            double value = gain * (r[j * n + j] < 0 ? -q[i * n + j] : q[i * n + j]);
            w->value[tall ? i * n + j : j * m + i] = (float)value;
        }
    }
    free(a);
    free(q);
    free(r);
}

/* ---- layers ---- */

static struct nn_tensor *part_new(struct nn_model *model, const char *name, const char *part,
                                  struct nn_shape shape) {
    char *full = base_format("%s.%s", name, part);
    struct nn_tensor *p = nn_parameter_new(model, full, shape);
    free(full);
    return p;
}

struct nn_linear nn_linear_new(struct nn_model *model, const char *name, size_t in, size_t out, bool bias,
                               gsl_rng *rng) {
    struct nn_linear layer = {part_new(model, name, "w", nn_shape2(in, out)), NULL};
    nn_init_fan_in(layer.w, in, rng);
    if (bias) {
        layer.b = part_new(model, name, "b", nn_shape1(out));
        nn_init_fan_in(layer.b, in, rng);
    }
    return layer;
}

struct nn_tensor *nn_linear_apply(struct nn_tape *tape, const struct nn_linear *layer, struct nn_tensor *x,
                                  enum nn_activation activation) {
    return nn_dense(tape, x, layer->w, layer->b, activation);
}

struct nn_mlp nn_mlp_new(struct nn_model *model, const char *name, const size_t *width, size_t layers,
                         enum nn_activation activation, gsl_rng *rng) {
    if (layers < 1 || layers > NN_MLP_LAYERS) {
        nn_refuse("nn_mlp_new", "too many layers");
    }
    struct nn_mlp mlp = {layers, activation, {{NULL, NULL}}};
    for (size_t i = 0; i < layers; i++) {
        char *part = base_format("%s.%zu", name, i);
        mlp.layer[i] = nn_linear_new(model, part, width[i], width[i + 1], true, rng);
        free(part);
    }
    return mlp;
}

struct nn_tensor *nn_mlp_apply(struct nn_tape *tape, const struct nn_mlp *mlp, struct nn_tensor *x) {
    for (size_t i = 0; i < mlp->layers; i++) {
        x = nn_linear_apply(tape, &mlp->layer[i], x, i + 1 < mlp->layers ? mlp->activation : NN_IDENTITY);
    }
    return x;
}

static struct nn_tensor *norm_part(struct nn_model *model, const char *name, const char *part, size_t width,
                                   double value) {
    struct nn_tensor *p = part_new(model, name, part, nn_shape1(width));
    nn_init_constant(p, value);
    nn_parameter_scale(p, 1, 0);
    return p;
}

struct nn_block nn_block_new(struct nn_model *model, const char *name, size_t width, size_t hidden,
                             gsl_rng *rng) {
    static const char *const part[4] = {"qkv", "proj", "up", "down"};
    const size_t in[4] = {width, width, width, hidden}, out[4] = {3 * width, width, hidden, width};
    struct nn_block block;
    block.gain1 = norm_part(model, name, "norm1.gain", width, 1);
    block.bias1 = norm_part(model, name, "norm1.bias", width, 0);
    block.gain2 = norm_part(model, name, "norm2.gain", width, 1);
    block.bias2 = norm_part(model, name, "norm2.bias", width, 0);
    struct nn_linear *layer[4] = {&block.qkv, &block.proj, &block.up, &block.down};
    for (int i = 0; i < 4; i++) {
        char *full = base_format("%s.%s", name, part[i]);
        *layer[i] = nn_linear_new(model, full, in[i], out[i], true, rng);
        nn_parameter_scale(layer[i]->b, 1, 0);
        free(full);
    }
    return block;
}

struct nn_tensor *nn_block_apply(struct nn_tape *tape, const struct nn_block *block, struct nn_tensor *x,
                                 const struct nn_attention *how) {
    struct nn_tensor *h = nn_layer_norm(tape, x, block->gain1, block->bias1, 1e-5);
    h = nn_attend_qkv(tape, nn_linear_apply(tape, &block->qkv, h, NN_IDENTITY), how);
    x = nn_add(tape, x, nn_linear_apply(tape, &block->proj, h, NN_IDENTITY));
    h = nn_layer_norm(tape, x, block->gain2, block->bias2, 1e-5);
    h = nn_linear_apply(tape, &block->up, h, NN_GELU);
    return nn_add(tape, x, nn_linear_apply(tape, &block->down, h, NN_IDENTITY));
}
