/* May any recurrent network turn back the pages, and does it change what it computes?
 *
 * Source: kexue.fm/archives/10017. An RNN that reads the whole prefix again for each position runs 1 + 2 +
 * ... + L = L(L+1)/2 steps in constant memory. Its figure 2 carries the state from pass to pass; attention is
 * the case in which these links are cut and a pass runs from the newest token to the oldest. Here h = tanh(h
 * A + x B) with normal A, B, x.
 * Finding: cut links and tokens in order only repeat the single pass, at L/2 times its cost; the order, or
 * the links, are what makes a difference. Carried links are forgotten at the rate at which the network
 * forgets.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "lab.h"

/* h[d] = tanh(h A + x B); room[d]. */
static void step(size_t d, double *h, const double *x, const double *a, const double *b, double *room)
{
    memset(room, 0, d * sizeof *room);
    for (size_t r = 0; r < d; r++)
        for (size_t c = 0; c < d; c++)
            room[c] += h[r] * a[r * d + c] + x[r] * b[r * d + c];
    for (size_t c = 0; c < d; c++)
        h[c] = tanh(room[c]);
}

static void cell(struct lab_cell *cell)
{
    size_t n = (size_t)lab_integer(cell, "n"), d = (size_t)lab_integer(cell, "d");
    int carried = lab_is(cell, "links", "carried"), newest = lab_is(cell, "pass", "newest_first");
    if (lab_control(cell, "links_swapped"))
        carried = !carried;
    double *a = base_alloc(d * d, sizeof *a), *b = base_alloc(d * d, sizeof *b),
           *x = base_alloc(n * d, sizeof *x);
    double *single = base_alloc(3 * d, sizeof *single), *h = single + d, *room = h + d, most = 0, last = 0;
    rng_normals(lab_rng(cell), a, d * d);
    rng_normals(lab_rng(cell), b, d * d);
    rng_normals(lab_rng(cell), x, n * d);
    for (size_t i = 0; i < d * d; i++) {
        a[i] *= lab_real(cell, "gain") / sqrt((double)d);
        b[i] /= sqrt((double)d);
    }
    uint64_t steps = 0, off = 0;
    for (size_t i = 0; i < n; i++) {
        uint64_t before = steps;
        step(d, single, x + i * d, a, b, room); /* the single pass, i + 1 steps by now */
        if (!carried)
            memset(h, 0, d * sizeof *h);
        size_t passes =
            lab_control(cell, "window") && i >= n / 2 ? n / 2 : i + 1; /* a wrong variant: half the pages */
        for (size_t t = 0; t < passes; t++) {
            step(d, h, x + (newest ? i - t : t) * d, a, b, room);
            steps++;
        }
        off += steps - before != i + 1;
        last = 0;
        for (size_t c = 0; c < d; c++)
            last = fmax(last, fabs(h[c] - single[c]));
        most = fmax(most, last);
    }
    lab_put(cell, "steps", (double)steps);
    lab_put(cell, "positions_off", (double)off);
    lab_put(cell, "difference", most);
    lab_put(cell, "last_difference", last);
    free(a), free(b), free(x), free(single);
}

static char *check(const struct lab_cell *cell)
{
    double n = lab_real(cell, "n"), d = lab_real(cell, "d"), steps = n * (n + 1) / 2;
    if (steps * d * d > 2e11 || steps > 2e9)
        return base_format(
            "%.10g steps of %.6g products are predicted; at most 2e9 steps and 2e11 products are accepted",
            steps, d * d);
    return n * d > 1e8 ? base_format("%.6g numbers of text are predicted; at most 1e8 are accepted", n * d)
                       : NULL;
}

/* The least and the largest of a column over all replicates of a group. */
static void range_of(const struct lab *lab, size_t g, const char *column, double *least, double *most)
{
    size_t n;
    const double *x = lab_column(lab, g, column, &n);
    *least = *most = x[0];
    for (size_t i = 1; i < n; i++) {
        *least = fmin(*least, x[i]);
        *most = fmax(*most, x[i]);
    }
}

static void summarize(struct lab *lab)
{
    double off = 0;
    for (size_t g = 0; g < lab_groups(lab); g++) {
        const struct lab_cell *c = lab_group(lab, g);
        double least, most;
        range_of(lab, g, "positions_off", &least, &most);
        off = fmax(off, most);
        if (lab_integer(c, "n") != 64 || lab_real(c, "gain") != 1)
            continue;
        const char *pass = lab_word(c, "pass"), *links = lab_word(c, "links");
        lab_measure(lab, lab_value(lab, g, "steps"), 0, 0, "steps.%s.%s", pass, links);
        range_of(lab, g, "difference", &least, &most);
        lab_measure(lab, strcmp(pass, "in_order") || strcmp(links, "cut") ? least : most, 0, 0,
                    "difference.%s.%s", pass, links);
    }
    lab_measure(lab, off, 0, 0, "positions_off");
    long g = lab_find(lab, "pass=in_order links=carried n=64 gain=0.5");
    if (g >= 0) {
        size_t n;
        const double *x = lab_column(lab, (size_t)g, "last_difference", &n);
        double *copy = base_alloc(n, sizeof *copy);
        memcpy(copy, x, n * sizeof *copy);
        stats_sort(copy, n);
        lab_measure(lab, copy[n / 2], 0, 0, "forgotten");
        free(copy);
    }
}

static const struct lab_spec spec = {
    .name = "recur/page_turning",
    .about = "May any recurrent network turn back the pages, and does it change what it computes?",
    .axes = {{"pass", "in_order,newest_first", NULL, "in_order|newest_first",
              "Order of the tokens within a pass", AXIS_WORD},
             {"links", "cut,carried", NULL, "cut|carried",
              "State at the start of a pass: 0, or that of the last pass", AXIS_WORD},
             {"n", "2,8,64,256", "2,8,64", "[1,100000000]", "L, positions", AXIS_INTEGER},
             {"d", "8", NULL, "[1,4096]", "Dimension of state and tokens", AXIS_INTEGER},
             {"gain", "0.5,1,2", NULL, "[0,1e6]", "A is gain/sqrt(d) times standard normals", AXIS_REAL},
             {"replicate", "0:29", "0:9", "[0,inf)", "Replicate", AXIS_INTEGER}},
    .columns = "steps,positions_off,difference:4,last_difference:4",
    .fold = "replicate",
    .controls = "links_swapped|window",
    .check = check,
    .cell = cell,
    .summarize = summarize,
};

int main(int argc, char **argv)
{
    return lab_main(&spec, argc, argv);
}
