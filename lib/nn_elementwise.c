/* Elementwise functions and products, broadcasting, stops. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "nn_math.h"

void nn_parallel(struct nn_tape *tape, size_t count, void (*body)(void *context, size_t i), void *context) {
    if (tape->threads == 1 || count < 2) {
        for (size_t i = 0; i < count; i++) {
            body(context, i);
        }
        return;
    }
#pragma omp parallel for num_threads(tape->threads) schedule(static)
    for (size_t i = 0; i < count; i++) {
        body(context, i);
    }
}

/* ---- functions of one number ---- */

enum function {
    F_EXP,
    F_LOG,
    F_SQRT,
    F_SQUARE,
    F_ABS,
    F_RECIPROCAL,
    F_RELU,
    F_TANH,
    F_SIGMOID,
    F_SOFTPLUS,
    F_SILU,
    F_GELU,
    F_STEP,
    F_COPY
};

NN_INLINE float function_value(enum function f, float x) {
    switch (f) {
    case F_EXP: return nn_expf(x);
    case F_LOG: return nn_logf(x);
    case F_SQRT: return __builtin_sqrtf(x);
    case F_SQUARE: return x * x;
    case F_ABS: return __builtin_fabsf(x);
    case F_RECIPROCAL: return 1.0f / x;
    case F_RELU: return x < 0.0f ? 0.0f : x;
    case F_TANH: return nn_tanhf(x);
    case F_SIGMOID: return nn_sigmoidf(x);
    case F_SOFTPLUS: return nn_softplusf(x);
    case F_SILU: return x * nn_sigmoidf(x);
    case F_GELU: return x * nn_sigmoidf(nn_gelu_argument(x));
    case F_STEP: return x > 0.0f ? 1.0f : 0.0f;
    default: return x;
    }
}

NN_INLINE float function_slope(enum function f, float x, float y) {
    float s;
    switch (f) {
    case F_EXP: return y;
    case F_LOG: return 1.0f / x;
    case F_SQRT: return y > 0.0f ? 0.5f / y : 0.0f;
    case F_SQUARE: return 2.0f * x;
    case F_ABS: return x > 0.0f ? 1.0f : x < 0.0f ? -1.0f : 0.0f;
    case F_RECIPROCAL: return -y * y;
    case F_RELU: return y > 0.0f ? 1.0f : 0.0f;
    case F_TANH: return 1.0f - y * y;
    case F_SIGMOID: return y * (1.0f - y);
    case F_SOFTPLUS: return nn_sigmoidf(x);
    case F_SILU: s = nn_sigmoidf(x); return s + x * s * (1.0f - s);
    case F_GELU:
        s = nn_sigmoidf(nn_gelu_argument(x));
        return s + x * s * (1.0f - s) * nn_gelu_argument_slope(x);
    default: return 1.0f;
    }
}

/* x and y, dy and dx may be the same: no iteration touches what another one reads. */
NN_INLINE void value_loop(enum function f, const float *x, float *y, size_t n) {
#pragma GCC ivdep
    for (size_t i = 0; i < n; i++) {
        y[i] = function_value(f, x[i]);
    }
}

NN_INLINE void slope_loop(enum function f, const float *x, const float *y, const float *dy, float *dx,
                          size_t n, bool add) {
    if (add) {
#pragma GCC ivdep
        for (size_t i = 0; i < n; i++) {
            dx[i] += dy[i] * function_slope(f, x[i], y[i]);
        }
    } else {
#pragma GCC ivdep
        for (size_t i = 0; i < n; i++) {
            dx[i] = dy[i] * function_slope(f, x[i], y[i]);
        }
    }
}

static NN_CLONES void value_kernel(enum function f, const float *x, float *y, size_t n) {
    switch (f) {
    case F_EXP: value_loop(F_EXP, x, y, n); break;
    case F_LOG: value_loop(F_LOG, x, y, n); break;
    case F_SQRT: value_loop(F_SQRT, x, y, n); break;
    case F_SQUARE: value_loop(F_SQUARE, x, y, n); break;
    case F_ABS: value_loop(F_ABS, x, y, n); break;
    case F_RECIPROCAL: value_loop(F_RECIPROCAL, x, y, n); break;
    case F_RELU: value_loop(F_RELU, x, y, n); break;
    case F_TANH: value_loop(F_TANH, x, y, n); break;
    case F_SIGMOID: value_loop(F_SIGMOID, x, y, n); break;
    case F_SOFTPLUS: value_loop(F_SOFTPLUS, x, y, n); break;
    case F_SILU: value_loop(F_SILU, x, y, n); break;
    case F_GELU: value_loop(F_GELU, x, y, n); break;
    case F_STEP: value_loop(F_STEP, x, y, n); break;
    case F_COPY:
        if (x != y) {
            memcpy(y, x, n * sizeof *y);
        }
        break;
    }
}

static NN_CLONES void slope_kernel(enum function f, const float *x, const float *y, const float *dy,
                                   float *dx, size_t n, bool add) {
    switch (f) {
    case F_EXP: slope_loop(F_EXP, y, y, dy, dx, n, add); break;
    case F_LOG: slope_loop(F_LOG, x, x, dy, dx, n, add); break;
    case F_SQRT: slope_loop(F_SQRT, y, y, dy, dx, n, add); break;
    case F_SQUARE: slope_loop(F_SQUARE, x, x, dy, dx, n, add); break;
    case F_ABS: slope_loop(F_ABS, x, x, dy, dx, n, add); break;
    case F_RECIPROCAL: slope_loop(F_RECIPROCAL, y, y, dy, dx, n, add); break;
    case F_RELU: slope_loop(F_RELU, y, y, dy, dx, n, add); break;
    case F_TANH: slope_loop(F_TANH, y, y, dy, dx, n, add); break;
    case F_SIGMOID: slope_loop(F_SIGMOID, y, y, dy, dx, n, add); break;
    case F_SOFTPLUS: slope_loop(F_SOFTPLUS, x, x, dy, dx, n, add); break;
    case F_SILU: slope_loop(F_SILU, x, x, dy, dx, n, add); break;
    case F_GELU: slope_loop(F_GELU, x, x, dy, dx, n, add); break;
    case F_STEP: break;
    case F_COPY: slope_loop(F_COPY, dy, dy, dy, dx, n, add); break;
    }
}

static enum function function_of(enum nn_activation activation) {
    switch (activation) {
    case NN_RELU: return F_RELU;
    case NN_TANH: return F_TANH;
    case NN_SIGMOID: return F_SIGMOID;
    case NN_SILU: return F_SILU;
    case NN_GELU: return F_GELU;
    default: return F_COPY;
    }
}

void nn_activation_value(enum nn_activation f, const float *x, float *y, size_t n) {
    value_kernel(function_of(f), x, y, n);
}

void nn_activation_slope(enum nn_activation f, const float *x, const float *y, const float *dy, float *dx,
                         size_t n, bool add) {
    if (f != NN_IDENTITY || add || dx != dy) {
        slope_kernel(function_of(f), x, y, dy, dx, n, add);
    }
}

bool nn_activation_needs_input(enum nn_activation f) {
    return f == NN_SILU || f == NN_GELU;
}

struct function_work {
    enum function f;
    const float *x, *y, *dy;
    float *out;
    size_t n;
    bool add;
};

static void value_piece(void *context, size_t i) {
    const struct function_work *w = context;
    size_t begin = i * NN_RANGE;
    value_kernel(w->f, w->x + begin, w->out + begin, nn_min(NN_RANGE, w->n - begin));
}

static void slope_piece(void *context, size_t i) {
    const struct function_work *w = context;
    size_t begin = i * NN_RANGE;
    slope_kernel(w->f, w->x + begin, w->y + begin, w->dy + begin, w->out + begin,
                 nn_min(NN_RANGE, w->n - begin), w->add);
}

static size_t ranges(size_t n) {
    return (n + NN_RANGE - 1) / NN_RANGE;
}

static void function_backward(struct nn_tape *tape, struct nn_tensor *y) {
    struct nn_tensor *x = y->input[0];
    const float *dy = y->grad;
    struct function_work w = {*(enum function *)y->extra, x->value, y->value, dy, NULL, y->size, false};
    w.out = nn_grad_steal(tape, y, x, &w.add);
    if (w.out) {
        nn_parallel(tape, ranges(y->size), slope_piece, &w);
    }
}

/* t f'(x) from differentiable pieces; y = f(x). */
static struct nn_tensor *function_tangent_of(struct nn_tape *p, enum function f, struct nn_tensor *x,
                                             struct nn_tensor *y, struct nn_tensor *t) {
    struct nn_tensor *s, *slope;
    switch (f) {
    case F_EXP: slope = y; break;
    case F_LOG: slope = nn_reciprocal(p, x); break;
    case F_SQRT: slope = nn_scale(p, nn_reciprocal(p, y), 0.5); break;
    case F_SQUARE: slope = nn_scale(p, x, 2); break;
    case F_ABS: slope = nn_sub(p, nn_step(p, x), nn_step(p, nn_scale(p, x, -1))); break;
    case F_RECIPROCAL: slope = nn_scale(p, nn_square(p, y), -1); break;
    case F_RELU: slope = nn_step(p, y); break;
    case F_TANH: slope = nn_affine(p, nn_square(p, y), -1, 1); break;
    case F_SIGMOID: slope = nn_mul(p, y, nn_affine(p, y, -1, 1)); break;
    case F_SOFTPLUS: slope = nn_sigmoid(p, x); break;
    case F_SILU:
        s = nn_sigmoid(p, x);
        slope = nn_mul(p, s, nn_affine(p, nn_mul(p, x, nn_affine(p, s, -1, 1)), 1, 1));
        break;
    case F_GELU: { /* y = x s(u), u = x (a + b x^2), u' = a + 3 b x^2 */
        const double a = 1.5957691216057308, b = 0.0713548162726009;
        struct nn_tensor *square = nn_square(p, x);
        s = nn_sigmoid(p, nn_mul(p, x, nn_affine(p, square, b, a)));
        struct nn_tensor *xu = nn_mul(p, x, nn_affine(p, square, 3 * b, a));
        slope = nn_mul(p, s, nn_affine(p, nn_mul(p, xu, nn_affine(p, s, -1, 1)), 1, 1));
        break;
    }
    case F_STEP: return NULL;
    default: return t;
    }
    return nn_mul(p, t, slope);
}

static struct nn_tensor *function_tangent(struct nn_tape *tape, struct nn_tensor *y,
                                          struct nn_tensor *const *t) {
    return function_tangent_of(tape, *(enum function *)y->extra, y->input[0], y, t[0]);
}

struct nn_tensor *nn_activation_tangent(struct nn_tape *tape, enum nn_activation f, struct nn_tensor *z,
                                        struct nn_tensor *y, struct nn_tensor *t) {
    return function_tangent_of(tape, function_of(f), z, y, t);
}

static struct nn_tensor *function_node(struct nn_tape *tape, enum function f, struct nn_tensor *x) {
    struct nn_tensor *y = nn_node(tape, x->shape, true, 1, &x, function_backward);
    y->extra = nn_memory(tape, 1, sizeof f);
    *(enum function *)y->extra = f;
    y->tangent = function_tangent;
    struct function_work w = {f, x->value, NULL, NULL, y->value, y->size, false};
    nn_parallel(tape, ranges(y->size), value_piece, &w);
    return y;
}

struct nn_tensor *nn_exp(struct nn_tape *tape, struct nn_tensor *x) {
    return function_node(tape, F_EXP, x);
}

struct nn_tensor *nn_log(struct nn_tape *tape, struct nn_tensor *x) {
    return function_node(tape, F_LOG, x);
}

struct nn_tensor *nn_sqrt(struct nn_tape *tape, struct nn_tensor *x) {
    return function_node(tape, F_SQRT, x);
}

struct nn_tensor *nn_square(struct nn_tape *tape, struct nn_tensor *x) {
    return function_node(tape, F_SQUARE, x);
}

struct nn_tensor *nn_abs(struct nn_tape *tape, struct nn_tensor *x) {
    return function_node(tape, F_ABS, x);
}

struct nn_tensor *nn_reciprocal(struct nn_tape *tape, struct nn_tensor *x) {
    return function_node(tape, F_RECIPROCAL, x);
}

struct nn_tensor *nn_relu(struct nn_tape *tape, struct nn_tensor *x) {
    return function_node(tape, F_RELU, x);
}

struct nn_tensor *nn_tanh(struct nn_tape *tape, struct nn_tensor *x) {
    return function_node(tape, F_TANH, x);
}

struct nn_tensor *nn_sigmoid(struct nn_tape *tape, struct nn_tensor *x) {
    return function_node(tape, F_SIGMOID, x);
}

struct nn_tensor *nn_softplus(struct nn_tape *tape, struct nn_tensor *x) {
    return function_node(tape, F_SOFTPLUS, x);
}

struct nn_tensor *nn_silu(struct nn_tape *tape, struct nn_tensor *x) {
    return function_node(tape, F_SILU, x);
}

struct nn_tensor *nn_gelu(struct nn_tape *tape, struct nn_tensor *x) {
    return function_node(tape, F_GELU, x);
}

static void stopped_backward(struct nn_tape *tape, struct nn_tensor *y) {
    (void)tape;
    (void)y;
}

static struct nn_tensor *stopped_tangent(struct nn_tape *tape, struct nn_tensor *y,
                                         struct nn_tensor *const *t) {
    (void)tape;
    (void)y;
    (void)t;
    return NULL;
}

struct nn_tensor *nn_step(struct nn_tape *tape, struct nn_tensor *x) {
    struct nn_tensor *y = function_node(tape, F_STEP, x);
    y->backward = stopped_backward;
    y->trains = false;
    return y;
}

struct nn_tensor *nn_activate(struct nn_tape *tape, struct nn_tensor *x, enum nn_activation activation) {
    return activation == NN_IDENTITY ? x : function_node(tape, function_of(activation), x);
}

struct nn_tensor *nn_stop_gradient(struct nn_tape *tape, struct nn_tensor *x) {
    struct nn_tensor *y = nn_node(tape, x->shape, false, 1, &x, stopped_backward);
    y->value = x->value;
    y->trains = false;
    y->tangent = stopped_tangent;
    return y;
}

struct nn_tensor *nn_straight_through(struct nn_tape *tape, struct nn_tensor *x,
                                      const struct nn_tensor *forward) {
    if (x->size != forward->size) {
        nn_refuse("nn_straight_through", "the forward value must have the size of x");
    }
    struct nn_tensor *y = function_node(tape, F_COPY, x);
    memcpy(y->value, forward->value, y->size * sizeof *y->value);
    return y;
}

/* ---- a x + b ---- */

struct affine {
    float a, b;
};

static NN_CLONES void affine_kernel(float a, float b, const float *x, float *y, size_t n, bool add) {
    if (add) {
#pragma GCC ivdep
        for (size_t i = 0; i < n; i++) {
            y[i] += a * x[i] + b;
        }
    } else {
#pragma GCC ivdep
        for (size_t i = 0; i < n; i++) {
            y[i] = a * x[i] + b;
        }
    }
}

static void affine_backward(struct nn_tape *tape, struct nn_tensor *y) {
    const struct affine *c = y->extra;
    const float *dy = y->grad;
    bool add;
    float *dx = nn_grad_steal(tape, y, y->input[0], &add);
    if (dx) {
        affine_kernel(c->a, 0, dy, dx, y->size, add);
    }
}

static struct nn_tensor *affine_tangent(struct nn_tape *tape, struct nn_tensor *y,
                                        struct nn_tensor *const *t) {
    const struct affine *c = y->extra;
    return nn_scale(tape, t[0], (double)c->a);
}

struct nn_tensor *nn_affine(struct nn_tape *tape, struct nn_tensor *x, double a, double b) {
    struct nn_tensor *y = nn_node(tape, x->shape, true, 1, &x, affine_backward);
    struct affine *c = nn_memory(tape, 1, sizeof *c);
    *c = (struct affine){(float)a, (float)b};
    y->extra = c;
    y->tangent = affine_tangent;
    affine_kernel(c->a, c->b, x->value, y->value, y->size, false);
    return y;
}

struct nn_tensor *nn_scale(struct nn_tape *tape, struct nn_tensor *x, double a) {
    return nn_affine(tape, x, a, 0);
}

/* ---- functions of two numbers ---- */

enum operation { O_ADD, O_SUB, O_MUL };

/* The result is (n3, n2, n1, n0) after padding with ones in front; operands step by sa, sb (0 where they
 * repeat). */
struct broadcast {
    enum operation operation;
    size_t n[NN_DIMS], sa[NN_DIMS], sb[NN_DIMS];
    bool same;     /* both have the shape of the result */
    size_t suffix; /* a sum or product with a vector b of this length repeated for every row; 0: no */
};

static void strides_of(const struct nn_tensor *x, const size_t n[NN_DIMS], size_t stride[NN_DIMS]) {
    size_t step = 1;
    for (int i = 0; i < NN_DIMS; i++) {
        size_t have = i < x->shape.rank ? x->shape.dim[x->shape.rank - 1 - i] : 1;
        if (have != 1 && have != n[i]) {
            nn_refuse("nn_add, nn_sub or nn_mul", "the shapes cannot be broadcast");
        }
        stride[i] = have == 1 ? 0 : step;
        step *= have;
    }
}

static struct nn_shape broadcast_plan(struct broadcast *plan, const struct nn_tensor *a,
                                      const struct nn_tensor *b) {
    struct nn_shape shape = {a->shape.rank > b->shape.rank ? a->shape.rank : b->shape.rank, {1, 1, 1, 1}};
    for (int i = 0; i < NN_DIMS; i++) {
        size_t na = i < a->shape.rank ? a->shape.dim[a->shape.rank - 1 - i] : 1;
        size_t nb = i < b->shape.rank ? b->shape.dim[b->shape.rank - 1 - i] : 1;
        plan->n[i] = na > nb ? na : nb;
        if (i < shape.rank) {
            shape.dim[shape.rank - 1 - i] = plan->n[i];
        }
    }
    strides_of(a, plan->n, plan->sa);
    strides_of(b, plan->n, plan->sb);
    size_t size = nn_shape_size(shape);
    plan->same = a->size == size && b->size == size;
    plan->suffix =
        !plan->same && a->size == size && b->size == nn_last(a) && nn_last(b) == nn_last(a) ? b->size : 0;
    return shape;
}

NN_INLINE float operate(enum operation o, float a, float b) {
    return o == O_ADD ? a + b : o == O_SUB ? a - b : a * b;
}

NN_INLINE void operate_loop(enum operation o, const float *a, size_t sa, const float *b, size_t sb, float *y,
                            size_t n) {
    if (sa && sb) {
        for (size_t i = 0; i < n; i++) {
            y[i] = operate(o, a[i], b[i]);
        }
    } else {
        for (size_t i = 0; i < n; i++) {
            y[i] = operate(o, a[i * sa], b[i * sb]);
        }
    }
}

static NN_CLONES void operate_row(enum operation o, const float *a, size_t sa, const float *b, size_t sb,
                                  float *y, size_t n) {
    switch (o) {
    case O_ADD: operate_loop(O_ADD, a, sa, b, sb, y, n); break;
    case O_SUB: operate_loop(O_SUB, a, sa, b, sb, y, n); break;
    case O_MUL: operate_loop(O_MUL, a, sa, b, sb, y, n); break;
    }
}

struct operate_work {
    enum operation o;
    const float *a, *b;
    float *y;
    size_t n;
};

static void operate_piece(void *context, size_t i) {
    const struct operate_work *w = context;
    size_t begin = i * NN_RANGE;
    operate_row(w->o, w->a + begin, 1, w->b + begin, 1, w->y + begin, nn_min(NN_RANGE, w->n - begin));
}

/* out (+)= sign * dy, times other where given; all of one size */
static NN_CLONES void fold_flat(const float *dy, float sign, const float *other, float *out, size_t n,
                                bool add) {
    if (other) {
#pragma GCC ivdep
        for (size_t i = 0; i < n; i++) {
            out[i] = (add ? out[i] : 0.0f) + dy[i] * other[i];
        }
    } else {
#pragma GCC ivdep
        for (size_t i = 0; i < n; i++) {
            out[i] = (add ? out[i] : 0.0f) + sign * dy[i];
        }
    }
}

/* The general case: out, with steps s, gathers dy (times other with steps so) over its repeated dimensions.
 */
static void fold_general(const struct broadcast *plan, const float *dy, float sign, const float *other,
                         const size_t so[NN_DIMS], float *out, const size_t s[NN_DIMS]) {
    size_t at = 0;
    for (size_t i3 = 0; i3 < plan->n[3]; i3++) {
        for (size_t i2 = 0; i2 < plan->n[2]; i2++) {
            for (size_t i1 = 0; i1 < plan->n[1]; i1++) {
                float *to = out + i3 * s[3] + i2 * s[2] + i1 * s[1];
                const float *by = other ? other + i3 * so[3] + i2 * so[2] + i1 * so[1] : NULL;
                if (s[0]) {
                    for (size_t i = 0; i < plan->n[0]; i++) {
                        to[i] += dy[at + i] * (by ? by[i * so[0]] : sign);
                    }
                } else {
                    double sum = 0;
                    for (size_t i = 0; i < plan->n[0]; i++) {
                        sum += (double)(dy[at + i] * (by ? by[i * so[0]] : sign));
                    }
                    *to += (float)sum;
                }
                at += plan->n[0];
            }
        }
    }
}

static void binary_backward_side(struct nn_tape *tape, struct nn_tensor *y, struct nn_tensor *x,
                                 const size_t *s, float sign, const float *other, const size_t *so,
                                 bool last) {
    const struct broadcast *plan = y->extra;
    const float *dy = y->grad;
    bool add;
    float *out = last ? nn_grad_steal(tape, y, x, &add) : nn_grad_open(tape, x, &add);
    if (!out) {
        return;
    }
    if (plan->same && out == dy && !other && sign == 1.0f) {
        return;
    }
    if (plan->same) {
        fold_flat(dy, sign, other, out, y->size, add);
    } else if (plan->suffix && x->size == plan->suffix && !other) {
        nn_column_sum(tape, dy, y->size / plan->suffix, plan->suffix, out, add);
    } else if (out == dy) { /* x has the full size, the other operand repeats: in place, row by row */
        for (size_t at = 0, i3 = 0; i3 < plan->n[3]; i3++) {
            for (size_t i2 = 0; i2 < plan->n[2]; i2++) {
                for (size_t i1 = 0; i1 < plan->n[1]; i1++, at += plan->n[0]) {
                    for (size_t i = 0; i < plan->n[0]; i++) {
                        out[at + i] *= other ? other[i3 * so[3] + i2 * so[2] + i1 * so[1] + i * so[0]] : sign;
                    }
                }
            }
        }
    } else {
        if (!add) {
            memset(out, 0, x->size * sizeof *out);
        }
        fold_general(plan, dy, sign, other, so, out, s);
    }
}

static void binary_backward(struct nn_tape *tape, struct nn_tensor *y) {
    const struct broadcast *plan = y->extra;
    struct nn_tensor *a = y->input[0], *b = y->input[1];
    bool product = plan->operation == O_MUL;
    bool a_last = nn_grad_wanted(tape, a) && a->size == y->size;
    if (a_last) {
        binary_backward_side(tape, y, b, plan->sb, plan->operation == O_SUB ? -1.0f : 1.0f,
                             product ? a->value : NULL, plan->sa, false);
        binary_backward_side(tape, y, a, plan->sa, 1.0f, product ? b->value : NULL, plan->sb, true);
    } else {
        binary_backward_side(tape, y, a, plan->sa, 1.0f, product ? b->value : NULL, plan->sb, false);
        binary_backward_side(tape, y, b, plan->sb, plan->operation == O_SUB ? -1.0f : 1.0f,
                             product ? a->value : NULL, plan->sa, true);
    }
}

/* A tangent broadcast to the shape of y when only one side moves. */
static struct nn_tensor *spread(struct nn_tape *tape, struct nn_tensor *t, struct nn_shape shape) {
    if (t->size == nn_shape_size(shape)) {
        return nn_reshape(tape, t, shape);
    }
    struct nn_tensor *zero = nn_constant(tape, shape);
    memset(zero->value, 0, zero->size * sizeof *zero->value);
    return nn_add(tape, zero, t);
}

static struct nn_tensor *binary_tangent(struct nn_tape *tape, struct nn_tensor *y,
                                        struct nn_tensor *const *t) {
    const struct broadcast *plan = y->extra;
    struct nn_tensor *a = t[0], *b = t[1];
    if (plan->operation == O_MUL) {
        a = a ? nn_mul(tape, a, y->input[1]) : NULL;
        b = b ? nn_mul(tape, y->input[0], b) : NULL;
    } else if (plan->operation == O_SUB && b) {
        b = nn_scale(tape, b, -1);
    }
    if (a && b) {
        return nn_add(tape, a, b);
    }
    return spread(tape, a ? a : b, y->shape);
}

static struct nn_tensor *binary_node(struct nn_tape *tape, enum operation o, struct nn_tensor *a,
                                     struct nn_tensor *b) {
    struct broadcast *plan = nn_memory(tape, 1, sizeof *plan);
    plan->operation = o;
    struct nn_shape shape = broadcast_plan(plan, a, b);
    if (o == O_SUB) {
        plan->suffix = 0;
    }
    struct nn_tensor *input[2] = {a, b};
    struct nn_tensor *y = nn_node(tape, shape, true, 2, input, binary_backward);
    y->extra = plan;
    y->tangent = binary_tangent;
    if (plan->same) {
        struct operate_work w = {o, a->value, b->value, y->value, y->size};
        nn_parallel(tape, ranges(y->size), operate_piece, &w);
        return y;
    }
    float *to = y->value;
    for (size_t i3 = 0; i3 < plan->n[3]; i3++) {
        for (size_t i2 = 0; i2 < plan->n[2]; i2++) {
            for (size_t i1 = 0; i1 < plan->n[1]; i1++, to += plan->n[0]) {
                operate_row(o, a->value + i3 * plan->sa[3] + i2 * plan->sa[2] + i1 * plan->sa[1], plan->sa[0],
                            b->value + i3 * plan->sb[3] + i2 * plan->sb[2] + i1 * plan->sb[1], plan->sb[0],
                            to, plan->n[0]);
            }
        }
    }
    return y;
}

struct nn_tensor *nn_add(struct nn_tape *tape, struct nn_tensor *a, struct nn_tensor *b) {
    return binary_node(tape, O_ADD, a, b);
}

struct nn_tensor *nn_sub(struct nn_tape *tape, struct nn_tensor *a, struct nn_tensor *b) {
    return binary_node(tape, O_SUB, a, b);
}

struct nn_tensor *nn_mul(struct nn_tape *tape, struct nn_tensor *a, struct nn_tensor *b) {
    return binary_node(tape, O_MUL, a, b);
}
