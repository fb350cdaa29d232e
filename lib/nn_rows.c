/* What works on rows: softmax, cross entropy, norms. */
#include <math.h>
#include <string.h>

#include "nn_math.h"

enum { BLOCK = 32 }; /* rows a piece */

struct rows_work {
    size_t rows, n;
    const float *x, *y, *dy, *gain, *bias;
    const int32_t *label;
    float *to, *statistic, *partial;
    float factor;
    bool add, centred;
};

static size_t blocks_of(size_t rows) {
    return (rows + BLOCK - 1) / BLOCK;
}

/* ---- softmax ---- */

static NN_CLONES void softmax_rows(const float *x, float *y, size_t rows, size_t n) {
    for (size_t r = 0; r < rows; r++, x += n, y += n) {
        float inverse = 1.0f / nn_row_exp(x, y, n, nn_row_max(x, n));
        for (size_t i = 0; i < n; i++) {
            y[i] *= inverse;
        }
    }
}

static NN_CLONES void softmax_slope_rows(const float *y, const float *dy, float *dx, size_t rows, size_t n,
                                         bool add) {
    for (size_t r = 0; r < rows; r++, y += n, dy += n, dx += n) {
        float dot = nn_row_dot(y, dy, n);
#pragma GCC ivdep
        for (size_t i = 0; i < n; i++) {
            dx[i] = (add ? dx[i] : 0.0f) + y[i] * (dy[i] - dot);
        }
    }
}

static void softmax_piece(void *context, size_t i) {
    const struct rows_work *w = context;
    size_t begin = i * BLOCK;
    softmax_rows(w->x + begin * w->n, w->to + begin * w->n, nn_min(BLOCK, w->rows - begin), w->n);
}

static void softmax_slope_piece(void *context, size_t i) {
    const struct rows_work *w = context;
    size_t begin = i * BLOCK;
    softmax_slope_rows(w->y + begin * w->n, w->dy + begin * w->n, w->to + begin * w->n,
                       nn_min(BLOCK, w->rows - begin), w->n, w->add);
}

static void softmax_backward(struct nn_tape *tape, struct nn_tensor *y) {
    struct rows_work w = {.rows = y->size / nn_last(y), .n = nn_last(y), .y = y->value, .dy = y->grad};
    w.to = nn_grad_steal(tape, y, y->input[0], &w.add);
    if (w.to) {
        nn_parallel(tape, blocks_of(w.rows), softmax_slope_piece, &w);
    }
}

struct nn_tensor *nn_softmax(struct nn_tape *tape, struct nn_tensor *x) {
    struct nn_tensor *y = nn_node(tape, x->shape, true, 1, &x, softmax_backward);
    struct rows_work w = {.rows = y->size / nn_last(y), .n = nn_last(y), .x = x->value, .to = y->value};
    nn_parallel(tape, blocks_of(w.rows), softmax_piece, &w);
    return y;
}

static NN_CLONES void log_softmax_rows(const float *x, float *y, size_t rows, size_t n) {
    for (size_t r = 0; r < rows; r++, x += n, y += n) {
        float max = nn_row_max(x, n);
        float shift = max + nn_logf(nn_row_exp(x, y, n, max));
        for (size_t i = 0; i < n; i++) {
            y[i] = x[i] - shift;
        }
    }
}

static NN_CLONES void log_softmax_slope_rows(const float *y, const float *dy, float *dx, size_t rows,
                                             size_t n, bool add) {
    for (size_t r = 0; r < rows; r++, y += n, dy += n, dx += n) {
        float sum = nn_row_sum(dy, n);
#pragma GCC ivdep
        for (size_t i = 0; i < n; i++) {
            dx[i] = (add ? dx[i] : 0.0f) + dy[i] - nn_exp_negative(y[i]) * sum;
        }
    }
}

static void log_softmax_piece(void *context, size_t i) {
    const struct rows_work *w = context;
    size_t begin = i * BLOCK;
    log_softmax_rows(w->x + begin * w->n, w->to + begin * w->n, nn_min(BLOCK, w->rows - begin), w->n);
}

static void log_softmax_slope_piece(void *context, size_t i) {
    const struct rows_work *w = context;
    size_t begin = i * BLOCK;
    log_softmax_slope_rows(w->y + begin * w->n, w->dy + begin * w->n, w->to + begin * w->n,
                           nn_min(BLOCK, w->rows - begin), w->n, w->add);
}

static void log_softmax_backward(struct nn_tape *tape, struct nn_tensor *y) {
    struct rows_work w = {.rows = y->size / nn_last(y), .n = nn_last(y), .y = y->value, .dy = y->grad};
    w.to = nn_grad_steal(tape, y, y->input[0], &w.add);
    if (w.to) {
        nn_parallel(tape, blocks_of(w.rows), log_softmax_slope_piece, &w);
    }
}

struct nn_tensor *nn_log_softmax(struct nn_tape *tape, struct nn_tensor *x) {
    struct nn_tensor *y = nn_node(tape, x->shape, true, 1, &x, log_softmax_backward);
    struct rows_work w = {.rows = y->size / nn_last(y), .n = nn_last(y), .x = x->value, .to = y->value};
    nn_parallel(tape, blocks_of(w.rows), log_softmax_piece, &w);
    return y;
}

/* ---- cross entropy ---- */

struct entropy {
    const int32_t *label;
    const float *target;
    float *softmax; /* (rows, n), or the sigmoid */
    size_t counted; /* rows with a label */
};

static NN_CLONES void entropy_rows(const float *x, const int32_t *label, float *y, float *loss, size_t rows,
                                   size_t n) {
    for (size_t r = 0; r < rows; r++, x += n, y += n) {
        float max = nn_row_max(x, n);
        float sum = nn_row_exp(x, y, n, max);
        float inverse = 1.0f / sum;
        for (size_t i = 0; i < n; i++) {
            y[i] *= inverse;
        }
        loss[r] = label[r] < 0 ? 0.0f : nn_logf(sum) + (max - x[label[r]]);
    }
}

static NN_CLONES void entropy_slope_rows(const float *y, const int32_t *label, float factor, float *dx,
                                         size_t rows, size_t n, bool add) {
    for (size_t r = 0; r < rows; r++, y += n, dx += n) {
        float scale = label[r] < 0 ? 0.0f : factor;
        for (size_t i = 0; i < n; i++) {
            dx[i] = (add ? dx[i] : 0.0f) + scale * y[i];
        }
        if (label[r] >= 0) {
            dx[label[r]] -= factor;
        }
    }
}

static void entropy_piece(void *context, size_t i) {
    const struct rows_work *w = context;
    size_t begin = i * BLOCK;
    entropy_rows(w->x + begin * w->n, w->label + begin, w->to + begin * w->n, w->statistic + begin,
                 nn_min(BLOCK, w->rows - begin), w->n);
}

static void entropy_slope_piece(void *context, size_t i) {
    const struct rows_work *w = context;
    size_t begin = i * BLOCK;
    entropy_slope_rows(w->y + begin * w->n, w->label + begin, w->factor, w->to + begin * w->n,
                       nn_min(BLOCK, w->rows - begin), w->n, w->add);
}

static void entropy_backward(struct nn_tape *tape, struct nn_tensor *y) {
    const struct entropy *e = y->extra;
    struct nn_tensor *x = y->input[0];
    struct rows_work w = {.rows = x->size / nn_last(x), .n = nn_last(x), .y = e->softmax, .label = e->label};
    w.factor = e->counted ? y->grad[0] / (float)e->counted : 0.0f;
    w.to = nn_grad_open(tape, x, &w.add);
    if (w.to) {
        nn_parallel(tape, blocks_of(w.rows), entropy_slope_piece, &w);
    }
}

static struct entropy *entropy_new(struct nn_tape *tape, struct nn_tensor *y, size_t size) {
    struct entropy *e = nn_memory(tape, 1, sizeof *e);
    *e = (struct entropy){NULL, NULL, nn_memory(tape, size, sizeof(float)), 0};
    tape->usage.value_bytes += size * sizeof(float);
    y->extra = e;
    return e;
}

struct nn_tensor *nn_cross_entropy(struct nn_tape *tape, struct nn_tensor *logits, const int32_t *label) {
    size_t n = nn_last(logits), rows = logits->size / n;
    struct nn_tensor *y = nn_node(tape, nn_shape1(1), true, 1, &logits, entropy_backward);
    struct entropy *e = entropy_new(tape, y, logits->size);
    e->label = label;
    for (size_t r = 0; r < rows; r++) {
        if (label[r] < -1 || label[r] >= (int64_t)n) {
            nn_refuse("nn_cross_entropy", "a label outside -1 .. n - 1");
        }
        e->counted += label[r] >= 0;
    }
    struct nn_mark mark = nn_scratch_mark(tape);
    struct rows_work w = {.rows = rows, .n = n, .x = logits->value, .label = label, .to = e->softmax};
    w.statistic = nn_memory(tape, rows, sizeof(float));
    nn_parallel(tape, blocks_of(rows), entropy_piece, &w);
    y->value[0] = e->counted ? (float)(nn_sum_of(w.statistic, rows) / (double)e->counted) : 0.0f;
    nn_scratch_release(tape, mark);
    return y;
}

static NN_CLONES void binary_rows(const float *x, const float *target, float *sigmoid, float *loss,
                                  size_t n) {
    for (size_t i = 0; i < n; i++) {
        sigmoid[i] = nn_sigmoidf(x[i]);
        float positive =
            x[i] < 0.0f ? 0.0f : x[i]; /* softplus(x) - target x without cancellation at target 0 or 1 */
        loss[i] = (positive - target[i] * x[i]) + nn_log1p_unit(nn_exp_negative(-__builtin_fabsf(x[i])));
    }
}

static NN_CLONES void binary_slope(const float *sigmoid, const float *target, float factor, float *dx,
                                   size_t n, bool add) {
    for (size_t i = 0; i < n; i++) {
        dx[i] = (add ? dx[i] : 0.0f) + factor * (sigmoid[i] - target[i]);
    }
}

static void binary_backward(struct nn_tape *tape, struct nn_tensor *y) {
    const struct entropy *e = y->extra;
    struct nn_tensor *x = y->input[0];
    bool add;
    float *dx = nn_grad_open(tape, x, &add);
    if (dx) {
        binary_slope(e->softmax, e->target, y->grad[0] / (float)x->size, dx, x->size, add);
    }
}

struct nn_tensor *nn_binary_cross_entropy(struct nn_tape *tape, struct nn_tensor *logits,
                                          const float *target) {
    struct nn_tensor *y = nn_node(tape, nn_shape1(1), true, 1, &logits, binary_backward);
    struct entropy *e = entropy_new(tape, y, logits->size);
    e->target = target;
    struct nn_mark mark = nn_scratch_mark(tape);
    float *loss = nn_memory(tape, logits->size, sizeof *loss);
    binary_rows(logits->value, target, e->softmax, loss, logits->size);
    y->value[0] = (float)(nn_sum_of(loss, logits->size) / (double)logits->size);
    nn_scratch_release(tape, mark);
    return y;
}

/* ---- norms ---- */

/* statistic (rows, 2): mean (0 for RMS), 1/deviation */
struct norm {
    float *statistic;
    float epsilon;
    bool centred;
};

static NN_CLONES void norm_rows(const float *x, const float *gain, const float *bias, float epsilon,
                                bool centred, float *y, float *statistic, size_t rows, size_t n) {
    for (size_t r = 0; r < rows; r++, x += n, y += n) {
        float mean = centred ? nn_row_sum(x, n) / (float)n : 0.0f;
        for (size_t i = 0; i < n; i++) {
            y[i] = x[i] - mean;
        }
        float inverse = 1.0f / __builtin_sqrtf(nn_row_dot(y, y, n) / (float)n + epsilon);
        statistic[2 * r] = mean;
        statistic[2 * r + 1] = inverse;
        if (gain && bias) {
            for (size_t i = 0; i < n; i++) {
                y[i] = y[i] * inverse * gain[i] + bias[i];
            }
        } else {
            for (size_t i = 0; i < n; i++) {
                y[i] = y[i] * inverse * (gain ? gain[i] : 1.0f) + (bias ? bias[i] : 0.0f);
            }
        }
    }
}

/* With h = (x - mean) inverse and g = dy gain: dx = inverse (g - mean(g) - h mean(g h)); the mean of g only
 * where centred. gains (2, n): sums of dy h and of dy over these rows. scratch (n). */
static NN_CLONES void norm_slope_rows(const float *x, const float *dy, const float *gain,
                                      const float *statistic, bool centred, float *dx, bool add, float *gains,
                                      float *scratch, size_t rows, size_t n) {
    float *sum_gain = gains, *sum_bias = gains + n;
    memset(gains, 0, 2 * n * sizeof *gains);
    for (size_t r = 0; r < rows; r++, x += n, dy += n) {
        float mean = statistic[2 * r], inverse = statistic[2 * r + 1];
        for (size_t i = 0; i < n; i++) {
            float h = (x[i] - mean) * inverse;
            sum_gain[i] += dy[i] * h;
            sum_bias[i] += dy[i];
            scratch[i] = dy[i] * (gain ? gain[i] : 1.0f);
        }
        if (!dx) {
            continue;
        }
        float g = centred ? nn_row_sum(scratch, n) / (float)n : 0.0f;
        float lane[NN_LANES] = {0};
        size_t i = 0;
        for (; i + NN_LANES <= n; i += NN_LANES) {
            for (int l = 0; l < NN_LANES; l++) {
                lane[l] += scratch[i + (size_t)l] * ((x[i + (size_t)l] - mean) * inverse);
            }
        }
        for (int l = 0; i < n; i++, l++) {
            lane[l] += scratch[i] * ((x[i] - mean) * inverse);
        }
        float gh = nn_lanes_sum(lane) / (float)n;
        float *to = dx + r * n;
#pragma GCC ivdep
        for (i = 0; i < n; i++) {
            float h = (x[i] - mean) * inverse;
            to[i] = (add ? to[i] : 0.0f) + inverse * (scratch[i] - g - h * gh);
        }
    }
}

static void norm_piece(void *context, size_t i) {
    const struct rows_work *w = context;
    size_t begin = i * BLOCK;
    norm_rows(w->x + begin * w->n, w->gain, w->bias, w->factor, w->centred, w->to + begin * w->n,
              w->statistic + 2 * begin, nn_min(BLOCK, w->rows - begin), w->n);
}

static void norm_slope_piece(void *context, size_t i) {
    const struct rows_work *w = context;
    size_t begin = i * NN_ROWS;
    float *partial = w->partial + i * 3 * w->n;
    norm_slope_rows(w->x + begin * w->n, w->dy + begin * w->n, w->gain, w->statistic + 2 * begin, w->centred,
                    w->to ? w->to + begin * w->n : NULL, w->add, partial, partial + 2 * w->n,
                    nn_min(NN_ROWS, w->rows - begin), w->n);
}

static void norm_backward(struct nn_tape *tape, struct nn_tensor *y) {
    const struct norm *norm = y->extra;
    struct nn_tensor *x = y->input[0], *gain = y->input[1], *bias = y->input[2];
    size_t n = nn_last(y), rows = y->size / n, blocks = (rows + NN_ROWS - 1) / NN_ROWS;
    bool add_gain = false, add_bias = false;
    float *out[2] = {gain ? nn_grad_open(tape, gain, &add_gain) : NULL,
                     bias ? nn_grad_open(tape, bias, &add_bias) : NULL};
    bool add[2] = {add_gain, add_bias};
    struct rows_work w = {.rows = rows,
                          .n = n,
                          .x = x->value,
                          .dy = y->grad,
                          .gain = gain ? gain->value : NULL,
                          .statistic = norm->statistic,
                          .centred = norm->centred};
    w.to = nn_grad_steal(tape, y, x, &w.add);
    struct nn_mark mark = nn_scratch_mark(tape);
    w.partial = nn_memory(tape, blocks * 3 * n, sizeof(float));
    nn_parallel(tape, blocks, norm_slope_piece, &w);
    for (int side = 0; side < 2; side++) {
        if (!out[side]) {
            continue;
        }
        for (size_t i = 0; i < n; i++) {
            float sum = 0;
            for (size_t b = 0; b < blocks; b++) {
                sum += w.partial[b * 3 * n + (size_t)side * n + i];
            }
            out[side][i] = add[side] ? out[side][i] + sum : sum;
        }
    }
    nn_scratch_release(tape, mark);
}

static struct nn_tensor *norm_node(struct nn_tape *tape, struct nn_tensor *x, struct nn_tensor *gain,
                                   struct nn_tensor *bias, double epsilon, bool centred) {
    size_t n = nn_last(x);
    if ((gain && gain->size != n) || (bias && bias->size != n)) {
        nn_refuse("nn_layer_norm or nn_rms_norm", "gain or bias does not fit");
    }
    struct nn_tensor *input[3] = {x, gain, bias};
    struct nn_tensor *y = nn_node(tape, x->shape, true, 3, input, norm_backward);
    struct norm *norm = nn_memory(tape, 1, sizeof *norm);
    size_t rows = y->size / n;
    *norm = (struct norm){nn_memory(tape, 2 * rows, sizeof(float)), (float)epsilon, centred};
    y->extra = norm;
    struct rows_work w = {.rows = rows,
                          .n = n,
                          .x = x->value,
                          .gain = gain ? gain->value : NULL,
                          .bias = bias ? bias->value : NULL,
                          .to = y->value,
                          .statistic = norm->statistic,
                          .factor = norm->epsilon,
                          .centred = centred};
    nn_parallel(tape, blocks_of(rows), norm_piece, &w);
    return y;
}

struct nn_tensor *nn_layer_norm(struct nn_tape *tape, struct nn_tensor *x, struct nn_tensor *gain,
                                struct nn_tensor *bias, double epsilon) {
    return norm_node(tape, x, gain, bias, epsilon, true);
}

struct nn_tensor *nn_rms_norm(struct nn_tape *tape, struct nn_tensor *x, struct nn_tensor *gain,
                              double epsilon) {
    return norm_node(tape, x, gain, NULL, epsilon, false);
}
