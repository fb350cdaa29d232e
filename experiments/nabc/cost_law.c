/* How many values of p does the scan visit if it ends at p = best, and how far is S from 2 sqrt N?
 *
 * Source: kexue.fm/archives/9775, section 4, scans 2 N^(1/4) values of p = a + b. Every sum is S = p + c >=
 * p, so the scan may end when p reaches the best sum found. If c for a given p is as good as uniform below
 * sqrt(p^2 - 4 N), the candidates with t + c <= T, t = p - 2 sqrt N, are Poisson of mean (2/3) T^(3/2)
 * N^(-1/4); so for random N
 *     W = (S - 2 sqrt N)/N^(1/6) has P(W > w) = exp(-(2/3) w^(3/2)),
 * a Weibull law with mean (3/2)^(2/3) Gamma(5/3), and the scan visits as many values of p. With c of either
 * sign twice as many candidates count, and everything shrinks by 2^(2/3).
 * Finding: it does; 2^127 takes 2.6 million steps where the article's limit takes 7 billion.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "fast.h"
#include "lab.h"

enum { DRAWS = 200, LIMIT_BITS = 60 }; /* N a cell; where finite-size terms are below the errors */

static const double weibull_shape = 1.5, weibull_scale = 1.3103706971044483; /* (3/2)^(2/3) */

static nabc_u128 draw(gsl_rng *rng, long bits)
{
    nabc_u128 n = (nabc_u128)rng_bits64(rng) << 64 | rng_bits64(rng);
    return n >> (128 - bits) | (nabc_u128)1 << (bits - 1);
}

static void cell(struct lab_cell *cell)
{
    bool signed_c = lab_is(cell, "sign", "signed"), up = lab_control(cell, "one_method_up");
    long bits = lab_integer(cell, "bits");
    for (int i = 0; i < DRAWS; i++) {
        nabc_u128 n = draw(lab_rng(cell), bits);
        struct nabc_split best = fast_split(n, signed_c);
        double root = sqrt((double)n), unit = lab_control(cell, "quarter_power") ? sqrt(root) : cbrt(root);
        double excess = -nabc_two_root_minus(n, best.s), place = -nabc_two_root_minus(n, best.a + best.b);
        if (lab_control(cell, "bound_position"))
            excess = 2 + sqrt(1 + 4 * root);
        double full = (double)nabc_pq_count(n), direct = (double)nabc_direct_count(n);
        lab_put(cell, "steps", up ? full : (double)best.scanned);
        lab_put(cell, "full_steps", up ? direct : full);
        lab_put(cell, "direct_steps", up ? (double)n : direct);
        lab_put(cell, "cost", (up ? full : (double)best.scanned) / unit);
        lab_put(cell, "excess", excess / unit);
        lab_put(cell, "c", (double)(best.c < 0 ? -best.c : best.c) / unit);
        lab_put(cell, "q", (double)(best.b - best.a) / (unit * unit));
        if (excess > 0) /* not for squares */
            lab_put(cell, "position", place / excess);
        if (i + 1 < DRAWS)
            lab_next_row(cell);
    }
}

/* ---- laws ---- */

static double weibull_cdf(double w, const void *law) /* law: shape and scale */
{
    const double *p = law;
    return w <= 0 ? 0 : -expm1(-pow(w / p[1], p[0]));
}

static double position_cdf(double u, const void *unused)
{
    (void)unused;
    return u <= 0 ? 0 : u >= 1 ? 1 : sqrt(u);
}

/* At finite N a law may be off by a multiple of N^(-1/6), less than 2 (see the family's page): only what
 * is beyond counts. */
static double ks_p(const double *x, size_t n, double (*cdf)(double, const void *), const void *law,
                   double slack)
{
    double *copy = base_alloc(n, sizeof *copy);
    memcpy(copy, x, n * sizeof *copy);
    double distance = stats_ks_distance(copy, n, cdf, law) - slack;
    free(copy);
    return distance <= 0 ? 1 : stats_ks_p(distance, n);
}

/* Two-sided probability of a greatest of n draws at least as odd as this one. */
static double extreme_p(const double *x, size_t n, const double *law)
{
    double most = 0;
    for (size_t i = 0; i < n; i++)
        most = fmax(most, x[i]);
    double log_below = (double)n * log1p(-exp(-pow(most / law[1], law[0])));
    return 2 * fmin(exp(log_below), -expm1(log_below));
}

/* The expected cost at finite N when c is uniform over the whole numbers below sqrt D and independent for
 * each p: with t = x, x + 1, ..., x uniform in (0, 1], the sum x + j is beaten or met by p number i with j
 * - i + 1 values of c. In units of N^(1/6); averaged over an octave below 2^bits. */
static double lattice_cost(double bits)
{
    enum { OCTAVE = 8, PHASES = 48 };
    double mean = 0;
    for (int octave = 0; octave < OCTAVE; octave++) {
        double n = exp2(bits - 1) * (1 + (octave + 0.5) / OCTAVE), quarter = sqrt(sqrt(n)), cost = 0;
        for (int phase = 0; phase < PHASES; phase++) {
            double y = (phase + 0.5) / PHASES, x = y * y, above = 1; /* x = y^2 tames 1/sqrt(x) */
            for (int j = 0; above > 1e-12; j++) {
                double next = 1, rate = 0, last = 0;
                for (int i = 0; i <= j; i++) {
                    double root = 2 * quarter * sqrt((x + i) * (1 + (x + i) / (4 * quarter * quarter)));
                    next *= fmax(0, 1 - (j - i + 1) / root);
                    last = 1 / root;
                    rate += last;
                }
                cost += (above - next) * (j + last / rate) * 2 * y / PHASES; /* one step more when c = 0 */
                above = next;
            }
        }
        mean += cost / pow(n, 1.0 / 6) / OCTAVE;
    }
    return mean;
}

/* ---- measurements ---- */

static void measure_column(struct lab *lab, size_t g, const char *column, const char *prefix, long bits)
{
    lab_measure_mean(lab, lab_mean(lab, g, column), "%s%s_%ld", prefix, column, bits);
}

static struct stats_mean deviation(const double *x, size_t n)
{
    struct stats_moments m = {0};
    for (size_t i = 0; i < n; i++)
        stats_moments_push(&m, x[i]);
    struct stats_mean variance = stats_moments_variance_mean(&m);
    double sd = sqrt(variance.value);
    return (struct stats_mean){sd, variance.error / (2 * sd), variance.count};
}

static void measure_group(struct lab *lab, size_t g, long bits, bool signed_c)
{
    const char *prefix = signed_c ? "signed_" : "";
    double law[2] = {lab_run_control(lab, "rayleigh") ? 2 : weibull_shape,
                     lab_run_control(lab, "scale_one") ? 1 : weibull_scale};
    if (signed_c)
        law[1] *= pow(2, -2.0 / 3);
    size_t n;
    const double *w = lab_column(lab, g, "excess", &n);
    double slack = 2 * exp2(-(double)(bits - 1) / 6);
    measure_column(lab, g, "cost", prefix, bits);
    measure_column(lab, g, "excess", prefix, bits);
    lab_measure(lab, ks_p(w, n, weibull_cdf, law, slack), 0, 0, "%sks_p_%ld", prefix, bits);
    if (signed_c)
        return;
    double *copy = base_alloc(n, sizeof *copy);
    memcpy(copy, w, n * sizeof *copy);
    lab_measure_mean(lab, stats_quantile_of(copy, n, 0.5), "median_%ld", bits);
    free(copy);
    lab_measure_mean(lab, deviation(w, n), "sd_%ld", bits);
    lab_measure(lab, extreme_p(w, n, law), 0, 0, "extreme_p_%ld", bits);
    measure_column(lab, g, "c", prefix, bits);
    measure_column(lab, g, "q", prefix, bits);
    measure_column(lab, g, "position", prefix, bits);
    const double *u = lab_column(lab, g, "position", &n);
    lab_measure(lab, ks_p(u, n, position_cdf, NULL, slack), 0, 0, "position_ks_p_%ld", bits);
}

/* The exponent of a cost: slope of log2 mean against bits, errors of the means carried through. */
static void measure_slope(struct lab *lab, const char *column, const char *name)
{
    enum { POINTS = 128 };
    double x[POINTS], y[POINTS], sigma[POINTS];
    size_t points = 0;
    long least = 0;
    for (size_t g = 0; g < lab_groups(lab) && points < POINTS; g++) {
        const struct lab_cell *cell = lab_group(lab, g);
        long bits = lab_integer(cell, "bits");
        if (bits < LIMIT_BITS || !lab_is(cell, "sign", "natural"))
            continue;
        struct stats_mean mean = lab_mean(lab, g, column);
        x[points] = (double)bits;
        y[points] = log2(mean.value);
        sigma[points++] = mean.error / mean.value / M_LN2;
        least = least == 0 || mean.count < least ? mean.count : least;
    }
    struct stats_line line;
    if (points >= 2 && !stats_line_fit(x, y, sigma, points, &line))
        lab_measure(lab, line.slope, line.slope_error, least, "%s", name);
}

/* ---- tables for the figures ---- */

static void survival(struct lab *lab, struct lab_table *table, size_t g, long bits)
{
    size_t n;
    const double *w = lab_column(lab, g, "excess", &n);
    for (double at = 0; at <= 6.01; at += 0.2) {
        long above = 0;
        for (size_t i = 0; i < n; i++)
            above += w[i] > at;
        struct stats_mean share = stats_proportion_of(above, (long)n);
        if (above)
            lab_table_row(table, (double[]){(double)bits, at, share.value, share.error});
    }
}

static void position(struct lab *lab, struct lab_table *table, size_t g, long bits)
{
    enum { BINS = 25 };
    long count[BINS] = {0};
    size_t n;
    const double *u = lab_column(lab, g, "position", &n);
    for (size_t i = 0; i < n; i++)
        count[(int)fmin(BINS - 1, fmax(0, floor(u[i] * BINS)))]++;
    for (int bin = 0; bin < BINS; bin++) {
        struct stats_mean share = stats_proportion_of(count[bin], (long)n);
        lab_table_row(table,
                      (double[]){(double)bits, (bin + 0.5) / BINS, share.value * BINS, share.error * BINS});
    }
}

static void summarize(struct lab *lab)
{
    struct lab_table *survivals = lab_table(lab, "survival", "bits,w,share,share_se:3");
    struct lab_table *positions = lab_table(lab, "position", "bits,u,density,density_se:3");
    for (size_t g = 0; g < lab_groups(lab); g++) {
        const struct lab_cell *cell = lab_group(lab, g);
        long bits = lab_integer(cell, "bits");
        bool signed_c = lab_is(cell, "sign", "signed");
        if (bits >= LIMIT_BITS)
            measure_group(lab, g, bits, signed_c);
        if (!signed_c) {
            survival(lab, survivals, g, bits);
            position(lab, positions, g, bits);
        }
        if (bits <= 36 && !signed_c) {
            struct stats_mean cost = lab_mean(lab, g, "cost");
            double lattice = lattice_cost((double)bits);
            lab_measure(lab, cost.value - lattice, cost.error, cost.count, "lattice_%ld", bits);
            lab_measure_mean(lab, cost, "cost_%ld", bits);
        }
    }
    measure_slope(lab, "steps", "early_slope");
    measure_slope(lab, "full_steps", "full_slope");
    measure_slope(lab, "direct_steps", "direct_slope");
}

static const struct lab_spec spec = {
    .name = "nabc/cost_law",
    .about = "How many values of p does the scan for the least a + b + c visit when it ends at p = best?",
    .axes = {{"sign", "natural,signed", NULL, "natural|signed", "May c be negative?", AXIS_WORD},
             {"bits", "32,48,64,80,96,112,127", "32,48,64,80,96", "[24,127]", "Bits of N", AXIS_INTEGER},
             {"batch", "0:249", "0:99", "[0,inf)", "Batch of 200 random N", AXIS_INTEGER}},
    .columns = "steps,full_steps,direct_steps,cost,excess,c,q,position",
    .fold = "batch",
    .controls = "quarter_power|one_method_up|bound_position|scale_one|rayleigh",
    .cell = cell,
    .summarize = summarize,
};

int main(int argc, char **argv)
{
    return lab_main(&spec, argc, argv);
}
