/* Times the ways to the least a + b + c on one N: `nabc N` prints a line "N method sum seconds" for each. A
 * short one is repeated for a twentieth of a second. Ways that would take more than some seconds at this N
 * are left out.
 */
#include <time.h>

#include "base.h"
#include "nabc/fast.h"

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static void direct(struct nabc_big *split, const mpz_t n)
{
    struct nabc_split found = nabc_direct(mpz_get_ui(n), true);
    nabc_big_set(split, &found);
}

static void xy(struct nabc_big *split, const mpz_t n)
{
    struct nabc_split found = nabc_xy(nabc_u128_of(n));
    nabc_big_set(split, &found);
}

static void pq(struct nabc_big *split, const mpz_t n)
{
    struct nabc_split found = nabc_pq(nabc_u128_of(n));
    nabc_big_set(split, &found);
}

static void early(struct nabc_big *split, const mpz_t n)
{
    struct nabc_split found = nabc_early(nabc_u128_of(n), false);
    nabc_big_set(split, &found);
}

static void early_gmp(struct nabc_big *split, const mpz_t n)
{
    nabc_early_big(split, n, false);
}

static void fast_portable(struct nabc_big *split, const mpz_t n)
{
    struct fast_options options = fast_defaults;
    options.portable = true;
    fast_big(split, n, false, &options, NULL);
}

static void fast(struct nabc_big *split, const mpz_t n)
{
    fast_big(split, n, false, NULL, NULL);
}

int main(int argc, char **argv)
{
    static const struct {
        const char *name;
        void (*run)(struct nabc_big *split, const mpz_t n);
        size_t bits; /* up to this size */
    } ways[] = {
        {"direct", direct, 40},        {"xy", xy, 97},       {"pq", pq, 97},
        {"early-gmp", early_gmp, 128}, {"early", early, 128}, {"fast-portable", fast_portable, 192},
        {"fast", fast, 192},
    };
    base_program_set(argv[0]);
    mpz_t n;
    mpz_init(n);
    if (argc != 2 || nabc_parse(argv[1], n) || mpz_sizeinbase(n, 2) > 192)
        base_die(BASE_BAD_USAGE, "N: '%.80s' is not accepted; give one natural number below 2^192",
                 argc > 1 ? argv[1] : "");
    struct nabc_big split;
    nabc_big_init(&split);
    for (size_t i = 0; i < sizeof ways / sizeof *ways; i++) {
        if (mpz_sizeinbase(n, 2) > ways[i].bits)
            continue;
        long runs = 0;
        double start = now(), spent;
        do {
            ways[i].run(&split, n);
            runs++;
        } while ((spent = now() - start) < 0.05);
        gmp_printf("%Zd %s %Zd %.4g\n", n, ways[i].name, split.s, spent / (double)runs);
    }
    nabc_big_clear(&split);
    mpz_clear(n);
    return BASE_DONE;
}
