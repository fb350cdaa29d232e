/* How does the distance of a key to its code fall with the number of codes?
 *
 * Source: the loss of precision in kexue.fm/archives/9844 is the distance to the center. For d-dimensional
 * keys with a density the best c codes leave a mean squared distance ~ c^(-2/d) (Zador 1964), and for
 * Gaussian keys at least d c^(-2/d) (Shannon: log c nats for d coordinates). k-means on `train` keys, judged
 * on them and on fresh ones.
 * Finding: the exponent is reached within 12 %; in one dimension only from a good start, random ones stay
 * in poor optima.
 */
#include <math.h>

#include "lab.h"
#include "vq.h"

static void cell(struct lab_cell *c)
{
    double d = lab_real(c, "d"), codes = lab_real(c, "c");
    struct vq_trial trial = vq_codebook_trial(
        (size_t)lab_integer(c, "d"), (size_t)lab_integer(c, "c"), (size_t)lab_integer(c, "train"),
        (size_t)lab_integer(c, "fresh"), (size_t)lab_integer(c, "steps"), lab_is(c, "start", "good"),
        lab_control(c, "one_axis"), lab_rng(c));
    lab_put(c, "bound", d * pow(codes, -2 / d));
    lab_put(c, "trained", trial.trained.value);
    lab_put(c, "trained_error", trial.trained.error);
    lab_put(c, "tested", trial.tested.value);
    lab_put(c, "tested_error", trial.tested.error);
}

static char *check(const struct lab_cell *c)
{
    double n = lab_real(c, "train"), codes = lab_real(c, "c");
    double work = (n * (lab_real(c, "steps") + 2) + lab_real(c, "fresh")) * codes * lab_real(c, "d");
    if (codes > n)
        return base_format("--c %.0f codes are more than the --train %.0f keys", codes, n);
    return vq_too_much("train", n, work,
                       8 * ((n + lab_real(c, "fresh")) * (lab_real(c, "d") + 2) + 256 * codes));
}

/* The slope of log distortion on log c, from 16 codes on; on the 20000 training keys. */
static void measure_slope(struct lab *lab, const char *d, const char *start)
{
    double x[64], y[64], error[64];
    size_t n = 0;
    for (size_t i = 0; i < lab_groups(lab) && n < 64; i++) {
        const struct lab_cell *c = lab_group(lab, i);
        if (!lab_is(c, "d", d) || !lab_is(c, "start", start) || lab_real(c, "c") < 16 ||
            !lab_is(c, "train", "20000"))
            continue;
        x[n] = lab_real(c, "c");
        y[n] = lab_value(lab, i, "trained");
        error[n++] = lab_value(lab, i, "trained_error");
    }
    struct stats_line line;
    if (n >= 3 && !stats_power_fit(x, y, error, n, &line))
        lab_measure(lab, line.slope, line.slope_error, 20000, "slope_%s_%s", d, start);
}

static void summarize(struct lab *lab)
{
    for (size_t i = 0; i < lab_groups(lab); i++) {
        const struct lab_cell *c = lab_group(lab, i);
        if (lab_is(c, "start", "good") && lab_is(c, "train", "20000") && lab_real(c, "d") > 1 &&
            (lab_is(c, "c", "16") || lab_is(c, "c", "64") || lab_is(c, "c", "256")))
            lab_measure(lab, log(lab_value(lab, i, "trained")),
                        lab_value(lab, i, "trained_error") / lab_value(lab, i, "trained"), 20000,
                        "log_trained_%s_%s", lab_word(c, "d"), lab_word(c, "c"));
    }
    measure_slope(lab, "1", "good");
    measure_slope(lab, "1", "sample");
    measure_slope(lab, "2", "good");
    measure_slope(lab, "4", "good");
    measure_slope(lab, "8", "good");
}

static const struct lab_spec spec = {
    .name = "vq/distortion",
    .about = "Mean squared distance of Gaussian keys to their codes, by codes and dimension",
    .axes = {{"start", "good,sample", "good", "good|sample",
              "good: the optimal levels in one dimension, k-means++ above; sample: random keys", AXIS_WORD},
             {"d", "1,2,4,8", NULL, "[1,1e5]", "Dimension", AXIS_INTEGER},
             {"c", "4,8,16,32,64,128,256", "16,64,256", "[1,65536]", "Codes", AXIS_INTEGER},
             {"train", "20000", NULL, "[1,1e8]", "Keys the codebook is made of", AXIS_INTEGER},
             {"fresh", "20000", "2000", "[2,1e8]", "Keys it is judged on", AXIS_INTEGER},
             {"steps", "40", "10", "[0,1e6]", "Steps of Lloyd's iteration", AXIS_INTEGER}},
    .columns = "bound,trained,trained_error:4,tested,tested_error:4",
    .controls = "one_axis",
    .check = check,
    .cell = cell,
    .summarize = summarize,
};

int main(int argc, char **argv)
{
    return lab_main(&spec, argc, argv);
}
