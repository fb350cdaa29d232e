#include "cur.h"

#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "choose.h"
#include "linalg.h"

enum { ENTRIES_MAX = 60000000, ANSWER_BLOCK = 40 };

static const size_t standard_k[3] = {1, 10, 100};

/* ---- data ---- */

static const char *const data_axes[] = {"data",         "score",        "items",
                                        "queries",      "item_stride",  "item_offset",
                                        "query_stride", "query_offset", "split"};
enum { DATA_AXES = sizeof data_axes / sizeof *data_axes };

struct cur_bank {
    size_t count;
    struct cur_data **data;
    const char *(*key)[DATA_AXES]; /* the axes' values of each; the lab owns the texts */
};

static size_t number(const char *axis, const char *text)
{
    long value;
    if (base_parse_long(text, &value) || value < 0)
        base_die(BASE_BAD_USAGE, "--%s: '%.80s' is too large", axis, text);
    return (size_t)value;
}

/* The even queries first, or a random half. */
static void split_queries(struct score_strings *queries, int random, gsl_rng *rng)
{
    size_t n = queries->count, *order = base_alloc(n, sizeof *order);
    struct score_strings old = *queries;
    if (random)
        choose_random(n, n, rng, order);
    for (size_t i = 0; !random && i < n; i++)
        order[i] = i < (n + 1) / 2 ? 2 * i : 2 * (i - (n + 1) / 2) + 1;
    queries->at = base_alloc(n + 1, sizeof *queries->at);
    queries->length = base_alloc(n + 1, sizeof *queries->length);
    for (size_t i = 0; i < n; i++) {
        queries->at[i] = old.at[order[i]];
        queries->length[i] = old.length[order[i]];
    }
    free(old.at);
    free(old.length);
    free(order);
}

double *cur_kth_best(const struct cur_data *d, size_t k)
{
    double *kth = base_alloc(d->test + 1, sizeof *kth);
    size_t *best = base_alloc(k, sizeof *best);
    for (size_t q = 0; q < d->test; q++) {
        const double *row = cur_test_row(d, q);
        cur_order_row(d->items, row, k, best);
        kth[q] = row[best[k - 1]];
    }
    free(best);
    return kth;
}

static void data_free(struct cur_data *d)
{
    score_strings_free(d->item);
    score_strings_free(d->query);
    score_strings_free(d->all);
    for (int i = 0; i < 3; i++)
        free(d->kth[i]);
    free(d->basis);
    free(d->basis_rows);
    free(d->score);
    free(d);
}

static struct cur_data *data_new(const struct lab *lab, const char *const *key)
{
    struct cur_data *d = base_alloc(1, sizeof *d);
    d->items = number("items", key[2]);
    size_t queries = number("queries", key[3]);
    if (d->items > ENTRIES_MAX / queries)
        base_die(BASE_BAD_USAGE, "--items %zu with --queries %zu are %.3g scores; give at most %d together",
                 d->items, queries, (double)d->items * (double)queries, ENTRIES_MAX);
    d->all = score_strings_read(key[0]);
    for (int i = 2; i < 4; i++)
        if (number(data_axes[i], key[i]) > d->all->count)
            base_die(BASE_BAD_USAGE,
                     "--%s: %s are more than the %zu strings of --data %s; give at most as many",
                     data_axes[i], key[i], d->all->count, key[0]);
    d->kind = score_kind_of(key[1]);
    d->item =
        score_strings_walk(d->all, d->items, number(data_axes[4], key[4]), number(data_axes[5], key[5]));
    d->query =
        score_strings_walk(d->all, queries, number(data_axes[6], key[6]), number(data_axes[7], key[7]));
    gsl_rng *rng = lab_stream(lab, "split");
    split_queries(d->query, !strcmp(key[8], "random"), rng);
    gsl_rng_free(rng);
    d->train = (queries + 1) / 2;
    d->test = queries - d->train;
    size_t entries = queries * d->items;
    int *raw = base_alloc(entries, sizeof *raw);
    d->score = base_alloc(entries, sizeof *d->score);
    score_matrix(d->kind, d->query, d->item, raw);
    for (size_t q = 0; q < queries; q++)
        for (size_t k = 0; k < d->items; k++) {
            size_t at = q * d->items + k;
            d->score[at] = score_similarity(d->kind, raw[at], d->query->length[q], d->item->length[k]);
            d->raw_sum += raw[at];
        }
    free(raw);
    d->mean = stats_sum(d->score, entries) / (double)entries;
    if (lab_run_control(lab, "shuffled")) {
        rng = lab_stream(lab, "shuffled");
        for (size_t i = entries - 1; i > 0; i--) {
            size_t j = gsl_rng_uniform_int(rng, i + 1);
            double kept = d->score[i];
            d->score[i] = d->score[j];
            d->score[j] = kept;
        }
        gsl_rng_free(rng);
    }
    for (int i = 0; i < 3; i++)
        d->kth[i] = standard_k[i] <= d->items ? cur_kth_best(d, standard_k[i]) : NULL;
    return d;
}

struct cur_bank *cur_bank_new(const struct lab *lab)
{
    struct cur_bank *bank = base_alloc(1, sizeof *bank);
    bank->count = 1;
    double entries = 0;
    for (size_t a = 0; a < DATA_AXES; a++)
        bank->count *= lab_axis_values(lab, data_axes[a])->count;
    if (bank->count > 100)
        base_die(BASE_BAD_USAGE, "the axes of the data make %zu matrices; give at most 100", bank->count);
    bank->data = base_alloc(bank->count, sizeof *bank->data);
    bank->key = base_alloc(bank->count, sizeof *bank->key);
    for (size_t i = 0; i < bank->count; i++)
        for (size_t a = 0, rest = i; a < DATA_AXES; a++) {
            const struct axis_values *values = lab_axis_values(lab, data_axes[a]);
            bank->key[i][a] = values->text[rest % values->count];
            rest /= values->count;
        }
    for (size_t i = 0; i < bank->count; i++)
        entries += (double)number("items", bank->key[i][2]) * (double)number("queries", bank->key[i][3]);
    if (entries > ENTRIES_MAX)
        base_die(BASE_BAD_USAGE, "--items with --queries make %.3g scores in all; give at most %d", entries,
                 ENTRIES_MAX);
    for (size_t i = 0; i < bank->count; i++)
        bank->data[i] = data_new(lab, bank->key[i]);
    return bank;
}

void cur_bank_free(struct cur_bank *bank)
{
    for (size_t i = 0; bank && i < bank->count; i++)
        data_free(bank->data[i]);
    if (bank) {
        free(bank->data);
        free(bank->key);
    }
    free(bank);
}

const struct cur_data *cur_bank_find(const struct cur_bank *bank, const struct lab_cell *cell)
{
    for (size_t i = 0; i < bank->count; i++) {
        size_t a = 0;
        while (a < DATA_AXES && !strcmp(lab_word(cell, data_axes[a]), bank->key[i][a]))
            a++;
        if (a == DATA_AXES)
            return bank->data[i];
    }
    lab_fail(cell, "no data of these axes");
}

void cur_bank_bases(struct cur_bank *bank)
{
    for (size_t i = 0; i < bank->count; i++) {
        struct cur_data *d = bank->data[i];
        size_t k = d->train < d->items ? d->train : d->items;
        double *u = base_alloc(d->train * k, sizeof *u), *values = base_alloc(k, sizeof *values);
        d->basis = base_alloc(k * d->items, sizeof(double));
        linalg_svd(d->train, d->items, d->score, values, u, d->basis);
        d->basis_rows = choose_transpose(d->train, k, u);
        free(u);
        free(values);
    }
}

void *cur_setup(const struct lab *lab)
{
    return cur_bank_new(lab);
}

void cur_teardown(void *bank)
{
    cur_bank_free(bank);
}

const struct cur_data *cur_of(const struct lab_cell *cell)
{
    return cur_bank_find(lab_shared(cell), cell);
}

long cur_find(const struct lab *lab, const char *score, const char *format, ...)
{
    char further[400];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(further, sizeof further, format, arguments);
    va_end(arguments);
    char *values =
        base_format("data=uni score=%s items=4000 queries=800 item_stride=8 item_offset=0 query_stride=40 "
                    "query_offset=4 split=even_odd %s",
                    score, further);
    long group = lab_find(lab, values);
    free(values);
    return group;
}

char *cur_check_anchors(const struct lab_cell *cell, long c, long r)
{
    long items = lab_integer(cell, "items"), train = (lab_integer(cell, "queries") + 1) / 2;
    if (c > items)
        return base_format("c = %ld anchor items of %ld; give at most --items", c, items);
    if (r > train)
        return base_format("r = %ld anchor queries of %ld training queries; give at most half of --queries",
                           r, train);
    return NULL;
}

const double *cur_train_row(const struct cur_data *d, size_t query)
{
    return d->score + query * d->items;
}

const double *cur_test_row(const struct cur_data *d, size_t query)
{
    return d->score + (d->train + query) * d->items;
}

/* ---- the regression ---- */

double *cur_gather(const double *matrix, size_t width, size_t rows, const size_t *row, size_t columns,
                   const size_t *column)
{
    double *out = base_alloc(rows * columns, sizeof *out);
    for (size_t i = 0; i < rows; i++) {
        const double *from = matrix + (row ? row[i] : i) * width;
        for (size_t j = 0; j < columns; j++)
            out[i * columns + j] = from[column ? column[j] : j];
    }
    return out;
}

struct cur_regression *cur_regression_new(size_t r, size_t c, const double *w, size_t rows, size_t items,
                                          const double *matrix, const size_t *row)
{
    struct cur_regression *m = base_alloc(1, sizeof *m);
    size_t k = r < c ? r : c;
    *m = (struct cur_regression){
        .r = r,
        .c = c,
        .k = k,
        .items = items,
        .u = base_alloc(r * k, sizeof(double)),
        .s = base_alloc(k, sizeof(double)),
        .vt = base_alloc(k * c, sizeof(double)),
        .p = base_alloc(k * items, sizeof(double)),
    };
    linalg_svd(r, c, w, m->s, m->u, m->vt);
    /* the rows of U to where those of H lie in the matrix: H, which may be large, is not copied */
    double *spread = base_alloc(rows * k, sizeof *spread);
    for (size_t i = 0; i < r; i++)
        memcpy(spread + (row ? row[i] : i) * k, m->u + i * k, k * sizeof *spread);
    linalg_gemm('T', 'N', k, items, rows, 1, spread, matrix, 0, m->p);
    free(spread);
    return m;
}

void cur_regression_free(struct cur_regression *m)
{
    if (!m)
        return;
    free(m->u);
    free(m->s);
    free(m->vt);
    free(m->p);
    free(m);
}

size_t cur_filter_truncated(const struct cur_regression *m, double rcond, double *g)
{
    size_t kept = 0;
    for (size_t j = 0; j < m->k; j++) {
        int keep = m->s[j] > 0 && m->s[j] >= rcond * m->s[0];
        g[j] = keep ? 1 / m->s[j] : 0;
        kept += (size_t)keep;
    }
    return kept;
}

void cur_filter_ridge(const struct cur_regression *m, double lambda, double *g)
{
    for (size_t j = 0; j < m->k; j++)
        g[j] = m->s[j] > 0 ? m->s[j] / (m->s[j] * m->s[j] + lambda * lambda) : 0;
}

double cur_condition(const struct cur_regression *m)
{
    return m->s[m->k - 1] > 0 ? m->s[0] / m->s[m->k - 1] : INFINITY;
}

/* x[count][k] = f V diag(g). */
static double *codes_new(const struct cur_regression *m, const double *g, size_t count, const double *f)
{
    double *code = base_alloc(count * m->k, sizeof *code);
    linalg_gemm('N', 'T', count, m->k, m->c, 1, f, m->vt, 0, code);
    for (size_t q = 0; q < count; q++)
        for (size_t j = 0; j < m->k; j++)
            code[q * m->k + j] *= g[j];
    return code;
}

void cur_predict(const struct cur_regression *m, const double *g, size_t count, const double *f,
                 double *approximation)
{
    double *code = codes_new(m, g, count, f);
    linalg_gemm('N', 'N', count, m->items, m->k, 1, code, m->p, 0, approximation);
    free(code);
}

void cur_leave_one_out(const struct cur_regression *m, const double *h, size_t count, const double *lambda,
                       double *loss)
{
    size_t r = m->r, k = m->k;
    /* ||(H - U D P)_i||^2 = ||H_i||^2 - 2 a R_i + a Q a, a = U_i D, R = H P^T, Q = P P^T */
    double *cross = base_alloc(r * k, sizeof *cross), *gram = base_alloc(k * k, sizeof *gram);
    double *a = base_alloc(r * k, sizeof *a), *aq = base_alloc(r * k, sizeof *aq),
           *energy = base_alloc(r, sizeof *energy);
    linalg_gemm('N', 'T', r, k, m->items, 1, h, m->p, 0, cross);
    linalg_gram(k, m->items, m->p, gram);
    for (size_t i = 0; i < r; i++)
        for (size_t j = 0; j < m->items; j++)
            energy[i] += h[i * m->items + j] * h[i * m->items + j];
    for (size_t t = 0; t < count; t++) {
        loss[t] = 0;
        for (size_t i = 0; i < r * k; i++) {
            double s = m->s[i % k], all = s * s + lambda[t] * lambda[t];
            a[i] = all > 0 ? m->u[i] * (s * s / all) : 0;
        }
        linalg_gemm('N', 'N', r, k, k, 1, a, gram, 0, aq);
        for (size_t i = 0; i < r; i++) {
            double rest = energy[i], kept = 1;
            for (size_t j = 0; j < k; j++) {
                rest += a[i * k + j] * (aq[i * k + j] - 2 * cross[i * k + j]);
                kept -= m->u[i * k + j] * a[i * k + j];
            }
            loss[t] += rest / (kept * kept);
        }
    }
    free(cross);
    free(gram);
    free(a);
    free(aq);
    free(energy);
}

/* ||x - a||^2, adding ||x||^2 to *energy. */
static double squared_error(size_t n, const double *exact, const double *approximation, double *energy)
{
    double error = 0, all = 0;
    for (size_t i = 0; i < n; i++) {
        double difference = exact[i] - approximation[i];
        error += difference * difference;
        all += exact[i] * exact[i];
    }
    *energy += all;
    return error;
}

double cur_row_error(size_t n, const double *exact, const double *approximation)
{
    double energy = 0, error = squared_error(n, exact, approximation, &energy);
    return error / energy;
}

/* ---- retrieval ---- */

struct ranked {
    double value;
    size_t item;
};

static int before(struct ranked a, struct ranked b)
{
    return a.value > b.value || (a.value == b.value && a.item < b.item);
}

static struct ranked middle_of(struct ranked a, struct ranked b, struct ranked c)
{
    if (before(b, a)) {
        struct ranked kept = a;
        a = b;
        b = kept;
    }
    return before(c, a) ? a : before(b, c) ? b : c;
}

/* Quicksort of x[low..high), as far as the places below `depth` ask for it. */
static void sort_front(struct ranked *x, size_t low, size_t high, size_t depth)
{
    while (high - low > 1 && low < depth) {
        struct ranked pivot = middle_of(x[low], x[low + (high - low) / 2], x[high - 1]);
        size_t i = low, j = high; /* none of [low, i) after the pivot, none of [j, high) before it */
        for (;;) {
            while (before(x[i], pivot))
                i++;
            while (before(pivot, x[j - 1]))
                j--;
            if (i + 1 >= j)
                break;
            struct ranked kept = x[i];
            x[i++] = x[j - 1];
            x[--j] = kept;
        }
        /* here i is the pivot's place: all keys differ, by item */
        size_t middle = i;
        sort_front(x, low, middle, depth);
        low = middle < high && !before(pivot, x[middle]) && !before(x[middle], pivot) ? middle + 1 : middle;
    }
}

void cur_order_row(size_t items, const double *approximation, size_t depth, size_t *item)
{
    struct ranked *all = base_alloc(items, sizeof *all);
    for (size_t i = 0; i < items; i++)
        all[i] = (struct ranked){approximation[i], i};
    sort_front(all, 0, items, depth);
    for (size_t i = 0; i < depth; i++)
        item[i] = all[i].item;
    free(all);
}

struct cur_order *cur_order_new(size_t queries, size_t items, size_t depth)
{
    struct cur_order *order = base_alloc(1, sizeof *order);
    *order = (struct cur_order){queries, depth < items ? depth : items, NULL};
    order->item = base_alloc(queries * order->depth + 1, sizeof *order->item);
    return order;
}

void cur_order_free(struct cur_order *order)
{
    if (order)
        free(order->item);
    free(order);
}

double cur_answer_product(size_t k, const double *x, const double *p, const struct cur_data *d, size_t depth,
                          struct cur_order **order, double *each)
{
    double *a = base_alloc(ANSWER_BLOCK * d->items, sizeof *a), error = 0, energy = 0;
    if (order)
        *order = cur_order_new(d->test, d->items, depth);
    for (size_t begin = 0; begin < d->test; begin += ANSWER_BLOCK) {
        size_t rows = d->test - begin < ANSWER_BLOCK ? d->test - begin : ANSWER_BLOCK;
        linalg_gemm('N', 'N', rows, d->items, k, 1, x + begin * k, p, 0, a);
        for (size_t q = 0; q < rows; q++) {
            double here = 0,
                   off = squared_error(d->items, cur_test_row(d, begin + q), a + q * d->items, &here);
            error += off;
            energy += here;
            if (each)
                each[begin + q] = off / here;
            if (order)
                cur_order_row(d->items, a + q * d->items, (*order)->depth,
                              (*order)->item + (begin + q) * (*order)->depth);
        }
    }
    free(a);
    return error / energy;
}

double cur_answer(const struct cur_regression *m, const double *g, const struct cur_data *d, const double *f,
                  size_t depth, struct cur_order **order, double *each)
{
    double *code = codes_new(m, g, d->test, f),
           error = cur_answer_product(m->k, code, m->p, d, depth, order, each);
    free(code);
    return error;
}

struct cur_anchored *cur_anchored_new(const struct cur_data *d, size_t r, const size_t *row, size_t c,
                                      const size_t *column)
{
    struct cur_anchored *a = base_alloc(1, sizeof *a);
    *a = (struct cur_anchored){
        .r = r,
        .c = c,
        .row = base_alloc(r, sizeof(size_t)),
        .column = base_alloc(c, sizeof(size_t)),
        .w = cur_gather(d->score, d->items, r, row, c, column),
        .f = cur_gather(cur_test_row(d, 0), d->items, d->test, NULL, c, column),
        .g = base_alloc(r < c ? r : c, sizeof(double)),
    };
    memcpy(a->row, row, r * sizeof *row);
    memcpy(a->column, column, c * sizeof *column);
    a->m = cur_regression_new(r, c, a->w, d->train, d->items, d->score, row);
    return a;
}

void cur_anchored_free(struct cur_anchored *a)
{
    if (!a)
        return;
    free(a->row);
    free(a->column);
    free(a->w);
    free(a->f);
    free(a->g);
    cur_regression_free(a->m);
    free(a);
}

double cur_recall(const struct cur_data *d, size_t k, const double *kth, const struct cur_order *order,
                  size_t budget, size_t anchors, const size_t *anchor, double *each)
{
    unsigned char *mark = base_alloc(d->items, 1);
    size_t sum = 0;
    for (size_t i = 0; i < anchors; i++)
        mark[anchor[i]] = 1;
    for (size_t q = 0; q < d->test; q++) {
        const double *row = cur_test_row(d, q);
        const size_t *item = order->item + q * order->depth;
        size_t hits = 0, left = budget > anchors ? budget - anchors : 0;
        for (size_t i = 0; i < anchors; i++)
            hits += row[anchor[i]] >= kth[q];
        for (size_t i = 0; i < order->depth && left > 0; i++)
            if (!mark[item[i]]) {
                hits += row[item[i]] >= kth[q];
                left--;
            }
        hits = hits < k ? hits : k;
        if (each)
            each[q] = (double)hits / (double)k;
        sum += hits;
    }
    free(mark);
    return (double)sum / (double)(k * d->test);
}

/* ---- choice of anchors ---- */

void cur_choose_items(const char *select, const struct cur_data *d, size_t count, gsl_rng *rng,
                      size_t *chosen)
{
    choose_columns(select, d->train, d->items, d->score, d->basis, 37, count, rng, chosen);
}

void cur_choose_queries(const char *select, const struct cur_data *d, size_t count, gsl_rng *rng,
                        size_t *chosen)
{
    if (!strcmp(select, "stride"))
        choose_stride(d->train, 3, count, chosen);
    else
        choose_random(d->train, count, rng, chosen);
}

/* ---- the index ---- */

/* The strings number[count] of `all`; it points into them. */
static struct score_strings *some_of(const struct score_strings *all, size_t count, const size_t *number_of)
{
    struct score_strings *some = base_alloc(1, sizeof *some);
    some->count = count;
    some->at = base_alloc(count + 1, sizeof *some->at);
    some->length = base_alloc(count + 1, sizeof *some->length);
    for (size_t i = 0; i < count; i++) {
        some->at[i] = all->at[number_of[i]];
        some->length[i] = all->length[number_of[i]];
    }
    return some;
}

/* The scores of one query and the items number[count]. All three scores are symmetric: the items take the
 * lanes. */
static void score_some(struct cur_index *index, const unsigned char *query, size_t length, size_t count,
                       const size_t *number_of, double *score)
{
    struct score_strings *some = some_of(index->item, count, number_of), one = {1, &query, &length, NULL};
    int *raw = base_alloc(count + 1, sizeof *raw);
    score_matrix(index->kind, some, &one, raw);
    for (size_t i = 0; i < count; i++)
        score[i] = score_similarity(index->kind, raw[i], length, some->length[i]);
    index->online += (long)count;
    free(raw);
    score_strings_free(some);
}

struct cur_index *cur_index_new(enum score_kind kind, const struct score_strings *items,
                                const struct score_strings *queries, size_t r, const size_t *anchor_query,
                                size_t c, const size_t *anchor_item, double rcond)
{
    struct cur_index *index = base_alloc(1, sizeof *index);
    size_t n = items->count, *at = base_alloc(c, sizeof *at);
    double *h = base_alloc(r * n, sizeof *h);
    memcpy(at, anchor_item, c * sizeof *at);
    *index = (struct cur_index){.c = c, .items = n, .anchor = at, .kind = kind, .item = items};
    struct score_strings *anchors = some_of(queries, r, anchor_query);
    int *raw = base_alloc(r * n, sizeof *raw);
    score_matrix(kind, anchors, items, raw);
    for (size_t i = 0; i < r * n; i++, index->offline++)
        h[i] = score_similarity(kind, raw[i], anchors->length[i / n], items->length[i % n]);
    score_strings_free(anchors);
    free(raw);
    double *w = cur_gather(h, n, r, NULL, c, anchor_item), *g = base_alloc(c + r, sizeof *g);
    struct cur_regression *m = cur_regression_new(r, c, w, r, n, h, NULL);
    cur_filter_truncated(m, rcond, g);
    for (size_t j = 0; j < m->k; j++)
        for (size_t i = 0; i < n; i++)
            m->p[j * n + i] *= g[j];
    index->cache = base_alloc(c * n, sizeof(double));
    linalg_gemm('T', 'N', c, n, m->k, 1, m->vt, m->p, 0, index->cache);
    cur_regression_free(m);
    free(w);
    free(g);
    free(h);
    return index;
}

void cur_index_free(struct cur_index *index)
{
    if (!index)
        return;
    free(index->anchor);
    free(index->cache);
    free(index);
}

void cur_index_query(struct cur_index *index, const unsigned char *query, size_t length, size_t budget,
                     size_t k, size_t *item, double *score)
{
    size_t c = index->c, n = index->items, extra = budget - c,
           *candidate = base_alloc(budget, sizeof *candidate);
    double *exact = base_alloc(budget, sizeof *exact), *approximation = base_alloc(n, sizeof *approximation);
    memcpy(candidate, index->anchor, c * sizeof *candidate);
    score_some(index, query, length, c, candidate, exact);
    linalg_gemm('N', 'N', 1, n, c, 1, exact, index->cache, 0, approximation);
    for (size_t i = 0; i < c; i++)
        approximation[index->anchor[i]] = -INFINITY;
    if (extra > 0)
        cur_order_row(n, approximation, extra, candidate + c);
    score_some(index, query, length, extra, candidate + c, exact + c);
    size_t *best = base_alloc(k, sizeof *best);
    cur_order_row(budget, exact, k, best);
    for (size_t i = 0; i < k; i++) {
        item[i] = candidate[best[i]];
        score[i] = exact[best[i]];
    }
    free(best);
    free(candidate);
    free(exact);
    free(approximation);
}
