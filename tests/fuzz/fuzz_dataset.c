/* Points from any bytes: either n x m finite numbers, the same when read again from their digits, or a reason. */
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base.h"
#include "dataset.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct dataset points, again;
    char *why = NULL;
    if (dataset_parse((const char *)data, size, &points, &why)) {
        if (!why || !strchr(why, ':') || points.x || points.n)
            abort();
        free(why);
        return 0;
    }
    if (!points.n || !points.m)
        abort();
    char *text;
    size_t length;
    FILE *stream = open_memstream(&text, &length);
    for (size_t i = 0; i < points.n * points.m; i++) {
        if (!isfinite(points.x[i]))
            abort();
        fprintf(stream, "%.17g%c", points.x[i], (i + 1) % points.m ? ',' : '\n');
    }
    fclose(stream);
    if (dataset_parse(text, length, &again, &why) || again.n != points.n || again.m != points.m ||
        memcmp(again.x, points.x, points.n * points.m * sizeof *points.x))
        abort();
    free(text);
    free(points.x);
    free(again.x);
    return 0;
}
