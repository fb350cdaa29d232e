/* How much nearer is a Monarch matrix once rows and columns may be reordered?
 *
 * Source: added to kexue.fm/archives/10249 (permutations are fixed there, free in the loose form). Simulated
 * annealing over P and Q in P A Q: a step exchanges two rows or two columns of different groups (rows of one
 * residue modulo b, columns of one block; the order within a group is without effect), recomputes the slices
 * concerned, and is taken when it keeps more energy or with probability e^{change/T}; T falls geometrically.
 * `shuffled` is the mean over random orders, `given` the order of the matrix, `found` the best one met.
 * hidden:B is a Monarch matrix with rows and columns shuffled.
 * Finding: a hidden Monarch matrix is found again, exactly in long runs; even Gaussian noise loses a
 * fifth of its error to the 2 log2 64! = 592 bits of an order.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <gsl/gsl_randist.h>

#include "blocks.h"
#include "lab.h"
#include "matrices.h"
#include "monarch.h"

struct state {
    size_t n, b, c, *row, *column; /* orders */
    const double *a;
    double *kept;      /* [b][c]: energy that slice (j,k) keeps */
    double *kept_next; /* of the slices a step changes */
    double *slice;
};

/* sigma_1^2 of the slice (j,k) under the present orders: the one slice of a c x b matrix laid out as M(b, b
 * c). */
static double slice_kept(struct state *s, size_t j, size_t k)
{
    for (size_t i = 0; i < s->c; i++)
        for (size_t l = 0; l < s->b; l++)
            s->slice[i * s->b + l] = s->a[s->row[i * s->b + j] * s->n + s->column[k * s->b + l]];
    return monarch_leading(s->c, s->b, s->slice);
}

static double keep_all(struct state *s)
{
    double sum = 0;
    for (size_t j = 0; j < s->b; j++)
        for (size_t k = 0; k < s->c; k++)
            sum += s->kept[j * s->c + k] = slice_kept(s, j, k);
    return sum;
}

/* One step; the change of the energy kept. */
static double step(struct state *s, double temperature, gsl_rng *rng)
{
    int rows = gsl_rng_get(rng) & 1 ? s->b > 1 : s->c <= 1;
    size_t groups = rows ? s->b : s->c, others = rows ? s->c : s->b, *order = rows ? s->row : s->column;
    size_t x = gsl_rng_uniform_int(rng, groups), y = gsl_rng_uniform_int(rng, groups - 1);
    y += y >= x;
    size_t in_x = gsl_rng_uniform_int(rng, others), in_y = gsl_rng_uniform_int(rng, others);
    size_t p = rows ? in_x * s->b + x : x * s->b + in_x, q = rows ? in_y * s->b + y : y * s->b + in_y,
           t = order[p];
    order[p] = order[q], order[q] = t;
    double change = 0;
    for (size_t g = 0; g < 2; g++)
        for (size_t o = 0; o < others; o++) {
            size_t group = g ? y : x, j = rows ? group : o, k = rows ? o : group;
            s->kept_next[g * others + o] = slice_kept(s, j, k);
            change += s->kept_next[g * others + o] - s->kept[j * s->c + k];
        }
    if (change < 0 && !(gsl_rng_uniform(rng) < exp(change / temperature))) {
        t = order[p], order[p] = order[q], order[q] = t;
        return 0;
    }
    for (size_t g = 0; g < 2; g++)
        for (size_t o = 0; o < others; o++) {
            size_t group = g ? y : x, j = rows ? group : o, k = rows ? o : group;
            s->kept[j * s->c + k] = s->kept_next[g * others + o];
        }
    return change;
}

static void shuffle(struct state *s, gsl_rng *rng)
{
    gsl_ran_shuffle(rng, s->row, s->n, sizeof *s->row);
    gsl_ran_shuffle(rng, s->column, s->n, sizeof *s->column);
}

enum { SHUFFLES = 5 };

static void cell(struct lab_cell *cell)
{
    const char *name = lab_word(cell, "matrix");
    size_t n = (size_t)lab_integer(cell, "n"), b = blocks_one(cell), c = n / b;
    long steps = lab_integer(cell, "steps");
    char *inner = strncmp(name, "hidden:", 7) ? NULL : base_format("monarch:%s", name + 7);
    struct matrix *a = matrices_draw(inner ? inner : name, n, 1, lab_rng(cell));
    struct state s = {n,
                      b,
                      c,
                      base_alloc(n, sizeof(size_t)),
                      base_alloc(n, sizeof(size_t)),
                      a->re,
                      base_alloc(n, sizeof(double)),
                      base_alloc(2 * (b > c ? b : c), sizeof(double)),
                      base_alloc(n, sizeof(double))};
    double energy = monarch_energy(n * n, a->re, NULL), shuffled = 0;
    for (size_t i = 0; i < n; i++)
        s.row[i] = s.column[i] = i;
    double *moved = base_alloc(n * n, sizeof *moved);
    if (inner) {
        shuffle(&s, lab_rng(cell));
        for (size_t p = 0; p < n; p++)
            for (size_t q = 0; q < n; q++)
                moved[p * n + q] = a->re[s.row[p] * n + s.column[q]];
        s.a = moved;
    }
    for (int i = 0; i < SHUFFLES; i++) {
        shuffle(&s, lab_rng(cell));
        shuffled += (1 - keep_all(&s) / energy) / SHUFFLES;
    }
    for (size_t i = 0; i < n; i++)
        s.row[i] = s.column[i] = i;
    double kept = keep_all(&s), best = kept, given = 1 - kept / energy;
    double hot = energy * 1e-3, cold = energy * 1e-6;
    if (lab_control(cell, "blind")) /* every step is taken */
        hot = cold = energy * 1e9;
    for (long i = 0; i < steps; i++) {
        kept += step(&s, hot * pow(cold / hot, (double)i / (double)steps), lab_rng(cell));
        best = fmax(best, kept);
    }
    double found = 1 - fmin(1, best / energy);
    if (lab_control(cell, "blind"))
        found = 1 - fmin(1, keep_all(&s) / energy);
    lab_put(cell, "given", given);
    lab_put(cell, "shuffled", shuffled);
    lab_put(cell, "found", found);
    lab_put(cell, "gain", given - found);
    lab_put(cell, "share", given > 0 ? found / given : 1);
    free(s.row);
    free(s.column);
    free(s.kept);
    free(s.kept_next);
    free(s.slice);
    free(moved);
    free(inner);
    matrices_free(a);
}

static void summarize(struct lab *lab)
{
    static const char *const asked[] = {"gauss", "hidden:8", "exp:8", "tridiag"};
    if (lab_axis_values(lab, "steps")->count > 1 || lab_axis_values(lab, "b")->count > 1)
        return;
    for (size_t g = 0; g < lab_groups(lab); g++) {
        const struct lab_cell *c = lab_group(lab, g);
        for (size_t k = 0; k < sizeof asked / sizeof *asked; k++)
            if (lab_is(c, "matrix", asked[k]) && lab_is(c, "n", "64"))
                lab_measure_mean(lab, lab_mean(lab, g, "share"), "share.%s", asked[k]);
    }
}

static char *check(const struct lab_cell *cell)
{
    const char *name = lab_word(cell, "matrix");
    char *why = blocks_check(cell);
    if (why)
        return why;
    if (!strncmp(name, "dft", 3))
        return base_format("--matrix %.40s: complex; give a real matrix", name);
    size_t n = (size_t)lab_integer(cell, "n");
    char *inner = strncmp(name, "hidden:", 7) ? NULL : base_format("monarch:%s", name + 7);
    why = matrices_check(inner ? inner : name, n, 1);
    free(inner);
    return why;
}

static const struct lab_spec spec = {
    .name = "monarch/search",
    .about = "How much nearer is a Monarch matrix once rows and columns may be reordered?",
    .axes = {{"matrix", "gauss,hidden:8,exp:8,tridiag,digits,bigrams", "gauss,hidden:8,exp:8,tridiag", NULL,
              "the matrix, by name or file; hidden:B: a shuffled Monarch matrix", AXIS_WORD},
             {"n", "64", NULL, "[2,512]", "side of the matrix", AXIS_INTEGER},
             {"b", "square", NULL, "[1,inf)|square", "blocks of R: a divisor of n, or square (its root)",
              AXIS_INTEGER},
             {"steps", "10000", "300", "[0,100000000]", "of annealing", AXIS_INTEGER},
             {"replicate", "0:19", NULL, NULL, "independent draws and runs", AXIS_INTEGER}},
    .columns = "given,shuffled,found,gain,share",
    .fold = "replicate",
    .controls = "blind",
    .check = check,
    .cell = cell,
    .summarize = summarize,
};

int main(int argc, char **argv)
{
    return lab_main(&spec, argc, argv);
}
