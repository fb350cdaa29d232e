#include "nn_internal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base.h"

enum { ALIGNMENT = 64, FIRST_CHUNK = 1 << 18 };

void nn_refuse(const char *operation, const char *why) {
    base_die(BASE_RUN_FAILED, "%s: %s", operation, why);
}

/* ---- shapes ---- */

struct nn_shape nn_shape1(size_t a) {
    return (struct nn_shape){1, {a, 1, 1, 1}};
}

struct nn_shape nn_shape2(size_t a, size_t b) {
    return (struct nn_shape){2, {a, b, 1, 1}};
}

struct nn_shape nn_shape3(size_t a, size_t b, size_t c) {
    return (struct nn_shape){3, {a, b, c, 1}};
}

struct nn_shape nn_shape4(size_t a, size_t b, size_t c, size_t d) {
    return (struct nn_shape){4, {a, b, c, d}};
}

size_t nn_shape_size(struct nn_shape s) {
    size_t size = 1;
    for (int i = 0; i < s.rank; i++) {
        size *= s.dim[i];
    }
    return size;
}

/* ---- the arena ---- */

static size_t tape_used(const struct nn_tape *tape) {
    size_t used = 0;
    for (const struct nn_chunk *c = tape->chunk; c; c = c->below) {
        used += c->used;
    }
    return used;
}

static void chunk_push(struct nn_tape *tape, size_t size) {
    struct nn_chunk *c = base_alloc(1, sizeof *c);
    c->bytes = base_alloc(size + ALIGNMENT, 1);
    c->size = size + ALIGNMENT;
    c->used = (ALIGNMENT - (uintptr_t)c->bytes % ALIGNMENT) % ALIGNMENT;
    c->below = tape->chunk;
    tape->chunk = c;
}

static void chunk_pop(struct nn_tape *tape) {
    struct nn_chunk *c = tape->chunk;
    tape->chunk = c->below;
    free(c->bytes);
    free(c);
}

void *nn_memory(struct nn_tape *tape, size_t count, size_t size) {
    if (size && count > SIZE_MAX / 2 / size) {
        nn_refuse("nn_memory", "a tensor larger than the address space");
    }
    size_t bytes = (count * size + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    struct nn_chunk *c = tape->chunk;
    if (!c || c->size - c->used < bytes) {
        size_t grown = c ? c->size / 2 : FIRST_CHUNK;
        chunk_push(tape, bytes > grown ? bytes : grown);
        c = tape->chunk;
    }
    void *p = c->bytes + c->used;
    c->used += bytes;
    size_t used = tape_used(tape);
    if (used > tape->usage.peak_bytes) {
        tape->usage.peak_bytes = used;
    }
    return p;
}

struct nn_mark nn_scratch_mark(const struct nn_tape *tape) {
    return (struct nn_mark){tape->chunk, tape->chunk ? tape->chunk->used : 0};
}

/* Chunks begun since the mark stay, below the reach of the mark, until the next reset merges all. */
void nn_scratch_release(struct nn_tape *tape, struct nn_mark mark) {
    if (tape->chunk == mark.chunk && mark.chunk) {
        mark.chunk->used = mark.used;
    }
}

struct nn_tape *nn_tape_new(int threads) {
    if (threads < 1) {
        nn_refuse("nn_tape_new", "threads must be at least 1");
    }
    struct nn_tape *tape = base_alloc(1, sizeof *tape);
    tape->threads = threads;
    return tape;
}

void nn_tape_free(struct nn_tape *tape) {
    if (!tape) {
        return;
    }
    while (tape->chunk) {
        chunk_pop(tape);
    }
    free(tape->node);
    free(tape->spare);
    free(tape);
}

void nn_tape_reset(struct nn_tape *tape) {
    tape->nodes = 0;
    tape->spares = 0;
    tape->usage.value_bytes = tape->usage.largest_bytes = 0;
    if (tape->chunk && tape->chunk->below) {
        size_t total = 0;
        while (tape->chunk) {
            total += tape->chunk->used;
            chunk_pop(tape);
        }
        chunk_push(tape, total);
    } else if (tape->chunk) {
        tape->chunk->used = (ALIGNMENT - (uintptr_t)tape->chunk->bytes % ALIGNMENT) % ALIGNMENT;
    }
}

void nn_tape_timing(struct nn_tape *tape, bool timing) {
    tape->timing = timing;
}

struct nn_usage nn_tape_usage(const struct nn_tape *tape) {
    return tape->usage;
}

double nn_clock(const struct nn_tape *tape) {
    if (!tape->timing) {
        return 0;
    }
    struct timespec t;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* ---- nodes ---- */

struct nn_tensor *nn_node(struct nn_tape *tape, struct nn_shape shape, bool value, int inputs,
                          struct nn_tensor *const *input,
                          void (*backward)(struct nn_tape *, struct nn_tensor *)) {
    struct nn_tensor *y = nn_memory(tape, 1, sizeof *y);
    memset(y, 0, sizeof *y);
    y->shape = shape;
    y->size = nn_shape_size(shape);
    y->inputs = inputs;
    for (int i = 0; i < inputs; i++) {
        y->input[i] = input[i];
        if (input[i] && input[i]->trains) {
            y->trains = true;
        }
    }
    y->backward = backward;
    if (value) {
        y->value = nn_memory(tape, y->size, sizeof *y->value);
        size_t bytes = y->size * sizeof *y->value;
        tape->usage.value_bytes += bytes;
        tape->usage.largest_bytes = bytes > tape->usage.largest_bytes ? bytes : tape->usage.largest_bytes;
    }
    if (tape->nodes == tape->node_room) {
        tape->node_room = tape->node_room ? 2 * tape->node_room : 256;
        tape->node = base_grow(tape->node, tape->node_room, sizeof *tape->node);
    }
    y->index = tape->nodes;
    tape->node[tape->nodes++] = y;
    return y;
}

static void shape_check(struct nn_shape shape) {
    if (shape.rank < 1 || shape.rank > NN_DIMS || nn_shape_size(shape) == 0) {
        nn_refuse("nn_shape", "a tensor needs 1 to 4 dimensions of at least 1");
    }
}

struct nn_tensor *nn_constant(struct nn_tape *tape, struct nn_shape shape) {
    shape_check(shape);
    return nn_node(tape, shape, true, 0, NULL, NULL);
}

struct nn_tensor *nn_constant_of(struct nn_tape *tape, struct nn_shape shape, const float *values) {
    struct nn_tensor *x = nn_constant(tape, shape);
    memcpy(x->value, values, x->size * sizeof *values);
    return x;
}

struct nn_tensor *nn_variable(struct nn_tape *tape, struct nn_shape shape) {
    struct nn_tensor *x = nn_constant(tape, shape);
    x->leaf = true;
    x->trains = true;
    return x;
}

/* ---- gradients ---- */

bool nn_grad_wanted(const struct nn_tape *tape, const struct nn_tensor *x) {
    return x && (tape->restricted ? x->marked : x->trains);
}

/* The smallest recycled block that holds `size` numbers and is not wastefully large. */
static float *grad_take(struct nn_tape *tape, size_t size) {
    size_t best = tape->spares;
    for (size_t i = 0; i < tape->spares; i++) {
        size_t have = tape->spare[i].size;
        if (have >= size && have <= 2 * size + 64 &&
            (best == tape->spares || have < tape->spare[best].size)) {
            best = i;
        }
    }
    if (best == tape->spares) {
        return nn_memory(tape, size, sizeof(float));
    }
    float *value = tape->spare[best].value;
    tape->spare[best] = tape->spare[--tape->spares];
    return value;
}

static void grad_give(struct nn_tape *tape, float *value, size_t size) {
    if (tape->spares == tape->spare_room) {
        tape->spare_room = tape->spare_room ? 2 * tape->spare_room : 64;
        tape->spare = base_grow(tape->spare, tape->spare_room, sizeof *tape->spare);
    }
    tape->spare[tape->spares++] = (struct nn_spare){value, size};
}

float *nn_grad_open(struct nn_tape *tape, struct nn_tensor *x, bool *add) {
    if (!nn_grad_wanted(tape, x)) {
        return NULL;
    }
    *add = x->grad_set;
    x->grad_set = true;
    if (!x->grad) {
        x->grad = x->leaf ? nn_memory(tape, x->size, sizeof(float)) : grad_take(tape, x->size);
    }
    return x->grad;
}

float *nn_grad_steal(struct nn_tape *tape, struct nn_tensor *y, struct nn_tensor *x, bool *add) {
    if (nn_grad_wanted(tape, x) && !x->grad && !x->leaf && x->size == y->size) {
        x->grad = y->grad;
        x->grad_set = true;
        y->grad = NULL;
        *add = false;
        return x->grad;
    }
    return nn_grad_open(tape, x, add);
}

static void sweep(struct nn_tape *tape, size_t from, size_t to) {
    for (size_t i = from + 1; i-- > to;) {
        struct nn_tensor *y = tape->node[i];
        if (y->leaf || !y->grad_set) {
            continue;
        }
        if (y->backward) {
            y->backward(tape, y);
        }
        if (y->grad) {
            grad_give(tape, y->grad, y->size);
            y->grad = NULL;
        }
        y->grad_set = false;
    }
}

void nn_backward(struct nn_tape *tape, struct nn_tensor *loss) {
    if (loss->size != 1 || loss->persistent) {
        nn_refuse("nn_backward", "the loss must be a scalar made on the tape");
    }
    bool add;
    float *seed = nn_grad_open(tape, loss, &add);
    if (seed) {
        seed[0] = add ? seed[0] + 1.0f : 1.0f;
        sweep(tape, loss->index, 0);
    }
}

struct nn_tensor *nn_gradient(struct nn_tape *tape, struct nn_tensor *y, struct nn_tensor *x) {
    if (x->persistent || y->persistent || x->index > y->index) {
        nn_refuse("nn_gradient", "both tensors must be on the tape, x before y");
    }
    struct nn_tensor *g = nn_constant(tape, x->shape);
    for (size_t i = x->index; i <= y->index; i++) {
        struct nn_tensor *n = tape->node[i];
        n->marked = i == x->index;
        for (int j = 0; j < n->inputs; j++) {
            struct nn_tensor *in = n->input[j];
            n->marked |= in && !in->persistent && in->index >= x->index && in->marked;
        }
    }
    if (!y->marked) {
        memset(g->value, 0, g->size * sizeof *g->value);
        return g;
    }
    /* The gradient of x itself is set aside when x is a variable with a sum of its own, or may be in use. */
    float *kept = x->grad;
    bool kept_set = x->grad_set;
    bool kept_leaf = x->leaf;
    x->grad = g->value;
    x->grad_set = false;
    x->leaf = true;
    tape->restricted = true;
    bool add;
    float *seed = nn_grad_open(tape, y, &add);
    for (size_t i = 0; i < y->size; i++) {
        seed[i] = 1.0f;
    }
    if (y != x) {
        sweep(tape, y->index, x->index + 1);
    }
    tape->restricted = false;
    if (!x->grad_set) { /* every path to x was stopped */
        memset(g->value, 0, g->size * sizeof *g->value);
    }
    x->grad = kept;
    x->grad_set = kept_set;
    x->leaf = kept_leaf;
    for (size_t i = x->index; i <= y->index; i++) {
        tape->node[i]->marked = false;
    }
    return g;
}

/* ---- parameters ---- */

struct nn_model *nn_model_new(void) {
    return base_alloc(1, sizeof(struct nn_model));
}

void nn_model_free(struct nn_model *model) {
    if (!model) {
        return;
    }
    for (size_t i = 0; i < model->count; i++) {
        struct nn_parameter *p = model->parameter[i];
        free(p->name);
        free(p->tensor.value);
        free(p->tensor.grad);
        free(p->state[0]);
        free(p->state[1]);
        free(p);
    }
    free(model->parameter);
    free(model);
}

struct nn_tensor *nn_parameter_new(struct nn_model *model, const char *name, struct nn_shape shape) {
    shape_check(shape);
    if (nn_parameter_find(model, name)) {
        base_die(BASE_RUN_FAILED, "nn_parameter_new: there is a parameter \"%s\" already", name);
    }
    struct nn_parameter *p = base_alloc(1, sizeof *p);
    p->name = base_copy(name);
    p->rate_scale = 1;
    p->decay_scale = 1;
    p->tensor.shape = shape;
    p->tensor.size = nn_shape_size(shape);
    p->tensor.value = base_alloc(p->tensor.size, sizeof(float));
    p->tensor.grad = base_alloc(p->tensor.size, sizeof(float));
    p->tensor.trains = p->tensor.leaf = p->tensor.persistent = true;
    model->parameter = base_grow(model->parameter, model->count + 1, sizeof *model->parameter);
    model->parameter[model->count++] = p;
    return &p->tensor;
}

struct nn_tensor *nn_parameter_find(const struct nn_model *model, const char *name) {
    for (size_t i = 0; i < model->count; i++) {
        if (strcmp(model->parameter[i]->name, name) == 0) {
            return &model->parameter[i]->tensor;
        }
    }
    return NULL;
}

void nn_parameter_scale(struct nn_tensor *parameter, double rate_scale, double decay_scale) {
    if (!parameter->persistent) {
        nn_refuse("nn_parameter_scale", "not a parameter");
    }
    struct nn_parameter *p = (struct nn_parameter *)parameter; /* its first member */
    p->rate_scale = rate_scale;
    p->decay_scale = decay_scale;
}

size_t nn_model_size(const struct nn_model *model) {
    size_t size = 0;
    for (size_t i = 0; i < model->count; i++) {
        size += model->parameter[i]->tensor.size;
    }
    return size;
}

void nn_model_forget_gradients(struct nn_model *model) {
    for (size_t i = 0; i < model->count; i++) {
        model->parameter[i]->tensor.grad_set = false;
    }
}

static bool has_gradient(const struct nn_tensor *p) {
    return p->trains && p->grad_set;
}

double nn_model_gradient_norm(const struct nn_model *model) {
    double sum = 0;
    for (size_t i = 0; i < model->count; i++) {
        const struct nn_tensor *p = &model->parameter[i]->tensor;
        for (size_t j = 0; has_gradient(p) && j < p->size; j++) {
            sum += (double)p->grad[j] * (double)p->grad[j];
        }
    }
    return sqrt(sum);
}

double nn_model_clip(struct nn_model *model, double limit) {
    double norm = nn_model_gradient_norm(model);
    if (!(norm > limit) || !isfinite(norm)) {
        return norm;
    }
    float factor = (float)(limit / norm);
    for (size_t i = 0; i < model->count; i++) {
        struct nn_tensor *p = &model->parameter[i]->tensor;
        for (size_t j = 0; has_gradient(p) && j < p->size; j++) {
            p->grad[j] *= factor;
        }
    }
    return norm;
}
