/* Vectors of keys: does the index depend on beta = q.mu and gamma = sigma |q| alone?
 *
 * Source: kexue.fm/archives/9889: keys k = mu + sigma eps in d dimensions, isotropic, so that q.k = beta +
 * gamma eps with one normal eps. Queries of random direction, keys of d = 2, 16, 256 components; the mean
 * index is held against the exact one for scalar scores. The control stretches the components unequally: then
 * directions differ. Finding: it does; a longer query and more spread keys do the same to softmax.
 */
#include <math.h>
#include <stdlib.h>

#include "focus.h"
#include "lab.h"
#include "linalg.h"

static void cell(struct lab_cell *c)
{
    struct focus_map map;
    focus_map_parse(lab_word(c, "f"), &map);
    size_t d = (size_t)lab_integer(c, "d"), n = (size_t)lab_integer(c, "n");
    double sigma = lab_real(c, "sigma"), beta = lab_real(c, "beta"), gamma = lab_real(c, "gamma");
    double *q = base_alloc(d, sizeof *q), *k = base_alloc(n * d, sizeof *k), *z = base_alloc(n, sizeof *z),
           norm = 0;
    rng_normals(lab_rng(c), q, d);
    for (size_t i = 0; i < d; i++)
        norm += q[i] * q[i];
    norm = sqrt(norm);
    rng_normals(lab_rng(c), k, n * d);
    for (size_t i = 0; i < d; i++)
        q[i] *= gamma / sigma / norm; /* |q| = gamma / sigma */
    for (size_t j = 0; j < n; j++)
        for (size_t i = 0; i < d; i++) {
            double stretch = lab_control(c, "stretched") ? 2 * ((double)i + 1) / (double)d : 1;
            double mu = beta * q[i] * sigma * sigma / (gamma * gamma); /* q.mu = beta */
            k[j * d + i] = mu + sigma * stretch * k[j * d + i];
        }
    linalg_gemm('N', 'N', n, 1, d, 1, k, q, 0, z);
    focus_weights(map, z, n);
    lab_put(c, "index", focus_index(z, n));
    free(q);
    free(k);
    free(z);
}

static void summarize(struct lab *lab)
{
    for (size_t i = 0; i < lab_groups(lab); i++) {
        const struct lab_cell *at = lab_group(lab, i);
        struct focus_map map;
        focus_map_parse(lab_word(at, "f"), &map);
        struct stats_mean S = lab_mean(lab, i, "index");
        S.value -= focus_mean(map, lab_real(at, "beta"), lab_real(at, "gamma"), lab_real(at, "n")).value;
        lab_measure_mean(lab, S, "%s_%s_%s_%s_%s_%s", lab_word(at, "f"), lab_word(at, "d"),
                         lab_word(at, "beta"), lab_word(at, "gamma"), lab_word(at, "sigma"),
                         lab_word(at, "n"));
    }
}

static char *check(const struct lab_cell *c)
{
    double r = lab_real(c, "beta") / lab_real(c, "gamma");
    return r < -2 && *lab_word(c, "f") == 'r'
               ? base_copy("--beta is below -2 --gamma: weights are 0 too often")
               : NULL;
}

static const struct lab_spec spec = {
    .name = "focus/vectors",
    .about = "Does the index over vectors of keys depend on beta and gamma alone?",
    .axes =
        {
            {"f", "exp,relu2", NULL, "exp|id|relu|relu2", "Map from scores to weights", AXIS_WORD},
            {"d", "2,16,256", NULL, "[1,1e5]", "Dimension of the keys", AXIS_INTEGER},
            {"beta", "-0.5", NULL, "(-inf,inf)", "q.mu", AXIS_REAL},
            {"gamma", "1", NULL, "(0,30]", "sigma |q|", AXIS_REAL},
            {"sigma", "0.5,1,2", NULL, "(0,inf)", "Spread of the keys; |q| = gamma/sigma", AXIS_REAL},
            {"n", "512", NULL, "[16,1e7]", "Keys", AXIS_INTEGER},
            {"replicate", "0:399", "0:99", "[0,inf)", "Replicate", AXIS_INTEGER},
        },
    .columns = "index",
    .fold = "replicate",
    .controls = "stretched",
    .check = check,
    .cell = cell,
    .summarize = summarize,
};

int main(int argc, char **argv)
{
    return lab_main(&spec, argc, argv);
}
