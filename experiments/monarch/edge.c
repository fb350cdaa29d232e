/* Which approximation of a large Gaussian matrix keeps more, Monarch or the truncated SVD?
 *
 * Source: added to kexue.fm/archives/10249. Of an n x n Gaussian matrix, n = m^2, the best Monarch matrix
 * keeps the share E lambda_max(W_m)/m^2 of the energy, exactly; the best matrix of rank m the tail of the
 * Marchenko-Pastur law, in the limit. Times m both tend to 4: as 4 - 3.04 m^{-2/3} and as 4 - 4.25 m^{-2/3}.
 * lambda_max is drawn from the bidiagonal form of the Wishart matrix, whose upper left corner suffices, so m
 * may be as large as one likes.
 * Finding: Monarch keeps more, at m = 65536 as at m = 4: the asymptotics are right, and apply from the
 * start.
 */
#include <math.h>
#include <stdlib.h>

#include "lab.h"
#include "wishart.h"

/* Draws a row: as many as take about as long for any m. */
static int draws_of(size_t m)
{
    return m < 512 ? (int)(4096 / m) : 8;
}

static void cell(struct lab_cell *cell)
{
    size_t m = (size_t)lab_integer(cell, "m");
    double sum = 0, pastur = wishart_marchenko_pastur((double)m), side = (double)m;
    int draws = draws_of(m);
    for (int i = 0; i < draws; i++)
        sum += wishart_largest(m, lab_rng(cell)) / side;
    double kept = sum / draws;
    if (lab_control(cell, "edge_four")) /* the limit in place of the draw, as if all m were infinite */
        kept = 4 - 4.3 * pow(side, -2.0 / 3);
    lab_put(cell, "wishart", kept);
    lab_put(cell, "edge", wishart_edge(side) / side);
    lab_put(cell, "marchenko_pastur", pastur);
    lab_put(cell, "gap", kept - pastur);
    lab_put(cell, "edge_off", kept - wishart_edge(side) / side);
}

static void summarize(struct lab *lab)
{
    for (size_t g = 0; g < lab_groups(lab); g++) {
        const struct lab_cell *c = lab_group(lab, g);
        long m = lab_integer(c, "m");
        struct stats_mean kept = lab_mean(lab, g, "wishart"), gap = lab_mean(lab, g, "gap");
        if (m == 2 || m == 4 || m == 8 || m == 16 || m == 32)
            lab_measure_mean(lab, kept, "wishart.%ld", m);
        if (m == 1024 || m == 65536) {
            lab_measure_mean(lab, lab_mean(lab, g, "edge_off"), "edge_off.%ld", m);
            lab_measure_mean(lab, gap, "gap.%ld", m);
        }
    }
    static const int sides[] = {4, 8, 16, 32};
    for (int k = 0; k < 4; k++)
        lab_measure(lab, wishart_marchenko_pastur(sides[k]), 1e-12, 0, "marchenko_pastur.%d", sides[k]);
    /* (4 - kept) m^{2/3} where the next order is below 1e-3 of it */
    lab_measure(lab, (4 - wishart_marchenko_pastur(1e5)) * pow(1e5, 2.0 / 3), 1e-6, 0, "slope_svd");
    lab_measure(lab, (4 - wishart_edge(1e12) / 1e12) * 1e8, 0, 0, "slope_monarch");
}

static const struct lab_spec spec = {
    .name = "monarch/edge",
    .about = "Which approximation of a large Gaussian matrix keeps more, Monarch or the truncated SVD?",
    .axes = {{"m", "2,3,4,6,8,12,16,24,32,64,128,256,512,1024,2048,4096,8192,16384,32768,65536",
              "2,4,8,16,32,1024,65536", "[2,100000000]", "n = m^2, rank m, blocks of m", AXIS_INTEGER},
             {"replicate", "0:399", "0:99", NULL, "rows of 8 to 2048 draws", AXIS_INTEGER}},
    .columns = "wishart,edge,marchenko_pastur,gap,edge_off",
    .fold = "replicate",
    .controls = "edge_four",
    .cell = cell,
    .summarize = summarize,
};

int main(int argc, char **argv)
{
    return lab_main(&spec, argc, argv);
}
