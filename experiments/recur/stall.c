/* Is the memory of the recurrence constant? Bits of the position, and a float sum that stops growing.
 *
 * Source: kexue.fm/archives/10017 says O(1), in machine words; Rabe and Staats (arXiv:2112.05682) say O(log
 * n) for self-attention. The position j takes ceil(log2(L+1)) bits, and z as many more: a sum of 24 bits
 * stops at 2^24 terms of 1, where adding 1 is half a unit in the last place and rounds to even. n equal
 * scores, the first half with value 0 and the second with value 1, so that o = 1/2 in exact arithmetic for
 * even n; the sums are float or double, from the oldest key on.
 * Finding: beyond 2^24 equal scores the two accumulators of float end at y/z -> 1, all weight on the newest
 * keys that y can still count; the delta form stops at 1/2 by luck.
 */
#include <math.h>
#include <string.h>

#include "lab.h"

struct sums {
    double z, accumulators, delta;
};

static struct sums scan_float(long n, float start)
{
    float z = start, y = 0, o = 0;
    for (long t = 0; t < n; t++) {
        float v = t < n / 2 ? 0 : 1;
        z += 1;
        y += v;
        o += 1 / z * (v - o);
    }
    return (struct sums){(double)z, (double)(y / z), (double)o};
}

static struct sums scan_double(long n, double start)
{
    double z = start, y = 0, o = 0;
    for (long t = 0; t < n; t++) {
        double v = t < n / 2 ? 0 : 1;
        z += 1;
        y += v;
        o += 1 / z * (v - o);
    }
    return (struct sums){z, y / z, o};
}

static void cell(struct lab_cell *cell)
{
    long n = lab_integer(cell, "n");
    double start = lab_is(cell, "start", "empty") ? 0 : exp2((double)lab_integer(cell, "start"));
    int single = lab_is(cell, "precision", "float") && !lab_control(cell, "double_sums");
    struct sums sums = single ? scan_float(n, (float)start) : scan_double(n, start);
    long bits = 0;
    while (bits < 63 && (1l << bits) < n + 1)
        bits++;
    lab_put(cell, "z", sums.z);
    lab_put(cell, "grown", sums.z - start);
    lab_put(cell, "accumulators", sums.accumulators);
    lab_put(cell, "delta", sums.delta);
    lab_put(cell, "exact", (double)(n - n / 2) / (start + (double)n));
    lab_put(cell, "index_bits", (double)bits);
}

static void summarize(struct lab *lab)
{
    static const struct {
        const char *values, *name;
    } known[] = {{"precision=float n=16777216 start=empty", "float.n_16777216"},
                 {"precision=float n=16777217 start=empty", "float.n_16777217"},
                 {"precision=float n=33554432 start=empty", "float.n_33554432"},
                 {"precision=float n=1000 start=24", "float.from_24"},
                 {"precision=double n=33554432 start=empty", "double.n_33554432"},
                 {"precision=double n=1000 start=53", "double.from_53"}};
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        long g = lab_find(lab, known[i].values);
        if (g < 0)
            continue;
        if (strstr(known[i].name, "from"))
            lab_measure(lab, lab_value(lab, (size_t)g, "grown"), 0, 0, "grown.%s", known[i].name);
        else
            lab_measure(lab, lab_value(lab, (size_t)g, "z"), 0, 0, "z.%s", known[i].name);
        if (i == 2 || i == 4) {
            lab_measure(lab, lab_value(lab, (size_t)g, "accumulators"), 0, 0, "accumulators.%s",
                        known[i].name);
            lab_measure(lab, lab_value(lab, (size_t)g, "delta"), 0, 0, "delta.%s", known[i].name);
        }
        if (i < 3)
            lab_measure(lab, lab_value(lab, (size_t)g, "index_bits"), 0, 0, "bits.%s", known[i].name);
    }
    double off = 0;
    for (size_t g = 0; g < lab_groups(lab); g++) {
        double n = (double)lab_integer(lab_group(lab, g), "n");
        off += lab_value(lab, g, "index_bits") != ceil(log2(n + 1));
    }
    lab_measure(lab, off, 0, 0, "bits_off");
}

static const struct lab_spec spec = {
    .name = "recur/stall",
    .about =
        "Is the memory of the recurrence constant? Bits of the position, and a float sum that stops growing",
    .axes = {{"precision", "float,double", NULL, "float|double", "Arithmetic of the sums", AXIS_WORD},
             {"n", "1,1000,1048576,16777215,16777216,16777217,33554432", "1,1000,16777216,16777217,33554432",
              "[1,2e9]", "Keys, all with score 0", AXIS_INTEGER},
             {"start", "empty,24,53", NULL, "[0,100]|empty",
              "2^start keys of value 0 were seen before, or none", AXIS_INTEGER}},
    .columns = "z:17,grown:17,accumulators:9,delta:9,exact:9,index_bits",
    .controls = "double_sums",
    .cell = cell,
    .summarize = summarize,
};

int main(int argc, char **argv)
{
    return lab_main(&spec, argc, argv);
}
