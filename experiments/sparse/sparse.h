/* Sparse attention patterns: which keys j a query i uses, how many, and what stacks of them reach.
 *
 * n positions, 0-based. With d = |i - j| the patterns of kexue.fm/archives/6853, stride or half-width k:
 *
 *     dense     every j                     atrous   d mod k = 0
 *     local     d <= k                      merged   d <= k or d mod k = 0
 *
 * and those of Child, Gray, Radford and Sutskever, arXiv 1904.10509, stride k (their l), summary width c:
 *
 *     fixed1    floor(i/k) = floor(j/k)     fixed2   j mod k >= k - c        fixed    either
 *
 * (their strided heads are local and atrous, causal). A level of a scheme with several strides:
 *
 *     level     d mod k = 0 and d / k < c
 *
 * With `causal` also j <= i. Every pattern but fixed2 holds i itself.
 */
#ifndef SPARSE_H
#define SPARSE_H

#include <stddef.h>
#include <stdint.h>

enum sparse_kind {
    SPARSE_DENSE,
    SPARSE_ATROUS,
    SPARSE_LOCAL,
    SPARSE_MERGED,
    SPARSE_FIXED1,
    SPARSE_FIXED2,
    SPARSE_FIXED,
    SPARSE_LEVEL
};

struct sparse_set {
    enum sparse_kind kind;
    size_t k; /* >= 1 */
    size_t c; /* fixed2, fixed: 1 <= c <= k; level: >= 1; others ignore it */
    int causal;
};

/* ---- sets ---- */

/* A size from its option: a whole number, or opt = sqrt(n/2) rounded, root = floor(sqrt(n)), k = `k`, half =
 * floor(k/2) (at least 1), quarter = floor(k/4) (at least 1). Returns 0, or -1 for anything else or 0. */
int sparse_size(const char *text, size_t n, size_t k, size_t *size);

/* The set of a pattern's option word: dense, atrous, local, sparse (merged) with k; strided1, strided2,
 * strided, fixed1, fixed2, fixed with l and c. NULL, or a malloc'd word on what is wrong. */
char *sparse_set_named(const char *word, size_t k, size_t l, size_t c, int causal, struct sparse_set *set);

/* Does query i use key j? */
int sparse_sees(const struct sparse_set *set, size_t i, size_t j);
/* The same for struct attention's `sees`; context: struct sparse_set. */
int sparse_attention_sees(size_t query, size_t key, const void *context);

/* The keys of query i of n, ascending, into keys (NULL: only counted); returns how many, at most n. */
size_t sparse_keys(const struct sparse_set *set, size_t n, size_t i, size_t *keys);
/* The largest number of keys of a query. O(n) or less. */
size_t sparse_row_longest(const struct sparse_set *set, size_t n);

/* ---- counts ---- */

/* Pairs (i, j), by asking all n^2. */
uint64_t sparse_count_brute(const struct sparse_set *set, size_t n);
/* The same in closed form, n >= 1. Returns 0, or -1 when it is beyond 64 bits. */
int sparse_count(const struct sparse_set *set, size_t n, uint64_t *count);
/* The k in 1..n with the fewest pairs of the merged pattern (the smallest such k); *count its pairs. By
 * search between sqrt(n)/4 and 4 sqrt(n), beyond which 2 sqrt(2) n^1.5 is exceeded. n <= 2^40. */
size_t sparse_best_stride(size_t n, uint64_t *count);

/* ---- reach: boolean products, 64 columns a word ---- */

/* Columns first .. first + 64 words - 1 of an n x n matrix of bits: bit j - first of row i. */
struct sparse_panel {
    size_t n, first, words;
    uint64_t *bit; /* [n][words] */
};

struct sparse_panel sparse_panel_new(size_t n, size_t first, size_t words);
void sparse_panel_free(struct sparse_panel *panel);
void sparse_panel_identity(struct sparse_panel *panel);
/* out = pattern x in: row i of out is the union of the rows of in that query i uses, and of row i itself with
 * `residual`. in and out differ, of the same shape. */
void sparse_panel_apply(const struct sparse_set *set, int residual, const struct sparse_panel *in,
                        struct sparse_panel *out);
int sparse_panel_get(const struct sparse_panel *panel, size_t i, size_t j);

/* What a stack of layers reaches: the product set[0] x set[1] x ... x set[layers - 1], set[0] nearest to the
 * output, taken `depth` times. */
struct sparse_reach {
    uint64_t reached;          /* pairs (i, j) with a path from input j to output i */
    uint64_t missing;          /* pairs without one, of all n^2, or with `causal` of those with j <= i */
    uint64_t missing_interior; /* of these, those with margin <= j < n - margin */
    int ends;                  /* does output 0 see input n - 1? */
};
struct sparse_reach sparse_reach(const struct sparse_set *set, size_t layers, size_t depth, int residual,
                                 size_t n, int causal, size_t margin);
/* Word operations that takes, for refusing what would not end. */
double sparse_reach_cost(const struct sparse_set *set, size_t layers, size_t depth, size_t n);

/* ---- levels: p strides 1 < b_1 < ... < b_{p-1}, a level reaching up to the next stride ---- */

enum { SPARSE_LEVELS_MAX = 8 };

/* Level t of p: multiples of stride[t] below stride[t+1], the last one without end; stride[0] = 1. */
void sparse_levels(size_t p, const size_t *stride, size_t n, int causal, struct sparse_set *set);
/* The strides ceil(n^(t/p)), or with `best` those with the fewest pairs in all levels, by search over the
 * spans: a stride may be raised to a multiple of the one below it without adding a pair, so multiples
 * suffice. Spans beyond 4 n^(1/p) + 4 are not tried. Returns the pairs. n <= 2^40. */
uint64_t sparse_levels_strides(size_t p, size_t n, int causal, int best, size_t *stride);

/* ---- the code that came with the article (github.com/bojone/attention, attention_keras.py), as index sets
 * ---- */

enum sparse_layer { SPARSE_CODE_ATROUS, SPARSE_CODE_LOCAL, SPARSE_CODE_MERGED };

/* What its layers use when no sequence mask is given: how often query i uses each real key (times[n]), and
 * how many padded zero keys (returned). Rate or half-width k. `repaired`: the window of the merged layer
 * undilated. */
size_t sparse_code_keys(enum sparse_layer layer, size_t n, size_t k, int repaired, size_t i, size_t *times);

/* softmax of s[n] - shift in float32 and in float64, each score rounded after the shift, as the layers'
 * common code does with shift = 1e10. */
void sparse_code_softmax_float(const float *s, size_t n, float shift, float *p);
void sparse_code_softmax_double(const double *s, size_t n, double shift, double *p);

#endif
