/* Keys and queries of one's own: how many tokens do softmax and linear attention attend to?
 *
 * Source: kexue.fm/archives/9889, whose maps and features this program applies to given points (--rows: keys,
 * --query: queries; without queries each point is one for all the others). For each map:
 *     exp, relu2, relu, id          a_j = f(z_j), z a query's cosines, centred and scaled to deviation gamma
 *     linear:exp, :relu, :sq, :id   a_j = h(q).h(k_j), h on coordinates of mean 0 and deviation gamma (the
 *                                   points are layer-normalized; relu, sq and id do not feel gamma)
 * With gamma = raw scores are the dot products and coordinates those of the file. S and n S^2 over all
 * queries, how often two queries have the same largest key, and what the article's models predict: S of
 * normal scores; for features 1/sqrt(1 + sum q_i^2 var_i / (sum q_i mean_i)^2), as if they were independent.
 * Finding: linear attention over digits attends to nearly all keys, whatever the feature. Over words, whose
 * coordinates are nearly all alike but for a few, exponential features concentrate it more than softmax of
 * the same gamma; but then queries agree on their largest key, 60 times as often: absolute position. The
 * model of independent features describes real ones within 4 % at gamma = 1.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "focus.h"
#include "lab.h"
#include "linalg.h"
#include "sets.h"

enum { ROWS = 64 }; /* queries at a time */

/* ---- the points ---- */

/* Every pair of keys and queries that will meet must have one dimension, and a row two keys. */
static void *setup(const struct lab *lab)
{
    struct focus_sets *sets = base_alloc(1, sizeof *sets);
    focus_sets_load(sets, lab, "rows", NULL);
    focus_sets_load(sets, lab, "query", "same");
    const struct axis_values *rows = lab_axis_values(lab, "rows"), *queries = lab_axis_values(lab, "query");
    for (size_t i = 0; i < rows->count; i++)
        for (size_t j = 0; j < queries->count; j++) {
            const struct dataset *keys = focus_sets_find(sets, rows->text[i]),
                                 *q = focus_sets_find(sets, queries->text[j]);
            if (q && q->m != keys->m)
                base_die(BASE_BAD_USAGE,
                         "--query: the points of %s have dimension %zu, the keys of --rows %s have %zu; give "
                         "points of one dimension",
                         queries->text[j], q->m, rows->text[i], keys->m);
            if (keys->n < (q ? 2 : 3))
                base_die(BASE_BAD_USAGE, "--rows: %s has %zu points; give at least %d", rows->text[i],
                         keys->n, q ? 2 : 3);
        }
    return sets;
}

static void teardown(void *sets)
{
    focus_sets_clear(sets);
    free(sets);
}

/* ---- what the products are of ---- */

static double feature(const char *name, double x)
{
    return *name == 'e' ? exp(x) : *name == 'r' ? fmax(x, 0) : *name == 's' ? x * x : x;
}

/* The points as the cell's map sees them: directions for scores, features for linear attention. */
static double *prepare(const struct lab_cell *c, const char *axis, const char *name,
                       const struct dataset *data, const char *linear)
{
    int raw = lab_is(c, "gamma", "raw");
    double gamma = raw ? 1 : lab_real(c, "gamma"), *x = base_alloc(data->n * data->m, sizeof *x);
    memcpy(x, data->x, data->n * data->m * sizeof *x);
    for (size_t i = 0; i < data->n; i++) {
        double *point = x + i * data->m;
        if (!raw && focus_standardize(point, data->m, linear != NULL))
            base_die(BASE_BAD_USAGE, "--%s: point %zu of %s has %s; give others, or --gamma raw", axis, i + 1,
                     name, linear ? "equal coordinates" : "no direction");
        for (size_t j = 0; j < data->m && linear; j++) {
            point[j] = feature(linear, gamma * point[j]);
            if (!isfinite(point[j]))
                base_die(BASE_BAD_USAGE,
                         "--%s: a feature of point %zu of %s is beyond the doubles; give smaller coordinates",
                         axis, i + 1, name);
        }
    }
    return x;
}

/* Sums over the keys of each feature and of its square: what independent features would be described by. */
struct moments {
    double *sum, *square; /* [m] */
};

static struct moments moments_new(const double *keys, size_t n, size_t m)
{
    struct moments moments = {base_alloc(m, sizeof(double)), base_alloc(m, sizeof(double))};
    for (size_t j = 0; j < n; j++)
        for (size_t i = 0; i < m; i++) {
            moments.sum[i] += keys[j * m + i];
            moments.square[i] += keys[j * m + i] * keys[j * m + i];
        }
    return moments;
}

/* S of independent non-negative features with the means and variances of the keys; `self` (unless NULL) is
 * left out of them. */
static double independent(const struct moments *moments, const double *q, size_t m, size_t n,
                          const double *self)
{
    double mean = 0, variance = 0;
    for (size_t i = 0; i < m; i++) {
        double own = self ? self[i] : 0, mu = (moments->sum[i] - own) / (double)n;
        mean += q[i] * mu;
        variance += q[i] * q[i] * fmax((moments->square[i] - own * own) / (double)n - mu * mu, 0);
    }
    return mean > 0 ? 1 / sqrt(1 + variance / (mean * mean)) : NAN;
}

/* ---- a cell: one map, all queries ---- */

static size_t largest(const double *a, size_t n)
{
    size_t top = 0;
    for (size_t j = 1; j < n; j++)
        if (fabs(a[j]) > fabs(a[top]))
            top = j;
    return top;
}

static double slip_no_root(const double *a, size_t n)
{
    double sum = 0, square = 0;
    for (size_t j = 0; j < n; j++) {
        sum += fabs(a[j]);
        square += a[j] * a[j];
    }
    return sum / square;
}

static void cell(struct lab_cell *c)
{
    const struct focus_sets *sets = lab_shared(c);
    const char *rows = lab_word(c, "rows"), *query = lab_word(c, "query"), *name = lab_word(c, "map");
    const char *linear = strncmp(name, "linear:", 7) ? NULL : name + 7;
    const struct dataset *keys = focus_sets_find(sets, rows), *queries = focus_sets_find(sets, query);
    int same = !queries, raw = lab_is(c, "gamma", "raw");
    struct focus_map map = {FOCUS_IDENTITY, 1};
    if (!linear)
        focus_map_parse(name, &map);
    else if (lab_control(c, "no_feature"))
        linear = "id";
    if (same)
        queries = keys;
    size_t n = keys->n, m = keys->m, length = n - (size_t)same;
    double gamma = raw ? 1 : lab_real(c, "gamma");
    double *k = prepare(c, "rows", rows, keys, linear);
    double *q = same ? k : prepare(c, "query", query, queries, linear);
    double *block = base_alloc(ROWS * n, sizeof *block);
    struct moments moments = moments_new(k, n, m);
    for (size_t begin = 0; begin < queries->n; begin += ROWS) {
        size_t count = queries->n - begin < ROWS ? queries->n - begin : ROWS;
        linalg_gemm('N', 'T', count, n, m, 1, q + begin * m, k, 0, block);
        for (size_t i = 0; i < count; i++) {
            size_t at = begin + i;
            double *a = block + i * n;
            if (same) /* a point is not among its own keys */
                memmove(a + at, a + at + 1, (n - 1 - at) * sizeof *a);
            if (!linear && !raw && focus_standardize(a, length, 1))
                base_die(BASE_BAD_USAGE, "--query: point %zu of %s has the same cosine with every key of %s",
                         at + 1, same ? rows : query, rows);
            for (size_t j = 0; j < length && !linear; j++)
                a[j] *= gamma;
            focus_weights(map, a, length);
            double S = focus_index(a, length);
            if (lab_control(c, "no_root")) /* E|x| / E x^2 */
                S = slip_no_root(a, length);
            size_t top = largest(a, length);
            if (i + begin)
                lab_next_row(c);
            lab_put(c, "keys", (double)length);
            lab_put(c, "empty", isnan(S));
            if (!isnan(S)) { /* else no weight differs from 0 */
                lab_put(c, "index", S);
                lab_put(c, "tokens", (double)length * S * S);
                lab_put(c, "top", (double)(top + (size_t)(same && top >= at)));
            }
            double model = linear ? *linear == 'i' ? NAN
                                                   : independent(&moments, q + at * m, m, length,
                                                                 same ? k + at * m : NULL)
                           : raw  ? NAN
                                  : focus_limit(map, 0, gamma);
            if (isfinite(model))
                lab_put(c, "model", model);
        }
    }
    free(moments.sum);
    free(moments.square);
    free(block);
    if (!same)
        free(q);
    free(k);
}

/* ---- tables and claims ---- */

/* How often two different queries have the same largest key: top[n] are their keys. */
static double agreement(double *top, size_t n)
{
    double pairs = 0;
    stats_sort(top, n);
    for (size_t i = 0, next; i < n; i = next) {
        for (next = i + 1; next < n && top[next] == top[i]; next++)
            continue;
        pairs += (double)(next - i) * (double)(next - i - 1);
    }
    return pairs / ((double)n * (double)(n - 1));
}

static double agreement_of(const struct lab *lab, size_t g)
{
    size_t n;
    const double *top = lab_column(lab, g, "top", &n);
    if (n < 2)
        return NAN;
    double *sorted = base_alloc(n, sizeof *sorted);
    memcpy(sorted, top, n * sizeof *top);
    double share = agreement(sorted, n);
    free(sorted);
    return share;
}

static void write_table(struct lab *lab)
{
    struct lab_table *table = lab_table(lab, NULL,
                                        "rows,query,map,gamma,keys:17,queries:17,empty:17,index,index_se,"
                                        "tokens,tokens_low,tokens_median,tokens_high,model,same_top");
    for (size_t g = 0; g < lab_groups(lab); g++) {
        const struct lab_cell *c = lab_group(lab, g);
        size_t n, queries;
        const double *tokens = lab_column(lab, g, "tokens", &n);
        lab_column(lab, g, "empty", &queries);
        struct stats_mean index = lab_mean(lab, g, "index");
        double *sorted = base_alloc(n + 1, sizeof *sorted);
        if (n)
            memcpy(sorted, tokens, n * sizeof *tokens);
        double values[] = {lab_value(lab, g, "keys"),
                           (double)queries,
                           (double)(queries - n),
                           index.value,
                           index.error,
                           lab_mean(lab, g, "tokens").value,
                           stats_quantile_of(sorted, n, 0.25).value,
                           stats_quantile_of(sorted, n, 0.5).value,
                           stats_quantile_of(sorted, n, 0.75).value,
                           lab_mean(lab, g, "model").value,
                           agreement_of(lab, g)};
        char text[11][32];
        const char *row[15] = {lab_word(c, "rows"), lab_word(c, "query"), lab_word(c, "map"),
                               lab_word(c, "gamma")};
        for (size_t i = 0; i < 11; i++)
            row[4 + i] = isnan(values[i]) ? "" : base_real_text(text[i], values[i], i < 3 ? 17 : 8);
        lab_table_text_row(table, row);
        free(sorted);
    }
}

static void summarize(struct lab *lab)
{
    static const char *const sets[] = {"digits", "words"}, *const features[] = {"exp", "relu", "sq"};
    write_table(lab);
    for (int s = 0; s < 2; s++) {
        char text[96];
        snprintf(text, sizeof text, "rows=%s query=same map=exp gamma=1", sets[s]);
        long soft = lab_find(lab, text);
        for (int k = 0; k < 3 && soft >= 0; k++) {
            snprintf(text, sizeof text, "rows=%s query=same map=linear:%s gamma=1", sets[s], features[k]);
            long found = lab_find(lab, text);
            if (found < 0)
                continue;
            size_t g = (size_t)found;
            double S = lab_mean(lab, g, "index").value;
            lab_measure(lab, S - lab_mean(lab, (size_t)soft, "index").value, 0, 0, "wider_%s_%s", features[k],
                        sets[s]);
            lab_measure(lab, S / lab_mean(lab, g, "model").value, 0, 0, "model_%s_%s", features[k], sets[s]);
            lab_measure(lab, agreement_of(lab, g) / agreement_of(lab, (size_t)soft), 0, 0, "agree_%s_%s",
                        features[k], sets[s]);
        }
    }
}

static const struct lab_spec spec = {
    .name = "focus/keys",
    .about = "How concentrated is attention over keys and queries of one's own?",
    .axes =
        {
            {"rows", "digits,words", NULL, "digits|words",
             "Keys: digits, words by their trigrams, or a file: one point a line, numbers separated by "
             "commas or blanks",
             AXIS_FILE},
            {"query", "same", NULL, "same|digits|words",
             "Queries: same (each key, for all others), or points like the keys", AXIS_FILE},
            {"map", "exp,relu2,relu,id,linear:exp,linear:relu,linear:sq,linear:id", NULL,
             "exp|relu2|relu|id|linear:exp|linear:relu|linear:sq|linear:id",
             "Map of the scores, or feature of linear attention", AXIS_WORD},
            {"gamma", "1,2,4", "1", "(0,100]|raw",
             "Deviation of the scores, or of the coordinates; raw: dot products and coordinates as they are",
             AXIS_REAL},
        },
    .columns = "keys,empty,index,tokens,model,top",
    .controls = "no_root|no_feature",
    .setup = setup,
    .teardown = teardown,
    .cell = cell,
    .summarize = summarize,
};

int main(int argc, char **argv)
{
    return lab_main(&spec, argc, argv);
}
