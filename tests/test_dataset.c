/* lib/dataset: the digits, the strict reader of points, word lists and running text. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base.h"
#include "dataset.h"
#include "rng.h"

static void test_digits(void **state)
{
    (void)state;
    struct dataset *digits = dataset_digits();
    assert_int_equal(digits->n, 1797);
    assert_int_equal(digits->m, 64);
    /* totals of the file as distributed, counted with awk: ink, and the images of each digit */
    static const int images[10] = {178, 182, 177, 183, 181, 182, 181, 179, 174, 180};
    double ink = 0;
    int seen[10] = {0};
    for (size_t i = 0; i < digits->n; i++) {
        seen[digits->label[i]]++;
        for (size_t j = 0; j < 64; j++)
            ink += digits->x[i * 64 + j];
    }
    assert_true(ink == 561718);
    assert_memory_equal(seen, images, sizeof seen);
    assert_true(digits->x[2] == 5 && digits->x[3] == 13 && digits->label[0] == 0);
    dataset_free(digits);
}

static void test_points_good(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "# two points\n1,2,-3e2\n0.5,.25,4\n",
        "1 2\t-300\n0.5 .25 4",
        "1, 2 , -300 \r\n# between\r\n 0.5,.25\t4\r\n",
    };
    for (size_t k = 0; k < sizeof texts / sizeof *texts; k++) {
        struct dataset points;
        char *why = NULL;
        assert_int_equal(dataset_parse(texts[k], strlen(texts[k]), &points, &why), 0);
        assert_int_equal(points.n, 2);
        assert_int_equal(points.m, 3);
        static const double expected[6] = {1, 2, -300, .5, .25, 4};
        assert_memory_equal(points.x, expected, sizeof expected);
        free(points.x);
    }
}

static void test_points_bad(void **state)
{
    (void)state;
    static const struct {
        const char *text, *begins;
        size_t length;
    } bad[] = {
        {"", "0: no points", 0},
        {"# only this\n", "1: no points", 0},
        {"1,2\n3\n", "2: 1 numbers", 0},
        {"1,2\n\n3,4\n", "2: a blank", 0},
        {"1,2\n3,nan\n", "2: 'nan'", 0},
        {"1,inf\n", "1: 'inf'", 0},
        {"x,y\n1,2\n", "1: 'x'", 0},
        {"1,,2\n", "1: ''", 0},
        {"1,2,\n", "1: a comma", 0},
        {",1\n", "1: ''", 0},
        {"1 2\n1 2 3\n", "2: 3 numbers", 0},
        {"1,1e999\n", "1: '1e999'", 0},
        {"1,2\n3,0x4\n", "2: '0x4'", 0},
        {"1\0,2\n", "1: a NUL", 5},
        {"   \n", "1: a blank", 0},
    };
    for (size_t k = 0; k < sizeof bad / sizeof *bad; k++) {
        struct dataset points;
        char *why = NULL;
        size_t length = bad[k].length ? bad[k].length : strlen(bad[k].text);
        assert_int_equal(dataset_parse(bad[k].text, length, &points, &why), -1);
        assert_null(points.x);
        if (strncmp(why, bad[k].begins, strlen(bad[k].begins)))
            fail_msg("%s: %s", bad[k].begins, why);
        free(why);
    }
}

/* Runs `action` in a child whose stderr is closed; its exit status. */
static int status_of(void (*action)(void))
{
    pid_t child = fork();
    assert_true(child >= 0);
    if (!child) {
        close(STDERR_FILENO);
        action();
        _exit(0);
    }
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void read_missing_file(void)
{
    dataset_free(dataset_file("/nonexistent/points.csv"));
}

static void read_digits_elsewhere(void)
{
    setenv("KEXUE_LAB_DATA", "/nonexistent", 1);
    dataset_free(dataset_digits());
}

static void read_ragged_file(void)
{
    char path[] = "/tmp/kexue-lab-test-XXXXXX";
    int file = mkstemp(path);
    if (file >= 0 && write(file, "1 2\n3\n", 6) == 6 && !close(file)) {
        pid_t reader = fork();
        if (!reader)
            dataset_free(dataset_file(path));
        int status;
        waitpid(reader, &status, 0);
        unlink(path);
        _exit(WEXITSTATUS(status));
    }
}

static void draw_too_many(void)
{
    struct dataset_lexicon *lexicon = dataset_lexicon(NULL);
    dataset_trigrams(lexicon, lexicon->words + 1, 16, NULL);
}

static void test_statuses(void **state)
{
    (void)state;
    assert_int_equal(status_of(read_missing_file), BASE_RUN_FAILED);
    assert_int_equal(status_of(read_digits_elsewhere), BASE_RUN_FAILED);
    assert_int_equal(status_of(read_ragged_file), BASE_BAD_USAGE);
    assert_int_equal(status_of(draw_too_many), BASE_BAD_USAGE);
}

static void test_trigrams(void **state)
{
    (void)state;
    double point[1 << 14] = {0}, sum = 0;
    dataset_trigrams_add("banana", 1 << 14, point); /* #ba ban ana nan ana na# */
    int twice = 0;
    for (size_t j = 0; j < 1 << 14; j++) {
        sum += point[j];
        twice += point[j] == 2;
    }
    assert_true(sum == 6);
    assert_int_equal(twice, 1);

    struct dataset_lexicon *lexicon = dataset_lexicon(NULL);
    assert_true(lexicon->words > 10000);
    gsl_rng *rng = rng_stream(7, "trigrams");
    struct dataset *points = dataset_trigrams(lexicon, 50, 997, rng);
    assert_int_equal(points->n, 50);
    assert_int_equal(points->m, 997);
    for (size_t i = 0; i < 50; i++) {
        double letters = 0;
        for (size_t j = 0; j < 997; j++)
            letters += points->x[i * 997 + j];
        assert_true(letters >= 1 && letters < 40);
    }
    rng_stream_set(rng, 7, base_hash_text(base_hash_start(), "trigrams"));
    struct dataset *again = dataset_trigrams(lexicon, 50, 997, rng);
    assert_memory_equal(points->x, again->x, 50 * 997 * sizeof(double));
    gsl_rng_free(rng);
    dataset_free(points);
    dataset_free(again);
    dataset_lexicon_free(lexicon);
}

static void test_text(void **state)
{
    (void)state;
    char folder[] = "/tmp/kexue-lab-test-XXXXXX";
    assert_non_null(mkdtemp(folder));
    static const char *const content[][2] = {{"b", "the end. The\0END"},
                                             {"a", "In the beginning;\xc3\xa9t\xc3\xa9 2x"}};
    static const size_t length[] = {16, 26};
    char *path[3] = {0};
    for (size_t k = 0; k < 2; k++) {
        path[k] = base_format("%s/%s", folder, content[k][0]);
        FILE *file = fopen(path[k], "w");
        assert_non_null(file);
        assert_int_equal(fwrite(content[k][1], 1, length[k], file), length[k]);
        assert_int_equal(fclose(file), 0);
    }
    path[2] = base_format("%s/link", folder);
    assert_int_equal(symlink(path[0], path[2]), 0);

    struct dataset_text *text = dataset_text(folder);
    static const char *const words[] = {"in", "the", "beginning", "\xc3\xa9t\xc3\xa9", "x", "end"};
    static const size_t counts[] = {1, 3, 1, 1, 1, 2}, tokens[] = {0, 1, 2, 3, 4, 1, 5, 1, 5};
    assert_int_equal(text->words, 6);
    assert_int_equal(text->tokens, 9);
    for (size_t i = 0; i < 6; i++)
        assert_string_equal(text->word[i], words[i]);
    assert_memory_equal(text->count, counts, sizeof counts);
    assert_memory_equal(text->token, tokens, sizeof tokens);
    dataset_text_free(text);

    for (size_t k = 0; k < 3; k++) {
        unlink(path[k]);
        free(path[k]);
    }
    rmdir(folder);

    text = dataset_text("/usr/share/common-licenses"); /* more words than the table's first size holds */
    size_t sum = 0;
    for (size_t i = 0; i < text->words; i++) {
        sum += text->count[i];
        for (size_t j = 0; j < i; j++)
            assert_string_not_equal(text->word[i], text->word[j]);
    }
    assert_true(text->words > 1000);
    assert_int_equal(sum, text->tokens);
    dataset_text_free(text);
}

/* Byte features: the rows of a byte value come back wherever it stands, positions add what they should, and the
 * mean square of either part is what the header says. */
static void test_bytes(void **state)
{
    (void)state;
    struct dataset_bytes *bytes = dataset_bytes(NULL);
    assert_true(bytes->n > 10000);
    enum { N = 4000, M = 32 };
    double *x = base_alloc(N * M, sizeof *x), square = 0;
    gsl_rng *rng = rng_stream(3, "bytes");
    dataset_bytes_features(bytes, bytes->n - 100, N, M, 1, 0, rng, x); /* round the end */
    for (size_t i = 0; i < N; i++)
        for (size_t j = 0; j < i && j < 200; j++)
            if (bytes->byte[(bytes->n - 100 + i) % bytes->n] == bytes->byte[(bytes->n - 100 + j) % bytes->n])
                assert_memory_equal(x + i * M, x + j * M, M * sizeof *x);
    dataset_bytes_features(bytes, 500, N, M, 4, 0, rng, x);
    for (size_t j = 0; j < N * M; j++)
        square += x[j] * x[j] / (N * M);
    assert_true(square > 0.5 && square < 2); /* a few byte values weigh most: 256 draws would be 1 +- 0.02 */
    struct dataset_bytes zero = {.n = 1, .byte = (unsigned char *)"x"};
    dataset_bytes_features(&zero, 0, 3, M, 1, 2, rng, x);
    double turned = 0;
    for (size_t a = 0; a < M; a++)
        turned += (x[2 * M + a] - x[a]) * (x[2 * M + a] - x[a]) / M;
    assert_true(turned > 0.1 && turned < 16); /* 4 times 2 (1 - cos) on average over frequencies */
    free(x);
    gsl_rng_free(rng);
    dataset_bytes_free(bytes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_digits),     cmocka_unit_test(test_points_good),
        cmocka_unit_test(test_points_bad), cmocka_unit_test(test_statuses),
        cmocka_unit_test(test_trigrams),   cmocka_unit_test(test_text),
        cmocka_unit_test(test_bytes),
    };
    return cmocka_run_group_tests_name("dataset", tests, NULL, NULL);
}
