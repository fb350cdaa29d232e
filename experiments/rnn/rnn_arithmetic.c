/* The iterations in other arithmetic: MPFR, where orders of convergence can be seen, and single precision. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <mpfr.h>

#include "base.h"
#include "rnn.h"

/* ---- MPFR ---- */

static mpfr_t *numbers(size_t count, long bits)
{
    mpfr_t *x = base_alloc(count, sizeof *x);
    for (size_t i = 0; i < count; i++) {
        mpfr_init2(x[i], bits);
        mpfr_set_zero(x[i], 1);
    }
    return x;
}

static void numbers_free(mpfr_t *x, size_t count)
{
    for (size_t i = 0; i < count; i++)
        mpfr_clear(x[i]);
    free(x);
}

/* out = sum_j a_j x_j */
static void dot(size_t d, const double *a, mpfr_t *x, mpfr_t out, mpfr_t room)
{
    mpfr_set_zero(out, 1);
    for (size_t j = 0; j < d; j++) {
        mpfr_mul_d(room, x[j], a[j], MPFR_RNDN);
        mpfr_add(out, out, room, MPFR_RNDN);
    }
}

/* slope = 1 - f^2 */
static void slope_of(mpfr_t slope, mpfr_t f)
{
    mpfr_sqr(slope, f, MPFR_RNDN);
    mpfr_ui_sub(slope, 1, slope, MPFR_RNDN);
}

void rnn_digits_errors(size_t d, size_t steps, const double *a, const double *u, double eps,
                       enum rnn_method method, double share, int count, long bits, double *log10_error)
{
    size_t all = (steps + 1) * d;
    mpfr_t *exact = numbers(all, bits), *x = numbers(all, bits), *y = numbers(all, bits),
           *v = numbers(d, bits);
    mpfr_t *work = numbers(5, bits);
    mpfr_ptr f = work[0], slope = work[1], room = work[2], drive = work[3], worst = work[4];
    for (int n = 0; n <= count; n++) { /* round 0 makes the exact path */
        mpfr_t *to = n ? y : exact;
        for (size_t t = 1; t <= steps; t++) {
            mpfr_t *from = (n ? x : exact) + (t - 1) * d;
            for (size_t i = 0; i < d; i++)
                mpfr_sub(v[i], y[(t - 1) * d + i], x[(t - 1) * d + i], MPFR_RNDN);
            for (size_t i = 0; i < d; i++) {
                mpfr_set_d(drive, u[(t - 1) * d + i], MPFR_RNDN);
                mpfr_mul_d(drive, drive, eps, MPFR_RNDN);
                dot(d, a + i * d, from, f, room);
                mpfr_add(f, f, drive, MPFR_RNDN);
                mpfr_tanh(f, f, MPFR_RNDN);
                mpfr_set(to[t * d + i], f, MPFR_RNDN);
                if (!n || method == RNN_PICARD)
                    continue;
                mpfr_set_ui(slope, 1, MPFR_RNDN);
                if (method == RNN_PLUS1) {
                    mpfr_tanh(drive, drive, MPFR_RNDN);
                    slope_of(slope, drive);
                } else if (method == RNN_NEWTON) {
                    slope_of(slope, f);
                }
                dot(d, a + i * d, v, drive, room);
                mpfr_mul(drive, drive, slope, MPFR_RNDN);
                mpfr_mul_d(drive, drive, share, MPFR_RNDN);
                mpfr_add(to[t * d + i], f, drive, MPFR_RNDN);
            }
        }
        if (!n)
            continue;
        mpfr_set_zero(worst, 1);
        for (size_t i = 0; i < all; i++) {
            mpfr_sub(room, y[i], exact[i], MPFR_RNDN);
            mpfr_abs(room, room, MPFR_RNDN);
            mpfr_max(worst, worst, room, MPFR_RNDN);
        }
        mpfr_log10(worst, worst, MPFR_RNDN);
        log10_error[n - 1] = mpfr_get_d(worst, MPFR_RNDN);
        mpfr_t *swap = x;
        x = y, y = swap;
    }
    numbers_free(exact, all);
    numbers_free(x, all);
    numbers_free(y, all);
    numbers_free(v, d);
    numbers_free(work, 5);
    mpfr_free_cache();
}

/* ---- single precision ---- */

static void float_step(size_t d, const float *a, const float *u, const float *x, float *f)
{
    for (size_t i = 0; i < d; i++) {
        float sum = u[i];
        for (size_t j = 0; j < d; j++)
            sum += a[i * d + j] * x[j];
        f[i] = tanhf(sum);
    }
}

double rnn_float_distance(const struct rnn *rnn, enum rnn_order order, long limit, long *iterations)
{
    size_t d = rnn->d, steps = rnn->steps, all = (steps + 1) * d, size = d * d + d;
    float *a = base_alloc(d * d, sizeof *a), *u = base_alloc(steps * d, sizeof *u),
          *f = base_alloc(d, sizeof *f);
    float *path = base_alloc(all, sizeof *path), *x = base_alloc(all, sizeof *x);
    float *elements = base_alloc(steps * size, sizeof *elements);
    for (size_t i = 0; i < d * d; i++)
        a[i] = (float)rnn->a[i];
    for (size_t i = 0; i < steps * d; i++)
        u[i] = (float)rnn->u[i];
    for (size_t i = 0; i < d; i++)
        x[i] = path[i] = (float)rnn->start[i];
    for (size_t t = 1; t <= steps; t++)
        float_step(d, a, u + (t - 1) * d, path + (t - 1) * d, path + t * d);
    struct scan_operation operation = {size * sizeof *elements, rnn_combine_float, &rnn->d};
    double moved = INFINITY;
    long n = 0;
    /* not the first iteration small, nor one that holds NaN, ends it */
    while (n < limit && !(moved <= 1e-6)) {
        for (size_t t = 1; t <= steps; t++) {
            float *j = elements + (t - 1) * size, *b = j + d * d;
            const float *before = x + (t - 1) * d;
            float_step(d, a, u + (t - 1) * d, before, f);
            for (size_t i = 0; i < d; i++) {
                b[i] = f[i];
                for (size_t k = 0; k < d; k++) {
                    j[i * d + k] = (1 - f[i] * f[i]) * a[i * d + k];
                    b[i] -= j[i * d + k] * before[k];
                }
            }
        }
        rnn_scan(order, 1, &operation, steps, elements);
        moved = 0;
        for (size_t t = 1; t <= steps; t++)
            for (size_t i = 0; i < d; i++) {
                const float *j = elements + (t - 1) * size;
                float y = j[d * d + i];
                for (size_t k = 0; k < d; k++)
                    y += j[i * d + k] * path[k];
                double step = fabs((double)y - (double)x[t * d + i]);
                moved = step > moved || !isfinite(step) ? step : moved;
                x[t * d + i] = y;
            }
        n++;
    }
    double worst = 0;
    for (size_t i = 0; i < all; i++) {
        double off = fabs((double)x[i] - (double)path[i]);
        worst = off > worst || !isfinite(off) ? off : worst;
    }
    *iterations = n;
    free(a);
    free(u);
    free(f);
    free(path);
    free(x);
    free(elements);
    return worst;
}
