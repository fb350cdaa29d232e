#include "ledger.h"

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <ini.h>

#include "base.h"

/* Every key a section may hold. */
enum key {
    TITLE, ARCHIVES, HEADLINE, FIGURE, /* of the family */
    CLAIM, SOURCE, MEASURE, EXPECT, JUDGE, RESOLUTION, BIAS, WHY, VERDICT, CORRECTED, CORRECTED_JUDGE,
    OUTSIDE, OUTSIDE_EXPECT, CONTROL, NO_CONTROL, PROFILE, FINDING, UNTESTED, /* of a claim */
    KEYS
};

static const char *const key_words[KEYS] = {
    "title",      "archives",  "headline",        "figure",     "claim",          "source",
    "measure",    "expect",    "judge",           "resolution", "bias",           "why",
    "verdict",    "corrected", "corrected_judge", "outside",    "outside_expect", "control",
    "no_control", "profile",   "finding",         "untested"};

static const char *const judge_words[] = {"exact", "printed", "abs",     "rel",      "sigma",
                                          "less",  "at_most", "greater", "at_least", "between"};
static const char *const verdict_words[] = {"confirmed", "refuted", "limited"};

enum {
    SECTION_LENGTH_MAX = 48, /* inih cuts longer names off without a word */
    CHUNK_LENGTH = 180       /* of inih's 200 bytes a line */
};

/* ---- words and numbers ---- */

static int word_find(const char *word, const char *const *words, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(word, words[i]) == 0)
            return (int)i;
    return -1;
}

const char *ledger_judge_word(enum ledger_judge_kind kind)
{
    return judge_words[kind];
}

const char *ledger_verdict_word(enum ledger_verdict verdict)
{
    return verdict_words[verdict];
}

bool ledger_text_whole(const char *text)
{
    text += *text == '-' || *text == '+';
    return *text && text[strspn(text, "0123456789")] == '\0';
}

/* The digits that matter of a whole number, and whether it is below zero. */
static const char *whole_digits(const char *text, bool *negative)
{
    *negative = *text == '-';
    text += *text == '-' || *text == '+';
    text += strspn(text, "0");
    *negative = *negative && *text;
    return text;
}

bool ledger_whole_equal(const char *a, const char *b)
{
    bool a_negative, b_negative;
    a = whole_digits(a, &a_negative);
    b = whole_digits(b, &b_negative);
    return a_negative == b_negative && strcmp(a, b) == 0;
}

/* Fills in a number from its text (which it takes over); false when the text is no decimal number. */
static bool number_read(struct ledger_number *number, char *text)
{
    number->text = text;
    number->whole = ledger_text_whole(text);
    number->unit = 1;
    if (number->whole) {
        number->value = strtod(text, NULL);
        return true;
    }
    if (base_parse_real(text, &number->value))
        return false;
    size_t mantissa = strcspn(text, "eE");
    const char *point = memchr(text, '.', mantissa);
    long digits = point ? (long)(text + mantissa - point) - 1 : 0, exponent = 0;
    if (text[mantissa] && base_parse_long(text + mantissa + 1, &exponent))
        return false;
    if (labs(exponent) > 400 || digits > 400) /* so that the unit is a number, too */
        return false;
    number->unit = pow(10, (double)(exponent - digits));
    return isfinite(number->unit);
}

/* ---- a section while it is read ---- */

struct section {
    char *name; /* NULL: the keys before the first heading, or [family] */
    size_t line;
    char *value[KEYS];
    size_t value_line[KEYS];
};

struct reading {
    const char *text, *stop; /* what is left */
    size_t line;             /* the number of the line last taken */
    char *chunk, *chunk_end; /* what is left of that line */
    char *copy;              /* that line, without comment and blanks at the end */
    bool continued, glued;   /* the chunk belongs to the value above it; without a blank between */
    bool awaited;            /* the chunk handed to inih ought to come back as a key or as text */
    int key;                 /* the last one read in this section, -1 at its start */
    struct section section;
    struct ledger *ledger;
    char **error; /* *error is NULL while all is well */
};

static __attribute__((format(printf, 3, 4))) void wrong(struct reading *r, size_t line, const char *format,
                                                        ...)
{
    if (*r->error)
        return; /* the first one counts */
    va_list args;
    va_start(args, format);
    char *message = NULL;
    int n = vasprintf(&message, format, args);
    va_end(args);
    if (n < 0)
        base_die(BASE_RUN_FAILED, "out of memory");
    *r->error = base_format("%zu: %s", line ? line : 1, message);
    free(message);
}

/* What is wrong with the value of a key: names the section, the key and the value. */
static void wrong_value(struct reading *r, enum key key, const char *accepted)
{
    const struct section *s = &r->section;
    wrong(r, s->value_line[key], "[%s] %s = %.60s: %s", s->name ? s->name : "family", key_words[key],
          s->value[key], accepted);
}

/* Moves the text of a key out of the section. */
static char *value_take(struct reading *r, enum key key)
{
    char *value = r->section.value[key];
    r->section.value[key] = NULL;
    return value;
}

static char **words_split(const char *text, size_t *count)
{
    char **words = NULL;
    *count = 0;
    for (const char *at = text + strspn(text, " \t"); *at; at += strspn(at, " \t")) {
        size_t length = strcspn(at, " \t");
        words = base_grow(words, *count + 1, sizeof *words);
        words[*count] = base_alloc(length + 1, 1);
        memcpy(words[(*count)++], at, length);
        at += length;
    }
    return words;
}

static bool name_good(const char *name, const char *also)
{
    for (const char *c = name; *c; c++)
        if (!isalnum((unsigned char)*c) && !strchr(also, *c))
            return false;
    return *name != '\0';
}

static void references_read(struct reading *r, enum key key, struct ledger_references *references)
{
    char **words = words_split(r->section.value[key], &references->count);
    references->reference = base_alloc(references->count, sizeof *references->reference);
    for (size_t i = 0; i < references->count; i++) {
        struct ledger_reference *reference = &references->reference[i];
        reference->text = words[i];
        const char *dot = strchr(words[i], '.');
        size_t length = dot ? (size_t)(dot - words[i]) : 0;
        reference->program = base_alloc(length + 1, 1);
        memcpy(reference->program, words[i], length);
        reference->id = dot ? dot + 1 : words[i];
        if (!name_good(reference->program, "_-") || !*reference->id || strpbrk(reference->id, ",\""))
            wrong_value(r, key, "accepted is PROGRAM.ID ...");
    }
    free(words);
}

static void numbers_read(struct reading *r, enum key key, struct ledger_numbers *numbers)
{
    char **words = words_split(r->section.value[key], &numbers->count);
    numbers->number = base_alloc(numbers->count, sizeof *numbers->number);
    for (size_t i = 0; i < numbers->count; i++)
        if (!number_read(&numbers->number[i], words[i]))
            wrong_value(r, key, "accepted are decimal numbers, blanks between them");
    free(words);
}

static double real_read(struct reading *r, enum key key)
{
    double value = 0;
    if (base_parse_real(r->section.value[key], &value) || value < 0)
        wrong_value(r, key, "accepted is one number, not below 0");
    return value;
}

static void judge_read(struct reading *r, enum key key, struct ledger_judge *judge)
{
    static const double defaults[] = {
        [LEDGER_PRINTED] = 0.5, [LEDGER_SIGMA] = 5,    [LEDGER_LESS] = 5,   [LEDGER_AT_MOST] = 5,
        [LEDGER_GREATER] = 5,   [LEDGER_AT_LEAST] = 5, [LEDGER_BETWEEN] = 5};
    size_t count;
    char **words = words_split(r->section.value[key], &count);
    int kind = count ? word_find(words[0], judge_words, sizeof judge_words / sizeof *judge_words) : -1;
    bool tolerance = kind == LEDGER_ABS || kind == LEDGER_REL;
    *judge = (struct ledger_judge){kind < 0 ? LEDGER_EXACT : (enum ledger_judge_kind)kind, 0};
    if (kind >= 0 && count == 1 && !tolerance)
        judge->parameter = defaults[kind];
    else if (kind < 0 || count != 2 || kind == LEDGER_EXACT || base_parse_real(words[1], &judge->parameter) ||
             judge->parameter < 0 || (judge->parameter == 0 && !tolerance))
        wrong_value(
            r, key,
            "accepted is exact | printed [UNITS] | abs TOL | rel TOL | sigma [Z] | less [Z] | at_most "
            "[Z] | greater [Z] | at_least [Z] | between [Z], with UNITS, Z > 0 and TOL >= 0");
    for (size_t i = 0; i < count; i++)
        free(words[i]);
    free(words);
}

static size_t judge_stride(enum ledger_judge_kind kind)
{
    return kind == LEDGER_BETWEEN ? 2 : 1;
}

const struct ledger_number *ledger_expected(const struct ledger_numbers *numbers, enum ledger_judge_kind kind,
                                            size_t i)
{
    size_t stride = judge_stride(kind);
    return numbers->number + (numbers->count == stride ? 0 : i * stride);
}

/* The numbers of `key` against a judge and the measurements they are for. */
static void numbers_check(struct reading *r, enum key key, const struct ledger_numbers *numbers,
                          enum ledger_judge_kind kind, size_t measures)
{
    size_t stride = judge_stride(kind);
    if (numbers->count != stride && numbers->count != stride * measures)
        wrong(r, r->section.value_line[key],
              "[%s] %s has %zu numbers for %zu measurements; judge %s accepts %zu, or %zu a measurement",
              r->section.name, key_words[key], numbers->count, measures, judge_words[kind], stride, stride);
    for (size_t i = 0; i < numbers->count; i++) {
        const struct ledger_number *number = &numbers->number[i];
        if (kind != LEDGER_EXACT && !isfinite(number->value))
            wrong_value(r, key, "beyond the range of a double, which only judge exact accepts");
        if (kind == LEDGER_REL && number->value == 0)
            wrong_value(r, key, "a relative tolerance of 0 is no tolerance; use judge abs");
        if (kind == LEDGER_BETWEEN && i % 2 == 1 && !(numbers->number[i - 1].value < number->value))
            wrong_value(r, key, "accepted is LOW HIGH with LOW < HIGH");
    }
}

/* Complains of the first of `count` keys that is there though it must not be. */
static void keys_forbid(struct reading *r, const enum key *keys, size_t count, const char *reason)
{
    for (size_t i = 0; i < count; i++)
        if (r->section.value[keys[i]])
            wrong(r, r->section.value_line[keys[i]], "[%s] %s %s",
                  r->section.name ? r->section.name : "family", key_words[keys[i]], reason);
}

static void key_require(struct reading *r, enum key key, const char *reason)
{
    if (!r->section.value[key])
        wrong(r, r->section.line, "[%s] has no %s%s", r->section.name ? r->section.name : "family",
              key_words[key], reason);
}

static void family_build(struct reading *r)
{
    struct ledger *ledger = r->ledger;
    for (enum key key = CLAIM; key < KEYS; key++)
        keys_forbid(r, &key, 1, "is a key of claims, not of the family; is a heading missing?");
    key_require(r, TITLE, "");
    key_require(r, ARCHIVES, ": the kexue.fm numbers of its articles");
    if (*r->error)
        return;
    ledger->archive = words_split(r->section.value[ARCHIVES], &ledger->archives);
    for (size_t i = 0; i < ledger->archives; i++)
        if (strspn(ledger->archive[i], "0123456789") != strlen(ledger->archive[i]))
            wrong_value(r, ARCHIVES,
                        "accepted are the numbers of kexue.fm/archives/NUMBER, blanks between them");
    const char *figure = r->section.value[FIGURE];
    if (figure && (!name_good(figure, "_-./") || strstr(figure, "..") || *figure == '/'))
        wrong_value(r, FIGURE, "accepted is a path below results/");
    ledger->title = value_take(r, TITLE);
    ledger->headline = value_take(r, HEADLINE);
    ledger->figure = value_take(r, FIGURE);
}

/* judge, expect, corrected, outside, and whether they go together. */
static void judging_build(struct reading *r, struct ledger_claim *claim)
{
    char *const *value = r->section.value;
    references_read(r, MEASURE, &claim->measure);
    numbers_read(r, EXPECT, &claim->expect);
    judge_read(r, JUDGE, &claim->judge);
    numbers_check(r, EXPECT, &claim->expect, claim->judge.kind, claim->measure.count);
    claim->corrected_judge = claim->judge;
    if (claim->verdict == LEDGER_REFUTED) {
        numbers_read(r, CORRECTED, &claim->corrected);
        if (value[CORRECTED_JUDGE])
            judge_read(r, CORRECTED_JUDGE, &claim->corrected_judge);
        numbers_check(r, CORRECTED, &claim->corrected, claim->corrected_judge.kind, claim->measure.count);
    }
    if (claim->verdict == LEDGER_LIMITED) {
        enum key key = value[OUTSIDE_EXPECT] ? OUTSIDE_EXPECT : EXPECT;
        references_read(r, OUTSIDE, &claim->outside);
        numbers_read(r, key, &claim->outside_expect);
        numbers_check(r, key, &claim->outside_expect, claim->judge.kind, claim->outside.count);
    }

    enum ledger_judge_kind kind = claim->judge.kind, corrected = claim->corrected_judge.kind;
    claim->resolution = value[RESOLUTION] ? real_read(r, RESOLUTION) : (double)INFINITY;
    claim->bias = value[BIAS] ? real_read(r, BIAS) : 0;
    bool sigma = kind == LEDGER_SIGMA || corrected == LEDGER_SIGMA;
    if (sigma)
        key_require(r, RESOLUTION, ": the largest standard error that judge sigma accepts");
    if (value[RESOLUTION] && kind == LEDGER_EXACT && corrected == LEDGER_EXACT)
        wrong_value(r, RESOLUTION, "judge exact knows no errors");
    if (value[BIAS] && !sigma)
        wrong_value(r, BIAS, "only judge sigma knows a bias");
    if (kind == LEDGER_ABS || kind == LEDGER_REL || corrected == LEDGER_ABS || corrected == LEDGER_REL ||
        value[BIAS])
        key_require(r, WHY, ": a tolerance or a bias says where it comes from");
}

static void claim_build(struct reading *r, struct ledger_claim *claim)
{
    static const enum key of_family[] = {TITLE, ARCHIVES, HEADLINE, FIGURE};
    static const enum key of_judging[] = {MEASURE, EXPECT,         JUDGE,     RESOLUTION,
                                          BIAS,    VERDICT,        CORRECTED, CORRECTED_JUDGE,
                                          OUTSIDE, OUTSIDE_EXPECT, CONTROL,   PROFILE};
    static const enum key of_refuted[] = {CORRECTED, CORRECTED_JUDGE},
                          of_limited[] = {OUTSIDE, OUTSIDE_EXPECT};
    char *const *value = r->section.value;
    keys_forbid(r, of_family, 4, "is a key of the family, not of a claim");
    key_require(r, CLAIM, "");
    key_require(r, SOURCE, "");
    if (value[UNTESTED]) {
        keys_forbid(r, of_judging, sizeof of_judging / sizeof *of_judging, "does not go with untested");
    } else {
        key_require(r, MEASURE, ", and no untested");
        key_require(r, EXPECT, "");
        key_require(r, JUDGE, "");
        if (!value[CONTROL] == !value[NO_CONTROL])
            wrong(r, r->section.line, "[%s] has %s; exactly one of control and no_control is accepted",
                  r->section.name,
                  value[CONTROL] ? "both control and no_control" : "neither control nor no_control");
    }
    if (value[VERDICT]) {
        int verdict = word_find(value[VERDICT], verdict_words, 3);
        if (verdict < 0)
            wrong_value(r, VERDICT, "accepted is confirmed | refuted | limited");
        else
            claim->verdict = (enum ledger_verdict)verdict;
    }
    if (claim->verdict == LEDGER_REFUTED)
        key_require(r, CORRECTED, ": what is true instead");
    else
        keys_forbid(r, of_refuted, 2, "goes with verdict = refuted only");
    if (claim->verdict == LEDGER_LIMITED)
        key_require(r, OUTSIDE, ": where it fails");
    else
        keys_forbid(r, of_limited, 2, "goes with verdict = limited only");
    if (value[PROFILE] && strcmp(value[PROFILE], "full") != 0)
        wrong_value(r, PROFILE, "accepted is full");
    if (value[CONTROL] && !name_good(value[CONTROL], "_-"))
        wrong_value(r, CONTROL, "accepted is the name of one control");
    if (*r->error)
        return;
    claim->full = value[PROFILE];
    claim->resolution = (double)INFINITY;
    if (!value[UNTESTED])
        judging_build(r, claim);
    claim->name = base_copy(r->section.name);
    claim->line = r->section.line;
    claim->claim = value_take(r, CLAIM);
    claim->source = value_take(r, SOURCE);
    claim->why = value_take(r, WHY);
    claim->control = value_take(r, CONTROL);
    claim->no_control = value_take(r, NO_CONTROL);
    claim->finding = value_take(r, FINDING);
    claim->untested = value_take(r, UNTESTED);
}

static void section_free(struct section *section)
{
    free(section->name);
    for (int key = 0; key < KEYS; key++)
        free(section->value[key]);
    *section = (struct section){0};
}

/* The section is complete: makes the family or a claim of it. */
static void section_end(struct reading *r)
{
    for (enum key key = 0; key < KEYS; key++)
        if (r->section.value[key] && !*r->section.value[key])
            wrong_value(r, key, "an empty value");
    if (!*r->error && !r->section.name) {
        if (r->key >= 0 || r->section.line)
            family_build(r);
    } else if (!*r->error) {
        struct ledger *ledger = r->ledger;
        ledger->claim = base_grow(ledger->claim, ledger->claims + 1, sizeof *ledger->claim);
        ledger->claim[ledger->claims] = (struct ledger_claim){0};
        claim_build(r, &ledger->claim[ledger->claims++]);
    }
    section_free(&r->section);
    r->key = -1;
}

/* A heading: ends the section before it and begins the next. inih would cut a long name and pass over what
 * stands behind the bracket, a repeated section and an empty one; all are errors here. */
static void section_begin(struct reading *r, const char *heading)
{
    section_end(r);
    size_t length = strlen(heading);
    char *name = length > 2 && heading[length - 1] == ']' ? base_copy(heading + 1) : base_copy("");
    if (*name)
        name[length - 2] = '\0';
    if (!name_good(name, "-_.") || length - 2 > SECTION_LENGTH_MAX)
        wrong(r, r->line, "%.60s: accepted is [NAME], at most %d letters, digits, '-', '_', '.'", heading,
              SECTION_LENGTH_MAX);
    bool family = strcmp(name, "family") == 0;
    if (family && (r->ledger->title || r->ledger->claims))
        wrong(r, r->line, "[family]: its keys stand once, before the first claim");
    for (size_t i = 0; i < r->ledger->claims && !*r->error; i++)
        if (strcmp(r->ledger->claim[i].name, name) == 0)
            wrong(r, r->line, "[%s]: a section for the second time, first in line %zu", name,
                  r->ledger->claim[i].line);
    if (!family && !r->ledger->title)
        wrong(r, r->line, "[%s]: before it must stand the family's keys title and archives", name);
    r->section.line = r->line;
    r->section.name = family ? NULL : base_copy(name);
    free(name);
}

/* ---- what inih reads and what it hands back ---- */

static bool blank(char c)
{
    return c == ' ' || c == '\t';
}

/* The length of the well-formed UTF-8 sequence at p, 0 when there is none (RFC 3629). */
static size_t utf8_length(const unsigned char *p, const unsigned char *stop)
{
    size_t n = *p < 0x80 ? 1 : *p < 0xc2 ? 0 : *p < 0xe0 ? 2 : *p < 0xf0 ? 3 : *p < 0xf5 ? 4 : 0;
    if (n < 2 || (size_t)(stop - p) < n)
        return n < 2 ? n : 0;
    bool bad = (*p == 0xe0 && p[1] < 0xa0) || (*p == 0xed && p[1] > 0x9f) || (*p == 0xf0 && p[1] < 0x90) ||
               (*p == 0xf4 && p[1] > 0x8f);
    for (size_t i = 1; i < n; i++)
        bad = bad || (p[i] & 0xc0) != 0x80;
    return bad ? 0 : n;
}

/* Takes the next line of the text into r->copy, without its comment and its last blanks. */
static void line_take(struct reading *r)
{
    const char *end = memchr(r->text, '\n', (size_t)(r->stop - r->text));
    const char *next = end ? end + 1 : r->stop;
    end = end ? end : r->stop;
    end -= end > r->text && end[-1] == '\r';
    r->line++;
    for (const unsigned char *p = (const unsigned char *)r->text; p < (const unsigned char *)end;) {
        size_t n = utf8_length(p, (const unsigned char *)end);
        if (n == 0)
            wrong(r, r->line, "byte 0x%02x is not UTF-8", *p);
        else if ((*p < ' ' && *p != '\t') || *p == 0x7f)
            wrong(r, r->line, "a control character, 0x%02x", *p);
        p += n ? n : 1;
    }
    free(r->copy);
    size_t length = (size_t)(end - r->text);
    r->copy = base_alloc(length + 1, 1);
    memcpy(r->copy, r->text, length);
    r->text = next;
    char *first = r->copy + strspn(r->copy, " \t");
    if (*first == '#')
        *first = '\0';
    for (char *c = first; *c; c++) /* inih 55 does this for a key's line, but not for a continuation */
        if (*c == ';' && (c == first || blank(c[-1])))
            *c = '\0';
    char *last = r->copy + strlen(r->copy);
    while (last > r->copy && blank(last[-1]))
        *--last = '\0';
}

/* Hands inih the next piece of the line: at most CHUNK_LENGTH bytes, the rest follows as continuation
 * lines. They are split where neither part begins or ends in what inih would strip or take for a comment. */
static void chunk_hand(struct reading *r, char *line)
{
    char *from = r->chunk, *to = r->chunk_end;
    if (to - from > CHUNK_LENGTH) {
        to = from + CHUNK_LENGTH;
        while (to > from && (blank(*to) || *to == '#' || *to == ';'))
            to--;
        if (to == from)
            wrong(r, r->line, "%d bytes of nothing but blanks and comment signs", CHUNK_LENGTH);
    }
    size_t length = (size_t)(to - from);
    char *at = line;
    if (r->continued)
        *at++ = ' ';
    memcpy(at, from, length);
    memcpy(at + length, "\n", 2);
    r->chunk = to;
    r->awaited = true;
}

/* The reader inih calls for every line; NULL ends the file. */
static char *reading_line(char *line, int size, void *context)
{
    struct reading *r = context;
    (void)size; /* 200, and CHUNK_LENGTH is below it */
    if (r->awaited)
        wrong(r, r->line, "%.60s: accepted is KEY = VALUE, [NAME], or an indented line under a key", r->copy);
    r->awaited = false;
    if (r->chunk < r->chunk_end && !*r->error) {
        r->continued = true;
        r->glued = !blank(r->chunk[-1]);
        chunk_hand(r, line);
    } else {
        if (*r->error || r->text == r->stop)
            return NULL;
        line_take(r);
        char *first = r->copy + strspn(r->copy, " \t");
        r->continued = first > r->copy && r->key >= 0;
        r->glued = false;
        r->chunk = first;
        r->chunk_end = first + strlen(first);
        if (!*first) {
            strcpy(line, "\n");
        } else if (*first == '[' && !r->continued) {
            section_begin(r, first);
            r->chunk_end = r->chunk;
            strcpy(line, "[s]\n"); /* the name is kept here; inih need only forget the last key */
        } else {
            if (first > r->copy && !r->continued)
                wrong(r, r->line, "%.60s: a key begins its line without blanks", first);
            chunk_hand(r, line);
        }
    }
    return *r->error ? NULL : line;
}

/* What inih made of a line: a new key, or more of the last one. */
static int reading_handle(void *context, const char *section, const char *name, const char *value)
{
    struct reading *r = context;
    (void)section;
    r->awaited = false;
    if (r->continued) {
        char **old = &r->section.value[r->key];
        char *joined = base_format("%s%s%s", *old, r->glued || !**old ? "" : " ", value);
        free(*old);
        *old = joined;
        return 1;
    }
    int key = word_find(name, key_words, KEYS);
    const char *heading = r->section.name ? r->section.name : "family";
    if (key < 0) {
        wrong(r, r->line, "[%s] %.60s: no such key", heading, name);
    } else if (r->section.value[key]) {
        wrong(r, r->line, "[%s] %s: a key for the second time, first in line %zu", heading, name,
              r->section.value_line[key]);
    } else {
        r->section.value[key] = base_copy(value);
        r->section.value_line[key] = r->line;
        r->key = key;
    }
    return *r->error == NULL;
}

int ledger_parse(const char *text, size_t length, struct ledger *ledger, char **error)
{
    *ledger = (struct ledger){0};
    *error = NULL;
    struct reading r = {.text = text, .stop = text + length, .key = -1, .ledger = ledger, .error = error};
    int status = ini_parse_stream(reading_line, &r, reading_handle, &r);
    if (r.awaited)
        wrong(&r, r.line, "%.60s: accepted is KEY = VALUE", r.copy);
    if (status)
        wrong(&r, r.line, "not understood");
    if (!*error)
        section_end(&r);
    if (!*error && !ledger->title)
        wrong(&r, r.line, "no title: the family's keys title and archives are missing");
    section_free(&r.section);
    free(r.copy);
    if (!*error)
        return 0;
    ledger_free(ledger);
    return -1;
}

int ledger_read(const char *path, struct ledger *ledger, char **error)
{
    size_t length;
    char *text = base_read_file(path, &length);
    if (!text) {
        *ledger = (struct ledger){0};
        *error = base_format("%s: %s", path, strerror(errno));
        return -1;
    }
    char *message = NULL;
    int status = ledger_parse(text, length, ledger, &message);
    free(text);
    if (status)
        *error = base_format("%s:%s", path, message);
    free(message);
    return status;
}

static void references_free(struct ledger_references *references)
{
    for (size_t i = 0; i < references->count; i++) {
        free(references->reference[i].text);
        free(references->reference[i].program);
    }
    free(references->reference);
}

static void numbers_free(struct ledger_numbers *numbers)
{
    for (size_t i = 0; i < numbers->count; i++)
        free(numbers->number[i].text);
    free(numbers->number);
}

void ledger_free(struct ledger *ledger)
{
    for (size_t i = 0; i < ledger->claims; i++) {
        struct ledger_claim *c = &ledger->claim[i];
        char *texts[] = {c->name,    c->claim,      c->source,  c->why,
                         c->control, c->no_control, c->finding, c->untested};
        for (size_t j = 0; j < sizeof texts / sizeof *texts; j++)
            free(texts[j]);
        references_free(&c->measure);
        references_free(&c->outside);
        numbers_free(&c->expect);
        numbers_free(&c->corrected);
        numbers_free(&c->outside_expect);
    }
    free(ledger->claim);
    for (size_t i = 0; i < ledger->archives; i++)
        free(ledger->archive[i]);
    free(ledger->archive);
    free(ledger->title);
    free(ledger->headline);
    free(ledger->figure);
    *ledger = (struct ledger){0};
}

bool ledger_claim_uses(const struct ledger_claim *claim, const char *program)
{
    const struct ledger_references *lists[] = {&claim->measure, &claim->outside};
    for (size_t list = 0; list < 2; list++)
        for (size_t i = 0; i < lists[list]->count; i++)
            if (strcmp(lists[list]->reference[i].program, program) == 0)
                return true;
    return false;
}
