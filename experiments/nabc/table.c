/* Do the article's four ways to the least a + b + c agree with the definition, for every N of a table?
 *
 * Source: kexue.fm/archives/9775, all sections. The table S*(N) comes from a sieve over divisors and the
 * recurrence S*(N) = min(S*(N - 1) + 1, h(N)), h(N) the least a + b with a b = N, which needs none of the
 * article's reasoning; brute force stands beside it for the first N. A cell is the dyadic block 2^block <= N
 * < 2^(block + 1).
 * Finding: the scans over (x, y) and (p, q) are right from N = 4 on; the direct scan misses 31 values of N,
 * because its interval leaves out sqrt(N/2). Ending the (p, q) scan at p = best loses nothing.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "lab.h"
#include "nabc.h"

enum {
    CHUNK = 1 << 16,       /* numbers sieved at a time */
    BRUTE_LAST = 2000,     /* the last N for brute force, */
    SCAN_LAST = 1 << 20,   /* for the scans over (x, y) and (p, q), */
    DIRECT_LAST = 1 << 18, /* and for the direct scan; beyond 93025 its interval cannot matter */
    FAILURES = 32 /* of the direct scan, told one by one */
};

static const uint64_t checkpoints[] = {1000, 100000, 1100000, 10000000};

/* What this run gets wrong on purpose. */
struct variant {
    bool greedy, no_step, closed, open, unparitied, whole_x, half_bound, strict_lower, from_ceiling,
        swapped_bounds;
};

static void fill(struct nabc_sieve *sieve, const struct variant *variant, uint32_t *s, uint32_t *h,
                 size_t count)
{
    uint64_t first = sieve->next;
    nabc_sieve_next(sieve, s, h, count);
    for (size_t i = 0; i < count; i++) {
        if (variant->greedy)
            s[i] = (uint32_t)nabc_naive(first + i).s;
        else if (variant->no_step)
            s[i] = h[i];
    }
}

/* ---- what is counted over a block ---- */

struct tally {
    double sum[sizeof checkpoints / sizeof *checkpoints + 1]; /* up to each checkpoint, and all */
    double brute, direct, closed, xy, pq, early, recurrence, identity; /* N that disagree */
    double pq_bound, xy_bound, bounds_order, lower, lower_missed, nan; /* N that break a bound */
    double naive, product, steps_early, steps_full;
    double rise, worst, worst_n;
    size_t failures;
    char failed[12 * FAILURES];
};

static bool is_sum(const struct nabc_split *split, uint64_t n, uint64_t s, double *identity)
{
    if (!split->found)
        return false;
    *identity += split->a * split->b + (nabc_u128)split->c != n;
    return split->s == s;
}

static void tally_direct(struct tally *t, const struct variant *variant, uint64_t n, uint64_t s)
{
    struct nabc_split open = nabc_direct(n, variant->closed), closed = nabc_direct(n, !variant->open);
    t->closed += !is_sum(&closed, n, s, &t->identity);
    if (is_sum(&open, n, s, &t->identity))
        return;
    t->direct++;
    if (t->failures++ < FAILURES) {
        char *longer = base_format("%s%s%lu", t->failed, *t->failed ? ";" : "", (unsigned long)n);
        strcpy(t->failed, longer);
        free(longer);
    }
}

static void tally_scans(struct tally *t, const struct variant *variant, uint64_t n, uint64_t s)
{
    struct nabc_split xy = variant->whole_x ? nabc_xy_whole(n) : nabc_xy(n);
    struct nabc_split pq = variant->unparitied ? nabc_pq_unparitied(n) : nabc_pq(n);
    t->xy += !is_sum(&xy, n, s, &t->identity);
    t->pq += !is_sum(&pq, n, s, &t->identity);
}

static void tally_bounds(struct tally *t, const struct variant *variant, uint64_t n, uint64_t s)
{
    double root = sqrt((double)n), above = -nabc_two_root_minus(n, s);
    double pq_bound = 2 + sqrt(1 + 4 * root), xy_bound = 3 + 2 * sqrt(1 + 2 * root);
    if (variant->half_bound) {
        t->pq_bound += above > 2 + sqrt(1 + 4 * root) / 2;
        t->xy_bound += above > 3 + sqrt(1 + 2 * root);
    } else {
        t->pq_bound += !nabc_below_pq_bound(n, s);
        t->xy_bound += !nabc_below_xy_bound(n, s);
    }
    t->bounds_order += variant->swapped_bounds ? pq_bound < xy_bound : pq_bound >= xy_bound;

    uint64_t k = nabc_root(n), e = n - k * k, least = 2 * k + (e > 0) + (e > k); /* ceil(2 sqrt n) */
    t->lower += variant->strict_lower ? s <= least : s < least;
    if (e == 0 || e == k || e == 2 * k)
        t->lower_missed += s != least;

    double m =
        variant->from_ceiling ? ceil(root) : floor(root - 0.5) + 1; /* the article's first m, literally */
    t->nan += e != 0 && isnan(sqrt(m * m - (double)n));

    if (above / sqrt(root) > t->worst) {
        t->worst = above / sqrt(root);
        t->worst_n = (double)n;
    }
}

static void tally_number(struct tally *t, const struct variant *variant, uint64_t n, uint64_t s, uint64_t h)
{
    enum { POINTS = sizeof checkpoints / sizeof *checkpoints };
    for (size_t i = 0; i < POINTS; i++)
        t->sum[i] += n <= checkpoints[i] ? (double)s : 0;
    t->sum[POINTS] += (double)s;
    t->product += s == h;
    t->naive += nabc_naive(n).s == s;
    if (n <= BRUTE_LAST) {
        struct nabc_split brute = nabc_brute(n, false);
        t->brute += !is_sum(&brute, n, s, &t->identity);
    }
    if (n <= DIRECT_LAST)
        tally_direct(t, variant, n, s);
    if (n < 4)
        return;
    if (n <= SCAN_LAST)
        tally_scans(t, variant, n, s);
    tally_bounds(t, variant, n, s);
}

static struct variant variant_of(const struct lab_cell *cell)
{
    return (struct variant){.greedy = lab_control(cell, "greedy"),
                            .no_step = lab_control(cell, "no_step"),
                            .closed = lab_control(cell, "closed"),
                            .open = lab_control(cell, "open"),
                            .unparitied = lab_control(cell, "unparitied"),
                            .whole_x = lab_control(cell, "whole_x"),
                            .half_bound = lab_control(cell, "half_bound"),
                            .strict_lower = lab_control(cell, "strict_lower"),
                            .from_ceiling = lab_control(cell, "from_ceiling"),
                            .swapped_bounds = lab_control(cell, "swapped_bounds")};
}

static void put_tally(struct lab_cell *cell, const struct tally *t, uint64_t low)
{
    double count = (double)low;
    lab_put(cell, "s_sum", t->sum[sizeof checkpoints / sizeof *checkpoints]);
    for (size_t i = 0; i < sizeof checkpoints / sizeof *checkpoints; i++) {
        char *name = base_format("sum_%lu", (unsigned long)checkpoints[i]);
        lab_put(cell, name, t->sum[i]);
        free(name);
    }
    if (low <= BRUTE_LAST)
        lab_put(cell, "brute_wrong", t->brute);
    if (low <= DIRECT_LAST) {
        lab_put(cell, "direct_wrong", t->direct);
        lab_put(cell, "closed_wrong", t->closed);
        if (*t->failed)
            lab_put_text(cell, "direct_failed", t->failed);
    }
    if (low <= SCAN_LAST) {
        lab_put(cell, "xy_wrong", t->xy);
        lab_put(cell, "pq_wrong", t->pq);
    }
    lab_put(cell, "early_wrong", t->early);
    lab_put(cell, "recurrence_wrong", t->recurrence);
    lab_put(cell, "identity_wrong", t->identity);
    lab_put(cell, "pq_bound_broken", t->pq_bound);
    lab_put(cell, "xy_bound_broken", t->xy_bound);
    lab_put(cell, "bounds_swapped", t->bounds_order);
    lab_put(cell, "lower_broken", t->lower);
    lab_put(cell, "lower_missed", t->lower_missed);
    lab_put(cell, "xy_nan", t->nan);
    lab_put(cell, "naive_share", t->naive / count);
    lab_put(cell, "product_share", t->product / count);
    lab_put(cell, "steps_early", t->steps_early / count);
    lab_put(cell, "steps_full", t->steps_full / count);
    lab_put(cell, "rise", t->rise);
    lab_put(cell, "worst", t->worst);
    lab_put(cell, "worst_n", t->worst_n);
}

static void cell(struct lab_cell *cell)
{
    uint64_t low = (uint64_t)1 << lab_integer(cell, "block"), high = 2 * low;
    struct variant variant = variant_of(cell);
    uint32_t *s = base_alloc(CHUNK, sizeof *s), *h = base_alloc(CHUNK, sizeof *h);
    struct nabc_sieve sieve = {0};
    struct tally t = {0};
    double last_s = 0, last_early = (double)nabc_early(low - 1, false).s;
    for (uint64_t first = 0; first < high;) { /* from 0 on: no block trusts another */
        uint64_t end = first < low ? low : high;
        size_t count = end - first < CHUNK ? (size_t)(end - first) : CHUNK;
        fill(&sieve, &variant, s, h, count);
        for (uint64_t n = first; first >= low && n < first + count; n++) {
            uint32_t sum = s[n - first], product = h[n - first];
            struct nabc_split early = nabc_early(n, false);
            tally_number(&t, &variant, n, sum, product);
            t.early += !is_sum(&early, n, sum, &t.identity);
            double next = variant.no_step ? INFINITY : last_early + 1;
            t.recurrence += (double)early.s != fmin(next, product);
            last_early = (double)early.s;
            t.steps_early += (double)early.scanned;
            t.steps_full += (double)nabc_pq_count(n);
            t.rise = fmax(t.rise, sum - (n == low ? sum : last_s));
            last_s = sum;
        }
        first += count;
    }
    free(s);
    free(h);
    put_tally(cell, &t, low);
}

/* ---- measurements ---- */

/* Adds a column over all blocks. */
static double total(const struct lab *lab, const char *column)
{
    double sum = 0;
    for (size_t g = 0; g < lab_groups(lab); g++) {
        double x = lab_value(lab, g, column);
        sum += isnan(x) ? 0 : x;
    }
    return sum;
}

static long block_at(const struct lab *lab, long block)
{
    char *values = base_format("block=%ld", block);
    long g = lab_find(lab, values);
    free(values);
    return g;
}

/* Are all N from 1 to `last` in the sweep? */
static bool covered(const struct lab *lab, uint64_t last)
{
    for (long block = 0; last >> block; block++)
        if (block_at(lab, block) < 0)
            return false;
    return true;
}

static void measure_count(struct lab *lab, const char *column)
{
    lab_measure(lab, total(lab, column), 0, 0, "%s", column);
}

static void measure_first(struct lab *lab, const struct variant *variant)
{
    uint32_t s[40], h[40];
    struct nabc_sieve sieve = {0};
    fill(&sieve, variant, s, h, 40);
    for (int n = 0; n < 40; n++)
        lab_measure(lab, s[n], 0, 0, "s_%d", n);
    struct nabc_split naive = nabc_naive(130), best = variant->greedy ? naive : nabc_early(130, false);
    lab_measure(lab, (double)best.s, 0, 0, "s_130");
    lab_measure(lab, (double)best.a, 0, 0, "a_130");
    lab_measure(lab, (double)best.b, 0, 0, "b_130");
    lab_measure(lab, (double)best.c, 0, 0, "c_130");
    lab_measure(lab, (double)naive.s, 0, 0, "naive_130");
    bool zero = lab_run_control(lab, "zero_candidate"); /* a = b = 0 added to both scans */
    for (int n = 1; n <= 3; n++) {
        lab_measure(lab, zero ? n : (double)nabc_xy((nabc_u128)n).s, 0, 0, "xy_%d", n);
        lab_measure(lab, zero ? n : (double)nabc_pq((nabc_u128)n).s, 0, 0, "pq_%d", n);
    }
}

/* Section 2's other form of the sum, as printed and with the 1 that it lacks. */
static double identity(double n, double a, double b, double one)
{
    double product = sqrt(a * b) - 1, distance = sqrt(a) - sqrt(b);
    return n - product * product + distance * distance + one;
}

static void measure_identity(struct lab *lab)
{
    bool swapped = lab_run_control(lab, "swapped_identity");
    double worst = 0, n = 4000;
    for (double a = 1; a <= 60; a++)
        for (double b = a; a * b <= n; b++)
            worst = fmax(worst, fabs(identity(n, a, b, !swapped) / (n - a * b + a + b) - 1));
    lab_measure(lab, identity(130, 10, 13, swapped), 0, 0, "identity_130");
    lab_measure(lab, worst, 0, 0, "identity_off");
}

/* The least N from which on 3 sqrt(N/2), which every a < sqrt(N/2) exceeds, is above the bound of section
 * 4. */
static uint64_t direct_complete_from(void)
{
    uint64_t n = 1 << 20;
    while (n > 1 && 3 * sqrt((double)(n - 1) / 2) >
                        2 * sqrt((double)(n - 1)) + 2 + sqrt(1 + 4 * sqrt((double)(n - 1))))
        n--;
    return n;
}

static void measure_direct(struct lab *lab)
{
    if (!covered(lab, DIRECT_LAST - 1))
        return;
    measure_count(lab, "direct_wrong");
    int rank = 0;
    for (long block = 0; block < 18; block++) {
        const char *at = lab_text(lab, (size_t)block_at(lab, block), "direct_failed");
        while (*at && rank < FAILURES) {
            lab_measure(lab, strtod(at, (char **)&at), 0, 0, "direct_failure_%d", ++rank);
            at += *at == ';';
        }
    }
    while (rank < FAILURES)
        lab_measure(lab, 0, 0, 0, "direct_failure_%d", ++rank);
    lab_measure(lab, (double)direct_complete_from(), 0, 0, "direct_complete_from");
}

/* The mean of n^power over low <= n < 2 low. */
static double mean_power(double low, double power)
{
    return low * (pow(2, power + 1) - 1) / (power + 1) * pow(low, power - 1);
}

static void measure_shares(struct lab *lab)
{
    static const int naive_blocks[] = {7, 10, 13, 16, 19, 20, 21, 22};
    for (size_t i = 0; i < sizeof naive_blocks / sizeof *naive_blocks; i++) {
        long g = block_at(lab, naive_blocks[i]);
        if (g >= 0)
            lab_measure(lab, lab_value(lab, (size_t)g, "naive_share"), 0, 0, "naive_%d", naive_blocks[i]);
    }
    double x[7], y[7];
    size_t points = 0;
    for (long block = 13; block <= 19; block++) {
        long g = block_at(lab, block);
        if (g < 0)
            continue;
        x[points] = (double)block + 0.5;
        y[points++] = log2(lab_value(lab, (size_t)g, "naive_share"));
    }
    struct stats_line line;
    if (points == 7 && !stats_line_fit(x, y, NULL, points, &line))
        lab_measure(lab, line.slope, 0, 0, "naive_slope");
    for (long block = 16; block <= 22; block++) {
        long g = block_at(lab, block);
        if (g < 0)
            continue;
        double share = lab_value(lab, (size_t)g, "product_share");
        lab_measure(lab, share, 0, 0, "product_%ld", block);
        lab_measure(lab, share / mean_power(ldexp(1, (int)block), -1.0 / 6), 0, 0, "product_constant_%ld",
                    block);
    }
}

static void measure_worst(struct lab *lab)
{
    double worst = 0, worst_n = 0, least = INFINITY, most = 0;
    for (size_t g = 0; g < lab_groups(lab); g++) {
        double x = lab_value(lab, g, "worst");
        long block = lab_integer(lab_group(lab, g), "block");
        if (x > worst) {
            worst = x;
            worst_n = lab_value(lab, g, "worst_n");
        }
        if (block >= 8) {
            least = fmin(least, x);
            most = fmax(most, x);
        }
        if (block == 21 || block == 22) {
            lab_measure(lab, x, 0, 0, "worst_%ld", block);
            lab_measure(lab, lab_value(lab, g, "worst_n"), 0, 0, "worst_n_%ld", block);
        }
    }
    lab_measure(lab, worst, 0, 0, "worst");
    lab_measure(lab, worst_n, 0, 0, "worst_n");
    lab_measure(lab, least, 0, 0, "worst_least");
    lab_measure(lab, most, 0, 0, "worst_most");
}

/* About 100 numbers a block, evenly spread in log N, for the figure. */
static void scatter(struct lab *lab)
{
    enum { PER_BLOCK = 100 };
    struct lab_table *table = lab_table(lab, "scatter", "n,excess,pq_bound,xy_bound");
    for (size_t g = 0; g < lab_groups(lab); g++) {
        long block = lab_integer(lab_group(lab, g), "block");
        double last = 0;
        for (int i = 0; block >= 2 && i < PER_BLOCK; i++) {
            double n = floor(exp2((double)block + (double)i / PER_BLOCK)), quarter = sqrt(sqrt(n));
            nabc_u128 s = nabc_early((nabc_u128)n, false).s;
            if (n > last)
                lab_table_row(table, (double[]){n, -nabc_two_root_minus((nabc_u128)n, s) / quarter,
                                                (2 + sqrt(1 + 4 * sqrt(n))) / quarter,
                                                (3 + 2 * sqrt(1 + 2 * sqrt(n))) / quarter});
            last = n;
        }
    }
}

static void summarize(struct lab *lab)
{
    static const char *const counts[] = {"brute_wrong",    "closed_wrong",    "xy_wrong",
                                         "pq_wrong",       "early_wrong",     "recurrence_wrong",
                                         "identity_wrong", "pq_bound_broken", "xy_bound_broken",
                                         "bounds_swapped", "lower_broken",    "lower_missed"};
    struct variant variant = variant_of(lab_group(lab, 0));
    measure_first(lab, &variant);
    measure_identity(lab);
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++)
        measure_count(lab, counts[i]);
    measure_direct(lab);
    for (size_t i = 0; i < sizeof checkpoints / sizeof *checkpoints; i++) {
        char *name = base_format("sum_%lu", (unsigned long)checkpoints[i]);
        if (covered(lab, checkpoints[i]))
            measure_count(lab, name);
        free(name);
    }
    double rise = 0;
    for (size_t g = 0; g < lab_groups(lab); g++)
        rise = fmax(rise, lab_value(lab, g, "rise"));
    lab_measure(lab, rise, 0, 0, "rise");
    long block = block_at(lab, 16);
    if (block >= 0)
        lab_measure(lab, lab_value(lab, (size_t)block, "xy_nan"), 0, 0, "xy_nan_16");
    measure_shares(lab);
    measure_worst(lab);
    scatter(lab);
}

static const struct lab_spec spec = {
    .name = "nabc/table",
    .about = "Do all ways to the least a + b + c with N = a b + c agree, for every N of a table?",
    .axes = {{"block", "0:23", "0:17", "[0,30]", "Dyadic block: N from 2^block to 2^(block + 1) - 1",
              AXIS_INTEGER}},
    .columns = "s_sum:13,sum_1000:13,sum_100000:13,sum_1100000:13,sum_10000000:13,brute_wrong,direct_wrong,"
               "closed_wrong,"
               "direct_failed,xy_wrong,pq_wrong,early_wrong,recurrence_wrong,identity_wrong,pq_bound_broken,"
               "xy_bound_broken,bounds_swapped,lower_broken,lower_missed,xy_nan,naive_share,product_share,"
               "steps_early,"
               "steps_full,rise,worst,worst_n",
    .controls =
        "greedy|no_step|closed|open|unparitied|whole_x|half_bound|strict_lower|from_ceiling|swapped_bounds|"
        "zero_candidate|swapped_identity",
    .cell = cell,
    .summarize = summarize,
};

int main(int argc, char **argv)
{
    return lab_main(&spec, argc, argv);
}
