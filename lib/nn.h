/* Small networks on float32: a tape for reverse-mode differentiation, operations, layers, optimizers,
 * checkpoints.
 *
 * Tensors are dense, row-major, of one to four dimensions. Shapes are written (B, T, D); the last dimension
 * is the fastest. "Rows" of a tensor are its last dimension; (.., n) means any leading dimensions.
 *
 * A step of training:
 *
 *     nn_tape_reset(tape);                                          forget the last step, keep its memory
 *     struct nn_tensor *x = nn_constant(tape, nn_shape2(b, in));    fill x->value
 *     struct nn_tensor *h = nn_dense(tape, x, w1, b1, NN_RELU);
 *     struct nn_tensor *z = nn_dense(tape, h, w2, b2, NN_IDENTITY);
 *     struct nn_tensor *loss = nn_cross_entropy(tape, z, labels);   scalar, loss->value[0]
 *     nn_backward(tape, loss);                                      adds to the gradients of the parameters
 *     nn_optimizer_step(optimizer, model, factor);                  uses the gradients and forgets them
 *
 * Memory: all tensors of a step live in the arena of the tape until nn_tape_reset; from the second step of
 * one shape on nothing is allocated. Gradients of intermediate tensors are recycled as soon as they have been
 * used.
 *
 * Threads: a tape and a model belong to one thread at a time; different tapes and models are independent
 * (there is no global state). A tape may use several OpenMP threads itself (nn_tape_new); work is cut by shape
 * alone, so the bytes of every result are the same for any number of threads.
 *
 * Matrix products: CBLAS, which must be set to one thread (linalg_single_thread), or on processors with
 * AVX-512 a kernel of our own that is faster on thin matrices (nn_gemm.c).
 *
 * Errors: shapes that do not fit are mistakes of the program: one line on stderr, exit status 2. Values are
 * not checked for NaN: look at the loss.
 */
#ifndef NN_H
#define NN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <gsl/gsl_rng.h>

enum { NN_DIMS = 4 };

struct nn_shape {
    int rank;
    size_t dim[NN_DIMS]; /* 1 beyond rank */
};

struct nn_shape nn_shape1(size_t a);
struct nn_shape nn_shape2(size_t a, size_t b);
struct nn_shape nn_shape3(size_t a, size_t b, size_t c);
struct nn_shape nn_shape4(size_t a, size_t b, size_t c, size_t d);
size_t nn_shape_size(struct nn_shape s);

struct nn_tape;

struct nn_tensor {
    struct nn_shape shape;
    size_t size; /* number of elements */
    float *value;
    float *grad; /* of a parameter or variable: the gradient after nn_backward, NULL or stale before */
    bool trains; /* something that wants a gradient stands behind it; of a parameter: false freezes it */

    /* private */
    bool leaf, grad_set, marked, persistent;
    int inputs;
    struct nn_tensor *input[5];
    void *extra;
    void (*backward)(struct nn_tape *tape, struct nn_tensor *y);
    struct nn_tensor *(*tangent)(struct nn_tape *tape, struct nn_tensor *y, struct nn_tensor *const *tangent);
    size_t index;
};

/* ---- tape ---- */

/* A tape whose operations use up to `threads` OpenMP threads. */
struct nn_tape *nn_tape_new(int threads);
void nn_tape_free(struct nn_tape *tape);
/* Forgets all tensors made on the tape. */
void nn_tape_reset(struct nn_tape *tape);

/* A tensor without gradient, value not initialized; with `values` (may be NULL) copied. */
struct nn_tensor *nn_constant(struct nn_tape *tape, struct nn_shape shape);
struct nn_tensor *nn_constant_of(struct nn_tape *tape, struct nn_shape shape, const float *values);
/* A tensor that keeps its gradient after nn_backward; value not initialized. */
struct nn_tensor *nn_variable(struct nn_tape *tape, struct nn_shape shape);

/* Adds d loss / d p to the gradient of every parameter and variable behind the scalar `loss`. May be called
 * for several losses on one tape: gradients add up. */
void nn_backward(struct nn_tape *tape, struct nn_tensor *loss);

/* What the tape did since nn_tape_new: peak bytes of the arena, bytes of all and of the largest of the values
 * made since the last reset, floating-point operations of GEMM outside attention, and, while `timing` is set,
 * processor seconds of the calling thread in those and in attention. */
struct nn_usage {
    size_t peak_bytes, value_bytes, largest_bytes;
    double gemm_flop, gemm_s, attention_s;
};
void nn_tape_timing(struct nn_tape *tape, bool timing);
struct nn_usage nn_tape_usage(const struct nn_tape *tape);

/* ---- elementwise ---- */

enum nn_activation { NN_IDENTITY, NN_RELU, NN_TANH, NN_SIGMOID, NN_SILU, NN_GELU };

/* y_i = f(x_i). nn_gelu is the tanh form, x sigmoid(2 sqrt(2/pi) (x + 0.044715 x^3)). nn_step is (x > 0),
 * without gradient. nn_sqrt has gradient 0 at 0, nn_abs and nn_relu too. */
struct nn_tensor *nn_exp(struct nn_tape *tape, struct nn_tensor *x);
struct nn_tensor *nn_log(struct nn_tape *tape, struct nn_tensor *x);
struct nn_tensor *nn_sqrt(struct nn_tape *tape, struct nn_tensor *x);
struct nn_tensor *nn_square(struct nn_tape *tape, struct nn_tensor *x);
struct nn_tensor *nn_abs(struct nn_tape *tape, struct nn_tensor *x);
struct nn_tensor *nn_reciprocal(struct nn_tape *tape, struct nn_tensor *x);
struct nn_tensor *nn_relu(struct nn_tape *tape, struct nn_tensor *x);
struct nn_tensor *nn_tanh(struct nn_tape *tape, struct nn_tensor *x);
struct nn_tensor *nn_sigmoid(struct nn_tape *tape, struct nn_tensor *x);
struct nn_tensor *nn_softplus(struct nn_tape *tape, struct nn_tensor *x);
struct nn_tensor *nn_silu(struct nn_tape *tape, struct nn_tensor *x);
struct nn_tensor *nn_gelu(struct nn_tape *tape, struct nn_tensor *x);
struct nn_tensor *nn_step(struct nn_tape *tape, struct nn_tensor *x);
struct nn_tensor *nn_activate(struct nn_tape *tape, struct nn_tensor *x, enum nn_activation activation);
/* y = a x + b. */
struct nn_tensor *nn_affine(struct nn_tape *tape, struct nn_tensor *x, double a, double b);
struct nn_tensor *nn_scale(struct nn_tape *tape, struct nn_tensor *x, double a);

/* Shapes broadcast as in numpy: aligned at the last dimension, a dimension of 1 (or absent) repeats. */
struct nn_tensor *nn_add(struct nn_tape *tape, struct nn_tensor *a, struct nn_tensor *b);
struct nn_tensor *nn_sub(struct nn_tape *tape, struct nn_tensor *a, struct nn_tensor *b);
struct nn_tensor *nn_mul(struct nn_tape *tape, struct nn_tensor *a, struct nn_tensor *b);

/* The value of x, no gradient back to x. */
struct nn_tensor *nn_stop_gradient(struct nn_tape *tape, struct nn_tensor *x);
/* Value of `forward` (same size as x), gradient of x: y = x + stop(forward - x). For quantizers, sampling,
 * ... */
struct nn_tensor *nn_straight_through(struct nn_tape *tape, struct nn_tensor *x,
                                      const struct nn_tensor *forward);

/* ---- matrices ---- */

/* op(a) op(b) on the last two dimensions; ta, tb are 'N' or 'T' (of those two dimensions). b of rank 2 serves
 * all leading dimensions of a; with ta = 'N' or a of rank 2, else both have the same leading dimensions:
 * (.., m, k) x (k, n) -> (.., m, n), or (B.., m, k) x (B.., k, n) -> (B.., m, n). */
struct nn_tensor *nn_matmul(struct nn_tape *tape, struct nn_tensor *a, char ta, struct nn_tensor *b, char tb);

/* activation(x w + b): x (.., n), w (n, m), b (m) or NULL -> (.., m). */
struct nn_tensor *nn_dense(struct nn_tape *tape, struct nn_tensor *x, struct nn_tensor *w,
                           struct nn_tensor *b, enum nn_activation activation);
/* activation(x w + table[index[i]] + b) for row i: what nn_dense gives on [onehot(index_i), x_i] with the
 * stacked weights [table; w], without the one-hot block. x (r, n), w (n, m), table (k, m), index[r] in 0 ..
 * k-1 (kept by reference until the backward pass). x and w may both be NULL. */
struct nn_tensor *nn_dense_onehot(struct nn_tape *tape, struct nn_tensor *x, struct nn_tensor *w,
                                  struct nn_tensor *table, const int32_t *index, size_t rows,
                                  struct nn_tensor *b, enum nn_activation activation);

/* ---- rows and tables ---- */

/* Rows of table (k, d) at index[rows]: (rows, d); scatter-add backward. `index` is kept by reference. */
struct nn_tensor *nn_gather(struct nn_tape *tape, struct nn_tensor *table, const int32_t *index, size_t rows);

/* softmax and log-softmax over the last dimension. */
struct nn_tensor *nn_softmax(struct nn_tape *tape, struct nn_tensor *x);
struct nn_tensor *nn_log_softmax(struct nn_tape *tape, struct nn_tensor *x);

/* Mean over rows of -log softmax(logits)[label], in nats: logits (.., n), label[rows] in 0 .. n-1, or -1 to
 * leave a row out. `label` is kept by reference. */
struct nn_tensor *nn_cross_entropy(struct nn_tape *tape, struct nn_tensor *logits, const int32_t *label);
/* Mean of softplus(z) - target z, in nats; target[size] in [0, 1], kept by reference. */
struct nn_tensor *nn_binary_cross_entropy(struct nn_tape *tape, struct nn_tensor *logits,
                                          const float *target);

/* Over the last dimension n: (x - mean)/sqrt(variance + epsilon) gain + bias, and x/sqrt(mean x^2 + epsilon)
 * gain. gain, bias (n) or NULL. */
struct nn_tensor *nn_layer_norm(struct nn_tape *tape, struct nn_tensor *x, struct nn_tensor *gain,
                                struct nn_tensor *bias, double epsilon);
struct nn_tensor *nn_rms_norm(struct nn_tape *tape, struct nn_tensor *x, struct nn_tensor *gain,
                              double epsilon);

/* Sum or mean over one axis (0 .. rank-1), which disappears (rank 1 gives shape (1)); over everything: shape
 * (1). */
struct nn_tensor *nn_sum_axis(struct nn_tape *tape, struct nn_tensor *x, int axis);
struct nn_tensor *nn_mean_axis(struct nn_tape *tape, struct nn_tensor *x, int axis);
struct nn_tensor *nn_sum(struct nn_tape *tape, struct nn_tensor *x);
struct nn_tensor *nn_mean(struct nn_tape *tape, struct nn_tensor *x);

/* The same elements in another shape of the same size. */
struct nn_tensor *nn_reshape(struct nn_tape *tape, struct nn_tensor *x, struct nn_shape shape);
/* Dimension i of the result is dimension order[i] of x. */
struct nn_tensor *nn_permute(struct nn_tape *tape, struct nn_tensor *x, const int *order);
/* Elements begin .. begin + count - 1 along `axis`. */
struct nn_tensor *nn_slice(struct nn_tape *tape, struct nn_tensor *x, int axis, size_t begin, size_t count);
/* a then b along `axis`; the other dimensions are equal. */
struct nn_tensor *nn_concat(struct nn_tape *tape, struct nn_tensor *a, struct nn_tensor *b, int axis);

/* ---- attention ---- */

/* A rotary rule for queries and keys of `2 pairs` components per head. Row p of a table (positions, pairs)
 * maps the components (2m, 2m+1) of a vector at position p to (c x - s y, s x + c y). The score of query
 * position i and key position j uses the near tables where i - j < window and the far tables elsewhere;
 * window = 0 means always near. RoPE: one table for all. ReRoPE(w): far queries at angle w theta, far keys at
 * angle 0. A length-dependent scale of the queries (log n) is a factor of the query tables: they need not be
 * rotations. */
struct nn_rotary {
    size_t positions, pairs;
    long window;
    const float *near_query, *near_key; /* (positions, pairs, 2): cos, sin */
    const float *far_query, *far_key;
};

/* Tables of the rule r -> r for r < window, window + (r - window)/leak beyond (leak = infinity: ReRoPE;
 * window = 0: plain RoPE), angle of pair m is r theta[m]. Free with nn_rotary_free. */
struct nn_rotary *nn_rotary_new(size_t positions, size_t pairs, const double *theta, long window,
                                double leak);
/* The usual theta[m] = base^(-m/pairs). */
struct nn_rotary *nn_rotary_standard(size_t positions, size_t pairs, double base);
void nn_rotary_free(struct nn_rotary *rule);

/* How to attend; zero everything you do not want. */
struct nn_attention {
    size_t heads;
    bool causal;               /* query i sees keys j <= i + keys - queries */
    size_t window;             /* > 0: and only the last `window` of those (needs causal) */
    double scale;              /* of the scores; 0: 1/sqrt(d) */
    const unsigned char *mask; /* NULL, or (queries, keys), 1 = visible; by reference */
    bool mask_per_batch;       /* mask is (B, queries, keys) */
    struct nn_tensor
        *bias; /* NULL, or added to the scaled scores: (queries, keys) or (heads, queries, keys) */
    const struct nn_rotary *rotary; /* NULL, or a rule; queries stand at the last positions; by reference */
};

/* softmax(q k^T scale + bias) v for every head: q (B, Tq, heads d), k (B, Tk, heads d), v (B, Tk, heads e)
 * -> (B, Tq, heads e). A query that sees nothing gives 0. Nothing of size Tq x Tk is stored: the scores of a
 * block of queries are recomputed in the backward pass from the stored log-sum-exp. */
struct nn_tensor *nn_attend(struct nn_tape *tape, struct nn_tensor *q, struct nn_tensor *k,
                            struct nn_tensor *v, const struct nn_attention *how);
/* The same on queries, keys and values side by side: qkv (B, T, 3 heads d) -> (B, T, heads d). */
struct nn_tensor *nn_attend_qkv(struct nn_tape *tape, struct nn_tensor *qkv, const struct nn_attention *how);

/* ---- gradients as values: critics with a gradient penalty ---- */

/* d sum(y) / d x as a constant tensor of the shape of x; leaves the gradients of the parameters alone. */
struct nn_tensor *nn_gradient(struct nn_tape *tape, struct nn_tensor *y, struct nn_tensor *x);

/* The directional derivative of y along v (constant, of the shape of x): d/dh y(x + h v) at h = 0, of the
 * shape of y, itself differentiable. Forward mode over the operations recorded between x and y: elementwise
 * ones, add, sub, mul, matmul, dense, sums, means, reshape, slice, concat, permute, stop. Others (attention,
 * norms, softmax) are refused. */
struct nn_tensor *nn_directional(struct nn_tape *tape, struct nn_tensor *y, struct nn_tensor *x,
                                 struct nn_tensor *v);

/* Mean over rows i of (|d y_i / d x_i| - center)^2, where y (rows, 1) depends on x (rows, d) row by row.
 * Its gradient is exact: with v = 2 (|g| - center) g / (rows |g|) held fixed it is that of the directional
 * derivative of y along v (forward over reverse), which costs about two more passes. center 1: WGAN-GP;
 * center 0: |g|^2. */
struct nn_tensor *nn_gradient_penalty(struct nn_tape *tape, struct nn_tensor *y, struct nn_tensor *x,
                                      double center);

/* ---- parameters ---- */

/* A model is a list of named parameters with gradients and optimizer state. */
struct nn_parameter {
    struct nn_tensor tensor;
    char *name;
    double rate_scale;  /* times the learning rate of the optimizer; 1 at first */
    double decay_scale; /* times its weight decay; 1 at first */
    float *state[2];    /* of the optimizer; state_size[i] numbers */
    size_t state_size[2];
};

struct nn_model {
    size_t count;
    struct nn_parameter **parameter;
};

struct nn_model *nn_model_new(void);
void nn_model_free(struct nn_model *model);
/* A new parameter of zeros, owned by the model; names are unique. */
struct nn_tensor *nn_parameter_new(struct nn_model *model, const char *name, struct nn_shape shape);
/* The parameter of this name; NULL when there is none. */
struct nn_tensor *nn_parameter_find(const struct nn_model *model, const char *name);
void nn_parameter_scale(struct nn_tensor *parameter, double rate_scale, double decay_scale);
size_t nn_model_size(const struct nn_model *model); /* numbers in all parameters */
void nn_model_forget_gradients(struct nn_model *model);
/* Euclidean norm of all gradients of trained parameters. */
double nn_model_gradient_norm(const struct nn_model *model);
/* Scales all gradients so that their norm is at most `limit`; returns the norm before. A norm that is not
 * finite leaves them alone. */
double nn_model_clip(struct nn_model *model, double limit);

/* Initializers, of a tensor (fan_in, .., fan_out): fan_in is the product of all dimensions but the last. */
void nn_init_constant(struct nn_tensor *w, double value);
void nn_init_uniform(struct nn_tensor *w, double limit, gsl_rng *rng); /* U(-limit, limit) */
void nn_init_normal(struct nn_tensor *w, double deviation, gsl_rng *rng);
void nn_init_truncated_normal(struct nn_tensor *w, double deviation, gsl_rng *rng); /* cut at 2 deviations */
void nn_init_fan_in(struct nn_tensor *w, size_t fan_in, gsl_rng *rng); /* PyTorch linear: U(+-fan_in^-1/2) */
void nn_init_xavier_uniform(struct nn_tensor *w, double gain,
                            gsl_rng *rng); /* U, variance 2 gain^2/(in + out) */
void nn_init_xavier_normal(struct nn_tensor *w, double gain, gsl_rng *rng);
void nn_init_he_uniform(struct nn_tensor *w, gsl_rng *rng); /* U, variance 2/in */
void nn_init_he_normal(struct nn_tensor *w, gsl_rng *rng);
void nn_init_orthogonal(struct nn_tensor *w, double gain,
                        gsl_rng *rng); /* rows or columns orthonormal x gain */

/* ---- layers ---- */

struct nn_linear {
    struct nn_tensor *w, *b; /* (in, out), (out) or NULL */
};
/* Parameters NAME.w and NAME.b, both U(+-1/sqrt(in)). */
struct nn_linear nn_linear_new(struct nn_model *model, const char *name, size_t in, size_t out, bool bias,
                               gsl_rng *rng);
struct nn_tensor *nn_linear_apply(struct nn_tape *tape, const struct nn_linear *layer, struct nn_tensor *x,
                                  enum nn_activation activation);

enum { NN_MLP_LAYERS = 16 };
struct nn_mlp {
    size_t layers;
    enum nn_activation activation; /* between layers, none after the last */
    struct nn_linear layer[NN_MLP_LAYERS];
};
/* width[layers + 1], input width first. */
struct nn_mlp nn_mlp_new(struct nn_model *model, const char *name, const size_t *width, size_t layers,
                         enum nn_activation activation, gsl_rng *rng);
struct nn_tensor *nn_mlp_apply(struct nn_tape *tape, const struct nn_mlp *mlp, struct nn_tensor *x);

/* Pre-norm transformer block: x += proj(attend(norm(x))); x += down(gelu(up(norm(x)))); hidden width
 * `hidden`. */
struct nn_block {
    struct nn_tensor *gain1, *bias1, *gain2, *bias2;
    struct nn_linear qkv, proj, up, down;
};
struct nn_block nn_block_new(struct nn_model *model, const char *name, size_t width, size_t hidden,
                             gsl_rng *rng);
struct nn_tensor *nn_block_apply(struct nn_tape *tape, const struct nn_block *block, struct nn_tensor *x,
                                 const struct nn_attention *how);

/* ---- optimizers ---- */

enum nn_method { NN_SGD, NN_ADAM, NN_ADAMW, NN_LION, NN_TIGER, NN_ADAFACTOR };

/* g: gradient, p: parameter, r: rate x rate_scale x factor, d: decay x decay_scale; t = 1, 2, ...
 * SGD       g += d p; m = momentum m + g; p -= r m
 * ADAM      g += d p; m = b1 m + (1-b1) g; v = b2 v + (1-b2) g^2; p -= r m/(1-b1^t) / (sqrt(v/(1-b2^t)) +
 * epsilon) ADAMW     p -= r d p first, then Adam without decay (Loshchilov, Hutter 2019) LION      p -= r
 * (sign(b1 m + (1-b1) g) + d p); m = b2 m + (1-b2) g (Chen et al. 2023) TIGER     m = b1 m + (1-b1) g; p -= r
 * (sign(m) + d p) (kexue.fm/archives/9512) ADAFACTOR b2_t = 1 - t^-0.8; second moments of g^2 + 1e-30 by rows
 * and columns (a vector keeps its own); u = g/sqrt(v), divided by max(1, rms(u)); p -= r (u + d p) (Shazeer,
 * Stern 2018, no momentum) relative_rate multiplies r by max(1e-3, rms(p)) (Adafactor's and Tiger's
 * parameter-scaled rate). */
struct nn_optimizer {
    enum nn_method method;
    double rate, beta1, beta2, epsilon, momentum, decay;
    bool relative_rate;
    long step; /* steps done */
};

/* The defaults of the field: Adam(W) 0.9, 0.999, 1e-8; Lion 0.9, 0.99; Tiger 0.965; SGD momentum 0; decay 0.
 */
struct nn_optimizer nn_optimizer_new(enum nn_method method, double rate);
/* One update of all trained parameters with the learning rate times `factor`; then the gradients are
 * forgotten. */
void nn_optimizer_step(struct nn_optimizer *optimizer, struct nn_model *model, double factor);

/* Factors of the learning rate at step 0, 1, ...: linear warm-up over `warmup` steps (the first step has
 * 1/warmup), then 1; or a half cosine from 1 to `floor` at step `total`, or a straight line. */
double nn_schedule_warmup(long step, long warmup);
double nn_schedule_cosine(long step, long warmup, long total, double floor);
double nn_schedule_linear(long step, long warmup, long total, double floor);

/* ---- checkpoints ---- */

/* Writes parameters, optimizer state and `extra` bytes (a generator's state, counters) whole or not at all,
 * with a checksum; failure exits with status 2. */
void nn_checkpoint_save(const char *path, const struct nn_model *model, const struct nn_optimizer *optimizer,
                        const void *extra, size_t extra_size);
enum nn_loaded { NN_LOADED, NN_ABSENT, NN_REFUSED };
/* Reads it back into a model of the same parameters and `extra` of the same size. NN_REFUSED (damaged, or of
 * another model): *why (unless NULL) says why in a constant text, and nothing has been changed. */
enum nn_loaded nn_checkpoint_load(const char *path, struct nn_model *model, struct nn_optimizer *optimizer,
                                  void *extra, size_t extra_size, const char **why);

/* ---- data ---- */

/* A bijection of 0 .. count-1, a pure function of (seed, epoch): where `index` goes. Feistel rounds of
 * Philox. */
uint64_t nn_shuffle(uint64_t seed, uint64_t epoch, uint64_t index, uint64_t count);

/* A file of little-endian tokens of 1, 2 or 4 bytes, mapped into memory. NULL with errno set when it cannot
 * be (EINVAL: empty, or not a whole number of tokens). */
struct nn_tokens {
    size_t count, width;
    const unsigned char *bytes;
};
struct nn_tokens *nn_tokens_open(const char *path, size_t width);
void nn_tokens_close(struct nn_tokens *tokens);
int32_t nn_tokens_at(const struct nn_tokens *tokens, size_t i);

/* Batch `step` of an endless shuffled walk: input and target (batch, context), target is input shifted by
 * one. An epoch visits the windows that tile the file from a random offset in 0 .. context-1, each once; a
 * pure function of (seed, step). Needs at least 2 context tokens. */
void nn_tokens_batch(const struct nn_tokens *tokens, uint64_t seed, uint64_t step, size_t batch,
                     size_t context, int32_t *input, int32_t *target);

#endif
