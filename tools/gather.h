/* Reads what there is to judge: the ledgers below experiments/ and the measurements below results/. */
#ifndef GATHER_H
#define GATHER_H

#include <stdbool.h>
#include <stddef.h>

#include "csv.h"
#include "judge.h"
#include "ledger.h"

struct gather_measurement {
    const char *id;
    struct judge_measurement value;
    bool claimed; /* some claim asks about it */
};

struct gather_program { /* a file results/FAMILY/PROGRAM.measured.csv */
    char *name;
    struct csv csv; /* owns the texts */
    bool quick;
    const char *seed, *control; /* control NULL: not run as one */
    struct gather_measurement *measurement;
    size_t measurements;
};

struct gather_family {
    char *name;
    bool recorded; /* has a ledger; a family without has results alone */
    struct ledger ledger;
    struct gather_program *program; /* by name */
    size_t programs;
};

struct gather {
    struct gather_family *family; /* by name */
    size_t families;
};

/* Reads the ledgers of the `count` named families, or with count = 0 of all that have one. Exits with
 * status 64 when a ledger is wrong or a named family has none. */
struct gather gather_ledgers(const char *experiments, const char *const *names, size_t count);

/* Adds the measurements of these families and, when `all`, of families without a ledger. Marks the claimed
 * ones. Exits with status 2 when a file is damaged or bears another name than its own. */
void gather_results(struct gather *gather, const char *results, bool all);

void gather_free(struct gather *gather);

/* NULL when there is none. */
struct gather_family *gather_family(const struct gather *gather, const char *name);
struct gather_program *gather_program(const struct gather_family *family, const char *name);
struct gather_measurement *gather_measurement(const struct gather_family *family,
                                              const struct ledger_reference *reference);

/* The family's measurements as the judge wants them. */
struct judge_source gather_source(const struct gather_family *family);

/* Reads the fields of a measurement: 0, or -1 with *wrong set. */
int gather_measurement_read(const char *value, const char *error, const char *count,
                            struct judge_measurement *m, const char **wrong);

#endif
