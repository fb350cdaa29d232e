/* Tables, sums, and other arrangements of the same numbers. */
#include <string.h>

#include "nn_math.h"

/* ---- sums ---- */

static NN_CLONES void column_kernel(const float *x, size_t rows, size_t n, float *sum) {
    for (size_t r = 0; r < rows; r++) {
        for (size_t j = 0; j < n; j++) {
            sum[j] += x[r * n + j];
        }
    }
}

struct column_work {
    const float *x;
    size_t rows, n;
    float *partial; /* (blocks, n) */
};

static void column_piece(void *context, size_t i) {
    const struct column_work *w = context;
    float *sum = w->partial + i * w->n;
    memset(sum, 0, w->n * sizeof *sum);
    column_kernel(w->x + i * NN_ROWS * w->n, nn_min(NN_ROWS, w->rows - i * NN_ROWS), w->n, sum);
}

void nn_column_sum(struct nn_tape *tape, const float *x, size_t rows, size_t n, float *sum, bool add) {
    struct nn_mark mark = nn_scratch_mark(tape);
    size_t blocks = (rows + NN_ROWS - 1) / NN_ROWS;
    struct column_work w = {x, rows, n, nn_memory(tape, blocks * n, sizeof(float))};
    nn_parallel(tape, blocks, column_piece, &w);
    if (!add) {
        memset(sum, 0, n * sizeof *sum);
    }
    column_kernel(w.partial, blocks, n, sum);
    nn_scratch_release(tape, mark);
}

static NN_CLONES float lane_sum(const float *x, size_t n) {
    float lane[NN_LANES] = {0};
    size_t i = 0;
    for (; i + NN_LANES <= n; i += NN_LANES) {
        for (int l = 0; l < NN_LANES; l++) {
            lane[l] += x[i + (size_t)l];
        }
    }
    float sum = 0;
    for (; i < n; i++) {
        sum += x[i];
    }
    for (int l = 0; l < NN_LANES; l++) {
        sum += lane[l];
    }
    return sum;
}

double nn_sum_of(const float *x, size_t n) {
    double sum = 0;
    for (size_t i = 0; i < n; i += 1024) {
        sum += (double)lane_sum(x + i, nn_min(1024, n - i));
    }
    return sum;
}

/* x as (before, along, after) around one axis */
struct axis {
    size_t before, along, after, begin, count;
    float scale;
};

static struct axis axis_of(const struct nn_tensor *x, int axis) {
    if (axis < 0 || axis >= x->shape.rank) {
        nn_refuse("axis", "must be 0 .. rank - 1");
    }
    struct axis a = {1, x->shape.dim[axis], 1, 0, 0, 1};
    for (int i = 0; i < axis; i++) {
        a.before *= x->shape.dim[i];
    }
    for (int i = axis + 1; i < x->shape.rank; i++) {
        a.after *= x->shape.dim[i];
    }
    return a;
}

static struct axis *axis_keep(struct nn_tape *tape, struct axis a) {
    struct axis *kept = nn_memory(tape, 1, sizeof *kept);
    *kept = a;
    return kept;
}

static void sum_axis_backward(struct nn_tape *tape, struct nn_tensor *y) {
    const struct axis *a = y->extra;
    bool add;
    float *dx = nn_grad_open(tape, y->input[0], &add);
    for (size_t i = 0; dx && i < a->before; i++) {
        for (size_t j = 0; j < a->along; j++) {
            float *to = dx + (i * a->along + j) * a->after;
            for (size_t k = 0; k < a->after; k++) {
                to[k] = (add ? to[k] : 0.0f) + a->scale * y->grad[i * a->after + k];
            }
        }
    }
}

static struct nn_tensor *reduce_axis(struct nn_tape *tape, struct nn_tensor *x, int axis, bool mean);

static struct nn_tensor *sum_axis_tangent(struct nn_tape *tape, struct nn_tensor *y,
                                          struct nn_tensor *const *t) {
    const struct axis *a = y->extra;
    return reduce_axis(tape, t[0], (int)a->begin, a->count != 0);
}

static struct nn_tensor *reduce_axis(struct nn_tape *tape, struct nn_tensor *x, int axis, bool mean) {
    struct axis a = axis_of(x, axis);
    a.begin = (size_t)axis;
    a.count = mean;
    a.scale = mean ? 1.0f / (float)a.along : 1.0f;
    struct nn_shape shape = {x->shape.rank - 1, {1, 1, 1, 1}};
    for (int i = 0, to = 0; i < x->shape.rank; i++) {
        if (i != axis) {
            shape.dim[to++] = x->shape.dim[i];
        }
    }
    if (shape.rank == 0) {
        shape.rank = 1;
    }
    struct nn_tensor *y = nn_node(tape, shape, true, 1, &x, sum_axis_backward);
    y->extra = axis_keep(tape, a);
    y->tangent = sum_axis_tangent;
    for (size_t i = 0; i < a.before; i++) {
        const float *from = x->value + i * a.along * a.after;
        if (a.after == 1) {
            y->value[i] = a.scale * (float)nn_sum_of(from, a.along);
            continue;
        }
        nn_column_sum(tape, from, a.along, a.after, y->value + i * a.after, false);
        for (size_t k = 0; mean && k < a.after; k++) {
            y->value[i * a.after + k] *= a.scale;
        }
    }
    return y;
}

struct nn_tensor *nn_sum_axis(struct nn_tape *tape, struct nn_tensor *x, int axis) {
    return reduce_axis(tape, x, axis, false);
}

struct nn_tensor *nn_mean_axis(struct nn_tape *tape, struct nn_tensor *x, int axis) {
    return reduce_axis(tape, x, axis, true);
}

struct nn_tensor *nn_sum(struct nn_tape *tape, struct nn_tensor *x) {
    return reduce_axis(tape, nn_reshape(tape, x, nn_shape1(x->size)), 0, false);
}

struct nn_tensor *nn_mean(struct nn_tape *tape, struct nn_tensor *x) {
    return reduce_axis(tape, nn_reshape(tape, x, nn_shape1(x->size)), 0, true);
}

/* ---- gather ---- */

static NN_CLONES void add_rows(const float *dy, const int32_t *index, size_t rows, size_t n, float *table) {
    for (size_t r = 0; r < rows; r++) {
        float *to = table + (size_t)index[r] * n;
        for (size_t j = 0; j < n; j++) {
            to[j] += dy[r * n + j];
        }
    }
}

static void gather_backward(struct nn_tape *tape, struct nn_tensor *y) {
    struct nn_tensor *table = y->input[0];
    bool add;
    float *dt = nn_grad_open(tape, table, &add);
    if (dt) {
        if (!add) {
            memset(dt, 0, table->size * sizeof *dt);
        }
        add_rows(y->grad, y->extra, y->shape.dim[0], y->shape.dim[1], dt);
    }
}

static struct nn_tensor *gather_tangent(struct nn_tape *tape, struct nn_tensor *y,
                                        struct nn_tensor *const *t) {
    return nn_gather(tape, t[0], y->extra, y->shape.dim[0]);
}

struct nn_tensor *nn_gather(struct nn_tape *tape, struct nn_tensor *table, const int32_t *index,
                            size_t rows) {
    if (table->shape.rank != 2 || rows == 0) {
        nn_refuse("nn_gather", "needs a matrix and at least one index");
    }
    size_t n = table->shape.dim[1];
    struct nn_tensor *y = nn_node(tape, nn_shape2(rows, n), true, 1, &table, gather_backward);
    y->extra = (void *)(uintptr_t)index;
    y->tangent = gather_tangent;
    for (size_t r = 0; r < rows; r++) {
        if (index[r] < 0 || (size_t)index[r] >= table->shape.dim[0]) {
            nn_refuse("nn_gather", "an index outside the table");
        }
        memcpy(y->value + r * n, table->value + (size_t)index[r] * n, n * sizeof(float));
    }
    return y;
}

/* ---- shapes ---- */

static NN_CLONES void copy_or_add(const float *from, float *to, size_t n, bool add) {
    if (add) {
        for (size_t i = 0; i < n; i++) {
            to[i] += from[i];
        }
    } else {
        memcpy(to, from, n * sizeof *to);
    }
}

static void reshape_backward(struct nn_tape *tape, struct nn_tensor *y) {
    const float *dy = y->grad;
    bool add;
    float *dx = nn_grad_steal(tape, y, y->input[0], &add);
    if (dx && dx != dy) {
        copy_or_add(dy, dx, y->size, add);
    }
}

static struct nn_tensor *reshape_tangent(struct nn_tape *tape, struct nn_tensor *y,
                                         struct nn_tensor *const *t) {
    return nn_reshape(tape, t[0], y->shape);
}

struct nn_tensor *nn_reshape(struct nn_tape *tape, struct nn_tensor *x, struct nn_shape shape) {
    if (nn_shape_size(shape) != x->size) {
        nn_refuse("nn_reshape", "another number of elements");
    }
    struct nn_tensor *y = nn_node(tape, shape, false, 1, &x, reshape_backward);
    y->value = x->value;
    y->tangent = reshape_tangent;
    return y;
}

struct permutation {
    int order[NN_DIMS];
    size_t n[NN_DIMS], step[NN_DIMS]; /* of the result: lengths, and steps through x */
};

/* back: x (+)= y scattered, else y = x gathered */
static void permute_copy(const struct permutation *p, float *x, float *y, bool back, bool add) {
    size_t at = 0;
    for (size_t i0 = 0; i0 < p->n[0]; i0++) {
        for (size_t i1 = 0; i1 < p->n[1]; i1++) {
            for (size_t i2 = 0; i2 < p->n[2]; i2++) {
                float *from = x + i0 * p->step[0] + i1 * p->step[1] + i2 * p->step[2];
                for (size_t i3 = 0; i3 < p->n[3]; i3++, at++) {
                    if (back) {
                        from[i3 * p->step[3]] = (add ? from[i3 * p->step[3]] : 0.0f) + y[at];
                    } else {
                        y[at] = from[i3 * p->step[3]];
                    }
                }
            }
        }
    }
}

static void permute_backward(struct nn_tape *tape, struct nn_tensor *y) {
    bool add;
    float *dx = nn_grad_open(tape, y->input[0], &add);
    if (dx) {
        permute_copy(y->extra, dx, y->grad, true, add);
    }
}

static struct nn_tensor *permute_tangent(struct nn_tape *tape, struct nn_tensor *y,
                                         struct nn_tensor *const *t) {
    return nn_permute(tape, t[0], ((const struct permutation *)y->extra)->order);
}

struct nn_tensor *nn_permute(struct nn_tape *tape, struct nn_tensor *x, const int *order) {
    int rank = x->shape.rank;
    size_t step[NN_DIMS], size = 1;
    for (int i = rank; i-- > 0;) {
        step[i] = size;
        size *= x->shape.dim[i];
    }
    struct permutation *p = nn_memory(tape, 1, sizeof *p);
    *p = (struct permutation){{0}, {1, 1, 1, 1}, {0}};
    struct nn_shape shape = x->shape;
    unsigned seen = 0;
    for (int i = 0; i < rank; i++) {
        if (order[i] < 0 || order[i] >= rank || seen & 1u << order[i]) {
            nn_refuse("nn_permute", "the order must name every dimension once");
        }
        seen |= 1u << order[i];
        p->order[i] = order[i];
        shape.dim[i] = x->shape.dim[order[i]];
        p->n[NN_DIMS - rank + i] = shape.dim[i];
        p->step[NN_DIMS - rank + i] = step[order[i]];
    }
    struct nn_tensor *y = nn_node(tape, shape, true, 1, &x, permute_backward);
    y->extra = p;
    y->tangent = permute_tangent;
    permute_copy(p, x->value, y->value, false, false);
    return y;
}

static void slice_backward(struct nn_tape *tape, struct nn_tensor *y) {
    const struct axis *a = y->extra;
    struct nn_tensor *x = y->input[0];
    bool add;
    float *dx = nn_grad_open(tape, x, &add);
    if (!dx) {
        return;
    }
    if (!add) {
        memset(dx, 0, x->size * sizeof *dx);
    }
    for (size_t i = 0; i < a->before; i++) {
        copy_or_add(y->grad + i * a->count * a->after, dx + (i * a->along + a->begin) * a->after,
                    a->count * a->after, true);
    }
}

static int axis_number(const struct nn_tensor *x, const struct axis *a) {
    size_t before = 1;
    for (int i = 0; i < x->shape.rank; i++) {
        if (before == a->before && x->shape.dim[i] == a->along) {
            return i;
        }
        before *= x->shape.dim[i];
    }
    return x->shape.rank - 1;
}

static struct nn_tensor *slice_tangent(struct nn_tape *tape, struct nn_tensor *y,
                                       struct nn_tensor *const *t) {
    const struct axis *a = y->extra;
    return nn_slice(tape, t[0], axis_number(t[0], a), a->begin, a->count);
}

struct nn_tensor *nn_slice(struct nn_tape *tape, struct nn_tensor *x, int axis, size_t begin, size_t count) {
    struct axis a = axis_of(x, axis);
    if (count == 0 || begin > a.along || count > a.along - begin) {
        nn_refuse("nn_slice", "the slice must be a non-empty part of the axis");
    }
    a.begin = begin;
    a.count = count;
    struct nn_shape shape = x->shape;
    shape.dim[axis] = count;
    struct nn_tensor *y = nn_node(tape, shape, true, 1, &x, slice_backward);
    y->extra = axis_keep(tape, a);
    y->tangent = slice_tangent;
    for (size_t i = 0; i < a.before; i++) {
        memcpy(y->value + i * count * a.after, x->value + (i * a.along + begin) * a.after,
               count * a.after * sizeof(float));
    }
    return y;
}

static void concat_backward(struct nn_tape *tape, struct nn_tensor *y) {
    const struct axis *s = y->extra; /* along: of y; begin: where b begins */
    for (int side = 0; side < 2; side++) {
        size_t begin = side ? s->begin : 0, count = side ? s->along - s->begin : s->begin;
        bool add;
        float *dx = nn_grad_open(tape, y->input[side], &add);
        for (size_t i = 0; dx && i < s->before; i++) {
            copy_or_add(y->grad + (i * s->along + begin) * s->after, dx + i * count * s->after,
                        count * s->after, add);
        }
    }
}

static struct nn_tensor *concat_tangent(struct nn_tape *tape, struct nn_tensor *y,
                                        struct nn_tensor *const *t) {
    const struct axis *s = y->extra;
    struct nn_tensor *part[2];
    for (int side = 0; side < 2; side++) {
        part[side] = t[side];
        if (!part[side]) {
            part[side] = nn_constant(tape, y->input[side]->shape);
            memset(part[side]->value, 0, part[side]->size * sizeof(float));
        }
    }
    return nn_concat(tape, part[0], part[1], (int)s->count);
}

struct nn_tensor *nn_concat(struct nn_tape *tape, struct nn_tensor *a, struct nn_tensor *b, int axis) {
    struct axis sa = axis_of(a, axis), sb = axis_of(b, axis);
    bool fits = a->shape.rank == b->shape.rank;
    for (int i = 0; i < a->shape.rank && fits; i++) {
        fits = i == axis || a->shape.dim[i] == b->shape.dim[i];
    }
    if (!fits) {
        nn_refuse("nn_concat", "the other dimensions must be equal");
    }
    struct nn_shape shape = a->shape;
    shape.dim[axis] = sa.along + sb.along;
    struct nn_tensor *input[2] = {a, b};
    struct nn_tensor *y = nn_node(tape, shape, true, 2, input, concat_backward);
    struct axis s = {sa.before, shape.dim[axis], sa.after, sa.along, (size_t)axis, 1};
    y->extra = axis_keep(tape, s);
    y->tangent = concat_tangent;
    size_t na = sa.along * sa.after, nb = sb.along * sb.after;
    for (size_t i = 0; i < sa.before; i++) {
        memcpy(y->value + i * (na + nb), a->value + i * na, na * sizeof(float));
        memcpy(y->value + i * (na + nb) + na, b->value + i * nb, nb * sizeof(float));
    }
    return y;
}
