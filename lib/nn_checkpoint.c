/* Checkpoints. A file is, in the byte order of the machine (little-endian on all we know):
 *
 *   "KLNNCKP1", u64 count, u64 extra bytes, u64 method, i64 step, f64 rate, beta1, beta2, epsilon, momentum,
 * decay, u64 relative rate; for every parameter u64 name bytes, name, u64 rank, 4 x u64 shape, 2 x u64 state
 * sizes, f64 rate scale, f64 decay scale, f32 values, f32 states; the extra bytes; u64 FNV-1a of all before.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base.h"
#include "nn_internal.h"

static const char magic[8] = {'K', 'L', 'N', 'N', 'C', 'K', 'P', '1'};

/* ---- writing ---- */

struct writer {
    FILE *stream;
    uint64_t hash;
};

static void put(struct writer *w, const void *bytes, size_t count) {
    w->hash = base_hash(w->hash, bytes, count);
    fwrite(bytes, 1, count, w->stream); /* errors are found by base_output_commit */
}

static void put_u64(struct writer *w, uint64_t value) {
    put(w, &value, sizeof value);
}

static void put_real(struct writer *w, double value) {
    put(w, &value, sizeof value);
}

void nn_checkpoint_save(const char *path, const struct nn_model *model, const struct nn_optimizer *optimizer,
                        const void *extra, size_t extra_size) {
    struct base_output *output = base_output_open(path);
    struct writer w = {base_output_stream(output), base_hash_start()};
    put(&w, magic, sizeof magic);
    put_u64(&w, model->count);
    put_u64(&w, extra_size);
    put_u64(&w, (uint64_t)optimizer->method);
    put_u64(&w, (uint64_t)optimizer->step);
    const double real[6] = {optimizer->rate,    optimizer->beta1,    optimizer->beta2,
                            optimizer->epsilon, optimizer->momentum, optimizer->decay};
    for (int i = 0; i < 6; i++) {
        put_real(&w, real[i]);
    }
    put_u64(&w, optimizer->relative_rate);
    for (size_t i = 0; i < model->count; i++) {
        const struct nn_parameter *p = model->parameter[i];
        put_u64(&w, strlen(p->name));
        put(&w, p->name, strlen(p->name));
        put_u64(&w, (uint64_t)p->tensor.shape.rank);
        for (int j = 0; j < NN_DIMS; j++) {
            put_u64(&w, p->tensor.shape.dim[j]);
        }
        put_u64(&w, p->state_size[0]);
        put_u64(&w, p->state_size[1]);
        put_real(&w, p->rate_scale);
        put_real(&w, p->decay_scale);
        put(&w, p->tensor.value, p->tensor.size * sizeof(float));
        for (int j = 0; j < 2; j++) {
            if (p->state_size[j]) {
                put(&w, p->state[j], p->state_size[j] * sizeof(float));
            }
        }
    }
    if (extra_size) {
        put(&w, extra, extra_size);
    }
    uint64_t hash = w.hash;
    fwrite(&hash, 1, sizeof hash, w.stream);
    base_output_commit(output);
}

/* ---- reading ---- */

struct reader {
    const char *at;
    size_t left;
    bool short_of;
};

static const char *get(struct reader *r, size_t count) {
    if (r->short_of || count > r->left) {
        r->short_of = true;
        return NULL;
    }
    const char *bytes = r->at;
    r->at += count;
    r->left -= count;
    return bytes;
}

static uint64_t get_u64(struct reader *r) {
    uint64_t value = 0;
    const char *bytes = get(r, sizeof value);
    if (bytes) {
        memcpy(&value, bytes, sizeof value);
    }
    return value;
}

static double get_real(struct reader *r) {
    double value = 0;
    const char *bytes = get(r, sizeof value);
    if (bytes) {
        memcpy(&value, bytes, sizeof value);
    }
    return value;
}

static const char *get_floats(struct reader *r, uint64_t count) {
    return get(r, count <= SIZE_MAX / sizeof(float) ? (size_t)count * sizeof(float) : SIZE_MAX);
}

static struct nn_optimizer get_optimizer(struct reader *r) {
    struct nn_optimizer o;
    memset(&o, 0, sizeof o);
    o.method = (enum nn_method)get_u64(r);
    o.step = (long)get_u64(r);
    double *real[6] = {&o.rate, &o.beta1, &o.beta2, &o.epsilon, &o.momentum, &o.decay};
    for (int i = 0; i < 6; i++) {
        *real[i] = get_real(r);
    }
    o.relative_rate = get_u64(r) != 0;
    return o;
}

/* Reads one parameter; with `apply` into the model. Returns why it cannot be, or NULL. */
static const char *get_parameter(struct reader *r, struct nn_parameter *p, bool apply) {
    uint64_t length = get_u64(r);
    const char *name = get(r, length <= SIZE_MAX ? (size_t)length : SIZE_MAX);
    if (!name || length != strlen(p->name) || memcmp(name, p->name, length) != 0) {
        return "another parameter name";
    }
    if (get_u64(r) != (uint64_t)p->tensor.shape.rank) {
        return "another number of dimensions";
    }
    for (int i = 0; i < NN_DIMS; i++) {
        if (get_u64(r) != p->tensor.shape.dim[i]) {
            return "another shape";
        }
    }
    uint64_t size[2] = {get_u64(r), get_u64(r)};
    double scale[2] = {get_real(r), get_real(r)};
    const char *value = get_floats(r, p->tensor.size);
    const char *state[2] = {get_floats(r, size[0]), NULL};
    state[1] = get_floats(r, size[1]);
    if (r->short_of) {
        return "too short";
    }
    if (apply) {
        p->rate_scale = scale[0];
        p->decay_scale = scale[1];
        memcpy(p->tensor.value, value, p->tensor.size * sizeof(float));
        for (int i = 0; i < 2; i++) {
            free(p->state[i]);
            p->state_size[i] = (size_t)size[i];
            p->state[i] = size[i] ? base_alloc(p->state_size[i], sizeof(float)) : NULL;
            if (size[i]) {
                memcpy(p->state[i], state[i], p->state_size[i] * sizeof(float));
            }
        }
    }
    return NULL;
}

static const char *read_all(const char *bytes, size_t length, struct nn_model *model,
                            struct nn_optimizer *optimizer, void *extra, size_t extra_size, bool apply) {
    struct reader r = {bytes, length, false};
    const char *begin = get(&r, sizeof magic);
    if (!begin || memcmp(begin, magic, sizeof magic) != 0) {
        return "not a checkpoint";
    }
    if (get_u64(&r) != model->count || get_u64(&r) != extra_size) {
        return "another number of parameters or extra bytes";
    }
    struct nn_optimizer read = get_optimizer(&r);
    for (size_t i = 0; i < model->count; i++) {
        const char *why = get_parameter(&r, model->parameter[i], apply);
        if (why) {
            return why;
        }
    }
    const char *rest = get(&r, extra_size);
    if (r.short_of || r.left) {
        return "wrong length";
    }
    if (apply) {
        *optimizer = read;
        if (extra_size) {
            memcpy(extra, rest, extra_size);
        }
        nn_model_forget_gradients(model);
    }
    return NULL;
}

enum nn_loaded nn_checkpoint_load(const char *path, struct nn_model *model, struct nn_optimizer *optimizer,
                                  void *extra, size_t extra_size, const char **why) {
    size_t length;
    char *bytes = base_read_file(path, &length);
    if (!bytes) {
        if (errno == ENOENT) {
            return NN_ABSENT;
        }
        if (why) {
            *why = "cannot be read";
        }
        return NN_REFUSED;
    }
    const char *reason = NULL;
    uint64_t stored = 0;
    if (length < sizeof magic + sizeof stored) {
        reason = "too short";
    } else {
        length -= sizeof stored;
        memcpy(&stored, bytes + length, sizeof stored);
        reason = base_hash(base_hash_start(), bytes, length) == stored
                     ? read_all(bytes, length, model, optimizer, extra, extra_size, false)
                     : "the checksum does not hold";
    }
    if (!reason) {
        read_all(bytes, length, model, optimizer, extra, extra_size, true);
    }
    free(bytes);
    if (reason && why) {
        *why = reason;
    }
    return reason ? NN_REFUSED : NN_LOADED;
}
