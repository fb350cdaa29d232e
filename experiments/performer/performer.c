#include "performer.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <gsl/gsl_randist.h>

#include "base.h"
#include "linalg.h"
#include "rng.h"
#include "softmax.h"

/* ---- random directions ---- */

static double dot(size_t d, const double *x, const double *y)
{
    double sum = 0;
    for (size_t a = 0; a < d; a++)
        sum += x[a] * y[a];
    return sum;
}

static void scale_row(size_t d, double factor, double *x)
{
    for (size_t a = 0; a < d; a++)
        x[a] *= factor;
}

/* One block: `rows` <= d rows of a Haar matrix, with lengths as the law has them. */
static void orthogonal_block(enum performer_law law, size_t rows, size_t d, gsl_rng *rng, double *square,
                             double *omega)
{
    rng_normals(rng, square, d * d);
    linalg_haar(d, square, square);
    memcpy(omega, square, rows * d * sizeof *omega);
    double shared = sqrt(gsl_ran_chisq(rng, (double)d));
    for (size_t i = 0; i < rows; i++) {
        double length = law == PERFORMER_UNIT_ROWS     ? 1
                        : law == PERFORMER_EVEN_ROWS   ? sqrt((double)d)
                        : law == PERFORMER_SHARED_ROWS ? shared
                                                       : sqrt(gsl_ran_chisq(rng, (double)d));
        scale_row(d, length, omega + i * d);
    }
}

void performer_uniform(size_t n, size_t d, double norm, gsl_rng *rng, double *x)
{
    for (size_t i = 0; i < n; i++) {
        double square;
        do {
            rng_normals(rng, x + i * d, d);
            square = dot(d, x + i * d, x + i * d);
        } while (!(square > 0));
        scale_row(d, norm / sqrt(square), x + i * d);
    }
}

void performer_directions(enum performer_law law, size_t m, size_t d, gsl_rng *rng, double *omega)
{
    if (law == PERFORMER_GAUSS) {
        rng_normals(rng, omega, m * d);
        return;
    }
    if (law == PERFORMER_SPHERE) {
        performer_uniform(m, d, sqrt((double)d), rng, omega);
        return;
    }
    double *square = base_alloc(d * d, sizeof *square);
    for (size_t i = 0; i < m; i += d)
        orthogonal_block(law, m - i < d ? m - i : d, d, rng, square, omega + i * d);
    free(square);
}

void performer_normals(size_t n, size_t d, double scale, gsl_rng *rng, double *x)
{
    rng_normals(rng, x, n * d);
    for (size_t i = 0; i < n * d; i++)
        x[i] *= scale;
}

void performer_pair(size_t d, double q_norm, double k_norm, double cosine, double *q, double *k)
{
    memset(q, 0, d * sizeof *q);
    memset(k, 0, d * sizeof *k);
    q[0] = q_norm;
    k[0] = k_norm * cosine;
    if (d > 1)
        k[1] = k_norm * sqrt(1 - cosine * cosine);
}

/* ---- estimators ---- */

double performer_estimate(enum performer_feature feature, size_t m, size_t d, const double *omega,
                          const double *q, const double *k)
{
    double half = (dot(d, q, q) + dot(d, k, k)) / 2, sum = 0;
    for (size_t i = 0; i < m; i++) {
        double oq = dot(d, omega + i * d, q), ok = dot(d, omega + i * d, k);
        sum += feature == PERFORMER_TRIG  ? cos(oq - ok)
               : feature == PERFORMER_HYP ? cosh(oq + ok)
                                          : exp(oq + ok);
    }
    return exp(feature == PERFORMER_TRIG ? half : -half) * sum / (double)m;
}

double performer_kernel(const struct performer_angle *angle)
{
    return exp(angle->q * angle->k * angle->cosine);
}

/* (q + k)^2 at cosine -1 and equal norms is 0 exactly in this form. */
double performer_sum_square(const struct performer_angle *angle)
{
    double away = angle->q - angle->k;
    return away * away + 2 * angle->q * angle->k * (1 + angle->cosine);
}

double performer_difference_square(const struct performer_angle *angle)
{
    double away = angle->q - angle->k;
    return away * away + 2 * angle->q * angle->k * (1 - angle->cosine);
}

struct performer_value performer_orthogonal_gain(double d, double x)
{
    /* short = 1 - r_k grows from 0 by r_k k/(d + 2k); power = x^k/k! */
    double sum = 0, r = 1, lack = 0, power = 1;
    long k = 0;
    for (; k < 100000; k++) {
        double term = lack * power;
        sum += term;
        double i = (double)k;
        if (i > x && k > 2 && power * x / (i + 1) * 2 <= sum * DBL_EPSILON / 4)
            break;
        lack += r * i / (d + 2 * i);
        r *= (d + i) / (d + 2 * i);
        power *= x / (i + 1);
    }
    /* each term has 5k roundings behind it, the sum k; all of one sign, so relative errors add at most */
    return (struct performer_value){sum, 8 * (double)(k + 1) * DBL_EPSILON * sum};
}

struct performer_value performer_mse(enum performer_feature feature, size_t m, size_t d,
                                     const struct performer_angle *angle)
{
    double x = performer_sum_square(angle), log_a = -(angle->q * angle->q + angle->k * angle->k);
    double iid = exp(log_a + x) * expm1(x) / (double)m, value = iid, error = 0;
    if (feature == PERFORMER_TRIG) {
        double lack = -expm1(-performer_difference_square(angle));
        value = exp(-log_a) * lack * lack / 2 / (double)m;
    } else if (feature == PERFORMER_HYP) {
        value = -expm1(-x) / 2 * iid;
    } else if (feature == PERFORMER_ORT) {
        /* pairs within a block, over all m: full blocks of d and a rest */
        double full = (double)(m / d), rest = (double)(m % d), rows = (double)d;
        double pairs = (full * rows * (rows - 1) + rest * (rest > 0 ? rest - 1 : 0)) / (double)m;
        struct performer_value gain = performer_orthogonal_gain(rows, x);
        value = iid - exp(log_a) * pairs * gain.value / (double)m;
        error = exp(log_a) * pairs * gain.error / (double)m;
    }
    double largest = feature == PERFORMER_ORT ? iid : value;
    return (struct performer_value){value, error + 16 * DBL_EPSILON * (1 + x - log_a) * largest};
}

double performer_orthogonal_bound(size_t m, size_t d, const struct performer_angle *angle)
{
    double half = (angle->q * angle->q + angle->k * angle->k) / 2;
    double away = exp(-half) * expm1(performer_sum_square(angle) / 2);
    double rows = (double)m;
    return performer_mse(PERFORMER_IID, m, d, angle).value -
           2 * (rows - 1) / (rows * ((double)d + 2)) * away * away;
}

struct performer_value performer_sphere_log(double d, double r)
{
    double y = r * r / 4, sum = 1, term = 1, log_scale = 0;
    long k = 0;
    for (; k < 10000000; k++) {
        double i = (double)k, ratio = y / ((i + 1) * (d / 2 + i));
        term *= ratio;
        sum += term;
        if (sum > 1e200) {
            log_scale += log(sum);
            term /= sum;
            sum = 1;
        }
        if (ratio < 0.5 && term <= sum * DBL_EPSILON / 4)
            break;
    }
    double value = log_scale + log(sum);
    return (struct performer_value){value, (6 * (double)(k + 1) + fabs(value)) * DBL_EPSILON};
}

/* ---- limits ---- */

struct performer_triple performer_triple_of(size_t d, const double *q, const double *k1, const double *k2)
{
    return (struct performer_triple){dot(d, q, q),   dot(d, q, k1),  dot(d, q, k2),
                                     dot(d, k1, k1), dot(d, k1, k2), dot(d, k2, k2)};
}

double performer_tempered_ratio(const struct performer_triple *t, double s2, double tau, double factor)
{
    return factor * (t->q1 - t->q2) * s2 / (s2 + tau);
}

/* E over codes of rho_a rho_b (e^{q.omega}/w_a - 1)(e^{q.omega}/w_b - 1). Given a key, codes are N(mu, v I)
 * with mu = k s2/(s2+tau), v = s2 tau/(s2+tau); rho_a rho_b times the density of codes is a constant times
 * N(M, V I), V = s2 tau/(2 s2 + tau), M = V (k_a + k_b)/tau. */
static double tempered_cross(double kaa, double kab, double kbb, double qa, double qb, double qq, double d,
                             double s2, double tau, double factor)
{
    double v = s2 * tau / (s2 + tau), w = s2 * tau / (2 * s2 + tau), shrink = s2 / (s2 + tau);
    double both = kaa + 2 * kab + kbb, q2 = factor * factor * qq;
    double log_constant = d * log((s2 + tau) / sqrt(tau * (2 * s2 + tau))) -
                          shrink * shrink * (kaa + kbb) / (2 * v) + w * both / (2 * tau * tau);
    double mean = factor * (qa + qb) * w / tau, log_a = factor * qa * shrink + q2 * v / 2,
           log_b = factor * qb * shrink + q2 * v / 2;
    return exp(log_constant) * (exp(2 * mean + 2 * q2 * w - log_a - log_b) - exp(mean + q2 * w / 2 - log_a) -
                                exp(mean + q2 * w / 2 - log_b) + 1);
}

double performer_tempered_variance(const struct performer_triple *t, double d, double s2, double tau,
                                   double factor)
{
    return tempered_cross(t->k11, t->k11, t->k11, t->q1, t->q1, t->qq, d, s2, tau, factor) +
           tempered_cross(t->k22, t->k22, t->k22, t->q2, t->q2, t->qq, d, s2, tau, factor) -
           2 * tempered_cross(t->k11, t->k12, t->k22, t->q1, t->q2, t->qq, d, s2, tau, factor);
}

double performer_favor_variance(const struct performer_triple *t)
{
    return exp(t->qq + 2 * t->q1 + t->k11) + exp(t->qq + 2 * t->q2 + t->k22) -
           2 * exp(t->qq + t->q1 + t->q2 + t->k12);
}

struct performer_value performer_sphere_ratio(const struct performer_triple *t, double d)
{
    struct performer_value part[4] = {performer_sphere_log(d, sqrt(d * fmax(0, t->qq + 2 * t->q1 + t->k11))),
                                      performer_sphere_log(d, sqrt(d * t->k11)),
                                      performer_sphere_log(d, sqrt(d * fmax(0, t->qq + 2 * t->q2 + t->k22))),
                                      performer_sphere_log(d, sqrt(d * t->k22))};
    return (struct performer_value){part[0].value - part[1].value - part[2].value + part[3].value,
                                    part[0].error + part[1].error + part[2].error + part[3].error};
}

/* ---- log-features ---- */

void performer_scores(size_t n, size_t m, size_t d, double factor, const double *q, const double *omega,
                      double *a)
{
    linalg_gemm('N', 'T', n, m, d, factor, q, omega, 0, a);
}

void performer_favor(size_t n, size_t m, size_t d, const double *k, const double *omega, double *b)
{
    performer_scores(n, m, d, 1, k, omega, b);
    for (size_t j = 0; j < n; j++) {
        double half = dot(d, k + j * d, k + j * d) / 2;
        for (size_t i = 0; i < m; i++)
            b[j * m + i] -= half;
    }
}

void performer_distances(size_t n, size_t m, size_t d, double tau, const double *k, const double *omega,
                         double *b)
{
    double *half = base_alloc(m + 1, sizeof *half);
    for (size_t i = 0; i < m; i++)
        half[i] = dot(d, omega + i * d, omega + i * d) / 2;
    performer_favor(n, m, d, k, omega, b);
    for (size_t j = 0; j < n; j++)
        for (size_t i = 0; i < m; i++)
            b[j * m + i] = (b[j * m + i] - half[i]) / tau;
    free(half);
}

void performer_log_softmax(size_t n, size_t m, double *b)
{
    double *scratch = base_alloc(m + 1, sizeof *scratch);
    for (size_t j = 0; j < n; j++) {
        double *row = b + j * m, top = row[0], sum = 0;
        for (size_t i = 1; i < m; i++)
            top = row[i] > top ? row[i] : top;
        for (size_t i = 0; i < m; i++)
            scratch[i] = row[i] - top;
        softmax_exp(scratch, m);
        for (size_t i = 0; i < m; i++)
            sum += scratch[i];
        double log_sum = top + log(sum);
        for (size_t i = 0; i < m; i++)
            row[i] -= log_sum;
    }
    free(scratch);
}

void performer_one_hot(size_t n, size_t m, const size_t *code, double *b)
{
    for (size_t j = 0; j < n; j++)
        for (size_t i = 0; i < m; i++)
            b[j * m + i] = code[j] == i ? 0 : -INFINITY;
}

/* ---- attention from log-features ---- */

/* f[m] = exp(a + top - their largest), with a log-feature that no key has (top = -infinity) left out. */
static void query_features(size_t m, const double *a, const double *top, double *f)
{
    double largest = -INFINITY;
    for (size_t i = 0; i < m; i++) {
        f[i] = a[i] + top[i];
        largest = f[i] > largest ? f[i] : largest;
    }
    for (size_t i = 0; i < m; i++)
        f[i] = largest > -INFINITY ? f[i] - largest : -INFINITY;
    softmax_exp(f, m);
}

static void key_features(size_t m, const double *b, const double *top, double *f)
{
    for (size_t i = 0; i < m; i++)
        f[i] = top[i] > -INFINITY ? b[i] - top[i] : -INFINITY;
    softmax_exp(f, m);
}

static int divide(size_t dv, double z, double *o)
{
    for (size_t x = 0; x < dv; x++)
        o[x] /= z;
    return z > 0 && isfinite(z) ? 0 : -1;
}

static int attend_causal(size_t n, size_t m, size_t dv, const double *a, const double *b, const double *v,
                         double *o)
{
    double *top = base_alloc(m + 1, sizeof *top), *z = base_alloc(m + 1, sizeof *z),
           *f = base_alloc(m + 1, sizeof *f);
    double *sum = base_alloc(m * dv + 1, sizeof *sum);
    int status = 0;
    for (size_t i = 0; i < m; i++)
        top[i] = -INFINITY;
    for (size_t j = 0; j < n; j++) {
        for (size_t i = 0; i < m; i++) {
            if (!(b[j * m + i] > top[i]))
                continue;
            double fade = exp(top[i] - b[j * m + i]); /* 0 for the first */
            z[i] *= fade;
            scale_row(dv, fade, sum + i * dv);
            top[i] = b[j * m + i];
        }
        key_features(m, b + j * m, top, f);
        for (size_t i = 0; i < m; i++) {
            z[i] += f[i];
            for (size_t x = 0; f[i] != 0 && x < dv; x++)
                sum[i * dv + x] += f[i] * v[j * dv + x];
        }
        query_features(m, a + j * m, top, f);
        linalg_gemm('N', 'N', 1, dv, m, 1, f, sum, 0, o + j * dv);
        status |= divide(dv, dot(m, f, z), o + j * dv);
    }
    free(top);
    free(z);
    free(f);
    free(sum);
    return status;
}

int performer_attend(size_t queries, size_t keys, size_t m, size_t dv, const double *a, const double *b,
                     const double *v, int causal, double *o)
{
    if (causal)
        return attend_causal(queries, m, dv, a, b, v, o);
    enum { BLOCK = 32 };
    double *top = base_alloc(m + 1, sizeof *top), *z = base_alloc(m + 1, sizeof *z),
           *f = base_alloc(BLOCK * m + 1, sizeof *f), *sum = base_alloc(m * dv + 1, sizeof *sum);
    int status = 0;
    for (size_t i = 0; i < m; i++)
        top[i] = -INFINITY;
    for (size_t j = 0; j < keys; j++)
        for (size_t i = 0; i < m; i++)
            top[i] = b[j * m + i] > top[i] ? b[j * m + i] : top[i];
    for (size_t begin = 0; begin < keys; begin += BLOCK) {
        size_t rows = keys - begin < BLOCK ? keys - begin : BLOCK;
        for (size_t r = 0; r < rows; r++) {
            key_features(m, b + (begin + r) * m, top, f + r * m);
            for (size_t i = 0; i < m; i++)
                z[i] += f[r * m + i];
        }
        linalg_gemm('T', 'N', m, dv, rows, 1, f, v + begin * dv, 1, sum);
    }
    for (size_t begin = 0; begin < queries; begin += BLOCK) {
        size_t rows = queries - begin < BLOCK ? queries - begin : BLOCK;
        for (size_t r = 0; r < rows; r++)
            query_features(m, a + (begin + r) * m, top, f + r * m);
        linalg_gemm('N', 'N', rows, dv, m, 1, f, sum, 0, o + begin * dv);
        for (size_t r = 0; r < rows; r++)
            status |= divide(dv, dot(m, f + r * m, z), o + (begin + r) * dv);
    }
    free(top);
    free(z);
    free(f);
    free(sum);
    return status;
}

int performer_attend_plainly(size_t queries, size_t keys, size_t m, size_t dv, const double *a,
                             const double *b, const double *v, int causal, double *o, double *weights)
{
    double *w = base_alloc(keys + 1, sizeof *w), *row = base_alloc(m + 1, sizeof *row);
    int status = 0;
    for (size_t i = 0; i < queries; i++) {
        for (size_t j = 0; j < keys; j++) {
            for (size_t y = 0; y < m; y++)
                row[y] = a[i * m + y] + b[j * m + y];
            double largest = -INFINITY;
            for (size_t y = 0; y < m; y++)
                largest = fmax(largest, row[y]);
            w[j] = (causal && j > i) || largest == -INFINITY ? -INFINITY : softmax_log_sum(row, m);
        }
        status |= isfinite(softmax_weights(w, keys, w)) ? 0 : -1;
        linalg_gemm('N', 'N', 1, dv, keys, 1, w, v, 0, o + i * dv);
        if (weights)
            memcpy(weights + i * keys, w, keys * sizeof *w);
    }
    free(w);
    free(row);
    return status;
}

void performer_exact(size_t queries, size_t keys, size_t d, size_t dv, const double *q, const double *k,
                     const double *v, double *o)
{
    double *s = base_alloc(queries * keys + 1, sizeof *s);
    performer_scores(queries, keys, d, 1, q, k, s);
    for (size_t i = 0; i < queries; i++) {
        double *row = s + i * keys, top = row[0], z = 0;
        for (size_t j = 1; j < keys; j++)
            top = row[j] > top ? row[j] : top;
        for (size_t j = 0; j < keys; j++)
            row[j] -= top;
        softmax_exp(row, keys);
        for (size_t j = 0; j < keys; j++)
            z += row[j];
        scale_row(keys, 1 / z, row);
    }
    linalg_gemm('N', 'N', queries, dv, keys, 1, s, v, 0, o);
    free(s);
}

double performer_error(size_t count, const double *o, const double *exact)
{
    double away = 0, size = 0;
    for (size_t i = 0; i < count; i++) {
        away += (o[i] - exact[i]) * (o[i] - exact[i]);
        size += exact[i] * exact[i];
    }
    return sqrt(away / size);
}

double performer_error_largest(size_t count, const double *o, const double *exact)
{
    double away = 0, size = 0;
    for (size_t i = 0; i < count; i++) {
        if (!isfinite(o[i]))
            return INFINITY;
        away = fmax(away, fabs(o[i] - exact[i]));
        size = fmax(size, fabs(exact[i]));
    }
    return away / size;
}

/* ---- the nearest point of a convex hull ---- */

/* The affine combination x of the points in `set` with least norm: H x + lambda 1 = 0, sum x = 1. Returns -1
 * when the points are affinely dependent to rounding. */
static int affine_least(size_t m, const double *h, const size_t *set, size_t size, double *matrix, double *x)
{
    size_t side = size + 1;
    double unit = 0;
    for (size_t a = 0; a < size; a++)
        unit = fmax(unit, h[set[a] * m + set[a]]);
    for (size_t a = 0; a < size; a++) {
        for (size_t b = 0; b < size; b++)
            matrix[a * side + b] = h[set[a] * m + set[b]] / unit;
        matrix[a * side + size] = matrix[size * side + a] = 1;
        x[a] = 0;
    }
    matrix[size * side + size] = 0;
    x[size] = 1;
    if (linalg_solve(side, 1, matrix, x))
        return -1;
    double sum = 0;
    for (size_t a = 0; a < size; a++) {
        if (!isfinite(x[a]) || fabs(x[a]) > 1e8)
            return -1;
        sum += x[a];
    }
    return fabs(sum - 1) < 1e-6 ? 0 : -1;
}

static double quadratic(size_t m, const double *h, const double *p, double *hp)
{
    linalg_gemm('N', 'N', m, 1, m, 1, h, p, 0, hp);
    return dot(m, p, hp);
}

double performer_nearest(size_t m, const double *h, double *p, double *gap)
{
    size_t *set = base_alloc(m + 1, sizeof *set), size = 1;
    double *matrix = base_alloc((m + 1) * (m + 1), sizeof *matrix), *x = base_alloc(m + 1, sizeof *x),
           *hp = base_alloc(m + 1, sizeof *hp), *best = base_alloc(m + 1, sizeof *best);
    memset(p, 0, m * sizeof *p);
    set[0] = 0;
    for (size_t i = 1; i < m; i++)
        set[0] = h[i * m + i] < h[set[0] * m + set[0]] ? i : set[0];
    p[set[0]] = 1;
    double value = quadratic(m, h, p, hp), least = value, least_gap = INFINITY;
    memcpy(best, p, m * sizeof *p);
    int stuck = 0;
    for (size_t round = 0; !stuck && round < 20 * m + 100; round++) {
        size_t next = 0;
        for (size_t i = 1; i < m; i++)
            next = hp[i] < hp[next] ? i : next;
        double here = value - hp[next];
        if (value <= least) {
            least = value;
            least_gap = fmax(here, 0);
            memcpy(best, p, m * sizeof *p);
        }
        int inside = 0;
        for (size_t a = 0; a < size; a++)
            inside |= set[a] == next;
        if (here <= 1e-13 * value || inside || size == m)
            break;
        set[size++] = next;
        for (;;) { /* drop points until the affine combination is a convex one */
            if (affine_least(m, h, set, size, matrix, x)) {
                stuck = 1; /* the newcomer depends on the others: as good as it gets in this precision */
                break;
            }
            double step = 1;
            size_t leaving = size;
            for (size_t a = 0; a < size; a++)
                if (x[a] < 0) {
                    double to = p[set[a]] / (p[set[a]] - x[a]);
                    if (to <= step)
                        step = to, leaving = a;
                }
            for (size_t a = 0; a < size; a++)
                p[set[a]] += step * (x[a] - p[set[a]]);
            if (leaving == size)
                break;
            p[set[leaving]] = 0;
            set[leaving] = set[--size];
        }
        double sum = 0;
        for (size_t i = 0; i < m; i++)
            sum += p[i] = fmax(p[i], 0);
        scale_row(m, 1 / sum, p);
        value = quadratic(m, h, p, hp);
    }
    memcpy(p, best, m * sizeof *p);
    /* f(p) - f(p*) <= grad f(p).(p - p*) <= 2 (p^T H p - min_i (H p)_i) */
    *gap = 2 * least_gap;
    free(set);
    free(matrix);
    free(x);
    free(hp);
    free(best);
    return least;
}
