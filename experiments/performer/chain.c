/* Which steps from Performer to soft vector quantization change the attention?
 *
 * Source: kexue.fm/archives/9862, section 2. Starting from q~_i = exp(omega_i.q - |q|^2/2)/sqrt m and k~_i
 * likewise, the article (1) drops what depends on q alone, (2) puts -|omega_i|^2/2 into the keys, assuming
 * that all |omega_i| are equal, so that k~_i = exp(-|k - omega_i|^2/2), (3) normalizes that over i: a
 * softmax. Each step is a function of its own here, and the columns are relative differences (Frobenius norm)
 * of the attention outputs before and after.
 * Finding: (1) changes nothing; (2) nothing when |omega_i| = sqrt d and nearly everything for normal omega;
 * (3) divides key j by a number Z(k_j) of its own, which is no common factor: it matters unless all |k_j| are
 * equal and m is large.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "dataset.h"
#include "lab.h"
#include "performer.h"

struct shared {
    struct dataset_bytes *text;
};

static void *setup(const struct lab *lab)
{
    const struct axis_values *keys = lab_axis_values(lab, "keys");
    const char *path = lab_axis_values(lab, "data")->text[0];
    struct shared *shared = base_alloc(1, sizeof *shared);
    for (size_t i = 0; i < keys->count && !shared->text; i++)
        if (!strncmp(keys->text[i], "text", 4))
            shared->text = dataset_bytes(strcmp(path, "licenses") ? path : NULL);
    return shared;
}

static void teardown(void *data)
{
    struct shared *shared = data;
    dataset_bytes_free(shared->text);
    free(shared);
}

/* Layer normalization without gain: mean 0, then length `norm`. */
static void layer_normalize(size_t n, size_t d, double norm, double *x)
{
    for (size_t j = 0; j < n; j++) {
        double mean = 0, square = 0, *row = x + j * d;
        for (size_t a = 0; a < d; a++)
            mean += row[a] / (double)d;
        for (size_t a = 0; a < d; a++) {
            row[a] -= mean;
            square += row[a] * row[a];
        }
        for (size_t a = 0; square > 0 && a < d; a++)
            row[a] *= norm / sqrt(square);
    }
}

static void draw_keys(struct lab_cell *cell, size_t n, size_t d, double norm, double *k)
{
    const struct shared *shared = lab_shared(cell);
    double unit = norm / sqrt((double)d);
    if (lab_is(cell, "keys", "equal")) {
        performer_uniform(n, d, norm, lab_rng(cell), k);
    } else if (lab_is(cell, "keys", "free")) {
        performer_normals(n, d, unit, lab_rng(cell), k);
    } else {
        size_t begin = gsl_rng_uniform_int(lab_rng(cell), shared->text->n);
        dataset_bytes_features(shared->text, begin, n, d, 4, 1, lab_rng(cell), k);
        for (size_t i = 0; i < n * d; i++)
            k[i] *= unit / sqrt(2);
        if (lab_is(cell, "keys", "text_norm"))
            layer_normalize(n, d, norm, k);
    }
}

/* b_ji -= |omega_i|^2/2: the step that needs equal norms. */
static void take_omega_norms(size_t n, size_t m, size_t d, const double *omega, double *b)
{
    for (size_t i = 0; i < m; i++) {
        double half = 0;
        for (size_t a = 0; a < d; a++)
            half += omega[i * d + a] * omega[i * d + a] / 2;
        for (size_t j = 0; j < n; j++)
            b[j * m + i] -= half;
    }
}

/* The largest log-feature of each key taken from it: allowed for queries only. */
static void shift_keys(size_t n, size_t m, double *b)
{
    for (size_t j = 0; j < n; j++) {
        double top = b[j * m];
        for (size_t i = 1; i < m; i++)
            top = fmax(top, b[j * m + i]);
        for (size_t i = 0; i < m; i++)
            b[j * m + i] -= top;
    }
}

static void attend(struct lab_cell *cell, size_t n, size_t m, size_t dv, const double *a, const double *b,
                   const double *v, double *o)
{
    if (performer_attend(n, n, m, dv, a, b, v, 0, o))
        lab_fail(cell, "a row of attention has no weight");
}

static void cell(struct lab_cell *cell)
{
    size_t n = (size_t)lab_integer(cell, "n"), d = (size_t)lab_integer(cell, "d"),
           dv = (size_t)lab_integer(cell, "dv"), m = (size_t)lab_integer(cell, "m"), out = n * dv;
    double norm = lab_real(cell, "norm");
    double *q = base_alloc(n * d, sizeof *q), *k = base_alloc(n * d, sizeof *k),
           *v = base_alloc(out, sizeof *v), *omega = base_alloc(m * d, sizeof *omega),
           *a = base_alloc(n * m, sizeof *a), *b = base_alloc(n * m, sizeof *b), *o[6];
    for (int i = 0; i < 6; i++)
        o[i] = base_alloc(out, sizeof *o[i]);
    performer_normals(n, d, norm / sqrt((double)d), lab_rng(cell), q);
    draw_keys(cell, n, d, norm, k);
    performer_normals(n, dv, 1, lab_rng(cell), v);
    int sphere = lab_is(cell, "omega", "sphere") && !lab_control(cell, "free_length");
    performer_directions(sphere ? PERFORMER_SPHERE : PERFORMER_GAUSS, m, d, lab_rng(cell), omega);

    performer_exact(n, n, d, dv, q, k, v, o[0]);
    /* Performer as defined: with 1/sqrt m and -|q|^2/2; by all pairs */
    performer_favor(n, m, d, q, omega, a);
    performer_favor(n, m, d, k, omega, b);
    for (size_t i = 0; i < n * m; i++) {
        a[i] -= log((double)m) / 2;
        b[i] -= log((double)m) / 2;
    }
    if (performer_attend_plainly(n, n, m, dv, a, b, v, 0, o[1], NULL))
        lab_fail(cell, "a row of attention has no weight");
    /* (1) without them, in linear time */
    performer_scores(n, m, d, 1, q, omega, a);
    performer_favor(n, m, d, k, omega, b);
    if (lab_control(cell, "shift_keys"))
        shift_keys(n, m, b);
    attend(cell, n, m, dv, a, b, v, o[2]);
    /* (2) with -|omega|^2/2 */
    performer_favor(n, m, d, k, omega, b);
    if (lab_control(cell, "half_distance")) /* exp(-|k - omega|^2/4) */
        performer_distances(n, m, d, 2, k, omega, b);
    else
        take_omega_norms(n, m, d, omega, b);
    attend(cell, n, m, dv, a, b, v, o[3]);
    /* (3) a softmax over i; and (4) as printed, a softmax of exp(-|k - omega|^2/2) */
    performer_distances(n, m, d, 1, k, omega, b);
    double spread[2] = {INFINITY, -INFINITY}, *z = base_alloc(n, sizeof *z),
           *square = base_alloc(n, sizeof *square);
    double *literal = base_alloc(n * m, sizeof *literal);
    for (size_t i = 0; i < n * m; i++)
        literal[i] = exp(b[i]);
    if (lab_control(cell, "no_softmax"))
        memcpy(literal, b, n * m * sizeof *b);
    else
        performer_log_softmax(n, m, b);
    for (size_t j = 0; j < n; j++) { /* log Z(k_j) = before - after */
        z[j] = -b[j * m];
        for (size_t x = 0; x < d; x++) {
            z[j] -= (k[j * d + x] - omega[x]) * (k[j * d + x] - omega[x]) / 2;
            square[j] += k[j * d + x] * k[j * d + x];
        }
        spread[0] = fmin(spread[0], z[j]);
        spread[1] = fmax(spread[1], z[j]);
    }
    struct stats_line line = {0};
    int fitted = !lab_is(cell, "keys", "equal") && !lab_is(cell, "keys", "text_norm") &&
                 !stats_line_fit(square, z, NULL, n, &line);
    attend(cell, n, m, dv, a, b, v, o[4]);
    if (!lab_control(cell, "no_softmax"))
        performer_log_softmax(n, m, literal);
    attend(cell, n, m, dv, a, literal, v, o[5]);

    lab_put(cell, "favor_error", performer_error(out, o[1], o[0]));
    lab_put(cell, "q_factor", performer_error_largest(out, o[2], o[1]));
    lab_put(cell, "omega_norm", performer_error_largest(out, o[3], o[2]));
    lab_put(cell, "softmax", performer_error(out, o[4], o[3]));
    lab_put(cell, "literal", performer_error(out, o[5], o[4]));
    lab_put(cell, "log_z_range", spread[1] - spread[0]);
    lab_put(cell, "log_z_slope", fitted ? line.slope : NAN);
    free(z);
    free(square);
    for (int i = 0; i < 6; i++)
        free(o[i]);
    free(literal);
    free(q);
    free(k);
    free(v);
    free(omega);
    free(a);
    free(b);
}

static long find(const struct lab *lab, const char *omega, const char *keys, const char *m)
{
    char *values = base_format("omega=%s keys=%s d=16 m=%s", omega, keys, m);
    long g = lab_find(lab, values);
    free(values);
    return g;
}

/* What is drawn, at d = 16 and the least and largest m. */
static void measure_means(struct lab *lab)
{
    const struct axis_values *m = lab_axis_values(lab, "m");
    const char *low = m->text[0], *high = m->text[m->count - 1];
    static const char *const omegas[] = {"gauss", "sphere"};
    long g;
    if ((g = find(lab, "gauss", "free", high)) >= 0) {
        lab_measure_mean(lab, lab_mean(lab, (size_t)g, "omega_norm"), "omega_norm");
        lab_measure_mean(lab, lab_mean(lab, (size_t)g, "softmax"), "softmax.free");
        lab_measure_mean(lab, lab_mean(lab, (size_t)g, "literal"), "literal");
    }
    if ((g = find(lab, "gauss", "text", high)) >= 0)
        lab_measure_mean(lab, lab_mean(lab, (size_t)g, "softmax"), "softmax.text");
    for (int i = 0; i < 2; i++) {
        if ((g = find(lab, omegas[i], "free", high)) >= 0)
            lab_measure_mean(lab, lab_mean(lab, (size_t)g, "log_z_slope"), "log_z_slope.%s.free", omegas[i]);
        if ((g = find(lab, omegas[i], "text", high)) >= 0)
            lab_measure_mean(lab, lab_mean(lab, (size_t)g, "log_z_slope"), "log_z_slope.%s.text", omegas[i]);
    }
    long text = find(lab, "gauss", "text", high), even = find(lab, "gauss", "text_norm", high);
    if (text >= 0 && even >= 0)
        lab_measure_mean(lab,
                         stats_mean_difference(lab_mean(lab, (size_t)text, "log_z_range"),
                                               lab_mean(lab, (size_t)even, "log_z_range")),
                         "log_z_range.text_minus_norm");
    /* how step (3) fades with m when norms are equal */
    long from = find(lab, "sphere", "equal", low), to = find(lab, "sphere", "equal", high);
    if (from >= 0 && to >= 0 && from != to) {
        struct stats_mean x = lab_mean(lab, (size_t)from, "softmax"),
                          y = lab_mean(lab, (size_t)to, "softmax");
        double steps =
            log(lab_real(lab_group(lab, (size_t)to), "m") / lab_real(lab_group(lab, (size_t)from), "m"));
        lab_measure(lab, log(y.value / x.value) / steps,
                    hypot(x.error / x.value, y.error / y.value) / fabs(steps), x.count, "softmax_slope");
    }
}

static void summarize(struct lab *lab)
{
    double q_factor = 0, equal_norms = 0;
    int spheres = 0;
    for (size_t g = 0; g < lab_groups(lab); g++) {
        size_t count, sphere = (size_t)lab_is(lab_group(lab, g), "omega", "sphere");
        const double *x = lab_column(lab, g, "q_factor", &count);
        for (size_t i = 0; i < count; i++)
            q_factor = fmax(q_factor, x[i]);
        x = lab_column(lab, g, "omega_norm", &count);
        for (size_t i = 0; sphere && i < count; i++)
            equal_norms = fmax(equal_norms, x[i]);
        spheres += (int)sphere;
    }
    lab_measure(lab, q_factor, 0, 0, "q_factor");
    if (spheres)
        lab_measure(lab, equal_norms, 0, 0, "equal_norms");
    if (lab_axis_values(lab, "replicate")->count > 1)
        measure_means(lab);
}

static char *check(const struct lab_cell *cell)
{
    double n = (double)lab_integer(cell, "n"), m = (double)lab_integer(cell, "m");
    if (n * n * m > 2e11 || n * m > 2e8 || m * (double)lab_integer(cell, "d") > 2e8)
        return base_format(
            "--n, --m: n^2 m = %.3g pairs times features, n m = %.3g features; give at most 2e11 and 2e8",
            n * n * m, n * m);
    return NULL;
}

static const struct lab_spec spec = {
    .name = "performer/chain",
    .about = "Which steps from Performer to soft vector quantization change the attention?",
    .axes = {{"omega", "gauss,sphere", NULL, "gauss|sphere", "law of the directions; sphere: radius sqrt d",
              AXIS_WORD},
             {"keys", "free,equal,text,text_norm", NULL, "free|equal|text|text_norm",
              "normal; on a sphere; bytes of a text, as they come or layer-normalized", AXIS_WORD},
             {"d", "16", NULL, "[1,4096]", "dimension of queries and keys", AXIS_INTEGER},
             {"m", "64,256,1024", "64,1024", "[1,1000000]", "random directions", AXIS_INTEGER},
             {"n", "64", "16", "[1,100000]", "queries and keys", AXIS_INTEGER},
             {"dv", "8", NULL, "[1,4096]", "dimension of values", AXIS_INTEGER},
             {"norm", "1", NULL, "[0,20]", "length of queries and keys (in the root mean square)", AXIS_REAL},
             {"data", "licenses", NULL, "licenses", "text for keys: licenses, or a file or folder",
              AXIS_FILE},
             {"replicate", "0:63", NULL, "[0,inf)", "draw", AXIS_INTEGER}},
    .columns = "favor_error,q_factor:3,omega_norm,softmax,literal,log_z_range,log_z_slope",
    .fold = "replicate",
    .controls = "shift_keys|half_distance|no_softmax|free_length",
    .check = check,
    .setup = setup,
    .teardown = teardown,
    .cell = cell,
    .summarize = summarize,
};

int main(int argc, char **argv)
{
    return lab_main(&spec, argc, argv);
}
