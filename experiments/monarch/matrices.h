/* Named matrices to approximate: random ensembles, structured operators, real data, files.
 *
 * Names: gauss, sparse (Gaussian entries), uniform [0,1), usym [-1,1), sign, laplace, student:DF, lognormal,
 * tridiag (Gaussian), cross (first row and column 1), haar, powerlaw:EXP (Haar diag(i^-EXP) Haar), perm,
 * cyclic (random circulant), monarch:B, butterfly, hilbert, exp:LEN (exp(-|i-j|/LEN)), sin:ALPHA (sin(ALPHA
 * (i+1) (j+2))), difference (2, -1 beside the diagonal), identity, hadamard, dft, dftperm:B, bigrams (counts
 * of pairs of bytes, modulo n, in the licences of the Debian package base-files), digits (second moments of
 * the 64 pixels of data/digits.csv). Everything else is the path of a file: numbers, a row a line, or a PGM
 * image; its top left n x n part is taken.
 *
 * Of random ensembles with independent entries a density p < 1 keeps each entry with probability p, else it
 * is 0.
 */
#ifndef MATRICES_H
#define MATRICES_H

#include <stddef.h>

#include <gsl/gsl_rng.h>

struct matrix {
    size_t rows, columns;
    double *re, *im; /* im is NULL for a real matrix */
};

/* Why `name` cannot give an n x n matrix (a malloc'd word on it that names what is accepted), or NULL. A
 * file is read for that. */
char *matrices_check(const char *name, size_t n, double density);
/* The matrix; exits with status 64 on what matrices_check refuses. Free with matrices_free. */
struct matrix *matrices_draw(const char *name, size_t n, double density, gsl_rng *rng);
void matrices_free(struct matrix *m);
/* Does the matrix depend on chance? */
int matrices_random(const char *name);

/* Entries of an ensemble with independent ones ("gauss", "uniform", ...) into a[count]; 0 when it is none of
 * those. */
int matrices_entries(const char *ensemble, double density, gsl_rng *rng, size_t count, double *a);

/* A PGM image (P2 or P5, 8 or 16 bits) from memory. Returns 0, or -1 with *why (free it). */
int matrices_pgm_parse(const char *bytes, size_t length, struct matrix *image, char **why);

#endif
