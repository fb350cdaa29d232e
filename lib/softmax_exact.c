#include "softmax.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>

#include <gsl/gsl_math.h>
#include <gsl/gsl_sf_psi.h>

#include "base.h"

/* A law is a lattice of values s_k = s(k h) with probabilities q_k, where s(y) maps the real line onto the
 * support so that the density in y decays fast on both sides and is analytic in a strip: there the
 * trapezoidal rule converges geometrically in 1/h. */
struct lattice {
    size_t count;
    double *s, *q; /* ascending values, measured from `origin`; probabilities, sum 1 */
    double origin; /* the upper end of the support, if any: near it values keep their relative precision */
};

enum { LATTICE_MAX = 1 << 22 };

/* e^-45 = 3e-20: what is rarer than this among n scores is left out. */
static const double negligible = 45;

/* ---- laws ---- */

struct softmax_law softmax_law_normal(void)
{
    return (struct softmax_law){.kind = SOFTMAX_NORMAL};
}

struct softmax_law softmax_law_cosine(double dimension)
{
    return (struct softmax_law){.kind = SOFTMAX_COSINE, .dimension = dimension};
}

struct softmax_law softmax_law_density(double low, double high, double scale,
                                       double (*log_density)(double s, const void *parameters),
                                       const void *parameters)
{
    return (struct softmax_law){.kind = SOFTMAX_DENSITY,
                                .low = low,
                                .high = high,
                                .scale = scale,
                                .log_density = log_density,
                                .parameters = parameters};
}

struct softmax_law softmax_law_discrete(const double *values, const double *weights, size_t count)
{
    return (struct softmax_law){
        .kind = SOFTMAX_DISCRETE, .values = values, .weights = weights, .count = count};
}

/* log cosh y without overflow. */
static double log_cosh(double y)
{
    return fabs(y) + log1p(exp(-2 * fabs(y))) - M_LN2;
}

/* The map s(y), its derivative, and the logarithm of the density in y up to a constant. */
static double law_value(const struct softmax_law *law, double y, double *derivative, double *log_density)
{
    double s, log_derivative;
    switch (law->kind) {
    case SOFTMAX_NORMAL:
        *derivative = 1;
        *log_density = -y * y / 2;
        return y;
    case SOFTMAX_COSINE:
        *derivative = exp(-2 * log_cosh(y));
        *log_density = -(law->dimension - 1) * log_cosh(y);
        return tanh(y);
    default:
        break;
    }
    if (isfinite(law->low) && isfinite(law->high)) {
        double half = (law->high - law->low) / 2;
        /* measured from the nearer end: it decides how a singular density is met there */
        double from_end = 2 * half / (1 + exp(2 * fabs(y)));
        s = y < 0 ? law->low + from_end : law->high - from_end;
        log_derivative = log(half) - 2 * log_cosh(y);
    } else if (isfinite(law->low)) {
        s = law->low + law->scale * exp(y);
        log_derivative = log(law->scale) + y;
    } else if (isfinite(law->high)) {
        s = law->high - law->scale * exp(-y);
        log_derivative = log(law->scale) - y;
    } else {
        s = law->scale * sinh(y);
        log_derivative = log(law->scale) + log_cosh(y);
    }
    *derivative = exp(log_derivative);
    *log_density = -INFINITY;
    if (s > law->low && s < law->high)
        *log_density = law->log_density(s, law->parameters) + log_derivative;
    return s;
}

/* The same value measured from the upper end of the support, or from 0 when there is none. */
static double law_offset(const struct softmax_law *law, double y, double *origin)
{
    double derivative, log_density;
    *origin = 0;
    if (law->kind == SOFTMAX_COSINE) {
        *origin = 1;
        return -2 / (1 + exp(2 * y));
    }
    if (law->kind == SOFTMAX_DENSITY && isfinite(law->high)) {
        *origin = law->high;
        return isfinite(law->low) ? (law->low - law->high) / (1 + exp(2 * y)) : -law->scale * exp(-y);
    }
    return law_value(law, y, &derivative, &log_density);
}

/* The step in y that resolves the density itself (and, doubled, still does to about 1e-9). */
static double law_step(const struct softmax_law *law)
{
    switch (law->kind) {
    case SOFTMAX_NORMAL:
        return 0.35;
    case SOFTMAX_COSINE:
        return fmin(0.2, 0.35 / sqrt(fabs(law->dimension - 1)));
    default:
        return 0.05;
    }
}

/* The y beyond which, outward in direction +-1, density times e^(tilt s) is below e^-cut of its largest:
 * we go on for an interval of 2 after it first falls below. */
static double law_reach(const struct softmax_law *law, int direction, double tilt, double cut)
{
    double step = law_step(law), best = -INFINITY, edge = 0;
    int steps = (int)ceil(2 / step);
    for (int i = 0, below = 0; i < LATTICE_MAX && below <= steps; i++) {
        double derivative, log_density, y = direction * i * step;
        double s = law_value(law, y, &derivative, &log_density);
        if (!(fabs(y) < 700))
            break;
        double weight = log_density > -INFINITY ? log_density + tilt * s : -INFINITY;
        best = fmax(best, weight);
        if (best > -INFINITY && weight < best - cut) {
            below++;
        } else {
            below = best > -INFINITY ? 0 : below + (i > 100 * steps);
            edge = y + direction * step;
        }
    }
    return edge;
}

static void lattice_free(struct lattice *lattice)
{
    free(lattice->s);
    free(lattice->q);
}

/* log sum e^x and the sum of y e^x, x and y arriving one by one. */
struct log_sum {
    double top, sum, weighted;
};

static void log_sum_add(struct log_sum *l, double x, double y)
{
    if (!(x > -INFINITY))
        return;
    if (x > l->top) {
        double f = exp(l->top - x);
        l->sum *= f;
        l->weighted *= f;
        l->top = x;
    }
    double w = exp(x - l->top);
    l->sum += w;
    l->weighted += w * y;
}

/* The step in y on [low, high] that also resolves e^(-e^(v + a s)), a soft step of width 1/a in s. */
static double scaled_step(const struct softmax_law *law, double low, double high, double a)
{
    double steepest = 0, step = law_step(law);
    for (int i = 0; i <= 64; i++) {
        double derivative, log_density;
        law_value(law, low + (high - low) * i / 64, &derivative, &log_density);
        steepest = fmax(steepest, derivative);
    }
    return a * steepest > 0 ? fmin(step, 0.2 / (a * steepest)) : step;
}

/* The part of [low, high] that has to be resolved for n scores and the coefficient a: from where 50 of them
 * are expected above (below that M^n is nothing), less what e^(as) reaches down, to where the largest of them
 * hardly ever lies. */
static void busy_range(const struct softmax_law *law, double n, double a, double low, double high,
                       double *first, double *last)
{
    double step = law_step(law), derivative, log_density, total = 0, above = 0, top = -INFINITY;
    size_t count = (size_t)((high - low) / step) + 1;
    double *mass = base_alloc(count, sizeof *mass);
    for (size_t k = 0; k < count; k++) {
        law_value(law, low + (double)k * step, &derivative, &mass[k]);
        top = fmax(top, mass[k]);
    }
    for (size_t k = 0; k < count; k++)
        total += mass[k] = exp(mass[k] - top);
    double rare = total * 1e-6 / n;
    *first = low;
    *last = high;
    for (size_t k = count; k-- > 0; above += mass[k]) {
        double y = low + (double)k * step;
        if (above + mass[k] < rare)
            *last = y;
        if (above * n > 50 * total) {
            *first = y;
            break;
        }
    }
    double reached = law_value(law, *first, &derivative, &log_density) - 40 / a, below = 0;
    for (size_t k = 0; k < count; k++) {
        double y = low + (double)k * step, s = law_value(law, y, &derivative, &log_density);
        below += mass[k];
        if (below >= rare && s >= reached) {
            *first = fmin(*first, y);
            break;
        }
    }
    free(mass);
}

/* The law on a lattice fine enough for the coefficient a and wide enough for n scores; `coarser` times the
 * step. */
static struct lattice lattice_make(const struct softmax_law *law, double n, double a, double coarser)
{
    struct lattice lattice = {0};
    double sum = 0;
    if (law->kind == SOFTMAX_DISCRETE) {
        lattice.count = law->count;
        lattice.s = base_alloc(law->count, sizeof *lattice.s);
        lattice.q = base_alloc(law->count, sizeof *lattice.q);
        for (size_t k = 0; k < law->count; k++)
            sum += law->weights[k];
        for (size_t k = 0; k < law->count; k++) {
            lattice.s[k] = law->values[k];
            lattice.q[k] = law->weights[k] / sum;
        }
        return lattice;
    }
    double low = law_reach(law, -1, 0, log(n) + negligible), high = law_reach(law, 1, 0, log(n) + negligible);
    double first_busy, last_busy;
    busy_range(law, n, a, low, high, &first_busy, &last_busy);
    double step = scaled_step(law, first_busy, last_busy, a);
    step = fmax(step, (high - low) / (LATTICE_MAX - 2)) * coarser;

    double first = floor(low / step), top = -INFINITY, derivative;
    size_t count = (size_t)(ceil(high / step) - first) + 1;
    lattice.s = base_alloc(count, sizeof *lattice.s);
    lattice.q = base_alloc(count, sizeof *lattice.q);
    for (size_t k = 0; k < count; k++) {
        double y = (first + (double)k) * step;
        lattice.s[k] = law_offset(law, y, &lattice.origin);
        law_value(law, y, &derivative, &lattice.q[k]);
        top = fmax(top, lattice.q[k]);
    }
    for (size_t k = 0; k < count; k++) {
        lattice.q[k] = exp(lattice.q[k] - top);
        sum += lattice.q[k];
    }
    for (size_t k = 0; k < count; k++)
        if (lattice.q[k] > 0) {
            lattice.s[lattice.count] = lattice.s[k];
            lattice.q[lattice.count++] = lattice.q[k] / sum;
        }
    return lattice;
}

/* ---- cumulants ---- */

double softmax_law_cumulant(const struct softmax_law *law, double a, double *slope)
{
    struct log_sum plain = {-INFINITY, 0, 0}, tilted = plain;
    if (law->kind == SOFTMAX_NORMAL) {
        if (slope)
            *slope = a;
        return a * a / 2;
    }
    if (law->kind == SOFTMAX_DISCRETE) {
        for (size_t k = 0; k < law->count; k++) {
            log_sum_add(&plain, log(law->weights[k]), 0);
            log_sum_add(&tilted, log(law->weights[k]) + a * law->values[k], law->values[k]);
        }
    } else {
        double low = fmin(law_reach(law, -1, a, negligible), law_reach(law, -1, 0, negligible));
        double high = fmax(law_reach(law, 1, a, negligible), law_reach(law, 1, 0, negligible));
        double step = fmax(scaled_step(law, low, high, fabs(a)), (high - low) / LATTICE_MAX) / 2;
        for (double i = floor(low / step), last = ceil(high / step); i <= last; i++) {
            double derivative, log_density, s = law_value(law, i * step, &derivative, &log_density);
            if (log_density > -INFINITY) {
                log_sum_add(&plain, log_density, 0);
                log_sum_add(&tilted, log_density + a * s, s);
            }
        }
    }
    if (slope)
        *slope = tilted.weighted / tilted.sum;
    return tilted.top - plain.top + log(tilted.sum / plain.sum);
}

/* ---- order statistics ---- */

/* Gauss-Legendre on [-1, 1], 8 points. */
static const double gauss_node[4] = {0.1834346424956498, 0.5255324099163290, 0.7966664774136267,
                                     0.9602898564975363};
static const double gauss_weight[4] = {0.3626837833783620, 0.3137066458778873, 0.2223810344533745,
                                       0.1012285362903763};

struct order_task {
    const struct softmax_law *law;
    double low, high, top; /* range of y, and the largest log density there */
    double power;          /* of the distribution function R */
    int pair;              /* integrate rho^2 R^power ds, else f rho R^power ds */
    double (*f)(double s, const void *parameters);
    const void *parameters;
};

/* The integral by the trapezoidal rule with step h in y; R is integrated cell by cell. */
static double order_integral(const struct order_task *task, double h)
{
    double first = floor(task->low / h), derivative, log_density, below = 0, result = 0;
    size_t cells = (size_t)(ceil(task->high / h) - first) + 1;
    double *mass = base_alloc(cells + 1, sizeof *mass), *above = base_alloc(cells + 1, sizeof *above);
    for (size_t k = cells; k-- > 0;) {
        double middle = (first + (double)k + 0.5) * h;
        for (int i = 0; i < 8; i++) {
            double y = middle + (i & 1 ? 1 : -1) * gauss_node[i / 2] * h / 2;
            law_value(task->law, y, &derivative, &log_density);
            mass[k] += gauss_weight[i / 2] * exp(log_density - task->top) * h / 2;
        }
        above[k] = above[k + 1] + mass[k];
    }
    for (size_t k = 0; k <= cells; k++) {
        double s = law_value(task->law, (first + (double)k) * h, &derivative, &log_density);
        double total = above[0], density = exp(log_density - task->top) / total;
        double log_r = above[k] < total / 2 ? log1p(-above[k] / total) : log(below / total);
        double r = task->power == 0 ? 1 : exp(task->power * log_r);
        below += mass[k];
        if (!(density > 0) || !(r > 0) || isinf(r))
            continue;
        if (task->pair)
            result += density * density / derivative * r;
        else
            result += density * (task->f ? task->f(s, task->parameters) : s) * r;
    }
    free(mass);
    free(above);
    return result * h;
}

/* factor times the integral, the step halved until it no longer matters. */
static struct softmax_value order_mean(struct order_task *task, double n, double factor)
{
    const struct softmax_law *law = task->law;
    if (law->kind == SOFTMAX_DISCRETE || !(n >= 1) || isinf(n))
        return (struct softmax_value){NAN, NAN};
    task->low = law_reach(law, -1, 0, log(n) + negligible);
    task->high = law_reach(law, 1, 0, log(n) + negligible);
    double h = law_step(law) / 2, derivative, log_density;
    task->top = -INFINITY;
    for (double y = task->low; y <= task->high; y += h) {
        law_value(law, y, &derivative, &log_density);
        task->top = fmax(task->top, log_density);
    }
    struct softmax_value value = {factor * order_integral(task, h), INFINITY};
    while ((task->high - task->low) / h < 1 << 18) {
        double finer = factor * order_integral(task, h /= 2);
        value = (struct softmax_value){finer, fabs(finer - value.value) + 1e-14 * fabs(finer)};
        if (value.error < 1e-12 * fabs(finer))
            break;
    }
    return value;
}

struct softmax_value softmax_law_max_mean(const struct softmax_law *law, double n,
                                          double (*f)(double s, const void *parameters),
                                          const void *parameters)
{
    struct order_task task = {.law = law, .power = n - 1, .f = f, .parameters = parameters};
    return order_mean(&task, n, n);
}

struct softmax_value softmax_law_gap_density(const struct softmax_law *law, double n)
{
    struct order_task task = {.law = law, .power = n - 2, .pair = 1};
    if (n == 1)
        return (struct softmax_value){0, 0};
    return order_mean(&task, n, n * (n - 1));
}

/* ---- exact expectations ---- */

enum { POWERS = 8 };

/* x = e^(v + a s_k) below this go through a series in x, above the other end e^(-x) is 0. */
static const double series_below = 0.02, nothing_above = 45;

/* Walks the lattice for descending v. Values are in three ranges: the low ones, x < series_below, enter by
 * running sums of powers of w = e^(as); the band between, some 40 values, is summed term by term; above it
 * e^-x = 0. */
struct walk {
    const struct lattice *lattice;
    double a;
    size_t low, high;           /* the band is [low, high) */
    double below[3][POWERS + 1]; /* sum over k < low of q_k s_k^i (w_k / w_(low-1))^j */
    double *above;              /* above[k] = sum of q from k on */
};

/* What the integrands are made of, at one v. Values are measured from the origin, moments about `center`. */
struct moments {
    double rare;        /* 1 - M */
    double log_m;       /* log M */
    double center;
    double a0, a1, a2;  /* E[(s - center)^i x e^-x] */
    double x2;          /* E[x^2 e^-x] */
};

static void walk_begin(struct walk *walk, const struct lattice *lattice, double a)
{
    *walk = (struct walk){.lattice = lattice, .a = a};
    walk->above = base_alloc(lattice->count + 1, sizeof *walk->above);
    for (size_t k = lattice->count; k-- > 0;)
        walk->above[k] = walk->above[k + 1] + lattice->q[k];
}

/* Value number walk->low joins the low ones. */
static void walk_pass(struct walk *walk)
{
    const struct lattice *l = walk->lattice;
    size_t k = walk->low++;
    double ratio = k ? exp(-walk->a * (l->s[k] - l->s[k - 1])) : 0, power = 1, term[3];
    term[0] = l->q[k];
    term[1] = term[0] * l->s[k];
    term[2] = term[1] * l->s[k];
    for (int j = 0; j <= POWERS; j++) {
        for (int i = 0; i < 3; i++)
            walk->below[i][j] = walk->below[i][j] * power + term[i];
        power *= ratio;
    }
}

static void walk_to(struct walk *walk, double v)
{
    const struct lattice *l = walk->lattice;
    double low = log(series_below) - v, high = log(nothing_above) - v;
    while (walk->low < l->count && walk->a * l->s[walk->low] < low)
        walk_pass(walk);
    while (walk->high < l->count && walk->a * l->s[walk->high] < high)
        walk->high++;
}

static void walk_moments(const struct walk *walk, double v, struct moments *m)
{
    const struct lattice *l = walk->lattice;
    double center = walk->a > 0 ? -v / walk->a : 0;
    center = fmin(fmax(center, l->s[0]), l->s[l->count - 1]);
    double rare = walk->above[walk->high], common = 0, moment[3] = {0}, square = 0;
    if (walk->low) {
        /* sum over j of (-1)^j x^(1+j) / j!, and likewise, x that of the largest low value */
        double x = exp(v + walk->a * l->s[walk->low - 1]), c = x;
        double mass = walk->below[0][0], low_rare = 0;
        for (int j = 1; j <= POWERS; j++) {
            /* c = (-1)^(j-1) x^j / (j-1)! */
            low_rare += c / j * walk->below[0][j];
            square -= (j - 1) * c * walk->below[0][j];
            for (int i = 0; i < 3; i++)
                moment[i] += c * walk->below[i][j];
            c *= -x / j;
        }
        rare += low_rare;
        common = mass - low_rare;
        moment[2] += center * (center * moment[0] - 2 * moment[1]);
        moment[1] -= center * moment[0];
    }
    for (size_t k = walk->low; k < walk->high; k++) {
        double x = exp(v + walk->a * l->s[k]), e = exp(-x), q = l->q[k], d = l->s[k] - center, t = q * x * e;
        rare += q * (1 - e);
        common += q * e;
        moment[0] += t;
        moment[1] += t * d;
        moment[2] += t * d * d;
        square += t * x;
    }
    *m = (struct moments){.rare = rare,
                          .log_m = rare < 0.5 ? log1p(-rare) : log(common),
                          .center = center,
                          .a0 = moment[0],
                          .a1 = moment[1],
                          .a2 = moment[2],
                          .x2 = square};
}

/* M^k e^(-x_c) from their logarithms; where M underflows, so do the moments that multiply it, whatever k
 * is. */
static double power_of(double log_m, double k, double x_c)
{
    if (log_m == -INFINITY && k < 0)
        return 0;
    return k == 0 ? exp(-x_c) : exp(k * log_m - x_c);
}

enum quantity { LOG_Z, SCORE, ENTROPY, PURITY, IMPURITY, VARIANCE, NEEDLE, REST, QUANTITIES };

/* The integrands at one v, for `others` keys of the law and, with c not NaN, one of score c. SCORE is
 * measured from `reference`. */
static void add_integrands(const struct moments *m, double others, double v, double a, double c,
                           double reference, double sum[QUANTITIES])
{
    int has_needle = !isnan(c);
    double x_c = has_needle ? exp(fmin(v + a * c, 7)) : 0; /* e^-e^7 = 0 */
    double all = power_of(m->log_m, others, x_c);
    double d = has_needle ? c - m->center : 0;
    if (others > 0) {
        double but_one = power_of(m->log_m, others - 1, x_c);
        double one = others * m->a0 * but_one;
        sum[REST] += one;
        sum[SCORE] += others * m->a1 * but_one + (m->center - reference) * one;
        sum[PURITY] += others * m->x2 * but_one;
        if (has_needle) {
            sum[IMPURITY] += 2 * x_c * one;
            sum[VARIANCE] += others * x_c * but_one * (m->a2 + d * (d * m->a0 - 2 * m->a1));
        }
    }
    if (others > 0 && others != 1) {
        double but_two = (1 - 1 / others) * power_of(m->log_m, others - 2, x_c);
        double b0 = others * m->a0, b1 = others * m->a1, b2 = others * m->a2;
        sum[IMPURITY] += but_two * b0 * b0;
        sum[VARIANCE] += but_two * (b2 * b0 - b1 * b1);
    }
    if (has_needle) {
        sum[NEEDLE] += x_c * all;
        sum[SCORE] += (c - reference) * x_c * all;
        sum[PURITY] += x_c * x_c * all;
    }
}

/* A point near the middle of M^n e^(-x_c) as a function of v: minus a rough E log Z. */
static double middle(const struct walk *walk, double n, double c)
{
    const struct lattice *l = walk->lattice;
    struct log_sum mean = {-INFINITY, 0, 0};
    size_t largest = l->count - 1;
    for (size_t k = l->count; k-- > 0;) {
        log_sum_add(&mean, log(l->q[k]) + walk->a * l->s[k], 0);
        if (n * walk->above[k] <= 1)
            largest = k;
    }
    double log_z = log(n) + fmin(mean.top + log(mean.sum), walk->a * l->s[largest]);
    return -(isnan(c) ? log_z : fmax(log_z, walk->a * c));
}

/* All integrals with lattices `coarser` times as wide as usual. */
static void integrate(const struct softmax_law *law, double n, double a, double c, double coarser,
                      double sum[QUANTITIES])
{
    const double step = 0.15 * coarser;
    int has_needle = !isnan(c), endless = law->kind == SOFTMAX_DENSITY && !isfinite(law->high - law->low);
    double others = n - has_needle;
    struct lattice lattice = lattice_make(law, n, a, coarser);
    struct walk walk;
    walk_begin(&walk, &lattice, a);
    c -= lattice.origin;
    for (int i = 0; i < QUANTITIES; i++)
        sum[i] = 0;
    /* heavy tails reach far: there v = center + width sinh(t / width), else v = center + t */
    double center = middle(&walk, n, c), width = endless ? 30 : INFINITY;
    /* log Z + center and sum p s - reference are small, so that the entropy does not cancel */
    double reference = -center / a, left = 0;
    if (!(fabs(reference) <= fmax(fabs(lattice.s[0]), fabs(lattice.s[lattice.count - 1])))) {
        reference = 0;
        left = center;
    }
    /* above v = first, M^(n-2) < e^-100 */
    size_t k = 0;
    while (k + 1 < lattice.count && (others - 2) * log1p(-fmin(walk.above[k + 1], 1)) < -100)
        k++;
    double first = fmax(log(nothing_above) - a * lattice.s[k], center + 4.5) - center;
    if (endless)
        first = width * asinh(first / width);
    for (double i = ceil(first / step);; i--) {
        double t = i * step, v = center + (endless ? width * sinh(t / width) : t);
        double part[QUANTITIES] = {0};
        struct moments m;
        walk_to(&walk, v);
        walk_moments(&walk, v, &m);
        double x_c = has_needle ? exp(fmin(v + a * c, 700)) : 0, x_center = exp(fmin(v - center, 700));
        double log_all = others > 0 ? others * m.log_m - x_c : -x_c;
        part[LOG_Z] = expm1(-x_center) - expm1(log_all);
        add_integrands(&m, others, v, a, c, reference, part);
        for (int j = 0; j < QUANTITIES; j++)
            sum[j] += (endless ? cosh(t / width) : 1) * part[j];
        if (others * fmax(m.rare, m.a0) + x_c + x_center < 1e-20)
            break;
    }
    for (int i = 0; i < QUANTITIES; i++)
        sum[i] *= step;
    sum[ENTROPY] = sum[LOG_Z] - a * sum[SCORE] - left;
    sum[LOG_Z] += a * lattice.origin - center;
    sum[SCORE] += lattice.origin + reference;
    free(walk.above);
    lattice_free(&lattice);
}

static struct softmax_value value_of(double fine, double coarse, double scale)
{
    return (struct softmax_value){fine, fabs(fine - coarse) + 1e-14 * fmax(fabs(fine), scale)};
}

int softmax_mean_needle(const struct softmax_law *law, double n, double a, double c,
                        struct softmax_mean *mean)
{
    struct softmax_value none = {NAN, NAN};
    double fine[QUANTITIES], coarse[QUANTITIES];
    *mean = (struct softmax_mean){none, none, none, none, none, none, none, none, none, none};
    if (!(n >= 1) || isinf(n) || !(a >= 0) || isinf(a) || isinf(c))
        return -1;
    integrate(law, n, a, c, 1, fine);
    integrate(law, n, a, c, 2, coarse);
    mean->log_z = value_of(fine[LOG_Z], coarse[LOG_Z], 0);
    mean->score = value_of(fine[SCORE], coarse[SCORE], 0);
    mean->entropy = value_of(fine[ENTROPY], coarse[ENTROPY], 1 + log(n));
    mean->purity = value_of(fine[PURITY], coarse[PURITY], 0);
    mean->impurity = value_of(fine[IMPURITY], coarse[IMPURITY], 0);
    mean->gradient = value_of(a * fine[IMPURITY], a * coarse[IMPURITY], 0);
    mean->variance = value_of(fine[VARIANCE], coarse[VARIANCE], 0);
    mean->total = value_of(fine[REST] + fine[NEEDLE], coarse[REST] + coarse[NEEDLE], 0);
    if (!isnan(c)) {
        mean->needle = value_of(fine[NEEDLE], coarse[NEEDLE], 0);
        mean->rest = value_of(fine[REST], coarse[REST], 0);
    }
    return 0;
}

int softmax_mean(const struct softmax_law *law, double n, double a, struct softmax_mean *mean)
{
    return softmax_mean_needle(law, n, a, NAN, mean);
}

/* ---- the inverse ---- */

/* Can lattices follow e^(-e^(v + a s)) where it matters? */
static int resolved(const struct softmax_law *law, double n, double a)
{
    double low = law_reach(law, -1, 0, log(n) + negligible), high = law_reach(law, 1, 0, log(n) + negligible);
    double first, last;
    if (law->kind == SOFTMAX_DISCRETE)
        return a < 1e6;
    busy_range(law, n, a, low, high, &first, &last);
    return (high - low) / scaled_step(law, first, last, a) < LATTICE_MAX;
}

struct softmax_value softmax_scale_of_entropy(const struct softmax_law *law, double n, double entropy)
{
    double low = 0, high = INFINITY, a = 1, sum[QUANTITIES];
    struct softmax_mean mean;
    if (!(n > 1) || isinf(n) || !(entropy > 0) || !(entropy <= log(n)))
        return (struct softmax_value){NAN, NAN};
    if (entropy == log(n))
        return (struct softmax_value){0, 0};
    /* Newton in log a, d E H / d log a = -a^2 Var, kept inside the bracket [low, high] */
    for (int i = 0; i < 200; i++) {
        if (!resolved(law, n, a))
            return (struct softmax_value){NAN, NAN};
        integrate(law, n, a, NAN, 1, sum);
        double excess = sum[ENTROPY] - entropy;
        *(excess > 0 ? &low : &high) = a;
        double next = a * exp(fmin(excess / (a * a * sum[VARIANCE]), 1.5));
        if (!(next > low && next < high))
            next = low > 0 && high < INFINITY ? sqrt(low * high) : a / 4;
        if (fabs(next - a) <= 1e-13 * a || a < 1e-150)
            break;
        a = next;
    }
    softmax_mean(law, n, a, &mean);
    return (struct softmax_value){a, mean.entropy.error / (a * mean.variance.value) + 1e-13 * a};
}

/* ---- the random energy model ---- */

double softmax_rem_entropy(double log_n, double a, double critical)
{
    if (a < critical)
        return log_n - a * a / 2;
    return gsl_sf_psi(1) - gsl_sf_psi(1 - critical / a);
}

static double excess_index(double w, double entropy)
{
    return gsl_sf_psi(1) - gsl_sf_psi(w) - entropy;
}

double softmax_rem_index(double entropy)
{
    /* with w = 1 - m: 1/w - psi'(1) < psi(1) - psi(w) < 1/w */
    double low = 1 / (entropy + 1.65), high = fmin(1, 1 / entropy);
    if (!(entropy > 0) || isinf(entropy))
        return NAN;
    for (int i = 0; i < 200; i++) {
        double middle = low + (high - low) / 2;
        if (middle <= low || middle >= high)
            break;
        if (excess_index(middle, entropy) > 0)
            low = middle;
        else
            high = middle;
    }
    return 1 - high;
}
