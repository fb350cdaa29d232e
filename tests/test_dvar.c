/* Optimal variance: schedules, jumps, trajectories, mixtures, chains on grids, the posterior of finite data,
 * fits; each against an independent and slower way. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <gsl/gsl_math.h>

#include "check.h"
#include "dvar/dvar.h"
#include "linalg.h"
#include "stats.h"

/* ---- words ---- */

static void lists(void **state)
{
    (void)state;
    static const char *const bad[] = {"",      "/",   "1/x",   "1*0",          "1*-2",
                                      "1*2.5", "nan", "inf/1", "1*99999999999"};
    double *x;
    size_t n;
    char *why;
    assert_int_equal(dvar_list_parse("0.25/-3e2*2/7", &x, &n, &why), 0);
    assert_int_equal(n, 4);
    assert_true(x[0] == 0.25 && x[1] == -300 && x[2] == -300 && x[3] == 7);
    free(x);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        if (!dvar_list_parse(bad[i], &x, &n, &why))
            fail_msg("'%s' was accepted", bad[i]);
        assert_null(x);
        free(why);
    }
}

static void mixtures_refused(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "",        "1",    "1:0", "0.5/0.6:0/1:1/1", "1:0/1:1", "0.5/0.5:0/1:1", "1:0:-1", "0/1:0/1:1/1",
        "1:0:1:2", "a:0:1"};
    struct dvar_mixture mixture;
    char *why;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        if (!dvar_mixture_parse(bad[i], &mixture, &why))
            fail_msg("'%s' was accepted", bad[i]);
        assert_int_equal(mixture.n, 0);
        free(why);
    }
}

static struct dvar_mixture mixture_of(const char *text)
{
    struct dvar_mixture mixture;
    char *why;
    if (dvar_mixture_parse(text, &mixture, &why))
        fail_msg("'%s' refused: %s", text, why);
    return mixture;
}

static const char *const article = "0.3/0.5/0.2:-1/0.2/1.1:0.1/0.25/0.05";

/* ---- schedules and jumps ---- */

static struct dvar_schedule schedule_of(const char *name, long T)
{
    struct dvar_schedule schedule;
    char *why;
    if (dvar_schedule_init(&schedule, name, T, &why))
        fail_msg("'%s' refused: %s", name, why);
    return schedule;
}

static void schedules(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "", "lin", "linear/", "linear/0.1", "linear/0/0.1", "keras/1", "cosine/0.1/0.2", "linearx"};
    struct dvar_schedule s = schedule_of("linear", 1000);
    long double product = 1;
    for (int t = 1; t <= 1000; t++)
        product *= 1 - (1e-4L + (0.02L - 1e-4L) * (t - 1) / 999);
    check_close("linear ab_T^2", dvar_ab(&s, 1000) * dvar_ab(&s, 1000), (double)product, 1e-17);
    check_close("1 - ab_1^2", dvar_bb2(&s, 1), 1e-4, 1e-19);
    assert_true(dvar_ab(&s, 0) == 1 && dvar_bb2(&s, 0) == 0);
    dvar_schedule_free(&s);
    s = schedule_of("linear/0.001/0.2", 7); /* other ends */
    check_close("first step", dvar_bb2(&s, 1), 0.001, 1e-17);
    check_close("last step", 1 - gsl_pow_2(dvar_ab(&s, 7) / dvar_ab(&s, 6)), 0.2, 1e-15);
    dvar_schedule_free(&s);
    s = schedule_of("cosine", 50);
    check_close("cosine", dvar_ab(&s, 25), cos(M_PI_2 * 0.508 / 1.008) / cos(M_PI_2 * 0.008 / 1.008), 1e-14);
    check_close("cosine, last step", 1 - gsl_pow_2(dvar_ab(&s, 50) / dvar_ab(&s, 49)), 0.999, 1e-12);
    dvar_schedule_free(&s);
    s = schedule_of("linear", 1);
    check_close("one step", dvar_bb2(&s, 1), 1e-4, 1e-19);
    dvar_schedule_free(&s);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        char *why;
        if (!dvar_schedule_init(&s, bad[i], 10, &why))
            fail_msg("schedule '%s' was accepted", bad[i]);
        free(why);
    }
}

/* Against the formulas of the released samplers, in their notation: alpha-bar = ab^2, beta = 1 - alpha-bar
 * ratio. */
static void jumps(void **state)
{
    (void)state;
    static const char *const names[] = {"linear", "keras", "cosine"};
    gsl_rng *rng = check_stream("jumps");
    for (long round = check_rounds(3000); round > 0; round--) {
        long T = 2 + (long)gsl_rng_uniform_int(rng, 2000);
        struct dvar_schedule schedule = schedule_of(names[gsl_rng_uniform_int(rng, 3)], T);
        long t = 1 + (long)gsl_rng_uniform_int(rng, (unsigned long)T);
        long s = round % 4 ? (long)gsl_rng_uniform_int(rng, (unsigned long)t) : t - 1;
        double eta = round % 5 ? gsl_rng_uniform(rng) : (double)(round % 2);
        struct dvar_jump j = dvar_jump_between(&schedule, t, s, eta);
        double bar_t = gsl_pow_2(dvar_ab(&schedule, t)), bar_s = gsl_pow_2(dvar_ab(&schedule, s));
        double sigma2 = eta * eta * (1 - bar_s) / (1 - bar_t) * (1 - bar_t / bar_s); /* DDIM, eq. (16) */
        double tiny = 1e-12 / (1 - bar_t);
        check_close("lambda^2", j.lambda2, sigma2, tiny);
        check_close("kappa", j.kappa, sqrt(fmax(1 - bar_s - sigma2, 0) / (1 - bar_t)), sqrt(tiny) + tiny);
        check_close("gamma", j.gamma, j.ab_s - j.ab_t * j.kappa, 1e-13);
        /* the covariance of x_s and x_t, and the variance of x_s, are those of the forward process
         * given x_0 */
        check_close("variance", j.kappa * j.kappa * j.bb2_t + j.lambda2, j.bb2_s, 1e-14);
        if (eta == 1) {
            check_close("DDPM's kappa", j.kappa, sqrt(bar_t / bar_s) * j.bb2_s / j.bb2_t, 1e-13);
            check_close("DDPM's gamma", j.gamma, j.ab_s * j.beta2 / j.bb2_t, 1e-13);
        }
        j = dvar_jump_between(&schedule, t, s, DVAR_ETA_MAX);
        assert_true(j.kappa == 0);
        check_close("gamma of the largest lambda", j.gamma, j.ab_s, 1e-13);
        dvar_schedule_free(&schedule);
    }
    gsl_rng_free(rng);
}

/* ---- trajectories ---- */

static void expect_steps(const char *spacing, long T, long K, const char *want)
{
    long ts[64];
    char *why, joined[512] = "";
    if (dvar_steps_make(spacing, T, K, ts, &why))
        fail_msg("%s: %s", spacing, why);
    for (long k = 0; k <= K; k++)
        sprintf(joined + strlen(joined), "%s%ld", k ? " " : "", ts[k]);
    assert_string_equal(joined, want);
}

static void expect_steps_refused(const char *spacing, long T, long K)
{
    long ts[64];
    char *why;
    if (!dvar_steps_make(spacing, T, K, ts, &why))
        fail_msg("%s with K = %ld, T = %ld was accepted", spacing, K, T);
    free(why);
}

static void steps(void **state)
{
    (void)state;
    expect_steps("linear", 1000, 5, "0 1 251 500 750 1000"); /* 500.5 goes to the even neighbour */
    expect_steps("linear", 1000, 1, "0 1000");
    expect_steps("linear", 4, 4, "0 1 2 3 4");
    expect_steps("quadratic", 1000, 4, "0 1 126 459 1000");
    expect_steps("1/7/1000", 1000, 3, "0 1 7 1000");
    expect_steps_refused("linear", 4, 5);
    expect_steps_refused("linear", 10, 0);
    expect_steps_refused("quadratic", 10, 9);
    expect_steps_refused("cubic", 10, 3);
    expect_steps_refused("1/7/1000", 1000, 2);
    expect_steps_refused("1/7/7", 7, 3);
    expect_steps_refused("1/7/8", 9, 3);
    expect_steps_refused("1/2.5/9", 9, 3);
    expect_steps_refused("0/2/9", 9, 3);
}

/* The least cost over all subsets of the times, and the trajectory that has it. */
static void optimal_trajectories(void **state)
{
    (void)state;
    gsl_rng *rng = check_stream("trajectories");
    for (long round = check_rounds(200); round > 0; round--) {
        long T = 1 + (long)gsl_rng_uniform_int(rng, 9);
        size_t width = (size_t)T + 1;
        double cost[100], least[10];
        long ts[110];
        for (size_t i = 0; i < width * width; i++)
            cost[i] = rng_normal(rng);
        dvar_trajectory_optimal(T, T, cost, least, ts);
        for (long K = 1; K <= T; K++) {
            double best = INFINITY;
            for (unsigned set = 0; set < 1u << (T - 1); set++) { /* bit i: time i + 1 is visited */
                if (__builtin_popcount(set) != K - 1)
                    continue;
                double sum = 0;
                size_t s = 0;
                for (size_t t = 1; t <= (size_t)T; t++)
                    if (t == (size_t)T || (set >> (t - 1) & 1)) {
                        sum += cost[s * width + t];
                        s = t;
                    }
                best = fmin(best, sum);
            }
            check_close("least cost", least[K - 1], best, 1e-12);
            const long *row = ts + (K - 1) * (T + 1);
            double sum = 0;
            for (long k = 1; k <= K; k++) {
                assert_true(row[k] > row[k - 1]);
                sum += cost[(size_t)row[k - 1] * width + (size_t)row[k]];
            }
            assert_true(row[0] == 0 && row[K] == T);
            check_close("its trajectory", sum, best, 1e-12);
        }
    }
    gsl_rng_free(rng);
}

/* ---- Gaussian data ---- */

static void gaussian_divergences(void **state)
{
    (void)state;
    gsl_rng *rng = check_stream("gaussian");
    for (long round = check_rounds(2000); round > 0; round--) {
        double v0 = exp(2 * rng_normal(rng)), v = exp(2 * rng_normal(rng)), m0 = rng_normal(rng),
               m = rng_normal(rng);
        double kl = 0.5 * (v0 / v - 1 - log(v0 / v) + (m0 - m) * (m0 - m) / v);
        check_close("KL", dvar_gauss_kl(m0, v0, m, v), kl, 1e-13 * (1 + v0 / v + kl));
        double w2sq = gsl_pow_2(sqrt(v0) - sqrt(v)) + gsl_pow_2(m0 - m);
        check_close("W2^2", dvar_gauss_w2sq(m0, v0, m, v), w2sq, 1e-13 * (v0 + v + w2sq));
        double u = exp(-3 - 30 * gsl_rng_uniform(rng)) *
                   (round % 2 ? 1 : -1); /* u - log1p u = u^2/2 - u^3/3 + ... */
        long double series = 0, power = u;
        for (int k = 2; k < 60; k++) {
            power *= -(long double)u;
            series += -power / k;
        }
        check_close("u - log1p u", dvar_excess(u), (double)series, 1e-14 * u * u);
    }
    assert_true(isinf(dvar_gauss_kl(0, 1, 0, 0)) && dvar_gauss_kl(3, 2, 3, 2) == 0);
    gsl_rng_free(rng);
}

/* ---- mixtures ---- */

static struct dvar_mixture random_mixture(gsl_rng *rng, int with_points)
{
    size_t n = 1 + gsl_rng_uniform_int(rng, 4);
    struct dvar_mixture m = {n, base_alloc(n, sizeof(double)), base_alloc(n, sizeof(double)),
                             base_alloc(n, sizeof(double))};
    double total = 0;
    for (size_t j = 0; j < n; j++) {
        total += m.weight[j] = 0.1 + gsl_rng_uniform(rng);
        m.mean[j] = 2 * rng_normal(rng);
        m.sd[j] = with_points && gsl_rng_uniform_int(rng, 3) == 0 ? 0 : 0.1 + gsl_rng_uniform(rng);
    }
    for (size_t j = 0; j < n; j++)
        m.weight[j] /= total;
    return m;
}

/* Moments of x_0 given x_t by summing over a fine grid of x_0 (and over points). */
static void posteriors(void **state)
{
    (void)state;
    gsl_rng *rng = check_stream("posteriors");
    for (long round = check_rounds(200); round > 0; round--) {
        struct dvar_mixture m = random_mixture(rng, 1);
        double ab = 0.1 + 0.89 * gsl_rng_uniform(rng), bb2 = 1 - ab * ab, x = 2 * rng_normal(rng);
        double moment[3] = {0};
        for (size_t j = 0; j < m.n; j++) {
            long nodes = m.sd[j] > 0 ? 4000 : 0;
            double step = m.sd[j] / 200;
            for (long i = -nodes / 2; i <= nodes / 2; i++) {
                double x0 = m.mean[j] + (double)i * step, away = x - ab * x0;
                double density =
                    m.sd[j] > 0 ? exp(-0.5 * gsl_pow_2((double)i / 200)) / sqrt(2 * M_PI) / 200 : 1;
                double p = m.weight[j] * density * exp(-0.5 * away * away / bb2) / sqrt(2 * M_PI * bb2);
                moment[0] += p;
                moment[1] += p * x0;
                moment[2] += p * x0 * x0;
            }
        }
        struct dvar_posterior posterior = dvar_mixture_posterior(&m, ab, bb2, x);
        double mean = moment[1] / moment[0], scale = moment[2] / moment[0];
        check_close("density", posterior.density, moment[0], 1e-12 * (1 + moment[0]));
        if (moment[0] > 1e-8) { /* else x_0 may lie beyond the grid of this test */
            check_close("mean", posterior.mean, mean, 1e-10 * sqrt(scale));
            check_close("variance", posterior.variance, scale - mean * mean, 1e-10 * scale);
        }
        check_close("density alone", dvar_mixture_density(&m, ab, bb2, x), posterior.density,
                    1e-13 * posterior.density);
        double p = dvar_mixture_tail(&m, ab, bb2, x, 1), q = dvar_mixture_tail(&m, ab, bb2, x, -1);
        check_close("tails", p + q, 1, 1e-14);
        if (posterior.density > 1e-8)
            check_close("quantile", dvar_mixture_quantile(&m, ab, bb2, p, q, rng_normal(rng)), x,
                        1e-12 * (1 + 1 / posterior.density));
        dvar_mixture_free(&m);
    }
    gsl_rng_free(rng);
}

static void expectations(void **state)
{
    (void)state;
    gsl_rng *rng = check_stream("expectations");
    for (long round = check_rounds(60); round > 0; round--) {
        struct dvar_mixture m = random_mixture(rng, 1);
        double snr = exp(3 * rng_normal(rng)), ab = sqrt(snr / (1 + snr)), bb2 = 1 / (1 + snr), error;
        double mmse = dvar_mixture_mmse(&m, ab, bb2, &error), variance = dvar_mixture_variance(&m);
        check_between("mmse", mmse, 0, dvar_lmmse(&variance, 1, ab, bb2) * (1 + 1e-12));
        check_between("its error", error, 0, 1e-13 * (1 + variance));
        dvar_mixture_free(&m);
    }
    struct dvar_mixture normal = mixture_of("1:0.3:0.7");
    check_close("mmse of a normal", dvar_mixture_mmse(&normal, 0.6, 0.64, NULL),
                dvar_gauss_variance(0.49, 0.6, 0.64), 1e-15);
    check_close("entropy of a normal", dvar_mixture_entropy(&normal, 1, 0), 0.5 * log(2 * M_PI * M_E * 0.49),
                1e-13);
    dvar_mixture_free(&normal);
    gsl_rng_free(rng);
}

static double variance_square(double x, const struct dvar_posterior *posterior, const void *unused)
{
    (void)x;
    (void)unused;
    return posterior->variance * posterior->variance;
}

/* d mmse / d snr = -E Var(x_0|x_t)^2, and d information / d snr = mmse/2, by central differences. */
static void derivatives(void **state)
{
    (void)state;
    struct dvar_mixture m = mixture_of(article);
    for (double snr = 0.05; snr < 40; snr *= 2) {
        double h = 1e-3 * snr, mmse[2], information[2];
        for (int side = 0; side < 2; side++) {
            double at = snr + (side ? h : -h), ab = sqrt(at / (1 + at)), bb2 = 1 / (1 + at);
            mmse[side] = dvar_mixture_mmse(&m, ab, bb2, NULL);
            information[side] = dvar_mixture_entropy(&m, ab, bb2) - 0.5 * log(2 * M_PI * M_E * bb2);
        }
        double ab = sqrt(snr / (1 + snr)), bb2 = 1 / (1 + snr);
        double slope = -dvar_mixture_expect(&m, ab, bb2, variance_square, NULL, NULL);
        check_close("d mmse", (mmse[1] - mmse[0]) / (2 * h), slope, 1e-5 * fabs(slope) + 1e-9);
        check_close("d information", (information[1] - information[0]) / (2 * h),
                    0.5 * dvar_mixture_mmse(&m, ab, bb2, NULL), 1e-5);
    }
    dvar_mixture_free(&m);
}

/* ---- grids and chains ---- */

static void pushes(void **state)
{
    (void)state;
    enum { FROM = 40, TO = 90 };
    gsl_rng *rng = check_stream("pushes");
    for (long round = check_rounds(50); round > 0; round--) {
        struct dvar_grid from = {FROM, -2, 0.1}, to = {TO, -3 + gsl_rng_uniform(rng), 0.07};
        double p[FROM], mean[FROM], sd[FROM], out[TO], cdf[TO], tail[TO];
        for (size_t i = 0; i < FROM; i++) {
            p[i] = gsl_rng_uniform(rng);
            mean[i] = 3 * rng_normal(rng); /* some beyond the grid */
            sd[i] = 0.05 + gsl_rng_uniform(rng);
        }
        dvar_grid_push(&from, p, mean, sd, &to, out, cdf, tail);
        for (size_t k = 0; k < TO; k++) {
            double want[3] = {0}, y = to.low + (double)k * to.step;
            for (size_t i = 0; i < FROM; i++) {
                double z = (y - mean[i]) / sd[i], mass = p[i] * from.step;
                want[0] += mass * exp(-0.5 * z * z) / sqrt(2 * M_PI) / sd[i];
                want[1] += mass * 0.5 * erfc(-z * M_SQRT1_2);
                want[2] += mass * 0.5 * erfc(z * M_SQRT1_2);
            }
            check_close("density", out[k], want[0], 1e-10);
            check_close("distribution", cdf[k], want[1], 1e-12);
            check_close("its complement", tail[k], want[2], 1e-12);
        }
    }
    gsl_rng_free(rng);
}

static struct dvar_chain_result run_chain(const struct dvar_mixture *mixture,
                                          const struct dvar_schedule *schedule, long K, double eta,
                                          enum dvar_rule rule, double q, int normal_prior)
{
    long ts[64];
    char *why;
    assert_int_equal(dvar_steps_make("linear", schedule->steps, K, ts, &why), 0);
    struct dvar_chain chain = {.mixture = mixture,
                               .schedule = schedule,
                               .ts = ts,
                               .K = K,
                               .eta = eta,
                               .q = q,
                               .rule = rule,
                               .normal_prior = normal_prior,
                               .resolution = 1.3};
    return dvar_chain_run(&chain);
}

/* A mixture of one is a Gaussian, whose chain is known. */
static void chains_of_one(void **state)
{
    (void)state;
    const double mu = 0.4, v = 0.09;
    struct dvar_mixture m = mixture_of("1:0.4:0.3");
    struct dvar_schedule schedule = schedule_of("linear", 1000);
    for (int c = 0; c < 16; c++) {
        long K = c % 2 ? 3 : 8;
        enum dvar_rule rule = (enum dvar_rule)(c / 2 % 4);
        double eta = c / 8, q = rule == DVAR_NONE ? 1 : 0.8, ab = dvar_ab(&schedule, 1000), steps_kl = 0;
        double mean = 0, variance = 1, kl = dvar_gauss_kl(ab * mu, ab * ab * v + 1 - ab * ab, 0, 1);
        long ts[16];
        char *why;
        dvar_steps_make("linear", 1000, K, ts, &why);
        for (long k = K; k >= 1; k--) {
            struct dvar_jump j = dvar_jump_between(&schedule, ts[k], ts[k - 1], eta);
            double gain = dvar_gauss_gain(v, j.ab_t, j.bb2_t), slope = j.kappa + j.gamma * gain;
            double truth = j.lambda2 + j.gamma * j.gamma * dvar_gauss_variance(v, j.ab_t, j.bb2_t);
            double added = q * (rule == DVAR_NONE ? j.lambda2 : rule == DVAR_BIG ? j.beta2 : truth);
            steps_kl += dvar_gauss_kl(0, truth, 0, added);
            mean = j.kappa * mean + j.gamma * (mu + gain * (mean - j.ab_t * mu));
            variance = slope * slope * variance + added;
        }
        struct dvar_chain_result result = run_chain(&m, &schedule, K, eta, rule, q, 1);
        check_close("W2", result.w2, sqrt(dvar_gauss_w2sq(mu, v, mean, variance)), 2e-5);
        if (rule != DVAR_NONE) {
            double want = dvar_gauss_kl(mu, v, mean, variance);
            check_close("KL", result.kl, want, 1e-6 * (1 + want));
            check_close("mass", result.mass, 1, 1e-8);
        } else {
            assert_true(isnan(result.kl) && !result.density);
        }
        if (eta == 1 && rule != DVAR_NONE)
            check_close("KL of the paths", result.path_kl, steps_kl + kl, 1e-10 * (1 + steps_kl));
        else
            assert_true(isnan(result.path_kl));
        free(result.density);
    }
    dvar_schedule_free(&schedule);
    dvar_mixture_free(&m);
}

/* KL of the paths of a mixture, two steps, by brute force: sum over steps of E int p(x_s|x_t) log(p/model)
 * dx_s. */
static void paths_of_a_mixture(void **state)
{
    (void)state;
    enum { NODES = 1500 };
    struct dvar_mixture m = mixture_of("0.4/0.6:-0.7/0.8:0.3/0.5");
    struct dvar_schedule schedule = schedule_of("linear", 1000);
    const long ts[] = {0, 300, 1000};
    double sum = 0;
    for (int k = 2; k >= 1; k--) {
        struct dvar_jump j = dvar_jump_between(&schedule, ts[k], ts[k - 1], 1);
        double low, high, low_s, high_s, mmse = dvar_mixture_mmse(&m, j.ab_t, j.bb2_t, NULL);
        dvar_mixture_range(&m, j.ab_t, j.bb2_t, 7, &low, &high);
        dvar_mixture_range(&m, j.ab_s, j.bb2_s, 8, &low_s, &high_s);
        double step = (high - low) / NODES, step_s = (high_s - low_s) / NODES;
        double variance = j.lambda2 + j.gamma * j.gamma * mmse;
        for (int i = 0; i <= NODES; i++) {
            double x = low + i * step;
            struct dvar_posterior posterior = dvar_mixture_posterior(&m, j.ab_t, j.bb2_t, x);
            for (int l = 0; l <= NODES && posterior.density > 1e-14; l++) {
                /* p(x_s|x_t) = p(x_s) p(x_t|x_s)/p(x_t) */
                double y = low_s + l * step_s, a = j.ab_t / j.ab_s, away = x - a * y;
                double joint = dvar_mixture_density(&m, j.ab_s, j.bb2_s, y) *
                               exp(-0.5 * away * away / j.beta2) / sqrt(2 * M_PI * j.beta2);
                double error = y - j.kappa * x - j.gamma * posterior.mean;
                double model = -0.5 * (log(2 * M_PI * variance) + error * error / variance);
                if (joint > 1e-300)
                    sum += step * step_s * joint * (log(joint / posterior.density) - model);
            }
        }
    }
    struct dvar_chain chain = {.mixture = &m,
                               .schedule = &schedule,
                               .ts = ts,
                               .K = 2,
                               .eta = 1,
                               .q = 1,
                               .rule = DVAR_SCALAR,
                               .resolution = 1.2};
    struct dvar_chain_result result = dvar_chain_run(&chain);
    check_close("KL of the paths", result.path_kl, sum, 1e-9);
    free(result.density);
    dvar_schedule_free(&schedule);
    dvar_mixture_free(&m);
}

/* ---- finite data ---- */

static void reference_posterior(const struct dvar_points *points, double ab, double bb2, const double *x,
                                double *mean, double *trace, double *entropy)
{
    size_t n = points->n, d = points->d;
    long double top = -INFINITY, total = 0, square = 0, *z = base_alloc(n, sizeof *z);
    for (size_t i = 0; i < n; i++) {
        z[i] = 0;
        for (size_t j = 0; j < d; j++) {
            long double away = (long double)x[j] - (long double)ab * points->x[i * d + j];
            z[i] -= away * away / (2 * (long double)bb2);
        }
        top = fmaxl(top, z[i]);
    }
    for (size_t i = 0; i < n; i++)
        total += expl(z[i] - top);
    *entropy = 0;
    for (size_t j = 0; j < d; j++) {
        long double sum = 0;
        for (size_t i = 0; i < n; i++)
            sum += expl(z[i] - top) / total * points->x[i * d + j];
        mean[j] = (double)sum;
    }
    for (size_t i = 0; i < n; i++) {
        long double w = expl(z[i] - top) / total;
        for (size_t j = 0; j < d; j++)
            square += w * (points->x[i * d + j] - (long double)mean[j]) *
                      (points->x[i * d + j] - (long double)mean[j]);
        *entropy -= w > 0 ? (double)(w * logl(w)) : 0;
    }
    *trace = (double)square;
    free(z);
}

static void finite_posteriors(void **state)
{
    (void)state;
    gsl_rng *rng = check_stream("points");
    for (long round = check_rounds(60); round > 0; round--) {
        size_t n = 1 + gsl_rng_uniform_int(rng, 300), d = 1 + gsl_rng_uniform_int(rng, 9),
               m = 1 + gsl_rng_uniform_int(rng, 600);
        double *x = base_alloc(n * d, sizeof *x), *xt = base_alloc(m * d, sizeof *xt),
               *e = base_alloc(m * d, sizeof *e);
        double *x0 = base_alloc(m * d, sizeof *x0), *mean = base_alloc(m * d, sizeof *mean);
        double *trace = base_alloc(m, sizeof *trace), *entropy = base_alloc(m, sizeof *entropy);
        double bb2 = exp(-10 * gsl_rng_uniform(rng)), ab = sqrt(1 - bb2 * 0.999), want[9], want_trace,
               want_entropy;
        rng_normals(rng, x, n * d);
        struct dvar_points *points = dvar_points_new(x, n, d);
        struct dvar_workspace *workspace = dvar_workspace_new(points);
        dvar_points_draw(points, rng, ab, bb2, m, x0, e, xt);
        dvar_points_posterior(points, workspace, ab, bb2, m, xt, mean, trace, entropy);
        for (size_t i = 0; i < m; i += 1 + m / 7) {
            reference_posterior(points, ab, bb2, xt + i * d, want, &want_trace, &want_entropy);
            for (size_t j = 0; j < d; j++)
                check_close("mean", mean[i * d + j], want[j], 1e-9);
            check_close("trace", trace[i], want_trace, 1e-9);
            check_close("entropy", entropy[i], want_entropy, 1e-8);
        }
        dvar_workspace_free(workspace);
        dvar_points_free(points);
        free(x);
        free(xt);
        free(e);
        free(x0);
        free(mean);
        free(trace);
        free(entropy);
    }
    gsl_rng_free(rng);
}

static void one_hot_is_exact(void **state)
{
    (void)state;
    struct dvar_points *points = dvar_points_read("digits");
    struct dvar_workspace *workspace = dvar_workspace_new(points);
    gsl_rng *rng = check_stream("one hot");
    enum { M = 50 };
    double *x0 = base_alloc(M * points->d, sizeof *x0), *e = base_alloc(M * points->d, sizeof *e);
    double *xt = base_alloc(M * points->d, sizeof *xt), *mean = base_alloc(M * points->d, sizeof *mean),
           trace[M];
    assert_int_equal(points->n, 1797);
    assert_int_equal(points->d, 64);
    check_close("entropy", points->entropy, log(1797), 1e-14);
    check_close("variance", points->variance, 0.29332977, 5e-9);
    assert_true(points->low == -1 && points->high == 1);
    dvar_points_draw(points, rng, sqrt(1 - 1e-5), 1e-5, M, x0, e, xt);
    dvar_points_posterior(points, workspace, sqrt(1 - 1e-5), 1e-5, M, xt, mean, trace, NULL);
    for (size_t i = 0; i < M; i++)
        assert_true(trace[i] == 0);
    assert_memory_equal(mean, x0, M * points->d * sizeof *mean);
    free(x0);
    free(e);
    free(xt);
    free(mean);
    gsl_rng_free(rng);
    dvar_workspace_free(workspace);
    dvar_points_free(points);
}

static void repeated_points(void **state)
{
    (void)state;
    const double x[] = {1, 2, 1, 2, 1, 2, 0, 5}; /* three times (1,2), once (0,5) */
    struct dvar_points *points = dvar_points_new(x, 4, 2);
    check_close("entropy", points->entropy, -0.75 * log(0.75) - 0.25 * log(0.25), 1e-14);
    check_close("mean", points->mean[0], 0.75, 1e-15);
    check_close("variance", points->variance, 0.5 * (0.1875 + 9 * 0.1875), 1e-14);
    check_close("sum of eigenvalues", points->eigen[0] + points->eigen[1], 10 * 0.1875, 1e-13);
    dvar_points_free(points);
}

/* The largest |x - mean| of the points, and what rounding can do to a score: (d + 2) rounding errors of 2^-24
 * of the sum of its terms' magnitudes. */
static void float_scale(const struct dvar_points *points, double ab, double bb2, const double *xt,
                        double *reach, double *score)
{
    *reach = *score = 0;
    for (size_t i = 0; i < points->n; i++) {
        double norm2 = 0, terms = 0;
        for (size_t j = 0; j < points->d; j++) {
            double centred = points->x[i * points->d + j] - points->mean[j];
            norm2 += centred * centred;
            terms += fabs(ab / bb2 * (xt[j] - ab * points->mean[j]) * centred);
        }
        *reach = fmax(*reach, sqrt(norm2));
        *score = fmax(*score, terms + 0.5 * ab * ab / bb2 * norm2);
    }
    *score *= ldexp((double)points->d + 2, -24);
}

static void float_posteriors(void **state)
{
    (void)state;
    gsl_rng *rng = check_stream("float");
    for (long round = check_rounds(60); round > 0; round--) {
        size_t n = 1 + gsl_rng_uniform_int(rng, 700), d = 1 + gsl_rng_uniform_int(rng, 20),
               m = 1 + gsl_rng_uniform_int(rng, 600);
        double bb2 = exp(-8 * gsl_rng_uniform(rng)), ab = sqrt(1 - bb2 * 0.999), shift = 10 * rng_normal(rng);
        double *x = base_alloc(n * d, sizeof *x), *xt = base_alloc(m * d, sizeof *xt),
               *e = base_alloc(m * d, sizeof *e), *x0 = base_alloc(m * d, sizeof *x0);
        double *mean = base_alloc(m * d, sizeof *mean), *single = base_alloc(m * d, sizeof *single);
        double *trace = base_alloc(m, sizeof *trace), *single_trace = base_alloc(m, sizeof *trace);
        rng_normals(rng, x, n * d);
        for (size_t i = 0; i < n * d; i++)
            x[i] += shift;
        struct dvar_points *points = dvar_points_new(x, n, d);
        struct dvar_workspace *workspace = dvar_workspace_new(points);
        struct dvar_float_workspace *rough = dvar_float_workspace_new(points);
        dvar_points_draw(points, rng, ab, bb2, m, x0, e, xt);
        dvar_points_posterior(points, workspace, ab, bb2, m, xt, mean, trace, NULL);
        dvar_points_posterior_float(points, rough, ab, bb2, m, xt, single, single_trace);
        for (size_t i = 0; i < m; i += 1 + m / 20) {
            double reach, score;
            float_scale(points, ab, bb2, xt + i * d, &reach, &score);
            /* weights are off by e^(+-score) each before they are normalized; sums by n roundings at most */
            double weights = expm1(2 * score) + ldexp((double)n, -23);
            for (size_t j = 0; j < d; j++)
                check_close("mean in float32", single[i * d + j], mean[i * d + j], weights * reach + 1e-12);
            check_close("trace in float32", single_trace[i], trace[i], 3 * weights * reach * reach + 1e-9);
        }
        dvar_points_posterior_float(points, rough, ab, bb2, m, xt, mean, NULL);
        assert_memory_equal(mean, single, m * d * sizeof *mean);
        dvar_workspace_free(workspace);
        dvar_float_workspace_free(rough);
        dvar_points_free(points);
        free(x);
        free(xt);
        free(e);
        free(x0);
        free(mean);
        free(single);
        free(trace);
        free(single_trace);
    }
    gsl_rng_free(rng);
}

/* ---- distances of points ---- */

/* The least cost over all permutations of the columns that rows from `i` on may still take. */
static double least_cost(size_t n, const double *cost, size_t i, unsigned used)
{
    double least = i < n ? INFINITY : 0;
    for (size_t j = 0; i < n && j < n; j++)
        if (!(used >> j & 1))
            least = fmin(least, cost[i * n + j] + least_cost(n, cost, i + 1, used | 1U << j));
    return least;
}

/* A match is a permutation of that cost; duals of equal sum that nowhere exceed a cost prove it the least. */
static void check_assignment(size_t n, const double *cost, double tolerance)
{
    size_t *match = base_alloc(n, sizeof *match), *alone = base_alloc(n, sizeof *alone);
    unsigned char *taken = base_alloc(n, 1);
    double *u = base_alloc(n, sizeof *u), *v = base_alloc(n, sizeof *v), sum = 0, dual = 0;
    double least = dvar_assignment(n, cost, match, u, v);
    for (size_t i = 0; i < n; i++) {
        assert_true(match[i] < n && !taken[match[i]]);
        taken[match[i]] = 1;
        sum += cost[i * n + match[i]];
        dual += u[i] + v[i];
        for (size_t j = 0; j < n; j++)
            if (!(u[i] + v[j] <= cost[i * n + j] + tolerance))
                fail_msg("dual %g + %g above the cost %g", u[i], v[j], cost[i * n + j]);
    }
    check_close("cost of the match", least, sum, tolerance * (double)n);
    check_close("dual", dual, sum, tolerance * (double)n);
    if (n <= 8)
        check_close("least cost", least, least_cost(n, cost, 0, 0), tolerance * (double)n);
    check_close("without duals", dvar_assignment(n, cost, alone, NULL, NULL), least, 0);
    assert_memory_equal(alone, match, n * sizeof *match);
    free(match);
    free(alone);
    free(taken);
    free(u);
    free(v);
}

static void assignments(void **state)
{
    (void)state;
    gsl_rng *rng = check_stream("assignments");
    for (long round = check_rounds(400); round > 0; round--) {
        size_t n = 1 + gsl_rng_uniform_int(rng, round % 20 ? 8 : 150);
        double *cost = base_alloc(n * n, sizeof *cost), *a = base_alloc(2 * n, sizeof *a);
        rng_normals(rng, a, 2 * n);
        for (size_t i = 0; i < n * n; i++)
            switch (round % 5) {
            case 0: cost[i] = rng_normal(rng); break;
            case 1: cost[i] = (double)gsl_rng_uniform_int(rng, 4) - 1; break; /* ties */
            case 2: cost[i] = gsl_pow_2(a[i / n] - a[n + i % n]); break;      /* points on a line */
            case 3: cost[i] = a[i / n] + a[n + i % n]; break;                 /* all matches cost the same */
            default: cost[i] = exp(10 * rng_normal(rng));                     /* many orders of magnitude */
            }
        double largest = 0;
        for (size_t i = 0; i < n * n; i++)
            largest = fmax(largest, fabs(cost[i]));
        check_assignment(n, cost, 1e-15 * (double)n * (largest + 1));
        free(cost);
        free(a);
    }
    gsl_rng_free(rng);
}

/* 1000 points, as in the experiment: the proof by duals alone. */
static void large_assignment(void **state)
{
    (void)state;
    enum { N = 1000, D = 6 };
    gsl_rng *rng = check_stream("large assignment");
    double *x = base_alloc(2 * N * D, sizeof *x), *cost = base_alloc(N * N, sizeof *cost);
    rng_normals(rng, x, 2 * N * D);
    for (size_t i = 0; i < N; i++)
        for (size_t j = 0; j < N; j++)
            for (size_t k = 0; k < D; k++)
                cost[i * N + j] += gsl_pow_2(x[i * D + k] - x[(N + j) * D + k]);
    check_assignment(N, cost, 1e-11);
    free(x);
    free(cost);
    gsl_rng_free(rng);
}

static void distances_of_points(void **state)
{
    (void)state;
    gsl_rng *rng = check_stream("distances");
    for (long round = check_rounds(100); round > 0; round--) {
        size_t n = 1 + gsl_rng_uniform_int(rng, 30), m = 1 + gsl_rng_uniform_int(rng, 30),
               d = 1 + gsl_rng_uniform_int(rng, 5);
        double x[30], y[30], long_x[900], long_y[900], sum = 0;
        rng_normals(rng, x, n);
        rng_normals(rng, y, m);
        stats_sort(x, n);
        stats_sort(y, m);
        for (size_t i = 0; i < n * m; i++) { /* each point m or n times: equal weights */
            long_x[i] = x[i / m];
            long_y[i] = y[i / n];
            sum += gsl_pow_2(long_x[i] - long_y[i]) / (double)(n * m);
        }
        check_close("on a line", dvar_line_w2sq(n, x, m, y), sum, 1e-13);
        if (n == m)
            check_close("by assignment", dvar_points_w2sq(n, 1, x, y), sum, 1e-13);
        /* a shift and another order: W_2 is the length of the shift, and every slice sees its part */
        double points[150], moved[150], shift[5], square = 0, slices = 0;
        rng_normals(rng, points, n * d);
        rng_normals(rng, shift, d);
        for (size_t i = 0; i < n * d; i++)
            moved[(n - 1 - i / d) * d + i % d] = points[i] + shift[i % d];
        for (size_t j = 0; j < d; j++)
            square += shift[j] * shift[j];
        check_close("shifted", dvar_points_w2sq(n, d, points, moved), square, 1e-12);
        enum { COUNT = 20 };
        double *direction = dvar_directions(rng, COUNT, d);
        double *p = dvar_project(n, d, points, COUNT, direction);
        double *q = dvar_project(n, d, moved, COUNT, direction);
        for (size_t k = 0; k < COUNT; k++) {
            double along = 0, length = 0;
            for (size_t j = 0; j < d; j++) {
                along += direction[k * d + j] * shift[j];
                length += gsl_pow_2(direction[k * d + j]);
            }
            check_close("direction", length, 1, 1e-14);
            slices += along * along / COUNT;
        }
        check_close("slices", dvar_sliced_w2sq(COUNT, n, p, n, q), slices, 1e-12);
        free(p);
        free(q);
        /* no slice is farther than the best match seen from it */
        double other[150], cost[900] = {0}, seen = 0;
        size_t match[30];
        rng_normals(rng, other, n * d);
        for (size_t i = 0; i < n * n; i++)
            for (size_t j = 0; j < d; j++)
                cost[i] += gsl_pow_2(points[i / n * d + j] - other[i % n * d + j]);
        check_close("W_2 of points", dvar_points_w2sq(n, d, points, other),
                    dvar_assignment(n, cost, match, NULL, NULL) / (double)n, 1e-13);
        p = dvar_project(n, d, points, 1, direction);
        q = dvar_project(n, d, other, 1, direction);
        for (size_t i = 0; i < n; i++) {
            double along = 0;
            for (size_t j = 0; j < d; j++)
                along += direction[j] * (points[i * d + j] - other[match[i] * d + j]);
            seen += along * along / (double)n;
        }
        assert_true(dvar_sliced_w2sq(1, n, p, n, q) <= seen + 1e-13);
        free(p);
        free(q);
        free(direction);
    }
    gsl_rng_free(rng);
}

/* ---- fits ---- */

static void fits(void **state)
{
    (void)state;
    static const char *const kinds[] = {"cosine", "monomial", "fourier"};
    enum { N = 120 };
    gsl_rng *rng = check_stream("fits");
    for (long round = check_rounds(60); round > 0; round--) {
        size_t k = 1 + gsl_rng_uniform_int(rng, 5);
        double x[N], y[N], weight[N], w[5], ridge = round % 2 ? 0 : 0.3;
        struct dvar_features features = dvar_features_new(kinds[round % 3], k, rng);
        for (size_t i = 0; i < N; i++) {
            x[i] = rng_normal(rng);
            y[i] = exp(0.5 * x[i]) * gsl_pow_2(rng_normal(rng)) + 1e-6;
            weight[i] = 0.1 + gsl_rng_uniform(rng);
        }
        double *design = dvar_features_design(&features, x, N);
        if (features.kind == DVAR_COSINE)
            for (size_t j = 0; j < k; j++)
                check_close("cosine", design[j], cos((double)j * M_PI * (x[0] + 3) / 6), 1e-13);
        dvar_fit_squares(design, N, k, weight, y, ridge, w);
        for (size_t j = 0; j < k; j++) { /* the gradient is 0 */
            double sum = ridge * w[j];
            for (size_t i = 0; i < N; i++) {
                double off = -y[i];
                for (size_t l = 0; l < k; l++)
                    off += design[i * k + l] * w[l];
                sum += weight[i] * off * design[i * k + j];
            }
            check_close("gradient of squares", sum, 0, 1e-9 * N);
        }
        for (int squares = 0; squares < 2; squares++) {
            dvar_fit_log_linear(design, N, k, weight, y, squares, w);
            for (size_t j = 0; j < k; j++) {
                double sum = 0, size = 0;
                for (size_t i = 0; i < N; i++) {
                    double eta = 0;
                    for (size_t l = 0; l < k; l++)
                        eta += design[i * k + l] * w[l];
                    double g = exp(eta), slope = squares ? -2 * (y[i] - g) * g : 1 - y[i] / g;
                    sum += weight[i] * slope * design[i * k + j];
                    size += fabs(weight[i] * slope * design[i * k + j]);
                }
                check_close("gradient of a variance", sum, 0, 1e-5 * (1 + size));
            }
        }
        free(design);
        dvar_features_free(&features);
    }
    gsl_rng_free(rng);
}

int main(void)
{
    linalg_single_thread();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lists),
        cmocka_unit_test(mixtures_refused),
        cmocka_unit_test(schedules),
        cmocka_unit_test(jumps),
        cmocka_unit_test(steps),
        cmocka_unit_test(optimal_trajectories),
        cmocka_unit_test(gaussian_divergences),
        cmocka_unit_test(posteriors),
        cmocka_unit_test(expectations),
        cmocka_unit_test(derivatives),
        cmocka_unit_test(pushes),
        cmocka_unit_test(chains_of_one),
        cmocka_unit_test(paths_of_a_mixture),
        cmocka_unit_test(finite_posteriors),
        cmocka_unit_test(one_hot_is_exact),
        cmocka_unit_test(repeated_points),
        cmocka_unit_test(float_posteriors),
        cmocka_unit_test(assignments),
        cmocka_unit_test(large_assignment),
        cmocka_unit_test(distances_of_points),
        cmocka_unit_test(fits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
