#include "nabc.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base.h"

void nabc_big_init(struct nabc_big *split)
{
    split->found = false;
    split->scanned = 0;
    mpz_inits(split->s, split->a, split->b, split->c, NULL);
}

void nabc_big_clear(struct nabc_big *split)
{
    mpz_clears(split->s, split->a, split->b, split->c, NULL);
}

void nabc_big_set(struct nabc_big *into, const struct nabc_split *from)
{
    into->found = from->found;
    into->scanned = from->scanned;
    nabc_u128_put(into->s, from->s);
    nabc_u128_put(into->a, from->a);
    nabc_u128_put(into->b, from->b);
    nabc_u128_put(into->c, from->c < 0 ? (nabc_u128)-from->c : (nabc_u128)from->c);
    if (from->c < 0)
        mpz_neg(into->c, into->c);
}

/* ---- numbers ---- */

int nabc_parse(const char *text, mpz_t n)
{
    size_t length = strlen(text);
    if (length == 0 || strspn(text, "0123456789") != length)
        return -1;
    return mpz_set_str(n, text, 10);
}

nabc_u128 nabc_u128_of(const mpz_t n)
{
    uint64_t word[2] = {0, 0};
    mpz_export(word, NULL, -1, sizeof word[0], 0, 0, n);
    return (nabc_u128)word[1] << 64 | word[0];
}

void nabc_u128_put(mpz_t n, nabc_u128 value)
{
    uint64_t word[2] = {(uint64_t)value, (uint64_t)(value >> 64)};
    mpz_import(n, 2, -1, sizeof word[0], 0, 0, word);
}

char *nabc_u128_text(char *text, nabc_u128 value)
{
    char reversed[40];
    size_t digits = 0;
    do
        reversed[digits++] = (char)('0' + (int)(value % 10));
    while (value /= 10);
    for (size_t i = 0; i < digits; i++)
        text[i] = reversed[digits - 1 - i];
    text[digits] = '\0';
    return text;
}

static double real_of(nabc_u128 x) /* rounded twice at most */
{
    return (double)(uint64_t)(x >> 64) * 0x1p64 + (double)(uint64_t)x;
}

/* A double square root is within 1 of the root below 2^50; above, one Newton step from it is. */
uint64_t nabc_root(nabc_u128 x)
{
    double approximate = sqrt(real_of(x));
    uint64_t root = approximate >= 0x1p64 ? UINT64_MAX : (uint64_t)approximate;
    nabc_i128 rest = (nabc_i128)(x - (nabc_u128)root * root); /* |rest| < 2^66 */
    if (x >> 100) {
        double step = (rest < 0 ? -real_of((nabc_u128)-rest) : real_of((nabc_u128)rest)) / (2 * (double)root);
        nabc_i128 moved = (nabc_i128)root + (int64_t)step;
        root = moved > UINT64_MAX ? UINT64_MAX : (uint64_t)moved;
        rest = (nabc_i128)(x - (nabc_u128)root * root);
    }
    for (; rest < 0; root--)
        rest += 2 * (nabc_i128)root - 1;
    for (; rest > 2 * (nabc_i128)root && root < UINT64_MAX; root++)
        rest -= 2 * (nabc_i128)root + 1;
    return root;
}

/* sqrt(n) - floor(sqrt(n)) = f with f = e / (2 root + f), e = n - root^2. */
static double root_fraction(nabc_u128 n, uint64_t root)
{
    double e = real_of(n - (nabc_u128)root * root);
    return e == 0 ? 0 : e / ((double)root + sqrt(real_of(n)));
}

double nabc_two_root_minus(nabc_u128 n, nabc_u128 from)
{
    uint64_t root = nabc_root(n);
    return (double)((nabc_i128)root * 2 - (nabc_i128)from) + 2 * root_fraction(n, root);
}

/* ---- candidates ---- */

static const struct nabc_split nothing = {.found = true}; /* 0 = 0 * 0 + 0 */

static void offer(struct nabc_split *best, nabc_u128 a, nabc_u128 b, nabc_i128 c)
{
    nabc_u128 s = a + b + (nabc_u128)(c < 0 ? -c : c);
    if (!best->found || s < best->s) {
        best->found = true;
        best->s = s;
        best->a = a;
        best->b = b;
        best->c = c;
    }
}

/* floor(2 sqrt n) with root = floor(sqrt n), without ever forming 4 n. */
static nabc_u128 two_root(nabc_u128 n, uint64_t root)
{
    return 2 * (nabc_u128)root + (n - (nabc_u128)root * root > root);
}

static uint64_t root_above(nabc_u128 x) /* ceil(sqrt(x)), for x < 2^126 */
{
    uint64_t root = nabc_root(x);
    return root + ((nabc_u128)root * root < x);
}

struct nabc_split nabc_naive(nabc_u128 n)
{
    struct nabc_split best = {0};
    nabc_u128 root = nabc_root(n);
    offer(&best, root, root, (nabc_i128)(n - root * root));
    if (n - root * root >= root)
        offer(&best, root, root + 1, (nabc_i128)(n - root * root - root));
    return best;
}

/* ---- the article's methods ---- */

struct nabc_split nabc_brute(uint64_t n, bool signed_c)
{
    struct nabc_split best = {0};
    int64_t target = (int64_t)n;
    for (int64_t a = 0; a <= target; a++) {
        int64_t last = a == 0 ? target : signed_c ? target - a : target / a;
        for (int64_t b = a; b <= last; b++, best.scanned++)
            offer(&best, (nabc_u128)a, (nabc_u128)b, target - a * b);
    }
    return best;
}

struct nabc_split nabc_direct(uint64_t n, bool closed)
{
    if (n == 0)
        return nothing;
    struct nabc_split best = {0};
    if (closed)
        offer(&best, 0, 0, (nabc_i128)n);
    uint64_t first = nabc_root(n / 2) + !closed, last = nabc_root(n);
    for (uint64_t a = first ? first : 1; a <= last; a++, best.scanned++)
        offer(&best, a, n / a, (nabc_i128)(n % a));
    return best;
}

/* v - 2 sqrt n <= k sqrt(1 + (4/k) sqrt n), for v >= 2 sqrt n: k = 1, v = s - 2 is the bound of section 4,
 * and k = 2, v = s - 3 that of section 3. Squared, v^2 + 4 n - k^2 <= 4 (v + k) sqrt n; squared again,
 * whole numbers. */
static bool below_bound(nabc_u128 n, nabc_u128 v, unsigned k)
{
    mpz_t big_n, left, right;
    mpz_inits(big_n, left, right, NULL);
    nabc_u128_put(big_n, n);
    nabc_u128_put(left, v);
    mpz_add_ui(right, left, k);
    mpz_mul(right, right, right);
    mpz_mul(right, right, big_n);
    mpz_mul_ui(right, right, 16);
    mpz_mul(left, left, left);
    mpz_addmul_ui(left, big_n, 4);
    mpz_sub_ui(left, left, k * k);
    mpz_mul(left, left, left);
    bool below = mpz_cmp(left, right) <= 0;
    mpz_clears(big_n, left, right, NULL);
    return below;
}

/* The bound in floating point decides unless it is nearly met. */
static bool below_bound_fast(nabc_u128 n, nabc_u128 s, unsigned shift, unsigned k)
{
    double excess = -nabc_two_root_minus(n, s) - shift;
    double bound = k * sqrt(1 + 4.0 / k * sqrt(real_of(n)));
    if (excess < 0 || fabs(excess - bound) > 1e-4)
        return excess < bound;
    return below_bound(n, s - shift, k);
}

bool nabc_below_pq_bound(nabc_u128 n, nabc_u128 s)
{
    return below_bound_fast(n, s, 2, 1);
}

bool nabc_below_xy_bound(nabc_u128 n, nabc_u128 s)
{
    return below_bound_fast(n, s, 3, 2);
}

/* The last p of section 4, floor(2 sqrt n + 2 + sqrt(1 + 4 sqrt n)). */
static nabc_u128 pq_last(nabc_u128 n)
{
    nabc_u128 r = two_root(n, nabc_root(n));
    double beyond = nabc_two_root_minus(n, r) + 2 + sqrt(1 + 4 * sqrt(real_of(n)));
    nabc_u128 last = r + (uint64_t)beyond + 1;
    while (!nabc_below_pq_bound(n, last))
        last--;
    return last;
}

/* The last m of section 3.3, floor(sqrt n + 3/2 + sqrt(1 + 2 sqrt n)): 2 m obeys the bound on the sum. */
static nabc_u128 xy_last(nabc_u128 n)
{
    uint64_t root = nabc_root(n);
    double beyond = root_fraction(n, root) + 1.5 + sqrt(1 + 2 * sqrt(real_of(n)));
    nabc_u128 last = (nabc_u128)root + (uint64_t)beyond + 1;
    while (!nabc_below_xy_bound(n, 2 * last))
        last--;
    return last;
}

uint64_t nabc_pq_count(nabc_u128 n)
{
    uint64_t root = nabc_root(n);
    return (nabc_u128)root * root == n ? 0 : (uint64_t)(pq_last(n) - two_root(n, root));
}

/* The first m of section 3.3, the least with m > sqrt n - 1/2. */
static nabc_u128 xy_first(nabc_u128 n)
{
    uint64_t root = nabc_root(n);
    return (nabc_u128)root + (n - (nabc_u128)root * root > root);
}

uint64_t nabc_xy_count(nabc_u128 n)
{
    uint64_t root = nabc_root(n);
    return (nabc_u128)root * root == n ? 0 : (uint64_t)(xy_last(n) - xy_first(n)) + 1;
}

uint64_t nabc_direct_count(nabc_u128 n)
{
    return nabc_root(n) - nabc_root(n / 2);
}

static bool square_root_of(nabc_u128 n, struct nabc_split *split)
{
    nabc_u128 root = nabc_root(n);
    *split = (struct nabc_split){0};
    if (root * root != n)
        return false;
    offer(split, root, root, 0);
    return true;
}

static struct nabc_split xy_scan(nabc_u128 n, bool halves)
{
    struct nabc_split best;
    if (square_root_of(n, &best))
        return best;
    nabc_u128 root = nabc_root(n), e = n - root * root;
    offer(&best, root, root, (nabc_i128)e);
    nabc_u128 below = root - (e <= root); /* floor(sqrt n - 1/2): x = below + 1/2, y = 1/2 */
    offer(&best, below, below + 1, (nabc_i128)(n - below * (below + 1)));

    nabc_u128 last = xy_last(n);
    for (nabc_u128 m = xy_first(n); m <= last; m++, best.scanned++) {
        if (m > root) { /* for m = root, sqrt(m^2 - n) has no meaning */
            nabc_u128 square = (m - root) * (m + root) - e; /* m^2 - n */
            nabc_u128 y = root_above(square);
            offer(&best, m - y, m + y, (nabc_i128)(y * y - square));
        }
        if (!halves)
            continue;
        nabc_u128 square = (m - root) * (m + root) + m - e; /* (m + 1/2)^2 - n - 1/4 */
        nabc_u128 y = root_above(4 * square + 1) / 2;       /* the least with (y + 1/2)^2 >= square + 1/4 */
        offer(&best, m - y, m + 1 + y, (nabc_i128)(y * (y + 1) - square));
    }
    return best;
}

struct nabc_split nabc_xy(nabc_u128 n)
{
    return xy_scan(n, true);
}

struct nabc_split nabc_xy_whole(nabc_u128 n)
{
    return xy_scan(n, false);
}

/* One p of the (p, q) form: D = p^2 - 4 n >= 0, q the least of the parity of p with q^2 >= D. */
static uint64_t q_of(nabc_u128 p, nabc_u128 d)
{
    uint64_t q = root_above(d);
    return q + ((q ^ (uint64_t)p) & 1);
}

/* p = r + 1 of the non-square n with r = floor(2 sqrt n), and its D. With n = root^2 + e neither 4 n nor
 * p^2 is formed: they do not fit from 2^126 on. */
static nabc_u128 first_p(nabc_u128 n, nabc_u128 *d)
{
    nabc_u128 root = nabc_root(n), e = n - root * root;
    *d = e > root ? 8 * root + 4 - 4 * e : 4 * root + 1 - 4 * e;
    return 2 * root + 1 + (e > root);
}

static struct nabc_split pq_scan(nabc_u128 n, bool keep_parity)
{
    struct nabc_split best;
    if (square_root_of(n, &best))
        return best;
    nabc_u128 d, p = first_p(n, &d), last = pq_last(n), root = nabc_root(n);
    nabc_u128 other = p - 1 - root; /* p = r: a = root, b = root or root + 1, q = r mod 2 */
    offer(&best, root, other, (nabc_i128)(n - root * other));
    for (; p <= last; d += 2 * p + 1, p++, best.scanned++) {
        nabc_u128 q = keep_parity ? q_of(p, d) : root_above(d);
        offer(&best, (p - q) / 2, (p + q) / 2, (nabc_i128)((q * q - d) / 4));
    }
    return best;
}

struct nabc_split nabc_pq(nabc_u128 n)
{
    return pq_scan(n, true);
}

struct nabc_split nabc_pq_unparitied(nabc_u128 n)
{
    return pq_scan(n, false);
}

struct nabc_split nabc_early(nabc_u128 n, bool signed_c)
{
    struct nabc_split best = {0};
    if (n < 4) {
        offer(&best, 0, 0, (nabc_i128)n);
        return best;
    }
    if (square_root_of(n, &best))
        return best;
    nabc_u128 d, p = first_p(n, &d), root = nabc_root(n), r = p - 1;
    /* sums less r fit 64 bits: c <= root at p = r, and c < q after it */
    uint64_t sum = (uint64_t)(n - root * (r - root)), k = 1, best_k = 0, best_q = (uint64_t)r & 1;
    for (; k < sum; k++, d += 2 * p + 1, p++) {
        uint64_t q = q_of(p, d);
        uint64_t c = (uint64_t)(((nabc_u128)q * q - d) / 4);
        if (k + c < sum) {
            sum = k + c;
            best_k = k;
            best_q = q;
        }
        if (signed_c && q >= 2) {
            q -= 2;
            c = (uint64_t)((d - (nabc_u128)q * q) / 4);
            if (k + c < sum) {
                sum = k + c;
                best_k = k;
                best_q = q;
            }
        }
    }
    best.scanned = k - 1;
    p = r + best_k;
    nabc_u128 a = (p - best_q) / 2, b = (p + best_q) / 2;
    offer(&best, a, b, (nabc_i128)(n - a * b));
    return best;
}

static void offer_big(struct nabc_big *best, const mpz_t n, const mpz_t p, const mpz_t q)
{
    mpz_t a, b, c, s;
    mpz_inits(a, b, c, s, NULL);
    mpz_sub(a, p, q);
    mpz_fdiv_q_2exp(a, a, 1);
    mpz_sub(b, p, a);
    mpz_set(c, n);
    mpz_submul(c, a, b);
    mpz_abs(s, c);
    mpz_add(s, s, p);
    if (!best->found || mpz_cmp(s, best->s) < 0) {
        best->found = true;
        mpz_swap(best->s, s);
        mpz_swap(best->a, a);
        mpz_swap(best->b, b);
        mpz_swap(best->c, c);
    }
    mpz_clears(a, b, c, s, NULL);
}

void nabc_early_big(struct nabc_big *split, const mpz_t n, bool signed_c)
{
    split->found = false;
    split->scanned = 0;
    mpz_t p, q, d, rest;
    mpz_inits(p, q, d, rest, NULL);
    if (mpz_cmp_ui(n, 4) < 0) { /* a = b = 0 */
        mpz_set_ui(split->a, 0);
        mpz_set_ui(split->b, 0);
        mpz_set(split->c, n);
        mpz_set(split->s, n);
        split->found = true;
    } else {
        mpz_mul_2exp(d, n, 2);
        mpz_sqrtrem(p, rest, d);
        mpz_set_ui(q, mpz_odd_p(p) ? 1 : 0);
        offer_big(split, n, p, q);
        if (mpz_sgn(rest) == 0)
            mpz_set(p, split->s); /* a square: nothing to scan */
        else
            mpz_add_ui(p, p, 1);
    }
    for (; mpz_cmp_ui(n, 4) >= 0 && mpz_cmp(p, split->s) < 0; mpz_add_ui(p, p, 1), split->scanned++) {
        mpz_mul(d, p, p);
        mpz_submul_ui(d, n, 4);
        mpz_sqrtrem(q, rest, d);
        if (mpz_sgn(rest) != 0)
            mpz_add_ui(q, q, 1);
        if (mpz_odd_p(q) != mpz_odd_p(p))
            mpz_add_ui(q, q, 1);
        offer_big(split, n, p, q);
        if (signed_c && mpz_cmp_ui(q, 2) >= 0) {
            mpz_sub_ui(q, q, 2);
            offer_big(split, n, p, q);
        }
    }
    mpz_clears(p, q, d, rest, NULL);
}

/* ---- tables and sums ---- */

void nabc_sieve_next(struct nabc_sieve *sieve, uint32_t *s, uint32_t *h, size_t count)
{
    uint64_t low = sieve->next, high = low + count;
    uint32_t *half = h ? h : s;
    for (size_t i = 0; i < count; i++)
        half[i] = (uint32_t)(low + i + 1); /* 1 and N */
    if (low == 0 && count)
        half[0] = 0;
    /* greater d overwrite smaller ones: the last to write is the greatest d <= sqrt N */
    for (uint64_t d = 2; d * d < high; d++) {
        uint64_t e = (low + d - 1) / d;
        if (e < d)
            e = d;
        for (uint64_t n = d * e; n < high; n += d, e++)
            half[n - low] = (uint32_t)(d + e);
    }
    uint32_t last = sieve->last;
    for (size_t i = 0; i < count; i++) {
        uint32_t next = low + i == 0 ? 0 : last + 1;
        last = half[i] < next ? half[i] : next;
        s[i] = last;
    }
    sieve->last = last;
    sieve->next = (uint32_t)high;
}

enum { SUM_BLOCK = 1 << 18 };

/* The products a b in [low, high] whose a + b = p can be a least sum, p <= pq_last(high): marks each with
 * its least p, less `base`. There are about N^(-1/8) of them for a number, so most marks stay empty. */
static void mark_products(uint64_t low, uint64_t high, uint64_t base, uint32_t *mark)
{
    for (uint64_t i = 0; i <= high - low; i++)
        mark[i] = UINT32_MAX;
    for (uint64_t p = (uint64_t)pq_last(high); p >= base; p--) {
        nabc_u128 square = (nabc_u128)p * p;
        if (square < 4 * (nabc_u128)low)
            break;
        nabc_u128 above = square > 4 * (nabc_u128)high ? square - 4 * (nabc_u128)high : 0;
        uint64_t q = q_of(p, above);
        uint64_t last = nabc_root(square - 4 * (nabc_u128)low);
        if (q > last)
            continue;
        uint64_t n = (uint64_t)((square - (nabc_u128)q * q) / 4);
        for (; q <= last; n -= q + 1, q += 2)
            mark[n - low] = (uint32_t)(p - base);
        if (p == 0)
            break;
    }
}

struct nabc_total nabc_sum(uint64_t lo, uint64_t hi)
{
    struct nabc_total total = {0, 0};
    if (lo > hi)
        return total;
    uint32_t *mark = base_alloc(SUM_BLOCK, sizeof *mark);
    uint64_t last = lo == 0 ? 0 : (uint64_t)nabc_early(lo - 1, false).s;
    for (uint64_t low = lo; low <= hi; low += SUM_BLOCK) {
        uint64_t high = hi - low < SUM_BLOCK ? hi : low + SUM_BLOCK - 1;
        uint64_t base = (uint64_t)two_root(low, nabc_root(low)), r = base;
        mark_products(low, high, base, mark);
        for (uint64_t n = low; n <= high; n++) {
            while ((nabc_u128)(r + 1) * (r + 1) <= 4 * (nabc_u128)n)
                r++;
            uint64_t product = mark[n - low] == UINT32_MAX ? UINT64_MAX : base + mark[n - low];
            uint64_t next = n == 0 ? 0 : last + 1;
            last = product < next ? product : next;
            total.s += last;
            /* p = r + 1 .. S - 1, and p = S too when only c = 0 reaches S; for n = r^2/4 and n < 4 none */
            if (n >= 4 && (nabc_u128)r * r != 4 * (nabc_u128)n)
                total.scanned += last - r - 1 + (product < next);
        }
    }
    free(mark);
    return total;
}

struct nabc_total nabc_sum_early(uint64_t lo, uint64_t hi, bool signed_c)
{
    struct nabc_total total = {0, 0};
    for (uint64_t n = lo; n <= hi; n++) {
        struct nabc_split split = nabc_early(n, signed_c);
        total.s += split.s;
        total.scanned += split.scanned;
    }
    return total;
}

/* ---- Brainfuck ---- */

char *nabc_brainfuck(const struct nabc_big *split)
{
    size_t a = mpz_get_ui(split->a), b = mpz_get_ui(split->b), c = mpz_get_ui(split->c); /* |c| */
    char *text = base_alloc(a + b + c + 7, 1), *end = text;
    if (a) {
        end = (char *)memset(end, '+', a) + a;
        end = stpcpy(end, "[>");
        end = (char *)memset(end, '+', b) + b;
        end = stpcpy(end, "<-]>");
    }
    end = (char *)memset(end, mpz_sgn(split->c) < 0 ? '-' : '+', c) + c;
    *end = '\0';
    return text;
}

int nabc_brainfuck_run(const char *program, uint64_t *value)
{
    enum { CELLS = 16, DEPTH = 8 };
    uint64_t cell[CELLS] = {0};
    const char *open[DEPTH];
    size_t at = 0, depth = 0, skipped = 0; /* skipped: depth within a loop that is not entered */
    for (const char *c = program; *c; c++) {
        if (skipped) {
            skipped += *c == '[';
            skipped -= *c == ']';
        } else if (*c == '+') {
            cell[at]++;
        } else if (*c == '-') {
            cell[at]--;
        } else if (*c == '>') {
            if (++at == CELLS)
                return -1;
        } else if (*c == '<') {
            if (at-- == 0)
                return -1;
        } else if (*c == '[') {
            if (!cell[at])
                skipped = 1;
            else if (depth == DEPTH)
                return -1;
            else
                open[depth++] = c;
        } else if (*c == ']') {
            if (depth == 0)
                return -1;
            if (cell[at])
                c = open[depth - 1];
            else
                depth--;
        }
    }
    *value = cell[at];
    return depth || skipped ? -1 : 0;
}
