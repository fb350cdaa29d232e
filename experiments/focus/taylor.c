/* Softmax as linear attention of infinite dimension: how many terms until it concentrates?
 *
 * Source: kexue.fm/archives/9889 with 8601: sum_{m<=M} (q.k)^m/m! is linear attention with binomial(D+M, M)
 * features. Its index for scores gamma eps, by quadrature. Finding: it falls to e^(-gamma^2/2) once M exceeds
 * about gamma^2 + a few gamma + 8; here dimension does help.
 */
#include <math.h>

#include <gsl/gsl_sf_gamma.h>

#include "focus.h"
#include "lab.h"

static void cell(struct lab_cell *c)
{
    int M = (int)lab_integer(c, "m");
    double gamma = lab_real(c, "gamma"), D = lab_real(c, "head");
    struct softmax_value S = focus_taylor(M, gamma, !lab_control(c, "no_factorials"));
    lab_put(c, "index", S.value);
    lab_put(c, "bound", S.error);
    lab_put(c, "limit", exp(-gamma * gamma / 2));
    lab_put(c, "features",
            rint(exp(gsl_sf_lngamma(D + M + 1) - gsl_sf_lngamma(D + 1) - gsl_sf_lngamma(M + 1))));
}

static void summarize(struct lab *lab)
{
    for (size_t i = 0; i < lab_groups(lab); i++)
        lab_measure(lab, lab_value(lab, i, "index"), lab_value(lab, i, "bound"), 0, "index_%s_%s",
                    lab_word(lab_group(lab, i), "gamma"), lab_word(lab_group(lab, i), "m"));
}

static const struct lab_spec spec = {
    .name = "focus/taylor",
    .about = "How does the truncated exponential kernel come to concentrate?",
    .axes =
        {
            {"gamma", "1,2,3", NULL, "(0,5]", "Standard deviation of the scores", AXIS_REAL},
            {"m", "1,2,4,8,12,16,24", NULL, "[1,60]", "Highest power", AXIS_INTEGER},
            {"head", "8", NULL, "[1,1000]", "Dimension of keys", AXIS_INTEGER},
        },
    .columns = "index:12,bound:2,limit:12,features:17",
    .controls = "no_factorials",
    .cell = cell,
    .summarize = summarize,
};

int main(int argc, char **argv)
{
    return lab_main(&spec, argc, argv);
}
