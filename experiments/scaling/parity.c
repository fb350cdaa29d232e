#include "parity.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>

#include <gsl/gsl_randist.h>

#include "base.h"
#include "nn.h"
#include "rng.h"
#include "stats.h"

struct trainer {
    const struct parity_options *o;
    gsl_rng *rng;
    uint64_t mask[PARITY_TASKS_MAX]; /* the subset of each task */
    double p[PARITY_TASKS_MAX];
    gsl_ran_discrete_t *law;
    struct nn_tape *tape;
    struct nn_model *model;
    struct nn_tensor *table, *w1, *b1, *w2, *b2;
    int32_t *task;       /* of the batch */
    float *target;
    int32_t *data_task;  /* of a finite training set */
    uint64_t *data_bits;
    uint64_t shuffle_seed;
};

size_t parity_parameters(const struct parity_options *o)
{
    return (o->tasks + o->bits + 2) * o->width + 1;
}

static uint64_t random_bits(gsl_rng *rng, size_t bits)
{
    return bits <= 32 ? gsl_rng_get(rng) & (UINT32_MAX >> (32 - bits)) : rng_bits64(rng) >> (64 - bits);
}

/* Different random subsets of the bits, one a task. */
static void draw_subsets(struct trainer *t)
{
    for (size_t k = 0; k < t->o->tasks; k++) {
        size_t same = 0;
        while (same < k || !t->mask[k]) {
            t->mask[k] = 0;
            while ((size_t)__builtin_popcountll(t->mask[k]) < t->o->subset)
                t->mask[k] |= 1ull << gsl_rng_uniform_int(t->rng, t->o->bits);
            for (same = 0; same < k && t->mask[same] != t->mask[k]; same++)
                ;
        }
    }
}

static void put_sample(struct trainer *t, size_t row, int32_t task, uint64_t x, float *input)
{
    t->task[row] = task;
    t->target[row] = (float)(__builtin_popcountll(x & t->mask[task]) & 1);
    if (t->o->noise)
        t->target[row] = (float)(gsl_rng_get(t->rng) >> 31);
    for (size_t b = 0; b < t->o->bits; b++)
        input[row * t->o->bits + b] = (float)(x >> b & 1u);
}

static struct nn_tensor *logits(struct trainer *t, struct nn_tensor *x, size_t rows)
{
    struct nn_tensor *h = nn_dense_onehot(t->tape, x, t->w1, t->table, t->task, rows, t->b1, NN_RELU);
    return nn_dense(t->tape, h, t->w2, t->b2, NN_IDENTITY);
}

static void train_step(struct trainer *t, struct nn_optimizer *adam, long step)
{
    const struct parity_options *o = t->o;
    nn_tape_reset(t->tape);
    struct nn_tensor *x = nn_constant(t->tape, nn_shape2(o->batch, o->bits));
    for (size_t i = 0; i < o->batch; i++) {
        if (!o->data) {
            int32_t task = (int32_t)gsl_ran_discrete(t->rng, t->law);
            put_sample(t, i, task, random_bits(t->rng, o->bits), x->value);
        } else {
            uint64_t seen = (uint64_t)step * o->batch + i, epoch = seen / o->data;
            size_t at = (size_t)nn_shuffle(t->shuffle_seed, epoch, seen % o->data, o->data);
            put_sample(t, i, t->data_task[at], t->data_bits[at], x->value);
        }
    }
    nn_backward(t->tape, nn_binary_cross_entropy(t->tape, logits(t, x, o->batch), t->target));
    nn_optimizer_step(adam, t->model, 1);
}

/* The loss of every task, in bits, on fresh samples. */
static void evaluate(struct trainer *t, double *loss)
{
    const struct parity_options *o = t->o;
    for (size_t k = 0; k < o->tasks; k++) {
        double sum = 0;
        for (size_t done = 0; done < o->points;) {
            size_t rows = o->points - done < o->batch ? o->points - done : o->batch;
            nn_tape_reset(t->tape);
            struct nn_tensor *x = nn_constant(t->tape, nn_shape2(rows, o->bits));
            for (size_t i = 0; i < rows; i++)
                put_sample(t, i, (int32_t)k, random_bits(t->rng, o->bits), x->value);
            sum += (double)rows * nn_binary_cross_entropy(t->tape, logits(t, x, rows), t->target)->value[0];
            done += rows;
        }
        loss[k] = sum / (double)o->points / M_LN2;
    }
}

static void trainer_make(struct trainer *t, const struct parity_options *o, gsl_rng *rng)
{
    *t = (struct trainer){.o = o, .rng = rng};
    double total = 0;
    for (size_t k = 0; k < o->tasks; k++)
        total += t->p[k] = o->uniform ? 1 : pow((double)k + 1, -(o->alpha + 1));
    for (size_t k = 0; k < o->tasks; k++)
        t->p[k] /= total;
    t->law = gsl_ran_discrete_preproc(o->tasks, t->p);
    draw_subsets(t);
    t->shuffle_seed = rng_bits64(rng);
    t->task = base_alloc(o->batch, sizeof *t->task);
    t->target = base_alloc(o->batch, sizeof *t->target);
    if (o->data) {
        t->data_task = base_alloc(o->data, sizeof *t->data_task);
        t->data_bits = base_alloc(o->data, sizeof *t->data_bits);
        for (size_t i = 0; i < o->data; i++) {
            t->data_task[i] = (int32_t)gsl_ran_discrete(rng, t->law);
            t->data_bits[i] = random_bits(rng, o->bits);
        }
    }
    t->tape = nn_tape_new(1);
    t->model = nn_model_new();
    size_t in = o->tasks + o->bits;
    t->table = nn_parameter_new(t->model, "table", nn_shape2(o->tasks, o->width));
    t->w1 = nn_parameter_new(t->model, "w1", nn_shape2(o->bits, o->width));
    t->b1 = nn_parameter_new(t->model, "b1", nn_shape1(o->width));
    t->w2 = nn_parameter_new(t->model, "w2", nn_shape2(o->width, 1));
    t->b2 = nn_parameter_new(t->model, "b2", nn_shape1(1));
    nn_init_fan_in(t->table, in, rng);
    nn_init_fan_in(t->w1, in, rng);
    nn_init_fan_in(t->b1, in, rng);
    nn_init_fan_in(t->w2, o->width, rng);
    nn_init_fan_in(t->b2, o->width, rng);
}

static void trainer_free(struct trainer *t)
{
    gsl_ran_discrete_free(t->law);
    nn_tape_free(t->tape);
    nn_model_free(t->model);
    free(t->task);
    free(t->target);
    free(t->data_task);
    free(t->data_bits);
}

/* Appends an evaluation and notes which tasks are learnt by now. Returns its loss. */
static double record(struct parity_run *run, struct trainer *t, long step)
{
    size_t K = run->tasks, e = run->evaluations++;
    run->step = base_grow(run->step, e + 1, sizeof *run->step);
    run->loss = base_grow(run->loss, e + 1, sizeof *run->loss);
    run->task_loss = base_grow(run->task_loss, (e + 1) * K, sizeof *run->task_loss);
    double *loss = run->task_loss + e * K, total = 0;
    evaluate(t, loss);
    for (size_t k = 0; k < K; k++) {
        total += run->p[k] * loss[k]; /* weighted exactly: sampling tasks would add noise for rare ones */
        if (loss[k] < 0.9 && isnan(run->start[k]))
            run->start[k] = (double)step;
        if (loss[k] < 0.1 && isnan(run->time[k]))
            run->time[k] = (double)step;
    }
    run->step[e] = (double)step;
    run->loss[e] = total;
    return total;
}

struct parity_run *parity_train(const struct parity_options *o, gsl_rng *rng)
{
    struct trainer t;
    trainer_make(&t, o, rng);
    struct parity_run *run = base_alloc(1, sizeof *run);
    run->tasks = o->tasks;
    run->p = base_alloc(o->tasks, sizeof *run->p);
    run->time = base_alloc(o->tasks, sizeof *run->time);
    run->start = base_alloc(o->tasks, sizeof *run->start);
    run->best = INFINITY;
    for (size_t k = 0; k < o->tasks; k++) {
        run->p[k] = t.p[k];
        run->time[k] = run->start[k] = NAN;
    }
    struct nn_optimizer adam = nn_optimizer_new(NN_ADAM, o->rate);
    double next = 10, best_step = 0;
    for (long step = 1; step <= o->steps; step++) {
        train_step(&t, &adam, step - 1);
        if ((double)step < next && step < o->steps)
            continue;
        next = fmax(next * o->spacing, (double)step + 1);
        double loss = record(run, &t, step);
        if (loss < run->best) {
            run->best = loss;
            run->best_at = run->evaluations - 1;
            best_step = (double)step;
        }
        if (o->early_stop && step > 500 && (double)step > 3 * best_step)
            break;
    }
    for (size_t k = 0; k < o->tasks; k++)
        run->learnt += isnan(run->time[k]) ? 0 : 1;
    while (run->leading < o->tasks && !isnan(run->time[run->leading]))
        run->leading++;
    trainer_free(&t);
    return run;
}

double parity_time_exponent(const struct parity_run *run)
{
    struct stats_line line;
    return run->leading >= 3 && !stats_power_fit(run->p, run->time, NULL, run->leading, &line) ? -line.slope : NAN;
}

/* The loss of task k at a step between evaluations, linear in log step; 1 bit before the first. */
static double task_loss_at(const struct parity_run *run, size_t k, double step)
{
    size_t e = 0;
    while (e < run->evaluations && run->step[e] < step)
        e++;
    if (e == 0)
        return 1;
    if (e == run->evaluations)
        return run->task_loss[(e - 1) * run->tasks + k];
    double w = log(step / run->step[e - 1]) / log(run->step[e] / run->step[e - 1]);
    return (1 - w) * run->task_loss[(e - 1) * run->tasks + k] + w * run->task_loss[e * run->tasks + k];
}

double parity_predict(const struct parity_run *run, double exponent, double step)
{
    size_t models = run->leading < 6 ? run->leading : 6;
    double total = 0;
    for (size_t t = 0; t < run->tasks; t++) {
        double x = step / (run->time[0] * pow(run->p[0] / run->p[t], exponent)), loss = 0;
        for (size_t k = 0; k < models; k++)
            loss += task_loss_at(run, k, x * run->time[k]) / (double)models;
        total += run->p[t] * loss;
    }
    return total;
}

double parity_slope(const struct parity_run *run, double low, double high, int predicted)
{
    double *x = base_alloc(2 * run->evaluations, sizeof *x), *y = x + run->evaluations;
    double exponent = parity_time_exponent(run);
    size_t n = 0;
    for (size_t e = 0; e < run->evaluations; e++)
        if (run->step[e] >= low && run->step[e] <= high) {
            x[n] = run->step[e];
            y[n++] = predicted ? parity_predict(run, exponent, run->step[e]) : run->loss[e];
        }
    struct stats_line line;
    double slope = stats_power_fit(x, y, NULL, n, &line) ? NAN : line.slope;
    free(x);
    return slope;
}

void parity_run_free(struct parity_run *run)
{
    free(run->p);
    free(run->step);
    free(run->loss);
    free(run->task_loss);
    free(run->time);
    free(run->start);
    free(run);
}
