/* Does a random projection keep the distances of real and artificial points as the lemma says?
 *
 * Source: kexue.fm/archives/8679: with A of independent N(0, 1/d) entries and d > 24 log n / eps^2, all
 * pairs of n points have |A(x - y)|^2 within 1 +- eps of |x - y|^2 with probability at least 1 - 1/n, and
 * unit vectors keep their inner products to eps with probability 1 - 2/n; d > 16 log n / eps^2 succeeds
 * with some positive probability.
 * Points: the simplex e_1, ..., e_n (the worst case of the union bound), Gaussian points, the 8x8
 * handwritten digits, words as counts of their character trigrams, a file of the user. Equal points are
 * left out of the pairs.
 * Finding: every run succeeds, with distortions near eps/2; the law of one pair is chi-square whatever the
 * points are.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "dataset.h"
#include "jl.h"
#include "lab.h"
#include "projection.h"

enum { GAUSS_M = 1000, WORDS_M = 1 << 14 };
static const double MEMORY_MAX = 2e9; /* numbers in the projected points, or in the points */

/* ---- point sets, one for each points, n, m of the sweep ---- */

struct point_set {
    char *name; /* "words 512 16384" */
    struct projection_points *points;
};

struct point_sets {
    struct point_set *set;
    size_t count;
};

static char *set_name(const char *points, const char *n, const char *m)
{
    return base_format("%s %s %s", points, n, m);
}

static const struct projection_points *find_points(const struct point_sets *sets, const struct lab_cell *cell)
{
    char *name = set_name(lab_word(cell, "points"), lab_word(cell, "n"), lab_word(cell, "m"));
    size_t i = 0;
    while (i < sets->count && strcmp(sets->set[i].name, name))
        i++;
    free(name);
    if (i == sets->count)
        lab_fail(cell, "no points");
    return sets->set[i].points;
}

static size_t number_or(const char *text, const char *word, size_t otherwise)
{
    return strcmp(text, word) ? (size_t)strtoull(text, NULL, 10) : otherwise;
}

/* n of the rows of `all`, or all of them, in random order. */
static double *choose_rows(const struct dataset *all, const char *points, size_t n, gsl_rng *rng)
{
    if (n > all->n)
        base_die(BASE_BAD_USAGE, "--n: %zu points asked for; %s has %zu, give at most that or all", n, points,
                 all->n);
    double *x = base_alloc(n * all->m, sizeof *x);
    size_t *order = base_alloc(all->n, sizeof *order);
    projection_choose(order, all->n, n, rng);
    for (size_t i = 0; i < n; i++)
        memcpy(x + i * all->m, all->x + order[i] * all->m, all->m * sizeof *x);
    free(order);
    return x;
}

static void refuse_m(const char *points, size_t is, const char *m)
{
    if (number_or(m, "auto", is) != is)
        base_die(BASE_BAD_USAGE, "--m: '%s' is not accepted; points %s have dimension %zu, give that or auto",
                 m, points, is);
}

static struct projection_points *make_points(const char *kind, const char *n_text, const char *m_text,
                                             gsl_rng *rng)
{
    int drawn = !strcmp(kind, "simplex") || !strcmp(kind, "gauss") || !strcmp(kind, "words");
    if (drawn && !strcmp(n_text, "all"))
        base_die(BASE_BAD_USAGE,
                 "--n: 'all' is not accepted; points %s have no number of their own, give one", kind);
    size_t n = number_or(n_text, "all", 0);
    if (!strcmp(kind, "simplex")) {
        refuse_m(kind, n, m_text);
        return projection_simplex(n);
    }
    if (!strcmp(kind, "gauss")) {
        size_t m = number_or(m_text, "auto", GAUSS_M);
        double *x = base_alloc(n * m, sizeof *x);
        rng_normals(rng, x, n * m);
        return projection_points_of(x, n, m);
    }
    if (!strcmp(kind, "words")) {
        struct dataset_lexicon *lexicon = dataset_lexicon(NULL);
        struct dataset *words = dataset_trigrams(lexicon, n, number_or(m_text, "auto", WORDS_M), rng);
        struct projection_points *p = projection_points_of(words->x, words->n, words->m);
        words->x = NULL; /* taken over */
        dataset_free(words);
        dataset_lexicon_free(lexicon);
        return p;
    }
    struct dataset *all = strcmp(kind, "digits") ? dataset_file(kind) : dataset_digits();
    refuse_m(kind, all->m, m_text);
    n = number_or(n_text, "all", all->n);
    if (n < 2)
        base_die(BASE_BAD_USAGE, "--points: %s has %zu point; give at least 2", kind, all->n);
    struct projection_points *p = projection_points_of(choose_rows(all, kind, n, rng), n, all->m);
    dataset_free(all);
    return p;
}

static void *setup(const struct lab *lab)
{
    const struct axis_values *points = lab_axis_values(lab, "points"), *n = lab_axis_values(lab, "n");
    const struct axis_values *m = lab_axis_values(lab, "m");
    struct point_sets *sets = base_alloc(1, sizeof *sets);
    sets->set = base_alloc(points->count * n->count * m->count, sizeof *sets->set);
    for (size_t i = 0; i < points->count; i++)
        for (size_t j = 0; j < n->count; j++)
            for (size_t k = 0; k < m->count; k++) {
                struct point_set *set = &sets->set[sets->count++];
                set->name = set_name(points->text[i], n->text[j], m->text[k]);
                gsl_rng *rng = lab_stream(lab, set->name);
                set->points = make_points(points->text[i], n->text[j], m->text[k], rng);
                gsl_rng_free(rng);
                if (set->points->n * (set->points->n - 1) / 2 == set->points->equal)
                    base_die(BASE_BAD_USAGE, "--points: all points of %s are equal; give different ones",
                             set->name);
            }
    return sets;
}

static void teardown(void *shared)
{
    struct point_sets *sets = shared;
    for (size_t i = 0; i < sets->count; i++) {
        projection_points_free(sets->set[i].points);
        free(sets->set[i].name);
    }
    free(sets->set);
    free(sets);
}

/* ---- one projection ---- */

static double dimension(const struct lab_cell *cell, size_t n)
{
    const char *d = lab_word(cell, "d");
    double eps = lab_real(cell, "eps"), logn = log((double)n);
    if (!strcmp(d, "rule24"))
        return ceil(24 * logn / (eps * eps));
    if (!strcmp(d, "rule16"))
        return ceil(16 * logn / (eps * eps));
    if (!strcmp(d, "exact"))
        return jl_required_dim(logl((long double)n * ((long double)n - 1) / 2), eps, -logl((long double)n),
                               JL_BOTH);
    return lab_real(cell, "d");
}

static void cell(struct lab_cell *cell)
{
    const struct projection_points *points = find_points(lab_shared(cell), cell);
    enum projection_kind kind = projection_kind_of(lab_word(cell, "matrix"));
    double eps = lab_real(cell, "eps"), wanted = dimension(cell, points->n);
    if (wanted < 1 || wanted * (double)points->n > MEMORY_MAX)
        base_die(BASE_BAD_USAGE, "--d: %s is %.0f here; accepted is up to %.0f for %zu points",
                 lab_word(cell, "d"), wanted, floor(MEMORY_MAX / (double)points->n), points->n);
    size_t d = (size_t)wanted, most = projection_dim_max(kind, points->m);
    if (most && d > most)
        base_die(BASE_BAD_USAGE,
                 "--d: %s is %zu here; matrix srht accepts up to %zu for points of dimension %zu",
                 lab_word(cell, "d"), d, most, points->m);
    double *y = base_alloc(points->n * d, sizeof *y);
    projection_apply(points, kind, d, (double)(lab_control(cell, "scale") ? points->m : d), lab_rng(cell), y);
    struct projection_errors e = projection_measure(points, y, d, eps);
    free(y);
    if (!isfinite(e.square) || !isfinite(e.distortion) || !isfinite(e.inner))
        lab_fail(cell, "an infinite distortion: the coordinates are too large");
    lab_put(cell, "dimension", (double)d);
    lab_put(cell, "success", e.distortion <= eps);
    lab_put(cell, "distortion", e.distortion);
    lab_put(cell, "inner", e.inner);
    lab_put(cell, "failing", (double)e.failing);
    lab_put(cell, "square", e.square * (double)d / 2);
    lab_put(cell, "equal_pairs", (double)points->equal);
}

/* ---- what the claims ask ---- */

static void measure_simplex(struct lab *lab, size_t g)
{
    const struct lab_cell *c = lab_group(lab, g);
    const char *n = lab_word(c, "n"), *eps = lab_word(c, "eps");
    struct stats_mean distortion = lab_mean(lab, g, "distortion"), inner = lab_mean(lab, g, "inner");
    double scale = lab_real(c, "eps");
    lab_measure(lab, distortion.value / scale, distortion.error / scale, distortion.count,
                "distortion_over_eps_%s_%s", n, eps);
    lab_measure(lab, inner.value / scale, inner.error / scale, inner.count, "inner_over_eps_%s_%s", n, eps);
}

static void summarize(struct lab *lab)
{
    static const char *const kinds[] = {"simplex", "gauss", "digits", "words"};
    double distortion = 0, inner = 0;
    long runs[2] = {0, 0}, failures = 0;
    for (size_t g = 0; g < lab_groups(lab); g++) {
        const struct lab_cell *c = lab_group(lab, g);
        if (!lab_is(c, "matrix", "gauss"))
            continue;
        size_t n;
        const double *d = lab_column(lab, g, "distortion", &n), *product = lab_column(lab, g, "inner", &n);
        int rule = lab_is(c, "d", "rule24") ? 0 : lab_is(c, "d", "rule16") ? 1 : 2;
        for (size_t i = 0; i < n && rule == 0; i++) {
            distortion = fmax(distortion, d[i] / lab_real(c, "eps"));
            inner = fmax(inner, product[i] / lab_real(c, "eps"));
        }
        for (size_t i = 0; i < n && rule == 1; i++)
            failures += d[i] > lab_real(c, "eps");
        if (rule < 2)
            runs[rule] += (long)n;
        if (rule || !lab_is(c, "m", "auto") || lab_is(c, "n", "all"))
            continue;
        if (lab_is(c, "points", "simplex"))
            measure_simplex(lab, g);
        for (int k = 0; k < 4; k++)
            if (lab_is(c, "points", kinds[k]) && lab_is(c, "n", "128") && lab_is(c, "eps", "0.5")) {
                struct stats_mean square = lab_mean(lab, g, "square");
                square.value -= 1;
                lab_measure_mean(lab, square, "square_minus_theory_%s", kinds[k]);
            }
    }
    if (runs[0]) {
        lab_measure(lab, distortion, 0, 0, "distortion_24_over_eps_max");
        lab_measure(lab, inner, 0, 0, "inner_24_over_eps_max");
    }
    if (runs[1])
        lab_measure_mean(lab, stats_proportion_of(failures, runs[1]), "failures_16");
}

static const struct lab_spec spec = {
    .name = "jl/project",
    .about = "distortion of distances and inner products by random projections of point sets",
    .axes = {{"points", "simplex,gauss,digits,words", NULL, "simplex|gauss|digits|words",
              "point set, by name or in a file: one point a line, numbers separated by commas or blanks",
              AXIS_FILE},
             {"matrix", "gauss", NULL, "gauss|sign|sparse|srht", "random matrix", AXIS_WORD},
             {"n", "32,128,512,1024", "32,128", "[2,1e6]|all", "points taken; all: as many as there are",
              AXIS_INTEGER},
             {"m", "auto", NULL, "[1,1e7]|auto",
              "dimension of gauss and words points; auto: 1000 and 16384, and that of the other sets",
              AXIS_INTEGER},
             {"d", "rule24,rule16", NULL, "[1,1e9]|rule24|rule16|exact",
              "target dimension, or 24 log n/eps^2, 16 log n/eps^2, or the exact one for failure 1/n",
              AXIS_INTEGER},
             {"eps", "0.25,0.5", "0.5", "(0,1)", "distortion allowed", AXIS_REAL},
             {"replicate", "0:99", NULL, "[0,inf)", "independent matrices", AXIS_INTEGER}},
    .columns = "dimension,success,distortion,inner,failing,square,equal_pairs",
    .fold = "replicate",
    .controls = "scale",
    .setup = setup,
    .teardown = teardown,
    .cell = cell,
    .summarize = summarize,
};

int main(int argc, char **argv)
{
    return lab_main(&spec, argc, argv);
}
