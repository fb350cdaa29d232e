#include "sparse.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base.h"
#include "nn_math.h" /* NN_CLONES */

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

static size_t distance(size_t i, size_t j)
{
    return i > j ? i - j : j - i;
}

static size_t root_floor(size_t n)
{
    size_t r = (size_t)sqrt((double)n);
    while (r > n / r)
        r--;
    while (r + 1 <= n / (r + 1))
        r++;
    return r;
}

/* ---- sets ---- */

int sparse_size(const char *text, size_t n, size_t k, size_t *size)
{
    static const char *const words[] = {"opt", "root", "k", "half", "quarter"};
    const size_t values[] = {(size_t)lround(sqrt((double)n / 2)), root_floor(n), k, k / 2, k / 4};
    for (size_t w = 0; w < sizeof words / sizeof *words; w++)
        if (!strcmp(text, words[w])) {
            *size = values[w] ? values[w] : 1;
            return 0;
        }
    uint64_t value;
    if (base_parse_uint64(text, &value) || value == 0)
        return -1;
    *size = value;
    return 0;
}

char *sparse_set_named(const char *word, size_t k, size_t l, size_t c, int causal, struct sparse_set *set)
{
    static const struct {
        const char *word;
        enum sparse_kind kind;
        int paper;
    } names[] = {{"dense", SPARSE_DENSE, 0},    {"atrous", SPARSE_ATROUS, 0},  {"local", SPARSE_LOCAL, 0},
                 {"sparse", SPARSE_MERGED, 0},  {"strided1", SPARSE_LOCAL, 1}, {"strided2", SPARSE_ATROUS, 1},
                 {"strided", SPARSE_MERGED, 1}, {"fixed1", SPARSE_FIXED1, 1},  {"fixed2", SPARSE_FIXED2, 1},
                 {"fixed", SPARSE_FIXED, 1}};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (strcmp(word, names[i].word))
            continue;
        *set = (struct sparse_set){names[i].kind, names[i].paper ? l : k, c, causal};
        if (set->k == 0)
            return base_copy("a stride or half-width of 0; must be at least 1");
        if (names[i].kind >= SPARSE_FIXED1 && (c == 0 || c > l))
            return base_format("--c is %zu: must be from 1 to l = %zu", c, l);
        return NULL;
    }
    return base_format(
        "no pattern '%.40s'; there are dense, atrous, local, sparse, strided1, strided2, strided, fixed1, "
        "fixed2 and fixed",
        word);
}

int sparse_sees(const struct sparse_set *set, size_t i, size_t j)
{
    size_t k = set->k, d = distance(i, j);
    if (set->causal && j > i)
        return 0;
    switch (set->kind) {
    case SPARSE_DENSE:
        return 1;
    case SPARSE_ATROUS:
        return d % k == 0;
    case SPARSE_LOCAL:
        return d <= k;
    case SPARSE_MERGED:
        return d <= k || d % k == 0;
    case SPARSE_FIXED1:
        return i / k == j / k;
    case SPARSE_FIXED2:
        return j % k >= k - set->c;
    case SPARSE_FIXED:
        return i / k == j / k || j % k >= k - set->c;
    default:
        return d % k == 0 && d / k < set->c;
    }
}

int sparse_attention_sees(size_t query, size_t key, const void *context)
{
    return sparse_sees(context, query, key);
}

/* Appends first, first + step, ... <= last. */
static size_t run(size_t *keys, size_t have, size_t first, size_t last, size_t step)
{
    if (first > last)
        return have;
    size_t count = (last - first) / step + 1;
    for (size_t t = 0; keys && t < count; t++)
        keys[have + t] = first + t * step;
    return have + count;
}

/* How many summary columns are among the first m. */
static size_t summaries_below(const struct sparse_set *set, size_t m)
{
    size_t in = m % set->k, open = set->k - set->c;
    return m / set->k * set->c + (in > open ? in - open : 0);
}

/* The summary columns of the blocks begin .. end - 1 of length k, up to `last`. */
static size_t summaries(const struct sparse_set *set, size_t *keys, size_t have, size_t begin, size_t end,
                        size_t last)
{
    if (!keys) {
        size_t from = begin * set->k, to = least(end * set->k, last + 1);
        return have + (to > from ? summaries_below(set, to) - summaries_below(set, from) : 0);
    }
    for (size_t b = begin; b < end; b++) {
        size_t first = b * set->k + set->k - set->c;
        if (first > last)
            break;
        have = run(keys, have, first, least(b * set->k + set->k - 1, last), 1);
    }
    return have;
}

size_t sparse_keys(const struct sparse_set *set, size_t n, size_t i, size_t *keys)
{
    size_t k = set->k, last = set->causal ? i : n - 1, have = 0;
    size_t low = i > k ? i - k : 0, high = k < last - i ? i + k : last; /* the band */
    size_t block = i / k, blocks = (n - 1) / k + 1;
    switch (set->kind) {
    case SPARSE_DENSE:
        return run(keys, 0, 0, last, 1);
    case SPARSE_ATROUS:
        return run(keys, 0, i % k, last, k);
    case SPARSE_LOCAL:
        return run(keys, 0, low, high, 1);
    case SPARSE_MERGED: /* beyond the band the distances are 2k, 3k, ... */
        if (i / k >= 2)
            have = run(keys, have, i % k, i - 2 * k, k);
        have = run(keys, have, low, high, 1);
        return (last - i) / k >= 2 ? run(keys, have, i + 2 * k, last, k) : have;
    case SPARSE_FIXED1:
        return run(keys, 0, block * k, block + 1 < blocks ? least(block * k + k - 1, last) : last, 1);
    case SPARSE_FIXED2:
        return summaries(set, keys, 0, 0, blocks, last);
    case SPARSE_FIXED:
        have = summaries(set, keys, 0, 0, block, last);
        have = run(keys, have, block * k, block + 1 < blocks ? least(block * k + k - 1, last) : last, 1);
        return summaries(set, keys, have, block + 1, blocks, last);
    default: {
        size_t back = least(i / k, set->c - 1), ahead = least((last - i) / k, set->c - 1);
        return run(keys, 0, i - back * k, i + ahead * k, k);
    }
    }
}

size_t sparse_row_longest(const struct sparse_set *set, size_t n)
{
    size_t longest = 0;
    for (size_t i = 0; i < n; i++) {
        size_t row = sparse_keys(set, n, i, NULL);
        longest = row > longest ? row : longest;
    }
    return longest;
}

/* ---- counts ---- */

uint64_t sparse_count_brute(const struct sparse_set *set, size_t n)
{
    uint64_t count = 0;
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < n; j++)
            count += (uint64_t)sparse_sees(set, i, j);
    return count;
}

typedef unsigned __int128 wide;

static wide atrous(wide n, wide k)
{
    wide a = n / k, b = n % k; /* b residue classes of a + 1 positions, k - b of a */
    return b * (a + 1) * (a + 1) + (k - b) * a * a;
}

static wide local(wide n, wide k)
{
    wide half = k < n ? k : n - 1;
    return n * (2 * half + 1) - half * (half + 1);
}

static wide both(wide n, wide k)
{
    return k < n ? n + 2 * (n - k) : n; /* distances 0 and k */
}

static wide triangle(wide m)
{
    return m * (m + 1) / 2;
}

static wide fixed2_causal(wide n, wide k, wide c)
{
    wide a = n / k, m = n % k > k - c ? n % k - (k - c) : 0;
    /* column j is used by n - j queries; block t begins at t k */
    wide full = a * c * n - c * k * (a ? triangle(a - 1) : 0) - a * (c * (k - c) + (c ? triangle(c - 1) : 0));
    return full + triangle(m);
}

int sparse_count(const struct sparse_set *set, size_t n_, uint64_t *count)
{
    wide n = n_, k = set->k, c = set->c, total = 0;
    wide a = n / k, b = n % k;
    switch (set->kind) {
    case SPARSE_DENSE:
        total = n * n;
        break;
    case SPARSE_ATROUS:
        total = atrous(n, k);
        break;
    case SPARSE_LOCAL:
        total = local(n, k);
        break;
    case SPARSE_MERGED:
        total = atrous(n, k) + local(n, k) - both(n, k);
        break;
    case SPARSE_FIXED1:
        total = a * k * k + b * b;
        break;
    case SPARSE_FIXED2:
    case SPARSE_FIXED: {
        wide m = b > k - c ? b - (k - c) : 0; /* summary columns of the last, partial block */
        wide own = set->causal ? a * triangle(c) + triangle(m) : a * k * c + b * m;
        total = set->causal ? fixed2_causal(n, k, c) : n * (a * c + m);
        if (set->kind == SPARSE_FIXED)
            total += (set->causal ? a * triangle(k) + triangle(b) : a * k * k + b * b) - own;
        break;
    }
    case SPARSE_LEVEL: {
        wide steps = (n - 1) / k;
        steps = steps < c - 1 ? steps : c - 1;
        total = n + 2 * (steps * n - k * triangle(steps));
        break;
    }
    }
    if (set->causal && set->kind != SPARSE_FIXED2 && set->kind != SPARSE_FIXED)
        total = (total + n) / 2; /* symmetric, with the whole diagonal */
    *count = (uint64_t)total;
    return total > UINT64_MAX ? -1 : 0;
}

size_t sparse_best_stride(size_t n, uint64_t *count)
{
    size_t root = root_floor(n), low = root / 4 ? root / 4 : 1, high = least(n, 4 * root + 4), best = low;
    *count = UINT64_MAX;
    for (size_t k = low; k <= high; k++) {
        uint64_t pairs;
        if (!sparse_count(&(struct sparse_set){SPARSE_MERGED, k, 0, 0}, n, &pairs) && pairs < *count) {
            *count = pairs;
            best = k;
        }
    }
    return best;
}

/* ---- reach ---- */

struct sparse_panel sparse_panel_new(size_t n, size_t first, size_t words)
{
    return (struct sparse_panel){n, first, words, base_alloc(n * words, sizeof(uint64_t))};
}

void sparse_panel_free(struct sparse_panel *panel)
{
    free(panel->bit);
    panel->bit = NULL;
}

void sparse_panel_identity(struct sparse_panel *panel)
{
    memset(panel->bit, 0, panel->n * panel->words * sizeof *panel->bit);
    for (size_t j = panel->first; j < panel->n && j < panel->first + 64 * panel->words; j++)
        panel->bit[j * panel->words + (j - panel->first) / 64] |= UINT64_C(1) << (j - panel->first) % 64;
}

/* row |= other: a loop of its own, so that it is vectorized */
NN_CLONES __attribute__((optimize("O3"))) static void unite(uint64_t *restrict row,
                                                            const uint64_t *restrict other, size_t words)
{
    for (size_t w = 0; w < words; w++)
        row[w] |= other[w];
}

void sparse_panel_apply(const struct sparse_set *set, int residual, const struct sparse_panel *in,
                        struct sparse_panel *out)
{
    size_t words = in->words, *keys = base_alloc(in->n, sizeof *keys);
    memset(out->bit, 0, in->n * words * sizeof *out->bit);
    /* a strided pattern class by class, so that the rows it unites stay in the cache */
    size_t step = set->kind == SPARSE_ATROUS || set->kind == SPARSE_LEVEL ? least(set->k, in->n) : 1;
    for (size_t first = 0; first < step; first++)
        for (size_t i = first; i < in->n; i += step) {
            uint64_t *row = out->bit + i * words;
            size_t count = sparse_keys(set, in->n, i, keys);
            for (size_t a = 0; a < count; a++)
                unite(row, in->bit + keys[a] * words, words);
            if (residual)
                unite(row, in->bit + i * words, words);
        }
    free(keys);
}

int sparse_panel_get(const struct sparse_panel *panel, size_t i, size_t j)
{
    return (int)(panel->bit[i * panel->words + (j - panel->first) / 64] >> (j - panel->first) % 64 & 1);
}

/* Bits low .. high - 1 of a word. */
static uint64_t between(size_t low, size_t high)
{
    if (low >= high)
        return 0;
    uint64_t below_high = high >= 64 ? UINT64_MAX : (UINT64_C(1) << high) - 1;
    return low >= 64 ? 0 : below_high & ~((UINT64_C(1) << low) - 1);
}

/* The part of columns begin .. end - 1 that lies in the word of the columns first .. first + 63. */
static uint64_t columns(size_t begin, size_t end, size_t first)
{
    return between(begin > first ? begin - first : 0, end > first ? end - first : 0);
}

/* Columns of a panel: its rows then fit the second-level cache a few thousand at a time. */
enum { PANEL_WORDS = 64 };

struct sparse_reach sparse_reach(const struct sparse_set *set, size_t layers, size_t depth, int residual,
                                 size_t n, int causal, size_t margin)
{
    struct sparse_reach reach = {0};
    size_t words = least((n + 63) / 64, PANEL_WORDS);
    struct sparse_panel in = sparse_panel_new(n, 0, words), out = sparse_panel_new(n, 0, words);
    for (size_t first = 0; first < n; first += 64 * words) {
        in.first = out.first = first;
        sparse_panel_identity(&in);
        for (size_t t = depth * layers; t-- > 0;) {
            sparse_panel_apply(&set[t % layers], residual, &in, &out);
            uint64_t *swap = in.bit;
            in.bit = out.bit;
            out.bit = swap;
        }
        for (size_t i = 0; i < n; i++)
            for (size_t w = 0; w < words; w++) {
                uint64_t bit = in.bit[i * words + w];
                size_t at = first + 64 * w;
                uint64_t missing = columns(0, causal ? i + 1 : n, at) & ~bit;
                reach.reached += (uint64_t)__builtin_popcountll(bit);
                reach.missing += (uint64_t)__builtin_popcountll(missing);
                if (2 * margin < n)
                    missing &= columns(margin, n - margin, at);
                else
                    missing = 0;
                reach.missing_interior += (uint64_t)__builtin_popcountll(missing);
            }
        if (n - 1 - first < 64 * words)
            reach.ends = sparse_panel_get(&in, 0, n - 1);
    }
    sparse_panel_free(&in);
    sparse_panel_free(&out);
    return reach;
}

double sparse_reach_cost(const struct sparse_set *set, size_t layers, size_t depth, size_t n)
{
    double pairs = 0;
    for (size_t t = 0; t < layers; t++) {
        uint64_t count;
        if (sparse_count(&set[t], n, &count))
            return INFINITY;
        pairs += (double)count + (double)n;
    }
    return pairs * (double)depth * ceil((double)n / 64);
}

/* ---- levels ---- */

void sparse_levels(size_t p, const size_t *stride, size_t n, int causal, struct sparse_set *set)
{
    for (size_t t = 0; t < p; t++) {
        size_t next = t + 1 < p ? stride[t + 1] : n;
        size_t span = next ? (next - 1) / stride[t] + 1 : 1;
        set[t] = (struct sparse_set){SPARSE_LEVEL, stride[t], span, causal};
    }
}

static uint64_t levels_pairs(size_t p, const size_t *stride, size_t n, int causal)
{
    struct sparse_set set[SPARSE_LEVELS_MAX];
    uint64_t total = 0;
    sparse_levels(p, stride, n, causal, set);
    for (size_t t = 0; t < p; t++) {
        uint64_t count;
        if (sparse_count(&set[t], n, &count) || total + count < total)
            return UINT64_MAX;
        total += count;
    }
    return total;
}

struct search {
    size_t p, n, most; /* levels, positions, the largest span tried */
    int causal;
    uint64_t best;
    size_t stride[SPARSE_LEVELS_MAX], found[SPARSE_LEVELS_MAX];
};

/* Tries all spans of level t, whose stride is set, with `spent` pairs in the levels below it. */
static void search_level(struct search *s, size_t t, uint64_t spent)
{
    if (t + 1 == s->p) {
        uint64_t pairs = levels_pairs(s->p, s->stride, s->n, s->causal);
        if (pairs < s->best) {
            s->best = pairs;
            memcpy(s->found, s->stride, sizeof s->found);
        }
        return;
    }
    for (size_t span = 2; span <= s->most && (span == 2 || (span - 1) * s->stride[t] < s->n); span++) {
        uint64_t pairs;
        struct sparse_set level = {SPARSE_LEVEL, s->stride[t], span, s->causal};
        if (sparse_count(&level, s->n, &pairs) || spent + pairs + (s->p - t - 1) * s->n >= s->best)
            break; /* a longer span holds no fewer pairs, and each level above at least the diagonal */
        s->stride[t + 1] = span * s->stride[t];
        search_level(s, t + 1, spent + pairs);
    }
}

uint64_t sparse_levels_strides(size_t p, size_t n, int causal, int best, size_t *stride)
{
    stride[0] = 1;
    for (size_t t = 1; t < p; t++) {
        stride[t] = (size_t)ceil(pow((double)n, (double)t / (double)p) * (1 - 1e-12));
        if (stride[t] <= stride[t - 1])
            stride[t] = stride[t - 1] + 1;
    }
    struct search s = {p, n, 4 * (size_t)pow((double)n, 1 / (double)p) + 4, causal, 0, {1}, {1}};
    s.best = levels_pairs(p, stride, n, causal);
    if (best) {
        memcpy(s.found, stride, p * sizeof *stride);
        search_level(&s, 0, 0);
        memcpy(stride, s.found, p * sizeof *stride);
    }
    return s.best;
}

/* ---- the code that came with the article ---- */

size_t sparse_code_keys(enum sparse_layer layer, size_t n, size_t k, int repaired, size_t i, size_t *times)
{
    size_t padded = 0;
    memset(times, 0, n * sizeof *times);
    if (layer != SPARSE_CODE_LOCAL) {
        /* the sequence is padded by k - n mod k zeros, so by a whole row when k divides n, and folded into k
         * classes */
        size_t length = n + (k - n % k);
        for (size_t j = i % k; j < length; j += k) {
            if (j < n)
                times[j]++;
            else
                padded++;
        }
    }
    if (layer != SPARSE_CODE_ATROUS) {
        /* windows of an odd number of positions around i, taken out of the zero-padded sequence */
        size_t half = layer == SPARSE_CODE_LOCAL ? k : k - 1;
        size_t rate = layer == SPARSE_CODE_LOCAL || repaired ? 1 : k;
        for (size_t t = 0; t <= 2 * half; t++) {
            size_t ahead = t * rate + i, back = half * rate;
            if (ahead >= back && ahead - back < n)
                times[ahead - back]++;
            else
                padded++;
        }
    }
    return padded;
}

void sparse_code_softmax_float(const float *s, size_t n, float shift, float *p)
{
    float top = s[0] - shift, sum = 0;
    for (size_t j = 0; j < n; j++) {
        p[j] = s[j] - shift;
        top = p[j] > top ? p[j] : top;
    }
    for (size_t j = 0; j < n; j++) {
        p[j] = expf(p[j] - top);
        sum += p[j];
    }
    for (size_t j = 0; j < n; j++)
        p[j] /= sum;
}

void sparse_code_softmax_double(const double *s, size_t n, double shift, double *p)
{
    double top = s[0] - shift, sum = 0;
    for (size_t j = 0; j < n; j++) {
        p[j] = s[j] - shift;
        top = p[j] > top ? p[j] : top;
    }
    for (size_t j = 0; j < n; j++) {
        p[j] = exp(p[j] - top);
        sum += p[j];
    }
    for (size_t j = 0; j < n; j++)
        p[j] /= sum;
}
