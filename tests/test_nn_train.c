/* What trains: the vector mathematics, initializers, optimizers against their formulas, schedules,
 * checkpoints with kill and damage, shuffling and token batches. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"
#include "linalg.h"
#include "nn.h"
#include "nn_math.h"
#include "stats.h"

static const double eps = 0x1p-24;

/* ---- float32 functions: the bounds that nn_math.h states ---- */

static double log1p_unit(double x) {
    return log1p(x);
}

static double sigmoid(double x) {
    return 1 / (1 + exp(-x));
}

struct function {
    const char *name;
    float (*fast)(float);
    double (*exact)(double);
    double low, high, bound; /* of the relative error, in eps */
};

static float fast_exp(float x) {
    return nn_expf(x);
}

static float fast_exp_negative(float x) {
    return nn_exp_negative(x);
}

static float fast_expm1(float x) {
    return nn_expm1_negative(x);
}

static float fast_log(float x) {
    return nn_logf(x);
}

static float fast_log1p(float x) {
    return nn_log1p_unit(x);
}

static float fast_tanh(float x) {
    return nn_tanhf(x);
}

static float fast_sigmoid(float x) {
    return nn_sigmoidf(x);
}

static void test_mathematics(void **state) {
    (void)state;
    static const struct function functions[] = {{"expf", fast_exp, exp, -87.3, 88.7, 2},
                                                {"exp_negative", fast_exp_negative, exp, -87, 0, 2},
                                                {"expm1_negative", fast_expm1, expm1, -40, 0, 3.5},
                                                {"logf", fast_log, log, 1e-37, 3e38, 3.5},
                                                {"log1p_unit", fast_log1p, log1p_unit, 0, 1, 3.5},
                                                {"tanhf", fast_tanh, tanh, -20, 20, 5},
                                                {"sigmoidf", fast_sigmoid, sigmoid, -87, 88, 4}};
    gsl_rng *rng = check_stream("mathematics");
    for (size_t i = 0; i < sizeof functions / sizeof *functions; i++) {
        const struct function *f = &functions[i];
        double worst = 0, at = 0;
        for (long round = 0; round < check_rounds(200000); round++) {
            double u = gsl_rng_uniform(rng), x = f->low + (f->high - f->low) * u;
            if (round % 2) { /* all exponents */
                x = ldexp(1 + u, (int)gsl_rng_uniform_int(rng, 150) - 126) * (gsl_rng_get(rng) % 2 ? 1 : -1);
            }
            if (f->exact == log && round % 3) {
                x = 0.5 + 1.5 * u;
            }
            if (!(x >= f->low && x <= f->high)) {
                continue;
            }
            float argument = (float)x;
            double want = f->exact((double)argument);
            double error = fabs((double)f->fast(argument) - want) / (fabs(want) > 0 ? fabs(want) : 1);
            if (error > worst) {
                worst = error;
                at = x;
            }
        }
        print_message("%-16s worst error %.2f eps at %.8g\n", f->name, worst / eps, at);
        check_between(f->name, worst / eps, 0, f->bound);
    }
    assert_true(isinf(nn_expf(100)) && nn_expf(-200) == 0 && nn_expf(0) == 1 && nn_expf(-INFINITY) == 0);
    assert_true(isinf(nn_expf(INFINITY)) && nn_exp_negative(-INFINITY) == 0 && nn_exp_negative(0) == 1);
    check_close("gradual underflow", (double)nn_expf(-100), exp(-100), 0x1p-149);
    assert_true(nn_logf(0) == -INFINITY && isnan(nn_logf(-1)) && nn_logf(INFINITY) == INFINITY &&
                nn_logf(1) == 0);
    check_close("log of a denormal", (double)nn_logf(1e-40f), log((double)1e-40f), 1e-5);
    assert_true(nn_tanhf(50) == 1 && nn_tanhf(-50) == -1 && nn_sigmoidf(-200) == 0 && nn_sigmoidf(200) == 1);
    assert_true(isnan(nn_expf(NAN)) && isnan(nn_exp_negative(NAN)) && isnan(nn_logf(NAN)) &&
                isnan(nn_tanhf(NAN)));
    assert_true(isnan(nn_sigmoidf(NAN)) && isnan(nn_softplusf(NAN)));
    gsl_rng_free(rng);
}

/* ---- initializers ---- */

/* Mean 0 and the variance of the field's definition: 6 standard errors, the fourth moment being at most 3
 * var^2. */
static void check_moments(const char *name, const struct nn_tensor *w, double variance, double limit) {
    double mean = 0, square = 0, n = (double)w->size, most = 0;
    for (size_t i = 0; i < w->size; i++) {
        double x = (double)w->value[i];
        mean += x / n;
        square += x * x / n;
        most = fmax(most, fabs(x));
    }
    check_close(name, mean, 0, 6 * sqrt(variance / n));
    check_close(name, square, variance, 6 * variance * sqrt(2 / n));
    check_between(name, most, 0, limit * (1 + 1e-6));
}

static void test_initializers(void **state) {
    (void)state;
    gsl_rng *rng = check_stream("initializers");
    struct nn_model *model = nn_model_new();
    struct nn_tensor *w = nn_parameter_new(model, "w", nn_shape2(90, 150));
    nn_init_fan_in(w, 90, rng);
    check_moments("fan-in", w, 1.0 / 90 / 3, 1 / sqrt(90.0));
    nn_init_xavier_uniform(w, 1, rng);
    check_moments("xavier uniform", w, 2.0 / 240, sqrt(6.0 / 240));
    nn_init_xavier_normal(w, 2, rng);
    check_moments("xavier normal", w, 4 * 2.0 / 240, INFINITY);
    nn_init_he_uniform(w, rng);
    check_moments("he uniform", w, 2.0 / 90, sqrt(6.0 / 90));
    nn_init_he_normal(w, rng);
    check_moments("he normal", w, 2.0 / 90, INFINITY);
    nn_init_normal(w, 0.02, rng);
    check_moments("normal", w, 4e-4, INFINITY);
    nn_init_truncated_normal(w, 0.5, rng); /* variance 1 - 4 phi(2)/(2 Phi(2) - 1) = 0.774 of the whole */
    check_moments("truncated normal", w, 0.25 * (1 - 4 * exp(-2) / sqrt(2 * M_PI) / erf(sqrt(2))), 1);
    struct nn_tensor *tall = nn_parameter_new(model, "tall", nn_shape2(31, 7));
    struct nn_tensor *wide = nn_parameter_new(model, "wide", nn_shape2(7, 31));
    nn_init_orthogonal(tall, 1.5, rng);
    nn_init_orthogonal(wide, 1.5, rng);
    for (size_t i = 0; i < 7; i++) {
        for (size_t j = 0; j < 7; j++) {
            double a = 0, b = 0;
            for (size_t k = 0; k < 31; k++) {
                a += (double)tall->value[k * 7 + i] * (double)tall->value[k * 7 + j];
                b += (double)wide->value[i * 31 + k] * (double)wide->value[j * 31 + k];
            }
            check_close("orthogonal columns", a, i == j ? 2.25 : 0, 2.25 * 31 * eps);
            check_close("orthogonal rows", b, i == j ? 2.25 : 0, 2.25 * 31 * eps);
        }
    }
    nn_model_free(model);
    gsl_rng_free(rng);
}

/* ---- optimizers: 100 steps against the formulas in float64 ---- */

enum { ROWS = 3, COLUMNS = 4, SIZE = ROWS * COLUMNS, STEPS = 100 };

struct slow_optimizer {
    double p[SIZE], m[SIZE], v[SIZE], row[ROWS], column[COLUMNS];
};

static double rms(const double *x, int n) {
    double sum = 0;
    for (int i = 0; i < n; i++) {
        sum += x[i] * x[i];
    }
    return sqrt(sum / n);
}

static void slow_step(struct slow_optimizer *s, const struct nn_optimizer *o, bool matrix,
                      const double *gradient, int t, double rate, double decay) {
    double g[SIZE], u[SIZE];
    rate *= o->relative_rate ? fmax(1e-3, rms(s->p, SIZE)) : 1;
    for (int i = 0; i < SIZE; i++) {
        g[i] = gradient[i] + (o->method == NN_SGD || o->method == NN_ADAM ? decay * s->p[i] : 0);
    }
    if (o->method == NN_ADAFACTOR) {
        double b2 = 1 - pow(t, -0.8), all = 0;
        for (int i = 0; i < SIZE; i++) {
            s->v[i] = b2 * s->v[i] + (1 - b2) * (g[i] * g[i] + o->epsilon);
        }
        for (int i = 0; matrix && i < ROWS; i++) {
            double mean = 0;
            for (int j = 0; j < COLUMNS; j++) {
                mean += g[i * COLUMNS + j] * g[i * COLUMNS + j] / COLUMNS;
            }
            s->row[i] = b2 * s->row[i] + (1 - b2) * mean;
            all += s->row[i] / ROWS;
        }
        for (int j = 0; matrix && j < COLUMNS; j++) {
            double mean = 0;
            for (int i = 0; i < ROWS; i++) {
                mean += g[i * COLUMNS + j] * g[i * COLUMNS + j] / ROWS;
            }
            s->column[j] = b2 * s->column[j] + (1 - b2) * mean;
        }
        for (int i = 0; i < SIZE; i++) {
            u[i] = g[i] / sqrt(matrix ? s->row[i / COLUMNS] * s->column[i % COLUMNS] / all : s->v[i]);
        }
        double clip = fmax(1, rms(u, SIZE));
        for (int i = 0; i < SIZE; i++) {
            s->p[i] -= rate * (u[i] / clip + decay * s->p[i]);
        }
        return;
    }
    for (int i = 0; i < SIZE; i++) {
        double mixed = o->beta1 * s->m[i] + (1 - o->beta1) * g[i];
        switch (o->method) {
        case NN_SGD:
            s->m[i] = o->momentum * s->m[i] + g[i];
            s->p[i] -= rate * s->m[i];
            break;
        case NN_ADAM:
        case NN_ADAMW:
            s->m[i] = mixed;
            s->v[i] = o->beta2 * s->v[i] + (1 - o->beta2) * g[i] * g[i];
            s->p[i] -= o->method == NN_ADAMW ? rate * decay * s->p[i] : 0;
            s->p[i] -= rate * (s->m[i] / (1 - pow(o->beta1, t))) /
                       (sqrt(s->v[i] / (1 - pow(o->beta2, t))) + o->epsilon);
            break;
        case NN_LION:
            s->p[i] -= rate * ((mixed > 0) - (mixed < 0) + decay * s->p[i]);
            s->m[i] = o->beta2 * s->m[i] + (1 - o->beta2) * g[i];
            break;
        default: /* Tiger */
            s->m[i] = mixed;
            s->p[i] -= rate * ((mixed > 0) - (mixed < 0) + decay * s->p[i]);
            break;
        }
    }
}

/* The gradients do not depend on the parameters, so errors add up and do not grow: a few eps a step of
 * numbers below 4, and the updates of adaptive methods are smooth in the gradients, which stay away from 0
 * (and from changing the sign of a mean by rounding). */
static void test_optimizers(void **state) {
    (void)state;
    struct nn_optimizer kinds[10] = {
        nn_optimizer_new(NN_SGD, 0.01),       nn_optimizer_new(NN_SGD, 0.01),
        nn_optimizer_new(NN_ADAM, 0.01),      nn_optimizer_new(NN_ADAMW, 0.01),
        nn_optimizer_new(NN_LION, 0.002),     nn_optimizer_new(NN_TIGER, 0.002),
        nn_optimizer_new(NN_ADAFACTOR, 0.01), nn_optimizer_new(NN_ADAFACTOR, 0.01),
        nn_optimizer_new(NN_ADAMW, 0.01),     nn_optimizer_new(NN_TIGER, 0.01)};
    kinds[1].momentum = 0.9;
    kinds[7].relative_rate = kinds[9].relative_rate = true;
    gsl_rng *rng = check_stream("optimizers");
    for (size_t k = 0; k < sizeof kinds / sizeof *kinds; k++) {
        struct nn_optimizer o = kinds[k];
        bool matrix = k != 6;
        o.decay = 0.03;
        struct nn_model *model = nn_model_new();
        struct nn_tensor *p =
            nn_parameter_new(model, "p", matrix ? nn_shape2(ROWS, COLUMNS) : nn_shape1(SIZE));
        nn_parameter_scale(p, 1.5, 0.5);
        struct slow_optimizer slow = {0};
        double bias[SIZE], gradient[SIZE];
        for (int i = 0; i < SIZE; i++) {
            p->value[i] = (float)rng_normal(rng);
            slow.p[i] = (double)p->value[i];
            bias[i] = gsl_rng_uniform(rng) - 0.5;
        }
        struct nn_tape *tape = nn_tape_new(1);
        for (int t = 1; t <= STEPS; t++) {
            nn_tape_reset(tape);
            struct nn_tensor *c = nn_constant(tape, p->shape);
            for (int i = 0; i < SIZE; i++) {
                double g = bias[i] + gsl_rng_uniform(rng) - 0.5;
                c->value[i] = (float)(fabs(g) < 1e-3 ? 1e-3 : g);
                gradient[i] = (double)c->value[i];
            }
            nn_backward(tape, nn_sum(tape, nn_mul(tape, p, c))); /* its gradient is c */
            double factor = nn_schedule_linear(t - 1, 10, STEPS, 0.1);
            nn_optimizer_step(&o, model, factor);
            slow_step(&slow, &o, matrix, gradient, t, o.rate * 1.5 * factor, o.decay * 0.5);
        }
        for (int i = 0; i < SIZE; i++) {
            check_close("parameter after 100 steps", (double)p->value[i], slow.p[i], 4 * STEPS * 4 * eps);
        }
        assert_int_equal(o.step, STEPS);
        nn_tape_free(tape);
        nn_model_free(model);
    }
    gsl_rng_free(rng);
}

static void test_schedules_and_clipping(void **state) {
    (void)state;
    check_close("warm-up", nn_schedule_warmup(0, 10), 0.1, 0);
    check_close("warm-up", nn_schedule_warmup(9, 10), 1, 0);
    check_close("warm-up", nn_schedule_warmup(0, 0), 1, 0);
    check_close("cosine", nn_schedule_cosine(10, 10, 110, 0.2), 1, 0);
    check_close("cosine", nn_schedule_cosine(60, 10, 110, 0.2), 0.6, 1e-15);
    check_close("cosine", nn_schedule_cosine(110, 10, 110, 0.2), 0.2, 1e-15);
    check_close("cosine", nn_schedule_cosine(1000, 10, 110, 0.2), 0.2, 1e-15);
    check_close("linear", nn_schedule_linear(35, 10, 110, 0.2), 0.8, 1e-15);
    check_close("linear", nn_schedule_linear(4, 10, 110, 0.2), 0.5, 0);
    struct nn_model *model = nn_model_new();
    struct nn_tensor *p = nn_parameter_new(model, "p", nn_shape1(2));
    struct nn_tape *tape = nn_tape_new(1);
    const float c[2] = {3, -4};
    nn_backward(tape, nn_sum(tape, nn_mul(tape, p, nn_constant_of(tape, nn_shape1(2), c))));
    check_close("norm", nn_model_gradient_norm(model), 5, 0);
    check_close("norm", nn_model_clip(model, 6), 5, 0);
    check_close("norm", nn_model_clip(model, 0.5), 5, 0);
    check_close("clipped", (double)p->grad[1], -0.4, eps);
    nn_model_forget_gradients(model);
    check_close("forgotten", nn_model_gradient_norm(model), 0, 0);
    nn_tape_free(tape);
    nn_model_free(model);
}

/* ---- checkpoints ---- */

struct training {
    struct nn_model *model;
    struct nn_mlp mlp;
    struct nn_optimizer optimizer;
};

static struct training training_new(enum nn_method method) {
    static const size_t width[3] = {5, 8, 3};
    gsl_rng *rng = rng_stream(3, "training");
    struct training t = {.model = nn_model_new(), .optimizer = nn_optimizer_new(method, 0.01)};
    t.mlp = nn_mlp_new(t.model, "mlp", width, 2, NN_TANH, rng);
    gsl_rng_free(rng);
    return t;
}

/* Steps from .. to-1; the batch of a step is a function of its number. A checkpoint after every `every`
 * steps. */
static void training_run(struct training *t, long from, long to, const char *path, long every) {
    struct nn_tape *tape = nn_tape_new(1);
    gsl_rng *rng = rng_stream(4, "batches");
    for (long step = from; step < to; step++) {
        rng_stream_set(rng, 4, (uint64_t)step);
        nn_tape_reset(tape);
        struct nn_tensor *x = nn_constant(tape, nn_shape2(7, 5));
        int32_t label[7];
        for (size_t i = 0; i < x->size; i++) {
            x->value[i] = (float)rng_normal(rng);
        }
        for (size_t i = 0; i < 7; i++) {
            label[i] = x->value[i * 5] > x->value[i * 5 + 1] ? 2 : 0;
        }
        nn_backward(tape, nn_cross_entropy(tape, nn_mlp_apply(tape, &t->mlp, x), label));
        nn_optimizer_step(&t->optimizer, t->model, nn_schedule_cosine(step, 5, 60, 0));
        long done = step + 1;
        if (path && done % every == 0) {
            nn_checkpoint_save(path, t->model, &t->optimizer, &done, sizeof done);
        }
    }
    gsl_rng_free(rng);
    nn_tape_free(tape);
}

static uint64_t model_hash(const struct nn_model *model) {
    uint64_t hash = base_hash_start();
    for (size_t i = 0; i < model->count; i++) {
        hash = base_hash(hash, model->parameter[i]->tensor.value,
                         model->parameter[i]->tensor.size * sizeof(float));
    }
    return hash;
}

static char *scratch_folder(void) {
    char *folder = base_copy("/tmp/test_nn_XXXXXX");
    assert_non_null(mkdtemp(folder));
    return folder;
}

static void test_resume(void **state) {
    (void)state;
    static const enum nn_method methods[] = {NN_SGD, NN_ADAM, NN_ADAMW, NN_LION, NN_TIGER, NN_ADAFACTOR};
    char *folder = scratch_folder(), *path = base_format("%s/checkpoint", folder);
    for (size_t i = 0; i < sizeof methods / sizeof *methods; i++) {
        struct training whole = training_new(methods[i]);
        training_run(&whole, 0, 60, NULL, 0);
        pid_t child = fork();
        assert_true(child >= 0);
        if (child == 0) { /* killed after step 33, its last checkpoint is of step 30 */
            struct training t = training_new(methods[i]);
            training_run(&t, 0, 33, path, 10);
            raise(SIGKILL);
        }
        int status;
        assert_true(waitpid(child, &status, 0) == child && WIFSIGNALED(status));
        struct training resumed = training_new(methods[i]);
        long done = 0;
        assert_int_equal(
            nn_checkpoint_load(path, resumed.model, &resumed.optimizer, &done, sizeof done, NULL), NN_LOADED);
        assert_int_equal(done, 30);
        assert_int_equal(resumed.optimizer.step, 30);
        training_run(&resumed, done, 60, NULL, 0);
        assert_true(model_hash(resumed.model) == model_hash(whole.model));
        nn_model_free(whole.model);
        nn_model_free(resumed.model);
        unlink(path);
    }
    rmdir(folder);
    free(path);
    free(folder);
}

static void write_bytes(const char *path, const char *bytes, size_t n) {
    FILE *f = fopen(path, "wb");
    assert_non_null(f);
    assert_int_equal(fwrite(bytes, 1, n, f), n);
    assert_int_equal(fclose(f), 0);
}

/* Every byte flipped, every length cut: refused, and the model is as it was. */
static void test_damage(void **state) {
    (void)state;
    char *folder = scratch_folder(), *path = base_format("%s/checkpoint", folder);
    struct training t = training_new(NN_ADAM);
    const char *why = NULL;
    long extra = 77;
    assert_int_equal(nn_checkpoint_load(path, t.model, &t.optimizer, &extra, sizeof extra, &why), NN_ABSENT);
    training_run(&t, 0, 5, NULL, 0);
    nn_checkpoint_save(path, t.model, &t.optimizer, &extra, sizeof extra);
    size_t length;
    char *bytes = base_read_file(path, &length);
    assert_non_null(bytes);
    uint64_t hash = model_hash(t.model);
    gsl_rng *rng = check_stream("damage");
    for (long round = 0; round < check_rounds(300); round++) {
        size_t at = round < 150 ? (size_t)round : gsl_rng_uniform_int(rng, length);
        char flip = (char)(1 << gsl_rng_uniform_int(rng, 8));
        bytes[at] = (char)(bytes[at] ^ flip);
        write_bytes(path, bytes, length);
        bytes[at] = (char)(bytes[at] ^ flip);
        why = NULL;
        assert_int_equal(nn_checkpoint_load(path, t.model, &t.optimizer, &extra, sizeof extra, &why),
                         NN_REFUSED);
        assert_non_null(why);
        write_bytes(path, bytes, gsl_rng_uniform_int(rng, length));
        assert_int_equal(nn_checkpoint_load(path, t.model, &t.optimizer, &extra, sizeof extra, &why),
                         NN_REFUSED);
    }
    write_bytes(path, bytes, length);
    long two[2] = {0, 0};
    assert_int_equal(nn_checkpoint_load(path, t.model, &t.optimizer, two, sizeof two, &why), NN_REFUSED);
    struct nn_model *other = nn_model_new();
    nn_parameter_new(other, "another", nn_shape1(3));
    assert_int_equal(nn_checkpoint_load(path, other, &t.optimizer, &extra, sizeof extra, &why), NN_REFUSED);
    assert_true(model_hash(t.model) == hash && extra == 77 && t.optimizer.step == 5);
    nn_init_constant(&t.model->parameter[0]->tensor, 9);
    assert_int_equal(nn_checkpoint_load(path, t.model, &t.optimizer, &extra, sizeof extra, &why), NN_LOADED);
    assert_true(model_hash(t.model) == hash);
    nn_model_free(other);
    nn_model_free(t.model);
    unlink(path);
    rmdir(folder);
    free(bytes);
    free(path);
    free(folder);
    gsl_rng_free(rng);
}

/* ---- data ---- */

static void test_shuffle(void **state) {
    (void)state;
    gsl_rng *rng = check_stream("shuffle");
    for (long round = 0; round < check_rounds(60); round++) {
        uint64_t count = 1 + gsl_rng_uniform_int(rng, round % 4 ? 40 : 3000), seed = rng_bits64(rng);
        unsigned char *seen = base_alloc(count, 1);
        for (uint64_t i = 0; i < count; i++) {
            uint64_t to = nn_shuffle(seed, (uint64_t)round, i, count);
            assert_true(to < count && !seen[to]);
            seen[to] = 1;
        }
        free(seen);
    }
    /* Where a pair of indices goes is uniform over the 30 ordered pairs of 6: chi-squared with 29 degrees. */
    double count[6][6] = {{0}}, chi = 0, draws = (double)check_rounds(6000);
    uint64_t seed = rng_bits64(rng);
    for (long i = 0; i < (long)draws; i++) {
        count[nn_shuffle(seed, (uint64_t)i, 2, 6)][nn_shuffle(seed, (uint64_t)i, 5, 6)]++;
    }
    for (int a = 0; a < 6; a++) {
        for (int b = 0; b < 6; b++) {
            chi += a == b ? 0 : pow(count[a][b] - draws / 30, 2) / (draws / 30);
        }
    }
    check_between("chi-squared", chi, 3, 29 + 7 * sqrt(58)); /* beyond: probability below 1e-7 */
    uint64_t large = (uint64_t)1 << 40;
    assert_true(nn_shuffle(1, 2, 3, large) < large &&
                nn_shuffle(1, 2, 3, large) != nn_shuffle(1, 3, 3, large));
    gsl_rng_free(rng);
}

static void test_tokens(void **state) {
    (void)state;
    char *folder = scratch_folder(), *path = base_format("%s/tokens", folder);
    enum { COUNT = 103, CONTEXT = 5, BATCH = 4 };
    for (size_t width = 1; width <= 4; width *= 2) {
        unsigned char bytes[COUNT * 4] = {0};
        for (size_t i = 0; i < COUNT; i++) { /* token i is i, with something in its upper bytes */
            bytes[i * width] = (unsigned char)i;
            bytes[i * width + width - 1] |= width > 1 ? 1 : 0;
        }
        write_bytes(path, (const char *)bytes, COUNT * width);
        struct nn_tokens *tokens = nn_tokens_open(path, width);
        assert_non_null(tokens);
        assert_int_equal(tokens->count, COUNT);
        assert_int_equal(nn_tokens_at(tokens, 7), width == 1 ? 7 : width == 2 ? 263 : 7 + (1 << 24));
        int seen[COUNT] = {0};
        int32_t input[BATCH * CONTEXT], target[BATCH * CONTEXT], again[BATCH * CONTEXT];
        for (uint64_t step = 0; step < 19; step++) { /* (103 - 5)/5 = 19 windows an epoch: 4 epochs */
            nn_tokens_batch(tokens, 9, step, BATCH, CONTEXT, input, target);
            nn_tokens_batch(tokens, 9, step, BATCH, CONTEXT, again, target);
            assert_memory_equal(input, again, sizeof input);
            for (size_t i = 0; i < BATCH * CONTEXT; i++) {
                assert_int_equal(target[i], input[i] + 1);
                seen[input[i] & 0xff]++;
                if (i % CONTEXT) {
                    assert_int_equal(input[i], input[i - 1] + 1);
                }
            }
        }
        for (size_t i = CONTEXT; i < COUNT - 2 * CONTEXT;
             i++) { /* in every epoch, but for its offset at the ends */
            assert_int_equal(seen[i], 4);
        }
        nn_tokens_close(tokens);
    }
    write_bytes(path, "abc", 3);
    assert_null(nn_tokens_open(path, 2));
    assert_int_equal(errno, EINVAL);
    unlink(path);
    assert_null(nn_tokens_open(path, 1));
    rmdir(folder);
    free(path);
    free(folder);
}

int main(void) {
    base_program_set("test_nn_train");
    linalg_single_thread();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_mathematics), cmocka_unit_test(test_initializers),
        cmocka_unit_test(test_optimizers),  cmocka_unit_test(test_schedules_and_clipping),
        cmocka_unit_test(test_resume),      cmocka_unit_test(test_damage),
        cmocka_unit_test(test_shuffle),     cmocka_unit_test(test_tokens),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
