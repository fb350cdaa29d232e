/* What do softmax, relu^2 and linear attention concentrate on when the sequence is long?
 *
 * Source: kexue.fm/archives/9889: for scores beta + gamma eps the index S = E|f|/sqrt(E f^2) in closed form
 * for f = exp, relu^2 and the identity. Each is held against adaptive quadrature with its error estimate for
 * a bound, and relu^2 also in the very form that is printed, which cancels for beta < -5 gamma although it is
 * right. Finding: all closed forms are right. S of exp is e^(-gamma^2/2); relu^2 comes below 0.1 only for
 * beta < -1.7242 gamma; the identity never comes below sqrt(2/pi).
 */
#include <math.h>
#include <string.h>

#include "focus.h"
#include "lab.h"

static struct focus_map map_of(const struct lab_cell *c)
{
    struct focus_map map;
    focus_map_parse(lab_word(c, "f"), &map);
    return map;
}

/* The closed form, or what a control makes of it. */
static double closed(const struct lab_cell *c, struct focus_map map, double beta, double gamma)
{
    double S = focus_limit(map, beta, gamma);
    if (lab_control(c, "variance") && map.kind == FOCUS_EXP)
        return exp(-gamma / 2);
    if (lab_control(c, "no_root") && map.kind == FOCUS_IDENTITY) /* E|f| / E f^2 */
        return S / sqrt(beta * beta + gamma * gamma);
    if (lab_control(c, "no_root") &&
        map.kind == FOCUS_RELU) /* depends on the scale; fourth moment of relu^2's kind */
        return S / (beta * beta + gamma * gamma + beta);
    if (lab_control(c, "no_cut")) /* z^2 in place of relu^2: nothing is cut to 0 */
        return (beta * beta + gamma * gamma) /
               sqrt(pow(beta, 4) + 6 * beta * beta * gamma * gamma + 3 * pow(gamma, 4));
    return S;
}

static void cell(struct lab_cell *c)
{
    struct focus_map map = map_of(c);
    double beta = lab_real(c, "beta"), gamma = lab_real(c, "gamma");
    struct softmax_value q = focus_limit_quadrature(map, beta, gamma);
    lab_put(c, "closed", closed(c, map, beta, gamma));
    lab_put(c, "quadrature", q.value);
    lab_put(c, "bound", q.error);
    if (map.kind == FOCUS_RELU && map.power == 2) {
        lab_put(c, "printed",
                lab_control(c, "no_root") ? closed(c, map, beta, gamma) : focus_relu2_printed(beta, gamma));
        lab_put(c, "tail_ratio",
                beta < 0 ? closed(c, map, beta, gamma) / focus_relu2_tail(beta / gamma) : NAN);
    }
}

/* The values of the points of a claim, for the map f. */
static void measure_points(struct lab *lab, const char *f, const char *column, const double points[][2],
                           size_t count)
{
    for (size_t i = 0; i < count; i++) {
        char at[96];
        snprintf(at, sizeof at, "f=%s beta=%g gamma=%g", f, points[i][0], points[i][1]);
        long g = lab_find(lab, at);
        if (g >= 0)
            lab_measure(lab, lab_value(lab, (size_t)g, column), lab_value(lab, (size_t)g, "bound"), 0,
                        "%s_%s_%g_%g", column, f, points[i][0], points[i][1]);
    }
}

/* relu^2 over r in [-8, 8]: the smallest growth of log S over a step of 0.05, and the largest relative
 * difference between (r, 1) and (3 r, 3); the r at which S = 0.1. */
static void measure_scan(struct lab *lab, const struct lab_cell *any)
{
    struct focus_map relu2 = {FOCUS_RELU, 2};
    double rise = INFINITY, scale = 0, least = INFINITY;
    for (int i = -160; i < 160; i++) {
        double r = i * 0.05, S = closed(any, relu2, r, 1);
        rise = fmin(rise, log(closed(any, relu2, r + 0.05, 1) / S));
        scale = fmax(scale, fabs(closed(any, relu2, 3 * r, 3) / S - 1));
        if (r >= 0)
            least = fmin(least, S);
    }
    double low = -8, high = 0;
    while (high - low > 1e-14 * -low) {
        double middle = (low + high) / 2;
        *(closed(any, relu2, middle, 1) < 0.1 ? &low : &high) = middle;
    }
    lab_measure(lab, rise, 1e-13, 0, "relu2_rise");
    lab_measure(lab, scale, 0, 0, "relu2_scale_gap");
    lab_measure(lab, least, 1e-15, 0, "relu2_least");
    lab_measure(lab, low, 1e-13, 0, "relu2_root");

    struct focus_map id = {FOCUS_IDENTITY, 1};
    double even = 0, climb = INFINITY, above = INFINITY, mapped = 0;
    for (int i = 0; i < 200; i++) {
        double r = i * 0.04;
        even = fmax(even, fabs(closed(any, id, r, 1) - closed(any, id, -r, 1)));
        climb = fmin(climb, closed(any, id, r + 0.04, 1) - closed(any, id, r, 1));
        above = fmin(above, closed(any, id, r, 1));
        mapped = fmax(mapped, fabs(closed(any, id, 3 * r, 3) - closed(any, id, r, 1)));
    }
    /* the control for evenness: an odd part of beta, as it would come with 1 + erf in place of erf */
    if (lab_run_control(lab, "no_cut"))
        even = fabs(focus_limit((struct focus_map){FOCUS_RELU, 1}, 1, 1) -
                    focus_limit((struct focus_map){FOCUS_RELU, 1}, -1, 1));
    lab_measure(lab, even, 0, 0, "id_even_gap");
    lab_measure(lab, climb, 1e-15, 0, "id_rise");
    lab_measure(lab, above, 1e-15, 0, "id_least");
    lab_measure(lab, mapped, 0, 0, "id_scale_gap");

    struct focus_map soft = {FOCUS_EXP, 1};
    double fall = -INFINITY;
    for (int i = 0; i < 100; i++)
        fall = fmax(fall, closed(any, soft, 0, 0.1 * i + 0.1) - closed(any, soft, 0, 0.1 * i));
    lab_measure(lab, fall, 0, 0, "exp_fall");
}

static void measure_worst(struct lab *lab)
{
    double worst[3] = {0, 0, 0}, printed = 0;
    for (size_t i = 0; i < lab_groups(lab); i++) {
        const struct lab_cell *at = lab_group(lab, i);
        struct focus_map map = map_of(at);
        double q = lab_value(lab, i, "quadrature"), r = lab_real(at, "beta") / lab_real(at, "gamma");
        double gap = fabs(lab_value(lab, i, "closed") / q - 1);
        worst[map.kind] = fmax(worst[map.kind], gap);
        if (map.kind == FOCUS_RELU && map.power == 2 && r >= -4)
            printed = fmax(printed, fabs(lab_value(lab, i, "printed") / q - 1));
    }
    lab_measure(lab, worst[FOCUS_EXP], 0, 0, "worst_exp");
    lab_measure(lab, worst[FOCUS_IDENTITY], 0, 0, "worst_id");
    lab_measure(lab, worst[FOCUS_RELU], 0, 0, "worst_relu");
    lab_measure(lab, printed, 0, 0, "worst_printed");
}

static void summarize(struct lab *lab)
{
    static const double exps[][2] = {{0, 0.5}, {0, 1}, {0, 2}, {-5, 1}, {3, 1}};
    static const double relus[][2] = {{0, 1}, {-1, 1}, {-2, 1}, {-3, 1}, {1, 1}, {-1, 0.3}, {0.5, 2}};
    static const double printed[][2] = {{0, 1},    {-1, 1},  {-2, 1}, {-3, 1}, {1, 1},
                                        {-1, 0.3}, {0.5, 2}, {-4, 1}, {0, 3}};
    static const double deep[][2] = {{-5, 1}, {-6, 1}, {-7, 1}, {-8, 1}, {-10, 1}};
    static const double ids[][2] = {{0, 1}, {1, 1}, {2, 1}, {-1, 0.3}, {0.5, 2}, {3, 3}};
    static const double origin[][2] = {{0, 1}};
    measure_worst(lab);
    measure_points(lab, "exp", "closed", exps, 5);
    measure_points(lab, "relu2", "closed", relus, 7);
    measure_points(lab, "relu2", "printed", printed, 9);
    measure_points(lab, "relu2", "closed", deep, 5);
    measure_points(lab, "id", "closed", ids, 6);
    measure_points(lab, "relu", "closed", origin, 1);
    measure_points(lab, "relu3", "closed", origin, 1);
    measure_points(lab, "relu4", "closed", origin, 1);
    for (int r = -4; r >= -8; r -= 2) {
        char at[64];
        snprintf(at, sizeof at, "f=relu2 beta=%d gamma=1", r);
        long g = lab_find(lab, at);
        if (g >= 0)
            lab_measure(lab, lab_value(lab, (size_t)g, "tail_ratio"), 1e-10, 0, "tail_ratio_%d", -r);
    }
    for (int r = -5; r >= -7; r--) { /* how far the printed form is off, in doubles: NaN beyond */
        double S = focus_limit((struct focus_map){FOCUS_RELU, 2}, r, 1);
        double off = fabs(focus_relu2_printed(r, 1) / S - 1);
        lab_measure(lab, lab_run_control(lab, "no_root") ? 0 : off, 0, 0, "printed_error_%d", -r);
    }
    measure_scan(lab, lab_group(lab, 0));
    struct focus_map relu2 = {FOCUS_RELU, 2};
    lab_measure(lab, closed(lab_group(lab, 0), relu2, -1, 1e4), 1e-15, 0, "relu2_wide");
    lab_measure(lab, closed(lab_group(lab, 0), relu2, -1, 0.05), 0, 0, "relu2_narrow");
    lab_measure(lab, closed(lab_group(lab, 0), relu2, 1, 1e4), 1e-15, 0, "relu2_wide_positive");

    /* the article's figures: S against gamma for several beta */
    struct lab_table *curves = lab_table(lab, "curves", "gamma,beta,relu2,id");
    static const double betas[] = {-2, -1, -0.5, 0, 0.5, 1, 2};
    for (size_t i = 0; i < sizeof betas / sizeof *betas; i++)
        for (double g = -1.5; g <= 1.51; g += 0.05)
            lab_table_row(
                curves, (double[]){pow(10, g), betas[i], focus_limit(relu2, betas[i], pow(10, g)),
                                   focus_limit((struct focus_map){FOCUS_IDENTITY, 1}, betas[i], pow(10, g))});
}

static char *check(const struct lab_cell *c)
{
    struct focus_map map;
    focus_map_parse(lab_word(c, "f"), &map);
    double gamma = lab_real(c, "gamma"), beta = lab_real(c, "beta");
    if (!isnan(focus_limit(map, beta, gamma)) && (map.kind != FOCUS_RELU || beta / gamma >= -37))
        return NULL;
    return base_format(
        "--beta %g with --gamma %g leaves no weight that is not 0 (or below 1e-149); accepted are beta > 0, "
        "or beta / gamma >= -37",
        beta, gamma);
}

static const struct lab_spec spec = {
    .name = "focus/index",
    .about = "How concentrated are exp, relu^p and linear attention over infinitely many normal scores?",
    .axes =
        {
            {"f", "exp,relu,relu2,relu3,relu4,id", NULL,
             "exp|id|relu|relu2|relu3|relu4|relu5|relu6|relu7|relu8|relu9", "Map from scores to weights",
             AXIS_WORD},
            {"beta", "-10,-8,-7,-6,-5,-4,-3,-2,-1,0,0.5,1,2,3", NULL, "(-inf,inf)", "Mean of the scores",
             AXIS_REAL},
            {"gamma", "0.3,0.5,1,2,3", NULL, "[0,1e6]", "Standard deviation of the scores", AXIS_REAL},
        },
    .columns = "closed:14,quadrature:14,bound:3,printed:14,tail_ratio",
    .controls = "variance|no_root|no_cut",
    .check = check,
    .cell = cell,
    .summarize = summarize,
};

int main(int argc, char **argv)
{
    return lab_main(&spec, argc, argv);
}
