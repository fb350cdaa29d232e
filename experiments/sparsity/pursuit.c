#include "pursuit.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base.h"
#include "linalg.h"

/* Steps between fresh inverses, and without progress before Bland's rule. */
enum { REFRESH = 64, PATIENCE = 200 };

int pursuit_least_squares(size_t m, size_t n, const double *a, const double *b, double *x)
{
    double *g = base_alloc(m * m, sizeof *g), *y = base_alloc(m, sizeof *y);
    linalg_gram(m, n, a, g);
    memcpy(y, b, m * sizeof *y);
    int status = linalg_solve(m, 1, g, y);
    if (!status)
        linalg_gemm('T', 'N', n, 1, m, 1, a, y, 0, x);
    free(g);
    free(y);
    return status;
}

/* Variables 0 ... n-1 are u, n ... 2n-1 are v. */
struct simplex {
    size_t m, n;
    const double *a, *b, *w; /* w may be NULL */
    double *column;          /* n x m: the columns of A as rows */
    size_t *basis;           /* m: which variable each row of the inverse belongs to */
    double *inverse;         /* m x m */
    double *value;           /* m: of the basic variables, >= 0 but for rounding */
    double *price, *cut;     /* m: multipliers y; the entering column in terms of the basis */
    double *matrix;          /* m x m, to factor */
};

static double cost_of(const struct simplex *s, size_t variable)
{
    double w = s->w ? s->w[variable % s->n] : 0;
    return variable < s->n ? 1 - w : 1 + w;
}

static double sign_of(const struct simplex *s, size_t variable)
{
    return variable < s->n ? 1 : -1;
}

static double dot(const double *x, const double *y, size_t n)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += x[i] * y[i];
    return sum;
}

/* The inverse and the values anew from the basis. Returns 0, or -1 when it is singular. */
static int refresh(struct simplex *s)
{
    size_t m = s->m;
    for (size_t k = 0; k < m; k++)
        for (size_t i = 0; i < m; i++)
            s->matrix[i * m + k] = sign_of(s, s->basis[k]) * s->column[(s->basis[k] % s->n) * m + i];
    memset(s->inverse, 0, m * m * sizeof *s->inverse);
    for (size_t k = 0; k < m; k++)
        s->inverse[k * m + k] = 1;
    if (linalg_solve(m, m, s->matrix, s->inverse))
        return -1;
    linalg_gemm('N', 'N', m, 1, m, 1, s->inverse, s->b, 0, s->value);
    return 0;
}

static int larger(const void *a, const void *b)
{
    double x = **(const double *const *)a, y = **(const double *const *)b;
    return (x < y) - (x > y);
}

/* The columns of the m largest entries of the least-squares solution, each with the sign that makes its value
 * >= 0. */
static int start(struct simplex *s)
{
    double *x = base_alloc(s->n, sizeof *x), **order = base_alloc(s->n, sizeof *order);
    int status = pursuit_least_squares(s->m, s->n, s->a, s->b, x);
    for (size_t j = 0; j < s->n; j++) {
        x[j] = fabs(x[j]);
        order[j] = &x[j];
    }
    qsort(order, s->n, sizeof *order, larger);
    for (size_t k = 0; k < s->m; k++)
        s->basis[k] = (size_t)(order[k] - x);
    free(x);
    free(order);
    if (status || refresh(s))
        return -1;
    for (size_t k = 0; k < s->m; k++)
        if (s->value[k] < 0)
            s->basis[k] += s->n;
    return refresh(s);
}

/* The variable to enter: the most negative reduced cost, or by Bland's rule the first; 2n when there is
 * none. */
static size_t find_entering(struct simplex *s, int bland)
{
    size_t best = 2 * s->n;
    double least = -1e-9;
    memset(s->price, 0, s->m * sizeof *s->price);
    for (size_t k = 0; k < s->m; k++)
        for (size_t i = 0; i < s->m; i++)
            s->price[i] += cost_of(s, s->basis[k]) * s->inverse[k * s->m + i];
    for (size_t variable = 0; variable < 2 * s->n; variable++) {
        double product = dot(s->column + (variable % s->n) * s->m, s->price, s->m);
        double reduced = cost_of(s, variable) - sign_of(s, variable) * product;
        if (reduced < least) {
            best = variable;
            if (bland)
                break;
            least = reduced;
        }
    }
    return best;
}

/* The row to leave, m when there is none; the step in *step. */
static size_t find_leaving(struct simplex *s, size_t entering, int bland, double *step)
{
    size_t best = s->m;
    const double *column = s->column + (entering % s->n) * s->m;
    for (size_t k = 0; k < s->m; k++)
        s->cut[k] = sign_of(s, entering) * dot(s->inverse + k * s->m, column, s->m);
    for (size_t k = 0; k < s->m; k++) {
        if (s->cut[k] <= 1e-9)
            continue;
        double ratio = fmax(0, s->value[k]) / s->cut[k];
        int tie = best < s->m && fabs(ratio - *step) <= 1e-12 * (1 + *step);
        if (best == s->m || (!tie && ratio < *step) ||
            (tie && (bland ? s->basis[k] < s->basis[best] : s->cut[k] > s->cut[best]))) {
            best = k;
            *step = ratio;
        }
    }
    return best;
}

static void exchange(struct simplex *s, size_t row, size_t entering, double step)
{
    size_t m = s->m;
    double *pivot = s->inverse + row * m, scale = 1 / s->cut[row];
    for (size_t i = 0; i < m; i++)
        pivot[i] *= scale;
    for (size_t k = 0; k < m; k++) {
        if (k == row)
            continue;
        for (size_t i = 0; i < m; i++)
            s->inverse[k * m + i] -= s->cut[k] * pivot[i];
        s->value[k] -= step * s->cut[k];
    }
    s->value[row] = step;
    s->basis[row] = entering;
}

static int walk(struct simplex *s)
{
    long still = 0, most = 200 * (long)(s->m + s->n);
    for (long k = 1; k <= most; k++) {
        int bland = still > PATIENCE;
        double step = 0;
        size_t entering = find_entering(s, bland);
        if (entering == 2 * s->n) {
            if (k % REFRESH == 1)
                return 0;
            if (refresh(s)) /* is it the end by the fresh inverse, too? */
                return -1;
            if (find_entering(s, bland) == 2 * s->n)
                return 0;
            continue;
        }
        size_t row = find_leaving(s, entering, bland, &step);
        if (row == s->m)
            return -1;
        still = step > 1e-12 ? 0 : still + 1;
        exchange(s, row, entering, step);
        if (k % REFRESH == 0 && refresh(s))
            return -1;
    }
    return -1;
}

int pursuit_l1(size_t m, size_t n, const double *a, const double *b, const double *w, double *x)
{
    struct simplex s = {.m = m, .n = n, .a = a, .b = b, .w = w};
    double *memory = base_alloc(m * n + 2 * m * m + 3 * m, sizeof *memory);
    s.column = memory, s.inverse = s.column + m * n, s.matrix = s.inverse + m * m;
    s.value = s.matrix + m * m, s.price = s.value + m, s.cut = s.price + m;
    s.basis = base_alloc(m, sizeof *s.basis);
    for (size_t i = 0; i < m; i++)
        for (size_t j = 0; j < n; j++)
            s.column[j * m + i] = a[i * n + j];
    int status = start(&s);
    if (!status)
        status = walk(&s);
    memset(x, 0, n * sizeof *x);
    for (size_t k = 0; k < m; k++)
        x[s.basis[k] % n] += sign_of(&s, s.basis[k]) * s.value[k];
    free(memory);
    free(s.basis);
    return status;
}

/* |x|_1 / |x|_2^k */
static double norms(const double *x, size_t n, int k)
{
    double one = 0, two = 0;
    for (size_t j = 0; j < n; j++) {
        one += fabs(x[j]);
        two += x[j] * x[j];
    }
    return one / (k == 1 ? sqrt(two) : two);
}

int pursuit_ratio(size_t m, size_t n, const double *a, const double *b, int steps, double *x)
{
    double *w = base_alloc(n, sizeof *w), *next = base_alloc(n, sizeof *next);
    int taken = 0;
    while (taken < steps) {
        double factor = norms(x, n, 2);
        for (size_t j = 0; j < n; j++)
            w[j] = factor * x[j];
        if (pursuit_l1(m, n, a, b, w, next) || !(norms(next, n, 1) < (1 - 1e-7) * norms(x, n, 1)))
            break;
        memcpy(x, next, n * sizeof *x);
        taken++;
    }
    free(w);
    free(next);
    return taken;
}
