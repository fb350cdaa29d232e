#include "kmeans.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <gsl/gsl_randist.h>

#include "base.h"
#include "linalg.h"
#include "nn_internal.h"

enum { POINT_BLOCK = 256 };

static double squared_distance(size_t d, const double *x, const double *y)
{
    double sum = 0;
    for (size_t a = 0; a < d; a++)
        sum += (x[a] - y[a]) * (x[a] - y[a]);
    return sum;
}

/* The lowest index of the least of c >= 1 numbers: a pass for the value, one for its place. A single pass that keeps
 * both in lanes is not vectorized by gcc 12. NaN is never least. */
NN_CLONES static size_t least(size_t c, const double *score)
{
    double lane[8], bottom;
    for (size_t l = 0; l < 8; l++)
        lane[l] = INFINITY;
    size_t s = 0;
    for (; s + 8 <= c; s += 8)
        for (size_t l = 0; l < 8; l++)
            lane[l] = score[s + l] < lane[l] ? score[s + l] : lane[l];
    for (; s < c; s++)
        lane[0] = score[s] < lane[0] ? score[s] : lane[0];
    bottom = lane[0];
    for (size_t l = 1; l < 8; l++)
        bottom = lane[l] < bottom ? lane[l] : bottom;
    for (s = 0; s < c; s++)
        if (score[s] == bottom)
            return s;
    return 0;
}

double kmeans_assign(size_t n, size_t c, size_t d, const double *x, const double *centers, size_t *code,
                     double *distance)
{
    double *half = base_alloc(c + 1, sizeof *half), *score = base_alloc(POINT_BLOCK * (c + 1), sizeof *score);
    for (size_t s = 0; s < c; s++)
        for (size_t a = 0; a < d; a++)
            half[s] += 0.5 * centers[s * d + a] * centers[s * d + a];
    double total = 0;
    for (size_t begin = 0; begin < n; begin += POINT_BLOCK) {
        size_t rows = n - begin < POINT_BLOCK ? n - begin : POINT_BLOCK;
        for (size_t i = 0; i < rows; i++)
            memcpy(score + i * c, half, c * sizeof *half);
        linalg_gemm('N', 'T', rows, c, d, -1, x + begin * d, centers, 1, score);
        for (size_t i = 0; i < rows; i++) {
            size_t best = least(c, score + i * c);
            code[begin + i] = best;
            double away = squared_distance(d, x + (begin + i) * d, centers + best * d);
            total += away;
            if (distance)
                distance[begin + i] = away;
        }
    }
    free(half);
    free(score);
    return n ? total / (double)n : 0;
}

void kmeans_start_sample(size_t n, size_t c, size_t d, const double *x, gsl_rng *rng, double *centers)
{
    size_t *index = base_alloc(n + c, sizeof *index), *chosen = index + n;
    for (size_t i = 0; i < n; i++)
        index[i] = i;
    gsl_ran_choose(rng, chosen, c, index, n, sizeof *index);
    for (size_t s = 0; s < c; s++)
        memcpy(centers + s * d, x + chosen[s] * d, d * sizeof *x);
    free(index);
}

void kmeans_start_spread(size_t n, size_t c, size_t d, const double *x, gsl_rng *rng, double *centers)
{
    double *away = base_alloc(n + 1, sizeof *away);
    size_t next = gsl_rng_uniform_int(rng, n);
    for (size_t i = 0; i < n; i++)
        away[i] = INFINITY;
    for (size_t s = 0; s < c; s++) {
        memcpy(centers + s * d, x + next * d, d * sizeof *x);
        double total = 0;
        for (size_t i = 0; i < n; i++) {
            double here = squared_distance(d, x + i * d, centers + s * d);
            away[i] = here < away[i] ? here : away[i];
            total += away[i];
        }
        double at = gsl_rng_uniform(rng) * total;
        next = n - 1;
        for (size_t i = 0; i < n; i++) {
            at -= away[i];
            if (at < 0 && away[i] > 0) {
                next = i;
                break;
            }
        }
    }
    free(away);
}

double kmeans_lloyd(size_t n, size_t c, size_t d, const double *x, double *centers, size_t *code, size_t steps)
{
    size_t *before = base_alloc(n + 1, sizeof *before), *count = base_alloc(c + 1, sizeof *count);
    double *sum = base_alloc(c * d + 1, sizeof *sum);
    double distortion = kmeans_assign(n, c, d, x, centers, code, NULL);
    for (size_t step = 0; step < steps; step++) {
        memset(sum, 0, c * d * sizeof *sum);
        memset(count, 0, c * sizeof *count);
        for (size_t i = 0; i < n; i++) {
            count[code[i]]++;
            for (size_t a = 0; a < d; a++)
                sum[code[i] * d + a] += x[i * d + a];
        }
        for (size_t s = 0; s < c; s++)
            for (size_t a = 0; count[s] && a < d; a++)
                centers[s * d + a] = sum[s * d + a] / (double)count[s];
        memcpy(before, code, n * sizeof *code);
        distortion = kmeans_assign(n, c, d, x, centers, code, NULL);
        if (!memcmp(before, code, n * sizeof *code))
            break;
    }
    free(before);
    free(count);
    free(sum);
    return distortion;
}

struct kmeans_average *kmeans_average_new(size_t c, size_t d, double gamma, double floor, const double *centers)
{
    struct kmeans_average *average = base_alloc(1, sizeof *average);
    *average = (struct kmeans_average){
        .c = c,
        .d = d,
        .gamma = gamma,
        .floor = floor,
        .sum = base_alloc(c * d + 1, sizeof(double)),
        .count = base_alloc(c + 1, sizeof(double)),
        .centers = base_alloc(c * d + 1, sizeof(double)),
    };
    memcpy(average->sum, centers, c * d * sizeof *centers);
    memcpy(average->centers, centers, c * d * sizeof *centers);
    for (size_t s = 0; s < c; s++)
        average->count[s] = 1;
    return average;
}

double kmeans_average_step(struct kmeans_average *average, size_t n, const double *x)
{
    size_t c = average->c, d = average->d, *code = base_alloc(n + 1, sizeof *code);
    double distortion = kmeans_assign(n, c, d, x, average->centers, code, NULL), fresh = 1 - average->gamma;
    for (size_t s = 0; s < c; s++)
        average->count[s] *= average->gamma;
    for (size_t j = 0; j < c * d; j++)
        average->sum[j] *= average->gamma;
    for (size_t i = 0; i < n; i++) {
        average->count[code[i]] += fresh;
        for (size_t a = 0; a < d; a++)
            average->sum[code[i] * d + a] += fresh * x[i * d + a];
    }
    for (size_t s = 0; s < c; s++)
        for (size_t a = 0; a < d; a++)
            average->centers[s * d + a] = average->sum[s * d + a] / fmax(average->count[s], average->floor);
    free(code);
    return distortion;
}

void kmeans_average_free(struct kmeans_average *average)
{
    if (!average)
        return;
    free(average->sum);
    free(average->count);
    free(average->centers);
    free(average);
}
