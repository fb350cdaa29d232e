/* Every operation of lib/nn.h against its float64 reference: values, and gradients against central
 * differences.
 *
 * Bounds. A float32 operation perturbs its result by at most eps = 2^-24 of it. With N roundings on the
 * longest path a computation without cancellation beyond that of its inputs is off by at most |error y_i| <=
 * eps N (sum_j |dy_i/dx_j| |x_j| + |y_i|), and the gradient of sum w_i y_i by at most eps N max_j sum_i |w_i|
 * |dy_i/dx_j|, up to a small factor (`slack`) for what the derivative inherits from the error of the value.
 * The sums come from the same differences of the reference, whose own error is h^2/6 of a third derivative
 * plus 2^-53/h of the value: below 1e-8 of the scale for h = 1e-5.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "check.h"
#include "linalg.h"
#include "nn.h"
#include "nn_internal.h"
#include "nn_reference.h"

enum { INPUTS = 13, SPOTS = 10, SMALL = 160 };
static const double eps = 0x1p-24, step_h = 1e-5, slack = 4;

struct trial {
    int inputs;
    struct nn_shape shape[INPUTS];
    double low[INPUTS], high[INPUTS];
    struct nn_shape out;
    double terms; /* roundings on the longest path, beyond a dozen */
    double inner; /* 1 where a slope comes from a difference of numbers near 1: 1 - y^2, y (1 - y), sigmoid -
                     target */
    size_t option[6];
    char ta, tb, op;
    int order[NN_DIMS];
    int32_t *index;
    float *target;
    unsigned char *mask;
    struct nn_attention how;
    struct nn_rotary *rotary;
    double floor; /* 1 where the value is the logarithm of a sum near 1: that much is rounded absolutely */
    double least; /* the least distance to a kink that the reference met */
    bool away;    /* inputs keep away from 0 */
};

struct operation {
    const char *name;
    void (*draw)(struct trial *t, gsl_rng *rng);
    struct nn_tensor *(*fast)(struct nn_tape *tape, const struct trial *t, struct nn_tensor **in);
    void (*slow)(struct trial *t, double **in, double *out);
};

static size_t below(gsl_rng *rng, size_t n) {
    return gsl_rng_uniform_int(rng, n);
}

/* 1 often, else 1 .. max */
static size_t length(gsl_rng *rng, size_t max) {
    return below(rng, 5) == 0 ? 1 : 1 + below(rng, max);
}

static struct nn_shape any_shape(gsl_rng *rng, size_t max) {
    struct nn_shape s = {1 + (int)below(rng, NN_DIMS), {1, 1, 1, 1}};
    for (int i = 0; i < s.rank; i++) {
        s.dim[i] = length(rng, s.rank == 1 ? 4 * max : s.rank == 2 ? 2 * max : max);
    }
    return s;
}

static struct nn_shape with_last(struct nn_shape s, size_t n) {
    s.dim[s.rank - 1] = n;
    return s;
}

static void inputs_are(struct trial *t, int n, double low, double high) {
    t->inputs = n;
    for (int i = 0; i < n; i++) {
        t->low[i] = low;
        t->high[i] = high;
    }
}

static int32_t *indices(gsl_rng *rng, size_t count, size_t below_n) {
    int32_t *index = base_alloc(count, sizeof *index);
    for (size_t i = 0; i < count; i++) {
        index[i] = (int32_t)below(rng, below_n);
    }
    return index;
}

static size_t last_of(struct nn_shape s) {
    return s.dim[s.rank - 1];
}

/* ---- functions ---- */

static const struct {
    enum reference_function f;
    struct nn_tensor *(*fast)(struct nn_tape *, struct nn_tensor *);
    double low, high;
} functions[] = {
    {REFERENCE_RELU, nn_relu, -3, 3},
    {REFERENCE_TANH, nn_tanh, -4, 4},
    {REFERENCE_SIGMOID, nn_sigmoid, -8, 8},
    {REFERENCE_SILU, nn_silu, -8, 8},
    {REFERENCE_GELU, nn_gelu, -5, 5},
    {REFERENCE_EXP, nn_exp, -6, 6},
    {REFERENCE_LOG, nn_log, 0.01, 9},
    {REFERENCE_SQRT, nn_sqrt, 0.01, 9},
    {REFERENCE_SQUARE, nn_square, -3, 3},
    {REFERENCE_ABS, nn_abs, -3, 3},
    {REFERENCE_RECIPROCAL, nn_reciprocal, 0.1, 3},
    {REFERENCE_SOFTPLUS, nn_softplus, -9, 9},
    {REFERENCE_STEP, nn_step, -3, 3},
};

static void draw_function(struct trial *t, gsl_rng *rng) {
    t->option[0] = below(rng, sizeof functions / sizeof *functions);
    inputs_are(t, 1, functions[t->option[0]].low, functions[t->option[0]].high);
    t->away = true;
    t->inner = 1;
    t->shape[0] = t->out = any_shape(rng, 4);
}

static struct nn_tensor *fast_function(struct nn_tape *tape, const struct trial *t, struct nn_tensor **in) {
    return functions[t->option[0]].fast(tape, in[0]);
}

static void slow_function(struct trial *t, double **in, double *out) {
    for (size_t i = 0; i < nn_shape_size(t->out); i++) {
        out[i] = reference_apply(functions[t->option[0]].f, in[0][i]);
    }
}

static void draw_affine(struct trial *t, gsl_rng *rng) {
    inputs_are(t, 1, -2, 2);
    t->shape[0] = t->out = any_shape(rng, 4);
}

static struct nn_tensor *fast_affine(struct nn_tape *tape, const struct trial *t, struct nn_tensor **in) {
    (void)t;
    return nn_affine(tape, in[0], -1.75, 0.625);
}

static void slow_affine(struct trial *t, double **in, double *out) {
    for (size_t i = 0; i < nn_shape_size(t->out); i++) {
        out[i] = -1.75 * in[0][i] + 0.625;
    }
}

/* ---- broadcasting ---- */

static void draw_binary(struct trial *t, gsl_rng *rng) {
    inputs_are(t, 2, -2, 2);
    t->op = "+-*"[below(rng, 3)];
    t->out = any_shape(rng, 4);
    int vary = (int)below(rng, 4);
    for (int side = 0; side < 2; side++) {
        struct nn_shape s = t->out;
        if (vary == side || vary == 2) { /* drop leading dimensions, or make some 1 */
            int drop = (int)below(rng, (size_t)s.rank);
            memmove(s.dim, s.dim + drop, (size_t)(s.rank - drop) * sizeof *s.dim);
            s.rank -= drop;
            for (int i = 0; i < s.rank && below(rng, 2); i++) {
                s.dim[below(rng, (size_t)s.rank)] = 1;
            }
        }
        t->shape[side] = s;
    }
    t->out.rank = t->shape[0].rank > t->shape[1].rank ? t->shape[0].rank : t->shape[1].rank;
    for (int i = 0; i < t->out.rank; i++) {
        size_t n = 1;
        for (int side = 0; side < 2; side++) {
            int at = t->shape[side].rank - 1 - i;
            n = at >= 0 && t->shape[side].dim[at] > n ? t->shape[side].dim[at] : n;
        }
        t->out.dim[t->out.rank - 1 - i] = n;
    }
    t->terms = (double)nn_shape_size(t->out);
}

static struct nn_tensor *fast_binary(struct nn_tape *tape, const struct trial *t, struct nn_tensor **in) {
    return t->op == '+'   ? nn_add(tape, in[0], in[1])
           : t->op == '-' ? nn_sub(tape, in[0], in[1])
                          : nn_mul(tape, in[0], in[1]);
}

static void slow_binary(struct trial *t, double **in, double *out) {
    reference_binary(t->op, in[0], t->shape[0], in[1], t->shape[1], out, t->out);
}

/* One tensor as both operands, and used again: ((x x) + x) - x^2 y. */
static void draw_shared(struct trial *t, gsl_rng *rng) {
    inputs_are(t, 2, -2, 2);
    t->shape[0] = t->shape[1] = t->out = any_shape(rng, 4);
}

static struct nn_tensor *fast_shared(struct nn_tape *tape, const struct trial *t, struct nn_tensor **in) {
    (void)t;
    struct nn_tensor *x = nn_scale(tape, in[0], 1); /* not a leaf: its gradient may be handed over */
    struct nn_tensor *square = nn_mul(tape, x, x);
    struct nn_tensor *twice = nn_add(tape, x, x);
    return nn_sub(tape, nn_add(tape, square, twice), nn_mul(tape, square, in[1]));
}

static void slow_shared(struct trial *t, double **in, double *out) {
    for (size_t i = 0; i < nn_shape_size(t->out); i++) {
        double x = in[0][i];
        out[i] = x * x + 2 * x - x * x * in[1][i];
    }
}

/* ---- matrices ---- */

static void draw_matmul(struct trial *t, gsl_rng *rng) {
    inputs_are(t, 2, -2, 2);
    t->ta = below(rng, 2) ? 'N' : 'T';
    t->tb = below(rng, 2) ? 'N' : 'T';
    bool large = below(rng, 40) == 0;
    size_t max = large ? 150 : 7;
    size_t m = length(rng, large ? 1400 : 7), n = length(rng, max), k = length(rng, max);
    int lead = (int)below(rng, 3);
    bool batched = lead > 0 && below(rng, 2);
    if (lead && !batched) {
        t->ta = 'N';
    }
    struct nn_shape a = {lead + 2, {1, 1, 1, 1}}, b;
    t->option[1] = 1;
    for (int i = 0; i < lead; i++) {
        a.dim[i] = length(rng, large ? 2 : 3);
        t->option[1] *= a.dim[i];
    }
    b = t->out = a;
    if (!batched) {
        b.rank = 2;
    }
    a.dim[lead] = t->ta == 'N' ? m : k;
    a.dim[lead + 1] = t->ta == 'N' ? k : m;
    b.dim[b.rank - 2] = t->tb == 'N' ? k : n;
    b.dim[b.rank - 1] = t->tb == 'N' ? n : k;
    t->out.dim[lead] = m;
    t->out.dim[lead + 1] = n;
    t->shape[0] = a;
    t->shape[1] = b;
    t->option[0] = batched;
    t->option[2] = m;
    t->option[3] = n;
    t->option[4] = k;
    t->terms = (double)(k + n + m * t->option[1]);
}

static struct nn_tensor *fast_matmul(struct nn_tape *tape, const struct trial *t, struct nn_tensor **in) {
    return nn_matmul(tape, in[0], t->ta, in[1], t->tb);
}

static void slow_matmul(struct trial *t, double **in, double *out) {
    reference_matmul(in[0], t->ta, in[1], t->tb, t->option[0], t->option[1], t->option[2], t->option[3],
                     t->option[4], out);
}

/* inputs: b, then table, then x, w, as option[3] says (1: bias, 2: table, 4: x and w) */
static void draw_dense(struct trial *t, gsl_rng *rng) {
    bool large = below(rng, 60) == 0;
    size_t rows, n = length(rng, large ? 40 : 6), m = length(rng, large ? 70 : 6);
    t->option[3] = below(rng, 2) ? 4 + below(rng, 2) : 2 + below(rng, 6);
    t->option[3] |= t->option[3] < 2 ? 4u : 0u;
    struct nn_shape shape = t->option[3] & 2 ? nn_shape2(length(rng, 8), 1) : any_shape(rng, 3);
    if (shape.rank == 1) {
        shape = nn_shape2(1, 1);
    }
    if (large) {
        shape = nn_shape2(900 + below(rng, 300), 1);
    }
    rows = nn_shape_size(with_last(shape, 1));
    inputs_are(t, 0, 0, 0);
    if (t->option[3] & 1) {
        t->shape[t->inputs++] = nn_shape1(m);
    }
    if (t->option[3] & 2) {
        size_t k = length(rng, 9);
        t->shape[t->inputs++] = nn_shape2(k, m);
        t->index = indices(rng, rows, k);
    }
    if (t->option[3] & 4) {
        t->shape[t->inputs++] = with_last(shape, n);
        t->shape[t->inputs++] = nn_shape2(n, m);
    }
    inputs_are(t, t->inputs, -1.5, 1.5);
    t->out = with_last(shape, m);
    t->option[0] = rows;
    t->option[1] = n;
    t->option[2] = m;
    t->option[4] = below(rng, 6); /* the activation: both enumerations begin alike */
    t->terms = 4 * (double)(n + m + rows);
    t->inner = 1;
}

static struct nn_tensor *fast_dense(struct nn_tape *tape, const struct trial *t, struct nn_tensor **in) {
    struct nn_tensor *b = t->option[3] & 1 ? *in++ : NULL, *table = t->option[3] & 2 ? *in++ : NULL;
    struct nn_tensor *x = t->option[3] & 4 ? in[0] : NULL, *w = t->option[3] & 4 ? in[1] : NULL;
    enum nn_activation f = (enum nn_activation)t->option[4];
    return table ? nn_dense_onehot(tape, x, w, table, t->index, t->option[0], b, f)
                 : nn_dense(tape, x, w, b, f);
}

static void slow_dense(struct trial *t, double **in, double *out) {
    const double *b = t->option[3] & 1 ? *in++ : NULL, *table = t->option[3] & 2 ? *in++ : NULL;
    const double *x = t->option[3] & 4 ? in[0] : NULL, *w = t->option[3] & 4 ? in[1] : NULL;
    enum reference_function f = (enum reference_function)t->option[4];
    reference_dense(x, w, table, t->index, b, t->option[0], t->option[1], t->option[2], f, out,
                    f == REFERENCE_RELU ? &t->least : NULL);
}

/* ---- rows ---- */

static void draw_gather(struct trial *t, gsl_rng *rng) {
    size_t k = length(rng, 9), rows = length(rng, 12), n = length(rng, 6);
    inputs_are(t, 1, -2, 2);
    t->shape[0] = nn_shape2(k, n);
    t->out = nn_shape2(rows, n);
    t->index = indices(rng, rows, k);
    t->terms = (double)rows;
}

static struct nn_tensor *fast_gather(struct nn_tape *tape, const struct trial *t, struct nn_tensor **in) {
    return nn_gather(tape, in[0], t->index, t->out.dim[0]);
}

static void slow_gather(struct trial *t, double **in, double *out) {
    reference_gather(in[0], t->index, t->out.dim[0], t->out.dim[1], out);
}

static void draw_softmax(struct trial *t, gsl_rng *rng) {
    inputs_are(t, 1, -4, 4);
    t->shape[0] = t->out = with_last(any_shape(rng, 3), length(rng, 20));
    t->option[0] = below(rng, 2);
    t->inner = 1;
    t->terms = 2 * (double)last_of(t->out);
}

static struct nn_tensor *fast_softmax(struct nn_tape *tape, const struct trial *t, struct nn_tensor **in) {
    return t->option[0] ? nn_log_softmax(tape, in[0]) : nn_softmax(tape, in[0]);
}

static void slow_softmax(struct trial *t, double **in, double *out) {
    size_t n = last_of(t->out);
    reference_softmax(in[0], nn_shape_size(t->out) / n, n, t->option[0], out);
}

static void draw_cross_entropy(struct trial *t, gsl_rng *rng) {
    draw_softmax(t, rng);
    size_t n = last_of(t->out), rows = nn_shape_size(t->out) / n;
    t->index = indices(rng, rows, n);
    for (size_t r = 0; r < rows; r++) {
        t->index[r] = below(rng, 6) ? t->index[r] : -1;
    }
    t->out = nn_shape1(1);
    t->floor = 1;
}

static struct nn_tensor *fast_cross_entropy(struct nn_tape *tape, const struct trial *t,
                                            struct nn_tensor **in) {
    return nn_cross_entropy(tape, in[0], t->index);
}

static void slow_cross_entropy(struct trial *t, double **in, double *out) {
    size_t n = last_of(t->shape[0]);
    out[0] = reference_cross_entropy(in[0], t->index, nn_shape_size(t->shape[0]) / n, n);
}

static void draw_binary_entropy(struct trial *t, gsl_rng *rng) {
    inputs_are(t, 1, -9, 9);
    t->inner = 1;
    t->shape[0] = any_shape(rng, 4);
    size_t n = nn_shape_size(t->shape[0]);
    t->target = base_alloc(n, sizeof *t->target);
    for (size_t i = 0; i < n; i++) {
        t->target[i] = below(rng, 2) ? (float)below(rng, 2) : (float)gsl_rng_uniform(rng);
    }
    t->out = nn_shape1(1);
}

static struct nn_tensor *fast_binary_entropy(struct nn_tape *tape, const struct trial *t,
                                             struct nn_tensor **in) {
    return nn_binary_cross_entropy(tape, in[0], t->target);
}

static void slow_binary_entropy(struct trial *t, double **in, double *out) {
    out[0] = reference_binary_cross_entropy(in[0], t->target, nn_shape_size(t->shape[0]));
}

/* option: 0 centred, 1 gain, 2 bias. epsilon 0.01: a row of one element has variance 0. */
static void draw_norm(struct trial *t, gsl_rng *rng) {
    bool large = below(rng, 60) == 0;
    t->shape[0] = t->out = with_last(large ? nn_shape2(300, 1) : any_shape(rng, 3), length(rng, 20));
    for (int i = 0; i < 3; i++) {
        t->option[i] = below(rng, 2);
    }
    t->option[2] = t->option[2] && t->option[0];
    inputs_are(t, 1 + (int)t->option[1] + (int)t->option[2], -2, 2);
    t->shape[1] = t->shape[2] = nn_shape1(last_of(t->out));
    t->terms = 4 * (double)nn_shape_size(t->out);
    t->inner = 10; /* projections of numbers up to 1/sqrt(epsilon) are subtracted */
}

static struct nn_tensor *fast_norm(struct nn_tape *tape, const struct trial *t, struct nn_tensor **in) {
    struct nn_tensor *gain = t->option[1] ? in[1] : NULL, *bias = t->option[2] ? in[1 + t->option[1]] : NULL;
    return t->option[0] ? nn_layer_norm(tape, in[0], gain, bias, 0.01) : nn_rms_norm(tape, in[0], gain, 0.01);
}

static void slow_norm(struct trial *t, double **in, double *out) {
    size_t n = last_of(t->out);
    reference_norm(in[0], t->option[1] ? in[1] : NULL, t->option[2] ? in[1 + t->option[1]] : NULL, 0.01,
                   t->option[0], nn_shape_size(t->out) / n, n, out);
}

/* ---- arrangements ---- */

/* option 0: axis, or rank for everything; 1: mean */
static void draw_sum(struct trial *t, gsl_rng *rng) {
    inputs_are(t, 1, -2, 2);
    t->shape[0] = below(rng, 40) ? any_shape(rng, 4) : nn_shape2(1 + below(rng, 400), 1 + below(rng, 40));
    t->option[0] = below(rng, (size_t)t->shape[0].rank + 1);
    t->option[1] = below(rng, 2);
    t->out = nn_shape1(1);
    if (t->option[0] < (size_t)t->shape[0].rank && t->shape[0].rank > 1) {
        t->out = t->shape[0];
        t->out.rank--;
        for (int i = (int)t->option[0]; i < t->out.rank; i++) {
            t->out.dim[i] = t->out.dim[i + 1];
        }
    }
    t->terms = (double)nn_shape_size(t->shape[0]);
}

static struct nn_tensor *fast_sum(struct nn_tape *tape, const struct trial *t, struct nn_tensor **in) {
    if (t->option[0] == (size_t)t->shape[0].rank) {
        return t->option[1] ? nn_mean(tape, in[0]) : nn_sum(tape, in[0]);
    }
    return t->option[1] ? nn_mean_axis(tape, in[0], (int)t->option[0])
                        : nn_sum_axis(tape, in[0], (int)t->option[0]);
}

static void slow_sum(struct trial *t, double **in, double *out) {
    bool all = t->option[0] == (size_t)t->shape[0].rank;
    struct nn_shape shape = all ? nn_shape1(nn_shape_size(t->shape[0])) : t->shape[0];
    reference_sum_axis(in[0], shape, all ? 0 : (int)t->option[0], t->option[1], out);
}

static void draw_permute(struct trial *t, gsl_rng *rng) {
    inputs_are(t, 1, -2, 2);
    t->shape[0] = t->out = any_shape(rng, 4);
    for (int i = 0; i < t->out.rank; i++) {
        int j = (int)below(rng, (size_t)i + 1);
        t->order[i] = t->order[j];
        t->order[j] = i;
    }
    for (int i = 0; i < t->out.rank; i++) {
        t->out.dim[i] = t->shape[0].dim[t->order[i]];
    }
}

/* through a reshape and back */
static struct nn_tensor *fast_permute(struct nn_tape *tape, const struct trial *t, struct nn_tensor **in) {
    struct nn_tensor *flat = nn_reshape(tape, in[0], nn_shape1(in[0]->size));
    return nn_permute(tape, nn_reshape(tape, flat, t->shape[0]), t->order);
}

static void slow_permute(struct trial *t, double **in, double *out) {
    reference_permute(in[0], t->shape[0], t->order, out);
}

static void draw_slice(struct trial *t, gsl_rng *rng) {
    inputs_are(t, 1, -2, 2);
    t->shape[0] = t->out = any_shape(rng, 4);
    t->option[0] = below(rng, (size_t)t->out.rank);
    size_t n = t->out.dim[t->option[0]];
    t->option[1] = below(rng, n);
    t->option[2] = 1 + below(rng, n - t->option[1]);
    t->out.dim[t->option[0]] = t->option[2];
}

static struct nn_tensor *fast_slice(struct nn_tape *tape, const struct trial *t, struct nn_tensor **in) {
    return nn_slice(tape, in[0], (int)t->option[0], t->option[1], t->option[2]);
}

static void slow_slice(struct trial *t, double **in, double *out) {
    reference_slice(in[0], t->shape[0], (int)t->option[0], t->option[1], t->option[2], out);
}

static void draw_concat(struct trial *t, gsl_rng *rng) {
    inputs_are(t, 2, -2, 2);
    t->shape[0] = t->shape[1] = t->out = any_shape(rng, 4);
    t->option[0] = below(rng, (size_t)t->out.rank);
    t->shape[1].dim[t->option[0]] = length(rng, 5);
    t->out.dim[t->option[0]] += t->shape[1].dim[t->option[0]];
}

static struct nn_tensor *fast_concat(struct nn_tape *tape, const struct trial *t, struct nn_tensor **in) {
    return nn_concat(tape, in[0], in[1], (int)t->option[0]);
}

static void slow_concat(struct trial *t, double **in, double *out) {
    reference_concat(in[0], t->shape[0], in[1], t->shape[1], (int)t->option[0], out);
}

/* ---- attention ---- */

/* option: batch, tq, tk, d, e, packed */
static void draw_attend(struct trial *t, gsl_rng *rng) {
    bool large = below(rng, 50) == 0;
    size_t batch = length(rng, 3), heads = 1 + below(rng, 3), most = large ? 200 : 7;
    size_t tk = length(rng, most), tq = below(rng, 2) ? tk : length(rng, most);
    size_t d = length(rng, large ? 36 : 5), e = length(rng, large ? 36 : 5);
    bool packed = below(rng, 3) == 0;
    t->how.heads = heads;
    t->how.causal = below(rng, 3) > 0;
    t->how.scale = below(rng, 2) ? 0 : 0.4;
    if (t->how.causal && below(rng, 3) == 0) {
        t->how.window = 1 + below(rng, tk + 1);
    }
    if (below(rng, 2)) { /* a rule: plain, ReRoPE, leaky, or one with leak below 1 */
        static const double leaks[4] = {INFINITY, INFINITY, 4, 0.25};
        double theta[18];
        size_t pairs = (d + 1) / 2;
        d = 2 * pairs;
        for (size_t m = 0; m < pairs; m++) {
            theta[m] = pow(10, -(double)m / (double)pairs);
        }
        long window = below(rng, 3) ? 1 + (long)below(rng, tk + 1) : 0;
        tq = tq > tk ? tk : tq;
        t->rotary = nn_rotary_new(tk + below(rng, 3), pairs, theta, window, leaks[below(rng, 4)]);
        t->how.rotary = t->rotary;
    }
    if (packed) {
        tq = tk;
        e = d;
    }
    if (below(rng, 3) == 0) {
        t->how.mask_per_batch = below(rng, 2);
        size_t n = (t->how.mask_per_batch ? batch : 1) * tq * tk;
        t->mask = base_alloc(n, 1);
        for (size_t i = 0; i < n; i++) {
            t->mask[i] = below(rng, 3) > 0;
        }
        t->how.mask = t->mask;
    }
    const size_t option[6] = {batch, tq, tk, d, e, packed};
    memcpy(t->option, option, sizeof option);
    inputs_are(t, 0, 0, 0);
    if (packed) {
        t->shape[t->inputs++] = nn_shape3(batch, tk, 3 * heads * d);
    } else {
        t->shape[t->inputs++] = nn_shape3(batch, tq, heads * d);
        t->shape[t->inputs++] = nn_shape3(batch, tk, heads * d);
        t->shape[t->inputs++] = nn_shape3(batch, tk, heads * e);
    }
    t->op = "-hs"[below(rng, 3)]; /* bias: none, by head, shared */
    if (t->op != '-') {
        t->shape[t->inputs++] = t->op == 'h' ? nn_shape3(heads, tq, tk) : nn_shape2(tq, tk);
    }
    inputs_are(t, t->inputs, -1.5, 1.5);
    t->out = nn_shape3(batch, tq, heads * e);
    t->terms = 8 * (double)(d + e + tk + tq);
    t->inner = 1; /* the mean slope of a row is subtracted: all of it where one key is seen */
}

static struct nn_tensor *fast_attend(struct nn_tape *tape, const struct trial *t, struct nn_tensor **in) {
    struct nn_attention how = t->how;
    how.bias = t->op != '-' ? in[t->inputs - 1] : NULL;
    return t->option[5] ? nn_attend_qkv(tape, in[0], &how) : nn_attend(tape, in[0], in[1], in[2], &how);
}

static void slow_attend(struct trial *t, double **in, double *out) {
    size_t batch = t->option[0], tq = t->option[1], tk = t->option[2], d = t->option[3], e = t->option[4];
    struct nn_attention how = t->how;
    struct nn_tensor bias = {.shape = t->shape[t->inputs - 1]};
    how.bias = &bias;
    const double *bias_values = t->op != '-' ? in[t->inputs - 1] : NULL;
    if (!t->option[5]) {
        reference_attend(in[0], in[1], in[2], bias_values, &how, batch, tq, tk, d, e, out);
        return;
    }
    double *part[3];
    size_t width = how.heads * d;
    for (size_t i = 0; i < 3; i++) {
        part[i] = base_alloc(batch * tk * width, sizeof(double));
        reference_slice(in[0], t->shape[0], 2, i * width, width, part[i]);
    }
    reference_attend(part[0], part[1], part[2], bias_values, &how, batch, tq, tk, d, e, out);
    for (size_t i = 0; i < 3; i++) {
        free(part[i]);
    }
}

/* ---- layers ---- */

/* option: batch, time, width, hidden */
static void draw_block(struct trial *t, gsl_rng *rng) {
    size_t heads = 1 + below(rng, 2), width = heads * length(rng, 3), hidden = length(rng, 7);
    const size_t option[4] = {length(rng, 2), length(rng, 5), width, hidden};
    memcpy(t->option, option, sizeof option);
    t->how = (struct nn_attention){.heads = heads, .causal = below(rng, 2)};
    const struct nn_shape shape[INPUTS] = {nn_shape3(option[0], option[1], width),
                                           nn_shape1(width),
                                           nn_shape1(width),
                                           nn_shape1(width),
                                           nn_shape1(width),
                                           nn_shape2(width, 3 * width),
                                           nn_shape1(3 * width),
                                           nn_shape2(width, width),
                                           nn_shape1(width),
                                           nn_shape2(width, hidden),
                                           nn_shape1(hidden),
                                           nn_shape2(hidden, width),
                                           nn_shape1(width)};
    memcpy(t->shape, shape, sizeof shape);
    inputs_are(t, INPUTS, -1, 1);
    t->low[0] = -3; /* the norms divide by the deviation of rows: keep them apart */
    t->high[0] = 3;
    t->out = shape[0];
    t->inner = 1;
    t->terms = 40 * (double)(5 * width + hidden + option[1] * option[0]);
}

static struct nn_tensor *fast_block(struct nn_tape *tape, const struct trial *t, struct nn_tensor **in) {
    struct nn_block block = {in[1],          in[2],          in[3],           in[4],
                             {in[5], in[6]}, {in[7], in[8]}, {in[9], in[10]}, {in[11], in[12]}};
    return nn_block_apply(tape, &block, in[0], &t->how);
}

static void slow_block(struct trial *t, double **in, double *out) {
    reference_block(in[0], (const double *const *)(in + 1), &t->how, t->option[0], t->option[1], t->option[2],
                    t->option[3], out);
    /* Deviations near 0 make the derivatives of a norm explode: as good as a kink. */
    size_t width = t->option[2];
    for (size_t r = 0; r < t->option[0] * t->option[1]; r++) {
        double mean = 0, square = 0;
        for (size_t i = 0; i < width; i++) {
            mean += in[0][r * width + i] / (double)width;
        }
        for (size_t i = 0; i < width; i++) {
            square += pow(in[0][r * width + i] - mean, 2) / (double)width;
        }
        t->least = fmin(t->least, width > 1 ? sqrt(square) / 100 : 1);
    }
}

/* option: rows, widths */
static void draw_mlp(struct trial *t, gsl_rng *rng) {
    size_t width[4] = {length(rng, 4), length(rng, 4), length(rng, 4), length(rng, 4)}, rows = length(rng, 4);
    inputs_are(t, 7, -1.5, 1.5);
    t->shape[0] = nn_shape2(rows, width[0]);
    for (int i = 0; i < 3; i++) {
        t->shape[1 + 2 * i] = nn_shape2(width[i], width[i + 1]);
        t->shape[2 + 2 * i] = nn_shape1(width[i + 1]);
    }
    t->out = nn_shape2(rows, width[3]);
    t->option[0] = below(rng, 6);
    t->inner = 1;
    t->terms = 8 * (double)(width[0] + width[1] + width[2] + width[3] + rows);
}

static struct nn_tensor *fast_mlp(struct nn_tape *tape, const struct trial *t, struct nn_tensor **in) {
    struct nn_mlp mlp = {
        3, (enum nn_activation)t->option[0], {{in[1], in[2]}, {in[3], in[4]}, {in[5], in[6]}}};
    return nn_mlp_apply(tape, &mlp, in[0]);
}

static void slow_mlp(struct trial *t, double **in, double *out) {
    double h[2][16];
    const double *x = in[0];
    size_t rows = t->shape[0].dim[0];
    for (int i = 0; i < 3; i++) {
        enum reference_function f = i < 2 ? (enum reference_function)t->option[0] : REFERENCE_IDENTITY;
        double *y = i < 2 ? h[i] : out;
        reference_dense(x, in[1 + 2 * i], NULL, NULL, in[2 + 2 * i], rows, t->shape[1 + 2 * i].dim[0],
                        t->shape[1 + 2 * i].dim[1], f, y, f == REFERENCE_RELU ? &t->least : NULL);
        x = y;
    }
}

/* ---- the comparison ---- */

static const struct operation operations[] = {
    {"function", draw_function, fast_function, slow_function},
    {"affine", draw_affine, fast_affine, slow_affine},
    {"binary", draw_binary, fast_binary, slow_binary},
    {"shared", draw_shared, fast_shared, slow_shared},
    {"matmul", draw_matmul, fast_matmul, slow_matmul},
    {"dense", draw_dense, fast_dense, slow_dense},
    {"gather", draw_gather, fast_gather, slow_gather},
    {"softmax", draw_softmax, fast_softmax, slow_softmax},
    {"cross_entropy", draw_cross_entropy, fast_cross_entropy, slow_cross_entropy},
    {"binary_cross_entropy", draw_binary_entropy, fast_binary_entropy, slow_binary_entropy},
    {"norm", draw_norm, fast_norm, slow_norm},
    {"sum", draw_sum, fast_sum, slow_sum},
    {"permute", draw_permute, fast_permute, slow_permute},
    {"slice", draw_slice, fast_slice, slow_slice},
    {"concat", draw_concat, fast_concat, slow_concat},
    {"attend", draw_attend, fast_attend, slow_attend},
    {"block", draw_block, fast_block, slow_block},
    {"mlp", draw_mlp, fast_mlp, slow_mlp},
};

static void trial_free(struct trial *t) {
    free(t->index);
    free(t->target);
    free(t->mask);
    nn_rotary_free(t->rotary);
}

static float drawn(const struct trial *t, int input, gsl_rng *rng) {
    float x;
    do {
        x = (float)(t->low[input] + (t->high[input] - t->low[input]) * gsl_rng_uniform(rng));
    } while (t->away && fabs((double)x) < 2e-3);
    return x;
}

/* Draws inputs until the reference is away from kinks. */
static bool draw_inputs(struct trial *t, const struct operation *op, gsl_rng *rng, struct nn_tensor **in,
                        double **slow, double *y) {
    for (int attempt = 0; attempt < 20; attempt++) {
        for (int i = 0; i < t->inputs; i++) {
            for (size_t j = 0; j < in[i]->size; j++) {
                in[i]->value[j] = drawn(t, i, rng);
                slow[i][j] = (double)in[i]->value[j];
            }
        }
        t->least = 1;
        op->slow(t, slow, y);
        if (t->least > 2e-3) {
            return true;
        }
    }
    return false; /* as with hundreds of kinks */
}

struct checked {
    double value, gradient; /* worst error as a fraction of its bound */
    long trials;
};

static void check_trial(const struct operation *op, gsl_rng *rng, struct nn_tape *tape, struct checked *sum) {
    struct trial t = {.least = 1};
    op->draw(&t, rng);
    nn_tape_reset(tape);
    struct nn_tensor *in[INPUTS];
    double *slow[INPUTS];
    size_t total = 0;
    for (int i = 0; i < t.inputs; i++) {
        in[i] = nn_variable(tape, t.shape[i]);
        slow[i] = base_alloc(in[i]->size, sizeof(double));
        total += in[i]->size;
    }
    size_t n = nn_shape_size(t.out);
    double *y = base_alloc(4 * n, sizeof *y), *up = y + n, *down = y + 2 * n, *sensitivity = y + 3 * n;
    if (draw_inputs(&t, op, rng, in, slow, y)) {
        struct nn_tensor *fast = op->fast(tape, &t, in);
        assert_int_equal(fast->shape.rank, t.out.rank);
        assert_memory_equal(fast->shape.dim, t.out.dim, (size_t)t.out.rank * sizeof(size_t));
        struct nn_tensor *weight = nn_constant(tape, fast->shape);
        for (size_t i = 0; i < n; i++) {
            weight->value[i] = (float)(2 * gsl_rng_uniform(rng) - 1);
        }
        nn_backward(tape, nn_sum(tape, nn_mul(tape, fast, weight)));

        bool small = total <= SMALL;
        size_t spots = small ? total : SPOTS;
        double *want = base_alloc(2 * spots, sizeof *want), *got = want + spots;
        double largest_y = 0, largest_gradient = 0, largest_part = 0;
        for (size_t s = 0; s < spots; s++) {
            size_t j = small ? s : below(rng, total);
            int i = 0;
            while (j >= in[i]->size) {
                j -= in[i++]->size;
            }
            double x = slow[i][j], h = step_h * fmax(1, fabs(x)), absolute = 0;
            slow[i][j] = x + h;
            op->slow(&t, slow, up);
            slow[i][j] = x - h;
            op->slow(&t, slow, down);
            slow[i][j] = x;
            for (size_t k = 0; k < n; k++) {
                double slope = (up[k] - down[k]) / (2 * h);
                want[s] += (double)weight->value[k] * slope;
                absolute += fabs((double)weight->value[k] * slope);
                sensitivity[k] += fabs(slope * x);
                largest_part = fmax(largest_part, fabs(slope * x));
            }
            got[s] = in[i]->grad_set ? (double)in[i]->grad[j] : 0;
            largest_gradient = fmax(largest_gradient, absolute);
        }
        double roundings = t.terms + 12;
        for (size_t k = 0; k < n; k++) {
            largest_y = fmax(largest_y, fabs(y[k]));
        }
        for (size_t k = 0; k < n; k++) {
            double scale = (small ? sensitivity[k] : t.terms * largest_part) + largest_y + t.floor;
            double bound = slack * eps * roundings * scale;
            double error = fabs((double)fast->value[k] - y[k]);
            if (!(error <= bound)) {
                fail_msg("%s: value %zu of %zu is %.9g, must be %.9g +- %.2g", op->name, k, n,
                         (double)fast->value[k], y[k], bound);
            }
            sum->value = fmax(sum->value, bound > 0 ? error / bound : 0);
        }
        for (size_t s = 0; s < spots; s++) {
            double bound = slack * eps * roundings * (largest_gradient + t.inner) +
                           1e-8 * (1 + largest_y + largest_gradient);
            double error = fabs(got[s] - want[s]);
            if (!(error <= bound)) {
                fail_msg("%s: gradient %zu of %zu is %.9g, must be %.9g +- %.2g", op->name, s, spots, got[s],
                         want[s], bound);
            }
            sum->gradient = fmax(sum->gradient, error / bound);
        }
        sum->trials++;
        free(want);
    }
    for (int i = 0; i < t.inputs; i++) {
        free(slow[i]);
    }
    free(y);
    trial_free(&t);
}

static void test_operations(void **state) {
    (void)state;
    for (int threads = 1; threads <= 2; threads++) {
        struct nn_tape *tape = nn_tape_new(threads);
        for (size_t i = 0; i < sizeof operations / sizeof *operations; i++) {
            gsl_rng *rng = check_stream(operations[i].name);
            struct checked sum = {0};
            long rounds = check_rounds(threads == 1 ? 500 : 50);
            for (long round = 0; round < rounds; round++) {
                check_trial(&operations[i], rng, tape, &sum);
            }
            assert_true(sum.trials > rounds / 2);
            print_message("%-22s %5ld shapes, worst error %.2f of the bound, gradient %.2f\n",
                          operations[i].name, sum.trials, sum.value, sum.gradient);
            gsl_rng_free(rng);
        }
        nn_tape_free(tape);
    }
}

/* Integers small enough for every sum to be exact, so the results must be equal: all transpositions, rows
 * longer than the matrix, beta 0 (over NaN) and 1, sizes across all blockings; what lies between the rows of
 * C stays. */
static void test_gemm(void **state) {
    (void)state;
    gsl_rng *rng = check_stream("gemm");
    for (long round = 0; round < check_rounds(250); round++) {
        size_t most = round % 10 ? 70 : 600, pad = below(rng, 4);
        size_t m = length(rng, most), n = length(rng, most), k = length(rng, round % 10 ? 70 : 530);
        char ta = "NT"[below(rng, 2)], tb = "NT"[below(rng, 2)];
        size_t lda = (ta == 'N' ? k : m) + pad, ldb = (tb == 'N' ? n : k) + pad, ldc = n + pad;
        float *a = base_alloc((ta == 'N' ? m : k) * lda, sizeof *a);
        float *b = base_alloc((tb == 'N' ? k : n) * ldb, sizeof *b);
        float *c = base_alloc(m * ldc, sizeof *c), beta = (float)below(rng, 2);
        for (size_t i = 0; i < (ta == 'N' ? m : k) * lda; i++) {
            a[i] = (float)below(rng, 17) - 8;
        }
        for (size_t i = 0; i < (tb == 'N' ? k : n) * ldb; i++) {
            b[i] = (float)below(rng, 17) - 8;
        }
        for (size_t i = 0; i < m * ldc; i++) {
            c[i] = i % ldc >= n ? 77 : beta != 0 ? 3 : NAN;
        }
        nn_gemm_piece(ta, tb, m, n, k, a, lda, b, ldb, beta, c, ldc);
        for (size_t i = 0; i < m; i++) {
            for (size_t j = 0; j < ldc; j++) {
                float want = j < n ? 3 * beta : 77;
                for (size_t p = 0; j < n && p < k; p++) {
                    want += (ta == 'N' ? a[i * lda + p] : a[p * lda + i]) *
                            (tb == 'N' ? b[p * ldb + j] : b[j * ldb + p]);
                }
                if (!(c[i * ldc + j] == want)) {
                    fail_msg("%c%c %zu x %zu x %zu: element (%zu, %zu) is %g, must be %g", ta, tb, m, n, k, i,
                             j, (double)c[i * ldc + j], (double)want);
                }
            }
        }
        free(a);
        free(b);
        free(c);
    }
    gsl_rng_free(rng);
}

/* ---- stops, straight-through, several losses, frozen parameters ---- */

static void test_stops(void **state) {
    (void)state;
    struct nn_tape *tape = nn_tape_new(1);
    struct nn_tensor *x = nn_variable(tape, nn_shape1(3));
    const float values[3] = {0.3f, -1.7f, 2.6f}, rounded[3] = {0, -2, 3};
    memcpy(x->value, values, sizeof values);
    struct nn_tensor *q = nn_straight_through(tape, x, nn_constant_of(tape, nn_shape1(3), rounded));
    struct nn_tensor *y = nn_mul(tape, nn_square(tape, q), nn_stop_gradient(tape, x));
    struct nn_tensor *loss = nn_sum(tape, y);
    nn_backward(tape, loss);
    for (int i = 0; i < 3; i++) {
        check_close("straight-through", (double)x->grad[i], 2.0 * (double)rounded[i] * (double)values[i],
                    1e-6);
    }
    nn_backward(tape, nn_sum(tape, nn_scale(tape, x, 3))); /* a second loss adds */
    check_close("two losses", (double)x->grad[0], 3, 1e-6);
    nn_tape_free(tape);

    struct nn_model *model = nn_model_new();
    gsl_rng *rng = check_stream("frozen");
    struct nn_linear a = nn_linear_new(model, "a", 4, 4, true, rng),
                     b = nn_linear_new(model, "b", 4, 1, true, rng);
    a.w->trains = false;
    float before[16];
    memcpy(before, a.w->value, sizeof before);
    tape = nn_tape_new(1);
    struct nn_optimizer sgd = nn_optimizer_new(NN_SGD, 0.1);
    x = nn_constant(tape, nn_shape2(5, 4));
    for (size_t i = 0; i < x->size; i++) {
        x->value[i] = (float)rng_normal(rng);
    }
    nn_backward(tape,
                nn_sum(tape, nn_linear_apply(tape, &b, nn_linear_apply(tape, &a, x, NN_TANH), NN_IDENTITY)));
    assert_false(a.w->grad_set);
    assert_true(a.b->grad_set && b.w->grad_set);
    nn_optimizer_step(&sgd, model, 1);
    assert_memory_equal(before, a.w->value, sizeof before);
    assert_null(nn_parameter_find(model, "c.w"));
    assert_ptr_equal(nn_parameter_find(model, "b.w"), b.w);
    nn_tape_free(tape);
    nn_model_free(model);
    gsl_rng_free(rng);
}

/* ---- gradients as values ---- */

enum { CRITIC_ROWS = 5, CRITIC_IN = 3, CRITIC_WIDTH = 6 };

/* d y / d x row by row of a critic w2 f(w1 x + b1), and the penalty, in float64 by central differences in x
 */
static double critic_penalty(const double *x, double **w, enum reference_function f, double center,
                             double *least) {
    double total = 0;
    for (size_t r = 0; r < CRITIC_ROWS; r++) {
        double square = 0;
        for (size_t i = 0; i < CRITIC_IN; i++) {
            double side[2];
            for (int s = 0; s < 2; s++) {
                double at[CRITIC_IN], h[CRITIC_WIDTH];
                memcpy(at, x + r * CRITIC_IN, sizeof at);
                at[i] += s ? 1e-4 : -1e-4;
                reference_dense(at, w[0], NULL, NULL, w[1], 1, CRITIC_IN, CRITIC_WIDTH, f, h, least);
                reference_dense(h, w[2], NULL, NULL, NULL, 1, CRITIC_WIDTH, 1, REFERENCE_IDENTITY, &side[s],
                                NULL);
            }
            square += pow((side[1] - side[0]) / 2e-4, 2);
        }
        total += pow(sqrt(square) - center, 2) / CRITIC_ROWS;
    }
    return total;
}

/* The penalty and its gradient by all parameters and inputs. Differences of differences: 1e-4 in x leaves
 * 1e-8 of truncation and 1e-12 of rounding in the gradient by x, 1e-3 in the parameters 1e-6 and 1e-9. */
static void test_gradient_penalty(void **state) {
    (void)state;
    gsl_rng *rng = check_stream("gradient_penalty");
    struct nn_tape *tape = nn_tape_new(1);
    for (long round = 0; round < check_rounds(40); round++) {
        static const enum nn_activation kinds[] = {NN_RELU, NN_TANH, NN_SIGMOID, NN_SILU, NN_GELU};
        enum nn_activation f = kinds[round % 5];
        double center = round % 2 ? 1 : 0;
        nn_tape_reset(tape);
        struct nn_tensor *in[4] = {nn_variable(tape, nn_shape2(CRITIC_IN, CRITIC_WIDTH)),
                                   nn_variable(tape, nn_shape1(CRITIC_WIDTH)),
                                   nn_variable(tape, nn_shape2(CRITIC_WIDTH, 1)),
                                   nn_variable(tape, nn_shape2(CRITIC_ROWS, CRITIC_IN))};
        double *slow[4], least = 1;
        for (int i = 0; i < 4; i++) {
            slow[i] = base_alloc(in[i]->size, sizeof(double));
            for (size_t j = 0; j < in[i]->size; j++) {
                in[i]->value[j] = (float)rng_normal(rng);
                slow[i][j] = (double)in[i]->value[j];
            }
        }
        double want = critic_penalty(slow[3], slow, (enum reference_function)f, center, &least);
        if (f != NN_RELU || least > 1e-2) { /* steps of 1e-3 in a weight must not cross a kink */
            struct nn_tensor *h =
                f == NN_RELU && round % 3
                    ? nn_relu(tape, nn_add(tape, nn_matmul(tape, in[3], 'N', in[0], 'N'), in[1]))
                    : nn_dense(tape, in[3], in[0], in[1], f);
            struct nn_tensor *y = nn_matmul(tape, h, 'N', in[2], 'N');
            struct nn_tensor *penalty = nn_gradient_penalty(tape, y, in[3], center);
            assert_false(in[0]->grad_set || in[3]->grad_set);
            check_close("penalty", (double)penalty->value[0], want, 1e-5 * (1 + want));
            nn_backward(tape, penalty);
            for (int i = 0; i < 4; i++) {
                for (size_t j = 0; j < in[i]->size; j++) {
                    double x = slow[i][j], side[2];
                    for (int s = 0; s < 2; s++) {
                        slow[i][j] = x + (s ? 1e-3 : -1e-3);
                        side[s] = critic_penalty(slow[3], slow, (enum reference_function)f, center, NULL);
                    }
                    slow[i][j] = x;
                    double got = in[i]->grad_set ? (double)in[i]->grad[j] : 0;
                    check_close("gradient of the penalty", got, (side[1] - side[0]) / 2e-3,
                                3e-4 * (1 + want));
                }
            }
        }
        for (int i = 0; i < 4; i++) {
            free(slow[i]);
        }
    }
    nn_tape_free(tape);
    gsl_rng_free(rng);
}

/* Forward mode against central differences, over every operation that has it; and reverse against forward. */
static struct nn_tensor *winding(struct nn_tape *tape, struct nn_tensor *x, struct nn_tensor *w,
                                 const int32_t *index) {
    static const int order[2] = {1, 0};
    struct nn_tensor *a = nn_dense(tape, x, w, NULL, NN_GELU); /* (4, 6) */
    a = nn_add(tape, nn_silu(tape, a), nn_softplus(tape, a));
    a = nn_mul(tape, a, nn_sigmoid(tape, nn_slice(tape, a, 1, 2, 1)));
    a = nn_concat(tape, a, nn_exp(tape, nn_scale(tape, nn_tanh(tape, a), 0.5)), 0);
    a = nn_permute(tape, a, order); /* (6, 8) */
    a = nn_sub(tape, nn_log(tape, nn_affine(tape, nn_square(tape, a), 1, 1)), nn_stop_gradient(tape, a));
    a = nn_mul(tape, nn_reciprocal(tape, nn_affine(tape, nn_abs(tape, a), 1, 1)), nn_mean_axis(tape, a, 0));
    a = nn_matmul(tape, a, 'T', a, 'N'); /* (8, 8) */
    a = nn_sqrt(tape, nn_affine(tape, nn_square(tape, nn_gather(tape, a, index, 5)), 1, 0.5));
    return nn_sum_axis(tape, nn_reshape(tape, a, nn_shape3(5, 2, 4)), 1);
}

static void test_directional(void **state) {
    (void)state;
    gsl_rng *rng = check_stream("directional");
    struct nn_tape *tape = nn_tape_new(1);
    const int32_t index[5] = {7, 0, 3, 3, 5};
    for (long round = 0; round < check_rounds(30); round++) {
        nn_tape_reset(tape);
        struct nn_tensor *x = nn_variable(tape, nn_shape2(4, 3)), *w = nn_variable(tape, nn_shape2(3, 6));
        struct nn_tensor *v = nn_constant(tape, nn_shape2(4, 3));
        for (size_t i = 0; i < w->size; i++) {
            w->value[i] = (float)rng_normal(rng);
        }
        for (size_t i = 0; i < x->size; i++) {
            x->value[i] = (float)rng_normal(rng);
            v->value[i] = (float)rng_normal(rng);
        }
        struct nn_tensor *y = winding(tape, x, w, index);
        struct nn_tensor *t = nn_directional(tape, y, x, v), *g = nn_gradient(tape, y, x);
        assert_int_equal(t->size, y->size);
        double forward = 0, reverse = 0, scale = 0;
        for (size_t i = 0; i < y->size; i++) {
            forward += (double)t->value[i];
            scale += fabs((double)t->value[i]);
        }
        for (size_t i = 0; i < x->size; i++) {
            reverse += (double)g->value[i] * (double)v->value[i];
            scale += fabs((double)g->value[i] * (double)v->value[i]);
        }
        check_close("forward and reverse", forward, reverse, 200 * eps * (1 + scale));
    }
    nn_tape_free(tape);
    gsl_rng_free(rng);
}

/* ---- bytes, memory ---- */

/* A small language model trained for a few steps: the hash of its parameters. */
static uint64_t train_hash(int threads, struct nn_usage *first, struct nn_usage *last) {
    gsl_rng *rng = rng_stream(5, "train");
    struct nn_model *model = nn_model_new();
    struct nn_tape *tape = nn_tape_new(threads);
    struct nn_tensor *token = nn_parameter_new(model, "token", nn_shape2(11, 32));
    nn_init_normal(token, 0.1, rng);
    struct nn_block block = nn_block_new(model, "block", 32, 128, rng);
    struct nn_rotary *rule = nn_rotary_standard(80, 8, 100);
    struct nn_attention how = {.heads = 2, .causal = true, .rotary = rule};
    struct nn_optimizer adam = nn_optimizer_new(NN_ADAMW, 1e-3);
    int32_t input[16 * 80], target[16 * 80];
    for (int step = 0; step < 3; step++) {
        for (size_t i = 0; i < 16 * 80; i++) {
            input[i] = (int32_t)below(rng, 11);
            target[i] = (input[i] * 3 + 1) % 11;
        }
        nn_tape_reset(tape);
        struct nn_tensor *x = nn_reshape(tape, nn_gather(tape, token, input, 16 * 80), nn_shape3(16, 80, 32));
        x = nn_block_apply(tape, &block, x, &how);
        struct nn_tensor *logits = nn_matmul(tape, x, 'N', token, 'T');
        nn_backward(tape, nn_cross_entropy(tape, logits, target));
        nn_model_clip(model, 1);
        nn_optimizer_step(&adam, model, nn_schedule_cosine(step, 1, 3, 0.1));
        *last = nn_tape_usage(tape);
        if (step == 1) {
            *first = *last;
        }
    }
    uint64_t hash = base_hash_start();
    for (size_t i = 0; i < model->count; i++) {
        hash = base_hash(hash, model->parameter[i]->tensor.value,
                         model->parameter[i]->tensor.size * sizeof(float));
    }
    nn_rotary_free(rule);
    nn_tape_free(tape);
    nn_model_free(model);
    gsl_rng_free(rng);
    return hash;
}

static void test_bytes(void **state) {
    (void)state;
    struct nn_usage first, last;
    uint64_t hash = train_hash(1, &first, &last);
    assert_true(last.peak_bytes == first.peak_bytes); /* steady */
    assert_true((double)last.peak_bytes < 1.5 * (double)last.value_bytes);
    for (int threads = 1; threads <= 3; threads++) {
        assert_true(train_hash(threads, &first, &last) == hash);
    }
    uint64_t many[2];
#pragma omp parallel for num_threads(2)
    for (int i = 0; i < 2; i++) { /* tapes side by side */
        struct nn_usage a, b;
        many[i] = train_hash(1, &a, &b);
    }
    for (int i = 0; i < 2; i++) {
        assert_true(many[i] == hash);
    }
}

int main(void) {
    base_program_set("test_nn");
    linalg_single_thread();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_gemm),
        cmocka_unit_test(test_operations),
        cmocka_unit_test(test_stops),
        cmocka_unit_test(test_bytes),
        cmocka_unit_test(test_gradient_penalty),
        cmocka_unit_test(test_directional),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
