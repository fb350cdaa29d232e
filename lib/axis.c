#include "axis.h"

#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base.h"

/* ---- domains ---- */

static int in_words(const char *text, const char *words)
{
    size_t n = strlen(text);
    while (*words) {
        size_t length = strcspn(words, "|");
        if (length == n && !strncmp(words, text, n))
            return 1;
        words += length + (words[length] == '|');
    }
    return 0;
}

/* Is x inside "[low,high)" and the like? Integers beyond 2^53 are compared as rounded, which suits wide domains. */
static int in_interval(double x, const char *interval)
{
    char *end;
    double low = strtod(interval + 1, &end);
    double high = strtod(end + 1, &end);
    return (interval[0] == '[' ? x >= low : x > low) && (*end == ']' ? x <= high : x < high);
}

static int in_domain(const char *text, enum axis_kind kind, const char *domain)
{
    if (!domain)
        return 1;
    const char *words = domain;
    if (domain[0] == '[' || domain[0] == '(') {
        if (kind == AXIS_INTEGER || kind == AXIS_REAL) {
            char *end;
            double x = strtod(text, &end);
            if (!*end && in_interval(x, domain))
                return 1;
        }
        words = strchr(domain, '|');
        if (!words)
            return 0;
        words++;
    }
    return in_words(text, words);
}

static const char *kind_name(enum axis_kind kind)
{
    static const char *const names[] = {"integers", "finite numbers", "words", "files"};
    return names[kind];
}

/* ---- values ---- */

static int values_push(struct axis_values *values, size_t *room, char *text)
{
    if (values->count == AXIS_VALUES_MAX) {
        free(text);
        return -1;
    }
    if (values->count == *room) {
        *room = *room ? 2 * *room : 16;
        values->text = base_grow(values->text, *room, sizeof *values->text);
    }
    values->text[values->count++] = text;
    return 0;
}

/* The canonical text of one number, or NULL: an integer of any size, or a finite real. */
static char *number_text(const char *text, enum axis_kind kind)
{
    const char *digits = text + (*text == '+' || *text == '-');
    if (*digits && strspn(digits, "0123456789") == strlen(digits)) {
        while (digits[0] == '0' && digits[1])
            digits++;
        return base_format("%s%s", *text == '-' && strcmp(digits, "0") ? "-" : "", digits);
    }
    double x;
    if (base_parse_real(text, &x))
        return NULL;
    char shortest[32];
    for (int d = 6; d <= 17; d++) /* the shortest text that reads back as the same number */
        if (strtod(base_real_text(shortest, x, d), NULL) == x)
            break;
    if (kind == AXIS_REAL)
        return base_copy(shortest);
    return x == rint(x) && fabs(x) < 9007199254740992.0 ? base_copy(shortest) : NULL; /* 1e6 on an integer axis */
}

static char *value_text(double x, enum axis_kind kind)
{
    char text[32];
    return number_text(base_real_text(text, kind == AXIS_INTEGER ? rint(x) : x, 15), kind);
}

/* "a:b", "a:b:step", "a:b:*factor". Returns 0, or -1 when it is none of these or does not end. */
static int push_range(struct axis_values *values, size_t *room, char *item, enum axis_kind kind)
{
    char *second = strchr(item, ':');
    *second++ = '\0';
    char *third = strchr(second, ':');
    if (third)
        *third++ = '\0';
    double low, high, step = 1;
    int geometric = third && *third == '*';
    if (base_parse_real(item, &low) || base_parse_real(second, &high) ||
        (third && base_parse_real(third + geometric, &step)))
        return -1;
    if (geometric ? !(low > 0 && step > 1) : !(step > 0))
        return -1;
    if (kind == AXIS_INTEGER && !(fabs(low) < 9e15 && fabs(high) < 9e15 && low == rint(low) && high == rint(high) &&
                                  (geometric || step == rint(step))))
        return -1;
    if (!(low <= high))
        return -1;
    double steps = geometric ? log(high / low) / log(step) : (high - low) / step;
    if (!(steps < AXIS_VALUES_MAX))
        return -1;
    for (long i = 0; (double)i <= steps + 5e-4; i++) {
        double x = geometric ? low * pow(step, (double)i) : low + (double)i * step;
        if (x > high) /* the last one, by rounding */
            x = high;
        char *text = value_text(x, kind);
        if (!text)
            return -1;
        if (values->count && i && !strcmp(values->text[values->count - 1], text))
            free(text);
        else if (values_push(values, room, text))
            return -1;
    }
    return 0;
}

/* One item of the list; `item` is scratch and may be changed. */
static int push_item(struct axis_values *values, size_t *room, char *item, enum axis_kind kind, const char *domain)
{
    if (!*item)
        return -1;
    if (kind == AXIS_WORD || kind == AXIS_FILE || (domain && strchr(domain, '|') && in_domain(item, AXIS_WORD, domain)))
        return values_push(values, room, base_copy(item));
    if (strchr(item, ':'))
        return push_range(values, room, item, kind);
    char *text = number_text(item, kind);
    return text ? values_push(values, room, text) : -1;
}

static char *accepted(enum axis_kind kind, const char *domain)
{
    if (kind == AXIS_FILE)
        return domain ? base_format("one of %s, or a readable file", domain) : base_copy("a readable file");
    if (kind == AXIS_WORD)
        return domain ? base_format("one of %s", domain) : base_copy("a word");
    return base_format("a list or range of %s%s%s", kind_name(kind), domain ? " in " : "", domain ? domain : "");
}

/* The length of the next item: up to a comma; but a path may hold commas, so before one only words are items. */
static size_t item_length(const char *rest, enum axis_kind kind, const char *domain)
{
    size_t length = strcspn(rest, ",");
    if (kind != AXIS_FILE)
        return length;
    char *item = base_format("%.*s", (int)length, rest);
    int word = domain && in_domain(item, kind, domain);
    free(item);
    return word ? length : strlen(rest);
}

int axis_parse(const char *list, enum axis_kind kind, const char *domain, struct axis_values *values, char **why)
{
    *values = (struct axis_values){0};
    size_t room = 0;
    for (const char *rest = list;; rest++) {
        size_t length = item_length(rest, kind, domain);
        char *item = base_format("%.*s", (int)length, rest), *scratch = base_copy(item);
        size_t before = values->count;
        int bad = push_item(values, &room, scratch, kind, domain);
        const char *culprit = item;
        for (size_t i = before; !bad && i < values->count; i++)
            if (kind == AXIS_FILE ? access(values->text[i], R_OK) && !in_domain(values->text[i], kind, domain ? domain : "")
                                  : !in_domain(values->text[i], kind, domain))
                culprit = values->text[i], bad = 1;
        if (bad) {
            char *what = accepted(kind, domain);
            *why = base_format("'%.80s' is not accepted; give %s", culprit, what);
            free(what);
        }
        free(item);
        free(scratch);
        if (bad) {
            axis_free(values);
            return -1;
        }
        rest += length;
        if (!*rest)
            return 0;
    }
}

void axis_free(struct axis_values *values)
{
    for (size_t i = 0; i < values->count; i++)
        free(values->text[i]);
    free(values->text);
    *values = (struct axis_values){0};
}
