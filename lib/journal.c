#include "journal.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "base.h"

struct journal {
    int descriptor;
    char *path;
};

static char *first_line(uint64_t fingerprint)
{
    return base_format("kexue-lab journal 1 %016" PRIx64, fingerprint);
}

static uint64_t line_hash(const char *line)
{
    return base_hash_text(base_hash_start(), line);
}

/* Splits "payload\thash" at *text, ends the payload with a NUL and moves *text behind the newline.
 * NULL at the end or at a damaged line. */
static char *next_line(char **text)
{
    char *line = *text, *newline = strchr(line, '\n');
    if (!newline)
        return NULL;
    *newline = '\0';
    char *tab = strrchr(line, '\t'), *end;
    if (!tab || strlen(tab + 1) != 16)
        return NULL;
    *tab = '\0';
    if (strtoull(tab + 1, &end, 16) != line_hash(line) || *end)
        return NULL;
    *text = newline + 1;
    return line;
}

/* Reads the journal; returns the length of its sound part, -1 when absent, -2 when it is another run's. */
static long scan(const char *path, uint64_t fingerprint, void (*record)(void *, const char *), void *context,
                 long *dropped)
{
    size_t length;
    char *text = base_read_file(path, &length);
    if (!text) {
        if (errno == ENOENT)
            return -1;
        base_die(BASE_RUN_FAILED, "cannot read %s: %s", path, strerror(errno));
    }
    char *rest = text, *want = first_line(fingerprint), *line = next_line(&rest);
    long sound = line && !strcmp(line, want) ? rest - text : -2;
    while (sound > 0 && (line = next_line(&rest))) {
        if (record)
            record(context, line);
        sound = rest - text;
    }
    if (dropped)
        *dropped = sound > 0 ? (long)length - sound : 0;
    free(want);
    free(text);
    return sound;
}

enum journal_state journal_read(const char *path, uint64_t fingerprint, void (*record)(void *context, const char *line),
                                void *context, long *dropped)
{
    long sound = scan(path, fingerprint, record, context, dropped);
    return sound == -1 ? JOURNAL_ABSENT : sound == -2 ? JOURNAL_OTHER_RUN : JOURNAL_READ;
}

struct journal *journal_open(const char *path, uint64_t fingerprint)
{
    struct journal *journal = base_alloc(1, sizeof *journal);
    journal->path = base_copy(path);
    journal->descriptor = open(path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
    if (journal->descriptor < 0)
        base_die(BASE_RUN_FAILED, "cannot write %s: %s", path, strerror(errno));
    if (flock(journal->descriptor, LOCK_EX | LOCK_NB))
        base_die(BASE_RUN_FAILED, "%s is in use by another run", path);
    long sound = scan(path, fingerprint, NULL, NULL, NULL);
    if (sound < 0) /* new, or killed within the first line */
        sound = 0;
    if (ftruncate(journal->descriptor, sound))
        base_die(BASE_RUN_FAILED, "cannot write %s: %s", path, strerror(errno));
    if (sound == 0) {
        char *line = first_line(fingerprint);
        journal_append(journal, line);
        free(line);
    }
    return journal;
}

void journal_append(struct journal *journal, const char *line)
{
    char *text = base_format("%s\t%016" PRIx64 "\n", line, line_hash(line));
    size_t length = strlen(text), written = 0;
    while (written < length) {
        ssize_t n = write(journal->descriptor, text + written, length - written);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            base_die(BASE_RUN_FAILED, "cannot write %s: %s", journal->path, strerror(errno));
        written += (size_t)n;
    }
    free(text);
}

void journal_close(struct journal *journal, int remove)
{
    if (remove)
        unlink(journal->path);
    close(journal->descriptor);
    free(journal->path);
    free(journal);
}
