/* Timing as ratios of kernels measured in one run, in turn (A B A B ...), so that a machine that slows down slows all.
 * Seconds are processor time of this process, all threads together: kernels are to run on one thread,
 * as BLAS does after bench_open.
 * Programs in bench/ use it; no experiment does: numbers in results/FAMILY/PROGRAM.csv never depend on time.
 *
 * A bench writes what the ledger asks about to DIR/FAMILY/speed.measured.csv, and its table for figures to
 * DIR/FAMILY/speed.csv, when it is given --out DIR.
 */
#ifndef BENCH_H
#define BENCH_H

#include <stddef.h>

struct bench;

/* A median with its spread. */
struct bench_time {
    double median, low, high; /* the quartiles */
    int repeats;
};

/* Parses --out DIR, --quick and --help; exits with 64 on anything else. */
struct bench *bench_open(const char *family, int argc, char **argv);
int bench_quick(const struct bench *bench);

/* Seconds of one call of `run`, `repeats` times after one call to warm up. A call shorter than a millisecond is
 * repeated within the measurement. */
struct bench_time bench_seconds(void (*run)(void *), void *context, int repeats);

/* (time of a) / (time of b), measured in turn: the median of the ratios of neighbours. Seconds of both unless NULL. */
struct bench_time bench_ratio(void (*a)(void *), void *context_a, void (*b)(void *), void *context_b, int repeats,
                              struct bench_time *seconds_a, struct bench_time *seconds_b);

/* Prints a line, and keeps the value for the ledger: the error is that of a median, from the quartiles. */
void bench_measure(struct bench *bench, struct bench_time time, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* A value that is no time (a slope, a bound of this machine) with its standard error. */
void bench_value(struct bench *bench, double value, double error, int repeats, const char *format, ...)
    __attribute__((format(printf, 5, 6)));

/* Seconds of one call each of `count` kernels, measured in turn (0 1 2 0 1 2 ...), into seconds[count]. */
void bench_turns(size_t count, void (*const *run)(void *), void *const *context, int repeats, struct bench_time *seconds);

/* A row of the table: the first call with the header "n,method,seconds,low,high", the others with values. */
void bench_row(struct bench *bench, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Writes the files if there are to be any; returns main's exit status. */
int bench_close(struct bench *bench);

#endif
