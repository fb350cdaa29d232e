/* N = a b + c: all methods against each other, against published values, and the filter against exact
 * arithmetic.
 *
 * The oracles are brute force, the divisor sieve, and the plain GMP form of the scan; random N of many bits
 * are biased to squares, products of neighbours and powers of two and their surroundings, where scans begin
 * and end at once.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "check.h"
#include "nabc/fast.h"
#include "nabc/nabc.h"

static void number(mpz_t n, const char *text)
{
    assert_int_equal(nabc_parse(text, n), 0);
}

static void check_number(const mpz_t got, const char *want)
{
    char *text = mpz_get_str(NULL, 10, got);
    assert_string_equal(text, want);
    free(text);
}

/* a <= b, N = a b + c, S = a + b + |c|. */
static void check_identity(const mpz_t n, const struct nabc_big *split, bool signed_c)
{
    mpz_t x;
    mpz_init_set(x, split->c);
    mpz_addmul(x, split->a, split->b);
    assert_true(split->found);
    assert_int_equal(mpz_cmp(x, n), 0);
    mpz_abs(x, split->c);
    mpz_add(x, x, split->a);
    mpz_add(x, x, split->b);
    assert_int_equal(mpz_cmp(x, split->s), 0);
    assert_true(mpz_cmp(split->a, split->b) <= 0 && mpz_sgn(split->a) >= 0);
    assert_true(signed_c || mpz_sgn(split->c) >= 0);
    mpz_clear(x);
}

static void check_same(const mpz_t n, const struct nabc_big *x, const struct nabc_big *y)
{
    if (mpz_cmp(x->s, y->s) || mpz_cmp(x->a, y->a) || mpz_cmp(x->c, y->c) || x->scanned != y->scanned) {
        char line[1000];
        gmp_snprintf(line, sizeof line, "N = %Zd: %Zd (%Zd %Zd %Zd, %lu) and %Zd (%Zd %Zd %Zd, %lu)", n, x->s,
                     x->a, x->b, x->c, (unsigned long)x->scanned, y->s, y->a, y->b, y->c,
                     (unsigned long)y->scanned);
        fail_msg("%s", line);
    }
}

/* ---- random numbers ---- */

static uint64_t up_to(gsl_rng *rng, uint64_t most)
{
    return most == UINT64_MAX ? rng_bits64(rng) : rng_bits64(rng) % (most + 1);
}

/* Exactly `bits` bits. */
static void random_bits(gsl_rng *rng, mpz_t n, unsigned bits)
{
    mpz_set_ui(n, 0);
    for (unsigned have = 0; have < bits; have += 64) {
        mpz_mul_2exp(n, n, 64);
        mpz_add_ui(n, n, rng_bits64(rng));
    }
    mpz_fdiv_r_2exp(n, n, bits);
    mpz_setbit(n, bits - 1);
}

/* About `bits` bits: uniform, or a corner: k^2, k^2 + k, 2 k^2, 2^m, 10^m, and at most `near` away from
 * it. */
static void random_corner(gsl_rng *rng, mpz_t n, unsigned bits)
{
    static const unsigned near[] = {0, 1, 1, 2, 10, 1000};
    unsigned kind = (unsigned)up_to(rng, 6);
    uint64_t away = up_to(rng, near[up_to(rng, 5)]);
    random_bits(rng, n, kind == 0 || kind > 3 ? bits : (bits + 1) / 2);
    switch (kind) {
    case 1:
        mpz_mul(n, n, n);
        break;
    case 2:
        mpz_addmul(n, n, n);
        break;
    case 3:
        mpz_mul(n, n, n);
        mpz_mul_2exp(n, n, 1);
        break;
    case 4:
        mpz_set_ui(n, 0);
        mpz_setbit(n, bits - 1);
        break;
    case 5:
        mpz_ui_pow_ui(n, 10, bits * 3 / 10);
        break;
    default:
        return;
    }
    if (mpz_cmp_ui(n, away) >= 0 && up_to(rng, 1))
        mpz_sub_ui(n, n, away);
    else
        mpz_add_ui(n, n, away);
}

/* N of about 2 `bits` bits whose scan ends after some `steps` values of p: (p^2 - q^2)/4 + c with q^2 = 2
 * p steps. */
static void random_planted(gsl_rng *rng, mpz_t n, unsigned bits, uint64_t steps)
{
    mpz_t q;
    mpz_init(q);
    random_bits(rng, n, bits + 1);
    mpz_mul_ui(q, n, 2 * up_to(rng, steps));
    mpz_sqrt(q, q);
    if (mpz_odd_p(q) != mpz_odd_p(n))
        mpz_add_ui(q, q, 1);
    mpz_mul(n, n, n);
    mpz_submul(n, q, q);
    mpz_fdiv_q_2exp(n, n, 2);
    mpz_add_ui(n, n, up_to(rng, steps));
    mpz_clear(q);
}

/* ---- published and tabulated values ---- */

static const uint32_t first_terms[] = {0,  1,  2,  3,  4,  5,  5,  6,  6,  6,  7,  8,  7,  8,
                                       9,  8,  8,  9,  9,  10, 9,  10, 11, 12, 10, 10, 11, 12,
                                       11, 12, 11, 12, 12, 13, 14, 12, 12, 13, 14, 15};

static void first_forty(void **state)
{
    (void)state;
    uint32_t s[40];
    struct nabc_sieve sieve = {0};
    nabc_sieve_next(&sieve, s, NULL, 40);
    for (uint64_t n = 0; n < 40; n++) {
        assert_int_equal(s[n], first_terms[n]);
        assert_int_equal(nabc_brute(n, false).s, first_terms[n]);
        assert_int_equal(nabc_direct(n, true).s, first_terms[n]);
        assert_int_equal(nabc_early(n, false).s, first_terms[n]);
        assert_int_equal(fast_split(n, false).s, first_terms[n]);
        bool small = n >= 1 && n <= 3; /* where both scans miss a = b = 0 */
        assert_int_equal(nabc_xy(n).s, first_terms[n] + small);
        assert_int_equal(nabc_pq(n).s, first_terms[n] + small);
    }
}

static void counterexample(void **state)
{
    (void)state;
    struct nabc_split naive = nabc_naive(130), best = nabc_early(130, false);
    assert_true(naive.s == 31 && naive.a == 11 && naive.b == 11 && naive.c == 9);
    assert_true(best.s == 23 && best.a == 10 && best.b == 13 && best.c == 0);
    /* 131 = 10 13 + 1 = 11 12 - 1, both 24 */
    assert_int_equal(nabc_early(131, false).s, 24);
    assert_int_equal(nabc_early(131, true).s, 24);
    assert_int_equal(nabc_brute(131, true).s, 24);
}

/* The sieve in blocks of several sizes, against checksums and brute force. */
static void table(void **state)
{
    (void)state;
    enum { LAST = 1100000 };
    static const size_t blocks[] = {1, 7, 4096, 1 << 16, LAST + 1};
    uint32_t *s = base_alloc(LAST + 1, sizeof *s), *h = base_alloc(LAST + 1, sizeof *h);
    for (size_t i = 0; i < sizeof blocks / sizeof *blocks; i++) {
        size_t count = blocks[i] < 100 ? 3000 : LAST + 1, sum = 0;
        struct nabc_sieve sieve = {0};
        for (size_t n = 0; n < count; n += blocks[i])
            nabc_sieve_next(&sieve, s + n, h + n, count - n < blocks[i] ? count - n : blocks[i]);
        for (size_t n = 1; n < count; n++) {
            sum += s[n];
            assert_true(n != 1000 || sum == 44391);
            assert_true(n != 100000 || sum == 42756118);
            assert_true(n != 1100000 || sum == 1548462011);
        }
    }
    for (uint64_t n = 0; n <= 1500; n++) {
        struct nabc_split brute = nabc_brute(n, false);
        assert_int_equal(brute.s, s[n]);
        assert_int_equal(brute.a * brute.b + (nabc_u128)brute.c, n);
        assert_int_equal(nabc_brute(n < 400 ? n : 0, true).s, nabc_early(n < 400 ? n : 0, true).s);
        uint64_t least = n + 1;
        for (uint64_t d = 1; d * d <= n; d++)
            if (n % d == 0)
                least = d + n / d;
        assert_int_equal(h[n], n ? least : 0);
    }
    free(s);
    free(h);
}

/* The interval of section 2 is open at sqrt(N/2): 31 numbers need the excluded end, or a = b = 0. */
static void direct_failures(void **state)
{
    (void)state;
    static const uint64_t known[] = {1,   2,   3,   8,   18,   19,   32,   33,   34,  98,  128,
                                     129, 162, 163, 164, 200,  201,  202,  203,  512, 882, 883,
                                     968, 969, 970, 971, 2048, 2049, 2888, 2889, 2890};
    size_t found = 0;
    enum { LAST = 100000 };
    uint32_t *s = base_alloc(LAST + 1, sizeof *s);
    struct nabc_sieve sieve = {0};
    nabc_sieve_next(&sieve, s, NULL, LAST + 1);
    for (uint64_t n = 0; n <= LAST; n++) {
        struct nabc_split open = nabc_direct(n, false);
        assert_int_equal(nabc_direct(n, true).s, s[n]);
        assert_true(open.scanned == (n ? nabc_direct_count(n) : 0));
        if (!open.found || open.s != s[n]) {
            assert_true(found < sizeof known / sizeof *known);
            assert_int_equal(n, known[found++]);
        }
    }
    assert_int_equal(found, sizeof known / sizeof *known);
    free(s);
}

/* Every scan for every N, with its bounds and counts. */
static void scans_equal_table(void **state)
{
    (void)state;
    enum { LAST = 60000 };
    uint32_t *s = base_alloc(LAST + 1, sizeof *s);
    struct nabc_sieve sieve = {0};
    nabc_sieve_next(&sieve, s, NULL, LAST + 1);
    for (uint64_t n = 4; n <= LAST; n++) {
        struct nabc_split xy = nabc_xy(n), pq = nabc_pq(n), early = nabc_early(n, false);
        assert_true(xy.s == s[n] && pq.s == s[n] && early.s == s[n]);
        assert_true(xy.a * xy.b + (nabc_u128)xy.c == n && pq.a * pq.b + (nabc_u128)pq.c == n);
        assert_true(xy.scanned == nabc_xy_count(n) && pq.scanned == nabc_pq_count(n));
        assert_true(nabc_below_pq_bound(n, s[n]) && nabc_below_xy_bound(n, s[n]));
        assert_true(pq.a == early.a && early.scanned <= pq.scanned);
    }
    free(s);
}

/* The floors in the article's limits, in long double (exact enough below 2^30). */
static void published_limits(void **state)
{
    (void)state;
    gsl_rng *rng = check_stream("nabc limits");
    for (long i = 0; i < check_rounds(20000); i++) {
        uint64_t n = 2 + up_to(rng, ((uint64_t)1 << 30) - 3);
        long double root = sqrtl((long double)n);
        if (nabc_root(n) * nabc_root(n) == n)
            continue;
        long double p = 2 * root + 2 + sqrtl(1 + 4 * root), m = root + 1.5L + sqrtl(1 + 2 * root);
        assert_int_equal(nabc_pq_count(n), floorl(p) - floorl(2 * root));
        assert_int_equal(nabc_xy_count(n), floorl(m) - floorl(root - 0.5L));
        assert_int_equal(nabc_direct_count(n), floorl(root) - floorl(sqrtl((long double)n / 2)));
        uint64_t s = (uint64_t)(2 * root) + up_to(rng, (uint64_t)(4 * sqrtl(root)) + 10);
        assert_int_equal(nabc_below_pq_bound(n, s), (long double)s <= p);
        assert_int_equal(nabc_below_xy_bound(n, s), (long double)s <= 2 * root + 3 + 2 * sqrtl(1 + 2 * root));
    }
    gsl_rng_free(rng);
}

static void giants(void **state)
{
    (void)state;
    static const struct {
        const char *n, *s, *a, *b, *c;
        uint64_t scanned;
        bool signed_c;
    } known[] = {
        {"170141183460469231731687303715884105727", "26087635650668134016", "13043815287926399617",
         "13043820362739658408", "2075991", 2569591, false},
        {"1606938044258990275541962092341162602522202993783", "2535301200456459004226568",
         "1267650591735983144538583", "1267650608720475715346089", "144341896", 201233161, false},
        {"131", "24", "10", "13", "1", 1, true},
    };
    mpz_t n;
    struct nabc_big split;
    mpz_init(n);
    nabc_big_init(&split);
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        number(n, known[i].n);
        fast_big(&split, n, known[i].signed_c, NULL, NULL);
        check_number(split.s, known[i].s);
        check_number(split.a, known[i].a);
        check_number(split.b, known[i].b);
        check_number(split.c, known[i].c);
        assert_int_equal(split.scanned, known[i].scanned);
    }
    number(n, "170141183460469231731687303715884105727");
    struct nabc_split early = nabc_early(nabc_u128_of(n), false);
    assert_int_equal(early.scanned, known[0].scanned);
    assert_true(early.a == fast_split(nabc_u128_of(n), false).a && early.s >> 64 == 1);
    mpz_clear(n);
    nabc_big_clear(&split);
}

/* ---- properties ---- */

static void corners_agree(void **state)
{
    (void)state;
    gsl_rng *rng = check_stream("nabc corners");
    mpz_t n;
    struct nabc_big big, fast, narrow;
    mpz_init(n);
    nabc_big_init(&big);
    nabc_big_init(&fast);
    nabc_big_init(&narrow);
    for (long i = 0; i < check_rounds(3000); i++) {
        bool signed_c = up_to(rng, 1);
        random_corner(rng, n, 1 + (unsigned)up_to(rng, i % 50 ? 63 : 83));
        nabc_early_big(&big, n, signed_c);
        check_identity(n, &big, signed_c);
        fast_big(&fast, n, signed_c, NULL, NULL);
        check_same(n, &fast, &big);
        struct nabc_split split = nabc_early(nabc_u128_of(n), signed_c);
        nabc_big_set(&narrow, &split);
        check_same(n, &narrow, &big);
        split = fast_split(nabc_u128_of(n), signed_c);
        nabc_big_set(&narrow, &split);
        check_same(n, &narrow, &big);
    }
    mpz_clear(n);
    nabc_big_clear(&big);
    nabc_big_clear(&fast);
    nabc_big_clear(&narrow);
    gsl_rng_free(rng);
}

/* The 128-bit early scan and the filter up to the last N that fits, the identity beyond. */
static void wide_corners(void **state)
{
    (void)state;
    gsl_rng *rng = check_stream("nabc wide corners");
    mpz_t n, root;
    struct nabc_big early, fast;
    mpz_inits(n, root, NULL);
    nabc_big_init(&early);
    nabc_big_init(&fast);
    for (long i = 0; i < check_rounds(150); i++) {
        bool signed_c = up_to(rng, 1);
        unsigned bits = 64 + (unsigned)up_to(rng, 49);
        random_corner(rng, n, i % 10 ? bits : bits + 13); /* 2 k^2 + away may have two bits more */
        struct nabc_split split = nabc_early(nabc_u128_of(n), signed_c);
        nabc_big_set(&early, &split);
        fast_big(&fast, n, signed_c, NULL, NULL);
        check_same(n, &fast, &early);
        check_identity(n, &fast, signed_c);

        random_corner(rng, n, 100 + (unsigned)up_to(rng, i % 10 ? 40 : 56));
        fast_big(&fast, n, signed_c, NULL, NULL);
        check_identity(n, &fast, signed_c);
        mpz_mul_2exp(root, n, 2); /* S >= 2 sqrt N, signed too: S >= a + b + |c| >= 2 sqrt(ab) + |ab - N| */
        mpz_sqrt(root, root);
        assert_true(mpz_cmp(fast.s, root) >= 0 || mpz_cmp_ui(n, 4) < 0);
    }
    /* the ends of the 128-bit path, where 4 N and p^2 do not fit */
    static const char *const ends[] = {
        "340282366920938463463374607431768211455", "340282366920938463426481119284349108225",
        "340282366920938463444927863358058659840", "85070591730234615865843651857942052864",
        "85070591730234615847396907784232501249"};
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
        number(n, ends[i]);
        struct nabc_split split = nabc_early(nabc_u128_of(n), false);
        nabc_big_set(&early, &split);
        fast_big(&fast, n, false, NULL, NULL);
        check_same(n, &fast, &early);
        check_identity(n, &fast, false);
    }
    mpz_clears(n, root, NULL);
    nabc_big_clear(&early);
    nabc_big_clear(&fast);
    gsl_rng_free(rng);
}

static struct fast_options random_options(gsl_rng *rng)
{
    struct fast_options options = fast_defaults;
    options.half_max = 8u << up_to(rng, 8);
    options.tolerance = ldexp(1, -4 - (int)up_to(rng, 14));
    options.portable = up_to(rng, 1);
    return options;
}

/* The filter under forced block sizes and tolerances, on N of up to 500 bits, must give what the plain
 * scan gives. */
static void planted_agree(void **state)
{
    (void)state;
    gsl_rng *rng = check_stream("nabc planted");
    mpz_t n;
    struct nabc_big big, fast;
    struct fast_work work;
    uint64_t filtered = 0;
    mpz_init(n);
    nabc_big_init(&big);
    nabc_big_init(&fast);
    for (long i = 0; i < check_rounds(200); i++) {
        bool signed_c = up_to(rng, 1);
        random_planted(rng, n, 35 + (unsigned)up_to(rng, i % 10 ? 60 : 215),
                       1 + up_to(rng, i % 10 ? 4000 : 40000));
        nabc_early_big(&big, n, signed_c);
        check_identity(n, &big, signed_c);
        for (int j = 0; j < 8; j++) {
            struct fast_options options = random_options(rng);
            fast_big(&fast, n, signed_c, &options, &work);
            check_same(n, &fast, &big);
            filtered += work.filtered;
        }
    }
    assert_true(filtered > 1000000);
    mpz_clear(n);
    nabc_big_clear(&big);
    nabc_big_clear(&fast);
    gsl_rng_free(rng);
}

/* The filter's error never exceeds its bound, and the bound is not idle: it comes within a factor 100 of
 * it. */
static void filter_bound(void **state)
{
    (void)state;
    gsl_rng *rng = check_stream("nabc filter");
    mpz_t n;
    mpz_init(n);
    double closest = 0;
    for (long i = 0; i < check_rounds(4000); i++) {
        unsigned bits = 60 + (unsigned)up_to(rng, 200), half = 8u << up_to(rng, 8);
        uint64_t first = 1 + (rng_bits64(rng) >> (24 + up_to(rng, 35)));
        double bound;
        random_corner(rng, n, bits);
        if (mpz_perfect_square_p(n))
            continue;
        double error = fast_block_error(n, first, half, &bound);
        if (bound > 0.125)
            continue;
        assert_true(error <= bound);
        if (error / bound > closest)
            closest = error / bound;
    }
    check_between("greatest error over its bound", closest, 0.01, 1);
    mpz_clear(n);
    gsl_rng_free(rng);
}

static void sums(void **state)
{
    (void)state;
    struct nabc_total total = nabc_sum(1, 1000);
    assert_true(total.s == 44391);
    total = nabc_sum(0, 10000000);
    assert_true(total.s == 42301868903);
    gsl_rng *rng = check_stream("nabc sums");
    for (long i = 0; i < check_rounds(60); i++) {
        uint64_t lo = rng_bits64(rng) >> (2 + up_to(rng, i % 10 ? 61 : 30)),
                 length = up_to(rng, i % 10 ? 2000 : 300);
        if (lo > ((uint64_t)1 << 62) - 3000)
            lo -= 3000;
        if (lo >> 50)
            length /= 100;
        struct nabc_total sieved = nabc_sum(lo, lo + length), plain = nabc_sum_early(lo, lo + length, false);
        assert_true(sieved.s == plain.s && sieved.scanned == plain.scanned);
    }
    struct nabc_total sieved = nabc_sum(0, 600000), plain = nabc_sum_early(0, 600000, false);
    assert_true(sieved.s == plain.s && sieved.scanned == plain.scanned);
    gsl_rng_free(rng);
}

/* ---- numbers ---- */

static void roots(void **state)
{
    (void)state;
    gsl_rng *rng = check_stream("nabc roots");
    assert_int_equal(nabc_root(0), 0);
    assert_true(nabc_root(~(nabc_u128)0) == UINT64_MAX);
    mpz_t n, root;
    mpz_inits(n, root, NULL);
    for (long i = 0; i < check_rounds(100000); i++) {
        nabc_u128 x = (nabc_u128)rng_bits64(rng) << 64 | rng_bits64(rng);
        x >>= up_to(rng, 127);
        if (up_to(rng, 1)) { /* a square, or next to one */
            uint64_t near = nabc_root(x);
            x = (nabc_u128)near * near + up_to(rng, 2) - 1;
        }
        nabc_u128 r = nabc_root(x);
        assert_true(r * r <= x && x - r * r <= 2 * r);
        nabc_u128_put(n, x);
        assert_true(nabc_u128_of(n) == x);
        char text[40];
        check_number(n, nabc_u128_text(text, x));
        if (x == 0)
            continue;
        /* 2 sqrt(x) less its floor, from 100 more bits */
        mpz_mul_2exp(root, n, 202);
        mpz_sqrt(root, root);
        nabc_u128 floor_of = 2 * r + (x - r * r > r);
        nabc_u128_put(n, floor_of);
        mpz_mul_2exp(n, n, 100);
        mpz_sub(root, root, n);
        check_close("2 sqrt x", nabc_two_root_minus(x, floor_of), ldexp(mpz_get_d(root), -100), 1e-15);
    }
    mpz_clears(n, root, NULL);
    gsl_rng_free(rng);
}

static void parse(void **state)
{
    (void)state;
    mpz_t n;
    mpz_init(n);
    static const char *const bad[] = {"",    " ",    "-1",  "+1",    "1 ",       " 1",
                                      "1e5", "0x10", "1,2", "1_000", "\xc2\xb2", "--"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_int_equal(nabc_parse(bad[i], n), -1);
    number(n, "000123");
    check_number(n, "123");
    number(n, "0");
    assert_int_equal(mpz_sgn(n), 0);
    mpz_clear(n);
}

/* q of the wrong parity must show as N != a b + c; without halves the scan over x must miss minima. */
static void wrong_variants(void **state)
{
    (void)state;
    int broken = 0, missed = 0;
    for (uint64_t n = 4; n < 1000; n++) {
        struct nabc_split split = nabc_pq_unparitied(n);
        broken += split.a * split.b + (nabc_u128)split.c != n;
        missed += nabc_xy_whole(n).s != nabc_xy(n).s;
    }
    assert_true(broken > 300 && missed > 100);
}

/* ---- Brainfuck ---- */

static void interpreter(void **state)
{
    (void)state;
    static const struct {
        const char *program;
        int64_t value; /* -1: refused */
    } known[] = {{"", 0},
                 {"+++", 3},
                 {"---+++++", 2},
                 {"++[>+++<-]>", 6},
                 {"++[>++[>++<-]<-]>>", 8},
                 {"[+[+]]>+", 1},
                 {"[", -1},
                 {"]", -1},
                 {"+[[-]", -1},
                 {"<", -1},
                 {">>>>>>>>>>>>>>>>", -1},
                 {"+[+[+[+[+[+[+[+[+[", -1},
                 {"[[]", -1},
                 {"a + b", 1}};
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        uint64_t value = 0;
        assert_int_equal(nabc_brainfuck_run(known[i].program, &value), known[i].value < 0 ? -1 : 0);
        assert_true(known[i].value < 0 || value == (uint64_t)known[i].value);
    }
}

static void brainfuck(void **state)
{
    (void)state;
    gsl_rng *rng = check_stream("nabc brainfuck");
    struct nabc_big split;
    nabc_big_init(&split);
    for (long i = 0; i < check_rounds(200); i++) {
        uint64_t n = i < 50 ? (uint64_t)i : up_to(rng, 1000000);
        for (int signed_c = 0; signed_c < 2; signed_c++) {
            struct nabc_split best = nabc_early(n, signed_c);
            nabc_big_set(&split, &best);
            char *program = nabc_brainfuck(&split);
            uint64_t value;
            assert_int_equal(nabc_brainfuck_run(program, &value), 0);
            assert_int_equal(value, n);
            assert_int_equal(strlen(program), best.a ? best.s + 6 : n);
            free(program);
        }
    }
    nabc_big_clear(&split);
    gsl_rng_free(rng);
}

/* ---- the calculator ---- */

/* What build/nabc/solve prints with these arguments; its exit status. */
static int solve(const char *arguments, char *output, size_t size)
{
    char self[2000];
    ssize_t length = readlink("/proc/self/exe", self, sizeof self - 1);
    assert_true(length > 0);
    self[length] = '\0';
    for (int i = 0; i < 2; i++)
        *strrchr(self, '/') = '\0';
    char *command = base_format("'%s/nabc/solve' %s 2>/dev/null", self, arguments);
    FILE *pipe = popen(command, "r");
    assert_non_null(pipe);
    size_t got = fread(output, 1, size - 1, pipe);
    output[got] = '\0';
    free(command);
    return WEXITSTATUS(pclose(pipe));
}

static void calculator(void **state)
{
    (void)state;
    static const struct {
        const char *arguments, *output;
    } good[] = {
        {"130", "n,s,a,b,c,scanned\n130,23,10,13,0,1\n"},
        {"0 1 2 3", "n,s,a,b,c,scanned\n0,0,0,0,0,0\n1,1,0,0,1,0\n2,2,0,0,2,0\n3,3,0,0,3,0\n"},
        {"--method brute 130", "n,s,a,b,c,scanned\n130,23,10,13,0,465\n"},
        {"--method=direct 128 2", "n,s,a,b,c,scanned\n128,25,9,14,2,3\n2,,,,,0\n"},
        {"--method direct-closed 128", "n,s,a,b,c,scanned\n128,24,8,16,0,4\n"},
        {"--method xy 00130", "n,s,a,b,c,scanned\n130,23,10,13,0,7\n"},
        {"--method pq 130", "n,s,a,b,c,scanned\n130,23,10,13,0,9\n"},
        {"--signed 5 35", "n,s,a,b,c,scanned\n5,5,2,2,1,0\n35,12,5,7,0,1\n"},
        {"--sum 1:1000", "n,s,a,b,c,scanned\n1:1000,44391,,,,1985\n"},
        {"--sum 1:1000 --method early", "n,s,a,b,c,scanned\n1:1000,44391,,,,1985\n"},
        {"--brainfuck 130 3", "++++++++++[>+++++++++++++<-]>\n+++\n"},
    };
    static const char *const bad[] = {
        "",
        "''",
        "-5",
        "1 -5",
        "-- -5",
        "abc",
        "1.5",
        "1e9",
        "' 7'",
        "130 abc",
        "--method",
        "--method quick 5",
        "--method brute 100001",
        "--method direct 1099511627777",
        "--method direct-closed 1099511627777",
        "--method pq 340282366920938463463374607431768211456",
        "--method xy 340282366920938463463374607431768211456",
        "--signed --method pq 5",
        "--sum 5",
        "--sum 5:",
        "--sum :5",
        "--sum 6:5",
        "--sum -1:5",
        "--sum 0:4611686018427387904",
        "--sum 0:5 7",
        "--sum 0:5 --method pq",
        "--sum 0:5 --brainfuck",
        "--brainfuck 17592186044416",
        "--brainfuck --method direct 5",
        "--nosuch",
    };
    char output[4096];
    if (solve("--version", output, sizeof output) != 0)
        skip(); /* the calculator is not built beside the tests */
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        assert_int_equal(solve(good[i].arguments, output, sizeof output), 0);
        assert_string_equal(output, good[i].output);
    }
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        int status = solve(bad[i], output, sizeof output);
        if (status != BASE_BAD_USAGE || *output)
            fail_msg("solve %s: exit %d, printed '%s'", bad[i], status, output);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(first_forty),     cmocka_unit_test(counterexample), cmocka_unit_test(table),
        cmocka_unit_test(direct_failures), cmocka_unit_test(scans_equal_table),
        cmocka_unit_test(published_limits), cmocka_unit_test(giants),        cmocka_unit_test(corners_agree),
        cmocka_unit_test(wide_corners),    cmocka_unit_test(planted_agree),  cmocka_unit_test(filter_bound),
        cmocka_unit_test(sums),            cmocka_unit_test(roots),          cmocka_unit_test(parse),
        cmocka_unit_test(wrong_variants),  cmocka_unit_test(interpreter),    cmocka_unit_test(brainfuck),
        cmocka_unit_test(calculator),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
