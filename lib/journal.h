/* The journal of a run: one checksummed line a finished cell, so that a killed run resumes where it stood.
 *
 * The first line names the run's fingerprint. A line that is cut short or damaged ends what is read; it and what
 * follows it are dropped before the next append.
 */
#ifndef JOURNAL_H
#define JOURNAL_H

#include <stdint.h>

struct journal;

enum journal_state { JOURNAL_ABSENT, JOURNAL_READ, JOURNAL_OTHER_RUN };

/* Calls `record` with every sound line of the journal at `path` when its fingerprint is the given one.
 * An unreadable file exits with status 2. *dropped (may be NULL): bytes of damaged lines at the end. */
enum journal_state journal_read(const char *path, uint64_t fingerprint, void (*record)(void *context, const char *line),
                                void *context, long *dropped);

/* Opens the journal for appending, alone: exits with status 2 when another process holds it. A new one gets its first
 * line; an existing one must have been read before with the same fingerprint and loses a damaged end. */
struct journal *journal_open(const char *path, uint64_t fingerprint);

/* Appends a line (without newline) and hands it to the kernel; exits with status 2 when that fails. */
void journal_append(struct journal *journal, const char *line);

/* Closes; `remove` deletes the file. */
void journal_close(struct journal *journal, int remove);

#endif
