/* Do other norms of the Jacobian have an optimal scale?
 *
 * kexue.fm/archives/9812 takes the l1 norm because it is simple. J = alpha (diag p - p p^T) is positive
 * semidefinite, so F = alpha (1 - sum p^2) is also its trace and its nuclear norm; the Frobenius and the
 * spectral norm are the other Schatten norms, spectral <= Frobenius <= F. When two scores dominate, J has one
 * eigenvalue and all three are equal, 2 alpha p_1 p_2, so their means share the limit D_n. For alpha -> 0 the
 * Frobenius norm is alpha sqrt(n-1)/n, the spectral alpha/n. Their mean slopes d/d alpha are measured by
 * differences within the row.
 * Finding: they rise towards the same limit; no optimum where the sign of the slope can be told.
 */
#include <math.h>
#include <stdlib.h>

#include "lab.h"
#include "scale.h"

struct norms {
    double trace, frobenius, spectral;
};

/* Over alpha: the trace sum p_i (1-p_i); the squared Frobenius norm sum_i (p_i (1-p_i))^2 + sum_{i != j}
 * p_i^2 p_j^2; and the largest eigenvalue, the root x of 1 = sum p_i^2/(p_i - x) in (p_2, p_1), that is of (x
 * - p_1 (1-p_1))/(p_1 - x) = sum_{i>1} p_i^2/(x - p_i), where the left side rises, the right one falls, and
 * by Gershgorin x <= 2 max p_i (1-p_i). 1 - p_1 is summed from the rest: nothing cancels for one-hot p. p_1
 * >= p_2 come first. */
static struct norms norms_of(const double *s, size_t n, double alpha, double *p)
{
    double rest = 0, square = 0;
    for (size_t i = 0; i < n; i++)
        p[i] = alpha * s[i];
    softmax_weights(p, n, p);
    for (size_t i = 1; i < n; i++) {
        rest += p[i];
        square += p[i] * p[i];
    }
    double one = p[0], left = one * rest, total = left * left + one * one * square, trace = left, most = left;
    for (size_t i = 1; i < n; i++) {
        double q = p[i] * (1 - p[i]), others = one * one + square - p[i] * p[i];
        trace += q;
        total += q * q + p[i] * p[i] * others;
        most = fmax(most, q);
    }
    double low = fmax(p[1], left), high = fmax(low, fmin(one, 2 * most));
    while (high - low > 1e-14 * high) {
        double x = (low + high) / 2, sum = 0;
        if (x <= low || x >= high) /* subnormal */
            break;
        for (size_t i = 1; i < n; i++)
            sum += p[i] * p[i] / (x - p[i]);
        if ((x - left) / (one - x) < sum)
            low = x;
        else
            high = x;
    }
    return (struct norms){alpha * trace, alpha * sqrt(total), alpha * (low + high) / 2};
}

static void cell(struct lab_cell *c)
{
    size_t n = (size_t)lab_integer(c, "n");
    double alpha = lab_real(c, "alpha"), h = 1e-4 * alpha, *s = base_alloc(2 * n, sizeof *s);
    struct norms mean = {0, 0, 0}, slope = {0, 0, 0};
    double worst = -INFINITY;
    const int batch = 20;
    for (int i = 0; i < batch; i++) {
        scale_draw(lab_rng(c), 0, s, n);
        scale_lead(s, n);
        struct norms at = norms_of(s, n, alpha, s + n), up = norms_of(s, n, alpha + h, s + n);
        struct norms down = norms_of(s, n, alpha - h, s + n);
        /* the control is the norm of dp/dz, the factor alpha left out: it falls */
        if (lab_control(c, "no_alpha")) {
            up.frobenius *= alpha / (alpha + h);
            up.spectral *= alpha / (alpha + h);
            down.frobenius *= alpha / (alpha - h);
            down.spectral *= alpha / (alpha - h);
            at.frobenius /= alpha;
        }
        mean.trace += at.trace / batch;
        mean.frobenius += at.frobenius / batch;
        mean.spectral += at.spectral / batch;
        slope.frobenius += (up.frobenius - down.frobenius) / (2 * h) / batch;
        slope.spectral += (up.spectral - down.spectral) / (2 * h) / batch;
        if (at.frobenius > 1e-140) /* below, its square underflows */
            worst = fmax(worst, fmax(at.spectral / at.frobenius, at.frobenius / at.trace) - 1);
    }
    free(s);
    lab_put(c, "trace", mean.trace);
    lab_put(c, "frobenius", mean.frobenius);
    lab_put(c, "spectral", mean.spectral);
    lab_put(c, "frobenius_slope", slope.frobenius);
    lab_put(c, "spectral_slope", slope.spectral);
    if (worst > -INFINITY)
        lab_put(c, "order", worst);
}

static void summarize(struct lab *lab)
{
    double worst = -INFINITY;
    for (size_t i = 0; i < lab_groups(lab); i++) {
        const struct lab_cell *c = lab_group(lab, i);
        size_t count;
        const double *x = lab_column(lab, i, "order", &count);
        for (size_t j = 0; j < count; j++)
            worst = fmax(worst, x[j]);
        double alpha = lab_real(c, "alpha"), n = lab_real(c, "n");
        if ((n != 8 && n != 64) || (alpha != 1 && alpha != 2))
            continue;
        lab_measure_mean(lab, lab_mean(lab, i, "frobenius_slope"), "frobenius_slope_%g_%g", n, alpha);
        lab_measure_mean(lab, lab_mean(lab, i, "spectral_slope"), "spectral_slope_%g_%g", n, alpha);
    }
    lab_measure(lab, worst, 0, 0, "order_worst");
}

static const struct lab_spec spec = {
    .name = "scale/norms",
    .about = "The mean nuclear, Frobenius and spectral norm of the Jacobian of softmax against the scale",
    .axes = {{"n", "8,64,512", "8,64", "[2,1e7]", "Number of keys", AXIS_INTEGER},
             {"alpha", "0.5,0.7,1,1.4,2,2.8,4,5.6,8,11,16,23,32", "1,2,4", "(0,1e3]", "Scale of the scores",
              AXIS_REAL},
             {"replicate", "0:499", "0:199", "[0,inf)", "Replicate, of 20 rows", AXIS_INTEGER}},
    .columns = "trace,frobenius,spectral,frobenius_slope,spectral_slope,order",
    .fold = "replicate",
    .controls = "no_alpha",
    .cell = cell,
    .summarize = summarize,
};

int main(int argc, char **argv)
{
    return lab_main(&spec, argc, argv);
}
