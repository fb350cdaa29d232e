/* How many query-key pairs does a sparse pattern hold?
 *
 * Source: kexue.fm/archives/6853 and the factorised heads of arXiv 1904.10509. Each pattern is counted by
 * asking all n^2 pairs (up to n = 4096) and by its closed form (any n): with n = a k + b, atrous b (a+1)^2 +
 * (k-b) a^2, local n (2k'+1) - k'(k'+1) with k' = min(k, n-1), merged their sum less the pairs at distance 0
 * and k. Finding: the article's n^2/k and (2k+1) n are a lower and an upper bound, off by b (k-b)/k and by k
 * (k+1).
 */
#include <math.h>
#include <string.h>

#include "sparse_cell.h"

enum { BRUTE_MOST = 4096, ROWS_MOST = 1000000 };

static char *check(const struct lab_cell *cell)
{
    struct sparse_set set;
    uint64_t count;
    char *why = sparse_cell_set(cell, &set);
    if (!why && sparse_count(&set, (size_t)lab_integer(cell, "n"), &count))
        return base_format("--n %s: the count is beyond 64 bits; take a smaller --n", lab_word(cell, "n"));
    return why;
}

static void cell(struct lab_cell *c)
{
    size_t n = (size_t)lab_integer(c, "n");
    struct sparse_set set;
    uint64_t count;
    sparse_cell_set(c, &set);
    sparse_count(&set, n, &count);
    lab_put(c, "stride", (double)set.k);
    if (n <= BRUTE_MOST)
        sparse_cell_put_count(c, "nnz_bruteforce", sparse_count_brute(&set, n));
    if (lab_control(c, "no_edges") && set.kind == SPARSE_LOCAL && !set.causal)
        count = n * (2 * set.k + 1);
    if (lab_control(c, "overlap_twice") && set.kind == SPARSE_MERGED)
        count += set.k < n ? (set.causal ? n + (n - set.k) : n + 2 * (n - set.k)) : n;
    sparse_cell_put_count(c, "nnz_formula", count);
    if (n <= ROWS_MOST)
        lab_put(c, "row_longest", (double)sparse_row_longest(&set, n));
    lab_put(c, "density", (double)count / ((double)n * (double)n));
    lab_put(c, "ratio_n15", (double)count / pow((double)n, 1.5));
}

/* The count of one cell; NULL when it is not in the sweep. */
static const char *count_at(const struct lab *lab, const char *values, const char *column)
{
    long g = lab_find(lab, values);
    return g < 0 ? NULL : lab_text(lab, (size_t)g, column);
}

static void summarize(struct lab *lab)
{
    static const char *const patterns[] = {"dense", "atrous", "local", "sparse"};
    static const char *const heads[] = {"strided1", "strided2", "strided", "fixed1", "fixed2", "fixed"};
    char values[160];
    for (int causal = 0; causal < 2; causal++)
        for (int p = 0; p < 4; p++) {
            snprintf(values, sizeof values, "n=24 k=4 pattern=%s causal=%d", patterns[p], causal);
            const char *count = count_at(lab, values, "nnz_formula");
            if (count)
                lab_measure_text(lab, count, "%s_24_4_%s", patterns[p], causal ? "causal" : "both");
        }
    for (int p = 0; p < 6; p++) {
        snprintf(values, sizeof values, "n=64 k=root l=k c=quarter pattern=%s causal=1", heads[p]);
        const char *count = count_at(lab, values, "nnz_formula");
        if (count)
            lab_measure_text(lab, count, "%s_64_8_2", heads[p]);
    }
    for (int p = 0; p < 4; p++) { /* n doubled, by brute force */
        snprintf(values, sizeof values, "n=512 k=4 pattern=%s causal=0", patterns[p]);
        const char *one = count_at(lab, values, "nnz_bruteforce");
        snprintf(values, sizeof values, "n=1024 k=4 pattern=%s causal=0", patterns[p]);
        const char *two = count_at(lab, values, "nnz_bruteforce");
        if (one && two)
            lab_measure(lab, strtod(two, NULL) / strtod(one, NULL), 0, 0, "doubling_%s", patterns[p]);
    }
    long differing = 0, compared = 0;
    for (size_t g = 0; g < lab_groups(lab); g++) {
        const char *brute = lab_text(lab, g, "nnz_bruteforce");
        if (!brute || !*brute)
            continue;
        compared++;
        differing += strcmp(brute, lab_text(lab, g, "nnz_formula")) != 0;
    }
    if (compared)
        lab_measure(lab, (double)differing, 0, 0, "differing");
}

static const struct lab_spec spec = {
    .name = "sparse/counts",
    .about = "How many query-key pairs does a sparse pattern hold?",
    .axes = {{"n", "24,64,128,256,512,1024,2048,4096,8192,16384,32768,65536", "24,64,128,256,512,1024",
              "[1,1e18]", "Positions", AXIS_INTEGER},
             {"k", "4,opt,root", NULL, SPARSE_SIZES, "Stride or half-width; opt: sqrt(n/2), root: sqrt(n)",
              AXIS_INTEGER},
             {"l", "k", NULL, SPARSE_SIZES, "Stride of the heads of arXiv 1904.10509", AXIS_INTEGER},
             {"c", "quarter", NULL, SPARSE_SIZES, "Summary width of the fixed heads, at most l; quarter: l/4",
              AXIS_INTEGER},
             {"pattern", "dense,atrous,local,sparse,strided1,strided2,strided,fixed1,fixed2,fixed", NULL,
              "dense|atrous|local|sparse|strided1|strided2|strided|fixed1|fixed2|fixed",
              "Pattern; sparse: the merged one", AXIS_WORD},
             {"causal", "0,1", NULL, "[0,1]", "Keys j <= i alone?", AXIS_INTEGER}},
    .columns = "stride:17,nnz_bruteforce,nnz_formula,row_longest:17,density,ratio_n15",
    .controls = "no_edges|overlap_twice",
    .check = check,
    .cell = cell,
    .summarize = summarize,
};

int main(int argc, char **argv)
{
    return lab_main(&spec, argc, argv);
}
