/* Can a codebook be good for keys without structure?
 *
 * Source: kexue.fm/archives/9844 reports that quantized keys keep most of the ability. For independent
 * Gaussian coordinates Shannon's rate-distortion function says what c codes can do at best: the mean squared
 * distance is at least c^(-2/d) of the mean square, 0.907 for c = 512 and d = 128. k-means is judged on fresh
 * keys.
 * Finding: the bound holds, and k-means is close to it: such keys cannot be quantized, so keys that can
 * are clustered. Judged on a small training set itself a codebook seems to beat the bound, which no
 * codebook can.
 */
#include <math.h>

#include "lab.h"
#include "vq.h"

static void cell(struct lab_cell *c)
{
    double d = lab_real(c, "d"), codes = lab_real(c, "c");
    struct vq_trial trial = vq_codebook_trial(
        (size_t)lab_integer(c, "d"), (size_t)lab_integer(c, "c"), (size_t)lab_integer(c, "train"),
        (size_t)lab_integer(c, "fresh"), (size_t)lab_integer(c, "steps"), 0, 0, lab_rng(c));
    struct stats_mean judged = lab_control(c, "trained") ? trial.trained : trial.tested;
    lab_put(c, "bound", pow(codes, -2 / d));
    lab_put(c, "trained", trial.trained.value / d);
    lab_put(c, "trained_error", trial.trained.error / d);
    lab_put(c, "tested", judged.value / d);
    lab_put(c, "tested_error", judged.error / d);
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

static void summarize(struct lab *lab)
{
    for (size_t i = 0; i < lab_groups(lab); i++) {
        const struct lab_cell *c = lab_group(lab, i);
        const char *d = lab_word(c, "d"), *codes = lab_word(c, "c"), *train = lab_word(c, "train");
        double error = lab_value(lab, i, "tested_error"), bound = lab_value(lab, i, "bound");
        long fresh = lab_integer(c, "fresh");
        if (!lab_is(c, "train", "4000") && !lab_is(c, "train", "20000"))
            continue;
        int shown = lab_is(c, "c", "256") && !lab_is(c, "d", "128");
        if (shown)
            lab_measure(lab, lab_value(lab, i, "tested"), error, fresh, "tested_%s_%s_%s", codes, d, train);
        lab_measure(lab, lab_value(lab, i, "tested") - bound, error, fresh, "above_%s_%s_%s", codes, d,
                    train);
        if (!lab_is(c, "train", "4000"))
            continue;
        if (shown || (lab_is(c, "c", "512") && lab_is(c, "d", "128")))
            lab_measure(lab, bound, 0, 0, "bound_%s_%s", codes, d);
        if (shown)
            lab_measure(lab, lab_value(lab, i, "trained"), lab_value(lab, i, "trained_error"), 4000,
                        "trained_%s_%s", codes, d);
    }
    lab_measure(lab, 128 / 2.0 * log2(1 / 0.5), 0, 0,
                "bits_128_half"); /* half the mean square, 128 dimensions */
}

static const struct lab_spec spec = {
    .name = "vq/bound",
    .about = "k-means of Gaussian keys against the rate-distortion bound, as shares of the mean square",
    .axes = {{"d", "16,64,128", NULL, "[1,1e5]", "Dimension", AXIS_INTEGER},
             {"c", "256,512", NULL, "[1,65536]", "Codes", AXIS_INTEGER},
             {"train", "1000,2000,4000,8000,20000", "4000", "[1,1e8]", "Keys the codebook is made of",
              AXIS_INTEGER},
             {"fresh", "20000", "4000", "[2,1e8]", "Keys it is judged on", AXIS_INTEGER},
             {"steps", "25", "8", "[0,1e6]", "Steps of Lloyd's iteration", AXIS_INTEGER}},
    .columns = "bound,trained,trained_error:4,tested,tested_error:4",
    .controls = "trained",
    .check = check,
    .cell = cell,
    .summarize = summarize,
};

int main(int argc, char **argv)
{
    return lab_main(&spec, argc, argv);
}
