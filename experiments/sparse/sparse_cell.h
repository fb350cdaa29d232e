/* Patterns and stacks of layers from the axes of a cell, for the programs of the family. */
#ifndef SPARSE_CELL_H
#define SPARSE_CELL_H

#include "lab.h"
#include "sparse.h"

enum { SPARSE_STACK_MAX = 16 };

/* An axis that takes sizes: whole numbers and the words of sparse_size. */
#define SPARSE_SIZES "[1,1e18]|opt|root|k|half|quarter"

/* The axes n, k, l, c, pattern, causal as a set. NULL, or a malloc'd word on what is wrong. */
char *sparse_cell_set(const struct lab_cell *cell, struct sparse_set *set);

/* A size axis; `k` and n as in sparse_size. */
char *sparse_cell_size(const struct lab_cell *cell, const char *axis, size_t k, size_t *size);

/* A stack "atrous.local", the layer nearest to the output first; local of half-width w, others as
 * sparse_set_named. NULL, or a malloc'd word on what is wrong. */
char *sparse_stack_named(const char *text, size_t k, size_t w, size_t l, size_t c, int causal,
                         struct sparse_set *set, size_t *layers);

/* A count as text, all digits, into the column. */
void sparse_cell_put_count(struct lab_cell *cell, const char *column, uint64_t count);

#endif
