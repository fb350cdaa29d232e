/* Features of one variable, and weighted regressions on them. */
#include "dvar.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <gsl/gsl_math.h>

#include "base.h"
#include "linalg.h"
#include "rng.h"

struct dvar_features dvar_features_new(const char *kind, size_t k, gsl_rng *rng)
{
    struct dvar_features f = {.k = k};
    if (!strcmp(kind, "monomial")) {
        f.kind = DVAR_MONOMIAL;
    } else if (!strcmp(kind, "cosine")) {
        f.kind = DVAR_COSINE;
    } else if (!strcmp(kind, "fourier")) {
        f.kind = DVAR_FOURIER;
        f.frequency = base_alloc(k, sizeof *f.frequency);
        f.phase = base_alloc(k, sizeof *f.phase);
        for (size_t j = 1; j < k; j++) { /* the first stays constant */
            f.frequency[j] = 2 * rng_normal(rng);
            f.phase[j] = 2 * M_PI * gsl_rng_uniform(rng);
        }
    } else {
        base_die(BASE_BAD_USAGE, "features: '%.60s' is not accepted; give cosine, monomial or fourier", kind);
    }
    return f;
}

void dvar_features_free(struct dvar_features *features)
{
    free(features->frequency);
    free(features->phase);
    *features = (struct dvar_features){0};
}

void dvar_features_at(const struct dvar_features *features, double x, double *phi)
{
    double c = features->kind == DVAR_COSINE ? cos(M_PI * (x + 3) / 6) : x;
    phi[0] = 1;
    for (size_t j = 1; j < features->k; j++)
        if (features->kind == DVAR_FOURIER)
            phi[j] = cos(features->frequency[j] * x + features->phase[j]);
        else if (features->kind == DVAR_COSINE && j > 1)
            phi[j] = 2 * c * phi[j - 1] - phi[j - 2]; /* cos of j times the angle */
        else
            phi[j] = c * phi[j - 1];
}

double *dvar_features_design(const struct dvar_features *features, const double *x, size_t n)
{
    double *design = base_alloc(n * features->k, sizeof *design);
    for (size_t i = 0; i < n; i++)
        dvar_features_at(features, x[i], design + i * features->k);
    return design;
}

/* ---- least squares ---- */

/* R w = c for the upper R; directions that the design does not hold (diagonal 0) get no weight. */
static void back_substitute(const double *r, const double *c, size_t k, double *w)
{
    for (size_t j = k; j-- > 0;) {
        double sum = c[j];
        for (size_t l = j + 1; l < k; l++)
            sum -= r[j * k + l] * w[l];
        w[j] = fabs(r[j * k + j]) > 1e-14 * fabs(r[0]) ? sum / r[j * k + j] : 0;
    }
}

void dvar_fit_squares(const double *design, size_t n, size_t k, const double *weight, const double *y,
                      double ridge, double *w)
{
    size_t rows = n + k; /* the ridge as k more observations of 0 */
    double *a = base_alloc(rows * k, sizeof *a), *r = base_alloc(k * k, sizeof *r),
           *c = base_alloc(k, sizeof *c);
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < k; j++)
            a[i * k + j] = design[i * k + j] * (weight ? sqrt(weight[i]) : 1);
    for (size_t j = 0; j < k; j++)
        a[(n + j) * k + j] = sqrt(ridge);
    linalg_qr(rows, k, a, a, r);
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < k; j++)
            c[j] += a[i * k + j] * y[i] * (weight ? sqrt(weight[i]) : 1);
    back_substitute(r, c, k, w);
    free(a);
    free(r);
    free(c);
}

/* ---- variances exp(phi . w) ---- */

static double log_linear(const double *phi, const double *w, size_t k)
{
    double sum = 0;
    for (size_t j = 0; j < k; j++)
        sum += phi[j] * w[j];
    return fmin(fmax(sum, -50), 50);
}

/* The loss, and unless NULL its gradient (k) and a positive semidefinite curvature (k x k). With g =
 * exp(eta): likelihood log g + y/g, slope 1 - y/g, curvature y/g; squares (y - g)^2, slope -2 (y - g) g,
 * curvature 2 g^2 (Gauss-Newton). */
static double loss_at(const double *design, size_t n, size_t k, const double *weight, const double *y,
                      int squares, const double *w, double *gradient, double *curvature)
{
    double loss = 0;
    if (gradient) {
        memset(gradient, 0, k * sizeof *gradient);
        memset(curvature, 0, k * k * sizeof *curvature);
    }
    for (size_t i = 0; i < n; i++) {
        const double *phi = design + i * k;
        double eta = log_linear(phi, w, k), g = exp(eta), at = weight ? weight[i] : 1 / (double)n;
        loss += at * (squares ? gsl_pow_2(y[i] - g) : eta + y[i] / g);
        if (!gradient)
            continue;
        double slope = at * (squares ? -2 * (y[i] - g) * g : 1 - y[i] / g),
               bend = at * (squares ? 2 * g * g : y[i] / g);
        for (size_t j = 0; j < k; j++) {
            gradient[j] += slope * phi[j];
            for (size_t l = 0; l <= j; l++)
                curvature[j * k + l] += bend * phi[j] * phi[l];
        }
    }
    return loss;
}

void dvar_fit_log_linear(const double *design, size_t n, size_t k, const double *weight, const double *y,
                         int squares, double *w)
{
    enum { ROUNDS = 200 };
    double *gradient = base_alloc(k, sizeof *gradient), *curvature = base_alloc(k * k, sizeof *curvature);
    double *step = base_alloc(k, sizeof *step), *next = base_alloc(k, sizeof *next), mean = 0, total = 0;
    for (size_t i = 0; i < n; i++) {
        mean += (weight ? weight[i] : 1) * y[i];
        total += weight ? weight[i] : 1;
    }
    memset(w, 0, k * sizeof *w);
    w[0] = log(mean / total); /* the best constant */
    double loss = loss_at(design, n, k, weight, y, squares, w, gradient, curvature), damping = 1e-9;
    for (int round = 0; round < ROUNDS; round++) { /* Levenberg-Marquardt */
        double trace = 0, slope = 0;
        for (size_t j = 0; j < k; j++)
            trace += curvature[j * k + j];
        for (size_t j = 0; j < k; j++) {
            curvature[j * k + j] += damping * (trace / (double)k + 1e-300);
            step[j] = -gradient[j];
            for (size_t l = 0; l < j; l++)
                curvature[l * k + j] = curvature[j * k + l];
        }
        int singular = linalg_solve(k, 1, curvature, step);
        for (size_t j = 0; j < k; j++) {
            next[j] = w[j] + step[j];
            slope += gradient[j] * step[j];
        }
        double tried = singular ? INFINITY : loss_at(design, n, k, weight, y, squares, next, NULL, NULL);
        if (tried < loss) {
            memcpy(w, next, k * sizeof *w);
            damping = fmax(damping / 10, 1e-12);
        } else {
            damping = fmax(damping, 1e-9) * 10;
        }
        if (fabs(slope) <= 1e-15 * (fabs(loss) + 1) || damping > 1e9)
            break;
        loss = loss_at(design, n, k, weight, y, squares, w, gradient, curvature);
    }
    free(gradient);
    free(curvature);
    free(step);
    free(next);
}
