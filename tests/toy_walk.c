/* A small experiment for the tests of the lab itself: random walks, with texts, several rows, a control, a check. */
#include <time.h>

#include "lab.h"

static void cell(struct lab_cell *c)
{
    long n = lab_integer(c, "n");
    double scale = lab_real(c, "scale");
    for (int row = 0; row < 2; row++) {
        double sum = lab_control(c, "drift") ? (double)n : 0;
        for (long i = 0; i < n; i++)
            sum += scale * rng_normal(lab_rng(c));
        lab_put(c, "sum", sum);
        if (sum > 0)
            lab_put(c, "positive", sum);
        lab_put_text(c, "sign", sum > 0 ? "up" : "down");
        lab_next_row(c);
    }
    struct timespec pause = {0, 2000000}; /* so that a kill finds it at work */
    nanosleep(&pause, NULL);
}

static char *check(const struct lab_cell *c)
{
    return lab_integer(c, "n") * lab_integer(c, "n") > 100000000 ? base_copy("n^2 is above 1e8") : NULL;
}

static void summarize(struct lab *lab)
{
    struct lab_table *table = lab_table(lab, "second", "n:17,scale:17,mean,missing");
    for (size_t g = 0; g < lab_groups(lab); g++) {
        const struct lab_cell *at = lab_group(lab, g);
        struct stats_mean mean = lab_mean(lab, g, "sum");
        lab_table_row(table, (double[]){(double)lab_integer(at, "n"), lab_real(at, "scale"), mean.value, 0});
        lab_measure_mean(lab, mean, "mean_%s_%s", lab_word(at, "n"), lab_word(at, "scale"));
    }
    lab_measure_text(lab, "123456789012345678901234567890", "big");
}

static const struct lab_spec spec = {
    .name = "toy/walk",
    .about = "Is a random walk fair?",
    .axes =
        {
            {"n", "16:256:*4", "16,64", "[1,100000]", "Steps", AXIS_INTEGER},
            {"scale", "0.5,1", NULL, "(0,1]", "Size of a step", AXIS_REAL},
            {"kind", "plain", NULL, "plain|other", "A word", AXIS_WORD},
            {"replicate", "0:99", "0:49", "[0,inf)", "Replicate", AXIS_INTEGER},
        },
    .columns = "sum,positive,sign",
    .fold = "replicate",
    .controls = "drift|other",
    .check = check,
    .cell = cell,
    .summarize = summarize,
};

int main(int argc, char **argv)
{
    return lab_main(&spec, argc, argv);
}
