#include "sparse_cell.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

char *sparse_cell_size(const struct lab_cell *cell, const char *axis, size_t k, size_t *size)
{
    if (sparse_size(lab_word(cell, axis), (size_t)lab_integer(cell, "n"), k, size))
        return base_format(
            "--%s is %.40s: must be a whole number from 1 to 2^64 - 1, opt, root, k, half or quarter", axis,
            lab_word(cell, axis));
    return NULL;
}

char *sparse_cell_set(const struct lab_cell *cell, struct sparse_set *set)
{
    size_t k, l, c;
    char *why = sparse_cell_size(cell, "k", 1, &k);
    if (!why)
        why = sparse_cell_size(cell, "l", k, &l);
    if (!why)
        why = sparse_cell_size(cell, "c", l, &c);
    return why ? why
               : sparse_set_named(lab_word(cell, "pattern"), k, l, c, (int)lab_integer(cell, "causal"), set);
}

char *sparse_stack_named(const char *text, size_t k, size_t w, size_t l, size_t c, int causal,
                         struct sparse_set *set, size_t *layers)
{
    *layers = 0;
    for (const char *at = text;; at++) {
        size_t length = strcspn(at, ".");
        if (*layers == SPARSE_STACK_MAX)
            return base_format("--stack %.40s: at most %d layers", text, SPARSE_STACK_MAX);
        char *word = base_format("%.*s", (int)length, at);
        char *why = sparse_set_named(word, k, l, c, causal, &set[*layers]);
        if (!why && !strcmp(word, "local"))
            set[*layers].k = w;
        free(word);
        if (why)
            return why;
        ++*layers;
        at += length;
        if (!*at)
            return NULL;
    }
}

void sparse_cell_put_count(struct lab_cell *cell, const char *column, uint64_t count)
{
    char text[32];
    snprintf(text, sizeof text, "%" PRIu64, count);
    lab_put_text(cell, column, text);
}
