/* Which structured matrices are Monarch matrices, or products of two?
 *
 * Source: arXiv:2204.00595 (expressiveness); kexue.fm/archives/10249, last section (butterfly matrices). The
 * part of the energy that the nearest Monarch matrix leaves is 0 for: the Fourier matrix F with its columns
 * reordered from k + l c to k b + l; Kronecker products A (c x c) times B (b x b); the identity; Hadamard
 * matrices; butterfly matrices, 2 <= b <= n/2. A circulant matrix is Ma Mb^*, Mb = conj(F Pi), Ma = Mb
 * diag(spectrum)/n. F itself is not a Monarch matrix: in a slice e^{-2 pi i (il/c + ...)} columns l and l +
 * c are parallel, others orthogonal, so exactly 1 - ceil(b/c)/b is left.
 * Finding: all this holds for every divisor b of n, squares or not.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "blocks.h"
#include "lab.h"
#include "matrices.h"
#include "monarch.h"

enum { DFTPERM, DFT, KRONECKER, IDENTITY, HADAMARD, BUTTERFLY, CIRCULANT, FACTORS, KINDS };

static const char *const kind_name[KINDS] = {"dftperm",  "dft",       "kronecker", "identity",
                                             "hadamard", "butterfly", "circulant", "circulant_factors"};

static void row_put(struct lab_cell *cell, size_t b, int kind, double value, double expected)
{
    lab_put(cell, "block", (double)b);
    lab_put(cell, "number", kind);
    lab_put_text(cell, "matrix", kind_name[kind]);
    lab_put(cell, "left", value);
    lab_put(cell, "expected", expected);
    lab_put(cell, "off", fabs(value - expected));
    lab_next_row(cell);
}

static double left_of(struct lab_cell *cell, size_t n, size_t b, const double *re, const double *im)
{
    return monarch_residual(n, b, re, im, lab_control(cell, "blocks") ? MONARCH_BLOCKS : MONARCH_SLICES) /
           monarch_energy(n * n, re, im);
}

static void named(struct lab_cell *cell, size_t n, size_t b, int kind, const char *name, double expected)
{
    struct matrix *m = matrices_draw(name, n, 1, lab_rng(cell));
    row_put(cell, b, kind, left_of(cell, n, b, m->re, m->im), expected);
    matrices_free(m);
}

static void kronecker(struct lab_cell *cell, size_t n, size_t b)
{
    size_t c = n / b;
    double *x = base_alloc(c * c, sizeof *x), *y = base_alloc(b * b, sizeof *y),
           *a = base_alloc(n * n, sizeof *a);
    rng_normals(lab_rng(cell), x, c * c);
    rng_normals(lab_rng(cell), y, b * b);
    for (size_t p = 0; p < n; p++)
        for (size_t q = 0; q < n; q++)
            a[p * n + q] = x[p / b * c + q / b] * y[p % b * b + q % b];
    row_put(cell, b, KRONECKER, left_of(cell, n, b, a, NULL), 0);
    free(x);
    free(y);
    free(a);
}

/* C = Ma Mb^*: the largest difference over the largest entry; and what Ma and Mb leave beside Monarch
 * matrices. */
static void circulant(struct lab_cell *cell, size_t n, size_t b, const struct matrix *f)
{
    size_t c = n / b;
    double *first = base_alloc(n, sizeof *first), *re = base_alloc(n, sizeof *re),
           *im = base_alloc(n, sizeof *im);
    double *a_re = base_alloc(n * n, sizeof *a_re), *a_im = base_alloc(n * n, sizeof *a_im), off = 0,
           most = 0;
    rng_normals(lab_rng(cell), first, n);
    /* the spectrum, sum of first[t] e^{-2 pi i t s / n}, in the order of the permuted columns */
    for (size_t q = 0; q < n; q++) {
        size_t s = lab_control(cell, "unpermuted") ? q : q / b + q % b * c;
        for (size_t t = 0; t < n; t++) {
            double angle = -2 * M_PI * (double)(t * s % n) / (double)n;
            re[q] += first[t] * cos(angle), im[q] += first[t] * sin(angle);
        }
    }
    for (size_t p = 0; p < n; p++)
        for (size_t q = 0; q < n; q++) { /* conj(f) times the spectrum */
            double x = f->re[p * n + q], y = -f->im[p * n + q];
            a_re[p * n + q] = (x * re[q] - y * im[q]) / (double)n;
            a_im[p * n + q] = (x * im[q] + y * re[q]) / (double)n;
        }
    for (size_t p = 0; p < n; p++)
        for (size_t r = 0; r < n; r++) {
            double sum_re = 0, sum_im = 0, want = first[(p + n - r) % n];
            for (size_t q = 0; q < n; q++) { /* Mb^* = f^T */
                double x = f->re[r * n + q], y = f->im[r * n + q];
                sum_re += a_re[p * n + q] * x - a_im[p * n + q] * y;
                sum_im += a_re[p * n + q] * y + a_im[p * n + q] * x;
            }
            off = fmax(off, hypot(sum_re - want, sum_im));
            most = fmax(most, fabs(want));
        }
    row_put(cell, b, CIRCULANT, off / most, 0);
    row_put(cell, b, FACTORS, fmax(left_of(cell, n, b, a_re, a_im), left_of(cell, n, b, f->re, f->im)), 0);
    free(first);
    free(re);
    free(im);
    free(a_re);
    free(a_im);
}

static void cell(struct lab_cell *cell)
{
    size_t n = (size_t)lab_integer(cell, "n"), b = 0;
    while (blocks_next(cell, &b)) {
        size_t c = n / b;
        char *name = base_format("dftperm:%zu", b);
        struct matrix *f =
            matrices_draw(lab_control(cell, "unpermuted") ? "dft" : name, n, 1, lab_rng(cell));
        row_put(cell, b, DFTPERM, left_of(cell, n, b, f->re, f->im), 0);
        named(cell, n, b, DFT, lab_control(cell, "unpermuted") ? name : "dft",
              1 - (double)((b + c - 1) / c) / (double)b);
        kronecker(cell, n, b);
        named(cell, n, b, IDENTITY, "identity", 0);
        if (monarch_log2(n) > 0) {
            named(cell, n, b, HADAMARD, "hadamard", 0);
            if (b > 1 && b < n)
                named(cell, n, b, BUTTERFLY, "butterfly", 0);
        }
        circulant(cell, n, b, f);
        matrices_free(f);
        free(name);
    }
}

static void summarize(struct lab *lab)
{
    double worst[KINDS];
    for (int k = 0; k < KINDS; k++)
        worst[k] = -1;
    for (size_t g = 0; g < lab_groups(lab); g++) {
        size_t rows;
        const double *off = lab_column(lab, g, "off", &rows), *number = lab_column(lab, g, "number", &rows);
        const double *block = lab_column(lab, g, "block", &rows), *left = lab_column(lab, g, "left", &rows);
        for (size_t i = 0; i < rows; i++) {
            int k = (int)number[i];
            worst[k] = fmax(worst[k], off[i]);
            static const double asked[][2] = {{16, 4}, {64, 8}, {24, 4}, {24, 6}, {60, 6}, {256, 16}};
            double n = (double)lab_integer(lab_group(lab, g), "n");
            for (size_t t = 0; k == DFT && t < sizeof asked / sizeof *asked; t++)
                if (n == asked[t][0] && block[i] == asked[t][1] && lab_is(lab_group(lab, g), "b", "all"))
                    lab_measure(lab, left[i], 0, 0, "dft.%g.%g", n, block[i]);
        }
    }
    for (int k = 0; k < KINDS; k++)
        if (worst[k] >= 0)
            lab_measure(lab, worst[k], 0, 0, k == DFT ? "%s_off" : "%s", kind_name[k]);
}

static const struct lab_spec spec = {
    .name = "monarch/members",
    .about = "Which structured matrices are Monarch matrices, or products of two?",
    .axes = {{"n", "8,15,16,24,27,36,42,48,60,64,85,128,168,196,256", "8,15,16,24,27,36,60,64", "[1,1024]",
              "side of the matrix", AXIS_INTEGER},
             {"b", "all", NULL, "[1,inf)|all|square", "blocks of R: a divisor of n, all, square (its root)",
              AXIS_INTEGER}},
    .columns = "block,number,matrix,left:13,expected:13,off",
    .controls = "unpermuted|blocks",
    .check = blocks_check,
    .cell = cell,
    .summarize = summarize,
};

int main(int argc, char **argv)
{
    return lab_main(&spec, argc, argv);
}
