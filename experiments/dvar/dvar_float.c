/* Finite data in float32: the posterior of x_0 given x_t by two GEMMs and a fused softmax. */
#include "dvar.h"

#include <stdlib.h>
#include <string.h>

#include <cblas.h>

#include "attention.h"
#include "base.h"

/* As in dvar_points.c, of centred points and with |x|^2 for the one extra column; the sum of the weights
 * comes with their exponentials. */
struct dvar_float_workspace {
    size_t width, block; /* d + 1; rows of x_t at a time */
    float *extended;     /* [n][width] */
    float *query;        /* [block][width] */
    float *scores;       /* [block][n] */
    float *sums;         /* [block][width] */
    float *total;        /* [block] */
};

struct dvar_float_workspace *dvar_float_workspace_new(const struct dvar_points *points)
{
    const size_t scores_max = 1 << 19; /* 2 MiB: they stay in cache between the two products */
    size_t block = scores_max / points->n, n = points->n, d = points->d, width = d + 1;
    block = block < 16 ? 16 : block > 256 ? 256 : block;
    struct dvar_float_workspace *w = base_alloc(1, sizeof *w);
    *w = (struct dvar_float_workspace){.width = width,
                                       .block = block,
                                       .extended = base_alloc(n * width, sizeof(float)),
                                       .query = base_alloc(block * width, sizeof(float)),
                                       .scores = base_alloc(block * n, sizeof(float)),
                                       .sums = base_alloc(block * width, sizeof(float)),
                                       .total = base_alloc(block, sizeof(float))};
    for (size_t i = 0; i < n; i++) {
        double norm2 = 0;
        for (size_t j = 0; j < d; j++) {
            double centred = points->x[i * d + j] - points->mean[j];
            w->extended[i * width + j] = (float)centred;
            norm2 += centred * centred;
        }
        w->extended[i * width + d] = (float)norm2;
    }
    return w;
}

void dvar_float_workspace_free(struct dvar_float_workspace *workspace)
{
    if (workspace) {
        free(workspace->extended);
        free(workspace->query);
        free(workspace->scores);
        free(workspace->sums);
        free(workspace->total);
    }
    free(workspace);
}

static void posterior_block(const struct dvar_points *points, struct dvar_float_workspace *w, double ab,
                            double bb2, size_t m, const double *xt, double *mean, double *trace)
{
    size_t n = points->n, d = points->d, width = w->width;
    for (size_t i = 0; i < m; i++) {
        for (size_t j = 0; j < d; j++)
            w->query[i * width + j] = (float)(ab / bb2 * (xt[i * d + j] - ab * points->mean[j]));
        w->query[i * width + d] = (float)(-0.5 * ab * ab / bb2);
    }
    cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasTrans, (int)m, (int)n, (int)width, 1, w->query, (int)width,
                w->extended, (int)width, 0, w->scores, (int)n);
    for (size_t i = 0; i < m; i++) {
        float *row = w->scores + i * n;
        w->total[i] = attention_exp_sum(row, n, attention_largest(row, n));
    }
    cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, (int)m, (int)width, (int)n, 1, w->scores, (int)n,
                w->extended, (int)width, 0, w->sums, (int)width);
    for (size_t i = 0; i < m; i++) {
        double norm2 = 0, total = w->total[i];
        for (size_t j = 0; j < d; j++) {
            double centred = w->sums[i * width + j] / total;
            mean[i * d + j] = points->mean[j] + centred;
            norm2 += centred * centred;
        }
        if (trace)
            trace[i] = fmax(w->sums[i * width + d] / total - norm2, 0);
    }
}

void dvar_points_posterior_float(const struct dvar_points *points, struct dvar_float_workspace *workspace,
                                 double ab, double bb2, size_t m, const double *xt, double *mean,
                                 double *trace)
{
    for (size_t i = 0; i < m; i += workspace->block) {
        size_t rows = m - i < workspace->block ? m - i : workspace->block;
        posterior_block(points, workspace, ab, bb2, rows, xt + i * points->d, mean + i * points->d,
                        trace ? trace + i : NULL);
    }
}
