/* Indices of sparsity of a vector of n magnitudes x_i >= 0 (kexue.fm/archives/9595; Hurley and Rickard, IEEE
 * Trans. Inf. Theory 55(10), 2009, arXiv:0811.4706), the six criteria they are asked to meet, and what is
 * proved of the family
 *
 *     S*_{q,p}(x) = M_q(x) / M_p(x),  M_p(x) = ((1/n) sum x_i^p)^{1/p},  M_inf = max x_i,  0 < q < p <= inf.
 *
 * Small S* is sparse; it lies in [n^{1/p-1/q}, 1]. Renyi entropies and effective numbers are those of
 * softmax.h. Signs are dropped by the caller. A vector needs a positive entry: for the zero vector every
 * index is NaN.
 */
#ifndef SPARSITY_H
#define SPARSITY_H

#include <stddef.h>

#include <gsl/gsl_rng.h>

#include "axis.h"
#include "stats.h"

/* ---- vectors as text ---- */

struct sparsity_vector {
    double *x;
    size_t n;
};

/* Numbers separated by ':', each perhaps repeated: "1.2:1:0.01x18". Returns NULL, or a malloc'd word on what
 * is accepted (free it) and an empty vector. At most a million entries; not all may be zero. */
char *sparsity_vector_parse(const char *text, struct sparsity_vector *vector);
/* The inverse, runs of equal entries contracted, six significant digits; free the text. */
char *sparsity_vector_text(const double *x, size_t n);
void sparsity_vector_free(struct sparsity_vector *vector);

/* A pair of orders "1:2" or "1:inf", 0 < q < p. Returns 0 or -1. */
int sparsity_orders_parse(const char *text, double *q, double *p);

/* ---- indices ---- */

/* l_p(x) = (sum x_i^p)^{1/p} and log M_p, for p in (0, inf]; entries are divided by the largest first. */
double sparsity_norm(const double *x, size_t n, double p);
double sparsity_log_mean(const double *x, size_t n, double p);
/* S*_{q,p}; q = 1, p = inf is the mean over the maximum. */
double sparsity_ratio(const double *x, size_t n, double q, double p);
/* The same for entries x_i that occur count_i times (the counts need not be whole). */
double sparsity_ratio_counted(const double *x, const double *count, size_t n, double q, double p);
/* S_{1,p} = (l_1 / n) / l_p, the article's eq. 4. */
double sparsity_mean_over_norm(const double *x, size_t n, double p);
/* Gini: 1 - 2 sum_k (c_(k) / l_1) (n - k + 1/2) / n over the ascending magnitudes c_(k). work: n doubles. */
double sparsity_gini(const double *x, size_t n, double *work);
/* Hoyer: (sqrt n - l_1 / l_2) / (sqrt n - 1), large for sparse vectors; NaN for n = 1. */
double sparsity_hoyer(const double *x, size_t n);
/* mean x over (1/k) log sum exp(k x_i): the smooth maximum that is not homogeneous. */
double sparsity_mean_over_logsumexp(const double *x, size_t n, double k);

/* ---- measures by name, larger = sparser ---- */

struct sparsity_measure {
    /* work: n doubles */
    double (*value)(const struct sparsity_measure *measure, const double *x, size_t n, double *work);
    double q, p; /* parameters, as the measure has them */
    int sign;    /* 1; -1 turns it round */
};

/* "l0", "l1", "lp_P", "l1_l2", "log", "kappa4", "hoyer", "max" (-mean/max), "lse" (-mean/logsumexp), "s1_P"
 * (-S_{1,P}), "sqp_Q_P" (-S*_{Q,P}), "renyi_K" (-H_K), "deficit_K" (log n - H_K), "gini", "gini_whole" (its
 * last factor without the half). Returns 0, or -1 when the name or a parameter is not among these. */
int sparsity_measure_parse(const char *name, struct sparsity_measure *measure);
double sparsity_measure_value(const struct sparsity_measure *measure, const double *x, size_t n,
                              double *work);

/* ---- the six criteria ---- */

enum sparsity_criterion {
    SPARSITY_D1,
    SPARSITY_D2,
    SPARSITY_D3,
    SPARSITY_D4,
    SPARSITY_P1,
    SPARSITY_P2,
    SPARSITY_CRITERIA /* their number */
};

/* Digits of the matrix in claims: 1 holds, 2 ties occur but no reversal, 3 violated. */
enum sparsity_verdict { SPARSITY_HOLDS = 1, SPARSITY_TIES = 2, SPARSITY_VIOLATED = 3 };

/* One trial of a criterion: the vector, and what is done to it. */
struct sparsity_trial {
    const double *x;
    size_t n;
    size_t from, to; /* D1: the richer and the poorer entry; P1: `from` grows, the others are not all zero */
    double amount;   /* D1: what changes hands; D2: factor; D3: what all get; D4: copies in all, at most 3 */
};

/* The measure before and after; for P1 the size of x[from] before and its growth, at which it was decided. */
struct sparsity_outcome {
    enum sparsity_verdict verdict;
    double before, after, size, growth;
};

/* D1: the value must fall when x[from] > x[to] gives less than half of the difference. D2, D4: it must stay.
 * D3: it must fall. P1: there must be a size of x[from] from which any growth raises it (sizes from 2 to 64
 * times the others' largest entry, and beyond, are tried). P2: it must rise when a zero is added. Values
 * closer than 1e-12 of the larger (or of 1) count as equal. work: 6 n + 2 doubles. */
struct sparsity_outcome sparsity_judge(const struct sparsity_measure *measure,
                                       enum sparsity_criterion criterion, const struct sparsity_trial *trial,
                                       double *work);

/* ---- theory of S*_{q,p} ---- */

/* R(s) = sum x^{s-1} / sum x^s over positive x; d log S*_{q,p}(x + a)/da = R(q) - R(p) > 0 for q < p
 * (criterion D3). */
double sparsity_rise(const double *x, size_t n, double s);
/* The size beyond which an entry's growth makes x sparser (P1), given the m other entries:
 * (C_p / C_q)^{1/(p-q)}, C_s = sum of the others' s-th powers. */
double sparsity_rich_threshold(const double *others, size_t m, double q, double p);
/* The direction of a small transfer from an entry `rich` to one `poor` < `rich` of the counted vector: d log
 * S* per unit. D1 asks that it be positive. */
double sparsity_transfer_slope(const double *x, const double *count, size_t n, double rich, double poor,
                               double q, double p);
/* For q < p < 1: a transfer between two large entries among m small ones can lower S*_{q,p} if and only if m
 * exceeds
 *     2p/(1-p) (p(1-q) / (q(1-p)))^{q/(p-q)}
 * (proof: the family's page). */
double sparsity_failure_entries(double q, double p);
/* The least n for which S*_{q,p} fails D1: 3 for q > 1; 3 + floor of the above for p < 1 (a value within 1e-9
 * of a whole number counts as that number); infinite when q <= 1 <= p. */
double sparsity_failure_size(double q, double p);
/* The same without the closed form: the least m such that two large entries e^u, e^-u (u > 0) and m small
 * ones s violate D1, by minimizing over u and s; n = m + 2. Only for p < 1; limited to n < 1e15. */
double sparsity_failure_size_searched(double q, double p);
/* A vector that violates D1 for (q,p) outside q <= 1 <= p: `count` entries of size x, three kinds, and a
 * transfer from x[from] to x[to] of `amount`. Returns 0, or -1 when there is none. */
struct sparsity_certificate {
    double x[3], count[3], amount;
    size_t from, to;
};
int sparsity_certificate(double q, double p, struct sparsity_certificate *certificate);

/* ---- vectors to try ---- */

enum { SPARSITY_KINDS = 8, SPARSITY_DRAWN_MAX = 42 };

/* A vector of one of SPARSITY_KINDS kinds (exponential, uniform, heavy-tailed, whole numbers with zeros, two
 * large entries among small ones, one, nearly empty) in x[SPARSITY_DRAWN_MAX], its length returned: entries
 * of four digits, not constant, at least two positive, the largest at most 12 (so that exponentials of
 * entries are seen beside each other). */
size_t sparsity_vector_draw(gsl_rng *rng, size_t kind, double *x);
int sparsity_is_constant(const double *x, size_t n);
/* x to four significant digits, so that a certificate can be written down exactly. */
double sparsity_rounded(double x);

/* ---- data ---- */

struct sparsity_data {
    size_t count;
    const char *const *name; /* borrowed */
    struct sparsity_vector *vector;
};

/* Vectors by name: a vector as text; "words", the word counts of `file` (a text, a folder; "none":
 * /usr/share/common-licenses); "digits", the pixels of all 8x8 digits; "spectrum", the singular values of the
 * digits, those within rounding of 0 taken for 0; "file", the numbers in `file`. Missing data end the run as
 * in dataset.h. */
struct sparsity_data *sparsity_data_load(const struct axis_values *names, const char *file);
/* Is the name one of these? NULL, or a malloc'd word on what is accepted. */
char *sparsity_data_check(const char *name, const char *file);
const struct sparsity_vector *sparsity_data_get(const struct sparsity_data *data, const char *name);
void sparsity_data_free(struct sparsity_data *data);

/* ---- samples ---- */

/* A law of |x|: "normal", "laplace", "uniform", "lognormal:S", "bernoulli:RHO", "student:NU", "softmax:GAMMA"
 * (the weights of attention with normal scores of deviation GAMMA, up to their sum). */
struct sparsity_law {
    enum {
        SPARSITY_NORMAL,
        SPARSITY_LAPLACE,
        SPARSITY_UNIFORM,
        SPARSITY_LOGNORMAL,
        SPARSITY_BERNOULLI,
        SPARSITY_STUDENT,
        SPARSITY_SOFTMAX
    } kind;
    double parameter;
};

/* Returns 0, or -1. */
int sparsity_law_parse(const char *name, struct sparsity_law *law);
/* A malloc'd word on why --law NAME is refused, for the check of a program; NULL when it is accepted. */
char *sparsity_law_check(const char *name);
/* n independent magnitudes, at least one of them positive (an all-zero Bernoulli sample is drawn again). */
void sparsity_law_draw(const struct sparsity_law *law, gsl_rng *rng, double *x, size_t n);
/* E x^k, k > 0 (infinite where it does not exist), and d log E x^k / dk = E[x^k log x] / E x^k. */
double sparsity_law_moment(const struct sparsity_law *law, double k);
double sparsity_law_moment_slope(const struct sparsity_law *law, double k);
/* The limit of N_k / n for a sample of n -> infinity: (M_1/M_k)^{k/(k-1)}; for k = 1 exp(-E[x log x]/E x) E
 * x. */
double sparsity_law_effective(const struct sparsity_law *law, double k);
/* N_k / n of a sample (k > 0), and its standard error by the delta method from the sample itself. */
struct stats_mean sparsity_effective(const double *x, size_t n, double k);
/* S*_{1,2} likewise. */
struct stats_mean sparsity_ratio_estimate(const double *x, size_t n);

#endif
