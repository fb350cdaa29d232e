/* Real rows of scores: handwritten digits and words by their trigrams.
 *
 * For each query, its cosines with all other points, centred and scaled to unit deviation, times gamma: the
 * row of scores that kexue.fm/archives/9889 takes for normal. S of exp, relu^2, relu and the identity, and
 * the tokens n S^2. Finding: the order of the maps and the floor of linear attention carry over; softmax on
 * words, whose cosines have a long right tail, concentrates earlier than on normal scores.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "focus.h"
#include "lab.h"
#include "sets.h"

static void *setup(const struct lab *lab)
{
    struct focus_sets *sets = base_alloc(1, sizeof *sets);
    focus_sets_load(sets, lab, "data", NULL);
    for (size_t i = 0; i < sets->count; i++) {
        const struct focus_set *set = &sets->set[i];
        if (set->data->n < 3)
            base_die(BASE_BAD_USAGE, "--data: %s has %zu points; give at least 3", set->name, set->data->n);
        for (size_t j = 0; j < set->data->n; j++) {
            double square = 0;
            for (size_t k = 0; k < set->data->m; k++)
                square += set->data->x[j * set->data->m + k] * set->data->x[j * set->data->m + k];
            if (!(square > 0) || isinf(square))
                base_die(BASE_BAD_USAGE,
                         "--data: point %zu of %s has no direction; give points of finite length above 0",
                         j + 1, set->name);
        }
    }
    return sets;
}

static void teardown(void *sets)
{
    focus_sets_clear(sets);
    free(sets);
}

static double product(const double *x, const double *y, size_t m)
{
    double sum = 0;
    for (size_t i = 0; i < m; i++)
        sum += x[i] * y[i];
    return sum;
}

/* The standardized cosines of point `query` with the n - 1 others; or, as a control, normal scores. */
static size_t scores(struct lab_cell *c, const struct dataset *data, size_t query, double *z)
{
    size_t n = 0, m = data->m;
    const double *x = data->x + query * m;
    for (size_t j = 0; j < data->n; j++) {
        if (j == query)
            continue;
        const double *y = data->x + j * m;
        z[n++] = lab_control(c, "normal") ? rng_normal(lab_rng(c))
                                          : product(x, y, m) / sqrt(product(x, x, m) * product(y, y, m));
    }
    if (focus_standardize(z, n, 1))
        base_die(BASE_BAD_USAGE,
                 "--data: point %zu of %s has the same cosine with every other point; give others", query + 1,
                 lab_word(c, "data"));
    return n;
}

static void cell(struct lab_cell *c)
{
    const struct dataset *data = focus_sets_find(lab_shared(c), lab_word(c, "data"));
    double *z = base_alloc(data->n, sizeof *z), *a = base_alloc(data->n, sizeof *a),
           gamma = lab_real(c, "gamma");
    size_t n = scores(c, data, gsl_rng_uniform_int(lab_rng(c), data->n), z);
    static const char *const maps[] = {"exp", "relu2", "relu", "id"};
    for (int k = 0; k < 4; k++) {
        struct focus_map map;
        focus_map_parse(maps[k], &map);
        for (size_t j = 0; j < n; j++)
            a[j] = gamma * z[j];
        focus_weights(map, a, n);
        double S = focus_index(a, n);
        if (isnan(S))
            lab_fail(c, "a row without positive scores");
        lab_put(c, maps[k], S);
        if (k == 0) {
            lab_put(c, "tokens", (double)n * S * S);
            lab_put(c, "normal", focus_limit(map, 0, gamma));
        }
    }
    free(z);
    free(a);
}

static void summarize(struct lab *lab)
{
    for (size_t i = 0; i < lab_groups(lab); i++) {
        const struct lab_cell *at = lab_group(lab, i);
        const char *data = lab_word(at, "data"), *gamma = lab_word(at, "gamma");
        struct stats_mean soft = lab_mean(lab, i, "exp"), id = lab_mean(lab, i, "id"),
                          relu2 = lab_mean(lab, i, "relu2");
        if (strcmp(data, "digits") && strcmp(data, "words"))
            continue;
        if (strcmp(gamma, "4") == 0) {
            lab_measure_mean(lab, stats_mean_difference(relu2, soft), "relu2_above_exp_%s", data);
            lab_measure_mean(lab, stats_mean_difference(id, relu2), "id_above_relu2_%s", data);
        }
        if (strcmp(gamma, "2") == 0 && *data == 'w') {
            soft.value -= focus_mean((struct focus_map){FOCUS_EXP, 1}, 0, 2, 1999).value;
            lab_measure_mean(lab, soft, "exp_off_normal");
        }
    }
}

static const struct lab_spec spec = {
    .name = "focus/rows",
    .about = "How concentrated is attention over real rows of similarities?",
    .axes =
        {
            {"data", "digits,words", NULL, "digits|words",
             "Digits, words by their trigrams, or a file: one point a line, numbers separated by commas or "
             "blanks",
             AXIS_FILE},
            {"gamma", "1,2,3,4,6,8,10", "2,4", "(0,100]", "Deviation of a row's scores", AXIS_REAL},
            {"replicate", "0:299", "0:99", "[0,inf)", "Replicate: a query drawn", AXIS_INTEGER},
        },
    .columns = "exp,tokens,normal,relu2,relu,id",
    .fold = "replicate",
    .controls = "normal",
    .setup = setup,
    .teardown = teardown,
    .cell = cell,
    .summarize = summarize,
};

int main(int argc, char **argv)
{
    return lab_main(&spec, argc, argv);
}
