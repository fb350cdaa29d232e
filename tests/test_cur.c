/* The vectorized scores against the plain dynamic programs, the regression against the pseudo-inverse,
 * leave-one-out against leaving out, the orders and recalls against sorting and counting, the choices of
 * columns against their definitions. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "check.h"
#include "cur/choose.h"
#include "cur/cur.h"
#include "cur/score.h"
#include "cur/trigrams.h"
#include "linalg.h"

/* ---- strings and scores ---- */

/* Strings of random lengths, often near multiples of a word, over few or all bytes. */
static struct score_strings *random_strings(gsl_rng *rng, size_t count, size_t longest, unsigned letters)
{
    static const size_t corners[] = {0, 1, 2, 63, 64, 65, 127, 128, 129};
    struct score_strings *s = base_alloc(1, sizeof *s);
    s->count = count;
    s->at = base_alloc(count + 1, sizeof *s->at);
    s->length = base_alloc(count + 1, sizeof *s->length);
    s->text = base_alloc(count * longest + 1, 1);
    for (size_t i = 0; i < count; i++) {
        size_t corner = corners[gsl_rng_uniform_int(rng, 9)];
        s->length[i] =
            gsl_rng_uniform_int(rng, 3) && corner <= longest ? corner : gsl_rng_uniform_int(rng, longest + 1);
        s->at[i] = (const unsigned char *)s->text + i * longest;
        for (size_t j = 0; j < s->length[i]; j++)
            s->text[i * longest + j] = (char)gsl_rng_uniform_int(rng, letters);
    }
    return s;
}

static void kernels_are_the_dynamic_programs(void **state)
{
    (void)state;
    gsl_rng *rng = check_stream("cur: kernels");
    for (long round = 0; round < check_rounds(30); round++) {
        unsigned letters = round % 3 == 0 ? 256 : round % 3 == 1 ? 2 : 5;
        size_t longest = round % 2 ? 40 : 200;
        struct score_strings *q = random_strings(rng, 1 + gsl_rng_uniform_int(rng, 70), longest, letters);
        struct score_strings *t = random_strings(rng, 1 + gsl_rng_uniform_int(rng, 8), longest, letters);
        int *raw = base_alloc(q->count * t->count, sizeof *raw);
        for (int kind = SCORE_LCS; kind <= SCORE_ED; kind++) {
            score_matrix((enum score_kind)kind, q, t, raw);
            for (size_t i = 0; i < q->count; i++)
                for (size_t j = 0; j < t->count; j++) {
                    long want =
                        score_pair((enum score_kind)kind, q->at[i], q->length[i], t->at[j], t->length[j]);
                    if (raw[i * t->count + j] != want)
                        fail_msg("kind %d, lengths %zu and %zu: %d, must be %ld", kind, q->length[i],
                                 t->length[j], raw[i * t->count + j], want);
                    double s = score_similarity((enum score_kind)kind, want, q->length[i], t->length[j]);
                    check_between("similarity", s, 0, 1);
                }
        }
        free(raw);
        score_strings_free(q);
        score_strings_free(t);
    }
    gsl_rng_free(rng);
}

static void known_scores(void **state)
{
    (void)state;
    const unsigned char *x = (const unsigned char *)"KITTEN", *y = (const unsigned char *)"SITTING";
    assert_int_equal(score_pair(SCORE_ED, x, 6, y, 7), 3);
    assert_int_equal(score_pair(SCORE_LCS, x, 6, y, 7), 4);
    assert_int_equal(score_pair(SCORE_SW, x, 6, y, 7), 7); /* ITTEN, ITTIN */
    check_close("equal strings", score_similarity(SCORE_SW, 12, 6, 6), 1, 0);
    check_close("an empty string", score_similarity(SCORE_ED, 0, 0, 0), 0, 0);
}

static void strings_of_a_file(void **state)
{
    (void)state;
    char path[] = "/tmp/test_cur_XXXXXX";
    int file = mkstemp(path);
    assert_true(file >= 0);
    const char text[] = "one\n\ntwo\r\nthree words here\n\nlast";
    assert_int_equal(write(file, text, sizeof text - 1), sizeof text - 1);
    close(file);
    struct score_strings *s = score_strings_read(path), *walk = score_strings_walk(s, 5, 3, 6);
    assert_int_equal(s->count, 4);
    assert_int_equal(s->length[1], 3);
    assert_memory_equal(s->at[3], "last", 4);
    static const size_t at[] = {2, 1, 0, 3, 2};
    for (size_t i = 0; i < 5; i++)
        assert_ptr_equal(walk->at[i], s->at[at[i]]);
    score_strings_free(walk);
    score_strings_free(s);
    unlink(path);
}

/* ---- the regression ---- */

static double *normals(gsl_rng *rng, size_t n)
{
    double *x = base_alloc(n, sizeof *x);
    rng_normals(rng, x, n);
    return x;
}

static void prediction_is_the_pseudo_inverse(void **state)
{
    (void)state;
    gsl_rng *rng = check_stream("cur: regression");
    for (long round = 0; round < check_rounds(40); round++) {
        size_t rows = 1 + gsl_rng_uniform_int(rng, 20), n = 1 + gsl_rng_uniform_int(rng, 30);
        size_t r = 1 + gsl_rng_uniform_int(rng, rows), c = 1 + gsl_rng_uniform_int(rng, n),
               q = 1 + (size_t)round % 4;
        double *s = normals(rng, rows * n), *f = normals(rng, q * c), rcond = round % 2 ? 0.2 : 1e-15;
        size_t row[20], column[30];
        choose_random(rows, r, rng, row);
        choose_random(n, c, rng, column);
        double *w = cur_gather(s, n, r, row, c, column), *h = cur_gather(s, n, r, row, n, NULL);
        double *plus = base_alloc(c * r, sizeof *plus), *e = base_alloc(c * n, sizeof *e);
        double *want = base_alloc(q * n, sizeof *want), *got = base_alloc(q * n, sizeof *got), g[20];
        size_t rank = linalg_pinv(r, c, w, rcond, plus);
        linalg_gemm('N', 'N', c, n, r, 1, plus, h, 0, e);
        linalg_gemm('N', 'N', q, n, c, 1, f, e, 0, want);
        struct cur_regression *m = cur_regression_new(r, c, w, rows, n, s, row);
        assert_int_equal(cur_filter_truncated(m, rcond, g), rank);
        cur_predict(m, g, q, f, got);
        double scale = 0, condition = cur_condition(m);
        for (size_t i = 0; i < q * n; i++)
            scale = fmax(scale, fabs(want[i]));
        for (size_t i = 0; i < q * n; i++)
            check_close("prediction", got[i], want[i], 1e-13 * (scale + 1) * fmin(condition, 1e9));
        cur_regression_free(m);
        free(s);
        free(f);
        free(w);
        free(h);
        free(plus);
        free(e);
        free(want);
        free(got);
    }
    gsl_rng_free(rng);
}

/* The ridge solution from the normal equations without query `out`, its squared error there. */
static double left_out_error(size_t r, size_t c, size_t n, const double *w, const double *h, double lambda,
                             size_t out)
{
    double *gram = base_alloc(c * c, sizeof *gram), *right = base_alloc(c * n, sizeof *right), error = 0;
    for (size_t i = 0; i < c; i++)
        gram[i * c + i] = lambda * lambda;
    for (size_t q = 0; q < r; q++)
        for (size_t i = 0; q != out && i < c; i++) {
            for (size_t j = 0; j < c; j++)
                gram[i * c + j] += w[q * c + i] * w[q * c + j];
            for (size_t k = 0; k < n; k++)
                right[i * n + k] += w[q * c + i] * h[q * n + k];
        }
    assert_int_equal(linalg_solve(c, n, gram, right), 0);
    for (size_t k = 0; k < n; k++) {
        double prediction = 0;
        for (size_t i = 0; i < c; i++)
            prediction += w[out * c + i] * right[i * n + k];
        error += (h[out * n + k] - prediction) * (h[out * n + k] - prediction);
    }
    free(gram);
    free(right);
    return error;
}

static void leave_one_out_is_leaving_out(void **state)
{
    (void)state;
    gsl_rng *rng = check_stream("cur: leave one out");
    for (long round = 0; round < check_rounds(20); round++) {
        size_t r = 2 + gsl_rng_uniform_int(rng, 10), c = 1 + gsl_rng_uniform_int(rng, 12),
               n = 1 + gsl_rng_uniform_int(rng, 9);
        double *w = normals(rng, r * c), *h = normals(rng, r * n), loss[2];
        const double lambda[2] = {0.3, 2};
        struct cur_regression *m = cur_regression_new(r, c, w, r, n, h, NULL);
        cur_leave_one_out(m, h, 2, lambda, loss);
        for (size_t t = 0; t < 2; t++) {
            double want = 0;
            for (size_t q = 0; q < r; q++)
                want += left_out_error(r, c, n, w, h, lambda[t], q);
            check_close("leave one out", loss[t], want, 1e-9 * want);
        }
        cur_regression_free(m);
        free(w);
        free(h);
    }
    gsl_rng_free(rng);
}

/* ---- retrieval ---- */

static void order_is_by_sorting(void **state)
{
    (void)state;
    gsl_rng *rng = check_stream("cur: order");
    for (long round = 0; round < check_rounds(3000); round++) {
        size_t n = 1 + gsl_rng_uniform_int(rng, 60), depth = 1 + gsl_rng_uniform_int(rng, n), item[60];
        unsigned values = round % 3 == 0 ? 1 : round % 3 == 1 ? 4 : 1000000;
        double x[60];
        for (size_t i = 0; i < n; i++)
            x[i] = (double)gsl_rng_uniform_int(rng, values);
        cur_order_row(n, x, depth, item);
        for (size_t i = 0; i < depth; i++) {
            size_t rank = 0;
            for (size_t j = 0; j < n; j++)
                rank += x[j] > x[item[i]] || (x[j] == x[item[i]] && j < item[i]);
            assert_int_equal(rank, i);
        }
    }
    gsl_rng_free(rng);
}

static void recall_counts_ties(void **state)
{
    (void)state;
    /* exact 5 5 3 3 1 0; the two best: both fives; the three best: any of the threes will do */
    double score[6] = {5, 5, 3, 3, 1, 0};
    struct cur_data d = {.items = 6, .train = 0, .test = 1, .score = score};
    size_t item[6] = {4, 3, 0, 5, 1, 2}, anchors[2] = {5, 0};
    struct cur_order order = {1, 6, item};
    double *kth = cur_kth_best(&d, 3);
    check_close("third best", kth[0], 3, 0);
    check_close("of one", cur_recall(&d, 3, kth, &order, 1, 0, NULL, NULL), 0, 0);
    check_close("of three", cur_recall(&d, 3, kth, &order, 3, 0, NULL, NULL), 2.0 / 3, 1e-15);
    check_close("of all: no more than k", cur_recall(&d, 3, kth, &order, 6, 0, NULL, NULL), 1, 0);
    /* anchors 5 and 0 stand first, then 4 and 3 */
    check_close("with anchors", cur_recall(&d, 3, kth, &order, 4, 2, anchors, NULL), 2.0 / 3, 1e-15);
    check_close("anchors alone", cur_recall(&d, 3, kth, &order, 2, 2, anchors, NULL), 1.0 / 3, 1e-15);
    free(kth);
}

/* ---- choices ---- */

static void distinct(size_t n, size_t count, const size_t *chosen)
{
    for (size_t i = 0; i < count; i++) {
        assert_true(chosen[i] < n);
        for (size_t j = 0; j < i; j++)
            assert_int_not_equal(chosen[i], chosen[j]);
    }
}

/* The squared norm that the span of the chosen columns leaves of column j. */
static double rest_of(size_t m, size_t n, const double *s, size_t count, const size_t *chosen, size_t j)
{
    double column[20], q[20 * 20];
    for (size_t k = 0; k <= count; k++) {
        size_t from = k < count ? chosen[k] : j;
        for (size_t i = 0; i < m; i++)
            column[i] = s[i * n + from];
        for (int pass = 0; pass < 2; pass++)
            for (size_t p = 0; p < k; p++) {
                double dot = 0;
                for (size_t i = 0; i < m; i++)
                    dot += q[p * 20 + i] * column[i];
                for (size_t i = 0; i < m; i++)
                    column[i] -= dot * q[p * 20 + i];
            }
        double norm = 0;
        for (size_t i = 0; i < m; i++)
            norm += column[i] * column[i];
        if (k == count)
            return norm;
        for (size_t i = 0; i < m; i++)
            q[k * 20 + i] = norm > 0 ? column[i] / sqrt(norm) : 0;
    }
    return 0;
}

static void columns_are_chosen_by_their_rules(void **state)
{
    (void)state;
    gsl_rng *rng = check_stream("cur: choices");
    static const char *const words[] = {"stride",   "random",     "norm",     "qr",    "deim",
                                        "leverage", "leverage:2", "farthest", "kmeans"};
    for (long round = 0; round < check_rounds(30); round++) {
        size_t m = 2 + gsl_rng_uniform_int(rng, 18), n = m + gsl_rng_uniform_int(rng, 20), chosen[40];
        size_t count = 1 + gsl_rng_uniform_int(rng, m);
        double *s = normals(rng, m * n);
        if (round % 3 == 0) /* copies of columns */
            for (size_t i = 0; i < m; i++)
                s[i * n + n - 1] = s[i * n];
        double *basis = choose_basis(m, n, s);
        for (size_t w = 0; w < sizeof words / sizeof *words; w++) {
            choose_columns(words[w], m, n, s, basis, 7, count, rng, chosen);
            distinct(n, count, chosen);
        }
        choose_qr(m, n, s, count, chosen);
        for (size_t k = 0; k < count; k++) {
            double mine = rest_of(m, n, s, k, chosen, chosen[k]);
            for (size_t j = 0; j < n; j++)
                check_between("rest beside the pivot's", rest_of(m, n, s, k, chosen, j), 0,
                              mine * (1 + 1e-10) + 1e-20);
        }
        double rest, weight[40], sum = 0;
        choose_deim(n, basis, count, chosen, &rest);
        check_between("deim on chosen indices", rest, 0, 1e-10);
        choose_leverage(n, count, basis, weight);
        for (size_t j = 0; j < n; j++)
            sum += weight[j];
        check_close("leverages", sum, (double)count, 1e-12 * (double)n);
        free(s);
        free(basis);
    }
    /* two tight clusters: one medoid in each, and it is nearest to the mean */
    double x[6] = {0, 0.1, 0.3, 100, 100.2, 100.3};
    size_t chosen[2];
    for (int i = 0; i < 20; i++) {
        choose_medoids(6, 1, x, 2, rng, chosen);
        assert_true((chosen[0] == 1 && chosen[1] == 4) || (chosen[0] == 4 && chosen[1] == 1));
    }
    assert_null(choose_check("leverage:7", 1));
    static const char *const bad[] = {"", "leverage:0", "leverage:", "lev", "strides"};
    for (size_t i = 0; i < 5; i++) {
        char *why = choose_check(bad[i], 0);
        assert_non_null(why);
        free(why);
    }
    gsl_rng_free(rng);
}

/* ---- trigrams ---- */

static double times_in(const struct score_strings *s, size_t i, const unsigned char *trigram)
{
    double times = 0;
    for (size_t j = 0; j + 2 < s->length[i]; j++)
        times += !memcmp(s->at[i] + j, trigram, 3);
    return times;
}

/* The cosine by its definition, over the 8 trigrams of two letters. */
static double cosine(const struct score_strings *items, size_t item, const struct score_strings *queries,
                     size_t query)
{
    double dot = 0, a = 0, b = 0;
    for (int t = 0; t < 8; t++) {
        unsigned char trigram[3] = {(unsigned char)(t & 1), (unsigned char)(t >> 1 & 1),
                                    (unsigned char)(t >> 2)};
        double df = 0;
        for (size_t i = 0; i < items->count; i++)
            df += times_in(items, i, trigram) > 0;
        if (df == 0)
            continue;
        double weight = log((double)items->count / df);
        double x = weight * times_in(items, item, trigram), y = weight * times_in(queries, query, trigram);
        dot += x * y;
        a += x * x;
        b += y * y;
    }
    return a > 0 && b > 0 ? dot / sqrt(a * b) : 0;
}

static void trigrams_are_cosines(void **state)
{
    (void)state;
    gsl_rng *rng = check_stream("cur: trigrams");
    for (long round = 0; round < check_rounds(20); round++) {
        struct score_strings *items = random_strings(rng, 1 + gsl_rng_uniform_int(rng, 12), 8, 2);
        struct score_strings *queries = random_strings(rng, 3, 8, 2);
        struct trigrams *t = trigrams_new(items);
        double got[12];
        for (size_t q = 0; q < 3; q++) {
            trigrams_query(t, queries->at[q], queries->length[q], got);
            for (size_t i = 0; i < items->count; i++)
                check_close("cosine", got[i], cosine(items, i, queries, q), 1e-14);
        }
        trigrams_free(t);
        score_strings_free(items);
        score_strings_free(queries);
    }
    gsl_rng_free(rng);
}

/* ---- the index ---- */

static void index_scores_what_it_says(void **state)
{
    (void)state;
    gsl_rng *rng = check_stream("cur: index");
    for (int kind = SCORE_LCS; kind <= SCORE_ED; kind++) {
        struct score_strings *items = random_strings(rng, 60, 40, 4),
                             *queries = random_strings(rng, 30, 40, 4);
        size_t row[20], column[10], item[5];
        double score[5];
        choose_random(30, 20, rng, row);
        choose_random(60, 10, rng, column);
        struct cur_index *index =
            cur_index_new((enum score_kind)kind, items, queries, 20, row, 10, column, 1e-3);
        assert_int_equal(index->offline, 20 * 60);
        for (size_t q = 0; q < 30; q++) {
            size_t budget = q % 2 ? 60 : 25;
            cur_index_query(index, queries->at[q], queries->length[q], budget, 5, item, score);
            distinct(60, 5, item);
            for (size_t i = 0; i < 5; i++) {
                size_t n = queries->length[q], m = items->length[item[i]], better = 0;
                double want = score_similarity(
                    (enum score_kind)kind,
                    score_pair((enum score_kind)kind, queries->at[q], n, items->at[item[i]], m), n, m);
                check_close("score", score[i], want, 0);
                assert_true(i == 0 || score[i] <= score[i - 1]);
                for (size_t j = 0; budget == 60 && j < 60; j++) /* all scored: the best of all */
                    better += score_similarity((enum score_kind)kind,
                                               score_pair((enum score_kind)kind, queries->at[q], n,
                                                          items->at[j], items->length[j]),
                                               n, items->length[j]) > want;
                assert_true(budget < 60 || better <= i);
            }
        }
        assert_int_equal(index->online, 15 * (60 + 25));
        cur_index_free(index);
        score_strings_free(items);
        score_strings_free(queries);
    }
    gsl_rng_free(rng);
}

int main(void)
{
    linalg_single_thread();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(kernels_are_the_dynamic_programs),
        cmocka_unit_test(known_scores),
        cmocka_unit_test(strings_of_a_file),
        cmocka_unit_test(prediction_is_the_pseudo_inverse),
        cmocka_unit_test(leave_one_out_is_leaving_out),
        cmocka_unit_test(order_is_by_sorting),
        cmocka_unit_test(recall_counts_ties),
        cmocka_unit_test(columns_are_chosen_by_their_rules),
        cmocka_unit_test(trigrams_are_cosines),
        cmocka_unit_test(index_scores_what_it_says),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
