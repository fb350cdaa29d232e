/* The only judge: does a measurement agree with what the ledger expects? Pure functions.
 *
 * With m the measured value, s its error, n its count, e the expected number and Z the judge's parameter:
 * n = 0 says that s is a bound of the numerical error, n > 0 that s is one standard error from n
 * independent observations. Then k = 1 for n = 0, else the Student multiple that is exceeded as seldom as
 * a normal exceeds Z.
 *
 *   exact            equal: whole numbers digit by digit at any size, others as doubles
 *   printed UNITS    |m - e| <= UNITS units of the last digit written in e, + s (+ 1e-15 |e| for rounding)
 *   abs T, rel T     |m - e| <= T + s, T |e| + s
 *   sigma Z          |m - e| <= bias + k s
 *   less Z           m + k s < e      at_most   m + k s <= e
 *   greater Z        m - k s > e      at_least  m - k s >= e
 *   between Z        greater than LOW and less than HIGH
 *
 * exact, printed, abs and rel accept n = 0 only. With a resolution R (sigma demands one) holding takes k s
 * <= Z R as well (s <= R for n = 0), which for many observations is s <= R: a run cannot pass by being
 * noisy, nor by having few observations. Nothing holds that is not finite.
 */
#ifndef JUDGE_H
#define JUDGE_H

#include <stdbool.h>

#include "ledger.h"

struct judge_measurement {
    const char *text; /* the value as written */
    double value, error;
    long count;
};

enum judge_outcome {
    JUDGE_HOLDS,
    JUDGE_FAILS,      /* by its value: what rejects a source's number or a control */
    JUDGE_UNDECIDED,  /* one-sided judges: within the noise of the bound, so neither shown nor excluded */
    JUDGE_NOISY,      /* agrees, but says too little */
    JUDGE_NOT_FINITE, /* the rest says nothing about the value */
    JUDGE_WRONG_KIND, /* a statistical measurement for a judge that takes none */
    JUDGE_MISSING
};

struct judge_result {
    enum judge_outcome outcome;
    double load; /* how near to failing: grows, comparable among pairs of one judge */
    char reason[224];
};

/* Holds one measurement (NULL: there is none) against `expect` (for between: two numbers in a row). */
struct judge_result judge_pair(const struct ledger_judge *judge, double resolution, double bias,
                               const struct ledger_number *expect, const struct judge_measurement *m);

/* The normal score of m - e for a statistical measurement under judge sigma without bias; NaN when there
 * is none. */
double judge_score(const struct ledger_judge *judge, double bias, const struct ledger_number *expect,
                   const struct judge_measurement *m);

/* Where the measurements come from. */
enum judge_run { JUDGE_NOT_RUN, JUDGE_QUICK, JUDGE_FULL };

struct judge_source {
    enum judge_run (*run)(const void *context, const char *program);
    const struct judge_measurement *(*find)(const void *context, const struct ledger_reference *reference);
    const void *context;
};

enum judge_status {
    JUDGE_HELD,
    JUDGE_FELL,
    JUDGE_SKIPPED,  /* profile = full, and the results are those of the quick profile */
    JUDGE_UNTESTED, /* recorded, not testable here */
    JUDGE_REJECTED, /* a control failed the claim by its value, as it must */
    JUDGE_PASSED,   /* a control passed the claim: the claim tests nothing */
    JUDGE_BROKEN    /* a control gave no value to judge */
};

struct judge_verdict {
    enum judge_status status;
    /* The pair to show: the first that decided against the claim, else the one nearest to failing. */
    const struct ledger_reference *reference;    /* NULL: nothing was judged */
    const struct judge_measurement *measurement; /* NULL: missing */
    const struct ledger_number *expect;
    struct ledger_judge judge;
    char reason[320]; /* why, when it did not hold; else "" */
};

/* Judges a claim. confirmed: every pair holds. refuted: some pair fails the source's numbers by its value,
 * and every pair holds against the corrected ones. limited: every pair holds, and every outside one fails
 * by its value. */
struct judge_verdict judge_claim(const struct ledger_claim *claim, const struct judge_source *source);

/* Judges a claim on the results of its control: it must fail, by finite values that are all there. A
 * one-sided judge that is left undecided counts as failed here: a control may well take the effect away
 * without reversing it. */
struct judge_verdict judge_control(const struct ledger_claim *claim, const struct judge_source *source);

#endif
