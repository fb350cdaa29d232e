#include "judge.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "stats.h"

static __attribute__((format(printf, 3, 4))) struct judge_result result(enum judge_outcome outcome,
                                                                        double load, const char *format, ...)
{
    struct judge_result r = {.outcome = outcome, .load = load};
    va_list args;
    va_start(args, format);
    vsnprintf(r.reason, sizeof r.reason, format, args);
    va_end(args);
    return r;
}

static struct judge_result holds(double load)
{
    return (struct judge_result){.outcome = JUDGE_HOLDS, .load = load};
}

static bool is_statistical(enum ledger_judge_kind kind)
{
    return kind >= LEDGER_SIGMA;
}

/* What one standard error is worth beside `resolution`: with few observations more than itself. */
static double noise_of(const struct ledger_judge *judge, const struct judge_measurement *m, double multiple)
{
    return m->count > 0 ? m->error * (multiple / judge->parameter) : m->error;
}

static struct judge_result too_noisy(const struct judge_measurement *m, double noise, double resolution,
                                     double load)
{
    if (m->count > 0 && m->error <= resolution)
        return result(
            JUDGE_NOISY, load,
            "too noisy: standard error %.3g from only %ld observations is worth %.3g, the resolution is %.3g",
            m->error, m->count, noise, resolution);
    return result(JUDGE_NOISY, load, "too noisy: error %.3g, the resolution is %.3g", m->error, resolution);
}

/* |m - e| against what is allowed. */
static struct judge_result near_judge(const struct ledger_judge *judge, double resolution, double bias,
                                      const struct ledger_number *expect, const struct judge_measurement *m)
{
    double off = fabs(m->value - expect->value), allowed = m->error, multiple = 1;
    switch (judge->kind) {
    case LEDGER_PRINTED: allowed += judge->parameter * expect->unit + 1e-15 * fabs(expect->value); break;
    case LEDGER_ABS: allowed += judge->parameter; break;
    case LEDGER_REL: allowed += judge->parameter * fabs(expect->value); break;
    default: /* sigma */
        if (m->count > 0)
            multiple = stats_student_multiple(judge->parameter, m->count);
        allowed = bias + multiple * m->error;
    }
    double load = off == 0 ? 0 : off / allowed;
    if (!(off <= allowed)) {
        if (judge->kind == LEDGER_SIGMA && m->count > 0 && m->error > 0)
            return result(JUDGE_FAILS, load, "off by %.4g: %.3g standard errors, allowed are %.3g", off,
                          off / m->error, allowed / m->error);
        return result(JUDGE_FAILS, load, "off by %.4g, allowed is %.4g", off, allowed);
    }
    if (m->count > 0 && m->error == 0)
        return result(JUDGE_NOISY, load, "standard error 0 from %ld observations: no measure of the noise",
                      m->count);
    double noise = noise_of(judge, m, multiple);
    return noise <= resolution ? holds(load) : too_noisy(m, noise, resolution, load);
}

/* m below the bound (sign = 1) or above it (sign = -1). */
static struct judge_result side_judge(const struct ledger_judge *judge, double resolution, int sign,
                                      bool strict, double bound, const struct judge_measurement *m)
{
    double multiple = m->count > 0 ? stats_student_multiple(judge->parameter, m->count) : 1;
    double margin = multiple * m->error, room = sign * (bound - m->value), load = margin - room;
    const char *relation = sign > 0 ? (strict ? "below" : "at most") : (strict ? "above" : "at least");
    double noise = noise_of(judge, m, multiple);
    bool resolved = noise <= resolution;
    if (strict ? room > margin : room >= margin)
        return resolved ? holds(load) : too_noisy(m, noise, resolution, load);
    if (strict ? room <= -margin : room < -margin)
        return result(JUDGE_FAILS, load, "not %s %.6g, by %.4g", relation, bound, -room);
    if (isfinite(resolution) && resolved)
        return result(JUDGE_FAILS, load, "not %s %.6g by the margin of %.3g", relation, bound, margin);
    return result(JUDGE_UNDECIDED, load, "undecided: %s %.6g takes a margin of %.3g, there is %.3g%s",
                  relation, bound, margin, room, resolved ? "" : ", and the noise is above the resolution");
}

static struct judge_result exact_judge(const struct ledger_number *expect, const struct judge_measurement *m)
{
    bool equal = expect->whole && ledger_text_whole(m->text) ? ledger_whole_equal(expect->text, m->text)
                                                             : m->value == expect->value;
    return equal ? holds(0) : result(JUDGE_FAILS, 1, "not equal");
}

static struct judge_result between_judge(const struct ledger_judge *judge, double resolution,
                                         const struct ledger_number *expect,
                                         const struct judge_measurement *m)
{
    struct judge_result low = side_judge(judge, resolution, -1, true, expect[0].value, m);
    struct judge_result high = side_judge(judge, resolution, 1, true, expect[1].value, m);
    struct judge_result worse = low.outcome == JUDGE_HOLDS ? high : low; /* both sides cannot fail at once */
    worse.load = fmax(low.load, high.load);
    return worse;
}

struct judge_result judge_pair(const struct ledger_judge *judge, double resolution, double bias,
                               const struct ledger_number *expect, const struct judge_measurement *m)
{
    if (!m)
        return result(JUDGE_MISSING, INFINITY, "no measurement");
    bool digits = judge->kind == LEDGER_EXACT && ledger_text_whole(m->text); /* perhaps beyond any double */
    if ((!digits && !isfinite(m->value)) || !isfinite(m->error) || m->error < 0)
        return result(JUDGE_NOT_FINITE, INFINITY, "not finite: value %.40s, error %g", m->text, m->error);
    if (m->count > 0 && !is_statistical(judge->kind))
        return result(JUDGE_WRONG_KIND, INFINITY,
                      "statistical measurement needs judge sigma, less, greater or between, not %s",
                      ledger_judge_word(judge->kind));
    if (m->count == 1 || m->count < 0)
        return result(JUDGE_WRONG_KIND, INFINITY, "count %ld: a standard error takes two observations",
                      m->count);
    switch (judge->kind) {
    case LEDGER_EXACT: return exact_judge(expect, m);
    case LEDGER_LESS:
    case LEDGER_AT_MOST:
        return side_judge(judge, resolution, 1, judge->kind == LEDGER_LESS, expect->value, m);
    case LEDGER_GREATER:
    case LEDGER_AT_LEAST:
        return side_judge(judge, resolution, -1, judge->kind == LEDGER_GREATER, expect->value, m);
    case LEDGER_BETWEEN: return between_judge(judge, resolution, expect, m);
    default: return near_judge(judge, resolution, bias, expect, m);
    }
}

double judge_score(const struct ledger_judge *judge, double bias, const struct ledger_number *expect,
                   const struct judge_measurement *m)
{
    bool scored = judge->kind == LEDGER_SIGMA && bias == 0 && m && m->count > 1 && isfinite(m->value) &&
                  isfinite(m->error) && m->error > 0;
    return scored ? stats_normal_score((m->value - expect->value) / m->error, m->count) : (double)NAN;
}

/* ---- claims ---- */

struct pair {
    const struct ledger_reference *reference; /* NULL: none such */
    const struct judge_measurement *measurement;
    const struct ledger_number *expect;
    struct ledger_judge judge;
    struct judge_result result;
};

/* The pairs of one list that matter. */
struct tally {
    size_t count, held, failed;
    struct pair unsound;  /* the first without a value to judge */
    struct pair not_held; /* the first that does not hold */
    struct pair fails;    /* the first that fails by its value, or for a control is undecided */
    struct pair holds;    /* the first that holds */
    struct pair nearest;  /* of those that hold: the one nearest to failing */
};

static void first(struct pair *kept, const struct pair *pair)
{
    if (!kept->reference)
        *kept = *pair;
}

static struct tally list_judge(const struct ledger_claim *claim, const struct ledger_references *references,
                               const struct ledger_numbers *numbers, const struct ledger_judge *judge,
                               bool control, const struct judge_source *source)
{
    struct tally t = {.count = references->count};
    for (size_t i = 0; i < references->count; i++) {
        struct pair pair = {.reference = &references->reference[i], .judge = *judge};
        pair.expect = ledger_expected(numbers, judge->kind, i);
        pair.measurement = source->find(source->context, pair.reference);
        pair.result = judge_pair(judge, claim->resolution, claim->bias, pair.expect, pair.measurement);
        enum judge_outcome outcome = pair.result.outcome;
        if (outcome == JUDGE_MISSING)
            pair.result = source->run(source->context, pair.reference->program) == JUDGE_NOT_RUN
                              ? result(outcome, INFINITY, "not run: %.80s", pair.reference->program)
                              : result(outcome, INFINITY, "no measurement %.120s", pair.reference->text);
        if (outcome == JUDGE_HOLDS) {
            t.held++;
            first(&t.holds, &pair);
            if (!t.nearest.reference || pair.result.load > t.nearest.result.load)
                t.nearest = pair;
        } else {
            first(&t.not_held, &pair);
        }
        if (outcome == JUDGE_FAILS || (control && outcome == JUDGE_UNDECIDED)) {
            t.failed++;
            first(&t.fails, &pair);
        }
        if (outcome >= JUDGE_NOT_FINITE)
            first(&t.unsound, &pair);
    }
    return t;
}

static __attribute__((format(printf, 3, 4))) struct judge_verdict
verdict(enum judge_status status, const struct pair *pair, const char *format, ...)
{
    struct judge_verdict v = {status, pair->reference, pair->measurement, pair->expect, pair->judge, ""};
    va_list args;
    va_start(args, format);
    vsnprintf(v.reason, sizeof v.reason, format, args);
    va_end(args);
    return v;
}

/* Does any program of the claim come from the quick profile? */
static bool is_quick(const struct ledger_claim *claim, const struct judge_source *source)
{
    const struct ledger_references *lists[] = {&claim->measure, &claim->outside};
    for (size_t list = 0; list < 2; list++)
        for (size_t i = 0; i < lists[list]->count; i++)
            if (source->run(source->context, lists[list]->reference[i].program) == JUDGE_QUICK)
                return true;
    return false;
}

/* All lists of a claim; those that its verdict does not know stay empty. */
struct tallies {
    struct tally inside, outside, corrected;
    struct pair unsound;
};

static struct tallies claim_tally(const struct ledger_claim *claim, const struct judge_source *source,
                                  bool control)
{
    struct tallies t = {0};
    t.inside = list_judge(claim, &claim->measure, &claim->expect, &claim->judge, control, source);
    if (claim->verdict == LEDGER_REFUTED)
        t.corrected = list_judge(claim, &claim->measure, &claim->corrected, &claim->corrected_judge, control,
                                 source);
    if (claim->verdict == LEDGER_LIMITED)
        t.outside = list_judge(claim, &claim->outside, &claim->outside_expect, &claim->judge, control,
                               source);
    const struct tally *lists[] = {&t.inside, &t.corrected, &t.outside};
    for (size_t i = 0; i < 3; i++)
        if (lists[i]->unsound.reference)
            first(&t.unsound, &lists[i]->unsound);
    return t;
}

/* The verdict where nothing is to be judged; false when there is. */
static bool unjudged(const struct ledger_claim *claim, const struct judge_source *source,
                     struct judge_verdict *v)
{
    static const struct pair none = {0};
    if (claim->untested)
        *v = verdict(JUDGE_UNTESTED, &none, "%s", claim->untested);
    else if (claim->full && is_quick(claim, source))
        *v = verdict(JUDGE_SKIPPED, &none, "needs the full profile");
    else
        return false;
    return true;
}

struct judge_verdict judge_claim(const struct ledger_claim *claim, const struct judge_source *source)
{
    struct judge_verdict v;
    if (unjudged(claim, source, &v))
        return v;
    struct tallies t = claim_tally(claim, source, false);
    if (t.unsound.reference)
        return verdict(JUDGE_FELL, &t.unsound, "%s", t.unsound.result.reason);
    if (claim->verdict == LEDGER_REFUTED) {
        if (!t.inside.failed) {
            const struct pair *pair = t.inside.not_held.reference ? &t.inside.not_held : &t.inside.nearest;
            return verdict(JUDGE_FELL, pair, "the source's number is not rejected%s%s",
                           *pair->result.reason ? ": " : "", pair->result.reason);
        }
        if (t.corrected.not_held.reference)
            return verdict(JUDGE_FELL, &t.corrected.not_held, "the correction does not hold: %s",
                           t.corrected.not_held.result.reason);
        return verdict(JUDGE_HELD, &t.inside.fails, "%s", "");
    }
    if (t.inside.not_held.reference)
        return verdict(JUDGE_FELL, &t.inside.not_held, "%s", t.inside.not_held.result.reason);
    if (t.outside.holds.reference)
        return verdict(JUDGE_FELL, &t.outside.holds, "holds outside its regime, too");
    if (t.outside.failed < t.outside.count)
        return verdict(JUDGE_FELL, &t.outside.not_held, "outside its regime: %s",
                       t.outside.not_held.result.reason);
    return verdict(JUDGE_HELD, &t.inside.nearest, "%s", "");
}

struct judge_verdict judge_control(const struct ledger_claim *claim, const struct judge_source *source)
{
    struct judge_verdict v;
    if (unjudged(claim, source, &v))
        return v;
    struct tallies t = claim_tally(claim, source, true);
    if (t.unsound.reference)
        return verdict(JUDGE_BROKEN, &t.unsound, "a control must fail by its value: %s",
                       t.unsound.result.reason);
    bool refuted = claim->verdict == LEDGER_REFUTED;
    if (!refuted && t.inside.failed)
        return verdict(JUDGE_REJECTED, &t.inside.fails, "%s", t.inside.fails.result.reason);
    if (refuted && t.corrected.failed)
        return verdict(JUDGE_REJECTED, &t.corrected.fails, "%s", t.corrected.fails.result.reason);
    if (refuted && t.inside.held == t.inside.count)
        return verdict(JUDGE_REJECTED, &t.inside.nearest, "agrees with the source");
    if (t.outside.held)
        return verdict(JUDGE_REJECTED, &t.outside.holds, "holds outside the regime, too");
    const struct tally *list = refuted ? &t.corrected : &t.inside;
    const struct pair *pair = list->not_held.reference ? &list->not_held : &list->nearest;
    return verdict(JUDGE_PASSED, pair, "the control passes%s%s", *pair->result.reason ? ": " : "",
                   pair->result.reason);
}
