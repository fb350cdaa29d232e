/* When the query is the same for all positions, what does it cost to have all outputs?
 *
 * Source: kexue.fm/archives/10017: the state depends on the query, which is why every position scans again.
 * With one query for all, o_1, ..., o_L are the prefixes of one forward scan of L steps
 * (kexue.fm/archives/11823); and as (m, z, y) merges associatively, they are a prefix sum that parallel
 * rounds find (arXiv:2405.13956). lib/scan counts the merges and the longest chain of them.
 * Finding: L steps; the parallel scan needs either log2 L rounds with L log2 L - L + 1 merges, or fewer than
 * 2L merges in 2 log2 L - 1 rounds: the two are not had together by these scans.
 */
#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "attention.h"
#include "lab.h"
#include "scan.h"

enum { D_MAX = 64 };

/* An element of the scan. */
struct piece {
    struct attention_state state; /* .y is not used: an element holds its vector itself */
    double y[D_MAX];
};

static void combine(void *out, const void *left, const void *right, const void *context)
{
    size_t d = *(const size_t *)context;
    struct piece *o = out, r = *(const struct piece *)right;
    *o = *(const struct piece *)left;
    struct attention_state mine = {o->state.m, o->state.z, o->y}, its = {r.state.m, r.state.z, r.y};
    attention_state_merge(&mine, &its, d);
    o->state.m = mine.m;
    o->state.z = mine.z;
}

static double score_of(const double *q, const double *k, size_t d)
{
    double s = 0;
    for (size_t a = 0; a < d; a++)
        s += q[a] * k[a];
    return s / sqrt((double)d);
}

/* All outputs o[n][d] by a scan of L steps; returns the steps. */
static long one_scan(size_t n, size_t d, const double *q, const double *k, const double *v, double *o)
{
    double *y = base_alloc(d, sizeof *y);
    struct attention_state state = {.y = y};
    long steps = 0;
    attention_state_clear(&state, d);
    for (size_t i = 0; i < n; i++) {
        attention_state_push(&state, d, score_of(q, k + i * d, d), v + i * d);
        attention_state_output(&state, d, o + i * d);
        steps++;
    }
    free(y);
    return steps;
}

static void cell(struct lab_cell *cell)
{
    size_t n = (size_t)lab_integer(cell, "n"), d = (size_t)lab_integer(cell, "d");
    double *q = base_alloc(n * d, sizeof *q), *k = base_alloc(n * d, sizeof *k),
           *v = base_alloc(n * d, sizeof *v);
    double *o = base_alloc(n * d, sizeof *o), *want = base_alloc(n * d, sizeof *want), largest = 0, worst = 0;
    rng_normals(lab_rng(cell), q, n * d);
    rng_normals(lab_rng(cell), k, n * d);
    rng_normals(lab_rng(cell), v, n * d);
    /* the wrong variant has queries of their own, as attention has */
    for (size_t i = 1; i < n && !lab_control(cell, "own_queries"); i++)
        memcpy(q + i * d, q, d * sizeof *q);
    struct attention attention = {n, n, d, d, q, k, v, 1 / sqrt((double)d), attention_causal, NULL, NULL};
    if (attention_dense(&attention, want, NULL))
        lab_fail(cell, "a score is not finite");

    double combines = 0, depth = 0;
    if (lab_is(cell, "method", "one_scan")) {
        combines = depth = (double)one_scan(n, d, q, k, v, o);
    } else {
        struct piece *piece = base_alloc(n, sizeof *piece);
        for (size_t i = 0; i < n; i++) {
            struct attention_state state = {.y = piece[i].y};
            attention_state_clear(&state, d);
            attention_state_push(&state, d, score_of(q, k + i * d, d), v + i * d);
            piece[i].state = state;
        }
        struct scan_operation operation = {sizeof *piece, combine, &d};
        struct scan_cost cost =
            lab_is(cell, "method", "doubling")   ? scan_doubling(&operation, n, piece)
            : lab_is(cell, "method", "odd_even") ? scan_odd_even(&operation, n, piece)
            : lab_is(cell, "method", "blocks")
                ? scan_blocks(&operation, n, piece, (size_t)lab_integer(cell, "blocks"), 1)
                : scan_sequential(&operation, n, piece);
        combines = (double)cost.combines;
        depth = (double)cost.depth;
        for (size_t i = 0; i < n; i++) {
            struct attention_state state = {piece[i].state.m, piece[i].state.z, piece[i].y};
            attention_state_output(&state, d, o + i * d);
        }
        free(piece);
    }
    for (size_t i = 0; i < n; i++) {
        for (size_t x = 0; x < d; x++)
            largest = fmax(largest, fabs(v[i * d + x]));
        for (size_t x = 0; x < d; x++) {
            double off = fabs(o[i * d + x] - want[i * d + x]) / ((double)(i + 9) * DBL_EPSILON * largest);
            worst = off <= worst ? worst : off;
        }
    }
    lab_put(cell, "combines", combines);
    lab_put(cell, "depth", depth);
    lab_put(cell, "error", worst);
    free(q), free(k), free(v), free(o), free(want);
}

static char *check(const struct lab_cell *cell)
{
    double n = lab_real(cell, "n"), work = n * n / 2 * lab_real(cell, "d");
    return work > 4e9
               ? base_format("%.6g products of the reference are predicted; at most 4e9 are accepted", work)
               : NULL;
}

static void summarize(struct lab *lab)
{
    static const char *const methods[] = {"one_scan", "sequential", "odd_even", "doubling", "blocks"};
    double worst[5] = {-1, -1, -1, -1, -1};
    for (size_t g = 0; g < lab_groups(lab); g++) {
        const struct lab_cell *c = lab_group(lab, g);
        long n = lab_integer(c, "n");
        for (size_t m = 0; m < 5; m++) {
            if (!lab_is(c, "method", methods[m]))
                continue;
            double e = lab_value(lab, g, "error");
            worst[m] = e <= worst[m] ? worst[m] : e;
            if (n == 1024) {
                lab_measure(lab, lab_value(lab, g, "combines"), 0, 0, "combines.%s", methods[m]);
                lab_measure(lab, lab_value(lab, g, "depth"), 0, 0, "depth.%s", methods[m]);
            }
        }
    }
    for (size_t m = 0; m < 5; m++)
        if (worst[m] >= 0)
            lab_measure(lab, worst[m], 0, 0, "error.%s", methods[m]);
}

static const struct lab_spec spec = {
    .name = "recur/prefix",
    .about = "When the query is the same for all positions, what does it cost to have all outputs?",
    .axes = {{"method", "one_scan,sequential,odd_even,doubling,blocks", NULL,
              "one_scan|sequential|odd_even|doubling|blocks", "How the prefixes are found", AXIS_WORD},
             {"n", "1,2,3,100,1000,1024,2048", "1,2,3,100,1000,1024", "[1,1e8]", "L, positions",
              AXIS_INTEGER},
             {"d", "8", NULL, "[1,64]", "Dimension", AXIS_INTEGER},
             {"blocks", "32", NULL, "[1,1e8]", "blocks: pieces", AXIS_INTEGER}},
    .columns = "combines:16,depth:16,error:4",
    .controls = "own_queries",
    .check = check,
    .cell = cell,
    .summarize = summarize,
};

int main(int argc, char **argv)
{
    return lab_main(&spec, argc, argv);
}
