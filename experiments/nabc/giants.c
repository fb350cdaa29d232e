/* The least a + b + c for single, large N, where 64 and 128 bits run out.
 *
 * Source: kexue.fm/archives/9775, section 4; N = 2^127 - 1 (2 sqrt N does not fit 64 bits, nor p^2 128) and a
 * number of 161 bits. Any other N can be given with --n.
 * Finding: 2^127 - 1 takes 2,569,591 values of p where the article's limit takes 7,223,245,208.
 */
#include <stdlib.h>

#include "fast.h"
#include "lab.h"

static void number_of(const struct lab_cell *cell, mpz_t n)
{
    if (nabc_parse(lab_word(cell, "n"), n))
        base_die(BASE_BAD_USAGE, "--n: '%.80s' is not accepted; give natural numbers", lab_word(cell, "n"));
}

static void put_number(struct lab_cell *cell, const char *column, const mpz_t value)
{
    char *text = mpz_get_str(NULL, 10, value);
    lab_put_text(cell, column, text);
    free(text);
}

static void cell(struct lab_cell *cell)
{
    struct nabc_big best;
    struct fast_work work = {0};
    mpz_t n;
    mpz_init(n);
    number_of(cell, n);
    nabc_big_init(&best);
    bool small = mpz_sizeinbase(n, 2) <= 128;
    if (lab_control(cell, "greedy") && small) {
        struct nabc_split naive = nabc_naive(nabc_u128_of(n));
        nabc_big_set(&best, &naive);
    } else {
        fast_big(&best, n, lab_is(cell, "sign", "signed"), NULL, &work);
    }
    if (lab_control(cell, "wrapped")) /* sums of 64 bits */
        mpz_fdiv_r_2exp(best.s, best.s, 64);
    put_number(cell, "s", best.s);
    put_number(cell, "a", best.a);
    put_number(cell, "b", best.b);
    put_number(cell, "c", best.c);
    lab_put(cell, "steps", (double)best.scanned);
    lab_put(cell, "exact", (double)work.exact);
    lab_put(cell, "filtered", (double)work.filtered);
    lab_put(cell, "accepted", (double)work.accepted);
    if (small)
        lab_put(cell, "full_steps", lab_control(cell, "greedy") ? 0 : (double)nabc_pq_count(nabc_u128_of(n)));
    nabc_big_clear(&best);
    mpz_clear(n);
}

static void summarize(struct lab *lab)
{
    static const char *const texts[] = {"s", "a", "b", "c"};
    for (size_t g = 0; g < lab_groups(lab); g++) {
        const struct lab_cell *cell = lab_group(lab, g);
        const char *n = lab_word(cell, "n"), *prefix = lab_is(cell, "sign", "signed") ? "signed_" : "";
        for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
            lab_measure_text(lab, lab_text(lab, g, texts[i]), "%s%s_%s", prefix, texts[i], n);
        lab_measure(lab, lab_value(lab, g, "steps"), 0, 0, "%ssteps_%s", prefix, n);
        if (!*prefix && lab_value(lab, g, "full_steps") >= 0)
            lab_measure(lab, lab_value(lab, g, "full_steps"), 0, 0, "full_steps_%s", n);
    }
}

static const struct lab_spec spec = {
    .name = "nabc/giants",
    .about = "The least a + b + c with N = a b + c for given N of any size",
    .axes = {{"sign", "natural,signed", NULL, "natural|signed", "May c be negative?", AXIS_WORD},
             {"n",
              "131,170141183460469231731687303715884105727,1606938044258990275541962092341162602522202993783",
              NULL, "[0,inf)", "N", AXIS_INTEGER}},
    .columns = "s,a,b,c,steps:13,full_steps:13,exact:13,filtered:13,accepted:13",
    .controls = "greedy|wrapped",
    .cell = cell,
    .summarize = summarize,
};

int main(int argc, char **argv)
{
    return lab_main(&spec, argc, argv);
}
