/* Do the formulas for Monarch matrices hold, for every block size b that divides n?
 *
 * Source: kexue.fm/archives/10249 (definition, efficiency, factorisation); arXiv:2204.00595, appendix.
 * Factors L and R with standard normal entries are drawn; every row of the table is one formula: how far it
 * is off, and the bound of rounding it must keep. Products are held against long double sums over the dense
 * matrix, the projection against its residual, its gradient and random perturbations, inverse and
 * determinant against the dense matrix with bounds that grow with the condition of the blocks.
 * Finding: all hold for any b, not only for n = b^2, where the stride permutation is its own inverse.
 */
#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "blocks.h"
#include "lab.h"
#include "linalg.h"
#include "monarch.h"

static const double u = DBL_EPSILON / 2; /* the unit of rounding */

/* The formulas, by the name of their row and measurement. */
static const char *const checks[] = {"involution",
                                     "entries",
                                     "apply",
                                     "apply_packed",
                                     "apply_batch",
                                     "parameters",
                                     "recover",
                                     "recover_entries",
                                     "residual",
                                     "pythagoras",
                                     "gradient",
                                     "perturbed",
                                     "inverse",
                                     "solve",
                                     "determinant",
                                     "sign",
                                     "butterfly_determinant"};

static void row_put(struct lab_cell *cell, size_t b, const char *check, double value, double bound)
{
    size_t number = 0;
    while (strcmp(checks[number], check))
        number++;
    lab_put(cell, "block", (double)b);
    lab_put(cell, "number", (double)number);
    lab_put_text(cell, "check", check);
    lab_put(cell, "value", value);
    lab_put(cell, "bound", bound);
    lab_put(cell, "part", bound > 0 ? value / bound : value);
    lab_next_row(cell);
}

static double largest(size_t count, const double *a)
{
    double most = 0;
    for (size_t i = 0; i < count; i++)
        most = fmax(most, fabs(a[i]));
    return most;
}

static double largest_difference(size_t count, const double *a, const double *b)
{
    double most = 0;
    for (size_t i = 0; i < count; i++)
        most = fmax(most, fabs(a[i] - b[i]));
    return most;
}

/* Places that P_(b,c) P_(c,b) moves, and for b = c the fixed points of P beyond or short of b. */
static void check_permutations(struct lab_cell *cell, size_t b, size_t c)
{
    size_t n = b * c, off = 0, fixed = 0;
    size_t *first = base_alloc(n, sizeof *first), *second = base_alloc(n, sizeof *second);
    monarch_permutation(c, b, first);
    if (lab_control(cell, "same_shape"))
        monarch_permutation(c, b, second);
    else
        monarch_permutation(b, c, second);
    for (size_t i = 0; i < n; i++) {
        off += first[second[i]] != i;
        fixed += first[i] == i;
    }
    if (b == c)
        off += fixed > b ? fixed - b : b - fixed;
    row_put(cell, b, "involution", (double)off, 0);
    free(first);
    free(second);
}

/* Products by all three kernels against long double sums; in units of |L||R||x| u, which (b + c) bounds. */
static void check_products(struct lab_cell *cell, const struct monarch *m, const double *a)
{
    size_t n = m->n;
    double bound = (double)(m->b + m->c), off[3] = {0};
    double *x = base_alloc(n * 3, sizeof *x), *work = base_alloc(n * 3, sizeof *work),
           *batch = base_alloc(n * 3, sizeof *batch), *one = base_alloc(n, sizeof *one),
           *y = base_alloc(n, sizeof *y), *packed_y = base_alloc(n, sizeof *packed_y);
    rng_normals(lab_rng(cell), x, n * 3);
    struct monarch_packed *packed = monarch_pack(m);
    monarch_apply_batch(m, 3, x, batch, work);
    for (size_t v = 0; v < 3; v++) {
        for (size_t i = 0; i < n; i++)
            one[i] = x[i * 3 + v];
        monarch_apply_plain(m, one, y);
        monarch_apply(packed, one, packed_y, work);
        for (size_t i = 0; i < n; i++) {
            long double sum = 0, size = 0;
            for (size_t q = 0; q < n; q++) {
                /* the entry itself is rounded once in a[]: take the product anew */
                size_t row = i / m->b, j = i % m->b, k = q / m->b, l = q % m->b;
                long double term = (long double)m->l[(j * m->c + row) * m->c + k] *
                                   m->r[(k * m->b + j) * m->b + l] * one[q];
                sum += lab_control(cell, "one_permutation") ? (long double)a[i * n + q] * one[q] : term;
                size += fabsl(term);
            }
            double unit = (double)size * u;
            off[0] = fmax(off[0], fabs((double)(y[i] - sum)) / unit);
            off[1] = fmax(off[1], fabs((double)(packed_y[i] - sum)) / unit);
            off[2] = fmax(off[2], fabs((double)(batch[i * 3 + v] - sum)) / unit);
        }
    }
    free(one);
    row_put(cell, m->b, "apply", off[0], bound);
    row_put(cell, m->b, "apply_packed", off[1], bound);
    row_put(cell, m->b, "apply_batch", off[2], bound);
    monarch_packed_free(packed);
    free(x);
    free(y);
    free(work);
    free(batch);
    free(packed_y);
}

/* The entries the two factors hold, counted on dense ones, against n (n/b + b); and 2 n^1.5 for b = c. */
static void check_parameters(struct lab_cell *cell, const struct monarch *m)
{
    size_t count = 0, formula = monarch_parameters(m->n, m->b);
    for (size_t i = 0; i < m->n; i++)
        for (size_t j = 0; j < m->n; j++)
            count += (size_t)(i / m->c == j / m->c) + (size_t)(i / m->b == j / m->b);
    double off = fabs((double)count - (double)formula);
    if (m->b == m->c)
        off += fabs((double)formula - 2 * pow((double)m->n, 1.5)) > 1e-9 * (double)formula;
    /* no other b has fewer: b + n/b >= 2 sqrt n */
    off += (double)formula < 2 * pow((double)m->n, 1.5) * (1 - 1e-12);
    row_put(cell, m->b, "parameters", off, 0);
}

/* M itself, projected. */
static void check_recovery(struct lab_cell *cell, const struct monarch *m, const double *a)
{
    size_t n = m->n;
    enum monarch_gather gather = lab_control(cell, "blocks") ? MONARCH_BLOCKS : MONARCH_SLICES;
    struct monarch *p = monarch_alloc(n, m->b);
    double *back = base_alloc(n * n, sizeof *back), energy = monarch_energy(n * n, a, NULL);
    row_put(cell, m->b, "recover", monarch_residual(n, m->b, a, NULL, gather) / energy, 1e-28);
    monarch_project(n, m->b, a, p);
    monarch_dense(p, back);
    row_put(cell, m->b, "recover_entries", largest_difference(n * n, a, back) / largest(n * n, a), 1e-12);
    free(back);
    monarch_free(p);
}

/* A Gaussian matrix, projected: distance, angle, gradient, neighbours. All in units of |A|^2. */
static void check_optimality(struct lab_cell *cell, size_t n, size_t b)
{
    size_t c = n / b;
    struct monarch *p = monarch_alloc(n, b), *near = monarch_alloc(n, b);
    double *a = base_alloc(n * n, sizeof *a), *d = base_alloc(n * n, sizeof *d),
           *z = base_alloc(n * n, sizeof *z);
    rng_normals(lab_rng(cell), a, n * n);
    double energy = monarch_energy(n * n, a, NULL), residual = monarch_project(n, b, a, p);
    if (lab_control(cell, "shifted")) { /* not the leading triples: their right vectors moved by one place */
        for (size_t i = 0; i < n * b; i++)
            near->r[i] = p->r[i / b * b + (i + 1) % b];
        memcpy(p->r, near->r, n * b * sizeof *p->r);
    }
    monarch_dense(p, d);
    double kept = monarch_energy(n * n, d, NULL);
    for (size_t i = 0; i < n * n; i++)
        d[i] = a[i] - d[i];
    double distance = monarch_energy(n * n, d, NULL);
    row_put(cell, b, "residual", fabs(distance - residual) / energy, 1e-12);
    row_put(cell, b, "pythagoras", fabs(energy - kept - distance) / energy, 1e-12);
    /* the derivative by L[j][i][k], that by R[k][j][l], over |A| times the largest entry of the other factor
     */
    double slope = 0;
    for (size_t i = 0; i < c; i++)
        for (size_t j = 0; j < b; j++)
            for (size_t k = 0; k < c; k++) {
                double sum = 0;
                for (size_t l = 0; l < b; l++)
                    sum += d[(i * b + j) * n + k * b + l] * p->r[(k * b + j) * b + l];
                slope = fmax(slope, fabs(sum) / (sqrt(energy) * largest(n * b, p->r)));
            }
    for (size_t k = 0; k < c; k++)
        for (size_t j = 0; j < b; j++)
            for (size_t l = 0; l < b; l++) {
                double sum = 0;
                for (size_t i = 0; i < c; i++)
                    sum += d[(i * b + j) * n + k * b + l] * p->l[(j * c + i) * c + k];
                slope = fmax(slope, fabs(sum) / (sqrt(energy) * largest(n * c, p->l)));
            }
    row_put(cell, b, "gradient", slope, 1e-12);
    double gain = 0;
    static const double steps[] = {1e-4, 1e-2, 0.1, 1};
    for (size_t s = 0; s < sizeof steps / sizeof *steps; s++) {
        monarch_draw(near, lab_rng(cell));
        for (size_t i = 0; i < n * c; i++)
            near->l[i] = p->l[i] + steps[s] * near->l[i];
        for (size_t i = 0; i < n * b; i++)
            near->r[i] = p->r[i] + steps[s] * near->r[i];
        monarch_dense(near, z);
        for (size_t i = 0; i < n * n; i++)
            z[i] = a[i] - z[i];
        gain = fmax(gain, distance - monarch_energy(n * n, z, NULL));
    }
    row_put(cell, b, "perturbed", gain / energy, 1e-12);
    free(a);
    free(d);
    free(z);
    monarch_free(p);
    monarch_free(near);
}

/* log |det A| by LU of the whole matrix: a Monarch matrix of one block. */
static double dense_log_determinant(size_t n, const double *a, int *sign)
{
    struct monarch *whole = monarch_alloc(n, n);
    memcpy(whole->r, a, n * n * sizeof *a);
    for (size_t i = 0; i < n; i++)
        whole->l[i] = 1;
    struct monarch_factors *f = monarch_factor(whole);
    double value = f ? monarch_log_determinant(f, sign) : -INFINITY;
    monarch_factors_free(f);
    monarch_free(whole);
    return value;
}

/* That of L alone: a wrong variant. */
static double left_log_determinant(const struct monarch *m)
{
    int sign;
    struct monarch *left = monarch_alloc(m->n, m->b);
    memcpy(left->l, m->l, m->n * m->c * sizeof *left->l);
    for (size_t i = 0; i < m->n; i++)
        left->r[i * m->b + i % m->b] = 1;
    struct monarch_factors *f = monarch_factor(left);
    double value = monarch_log_determinant(f, &sign);
    monarch_factors_free(f);
    monarch_free(left);
    return value;
}

static void check_inverse(struct lab_cell *cell, const struct monarch *m, const double *a)
{
    size_t n = m->n;
    int swapped = lab_control(cell, "swapped"), sign, dense_sign;
    double condition = monarch_condition(m);
    double *inverse = base_alloc(n * n, sizeof *inverse), *unit = base_alloc(n * n, sizeof *unit);
    double *x = base_alloc(n, sizeof *x), *y = base_alloc(n, sizeof *y), *z = base_alloc(n, sizeof *z),
           *work = base_alloc(n, sizeof *work);
    if (!swapped || m->b == m->c) {
        monarch_inverse(m, swapped, inverse);
        linalg_gemm('N', 'N', n, n, n, 1, inverse, a, 0, unit);
        for (size_t i = 0; i < n; i++)
            unit[i * n + i] -= 1;
        row_put(cell, m->b, "inverse", largest(n * n, unit), 100 * u * condition);
    }
    struct monarch_factors *f = monarch_factor(m);
    if (!f)
        lab_fail(cell, "a Gaussian block is singular");
    rng_normals(lab_rng(cell), x, n);
    linalg_gemm('N', 'N', n, 1, n, 1, a, x, 0, y);
    monarch_solve(f, y, z, work);
    row_put(cell, m->b, "solve", largest_difference(n, x, z) / largest(n, x), 100 * u * condition);
    double blocks = monarch_log_determinant(f, &sign), dense = dense_log_determinant(n, a, &dense_sign);
    /* backward errors of LU are of size n u |A|: they move log det by n u cond A at most, times a growth
     * factor */
    double bound = (1e-12 + 10 * u * condition) * (double)n;
    if (lab_control(cell, "half"))
        blocks = left_log_determinant(m);
    row_put(cell, m->b, "determinant", fabs(blocks - dense), bound);
    row_put(cell, m->b, "sign", sign != dense_sign, 0);
    monarch_factors_free(f);
    free(inverse);
    free(unit);
    free(x);
    free(y);
    free(z);
    free(work);
}

/* A random butterfly matrix, n = 2^s. */
static void check_butterfly(struct lab_cell *cell, size_t n)
{
    int log = monarch_log2(n), sign, dense_sign;
    if (log < 1)
        return;
    double *factor = base_alloc(2 * n * (size_t)log, sizeof *factor), *a = base_alloc(n * n, sizeof *a),
           *square = base_alloc(n, sizeof *square);
    monarch_butterfly_draw(n, lab_rng(cell), factor);
    monarch_butterfly_dense(n, factor, a);
    monarch_spectrum_precise(n, a, NULL, square);
    double condition = sqrt(square[0] / square[n - 1]), dense = dense_log_determinant(n, a, &dense_sign);
    for (size_t i = 3; lab_control(cell, "half") && i < 2 * n * (size_t)log; i += 4)
        factor[i] = -factor[i]; /* a d + b c */
    double sum = monarch_butterfly_log_determinant(n, factor, &sign);
    row_put(cell, n, "butterfly_determinant", fabs(sum - dense) + (sign != dense_sign),
            (1e-12 + 10 * u * condition) * (double)n);
    free(factor);
    free(a);
    free(square);
}

static void check_all(struct lab_cell *cell, size_t n, size_t b)
{
    struct monarch *m = monarch_alloc(n, b);
    double *a = base_alloc(n * n, sizeof *a), *product = base_alloc(n * n, sizeof *product);
    monarch_draw(m, lab_rng(cell));
    monarch_dense(m, a);
    monarch_dense_product(m, lab_control(cell, "one_permutation") ? 1 : 2, product);
    check_permutations(cell, b, n / b);
    row_put(cell, b, "entries", largest_difference(n * n, a, product) / largest(n * n, a), 4 * u);
    if (lab_control(cell, "one_permutation"))
        memcpy(a, product, n * n * sizeof *a);
    check_products(cell, m, a);
    check_parameters(cell, m);
    check_recovery(cell, m, a);
    check_optimality(cell, n, b);
    check_inverse(cell, m, a);
    free(a);
    free(product);
    monarch_free(m);
}

static void cell(struct lab_cell *cell)
{
    size_t n = (size_t)lab_integer(cell, "n"), b = 0;
    while (blocks_next(cell, &b))
        check_all(cell, n, b);
    check_butterfly(cell, n);
}

/* The worst of every check, as a part of its bound (the value itself where that is 0). */
static void summarize(struct lab *lab)
{
    for (size_t k = 0; k < sizeof checks / sizeof *checks; k++) {
        double worst = -1;
        for (size_t g = 0; g < lab_groups(lab); g++) {
            size_t rows;
            const double *part = lab_column(lab, g, "part", &rows),
                         *number = lab_column(lab, g, "number", &rows);
            for (size_t i = 0; i < rows; i++)
                if ((size_t)number[i] == k)
                    worst = isnan(part[i]) ? NAN : fmax(worst, part[i]);
        }
        if (!(worst < 0))
            lab_measure(lab, worst, 0, 0, "%s", checks[k]);
    }
}

static const struct lab_spec spec = {
    .name = "monarch/identities",
    .about = "Do the formulas for Monarch matrices hold, for every block size?",
    .axes = {{"n", "16,24,36,60,64,96,144,256", "16,24,36,60", "[1,1024]", "side of the matrix",
              AXIS_INTEGER},
             {"b", "all", NULL, "[1,inf)|all|square", "blocks of R: a divisor of n, all, square (its root)",
              AXIS_INTEGER}},
    .columns = "block,number,check,value,bound,part",
    .controls = "same_shape|one_permutation|blocks|shifted|swapped|half",
    .check = blocks_check,
    .cell = cell,
    .summarize = summarize,
};

int main(int argc, char **argv)
{
    return lab_main(&spec, argc, argv);
}
