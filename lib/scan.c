#include "scan.h"

#include <stdlib.h>
#include <string.h>

#include "base.h"

static char *element(const struct scan_operation *operation, void *elements, size_t i)
{
    return (char *)elements + i * operation->size;
}

/* right = left o right; `room` holds one element. */
static void prepend(const struct scan_operation *operation, const void *left, void *right, void *room)
{
    operation->combine(room, left, right, operation->context);
    memcpy(right, room, operation->size);
}

static void in_order(const struct scan_operation *operation, size_t n, void *elements, void *room)
{
    for (size_t i = 1; i < n; i++)
        prepend(operation, element(operation, elements, i - 1), element(operation, elements, i), room);
}

struct scan_cost scan_sequential(const struct scan_operation *operation, size_t n, void *elements)
{
    void *room = base_alloc(1, operation->size);
    in_order(operation, n, elements, room);
    free(room);
    uint64_t steps = n ? n - 1 : 0;
    return (struct scan_cost){steps, steps};
}

/* Scans the n elements that stand `stride` apart, the first at `first`. */
static struct scan_cost odd_even(const struct scan_operation *operation, size_t n, void *elements, size_t first,
                                 size_t stride, void *room)
{
    if (n < 2)
        return (struct scan_cost){0, 0};
    for (size_t i = 1; i < n; i += 2)
        prepend(operation, element(operation, elements, first + (i - 1) * stride),
                element(operation, elements, first + i * stride), room);
    struct scan_cost cost = odd_even(operation, n / 2, elements, first + stride, 2 * stride, room);
    for (size_t i = 2; i < n; i += 2)
        prepend(operation, element(operation, elements, first + (i - 1) * stride),
                element(operation, elements, first + i * stride), room);
    size_t late = (n + 1) / 2 - 1;
    return (struct scan_cost){cost.combines + n / 2 + late, cost.depth + 1 + (late > 0)};
}

struct scan_cost scan_odd_even(const struct scan_operation *operation, size_t n, void *elements)
{
    void *room = base_alloc(1, operation->size);
    struct scan_cost cost = odd_even(operation, n, elements, 0, 1, room);
    free(room);
    return cost;
}

struct scan_cost scan_doubling(const struct scan_operation *operation, size_t n, void *elements)
{
    struct scan_cost cost = {0, 0};
    void *before = base_alloc(n + 1, operation->size);
    for (size_t reach = 1; reach < n; reach *= 2) {
        memcpy(before, elements, n * operation->size);
        for (size_t i = reach; i < n; i++)
            operation->combine(element(operation, elements, i), element(operation, before, i - reach),
                               element(operation, before, i), operation->context);
        cost.combines += n - reach;
        cost.depth++;
    }
    free(before);
    return cost;
}

struct scan_cost scan_blocks(const struct scan_operation *operation, size_t n, void *elements, size_t blocks,
                             int threads)
{
    if (blocks > n)
        blocks = n ? n : 1;
    if (blocks < 1)
        blocks = 1;
    struct scan_cost cost = {0, 0};
#pragma omp parallel num_threads(threads)
    {
        void *room = base_alloc(1, operation->size);
#pragma omp for schedule(static)
        for (size_t b = 0; b < blocks; b++) {
            size_t begin = n * b / blocks, end = n * (b + 1) / blocks;
            in_order(operation, end - begin, element(operation, elements, begin), room);
        }
        free(room);
    }
    cost.combines = n - (n ? blocks : 0);
    cost.depth = n ? (n + blocks - 1) / blocks - 1 : 0;
    if (blocks == 1)
        return cost;

    /* the ends of the pieces, in order; then what is left of each piece */
    void *room = base_alloc(1, operation->size);
    for (size_t b = 1; b < blocks; b++)
        prepend(operation, element(operation, elements, n * b / blocks - 1),
                element(operation, elements, n * (b + 1) / blocks - 1), room);
    free(room);
    size_t longest = 0;
    for (size_t b = 1; b < blocks; b++) {
        size_t rest = n * (b + 1) / blocks - n * b / blocks - 1;
        cost.combines += 1 + rest;
        longest = rest > longest ? rest : longest;
    }
#pragma omp parallel num_threads(threads)
    {
        void *mine = base_alloc(1, operation->size);
#pragma omp for schedule(static)
        for (size_t b = 1; b < blocks; b++) {
            size_t begin = n * b / blocks, end = n * (b + 1) / blocks;
            for (size_t i = begin; i + 1 < end; i++)
                prepend(operation, element(operation, elements, begin - 1), element(operation, elements, i), mine);
        }
        free(mine);
    }
    cost.depth += blocks - 1 + (longest > 0 ? 1 : 0);
    return cost;
}
