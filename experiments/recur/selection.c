/* Reading again in place of remembering: sorting with a few numbers of memory.
 *
 * Source: an illustration of kexue.fm/archives/10017, time for space. L numbers can be read as often as one
 * likes; each pass finds the next `carry` outputs in order, the least ones above the last output. That is L
 * ceil(L/carry) reads with about 2 carry numbers of memory: their product does not depend on carry (Munro and
 * Paterson 1980). Equal numbers are told apart by their places, which are remembered beside them.
 * Finding: L^2 reads for six numbers of memory, at most two comparisons a read.
 */
#include <math.h>
#include <stdlib.h>

#include "lab.h"
#include "recur.h"

struct place {
    double value, at;
};

/* Does a come before b? One comparison of the pair. */
static int before(struct place a, struct place b, int by_place, uint64_t *comparisons)
{
    ++*comparisons;
    return a.value < b.value || (by_place && a.value == b.value && a.at < b.at);
}

struct counts {
    uint64_t reads, comparisons, memory;
};

/* out[n], sorted; what is kept from one read to the next is taken from counted memory: the last output, the
 * pass's best `carry` so far, how many those are, the position. */
static struct counts sort_by_reading(size_t n, const double *tape, size_t carry, int by_place, double *out)
{
    struct recur_memory memory = {0};
    double *kept = recur_take(&memory, 2 * carry + 4), *last = kept, *count = kept + 2, *j = kept + 3,
           *best = kept + 4;
    struct counts counts = {0};
    last[0] = last[1] = -INFINITY;
    size_t written = 0;
    while (written < n) {
        *count = 0;
        for (*j = 0; *j < (double)n; ++*j) {
            struct place x = {tape[(size_t)*j], *j};
            counts.reads++;
            if (!before((struct place){last[0], last[1]}, x, by_place, &counts.comparisons))
                continue;
            size_t at = (size_t)*count;
            while (at > 0 && before(x, (struct place){best[2 * at - 2], best[2 * at - 1]}, by_place,
                                    &counts.comparisons)) {
                if (at < carry) {
                    best[2 * at] = best[2 * at - 2];
                    best[2 * at + 1] = best[2 * at - 1];
                }
                at--;
            }
            if (at < carry) {
                best[2 * at] = x.value;
                best[2 * at + 1] = x.at;
                *count = fmin(*count + 1, (double)carry);
            }
        }
        if (*count == 0)
            break; /* only when equal numbers are not told apart */
        for (size_t i = 0; i < (size_t)*count && written < n; i++)
            out[written++] = best[2 * i];
        last[0] = best[2 * (size_t)*count - 2];
        last[1] = best[2 * (size_t)*count - 1];
    }
    while (written < n)
        out[written++] = NAN;
    counts.memory = memory.peak;
    recur_give(&memory, kept, 2 * carry + 4);
    return counts;
}

static void cell(struct lab_cell *cell)
{
    size_t n = (size_t)lab_integer(cell, "n"), carry = (size_t)lab_integer(cell, "carry");
    double *tape = base_alloc(n, sizeof *tape), *out = base_alloc(n, sizeof *out), wrong = 0;
    for (size_t i = 0; i < n; i++)
        tape[i] = lab_is(cell, "values", "few") ? (double)gsl_rng_uniform_int(lab_rng(cell), 5)
                                                : rng_normal(lab_rng(cell));
    struct counts counts = sort_by_reading(n, tape, lab_control(cell, "two_a_pass") ? 2 * carry : carry,
                                           !lab_control(cell, "places_forgotten"), out);
    stats_sort(tape, n);
    for (size_t i = 0; i < n; i++)
        wrong += out[i] != tape[i];
    lab_put(cell, "reads", (double)counts.reads);
    lab_put(cell, "reads_law", (double)(n * ((n + carry - 1) / carry)));
    lab_put(cell, "comparisons", (double)counts.comparisons);
    lab_put(cell, "memory", (double)counts.memory);
    lab_put(cell, "wrong", wrong);
    free(tape), free(out);
}

static char *check(const struct lab_cell *cell)
{
    double n = lab_real(cell, "n"), carry = lab_real(cell, "carry"), reads = n * ceil(n / carry);
    if (reads * fmin(carry, n) > 2e9)
        return base_format(
            "%.10g reads with up to %.10g comparisons are predicted; at most 2e9 in all are accepted", reads,
            fmin(carry, n) + 1);
    return NULL;
}

static void summarize(struct lab *lab)
{
    double wrong = 0, off = 0, most = 0;
    for (size_t g = 0; g < lab_groups(lab); g++) {
        const struct lab_cell *c = lab_group(lab, g);
        size_t rows;
        const double *reads = lab_column(lab, g, "reads", &rows),
                     *law = lab_column(lab, g, "reads_law", &rows);
        const double *comparisons = lab_column(lab, g, "comparisons", &rows),
                     *bad = lab_column(lab, g, "wrong", &rows);
        for (size_t r = 0; r < rows; r++) {
            wrong += bad[r];
            off = fmax(off, fabs(reads[r] - law[r]));
            if (lab_integer(c, "carry") == 1)
                most = fmax(most, comparisons[r] / reads[r]);
        }
        if (lab_is(c, "values", "distinct") && lab_integer(c, "n") == 1000) {
            lab_measure(lab, reads[0], 0, 0, "reads.carry_%ld", lab_integer(c, "carry"));
            lab_measure(lab, lab_value(lab, g, "memory"), 0, 0, "memory.carry_%ld", lab_integer(c, "carry"));
        }
    }
    lab_measure(lab, wrong, 0, 0, "wrong");
    lab_measure(lab, off, 0, 0, "reads_off");
    lab_measure(lab, most, 0, 0, "comparisons_a_read");
}

static const struct lab_spec spec = {
    .name = "recur/selection",
    .about = "Reading again in place of remembering: sorting with a few numbers of memory",
    .axes = {{"values", "distinct,few", NULL, "distinct|few", "Normal numbers, or whole ones below 5",
              AXIS_WORD},
             {"n", "1,2,7,100,1000", NULL, "[1,1e9]", "L, numbers to sort", AXIS_INTEGER},
             {"carry", "1,4,16,64", NULL, "[1,1e7]", "Outputs found in one pass", AXIS_INTEGER},
             {"replicate", "0:4", "0:1", "[0,inf)", "Replicate", AXIS_INTEGER}},
    .columns = "reads:16,reads_law:16,comparisons:16,memory,wrong",
    .fold = "replicate",
    .controls = "two_a_pass|places_forgotten",
    .check = check,
    .cell = cell,
    .summarize = summarize,
};

int main(int argc, char **argv)
{
    return lab_main(&spec, argc, argv);
}
