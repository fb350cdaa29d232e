/* Attention over random keys: laws of a score, the coefficients under discussion, drawn scores.
 *
 * A score is s = <q, k> / sqrt(d), scaled to mean 0 and variance 1; attention weights are softmax(a s)
 * with a coefficient a that may depend on the number n of keys. a = 1 is the usual attention.
 */
#ifndef ATTENTION_H
#define ATTENTION_H

#include <stddef.h>

#include <gsl/gsl_rng.h>

#include "lab.h"
#include "softmax.h"

/* A law of s: gauss N(0, 1); sphere sqrt(d) cos, the keys uniform on the sphere of radius sqrt(d) as the
 * query; bounded uniform on (-sqrt 3, sqrt 3). s is `unit` times a value of `law`. */
struct attention_scores {
    struct softmax_law law;
    double unit;
};

#define ATTENTION_SCORES "gauss|sphere|bounded"
#define ATTENTION_RULES "one|log512|sqrtlog|ln|ei024|const"

/* head_dim >= 2 matters for sphere alone. */
struct attention_scores attention_scores_of(const char *name, double head_dim);

/* n independent values of s. */
void attention_draw(const struct attention_scores *scores, gsl_rng *rng, double *s, size_t n);

/* The coefficient a for n >= 1 keys by a rule:
 *     one      1
 *     log512   log n / log 512                  kexue.fm/archives/8823, 9588
 *     sqrtlog  sqrt(log n / log 512)
 *     ln       log n                            arXiv:2202.12172
 *     ei024    log n / (0.24 sqrt(head_dim))    kexue.fm/archives/8823: lambda = log n / (0.24 d) for <q, k>
 *     const    the one with E H = entropy, exactly; 0 when entropy >= log n */
double attention_coefficient(const char *rule, const struct attention_scores *scores, double n,
                             double head_dim, double entropy);

/* What softmax_mean (or softmax_mean_needle, with a needle of score c; NAN: none) says for the coefficient
 * a. Entropy, weights and log_z need no rescaling; exits with status 2 when a is out of range. */
struct softmax_mean attention_mean(const struct attention_scores *scores, double n, double a, double c);

/* A row of a table: the cell's values of the axes named (separated by blanks), then numbers, each with so
 * many digits; NaN leaves its field empty. */
struct attention_number {
    double value;
    int digits;
};
void attention_row(struct lab_table *table, const struct lab_cell *cell, const char *axes,
                   const struct attention_number *numbers, size_t count);

#endif
