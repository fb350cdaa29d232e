#include "fast.h"

#include <math.h>
#include <string.h>

/* The filter.
 *
 * For p = r + k, r = floor(2 sqrt N), D = p^2 - 4 N, the candidate of nabc_early is the least q >= sqrt D of
 * the parity of p, with c = (q^2 - D)/4. Put f = sqrt D and h = (p - f) mod 2, then q - f = h, and c <= X
 * needs
 *     h <= 2 X / f              (4 c = h (2 f + h)),
 * for negative c, with q - 2 in place of q,
 *     2 - h <= 2 X / (f - 1)    (4 |c| = g (2 f - g), g = 2 - h <= 2).
 * So p can matter only if h lies in a window of width about 2 (best - p)/f at 0 (modulo 2), best being the
 * least sum so far. The filter follows h over a block of 2 M consecutive p by a polynomial of degree 4 in x =
 * p - centre, in fixed point with 64 bits for [0, 2), where arithmetic modulo 2 costs nothing: four additions
 * and a comparison a p.
 *
 * Coefficients. With f(x) = sqrt(D + 2 p x + x^2) = sum c_n x^n at the centre,
 *     c_0 = f,  c_1 = p/f,  c_2 = -2 N/(D f),  c_3 = -c_2 p/D,  c_4 = -(5 p c_3 + c_2)/(4 D)
 * (from D f' + 2 p x f' + x^2 f' = (p + x) f). c_0 and c_1 are split into whole part and fraction with whole
 * numbers: f = q + rest/(q + f), q^2 + rest = D; p/f = A + (rem - A (f - q))/f, A q + rem = p. The others are
 * doubles.
 *
 * Error of the polynomial, |x| <= M, with t = p - 2 sqrt N:
 * - Truncation. f = sqrt(t + x) sqrt(4 sqrt N + t + x), so c_n = f t^-n sum_j C(1/2, n-j) C(1/2, j) g^j with
 *   g = t/(4 sqrt N + t) <= D/p^2. |C(1/2, n)| <= 7/256 for n >= 5, and all products with j >= 1 are at most
 *   1/2 in size, so |c_n| <= f t^-n (7/256 + g) when g <= 1/2, and the terms from n = 5 on sum to at most
 *       f (7/256 + g) (M/t)^5 / (1 - M/t).
 *   We ask g < 2^-10 and M <= t/16; then f (M/t)^5/33 is above it: (7/256 + 1/1024) 16/15 < 1/32.9, taken as
 *   1/32. t = D/(p + 2 sqrt N) >= D/(2 p).
 * - c_2, c_3, c_4 in double: with rounded N, p, D (2^-52 each, GMP truncates) and f they are off by at most
 *   8, 13 and 20 units of 2^-52. As |c_3| M^3 <= |c_2| M^2/32 and |c_4| M^4 <= |c_3| M^3/16, together less
 *   than 9 x 2^-52 |c_2| M^2, taken as 2^-48 |c_2| M^2.
 * - Fraction of f: with y = rest/(2 q) for the first guess, y' = rest/(2 q + y) differs from the true one by
 *   less than y^2/(4 q^2) and three roundings: below 2^-49 for q >= 2^25. Fraction of p/f: 2^-50. Rounding to
 *   units of 2^-63: one unit each. Together at most 2^-49 + 2^-49 M + 2^-63 (M^2 + M^3 + M^4) < 2^-37 + 2^-63
 *   M^4 1.13 for M <= 2048, taken as 2^-36 + 2^-62 M^4.
 * From there all is exact: the differences at the start of a block are whole-number combinations of the
 * rounded coefficients, and the additions wrap. Bounds fall as t grows (f t^-5 and |c_2| do), so the one at a
 * block's first p serves for the LANES blocks that run side by side.
 *
 * Where a block of 2 M is allowed follows from this bound at run time, not from a table: M grows about as t
 * (32 tolerance/f)^(1/5). For N near 2^127 blocks of 16 begin at t = 2^12 or so, of 4096 at 2^21; near 2^192
 * at 2^16 and 2^25. Where no block is allowed every p is computed exactly. Nothing depends on the size of N
 * but that.
 */

enum { LANES = 8, GROUP = 32, ORDERS = 5, EXACT_RUN = 64 };

const struct fast_options fast_defaults = {
    .half_min = 8, .half_max = 2048, .tolerance = 0x1p-13, .window = 1};

struct lanes { /* forward differences of h, by order; unsigned, so that they wrap */
    uint64_t now[ORDERS][LANES], start[ORDERS][LANES];
} __attribute__((aligned(64)));

struct scan {
    bool signed_c;
    const struct fast_options *options;
    struct fast_work work;
    /* p and D at k = 1, rounded, exact if they are below 2^125, and exact */
    double n_real, p_real, d_real;
    bool narrow;
    nabc_u128 p, d;
    mpz_t big_p, big_d;
    /* best sum less r (UINT64_MAX: greater than that), at p = r + best_k, c < 0 */
    uint64_t best, best_k;
    bool best_below;
    mpz_t here_p, here_d, root, rest; /* scratch */
    struct lanes lanes;
};

struct real_pair {
    double p, d;
};

static struct real_pair real_at(const struct scan *scan, uint64_t k)
{
    double x = (double)(k - 1);
    return (struct real_pair){scan->p_real + x, scan->d_real + x * (2 * scan->p_real + x)};
}

static bool narrow_at(const struct scan *scan, uint64_t k)
{
    return scan->narrow && real_at(scan, k).d < 0x1p125;
}

static nabc_u128 d_at(const struct scan *scan, uint64_t k)
{
    return scan->d + (nabc_u128)(k - 1) * (2 * scan->p + (k - 1));
}

static void big_at(struct scan *scan, uint64_t k) /* sets here_p, here_d */
{
    mpz_add_ui(scan->here_p, scan->big_p, k - 1);
    mpz_add(scan->root, scan->big_p, scan->here_p);
    mpz_set(scan->here_d, scan->big_d);
    mpz_addmul_ui(scan->here_d, scan->root, k - 1);
}

/* ---- exact checks ---- */

static void offer(struct scan *scan, uint64_t k, uint64_t c, bool below)
{
    uint64_t sum = k + c < k ? UINT64_MAX : k + c;
    if (sum < scan->best || (sum == scan->best && k < scan->best_k)) {
        scan->best = sum;
        scan->best_k = k;
        scan->best_below = below;
    }
}

static void check_narrow(struct scan *scan, uint64_t k, nabc_u128 d)
{
    uint64_t q = nabc_root(d);
    q += (nabc_u128)q * q < d;
    q += (q ^ ((uint64_t)scan->p + k - 1)) & 1;
    offer(scan, k, (uint64_t)(((nabc_u128)q * q - d) / 4), false);
    if (scan->signed_c && q >= 2)
        offer(scan, k, (uint64_t)((d - (nabc_u128)(q - 2) * (q - 2)) / 4), true);
}

static uint64_t quarter(const mpz_t x)
{
    return mpz_sizeinbase(x, 2) > 65 ? UINT64_MAX : mpz_getlimbn(x, 0) >> 2 | mpz_getlimbn(x, 1) << 62;
}

static void check_wide(struct scan *scan, uint64_t k) /* at here_p, here_d */
{
    mpz_sqrtrem(scan->root, scan->rest, scan->here_d);
    if (mpz_sgn(scan->rest))
        mpz_add_ui(scan->root, scan->root, 1);
    if (mpz_odd_p(scan->root) != mpz_odd_p(scan->here_p))
        mpz_add_ui(scan->root, scan->root, 1);
    mpz_mul(scan->rest, scan->root, scan->root);
    mpz_sub(scan->rest, scan->rest, scan->here_d);
    offer(scan, k, quarter(scan->rest), false);
    if (scan->signed_c && mpz_cmp_ui(scan->root, 2) >= 0) {
        mpz_sub_ui(scan->root, scan->root, 2);
        mpz_mul(scan->rest, scan->root, scan->root);
        mpz_sub(scan->rest, scan->here_d, scan->rest);
        offer(scan, k, quarter(scan->rest), true);
    }
}

static void check(struct scan *scan, uint64_t k)
{
    if (narrow_at(scan, k)) {
        check_narrow(scan, k, d_at(scan, k));
    } else {
        big_at(scan, k);
        check_wide(scan, k);
    }
}

static uint64_t run_exact(struct scan *scan, uint64_t k, uint64_t count)
{
    uint64_t first = k, last = k + count;
    if (narrow_at(scan, last)) {
        nabc_u128 d = d_at(scan, k), step = 2 * (scan->p + k - 1) + 1;
        for (; k < last && k < scan->best; k++, d += step, step += 2)
            check_narrow(scan, k, d);
    } else {
        for (; k < last && k < scan->best; k++)
            check(scan, k);
    }
    scan->work.exact += k - first;
    return k;
}

/* ---- blocks ---- */

static double block_bound(const struct scan *scan, uint64_t k, double half)
{
    struct real_pair at = real_at(scan, k), end = real_at(scan, k + (uint64_t)(2 * LANES * half));
    double t = at.d / (2 * at.p) * (1 - 0x1p-40), f = sqrt(at.d) * (1 + 0x1p-40);
    if (!(at.d >= 0x1p50) || !(half <= t / 16) || !(end.d < 0x1p-10 * end.p * end.p))
        return INFINITY;
    double ratio = half / t, bend = 2 * scan->n_real / (at.d * f); /* bend = |c_2| */
    return f * ratio * ratio * ratio * ratio * ratio / 32 + 0x1p-48 * bend * half * half + 0x1p-36 +
           0x1p-62 * half * half * half * half;
}

/* x in units of 2^-63, modulo 2, towards 0; |x| < 2^62. The fraction of a double is exact, that of floor
 * would not be for a small negative x. */
static uint64_t fixed(double x)
{
    double whole = trunc(x);
    return ((uint64_t)(int64_t)whole << 63) + (uint64_t)(int64_t)((x - whole) * 0x1p63);
}

/* f and p/f modulo 2 in fixed point, from q = floor(f), rest = D - q^2, whole = floor(p/q), rem = p -
 * whole q. */
static void split_root(uint64_t constant_slope[2], double q, uint64_t q_low, double rest, double whole,
                       uint64_t whole_low, double rem)
{
    double fraction = rest / (2 * q + rest / (2 * q));
    constant_slope[0] = (q_low << 63) + fixed(fraction);
    constant_slope[1] = (whole_low << 63) + fixed((rem - whole * fraction) / (q + fraction));
}

/* The differences of h over x = -half ... half - 1 around p = r + k, into one lane. */
static void lane_set(struct scan *scan, unsigned lane, uint64_t k, unsigned half)
{
    struct real_pair at = real_at(scan, k);
    uint64_t g[2], parity;
    if (narrow_at(scan, k)) {
        nabc_u128 p = scan->p + (k - 1), d = d_at(scan, k);
        uint64_t q = nabc_root(d);
        nabc_u128 whole = p / q;
        parity = (uint64_t)p;
        split_root(g, (double)q, q, (double)(d - (nabc_u128)q * q), (double)whole, (uint64_t)whole,
                   (double)(p - whole * q));
    } else {
        big_at(scan, k);
        parity = mpz_odd_p(scan->here_p);
        mpz_sqrtrem(scan->root, scan->rest, scan->here_d);
        double q = mpz_get_d(scan->root), rest = mpz_get_d(scan->rest);
        uint64_t q_low = mpz_getlimbn(scan->root, 0);
        mpz_tdiv_qr(scan->here_d, scan->rest, scan->here_p, scan->root);
        split_root(g, q, q_low, rest, mpz_get_d(scan->here_d), mpz_getlimbn(scan->here_d, 0),
                   mpz_get_d(scan->rest));
    }
    double c2 = -2 * scan->n_real / (at.d * sqrt(at.d)), c3 = -c2 * at.p / at.d;
    double c4 = -(5 * at.p * c3 + c2) / (4 * at.d);
    /* h = p - f: the whole p adds 1 to the slope */
    uint64_t h0 = (parity << 63) - g[0], h1 = ((uint64_t)1 << 63) - g[1];
    uint64_t h2 = -fixed(c2), h3 = -fixed(c3), h4 = -fixed(c4), x = -(uint64_t)half;
    uint64_t(*now)[LANES] = scan->lanes.now;
    now[0][lane] = h0 + x * (h1 + x * (h2 + x * (h3 + x * h4)));
    now[1][lane] =
        h1 + h2 * (2 * x + 1) + h3 * (3 * x * x + 3 * x + 1) + h4 * (4 * x * x * x + 6 * x * x + 4 * x + 1);
    now[2][lane] = 2 * h2 + h3 * (6 * x + 6) + h4 * (12 * x * x + 24 * x + 14);
    now[3][lane] = 6 * h3 + h4 * (24 * x + 36);
    now[4][lane] = 24 * h4;
}

/* Runs groups of steps from `done` until `length`, or until one in which h < limit for some lane: then
 * `start` holds the state before that group, whose first step is returned. */
static unsigned sweep_portable(struct lanes *lanes, unsigned done, unsigned length, int64_t limit)
{
    for (; done < length; done += GROUP) {
        bool hit = false;
        memcpy(lanes->start, lanes->now, sizeof lanes->now);
        for (unsigned lane = 0; lane < LANES; lane++) {
            uint64_t h = lanes->now[0][lane], h1 = lanes->now[1][lane], h2 = lanes->now[2][lane];
            uint64_t h3 = lanes->now[3][lane], h4 = lanes->now[4][lane];
            for (unsigned step = 0; step < GROUP; step++) {
                hit |= (int64_t)h < limit;
                h += h1;
                h1 += h2;
                h2 += h3;
                h3 += h4;
            }
            lanes->now[0][lane] = h;
            lanes->now[1][lane] = h1;
            lanes->now[2][lane] = h2;
            lanes->now[3][lane] = h3;
        }
        if (hit)
            break;
    }
    return done;
}

#ifdef __x86_64__

/* The same with two vectors of four lanes an order, as many as fit the sixteen registers. */
__attribute__((target("avx2"))) static unsigned sweep_vector(struct lanes *lanes, unsigned done,
                                                             unsigned length, int64_t limit)
{
    typedef uint64_t four __attribute__((vector_size(32), may_alias));
    typedef int64_t four_signed __attribute__((vector_size(32)));
    four *now = (four *)lanes->now, *start = (four *)lanes->start;
    four h = now[0], i = now[1], h1 = now[2], i1 = now[3], h2 = now[4], i2 = now[5], h3 = now[6], i3 = now[7];
    const four h4 = now[8], i4 = now[9];
    const four_signed window = {limit, limit, limit, limit};
    for (; done < length; done += GROUP) {
        start[0] = h, start[1] = i, start[2] = h1, start[3] = i1;
        start[4] = h2, start[5] = i2, start[6] = h3, start[7] = i3;
        four_signed hit = {0};
        for (unsigned step = 0; step < GROUP; step++) {
            hit |= ((four_signed)h < window) | ((four_signed)i < window);
            h += h1, i += i1;
            h1 += h2, i1 += i2;
            h2 += h3, i2 += i3;
            h3 += h4, i3 += i4;
        }
        if (hit[0] | hit[1] | hit[2] | hit[3])
            break;
    }
    now[0] = h, now[1] = i, now[2] = h1, now[3] = i1, now[4] = h2, now[5] = i2, now[6] = h3, now[7] = i3;
    memcpy(lanes->start[4], lanes->now[4], sizeof lanes->now[4]);
    return done;
}

static bool vector_ready(void)
{
    return __builtin_cpu_supports("avx2");
}

#else

static unsigned sweep_vector(struct lanes *lanes, unsigned done, unsigned length, int64_t limit)
{
    return sweep_portable(lanes, done, length, limit);
}

static bool vector_ready(void)
{
    return false;
}

#endif

/* The half length of the blocks that may start at k, 0 for none; *bound is the error. */
static unsigned block_half(const struct scan *scan, uint64_t k, double *bound)
{
    for (unsigned half = scan->options->half_max; half >= scan->options->half_min; half /= 2) {
        if ((uint64_t)2 * half * LANES > scan->best - k)
            continue;
        *bound = block_bound(scan, k, half);
        if (*bound <= scan->options->tolerance)
            return half;
    }
    return 0;
}

/* Filters LANES blocks side by side from k on; `reach` is the greatest distance of h from 0 (modulo 2)
 * that matters. */
static void run_blocks(struct scan *scan, uint64_t k, unsigned half, double bound, double reach)
{
    unsigned length = 2 * half;
    struct lanes *lanes = &scan->lanes;
    uint64_t below = fixed(bound + (scan->signed_c ? reach : 0)) + 1;
    int64_t limit = INT64_MIN + (int64_t)(fixed(2 * bound + (scan->signed_c ? 2 : 1) * reach) + 3);
    for (unsigned lane = 0; lane < LANES; lane++) {
        lane_set(scan, lane, k + (uint64_t)lane * length + half, half);
        lanes->now[0][lane] += below + ((uint64_t)1 << 63); /* the window begins at the least signed number */
    }
    bool vector = !scan->options->portable && vector_ready();
    unsigned done = 0;
    for (;;) {
        done = vector ? sweep_vector(lanes, done, length, limit) : sweep_portable(lanes, done, length, limit);
        if (done >= length)
            break;
        for (unsigned lane = 0; lane < LANES; lane++) {
            uint64_t h[ORDERS], here = k + (uint64_t)lane * length + done;
            for (unsigned order = 0; order < ORDERS; order++)
                h[order] = lanes->start[order][lane];
            for (unsigned step = 0; step < GROUP && done + step < length; step++) {
                if ((int64_t)h[0] < limit && here + step < scan->best) {
                    check(scan, here + step);
                    scan->work.accepted++;
                }
                for (unsigned order = 0; order + 1 < ORDERS; order++)
                    h[order] += h[order + 1];
            }
        }
        done += GROUP;
    }
    scan->work.filtered += (uint64_t)LANES * length;
    scan->work.blocks += LANES;
}

/* ---- the scan ---- */

/* Sets up the scan of the non-square n >= 4. */
static void scan_begin(struct scan *scan, const mpz_t n, bool signed_c, const struct fast_options *options)
{
    *scan = (struct scan){.signed_c = signed_c, .options = options ? options : &fast_defaults};
    mpz_inits(scan->big_p, scan->big_d, scan->here_p, scan->here_d, scan->root, scan->rest, NULL);
    mpz_mul_2exp(scan->here_d, n, 2);
    mpz_sqrt(scan->big_p, scan->here_d); /* r */
    /* at p = r: 4 c = 4 n - r^2 + (r mod 2) */
    mpz_mul(scan->rest, scan->big_p, scan->big_p);
    mpz_sub(scan->rest, scan->here_d, scan->rest);
    mpz_add_ui(scan->rest, scan->rest, mpz_odd_p(scan->big_p) ? 1 : 0);
    scan->best = quarter(scan->rest);
    mpz_add_ui(scan->big_p, scan->big_p, 1);
    mpz_mul(scan->big_d, scan->big_p, scan->big_p);
    mpz_sub(scan->big_d, scan->big_d, scan->here_d);
    scan->n_real = mpz_get_d(n);
    scan->p_real = mpz_get_d(scan->big_p);
    scan->d_real = mpz_get_d(scan->big_d);
    scan->narrow = mpz_sizeinbase(scan->big_p, 2) <= 125 && mpz_sizeinbase(scan->big_d, 2) <= 125;
    if (scan->narrow) {
        scan->p = nabc_u128_of(scan->big_p);
        scan->d = nabc_u128_of(scan->big_d);
    }
}

static void scan_end(struct scan *scan)
{
    mpz_clears(scan->big_p, scan->big_d, scan->here_p, scan->here_d, scan->root, scan->rest, NULL);
}

static void scan_run(struct scan *scan)
{
    enum { PROGRESS_EVERY = 4096 };
    uint64_t k = 1;
    for (unsigned turns = 1; k < scan->best; turns++) {
        double bound = 0, f = sqrt(real_at(scan, k).d);
        double reach = 2 * (double)(scan->best - k) / f * (1 + 2 / f) * (1 + 0x1p-40);
        unsigned half = reach < 0x1p-4 ? block_half(scan, k, &bound) : 0;
        if (half) {
            run_blocks(scan, k, half, bound, reach * scan->options->window);
            k += (uint64_t)2 * half * LANES;
        } else {
            k = run_exact(scan, k, EXACT_RUN);
        }
        if (turns % PROGRESS_EVERY == 0 && scan->options->progress)
            scan->options->progress(scan->options->context, k, scan->best);
    }
}

/* The triple at p = r + best_k, computed afresh. */
static void scan_result(struct scan *scan, struct nabc_big *split, const mpz_t n)
{
    if (scan->best_k == 0) {
        mpz_sub_ui(scan->here_p, scan->big_p, 1);
        mpz_set_ui(scan->root, mpz_odd_p(scan->here_p) ? 1 : 0);
    } else {
        big_at(scan, scan->best_k);
        mpz_sqrtrem(scan->root, scan->rest, scan->here_d);
        if (mpz_sgn(scan->rest))
            mpz_add_ui(scan->root, scan->root, 1);
        if (mpz_odd_p(scan->root) != mpz_odd_p(scan->here_p))
            mpz_add_ui(scan->root, scan->root, 1);
        if (scan->best_below)
            mpz_sub_ui(scan->root, scan->root, 2);
    }
    mpz_sub(split->a, scan->here_p, scan->root);
    mpz_fdiv_q_2exp(split->a, split->a, 1);
    mpz_sub(split->b, scan->here_p, split->a);
    mpz_set(split->c, n);
    mpz_submul(split->c, split->a, split->b);
    mpz_abs(split->s, split->c);
    mpz_add(split->s, split->s, scan->here_p);
    split->found = true;
    /* nabc_early sees p = r + 1 ... S - 1, and S too if it is there, with c = 0, that S is met first */
    split->scanned = scan->best - 1 + (scan->best_k == scan->best);
}

void fast_big(struct nabc_big *split, const mpz_t n, bool signed_c, const struct fast_options *options,
              struct fast_work *work)
{
    if (work)
        *work = (struct fast_work){0};
    if (mpz_cmp_ui(n, 4) < 0 || mpz_perfect_square_p(n)) {
        nabc_early_big(split, n, signed_c);
        return;
    }
    struct scan scan;
    scan_begin(&scan, n, signed_c, options);
    scan_run(&scan);
    scan_result(&scan, split, n);
    if (work)
        *work = scan.work;
    scan_end(&scan);
}

struct nabc_split fast_split(nabc_u128 n, bool signed_c)
{
    if (n >> 60 == 0) /* at most some thousands of steps */
        return nabc_early(n, signed_c);
    struct nabc_big big;
    mpz_t n_big;
    mpz_init(n_big);
    nabc_big_init(&big);
    nabc_u128_put(n_big, n);
    fast_big(&big, n_big, signed_c, NULL, NULL);
    struct nabc_split split = {true, nabc_u128_of(big.s), nabc_u128_of(big.a), nabc_u128_of(big.b),
                               (nabc_i128)nabc_u128_of(big.c) * mpz_sgn(big.c), big.scanned};
    nabc_big_clear(&big);
    mpz_clear(n_big);
    return split;
}

double fast_block_error(const mpz_t n, uint64_t first, unsigned half, double *bound)
{
    struct scan scan;
    double worst = 0;
    scan_begin(&scan, n, false, NULL);
    *bound = block_bound(&scan, first, half);
    lane_set(&scan, 0, first + half, half);
    mpz_t scaled;
    mpz_init(scaled);
    for (unsigned i = 0; i < 2 * half; i++) {
        big_at(&scan, first + i);
        mpz_mul_2exp(scaled, scan.here_d, 126);
        mpz_sqrt(scaled, scaled); /* f 2^63, less than a unit too small */
        uint64_t exact = ((uint64_t)mpz_odd_p(scan.here_p) << 63) - mpz_getlimbn(scaled, 0);
        double off = fabs((double)(int64_t)(scan.lanes.now[0][0] - exact)) * 0x1p-63;
        if (off > worst)
            worst = off;
        for (unsigned order = 0; order + 1 < ORDERS; order++)
            scan.lanes.now[order][0] += scan.lanes.now[order + 1][0];
    }
    mpz_clear(scaled);
    scan_end(&scan);
    return worst;
}
