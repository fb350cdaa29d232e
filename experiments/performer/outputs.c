/* Codes chosen for the keys, soft or hard, random codes, random features, no attention at all: which output
 * errs least?
 *
 * Source: kexue.fm/archives/9862, section 3, which proposes a soft assignment p(y | k) in place of a one-hot
 * one, and remarks that random omega are poor centers. Relative error of the output (Frobenius norm) against
 * softmax(q k^T) v for
 *     performer   m random features               uniform   the mean of v
 *     hard        one-hot, codes by k-means        soft      softmax(-|k - c|^2/(2 tau)), the same codes
 *     random      one-hot, codes N(0, I)
 * tau is in units of the variance of a key's coordinate, s^2. Keys are isotropic (s N(0, I)), clustered (m/2
 * centers s N(0, I), spread 0.2 s), or made from the bytes of a text (s times standardized features); queries
 * are s N(0, I).
 * Finding: soft beats hard by a few per cent at a moderate tau, and loses at a larger one.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "dataset.h"
#include "kmeans.h"
#include "lab.h"
#include "performer.h"

struct shared {
    struct dataset_bytes *text;
};

static void *setup(const struct lab *lab)
{
    const struct axis_values *keys = lab_axis_values(lab, "keys");
    const char *path = lab_axis_values(lab, "data")->text[0];
    struct shared *shared = base_alloc(1, sizeof *shared);
    for (size_t i = 0; i < keys->count && !shared->text; i++)
        if (!strcmp(keys->text[i], "text"))
            shared->text = dataset_bytes(strcmp(path, "licenses") ? path : NULL);
    return shared;
}

static void teardown(void *data)
{
    struct shared *shared = data;
    dataset_bytes_free(shared->text);
    free(shared);
}

/* The scale of the source's sweep, 0.7, 0.6, 0.5 at d = 8, 16, 32, continued as 2 d^{-1/2} at least. */
static double scale_of(const struct lab_cell *cell)
{
    if (!lab_is(cell, "scale", "auto"))
        return lab_real(cell, "scale");
    double d = lab_real(cell, "d");
    return d <= 8 ? 0.7 : d <= 16 ? 0.6 : d <= 32 ? 0.5 : 0.5 * sqrt(32 / d);
}

static void draw_keys(struct lab_cell *cell, size_t n, size_t m, size_t d, double s, double *k)
{
    const struct shared *shared = lab_shared(cell);
    if (lab_is(cell, "keys", "text")) {
        size_t begin = gsl_rng_uniform_int(lab_rng(cell), shared->text->n);
        dataset_bytes_features(shared->text, begin, n, d, 4, 1, lab_rng(cell), k);
        for (size_t i = 0; i < n * d; i++)
            k[i] *= s / sqrt(2);
        return;
    }
    performer_normals(n, d, s, lab_rng(cell), k);
    if (lab_is(cell, "keys", "isotropic"))
        return;
    size_t clusters = m / 2 > 0 ? m / 2 : 1;
    double *center = base_alloc(clusters * d, sizeof *center);
    performer_normals(clusters, d, s, lab_rng(cell), center);
    for (size_t j = 0; j < n; j++) {
        size_t c = gsl_rng_uniform_int(lab_rng(cell), clusters);
        for (size_t a = 0; a < d; a++)
            k[j * d + a] = center[c * d + a] + 0.2 * k[j * d + a];
    }
    free(center);
}

struct problem {
    size_t n, m, d, dv;
    double *q, *k, *v, *c, *a, *b, *exact, *o;
};

static double attended(struct lab_cell *cell, struct problem *p)
{
    if (performer_attend(p->n, p->n, p->m, p->dv, p->a, p->b, p->v, 0, p->o))
        lab_fail(cell, "a row of attention has no weight");
    return performer_error(p->n * p->dv, p->o, p->exact);
}

static double hard(struct lab_cell *cell, struct problem *p)
{
    size_t *code = base_alloc(p->n, sizeof *code);
    kmeans_assign(p->n, p->m, p->d, p->k, p->c, code, NULL);
    if (lab_control(cell, "farthest")) /* the wrong end of the distances */
        for (size_t j = 0; j < p->n; j++)
            code[j] = (code[j] + 1) % p->m;
    performer_scores(p->n, p->m, p->d, 1, p->q, p->c, p->a);
    performer_one_hot(p->n, p->m, code, p->b);
    free(code);
    return attended(cell, p);
}

static double uniform(struct problem *p)
{
    memset(p->o, 0, p->n * p->dv * sizeof *p->o);
    for (size_t j = 0; j < p->n; j++)
        for (size_t x = 0; x < p->dv; x++)
            p->o[x] += p->v[j * p->dv + x] / (double)p->n;
    for (size_t i = 1; i < p->n; i++)
        memcpy(p->o + i * p->dv, p->o, p->dv * sizeof *p->o);
    return performer_error(p->n * p->dv, p->o, p->exact);
}

static void cell(struct lab_cell *cell)
{
    struct problem p = {.n = (size_t)lab_integer(cell, "n"),
                        .m = (size_t)lab_integer(cell, "m"),
                        .d = (size_t)lab_integer(cell, "d"),
                        .dv = (size_t)lab_integer(cell, "dv")};
    double s = scale_of(cell);
    p.q = base_alloc(p.n * p.d, sizeof *p.q);
    p.k = base_alloc(p.n * p.d, sizeof *p.k);
    p.v = base_alloc(p.n * p.dv, sizeof *p.v);
    p.c = base_alloc(p.m * p.d, sizeof *p.c);
    p.a = base_alloc(p.n * p.m, sizeof *p.a);
    p.b = base_alloc(p.n * p.m, sizeof *p.b);
    p.exact = base_alloc(p.n * p.dv, sizeof *p.exact);
    p.o = base_alloc(p.n * p.dv, sizeof *p.o);
    performer_normals(p.n, p.d, s, lab_rng(cell), p.q);
    draw_keys(cell, p.n, p.m, p.d, s, p.k);
    performer_normals(p.n, p.dv, 1, lab_rng(cell), p.v);
    performer_exact(p.n, p.n, p.d, p.dv, p.q, p.k, p.v, p.exact);
    double even = uniform(&p);

    performer_directions(PERFORMER_GAUSS, p.m, p.d, lab_rng(cell), p.c);
    double random = hard(cell, &p);
    performer_favor(p.n, p.m, p.d, p.k, p.c, p.b); /* scores are those of `random` */
    double favor = attended(cell, &p);

    size_t *code = base_alloc(p.n, sizeof *code);
    kmeans_start_sample(p.n, p.m, p.d, p.k, lab_rng(cell), p.c);
    kmeans_lloyd(p.n, p.m, p.d, p.k, p.c, code, (size_t)lab_integer(cell, "steps"));
    free(code);
    double codes = hard(cell, &p), best = INFINITY, best_tau = NAN;
    char *list = base_copy(lab_word(cell, "taus")), *save = NULL;
    for (char *word = strtok_r(list, "/", &save); word; word = strtok_r(NULL, "/", &save)) {
        double tau = strtod(word, NULL);
        performer_distances(p.n, p.m, p.d, tau * s * s, p.k, p.c, p.b);
        performer_log_softmax(p.n, p.m, p.b);
        double soft = attended(cell, &p);
        if (soft < best)
            best = soft, best_tau = tau;
        lab_put(cell, "tau", tau);
        lab_put(cell, "soft", soft);
        lab_put(cell, "hard", codes);
        lab_put(cell, "uniform", even);
        lab_put(cell, "performer", favor);
        lab_put(cell, "random", random);
        lab_next_row(cell);
    }
    /* the last row: what the cell as a whole found */
    lab_put(cell, "best", best);
    lab_put(cell, "best_tau", best_tau);
    lab_put(cell, "hard_less_uniform", codes - even);
    lab_put(cell, "best_less_hard", best - codes);
    lab_put(cell, "log_performer_uniform", log(favor / even));
    lab_put(cell, "random_less_uniform", random - even);
    free(list);
    free(p.q);
    free(p.k);
    free(p.v);
    free(p.c);
    free(p.a);
    free(p.b);
    free(p.exact);
    free(p.o);
}

/* Means of a column over the rows of one tau. */
static struct stats_mean mean_at(const struct lab *lab, size_t g, double tau, const char *column)
{
    size_t rows, count;
    const double *t = lab_column(lab, g, "tau", &rows), *x = lab_column(lab, g, column, &count);
    double *kept = base_alloc(rows + 1, sizeof *kept);
    size_t n = 0;
    for (size_t i = 0; i < rows && rows == count; i++)
        if (t[i] == tau)
            kept[n++] = x[i];
    struct stats_mean mean = stats_mean_of(kept, n);
    free(kept);
    return mean;
}

static void table_rows(struct lab *lab, struct lab_table *table, size_t g)
{
    static const char *const columns[] = {"soft", "hard", "uniform", "performer", "random"};
    const struct lab_cell *c = lab_group(lab, g);
    char *list = base_copy(lab_word(c, "taus")), *save = NULL;
    for (char *word = strtok_r(list, "/", &save); word; word = strtok_r(NULL, "/", &save)) {
        char text[11][32];
        const char *row[14] = {lab_word(c, "keys"), lab_word(c, "d"), lab_word(c, "m"), word};
        for (int i = 0; i < 5; i++) {
            struct stats_mean mean = mean_at(lab, g, strtod(word, NULL), columns[i]);
            row[4 + 2 * i] = base_real_text(text[2 * i], mean.value, 6);
            row[5 + 2 * i] = isfinite(mean.error) ? base_real_text(text[2 * i + 1], mean.error, 3) : "";
        }
        lab_table_text_row(table, row);
    }
    free(list);
}

static void summarize(struct lab *lab)
{
    struct lab_table *table =
        lab_table(lab, NULL,
                  "keys,d,m,tau,soft,soft_se,hard,hard_se,uniform,uniform_se,performer,performer_se,"
                  "random,random_se");
    for (size_t g = 0; g < lab_groups(lab); g++) {
        table_rows(lab, table, g);
        const struct lab_cell *c = lab_group(lab, g);
        long d = lab_integer(c, "d");
        if (lab_axis_values(lab, "replicate")->count < 2 || (d != 8 && d != 16 && d != 32) ||
            lab_integer(c, "n") != 512 || lab_integer(c, "m") != 64 || !lab_is(c, "scale", "auto"))
            continue;
        const char *keys = lab_word(c, "keys");
        if (!lab_is(c, "keys", "text")) {
            double tau = strtod(lab_word(c, "taus"), NULL);
            lab_measure_mean(lab, mean_at(lab, g, tau, "hard"), "hard.%s.d_%ld", keys, d);
            lab_measure_mean(lab, lab_mean(lab, g, "best"), "soft.%s.d_%ld", keys, d);
            lab_measure_mean(lab, mean_at(lab, g, tau, "uniform"), "uniform.%s.d_%ld", keys, d);
        }
        int faint = lab_is(c, "keys", "clustered") && d == 8; /* too near to uniform weights to tell */
        if (!lab_is(c, "keys", "text") && !faint)
            lab_measure_mean(lab, lab_mean(lab, g, "random_less_uniform"), "random_less_uniform.%s.d_%ld",
                             keys, d);
        lab_measure_mean(lab, lab_mean(lab, g, "hard_less_uniform"), "hard_less_uniform.%s.d_%ld", keys, d);
        lab_measure_mean(lab, lab_mean(lab, g, "best_less_hard"), "best_less_hard.%s.d_%ld", keys, d);
        if (!faint)
            lab_measure_mean(lab, lab_mean(lab, g, "log_performer_uniform"), "log_performer_uniform.%s.d_%ld",
                             keys, d);
        if (lab_is(c, "keys", "isotropic") && d == 8) {
            struct stats_mean two = mean_at(lab, g, 2, "soft");
            if (two.count > 1) {
                size_t rows;
                const double *x = lab_column(lab, g, "soft", &rows), *t = lab_column(lab, g, "tau", &rows),
                             *h = lab_column(lab, g, "hard", &rows);
                double *away = base_alloc(rows, sizeof *away);
                size_t n = 0;
                for (size_t i = 0; i < rows; i++)
                    if (t[i] == 2)
                        away[n++] = x[i] - h[i];
                lab_measure_mean(lab, stats_mean_of(away, n), "large_tau_less_hard.%s.d_%ld", keys, d);
                free(away);
            }
        }
    }
}

static char *check(const struct lab_cell *cell)
{
    double n = (double)lab_integer(cell, "n"), m = (double)lab_integer(cell, "m");
    if (n * n > 1e9 || n * m > 5e8)
        return base_format("--n, --m: n^2 = %.3g and n m = %.3g numbers; give at most 1e9 and 5e8", n * n,
                           n * m);
    if (m > n)
        return base_format("--m: %g codes for %g keys; give at most --n", m, n);
    char *list = base_copy(lab_word(cell, "taus")), *save = NULL, *why = NULL;
    double tau;
    for (char *word = strtok_r(list, "/", &save); word && !why; word = strtok_r(NULL, "/", &save))
        if (base_parse_real(word, &tau) || !(tau >= 1e-6 && tau <= 1e6))
            why = base_format("--taus: '%.40s' is not accepted; give numbers from 1e-6 to 1e6 with / between",
                              word);
    if (!why && strspn(list, "/") == strlen(lab_word(cell, "taus")))
        why = base_copy("--taus: give numbers from 1e-6 to 1e6 with / between");
    free(list);
    return why;
}

static const struct lab_spec spec = {
    .name = "performer/outputs",
    .about = "Codes for the keys, soft or hard, random codes, random features: which attention errs least?",
    .axes = {{"keys", "isotropic,clustered,text", NULL, "isotropic|clustered|text", "law of the keys",
              AXIS_WORD},
             {"d", "8,16,32", NULL, "[1,4096]", "dimension of queries and keys", AXIS_INTEGER},
             {"n", "512", NULL, "[1,30000]", "queries and keys", AXIS_INTEGER},
             {"m", "64", NULL, "[1,30000]", "codes, or random features", AXIS_INTEGER},
             {"dv", "16", NULL, "[1,4096]", "dimension of values", AXIS_INTEGER},
             {"scale", "auto", NULL, "(0,10]|auto", "s; auto: 0.7, 0.6, 0.5 at d = 8, 16, 32", AXIS_REAL},
             {"taus", "0.01/0.02/0.05/0.1/0.2/0.35/0.5/0.75/1/1.4/2/3/5", "0.03/0.5/1/2", NULL,
              "temperatures, in units of s^2, with / between", AXIS_WORD},
             {"steps", "30", "10", "[0,100000]", "of Lloyd's iteration", AXIS_INTEGER},
             {"data", "licenses", NULL, "licenses", "text for keys: licenses, or a file or folder",
              AXIS_FILE},
             {"replicate", "0:119", "0:47", "[0,inf)", "draw", AXIS_INTEGER}},
    .columns = "tau,soft,hard,uniform,performer,random,best,best_tau,hard_less_uniform,best_less_hard,"
               "log_performer_uniform,random_less_uniform",
    .fold = "replicate",
    .controls = "farthest",
    .check = check,
    .setup = setup,
    .teardown = teardown,
    .cell = cell,
    .summarize = summarize,
};

int main(int argc, char **argv)
{
    return lab_main(&spec, argc, argv);
}
