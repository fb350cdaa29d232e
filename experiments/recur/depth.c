/* How many steps, and how much memory, does a causal attention network of N layers take when it keeps no keys
 * and values?
 *
 * Source: kexue.fm/archives/10017. Causal attention is a recurrence that reads its text again for each
 * position; so is a stack of N layers if the inputs of layer N are recomputed, from the text up, whenever
 * they are needed. Then nothing that is kept depends on the length L. With T_N(i) steps for the output of
 * layer N at position i, T_N(i) = sum_{j<=i} (T_{N-1}(j) + 1), so by the hockey-stick identity
 *     T_N(i) = C(i+N, N) - 1,   in all C(L+N+1, N+1) - 1 - L ~ L^{N+1}/(N+1)! .
 * Between that and the cache lie storing every s-th layer, carrying B positions at once, and, below it, two
 * vectors a layer. Each row runs the network and counts: steps as they are done, numbers as they are taken,
 * against the laws of recur.h; outputs are held against the cached network bit by bit, and that against
 * lib/attention.
 * Finding: all counts are as derived. The two vectors a layer of the article are enough, for less than 2^N
 * times the steps, and hardly more of them when L is large.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "attention.h"
#include "lab.h"
#include "recur.h"

/* Positions up to which the cached network is held against lib/attention, and where a sweep ends. */
enum { DENSE_MAX = 512, SWEEP_MAX = 1 << 16 };

static struct recur_shape shape_of(const struct lab_cell *cell, enum recur_mode mode, uint64_t n, uint64_t s,
                                   uint64_t block)
{
    return (struct recur_shape){mode, (uint64_t)lab_integer(cell, "layers"), n, s, block};
}

/* ---- what a cell runs ---- */

/* The wrong variants: another method in the place of the one that is asked for. */
static void disguise(const struct lab_cell *cell, struct recur_job *job)
{
    size_t layers = job->network->layers;
    if (job->n > 1 && lab_control(cell, "one_short"))
        job->n--;
    if (job->mode == RECUR_RECOMPUTE && layers > 1 && lab_control(cell, "secret_cache")) {
        job->mode = RECUR_CHECKPOINT;
        job->s = layers - 1;
    } else if (job->mode == RECUR_RECOMPUTE && lab_control(cell, "oldest_first")) {
        job->mode = RECUR_FORWARD;
    } else if (job->mode == RECUR_MINIMAL && lab_control(cell, "six_vectors")) {
        job->mode = RECUR_RECOMPUTE;
    } else if (job->mode == RECUR_CACHED && lab_control(cell, "inputs_only")) {
        job->mode = RECUR_CHECKPOINT;
        job->s = 1;
    } else if (job->mode == RECUR_CHECKPOINT && lab_control(cell, "every_layer")) {
        job->s = 1;
    } else if (job->mode == RECUR_BLOCK && lab_control(cell, "half_blocks")) {
        job->block = (job->block + 1) / 2;
    }
}

/* The law of all steps; a wrong one forgets the steps that are not innermost. */
static void steps_law(const struct lab_cell *cell, mpz_t steps, const struct recur_shape *shape)
{
    if (lab_control(cell, "innermost_only"))
        mpz_bin_uiui(steps, shape->n + shape->layers, shape->layers + 1);
    else
        recur_steps(steps, shape);
}

/* Positions whose steps are not what the law says. */
static size_t positions_off(const struct lab_cell *cell, enum recur_mode mode, size_t layers, size_t n,
                            const uint64_t *at)
{
    if (mode == RECUR_CHECKPOINT || mode == RECUR_BLOCK)
        return 0;
    size_t off = 0;
    mpz_t law;
    mpz_init(law);
    for (size_t i = 1; i <= n; i++) {
        if (mode == RECUR_CACHED)
            mpz_set_ui(law, layers * i);
        else if (lab_control(cell, "innermost_only"))
            mpz_bin_uiui(law, i + layers - 1, layers);
        else
            recur_steps_at(law, mode, layers, i);
        off += mpz_cmp_ui(law, at[i - 1] - (i > 1 ? at[i - 2] : 0)) != 0;
    }
    mpz_clear(law);
    return off;
}

static double largest_difference(size_t n, const double *a, const double *b)
{
    double most = 0;
    for (size_t i = 0; i < n; i++)
        most = fabs(a[i] - b[i]) <= most ? most : fabs(a[i] - b[i]); /* NaN stays */
    return most;
}

/* The network of lib/attention's layers: y[n][d]. */
static void dense(const struct recur_network *network, size_t n, const double *text, double *y)
{
    size_t d = network->d;
    double *room = base_alloc(4 * n * d, sizeof *room), *q = room, *k = q + n * d, *v = k + n * d,
           *o = v + n * d;
    memcpy(y, text, n * d * sizeof *y);
    for (size_t l = 1; l <= network->layers; l++) {
        for (size_t i = 0; i < n; i++) {
            recur_apply(d, y + i * d, recur_weight(network, l, 0), q + i * d);
            recur_apply(d, y + i * d, recur_weight(network, l, 1), k + i * d);
            recur_apply(d, y + i * d, recur_weight(network, l, 2), v + i * d);
        }
        struct attention a = {n, n, d, d, q, k, v, 1 / sqrt((double)d), attention_causal, NULL, NULL};
        attention_dense(&a, o, NULL);
        for (size_t i = 0; i < n; i++) {
            recur_apply(d, o + i * d, recur_weight(network, l, 3), q);
            for (size_t x = 0; x < d; x++)
                y[i * d + x] += q[x];
        }
    }
    free(room);
}

/* What the rows of a length share. */
struct length {
    size_t n, d;
    double *text, *cached, *y;
    uint64_t *at;
};

static void row(struct lab_cell *cell, const struct recur_network *network, const struct length *length,
                size_t s, size_t block)
{
    size_t n = length->n, d = length->d;
    struct recur_shape shape =
        shape_of(cell, (enum recur_mode)recur_mode_of(lab_word(cell, "mode")), n, s, block);
    struct recur_text text = {d, recur_embed_table, length->text};
    struct recur_job job = {shape.mode, n, s, block, network, &text};
    struct recur_cost cost;
    disguise(cell, &job);
    recur_run(&job, length->y, length->at, &cost);
    if (job.n < n)
        length->at[n - 1] = length->at[n - 2];

    mpz_t steps, pairs, numbers;
    mpz_inits(steps, pairs, numbers, NULL);
    steps_law(cell, steps, &shape);
    recur_pairs(pairs, &shape);
    recur_numbers(numbers, &shape, d);
    lab_put(cell, "length", (double)n);
    lab_put(cell, "every", (double)(shape.mode == RECUR_CHECKPOINT ? s : 0));
    lab_put(cell, "block", (double)(shape.mode == RECUR_BLOCK ? block : 0));
    lab_put(cell, "steps", (double)cost.steps);
    lab_put(cell, "steps_law", mpz_get_d(steps));
    lab_put(cell, "last", (double)(length->at[n - 1] - (n > 1 ? length->at[n - 2] : 0)));
    lab_put(cell, "pairs", (double)cost.pairs);
    lab_put(cell, "pairs_law", mpz_get_d(pairs));
    lab_put(cell, "reads", (double)cost.reads);
    lab_put(cell, "live", (double)cost.live);
    lab_put(cell, "live_law", mpz_get_d(numbers));
    lab_put(cell, "stored", (double)cost.stored);
    lab_put(cell, "positions_off", (double)positions_off(cell, shape.mode, network->layers, n, length->at));
    lab_put(cell, "difference", largest_difference(n * d, length->y, length->cached));
    if (shape.mode == RECUR_CACHED && n <= DENSE_MAX) {
        dense(network, n, length->text, length->cached);
        lab_put(cell, "to_dense", largest_difference(n * d, length->y, length->cached));
    }
    double sum = 0, squares = 0;
    for (size_t i = 0; i < n * d; i++) {
        sum += length->y[i];
        squares += length->y[i] * length->y[i];
    }
    lab_put(cell, "sum", sum);
    lab_put(cell, "first_of_last", length->y[(n - 1) * d]);
    lab_put(cell, "squares", squares);
    mpz_clears(steps, pairs, numbers, NULL);
    lab_next_row(cell);
}

/* Is a row within the budget of a sweep? */
static int affordable(const struct lab_cell *cell, uint64_t n, uint64_t s, uint64_t block)
{
    struct recur_shape shape =
        shape_of(cell, (enum recur_mode)recur_mode_of(lab_word(cell, "mode")), n, s, block);
    mpz_t steps;
    mpz_init(steps);
    recur_steps(steps, &shape);
    int within = mpz_cmp_d(steps, lab_real(cell, "budget")) <= 0;
    mpz_clear(steps);
    return within;
}

static void length_run(struct lab_cell *cell, const struct recur_network *network, size_t n)
{
    size_t d = network->d, layers = network->layers;
    int sweep = lab_is(cell, "n", "octaves");
    struct length length = {n,
                            d,
                            recur_waves(n, d),
                            base_alloc(n * d, sizeof(double)),
                            base_alloc(n * d, sizeof(double)),
                            base_alloc(n, sizeof(uint64_t))};
    struct recur_text text = {d, recur_embed_table, length.text};
    struct recur_job job = {RECUR_CACHED, n, 1, 1, network, &text};
    struct recur_cost cost;
    recur_run(&job, length.cached, NULL, &cost);

    size_t s_low = 1, s_high = 1, b_low = 1, b_high = 1;
    if (lab_is(cell, "mode", "checkpoint")) {
        s_high = layers > 1 ? layers - 1 : 1;
        if (!lab_is(cell, "s", "each"))
            s_low = s_high = (size_t)lab_integer(cell, "s");
    } else if (lab_is(cell, "mode", "block")) {
        b_low = n > 1 ? 2 : 1;
        b_high = n;
        if (!lab_is(cell, "B", "octaves"))
            b_low = b_high = (size_t)lab_integer(cell, "B");
    }
    for (size_t s = s_low; s <= s_high; s++)
        for (size_t block = b_low; block <= b_high; block *= 2)
            if (!sweep || (block <= n && affordable(cell, n, s, block)))
                row(cell, network, &length, s, block);
    free(length.text);
    free(length.cached);
    free(length.y);
    free(length.at);
}

static void cell(struct lab_cell *cell)
{
    size_t layers = (size_t)lab_integer(cell, "layers");
    struct recur_network *network = recur_network_closed(layers, (size_t)lab_integer(cell, "d"));
    if (lab_is(cell, "n", "octaves")) {
        size_t block = lab_is(cell, "B", "octaves") ? 1 : (size_t)lab_integer(cell, "B");
        for (size_t n = 1; n <= SWEEP_MAX && affordable(cell, n, 1, block); n *= 2)
            length_run(cell, network, n);
    } else {
        length_run(cell, network, (size_t)lab_integer(cell, "n"));
    }
    recur_network_free(network);
}

static char *check(const struct lab_cell *cell)
{
    uint64_t d = (uint64_t)lab_integer(cell, "d"),
             n = lab_is(cell, "n", "octaves") ? 1 : (uint64_t)lab_integer(cell, "n");
    uint64_t s = lab_is(cell, "s", "each") ? 1 : (uint64_t)lab_integer(cell, "s");
    uint64_t block = lab_is(cell, "B", "octaves") ? n : (uint64_t)lab_integer(cell, "B");
    enum recur_mode mode = (enum recur_mode)recur_mode_of(lab_word(cell, "mode"));
    if (mode == RECUR_CHECKPOINT && lab_is(cell, "s", "each"))
        s = (uint64_t)lab_integer(cell, "layers");
    if (mode == RECUR_BLOCK && lab_is(cell, "B", "octaves"))
        block = 1; /* the dearest of the sweep */
    if (mode == RECUR_BLOCK && block > n && !lab_is(cell, "n", "octaves"))
        return base_format("--B %lu is longer than the text; give at most --n", (unsigned long)block);
    struct recur_shape shape = shape_of(cell, mode, n, s, block),
                       cached = shape_of(cell, RECUR_CACHED, n, 1, 1);
    char *why = recur_refusal(&shape, d);
    return why ? why : recur_refusal(&cached, d); /* which all outputs are held against */
}

/* ---- measurements ---- */

/* The largest |a - b| over all rows of a mode; how much a column varies with the length, within a cell. */
static double off(const struct lab *lab, const char *mode, const char *a, const char *b)
{
    double most = 0;
    for (size_t g = 0; g < lab_groups(lab); g++) {
        size_t n, m;
        if (!lab_is(lab_group(lab, g), "mode", mode))
            continue;
        const double *x = lab_column(lab, g, a, &n), *y = b ? lab_column(lab, g, b, &m) : NULL;
        for (size_t r = 0; r < n; r++)
            most = fmax(most, fabs(x[r] - (y ? y[r] : 0)));
    }
    return most;
}

static double spread(const struct lab *lab, const char *mode, const char *column)
{
    double most = 0;
    for (size_t g = 0; g < lab_groups(lab); g++) {
        size_t n;
        const double *x = lab_column(lab, g, column, &n);
        for (size_t r = 1; r < n && lab_is(lab_group(lab, g), "mode", mode); r++)
            most = fmax(most, fabs(x[r] - x[0]));
    }
    return most;
}

/* Steps of a sweep of octaves at this length; NaN when it was not reached. */
static double steps_at(const struct lab *lab, size_t g, double length)
{
    size_t n, m;
    const double *l = lab_column(lab, g, "length", &n), *steps = lab_column(lab, g, "steps", &m);
    for (size_t r = 0; r < n; r++)
        if (l[r] == length)
            return steps[r];
    return NAN;
}

static void measure_sweep(struct lab *lab, size_t g, const char *mode, long layers)
{
    static const struct {
        const char *mode;
        long layers;
        double length;
        int slope; /* of the octave from here, not the steps */
    } known[] = {{"cached", 1, 512, 0},    {"recompute", 1, 512, 0}, {"recompute", 2, 512, 0},
                 {"recompute", 3, 128, 0}, {"recompute", 4, 32, 0},  {"minimal", 2, 512, 0},
                 {"recompute", 1, 512, 1}, {"recompute", 2, 64, 1},  {"recompute", 2, 128, 1},
                 {"recompute", 2, 256, 1}, {"recompute", 3, 32, 1},  {"recompute", 3, 64, 1},
                 {"recompute", 4, 16, 1},  {"recompute", 4, 32, 1}};
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        if (known[i].layers != layers || strcmp(known[i].mode, mode))
            continue;
        double steps = steps_at(lab, g, known[i].length), twice = steps_at(lab, g, 2 * known[i].length);
        if (!known[i].slope && isfinite(steps))
            lab_measure(lab, steps, 0, 0, "long.%s.N_%ld.L_%.0f", mode, layers, known[i].length);
        if (known[i].slope && isfinite(twice))
            lab_measure(lab, log2(twice / steps), 1e-14, 0, "slope.N_%ld.L_%.0f", layers, known[i].length);
    }
}

/* Counts at L = 12, of the modes whose claims name them. */
static void measure_short(struct lab *lab, size_t g, const char *mode, long layers)
{
    static const struct {
        const char *column, *modes;
    } counts[] = {{"steps", "cached recompute minimal"},
                  {"last", "cached recompute minimal"},
                  {"live", "recompute minimal absorbed"},
                  {"stored", "cached recompute minimal"},
                  {"reads", "recompute"}};
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++)
        if (strstr(counts[i].modes, mode))
            lab_measure(lab, lab_value(lab, g, counts[i].column), 0, 0, "%s.%s.N_%ld", counts[i].column, mode,
                        layers);
}

/* Numbers held between the two ends. */
static void measure_between(struct lab *lab, size_t g, const char *mode)
{
    size_t n;
    const double *length = lab_column(lab, g, "length", &n), *every = lab_column(lab, g, "every", &n);
    const double *block = lab_column(lab, g, "block", &n), *live = lab_column(lab, g, "live", &n);
    for (size_t r = 0; r < n; r++) {
        if (length[r] == 64 && every[r] == 2)
            lab_measure(lab, live[r], 0, 0, "%s_live.N_4.s_2.L_64", mode);
        if (length[r] == 32 && block[r] == 8)
            lab_measure(lab, live[r], 0, 0, "%s_live.N_4.B_8.L_32", mode);
    }
}

static int swept(const struct lab *lab, const char *mode)
{
    char *values = base_format("mode=%s", mode);
    long g = lab_find(lab, values);
    free(values);
    return g >= 0;
}

static void summarize(struct lab *lab)
{
    for (size_t m = 0; m < RECUR_MODES; m++) {
        const char *mode = recur_mode_name[m];
        if (!swept(lab, mode))
            continue;
        lab_measure(lab, off(lab, mode, "steps", "steps_law"), 0, 0, "steps_off.%s", mode);
        lab_measure(lab, off(lab, mode, "pairs", "pairs_law"), 0, 0, "pairs_off.%s", mode);
        lab_measure(lab, off(lab, mode, "live", "live_law"), 0, 0, "live_off.%s", mode);
        lab_measure(lab, off(lab, mode, "positions_off", NULL), 0, 0, "positions_off.%s", mode);
        lab_measure(lab, off(lab, mode, "difference", NULL), 0, 0, "difference.%s", mode);
        if (m == RECUR_RECOMPUTE || m == RECUR_FORWARD || m == RECUR_MINIMAL || m == RECUR_ABSORBED)
            lab_measure(lab, spread(lab, mode, "live"), 0, 0, "live_spread.%s", mode);
        if (m == RECUR_CACHED)
            lab_measure(lab, off(lab, mode, "to_dense", NULL), 0, 0, "to_dense");
    }
    for (size_t g = 0; g < lab_groups(lab); g++) {
        const struct lab_cell *c = lab_group(lab, g);
        const char *mode = lab_word(c, "mode");
        long layers = lab_integer(c, "layers");
        size_t rows;
        lab_column(lab, g, "steps", &rows);
        if (!rows || lab_integer(c, "d") != 8 || layers > 4)
            continue;
        if (lab_is(c, "n", "octaves") && layers == 4)
            measure_between(lab, g, mode);
        if (lab_is(c, "n", "12"))
            measure_short(lab, g, mode, layers);
        else if (lab_is(c, "n", "octaves"))
            measure_sweep(lab, g, mode, layers);
    }
}

static const struct lab_spec spec = {
    .name = "recur/depth",
    .about = "How many steps and how much memory does a causal attention network take without its cache?",
    .axes = {{"layers", "1,2,3,4", NULL, "[1,1000]", "N, attention layers", AXIS_INTEGER},
             {"n", "12,octaves", NULL, "[1,1000000000]|octaves",
              "L, positions, or 1, 2, 4, ... within the budget", AXIS_INTEGER},
             {"d", "8", NULL, "[1,1024]", "Dimension", AXIS_INTEGER},
             {"mode", "cached,recompute,forward,minimal,absorbed,checkpoint,block", NULL,
              "cached|recompute|forward|minimal|absorbed|checkpoint|block", "What is kept", AXIS_WORD},
             {"s", "each", NULL, "[1,1000]|each", "checkpoint: every s-th layer's outputs are kept",
              AXIS_INTEGER},
             {"B", "octaves", NULL, "[1,1000000000]|octaves",
              "block: positions carried at once, or 2, 4, ...", AXIS_INTEGER},
             {"budget", "4e7", "9e5", "[1,2e9]", "Steps a row of a sweep may take", AXIS_REAL}},
    .columns =
        "length,every,block,steps:16,steps_law:16,last:16,pairs:16,pairs_law:16,reads:16,live:16,live_law:16,"
        "stored:16,positions_off,difference:3,to_dense:3,sum:15,first_of_last:15,squares:15",
    .controls =
        "one_short|secret_cache|innermost_only|oldest_first|six_vectors|inputs_only|every_layer|half_blocks",
    .check = check,
    .cell = cell,
    .summarize = summarize,
};

int main(int argc, char **argv)
{
    return lab_main(&spec, argc, argv);
}
