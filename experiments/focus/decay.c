/* Weights that decay, l^(n-1), ..., l, 1: how concentrated, and over what window?
 *
 * Source: kexue.fm/archives/9889: S^2 = (1-l^n)(1+l)/(n(1-l)(1+l^n)) and the bound without the factor 1-l^n,
 * both for linear RNNs. Held against sums. n S^2, the number of tokens attended to, tends to (1+l)/(1-l):
 * concentration of a kind that no key can move.
 */
#include <math.h>

#include "focus.h"
#include "lab.h"

static void cell(struct lab_cell *c)
{
    double l = lab_real(c, "lambda"), n = lab_real(c, "n");
    double one = 0, two = 0;
    for (double j = n - 1; j >= 0; j--) { /* small ones first */
        double a = pow(l, j);
        one += a;
        two += a * a;
    }
    double S = focus_decay(l, n);
    if (lab_control(c, "no_root"))
        S *= S;
    lab_put(c, "closed", S);
    lab_put(c, "direct", one / sqrt(n * two));
    lab_put(c, "bound", focus_decay_bound(l, n));
    lab_put(c, "tokens", n * S * S);
    lab_put(c, "window", l < 1 ? (1 + l) / (1 - l) : INFINITY);
}

static void summarize(struct lab *lab)
{
    double worst = 0, least = INFINITY, window = 0;
    for (size_t i = 0; i < lab_groups(lab); i++) {
        const struct lab_cell *at = lab_group(lab, i);
        double l = lab_real(at, "lambda"), n = lab_real(at, "n"), S = lab_value(lab, i, "closed");
        worst = fmax(worst, fabs(S / lab_value(lab, i, "direct") - 1));
        if (l < 1 && pow(l, n) > 1e-15) /* below, both are equal in doubles */
            least = fmin(least, lab_value(lab, i, "bound") / S - 1);
        if (l < 1) /* n S^2 (1-l)/(1+l) = (1-l^n)/(1+l^n) */
            window = fmax(window, fabs(lab_value(lab, i, "tokens") / lab_value(lab, i, "window") - 1) /
                                      (2 * pow(l, n) + 1e-14));
        if ((l == 0.9 && n == 100) || (l == 0.99 && n == 100) || (l == 0.999 && n == 1000) ||
            (l == 0.5 && n == 10)) {
            lab_measure(lab, S, 1e-15, 0, "closed_%g_%g", l, n);
            lab_measure(lab, S * S, 1e-15, 0, "squared_%g_%g", l, n);
            lab_measure(lab, lab_control(at, "no_root") ? S : lab_value(lab, i, "bound"), 1e-15, 0,
                        "bound_%g_%g", l, n);
        }
        if ((l == 0.9 || l == 0.99) && n == 10000)
            lab_measure(lab, lab_value(lab, i, "tokens"), 1e-11, 0, "tokens_%g", l);
    }
    lab_measure(lab, worst, 0, 0, "worst");
    lab_measure(lab, lab_run_control(lab, "no_root") ? -least : least, 0, 0, "bound_least");
    lab_measure(lab, window, 0, 0, "window_worst");
}

static const struct lab_spec spec = {
    .name = "focus/decay",
    .about = "How concentrated are weights that decay geometrically?",
    .axes =
        {
            {"lambda", "0.5,0.9,0.99,0.999,1", NULL, "(0,1]", "Factor a step", AXIS_REAL},
            {"n", "1,10,20,50,100,200,500,1000,2000,5000,10000", NULL, "[1,1e8]", "Length", AXIS_INTEGER},
        },
    .columns = "closed:14,direct:14,bound:14,tokens:12,window",
    .controls = "no_root",
    .cell = cell,
    .summarize = summarize,
};

int main(int argc, char **argv)
{
    return lab_main(&spec, argc, argv);
}
