/* CSV from any bytes: either a table that comes back the same when it is written and read again, or a
 * reason. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base.h"
#include "csv.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static char *write_again(const struct csv *csv, size_t *length)
{
    char *text;
    FILE *stream = open_memstream(&text, length);
    if (!stream)
        abort();
    for (size_t i = 0; i < csv->comments; i++)
        fprintf(stream, "# %s: %s\n", csv->comment[i].key, csv->comment[i].value);
    for (size_t row = 0; row <= csv->rows; row++) /* row 0 is the header */
        for (size_t k = 0; k < csv->columns; k++) {
            csv_write_field(stream, row ? csv_cell(csv, row - 1, k) : csv->header[k]);
            fputc(k + 1 < csv->columns ? ',' : '\n', stream);
        }
    fclose(stream);
    return text;
}

static void demand_equal(const char *a, const char *b)
{
    if (strcmp(a, b) != 0)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct csv csv, again;
    char *error = NULL;
    if (csv_parse((const char *)data, size, &csv, &error)) {
        if (strtol(error, NULL, 10) <= 0 || csv.text)
            abort();
        free(error);
        return 0;
    }
    size_t length;
    char *text = write_again(&csv, &length);
    if (csv_parse(text, length, &again, &error) || again.columns != csv.columns || again.rows != csv.rows ||
        again.comments != csv.comments)
        abort();
    for (size_t k = 0; k < csv.columns; k++) {
        demand_equal(again.header[k], csv.header[k]);
        for (size_t row = 0; row < csv.rows; row++)
            demand_equal(csv_cell(&again, row, k), csv_cell(&csv, row, k));
    }
    for (size_t i = 0; i < csv.comments; i++)
        demand_equal(csv_comment_value(&again, csv.comment[i].key), csv.comment[i].value);
    csv_free(&again);
    csv_free(&csv);
    free(text);
    return 0;
}
