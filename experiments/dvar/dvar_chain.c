/* The law of a K-step sampler for mixture data in one dimension, without sampling. */
#include "dvar.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <gsl/gsl_math.h>

#include "base.h"

enum dvar_rule dvar_rule_parse(const char *text)
{
    static const char *const words[] = {"none", "big", "scalar", "conditional"};
    for (size_t i = 0; i < 4; i++)
        if (!strcmp(text, words[i]))
            return (enum dvar_rule)i;
    base_die(BASE_BAD_USAGE, "rule: '%.60s' is not accepted; give none, big, scalar or conditional", text);
}

/* ---- one step ---- */

struct step {
    struct dvar_jump jump;
    enum dvar_rule rule;
    double q, weight; /* weight: gamma^2, unless a slip asks otherwise */
    double mmse;      /* E Var(x_0|x_t) */
};

static struct step step_at(const struct dvar_chain *chain, long k)
{
    struct step step = {.jump =
                            dvar_jump_between(chain->schedule, chain->ts[k], chain->ts[k - 1], chain->eta),
                        .rule = chain->rule,
                        .q = chain->q};
    if (chain->slip == DVAR_FORGET_KAPPA)
        step.jump.gamma = step.jump.ab_s;
    step.weight = chain->slip == DVAR_GAMMA_NOT_SQUARED ? step.jump.gamma : step.jump.gamma * step.jump.gamma;
    step.mmse = dvar_mixture_mmse(chain->mixture, step.jump.ab_t, step.jump.bb2_t, NULL);
    return step;
}

static double step_variance(const struct step *step, const struct dvar_posterior *posterior)
{
    const struct dvar_jump *j = &step->jump;
    double uncertainty = step->rule == DVAR_SCALAR        ? step->mmse
                         : step->rule == DVAR_CONDITIONAL ? posterior->variance
                                                          : 0;
    return step->q * (step->rule == DVAR_BIG ? j->beta2 : j->lambda2 + step->weight * uncertainty);
}

static double step_mean(const struct step *step, double x, const struct dvar_posterior *posterior)
{
    return step->jump.kappa * x + step->jump.gamma * posterior->mean;
}

static int step_is_map(const struct step *step)
{
    return step->rule == DVAR_NONE && step->jump.lambda2 == 0;
}

/* ---- divergence of the paths ---- */

/* -E[log of the model's density of x_s | x_t], whose error has the variance lambda^2 + gamma^2
 * Var(x_0|x_t) */
static double step_surprise(double x, const struct dvar_posterior *posterior, const void *parameters)
{
    const struct step *step = parameters;
    const struct dvar_jump *j = &step->jump;
    double model = step_variance(step, posterior);
    (void)x;
    return 0.5 * (log(2 * M_PI * model) + (j->lambda2 + j->gamma * j->gamma * posterior->variance) / model);
}

/* log of the density of x_t over that of N(0, 1) */
static double normal_log_ratio(double x, const struct dvar_posterior *posterior, const void *unused)
{
    (void)unused;
    return log(posterior->density) + 0.5 * (log(2 * M_PI) + x * x);
}

/* For eta = 1 the x_t are a Markov chain from either end, so the entropies of x_s given x_t sum up to
 * H(x_0) + sum H(x_t|x_s) - H(x_T), and H(x_t|x_s) is that of N(0, beta^2). */
static double path_divergence(const struct dvar_chain *chain)
{
    const struct dvar_mixture *mixture = chain->mixture;
    long T = chain->schedule->steps;
    double ab = dvar_ab(chain->schedule, T), bb2 = dvar_bb2(chain->schedule, T);
    double sum = dvar_mixture_entropy(mixture, ab, bb2) - dvar_mixture_entropy(mixture, 1, 0);
    for (long k = 1; k <= chain->K; k++) {
        struct step step = step_at(chain, k);
        if (step_is_map(&step))
            return NAN;
        sum += dvar_mixture_expect(mixture, step.jump.ab_t, step.jump.bb2_t, step_surprise, &step, NULL) -
               0.5 * log(2 * M_PI * M_E * step.jump.beta2);
    }
    if (chain->normal_prior)
        sum += dvar_mixture_expect(mixture, ab, bb2, normal_log_ratio, NULL, NULL);
    return sum;
}

/* ---- transport in one dimension ---- */

/* A law on a grid: density, distribution function, and its complement. */
struct law {
    struct dvar_grid grid;
    double *density, *cdf, *tail; /* [grid.n] */
};

static struct law law_new(struct dvar_grid grid)
{
    return (struct law){.grid = grid,
                        .density = base_alloc(grid.n, sizeof(double)),
                        .cdf = base_alloc(grid.n, sizeof(double)),
                        .tail = base_alloc(grid.n, sizeof(double))};
}

static void law_free(struct law *law)
{
    free(law->density);
    free(law->cdf);
    free(law->tail);
}

/* The x below which the law has mass p (and above which q). The density is taken as linear within a cell. */
static double law_quantile(const struct law *law, double p, double q)
{
    size_t low = 0, high = law->grid.n - 1;
    int lower = p <= q;
    while (high - low > 1) {
        size_t middle = (low + high) / 2;
        if (lower ? law->cdf[middle] > p : law->tail[middle] <= q)
            high = middle;
        else
            low = middle;
    }
    double cell = lower ? law->cdf[high] - law->cdf[low] : law->tail[low] - law->tail[high];
    double part = lower ? p - law->cdf[low] : law->tail[low] - q;
    double left = law->density[low], right = law->density[high], fraction = cell > 0 ? part / cell : 0.5;
    fraction = fmin(fmax(fraction, 0), 1);
    double area = fraction * 0.5 * (left + right),
           root = left + sqrt(fmax(left * left + 2 * (right - left) * area, 0));
    double s = root > 0 ? 2 * area / root : fraction;
    return law->grid.low + ((double)low + s) * law->grid.step;
}

static double node(const struct dvar_grid *grid, size_t i)
{
    return grid->low + (double)i * grid->step;
}

/* int f(x) (x - G^-1(F(x)))^2 dx, F the data's distribution function and G the samples' */
static double transport_of_density(const struct dvar_mixture *mixture, const struct law *samples)
{
    double sum = 0;
    for (size_t i = 0; i < samples->grid.n; i++) {
        double x = node(&samples->grid, i), f = dvar_mixture_density(mixture, 1, 0, x);
        if (f > 0) {
            double p = dvar_mixture_tail(mixture, 1, 0, x, 1), q = dvar_mixture_tail(mixture, 1, 0, x, -1);
            sum += f * gsl_pow_2(x - law_quantile(samples, p, q));
        }
    }
    return sqrt(sum * samples->grid.step);
}

/* The same for samples that are the nodes of a law, moved by an increasing map to `place`. */
static double transport_of_map(const struct dvar_mixture *mixture, const struct law *law, const double *place)
{
    double sum = 0, x = place[0];
    for (size_t i = 0; i < law->grid.n; i++)
        if (law->density[i] > 1e-200) {
            x = dvar_mixture_quantile(mixture, 1, 0, law->cdf[i], law->tail[i], x);
            sum += law->density[i] * gsl_pow_2(place[i] - x);
        }
    return sqrt(sum * law->grid.step);
}

static double divergence(const struct dvar_mixture *mixture, const struct law *samples)
{
    double sum = 0;
    for (size_t i = 0; i < samples->grid.n; i++) {
        double f = dvar_mixture_density(mixture, 1, 0, node(&samples->grid, i));
        if (f > 0) /* far out a kernel that is cut off counts as one that is very small */
            sum += f * log(f / fmax(samples->density[i], 1e-300));
    }
    return sum * samples->grid.step;
}

/* ---- grids ---- */

/* The narrowest kernel of a step over all x_t that matter: its deviation, and its width as a function of x_t,
 * which is the deviation over the slope of its mean. */
static void step_narrowest(const struct dvar_mixture *mixture, const struct step *step, double *deviation,
                           double *width)
{
    enum { PROBES = 2000 };
    double low, high;
    dvar_mixture_range(mixture, step->jump.ab_t, step->jump.bb2_t, 6.5, &low, &high);
    *deviation = *width = INFINITY;
    for (int i = 0; i <= PROBES; i++) {
        double x = low + (high - low) * i / PROBES;
        struct dvar_posterior posterior =
            dvar_mixture_posterior(mixture, step->jump.ab_t, step->jump.bb2_t, x);
        if (posterior.density < 1e-9)
            continue;
        double sd = sqrt(step_variance(step, &posterior));
        double slope =
            step->jump.kappa + step->jump.gamma * step->jump.ab_t / step->jump.bb2_t * posterior.variance;
        *deviation = fmin(*deviation, sd);
        *width = fmin(*width, sd / slope);
    }
}

static struct dvar_grid grid_new(double low, double high, double step)
{
    const double nodes_max = 1 << 20;
    double n = fmax(ceil((high - low) / step), 64) + 1;
    if (!(n <= nodes_max))
        base_die(BASE_RUN_FAILED,
                 "chain: kernels as narrow as %.3g ask for %.3g nodes; at most %.0f are accepted", step, n,
                 nodes_max);
    return (struct dvar_grid){.n = (size_t)n, .low = low, .step = (high - low) / (n - 1)};
}

/* ---- the chain ---- */

static struct law law_begin(const struct dvar_chain *chain, double step)
{
    const double reach = 6.5; /* beyond it: 8e-11 */
    long T = chain->schedule->steps;
    double ab = dvar_ab(chain->schedule, T), bb2 = dvar_bb2(chain->schedule, T), low = -reach, high = reach;
    if (!chain->normal_prior)
        dvar_mixture_range(chain->mixture, ab, bb2, reach, &low, &high);
    struct law law = law_new(grid_new(low, high, step));
    for (size_t i = 0; i < law.grid.n; i++) {
        double x = node(&law.grid, i);
        if (chain->normal_prior) {
            law.density[i] = exp(-0.5 * x * x) / sqrt(2 * M_PI);
            law.cdf[i] = 0.5 * erfc(-x * M_SQRT1_2);
            law.tail[i] = 0.5 * erfc(x * M_SQRT1_2);
        } else {
            law.density[i] = dvar_mixture_density(chain->mixture, ab, bb2, x);
            law.cdf[i] = dvar_mixture_tail(chain->mixture, ab, bb2, x, 1);
            law.tail[i] = dvar_mixture_tail(chain->mixture, ab, bb2, x, -1);
        }
    }
    return law;
}

/* One step with variance, onto a grid that holds what comes of it, and [low, high]; `last`: the distribution
 * function is wanted too. */
static void law_push(const struct dvar_mixture *mixture, struct law *law, const struct step *step,
                     double grid_step, double low, double high, int last)
{
    const double reach = 6.5, negligible = 1e-12;
    size_t n = law->grid.n;
    double *mean = base_alloc(n, sizeof *mean), *sd = base_alloc(n, sizeof *sd);
    for (size_t i = 0; i < n; i++) {
        double x = node(&law->grid, i);
        struct dvar_posterior posterior =
            dvar_mixture_posterior(mixture, step->jump.ab_t, step->jump.bb2_t, x);
        mean[i] = step_mean(step, x, &posterior);
        sd[i] = sqrt(step_variance(step, &posterior));
        if (law->density[i] > negligible) {
            low = fmin(low, mean[i] - reach * sd[i]);
            high = fmax(high, mean[i] + reach * sd[i]);
        }
    }
    struct law next = law_new(grid_new(low, high, grid_step));
    dvar_grid_push(&law->grid, law->density, mean, sd, &next.grid, next.density, last ? next.cdf : NULL,
                   last ? next.tail : NULL);
    law_free(law);
    *law = next;
    free(mean);
    free(sd);
}

/* The law of the samples moved by steps maps..1, which are maps. */
static double map_rest(const struct dvar_chain *chain, const struct step *steps, long maps,
                       const struct law *law)
{
    double *place = base_alloc(law->grid.n, sizeof *place);
    for (size_t i = 0; i < law->grid.n; i++) {
        place[i] = node(&law->grid, i);
        for (long k = maps; k >= 1; k--) {
            struct dvar_posterior posterior =
                dvar_mixture_posterior(chain->mixture, steps[k].jump.ab_t, steps[k].jump.bb2_t, place[i]);
            place[i] = step_mean(&steps[k], place[i], &posterior);
        }
    }
    double w2 = transport_of_map(chain->mixture, law, place);
    free(place);
    return w2;
}

struct dvar_chain_result dvar_chain_run(const struct dvar_chain *chain)
{
    const double finer = 4, maps_step = 1.0 / 500; /* for distances and divergences; for maps alone */
    const struct dvar_mixture *mixture = chain->mixture;
    long K = chain->K, maps = 0; /* the last steps, which add no variance */
    struct step *steps = base_alloc((size_t)K + 1, sizeof *steps);
    double *step_max = base_alloc((size_t)K + 1, sizeof *step_max), least = INFINITY;
    for (long k = 1; k <= K; k++)
        steps[k] = step_at(chain, k);
    while (maps < K && step_is_map(&steps[maps + 1]))
        maps++;
    for (size_t j = 0; j < mixture->n; j++)
        least = fmin(least, mixture->sd[j]);
    for (long k = 0; k <= K; k++)
        step_max[k] = k == maps && maps ? maps_step : 1;
    step_max[0] = least / finer;
    for (long k = maps + 1; k <= K; k++) {
        double deviation, width;
        if (step_is_map(&steps[k]))
            base_die(BASE_RUN_FAILED, "chain: a step without variance from %ld before one with variance",
                     chain->ts[k]);
        step_narrowest(mixture, &steps[k], &deviation, &width);
        step_max[k] = fmin(step_max[k], width / chain->resolution);
        step_max[k - 1] = fmin(step_max[k - 1], deviation / chain->resolution / (k == maps + 1 ? finer : 1));
    }
    struct dvar_chain_result result = {.kl = NAN, .path_kl = NAN};
    double low, high;
    dvar_mixture_range(mixture, 1, 0, 6.5, &low, &high); /* the data's support is needed at the end */
    struct law law = law_begin(chain, step_max[K]);
    for (long k = K; k > maps; k--) {
        int end = k == 1;
        law_push(mixture, &law, &steps[k], step_max[k - 1], end ? low : INFINITY, end ? high : -INFINITY,
                 k == maps + 1);
        result.nodes = law.grid.n > result.nodes ? law.grid.n : result.nodes;
    }
    for (size_t i = 0; i < law.grid.n; i++)
        result.mass += law.density[i] * law.grid.step;
    result.grid = law.grid;
    if (maps) {
        result.w2 = map_rest(chain, steps, maps, &law);
        free(law.density);
    } else {
        result.w2 = transport_of_density(mixture, &law);
        result.kl = divergence(mixture, &law);
        if (chain->eta == 1)
            result.path_kl = path_divergence(chain);
        result.density = law.density;
    }
    free(law.cdf);
    free(law.tail);
    free(step_max);
    free(steps);
    return result;
}
