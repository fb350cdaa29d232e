#include "score.h"

#include <errno.h>
#include <glob.h>
#include <stdlib.h>
#include <string.h>

#include "base.h"

/* the kernels' loops over lanes, for the processors that have wide vectors */
#define VECTORIZED \
    __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default"), optimize("O3")))

enum { WORD_LANES = 32, SHORT_LANES = 64 };

/* ---- strings ---- */

static void strings_add(struct score_strings *s, const char *at, size_t length)
{
    if ((s->count & (s->count - 1)) == 0) { /* at powers of two */
        size_t room = s->count ? 2 * s->count : 1;
        s->at = base_grow(s->at, room, sizeof *s->at);
        s->length = base_grow(s->length, room, sizeof *s->length);
    }
    s->at[s->count] = (const unsigned char *)at;
    s->length[s->count++] = length;
}

static size_t line_length(const char *line, const char *end)
{
    const char *newline = memchr(line, '\n', (size_t)(end - line));
    return newline ? (size_t)(newline - line) : (size_t)(end - line);
}

static int all_of(const char *text, size_t n, const char *extra, char low, char high)
{
    for (size_t i = 0; i < n; i++)
        if (!((text[i] >= '0' && text[i] <= '9') || (text[i] >= low && text[i] <= high) ||
              (text[i] && strchr(extra, text[i]))))
            return 0;
    return 1;
}

/* A line of 5 or 6 hexadecimal digits, then a line of capitals, digits, blanks and hyphens: a name. */
static void parse_names(struct score_strings *s, const char *end)
{
    int code = 0;
    for (const char *line = s->text; line < end;) {
        size_t n = line_length(line, end);
        if (code && n && all_of(line, n, " -", 'A', 'Z'))
            strings_add(s, line, n);
        code = (n == 5 || n == 6) && all_of(line, n, "", 'A', 'F');
        line += n + 1;
    }
}

static char *names_path(void)
{
    glob_t found;
    char *path = NULL;
    /* glob sorts: of several releases the last is taken */
    if (!glob("/usr/share/perl/5.*/unicore/Name.pl", 0, NULL, &found)) {
        path = base_copy(found.gl_pathv[found.gl_pathc - 1]);
        globfree(&found);
    }
    if (!path)
        base_die(BASE_RUN_FAILED,
                 "/usr/share/perl/5.*/unicore/Name.pl is not there; install the Debian package "
                 "perl-modules-5.36, or give --data a file of one string a line");
    return path;
}

static int compare_strings(const void *a, const void *b, void *strings)
{
    const struct score_strings *s = strings;
    size_t i = *(const size_t *)a, j = *(const size_t *)b, n = s->length[i], m = s->length[j];
    int order = memcmp(s->at[i], s->at[j], n < m ? n : m);
    return order ? order : n != m ? (n < m ? -1 : 1) : (i > j) - (i < j);
}

/* Keeps the first of equal strings, in their order. */
static void drop_repetitions(struct score_strings *s)
{
    size_t *order = base_alloc(s->count + 1, sizeof *order), kept = 0;
    unsigned char *again = base_alloc(s->count + 1, 1);
    for (size_t i = 0; i < s->count; i++)
        order[i] = i;
    qsort_r(order, s->count, sizeof *order, compare_strings, s);
    for (size_t i = 1; i < s->count; i++) {
        size_t a = order[i - 1], b = order[i];
        again[b] = s->length[a] == s->length[b] && !memcmp(s->at[a], s->at[b], s->length[a]);
    }
    for (size_t i = 0; i < s->count; i++)
        if (!again[i]) {
            s->at[kept] = s->at[i];
            s->length[kept++] = s->length[i];
        }
    s->count = kept;
    free(order);
    free(again);
}

static void parse_descriptions(struct score_strings *s, const char *end)
{
    static const char key[] = "Description: ";
    for (const char *line = s->text; line < end;) {
        size_t n = line_length(line, end), k = sizeof key - 1;
        if (n >= k + 20 && n <= k + 100 && !strncmp(line, key, k)) {
            int ascii = 1;
            for (size_t i = k; i < n; i++)
                ascii &= line[i] >= ' ' && line[i] <= '~';
            if (ascii)
                strings_add(s, line + k, n - k);
        }
        line += n + 1;
    }
    drop_repetitions(s);
}

static void parse_lines(struct score_strings *s, const char *end, const char *path)
{
    size_t number = 1;
    for (const char *line = s->text; line < end; number++) {
        size_t n = line_length(line, end), kept = n && line[n - 1] == '\r' ? n - 1 : n;
        if (kept > SCORE_LENGTH_MAX)
            base_die(BASE_BAD_USAGE, "--data: %s, line %zu has %zu bytes; give strings of at most %d", path,
                     number, kept, SCORE_LENGTH_MAX);
        if (kept)
            strings_add(s, line, kept);
        line += n + 1;
    }
    if (!s->count)
        base_die(BASE_BAD_USAGE, "--data: %s holds no string; give a file of one string a line", path);
}

struct score_strings *score_strings_read(const char *source)
{
    struct score_strings *s = base_alloc(1, sizeof *s);
    int names = !strcmp(source, "uni"), dpkg = !strcmp(source, "dpkg");
    char *path = names ? names_path() : base_copy(dpkg ? "/var/lib/dpkg/status" : source);
    size_t length;
    s->text = base_read_file(path, &length);
    if (!s->text)
        base_die(BASE_RUN_FAILED, "--data %s: %s cannot be read: %s", source, path, strerror(errno));
    if (names)
        parse_names(s, s->text + length);
    else if (dpkg)
        parse_descriptions(s, s->text + length);
    else
        parse_lines(s, s->text + length, path);
    if (!s->count)
        base_die(BASE_RUN_FAILED, "--data %s: %s holds none of what is looked for", source, path);
    free(path);
    return s;
}

struct score_strings *score_strings_walk(const struct score_strings *all, size_t count, size_t stride,
                                         size_t offset)
{
    struct score_strings *s = base_alloc(1, sizeof *s);
    s->count = count;
    s->at = base_alloc(count + 1, sizeof *s->at);
    s->length = base_alloc(count + 1, sizeof *s->length);
    size_t at = offset % all->count, step = stride % all->count;
    for (size_t i = 0; i < count; i++) {
        s->at[i] = all->at[at];
        s->length[i] = all->length[at];
        at = (at + step) % all->count;
    }
    return s;
}

void score_strings_free(struct score_strings *s)
{
    if (!s)
        return;
    free(s->at);
    free(s->length);
    free(s->text);
    free(s);
}

/* ---- one pair: the definitions ---- */

enum score_kind score_kind_of(const char *word)
{
    return !strcmp(word, "lcs") ? SCORE_LCS : !strcmp(word, "sw") ? SCORE_SW : SCORE_ED;
}

long score_pair(enum score_kind kind, const unsigned char *x, size_t nx, const unsigned char *y, size_t ny)
{
    long *row = base_alloc(ny + 1, sizeof *row), best = 0;
    for (size_t j = 0; kind == SCORE_ED && j <= ny; j++)
        row[j] = (long)j;
    for (size_t i = 1; i <= nx; i++) {
        long corner = row[0];
        row[0] = kind == SCORE_ED ? (long)i : 0;
        for (size_t j = 1; j <= ny; j++) {
            long up = row[j], left = row[j - 1], same = x[i - 1] == y[j - 1], value;
            if (kind == SCORE_LCS) {
                value = same ? corner + 1 : up > left ? up : left;
            } else if (kind == SCORE_ED) {
                value = corner + !same;
                value = up + 1 < value ? up + 1 : value;
                value = left + 1 < value ? left + 1 : value;
            } else {
                value = corner + (same ? 2 : -1);
                value = up - 1 > value ? up - 1 : value;
                value = left - 1 > value ? left - 1 : value;
                value = value > 0 ? value : 0;
                best = value > best ? value : best;
            }
            corner = up;
            row[j] = value;
        }
    }
    long last = row[ny];
    free(row);
    return kind == SCORE_SW ? best : last;
}

double score_similarity(enum score_kind kind, long raw, size_t nx, size_t ny)
{
    double a = (double)nx, b = (double)ny, low = a < b ? a : b, high = a < b ? b : a;
    if (nx == 0 || ny == 0)
        return 0;
    return kind == SCORE_LCS  ? 2 * (double)raw / (a + b)
           : kind == SCORE_SW ? (double)raw / (2 * low)
                              : 1 - (double)raw / high;
}

/* ---- batches: a query a lane ---- */

/* v[words][lanes]: bit i is 0 where the LCS with the first i + 1 characters of the lane's query is one more.
 */
VECTORIZED
static void lcs_one_word(const uint64_t *mask, const unsigned char *item, size_t n, uint64_t *v)
{
    uint64_t state[WORD_LANES];
    memcpy(state, v, sizeof state);
    for (size_t t = 0; t < n; t++) {
        const uint64_t *m = mask + (size_t)item[t] * WORD_LANES;
        for (size_t l = 0; l < WORD_LANES; l++)
            state[l] = (state[l] + (state[l] & m[l])) | (state[l] & ~m[l]);
    }
    memcpy(v, state, sizeof state);
}

VECTORIZED
static void lcs_words(size_t words, const uint64_t *mask, const unsigned char *item, size_t n, uint64_t *v)
{
    for (size_t t = 0; t < n; t++) {
        uint64_t carry[WORD_LANES] = {0};
        for (size_t w = 0; w < words; w++) {
            const uint64_t *m = mask + ((size_t)item[t] * words + w) * WORD_LANES;
            uint64_t *state = v + w * WORD_LANES;
            for (size_t l = 0; l < WORD_LANES; l++) {
                uint64_t both = state[l] & m[l], sum = state[l] + both, all = sum + carry[l];
                carry[l] = (uint64_t)(sum < both) | (uint64_t)(all < sum);
                state[l] = all | (state[l] & ~m[l]);
            }
        }
    }
}

/* up, down [words][lanes]: where the column of distances rises, falls by one; distance[lanes] is that of the
 * whole query, `last` the bit of its last character in its last word, `top` that word. */
VECTORIZED
static void ed_words(size_t words, const uint64_t *mask, const unsigned char *item, size_t n, uint64_t *up,
                     uint64_t *down, const uint64_t *last, const uint64_t *top, uint64_t *distance)
{
    for (size_t t = 0; t < n; t++) {
        uint64_t plus[WORD_LANES], minus[WORD_LANES] = {0};
        for (size_t l = 0; l < WORD_LANES; l++)
            plus[l] = 1; /* the row of the empty query grows by one a character */
        for (size_t w = 0; w < words; w++) {
            const uint64_t *m = mask + ((size_t)item[t] * words + w) * WORD_LANES;
            uint64_t *pv = up + w * WORD_LANES, *mv = down + w * WORD_LANES;
            for (size_t l = 0; l < WORD_LANES; l++) {
                uint64_t p = pv[l], q = mv[l], vertical = m[l] | q, equal = m[l] | minus[l];
                uint64_t across = (((equal & p) + p) ^ p) | equal;
                uint64_t ph = q | ~(across | p), mh = p & across;
                uint64_t here = top[l] == w ? last[l] : 0;
                distance[l] += (uint64_t)((ph & here) != 0) - (uint64_t)((mh & here) != 0);
                uint64_t ph_out = ph >> 63, mh_out = mh >> 63;
                ph = ph << 1 | plus[l];
                mh = mh << 1 | minus[l];
                pv[l] = mh | ~(vertical | ph);
                mv[l] = ph & vertical;
                plus[l] = ph_out;
                minus[l] = mh_out;
            }
        }
    }
}

/* query[longest][lanes], padded with a character that matches nothing: there scores only fall. row[n][lanes]
 * is work space, best[lanes] the result. */
VECTORIZED
static void sw_lanes(size_t longest, const int16_t *query, const unsigned char *item, size_t n, int16_t *row,
                     int16_t *best)
{
    int16_t top[SHORT_LANES] = {0};
    memset(row, 0, n * SHORT_LANES * sizeof *row);
    for (size_t i = 0; i < longest; i++) {
        const int16_t *x = query + i * SHORT_LANES;
        int16_t corner[SHORT_LANES] = {0}, left[SHORT_LANES] = {0};
        for (size_t j = 0; j < n; j++) {
            int16_t *h = row + j * SHORT_LANES, y = item[j];
            for (size_t l = 0; l < SHORT_LANES; l++) {
                int16_t up = h[l], value = (int16_t)(corner[l] + (x[l] == y ? 2 : -1));
                int16_t side = up > left[l] ? up : left[l];
                side = (int16_t)(side - 1);
                value = value > side ? value : side;
                value = value > 0 ? value : 0;
                top[l] = value > top[l] ? value : top[l];
                corner[l] = up;
                left[l] = value;
                h[l] = value;
            }
        }
    }
    memcpy(best, top, sizeof top);
}

/* ---- the matrix ---- */

/* The indices of strings, shorter ones first. */
static size_t *by_length(const struct score_strings *s)
{
    size_t *order = base_alloc(s->count + 1, sizeof *order),
           *begin = base_alloc(SCORE_LENGTH_MAX + 2, sizeof *begin);
    for (size_t i = 0; i < s->count; i++)
        begin[s->length[i] + 1]++;
    for (size_t n = 1; n < SCORE_LENGTH_MAX + 2; n++)
        begin[n] += begin[n - 1];
    for (size_t i = 0; i < s->count; i++)
        order[begin[s->length[i]]++] = i;
    free(begin);
    return order;
}

static void matrix_words(enum score_kind kind, const struct score_strings *queries, const size_t *lane,
                         size_t lanes, const struct score_strings *items, int *raw)
{
    size_t longest = queries->length[lane[lanes - 1]], words = longest ? (longest + 63) / 64 : 1;
    size_t size = words * WORD_LANES;
    uint64_t *mask = base_alloc(256 * size, sizeof *mask), *work = base_alloc(2 * size, sizeof *work);
    uint64_t last[WORD_LANES] = {0}, top[WORD_LANES] = {0}, distance[WORD_LANES];
    for (size_t l = 0; l < lanes; l++) {
        const unsigned char *x = queries->at[lane[l]];
        size_t n = queries->length[lane[l]];
        for (size_t i = 0; i < n; i++)
            mask[((size_t)x[i] * words + i / 64) * WORD_LANES + l] |= (uint64_t)1 << i % 64;
        last[l] = n ? (uint64_t)1 << (n - 1) % 64 : 0;
        top[l] = n ? (n - 1) / 64 : 0;
    }
    for (size_t k = 0; k < items->count; k++) {
        memset(work, 0xff, size * sizeof *work);
        size_t m = items->length[k];
        if (kind == SCORE_ED) {
            memset(work + size, 0, size * sizeof *work);
            for (size_t l = 0; l < WORD_LANES; l++)
                distance[l] = l < lanes ? queries->length[lane[l]] : 0;
            ed_words(words, mask, items->at[k], m, work, work + size, last, top, distance);
        } else if (words == 1) {
            lcs_one_word(mask, items->at[k], m, work);
        } else {
            lcs_words(words, mask, items->at[k], m, work);
        }
        for (size_t l = 0; l < lanes; l++) {
            size_t n = queries->length[lane[l]];
            int value = kind == SCORE_ED && n == 0 ? (int)m : (int)distance[l];
            if (kind == SCORE_LCS) {
                value = 0;
                for (size_t w = 0; 64 * w < n; w++) {
                    uint64_t zero = ~work[w * WORD_LANES + l];
                    if (n - 64 * w < 64)
                        zero &= ((uint64_t)1 << (n - 64 * w)) - 1;
                    value += __builtin_popcountll(zero);
                }
            }
            raw[lane[l] * items->count + k] = value;
        }
    }
    free(mask);
    free(work);
}

static void matrix_shorts(const struct score_strings *queries, const size_t *lane, size_t lanes,
                          const struct score_strings *items, int *raw)
{
    size_t longest = queries->length[lane[lanes - 1]], widest = 0;
    for (size_t k = 0; k < items->count; k++)
        widest = items->length[k] > widest ? items->length[k] : widest;
    int16_t *query = base_alloc((longest + 1) * SHORT_LANES, sizeof *query), best[SHORT_LANES];
    int16_t *row = base_alloc((widest + 1) * SHORT_LANES, sizeof *row);
    for (size_t i = 0; i < longest * SHORT_LANES; i++)
        query[i] = -1;
    for (size_t l = 0; l < lanes; l++)
        for (size_t i = 0; i < queries->length[lane[l]]; i++)
            query[i * SHORT_LANES + l] = queries->at[lane[l]][i];
    for (size_t k = 0; k < items->count; k++) {
        sw_lanes(longest, query, items->at[k], items->length[k], row, best);
        for (size_t l = 0; l < lanes; l++)
            raw[lane[l] * items->count + k] = best[l];
    }
    free(query);
    free(row);
}

void score_matrix(enum score_kind kind, const struct score_strings *queries,
                  const struct score_strings *items, int *raw)
{
    size_t *order = by_length(queries), width = kind == SCORE_SW ? SHORT_LANES : WORD_LANES;
    for (size_t begin = 0; begin < queries->count; begin += width) {
        size_t lanes = queries->count - begin < width ? queries->count - begin : width;
        if (kind == SCORE_SW)
            matrix_shorts(queries, order + begin, lanes, items, raw);
        else
            matrix_words(kind, queries, order + begin, lanes, items, raw);
    }
    free(order);
}
