#include "recur.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "attention.h"
#include "base.h"

/* ---- networks and texts ---- */

const double *recur_weight(const struct recur_network *network, size_t layer, size_t which)
{
    return network->w + ((layer - 1) * 4 + which) * network->d * network->d;
}

struct recur_network *recur_network_closed(size_t layers, size_t d)
{
    struct recur_network *network = base_alloc(1, sizeof *network);
    *network = (struct recur_network){layers, d, base_alloc(layers * 4 * d * d, sizeof(double))};
    double *w = network->w;
    for (size_t l = 1; l <= layers; l++)
        for (size_t t = 0; t < 4; t++)
            for (size_t r = 1; r <= d; r++)
                for (size_t c = 1; c <= d; c++)
                    *w++ = cos(0.7 * (double)r * (double)c + 1.1 * (double)t + 2.3 * (double)l) /
                           sqrt((double)d);
    return network;
}

void recur_network_free(struct recur_network *network)
{
    if (network)
        free(network->w);
    free(network);
}

void recur_embed_waves(const struct recur_text *text, size_t position, double *x)
{
    for (size_t a = 0; a < text->d; a++)
        x[a] = sin(0.37 * (double)(position + 1) * (double)(a + 1) + 0.1);
}

void recur_embed_table(const struct recur_text *text, size_t position, double *x)
{
    memcpy(x, text->table + position * text->d, text->d * sizeof *x);
}

double *recur_waves(size_t n, size_t d)
{
    double *x = base_alloc(n * d, sizeof *x);
    struct recur_text text = {.d = d};
    for (size_t i = 0; i < n; i++)
        recur_embed_waves(&text, i, x + i * d);
    return x;
}

/* ---- counted memory ---- */

double *recur_take(struct recur_memory *memory, size_t numbers)
{
    memory->live += numbers;
    memory->peak = memory->live > memory->peak ? memory->live : memory->peak;
    return base_alloc(numbers + 1, sizeof(double));
}

void recur_give(struct recur_memory *memory, double *block, size_t numbers)
{
    memory->live -= numbers;
    free(block);
}

/* ---- a step ---- */

/* Rows of w in turn, so that the loop within runs along them and vectorizes. One compiled form for all modes.
 */
__attribute__((optimize("O3"))) static void add_product(size_t d, const double *restrict x,
                                                        const double *restrict w, double *restrict out)
{
    for (size_t r = 0; r < d; r++)
        for (size_t c = 0; c < d; c++)
            out[c] += x[r] * w[r * d + c];
}

void recur_apply(size_t d, const double *x, const double *w, double *out)
{
    memset(out, 0, d * sizeof *out);
    add_product(d, x, w, out);
}

/* What a layer keeps of a row while it scans; all of it lies in counted memory. */
struct row {
    double *z, *m, *y;
};

static void row_clear(struct row row, size_t d)
{
    *row.z = 0;
    *row.m = -INFINITY;
    memset(row.y, 0, d * sizeof *row.y);
}

static void row_push(struct row row, size_t d, const double *q, const double *k, const double *v)
{
    double s = 0;
    for (size_t a = 0; a < d; a++)
        s += q[a] * k[a];
    struct attention_state state = {*row.m, *row.z, row.y};
    attention_state_push(&state, d, s / sqrt((double)d), v);
    *row.m = state.m;
    *row.z = state.z;
}

/* y = o in place, then out = x + o W_o; out may be x. */
static void row_finish(struct row row, const struct recur_network *network, size_t layer, const double *x,
                       double *out)
{
    size_t d = network->d;
    for (size_t a = 0; a < d; a++)
        row.y[a] /= *row.z;
    if (out != x)
        memcpy(out, x, d * sizeof *out);
    add_product(d, row.y, recur_weight(network, layer, 3), out);
}

/* ---- modes ---- */

const char *const recur_mode_name[RECUR_MODES] = {"cached",   "recompute",  "forward", "minimal",
                                                  "absorbed", "checkpoint", "block"};

int recur_mode_of(const char *word)
{
    for (int m = 0; m < RECUR_MODES; m++)
        if (!strcmp(word, recur_mode_name[m]))
            return m;
    return -1;
}

struct run {
    const struct recur_job *job;
    const struct recur_network *network;
    size_t d;
    struct recur_cost *cost;
    struct recur_memory memory;
    double **state;  /* of the layers of a segment, from below */
    double *scratch; /* what layers share */
    double **stored; /* [layers + 1], NULL where a layer's output is not kept */
    double *out;     /* of a position, or of a block, on its way out */
};

static void embed(struct run *run, size_t position, double *x)
{
    run->cost->reads++;
    run->job->text->embed(run->job->text, position, x);
}

/* Projects h to k and v of a layer. */
static void project(const struct run *run, size_t layer, const double *h, double *k, double *v)
{
    recur_apply(run->d, h, recur_weight(run->network, layer, 1), k);
    recur_apply(run->d, h, recur_weight(run->network, layer, 2), v);
}

/* Outputs are written and never read again. */
static void put_out(const struct run *run, size_t i, size_t rows, const double *out, double *y)
{
    if (y)
        memcpy(y + i * run->d, out, rows * run->d * sizeof *y);
}

static void run_cached(struct run *run, double *y, uint64_t *at)
{
    size_t d = run->d, n = run->job->n, layers = run->network->layers, working = 3 * d + 3;
    double *cache = recur_take(&run->memory, 2 * layers * n * d);
    run->cost->stored = run->memory.live;
    double *a = recur_take(&run->memory, working), *j = a + 2, *x = a + 3, *q = x + d;
    struct row row = {a, a + 1, q + d};
    for (size_t i = 0; i < n; i++) {
        embed(run, i, x);
        for (size_t l = 1; l <= layers; l++) {
            double *k = cache + 2 * (l - 1) * n * d, *v = k + n * d;
            project(run, l, x, k + i * d, v + i * d);
            recur_apply(d, x, recur_weight(run->network, l, 0), q);
            row_clear(row, d);
            for (*j = (double)i; *j >= 0; --*j) {
                row_push(row, d, q, k + (size_t)*j * d, v + (size_t)*j * d);
                run->cost->steps++;
            }
            row_finish(row, run->network, l, x, x);
        }
        put_out(run, i, 1, x, y);
        if (at)
            at[i] = run->cost->steps;
    }
    recur_give(&run->memory, a, working);
    recur_give(&run->memory, cache, 2 * layers * n * d);
}

/* Output of `layer` at position i from what lies at `bottom`, the text or a stored layer: the recursion of
 * the article. */
static void produce(struct run *run, size_t layer, size_t bottom, size_t i, double *out)
{
    size_t d = run->d;
    if (layer == bottom) {
        if (bottom == 0)
            embed(run, i, out);
        else
            memcpy(out, run->stored[bottom] + i * d, d * sizeof *out);
        return;
    }
    double *a = run->state[layer - bottom - 1], *j = a + 2;
    double *x = a + 3, *q = x + d, *h = q + 2 * d, *k = h + d, *v = k + d;
    struct row row = {a, a + 1, q + d};
    int forward = run->job->mode == RECUR_FORWARD;
    row_clear(row, d);
    if (forward) {
        produce(run, layer - 1, bottom, i, x);
        recur_apply(d, x, recur_weight(run->network, layer, 0), q);
    }
    for (*j = forward ? 0 : (double)i; *j >= 0 && *j <= (double)i; *j += forward ? 1 : -1) {
        produce(run, layer - 1, bottom, (size_t)*j, h);
        if (!forward && *j == (double)i) {
            memcpy(x, h, d * sizeof *x);
            recur_apply(d, x, recur_weight(run->network, layer, 0), q);
        }
        project(run, layer, h, k, v);
        row_push(row, d, q, k, v);
        run->cost->steps++;
    }
    row_finish(row, run->network, layer, x, out);
}

/* The same with two vectors a layer: the output stands in the first d numbers of the scratch. */
static void produce_minimal(struct run *run, size_t layer, size_t i)
{
    size_t d = run->d;
    double *h = run->scratch, *k = h + d, *v = k + d;
    if (layer == 0) {
        embed(run, i, h);
        return;
    }
    double *a = run->state[layer - 1], *j = a + 2, *q = a + 3;
    struct row row = {a, a + 1, q + d};
    row_clear(row, d);
    for (*j = (double)i; *j >= 0; --*j) {
        produce_minimal(run, layer - 1, (size_t)*j);
        if (*j == (double)i)
            recur_apply(d, h, recur_weight(run->network, layer, 0), q);
        project(run, layer, h, k, v);
        row_push(row, d, q, k, v);
        run->cost->steps++;
    }
    produce_minimal(run, layer - 1, i); /* the residual input, which nobody kept */
    row_finish(row, run->network, layer, h, h);
}

/* out[r] = sum_c w[r][c] x[c]. */
static void apply_transposed(size_t d, const double *x, const double *w, double *out)
{
    for (size_t r = 0; r < d; r++) {
        out[r] = 0;
        for (size_t c = 0; c < d; c++)
            out[r] += w[r * d + c] * x[c];
    }
}

/* The same without k and v: q.k_j = (q W_k^T).h_j and sum w_j v_j = (sum w_j h_j) W_v. When it has done with
 * the keys, a layer has room for the vectors in between: q's place is free. */
static void produce_absorbed(struct run *run, size_t layer, size_t i)
{
    size_t d = run->d;
    double *h = run->scratch;
    if (layer == 0) {
        embed(run, i, h);
        return;
    }
    double *a = run->state[layer - 1], *j = a + 2, *q = a + 3, *y = q + d;
    struct row row = {a, a + 1, y};
    for (*j = (double)i; *j >= 0; --*j) {
        produce_absorbed(run, layer - 1, (size_t)*j);
        if (*j == (double)i) {
            recur_apply(d, h, recur_weight(run->network, layer, 0), y);
            apply_transposed(d, y, recur_weight(run->network, layer, 1), q);
            row_clear(row, d);
        }
        row_push(row, d, q, h, h);
        run->cost->steps++;
    }
    recur_apply(d, y, recur_weight(run->network, layer, 2), q);
    memcpy(y, q, d * sizeof *y);
    produce_absorbed(run, layer - 1, i);
    row_finish(row, run->network, layer, h, h);
}

/* A layer's state for a block of B rows: z, m [B]; j; x, q, y, h, k, v [B][d]. */
static size_t block_numbers(size_t block, size_t d)
{
    return block * (6 * d + 2) + 1;
}

static void produce_block(struct run *run, size_t layer, size_t i, double *out)
{
    size_t d = run->d, block = run->job->block, first = i * block;
    size_t rows = run->job->n - first < block ? run->job->n - first : block;
    if (layer == 0) {
        for (size_t r = 0; r < rows; r++)
            embed(run, first + r, out + r * d);
        return;
    }
    double *z = run->state[layer - 1], *m = z + block, *j = m + block, *x = j + 1, *q = x + block * d;
    double *y = q + block * d, *h = y + block * d, *k = h + block * d, *v = k + block * d;
    for (size_t r = 0; r < rows; r++)
        row_clear((struct row){z + r, m + r, y + r * d}, d);
    for (*j = (double)i; *j >= 0; --*j) {
        size_t begin = (size_t)*j * block, keys = (size_t)*j == i ? rows : block;
        produce_block(run, layer - 1, (size_t)*j, h);
        for (size_t c = 0; c < keys; c++) {
            if ((size_t)*j == i) {
                memcpy(x + c * d, h + c * d, d * sizeof *x);
                recur_apply(d, x + c * d, recur_weight(run->network, layer, 0), q + c * d);
            }
            project(run, layer, h + c * d, k + c * d, v + c * d);
        }
        run->cost->pairs++;
        for (size_t r = 0; r < rows; r++)
            for (size_t c = keys; c-- > 0;)
                if (begin + c <= first + r) {
                    row_push((struct row){z + r, m + r, y + r * d}, d, q + r * d, k + c * d, v + c * d);
                    run->cost->steps++;
                }
    }
    for (size_t r = 0; r < rows; r++)
        row_finish((struct row){z + r, m + r, y + r * d}, run->network, layer, x + r * d, out + r * d);
}

static void run_blocks(struct run *run, double *y, uint64_t *at)
{
    size_t block = run->job->block, n = run->job->n;
    for (size_t i = 0; i * block < n; i++) {
        produce_block(run, run->network->layers, i, run->out);
        put_out(run, i * block, n - i * block < block ? n - i * block : block, run->out, y);
        for (size_t r = i * block; at && r < n && r < (i + 1) * block; r++)
            at[r] = run->cost->steps;
    }
}

/* Segments of s layers, each from the stored output of the one below. */
static void run_segments(struct run *run, size_t s, double *y, uint64_t *at)
{
    size_t layers = run->network->layers, d = run->d;
    for (size_t i = 0; i < run->job->n; i++) {
        for (size_t bottom = 0; bottom < layers; bottom += s) {
            size_t top = bottom + s < layers ? bottom + s : layers;
            produce(run, top, bottom, i, top == layers ? run->out : run->stored[top] + i * d);
        }
        put_out(run, i, 1, run->out, y);
        if (at)
            at[i] = run->cost->steps;
    }
}

static void run_minimal(struct run *run, double *y, uint64_t *at)
{
    for (size_t i = 0; i < run->job->n; i++) {
        if (run->job->mode == RECUR_MINIMAL)
            produce_minimal(run, run->network->layers, i);
        else
            produce_absorbed(run, run->network->layers, i);
        put_out(run, i, 1, run->scratch, y);
        if (at)
            at[i] = run->cost->steps;
    }
}

void recur_run(const struct recur_job *job, double *y, uint64_t *at, struct recur_cost *cost)
{
    size_t layers = job->network->layers, d = job->network->d;
    *cost = (struct recur_cost){0};
    struct run run = {.job = job, .network = job->network, .d = d, .cost = cost};
    if (job->mode == RECUR_CACHED) {
        run_cached(&run, y, at);
        cost->pairs = cost->steps;
        cost->live = run.memory.peak;
        return;
    }
    size_t s = job->mode == RECUR_CHECKPOINT && job->s < layers ? job->s : layers, scratch = 0,
           numbers = 6 * d + 3;
    if (job->mode == RECUR_MINIMAL) {
        numbers = 2 * d + 3;
        scratch = 3 * d;
    } else if (job->mode == RECUR_ABSORBED) {
        numbers = 2 * d + 3;
        scratch = d;
    } else if (job->mode == RECUR_BLOCK) {
        numbers = block_numbers(job->block, d);
    }
    run.stored = base_alloc(layers + 1, sizeof *run.stored);
    for (size_t top = s; top < layers; top += s)
        run.stored[top] = recur_take(&run.memory, job->n * d);
    cost->stored = run.memory.live;
    run.state = base_alloc(s, sizeof *run.state);
    for (size_t l = 0; l < s; l++)
        run.state[l] = recur_take(&run.memory, numbers);
    if (scratch)
        run.scratch = recur_take(&run.memory, scratch);

    run.out = base_alloc((job->mode == RECUR_BLOCK ? job->block : 1) * d, sizeof *run.out);
    if (job->mode == RECUR_BLOCK)
        run_blocks(&run, y, at);
    else if (job->mode == RECUR_MINIMAL || job->mode == RECUR_ABSORBED)
        run_minimal(&run, y, at);
    else
        run_segments(&run, s, y, at);
    if (job->mode != RECUR_BLOCK)
        cost->pairs = cost->steps;
    cost->live = run.memory.peak;

    for (size_t l = 0; l < s; l++)
        recur_give(&run.memory, run.state[l], numbers);
    for (size_t top = s; top < layers; top += s)
        recur_give(&run.memory, run.stored[top], job->n * d);
    if (scratch)
        recur_give(&run.memory, run.scratch, scratch);
    free(run.out);
    free(run.state);
    free(run.stored);
}

/* ---- laws ---- */

/* sum_{i <= n} T_N(i) = C(n+N+1, N+1) - 1 - n. */
static void total(mpz_t steps, uint64_t layers, uint64_t n)
{
    mpz_bin_uiui(steps, n + layers + 1, layers + 1);
    mpz_sub_ui(steps, steps, n + 1);
}

static void segments(mpz_t steps, uint64_t layers, uint64_t s, uint64_t n)
{
    mpz_t part;
    mpz_init(part);
    s = s < layers ? s : layers;
    total(steps, s, n);
    mpz_mul_ui(steps, steps, layers / s);
    if (layers % s) {
        total(part, layers % s, n);
        mpz_add(steps, steps, part);
    }
    mpz_clear(part);
}

/* sum_{k=1..N} C(N,k) C(n+k-1+more, k+more): more = 0 for T_N(n), 1 for the sum over positions. */
static void twice_read(mpz_t steps, uint64_t layers, uint64_t n, uint64_t more)
{
    mpz_t a, b;
    mpz_inits(a, b, NULL);
    mpz_set_ui(steps, 0);
    for (uint64_t k = 1; k <= layers; k++) {
        mpz_bin_uiui(a, layers, k);
        mpz_bin_uiui(b, n + k - 1 + more, k + more);
        mpz_addmul(steps, a, b);
    }
    mpz_clears(a, b, NULL);
}

/* The steps done for the first `blocks` full blocks. */
static void full_blocks(mpz_t steps, uint64_t layers, uint64_t blocks, uint64_t block)
{
    mpz_t diagonal, half;
    mpz_inits(diagonal, half, NULL);
    mpz_bin_uiui(diagonal, blocks + layers, layers);
    mpz_sub_ui(diagonal, diagonal, 1);
    total(steps, layers, blocks);
    mpz_sub(steps, steps, diagonal);
    mpz_mul_ui(steps, steps, block);
    mpz_mul_ui(steps, steps, block);
    mpz_set_ui(half, block);
    mpz_mul_ui(half, half, block + 1);
    mpz_tdiv_q_2exp(half, half, 1);
    mpz_addmul(steps, diagonal, half);
    mpz_clears(diagonal, half, NULL);
}

/* A last block of `rows` rows needs, layer by layer, its own triangle, `blocks` rectangles and all full
 * blocks below. */
static void block_steps(mpz_t steps, uint64_t layers, uint64_t n, uint64_t block)
{
    uint64_t blocks = n / block, rows = n % block;
    full_blocks(steps, layers, blocks, block);
    if (!rows)
        return;
    mpz_t part;
    mpz_init(part);
    for (uint64_t l = 1; l <= layers; l++) {
        if (l > 1)
            full_blocks(part, l - 1, blocks, block);
        else
            mpz_set_ui(part, 0);
        mpz_add(steps, steps, part);
        mpz_set_ui(part, rows);
        mpz_mul_ui(part, part, rows + 1);
        mpz_tdiv_q_2exp(part, part, 1);
        mpz_add(steps, steps, part);
        mpz_set_ui(part, rows);
        mpz_mul_ui(part, part, block);
        mpz_mul_ui(part, part, blocks);
        mpz_add(steps, steps, part);
    }
    mpz_clear(part);
}

void recur_steps(mpz_t steps, const struct recur_shape *shape)
{
    switch (shape->mode) {
    case RECUR_CACHED:
        mpz_bin_uiui(steps, shape->n + 1, 2);
        mpz_mul_ui(steps, steps, shape->layers);
        break;
    case RECUR_FORWARD:
    case RECUR_MINIMAL:
    case RECUR_ABSORBED:
        twice_read(steps, shape->layers, shape->n, 1);
        break;
    case RECUR_CHECKPOINT:
        segments(steps, shape->layers, shape->s, shape->n);
        break;
    case RECUR_BLOCK:
        block_steps(steps, shape->layers, shape->n, shape->block);
        break;
    default:
        total(steps, shape->layers, shape->n);
    }
}

void recur_pairs(mpz_t pairs, const struct recur_shape *shape)
{
    if (shape->mode == RECUR_BLOCK)
        total(pairs, shape->layers, (shape->n + shape->block - 1) / shape->block);
    else
        recur_steps(pairs, shape);
}

void recur_steps_at(mpz_t steps, enum recur_mode mode, uint64_t layers, uint64_t i)
{
    if (mode == RECUR_FORWARD || mode == RECUR_MINIMAL || mode == RECUR_ABSORBED) {
        twice_read(steps, layers, i, 0);
    } else {
        mpz_bin_uiui(steps, i + layers, layers);
        mpz_sub_ui(steps, steps, 1);
    }
}

void recur_numbers(mpz_t numbers, const struct recur_shape *shape, uint64_t d)
{
    uint64_t s = shape->mode == RECUR_CHECKPOINT && shape->s < shape->layers ? shape->s : shape->layers;
    uint64_t layer = 6 * d + 3, shared = 0, kept = (shape->layers + s - 1) / s - 1;
    if (shape->mode == RECUR_CACHED) {
        s = 1;
        layer = 3 * d + 3;
        kept = 2 * shape->layers;
    } else if (shape->mode == RECUR_MINIMAL || shape->mode == RECUR_ABSORBED) {
        layer = 2 * d + 3;
        shared = shape->mode == RECUR_MINIMAL ? 3 * d : d;
    }
    if (shape->mode == RECUR_BLOCK) {
        mpz_set_ui(numbers, 6 * d + 2);
        mpz_mul_ui(numbers, numbers, shape->block);
        mpz_add_ui(numbers, numbers, 1);
    } else {
        mpz_set_ui(numbers, layer);
    }
    mpz_mul_ui(numbers, numbers, s);
    mpz_add_ui(numbers, numbers, shared);
    mpz_t stored;
    mpz_init_set_ui(stored, kept);
    mpz_mul_ui(stored, stored, shape->n);
    mpz_mul_ui(stored, stored, d);
    mpz_add(numbers, numbers, stored);
    mpz_clear(stored);
}

static char *over(const mpz_t predicted, unsigned long limit, const char *what)
{
    if (mpz_cmp_ui(predicted, limit) <= 0)
        return NULL;
    if (mpz_sizeinbase(predicted, 10) > 60)
        return base_format("%s are predicted: a number of %zu digits; at most %lu are accepted", what,
                           mpz_sizeinbase(predicted, 10), limit);
    char *text = mpz_get_str(NULL, 10, predicted);
    char *line = base_format("%s %s are predicted; at most %lu are accepted", text, what, limit);
    free(text);
    return line;
}

char *recur_refusal(const struct recur_shape *shape, uint64_t d)
{
    mpz_t x;
    mpz_init(x);
    recur_steps(x, shape);
    char *why = over(x, RECUR_STEPS_MAX, "steps");
    if (!why) {
        recur_numbers(x, shape, d);
        why = over(x, RECUR_NUMBERS_MAX, "numbers of memory");
    }
    if (!why) { /* the text, the outputs and those to compare with, twice */
        mpz_set_ui(x, shape->n);
        mpz_mul_ui(x, x, 4 * d);
        why = over(x, RECUR_NUMBERS_MAX, "numbers of text and outputs");
    }
    if (!why) {
        mpz_set_ui(x, 4 * shape->layers);
        mpz_mul_ui(x, x, d);
        mpz_mul_ui(x, x, d);
        why = over(x, RECUR_NUMBERS_MAX, "weights");
    }
    mpz_clear(x);
    return why;
}
