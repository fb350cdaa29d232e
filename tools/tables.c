#include "tables.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base.h"

enum { LIST_MAX = 4 /* so many pairs are shown one by one */, DIGITS_MAX = 40, DIGITS_ENDS = 12 };

void tables_count(struct tables_counts *counts, const struct ledger_claim *claim,
                  const struct judge_verdict *verdict)
{
    bool held = verdict->status == JUDGE_HELD;
    counts->claims++;
    counts->held += held;
    counts->refuted += held && claim->verdict == LEDGER_REFUTED;
    counts->limited += held && claim->verdict == LEDGER_LIMITED;
    counts->fell += verdict->status == JUDGE_FELL;
    counts->skipped += verdict->status == JUDGE_SKIPPED;
    counts->untested += verdict->status == JUDGE_UNTESTED;
}

/* ---- numbers for people ---- */

/* The text of a number, a very long one cut in the middle. */
static char *digits_text(const char *text)
{
    size_t length = strlen(text);
    if (length <= DIGITS_MAX)
        return base_copy(text);
    return base_format("%.*s...%s (%zu digits)", DIGITS_ENDS, text, text + length - DIGITS_ENDS, length);
}

/* The decimal exponent of x > 0 once it is rounded to two digits. */
static int exponent_of(double x)
{
    char text[32];
    snprintf(text, sizeof text, "%.1e", x);
    return (int)strtol(strchr(text, 'e') + 1, NULL, 10);
}

char *tables_measured(const struct judge_measurement *m)
{
    if (!isfinite(m->value) || !isfinite(m->error)) {
        char error[32], *text = digits_text(m->text), *both;
        both = isfinite(m->error) ? base_copy(text)
                                  : base_format("%s ± %s", text, base_real_text(error, m->error, 3));
        free(text);
        return both;
    }
    if (m->error == 0 && ledger_text_whole(m->text))
        return digits_text(m->text);
    if (m->error == 0 || (m->count == 0 && m->error < 1e-10 * fabs(m->value))) {
        char text[32];
        return base_copy(base_real_text(text, m->value, 10));
    }
    int last = exponent_of(m->error) - 1; /* the place of the error's second digit */
    int lead = m->value == 0 ? last + 1 : exponent_of(fabs(m->value));
    lead = lead > last + 1 ? lead : last + 1;
    if (lead < -5 || lead > 5 || last < -12) {
        double unit = pow(10, lead);
        int decimals = lead - last < 17 ? lead - last : 17;
        return base_format("(%.*f ± %.*f)e%d", decimals, m->value / unit, decimals, m->error / unit, lead);
    }
    double unit = last > 0 ? pow(10, last) : 1;
    int decimals = last < 0 ? -last : 0;
    double value = last > 0 ? rint(m->value / unit) * unit : m->value;
    double error = last > 0 ? rint(m->error / unit) * unit : m->error;
    return base_format("%.*f ± %.*f", decimals, value, decimals, error);
}

char *tables_expected(const struct ledger_number *expect, enum ledger_judge_kind kind)
{
    static const char *const relations[] = {[LEDGER_LESS] = "< ",
                                            [LEDGER_AT_MOST] = "≤ ",
                                            [LEDGER_GREATER] = "> ",
                                            [LEDGER_AT_LEAST] = "≥ ",
                                            [LEDGER_BETWEEN] = ""};
    char *text = digits_text(expect[0].text), *whole;
    if (kind == LEDGER_BETWEEN)
        whole = base_format("%s .. %s", expect[0].text, expect[1].text);
    else
        whole = base_format("%s%s", relations[kind] ? relations[kind] : "", text);
    free(text);
    return whole;
}

/* The numbers expected of a list of measurements, in words. */
static char *numbers_text(const struct ledger_numbers *numbers, enum ledger_judge_kind kind, size_t measures)
{
    size_t stride = kind == LEDGER_BETWEEN ? 2 : 1, count = numbers->count / stride;
    char *text = base_copy("");
    for (size_t i = 0; i < count && i < LIST_MAX; i++) {
        char *one = tables_expected(ledger_expected(numbers, kind, i), kind);
        char *more = base_format("%s%s%s", text, i ? ", " : "", one);
        free(one);
        free(text);
        text = more;
    }
    if (count <= LIST_MAX)
        return text;
    char *more = base_format("%s, ... (%zu numbers)", text, measures);
    free(text);
    return more;
}

/* The measurements of a list, one by one when they are few; else NULL. */
static char *measured_text(const struct gather_family *family, const struct ledger_references *references)
{
    if (references->count > LIST_MAX)
        return NULL;
    char *text = base_copy("");
    for (size_t i = 0; i < references->count; i++) {
        const struct gather_measurement *m = gather_measurement(family, &references->reference[i]);
        char *one = m ? tables_measured(&m->value) : base_copy("missing");
        char *more = base_format("%s%s%s", text, i ? ", " : "", one);
        free(one);
        free(text);
        text = more;
    }
    return text;
}

char *tables_verdict(const struct ledger_claim *claim, const struct judge_verdict *verdict)
{
    switch (verdict->status) {
    case JUDGE_UNTESTED: return base_format("not tested: %s", verdict->reason);
    case JUDGE_SKIPPED: return base_format("skipped: %s", verdict->reason);
    case JUDGE_FELL: return base_format("FAILS: %s", verdict->reason);
    case JUDGE_HELD: break;
    default: return base_copy(verdict->reason);
    }
    if (claim->verdict == LEDGER_LIMITED)
        return base_copy("holds only in a regime");
    if (claim->verdict != LEDGER_REFUTED)
        return base_copy("holds");
    char *numbers = numbers_text(&claim->corrected, claim->corrected_judge.kind, claim->measure.count);
    char *text = base_format("refuted (corrected: %s)", numbers);
    free(numbers);
    return text;
}

/* ---- Markdown ---- */

/* The length of a reference at `text` that can be linked to, and what stands before it in the link; 0:
 * none. */
static size_t link_length(const char *text, const char **prefix, size_t *drop)
{
    static const char archives[] = "kexue.fm/archives/", arxiv[] = "arXiv:";
    size_t head = 0;
    if (strncmp(text, archives, sizeof archives - 1) == 0) {
        head = sizeof archives - 1;
        *prefix = "https://";
        *drop = 0;
    } else if (strncmp(text, arxiv, sizeof arxiv - 1) == 0) {
        head = *drop = sizeof arxiv - 1;
        *prefix = "https://arxiv.org/abs/";
    }
    size_t tail = head ? strspn(text + head, head == sizeof arxiv - 1 ? "0123456789." : "0123456789") : 0;
    while (tail && text[head + tail - 1] == '.')
        tail--;
    return tail ? head + tail : 0;
}

/* Text as it may stand in a cell of a table: no bar ends it, no '<' begins a tag; sources become links. */
static void cell_write(FILE *stream, const char *text)
{
    bool math = false, code = false;
    for (const char *c = text; *c; c++) {
        const char *prefix;
        size_t drop, link = math || code ? 0 : link_length(c, &prefix, &drop);
        math = math != (*c == '$' && !code);
        code = code != (*c == '`');
        if (link) {
            fprintf(stream, "[%.*s](%s%.*s)", (int)link, c, prefix, (int)(link - drop), c + drop);
            c += link - 1;
        } else if (*c == '|' || (*c == '<' && !math && !code)) {
            fprintf(stream, "\\%c", *c);
        } else {
            fputc(*c == '\t' ? ' ' : *c, stream);
        }
    }
}

static FILE *text_open(char **text, size_t *length)
{
    FILE *stream = open_memstream(text, length);
    if (!stream)
        base_die(BASE_RUN_FAILED, "out of memory");
    return stream;
}

static void text_close(FILE *stream)
{
    if (fclose(stream))
        base_die(BASE_RUN_FAILED, "out of memory");
}

char *tables_splice(const char *page, const char *name, const char *body)
{
    char *begin = base_format("<!-- %s:begin -->\n", name), *end = base_format("<!-- %s:end -->", name);
    const char *from = strstr(page, begin), *to = strstr(page, end);
    bool once = from && to && from < to && !strstr(from + 1, begin) && !strstr(to + 1, end);
    char *spliced = NULL;
    if (once)
        spliced = base_format("%.*s%s%s", (int)(from - page + (ptrdiff_t)strlen(begin)), page, body, to);
    free(begin);
    free(end);
    return spliced;
}

static void claim_row(FILE *stream, const struct gather_family *family, const struct ledger_claim *claim,
                      const struct judge_verdict *verdict)
{
    fprintf(stream, "| <a id=\"claim-%s\"></a>[%s](#claim-%s): ", claim->name, claim->name, claim->name);
    cell_write(stream, claim->claim);
    fputs(" | ", stream);
    cell_write(stream, claim->source);
    fputs(" | ", stream);
    char *expected = NULL, *measured = NULL, *words = tables_verdict(claim, verdict);
    bool fell = verdict->status == JUDGE_FELL, several = claim->measure.count > LIST_MAX;
    if (verdict->reference && (fell || several)) { /* one pair that tells */
        char *one = verdict->measurement ? tables_measured(verdict->measurement) : base_copy("missing");
        expected = tables_expected(verdict->expect, verdict->judge.kind);
        measured = fell ? base_format("%s (`%s`)", one, verdict->reference->text)
                        : base_format("%s (`%s`, of %zu)", one, verdict->reference->text,
                                      claim->measure.count);
        free(one);
    } else if (verdict->reference) {
        expected = numbers_text(&claim->expect, claim->judge.kind, claim->measure.count);
        measured = measured_text(family, &claim->measure);
    } else if (!claim->untested) {
        expected = numbers_text(&claim->expect, claim->judge.kind, claim->measure.count);
    }
    cell_write(stream, expected ? expected : "");
    fputs(" | ", stream);
    cell_write(stream, measured ? measured : "");
    fputs(fell ? " | **FAILS**" : " | ", stream);
    cell_write(stream, fell ? words + strlen("FAILS") : words);
    if (verdict->status == JUDGE_HELD && claim->verdict == LEDGER_LIMITED) {
        char *outside = measured_text(family, &claim->outside);
        if (outside) {
            fputs(" (outside: ", stream);
            cell_write(stream, outside);
            fputc(')', stream);
        }
        free(outside);
    }
    if (claim->finding) {
        fputs(". ", stream);
        cell_write(stream, claim->finding);
    }
    fputs(" |\n", stream);
    free(expected);
    free(measured);
    free(words);
}

char *tables_claims(const struct tables_family *family)
{
    char *text;
    size_t length;
    FILE *stream = text_open(&text, &length);
    fputs("\n| claim | source | expected | measured | verdict |\n|---|---|---|---|---|\n", stream);
    for (size_t i = 0; i < family->family->ledger.claims; i++)
        claim_row(stream, family->family, &family->family->ledger.claim[i], &family->verdict[i]);
    fputc('\n', stream);
    text_close(stream);
    return text;
}

char *tables_index(const struct tables_family *families, size_t count, const char *experiments)
{
    char *text;
    size_t length;
    FILE *stream = text_open(&text, &length);
    fputs("\n| family | article | claims | held | refuted | limited | failed | headline | figure |\n"
          "|---|---|--:|--:|--:|--:|--:|---|---|\n",
          stream);
    for (size_t i = 0; i < count; i++) {
        const struct ledger *ledger = &families[i].family->ledger;
        const char *name = families[i].family->name;
        struct tables_counts n = {0};
        for (size_t j = 0; j < ledger->claims; j++)
            tables_count(&n, &ledger->claim[j], &families[i].verdict[j]);
        fprintf(stream, "| [%s](%s/%s/README.md) | ", name, experiments, name);
        cell_write(stream, ledger->title);
        for (size_t j = 0; j < ledger->archives; j++)
            fprintf(stream, "%s[%s](https://kexue.fm/archives/%s)", j ? ", " : " ", ledger->archive[j],
                    ledger->archive[j]);
        fprintf(stream, " | %zu", n.claims);
        if (n.untested + n.skipped)
            fprintf(stream, " (%zu not tested)", n.untested + n.skipped);
        fprintf(stream, " | %zu | %zu | %zu | ", n.held - n.refuted - n.limited, n.refuted, n.limited);
        fprintf(stream, n.fell ? "**%zu** | " : "%zu | ", n.fell);
        cell_write(stream, ledger->headline ? ledger->headline : "");
        if (ledger->figure)
            fprintf(stream,
                    " | <a href=\"results/%s\"><img src=\"results/%s\" width=\"200\" alt=\"%s\"></a> |\n",
                    ledger->figure, ledger->figure, name);
        else
            fputs(" | |\n", stream);
    }
    fputc('\n', stream);
    text_close(stream);
    return text;
}

/* ---- for machines ---- */

static void xml_write(FILE *stream, const char *text)
{
    for (const char *c = text; *c; c++)
        switch (*c) {
        case '&': fputs("&amp;", stream); break;
        case '<': fputs("&lt;", stream); break;
        case '>': fputs("&gt;", stream); break;
        case '"': fputs("&quot;", stream); break;
        default: /* other control characters have no place in XML */
            fputc((unsigned char)*c < ' ' ? ' ' : *c, stream);
        }
}

static void junit_case(FILE *stream, const char *family, const char *name, const char *element,
                       const char *message)
{
    fputs("    <testcase classname=\"", stream);
    xml_write(stream, family);
    fputs("\" name=\"", stream);
    xml_write(stream, name);
    if (!element) {
        fputs("\"/>\n", stream);
        return;
    }
    fprintf(stream, "\"><%s message=\"", element);
    xml_write(stream, message);
    fputs("\"/></testcase>\n", stream);
}

/* Calls junit_case for every measurement without a claim (stream NULL: counts only); their number. */
static size_t junit_unclaimed(FILE *stream, const struct gather_family *family)
{
    size_t count = 0;
    for (size_t i = 0; i < family->programs; i++)
        for (size_t j = 0; j < family->program[i].measurements; j++) {
            const struct gather_measurement *m = &family->program[i].measurement[j];
            count += !m->claimed;
            if (m->claimed || !stream)
                continue;
            char *name = base_format("%s.%s", family->program[i].name, m->id);
            junit_case(stream, family->name, name, "failure", "measurement without a claim");
            free(name);
        }
    return count;
}

void tables_junit(FILE *stream, const struct tables_family *families, size_t count)
{
    fputs("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"claims\">\n", stream);
    for (size_t i = 0; i < count; i++) {
        const struct ledger *ledger = &families[i].family->ledger;
        const char *family = families[i].family->name;
        size_t unclaimed = junit_unclaimed(NULL, families[i].family), failures = unclaimed, skipped = 0;
        for (size_t j = 0; j < ledger->claims; j++) {
            enum judge_status status = families[i].verdict[j].status;
            skipped += status == JUDGE_SKIPPED || status == JUDGE_UNTESTED;
            failures += status == JUDGE_FELL || status == JUDGE_PASSED || status == JUDGE_BROKEN;
        }
        fputs("  <testsuite name=\"", stream);
        xml_write(stream, family);
        fprintf(stream, "\" tests=\"%zu\" failures=\"%zu\" errors=\"0\" skipped=\"%zu\">\n",
                ledger->claims + unclaimed, failures, skipped);
        for (size_t j = 0; j < ledger->claims; j++) {
            const struct judge_verdict *v = &families[i].verdict[j];
            const char *element = v->status == JUDGE_HELD || v->status == JUDGE_REJECTED      ? NULL
                                  : v->status == JUDGE_SKIPPED || v->status == JUDGE_UNTESTED ? "skipped"
                                                                                              : "failure";
            char *message = base_format("%s%s%s", v->reference ? v->reference->text : "",
                                        v->reference ? ": " : "", v->reason);
            junit_case(stream, family, ledger->claim[j].name, element, message);
            free(message);
        }
        junit_unclaimed(stream, families[i].family);
        fputs("  </testsuite>\n", stream);
    }
    fputs("</testsuites>\n", stream);
}

void tables_csv(FILE *stream, const struct tables_family *families, size_t count)
{
    static const char *const words[] = {
        "held", "failed", "skipped", "untested", "control rejected", "control passed", "control broken"};
    fputs("family,claim,verdict,status,measure,expected,measured,error,source\n", stream);
    for (size_t i = 0; i < count; i++)
        for (size_t j = 0; j < families[i].family->ledger.claims; j++) {
            const struct ledger_claim *claim = &families[i].family->ledger.claim[j];
            const struct judge_verdict *v = &families[i].verdict[j];
            char error[32] = "", *expected = base_copy("");
            if (v->reference) {
                free(expected);
                expected = v->judge.kind == LEDGER_BETWEEN
                               ? base_format("%s %s", v->expect[0].text, v->expect[1].text)
                               : base_copy(v->expect->text);
            }
            if (v->measurement)
                base_real_text(error, v->measurement->error, 6);
            const char *fields[] = {families[i].family->name,
                                    claim->name,
                                    claim->untested ? "" : ledger_verdict_word(claim->verdict),
                                    words[v->status],
                                    v->reference ? v->reference->text : "",
                                    expected,
                                    v->measurement ? v->measurement->text : "",
                                    error,
                                    claim->source};
            for (size_t k = 0; k < sizeof fields / sizeof *fields; k++) {
                if (k)
                    fputc(',', stream);
                if (*fields[k])
                    csv_write_field(stream, fields[k]);
            }
            fputc('\n', stream);
            free(expected);
        }
}
