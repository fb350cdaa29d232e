/* What is the least distortion of c levels on a line?
 *
 * Background of kexue.fm/archives/9844: one coordinate of a key is N(0, 1). The optimal levels solve the
 * centroid conditions (Lloyd 1957, Max 1960), here by Newton's method on exact cell integrals; the distortion
 * tends to sqrt(3) pi/2 / c^2 (Panter and Dite 1951).
 * Finding: the last digits of Max's table for 16 and 32 levels are slightly low.
 */
#include <float.h>
#include <math.h>
#include <stdlib.h>

#include "lab.h"
#include "vq.h"

static void cell(struct lab_cell *c)
{
    size_t levels = (size_t)lab_integer(c, "c");
    double *level = base_alloc(levels, sizeof *level), n = (double)levels;
    double distortion = vq_lloyd_max(levels, level);
    if (lab_control(c, "quantiles")) { /* the means of cells of equal probability */
        double kept = 0, before = -INFINITY;
        for (size_t i = 0; i < levels; i++) {
            double low = -40, high = 40;
            for (int k = 0; k < 100 && i + 1 < levels; k++) {
                double middle = 0.5 * (low + high);
                if (0.5 * erfc(-middle / M_SQRT2) < (double)(i + 1) / n)
                    low = middle;
                else
                    high = middle;
            }
            double end = i + 1 < levels ? low : INFINITY;
            double mean = n * (exp(-0.5 * before * before) - exp(-0.5 * end * end)) / sqrt(2 * M_PI);
            kept += mean * mean / n;
            before = end;
        }
        distortion = 1 - kept;
    }
    lab_put(c, "distortion", distortion);
    lab_put(c, "scaled", distortion * n * n);
    lab_put(c, "largest", level[levels - 1]);
    free(level);
}

static void summarize(struct lab *lab)
{
    for (size_t i = 0; i < lab_groups(lab); i++) {
        double n = lab_real(lab_group(lab, i), "c"), rounding = 1e3 * DBL_EPSILON; /* 1 - a sum of n terms */
        if (n != 2 && n != 4 && n != 8 && n != 16 && n != 32)
            continue;
        lab_measure(lab, lab_value(lab, i, "distortion"), rounding, 0, "distortion_%.0f", n);
        lab_measure(lab, lab_value(lab, i, "scaled"), rounding * n * n, 0, "scaled_%.0f", n);
    }
    long low = lab_find(lab, "c=16"), high = lab_find(lab, "c=32"), far = lab_find(lab, "c=1024"),
         near = lab_find(lab, "c=512");
    if (low >= 0 && high >= 0)
        lab_measure(
            lab, log2(lab_value(lab, (size_t)high, "distortion") / lab_value(lab, (size_t)low, "distortion")),
            1e-10, 0, "slope");
    if (far >= 0 && near >= 0) /* D c^2 = limit + O(1/c) */
        lab_measure(lab, 2 * lab_value(lab, (size_t)far, "scaled") - lab_value(lab, (size_t)near, "scaled"),
                    0, 0, "limit");
}

static const struct lab_spec spec = {
    .name = "vq/lloyd_max",
    .about = "The optimal quantizer of a normal number",
    .axes = {{"c", "1,2,4,8,16,32,64,128,256,512,1024", "1,2,4,8,16,32,512,1024", "[1,65536]", "Levels",
              AXIS_INTEGER}},
    .columns = "distortion:12,scaled:12,largest:12",
    .controls = "quantiles",
    .cell = cell,
    .summarize = summarize,
};

int main(int argc, char **argv)
{
    return lab_main(&spec, argc, argv);
}
