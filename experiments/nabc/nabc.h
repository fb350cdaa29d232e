/* N = a b + c with natural numbers a <= b and c: the least sum S = a + b + c, and who finds it how fast.
 *
 * Source: kexue.fm/archives/9775. The methods of the article stand here in the form in which it gives them,
 * each with the count of candidates it visits; `early` adds the remark that S >= a + b ends the scan over p =
 * a + b as soon as p reaches the best sum found. The fast form of `early` is in fast.h. In the signed variant
 * c may be negative and S = a + b + |c|.
 */
#ifndef NABC_H
#define NABC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <gmp.h>

__extension__ typedef unsigned __int128 nabc_u128;
__extension__ typedef __int128 nabc_i128;

struct nabc_split { /* N = a b + c */
    bool found;       /* the published direct scan visits nothing for N = 2, 3 */
    nabc_u128 s, a, b;
    nabc_i128 c;
    uint64_t scanned; /* candidates visited: pairs (brute), a (direct), m (xy), p (pq, early, fast) */
};

struct nabc_big { /* the same for numbers of any size */
    bool found;
    mpz_t s, a, b, c;
    uint64_t scanned;
};

void nabc_big_init(struct nabc_big *split);
void nabc_big_clear(struct nabc_big *split);
void nabc_big_set(struct nabc_big *into, const struct nabc_split *from);

/* ---- numbers ---- */

/* Reads a decimal number: digits alone, at least one, leading zeros allowed. Returns 0, or -1. */
int nabc_parse(const char *text, mpz_t n);
/* The 128-bit value of n, which must be below 2^128; and back. */
nabc_u128 nabc_u128_of(const mpz_t n);
void nabc_u128_put(mpz_t n, nabc_u128 value);
/* Decimal digits of value into text[40]; returns text. */
char *nabc_u128_text(char *text, nabc_u128 value);
/* floor(sqrt(x)). */
uint64_t nabc_root(nabc_u128 x);
/* The real 2 sqrt(n) less the whole number from: exact to 1e-15 relative to the difference plus 2^-50,
 * where the difference of rounded numbers would not be. from must be below 2^66. */
double nabc_two_root_minus(nabc_u128 n, nabc_u128 from);

/* ---- the article's methods ---- */

enum { NABC_BRUTE_MAX = 100000 };        /* brute force is quadratic in the signed variant */
static const uint64_t NABC_DIRECT_MAX = (uint64_t)1 << 40;

/* All pairs a <= b with a b <= n; signed: all pairs with a + b <= n. n <= NABC_BRUTE_MAX. */
struct nabc_split nabc_brute(uint64_t n, bool signed_c);
/* Section 2: a in (sqrt(n/2), sqrt n], b = floor(n/a). closed: the interval [floor(sqrt(n/2)), sqrt n], and
 * a = b = 0, which makes it right for every n. n <= NABC_DIRECT_MAX. */
struct nabc_split nabc_direct(uint64_t n, bool closed);
/* Section 3.3: a = x - y, b = x + y, both whole or both half of an odd number; scanned = values of m. */
struct nabc_split nabc_xy(nabc_u128 n);
/* Section 4: p = a + b up to floor(2 sqrt n + 2 + sqrt(1 + 4 sqrt n)), q = b - a. */
struct nabc_split nabc_pq(nabc_u128 n);
/* Controls: x whole only; q of either parity, so that a, b and c are rounded. */
struct nabc_split nabc_xy_whole(nabc_u128 n);
struct nabc_split nabc_pq_unparitied(nabc_u128 n);
/* Section 4 with p stopping at the best sum; right for every n. */
struct nabc_split nabc_early(nabc_u128 n, bool signed_c);
/* The same in GMP, for any n: the slow, plain form that others are held against. */
void nabc_early_big(struct nabc_big *split, const mpz_t n, bool signed_c);
/* The guess that the article refutes: a = b = r or (r, r + 1), r = floor(sqrt n). */
struct nabc_split nabc_naive(nabc_u128 n);

/* The values of p that nabc_pq visits, of m that nabc_xy does, of a that nabc_direct(n, false) does:
 * counted, not visited. 0 for squares (p and m). */
uint64_t nabc_pq_count(nabc_u128 n);
uint64_t nabc_xy_count(nabc_u128 n);
uint64_t nabc_direct_count(nabc_u128 n);
/* Is s <= 2 sqrt n + 2 + sqrt(1 + 4 sqrt n) (the bound of section 4)? Is s <= 2 sqrt n + 3 + 2 sqrt(1 + 2
 * sqrt n) (that of section 3)? Decided in whole numbers. */
bool nabc_below_pq_bound(nabc_u128 n, nabc_u128 s);
bool nabc_below_xy_bound(nabc_u128 n, nabc_u128 s);

/* ---- tables and sums ---- */

/* The sequence S*(0), S*(1), ... by a sieve over divisors and S*(N) = min(S*(N - 1) + 1, h(N)), h(N) the
 * least a + b with a b = N (A063655). Start with a zeroed struct; `next` is the first N of the coming
 * block. */
struct nabc_sieve {
    uint32_t next, last;
};
/* Fills s[i] = S*(next + i) and, unless NULL, h[i] = h(next + i) for i < count (h(0) = 0), and moves on. */
void nabc_sieve_next(struct nabc_sieve *sieve, uint32_t *s, uint32_t *h, size_t count);

/* Sums over lo <= N <= hi < 2^62 of S*(N), and of the values of p that nabc_early visits. */
struct nabc_total {
    nabc_u128 s, scanned;
};
struct nabc_total nabc_sum(uint64_t lo, uint64_t hi);
/* The same, one N after the other, and for the signed variant. */
struct nabc_total nabc_sum_early(uint64_t lo, uint64_t hi, bool signed_c);

/* ---- Brainfuck ---- */

enum { NABC_BRAINFUCK_MAX = 10000000 }; /* longest sum a + b + |c| that is written out */

/* The program +^a [ > +^b < - ] > +^c (-^|c| when c < 0), which leaves a b + c in the cell under the
 * pointer; +^c alone when a = 0. Its length is S + 6 (or c). Needs S <= NABC_BRAINFUCK_MAX; free the text. */
char *nabc_brainfuck(const struct nabc_big *split);
/* Runs a Brainfuck program without input and output on 16 cells of 64 bits: the value under the pointer at
 * its end into *value. Returns 0, or -1 when brackets do not match, nest deeper than 8, or the pointer
 * leaves the cells. */
int nabc_brainfuck_run(const char *program, uint64_t *value);

#endif
