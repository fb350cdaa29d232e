/* Shuffling and token files. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <Random123/philox.h>

#include "base.h"
#include "nn_internal.h"

/* ---- shuffling ---- */

enum { FEISTEL_ROUNDS = 8 };

static uint64_t mix(uint64_t seed, uint64_t epoch, uint32_t round, uint32_t half) {
    philox4x32_key_t key = {{(uint32_t)seed, (uint32_t)(seed >> 32)}};
    philox4x32_ctr_t counter = {{half, round, (uint32_t)epoch, (uint32_t)(epoch >> 32)}};
    philox4x32_ctr_t out = philox4x32(counter, key);
    return (uint64_t)out.v[0] | (uint64_t)out.v[1] << 32;
}

/* A Feistel network permutes 2^(2 half) numbers; walking along its cycle until the number is below count
 * permutes 0 .. count-1, in fewer than 4 rounds on average. */
uint64_t nn_shuffle(uint64_t seed, uint64_t epoch, uint64_t index, uint64_t count) {
    if (index >= count) {
        nn_refuse("nn_shuffle", "the index must be below the count");
    }
    unsigned half = 1;
    while (half < 32 && count > (uint64_t)1 << (2 * half)) {
        half++;
    }
    uint64_t mask = ((uint64_t)1 << half) - 1;
    do {
        uint64_t left = index >> half, right = index & mask;
        for (uint32_t round = 0; round < FEISTEL_ROUNDS; round++) {
            uint64_t next = left ^ (mix(seed, epoch, round, (uint32_t)right) & mask);
            left = right;
            right = next;
        }
        index = left << half | right;
    } while (index >= count);
    return index;
}

/* ---- token files ---- */

struct nn_tokens *nn_tokens_open(const char *path, size_t width) {
    if (width != 1 && width != 2 && width != 4) {
        nn_refuse("nn_tokens_open", "tokens have 1, 2 or 4 bytes");
    }
    int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0) {
        return NULL;
    }
    struct stat about;
    void *bytes = MAP_FAILED;
    if (fstat(file, &about) == 0) {
        if (about.st_size < (off_t)width || about.st_size % (off_t)width) {
            errno = EINVAL;
        } else {
            bytes = mmap(NULL, (size_t)about.st_size, PROT_READ, MAP_PRIVATE, file, 0);
        }
    }
    int saved = errno;
    close(file);
    if (bytes == MAP_FAILED) {
        errno = saved;
        return NULL;
    }
    struct nn_tokens *tokens = base_alloc(1, sizeof *tokens);
    *tokens = (struct nn_tokens){(size_t)about.st_size / width, width, bytes};
    return tokens;
}

void nn_tokens_close(struct nn_tokens *tokens) {
    if (tokens) {
        munmap((void *)(uintptr_t)tokens->bytes, tokens->count * tokens->width);
        free(tokens);
    }
}

int32_t nn_tokens_at(const struct nn_tokens *tokens, size_t i) {
    const unsigned char *b = tokens->bytes + i * tokens->width;
    uint32_t value = b[0];
    for (size_t k = 1; k < tokens->width; k++) {
        value |= (uint32_t)b[k] << (8 * k);
    }
    return (int32_t)value;
}

void nn_tokens_batch(const struct nn_tokens *tokens, uint64_t seed, uint64_t step, size_t batch,
                     size_t context, int32_t *input, int32_t *target) {
    if (batch == 0 || context == 0 || tokens->count / 2 < context) {
        nn_refuse("nn_tokens_batch", "needs a batch, a context and at least 2 context tokens");
    }
    /* windows of one epoch, whatever its offset; each needs one token more as target */
    uint64_t windows = (tokens->count - context) / context;
    for (size_t row = 0; row < batch; row++) {
        uint64_t visit = step * batch + row, epoch = visit / windows;
        uint64_t offset = mix(seed, epoch, FEISTEL_ROUNDS, 0) % context;
        size_t begin = (size_t)(nn_shuffle(seed, epoch, visit % windows, windows) * context + offset);
        for (size_t t = 0; t < context; t++) {
            input[row * context + t] = nn_tokens_at(tokens, begin + t);
            target[row * context + t] = nn_tokens_at(tokens, begin + t + 1);
        }
    }
}
