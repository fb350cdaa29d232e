/* How often is the naive guess, a and b next to sqrt N, the best one?
 *
 * Source: kexue.fm/archives/9775, section 1, refutes the guess with N = 130. The guess has sum 2 k + f at N =
 * k^2 + f, f < k, and 2 k + 1 + f at N = k^2 + k + f; it wins as long as no p = 2 k + i, i < f, has c < f -
 * i, which by the law of the cost has probability exp(-(2/3) f^(3/2) N^(-1/4)). Adding over f, a share of
 * (3/2)^(2/3) Gamma(5/3) N^(-1/3) of all N near N. That share is too small to be met by drawing N, so we draw
 * k and f below 6 N^(1/6), beyond which the guess wins about once in twenty thousand, and weigh.
 * Finding: the constant is right, but it is reached slowly. That i and f are whole numbers adds 0.746
 * N^(-1/12) to it, and p = 2 k + i and 2 k + 4 i, whose roots are nearly multiples of each other, some more
 * of that order: up to 2^23 the share is 1.4 N^(-1/3) and more, and falls faster than N^(-1/3).
 */
#include <math.h>

#include "fast.h"
#include "lab.h"

enum { DRAWS = 100, REACH = 6 }; /* N a cell; f is drawn below REACH N^(1/6) */

static void cell(struct lab_cell *cell)
{
    gsl_rng *rng = lab_rng(cell);
    long bits = lab_integer(cell, "bits");
    double sum = 0;
    for (int i = 0; i < DRAWS; i++) {
        uint64_t k = rng_bits64(rng) >> (64 - bits / 2) | (uint64_t)1 << (bits / 2 - 1);
        double root = (double)k, sixth = cbrt(root);
        uint64_t reach = (uint64_t)(REACH * sixth), f = gsl_rng_uniform_int(rng, reach);
        nabc_u128 n = (nabc_u128)k * (k + gsl_rng_uniform_int(rng, 2)) + f;
        bool wins = fast_split(n, false).s == nabc_naive(n).s;
        /* two N for each f in a stretch of 2 k: a share of (wins reach)/k, in units of N^(-1/3) */
        double unit = lab_control(cell, "half_power") ? root : sixth * sixth;
        sum += wins ? (double)reach / root * unit : 0;
    }
    lab_put(cell, "constant", sum / DRAWS);
}

static void summarize(struct lab *lab)
{
    for (size_t g = 0; g < lab_groups(lab); g++)
        lab_measure_mean(lab, lab_mean(lab, g, "constant"), "constant_%ld",
                         lab_integer(lab_group(lab, g), "bits"));
}

static const struct lab_spec spec = {
    .name = "nabc/naive",
    .about = "How often is the naive guess a = b = floor(sqrt N) the best one?",
    .axes = {{"bits", "20,96,120", "20,96", "[20,126]", "Bits of N (even)", AXIS_INTEGER},
             {"batch", "0:499", "0:99", "[0,inf)", "Batch of 100 random N", AXIS_INTEGER}},
    .columns = "constant",
    .fold = "batch",
    .controls = "half_power",
    .cell = cell,
    .summarize = summarize,
};

int main(int argc, char **argv)
{
    return lab_main(&spec, argc, argv);
}
