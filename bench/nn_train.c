/* Training speed: (a) the parity perceptron, width 256, batch 2000, 100 tasks, 32 bits, Adam; (b) a character
 * transformer, 4 layers, width 128, 4 heads, batch 16, context 128 or 512, 64 symbols, AdamW.
 *
 * usage: nn_train MODEL THREADS SECONDS, MODEL = parity | transformer128 | transformer512
 *
 * Runs for SECONDS and prints one line of JSON: steps a second, examples or tokens a second, loss, shares of
 * time (1 thread only), the rate of GEMM here and of bare sgemm calls of the same shapes, and memory against
 * what a step needs. bench/nn.sh interleaves it with bench/nn_torch.py and prints ratios.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

#include <cblas.h>

#include "base.h"
#include "linalg.h"
#include "nn.h"
#include "rng.h"

enum { BATCH = 2000, TASKS = 100, BITS = 32, WIDTH = 256, SUBSET = 3 };
enum { LAYERS = 4, MODEL_WIDTH = 128, HEADS = 4, SEQUENCES = 16, SYMBOLS = 64 };

static double clock_of(clockid_t clock) {
    struct timespec t;
    clock_gettime(clock, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static double now(void) {
    return clock_of(CLOCK_MONOTONIC);
}

/* ---- (a) ---- */

struct parity {
    struct nn_tensor *table, *w1, *b1, *w2, *b2;
    uint32_t mask[TASKS];
    int32_t task[BATCH];
    float target[BATCH];
};

static void parity_batch(struct parity *p, gsl_rng *rng, float *bits) {
    for (size_t i = 0; i < BATCH; i++) {
        double u = gsl_rng_uniform(rng);
        p->task[i] = (int32_t)(u * u * TASKS);
        uint32_t x = (uint32_t)gsl_rng_get(rng);
        p->target[i] = (float)(__builtin_popcount(x & p->mask[p->task[i]]) & 1);
        for (size_t b = 0; b < BITS; b++) {
            bits[i * BITS + b] = (float)(x >> b & 1u);
        }
    }
}

static float parity_step(struct parity *p, struct nn_tape *tape, struct nn_model *model,
                         struct nn_optimizer *adam, gsl_rng *rng) {
    nn_tape_reset(tape);
    struct nn_tensor *x = nn_constant(tape, nn_shape2(BATCH, BITS));
    parity_batch(p, rng, x->value);
    struct nn_tensor *h = nn_dense_onehot(tape, x, p->w1, p->table, p->task, BATCH, p->b1, NN_RELU);
    struct nn_tensor *z = nn_dense(tape, h, p->w2, p->b2, NN_IDENTITY);
    struct nn_tensor *loss = nn_binary_cross_entropy(tape, z, p->target);
    nn_backward(tape, loss);
    nn_optimizer_step(adam, model, 1);
    return loss->value[0];
}

static void parity_init(struct parity *p, struct nn_model *model, gsl_rng *rng) {
    p->table = nn_parameter_new(model, "table", nn_shape2(TASKS, WIDTH));
    p->w1 = nn_parameter_new(model, "w1", nn_shape2(BITS, WIDTH));
    p->b1 = nn_parameter_new(model, "b1", nn_shape1(WIDTH));
    p->w2 = nn_parameter_new(model, "w2", nn_shape2(WIDTH, 1));
    p->b2 = nn_parameter_new(model, "b2", nn_shape1(1));
    nn_init_fan_in(p->table, TASKS + BITS, rng);
    nn_init_fan_in(p->w1, TASKS + BITS, rng);
    nn_init_fan_in(p->b1, TASKS + BITS, rng);
    nn_init_fan_in(p->w2, WIDTH, rng);
    nn_init_fan_in(p->b2, WIDTH, rng);
    for (size_t t = 0; t < TASKS; t++) {
        while (__builtin_popcount(p->mask[t]) < SUBSET) {
            p->mask[t] |= 1u << gsl_rng_uniform_int(rng, BITS);
        }
    }
}

/* ---- (b) ---- */

struct transformer {
    size_t context;
    struct nn_tensor *token, *position, *gain, *bias;
    struct nn_block block[LAYERS];
    struct nn_linear head;
    struct nn_attention how;
    int32_t *input, *target, *where;
};

static void transformer_init(struct transformer *m, struct nn_model *model, size_t context, gsl_rng *rng) {
    size_t count = SEQUENCES * context;
    m->context = context;
    m->token = nn_parameter_new(model, "token", nn_shape2(SYMBOLS, MODEL_WIDTH));
    m->position = nn_parameter_new(model, "position", nn_shape2(context, MODEL_WIDTH));
    nn_init_normal(m->token, 0.02, rng);
    nn_init_normal(m->position, 0.02, rng);
    for (size_t i = 0; i < LAYERS; i++) {
        char *name = base_format("block%zu", i);
        m->block[i] = nn_block_new(model, name, MODEL_WIDTH, 4 * MODEL_WIDTH, rng);
        free(name);
    }
    m->gain = nn_parameter_new(model, "gain", nn_shape1(MODEL_WIDTH));
    m->bias = nn_parameter_new(model, "bias", nn_shape1(MODEL_WIDTH));
    nn_init_constant(m->gain, 1);
    m->head = nn_linear_new(model, "head", MODEL_WIDTH, SYMBOLS, true, rng);
    m->how = (struct nn_attention){.heads = HEADS, .causal = true};
    m->input = base_alloc(count, sizeof(int32_t));
    m->target = base_alloc(count, sizeof(int32_t));
}

/* A text with something to learn: each symbol is the last one plus 1, 2 or 3. */
static float transformer_step(struct transformer *m, struct nn_tape *tape, struct nn_model *model,
                              struct nn_optimizer *adam, gsl_rng *rng) {
    for (size_t b = 0; b < SEQUENCES; b++) {
        int32_t symbol = (int32_t)gsl_rng_uniform_int(rng, SYMBOLS);
        for (size_t t = 0; t < m->context; t++) {
            m->input[b * m->context + t] = symbol;
            symbol = (int32_t)((unsigned long)symbol + 1 + gsl_rng_uniform_int(rng, 3)) % SYMBOLS;
            m->target[b * m->context + t] = symbol;
        }
    }
    nn_tape_reset(tape);
    struct nn_tensor *x = nn_gather(tape, m->token, m->input, SEQUENCES * m->context);
    x = nn_add(tape, nn_reshape(tape, x, nn_shape3(SEQUENCES, m->context, MODEL_WIDTH)), m->position);
    for (size_t i = 0; i < LAYERS; i++) {
        x = nn_block_apply(tape, &m->block[i], x, &m->how);
    }
    x = nn_layer_norm(tape, x, m->gain, m->bias, 1e-5);
    x = nn_linear_apply(tape, &m->head, x, NN_IDENTITY);
    struct nn_tensor *loss = nn_cross_entropy(tape, x, m->target);
    nn_backward(tape, loss);
    nn_optimizer_step(adam, model, 1);
    return loss->value[0];
}

/* ---- the rate of bare sgemm on the shapes of one step ---- */

struct product {
    size_t m, n, k; /* forward; backward are (m, k, n) and (k, n, m) */
    double times;
};

static double sgemm_seconds(char ta, char tb, size_t m, size_t n, size_t k) {
    float *a = base_alloc(m * k, sizeof *a), *b = base_alloc(k * n, sizeof *b),
          *c = base_alloc(m * n, sizeof *c);
    for (size_t i = 0; i < m * k; i++) {
        a[i] = (float)(i % 7) - 3;
    }
    for (size_t i = 0; i < k * n; i++) {
        b[i] = (float)(i % 5) - 2;
    }
    double best = 1e9;
    for (int round = 0; round < 8; round++) {
        double start = clock_of(CLOCK_PROCESS_CPUTIME_ID);
        cblas_sgemm(CblasRowMajor, ta == 'N' ? CblasNoTrans : CblasTrans,
                    tb == 'N' ? CblasNoTrans : CblasTrans, (int)m, (int)n, (int)k, 1, a,
                    (int)(ta == 'N' ? k : m), b, (int)(tb == 'N' ? n : k), 0, c, (int)n);
        best = fmin(best, clock_of(CLOCK_PROCESS_CPUTIME_ID) - start);
    }
    free(a);
    free(b);
    free(c);
    return best;
}

static double sgemm_rate(const struct product *shape, size_t count, bool first_without_dx) {
    double flop = 0, seconds = 0;
    for (size_t i = 0; i < count; i++) {
        size_t m = shape[i].m, n = shape[i].n, k = shape[i].k;
        double one = 2.0 * (double)m * (double)n * (double)k * shape[i].times;
        seconds += shape[i].times * (sgemm_seconds('N', 'N', m, n, k) + sgemm_seconds('T', 'N', k, n, m));
        flop += 2 * one;
        if (i > 0 || !first_without_dx) {
            seconds += shape[i].times * sgemm_seconds('N', 'T', m, k, n);
            flop += one;
        }
    }
    return flop / seconds;
}

/* ---- */

int main(int argc, char **argv) {
    base_program_set(argv[0]);
    long threads = 0;
    double seconds = 0;
    if (argc != 4 || base_parse_long(argv[2], &threads) || threads < 1 ||
        base_parse_real(argv[3], &seconds)) {
        base_die(BASE_BAD_USAGE, "usage: nn_train parity|transformer128|transformer512 THREADS SECONDS");
    }
    linalg_single_thread();
    bool parity = strcmp(argv[1], "parity") == 0;
    size_t context = strcmp(argv[1], "transformer128") == 0   ? 128
                     : strcmp(argv[1], "transformer512") == 0 ? 512
                                                              : 0;
    if (!parity && !context) {
        base_die(BASE_BAD_USAGE, "model \"%s\": must be parity, transformer128 or transformer512", argv[1]);
    }
    gsl_rng *rng = rng_stream(1, "bench/nn_train");
    struct nn_model *model = nn_model_new();
    struct nn_tape *tape = nn_tape_new((int)threads);
    struct nn_optimizer adam = nn_optimizer_new(parity ? NN_ADAM : NN_ADAMW, parity ? 3e-3 : 1e-3);
    static struct parity p;
    static struct transformer m;
    if (parity) {
        parity_init(&p, model, rng);
    } else {
        transformer_init(&m, model, context, rng);
    }
    long steps = 0, warm = 3;
    double start = 0, cpu = 0, loss = 0, best = 1e9;
    for (double last = now(); steps < warm + 5 || now() - start < seconds; steps++) {
        if (steps == warm) {
            start = last = now();
            cpu = clock_of(CLOCK_PROCESS_CPUTIME_ID);
            nn_tape_timing(tape, threads == 1);
        }
        loss = (double)(parity ? parity_step(&p, tape, model, &adam, rng)
                               : transformer_step(&m, tape, model, &adam, rng));
        double t = now();
        if (steps >= warm) {
            best = fmin(best, t - last);
        }
        last = t;
    }
    double took = now() - start;
    cpu = clock_of(CLOCK_PROCESS_CPUTIME_ID) - cpu;
    steps -= warm;
    struct nn_usage u = nn_tape_usage(tape);
    double items = parity ? BATCH : (double)(SEQUENCES * context);
    double state = (double)nn_model_size(model) * sizeof(float) * 4; /* values, gradients, two moments */
    printf("{\"model\": \"%s\", \"threads\": %ld, \"steps_per_s\": %.3f, \"best_steps_per_s\": %.3f, "
           "\"steps_per_cpu_s\": %.3f, \"items_per_s\": %.1f, \"loss\": %.5f",
           argv[1], threads, (double)steps / took, 1 / best, (double)steps / cpu,
           items * (double)steps / took, loss);
    if (threads == 1) {
        struct product shapes_a[2] = {{BATCH, WIDTH, BITS, 1}};
        size_t t = SEQUENCES * context, d = MODEL_WIDTH;
        struct product shapes_b[5] = {{t, 3 * d, d, LAYERS},
                                      {t, d, d, LAYERS},
                                      {t, 4 * d, d, LAYERS},
                                      {t, d, 4 * d, LAYERS},
                                      {t, SYMBOLS, d, 1}};
        double bare = parity ? sgemm_rate(shapes_a, 1, true) : sgemm_rate(shapes_b, 5, false);
        double flop = u.gemm_flop / (double)(steps + warm) * (double)steps; /* warm steps are not timed */
        printf(
            ", \"gemm_share\": %.3f, \"attention_share\": %.3f, \"rest_share\": %.3f, \"gemm_gflops\": %.1f, "
            "\"sgemm_gflops\": %.1f",
            u.gemm_s / cpu, u.attention_s / cpu, 1 - (u.gemm_s + u.attention_s) / cpu, flop / u.gemm_s * 1e-9,
            bare * 1e-9);
    }
    /* a step needs its parameters, gradients, moments, every value, and the gradient of the largest one */
    double needed = state + (double)u.value_bytes + (double)u.largest_bytes;
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    printf(", \"state_mb\": %.2f, \"activations_mb\": %.2f, \"arena_mb\": %.2f, \"memory_ratio\": %.3f, "
           "\"memory_over_activations\": %.3f, \"rss_mb\": %.1f}\n",
           state / 1e6, (double)u.value_bytes / 1e6, (double)u.peak_bytes / 1e6,
           (state + (double)u.peak_bytes) / needed,
           (state + (double)u.peak_bytes) / (state + (double)u.value_bytes), (double)usage.ru_maxrss / 1e3);
    nn_tape_free(tape);
    nn_model_free(model);
    gsl_rng_free(rng);
    free(m.input);
    free(m.target);
    return 0;
}
