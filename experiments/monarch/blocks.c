#include "blocks.h"

#include <math.h>

#include "base.h"

static size_t root(size_t n)
{
    size_t m = (size_t)lround(sqrt((double)n));
    return m * m == n ? m : 0;
}

int blocks_next(const struct lab_cell *cell, size_t *b)
{
    size_t n = (size_t)lab_integer(cell, "n");
    if (!lab_is(cell, "b", "all")) {
        size_t one = blocks_one(cell), last = *b;
        *b = one;
        return last == 0;
    }
    do
        ++*b;
    while (*b <= n && n % *b);
    return *b <= n;
}

char *blocks_check(const struct lab_cell *cell)
{
    long n = lab_integer(cell, "n");
    if (lab_is(cell, "b", "all"))
        return NULL;
    if (lab_is(cell, "b", "square"))
        return root((size_t)n) ? NULL
                               : base_format("--n %ld: must be a square, or --b a number (or all)", n);
    return n % lab_integer(cell, "b") == 0
               ? NULL
               : base_format("--b %s: must divide --n %ld; all and square are accepted too",
                             lab_word(cell, "b"), n);
}

size_t blocks_one(const struct lab_cell *cell)
{
    return lab_is(cell, "b", "square") ? root((size_t)lab_integer(cell, "n"))
                                       : (size_t)lab_integer(cell, "b");
}
