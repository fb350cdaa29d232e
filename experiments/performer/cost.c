/* What does linear attention with m features or codes cost?
 *
 * Source: kexue.fm/archives/9862, sections 1 and 2: O(n m d). Multiplications, exponentials and memory as
 * counted by the float32 kernel while it runs (fast.h), against dense attention's n^2 (d + dv) and n^2.
 * Without a mask the kernel takes 2 n m (d + dv) multiplications and 2 n m exponentials (3 n m with a softmax
 * over codes), so both are equal at n = 2 m. With the causal mask n B (m + dv) are added, B = 128 the rows of
 * a block. Memory does not depend on n.
 */
#include <stdlib.h>

#include "fast.h"
#include "lab.h"
#include "performer.h"

static float *draw(struct lab_cell *cell, size_t n)
{
    double *x = base_alloc(n, sizeof *x);
    float *y = base_alloc(n, sizeof *y);
    performer_normals(n, 1, 0.25, lab_rng(cell), x);
    for (size_t i = 0; i < n; i++)
        y[i] = (float)x[i];
    free(x);
    return y;
}

static void cell(struct lab_cell *cell)
{
    size_t n = (size_t)lab_integer(cell, "n"), d = (size_t)lab_integer(cell, "d"),
           dv = (size_t)lab_integer(cell, "dv"), m = (size_t)lab_integer(cell, "m");
    int causal = lab_is(cell, "mask", "causal");
    float *q = draw(cell, n * d), *k = draw(cell, n * d), *v = draw(cell, n * dv), *omega = draw(cell, m * d),
          *o = base_alloc(n * dv, sizeof *o);
    struct fast *fast = fast_new(lab_is(cell, "form", "soft") ? FAST_SOFT : FAST_FAVOR, d, m, dv, 1, omega);
    if (fast_attend(fast, n, n, q, k, v, causal, o))
        lab_fail(cell, "a row of attention has no weight");
    if (lab_control(cell, "dense")) {
        fast->multiplies = (double)n * (double)n * (double)(d + dv);
        fast->bytes = n * n * sizeof(float);
    }
    double expected = 2 * (double)n * (double)m * (double)(d + dv);
    if (causal) /* blocks of 128 rows and a rest of n mod 128 */
        expected += ((double)(n / FAST_BLOCK) * FAST_BLOCK * FAST_BLOCK +
                     (double)((n % FAST_BLOCK) * (n % FAST_BLOCK))) *
                    (double)(m + dv);
    lab_put(cell, "multiplies", fast->multiplies);
    lab_put(cell, "expected", expected);
    lab_put(cell, "exps", fast->exps);
    lab_put(cell, "bytes", (double)fast->bytes);
    lab_put(cell, "dense", (double)n * (double)n * (double)(d + dv) / (causal ? 2 : 1));
    fast_free(fast);
    free(q);
    free(k);
    free(v);
    free(omega);
    free(o);
}

static void summarize(struct lab *lab)
{
    double wrong = 0, growth = 0, memory = 0;
    long known = 0;
    for (size_t g = 0; g < lab_groups(lab); g++) {
        double multiplies = lab_value(lab, g, "multiplies");
        wrong += multiplies != lab_value(lab, g, "expected");
        for (size_t h = 0; h < lab_groups(lab); h++) {
            const struct lab_cell *a = lab_group(lab, g), *b = lab_group(lab, h);
            if (lab_integer(b, "n") != 2 * lab_integer(a, "n") || lab_integer(a, "n") % FAST_BLOCK ||
                lab_integer(a, "d") != lab_integer(b, "d") || lab_integer(a, "dv") != lab_integer(b, "dv") ||
                lab_integer(a, "m") != lab_integer(b, "m") || !lab_is(b, "form", lab_word(a, "form")) ||
                !lab_is(b, "mask", lab_word(a, "mask")))
                continue;
            known++;
            growth += lab_value(lab, h, "multiplies") != 2 * multiplies;
            memory += lab_value(lab, h, "bytes") != lab_value(lab, g, "bytes");
        }
    }
    lab_measure(lab, wrong, 0, 0, "miscounted");
    if (known) {
        lab_measure(lab, growth, 0, 0, "not_doubled");
        lab_measure(lab, memory, 0, 0, "memory_grown");
    }
    long g = lab_find(lab, "form=favor mask=none n=512 d=64 dv=64 m=256");
    if (g >= 0)
        lab_measure(lab, lab_value(lab, (size_t)g, "multiplies") / lab_value(lab, (size_t)g, "dense"), 0, 0,
                    "crossover");
}

static char *check(const struct lab_cell *cell)
{
    double n = (double)lab_integer(cell, "n"),
           wide = (double)(lab_integer(cell, "d") + lab_integer(cell, "dv"));
    double work = 2 * n * (double)lab_integer(cell, "m") * wide;
    if (work > 1e13 || n * wide > 1e9)
        return base_format(
            "--n, --m, --d, --dv: %.3g multiplications and %.3g numbers; give at most 1e13 and 1e9", work,
            n * wide);
    return NULL;
}

static const struct lab_spec spec = {
    .name = "performer/cost",
    .about = "Multiplications, exponentials and memory of linear attention, as counted",
    .axes = {{"form", "favor,soft", NULL, "favor|soft", "random features, or a softmax over codes",
              AXIS_WORD},
             {"mask", "none,causal", NULL, "none|causal", "which keys a query sees", AXIS_WORD},
             {"n", "100,256,512,1024,2048", "100,256,512", "[1,10000000]", "queries and keys", AXIS_INTEGER},
             {"d", "64", NULL, "[1,4096]", "dimension of queries and keys", AXIS_INTEGER},
             {"dv", "64", NULL, "[1,4096]", "dimension of values", AXIS_INTEGER},
             {"m", "64,256", NULL, "[1,100000]", "features or codes", AXIS_INTEGER}},
    .columns = "multiplies:15,expected:15,dense:15,exps:15,bytes:15",
    .controls = "dense",
    .check = check,
    .cell = cell,
    .summarize = summarize,
};

int main(int argc, char **argv)
{
    return lab_main(&spec, argc, argv);
}
