/* Vector quantization: codebooks by k-means and by moving averages.
 *
 * x is [n][d], the codebook [c][d], both row-major. A point's code is the nearest center in the Euclidean norm, the
 * lowest index among equals. Distances are compared as |c|^2/2 - x.c, one GEMM a block of points, so centers whose
 * distances differ by less than about d eps (|x|^2 + |c|^2) may be taken for equals.
 */
#ifndef KMEANS_H
#define KMEANS_H

#include <stddef.h>

#include <gsl/gsl_rng.h>

/* code[n]; and distance[n], |x - center|^2 computed from the differences, unless NULL. Returns the mean of the squared
 * distances (the distortion), 0 for n = 0. */
double kmeans_assign(size_t n, size_t c, size_t d, const double *x, const double *centers, size_t *code,
                     double *distance);

/* c different points of the n >= c, each set alike likely. */
void kmeans_start_sample(size_t n, size_t c, size_t d, const double *x, gsl_rng *rng, double *centers);
/* k-means++ (Arthur and Vassilvitskii 2007): each next center is a point drawn with probability proportional to its
 * squared distance to those chosen. */
void kmeans_start_spread(size_t n, size_t c, size_t d, const double *x, gsl_rng *rng, double *centers);

/* Lloyd's iteration from the centers given, until no code changes or `steps` are done. A center without points stays
 * where it is. code[n] belongs to the final centers. Returns the final distortion. */
double kmeans_lloyd(size_t n, size_t c, size_t d, const double *x, double *centers, size_t *code, size_t steps);

/* A codebook of moving averages (van den Oord et al., arXiv 1711.00937; as in the code of Transformer-VQ): after a batch,
 * sum_s <- gamma sum_s + (1 - gamma) (sum of the points with code s), count_s likewise, center_s = sum_s /
 * max(count_s, floor). gamma = 1 freezes it, gamma = 0 is k-means on the batch alone. */
struct kmeans_average {
    size_t c, d;
    double gamma, floor;
    double *sum, *count, *centers; /* [c][d], [c], [c][d] */
};
/* Starts at these centers with all counts 1. */
struct kmeans_average *kmeans_average_new(size_t c, size_t d, double gamma, double floor, const double *centers);
/* Assigns a batch to the present centers, then moves them. Returns the batch's distortion before the move. */
double kmeans_average_step(struct kmeans_average *average, size_t n, const double *x);
void kmeans_average_free(struct kmeans_average *average);

#endif
