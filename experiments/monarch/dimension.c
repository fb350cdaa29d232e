/* How many dimensions have the Monarch matrices, and the butterfly matrices, of side n?
 *
 * Source: kexue.fm/archives/10249 ("at most 2 n^1.5 free parameters"; butterflies strictly inside for n >
 * 512). The dimension of a parametrized variety is the rank of its Jacobian at a generic point: singular
 * values of the n^2 x (parameters) matrix of derivatives, at random factors. Each of the n slices u v^T can
 * pass a number from u to v, so M(b,n) has n (n/b + b - 1) dimensions: for n = b^2 exactly those of matrices
 * of rank b, b (2 n - b). Butterflies: 2 n log2 n parameters, n (log2 n - 1) scales between factors,
 * dimension n (log2 n + 1).
 * Finding: the inclusion is strict from n = 8 on, for every b from 2 to n/2; for n = 4 the two sets
 * coincide.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "blocks.h"
#include "lab.h"
#include "linalg.h"
#include "monarch.h"

enum { VALUES_MAX = 1 << 23 /* doubles in a Jacobian */ };

/* Entries of size 1/2 to 3/2 with random signs: far from the singular points of the variety. */
static void generic_draw(gsl_rng *rng, size_t count, double *a)
{
    for (size_t i = 0; i < count; i++)
        a[i] = (gsl_rng_get(rng) & 1 ? 1 : -1) * (0.5 + gsl_rng_uniform(rng));
}

/* Rows: entries of M; columns: L, then R. From M[(i,j),(k,l)] = L[j][i][k] R[k][j][l]; or M = L P R. */
static double *monarch_jacobian(gsl_rng *rng, size_t n, size_t b, size_t *parameters)
{
    size_t c = n / b, count = monarch_parameters(n, b);
    struct monarch *m = monarch_alloc(n, b);
    double *jacobian = base_alloc(n * n * count, sizeof *jacobian);
    generic_draw(rng, n * c, m->l);
    generic_draw(rng, n * b, m->r);
    for (size_t i = 0; i < c; i++)
        for (size_t j = 0; j < b; j++)
            for (size_t k = 0; k < c; k++)
                for (size_t l = 0; l < b; l++) {
                    size_t left = (j * c + i) * c + k, right = (k * b + j) * b + l;
                    double *row = jacobian + ((i * b + j) * n + k * b + l) * count;
                    row[left] = m->r[right];
                    row[n * c + right] = m->l[left];
                }
    monarch_free(m);
    *parameters = count;
    return jacobian;
}

/* Column t of the Jacobian: the butterfly with coefficient t set to 1 and the others of its factor to 0,
 * since the matrix is linear in the entries of one factor. */
static double *butterfly_jacobian(gsl_rng *rng, size_t n, size_t *parameters)
{
    size_t count = 2 * n * (size_t)monarch_log2(n);
    double *factor = base_alloc(count, sizeof *factor), *one = base_alloc(count, sizeof *one);
    double *jacobian = base_alloc(n * n * count, sizeof *jacobian), *a = base_alloc(n * n, sizeof *a);
    generic_draw(rng, count, factor);
    for (size_t t = 0; t < count; t++) {
        memcpy(one, factor, count * sizeof *one);
        memset(one + t / (2 * n) * 2 * n, 0, 2 * n * sizeof *one);
        one[t] = 1;
        monarch_butterfly_dense(n, one, a);
        for (size_t i = 0; i < n * n; i++)
            jacobian[i * count + t] = a[i];
    }
    free(factor);
    free(one);
    free(a);
    *parameters = count;
    return jacobian;
}

/* The rank at the widest gap of the singular values, and that gap. */
static size_t rank_of(size_t rows, size_t columns, const double *a, double *above, double *below)
{
    size_t least = rows < columns ? rows : columns, rank = 0;
    double *s = base_alloc(least, sizeof *s);
    linalg_svd(rows, columns, a, s, NULL, NULL);
    while (rank < least && s[rank] > 1e-10 * s[0])
        rank++;
    *above = s[rank - 1] / s[0], *below = rank < least ? s[rank] / s[0] : 0;
    free(s);
    return rank;
}

static void row_put(struct lab_cell *cell, size_t block, size_t parameters, size_t formula,
                    const double *jacobian)
{
    size_t n = (size_t)lab_integer(cell, "n");
    double above, below;
    size_t rank = rank_of(n * n, parameters, jacobian, &above, &below);
    lab_put(cell, "block", (double)block);
    lab_put(cell, "parameters", (double)parameters);
    lab_put(cell, "dimension", (double)rank);
    lab_put(cell, "formula", lab_control(cell, "parameters") ? (double)parameters : (double)formula);
    lab_put(cell, "least", above);
    lab_put(cell, "rest", below);
    lab_next_row(cell);
}

static void cell(struct lab_cell *cell)
{
    size_t n = (size_t)lab_integer(cell, "n"), b = 0, parameters;
    double *jacobian;
    if (lab_is(cell, "class", "butterfly")) {
        if (monarch_log2(n) < 1)
            return;
        jacobian = butterfly_jacobian(lab_rng(cell), n, &parameters);
        row_put(cell, 0, parameters, n * ((size_t)monarch_log2(n) + 1), jacobian);
        free(jacobian);
        return;
    }
    while (blocks_next(cell, &b)) {
        jacobian = monarch_jacobian(lab_rng(cell), n, b, &parameters);
        row_put(cell, b, parameters, monarch_dimension(n, b), jacobian);
        free(jacobian);
    }
}

/* How many ranks differ from their formula, the least gap, the ranks themselves; is every inclusion strict?
 */
static void summarize(struct lab *lab)
{
    long off[2] = {0}, seen[2] = {0};
    double least = INFINITY, rest = 0;
    int one = lab_axis_values(lab, "b")->count == 1;
    for (size_t g = 0; g < lab_groups(lab); g++) {
        const struct lab_cell *c = lab_group(lab, g);
        int butterfly = lab_is(c, "class", "butterfly");
        size_t rows;
        const double *rank = lab_column(lab, g, "dimension", &rows),
                     *formula = lab_column(lab, g, "formula", &rows);
        const double *above = lab_column(lab, g, "least", &rows), *below = lab_column(lab, g, "rest", &rows);
        const double *block = lab_column(lab, g, "block", &rows);
        for (size_t i = 0; i < rows; i++) {
            off[butterfly] += rank[i] != formula[i];
            seen[butterfly]++;
            least = fmin(least, above[i]), rest = fmax(rest, below[i]);
            static const double asked[][2] = {{4, 2}, {8, 2}, {16, 4}, {24, 4}, {24, 8}};
            double n = (double)lab_integer(c, "n");
            for (size_t k = 0; !butterfly && one && k < sizeof asked / sizeof *asked; k++)
                if (n == asked[k][0] && block[i] == asked[k][1])
                    lab_measure(lab, rank[i], 0, 0, "monarch.%g.%g", n, block[i]);
            if (butterfly && one && (n == 4 || n == 8 || n == 16 || n == 32))
                lab_measure(lab, rank[i], 0, 0, "butterfly.%g", n);
        }
    }
    if (seen[0])
        lab_measure(lab, (double)off[0], 0, 0, "monarch_off");
    if (seen[1])
        lab_measure(lab, (double)off[1], 0, 0, "butterfly_off");
    lab_measure(lab, least, 0, 0, "least_value");
    lab_measure(lab, rest, 0, 0, "rest_value");
    /* the formulas for n up to 2^40: the least of n/b + b - 1 - (log2 n + 1) over 2 <= b <= n/2, and at n =
     * 4 */
    double margin = INFINITY;
    for (int s = 3; s <= 40; s++)
        for (int t = 1; t < s; t++)
            margin = fmin(margin, ldexp(1, s - t) + ldexp(1, t) - 1 -
                                      (lab_run_control(lab, "parameters") ? 2 * s : s + 1));
    lab_measure(lab, margin, 0, 0, "strict_margin");
}

static char *check(const struct lab_cell *cell)
{
    long n = lab_integer(cell, "n");
    size_t b = 0, most = 0;
    char *why = blocks_check(cell);
    if (why)
        return why;
    if (lab_is(cell, "class", "butterfly")) {
        if (monarch_log2((size_t)n) < 1)
            return NULL; /* no rows: there are butterfly matrices of powers of 2 only */
        most = 2 * (size_t)n * (size_t)monarch_log2((size_t)n);
    }
    while (!lab_is(cell, "class", "butterfly") && blocks_next(cell, &b))
        most = monarch_parameters((size_t)n, b) > most ? monarch_parameters((size_t)n, b) : most;
    if ((double)n * (double)n * (double)most > VALUES_MAX)
        return base_format("--n %ld: a Jacobian of %.3g values; at most %d are accepted", n,
                           (double)n * (double)n * (double)most, VALUES_MAX);
    return NULL;
}

static const struct lab_spec spec = {
    .name = "monarch/dimension",
    .about = "How many dimensions have the Monarch and the butterfly matrices of side n?",
    .axes = {{"class", "monarch,butterfly", NULL, "monarch|butterfly", "which matrices", AXIS_WORD},
             {"n", "4,8,16,24,32", "4,8,16,24", "[2,4096]", "side of the matrix", AXIS_INTEGER},
             {"b", "all", NULL, "[1,inf)|all|square", "blocks of R: a divisor of n, all, square (its root)",
              AXIS_INTEGER}},
    .columns = "block,parameters,dimension,formula,least,rest",
    .controls = "parameters",
    .check = check,
    .cell = cell,
    .summarize = summarize,
};

int main(int argc, char **argv)
{
    return lab_main(&spec, argc, argv);
}
