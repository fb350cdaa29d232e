#include "matrices.h"

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <gsl/gsl_math.h>
#include <gsl/gsl_randist.h>

#include "base.h"
#include "dataset.h"
#include "linalg.h"
#include "monarch.h"
#include "rng.h"

enum kind {
    GAUSS,
    SPARSE,
    UNIFORM,
    USYM,
    SIGN,
    LAPLACE,
    STUDENT,
    LOGNORMAL,
    INDEPENDENT = LOGNORMAL, /* up to here entries are independent */
    TRIDIAG,
    HAAR,
    POWERLAW,
    PERM,
    CYCLIC,
    MONARCH,
    BUTTERFLY,
    RANDOM = BUTTERFLY, /* up to here they are random */
    CROSS,
    HILBERT,
    EXP,
    SIN,
    DIFFERENCE,
    IDENTITY,
    HADAMARD,
    DFT,
    DFTPERM,
    BIGRAMS,
    DIGITS,
    FILE_MATRIX
};

enum parameter { NONE, REAL, POSITIVE, DIVISOR };

static const struct {
    const char *name;
    enum parameter parameter;
} known[] = {
    [GAUSS] = {"gauss", NONE},
    [SPARSE] = {"sparse", NONE},
    [UNIFORM] = {"uniform", NONE},
    [USYM] = {"usym", NONE},
    [SIGN] = {"sign", NONE},
    [LAPLACE] = {"laplace", NONE},
    [STUDENT] = {"student", POSITIVE},
    [LOGNORMAL] = {"lognormal", NONE},
    [TRIDIAG] = {"tridiag", NONE},
    [HAAR] = {"haar", NONE},
    [POWERLAW] = {"powerlaw", REAL},
    [PERM] = {"perm", NONE},
    [CYCLIC] = {"circulant", NONE},
    [MONARCH] = {"monarch", DIVISOR},
    [BUTTERFLY] = {"butterfly", NONE},
    [CROSS] = {"cross", NONE},
    [HILBERT] = {"hilbert", NONE},
    [EXP] = {"exp", POSITIVE},
    [SIN] = {"sin", REAL},
    [DIFFERENCE] = {"difference", NONE},
    [IDENTITY] = {"identity", NONE},
    [HADAMARD] = {"hadamard", NONE},
    [DFT] = {"dft", NONE},
    [DFTPERM] = {"dftperm", DIVISOR},
    [BIGRAMS] = {"bigrams", NONE},
    [DIGITS] = {"digits", NONE},
};

static const char names[] = "gauss, sparse, uniform, usym, sign, laplace, student:DF, lognormal, tridiag, "
                            "cross, haar, powerlaw:EXP, perm, "
                            "circulant, monarch:B, butterfly, hilbert, exp:LEN, sin:ALPHA, difference, "
                            "identity, hadamard, dft, dftperm:B, "
                            "bigrams, digits, or a file";

/* The kind that a name means, its parameter into *value; *why (malloc'd) when the parameter is bad. */
static enum kind kind_of(const char *name, size_t n, double *value, char **why)
{
    const char *colon = strchr(name, ':');
    size_t length = colon ? (size_t)(colon - name) : strlen(name);
    *value = 0, *why = NULL;
    for (int kind = 0; kind < FILE_MATRIX; kind++) {
        if (strlen(known[kind].name) != length || strncmp(name, known[kind].name, length))
            continue;
        enum parameter p = known[kind].parameter;
        if ((p == NONE) != !colon)
            *why = base_format("%.40s %s a parameter after a colon", name, p == NONE ? "takes no" : "needs");
        else if (p != NONE && base_parse_real(colon + 1, value))
            *why = base_format("%.40s: what follows the colon must be a number", name);
        else if (p == POSITIVE && !(*value > 0))
            *why = base_format("%.40s: the parameter must be above 0", name);
        else if (p == DIVISOR &&
                 (!(*value >= 1) || *value > (double)n || *value != floor(*value) || n % (size_t)*value))
            *why = base_format("%.40s: the parameter must divide n = %zu", name, n);
        return kind;
    }
    return FILE_MATRIX;
}

/* ---- files ---- */

/* The next number of a PGM header, comments skipped; -1 when there is none. */
static long pgm_number(const char *bytes, size_t length, size_t *at)
{
    while (*at < length && (isspace((unsigned char)bytes[*at]) || bytes[*at] == '#')) {
        if (bytes[*at] == '#')
            while (*at < length && bytes[*at] != '\n')
                ++*at;
        else
            ++*at;
    }
    long value = -1;
    for (; *at < length && isdigit((unsigned char)bytes[*at]); ++*at) {
        value = 10 * (value < 0 ? 0 : value) + (bytes[*at] - '0');
        if (value > 1000000)
            return -1;
    }
    return value;
}

int matrices_pgm_parse(const char *bytes, size_t length, struct matrix *image, char **why)
{
    *image = (struct matrix){0};
    *why = NULL;
    size_t at = 2;
    int plain = length > 1 && bytes[1] == '2';
    if (length < 2 || bytes[0] != 'P' || (bytes[1] != '2' && bytes[1] != '5')) {
        *why = base_copy("not a PGM image; P2 or P5 is accepted");
        return -1;
    }
    long columns = pgm_number(bytes, length, &at), rows = pgm_number(bytes, length, &at);
    long most = pgm_number(bytes, length, &at);
    if (columns < 1 || rows < 1 || most < 1 || most > 65535) {
        *why =
            base_copy("the header of a PGM image must name width, height and a largest value of 1 to 65535");
        return -1;
    }
    size_t count = (size_t)rows * (size_t)columns, wide = most > 255 ? 2 : 1;
    at++; /* one white space ends the header */
    if (count > 100000000 || (!plain && (at > length || length - at < count * wide)) ||
        (plain && length < 2 * count)) {
        *why = base_format("%ld x %ld pixels are more than the file holds, or than 10^8", columns, rows);
        return -1;
    }
    double *x = base_alloc(count, sizeof *x);
    for (size_t i = 0; i < count; i++) {
        long value;
        if (plain)
            value = pgm_number(bytes, length, &at);
        else if (wide == 2)
            value = 256 * (unsigned char)bytes[at + 2 * i] + (unsigned char)bytes[at + 2 * i + 1];
        else
            value = (unsigned char)bytes[at + i];
        if (value < 0 || value > most) {
            *why = base_format("pixel %zu is missing or above %ld", i + 1, most);
            free(x);
            return -1;
        }
        x[i] = (double)value;
    }
    *image = (struct matrix){(size_t)rows, (size_t)columns, x, NULL};
    return 0;
}

/* The matrix in a file. Returns 0, or -1 with *why. */
static int file_read(const char *path, struct matrix *m, char **why)
{
    size_t length;
    char *bytes = base_read_file(path, &length);
    *m = (struct matrix){0};
    if (!bytes) {
        *why = base_format("neither a known matrix nor a file that can be read (%s); give %s",
                           strerror(errno), names);
        return -1;
    }
    int status;
    if (length > 1 && bytes[0] == 'P' && isdigit((unsigned char)bytes[1])) {
        status = matrices_pgm_parse(bytes, length, m, why);
    } else {
        struct dataset points;
        status = dataset_parse(bytes, length, &points, why);
        if (!status)
            *m = (struct matrix){points.n, points.m, points.x, NULL};
    }
    free(bytes);
    return status;
}

char *matrices_check(const char *name, size_t n, double density)
{
    double value;
    char *why;
    enum kind kind = kind_of(name, n, &value, &why);
    if (why)
        return why;
    if (density < 1 && kind > INDEPENDENT)
        return base_format("--density %g: %.40s has no independent entries to leave out; 1 is accepted",
                           density, name);
    if ((kind == HADAMARD || kind == BUTTERFLY) && monarch_log2(n) < 1)
        return base_format("--n %zu: %s needs a power of 2, from 2", n, name);
    if (kind == DIGITS && n != 64)
        return base_format("--n %zu: the digits have 64 pixels", n);
    if (kind != FILE_MATRIX)
        return NULL;
    struct matrix m;
    if (file_read(name, &m, &why)) {
        char *line = base_format("--matrix %.60s: %s", name, why);
        free(why);
        return line;
    }
    if (n > m.rows || n > m.columns)
        why = base_format("--n %zu: the matrix in %.60s is %zu x %zu only", n, name, m.rows, m.columns);
    free(m.re);
    return why;
}

int matrices_random(const char *name)
{
    double value;
    char *why;
    enum kind kind = kind_of(name, 1, &value, &why);
    free(why);
    return kind <= RANDOM;
}

/* ---- drawing ---- */

static double entry_draw(enum kind kind, double value, gsl_rng *rng)
{
    switch (kind) {
    case UNIFORM:
        return gsl_rng_uniform(rng);
    case USYM:
        return 2 * gsl_rng_uniform(rng) - 1;
    case SIGN:
        return gsl_rng_get(rng) & 1 ? 1 : -1;
    case LAPLACE:
        return gsl_ran_laplace(rng, 1);
    case STUDENT:
        return gsl_ran_tdist(rng, value);
    case LOGNORMAL:
        return exp(rng_normal(rng));
    default:
        return rng_normal(rng);
    }
}

static void entries_draw(enum kind kind, double value, double density, gsl_rng *rng, size_t count, double *a)
{
    for (size_t i = 0; i < count; i++)
        a[i] = density >= 1 || gsl_rng_uniform(rng) < density ? entry_draw(kind, value, rng) : 0;
}

int matrices_entries(const char *ensemble, double density, gsl_rng *rng, size_t count, double *a)
{
    double value;
    char *why;
    enum kind kind = kind_of(ensemble, 1, &value, &why);
    if (why || kind > INDEPENDENT) {
        free(why);
        return 0;
    }
    entries_draw(kind, value, density, rng, count, a);
    return 1;
}

static void haar_draw(size_t n, gsl_rng *rng, double *a)
{
    rng_normals(rng, a, n * n);
    linalg_haar(n, a, a);
}

static void power_draw(size_t n, double exponent, gsl_rng *rng, double *a)
{
    double *u = base_alloc(n * n, sizeof *u), *v = base_alloc(n * n, sizeof *v);
    haar_draw(n, rng, u);
    haar_draw(n, rng, v);
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < n; j++)
            v[i * n + j] *= pow((double)i + 1, -exponent);
    linalg_gemm('N', 'N', n, n, n, 1, u, v, 0, a);
    free(u);
    free(v);
}

static void permutation_draw(size_t n, gsl_rng *rng, double *a)
{
    size_t *to = base_alloc(n, sizeof *to);
    for (size_t i = 0; i < n; i++)
        to[i] = i;
    gsl_ran_shuffle(rng, to, n, sizeof *to);
    for (size_t i = 0; i < n; i++)
        a[i * n + to[i]] = 1;
    free(to);
}

static void circulant_draw(size_t n, gsl_rng *rng, double *a)
{
    double *first = base_alloc(n, sizeof *first);
    rng_normals(rng, first, n);
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < n; j++)
            a[i * n + j] = first[(i + n - j) % n];
    free(first);
}

/* F_n, with column q moved from k + l c to k b + l when b > 0. */
static void dft_fill(size_t n, size_t b, double *re, double *im)
{
    for (size_t p = 0; p < n; p++)
        for (size_t q = 0; q < n; q++) {
            size_t from = b ? q / b + q % b * (n / b) : q;
            double angle = -2 * M_PI * (double)(p * from % n) / (double)n;
            re[p * n + q] = cos(angle), im[p * n + q] = sin(angle);
        }
}

static void bigrams_fill(size_t n, double *a)
{
    struct dataset_bytes *text = dataset_bytes(NULL);
    for (size_t i = 0; i + 1 < text->n; i++)
        a[text->byte[i] % n * n + text->byte[i + 1] % n] += 1;
    dataset_bytes_free(text);
}

static void digits_fill(double *a)
{
    struct dataset *digits = dataset_digits();
    linalg_gemm('T', 'N', digits->m, digits->m, digits->n, 1 / (double)digits->n, digits->x, digits->x, 0,
                a);
    dataset_free(digits);
}

static double entry_fixed(enum kind kind, double value, size_t i, size_t j)
{
    double x = (double)i, y = (double)j;
    switch (kind) {
    case CROSS:
        return i == 0 || j == 0;
    case HILBERT:
        return 1 / (x + y + 1);
    case EXP:
        return exp(-fabs(x - y) / value);
    case SIN:
        return sin(value * (x + 1) * (y + 2));
    case DIFFERENCE:
        return i == j ? 2 : i + 1 == j || j + 1 == i ? -1 : 0;
    case HADAMARD:
        return __builtin_parityl(i & j) ? -1 : 1;
    default:
        return i == j;
    }
}

static void draw(enum kind kind, const char *name, double value, size_t n, double density, gsl_rng *rng,
                 struct matrix *m)
{
    double *a = m->re;
    switch (kind) {
    case TRIDIAG:
        for (size_t i = 0; i < n; i++)
            for (size_t j = i ? i - 1 : 0; j < n && j <= i + 1; j++)
                a[i * n + j] = rng_normal(rng);
        return;
    case HAAR:
        haar_draw(n, rng, a);
        return;
    case POWERLAW:
        power_draw(n, value, rng, a);
        return;
    case PERM:
        permutation_draw(n, rng, a);
        return;
    case CYCLIC:
        circulant_draw(n, rng, a);
        return;
    case MONARCH: {
        struct monarch *x = monarch_alloc(n, (size_t)value);
        monarch_draw(x, rng);
        monarch_dense(x, a);
        monarch_free(x);
        return;
    }
    case BUTTERFLY: {
        double *factor = base_alloc(2 * n * (size_t)monarch_log2(n), sizeof *factor);
        monarch_butterfly_draw(n, rng, factor);
        monarch_butterfly_dense(n, factor, a);
        free(factor);
        return;
    }
    case DFT:
    case DFTPERM:
        m->im = base_alloc(n * n, sizeof *m->im);
        dft_fill(n, (size_t)value, a, m->im);
        return;
    case BIGRAMS:
        bigrams_fill(n, a);
        return;
    case DIGITS:
        digits_fill(a);
        return;
    case FILE_MATRIX: {
        struct matrix file;
        char *why;
        if (file_read(name, &file, &why))
            base_die(BASE_BAD_USAGE, "--matrix %.60s: %s", name, why);
        for (size_t i = 0; i < n && n <= file.rows && n <= file.columns; i++)
            memcpy(a + i * n, file.re + i * file.columns, n * sizeof *a);
        free(file.re);
        return;
    }
    default:
        break;
    }
    if (kind <= INDEPENDENT) {
        entries_draw(kind, value, density, rng, n * n, a);
        return;
    }
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < n; j++)
            a[i * n + j] = entry_fixed(kind, value, i, j);
}

struct matrix *matrices_draw(const char *name, size_t n, double density, gsl_rng *rng)
{
    double value;
    char *why;
    enum kind kind = kind_of(name, n, &value, &why);
    if (why)
        base_die(BASE_BAD_USAGE, "--matrix %s", why);
    struct matrix *m = base_alloc(1, sizeof *m);
    m->rows = m->columns = n;
    m->re = base_alloc(n * n, sizeof *m->re);
    draw(kind, name, value, n, density, rng, m);
    return m;
}

void matrices_free(struct matrix *m)
{
    if (!m)
        return;
    free(m->re);
    free(m->im);
    free(m);
}
