/* Optimizers and schedules. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base.h"
#include "nn_internal.h"

struct nn_optimizer nn_optimizer_new(enum nn_method method, double rate) {
    struct nn_optimizer o = {.method = method, .rate = rate, .beta1 = 0.9, .beta2 = 0.999, .epsilon = 1e-8};
    if (method == NN_LION) {
        o.beta2 = 0.99;
    } else if (method == NN_TIGER) {
        o.beta1 = 0.965;
    } else if (method == NN_ADAFACTOR) {
        o.epsilon = 1e-30;
    }
    return o;
}

static void state_sizes(const struct nn_optimizer *o, const struct nn_tensor *p, size_t size[2]) {
    size[0] = size[1] = 0;
    switch (o->method) {
    case NN_SGD: size[0] = o->momentum != 0 ? p->size : 0; break;
    case NN_ADAM:
    case NN_ADAMW: size[0] = size[1] = p->size; break;
    case NN_LION:
    case NN_TIGER: size[0] = p->size; break;
    case NN_ADAFACTOR:
        if (p->shape.rank == 1) {
            size[0] = p->size;
        } else {
            size[0] = p->size / nn_last(p);
            size[1] = nn_last(p);
        }
        break;
    }
}

static void state_need(const struct nn_optimizer *o, struct nn_parameter *p) {
    size_t size[2];
    state_sizes(o, &p->tensor, size);
    for (int i = 0; i < 2; i++) {
        if (p->state_size[i] != size[i]) {
            free(p->state[i]);
            p->state[i] = size[i] ? base_alloc(size[i], sizeof(float)) : NULL;
            p->state_size[i] = size[i];
        }
    }
}

static NN_CLONES void sgd(float *p, const float *g, float *m, size_t n, float rate, float momentum,
                          float decay) {
    for (size_t i = 0; i < n; i++) {
        float s = g[i] + decay * p[i];
        if (m) {
            s += momentum * m[i];
            m[i] = s;
        }
        p[i] -= rate * s;
    }
}

/* rate, already divided by 1 - b1^t; correction = 1/sqrt(1 - b2^t); keep = 1 - rate decay for AdamW */
static NN_CLONES void adam(float *restrict p, const float *restrict g, float *restrict m, float *restrict v,
                           size_t n, float rate, float correction, float b1, float c1, float b2, float c2,
                           float epsilon, float decay, float keep) {
    for (size_t i = 0; i < n; i++) {
        float s = g[i] + decay * p[i];
        m[i] = b1 * m[i] + c1 * s;
        v[i] = b2 * v[i] + c2 * s * s;
        p[i] = keep * p[i] - rate * m[i] / (__builtin_sqrtf(v[i]) * correction + epsilon);
    }
}

NN_INLINE float sign_of(float x) {
    return x > 0.0f ? 1.0f : x < 0.0f ? -1.0f : x;
}

static NN_CLONES void lion(float *restrict p, const float *restrict g, float *restrict m, size_t n,
                           float rate, float b1, float c1, float b2, float c2, float decay) {
    for (size_t i = 0; i < n; i++) {
        p[i] -= rate * (sign_of(b1 * m[i] + c1 * g[i]) + decay * p[i]);
        m[i] = b2 * m[i] + c2 * g[i];
    }
}

static NN_CLONES void tiger(float *restrict p, const float *restrict g, float *restrict m, size_t n,
                            float rate, float b1, float c1, float decay) {
    for (size_t i = 0; i < n; i++) {
        m[i] = b1 * m[i] + c1 * g[i];
        p[i] -= rate * (sign_of(m[i]) + decay * p[i]);
    }
}

static double rms_of(const float *x, size_t n) {
    double sum = 0;
    for (size_t i = 0; i < n; i++) {
        sum += (double)x[i] * (double)x[i];
    }
    return sqrt(sum / (double)n);
}

/* The update u is made in the memory of the gradient. */
static void adafactor(struct nn_parameter *p, double rate, double decay, double b2, double epsilon) {
    struct nn_tensor *t = &p->tensor;
    size_t n = t->shape.rank == 1 ? 1 : nn_last(t), m = t->size / n;
    float *row = p->state[0], *column = p->state[1], *g = t->grad;
    if (column) {
        double *sum = base_alloc(n, sizeof *sum);
        double row_mean = 0;
        for (size_t i = 0; i < m; i++) {
            double along = 0;
            for (size_t j = 0; j < n; j++) {
                double square = (double)g[i * n + j] * (double)g[i * n + j] + epsilon;
                along += square;
                sum[j] += square;
            }
            row[i] = (float)(b2 * (double)row[i] + (1 - b2) * along / (double)n);
            row_mean += (double)row[i] / (double)m;
        }
        for (size_t j = 0; j < n; j++) {
            column[j] = (float)(b2 * (double)column[j] + (1 - b2) * sum[j] / (double)m);
            sum[j] = 1 / sqrt((double)column[j]);
        }
        for (size_t i = 0; i < m; i++) {
            double by = sqrt(row_mean / (double)row[i]);
            for (size_t j = 0; j < n; j++) {
                g[i * n + j] = (float)((double)g[i * n + j] * by * sum[j]);
            }
        }
        free(sum);
    } else {
        for (size_t i = 0; i < t->size; i++) {
            double square = (double)g[i] * (double)g[i] + epsilon;
            row[i] = (float)(b2 * (double)row[i] + (1 - b2) * square);
            g[i] = (float)((double)g[i] / sqrt((double)row[i]));
        }
    }
    double clip = fmax(1, rms_of(g, t->size));
    for (size_t i = 0; i < t->size; i++) {
        t->value[i] -= (float)(rate * ((double)g[i] / clip + decay * (double)t->value[i]));
    }
}

static void update(const struct nn_optimizer *o, struct nn_parameter *p, double factor) {
    struct nn_tensor *t = &p->tensor;
    double rate = o->rate * p->rate_scale * factor, decay = o->decay * p->decay_scale;
    if (o->relative_rate) {
        rate *= fmax(1e-3, rms_of(t->value, t->size));
    }
    double b1 = o->beta1, b2 = o->beta2, step = (double)o->step;
    switch (o->method) {
    case NN_SGD:
        sgd(t->value, t->grad, p->state[0], t->size, (float)rate, (float)o->momentum, (float)decay);
        break;
    case NN_ADAM:
    case NN_ADAMW: {
        bool decoupled = o->method == NN_ADAMW;
        adam(t->value, t->grad, p->state[0], p->state[1], t->size, (float)(rate / (1 - pow(b1, step))),
             (float)(1 / sqrt(1 - pow(b2, step))), (float)b1, (float)(1 - b1), (float)b2, (float)(1 - b2),
             (float)o->epsilon, decoupled ? 0.0f : (float)decay,
             decoupled ? (float)(1 - rate * decay) : 1.0f);
        break;
    }
    case NN_LION:
        lion(t->value, t->grad, p->state[0], t->size, (float)rate, (float)b1, (float)(1 - b1), (float)b2,
             (float)(1 - b2), (float)decay);
        break;
    case NN_TIGER:
        tiger(t->value, t->grad, p->state[0], t->size, (float)rate, (float)b1, (float)(1 - b1), (float)decay);
        break;
    case NN_ADAFACTOR: adafactor(p, rate, decay, 1 - pow(step, -0.8), o->epsilon); break;
    }
}

void nn_optimizer_step(struct nn_optimizer *optimizer, struct nn_model *model, double factor) {
    optimizer->step++;
    for (size_t i = 0; i < model->count; i++) {
        struct nn_parameter *p = model->parameter[i];
        if (!p->tensor.trains) {
            continue;
        }
        state_need(optimizer, p);
        if (!p->tensor.grad_set) { /* nothing reached it: its gradient is zero */
            memset(p->tensor.grad, 0, p->tensor.size * sizeof(float));
        }
        update(optimizer, p, factor);
    }
    nn_model_forget_gradients(model);
}

/* ---- schedules ---- */

double nn_schedule_warmup(long step, long warmup) {
    return step < warmup ? (double)(step + 1) / (double)warmup : 1;
}

static double progress(long step, long warmup, long total) {
    if (total <= warmup || step >= total) {
        return 1;
    }
    return (double)(step - warmup) / (double)(total - warmup);
}

double nn_schedule_cosine(long step, long warmup, long total, double floor) {
    if (step < warmup) {
        return nn_schedule_warmup(step, warmup);
    }
    return floor + (1 - floor) * 0.5 * (1 + cos(3.14159265358979323846 * progress(step, warmup, total)));
}

double nn_schedule_linear(long step, long warmup, long total, double floor) {
    if (step < warmup) {
        return nn_schedule_warmup(step, warmup);
    }
    return floor + (1 - floor) * (1 - progress(step, warmup, total));
}
