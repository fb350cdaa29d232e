/* The CSV reader: what it accepts, what it refuses and where, and that it reads back whatever the writer
 * wrote. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base.h"
#include "check.h"
#include "csv.h"

static void reads_a_file_of_the_lab(void **state)
{
    (void)state;
    static const char text[] = "# experiment: jl/project\n# seed: 7\n# n: 1,2\n# note: a: b\n# empty:\n"
                               "id,value,error\na,1,\n\"b,\"\"c\"\"\",-2e-3,0\n";
    struct csv csv;
    char *error;
    assert_int_equal(csv_parse(text, sizeof text - 1, &csv, &error), 0);
    assert_int_equal(csv.comments, 5);
    assert_string_equal(csv_comment_value(&csv, "experiment"), "jl/project");
    assert_string_equal(csv_comment_value(&csv, "n"), "1,2");
    assert_string_equal(csv_comment_value(&csv, "note"), "a: b");
    assert_string_equal(csv_comment_value(&csv, "empty"), "");
    assert_null(csv_comment_value(&csv, "nosuch"));
    assert_int_equal(csv.columns, 3);
    assert_int_equal(csv.rows, 2);
    assert_int_equal(csv.first_line, 7);
    assert_int_equal(csv_column(&csv, "error"), 2);
    assert_int_equal(csv_column(&csv, "nosuch"), -1);
    assert_string_equal(csv_cell(&csv, 0, 0), "a");
    assert_string_equal(csv_cell(&csv, 0, 2), "");
    assert_string_equal(csv_cell(&csv, 1, 0), "b,\"c\"");
    assert_string_equal(csv_cell(&csv, 1, 1), "-2e-3");
    csv_free(&csv);
}

static void a_header_alone_has_no_rows(void **state)
{
    (void)state;
    struct csv csv;
    char *error;
    assert_int_equal(csv_parse("a\n", 2, &csv, &error), 0);
    assert_int_equal(csv.rows, 0);
    assert_int_equal(csv.columns, 1);
    csv_free(&csv);
}

static void refuses_with_the_line(void **state)
{
    (void)state;
    static const struct {
        const char *text, *error;
    } cases[] = {
        {"", "1: no header line"},
        {"# a: b\n", "2: no header line"},
        {"a,b\n1,2", "2: the last line does not end: the file was cut short"},
        {"a,b\n1,2\n3", "3: the last line does not end: the file was cut short"},
        {"a,b\n1\n", "2: not as many fields as the header has"},
        {"a,b\n1,2\n1,2,3\n", "3: not as many fields as the header has"},
        {"a,b\n\n", "2: a blank line"},
        {"\na,b\n", "1: a blank line"},
        {"a,b\r\n1,2\r\n", "1: a control character"},
        {"a\n\x01\n", "2: a control character"},
        {"a\n\x7f\n", "2: a control character"},
        {"a,,b\n", "1: a column without a name"},
        {"a,b,\n", "1: a column without a name"},
        {"a,b,a\n", "1: a column name for the second time"},
        {"# a: 1\n# a: 2\nx\n", "2: a comment key for the second time"},
        {"#a: 1\nx\n", "1: a comment is `# key: value`"},
        {"# a\nx\n", "1: a comment is `# key: value`"},
        {"# : a\nx\n", "1: a comment is `# key: value`"},
        {"#\nx\n", "1: a comment is `# key: value`"},
        {"x\n# a: 1\n", "2: a comment below the header"},
        {"x\n\"a\n", "2: a quoted field is not closed"},
        {"x\n\"a\"\"\n", "2: a quoted field is not closed"},
        {"x\n\"\n", "2: a quoted field is not closed"},
        {"x\n\"a\"b\n", "2: text behind the closing quote of a field"},
        {"x,y\n\"a\" ,b\n", "2: text behind the closing quote of a field"},
        {"x\na\"b\n", "2: a quote within a field that does not begin with one"},
        {"x\n a\"\n", "2: a quote within a field that does not begin with one"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct csv csv;
        char *error = NULL;
        assert_int_equal(csv_parse(cases[i].text, strlen(cases[i].text), &csv, &error), -1);
        assert_string_equal(error, cases[i].error);
        assert_null(csv.text);
        free(error);
    }
}

static void refuses_a_nul(void **state)
{
    (void)state;
    struct csv csv;
    char *error;
    assert_int_equal(csv_parse("a\n1\0\n", 5, &csv, &error), -1);
    assert_string_equal(error, "2: a control character");
    free(error);
}

static void names_the_file(void **state)
{
    (void)state;
    struct csv csv;
    char *error, path[] = "/tmp/test_csv.XXXXXX";
    assert_int_equal(csv_read("/nonexistent/x.csv", &csv, &error), -1);
    assert_string_equal(error, "/nonexistent/x.csv: No such file or directory");
    free(error);
    int file = mkstemp(path);
    assert_true(file >= 0);
    assert_int_equal(write(file, "a\n1,2\n", 6), 6);
    close(file);
    assert_int_equal(csv_read(path, &csv, &error), -1);
    char *expected = base_format("%s:2: not as many fields as the header has", path);
    assert_string_equal(error, expected);
    free(expected);
    free(error);
    unlink(path);
}

/* Random tables of nasty fields come back as they were written. */
static void reads_what_was_written(void **state)
{
    (void)state;
    static const char letters[] = "ab1,,\"\"# :;.\xc3\xa9";
    gsl_rng *rng = check_stream("test_csv");
    for (long repeat = 0; repeat < check_rounds(2000); repeat++) {
        size_t columns = 1 + gsl_rng_uniform_int(rng, 4), rows = gsl_rng_uniform_int(rng, 5), length;
        char fields[20][16], *text;
        FILE *stream = open_memstream(&text, &length);
        for (size_t k = 0; k < columns; k++)
            fprintf(stream, "%sc%zu", k ? "," : "", k);
        fputc('\n', stream);
        for (size_t i = 0; i < rows * columns; i++) {
            size_t n = gsl_rng_uniform_int(rng, 16);
            for (size_t j = 0; j < n; j++)
                fields[i][j] = letters[gsl_rng_uniform_int(rng, sizeof letters - 1)];
            fields[i][n] = '\0';
            csv_write_field(stream, fields[i]);
            fputc(i % columns + 1 < columns ? ',' : '\n', stream);
        }
        fclose(stream);
        struct csv csv;
        char *error = NULL;
        if (csv_parse(text, length, &csv, &error))
            fail_msg("%s in\n%s", error, text);
        assert_int_equal(csv.rows, rows);
        for (size_t i = 0; i < rows * columns; i++)
            assert_string_equal(csv.cell[i], fields[i]);
        csv_free(&csv);
        free(text);
    }
    gsl_rng_free(rng);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_a_file_of_the_lab), cmocka_unit_test(a_header_alone_has_no_rows),
        cmocka_unit_test(refuses_with_the_line),   cmocka_unit_test(refuses_a_nul),
        cmocka_unit_test(names_the_file),          cmocka_unit_test(reads_what_was_written),
    };
    return cmocka_run_group_tests_name("csv", tests, NULL, NULL);
}
