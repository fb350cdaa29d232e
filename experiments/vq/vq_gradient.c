#include "vq_gradient.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "attention.h"
#include "base.h"

int vq_gradient_window(const struct vq_gradient_how *how, size_t query, size_t key)
{
    return query / how->l - key / how->l < how->explicit;
}

static double dot(size_t d, const double *x, const double *y)
{
    double sum = 0;
    for (size_t a = 0; a < d; a++)
        sum += x[a] * y[a];
    return sum;
}

static void add(size_t d, double factor, const double *x, double *y)
{
    for (size_t a = 0; a < d; a++)
        y[a] += factor * x[a];
}

/* One query of the program: weights of the window's keys and of the codes (counts included), and the output.
 */
struct row {
    size_t lo;            /* the first key of the window */
    double *near, *codes; /* [n], [c] */
    double *o;            /* [dv] */
};

static void forward(const struct vq *p, size_t i, const double *keys, const double *values,
                    const double *mean, const double *count, struct row *r)
{
    double top = -INFINITY, z = 0;
    const double *q = p->q + i * p->dk;
    for (size_t j = r->lo; j <= i; j++) {
        r->near[j] = dot(p->dk, q, keys + j * p->dk) + (p->bias ? p->bias(i, j, p->context) : 0);
        top = fmax(top, r->near[j]);
    }
    for (size_t s = 0; s < p->c; s++) {
        r->codes[s] = count[s] > 0 ? dot(p->dk, q, p->centers + s * p->dk) : -INFINITY;
        top = fmax(top, r->codes[s]);
    }
    for (size_t j = r->lo; j <= i; j++)
        z += r->near[j] = exp(r->near[j] - top);
    for (size_t s = 0; s < p->c; s++)
        z += r->codes[s] = count[s] > 0 ? count[s] * exp(r->codes[s] - top) : 0;
    memset(r->o, 0, p->dv * sizeof *r->o);
    for (size_t j = r->lo; j <= i; j++)
        add(p->dv, r->near[j] /= z, values + j * p->dv, r->o);
    for (size_t s = 0; s < p->c; s++)
        add(p->dv, r->codes[s] /= z, mean + s * p->dv, r->o);
}

/* The cache before block I: what lies more than `explicit` blocks back. */
static void cache_before(const struct vq *p, const struct vq_gradient_how *how, size_t I,
                         const double *values, double *mean, double *count)
{
    memset(mean, 0, p->c * p->dv * sizeof *mean);
    memset(count, 0, p->c * sizeof *count);
    size_t end = I + 1 > how->explicit ? (I + 1 - how->explicit) * how->l : 0;
    for (size_t j = 0; j < end; j++) {
        count[p->code[j]]++;
        add(p->dv, 1, values + j * p->dv, mean + p->code[j] * p->dv);
    }
    for (size_t s = 0; s < p->c; s++)
        for (size_t x = 0; count[s] > 0 && x < p->dv; x++)
            mean[s * p->dv + x] /= count[s];
}

struct rooms {
    double *mean, *count, *value; /* [c][dv], [c], [c][dv] */
    struct row row;
};

static struct rooms rooms_new(const struct vq *p)
{
    struct rooms r = {.mean = base_alloc(p->c * p->dv + 1, sizeof(double)),
                      .count = base_alloc(p->c + 1, sizeof(double)),
                      .value = base_alloc(p->c * p->dv + 1, sizeof(double))};
    r.row = (struct row){0, base_alloc(p->keys + 1, sizeof(double)), base_alloc(p->c + 1, sizeof(double)),
                         base_alloc(p->dv + 1, sizeof(double))};
    return r;
}

static void rooms_free(struct rooms *r)
{
    free(r->mean);
    free(r->count);
    free(r->value);
    free(r->row.near);
    free(r->row.codes);
    free(r->row.o);
}

static size_t window_begin(const struct vq_gradient_how *how, size_t I)
{
    return I + 1 > how->explicit ? (I + 1 - how->explicit) * how->l : 0;
}

double vq_gradient_loss(const struct vq *p, const struct vq_gradient_how *how, const double *window_keys,
                        const double *window_values, const double *cache_values, const double *w)
{
    struct rooms r = rooms_new(p);
    double loss = 0;
    for (size_t i = 0; i < p->queries; i++) {
        if (i % how->l == 0)
            cache_before(p, how, i / how->l, cache_values, r.mean, r.count);
        r.row.lo = window_begin(how, i / how->l);
        forward(p, i, window_keys, window_values, r.mean, r.count, &r.row);
        loss += dot(p->dv, w + i * p->dv, r.row.o);
    }
    rooms_free(&r);
    return loss;
}

static void clear(const struct vq *p, struct vq_gradient *g)
{
    memset(g->q, 0, p->queries * p->dk * sizeof *g->q);
    memset(g->k, 0, p->keys * p->dk * sizeof *g->k);
    memset(g->v, 0, p->keys * p->dv * sizeof *g->v);
}

void vq_gradient_program(const struct vq *p, const struct vq_gradient_how *how, const double *w,
                         struct vq_gradient *g)
{
    struct rooms r = rooms_new(p);
    double *keys = base_alloc(p->keys * p->dk + 1, sizeof *keys);
    vq_quantized(p, keys);
    clear(p, g);
    for (size_t I = 0; I * how->l < p->queries; I++) {
        size_t begin = I * how->l, end = begin + how->l < p->queries ? begin + how->l : p->queries;
        cache_before(p, how, I, p->v, r.mean, r.count);
        memset(r.value, 0, p->c * p->dv * sizeof *r.value); /* dL/d(sum of values of a code) of this block */
        r.row.lo = window_begin(how, I);
        for (size_t i = begin; i < end; i++) {
            const double *wi = w + i * p->dv, *q = p->q + i * p->dk;
            forward(p, i, keys, p->v, r.mean, r.count, &r.row);
            double level = dot(p->dv, wi, r.row.o);
            for (size_t j = r.row.lo; j <= i; j++) {
                double slope = r.row.near[j] * (dot(p->dv, wi, p->v + j * p->dv) - level);
                add(p->dk, slope, keys + j * p->dk, g->q + i * p->dk);
                if (how->own_block && j < begin)
                    continue;
                add(p->dk, slope, q, g->k + j * p->dk);
                add(p->dv, r.row.near[j], wi, g->v + j * p->dv);
            }
            for (size_t s = 0; s < p->c; s++)
                if (r.count[s] > 0) {
                    double slope = r.row.codes[s] * (dot(p->dv, wi, r.mean + s * p->dv) - level);
                    if (!how->stop_queries)
                        add(p->dk, slope, p->centers + s * p->dk, g->q + i * p->dk);
                    add(p->dv, r.row.codes[s] / r.count[s], wi, r.value + s * p->dv);
                }
        }
        for (size_t j = 0; how->cache_values && j < r.row.lo; j++)
            add(p->dv, 1, r.value + p->code[j] * p->dv, g->v + j * p->dv);
    }
    free(keys);
    rooms_free(&r);
}

int vq_gradient_pairs(const struct vq *p, const struct vq_gradient_how *how, int everything, const double *w,
                      struct vq_gradient *g)
{
    size_t n = p->queries;
    double *o = base_alloc(n * p->dv + 1, sizeof *o), *weights = base_alloc(n * n + 1, sizeof *weights);
    int status = vq_dense(p, 1, o, weights);
    clear(p, g);
    for (size_t i = 0; i < n; i++) {
        const double *wi = w + i * p->dv;
        double level = dot(p->dv, wi, o + i * p->dv);
        for (size_t j = 0; j <= i; j++) {
            double slope = weights[i * n + j] * (dot(p->dv, wi, p->v + j * p->dv) - level);
            int kept =
                everything || (vq_gradient_window(how, i, j) && !(how->own_block && i / how->l > j / how->l));
            add(p->dk, slope, p->centers + p->code[j] * p->dk, g->q + i * p->dk);
            if (kept)
                add(p->dk, slope, p->q + i * p->dk, g->k + j * p->dk);
            if (kept || (how->cache_values && !vq_gradient_window(how, i, j)))
                add(p->dv, weights[i * n + j], wi, g->v + j * p->dv);
        }
    }
    free(o);
    free(weights);
    return status;
}
