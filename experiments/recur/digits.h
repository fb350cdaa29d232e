/* The decimal digits of 2^x, printed by a machine that holds about half of them.
 *
 * The lower half is 2^x modulo a power of ten: doubling that many decimal digits x times, what runs over is
 * dropped. The upper half are the leading digits of the same doubling with some guard digits, rounded down,
 * and a count of how far off the last place may be. Both use the same digits, one after the other.
 */
#ifndef DIGITS_H
#define DIGITS_H

#include <stddef.h>
#include <stdint.h>

/* floor(x log10 2) + 1. */
uint64_t digits_count(uint64_t x);

/* Writes the digits into text[digits_count(x) + 1]. *bits: the state, four bits a decimal digit and the
 * counters. Returns the guard digits that were enough: `guard`, or more when the leading digits stood too
 * near a boundary. */
uint64_t digits_of_power(uint64_t x, uint64_t guard, char *text, uint64_t *bits);

#endif
