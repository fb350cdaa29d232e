/* The largest eigenvalue of a real Wishart matrix W = G G^T, G m x m standard normal, and its laws for large
 * m. */
#ifndef WISHART_H
#define WISHART_H

#include <stddef.h>

#include <gsl/gsl_rng.h>

/* One draw, from the bidiagonal form of G: chi_m, ..., chi_1 on the diagonal, chi_{m-1}, ..., chi_1 below it
 * (Dumitriu and Edelman 2002). For m > 4000 from its upper left corner of 40 m^{1/3} + 100 rows, beyond
 * which the leading vector is below rounding. */
double wishart_largest(size_t m, gsl_rng *rng);
/* E lambda_max by the Tracy-Widom law of order 1, centred as in Ma (Bernoulli 18:322, 2012):
 * 4 m - 2 - 1.2065336 (16 (m - 1/2))^{1/3}. */
double wishart_edge(double m);

/* m times the share of energy in the m largest of n = m^2 squared singular values, by the Marchenko-Pastur
 * law: m int_t^4 x rho, int_t^4 rho = 1/m, rho = sqrt(x (4 - x))/(2 pi x). */
double wishart_marchenko_pastur(double m);

#endif
