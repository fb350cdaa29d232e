/* How much must be held to print the digits of 2^x?
 *
 * Source: kexue.fm/archives/10017: the decimal digits of 2^x are a task that no model of fixed size can solve
 * for all x without writing down intermediate results, for the result grows with x: floor(x log10 2) + 1
 * digits. What follows is less than "B bits of state fail beyond x = B". A deterministic machine with B bits
 * that may read x again has 2^B times (the symbols of x) states; it repeats none and prints a digit a step at
 * most, so it fails for x of order 2^B at the latest. But digits.h prints all of 2^x with a state of 0.61 x
 * bits and a little more.
 * Finding: the count is right; fixed memory does fail for all lengths, at some x between B and 3.4 2^B log2
 * x.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <gmp.h>

#include "digits.h"
#include "lab.h"

/* Powers 2^y, y <= x, whose number of digits is not the law's. */
static double counts_off(uint64_t x, int flawed)
{
    mpz_t power, ten;
    mpz_init_set_ui(power, 1);
    mpz_init_set_ui(ten, 10);
    uint64_t digits = 1, off = 0;
    for (uint64_t y = 0; y <= x; y++) {
        if (mpz_cmp(power, ten) >= 0) {
            mpz_mul_ui(ten, ten, 10);
            digits++;
        }
        uint64_t law = flawed ? (uint64_t)ceil((double)y * log10(2)) : digits_count(y);
        off += digits != law;
        mpz_mul_2exp(power, power, 1);
    }
    mpz_clears(power, ten, NULL);
    return (double)off;
}

static void cell(struct lab_cell *cell)
{
    uint64_t x = (uint64_t)lab_integer(cell, "x"), bits, count = digits_count(x);
    char *text = base_alloc(count + 1, 1), *exact;
    uint64_t guard = digits_of_power(x, (uint64_t)lab_integer(cell, "guard"), text, &bits);
    mpz_t power;
    mpz_init_set_ui(power, 1);
    mpz_mul_2exp(power, power, x);
    exact = mpz_get_str(NULL, 10, power);
    if (lab_control(cell, "all_digits"))
        bits = 4 * count + (bits - 4 * count) % 64; /* the wrong variant holds the whole number */
    lab_put(cell, "digits", (double)strlen(exact));
    lab_put(cell, "law", (double)count);
    lab_put(cell, "counts_off", counts_off(x, lab_control(cell, "ceiling")));
    lab_put(cell, "right", !strcmp(text, exact));
    lab_put(cell, "state_bits", (double)bits);
    lab_put(cell, "guard_used", (double)guard);
    mpz_clear(power);
    free(exact);
    free(text);
}

static char *check(const struct lab_cell *cell)
{
    double x = lab_real(cell, "x"), work = x * (2 * 0.30103 * x + lab_real(cell, "guard"));
    return work > 2e9 ? base_format("%.10g doublings of digits are predicted; at most 2e9 are accepted", work)
                      : NULL;
}

static void summarize(struct lab *lab)
{
    double off = 0, wrong = 0, beyond = 0;
    for (size_t g = 0; g < lab_groups(lab); g++) {
        long x = lab_integer(lab_group(lab, g), "x");
        off += lab_value(lab, g, "counts_off") + (lab_value(lab, g, "digits") != lab_value(lab, g, "law"));
        wrong += lab_value(lab, g, "right") != 1;
        if (x == 300 || x == 1000 || x == 10000)
            lab_measure(lab, lab_value(lab, g, "state_bits") / (double)x, 0, 0, "bits_over_x.%ld", x);
        if (x == 64 || x == 1000 || x == 10000)
            lab_measure(lab, lab_value(lab, g, "digits"), 0, 0, "digits.%ld", x);
        beyond = fmax(beyond, (double)x);
    }
    lab_measure(lab, off, 0, 0, "counts_off");
    lab_measure(lab, wrong, 0, 0, "wrong");
}

static const struct lab_spec spec = {
    .name = "recur/power",
    .about = "How much must be held to print the digits of 2^x?",
    .axes = {{"x", "0,1,2,3,10,64,100,200,300,1000,3000,10000", "0,1,2,3,10,64,100,200,300,1000,10000",
              "[0,1000000]", "Exponent; all below it are counted as well", AXIS_INTEGER},
             {"guard", "8", NULL, "[1,1000]", "Guard digits of the upper half, at first", AXIS_INTEGER}},
    .columns = "digits,law,counts_off,right,state_bits,guard_used",
    .controls = "all_digits|ceiling",
    .check = check,
    .cell = cell,
    .summarize = summarize,
};

int main(int argc, char **argv)
{
    return lab_main(&spec, argc, argv);
}
