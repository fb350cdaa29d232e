/* Random projections of point sets, and what they do to distances and inner products. */
#ifndef PROJECTION_H
#define PROJECTION_H

#include <stddef.h>

#include <gsl/gsl_rng.h>

enum projection_kind {
    PROJECTION_GAUSS,  /* N(0, 1) */
    PROJECTION_SIGN,   /* +-1 (Achlioptas 2003) */
    PROJECTION_SPARSE, /* +-sqrt 3 with probability 1/6 each, else 0 (Achlioptas 2003) */
    PROJECTION_SRHT    /* d rows of the Walsh-Hadamard transform after random signs (Ailon, Chazelle) */
};

/* The kind by its name gauss|sign|sparse|srht, which must be one of them. */
enum projection_kind projection_kind_of(const char *name);

/* n points of R^m with the distances of all pairs; read only, shared by the cells. */
struct projection_points {
    size_t n, m;
    double *x;         /* [n][m], NULL for the simplex: point i is the unit vector e_i, m = n */
    size_t *start;     /* [n + 1] and, */
    size_t *column;    /* [start[n]], */
    double *entry;     /* [start[n]]: the same points by their non-zero entries; NULL unless these are few */
    double *norm2;     /* [n]: |x_i|^2 */
    double *distance2; /* [n (n - 1) / 2]: |x_i - x_j|^2, j < i, by rows; NULL for the simplex: all are 2 */
    size_t equal;      /* pairs of equal points: they have no distortion and are left out */
};

struct projection_points *projection_simplex(size_t n);
/* Takes x[n][m] (from malloc) over. */
struct projection_points *projection_points_of(double *x, size_t n, size_t m);
void projection_points_free(struct projection_points *points);

/* The largest d that kind accepts for points of R^m: m padded to a power of two for SRHT, otherwise no bound
 * (0). */
size_t projection_dim_max(enum projection_kind kind, size_t m);

/* y[n][d] = X A^T / sqrt(scale) with a random d x m matrix A of the kind, E A^T A = d I (so scale = d
 * preserves lengths in the mean). The matrix is drawn and used block by block of its rows. */
void projection_apply(const struct projection_points *points, enum projection_kind kind, size_t d,
                      double scale, gsl_rng *rng, double *y);

struct projection_errors {
    double distortion; /* max over pairs of | |y_i - y_j|^2 / |x_i - x_j|^2 - 1 | */
    double inner;      /* max over pairs of | <y_i, y_j> - <x_i, x_j> | / (|x_i| |x_j|) */
    double square;     /* mean over pairs of ( |y_i - y_j|^2 / |x_i - x_j|^2 - 1 )^2 */
    size_t failing;    /* pairs with a distortion above eps */
    size_t pairs;      /* those of different points */
};

struct projection_errors projection_measure(const struct projection_points *points, const double *y, size_t d,
                                            double eps);

/* Walsh-Hadamard transform of x[0..m-1] in place, m a power of two, not normalized: O(m log m) additions. */
void projection_hadamard(double *x, size_t m);

/* k of the numbers 0..m-1 without repetition, in random order; `pool` has room for m. */
void projection_choose(size_t *pool, size_t m, size_t k, gsl_rng *rng);

#endif
