/* Do kernels that touch only the pairs of a pattern give what a masked dense softmax gives?
 *
 * Source: kexue.fm/archives/6853, remarks on implementation: a mask gives the right output and saves nothing.
 * The fast kernels (sparse_attend.h: gathered residue classes, banded blocks, partial results merged with the
 * overlap left out) are held against attention_dense with -inf masks, in float64 and float32, by GEMM and by
 * plain loops. Their weights are read off by values that are unit vectors. Counted, too: how many scores are
 * held at a time. Finding: equal to rounding. Adding the two parts of the merged pattern as they are counts
 * distances 0 and k twice and is wrong in the first digit; so are scores multiplied by the 0/1 mask, whose
 * masked keys keep weight e^0.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "attention.h"
#include "sparse_attend.h"
#include "sparse_cell.h"

enum { WEIGHTS_MOST = 256 }; /* positions up to which all weights are read off */

static const double eps = 2.220446049250313e-16, flops_most = 5e11;

static char *check(const struct lab_cell *cell)
{
    struct sparse_set set;
    char *why = sparse_cell_set(cell, &set);
    double n = lab_real(cell, "n"), d = lab_real(cell, "d");
    if (!why && set.kind == SPARSE_FIXED2 && set.causal && set.c < set.k)
        return base_copy(
            "--pattern fixed2 with --causal 1: the first queries see no key; take fixed, or --causal 0");
    if (!why && n * n * d > flops_most)
        return base_format(
            "--n %.0f with --d %.0f: %.2g operations of the dense reference predicted, more than %.2g", n, d,
            n * n * d, flops_most);
    return why;
}

struct input {
    size_t n, d;
    double *q, *k, *v;
    float *qf, *kf, *vf;
};

static struct input input_new(struct lab_cell *c, size_t n, size_t d)
{
    struct input x = {.n = n,
                      .d = d,
                      .q = base_alloc(3 * n * d, sizeof(double)),
                      .qf = base_alloc(3 * n * d, sizeof(float))};
    x.k = x.q + n * d;
    x.v = x.k + n * d;
    x.kf = x.qf + n * d;
    x.vf = x.kf + n * d;
    if (lab_is(c, "input", "gauss"))
        rng_normals(lab_rng(c), x.q, 3 * n * d);
    else
        attention_waves(n, d, d, 1, x.q, x.k, x.v);
    for (size_t i = 0; i < 3 * n * d; i++)
        x.qf[i] = (float)x.q[i];
    return x;
}

static double largest(const double *x, size_t n)
{
    double top = 0;
    for (size_t i = 0; i < n; i++)
        top = fmax(top, fabs(x[i]));
    return top;
}

static double apart(const double *x, const double *y, size_t n)
{
    double gap = 0;
    for (size_t i = 0; i < n; i++)
        gap = fmax(gap, fabs(x[i] - y[i]));
    return gap;
}

/* Scores times the 0/1 mask, then softmax over all keys: the wrong mask. */
static void multiplied(const struct input *x, const struct sparse_set *set, double *o)
{
    size_t n = x->n, d = x->d;
    double *p = base_alloc(n, sizeof *p);
    memset(o, 0, n * d * sizeof *o);
    for (size_t i = 0; i < n; i++) {
        double top = -INFINITY, sum = 0;
        for (size_t j = 0; j < n; j++) {
            p[j] = 0;
            for (size_t a = 0; sparse_sees(set, i, j) && a < d; a++)
                p[j] += x->q[i * d + a] * x->k[j * d + a] / sqrt((double)d);
            top = fmax(top, p[j]);
        }
        for (size_t j = 0; j < n; j++)
            sum += p[j] = exp(p[j] - top);
        for (size_t j = 0; j < n; j++)
            for (size_t b = 0; b < d; b++)
                o[i * d + b] += p[j] / sum * x->v[j * d + b];
    }
    free(p);
}

/* The weights of the kernel: its output for unit vectors as values. Rows off 1, and weights not where they
 * belong. */
static void read_weights(struct lab_cell *c, const struct input *x, const struct sparse_set *set,
                         enum sparse_fault fault)
{
    size_t n = x->n;
    double *unit = base_alloc(2 * n * n, sizeof *unit), *p = unit + n * n, off = 0, misplaced = 0, scale;
    double *room = base_alloc(sparse_attend_room(set, n, x->d, n), sizeof *room);
    scale = 1 / sqrt((double)x->d);
    for (size_t i = 0; i < n; i++)
        unit[i * n + i] = 1;
    struct sparse_double problem = {n, x->d, n, x->q, x->k, unit, scale};
    if (lab_control(c, "mask_multiplied")) {
        struct attention all = {n, n, x->d, n, x->q, x->k, unit, scale, NULL, NULL, NULL};
        attention_dense(&all, p, NULL); /* masked keys keep a weight */
    } else if (sparse_attend_double(&problem, set, SPARSE_GEMM, fault, p, room)) {
        lab_fail(c, "a kernel met a number that is not finite");
    }
    for (size_t i = 0; i < n; i++) {
        double sum = 0;
        for (size_t j = 0; j < n; j++) {
            sum += p[i * n + j];
            misplaced += sparse_sees(set, i, j) ? !(p[i * n + j] > 0) : p[i * n + j] != 0;
        }
        off = fmax(off, fabs(sum - 1));
    }
    lab_put(c, "row_sum_error", off);
    lab_put(c, "misplaced", misplaced);
    free(unit);
    free(room);
}

static void cell(struct lab_cell *c)
{
    size_t n = (size_t)lab_integer(c, "n"), d = (size_t)lab_integer(c, "d");
    struct sparse_set set;
    sparse_cell_set(c, &set);
    struct input x = input_new(c, n, d);
    enum sparse_fault fault = lab_control(c, "overlap_twice") ? SPARSE_OVERLAP_TWICE : SPARSE_RIGHT;
    size_t room = sparse_attend_room(&set, n, d, d), row = sparse_row_longest(&set, n);
    double *want = base_alloc(2 * n * d, sizeof *want), *got = want + n * d, scale = 1 / sqrt((double)d);
    double *work = base_alloc(room, sizeof *work);
    float *single = base_alloc(n * d + room, sizeof *single), *work_single = single + n * d;
    struct attention dense = {n, n, d, d, x.q, x.k, x.v, scale, sparse_attention_sees, NULL, &set};
    if (attention_dense(&dense, want, NULL))
        lab_fail(c, "the reference met a score that is not finite");
    double error = 0, error_float = 0, sum = 0, squares = 0;
    for (int engine = SPARSE_GEMM; engine <= SPARSE_LOOPS; engine++) {
        struct sparse_double problem = {n, d, d, x.q, x.k, x.v, scale};
        struct sparse_float problem_single = {n, d, d, x.qf, x.kf, x.vf, (float)scale};
        int status = 0;
        if (lab_control(c, "mask_multiplied"))
            multiplied(&x, &set, got);
        else
            status = sparse_attend_double(&problem, &set, engine, fault, got, work);
        if (status || sparse_attend_float(&problem_single, &set, engine, fault, single, work_single))
            lab_fail(c, "a kernel met a number that is not finite");
        error = fmax(error, apart(got, want, n * d));
        for (size_t i = 0; i < n * d; i++)
            error_float = fmax(error_float, fabs((double)single[i] - want[i]));
    }
    for (size_t i = 0; i < n * d; i++) {
        sum += got[i];
        squares += got[i] * got[i];
    }
    uint64_t pairs;
    sparse_count(&set, n, &pairs);
    sparse_cell_put_count(c, "nnz", pairs);
    lab_put(c, "sum", sum);
    lab_put(c, "last", got[n * d - 1]);
    lab_put(c, "squares", squares);
    lab_put(c, "maxabs_err", error);
    lab_put(c, "bound", 8 * eps * (double)(row + d) * largest(x.v, n * d));
    lab_put(c, "maxabs_err_float", error_float);
    lab_put(c, "row_longest", (double)row);
    lab_put(c, "scores_held", (double)sparse_attend_scores(&set, n));
    /* the two mistakes, as distances from the right output */
    if (!sparse_attend_double(&(struct sparse_double){n, d, d, x.q, x.k, x.v, scale}, &set, SPARSE_GEMM,
                              SPARSE_OVERLAP_TWICE, got, work))
        lab_put(c, "overlap_gap", apart(got, want, n * d));
    multiplied(&x, &set, got);
    lab_put(c, "mask_gap", apart(got, want, n * d));
    if (n <= WEIGHTS_MOST)
        read_weights(c, &x, &set, fault);
    free(x.q);
    free(x.qf);
    free(want);
    free(work);
    free(single);
}

static void measure_reference(struct lab *lab)
{
    static const char *const patterns[] = {"dense", "atrous", "local", "sparse"};
    for (int p = 0; p < 4; p++)
        for (int causal = 0; causal < 2; causal++) {
            char *values =
                base_format("n=24 d=4 k=4 pattern=%s causal=%d input=closed-form", patterns[p], causal);
            long g = lab_find(lab, values);
            free(values);
            const char *side = causal ? "_causal" : "";
            if (g < 0)
                continue;
            lab_measure(lab, lab_value(lab, (size_t)g, "sum"), 1e-13, 0, "sum_%s%s", patterns[p], side);
            lab_measure(lab, lab_value(lab, (size_t)g, "last"), 1e-14, 0, "last_%s%s", patterns[p], side);
            lab_measure(lab, lab_value(lab, (size_t)g, "squares"), 1e-13, 0, "squares_%s%s", patterns[p],
                        side);
            if (p == 3 && !causal) {
                lab_measure(lab, lab_value(lab, (size_t)g, "overlap_gap"), 0, 0, "overlap_gap_24");
                lab_measure(lab, lab_value(lab, (size_t)g, "mask_gap"), 0, 0, "mask_gap_24");
                lab_measure(lab, lab_value(lab, (size_t)g, "row_longest"), 0, 0, "row_longest_24");
            }
        }
    long g = lab_find(lab, "n=101 d=8 k=9 pattern=sparse causal=0 input=closed-form");
    if (g >= 0) {
        lab_measure(lab, lab_value(lab, (size_t)g, "overlap_gap"), 0, 0, "overlap_gap_101");
        lab_measure(lab, lab_value(lab, (size_t)g, "mask_gap"), 0, 0, "mask_gap_101");
    }
}

static void summarize(struct lab *lab)
{
    measure_reference(lab);
    const struct axis_values *patterns = lab_axis_values(lab, "pattern");
    double sums = 0, misplaced = 0, held = 0;
    for (size_t p = 0; p < patterns->count; p++) {
        double share = 0, single = 0;
        for (size_t g = 0; g < lab_groups(lab); g++) {
            if (!lab_is(lab_group(lab, g), "pattern", patterns->text[p]))
                continue;
            double off = lab_value(lab, g, "row_sum_error");
            share = fmax(share, lab_value(lab, g, "maxabs_err") / lab_value(lab, g, "bound"));
            single = fmax(single, lab_value(lab, g, "maxabs_err_float"));
            if (off == off) { /* read off */
                sums = fmax(sums, off / (lab_value(lab, g, "row_longest") * eps));
                misplaced += lab_value(lab, g, "misplaced");
            }
            held = fmax(held, lab_value(lab, g, "scores_held"));
        }
        lab_measure(lab, share, 0, 0, "error_over_bound_%s", patterns->text[p]);
        lab_measure(lab, single, 0, 0, "error_float_%s", patterns->text[p]);
    }
    lab_measure(lab, sums, 0, 0, "row_sums_over_bound");
    lab_measure(lab, misplaced, 0, 0, "misplaced");
    lab_measure(lab, held, 0, 0, "scores_held");
}

static const struct lab_spec spec = {
    .name = "sparse/kernels",
    .about = "Do index-aware kernels give what a masked dense softmax gives?",
    .axes = {{"n", "1,24,101,257,700", "1,24,101", "[1,100000]", "Positions", AXIS_INTEGER},
             {"d", "4,8,64", "4,8", "[1,4096]", "Dimension of queries, keys and values", AXIS_INTEGER},
             {"k", "4,9,opt", NULL, SPARSE_SIZES, "Stride or half-width", AXIS_INTEGER},
             {"l", "k", NULL, SPARSE_SIZES, "Stride of the heads of arXiv 1904.10509", AXIS_INTEGER},
             {"c", "half", NULL, SPARSE_SIZES, "Summary width of the fixed heads, at most l", AXIS_INTEGER},
             {"pattern", "dense,atrous,local,sparse,fixed", NULL,
              "dense|atrous|local|sparse|strided1|strided2|strided|fixed1|fixed2|fixed",
              "Pattern; sparse: the merged one", AXIS_WORD},
             {"causal", "0,1", NULL, "[0,1]", "Keys j <= i alone?", AXIS_INTEGER},
             {"input", "gauss,closed-form", NULL, "gauss|closed-form",
              "Normal entries, or sines of the position", AXIS_WORD}},
    .columns =
        "nnz,sum:15,last:15,squares:15,maxabs_err:3,bound:3,maxabs_err_float:3,row_longest:17,scores_held:17,"
        "overlap_gap,mask_gap,row_sum_error:3,misplaced:17",
    .controls = "overlap_twice|mask_multiplied",
    .check = check,
    .cell = cell,
    .summarize = summarize,
};

int main(int argc, char **argv)
{
    return lab_main(&spec, argc, argv);
}
