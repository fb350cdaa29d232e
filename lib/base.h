/* What every module needs: exit statuses, one-line errors, checked memory, whole-or-nothing files, a hash.
 *
 * Exit statuses: 0 done, 1 a claim fell, 2 the run itself failed (I/O, numerics), 64 bad usage.
 */
#ifndef BASE_H
#define BASE_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

enum base_status { BASE_DONE = 0, BASE_CLAIM_FELL = 1, BASE_RUN_FAILED = 2, BASE_BAD_USAGE = 64 };

/* Names the running program in messages; keeps the last component of argv0. */
void base_program_set(const char *argv0);
const char *base_program(void);

/* Prints "program: message" as one line on stderr and exits with `status`. Safe from any thread. */
_Noreturn void base_die(enum base_status status, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Prints "program: message" as one line on stderr. */
void base_note(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Zeroed memory for `count` objects of `size` bytes; exits with status 2 when there is none. Free with free(). */
void *base_alloc(size_t count, size_t size);

/* Grows `block` to `count` objects of `size` bytes (new bytes are not zeroed); exits with status 2 when it cannot. */
void *base_grow(void *block, size_t count, size_t size);

/* A fresh copy of `text`, or formatted text; free with free(). */
char *base_copy(const char *text);
char *base_format(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* FNV-1a, 64 bits, continued from `hash`; begin with base_hash_start(). */
uint64_t base_hash_start(void);
uint64_t base_hash(uint64_t hash, const void *bytes, size_t count);
uint64_t base_hash_text(uint64_t hash, const char *text);

/* Whole numbers and reals from text: the entire text must be the number. Returns 0, or -1 when it is not one.
 * Reals must be finite. */
int base_parse_long(const char *text, long *value);
int base_parse_uint64(const char *text, uint64_t *value);
int base_parse_real(const char *text, double *value);

/* Writes `value` with `digits` significant digits into `text` (at least 32 bytes): whole numbers below 2^53 without
 * exponent or point, others in the shortest of %e and %f form; nan and inf by name. Returns `text`. */
char *base_real_text(char *text, double value, int digits);

/* Creates the folder `path` and its parents. Returns 0, or -1 with errno set. */
int base_make_folder(const char *path);

/* The whole file `path` as text with a final NUL; its length into *length unless NULL. NULL with errno set. */
char *base_read_file(const char *path, size_t *length);

/* A file that appears whole or not at all: bytes go to a temporary name beside `path`; base_output_commit flushes,
 * syncs and renames. Any failure exits with status 2 and leaves the old file as it was. */
struct base_output;
struct base_output *base_output_open(const char *path);
FILE *base_output_stream(struct base_output *output);
void base_output_commit(struct base_output *output);

/* Several files that appear together: all are written to temporary names first, then renamed. Any failure exits with
 * status 2, leaves the old files as they were and no temporary behind. */
struct base_file {
    char *path, *text;
    size_t length;
};
void base_write_files(const struct base_file *files, size_t count);

#endif
