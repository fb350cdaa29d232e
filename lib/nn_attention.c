/* Multi-head attention, a block of queries at a time. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base.h"
#include "nn_math.h"

enum { BLOCK = 64 }; /* queries whose scores are held at once */

/* ---- rotary rules ---- */

static float *angle_table(size_t positions, size_t pairs) {
    return base_alloc(positions * pairs * 2, sizeof(float));
}

static void angle_set(float *table, size_t pairs, size_t position, const double *theta, double r) {
    for (size_t m = 0; m < pairs; m++) {
        table[(position * pairs + m) * 2] = (float)cos(r * theta[m]);
        table[(position * pairs + m) * 2 + 1] = (float)sin(r * theta[m]);
    }
}

struct nn_rotary *nn_rotary_new(size_t positions, size_t pairs, const double *theta, long window,
                                double leak) {
    if (positions == 0 || pairs == 0 || window < 0 || (window > 0 && !(leak > 0))) {
        nn_refuse("nn_rotary_new", "needs positions, pairs, window >= 0 and leak > 0");
    }
    struct nn_rotary *rule = base_alloc(1, sizeof *rule);
    float *near = angle_table(positions, pairs), *far_query = NULL, *far_key = NULL;
    if (window > 0) {
        far_query = angle_table(positions, pairs);
        far_key = angle_table(positions, pairs);
    }
    for (size_t p = 0; p < positions; p++) {
        angle_set(near, pairs, p, theta, (double)p);
        if (window > 0) { /* window + (i - j - window)/leak = (i/leak + window (1 - 1/leak)) - j/leak */
            angle_set(far_query, pairs, p, theta, (double)p / leak + (double)window * (1 - 1 / leak));
            angle_set(far_key, pairs, p, theta, (double)p / leak);
        }
    }
    *rule = (struct nn_rotary){positions, pairs, window, near, near, far_query, far_key};
    return rule;
}

struct nn_rotary *nn_rotary_standard(size_t positions, size_t pairs, double base) {
    double *theta = base_alloc(pairs ? pairs : 1, sizeof *theta);
    for (size_t m = 0; m < pairs; m++) {
        theta[m] = pow(base, -(double)m / (double)pairs);
    }
    struct nn_rotary *rule = nn_rotary_new(positions, pairs, theta, 0, 1);
    free(theta);
    return rule;
}

void nn_rotary_free(struct nn_rotary *rule) {
    if (rule) {
        free((void *)(uintptr_t)rule->near_query);
        free((void *)(uintptr_t)rule->far_query);
        free((void *)(uintptr_t)rule->far_key);
        free(rule);
    }
}

/* to (rows, 2 pairs) = rotated from (rows of `step`) */
static NN_CLONES void rotate_rows(const float *from, size_t step, const float *table, float *to, size_t rows,
                                  size_t pairs) {
    for (size_t r = 0; r < rows; r++) {
        const float *x = from + r * step, *a = table + r * 2 * pairs;
        float *y = to + r * 2 * pairs;
#pragma GCC ivdep
        for (size_t m = 0; m < pairs; m++) {
            y[2 * m] = x[2 * m] * a[2 * m] - x[2 * m + 1] * a[2 * m + 1];
            y[2 * m + 1] = x[2 * m] * a[2 * m + 1] + x[2 * m + 1] * a[2 * m];
        }
    }
}

/* The transposed map, added to `to`; without a table the identity. */
static NN_CLONES void rotate_back_add(const float *from, const float *table, float *to, size_t step,
                                      size_t rows, size_t d) {
    for (size_t r = 0; r < rows; r++) {
        const float *y = from + r * d;
        float *x = to + r * step;
        if (table) {
            const float *a = table + r * d;
#pragma GCC ivdep
            for (size_t m = 0; m < d / 2; m++) {
                x[2 * m] += y[2 * m] * a[2 * m] + y[2 * m + 1] * a[2 * m + 1];
                x[2 * m + 1] += y[2 * m + 1] * a[2 * m] - y[2 * m] * a[2 * m + 1];
            }
        } else {
#pragma GCC ivdep
            for (size_t m = 0; m < d; m++) {
                x[m] += y[m];
            }
        }
    }
}

/* ---- the operation ---- */

struct attend {
    struct nn_attention how;
    float scale;
    size_t batch, tq, tk, d, e;    /* d: of queries and keys, e: of values, per head */
    size_t q_step, k_step, v_step; /* row lengths of the inputs; the output has heads * e */
    const float *q, *k, *v;
    float *lse; /* (batch, heads, tq): log sum exp of the scores, +inf where nothing is seen */
};

/* One thread's room. Scores are (BLOCK, tk). */
struct room {
    float *score, *far, *slope;   /* scores or probabilities; those of the far rule; their gradient */
    float *q, *q_far, *k, *k_far; /* rotated: a block of queries, all keys of the head */
    float *dq, *dq_far, *dk, *dk_far, *dv;
};

struct attend_work {
    const struct attend *a;
    float *y; /* output, or its value in the backward pass */
    const float *dy;
    float *dq, *dk, *dv, *dbias; /* NULL where not wanted; already filled (zeros or a sum) */
    size_t units, slots, inner;  /* units of `inner` (batch) loops, dealt to slots */
    bool bias_shared;
    struct room *room;
};

/* What a block of queries sees. Position of query i is i + tk - tq. */
struct view {
    size_t begin, rows; /* queries */
    size_t low, high;   /* keys */
    size_t near_low,
        far_high; /* keys of the near rule are near_low .. high, of the far rule low .. far_high */
};

static bool has_far(const struct attend *a) {
    return a->how.rotary && a->how.rotary->window > 0;
}

static size_t clamp_key(long j, size_t low, size_t high) {
    return j < (long)low ? low : j > (long)high ? high : (size_t)j;
}

static long position_of(const struct attend *a, size_t query) {
    return (long)query + (long)a->tk - (long)a->tq;
}

/* keys that query i may see, before the mask */
static void visible(const struct attend *a, size_t query, size_t *low, size_t *high) {
    long p = position_of(a, query);
    *high = a->how.causal ? clamp_key(p + 1, 0, a->tk) : a->tk;
    *low = a->how.window ? clamp_key(p + 1 - (long)a->how.window, 0, *high) : 0;
}

static struct view view_of(const struct attend *a, size_t begin) {
    struct view s = {begin, nn_min(BLOCK, a->tq - begin), 0, 0, 0, 0};
    size_t unused;
    visible(a, begin, &s.low, &unused);
    visible(a, begin + s.rows - 1, &unused, &s.high);
    if (s.low > s.high) {
        s.low = s.high;
    }
    s.near_low = s.far_high = s.low;
    if (has_far(a)) {
        long w = a->how.rotary->window;
        s.near_low = clamp_key(position_of(a, begin) - w + 1, s.low, s.high);
        s.far_high = clamp_key(position_of(a, begin + s.rows - 1) - w + 1, s.low, s.high);
    }
    return s;
}

/* keys low .. far_end - 1 of query i go by the far rule */
static size_t far_end(const struct attend *a, const struct view *s, size_t query) {
    return has_far(a) ? clamp_key(position_of(a, query) - a->how.rotary->window + 1, s->low, s->high)
                      : s->low;
}

static const float *bias_row(const struct attend *a, const float *bias, size_t head, size_t query) {
    size_t h = a->how.bias->shape.rank == 3 ? head : 0;
    return bias + (h * a->tq + query) * a->tk;
}

static const unsigned char *mask_row(const struct attend *a, size_t batch, size_t query) {
    return a->how.mask ? a->how.mask + ((a->how.mask_per_batch ? batch * a->tq : 0) + query) * a->tk : NULL;
}

/* s = scale s + bias, -inf where masked */
static NN_CLONES void score_row(float *s, float scale, const float *bias, const unsigned char *mask,
                                size_t n) {
    if (bias) {
        for (size_t j = 0; j < n; j++) {
            s[j] = s[j] * scale + bias[j];
        }
    } else {
        for (size_t j = 0; j < n; j++) {
            s[j] *= scale;
        }
    }
    if (mask) {
        for (size_t j = 0; j < n; j++) {
            s[j] = mask[j] ? s[j] : -__builtin_inff();
        }
    }
}

/* Scores to probabilities in place; returns the log-sum-exp, +inf (and zeros) when nothing is visible. */
static NN_CLONES float softmax_row(float *s, size_t n) {
    float max = n ? nn_row_max(s, n) : -__builtin_inff();
    if (max == -__builtin_inff()) {
        memset(s, 0, n * sizeof *s);
        return __builtin_inff();
    }
    float sum = nn_row_exp(s, s, n, max);
    float inverse = 1.0f / sum;
    for (size_t j = 0; j < n; j++) {
        s[j] *= inverse;
    }
    return max + nn_logf(sum);
}

/* s to probabilities p = exp(s - lse); g = p (g - dot) */
static NN_CLONES void slope_row(float *s, float *g, float lse, float dot, size_t n) {
#pragma GCC ivdep
    for (size_t j = 0; j < n; j++) {
        float p = nn_exp_negative(s[j] - lse);
        s[j] = p;
        g[j] = p * (g[j] - dot);
    }
}

static NN_CLONES void add_to(float *to, const float *from, size_t n) {
    for (size_t j = 0; j < n; j++) {
        to[j] += from[j];
    }
}

static NN_CLONES void scale_by(float *x, float scale, size_t n) {
    for (size_t j = 0; j < n; j++) {
        x[j] *= scale;
    }
}

static NN_CLONES float dot_of(const float *x, const float *y, size_t n) {
    return nn_row_dot(x, y, n);
}

/* Operands of the scores of one block, rotated where there is a rule. */
struct operands {
    const float *q, *k, *q_far, *k_far;
    size_t q_step, k_step;
};

static void rotate_keys(const struct attend *a, struct room *room, const float *k) {
    const struct nn_rotary *rule = a->how.rotary;
    if (rule) {
        rotate_rows(k, a->k_step, rule->near_key, room->k, a->tk, rule->pairs);
        if (has_far(a)) {
            rotate_rows(k, a->k_step, rule->far_key, room->k_far, a->tk, rule->pairs);
        }
    }
}

static struct operands operands_of(const struct attend *a, struct room *room, const struct view *s,
                                   const float *q, const float *k) {
    const struct nn_rotary *rule = a->how.rotary;
    const float *block = q + s->begin * a->q_step;
    if (!rule) {
        return (struct operands){block, k, NULL, NULL, a->q_step, a->k_step};
    }
    size_t at = (size_t)position_of(a, s->begin) * a->d;
    rotate_rows(block, a->q_step, rule->near_query + at, room->q, s->rows, rule->pairs);
    if (has_far(a)) {
        rotate_rows(block, a->q_step, rule->far_query + at, room->q_far, s->rows, rule->pairs);
    }
    return (struct operands){room->q, room->k, room->q_far, room->k_far, a->d, a->d};
}

/* score (rows, tk), columns low .. high: q k^T by the rule of each distance */
static void block_scores(const struct attend *a, struct room *room, const struct view *s,
                         const struct operands *o) {
    if (s->high > s->near_low) {
        nn_gemm_piece('N', 'T', s->rows, s->high - s->near_low, a->d, o->q, o->q_step,
                      o->k + s->near_low * o->k_step, o->k_step, 0, room->score + s->near_low, a->tk);
    }
    if (s->far_high > s->low) {
        nn_gemm_piece('N', 'T', s->rows, s->far_high - s->low, a->d, o->q_far, o->q_step,
                      o->k_far + s->low * o->k_step, o->k_step, 0, room->far + s->low, a->tk);
        for (size_t r = 0; r < s->rows; r++) {
            size_t end = far_end(a, s, s->begin + r);
            memcpy(room->score + r * a->tk + s->low, room->far + r * a->tk + s->low,
                   (end - s->low) * sizeof(float));
        }
    }
}

static void forward_head(const struct attend_work *w, struct room *room, size_t b, size_t h) {
    const struct attend *a = w->a;
    const float *q = a->q + b * a->tq * a->q_step + h * a->d;
    const float *k = a->k + b * a->tk * a->k_step + h * a->d;
    const float *v = a->v + b * a->tk * a->v_step + h * a->e;
    size_t y_step = a->how.heads * a->e;
    float *y = w->y + b * a->tq * y_step + h * a->e;
    float *lse = a->lse + (b * a->how.heads + h) * a->tq;
    rotate_keys(a, room, k);
    for (size_t begin = 0; begin < a->tq; begin += BLOCK) {
        struct view s = view_of(a, begin);
        struct operands o = operands_of(a, room, &s, q, k);
        block_scores(a, room, &s, &o);
        for (size_t r = 0; r < s.rows; r++) {
            size_t i = begin + r, low, high;
            visible(a, i, &low, &high);
            float *row = room->score + r * a->tk;
            const unsigned char *mask = mask_row(a, b, i);
            const float *bias = a->how.bias ? bias_row(a, a->how.bias->value, h, i) : NULL;
            score_row(row + low, a->scale, bias ? bias + low : NULL, mask ? mask + low : NULL, high - low);
            lse[i] = softmax_row(row + low, high - low);
            memset(row + s.low, 0, (low - s.low) * sizeof *row);
            memset(row + high, 0, (s.high - high) * sizeof *row);
        }
        if (s.high > s.low) {
            nn_gemm_piece('N', 'N', s.rows, a->e, s.high - s.low, room->score + s.low, a->tk,
                          v + s.low * a->v_step, a->v_step, 0, y + begin * y_step, y_step);
        } else {
            for (size_t r = 0; r < s.rows; r++) {
                memset(y + (begin + r) * y_step, 0, a->e * sizeof *y);
            }
        }
    }
}

static void backward_block(const struct attend_work *w, struct room *room, size_t b, size_t h,
                           const struct view *s, const struct operands *o, const float *v) {
    const struct attend *a = w->a;
    size_t y_step = a->how.heads * a->e, at = (b * a->tq + s->begin) * y_step + h * a->e;
    const float *y = w->y + at, *dy = w->dy + at;
    const float *lse = a->lse + (b * a->how.heads + h) * a->tq;
    size_t keys = s->high - s->low;
    block_scores(a, room, s, o);
    nn_gemm_piece('N', 'T', s->rows, keys, a->e, dy, y_step, v + s->low * a->v_step, a->v_step, 0,
                  room->slope + s->low, a->tk);
    for (size_t r = 0; r < s->rows; r++) {
        size_t i = s->begin + r, low, high;
        visible(a, i, &low, &high);
        float *row = room->score + r * a->tk, *slope = room->slope + r * a->tk;
        const unsigned char *mask = mask_row(a, b, i);
        const float *bias = a->how.bias ? bias_row(a, a->how.bias->value, h, i) : NULL;
        score_row(row + low, a->scale, bias ? bias + low : NULL, mask ? mask + low : NULL, high - low);
        slope_row(row + low, slope + low, lse[i], dot_of(y + r * y_step, dy + r * y_step, a->e), high - low);
        memset(row + s->low, 0, (low - s->low) * sizeof *row);
        memset(row + high, 0, (s->high - high) * sizeof *row);
        memset(slope + s->low, 0, (low - s->low) * sizeof *row);
        memset(slope + high, 0, (s->high - high) * sizeof *row);
        if (w->dbias) {
            float *to = (float *)(uintptr_t)bias_row(a, w->dbias, h, i);
            add_to(to + low, slope + low, high - low);
        }
        scale_by(slope + low, a->scale, high - low);
    }
    if (w->dv) {
        nn_gemm_piece('T', 'N', keys, a->e, s->rows, room->score + s->low, a->tk, dy, y_step, 1.0f,
                      room->dv + s->low * a->e, a->e);
    }
    if (s->far_high > s->low) { /* split the gradient of the scores by the rule that made them */
        for (size_t r = 0; r < s->rows; r++) {
            size_t end = far_end(a, s, s->begin + r);
            float *slope = room->slope + r * a->tk, *far = room->far + r * a->tk;
            memcpy(far + s->low, slope + s->low, (end - s->low) * sizeof *far);
            memset(far + end, 0, (s->far_high - end) * sizeof *far);
            if (end > s->near_low) {
                memset(slope + s->near_low, 0, (end - s->near_low) * sizeof *far);
            }
        }
        size_t far_keys = s->far_high - s->low;
        nn_gemm_piece('N', 'N', s->rows, a->d, far_keys, room->far + s->low, a->tk,
                      o->k_far + s->low * o->k_step, o->k_step, 0, room->dq_far, a->d);
        nn_gemm_piece('T', 'N', far_keys, a->d, s->rows, room->far + s->low, a->tk, o->q_far, o->q_step, 1.0f,
                      room->dk_far + s->low * a->d, a->d);
    }
    size_t near_keys = s->high - s->near_low;
    if (near_keys) {
        nn_gemm_piece('N', 'N', s->rows, a->d, near_keys, room->slope + s->near_low, a->tk,
                      o->k + s->near_low * o->k_step, o->k_step, 0, room->dq, a->d);
        nn_gemm_piece('T', 'N', near_keys, a->d, s->rows, room->slope + s->near_low, a->tk, o->q, o->q_step,
                      1.0f, room->dk + s->near_low * a->d, a->d);
    }
    if (w->dq) {
        float *dq = w->dq + (b * a->tq + s->begin) * a->q_step + h * a->d;
        const struct nn_rotary *rule = a->how.rotary;
        size_t row = rule ? (size_t)position_of(a, s->begin) * a->d : 0;
        if (near_keys) {
            rotate_back_add(room->dq, rule ? rule->near_query + row : NULL, dq, a->q_step, s->rows, a->d);
        }
        if (s->far_high > s->low) {
            rotate_back_add(room->dq_far, rule->far_query + row, dq, a->q_step, s->rows, a->d);
        }
    }
}

static void backward_head(const struct attend_work *w, struct room *room, size_t b, size_t h) {
    const struct attend *a = w->a;
    const float *q = a->q + b * a->tq * a->q_step + h * a->d;
    const float *k = a->k + b * a->tk * a->k_step + h * a->d;
    const float *v = a->v + b * a->tk * a->v_step + h * a->e;
    rotate_keys(a, room, k);
    memset(room->dk, 0, a->tk * a->d * sizeof(float));
    memset(room->dv, 0, a->tk * a->e * sizeof(float));
    if (has_far(a)) {
        memset(room->dk_far, 0, a->tk * a->d * sizeof(float));
    }
    for (size_t begin = 0; begin < a->tq; begin += BLOCK) {
        struct view s = view_of(a, begin);
        if (s.high > s.low) {
            struct operands o = operands_of(a, room, &s, q, k);
            backward_block(w, room, b, h, &s, &o, v);
        }
    }
    const struct nn_rotary *rule = a->how.rotary;
    if (w->dk) {
        float *dk = w->dk + b * a->tk * a->k_step + h * a->d;
        rotate_back_add(room->dk, rule ? rule->near_key : NULL, dk, a->k_step, a->tk, a->d);
        if (has_far(a)) {
            rotate_back_add(room->dk_far, rule->far_key, dk, a->k_step, a->tk, a->d);
        }
    }
    if (w->dv) {
        rotate_back_add(room->dv, NULL, w->dv + b * a->tk * a->v_step + h * a->e, a->v_step, a->tk, a->e);
    }
}

/* A unit is a (batch, head), or a head, or all, so that a gradient of a shared bias is summed in one order.
 */
static void attend_piece(void *context, size_t slot) {
    const struct attend_work *w = context;
    size_t heads = w->a->how.heads, all = w->a->batch * heads;
    for (size_t unit = slot; unit < w->units; unit += w->slots) {
        for (size_t i = unit; i < all; i += w->units) { /* i = b heads + h */
            if (w->dy) {
                backward_head(w, &w->room[slot], i / heads, i % heads);
            } else {
                forward_head(w, &w->room[slot], i / heads, i % heads);
            }
        }
    }
}

static struct room room_new(struct nn_tape *tape, const struct attend *a, bool backward) {
    struct room room = {0};
    bool far = has_far(a);
    size_t block = BLOCK * a->tk;
    room.score = nn_memory(tape, block, sizeof(float));
    room.far = far ? nn_memory(tape, block, sizeof(float)) : NULL;
    if (a->how.rotary) {
        room.q = nn_memory(tape, BLOCK * a->d, sizeof(float));
        room.k = nn_memory(tape, a->tk * a->d, sizeof(float));
        room.q_far = far ? nn_memory(tape, BLOCK * a->d, sizeof(float)) : NULL;
        room.k_far = far ? nn_memory(tape, a->tk * a->d, sizeof(float)) : NULL;
    }
    if (backward) {
        room.slope = nn_memory(tape, block, sizeof(float));
        room.dq = nn_memory(tape, BLOCK * a->d, sizeof(float));
        room.dk = nn_memory(tape, a->tk * a->d, sizeof(float));
        room.dv = nn_memory(tape, a->tk * a->e, sizeof(float));
        room.dq_far = far ? nn_memory(tape, BLOCK * a->d, sizeof(float)) : NULL;
        room.dk_far = far ? nn_memory(tape, a->tk * a->d, sizeof(float)) : NULL;
    }
    return room;
}

static void attend_run(struct nn_tape *tape, struct attend_work *w) {
    const struct attend *a = w->a;
    double start = nn_clock(tape);
    struct nn_mark mark = nn_scratch_mark(tape);
    w->units = a->batch * a->how.heads;
    if (w->dbias) {
        w->units = a->how.bias->shape.rank == 3 ? a->how.heads : 1;
    }
    w->slots = nn_min((size_t)tape->threads, w->units);
    w->room = nn_memory(tape, w->slots, sizeof *w->room);
    for (size_t i = 0; i < w->slots; i++) {
        w->room[i] = room_new(tape, a, w->dy != NULL);
    }
    nn_parallel(tape, w->slots, attend_piece, w);
    nn_scratch_release(tape, mark);
    tape->usage.attention_s += nn_clock(tape) - start;
}

static float *open_filled(struct nn_tape *tape, struct nn_tensor *x) {
    bool add;
    float *dx = x ? nn_grad_open(tape, x, &add) : NULL;
    if (dx && !add) {
        memset(dx, 0, x->size * sizeof *dx);
    }
    return dx;
}

/* inputs: q, k, v, bias; or qkv, NULL, NULL, bias */
static void attend_backward(struct nn_tape *tape, struct nn_tensor *y) {
    const struct attend *a = y->extra;
    struct attend_work w = {.a = a, .y = y->value, .dy = y->grad};
    w.dq = open_filled(tape, y->input[0]);
    if (y->input[1]) {
        w.dk = open_filled(tape, y->input[1]);
        w.dv = open_filled(tape, y->input[2]);
    } else if (w.dq) {
        w.dk = w.dq + a->how.heads * a->d;
        w.dv = w.dk + a->how.heads * a->d;
    }
    w.dbias = open_filled(tape, y->input[3]);
    attend_run(tape, &w);
}

static struct nn_tensor *attend_node(struct nn_tape *tape, const struct attend *setup, int inputs,
                                     struct nn_tensor *const *input) {
    struct attend *a = nn_memory(tape, 1, sizeof *a);
    *a = *setup;
    const struct nn_attention *how = &a->how;
    const struct nn_tensor *bias = how->bias;
    const struct nn_rotary *rule = how->rotary;
    if (how->window && !how->causal) {
        nn_refuse("nn_attend", "a window needs causal attention");
    }
    if (rule && (2 * rule->pairs != a->d || rule->positions < a->tk || a->tq > a->tk)) {
        nn_refuse("nn_attend", "the rotary rule does not fit (pairs, positions, or more queries than keys)");
    }
    if (bias && !(bias->shape.rank >= 2 && bias->shape.rank <= 3 && nn_last(bias) == a->tk &&
                  bias->shape.dim[bias->shape.rank - 2] == a->tq &&
                  (bias->shape.rank == 2 || bias->shape.dim[0] == how->heads))) {
        nn_refuse("nn_attend", "the bias must be (queries, keys) or (heads, queries, keys)");
    }
    a->scale = how->scale != 0 ? (float)how->scale : (float)(1 / sqrt((double)a->d));
    struct nn_tensor *y =
        nn_node(tape, nn_shape3(a->batch, a->tq, how->heads * a->e), true, inputs, input, attend_backward);
    a->lse = nn_memory(tape, a->batch * how->heads * a->tq, sizeof *a->lse);
    y->extra = a;
    struct attend_work w = {.a = a, .y = y->value};
    attend_run(tape, &w);
    return y;
}

struct nn_tensor *nn_attend(struct nn_tape *tape, struct nn_tensor *q, struct nn_tensor *k,
                            struct nn_tensor *v, const struct nn_attention *how) {
    size_t heads = how->heads;
    bool fits = heads && q->shape.rank == 3 && k->shape.rank == 3 && v->shape.rank == 3 &&
                q->shape.dim[0] == k->shape.dim[0] && k->shape.dim[0] == v->shape.dim[0] &&
                k->shape.dim[1] == v->shape.dim[1] && nn_last(q) == nn_last(k) && nn_last(q) % heads == 0 &&
                nn_last(v) % heads == 0;
    if (!fits) {
        nn_refuse("nn_attend", "the shapes do not fit");
    }
    struct attend a = {.how = *how,
                       .batch = q->shape.dim[0],
                       .tq = q->shape.dim[1],
                       .tk = k->shape.dim[1],
                       .d = nn_last(q) / heads,
                       .e = nn_last(v) / heads,
                       .q_step = nn_last(q),
                       .k_step = nn_last(k),
                       .v_step = nn_last(v),
                       .q = q->value,
                       .k = k->value,
                       .v = v->value};
    struct nn_tensor *input[4] = {q, k, v, how->bias};
    return attend_node(tape, &a, 4, input);
}

struct nn_tensor *nn_attend_qkv(struct nn_tape *tape, struct nn_tensor *qkv, const struct nn_attention *how) {
    size_t heads = how->heads;
    if (!heads || qkv->shape.rank != 3 || nn_last(qkv) % (3 * heads)) {
        nn_refuse("nn_attend_qkv", "needs (batch, time, 3 heads d)");
    }
    size_t step = nn_last(qkv), width = step / 3;
    struct attend a = {.how = *how,
                       .batch = qkv->shape.dim[0],
                       .tq = qkv->shape.dim[1],
                       .tk = qkv->shape.dim[1],
                       .d = width / heads,
                       .e = width / heads,
                       .q_step = step,
                       .k_step = step,
                       .v_step = step,
                       .q = qkv->value,
                       .k = qkv->value + width,
                       .v = qkv->value + 2 * width};
    struct nn_tensor *input[4] = {qkv, NULL, NULL, how->bias};
    return attend_node(tape, &a, 4, input);
}
