/* Lists of axis values: what is read, what is refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "axis.h"
#include "base.h"

static void expect_values(const char *list, enum axis_kind kind, const char *domain, const char *want)
{
    struct axis_values values;
    char *why = NULL;
    if (axis_parse(list, kind, domain, &values, &why))
        fail_msg("'%s' refused: %s", list, why);
    char joined[512] = "";
    for (size_t i = 0; i < values.count; i++) {
        strcat(joined, i ? " " : "");
        strcat(joined, values.text[i]);
    }
    assert_string_equal(joined, want);
    axis_free(&values);
}

static void expect_refused(const char *list, enum axis_kind kind, const char *domain, const char *culprit)
{
    struct axis_values values;
    char *why = NULL;
    if (!axis_parse(list, kind, domain, &values, &why))
        fail_msg("'%s' was accepted", list);
    assert_non_null(strstr(why, culprit));
    assert_int_equal(values.count, 0);
    free(why);
}

static void lists_and_ranges(void **state)
{
    (void)state;
    expect_values("16,64,256", AXIS_INTEGER, NULL, "16 64 256");
    expect_values("+07,-0,-3", AXIS_INTEGER, NULL, "7 0 -3");
    expect_values("1e3,1e15", AXIS_INTEGER, NULL, "1000 1000000000000000");
    expect_values("1606938044258990275541962092341162602522202993783", AXIS_INTEGER, "[0,inf)",
                  "1606938044258990275541962092341162602522202993783");
    expect_values("0:5", AXIS_INTEGER, NULL, "0 1 2 3 4 5");
    expect_values("-2:2:2", AXIS_INTEGER, NULL, "-2 0 2");
    expect_values("0:10:4", AXIS_INTEGER, NULL, "0 4 8");
    expect_values("16:1024:*4", AXIS_INTEGER, NULL, "16 64 256 1024");
    expect_values("1:10:*1.5", AXIS_INTEGER, NULL, "1 2 3 5 8");
    expect_values("0:1:0.25,7", AXIS_REAL, NULL, "0 0.25 0.5 0.75 1 7");
    expect_values("0:0.3:0.1", AXIS_REAL, NULL, "0 0.1 0.2 0.3");
    expect_values("1:100:*10", AXIS_REAL, NULL, "1 10 100");
    expect_values("0.1,1e-7,2.50", AXIS_REAL, "(0,inf)", "0.1 1e-07 2.5");
    expect_values("3:3", AXIS_INTEGER, NULL, "3");
    expect_values("gauss,sign", AXIS_WORD, "gauss|sign|sparse", "gauss sign");
    expect_values("0.5,1/N", AXIS_REAL, "(0,1)|1/N", "0.5 1/N");
    expect_values("/dev/null", AXIS_FILE, NULL, "/dev/null");
}

static void refusals(void **state)
{
    (void)state;
    expect_refused("", AXIS_INTEGER, NULL, "integers");
    expect_refused("1,,2", AXIS_INTEGER, NULL, "''");
    expect_refused("1.5", AXIS_INTEGER, NULL, "1.5");
    expect_refused("x", AXIS_REAL, NULL, "'x'");
    expect_refused("nan", AXIS_REAL, NULL, "nan");
    expect_refused("inf", AXIS_REAL, NULL, "inf");
    expect_refused("1e999", AXIS_REAL, NULL, "1e999");
    expect_refused("0x10", AXIS_INTEGER, NULL, "0x10");
    expect_refused(" 1", AXIS_INTEGER, NULL, "' 1'");
    expect_refused("5:1", AXIS_INTEGER, NULL, "5:1");
    expect_refused("1:5:0", AXIS_INTEGER, NULL, "1:5:0");
    expect_refused("1:5:-1", AXIS_INTEGER, NULL, "1:5:-1");
    expect_refused("1:5:*1", AXIS_INTEGER, NULL, "1:5:*1");
    expect_refused("0:5:*2", AXIS_INTEGER, NULL, "0:5:*2");
    expect_refused("0:1e18", AXIS_INTEGER, NULL, "0:1e18");
    expect_refused("1:2:1e-9", AXIS_REAL, NULL, "1:2:1e-9");
    expect_refused("1:2:3:4", AXIS_INTEGER, NULL, "1:2:3:4");
    expect_refused(":", AXIS_INTEGER, NULL, "':'");
    expect_refused("0,1", AXIS_REAL, "(0,1]", "'0'");
    expect_refused("1", AXIS_REAL, "(0,1)", "(0,1)");
    expect_refused("-1", AXIS_INTEGER, "[0,inf)", "-1");
    expect_refused("0:9", AXIS_INTEGER, "[0,5]", "'6'");
    expect_refused("gaus", AXIS_WORD, "gauss|sign", "gauss|sign");
    expect_refused("/no/such/file", AXIS_FILE, NULL, "readable file");
}

static void numbers(void **state)
{
    (void)state;
    long n;
    double x;
    uint64_t u;
    assert_int_equal(base_parse_long("-9223372036854775808", &n), 0);
    assert_int_equal(base_parse_long("9223372036854775808", &n), -1);
    assert_int_equal(base_parse_long("", &n), -1);
    assert_int_equal(base_parse_long("1x", &n), -1);
    assert_int_equal(base_parse_uint64("18446744073709551615", &u), 0);
    assert_int_equal(base_parse_uint64("18446744073709551616", &u), -1);
    assert_int_equal(base_parse_uint64("-1", &u), -1);
    assert_int_equal(base_parse_real("-1.5e-3", &x), 0);
    assert_int_equal(base_parse_real("1e", &x), -1);
    assert_int_equal(base_parse_real("nan", &x), -1);
    char text[32];
    assert_string_equal(base_real_text(text, -0.0, 8), "0");
    assert_string_equal(base_real_text(text, 1e15, 3), "1000000000000000");
    assert_string_equal(base_real_text(text, 1.0 / 3, 8), "0.33333333");
    assert_string_equal(base_real_text(text, -1.0 / 0.0, 8), "-inf");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lists_and_ranges),
        cmocka_unit_test(refusals),
        cmocka_unit_test(numbers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
