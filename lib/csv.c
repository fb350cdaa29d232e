#include "csv.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base.h"

/* One field starting at `*at`, unquoted in place; *at moves to the comma or to the end of the line. */
static const char *field_take(char **at, char **error, size_t line)
{
    char *from = *at, *to = *at;
    if (*from != '"') {
        char *end = from + strcspn(from, ",");
        if (memchr(from, '"', (size_t)(end - from))) {
            *error = base_format("%zu: a quote inside a field without quotes", line);
            return NULL;
        }
        *at = end;
        return from;
    }
    for (from++;; from++) {
        if (*from == '"' && *++from != '"')
            break;
        if (!*from) {
            *error = base_format("%zu: a quoted field is not closed", line);
            return NULL;
        }
        *to++ = *from;
    }
    if (*from && *from != ',') {
        *error = base_format("%zu: text after the closing quote of a field", line);
        return NULL;
    }
    *at = from;
    char *start = from - (from - to); /* == to; the field's bytes lie before it */
    (void)start;
    return to;
}

/* Splits the line into fields; returns their number, or 0 with *error set. `fields` grows as needed. */
static size_t line_split(char *text, const char ***fields, size_t *room, size_t used, char **error, size_t line)
{
    size_t count = 0;
    for (char *at = text;; at++) {
        char *begin = at;
        const char *end = field_take(&at, error, line);
        if (!end)
            return 0;
        if (used + count == *room) {
            *room = *room ? 2 * *room : 64;
            *fields = base_grow(*fields, *room, sizeof **fields);
        }
        (*fields)[used + count++] = begin;
        char next = *at;
        if (*begin == '"')
            begin[end - begin] = '\0';
        *at = '\0';
        if (!next)
            return count;
    }
}
