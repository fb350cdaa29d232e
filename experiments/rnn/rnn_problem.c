/* The problems of the family: random and closed-form matrices and inputs, text, files, GRUs. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <lapacke.h>

#include "base.h"
#include "dataset.h"
#include "linalg.h"
#include "rng.h"
#include "rnn.h"

void rnn_matrix_normal(size_t d, gsl_rng *rng, double *a)
{
    rng_normals(rng, a, d * d);
    for (size_t i = 0; i < d * d; i++)
        a[i] /= sqrt((double)d);
}

double rnn_matrix_norm(size_t d, const double *a)
{
    double *s = base_alloc(d, sizeof *s);
    linalg_svd(d, d, a, s, NULL, NULL);
    double norm = d ? s[0] : 0;
    free(s);
    return norm;
}

double rnn_matrix_radius(size_t d, const double *a)
{
    double *copy = base_alloc(d * d, sizeof *copy), *re = base_alloc(2 * d, sizeof *re), *im = re + d,
           radius = 0;
    memcpy(copy, a, d * d * sizeof *copy);
    int n = (int)d, info = LAPACKE_dgeev(LAPACK_ROW_MAJOR, 'N', 'N', n, copy, n, re, im, NULL, n, NULL, n);
    if (info)
        base_die(BASE_RUN_FAILED, "eigenvalues: LAPACK info %d", info);
    for (size_t i = 0; i < d; i++)
        radius = fmax(radius, hypot(re[i], im[i]));
    free(copy);
    free(re);
    return radius;
}

static void fill_matrix(const char *name, struct rnn *rnn, double gain, gsl_rng *rng)
{
    size_t d = rnn->d;
    double factor = gain;
    if (!strcmp(name, "trig")) {
        for (size_t i = 0; i < d; i++)
            for (size_t j = 0; j < d; j++)
                rnn->a[i * d + j] = cos((double)((i + 1) * (j + 2))) / sqrt((double)d);
    } else {
        rnn_matrix_normal(d, rng, rnn->a);
        if (!strcmp(name, "gauss"))
            factor = gain / rnn_matrix_norm(d, rnn->a);
    }
    for (size_t i = 0; i < d * d; i++)
        rnn->a[i] *= factor;
}

static void fill_inputs(const char *name, struct rnn *rnn, double scale, gsl_rng *rng)
{
    size_t d = rnn->d, steps = rnn->steps;
    if (!strcmp(name, "trig")) {
        for (size_t t = 0; t < steps; t++)
            for (size_t i = 0; i < d; i++)
                rnn->u[t * d + i] = sin(0.1 * (double)((t + 1) * (i + 1)));
    } else if (!strcmp(name, "text")) {
        struct dataset_bytes *bytes = dataset_bytes(NULL);
        size_t begin = gsl_rng_uniform_int(rng, bytes->n < 100000 ? bytes->n : 100000);
        dataset_bytes_features(bytes, begin, steps, d, 1, 0, rng, rnn->u);
        dataset_bytes_free(bytes);
    } else {
        rng_normals(rng, rnn->u, steps * d);
    }
    for (size_t i = 0; i < steps * d; i++)
        rnn->u[i] *= scale;
}

char *rnn_sizes(const char *name, size_t *d, size_t *steps, const char *a_file, const char *u_file)
{
    char *why = NULL;
    if (!strcmp(name, "file") && !(a_file && u_file))
        return base_copy("--problem file takes both --A FILE and --u FILE");
    if (a_file) {
        struct dataset *a = dataset_file(a_file);
        if (a->n != a->m)
            why = base_format("--A: %.200s is %zu x %zu; give a square matrix", a_file, a->n, a->m);
        *d = a->n;
        dataset_free(a);
    }
    if (u_file && !why) {
        struct dataset *u = dataset_file(u_file);
        if (a_file && u->m != *d)
            why =
                base_format("--u: %.200s has %zu numbers a line; the matrix asks for %zu", u_file, u->m, *d);
        *d = u->m;
        *steps = u->n;
        dataset_free(u);
    }
    return why;
}

struct rnn *rnn_problem(const char *name, size_t d, size_t steps, double gain, double scale, double x0,
                        const char *a_file, const char *u_file, gsl_rng *rng)
{
    free(rnn_sizes(name, &d, &steps, a_file, u_file));
    struct rnn *rnn = rnn_alloc(RNN_TANH, d, steps);
    if (a_file) {
        struct dataset *a = dataset_file(a_file);
        memcpy(rnn->a, a->x, d * d * sizeof *rnn->a);
        dataset_free(a);
    } else {
        fill_matrix(name, rnn, gain, rng);
    }
    if (u_file) {
        struct dataset *u = dataset_file(u_file);
        memcpy(rnn->u, u->x, steps * d * sizeof *rnn->u);
        dataset_free(u);
    } else {
        fill_inputs(name, rnn, scale, rng);
    }
    memcpy(rnn->linear, rnn->a, d * d * sizeof *rnn->linear);
    for (size_t i = 0; i < d; i++)
        rnn->start[i] = x0;
    return rnn;
}

struct rnn *rnn_gru(size_t d, size_t steps, size_t inputs, double weight, double recurrent, double scale,
                    gsl_rng *rng)
{
    struct rnn *rnn = rnn_alloc(RNN_GRU, d, steps);
    double *w = base_alloc(3 * d * inputs, sizeof *w), *in = base_alloc(steps * inputs, sizeof *in);
    rng_normals(rng, rnn->a, 3 * d * d);
    rng_normals(rng, w, 3 * d * inputs);
    rng_normals(rng, in, steps * inputs);
    for (size_t i = 0; i < 3 * d * d; i++)
        rnn->a[i] *= recurrent;
    linalg_gemm('N', 'T', steps, 3 * d, inputs, weight * scale, in, w, 0, rnn->u);
    rnn_gru_linear(d, rnn->a + 2 * d * d, rnn->linear);
    free(w);
    free(in);
    return rnn;
}
