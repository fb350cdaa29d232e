#include "trigrams.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base.h"

struct trigrams {
    size_t items, count;
    uint32_t *code; /* [count]: the trigrams of the items, ascending */
    double *weight; /* [count]: log(N/df) */
    size_t *begin;  /* [count + 1]: into the two below */
    size_t *item;   /* who has the trigram */
    double *share;  /* its weight there, over the item's norm */
};

struct posting {
    uint32_t code;
    size_t item;
};

static uint32_t trigram_at(const unsigned char *x)
{
    return (uint32_t)x[0] << 16 | (uint32_t)x[1] << 8 | x[2];
}

static int compare_postings(const void *a, const void *b)
{
    const struct posting *p = a, *q = b;
    return p->code != q->code ? (p->code < q->code ? -1 : 1) : (p->item > q->item) - (p->item < q->item);
}

struct trigrams *trigrams_new(const struct score_strings *items)
{
    struct trigrams *t = base_alloc(1, sizeof *t);
    size_t all = 0, places = 0;
    for (size_t i = 0; i < items->count; i++)
        all += items->length[i] > 2 ? items->length[i] - 2 : 0;
    struct posting *posting = base_alloc(all + 1, sizeof *posting);
    for (size_t i = 0, p = 0; i < items->count; i++)
        for (size_t j = 0; j + 2 < items->length[i]; j++)
            posting[p++] = (struct posting){trigram_at(items->at[i] + j), i};
    qsort(posting, all, sizeof *posting, compare_postings);
    t->items = items->count;
    t->code = base_alloc(all + 1, sizeof *t->code);
    t->weight = base_alloc(all + 1, sizeof *t->weight);
    t->begin = base_alloc(all + 2, sizeof *t->begin);
    t->item = base_alloc(all + 1, sizeof *t->item);
    t->share = base_alloc(all + 1, sizeof *t->share);
    double *norm = base_alloc(items->count + 1, sizeof *norm);
    for (size_t p = 0; p < all;) {
        uint32_t code = posting[p].code;
        size_t first = places;
        while (p < all && posting[p].code == code) {
            size_t item = posting[p].item;
            double times = 0;
            for (; p < all && posting[p].code == code && posting[p].item == item; p++)
                times++;
            t->item[places] = item;
            t->share[places++] = times;
        }
        double weight = log((double)items->count / (double)(places - first));
        t->code[t->count] = code;
        t->weight[t->count] = weight;
        t->begin[t->count++] = first;
        for (size_t k = first; k < places; k++) {
            t->share[k] *= weight;
            norm[t->item[k]] += t->share[k] * t->share[k];
        }
    }
    t->begin[t->count] = places;
    for (size_t k = 0; k < places; k++)
        t->share[k] /= norm[t->item[k]] > 0 ? sqrt(norm[t->item[k]]) : 1;
    free(posting);
    free(norm);
    return t;
}

void trigrams_free(struct trigrams *t)
{
    if (!t)
        return;
    free(t->code);
    free(t->weight);
    free(t->begin);
    free(t->item);
    free(t->share);
    free(t);
}

static size_t find(const struct trigrams *t, uint32_t code)
{
    size_t low = 0, high = t->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (t->code[middle] < code)
            low = middle + 1;
        else
            high = middle;
    }
    return low < t->count && t->code[low] == code ? low : t->count;
}

void trigrams_query(const struct trigrams *t, const unsigned char *query, size_t length, double *similarity)
{
    memset(similarity, 0, t->items * sizeof *similarity);
    size_t n = length > 2 ? length - 2 : 0, *known = base_alloc(n + 1, sizeof *known);
    double *times = base_alloc(n + 1, sizeof *times), norm = 0;
    size_t distinct = 0;
    for (size_t j = 0; j < n; j++) {
        size_t place = find(t, trigram_at(query + j)), k = 0;
        if (place == t->count)
            continue;
        while (k < distinct && known[k] != place)
            k++;
        known[k] = place;
        times[k] += 1;
        distinct += k == distinct;
    }
    for (size_t k = 0; k < distinct; k++) {
        double value = times[k] * t->weight[known[k]];
        norm += value * value;
        for (size_t p = t->begin[known[k]]; p < t->begin[known[k] + 1]; p++)
            similarity[t->item[p]] += value * t->share[p];
    }
    for (size_t i = 0; norm > 0 && i < t->items; i++)
        similarity[i] /= sqrt(norm);
    free(known);
    free(times);
}
