/* verify: holds the measurements below results/ against the ledgers below experiments/ and says what
 * holds.
 *
 * Exit status: 0 everything judged holds, 1 a claim fell or a measurement has no claim (with --control: a
 * control passed a claim), 2 unreadable results or unwritable files, 64 bad usage or a bad ledger. Nothing
 * is written on 64.
 */
#include <argp.h>
#include <errno.h>
#include <libgen.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base.h"
#include "gather.h"
#include "judge.h"
#include "tables.h"

struct options {
    const char *experiments, *results;
    const char **family;
    size_t families;
    char *program_family; /* --program FAMILY/PROGRAM: its halves */
    const char *program;
    const char *control, *junit, *claims, *zscores;
    bool tables, quiet, list_controls;
    const char *list_claims;
};

/* ---- command line ---- */

enum {
    KEY_EXPERIMENTS = 1,
    KEY_RESULTS,
    KEY_FAMILY,
    KEY_PROGRAM,
    KEY_CONTROL,
    KEY_JUNIT,
    KEY_CLAIMS,
    KEY_ZSCORES,
    KEY_TABLES,
    KEY_QUIET,
    KEY_LIST_CONTROLS,
    KEY_LIST_CLAIMS
};

static const struct argp_option argp_options[] = {
    {"experiments", KEY_EXPERIMENTS, "DIR", 0, "Where the ledgers are (experiments)", 0},
    {"results", KEY_RESULTS, "DIR", 0, "Where the measurements are (results)", 0},
    {"family", KEY_FAMILY, "FAMILY", 0, "This family alone; may be given more than once", 0},
    {"program", KEY_PROGRAM, "FAMILY/PROGRAM", 0, "The claims about this program alone", 0},
    {"control", KEY_CONTROL, "NAME", 0, "With --program, on results of this control: its claims must fail",
     0},
    {"tables", KEY_TABLES, NULL, 0, "Rewrite the tables in the families' pages and EXPERIMENTS.md", 0},
    {"claims", KEY_CLAIMS, "FILE", 0, "Write a row a claim as CSV", 0},
    {"junit", KEY_JUNIT, "FILE", 0, "Write JUnit XML", 0},
    {"zscores", KEY_ZSCORES, "FILE", 0, "Append the normal score of every statistical measurement", 0},
    {"quiet", KEY_QUIET, NULL, 0, "Print what fails and the last line only", 0},
    {"list-controls", KEY_LIST_CONTROLS, NULL, 0, "List FAMILY/PROGRAM CONTROL [full] and do nothing else",
     0},
    {"list-claims", KEY_LIST_CLAIMS, "FAMILY/PROGRAM", 0,
     "List the claims about a program and do nothing else", 0},
    {"help", '?', NULL, 0, "This list", -1},
    {0}};

/* The halves of FAMILY/PROGRAM. */
static const char *program_split(const char *option, const char *text, char **family)
{
    const char *slash = strchr(text, '/');
    if (!slash || slash == text || !slash[1] || strchr(slash + 1, '/'))
        base_die(BASE_BAD_USAGE, "--%s: '%.80s' is not accepted; give FAMILY/PROGRAM", option, text);
    *family = base_format("%.*s", (int)(slash - text), text);
    return slash + 1;
}

static error_t parse_one(int key, char *text, struct argp_state *state)
{
    struct options *o = state->input;
    if (text && !*text && key != ARGP_KEY_ARG)
        base_die(BASE_BAD_USAGE, "an option's value is empty; see --help");
    switch (key) {
    case KEY_EXPERIMENTS: o->experiments = text; return 0;
    case KEY_RESULTS: o->results = text; return 0;
    case KEY_CONTROL: o->control = text; return 0;
    case KEY_JUNIT: o->junit = text; return 0;
    case KEY_CLAIMS: o->claims = text; return 0;
    case KEY_ZSCORES: o->zscores = text; return 0;
    case KEY_TABLES: o->tables = true; return 0;
    case KEY_QUIET: o->quiet = true; return 0;
    case KEY_LIST_CONTROLS: o->list_controls = true; return 0;
    case KEY_LIST_CLAIMS: o->list_claims = text; return 0;
    case KEY_FAMILY:
        o->family = base_grow(o->family, o->families + 1, sizeof *o->family);
        o->family[o->families++] = text;
        return 0;
    case KEY_PROGRAM:
        free(o->program_family);
        o->program = program_split("program", text, &o->program_family);
        return 0;
    case '?':
        argp_help(state->root_argp, stdout, ARGP_HELP_STD_HELP & ~(unsigned)ARGP_HELP_EXIT_OK, state->name);
        exit(BASE_DONE);
    case ARGP_KEY_ARG: base_die(BASE_BAD_USAGE, "argument '%.80s' is not accepted; see --help", text);
    default: return ARGP_ERR_UNKNOWN;
    }
}

static struct options options_parse(int argc, char **argv)
{
    static const struct argp argp = {
        argp_options,
        parse_one,
        NULL,
        "Holds the measurements against the ledgers of claims and says what holds.\vExit status: 0 all "
        "holds, 1 a claim "
        "fell, 2 unreadable results or unwritable files, 64 bad usage or a bad ledger.",
        NULL,
        NULL,
        NULL};
    struct options o = {.experiments = "experiments", .results = "results"};
    int at = 0;
    /* argp's own errors take two lines; ours take one */
    if (argp_parse(&argp, argc, argv, ARGP_NO_ERRS | ARGP_NO_HELP, &at, &o))
        base_die(BASE_BAD_USAGE, "option '%.80s' is unknown, ambiguous or lacks its value; see --help",
                 argv[at > 0 && at <= argc ? at - (at == argc || strncmp(argv[at], "--", 2)) : argc - 1]);
    if (o.control && !o.program)
        base_die(BASE_BAD_USAGE, "--control %.80s: accepted with --program FAMILY/PROGRAM only", o.control);
    if (o.program && o.families)
        base_die(BASE_BAD_USAGE, "--program and --family: only one of them is accepted");
    if (o.program && (o.tables || o.claims || o.junit))
        base_die(BASE_BAD_USAGE,
                 "--tables, --claims and --junit hold whole families: not accepted with --program");
    if (o.control && o.zscores)
        base_die(BASE_BAD_USAGE, "--zscores: not accepted with --control");
    return o;
}

/* ---- lists ---- */

struct control {
    char *line; /* FAMILY/PROGRAM CONTROL */
    bool full;  /* every claim with it needs the full profile */
};

static int compare_controls(const void *a, const void *b)
{
    return strcmp(((const struct control *)a)->line, ((const struct control *)b)->line);
}

static void list_controls(const struct gather *gather)
{
    struct control *list = NULL;
    size_t count = 0;
    for (size_t i = 0; i < gather->families; i++)
        for (size_t j = 0; j < gather->family[i].ledger.claims; j++) {
            const struct ledger_claim *claim = &gather->family[i].ledger.claim[j];
            if (!claim->control)
                continue;
            char *line = base_format("%s/%s %s", gather->family[i].name, claim->measure.reference[0].program,
                                     claim->control);
            size_t k = 0;
            while (k < count && strcmp(list[k].line, line) != 0)
                k++;
            if (k < count) {
                list[k].full = list[k].full && claim->full;
                free(line);
                continue;
            }
            list = base_grow(list, count + 1, sizeof *list);
            list[count++] = (struct control){line, claim->full};
        }
    if (count)
        qsort(list, count, sizeof *list, compare_controls);
    for (size_t k = 0; k < count; k++) {
        printf("%s%s\n", list[k].line, list[k].full ? " full" : "");
        free(list[k].line);
    }
    free(list);
}

static void list_claims(const struct options *o)
{
    char *family;
    const char *program = program_split("list-claims", o->list_claims, &family), *names[] = {family};
    struct gather gather = gather_ledgers(o->experiments, names, 1);
    const struct ledger *ledger = &gather.family[0].ledger;
    for (size_t j = 0; j < ledger->claims; j++)
        if (ledger_claim_uses(&ledger->claim[j], program))
            printf("%s\t%s\n", ledger->claim[j].name, ledger->claim[j].claim);
    gather_free(&gather);
    free(family);
}

/* ---- judging ---- */

/* Is this claim among those the command line asks for? */
static bool is_chosen(const struct options *o, const struct ledger_claim *claim)
{
    if (o->control)
        return claim->control && strcmp(claim->control, o->control) == 0 &&
               strcmp(claim->measure.reference[0].program, o->program) == 0;
    return !o->program || ledger_claim_uses(claim, o->program);
}

/* Results of a control are wrong on purpose: they must not be taken for results, nor results for them. */
static void controls_check(const struct options *o, const struct gather *gather)
{
    for (size_t i = 0; i < gather->families; i++)
        for (size_t j = 0; j < gather->family[i].programs; j++) {
            const struct gather_program *program = &gather->family[i].program[j];
            const char *made = program->control ? program->control : "none",
                       *want = o->control ? o->control : "none";
            if ((!o->program || strcmp(program->name, o->program) == 0) && strcmp(made, want) != 0)
                base_die(BASE_RUN_FAILED, "%s/%s/%s.measured.csv: control is %s, accepted is %s", o->results,
                         gather->family[i].name, program->name, made, want);
        }
}

static struct tables_family *judge_all(const struct options *o, const struct gather *gather)
{
    struct tables_family *families = base_alloc(gather->families, sizeof *families);
    for (size_t i = 0; i < gather->families; i++) {
        const struct gather_family *family = &gather->family[i];
        struct judge_source source = gather_source(family);
        struct judge_verdict *verdict = base_alloc(family->ledger.claims, sizeof *verdict);
        for (size_t j = 0; j < family->ledger.claims; j++)
            if (is_chosen(o, &family->ledger.claim[j]))
                verdict[j] = o->control ? judge_control(&family->ledger.claim[j], &source)
                                        : judge_claim(&family->ledger.claim[j], &source);
        families[i] = (struct tables_family){family, verdict};
    }
    return families;
}

/* ---- what a person reads ---- */

enum { COLUMNS = 5 };

struct line {
    char *text[COLUMNS];
};

/* Columns on a terminal: bytes that do not continue a UTF-8 sequence. */
static int width_of(const char *text)
{
    int width = 0;
    for (; *text; text++)
        width += (*text & 0xc0) != 0x80;
    return width;
}

static struct line line_make(const struct ledger_claim *claim, const struct judge_verdict *v)
{
    static const char *const words[] = {"ok", "FAILED", "skip", "-", "ok", "FAILED", "FAILED"};
    struct line line = {{base_copy(words[v->status]), base_copy(claim->name), NULL, NULL, NULL}};
    line.text[2] = v->measurement ? tables_measured(v->measurement) : base_copy("");
    line.text[3] = v->reference ? tables_expected(v->expect, v->judge.kind) : base_copy("");
    char *words_now = v->status == JUDGE_REJECTED ? base_format("control rejected: %s", v->reason)
                                                  : tables_verdict(claim, v);
    bool fell = v->status == JUDGE_FELL || v->status == JUDGE_PASSED || v->status == JUDGE_BROKEN;
    bool several = v->reference && claim->measure.count + claim->outside.count > 1;
    line.text[4] = (fell && v->reference) || several ? base_format("%s (%s)", words_now, v->reference->text)
                                                     : base_copy(words_now);
    free(words_now);
    return line;
}

static void lines_print(struct line *lines, size_t count)
{
    int width[COLUMNS] = {0};
    for (size_t i = 0; i < count; i++)
        for (int k = 0; k < COLUMNS; k++)
            width[k] = width_of(lines[i].text[k]) > width[k] ? width_of(lines[i].text[k]) : width[k];
    for (size_t i = 0; i < count; i++) {
        for (int k = 0; k < COLUMNS; k++) {
            int pad = k + 1 < COLUMNS ? width[k] - width_of(lines[i].text[k]) : 0;
            printf("  %s%*s", lines[i].text[k], pad, "");
            free(lines[i].text[k]);
        }
        putchar('\n');
    }
}

static void family_print(const struct options *o, const struct tables_family *judged)
{
    const struct ledger *ledger = &judged->family->ledger;
    struct line *lines = base_alloc(ledger->claims, sizeof *lines);
    size_t count = 0;
    for (size_t j = 0; j < ledger->claims; j++) {
        const struct judge_verdict *v = &judged->verdict[j];
        bool fell = v->status == JUDGE_FELL || v->status == JUDGE_PASSED || v->status == JUDGE_BROKEN;
        if (is_chosen(o, &ledger->claim[j]) && (fell || !o->quiet))
            lines[count++] = line_make(&ledger->claim[j], v);
    }
    if (count) {
        printf("%s: %s\n", judged->family->name, ledger->title);
        lines_print(lines, count);
        putchar('\n');
    }
    free(lines);
}

/* Names every measurement that no claim asks about; their number. */
static size_t unclaimed_print(const struct options *o, const struct gather *gather)
{
    size_t count = 0;
    for (size_t i = 0; i < gather->families; i++)
        for (size_t j = 0; j < gather->family[i].programs; j++) {
            const struct gather_program *program = &gather->family[i].program[j];
            for (size_t k = 0; k < program->measurements; k++)
                if (!program->measurement[k].claimed &&
                    (!o->program || strcmp(o->program, program->name) == 0)) {
                    printf("  FAILED  measurement without a claim: %s/%s.%s\n", gather->family[i].name,
                           program->name, program->measurement[k].id);
                    count++;
                }
        }
    if (count)
        putchar('\n');
    return count;
}

/* ---- files ---- */

/* A file to be, kept until everything is known to be good. */
struct draft {
    char *path, *text;
};

struct drafts {
    struct draft *draft;
    size_t count;
};

static void draft_add(struct drafts *drafts, char *path, char *text)
{
    drafts->draft = base_grow(drafts->draft, drafts->count + 1, sizeof *drafts->draft);
    drafts->draft[drafts->count++] = (struct draft){path, text};
}

/* Writes the drafts whose text is not what the file holds already. */
static void drafts_write(struct drafts *drafts)
{
    for (size_t i = 0; i < drafts->count; i++) {
        struct draft *draft = &drafts->draft[i];
        char *old = base_read_file(draft->path, NULL);
        if (!old || strcmp(old, draft->text) != 0) {
            struct base_output *output = base_output_open(draft->path);
            fputs(draft->text, base_output_stream(output));
            base_output_commit(output);
        }
        free(old);
        free(draft->path);
        free(draft->text);
    }
    free(drafts->draft);
}

/* The page `path` with a new table between its markers. */
static void draft_page(struct drafts *drafts, char *path, const char *name, char *body)
{
    char *page = base_read_file(path, NULL);
    if (!page)
        base_die(BASE_BAD_USAGE, "--tables: %s: %s", path, strerror(errno));
    char *text = tables_splice(page, name, body);
    if (!text)
        base_die(BASE_BAD_USAGE,
                 "--tables: %s: accepted is one line <!-- %s:begin --> and below it one line <!-- %s:end -->",
                 path, name, name);
    draft_add(drafts, path, text);
    free(page);
    free(body);
}

static void draft_tables(struct drafts *drafts, const struct options *o, const struct tables_family *families,
                         size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (families[i].family->recorded)
            draft_page(drafts, base_format("%s/%s/README.md", o->experiments, families[i].family->name),
                       "claims", tables_claims(&families[i]));
    if (o->families)
        return; /* the index holds all families */
    struct tables_family *recorded = base_alloc(count, sizeof *recorded);
    size_t rows = 0;
    for (size_t i = 0; i < count; i++)
        if (families[i].family->recorded)
            recorded[rows++] = families[i];
    char *parent = base_copy(o->experiments), *own = base_copy(o->experiments);
    draft_page(drafts, base_format("%s/EXPERIMENTS.md", dirname(parent)), "families",
               tables_index(recorded, rows, basename(own)));
    free(parent);
    free(own);
    free(recorded);
}

typedef void writer(FILE *stream, const struct tables_family *families, size_t count);

static void draft_stream(struct drafts *drafts, const char *path, writer *write,
                         const struct tables_family *families, size_t count)
{
    char *text;
    size_t length;
    FILE *stream = open_memstream(&text, &length);
    if (!stream)
        base_die(BASE_RUN_FAILED, "out of memory");
    write(stream, families, count);
    if (fclose(stream))
        base_die(BASE_RUN_FAILED, "out of memory");
    draft_add(drafts, base_copy(path), text);
}

/* The rows of all pairs of the list that have a score. */
static char *scores_of(const struct gather_family *family, const struct ledger_claim *claim, char *text)
{
    bool refuted = claim->verdict == LEDGER_REFUTED; /* then the truth is in the correction */
    const struct ledger_numbers *numbers = refuted ? &claim->corrected : &claim->expect;
    const struct ledger_judge *judge = refuted ? &claim->corrected_judge : &claim->judge;
    for (size_t i = 0; i < claim->measure.count; i++) {
        const struct ledger_reference *reference = &claim->measure.reference[i];
        const struct gather_measurement *m = gather_measurement(family, reference);
        double z = judge_score(judge, claim->bias, ledger_expected(numbers, judge->kind, i),
                               m ? &m->value : NULL);
        if (isnan(z))
            continue;
        char *more = base_format("%s%s/%s/%s,%s,%.6g\n", text, family->name, claim->name, reference->text,
                                 gather_program(family, reference->program)->seed, z);
        free(text);
        text = more;
    }
    return text;
}

static void draft_scores(struct drafts *drafts, const struct options *o, const struct tables_family *families,
                         size_t count)
{
    char *text = base_read_file(o->zscores, NULL);
    if (!text && errno != ENOENT)
        base_die(BASE_RUN_FAILED, "cannot read %s: %s", o->zscores, strerror(errno));
    if (!text || !*text) {
        free(text);
        text = base_copy("measure,seed,z\n");
    }
    for (size_t i = 0; i < count; i++)
        for (size_t j = 0; j < families[i].family->ledger.claims; j++) {
            const struct ledger_claim *claim = &families[i].family->ledger.claim[j];
            enum judge_status status = families[i].verdict[j].status;
            if (is_chosen(o, claim) && (status == JUDGE_HELD || status == JUDGE_FELL))
                text = scores_of(families[i].family, claim, text);
        }
    draft_add(drafts, base_copy(o->zscores), text);
}

/* ---- the command ---- */

static int finish_controls(const struct options *o, const struct tables_family *families, size_t count)
{
    size_t n[JUDGE_BROKEN + 1] = {0}, chosen = 0;
    for (size_t i = 0; i < count; i++)
        for (size_t j = 0; j < families[i].family->ledger.claims; j++)
            if (is_chosen(o, &families[i].family->ledger.claim[j])) {
                n[families[i].verdict[j].status]++;
                chosen++;
            }
    if (!chosen)
        base_die(BASE_BAD_USAGE, "--control %.80s: no claim about %s/%s has this control", o->control,
                 o->program_family, o->program);
    printf("controls: %zu claims rejected by their controls, %zu passed", n[JUDGE_REJECTED], n[JUDGE_PASSED]);
    if (n[JUDGE_BROKEN])
        printf(", %zu without a value to judge", n[JUDGE_BROKEN]);
    if (n[JUDGE_SKIPPED])
        printf(", %zu skipped", n[JUDGE_SKIPPED]);
    putchar('\n');
    return n[JUDGE_PASSED] + n[JUDGE_BROKEN] ? BASE_CLAIM_FELL : BASE_DONE;
}

static int finish_claims(const struct options *o, const struct gather *gather,
                         const struct tables_family *families)
{
    struct tables_counts n = {0};
    for (size_t i = 0; i < gather->families; i++)
        for (size_t j = 0; j < families[i].family->ledger.claims; j++)
            if (is_chosen(o, &families[i].family->ledger.claim[j]))
                tables_count(&n, &families[i].family->ledger.claim[j], &families[i].verdict[j]);
    size_t unclaimed = unclaimed_print(o, gather);
    printf("%zu claims: %zu held (%zu of them refutations, %zu limits), %zu failed, %zu skipped, %zu not "
           "tested\n",
           n.claims, n.held, n.refuted, n.limited, n.fell, n.skipped, n.untested);
    return n.fell + unclaimed ? BASE_CLAIM_FELL : BASE_DONE;
}

static int verify(const struct options *o)
{
    const char *const one[] = {o->program_family};
    struct gather gather = o->program ? gather_ledgers(o->experiments, one, 1)
                                      : gather_ledgers(o->experiments, o->family, o->families);
    struct stat status;
    if (stat(o->results, &status) || !S_ISDIR(status.st_mode))
        base_die(BASE_BAD_USAGE, "--results %.200s: no such folder", o->results);
    gather_results(&gather, o->results, !o->program && !o->families);
    controls_check(o, &gather);
    struct tables_family *families = judge_all(o, &gather);

    struct drafts drafts = {0};
    if (o->tables)
        draft_tables(&drafts, o, families, gather.families);
    if (o->claims)
        draft_stream(&drafts, o->claims, tables_csv, families, gather.families);
    if (o->junit)
        draft_stream(&drafts, o->junit, tables_junit, families, gather.families);
    if (o->zscores)
        draft_scores(&drafts, o, families, gather.families);
    drafts_write(&drafts);

    for (size_t i = 0; i < gather.families; i++)
        family_print(o, &families[i]);
    int outcome = o->control ? finish_controls(o, families, gather.families)
                             : finish_claims(o, &gather, families);
    for (size_t i = 0; i < gather.families; i++)
        free((void *)families[i].verdict);
    free(families);
    gather_free(&gather);
    return outcome;
}

int main(int argc, char **argv)
{
    base_program_set(argv[0]);
    struct options o = options_parse(argc, argv);
    int outcome = BASE_DONE;
    if (o.list_claims) {
        list_claims(&o);
    } else if (o.list_controls) {
        struct gather gather = gather_ledgers(o.experiments, o.family, o.families);
        list_controls(&gather);
        gather_free(&gather);
    } else {
        outcome = verify(&o);
    }
    free(o.family);
    free(o.program_family);
    if (fflush(stdout) || ferror(stdout))
        base_die(BASE_RUN_FAILED, "cannot write to standard output");
    return outcome;
}
