/* Products of matrices, dense layers. */
#include <string.h>

#include "nn_math.h"

/* ---- GEMM ---- */

enum { GEMM_ROWS = 512 };

/* Pieces along the longer side of C: of GEMM_ROWS where that is long, halves where there is work enough. */
struct gemm_work {
    char ta, tb;
    size_t m, n, k, lda, ldb, ldc;
    const float *a, *b;
    float beta, *c;
    bool by_rows;
    size_t piece;
};

static void gemm_work_piece(void *context, size_t i) {
    const struct gemm_work *w = context;
    size_t begin = i * w->piece;
    if (w->by_rows) {
        nn_gemm_piece(w->ta, w->tb, nn_min(w->piece, w->m - begin), w->n, w->k,
                      w->a + (w->ta == 'N' ? begin * w->lda : begin), w->lda, w->b, w->ldb, w->beta,
                      w->c + begin * w->ldc, w->ldc);
    } else {
        nn_gemm_piece(w->ta, w->tb, w->m, nn_min(w->piece, w->n - begin), w->k, w->a, w->lda,
                      w->b + (w->tb == 'N' ? begin : begin * w->ldb), w->ldb, w->beta, w->c + begin, w->ldc);
    }
}

static size_t piece_of(size_t length, size_t m, size_t n, size_t k) {
    if (length >= 2 * GEMM_ROWS) {
        return GEMM_ROWS;
    }
    bool large = (double)m * (double)n * (double)k > 4e6 && length >= 64;
    return large ? (length / 2 + 15) / 16 * 16 : length;
}

static void count_gemm(struct nn_tape *tape, double start, size_t m, size_t n, size_t k) {
    tape->usage.gemm_s += nn_clock(tape) - start;
    tape->usage.gemm_flop += 2.0 * (double)m * (double)n * (double)k;
}

void nn_gemm(struct nn_tape *tape, char ta, char tb, size_t m, size_t n, size_t k, const float *a, size_t lda,
             const float *b, size_t ldb, float beta, float *c, size_t ldc) {
    double start = nn_clock(tape);
    struct gemm_work w = {ta, tb, m, n, k, lda, ldb, ldc, a, b, beta, c, m >= n, 0};
    size_t length = w.by_rows ? m : n;
    w.piece = piece_of(length, m, n, k);
    nn_parallel(tape, (length + w.piece - 1) / w.piece, gemm_work_piece, &w);
    count_gemm(tape, start, m, n, k);
}

/* ---- matmul ---- */

struct product {
    char ta, tb;
    size_t batch; /* leading dimensions of a that b has too; 1 where they are rows of one product */
    size_t m, n, k;
    size_t a_step, b_step; /* numbers from one matrix of the batch to the next */
    size_t lda, ldb;
};

struct product_work {
    const struct product *p;
    const float *a, *b, *dy;
    float *out;
    float beta;
};

static void forward_piece(void *context, size_t i) {
    const struct product_work *w = context;
    const struct product *p = w->p;
    nn_gemm_piece(p->ta, p->tb, p->m, p->n, p->k, w->a + i * p->a_step, p->lda, w->b + i * p->b_step, p->ldb,
                  0, w->out + i * p->m * p->n, p->n);
}

/* dA = dY op(B)^T, or its transpose op(B) dY^T when A is stored transposed */
static void left_piece(void *context, size_t i) {
    const struct product_work *w = context;
    const struct product *p = w->p;
    const float *dy = w->dy + i * p->m * p->n, *b = w->b + i * p->b_step;
    char other = p->tb == 'N' ? 'T' : 'N';
    if (p->ta == 'N') {
        nn_gemm_piece('N', other, p->m, p->k, p->n, dy, p->n, b, p->ldb, w->beta, w->out + i * p->a_step,
                      p->lda);
    } else {
        nn_gemm_piece(p->tb, 'T', p->k, p->m, p->n, b, p->ldb, dy, p->n, w->beta, w->out + i * p->a_step,
                      p->lda);
    }
}

/* dB = op(A)^T dY, or its transpose dY^T op(A) */
static void right_piece(void *context, size_t i) {
    const struct product_work *w = context;
    const struct product *p = w->p;
    const float *dy = w->dy + i * p->m * p->n, *a = w->a + i * p->a_step;
    char other = p->ta == 'N' ? 'T' : 'N';
    if (p->tb == 'N') {
        nn_gemm_piece(other, 'N', p->k, p->n, p->m, a, p->lda, dy, p->n, w->beta, w->out + i * p->b_step,
                      p->ldb);
    } else {
        nn_gemm_piece('T', p->ta, p->n, p->k, p->m, dy, p->n, a, p->lda, w->beta, w->out + i * p->b_step,
                      p->ldb);
    }
}

static void matmul_backward(struct nn_tape *tape, struct nn_tensor *y) {
    const struct product *p = y->extra;
    struct nn_tensor *a = y->input[0], *b = y->input[1];
    struct product_work w = {p, a->value, b->value, y->grad, NULL, 0};
    char not_a = p->ta == 'N' ? 'T' : 'N', not_b = p->tb == 'N' ? 'T' : 'N';
    bool add;
    if ((w.out = nn_grad_open(tape, a, &add))) {
        w.beta = add ? 1.0f : 0.0f;
        if (p->batch > 1) {
            nn_parallel(tape, p->batch, left_piece, &w);
        } else if (p->ta == 'N') {
            nn_gemm(tape, 'N', not_b, p->m, p->k, p->n, w.dy, p->n, w.b, p->ldb, w.beta, w.out, p->lda);
        } else {
            nn_gemm(tape, p->tb, 'T', p->k, p->m, p->n, w.b, p->ldb, w.dy, p->n, w.beta, w.out, p->lda);
        }
    }
    if ((w.out = nn_grad_open(tape, b, &add))) {
        w.beta = add ? 1.0f : 0.0f;
        if (p->batch > 1) {
            nn_parallel(tape, p->batch, right_piece, &w);
        } else if (p->tb == 'N') {
            nn_gemm(tape, not_a, 'N', p->k, p->n, p->m, w.a, p->lda, w.dy, p->n, w.beta, w.out, p->ldb);
        } else {
            nn_gemm(tape, 'T', p->ta, p->n, p->k, p->m, w.dy, p->n, w.a, p->lda, w.beta, w.out, p->ldb);
        }
    }
}

static struct nn_tensor *matmul_tangent(struct nn_tape *tape, struct nn_tensor *y,
                                        struct nn_tensor *const *t) {
    const struct product *p = y->extra;
    struct nn_tensor *a = t[0] ? nn_matmul(tape, t[0], p->ta, y->input[1], p->tb) : NULL;
    struct nn_tensor *b = t[1] ? nn_matmul(tape, y->input[0], p->ta, t[1], p->tb) : NULL;
    return a && b ? nn_add(tape, a, b) : a ? a : b;
}

struct nn_tensor *nn_matmul(struct nn_tape *tape, struct nn_tensor *a, char ta, struct nn_tensor *b,
                            char tb) {
    if (a->shape.rank < 2 || b->shape.rank < 2 || (ta != 'N' && ta != 'T') || (tb != 'N' && tb != 'T')) {
        nn_refuse("nn_matmul", "needs matrices and transpositions 'N' or 'T'");
    }
    int ra = a->shape.rank, rb = b->shape.rank;
    size_t a_rows = a->shape.dim[ra - 2], a_columns = a->shape.dim[ra - 1];
    size_t b_rows = b->shape.dim[rb - 2], b_columns = b->shape.dim[rb - 1];
    struct product *p = nn_memory(tape, 1, sizeof *p);
    *p = (struct product){ta, tb, 1, 0, 0, 0, a_rows * a_columns, b_rows * b_columns, a_columns, b_columns};
    p->m = ta == 'N' ? a_rows : a_columns;
    p->k = ta == 'N' ? a_columns : a_rows;
    p->n = tb == 'N' ? b_columns : b_rows;
    struct nn_shape shape = a->shape;
    shape.dim[ra - 2] = p->m;
    shape.dim[ra - 1] = p->n;
    bool fits = p->k == (tb == 'N' ? b_rows : b_columns);
    if (rb == 2) {
        fits = fits && (ra == 2 || ta == 'N');
        if (ra > 2) {
            p->m = a->size / a_columns; /* all leading dimensions are rows of one product */
        }
    } else {
        fits = fits && ra == rb;
        for (int i = 0; i < ra - 2 && fits; i++) {
            fits = a->shape.dim[i] == b->shape.dim[i];
            p->batch *= a->shape.dim[i];
        }
    }
    if (!fits) {
        nn_refuse("nn_matmul", "the shapes do not fit");
    }
    struct nn_tensor *input[2] = {a, b};
    struct nn_tensor *y = nn_node(tape, shape, true, 2, input, matmul_backward);
    y->extra = p;
    y->tangent = matmul_tangent;
    if (p->batch > 1) {
        struct product_work w = {p, a->value, b->value, NULL, y->value, 0};
        nn_parallel(tape, p->batch, forward_piece, &w);
    } else {
        nn_gemm(tape, ta, tb, p->m, p->n, p->k, a->value, p->lda, b->value, p->ldb, 0, y->value, p->n);
    }
    return y;
}

/* ---- dense ---- */

struct dense {
    size_t rows, n, m;
    enum nn_activation activation;
    float *before;        /* x w + b, kept where the derivative of the activation needs it */
    const int32_t *index; /* of rows of the table, or NULL */
};

struct dense_work {
    struct nn_tape *tape;
    const struct dense *d;
    const float *x, *w, *b, *table, *y;
    float *to, *out;
};

static NN_CLONES void add_row(const float *x, float *y, size_t n) {
    for (size_t i = 0; i < n; i++) {
        y[i] += x[i];
    }
}

static NN_CLONES void bias_relu(const float *b, float *y, size_t n) {
    for (size_t i = 0; i < n; i++) {
        float z = y[i] + b[i];
        y[i] = z < 0.0f ? 0.0f : z;
    }
}

/* One block of rows: product, gathered row, bias, activation, while it is in the cache. */
static void dense_piece(void *context, size_t i) {
    const struct dense_work *w = context;
    const struct dense *d = w->d;
    size_t begin = i * GEMM_ROWS, rows = nn_min(GEMM_ROWS, d->rows - begin);
    float *z = w->to + begin * d->m;
    for (size_t r = 0; d->index && r < rows; r++) {
        memcpy(z + r * d->m, w->table + (size_t)d->index[begin + r] * d->m, d->m * sizeof *z);
    }
    if (w->x) {
        double start = nn_clock(w->tape);
        nn_gemm_piece('N', 'N', rows, d->m, d->n, w->x + begin * d->n, d->n, w->w, d->m,
                      d->index ? 1.0f : 0.0f, z, d->m);
        if (w->tape->threads == 1) {
            count_gemm(w->tape, start, rows, d->m, d->n);
        }
    }
    if (w->b && d->activation == NN_RELU) {
        for (size_t r = 0; r < rows; r++) {
            bias_relu(w->b, z + r * d->m, d->m);
        }
        return;
    }
    for (size_t r = 0; w->b && r < rows; r++) {
        add_row(w->b, z + r * d->m, d->m);
    }
    if (d->activation != NN_IDENTITY) {
        nn_activation_value(d->activation, z, w->out + begin * d->m, rows * d->m);
    }
}

static void dense_slope_piece(void *context, size_t i) {
    const struct dense_work *w = context;
    const struct dense *d = w->d;
    size_t begin = i * NN_ROWS * d->m, count = nn_min(NN_ROWS, d->rows - i * NN_ROWS) * d->m;
    nn_activation_slope(d->activation, d->before ? d->before + begin : NULL, w->y + begin, w->out + begin,
                        w->out + begin, count, false);
}

static void dense_backward(struct nn_tape *tape, struct nn_tensor *y) {
    const struct dense *d = y->extra;
    struct nn_tensor *x = y->input[0], *w = y->input[1], *b = y->input[2], *table = y->input[3];
    float *dz = y->grad;
    bool add;
    if (d->activation != NN_IDENTITY) {
        struct dense_work work = {tape, d, NULL, NULL, NULL, NULL, y->value, NULL, dz};
        nn_parallel(tape, (d->rows + NN_ROWS - 1) / NN_ROWS, dense_slope_piece, &work);
    }
    float *db = b ? nn_grad_open(tape, b, &add) : NULL;
    if (db) {
        nn_column_sum(tape, dz, d->rows, d->m, db, add);
    }
    float *dt = table ? nn_grad_open(tape, table, &add) : NULL;
    if (dt) {
        if (!add) {
            memset(dt, 0, table->size * sizeof *dt);
        }
        for (size_t r = 0; r < d->rows; r++) {
            add_row(dz + r * d->m, dt + (size_t)d->index[r] * d->m, d->m);
        }
    }
    float *dw = w ? nn_grad_open(tape, w, &add) : NULL;
    if (dw) {
        nn_gemm(tape, 'T', 'N', d->n, d->m, d->rows, x->value, d->n, dz, d->m, add ? 1.0f : 0.0f, dw, d->m);
    }
    float *dx = x ? nn_grad_open(tape, x, &add) : NULL;
    if (dx) {
        nn_gemm(tape, 'N', 'T', d->rows, d->n, d->m, dz, d->m, w->value, d->m, add ? 1.0f : 0.0f, dx, d->n);
    }
}

static struct nn_tensor *dense_tangent(struct nn_tape *tape, struct nn_tensor *y,
                                       struct nn_tensor *const *t) {
    const struct dense *d = y->extra;
    struct nn_tensor *x = y->input[0], *w = y->input[1], *b = y->input[2], *table = y->input[3];
    struct nn_tensor *sum = NULL;
    struct nn_tensor *part[4] = {
        t[0] ? nn_dense(tape, t[0], w, NULL, NN_IDENTITY) : NULL,
        t[1] ? nn_dense(tape, x, t[1], NULL, NN_IDENTITY) : NULL,
        t[2],
        t[3] ? nn_gather(tape, t[3], d->index, d->rows) : NULL,
    };
    for (int i = 0; i < 4; i++) {
        if (part[i]) {
            sum = sum ? nn_add(tape, sum, part[i]) : part[i];
        }
    }
    if (sum->size != y->size) { /* the bias alone moves */
        struct nn_tensor *zero = nn_constant(tape, y->shape);
        memset(zero->value, 0, zero->size * sizeof *zero->value);
        sum = nn_add(tape, zero, sum);
    }
    struct nn_tensor *z = NULL;
    if (d->activation != NN_IDENTITY && nn_activation_needs_input(d->activation)) {
        z = table ? nn_dense_onehot(tape, x, w, table, d->index, d->rows, b, NN_IDENTITY)
                  : nn_dense(tape, x, w, b, NN_IDENTITY);
    }
    return nn_activation_tangent(tape, d->activation, z, y, sum);
}

static struct nn_tensor *dense_node(struct nn_tape *tape, struct nn_shape shape, struct nn_tensor *x,
                                    struct nn_tensor *w, struct nn_tensor *b, struct nn_tensor *table,
                                    const int32_t *index, enum nn_activation activation) {
    struct nn_tensor *input[4] = {x, w, b, table};
    struct nn_tensor *y = nn_node(tape, shape, true, 4, input, dense_backward);
    struct dense *d = nn_memory(tape, 1, sizeof *d);
    size_t m = nn_last(y);
    *d = (struct dense){y->size / m, x ? nn_last(x) : 0, m, activation, NULL, index};
    if (b && b->size != m) {
        nn_refuse("nn_dense", "the bias does not fit");
    }
    if (nn_activation_needs_input(activation)) {
        d->before = nn_memory(tape, y->size, sizeof *d->before);
        tape->usage.value_bytes += y->size * sizeof *d->before;
    }
    y->extra = d;
    y->tangent = dense_tangent;
    struct dense_work work = {tape,
                              d,
                              x ? x->value : NULL,
                              w ? w->value : NULL,
                              b ? b->value : NULL,
                              table ? table->value : NULL,
                              NULL,
                              d->before ? d->before : y->value,
                              y->value};
    nn_parallel(tape, (d->rows + GEMM_ROWS - 1) / GEMM_ROWS, dense_piece, &work);
    return y;
}

struct nn_tensor *nn_dense(struct nn_tape *tape, struct nn_tensor *x, struct nn_tensor *w,
                           struct nn_tensor *b, enum nn_activation activation) {
    if (w->shape.rank != 2 || w->shape.dim[0] != nn_last(x)) {
        nn_refuse("nn_dense", "the weights do not fit");
    }
    struct nn_shape shape = x->shape;
    shape.dim[shape.rank - 1] = w->shape.dim[1];
    return dense_node(tape, shape, x, w, b, NULL, NULL, activation);
}

struct nn_tensor *nn_dense_onehot(struct nn_tape *tape, struct nn_tensor *x, struct nn_tensor *w,
                                  struct nn_tensor *table, const int32_t *index, size_t rows,
                                  struct nn_tensor *b, enum nn_activation activation) {
    size_t m = nn_last(table);
    bool fits = table->shape.rank == 2 && !x == !w;
    if (x && w) {
        fits = fits && w->shape.rank == 2 && w->shape.dim[0] == nn_last(x) && w->shape.dim[1] == m &&
               x->size == rows * nn_last(x);
    }
    if (!fits) {
        nn_refuse("nn_dense_onehot", "the shapes do not fit");
    }
    for (size_t r = 0; r < rows; r++) {
        if (index[r] < 0 || (size_t)index[r] >= table->shape.dim[0]) {
            nn_refuse("nn_dense_onehot", "an index outside the table");
        }
    }
    return dense_node(tape, nn_shape2(rows, m), x, w, b, table, index, activation);
}
