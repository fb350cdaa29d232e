/* What the judge found, written down: numbers for people, Markdown tables, JUnit XML, claims.csv. */
#ifndef TABLES_H
#define TABLES_H

#include <stdio.h>

#include "gather.h"
#include "judge.h"

/* A family with the verdict on each claim of its ledger. */
struct tables_family {
    const struct gather_family *family;
    const struct judge_verdict *verdict; /* [claims] */
};

struct tables_counts {
    size_t claims, held, refuted, limited, fell, skipped,
        untested; /* refuted and limited: of those that held */
};

void tables_count(struct tables_counts *counts, const struct ledger_claim *claim,
                  const struct judge_verdict *verdict);

/* "0.4987 ± 0.0012": the value to two digits of its error; a deterministic one to ten digits. malloc'd. */
char *tables_measured(const struct judge_measurement *m);

/* "0.5", "< 0.5", "0.1 .. 0.2": what is expected of one pair. malloc'd. */
char *tables_expected(const struct ledger_number *expect, enum ledger_judge_kind kind);

/* "holds", "refuted (corrected: 0.5)", "FAILS: why", ...: malloc'd. */
char *tables_verdict(const struct ledger_claim *claim, const struct judge_verdict *verdict);

/* `page` with what stands between the lines <!-- NAME:begin --> and <!-- NAME:end --> replaced by `body`;
 * NULL when the two are not there once each, in this order. malloc'd. */
char *tables_splice(const char *page, const char *name, const char *body);

/* The claims of a family for its page, between the markers `claims`; malloc'd. */
char *tables_claims(const struct tables_family *family);

/* A row a family for the index, between the markers `families`; `experiments` is the folder's name.
 * malloc'd. */
char *tables_index(const struct tables_family *families, size_t count, const char *experiments);

/* JUnit XML: a suite a family, a case a claim; a measurement without a claim is a failed case. */
void tables_junit(FILE *stream, const struct tables_family *families, size_t count);

/* family,claim,verdict,status,measure,expected,measured,error,source: a row a claim, with the pair its
 * verdict shows. */
void tables_csv(FILE *stream, const struct tables_family *families, size_t count);

#endif
