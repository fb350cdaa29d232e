/* A calculator: the best a, b, c for given N, by any of the methods.
 *
 *     build/nabc/solve 130 170141183460469231731687303715884105727
 *     build/nabc/solve --sum 0:1000000000
 *     build/nabc/solve --brainfuck 130
 *
 * Source: kexue.fm/archives/9775. Everything is checked before the first row is printed.
 */
#include <argp.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base.h"
#include "fast.h"
#include "nabc.h"

enum method { BRUTE, DIRECT, DIRECT_CLOSED, XY, PQ, EARLY, FAST, METHODS };

static const struct {
    const char *name;
    unsigned bits; /* N < 2^bits; 0: any */
    bool signed_c;
} methods[METHODS] = {
    [BRUTE] = {"brute", 0, true},
    [DIRECT] = {"direct", 0, false},
    [DIRECT_CLOSED] = {"direct-closed", 0, false},
    [XY] = {"xy", 128, false},
    [PQ] = {"pq", 128, false},
    [EARLY] = {"early", 0, true},
    [FAST] = {"fast", 0, true},
};

enum { BRAINFUCK_BITS = 44, SUM_BITS = 62 };

struct request {
    enum method method;
    bool signed_c, brainfuck;
    const char *sum;
    char **number;
    size_t numbers;
};

enum { KEY_METHOD = 1000, KEY_SIGNED, KEY_SUM, KEY_BRAINFUCK, KEY_VERSION };

static enum method method_of(const char *name)
{
    for (enum method m = 0; m < METHODS; m++)
        if (!strcmp(name, methods[m].name))
            return m;
    base_die(BASE_BAD_USAGE,
             "--method: '%.80s' is not accepted; give brute, direct, direct-closed, xy, pq, early or fast",
             name);
}

static error_t parse_one(int key, char *text, struct argp_state *state)
{
    struct request *request = state->input;
    switch (key) {
    case KEY_METHOD:
        request->method = method_of(text);
        return 0;
    case KEY_SIGNED:
        request->signed_c = true;
        return 0;
    case KEY_SUM:
        request->sum = text;
        return 0;
    case KEY_BRAINFUCK:
        request->brainfuck = true;
        return 0;
    case KEY_VERSION:
        puts("Kexue Lab 1");
        exit(BASE_DONE);
    case '?':
        argp_help(state->root_argp, stdout, ARGP_HELP_STD_HELP & ~(unsigned)ARGP_HELP_EXIT_OK, state->name);
        exit(BASE_DONE);
    case ARGP_KEY_ARG:
        request->number[request->numbers++] = text;
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static void parse_command_line(struct request *request, int argc, char **argv)
{
    static const struct argp_option options[] = {
        {"method", KEY_METHOD, "NAME", 0,
         "brute (N up to 100000), direct and direct-closed (up to 2^40), xy and pq (below 2^128), early, "
         "fast (default)",
         0},
        {"signed", KEY_SIGNED, NULL, 0, "Let c be negative and minimise a + b + |c| (brute, early, fast)", 0},
        {"sum", KEY_SUM, "LO:HI", 0,
         "Add up s, and what early scans, over LO <= N <= HI < 2^62 (early, fast)", 0},
        {"brainfuck", KEY_BRAINFUCK, NULL, 0,
         "Print a Brainfuck program that leaves N, one a line (N < 2^44)", 0},
        {"help", '?', NULL, 0, "This list", -1},
        {"version", KEY_VERSION, NULL, 0, "The version of the lab", -1},
        {0},
    };
    static const struct argp argp = {
        options,
        parse_one,
        "N [N ...]",
        "Natural numbers a, b, c with N = a b + c and the least sum s = a + b + c, as CSV; "
        "scanned counts the candidates that the method visits.",
        NULL,
        NULL,
        NULL};
    int at = 0;
    if (argp_parse(&argp, argc, argv, ARGP_NO_ERRS | ARGP_NO_HELP, &at, request)) {
        const char *text =
            argv[at > 0 && at <= argc ? at - (at == argc || strncmp(argv[at], "--", 2)) : argc - 1];
        for (int i = 1; i < argc; i++) /* a negative number is taken for options */
            if (argv[i][0] == '-' && argv[i][1] >= '0' && argv[i][1] <= '9')
                base_die(BASE_BAD_USAGE, "N: '%.80s' is not accepted; give natural numbers in decimal digits",
                         argv[i]);
        base_die(BASE_BAD_USAGE, "option '%.80s' is unknown, ambiguous or lacks its value; see --help", text);
    }
}

static void check_size(enum method method, const mpz_t n, const char *text)
{
    const char *limit = NULL;
    if (method == BRUTE && mpz_cmp_ui(n, NABC_BRUTE_MAX) > 0)
        limit = "up to 100000";
    else if ((method == DIRECT || method == DIRECT_CLOSED) && mpz_cmp_ui(n, NABC_DIRECT_MAX) > 0)
        limit = "up to 2^40";
    else if (methods[method].bits && mpz_sizeinbase(n, 2) > methods[method].bits)
        limit = "below 2^128";
    if (limit)
        base_die(BASE_BAD_USAGE, "N: '%.80s' is too large for --method %s; give N %s", text,
                 methods[method].name, limit);
}

/* ---- rows ---- */

static void row_print(const char *n, const struct nabc_big *split)
{
    if (split->found)
        gmp_printf("%s,%Zd,%Zd,%Zd,%Zd,%lu\n", n, split->s, split->a, split->b, split->c,
                   (unsigned long)split->scanned);
    else
        printf("%s,,,,,%lu\n", n, (unsigned long)split->scanned);
}

/* A line every ten seconds on a terminal. */
static void progress(void *context, uint64_t scanned, uint64_t bound)
{
    time_t *last = context, now = time(NULL);
    if (now - *last < 10)
        return;
    *last = now;
    base_note("%.4g values of p scanned, %.4g more at most", (double)scanned, (double)(bound - scanned));
}

static void solve(const struct request *request, const mpz_t n, struct nabc_big *split)
{
    time_t started = time(NULL);
    struct fast_options options = fast_defaults;
    if (isatty(STDERR_FILENO))
        options.progress = progress, options.context = &started;
    bool small = mpz_sizeinbase(n, 2) <= 128;
    nabc_u128 value = small ? nabc_u128_of(n) : 0;
    struct nabc_split found;
    switch (request->method) {
    case BRUTE:
        found = nabc_brute((uint64_t)value, request->signed_c);
        break;
    case DIRECT:
    case DIRECT_CLOSED:
        found = nabc_direct((uint64_t)value, request->method == DIRECT_CLOSED);
        break;
    case XY:
        found = nabc_xy(value);
        break;
    case PQ:
        found = nabc_pq(value);
        break;
    case EARLY:
        if (!small) {
            nabc_early_big(split, n, request->signed_c);
            return;
        }
        found = nabc_early(value, request->signed_c);
        break;
    default:
        fast_big(split, n, request->signed_c, &options, NULL);
        return;
    }
    nabc_big_set(split, &found);
}

static void sum_print(const struct request *request)
{
    const char *colon = strchr(request->sum, ':');
    char *low_text = colon ? strndup(request->sum, (size_t)(colon - request->sum)) : NULL;
    mpz_t low, high;
    mpz_inits(low, high, NULL);
    if (!low_text || nabc_parse(low_text, low) || nabc_parse(colon + 1, high) || mpz_cmp(low, high) > 0 ||
        mpz_sizeinbase(high, 2) > SUM_BITS)
        base_die(BASE_BAD_USAGE, "--sum: '%.80s' is not accepted; give LO:HI with 0 <= LO <= HI < 2^62",
                 request->sum);
    uint64_t lo = mpz_get_ui(low), hi = mpz_get_ui(high);
    struct nabc_total total = request->signed_c || request->method == EARLY
                                  ? nabc_sum_early(lo, hi, request->signed_c)
                                  : nabc_sum(lo, hi);
    char s[40], scanned[40];
    printf("n,s,a,b,c,scanned\n%lu:%lu,%s,,,,%s\n", (unsigned long)lo, (unsigned long)hi,
           nabc_u128_text(s, total.s), nabc_u128_text(scanned, total.scanned));
    mpz_clears(low, high, NULL);
    free(low_text);
}

static void check_request(const struct request *request)
{
    const char *name = methods[request->method].name;
    if (request->signed_c && !methods[request->method].signed_c)
        base_die(BASE_BAD_USAGE, "--signed: not with --method %s; give brute, early or fast", name);
    if (request->sum && request->numbers)
        base_die(BASE_BAD_USAGE, "N: '%.80s' is not accepted beside --sum; give one or the other",
                 request->number[0]);
    if (request->sum && request->brainfuck)
        base_die(BASE_BAD_USAGE, "--brainfuck: not with --sum; give N instead");
    if (request->sum && request->method != EARLY && request->method != FAST)
        base_die(BASE_BAD_USAGE, "--sum: not with --method %s; give early or fast", name);
    if (request->brainfuck && request->method == DIRECT)
        base_die(BASE_BAD_USAGE, "--brainfuck: not with --method direct, which finds nothing for some N; "
                                 "give another method");
    if (!request->sum && !request->numbers)
        base_die(BASE_BAD_USAGE, "no N; give natural numbers in decimal digits, or --sum LO:HI; see --help");
}

int main(int argc, char **argv)
{
    base_program_set(argv[0]);
    struct request request = {.method = FAST, .number = base_alloc((size_t)argc, sizeof *request.number)};
    parse_command_line(&request, argc, argv);
    check_request(&request);
    if (request.sum) {
        sum_print(&request);
    } else {
        mpz_t *n = base_alloc(request.numbers, sizeof *n);
        struct nabc_big split;
        for (size_t i = 0; i < request.numbers; i++) {
            mpz_init(n[i]);
            if (nabc_parse(request.number[i], n[i]))
                base_die(BASE_BAD_USAGE, "N: '%.80s' is not accepted; give natural numbers in decimal digits",
                         request.number[i]);
            check_size(request.method, n[i], request.number[i]);
            if (request.brainfuck && mpz_sizeinbase(n[i], 2) > BRAINFUCK_BITS)
                base_die(BASE_BAD_USAGE, "N: '%.80s' is too large for --brainfuck; give N below 2^44",
                         request.number[i]);
        }
        nabc_big_init(&split);
        if (!request.brainfuck)
            puts("n,s,a,b,c,scanned");
        for (size_t i = 0; i < request.numbers; i++) {
            solve(&request, n[i], &split);
            if (request.brainfuck) {
                char *program = nabc_brainfuck(&split);
                puts(program);
                free(program);
            } else {
                char *text = mpz_get_str(NULL, 10, n[i]);
                row_print(text, &split);
                free(text);
            }
            mpz_clear(n[i]);
        }
        nabc_big_clear(&split);
        free(n);
    }
    free(request.number);
    if (ferror(stdout) || fclose(stdout))
        base_die(BASE_RUN_FAILED, "standard output: cannot be written");
    return BASE_DONE;
}
