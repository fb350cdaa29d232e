#include "csv.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base.h"

/* Cuts a field off the front of *at, unquoted and terminated in place; *at moves behind its comma, or
 * becomes NULL at the end of the line. Returns NULL with *wrong set when it is malformed. */
static const char *field_cut(char **at, const char **wrong)
{
    char *field = *at, *from = field, *to = field;
    if (*from == '"') {
        bool open = true;
        for (from++; open && *from; from++) {
            if (*from == '"' && from[1] != '"')
                open = false;
            else
                *to++ = *from == '"' ? *from++ : *from;
        }
        if (open)
            *wrong = "a quoted field is not closed";
        else if (*from && *from != ',')
            *wrong = "text behind the closing quote of a field";
    } else {
        from = to = field + strcspn(field, ",");
        if (memchr(field, '"', (size_t)(to - field)))
            *wrong = "a quote within a field that does not begin with one";
    }
    *at = *from ? from + 1 : NULL;
    *to = '\0';
    return *wrong ? NULL : field;
}

struct fields {
    const char **field;
    size_t count, room;
};

/* Appends the fields of one line; returns what is wrong, or NULL. */
static const char *line_split(char *line, struct fields *fields)
{
    const char *wrong = NULL;
    while (line) {
        const char *field = field_cut(&line, &wrong);
        if (!field)
            return wrong;
        if (fields->count == fields->room) {
            fields->room = fields->room ? 2 * fields->room : 64;
            fields->field = base_grow(fields->field, fields->room, sizeof *fields->field);
        }
        fields->field[fields->count++] = field;
    }
    return NULL;
}

static const char *comment_take(struct csv *csv, char *line)
{
    char *value = strchr(line, ':');
    if (line[1] != ' ' || !value || value == line + 2)
        return "a comment is `# key: value`";
    *value++ = '\0';
    value += *value == ' ';
    if (csv_comment_value(csv, line + 2))
        return "a comment key for the second time";
    csv->comment = base_grow(csv->comment, csv->comments + 1, sizeof *csv->comment);
    csv->comment[csv->comments++] = (struct csv_comment){line + 2, value};
    return NULL;
}

static const char *header_take(struct csv *csv, char *line)
{
    struct fields fields = {0};
    const char *wrong = line_split(line, &fields);
    csv->header = fields.field;
    csv->columns = fields.count;
    for (size_t i = 0; !wrong && i < fields.count; i++) {
        if (!fields.field[i][0])
            wrong = "a column without a name";
        for (size_t j = 0; !wrong && j < i; j++)
            if (strcmp(fields.field[i], fields.field[j]) == 0)
                wrong = "a column name for the second time";
    }
    return wrong;
}

static const char *line_take(struct csv *csv, struct fields *cells, char *line)
{
    for (const char *c = line; *c; c++)
        if ((unsigned char)*c < ' ' || *c == 0x7f)
            return "a control character";
    if (!*line)
        return "a blank line";
    if (!csv->columns)
        return *line == '#' ? comment_take(csv, line) : header_take(csv, line);
    if (*line == '#')
        return "a comment below the header";
    const char *wrong = line_split(line, cells);
    if (!wrong && cells->count != (csv->rows + 1) * csv->columns)
        wrong = "not as many fields as the header has";
    csv->rows++;
    return wrong;
}

int csv_parse(const char *text, size_t length, struct csv *csv, char **error)
{
    *csv = (struct csv){0};
    csv->text = base_alloc(length + 1, 1);
    memcpy(csv->text, text, length);
    struct fields cells = {0};
    const char *wrong = NULL;
    size_t number = 1;
    for (char *line = csv->text, *stop = line + length; !wrong && line < stop; number++) {
        char *end = memchr(line, '\n', (size_t)(stop - line));
        if (!end)
            wrong = "the last line does not end: the file was cut short";
        else if (memchr(line, '\0', (size_t)(end - line)))
            wrong = "a control character";
        else {
            *end = '\0';
            wrong = line_take(csv, &cells, line);
            if (csv->columns && !csv->first_line)
                csv->first_line = number + 1;
            line = end + 1;
        }
        if (wrong)
            break;
    }
    csv->cell = cells.field;
    if (!wrong && !csv->columns)
        wrong = "no header line";
    if (!wrong)
        return 0;
    *error = base_format("%zu: %s", number, wrong);
    csv_free(csv);
    return -1;
}

int csv_read(const char *path, struct csv *csv, char **error)
{
    size_t length;
    char *text = base_read_file(path, &length);
    if (!text) {
        *csv = (struct csv){0};
        *error = base_format("%s: %s", path, strerror(errno));
        return -1;
    }
    char *wrong = NULL;
    int status = csv_parse(text, length, csv, &wrong);
    free(text);
    if (status)
        *error = base_format("%s:%s", path, wrong);
    free(wrong);
    return status;
}

void csv_free(struct csv *csv)
{
    free(csv->text);
    free(csv->comment);
    free(csv->header);
    free(csv->cell);
    *csv = (struct csv){0};
}

const char *csv_comment_value(const struct csv *csv, const char *key)
{
    for (size_t i = 0; i < csv->comments; i++)
        if (strcmp(csv->comment[i].key, key) == 0)
            return csv->comment[i].value;
    return NULL;
}

long csv_column(const struct csv *csv, const char *name)
{
    for (size_t i = 0; i < csv->columns; i++)
        if (strcmp(csv->header[i], name) == 0)
            return (long)i;
    return -1;
}

const char *csv_cell(const struct csv *csv, size_t row, size_t column)
{
    return csv->cell[row * csv->columns + column];
}

void csv_write_field(FILE *stream, const char *text)
{
    /* An empty field would make an empty line where it is the only one, and a '#' a comment: both are
     * quoted. */
    bool quoted = !*text || *text == '#' || strpbrk(text, ",\"");
    if (quoted)
        fputc('"', stream);
    for (const char *c = text; *c; c++) {
        if (*c == '"')
            fputc('"', stream);
        fputc((unsigned char)*c < ' ' || *c == 0x7f ? ' ' : *c, stream);
    }
    if (quoted)
        fputc('"', stream);
}
