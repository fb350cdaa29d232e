/* Can many cheap codes help where few codes cannot?
 *
 * Beyond kexue.fm/archives/9844: `parts` codebooks of c codes name c^parts joint codes, one for every piece
 * of the coordinates (product) or one for what the last left over (residual). The cache needs a value sum for
 * every joint code in use, so what counts is how many there are. Gaussian keys, fresh ones to judge.
 * Finding: the distance falls, as Shannon's bound for c^parts codes allows, but with c^parts far above n
 * nearly every key has a joint code of its own: the state grows like n, and nothing is left of the linear
 * form.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "kmeans.h"
#include "lab.h"
#include "rng.h"
#include "vq.h"

static int by_number(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static void cell(struct lab_cell *c)
{
    size_t d = (size_t)lab_integer(c, "d"), parts = (size_t)lab_integer(c, "parts"),
           codes = (size_t)lab_integer(c, "c");
    size_t train = (size_t)lab_integer(c, "train"), n = (size_t)lab_integer(c, "n"), all = train + n;
    int product = lab_is(c, "kind", "product"), same = lab_control(c, "same_part");
    size_t width = product ? d / parts : d;
    gsl_rng *rng = lab_rng(c);
    double *x = base_alloc(all * d, sizeof *x), *piece = base_alloc(all * width, sizeof *x);
    double *centers = base_alloc(codes * width, sizeof *x), *joint = base_alloc(n, sizeof *x);
    size_t *code = base_alloc(all, sizeof *code);
    rng_normals(rng, x, all * d);
    for (size_t m = 0; m < parts; m++) {
        size_t from = product ? (same ? 0 : m * width) : 0;
        for (size_t i = 0; i < all; i++)
            memcpy(piece + i * width, x + i * d + from, width * sizeof *x);
        kmeans_start_spread(train, codes, width, piece, rng, centers);
        kmeans_lloyd(train, codes, width, piece, centers, code, (size_t)lab_integer(c, "steps"));
        kmeans_assign(all, codes, width, piece, centers, code, NULL);
        for (size_t i = 0; i < all; i++)
            for (size_t a = 0; a < width; a++)
                x[i * d + from + a] -= centers[code[i] * width + a];
        for (size_t i = 0; i < n; i++)
            joint[i] = (lab_control(c, "last_part") ? 0 : joint[i]) * (double)codes + (double)code[train + i];
    }
    double *away = base_alloc(n, sizeof *away);
    for (size_t i = 0; i < n; i++)
        for (size_t a = 0; a < d; a++)
            away[i] += x[(train + i) * d + a] * x[(train + i) * d + a] / (double)d;
    struct stats_mean distance = stats_mean_of(away, n);
    qsort(joint, n, sizeof *joint, by_number);
    double used = 1;
    for (size_t i = 1; i < n; i++)
        used += joint[i] > joint[i - 1];
    double names = pow((double)codes, (double)parts);
    lab_put(c, "joint", names);
    lab_put(c, "bound", pow(names, -2 / (double)d));
    lab_put(c, "distance", distance.value);
    lab_put(c, "distance_error", distance.error);
    lab_put(c, "used", used);
    lab_put(c, "uniform", vq_occupancy_mean((double)n, names));
    free(x);
    free(piece);
    free(centers);
    free(joint);
    free(code);
    free(away);
}

static char *check(const struct lab_cell *c)
{
    double train = lab_real(c, "train"), codes = lab_real(c, "c"), parts = lab_real(c, "parts"),
           d = lab_real(c, "d");
    double work = (train * (lab_real(c, "steps") + 2) + lab_real(c, "n")) * codes * parts * d;
    if (codes > train)
        return base_format("--c %.0f codes are more than the --train %.0f keys", codes, train);
    if (lab_is(c, "kind", "product") && fmod(d, parts) != 0)
        return base_format("--parts %.0f does not divide --d %.0f", parts, d);
    if (parts * log2(codes) > 52)
        return base_format("--c %.0f with --parts %.0f names 2^%.3g joint codes; at most 2^52 are accepted",
                           codes, parts, parts * log2(codes));
    return vq_too_much("train", train, work, 8 * (train + lab_real(c, "n")) * (2 * d + 3));
}

static void summarize(struct lab *lab)
{
    double above = INFINITY, above_error = 0, excess = -INFINITY;
    long above_count = 0;
    for (size_t i = 0; i < lab_groups(lab); i++) {
        const struct lab_cell *c = lab_group(lab, i);
        double n = lab_real(c, "n"), distance = lab_value(lab, i, "distance"),
               error = lab_value(lab, i, "distance_error");
        long count = lab_integer(c, "n");
        double room = (distance - lab_value(lab, i, "bound")) / distance;
        if (room < above) {
            above = room;
            above_error = error / distance;
            above_count = count;
        }
        /* no law of the joint codes uses more of them on the mean than the uniform one; 6 sd of the uniform
         * number */
        double spread = sqrt(fmax(vq_occupancy_variance(n, lab_value(lab, i, "joint")), 1));
        excess = fmax(excess, (lab_value(lab, i, "used") - lab_value(lab, i, "uniform")) / spread);
        if (!lab_is(c, "d", "16") || !lab_is(c, "c", "16") || !lab_is(c, "n", "8000"))
            continue;
        if (lab_is(c, "kind", "product") && (lab_is(c, "parts", "2") || lab_is(c, "parts", "4")))
            lab_measure(lab, log(distance * 16), error / distance, count, "log_product_%s",
                        lab_word(c, "parts"));
        if (lab_is(c, "parts", "4"))
            lab_measure(lab, lab_value(lab, i, "used") / n, 0, 0, "used_share_%s_4", lab_word(c, "kind"));
    }
    lab_measure(lab, above, above_error, above_count, "room_above_bound");
    lab_measure(lab, excess, 0, 0, "used_over_uniform");
}

static const struct lab_spec spec = {
    .name = "vq/product",
    .about = "Product and residual quantization: distance, and joint codes in use",
    .axes = {{"kind", "product,residual", NULL, "product|residual", "Which part of a key a codebook is for",
              AXIS_WORD},
             {"d", "16", NULL, "[1,1e4]", "Dimension", AXIS_INTEGER},
             {"c", "16,64", "16", "[1,65536]", "Codes of a codebook", AXIS_INTEGER},
             {"parts", "1,2,4,8", "1,2,4", "[1,64]", "Codebooks", AXIS_INTEGER},
             {"train", "20000", "8000", "[1,1e7]", "Keys to learn from", AXIS_INTEGER},
             {"n", "1000,8000,64000", "8000", "[2,1e7]", "Fresh keys: the sequence", AXIS_INTEGER},
             {"steps", "25", "12", "[0,1e4]", "Steps of Lloyd's iteration", AXIS_INTEGER}},
    .columns = "joint,bound,distance,distance_error:4,used,uniform",
    .controls = "same_part|last_part",
    .check = check,
    .cell = cell,
    .summarize = summarize,
};

int main(int argc, char **argv)
{
    return lab_main(&spec, argc, argv);
}
