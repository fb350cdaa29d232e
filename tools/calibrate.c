/* calibrate: are our error bars right? Reads the normal scores that `verify --zscores` gathered.
 *
 * For each measurement the scores of the seeds are a sample that should be standard normal. Out of line is
 * one whose mean lies more than 5 standard errors from 0, whose variance has a chi-square probability
 * (both sides) below 1e-6, or whose Kolmogorov-Smirnov probability is below 1e-6 over the number of
 * measurements (Bonferroni's bound, which holds however the measurements of one run depend on each other).
 * The pooled figures are shown, not judged: dependent scores are no sample.
 *
 * Exit status: 0 in line, 1 out of line, 2 unreadable or unwritable, 64 bad usage.
 */
#include <argp.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include <gsl/gsl_cdf.h>

#include "base.h"
#include "csv.h"
#include "stats.h"

static const double mean_limit = 5, probability_limit = 1e-6;

struct options {
    const char *in, *out;
};

enum { KEY_OUT = 1 };

static error_t parse_one(int key, char *text, struct argp_state *state)
{
    struct options *o = state->input;
    switch (key) {
    case KEY_OUT: o->out = text; return 0;
    case '?':
        argp_help(state->root_argp, stdout, ARGP_HELP_STD_HELP & ~(unsigned)ARGP_HELP_EXIT_OK, state->name);
        exit(BASE_DONE);
    case ARGP_KEY_ARG:
        if (o->in)
            base_die(BASE_BAD_USAGE, "argument '%.80s' is not accepted; give one file", text);
        o->in = text;
        return 0;
    default: return ARGP_ERR_UNKNOWN;
    }
}

struct score {
    const char *measure, *seed;
    double z;
};

static int compare_scores(const void *a, const void *b)
{
    const struct score *x = a, *y = b;
    int order = strcmp(x->measure, y->measure);
    return order ? order : strcmp(x->seed, y->seed);
}

/* The rows of the file, by measurement and seed. */
static struct score *scores_read(const char *path, struct csv *csv, size_t *count)
{
    char *error;
    if (csv_read(path, csv, &error))
        base_die(BASE_RUN_FAILED, "%s", error);
    if (csv->columns != 3 || strcmp(csv->header[0], "measure") || strcmp(csv->header[1], "seed") ||
        strcmp(csv->header[2], "z"))
        base_die(BASE_RUN_FAILED, "%s:%zu: accepted is the header measure,seed,z", path, csv->first_line - 1);
    struct score *scores = base_alloc(csv->rows, sizeof *scores);
    for (size_t i = 0; i < csv->rows; i++) {
        scores[i] = (struct score){csv_cell(csv, i, 0), csv_cell(csv, i, 1), 0};
        if (base_parse_real(csv_cell(csv, i, 2), &scores[i].z))
            base_die(BASE_RUN_FAILED, "%s:%zu: z = %.40s is not a finite number", path, csv->first_line + i,
                     csv_cell(csv, i, 2));
    }
    qsort(scores, csv->rows, sizeof *scores, compare_scores);
    for (size_t i = 1; i < csv->rows; i++)
        if (compare_scores(&scores[i - 1], &scores[i]) == 0)
            base_die(BASE_RUN_FAILED, "%s: %s has two scores for seed %s: accepted is one", path,
                     scores[i].measure, scores[i].seed);
    *count = csv->rows;
    return scores;
}

struct sample {
    struct stats_moments moments;
    double ks; /* probability of a distance from N(0,1) as great */
};

/* z is sorted in place. */
static struct sample sample_of(double *z, size_t n)
{
    struct sample s = {0};
    for (size_t i = 0; i < n; i++)
        stats_moments_push(&s.moments, z[i]);
    s.ks = stats_ks_p(stats_ks_distance(z, n, stats_normal_cdf, NULL), n);
    return s;
}

/* The two-sided probability of the sample's spread about its mean, if the variance is 1. */
static double spread_probability(const struct stats_moments *m)
{
    double degrees = (double)(m->count - 1);
    return m->count < 2 ? 1 : 2 * fmin(gsl_cdf_chisq_P(m->m2, degrees), gsl_cdf_chisq_Q(m->m2, degrees));
}

/* One measurement: says what is out of line; false when something is. */
static bool sample_check(const char *measure, const struct sample *s, size_t measures)
{
    double n = (double)s->moments.count, mean = s->moments.mean,
           sd = sqrt(stats_moments_variance(&s->moments));
    double spread = spread_probability(&s->moments);
    bool shifted = !(fabs(mean) * sqrt(n) <= mean_limit), scaled = !(spread >= probability_limit),
         bent = !(s->ks >= probability_limit / (double)measures);
    if (shifted || scaled || bent)
        printf("  out of line  %s: %.0f seeds, mean %.3f (%.1f standard errors), sd %.3f (p = %.2g), KS p = "
               "%.2g\n",
               measure, n, mean, mean * sqrt(n), sd, spread, s->ks);
    return !shifted && !scaled && !bent;
}

static void quantiles_write(const char *path, const double *sorted, size_t n)
{
    struct base_output *output = base_output_open(path);
    FILE *stream = base_output_stream(output);
    fputs("normal,z\n", stream);
    for (size_t i = 0; i < n; i++)
        fprintf(stream, "%.6g,%.6g\n", gsl_cdf_ugaussian_Pinv(((double)i + 0.5) / (double)n), sorted[i]);
    base_output_commit(output);
}

int main(int argc, char **argv)
{
    static const struct argp_option argp_options[] = {
        {"out", KEY_OUT, "FILE", 0, "Write the sorted scores beside the normal quantiles as CSV", 0},
        {"help", '?', NULL, 0, "This list", -1},
        {0}};
    static const struct argp argp = {
        argp_options,  parse_one,
        "ZSCORES.csv", "Tests whether the z-scores of all statistical claims are standard normal.",
        NULL,          NULL,
        NULL};
    struct options o = {0};
    int at = 0;
    base_program_set(argv[0]);
    if (argp_parse(&argp, argc, argv, ARGP_NO_ERRS | ARGP_NO_HELP, &at, &o))
        base_die(BASE_BAD_USAGE, "option '%.80s' is unknown or lacks its value; see --help",
                 argv[at > 0 && at <= argc ? at - (at == argc || strncmp(argv[at], "--", 2)) : argc - 1]);
    if (!o.in)
        base_die(BASE_BAD_USAGE, "no file of scores given; see --help");

    struct csv csv;
    size_t count, measures = 0, fine = 0;
    struct score *scores = scores_read(o.in, &csv, &count);
    if (!count)
        base_die(BASE_RUN_FAILED, "%s: no scores", o.in);
    for (size_t i = 0; i < count; i++)
        measures += i == 0 || strcmp(scores[i - 1].measure, scores[i].measure) != 0;
    double *z = base_alloc(count, sizeof *z), least = 1;
    for (size_t i = 0, n; i < count; i += n) {
        for (n = 0; i + n < count && strcmp(scores[i].measure, scores[i + n].measure) == 0; n++)
            z[n] = scores[i + n].z;
        struct sample s = sample_of(z, n);
        least = fmin(least, s.ks);
        fine += sample_check(scores[i].measure, &s, measures);
    }
    for (size_t i = 0; i < count; i++)
        z[i] = scores[i].z;
    struct sample pooled = sample_of(z, count);
    if (o.out)
        quantiles_write(o.out, z, count);
    printf("%zu z-scores of %zu measurements: mean %.3f, sd %.3f, pooled KS p = %.3g, least KS p = %.3g; %zu "
           "out of "
           "line\n",
           count, measures, pooled.moments.mean, sqrt(stats_moments_variance(&pooled.moments)), pooled.ks,
           least, measures - fine);
    free(z);
    free(scores);
    csv_free(&csv);
    if (fflush(stdout) || ferror(stdout))
        base_die(BASE_RUN_FAILED, "cannot write to standard output");
    return fine == measures ? BASE_DONE : BASE_CLAIM_FELL;
}
