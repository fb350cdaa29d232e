#include "dataset.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <gsl/gsl_randist.h>

#include "base.h"
#include "csv.h"

/* ---- where data lie ---- */

static char *readable(char *path)
{
    if (!access(path, R_OK))
        return path;
    free(path);
    return NULL;
}

char *dataset_path(const char *name)
{
    const char *given = getenv("KEXUE_LAB_DATA");
    char *found = NULL, folder[PATH_MAX];
    if (given && *given) {
        if (!(found = readable(base_format("%s/%s", given, name))))
            base_die(BASE_RUN_FAILED, "cannot read %s/%s ($KEXUE_LAB_DATA): %s", given, name,
                     strerror(errno));
        return found;
    }
    ssize_t length = readlink("/proc/self/exe", folder, sizeof folder - 1);
    folder[length > 0 ? length : 0] = '\0';
    for (char *slash; !found && (slash = strrchr(folder, '/'));) {
        *slash = '\0';
        found = readable(base_format("%s/data/%s", folder, name));
    }
    if (!found && !(found = readable(base_format("data/%s", name))))
        base_die(BASE_RUN_FAILED, "no data/%s above the program nor in the working directory; "
                 "set KEXUE_LAB_DATA to the folder that holds %s", name, name);
    return found;
}

/* ---- points ---- */

void dataset_free(struct dataset *points)
{
    if (points) {
        free(points->x);
        free(points->label);
    }
    free(points);
}

struct dataset *dataset_digits(void)
{
    char *path = dataset_path("digits.csv"), *why;
    struct csv csv;
    if (csv_read(path, &csv, &why))
        base_die(BASE_RUN_FAILED, "%s", why);
    if (csv.columns != 65 || csv.rows == 0)
        base_die(BASE_RUN_FAILED, "%s: %zu columns, %zu rows; 64 pixels and the digit are expected", path,
                 csv.columns, csv.rows);
    struct dataset *points = base_alloc(1, sizeof *points);
    *points = (struct dataset){.n = csv.rows, .m = 64, .x = base_alloc(csv.rows * 64, sizeof(double)),
                               .label = base_alloc(csv.rows, sizeof(int))};
    for (size_t i = 0; i < csv.rows; i++)
        for (size_t j = 0; j < 65; j++) {
            long value;
            if (base_parse_long(csv_cell(&csv, i, j), &value) || value < 0 || value > (j < 64 ? 16 : 9))
                base_die(BASE_RUN_FAILED, "%s:%zu: '%.80s' is no %s", path, csv.first_line + i,
                         csv_cell(&csv, i, j), j < 64 ? "pixel from 0 to 16" : "digit");
            if (j < 64)
                points->x[i * 64 + j] = (double)value;
            else
                points->label[i] = (int)value;
        }
    csv_free(&csv);
    free(path);
    return points;
}

/* Appends the numbers of one line to points->x; returns how many. */
static size_t line_numbers(char *line, struct dataset *points, size_t *room, char **why)
{
    size_t first = points->n * points->m, count = 0;
    for (char *at = line + strspn(line, " \t"), *next; *at && !*why; at = next) {
        size_t length = strcspn(at, " \t,");
        next = at + length + strspn(at + length, " \t");
        int comma = *next == ',';
        if (comma)
            next += 1 + strspn(next + 1, " \t");
        at[length] = '\0';
        if (first + count == *room) {
            *room = 2 * *room + 64;
            points->x = base_grow(points->x, *room, sizeof *points->x);
        }
        if (base_parse_real(at, &points->x[first + count++]))
            *why = base_format("'%.40s'; accepted are finite decimal numbers", at);
        else if (comma && !*next)
            *why = base_copy(
                "a comma at the end of the line; accepted are numbers with commas or blanks between them");
    }
    return count;
}

static char *line_take(char *line, struct dataset *points, size_t *room)
{
    char *why = NULL;
    size_t count = line_numbers(line, points, room, &why);
    if (!why && count == 0)
        why = base_copy("a blank line; accepted are numbers, or a comment that begins with '#'");
    if (!why && points->n && count != points->m)
        why = base_format("%zu numbers; accepted are %zu, as in the lines before", count, points->m);
    if (!why) {
        points->m = count;
        points->n++;
    }
    return why;
}

int dataset_parse(const char *text, size_t length, struct dataset *points, char **why)
{
    *points = (struct dataset){0};
    size_t room = 0, number = 0;
    char *wrong = NULL;
    for (const char *at = text, *stop = text + length; at < stop && !wrong;) {
        const char *end = memchr(at, '\n', (size_t)(stop - at));
        size_t size = (size_t)((end ? end : stop) - at);
        char *line = base_alloc(size + 1, 1);
        memcpy(line, at, size);
        number++;
        if (memchr(line, '\0', size))
            wrong = base_copy("a NUL byte; accepted is text");
        if (size && line[size - 1] == '\r')
            line[size - 1] = '\0';
        if (!wrong && *line != '#')
            wrong = line_take(line, points, &room);
        free(line);
        at = end ? end + 1 : stop;
    }
    if (!wrong && !points->n)
        wrong = base_copy("no points; accepted is at least one line of numbers");
    if (!wrong)
        return 0;
    *why = base_format("%zu: %s", number, wrong);
    free(wrong);
    free(points->x);
    *points = (struct dataset){0};
    return -1;
}

struct dataset *dataset_file(const char *path)
{
    size_t length;
    char *text = base_read_file(path, &length), *why;
    if (!text)
        base_die(BASE_RUN_FAILED, "cannot read %s: %s", path, strerror(errno));
    struct dataset *points = base_alloc(1, sizeof *points);
    if (dataset_parse(text, length, points, &why))
        base_die(BASE_BAD_USAGE, "%s:%s", path, why);
    free(text);
    return points;
}

/* ---- numbering of words: open addressing ---- */

struct table {
    size_t *slot, room; /* slot: number of the word + 1; room a power of two, at most half of it used */
};

/* Where the word of `length` bytes stands, or the free slot it belongs to. */
static size_t table_find(const struct table *table, char *const *word, const char *text, size_t length)
{
    size_t at = (size_t)base_hash(base_hash_start(), text, length) & (table->room - 1);
    while (table->slot[at]) {
        const char *other = word[table->slot[at] - 1];
        if (!strncmp(other, text, length) && !other[length])
            break;
        at = (at + 1) & (table->room - 1);
    }
    return at;
}

static void table_grow(struct table *table, char *const *word, size_t words)
{
    if (2 * words < table->room)
        return;
    free(table->slot);
    table->room = table->room ? 4 * table->room : 1024;
    table->slot = base_alloc(table->room, sizeof *table->slot);
    for (size_t i = 0; i < words; i++)
        table->slot[table_find(table, word, word[i], strlen(word[i]))] = i + 1;
}

/* ---- a list of words ---- */

struct dataset_lexicon *dataset_lexicon(const char *path)
{
    int package = !path;
    if (package)
        path = "/usr/share/dict/words";
    struct dataset_lexicon *lexicon = base_alloc(1, sizeof *lexicon);
    lexicon->text = base_read_file(path, NULL);
    if (!lexicon->text)
        base_die(BASE_RUN_FAILED, "cannot read %s: %s%s", path, strerror(errno),
                 package ? "; it comes with the Debian package wamerican" : "");
    struct table table = {0};
    size_t room = 0;
    for (char *at = lexicon->text; *at;) {
        size_t length = strcspn(at, "\n");
        char *next = at + length + (at[length] == '\n');
        at[length] = '\0';
        if (length && strspn(at, "abcdefghijklmnopqrstuvwxyz") == length) {
            table_grow(&table, (char *const *)lexicon->word, lexicon->words);
            size_t slot = table_find(&table, (char *const *)lexicon->word, at, length);
            if (!table.slot[slot]) {
                if (lexicon->words == room) {
                    room = 2 * room + 1024;
                    lexicon->word = base_grow(lexicon->word, room, sizeof *lexicon->word);
                }
                lexicon->word[lexicon->words++] = at;
                table.slot[slot] = lexicon->words;
            }
        }
        at = next;
    }
    free(table.slot);
    if (!lexicon->words)
        base_die(BASE_RUN_FAILED, "%s: no word of the letters a to z", path);
    return lexicon;
}

void dataset_lexicon_free(struct dataset_lexicon *lexicon)
{
    if (lexicon) {
        free(lexicon->text);
        free(lexicon->word);
    }
    free(lexicon);
}

void dataset_trigrams_add(const char *word, size_t m, double *point)
{
    size_t length = strlen(word);
    for (size_t i = 0; i < length; i++) {
        char trigram[3] = {i ? word[i - 1] : '#', word[i], i + 1 < length ? word[i + 1] : '#'};
        point[base_hash(base_hash_start(), trigram, 3) % m] += 1;
    }
}

struct dataset *dataset_trigrams(const struct dataset_lexicon *lexicon, size_t n, size_t m, gsl_rng *rng)
{
    if (n > lexicon->words)
        base_die(BASE_BAD_USAGE, "%zu words asked for; accepted is at most %zu, all there are", n,
                 lexicon->words);
    struct dataset *points = base_alloc(1, sizeof *points);
    *points = (struct dataset){.n = n, .m = m, .x = base_alloc(n * m, sizeof(double))};
    size_t *order = base_alloc(lexicon->words, sizeof *order);
    for (size_t i = 0; i < lexicon->words; i++)
        order[i] = i;
    for (size_t i = 0; i < n; i++) { /* Fisher and Yates, as far as needed */
        size_t j = i + gsl_rng_uniform_int(rng, lexicon->words - i), drawn = order[j];
        order[j] = order[i];
        dataset_trigrams_add(lexicon->word[drawn], m, points->x + i * m);
    }
    free(order);
    return points;
}

/* ---- running text ---- */

static int word_byte(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (unsigned char)c >= 0x80;
}

struct reading {
    struct dataset_text *text;
    struct table table;
    size_t tokens_room, words_room;
};

static void token_push(struct reading *r, char *at, size_t length)
{
    struct dataset_text *text = r->text;
    for (size_t i = 0; i < length; i++)
        if (at[i] >= 'A' && at[i] <= 'Z')
            at[i] = (char)(at[i] - 'A' + 'a');
    table_grow(&r->table, text->word, text->words);
    size_t slot = table_find(&r->table, text->word, at, length);
    if (!r->table.slot[slot]) {
        if (text->words == r->words_room) {
            r->words_room = 2 * r->words_room + 1024;
            text->word = base_grow(text->word, r->words_room, sizeof *text->word);
            text->count = base_grow(text->count, r->words_room, sizeof *text->count);
        }
        text->count[text->words] = 0;
        text->word[text->words++] = base_format("%.*s", (int)length, at);
        r->table.slot[slot] = text->words;
    }
    if (text->tokens == r->tokens_room) {
        r->tokens_room = 2 * r->tokens_room + 4096;
        text->token = base_grow(text->token, r->tokens_room, sizeof *text->token);
    }
    text->token[text->tokens++] = r->table.slot[slot] - 1;
    text->count[r->table.slot[slot] - 1]++;
}

static void text_read(void *reading, const char *path)
{
    struct reading *r = reading;
    size_t length;
    char *bytes = base_read_file(path, &length);
    if (!bytes)
        base_die(BASE_RUN_FAILED, "cannot read %s: %s", path, strerror(errno));
    for (char *at = bytes, *stop = bytes + length; at < stop;) {
        char *end = at;
        while (end < stop && word_byte(*end))
            end++;
        if (end > at)
            token_push(r, at, (size_t)(end - at));
        at = end + 1;
    }
    free(bytes);
}

/* Not alphasort: its order is that of the locale, which differs between machines. */
static int by_name(const struct dirent **a, const struct dirent **b)
{
    return strcmp((*a)->d_name, (*b)->d_name);
}

/* Calls `visit` for the file `path`, or for every regular file right in that folder. */
static void each_file(const char *path, void (*visit)(void *context, const char *file), void *context)
{
    struct stat about;
    if (stat(path, &about))
        base_die(BASE_RUN_FAILED, "cannot read %s: %s", path, strerror(errno));
    if (!S_ISDIR(about.st_mode)) {
        visit(context, path);
        return;
    }
    struct dirent **entry;
    int entries = scandir(path, &entry, NULL, by_name);
    if (entries < 0)
        base_die(BASE_RUN_FAILED, "cannot read %s: %s", path, strerror(errno));
    for (int i = 0; i < entries; i++) {
        char *file = base_format("%s/%s", path, entry[i]->d_name);
        if (!lstat(file, &about) && S_ISREG(about.st_mode))
            visit(context, file);
        free(file);
        free(entry[i]);
    }
    free(entry);
}

struct dataset_text *dataset_text(const char *path)
{
    struct reading r = {.text = base_alloc(1, sizeof *r.text)};
    each_file(path, text_read, &r);
    free(r.table.slot);
    return r.text;
}

void dataset_text_free(struct dataset_text *text)
{
    if (text) {
        for (size_t i = 0; i < text->words; i++)
            free(text->word[i]);
        free(text->word);
        free(text->token);
        free(text->count);
    }
    free(text);
}

/* ---- running text as bytes ---- */

static void bytes_read(void *bytes, const char *path)
{
    struct dataset_bytes *all = bytes;
    size_t length;
    char *text = base_read_file(path, &length);
    if (!text)
        base_die(BASE_RUN_FAILED, "cannot read %s: %s", path, strerror(errno));
    all->byte = base_grow(all->byte, all->n + length + 1, 1);
    memcpy(all->byte + all->n, text, length);
    all->n += length;
    free(text);
}

struct dataset_bytes *dataset_bytes(const char *path)
{
    struct dataset_bytes *bytes = base_alloc(1, sizeof *bytes);
    each_file(path ? path : "/usr/share/common-licenses", bytes_read, bytes);
    return bytes;
}

void dataset_bytes_free(struct dataset_bytes *bytes)
{
    if (bytes)
        free(bytes->byte);
    free(bytes);
}

void dataset_bytes_features(const struct dataset_bytes *bytes, size_t begin, size_t n, size_t m, size_t context,
                            double position, gsl_rng *rng, double *x)
{
    double *table = base_alloc(context * 256 * m + 1, sizeof *table);
    for (size_t j = 0; j < context * 256 * m; j++)
        table[j] = gsl_ran_gaussian_ziggurat(rng, 1);
    double weight = 1 / sqrt((double)context);
    for (size_t i = 0; i < n; i++) {
        for (size_t a = 0; a < m; a++) {
            double angle = (double)i * pow(10000, -(double)(a / 2 * 2) / (double)m);
            x[i * m + a] = position * sqrt(2) * (a % 2 ? cos(angle) : sin(angle));
        }
        for (size_t lag = 0; lag < context && lag <= begin + i; lag++) {
            const double *row = table + (lag * 256 + bytes->byte[(begin + i - lag) % bytes->n]) * m;
            for (size_t a = 0; a < m; a++)
                x[i * m + a] += weight * row[a];
        }
    }
    free(table);
}
