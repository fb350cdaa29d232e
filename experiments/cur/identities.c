/* The algebra of CUR: where is S ~ F W^+ H exact, and what does the middle factor have to be?
 *
 * Source: kexue.fm/archives/9336 (U = K and V = Q give G = S^+; "G diagonal" for the SVD) and 10662 (the
 * block form, leverage scores, DEIM). Random matrices: products of normal factors for low rank, normal
 * entries for full rank. Errors are divided by u ||W|| ||F W^+|| ||W^+ H||/||F W^+ H||, what a perturbation
 * of W by a rounding error u = 2^-53 does to first order, so that the claims hold for matrices of any
 * condition. Finding: exact when rank W = rank S, provided the singular values that are rounding noise are
 * cut; for r < c the anchor queries are met and the anchor items are not.
 */
#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "choose.h"
#include "cur.h"
#include "linalg.h"

static double norm(size_t n, const double *x)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += x[i] * x[i];
    return sqrt(sum);
}

static double distance(size_t n, const double *x, const double *y)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += (x[i] - y[i]) * (x[i] - y[i]);
    return sqrt(sum);
}

/* S (m x n) of this rank; full rank: normal entries. */
static double *matrix_new(size_t m, size_t n, size_t rank, gsl_rng *rng)
{
    double *s = base_alloc(m * n, sizeof *s);
    if (rank >= (m < n ? m : n)) {
        rng_normals(rng, s, m * n);
        return s;
    }
    double *a = base_alloc((m + n) * rank, sizeof *a);
    rng_normals(rng, a, (m + n) * rank);
    linalg_gemm('N', 'N', m, n, rank, 1, a, a + m * rank, 0, s);
    free(a);
    return s;
}

struct fit {
    double error, relative; /* over the rounding bound; to ||S|| */
    double items, queries;  /* the same two for anchor columns: relative; and rows */
    double items_over, queries_over;
};

/* F W^+ H for S (m x n) with the first c of shuffled columns and r of shuffled rows. */
static struct fit fit_of(size_t m, size_t n, const double *s, size_t r, size_t c, double rcond, gsl_rng *rng)
{
    size_t *row = base_alloc(r, sizeof *row), *column = base_alloc(c, sizeof *column);
    choose_random(m, r, rng, row);
    choose_random(n, c, rng, column);
    double *w = cur_gather(s, n, r, row, c, column), *f = cur_gather(s, n, m, NULL, c, column);
    double *h = cur_gather(s, n, r, row, n, NULL), *plus = base_alloc(c * r, sizeof *plus);
    double *left = base_alloc(m * r, sizeof *left), *right = base_alloc(c * n, sizeof *right);
    double *a = base_alloc(m * n, sizeof *a), *values = base_alloc(r < c ? r : c, sizeof *values);
    linalg_pinv(r, c, w, rcond, plus);
    linalg_svd(r, c, w, values, NULL, NULL);
    linalg_gemm('N', 'N', m, r, c, 1, f, plus, 0, left);
    linalg_gemm('N', 'N', c, n, r, 1, plus, h, 0, right);
    linalg_gemm('N', 'N', m, n, c, 1, f, right, 0, a);
    double bound = 0.5 * DBL_EPSILON * values[0] * norm(m * r, left) * norm(c * n, right);
    double *items = cur_gather(a, n, m, NULL, c, column), *queries = cur_gather(a, n, r, row, n, NULL);
    struct fit fit = {.error = distance(m * n, s, a) / bound,
                      .relative = distance(m * n, s, a) / norm(m * n, s),
                      .items = distance(m * c, f, items) / norm(m * c, f),
                      .queries = distance(r * n, h, queries) / norm(r * n, h),
                      .items_over = distance(m * c, f, items) / bound,
                      .queries_over = distance(r * n, h, queries) / bound};
    free(row);
    free(column);
    free(w);
    free(f);
    free(h);
    free(plus);
    free(left);
    free(right);
    free(a);
    free(values);
    free(items);
    free(queries);
    return fit;
}

/* U = K, V = Q: S S^+ S = S; G = S^-1 if S is invertible; if not, S^+ + (1 - S^+ S) Z solves S G S = S as
 * well. */
static void put_full(struct lab_cell *cell, size_t m, size_t n, size_t rank)
{
    gsl_rng *rng = lab_rng(cell);
    size_t sizes[3][3] = {{m, m, m}, {m, m, rank}, {m, n, rank}};
    double identity = 0, inverse = 0, other = 0, least = INFINITY;
    for (size_t t = 0; t < 3; t++) {
        size_t a = sizes[t][0], b = sizes[t][1];
        double *s = matrix_new(a, b, sizes[t][2], rng), *g = base_alloc(a * b, sizeof *g);
        double *values = base_alloc(a < b ? a : b, sizeof *values), *z = base_alloc(a * b, sizeof *z);
        double *product = base_alloc(a * a + b * b, sizeof *product), *back = base_alloc(a * b, sizeof *back);
        size_t kept = linalg_pinv(a, b, s, 1e-10, g);
        if (lab_control(cell, "transposed") && a == b) {
            double *turned = choose_transpose(a, b, g);
            memcpy(g, turned, a * b * sizeof *g);
            free(turned);
        }
        linalg_svd(a, b, s, values, NULL, NULL);
        double condition = values[0] / values[kept - 1];
        linalg_gemm('N', 'N', a, a, b, 1, s, g, 0, product);
        linalg_gemm('N', 'N', a, b, a, 1, product, s, 0, back);
        identity = fmax(identity, distance(a * b, s, back) / norm(a * b, s) / condition);
        if (t == 0) {
            double *unit = base_alloc(a * a, sizeof *unit);
            for (size_t i = 0; i < a; i++)
                unit[i * a + i] = 1;
            if (linalg_solve(a, a, s, unit))
                lab_fail(cell, "a random matrix is singular");
            inverse = distance(a * a, unit, g) / norm(a * a, g) / condition;
            free(unit);
        } else if (kept < b) { /* another generalized inverse, [b][a] */
            double *more = base_alloc(a * b, sizeof *more);
            rng_normals(rng, z, a * b);
            linalg_gemm('N', 'N', b, b, a, 1, g, s, 0, product);
            memcpy(more, z, a * b * sizeof *more);
            linalg_gemm('N', 'N', b, a, b, -1, product, z, 1, more);
            for (size_t i = 0; i < a * b; i++)
                more[i] += g[i];
            linalg_gemm('N', 'N', a, a, b, 1, s, more, 0, product);
            linalg_gemm('N', 'N', a, b, a, 1, product, s, 0, back);
            other =
                fmax(other, distance(a * b, s, back) / (norm(a * b, s) * norm(a * b, s) * norm(a * b, more)));
            least = fmin(least, norm(a * b, more) / norm(a * b, g));
            free(more);
        }
        free(s);
        free(g);
        free(values);
        free(z);
        free(product);
        free(back);
    }
    lab_put(cell, "full", identity);
    lab_put(cell, "inverse", inverse);
    lab_put(cell, "other_inverse", other);
    lab_put(cell, "other_norm", least);
}

/* Leverage scores of a matrix of this rank; DEIM on all its right singular vectors. */
static void put_scores(struct lab_cell *cell, size_t m, size_t n, size_t rank)
{
    size_t k = m < n ? m : n, gamma = 0, repeated = 0, *chosen = base_alloc(k, sizeof *chosen);
    double *s = matrix_new(m, n, rank, lab_rng(cell)), *vt = base_alloc(k * n, sizeof *vt);
    double *values = base_alloc(k, sizeof *values), *weight = base_alloc(n, sizeof *weight), sum = 0,
           outside = 0, rest;
    linalg_svd(m, n, s, values, NULL, vt);
    while (gamma < k && values[gamma] > 1e-10 * values[0])
        gamma++;
    if (lab_control(cell, "unnormalized")) /* rows of V Sigma: energies, not leverages */
        for (size_t i = 0; i < k * n; i++)
            vt[i] *= values[i / n];
    choose_leverage(n, gamma, vt, weight);
    for (size_t i = 0; i < n; i++) {
        sum += weight[i];
        outside = fmax(outside, fmax(-weight[i], weight[i] - 1));
    }
    lab_put(cell, "leverage_sum", fabs(sum - (double)gamma));
    lab_put(cell, "leverage_outside", outside);
    if (lab_control(cell, "uncorrected")) { /* the largest entry of each vector, without the residual */
        for (size_t j = 0; j < gamma; j++) {
            double *size = base_alloc(n, sizeof *size);
            for (size_t i = 0; i < n; i++)
                size[i] = fabs(vt[j * n + i]);
            choose_largest(n, size, 1, chosen + j);
            free(size);
        }
        rest = 1;
    } else {
        choose_deim(n, vt, gamma, chosen, &rest);
    }
    for (size_t i = 0; i < gamma; i++)
        for (size_t j = 0; j < i; j++)
            repeated += chosen[i] == chosen[j];
    lab_put(cell, "deim_rest", rest);
    lab_put(cell, "deim_repeated", (double)repeated);
    free(chosen);
    free(s);
    free(vt);
    free(values);
    free(weight);
}

/* F = U_t Sigma_t X and H = X^-1 V_t^T, middle factor the identity, are as good as the SVD at t = rank/2, and
 * F's columns are far from orthogonal. */
static void put_diagonal(struct lab_cell *cell, size_t m, size_t n, size_t t)
{
    gsl_rng *rng = lab_rng(cell);
    size_t k = m < n ? m : n;
    double *s = matrix_new(m, n, k, rng), *u = base_alloc(m * k, sizeof *u),
           *vt = base_alloc(k * n, sizeof *vt);
    double *values = base_alloc(k, sizeof *values), *x = base_alloc(t * t, sizeof *x), tail = 0, energy = 0;
    double *f = base_alloc(m * t, sizeof *f), *h = base_alloc(t * n, sizeof *h),
           *a = base_alloc(m * n, sizeof *a);
    double *middle = base_alloc(t, sizeof *middle);
    linalg_svd(m, n, s, values, u, vt);
    rng_normals(rng, x, t * t);
    for (size_t j = 0; j < t; j++) {
        middle[j] = 0.5 + gsl_rng_uniform(rng);
        x[j * t + j] += 2 * sqrt((double)t); /* well away from singular */
    }
    double *left = cur_gather(u, k, m, NULL, t, NULL);
    for (size_t i = 0; i < m * t; i++)
        left[i] *= values[i % t];
    linalg_gemm('N', 'N', m, t, t, 1, left, x, 0, f);
    memcpy(h, vt, t * n * sizeof *h);
    if (linalg_solve(t, n, x, h))
        lab_fail(cell, "a random matrix is singular");
    for (size_t i = 0; i < t * n; i++) /* F D (D^-1 X^-1 V^T): a diagonal middle that is not the identity */
        h[i] /= middle[i / n];
    for (size_t i = 0; i < m * t; i++)
        left[i] = f[i] * (lab_control(cell, "undone") ? 1 : middle[i % t]);
    linalg_gemm('N', 'N', m, n, t, 1, left, h, 0, a);
    double correlated = 0;
    for (size_t p = 0; p < t; p++)
        for (size_t q = 0; q < p; q++) {
            double pq = 0, pp = 0, qq = 0;
            for (size_t i = 0; i < m; i++) {
                pq += f[i * t + p] * f[i * t + q];
                pp += f[i * t + p] * f[i * t + p];
                qq += f[i * t + q] * f[i * t + q];
            }
            correlated = fmax(correlated, fabs(pq) / sqrt(pp * qq));
        }
    for (size_t j = 0; j < k; j++) {
        energy += values[j] * values[j];
        tail += j >= t ? values[j] * values[j] : 0;
    }
    lab_put(cell, "diagonal", fabs(pow(distance(m * n, s, a), 2) - tail) / energy);
    lab_put(cell, "diagonal_correlation", correlated);
    free(s);
    free(u);
    free(vt);
    free(values);
    free(x);
    free(f);
    free(h);
    free(a);
    free(middle);
    free(left);
}

static void cell(struct lab_cell *cell)
{
    size_t m = (size_t)lab_integer(cell, "m"), n = (size_t)lab_integer(cell, "n"),
           r = (size_t)lab_integer(cell, "r");
    size_t c = (size_t)lab_integer(cell, "c"), rank = (size_t)lab_integer(cell, "rank"), few = r < c ? r : c;
    gsl_rng *rng = lab_rng(cell);
    double *low = matrix_new(m, n, rank, rng), *full = matrix_new(m, n, m + n, rng);
    struct fit fit = fit_of(m, n, low, r, c, lab_control(cell, "plain") ? 0 : 1e-10, rng);
    lab_put(cell, "exact", fit.error);
    lab_put(cell, "untruncated", few > rank ? fit_of(m, n, low, r, c, 0, rng).relative : NAN);
    fit = fit_of(m, n, full, few, few, lab_control(cell, "cut") ? 0.5 : 0, rng);
    lab_put(cell, "square", fmax(fit.items_over, fit.queries_over));
    size_t more = few + (r != c ? (r > c ? r - c : c - r) : 1);
    if (more <= m && more <= n) {
        fit = fit_of(m, n, full, more, few, lab_control(cell, "cut") ? 0.5 : 0, rng); /* r > c */
        lab_put(cell, "items_met", fit.items_over);
        lab_put(cell, "queries_missed", fit.queries);
        fit = fit_of(m, n, full, few, more, lab_control(cell, "cut") ? 0.5 : 0, rng); /* r < c */
        lab_put(cell, "queries_met", fit.queries_over);
        lab_put(cell, "items_missed", fit.items);
    }
    put_full(cell, m, n, rank);
    put_scores(cell, m, n, rank);
    if (rank >= 2)
        put_diagonal(cell, m, n, rank / 2 > 1 ? rank / 2 : 2);
    free(low);
    free(full);
}

static char *check(const struct lab_cell *cell)
{
    long m = lab_integer(cell, "m"), n = lab_integer(cell, "n"), r = lab_integer(cell, "r"),
         c = lab_integer(cell, "c");
    long rank = lab_integer(cell, "rank");
    if (r > m || c > n || c > m || r > n)
        return base_format("r = %ld and c = %ld anchors; give at most m and n", r, c);
    if (rank > r || rank > c)
        return base_format("rank = %ld; give at most r and c, else W has not the rank of S", rank);
    if (rank >= m || rank >= n)
        return base_format("rank = %ld; give less than m and n", rank);
    return NULL;
}

static void summarize(struct lab *lab)
{
    static const char *const largest[] = {
        "exact",         "square",       "items_met",        "queries_met", "full",          "inverse",
        "other_inverse", "leverage_sum", "leverage_outside", "deim_rest",   "deim_repeated", "diagonal"};
    static const char *const smallest[] = {"untruncated", "queries_missed", "items_missed", "other_norm",
                                           "diagonal_correlation"};
    for (size_t i = 0; i < sizeof largest / sizeof *largest + sizeof smallest / sizeof *smallest; i++) {
        int high = i < sizeof largest / sizeof *largest;
        const char *name = high ? largest[i] : smallest[i - sizeof largest / sizeof *largest];
        double value = high ? -INFINITY : INFINITY;
        for (size_t g = 0; g < lab_groups(lab); g++) {
            size_t count;
            const double *x = lab_column(lab, g, name, &count);
            for (size_t k = 0; k < count; k++)
                if (!isnan(x[k]))
                    value = high ? fmax(value, x[k]) : fmin(value, x[k]);
        }
        if (isfinite(value))
            lab_measure(lab, value, 0, 0, "%s", name);
    }
}

static const struct lab_spec spec = {
    .name = "cur/identities",
    .about = "Where is F W^+ H exact? Identities of CUR on random matrices",
    .axes = {{"m", "40,60,200", "40,60", "[3,2000]", "Rows of S", AXIS_INTEGER},
             {"n", "50,90,300", "50,90", "[3,2000]", "Columns of S", AXIS_INTEGER},
             {"rank", "1,8", NULL, "[1,1000]", "Rank of the low-rank S", AXIS_INTEGER},
             {"r", "12,25", NULL, "[1,1000]", "Anchor rows", AXIS_INTEGER},
             {"c", "10,20", NULL, "[1,1000]", "Anchor columns", AXIS_INTEGER},
             {"replicate", "0:9", "0:4", "[0,inf)", "Replicate", AXIS_INTEGER}},
    .columns =
        "exact,untruncated,square,items_met,queries_met,queries_missed,items_missed,full,inverse,other_"
        "inverse,"
        "other_norm,leverage_sum,leverage_outside,deim_rest,deim_repeated,diagonal,diagonal_correlation",
    .fold = "replicate",
    .controls = "plain|cut|transposed|unnormalized|uncorrected|undone",
    .check = check,
    .cell = cell,
    .summarize = summarize,
};

int main(int argc, char **argv)
{
    return lab_main(&spec, argc, argv);
}
