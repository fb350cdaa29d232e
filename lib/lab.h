/* The lab: one declaration of axes and a pure function of a cell makes a whole experiment program.
 *
 * A program declares its axes (what varies), `cell` (what one point of the sweep computes) and `summarize` (what is
 * folded into tables and measurements). From that it gets its command line, parallel cells, reproducible random
 * streams, a journal with resume, shards, progress, CSV files. See CONTRIBUTING.md for a walk through a real one.
 *
 * Files below the folder --out (FAMILY/PROGRAM is the experiment's name):
 *     FAMILY/PROGRAM.csv            the main table       FAMILY/PROGRAM.measured.csv   id,value,error,count
 *     FAMILY/PROGRAM.TABLE.csv      further tables       FAMILY/PROGRAM.journal*       while the run is unfinished
 */
#ifndef LAB_H
#define LAB_H

#include <stddef.h>

#include <gsl/gsl_rng.h>

#include "axis.h"
#include "base.h"
#include "rng.h"
#include "stats.h"

struct lab;      /* a run */
struct lab_cell; /* one point of the sweep: the value of every axis, and its rows of numbers */

enum { LAB_AXES_MAX = 16 };

struct lab_axis {
    const char *name;   /* the option --name, and the column */
    const char *full;   /* values in the full profile; grammar in axis.h */
    const char *quick;  /* values in the quick profile; NULL: those of the full one */
    const char *domain; /* what is accepted: "[1,inf)", "(0,1)", "gauss|sign"; NULL: anything of its kind */
    const char *help;
    enum axis_kind kind;
};

struct lab_spec {
    const char *name;                          /* "jl/project" */
    const char *about;                         /* the question, one line, for --help */
    const struct lab_axis axes[LAB_AXES_MAX];  /* the last one varies fastest */
    const char *columns;                       /* what a row holds: "steps,excess:12"; ":12" digits in CSV, default 8 */
    const char *fold;                          /* axis (the last) over which rows are replicates; NULL: none */
    const char *controls;                      /* wrong variants a cell can be asked for: "greedy|no_root"; NULL: none */
    char *(*check)(const struct lab_cell *);   /* NULL, or a malloc'd word on why these values do not go together */
    void *(*setup)(const struct lab *);        /* what cells share and only read; NULL: nothing */
    void (*teardown)(void *shared);
    void (*cell)(struct lab_cell *);           /* a pure function of the axes' values, the stream and the control */
    void (*summarize)(struct lab *);           /* NULL: the main table alone */
};

/* Runs the experiment as its command line says; returns main's exit status. */
int lab_main(const struct lab_spec *spec, int argc, char **argv);

/* ---- within a cell ---- */

long lab_integer(const struct lab_cell *cell, const char *axis); /* exits with 64 when it does not fit a long */
double lab_real(const struct lab_cell *cell, const char *axis);
const char *lab_word(const struct lab_cell *cell, const char *axis); /* the value's text, of any kind */
int lab_is(const struct lab_cell *cell, const char *axis, const char *word);
int lab_control(const struct lab_cell *cell, const char *control); /* is this run the named control? */
gsl_rng *lab_rng(struct lab_cell *cell); /* the stream of (seed, experiment, the axes' values); owned by the cell */
const void *lab_shared(const struct lab_cell *cell);

/* Puts a value into a column of the cell's row; a column not put stays empty. A text holds no comma, quote, blank. */
void lab_put(struct lab_cell *cell, const char *column, double value);
void lab_put_text(struct lab_cell *cell, const char *column, const char *text);
/* Begins the cell's next row (for cells with several). */
void lab_next_row(struct lab_cell *cell);
/* The run fails (status 2) with the cell's values and this message. */
_Noreturn void lab_fail(const struct lab_cell *cell, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* ---- within setup ---- */

/* The values of an axis, and whether this is the quick profile or the named control. */
const struct axis_values *lab_axis_values(const struct lab *lab, const char *axis);
int lab_is_quick(const struct lab *lab);
int lab_run_control(const struct lab *lab, const char *control);
/* A stream of the run's own: keyed by (seed, experiment, name). Free with gsl_rng_free. */
gsl_rng *lab_stream(const struct lab *lab, const char *name);

/* ---- within summarize: groups are the cells that differ in the fold axis only (without one: the cells) ---- */

size_t lab_groups(const struct lab *lab);
const struct lab_cell *lab_group(const struct lab *lab, size_t group); /* to read the axes' values from */
/* The group with these values, "n=512 d=64" (axes not named: any, the first group that fits); -1: not in this sweep. */
long lab_find(const struct lab *lab, const char *values);
/* A column over all rows of a group in cell order (empty values left out); the array is the lab's. */
const double *lab_column(const struct lab *lab, size_t group, const char *column, size_t *count);
/* The column's value in the group's first row (NaN when empty); its text. */
double lab_value(const struct lab *lab, size_t group, const char *column);
const char *lab_text(const struct lab *lab, size_t group, const char *column);
/* Mean and standard error of a column over the rows of a group. */
struct stats_mean lab_mean(const struct lab *lab, size_t group, const char *column);
const void *lab_setup_data(const struct lab *lab); /* what setup returned */

/* A measurement, named by the printf-like format: what a claim asks about. error: a standard error from `count`
 * independent observations, or with count 0 a bound of the numerical error. Names are unique. */
void lab_measure(struct lab *lab, double value, double error, long count, const char *format, ...)
    __attribute__((format(printf, 5, 6)));
void lab_measure_mean(struct lab *lab, struct stats_mean mean, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
void lab_measure_text(struct lab *lab, const char *integer, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* A table of its own: PROGRAM.NAME.csv, or with name NULL the main table in place of the automatic one (the axes and
 * columns; with a fold the mean and error of every column by group). Columns as in lab_spec. */
struct lab_table;
struct lab_table *lab_table(struct lab *lab, const char *name, const char *columns);
void lab_table_row(struct lab_table *table, const double *values);        /* as many as there are columns */
void lab_table_text_row(struct lab_table *table, const char *const *texts); /* the same, as text */

#endif
