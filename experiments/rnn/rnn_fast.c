/* Iterations as a matrix product over all times. */
#include <complex.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base.h"
#include "linalg.h"
#include "rnn.h"

/* Steps of a piece: what a piece touches stays in the cache. */
enum { PIECE = 256 };

__attribute__((optimize("O3"))) static double replace(size_t n, double *restrict x, const double *restrict f)
{
    double lane[8] = {0};
    size_t i = 0;
    for (; i + 8 <= n; i += 8)
        for (size_t l = 0; l < 8; l++) {
            double off = fabs(f[i + l] - x[i + l]);
            lane[l] = off > lane[l] ? off : lane[l];
            x[i + l] = f[i + l];
        }
    for (; i < n; i++) {
        lane[0] = fmax(lane[0], fabs(f[i] - x[i]));
        x[i] = f[i];
    }
    for (size_t l = 1; l < 8; l++)
        lane[0] = fmax(lane[0], lane[l]);
    return lane[0];
}

double rnn_fast_picard(const struct rnn *rnn, double *x, double *room, int threads)
{
    size_t d = rnn->d, steps = rnn->steps, pieces = (steps + PIECE - 1) / PIECE;
    double worst = 0;
#pragma omp parallel num_threads(threads) if (threads > 1)
    {
#pragma omp for schedule(static)
        for (size_t p = 0; p < pieces; p++) {
            size_t begin = p * PIECE, count = begin + PIECE < steps ? PIECE : steps - begin;
            double *f = room + begin * d;
            memcpy(f, rnn->u + begin * d, count * d * sizeof *f);
            linalg_gemm('N', 'T', count, d, d, 1, x + begin * d, rnn->a, 1, f);
            rnn_tanh(count * d, f);
        }
#pragma omp for schedule(static) reduction(max : worst)
        for (size_t p = 0; p < pieces; p++) {
            size_t begin = p * PIECE, count = begin + PIECE < steps ? PIECE : steps - begin;
            worst = fmax(worst, replace(count * d, x + (begin + 1) * d, room + begin * d));
        }
    }
    return worst;
}

struct rnn_fast {
    const struct rnn *rnn;
    size_t channels;
    double *lambda_re, *lambda_im; /* [channels] */
    double *out_re, *out_im;       /* [channels][d]: x = re out_re + im out_im */
    double *in_re, *in_im;         /* [channels][d]: rows of P^-1 */
    double *re, *im;               /* [steps][channels]: the iterate */
    double *turned_re, *turned_im; /* [PIECE][channels]: Lam y_{t-1} of the last iterate */
    double *f;                     /* [PIECE][d] */
};

struct rnn_fast *rnn_fast_alloc(const struct rnn *rnn, const struct rnn_eigen *eigen)
{
    size_t d = rnn->d, channels = 0;
    for (size_t i = 0; i < d; i++)
        channels += cimag(eigen->lambda[i]) >= 0;
    struct rnn_fast *fast = base_alloc(1, sizeof *fast);
    fast->rnn = rnn;
    fast->channels = channels;
    fast->lambda_re = base_alloc(2 * channels, sizeof(double));
    fast->lambda_im = fast->lambda_re + channels;
    fast->out_re = base_alloc(4 * channels * d, sizeof(double));
    fast->out_im = fast->out_re + channels * d;
    fast->in_re = fast->out_im + channels * d;
    fast->in_im = fast->in_re + channels * d;
    fast->re = base_alloc(2 * rnn->steps * channels, sizeof(double));
    fast->im = fast->re + rnn->steps * channels;
    fast->turned_re = base_alloc(2 * PIECE * channels, sizeof(double));
    fast->turned_im = fast->turned_re + PIECE * channels;
    fast->f = base_alloc(PIECE * d, sizeof(double));
    for (size_t i = 0, c = 0; i < d; i++) {
        double im = cimag(eigen->lambda[i]);
        if (im < 0)
            continue;
        double twice = im > 0 ? 2 : 1; /* the conjugate channel adds as much again */
        fast->lambda_re[c] = creal(eigen->lambda[i]);
        fast->lambda_im[c] = im;
        for (size_t k = 0; k < d; k++) {
            fast->out_re[c * d + k] = twice * creal(eigen->p[k * d + i]);
            fast->out_im[c * d + k] = -twice * cimag(eigen->p[k * d + i]);
            fast->in_re[c * d + k] = creal(eigen->inverse[i * d + k]);
            fast->in_im[c * d + k] = cimag(eigen->inverse[i * d + k]);
        }
        c++;
    }
    return fast;
}

void rnn_fast_free(struct rnn_fast *fast)
{
    if (!fast)
        return;
    free(fast->lambda_re);
    free(fast->out_re);
    free(fast->re);
    free(fast->turned_re);
    free(fast->f);
    free(fast);
}

void rnn_fast_recur(struct rnn_fast *fast)
{
    rnn_recur_complex(fast->channels, fast->rnn->steps, fast->lambda_re, fast->lambda_im, fast->re, fast->im);
}

__attribute__((optimize("O3"))) static void
turn(size_t channels, size_t count, const double *restrict lambda_re, const double *restrict lambda_im,
     const double *restrict re, const double *restrict im, double *restrict out_re, double *restrict out_im)
{
    for (size_t t = 0; t < count; t++)
        for (size_t c = 0; c < channels; c++) {
            size_t at = t * channels + c;
            out_re[at] = lambda_re[c] * re[at] - lambda_im[c] * im[at];
            out_im[at] = lambda_re[c] * im[at] + lambda_im[c] * re[at];
        }
}

/* The right-hand sides from the last iterate, in place, pieces from the end so that what is needed still
 * stands. Step index t - 1 = 0 .. steps - 1; the state before the first is 0. */
static void right_hand_side(struct rnn_fast *fast, int first)
{
    const struct rnn *rnn = fast->rnn;
    size_t d = rnn->d, n = fast->channels, pieces = (rnn->steps + PIECE - 1) / PIECE;
    for (size_t p = pieces; p-- > 0;) {
        size_t begin = p * PIECE, count = begin + PIECE < rnn->steps ? PIECE : rnn->steps - begin;
        size_t skip = begin ? 0 : 1; /* nothing comes before the first step */
        double *re = fast->re + begin * n, *im = fast->im + begin * n, share = first ? 0 : -1;
        memcpy(fast->f, rnn->u + begin * d, count * d * sizeof *fast->f);
        if (!first) {
            memset(fast->turned_re, 0, n * sizeof(double));
            memset(fast->turned_im, 0, n * sizeof(double));
            turn(n, count - skip, fast->lambda_re, fast->lambda_im, fast->re + (begin + skip - 1) * n,
                 fast->im + (begin + skip - 1) * n, fast->turned_re + skip * n, fast->turned_im + skip * n);
            linalg_gemm('N', 'N', count, d, n, 1, fast->turned_re, fast->out_re, 1, fast->f);
            linalg_gemm('N', 'N', count, d, n, 1, fast->turned_im, fast->out_im, 1, fast->f);
            memcpy(re, fast->turned_re, count * n * sizeof *re);
            memcpy(im, fast->turned_im, count * n * sizeof *im);
        }
        rnn_tanh(count * d, fast->f);
        linalg_gemm('N', 'T', count, n, d, 1, fast->f, fast->in_re, share, re);
        linalg_gemm('N', 'T', count, n, d, 1, fast->f, fast->in_im, share, im);
    }
}

void rnn_fast_iterate(struct rnn_fast *fast, long count)
{
    for (long n = 0; n < count; n++) {
        right_hand_side(fast, n == 0);
        rnn_fast_recur(fast);
    }
}

void rnn_fast_path(struct rnn_fast *fast, double *path)
{
    size_t d = fast->rnn->d, n = fast->channels, steps = fast->rnn->steps;
    memset(path, 0, d * sizeof *path);
    linalg_gemm('N', 'N', steps, d, n, 1, fast->re, fast->out_re, 0, path + d);
    linalg_gemm('N', 'N', steps, d, n, 1, fast->im, fast->out_im, 1, path + d);
}
