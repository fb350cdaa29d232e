#include "nn_reference.h"

#include <math.h>
#include <stdlib.h>

#include "base.h"

double reference_apply(enum reference_function f, double x) {
    switch (f) {
    case REFERENCE_RELU: return x > 0 ? x : 0;
    case REFERENCE_TANH: return tanh(x);
    case REFERENCE_SIGMOID: return 1 / (1 + exp(-x));
    case REFERENCE_SILU: return x / (1 + exp(-x));
    case REFERENCE_GELU: return 0.5 * x * (1 + tanh(sqrt(2 / M_PI) * (x + 0.044715 * x * x * x)));
    case REFERENCE_EXP: return exp(x);
    case REFERENCE_LOG: return log(x);
    case REFERENCE_SQRT: return sqrt(x);
    case REFERENCE_SQUARE: return x * x;
    case REFERENCE_ABS: return fabs(x);
    case REFERENCE_RECIPROCAL: return 1 / x;
    case REFERENCE_SOFTPLUS: return x > 0 ? x + log1p(exp(-x)) : log1p(exp(x));
    case REFERENCE_STEP: return x > 0;
    default: return x;
    }
}

/* the element of an operand that meets element i of the result */
static size_t broadcast_index(size_t i, struct nn_shape shape, struct nn_shape s) {
    size_t at = 0, step = 1;
    for (int back = 1; back <= shape.rank; back++) {
        size_t digit = i % shape.dim[shape.rank - back];
        i /= shape.dim[shape.rank - back];
        if (back <= s.rank && s.dim[s.rank - back] > 1) {
            at += digit * step;
            step *= s.dim[s.rank - back];
        }
    }
    return at;
}

void reference_binary(char op, const double *a, struct nn_shape sa, const double *b, struct nn_shape sb,
                      double *y, struct nn_shape shape) {
    for (size_t i = 0; i < nn_shape_size(shape); i++) {
        double x = a[broadcast_index(i, shape, sa)], z = b[broadcast_index(i, shape, sb)];
        y[i] = op == '+' ? x + z : op == '-' ? x - z : x * z;
    }
}

void reference_matmul(const double *a, char ta, const double *b, char tb, bool b_batched, size_t batch,
                      size_t m, size_t n, size_t k, double *y) {
    for (size_t s = 0; s < batch; s++) {
        const double *as = a + s * m * k, *bs = b + (b_batched ? s * k * n : 0);
        for (size_t i = 0; i < m; i++) {
            for (size_t j = 0; j < n; j++) {
                double sum = 0;
                for (size_t p = 0; p < k; p++) {
                    sum += (ta == 'N' ? as[i * k + p] : as[p * m + i]) *
                           (tb == 'N' ? bs[p * n + j] : bs[j * k + p]);
                }
                y[(s * m + i) * n + j] = sum;
            }
        }
    }
}

void reference_dense(const double *x, const double *w, const double *table, const int32_t *index,
                     const double *b, size_t rows, size_t n, size_t m, enum reference_function f, double *y,
                     double *least) {
    for (size_t r = 0; r < rows; r++) {
        for (size_t j = 0; j < m; j++) {
            double z = b ? b[j] : 0;
            z += table ? table[(size_t)index[r] * m + j] : 0;
            for (size_t i = 0; x && i < n; i++) {
                z += x[r * n + i] * w[i * m + j];
            }
            if (least && fabs(z) < *least) {
                *least = fabs(z);
            }
            y[r * m + j] = reference_apply(f, z);
        }
    }
}

void reference_gather(const double *table, const int32_t *index, size_t rows, size_t n, double *y) {
    for (size_t r = 0; r < rows; r++) {
        for (size_t j = 0; j < n; j++) {
            y[r * n + j] = table[(size_t)index[r] * n + j];
        }
    }
}

void reference_softmax(const double *x, size_t rows, size_t n, bool log_of, double *y) {
    for (size_t r = 0; r < rows; r++, x += n, y += n) {
        double max = x[0], sum = 0;
        for (size_t i = 0; i < n; i++) {
            max = fmax(max, x[i]);
        }
        for (size_t i = 0; i < n; i++) {
            sum += exp(x[i] - max);
        }
        for (size_t i = 0; i < n; i++) {
            y[i] = log_of ? x[i] - max - log(sum) : exp(x[i] - max) / sum;
        }
    }
}

double reference_cross_entropy(const double *x, const int32_t *label, size_t rows, size_t n) {
    double total = 0;
    size_t counted = 0;
    for (size_t r = 0; r < rows; r++, x += n) {
        if (label[r] < 0) {
            continue;
        }
        double sum = 0;
        for (size_t i = 0; i < n; i++) {
            sum += exp(x[i] - x[label[r]]);
        }
        total += log(sum);
        counted++;
    }
    return counted ? total / (double)counted : 0;
}

double reference_binary_cross_entropy(const double *x, const float *target, size_t n) {
    double total = 0;
    for (size_t i = 0; i < n; i++) {
        total += reference_apply(REFERENCE_SOFTPLUS, x[i]) - (double)target[i] * x[i];
    }
    return total / (double)n;
}

void reference_norm(const double *x, const double *gain, const double *bias, double epsilon, bool centred,
                    size_t rows, size_t n, double *y) {
    for (size_t r = 0; r < rows; r++, x += n, y += n) {
        double mean = 0, square = 0;
        for (size_t i = 0; centred && i < n; i++) {
            mean += x[i] / (double)n;
        }
        for (size_t i = 0; i < n; i++) {
            square += (x[i] - mean) * (x[i] - mean) / (double)n;
        }
        for (size_t i = 0; i < n; i++) {
            y[i] = (x[i] - mean) / sqrt(square + epsilon) * (gain ? gain[i] : 1) + (bias ? bias[i] : 0);
        }
    }
}

struct split {
    size_t before, along, after;
};

static struct split split_at(struct nn_shape shape, int axis) {
    struct split s = {1, shape.dim[axis], 1};
    for (int i = 0; i < shape.rank; i++) {
        s.before *= i < axis ? shape.dim[i] : 1;
        s.after *= i > axis ? shape.dim[i] : 1;
    }
    return s;
}

void reference_sum_axis(const double *x, struct nn_shape shape, int axis, bool mean, double *y) {
    struct split s = split_at(shape, axis);
    for (size_t i = 0; i < s.before; i++) {
        for (size_t k = 0; k < s.after; k++) {
            double sum = 0;
            for (size_t j = 0; j < s.along; j++) {
                sum += x[(i * s.along + j) * s.after + k];
            }
            y[i * s.after + k] = mean ? sum / (double)s.along : sum;
        }
    }
}

void reference_permute(const double *x, struct nn_shape shape, const int *order, double *y) {
    size_t size = nn_shape_size(shape);
    for (size_t i = 0; i < size; i++) { /* element i of x, its digits, its place in y */
        size_t digit[NN_DIMS], rest = i, at = 0;
        for (int k = shape.rank; k-- > 0;) {
            digit[k] = rest % shape.dim[k];
            rest /= shape.dim[k];
        }
        for (int k = 0; k < shape.rank; k++) {
            at = at * shape.dim[order[k]] + digit[order[k]];
        }
        y[at] = x[i];
    }
}

void reference_slice(const double *x, struct nn_shape shape, int axis, size_t begin, size_t count,
                     double *y) {
    struct split s = split_at(shape, axis);
    for (size_t i = 0; i < s.before; i++) {
        for (size_t j = 0; j < count; j++) {
            for (size_t k = 0; k < s.after; k++) {
                y[(i * count + j) * s.after + k] = x[(i * s.along + begin + j) * s.after + k];
            }
        }
    }
}

void reference_concat(const double *a, struct nn_shape sa, const double *b, struct nn_shape sb, int axis,
                      double *y) {
    struct split s = split_at(sa, axis), t = split_at(sb, axis);
    size_t along = s.along + t.along;
    for (size_t i = 0; i < s.before; i++) {
        for (size_t j = 0; j < along; j++) {
            for (size_t k = 0; k < s.after; k++) {
                y[(i * along + j) * s.after + k] = j < s.along ? a[(i * s.along + j) * s.after + k]
                                                               : b[(i * t.along + j - s.along) * s.after + k];
            }
        }
    }
}

/* component c of a vector rotated by row `position` of a table */
static double rotated(const double *x, size_t c, const float *table, size_t position, size_t pairs) {
    const float *a = table + (position * pairs + c / 2) * 2;
    return c % 2 ? x[c - 1] * (double)a[1] + x[c] * (double)a[0]
                 : x[c] * (double)a[0] - x[c + 1] * (double)a[1];
}

static double score(const double *q, const double *k, const struct nn_rotary *rule, long pq, long pk,
                    size_t d) {
    double sum = 0;
    for (size_t c = 0; c < d; c++) {
        if (!rule) {
            sum += q[c] * k[c];
            continue;
        }
        bool far = rule->window > 0 && pq - pk >= rule->window;
        sum += rotated(q, c, far ? rule->far_query : rule->near_query, (size_t)pq, rule->pairs) *
               rotated(k, c, far ? rule->far_key : rule->near_key, (size_t)pk, rule->pairs);
    }
    return sum;
}

void reference_attend(const double *q, const double *k, const double *v, const double *bias,
                      const struct nn_attention *how, size_t batch, size_t tq, size_t tk, size_t d, size_t e,
                      double *y) {
    double *p = base_alloc(tk, sizeof *p);
    double scale = how->scale != 0 ? how->scale : 1 / sqrt((double)d);
    size_t heads = how->heads;
    for (size_t b = 0; b < batch; b++) {
        for (size_t h = 0; h < heads; h++) {
            for (size_t i = 0; i < tq; i++) {
                long at = (long)i + (long)tk - (long)tq;
                double max = -INFINITY, sum = 0;
                for (size_t j = 0; j < tk; j++) {
                    size_t cell = i * tk + j;
                    bool sees = !how->causal || (long)j <= at;
                    sees = sees && (!how->window || at - (long)j < (long)how->window);
                    sees = sees && (!how->mask || how->mask[(how->mask_per_batch ? b * tq * tk : 0) + cell]);
                    p[j] = -INFINITY;
                    if (sees) {
                        p[j] =
                            scale * score(q + (b * tq + i) * heads * d + h * d,
                                          k + (b * tk + j) * heads * d + h * d, how->rotary, at, (long)j, d);
                        p[j] += bias ? bias[(how->bias->shape.rank == 3 ? h * tq * tk : 0) + cell] : 0;
                    }
                    max = fmax(max, p[j]);
                }
                for (size_t j = 0; j < tk; j++) {
                    p[j] = max == -INFINITY ? 0 : exp(p[j] - max);
                    sum += p[j];
                }
                for (size_t c = 0; c < e; c++) {
                    double value = 0;
                    for (size_t j = 0; j < tk; j++) {
                        value += p[j] * v[(b * tk + j) * heads * e + h * e + c];
                    }
                    y[(b * tq + i) * heads * e + h * e + c] = sum > 0 ? value / sum : 0;
                }
            }
        }
    }
    free(p);
}

void reference_block(const double *x, const double *const parameter[12], const struct nn_attention *how,
                     size_t batch, size_t t, size_t width, size_t hidden, double *y) {
    size_t rows = batch * t;
    double *h = base_alloc(rows * width, sizeof *h), *a = base_alloc(rows * width, sizeof *a);
    double *wide = base_alloc(rows * (3 * width + hidden), sizeof *wide);
    double *q[3];
    reference_norm(x, parameter[0], parameter[1], 1e-5, true, rows, width, h);
    reference_dense(h, parameter[4], NULL, NULL, parameter[5], rows, width, 3 * width, REFERENCE_IDENTITY,
                    wide, NULL);
    for (size_t part = 0; part < 3; part++) {
        q[part] = base_alloc(rows * width, sizeof(double));
        reference_slice(wide, nn_shape2(rows, 3 * width), 1, part * width, width, q[part]);
    }
    reference_attend(q[0], q[1], q[2], NULL, how, batch, t, t, width / how->heads, width / how->heads, a);
    reference_dense(a, parameter[6], NULL, NULL, parameter[7], rows, width, width, REFERENCE_IDENTITY, h,
                    NULL);
    for (size_t i = 0; i < rows * width; i++) {
        a[i] = x[i] + h[i];
    }
    reference_norm(a, parameter[2], parameter[3], 1e-5, true, rows, width, h);
    reference_dense(h, parameter[8], NULL, NULL, parameter[9], rows, width, hidden, REFERENCE_GELU, wide,
                    NULL);
    reference_dense(wide, parameter[10], NULL, NULL, parameter[11], rows, hidden, width, REFERENCE_IDENTITY,
                    y, NULL);
    for (size_t i = 0; i < rows * width; i++) {
        y[i] += a[i];
    }
    for (size_t part = 0; part < 3; part++) {
        free(q[part]);
    }
    free(h);
    free(a);
    free(wide);
}
