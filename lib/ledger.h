/* The ledger of a family, experiments/FAMILY/claims.ini: what must come out, and how it is judged.
 *
 * The file is read by inih. One section a claim, its name letters, digits, '-', '_' and '.'; the keys of
 * the family stand before the first claim, with or without a heading [family]. A line that begins with a
 * blank continues the value above it; " ;" begins a comment. Lines may be of any length. Numbers are
 * decimals; whole ones of any size.
 *
 *   family     title, archives (kexue.fm numbers), and perhaps headline (the finding, one sentence),
 *              figure (path below results/)
 *   a claim    claim, source; measure = PROGRAM.ID ..., expect = a number or one a measure (two each for
 *              between), judge, resolution, bias, why, verdict, corrected, corrected_judge, outside,
 *              outside_expect, control or no_control, profile, finding; or untested = reason instead of
 *              all that is judged
 *
 * What the judges mean is said in tools/judge.h.
 */
#ifndef LEDGER_H
#define LEDGER_H

#include <stdbool.h>
#include <stddef.h>

struct ledger_number {
    char *text;   /* as written */
    double value; /* infinite for a whole number beyond the range of a double */
    double unit;  /* of the last digit written: 1e-6 for 1.310371 */
    bool whole;   /* written with digits alone: compared exactly, at any size */
};

struct ledger_numbers {
    struct ledger_number *number;
    size_t count;
};

struct ledger_reference { /* PROGRAM.ID */
    char *text, *program;
    const char *id; /* within text */
};

struct ledger_references {
    struct ledger_reference *reference;
    size_t count;
};

enum ledger_judge_kind {
    LEDGER_EXACT,
    LEDGER_PRINTED,
    LEDGER_ABS,
    LEDGER_REL,
    LEDGER_SIGMA,
    LEDGER_LESS,
    LEDGER_AT_MOST,
    LEDGER_GREATER,
    LEDGER_AT_LEAST,
    LEDGER_BETWEEN
};

struct ledger_judge {
    enum ledger_judge_kind kind;
    double parameter; /* UNITS, TOL or Z; 0 for exact */
};

enum ledger_verdict { LEDGER_CONFIRMED, LEDGER_REFUTED, LEDGER_LIMITED };

struct ledger_claim {
    char *name;
    size_t line; /* of its heading */
    char *claim, *source;
    char *why, *control, *no_control, *finding, *untested; /* NULL: not given */
    struct ledger_references measure, outside;
    struct ledger_numbers expect, corrected,
        outside_expect; /* outside_expect is a copy of expect when not given */
    struct ledger_judge judge, corrected_judge;
    double resolution; /* infinite: not given */
    double bias;       /* 0: not given */
    enum ledger_verdict verdict;
    bool full; /* profile = full: the quick run cannot resolve it */
};

struct ledger {
    char *title, *headline, *figure; /* headline and figure may be NULL */
    char **archive;
    size_t archives;
    struct ledger_claim *claim;
    size_t claims;
};

/* Reads the file `path`. Returns 0, or -1 with *error = "PATH:LINE: what is wrong, and what would be
 * accepted" or "PATH: reason" (free it) and an empty *ledger. */
int ledger_read(const char *path, struct ledger *ledger, char **error);

/* The same for a text of `length` bytes; *error = "LINE: what is wrong". */
int ledger_parse(const char *text, size_t length, struct ledger *ledger, char **error);

void ledger_free(struct ledger *ledger);

/* The word for a judge ("sigma"), a verdict ("refuted"). */
const char *ledger_judge_word(enum ledger_judge_kind kind);
const char *ledger_verdict_word(enum ledger_verdict verdict);

/* Does any reference of the claim point into the program? */
bool ledger_claim_uses(const struct ledger_claim *claim, const char *program);

/* The number (for between: the first of two) that measurement i of a list is held against. */
const struct ledger_number *ledger_expected(const struct ledger_numbers *numbers, enum ledger_judge_kind kind,
                                            size_t i);

/* Is the text a whole number: digits alone, perhaps with a sign? Are two whole numbers equal, at any size? */
bool ledger_text_whole(const char *text);
bool ledger_whole_equal(const char *a, const char *b);

#endif
