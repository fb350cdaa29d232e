#include "sparsity.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <gsl/gsl_randist.h>
#include <gsl/gsl_sf_gamma.h>
#include <gsl/gsl_sf_psi.h>

#include "base.h"
#include "dataset.h"
#include "linalg.h"
#include "rng.h"
#include "softmax.h"

enum { VECTOR_MAX = 1000000 };

/* ---- vectors as text ---- */

static char *vector_reject(struct sparsity_vector *vector, char *copy)
{
    free(copy);
    sparsity_vector_free(vector);
    return base_format("give finite numbers separated by ':', at most %d, not all 0, each perhaps repeated, "
                       "such as 1.2:1:0.01x18", VECTOR_MAX);
}

char *sparsity_vector_parse(const char *text, struct sparsity_vector *vector)
{
    *vector = (struct sparsity_vector){0};
    char *copy = base_copy(text), *rest = copy;
    double largest = 0;
    while (rest) {
        char *item = strsep(&rest, ":"), *times = strchr(item, 'x');
        long count = 1;
        double x;
        if (times)
            *times++ = '\0';
        if (base_parse_real(item, &x) || (times && base_parse_long(times, &count)) || count < 1 ||
            count > VECTOR_MAX - (long)vector->n)
            return vector_reject(vector, copy);
        vector->x = base_grow(vector->x, vector->n + (size_t)count, sizeof *vector->x);
        for (long i = 0; i < count; i++)
            vector->x[vector->n++] = x;
        largest = fmax(largest, fabs(x));
    }
    if (largest == 0)
        return vector_reject(vector, copy);
    free(copy);
    return NULL;
}

char *sparsity_vector_text(const double *x, size_t n)
{
    char *text = base_copy(""), number[32];
    for (size_t i = 0, run; i < n; i += run) {
        for (run = 1; i + run < n && x[i + run] == x[i];)
            run++;
        snprintf(number, sizeof number, "%.6g", x[i]);
        char *longer = run > 1 ? base_format("%s%s%sx%zu", text, i ? ":" : "", number, run)
                               : base_format("%s%s%s", text, i ? ":" : "", number);
        free(text);
        text = longer;
    }
    return text;
}

void sparsity_vector_free(struct sparsity_vector *vector)
{
    free(vector->x);
    *vector = (struct sparsity_vector){0};
}

/* One order: a number or "inf", greater than 0. */
static int order_parse(const char *text, double *order)
{
    if (!strcmp(text, "inf")) {
        *order = INFINITY;
        return 0;
    }
    return base_parse_real(text, order) || !(*order > 0) ? -1 : 0;
}

/* Two orders 0 < q < p, q finite, with `between` them. */
static int orders_parse(const char *text, char between, double *q, double *p)
{
    char *copy = base_copy(text), *second = strchr(copy, between);
    if (second)
        *second++ = '\0';
    int bad = !second || order_parse(copy, q) || order_parse(second, p) || !(*q < *p);
    free(copy);
    return bad ? -1 : 0;
}

int sparsity_orders_parse(const char *text, double *q, double *p)
{
    return orders_parse(text, ':', q, p);
}

/* ---- indices ---- */

static double largest_of(const double *x, size_t n)
{
    double top = 0;
    for (size_t i = 0; i < n; i++)
        top = x[i] > top ? x[i] : top;
    return top;
}

/* A sum whose rounding errors are carried along (Neumaier's form of Kahan's). */
struct carried {
    double sum, error;
};

static void carried_add(struct carried *s, double x)
{
    double next = s->sum + x;
    s->error += fabs(s->sum) >= fabs(x) ? (s->sum - next) + x : (x - next) + s->sum;
    s->sum = next;
}

static double carried_value(const struct carried *s)
{
    return s->sum + s->error;
}

/* sum (x_i / top)^p */
static double power_sum(const double *x, size_t n, double top, double p)
{
    struct carried s = {0};
    for (size_t i = 0; i < n; i++) {
        double y = x[i] / top;
        carried_add(&s, p == 1 ? y : p == 2 ? y * y : y > 0 ? pow(y, p) : 0);
    }
    return carried_value(&s);
}

double sparsity_norm(const double *x, size_t n, double p)
{
    double top = largest_of(x, n);
    if (top == 0 || isinf(p))
        return top > 0 ? top : NAN;
    return top * pow(power_sum(x, n, top, p), 1 / p);
}

double sparsity_log_mean(const double *x, size_t n, double p)
{
    double top = largest_of(x, n);
    if (top == 0 || isinf(p))
        return top > 0 ? log(top) : NAN;
    return log(top) + log(power_sum(x, n, top, p) / (double)n) / p;
}

double sparsity_ratio(const double *x, size_t n, double q, double p)
{
    double top = largest_of(x, n);
    if (top == 0)
        return NAN;
    double log_q = log(power_sum(x, n, top, q) / (double)n) / q;
    return exp(isinf(p) ? log_q : log_q - log(power_sum(x, n, top, p) / (double)n) / p);
}

/* Sums of powers of a counted vector, and what they count, relative to its largest entry. */
static long double counted_sum(const double *x, const double *count, size_t n, double top, double p)
{
    long double sum = 0;
    for (size_t i = 0; i < n; i++)
        if (x[i] > 0)
            sum += (long double)count[i] * powl((long double)x[i] / (long double)top, (long double)p);
    return sum;
}

double sparsity_ratio_counted(const double *x, const double *count, size_t n, double q, double p)
{
    double top = largest_of(x, n);
    if (top == 0)
        return NAN;
    long double all = 0;
    for (size_t i = 0; i < n; i++)
        all += (long double)count[i];
    long double log_q = logl(counted_sum(x, count, n, top, q) / all) / (long double)q;
    long double log_p = isinf(p) ? 0 : logl(counted_sum(x, count, n, top, p) / all) / (long double)p;
    return (double)expl(log_q - log_p);
}

double sparsity_mean_over_norm(const double *x, size_t n, double p)
{
    double top = largest_of(x, n);
    if (top == 0)
        return NAN;
    double norm = isinf(p) ? 1 : pow(power_sum(x, n, top, p), 1 / p);
    return power_sum(x, n, top, 1) / (double)n / norm;
}

/* Gini with n - k + `shift` in its last factor. */
static double gini(const double *x, size_t n, double shift, double *work)
{
    double top = largest_of(x, n);
    for (size_t i = 0; i < n; i++)
        work[i] = x[i] / top;
    stats_sort(work, n);
    struct carried all = {0}, ranked = {0};
    for (size_t i = 0; i < n; i++) {
        carried_add(&all, work[i]);
        carried_add(&ranked, work[i] * ((double)(n - i - 1) + shift));
    }
    return 1 - 2 * carried_value(&ranked) / carried_value(&all) / (double)n;
}

double sparsity_gini(const double *x, size_t n, double *work)
{
    return gini(x, n, 0.5, work);
}

double sparsity_hoyer(const double *x, size_t n)
{
    double top = largest_of(x, n), root = sqrt((double)n);
    if (top == 0 || n == 1)
        return NAN;
    return (root - power_sum(x, n, top, 1) / sqrt(power_sum(x, n, top, 2))) / (root - 1);
}

double sparsity_mean_over_logsumexp(const double *x, size_t n, double k)
{
    double top = largest_of(x, n);
    struct carried above = {0};
    for (size_t i = 0; i < n; i++)
        carried_add(&above, exp(k * (x[i] - top)));
    if (top == 0)
        return NAN;
    return power_sum(x, n, top, 1) / (double)n * (top / (top + log(carried_value(&above)) / k));
}

/* ---- measures by name ---- */

static double value_l0(const struct sparsity_measure *m, const double *x, size_t n, double *work)
{
    (void)m, (void)work;
    size_t nonzero = 0;
    for (size_t i = 0; i < n; i++)
        nonzero += x[i] > 0;
    return -(double)nonzero;
}

static double value_norm(const struct sparsity_measure *m, const double *x, size_t n, double *work)
{
    (void)work;
    return -sparsity_norm(x, n, m->p);
}

static double value_l1_l2(const struct sparsity_measure *m, const double *x, size_t n, double *work)
{
    (void)m, (void)work;
    return -(double)n * sparsity_mean_over_norm(x, n, 2);
}

static double value_log(const struct sparsity_measure *m, const double *x, size_t n, double *work)
{
    (void)m, (void)work;
    struct carried s = {0};
    for (size_t i = 0; i < n; i++)
        carried_add(&s, log1p(x[i] * x[i]));
    return -carried_value(&s);
}

static double value_kappa4(const struct sparsity_measure *m, const double *x, size_t n, double *work)
{
    (void)m, (void)work;
    double top = largest_of(x, n), square = power_sum(x, n, top, 2);
    return power_sum(x, n, top, 4) / (square * square);
}

static double value_hoyer(const struct sparsity_measure *m, const double *x, size_t n, double *work)
{
    (void)m, (void)work;
    return sparsity_hoyer(x, n);
}

static double value_lse(const struct sparsity_measure *m, const double *x, size_t n, double *work)
{
    (void)m, (void)work;
    return -sparsity_mean_over_logsumexp(x, n, 1);
}

static double value_mean_over_norm(const struct sparsity_measure *m, const double *x, size_t n, double *work)
{
    (void)work;
    return -sparsity_mean_over_norm(x, n, m->p);
}

static double value_ratio(const struct sparsity_measure *m, const double *x, size_t n, double *work)
{
    (void)work;
    return -sparsity_ratio(x, n, m->q, m->p);
}

static double value_renyi(const struct sparsity_measure *m, const double *x, size_t n, double *work)
{
    (void)work;
    return -softmax_renyi(x, n, m->p);
}

static double value_deficit(const struct sparsity_measure *m, const double *x, size_t n, double *work)
{
    (void)work;
    return log((double)n) - softmax_renyi(x, n, m->p);
}

static double value_gini(const struct sparsity_measure *m, const double *x, size_t n, double *work)
{
    return gini(x, n, m->p, work);
}

int sparsity_measure_parse(const char *name, struct sparsity_measure *measure)
{
    static const struct {
        const char *name;
        double (*value)(const struct sparsity_measure *, const double *, size_t, double *);
        double q, p;
        int parameters; /* that follow the name */
    } known[] = {
        {"l0", value_l0, 0, 0, 0},           {"l1", value_norm, 0, 1, 0},
        {"l1_l2", value_l1_l2, 1, 2, 0},     {"lp", value_norm, 0, 0, 1},
        {"log", value_log, 0, 0, 0},         {"kappa4", value_kappa4, 2, 4, 0},
        {"hoyer", value_hoyer, 1, 2, 0},     {"max", value_ratio, 1, INFINITY, 0},
        {"lse", value_lse, 0, 0, 0},         {"s1", value_mean_over_norm, 1, 0, 1},
        {"sqp", value_ratio, 0, 0, 2},       {"renyi", value_renyi, 0, 0, 1},
        {"deficit", value_deficit, 0, 0, 1}, {"gini", value_gini, 0, 0.5, 0},
        {"gini_whole", value_gini, 0, 0, 0},
    };
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        size_t length = strlen(known[i].name);
        if (strncmp(name, known[i].name, length) || name[length] != (known[i].parameters ? '_' : '\0'))
            continue;
        *measure = (struct sparsity_measure){known[i].value, known[i].q, known[i].p, 1};
        if (known[i].parameters == 1)
            return order_parse(name + length + 1, &measure->p);
        return known[i].parameters ? orders_parse(name + length + 1, '_', &measure->q, &measure->p) : 0;
    }
    return -1;
}

double sparsity_measure_value(const struct sparsity_measure *measure, const double *x, size_t n, double *work)
{
    return measure->sign * measure->value(measure, x, n, work);
}

/* ---- the six criteria ---- */

/* 1: b is greater than a; -1: less; 0: equal within 1e-12. */
static int change(double a, double b)
{
    double margin = 1e-12 * fmax(1, fmax(fabs(a), fabs(b)));
    return b - a > margin ? 1 : b - a < -margin ? -1 : 0;
}

static enum sparsity_verdict verdict_of(int wanted, int seen)
{
    return seen == wanted ? SPARSITY_HOLDS : seen == 0 ? SPARSITY_TIES : SPARSITY_VIOLATED;
}

/* The measure with x[from] put to `size`. */
static double value_with(const struct sparsity_measure *measure, const struct sparsity_trial *t, double size,
                         double *work)
{
    memcpy(work, t->x, t->n * sizeof *work);
    work[t->from] = size;
    return sparsity_measure_value(measure, work, t->n, work + t->n);
}

/* P1 is met when from some size on every growth makes sparser: the most favourable size tried decides. */
static struct sparsity_outcome judge_rich(const struct sparsity_measure *measure,
                                          const struct sparsity_trial *t, double *work)
{
    struct sparsity_outcome best = {.verdict = SPARSITY_VIOLATED + 1};
    double others = 0;
    for (size_t i = 0; i < t->n; i++)
        others = i != t->from && t->x[i] > others ? t->x[i] : others;
    const double sizes[] = {2 * others, 8 * others, 64 * others, 64 + 64 * others}, growths[] = {0.1, 1, 10};
    for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++) {
        struct sparsity_outcome worst = {.verdict = 0};
        double before = value_with(measure, t, sizes[s], work);
        for (size_t g = 0; g < sizeof growths / sizeof *growths; g++) {
            double growth = growths[g] * sizes[s], after = value_with(measure, t, sizes[s] + growth, work);
            enum sparsity_verdict verdict = verdict_of(1, change(before, after));
            if (verdict > worst.verdict)
                worst = (struct sparsity_outcome){verdict, before, after, sizes[s], growth};
        }
        if (worst.verdict < best.verdict)
            best = worst;
    }
    return best;
}

struct sparsity_outcome sparsity_judge(const struct sparsity_measure *measure,
                                       enum sparsity_criterion criterion, const struct sparsity_trial *t,
                                       double *work)
{
    if (criterion == SPARSITY_P1)
        return judge_rich(measure, t, work);
    size_t copies = criterion == SPARSITY_D4 ? (size_t)t->amount : 1, n = t->n;
    double *y = work;
    for (size_t c = 0; c < copies; c++)
        memcpy(y + c * n, t->x, n * sizeof *y);
    n *= copies;
    switch (criterion) {
    case SPARSITY_D1:
        y[t->from] -= t->amount;
        y[t->to] += t->amount;
        break;
    case SPARSITY_D2:
        for (size_t i = 0; i < n; i++)
            y[i] *= t->amount;
        break;
    case SPARSITY_D3:
        for (size_t i = 0; i < n; i++)
            y[i] += t->amount;
        break;
    case SPARSITY_P2:
        y[n++] = 0;
        break;
    default:
        break;
    }
    struct sparsity_outcome o = {0};
    o.before = sparsity_measure_value(measure, t->x, t->n, work + n);
    o.after = sparsity_measure_value(measure, y, n, work + n);
    int seen = change(o.before, o.after);
    if (criterion == SPARSITY_D2 || criterion == SPARSITY_D4)
        o.verdict = seen ? SPARSITY_VIOLATED : SPARSITY_HOLDS;
    else
        o.verdict = verdict_of(criterion == SPARSITY_P2 ? 1 : -1, seen);
    return o;
}

/* ---- theory of S*_{q,p} ---- */

double sparsity_rise(const double *x, size_t n, double s)
{
    double top = largest_of(x, n);
    return power_sum(x, n, top, s - 1) / power_sum(x, n, top, s) / top;
}

double sparsity_rich_threshold(const double *others, size_t m, double q, double p)
{
    double top = largest_of(others, m);
    return top * pow(power_sum(others, m, top, p) / power_sum(others, m, top, q), 1 / (p - q));
}

double sparsity_transfer_slope(const double *x, const double *count, size_t n, double rich, double poor,
                               double q, double p)
{
    double top = largest_of(x, n);
    long double sum_q = counted_sum(x, count, n, top, q), sum_p = counted_sum(x, count, n, top, p);
    long double r = (long double)rich / (long double)top, s = (long double)poor / (long double)top;
    long double gain_q = (powl(s, (long double)q - 1) - powl(r, (long double)q - 1)) / sum_q;
    long double gain_p = (powl(s, (long double)p - 1) - powl(r, (long double)p - 1)) / sum_p;
    return (double)((gain_q - gain_p) / (long double)top);
}

/* Two equal large entries 1 and small ones s need 2 (p-q) / ((1-p) s^q - (1-q) s^p) of these at least. The s
 * at which that is least. */
static double small_entry(double q, double p)
{
    return pow(q * (1 - p) / (p * (1 - q)), 1 / (p - q));
}

double sparsity_failure_entries(double q, double p)
{
    return 2 * p / (1 - p) * pow(p * (1 - q) / (q * (1 - p)), q / (p - q));
}

double sparsity_failure_size(double q, double p)
{
    if (q > 1 || p >= 1)
        return q > 1 ? 3 : INFINITY;
    double m = sparsity_failure_entries(q, p), whole = rint(m);
    return 3 + (fabs(m - whole) <= 1e-9 * fmax(1, whole) ? whole : floor(m));
}

/* The number of entries s that two large ones e^u, e^-u need at least for the transfer between them to
 * fail. */
static double needed_entries(double q, double p, double u, double s)
{
    double ratio = sinh((1 - p) * u) / sinh((1 - q) * u); /* of the gains in M_p and in M_q */
    double gain = ratio * pow(s, q) - pow(s, p);
    return gain > 0 ? 2 * (cosh(p * u) - ratio * cosh(q * u)) / gain : INFINITY;
}

/* Least over s by golden section in log s: infinite at both ends, with one minimum between. */
static double least_needed(double q, double p, double u)
{
    const double golden = 0.6180339887498949;
    double high = log(sinh((1 - p) * u) / sinh((1 - q) * u)) / (p - q), low = high - 700;
    double a = high - golden * (high - low), b = low + golden * (high - low);
    double at_a = needed_entries(q, p, u, exp(a)), at_b = needed_entries(q, p, u, exp(b));
    while (high - low > 1e-9) {
        if (at_a <= at_b) {
            high = b, b = a, at_b = at_a;
            a = high - golden * (high - low);
            at_a = needed_entries(q, p, u, exp(a));
        } else {
            low = a, a = b, at_a = at_b;
            b = low + golden * (high - low);
            at_b = needed_entries(q, p, u, exp(b));
        }
    }
    return fmin(at_a, at_b);
}

double sparsity_failure_size_searched(double q, double p)
{
    double least = INFINITY;
    for (double u = 1e-4; u < 20; u *= 1.3)
        least = fmin(least, least_needed(q, p, u));
    return least < 1e15 ? 3 + floor(least) : INFINITY;
}

int sparsity_certificate(double q, double p, struct sparsity_certificate *c)
{
    if (q <= 1 && p >= 1)
        return -1;
    if (q > 1) { /* a large entry, and two small ones where more is gained in M_p than in M_q */
        double t = isinf(p) ? 0.5 : 0.5 * pow((q - 1) / (p - 1), 1 / (p - q));
        *c = (struct sparsity_certificate){.x = {1, t, t / 2}, .count = {1, 1, 1}, .from = 1, .to = 2};
        while (!isinf(p) && t > 0 && pow(t, p - q) >= 0.9 * (q - 1) / (p - 1) *
                                                        power_sum(c->x, 3, 1, p) / power_sum(c->x, 3, 1, q)) {
            t /= 2;
            c->x[1] = t, c->x[2] = t / 2;
        }
        c->amount = t / 8;
        return t > 0 ? 0 : -1;
    }
    /* two large entries, and twice as many small ones as are needed */
    double d = 0.1, s = small_entry(q, p), m = 2 * (sparsity_failure_size(q, p) - 2);
    *c = (struct sparsity_certificate){.x = {1 + d, 1 - d, s}, .count = {1, 1, m}, .amount = d / 2};
    c->from = 0, c->to = 1;
    return s > 0 && m < 1e300 ? 0 : -1;
}

/* ---- vectors to try ---- */

double sparsity_rounded(double x)
{
    char text[32];
    return strtod(base_real_text(text, x, 4), NULL);
}

int sparsity_is_constant(const double *x, size_t n)
{
    for (size_t i = 1; i < n; i++)
        if (x[i] != x[0])
            return 0;
    return 1;
}

static double random_entry(gsl_rng *rng, size_t kind, size_t i)
{
    double u = gsl_rng_uniform_pos(rng);
    switch (kind) {
    case 0: /* exponential */
        return -log(u);
    case 1: /* uniform */
        return u;
    case 2: /* heavy-tailed */
        return pow(fabs(rng_normal(rng)), 3);
    case 3: /* whole numbers with zeros */
        return floor(10 * u);
    case 4:
        return floor(4 * u);
    case 5: /* two large entries, many small ones */
        return i < 2 ? 1 + u : 0.02 * u;
    case 6: /* one large entry, small ones */
        return i < 1 ? 8 + 4 * u : 2 * u;
    default: /* nearly empty */
        return i < 2 ? u : 0;
    }
}

size_t sparsity_vector_draw(gsl_rng *rng, size_t kind, double *x)
{
    static const double scales[] = {0.25, 1, 4};
    size_t n = 3 + gsl_rng_uniform_int(rng, gsl_rng_uniform(rng) < 0.5 ? 6 : SPARSITY_DRAWN_MAX - 2),
           positive;
    double scale = scales[gsl_rng_uniform_int(rng, 3)], top;
    do {
        positive = 0, top = 0;
        for (size_t i = 0; i < n; i++) {
            x[i] = random_entry(rng, kind, i);
            top = fmax(top, x[i]);
        }
        for (size_t i = 0; i < n; i++) {
            x[i] = sparsity_rounded(x[i] * fmin(scale, 12 / top));
            positive += x[i] > 0;
        }
    } while (positive < 2 || sparsity_is_constant(x, n));
    return n;
}

/* ---- samples ---- */

int sparsity_law_parse(const char *name, struct sparsity_law *law)
{
    static const struct {
        const char *name;
        int kind, parameter;
    } known[] = {{"normal", SPARSITY_NORMAL, 0},       {"laplace", SPARSITY_LAPLACE, 0},
                 {"uniform", SPARSITY_UNIFORM, 0},     {"lognormal", SPARSITY_LOGNORMAL, 1},
                 {"bernoulli", SPARSITY_BERNOULLI, 1}, {"student", SPARSITY_STUDENT, 1},
                 {"softmax", SPARSITY_SOFTMAX, 1}};
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        size_t length = strlen(known[i].name);
        if (strncmp(name, known[i].name, length) || name[length] != (known[i].parameter ? ':' : '\0'))
            continue;
        *law = (struct sparsity_law){.kind = (unsigned)known[i].kind};
        if (!known[i].parameter)
            return 0;
        if (base_parse_real(name + length + 1, &law->parameter) || !(law->parameter > 0))
            return -1;
        return law->kind == SPARSITY_BERNOULLI && law->parameter > 1 ? -1 : 0;
    }
    return -1;
}

char *sparsity_law_check(const char *name)
{
    struct sparsity_law law;
    if (!sparsity_law_parse(name, &law))
        return NULL;
    return base_format("--law: '%.40s' is not accepted; give normal, laplace, uniform, lognormal:S, "
                       "bernoulli:RHO, student:NU or softmax:G, parameters greater than 0, RHO at most 1",
                       name);
}

static double draw_one(const struct sparsity_law *law, gsl_rng *rng)
{
    switch (law->kind) {
    case SPARSITY_NORMAL:
        return fabs(rng_normal(rng));
    case SPARSITY_LAPLACE:
        return -log(gsl_rng_uniform_pos(rng));
    case SPARSITY_UNIFORM:
        return gsl_rng_uniform_pos(rng);
    case SPARSITY_LOGNORMAL:
        return exp(law->parameter * rng_normal(rng));
    case SPARSITY_BERNOULLI:
        return gsl_rng_uniform(rng) < law->parameter;
    case SPARSITY_STUDENT:
        return fabs(gsl_ran_tdist(rng, law->parameter));
    default:
        return law->parameter * rng_normal(rng);
    }
}

void sparsity_law_draw(const struct sparsity_law *law, gsl_rng *rng, double *x, size_t n)
{
    do {
        for (size_t i = 0; i < n; i++)
            x[i] = draw_one(law, rng);
        if (law->kind == SPARSITY_SOFTMAX)
            softmax_weights(x, n, x);
    } while (largest_of(x, n) == 0);
}

/* ---- data ---- */

/* Magnitudes of the entries of a matrix of points. */
static void vector_take(struct sparsity_vector *v, const double *x, size_t n)
{
    v->x = base_alloc(n, sizeof *v->x);
    v->n = n;
    for (size_t i = 0; i < n; i++)
        v->x[i] = fabs(x[i]);
}

static struct sparsity_vector data_load(const char *name, const char *file)
{
    struct sparsity_vector v = {0};
    if (!strcmp(name, "words")) {
        struct dataset_text *text = dataset_text(file ? file : "/usr/share/common-licenses");
        v.x = base_alloc(text->words, sizeof *v.x);
        v.n = text->words;
        for (size_t i = 0; i < v.n; i++)
            v.x[i] = (double)text->count[i];
        dataset_text_free(text);
    } else if (!strcmp(name, "file") || !strcmp(name, "digits") || !strcmp(name, "spectrum")) {
        int own = !strcmp(name, "file");
        struct dataset *points = own ? dataset_file(file) : dataset_digits();
        if (!strcmp(name, "spectrum")) {
            v.n = points->n < points->m ? points->n : points->m;
            v.x = base_alloc(v.n, sizeof *v.x);
            linalg_svd(points->n, points->m, points->x, v.x, NULL, NULL);
            double rounding = v.x[0] * DBL_EPSILON * (double)(points->n > points->m ? points->n : points->m);
            for (size_t i = 0; i < v.n; i++)
                v.x[i] = v.x[i] > rounding ? v.x[i] : 0;
        } else {
            vector_take(&v, points->x, points->n * points->m);
        }
        dataset_free(points);
    } else {
        free(sparsity_vector_parse(name, &v));
        for (size_t i = 0; i < v.n; i++)
            v.x[i] = fabs(v.x[i]);
    }
    if (largest_of(v.x, v.n) == 0)
        base_die(BASE_BAD_USAGE, "--file: '%s' is not accepted; give entries that are not all 0", file);
    return v;
}

char *sparsity_data_check(const char *name, const char *file)
{
    static const char *const words[] = {"words", "digits", "spectrum", "file"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (!strcmp(name, words[i]))
            return strcmp(name, "file") || strcmp(file, "none")
                       ? NULL
                       : base_copy("--file: 'none' is not accepted; with --data file give a file of numbers");
    struct sparsity_vector v;
    char *reason = sparsity_vector_parse(name, &v);
    char *why = NULL;
    if (reason)
        why = base_format("--data: '%.60s' is not accepted; give words, digits, spectrum, file, numbers: %s",
                          name, reason);
    free(reason);
    sparsity_vector_free(&v);
    return why;
}

struct sparsity_data *sparsity_data_load(const struct axis_values *names, const char *file)
{
    struct sparsity_data *data = base_alloc(1, sizeof *data);
    data->count = names->count;
    data->name = (const char *const *)names->text;
    data->vector = base_alloc(data->count, sizeof *data->vector);
    for (size_t i = 0; i < data->count; i++)
        data->vector[i] = data_load(data->name[i], strcmp(file, "none") ? file : NULL);
    return data;
}

const struct sparsity_vector *sparsity_data_get(const struct sparsity_data *data, const char *name)
{
    for (size_t i = 0; i < data->count; i++)
        if (!strcmp(data->name[i], name))
            return &data->vector[i];
    return NULL;
}

void sparsity_data_free(struct sparsity_data *data)
{
    for (size_t i = 0; i < data->count; i++)
        sparsity_vector_free(&data->vector[i]);
    free(data->vector);
    free(data);
}

/* ---- theory of samples ---- */

double sparsity_law_moment(const struct sparsity_law *law, double k)
{
    double a = law->parameter;
    switch (law->kind) {
    case SPARSITY_NORMAL:
        return exp(k / 2 * M_LN2 + gsl_sf_lngamma((k + 1) / 2)) / sqrt(M_PI);
    case SPARSITY_LAPLACE:
        return gsl_sf_gamma(k + 1);
    case SPARSITY_UNIFORM:
        return 1 / (k + 1);
    case SPARSITY_BERNOULLI:
        return a;
    case SPARSITY_STUDENT:
        if (k >= a)
            return INFINITY;
        return exp(k / 2 * log(a) + gsl_sf_lngamma((k + 1) / 2) + gsl_sf_lngamma((a - k) / 2) -
                   gsl_sf_lngamma(a / 2)) /
               sqrt(M_PI);
    default:
        return exp(k * k * a * a / 2);
    }
}

double sparsity_law_moment_slope(const struct sparsity_law *law, double k)
{
    double a = law->parameter;
    switch (law->kind) {
    case SPARSITY_NORMAL:
        return M_LN2 / 2 + gsl_sf_psi((k + 1) / 2) / 2;
    case SPARSITY_LAPLACE:
        return gsl_sf_psi(k + 1);
    case SPARSITY_UNIFORM:
        return -1 / (k + 1);
    case SPARSITY_BERNOULLI:
        return 0;
    case SPARSITY_STUDENT:
        return k >= a ? NAN : log(a) / 2 + gsl_sf_psi((k + 1) / 2) / 2 - gsl_sf_psi((a - k) / 2) / 2;
    default:
        return k * a * a;
    }
}

double sparsity_law_effective(const struct sparsity_law *law, double k)
{
    double m1 = sparsity_law_moment(law, 1);
    if (k == 1)
        return m1 * exp(-sparsity_law_moment_slope(law, 1));
    return exp(k / (k - 1) * (log(m1) - log(sparsity_law_moment(law, k)) / k));
}

/* The estimate exp(value) with the error that follows from the mean square of its influence function. */
static struct stats_mean estimate(double value, double squares, size_t n)
{
    return (struct stats_mean){exp(value), exp(value) * sqrt(squares) / (double)n, (long)n};
}

struct stats_mean sparsity_effective(const double *x, size_t n, double k)
{
    double top = largest_of(x, n), m1 = power_sum(x, n, top, 1) / (double)n;
    struct carried entropy = {0}, squares = {0};
    if (k != 1) {
        double mk = power_sum(x, n, top, k) / (double)n;
        for (size_t i = 0; i < n; i++) {
            double y = x[i] / top, influence = k / (k - 1) * ((y / m1 - 1) - (pow(y, k) / mk - 1) / k);
            carried_add(&squares, influence * influence);
        }
        return estimate(k / (k - 1) * (log(m1) - log(mk) / k), carried_value(&squares), n);
    }
    for (size_t i = 0; i < n; i++)
        carried_add(&entropy, x[i] > 0 ? x[i] / top * log(x[i] / top) : 0);
    double c = carried_value(&entropy) / (double)n / m1; /* E[x log x] / E x */
    for (size_t i = 0; i < n; i++) {
        double y = x[i] / top, influence = (1 + c) * (y / m1 - 1) - ((y > 0 ? y * log(y) / m1 : 0) - c);
        carried_add(&squares, influence * influence);
    }
    return estimate(log(m1) - c, carried_value(&squares), n);
}

struct stats_mean sparsity_ratio_estimate(const double *x, size_t n)
{
    struct stats_mean square = sparsity_effective(x, n, 2);
    double s = sqrt(square.value);
    return (struct stats_mean){s, square.error / (2 * s), square.count};
}
