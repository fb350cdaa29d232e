/* diff OLD NEW FILE...: compares the tables OLD/FILE and NEW/FILE number by number and names every column that moved by
 * more than its error. The error of column x is the column x_se where there is one, the column `error` of measured
 * tables; without one, a number moves when its seventh digit does. Exit status 1 when something moved. */
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base.h"
#include "csv.h"

static const double digits_alone = 1e-6; /* relative: another machine's rounding stays below */

struct moved {
    size_t count;   /* rows that moved by more than their error */
    double largest; /* in units of the error */
    size_t row;     /* where */
};

static long error_column(const struct csv *csv, const char *column)
{
    char *name = base_format("%s_se", column);
    long k = csv_column(csv, name);
    free(name);
    return k < 0 && !strcmp(column, "value") ? csv_column(csv, "error") : k;
}

/* How far apart two fields are, in units of the error; infinite when only one is a number or texts differ. */
static double distance(const char *a, const char *b, const char *error_a, const char *error_b)
{
    double x, y, ea = 0, eb = 0;
    if (!strcmp(a, b))
        return 0;
    if (base_parse_real(a, &x) || base_parse_real(b, &y))
        return INFINITY;
    if (error_a && error_b && !base_parse_real(error_a, &ea) && !base_parse_real(error_b, &eb) && ea + eb > 0)
        return fabs(x - y) / fmax(hypot(ea, eb), digits_alone * 1e-6 * fmax(fabs(x), fabs(y)));
    return fabs(x - y) / (digits_alone * fmax(fabs(x), fabs(y)));
}

static bool compare(const char *old_path, const char *new_path, const char *file)
{
    struct csv old, new;
    char *error;
    if (csv_read(old_path, &old, &error)) {
        printf("%s: new, nothing to compare with\n", file);
        free(error);
        return false;
    }
    if (csv_read(new_path, &new, &error)) {
        printf("%s: %s\n", file, error);
        free(error);
        csv_free(&old);
        return true;
    }
    bool moved = false;
    if (old.rows != new.rows) {
        printf("%s: %zu rows, were %zu\n", file, new.rows, old.rows);
        moved = true;
    }
    for (size_t k = 0; k < new.columns; k++) {
        long was = csv_column(&old, new.header[k]), e = error_column(&new, new.header[k]), was_e = error_column(&old, new.header[k]);
        size_t length = strlen(new.header[k]);
        bool is_error = !strcmp(new.header[k], "error") || (length > 3 && !strcmp(new.header[k] + length - 3, "_se"));
        if (was < 0) {
            printf("%s: column %s is new\n", file, new.header[k]);
            moved = true;
            continue;
        }
        struct moved m = {0};
        for (size_t r = 0; !is_error && r < old.rows && r < new.rows; r++) {
            double d = distance(csv_cell(&old, r, (size_t)was), csv_cell(&new, r, k),
                                was_e < 0 ? NULL : csv_cell(&old, r, (size_t)was_e), e < 0 ? NULL : csv_cell(&new, r, (size_t)e));
            if (d > 1) {
                m.count++;
                if (d > m.largest)
                    m.largest = d, m.row = r;
            }
        }
        if (m.count) {
            printf("%s: column %s moved in %zu of %zu rows, most in row %zu: %s, was %s (%.3g %s)\n", file, new.header[k],
                   m.count, new.rows, m.row + 1, csv_cell(&new, m.row, k), csv_cell(&old, m.row, (size_t)was), m.largest,
                   e < 0 ? "millionths" : "errors");
            moved = true;
        }
    }
    csv_free(&old);
    csv_free(&new);
    return moved;
}

int main(int argc, char **argv)
{
    base_program_set(argv[0]);
    if (argc < 3)
        base_die(BASE_BAD_USAGE, "give two folders and the files to compare");
    size_t moved = 0;
    for (int i = 3; i < argc; i++) {
        char *old_path = base_format("%s/%s", argv[1], argv[i]), *new_path = base_format("%s/%s", argv[2], argv[i]);
        moved += compare(old_path, new_path, argv[i]);
        free(old_path);
        free(new_path);
    }
    printf("%zu of %d tables moved\n", moved, argc - 3);
    return moved ? BASE_CLAIM_FELL : BASE_DONE;
}
