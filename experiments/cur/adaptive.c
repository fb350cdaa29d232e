/* Do anchors chosen for the query, in rounds, recall more at the same number of exact scores?
 *
 * Source: Yadav et al., ADACUR (2023), beyond kexue.fm/archives/9336. A budget of B exact scores is spent in
 * equal rounds. The first takes random items (or the best by trigrams); each later one fits the query's
 * scores f on all items scored so far, U, by ridge, w = W (W^T W + lambda^2)^-1 f with W = S[V, U] and lambda
 * = rcond ||W||, and scores the best others by w^T H. Two rounds are the article's method: random anchors,
 * then the best by CUR. Recall is that of the B items scored. A draw is a set of test queries with their own
 * random first round. Finding: at a budget of 100, five rounds recall half as many again of the hundred best
 * as two; a first round by trigrams is better still, and far better for the best one.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "choose.h"
#include "cur.h"
#include "linalg.h"
#include "trigrams.h"

/* x[b] solves (G + lambda^2) x = f in place, G = W^T W. */
static void solve_ridge(struct lab_cell *cell, size_t b, const double *columns, size_t r, double rcond,
                        double *x)
{
    double *gram = base_alloc(b * b, sizeof *gram), trace = 0;
    linalg_gram(b, r, columns, gram);
    for (size_t i = 0; i < b; i++)
        trace += gram[i * b + i];
    for (size_t i = 0; i < b; i++)
        gram[i * b + i] += rcond * rcond * trace;
    if (linalg_solve(b, 1, gram, x))
        lab_fail(cell, "the scores of %zu items are dependent; give a larger --rcond", b);
    free(gram);
}

/* The budget's items of one test query into item[budget]. */
static void spend(struct lab_cell *cell, const struct cur_data *d, const struct trigrams *trigrams,
                  size_t query, size_t budget, size_t rounds, double rcond, size_t *item)
{
    size_t r = d->train, n = d->items, scored = 0;
    const double *exact = cur_test_row(d, query);
    double *columns = base_alloc(budget * r, sizeof *columns), *x = base_alloc(budget, sizeof *x);
    double *w = base_alloc(r, sizeof *w), *approximation = base_alloc(n, sizeof *approximation);
    for (size_t round = 0; round < rounds; round++) {
        size_t upto = budget * (round + 1) / rounds;
        if (round == 0 && lab_is(cell, "first", "random")) {
            choose_random(n, upto, lab_rng(cell), item);
        } else {
            if (round == 0) {
                trigrams_query(trigrams, d->query->at[d->train + query], d->query->length[d->train + query],
                               approximation);
            } else {
                for (size_t i = 0; i < scored; i++)
                    x[i] = exact[item[i]];
                solve_ridge(cell, scored, columns, r, rcond, x);
                linalg_gemm('N', 'N', 1, r, scored, 1, x, columns, 0, w);
                linalg_gemm('N', 'N', 1, n, r, 1, w, d->score, 0, approximation);
            }
            for (size_t i = 0; i < scored; i++)
                approximation[item[i]] = -INFINITY;
            if (lab_control(cell, "worst")) /* the least promising first */
                for (size_t i = 0; i < n; i++)
                    approximation[i] = isinf(approximation[i]) ? -INFINITY : -approximation[i];
            cur_order_row(n, approximation, upto - scored, item + scored);
        }
        for (size_t i = scored; i < upto; i++)
            for (size_t k = 0; k < r; k++)
                columns[i * r + k] = d->score[k * n + item[i]];
        scored = upto;
    }
    free(columns);
    free(x);
    free(w);
    free(approximation);
}

static void cell(struct lab_cell *cell)
{
    const struct cur_data *d = cur_of(cell);
    size_t budget = (size_t)lab_integer(cell, "budget"), tests = (size_t)lab_integer(cell, "tests");
    size_t *query = base_alloc(tests, sizeof *query), *item = base_alloc(budget, sizeof *item);
    static const size_t ks[] = {1, 10, 100};
    static const char *const names[] = {"r1", "r10", "r100"};
    double recall[3] = {0};
    struct trigrams *trigrams = lab_is(cell, "first", "trigrams") ? trigrams_new(d->item) : NULL;
    choose_random(d->test, tests, lab_rng(cell), query);
    for (size_t t = 0; t < tests; t++) {
        spend(cell, d, trigrams, query[t], budget, (size_t)lab_integer(cell, "rounds"),
              lab_real(cell, "rcond"), item);
        for (size_t i = 0; i < 3; i++) {
            size_t hits = 0;
            for (size_t b = 0; d->kth[i] && b < budget; b++)
                hits += cur_test_row(d, query[t])[item[b]] >= d->kth[i][query[t]];
            recall[i] += (double)(hits < ks[i] ? hits : ks[i]) / (double)(ks[i] * tests);
        }
    }
    for (size_t i = 0; i < 3; i++)
        if (d->kth[i])
            lab_put(cell, names[i], recall[i]);
    trigrams_free(trigrams);
    free(query);
    free(item);
}

static char *check(const struct lab_cell *cell)
{
    long budget = lab_integer(cell, "budget"), rounds = lab_integer(cell, "rounds"),
         test = lab_integer(cell, "queries") / 2;
    if (budget > lab_integer(cell, "items"))
        return base_format("budget = %ld; give at most --items", budget);
    if (rounds > budget)
        return base_format("rounds = %ld of a budget of %ld; give at most --budget", rounds, budget);
    if (lab_integer(cell, "tests") > test)
        return base_format("tests = %ld; give at most the %ld test queries", lab_integer(cell, "tests"),
                           test);
    return NULL;
}

static void summarize(struct lab *lab)
{
    static const char *const scores[] = {"lcs", "sw"}, *const names[] = {"r10", "r100"};
    for (size_t s = 0; s < 2; s++)
        for (size_t i = 0; i < 2; i++) {
            long group[2];
            for (size_t k = 0; k < 2; k++) {
                char values[100];
                snprintf(values, sizeof values, "score=%s first=random budget=100 rounds=%s rcond=1e-2",
                         scores[s], k ? "5" : "2");
                group[k] = lab_find(lab, values);
            }
            if (group[0] >= 0 && group[1] >= 0 &&
                s + i > 0) /* of the ten best by subsequence: too little to resolve */
                lab_measure_mean(lab,
                                 stats_mean_difference(lab_mean(lab, (size_t)group[1], names[i]),
                                                       lab_mean(lab, (size_t)group[0], names[i])),
                                 "gain_%s_%s", names[i], scores[s]);
        }
    long random = lab_find(lab, "score=sw first=random budget=100 rounds=5 rcond=1e-2");
    long seeded = lab_find(lab, "score=sw first=trigrams budget=100 rounds=5 rcond=1e-2");
    if (random >= 0 && seeded >= 0)
        lab_measure_mean(
            lab,
            stats_mean_difference(lab_mean(lab, (size_t)seeded, "r1"), lab_mean(lab, (size_t)random, "r1")),
            "seeded_gain_r1_sw");
}

static const struct lab_spec spec = {
    .name = "cur/adaptive",
    .about = "Anchors chosen for the query, in rounds (ADACUR)",
    .axes = {CUR_SMALL_AXES("lcs,sw", NULL),
             {"first", "random,trigrams", NULL, "random|trigrams", "The first round's items", AXIS_WORD},
             {"budget", "100,200", "100", "[1,5000]", "Exact scores a query", AXIS_INTEGER},
             {"rounds", "2,5", NULL, "[1,1000]", "Rounds; 2 are anchors and candidates", AXIS_INTEGER},
             {"rcond", "1e-2", NULL, "(0,1)", "lambda of ridge over ||W||", AXIS_REAL},
             {"tests", "10", NULL, "[1,1e5]", "Test queries a draw", AXIS_INTEGER},
             {"draw", "0:29", "0:39", "[0,inf)", "Draw of queries and first items", AXIS_INTEGER}},
    .columns = "r1,r10,r100",
    .fold = "draw",
    .controls = "worst",
    .check = check,
    .setup = cur_setup,
    .teardown = cur_teardown,
    .cell = cell,
    .summarize = summarize,
};

int main(int argc, char **argv)
{
    return lab_main(&spec, argc, argv);
}
