#include "choose.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base.h"
#include "kmeans.h"
#include "linalg.h"

void choose_stride(size_t n, size_t step, size_t count, size_t *chosen)
{
    size_t a, b;
    do { /* Euclid */
        a = n;
        b = step++;
        while (b) {
            size_t rest = a % b;
            a = b;
            b = rest;
        }
    } while (a != 1);
    step = (step - 1) % n;
    for (size_t i = 0, at = 0; i < count; i++, at = (at + step) % n)
        chosen[i] = at;
}

void choose_random(size_t n, size_t count, gsl_rng *rng, size_t *chosen)
{
    size_t *all = base_alloc(n, sizeof *all);
    for (size_t i = 0; i < n; i++)
        all[i] = i;
    for (size_t i = 0; i < count; i++) { /* the start of a shuffle: in random order */
        size_t j = i + gsl_rng_uniform_int(rng, n - i), kept = all[i];
        chosen[i] = all[j];
        all[j] = kept;
    }
    free(all);
}

void choose_largest(size_t n, const double *weight, size_t count, size_t *chosen)
{
    unsigned char *taken = base_alloc(n, 1);
    for (size_t i = 0; i < count; i++) {
        size_t best = n;
        for (size_t j = 0; j < n; j++)
            if (!taken[j] && (best == n || weight[j] > weight[best]))
                best = j;
        taken[best] = 1;
        chosen[i] = best;
    }
    free(taken);
}

void choose_norms(size_t m, size_t n, const double *s, double *weight)
{
    memset(weight, 0, n * sizeof *weight);
    for (size_t i = 0; i < m; i++)
        for (size_t j = 0; j < n; j++)
            weight[j] += s[i * n + j] * s[i * n + j];
}

void choose_leverage(size_t n, size_t gamma, const double *vt, double *weight)
{
    choose_norms(gamma, n, vt, weight);
}

/* What is left of column j of S beyond the i orthonormal rows of q, into rest[m]; returns its squared norm.
 */
static double column_rest(size_t m, size_t n, const double *s, size_t j, size_t i, const double *q,
                          double *rest)
{
    double norm = 0;
    for (size_t k = 0; k < m; k++)
        rest[k] = s[k * n + j];
    for (int pass = 0; pass < 2; pass++) /* twice is enough (Kahan and Parlett) */
        for (size_t p = 0; p < i; p++) {
            double dot = 0;
            for (size_t k = 0; k < m; k++)
                dot += q[p * m + k] * rest[k];
            for (size_t k = 0; k < m; k++)
                rest[k] -= dot * q[p * m + k];
        }
    for (size_t k = 0; k < m; k++)
        norm += rest[k] * rest[k];
    return norm;
}

void choose_qr(size_t m, size_t n, const double *s, size_t count, size_t *chosen)
{
    double *q = base_alloc(count * m, sizeof *q), *rest = base_alloc(n, sizeof *rest);
    double *part = base_alloc(n, sizeof *part);
    unsigned char *taken = base_alloc(n, 1), *exact = base_alloc(n, 1);
    choose_norms(m, n, s, rest);
    for (size_t i = 0; i < count; i++) {
        /* rest[] is downdated and may have lost its digits: that of a candidate is computed anew before it is
         * taken, until the largest one is exact */
        size_t best;
        double *column = q + i * m;
        memset(exact, 0, n);
        do {
            best = n;
            for (size_t j = 0; j < n; j++)
                if (!taken[j] && (best == n || rest[j] > rest[best]))
                    best = j;
            rest[best] = column_rest(m, n, s, best, i, q, column);
        } while (!exact[best]++);
        double norm = sqrt(rest[best]);
        for (size_t k = 0; k < m; k++)
            column[k] = norm > 0 ? column[k] / norm : 0;
        linalg_gemm('N', 'N', 1, n, m, 1, column, s, 0, part);
        for (size_t j = 0; j < n; j++)
            rest[j] = fmax(rest[j] - part[j] * part[j], 0);
        taken[best] = 1;
        chosen[i] = best;
    }
    free(q);
    free(rest);
    free(part);
    free(taken);
    free(exact);
}

void choose_deim(size_t n, const double *vt, size_t count, size_t *chosen, double *rest)
{
    double *square = base_alloc(count * count + 1, sizeof *square),
           *right = base_alloc(count + 1, sizeof *right);
    double *residual = base_alloc(n, sizeof *residual), left_over = 0;
    for (size_t k = 0; k < count; k++) {
        memcpy(residual, vt + k * n, n * sizeof *residual);
        for (size_t i = 0; i < k; i++) {
            right[i] = vt[k * n + chosen[i]];
            for (size_t j = 0; j < k; j++)
                square[i * k + j] = vt[j * n + chosen[i]];
        }
        if (k > 0 && linalg_solve(k, 1, square, right))
            base_die(BASE_RUN_FAILED, "deim: the %zu rows chosen are dependent", k);
        if (k > 0)
            linalg_gemm('N', 'N', 1, n, k, -1, right, vt, 1, residual);
        for (size_t i = 0; i < k; i++)
            left_over = fmax(left_over, fabs(residual[chosen[i]]));
        size_t best = 0;
        for (size_t j = 1; j < n; j++)
            if (fabs(residual[j]) > fabs(residual[best]))
                best = j;
        chosen[k] = best;
    }
    if (rest)
        *rest = left_over;
    free(square);
    free(right);
    free(residual);
}

static double squared_distance(size_t d, const double *x, const double *y)
{
    double sum = 0;
    for (size_t a = 0; a < d; a++)
        sum += (x[a] - y[a]) * (x[a] - y[a]);
    return sum;
}

void choose_farthest(size_t n, size_t d, const double *x, size_t count, gsl_rng *rng, size_t *chosen)
{
    double *away = base_alloc(n, sizeof *away);
    size_t next = gsl_rng_uniform_int(rng, n);
    for (size_t i = 0; i < n; i++)
        away[i] = INFINITY;
    for (size_t k = 0; k < count; k++) {
        chosen[k] = next;
        for (size_t i = 0; i < n; i++)
            away[i] = fmin(away[i], squared_distance(d, x + i * d, x + chosen[k] * d));
        for (size_t i = 0; i <= k; i++)
            away[chosen[i]] = -1; /* never twice, even when all others coincide with chosen ones */
        next = 0;
        for (size_t i = 1; i < n; i++)
            if (away[i] > away[next])
                next = i;
    }
    free(away);
}

void choose_medoids(size_t n, size_t d, const double *x, size_t count, gsl_rng *rng, size_t *chosen)
{
    double *center = base_alloc(count * d, sizeof *center), *dot = base_alloc(count * n, sizeof *dot);
    double *square = base_alloc(n, sizeof *square);
    size_t *code = base_alloc(n, sizeof *code);
    unsigned char *taken = base_alloc(n, 1);
    kmeans_start_spread(n, count, d, x, rng, center);
    kmeans_lloyd(n, count, d, x, center, code, 20);
    for (size_t i = 0; i < n; i++)
        for (size_t a = 0; a < d; a++)
            square[i] += x[i * d + a] * x[i * d + a];
    linalg_gemm('N', 'T', count, n, d, -2, center, x, 0, dot);
    for (size_t k = 0; k < count; k++) {
        /* |x|^2 counts here: it differs from point to point (|c|^2 does not). A point that another center has
         * is left to it, so that the anchors are different items. */
        size_t best = n;
        for (size_t i = 0; i < n; i++)
            if (!taken[i] && (best == n || square[i] + dot[k * n + i] < square[best] + dot[k * n + best]))
                best = i;
        taken[best] = 1;
        chosen[k] = best;
    }
    free(center);
    free(dot);
    free(square);
    free(code);
    free(taken);
}

double *choose_transpose(size_t m, size_t n, const double *a)
{
    double *b = base_alloc(m * n, sizeof *b);
    for (size_t i = 0; i < m; i++)
        for (size_t j = 0; j < n; j++)
            b[j * m + i] = a[i * n + j];
    return b;
}

double *choose_basis(size_t m, size_t n, const double *s)
{
    size_t k = m < n ? m : n;
    double *vt = base_alloc(k * n, sizeof *vt), *values = base_alloc(k, sizeof *values);
    linalg_svd(m, n, s, values, NULL, vt);
    free(values);
    return vt;
}

/* GAMMA of leverage:GAMMA, `count` for leverage alone, 0 for what is neither. */
static size_t leverage_rank(const char *select, size_t count)
{
    long gamma = 0;
    if (!strcmp(select, "leverage"))
        return count;
    if (!strncmp(select, "leverage:", 9) && !base_parse_long(select + 9, &gamma) && gamma > 0)
        return (size_t)gamma;
    return 0;
}

char *choose_check(const char *select, int deterministic)
{
    static const char *const words[] = {"stride", "norm", "qr", "deim", "random", "farthest", "kmeans"};
    for (size_t i = 0; i < (deterministic ? 4 : 7); i++)
        if (!strcmp(select, words[i]))
            return NULL;
    if (leverage_rank(select, 1))
        return NULL;
    return base_format(
        "select: '%.40s' is not accepted; give stride, norm, qr, deim, leverage or leverage:GAMMA%s", select,
        deterministic ? "" : ", random, farthest or kmeans");
}

void choose_columns(const char *select, size_t m, size_t n, const double *s, const double *basis, size_t step,
                    size_t count, gsl_rng *rng, size_t *chosen)
{
    size_t gamma = leverage_rank(select, count), k = m < n ? m : n;
    if (!strcmp(select, "stride")) {
        choose_stride(n, step, count, chosen);
    } else if (!strcmp(select, "random")) {
        choose_random(n, count, rng, chosen);
    } else if (!strcmp(select, "qr")) {
        choose_qr(m, n, s, count, chosen);
    } else if (!strcmp(select, "deim")) {
        choose_deim(n, basis, count, chosen, NULL);
    } else if (!strcmp(select, "norm") || gamma) {
        double *weight = base_alloc(n, sizeof *weight);
        if (gamma)
            choose_leverage(n, gamma < k ? gamma : k, basis, weight);
        else
            choose_norms(m, n, s, weight);
        choose_largest(n, weight, count, chosen);
        free(weight);
    } else {
        double *x = choose_transpose(m, n, s);
        if (!strcmp(select, "farthest"))
            choose_farthest(n, m, x, count, rng, chosen);
        else
            choose_medoids(n, m, x, count, rng, chosen);
        free(x);
    }
}
