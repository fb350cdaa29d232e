#include "bench.h"

#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <gsl/gsl_sort.h>
#include <gsl/gsl_statistics_double.h>

#include "base.h"
#include "linalg.h"

struct bench {
    const char *family, *out;
    int quick;
    char *text;  /* the measurements so far */
    char *table; /* the rows so far */
};

struct bench *bench_open(const char *family, int argc, char **argv)
{
    base_program_set(argv[0]);
    linalg_single_thread();
    struct bench *bench = base_alloc(1, sizeof *bench);
    *bench = (struct bench){.family = family, .text = base_copy(""), .table = base_copy("")};
    for (int i = 1; i < argc; i++) {
        if (!strcmp(argv[i], "--quick")) {
            bench->quick = 1;
        } else if (!strcmp(argv[i], "--out") && i + 1 < argc) {
            bench->out = argv[++i];
        } else if (!strcmp(argv[i], "--help")) {
            printf("Usage: %s [--quick] [--out DIR]\nSpeed of %s, as ratios measured in one run.\n", base_program(), family);
            exit(BASE_DONE);
        } else {
            base_die(BASE_BAD_USAGE, "'%.80s' is not accepted; give --quick, --out DIR or --help", argv[i]);
        }
    }
    return bench;
}

int bench_quick(const struct bench *bench)
{
    return bench->quick;
}

/* Processor time: what else the machine does moves it little. */
static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static double seconds_of(void (*run)(void *), void *context, long calls)
{
    double start = now();
    for (long i = 0; i < calls; i++)
        run(context);
    return (now() - start) / (double)calls;
}

/* Warms up, and finds how many calls take a millisecond. */
static long calls_for(void (*run)(void *), void *context)
{
    long calls = 1;
    run(context);
    while (calls < 1 << 24 && seconds_of(run, context, calls) * (double)calls < 1e-3)
        calls *= 2;
    return calls;
}

static struct bench_time quartiles(double *x, int n)
{
    gsl_sort(x, 1, (size_t)n);
    return (struct bench_time){
        .median = gsl_stats_median_from_sorted_data(x, 1, (size_t)n),
        .low = gsl_stats_quantile_from_sorted_data(x, 1, (size_t)n, 0.25),
        .high = gsl_stats_quantile_from_sorted_data(x, 1, (size_t)n, 0.75),
        .repeats = n,
    };
}

struct bench_time bench_seconds(void (*run)(void *), void *context, int repeats)
{
    double *x = base_alloc((size_t)repeats, sizeof *x);
    long calls = calls_for(run, context);
    for (int i = 0; i < repeats; i++)
        x[i] = seconds_of(run, context, calls);
    struct bench_time time = quartiles(x, repeats);
    free(x);
    return time;
}

struct bench_time bench_ratio(void (*a)(void *), void *context_a, void (*b)(void *), void *context_b, int repeats,
                              struct bench_time *seconds_a, struct bench_time *seconds_b)
{
    double *x = base_alloc(3 * (size_t)repeats, sizeof *x), *y = x + repeats, *ratio = y + repeats;
    long calls_a = calls_for(a, context_a), calls_b = calls_for(b, context_b);
    for (int i = 0; i < repeats; i++) {
        x[i] = seconds_of(a, context_a, calls_a);
        y[i] = seconds_of(b, context_b, calls_b);
        ratio[i] = x[i] / y[i];
    }
    struct bench_time time = quartiles(ratio, repeats);
    if (seconds_a)
        *seconds_a = quartiles(x, repeats);
    if (seconds_b)
        *seconds_b = quartiles(y, repeats);
    free(x);
    return time;
}

static void add_row(struct bench *bench, double value, double error, int count, const char *name)
{
    char number[32], spread[32];
    char *longer = base_format("%s%s,%s,%s,%d\n", bench->text, name, base_real_text(number, value, 4),
                               base_real_text(spread, error, 3), count);
    free(bench->text);
    bench->text = longer;
}

void bench_measure(struct bench *bench, struct bench_time time, const char *format, ...)
{
    char name[256];
    va_list args;
    va_start(args, format);
    vsnprintf(name, sizeof name, format, args);
    va_end(args);
    printf("%-48s %10.4g   quartiles %.4g .. %.4g, %d repeats\n", name, time.median, time.low, time.high, time.repeats);
    /* of a normal, the quartiles are 1.349 sd apart and the median has 1.2533 times the error of the mean */
    add_row(bench, time.median, 1.2533 * (time.high - time.low) / 1.349 / sqrt(time.repeats), time.repeats, name);
}

void bench_value(struct bench *bench, double value, double error, int repeats, const char *format, ...)
{
    char name[256];
    va_list args;
    va_start(args, format);
    vsnprintf(name, sizeof name, format, args);
    va_end(args);
    printf("%-48s %10.4g   +- %.2g\n", name, value, error);
    add_row(bench, value, error, repeats, name);
}

void bench_turns(size_t count, void (*const *run)(void *), void *const *context, int repeats, struct bench_time *seconds)
{
    double *x = base_alloc(count * (size_t)repeats, sizeof *x);
    long *calls = base_alloc(count, sizeof *calls);
    for (size_t k = 0; k < count; k++)
        calls[k] = calls_for(run[k], context[k]);
    for (int i = 0; i < repeats; i++)
        for (size_t k = 0; k < count; k++)
            x[k * (size_t)repeats + (size_t)i] = seconds_of(run[k], context[k], calls[k]);
    for (size_t k = 0; k < count; k++)
        seconds[k] = quartiles(x + k * (size_t)repeats, repeats);
    free(x);
    free(calls);
}

void bench_row(struct bench *bench, const char *format, ...)
{
    char row[512];
    va_list args;
    va_start(args, format);
    vsnprintf(row, sizeof row, format, args);
    va_end(args);
    char *longer = base_format("%s%s\n", bench->table, row);
    free(bench->table);
    bench->table = longer;
}

static void write_out(const struct bench *bench, const char *name, const char *header, const char *rows)
{
    char *folder = base_format("%s/%s", bench->out, bench->family);
    if (base_make_folder(folder))
        base_die(BASE_RUN_FAILED, "cannot make the folder %s", folder);
    char *path = base_format("%s/%s", folder, name);
    struct base_output *output = base_output_open(path);
    fprintf(base_output_stream(output), "# experiment: %s/speed\n# profile: %s\n# seed: 0\n# control: none\n%s%s",
            bench->family, bench->quick ? "quick" : "full", header, rows);
    base_output_commit(output);
    free(path);
    free(folder);
}

int bench_close(struct bench *bench)
{
    if (bench->out && *bench->table)
        write_out(bench, "speed.csv", "", bench->table);
    if (bench->out && *bench->text)
        write_out(bench, "speed.measured.csv", "id,value,error,count\n", bench->text);
    free(bench->text);
    free(bench->table);
    free(bench);
    return BASE_DONE;
}
