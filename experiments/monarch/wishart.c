#include "wishart.h"

#include <math.h>
#include <stdlib.h>

#include <gsl/gsl_math.h>
#include <gsl/gsl_randist.h>

#include "base.h"

/* How many eigenvalues of the tridiagonal matrix (diagonal d, squares of the off-diagonal e) lie above x. */
static size_t count_above(size_t n, const double *d, const double *e, double x)
{
    size_t count = 0;
    double q = 1;
    for (size_t i = 0; i < n; i++) {
        q = d[i] - x - (i ? e[i] / q : 0);
        if (q == 0)
            q = 1e-300;
        count += q > 0;
    }
    return count;
}

double wishart_largest(size_t m, gsl_rng *rng)
{
    size_t rows = m > 4000 ? (size_t)(40 * cbrt((double)m)) + 100 : m;
    if (rows > m)
        rows = m;
    double *d = base_alloc(rows, sizeof *d), *e = base_alloc(rows, sizeof *e), low = 0, high = 0, before = 0;
    /* B B^T for the lower bidiagonal B, squares of chi variables a on its diagonal and b below */
    for (size_t i = 0; i < rows; i++) {
        double a = gsl_ran_chisq(rng, (double)(m - i)), b = i ? gsl_ran_chisq(rng, (double)(m - i)) : 0;
        d[i] = a + b;
        e[i] = b * before;
        before = a;
    }
    for (size_t i = 0; i < rows; i++) {
        double next = i + 1 < rows ? sqrt(e[i + 1]) : 0;
        high = fmax(high, d[i] + sqrt(e[i]) + next);
        low = fmax(low, d[i]);
    }
    while (high - low > 1e-13 * high) {
        double middle = 0.5 * (low + high);
        if (middle <= low || middle >= high)
            break;
        if (count_above(rows, d, e, middle))
            low = middle;
        else
            high = middle;
    }
    free(d);
    free(e);
    return 0.5 * (low + high);
}

double wishart_edge(double m)
{
    return 4 * m - 2 - 1.2065335745820 * cbrt(16 * (m - 0.5));
}

double wishart_marchenko_pastur(double m)
{
    /* x = 4 sin^2 theta; the mass above falls from 1 at 0 to 0 at pi/2 */
    double low = 0, high = M_PI / 2;
    if (m <= 1)
        return 1;
    /* in psi = pi/2 - theta, for small masses: (4/pi)(psi/2 - sin(2 psi)/4) */
    for (int i = 0; i < 200; i++) {
        double psi = 0.5 * (low + high), mass = 2 / M_PI * (psi - sin(2 * psi) / 2);
        if (mass > 1 / m)
            high = psi;
        else
            low = psi;
    }
    double psi = 0.5 * (low + high);
    return m * 2 / M_PI * (psi - sin(4 * psi) / 4);
}
