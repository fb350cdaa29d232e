/* The ledger parser: every key, every refusal with its line, long lines, whole numbers of any size. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <gmp.h>

#include "base.h"
#include "check.h"
#include "ledger.h"

#define FAMILY "title = T\narchives = 1\n"
#define SAID "claim = c\nsource = s\n"
#define HEAD FAMILY "[a]\n" SAID /* five lines */
#define TAIL "no_control = n\n"

static struct ledger parse(const char *text)
{
    struct ledger ledger;
    char *error = NULL;
    if (ledger_parse(text, strlen(text), &ledger, &error))
        fail_msg("refused: %s in\n%s", error, text);
    return ledger;
}

static void refuses(const char *text, const char *expected)
{
    struct ledger ledger;
    char *error = NULL;
    if (ledger_parse(text, strlen(text), &ledger, &error) == 0)
        fail_msg("accepted:\n%s", text);
    if (!strstr(error, expected) || strncmp(error, expected, strcspn(expected, ":")) != 0)
        fail_msg("said: %s\ninstead of: %s", error, expected);
    assert_null(ledger.claim);
    assert_null(ledger.title);
    free(error);
}

static void reads_a_worked_example(void **state)
{
    (void)state;
    struct ledger l = parse("; how a family is written down\n"
                            "title    = The best split of a convolution\n"
                            "           into two\n"
                            "archives = 9775 9801\n"
                            "headline = It is not the square root.\n"
                            "figure   = nabc/cost.svg\n"
                            "\n"
                            "# a claim of the source that holds\n"
                            "[counterexample-130]\n"
                            "claim   = N = 130 is best split as 10 x 13 ; not 11 x 11\n"
                            "source  = kexue.fm/archives/9775, section 1\n"
                            "measure = table.s_star_130 other.x.y\n"
                            "expect  = 23\n"
                            "judge   = exact\n"
                            "control = greedy\n"
                            "[wrong]\n"
                            "claim = a statistical one\n"
                            "source = eq. (2)\n"
                            "measure = mc.mean mc.mean_2\n"
                            "expect = 1.310371 -2e-3\n"
                            "judge = sigma 4\n"
                            "resolution = 0.01\n"
                            "bias = 1e-4\n"
                            "why = the bias is the next term\n"
                            "verdict = refuted\n"
                            "corrected = 1 2 3 4\n"
                            "corrected_judge = between\n"
                            "no_control = exact theory\n"
                            "profile = full\n"
                            "finding = a root is missing\n"
                            "[regime]\r\n"
                            "claim: holds for small n\n"
                            "source: s\n"
                            "measure = mc.small\n"
                            "expect = 0.25\n"
                            "judge = printed\n"
                            "verdict = limited\n"
                            "outside = mc.large mc.larger\n"
                            "outside_expect = .5\n"
                            "control = x_y-2\n"
                            "[gpus]\n"
                            "claim = c\n"
                            "source = s\n"
                            "untested = a day on a cluster");
    assert_string_equal(l.title, "The best split of a convolution into two");
    assert_int_equal(l.archives, 2);
    assert_string_equal(l.archive[1], "9801");
    assert_string_equal(l.headline, "It is not the square root.");
    assert_string_equal(l.figure, "nabc/cost.svg");
    assert_int_equal(l.claims, 4);

    const struct ledger_claim *c = &l.claim[0];
    assert_string_equal(c->name, "counterexample-130");
    assert_int_equal(c->line, 9);
    assert_string_equal(c->claim, "N = 130 is best split as 10 x 13");
    assert_string_equal(c->source, "kexue.fm/archives/9775, section 1");
    assert_int_equal(c->measure.count, 2);
    assert_string_equal(c->measure.reference[0].program, "table");
    assert_string_equal(c->measure.reference[0].id, "s_star_130");
    assert_string_equal(c->measure.reference[1].text, "other.x.y");
    assert_string_equal(c->measure.reference[1].program, "other");
    assert_string_equal(c->measure.reference[1].id, "x.y");
    assert_int_equal(c->expect.count, 1);
    assert_true(c->expect.number[0].whole);
    assert_int_equal(c->judge.kind, LEDGER_EXACT);
    assert_string_equal(c->control, "greedy");
    assert_null(c->no_control);
    assert_int_equal(c->verdict, LEDGER_CONFIRMED);
    assert_false(c->full);
    assert_true(isinf(c->resolution));
    assert_true(ledger_claim_uses(c, "table"));
    assert_true(ledger_claim_uses(c, "other"));
    assert_false(ledger_claim_uses(c, "tabl"));

    c = &l.claim[1];
    assert_int_equal(c->verdict, LEDGER_REFUTED);
    assert_int_equal(c->judge.kind, LEDGER_SIGMA);
    assert_true(c->judge.parameter == 4);
    assert_true(c->resolution == 0.01 && c->bias == 1e-4);
    assert_int_equal(c->corrected_judge.kind, LEDGER_BETWEEN);
    assert_true(c->corrected_judge.parameter == 5);
    assert_true(ledger_expected(&c->corrected, LEDGER_BETWEEN, 1)[1].value == 4);
    assert_true(ledger_expected(&c->expect, LEDGER_SIGMA, 1)->value == -2e-3);
    assert_true(fabs(c->expect.number[0].unit / 1e-6 - 1) < 1e-12);
    assert_true(fabs(c->expect.number[1].unit / 1e-3 - 1) < 1e-12);
    assert_true(c->full);
    assert_string_equal(c->finding, "a root is missing");

    c = &l.claim[2];
    assert_string_equal(c->claim, "holds for small n");
    assert_int_equal(c->judge.kind, LEDGER_PRINTED);
    assert_true(c->judge.parameter == 0.5);
    assert_int_equal(c->outside.count, 2);
    assert_true(ledger_expected(&c->outside_expect, LEDGER_PRINTED, 1)->value == 0.5);
    assert_true(ledger_claim_uses(c, "mc"));

    assert_string_equal(l.claim[3].untested, "a day on a cluster");
    assert_int_equal(l.claim[3].measure.count, 0);
    ledger_free(&l);
}

static void the_family_may_have_a_heading(void **state)
{
    (void)state;
    struct ledger l = parse("[family]\n" FAMILY "[a]\n" SAID "untested = u\nno_control = n\n");
    assert_string_equal(l.title, "T");
    assert_int_equal(l.claims, 1);
    ledger_free(&l);
}

static void every_judge(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        enum ledger_judge_kind kind;
        double parameter;
    } cases[] = {
        {"exact", LEDGER_EXACT, 0},       {"printed", LEDGER_PRINTED, 0.5},
        {"printed 2", LEDGER_PRINTED, 2}, {"abs 1e-9", LEDGER_ABS, 1e-9},
        {"abs 0", LEDGER_ABS, 0},         {"rel .5", LEDGER_REL, 0.5},
        {"sigma", LEDGER_SIGMA, 5},       {"sigma 3.5", LEDGER_SIGMA, 3.5},
        {"less", LEDGER_LESS, 5},         {"less 4", LEDGER_LESS, 4},
        {"at_most", LEDGER_AT_MOST, 5},   {"at_most 4", LEDGER_AT_MOST, 4},
        {"greater", LEDGER_GREATER, 5},   {"greater \t 4", LEDGER_GREATER, 4},
        {"at_least", LEDGER_AT_LEAST, 5}, {"at_least 4", LEDGER_AT_LEAST, 4},
        {"between", LEDGER_BETWEEN, 5},   {"between 3", LEDGER_BETWEEN, 3},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        bool two = cases[i].kind == LEDGER_BETWEEN, none = cases[i].kind == LEDGER_EXACT;
        char *text = base_format(HEAD "measure = p.m\nexpect = %s\njudge = %s\nwhy = w\n%s" TAIL,
                                 two ? "1 2" : "1", cases[i].text, none ? "" : "resolution = 1\n");
        struct ledger l = parse(text);
        assert_int_equal(l.claim[0].judge.kind, cases[i].kind);
        assert_true(l.claim[0].judge.parameter == cases[i].parameter);
        ledger_free(&l);
        free(text);
    }
}

static void refuses_bad_judges(void **state)
{
    (void)state;
    static const char *const bad[] = {"",          "nosuch",    "exact 1", "abs",        "rel",
                                      "abs x",     "abs -1e-9", "rel -1",  "sigma 0",    "sigma -5",
                                      "sigma 5 5", "printed 0", "less 0",  "greater x",  "between 1 2",
                                      "abs nan",   "sigma inf", "Exact",   "at_most -1", "abs 0x1p3"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        char *text = base_format(
            HEAD "measure = p.m\nexpect = 1 2\njudge = %s\nwhy = w\nresolution = 1\n" TAIL, bad[i]);
        refuses(text, "8: ");
        free(text);
    }
}

static void refuses_with_line_and_reason(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        {"", "1: no title"},
        {"title = T\n", "1: [family] has no archives"},
        {"archives = 1\n", "1: [family] has no title"},
        {"title = T\narchives = x1\n", "2: [family] archives = x1"},
        {"title =\narchives = 1\n", "1: [family] title = : an empty value"},
        {FAMILY "figure = ../x.svg\n", "3: [family] figure"},
        {FAMILY "figure = /x.svg\n", "3: [family] figure"},
        {FAMILY "figure = a b.svg\n", "3: [family] figure"},
        {FAMILY "claim = c\n", "3: [family] claim is a key of claims"},
        {FAMILY "title = U\n", "3: [family] title: a key for the second time, first in line 1"},
        {"[a]\n" SAID, "1: [a]: before it must stand the family's keys"},
        {"[family]\n" FAMILY "[family]\n", "4: [family]: its keys stand once"},
        {FAMILY "[a]\n" SAID "untested = u\n[family]\ntitle = T\n", "7: [family]: its keys stand once"},
        {FAMILY "[a]\n[b]\n", "3: [a] has no claim"},
        {FAMILY "[a]\nclaim = c\nuntested = u\n", "3: [a] has no source"},
        {HEAD "untested = u\n[a]\n" SAID "untested = u\n",
         "7: [a]: a section for the second time, first in line 3"},
        {HEAD "untested = u\n[b]\n[a]\n", "7: [b] has no claim"},
        {FAMILY "[a b]\n", "3: [a b]: accepted is [NAME]"},
        {FAMILY "[]\n", "3: []: accepted"},
        {FAMILY "[\n", "3: [: accepted"},
        {FAMILY "[a\n", "3: [a: accepted"},
        {FAMILY "[a] b\n", "3: [a] b: accepted"},
        {FAMILY "[a]]\n", "3: [a]]: accepted"},
        {FAMILY "[aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa]\n", "3: [aaaa"},
        {FAMILY "[a]\nnonsense\n", "4: nonsense: accepted is KEY = VALUE"},
        {FAMILY "[a]\nnonsense", "4: nonsense: accepted is KEY = VALUE"},
        {FAMILY "[a]\n  claim = c\n", "4: claim = c: a key begins its line without blanks"},
        {FAMILY "[a]\n= c\n", "4: [a] : no such key"},
        {FAMILY "[a]\nclam = c\n", "4: [a] clam: no such key"},
        {FAMILY "[a]\nCLAIM = c\n", "4: [a] CLAIM: no such key"},
        {FAMILY "[a]\nclaim = c\nclaim = d\n", "5: [a] claim: a key for the second time, first in line 4"},
        {FAMILY "[a]\nclaim = c\n\n more\nclaim = d\n",
         "7: [a] claim: a key for the second time, first in line 4"},
        {FAMILY "[a]\ntitle = c\n", "4: [a] title is a key of the family"},
        {FAMILY "[a]\nclaim = \n", "4: [a] claim = : an empty value"},
        {FAMILY "[a]\nclaim = ; nothing\n", "4: [a] claim = : an empty value"},
        {HEAD, "3: [a] has no measure, and no untested"},
        {HEAD "measure = p.m\njudge = exact\n" TAIL, "3: [a] has no expect"},
        {HEAD "measure = p.m\nexpect = 1\n" TAIL, "3: [a] has no judge"},
        {HEAD "measure = p.m\nexpect = 1\njudge = exact\n", "3: [a] has neither control nor no_control"},
        {HEAD "measure = p.m\nexpect = 1\njudge = exact\ncontrol = x\n" TAIL,
         "3: [a] has both control and no_control"},
        {HEAD "measure = p.m\nexpect = 1\njudge = exact\ncontrol = x y\n", "9: [a] control = x y"},
        {HEAD "measure = pm\nexpect = 1\njudge = exact\n" TAIL,
         "6: [a] measure = pm: accepted is PROGRAM.ID"},
        {HEAD "measure = .m\nexpect = 1\njudge = exact\n" TAIL, "6: [a] measure = .m"},
        {HEAD "measure = p.\nexpect = 1\njudge = exact\n" TAIL, "6: [a] measure = p."},
        {HEAD "measure = f/p.m\nexpect = 1\njudge = exact\n" TAIL, "6: [a] measure = f/p.m"},
        {HEAD "measure = p.m,p.n\nexpect = 1\njudge = exact\n" TAIL, "6: [a] measure = p.m,p.n"},
        {HEAD "measure = p.m\nexpect = one\njudge = exact\n" TAIL,
         "7: [a] expect = one: accepted are decimal numbers"},
        {HEAD "measure = p.m\nexpect = nan\njudge = exact\n" TAIL, "7: [a] expect = nan"},
        {HEAD "measure = p.m\nexpect = inf\njudge = exact\n" TAIL, "7: [a] expect = inf"},
        {HEAD "measure = p.m\nexpect = 0x10\njudge = exact\n" TAIL, "7: [a] expect = 0x10"},
        {HEAD "measure = p.m\nexpect = 1e999\njudge = exact\n" TAIL, "7: [a] expect = 1e999"},
        {HEAD "measure = p.m\nexpect = 0e999999999\njudge = printed\n" TAIL, "7: [a] expect = 0e999999999"},
        {HEAD "measure = p.m\nexpect = 1.\n 2e\njudge = exact\n" TAIL, "7: [a] expect = 1. 2e"},
        {HEAD "measure = p.m\nexpect = -\njudge = exact\n" TAIL, "7: [a] expect = -"},
        {HEAD "measure = p.m\nexpect = 1,5\njudge = exact\n" TAIL, "7: [a] expect = 1,5"},
        {HEAD "measure = p.m p.n\nexpect = 1 2 3\njudge = exact\n" TAIL,
         "7: [a] expect has 3 numbers for 2 measurements"},
        {HEAD "measure = p.m p.n\nexpect = 1\njudge = between\n" TAIL,
         "7: [a] expect has 1 numbers for 2 measurements"},
        {HEAD "measure = p.m\nexpect = 2 1\njudge = between\n" TAIL,
         "7: [a] expect = 2 1: accepted is LOW HIGH"},
        {HEAD "measure = p.m\nexpect = 1 1\njudge = between\n" TAIL,
         "7: [a] expect = 1 1: accepted is LOW HIGH"},
        {HEAD "measure = p.m\nexpect = 0\njudge = rel 1e-9\nwhy = w\n" TAIL,
         "7: [a] expect = 0: a relative tolerance"},
        {HEAD "measure = p.m\nexpect = 1\njudge = abs 1e-9\n" TAIL, "3: [a] has no why"},
        {HEAD "measure = p.m\nexpect = 1\njudge = rel 1e-9\n" TAIL, "3: [a] has no why"},
        {HEAD "measure = p.m\nexpect = 1\njudge = sigma\n" TAIL, "3: [a] has no resolution"},
        {HEAD "measure = p.m\nexpect = 1\njudge = sigma\nresolution = -1\n" TAIL, "9: [a] resolution = -1"},
        {HEAD "measure = p.m\nexpect = 1\njudge = sigma\nresolution = inf\n" TAIL, "9: [a] resolution = inf"},
        {HEAD "measure = p.m\nexpect = 1\njudge = exact\nresolution = 1\n" TAIL,
         "9: [a] resolution = 1: judge exact"},
        {HEAD "measure = p.m\nexpect = 1\njudge = sigma\nresolution = 1\nbias = 1\n" TAIL,
         "3: [a] has no why"},
        {HEAD "measure = p.m\nexpect = 1\njudge = sigma\nresolution = 1\nbias = -1\nwhy = w\n" TAIL,
         "10: [a] bias = -1"},
        {HEAD "measure = p.m\nexpect = 1\njudge = less\nbias = 1\nwhy = w\n" TAIL,
         "9: [a] bias = 1: only judge sigma"},
        {HEAD "measure = p.m\nexpect = 1\njudge = exact\nverdict = wrong\n" TAIL, "9: [a] verdict = wrong"},
        {HEAD "measure = p.m\nexpect = 1\njudge = exact\nverdict = refuted\n" TAIL,
         "3: [a] has no corrected"},
        {HEAD "measure = p.m\nexpect = 1\njudge = exact\nverdict = limited\n" TAIL, "3: [a] has no outside"},
        {HEAD "measure = p.m\nexpect = 1\njudge = exact\ncorrected = 1\n" TAIL, "9: [a] corrected goes with"},
        {HEAD "measure = p.m\nexpect = 1\njudge = exact\noutside = p.n\n" TAIL, "9: [a] outside goes with"},
        {HEAD "measure = p.m\nexpect = 1\njudge = exact\nverdict = refuted\ncorrected = 1 2\n" TAIL,
         "10: [a] corrected has 2 numbers"},
        {HEAD "measure = p.m\nexpect = 1\njudge = exact\nverdict = refuted\ncorrected = 1\ncorrected_judge = "
              "abs 1\n" TAIL,
         "3: [a] has no why"},
        {HEAD "measure = p.m\nexpect = 1\njudge = exact\nverdict = refuted\ncorrected = 1\ncorrected_judge = "
              "sigma\n" TAIL,
         "3: [a] has no resolution"},
        {HEAD "measure = p.m p.n\nexpect = 1 2\njudge = exact\nverdict = limited\noutside = p.o\n" TAIL,
         "7: [a] expect has 2 numbers for 1 measurements"},
        {HEAD "measure = p.m\nexpect = 1\njudge = exact\nprofile = quick\n" TAIL, "9: [a] profile = quick"},
        {HEAD "untested = u\ncontrol = x\n", "7: [a] control does not go with untested"},
        {HEAD "untested = u\nmeasure = p.m\n", "7: [a] measure does not go with untested"},
        {HEAD "untested = u\nfinding = \xff\n", "7: byte 0xff is not UTF-8"},
        {HEAD "untested = \xc0\xaf\n", "6: byte 0xc0 is not UTF-8"},
        {HEAD "untested = \xed\xa0\x80\n", "6: byte 0xed is not UTF-8"},
        {HEAD "untested = \xe4\xbd\n", "6: byte 0xe4 is not UTF-8"},
        {HEAD "untested = \xf4\x90\x80\x80\n", "6: byte 0xf4 is not UTF-8"},
        {HEAD "untested = a\x01\n", "6: a control character, 0x01"},
        {"\xef\xbb\xbf[family]\n" FAMILY, "1: "},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        refuses(cases[i][0], cases[i][1]);
    struct ledger ledger;
    char *error;
    assert_int_equal(ledger_parse("title = a\0b\n", 12, &ledger, &error), -1);
    assert_string_equal(error, "1: a control character, 0x00");
    free(error);
}

static void names_the_file(void **state)
{
    (void)state;
    struct ledger ledger;
    char *error;
    assert_int_equal(ledger_read("/nonexistent/claims.ini", &ledger, &error), -1);
    assert_string_equal(error, "/nonexistent/claims.ini: No such file or directory");
    free(error);
}

static void comments_end_every_kind_of_line(void **state)
{
    (void)state;
    struct ledger l = parse(
        "title = T ; x\narchives = 1\n; c\n  ; c\n# c\n  # c\n[a] ; x\nclaim = a;b\n  c ; d\n\n  e\t;f\n"
        "source = s # 3\nuntested = u");
    assert_string_equal(l.title, "T");
    assert_string_equal(l.claim[0].claim, "a;b c e");
    assert_string_equal(l.claim[0].source, "s # 3");
    ledger_free(&l);
}

/* inih takes 200 bytes a line; a value of any length must come through whole, wherever its blanks and
 * signs are. */
static void long_lines_come_through(void **state)
{
    (void)state;
    static const char letters[] = "abcdefgh0123456789#;=:[],.\xc3";
    gsl_rng *rng = check_stream("test_ledger/lines");
    for (long repeat = 0; repeat < check_rounds(2000); repeat++) {
        char value[3000];
        size_t n = 1 + gsl_rng_uniform_int(rng, repeat % 2 ? 2900 : 400),
               word = 1 + gsl_rng_uniform_int(rng, 500);
        for (size_t i = 0; i < n; i++) {
            bool apart = i == 0 || value[i - 1] == ' ', last = i + 1 == n;
            char c = letters[gsl_rng_uniform_int(rng, sizeof letters - 1)];
            if (!apart && !last && gsl_rng_uniform_int(rng, word) == 0)
                c = ' ';
            if (apart && (c == ';' || c == '#'))
                c = 'x';
            if (c == '\xc3' && (i + 2 >= n)) /* whole UTF-8 sequences only */
                c = 'y';
            value[i] = c;
            if (c == '\xc3')
                value[++i] = '\xa9';
        }
        value[n] = '\0';
        char *text = base_format(FAMILY "[a]\nclaim = %s\nsource = s\nuntested = u\n", value);
        struct ledger l = parse(text);
        assert_string_equal(l.claim[0].claim, value);
        ledger_free(&l);
        free(text);
    }
    gsl_rng_free(rng);
    char blanks[400];
    memset(blanks, ' ', sizeof blanks);
    char *text = base_format(HEAD "untested = u%.*sv\n", 399, blanks);
    refuses(text, "6: 180 bytes of nothing but blanks");
    free(text);
}

/* Against GMP, with signs, leading zeros and near misses. */
static void whole_numbers_compare_at_any_size(void **state)
{
    (void)state;
    assert_true(ledger_text_whole("0"));
    assert_true(ledger_text_whole("-12"));
    assert_true(ledger_text_whole("+12"));
    static const char *const bad[] = {"", "-", "+", "--1", "1.", "1e3", " 1", "1 ", "0x1", "inf"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_false(ledger_text_whole(bad[i]));
    assert_true(ledger_whole_equal("-0", "+000"));
    assert_true(ledger_whole_equal("9007199254740993", "+009007199254740993"));
    assert_false(ledger_whole_equal("9007199254740993", "9007199254740992"));
    gsl_rng *rng = check_stream("test_ledger/whole");
    for (long repeat = 0; repeat < check_rounds(5000); repeat++) {
        char text[2][64];
        for (int k = 0; k < 2; k++) {
            size_t n = 0, digits = 1 + gsl_rng_uniform_int(rng, repeat % 3 ? 3 : 50);
            if (gsl_rng_uniform_int(rng, 3) == 0)
                text[k][n++] = "+-"[gsl_rng_uniform_int(rng, 2)];
            while (digits--)
                text[k][n++] = (char)('0' + gsl_rng_uniform_int(rng, 2));
            text[k][n] = '\0';
        }
        if (repeat % 5 == 0)
            strcpy(text[1], text[0]);
        mpz_t a, b;
        assert_int_equal(mpz_init_set_str(a, text[0] + (*text[0] == '+'), 10), 0);
        assert_int_equal(mpz_init_set_str(b, text[1] + (*text[1] == '+'), 10), 0);
        assert_int_equal(ledger_whole_equal(text[0], text[1]), mpz_cmp(a, b) == 0);
        mpz_clears(a, b, NULL);
    }
    gsl_rng_free(rng);
}

static void units_of_the_last_digit(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        double unit;
    } cases[] = {{"23", 1},          {"-4200", 1},      {"1.310371", 1e-6}, {"1.2434596e-4", 1e-11},
                 {"-7.77471", 1e-5}, {"1e3", 1e3},      {"1.50E+2", 1},     {".5", 0.1},
                 {"5.", 1},          {"1e-300", 1e-300}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char *text = base_format(HEAD "measure = p.m\nexpect = %s\njudge = printed\n" TAIL, cases[i].text);
        struct ledger l = parse(text);
        assert_true(fabs(l.claim[0].expect.number[0].unit / cases[i].unit - 1) < 1e-12);
        ledger_free(&l);
        free(text);
    }
}

static void whole_numbers_beyond_doubles_are_for_exact(void **state)
{
    (void)state;
    char digits[500];
    memset(digits, '7', sizeof digits);
    digits[499] = '\0';
    char *good = base_format(HEAD "measure = p.m\nexpect = %s\njudge = exact\n" TAIL, digits);
    struct ledger l = parse(good);
    assert_string_equal(l.claim[0].expect.number[0].text, digits);
    ledger_free(&l);
    free(good);
    char *bad = base_format(HEAD "measure = p.m\nexpect = %s\njudge = less\n" TAIL, digits);
    refuses(bad, "7: [a] expect = 777");
    free(bad);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_a_worked_example),
        cmocka_unit_test(the_family_may_have_a_heading),
        cmocka_unit_test(every_judge),
        cmocka_unit_test(refuses_bad_judges),
        cmocka_unit_test(refuses_with_line_and_reason),
        cmocka_unit_test(names_the_file),
        cmocka_unit_test(comments_end_every_kind_of_line),
        cmocka_unit_test(long_lines_come_through),
        cmocka_unit_test(whole_numbers_compare_at_any_size),
        cmocka_unit_test(units_of_the_last_digit),
        cmocka_unit_test(whole_numbers_beyond_doubles_are_for_exact),
    };
    return cmocka_run_group_tests_name("ledger", tests, NULL, NULL);
}
