/* How sparse are real data: the words of a text, the pixels of images, their singular values?
 *
 * Source: kexue.fm/archives/9595, which asks for an index fit for vectors without exact zeros. Word counts
 * follow a heavy-tailed law (Zipf), pixels are half zeros, a spectrum decays: we compute every index for
 * each, and compare them with independent values for the digits. Any vector or file of numbers can be given.
 * Finding: all indices call words far sparser than pixels, and disagree on pixels and spectrum: those that
 * look at small entries (Gini, N_1, S*_{1/2,1}) find the pixels sparser, those that look at large ones (S,
 * N_2, S_0) the other.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "lab.h"
#include "softmax.h"
#include "sparsity.h"

static void *setup(const struct lab *lab)
{
    return sparsity_data_load(lab_axis_values(lab, "data"), lab_axis_values(lab, "file")->text[0]);
}

static void teardown(void *shared)
{
    sparsity_data_free(shared);
}

static void cell(struct lab_cell *cell)
{
    const struct sparsity_vector *v = sparsity_data_get(lab_shared(cell), lab_word(cell, "data"));
    const double *x = v->x;
    double *work = base_alloc(v->n, sizeof *work), n = (double)v->n,
           nonzero = softmax_effective_number(x, v->n, 0);
    double *y = base_alloc(v->n, sizeof *y);
    memcpy(y, x, v->n * sizeof *y);
    if (lab_control(cell, "squares")) /* the squares' indices under the names of the entries' */
        for (size_t i = 0; i < v->n; i++)
            y[i] *= y[i];
    lab_put(cell, "n", n);
    lab_put(cell, "nonzero", nonzero / n);
    lab_put(cell, "mean_over_max", sparsity_ratio(y, v->n, 1, INFINITY));
    lab_put(cell, "star_1_2", sparsity_ratio(y, v->n, 1, 2));
    lab_put(cell, "star_half_1", sparsity_ratio(y, v->n, 0.5, 1));
    lab_put(cell, "gini", sparsity_gini(y, v->n, work));
    if (v->n > 1)
        lab_put(cell, "hoyer", sparsity_hoyer(y, v->n));
    lab_put(cell, "n1_over_n", softmax_effective_number(y, v->n, 1) / n);
    lab_put(cell, "n2_over_n", softmax_effective_number(y, v->n, 2) / n);
    lab_put(cell, "ninf_over_n", softmax_effective_number(y, v->n, INFINITY) / n);
    free(work);
    free(y);
}

static void summarize(struct lab *lab)
{
    static const char *const indices[] = {"nonzero",  "mean_over_max", "star_1_2",  "star_half_1",
                                          "gini", "hoyer", "n1_over_n", "n2_over_n"};
    long words = lab_find(lab, "data=words"), digits = lab_find(lab, "data=digits"),
         spectrum = lab_find(lab, "data=spectrum");
    for (size_t i = 0; i < sizeof indices / sizeof *indices; i++) {
        if (digits >= 0)
            lab_measure(lab, lab_value(lab, (size_t)digits, indices[i]), 1e-14, 0, "digits.%s", indices[i]);
        if (spectrum >= 0)
            lab_measure(lab, lab_value(lab, (size_t)spectrum, indices[i]), 1e-12, 0, "spectrum.%s",
                        indices[i]);
    }
    if (words < 0 || digits < 0 || spectrum < 0)
        return;
    /* how much sparser, as a ratio, by each index; Gini and Hoyer as what they lack to 1 */
    static const char *const compared[] = {"mean_over_max", "star_1_2",  "star_half_1", "gini",
                                           "hoyer",         "n1_over_n", "n2_over_n"};
    for (size_t i = 0; i < sizeof compared / sizeof *compared; i++) {
        int reversed = i == 3 || i == 4;
        double a = lab_value(lab, (size_t)words, compared[i]),
               b = lab_value(lab, (size_t)digits, compared[i]);
        lab_measure(lab, reversed ? (1 - b) / (1 - a) : b / a, 1e-12, 0, "words_sparser.%s", compared[i]);
    }
}

static char *check(const struct lab_cell *cell)
{
    return sparsity_data_check(lab_word(cell, "data"), lab_word(cell, "file"));
}

static const struct lab_spec spec = {
    .name = "sparsity/indices",
    .about = "How sparse are real data, by every index?",
    .axes = {{"data", "words,digits,spectrum,4:3:2:1:0", NULL, NULL,
              "a vector, or words, digits, spectrum (of the digits), file", AXIS_WORD},
             {"file", "none", NULL, "none", "numbers for --data file; a text or folder for --data words",
              AXIS_FILE}},
    .columns = "n,nonzero,mean_over_max,star_1_2,star_half_1,gini,hoyer,n1_over_n,n2_over_n,ninf_over_n",
    .controls = "squares",
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
