/* Is alpha (1 - sum p^2) half the l1 norm of the Jacobian of softmax, and what are its limits?
 *
 * Source: kexue.fm/archives/9812: dp_i/ds_j = alpha (p_i delta_ij - p_i p_j), F = (1/2) sum |dp_i/ds_j| =
 * alpha (1 - sum p^2), which vanishes for alpha -> 0 and for alpha -> infinity. Random normal scores; the
 * Jacobian is held against central differences, F against the sum of absolute values, and both limits against
 * their rates, alpha (1 - 1/n) and 2 alpha e^(-alpha gap). The second needs a unique largest score: with an
 * m-fold tie F grows like alpha (1 - 1/m).
 * Finding: all identities hold to rounding; the limit at infinity takes a unique maximum, which the article
 * assumes silently.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "lab.h"
#include "linalg.h"
#include "rng.h"
#include "scale.h"

/* F as half the sum of |J|; the control forgets the factor alpha in J. */
static double half_norm(const struct lab_cell *c, const double *s, size_t n, double alpha, double *J)
{
    double sum = 0;
    scale_jacobian(s, n, alpha, J);
    if (lab_control(c, "no_alpha"))
        for (size_t i = 0; i < n * n; i++)
            J[i] /= alpha;
    for (size_t i = 0; i < n * n; i++)
        sum += fabs(J[i]);
    return sum / 2;
}

/* Largest |J - central difference| over alpha. The step is 1e-5 in alpha s: errors h^2/6 and eps/h, below
 * 1e-10. */
static double difference(double *s, size_t n, double alpha, const double *J)
{
    const double h = 1e-5 / alpha;
    double worst = 0, *up = base_alloc(2 * n, sizeof *up), *down = up + n;
    for (size_t j = 0; j < n; j++) {
        double kept = s[j], plus = kept + h, minus = kept - h;
        for (size_t i = 0; i < n; i++) {
            up[i] = alpha * (i == j ? plus : s[i]);
            down[i] = alpha * (i == j ? minus : s[i]);
        }
        softmax_weights(up, n, up);
        softmax_weights(down, n, down);
        for (size_t i = 0; i < n; i++)
            worst = fmax(worst, fabs((up[i] - down[i]) / (plus - minus) - J[i * n + j]) / alpha);
    }
    free(up);
    return worst;
}

/* Rows and columns sum to 0, J is symmetric and has no negative eigenvalue: the worst violation, over alpha.
 */
static double null_violation(const double *J, size_t n, double alpha, double *least)
{
    double worst = 0, *w = base_alloc(n, sizeof *w);
    for (size_t i = 0; i < n; i++) {
        double row = 0, column = 0;
        for (size_t j = 0; j < n; j++) {
            row += J[i * n + j];
            column += J[j * n + i];
            worst = fmax(worst, fabs(J[i * n + j] - J[j * n + i]));
        }
        worst = fmax(worst, fmax(fabs(row), fabs(column)));
    }
    linalg_eigen_symmetric(n, J, w, NULL);
    *least = w[0] / alpha;
    free(w);
    return worst / alpha;
}

static void cell(struct lab_cell *c)
{
    size_t n = (size_t)lab_integer(c, "n");
    double alpha = lab_real(c, "alpha"), *s = base_alloc(3 * n + n * n, sizeof *s), *z = s + n, *work = z + n;
    double *J = work + n;
    rng_normals(lab_rng(c), s, n);
    struct softmax_row row;
    softmax_row(s, n, alpha, &row);
    double f = half_norm(c, s, n, alpha, J), least, violation;
    lab_put(c, "f", f);
    lab_put(c, "difference", difference(s, n, alpha, J));
    lab_put(c, "identity", fabs(f - alpha * row.impurity) / ((double)n * alpha));
    violation = null_violation(J, n, alpha, &least);
    lab_put(c, "null_violation", violation);
    lab_put(c, "least_eigenvalue", least);

    for (size_t i = 0; i < n; i++)
        z[i] = alpha * s[i];
    double h2 = softmax_renyi_scores(z, n, 2), h = softmax_entropy(z, n);
    lab_put(c, "renyi_identity", fabs(-log(row.purity) - (lab_control(c, "no_alpha") ? h : h2)));
    lab_put(c, "renyi_excess", lab_control(c, "no_alpha") ? h - h2 : fmax(h2 - h, h - log((double)n)));

    lab_put(c, "zero_limit", half_norm(c, s, n, 1e-4, J) / (1e-4 * (1 - 1 / (double)n)) - 1);
    scale_sort(s, n);
    double gap = s[0] - s[1], next = n > 2 ? s[1] - s[2] : INFINITY;
    double large =
        fmax(12 / gap, (10 + log((double)n)) / next); /* n scores at the third one's place do not matter */
    /* the Jacobian itself would underflow where gaps are uneven: log F, and half_norm where it does not */
    double expected = log(2 * large) - large * gap, found = scale_row(s, n, large, work).log_f;
    if (large * gap < 600)
        found = log(half_norm(c, s, n, large, J));
    lab_put(c, "far_limit", expm1(found - expected));
    for (size_t m = 2; m <= 5 && m <= n; m++) {
        memcpy(z, s, n * sizeof *z);
        for (size_t i = 1; i < m; i++)
            z[i] = z[0];
        double far = m < n ? fmin(60 / (z[0] - z[m]), 1e9) : 60;
        char name[] = "tie_0";
        name[4] = (char)('0' + m);
        if (m == n || far * (z[0] - z[m]) > 50)
            lab_put(c, name, half_norm(c, z, n, far, J) / (far * (1 - 1 / (double)m)) - 1);
    }
    free(s);
}

static void worst_of(struct lab *lab, const char *column, const char *name)
{
    double worst = -INFINITY;
    for (size_t i = 0; i < lab_groups(lab); i++) {
        size_t count;
        const double *x = lab_column(lab, i, column, &count);
        for (size_t j = 0; j < count; j++)
            worst = fmax(worst, strcmp(column, "renyi_excess") ? fabs(x[j]) : x[j]);
    }
    if (worst > -INFINITY)
        lab_measure(lab, worst, 0, 0, "%s", name);
}

static void summarize(struct lab *lab)
{
    double least = INFINITY;
    for (size_t i = 0; i < lab_groups(lab); i++) {
        size_t count;
        const double *x = lab_column(lab, i, "least_eigenvalue", &count);
        for (size_t j = 0; j < count; j++)
            least = fmin(least, x[j]);
    }
    lab_measure(lab, least, 0, 0, "least_eigenvalue");
    worst_of(lab, "difference", "difference_worst");
    worst_of(lab, "identity", "identity_worst");
    worst_of(lab, "null_violation", "null_worst");
    worst_of(lab, "renyi_identity", "renyi_identity_worst");
    worst_of(lab, "renyi_excess", "renyi_excess_worst");
    worst_of(lab, "zero_limit", "zero_limit_worst");
    worst_of(lab, "far_limit", "far_limit_worst");
    for (int m = 2; m <= 5; m++) {
        char column[] = "tie_0", name[] = "tie_worst_0";
        column[4] = name[10] = (char)('0' + m);
        worst_of(lab, column, name);
    }
}

static const struct lab_spec spec = {
    .name = "scale/jacobian",
    .about = "The Jacobian of softmax(alpha s), its norm F and the limits of F",
    .axes = {{"n", "2,3,16,64,256", "2,3,16,64", "[2,2000]", "Number of keys", AXIS_INTEGER},
             {"alpha", "0.1,0.5,1,2.5,8", NULL, "(0,1e4]", "Scale of the scores", AXIS_REAL},
             {"replicate", "0:19", "0:9", "[0,inf)", "Replicate", AXIS_INTEGER}},
    .columns = "f,difference,identity,null_violation,least_eigenvalue,renyi_identity,renyi_excess,zero_limit,"
               "far_limit,"
               "tie_2,tie_3,tie_4,tie_5",
    .fold = "replicate",
    .controls = "no_alpha",
    .cell = cell,
    .summarize = summarize,
};

int main(int argc, char **argv)
{
    return lab_main(&spec, argc, argv);
}
