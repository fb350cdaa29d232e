/* The reverse process of a diffusion model with the exact mean and the optimal variance.
 *
 * Sources: kexue.fm/archives/9245 and 9246; Bao, Li, Zhu and Zhang, Analytic-DPM (arXiv 2201.06503); Bao, Li,
 * Sun, Zhu and Zhang (arXiv 2206.07309); Song, Meng and Ermon, DDIM (arXiv 2010.02502).
 *
 * Notation of the articles: x_t = ab_t x_0 + bb_t e with ab_t^2 + bb_t^2 = 1, e standard normal, ab_0 = 1.
 * (The papers write alpha-bar for ab_t^2, beta for 1 - ab_t^2/ab_(t-1)^2 and beta-bar for bb_t^2.) A jump
 * goes from t to any s < t:
 *
 *     p(x_s | x_t, x_0) = N(kappa x_t + gamma x_0, lambda^2 I),  kappa = sqrt(bb_s^2 - lambda^2) / bb_t,
 *     gamma = ab_s - ab_t kappa,  0 <= lambda <= bb_s,
 *     p(x_s | x_t) ~ N(kappa x_t + gamma E[x_0|x_t], (lambda^2 + gamma^2 v) I)  with v a variance of x_0
 *         given x_t.
 *
 * Squares are kept instead of ab, bb, and 1 - ab^2 is taken as -expm1(log ab^2), so nothing cancels at small
 * t.
 */
#ifndef DVAR_H
#define DVAR_H

#include <math.h>
#include <stddef.h>

#include <gsl/gsl_rng.h>

/* ---- schedules of noise ---- */

struct dvar_schedule {
    long steps;      /* T */
    double *log_ab2; /* [T + 1]: log ab_t^2, 0 at t = 0, strictly falling */
};

/* A schedule by name, its parameters behind slashes:
 *     linear[/FIRST/LAST]  1 - ab_t^2/ab_(t-1)^2 from FIRST to LAST in equal steps (1e-4, 0.02: DDPM)
 *     keras[/LAST]         ab_t/ab_(t-1) = sqrt(1 - LAST t/T) (0.02: the script of the article's author)
 *     cosine[/OFFSET]      ab_t = cos(pi/2 (t/T + OFFSET)/(1 + OFFSET)), over its value at 0 (0.008),
 *                          1 - ab_t^2/ab_(t-1)^2 at most 0.999 (Nichol and Dhariwal, arXiv 2102.09672)
 * Returns 0, or -1 with *why = a malloc'd message. */
int dvar_schedule_init(struct dvar_schedule *schedule, const char *name, long steps, char **why);
void dvar_schedule_free(struct dvar_schedule *schedule);

double dvar_ab(const struct dvar_schedule *schedule, long t);  /* ab_t */
double dvar_bb2(const struct dvar_schedule *schedule, long t); /* bb_t^2 */

/* ---- jumps ---- */

struct dvar_jump {
    double ab_t, ab_s;   /* signal */
    double bb2_t, bb2_s; /* noise variance */
    double beta2;        /* 1 - ab_t^2/ab_s^2: variance of the forward jump (DDPM's larger choice) */
    double btilde2;      /* bb_s^2 beta^2 / bb_t^2: variance of x_s given x_t and x_0 (its smaller choice) */
    double lambda2;      /* lambda^2 */
    double kappa, gamma;
};

/* lambda is eta sqrt(btilde2), 0 <= eta <= 1 (0: DDIM, 1: DDPM); eta = DVAR_ETA_MAX: the largest, bb_s, where
 * x_s depends on x_t through x_0 alone. 0 <= s < t <= T. */
#define DVAR_ETA_MAX ((double)INFINITY)
struct dvar_jump dvar_jump_between(const struct dvar_schedule *schedule, long t, long s, double eta);

/* eta from the text of a number in [0, 1] or "max". */
double dvar_eta_parse(const char *text);

/* ---- trajectories ts[0..K], 0 = ts[0] < ... < ts[K] = T ---- */

/* By name: "linear" (numpy's rint(linspace(1, T, K)), halves to even; K = 1: {0, T}), "quadratic" (squares of
 * sqrt(1)..sqrt(T) in equal steps), or the K times themselves, "1/250/500/1000". Returns 0, or -1 with
 * *why. */
int dvar_steps_make(const char *spacing, long T, long K, long *ts, char **why);

/* The trajectory with the least sum over i of cost(ts[i-1], ts[i]), for every number of steps up to K, by
 * dynamic programming: least[k-1] for k = 1..K, and in ts (row k-1 of K rows of K + 1 entries) its times.
 * cost[s * (T+1) + t] for s < t. O(K T^2). K <= T. */
void dvar_trajectory_optimal(long T, long K, const double *cost, double *least, long *ts);

/* ---- lists of numbers in one word ---- */

/* "0.25/0.04/1", an item with a count "0.3*64". Returns 0, or -1 with *why. x is malloc'd. */
int dvar_list_parse(const char *text, double **x, size_t *n, char **why);

/* ---- Gaussian data N(mu, diag(v)) ---- */

/* E[x_0|x_t] = mu + gain (x_t - ab mu), gain = ab v / (ab^2 v + bb^2); Var(x_0|x_t) = v bb^2 / (ab^2 v +
 * bb^2). */
double dvar_gauss_gain(double v, double ab, double bb2);
double dvar_gauss_variance(double v, double ab, double bb2);

/* KL(N(m0, v0) || N(m, v)) of scalars, as (u - log1p u)/2 + (m0 - m)^2/(2 v) with u = v0/v - 1: full relative
 * accuracy near 0, where log v - log v0 loses all. Infinite for v = 0 < v0. */
double dvar_gauss_kl(double m0, double v0, double m, double v);
/* u - log1p(u) for u > -1 to full relative accuracy, and v0/v - 1 - log(v0/v) for v0, v > 0 of any ratio. */
double dvar_excess(double u);
double dvar_excess_of(double v0, double v);
/* (sqrt v0 - sqrt v)^2 + (m0 - m)^2. */
double dvar_gauss_w2sq(double m0, double v0, double m, double v);

/* ---- mixture data in one dimension: sum_j weight_j N(mean_j, sd_j^2), sd_j = 0 allowed (points) ---- */

struct dvar_mixture {
    size_t n;
    double *weight, *mean, *sd; /* [n]; weights sum to 1 */
};

/* From the text "WEIGHTS:MEANS:DEVIATIONS", each a list as above: "0.3/0.7:-1/1:0.1/0.2". Returns 0, or -1
 * with *why: the counts differ, a weight is not positive, the weights do not sum to 1 (to 1e-9; they are then
 * normalized), a deviation is negative. */
int dvar_mixture_parse(const char *text, struct dvar_mixture *mixture, char **why);
void dvar_mixture_free(struct dvar_mixture *mixture);

double dvar_mixture_mean(const struct dvar_mixture *mixture);
double dvar_mixture_variance(const struct dvar_mixture *mixture);

/* x_0 given x_t = x, and the density of x_t there. */
struct dvar_posterior {
    double mean, variance; /* of x_0 given x_t */
    double density;        /* of x_t */
};
/* The law of x_t = ab x_0 + bb e; bb2 > 0 unless all sd are positive. */
struct dvar_posterior dvar_mixture_posterior(const struct dvar_mixture *mixture, double ab, double bb2,
                                             double x);
double dvar_mixture_density(const struct dvar_mixture *mixture, double ab, double bb2, double x);
/* P(x_t < x), or with sign = -1 P(x_t > x). */
double dvar_mixture_tail(const struct dvar_mixture *mixture, double ab, double bb2, double x, int sign);
/* The x with cdf(x) = p and 1 - cdf(x) = q = 1 - p; both are asked for, so that neither tail loses digits.
 * The search begins at `guess`. */
double dvar_mixture_quantile(const struct dvar_mixture *mixture, double ab, double bb2, double p, double q,
                             double guess);
/* The interval that reaches `width` standard deviations beyond every component of x_t. */
void dvar_mixture_range(const struct dvar_mixture *mixture, double ab, double bb2, double width, double *low,
                        double *high);

/* E f(x_t, posterior) by adaptive quadrature; *error (unless NULL) its error estimate. Dies with status 2
 * when GSL does not reach 1e-11 of the scale of the integral. */
double dvar_mixture_expect(const struct dvar_mixture *mixture, double ab, double bb2,
                           double (*f)(double x, const struct dvar_posterior *posterior,
                                       const void *parameters),
                           const void *parameters, double *error);
/* E Var(x_0|x_t), the optimal v. */
double dvar_mixture_mmse(const struct dvar_mixture *mixture, double ab, double bb2, double *error);
/* Differential entropy of x_t, in nats (bb2 = 0: of the data). */
double dvar_mixture_entropy(const struct dvar_mixture *mixture, double ab, double bb2);

/* n draws of x_0, e and x = ab x_0 + bb e; x0 may be NULL. */
void dvar_mixture_draw(const struct dvar_mixture *mixture, gsl_rng *rng, double ab, double bb2, size_t n,
                       double *x0, double *e, double *x);

/* ---- features of one variable, and regressions on them ---- */

enum dvar_feature_kind { DVAR_COSINE, DVAR_MONOMIAL, DVAR_FOURIER };

struct dvar_features {
    enum dvar_feature_kind kind;
    size_t k;                  /* how many; the first is 1 */
    double *frequency, *phase; /* [k] of random Fourier features */
};

/* "cosine": cos(j pi (x + 3)/6), "monomial": x^j, "fourier": cos(w_j x + b_j) with w_j ~ N(0, 4), b_j
 * uniform, drawn from rng (unused by the others). */
struct dvar_features dvar_features_new(const char *kind, size_t k, gsl_rng *rng);
void dvar_features_free(struct dvar_features *features);
void dvar_features_at(const struct dvar_features *features, double x, double *phi);
/* The n x k matrix of features of x[n]; free() it. */
double *dvar_features_design(const struct dvar_features *features, const double *x, size_t n);

/* The w that minimizes sum_i weight_i (y_i - phi_i w)^2 + ridge |w|^2, by QR. weight NULL: all 1. n + k rows
 * suffice. */
void dvar_fit_squares(const double *design, size_t n, size_t k, const double *weight, const double *y,
                      double ridge, double *w);
/* For a variance g_i = exp(phi_i w): the w that minimizes sum_i weight_i (log g_i + y_i/g_i) (twice a normal
 * negative log-likelihood, or Itakura-Saito), or with `squares` sum_i weight_i (y_i - g_i)^2. Begins at the
 * best constant. weight NULL: all 1/n. */
void dvar_fit_log_linear(const double *design, size_t n, size_t k, const double *weight, const double *y,
                         int squares, double *w);

/* ---- densities of one variable on a grid x_i = low + i step ---- */

struct dvar_grid {
    size_t n;
    double low, step;
};

/* out(y) = sum_i step p(x_i) N(y; mean_i, sd_i^2) for y on the grid `to`: one jump of a chain. Kernels are
 * cut at 12 standard deviations. In cdf (unless NULL) the exact distribution function of this sum, in tail
 * its complement. */
void dvar_grid_push(const struct dvar_grid *from, const double *p, const double *mean, const double *sd,
                    const struct dvar_grid *to, double *out, double *cdf, double *tail);

/* ---- sampling chains for mixture data ---- */

enum dvar_rule {
    DVAR_NONE,       /* lambda^2 alone: DDIM for eta = 0, DDPM's smaller variance for eta = 1 */
    DVAR_BIG,        /* beta^2: DDPM's larger one */
    DVAR_SCALAR,     /* lambda^2 + gamma^2 E Var(x_0|x_t) */
    DVAR_CONDITIONAL /* lambda^2 + gamma^2 Var(x_0|x_t), a function of x_t */
};
enum dvar_rule dvar_rule_parse(const char *text); /* none, big, scalar, conditional */

enum dvar_slip { DVAR_RIGHT, DVAR_FORGET_KAPPA, DVAR_GAMMA_NOT_SQUARED }; /* wrong variants, for controls */

struct dvar_chain {
    const struct dvar_mixture *mixture; /* all sd > 0 */
    const struct dvar_schedule *schedule;
    const long *ts; /* [K + 1], the trajectory */
    long K;
    double eta, q; /* q multiplies the added variance */
    enum dvar_rule rule;
    int normal_prior;  /* x_T from N(0, 1) in place of its exact law */
    double resolution; /* nodes per standard deviation of the narrowest kernel: 1 leaves errors of 1e-8 */
    enum dvar_slip slip;
};

struct dvar_chain_result {
    double w2;      /* Wasserstein distance W_2 of the samples' law from the data */
    double kl;      /* KL(data || samples), NaN when the last step adds no variance */
    double path_kl; /* KL of the paths x_0, x_(ts[1]), .., x_T; NaN unless eta = 1 and no step is a map */
    double mass;    /* of the samples' law on its grid: how far from 1 tells of the grid's errors */
    size_t nodes;   /* of the largest grid */
    struct dvar_grid grid;
    double *density; /* [grid.n] of the samples; NULL when the last step adds no variance; free() it */
};

/* The law of the samples. Densities on grids, one for every time and as fine as the kernels to and from it
 * ask for, so that trapezoidal sums converge geometrically; after the last step that adds variance the nodes
 * are moved by the (increasing) maps that remain. Dies with status 2 when a grid would have more than 2^20
 * nodes. */
struct dvar_chain_result dvar_chain_run(const struct dvar_chain *chain);

/* ---- finite data: N points, each with probability 1/N ---- */

struct dvar_points {
    size_t n, d;
    double *x;        /* [n][d] */
    double *norm2;    /* [n]: squared norms */
    double *mean;     /* [d] */
    double *eigen;    /* [d]: eigenvalues of the covariance (over N, not N - 1), ascending, none below 0 */
    double variance;  /* their mean: V, the variance of a coordinate */
    double low, high; /* the range of all coordinates */
    double entropy;   /* of the law: log N when all points differ, less when some are repeated */
};

/* "digits": the 8x8 digits, pixels mapped from 0..16 to [-1, 1]; else a file of points as lib/dataset.h reads
 * it. */
struct dvar_points *dvar_points_read(const char *name);
/* The same from memory (x is copied). */
struct dvar_points *dvar_points_new(const double *x, size_t n, size_t d);
void dvar_points_free(struct dvar_points *points);

/* The linear estimator's error per coordinate, (1/d) sum_i l_i bb^2/(ab^2 l_i + bb^2) over the eigenvalues
 * l_i of the covariance: no variance v of the exact mean is above it. */
double dvar_lmmse(const double *eigen, size_t d, double ab, double bb2);

/* Room for dvar_points_posterior: one per thread. */
struct dvar_workspace;
struct dvar_workspace *dvar_workspace_new(const struct dvar_points *points);
void dvar_workspace_free(struct dvar_workspace *workspace);

/* x_0 given each of m rows x_t (m x d): weights proportional to exp(-|x_t - ab x^(i)|^2 / (2 bb^2)). Their
 * mean (m x d), trace[m] = sum w |x|^2 - |mean|^2 (not below 0) and the entropy[m] of the weights in nats;
 * trace and entropy may be NULL. By blocks of rows: scores by one GEMM, softmax in place, mean by a second; N
 * x m is never formed. bb2 > 0. */
void dvar_points_posterior(const struct dvar_points *points, struct dvar_workspace *workspace, double ab,
                           double bb2, size_t m, const double *xt, double *mean, double *trace,
                           double *entropy);

/* The same in float32, for speed: points and x_t are centred at the mean of the data in double, which keeps
 * scores small, then scores, softmax and sums are float. A score's rounding error is about 2^-24 of its
 * terms, ab^2/bb^2 times squared distances from the mean, which the weights feel as a relative error; mean
 * and trace of a row bear it times the spread of the points that compete. */
struct dvar_float_workspace;
struct dvar_float_workspace *dvar_float_workspace_new(const struct dvar_points *points);
void dvar_float_workspace_free(struct dvar_float_workspace *workspace);
void dvar_points_posterior_float(const struct dvar_points *points, struct dvar_float_workspace *workspace,
                                 double ab, double bb2, size_t m, const double *xt, double *mean,
                                 double *trace);

/* m draws: points x0 (m x d), noise e (m x d), x_t = ab x0 + bb e (m x d). */
void dvar_points_draw(const struct dvar_points *points, gsl_rng *rng, double ab, double bb2, size_t m,
                      double *x0, double *e, double *xt);

/* ---- distances of finite sets of points ---- */

/* The permutation of least cost: match[n], sum_i cost[i n + match[i]] (cost is n x n), which is returned.
 * Shortest augmenting paths (Jonker and Volgenant 1987), O(n^3). u[n] and v[n] (may be NULL) prove that it is
 * least: u_i + v_j <= cost_ij for all i, j, and sum u + sum v is the returned sum, both but for rounding.
 * Dies with status 2 when a cost is not finite. n >= 1. */
double dvar_assignment(size_t n, const double *cost, size_t *match, double *u, double *v);
/* W_2^2 of the laws that give n points x and n points y (n x d) 1/n each, by assignment. */
double dvar_points_w2sq(size_t n, size_t d, const double *x, const double *y);
/* W_2^2 on a line, x[n] and y[m] ascending. */
double dvar_line_w2sq(size_t n, const double *x, size_t m, const double *y);
/* Sliced W_2: `count` uniform directions (count x d, free() them), the sorted projections of n points on them
 * (count x n, free() them), and the mean W_2^2 of projected x (count x n) and y (count x m). Its expectation
 * is at most W_2^2/d, with equality for y = x + constant. */
double *dvar_directions(gsl_rng *rng, size_t count, size_t d);
double *dvar_project(size_t n, size_t d, const double *x, size_t count, const double *direction);
double dvar_sliced_w2sq(size_t count, size_t n, const double *x, size_t m, const double *y);

#endif
