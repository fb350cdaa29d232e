/* Numerics of attention weights p = softmax(z): rows of scores, entropies, and exact expectations over
 * random scores.
 *
 * Notation: n scores s_j, a coefficient a >= 0, z_j = a s_j, Z = sum_j e^(z_j), p_j = e^(z_j) / Z,
 * H = -sum p log p = log Z - a sum_j p_j s_j. Logarithms are natural. A score of -infinity is a masked one
 * (p = 0); NaN or +infinity among the scores makes every result NaN, and so does a row without a finite
 * score.
 */
#ifndef SOFTMAX_H
#define SOFTMAX_H

#include <stddef.h>

/* ---- one row of scores ---- */

/* y[i] = exp(y[i]) in place, vectorized; relative error below 4e-16 for |y| < 708; below that 0, above
 * inf; NaN stays. */
void softmax_exp(double *y, size_t n);

/* log sum_i exp(z_i), without overflow. */
double softmax_log_sum(const double *z, size_t n);
/* p = softmax(z), which may be z itself; returns log Z. */
double softmax_weights(const double *z, size_t n, double *p);
/* H of softmax(z). */
double softmax_entropy(const double *z, size_t n);

/* What one pass over a row tells. With t the place of the largest score, d_i = s_i - s_t and sums over i
 * != t, nothing is lost to cancellation when p is nearly one-hot:
 *     Z e^(-a s_t) = 1 + R,  H = log1p(R) - a U / (1 + R),  1 - sum p^2 = (2 R + R^2 - R_2) / (1 + R)^2,
 * where R = sum e^(a d), R_2 = sum e^(2 a d) <= R, U = sum d e^(a d) <= 0. */
struct softmax_row {
    double top;      /* max_i s_i */
    double log_z;    /* log sum e^(a s) */
    double peak;     /* max_i p_i */
    double entropy;  /* H */
    double purity;   /* sum p^2 = exp(-H_2), H_2 the Renyi entropy of order 2 */
    double impurity; /* 1 - sum p^2, to full relative accuracy; half the l1 norm of dp/dz */
    double score;    /* sum p s = d log Z / da */
    double variance; /* sum p s^2 - (sum p s)^2 = d(sum p s)/da; dH/da = -a variance */
};

void softmax_row(const double *s, size_t n, double a, struct softmax_row *row);

/* The same for a row that arrives in pieces and is never stored. Begin with all zero: struct softmax_sums
 * sums = {0}. */
struct softmax_sums {
    int begun;
    double top, r, r2, u, v; /* the sums above relative to the largest score so far; v = sum d^2 e^(a d) */
};

void softmax_sums_push(struct softmax_sums *sums, double a, const double *s, size_t n);
void softmax_sums_row(const struct softmax_sums *sums, double a, struct softmax_row *row);

/* Renyi entropy of the probabilities w_i / sum w, w_i >= 0 (need not be normalized, may be as small or
 * large as doubles are), of any real order or +-INFINITY:
 *     H_k = log(sum p^k) / (1 - k);  H_0 = log #{p > 0},  H_1 = H,  H_inf = -log max p,  H_-inf = -log min p.
 * Near k = 1 it is taken as log1p(sum p expm1((k - 1) log p)) / (1 - k), which does not cancel. For k < 0
 * a zero weight makes it infinite. NaN when a weight is negative or not finite, or all are 0, or k is NaN. */
double softmax_renyi(const double *w, size_t n, double k);
/* The same for p = softmax(z) from the scores themselves: weights below the smallest double still count. */
double softmax_renyi_scores(const double *z, size_t n, double k);
/* Effective number of entries exp(H_k). */
double softmax_effective_number(const double *w, size_t n, double k);

/* ---- laws of a score ---- */

enum softmax_law_kind { SOFTMAX_NORMAL, SOFTMAX_COSINE, SOFTMAX_DENSITY, SOFTMAX_DISCRETE };

/* The law of one score, a plain value: make it with the functions below, no need to free. */
struct softmax_law {
    enum softmax_law_kind kind;
    double dimension; /* COSINE */
    double low, high, scale; /* DENSITY: its support (ends may be infinite), its width */
    double (*log_density)(double s, const void *parameters);
    const void *parameters;
    const double *values, *weights; /* DISCRETE: ascending values, their weights > 0 */
    size_t count;
};

/* N(0, 1). */
struct softmax_law softmax_law_normal(void);
/* The cosine of a fixed and a uniform direction in dimension d > 1 (any real): density proportional to
 * (1 - s^2)^((d-3)/2) on (-1, 1); kexue.fm/archives/7076. Of variance 1/d. */
struct softmax_law softmax_law_cosine(double dimension);
/* Any density on (low, high), given by its logarithm up to a constant (-INFINITY: 0); `scale` is the
 * typical width (used on infinite supports only). Integrable singularities at the ends are fine. Results
 * are spectrally accurate when the density is analytic inside the support, and their errors tell when it
 * is not. It must not vanish for long inside. */
struct softmax_law softmax_law_density(double low, double high, double scale,
                                       double (*log_density)(double s, const void *parameters),
                                       const void *parameters);
/* Finitely many values (ascending) with weights > 0 (need not sum to 1): a table, a sample. The arrays are
 * borrowed. */
struct softmax_law softmax_law_discrete(const double *values, const double *weights, size_t count);

/* log E e^(a s), and in *slope (unless NULL) its derivative, the mean E[s e^(as)] / E[e^(as)] of the
 * tilted law. */
double softmax_law_cumulant(const struct softmax_law *law, double a, double *slope);

struct softmax_value {
    double value;
    double error; /* of the numerics, mostly far too large an estimate: the change when steps are doubled */
};

/* E f(max_j s_j) of n >= 1 scores: n int f rho R^(n-1), R the distribution function. f NULL: the maximum
 * itself, for normal scores D_n = E max (D_2 = 1/sqrt(pi), D_3 = 3/(2 sqrt(pi))). Not for discrete laws
 * (NaN). */
struct softmax_value softmax_law_max_mean(const struct softmax_law *law, double n,
                                          double (*f)(double s, const void *parameters),
                                          const void *parameters);
/* The density at 0 of the gap between the two largest of n scores, n (n-1) int rho^2 R^(n-2): the limit of
 * E[a (1 - sum p^2)] for a -> infinity. Not for discrete laws (NaN). */
struct softmax_value softmax_law_gap_density(const struct softmax_law *law, double n);

/* ---- exact expectations over n independent scores: no sampling ---- */

/* With w = e^(a s), x = u w, M(u) = E e^(-x) and 1/Z^k = int u^(k-1) e^(-uZ) du / (k-1)!, all of these are
 * single integrals in u = e^v over powers of M and moments E[s^i x^k e^(-x)], A_i = E[s^i x e^(-x)]:
 *     E log Z      = int (e^(-u) - M^n) dv                    (Frullani)
 *     E sum p s    = n int A_1 M^(n-1) dv
 *     E sum p^2    = n int E[x^2 e^(-x)] M^(n-1) dv
 *     1 - E sum p^2 = n (n-1) int A_0^2 M^(n-2) dv            (no cancellation)
 *     E Var_p(s)   = n (n-1) int (A_2 A_0 - A_1^2) M^(n-2) dv
 * A key with the fixed score c among them (a needle) multiplies M^(n-1) by e^(-u e^(ac)) and brings terms
 * of its own; E p_needle = int x_c e^(-x_c) M^(n-1) dv, x_c = u e^(ac). The trapezoidal rule in v and in s
 * converges geometrically (the integrands are analytic in the strip |Im v| < pi/2); 1 - M is summed from
 * positive terms, so n may be as large as 1e15 or more. A point takes about a millisecond. */
struct softmax_mean {
    struct softmax_value log_z;    /* E log Z; its derivative in a is score */
    struct softmax_value score;    /* E sum p s; its derivative in a is variance */
    struct softmax_value entropy;  /* E H = E log Z - a E sum p s; its derivative in a is -a variance */
    struct softmax_value purity;   /* E sum p^2 */
    struct softmax_value impurity; /* 1 - E sum p^2 */
    struct softmax_value gradient; /* E F = a (1 - E sum p^2), F half the l1 norm of dp/ds (archives/9812) */
    struct softmax_value variance; /* E Var_p(s) */
    struct softmax_value needle;   /* E p_needle; without a needle NaN */
    struct softmax_value rest;     /* 1 - E p_needle, to full relative accuracy; without a needle NaN */
    struct softmax_value total;    /* E sum p, integrated in the same way: 1 but for the numerical error */
};

/* n >= 1 (need not be whole), a >= 0. Returns 0, or -1 with all values NaN when n or a is out of range. */
int softmax_mean(const struct softmax_law *law, double n, double a, struct softmax_mean *mean);
/* The same for n keys of which one has the fixed score c and n - 1 follow the law. */
int softmax_mean_needle(const struct softmax_law *law, double n, double a, double c,
                        struct softmax_mean *mean);
/* The coefficient a at which E H = entropy, for 0 < entropy <= log n (E H falls strictly from log n); the
 * error follows from that of E H. NaN when there is none: entropy out of range, or a law with ties at the
 * top. */
struct softmax_value softmax_scale_of_entropy(const struct softmax_law *law, double n, double entropy);

/* ---- the random energy model: what E H tends to for n normal scores (Derrida 1981) ---- */

/* log_n - a^2/2 below the critical a_c; above it, where the weights follow the Poisson-Dirichlet law of index
 * m = a_c / a, psi(1) - psi(1 - m) (Archer, Park and Pillow 2014). a_c: sqrt(2 log n), or better at finite n
 * Phi^-1(1 - 1/n). */
double softmax_rem_entropy(double log_n, double a, double critical);
/* The index m in (0, 1) with psi(1) - psi(1 - m) = entropy > 0. */
double softmax_rem_index(double entropy);

#endif
