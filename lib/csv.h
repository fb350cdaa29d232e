/* Strict reading of the CSV files this project writes, and the quoting for writing them (RFC 4180).
 *
 * A file is: comment lines "# key: value" (none is fine), one header line, rows. Every line ends with a
 * newline (a file cut short is noticed), every row has as many fields as the header, header fields and
 * comment keys are not empty and not repeated. A field in double quotes may hold commas and doubled
 * quotes, but no line break. Blank lines, carriage returns, NUL and other control characters are errors.
 */
#ifndef CSV_H
#define CSV_H

#include <stddef.h>
#include <stdio.h>

struct csv_comment {
    const char *key, *value;
};

struct csv {
    char *text; /* owns every string below */
    size_t comments, columns, rows;
    struct csv_comment *comment; /* [comments] */
    const char **header;         /* [columns] */
    const char **cell;           /* [rows][columns] */
    size_t first_line;           /* line number of row 0, counted from 1; rows are consecutive lines */
};

/* Parses `length` bytes. Returns 0, or -1 with *error = a malloc'd "LINE: what is wrong" and an empty
 * *csv. */
int csv_parse(const char *text, size_t length, struct csv *csv, char **error);

/* Parses the file `path`. Returns 0, or -1 with *error = "PATH:LINE: what is wrong" or "PATH: reason"
 * (malloc'd). */
int csv_read(const char *path, struct csv *csv, char **error);

void csv_free(struct csv *csv);

/* The value of a comment key, or NULL. */
const char *csv_comment_value(const struct csv *csv, const char *key);

/* The index of a column, or -1. */
long csv_column(const struct csv *csv, const char *name);

const char *csv_cell(const struct csv *csv, size_t row, size_t column);

/* Writes one field, quoted where the text asks for it (line breaks become blanks: the reader refuses
 * them). */
void csv_write_field(FILE *stream, const char *text);

#endif
