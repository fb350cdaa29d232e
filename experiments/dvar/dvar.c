/* Schedules, jumps, trajectories, and Gaussian data. */
#include "dvar.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <gsl/gsl_math.h>
#include <gsl/gsl_sf_log.h>

#include "base.h"

/* ---- lists of numbers in one word ---- */

int dvar_list_parse(const char *text, double **x, size_t *n, char **why)
{
    enum { COUNT_MAX = 1000000 };
    char *copy = base_copy(text), *save = NULL;
    *x = NULL;
    *n = 0;
    *why = *text ? NULL
                 : base_copy("an empty list; give numbers with slashes between them, such as 0.25/0.04/1");
    for (char *item = strtok_r(copy, "/", &save); item && !*why; item = strtok_r(NULL, "/", &save)) {
        char *star = strchr(item, '*');
        long count = 1;
        double value;
        if (star)
            *star++ = '\0';
        if (base_parse_real(item, &value) || (star && base_parse_long(star, &count)) || count < 1 ||
            count > COUNT_MAX) {
            *why = base_format(
                "'%.60s' in '%.60s'; give finite numbers with slashes between them, such as 0.25/0.04/1,"
                " or with a count, 0.3*64",
                item, text);
            break;
        }
        *x = base_grow(*x, *n + (size_t)count, sizeof **x);
        for (long i = 0; i < count; i++)
            (*x)[(*n)++] = value;
    }
    if (!*why && *n == 0)
        *why = base_format("'%.60s' holds no number; give some with slashes between them", text);
    free(copy);
    if (*why) {
        free(*x);
        *x = NULL;
        *n = 0;
        return -1;
    }
    return 0;
}

/* ---- schedules ---- */

/* Parameters of a schedule's name behind its first slash, in place of the `count` ones by default. All lie in
 * (0,1). */
static int schedule_parameters(const char *name, const char *kind, double *parameter, size_t count,
                               char **why)
{
    size_t length = strlen(kind), given;
    double *x = NULL;
    if (name[length] == '/') {
        if (dvar_list_parse(name + length + 1, &x, &given, why))
            return -1;
        if (given != count)
            *why = base_format("schedule '%.60s' has %zu parameters; '%s' takes %zu or none", name, given,
                               kind, count);
        for (size_t i = 0; i < given && !*why; i++) {
            if (!(x[i] > 0 && x[i] < 1))
                *why = base_format("parameter %g of schedule '%.60s' is not in (0,1)", x[i], name);
            else
                parameter[i] = x[i];
        }
        free(x);
    }
    return *why ? -1 : 0;
}

static int is_kind(const char *name, const char *kind)
{
    size_t length = strlen(kind);
    return !strncmp(name, kind, length) && (name[length] == '\0' || name[length] == '/');
}

static double cosine_log_ab2(double t, double offset)
{
    return 2 * log(cos(M_PI_2 * (t + offset) / (1 + offset)));
}

int dvar_schedule_init(struct dvar_schedule *schedule, const char *name, long steps, char **why)
{
    double linear[2] = {1e-4, 0.02}, keras = 0.02, offset = 0.008;
    const double cosine_beta2_max = 0.999;
    *schedule = (struct dvar_schedule){0};
    *why = NULL;
    if (steps < 1 || steps > 10000000)
        *why = base_format("%ld steps of a schedule; give 1 to 10000000", steps);
    else if (is_kind(name, "linear"))
        schedule_parameters(name, "linear", linear, 2, why);
    else if (is_kind(name, "keras"))
        schedule_parameters(name, "keras", &keras, 1, why);
    else if (is_kind(name, "cosine"))
        schedule_parameters(name, "cosine", &offset, 1, why);
    else
        *why =
            base_format("schedule '%.60s'; give linear[/FIRST/LAST], keras[/LAST] or cosine[/OFFSET]", name);
    if (*why)
        return -1;
    schedule->steps = steps;
    schedule->log_ab2 = base_alloc((size_t)steps + 1, sizeof *schedule->log_ab2);
    for (long t = 1; t <= steps; t++) {
        double at = (double)t / (double)steps, before = (double)(t - 1) / (double)steps, change;
        if (name[0] == 'l')
            change =
                log1p(-(linear[0] +
                        (steps > 1 ? (linear[1] - linear[0]) * (double)(t - 1) / (double)(steps - 1) : 0)));
        else if (name[0] == 'k')
            change = log1p(-keras * at);
        else
            change =
                fmax(log1p(-cosine_beta2_max),
                     t < steps ? cosine_log_ab2(at, offset) - cosine_log_ab2(before, offset) : -INFINITY);
        schedule->log_ab2[t] = schedule->log_ab2[t - 1] + change;
    }
    return 0;
}

void dvar_schedule_free(struct dvar_schedule *schedule)
{
    free(schedule->log_ab2);
    *schedule = (struct dvar_schedule){0};
}

double dvar_ab(const struct dvar_schedule *schedule, long t)
{
    return exp(schedule->log_ab2[t] / 2);
}

double dvar_bb2(const struct dvar_schedule *schedule, long t)
{
    return -expm1(schedule->log_ab2[t]);
}

/* ---- jumps ---- */

struct dvar_jump dvar_jump_between(const struct dvar_schedule *schedule, long t, long s, double eta)
{
    struct dvar_jump j = {.ab_t = dvar_ab(schedule, t),
                          .ab_s = dvar_ab(schedule, s),
                          .bb2_t = dvar_bb2(schedule, t),
                          .bb2_s = dvar_bb2(schedule, s),
                          .beta2 = -expm1(schedule->log_ab2[t] - schedule->log_ab2[s])};
    j.btilde2 = j.bb2_s * j.beta2 / j.bb2_t;
    int largest = isinf(eta);
    j.lambda2 = largest ? j.bb2_s : eta * eta * j.btilde2;
    /* bb_s^2 - lambda^2 as (1 - eta^2) btilde^2 + bb_s^4 ab_t^2/(ab_s^2 bb_t^2), and ab_s - ab_t kappa
     * times its conjugate over the conjugate: sums of positive terms, where nothing cancels */
    double ratio = j.ab_t / j.ab_s;
    double rest = (1 - eta * eta) * j.btilde2 + j.bb2_s * j.bb2_s * ratio * ratio / j.bb2_t;
    j.kappa = largest ? 0 : sqrt(rest / j.bb2_t);
    j.gamma =
        (j.ab_s * j.ab_s * j.beta2 + j.ab_t * j.ab_t * j.lambda2) / (j.bb2_t * (j.ab_s + j.ab_t * j.kappa));
    return j;
}

double dvar_eta_parse(const char *text)
{
    double eta;
    if (!strcmp(text, "max"))
        return DVAR_ETA_MAX;
    if (base_parse_real(text, &eta) || !(eta >= 0 && eta <= 1))
        base_die(BASE_BAD_USAGE, "eta: '%.60s' is not accepted; give a number in [0,1] or max", text);
    return eta;
}

/* ---- trajectories ---- */

static int steps_from_list(const char *spacing, long K, long *ts, char **why)
{
    double *x;
    size_t n;
    if (dvar_list_parse(spacing, &x, &n, why))
        return -1;
    if (n != (size_t)K)
        *why = base_format("%zu times in '%.60s', but K = %ld", n, spacing, K);
    for (size_t i = 0; i < n && !*why; i++) {
        if (x[i] != rint(x[i]) || !(x[i] >= 1 && x[i] < 1e9))
            *why = base_format("time %g in '%.60s' is not a whole number from 1 to T", x[i], spacing);
        else
            ts[i + 1] = (long)x[i];
    }
    free(x);
    return *why ? -1 : 0;
}

int dvar_steps_make(const char *spacing, long T, long K, long *ts, char **why)
{
    *why = NULL;
    ts[0] = 0;
    if (K < 1 || K > T) {
        *why = base_format("K = %ld steps; give 1 to T = %ld", K, T);
        return -1;
    }
    if (!strcmp(spacing, "linear") || !strcmp(spacing, "quadratic")) {
        int linear = spacing[0] == 'l';
        double last = linear ? (double)T : sqrt((double)T), step = (last - 1) / (double)(K > 1 ? K - 1 : 1);
        for (long i = 0; i < K; i++) {
            double x = 1 + (double)i * step;
            ts[i + 1] = (long)rint(linear ? x : x * x);
        }
        ts[K] = T;
    } else if ((spacing[0] < '0' || spacing[0] > '9')) {
        *why =
            base_format("spacing '%.60s'; give linear, quadratic or K times such as 1/250/500/1000", spacing);
    } else {
        steps_from_list(spacing, K, ts, why);
    }
    for (long i = 1; i <= K && !*why; i++)
        if (ts[i] <= ts[i - 1])
            *why = base_format("spacing '%.60s' with K = %ld, T = %ld: time %ld follows %ld, it must grow",
                               spacing, K, T, ts[i], ts[i - 1]);
    if (!*why && ts[K] != T)
        *why = base_format("spacing '%.60s' ends at %ld; the last time must be T = %ld", spacing, ts[K], T);
    return *why ? -1 : 0;
}

void dvar_trajectory_optimal(long T, long K, const double *cost, double *least, long *ts)
{
    size_t width = (size_t)T + 1;
    double *sum = base_alloc(width, sizeof *sum),
           *next = base_alloc(width, sizeof *next);           /* best cost from 0 to t */
    long *from = base_alloc((size_t)K * width, sizeof *from); /* the time before t, with k + 1 steps */
    for (long t = 1; t <= T; t++)
        sum[t] = cost[t];
    for (long k = 0; k < K; k++) {
        if (k > 0) {
            for (long t = 0; t <= T; t++)
                next[t] = INFINITY;
            for (long s = k; s < T; s++) /* k steps reach s >= k only */
                for (long t = s + 1; t <= T; t++) {
                    double c = sum[s] + cost[(size_t)s * width + (size_t)t];
                    if (c < next[t]) {
                        next[t] = c;
                        from[(size_t)k * width + (size_t)t] = s;
                    }
                }
            double *swap = sum;
            sum = next;
            next = swap;
        }
        least[k] = sum[T];
        long *row = ts + k * (K + 1);
        row[0] = 0;
        for (long i = k + 1, t = T; i >= 1; i--) {
            row[i] = t;
            t = from[(size_t)(i - 1) * width + (size_t)t];
        }
    }
    free(sum);
    free(next);
    free(from);
}

/* ---- Gaussian data ---- */

double dvar_gauss_gain(double v, double ab, double bb2)
{
    return ab * v / (ab * ab * v + bb2);
}

double dvar_gauss_variance(double v, double ab, double bb2)
{
    return v > 0 ? v * bb2 / (ab * ab * v + bb2) : 0;
}

double dvar_excess(double u)
{
    return u > -1 ? -gsl_sf_log_1plusx_mx(u) : INFINITY;
}

double dvar_excess_of(double v0, double v)
{
    return v0 > 0.5 * v ? dvar_excess((v0 - v) / v) : v0 / v - 1 - log(v0 / v);
}

double dvar_gauss_kl(double m0, double v0, double m, double v)
{
    if (!(v > 0))
        return v0 > 0 ? INFINITY : 0;
    return 0.5 * (dvar_excess_of(v0, v) + (m0 - m) * (m0 - m) / v);
}

double dvar_gauss_w2sq(double m0, double v0, double m, double v)
{
    double sum = sqrt(v0) + sqrt(v), root = sum > 0 ? (v0 - v) / sum : 0;
    return root * root + (m0 - m) * (m0 - m);
}

double dvar_lmmse(const double *eigen, size_t d, double ab, double bb2)
{
    double sum = 0;
    for (size_t i = 0; i < d; i++)
        sum += dvar_gauss_variance(eigen[i], ab, bb2);
    return sum / (double)d;
}
