#include "rnn.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base.h"
#include "rng.h"

struct rnn *rnn_alloc(enum rnn_kind kind, size_t d, size_t steps)
{
    struct rnn *rnn = base_alloc(1, sizeof *rnn);
    *rnn = (struct rnn){.kind = kind, .d = d, .steps = steps, .gates = kind == RNN_GRU ? 3 : 1};
    rnn->a = base_alloc(rnn->gates * d * d, sizeof *rnn->a);
    rnn->u = base_alloc(steps * rnn->gates * d, sizeof *rnn->u);
    rnn->start = base_alloc(d, sizeof *rnn->start);
    rnn->linear = base_alloc(d * d, sizeof *rnn->linear);
    return rnn;
}

void rnn_free(struct rnn *rnn)
{
    if (!rnn)
        return;
    free(rnn->a);
    free(rnn->u);
    free(rnn->start);
    free(rnn->linear);
    free(rnn);
}

static double logistic(double x)
{
    return 1 / (1 + exp(-x));
}

static void gru_step(const struct rnn *rnn, size_t t, const double *x, double *f, double *gate)
{
    size_t d = rnn->d;
    double *z = gate, *r = gate + d, *h = gate + 2 * d;
    memcpy(gate, rnn->u + (t - 1) * 3 * d, 3 * d * sizeof *gate);
    rnn_add_product(d, d, rnn->a, x, z);
    rnn_add_product(d, d, rnn->a + d * d, x, r);
    for (size_t i = 0; i < d; i++) {
        z[i] = logistic(z[i]);
        r[i] = logistic(r[i]);
        f[i] = r[i] * x[i];
    }
    rnn_add_product(d, d, rnn->a + 2 * d * d, f, h);
    rnn_tanh(d, h);
    for (size_t i = 0; i < d; i++)
        f[i] = (1 - z[i]) * x[i] + z[i] * h[i];
}

void rnn_step(const struct rnn *rnn, size_t t, const double *x, double *f, double *gate)
{
    if (rnn->kind == RNN_GRU) {
        gru_step(rnn, t, x, f, gate);
        return;
    }
    size_t d = rnn->d;
    memcpy(f, rnn->u + (t - 1) * d, d * sizeof *f);
    rnn_add_product(d, d, rnn->a, x, f);
    rnn_tanh(d, f);
    memcpy(gate, f, d * sizeof *gate);
}

void rnn_tangent(const struct rnn *rnn, const double *x, const double *gate, const double *v, double *out)
{
    size_t d = rnn->d;
    memset(out, 0, d * sizeof *out);
    if (rnn->kind == RNN_TANH) {
        rnn_add_product(d, d, rnn->a, v, out);
        for (size_t i = 0; i < d; i++)
            out[i] *= 1 - gate[i] * gate[i];
        return;
    }
    const double *z = gate, *r = gate + d, *h = gate + 2 * d;
    double uz[d], ur[d]; /* a state fits the stack: d is at most a few thousand */
    memset(uz, 0, sizeof uz);
    memset(ur, 0, sizeof ur);
    rnn_add_product(d, d, rnn->a, v, uz);
    rnn_add_product(d, d, rnn->a + d * d, v, ur);
    for (size_t i = 0; i < d; i++)
        ur[i] = r[i] * v[i] + x[i] * r[i] * (1 - r[i]) * ur[i];
    rnn_add_product(d, d, rnn->a + 2 * d * d, ur, out);
    for (size_t i = 0; i < d; i++)
        out[i] =
            (1 - z[i]) * v[i] + (h[i] - x[i]) * z[i] * (1 - z[i]) * uz[i] + z[i] * (1 - h[i] * h[i]) * out[i];
}

void rnn_jacobian(const struct rnn *rnn, const double *x, const double *gate, double *j)
{
    size_t d = rnn->d;
    if (rnn->kind == RNN_TANH) {
        for (size_t i = 0; i < d; i++)
            for (size_t k = 0; k < d; k++)
                j[i * d + k] = (1 - gate[i] * gate[i]) * rnn->a[i * d + k];
        return;
    }
    const double *z = gate, *r = gate + d, *h = gate + 2 * d;
    const double *uz = rnn->a, *ur = uz + d * d, *uh = ur + d * d;
    for (size_t i = 0; i < d; i++) {
        double *row = j + i * d;
        for (size_t k = 0; k < d; k++)
            row[k] = uh[i * d + k] * r[k];
        for (size_t l = 0; l < d; l++) {
            double factor = uh[i * d + l] * x[l] * r[l] * (1 - r[l]);
            for (size_t k = 0; k < d; k++)
                row[k] += factor * ur[l * d + k];
        }
        for (size_t k = 0; k < d; k++)
            row[k] = z[i] * (1 - h[i] * h[i]) * row[k] + (h[i] - x[i]) * z[i] * (1 - z[i]) * uz[i * d + k];
        row[i] += 1 - z[i];
    }
}

void rnn_path(const struct rnn *rnn, double *path)
{
    size_t d = rnn->d;
    double *gate = base_alloc(rnn->gates * d, sizeof *gate);
    memcpy(path, rnn->start, d * sizeof *path);
    for (size_t t = 1; t <= rnn->steps; t++)
        rnn_step(rnn, t, path + (t - 1) * d, path + t * d, gate);
    free(gate);
}

void rnn_gru_linear(size_t d, const double *uh, double *linear)
{
    for (size_t i = 0; i < d; i++)
        for (size_t j = 0; j < d; j++)
            linear[i * d + j] = ((i == j) + uh[i * d + j] / 2) / 2;
}

double rnn_lyapunov(const struct rnn *rnn, const double *path, size_t drop, gsl_rng *rng)
{
    size_t d = rnn->d;
    if (drop >= rnn->steps)
        return NAN;
    double *v = base_alloc(2 * d, sizeof *v), *w = v + d, *f = base_alloc(d, sizeof *f);
    double *gate = base_alloc(rnn->gates * d, sizeof *gate), sum = 0;
    rng_normals(rng, v, d);
    for (size_t t = 1; t <= rnn->steps; t++) {
        const double *x = path + (t - 1) * d;
        rnn_step(rnn, t, x, f, gate);
        rnn_tangent(rnn, x, gate, v, w);
        double norm = 0, old = 0;
        for (size_t i = 0; i < d; i++)
            norm += w[i] * w[i], old += v[i] * v[i];
        if (t > drop)
            sum += log(norm / old) / 2;
        for (size_t i = 0; i < d; i++)
            v[i] = w[i] / sqrt(norm);
    }
    free(v);
    free(f);
    free(gate);
    return sum / (double)(rnn->steps - drop);
}
