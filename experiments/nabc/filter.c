/* Does the fixed-point filter ever miss what an exact scan finds?
 *
 * Our own: the scan of kexue.fm/archives/9775, section 4, ended at p = best, with sqrt(p^2 - 4 N) modulo 2
 * followed by wrapping 64-bit differences (the reasoning is in fast.c). Random N, random blocks: the distance
 * of the filter's value from 126 more bits of the root against its own bound; and whole scans with random
 * settings against the plain scan.
 * Finding: it never does; errors come as near as nine tenths of the bound.
 */
#include <math.h>

#include "fast.h"
#include "lab.h"

enum { AUDITS = 40, SCANS = 4, SCAN_BITS = 96 };

static void draw(gsl_rng *rng, mpz_t n, long bits)
{
    mpz_set_ui(n, 0);
    for (long have = 0; have < bits; have += 64) {
        mpz_mul_2exp(n, n, 64);
        mpz_add_ui(n, n, rng_bits64(rng));
    }
    mpz_fdiv_r_2exp(n, n, (mp_bitcnt_t)bits);
    mpz_setbit(n, (mp_bitcnt_t)bits - 1);
}

/* Error over bound of a block somewhere in the first 4 N^(1/6) values of p; 0 where no block of this
 * length may be. */
static double audit(const struct lab_cell *cell, gsl_rng *rng, const mpz_t n, long bits)
{
    unsigned half = 8u << gsl_rng_uniform_int(rng, 9);
    double place = exp2(gsl_rng_uniform(rng) * ((double)bits / 6 + 2)), bound;
    double error = fast_block_error(n, (uint64_t)place + 1, half, &bound);
    if (!(bound <= fast_defaults.tolerance))
        return 0;
    return error / (lab_control(cell, "thin_bound") ? bound / 100 : bound);
}

static double scans_wrong(const struct lab_cell *cell, gsl_rng *rng, const mpz_t n, double *accepted)
{
    struct fast_options options = fast_defaults;
    struct fast_work work;
    struct nabc_big best;
    double wrong = 0;
    options.half_max = 8u << gsl_rng_uniform_int(rng, 9);
    options.tolerance = exp2(-4 - (double)gsl_rng_uniform_int(rng, 14));
    options.portable = gsl_rng_uniform_int(rng, 2);
    if (lab_control(cell, "narrow_window"))
        options.window = 0.25;
    nabc_big_init(&best);
    for (int signed_c = 0; signed_c < 2; signed_c++) {
        struct nabc_split plain = nabc_early(nabc_u128_of(n), signed_c);
        fast_big(&best, n, signed_c, &options, &work);
        wrong += plain.s != nabc_u128_of(best.s) || plain.a != nabc_u128_of(best.a) ||
                 plain.scanned != best.scanned;
        if (work.filtered)
            *accepted += (double)work.accepted / (double)work.filtered / (2 * SCANS);
    }
    nabc_big_clear(&best);
    return wrong;
}

static void cell(struct lab_cell *cell)
{
    gsl_rng *rng = lab_rng(cell);
    long bits = lab_integer(cell, "bits");
    double worst = 0, broken = 0, audited = 0, wrong = 0, accepted = 0;
    mpz_t n;
    mpz_init(n);
    for (int i = 0; i < AUDITS; i++) {
        draw(rng, n, bits);
        double ratio = audit(cell, rng, n, bits);
        worst = fmax(worst, ratio);
        audited += ratio > 0;
        broken += ratio > 1;
    }
    for (int i = 0; i < SCANS && bits <= SCAN_BITS; i++) {
        draw(rng, n, bits);
        wrong += scans_wrong(cell, rng, n, &accepted);
    }
    mpz_clear(n);
    lab_put(cell, "audited", audited);
    lab_put(cell, "worst", worst);
    lab_put(cell, "broken", broken);
    if (bits <= SCAN_BITS) {
        lab_put(cell, "wrong", wrong);
        lab_put(cell, "accepted", accepted);
    }
}

static void summarize(struct lab *lab)
{
    double worst = 0, broken = 0, wrong = 0, audited = 0;
    for (size_t g = 0; g < lab_groups(lab); g++) {
        size_t n;
        const double *x = lab_column(lab, g, "worst", &n);
        for (size_t i = 0; i < n; i++)
            worst = fmax(worst, x[i]);
        x = lab_column(lab, g, "broken", &n);
        broken += stats_sum(x, n);
        x = lab_column(lab, g, "audited", &n);
        audited += stats_sum(x, n);
        x = lab_column(lab, g, "wrong", &n);
        wrong += stats_sum(x, n);
    }
    lab_measure(lab, broken, 0, 0, "broken");
    lab_measure(lab, worst, 0, 0, "worst");
    lab_measure(lab, audited, 0, 0, "audited");
    lab_measure(lab, wrong, 0, 0, "wrong");
}

static const struct lab_spec spec = {
    .name = "nabc/filter",
    .about = "Does the fixed-point filter ever miss what an exact scan finds?",
    .axes = {{"bits", "64,80,96,112,128,160,192,224", NULL, "[61,255]", "Bits of N", AXIS_INTEGER},
             {"batch", "0:99", "0:19", "[0,inf)", "Batch of random N", AXIS_INTEGER}},
    .columns = "audited,worst,broken,wrong,accepted",
    .fold = "batch",
    .controls = "thin_bound|narrow_window",
    .cell = cell,
    .summarize = summarize,
};

int main(int argc, char **argv)
{
    return lab_main(&spec, argc, argv);
}
