/* What the parts of the lab share: lab_options.c (command line), lab.c (cells, journal), lab_output.c (files). */
#ifndef LAB_INTERNAL_H
#define LAB_INTERNAL_H

#include "lab.h"

enum lab_profile { LAB_QUICK, LAB_FULL };

struct lab_options {
    enum lab_profile profile;
    uint64_t seed;
    long threads;
    const char *out, *control, *record;
    long shard, shards; /* this one of so many; shards = 1: the whole */
    int print, list_claims;
    const char *list[LAB_AXES_MAX]; /* from the command line, or NULL */
};

enum field_kind { FIELD_EMPTY, FIELD_REAL, FIELD_TEXT };

struct field {
    enum field_kind kind;
    double real;
    char *text;
};

struct lab_cell {
    const struct lab *lab;
    size_t index;
    size_t value[LAB_AXES_MAX]; /* which value of each axis */
    int done, begun;            /* begun: the current row holds something */
    size_t rows;
    struct field *fields; /* rows x columns */
    gsl_rng *rng;
};

struct column {
    char *name;
    int digits;
};

struct columns {
    size_t count;
    struct column *at;
};

struct cached_column {
    size_t group, column, count;
    double *x;
    struct cached_column *next;
};

struct buffer {
    char *text;
    size_t length, room;
};

struct lab_table {
    const char *name; /* NULL: the main table */
    struct columns columns;
    struct buffer rounded, exact; /* the rows as CSV: in the digits of the columns, for files; in all digits, to print */
    struct lab_table *next;
};

struct measurement {
    char *name, *value;
    double error;
    long count;
};

struct lab {
    const struct lab_spec *spec;
    const char *program; /* "project" of "jl/project" */
    struct lab_options options;
    size_t axes;
    struct axis_values values[LAB_AXES_MAX];
    const char *list[LAB_AXES_MAX];
    struct columns columns;
    size_t cells, fold; /* fold: number of cells in a group */
    struct lab_cell *cell;
    void *shared;
    uint64_t fingerprint;
    struct cached_column *cache;
    struct lab_table *tables;
    size_t measurements, measurements_room;
    struct measurement *measured;
};

/* Reads the command line into lab->options and lab->values; exits on bad usage, --help, --version, --list-claims. */
void lab_options_parse(struct lab *lab, int argc, char **argv);

void columns_parse(struct columns *columns, const char *text);
void columns_free(struct columns *columns);

/* Writes (or prints) tables and measurements, after summarize. */
void lab_output_write(struct lab *lab);
void lab_output_free(struct lab *lab);

#endif
