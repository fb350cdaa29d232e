#include "base.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char *program_name = "kexue-lab";

void base_program_set(const char *argv0)
{
    const char *slash = strrchr(argv0, '/');
    program_name = slash ? slash + 1 : argv0;
}

const char *base_program(void)
{
    return program_name;
}

static void message(const char *format, va_list args)
{
    char line[1024];
    int n = vsnprintf(line, sizeof line, format, args);
    if (n < 0)
        line[0] = '\0';
    for (char *c = line; *c; c++) /* one line, whatever the offending value holds */
        if ((unsigned char)*c < ' ')
            *c = '?';
    fprintf(stderr, "%s: %s\n", program_name, line);
}

void base_die(enum base_status status, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    message(format, args);
    va_end(args);
    fflush(stderr);
    _exit((int)status); /* no atexit, no flushing of half-written streams */
}

void base_note(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    message(format, args);
    va_end(args);
}

void *base_alloc(size_t count, size_t size)
{
    void *block = calloc(count ? count : 1, size ? size : 1);
    if (!block)
        base_die(BASE_RUN_FAILED, "out of memory: %zu objects of %zu bytes", count, size);
    return block;
}

void *base_grow(void *block, size_t count, size_t size)
{
    size_t bytes;
    if (__builtin_mul_overflow(count ? count : 1, size ? size : 1, &bytes) || !(block = realloc(block, bytes)))
        base_die(BASE_RUN_FAILED, "out of memory: %zu objects of %zu bytes", count, size);
    return block;
}

char *base_copy(const char *text)
{
    size_t n = strlen(text) + 1;
    return memcpy(base_alloc(n, 1), text, n);
}

char *base_format(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    char *text = NULL;
    int n = vasprintf(&text, format, args);
    va_end(args);
    if (n < 0)
        base_die(BASE_RUN_FAILED, "out of memory");
    return text;
}

uint64_t base_hash_start(void)
{
    return 0xcbf29ce484222325u;
}

uint64_t base_hash(uint64_t hash, const void *bytes, size_t count)
{
    const unsigned char *p = bytes;
    for (size_t i = 0; i < count; i++)
        hash = (hash ^ p[i]) * 0x100000001b3u;
    return hash;
}

uint64_t base_hash_text(uint64_t hash, const char *text)
{
    return base_hash(hash, text, strlen(text) + 1); /* with the NUL: "a","bc" differs from "ab","c" */
}

int base_parse_long(const char *text, long *value)
{
    char *end;
    if (!*text || strspn(text, "+-0123456789") != strlen(text))
        return -1;
    errno = 0;
    *value = strtol(text, &end, 10);
    return errno || *end ? -1 : 0;
}

int base_parse_uint64(const char *text, uint64_t *value)
{
    char *end;
    if (!*text || strspn(text, "0123456789") != strlen(text))
        return -1;
    errno = 0;
    *value = strtoull(text, &end, 10);
    return errno || *end ? -1 : 0;
}

int base_parse_real(const char *text, double *value)
{
    char *end;
    if (!*text || strspn(text, "+-.0123456789eE") != strlen(text))
        return -1; /* no hexadecimal, no blanks, no nan, no inf */
    errno = 0;
    *value = strtod(text, &end);
    return *end || !isfinite(*value) ? -1 : 0;
}

char *base_real_text(char *text, double value, int digits)
{
    if (isnan(value))
        return strcpy(text, "nan");
    if (isinf(value))
        return strcpy(text, value > 0 ? "inf" : "-inf");
    if (value == 0)
        return strcpy(text, "0"); /* also for -0: the sign of a zero is no result */
    if (value == rint(value) && fabs(value) < 9007199254740992.0)
        snprintf(text, 32, "%.0f", value);
    else
        snprintf(text, 32, "%.*g", digits, value);
    return text;
}

int base_make_folder(const char *path)
{
    char *copy = base_copy(path);
    int failed = 0;
    for (char *c = copy + 1; !failed; c++) {
        if (*c != '/' && *c)
            continue;
        char kept = *c;
        *c = '\0';
        failed = mkdir(copy, 0777) && errno != EEXIST;
        *c = kept;
        if (!kept)
            break;
    }
    int error = errno;
    free(copy);
    errno = error;
    return failed ? -1 : 0;
}

char *base_read_file(const char *path, size_t *length)
{
    FILE *file = fopen(path, "rb");
    if (!file)
        return NULL;
    char *text = NULL;
    size_t size = 0, used = 0, got;
    do {
        size = size ? 2 * size : 1 << 16;
        text = base_grow(text, size, 1);
        got = fread(text + used, 1, size - used - 1, file);
        used += got;
    } while (used == size - 1);
    if (ferror(file)) {
        int error = errno ? errno : EIO;
        fclose(file);
        free(text);
        errno = error;
        return NULL;
    }
    fclose(file);
    text[used] = '\0';
    if (length)
        *length = used;
    return text;
}

struct base_output {
    FILE *stream;
    char *path, *temporary;
};

static _Noreturn void output_failed(struct base_output *output)
{
    int error = errno;
    unlink(output->temporary);
    base_die(BASE_RUN_FAILED, "cannot write %s: %s", output->path, strerror(error));
}

struct base_output *base_output_open(const char *path)
{
    struct base_output *output = base_alloc(1, sizeof *output);
    output->path = base_copy(path);
    output->temporary = base_format("%s.tmp.%ld", path, (long)getpid());
    output->stream = fopen(output->temporary, "wbe");
    if (!output->stream)
        output_failed(output);
    return output;
}

FILE *base_output_stream(struct base_output *output)
{
    return output->stream;
}

void base_output_commit(struct base_output *output)
{
    if (fflush(output->stream) || ferror(output->stream) || fsync(fileno(output->stream)))
        output_failed(output);
    if (fclose(output->stream) || rename(output->temporary, output->path))
        output_failed(output);
    free(output->path);
    free(output->temporary);
    free(output);
}

/* Writes one file whole to `path`; returns 0, or -1 with errno set. */
static int write_whole(const char *path, const struct base_file *file)
{
    FILE *stream = fopen(path, "wbe");
    if (!stream)
        return -1;
    int failed = fwrite(file->text, 1, file->length, stream) != file->length || fflush(stream) || fsync(fileno(stream));
    int error = errno;
    failed |= fclose(stream) != 0;
    errno = error;
    return failed ? -1 : 0;
}

void base_write_files(const struct base_file *files, size_t count)
{
    char **temporary = base_alloc(count, sizeof *temporary);
    size_t bad = count;
    for (size_t i = 0; i < count && bad == count; i++) {
        temporary[i] = base_format("%s.tmp.%ld", files[i].path, (long)getpid());
        if (write_whole(temporary[i], &files[i]))
            bad = i;
    }
    for (size_t i = 0; i < count && bad == count; i++)
        if (rename(temporary[i], files[i].path))
            bad = i;
    int error = errno;
    for (size_t i = 0; i < count; i++) {
        if (bad < count && temporary[i])
            unlink(temporary[i]);
        free(temporary[i]);
    }
    free(temporary);
    if (bad < count)
        base_die(BASE_RUN_FAILED, "cannot write %s: %s", files[bad].path, strerror(error));
}
