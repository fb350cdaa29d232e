#include <argp.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lab_internal.h"
#include "ledger.h"

enum { KEY_SEED = 1000, KEY_PROFILE, KEY_THREADS, KEY_OUT, KEY_CONTROL, KEY_SHARD, KEY_PRINT, KEY_RECORD, KEY_CLAIMS,
       KEY_VERSION, KEY_AXIS };

static long positive(const char *option, const char *text)
{
    long n;
    if (base_parse_long(text, &n) || n < 1 || n > 4096)
        base_die(BASE_BAD_USAGE, "--%s: '%.80s' is not accepted; give a whole number from 1 to 4096", option, text);
    return n;
}

static int word_in(const char *text, const char *words)
{
    struct axis_values one;
    char *why;
    if (words && !strchr(text, ',') && !axis_parse(text, AXIS_WORD, words, &one, &why)) {
        axis_free(&one);
        return 1;
    }
    return 0;
}

static void parse_shard(struct lab_options *o, const char *text)
{
    char *copy = base_copy(text), *slash = strchr(copy, '/');
    if (slash)
        *slash = '\0';
    if (!slash || base_parse_long(copy, &o->shard) || base_parse_long(slash + 1, &o->shards) || o->shard < 1 ||
        o->shard > o->shards || o->shards > 100000)
        base_die(BASE_BAD_USAGE, "--shard: '%.80s' is not accepted; give I/K with 1 <= I <= K, such as 2/3", text);
    free(copy);
}

static error_t parse_one(int key, char *text, struct argp_state *state)
{
    struct lab *lab = state->input;
    struct lab_options *o = &lab->options;
    if (key >= KEY_AXIS && key < KEY_AXIS + (int)lab->axes) {
        o->list[key - KEY_AXIS] = text;
        return 0;
    }
    switch (key) {
    case KEY_SEED:
        if (base_parse_uint64(text, &o->seed))
            base_die(BASE_BAD_USAGE, "--seed: '%.80s' is not accepted; give a whole number from 0 to 2^64 - 1", text);
        return 0;
    case KEY_PROFILE:
        if (strcmp(text, "quick") && strcmp(text, "full"))
            base_die(BASE_BAD_USAGE, "--profile: '%.80s' is not accepted; give quick or full", text);
        o->profile = strcmp(text, "quick") ? LAB_FULL : LAB_QUICK;
        return 0;
    case KEY_THREADS:
        o->threads = positive("threads", text);
        return 0;
    case KEY_OUT:
        if (!*text)
            base_die(BASE_BAD_USAGE, "--out: '' is not accepted; give a folder");
        o->out = text;
        return 0;
    case KEY_CONTROL:
        if (!word_in(text, lab->spec->controls))
            base_die(BASE_BAD_USAGE, "--control: '%.80s' is not accepted; give one of %s", text,
                     lab->spec->controls ? lab->spec->controls : "(this program has none)");
        o->control = text;
        return 0;
    case KEY_SHARD:
        parse_shard(o, text);
        return 0;
    case KEY_RECORD:
        o->record = text;
        return 0;
    case KEY_PRINT:
        o->print = 1;
        return 0;
    case KEY_CLAIMS:
        o->list_claims = 1;
        return 0;
    case '?':
        argp_help(state->root_argp, stdout, ARGP_HELP_STD_HELP & ~(unsigned)ARGP_HELP_EXIT_OK, state->name);
        exit(BASE_DONE);
    case KEY_VERSION:
        puts("Kexue Lab 1");
        exit(BASE_DONE);
    case ARGP_KEY_ARG:
        base_die(BASE_BAD_USAGE, "argument '%.80s' is not accepted; values are given by options, see --help", text);
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

/* The option's help: what it is, then its values by default. */
static char *axis_help(const struct lab_axis *axis)
{
    if (axis->quick && strcmp(axis->quick, axis->full))
        return base_format("%s (full: %s; quick: %s)", axis->help ? axis->help : "", axis->full, axis->quick);
    return base_format("%s (%s)", axis->help ? axis->help : "", axis->full);
}

static void parse_command_line(struct lab *lab, int argc, char **argv)
{
    static const struct argp_option common[] = {
        {"profile", KEY_PROFILE, "quick|full", 0, "Which values the axes have by default (full)", 1},
        {"seed", KEY_SEED, "N", 0, "Seed of all random streams (1)", 1},
        {"threads", KEY_THREADS, "N", 0, "Cells computed at a time (the processors); no number depends on it", 1},
        {"out", KEY_OUT, "DIR", 0, "Write DIR/FAMILY/PROGRAM*.csv; without it the table is printed", 1},
        {"print", KEY_PRINT, NULL, 0, "Print the main table with all its digits", 1},
        {"control", KEY_CONTROL, "NAME", 0, "Compute a wrong variant on purpose, which must fail its claims", 1},
        {"shard", KEY_SHARD, "I/K", 0, "Compute every K-th cell and keep the journal; a run without it merges", 1},
        {"record", KEY_RECORD, "FILE", 0, "Write host, compiler, time and memory of this run to FILE", 1},
        {"list-claims", KEY_CLAIMS, NULL, 0, "List the claims that ask about this program", 1},
        {"help", '?', NULL, 0, "This list", -1},
        {"version", KEY_VERSION, NULL, 0, "The version of the lab", -1},
    };
    size_t commons = sizeof common / sizeof *common;
    struct argp_option options[LAB_AXES_MAX + sizeof common / sizeof *common + 1];
    memset(options, 0, sizeof options);
    char *help[LAB_AXES_MAX];
    for (size_t i = 0; i < lab->axes; i++) {
        help[i] = axis_help(&lab->spec->axes[i]);
        options[i] = (struct argp_option){lab->spec->axes[i].name, KEY_AXIS + (int)i, "LIST", 0, help[i], 0};
    }
    memcpy(options + lab->axes, common, commons * sizeof *common);
    char *about = base_format("%s: %s\vA LIST is 16,64,256 or a range: 0:199, 0:1:0.25 (steps), 16:4096:*4 (factors).%s%s",
                              lab->spec->name, lab->spec->about, lab->spec->controls ? " Controls: " : "",
                              lab->spec->controls ? lab->spec->controls : "");
    struct argp argp = {options, parse_one, NULL, about, NULL, NULL, NULL};
    /* argp's own errors take two lines and its help is silent with ARGP_NO_ERRS: both are handled here */
    int at = 0;
    if (argp_parse(&argp, argc, argv, ARGP_NO_ERRS | ARGP_NO_HELP, &at, lab))
        base_die(BASE_BAD_USAGE, "option '%.80s' is unknown, ambiguous or lacks its value; see --help",
                 argv[at > 0 && at <= argc ? at - (at == argc || strncmp(argv[at], "--", 2)) : argc - 1]);
    for (size_t i = 0; i < lab->axes; i++)
        free(help[i]);
    free(about);
}

/* Prints the names and sentences of the claims on this program. The ledger is looked for at experiments/FAMILY below
 * the working folder, then below the folders above the executable. */
static _Noreturn void list_claims(const struct lab *lab)
{
    int family_length = (int)strcspn(lab->spec->name, "/");
    char *error = NULL, self[4096];
    ssize_t length = readlink("/proc/self/exe", self, sizeof self - 1);
    self[length > 0 ? length : 0] = '\0';
    struct ledger ledger;
    char *path = base_format("experiments/%.*s/claims.ini", family_length, lab->spec->name);
    for (char *slash = self + strlen(self); access(path, R_OK) && slash; slash = strrchr(self, '/')) {
        *slash = '\0';
        free(path);
        path = base_format("%s/experiments/%.*s/claims.ini", self, family_length, lab->spec->name);
    }
    if (ledger_read(path, &ledger, &error))
        base_die(BASE_RUN_FAILED, "%s", error);
    for (size_t i = 0; i < ledger.claims; i++)
        if (ledger_claim_uses(&ledger.claim[i], lab->program))
            printf("%s\t%s\n", ledger.claim[i].name, ledger.claim[i].claim);
    ledger_free(&ledger);
    free(path);
    exit(BASE_DONE);
}

void lab_options_parse(struct lab *lab, int argc, char **argv)
{
    long processors = sysconf(_SC_NPROCESSORS_ONLN);
    lab->options = (struct lab_options){.profile = LAB_FULL, .seed = 1, .shard = 1, .shards = 1,
                                        .threads = processors > 0 ? processors : 1};
    parse_command_line(lab, argc, argv);
    if (lab->options.list_claims)
        list_claims(lab);
    if (lab->options.shards > 1 && !lab->options.out)
        base_die(BASE_BAD_USAGE, "--shard: give --out DIR too, the folder that all the shards share");
    for (size_t i = 0; i < lab->axes; i++) {
        const struct lab_axis *axis = &lab->spec->axes[i];
        const char *list = lab->options.list[i];
        if (!list)
            list = lab->options.profile == LAB_QUICK && axis->quick ? axis->quick : axis->full;
        char *why;
        if (axis_parse(list, axis->kind, axis->domain, &lab->values[i], &why))
            base_die(BASE_BAD_USAGE, "--%s: %s", axis->name, why);
        lab->list[i] = list;
    }
}
