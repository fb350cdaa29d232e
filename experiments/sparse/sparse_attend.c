#include "sparse_attend.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <cblas.h>

#include "attention.h"
#include "nn_math.h"

enum { BLOCK = 64, TILE = 1024 }; /* queries a block, keys a tile: 256 KB of float scores */

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* ---- what a part of a pattern is: queries against keys, each query seeing at most two ranges of the keys
 * ---- */

enum shape {
    PREFIX,  /* all keys; causal: those up to the query's own index */
    BAND,    /* |t - s| <= k */
    HOLED,   /* all but |t - s| <= 1: what the strided part of a merged pattern adds to the band */
    OWN,     /* those of the query's own block of k */
    SUMMARY, /* the gathered summary columns, c a block; causal: those up to the query */
    OTHERS   /* the same without those of the query's own block */
};

struct part {
    enum shape shape;
    size_t k, c;
    int causal;
    size_t first, step, queries; /* query t is at first + t step; so is key s, but for summaries */
    size_t keys;
};

struct range {
    size_t begin, end;
};

/* The keys that query t sees, as two disjoint ranges in order (perhaps empty). */
static void ranges(const struct part *p, size_t t, struct range *r)
{
    size_t last = p->causal ? t + 1 : p->keys;
    r[0] = (struct range){0, last};
    r[1] = (struct range){last, last};
    switch (p->shape) {
    case PREFIX:
        break;
    case BAND:
        r[0] = (struct range){t > p->k ? t - p->k : 0, p->k < last - t ? t + p->k + 1 : last};
        break;
    case HOLED:
        r[0].end = t > 0 ? t - 1 : 0;
        r[1] = (struct range){least(t + 2, last), last};
        break;
    case OWN:
        r[0].begin = t / p->k * p->k;
        r[0].end = p->k < last - r[0].begin ? r[0].begin + p->k : last;
        break;
    case SUMMARY:
    case OTHERS: {
        size_t block = t / p->k, before = block * p->c, in = t % p->k;
        size_t own = in + p->c >= p->k ? in + p->c - p->k + 1 : 0; /* own columns up to the query */
        if (p->shape == SUMMARY) {
            r[0].end = p->causal ? before + own : p->keys;
        } else {
            r[0].end = least(before, p->keys);
            r[1] = p->causal ? (struct range){r[0].end, r[0].end}
                             : (struct range){least(before + p->c, p->keys), p->keys};
        }
        break;
    }
    }
}

/* Summary columns among n positions. */
static size_t summary_columns(const struct sparse_set *set, size_t n)
{
    size_t b = n % set->k;
    return n / set->k * set->c + (b > set->k - set->c ? b - (set->k - set->c) : 0);
}

/* The parts of a pattern: how many, and part number `index`. Classes of one residue are parts of their own.
 */
static size_t parts(const struct sparse_set *set, size_t n, enum sparse_fault fault, size_t index,
                    struct part *p)
{
    size_t classes = least(set->k, n);
    *p = (struct part){PREFIX, set->k, set->c, set->causal, 0, 1, n, n};
    switch (set->kind) {
    case SPARSE_DENSE:
        return 1;
    case SPARSE_LOCAL:
        p->shape = BAND;
        return 1;
    case SPARSE_FIXED1:
        p->shape = OWN;
        return 1;
    case SPARSE_FIXED2:
        p->shape = SUMMARY;
        p->keys = summary_columns(set, n);
        return 1;
    case SPARSE_FIXED:
        p->shape = index ? (fault == SPARSE_OVERLAP_TWICE ? SUMMARY : OTHERS) : OWN;
        p->keys = index ? summary_columns(set, n) : n;
        return 2;
    case SPARSE_MERGED:
        p->shape = BAND;
        if (index == 0)
            return 1 + classes;
        index--;
        p->shape = fault == SPARSE_OVERLAP_TWICE ? PREFIX : HOLED;
        break;
    default:
        break;
    }
    p->first = index;
    p->step = set->k;
    p->queries = p->keys = index < n ? (n - 1 - index) / set->k + 1 : 0;
    return set->kind == SPARSE_MERGED ? 1 + classes : classes;
}

/* Queries a block: in a band as many as its half-width, so that the hull of a block is not much wider than a
 * row. */
static size_t block_of(const struct part *p)
{
    return p->shape != BAND || p->k >= BLOCK ? BLOCK : p->k < 32 ? 16 : 32;
}

static int gathered(const struct part *p)
{
    return p->step != 1 || p->shape == SUMMARY || p->shape == OTHERS;
}

/* Position of key s of a part. */
static size_t position(const struct part *p, size_t s)
{
    if (p->shape == SUMMARY || p->shape == OTHERS)
        return s / p->c * p->k + p->k - p->c + s % p->c;
    return p->first + s * p->step;
}

size_t sparse_attend_scores(const struct sparse_set *set, size_t n)
{
    (void)set;
    return least(BLOCK, n) * least(TILE, n);
}

size_t sparse_attend_room(const struct sparse_set *set, size_t n, size_t dk, size_t dv)
{
    size_t keys = 0;
    if (set->kind == SPARSE_ATROUS || set->kind == SPARSE_MERGED)
        keys = (n - 1) / set->k + 1;
    if (set->kind == SPARSE_FIXED2 || set->kind == SPARSE_FIXED)
        keys = summary_columns(set, n);
    /* gathered keys and values, a block of queries, its scores and outputs, and (m, z) of all queries */
    return keys * (dk + dv) + BLOCK * (dk + dv) + sparse_attend_scores(set, n) + 2 * n;
}

/* ---- the two types ---- */

static double sum_exp_double(double *y, size_t n, double shift)
{
    double total = 0;
    for (size_t i = 0; i < n; i++)
        total += y[i] = exp(y[i] - shift);
    return total;
}

static double largest_double(const double *y, size_t n)
{
    double top = y[0];
    for (size_t i = 1; i < n; i++)
        top = y[i] > top ? y[i] : top;
    return top;
}

NN_CLONES static float dot_float(const float *x, const float *y, size_t n)
{
    return nn_row_dot(x, y, n);
}

static double dot_double(const double *x, const double *y, size_t n)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += x[i] * y[i];
    return sum;
}

static float weight_float(float x)
{
    return nn_exp_negative(x);
}

static double weight_double(double x)
{
    return exp(x);
}

#define REAL float
#define NAME(word) word##_float
#define LARGEST attention_largest
#define SUM_EXP attention_exp_sum
#define GEMM cblas_sgemm
#include "sparse_attend_body.h"
#undef REAL
#undef NAME
#undef LARGEST
#undef SUM_EXP
#undef GEMM

#define REAL double
#define NAME(word) word##_double
#define LARGEST largest_double
#define SUM_EXP sum_exp_double
#define GEMM cblas_dgemm
#include "sparse_attend_body.h"
