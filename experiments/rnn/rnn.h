/* Recurrent networks evaluated for all times at once: iterate on the whole path until it is the path.
 *
 * Source: kexue.fm/archives/9783; Lim et al. (DEER), arXiv:2309.12252; Gonzalez et al. (quasi-DEER, ELK),
 * arXiv:2407.19115. A network is x_t = F_t(x_{t-1}), t = 1..steps, in d dimensions. With x the path of the
 * last iteration, an iteration takes f_t = F_t(x_{t-1}) for all t and solves the linear recurrence
 *
 *     y_t = J_t y_{t-1} + (f_t - J_t x_{t-1}),     y_0 = x_0
 *
 * where J_t is what a method takes for the Jacobian of F_t. Paths are [steps + 1][d], row 0 the start.
 */
#ifndef RNN_H
#define RNN_H

#include <complex.h>
#include <stddef.h>

#include <gsl/gsl_rng.h>

#include "scan.h"

/* ---- networks ---- */

enum rnn_kind {
    RNN_TANH, /* x_t = tanh(A x_{t-1} + u_t) */
    RNN_GRU   /* z, r = sigma(..), h = tanh(Wh in + Uh (r x) + bh), x_t = (1 - z) x_{t-1} + z h */
};

struct rnn {
    enum rnn_kind kind;
    size_t d, steps, gates; /* gates: 1 for tanh, 3 for GRU (z, r, h) */
    double *a;              /* [gates][d][d]: A, or Uz, Ur, Uh */
    double *u;              /* [steps][gates][d]: u_t, or W in_t + b of the gates */
    double *start;          /* [d] */
    double *linear;         /* [d][d]: the constant matrix of RNN_FIXED */
};

struct rnn *rnn_alloc(enum rnn_kind kind, size_t d, size_t steps);
void rnn_free(struct rnn *rnn);

/* f[d] = F_t(x); what it went through into gate[gates][d]: f itself, or z, r, h. t counts from 1. */
void rnn_step(const struct rnn *rnn, size_t t, const double *x, double *f, double *gate);
/* The derivative of F_t at x in the direction v[d]; `gate` as rnn_step left it. */
void rnn_tangent(const struct rnn *rnn, const double *x, const double *gate, const double *v, double *out);
/* The Jacobian of F_t at x, j[d][d]; for GRU diag(1 - z) + diag((h - x) z (1 - z)) Uz
 * + diag(z (1 - h^2)) Uh (diag(r) + diag(x r (1 - r)) Ur). */
void rnn_jacobian(const struct rnn *rnn, const double *x, const double *gate, double *j);
/* One step after the other: what all methods are held against. */
void rnn_path(const struct rnn *rnn, double *path);
/* The constant matrix of a GRU: (I + Uh/2)/2, the Jacobian at state and input 0 without biases. */
void rnn_gru_linear(size_t d, const double *uh, double *linear);
/* The largest Lyapunov exponent of the path: mean log growth of a tangent vector, the first `drop` steps left
 * out. NaN when drop >= steps. */
double rnn_lyapunov(const struct rnn *rnn, const double *path, size_t drop, gsl_rng *rng);

/* ---- problems ---- */

/* A[d][d] of standard normals over sqrt(d); the largest singular value, the largest |eigenvalue| of a matrix.
 */
void rnn_matrix_normal(size_t d, gsl_rng *rng, double *a);
double rnn_matrix_norm(size_t d, const double *a);
double rnn_matrix_radius(size_t d, const double *a);

/* Tanh networks by name, of size as asked, with start x0 in every coordinate:
 *     gauss    A normal, scaled to norm `gain`; u normal times `scale`
 *     circular A = gain times normals over sqrt(d), so of spectral radius about gain; u as for gauss
 *     trig     A_ij = gain cos((i+1)(j+2))/sqrt(d), u_ti = scale sin(0.1 (t+1)(i+1)), indices from 0
 *     text     A as for circular; u the bytes of the licences of Debian, embedded at random, times `scale`
 * A file in place of A (d rows of d numbers) or of u (`steps` rows of d numbers) unless NULL: sizes are then
 * those of the file, see rnn_sizes. */
struct rnn *rnn_problem(const char *name, size_t d, size_t steps, double gain, double scale, double x0,
                        const char *a_file, const char *u_file, gsl_rng *rng);
/* The sizes of rnn_problem, files looked into. Returns NULL, or a malloc'd word on why they do not fit. */
char *rnn_sizes(const char *name, size_t *d, size_t *steps, const char *a_file, const char *u_file);
/* A GRU with weights of deviation `weight` (the recurrent ones of `recurrent`), no biases, `inputs` inputs
 * that are normal times `scale`. */
struct rnn *rnn_gru(size_t d, size_t steps, size_t inputs, double weight, double recurrent, double scale,
                    gsl_rng *rng);

/* ---- iterations ---- */

enum rnn_method {
    RNN_PICARD, /* J = 0 */
    RNN_FIXED,  /* J = rnn->linear: the article's scheme */
    RNN_PLUS1,  /* J_t = diag(sech^2 u_t) A, tanh alone; GRU: the Jacobian at x = 0 */
    RNN_NEWTON, /* J_t the Jacobian */
    RNN_QUASI,  /* its diagonal */
    RNN_ELK,    /* Newton damped: minimizes sum |y_t - J_t y_{t-1} - r_t|^2 + lambda |y_t - x_t|^2 */
    RNN_QUASI_ELK,
    RNN_METHODS
};

/* The method of that name ("picard", ..., "elk", "quasi_elk"), or RNN_METHODS; its name. */
enum rnn_method rnn_method_of(const char *name);
const char *rnn_method_name(enum rnn_method method);

enum rnn_order { RNN_IN_TURN, RNN_SEQUENTIAL, RNN_ODD_EVEN, RNN_DOUBLING, RNN_BLOCKS };

struct rnn_options {
    enum rnn_method method;
    enum rnn_order
        order; /* IN_TURN: y_t = f_t + J_t (y_{t-1} - x_{t-1}), no scan; the others: a scan of (J_t, r_t) */
    size_t blocks; /* of RNN_BLOCKS */
    double lambda; /* of the ELKs, which run in turn whatever the order; 0 is Newton */
    int late;      /* a mistake: f_t is taken at x_t */
    int swapped;   /* a mistake: the scan combines in the other order */
};

struct rnn_work; /* rooms for one network and one set of options */
struct rnn_work *rnn_work_alloc(const struct rnn *rnn, const struct rnn_options *options);
void rnn_work_free(struct rnn_work *work);
/* The bytes of these rooms. */
double rnn_work_bytes(size_t d, size_t steps, const struct rnn_options *options);

/* One iteration: y from x. States up to `known` are taken to be right and copied (in turn; scans begin at 0).
 */
void rnn_iterate(const struct rnn *rnn, const struct rnn_options *options, const double *x, double *y,
                 size_t known, struct rnn_work *work);

/* max |x - y| over the path; infinite when anything in it is not finite. */
double rnn_distance(const struct rnn *rnn, const double *x, const double *y);

enum rnn_status { RNN_CONVERGED, RNN_EXHAUSTED, RNN_NOT_FINITE };
const char *rnn_status_name(enum rnn_status status);

struct rnn_run {
    enum rnn_status status; /* NOT_FINITE: some iterate was not, and it did not converge */
    long iterations;        /* the first with error below the tolerance; the limit when there was none */
    long by_increment;      /* the first that moved by less than the tolerance; 0 when none did */
    double worst;           /* the largest error of an iterate (infinite when one was not finite) */
    double work;            /* states computed over those of one pass, states known to be exact left out */
    long last;              /* iterations computed */
};

/* Iterates from the path that is 0 after the start, until the error against `exact` is below the tolerance
 * (or 0) or `limit` iterations are done; errors[limit + 1], unless NULL, gets the errors of iterates 0 ..
 * run.last. A run that became infinite goes on: its exact front still moves. */
struct rnn_run rnn_solve(const struct rnn *rnn, const struct rnn_options *options, const double *exact,
                         double tolerance, long limit, double *errors);

/* ---- scans ---- */

/* Affine maps y = J x + b as elements of a scan, context: size_t d. Dense: J[d][d] then b[d]; diagonal: j[d],
 * b[d]; complex diagonal: the same in double complex; float: dense in single precision. */
size_t rnn_dense_size(size_t d);
void rnn_combine_dense(void *out, const void *left, const void *right, const void *context);
void rnn_combine_dense_swapped(void *out, const void *left, const void *right, const void *context);
void rnn_combine_diagonal(void *out, const void *left, const void *right, const void *context);
void rnn_combine_diagonal_swapped(void *out, const void *left, const void *right, const void *context);
void rnn_combine_complex(void *out, const void *left, const void *right, const void *context);
void rnn_combine_float(void *out, const void *left, const void *right, const void *context);
struct scan_cost rnn_scan(enum rnn_order order, size_t blocks, const struct scan_operation *operation,
                          size_t n, void *elements);

/* ---- kernels (vectorized) ---- */

/* x[n] = tanh x, to 4 ulp. The same element of an array of the same length comes out the same. */
void rnn_tanh(size_t n, double *x);
/* out[rows] += A v, A[rows][columns]; the order of summation depends on `columns` alone. */
void rnn_add_product(size_t rows, size_t columns, const double *a, const double *v, double *out);
/* y_t = lambda y_{t-1} + y_t in place, t = 1 .. steps - 1, for d channels: real and imaginary parts
 * [steps][d] apart. Its oracle is a scan of rnn_combine_complex. */
void rnn_recur_complex(size_t d, size_t steps, const double *lambda_re, const double *lambda_im, double *re,
                       double *im);

/* ---- the article's scheme in the eigenbasis of A ---- */

struct rnn_eigen {
    size_t d;
    double complex *lambda, *p, *inverse; /* [d], [d][d], [d][d]: A = P diag(lambda) P^-1 */
    double condition;                     /* of P; infinite when P is singular */
};

struct rnn_eigen *rnn_eigen_alloc(size_t d, const double *a);
void rnn_eigen_free(struct rnn_eigen *eigen);
/* RNN_FIXED for tanh: y_t - Lam y_{t-1} = P^-1 tanh(Re P Lam y'_{t-1} + u_t) - Lam y'_{t-1}, iterated `count`
 * times from 0 with scans of the given order; path[steps + 1][d] = Re P y of the last iterate. */
void rnn_eigen_iterate(const struct rnn *rnn, const struct rnn_eigen *eigen, enum rnn_order order,
                       size_t blocks, long count, double *path);

/* ---- the fast iterations, for timing: all times in one matrix product ---- */

/* x = picard's next iterate from the path x in place, room[steps][d]; returns the largest move. Tanh
 * networks; threads split the steps. */
double rnn_fast_picard(const struct rnn *rnn, double *x, double *room, int threads);

/* The article's scheme in the eigenbasis, one complex channel for a pair of eigenvalues: two real matrix
 * products and a diagonal recurrence an iteration, the first with one product. */
struct rnn_fast;
struct rnn_fast *rnn_fast_alloc(const struct rnn *rnn, const struct rnn_eigen *eigen);
void rnn_fast_free(struct rnn_fast *fast);
/* `count` iterations from 0, start 0; the states stay in the eigenbasis (the article merges P into what reads
 * them). */
void rnn_fast_iterate(struct rnn_fast *fast, long count);
/* The path of the last iterate. */
void rnn_fast_path(struct rnn_fast *fast, double *path);
/* The recurrence alone. */
void rnn_fast_recur(struct rnn_fast *fast);

/* ---- how fast it must converge ---- */

/* The norm of e -> (I - J S)^-1 (D - J) S e, S the shift in time and D the Jacobians along `path`, by power
 * iteration
 * (`rounds` times): the factor of RNN_FIXED or RNN_PICARD near the solution, in the 2-norm. Tanh networks. */
double rnn_factor_norm(const struct rnn *rnn, enum rnn_method method, const double *path, long rounds,
                       gsl_rng *rng);

/* ---- other arithmetic ---- */

/* Errors of iterates 1..count for x_t = tanh(A x_{t-1} + eps u_t) with `bits` of precision, as log10; picard,
 * fixed, plus1 and newton, their Jacobians times `share` (1 is right). a[d][d], u[steps][d]. -infinity when
 * the difference is 0. */
void rnn_digits_errors(size_t d, size_t steps, const double *a, const double *u, double eps,
                       enum rnn_method method, double share, int count, long bits, double *log10_error);

/* Newton in single precision with a scan of dense maps, until nothing moves by more than 1e-6 or `limit`
 * iterations: the largest distance from the path computed one step after the other in single precision. The
 * iterations into *iterations. Tanh networks. */
double rnn_float_distance(const struct rnn *rnn, enum rnn_order order, long limit, long *iterations);

#endif
