/* The judge: for every judge a passing, failing, NaN, infinite, missing, unknown and too noisy case; the
 * verdicts; and the command from end to end, with ledgers and measurements of its own. */
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>
#include <gsl/gsl_cdf.h>

#include "base.h"
#include "check.h"
#include "judge.h"
#include "ledger.h"
#include "stats.h"
#include "tables.h"

#define HEAD "title = T\narchives = 1\n"

/* ---- one pair ---- */

static struct ledger parse(const char *text)
{
    struct ledger ledger;
    char *error = NULL;
    if (ledger_parse(text, strlen(text), &ledger, &error))
        fail_msg("refused: %s in\n%s", error, text);
    return ledger;
}

/* Judges value, error, count as read from a file against a claim with these keys. */
static struct judge_result judge_texts(const char *judging, const char *expect, const char *value,
                                       const char *error, const char *count)
{
    char *text = base_format(
        HEAD "[a]\nclaim = c\nsource = s\nmeasure = p.m\nexpect = %s\nwhy = w\nno_control = n\n%s", expect,
        judging);
    struct ledger ledger = parse(text);
    struct judge_measurement m;
    const char *wrong;
    assert_int_equal(gather_measurement_read(value, error, count, &m, &wrong), 0);
    const struct ledger_claim *claim = &ledger.claim[0];
    struct judge_result result = judge_pair(&claim->judge, claim->resolution, claim->bias,
                                            claim->expect.number, value[0] == '?' ? NULL : &m);
    ledger_free(&ledger);
    free(text);
    return result;
}

struct judged {
    const char *judging, *expect, *value, *error, *count;
    enum judge_outcome outcome;
};

static void check_judged(const struct judged *cases, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const struct judged *c = &cases[i];
        struct judge_result r = judge_texts(c->judging, c->expect, c->value, c->error, c->count);
        if (r.outcome != c->outcome)
            fail_msg("%s, expect %s, measured %s +- %s (%s): outcome %d, must be %d: %s", c->judging,
                     c->expect, c->value, c->error, c->count, (int)r.outcome, (int)c->outcome, r.reason);
        assert_int_equal(r.outcome == JUDGE_HOLDS, r.reason[0] == '\0');
    }
}

#define COUNT(array) (sizeof(array) / sizeof *(array))

static void nothing_that_is_not_finite_holds(void **state)
{
    (void)state;
    static const char *const judgings[] = {"judge = exact",
                                           "judge = printed",
                                           "judge = abs 1e300",
                                           "judge = rel 1e300",
                                           "judge = sigma\nresolution = 1e300",
                                           "judge = less",
                                           "judge = at_most",
                                           "judge = greater",
                                           "judge = at_least",
                                           "judge = between"};
    static const char *const bad[][3] = {
        {"nan", "1", "0"},   {"-nan", "1", "100"}, {"NaN", "", "0"},  {"inf", "1", "0"}, {"-inf", "1", "9"},
        {"1", "nan", "100"}, {"1", "inf", "100"},  {"1", "nan", "0"}, {"1", "inf", "0"}, {"nan", "nan", "2"}};
    for (size_t i = 0; i < COUNT(judgings); i++)
        for (size_t k = 0; k < COUNT(bad); k++) {
            struct judged c = {judgings[i], i == 9 ? "0 2" : "1", bad[k][0], bad[k][1],
                               bad[k][2],   JUDGE_NOT_FINITE};
            check_judged(&c, 1);
        }
}

static void nothing_missing_holds(void **state)
{
    (void)state;
    struct ledger_judge judge = {LEDGER_EXACT, 5};
    char text[] = "1";
    struct ledger_number expect[] = {{text, 1, 1, true}, {text, 1, 1, true}};
    for (enum ledger_judge_kind kind = LEDGER_EXACT; kind <= LEDGER_BETWEEN; kind++) {
        judge.kind = kind;
        assert_int_equal(judge_pair(&judge, 1, 0, expect, NULL).outcome, JUDGE_MISSING);
    }
}

static void deterministic_judges_refuse_statistics(void **state)
{
    (void)state;
    static const struct judged cases[] = {
        {"judge = exact", "1", "1", "0.1", "100", JUDGE_WRONG_KIND},
        {"judge = exact", "1", "1", "0", "100", JUDGE_WRONG_KIND},
        {"judge = printed", "1", "1", "0.1", "100", JUDGE_WRONG_KIND},
        {"judge = abs 9", "1", "1", "0.1", "100", JUDGE_WRONG_KIND},
        {"judge = rel 9", "1", "1", "0.1", "2", JUDGE_WRONG_KIND},
    };
    check_judged(cases, COUNT(cases));
    assert_non_null(strstr(judge_texts("judge = abs 9", "1", "1", "0", "5").reason,
                           "statistical measurement needs judge sigma, less, greater or between"));
}

static void judge_exact(void **state)
{
    (void)state;
    static const struct judged cases[] = {
        {"judge = exact", "23", "23", "0", "0", JUDGE_HOLDS},
        {"judge = exact", "23", "23", "", "0", JUDGE_HOLDS},
        {"judge = exact", "23", "+023", "0", "0", JUDGE_HOLDS},
        {"judge = exact", "0", "-0", "0", "0", JUDGE_HOLDS},
        {"judge = exact", "23", "24", "0", "0", JUDGE_FAILS},
        {"judge = exact", "23", "-23", "0", "0", JUDGE_FAILS},
        {"judge = exact", "23", "23.0", "0", "0", JUDGE_HOLDS},
        {"judge = exact", "0.1", "0.1", "0", "0", JUDGE_HOLDS},
        {"judge = exact", "0.1", "0.10000000000000001", "0", "0", JUDGE_HOLDS},
        {"judge = exact", "0.1", "0.10000000000000002", "0", "0", JUDGE_FAILS},
        {"judge = exact", "0.1", "0.1", "1", "0", JUDGE_HOLDS}, /* a bound does not widen it, nor forbid it */
        {"judge = exact", "0.1", "0.2", "1", "0", JUDGE_FAILS},
        /* one apart beyond the doubles' 53 bits, and beyond their range */
        {"judge = exact", "9007199254740993", "9007199254740993", "0", "0", JUDGE_HOLDS},
        {"judge = exact", "9007199254740993", "9007199254740992", "0", "0", JUDGE_FAILS},
    };
    check_judged(cases, COUNT(cases));
    char digits[2][401];
    for (int k = 0; k < 2; k++) {
        memset(digits[k], '9', 400);
        digits[k][400] = '\0';
    }
    struct judged huge = {"judge = exact", digits[0], digits[1], "0", "0", JUDGE_HOLDS};
    check_judged(&huge, 1);
    digits[1][399] = '8';
    huge.outcome = JUDGE_FAILS;
    check_judged(&huge, 1);
    huge.judging = "judge = greater"; /* the measured value is no double: not finite */
    huge.expect = "1";
    huge.outcome = JUDGE_NOT_FINITE;
    check_judged(&huge, 1);
}

static void judge_printed(void **state)
{
    (void)state;
    static const struct judged cases[] = {
        {"judge = printed", "1.310371", "1.3103714999", "0", "0", JUDGE_HOLDS},
        {"judge = printed", "1.310371", "1.3103705001", "0", "0", JUDGE_HOLDS},
        {"judge = printed", "1.310371", "1.3103715001", "0", "0", JUDGE_FAILS},
        {"judge = printed", "1.310371", "1.3103704999", "0", "0", JUDGE_FAILS},
        {"judge = printed", "1.310371", "1.3103717", "2.1e-7", "0", JUDGE_HOLDS}, /* + the bound */
        {"judge = printed", "1.310371", "1.3103717", "1.9e-7", "0", JUDGE_FAILS},
        {"judge = printed 2", "1.310371", "1.3103729", "0", "0", JUDGE_HOLDS},
        {"judge = printed 2", "1.310371", "1.3103731", "0", "0", JUDGE_FAILS},
        {"judge = printed", "1.2434596e-4", "1.24345964e-4", "0", "0", JUDGE_HOLDS},
        {"judge = printed", "1.2434596e-4", "1.24345966e-4", "0", "0", JUDGE_FAILS},
        {"judge = printed", "-7.77471", "-7.774714", "0", "0", JUDGE_HOLDS},
        {"judge = printed", "-7.77471", "7.77471", "0", "0", JUDGE_FAILS},
        {"judge = printed", "23", "23.5", "0", "0", JUDGE_HOLDS},
        {"judge = printed", "0.15", "0.155", "0", "0", JUDGE_HOLDS}, /* a tie of decimals, not of doubles */
        {"judge = printed", "23", "23.51", "0", "0", JUDGE_FAILS},
        {"judge = printed", "1.5e3", "1549", "0", "0", JUDGE_HOLDS},
        {"judge = printed", "1.5e3", "1551", "0", "0", JUDGE_FAILS},
        {"judge = printed", "0.000", "0.0005", "0", "0", JUDGE_HOLDS},
        {"judge = printed\nresolution = 0.01", "0.5", "0.5", "0.02", "0", JUDGE_NOISY},
    };
    check_judged(cases, COUNT(cases));
}

static void judges_abs_and_rel(void **state)
{
    (void)state;
    static const struct judged cases[] = {
        {"judge = abs 1e-9", "0.5", "0.5000000009", "0", "0", JUDGE_HOLDS},
        {"judge = abs 1e-9", "0.5", "0.5000000011", "0", "0", JUDGE_FAILS},
        {"judge = abs 1e-9", "0.5", "0.4999999989", "0", "0", JUDGE_FAILS},
        {"judge = abs 1e-9", "0.5", "0.5000000019", "1e-9", "0", JUDGE_HOLDS},
        {"judge = abs 0", "0.5", "0.5", "0", "0", JUDGE_HOLDS},
        {"judge = abs 0", "0.5", "0.50000001", "0", "0", JUDGE_FAILS},
        {"judge = abs 0.25\nresolution = 0.01", "0.5", "0.75", "0.02", "0", JUDGE_NOISY},
        {"judge = abs 0.25", "0.5", "0.75", "0", "0", JUDGE_HOLDS}, /* the edge belongs to it */
        {"judge = rel 1e-3", "-200", "-200.19", "0", "0", JUDGE_HOLDS},
        {"judge = rel 1e-3", "-200", "-200.21", "0", "0", JUDGE_FAILS},
        {"judge = rel 1e-3", "-200", "-200.29", "0.1", "0", JUDGE_HOLDS},
        {"judge = rel 1e-3\nresolution = 0.01", "-200", "-200.1", "0.1", "0", JUDGE_NOISY},
    };
    check_judged(cases, COUNT(cases));
}

static void judge_sigma(void **state)
{
    (void)state;
    static const struct judged cases[] = {
        /* 20000 observations: 5 standard errors */
        {"judge = sigma\nresolution = 0.1", "1", "1.499", "0.1", "20000", JUDGE_HOLDS},
        {"judge = sigma\nresolution = 0.1", "1", "0.501", "0.1", "20000", JUDGE_HOLDS},
        {"judge = sigma\nresolution = 0.1", "1", "1.501", "0.1", "20000", JUDGE_FAILS},
        {"judge = sigma\nresolution = 0.1", "1", "0.499", "0.1", "20000", JUDGE_FAILS},
        {"judge = sigma 3\nresolution = 0.1", "1", "1.299", "0.1", "20000", JUDGE_HOLDS},
        {"judge = sigma 3\nresolution = 0.1", "1", "1.301", "0.1", "20000", JUDGE_FAILS},
        {"judge = sigma\nresolution = 0.1\nbias = 0.2", "1", "1.699", "0.1", "20000", JUDGE_HOLDS},
        {"judge = sigma\nresolution = 0.1\nbias = 0.2", "1", "1.701", "0.1", "20000", JUDGE_FAILS},
        {"judge = sigma\nresolution = 0.0999", "1", "1", "0.1", "20000", JUDGE_NOISY},
        {"judge = sigma\nresolution = 0.01", "1", "1", "1e300", "20000", JUDGE_NOISY},
        {"judge = sigma\nresolution = 0.01", "1", "9", "1", "20000", JUDGE_FAILS}, /* noisy, yet far off */
        {"judge = sigma\nresolution = 0.01", "1", "1", "0", "20000",
         JUDGE_NOISY}, /* no spread: no measure of it */
        {"judge = sigma\nresolution = 0.01", "1", "1.1", "0", "20000", JUDGE_FAILS},
        /* a bound is not multiplied */
        {"judge = sigma\nresolution = 0.1", "1", "1.09", "0.1", "0", JUDGE_HOLDS},
        {"judge = sigma\nresolution = 0.1", "1", "1.11", "0.1", "0", JUDGE_FAILS},
        {"judge = sigma\nresolution = 0.01", "1", "1", "0.1", "0", JUDGE_NOISY},
        {"judge = sigma\nresolution = 0.01", "1", "1", "0", "0", JUDGE_HOLDS},
        /* few observations: wider, and worth less against the resolution */
        {"judge = sigma\nresolution = 0.3", "1", "2", "0.1", "10",
         JUDGE_HOLDS}, /* Student: 12.4 standard errors */
        {"judge = sigma\nresolution = 0.3", "1", "2.3", "0.1", "10", JUDGE_FAILS},
        {"judge = sigma\nresolution = 0.2", "1", "1", "0.1", "10", JUDGE_NOISY},
        {"judge = sigma\nresolution = 100", "1", "1", "0.1", "2", JUDGE_NOISY}, /* 1.1e6 standard errors */
        {"judge = sigma\nresolution = 100", "1", "1", "0.1", "1", JUDGE_WRONG_KIND},
    };
    check_judged(cases, COUNT(cases));
}

static void judges_of_one_side(void **state)
{
    (void)state;
    static const struct judged cases[] = {
        {"judge = less", "1", "0.499", "0.1", "20000", JUDGE_HOLDS},
        {"judge = less", "1", "0.501", "0.1", "20000", JUDGE_UNDECIDED},
        {"judge = less", "1", "1.499", "0.1", "20000", JUDGE_UNDECIDED},
        {"judge = less", "1", "1.501", "0.1", "20000", JUDGE_FAILS},
        {"judge = less 3", "1", "0.699", "0.1", "20000", JUDGE_HOLDS},
        {"judge = less 3", "1", "0.701", "0.1", "20000", JUDGE_UNDECIDED},
        {"judge = less\nresolution = 0.1", "1", "0.499", "0.1", "20000", JUDGE_HOLDS},
        {"judge = less\nresolution = 0.1", "1", "0.501", "0.1", "20000",
         JUDGE_FAILS}, /* resolved, and not shown */
        {"judge = less\nresolution = 0.09", "1", "0.4", "0.1", "20000", JUDGE_NOISY},
        {"judge = less\nresolution = 0.09", "1", "0.6", "0.1", "20000", JUDGE_UNDECIDED},
        {"judge = less\nresolution = 0.09", "1", "1.6", "0.1", "20000", JUDGE_FAILS},
        {"judge = less", "1", "0.5", "0.1", "10", JUDGE_UNDECIDED}, /* Student */
        {"judge = less", "1", "-0.3", "0.1", "10", JUDGE_HOLDS},
        {"judge = less", "1", "0", "0.1", "1", JUDGE_WRONG_KIND},
        {"judge = less", "1", "0.89", "0.1", "0", JUDGE_HOLDS}, /* a bound is not multiplied */
        {"judge = less", "1", "0.95", "0.1", "0", JUDGE_UNDECIDED},
        {"judge = less", "1", "1.11", "0.1", "0", JUDGE_FAILS},
        {"judge = less", "1", "1", "0", "0", JUDGE_FAILS}, /* a tie */
        {"judge = at_most", "1", "1", "0", "0", JUDGE_HOLDS},
        {"judge = at_most", "1", "1.0000001", "0", "0", JUDGE_FAILS},
        {"judge = at_most", "1", "0.499", "0.1", "20000", JUDGE_HOLDS},
        {"judge = at_most", "1", "1.501", "0.1", "20000", JUDGE_FAILS},
        {"judge = at_most", "1", "1.5", "0.5", "0", JUDGE_UNDECIDED}, /* ties at the far edge of the bound */
        {"judge = less", "1", "1.5", "0.5", "0", JUDGE_FAILS},
        {"judge = at_most", "1", "0.5", "0.5", "0", JUDGE_HOLDS}, /* and at the near one */
        {"judge = less", "1", "0.5", "0.5", "0", JUDGE_UNDECIDED},
        {"judge = greater", "1", "1.501", "0.1", "20000", JUDGE_HOLDS},
        {"judge = greater", "1", "1.499", "0.1", "20000", JUDGE_UNDECIDED},
        {"judge = greater", "1", "0.499", "0.1", "20000", JUDGE_FAILS},
        {"judge = greater\nresolution = 0.09", "1", "1.6", "0.1", "20000", JUDGE_NOISY},
        {"judge = greater", "1", "1", "0", "0", JUDGE_FAILS},
        {"judge = greater", "1", "1.0000001", "0", "0", JUDGE_HOLDS},
        {"judge = at_least", "1", "1", "0", "0", JUDGE_HOLDS},
        {"judge = at_least", "1", "0.9999999", "0", "0", JUDGE_FAILS},
        {"judge = at_least", "1", "1.501", "0.1", "20000", JUDGE_HOLDS},
    };
    check_judged(cases, COUNT(cases));
}

static void judge_between(void **state)
{
    (void)state;
    static const struct judged cases[] = {
        {"judge = between", "1 2", "1.5", "0.09", "20000", JUDGE_HOLDS},
        {"judge = between", "1 2", "1.5", "0.11", "20000", JUDGE_UNDECIDED},
        {"judge = between", "1 2", "1.4", "0.09", "20000", JUDGE_UNDECIDED},
        {"judge = between", "1 2", "1.6", "0.09", "20000", JUDGE_UNDECIDED},
        {"judge = between", "1 2", "0.5", "0.09", "20000", JUDGE_FAILS},
        {"judge = between", "1 2", "2.5", "0.09", "20000", JUDGE_FAILS},
        {"judge = between 2", "1 2", "1.6", "0.19", "20000", JUDGE_HOLDS},
        {"judge = between\nresolution = 0.08", "1 2", "1.5", "0.09", "20000", JUDGE_NOISY},
        {"judge = between\nresolution = 0.09", "1 2", "1.6", "0.09", "20000", JUDGE_FAILS},
        {"judge = between", "1 2", "1", "0", "0", JUDGE_FAILS},
        {"judge = between", "1 2", "2", "0", "0", JUDGE_FAILS},
        {"judge = between", "-2 -1", "-1.000001", "0", "0", JUDGE_HOLDS},
        {"judge = between", "1 2", "1.05", "0.1", "0", JUDGE_UNDECIDED},
    };
    check_judged(cases, COUNT(cases));
}

/* Against the probabilities themselves: sigma Z holds just when Student's law gives the deviation no less
 * than the normal law gives Z. */
static void sigma_is_a_probability(void **state)
{
    (void)state;
    gsl_rng *rng = check_stream("test_verify/sigma");
    for (long i = 0; i < check_rounds(3000); i++) {
        struct ledger_judge judge = {LEDGER_SIGMA, 1 + 5 * gsl_rng_uniform(rng)};
        long count = 2 + (long)gsl_rng_uniform_int(rng, 200);
        double s = exp(10 * gsl_rng_uniform(rng) - 5), e = rng_normal(rng);
        double t = judge.parameter * exp(3 * gsl_rng_uniform(rng) - 1);
        char text[] = "0";
        struct ledger_number expect = {text, e, 1, false};
        struct judge_measurement m = {text, e + (i % 2 ? t : -t) * s, s, count};
        double student = gsl_cdf_tdist_Q(t, (double)(count - 1)),
               normal = gsl_cdf_ugaussian_Q(judge.parameter);
        if (fabs(student / normal - 1) < 1e-6)
            continue;
        enum judge_outcome want = student > normal ? JUDGE_HOLDS : JUDGE_FAILS;
        assert_int_equal(judge_pair(&judge, (double)INFINITY, 0, &expect, &m).outcome, want);
        double z = judge_score(&judge, 0, &expect, &m);
        assert_true(fabs(gsl_cdf_ugaussian_Q(fabs(z)) / student - 1) < 1e-6);
        assert_true((z > 0) == (i % 2 != 0));
    }
    gsl_rng_free(rng);
}

static void scores_where_there_are_some(void **state)
{
    (void)state;
    char text[] = "0";
    struct ledger_number expect = {text, 0, 1, true};
    struct ledger_judge sigma = {LEDGER_SIGMA, 5}, less = {LEDGER_LESS, 5};
    struct judge_measurement m = {text, 2, 1, 1000000}, bound = {text, 2, 1, 0}, one = {text, 2, 1, 1},
                             still = {text, 2, 0, 9}, nan = {text, (double)NAN, 1, 9};
    assert_true(fabs(judge_score(&sigma, 0, &expect, &m) - 2) < 1e-12);
    assert_true(isnan(judge_score(&sigma, 0.1, &expect, &m)));
    assert_true(isnan(judge_score(&less, 0, &expect, &m)));
    assert_true(isnan(judge_score(&sigma, 0, &expect, &bound)));
    assert_true(isnan(judge_score(&sigma, 0, &expect, &one)));
    assert_true(isnan(judge_score(&sigma, 0, &expect, &still)));
    assert_true(isnan(judge_score(&sigma, 0, &expect, &nan)));
    assert_true(isnan(judge_score(&sigma, 0, &expect, NULL)));
}

/* ---- claims, against a table of measurements ---- */

struct table {
    enum judge_run run;
    struct {
        const char *name;
        struct judge_measurement m;
    } row[6];
};

static enum judge_run table_run(const void *context, const char *program)
{
    return strcmp(program, "p") == 0 ? ((const struct table *)context)->run : JUDGE_NOT_RUN;
}

static const struct judge_measurement *table_find(const void *context,
                                                  const struct ledger_reference *reference)
{
    const struct table *table = context;
    for (size_t i = 0; i < COUNT(table->row) && table->row[i].name; i++)
        if (strcmp(table->row[i].name, reference->text) == 0)
            return &table->row[i].m;
    return NULL;
}

static void check_verdict(const char *keys, const struct table *table, enum judge_status status,
                          enum judge_status control, const char *reference, const char *reason)
{
    char *text = base_format(HEAD "[a]\nclaim = c\nsource = s\n%s\n", keys);
    struct ledger ledger = parse(text);
    struct judge_source source = {table_run, table_find, table};
    struct judge_verdict v = judge_claim(&ledger.claim[0], &source);
    if (v.status != status || !strstr(v.reason, reason))
        fail_msg("%s\nstatus %d, must be %d: %s", keys, (int)v.status, (int)status, v.reason);
    if (reference)
        assert_string_equal(v.reference->text, reference);
    struct judge_verdict w = judge_control(&ledger.claim[0], &source);
    if (w.status != control)
        fail_msg("%s\nas a control: status %d, must be %d: %s", keys, (int)w.status, (int)control, w.reason);
    ledger_free(&ledger);
    free(text);
}

static const struct table numbers = {JUDGE_FULL,
                                     {{"p.one", {"1", 1, 0, 0}},
                                      {"p.two", {"2", 2, 0, 0}},
                                      {"p.nan", {"nan", (double)NAN, 0, 0}},
                                      {"p.half", {"0.5", 0.5, 0.1, 20000}},
                                      {"p.noisy", {"0.5", 0.5, 99, 20000}}}};

static void check_reason(const char *judging, const char *value, const char *error, const char *count,
                         const char *reason)
{
    assert_string_equal(judge_texts(judging, "1", value, error, count).reason, reason);
}

static void reasons_say_what_was_asked_and_found(void **state)
{
    (void)state;
    check_reason("judge = abs 0.1", "1.25", "0", "0", "off by 0.25, allowed is 0.1");
    check_reason("judge = sigma\nresolution = 1", "1.75", "0.125", "20000",
                 "off by 0.75: 6 standard errors, allowed are 5");
    check_reason("judge = sigma\nresolution = 1", "1.75", "0.125", "0", "off by 0.75, allowed is 0.125");
    check_reason("judge = sigma\nresolution = 1", "1.75", "0", "20000", "off by 0.75, allowed is 0");
    check_reason("judge = sigma\nresolution = 0.1", "1", "0.125", "20000",
                 "too noisy: error 0.125, the resolution is 0.1");
    check_reason("judge = sigma\nresolution = 0.1", "1", "0.125", "0",
                 "too noisy: error 0.125, the resolution is 0.1");
    check_reason(
        "judge = sigma\nresolution = 0.125", "1", "0.125", "10",
        "too noisy: standard error 0.125 from only 10 observations is worth 0.311, the resolution is 0.125");
    check_reason("judge = sigma\nresolution = 0.1", "1", "0", "9",
                 "standard error 0 from 9 observations: no measure of the noise");
    check_reason("judge = less", "1.5", "0", "0", "not below 1, by 0.5");
    check_reason("judge = at_most", "1.5", "0", "0", "not at most 1, by 0.5");
    check_reason("judge = greater", "0.5", "0", "0", "not above 1, by 0.5");
    check_reason("judge = at_least", "0.5", "0", "0", "not at least 1, by 0.5");
    check_reason("judge = less\nresolution = 1", "1.5", "0.25", "20000", "not below 1 by the margin of 1.25");
    check_reason("judge = less", "0.5", "0.25", "20000",
                 "undecided: below 1 takes a margin of 1.25, there is 0.5");
    check_reason(
        "judge = less\nresolution = 0.1", "0.5", "0.25", "20000",
        "undecided: below 1 takes a margin of 1.25, there is 0.5, and the noise is above the resolution");
}

static void verdict_confirmed(void **state)
{
    (void)state;
    const struct table *t = &numbers;
    check_verdict("measure = p.one p.two\nexpect = 1 2\njudge = exact\ncontrol = c", t, JUDGE_HELD,
                  JUDGE_PASSED, "p.one", "");
    check_verdict("measure = p.one p.two\nexpect = 1\njudge = exact\ncontrol = c", t, JUDGE_FELL,
                  JUDGE_REJECTED, "p.two", "not equal");
    check_verdict("measure = p.one p.two\nexpect = 0.9 1.5\njudge = abs 1\nwhy = w\ncontrol = c", t,
                  JUDGE_HELD, JUDGE_PASSED, "p.two", ""); /* the nearest to failing is shown */
    check_verdict("measure = p.one p.two\nexpect = 1 1.5\njudge = abs 1\nwhy = w\ncontrol = c", t, JUDGE_HELD,
                  JUDGE_PASSED, "p.two", "");
    check_verdict("measure = p.one p.two p.one\nexpect = 3\njudge = less\ncontrol = c", t, JUDGE_HELD,
                  JUDGE_PASSED, "p.two", "");
    check_verdict("measure = p.two p.one p.two\nexpect = 0\njudge = greater\ncontrol = c", t, JUDGE_HELD,
                  JUDGE_PASSED, "p.one", "");
    check_verdict("measure = p.one p.nosuch\nexpect = 1\njudge = exact\ncontrol = c", t, JUDGE_FELL,
                  JUDGE_BROKEN, "p.nosuch", "no measurement p.nosuch");
    check_verdict("measure = q.one\nexpect = 1\njudge = exact\ncontrol = c", t, JUDGE_FELL, JUDGE_BROKEN,
                  "q.one", "not run: q");
    check_verdict("measure = p.two p.nan\nexpect = 1\njudge = exact\ncontrol = c", t, JUDGE_FELL,
                  JUDGE_BROKEN, "p.nan", "not finite");
    check_verdict("measure = p.noisy\nexpect = 0.5\njudge = sigma\nresolution = 1\ncontrol = c", t,
                  JUDGE_FELL, JUDGE_PASSED, "p.noisy", "too noisy");
    check_verdict("measure = p.half\nexpect = 0.5\njudge = exact\ncontrol = c", t, JUDGE_FELL, JUDGE_BROKEN,
                  "p.half", "statistical measurement needs");
    /* a control that takes an effect away leaves a one-sided judge undecided: rejected */
    check_verdict("measure = p.half\nexpect = 0.4\njudge = greater\ncontrol = c", t, JUDGE_FELL,
                  JUDGE_REJECTED, "p.half", "undecided");
    check_verdict("untested = no GPU", t, JUDGE_UNTESTED, JUDGE_UNTESTED, NULL, "no GPU");
}

static void verdict_refuted(void **state)
{
    (void)state;
    const struct table *t = &numbers;
#define REFUTED "judge = exact\nverdict = refuted\ncontrol = c\n"
    check_verdict(REFUTED "measure = p.one\nexpect = 2\ncorrected = 1", t, JUDGE_HELD, JUDGE_PASSED, "p.one",
                  "");
    check_verdict(REFUTED "measure = p.one p.two\nexpect = 1 3\ncorrected = 1 2", t, JUDGE_HELD, JUDGE_PASSED,
                  "p.two", "");
    check_verdict(REFUTED "measure = p.one\nexpect = 1\ncorrected = 1", t, JUDGE_FELL, JUDGE_REJECTED,
                  "p.one", "the source's number is not rejected");
    check_verdict(REFUTED "measure = p.one\nexpect = 2\ncorrected = 3", t, JUDGE_FELL, JUDGE_REJECTED,
                  "p.one", "the correction does not hold");
    check_verdict(REFUTED "measure = p.nan\nexpect = 2\ncorrected = 1", t, JUDGE_FELL, JUDGE_BROKEN, "p.nan",
                  "not finite");
    check_verdict(REFUTED "measure = p.one p.nan\nexpect = 2 1\ncorrected = 1", t, JUDGE_FELL, JUDGE_BROKEN,
                  "p.nan", "not finite"); /* NaN rejects nothing */
    check_verdict(REFUTED "measure = p.nosuch\nexpect = 2\ncorrected = 1", t, JUDGE_FELL, JUDGE_BROKEN,
                  "p.nosuch", "no measurement");
#undef REFUTED
    check_verdict("measure = p.half\nexpect = 1.1\njudge = sigma\nresolution = 0.1\nverdict = "
                  "refuted\ncorrected = 0.5\n"
                  "control = c",
                  t, JUDGE_HELD, JUDGE_PASSED, "p.half", "");
    check_verdict("measure = p.noisy\nexpect = 1.1\njudge = sigma\nresolution = 0.1\nverdict = "
                  "refuted\ncorrected = 0.5\n"
                  "control = c",
                  t, JUDGE_FELL, JUDGE_PASSED, "p.noisy",
                  "not rejected: too noisy"); /* noise rejects nothing */
    check_verdict(
        "measure = p.half\nexpect = 0.2\njudge = less\nverdict = refuted\ncorrected = 1.5\ncontrol = c", t,
        JUDGE_FELL, JUDGE_PASSED, "p.half", "not rejected: undecided");
    check_verdict(
        "measure = p.half\nexpect = 0.2\njudge = less\nresolution = 0.1\nverdict = refuted\ncorrected = 1.5\n"
        "control = c",
        t, JUDGE_HELD, JUDGE_PASSED, "p.half", "");
    check_verdict("measure = p.half\nexpect = -0.2\njudge = less\nverdict = refuted\ncorrected = -0.1\n"
                  "corrected_judge = greater\ncontrol = c",
                  t, JUDGE_HELD, JUDGE_PASSED, "p.half", "");
}

static void verdict_limited(void **state)
{
    (void)state;
    const struct table *t = &numbers;
#define LIMITED "judge = exact\nverdict = limited\ncontrol = c\n"
    check_verdict(LIMITED "measure = p.one\nexpect = 1\noutside = p.two", t, JUDGE_HELD, JUDGE_PASSED,
                  "p.one", "");
    check_verdict(LIMITED "measure = p.one\nexpect = 1\noutside = p.one", t, JUDGE_FELL, JUDGE_REJECTED,
                  "p.one", "holds outside its regime");
    check_verdict(LIMITED "measure = p.one\nexpect = 1\noutside = p.two p.one", t, JUDGE_FELL, JUDGE_REJECTED,
                  "p.one", "holds outside its regime");
    check_verdict(LIMITED "measure = p.two\nexpect = 1\noutside = p.two", t, JUDGE_FELL, JUDGE_REJECTED,
                  "p.two", "not equal");
    check_verdict(LIMITED "measure = p.one\nexpect = 1\noutside = p.two\noutside_expect = 2", t, JUDGE_FELL,
                  JUDGE_REJECTED, "p.two", "holds outside its regime");
    check_verdict(LIMITED "measure = p.one\nexpect = 1\noutside = p.nan", t, JUDGE_FELL, JUDGE_BROKEN,
                  "p.nan", "not finite");
    check_verdict(LIMITED "measure = p.one\nexpect = 1\noutside = p.nosuch", t, JUDGE_FELL, JUDGE_BROKEN,
                  "p.nosuch", "no measurement");
    check_verdict(LIMITED "measure = p.one\nexpect = 1\noutside = q.two", t, JUDGE_FELL, JUDGE_BROKEN,
                  "q.two", "not run");
#undef LIMITED
    check_verdict("measure = p.half\nexpect = 0.5\njudge = sigma\nresolution = 0.1\nverdict = "
                  "limited\noutside = p.noisy\n"
                  "control = c",
                  t, JUDGE_FELL, JUDGE_PASSED, "p.noisy", "outside its regime: too noisy");
}

static void quick_results_skip_full_claims(void **state)
{
    (void)state;
    struct table quick = numbers;
    quick.run = JUDGE_QUICK;
    static const char claim[] = "measure = p.one\nexpect = 1\njudge = exact\ncontrol = c\n";
    static const char missing[] = "measure = p.nosuch\nexpect = 1\njudge = exact\ncontrol = c\n";
    static const char not_run[] = "measure = q.one\nexpect = 1\njudge = exact\ncontrol = c\nprofile = full\n";
    check_verdict(claim, &quick, JUDGE_HELD, JUDGE_PASSED, "p.one", "");
    check_verdict(missing, &quick, JUDGE_FELL, JUDGE_BROKEN, "p.nosuch", "no measurement");
    char *full = base_format("%sprofile = full", claim),
         *full_missing = base_format("%sprofile = full", missing);
    check_verdict(full, &quick, JUDGE_SKIPPED, JUDGE_SKIPPED, NULL, "full profile");
    check_verdict(full_missing, &quick, JUDGE_SKIPPED, JUDGE_SKIPPED, NULL, "full profile");
    check_verdict(not_run, &quick, JUDGE_FELL, JUDGE_BROKEN, "q.one", "not run");
    check_verdict(full, &numbers, JUDGE_HELD, JUDGE_PASSED, "p.one", "");
    check_verdict(full_missing, &numbers, JUDGE_FELL, JUDGE_BROKEN, "p.nosuch", "no measurement");
    free(full);
    free(full_missing);
}

/* ---- numbers for people ---- */

static void measured_numbers_are_rounded_to_their_error(void **state)
{
    (void)state;
    static const char *const cases[][4] = {
        {"0.123456789", "0.00213", "9", "0.1235 ± 0.0021"},
        {"0.123456789", "0.000996", "9", "0.1235 ± 0.0010"},
        {"0.123456789", "0.00994", "9", "0.1235 ± 0.0099"},
        {"-0.5", "0.25", "9", "-0.50 ± 0.25"},
        {"12345.678", "123.4", "9", "12350 ± 120"},
        {"12345.678", "12.34", "9", "12346 ± 12"},
        {"12345678", "1234", "9", "(1.23457 ± 0.00012)e7"},
        {"1.23456e-8", "2.1e-11", "9", "(1.2346 ± 0.0021)e-8"},
        {"0", "0.001", "9", "0.0000 ± 0.0010"},
        {"1e-9", "0.5", "9", "0.00 ± 0.50"},
        {"0.5", "0", "9", "0.5"},
        {"0.12345678901234", "0", "0", "0.123456789"},
        {"0.12345678901234", "1e-15", "0", "0.123456789"},
        {"0.12345678901234", "1e-5", "0", "0.123457 ± 0.000010"},
        {"23", "0", "0", "23"},
        {"9007199254740993", "0", "0", "9007199254740993"},
        {"12345678901234567890123456789012345678901234567890", "0", "0",
         "123456789012...901234567890 (50 digits)"},
        {"nan", "0.1", "9", "nan"},
        {"-inf", "0.1", "9", "-inf"},
        {"1", "nan", "9", "1 ± nan"},
        {"1e300", "1e298", "9", "(1.000 ± 0.010)e300"},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct judge_measurement m;
        const char *wrong;
        assert_int_equal(gather_measurement_read(cases[i][0], cases[i][1], cases[i][2], &m, &wrong), 0);
        char *text = tables_measured(&m);
        assert_string_equal(text, cases[i][3]);
        free(text);
    }
}

static void splices_between_markers(void **state)
{
    (void)state;
#define BEGIN "<!-- x:begin -->\n"
#define END "<!-- x:end -->\n"
    char *page = tables_splice("a\n" BEGIN "old\n" END "b\n", "x", "new\n");
    assert_string_equal(page, "a\n" BEGIN "new\n" END "b\n");
    free(page);
    static const char *const bad[] = {"",
                                      "a\n",
                                      BEGIN,
                                      END,
                                      END BEGIN,
                                      BEGIN BEGIN END,
                                      BEGIN END END,
                                      BEGIN END BEGIN END,
                                      "<!-- y:begin -->\n<!-- y:end -->\n"};
    for (size_t i = 0; i < COUNT(bad); i++)
        assert_null(tables_splice(bad[i], "x", "new\n"));
#undef BEGIN
#undef END
}

static void refuses_damaged_measurements(void **state)
{
    (void)state;
    static const char *const bad[][3] = {
        {"", "0", "0"},     {"x", "0", "0"},    {"1", "-1", "0"},   {"1", "x", "0"},   {"1", "0", ""},
        {"1", "0", "-1"},   {"1", "0", "1.5"},  {"1", "", "5"},     {"0x1", "0", "0"}, {"1 ", "0", "0"},
        {"nanx", "0", "0"}, {"1", "-inf", "0"}, {"1e999", "0", "0"}};
    for (size_t i = 0; i < COUNT(bad); i++) {
        struct judge_measurement m;
        const char *wrong = NULL;
        assert_int_equal(gather_measurement_read(bad[i][0], bad[i][1], bad[i][2], &m, &wrong), -1);
        assert_non_null(wrong);
    }
}

/* ---- the command ---- */

struct place {
    char folder[64];
    char *verify, *calibrate;
};

struct ran {
    int status;
    char *out, *err;
};

static void put(const struct place *place, const char *name, const char *text)
{
    char *path = base_format("%s/%s", place->folder, name), *folder = base_copy(path);
    assert_int_equal(base_make_folder(dirname(folder)), 0);
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    fputs(text, file);
    assert_int_equal(fclose(file), 0);
    free(folder);
    free(path);
}

/* The text of a file, "" when there is none; free it. */
static char *get(const struct place *place, const char *name)
{
    char *path = base_format("%s/%s", place->folder, name), *text = base_read_file(path, NULL);
    free(path);
    return text ? text : base_copy("");
}

static struct ran run(const struct place *place, const char *program, const char *arguments)
{
    char *command = base_format("cd %s && %s %s >stdout 2>stderr", place->folder, program, arguments);
    int status = system(command);
    free(command);
    assert_true(WIFEXITED(status));
    return (struct ran){WEXITSTATUS(status), get(place, "stdout"), get(place, "stderr")};
}

/* Runs verify and demands an exit status, a text in its output and, for a refusal, one line that holds it. */
static void check_run(const struct place *place, const char *arguments, int status, const char *text)
{
    struct ran r = run(place, place->verify, arguments);
    if (r.status != status || !strstr(status <= 1 ? r.out : r.err, text))
        fail_msg("verify %s: exit status %d, must be %d\n%s%s", arguments, r.status, status, r.out, r.err);
    if (status > 1) {
        assert_string_equal(r.out, "");
        assert_ptr_equal(strchr(r.err, '\n'), r.err + strlen(r.err) - 1);
    } else {
        assert_string_equal(r.err, "");
    }
    free(r.out);
    free(r.err);
}

static void check_file(const struct place *place, const char *name, const char *text)
{
    char *got = get(place, name);
    assert_string_equal(got, text);
    free(got);
}

static void check_absent(const struct place *place, const char *name)
{
    char *path = base_format("%s/%s", place->folder, name);
    assert_int_equal(access(path, F_OK), -1);
    free(path);
}

#define MEASURED(program, profile, control)                                                                  \
    "# experiment: " program "\n# profile: " profile "\n# seed: 7\n# control: " control                      \
    "\n# n: 1,2\nid,value,error,count\n"

static const char ledger_jl[] =
    "title = Johnson and Lindenstrauss\narchives = 8679 8706\nheadline = Holds | mostly.\n"
    "figure = jl/dim.svg\n"
    "[split]\nclaim = N = 130 gives |s| < 24\nsource = kexue.fm/archives/8679, eq. (1)\n"
    "measure = table.s\nexpect = 23\njudge = exact\ncontrol = greedy\n"
    "[mean]\nclaim = the mean is 1/2\nsource = arXiv:2202.10447.\nmeasure = mc.a mc.b\n"
    "expect = 0.5 0.6\njudge = sigma\nresolution = 0.01\ncontrol = root\n"
    "[maximum]\nclaim = sqrt(d) is the maximum\nsource = s\nmeasure = table.max\nexpect = 4\n"
    "judge = exact\nverdict = refuted\ncorrected = 1\nno_control = an identity\n"
    "finding = It is the maximum of the inverse\n"
    "[regime]\nclaim = holds for n < 100\nsource = s\nmeasure = table.small\nexpect = 0.25\n"
    "judge = printed\nverdict = limited\noutside = table.large\ncontrol = greedy\n"
    "profile = full\n"
    "[gpus]\nclaim = scales to 7B\nsource = s\nuntested = takes a cluster\n";

static void place_fill(const struct place *place)
{
    char *clean = base_format("rm -rf %s/*", place->folder);
    assert_int_equal(system(clean), 0);
    free(clean);
    put(place, "experiments/jl/claims.ini", ledger_jl);
    put(place, "experiments/jl/README.md", "# JL\n<!-- claims:begin -->\n<!-- claims:end -->\nend\n");
    put(place, "EXPERIMENTS.md", "# All\n<!-- families:begin -->\n<!-- families:end -->\nend\n");
    put(place, "results/jl/table.measured.csv",
        MEASURED("jl/table", "full", "none") "s,23,0,0\nmax,1,0,0\nsmall,0.25,0,0\nlarge,0.75,0,0\n");
    put(place, "results/jl/mc.measured.csv",
        MEASURED("jl/mc", "full", "none") "a,0.501,0.002,20000\nb,0.5993,0.001,20000\n");
}

static int place_set(void **state)
{
    struct place *place = base_alloc(1, sizeof *place);
    strcpy(place->folder, "/tmp/test_verify.XXXXXX");
    if (!mkdtemp(place->folder))
        return -1;
    char own[PATH_MAX];
    ssize_t n = readlink("/proc/self/exe", own, sizeof own - 1);
    if (n < 0)
        return -1;
    own[n] = '\0';
    const char *tests = dirname(own);
    place->verify = base_format("%s/../tools/verify", tests);
    place->calibrate = base_format("%s/../tools/calibrate", tests);
    *state = place;
    return 0;
}

static int place_clear(void **state)
{
    struct place *place = *state;
    char *clean = base_format("rm -rf %s", place->folder);
    int status = system(clean);
    free(clean);
    free(place->verify);
    free(place->calibrate);
    free(place);
    return status;
}

static void a_ledger_that_holds(void **state)
{
    const struct place *place = *state;
    place_fill(place);
    check_run(place, "--tables --claims results/claims.csv --junit claims.xml", 0,
              "5 claims: 4 held (1 of them refutations, 1 limits), 0 failed, 0 skipped, 1 not tested\n");
    check_file(place, "stdout",
               "jl: Johnson and Lindenstrauss\n"
               "  ok  split    23               23    holds\n"
               "  ok  mean     0.5993 ± 0.0010  0.6   holds (mc.b)\n"
               "  ok  maximum  1                4     refuted (corrected: 1)\n"
               "  ok  regime   0.25             0.25  holds only in a regime (table.small)\n"
               "  -   gpus                            not tested: takes a cluster\n"
               "\n"
               "5 claims: 4 held (1 of them refutations, 1 limits), 0 failed, 0 skipped, 1 not tested\n");
    check_file(
        place, "experiments/jl/README.md",
        "# JL\n"
        "<!-- claims:begin -->\n"
        "\n"
        "| claim | source | expected | measured | verdict |\n"
        "|---|---|---|---|---|\n"
        "| <a id=\"claim-split\"></a>[split](#claim-split): N = 130 gives \\|s\\| \\< 24 | "
        "[kexue.fm/archives/8679](https://kexue.fm/archives/8679), eq. (1) | 23 | 23 | holds |\n"
        "| <a id=\"claim-mean\"></a>[mean](#claim-mean): the mean is 1/2 | "
        "[arXiv:2202.10447](https://arxiv.org/abs/2202.10447). | 0.5, 0.6 | "
        "0.5010 ± 0.0020, 0.5993 ± 0.0010 "
        "| "
        "holds |\n"
        "| <a id=\"claim-maximum\"></a>[maximum](#claim-maximum): sqrt(d) is the maximum | s | 4 | 1 | "
        "refuted (corrected: 1). It is the maximum of the inverse |\n"
        "| <a id=\"claim-regime\"></a>[regime](#claim-regime): holds for n \\< 100 | s | 0.25 | 0.25 | "
        "holds only in a regime (outside: 0.75) |\n"
        "| <a id=\"claim-gpus\"></a>[gpus](#claim-gpus): scales to 7B | s |  |  | not tested: takes a "
        "cluster |\n"
        "\n"
        "<!-- claims:end -->\n"
        "end\n");
    check_file(
        place, "EXPERIMENTS.md",
        "# All\n"
        "<!-- families:begin -->\n"
        "\n"
        "| family | article | claims | held | refuted | limited | failed | headline | figure |\n"
        "|---|---|--:|--:|--:|--:|--:|---|---|\n"
        "| [jl](experiments/jl/README.md) | Johnson and Lindenstrauss "
        "[8679](https://kexue.fm/archives/8679), "
        "[8706](https://kexue.fm/archives/8706) | 5 (1 not tested) | 2 | 1 | 1 | 0 | Holds \\| mostly. | "
        "<a href=\"results/jl/dim.svg\"><img src=\"results/jl/dim.svg\" width=\"200\" alt=\"jl\"></a> |\n"
        "\n"
        "<!-- families:end -->\n"
        "end\n");
    check_file(place, "results/claims.csv",
               "family,claim,verdict,status,measure,expected,measured,error,source\n"
               "jl,split,confirmed,held,table.s,23,23,0,\"kexue.fm/archives/8679, eq. (1)\"\n"
               "jl,mean,confirmed,held,mc.b,0.6,0.5993,0.001,arXiv:2202.10447.\n"
               "jl,maximum,refuted,held,table.max,4,1,0,s\n"
               "jl,regime,limited,held,table.small,0.25,0.25,0,s\n"
               "jl,gpus,,untested,,,,,s\n");
    check_file(
        place, "claims.xml",
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
        "<testsuites name=\"claims\">\n"
        "  <testsuite name=\"jl\" tests=\"5\" failures=\"0\" errors=\"0\" skipped=\"1\">\n"
        "    <testcase classname=\"jl\" name=\"split\"/>\n"
        "    <testcase classname=\"jl\" name=\"mean\"/>\n"
        "    <testcase classname=\"jl\" name=\"maximum\"/>\n"
        "    <testcase classname=\"jl\" name=\"regime\"/>\n"
        "    <testcase classname=\"jl\" name=\"gpus\"><skipped message=\"takes a cluster\"/></testcase>\n"
        "  </testsuite>\n"
        "</testsuites>\n");
    check_run(place, "--quiet", 0, "5 claims: 4 held");
    check_file(place, "stdout",
               "5 claims: 4 held (1 of them refutations, 1 limits), 0 failed, 0 skipped, 1 not tested\n");
    check_run(place, "--program jl/mc", 0, "1 claims: 1 held");
    check_run(place, "--family jl", 0, "5 claims: 4 held");
}

static void unchanged_files_are_left_alone(void **state)
{
    const struct place *place = *state;
    place_fill(place);
    static const char *const names[] = {"experiments/jl/README.md", "EXPERIMENTS.md", "claims.csv"};
    check_run(place, "--tables --claims claims.csv", 0, "5 claims");
    struct timespec long_ago[2] = {{1000, 0}, {1000, 0}};
    for (size_t i = 0; i < COUNT(names); i++) {
        char *path = base_format("%s/%s", place->folder, names[i]);
        assert_int_equal(utimensat(AT_FDCWD, path, long_ago, 0), 0);
        free(path);
    }
    check_run(place, "--tables --claims claims.csv", 0, "5 claims");
    for (size_t i = 0; i < COUNT(names); i++) {
        char *path = base_format("%s/%s", place->folder, names[i]);
        struct stat status;
        assert_int_equal(stat(path, &status), 0);
        assert_int_equal(status.st_mtime, 1000);
        free(path);
    }
}

static void claims_that_fall(void **state)
{
    const struct place *place = *state;
    place_fill(place);
    put(place, "results/jl/table.measured.csv",
        MEASURED("jl/table", "full", "none") "s,24,0,0\nmax,4,0,0\nsmall,nan,0,0\nlarge,0.75,0,0\n");
    put(place, "results/jl/mc.measured.csv", MEASURED("jl/mc", "full", "none") "a,0.501,0.02,20000\n");
    check_run(place, "--tables --claims c.csv --junit c.xml", 1,
              "5 claims: 0 held (0 of them refutations, 0 limits), 4 failed");
    check_file(place, "stdout",
               "jl: Johnson and Lindenstrauss\n"
               "  FAILED  split    24   23    FAILS: not equal (table.s)\n"
               "  FAILED  mean          0.6   FAILS: no measurement mc.b (mc.b)\n"
               "  FAILED  maximum  4    4     FAILS: the source's number is not rejected (table.max)\n"
               "  FAILED  regime   nan  0.25  FAILS: not finite: value nan, error 0 (table.small)\n"
               "  -       gpus                not tested: takes a cluster\n"
               "\n"
               "5 claims: 0 held (0 of them refutations, 0 limits), 4 failed, 0 skipped, 1 not tested\n");
    char *page = get(place, "experiments/jl/README.md"), *index = get(place, "EXPERIMENTS.md"),
         *xml = get(place, "c.xml");
    assert_non_null(strstr(page, "| 23 | 24 (`table.s`) | **FAILS**: not equal |"));
    assert_non_null(strstr(page, "| 0.6 | missing (`mc.b`) | **FAILS**: no measurement mc.b |"));
    assert_non_null(strstr(index, "| 5 (1 not tested) | 0 | 0 | 0 | **4** |"));
    assert_non_null(strstr(xml, "failures=\"4\""));
    assert_non_null(strstr(xml, "<failure message=\"table.max: the source's number is not rejected\"/>"));
    free(page);
    free(index);
    free(xml);
    check_run(place, "--quiet", 1, "FAILED  split");
    char *out = get(place, "stdout");
    assert_null(strstr(out, "gpus"));
    free(out);
}

static void programs_that_did_not_run(void **state)
{
    const struct place *place = *state;
    place_fill(place);
    char *path = base_format("%s/results/jl/mc.measured.csv", place->folder);
    assert_int_equal(unlink(path), 0);
    free(path);
    check_run(place, "", 1, "FAILS: not run: mc (mc.a)");
    check_run(place, "--program jl/table", 0, "3 claims: 3 held");
    check_run(place, "--program jl/mc", 1, "1 claims: 0 held");
    put(place, "experiments/other/claims.ini",
        HEAD "[a]\nclaim = c\nsource = s\nmeasure = p.m\nexpect = 1\n"
             "judge = exact\nno_control = n\n");
    check_run(place, "--family other", 1, "FAILS: not run: p (p.m)");
}

static void measurements_without_a_claim(void **state)
{
    const struct place *place = *state;
    place_fill(place);
    put(place, "results/jl/extra.measured.csv", MEASURED("jl/extra", "full", "none") "x,1,0,0\n");
    check_run(place, "--junit c.xml", 1, "measurement without a claim: jl/extra.x\n");
    char *xml = get(place, "c.xml");
    assert_non_null(
        strstr(xml, "<testcase classname=\"jl\" name=\"extra.x\"><failure message=\"measurement without"));
    free(xml);
    check_run(place, "--program jl/mc", 0, "1 claims: 1 held");
    check_run(place, "--program jl/extra", 1, "measurement without a claim: jl/extra.x\n");
    place_fill(place);
    put(place, "results/nosuch/p.measured.csv", MEASURED("nosuch/p", "full", "none") "x,1,0,0\n");
    check_run(place, "", 1, "measurement without a claim: nosuch/p.x\n");
    check_run(place, "--family jl", 0, "5 claims");
}

static void the_quick_profile(void **state)
{
    const struct place *place = *state;
    place_fill(place);
    put(place, "results/jl/table.measured.csv",
        MEASURED("jl/table", "quick", "none") "s,23,0,0\nmax,1,0,0\n");
    check_run(place, "", 0, "3 held (1 of them refutations, 0 limits), 0 failed, 1 skipped, 1 not tested");
    put(place, "results/jl/table.measured.csv", MEASURED("jl/table", "full", "none") "s,23,0,0\nmax,1,0,0\n");
    check_run(place, "", 1, "no measurement table.small");
}

/* Timings are taken in the full profile alone: quick results lack them, full ones must not. */
static void timings(void **state)
{
    const struct place *place = *state;
    place_fill(place);
    put(place, "experiments/other/claims.ini",
        HEAD "[a]\nclaim = c\nsource = s\nmeasure = p.m\nexpect = 1\njudge = exact\nno_control = n\n"
             "[fast]\nclaim = c\nsource = s\nmeasure = speed.ratio\nexpect = 2\njudge = greater\nprofile = full\n"
             "no_control = n\n");
    put(place, "results/other/p.measured.csv", MEASURED("other/p", "quick", "none") "m,1,0,0\n");
    check_run(place, "--family other", 0, "1 held (0 of them refutations, 0 limits), 0 failed, 1 skipped");
    put(place, "results/other/p.measured.csv", MEASURED("other/p", "full", "none") "m,1,0,0\n");
    check_run(place, "--family other", 1, "no measurement speed.ratio");
    put(place, "results/other/speed.measured.csv", MEASURED("other/speed", "full", "none") "ratio,3,0.1,50\n");
    check_run(place, "--family other", 0, "2 claims: 2 held");
    put(place, "results/other/speed.measured.csv", MEASURED("other/speed", "full", "none") "ratio,1.9,0.01,50\n");
    check_run(place, "--family other", 1, "speed.ratio");
}

static void controls(void **state)
{
    const struct place *place = *state;
    static const char greedy[] = "--results ctl --program jl/table --control greedy";
    place_fill(place);
    check_run(place, "--list-controls", 0, "jl/mc root\njl/table greedy\n");
    put(place, "ctl/jl/table.measured.csv",
        MEASURED("jl/table", "full", "greedy") "s,22,0,0\nmax,9,0,0\nsmall,0.25,0,0\nlarge,0.25,0,0\n");
    check_run(place, greedy, 0, "controls: 2 claims rejected by their controls, 0 passed\n");
    put(place, "ctl/jl/table.measured.csv", MEASURED("jl/table", "quick", "greedy") "s,22,0,0\n");
    check_run(place, greedy, 0, "controls: 1 claims rejected by their controls, 0 passed, 1 skipped\n");
    put(place, "ctl/jl/table.measured.csv",
        MEASURED("jl/table", "full", "greedy") "s,23,0,0\nsmall,0.25,0,0\nlarge,0.75,0,0\n");
    check_run(place, greedy, 1, "controls: 0 claims rejected by their controls, 2 passed\n");
    put(place, "ctl/jl/table.measured.csv",
        MEASURED("jl/table", "full", "greedy") "s,nan,0,0\nsmall,7,0,0\n");
    check_run(place, greedy, 1,
              "controls: 0 claims rejected by their controls, 0 passed, 2 without a value to judge\n");
    put(place, "ctl/jl/table.measured.csv", MEASURED("jl/table", "full", "none") "s,22,0,0\n");
    check_run(place, greedy, 2, "control is none, accepted is greedy");
    put(place, "ctl/jl/table.measured.csv", MEASURED("jl/table", "full", "greedy") "s,22,0,0\n");
    check_run(place, "--results ctl", 2, "control is greedy, accepted is none");
    check_run(place, "--results ctl --program jl/mc --control greedy", 64,
              "no claim about jl/mc has this control");
    check_run(place, "--control greedy", 64, "--control greedy: accepted with --program");
}

static void lists(void **state)
{
    const struct place *place = *state;
    place_fill(place);
    put(place, "experiments/aa/claims.ini",
        HEAD
        "[x]\nclaim = c\nsource = s\nmeasure = p.m\nexpect = 1\njudge = exact\ncontrol = k\nprofile = full\n"
        "[y]\nclaim = d\nsource = s\nmeasure = p.m q.n\nexpect = 1\njudge = exact\ncontrol = k\nprofile = "
        "full\n"
        "[z]\nclaim = e\nsource = s\nmeasure = q.m\nexpect = 1\njudge = exact\ncontrol = k\n");
    check_run(place, "--list-controls", 0, "aa/p k full\naa/q k\njl/mc root\njl/table greedy\n");
    check_run(place, "--list-controls --family aa", 0, "aa/p k full\naa/q k\n");
    check_run(place, "--list-claims aa/q", 0, "y\td\nz\te\n");
    check_run(place, "--list-claims jl/table", 0,
              "split\tN = 130 gives |s| < 24\nmaximum\tsqrt(d) is the maximum\nregime\t");
    check_run(place, "--list-claims nosuch/p", 64, "--family nosuch");
}

static void damaged_results(void **state)
{
    const struct place *place = *state;
    static const char *const cases[][2] = {
        {"", "table.measured.csv:1: no header line"},
        {"id,value,error,count\n", "no line `# experiment: ...`"},
        {MEASURED("jl/other", "full", "none"), "experiment is jl/other, accepted is jl/table"},
        {MEASURED("jl/table", "huge", "none"), "profile is huge, accepted is quick or full"},
        {"# experiment: jl/table\n# profile: full\nid,value,error,count\n", "no line `# seed: ...`"},
        {"# experiment: jl/table\n# profile: full\n# seed: 1\nid,value\n", ":4: accepted is the header"},
        {MEASURED("jl/table", "full", "none") "s,23,0\n", ":7: not as many fields"},
        {MEASURED("jl/table", "full", "none") "s,23,0,0", ":7: the last line does not end"},
        {MEASURED("jl/table", "full", "none") "s,23,0,0\ns,23,0,0\n",
         ":8: s: a measurement for the second time"},
        {MEASURED("jl/table", "full", "none") "s,23x,0,0\n", ":7: s: the value is no number"},
        {MEASURED("jl/table", "full", "none") "s,23,-1,0\n", ":7: s: the error is no number from 0 up"},
        {MEASURED("jl/table", "full", "none") "s,23,0,x\n", ":7: s: the count is no whole number"},
        {MEASURED("jl/table", "full", "none") ",23,0,0\n", ":7: a measurement without an id"},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        place_fill(place);
        put(place, "results/jl/table.measured.csv", cases[i][0]);
        check_run(place, "--tables --claims c.csv", 2, cases[i][1]);
        check_absent(place, "c.csv");
    }
}

static void refusals_write_nothing(void **state)
{
    const struct place *place = *state;
    place_fill(place);
    char *page = get(place, "experiments/jl/README.md");
    put(place, "experiments/jl/claims.ini", HEAD "[a]\nclaim = c\n");
    check_run(place, "--tables --claims c.csv", 64, "experiments/jl/claims.ini:3: [a] has no source");
    check_file(place, "experiments/jl/README.md", page);
    check_absent(place, "c.csv");
    place_fill(place);
    put(place, "EXPERIMENTS.md", "# no markers\n");
    check_run(place, "--tables --claims c.csv --junit c.xml", 64,
              "accepted is one line <!-- families:begin -->");
    check_file(place, "experiments/jl/README.md", page);
    check_absent(place, "c.csv");
    check_absent(place, "c.xml");
    check_run(place, "--tables --family jl", 0, "5 claims"); /* one family leaves the index alone */
    check_file(place, "EXPERIMENTS.md", "# no markers\n");
    free(page);
    place_fill(place);
    put(place, "experiments/jl/README.md", "# no markers\n");
    check_run(place, "--tables", 64, "accepted is one line <!-- claims:begin -->");
    check_run(place, "--claims /nonexistent/c.csv", 2, "cannot write /nonexistent/c.csv");
    struct ran r = run(place, place->verify, ">/dev/full");
    free(r.out);
    free(r.err);
    char *command = base_format("cd %s && %s >/dev/full 2>stderr", place->folder, place->verify);
    assert_int_equal(WEXITSTATUS(system(command)), 2);
    free(command);
}

static void bad_command_lines(void **state)
{
    const struct place *place = *state;
    place_fill(place);
    static const char *const bad[] = {"--nosuch",
                                      "stray",
                                      "--family",
                                      "--family ''",
                                      "--family nosuch",
                                      "--program jl",
                                      "--program jl/",
                                      "--program /x",
                                      "--program a/b/c",
                                      "--program nosuch/x",
                                      "--list-claims jl",
                                      "--experiments nosuch",
                                      "--results nosuch",
                                      "--program jl/mc --family jl",
                                      "--program jl/mc --tables",
                                      "--program jl/mc --claims x",
                                      "--program jl/mc --junit x",
                                      "--program jl/table --control greedy --zscores z",
                                      "--junit ''"};
    for (size_t i = 0; i < COUNT(bad); i++)
        check_run(place, bad[i], 64, "verify: ");
    check_run(place, "--help", 0, "Usage: verify");
}

static void scores_and_calibration(void **state)
{
    const struct place *place = *state;
    place_fill(place);
    check_run(place, "--zscores z.csv", 0, "5 claims");
    check_file(place, "z.csv", "measure,seed,z\njl/mean/mc.a,7,0.5\njl/mean/mc.b,7,-0.7\n");
    check_run(place, "--zscores z.csv --program jl/table", 0, "3 claims");
    check_file(place, "z.csv", "measure,seed,z\njl/mean/mc.a,7,0.5\njl/mean/mc.b,7,-0.7\n");
    struct ran r = run(place, place->calibrate, "z.csv");
    assert_int_equal(r.status, 0);
    free(r.out);
    free(r.err);
    check_run(place, "--zscores z.csv", 0, "5 claims"); /* the same seed again: no independent score */
    r = run(place, place->calibrate, "z.csv");
    assert_int_equal(r.status, 2);
    assert_non_null(strstr(r.err, "jl/mean/mc.a has two scores for seed 7"));
    free(r.out);
    free(r.err);

    /* standard normal, shifted, too wide, bent (uniform of variance 1) */
    static const struct {
        double shift, scale;
        bool uniform;
        int status;
    } cases[] = {
        {0, 1, false, 0}, {1.2, 1, false, 1}, {0, 1.6, false, 1}, {0, 0.6, false, 1}, {0, 1, true, 1}};
    gsl_rng *rng = check_stream("test_verify/calibrate");
    for (size_t i = 0; i < COUNT(cases); i++) {
        char *path = base_format("%s/n.csv", place->folder);
        FILE *file = fopen(path, "wb");
        fputs("measure,seed,z\n", file);
        for (int measure = 0; measure < 5; measure++)
            for (int seed = 0; seed < (cases[i].uniform ? 4000 : 100); seed++) {
                double z = cases[i].uniform ? sqrt(12) * (gsl_rng_uniform(rng) - 0.5) : rng_normal(rng);
                bool odd = measure == 3; /* one bad measurement among good ones is found */
                fprintf(file, "f/c/p.m%d,%d,%.6g\n", measure, seed,
                        odd ? cases[i].shift + cases[i].scale * z : z);
            }
        fclose(file);
        free(path);
        r = run(place, place->calibrate, "--out q.csv n.csv");
        if (r.status != cases[i].status)
            fail_msg("case %zu: exit status %d\n%s%s", i, r.status, r.out, r.err);
        assert_int_equal(strstr(r.out, "out of line  f/c/p.m3") != NULL, cases[i].status);
        free(r.out);
        free(r.err);
        char *quantiles = get(place, "q.csv");
        assert_int_equal(strncmp(quantiles, "normal,z\n-", 10), 0);
        free(quantiles);
    }
    gsl_rng_free(rng);
    static const char *const bad[] = {"", "nosuch.csv", "bad.csv", "empty.csv", "a b", "--nosuch z.csv"};
    static const int status[] = {64, 2, 2, 2, 64, 64};
    put(place, "bad.csv", "measure,seed,z\na,1,nan\n");
    put(place, "empty.csv", "measure,seed,z\n");
    for (size_t i = 0; i < COUNT(bad); i++) {
        r = run(place, place->calibrate, bad[i]);
        assert_int_equal(r.status, status[i]);
        assert_string_equal(r.out, "");
        assert_ptr_equal(strchr(r.err, '\n'), r.err + strlen(r.err) - 1);
        free(r.out);
        free(r.err);
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_that_is_not_finite_holds),
        cmocka_unit_test(nothing_missing_holds),
        cmocka_unit_test(deterministic_judges_refuse_statistics),
        cmocka_unit_test(judge_exact),
        cmocka_unit_test(judge_printed),
        cmocka_unit_test(judges_abs_and_rel),
        cmocka_unit_test(judge_sigma),
        cmocka_unit_test(judges_of_one_side),
        cmocka_unit_test(judge_between),
        cmocka_unit_test(sigma_is_a_probability),
        cmocka_unit_test(scores_where_there_are_some),
        cmocka_unit_test(reasons_say_what_was_asked_and_found),
        cmocka_unit_test(verdict_confirmed),
        cmocka_unit_test(verdict_refuted),
        cmocka_unit_test(verdict_limited),
        cmocka_unit_test(quick_results_skip_full_claims),
        cmocka_unit_test(measured_numbers_are_rounded_to_their_error),
        cmocka_unit_test(splices_between_markers),
        cmocka_unit_test(refuses_damaged_measurements),
        cmocka_unit_test(a_ledger_that_holds),
        cmocka_unit_test(unchanged_files_are_left_alone),
        cmocka_unit_test(claims_that_fall),
        cmocka_unit_test(programs_that_did_not_run),
        cmocka_unit_test(measurements_without_a_claim),
        cmocka_unit_test(the_quick_profile),
        cmocka_unit_test(timings),
        cmocka_unit_test(controls),
        cmocka_unit_test(lists),
        cmocka_unit_test(damaged_results),
        cmocka_unit_test(refusals_write_nothing),
        cmocka_unit_test(bad_command_lines),
        cmocka_unit_test(scores_and_calibration),
    };
    return cmocka_run_group_tests_name("verify", tests, place_set, place_clear);
}
