/* The option --b of the family's programs: a divisor of n, "all" of them, or the "square" root of n. */
#ifndef BLOCKS_H
#define BLOCKS_H

#include <stddef.h>

#include "lab.h"

/* The divisors of n that the cell asks for, ascending: begin with *b = 0; 0 when there is no other. */
int blocks_next(const struct lab_cell *cell, size_t *b);
/* NULL, or why --b does not go with --n (malloc'd). */
char *blocks_check(const struct lab_cell *cell);
/* The one divisor of a cell whose axis is a number or "square". */
size_t blocks_one(const struct lab_cell *cell);

#endif
