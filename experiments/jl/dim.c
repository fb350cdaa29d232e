/* How many dimensions does the union bound over all pairs of n points really need?
 *
 * Source: kexue.fm/archives/8679: d > 24 log n / eps^2 keeps all distances within 1 +- eps with probability
 * 1 - 1/n, and 16 log n / eps^2 with some positive probability; the constant, it says, does not matter.
 * The union bound with the exact chi-square tails asks for d_exact, the smallest d with
 * n (n - 1)/2 * P(| |u|^2 - 1 | >= eps) <= target.
 * Beside it: the source's dimensions, that of Dasgupta and Gupta (2003), 4 log n / (eps^2/2 - eps^3/3), and
 * the first order of d_exact, c log n / (eps - log(1 + eps)) with c = 4 for a fixed target and c = 6 for the
 * target 1/n. All of it is deterministic.
 * Finding: 24 is about twice what is needed; as eps -> 0 the constant tends to 12 (target 1/n) and 8 (fixed
 * target).
 */
#include <math.h>
#include <stdlib.h>

#include "jl.h"
#include "lab.h"

static long double points_of(const struct lab_cell *cell)
{
    return strtold(lab_word(cell, "n"), NULL);
}

static long double log_pairs(long double n)
{
    return logl(n) + logl(n - 1) - logl(2);
}

static int target_is_reciprocal(const struct lab_cell *cell)
{
    return lab_is(cell, "target", "1/n") || lab_is(cell, "target", "1/N");
}

static long double log_target(const struct lab_cell *cell)
{
    if (target_is_reciprocal(cell))
        return -logl(points_of(cell));
    return lab_is(cell, "target", "log2") ? logl(logl(2)) : logl(strtold(lab_word(cell, "target"), NULL));
}

/* log of the expected number of distorted pairs in d dimensions */
static double log_failing(long double n, double d, double eps)
{
    return (double)(log_pairs(n) + jl_log_norm_tail(d, eps, JL_BOTH));
}

static char *check(const struct lab_cell *cell)
{
    long double n = points_of(cell), eps = lab_real(cell, "eps");
    if (!isfinite(n))
        return base_copy("n beyond 10^4932 is not accepted");
    /* the bound of the source on the dimension; the search ends below it */
    if (8 * (log_pairs(n) + logl(2) - log_target(cell)) / (eps * eps) > JL_DIM_MAX)
        return base_format("dimensions above %g are not resolved; give a larger eps", JL_DIM_MAX);
    return NULL;
}

static void cell(struct lab_cell *cell)
{
    long double n = points_of(cell), logn = logl(n), eps = lab_real(cell, "eps");
    enum jl_side side = lab_control(cell, "one_sided") ? JL_UPPER : JL_BOTH;
    double d = jl_required_dim(log_pairs(n), eps, log_target(cell), side);
    if (d == 0)
        lab_fail(cell, "the dimension is above %g", JL_DIM_MAX);
    long double order = (target_is_reciprocal(cell) ? 6 : 4) * logn / -jl_log1p_minus(eps);
    double d24 = (double)ceill(24 * logn / (eps * eps)), d16 = (double)ceill(16 * logn / (eps * eps));
    lab_put(cell, "d_exact", d);
    lab_put(cell, "d_24", d24);
    lab_put(cell, "d_16", d16);
    lab_put(cell, "d_dg", (double)ceill(4 * logn / (eps * eps * (0.5L - eps / 3))));
    lab_put(cell, "d_order", (double)order);
    lab_put(cell, "d_833", (double)(8.33L * logn));
    lab_put(cell, "ratio_24", d24 / d);
    lab_put(cell, "constant", (double)(d * eps * eps / logn));
    lab_put(cell, "log10_failing_24", log_failing(n, d24, (double)eps) / M_LN10);
    lab_put(cell, "log10_failing_16", log_failing(n, d16, (double)eps) / M_LN10);
    lab_put(cell, "log10_failing_exact", log_failing(n, d, (double)eps) / M_LN10);
}

/* The slope of d_exact in log n, times eps^2, between n and n^(1 + delta) far out, where it has its limit;
 * points of the sweep do not matter to it. */
static double limit_slope(double eps, double log_n)
{
    double low = jl_required_dim(2 * log_n - M_LN2, eps, -log_n, JL_BOTH);
    double high = jl_required_dim(2 * 1.1 * log_n - M_LN2, eps, -1.1 * log_n, JL_BOTH);
    return (high - low) / (0.1 * log_n) * eps * eps;
}

/* The least-squares slope of d(1/n) eps^2 in log n over n = 10, 100, ..., 10^6, 10^8. */
static double fitted_slope(double eps)
{
    double x[7], y[7];
    for (int i = 0; i < 7; i++) {
        long double n = powl(10, i < 6 ? i + 1 : 8);
        x[i] = (double)logl(n);
        y[i] = eps * eps * jl_required_dim(log_pairs(n), eps, -logl(n), JL_BOTH);
    }
    struct stats_line line;
    if (stats_line_fit(x, y, NULL, 7, &line))
        base_die(BASE_RUN_FAILED, "no slope");
    return line.slope;
}

static void measure_slopes(struct lab *lab)
{
    static const char *const radii[] = {"0.1", "0.25", "0.5"};
    for (int i = 0; i < 3; i++) {
        double eps = strtod(radii[i], NULL), limit = (double)(-6 * eps * eps / jl_log1p_minus(eps));
        lab_measure(lab, limit, 1e-14, 0, "slope_limit_%s", radii[i]);
        lab_measure(lab, fitted_slope(eps), 1e-12, 0, "slope_fit_%s", radii[i]);
        lab_measure(lab, fitted_slope(eps) / limit - 1, 0, 0, "slope_fit_over_limit_%s", radii[i]);
        lab_measure(lab, fabs(limit_slope(eps, 1e6) / limit - 1), 0, 0, "slope_far_deviation_%s", radii[i]);
    }
    double eps = 1e-4;
    lab_measure(lab, limit_slope(eps, 1e5), 0, 0, "slope_small_eps");
}

static void summarize(struct lab *lab)
{
    double worst = -INFINITY, least = INFINITY;
    for (size_t g = 0; g < lab_groups(lab); g++) {
        const struct lab_cell *c = lab_group(lab, g);
        if (!target_is_reciprocal(c))
            continue;
        /* failures in the source's dimension against the 1/n it promises */
        worst = fmax(worst, lab_value(lab, g, "log10_failing_24") + (double)log10l(points_of(c)));
        least = fmin(least, lab_value(lab, g, "ratio_24"));
    }
    if (isfinite(worst)) {
        lab_measure(lab, worst, 0, 0, "log10_failing_24_times_n");
        lab_measure(lab, least, 0, 0, "ratio_24_min");
    }
    static const long sizes[] = {32, 128, 512, 1024};
    static const char *const radii[] = {"0.25", "0.5"}, *const targets[] = {"1/n", "log2"};
    for (int i = 0; i < 4; i++)
        for (int j = 0; j < 2; j++)
            for (int k = 0; k < 2; k++) {
                char *where = base_format("n=%ld eps=%s target=%s", sizes[i], radii[j], targets[k]);
                long g = lab_find(lab, where);
                free(where);
                if (g < 0)
                    continue;
                const char *name = k ? "log2" : "1_n";
                lab_measure(lab, lab_value(lab, (size_t)g, "d_exact"), 0, 0, "d_%s_%ld_%s", name, sizes[i],
                            radii[j]);
                if (k)
                    continue;
                lab_measure(lab, lab_value(lab, (size_t)g, "d_24"), 0, 0, "d_24_%ld_%s", sizes[i], radii[j]);
                lab_measure(lab, pow(10, lab_value(lab, (size_t)g, "log10_failing_16")), 0, 0,
                            "failing_16_%ld_%s", sizes[i], radii[j]);
            }
    measure_slopes(lab);
}

static const struct lab_spec spec = {
    .name = "jl/dim",
    .about = "dimensions that keep the distances of n points within 1 +- eps",
    .axes =
        {{"n",
          "2,4,8,16,32,64,128,256,512,1024,10000,100000,1000000,10000000,100000000,10000000000,1000000000000,"
          "1000000000000000,1000000000000000000",
          NULL, "[2,inf)", "points, a whole number of any size", AXIS_INTEGER},
         {"eps", "0.1,0.25,0.5", NULL, "(0,1)", "relative error of squared distances", AXIS_REAL},
         {"target", "1/n,log2", NULL, "(0,1)|1/n|1/N|log2",
          "bound of the expected number of distorted pairs: a number, 1/n, or log2 (success about 1/2)",
          AXIS_REAL}},
    .columns = "d_exact,d_24,d_16,d_dg,d_order,d_833,ratio_24,constant,log10_failing_24,log10_failing_16,"
               "log10_failing_exact",
    .controls = "one_sided",
    .check = check,
    .cell = cell,
    .summarize = summarize,
};

int main(int argc, char **argv)
{
    return lab_main(&spec, argc, argv);
}
