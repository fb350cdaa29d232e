#include "gather.h"

#include <dirent.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

#include "base.h"

static const char suffix[] = ".measured.csv";

static int compare_names(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* The names in a folder, sorted in byte order; *count = 0 when it cannot be opened. */
static char **folder_names(const char *path, size_t *count)
{
    char **names = NULL;
    *count = 0;
    DIR *folder = opendir(path);
    if (!folder) {
        if (errno != ENOENT && errno != ENOTDIR)
            base_die(BASE_RUN_FAILED, "cannot read the folder %s: %s", path, strerror(errno));
        return NULL;
    }
    for (const struct dirent *entry; (entry = readdir(folder));) {
        if (entry->d_name[0] == '.')
            continue;
        names = base_grow(names, *count + 1, sizeof *names);
        names[(*count)++] = base_copy(entry->d_name);
    }
    closedir(folder);
    if (*count)
        qsort(names, *count, sizeof *names, compare_names);
    return names;
}

static void names_free(char **names, size_t count)
{
    for (size_t i = 0; i < count; i++)
        free(names[i]);
    free(names);
}

static struct gather_family *family_add(struct gather *gather, const char *name)
{
    gather->family = base_grow(gather->family, gather->families + 1, sizeof *gather->family);
    gather->family[gather->families] = (struct gather_family){.name = base_copy(name)};
    return &gather->family[gather->families++];
}

static int compare_families(const void *a, const void *b)
{
    return strcmp(((const struct gather_family *)a)->name, ((const struct gather_family *)b)->name);
}

struct gather gather_ledgers(const char *experiments, const char *const *names, size_t count)
{
    struct gather gather = {0};
    struct stat status;
    if (stat(experiments, &status) || !S_ISDIR(status.st_mode))
        base_die(BASE_BAD_USAGE, "--experiments %s: no such folder", experiments);
    size_t found;
    char **folder = folder_names(experiments, &found);
    for (size_t i = 0; i < found; i++) {
        bool wanted = count == 0;
        for (size_t j = 0; j < count; j++)
            wanted = wanted || strcmp(names[j], folder[i]) == 0;
        char *path = base_format("%s/%s/claims.ini", experiments, folder[i]);
        if (wanted && (stat(path, &status) == 0 || (errno != ENOENT && errno != ENOTDIR))) {
            struct gather_family *family = family_add(&gather, folder[i]);
            char *error;
            if (ledger_read(path, &family->ledger, &error))
                base_die(BASE_BAD_USAGE, "%s", error);
            family->recorded = true;
        }
        free(path);
    }
    names_free(folder, found);
    for (size_t j = 0; j < count; j++)
        if (!gather_family(&gather, names[j]))
            base_die(BASE_BAD_USAGE, "--family %s: there is no %s/%s/claims.ini", names[j], experiments,
                     names[j]);
    return gather;
}

/* nan, inf and whole numbers of any size among them. */
static bool real_read(const char *text, double *value)
{
    const char *digits = text + (*text == '-');
    if (strcasecmp(digits, "nan") == 0)
        *value = (double)NAN;
    else if (strcasecmp(digits, "inf") == 0)
        *value = digits > text ? -(double)INFINITY : (double)INFINITY;
    else if (ledger_text_whole(text))
        *value = strtod(text, NULL);
    else
        return base_parse_real(text, value) == 0;
    return true;
}

int gather_measurement_read(const char *value, const char *error, const char *count,
                            struct judge_measurement *m, const char **wrong)
{
    m->text = value;
    *wrong = NULL;
    if (!real_read(value, &m->value))
        *wrong = "the value is no number";
    else if (base_parse_long(count, &m->count) || m->count < 0)
        *wrong = "the count is no whole number from 0 up";
    else if (!*error && m->count == 0)
        m->error = 0;
    else if (!real_read(error, &m->error) || m->error < 0)
        *wrong = "the error is no number from 0 up";
    return *wrong ? -1 : 0;
}

static const char *comment_require(const struct csv *csv, const char *path, const char *key)
{
    const char *value = csv_comment_value(csv, key);
    if (!value)
        base_die(BASE_RUN_FAILED, "%s: no line `# %s: ...`", path, key);
    return value;
}

static void program_read(struct gather_family *family, const char *path, const char *name)
{
    family->program = base_grow(family->program, family->programs + 1, sizeof *family->program);
    struct gather_program *program = &family->program[family->programs++];
    *program = (struct gather_program){.name = base_copy(name)};
    struct csv *csv = &program->csv;
    char *error;
    if (csv_read(path, csv, &error))
        base_die(BASE_RUN_FAILED, "%s", error);

    char *own = base_format("%s/%s", family->name, name);
    const char *experiment = comment_require(csv, path, "experiment");
    if (strcmp(experiment, own) != 0)
        base_die(BASE_RUN_FAILED, "%s: experiment is %s, accepted is %s", path, experiment, own);
    free(own);
    const char *profile = comment_require(csv, path, "profile");
    program->quick = strcmp(profile, "quick") == 0;
    if (!program->quick && strcmp(profile, "full") != 0)
        base_die(BASE_RUN_FAILED, "%s: profile is %s, accepted is quick or full", path, profile);
    program->seed = comment_require(csv, path, "seed");
    program->control = csv_comment_value(csv, "control");
    if (program->control && strcmp(program->control, "none") == 0)
        program->control = NULL;

    static const char *const header[] = {"id", "value", "error", "count"};
    bool same = csv->columns == 4;
    for (size_t i = 0; same && i < 4; i++)
        same = strcmp(csv->header[i], header[i]) == 0;
    if (!same)
        base_die(BASE_RUN_FAILED, "%s:%zu: accepted is the header id,value,error,count", path,
                 csv->first_line - 1);

    program->measurements = csv->rows;
    program->measurement = base_alloc(csv->rows, sizeof *program->measurement);
    for (size_t i = 0; i < csv->rows; i++) {
        struct gather_measurement *m = &program->measurement[i];
        const char *wrong;
        m->id = csv_cell(csv, i, 0);
        if (gather_measurement_read(csv_cell(csv, i, 1), csv_cell(csv, i, 2), csv_cell(csv, i, 3), &m->value,
                                    &wrong))
            base_die(BASE_RUN_FAILED, "%s:%zu: %s: %s", path, csv->first_line + i, m->id, wrong);
        for (size_t j = 0; j < i; j++)
            if (strcmp(program->measurement[j].id, m->id) == 0)
                base_die(BASE_RUN_FAILED, "%s:%zu: %s: a measurement for the second time", path,
                         csv->first_line + i, m->id);
        if (!*m->id)
            base_die(BASE_RUN_FAILED, "%s:%zu: a measurement without an id", path, csv->first_line + i);
    }
}

static void family_results(struct gather_family *family, const char *results)
{
    char *folder = base_format("%s/%s", results, family->name);
    size_t count;
    char **names = folder_names(folder, &count);
    for (size_t i = 0; i < count; i++) {
        size_t length = strlen(names[i]), tail = sizeof suffix - 1;
        if (length <= tail || strcmp(names[i] + length - tail, suffix) != 0)
            continue;
        char *path = base_format("%s/%s", folder, names[i]);
        names[i][length - tail] = '\0';
        program_read(family, path, names[i]);
        free(path);
    }
    names_free(names, count);
    free(folder);
    for (size_t i = 0; i < family->ledger.claims; i++) {
        const struct ledger_references *lists[] = {&family->ledger.claim[i].measure,
                                                   &family->ledger.claim[i].outside};
        for (size_t list = 0; list < 2; list++)
            for (size_t j = 0; j < lists[list]->count; j++) {
                struct gather_measurement *m = gather_measurement(family, &lists[list]->reference[j]);
                if (m)
                    m->claimed = true;
            }
    }
}

void gather_results(struct gather *gather, const char *results, bool all)
{
    size_t count = 0;
    char **names = all ? folder_names(results, &count) : NULL;
    for (size_t i = 0; i < count; i++)
        if (!gather_family(gather, names[i]))
            family_add(gather, names[i]);
    names_free(names, count);
    for (size_t i = 0; i < gather->families; i++)
        family_results(&gather->family[i], results);
    if (gather->families)
        qsort(gather->family, gather->families, sizeof *gather->family, compare_families);
}

void gather_free(struct gather *gather)
{
    for (size_t i = 0; i < gather->families; i++) {
        struct gather_family *family = &gather->family[i];
        for (size_t j = 0; j < family->programs; j++) {
            free(family->program[j].name);
            free(family->program[j].measurement);
            csv_free(&family->program[j].csv);
        }
        free(family->program);
        free(family->name);
        ledger_free(&family->ledger);
    }
    free(gather->family);
    *gather = (struct gather){0};
}

struct gather_family *gather_family(const struct gather *gather, const char *name)
{
    for (size_t i = 0; i < gather->families; i++)
        if (strcmp(gather->family[i].name, name) == 0)
            return &gather->family[i];
    return NULL;
}

struct gather_program *gather_program(const struct gather_family *family, const char *name)
{
    for (size_t i = 0; i < family->programs; i++)
        if (strcmp(family->program[i].name, name) == 0)
            return &family->program[i];
    return NULL;
}

struct gather_measurement *gather_measurement(const struct gather_family *family,
                                              const struct ledger_reference *reference)
{
    const struct gather_program *program = gather_program(family, reference->program);
    for (size_t i = 0; program && i < program->measurements; i++)
        if (strcmp(program->measurement[i].id, reference->id) == 0)
            return &program->measurement[i];
    return NULL;
}

static enum judge_run source_run(const void *context, const char *name)
{
    const struct gather_family *family = context;
    const struct gather_program *program = gather_program(family, name);
    /* the benchmark "speed" is no part of the quick profile */
    if (!program && strcmp(name, "speed") == 0 && family->programs)
        program = &family->program[0];
    return !program ? JUDGE_NOT_RUN : program->quick ? JUDGE_QUICK : JUDGE_FULL;
}

static const struct judge_measurement *source_find(const void *context,
                                                   const struct ledger_reference *reference)
{
    const struct gather_measurement *m = gather_measurement(context, reference);
    return m ? &m->value : NULL;
}

struct judge_source gather_source(const struct gather_family *family)
{
    return (struct judge_source){source_run, source_find, family};
}
