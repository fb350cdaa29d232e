/* Which gradients does the block form give, and which are lost?
 *
 * Source: the section on gradients of kexue.fm/archives/9844: keys get a straight-through gradient, but in
 * the two blocks with explicit scores alone; the cache is under stop-gradient. L = sum W o O is
 * differentiated (a) backward through the program, (b) from the dense matrix, pair by pair, (c) by central
 * differences (step 1e-5).
 * Finding: all agree. The code is an argmin, so no key ever gets a gradient through the cache, stopped or
 * not; stopping it takes the gradient of far values alone, and nothing from the queries. Differences are
 * shares of the largest entry.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "attention.h"
#include "kmeans.h"
#include "lab.h"
#include "rng.h"
#include "vq.h"
#include "vq_gradient.h"

static double bias(size_t i, size_t j, const void *context)
{
    size_t reach = *(const size_t *)context;
    double r = (double)(i - j);
    return i - j <= reach ? cos(0.5 * r) / (1 + 0.2 * r) : 0;
}

static double largest(size_t n, const double *x)
{
    double most = 0;
    for (size_t i = 0; i < n; i++)
        most = fmax(most, fabs(x[i]));
    return most;
}

struct problem {
    struct vq p;
    double scale; /* the largest entry of the exact gradient */
    struct vq_gradient_how how;
    double *q, *keys, *v, *centers, *w;
};

static double apart(const struct problem *b, size_t n, const double *x, const double *y)
{
    double most = 0;
    for (size_t i = 0; i < n; i++)
        most = fmax(most, fabs(x[i] - y[i]));
    return most / b->scale;
}

enum input { KEYS, VALUES_WINDOW, VALUES, QUERIES, DENSE_KEYS };

/* L with one entry of an input moved by h. */
static double moved(struct problem *b, enum input input, size_t entry, double h)
{
    size_t n = b->p.queries;
    double *x = input == KEYS || input == DENSE_KEYS ? b->keys
                : input == QUERIES                   ? b->q
                                                     : b->v,
           kept = x[entry], loss = 0;
    double *values = base_alloc(n * b->p.dv, sizeof *values);
    memcpy(values, b->v, n * b->p.dv * sizeof *values); /* the cache as it was */
    x[entry] += h;
    if (input == DENSE_KEYS) {
        double *o = base_alloc(n * b->p.dv, sizeof *o);
        struct attention dense = {.queries = n,
                                  .keys = n,
                                  .dk = b->p.dk,
                                  .dv = b->p.dv,
                                  .q = b->q,
                                  .k = b->keys,
                                  .v = b->v,
                                  .scale = 1,
                                  .sees = attention_causal,
                                  .bias = b->p.bias,
                                  .context = b->p.context};
        attention_dense(&dense, o, NULL);
        for (size_t i = 0; i < n * b->p.dv; i++)
            loss += b->w[i] * o[i];
        free(o);
    } else {
        loss = vq_gradient_loss(&b->p, &b->how, b->keys, b->v, input == VALUES ? b->v : values, b->w);
    }
    x[entry] = kept;
    free(values);
    return loss;
}

static double numeric(struct problem *b, enum input input, size_t entries, const double *gradient)
{
    double *slope = base_alloc(entries, sizeof *slope), h = 1e-5;
    for (size_t e = 0; e < entries; e++)
        slope[e] = (moved(b, input, e, h) - moved(b, input, e, -h)) / (2 * h);
    double difference = apart(b, entries, slope, gradient);
    free(slope);
    return difference;
}

/* As if keys with one code had one gradient. */
static void mean_by_code(const struct vq *p, double *gradient)
{
    double *mean = base_alloc(p->c * p->dk, sizeof *mean), *count = base_alloc(p->c, sizeof *count);
    for (size_t j = 0; j < p->keys; j++) {
        count[p->code[j]]++;
        for (size_t a = 0; a < p->dk; a++)
            mean[p->code[j] * p->dk + a] += gradient[j * p->dk + a];
    }
    for (size_t j = 0; j < p->keys; j++)
        for (size_t a = 0; a < p->dk; a++)
            gradient[j * p->dk + a] = mean[p->code[j] * p->dk + a] / count[p->code[j]];
    free(mean);
    free(count);
}

static struct vq_gradient gradient_new(const struct vq *p)
{
    return (struct vq_gradient){base_alloc(p->queries * p->dk, sizeof(double)),
                                base_alloc(p->keys * p->dk, sizeof(double)),
                                base_alloc(p->keys * p->dv, sizeof(double))};
}

static void gradient_free(struct vq_gradient *g)
{
    free(g->q);
    free(g->k);
    free(g->v);
}

static void cell(struct lab_cell *c)
{
    size_t n = (size_t)lab_integer(c, "n"), dk = (size_t)lab_integer(c, "dk"),
           dv = (size_t)lab_integer(c, "dv");
    size_t codes = (size_t)lab_integer(c, "c"), reach = (size_t)lab_integer(c, "l"),
           *code = base_alloc(n, sizeof *code);
    gsl_rng *rng = lab_rng(c);
    struct problem b = {.how = {.l = reach, .explicit = 2},
                        .q = base_alloc(n * dk, sizeof(double)),
                        .keys = base_alloc(n * dk, sizeof(double)),
                        .v = base_alloc(n * dv, sizeof(double)),
                        .centers = base_alloc(codes * dk, sizeof(double)),
                        .w = base_alloc(n * dv, sizeof(double))};
    rng_normals(rng, b.q, n * dk);
    rng_normals(rng, b.keys, n * dk);
    rng_normals(rng, b.v, n * dv);
    rng_normals(rng, b.centers, codes * dk);
    rng_normals(rng, b.w, n * dv);
    kmeans_assign(n, codes, dk, b.keys, b.centers, code, NULL);
    b.p = (struct vq){.queries = n,
                      .keys = n,
                      .dk = dk,
                      .dv = dv,
                      .c = codes,
                      .q = b.q,
                      .centers = b.centers,
                      .v = b.v,
                      .code = code,
                      .bias = lab_is(c, "bias", "yes") ? bias : NULL,
                      .context = &reach};
    vq_quantized(&b.p, b.keys);

    struct vq_gradient program = gradient_new(&b.p), pairs = gradient_new(&b.p), all = gradient_new(&b.p);
    if (vq_gradient_pairs(&b.p, &b.how, 1, b.w, &all))
        lab_fail(c, "a score is not finite");
    b.scale = fmax(largest(n * dk, all.q), fmax(largest(n * dk, all.k), largest(n * dv, all.v)));
    int difference = n <= (size_t)lab_integer(c, "difference_to");
    if (difference) { /* the dense form, straight through */
        if (lab_control(c, "by_code"))
            mean_by_code(&b.p, all.k);
        lab_put(c, "ste_keys", numeric(&b, DENSE_KEYS, n * dk, all.k));
    }
    for (int open = 0; open < 2; open++) {
        struct vq_gradient_how how = b.how;
        how.cache_values = open && !lab_control(c, "stopped_all");
        how.stop_queries = lab_control(c, "stopped_all");
        how.explicit = lab_control(c, "one_block") ? 1 : 2;
        vq_gradient_program(&b.p, &how, b.w, &program);
        how.cache_values = open;
        how.explicit = 2;
        vq_gradient_pairs(&b.p, &how, 0, b.w, &pairs);
        if (lab_control(c, "dense_backward")) /* as if nothing were stopped */
            vq_gradient_pairs(&b.p, &how, 1, b.w, &program);
        if (lab_control(c, "by_code"))
            mean_by_code(&b.p, program.k);
        lab_put(c, open ? "open_keys" : "stopped_keys", apart(&b, n * dk, program.k, pairs.k));
        lab_put(c, open ? "open_values" : "stopped_values", apart(&b, n * dv, program.v, pairs.v));
        lab_put(c, open ? "open_queries" : "stopped_queries", apart(&b, n * dk, program.q, all.q));
        lab_put(c, open ? "open_values_exact" : "stopped_values_lost", apart(&b, n * dv, program.v, all.v));
        lab_put(c, open ? "open_keys_lost" : "stopped_keys_lost", apart(&b, n * dk, program.k, all.k));
        if (difference && open)
            lab_put(c, "numeric_values_open", numeric(&b, VALUES, n * dv, program.v));
        if (!difference || open)
            continue;
        lab_put(c, "numeric_keys", numeric(&b, KEYS, n * dk, program.k));
        lab_put(c, "numeric_values_stopped", numeric(&b, VALUES_WINDOW, n * dv, program.v));
        lab_put(c, "numeric_queries", numeric(&b, QUERIES, n * dk, program.q));
    }
    struct vq_gradient_how own = b.how;
    own.own_block = 1;
    vq_gradient_pairs(&b.p, &own, 0, b.w, &pairs);
    if (lab_control(c, "dense_backward"))
        vq_gradient_pairs(&b.p, &own, 1, b.w, &program);
    else
        vq_gradient_program(&b.p, &own, b.w, &program);
    lab_put(c, "own_keys", apart(&b, n * dk, program.k, pairs.k));
    lab_put(c, "own_values", apart(&b, n * dv, program.v, pairs.v));
    gradient_free(&program);
    gradient_free(&pairs);
    gradient_free(&all);
    free(b.q);
    free(b.keys);
    free(b.v);
    free(b.centers);
    free(b.w);
    free(code);
}

static char *check(const struct lab_cell *c)
{
    double n = lab_real(c, "n"), d = lab_real(c, "dk") + lab_real(c, "dv");
    double runs = n <= lab_real(c, "difference_to") ? 8 * n * d : 8,
           work = runs * n * (n + lab_real(c, "c")) * d;
    return vq_too_much("n", n, work, 8 * n * (n + 10 * d));
}

static void worst(struct lab *lab, const char *name)
{
    double most = 0;
    for (size_t i = 0; i < lab_groups(lab); i++)
        most = fmax(most, isnan(lab_value(lab, i, name)) ? 0 : lab_value(lab, i, name));
    lab_measure(lab, most, 0, 0, "%s", name);
}

static void summarize(struct lab *lab)
{
    static const char *const names[] = {
        "ste_keys",     "stopped_keys",    "stopped_values",         "stopped_queries",
        "open_keys",    "open_values",     "open_queries",           "open_values_exact",
        "numeric_keys", "numeric_queries", "numeric_values_stopped", "numeric_values_open",
        "own_keys",     "own_values"};
    for (size_t k = 0; k < sizeof names / sizeof *names; k++)
        worst(lab, names[k]);
    double lost_values = INFINITY, lost_keys = INFINITY, open_lost = INFINITY;
    for (size_t i = 0; i < lab_groups(lab); i++) {
        const struct lab_cell *c = lab_group(lab, i);
        if (lab_real(c, "n") < 3 * lab_real(c, "l") || lab_real(c, "c") < 2)
            continue; /* nothing lies beyond two blocks */
        lost_values = fmin(lost_values, lab_value(lab, i, "stopped_values_lost"));
        lost_keys = fmin(lost_keys, lab_value(lab, i, "stopped_keys_lost"));
        open_lost = fmin(open_lost, lab_value(lab, i, "open_keys_lost"));
    }
    if (isfinite(lost_values)) {
        lab_measure(lab, lost_values, 0, 0, "stopped_values_lost_least");
        lab_measure(lab, lost_keys, 0, 0, "stopped_keys_lost_least");
        lab_measure(lab, open_lost, 0, 0, "open_keys_lost_least");
    }
}

static const struct lab_spec spec = {
    .name = "vq/gradient",
    .about = "Gradients of the block form: backward, pair by pair, by differences",
    .axes = {{"n", "24,37,200", "24,37", "[1,1e5]", "Tokens", AXIS_INTEGER},
             {"dk", "4", NULL, "[1,1e4]", "Width of queries and keys", AXIS_INTEGER},
             {"dv", "3", NULL, "[1,1e4]", "Width of values", AXIS_INTEGER},
             {"c", "1,8", NULL, "[1,1e5]", "Codes", AXIS_INTEGER},
             {"l", "1,4,8,50", NULL, "[1,1e5]", "Tokens in a block", AXIS_INTEGER},
             {"bias", "no,yes", NULL, "no|yes", "A bias that reaches back l", AXIS_WORD},
             {"difference_to", "40", NULL, "[0,1e5]", "Central differences up to this n", AXIS_INTEGER},
             {"replicate", "0:3", "0:1", "[0,inf)", "Replicate", AXIS_INTEGER}},
    .columns =
        "ste_keys:4,stopped_keys:4,stopped_values:4,stopped_queries:4,open_keys:4,open_values:4,open_queries:"
        "4,"
        "open_values_exact:4,numeric_keys:4,numeric_queries:4,numeric_values_stopped:4,numeric_values_open:4,"
        "own_keys:4,own_values:4,stopped_values_lost:4,stopped_keys_lost:4,open_keys_lost:4",
    .controls = "by_code|one_block|stopped_all|dense_backward",
    .check = check,
    .cell = cell,
    .summarize = summarize,
};

int main(int argc, char **argv)
{
    return lab_main(&spec, argc, argv);
}
