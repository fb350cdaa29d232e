/* The iterations: what a method takes for the Jacobians, and the linear recurrence solved in turn, by a scan,
 * or damped by a Kalman smoother. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base.h"
#include "linalg.h"
#include "rnn.h"

static const char *const method_name[] = {"picard", "fixed", "plus1", "newton", "quasi", "elk", "quasi_elk"};

enum rnn_method rnn_method_of(const char *name)
{
    enum rnn_method m = 0;
    while (m < RNN_METHODS && strcmp(name, method_name[m]))
        m++;
    return m;
}

const char *rnn_method_name(enum rnn_method method)
{
    return method_name[method];
}

const char *rnn_status_name(enum rnn_status status)
{
    static const char *const names[] = {"converged", "maxit", "nonfinite"};
    return names[status];
}

struct rnn_work {
    double *f;        /* [steps][d] */
    double *gate;     /* [steps][gates][d] */
    double *zero;     /* [steps][gates][d]: the gates at x = 0, for plus1 */
    double *zeros;    /* [d] */
    double *j;        /* [d][d] */
    double *v, *w;    /* [d] */
    double *elements; /* of the scan */
    double *smooth;   /* of the Kalman smoother: see elk_alloc */
};

static int is_elk(enum rnn_method method)
{
    return method == RNN_ELK || method == RNN_QUASI_ELK;
}

static int is_diagonal(enum rnn_method method)
{
    return method == RNN_QUASI || method == RNN_QUASI_ELK;
}

/* Doubles of one scan element, and of one step of the smoother. */
static size_t element_doubles(size_t d, const struct rnn_options *options)
{
    if (is_elk(options->method) || options->order == RNN_IN_TURN)
        return 0;
    return is_diagonal(options->method) ? 2 * d : d * d + d;
}

static size_t smooth_doubles(size_t d, const struct rnn_options *options)
{
    if (!is_elk(options->method))
        return 0;
    return options->method == RNN_ELK ? 3 * d * d + 2 * d : 5 * d;
}

double rnn_work_bytes(size_t d, size_t steps, const struct rnn_options *options)
{
    double per_step = 8. * (double)(8 * d + element_doubles(d, options) + smooth_doubles(d, options));
    return per_step * (double)steps * (options->order == RNN_DOUBLING ? 2 : 1) + 8. * (double)(d * d);
}

struct rnn_work *rnn_work_alloc(const struct rnn *rnn, const struct rnn_options *options)
{
    size_t d = rnn->d, steps = rnn->steps, gates = rnn->gates;
    struct rnn_work *work = base_alloc(1, sizeof *work);
    work->f = base_alloc(steps * d, sizeof(double));
    work->gate = base_alloc(steps * gates * d, sizeof(double));
    work->zeros = base_alloc(d, sizeof(double));
    work->j = base_alloc(d * d, sizeof(double));
    work->v = base_alloc(d, sizeof(double));
    work->w = base_alloc(d, sizeof(double));
    if (options->method == RNN_PLUS1) {
        work->zero = base_alloc(steps * gates * d, sizeof(double));
        for (size_t t = 1; t <= steps; t++)
            rnn_step(rnn, t, work->zeros, work->v, work->zero + (t - 1) * gates * d);
    }
    if (element_doubles(d, options))
        work->elements = base_alloc(steps * element_doubles(d, options), sizeof(double));
    if (smooth_doubles(d, options))
        work->smooth = base_alloc((steps + 1) * smooth_doubles(d, options), sizeof(double));
    return work;
}

void rnn_work_free(struct rnn_work *work)
{
    if (!work)
        return;
    free(work->f);
    free(work->gate);
    free(work->zero);
    free(work->zeros);
    free(work->j);
    free(work->v);
    free(work->w);
    free(work->elements);
    free(work->smooth);
    free(work);
}

/* What the method takes for the Jacobian of step t, j[d][d] (diagonal methods: j[d]). */
static void method_jacobian(const struct rnn *rnn, enum rnn_method method, size_t t, const double *x,
                            const struct rnn_work *work, double *j)
{
    size_t d = rnn->d, at = (t - 1) * rnn->gates * d;
    switch (method) {
    case RNN_PICARD:
        memset(j, 0, d * d * sizeof *j);
        break;
    case RNN_FIXED:
        memcpy(j, rnn->linear, d * d * sizeof *j);
        break;
    case RNN_PLUS1:
        rnn_jacobian(rnn, work->zeros, work->zero + at, j);
        break;
    case RNN_NEWTON:
    case RNN_ELK:
        rnn_jacobian(rnn, x, work->gate + at, j);
        break;
    default:
        rnn_jacobian(rnn, x, work->gate + at, work->j);
        for (size_t i = 0; i < d; i++)
            j[i] = work->j[i * d + i];
    }
}

static void product(size_t d, const double *a, const double *v, double *out)
{
    memset(out, 0, d * sizeof *out);
    rnn_add_product(d, d, a, v, out);
}

/* w = J_t v for the method, without forming J_t where that is dearer. */
static void method_product(const struct rnn *rnn, enum rnn_method method, size_t t, const double *x,
                           struct rnn_work *work, const double *v, double *w)
{
    size_t d = rnn->d, at = (t - 1) * rnn->gates * d;
    switch (method) {
    case RNN_PICARD:
        memset(w, 0, d * sizeof *w);
        break;
    case RNN_FIXED:
        product(d, rnn->linear, v, w);
        break;
    case RNN_PLUS1:
        rnn_tangent(rnn, work->zeros, work->zero + at, v, w);
        break;
    case RNN_NEWTON:
        rnn_tangent(rnn, x, work->gate + at, v, w);
        break;
    default:
        method_jacobian(rnn, method, t, x, work, w);
        for (size_t i = 0; i < d; i++)
            w[i] *= v[i];
    }
}

/* y_t = f_t + J_t (y_{t-1} - x_{t-1}): where y agrees with x, y_t is f_t to the last bit. */
static void iterate_in_turn(const struct rnn *rnn, const struct rnn_options *options, const double *x,
                            double *y, size_t known, struct rnn_work *work)
{
    size_t d = rnn->d;
    for (size_t t = known + 1; t <= rnn->steps; t++) {
        const double *f = work->f + (t - 1) * d, *before = x + (t - 1) * d;
        for (size_t i = 0; i < d; i++)
            work->v[i] = y[(t - 1) * d + i] - before[i];
        method_product(rnn, options->method, t, before, work, work->v, work->w);
        for (size_t i = 0; i < d; i++)
            y[t * d + i] = f[i] + work->w[i];
    }
}

static void iterate_by_scan(const struct rnn *rnn, const struct rnn_options *options, const double *x,
                            double *y, struct rnn_work *work)
{
    size_t d = rnn->d, steps = rnn->steps, size = element_doubles(d, options);
    int diagonal = is_diagonal(options->method);
    for (size_t t = 1; t <= steps; t++) {
        double *j = work->elements + (t - 1) * size, *b = j + size - d;
        const double *before = x + (t - 1) * d;
        method_jacobian(rnn, options->method, t, before, work, j);
        if (!diagonal)
            product(d, j, before, b);
        for (size_t i = 0; i < d; i++)
            b[i] = work->f[(t - 1) * d + i] - (diagonal ? j[i] * before[i] : b[i]);
    }
    struct scan_operation operation = {.size = size * sizeof(double), .context = &rnn->d};
    operation.combine = diagonal ? options->swapped ? rnn_combine_diagonal_swapped : rnn_combine_diagonal
                        : options->swapped ? rnn_combine_dense_swapped
                                           : rnn_combine_dense;
    rnn_scan(options->order, options->blocks, &operation, steps, work->elements);
    for (size_t t = 1; t <= steps; t++) {
        const double *j = work->elements + (t - 1) * size, *b = j + size - d;
        if (!diagonal)
            product(d, j, rnn->start, work->v);
        for (size_t i = 0; i < d; i++)
            y[t * d + i] = b[i] + (diagonal ? j[i] * rnn->start[i] : work->v[i]);
    }
}

/* ---- damped ---- */

/* The step v = y - x minimizes sum |v_t - J_t v_{t-1} - g_t|^2 + lambda |v_t|^2, g_t = f_t - x_t: the mean of
 * a linear Gaussian chain with unit noise, each state seen at 0 with variance 1/lambda. Filter forwards, P' =
 * J P J^T + I,  m' = J m + g,   (I + lambda P') (P, m) = (P', m'), then smooth backwards (Rauch, Tung and
 * Striebel), v_t = m_t + P_t J_{t+1}^T P'_{t+1}^-1 (v_{t+1} - m'_{t+1}). */
static void step_damped(const struct rnn *rnn, double lambda, const double *x, double *y, size_t known,
                        struct rnn_work *work)
{
    size_t d = rnn->d, square = d * d, size = 3 * square + 2 * d;
    double *matrix = base_alloc(square, sizeof *matrix), *both = base_alloc(d * (d + 1), sizeof *both);
    memset(work->smooth + known * size, 0, size * sizeof *work->smooth);
    for (size_t t = known + 1; t <= rnn->steps; t++) {
        const double *last_p = work->smooth + (t - 1) * size + square, *last_m = last_p + 2 * square + d;
        double *j = work->smooth + t * size, *p = j + square, *ahead = p + square, *m_ahead = ahead + square,
               *m = m_ahead + d;
        method_jacobian(rnn, RNN_ELK, t, x + (t - 1) * d, work, j);
        linalg_gemm('N', 'N', d, d, d, 1, j, last_p, 0, matrix);
        linalg_gemm('N', 'T', d, d, d, 1, matrix, j, 0, ahead);
        product(d, j, last_m, m_ahead);
        for (size_t i = 0; i < d; i++) {
            ahead[i * d + i] += 1;
            m_ahead[i] += work->f[(t - 1) * d + i] - x[t * d + i];
        }
        for (size_t i = 0; i < d; i++) {
            for (size_t k = 0; k < d; k++) {
                matrix[i * d + k] = (i == k) + lambda * ahead[i * d + k];
                both[i * (d + 1) + k] = ahead[i * d + k];
            }
            both[i * (d + 1) + d] = m_ahead[i];
        }
        if (linalg_solve(d, d + 1, matrix, both))
            base_die(BASE_RUN_FAILED, "the Kalman filter met a singular matrix");
        for (size_t i = 0; i < d; i++) {
            for (size_t k = 0; k < d; k++)
                p[i * d + k] = both[i * (d + 1) + k];
            m[i] = both[i * (d + 1) + d];
        }
    }
    double *v = work->v;
    memcpy(v, work->smooth + rnn->steps * size + 3 * square + d, d * sizeof *v);
    for (size_t t = rnn->steps; t > known; t--) {
        for (size_t i = 0; i < d; i++)
            y[t * d + i] = x[t * d + i] + v[i];
        if (t == known + 1)
            break;
        const double *j = work->smooth + t * size, *ahead = j + 2 * square, *m_ahead = ahead + square;
        const double *p = work->smooth + (t - 1) * size + square, *m = p + 2 * square + d;
        for (size_t i = 0; i < d; i++)
            v[i] -= m_ahead[i];
        if (linalg_solve(d, 1, ahead, v))
            base_die(BASE_RUN_FAILED, "the Kalman smoother met a singular matrix");
        for (size_t k = 0; k < d; k++) {
            double sum = 0;
            for (size_t i = 0; i < d; i++)
                sum += j[i * d + k] * v[i];
            work->w[k] = sum;
        }
        product(d, p, work->w, v);
        for (size_t i = 0; i < d; i++)
            v[i] += m[i];
    }
    free(matrix);
    free(both);
}

/* The same with diagonal Jacobians: d chains of numbers. */
static void step_damped_diagonal(const struct rnn *rnn, double lambda, const double *x, double *y,
                                 size_t known, struct rnn_work *work)
{
    size_t d = rnn->d, size = 5 * d;
    memset(work->smooth + known * size, 0, size * sizeof *work->smooth);
    for (size_t t = known + 1; t <= rnn->steps; t++) {
        const double *last = work->smooth + (t - 1) * size;
        double *j = work->smooth + t * size, *p = j + d, *ahead = p + d, *m_ahead = ahead + d,
               *m = m_ahead + d;
        method_jacobian(rnn, RNN_QUASI_ELK, t, x + (t - 1) * d, work, j);
        for (size_t i = 0; i < d; i++) {
            ahead[i] = j[i] * j[i] * last[d + i] + 1;
            m_ahead[i] = j[i] * last[4 * d + i] + work->f[(t - 1) * d + i] - x[t * d + i];
            p[i] = ahead[i] / (1 + lambda * ahead[i]);
            m[i] = m_ahead[i] / (1 + lambda * ahead[i]);
        }
    }
    double *v = work->v;
    memcpy(v, work->smooth + rnn->steps * size + 4 * d, d * sizeof *v);
    for (size_t t = rnn->steps; t > known; t--) {
        const double *j = work->smooth + t * size, *before = work->smooth + (t - 1) * size;
        for (size_t i = 0; i < d; i++) {
            y[t * d + i] = x[t * d + i] + v[i];
            v[i] = before[4 * d + i] + before[d + i] * j[i] * (v[i] - j[3 * d + i]) / j[2 * d + i];
        }
    }
}

/* ---- one iteration, and all of them ---- */

void rnn_iterate(const struct rnn *rnn, const struct rnn_options *options, const double *x, double *y,
                 size_t known, struct rnn_work *work)
{
    size_t d = rnn->d;
    int scans = element_doubles(d, options) > 0;
    if (scans)
        known = 0;
    memcpy(y, x, (known + 1) * d * sizeof *y);
    for (size_t t = known + 1; t <= rnn->steps; t++)
        rnn_step(rnn, t, x + (options->late ? t : t - 1) * d, work->f + (t - 1) * d,
                 work->gate + (t - 1) * rnn->gates * d);
    if (is_elk(options->method) &&
        options->lambda == 0) { /* nothing to smooth: and iterates may be infinite */
        struct rnn_options plain = {.method = is_diagonal(options->method) ? RNN_QUASI : RNN_NEWTON};
        iterate_in_turn(rnn, &plain, x, y, known, work);
    } else if (options->method == RNN_ELK)
        step_damped(rnn, options->lambda, x, y, known, work);
    else if (options->method == RNN_QUASI_ELK)
        step_damped_diagonal(rnn, options->lambda, x, y, known, work);
    else if (scans)
        iterate_by_scan(rnn, options, x, y, work);
    else
        iterate_in_turn(rnn, options, x, y, known, work);
}

double rnn_distance(const struct rnn *rnn, const double *x, const double *y)
{
    double worst = 0;
    for (size_t i = 0; i < (rnn->steps + 1) * rnn->d; i++) {
        double off = fabs(x[i] - y[i]);
        if (!isfinite(off))
            return INFINITY;
        worst = off > worst ? off : worst;
    }
    return worst;
}

/* The last state that is right: where nothing moved, nothing will, and one step further f is taken at a right
 * state. */
static size_t front(const struct rnn *rnn, const double *x, const double *y, size_t known)
{
    size_t d = rnn->d;
    while (known < rnn->steps && !memcmp(x + known * d, y + known * d, d * sizeof *x))
        known++;
    return known;
}

struct rnn_run rnn_solve(const struct rnn *rnn, const struct rnn_options *options, const double *exact,
                         double tolerance, long limit, double *errors)
{
    size_t d = rnn->d, count = (rnn->steps + 1) * d, known = 0;
    int damped = is_elk(options->method) && options->lambda > 0, in_turn = !element_doubles(d, options);
    double *x = base_alloc(count, sizeof *x), *y = base_alloc(count, sizeof *y);
    struct rnn_work *work = rnn_work_alloc(rnn, options);
    struct rnn_run run = {.status = RNN_EXHAUSTED, .iterations = limit};
    memcpy(x, rnn->start, d * sizeof *x);
    run.worst = rnn_distance(rnn, x, exact);
    if (errors)
        errors[0] = run.worst;
    for (long n = 1; n <= limit; n++) {
        rnn_iterate(rnn, options, x, y, known, work);
        run.work += (double)(rnn->steps - known) / (double)rnn->steps;
        run.last = n;
        double error = rnn_distance(rnn, y, exact), move = rnn_distance(rnn, y, x);
        run.worst = error > run.worst ? error : run.worst;
        if (errors)
            errors[n] = error;
        if (!run.by_increment && move < tolerance)
            run.by_increment = n;
        if (error < tolerance || error == 0) {
            run.status = RNN_CONVERGED;
            run.iterations = n;
            break;
        }
        /* a damped step moves right states, too */
        if (in_turn && !damped && !options->late)
            known = front(rnn, x, y, known);
        double *swap = x;
        x = y, y = swap;
    }
    if (run.status == RNN_EXHAUSTED && !isfinite(run.worst))
        run.status = RNN_NOT_FINITE;
    free(x);
    free(y);
    rnn_work_free(work);
    return run;
}
