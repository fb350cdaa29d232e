/* Does a codebook of moving averages end where k-means does?
 *
 * Source: kexue.fm/archives/9844 trains the codebook by moving averages; the code of Transformer-VQ counts
 * with decay gamma = 0.99 and divides by at least 0.01. A stream of Gaussian keys in batches, against Lloyd's
 * iteration from k-means++, both judged on the same fresh keys. Starts: normal codes of several sizes.
 * Finding: yes, within a few per cent. Codes that start far away die, shrink to the origin (see vq/dead) and,
 * the keys being there, come back to life.
 */
#include <math.h>
#include <stdlib.h>

#include "kmeans.h"
#include "lab.h"
#include "rng.h"
#include "vq.h"

static void cell(struct lab_cell *c)
{
    size_t d = (size_t)lab_integer(c, "d"), codes = (size_t)lab_integer(c, "c"),
           batch = (size_t)lab_integer(c, "batch");
    size_t n = (size_t)lab_integer(c, "fresh"), most = n > batch ? n : batch,
           *code = base_alloc(n, sizeof *code);
    double gamma = lab_control(c, "frozen") ? 1 : lab_real(c, "gamma"), start = lab_real(c, "start");
    gsl_rng *rng = lab_rng(c);
    double *x = base_alloc(most * d, sizeof *x), *centers = base_alloc(codes * d, sizeof *x);
    double *average_away = base_alloc(2 * n, sizeof *x), *lloyd_away = average_away + n;
    rng_normals(rng, centers, codes * d);
    for (size_t j = 0; j < codes * d; j++)
        centers[j] *= start;
    struct kmeans_average *average = kmeans_average_new(codes, d, gamma, lab_real(c, "floor"), centers);
    for (long step = 0; step < lab_integer(c, "steps"); step++) {
        rng_normals(rng, x, batch * d);
        kmeans_average_step(average, batch, x);
    }
    rng_normals(rng, x, n * d);
    kmeans_start_spread(n, codes, d, x, rng, centers);
    kmeans_lloyd(n, codes, d, x, centers, code, 30);
    rng_normals(rng, x, n * d);
    kmeans_assign(n, codes, d, x, centers, code, lloyd_away);
    kmeans_assign(n, codes, d, x, average->centers, code, average_away);
    struct stats_mean ratio = stats_ratio_of(average_away, lloyd_away, n);
    double weak = 0;
    for (size_t s = 0; s < codes; s++)
        weak += average->count[s] < lab_real(c, "floor");
    lab_put(c, "average", stats_mean_of(average_away, n).value);
    lab_put(c, "lloyd", stats_mean_of(lloyd_away, n).value);
    lab_put(c, "ratio", ratio.value);
    lab_put(c, "ratio_error", ratio.error);
    lab_put(c, "dead", weak);
    lab_put(c, "used", (double)vq_used(n, codes, code));
    kmeans_average_free(average);
    free(code);
    free(x);
    free(centers);
    free(average_away);
}

static char *check(const struct lab_cell *c)
{
    double work = (lab_real(c, "steps") * lab_real(c, "batch") + 34 * lab_real(c, "fresh")) *
                  lab_real(c, "c") * lab_real(c, "d");
    if (lab_real(c, "c") > lab_real(c, "fresh"))
        return base_format("--c %.0f codes are more than the --fresh %.0f keys", lab_real(c, "c"),
                           lab_real(c, "fresh"));
    return vq_too_much("steps", lab_real(c, "steps"), work,
                       8 * (lab_real(c, "fresh") + lab_real(c, "batch")) * (lab_real(c, "d") + 3));
}

static void summarize(struct lab *lab)
{
    static const char *const starts[] = {"0.02", "1", "5"};
    for (int k = 0; k < 3; k++) {
        char *values = base_format("start=%s c=64 d=8 gamma=0.99 floor=0.01", starts[k]);
        long i = lab_find(lab, values);
        free(values);
        if (i < 0)
            continue;
        const struct lab_cell *c = lab_group(lab, (size_t)i);
        lab_measure(lab, lab_value(lab, (size_t)i, "ratio"), lab_value(lab, (size_t)i, "ratio_error"),
                    lab_integer(c, "fresh"), "ratio_%s", starts[k]);
        lab_measure(lab, lab_value(lab, (size_t)i, "dead"), 0, 0, "dead_%s", starts[k]);
    }
}

static const struct lab_spec spec = {
    .name = "vq/average",
    .about = "A codebook of moving averages against Lloyd's iteration",
    .axes = {{"gamma", "0,0.9,0.99", "0.99", "[0,1]", "Decay; 0: k-means on a batch, 1: frozen", AXIS_REAL},
             {"start", "0.02,1,5", NULL, "[0,1e6]", "Size of the starting codes' coordinates", AXIS_REAL},
             {"c", "64", NULL, "[1,65536]", "Codes", AXIS_INTEGER},
             {"d", "8", NULL, "[1,1e4]", "Dimension", AXIS_INTEGER},
             {"batch", "512", NULL, "[1,1e6]", "Keys a step", AXIS_INTEGER},
             {"steps", "2000", "1200", "[0,1e7]", "Steps", AXIS_INTEGER},
             {"fresh", "20000", "15000", "[2,1e7]", "Keys for Lloyd, and fresh keys to judge", AXIS_INTEGER},
             {"floor", "0.01", NULL, "(0,1]", "Least count that is divided by", AXIS_REAL}},
    .columns = "average,lloyd,ratio,ratio_error:4,dead,used",
    .controls = "frozen",
    .check = check,
    .cell = cell,
    .summarize = summarize,
};

int main(int argc, char **argv)
{
    return lab_main(&spec, argc, argv);
}
