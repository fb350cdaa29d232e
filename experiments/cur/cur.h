/* CUR decomposition of a matrix of scores, for retrieval: S ~ F W^+ H.
 *
 * Source: kexue.fm/archives/9336 and 10662; Yadav et al., arXiv 2210.12579 (ANNCUR). S[q][k] is the score of
 * query q and item k, N items. With c anchor items and r anchor queries, F = S[:, anchor items], H = S[anchor
 * queries, :] and W = S[anchor queries, anchor items], r x c. A new query costs the c scores f of its row of
 * F; all its N scores are then taken to be f W^+ H: the least-squares regression of all items' scores on
 * those of the anchor items, with the r anchor queries as its training set.
 */
#ifndef CUR_CUR_H
#define CUR_CUR_H

#include <stddef.h>

#include <gsl/gsl_rng.h>

#include "score.h"
#include "lab.h"

/* ---- data: the whole matrix of scores, known to the experiment and not to the method ---- */

struct cur_data {
    size_t items, train, test; /* N; queries to take anchors from; queries to answer */
    double *score;             /* [train + test][items]: the training queries first */
    double raw_sum, mean;      /* of the raw (integer) scores, and of all similarities */
    enum score_kind kind;
    struct score_strings *all, *item, *query; /* query: training first */
    double *kth[3]; /* [test]: the best, 10th and 100th best exact score; NULL beyond N */
    double *basis; /* after cur_bank_bases: right singular vectors of the training rows, [min(train, N)][N] */
    double *basis_rows; /* and left ones, as rows, [min(train, N)][train] */
};

/* The axes that choose data: the default scores in full and quick (NULL: the same). An axis cannot be made by
 * a function. CUR_DATA_AXES: 4000 items and 800 queries; CUR_SMALL_AXES: in quick 1000 items and 200 queries.
 */
#define CUR_DATA_AXES(scores, quick) CUR_SIZED_AXES(scores, quick, NULL, NULL, NULL, NULL)
#define CUR_SMALL_AXES(scores, quick) CUR_SIZED_AXES(scores, quick, "1000", "200", "32", "160")
#define CUR_SIZED_AXES(scores, quick, quick_items, quick_queries, quick_item_stride, quick_query_stride) \
    {"data", "uni", NULL, "uni|dpkg", \
     "Strings: uni (names of Unicode), dpkg (package descriptions), or a file of one a line", AXIS_FILE}, \
    {"score", scores, quick, "lcs|sw|ed", "Score: common subsequence, local alignment, edit distance", \
     AXIS_WORD}, \
    {"items", "4000", quick_items, "[1,1e6]", "Items N", AXIS_INTEGER}, \
    {"queries", "800", quick_queries, "[2,1e6]", "Queries, to be halved into training and test", \
     AXIS_INTEGER}, \
    {"item_stride", "8", quick_item_stride, "[1,1e9]", \
     "Item i is string offset + i stride (mod their number)", AXIS_INTEGER}, \
    {"item_offset", "0", NULL, "[0,1e9]", "See item_stride", AXIS_INTEGER}, \
    {"query_stride", "40", quick_query_stride, "[1,1e9]", "The same for queries", AXIS_INTEGER}, \
    {"query_offset", "4", NULL, "[0,1e9]", "The same for queries", AXIS_INTEGER}, \
    {"split", "even_odd", NULL, "even_odd|random", \
     "Which half of the queries trains: the even ones, or a random half", AXIS_WORD}

/* The data of all values of these axes, computed in setup; with the control "shuffled" the entries of each
 * matrix are permuted. Exits with 64 when a source has too few strings or a matrix is too large. */
struct cur_bank;
struct cur_bank *cur_bank_new(const struct lab *lab);
void cur_bank_free(struct cur_bank *bank);
const struct cur_data *cur_bank_find(const struct cur_bank *bank, const struct lab_cell *cell);
/* Computes the singular vectors that deim and leverage choose by. */
void cur_bank_bases(struct cur_bank *bank);
/* For programs that share nothing else: lab_spec's setup and teardown, and a cell's data. */
void *cur_setup(const struct lab *lab);
void cur_teardown(void *bank);
const struct cur_data *cur_of(const struct lab_cell *cell);

/* The group with the default data axes and these further values (printf-like, "c=50 r=400"), or -1. */
long cur_find(const struct lab *lab, const char *score, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* A reason (malloc'd) why c anchor items and r anchor queries do not fit the cell's data axes, or NULL. */
char *cur_check_anchors(const struct lab_cell *cell, long c, long r);

const double *cur_train_row(const struct cur_data *d, size_t query); /* [items] */
const double *cur_test_row(const struct cur_data *d, size_t query);

/* The k-th best exact score of each test query, [test]; free it. */
double *cur_kth_best(const struct cur_data *d, size_t k);

/* ---- the regression on the anchors ---- */

/* A new [rows][columns] copy of the rows row[] and columns column[] of a matrix of `width` columns; NULL: the
 * first `columns` ones. */
double *cur_gather(const double *matrix, size_t width, size_t rows, const size_t *row, size_t columns,
                   const size_t *column);

/* W = U diag(s) V^T, r x c, k = min(r, c) terms, and P = U^T H, k x items: enough for any spectral filter. */
struct cur_regression {
    size_t r, c, k, items;
    double *u, *s, *vt, *p;
};
/* H are the rows row[r] of matrix [rows][items] (NULL: its first r). */
struct cur_regression *cur_regression_new(size_t r, size_t c, const double *w, size_t rows, size_t items,
                                          const double *matrix, const size_t *row);
void cur_regression_free(struct cur_regression *m);

/* Filters g[k] of the solution V diag(g) P. Truncation: 1/s_j for s_j >= rcond s_1, else 0; returns how many
 * are kept. Ridge: s_j/(s_j^2 + lambda^2). */
size_t cur_filter_truncated(const struct cur_regression *m, double rcond, double *g);
void cur_filter_ridge(const struct cur_regression *m, double lambda, double *g);
/* Condition number s_1/s_k of W; infinite when it is singular. */
double cur_condition(const struct cur_regression *m);

/* approximation[count][items] = f V diag(g) P for f[count][c]. */
void cur_predict(const struct cur_regression *m, const double *g, size_t count, const double *f,
                 double *approximation);

/* Sum of squared errors, over the r training queries and all items, of the ridge regressions that leave the
 * query predicted out: ||(H - U D U^T H)_i||^2/(1 - h_i)^2 with D = s^2/(s^2 + lambda^2), h_i = sum_j U_ij^2
 * D_j, for each lambda[] into loss[]. h is H, [r][items]. */
void cur_leave_one_out(const struct cur_regression *m, const double *h, size_t count, const double *lambda,
                       double *loss);

/* ||x - a||^2/||x||^2. */
double cur_row_error(size_t n, const double *exact, const double *approximation);

/* ---- retrieval ---- */

/* The items of each test query by approximation, best first, the lower index among equals, `depth` of them.
 */
struct cur_order {
    size_t queries, depth;
    size_t *item; /* [queries][depth] */
};
struct cur_order *cur_order_new(size_t queries, size_t items, size_t depth);
void cur_order_free(struct cur_order *order);
/* The first `depth` of one row. */
void cur_order_row(size_t items, const double *approximation, size_t depth, size_t *item);

/* Predicts all scores of the test queries from f[test][c] and returns the relative squared error ||S -
 * A||^2/||S||^2. Unless NULL: the order of the first `depth` items into *order (free it), the errors of
 * single queries into each[test]. The predictions are made and forgotten in blocks of queries. */
double cur_answer(const struct cur_regression *m, const double *g, const struct cur_data *d, const double *f,
                  size_t depth, struct cur_order **order, double *each);
/* The same for any linear map: the test queries' codes x[test][k] times p[k][items]. */
double cur_answer_product(size_t k, const double *x, const double *p, const struct cur_data *d, size_t depth,
                          struct cur_order **order, double *each);

/* Everything of one choice of anchors among the data: W [r][c], F of the test queries [test][c], the
 * regression, and room for its filter g. */
struct cur_anchored {
    size_t r, c, *row, *column;
    double *w, *f, *g;
    struct cur_regression *m;
};
struct cur_anchored *cur_anchored_new(const struct cur_data *d, size_t r, const size_t *row, size_t c,
                                      const size_t *column);
void cur_anchored_free(struct cur_anchored *a);

/* Recall of the k best at a budget of exact scores: the candidates are the anchor items (none: NULL, 0) and
 * the first others of the order, `budget` together. Ties count: min(k, candidates whose exact score is at
 * least the k-th best)/k, mean over the test queries; each[test] unless NULL. kth from cur_kth_best. */
double cur_recall(const struct cur_data *d, size_t k, const double *kth, const struct cur_order *order,
                  size_t budget, size_t anchors, const size_t *anchor, double *each);

/* ---- choice of anchors ---- */

/* Anchor items, as choose_columns on the training rows, with step 37 (deim and leverage need cur_bank_bases);
 * anchor queries for `stride` with step 3, for every other word at random. */
void cur_choose_items(const char *select, const struct cur_data *d, size_t count, gsl_rng *rng,
                      size_t *chosen);
void cur_choose_queries(const char *select, const struct cur_data *d, size_t count, gsl_rng *rng,
                        size_t *chosen);

/* ---- an index that scores strings itself, and counts ---- */

struct cur_index {
    size_t c, items;
    size_t *anchor;       /* [c] */
    double *cache;        /* E = W^+ H, [c][items] */
    long offline, online; /* scores computed so far, building and answering */
    enum score_kind kind;
    const struct score_strings *item;
};
struct cur_index *cur_index_new(enum score_kind kind, const struct score_strings *items,
                                const struct score_strings *queries, size_t r, const size_t *anchor_query,
                                size_t c, const size_t *anchor_item, double rcond);
void cur_index_free(struct cur_index *index);
/* The k best of `budget` exactly scored items (anchors among them), best first: numbers into item[k], scores
 * into score[k]. */
void cur_index_query(struct cur_index *index, const unsigned char *query, size_t length, size_t budget,
                     size_t k, size_t *item, double *score);

#endif
