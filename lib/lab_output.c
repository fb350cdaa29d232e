#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "lab_internal.h"

enum { LAB_TABLES_MAX = 16 };
enum { DIGITS_DEFAULT = 8, DIGITS_ERROR = 3, DIGITS_ALL = 17, DIGITS_MEASURED = 13 };

void columns_parse(struct columns *columns, const char *text)
{
    *columns = (struct columns){0};
    for (const char *at = text; at && *at; at += *at == ',') {
        size_t length = strcspn(at, ",:");
        columns->at = base_grow(columns->at, columns->count + 1, sizeof *columns->at);
        struct column *column = &columns->at[columns->count++];
        *column = (struct column){base_format("%.*s", (int)length, at), DIGITS_DEFAULT};
        at += length;
        if (*at == ':')
            column->digits = (int)strtol(at + 1, (char **)&at, 10);
    }
}

void columns_free(struct columns *columns)
{
    for (size_t i = 0; i < columns->count; i++)
        free(columns->at[i].name);
    free(columns->at);
    *columns = (struct columns){0};
}

/* ---- tables ---- */

static void buffer_append(struct buffer *buffer, const char *text, char end)
{
    size_t length = strlen(text);
    if (buffer->length + length + 2 > buffer->room) {
        buffer->room = 2 * (buffer->length + length + 64);
        buffer->text = base_grow(buffer->text, buffer->room, 1);
    }
    memcpy(buffer->text + buffer->length, text, length);
    buffer->length += length;
    buffer->text[buffer->length++] = end;
    buffer->text[buffer->length] = '\0';
}

static void table_append(struct lab_table *table, const char *text, char end)
{
    buffer_append(&table->rounded, text, end);
    buffer_append(&table->exact, text, end);
}

static char cell_end(const struct lab_table *table, size_t i)
{
    return i + 1 < table->columns.count ? ',' : '\n';
}

static void append_real(struct lab_table *table, size_t i, double value)
{
    char text[32];
    buffer_append(&table->rounded, base_real_text(text, value, table->columns.at[i].digits), cell_end(table, i));
    buffer_append(&table->exact, base_real_text(text, value, DIGITS_ALL), cell_end(table, i));
}

struct lab_table *lab_table(struct lab *lab, const char *name, const char *columns)
{
    int others = 0;
    for (struct lab_table *t = lab->tables; t; t = t->next)
        if (!strcmp(t->name ? t->name : "", name ? name : ""))
            base_die(BASE_RUN_FAILED, "%s: table %s opened twice", lab->spec->name, name ? name : "(main)");
        else if (++others > LAB_TABLES_MAX - 2)
            base_die(BASE_RUN_FAILED, "%s: too many tables", lab->spec->name);
    struct lab_table *table = base_alloc(1, sizeof *table);
    table->name = name;
    columns_parse(&table->columns, columns);
    table->next = lab->tables;
    lab->tables = table;
    for (size_t i = 0; i < table->columns.count; i++)
        table_append(table, table->columns.at[i].name, cell_end(table, i));
    return table;
}

void lab_table_row(struct lab_table *table, const double *values)
{
    for (size_t i = 0; i < table->columns.count; i++)
        append_real(table, i, values[i]);
}

void lab_table_text_row(struct lab_table *table, const char *const *texts)
{
    for (size_t i = 0; i < table->columns.count; i++)
        table_append(table, texts[i], cell_end(table, i));
}

static void append_field(struct lab_table *table, size_t i, const struct field *field)
{
    if (field->kind == FIELD_REAL)
        append_real(table, i, field->real);
    else
        table_append(table, field->kind == FIELD_TEXT ? field->text : "", cell_end(table, i));
}

/* The main table by default: every row of every cell; with a fold, mean and error of every column by group. */
static void default_table(struct lab *lab)
{
    int folded = lab->fold > 1 || lab->spec->fold;
    size_t axes = lab->axes - (folded ? 1 : 0), n = lab->columns.count;
    char *names = base_copy("");
    for (size_t i = 0; i < axes + n; i++) {
        const char *name = i < axes ? lab->spec->axes[i].name : lab->columns.at[i - axes].name;
        char *longer;
        if (i < axes || !folded)
            longer = base_format("%s%s%s:%d", names, i ? "," : "", name,
                                 i < axes ? DIGITS_ALL : lab->columns.at[i - axes].digits);
        else
            longer = base_format("%s%s%s:%d,%s_se:%d", names, i ? "," : "", name, lab->columns.at[i - axes].digits, name,
                                 DIGITS_ERROR);
        free(names);
        names = longer;
    }
    struct lab_table *table = lab_table(lab, NULL, names);
    free(names);
    for (size_t g = 0; g < lab_groups(lab); g++) {
        const struct lab_cell *cell = lab_group(lab, g);
        for (size_t r = 0; r < (folded ? 1 : cell->rows); r++) {
            for (size_t i = 0; i < axes; i++)
                table_append(table, lab->values[i].text[cell->value[i]], cell_end(table, i));
            for (size_t k = 0; k < n; k++) {
                if (!folded) {
                    append_field(table, axes + k, &cell->fields[r * n + k]);
                    continue;
                }
                struct stats_mean mean = lab_mean(lab, g, lab->columns.at[k].name);
                append_real(table, axes + 2 * k, mean.value);
                append_real(table, axes + 2 * k + 1, mean.error);
            }
        }
    }
}

/* ---- measurements ---- */

static void add_measurement(struct lab *lab, char *value, double error, long count, const char *format, va_list args)
{
    char name[256];
    vsnprintf(name, sizeof name, format, args);
    for (size_t i = 0; i < lab->measurements; i++)
        if (!strcmp(lab->measured[i].name, name))
            base_die(BASE_RUN_FAILED, "%s: measurement %s made twice", lab->spec->name, name);
    if (lab->measurements == lab->measurements_room) {
        lab->measurements_room = 2 * lab->measurements_room + 16;
        lab->measured = base_grow(lab->measured, lab->measurements_room, sizeof *lab->measured);
    }
    lab->measured[lab->measurements++] = (struct measurement){base_copy(name), value, error, count};
}

/* As many digits as the error leaves meaningful, and three more; so other machines' last digits do not show. */
static char *measured_text(double value, double error)
{
    char text[32];
    int digits = DIGITS_MEASURED;
    if (error > 0 && isfinite(error) && value != 0 && isfinite(value)) {
        digits = (int)(floor(log10(fabs(value))) - floor(log10(error))) + 4;
        digits = digits < 2 ? 2 : digits > DIGITS_ALL ? DIGITS_ALL : digits;
    }
    return base_copy(base_real_text(text, value, digits));
}

void lab_measure(struct lab *lab, double value, double error, long count, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    add_measurement(lab, measured_text(value, error), error, count, format, args);
    va_end(args);
}

void lab_measure_mean(struct lab *lab, struct stats_mean mean, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    add_measurement(lab, measured_text(mean.value, mean.error), mean.error, mean.count, format, args);
    va_end(args);
}

void lab_measure_text(struct lab *lab, const char *integer, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    add_measurement(lab, base_copy(integer), 0, 0, format, args);
    va_end(args);
}

/* ---- files ---- */

/* A file of the run: its header, what determines the numbers and nothing else, then `body`. */
static struct base_file make_file(const struct lab *lab, const char *name, const char *body)
{
    struct base_file file = {.path = name ? base_format("%s/%s.%s.csv", lab->options.out, lab->spec->name, name)
                                          : base_format("%s/%s.csv", lab->options.out, lab->spec->name)};
    FILE *stream = open_memstream(&file.text, &file.length);
    if (!stream)
        base_die(BASE_RUN_FAILED, "out of memory");
    fprintf(stream, "# experiment: %s\n# profile: %s\n# seed: %" PRIu64 "\n# control: %s\n", lab->spec->name,
            lab_is_quick(lab) ? "quick" : "full", lab->options.seed,
            lab->options.control ? lab->options.control : "none");
    for (size_t i = 0; i < lab->axes; i++)
        fprintf(stream, "# %s: %s\n", lab->spec->axes[i].name, lab->list[i]);
    fputs(body, stream);
    if (fclose(stream))
        base_die(BASE_RUN_FAILED, "out of memory");
    return file;
}

static struct base_file measured_file(const struct lab *lab)
{
    struct buffer body = {0};
    buffer_append(&body, "id,value,error,count", '\n');
    for (size_t i = 0; i < lab->measurements; i++) {
        const struct measurement *m = &lab->measured[i];
        char error[32], *row = base_format("%s,%s,%s,%ld", m->name, m->value, base_real_text(error, m->error, 4), m->count);
        buffer_append(&body, row, '\n');
        free(row);
    }
    struct base_file file = make_file(lab, "measured", body.text);
    free(body.text);
    return file;
}

static void write_files(const struct lab *lab)
{
    size_t count = 0;
    struct base_file files[LAB_TABLES_MAX + 1];
    for (const struct lab_table *t = lab->tables; t; t = t->next)
        files[count++] = make_file(lab, t->name, t->rounded.text);
    files[count++] = measured_file(lab);
    base_write_files(files, count);
    for (size_t i = 0; i < count; i++) {
        free(files[i].path);
        free(files[i].text);
    }
}

void lab_output_write(struct lab *lab)
{
    struct lab_table *main_table = lab->tables;
    while (main_table && main_table->name)
        main_table = main_table->next;
    if (!main_table) {
        default_table(lab);
        main_table = lab->tables;
    }
    if (!lab->options.out || lab->options.print) {
        fwrite(main_table->exact.text, 1, main_table->exact.length, stdout);
        if (fflush(stdout))
            base_die(BASE_RUN_FAILED, "cannot write to standard output");
    }
    if (lab->options.out)
        write_files(lab);
}

void lab_output_free(struct lab *lab)
{
    while (lab->tables) {
        struct lab_table *next = lab->tables->next;
        columns_free(&lab->tables->columns);
        free(lab->tables->rounded.text);
        free(lab->tables->exact.text);
        free(lab->tables);
        lab->tables = next;
    }
    for (size_t i = 0; i < lab->measurements; i++) {
        free(lab->measured[i].name);
        free(lab->measured[i].value);
    }
    free(lab->measured);
}
