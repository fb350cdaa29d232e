#include "lab.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

#include <dirent.h>

#include <cblas.h>
#include <gsl/gsl_errno.h>
#include <omp.h>

#include "journal.h"
#include "lab_internal.h"
#include "linalg.h"

/* ---- values of a cell ---- */

static size_t axis_index(const struct lab *lab, const char *name)
{
    for (size_t i = 0; i < lab->axes; i++)
        if (!strcmp(lab->spec->axes[i].name, name))
            return i;
    base_die(BASE_RUN_FAILED, "%s has no axis '%s'", lab->spec->name, name);
}

const char *lab_word(const struct lab_cell *cell, const char *axis)
{
    size_t i = axis_index(cell->lab, axis);
    return cell->lab->values[i].text[cell->value[i]];
}

long lab_integer(const struct lab_cell *cell, const char *axis)
{
    const char *text = lab_word(cell, axis);
    long value;
    if (base_parse_long(text, &value))
        base_die(BASE_BAD_USAGE, "--%s: '%.80s' is not accepted; give integers from -2^63 to 2^63 - 1", axis, text);
    return value;
}

double lab_real(const struct lab_cell *cell, const char *axis)
{
    const char *text = lab_word(cell, axis);
    double value;
    if (base_parse_real(text, &value))
        base_die(BASE_BAD_USAGE, "--%s: '%.80s' is not accepted; give finite numbers", axis, text);
    return value;
}

int lab_is(const struct lab_cell *cell, const char *axis, const char *word)
{
    return !strcmp(lab_word(cell, axis), word);
}

int lab_run_control(const struct lab *lab, const char *control)
{
    return lab->options.control && !strcmp(lab->options.control, control);
}

int lab_control(const struct lab_cell *cell, const char *control)
{
    return lab_run_control(cell->lab, control);
}

int lab_is_quick(const struct lab *lab)
{
    return lab->options.profile == LAB_QUICK;
}

const void *lab_shared(const struct lab_cell *cell)
{
    return cell->lab->shared;
}

const void *lab_setup_data(const struct lab *lab)
{
    return lab->shared;
}

const struct axis_values *lab_axis_values(const struct lab *lab, const char *axis)
{
    return &lab->values[axis_index(lab, axis)];
}

/* "jl/project n=512 d=64": the name of the cell's stream, and what messages call it. */
static char *cell_name(const struct lab_cell *cell)
{
    const struct lab *lab = cell->lab;
    char *name = base_copy(lab->spec->name);
    for (size_t i = 0; i < lab->axes; i++) {
        char *longer = base_format("%s %s=%s", name, lab->spec->axes[i].name, lab->values[i].text[cell->value[i]]);
        free(name);
        name = longer;
    }
    return name;
}

gsl_rng *lab_rng(struct lab_cell *cell)
{
    if (!cell->rng) {
        char *name = cell_name(cell);
        cell->rng = rng_stream(cell->lab->options.seed, name);
        free(name);
    }
    return cell->rng;
}

gsl_rng *lab_stream(const struct lab *lab, const char *name)
{
    char *full = base_format("%s: %s", lab->spec->name, name);
    gsl_rng *rng = rng_stream(lab->options.seed, full);
    free(full);
    return rng;
}

void lab_fail(const struct lab_cell *cell, const char *format, ...)
{
    char text[512];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    base_die(BASE_RUN_FAILED, "%s: %s", cell_name(cell), text);
}

/* ---- rows of a cell ---- */

static size_t column_index(const struct lab *lab, const char *name)
{
    for (size_t i = 0; i < lab->columns.count; i++)
        if (!strcmp(lab->columns.at[i].name, name))
            return i;
    base_die(BASE_RUN_FAILED, "%s has no column '%s'", lab->spec->name, name);
}

static struct field *row_begin(struct lab_cell *cell)
{
    size_t n = cell->lab->columns.count;
    if (!cell->begun) {
        if ((cell->rows & (cell->rows + 1)) == 0) /* grow at 0, 1, 3, 7, ... */
            cell->fields = base_grow(cell->fields, (2 * cell->rows + 1) * n, sizeof *cell->fields);
        memset(cell->fields + cell->rows * n, 0, n * sizeof *cell->fields);
        cell->rows++;
        cell->begun = 1;
    }
    return cell->fields + (cell->rows - 1) * n;
}

void lab_put(struct lab_cell *cell, const char *column, double value)
{
    row_begin(cell)[column_index(cell->lab, column)] = (struct field){.kind = FIELD_REAL, .real = value};
}

void lab_put_text(struct lab_cell *cell, const char *column, const char *text)
{
    if (!*text || strpbrk(text, ",\" \t\r\n"))
        lab_fail(cell, "column %s cannot hold the text '%s'", column, text);
    row_begin(cell)[column_index(cell->lab, column)] = (struct field){.kind = FIELD_TEXT, .text = base_copy(text)};
}

void lab_next_row(struct lab_cell *cell)
{
    row_begin(cell);
    cell->begun = 0;
}

/* A cell as a journal line: "index rows" and its fields; reals in hexadecimal, exactly. */
static char *cell_line(const struct lab_cell *cell)
{
    char *line;
    size_t size;
    FILE *stream = open_memstream(&line, &size);
    if (!stream)
        base_die(BASE_RUN_FAILED, "out of memory");
    fprintf(stream, "%zu %zu", cell->index, cell->rows);
    for (size_t i = 0; i < cell->rows * cell->lab->columns.count; i++) {
        const struct field *f = &cell->fields[i];
        if (f->kind == FIELD_REAL)
            fprintf(stream, " %a", f->real);
        else if (f->kind == FIELD_TEXT)
            fprintf(stream, " \"%s", f->text);
        else
            fputs(" -", stream);
    }
    if (fclose(stream))
        base_die(BASE_RUN_FAILED, "out of memory");
    return line;
}

static void cell_read(void *context, const char *line)
{
    struct lab *lab = context;
    size_t index, rows;
    int used;
    if (sscanf(line, "%zu %zu%n", &index, &rows, &used) != 2 || index >= lab->cells || lab->cell[index].done)
        return;
    struct lab_cell *cell = &lab->cell[index];
    size_t count = rows * lab->columns.count;
    cell->fields = base_alloc(count, sizeof *cell->fields);
    cell->rows = rows;
    cell->done = 1;
    const char *at = line + used;
    for (size_t i = 0; i < count && *at; i++) {
        size_t length = strcspn(++at, " ");
        if (*at == '"')
            cell->fields[i] = (struct field){.kind = FIELD_TEXT, .text = base_format("%.*s", (int)length - 1, at + 1)};
        else if (!(*at == '-' && length == 1))
            cell->fields[i] = (struct field){.kind = FIELD_REAL, .real = strtod(at, NULL)};
        at += length;
    }
}

/* ---- groups ---- */

size_t lab_groups(const struct lab *lab)
{
    return lab->cells / lab->fold;
}

const struct lab_cell *lab_group(const struct lab *lab, size_t group)
{
    return &lab->cell[group * lab->fold];
}

static int same_value(const char *a, const char *b)
{
    double x, y;
    return !strcmp(a, b) || (!base_parse_real(a, &x) && !base_parse_real(b, &y) && x == y);
}

long lab_find(const struct lab *lab, const char *values)
{
    size_t axis[LAB_AXES_MAX], pairs = 0;
    char *copy = base_copy(values), *save = NULL, *want[LAB_AXES_MAX];
    for (char *pair = strtok_r(copy, " ", &save); pair && pairs < LAB_AXES_MAX; pair = strtok_r(NULL, " ", &save)) {
        char *equal = strchr(pair, '=');
        if (!equal)
            base_die(BASE_RUN_FAILED, "'%s' does not name values", values);
        *equal = '\0';
        axis[pairs] = axis_index(lab, pair);
        want[pairs++] = equal + 1;
    }
    long found = -1;
    for (size_t g = 0; g < lab_groups(lab) && found < 0; g++) {
        const struct lab_cell *cell = lab_group(lab, g);
        size_t p = 0;
        while (p < pairs && same_value(want[p], lab->values[axis[p]].text[cell->value[axis[p]]]))
            p++;
        if (p == pairs)
            found = (long)g;
    }
    free(copy);
    return found;
}

const double *lab_column(const struct lab *lab, size_t group, const char *column, size_t *count)
{
    size_t k = column_index(lab, column), n = lab->columns.count;
    for (struct cached_column *c = lab->cache; c; c = c->next)
        if (c->group == group && c->column == k) {
            *count = c->count;
            return c->x;
        }
    struct cached_column *c = base_alloc(1, sizeof *c);
    size_t rows = 0;
    for (size_t i = group * lab->fold; i < (group + 1) * lab->fold; i++)
        rows += lab->cell[i].rows;
    *c = (struct cached_column){.group = group, .column = k, .x = base_alloc(rows, sizeof(double)), .next = lab->cache};
    for (size_t i = group * lab->fold; i < (group + 1) * lab->fold; i++)
        for (size_t r = 0; r < lab->cell[i].rows; r++)
            if (lab->cell[i].fields[r * n + k].kind == FIELD_REAL)
                c->x[c->count++] = lab->cell[i].fields[r * n + k].real;
    ((struct lab *)lab)->cache = c; /* a cache: the run is the same to its reader */
    *count = c->count;
    return c->x;
}

double lab_value(const struct lab *lab, size_t group, const char *column)
{
    const struct lab_cell *cell = lab_group(lab, group);
    size_t k = column_index(lab, column);
    return cell->rows && cell->fields[k].kind == FIELD_REAL ? cell->fields[k].real : NAN;
}

const char *lab_text(const struct lab *lab, size_t group, const char *column)
{
    const struct lab_cell *cell = lab_group(lab, group);
    size_t k = column_index(lab, column);
    return cell->rows && cell->fields[k].kind == FIELD_TEXT ? cell->fields[k].text : "";
}

struct stats_mean lab_mean(const struct lab *lab, size_t group, const char *column)
{
    size_t n;
    const double *x = lab_column(lab, group, column, &n);
    return stats_mean_of(x, n);
}

/* ---- the run ---- */

static char *output_path(const struct lab *lab, const char *suffix)
{
    return base_format("%s/%s%s", lab->options.out, lab->spec->name, suffix);
}

static uint64_t hash_file(uint64_t hash, const char *path)
{
    size_t length;
    char *text = base_read_file(path, &length);
    if (!text)
        return base_hash_text(hash, path); /* a word beside files, such as "none" */
    hash = base_hash(hash, text, length);
    free(text);
    return hash;
}

/* What a journal must agree in: the program itself, seed, control and every value of every axis. */
static uint64_t fingerprint(const struct lab *lab)
{
    uint64_t hash = hash_file(base_hash_start(), "/proc/self/exe");
    hash = base_hash_text(hash, lab->spec->name);
    hash = base_hash_text(hash, lab->options.control ? lab->options.control : "");
    hash = base_hash(hash, &lab->options.seed, sizeof lab->options.seed);
    hash = base_hash(hash, &lab->options.profile, sizeof lab->options.profile);
    for (size_t i = 0; i < lab->axes; i++) {
        hash = base_hash_text(hash, lab->spec->axes[i].name);
        for (size_t k = 0; k < lab->values[i].count; k++)
            hash = lab->spec->axes[i].kind == AXIS_FILE ? hash_file(hash, lab->values[i].text[k])
                                                        : base_hash_text(hash, lab->values[i].text[k]);
    }
    return hash;
}

static void make_cells(struct lab *lab)
{
    lab->cells = 1;
    for (size_t i = 0; i < lab->axes; i++)
        if (__builtin_mul_overflow(lab->cells, lab->values[i].count, &lab->cells) || lab->cells > AXIS_VALUES_MAX)
            base_die(BASE_BAD_USAGE, "--%s: more than %d cells in all; give shorter lists", lab->spec->axes[i].name,
                     AXIS_VALUES_MAX);
    lab->fold = 1;
    if (lab->spec->fold) {
        if (axis_index(lab, lab->spec->fold) != lab->axes - 1)
            base_die(BASE_RUN_FAILED, "%s: the fold axis must be the last", lab->spec->name);
        lab->fold = lab->values[lab->axes - 1].count;
    }
    lab->cell = base_alloc(lab->cells, sizeof *lab->cell);
    for (size_t c = 0; c < lab->cells; c++) {
        lab->cell[c].lab = lab;
        lab->cell[c].index = c;
        size_t rest = c;
        for (size_t i = lab->axes; i-- > 0; rest /= lab->values[i].count)
            lab->cell[c].value[i] = rest % lab->values[i].count;
        char *why = lab->spec->check ? lab->spec->check(&lab->cell[c]) : NULL;
        if (why)
            base_die(BASE_BAD_USAGE, "%s: %s", cell_name(&lab->cell[c]), why);
    }
}

static void read_journal(struct lab *lab, const char *path)
{
    long dropped;
    enum journal_state state = journal_read(path, lab->fingerprint, cell_read, lab, &dropped);
    if (state == JOURNAL_OTHER_RUN) {
        char *aside = base_format("%s.other", path);
        if (rename(path, aside))
            base_die(BASE_RUN_FAILED, "cannot rename %s: %s", path, strerror(errno));
        base_note("%s belongs to another build, seed or sweep: set aside as %s", path, aside);
        free(aside);
    } else if (state == JOURNAL_READ && dropped) {
        base_note("%s: %ld damaged bytes at its end dropped", path, dropped);
    }
}

/* Calls `visit` with the journals of this program's shards. */
static void each_shard_journal(struct lab *lab, void (*visit)(struct lab *, const char *path))
{
    char *prefix = output_path(lab, ".journal."), *slash = strrchr(prefix, '/');
    *slash = '\0';
    const char *start = slash + 1;
    DIR *folder = opendir(prefix);
    for (struct dirent *entry; folder && (entry = readdir(folder));) {
        size_t length = strlen(entry->d_name);
        if (!strncmp(entry->d_name, start, strlen(start)) && strcmp(entry->d_name + length - 6, ".other")) {
            char *path = base_format("%s/%s", prefix, entry->d_name);
            visit(lab, path);
            free(path);
        }
    }
    if (folder)
        closedir(folder);
    free(prefix);
}

static void remove_journal(struct lab *lab, const char *path)
{
    (void)lab;
    unlink(path);
}

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static void show_progress(const struct lab *lab, size_t done, size_t todo, double start, double *shown)
{
    double t = now();
    if (t - *shown < 0.2 && done < todo)
        return;
    *shown = t;
    double rate = (double)done / (t - start + 1e-9);
    fprintf(stderr, "\r%s: %zu of %zu cells, %.3g a second, %.0f s to go \033[K", lab->spec->name, done, todo, rate,
            (double)(todo - done) / (rate > 0 ? rate : 1));
    if (done == todo)
        fputs("\r\033[K", stderr);
}

static void run_cells(struct lab *lab, struct journal *journal)
{
    size_t todo = 0, done = 0;
    size_t *list = base_alloc(lab->cells, sizeof *list);
    for (size_t c = 0; c < lab->cells; c++)
        if (!lab->cell[c].done && c % (size_t)lab->options.shards == (size_t)lab->options.shard - 1)
            list[todo++] = c;
    int terminal = isatty(STDERR_FILENO);
    double start = now(), shown = start;
#pragma omp parallel for schedule(dynamic, 1) num_threads((int)lab->options.threads)
    for (size_t i = 0; i < todo; i++) {
        struct lab_cell *cell = &lab->cell[list[i]];
        lab->spec->cell(cell);
        if (cell->rng)
            gsl_rng_free(cell->rng);
        cell->rng = NULL;
        cell->done = 1;
#pragma omp critical(lab_journal)
        {
            if (journal) {
                char *line = cell_line(cell);
                journal_append(journal, line);
                free(line);
            }
            done++;
            if (terminal)
                show_progress(lab, done, todo, start, &shown);
        }
    }
    free(list);
}

static void write_record(const struct lab *lab, double seconds)
{
    struct utsname host;
    struct rusage usage;
    uname(&host);
    getrusage(RUSAGE_SELF, &usage);
    const char *revision = getenv("LAB_REVISION");
    char *slash = strrchr(lab->options.record, '/');
    if (slash) {
        char *folder = base_format("%.*s", (int)(slash - lab->options.record), lab->options.record);
        base_make_folder(folder);
        free(folder);
    }
    struct base_output *output = base_output_open(lab->options.record);
    fprintf(base_output_stream(output),
            "{\"experiment\": \"%s\", \"profile\": \"%s\", \"seed\": %" PRIu64 ", \"threads\": %ld, \"cells\": %zu,\n"
            " \"wall_s\": %.2f, \"cpu_s\": %.2f, \"peak_mib\": %.1f, \"system\": \"%s %s\", \"compiler\": \"gcc %s\",\n"
            " \"blas\": \"%s\", \"revision\": \"%s\", \"finished\": %ld}\n",
            lab->spec->name, lab_is_quick(lab) ? "quick" : "full", lab->options.seed, lab->options.threads, lab->cells,
            seconds, (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec), (double)usage.ru_maxrss / 1024,
            host.sysname, host.machine, __VERSION__, openblas_get_config(), revision ? revision : "unknown",
            (long)time(NULL));
    base_output_commit(output);
}

static void free_lab(struct lab *lab)
{
    for (size_t c = 0; c < lab->cells; c++) {
        for (size_t i = 0; i < lab->cell[c].rows * lab->columns.count; i++)
            free(lab->cell[c].fields[i].text);
        free(lab->cell[c].fields);
    }
    free(lab->cell);
    for (size_t i = 0; i < lab->axes; i++)
        axis_free(&lab->values[i]);
    while (lab->cache) {
        struct cached_column *next = lab->cache->next;
        free(lab->cache->x);
        free(lab->cache);
        lab->cache = next;
    }
    columns_free(&lab->columns);
    lab_output_free(lab);
}

static struct journal *open_journals(struct lab *lab)
{
    char *path = output_path(lab, ""), *slash = strrchr(path, '/');
    *slash = '\0';
    if (base_make_folder(path))
        base_die(BASE_RUN_FAILED, "cannot make the folder %s: %s", path, strerror(errno));
    free(path);
    int sharded = lab->options.shards > 1;
    char *suffix = sharded ? base_format(".journal.%ld-of-%ld", lab->options.shard, lab->options.shards)
                           : base_copy(".journal");
    path = output_path(lab, suffix);
    free(suffix);
    read_journal(lab, path);
    if (!sharded)
        each_shard_journal(lab, read_journal);
    struct journal *journal = journal_open(path, lab->fingerprint);
    free(path);
    return journal;
}

int lab_main(const struct lab_spec *spec, int argc, char **argv)
{
    base_program_set(spec->name);
    linalg_single_thread();
    gsl_set_error_handler_off();
    double start = now();
    const char *slash = strrchr(spec->name, '/');
    struct lab lab = {.spec = spec, .program = slash ? slash + 1 : spec->name};
    while (lab.axes < LAB_AXES_MAX && spec->axes[lab.axes].name)
        lab.axes++;
    lab_options_parse(&lab, argc, argv);
    columns_parse(&lab.columns, spec->columns);
    make_cells(&lab);
    lab.fingerprint = fingerprint(&lab);
    struct journal *journal = lab.options.out ? open_journals(&lab) : NULL;
    if (spec->setup)
        lab.shared = spec->setup(&lab);
    run_cells(&lab, journal);
    if (lab.options.shards == 1) {
        if (spec->summarize)
            spec->summarize(&lab);
        lab_output_write(&lab);
    }
    if (journal) {
        if (lab.options.shards == 1)
            each_shard_journal(&lab, remove_journal);
        journal_close(journal, lab.options.shards == 1);
    }
    if (spec->teardown)
        spec->teardown(lab.shared);
    if (lab.options.record)
        write_record(&lab, now() - start);
    free_lab(&lab);
    return BASE_DONE;
}
