/* What holds exactly: fixed point, exact front, first step, eigenbasis, scans in place of loops.
 *
 * Source: kexue.fm/archives/9783. (1) The path of the network is a fixed point of every method. (2) The
 * operator that takes one error to the next is strictly lower triangular in time, so that after n iterations
 * the first n states are right whatever J is. (3) From 0, plus1 and newton take the same first step, and
 * fixed gives the linear network x_t = A x_{t-1} + tanh(u_t). (4) The iteration in the eigenbasis of A, where
 * the recurrence is elementwise, is the same iteration; draws whose eigenvectors have a condition beyond 1e10
 * are left out.
 */
#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "rnn.h"
#include "rnn_draws.h"

static const enum rnn_order orders[] = {RNN_IN_TURN, RNN_SEQUENTIAL, RNN_ODD_EVEN, RNN_DOUBLING, RNN_BLOCKS};

/* The worst of f over all methods without damping, in turn or by scans. */
struct probe {
    const struct rnn *rnn;
    const double *path;
    double *x, *y;
    int late;
};

/* |G(x*) - x*| */
static double residual(struct probe *p, const struct rnn_options *options)
{
    struct rnn_work *work = rnn_work_alloc(p->rnn, options);
    rnn_iterate(p->rnn, options, p->path, p->y, 0, work);
    rnn_work_free(work);
    return rnn_distance(p->rnn, p->path, p->y);
}

/* The largest error of states 1..n after iterate n, n = 1..20, every state computed anew. */
static double prefix(struct probe *p, const struct rnn_options *options)
{
    size_t d = p->rnn->d, all = (p->rnn->steps + 1) * d;
    struct rnn_work *work = rnn_work_alloc(p->rnn, options);
    double worst = 0;
    memset(p->x, 0, all * sizeof *p->x);
    memcpy(p->x, p->rnn->start, d * sizeof *p->x);
    for (size_t n = 1; n <= 20 && n <= p->rnn->steps; n++) {
        rnn_iterate(p->rnn, options, p->x, p->y, 0, work);
        for (size_t i = 0; i < (n + 1) * d; i++)
            worst = fmax(worst, fabs(p->y[i] - p->path[i]));
        memcpy(p->x, p->y, all * sizeof *p->x);
    }
    rnn_work_free(work);
    return worst;
}

static double worst_of(struct probe *p, double (*f)(struct probe *, const struct rnn_options *), int in_turn)
{
    double worst = 0;
    for (enum rnn_method m = RNN_PICARD; m <= RNN_QUASI; m++)
        for (size_t o = in_turn ? 0 : 1; o < (in_turn ? 1 : 5); o++) {
            struct rnn_options options = {.method = m, .order = orders[o], .blocks = 3, .late = p->late};
            worst = fmax(worst, f(p, &options));
        }
    return worst;
}

static void first(struct probe *p, enum rnn_method method, int swapped, double *y)
{
    struct rnn_options options = {.method = method, .late = p->late, .swapped = swapped};
    struct rnn_work *work = rnn_work_alloc(p->rnn, &options);
    memset(p->x, 0, (p->rnn->steps + 1) * p->rnn->d * sizeof *p->x);
    rnn_iterate(p->rnn, &options, p->x, y, 0, work);
    rnn_work_free(work);
}

/* x_t = A x_{t-1} + tanh(u_t) */
static void linear_path(const struct rnn *rnn, double *x)
{
    size_t d = rnn->d;
    memset(x, 0, d * sizeof *x);
    for (size_t t = 1; t <= rnn->steps; t++) {
        memcpy(x + t * d, rnn->u + (t - 1) * d, d * sizeof *x);
        rnn_tanh(d, x + t * d);
        rnn_add_product(d, d, rnn->a, x + (t - 1) * d, x + t * d);
    }
}

static void eigenbasis(struct lab_cell *cell, struct probe *p)
{
    size_t d = p->rnn->d, all = (p->rnn->steps + 1) * d;
    struct rnn_eigen *eigen = rnn_eigen_alloc(d, p->rnn->a);
    lab_put(cell, "condition", eigen->condition);
    if (eigen->condition <= 1e10) {
        struct rnn_options options = {.method = RNN_FIXED};
        struct rnn_work *work = rnn_work_alloc(p->rnn, &options);
        long count = lab_integer(cell, "count");
        if (lab_control(cell, "transposed")) /* the wrong factor: Lam on the other side of P */
            for (size_t i = 0; i < d; i++)
                eigen->lambda[i] = conj(eigen->lambda[i]) + 1e-3;
        memset(p->x, 0, all * sizeof *p->x);
        double size = 1;
        for (long n = 0; n < count; n++) {
            rnn_iterate(p->rnn, &options, p->x, p->y, 0, work);
            memcpy(p->x, p->y, all * sizeof *p->x);
            for (size_t i = 0; i < all; i++)
                size = fmax(size, fabs(p->y[i]));
        }
        rnn_work_free(work);
        rnn_eigen_iterate(p->rnn, eigen, RNN_ODD_EVEN, 1, count, p->x);
        double off = rnn_distance(p->rnn, p->x, p->y);
        lab_put(cell, "eigen", off);
        lab_put(cell, "eigen_scaled", off / (DBL_EPSILON * eigen->condition * size));
    }
    rnn_eigen_free(eigen);
}

static void cell(struct lab_cell *cell)
{
    size_t d = (size_t)lab_integer(cell, "d"), steps = (size_t)lab_integer(cell, "T"), all = (steps + 1) * d;
    double g = lab_real(cell, "g"), s = lab_real(cell, "s");
    gsl_rng *rng = lab_rng(cell);
    int gru = lab_is(cell, "cell", "gru");
    struct rnn *rnn = gru ? rnn_gru(d, steps, d, 0.3, g / sqrt((double)d), s, rng)
                          : rnn_problem("gauss", d, steps, g, s, 0, NULL, NULL, rng);
    double *path = base_alloc(all, sizeof *path);
    rnn_path(rnn, path);
    struct probe p = {rnn, path, base_alloc(all, sizeof(double)), base_alloc(all, sizeof(double)),
                      lab_control(cell, "late")};
    lab_put(cell, "residual", worst_of(&p, residual, 1));
    lab_put(cell, "residual_scan", worst_of(&p, residual, 0));
    lab_put(cell, "prefix", worst_of(&p, prefix, 1));
    lab_put(cell, "prefix_scan", worst_of(&p, prefix, 0));
    double *other = base_alloc(all, sizeof *other);
    first(&p, lab_control(cell, "no_sech") ? RNN_FIXED : RNN_PLUS1, 0, other);
    first(&p, RNN_NEWTON, 0, p.y);
    lab_put(cell, "plus1_newton", rnn_distance(rnn, other, p.y));
    if (!gru) {
        first(&p, lab_control(cell, "no_sech") ? RNN_PLUS1 : RNN_FIXED, 0, p.y);
        linear_path(rnn, other);
        lab_put(cell, "fixed_linear", rnn_distance(rnn, other, p.y));
        eigenbasis(cell, &p);
    }
    free(other);
    free(path);
    free(p.x);
    free(p.y);
    rnn_free(rnn);
}

static void summarize(struct lab *lab)
{
    static const char *const columns[] = {"residual",     "residual_scan", "prefix",      "prefix_scan",
                                          "plus1_newton", "fixed_linear",  "eigen_scaled"};
    for (size_t g = 0; g < lab_groups(lab); g++)
        for (size_t c = 0; c < sizeof columns / sizeof *columns; c++) {
            size_t count;
            const double *x = lab_column(lab, g, columns[c], &count);
            double worst = 0;
            for (size_t i = 0; i < count; i++)
                worst = x[i] > worst || isnan(x[i]) ? x[i] : worst;
            const struct lab_cell *cell = lab_group(lab, g);
            if (count && lab_groups(lab) <= 2)
                lab_measure(lab, worst, 0, 0, "%s_%s", columns[c], lab_word(cell, "cell"));
        }
}

static char *check(const struct lab_cell *cell)
{
    double d = (double)lab_integer(cell, "d"), steps = (double)lab_integer(cell, "T");
    return rnn_too_much(1, d, steps, 500, 1);
}

static const struct lab_spec spec = {
    .name = "rnn/identities",
    .about = "What holds exactly, for every matrix and input?",
    .axes = {{"cell", "tanh,gru", NULL, "tanh|gru", "the network", AXIS_WORD},
             {"d", "8", NULL, "[1,256]", "dimension", AXIS_INTEGER},
             {"T", "200", "60", "[1,100000]", "steps", AXIS_INTEGER},
             {"g", "0.9", NULL, "[0,10]", "norm of the matrix (GRU: about that of the recurrent ones)",
              AXIS_REAL},
             {"s", "1", NULL, "[0,100]", "deviation of the inputs", AXIS_REAL},
             {"count", "4", NULL, "[1,1000]", "iterations compared in the eigenbasis", AXIS_INTEGER},
             {"replicate", "0:29", "0:7", "[0,100000]", "draws", AXIS_INTEGER}},
    .columns =
        "residual,residual_scan,prefix,prefix_scan,plus1_newton,fixed_linear,eigen,eigen_scaled,condition",
    .fold = "replicate",
    .controls = "late|no_sech|transposed",
    .check = check,
    .cell = cell,
    .summarize = summarize,
};

int main(int argc, char **argv)
{
    return lab_main(&spec, argc, argv);
}
