/* What becomes of a code that no key chooses?
 *
 * Source: the moving averages of the code of Transformer-VQ (kexue.fm/archives/9844): sum and count of a code
 * decay together, and the code is their quotient, the count being taken as at least `floor`. All keys lie
 * near one point; the other code is further from them than the first, even when it is at the origin.
 * Finding: it stays where it is for log(floor)/log(gamma) steps, then shrinks to the origin like
 * gamma^t/floor.
 */
#include <math.h>
#include <stdlib.h>

#include "kmeans.h"
#include "lab.h"
#include "rng.h"

static void cell(struct lab_cell *c)
{
    double gamma = lab_real(c, "gamma"), least = lab_real(c, "floor"), most = 0;
    /* the control divides by the count itself */
    double centers[4] = {10, 0, 0, 30};
    struct kmeans_average *average =
        kmeans_average_new(2, 2, gamma, lab_control(c, "no_floor") ? 1e-300 : least, centers);
    for (long t = 0; t <= lab_integer(c, "steps"); t++) {
        double ratio = hypot(average->centers[2], average->centers[3]) / 30;
        double predicted = fmin(1, exp((double)t * log(gamma)) / least);
        most = fmax(most, fabs(ratio - predicted));
        if (t)
            lab_next_row(c);
        lab_put(c, "t", (double)t);
        lab_put(c, "ratio", ratio);
        lab_put(c, "predicted", predicted);
        lab_put(c, "live", hypot(average->centers[0], average->centers[1]));
        double key[2] = {10 + rng_normal(lab_rng(c)), rng_normal(lab_rng(c))};
        kmeans_average_step(average, 1, key);
    }
    kmeans_average_free(average);
}

static void summarize(struct lab *lab)
{
    struct lab_table *table = lab_table(lab, NULL, "gamma,floor,t,ratio:12,predicted:12,live");
    static const size_t shown[] = {458, 459, 460, 500, 600};
    double worst = 0;
    for (size_t i = 0; i < lab_groups(lab); i++) {
        const struct lab_cell *c = lab_group(lab, i);
        size_t count;
        const double *t = lab_column(lab, i, "t", &count), *ratio = lab_column(lab, i, "ratio", &count);
        const double *predicted = lab_column(lab, i, "predicted", &count),
                     *live = lab_column(lab, i, "live", &count);
        for (size_t k = 0; k < count; k++) {
            worst = fmax(worst, fabs(ratio[k] - predicted[k]));
            if (k % 5 == 0)
                lab_table_row(table, (double[]){lab_real(c, "gamma"), lab_real(c, "floor"), t[k], ratio[k],
                                                predicted[k], live[k]});
        }
        for (size_t k = 0; k < 5; k++)
            if (lab_is(c, "gamma", "0.99") && lab_is(c, "floor", "0.01") && shown[k] < count)
                lab_measure(lab, ratio[shown[k]], 1e-12, 0, "ratio_%zu", shown[k]);
    }
    lab_measure(lab, worst, 0, 0, "difference_worst");
}

static const struct lab_spec spec = {
    .name = "vq/dead",
    .about = "The size of a code that no key chooses, by step",
    .axes = {{"gamma", "0.9,0.99", "0.99", "(0,1)", "Decay", AXIS_REAL},
             {"floor", "0.01,0.1", "0.01", "(0,1]", "Least count that is divided by", AXIS_REAL},
             {"steps", "700", NULL, "[0,1000000]", "Steps", AXIS_INTEGER}},
    .columns = "t,ratio:12,predicted:12,live",
    .controls = "no_floor",
    .cell = cell,
    .summarize = summarize,
};

int main(int argc, char **argv)
{
    return lab_main(&spec, argc, argv);
}
