/* Does a two-layer network depend on exactly the inputs that the boolean product names?
 *
 * Source: kexue.fm/archives/6853, remark on local and atrous layers together. Two attention layers with
 * random projections (x -> q, k, v, all n positions of dimension d, no residual path) are differentiated
 * exactly by the complex step: the derivative of f at x along e is Im f(x + i h e)/h with h = 1e-30, without
 * cancellation. A block (i, j) of the Jacobian whose entries are all 0.0 has no arithmetic path; the others
 * are to be nonzero. Finding: the zero blocks are exactly those of the boolean product, off-class ones for
 * atrous over atrous, none for atrous over local.
 */
#include <complex.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "sparse_cell.h"

enum { LAYERS_MOST = 4 };

static const double step = 1e-30, difference_step = 1e-3, flops_most = 1e11;

static char *check(const struct lab_cell *cell)
{
    struct sparse_set set[SPARSE_STACK_MAX];
    size_t k, layers, n = (size_t)lab_integer(cell, "n"), d = (size_t)lab_integer(cell, "d");
    char *why = sparse_cell_size(cell, "k", 1, &k);
    if (!why)
        why = sparse_stack_named(lab_word(cell, "stack"), k, k, k, 1, 0, set, &layers);
    if (!why && layers > LAYERS_MOST)
        why = base_format("--stack %.40s: at most %d layers", lab_word(cell, "stack"), LAYERS_MOST);
    double pairs = 0, flops;
    for (size_t t = 0; !why && t < layers; t++) {
        uint64_t count;
        sparse_count(&set[t], n, &count);
        pairs += (double)count;
    }
    flops = 40 * pairs * (double)d * (double)n * (double)d;
    if (!why && flops > flops_most)
        why = base_format("--n %zu with --d %zu: %.2g operations predicted, more than %.2g", n, d, flops,
                          flops_most);
    return why;
}

struct layer {
    struct sparse_set set;
    const double *q, *k, *v; /* projections [d][d] */
};

/* y = x P, rows of d */
static void project(size_t n, size_t d, const double complex *x, const double *P, double complex *y)
{
    for (size_t i = 0; i < n; i++)
        for (size_t b = 0; b < d; b++) {
            double complex sum = 0;
            for (size_t a = 0; a < d; a++)
                sum += x[i * d + a] * P[a * d + b];
            y[i * d + b] = sum;
        }
}

/* x[n][d] through one attention layer, in place; work holds 3 n d + n, keys n. */
static void attend(const struct layer *layer, size_t n, size_t d, double complex *x, double complex *work,
                   size_t *keys)
{
    double complex *q = work, *k = q + n * d, *v = k + n * d, *s = v + n * d;
    project(n, d, x, layer->q, q);
    project(n, d, x, layer->k, k);
    project(n, d, x, layer->v, v);
    for (size_t i = 0; i < n; i++) {
        size_t count = sparse_keys(&layer->set, n, i, keys);
        double top = -INFINITY;
        for (size_t t = 0; t < count; t++) {
            s[t] = 0;
            for (size_t a = 0; a < d; a++)
                s[t] += q[i * d + a] * k[keys[t] * d + a];
            s[t] /= sqrt((double)d);
            top = fmax(top, creal(s[t]));
        }
        double complex sum = 0;
        for (size_t t = 0; t < count; t++)
            sum += s[t] = cexp(s[t] - top);
        for (size_t b = 0; b < d; b++) {
            double complex o = 0;
            for (size_t t = 0; t < count; t++)
                o += s[t] * v[keys[t] * d + b];
            x[i * d + b] = o / sum;
        }
    }
}

static void cell(struct lab_cell *c)
{
    size_t n = (size_t)lab_integer(c, "n"), d = (size_t)lab_integer(c, "d"), k, layers;
    struct sparse_set set[SPARSE_STACK_MAX];
    struct layer layer[LAYERS_MOST];
    sparse_cell_size(c, "k", 1, &k);
    free(sparse_stack_named(lab_word(c, "stack"), k, k, k, 1, 0, set, &layers));
    double *input = base_alloc(n * d + layers * 3 * d * d, sizeof *input), *weights = input + n * d;
    rng_normals(lab_rng(c), input, n * d + layers * 3 * d * d);
    for (size_t t = 0; t < layers; t++) {
        for (size_t a = 0; a < 3 * d * d; a++)
            weights[t * 3 * d * d + a] /= sqrt((double)d);
        layer[t] = (struct layer){set[t], weights + t * 3 * d * d, weights + (t * 3 + 1) * d * d,
                                  weights + (t * 3 + 2) * d * d};
        if (lab_control(c, "mask_added") || lab_control(c, "wrong_stride"))
            layer[t].set = (struct sparse_set){lab_control(c, "mask_added") ? SPARSE_DENSE : SPARSE_ATROUS,
                                               set[t].k + 1, 1, 0};
    }
    double complex *x = base_alloc(2 * n * d + 3 * n * d + n, sizeof *x), *base = x + n * d,
                   *work = base + n * d;
    size_t *keys = base_alloc(n, sizeof *keys);
    double *exact = base_alloc(2 * n * n, sizeof *exact),
           *moved = exact + n * n; /* largest entry of each block */
    for (size_t a = 0; a < n * d; a++)
        base[a] = input[a];
    for (size_t t = layers; t-- > 0;)
        attend(&layer[t], n, d, base, work, keys);
    for (size_t j = 0; j < n; j++)
        for (size_t a = 0; a < d; a++)
            for (int complex_step = 0; complex_step < 2; complex_step++) {
                for (size_t b = 0; b < n * d; b++)
                    x[b] = input[b];
                x[j * d + a] += complex_step ? CMPLX(0, step) : difference_step;
                for (size_t t = layers; t-- > 0;)
                    attend(&layer[t], n, d, x, work, keys);
                for (size_t i = 0; i < n; i++)
                    for (size_t b = 0; b < d; b++) {
                        double change = complex_step
                                            ? cimag(x[i * d + b]) / step
                                            : creal(x[i * d + b] - base[i * d + b]) / difference_step;
                        double *at = (complex_step ? exact : moved) + i * n + j;
                        *at = fmax(*at, fabs(change));
                    }
            }
    struct sparse_panel in = sparse_panel_new(n, 0, (n + 63) / 64),
                        out = sparse_panel_new(n, 0, (n + 63) / 64);
    sparse_panel_identity(&in);
    for (size_t t = layers; t-- > 0;) {
        sparse_panel_apply(&set[t], 0, &in, &out);
        uint64_t *swap = in.bit;
        in.bit = out.bit;
        out.bit = swap;
    }
    double unreached = 0, zero = 0, wrong = 0, wrong_difference = 0, smallest = INFINITY, error = 0;
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < n; j++) {
            int reached = sparse_panel_get(&in, i, j);
            double entry = exact[i * n + j];
            unreached += !reached;
            zero += entry == 0;
            wrong += reached ? !(entry > 1e-12) : entry != 0;
            wrong_difference += reached ? !(moved[i * n + j] > 0) : moved[i * n + j] != 0;
            if (reached)
                smallest = fmin(smallest, entry);
            error = fmax(error, fabs(entry - moved[i * n + j]));
        }
    lab_put(c, "unreached", unreached);
    lab_put(c, "zero_blocks", zero);
    lab_put(c, "wrong_blocks", wrong);
    lab_put(c, "wrong_by_difference", wrong_difference);
    lab_put(c, "smallest", smallest);
    lab_put(c, "difference_error", error);
    sparse_panel_free(&in);
    sparse_panel_free(&out);
    free(input);
    free(x);
    free(keys);
    free(exact);
}

static void summarize(struct lab *lab)
{
    static const char *const stacks[] = {"atrous.local", "local.atrous", "atrous.atrous", "sparse.sparse"};
    static const char *const names[] = {"atrous_local", "local_atrous", "atrous_atrous", "merged"};
    double smallest = INFINITY, differences = 0;
    for (int s = 0; s < 4; s++) {
        double wrong = 0, zero = 0, seen = 0;
        for (size_t g = 0; g < lab_groups(lab); g++) {
            size_t count;
            if (!lab_is(lab_group(lab, g), "stack", stacks[s]))
                continue;
            const double *w = lab_column(lab, g, "wrong_blocks", &count);
            const double *z = lab_column(lab, g, "zero_blocks", &count);
            const double *u = lab_column(lab, g, "unreached", &count);
            const double *m = lab_column(lab, g, "smallest", &count);
            const double *f = lab_column(lab, g, "wrong_by_difference", &count);
            for (size_t i = 0; i < count; i++) {
                wrong += w[i];
                zero += fabs(z[i] - (s == 2 ? u[i] : 0));
                smallest = fmin(smallest, m[i]);
                differences += f[i];
                seen++;
            }
        }
        if (!seen)
            continue;
        lab_measure(lab, wrong, 0, 0, "wrong_%s", names[s]);
        lab_measure(lab, zero, 0, 0, "zeros_off_%s", names[s]);
    }
    if (isfinite(smallest))
        lab_measure(lab, smallest, 0, 0, "smallest");
    lab_measure(lab, differences, 0, 0, "wrong_by_difference");
}

static const struct lab_spec spec = {
    .name = "sparse/jacobian",
    .about = "Does a two-layer network depend on exactly the inputs that the boolean product names?",
    .axes = {{"n", "12,31", "12", "[1,1000]", "Positions", AXIS_INTEGER},
             {"d", "3", NULL, "[1,64]", "Dimension", AXIS_INTEGER},
             {"k", "3,4", NULL, SPARSE_SIZES, "Stride and half-width", AXIS_INTEGER},
             {"stack", "atrous.local,local.atrous,atrous.atrous,sparse.sparse", NULL, NULL,
              "Patterns from the output down, joined by '.', up to four", AXIS_WORD},
             {"replicate", "0:9", "0:3", "[0,inf)", "Draw of input and projections", AXIS_INTEGER}},
    .columns = "unreached,zero_blocks,wrong_blocks,wrong_by_difference,smallest,difference_error",
    .fold = "replicate",
    .controls = "mask_added|wrong_stride",
    .check = check,
    .cell = cell,
    .summarize = summarize,
};

int main(int argc, char **argv)
{
    return lab_main(&spec, argc, argv);
}
