/* Sparse solutions of an underdetermined system A x = b, A m x n row-major with m < n, any m columns
 * independent (as of random matrices).
 *
 * The linear program min |x|_1 - w.x, A x = b is split as x = u - v, u, v >= 0. Any m columns give a feasible
 * vertex: a negative entry goes to v. From there the revised simplex method walks down, with the inverse of
 * the basis kept explicitly; where it stands still for long it takes Bland's rule, which cannot cycle.
 */
#ifndef PURSUIT_H
#define PURSUIT_H

#include <stddef.h>

/* The solution of least l2 norm, A^T (A A^T)^{-1} b. Returns 0, or -1 when A A^T is singular. */
int pursuit_least_squares(size_t m, size_t n, const double *a, const double *b, double *x);

/* min |x|_1 - w.x subject to A x = b; w NULL: 0, basis pursuit. A vertex, optimal up to reduced costs of
 * 1e-9. Returns 0, or -1 with x undefined when the program is unbounded (some |w_i| > 1) or a basis is
 * singular. */
int pursuit_l1(size_t m, size_t n, const double *a, const double *b, const double *w, double *x);

/* A local minimum of |x|_1 / |x|_2 subject to A x = b, from the l1 solution given in x: at each of at most
 * `steps` steps the l2 norm is replaced by its tangent, which leaves a program above with w = (|x|_1 /
 * |x|_2^2) x (Rahimi, Wang, Dong and Lou, SIAM J. Sci. Comput. 41:A3649, 2019). Steps that do not lower the
 * ratio are not taken. Returns how many were. */
int pursuit_ratio(size_t m, size_t n, const double *a, const double *b, int steps, double *x);

#endif
